/*
 * The live floor for those who watch it: as a whole, at most once a second, when anything of it has
 * changed.  What one administrator has all have, so it is rendered once for them.  Whoever sees a
 * part of it is told of that part alone: also that something goes on elsewhere is not for him.
 */
#include "watch_int.h"

#include <string.h>

#include "deskbell/crypto.h"

#define FLOOR_PAUSE_MS 1000

/* Gives a hash of all that it says but for its first member, the time of now. */
static uint64_t floor_event(struct watch *w, const struct reader *r, struct buf *b)
{
    struct jw j = {.b = b};
    uint64_t hash;
    size_t from;

    event_begin(&j, "floor");
    jw_key(&j, "floor");
    from = b->len;
    view_floor(&j, w->env.view, r);
    from += strcspn(b->p + from, ",");
    hash = hash_u64((struct span){b->p + from, b->len - from}, NULL);
    event_end(&j, w);
    return hash;
}

uint64_t floor_hash(struct watch *w, uint64_t agent)
{
    const struct reader r = reader_of_agent(w->env.core, agent);
    struct buf b = {0};
    uint64_t hash = floor_event(w, &r, &b);

    buf_fini(&b);
    return hash;
}

void floor_touch(struct watch *w)
{
    w->floor_changed = !TAILQ_EMPTY(&w->floors);
}

void floor_show(struct watch *w)
{
    struct buf all = {0};
    uint64_t all_hash = 0;
    struct sub *s;

    if (!w->floor_changed || view_now(w->env.view) < floor_deadline(w))
        return;
    w->floor_changed = false;
    w->floor_ms = view_now(w->env.view);
    TAILQ_FOREACH (s, &w->floors, track_link) {
        const struct reader r = reader_of_agent(w->env.core, s->conn->agent->id);
        struct buf own = {0}, *b = r.kind == READER_ALL ? &all : &own;
        uint64_t own_hash = 0, *hash = r.kind == READER_ALL ? &all_hash : &own_hash;

        if (audience_may(&r, ACT_SUPERVISE, NULL, NULL) == ERR_OK) {
            if (b->len == 0)
                *hash = floor_event(w, &r, b);
            if (*hash != s->floor_hash)
                watch_send(w, &s->conn->id, 1, buf_span(b));
            s->floor_hash = *hash;
        }
        buf_fini(&own);
    }
    buf_fini(&all);
}

int64_t floor_deadline(const struct watch *w)
{
    return w->floor_changed ? w->floor_ms + FLOOR_PAUSE_MS : INT64_MAX;
}
