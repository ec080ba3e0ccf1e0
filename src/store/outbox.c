/*
 * The dispatcher's side of the outbox: what is due, claims, results, requests.  Each call is at
 * most one small write transaction.  It alone writes mail_state, mail_due, mail_frozen, mail_log
 * and mail_meta, and it takes rows off mail_request.
 */
#include <stdlib.h>

#include "deskbell/tlv.h"
#include "store_int.h"

#define LOG_ROWS_MAX 10000
#define TAKE_MAX 1000 /* new mails taken over in one transaction */

/* rows */

static uint64_t seen_get(struct txn *tx)
{
    struct key key = key_word("seen");
    uint64_t seen = 0;

    if (txn_get_u64(tx, TABLE_MAIL_META, &key, &seen) != ERR_OK)
        return 0;
    return seen;
}

static err_t state_get(struct txn *tx, uint64_t id, struct mail_row *row)
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

static void tally_add(struct txn *tx, int state, int change)
{
    struct key key = key_word("counts");
    struct span payload;
    struct mail_tally t = {{0}};
    struct buf out = {0};

    if (txn_get(tx, TABLE_MAIL_META, &key, &payload) == ERR_OK &&
        mail_tally_decode(payload, &t) != ERR_OK)
        t = (struct mail_tally){{0}};
    if (change > 0 || t.v[state] > 0)
        t.v[state] += (uint64_t)(int64_t)change;
    mail_tally_encode(&t, &out);
    txn_put(tx, TABLE_MAIL_META, &key, buf_span(&out));
    buf_fini(&out);
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

/* The only writer of a mail's state; keeps mail_due, the counts and the log in step. */
static void state_put(struct txn *tx, uint64_t id, const struct mail_row *before,
                      const struct mail_row *row)
{
    struct key key = key_u64(id);
    struct buf out = {0};

    if (before != NULL) {
        struct key due = key_u64x2((uint64_t)before->due_ms, id);

        if (!mail_state_is_settled(before->state))
            txn_del(tx, TABLE_MAIL_DUE, &due);
        tally_add(tx, (int)before->state, -1);
    }
    if (!mail_state_is_settled(row->state)) {
        struct key due = key_u64x2((uint64_t)row->due_ms, id);

        txn_put(tx, TABLE_MAIL_DUE, &due, SPAN_NONE);
    }
    tally_add(tx, (int)row->state, 1);
    mail_row_encode(row, &out);
    txn_put(tx, TABLE_MAIL_STATE, &key, buf_span(&out));
    buf_fini(&out);
    log_add(tx, id);
}

/* new mails */

static void take_step(struct txn *tx, void *arg)
{
    struct key seen_key = key_word("seen"), first = key_u64(seen_get(tx) + 1);
    struct cursor cur;
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
        state_put(tx, id, NULL, &row);
    }
    cursor_close(&cur);
    if (seen != 0)
        txn_put_u64(tx, TABLE_MAIL_META, &seen_key, seen);
}

static bool has_new(struct txn *tx, int64_t *created_ms)
{
    struct key first = key_u64(seen_get(tx) + 1);
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

static err_t take_new(struct store *st, int64_t *fresh_ms)
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
    struct outbox_row row;
    struct span payload;

    if (txn_get(tx, TABLE_OUTBOX, &key, &payload) != ERR_OK ||
        outbox_row_decode(payload, &row) != ERR_OK)
        return;
    m->kind = row.order.kind;
    m->dept = row.order.dept;
    m->entry = row.order.entry;
}

err_t outbox_due_from(struct store *st, int64_t now_ms, struct due_place *from,
                      struct due_mail *mails, size_t max, size_t *n, int64_t *fresh_ms)
{
    struct key first = key_u64x2((uint64_t)from->due_ms, from->id);
    struct cursor cur;
    struct txn tx;
    size_t got = 0;
    err_t err = take_new(st, fresh_ms);

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
    struct key key = key_word("counts");
    struct mail_tally t = {{0}};
    struct span payload;
    struct cursor cur;
    struct txn tx;
    err_t err = txn_begin_read(&tx, st);

    if (err != ERR_OK)
        return err;
    if (txn_get(&tx, TABLE_MAIL_META, &key, &payload) == ERR_OK &&
        mail_tally_decode(payload, &t) != ERR_OK)
        t = (struct mail_tally){{0}};
    if (cursor_open(&cur, &tx, TABLE_OUTBOX) == ERR_OK) {
        struct key first = key_u64(seen_get(&tx) + 1);

        err = cursor_seek(&cur, &first, false);
        for (size_t n = 0; err == ERR_OK && n < TAKE_MAX; n++, err = cursor_next(&cur))
            t.v[MAILST_QUEUED]++;
    }
    cursor_close(&cur);

