/*
 * The steps that decisions and settling share: records that belong together, with the mails that
 * they cause.  They take it for granted that the step may be taken.
 */
#include "../rules/rules.h"

void step_offer_over(struct plan *p, const struct conv *cv, enum why why)
{
    struct rec *rec = plan_rec(p, REC_CONV_OFFER_OVER, cv->id);

    rec->hold.agent = cv->agent;
    rec->hold.why = why;
}

/* Is he there, with a free place for it?  An offer of this very chat is none that counts. */
static bool has_place(const struct agent *ag, const struct conv *cv)
{
    bool own = cv->state == CONV_OFFERED && cv->agent == ag->id;

    return ag->connected && (ag->status == STATUS_AVAILABLE || ag->status == STATUS_BUSY) &&
           ag->active_count + ag->offer_count - own < ag->capacity;
}

/*
 * One that was handed on goes back: to whoever had it, if he is there and has a free place for it,
 * or, `whatever`, in any case; else to the front of the queue that it was taken from.
 */
void step_back(struct plan *p, const struct conv *cv, enum why why, bool whatever)
{
    const struct xdept *d = xdept_find(p->k, cv->handed_dept);
    const struct agent *ag = core_agent(p->k, cv->handed_by);
    bool fits = ag != NULL && agent_may_answer(ag) && (whatever || has_place(ag, cv));
    struct rec *rec = plan_rec(p, REC_CONV_CAME_BACK, cv->id);

    rec->transfer = (struct rec_transfer){
        .agent = fits ? ag->id : 0,
        .dept = cv->handed_dept,
        .until_ms = fits ? 0 : p->now_ms + d->d.wait_ms,
        .why = why,
    };
    if (!fits)
        step_rule_again(p, cv, cv->handed_dept);
}

/* Nobody else is asked where it was handed to one alone. */
void step_pass_on(struct plan *p, const struct conv *cv, enum why why)
{
    struct principal who = p->who;

    step_offer_over(p, cv, why);
    if (cv->handed_to == 0)
        return;
    p->who = (struct principal){.kind = BY_SYSTEM}; /* whoever declined sent it nowhere */
    step_back(p, cv, why, false);
    p->who = who;
}

static bool was_told(const struct conv *cv)
{
    return cv->unanswered && (cv->state == CONV_LEFT || cv->queued_ms != 0);
}

/*
 * An active one ends; one that nobody holds is missed, also where somebody held it before: its
 * notice carries the talk so far, so that no mailbox gets two mails that contradict each other.  Of
 * one that was left the notice went out then, and it has nothing new to say unless somebody has
 * answered.
 */
void step_end(struct plan *p, const struct conv *cv, enum why why)
{
    struct rec *rec;

    ensure(conv_is_open(cv));
    if (cv->state == CONV_OFFERED)
        step_offer_over(p, cv, why);
    rec = plan_rec(p, cv->state == CONV_ACTIVE ? REC_CONV_ENDED : REC_CONV_MISSED, cv->id);
    rec->hold.why = why;
    rec->hold.agent = cv->state == CONV_ACTIVE ? cv->agent : 0;
    if (cv->state == CONV_ACTIVE || !was_told(cv))
        plan_mail(p, cv->state == CONV_ACTIVE ? MAIL_TRANSCRIPT : MAIL_MISSED, cv, SPAN_NONE);
}

/* Visitors are greeted once, in the name of the department that they entered by. */
static void greet(struct plan *p, const struct conv *cv)
{
    const struct dept *entry = conv_entry(p->k, cv);
    struct principal who = p->who;
    struct buf body = {0};
    const char *text = entry != NULL ? dept_text(entry, entry->greeting, cv->lang) : "";

    if (cv->greeted || text[0] == '\0')
        return;
    tlv_put_str(&body, BODY_TEXT, text);
    p->who = (struct principal){.kind = BY_SYSTEM};
    plan_rec(p, REC_CONV_MESSAGE, cv->id)->body = plan_take(p, &body);
    p->who = who;
}

static void step_accept_in(struct plan *p, const struct conv *cv, uint64_t agent, uint64_t dept)
{
    plan_rec(p, REC_CONV_ACCEPTED, cv->id)->hold = (struct rec_hold){.agent = agent, .dept = dept};
    greet(p, cv);
}

