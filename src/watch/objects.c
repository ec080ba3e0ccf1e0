/*
 * Agents, departments, portal, counts and places in queues: what changed of them goes to those who
 * see it, a few times a second at most.
 */
#include "watch_int.h"

#define AGENTS_PER_PASS 256 /* whose objects and counts are shown; the others with the next one */

/* departments */

static void object_show(struct watch *w, const struct id_list *ids, const char *ev, uint64_t gone,
                        struct span json)
{
    struct buf b = {0};
    struct jw j = {.b = &b};

    event_begin(&j, ev);
    if (gone != 0) {
        jw_k_id(&j, "gone", gone);
    } else {
        jw_key(&j, ev);
        jw_raw(&j, json);
    }
    event_end(&j, w);
    watch_send(w, ids->ids, ids->n, buf_span(&b));
    buf_fini(&b);
}

static void set_conns(struct watch *w, const struct hearing_list *set, struct id_list *ids)
{
    const struct hearing *h;

    TAILQ_FOREACH (h, set, link) {
        if (h->ix->stamp == w->stamp)
            continue;
        h->ix->stamp = w->stamp;
        agent_conns(h->ix, true, ids);
    }
}

static void dept_object_show(struct watch *w, struct dept_ix *dx, const struct dept *d)
{
    struct id_list ids = {0};
    struct buf b = {0};
    struct jw j = {.b = &b};
    uint64_t hash = 0;

    if (d != NULL) {
        view_me_dept(&j, w->env.view, d);
        hash = hash_u64(buf_span(&b), NULL);
    }
    if (hash != dx->object_hash) {
        dx->object_hash = hash;
        w->stamp++;
        set_conns(w, &w->global, &ids);
        set_conns(w, &dx->listeners, &ids);
        if (ids.n > 0)
            object_show(w, &ids, "department", d == NULL ? dx->id : 0, buf_span(&b));
    }
    buf_fini(&b);
    id_list_fini(&ids);
}

/* What the widgets of running chats know of the department that they came in by. */
static void dept_status_show(struct watch *w, struct dept_ix *dx, const struct dept *d)
{
    struct id_list ids = {0};
    struct buf b = {0};
    struct jw j = {.b = &b};
    const struct watcher *cn;

    if (TAILQ_EMPTY(&dx->visitors)) {
        dx->status_hash = 0;
        return;
    }
    event_begin(&j, "department");
    if (d != NULL && d->type == DEPT_PUBLIC) {
        view_status(&j, w->env.view, d);
    } else {
        jw_k_str(&j, "door", door_word(DOOR_CLOSED));
        jw_k_str(&j, "offline", "hide");
    }
    uint64_t hash = hash_u64(buf_span(&b), NULL);
    if (hash != dx->status_hash) {
        dx->status_hash = hash;
        TAILQ_FOREACH (cn, &dx->visitors, door_link)
            id_list_add(&ids, cn->id);
        event_end(&j, w);
        watch_send(w, ids.ids, ids.n, buf_span(&b));
    }
    buf_fini(&b);
    id_list_fini(&ids);
}

static void queue_place_show(struct watch *w, struct watcher *cn, const struct dept *d)
{
    const struct conv *cv = core_conv(w->env.core, cn->track->conv);
    int64_t eta_ms = 0;
    uint32_t place = cv != NULL ? core_queue_place(w->env.core, cv, &eta_ms) : 0;
    struct buf b = {0};
    struct jw j = {.b = &b};

    if (place == 0 || place == cn->place)
        return;
    cn->place = place;
    event_begin(&j, "chat.queue");
    jw_k_int(&j, "place", place);
    if (d != NULL && d->show_eta && eta_ms > 0)
        jw_k_int(&j, "eta_ms", eta_ms);
    jw_obj_end(&j);
    watch_send_now(w, &cn->id, 1, buf_span(&b));
    buf_fini(&b);
}

static void dept_queue_show(struct watch *w, struct dept_ix *dx, const struct dept *d)
{
    struct track *tr;
    struct watcher *cn;

    TAILQ_FOREACH (tr, &dx->tracks, dept_link) {
        TAILQ_FOREACH (cn, &tr->visitors, track_link)
            queue_place_show(w, cn, d);
    }
}

