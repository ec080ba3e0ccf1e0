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
    struct reader reader;
    struct list_want want;
    uint64_t conn; /* that subscribed, and is to be told what goes of this; 0 */
    size_t max;
    uint64_t cursor;
};

struct rows {
    struct jw *j;
    size_t n, from_len;
    uint64_t next; /* 0: no more */
};

static bool rows_full(const struct page *pg, const struct rows *r)
{
    return r->n >= pg->max || r->j->b->len - r->from_len > ROWS_BYTES;
}

/* False: the page is full, and the row was not written. */
static bool row_add(const struct page *pg, struct rows *r, const struct conv *cv)
{
    if (rows_full(pg, r))
        return false;
    view_head(r->j, pg->api->env.view, cv, conv_may(pg->api->env.view, &pg->who, cv));
    r->n++;
    return true;
}

static void page_collect(const struct page *pg, struct id_list *ids)
{
    watch_list_open(pg->api->env.watch, &pg->want, &pg->reader, ids);
    if (pg->conn != 0)
        watch_list_shown(pg->api->env.watch, pg->conn, &pg->want, ids);
}

/* Who waits longest stands first; elsewhere the newest does. */
static uint64_t open_rows(const struct page *pg, struct rows *r)
{
    bool up = pg->want.list == LIST_UNASSIGNED;
    struct id_list ids = {0};
    uint64_t count;

    page_collect(pg, &ids);
    (up ? ids_sort_up : ids_sort_down)(ids.ids, ids.n);
    for (size_t i = 0; i < ids.n && r->next == 0; i++) {
        const struct conv *cv = core_conv(pg->api->env.core, ids.ids[i]);

        if (pg->cursor != 0 && (up ? ids.ids[i] <= pg->cursor : ids.ids[i] >= pg->cursor))
            continue;
        if (!row_add(pg, r, cv))
            r->next = i > 0 ? ids.ids[i - 1] : 0;
    }
    count = ids.n;
    id_list_fini(&ids);
    return count;
}

/* All that may be seen of the set goes when its block does, shown on this page or not. */
static void blocked_note_shown(const struct page *pg, const struct id_list *ids)
{
    struct id_list seen = {0};
    struct conv_ref ref;

    for (size_t i = 0; pg->conn != 0 && i < ids->n; i++) {
        if (conv_open(pg->api->env.view, ids->ids[i], &ref) != ERR_OK)
            continue;
        if (audience_in_list(&pg->reader, &pg->want, ref.cv))
            id_list_add(&seen, ids->ids[i]);
        conv_done(&ref);
    }
    watch_list_shown(pg->api->env.watch, pg->conn, &pg->want, &seen);
    id_list_fini(&seen);
}

/* The cursor is the id below which to go on: behind the newest ones, out of the store. */
static uint64_t blocked_rows(const struct page *pg, struct rows *r)
{
    struct watch *w = pg->api->env.watch;
    struct id_list ids = {0};
    bool more = watch_blocked(w, &ids), full = false;
    uint64_t next = more && ids.n > 0 ? ids.ids[ids.n - 1] : 0;
    struct conv_ref ref;

    blocked_note_shown(pg, &ids);
    if (more && (ids.n == 0 || (pg->cursor != 0 && pg->cursor <= next))) {
        ids.n = 0;
        next = watch_blocked_below(w, pg->cursor, &ids);
    }
    for (size_t i = 0; i < ids.n && !full; i++) {
        if ((pg->cursor != 0 && ids.ids[i] >= pg->cursor) ||
            conv_open(pg->api->env.view, ids.ids[i], &ref) != ERR_OK)
            continue;
        full = audience_in_list(&pg->reader, &pg->want, ref.cv) && !row_add(pg, r, ref.cv);
        if (full && i > 0)
            r->next = ids.ids[i - 1];
        conv_done(&ref);
    }
    if (!full)
        r->next = next;
    id_list_fini(&ids);
    return watch_blocked_count(w, &pg->want, &pg->reader);
}

