/* What must hold of an offer: that it is this chat's turn, and this agent's. */
#include "sim.h"

static bool goes_before(const struct conv *a, const struct conv *b)
{
    if ((a->returned_ms != 0) != (b->returned_ms != 0))
        return a->returned_ms != 0;
    if (a->rang_ms != b->rang_ms)
        return a->rang_ms < b->rang_ms;
    return a->id < b->id;
}

/* Load over capacity, longest idle, lower id; `less` belongs to the first. */
static bool is_better(const struct agent *b, const struct agent *a, unsigned less)
{
    uint64_t la = (uint64_t)(a->active_count + a->offer_count - less) * b->capacity;
    uint64_t lb = (uint64_t)(b->active_count + b->offer_count) * a->capacity;

    if (la != lb)
        return lb < la;
    if (a->idle_since_ms != b->idle_since_ms)
        return b->idle_since_ms < a->idle_since_ms;
    return b->id < a->id;
}

static unsigned tier_of(const struct agent *ag, uint64_t dept)
{
    for (size_t i = 0; i < ag->nmembers; i++)
        if (ag->members[i].dept == dept)
            return ag->members[i].tier;
    return TIERS_MAX;
}

/* Would it be the turn of `b` before `a`, who has just been asked? */
static bool is_next(struct sim *s, const struct dept *d, const struct agent *b,
                    const struct agent *a)
{
    if (d->strategy == STRATEGY_ROUND_ROBIN)
        return pace_is_next(s, b, a);
    if (d->strategy == STRATEGY_TIERS && tier_of(a, d->id) != tier_of(b, d->id))
        return tier_of(b, d->id) < tier_of(a, d->id);
    return is_better(b, a, 1);
}

/* Nobody overtakes: of all that the agent could be asked for, at home or as a guest, it is the
 * first. */
void check_turn(struct sim *s, const struct conv *cv, const struct shadow *sh,
                const struct agent *ag)
{
    uint64_t id = 0;

    while (core_next_conv(s->core, &id)) {
        const struct conv *other = core_conv(s->core, id);
        const struct shadow *waits = shadow_find(s, id);

        if (other->state != CONV_WAITING || other->handed_to != 0 || !goes_before(other, cv))
            continue;
        if (shadow_asked(waits, ag->id)) { /* in this round: it stands aside */
            s->did.stood_aside++;
            continue;
        }
        if (shadow_waits_for(s, waits, ag, other->dept) ||
            shadow_waits_for(s, waits, ag, shadow_overflow(s, waits)))
            sim_fail(s, "RTE-8: %llu overtakes %llu for agent %llu", (unsigned long long)sh->id,
                     (unsigned long long)id, (unsigned long long)ag->id);
    }
}

/* RTE-11: those who are named are others, each for a reason that holds, and all where they are few.
 */
static void check_others(struct sim *s, const struct rec *rec, const struct shadow *sh,
                         uint64_t dept)
{
    struct passed_agent others[OTHERS_MAX];
    size_t n = rec_others(rec, others), all = 0;

    for (size_t i = 0; i < PASSED_COUNT; i++)
        all += rec->offer.passed[i];
    if (n != (all < OTHERS_MAX ? all : OTHERS_MAX))
        sim_fail(s, "RTE-11: %zu of %zu are named", n, all);
    for (size_t i = 0; i < n; i++) {
        const struct agent *ag = core_agent(s->core, others[i].agent);
        enum passed why = others[i].why;
        bool there = ag != NULL && ag->connected && ag->status != STATUS_OFFLINE;
        bool held;

        if (ag == NULL || ag->id == rec->offer.agent || tier_of(ag, dept) == TIERS_MAX)
            sim_fail(s, "RTE-11: %llu is passed over and is no candidate",
                     (unsigned long long)others[i].agent);
        held = why == PASSED_OFFLINE  ? !there
               : why == PASSED_STATUS ? there && ag->status != STATUS_AVAILABLE
               : why == PASSED_FULL   ? there && ag->active_count + ag->offer_count >= ag->capacity
               : why == PASSED_ASKED  ? sim_is_free(ag, dept, 0) && shadow_asked(sh, ag->id)
               : why == PASSED_SKILL  ? sim_is_free(ag, dept, 0) && skill_lacks(sh, ag)
               : why == PASSED_UNMET  ? rec->offer.how == CHOSEN_LAST && sim_is_free(ag, dept, 0) &&
                                           !shadow_asked(sh, ag->id)
                                     : rec->offer.how != CHOSEN_LAST && sim_is_free(ag, dept, 0);
        if (!held)
            sim_fail(s, "RTE-11: %llu is passed over for no reason", (unsigned long long)ag->id);
    }
}