static void set_touch_counts(struct watch *w, const struct hearing_list *set)
{
    const struct hearing *h;

    TAILQ_FOREACH (h, set, link) {
        if (h->ix->nme > 0)
            agent_ix_touch(w, h->ix, true);
    }
}

/* False: it stays in the list, for its queue has moved a moment ago already. */
static bool dept_show(struct watch *w, struct dept_ix *dx, int64_t now_ms)
{
    const struct dept *d = core_dept(w->env.core, dx->id);

    if (dx->changed) {
        dx->changed = false;
        dept_object_show(w, dx, d);
        dept_status_show(w, dx, d);
    }
    if (dx->counts_changed) {
        dx->counts_changed = false;
        set_touch_counts(w, &dx->listeners);
        set_touch_counts(w, &w->global);
    }
    if (!dx->queue_changed)
        return true;
    if (now_ms - dx->queue_ms < QUEUE_PAUSE_MS && now_ms >= dx->queue_ms)
        return false;
    dx->queue_ms = now_ms;
    dx->queue_changed = false;
    dept_queue_show(w, dx, d);
    return true;
}

/* agents */

static void counts_write(struct jw *j, struct watch *w, struct agent_ix *ix, const struct agent *ag)
{
    const struct reader r = reader_of_agent(w->env.core, ag->id);
    struct list_want want = {.list = LIST_ALL};

    jw_obj(j);
    for (; want.list < LIST_COUNT; want.list++)
        jw_k_int(j, list_word(want.list),
                 (int64_t)(want.list == LIST_BLOCKED ? blocked_count_of(w, ix, &r)
                                                     : audience_count(&r, &want)));
    want.list = LIST_MINE;
    for (want.filter = FILTER_UNREPLIED; want.filter <= FILTER_REPLIED; want.filter++)
        jw_k_int(j, filter_word(want.filter), (int64_t)audience_count(&r, &want));
    jw_k_int(j, "tasks", (int64_t)core_task_count(w->env.core, ag->id));
    jw_k_int(j, "mentions", (int64_t)view_mentions_unread(w->env.view, &r));
    view_counts_write(j, w, &r);
    jw_obj_end(j);
}

static void counts_show(struct watch *w, struct agent_ix *ix, const struct agent *ag)
{
    struct id_list ids = {0};
    struct buf b = {0};
    struct jw j = {.b = &b};

    agent_conns(ix, true, &ids);
    if (ids.n > 0) {
        event_begin(&j, "counts");
        jw_key(&j, "counts");
        counts_write(&j, w, ix, ag);
        uint64_t hash = hash_u64(buf_span(&b), NULL);
        event_end(&j, w);
        if (hash != ix->counts_hash)
            watch_send(w, ids.ids, ids.n, buf_span(&b));
        ix->counts_hash = hash;
    }
    buf_fini(&b);
    id_list_fini(&ids);
}

/* A tag's counts are the store's, which has what changed them once that is durable. */
struct counts_later {
    struct watch *w;
    uint64_t agent;
};

static void counts_durable(void *arg, bool durable)
{
    struct counts_later *later = arg;
    struct agent_ix *ix = durable ? map_find(&later->w->agents, later->agent) : NULL;
    const struct agent *ag = durable ? core_agent(later->w->env.core, later->agent) : NULL;

    if (ix != NULL && ag != NULL)
        counts_show(later->w, ix, ag);
    free(later);
}

static void counts_due(struct watch *w, struct agent_ix *ix, const struct agent *ag)
{
    struct counts_later *later;

    if (!w->views_tagged) {
        counts_show(w, ix, ag);
        return;
    }
    later = xcalloc(1, sizeof(*later));
    *later = (struct counts_later){w, ix->id};
    turn_hold(w->env.turn, counts_durable, later);
}

static void agent_own_show(struct watch *w, struct agent_ix *ix, const struct agent *ag)
{
    struct id_list ids = {0};
    struct buf b = {0};
    struct jw j = {.b = &b};

    agent_conns(ix, true, &ids);
    if (ids.n > 0) {
        view_me_agent(&j, w->env.view, ag);
        object_show(w, &ids, "agent", 0, buf_span(&b));
    }
    buf_fini(&b);
    id_list_fini(&ids);
}

