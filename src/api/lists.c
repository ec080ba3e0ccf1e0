/*
 * Lists of conversations: the open ones out of the indexes, the ended ones out of the store, of all
 * the one after the other.  A list out of the store waits until what has ended so far is durable,
 * for only then it is there.
 */
#include <stdlib.h>

#include "api_int.h"

#define STORED_LOOKS_MAX 1000 /* ids looked at for one page: rights may hide most of them */

/* In a cursor: it stands in what is stored; the rest of it is store_list()'s. */
#define CURSOR_STORED (UINT64_C(1) << 62)

/* One page as it is asked for. */
struct page {
    struct api *api;
    struct principal who;
    const struct agent *ag; /* NULL: an operator */
    struct sub want;        /* list, filter, dept */
    struct sub *sub;        /* that is to know what was shown; NULL */
    size_t max;
    uint64_t cursor;
};

struct rows {
    struct jw *j;
    size_t n, from_len;
    uint64_t next; /* 0: no more */
};

/* False: the page is full, and the row was not written. */
static bool row_add(const struct page *pg, struct rows *r, const struct conv *cv)
{
    if (r->n >= pg->max || r->j->b->len - r->from_len > ROWS_BYTES)
        return false;
    view_head(r->j, pg->api, cv, conv_may(pg->api, &pg->who, cv));
    r->n++;
    return true;
}

/* Administrators and operators see every department. */
static bool page_is_whole(const struct page *pg)
{
    return pg->ag == NULL || pg->ag->role == ROLE_ADMIN;
}

static void tracks_collect(const struct page *pg, const struct dept_ix *dx, struct conn_ids *ids)
{
    const struct track *tr;

    TAILQ_FOREACH (tr, &dx->tracks, dept_link) {
        const struct conv *cv = core_conv(pg->api->env.core, tr->conv);

        if (cv != NULL && sub_has(pg->api, &pg->want, pg->ag, cv))
            conn_ids_add(ids, tr->conv);
    }
}

static bool agent_has_dept(const struct agent *ag, uint64_t dept)
{
    for (size_t i = 0; i < ag->nmembers; i++)
        if (ag->members[i].dept == dept)
            return true;
    return false;
}

/* All that the list holds, by what it can concern. */
static void open_collect(const struct page *pg, struct conn_ids *ids)
{
    const struct agent_ix *ix = map_find(&pg->api->agents, pg->who.id);
    bool all = page_is_whole(pg), mine = pg->want.list == LIST_MINE;
    const struct track *tr;

    for (uint64_t id = 0; all && !mine && core_next_dept(pg->api->env.core, &id);)
        tracks_collect(pg, dept_ix_get(pg->api, id), ids);
    for (size_t i = 0; !all && !mine && i < pg->ag->nmembers; i++)
        tracks_collect(pg, dept_ix_get(pg->api, pg->ag->members[i].dept), ids);
    if (ix == NULL || (all && !mine))
        return;
    TAILQ_FOREACH (tr, &ix->held, agent_link) {
        const struct conv *cv = core_conv(pg->api->env.core, tr->conv);

        if (cv != NULL && (mine || !agent_has_dept(pg->ag, cv->dept)) &&
            sub_has(pg->api, &pg->want, pg->ag, cv))
            conn_ids_add(ids, tr->conv);
    }
}