/* Where another department's agent was asked, it goes there with him. */
void step_accept(struct plan *p, const struct conv *cv, uint64_t agent)
{
    step_accept_in(p, cv, agent, conv_is_offered_to(cv, agent) ? cv->offered_by : 0);
}

void step_assign(struct plan *p, const struct conv *cv, uint64_t agent)
{
    plan_rec(p, REC_CONV_ASSIGNED, cv->id)->hold.agent = agent;
    greet(p, cv);
}

/* Why this one, and, the first by name, why not the others. */
static void offer_explain(struct plan *p, struct rec *rec, const struct xdept *d,
                          const struct xconv *x, const struct pick *pick)
{
    struct passed_agent others[OTHERS_MAX];
    struct buf b = {0};

    rec_put_others(others, seats_passed(d, x, pick, others), &b);
    rec->offer.how = pick->met ? CHOSEN_LAST : chosen_of(&d->d);
    rec->offer.others = plan_take(p, &b);
    rec->offer.passed[PASSED_OFFLINE] = d->seats[SEAT_OFFLINE];
    rec->offer.passed[PASSED_STATUS] = d->seats[SEAT_STATUS];
    rec->offer.passed[PASSED_FULL] = d->seats[SEAT_FULL];
    rec->offer.passed[PASSED_SKILL] = pick->lack;
    rec->offer.passed[PASSED_ASKED] = pick->asked;
    rec->offer.passed[pick->met ? PASSED_UNMET : PASSED_BUSIER] = pick->later;
}

/* Where it rings at all, whom the visitor knows is asked alone before. */
void step_offer(struct plan *p, const struct xdept *d)
{
    const struct xconv *x = dept_next(d);
    const struct conv *cv = &x->c;
    struct rec_offer *offer;
    struct pick pick = {0};
    struct rec *rec;

    if (!conv_rings(cv))
        asked_pick(p->k, d, x, &pick);
    if (!pick.met && (conv_rings(cv) || dept_rings(&d->d))) {
        step_ring(p, d, x);
        return;
    }
    rec = plan_rec(p, REC_CONV_OFFERED, cv->id);
    offer = &rec->offer;
    offer_explain(p, rec, d, x, &pick);
    offer->agent = pick.seat->agent->a.id;
    offer->dept = conv_desk(cv, &d->d) == DESK_OWN ? 0 : d->d.id;
    offer->until_ms = p->now_ms + d->d.offer_ms;
    if (d->d.auto_accept)
        step_accept_in(p, cv, offer->agent, offer->dept);
}

/* One that is handed on to him, which the records of before it in the plan have brought there. */
void step_offer_named(struct plan *p, const struct conv *cv, uint64_t agent, const struct dept *d,
                      int64_t until_ms)
{
    struct principal who = p->who;
    int64_t offer_until_ms = p->now_ms + d->offer_ms;
    struct rec_offer *offer;

    p->who = (struct principal){.kind = BY_SYSTEM};
    offer = &plan_rec(p, REC_CONV_OFFERED, cv->id)->offer;
    offer->agent = agent;
    offer->until_ms = offer_until_ms < until_ms ? offer_until_ms : until_ms;
    offer->how = CHOSEN_NAMED;
    if (d->auto_accept)
        step_accept(p, cv, agent);
    p->who = who;
}

static void close_all(struct plan *p, const struct xagent *x, const struct otree *t, uint64_t but)
{
    for (struct onode *n = otree_first(t); n != NULL; n = otree_next(n)) {
        const struct session *s = &container_of(n, struct xsession, of_agent)->s;

        if (s->id != but)
            plan_rec(p, REC_SESSION_CLOSED, s->id)->closed.agent = x->a.id;
    }
}

void step_close_browsers(struct plan *p, const struct xagent *x, uint64_t but)
{
    close_all(p, x, &x->sessions, but);
}

void step_close_sessions(struct plan *p, const struct xagent *x, uint64_t but)
{
    close_all(p, x, &x->sessions, but);
    if (but == 0)
        close_all(p, x, &x->tokens, 0);
}
