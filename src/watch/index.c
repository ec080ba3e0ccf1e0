/*
 * The indexes: open conversations by department and agent, visitors by their conversation and door.
 * They follow what the core says, and decide nothing.  Who listens is in ears.c.
 */
#include "watch_int.h"

/* departments: kept as long as we live, there are at most DEPTS_MAX */

struct dept_ix *dept_ix_get(struct watch *w, uint64_t id)
{
    struct dept_ix *dx = map_find(&w->depts, id);

    if (dx != NULL)
        return dx;
    dx = xcalloc(1, sizeof(*dx));
    dx->id = id;
    TAILQ_INIT(&dx->tracks);
    TAILQ_INIT(&dx->visitors);
    TAILQ_INIT(&dx->listeners);
    ears_init(&dx->ears);
    map_put(&w->depts, id, dx);
    return dx;
}

void dept_ix_touch(struct watch *w, struct dept_ix *dx, bool queue)
{
    dx->changed = true;
    dx->queue_changed = dx->queue_changed || queue;
    dx->counts_changed = dx->counts_changed || queue;
    if (!dx->queued)
        TAILQ_INSERT_TAIL(&w->dirty_depts, dx, dirty_link);
    dx->queued = true;
}

void dept_ix_touch_counts(struct watch *w, struct dept_ix *dx)
{
    dx->counts_changed = true;
    if (!dx->queued)
        TAILQ_INSERT_TAIL(&w->dirty_depts, dx, dirty_link);
    dx->queued = true;
}

/* agents */

struct agent_ix *agent_ix_get(struct watch *w, uint64_t id)
{
    struct agent_ix *ix = map_find(&w->agents, id);

    if (ix != NULL)
        return ix;
    ix = xcalloc(1, sizeof(*ix));
    ix->id = id;
    TAILQ_INIT(&ix->conns);
    TAILQ_INIT(&ix->held);
    TAILQ_INIT(&ix->handed);
    map_put(&w->agents, id, ix);
    return ix;
}

void agent_ix_release(struct watch *w, struct agent_ix *ix)
{
    if (!TAILQ_EMPTY(&ix->conns) || !TAILQ_EMPTY(&ix->held) || !TAILQ_EMPTY(&ix->handed) ||
        ix->queued)
        return;
    agent_ix_unlisten(w, ix);
    map_del(&w->agents, ix->id);
    free(ix);
}

void agent_ix_touch(struct watch *w, struct agent_ix *ix, bool counts)
{
    ix->changed = ix->changed || !counts;
    ix->counts_changed = true;
    if (!ix->queued)
        TAILQ_INSERT_TAIL(&w->dirty_agents, ix, dirty_link);
    ix->queued = true;
}

void agent_conns(const struct agent_ix *ix, bool me_only, struct id_list *out)
{
    const struct watcher *cn;

    TAILQ_FOREACH (cn, &ix->conns, agent_link) {
        if (!me_only || cn->me)
            id_list_add(out, cn->id);
    }
}

/* conversations */

/* Whoever is bound to an open conversation is a guest. */
static void visitor_rank(const struct watch *w, const struct watcher *cn)
{
    bool guest = cn->track != NULL && cn->track->dept != NULL;

    w->env.out.rank(w->env.out.arg, cn->id, guest ? WATCH_GUEST : WATCH_STRANGER);
}

static void visitors_rank(const struct watch *w, const struct track *tr)
{
    const struct watcher *cn;

    TAILQ_FOREACH (cn, &tr->visitors, track_link)
        visitor_rank(w, cn);
}

/* Whoever has handed it on hears of it until somebody has taken it. */
static void handed_index(struct watch *w, struct track *tr, uint64_t by)
{
    struct agent_ix *ix = by != 0 ? agent_ix_get(w, by) : NULL, *old = tr->handed;

    if (old == ix)
        return;
    if (old != NULL) {
        TAILQ_REMOVE(&old->handed, tr, handed_link);
        id_list_add(&tr->left_agents, old->id);
    }
    if (ix != NULL)
        TAILQ_INSERT_TAIL(&ix->handed, tr, handed_link);
    tr->handed = ix;
    agent_ix_touch(w, old != NULL ? old : ix, true);
}

