/*
 * What was gathered over a pass goes to those who watch: heads and rows of conversations that
 * changed, states for visitors, objects, counts, places in queues, mails.  One rendering for all
 * who may see the same.
 */
#include "watch_int.h"

#define MASKS_MAX 16

/* A conversation as JSON, once for each set of rights that somebody looks at it with. */
struct heads {
    struct watch *w;
    const struct conv *cv;
    bool by_block; /* only its being blocked has changed */
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
    view_head(&j, h->w->env.view, h->cv, may);
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

void event_begin(struct jw *j, const char *ev)
{
    jw_obj(j);
    jw_k_str(j, "ev", ev);
}

void event_end(struct jw *j, const struct watch *w)
{
    jw_k_pos(j, "pos", turn_folded_pos(w->env.turn));
    jw_obj_end(j);
}

/* conversations */

static void head_show(struct watch *w, struct sub *s, struct heads *h)
{
    const struct agent *ag = core_agent(w->env.core, s->conn->agent->id);
    struct principal who = {.kind = BY_AGENT, .id = s->conn->agent->id};
    unsigned may = ag != NULL ? conv_may(w->env.view, &who, h->cv) : 0;
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
        sub_free(w, s);
    }
    event_end(&j, w);
    watch_send(w, &conn, 1, buf_span(&b));
    buf_fini(&b);
}

static void row_show(struct watch *w, struct sub *s, const struct agent *ag, struct heads *h)
{
    struct principal who = agent_principal(ag);
    bool in = watch_list_has(w, &s->want, ag, h->cv);
    bool shown = map_find(&s->shown, h->cv->id) != NULL;
    struct buf b = {0};
    struct jw j = {.b = &b};

    if (!shown && (!in || (h->by_block && s->want.list != LIST_BLOCKED)))
        return;
    event_begin(&j, "list");
    jw_k_str(&j, "list", list_word(s->want.list));
    if (s->want.filter != FILTER_NONE)
        jw_k_str(&j, "filter", filter_word(s->want.filter));
    if (s->want.dept != 0)
        jw_k_id(&j, "department", s->want.dept);
    if (in) {
        jw_key(&j, "row");
        jw_raw(&j, heads_get(h, conv_may(w->env.view, &who, h->cv)));
        if (conv_open_now(h->cv) || s->want.list == LIST_BLOCKED)
            map_put(&s->shown, h->cv->id, s);
        else /* of what has ended nothing ever goes, and it grows for years */
            map_del(&s->shown, h->cv->id);
    } else {
        jw_k_id(&j, "gone", h->cv->id);
        map_del(&s->shown, h->cv->id);
    }
    event_end(&j, w);
    watch_send(w, &s->conn->id, 1, buf_span(&b));
    buf_fini(&b);
}

static void rows_show_agent(struct watch *w, struct agent_ix *ix, struct heads *h)
{
    const struct agent *ag;
    struct watcher *cn;
    struct sub *s;

    if (ix == NULL || ix->stamp == w->stamp)
        return;
    ix->stamp = w->stamp;
    ag = core_agent(w->env.core, ix->id);
    if (ag == NULL || ix->nlists == 0)
        return;
    TAILQ_FOREACH (cn, &ix->conns, agent_link) {
        TAILQ_FOREACH (s, &cn->subs, conn_link) {
            if (s->topic == TOPIC_LIST)
                row_show(w, s, ag, h);
        }
    }
}

static void rows_show_set(struct watch *w, const struct agent_set *set, struct heads *h)
{
    for (size_t i = 0; i < set->n; i++)
        rows_show_agent(w, set->a[i], h);
}

/* To those whom it concerns now, and those whom it concerned before. */
static void rows_show(struct watch *w, struct track *tr, struct heads *h)
{
    const struct conv *cv = h->cv;

    w->stamp++;
    rows_show_set(w, &w->global, h);
    rows_show_set(w, &dept_ix_get(w, cv->dept)->listeners, h);
    if (tr->was_dept != 0 && tr->was_dept != cv->dept)
        rows_show_set(w, &dept_ix_get(w, tr->was_dept)->listeners, h);
    if (cv->agent != 0)
        rows_show_agent(w, map_find(&w->agents, cv->agent), h);
    if (tr->was_agent != 0)
        rows_show_agent(w, map_find(&w->agents, tr->was_agent), h);
    tr->was_dept = cv->dept;
    tr->was_agent = cv->agent;
}

static void track_conns(const struct track *tr, struct id_list *out)
{
    const struct watcher *cn;

    TAILQ_FOREACH (cn, &tr->visitors, track_link)
        id_list_add(out, cn->id);
}

