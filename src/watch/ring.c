/*
 * Conversations that ring at several agents at once: each hears of it as of an offer of his own,
 * when it comes to him and when it goes.
 */
#include "watch_int.h"

/* What he has in his lists changes with it where it is no department of his. */
static void counts_touch(struct watch *w, struct track *tr, uint64_t agent)
{
    struct agent_ix *ix = map_find(&w->agents, agent);

    id_list_add(&tr->left_agents, agent);
    if (ix != NULL)
        agent_ix_touch(w, ix, true);
}

void ring_start(struct track *tr, const struct conv *cv)
{
    for (size_t i = 0; conv_rings(cv) && i < cv->nrung; i++)
        id_list_add(&tr->rung, cv->rung[i].agent);
}

void ring_show(struct watch *w, struct track *tr, const struct conv *cv, const struct rec *rec)
{
    struct id_list before = tr->rung;

    tr->rung = (struct id_list){0};
    ring_start(tr, cv);
    for (size_t i = 0; i < before.n; i++) {
        if (id_list_has(&tr->rung, before.ids[i]))
            continue;
        offer_over_show(w, before.ids[i], rec);
        counts_touch(w, tr, before.ids[i]);
    }
    for (size_t i = 0; i < tr->rung.n; i++) {
        if (id_list_has(&before, tr->rung.ids[i]))
            continue;
        offer_show(w, tr, tr->rung.ids[i], cv, rec);
        counts_touch(w, tr, tr->rung.ids[i]);
    }
    id_list_fini(&before);
}

void ring_show_all(struct watch *w, struct track *tr, const struct conv *cv, const struct rec *rec)
{
    for (size_t i = 0; i < tr->rung.n; i++)
        offer_show(w, tr, tr->rung.ids[i], cv, rec);
}
