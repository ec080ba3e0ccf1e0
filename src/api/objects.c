/*
 * Agents, departments, portal, counts and places in queues: what changed of them goes to those who
 * see it, a few times a second at most.
 */
#include "api_int.h"

/* departments */

static void object_show(struct api *api, const struct conn_ids *ids, const char *ev, uint64_t gone,
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
    event_end(&j, api);
    api_show(api, ids->ids, ids->n, buf_span(&b));
    buf_fini(&b);
}

static void set_conns(struct api *api, const struct agent_set *set, struct conn_ids *ids)
{
    for (size_t i = 0; i < set->n; i++) {
        if (set->a[i]->stamp == api->stamp)
            continue;
        set->a[i]->stamp = api->stamp;
        agent_conns(set->a[i], true, ids);
    }
}

static void dept_object_show(struct api *api, struct dept_ix *dx, const struct dept *d)
{
    struct conn_ids ids = {0};
    struct buf b = {0};
    struct jw j = {.b = &b};
    uint64_t hash = 0;

    if (d != NULL) {
        view_me_dept(&j, api, d);
        hash = hash_u64(buf_span(&b), NULL);
    }
    if (hash != dx->object_hash) {
        dx->object_hash = hash;
        api->stamp++;
        set_conns(api, &api->global, &ids);
        set_conns(api, &dx->listeners, &ids);
        if (ids.n > 0)
            object_show(api, &ids, "department", d == NULL ? dx->id : 0, buf_span(&b));
    }
    buf_fini(&b);
    free(ids.ids);
}

/* What the widgets of running chats know of the department that they came in by. */
static void dept_status_show(struct api *api, struct dept_ix *dx, const struct dept *d)
{
    struct conn_ids ids = {0};
    struct buf b = {0};
    struct jw j = {.b = &b};
    const struct conn *cn;

    if (TAILQ_EMPTY(&dx->visitors)) {
        dx->status_hash = 0;
        return;
    }
    event_begin(&j, "department");
    if (d != NULL && d->type == DEPT_PUBLIC) {
        view_status(&j, api, d);
    } else {
        jw_k_str(&j, "door", door_word(DOOR_CLOSED));
        jw_k_str(&j, "offline", "hide");
    }
    uint64_t hash = hash_u64(buf_span(&b), NULL);
    if (hash != dx->status_hash) {
        dx->status_hash = hash;
        TAILQ_FOREACH (cn, &dx->visitors, door_link)
            conn_ids_add(&ids, cn->id);
        event_end(&j, api);
        api_show(api, ids.ids, ids.n, buf_span(&b));
    }
    buf_fini(&b);
    free(ids.ids);
}

static void queue_place_show(struct api *api, struct conn *cn, const struct dept *d)
{
    const struct conv *cv = core_conv(api->env.core, cn->track->conv);
    int64_t eta_ms = 0;
    uint32_t place = cv != NULL ? core_queue_place(api->env.core, cv, &eta_ms) : 0;
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
    api_show_now(api, &cn->id, 1, buf_span(&b));
    buf_fini(&b);
}

static void dept_queue_show(struct api *api, struct dept_ix *dx, const struct dept *d)
{
    struct track *tr;
    struct conn *cn;

    TAILQ_FOREACH (tr, &dx->tracks, dept_link) {
        TAILQ_FOREACH (cn, &tr->visitors, track_link)
            queue_place_show(api, cn, d);
    }
}

static void set_touch_counts(struct api *api, const struct agent_set *set)
{
    for (size_t i = 0; i < set->n; i++)
        if (set->a[i]->nme > 0)
            agent_ix_touch(api, set->a[i], true);
}

/* False: it stays in the list, for its queue has moved a moment ago already. */
static bool dept_show(struct api *api, struct dept_ix *dx, int64_t now_ms)
{
    const struct dept *d = core_dept(api->env.core, dx->id);

    if (dx->changed) {
        dx->changed = false;
        dept_object_show(api, dx, d);
        dept_status_show(api, dx, d);
        set_touch_counts(api, &dx->listeners);
        set_touch_counts(api, &api->global);
    }
    if (!dx->queue_changed)
        return true;
    if (now_ms - dx->queue_ms < QUEUE_PAUSE_MS && now_ms >= dx->queue_ms)
        return false;
    dx->queue_ms = now_ms;
    dx->queue_changed = false;
    dept_queue_show(api, dx, d);
    return true;
}

/* agents */