/* Everybody who listens: seldom enough. */
static void all_conns(struct watch *w, struct id_list *ids)
{
    uint64_t key;
    void *value;

    for (size_t at = 0; map_next(&w->agents, &at, &key, &value);)
        agent_conns(value, true, ids);
}

/* Who is deleted or disabled is nobody's colleague. */
static void agent_gone_show(struct watch *w, const struct agent_ix *ix)
{
    struct id_list ids = {0};

    all_conns(w, &ids);
    if (ids.n > 0)
        object_show(w, &ids, "agent", ix->id, SPAN_NONE);
    id_list_fini(&ids);
}

static void agent_object_show(struct watch *w, struct agent_ix *ix, const struct agent *ag)
{
    struct id_list ids = {0};
    struct buf b = {0};
    struct jw j = {.b = &b};

    view_me_agent(&j, w->env.view, ag);
    view_colleague(&j, ag);
    uint64_t hash = hash_u64(buf_span(&b), NULL);
    if (hash != ix->object_hash) {
        ix->object_hash = hash;
        buf_reset(&b);
        j.comma = false;
        view_colleague(&j, ag);
        agent_own_show(w, ix, ag);
        w->stamp++;
        ix->stamp = w->stamp; /* has been told */
        set_conns(w, &w->global, &ids);
        for (size_t i = 0; i < ag->nmembers; i++)
            set_conns(w, &dept_ix_get(w, ag->members[i].dept)->listeners, &ids);
        if (ids.n > 0)
            object_show(w, &ids, "agent", 0, buf_span(&b));
    }
    buf_fini(&b);
    id_list_fini(&ids);
}

void show_former_member(struct watch *w, const struct agent *ag, uint64_t dept)
{
    struct id_list ids = {0};
    struct buf b = {0};
    struct jw j = {.b = &b};

    w->stamp++;
    set_conns(w, &dept_ix_get(w, dept)->listeners, &ids);
    view_colleague(&j, ag);
    if (ids.n > 0)
        object_show(w, &ids, "agent", 0, buf_span(&b));
    buf_fini(&b);
    id_list_fini(&ids);
}

static void agent_show(struct watch *w, struct agent_ix *ix)
{
    const struct agent *ag = core_agent(w->env.core, ix->id);

    if (ix->changed && ag != NULL && ag->enabled)
        agent_object_show(w, ix, ag);
    else if (ix->changed)
        agent_gone_show(w, ix);
    if (ix->counts_changed && ag != NULL)
        counts_due(w, ix, ag);
    ix->changed = ix->counts_changed = false;
}

static void portal_show(struct watch *w)
{
    struct id_list ids = {0};
    struct buf b = {0};
    struct jw j = {.b = &b};

    all_conns(w, &ids);
    view_portal(&j, w->env.view);
    if (ids.n > 0)
        object_show(w, &ids, "portal", 0, buf_span(&b));
    buf_fini(&b);
    id_list_fini(&ids);
}

/* What the pages that manage show is more than anybody listens to: they are told to ask again. */
void managed_show(struct watch *w, const char *what, uint64_t id)
{
    struct id_list ids = {0};
    struct buf b = {0};
    struct jw j = {.b = &b};

    w->stamp++;
    set_conns(w, &w->global, &ids);
    if (ids.n > 0) {
        event_begin(&j, "managed");
        if (id != 0)
            jw_k_id(&j, what, id);
        else
            jw_k_bool(&j, what, true);
        event_end(&j, w);
        watch_send(w, ids.ids, ids.n, buf_span(&b));
    }
    buf_fini(&b);
    id_list_fini(&ids);
}

void anonymised_show(struct watch *w, uint64_t agent)
{
    struct id_list ids = {0};
    struct buf b = {0};
    struct jw j = {.b = &b};

    all_conns(w, &ids);
    if (ids.n > 0) {
        event_begin(&j, "anonymised");
        jw_k_id(&j, "agent", agent);
        event_end(&j, w);
        watch_send(w, ids.ids, ids.n, buf_span(&b));
    }
    buf_fini(&b);
    id_list_fini(&ids);
}