/* Where it rings at all, it is one alone whom the visitor knows, or to whom it was handed. */
static void check_alone(struct sim *s, const struct rec *rec, const struct shadow *sh)
{
    const struct dept *d = core_dept(s->core, sh->offered_by != 0 ? sh->offered_by : sh->dept);

    if (d->strategy == STRATEGY_RING_ALL && !d->auto_accept && rec->offer.how != CHOSEN_LAST &&
        sh->handed_to == 0)
        sim_fail(s, "RTE-2: %llu is offered to %llu alone", (unsigned long long)sh->id,
                 (unsigned long long)rec->offer.agent);
}

/* Just after an offer was folded: was it this one's turn, and this agent's? */
void rules_of_offer(struct sim *s, const struct rec *rec, const struct shadow *sh)
{
    const struct conv *cv = core_conv(s->core, rec->obj);
    const struct agent *ag = core_agent(s->core, rec->offer.agent);
    const struct agent *first;
    uint64_t dept;

    s->did.offers++;
    if (core_dept(s->core, sh->offered_by != 0 ? sh->offered_by : sh->dept) != NULL)
        check_alone(s, rec, sh);
    if (sh->handed_to != 0) { /* past the queue, and past the capacity */
        if (rec->offer.agent != sh->handed_to)
            sim_fail(s, "RTE-7: %llu is offered to another than it was handed to",
                     (unsigned long long)rec->obj);
        return;
    }
    dept = sh->offered_by != 0 ? sh->offered_by : sh->dept;
    if (cv == NULL || ag == NULL || !sim_is_free(ag, dept, 1))
        sim_fail(s, "RTE-1, RTE-8: %llu is offered to %llu, who is not free",
                 (unsigned long long)rec->obj, (unsigned long long)rec->offer.agent);
    if (shadow_asked(sh, ag->id))
        sim_fail(s, "RTE-3: %llu is asked twice in a round", (unsigned long long)ag->id);
    check_turn(s, cv, sh, ag);
    check_others(s, rec, sh, dept);
    first = again_first(s, sh, dept, ag->id);
    if (first != NULL && skill_forbids(s, sh, first, dept))
        first = NULL;
    if (skill_forbids(s, sh, ag, dept))
        sim_fail(s, "RTE-14: %llu is asked and lacks a skill", (unsigned long long)ag->id);
    if (first != NULL ? first != ag : rec->offer.how == CHOSEN_LAST)
        sim_fail(s, "RTE-2: %llu is asked before the one whom the visitor knows",
                 (unsigned long long)ag->id);
    for (uint64_t id = 0; core_next_agent(s->core, &id);) {
        const struct agent *other = core_agent(s->core, id);

        if (other == ag || !sim_is_free(other, dept, 0) || shadow_asked(sh, id))
            continue;
        if (skill_forbids(s, sh, other, dept) ||
            (skill_prefers(s, sh, ag, dept) && !skill_prefers(s, sh, other, dept))) {
            s->did.unskilled++;
            continue;
        }
        if (skill_prefers(s, sh, ag, dept) == skill_prefers(s, sh, other, dept) &&
            !is_next(s, core_dept(s->core, dept), other, ag))
            continue;
        if (first != NULL)
            s->did.met_again++;
        else
            sim_fail(s, "RTE-2: it is the turn of %llu, not of %llu", (unsigned long long)id,
                     (unsigned long long)ag->id);
    }
}
