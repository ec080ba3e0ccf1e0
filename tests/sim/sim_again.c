/*
 * Visitors who come back: whom they know by the records, and that where it is so set nobody else is
 * asked before him while he is free.
 */
#include "sim.h"

/* Some who have been here show what they had, mostly where they had it. */
void again_arrive(struct sim *s, const struct sim_client *c, struct sim_request *rq)
{
    const struct shadow *before = c->before != 0 ? shadow_find(s, c->before) : NULL;

    if (before == NULL || !sim_chance(s, 80))
        return;
    if (sim_chance(s, 80))
        rq->dept = before->entry;
    if (rq->dept == before->entry)
        rq->previous = before->id;
}

uint64_t again_met(const struct sim *s, const struct sim_request *rq)
{
    const struct shadow *before = rq->previous != 0 ? shadow_find(s, rq->previous) : NULL;

    if (before == NULL)
        return 0;
    return before->spoke_by != 0 ? before->spoke_by : before->met;
}

void shadow_again(struct shadow *sh, const struct rec *rec)
{
    if (rec->type == REC_CONV_RANG || rec->type == REC_CONV_LEFT) {
        sh->entry = rec->ring.entry != 0 ? rec->ring.entry : rec->ring.dept;
        sh->met = rec->ring.met;
    }
    if (rec->type == REC_CONV_MESSAGE && rec->who.kind == BY_AGENT && sh->dept == sh->entry)
        sh->spoke_by = rec->who.id;
}

void rules_of_again(struct sim *s, const struct conv *cv, const struct shadow *sh)
{
    if (cv->met != sh->met || cv->spoke_by != sh->spoke_by)
        sim_fail(s, "RTE-2: the visitor of %llu knows %llu and spoke with %llu, not %llu and %llu",
                 (unsigned long long)cv->id, (unsigned long long)sh->met,
                 (unsigned long long)sh->spoke_by, (unsigned long long)cv->met,
                 (unsigned long long)cv->spoke_by);
}

/* `asked_now` has just been asked for it: that place of his does not count. */
const struct agent *again_first(const struct sim *s, const struct shadow *sh, uint64_t dept,
                                uint64_t asked_now)
{
    const struct dept *d = core_dept(s->core, dept);
    uint64_t met = sh->spoke_by != 0 ? sh->spoke_by : sh->met;
    const struct agent *ag = met != 0 ? core_agent(s->core, met) : NULL;

    if (d == NULL || !d->last_agent || dept != sh->entry || ag == NULL ||
        shadow_asked(sh, ag->id) || !sim_is_free(ag, dept, ag->id == asked_now))
        return NULL;
    return ag;
}
