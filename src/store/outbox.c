/*
 * The dispatcher's side of the outbox: mails' rows, taking over new ones, what is due, counts. Each
 * call is at most one small write transaction.  The dispatcher alone writes mail_state, mail_due,
 * mail_frozen, mail_log and mail_meta.  Attempts are outbox_try.c's, requests outbox_ask.c's.
 */
#include <stdlib.h>

#include "deskbell/tlv.h"
#include "outbox_int.h"

#define LOG_ROWS_MAX 10000
#define TAKE_MAX 1000 /* new mails taken over in one transaction */

/* rows */

uint64_t mail_seen(struct txn *tx)
{
    struct key key = key_word("seen");
    uint64_t seen = 0;

    if (txn_get_u64(tx, TABLE_MAIL_META, &key, &seen) != ERR_OK)
        return 0;
    return seen;
}

err_t mail_state_get(struct txn *tx, uint64_t id, struct mail_row *row)
{
    struct key key = key_u64(id);
    struct span payload;
    err_t err = txn_get(tx, TABLE_MAIL_STATE, &key, &payload);

    if (err != ERR_OK)
        return err;
    if ((err = mail_row_decode(payload, row)) != ERR_OK)
        store_report_bad(tx->st, TABLE_MAIL_STATE, (struct span){(const char *)key.bytes, key.len},
                         err);
    return err;
}

/* Who follows the log is never far behind, so it keeps its newest rows only. */
static void log_add(struct txn *tx, uint64_t id)
{
    struct cursor cur;
    uint64_t last = 0;

    if (cursor_open(&cur, tx, TABLE_MAIL_LOG) != ERR_OK)
        return;
    if (cursor_last(&cur) == ERR_OK)
        last = cursor_key_u64(&cur, 0);
    cursor_close(&cur);

    struct key key = key_u64(last + 1);

    txn_put_u64(tx, TABLE_MAIL_LOG, &key, id);
    if (last + 1 > LOG_ROWS_MAX) {
        struct key old = key_u64(last + 1 - LOG_ROWS_MAX);

        txn_del(tx, TABLE_MAIL_LOG, &old);
    }
}

/*
 * Of the held mails only the first of each group has a time of its own, and those under way have
 * none: their lease counts by another clock.  (But for those that were begun before it did.)
 */
static bool is_due_sometime(const struct mail_row *row)
{
    bool may_have_none = row->state == MAILST_HELD || row->state == MAILST_SENDING;

    return !mail_state_is_settled(row->state) && (row->due_ms != 0 || !may_have_none);
}

void mail_state_put(struct txn *tx, uint64_t id, const struct mail_row *before,
                    const struct mail_row *row)
{
    struct key key = key_u64(id);
    struct buf out = {0};

    if (before != NULL && is_due_sometime(before)) {
        struct key due = key_u64x2((uint64_t)before->due_ms, id);

        txn_del(tx, TABLE_MAIL_DUE, &due);
    }
    if (is_due_sometime(row)) {
        struct key due = key_u64x2((uint64_t)row->due_ms, id);

        txn_put(tx, TABLE_MAIL_DUE, &due, SPAN_NONE);
    }
    mail_index(tx, id, before, row);
    mail_row_encode(row, &out);
    txn_put(tx, TABLE_MAIL_STATE, &key, buf_span(&out));
    buf_fini(&out);
    log_add(tx, id);
    if (before != NULL && before->state == MAILST_HELD && row->state != MAILST_HELD)
        mail_held_leave(tx, id, before->due_ms);
}

/* new mails */

/*
 * A mail that goes to another address in place of a recipient is taken over together with that
 * recipient's end, so that nothing is sent to both.  What an attempt under way has already given
 * away stays so: both mails say of one another then.
 */
