/*
 * Mails that wait for a digest, and how they are gathered into it.  A group is one kind for one
 * department; that only its first stands in mail_due, and who takes its place, is the queue's.
 * When to hold is decided elsewhere.
 */
#include <stdlib.h>

#include "outbox/outbox_int.h"

err_t outbox_read_group(struct store *st, enum mail_kind kind, uint64_t dept, struct mail_group *g)
{
    struct queue_group got;
    struct txn tx;
    err_t err = txn_begin_read(&tx, st);

    if (err != ERR_OK)
        return err;
    got = queue_group_get(&tx, &mail_queue, mail_group_id(kind, dept));
    *g = (struct mail_group){got.began_ms, got.count, got.head};
    err = tx.err;
    txn_end_read(&tx);
    return err;
}

err_t outbox_held(struct store *st, enum mail_kind kind, uint64_t dept, uint64_t after,
                  uint64_t *ids, size_t max, size_t *n)
{
    struct txn tx;
    err_t err = txn_begin_read(&tx, st);

    if (err != ERR_OK)
        return err;

    size_t got = queue_held_ids(&tx, &mail_queue, mail_group_id(kind, dept), after, ids, max);

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
    struct queue_group_id group;
    struct mail_row before, row;

    if (txn_has(tx, TABLE_MAIL_FROZEN, &key) ||
        !queue_group_of(tx, &mail_queue, hold->id, &group) ||
        mail_state_get(tx, hold->id, &before) != ERR_OK)
        return;
    if (before.job.state == MAILST_QUEUED || before.job.state == MAILST_DEFERRED) {
        char *why = span_dup(reason);

        row = before;
        row.reason = why;
        queue_hold(tx, &mail_queue, group, hold->id, hold->due_ms, &row.job);
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

/* gathering */

static void gather_one(struct txn *tx, uint64_t id, uint64_t digest, int64_t now_ms)
{
    struct mail_row before, row;
    err_t err = mail_state_get(tx, id, &before);

    if (err != ERR_OK) {
        txn_fail(tx, err);
        return;
    }
    if (before.job.state != MAILST_HELD)
        txn_fail(tx, ERR_CONFLICT);
    row = before;
    queue_job_settle(&mail_queue, &row.job, MAILST_FOLDED, 0, now_ms);
    row.reason = NULL;
    row.digest = digest;
    mail_state_put(tx, id, &before, &row);
    mail_row_fini(&before);
}

void mail_gather(struct txn *tx, const struct mail_freeze *fr, int64_t now_ms)
{
    struct queue_group_id group;

    for (size_t i = 0; i < fr->ngathered && tx->err == ERR_OK; i++)
        gather_one(tx, fr->gathered[i], fr->id, now_ms);
    if (fr->window_ms != 0 && queue_group_of(tx, &mail_queue, fr->id, &group))
        queue_group_count(tx, &mail_queue, group, fr->window_ms);
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
    size_t n =
        queue_held_ids(tx, &mail_queue, mail_group_id(sh->kind, sh->dept), 0, sh->ids, sh->max);
    char *why = span_dup(sh->res->reason);

    while (n-- > 0 && tx->err == ERR_OK) {
        struct mail_row before, row;

        if (mail_state_get(tx, sh->ids[n], &before) != ERR_OK)
            continue;
        row = before;
        queue_job_settle(&mail_queue, &row.job, sh->res->state, 0, sh->now_ms);
        memcpy(row.job.cause, sh->res->cause, sizeof(row.job.cause));
        row.reason = why;
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
