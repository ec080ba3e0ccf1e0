/*
 * What must hold of turns, and of deadlines: they are those that are set now, also for who was
 * there before.
 */
#include "sim.h"

/* By what is set now, since they came: deadlines that were changed reach who waits already. */
void rules_of_paces(struct sim *s, const struct conv *cv)
{
    const struct dept *d = core_dept(s->core, cv->dept);
    const struct dept *from = core_dept(s->core, cv->handed_dept);
    int64_t since_ms = cv->returned_ms != 0 ? cv->returned_ms : cv->rang_ms;

    if (cv->state == CONV_ACTIVE)
        return;
    if (cv->handed_dept == 0 && d != NULL && cv->wait_until_ms != since_ms + d->wait_ms)
        sim_fail(s, "RTE-5: %llu waits by a time that is not set", (unsigned long long)cv->id);
    if (from != NULL && cv->wait_until_ms != since_ms + from->transfer_ms)
        sim_fail(s, "RTE-7: %llu is on its way by a time that is not set",
                 (unsigned long long)cv->id);
    if (cv->state == CONV_OFFERED && cv->handed_to == 0 && d != NULL &&
        cv->offer_until_ms != cv->since_ms + d->offer_ms)
        sim_fail(s, "RTE-3: %llu is offered for a time that is not set",
                 (unsigned long long)cv->id);
}

/* Who was asked the longest time ago is next; `a` was asked just now, and counts as before that. */
bool pace_is_next(struct sim *s, const struct agent *b, const struct agent *a)
{
    uint64_t last_b = client_of(s, b->id)->offer_pos, last_a = client_of(s, a->id)->offer_before;

    if (last_a != last_b)
        return last_b < last_a;
    if (a->idle_since_ms != b->idle_since_ms)
        return b->idle_since_ms < a->idle_since_ms;
    return b->id < a->id;
}
