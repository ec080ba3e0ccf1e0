/* Records into state: conversations, and what they count for agents and departments. */
#include <stdlib.h>

#include "core_int.h"
#include "rules/rules.h"

#define LAST_TEXT_BYTES 300 /* of the last line, for lists */
#define WAIT_MEAN_OF 20

/* The beginning of a text, not cut inside a character. */
static struct span beginning(struct span s)
{
    if (s.len <= LAST_TEXT_BYTES)
        return s;
    s.len = LAST_TEXT_BYTES;
    while (s.len > 0 && ((uint8_t)s.p[s.len] & 0xc0) == 0x80)
        s.len--;
    return s;
}

/* It was greeted in the one before, and has said nothing in this one; nor is he here yet. */
static void conv_go_on(struct conv *cv, const struct rec *rec)
{
    cv->left = cv->greeted = true;
    cv->previous_number = rec->ring.previous_number;
    cv->visitor_last = false;
}

/* A row of its end may have been adopted already: its life is gone through again from here. */
static void conv_create(struct core *k, const struct rec *rec)
{
    struct xconv *x = xconv_find(k, rec->obj);
    struct conv *cv;
    struct span ip = body_get(rec->body, BODY_IP);

    if (xdept_find(k, rec->ring.dept) == NULL)
        return;
    if (x != NULL)
        core_drop_conv(k, x);
    x = xconv_new(rec->obj);
    cv = &x->c;
    cv->number = rec->ring.number;
    cv->dept = rec->ring.dept;
    cv->entry = rec->ring.entry != 0 ? rec->ring.entry : rec->ring.dept;
    cv->state = rec->type == REC_CONV_RANG ? CONV_WAITING : CONV_LEFT;
    cv->lang = rec->ring.lang;
    cv->rang_ms = cv->since_ms = cv->spoke_ms = cv->visitor_gone_ms = rec->time_ms;
    if ((cv->visitor_here = rec->ring.here))
        cv->visitor_gone_ms = 0;
    cv->visitor_last = true; /* who rings has spoken, and waits for an answer */
    cv->unanswered = rec->ring.unanswered;
    cv->timed = rec->ring.timed;
    cv->wait_until_ms = rec->ring.until_ms;
    cv->previous = rec->ring.previous;
    cv->met = rec->ring.met;
    if (rec->ring.previous_number != 0)
        conv_go_on(cv, rec);
    if (ip.len == sizeof(cv->ip.b))
        memcpy(cv->ip.b, ip.p, sizeof(cv->ip.b));
    str_set(&cv->name, body_get(rec->body, BODY_NAME));
    str_set(&cv->email, body_get(rec->body, BODY_EMAIL));
    str_set(&cv->phone, body_get(rec->body, BODY_PHONE));
    str_set(&cv->question, body_get(rec->body, BODY_QUESTION));
    str_set(&cv->page, body_get(rec->body, BODY_PAGE));
    str_set(&cv->title, body_get(rec->body, BODY_TITLE));
    str_set(&cv->referrer, body_get(rec->body, BODY_REFERRER));
    str_set(&cv->agent_string, body_get(rec->body, BODY_AGENT_STRING));
    str_set(&cv->last_text,
            beginning(body_get(rec->body, rec->type == REC_CONV_RANG ? BODY_QUESTION : BODY_TEXT)));
    if (rec->ring.number > k->portal.conv_number)
        k->portal.conv_number = rec->ring.number;
    core_add_conv(k, x);
}

/* An agent took a chat or was freed of one: the longest idle is asked first. */
static void agent_idle_since(struct core *k, uint64_t agent, int64_t now_ms)
{
    struct xagent *x = xagent_find(k, agent);

    if (x == NULL)
        return;
    x->a.idle_since_ms = now_ms;
    core_touch(k, OBJ_AGENT, agent);
}

static void agent_offered(struct core *k, const struct rec *rec)
{
    struct xagent *x = xagent_find(k, rec->offer.agent);

    if (x == NULL)
        return;
    x->a.offered_pos = rec->pos;
    core_touch(k, OBJ_AGENT, x->a.id);
}

