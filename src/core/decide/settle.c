/*
 * What follows from the state by itself: deadlines that have come, offers that can be made, rounds
 * of offers that begin anew.  One consequence at a time, the earliest first, and a round after all
 * offers, for they may be to somebody whom it has not asked; so a run over the same records is the
 * same run.
 */
#include "../rules/rules.h"

static int64_t not_before(const struct core *k, int64_t now_ms)
{
    return now_ms > k->time_ms ? now_ms : k->time_ms;
}

/* The first conversation that an agent holds in this state, and has not ended. */
static const struct conv *held_in(const struct xagent *x, enum conv_state state)
{
    for (struct onode *n = otree_first(&x->held); n != NULL; n = otree_next(n)) {
        const struct conv *cv = &container_of(n, struct xconv, held)->c;

        if (cv->state == state && cv->ending_ms == 0)
            return cv;
    }
    return NULL;
}

/*
 * Offers to an agent who is not available move on at once.  Chats return when the agent may not
 * answer any more, or has been gone for the grace time.
 */
static void settle_agent(struct plan *p, const struct xagent *x)
{
    const struct agent *ag = &x->a;
    const struct conv *cv;
    const struct xdept *d;
    struct rec *rec;

    if (ag->offer_count > 0 && !agent_takes_offers(ag)) {
        cv = held_in(x, CONV_OFFERED);
        ensure(cv != NULL);
        step_pass_on(p, cv, WHY_STATUS);
        return;
    }
    cv = held_in(x, CONV_ACTIVE);
    ensure(cv != NULL);
    d = xdept_find(p->k, cv->dept);
    rec = plan_rec(p, REC_CONV_RETURNED, cv->id);
    rec->hold.agent = ag->id;
    rec->hold.why = agent_may_answer(ag) ? WHY_GONE : WHY_STATUS;
    rec->hold.until_ms = p->now_ms + d->d.wait_ms;
}

/* Handed on, and nobody took it in time, or there is nothing any more to take it. */
static void settle_back(struct plan *p, const struct conv *cv)
{
    if (cv->state == CONV_OFFERED)
        step_offer_over(p, cv, WHY_BACK);
    step_back(p, cv, xdept_find(p->k, cv->dept)->d.deleted ? WHY_DEPT : WHY_WAIT, false);
}

/* It was ended, and that was not undone: as whoever ended it. */
static void settle_ending(struct plan *p, const struct conv *cv)
{
    struct principal who = p->who;

    p->who = (struct principal){.kind = BY_AGENT, .id = cv->ending_by};
    step_end(p, cv, WHY_AGENT);
    p->who = who;
}

static void settle_conv(struct plan *p, const struct xconv *x)
{
    static const enum why why_of[] = {
        [CONVDUE_DOOMED] = WHY_BLOCKED, [CONVDUE_DEPT] = WHY_DEPT,   [CONVDUE_TOOBIG] = WHY_TOOBIG,
        [CONVDUE_WAIT] = WHY_WAIT,      [CONVDUE_GONE] = WHY_GONE,   [CONVDUE_IDLE] = WHY_IDLE,
        [CONVDUE_CLOSED] = WHY_DEPT,    [CONVDUE_LEFT] = WHY_NOBODY,
    };
    enum conv_due what;

    (void)conv_due_ms(p->k, x, &what);
    ensure(what != CONVDUE_NONE);
    if (what == CONVDUE_OFFER)
        step_lapsed(p, &x->c);
    else if (what == CONVDUE_BACK)
        settle_back(p, &x->c);
    else if (what == CONVDUE_OVERFLOW)
        plan_rec(p, REC_CONV_OVERFLOWED, x->c.id)->transfer.dept =
            xdept_find(p->k, x->c.dept)->d.overflow;
    else if (what == CONVDUE_RELAX)
        plan_rec(p, REC_CONV_RELAXED, x->c.id);
    else if (what == CONVDUE_ENDING)
        settle_ending(p, &x->c);
    else
        step_end(p, &x->c, why_of[what]);
}

/* What the hours of a department say at this time, and until when. */
static void step_hours(struct plan *p, const struct xdept *x, const struct hours_now *now)
{
    plan_rec(p, REC_DEPT_HOURS, x->d.id)->hours = (struct rec_hours){
        .shut = !now->takes,
        .look_ms = now->look_ms,
        .opens_ms = now->takes ? 0 : now->opens_ms,
    };
}

static void settle_dept(struct plan *p, const struct xdept *x)
{
    struct hours_now now;

    core_hours(p->k, &x->d, p->now_ms, &now);
    ensure(now.look_ms > p->now_ms);
    step_hours(p, x, &now);
}

