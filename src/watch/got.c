/*
 * Up to which line each side has what the other said: so a line that nobody has looked at yet is
 * told from one that has not come.  It rests on no record; who connects says it anew.
 */
#include "watch_int.h"

void watch_got(struct watch *w, const struct conv *cv, uint32_t n)
{
    struct track *tr = map_find(&w->tracks, cv->id);
    struct id_list ids = {0};
    struct buf b = {0};
    struct jw j = {.b = &b};
    const struct sub *s;

    if (tr == NULL || n <= tr->got || n > cv->n)
        return;
    tr->got = n;
    TAILQ_FOREACH (s, &tr->watchers, track_link) {
        struct principal who = watcher_who(s->conn);

        if (rights_may(w->env.core, &who, ACT_SEE, cv, NULL) == ERR_OK)
            id_list_add(&ids, s->conn->id);
    }
    if (ids.n > 0) {
        event_begin(&j, "got");
        jw_k_id(&j, "conversation", cv->id);
        jw_k_int(&j, "n", n);
        jw_obj_end(&j);
        watch_send_now(w, ids.ids, ids.n, buf_span(&b));
    }
    buf_fini(&b);
    id_list_fini(&ids);
}

void watch_taken(struct watch *w, const struct conv *cv, uint32_t n)
{
    struct track *tr = map_find(&w->tracks, cv->id);

    if (tr == NULL || n <= tr->taken || n > cv->n)
        return;
    tr->taken = n;
    state_show(w, tr, cv);
}

uint32_t watch_taken_n(const struct watch *w, uint64_t conv)
{
    const struct track *tr = map_find(&w->tracks, conv);

    return tr != NULL ? tr->taken : 0;
}

uint32_t watch_got_n(const struct watch *w, uint64_t conv)
{
    const struct track *tr = map_find(&w->tracks, conv);

    return tr != NULL ? tr->got : 0;
}
