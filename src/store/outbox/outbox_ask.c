/* What the gateway asks of the dispatcher: rows of mail_request, and how they are carried out. */
#include <stdlib.h>

#include "deskbell/tlv.h"
#include "outbox/outbox_int.h"

/* asking */

static struct key request_next_key(struct txn *tx)
{
    struct cursor cur;
    uint64_t last = 0;

    if (cursor_open(&cur, tx, TABLE_MAIL_REQUEST) == ERR_OK && cursor_last(&cur) == ERR_OK)
        last = cursor_key_u64(&cur, 0);
    cursor_close(&cur);
    return key_u64(last + 1);
}

static uint64_t newest_mail(struct txn *tx)
{
    struct cursor cur;
    uint64_t id = 0;

    if (cursor_open(&cur, tx, TABLE_OUTBOX) == ERR_OK && cursor_last(&cur) == ERR_OK)
        id = cursor_key_u64(&cur, 0);
    cursor_close(&cur);
    return id;
}

static bool is_of_one(enum mail_request_kind kind)
{
    return kind == MAILREQ_RETRY || kind == MAILREQ_CANCEL;
}

static void request_write(struct txn *tx, const struct key *key, const struct mail_request *rq)
{
    struct buf out = {0};

    mail_request_encode(rq, &out);
    txn_put(tx, TABLE_MAIL_REQUEST, key, buf_span(&out));
    buf_fini(&out);
}

static void request_put_step(struct txn *tx, void *arg)
{
    struct mail_request rq = *(const struct mail_request *)arg;
    struct key mail = key_u64(rq.mail), key;

    if (is_of_one(rq.kind) && !txn_has(tx, TABLE_OUTBOX, &mail)) {
        txn_fail(tx, ERR_NOTFOUND);
        return;
    }
    if (!is_of_one(rq.kind))
        rq.last = newest_mail(tx);
    key = request_next_key(tx);
    request_write(tx, &key, &rq);
}

err_t mail_request_put(struct store *st, const struct mail_request *rq)
{
    struct mail_request copy = *rq;

    return store_write(st, request_put_step, &copy);
}

/* what becomes of one mail */

/* The row over its recipients, when no attempt is under way. */
void mail_row_over_rcpts(struct mail_row *row, int64_t now_ms)
{
    bool failed = false, sent = false;

    for (size_t i = 0; i < row->nrcpts; i++) {
        if (mail_rcpt_waits(&row->rcpts[i]))
            return;
        failed = failed || row->rcpts[i].state == MAILST_FAILED;
        sent = sent || row->rcpts[i].state == MAILST_SENT;
    }
    if (row->nrcpts == 0 || row->job.state == MAILST_CANCELLED ||
        row->job.state == MAILST_SUPPRESSED)
        return;
    row->job.state = failed ? MAILST_FAILED : sent ? MAILST_SENT : MAILST_CANCELLED;
    row->job.due_ms = 0;
    if (row->job.settled_ms == 0)
        row->job.settled_ms = now_ms;
    if (!failed)
        row->job.cause[0] = '\0';
}

/* An attempt under way is left alone, and so is what has no message any more. */
static bool row_retry(struct txn *tx, uint64_t id, struct mail_row *row, int64_t now_ms)
{
    if (row->job.state == MAILST_SENDING ||
        (mail_state_is_settled(row->job.state) && row->job.state != MAILST_FAILED))
        return false;
    if (row->job.state == MAILST_FAILED && mail_was_dropped(tx, id))
        return false;
    row->job.due_ms = now_ms;
    row->job.settled_ms = 0;
    row->job.cause[0] = '\0'; /* it is not known any more that it is in the way */
    if (row->job.state == MAILST_HELD) {
        free(row->reason);
        row->reason = NULL;
    }
    row->job.state = row->job.attempts > 0 ? MAILST_DEFERRED : MAILST_QUEUED;
    for (size_t i = 0; i < row->nrcpts; i++)
        if (row->rcpts[i].state != MAILST_SENT && row->rcpts[i].state != MAILST_CANCELLED)
            row->rcpts[i].state = MAILST_DEFERRED;
    return true;
}

/* Also those that have failed: nobody needs to look at them any more. */
static bool row_cancel(struct txn *tx, uint64_t id, struct mail_row *row, int64_t now_ms)
{
    if (mail_state_is_settled(row->job.state) && row->job.state != MAILST_FAILED)
        return false;
    if (row->job.state == MAILST_SENDING) { /* carried out if the attempt does not settle it */
        row->cancel = true;
        return true;
    }
    queue_job_settle(&mail_queue, &row->job, MAILST_CANCELLED, 0, now_ms);
    row->job.cause[0] = '\0';
    mail_drop_bytes(tx, id);
    return true;
}