/*
 * What was left while nobody was there waits from now on, before anything is offered: it rang
 * before whoever rings today.
 */
static void step_open(struct plan *p, const struct xdept *d)
{
    const struct xconv *x = container_of(otree_first(&d->left), struct xconv, left);

    plan_rec(p, REC_CONV_QUEUED, x->c.id)->hold.until_ms = p->now_ms + d->d.wait_ms;
    step_rule_again(p, &x->c, d->d.id);
}

bool core_settle(const struct core *k, int64_t now_ms, struct out *out)
{
    struct plan p = {.k = k, .out = out, .now_ms = not_before(k, now_ms)};
    struct onode *n = otree_first(&k->dues);

    out_reset(out);
    p.who.kind = BY_SYSTEM;
    if (k->unrung.root != NULL) {
        settle_unrung(&p, container_of(otree_first(&k->unrung), struct asked, unrung));
        return true;
    }
    if (n != NULL &&
        (n->key[0] == DUE_NOW || ((int64_t)n->key[0] <= p.now_ms && p.now_ms >= k->floor_ms))) {
        switch ((enum due_kind)n->key[1]) {
        case DUE_AGENT:
            settle_agent(&p, container_of(n, struct xagent, due));
            break;
        case DUE_SESSION:
            plan_rec(&p, REC_SESSION_CLOSED, n->key[2])->closed.agent =
                container_of(n, struct xsession, due)->s.agent;
            break;
        case DUE_BLOCK:
            plan_rec(&p, REC_BLOCK_REMOVED, n->key[2]);
            break;
        case DUE_CONV:
            settle_conv(&p, container_of(n, struct xconv, due));
            break;
        case DUE_DEPT:
            settle_dept(&p, container_of(n, struct xdept, due));
            break;
        case DUE_TASK:
            settle_task(&p, container_of(n, struct xtask, due));
            break;
        case DUE_MENTION:
            settle_mention(&p, container_of(n, struct xmention, due));
            break;
        }
        return true;
    }
    if ((n = otree_first(&k->open)) != NULL)
        step_open(&p, container_of(n, struct xdept, open));
    else if ((n = otree_first(&k->ready)) != NULL)
        step_offer(&p, container_of(n, struct xdept, ready));
    else if ((n = otree_first(&k->pauses)) != NULL && (int64_t)n->key[0] <= p.now_ms)
        plan_rec(&p, REC_CONV_ROUND, n->key[1]);
    else
        return false;
    return true;
}

int64_t core_deadline(const struct core *k)
{
    const struct onode *n = otree_first(&k->dues), *pause = otree_first(&k->pauses);
    int64_t due_ms = INT64_MAX;

    if (k->ready.root != NULL || k->open.root != NULL || k->unrung.root != NULL ||
        (n != NULL && n->key[0] == DUE_NOW))
        return k->time_ms;
    if (n != NULL)
        due_ms = (int64_t)n->key[0] > k->floor_ms ? (int64_t)n->key[0] : k->floor_ms;
    return pause != NULL && (int64_t)pause->key[0] < due_ms ? (int64_t)pause->key[0] : due_ms;
}

void core_set_floor(struct core *k, int64_t now_ms, int64_t min_ms)
{
    ensure(min_ms >= 0);
    k->floor_ms = not_before(k, now_ms) + min_ms;
}

/* While it was down a department may have opened, and the zones may have got other rules. */
static void restart_hours(struct plan *p, const struct xdept *x)
{
    struct hours_now now;

    if (!x->due.in)
        return;
    core_hours(p->k, &x->d, p->now_ms, &now);
    if (x->d.hours.shut == now.takes || x->d.hours.look_ms != now.look_ms)
        step_hours(p, x, &now);
}

void core_restart(const struct core *k, int64_t now_ms, struct out *out)
{
    struct plan p = {.k = k, .out = out, .now_ms = not_before(k, now_ms), .fresh = true};

    out_reset(out);
    p.who.kind = BY_SYSTEM;
    for (struct onode *n = otree_first(&k->depts); n != NULL; n = otree_next(n))
        restart_hours(&p, container_of(n, struct xdept, by_id));
    for (struct onode *n = otree_first(&k->agents); n != NULL; n = otree_next(n)) {
        const struct agent *ag = &container_of(n, struct xagent, by_id)->a;

        if (ag->connected)
            plan_rec(&p, REC_AGENT_GONE, ag->id);
    }
    for (struct onode *n = otree_first(&k->convs); n != NULL; n = otree_next(n)) {
        const struct conv *cv = &container_of(n, struct xconv, by_id)->c;

        if (cv->visitor_here && conv_is_open(cv))
            plan_rec(&p, REC_CONV_VISITOR_GONE, cv->id);
    }
}
