/* Deciding about what visitors do at the door and after the end: ring, leave a message, rate. */
#include "../rules/rules.h"
#include "deskbell/mailbox.h"

/* What a visitor may give.  `field`: is it asked for; -1: always taken. */
struct given {
    const char *name;
    enum body_tag tag;
    int field;
    size_t offset;
    size_t max; /* code points */
    bool lines;
};

static const struct given given[] = {
    {"name", BODY_NAME, FIELD_NAME, offsetof(struct cmd_ring, name), NAME_MAX_CODEPOINTS, false},
    {"email", BODY_EMAIL, FIELD_EMAIL, offsetof(struct cmd_ring, email), MAILBOX_MAX_BYTES, false},
    {"phone", BODY_PHONE, FIELD_PHONE, offsetof(struct cmd_ring, phone), PHONE_MAX_CODEPOINTS,
     false},
    {"question", BODY_QUESTION, FIELD_QUESTION, offsetof(struct cmd_ring, question),
     TEXT_MAX_CODEPOINTS, true},
    {"page", BODY_PAGE, -1, offsetof(struct cmd_ring, page), URL_MAX_BYTES, false},
    {"title", BODY_TITLE, -1, offsetof(struct cmd_ring, title), TITLE_MAX_CODEPOINTS, false},
    {"referrer", BODY_REFERRER, -1, offsetof(struct cmd_ring, referrer), URL_MAX_BYTES, false},
    {"agent_string", BODY_AGENT_STRING, -1, offsetof(struct cmd_ring, agent_string), UA_MAX_BYTES,
     false},
};

static struct span given_value(const struct cmd_ring *ring, const struct given *g)
{
    return *(const struct span *)(const void *)((const char *)ring + g->offset);
}

/* What a browser sends by itself is left out if it is odd; what a person typed is refused by name.
 */
static err_t check_given(struct plan *p, const struct given *g, struct span s)
{
    bool sound = g->lines ? span_is_text(s, g->max) : span_is_line(s, g->max);

    if (g->tag == BODY_EMAIL && s.len > 0) {
        err_t err = plan_mailbox(p, "email", s);

        if (err != ERR_OK)
            return err;
    }
    if (sound)
        return ERR_OK;
    if (span_is_utf8(s) && span_codepoints(s) > g->max)
        return fault_refuse_with(&p->out->fault, ERR_INVAL, g->name, REFUSE_TOO_LONG,
                                 VALUES(OF_INT(g->max), OF_INT(span_codepoints(s))));
    return span_refuse(s, !g->lines, &p->out->fault, g->name);
}

/* `text` stands for the question where one is left on the offline form. */
static err_t take_given(struct plan *p, const struct dept *d, bool text, struct buf *body)
{
    for (size_t i = 0; i < COUNT_OF(given); i++) {
        const struct given *g = &given[i];
        struct span s = given_value(&p->cmd->ring, g);
        enum prechat_need need = g->field < 0 ? NEED_ASK : d->fields[g->field];
        err_t err;

        if (g->tag == BODY_NAME || g->tag == BODY_EMAIL || g->tag == BODY_PHONE)
            s = span_trim(s);
        if (g->field < 0 && !span_is_line(s, g->max))
            continue;
        if (text && g->field == FIELD_QUESTION)
            need = NEED_ASK;
        if (need == NEED_NO)
            continue;
        if (need == NEED_MUST && span_trim(s).len == 0)
            return plan_refuse(p, ERR_INVAL, g->name, REFUSE_EMPTY);
        if ((err = check_given(p, g, s)) != ERR_OK)
            return err;
        tlv_put_span(body, g->tag, s);
    }
    tlv_put_item(body, BODY_IP,
                 (struct span){(const char *)p->cmd->ring.ip.b, sizeof(struct ipaddr)});
    return ERR_OK;
}

/* A text that somebody wrote: there, not too long, no control characters. */
static err_t check_text(struct plan *p, const char *field, struct span s, size_t max, bool needed)
{
    if (needed && span_trim(s).len == 0)
        return plan_refuse(p, ERR_INVAL, field, REFUSE_EMPTY);
    if (!span_is_utf8(s))
        return plan_refuse(p, ERR_INVAL, field, REFUSE_ENCODING);
    if (span_codepoints(s) > max)
        return fault_refuse_with(&p->out->fault, ERR_INVAL, field, REFUSE_TOO_LONG,
                                 VALUES(OF_INT(max), OF_INT(span_codepoints(s))));
    if (!span_is_text(s, max))
        return span_refuse(s, false, &p->out->fault, field);
    return ERR_OK;
}