static void counts_show(struct api *api, struct agent_ix *ix, const struct agent *ag)
{
    struct conn_ids ids = {0};
    struct buf b = {0};
    struct jw j = {.b = &b};

    agent_conns(ix, true, &ids);
    if (ids.n > 0) {
        event_begin(&j, "counts");
        jw_key(&j, "counts");
        view_counts(&j, api, ix, ag);
        uint64_t hash = hash_u64(buf_span(&b), NULL);
        event_end(&j, api);
        if (hash != ix->counts_hash)
            api_show(api, ids.ids, ids.n, buf_span(&b));
        ix->counts_hash = hash;
    }
    buf_fini(&b);
    free(ids.ids);
}

static void agent_own_show(struct api *api, struct agent_ix *ix, const struct agent *ag)
{
    struct conn_ids ids = {0};
    struct buf b = {0};
    struct jw j = {.b = &b};

    agent_conns(ix, true, &ids);
    if (ids.n > 0) {
        view_me_agent(&j, api, ag);
        object_show(api, &ids, "agent", 0, buf_span(&b));
    }
    buf_fini(&b);
    free(ids.ids);
}

/* Everybody who listens: seldom enough. */
static void all_conns(struct api *api, struct conn_ids *ids)
{
    uint64_t key;
    void *value;

    for (size_t at = 0; map_next(&api->agents, &at, &key, &value);)
        agent_conns(value, true, ids);
}

/* Who is deleted or disabled is nobody's colleague. */
static void agent_gone_show(struct api *api, const struct agent_ix *ix)
{
    struct conn_ids ids = {0};

    all_conns(api, &ids);
    if (ids.n > 0)
        object_show(api, &ids, "agent", ix->id, SPAN_NONE);
    free(ids.ids);
}

static void agent_object_show(struct api *api, struct agent_ix *ix, const struct agent *ag)
{
    struct conn_ids ids = {0};
    struct buf b = {0};
    struct jw j = {.b = &b};

    view_me_agent(&j, api, ag);
    view_colleague(&j, api, ag);
    uint64_t hash = hash_u64(buf_span(&b), NULL);
    if (hash != ix->object_hash) {
        ix->object_hash = hash;
        buf_reset(&b);
        j.comma = false;
        view_colleague(&j, api, ag);
        agent_own_show(api, ix, ag);
        api->stamp++;
        ix->stamp = api->stamp; /* has been told */
        set_conns(api, &api->global, &ids);
        for (size_t i = 0; i < ag->nmembers; i++)
            set_conns(api, &dept_ix_get(api, ag->members[i].dept)->listeners, &ids);
        if (ids.n > 0)
            object_show(api, &ids, "agent", 0, buf_span(&b));
    }
    buf_fini(&b);
    free(ids.ids);
}

void show_former_member(struct api *api, const struct agent *ag, uint64_t dept)
{
    struct conn_ids ids = {0};
    struct buf b = {0};
    struct jw j = {.b = &b};

    api->stamp++;
    set_conns(api, &dept_ix_get(api, dept)->listeners, &ids);
    view_colleague(&j, api, ag);
    if (ids.n > 0)
        object_show(api, &ids, "agent", 0, buf_span(&b));
    buf_fini(&b);
    free(ids.ids);
}

static void agent_show(struct api *api, struct agent_ix *ix)
{
    const struct agent *ag = core_agent(api->env.core, ix->id);

    if (ix->changed && ag != NULL && ag->enabled)
        agent_object_show(api, ix, ag);
    else if (ix->changed)
        agent_gone_show(api, ix);
    if (ix->counts_changed && ag != NULL)
        counts_show(api, ix, ag);
    ix->changed = ix->counts_changed = false;
}

static void portal_show(struct api *api)
{
    struct conn_ids ids = {0};
    struct buf b = {0};
    struct jw j = {.b = &b};

    all_conns(api, &ids);
    view_portal(&j, api);
    if (ids.n > 0)
        object_show(api, &ids, "portal", 0, buf_span(&b));
    buf_fini(&b);
    free(ids.ids);
}

void objects_show(struct api *api, int64_t now_ms)
{
    struct dept_ix *dx, *next_dx;
    struct agent_ix *ix;

    if (api->portal_dirty)
        portal_show(api);
    api->portal_dirty = false;
    TAILQ_FOREACH_SAFE (dx, &api->dirty_depts, dirty_link, next_dx) {
        if (!dept_show(api, dx, now_ms))
            continue;
        TAILQ_REMOVE(&api->dirty_depts, dx, dirty_link);
        dx->queued = false;
    }
    while ((ix = TAILQ_FIRST(&api->dirty_agents)) != NULL) {
        TAILQ_REMOVE(&api->dirty_agents, ix, dirty_link);
        ix->queued = false;
        agent_show(api, ix);
        agent_ix_release(api, ix);
    }
}

bool objects_wait(const struct api *api)
{
    return api->portal_dirty || !TAILQ_EMPTY(&api->dirty_depts) || !TAILQ_EMPTY(&api->dirty_agents);
}
