/*
 * What must hold of conversations that ring at several agents at once: at all who are free, at
 * nobody twice, at nobody who has no place, and one of them has it.
 */
#include "sim.h"

bool shadow_rings(const struct shadow *sh)
{
    return sh->state == CONV_OFFERED && sh->agent == 0;
}

bool shadow_rings_at(const struct shadow *sh, uint64_t agent)
{
    for (size_t i = 0; i < sh->nrung && shadow_rings(sh); i++)
        if (sh->rung[i] == agent)
            return true;
    return false;
}

static void rung_out(struct sim *s, struct shadow *sh, const struct rec *rec)
{
    size_t kept = 0;

    if (!shadow_rings_at(sh, rec->hold.agent))
        sim_fail(s, "RTE-2: %llu rings no more where it did not ring", (unsigned long long)sh->id);
    for (size_t i = 0; i < sh->nrung; i++)
        if (sh->rung[i] != rec->hold.agent) {
            sh->rung[kept] = sh->rung[i];
            sh->late[kept++] = sh->late[i];
        }
    sh->nrung = kept;
    if (kept == 0 && rec->type == REC_CONV_RUNG_OUT)
        sim_fail(s, "RTE-2: %llu rings at nobody", (unsigned long long)sh->id);
    if (rec->hold.why == WHY_STATUS)
        shadow_unask(sh, rec->hold.agent);
}

/* Whom it has asked is noted after it was looked at, or at once where nobody looks. */
void shadow_ring(struct sim *s, struct shadow *sh, const struct rec *rec, bool live)
{
    uint64_t agents[RUNG_MAX];
    size_t n = rec->type == REC_CONV_RUNG ? rec_rung(rec, agents) : 0;
    bool late = shadow_rings(sh);

    if (rec->type == REC_CONV_RUNG_OUT) {
        rung_out(s, sh, rec);
        return;
    }
    if (!late && sh->state != CONV_WAITING)
        sim_fail(s, "RTE-8: %llu rings while it is %s", (unsigned long long)sh->id,
                 conv_state_word(sh->state));
    if (n == 0 || rec->offer.agent != 0)
        sim_fail(s, "RTE-2: %llu rings at nobody", (unsigned long long)sh->id);
    if (late && rec->offer.dept != sh->offered_by)
        sim_fail(s, "RTE-2: %llu rings in two departments", (unsigned long long)sh->id);
    if (!late)
        sh->nrung = 0;
    sh->state = CONV_OFFERED;
    sh->agent = 0;
    sh->offered_by = rec->offer.dept;
    for (size_t i = 0; i < n && sh->nrung < COUNT_OF(sh->rung); i++) {
        if (shadow_rings_at(sh, agents[i]))
            sim_fail(s, "RTE-3: %llu rings twice at %llu", (unsigned long long)sh->id,
                     (unsigned long long)agents[i]);
        sh->late[sh->nrung] = late;
        sh->rung[sh->nrung++] = agents[i];
        if (!live)
            shadow_ask(sh, agents[i]);
    }
}

void shadow_ring_over(struct sim *s, struct shadow *sh, const struct rec *rec)
{
    if (rec->hold.agent != 0)
        rung_out(s, sh, rec);
    if (rec->hold.agent != 0 && sh->nrung > 0)
        sim_fail(s, "RTE-2: %llu is over while it rings at others", (unsigned long long)sh->id);
    for (size_t i = 0; i < sh->nrung; i++) {
        struct sim_client *c = client_of(s, sh->rung[i]);

        if (rec->hold.why == WHY_LAPSED && c != NULL && !sh->late[i])
            c->lapses++;
        if (rec->hold.why == WHY_STATUS)
            shadow_unask(sh, sh->rung[i]);
    }
    sh->nrung = 0;
}

void shadow_ring_taken(struct sim *s, struct shadow *sh, const struct rec *rec)
{
    bool rung = shadow_rings_at(sh, rec->hold.agent);

    if (rec->hold.dept != (rung ? sh->offered_by : 0))
        sim_fail(s, "RTE-6: %llu goes elsewhere than it rang", (unsigned long long)sh->id);
    sh->nrung = 0;
}

static bool may_widen(const struct shadow *sh, const struct dept *d)
{
    return d != NULL && d->strategy == STRATEGY_RING_ALL && !d->auto_accept &&
           (d->id == sh->dept || (d->enabled && d->chat_on && !d->hours.shut));
}

/* Is there a place for it with somebody there who was not asked yet? */
static bool lacks_one(struct sim *s, const struct shadow *sh, uint64_t dept)
{
    for (uint64_t id = 0; core_next_agent(s->core, &id);)
        if (sim_is_free(core_agent(s->core, id), dept, 0) && !shadow_asked(sh, id) &&
            !skill_forbids(s, sh, core_agent(s->core, id), dept))
            return true;
    return false;
}