/* Private departments are as good as none at this door. */
static err_t plan_door(struct plan *p, const struct dept **d)
{
    *d = core_dept(p->k, p->cmd->ring.dept);
    if (p->who.kind == BY_AGENT || p->who.kind == BY_OPERATOR)
        return plan_refuse(p, ERR_DENIED, NULL, REFUSE_FOR_VISITORS);
    if (*d == NULL || (*d)->type != DEPT_PUBLIC)
        return plan_refuse(p, ERR_NOTFOUND, NULL, REFUSE_DEPARTMENT_UNKNOWN);
    if (core_block_match(p->k, &p->cmd->ring.ip, p->now_ms) != NULL)
        return plan_refuse(p, ERR_DENIED, NULL, REFUSE_BLOCKED);
    if (p->cmd->ring.lang >= LANG_COUNT)
        return fault_refuse_with(&p->out->fault, ERR_INVAL, "lang", REFUSE_WORD,
                                 VALUES(OF_STR("en, ja")));
    return ERR_OK;
}

static struct rec *plan_new_conv(struct plan *p, enum rec_type type, const struct dept *d,
                                 struct buf *body)
{
    uint64_t id = plan_id(p);
    struct rec *rec;

    /* From its first record on, a visitor is the one of that conversation. */
    if (p->who.kind == BY_VISITOR)
        p->who.id = id;
    rec = plan_rec(p, type, id);
    rec->ring.dept = d->id;
    rec->ring.number = p->k->portal.conv_number + 1;
    rec->ring.previous = p->cmd->ring.previous;
    rec->ring.met = p->cmd->ring.met;
    rec->ring.lang = p->cmd->ring.lang;
    rec->ring.unanswered = rec->ring.timed = true;
    rec->body = plan_take(p, body);
    p->out->id = id;
    return rec;
}

/*
 * A queue is short and everybody's: who fills it with chats of his own shuts the door for the
 * others. Whoever is refused can leave a message, as where the department is closed.
 */
static err_t check_open(struct plan *p)
{
    const struct cmd_ring *ring = &p->cmd->ring;
    struct ipprefix from;

    ipprefix_of(&ring->ip, &from);
    if (ring->open_max == 0 || core_open_from(p->k, &from, ring->open_max) < ring->open_max)
        return ERR_OK;
    return fault_refuse_with(&p->out->fault, ERR_CLOSED, NULL, REFUSE_CHATS_OPEN,
                             VALUES(OF_INT(ring->open_max)));
}

/* He asks for somebody now: what he left before is not for another one to come to. */
static void leave_behind(struct plan *p)
{
    const struct xconv *x = xconv_find(p->k, p->cmd->ring.previous);
    struct principal who = p->who;

    if (x == NULL || (x->c.state != CONV_LEFT && (x->c.state != CONV_WAITING || !x->c.left)))
        return;
    p->who = (struct principal){.kind = BY_SYSTEM};
    step_end(p, &x->c, WHY_VISITOR);
    p->who = who;
}

/* By what the visitor said and where he is; nobody has tagged it yet. */
static void plan_ring_rule(struct plan *p, const struct dept *d)
{
    const struct cmd_ring *ring = &p->cmd->ring;
    const struct xdept *x = container_of((struct dept *)d, struct xdept, d);
    const struct rule_about about = {
        .lang = ring->lang,
        .page = span_is_line(ring->page, URL_MAX_BYTES) ? ring->page : SPAN_NONE,
        .fields = {[FIELD_NAME] = span_trim(ring->name),
                   [FIELD_EMAIL] = span_trim(ring->email),
                   [FIELD_PHONE] = span_trim(ring->phone),
                   [FIELD_QUESTION] = ring->question},
    };

    step_rule(p, p->out->id, x, &about);
}