static void note_wait(struct core *k, const struct conv *cv, int64_t now_ms)
{
    struct xdept *x = xdept_find(k, cv->dept);
    int64_t wait_ms = now_ms - conv_waits_since(cv), mean_ms;

    if (x == NULL)
        return;
    mean_ms = x->d.wait_mean_ms;
    mean_ms = mean_ms == 0 ? wait_ms : mean_ms + (wait_ms - mean_ms) / WAIT_MEAN_OF;
    x->d.wait_mean_ms = mean_ms < 1 ? 1 : mean_ms > UINT32_MAX ? UINT32_MAX : (uint32_t)mean_ms;
    core_touch(k, OBJ_DEPT, cv->dept);
}

/* It is with somebody, goes elsewhere, or is over: whom it has asked does not matter any more. */
static void rounds_end(struct xconv *x)
{
    asked_clear(x);
    ring_end(x);
    x->c.rounds = 0;
    x->c.overflow = x->c.offered_by = 0;
}

/* Whoever it rang at may still learn whose it is. */
static void rounds_won(struct xconv *x)
{
    if (!conv_rings_at(&x->c, x->c.agent))
        ring_end(x);
    asked_clear(x);
    x->c.rounds = 0;
    x->c.overflow = x->c.offered_by = 0;
}

/* Everybody may be asked anew. */
static void conv_round(struct core *k, struct xconv *x)
{
    asked_clear(x);
    x->c.rounds++;
    dept_place(k, xdept_find(k, x->c.dept));
    if (x->guest.in)
        dept_place(k, xdept_find(k, x->c.overflow));
}

static void conv_accept(struct core *k, struct conv *cv, const struct rec *rec)
{
    struct xagent *x = xagent_find(k, rec->hold.agent);
    bool waited = cv->previous_number == 0 || cv->returned_ms != 0;

    if (cv->state == CONV_LEFT) {
        cv->left = true;
        cv->queued_ms = rec->time_ms;
    }
    if (cv->visitor_here)
        cv->left = false;
    if (rec->type == REC_CONV_ASSIGNED || !conv_is_offered_to(cv, rec->hold.agent))
        conv_set_chosen(cv, CHOSEN_HAND, NULL, 0);
    else if (conv_rings(cv))
        fold_ring_taken(cv, rec->hold.agent);
    conv_set_state(cv, CONV_ACTIVE, rec->time_ms);
    cv->agent = rec->hold.agent;
    cv->offer_until_ms = cv->wait_until_ms = 0;
    cv->spoke_ms = rec->time_ms;
    cv->handed_dept = cv->handed_to = 0;
    rounds_won(container_of(cv, struct xconv, c));
    if (waited)
        note_wait(k, cv, rec->time_ms);
    if (rec->type == REC_CONV_ACCEPTED && rec->hold.dept != 0)
        cv->dept = rec->hold.dept;
    agent_idle_since(k, rec->hold.agent, rec->time_ms);
    if (x != NULL && rec->type == REC_CONV_ACCEPTED)
        x->a.lapsed_count = 0; /* what others gave him he has not answered */
}

static void done_add(struct core *k, const struct conv *cv)
{
    struct xagent *x = xagent_find(k, cv->agent);

    if (x == NULL)
        return;
    agent_done(x, cv->dept)->count++;
    core_touch(k, OBJ_AGENT, cv->agent);
}