static void take_instead(struct txn *tx, uint64_t id, const struct mail_order *order,
                         int64_t now_ms)
{
    struct mail_row before, row;
    struct mail_rcpt *to = NULL;

    if (mail_state_get(tx, order->replaces, &before) != ERR_OK)
        return; /* reported; there is nobody to take back */
    if (mail_state_get(tx, order->replaces, &row) != ERR_OK) {
        mail_row_fini(&before);
        return;
    }
    for (size_t i = 0; i < row.nrcpts && to == NULL; i++)
        if (span_is(order->instead, row.rcpts[i].addr))
            to = &row.rcpts[i];
    if (to == NULL && row.nrcpts == 0) { /* not frozen yet: it had this one alone */
        row.rcpts = xcalloc(1, sizeof(row.rcpts[0]));
        to = &row.rcpts[row.nrcpts++];
        to->addr = span_dup(order->instead);
        to->state = MAILST_DEFERRED;
    }
    if (to != NULL) {
        to->replaced_by = id;
        if (row.state != MAILST_SENDING && to->state != MAILST_SENT)
            to->state = MAILST_CANCELLED;
        if (row.state != MAILST_SENDING)
            mail_row_over_rcpts(&row, now_ms);
        mail_state_put(tx, order->replaces, &before, &row);
    }
    mail_row_fini(&before);
    mail_row_fini(&row);
}

static void take_step(struct txn *tx, void *arg)
{
    struct key seen_key = key_word("seen"), first = key_u64(mail_seen(tx) + 1);
    struct cursor cur;
    struct buf instead = {0};
    uint64_t seen = 0;
    size_t n = 0;
    err_t err;

    (void)arg;
    if (cursor_open(&cur, tx, TABLE_OUTBOX) != ERR_OK)
        return;
    for (err = cursor_seek(&cur, &first, false); err == ERR_OK && n < TAKE_MAX;
         err = cursor_next(&cur), n++) {
        uint64_t id = cursor_key_u64(&cur, 0);
        struct outbox_row order;
        struct mail_row row = {.state = MAILST_QUEUED};

        seen = id;
        if (cur.err == ERR_OK && (cur.err = outbox_row_decode(cur.payload, &order)) != ERR_OK)
            store_report_bad(tx->st, TABLE_OUTBOX, cur.key, cur.err);
        if (cur.err != ERR_OK)
            continue; /* stays where it is, and is listed as bad */
        row.due_ms = order.created_ms;
        buf_reset(&instead); /* what was read is no good after the put */
        buf_add_span(&instead, order.order.instead);
        order.order.instead = buf_span(&instead);
        mail_state_put(tx, id, NULL, &row);
        if (order.order.replaces != 0)
            take_instead(tx, id, &order.order, order.created_ms);
    }
    cursor_close(&cur);
    buf_fini(&instead);
    if (seen != 0)
        txn_put_u64(tx, TABLE_MAIL_META, &seen_key, seen);
}

static bool has_new(struct txn *tx, int64_t *created_ms)
{
    struct key first = key_u64(mail_seen(tx) + 1);
    struct outbox_row row = {.created_ms = 0};
    struct cursor cur;
    bool found = false;

    if (cursor_open(&cur, tx, TABLE_OUTBOX) == ERR_OK)
        found = cursor_seek(&cur, &first, false) == ERR_OK;
    if (found && cur.err == ERR_OK && outbox_row_decode(cur.payload, &row) != ERR_OK)
        row.created_ms = 0;
    *created_ms = row.created_ms;
    cursor_close(&cur);
    return found;
}

err_t mail_take_new(struct store *st, int64_t *fresh_ms)
{
    struct txn tx;
    int64_t created_ms;
    err_t err = txn_begin_read(&tx, st);

    *fresh_ms = INT64_MAX;
    if (err != ERR_OK)
        return err;

    bool found = has_new(&tx, &created_ms);

    txn_end_read(&tx);
    if (!found)
        return ERR_OK;
    *fresh_ms = created_ms;
    return store_write(st, take_step, NULL);
}

/* By whose settings it goes; a bad row by nobody's, and is reported when it is read. */
static void due_order(struct txn *tx, struct due_mail *m)
{
    struct key key = key_u64(m->at.id);
    struct outbox_row order;
    struct mail_row row;

    if (mail_order_get(tx, m->at.id, &order) != ERR_OK)
        return;
    m->kind = order.order.kind;
    m->dept = order.order.dept;
    m->entry = order.order.entry;
    m->addressed = order.order.to.len > 0;
    m->frozen = txn_has(tx, TABLE_MAIL_FROZEN, &key);
    if (mail_state_get(tx, m->at.id, &row) != ERR_OK)
        return;
    m->state = row.state;
    m->alone = row.alone;
    mail_row_fini(&row);
}