static void state_show(struct watch *w, struct track *tr, const struct conv *cv)
{
    uint64_t hash = view_visitor_state_hash(w->env.view, cv);
    struct id_list ids = {0};
    struct buf b = {0};
    struct jw j = {.b = &b};

    if (TAILQ_EMPTY(&tr->visitors) || hash == tr->state_hash)
        return;
    tr->state_hash = hash;
    track_conns(tr, &ids);
    event_begin(&j, "chat.state");
    view_visitor_state(&j, w->env.view, cv);
    event_end(&j, w);
    watch_send(w, ids.ids, ids.n, buf_span(&b));
    buf_fini(&b);
    id_list_fini(&ids);
}

static void track_show(struct watch *w, struct track *tr)
{
    struct conv_ref ref;
    struct heads h = {.w = w};
    struct sub *s, *next;

    if (conv_open(w->env.view, tr->conv, &ref) != ERR_OK)
        return;
    h.cv = ref.cv;
    h.by_block = tr->by_block;
    rows_show(w, tr, &h);
    state_show(w, tr, ref.cv);
    tr->dirty |= DIRTY_HEAD; /* keeps it alive while watchers may go */
    TAILQ_FOREACH_SAFE (s, &tr->watchers, track_link, next)
        head_show(w, s, &h);
    heads_fini(&h);
    conv_done(&ref);
}

/* A line of the history as it happens, and marks of what was seen. */
static void visitor_line_show(struct watch *w, struct track *tr, const struct conv *cv,
                              const struct rec *rec)
{
    struct id_list ids = {0};
    struct buf b = {0};
    struct jw j = {.b = &b};
    bool seen = rec->type == REC_CONV_SEEN && rec->who.kind == BY_AGENT;

    if (TAILQ_EMPTY(&tr->visitors) || (rec->n == 0 && !seen))
        return;
    track_conns(tr, &ids);
    event_begin(&j, seen ? "chat.seen" : "chat.line");
    if (seen)
        jw_k_int(&j, "n", rec->seen.n);
    if (seen || view_visitor_line(&j, w->env.view, cv, rec)) {
        jw_k_pos(&j, "pos", rec->pos);
        jw_obj_end(&j);
        watch_send(w, ids.ids, ids.n, buf_span(&b));
    }
    buf_fini(&b);
    id_list_fini(&ids);
}

void show_line(struct watch *w, struct track *tr, const struct conv *cv, const struct rec *rec)
{
    struct id_list ids = {0};
    struct buf b = {0};
    struct jw j = {.b = &b};
    struct sub *s;

    visitor_line_show(w, tr, cv, rec);
    TAILQ_FOREACH (s, &tr->watchers, track_link) {
        struct principal who = {.kind = BY_AGENT, .id = s->conn->agent->id};
        const char *why;

        if (rights_may(w->env.core, &who, ACT_SEE, cv, &why) == ERR_OK)
            id_list_add(&ids, s->conn->id);
    }
    if (ids.n > 0) {
        event_begin(&j, "line");
        jw_k_id(&j, "conversation", cv->id);
        if (view_agent_line(&j, w->env.view, cv, rec)) {
            jw_k_pos(&j, "pos", rec->pos);
            jw_obj_end(&j);
            watch_send(w, ids.ids, ids.n, buf_span(&b));
        }
    }
    buf_fini(&b);
    id_list_fini(&ids);
}

/* Leaves its list before it is shown: what showing changes puts it there again. */
static void tracks_show(struct watch *w, bool changed)
{
    struct track *tr;

    while ((tr = changed ? TAILQ_FIRST(&w->changed) : TAILQ_FIRST(&w->talked)) != NULL) {
        if (changed)
            TAILQ_REMOVE(&w->changed, tr, dirty_link);
        else
            TAILQ_REMOVE(&w->talked, tr, dirty_link);
        track_show(w, tr);
        tr->dirty = 0;
        tr->by_block = false;
        track_release(w, tr);
    }
}

void show_changed(struct watch *w)
{
    int64_t now_ms = view_now(w->env.view);

    tracks_show(w, true);
    if (!TAILQ_EMPTY(&w->talked) &&
        (now_ms >= w->talked_ms + ROW_PAUSE_MS || now_ms < w->talked_ms)) {
        w->talked_ms = now_ms;
        tracks_show(w, false);
    }
    if (objects_wait(w) && (now_ms >= w->objects_ms + OBJECT_PAUSE_MS || now_ms < w->objects_ms)) {
        w->objects_ms = now_ms;
        objects_show(w, now_ms);
    }
}

int64_t show_deadline(const struct watch *w)
{
    int64_t at = INT64_MAX;

    if (!TAILQ_EMPTY(&w->talked))
        at = w->talked_ms + ROW_PAUSE_MS;
    if (objects_wait(w) && w->objects_ms + OBJECT_PAUSE_MS < at)
        at = w->objects_ms + OBJECT_PAUSE_MS;
    return at;
}