err_t decide_chat_start(struct plan *p)
{
    const struct dept *d;
    struct buf body = {0};
    struct rec *rec;
    enum dept_door door;
    err_t err = plan_door(p, &d);

    if (err != ERR_OK)
        return err;
    door = core_door(p->k, d);
    if (door == DOOR_OFFLINE || door == DOOR_CLOSED)
        return plan_refuse(p, ERR_CLOSED, NULL,
                           door == DOOR_OFFLINE ? REFUSE_DOOR_OFFLINE : REFUSE_DOOR_CLOSED);
    if ((err = check_open(p)) != ERR_OK)
        return err;
    if ((err = take_given(p, d, false, &body)) != ERR_OK) {
        buf_fini(&body);
        return err;
    }
    rec = plan_new_conv(p, REC_CONV_RANG, d, &body);
    rec->ring.until_ms = p->now_ms + d->wait_ms;
    rec->ring.here = p->cmd->ring.here;
    plan_ring_rule(p, d);
    leave_behind(p);
    return ERR_OK;
}

/* The order of mail wants a conversation; this one is not in the state yet. */
static void mail_for_new(struct plan *p, const struct rec *rec, const struct dept *d)
{
    const struct conv cv = {
        .id = rec->obj, .dept = d->id, .entry = d->id, .lang = p->cmd->ring.lang};

    plan_mail(p, MAIL_MISSED, &cv, SPAN_NONE);
}

/* Until it opens; where somebody is there already, nobody would come to it later. */
static bool is_kept(const struct dept *d)
{
    return d->left_routed && d->enabled && d->chat_on &&
           !dept_is_open(container_of((struct dept *)d, struct xdept, d));
}

static err_t leave_new(struct plan *p)
{
    const struct dept *d;
    struct buf body = {0};
    struct rec *rec;
    err_t err = plan_door(p, &d);

    if (err != ERR_OK)
        return err;
    if (d->offline == OFFLINE_HIDE && core_door(p->k, d) == DOOR_CLOSED)
        return plan_refuse(p, ERR_CLOSED, NULL, REFUSE_DOOR_CLOSED);
    if ((err = take_given(p, d, true, &body)) != ERR_OK) {
        buf_fini(&body);
        return err;
    }
    tlv_put_span(&body, BODY_TEXT, p->cmd->ring.text);
    rec = plan_new_conv(p, REC_CONV_LEFT, d, &body);
    if (!is_kept(d)) {
        rec = plan_rec(p, REC_CONV_MISSED, p->out->id);
        rec->hold.why = WHY_NOBODY;
    }
    mail_for_new(p, rec, d);
    return ERR_OK;
}

/* The words of a visitor whose chat was missed: once, so that nobody can pour mail through it. */
static err_t leave_more(struct plan *p)
{
    const struct conv *cv;
    struct buf body = {0};
    err_t err = plan_own_conv(p, &cv);

    if (err != ERR_OK)
        return err;
    if (cv->state != CONV_MISSED)
        return plan_refuse(p, ERR_CONFLICT, NULL, REFUSE_NOT_MISSED);
    if (container_of((struct conv *)cv, struct xconv, c)->left_more)
        return plan_refuse(p, ERR_EXISTS, NULL, REFUSE_LEFT_ALREADY);
    tlv_put_span(&body, BODY_TEXT, p->cmd->ring.text);
    plan_rec(p, REC_CONV_LEFT_MORE, cv->id)->body = plan_take(p, &body);
    plan_mail(p, MAIL_MISSED, cv, SPAN_NONE);
    return ERR_OK;
}

err_t decide_chat_leave_message(struct plan *p)
{
    err_t err = check_text(p, "text", p->cmd->ring.text, TEXT_MAX_CODEPOINTS, true);

    if (err != ERR_OK)
        return err;
    return p->cmd->conv != 0 ? leave_more(p) : leave_new(p);
}

/* Connections of a conversation that is over change nothing. */
static err_t visitor_here(struct plan *p, bool here)
{
    const struct conv *cv;
    err_t err = plan_own_conv(p, &cv);

    if (err != ERR_OK)
        return err;
    if (!conv_is_open(cv) || cv->visitor_here == here)
        p->out->unchanged = true;
    else
        plan_rec(p, here ? REC_CONV_VISITOR_BACK : REC_CONV_VISITOR_GONE, cv->id);
    return ERR_OK;
}

err_t decide_chat_connect(struct plan *p)
{
    return visitor_here(p, true);
}

err_t decide_chat_leave(struct plan *p)
{
    return visitor_here(p, false);
}

