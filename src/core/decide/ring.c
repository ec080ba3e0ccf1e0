/*
 * Deciding about conversations that ring at several agents at once: at whom, who is out, and what
 * it means that nobody answers.
 */
#include "core_int.h"

/* While it rings already: at these, too, and no longer than at the first ones. */
void step_ring(struct plan *p, const struct xdept *d, const struct xconv *x)
{
    const struct conv *cv = &x->c;
    struct rec *rec = plan_rec(p, REC_CONV_RUNG, cv->id);
    struct passed_agent others[OTHERS_MAX];
    uint64_t agents[RUNG_MAX];
    struct buf rung = {0}, named = {0};
    struct pick pick;
    size_t n = ring_pick(d, x, agents, &pick);

    rec_put_rung(agents, n, &rung);
    rec_put_others(others, ring_passed(d, x, agents, n, others), &named);
    rec->offer = (struct rec_offer){
        .dept = conv_desk(cv, &d->d) == DESK_OWN ? 0 : d->d.id,
        .until_ms = conv_rings(cv) ? cv->offer_until_ms : p->now_ms + d->d.offer_ms,
        .how = CHOSEN_RING,
        .passed = {[PASSED_OFFLINE] = d->seats[SEAT_OFFLINE],
                   [PASSED_STATUS] = d->seats[SEAT_STATUS],
                   [PASSED_FULL] = d->seats[SEAT_FULL],
                   [PASSED_SKILL] = pick.lack,
                   [PASSED_ASKED] = pick.asked,
                   [PASSED_BUSIER] = pick.later},
        .rung = plan_take(p, &rung),
        .others = plan_take(p, &named),
    };
}

/* The others go on being asked; without any it is over. */
void step_ring_out(struct plan *p, const struct conv *cv, uint64_t agent, enum why why)
{
    enum rec_type type = cv->nrung > 1 ? REC_CONV_RUNG_OUT : REC_CONV_OFFER_OVER;

    plan_rec(p, type, cv->id)->hold = (struct rec_hold){.agent = agent, .why = why};
}

void settle_unrung(struct plan *p, const struct asked *e)
{
    step_ring_out(p, &e->conv->c, e->agent->a.id, WHY_STATUS);
}

static void step_away(struct plan *p, uint64_t agent)
{
    const struct xagent *x = xagent_find(p->k, agent);

    if (x->a.lapsed_count + 1 < LAPSES_MAX)
        return;
    plan_rec(p, REC_AGENT_STATUS, x->a.id)->status =
        (struct rec_status){.status = STATUS_AWAY, .why = WHY_LAPSED, .since_ms = p->now_ms};
}

/*
 * Nobody answered in time.  Each at whom it rang from the beginning has missed it, as if it had
 * been offered to him alone: where all let it ring, there is nobody to wait for.
 */
void step_lapsed(struct plan *p, const struct conv *cv)
{
    step_pass_on(p, cv, WHY_LAPSED);
    if (!conv_rings(cv))
        step_away(p, cv->agent);
    for (size_t i = 0; i < cv->nrung && conv_rings(cv); i++)
        if (!cv->rung[i].late)
            step_away(p, cv->rung[i].agent);
}
