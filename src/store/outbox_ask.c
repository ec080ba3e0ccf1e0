/* What the gateway asks of the dispatcher: rows of mail_request, and how they are carried out. */
#include <stdlib.h>

#include "deskbell/tlv.h"
#include "outbox_int.h"

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
    if (row->state == MAILST_SENT || row->state == MAILST_SENDING || row->state == MAILST_FOLDED)
        return;
    if (row->state == MAILST_HELD) {
        free(row->reason);
        row->reason = NULL;
    }
    row->alone = true;
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
    err_t err = mail_state_get(tx, rq->id, &before);

    if (err != ERR_OK)
        return; /* reported already; the request goes */
    if (mail_state_get(tx, rq->id, &row) == ERR_OK) {
        if (rq->kind == MAILREQ_RETRY)
            request_retry(&row, rq->now_ms);
        else
            request_cancel(&row, rq->now_ms);
        mail_state_put(tx, rq->id, &before, &row);
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
    if ((err = requests_wait(st)) != ERR_OK || (err = mail_take_new(st, &fresh_ms)) != ERR_OK)
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