static int id_up(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

static int id_down(const void *a, const void *b)
{
    return id_up(b, a);
}

/* Who waits longest stands first; elsewhere the newest does. */
static uint64_t open_rows(const struct page *pg, struct rows *r)
{
    bool up = pg->want.list == LIST_UNASSIGNED;
    struct conn_ids ids = {0};
    uint64_t count;

    open_collect(pg, &ids);
    if (ids.n > 0)
        qsort(ids.ids, ids.n, sizeof(ids.ids[0]), up ? id_up : id_down);
    for (size_t i = 0; i < ids.n; i++) {
        const struct conv *cv = core_conv(pg->api->env.core, ids.ids[i]);

        if (pg->sub != NULL)
            map_put(&pg->sub->shown, ids.ids[i], pg->sub);
        if (pg->cursor != 0 && (up ? ids.ids[i] <= pg->cursor : ids.ids[i] >= pg->cursor))
            continue;
        if (r->next == 0 && !row_add(pg, r, cv))
            r->next = i > 0 ? ids.ids[i - 1] : 0;
    }
    count = ids.n;
    free(ids.ids);
    return count;
}

/* Before the page itself, which waits for the disk: what goes meanwhile is told. */
static void open_note_shown(const struct page *pg)
{
    struct conn_ids ids = {0};

    open_collect(pg, &ids);
    for (size_t i = 0; i < ids.n; i++)
        map_put(&pg->sub->shown, ids.ids[i], pg->sub);
    free(ids.ids);
}

/* Of one department, as everybody has it who sees all of it. */
static uint64_t dept_count(const struct dept *d, enum list list)
{
    switch (list) {
    case LIST_COMPLETED:
        return d->completed_count;
    case LIST_MISSED:
        return d->missed_count;
    default: /* LIST_ALL */
        return (uint64_t)d->waiting_count + d->active_count + d->completed_count + d->missed_count;
    }
}

static uint64_t list_count(const struct page *pg)
{
    const struct core *k = pg->api->env.core;
    const struct dept *d = core_dept(k, pg->want.dept);
    uint64_t count = 0;

    if (pg->want.dept != 0)
        return d != NULL && (page_is_whole(pg) || agent_has_dept(pg->ag, d->id))
                   ? dept_count(d, pg->want.list)
                   : 0;
    if (pg->ag != NULL)
        return core_list_count(k, pg->ag, pg->want.list);
    for (uint64_t id = 0; core_next_dept(k, &id);)
        count += dept_count(core_dept(k, id), pg->want.list);
    return count;
}

/* All that may be seen of the set goes when its block does, shown on this page or not. */
static void blocked_note_shown(const struct page *pg, const struct conn_ids *ids)
{
    struct conv_ref ref;

    for (size_t i = 0; pg->sub != NULL && i < ids->n; i++) {
        if (conv_open(pg->api, ids->ids[i], &ref) != ERR_OK)
            continue;
        if (sub_has(pg->api, &pg->want, pg->ag, ref.cv))
            map_put(&pg->sub->shown, ids->ids[i], pg->sub);
        conv_done(&ref);
    }
}

/* The cursor is the id below which to go on. */
static uint64_t blocked_rows(const struct page *pg, struct rows *r)
{
    bool more = pg->api->blocked.more, full = false;
    struct conn_ids ids = {0};
    struct conv_ref ref;

    blocked_ids(pg->api, &ids);
    blocked_note_shown(pg, &ids);
    if (more && pg->cursor != 0 && pg->cursor <= ids.ids[ids.n - 1]) {
        ids.n = 0;
        more = blocked_gather(pg->api, pg->cursor, &ids);
    }
    for (size_t i = 0; i < ids.n && !full; i++) {
        if ((pg->cursor != 0 && ids.ids[i] >= pg->cursor) ||
            conv_open(pg->api, ids.ids[i], &ref) != ERR_OK)
            continue;
        full = sub_has(pg->api, &pg->want, pg->ag, ref.cv) && !row_add(pg, r, ref.cv);
        if (full && i > 0)
            r->next = ids.ids[i - 1];
        conv_done(&ref);
    }
    if (!full && more && ids.n > 0)
        r->next = ids.ids[ids.n - 1];
    free(ids.ids);
    return blocked_count(pg->api, &pg->want, pg->ag);
}

static uint64_t *list_depts(const struct page *pg, size_t *n)
{
    uint64_t *depts;
    struct conn_ids ids = {0};

    *n = 0;
    if (pg->want.dept != 0) {
        depts = xmalloc(sizeof(*depts));
        depts[(*n)++] = pg->want.dept;
        return depts;
    }
    if (page_is_whole(pg)) {
        for (uint64_t id = 0; core_next_dept(pg->api->env.core, &id);)
            conn_ids_add(&ids, id);
        *n = ids.n;
        return ids.ids;
    }
    depts = xcalloc(pg->ag->nmembers + 1, sizeof(*depts));
    for (size_t i = 0; i < pg->ag->nmembers; i++)
        depts[(*n)++] = pg->ag->members[i].dept;
    return depts;
}

static err_t stored_rows(const struct page *pg, struct rows *r)
{
    uint64_t cursor = pg->cursor & ~CURSOR_STORED, id;
    size_t ndepts, n;
    uint64_t *depts = list_depts(pg, &ndepts);
    struct conv_ref ref;
    bool more = ndepts > 0;
    err_t err = ERR_OK;

    /* One at a time, so that the cursor stands behind the last row that was taken. */
    for (unsigned looks = 0; more && looks < STORED_LOOKS_MAX; looks++) {
        if (r->n >= pg->max || r->j->b->len - r->from_len > ROWS_BYTES)
            break;
        err = store_list(pg->api->env.store, pg->want.list, depts, ndepts, &cursor, &id, 1, &n);
        if (err != ERR_OK || n == 0) {
            more = false;
            break;
        }
        if (conv_open(pg->api, id, &ref) == ERR_OK) {
            if (sub_has(pg->api, &pg->want, pg->ag, ref.cv))
                row_add(pg, r, ref.cv);
            conv_done(&ref);
        }
        more = cursor != 0;
    }
    r->next = more ? cursor | CURSOR_STORED : 0;
    free(depts);
    return err;
}

/* The open ones, newest first, and then those that have ended, the last to end first. */
static err_t all_rows(const struct page *pg, struct rows *r)
{
    if ((pg->cursor & CURSOR_STORED) == 0) {
        open_rows(pg, r);
        if (r->next != 0)
            return ERR_OK;
    }

    struct page rest = *pg;

    if ((pg->cursor & CURSOR_STORED) == 0)
        rest.cursor = 0;
    return stored_rows(&rest, r);
}

static bool sub_is_stored(const struct sub *want)
{
    return want->list == LIST_COMPLETED || want->list == LIST_MISSED ||
           (want->list == LIST_ALL && want->filter == FILTER_NONE);
}

/* rows, count, cursor: the fields, without braces. */
static err_t page_write(struct jw *j, const struct page *pg)
{
    struct rows r = {.j = j, .from_len = j->b->len};
    uint64_t count;
    err_t err = ERR_OK;

    jw_key(j, "rows");
    jw_arr(j);
    if (sub_is_stored(&pg->want)) {
        err = pg->want.list == LIST_ALL ? all_rows(pg, &r) : stored_rows(pg, &r);
        count = list_count(pg);
    } else if (pg->want.list == LIST_BLOCKED) {
        count = blocked_rows(pg, &r);
    } else {
        count = open_rows(pg, &r);
    }
    jw_arr_end(j);
    jw_k_int(j, "count", (int64_t)count);
    jw_k_id(j, "cursor", r.next);
    return err;
}

static void page_answer(struct call *c, const struct page *pg)
{
    struct buf b = {0};
    struct jw j = {.b = &b};
    err_t err;

    jw_obj(&j);
    err = page_write(&j, pg);
    jw_obj_end(&j);
    if (err == ERR_OK)
        call_ok(c, turn_folded_pos(c->api->env.turn), buf_span(&b));
    else
        call_refuse(c, err, "list", NULL);
    buf_fini(&b);
}

/* A page that waits for the disk. */
struct page_later {
    struct later l;
    struct sub want;
    size_t max;
    uint64_t cursor;
};

static void page_now(void *arg, bool durable)
{
    struct page_later *p = arg;
    struct api *api = p->l.api;
    const struct agent *ag = core_agent(api->env.core, p->l.who.id);
    bool by_operator = p->l.who.kind == BY_OPERATOR;
    struct call c;

    if (durable && (by_operator || (ag != NULL && ag->enabled))) {
        struct page pg = {.api = api,
                          .who = p->l.who,
                          .ag = ag,
                          .want = p->want,
                          .max = p->max,
                          .cursor = p->cursor};

        later_call(&p->l, &c);
        api->releasing = true;
        page_answer(&c, &pg);
        api->releasing = false;
    }
    later_fini(&p->l);
    free(p);
}

static bool list_take(struct call *c, struct sub *want)
{
    const struct arg_value *filter = &c->arg[ARG_FILTER];
    enum filter f;

    *want = (struct sub){.topic = TOPIC_LIST, .dept = c->arg[ARG_DEPARTMENT].id};
    if (!list_parse(c->arg[ARG_LIST].s, &want->list)) {
        call_refuse(c, ERR_INVAL, "list",
                    "one of all, mine, unassigned, completed, missed, blocked is expected");
        return false;
    }
    if (!filter->has)
        return true;
    for (f = FILTER_OPEN; f < FILTER_COUNT && !span_is(filter->s, filter_word(f)); f++)
        ;
    if (f == FILTER_COUNT || (want->list != LIST_MINE && want->list != LIST_ALL)) {
        call_refuse(c, ERR_INVAL, "filter",
                    "for mine and all, one of open, unreplied, replied is expected");
        return false;
    }
    want->filter = f;
    return true;
}

static void page_start(struct call *c, const struct sub *want, struct sub *sub)
{
    const struct agent *ag = core_agent(c->api->env.core, c->who.id);
    size_t max = c->arg[ARG_MAX].has ? (size_t)c->arg[ARG_MAX].i : ROWS_DEFAULT;
    struct page_later *p;

    if (max > ROWS_MAX)
        max = ROWS_MAX;
    if (!sub_is_stored(want)) {
        page_answer(c, &(struct page){.api = c->api,
                                      .who = c->who,
                                      .ag = ag,
                                      .want = *want,
                                      .sub = sub,
                                      .max = max,
                                      .cursor = c->arg[ARG_CURSOR].id});
        return;
    }
    if (sub != NULL && want->list == LIST_ALL)
        open_note_shown(
            &(struct page){.api = c->api, .who = c->who, .ag = ag, .want = *want, .sub = sub});
    p = xcalloc(1, sizeof(*p));
    later_init(&p->l, c);
    p->want = *want;
    p->max = max;
    p->cursor = c->arg[ARG_CURSOR].id;
    c->answered = true;
    turn_hold(c->api->env.turn, page_now, p);
}

void run_list_read(struct call *c)
{
    struct sub want;

    if (list_take(c, &want))
        page_start(c, &want, NULL);
}

void lists_subscribe(struct call *c)
{
    struct sub want, *sub;

    if (!c->arg[ARG_LIST].has) {
        call_refuse(c, ERR_INVAL, "list", "subscribe needs it for this topic");
        return;
    }
    if (!list_take(c, &want))
        return;
    sub = sub_find(c->conn, &want);
    if (sub == NULL && c->conn->nsubs >= SUBS_PER_CONN) {
        call_refuse(c, ERR_FULL, "topic", "too many subscriptions on this connection");
        return;
    }
    if (sub == NULL)
        sub = sub_new(c->api, c->conn, &want);
    page_start(c, &want, sub);
}

void lists_unsubscribe(struct call *c)
{
    struct sub want, *sub;

    if (!list_take(c, &want))
        return;
    if ((sub = sub_find(c->conn, &want)) != NULL)
        sub_free(c->api, sub);
    call_ok(c, turn_folded_pos(c->api->env.turn), SPAN_NONE);
}
