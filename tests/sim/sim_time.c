/*
 * What must hold of handling time: by the records alone, each agent has the time in which a chat
 * was his and its visitor could talk to him, or what was set by hand and the time since.
 */
#include "sim.h"

static struct sim_time *time_get(struct sim *s, struct shadow *sh, uint64_t agent)
{
    for (size_t i = 0; i < sh->ntimes; i++)
        if (sh->times[i].agent == agent)
            return &sh->times[i];
    if (sh->ntimes == COUNT_OF(sh->times))
        sim_fail(s, "CNV-5: more agents than there are");
    sh->times[sh->ntimes] = (struct sim_time){.agent = agent};
    return &sh->times[sh->ntimes++];
}

/* After the record has moved the shadow; all time up to it was of whoever had it before. */
void shadow_time(struct sim *s, struct shadow *sh, const struct rec *rec)
{
    if (sh->time_of != 0)
        time_get(s, sh, sh->time_of)->ms += rec->time_ms - sh->time_ms;
    sh->time_ms = rec->time_ms;
    if (rec->type == REC_CONV_TIMED) {
        struct sim_time *t = time_get(s, sh, rec->timed.agent);

        if (t->ms != rec->timed.was_ms)
            sim_fail(s, "CNV-5: %llu was not so long in these hands", (unsigned long long)sh->id);
        t->ms = rec->timed.ms;
        s->did.timed++;
    }
    sh->time_of = sh->state == CONV_ACTIVE && !sh->left ? sh->agent : 0;
    if (sh->time_of != 0)
        (void)time_get(s, sh, sh->time_of);
}

/* In a state where nothing is due. */
void rules_of_times(struct sim *s, const struct conv *cv, const struct shadow *sh)
{
    if (cv->ntimes != sh->ntimes)
        sim_fail(s, "CNV-5: %llu has times of %zu, not of %zu", (unsigned long long)cv->id,
                 cv->ntimes, sh->ntimes);
    for (size_t i = 0; i < sh->ntimes; i++)
        if (conv_time_ms(cv, sh->times[i].agent, sh->time_ms) != sh->times[i].ms)
            sim_fail(s, "CNV-5: %llu was %lld ms in the hands of %llu, not %lld",
                     (unsigned long long)cv->id,
                     (long long)conv_time_ms(cv, sh->times[i].agent, sh->time_ms),
                     (unsigned long long)sh->times[i].agent, (long long)sh->times[i].ms);
}