static void conv_close(struct core *k, struct conv *cv, const struct rec *rec)
{
    struct xdept *d = xdept_find(k, cv->dept);
    bool ended = rec->type == REC_CONV_ENDED, was_ending;

    conv_set_state(cv, ended ? CONV_ENDED : CONV_MISSED, rec->time_ms);
    cv->why = rec->hold.why;
    cv->ended_ms = rec->time_ms;
    cv->offer_until_ms = cv->wait_until_ms = 0;
    cv->handed_dept = cv->handed_to = 0;
    was_ending = cv->ending_ms != 0;
    cv->ending_ms = 0;
    cv->ending_by = 0;
    cv->last_seq = 0;
    rounds_end(container_of(cv, struct xconv, c));
    if (d != NULL) {
        d->d.completed_count += ended;
        d->d.missed_count += !ended;
        core_touch(k, OBJ_DEPT, cv->dept);
    }
    if (ended) {
        done_add(k, cv);
        if (!was_ending)
            agent_idle_since(k, cv->agent, rec->time_ms);
    }
}

/* The state that a record moves its conversation to; false if it leaves it where it is. */
static bool moves_to(const struct rec *rec, enum conv_state *to)
{
    switch (rec->type) {
    case REC_CONV_OFFERED:
    case REC_CONV_RUNG:
        *to = CONV_OFFERED;
        return true;
    case REC_CONV_ACCEPTED:
    case REC_CONV_ASSIGNED:
    case REC_CONV_ENDING:
    case REC_CONV_END_UNDONE:
        *to = CONV_ACTIVE;
        return true;
    case REC_CONV_OFFER_OVER:
    case REC_CONV_RETURNED:
    case REC_CONV_TRANSFERRED:
    case REC_CONV_QUEUED:
    case REC_CONV_MOVED:
        *to = CONV_WAITING;
        return true;
    case REC_CONV_CAME_BACK:
        *to = rec->transfer.agent != 0 ? CONV_ACTIVE : CONV_WAITING;
        return true;
    case REC_CONV_ENDED:
        *to = CONV_ENDED;
        return true;
    case REC_CONV_MISSED:
        *to = CONV_MISSED;
        return true;
    default:
        return false;
    }
}

/* Whoever had it counts as asked: he is not the first to whom his own is offered again. */
static void conv_transfer(struct core *k, struct conv *cv, const struct rec *rec)
{
    struct xconv *x = container_of(cv, struct xconv, c);

    agent_idle_since(k, cv->agent, rec->time_ms);
    conv_set_state(cv, CONV_WAITING, rec->time_ms);
    cv->handed_by = cv->agent;
    cv->handed_dept = cv->dept;
    cv->handed_to = rec->transfer.agent;
    cv->agent = 0;
    cv->dept = rec->transfer.dept;
    cv->returned_ms = rec->time_ms;
    cv->wait_until_ms = rec->transfer.until_ms;
    str_set(&cv->handed_note, body_get(rec->body, BODY_NOTE));
    conv_set_chosen(cv, CHOSEN_NONE, NULL, 0);
    rounds_end(x);
    rule_clear(cv);
    if (cv->handed_to == 0)
        asked_add(k, x, cv->handed_by);
}

static void conv_come_back(struct core *k, struct conv *cv, const struct rec *rec)
{
    if (rec->transfer.agent != 0) {
        conv_set_state(cv, CONV_ACTIVE, rec->time_ms);
        cv->spoke_ms = rec->time_ms;
        agent_idle_since(k, rec->transfer.agent, rec->time_ms);
    } else {
        cv->since_ms = cv->returned_ms = rec->time_ms;
    }
    conv_set_chosen(cv, rec->transfer.agent != 0 ? CHOSEN_BACK : CHOSEN_NONE, NULL, 0);
    cv->agent = rec->transfer.agent;
    cv->dept = rec->transfer.dept;
    cv->wait_until_ms = rec->transfer.until_ms;
    cv->handed_dept = cv->handed_to = 0;
    rule_clear(cv);
    rounds_end(container_of(cv, struct xconv, c));
}

/* It waits anew, and everybody there may be asked. */
static void conv_queue(struct conv *cv, const struct rec *rec)
{
    cv->dept = rec->transfer.dept;
    cv->since_ms = cv->returned_ms = rec->time_ms;
    cv->wait_until_ms = rec->transfer.until_ms;
    rule_clear(cv);
    rounds_end(container_of(cv, struct xconv, c));
}

