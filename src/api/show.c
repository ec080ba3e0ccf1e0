/*
 * What was gathered over a pass goes to those who watch: heads and rows of conversations that
 * changed, states for visitors, objects, counts, places in queues, mails.  One rendering for all
 * who may see the same.
 */
#include "api_int.h"

#define MASKS_MAX 16

/* A conversation as JSON, once for each set of rights that somebody looks at it with. */
struct heads {
    struct api *api;
    const struct conv *cv;
    uint64_t pos;
    size_t n;
    struct {
        unsigned may;
        struct buf json;
    } of[MASKS_MAX];
};

static struct span heads_get(struct heads *h, unsigned may)
{
    size_t i;

    for (i = 0; i < h->n; i++)
        if (h->of[i].may == may)
            return buf_span(&h->of[i].json);
    if (h->n < MASKS_MAX)
        h->n++;
    else
        i = MASKS_MAX - 1; /* so many kinds of rights at once: render again */
    buf_reset(&h->of[i].json);
    h->of[i].may = may;
    struct jw j = {.b = &h->of[i].json};
    view_head(&j, h->api, h->cv, may);
    return buf_span(&h->of[i].json);
}

static void heads_fini(struct heads *h)
{
    for (size_t i = 0; i < h->n; i++)
        buf_fini(&h->of[i].json);
}

static struct principal agent_principal(const struct agent *ag)
{
    return (struct principal){.kind = BY_AGENT, .id = ag->id};
}

static void event_begin(struct jw *j, const char *ev)
{
    jw_obj(j);
    jw_k_str(j, "ev", ev);
}

static void event_end(struct jw *j, const struct api *api)
{
    jw_k_pos(j, "pos", turn_folded_pos(api->env.turn));
    jw_obj_end(j);
}

/* conversations */

static void head_show(struct api *api, struct sub *s, struct heads *h)
{
    const struct agent *ag = core_agent(api->env.core, s->conn->agent->id);
    struct principal who = {.kind = BY_AGENT, .id = s->conn->agent->id};
    unsigned may = ag != NULL ? conv_may(api, &who, h->cv) : 0;
    struct buf b = {0};
    struct jw j = {.b = &b};
    uint64_t conn = s->conn->id;

    event_begin(&j, "head");
    jw_k_id(&j, "conversation", h->cv->id);
    if ((may & BIT(ACT_SEE)) != 0) {
        jw_key(&j, "head");
        jw_raw(&j, heads_get(h, may));
    } else {
        jw_k_bool(&j, "gone", true);
        sub_free(api, s);
    }
    event_end(&j, api);
    api_show(api, &conn, 1, buf_span(&b));
    buf_fini(&b);
}

static void row_show(struct api *api, struct sub *s, const struct agent *ag, struct heads *h)
{
    struct principal who = agent_principal(ag);
    bool in = sub_has(api, s, ag, h->cv);
    bool stored = s->list == LIST_COMPLETED || s->list == LIST_MISSED;
    struct buf b = {0};
    struct jw j = {.b = &b};

    if (!in && map_find(&s->shown, h->cv->id) == NULL)
        return;
    event_begin(&j, "list");
    jw_k_str(&j, "list", list_word(s->list));
    if (s->filter != FILTER_NONE)
        jw_k_str(&j, "filter", filter_word(s->filter));
    if (s->dept != 0)
        jw_k_id(&j, "department", s->dept);
    if (in) {
        jw_key(&j, "row");
        jw_raw(&j, heads_get(h, conv_may(api, &who, h->cv)));
        if (!stored) /* out of these nothing ever goes, and they grow for years */
            map_put(&s->shown, h->cv->id, s);
    } else {
        jw_k_id(&j, "gone", h->cv->id);
        map_del(&s->shown, h->cv->id);
    }
    event_end(&j, api);
    api_show(api, &s->conn->id, 1, buf_span(&b));
    buf_fini(&b);
}

static void rows_show_agent(struct api *api, struct agent_ix *ix, struct heads *h)
{
    const struct agent *ag;
    struct conn *cn;
    struct sub *s;

    if (ix == NULL || ix->stamp == api->stamp)
        return;
    ix->stamp = api->stamp;
    ag = core_agent(api->env.core, ix->id);
    if (ag == NULL || ix->nlists == 0)
        return;
    TAILQ_FOREACH (cn, &ix->conns, agent_link) {
        TAILQ_FOREACH (s, &cn->subs, conn_link) {
            if (s->topic == TOPIC_LIST)
                row_show(api, s, ag, h);
        }
    }
}