/* Bring the indexes to what the core says now. */
void track_index(struct watch *w, struct track *tr)
{
    const struct conv *cv = core_conv(w->env.core, tr->conv);
    bool open = cv != NULL && conv_open_now(cv);
    bool held = open && cv->state != CONV_WAITING && cv->agent != 0;
    struct dept_ix *dx = open ? dept_ix_get(w, cv->dept) : NULL;
    struct agent_ix *ix = held ? agent_ix_get(w, cv->agent) : NULL, *old = tr->agent;
    bool was_open = tr->dept != NULL;

    if (tr->dept != dx) {
        if (tr->dept != NULL) {
            TAILQ_REMOVE(&tr->dept->tracks, tr, dept_link);
            id_list_add(&tr->left_depts, tr->dept->id);
        }
        if (dx != NULL)
            TAILQ_INSERT_TAIL(&dx->tracks, tr, dept_link);
        tr->dept = dx;
        if (was_open != open)
            visitors_rank(w, tr);
    }
    if (old != ix) {
        if (old != NULL) {
            TAILQ_REMOVE(&old->held, tr, agent_link);
            id_list_add(&tr->left_agents, old->id);
        }
        if (ix != NULL)
            TAILQ_INSERT_TAIL(&ix->held, tr, agent_link);
        tr->agent = ix;
        if (old != NULL)
            agent_ix_touch(w, old, false); /* its load */
    }
    handed_index(w, tr, open && cv->handed_dept != 0 ? cv->handed_by : 0);
    tr->offered = held && cv->state == CONV_OFFERED;
    if (cv != NULL)
        tr->classes |= conv_classes(w, cv);
}

struct track *track_get(struct watch *w, uint64_t conv)
{
    struct track *tr = map_find(&w->tracks, conv);

    if (tr != NULL)
        return tr;
    tr = xcalloc(1, sizeof(*tr));
    tr->conv = conv;
    TAILQ_INIT(&tr->visitors);
    TAILQ_INIT(&tr->watchers);
    tr->classes = CLASS_ALL; /* who knows where it was before */
    map_put(&w->tracks, conv, tr);
    track_index(w, tr);
    return tr;
}

void track_free(struct track *tr)
{
    id_list_fini(&tr->left_depts);
    id_list_fini(&tr->left_agents);
    id_list_fini(&tr->rung);
    free(tr->fleets);
    free(tr);
}

void track_release(struct watch *w, struct track *tr)
{
    if (tr->dept != NULL || tr->dirty != 0 || !TAILQ_EMPTY(&tr->visitors) ||
        !TAILQ_EMPTY(&tr->watchers))
        return;
    ensure(tr->agent == NULL && tr->handed == NULL);
    visitor_stay(w, tr);
    map_del(&w->tracks, tr->conv);
    track_free(tr);
}

/* Those that changed go out with this pass; those that talk now and then, each at its own time. */
void track_touch(struct watch *w, struct track *tr, unsigned dirty)
{
    tr->by_block = false;
    if ((tr->dirty & DIRTY_HEAD) != 0 || tr->dirty == dirty)
        return;
    if (tr->dirty != 0)
        heap_remove(&w->talked, &tr->due_node);
    tr->dirty = dirty;
    if (dirty == DIRTY_HEAD) {
        TAILQ_INSERT_TAIL(&w->changed, tr, dirty_link);
    } else {
        tr->due_ms = tr->shown_ms + ROW_PAUSE_MS;
        heap_push(&w->talked, &tr->due_node);
    }
}

/* visitors */

void visitor_bind(struct watch *w, struct watcher *cn, uint64_t conv)
{
    struct track *tr = track_get(w, conv);

    if (cn->track == tr)
        return;
    visitor_unbind(w, cn);
    cn->track = tr;
    cn->place = 0;
    TAILQ_INSERT_TAIL(&tr->visitors, cn, track_link);
    TAILQ_INSERT_TAIL(&dept_ix_get(w, cn->entry)->visitors, cn, door_link);
    visitor_rank(w, cn);
}

void visitor_unbind(struct watch *w, struct watcher *cn)
{
    struct track *tr = cn->track;

    if (tr == NULL)
        return;
    TAILQ_REMOVE(&tr->visitors, cn, track_link);
    TAILQ_REMOVE(&dept_ix_get(w, cn->entry)->visitors, cn, door_link);
    cn->track = NULL;
    track_release(w, tr);
}