    struct key refused_key = key_word("refused");
    uint64_t refused = 0;
    int64_t due_ms = first_due(&tx);

    if (txn_get_u64(&tx, TABLE_MAIL_META, &refused_key, &refused) != ERR_OK)
        refused = 0;
    err = tx.err;
    txn_end_read(&tx);
    if (err == ERR_OK)
        *c = (struct mail_counts){.queued = t.v[MAILST_QUEUED],
                                  .deferred = t.v[MAILST_DEFERRED] + t.v[MAILST_UNCERTAIN],
                                  .sending = t.v[MAILST_SENDING],
                                  .failed = t.v[MAILST_FAILED],
                                  .oldest_due_ms = due_ms != INT64_MAX ? due_ms : 0,
                                  .refused = refused};
    return err;
}

static void refused_step(struct txn *tx, void *arg)
{
    struct key key = key_word("refused");

    txn_put_u64(tx, TABLE_MAIL_META, &key, *(const uint64_t *)arg);
}

err_t outbox_note_refused(struct store *st, uint64_t relays)
{
    return store_write(st, refused_step, &relays);
}

/* the frozen form */

struct freeze {
    const uint64_t *ids;
    const struct mail_frozen *frozen;
    const struct buf *bytes;
    size_t n;
};

static void freeze_one(struct txn *tx, uint64_t id, const struct mail_frozen *frozen,
                       struct span bytes)
{
    struct key key = key_u64(id);
    struct mail_row before, row;
    err_t err;

    if (txn_has(tx, TABLE_MAIL_FROZEN, &key)) {
        txn_fail(tx, ERR_EXISTS);
        return;
    }
    if ((err = state_get(tx, id, &before)) != ERR_OK) {
        txn_fail(tx, err);
        return;
    }
    row = before;
    row.nrcpts = frozen->nrcpts;
    row.rcpts = xcalloc(row.nrcpts + 1, sizeof(row.rcpts[0]));
    for (size_t i = 0; i < row.nrcpts; i++)
        row.rcpts[i] =
            (struct mail_rcpt){.addr = span_dup(frozen->rcpts[i]), .state = MAILST_QUEUED};
    txn_put(tx, TABLE_MAIL_FROZEN, &key, bytes);
    state_put(tx, id, &before, &row);
    for (size_t i = 0; i < row.nrcpts; i++)
        free(row.rcpts[i].addr);
    free(row.rcpts);
    mail_row_fini(&before);
}

static void freeze_step(struct txn *tx, void *arg)
{
    const struct freeze *fr = arg;

    for (size_t i = 0; i < fr->n && tx->err == ERR_OK; i++)
        freeze_one(tx, fr->ids[i], &fr->frozen[i], buf_span(&fr->bytes[i]));
}

err_t outbox_freeze_all(struct store *st, const uint64_t *ids, const struct mail_frozen *fz,
                        size_t n)
{
    struct buf *bytes = xcalloc(n + 1, sizeof(*bytes));
    struct freeze fr = {ids, fz, bytes, n};
    bool full = false;

    for (size_t i = 0; i < n; i++) {
        ensure(fz[i].nrcpts <= MAIL_RCPTS_MAX);
        mail_frozen_encode(&fz[i], &bytes[i]);
        full = full || bytes[i].full;
    }

    err_t err = full ? ERR_TOOBIG : store_write(st, freeze_step, &fr);

    for (size_t i = 0; i < n; i++)
        buf_fini(&bytes[i]);
    free(bytes);
    return err;
}

err_t outbox_freeze(struct store *st, uint64_t id, const struct mail_frozen *fz)
{
    return outbox_freeze_all(st, &id, fz, 1);
}

err_t outbox_read_frozen(struct store *st, uint64_t id, struct mail_frozen *fz, struct buf *mem)
{
    struct key key = key_u64(id);
    struct span payload;
    struct txn tx;
    err_t err = txn_begin_read(&tx, st);

    if (err != ERR_OK)
        return err;
    buf_reset(mem);
    if ((err = txn_get(&tx, TABLE_MAIL_FROZEN, &key, &payload)) == ERR_OK &&
        (err = mail_frozen_decode(payload, fz, mem)) == ERR_CORRUPT)
        store_report_bad(st, TABLE_MAIL_FROZEN, (struct span){(const char *)key.bytes, key.len},
                         err);
    txn_end_read(&tx);
    return err;
}