void own_show(struct watch *w, uint64_t agent, const char *what, uint64_t id, uint64_t but)
{
    const struct agent_ix *ix = map_find(&w->agents, agent);
    const struct watcher *cn;
    struct id_list ids = {0};
    struct buf b = {0};
    struct jw j = {.b = &b};

    if (ix == NULL)
        return;
    TAILQ_FOREACH (cn, &ix->conns, agent_link)
        if (cn->me && cn->session != but)
            id_list_add(&ids, cn->id);
    if (ids.n > 0) {
        event_begin(&j, "managed");
        jw_k_id(&j, what, id);
        event_end(&j, w);
        watch_send(w, ids.ids, ids.n, buf_span(&b));
    }
    buf_fini(&b);
    id_list_fini(&ids);
}

void canned_show(struct watch *w, const struct rec *rec)
{
    const struct agent_ix *ix =
        rec->canned.agent != 0 ? map_find(&w->agents, rec->canned.agent) : NULL;
    struct id_list ids = {0};
    struct buf b = {0};
    struct jw j = {.b = &b};

    w->stamp++;
    if (rec->canned.dept != 0) {
        set_conns(w, &w->global, &ids);
        set_conns(w, &dept_ix_get(w, rec->canned.dept)->listeners, &ids);
    } else if (rec->canned.agent == 0) {
        all_conns(w, &ids);
    } else if (ix != NULL) {
        agent_conns(ix, true, &ids);
    }
    if (ids.n > 0) {
        event_begin(&j, "managed");
        jw_k_id(&j, "canned", rec->obj);
        event_end(&j, w);
        watch_send(w, ids.ids, ids.n, buf_span(&b));
    }
    buf_fini(&b);
    id_list_fini(&ids);
}

bool objects_show(struct watch *w, int64_t now_ms)
{
    unsigned n = 0;
    struct dept_ix *dx, *next_dx;
    struct agent_ix *ix;

    if (w->portal_dirty)
        portal_show(w);
    w->portal_dirty = false;
    TAILQ_FOREACH_SAFE (dx, &w->dirty_depts, dirty_link, next_dx) {
        if (!dept_show(w, dx, now_ms))
            continue;
        TAILQ_REMOVE(&w->dirty_depts, dx, dirty_link);
        dx->queued = false;
    }
    for (; n < AGENTS_PER_PASS && (ix = TAILQ_FIRST(&w->dirty_agents)) != NULL; n++) {
        TAILQ_REMOVE(&w->dirty_agents, ix, dirty_link);
        ix->queued = false;
        agent_show(w, ix);
        agent_ix_release(w, ix);
    }
    return TAILQ_EMPTY(&w->dirty_agents);
}

bool objects_wait(const struct watch *w)
{
    return w->portal_dirty || !TAILQ_EMPTY(&w->dirty_depts) || !TAILQ_EMPTY(&w->dirty_agents);
}

/* what an agent has of himself */

void watch_counts_write(struct jw *j, struct watch *w, const struct agent *ag)
{
    struct agent_ix *ix = agent_ix_get(w, ag->id);

    counts_write(j, w, ix, ag);
    agent_ix_release(w, ix);
}

void watch_offers_write(struct jw *j, struct watch *w, const struct principal *who)
{
    const struct agent_ix *ix = map_find(&w->agents, who->id);
    const struct track *tr = ix != NULL ? TAILQ_FIRST(&ix->held) : NULL;
    const struct conv *rung;

    jw_arr(j);
    for (; tr != NULL; tr = TAILQ_NEXT(tr, agent_link)) {
        const struct conv *cv = core_conv(w->env.core, tr->conv);

        if (!tr->offered || cv == NULL)
            continue;
        jw_obj(j);
        view_offer(j, w->env.view, cv, who);
        jw_obj_end(j);
    }
    for (size_t at = 0; (rung = core_rung_at(w->env.core, who->id, at)) != NULL; at++) {
        jw_obj(j);
        view_offer(j, w->env.view, rung, who);
        jw_obj_end(j);
    }
    jw_arr_end(j);
}