/* Where it can have ended; for those who see all: everywhere.  False: nowhere. */
static bool stored_take(const struct page *pg, struct stored_list *list, struct id_list *depts)
{
    *list = (struct stored_list){.list = pg->want.list, .tag = pg->want.tag};
    if (pg->reader.kind == READER_ALL && pg->want.dept == 0)
        return true;
    for (uint64_t id = 0; audience_next_list_dept(&pg->reader, &pg->want, &id);)
        id_list_add(depts, id);
    list->depts = depts->ids;
    list->ndepts = depts->n;
    return depts->n > 0;
}

/* As it is in memory, where it has changed a moment ago; else as its row has it. */
static void stored_row(const struct page *pg, struct rows *r, const struct list_row *row)
{
    const struct conv *cv = core_conv(pg->api->env.core, row->id);
    struct conv *own = NULL;

    if (cv == NULL && conv_decode(row->id, row->image, &own) == ERR_OK)
        cv = own;
    if (cv != NULL && audience_in_list(&pg->reader, &pg->want, cv))
        row_add(pg, r, cv);
    if (own != NULL)
        conv_free(own);
}

/*
 * Rows are read as many at a time as are still wanted, and more once rights have hidden some; the
 * cursor stands behind the last that was looked at.
 */
static err_t stored_rows(const struct page *pg, struct rows *r)
{
    uint64_t after = pg->cursor & ~CURSOR_STORED;
    struct id_list depts = {0};
    struct stored_list list;
    struct list_page lp;
    size_t looks = 0;
    err_t err = ERR_OK;
    bool more;

    more = stored_take(pg, &list, &depts);
    while (more && looks < STORED_LOOKS_MAX && !rows_full(pg, r)) {
        size_t ask = pg->max - r->n + looks;

        if (ask > STORED_LOOKS_MAX - looks)
            ask = STORED_LOOKS_MAX - looks;
        if ((err = store_list(pg->api->env.store, &list, after, ask, &lp)) != ERR_OK)
            break;
        more = lp.more;
        for (size_t i = 0; i < lp.n; i++, looks++) {
            if (rows_full(pg, r)) {
                more = true;
                break;
            }
            after = lp.rows[i].place;
            stored_row(pg, r, &lp.rows[i]);
        }
        list_page_fini(&lp);
    }
    r->next = more ? after | CURSOR_STORED : 0;
    id_list_fini(&depts);
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

static bool list_is_stored(const struct list_want *want)
{
    return want->list == LIST_COMPLETED || want->list == LIST_MISSED ||
           want->list >= LIST_TO_ANSWER || (want->list == LIST_ALL && want->filter == FILTER_NONE);
}

/* rows, count, cursor: the fields, without braces. */
static err_t page_write(struct jw *j, const struct page *pg)
{
    struct rows r = {.j = j, .from_len = j->b->len};
    bool counted = true;
    uint64_t count;
    err_t err = ERR_OK;

    jw_key(j, "rows");
    jw_arr(j);
    if (list_is_stored(&pg->want)) {
        err = pg->want.list == LIST_ALL ? all_rows(pg, &r) : stored_rows(pg, &r);
        counted = watch_list_count(pg->api->env.watch, &pg->want, &pg->reader, &count);
    } else if (pg->want.list == LIST_BLOCKED) {
        count = blocked_rows(pg, &r);
    } else {
        count = open_rows(pg, &r);
    }
    jw_arr_end(j);
    if (counted)
        jw_k_int(j, "count", (int64_t)count);
    if (pg->want.tag != 0)
        jw_k_id(j, "tag", pg->want.tag);
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
        call_ok_now(c, buf_span(&b));
    else
        call_refuse(c, err, "list", REFUSE_NONE);
    buf_fini(&b);
}

/* A page that waits for the disk. */
struct page_later {
    struct later l;
    struct list_want want;
    size_t max;
    uint64_t cursor;
};

/* Whoever asked is answered in any case, but for a process that is about to end. */
static void page_now(void *arg, bool durable)
{
    struct page_later *p = arg;
    struct api *api = p->l.api;
    struct page pg = {.api = api,
                      .who = p->l.who,
                      .reader = reader_of(api->env.core, &p->l.who),
                      .want = p->want,
                      .max = p->max,
                      .cursor = p->cursor};
    bool may = pg.reader.kind != READER_NONE;
    struct call c;

    if (durable)
        later_call(&p->l, &c);
    else
        later_lose(&p->l);
    if (durable && may)
        page_answer(&c, &pg); /* held again: it shows more than it has waited for */
    else if (durable)
        call_refuse(&c, ERR_AUTH, NULL, REFUSE_NONE);
    later_fini(&p->l);
    free(p);
}

/* Of a saved view that the asker may use. */
static bool view_take(struct call *c, struct list_want *want)
{
    static const enum arg_name not_with[] = {ARG_LIST, ARG_FILTER, ARG_DEPARTMENT, ARG_TAG};
    const struct saved *s = saved_take_alone(c, not_with, COUNT_OF(not_with));

    if (s == NULL)
        return false;
    if (s->shows[SHOWS_SEARCH] != 0) {
        call_refuse(c, ERR_INVAL, "view", REFUSE_VIEW_SEARCH);
        return false;
    }
    *want = saved_want(s);
    return true;
}

static bool list_take(struct call *c, struct list_want *want)
{
    const struct arg_value *filter = &c->arg[ARG_FILTER];

    if (c->arg[ARG_VIEW].has)
        return view_take(c, want);
    *want = (struct list_want){.dept = c->arg[ARG_DEPARTMENT].id};
    if (!tag_take(c, &want->tag))
        return false;
    if (!c->arg[ARG_LIST].has) {
        call_refuse_with(c, ERR_INVAL, "list", REFUSE_NEEDED, VALUES(OF_STR("list.read")));
        return false;
    }
    if (!list_parse(c->arg[ARG_LIST].s, &want->list)) {
        call_refuse_with(
            c, ERR_INVAL, "list", REFUSE_WORD,
            VALUES(OF_STR("all, mine, unassigned, completed, missed, blocked, to-answer, "
                          "answered, put-away")));
        return false;
    }
    if (!filter->has)
        return true;
    if (!filter_parse(filter->s, &want->filter) ||
        (want->list != LIST_MINE && want->list != LIST_ALL)) {
        call_refuse_with(c, ERR_INVAL, "filter", REFUSE_WORD,
                         VALUES(OF_STR("open, unreplied, replied")));
        return false;
    }
    return true;
}

/* conn: that subscribed; 0 */
static void page_start(struct call *c, const struct list_want *want, uint64_t conn)
{
    struct page pg = {.api = c->api,
                      .who = c->who,
                      .reader = reader_of(c->api->env.core, &c->who),
                      .want = *want,
                      .conn = conn,
                      .max = c->arg[ARG_MAX].has ? (size_t)c->arg[ARG_MAX].i : ROWS_DEFAULT,
                      .cursor = c->arg[ARG_CURSOR].id};
    struct page_later *p;

    if (pg.max > ROWS_MAX)
        pg.max = ROWS_MAX;
    if (!list_is_stored(want)) {
        page_answer(c, &pg);
        return;
    }
    if (want->list == LIST_ALL && conn != 0) { /* what goes while the page waits is told */
        struct id_list ids = {0};

        page_collect(&pg, &ids);
        id_list_fini(&ids);
    }
    p = xcalloc(1, sizeof(*p));
    later_init(&p->l, c);
    p->want = *want;
    p->max = pg.max;
    p->cursor = pg.cursor;
    turn_hold(c->api->env.turn, page_now, p);
}

void run_list_read(struct call *c)
{
    struct list_want want;

    if (list_take(c, &want))
        page_start(c, &want, 0);
}

void lists_subscribe(struct call *c)
{
    struct list_want want;

    if (!c->arg[ARG_LIST].has) {
        call_refuse_with(c, ERR_INVAL, "list", REFUSE_NEEDED, VALUES(OF_STR("subscribe")));
        return;
    }
    if (!list_take(c, &want))
        return;
    if (subscribed(c, watch_subscribe_list(c->api->env.watch, c->conn_id, &want)))
        page_start(c, &want, c->conn_id);
}

void lists_unsubscribe(struct call *c)
{
    struct list_want want;

    if (!list_take(c, &want))
        return;
    watch_unsubscribe_list(c->api->env.watch, c->conn_id, &want);
    call_ok_now(c, SPAN_NONE);
}
