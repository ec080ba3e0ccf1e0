/*
 * Mails that wait for a digest, and their folding into it.  Of each group, which is one kind for
 * one department, only the first held mail stands in mail_due: when that falls due, the digest is
 * made in its place, so that any number of held mails costs a look nothing.  When to hold is
 * decided elsewhere; leaving the group, by whatever change, is mail_state_put()'s.
 */
#include <stdlib.h>

#include "outbox_int.h"

#define BAD_HEADS_MAX                                                                              \
    1000 /* rows in a row that cannot be read, when the next first is looked for */

err_t mail_order_get(struct txn *tx, uint64_t id, struct outbox_row *row)
{
    struct key key = key_u64(id);
    struct span payload;
    err_t err = txn_get(tx, TABLE_OUTBOX, &key, &payload);

    return err == ERR_OK ? outbox_row_decode(payload, row) : err;
}

struct mail_group mail_group_get(struct txn *tx, enum mail_kind kind, uint64_t dept)
{
    struct key key = key_typed((uint8_t)kind, dept);
    struct mail_group g = {0};
    struct span payload;

    if (txn_get(tx, TABLE_MAIL_GROUP, &key, &payload) == ERR_OK &&
        mail_group_decode(payload, &g) != ERR_OK) {
        store_report_bad(tx->st, TABLE_MAIL_GROUP, (struct span){(const char *)key.bytes, key.len},
                         ERR_CORRUPT);
        g = (struct mail_group){0};
    }
    return g;
}

static void group_put(struct txn *tx, enum mail_kind kind, uint64_t dept,
                      const struct mail_group *g)
{
    struct key key = key_typed((uint8_t)kind, dept);
    struct buf out = {0};

    mail_group_encode(g, &out);
    txn_put(tx, TABLE_MAIL_GROUP, &key, buf_span(&out));
    buf_fini(&out);
}

err_t outbox_read_group(struct store *st, enum mail_kind kind, uint64_t dept, struct mail_group *g)
{
    struct txn tx;
    err_t err = txn_begin_read(&tx, st);

    if (err != ERR_OK)
        return err;
    *g = mail_group_get(&tx, kind, dept);
    err = tx.err;
    txn_end_read(&tx);
    return err;
}

/* The held mails of a group behind `after`. */
static size_t held_ids(struct txn *tx, enum mail_kind kind, uint64_t dept, uint64_t after,
                       uint64_t *ids, size_t max)
{
    struct key first = key_typed2((uint8_t)kind, dept, after + 1);
    struct cursor cur;
    size_t n = 0;
    err_t err;

    if (cursor_open(&cur, tx, TABLE_MAIL_HELD) != ERR_OK)
        return 0;
    for (err = cursor_seek(&cur, &first, false); err == ERR_OK && n < max;
         err = cursor_next(&cur)) {
        if (cur.key.len != first.len || memcmp(cur.key.p, first.bytes, 9) != 0)
            break;
        ids[n++] = cursor_key_u64(&cur, 9);
    }
    cursor_close(&cur);
    return n;
}

err_t outbox_held(struct store *st, enum mail_kind kind, uint64_t dept, uint64_t after,
                  uint64_t *ids, size_t max, size_t *n)
{
    struct txn tx;
    err_t err = txn_begin_read(&tx, st);

    if (err != ERR_OK)
        return err;

    size_t got = held_ids(&tx, kind, dept, after, ids, max);

    err = tx.err;
    txn_end_read(&tx);
    if (err == ERR_OK)
        *n = got;
    return err;
}

/* holding */

struct hold {
    const struct mail_hold *holds;
    size_t n;
    struct span reason;
};

static void hold_one(struct txn *tx, const struct mail_hold *hold, struct span reason)
{
    struct key key = key_u64(hold->id);
    struct outbox_row order;
    struct mail_row before, row;

    if (txn_has(tx, TABLE_MAIL_FROZEN, &key) || mail_order_get(tx, hold->id, &order) != ERR_OK ||
        mail_state_get(tx, hold->id, &before) != ERR_OK)
        return;
    if (before.state == MAILST_QUEUED || before.state == MAILST_DEFERRED) {
        enum mail_kind kind = order.order.kind;
        uint64_t dept = order.order.dept;
        struct key held = key_typed2((uint8_t)kind, dept, hold->id);
        struct mail_group g = mail_group_get(tx, kind, dept);
        char *why = span_dup(reason);

        row = before;
        row.state = MAILST_HELD;
        row.reason = why;
        row.due_ms = 0;
        if (g.head == 0) {
            row.due_ms = hold->due_ms;
            g.head = hold->id;
            group_put(tx, kind, dept, &g);
        }
        txn_put(tx, TABLE_MAIL_HELD, &held, SPAN_NONE);
        mail_state_put(tx, hold->id, &before, &row);
        free(why);
    }
    mail_row_fini(&before);
}