static void rows_show_set(struct api *api, const struct agent_set *set, struct heads *h)
{
    for (size_t i = 0; i < set->n; i++)
        rows_show_agent(api, set->a[i], h);
}

/* To those whom it concerns now, and those whom it concerned before. */
static void rows_show(struct api *api, struct track *tr, struct heads *h)
{
    const struct conv *cv = h->cv;

    api->stamp++;
    rows_show_set(api, &api->global, h);
    rows_show_set(api, &dept_ix_get(api, cv->dept)->listeners, h);
    if (tr->was_dept != 0 && tr->was_dept != cv->dept)
        rows_show_set(api, &dept_ix_get(api, tr->was_dept)->listeners, h);
    if (cv->agent != 0)
        rows_show_agent(api, map_find(&api->agents, cv->agent), h);
    if (tr->was_agent != 0)
        rows_show_agent(api, map_find(&api->agents, tr->was_agent), h);
    tr->was_dept = cv->dept;
    tr->was_agent = cv->agent;
}

static void track_conns(const struct track *tr, struct conn_ids *out)
{
    const struct conn *cn;

    TAILQ_FOREACH (cn, &tr->visitors, track_link)
        conn_ids_add(out, cn->id);
}

static void state_show(struct api *api, struct track *tr, const struct conv *cv)
{
    uint64_t hash = visitor_state_hash(api, cv);
    struct conn_ids ids = {0};
    struct buf b = {0};
    struct jw j = {.b = &b};

    if (TAILQ_EMPTY(&tr->visitors) || hash == tr->state_hash)
        return;
    tr->state_hash = hash;
    track_conns(tr, &ids);
    event_begin(&j, "chat.state");
    view_visitor_state(&j, api, cv);
    event_end(&j, api);
    api_show(api, ids.ids, ids.n, buf_span(&b));
    buf_fini(&b);
    free(ids.ids);
}

static void track_show(struct api *api, struct track *tr)
{
    struct conv_ref ref;
    struct heads h = {.api = api};
    struct sub *s, *next;

    if (conv_open(api, tr->conv, &ref) != ERR_OK)
        return;
    h.cv = ref.cv;
    rows_show(api, tr, &h);
    state_show(api, tr, ref.cv);
    tr->dirty |= DIRTY_HEAD; /* keeps it alive while watchers may go */
    TAILQ_FOREACH_SAFE (s, &tr->watchers, track_link, next)
        head_show(api, s, &h);
    heads_fini(&h);
    conv_done(&ref);
}

/* A line of the history as it happens, and marks of what was seen. */
static void visitor_line_show(struct api *api, struct track *tr, const struct conv *cv,
                              const struct rec *rec)
{
    struct conn_ids ids = {0};
    struct buf b = {0};
    struct jw j = {.b = &b};
    bool seen = rec->type == REC_CONV_SEEN && rec->who.kind == BY_AGENT;

    if (TAILQ_EMPTY(&tr->visitors) || (rec->n == 0 && !seen))
        return;
    track_conns(tr, &ids);
    event_begin(&j, seen ? "chat.seen" : "chat.line");
    if (seen)
        jw_k_int(&j, "n", rec->value);
    if (seen || view_visitor_line(&j, api, cv, rec)) {
        jw_k_pos(&j, "pos", rec->pos);
        jw_obj_end(&j);
        api_show(api, ids.ids, ids.n, buf_span(&b));
    }
    buf_fini(&b);
    free(ids.ids);
}

void show_line(struct api *api, struct track *tr, const struct conv *cv, const struct rec *rec)
{
    struct conn_ids ids = {0};
    struct buf b = {0};
    struct jw j = {.b = &b};
    struct sub *s;

    visitor_line_show(api, tr, cv, rec);
    TAILQ_FOREACH (s, &tr->watchers, track_link) {
        struct principal who = {.kind = BY_AGENT, .id = s->conn->agent->id};
        const char *why;

        if (rights_may(api->env.core, &who, ACT_SEE, cv, &why) == ERR_OK)
            conn_ids_add(&ids, s->conn->id);
    }
    if (ids.n > 0) {
        event_begin(&j, "line");
        jw_k_id(&j, "conversation", cv->id);
        if (view_agent_line(&j, api, cv, rec)) {
            jw_k_pos(&j, "pos", rec->pos);
            jw_obj_end(&j);
            api_show(api, ids.ids, ids.n, buf_span(&b));
        }
    }
    buf_fini(&b);
    free(ids.ids);
}

