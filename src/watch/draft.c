/* What an agent has typed in one window, to his other ones; to nobody else. */
#include "watch_int.h"

void watch_draft(struct watch *w, const struct draft_told *d)
{
    struct agent_ix *ix = map_find(&w->agents, d->agent);
    struct id_list all = {0}, ids = {0};
    struct buf b = {0};
    struct jw j = {.b = &b};

    if (ix != NULL)
        agent_conns(ix, true, &all);
    for (size_t i = 0; i < all.n; i++)
        if (all.ids[i] != d->but)
            id_list_add(&ids, all.ids[i]);
    if (ids.n > 0) {
        event_begin(&j, "draft");
        jw_k_id(&j, "conversation", d->conv);
        jw_k_str(&j, "kind", d->kind);
        jw_k_int(&j, "version", d->version);
        jw_k_span(&j, "text", d->text);
        event_end(&j, w);
        watch_send(w, ids.ids, ids.n, buf_span(&b));
    }
    buf_fini(&b);
    id_list_fini(&all);
    id_list_fini(&ids);
}