/* By hand: whoever had it is freed of it, or whoever was asked is asked no more. */
static void conv_assign(struct core *k, struct conv *cv, const struct rec *rec)
{
    if (cv->state != CONV_ACTIVE) {
        conv_accept(k, cv, rec);
        return;
    }
    agent_idle_since(k, cv->agent, rec->time_ms);
    conv_set_chosen(cv, CHOSEN_HAND, NULL, 0);
    cv->agent = rec->hold.agent;
    cv->since_ms = rec->time_ms;
    cv->spoke_ms = rec->time_ms;
    agent_idle_since(k, cv->agent, rec->time_ms);
}

/* It takes no place of its agent's while it is ending. */
static void conv_ending(struct core *k, struct conv *cv, const struct rec *rec)
{
    bool ending = rec->type == REC_CONV_ENDING;

    cv->ending_ms = ending ? rec->hold.until_ms : 0;
    cv->ending_by = ending ? rec->who.id : 0;
    if (!ending)
        cv->spoke_ms = rec->time_ms;
    agent_idle_since(k, cv->agent, rec->time_ms);
}

/* Records that move a conversation to another place: taken out before, put back after. */
static bool fold_move(struct core *k, struct conv *cv, const struct rec *rec)
{
    struct xconv *x = container_of(cv, struct xconv, c);
    struct xagent *before = xagent_find(k, cv->agent), *after;
    struct passed_agent others[OTHERS_MAX];
    enum conv_state to;

    if (!moves_to(rec, &to))
        return false;
    conv_unlink(k, x);
    switch (rec->type) {
    case REC_CONV_OFFERED:
        agent_offered(k, rec);
        conv_set_state(cv, CONV_OFFERED, rec->time_ms);
        cv->agent = rec->offer.agent;
        cv->offer_until_ms = rec->offer.until_ms;
        cv->offered_by = rec->offer.dept;
        asked_add(k, x, rec->offer.agent);
        conv_set_chosen(cv, rec->offer.how, others, rec_others(rec, others));
        memcpy(cv->passed, rec->offer.passed, sizeof(cv->passed));
        break;
    case REC_CONV_RUNG:
        fold_rung(k, cv, rec);
        break;
    case REC_CONV_OFFER_OVER:
        fold_offer_over(k, cv, rec);
        break;
    case REC_CONV_ACCEPTED:
        conv_accept(k, cv, rec);
        break;
    case REC_CONV_RETURNED:
        agent_idle_since(k, cv->agent, rec->time_ms);
        conv_set_state(cv, CONV_WAITING, rec->time_ms);
        cv->agent = 0;
        cv->returned_ms = rec->time_ms;
        cv->wait_until_ms = rec->hold.until_ms;
        conv_set_chosen(cv, CHOSEN_NONE, NULL, 0);
        rounds_end(x);
        break;
    case REC_CONV_QUEUED:
        conv_set_state(cv, CONV_WAITING, rec->time_ms);
        cv->left = true;
        cv->queued_ms = rec->time_ms;
        cv->wait_until_ms = rec->hold.until_ms;
        break;
    case REC_CONV_ASSIGNED:
        conv_assign(k, cv, rec);
        break;
    case REC_CONV_ENDING:
    case REC_CONV_END_UNDONE:
        conv_ending(k, cv, rec);
        break;
    case REC_CONV_TRANSFERRED:
        conv_transfer(k, cv, rec);
        break;
    case REC_CONV_MOVED:
        conv_queue(cv, rec);
        break;
    case REC_CONV_CAME_BACK:
        conv_come_back(k, cv, rec);
        break;
    default:
        conv_close(k, cv, rec);
        break;
    }
    conv_link(k, x);
    /* Since when its agents are idle may have changed, and it is linked to one of them at most. */
    if (before != NULL)
        agent_place(k, before);
    if ((after = xagent_find(k, rec_agent(rec))) != NULL && after != before)
        agent_place(k, after);
    return true;
}

/* What it said first: what it says by now, later records tell. */
static struct span first_said(const struct rec *rec)
{
    struct span said = body_get(rec->body, BODY_SAID);