/* attempts */

struct begin {
    const uint64_t *ids;
    size_t n;
    int64_t lease_until_ms;
};

static void begin_step(struct txn *tx, void *arg)
{
    const struct begin *bg = arg;

    for (size_t i = 0; i < bg->n && tx->err == ERR_OK; i++) {
        struct mail_row before, row;
        err_t err = state_get(tx, bg->ids[i], &before);

        if (err != ERR_OK) {
            txn_fail(tx, err);
            return;
        }
        if (mail_state_is_settled(before.state))
            txn_fail(tx, ERR_CONFLICT);
        row = before;
        /* Still marked as being sent: whoever did that died, and the server may have taken it. */
        row.uncertain = before.uncertain || before.state == MAILST_SENDING;
        row.state = MAILST_SENDING;
        row.attempts++;
        row.due_ms = bg->lease_until_ms;
        state_put(tx, bg->ids[i], &before, &row);
        mail_row_fini(&before);
    }
}

err_t outbox_begin(struct store *st, const uint64_t *ids, size_t n, int64_t now_ms,
                   int64_t lease_until_ms)
{
    struct begin bg = {ids, n, lease_until_ms};

    ensure(lease_until_ms > now_ms);
    return store_write(st, begin_step, &bg);
}

/* results */

struct settle {
    const struct mail_result *results;
    size_t n;
    int64_t now_ms;
};

static void rcpt_set(struct mail_row *row, const struct mail_rcpt *r)
{
    struct mail_rcpt *to = NULL;

    for (size_t i = 0; i < row->nrcpts && to == NULL; i++)
        if (strcmp(row->rcpts[i].addr, r->addr) == 0)
            to = &row->rcpts[i];
    if (to == NULL) {
        ensure(row->nrcpts < MAIL_RCPTS_MAX);
        row->rcpts = xrealloc(row->rcpts, (row->nrcpts + 1) * sizeof(row->rcpts[0]));
        to = &row->rcpts[row->nrcpts++];
        *to = (struct mail_rcpt){.addr = xstrdup(r->addr)};
    }
    free(to->reply);
    to->reply = xstrdup(r->reply != NULL ? r->reply : "");
    to->state = r->state;
    to->code = r->code;
}

static void settle_one(struct txn *tx, const struct mail_result *res, int64_t now_ms)
{
    struct mail_row before, row;
    err_t err = state_get(tx, res->id, &before);

    if (err == ERR_OK)
        err = state_get(tx, res->id, &row);
    if (err != ERR_OK) {
        txn_fail(tx, err);
        return;
    }
    if (mail_state_is_settled(before.state))
        txn_fail(tx, ERR_CONFLICT);
    row.state = res->state;
    row.uncertain = row.uncertain || res->uncertain || res->state == MAILST_UNCERTAIN;
    if (row.cancel && !mail_state_is_settled(row.state))
        row.state = MAILST_CANCELLED;
    row.cancel = false;
    row.due_ms = mail_state_is_settled(row.state) ? 0 : res->due_ms;
    row.settled_ms = mail_state_is_settled(row.state) ? now_ms : 0;
    free(row.reason);
    row.reason = span_dup(res->reason);
    for (size_t i = 0; i < res->nrcpts; i++)
        rcpt_set(&row, &res->rcpts[i]);
    state_put(tx, res->id, &before, &row);
    mail_row_fini(&before);
    mail_row_fini(&row);
}

static void settle_step(struct txn *tx, void *arg)
{
    const struct settle *se = arg;

    for (size_t i = 0; i < se->n && tx->err == ERR_OK; i++)
        settle_one(tx, &se->results[i], se->now_ms);
}

err_t outbox_settle(struct store *st, const struct mail_result *res, size_t n, int64_t now_ms)
{
    struct settle se = {res, n, now_ms};

    for (size_t i = 0; i < n; i++)
        ensure(res[i].state != MAILST_QUEUED && res[i].state != MAILST_SENDING);
    return store_write(st, settle_step, &se);
}

/* requests */

struct request {
    uint64_t id;
    enum mail_request_kind kind;
    int64_t now_ms;
    bool found;
};

static void request_put_step(struct txn *tx, void *arg)
{
    const struct request *rq = arg;
    struct key mail = key_u64(rq->id);
    struct cursor cur;
    uint64_t last = 0;
    uint8_t bytes[9];

    if (!txn_has(tx, TABLE_OUTBOX, &mail)) {
        txn_fail(tx, ERR_NOTFOUND);
        return;
    }
    if (cursor_open(&cur, tx, TABLE_MAIL_REQUEST) != ERR_OK)
        return;
    if (cursor_last(&cur) == ERR_OK)
        last = cursor_key_u64(&cur, 0);
    cursor_close(&cur);

    struct key key = key_u64(last + 1);

    memcpy(bytes, mail.bytes, 8);
    bytes[8] = (uint8_t)rq->kind;
    txn_put(tx, TABLE_MAIL_REQUEST, &key, (struct span){(const char *)bytes, sizeof(bytes)});
}