/* What was given stands after a while; what was not can still be given. */
static err_t check_feedback_again(struct plan *p, const struct conv *cv)
{
    const struct cmd_feedback *say = &p->cmd->feedback;
    bool rated = say->rating != 0 && cv->rating != 0;

    if (!rated && (say->comment.len == 0 || !cv->commented))
        return ERR_OK;
    if (p->now_ms < cv->feedback_until_ms && cv->feedback_count < FEEDBACK_MAX)
        return ERR_OK;
    return plan_refuse(p, ERR_EXISTS, rated ? "rating" : "comment", REFUSE_GIVEN_ALREADY);
}

err_t decide_chat_feedback(struct plan *p)
{
    const struct cmd_feedback *say = &p->cmd->feedback;
    const struct conv *cv;
    struct buf body = {0};
    struct rec *rec;
    err_t err = plan_own_conv(p, &cv);

    if (err != ERR_OK)
        return err;
    if (cv->state != CONV_ENDED)
        return plan_refuse(p, ERR_CONFLICT, NULL, REFUSE_FEEDBACK_EARLY);
    if (say->rating < 0 || say->rating > 5)
        return fault_refuse_with(&p->out->fault, ERR_INVAL, "rating", REFUSE_RANGE,
                                 VALUES(OF_INT(1), OF_INT(5), OF_INT(say->rating)));
    if (say->rating == 0 && span_trim(say->comment).len == 0)
        return plan_refuse(p, ERR_INVAL, "rating", REFUSE_FEEDBACK_NONE);
    if ((err = check_text(p, "comment", say->comment, COMMENT_MAX_CODEPOINTS, false)) != ERR_OK)
        return err;
    if ((err = check_feedback_again(p, cv)) != ERR_OK)
        return err;
    if (say->rating == cv->rating && say->comment.len == 0) {
        p->out->unchanged = true;
        return ERR_OK;
    }
    tlv_put_span(&body, BODY_TEXT, say->comment);
    rec = plan_rec(p, REC_CONV_FEEDBACK, cv->id);
    rec->feedback = (struct rec_feedback){
        .agent = cv->agent,
        .rating = (uint8_t)say->rating,
        .until_ms =
            cv->feedback_until_ms != 0 ? cv->feedback_until_ms : p->now_ms + FEEDBACK_CHANGE_MS,
        .commented = say->comment.len > 0,
    };
    rec->body = plan_take(p, &body);
    plan_mail(p, MAIL_FEEDBACK, cv, SPAN_NONE);
    return ERR_OK;
}

/*
 * One copy, to one address: the one that the visitor gave at the start, or else the one that comes
 * now.  What no agent has answered is a stranger's words alone, and goes to nobody.
 */
static err_t copy_to(struct plan *p, const struct conv *cv, struct span *to)
{
    struct span own = span_of(cv->email);
    err_t err;

    *to = p->cmd->copy.to.len > 0 ? p->cmd->copy.to : own;
    if (to->len == 0)
        return plan_refuse(p, ERR_INVAL, "email", REFUSE_EMPTY);
    if ((err = plan_mailbox(p, "email", *to)) != ERR_OK)
        return err;
    if (own.len == 0)
        return ERR_OK;
    if (email_fingerprint(*to) != email_fingerprint(own))
        return plan_refuse(p, ERR_DENIED, "email", REFUSE_COPY_OTHER);
    *to = own;
    return ERR_OK;
}

err_t decide_chat_copy(struct plan *p)
{
    const struct conv *cv;
    struct buf body = {0};
    struct span to;
    err_t err = plan_own_conv(p, &cv);

    if (err != ERR_OK)
        return err;
    if (cv->state != CONV_ENDED && cv->state != CONV_MISSED)
        return plan_refuse(p, ERR_CONFLICT, NULL, REFUSE_COPY_EARLY);
    if (cv->copy_asked)
        return plan_refuse(p, ERR_EXISTS, NULL, REFUSE_COPY_ALREADY);
    if (!conv_is_answered(cv))
        return plan_refuse(p, ERR_DENIED, NULL, REFUSE_COPY_UNANSWERED);
    if ((err = copy_to(p, cv, &to)) != ERR_OK)
        return err;
    tlv_put_span(&body, BODY_EMAIL, to);
    plan_rec(p, REC_CONV_COPY_ASKED, cv->id)->body = plan_take(p, &body);
    plan_mail(p, MAIL_COPY, cv, to);
    return ERR_OK;
}