    return said.len > 0 ? said : body_get(rec->body, BODY_TEXT);
}

static void fold_line(struct conv *cv, const struct rec *rec)
{
    cv->message_count++;
    cv->last_seq = rec->seq;
    str_set(&cv->last_text, beginning(first_said(rec)));
    if (rec->who.kind == BY_SYSTEM) {
        cv->greeted = true;
        return;
    }
    cv->visitor_last = rec->who.kind == BY_VISITOR;
    if (rec->who.kind == BY_AGENT) {
        cv->unanswered = false;
        if (rec->line.at_home)
            cv->spoke_by = rec->who.id;
    }
    cv->spoke_ms = rec->time_ms;
}

static void fold_box(struct conv *cv, const struct rec *rec)
{
    cv->box = rec->box.box;
    cv->box_by = rec->box.agent;
    cv->box_conv = rec->box.conv;
    cv->box_number = rec->box.number;
    cv->box_mailed = rec->box.mailed;
    cv->box_ms = rec->time_ms;
}

/* Records that leave a conversation where it is. */
static void fold_stay(struct xconv *x, const struct rec *rec)
{
    struct conv *cv = &x->c;

    switch (rec->type) {
    case REC_CONV_MESSAGE:
        fold_line(cv, rec);
        break;
    case REC_CONV_EDITED:
        if (rec->edit.seq == cv->last_seq)
            str_set(&cv->last_text, beginning(body_get(rec->body, BODY_TEXT)));
        break;
    case REC_CONV_SEEN:
        *(rec->who.kind == BY_VISITOR ? &cv->seen_visitor : &cv->seen_agent) = rec->seen.n;
        break;
    case REC_CONV_VISITOR_GONE:
        cv->visitor_here = false;
        cv->visitor_gone_ms = rec->time_ms;
        break;
    case REC_CONV_VISITOR_BACK:
        cv->visitor_here = true;
        cv->visitor_gone_ms = 0;
        if (cv->state == CONV_ACTIVE && cv->left) {
            cv->left = false;
            cv->spoke_ms = rec->time_ms; /* they may talk from now on */
        }
        break;
    case REC_CONV_FEEDBACK:
        if (rec->feedback.rating != 0)
            cv->rating = rec->feedback.rating;
        if (rec->feedback.commented)
            cv->commented = true;
        if (rec->feedback.until_ms != 0) {
            cv->feedback_until_ms = rec->feedback.until_ms;
            cv->feedback_count++;
        }
        break;
    case REC_CONV_COPY_ASKED:
        cv->copy_asked = true;
        break;
    case REC_CONV_TAGGED:
        conv_tag_add(cv, body_get(rec->body, BODY_TEXT), body_get(rec->body, BODY_KEY));
        break;
    case REC_CONV_UNTAGGED:
        conv_tag_del(cv, body_get(rec->body, BODY_KEY));
        break;
    case REC_CONV_MAILED:
        cv->mailed_count++;
        cv->unanswered = cv->visitor_last = false;
        break;
    case REC_CONV_BOXED:
        fold_box(cv, rec);
        break;
    case REC_CONV_GIVEN:
        cv->given = rec->hold.agent;
        break;
    case REC_CONV_TIMED:
        conv_time_set(cv, rec->timed.agent, rec->timed.ms, rec->time_ms);
        break;
    case REC_CONV_REOPENED:
        cv->next = rec->reopen.conv;
        cv->next_number = rec->reopen.number;
        break;
    case REC_CONV_LEFT_MORE:
        x->left_more = true;
        str_set(&cv->last_text, beginning(body_get(rec->body, BODY_TEXT)));
        break;
    default:
        break;
    }
}