err_t mail_request_put(struct store *st, uint64_t id, enum mail_request_kind kind, int64_t now_ms)
{
    struct request rq = {.id = id, .kind = kind, .now_ms = now_ms};

    return store_write(st, request_put_step, &rq);
}

static void request_retry(struct mail_row *row, int64_t now_ms)
{
    if (row->state == MAILST_SENT || row->state == MAILST_SENDING)
        return;
    row->state = row->attempts > 0 ? MAILST_DEFERRED : MAILST_QUEUED;
    row->due_ms = now_ms;
    row->settled_ms = 0;
    for (size_t i = 0; i < row->nrcpts; i++)
        if (row->rcpts[i].state != MAILST_SENT)
            row->rcpts[i].state = MAILST_DEFERRED;
}

static void request_cancel(struct mail_row *row, int64_t now_ms)
{
    if (mail_state_is_settled(row->state))
        return;
    if (row->state == MAILST_SENDING) { /* carried out if the attempt does not settle it */
        row->cancel = true;
        return;
    }
    row->state = MAILST_CANCELLED;
    row->due_ms = 0;
    row->settled_ms = now_ms;
}

static void request_carry_out(struct txn *tx, const struct request *rq)
{
    struct mail_row before, row;
    err_t err = state_get(tx, rq->id, &before);

    if (err != ERR_OK)
        return; /* reported already; the request goes */
    if (state_get(tx, rq->id, &row) == ERR_OK) {
        if (rq->kind == MAILREQ_RETRY)
            request_retry(&row, rq->now_ms);
        else
            request_cancel(&row, rq->now_ms);
        state_put(tx, rq->id, &before, &row);
        mail_row_fini(&row);
    }
    mail_row_fini(&before);
}

static void request_apply_step(struct txn *tx, void *arg)
{
    struct request *rq = arg;
    struct key first = key_u64(0);
    struct cursor cur;
    struct key key;

    rq->found = false;
    if (cursor_open(&cur, tx, TABLE_MAIL_REQUEST) != ERR_OK)
        return;
    if (cursor_seek(&cur, &first, false) != ERR_OK) {
        cursor_close(&cur);
        return;
    }
    key = key_u64(cursor_key_u64(&cur, 0));
    if (cur.err == ERR_OK && cur.payload.len == 9 && (uint8_t)cur.payload.p[8] <= MAILREQ_CANCEL) {
        rq->found = true;
        rq->id = be64_get((const uint8_t *)cur.payload.p);
        rq->kind = (enum mail_request_kind)(uint8_t)cur.payload.p[8];
    } else if (cur.err == ERR_OK) {
        store_report_bad(tx->st, TABLE_MAIL_REQUEST, cur.key, ERR_CORRUPT);
    }
    cursor_close(&cur);
    txn_del(tx, TABLE_MAIL_REQUEST, &key);
    if (rq->found)
        request_carry_out(tx, rq);
}

static err_t requests_wait(struct store *st)
{
    struct key first = key_u64(0);
    struct cursor cur;
    struct txn tx;
    err_t err = txn_begin_read(&tx, st);

    if (err != ERR_OK)
        return err;
    if ((err = cursor_open(&cur, &tx, TABLE_MAIL_REQUEST)) == ERR_OK)
        err = cursor_seek(&cur, &first, false);
    cursor_close(&cur);
    txn_end_read(&tx);
    return err;
}

err_t outbox_apply_request(struct store *st, int64_t now_ms, uint64_t *id,
                           enum mail_request_kind *kind)
{
    struct request rq = {.now_ms = now_ms};
    int64_t fresh_ms;
    err_t err;

    /* New mails first: a request may be about one of them. */
    if ((err = requests_wait(st)) != ERR_OK || (err = take_new(st, &fresh_ms)) != ERR_OK)
        return err;
    do {
        if ((err = store_write(st, request_apply_step, &rq)) != ERR_OK)
            return err;
    } while (!rq.found && requests_wait(st) == ERR_OK);
    if (!rq.found)
        return ERR_NOTFOUND;
    *id = rq.id;
    *kind = rq.kind;
    return ERR_OK;
}
