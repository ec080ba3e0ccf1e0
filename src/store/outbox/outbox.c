/*
 * The dispatcher's side of the outbox: mails as jobs of a queue, their rows, what is due, counts.
 * Each call is at most one small write transaction.  The dispatcher alone writes the queue's tables
 * and mail_frozen.  Attempts are outbox_try.c's, requests outbox_ask.c's.
 */
#include <stdlib.h>

#include "deskbell/tlv.h"
#include "outbox/outbox_int.h"

/* the queue */

static err_t order_read(struct span row, struct queue_order *out)
{
    struct outbox_row order;
    err_t err = outbox_row_decode(row, &order);

    if (err == ERR_OK)
        *out = (struct queue_order){order.created_ms,
                                    mail_group_id(order.order.kind, order.order.dept)};
    return err;
}

static void order_taken(struct txn *tx, uint64_t id, struct span row);

const struct queue mail_queue = {
    .orders = TABLE_OUTBOX,
    .jobs = TABLE_MAIL_STATE,
    .due = TABLE_MAIL_DUE,
    .by = TABLE_MAIL_BY,
    .held = TABLE_MAIL_HELD,
    .groups = TABLE_MAIL_GROUP,
    .log = TABLE_MAIL_LOG,
    .meta = TABLE_MAIL_META,
    .nstates = MAILST_COUNT,
    .ended = BIT(MAILST_SENT) | BIT(MAILST_FAILED) | BIT(MAILST_SUPPRESSED) |
             BIT(MAILST_CANCELLED) | BIT(MAILST_FOLDED),
    .fresh = MAILST_QUEUED,
    .running = MAILST_SENDING,
    .held_state = MAILST_HELD,
    .order = order_read,
    .taken = order_taken,
};
_Static_assert(MAILST_COUNT <= QUEUE_STATES_MAX, "each state has its count");

struct queue_group_id mail_group_id(enum mail_kind kind, uint64_t dept)
{
    return (struct queue_group_id){(uint8_t)kind, dept};
}

/* rows */

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

void mail_state_put(struct txn *tx, uint64_t id, const struct mail_row *before,
                    const struct mail_row *row)
{
    struct buf fields = {0};

    mail_fields_encode(row, &fields);
    queue_put(tx, &mail_queue, id, before != NULL ? &before->job : NULL, &row->job,
              buf_span(&fields));
    buf_fini(&fields);
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
        if (row.job.state != MAILST_SENDING && to->state != MAILST_SENT)
            to->state = MAILST_CANCELLED;
        if (row.job.state != MAILST_SENDING)
            mail_row_over_rcpts(&row, now_ms);
        mail_state_put(tx, order->replaces, &before, &row);
    }
    mail_row_fini(&before);
    mail_row_fini(&row);
}

static void order_taken(struct txn *tx, uint64_t id, struct span row)
{
    struct outbox_row order;

    if (outbox_row_decode(row, &order) == ERR_OK && order.order.replaces != 0)
        take_instead(tx, id, &order.order, order.created_ms);
}

/* By whose settings it goes; a bad row by nobody's, and is reported when it is read. */
static void due_order(struct txn *tx, struct due_mail *m)
{
    struct key key = key_u64(m->at.id);
    struct outbox_row order;
    struct mail_row row;
    struct span payload;

    if (txn_get(tx, TABLE_OUTBOX, &key, &payload) != ERR_OK ||
        outbox_row_decode(payload, &order) != ERR_OK)
        return;
    m->kind = order.order.kind;
    m->dept = order.order.dept;
    m->entry = order.order.entry;
    m->addressed = order.order.to.len > 0;
    m->frozen = txn_has(tx, TABLE_MAIL_FROZEN, &key);
    if (mail_state_get(tx, m->at.id, &row) != ERR_OK)
        return;
    m->state = (enum mail_state)row.job.state;
    m->alone = row.alone;
    mail_row_fini(&row);
}

err_t outbox_due_from(struct store *st, int64_t now_ms, struct due_place *from,
                      struct due_mail *mails, size_t max, size_t *n, int64_t *fresh_ms)
{
    struct due_place *places = NULL;
    struct txn tx;
    size_t got;
    err_t err = queue_take(st, &mail_queue, fresh_ms);

    if (err != ERR_OK || (err = txn_begin_read(&tx, st)) != ERR_OK)
        return err;
    places = xcalloc(max + 1, sizeof(*places));
    got = queue_due(&tx, &mail_queue, now_ms, *from, places, max);
    for (size_t i = 0; i < got; i++) {
        mails[i] = (struct due_mail){.at = places[i]};
        due_order(&tx, &mails[i]);
    }
    free(places);
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

err_t outbox_next_due(struct store *st, int64_t *due_ms)
{
    struct txn tx;
    err_t err = txn_begin_read(&tx, st);

    if (err != ERR_OK)
        return err;

    int64_t first = queue_first_due(&tx, &mail_queue);

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
    struct queue_tally t = {{0}};
    size_t nrelays = 0;
    struct cursor cur;
    struct txn tx;
    err_t err = txn_begin_read(&tx, st);

    if (err != ERR_OK) {
        free(relays);
        return err;
    }
    if (queue_tally(&tx, &mail_queue, &t) != ERR_OK)
        t = (struct queue_tally){{0}};
    if (cursor_open(&cur, &tx, TABLE_OUTBOX) == ERR_OK) {
        struct key first = key_u64(queue_seen(&tx, &mail_queue) + 1);

        err = cursor_seek(&cur, &first, false);
        for (size_t n = 0; err == ERR_OK && n < QUEUE_TAKE_MAX; n++, err = cursor_next(&cur))
            t.v[MAILST_QUEUED]++;
    }
    cursor_close(&cur);

    int64_t due_ms = queue_first_due(&tx, &mail_queue);

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