/* Leaves its list before it is shown: what showing changes puts it there again. */
static void tracks_show(struct api *api, bool changed)
{
    struct track *tr;

    while ((tr = changed ? TAILQ_FIRST(&api->changed) : TAILQ_FIRST(&api->talked)) != NULL) {
        if (changed)
            TAILQ_REMOVE(&api->changed, tr, dirty_link);
        else
            TAILQ_REMOVE(&api->talked, tr, dirty_link);
        track_show(api, tr);
        tr->dirty = 0;
        track_release(api, tr);
    }
}

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

static void agent_object_show(struct api *api, struct agent_ix *ix, const struct agent *ag)
{
    struct conn_ids ids = {0};
    struct buf b = {0};
    struct jw j = {.b = &b};
    uint64_t hash = 0;

    if (ag != NULL) {
        view_me_agent(&j, api, ag);
        view_colleague(&j, api, ag);
        hash = hash_u64(buf_span(&b), NULL);
        buf_reset(&b);
        j.comma = false;
        view_colleague(&j, api, ag);
    }
    if (hash == ix->object_hash && hash != 0)
        goto out;
    ix->object_hash = hash;
    if (ag != NULL)
        agent_own_show(api, ix, ag);
    api->stamp++;
    ix->stamp = api->stamp; /* has been told */
    set_conns(api, &api->global, &ids);
    for (size_t i = 0; ag != NULL && i < ag->nmembers; i++)
        set_conns(api, &dept_ix_get(api, ag->members[i].dept)->listeners, &ids);
    if (ids.n > 0)
        object_show(api, &ids, "agent", ag == NULL ? ix->id : 0, buf_span(&b));
out:
    buf_fini(&b);
    free(ids.ids);
}

static void agent_show(struct api *api, struct agent_ix *ix)
{
    const struct agent *ag = core_agent(api->env.core, ix->id);

    if (ix->changed)
        agent_object_show(api, ix, ag);
    if (ix->counts_changed && ag != NULL)
        counts_show(api, ix, ag);
    ix->changed = ix->counts_changed = false;
}

/* everything */

static void portal_show(struct api *api)
{
    struct conn_ids ids = {0};
    struct buf b = {0};
    struct jw j = {.b = &b};
    uint64_t key;
    void *value;

    for (size_t at = 0; map_next(&api->agents, &at, &key, &value);)
        agent_conns(value, true, &ids);
    view_portal(&j, api);
    if (ids.n > 0)
        object_show(api, &ids, "portal", 0, buf_span(&b));
    buf_fini(&b);
    free(ids.ids);
}

static void objects_show(struct api *api, int64_t now_ms)
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

static bool objects_wait(const struct api *api)
{
    return api->portal_dirty || !TAILQ_EMPTY(&api->dirty_depts) || !TAILQ_EMPTY(&api->dirty_agents);
}

void show_changed(struct api *api)
{
    int64_t now_ms = api_now(api);

    tracks_show(api, true);
    if (!TAILQ_EMPTY(&api->talked) &&
        (now_ms >= api->talked_ms + ROW_PAUSE_MS || now_ms < api->talked_ms)) {
        api->talked_ms = now_ms;
        tracks_show(api, false);
    }
    if (objects_wait(api) &&
        (now_ms >= api->objects_ms + OBJECT_PAUSE_MS || now_ms < api->objects_ms)) {
        api->objects_ms = now_ms;
        objects_show(api, now_ms);
    }
}

int64_t show_deadline(const struct api *api)
{
    int64_t at = INT64_MAX;

    if (!TAILQ_EMPTY(&api->talked))
        at = api->talked_ms + ROW_PAUSE_MS;
    if (objects_wait(api) && api->objects_ms + OBJECT_PAUSE_MS < at)
        at = api->objects_ms + OBJECT_PAUSE_MS;
    return at;
}
