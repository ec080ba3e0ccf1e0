/* An attempt at a mail: its frozen form, the note that it begins, what came of it. */
#include <stdlib.h>

#include "outbox/outbox_int.h"

/* the frozen form */

struct freeze {
    const struct mail_freeze *mails;
    const struct buf *bytes;
    size_t n;
    int64_t now_ms;
};

static void freeze_one(struct txn *tx, const struct mail_freeze *fr, struct span bytes,
                       int64_t now_ms)
{
    const struct mail_frozen *frozen = fr->form;
    uint64_t id = fr->id;
    struct key key = key_u64(id);
    struct mail_row before, row;
    err_t err;

    if (txn_has(tx, TABLE_MAIL_FROZEN, &key)) {
        txn_fail(tx, ERR_EXISTS);
        return;
    }
    if ((err = mail_state_get(tx, id, &before)) != ERR_OK) {
        txn_fail(tx, err);
        return;
    }
    mail_gather(tx, fr, now_ms);
    row = before;
    if (before.job.state == MAILST_HELD) {
        row.job.state = MAILST_QUEUED;
        row.notices = fr->ngathered > 0 ? (uint32_t)fr->ngathered + 1 : 0;
        row.reason = NULL;
    }
    row.nrcpts = frozen->nrcpts;
    row.rcpts = xcalloc(row.nrcpts + 1, sizeof(row.rcpts[0]));
    for (size_t i = 0; i < row.nrcpts; i++)
        row.rcpts[i] =
            (struct mail_rcpt){.addr = span_dup(frozen->rcpts[i]), .state = MAILST_QUEUED};
    txn_put(tx, TABLE_MAIL_FROZEN, &key, bytes);
    mail_state_put(tx, id, &before, &row);
    for (size_t i = 0; i < row.nrcpts; i++)
        free(row.rcpts[i].addr);
    free(row.rcpts);
    mail_row_fini(&before);
}

static void freeze_step(struct txn *tx, void *arg)
{
    const struct freeze *fr = arg;

    for (size_t i = 0; i < fr->n && tx->err == ERR_OK; i++)
        freeze_one(tx, &fr->mails[i], buf_span(&fr->bytes[i]), fr->now_ms);
}

err_t outbox_freeze_all(struct store *st, const struct mail_freeze *fr, size_t n, int64_t now_ms)
{
    struct buf *bytes = xcalloc(n + 1, sizeof(*bytes));
    struct freeze all = {fr, bytes, n, now_ms};
    bool full = false;

    for (size_t i = 0; i < n; i++) {
        ensure(fr[i].form->nrcpts <= MAIL_RCPTS_MAX);
        mail_frozen_encode(fr[i].form, &bytes[i]);
        full = full || bytes[i].full;
    }

    err_t err = full ? ERR_TOOBIG : store_write(st, freeze_step, &all);

    for (size_t i = 0; i < n; i++)
        buf_fini(&bytes[i]);
    free(bytes);
    return err;
}

err_t outbox_freeze(struct store *st, uint64_t id, const struct mail_frozen *fz)
{
    return outbox_freeze_all(st, &(struct mail_freeze){.id = id, .form = fz}, 1, 0);
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

err_t outbox_begin(struct store *st, const uint64_t *ids, size_t n, const struct lease *lease)
{
    return queue_begin(st, &mail_queue, ids, n, lease);
}

err_t outbox_lost(struct store *st, const struct lease_now *now, uint64_t *ids, size_t max,
                  size_t *n)
{
    return queue_lost(st, &mail_queue, now, ids, max, n);
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
    /* Its mail goes to another address; this attempt began before that was asked for. */
    if (to->replaced_by != 0 && to->state != MAILST_SENT)
        to->state = MAILST_CANCELLED;
}

/* The newest attempts are kept, for people to see how it went. */
static void try_add(struct mail_row *row, const struct mail_result *res, int64_t now_ms)
{
    struct mail_try *t;

    if (row->ntries == MAIL_TRIES_MAX)
        memmove(&row->tries[0], &row->tries[1], (--row->ntries) * sizeof(row->tries[0]));
    t = &row->tries[row->ntries++];
    *t = (struct mail_try){.at_ms = now_ms, .state = res->state};
    memcpy(t->cause, res->cause, sizeof(t->cause));
}

static bool row_has_replaced(const struct mail_row *row)
{
    for (size_t i = 0; i < row->nrcpts; i++)
        if (row->rcpts[i].replaced_by != 0)
            return true;
    return false;
}

/* A cancel that came while the attempt ran. */
static void row_give_up(struct txn *tx, uint64_t id, struct mail_row *row, int64_t now_ms)
{
    queue_job_settle(&mail_queue, &row->job, MAILST_CANCELLED, 0, now_ms);
    row->job.cause[0] = '\0';
    mail_drop_bytes(tx, id);
}

static void settle_one(struct txn *tx, const struct mail_result *res, int64_t now_ms)
{
    struct mail_row before, row;
    err_t err = mail_state_get(tx, res->id, &before);

    if (err == ERR_OK)
        err = mail_state_get(tx, res->id, &row);
    if (err != ERR_OK) {
        txn_fail(tx, err);
        return;
    }
    if (mail_state_is_settled(before.job.state))
        txn_fail(tx, ERR_CONFLICT);
    queue_job_settle(&mail_queue, &row.job, res->state, res->due_ms, now_ms);
    row.uncertain = row.uncertain || res->uncertain || res->state == MAILST_UNCERTAIN;
    for (size_t i = 0; i < res->nrcpts; i++)
        rcpt_set(&row, &res->rcpts[i]);
    memcpy(row.job.cause, res->cause, sizeof(row.job.cause));
    if (row_has_replaced(&row))
        mail_row_over_rcpts(&row, now_ms);
    if (row.cancel && row.job.state != MAILST_SENT && row.job.state != MAILST_SUPPRESSED)
        row_give_up(tx, res->id, &row, now_ms);
    row.cancel = false;
    free(row.reason);
    row.reason = span_dup(res->reason);
    try_add(&row, res, now_ms);
    mail_state_put(tx, res->id, &before, &row);
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