static void hold_step(struct txn *tx, void *arg)
{
    const struct hold *h = arg;

    for (size_t i = 0; i < h->n && tx->err == ERR_OK; i++)
        hold_one(tx, &h->holds[i], h->reason);
}

err_t outbox_hold(struct store *st, const struct mail_hold *holds, size_t n, struct span reason)
{
    struct hold h = {holds, n, reason};

    for (size_t i = 0; i < n; i++)
        ensure(holds[i].due_ms > 0);
    return store_write(st, hold_step, &h);
}

/* leaving */

/* The first that can be read takes the place; of those that cannot, none would ever be sent. */
static uint64_t head_next(struct txn *tx, enum mail_kind kind, uint64_t dept, int64_t due_ms)
{
    uint64_t id = 0;

    for (unsigned i = 0; i < BAD_HEADS_MAX && held_ids(tx, kind, dept, id, &id, 1) == 1; i++) {
        struct mail_row before, row;

        if (mail_state_get(tx, id, &before) != ERR_OK)
            continue;
        row = before;
        row.due_ms = due_ms;
        mail_state_put(tx, id, &before, &row);
        mail_row_fini(&before);
        return id;
    }
    return 0;
}

void mail_held_leave(struct txn *tx, uint64_t id, int64_t due_ms)
{
    struct outbox_row order;

    if (mail_order_get(tx, id, &order) != ERR_OK)
        return;

    enum mail_kind kind = order.order.kind;
    uint64_t dept = order.order.dept;
    struct key held = key_typed2((uint8_t)kind, dept, id);
    struct mail_group g = mail_group_get(tx, kind, dept);

    txn_del(tx, TABLE_MAIL_HELD, &held);
    if (g.head == id) {
        g.head = head_next(tx, kind, dept, due_ms);
        group_put(tx, kind, dept, &g);
    }
}

/* gathering */

static void gather_one(struct txn *tx, uint64_t id, uint64_t digest, int64_t now_ms)
{
    struct mail_row before, row;
    err_t err = mail_state_get(tx, id, &before);

    if (err != ERR_OK) {
        txn_fail(tx, err);
        return;
    }
    if (before.state != MAILST_HELD)
        txn_fail(tx, ERR_CONFLICT);
    row = before;
    row.state = MAILST_FOLDED;
    row.reason = NULL;
    row.due_ms = 0;
    row.settled_ms = now_ms;
    row.digest = digest;
    mail_state_put(tx, id, &before, &row);
    mail_row_fini(&before);
}

void mail_gather(struct txn *tx, const struct mail_freeze *fr, int64_t now_ms)
{
    struct outbox_row order;

    for (size_t i = 0; i < fr->ngathered && tx->err == ERR_OK; i++)
        gather_one(tx, fr->gathered[i], fr->id, now_ms);
    if (fr->window_ms == 0 || mail_order_get(tx, fr->id, &order) != ERR_OK)
        return;

    struct mail_group g = mail_group_get(tx, order.order.kind, order.order.dept);

    if (g.began_ms != fr->window_ms)
        g.count = 0;
    g.began_ms = fr->window_ms;
    g.count++;
    group_put(tx, order.order.kind, order.order.dept, &g);
}

/* settling many */

struct settle_held {
    enum mail_kind kind;
    uint64_t dept;
    const struct mail_result *res;
    int64_t now_ms;
    uint64_t *ids;
    size_t max;
};

/* From the last to the first, so that the first, which is due for all, is replaced but once. */
static void settle_held_step(struct txn *tx, void *arg)
{
    struct settle_held *sh = arg;
    size_t n = held_ids(tx, sh->kind, sh->dept, 0, sh->ids, sh->max);
    char *why = span_dup(sh->res->reason);

    while (n-- > 0 && tx->err == ERR_OK) {
        struct mail_row before, row;

        if (mail_state_get(tx, sh->ids[n], &before) != ERR_OK)
            continue;
        row = before;
        row.state = sh->res->state;
        memcpy(row.cause, sh->res->cause, sizeof(row.cause));
        row.reason = why;
        row.due_ms = 0;
        row.settled_ms = sh->now_ms;
        mail_state_put(tx, sh->ids[n], &before, &row);
        mail_row_fini(&before);
    }
    free(why);
}

err_t outbox_settle_held(struct store *st, enum mail_kind kind, uint64_t dept,
                         const struct mail_result *res, int64_t now_ms, size_t max)
{
    struct settle_held sh = {.kind = kind, .dept = dept, .res = res, .now_ms = now_ms, .max = max};

    ensure(mail_state_is_settled(res->state) && max > 0);
    sh.ids = xcalloc(max, sizeof(*sh.ids));

    err_t err = store_write(st, settle_held_step, &sh);

    free(sh.ids);
    return err;
}
