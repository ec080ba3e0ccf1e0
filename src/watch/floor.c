/*
 * The live floor for those who watch it: as a whole, at most once a second, when anything of it may
 * have changed.  What one administrator has all have, so it is rendered once for them.
 */
#include "watch_int.h"

#define FLOOR_PAUSE_MS 1000

static void floor_event(struct watch *w, const struct reader *r, struct buf *b)
{
    struct jw j = {.b = b};

    event_begin(&j, "floor");
    jw_key(&j, "floor");
    view_floor(&j, w->env.view, r);
    event_end(&j, w);
}

void floor_touch(struct watch *w)
{
    w->floor_changed = !TAILQ_EMPTY(&w->floors);
}

void floor_show(struct watch *w)
{
    struct buf all = {0};
    struct sub *s;

    if (!w->floor_changed || view_now(w->env.view) < floor_deadline(w))
        return;
    w->floor_changed = false;
    w->floor_ms = view_now(w->env.view);
    TAILQ_FOREACH (s, &w->floors, track_link) {
        const struct reader r = reader_of_agent(w->env.core, s->conn->agent->id);
        struct buf own = {0}, *b = r.kind == READER_ALL ? &all : &own;

        if (audience_may(&r, ACT_SUPERVISE, NULL, NULL) == ERR_OK) {
            if (b->len == 0)
                floor_event(w, &r, b);
            watch_send(w, &s->conn->id, 1, buf_span(b));
        }
        buf_fini(&own);
    }
    buf_fini(&all);
}

int64_t floor_deadline(const struct watch *w)
{
    return w->floor_changed ? w->floor_ms + FLOOR_PAUSE_MS : INT64_MAX;
}