err_t outbox_due_from(struct store *st, int64_t now_ms, struct due_place *from,
                      struct due_mail *mails, size_t max, size_t *n, int64_t *fresh_ms)
{
    struct key first = key_u64x2((uint64_t)from->due_ms, from->id);
    struct cursor cur;
    struct txn tx;
    size_t got = 0;
    err_t err = mail_take_new(st, fresh_ms);

    if (err != ERR_OK || (err = txn_begin_read(&tx, st)) != ERR_OK)
        return err;
    if (cursor_open(&cur, &tx, TABLE_MAIL_DUE) == ERR_OK)
        for (err = cursor_seek(&cur, &first, false); err == ERR_OK && got < max;
             err = cursor_next(&cur)) {
            struct due_mail *m = &mails[got];

            *m = (struct due_mail){
                .at = {(int64_t)cursor_key_u64(&cur, 0), cursor_key_u64(&cur, 8)}};
            if (m->at.due_ms > now_ms)
                break;
            due_order(&tx, m);
            got++;
        }
    cursor_close(&cur);
    err = tx.err;
    txn_end_read(&tx);
    if (err != ERR_OK)
        return err;
    *n = got;
    if (got > 0)
        *from = (struct due_place){mails[got - 1].at.due_ms, mails[got - 1].at.id + 1};
    return ERR_OK;
}

err_t outbox_due(struct store *st, int64_t now_ms, uint64_t *ids, size_t max, size_t *n)
{
    struct due_mail *mails = xcalloc(max + 1, sizeof(*mails));
    struct due_place from = {0};
    int64_t fresh_ms;
    err_t err = outbox_due_from(st, now_ms, &from, mails, max, n, &fresh_ms);

    for (size_t i = 0; err == ERR_OK && i < *n; i++)
        ids[i] = mails[i].at.id;
    free(mails);
    return err;
}

/* The earliest, whether the dispatcher has taken it over already or not. */
static int64_t first_due(struct txn *tx)
{
    struct key first = key_u64x2(0, 0);
    int64_t due_ms = INT64_MAX, created_ms;
    struct cursor cur;

    if (cursor_open(&cur, tx, TABLE_MAIL_DUE) == ERR_OK &&
        cursor_seek(&cur, &first, false) == ERR_OK)
        due_ms = (int64_t)cursor_key_u64(&cur, 0);
    cursor_close(&cur);
    if (has_new(tx, &created_ms) && created_ms < due_ms)
        due_ms = created_ms;
    return due_ms;
}

err_t outbox_next_due(struct store *st, int64_t *due_ms)
{
    struct txn tx;
    err_t err = txn_begin_read(&tx, st);

    if (err != ERR_OK)
        return err;

    int64_t first = first_due(&tx);

    err = tx.err;
    txn_end_read(&tx);
    if (err == ERR_OK)
        *due_ms = first;
    return err;
}

err_t mail_count(struct store *st, struct mail_counts *c)
{
    struct relay_row *relays = xcalloc(MAIL_RELAYS_MAX, sizeof(*relays));
    struct mail_counts got = {.states = {0}};
    struct mail_tally t = {{0}};
    size_t nrelays = 0;
    struct cursor cur;
    struct txn tx;
    err_t err = txn_begin_read(&tx, st);

    if (err != ERR_OK) {
        free(relays);
        return err;
    }
    if (mail_tally_get(&tx, &t) != ERR_OK)
        t = (struct mail_tally){{0}};
    if (cursor_open(&cur, &tx, TABLE_OUTBOX) == ERR_OK) {
        struct key first = key_u64(mail_seen(&tx) + 1);

        err = cursor_seek(&cur, &first, false);
        for (size_t n = 0; err == ERR_OK && n < TAKE_MAX; n++, err = cursor_next(&cur))
            t.v[MAILST_QUEUED]++;
    }
    cursor_close(&cur);

    int64_t due_ms = first_due(&tx);

    got.oldest_due_ms = due_ms != INT64_MAX ? due_ms : 0;
    memcpy(got.states, t.v, sizeof(got.states));
    mail_relays_get(&tx, relays, MAIL_RELAYS_MAX, &nrelays);
    for (size_t i = 0; i < nrelays; i++)
        got.refused += relays[i].refused;
    err = tx.err;
    txn_end_read(&tx);
    free(relays);
    if (err == ERR_OK)
        *c = got;
    return err;
}
