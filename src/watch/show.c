/*
 * What was gathered over a pass goes to those who watch: heads and rows of conversations that
 * changed, states for visitors, objects, counts, places in queues, mails.  One rendering for all
 * who may see the same.
 */
#include "watch_int.h"

#define MASKS_MAX 16
#define ROWS_MAX 64
#define TALKS_PER_PASS 64 /* conversations that only talk; the others with the next pass */

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
    struct principal who = watcher_who(s->conn);
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

/* One event of a list for all who get the same. */
struct row {
    struct list_want want;
    bool gone;
    unsigned may;
    struct id_list conns;
};

/* The rows of one conversation that are going out, rendered once each. */
struct rows {
    struct watch *w;
    struct heads *h;
    size_t n;
    struct row of[ROWS_MAX];
};

static void row_send(struct rows *r, struct row *row)
{
    struct buf b = {0};
    struct jw j = {.b = &b};

    event_begin(&j, "list");
    jw_k_str(&j, "list", list_word(row->want.list));
    if (row->want.filter != FILTER_NONE)
        jw_k_str(&j, "filter", filter_word(row->want.filter));
    if (row->want.dept != 0)
        jw_k_id(&j, "department", row->want.dept);
    if (row->want.tag != 0)
        jw_k_id(&j, "tag", row->want.tag);
    if (row->gone) {
        jw_k_id(&j, "gone", r->h->cv->id);
    } else {
        jw_key(&j, "row");
        jw_raw(&j, heads_get(r->h, row->may));
    }
    event_end(&j, r->w);
    watch_send(r->w, row->conns.ids, row->conns.n, buf_span(&b));
    buf_fini(&b);
    id_list_fini(&row->conns);
}

static struct row *row_get(struct rows *r, const struct list_want *want, bool gone, unsigned may)
{
    size_t i;

    for (i = 0; i < r->n; i++) {
        struct row *row = &r->of[i];

        if (row->want.list == want->list && row->want.filter == want->filter &&
            row->want.dept == want->dept && row->want.tag == want->tag && row->gone == gone &&
            row->may == may)
            return row;
    }
    if (r->n < ROWS_MAX)
        r->n++;
    else
        row_send(r, &r->of[--i]); /* so many kinds at once: this one goes now */
    r->of[i] = (struct row){.want = *want, .gone = gone, .may = may};
    return &r->of[i];
}

/* The same for all connections of an agent but those of his tokens, each of which has its own. */
static unsigned agent_may(struct watch *w, const struct watcher *cn, const struct conv *cv)
{
    struct principal who = watcher_who(cn);
    struct agent_ix *ix = cn->agent;

    if (cn->by_token)
        return conv_may(w->env.view, &who, cv);
    if (ix->may_stamp != w->stamp)
        ix->may = conv_may(w->env.view, &who, cv);
    ix->may_stamp = w->stamp;
    return ix->may;
}

/*
 * A missed one may have gone from its box into another.  Which rows of what is over somebody has on
 * the screen is not kept, so all who see it are told.
 */
static bool left_box(const struct reader *reader, const struct sub *s, const struct conv *cv)
{
    return s->want.list >= LIST_TO_ANSWER && cv->state == CONV_MISSED && audience_sees(reader, cv);
}

static void row_show(void *arg, struct sub *s)
{
    struct rows *r = arg;
    const struct conv *cv = r->h->cv;
    const struct principal who = watcher_who(s->conn);
    const struct reader reader = reader_of(r->w->env.core, &who);
    bool in = audience_in_list(&reader, &s->want, cv);
    bool shown = map_find(&s->shown, cv->id) != NULL;

    if (reader.kind == READER_NONE || (!shown && !(!in && left_box(&reader, s, cv)) &&
                                       (!in || (r->h->by_block && s->want.list != LIST_BLOCKED))))
        return;
    if (!in || !(conv_open_now(cv) || s->want.list == LIST_BLOCKED))
        map_del(&s->shown,
                cv->id); /* of what has ended nothing ever goes, and it grows for years */
    else
        map_put(&s->shown, cv->id, s);
    id_list_add(&row_get(r, &s->want, !in, in ? agent_may(r->w, s->conn, cv) : 0)->conns,
                s->conn->id);
}