/* How many missed ones lie where: `by` is 1 or -1. */
static void boxes_count(struct core *k, const struct conv *cv, int by)
{
    struct xdept *d = xdept_find(k, cv->dept);
    enum box box = conv_box(cv);

    if (d == NULL || (box != BOX_ANSWERED && box != BOX_PUT_AWAY))
        return;
    *(box == BOX_ANSWERED ? &d->d.answered_count : &d->d.put_away_count) += (uint64_t)(int64_t)by;
    core_touch(k, OBJ_DEPT, cv->dept);
}

/*
 * The row of an ended conversation may speak of a later position than the images do: what it holds
 * already is passed over.
 */
void fold_conv(struct core *k, const struct rec *rec)
{
    struct xconv *x;
    struct conv *cv;

    if (rec->type == REC_CONV_RANG || rec->type == REC_CONV_LEFT)
        conv_create(k, rec);
    x = xconv_find(k, rec->obj);
    if (x == NULL || rec->pos <= x->c.last_pos)
        return;
    cv = &x->c;
    cv->last_pos = rec->pos;
    cv->seq = rec->seq;
    if (rec->n != 0)
        cv->n = rec->n;
    if (rec->cid != 0)
        recent_push(cv, &(struct recent_item){.cid = rec->cid,
                                              .chash = rec->chash,
                                              .pos = rec->pos,
                                              .n = rec->n,
                                              .seq = rec->seq});
    boxes_count(k, cv, -1);
    if (!fold_move(k, cv, rec)) {
        fold_stay(x, rec);
        if (rec->type == REC_CONV_ROUND)
            conv_round(k, x);
        if (rec->type == REC_CONV_RUNG_OUT)
            fold_rung_out(k, x, rec);
        if (rec->type == REC_CONV_RULED || rec->type == REC_CONV_RELAXED)
            fold_ruled(k, x, rec);
        if (rec->type == REC_CONV_OVERFLOWED)
            overflow_set(k, x, rec->transfer.dept);
        conv_place(k, x);
    }
    boxes_count(k, cv, 1);
    conv_times_follow(cv, rec->time_ms);
    core_touch(k, OBJ_CONV, cv->id);
    if (!conv_is_open(cv))
        core_touch_through(k, OBJ_CONV, cv->id);
}

/* One that comes back to the queue waits already. */
static bool finds_its_place(const struct core *k, const struct conv *cv, const struct rec *rec,
                            enum conv_state to)
{
    bool goes = rec->type == REC_CONV_TRANSFERRED || rec->type == REC_CONV_CAME_BACK ||
                rec->type == REC_CONV_MOVED;

    if (goes && xdept_find(k, rec->transfer.dept) == NULL)
        return false;
    if (rec->type == REC_CONV_CAME_BACK && cv->handed_dept == 0)
        return false;
    if (rec->type != REC_CONV_TRANSFERRED && goes && to == CONV_WAITING)
        return cv->state == CONV_WAITING;
    if (rec->type == REC_CONV_ASSIGNED && cv->state == CONV_ACTIVE)
        return true; /* from hand to hand */
    if (rec->type == REC_CONV_RUNG)
        return ring_may_fold(k, cv, rec);
    if (rec->type == REC_CONV_ENDING || rec->type == REC_CONV_END_UNDONE)
        return cv->state == CONV_ACTIVE && (cv->ending_ms == 0) == (rec->type == REC_CONV_ENDING);
    return conv_may_become(cv, to);
}

bool core_may_fold(const struct core *k, const struct rec *rec)
{
    const struct xconv *x = rec->obj_type == OBJ_CONV ? xconv_find(k, rec->obj) : NULL;
    enum conv_state to;

    if (x == NULL || rec->pos <= x->c.last_pos || !moves_to(rec, &to))
        return true;
    if (rec->type == REC_CONV_ACCEPTED && rec->hold.dept != 0 &&
        xdept_find(k, rec->hold.dept) == NULL)
        return false;
    if (rec->time_ms < x->c.since_ms || !finds_its_place(k, &x->c, rec, to))
        return false;
    return (to != CONV_OFFERED && to != CONV_ACTIVE) || rec->type == REC_CONV_RUNG ||
           xagent_find(k, rec_agent(rec)) != NULL;
}
