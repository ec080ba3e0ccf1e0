/* Records into state: conversations that ring at several agents at once. */
#include <stdlib.h>

#include "core_int.h"

void fold_rung(struct core *k, struct conv *cv, const struct rec *rec)
{
    struct xconv *x = container_of(cv, struct xconv, c);
    struct passed_agent others[OTHERS_MAX];
    uint64_t agents[RUNG_MAX];
    size_t n = rec_rung(rec, agents);
    bool late = cv->state == CONV_OFFERED;

    if (!late) {
        ring_end(x);
        conv_set_state(cv, CONV_OFFERED, rec->time_ms);
        cv->agent = 0;
        cv->offer_until_ms = rec->offer.until_ms;
        cv->offered_by = rec->offer.dept;
    }
    for (size_t i = 0; i < n; i++)
        ring_add(k, x, agents[i], late);
    conv_set_chosen(cv, rec->offer.how, others, rec_others(rec, others));
    memcpy(cv->passed, rec->offer.passed, sizeof(cv->passed));
}

/* Another who was asked, and who is named where there is a place for it. */
static void pass_over(struct conv *cv, uint64_t agent, enum passed why)
{
    cv->passed[why]++;
    if (cv->nothers == OTHERS_MAX)
        return;
    cv->others = xrealloc(cv->others, (cv->nothers + 1) * sizeof(*cv->others));
    cv->others[cv->nothers++] = (struct passed_agent){agent, why};
}

/* The last one is not let go without its end: that is the offer's. */
void fold_rung_out(struct core *k, struct xconv *x, const struct rec *rec)
{
    struct xdept *d = xdept_find(k, conv_asks(&x->c));

    if (!conv_rings(&x->c) || x->c.nrung < 2 || !conv_rings_at(&x->c, rec->hold.agent))
        return;
    ring_del(x, rec->hold.agent);
    if (rec->hold.why == WHY_STATUS)
        asked_del(x, rec->hold.agent);
    else
        pass_over(&x->c, rec->hold.agent, PASSED_ASKED);
    if (d != NULL)
        dept_place(k, d);
}

static void agent_lapse(struct core *k, uint64_t agent)
{
    struct xagent *x = xagent_find(k, agent);

    if (x == NULL)
        return;
    x->a.lapsed_count++;
    core_touch(k, OBJ_AGENT, agent);
}

/* Whoever gave no answer because he could not: back again, he is asked at once. */
void fold_offer_over(struct core *k, struct conv *cv, const struct rec *rec)
{
    struct xconv *x = container_of(cv, struct xconv, c);
    enum why why = rec->hold.why;

    if (why == WHY_LAPSED && rec->hold.agent != 0)
        agent_lapse(k, rec->hold.agent);
    if (why == WHY_STATUS && rec->hold.agent != 0)
        asked_del(x, rec->hold.agent);
    for (size_t i = 0; i < cv->nrung && rec->hold.agent == 0; i++) {
        if (why == WHY_LAPSED && !cv->rung[i].late)
            agent_lapse(k, cv->rung[i].agent);
        if (why == WHY_STATUS)
            asked_del(x, cv->rung[i].agent);
    }
    ring_end(x);
    conv_set_state(cv, CONV_WAITING, rec->time_ms);
    cv->agent = 0;
    cv->offer_until_ms = 0;
    cv->offered_by = 0;
}

/* Of those at whom it rang one was first; whoever else it rang at comes before all others. */
void fold_ring_taken(struct conv *cv, uint64_t agent)
{
    struct passed_agent before[OTHERS_MAX];
    size_t nbefore = cv->nothers, n = 0;

    if (nbefore > 0)
        memcpy(before, cv->others, nbefore * sizeof(*before));
    free(cv->others);
    cv->others = xmalloc(OTHERS_MAX * sizeof(*cv->others));
    for (size_t i = 0; i < cv->nrung; i++) {
        if (cv->rung[i].agent == agent)
            continue;
        cv->passed[PASSED_RUNG]++;
        if (n < OTHERS_MAX)
            cv->others[n++] = (struct passed_agent){cv->rung[i].agent, PASSED_RUNG};
    }
    for (size_t i = 0; i < nbefore && n < OTHERS_MAX; i++)
        cv->others[n++] = before[i];
    cv->nothers = n;
}

/* A round begins at somebody, and widens while it rings. */
bool ring_may_fold(const struct core *k, const struct conv *cv, const struct rec *rec)
{
    uint64_t agents[RUNG_MAX];
    size_t n = rec_rung(rec, agents), known = 0;

    for (size_t i = 0; i < n; i++)
        known += xagent_find(k, agents[i]) != NULL;
    return known > 0 && (cv->state == CONV_WAITING || conv_rings(cv)) &&
           (rec->offer.dept == 0 || xdept_find(k, rec->offer.dept) != NULL);
}