/* A mail that somebody asks for by itself goes by itself; many at once may go in a digest. */
static bool mail_carry_out(struct txn *tx, uint64_t id, enum mail_request_kind kind, int64_t now_ms)
{
    struct mail_row before, row;
    bool changed = false;

    if (mail_state_get(tx, id, &before) != ERR_OK)
        return false; /* reported already; the request goes */
    if (mail_state_get(tx, id, &row) == ERR_OK) {
        changed = kind == MAILREQ_CANCEL ? row_cancel(tx, id, &row, now_ms)
                                         : row_retry(tx, id, &row, now_ms);
        row.alone = row.alone || kind == MAILREQ_RETRY;
        if (changed)
            mail_state_put(tx, id, &before, &row);
        mail_row_fini(&row);
    }
    mail_row_fini(&before);
    return changed;
}

/* many mails */

/* A retried mail goes to a state that was walked before, so that none is met twice. */
static const enum mail_state stages[] = {MAILST_DEFERRED, MAILST_UNCERTAIN, MAILST_FAILED};

/* The next mails of the request's index, by id.  Fewer than max: no more after them. */
static size_t many_next(struct txn *tx, const struct mail_request *rq, uint64_t *ids, size_t max)
{
    struct key head = rq->kind == MAILREQ_RETRY_CAUSE ? queue_by_cause(rq->cause)
                                                      : queue_by_state(stages[rq->stage]);

    return queue_walk(tx, &mail_queue, &head, rq->next, rq->last, ids, max);
}

/* Does the request mean this one?  Two causes may share their place in the index. */
static bool many_means(struct txn *tx, const struct mail_request *rq, uint64_t id)
{
    struct mail_row row;
    bool means;

    if (mail_state_get(tx, id, &row) != ERR_OK)
        return false;
    means = (strcmp(row.job.cause, rq->cause) == 0) == (rq->kind == MAILREQ_RETRY_CAUSE);
    mail_row_fini(&row);
    return means;
}

/* One step; the request is over when its last index is at its end. */
static size_t many_step(struct txn *tx, struct mail_request *rq, int64_t now_ms, bool *over)
{
    uint64_t ids[OUTBOX_STEP_MAILS];
    size_t n = many_next(tx, rq, ids, COUNT_OF(ids)), changed = 0;

    for (size_t i = 0; i < n && tx->err == ERR_OK; i++)
        if (many_means(tx, rq, ids[i]))
            changed += mail_carry_out(tx, ids[i], rq->kind, now_ms);
    *over = false;
    if (n == COUNT_OF(ids)) {
        rq->next = ids[n - 1] + 1;
    } else if (rq->kind == MAILREQ_RETRY_ALL && rq->stage + 1 < COUNT_OF(stages)) {
        rq->stage++;
        rq->next = 0;
    } else {
        *over = true;
    }
    return changed;
}

/* carrying out */

struct apply {
    struct mail_request rq;
    int64_t now_ms;
    size_t changed;
    bool found, over;
};

/* The oldest request.  ERR_CORRUPT: its row is not right. */
static err_t request_first(struct txn *tx, struct key *key, struct mail_request *rq)
{
    struct key first = key_u64(0);
    struct cursor cur;
    err_t err = cursor_open(&cur, tx, TABLE_MAIL_REQUEST);

    if (err == ERR_OK && (err = cursor_seek(&cur, &first, false)) == ERR_OK) {
        *key = key_u64(cursor_key_u64(&cur, 0));
        err = ERR_CORRUPT; /* a row that failed its check is listed already */
        if (cur.err == ERR_OK) {
            err = mail_request_decode(cur.payload, rq);
            if (err == ERR_OK && rq->stage >= COUNT_OF(stages))
                err = ERR_CORRUPT;
            if (err != ERR_OK)
                store_report_bad(tx->st, TABLE_MAIL_REQUEST, cur.key, err);
        }
    }
    cursor_close(&cur);
    return err;
}

static void request_apply_step(struct txn *tx, void *arg)
{
    struct apply *ap = arg;
    struct key key;
    err_t err = request_first(tx, &key, &ap->rq);

    ap->found = err == ERR_OK;
    ap->over = true;
    ap->changed = 0;
    if (err == ERR_OK && is_of_one(ap->rq.kind))
        ap->changed = mail_carry_out(tx, ap->rq.mail, ap->rq.kind, ap->now_ms);
    else if (err == ERR_OK)
        ap->changed = many_step(tx, &ap->rq, ap->now_ms, &ap->over);
    if (!ap->over)
        request_write(tx, &key, &ap->rq);
    else if (err == ERR_OK || err == ERR_CORRUPT)
        txn_del(tx, TABLE_MAIL_REQUEST, &key);
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

err_t outbox_apply_request(struct store *st, int64_t now_ms, struct mail_request *rq,
                           size_t *changed, bool *over)
{
    struct apply ap = {.now_ms = now_ms};
    int64_t fresh_ms;
    err_t err;

    /* New mails first: a request may be about one of them. */
    if ((err = requests_wait(st)) != ERR_OK ||
        (err = queue_take(st, &mail_queue, &fresh_ms)) != ERR_OK)
        return err;
    do {
        if ((err = store_write(st, request_apply_step, &ap)) != ERR_OK)
            return err;
    } while (!ap.found && requests_wait(st) == ERR_OK);
    if (!ap.found)
        return ERR_NOTFOUND;
    *rq = ap.rq;
    *changed = ap.changed;
    *over = ap.over;
    return ERR_OK;
}
