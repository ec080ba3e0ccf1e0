/*
 * What must hold of turns, of rounds with their pauses, and of deadlines: they are those that are
 * set now, also for who was there before.
 */
#include "sim.h"

void shadow_ask(struct shadow *sh, uint64_t agent)
{
    for (size_t i = 0; i < sh->nasked; i++)
        if (sh->asked[i] == agent)
            sh->nasked = 0; /* a new round */
    if (sh->nasked < COUNT_OF(sh->asked))
        sh->asked[sh->nasked++] = agent;
}

/* Changed settings change it without a record of its own: check_overflow() holds the two together.
 */
uint64_t shadow_overflow(const struct sim *s, const struct shadow *sh)
{
    const struct conv *cv = core_conv(s->core, sh->id);

    return cv != NULL ? cv->overflow : 0;
}

void shadow_rounds_end(struct shadow *sh)
{
    sh->nasked = sh->rounds = sh->nrung = 0;
    sh->offered_by = 0;
}

/* Whoever could not answer any more has not been asked. */
void shadow_unask(struct shadow *sh, uint64_t agent)
{
    size_t kept = 0;

    for (size_t i = 0; i < sh->nasked; i++)
        if (sh->asked[i] != agent)
            sh->asked[kept++] = sh->asked[i];
    sh->nasked = kept;
}

bool shadow_asked(const struct shadow *sh, uint64_t agent)
{
    for (size_t i = 0; i < sh->nasked; i++)
        if (sh->asked[i] == agent)
            return true;
    return false;
}

/* How long it rests before it asks those again who were asked: twice as long each time, to a limit.
 */
static int64_t rest_of(const struct dept *d, unsigned rounds)
{
    int64_t ms = d->pause_ms;

    for (unsigned i = 0; i < rounds && i < 32; i++)
        ms *= 2;
    return ms > d->pause_max_ms ? d->pause_max_ms : ms;
}

/* RTE-15: everybody who is free was asked, and the pause is over. */
void rules_of_rounds(struct sim *s, const struct rec *rec, const struct shadow *sh)
{
    const struct dept *d = core_dept(s->core, sh->dept);
    uint64_t id = 0;

    s->did.rounds++;
    if (sh->nasked == 0 || sh->handed_to != 0)
        sim_fail(s, "RTE-15: %llu begins a round and has asked nobody", (unsigned long long)sh->id);
    if (d != NULL && rec->time_ms < sh->freed_ms + rest_of(d, sh->rounds))
        sim_fail(s, "RTE-15: %llu does not pause before its next round",
                 (unsigned long long)sh->id);
    while (core_next_agent(s->core, &id))
        if ((shadow_waits_for(s, sh, core_agent(s->core, id), sh->dept) ||
             shadow_waits_for(s, sh, core_agent(s->core, id), shadow_overflow(s, sh))) &&
            !shadow_asked(sh, id))
            sim_fail(s, "RTE-3: %llu begins a round and %llu was not asked",
                     (unsigned long long)sh->id, (unsigned long long)id);
}

/* When nothing is due. */
static void check_rest(struct sim *s, const struct conv *cv)
{
    const struct dept *d = core_dept(s->core, cv->dept);
    const struct shadow *sh = shadow_find(s, cv->id);

    if (cv->state == CONV_WAITING && d != NULL && sh->nasked > 0 && sh->handed_to == 0 &&
        sh->freed_ms + rest_of(d, sh->rounds) <= s->told.now_ms)
        sim_fail(s, "RTE-15: %llu rests longer than is set", (unsigned long long)cv->id);
}

/* Would this agent be asked for it as one of this department, which may be no more than a guest's?
 */
bool shadow_waits_for(const struct sim *s, const struct shadow *sh, const struct agent *ag,
                      uint64_t dept)
{
    const struct dept *d = core_dept(s->core, dept);

    if (d == NULL || (dept != sh->dept && (!d->enabled || !d->chat_on || d->hours.shut)))
        return false;
    return !skill_forbids(s, sh, ag, dept) &&
           sim_is_free(ag, dept, ag->id == sh->agent && sh->state == CONV_OFFERED);
}

/* RTE-6: to where is set, not before its time, and only while it is in its own queue. */
void rules_of_overflow(struct sim *s, const struct rec *rec, const struct shadow *sh)
{
    const struct conv *cv = core_conv(s->core, rec->obj);
    const struct dept *d = core_dept(s->core, sh->dept),
                      *to = core_dept(s->core, shadow_overflow(s, sh));

    s->did.taken_there += rec->type == REC_CONV_ACCEPTED && rec->hold.dept != 0;
    if ((rec->type == REC_CONV_OFFERED || rec->type == REC_CONV_RUNG) && rec->offer.dept != 0 &&
        (rec->offer.dept != shadow_overflow(s, sh) || to == NULL || !to->enabled || !to->chat_on ||
         to->hours.shut))
        sim_fail(s, "RTE-6: %llu is offered where it may not go", (unsigned long long)sh->id);
    if (rec->type != REC_CONV_OVERFLOWED)
        return;
    s->did.overflowed++;
    if (d == NULL || sh->handed_dept != 0 || d->overflow == 0 || d->overflow != rec->transfer.dept)
        sim_fail(s, "RTE-6: %llu goes on to where nothing is set", (unsigned long long)sh->id);
    if (rec->time_ms < left_waits_since(cv) + (int64_t)d->overflow_ms)
        sim_fail(s, "RTE-6: %llu goes on before its time", (unsigned long long)sh->id);
}

/* When nothing is due: who has waited for so long may go on, and by the way that is set now. */
static void check_overflow(struct sim *s, const struct conv *cv)
{
    const struct dept *d = core_dept(s->core, cv->dept);
    int64_t since_ms = left_waits_since(cv);

    if (cv->handed_dept != 0 || d == NULL || s->told.now_ms < s->floor_ms)
        return;
    if (d->overflow != 0 && core_dept(s->core, d->overflow) == NULL)
        sim_fail(s, "RTE-6: %llu goes on to a department that is gone", (unsigned long long)d->id);
    if (since_ms + (int64_t)d->overflow_ms <= s->told.now_ms
            ? cv->overflow != d->overflow
            : cv->overflow != 0 && cv->overflow != d->overflow)
        sim_fail(s, "RTE-6: %llu does not go on as is set", (unsigned long long)cv->id);
}

/* By what is set now, since they came: deadlines that were changed reach who waits already. */
void rules_of_paces(struct sim *s, const struct conv *cv)
{
    const struct dept *d = core_dept(s->core, cv->dept);
    const struct dept *from = core_dept(s->core, cv->handed_dept);
    int64_t since_ms = left_waits_since(cv);

    if (cv->state == CONV_ACTIVE || cv->state == CONV_LEFT)
        return;
    check_rest(s, cv);
    if (cv->handed_dept == 0 && d != NULL && cv->wait_until_ms != since_ms + d->wait_ms)
        sim_fail(s, "RTE-5: %llu waits by a time that is not set", (unsigned long long)cv->id);
    if (from != NULL && cv->wait_until_ms != since_ms + from->transfer_ms)
        sim_fail(s, "RTE-7: %llu is on its way by a time that is not set",
                 (unsigned long long)cv->id);
    check_overflow(s, cv);
    if (cv->offered_by != 0)
        d = core_dept(s->core, cv->offered_by);
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