/* To those whom it concerns now, and those whom it concerned before. */
static void rows_show(struct watch *w, struct track *tr, struct heads *h)
{
    struct rows r = {.w = w, .h = h};

    track_hear(w, tr, h->cv, row_show, &r);
    for (size_t i = 0; i < r.n; i++)
        row_send(&r, &r.of[i]);
}

static void track_conns(const struct track *tr, struct id_list *out)
{
    const struct watcher *cn;

    TAILQ_FOREACH (cn, &tr->visitors, track_link)
        id_list_add(out, cn->id);
}

void state_show(struct watch *w, struct track *tr, const struct conv *cv)
{
    struct id_list ids = {0};
    struct buf b = {0};
    struct jw j = {.b = &b};

    if (TAILQ_EMPTY(&tr->visitors))
        return;
    uint64_t hash = view_visitor_state_hash(w->env.view, cv) ^ tr->taken;
    if (hash == tr->state_hash)
        return;
    tr->state_hash = hash;
    track_conns(tr, &ids);
    event_begin(&j, "chat.state");
    view_visitor_state(&j, w->env.view, cv);
    jw_k_int(&j, "got", tr->taken);
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
    bool goes_on = rec->type == REC_CONV_REOPENED;

    if (TAILQ_EMPTY(&tr->visitors) || (rec->n == 0 && !seen && !goes_on))
        return;
    track_conns(tr, &ids);
    event_begin(&j, seen ? "chat.seen" : goes_on ? "chat.next" : "chat.line");
    if (seen)
        jw_k_int(&j, "n", rec->seen.n);
    if (seen || goes_on || view_visitor_line(&j, w->env.view, cv, rec)) {
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
        struct principal who = watcher_who(s->conn);
        enum refusal why;

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

/* Has left its list or heap before: what showing changes puts it there again. */
static void track_done(struct watch *w, struct track *tr, int64_t now_ms)
{
    track_show(w, tr);
    tr->dirty = 0;
    tr->by_block = false;
    tr->shown_ms = now_ms;
    track_release(w, tr);
}

/* A clock that was set back makes nothing wait for longer than the pause. */
static bool track_is_due(const struct track *tr, int64_t now_ms)
{
    return tr->due_ms <= now_ms || tr->due_ms > now_ms + ROW_PAUSE_MS;
}

static struct track *talked_first(const struct watch *w)
{
    struct heap_node *n = heap_first(&w->talked);

    return n != NULL ? container_of(n, struct track, due_node) : NULL;
}

void show_changed(struct watch *w)
{
    int64_t now_ms = view_now(w->env.view);
    struct track *tr;

    while ((tr = TAILQ_FIRST(&w->changed)) != NULL) {
        TAILQ_REMOVE(&w->changed, tr, dirty_link);
        track_done(w, tr, now_ms);
    }
    for (unsigned n = 0; n < TALKS_PER_PASS; n++) {
        if ((tr = talked_first(w)) == NULL || !track_is_due(tr, now_ms))
            break;
        heap_remove(&w->talked, &tr->due_node);
        track_done(w, tr, now_ms);
    }
    if (objects_wait(w) && (now_ms >= w->objects_ms + OBJECT_PAUSE_MS || now_ms < w->objects_ms) &&
        objects_show(w, now_ms))
        w->objects_ms = now_ms;
}

int64_t show_deadline(const struct watch *w)
{
    const struct track *tr = talked_first(w);
    int64_t at = tr != NULL ? tr->due_ms : INT64_MAX;

    if (objects_wait(w) && w->objects_ms + OBJECT_PAUSE_MS < at)
        at = w->objects_ms + OBJECT_PAUSE_MS;
    return at;
}
