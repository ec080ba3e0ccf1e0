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

/* Administrators and operators see every department. */
static bool page_is_whole(const struct page *pg)
{
    return pg->ag == NULL || pg->ag->role == ROLE_ADMIN;
}

static void page_collect(const struct page *pg, struct id_list *ids)
{
    watch_list_open(pg->api->env.watch, &pg->want, pg->ag, ids);
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

static bool agent_has_dept(const struct agent *ag, uint64_t dept)
{
    for (size_t i = 0; i < ag->nmembers; i++)
        if (ag->members[i].dept == dept)
            return true;
    return false;
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
static void blocked_note_shown(const struct page *pg, const struct id_list *ids)
{
    struct id_list seen = {0};
    struct conv_ref ref;

    for (size_t i = 0; pg->conn != 0 && i < ids->n; i++) {
        if (conv_open(pg->api->env.view, ids->ids[i], &ref) != ERR_OK)
            continue;
        if (watch_list_has(pg->api->env.watch, &pg->want, pg->ag, ref.cv))
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
        full = watch_list_has(w, &pg->want, pg->ag, ref.cv) && !row_add(pg, r, ref.cv);
        if (full && i > 0)
            r->next = ids.ids[i - 1];
        conv_done(&ref);
    }
    if (!full)
        r->next = next;
    id_list_fini(&ids);
    return watch_blocked_count(w, &pg->want, pg->ag);
}

/* Which departments: the one that was asked for, all, or those of the agent. */
static void stored_take(const struct page *pg, struct stored_list *list, uint64_t **own)
{
    *list = (struct stored_list){.list = pg->want.list, .depts = &pg->want.dept, .ndepts = 1};
    *own = NULL;
    if (pg->want.dept != 0)
        return;
    list->depts = NULL;
    if (page_is_whole(pg))
        return;
    *own = xcalloc(pg->ag->nmembers + 1, sizeof(**own));
    for (size_t i = 0; i < pg->ag->nmembers; i++)
        (*own)[i] = pg->ag->members[i].dept;
    list->depts = *own;
    list->ndepts = pg->ag->nmembers;
}

/* As it is in memory, where it has changed a moment ago; else as its row has it. */
static void stored_row(const struct page *pg, struct rows *r, const struct list_row *row)
{
    const struct conv *cv = core_conv(pg->api->env.core, row->id);
    struct conv *own = NULL;

    if (cv == NULL && conv_decode(row->id, row->image, &own) == ERR_OK)
        cv = own;
    if (cv != NULL && watch_list_has(pg->api->env.watch, &pg->want, pg->ag, cv))
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
    uint64_t after = pg->cursor & ~CURSOR_STORED, *own;
    struct stored_list list;
    struct list_page lp;
    size_t looks = 0;
    bool more = true;
    err_t err = ERR_OK;

    stored_take(pg, &list, &own);
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
    free(own);
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
    if (list_is_stored(&pg->want)) {
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
        call_ok_now(c, buf_span(&b));
    else
        call_refuse(c, err, "list", NULL);
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
    const struct agent *ag = core_agent(api->env.core, p->l.who.id);
    bool may = p->l.who.kind == BY_OPERATOR || (ag != NULL && ag->enabled);
    struct page pg = {
        .api = api, .who = p->l.who, .ag = ag, .want = p->want, .max = p->max, .cursor = p->cursor};
    struct call c;

    if (durable)
        later_call(&p->l, &c);
    else
        later_lose(&p->l);
    if (durable && may)
        page_answer(&c, &pg); /* held again: it shows more than it has waited for */
    else if (durable)
        call_refuse(&c, ERR_AUTH, NULL, NULL);
    later_fini(&p->l);
    free(p);
}

static bool list_take(struct call *c, struct list_want *want)
{
    const struct arg_value *filter = &c->arg[ARG_FILTER];
    enum filter f;

    *want = (struct list_want){.dept = c->arg[ARG_DEPARTMENT].id};
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

/* conn: that subscribed; 0 */
static void page_start(struct call *c, const struct list_want *want, uint64_t conn)
{
    struct page pg = {.api = c->api,
                      .who = c->who,
                      .ag = core_agent(c->api->env.core, c->who.id),
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
        call_refuse(c, ERR_INVAL, "list", "subscribe needs it for this topic");
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