static void check_rung(struct sim *s, const struct rec *rec, struct shadow *sh)
{
    const struct conv *cv = core_conv(s->core, rec->obj);
    uint64_t dept = sh->offered_by != 0 ? sh->offered_by : sh->dept, agents[RUNG_MAX];
    const struct dept *d = core_dept(s->core, dept);
    size_t n = rec_rung(rec, agents);
    const struct agent *first;

    s->did.rung += sh->nrung == n && n > 1;
    s->did.widened += sh->nrung > n;
    if (!may_widen(sh, d) || sh->handed_to != 0)
        sim_fail(s, "RTE-2: %llu rings where that is not set", (unsigned long long)sh->id);
    if (sh->nrung == n && (first = again_first(s, sh, dept, 0)) != NULL &&
        !skill_forbids(s, sh, first, dept))
        sim_fail(s, "RTE-2: %llu rings at all before the one whom its visitor knows is asked",
                 (unsigned long long)sh->id);
    for (size_t i = 0; i < n; i++) {
        const struct agent *ag = core_agent(s->core, agents[i]);

        if (ag == NULL || !sim_is_free(ag, dept, 0) || skill_forbids(s, sh, ag, dept))
            sim_fail(s, "RTE-1, RTE-8: %llu rings at %llu, who is not free",
                     (unsigned long long)sh->id, (unsigned long long)agents[i]);
        if (shadow_asked(sh, agents[i]))
            sim_fail(s, "RTE-3: %llu is rung twice in a round", (unsigned long long)agents[i]);
        check_turn(s, cv, sh, ag);
    }
    for (size_t i = 0; i < n; i++)
        shadow_ask(sh, agents[i]);
    if (lacks_one(s, sh, dept))
        sim_fail(s, "RTE-2: %llu does not ring at all who are free", (unsigned long long)sh->id);
}

/* Out by himself, or because he cannot take it any more. */
static void check_out(struct sim *s, const struct rec *rec, const struct shadow *sh)
{
    const struct agent *ag = core_agent(s->core, rec->hold.agent);
    uint64_t dept = sh->offered_by != 0 ? sh->offered_by : sh->dept;

    s->did.rung_out++;
    if (rec->hold.why == WHY_DECLINED
            ? rec->who.kind != BY_AGENT || rec->who.id != rec->hold.agent
            : rec->hold.why != WHY_STATUS ||
                  (ag != NULL && sim_is_free(ag, dept, 0) && !skill_forbids(s, sh, ag, dept)))
        sim_fail(s, "RTE-2: %llu stops ringing at %llu for no reason", (unsigned long long)sh->id,
                 (unsigned long long)rec->hold.agent);
}

/* By the first of those at whom it rang, in a place of his, or by hand. */
static void check_won(struct sim *s, const struct rec *rec)
{
    const struct conv *cv = core_conv(s->core, rec->obj);
    const struct agent *ag = core_agent(s->core, rec->hold.agent);

    if (cv->how != CHOSEN_RING)
        return;
    s->did.rung_won += cv->passed[PASSED_RUNG] > 0;
    if (!conv_rings_at(cv, ag->id))
        sim_fail(s, "RTE-8: %llu is with %llu, at whom it did not ring", (unsigned long long)cv->id,
                 (unsigned long long)ag->id);
    if (ag->active_count + ag->offer_count > ag->capacity)
        sim_fail(s, "RTE-8: %llu is one too many for %llu", (unsigned long long)cv->id,
                 (unsigned long long)ag->id);
    if (cv->passed[PASSED_RUNG] != cv->nrung - 1)
        sim_fail(s, "RTE-11: %llu does not say at whom else it rang", (unsigned long long)cv->id);
    for (size_t i = 0; i < cv->nothers; i++)
        if (cv->others[i].agent == ag->id ||
            (cv->others[i].why == PASSED_RUNG && !conv_rings_at(cv, cv->others[i].agent)))
            sim_fail(s, "RTE-11: %llu is passed over for no reason",
                     (unsigned long long)cv->others[i].agent);
}

/* Just after it was folded. */
void rules_of_ring(struct sim *s, const struct rec *rec, struct shadow *sh)
{
    if (rec->type == REC_CONV_RUNG)
        check_rung(s, rec, sh);
    if (rec->type == REC_CONV_RUNG_OUT)
        check_out(s, rec, sh);
    if (rec->type == REC_CONV_ACCEPTED)
        check_won(s, rec);
    s->did.rung_past +=
        rec->type == REC_CONV_OFFER_OVER && rec->hold.agent == 0 && rec->hold.why == WHY_LAPSED;
}

/* When nothing is due. */
void rules_of_rung(struct sim *s, const struct conv *cv, const struct shadow *sh)
{
    uint64_t dept = sh->offered_by != 0 ? sh->offered_by : sh->dept;

    if (!shadow_rings(sh))
        return;
    if (cv->agent != 0 || cv->nrung != sh->nrung || sh->nrung == 0)
        sim_fail(s, "RTE-2: %llu rings elsewhere than its records say", (unsigned long long)cv->id);
    for (size_t i = 0; i < cv->nrung; i++) {
        const struct agent *ag = core_agent(s->core, cv->rung[i].agent);

        if (!shadow_rings_at(sh, cv->rung[i].agent))
            sim_fail(s, "RTE-2: %llu rings elsewhere than its records say",
                     (unsigned long long)cv->id);
        if (ag == NULL || !sim_is_free(ag, dept, 0) || skill_forbids(s, sh, ag, dept))
            sim_fail(s, "RTE-1: %llu goes on ringing at %llu, who cannot take it",
                     (unsigned long long)cv->id, (unsigned long long)cv->rung[i].agent);
    }
    if (may_widen(sh, core_dept(s->core, dept)) &&
        (sh->offered_by == 0 || sh->offered_by == shadow_overflow(s, sh)) && lacks_one(s, sh, dept))
        sim_fail(s, "RTE-8: %llu rings, and not at somebody who is free",
                 (unsigned long long)cv->id);
}
