/*
 * Writing a batch in one transaction: its records, its rows, and what the projectors make of both.
 * The committer thread, which runs it, is in committer.c.
 */
#include "deskbell/crash.h"
#include "rows/projector.h"

struct commit {
    const struct batch *batch;
    int64_t now_ms;
    bool images, closes; /* it writes some; and a checkpoint is whole with it */
    struct buf scratch, image;
};

static bool batch_has(const struct batch *b, enum row_kind kind)
{
    for (size_t i = 0; i < b->nrows; i++)
        if (b->rows[i].kind == kind)
            return true;
    return false;
}

/*
 * A conversation that had ended before the checkpoint is changed: keep it as it was then, since a
 * start replays the journal from there.  The next checkpoint deletes that image again.  The row
 * that was read is not good any more after this.
 */
static void commit_keep_image(struct txn *tx, struct commit *cm, uint64_t id,
                              const struct conv_row *old)
{
    struct key image = key_typed(OBJ_CONV, id);
    uint64_t checkpoint = 0;
    err_t err = checkpoint_read(tx, &checkpoint);

    if (err != ERR_OK)
        txn_fail(tx, err);
    if (old->last_pos > checkpoint || cm->closes || txn_has(tx, TABLE_IMAGE, &image))
        return;
    buf_reset(&cm->image);
    buf_add_span(&cm->image, old->image);
    txn_put(tx, TABLE_IMAGE, &image, buf_span(&cm->image));
}

/* What the row was is taken out of it before anything is written. */
static void commit_conv(struct txn *tx, struct commit *cm, const struct batch_row *row)
{
    struct key key = key_u64(row->a);
    struct conv_place was;
    struct conv_row old;
    struct span payload;
    bool had = txn_get(tx, TABLE_CONV, &key, &payload) == ERR_OK &&
               conv_row_decode(payload, &old) == ERR_OK;

    if (had) {
        was = conv_row_place(&old);
        commit_keep_image(tx, cm, row->a, &old);
    }
    conv_row_put(tx, row->a, had ? &was : NULL, row->value, &cm->scratch);
}

/* the other rows of a batch */

static void commit_mail(struct txn *tx, struct commit *cm, const struct batch_row *row)
{
    struct mail_order order;
    struct key key = key_u64(row->a);
    err_t err = mail_order_decode(row->value, &order);

    if (err != ERR_OK) {
        txn_fail(tx, err);
        return;
    }
    buf_reset(&cm->scratch);
    outbox_row_encode(row->value, cm->now_ms, &cm->scratch);
    txn_put(tx, TABLE_OUTBOX, &key, buf_span(&cm->scratch));

    struct key by_conv = key_u64x2(order.conv, row->a);

    if (order.conv != 0)
        txn_put(tx, TABLE_CONV_MAIL, &by_conv, SPAN_NONE);
}

static void commit_repeat(struct txn *tx, const struct batch_row *row)
{
    struct repeat r;
    err_t err = repeat_decode(row->value, &r);

    if (err != ERR_OK) {
        txn_fail(tx, err);
        return;
    }

    struct key key = key_u64(row->a), by_time = key_u64x2((uint64_t)r.time_ms, row->a);

    txn_put(tx, TABLE_REPEAT, &key, row->value);
    txn_put(tx, TABLE_REPEAT_TIME, &by_time, SPAN_NONE);
}

static void commit_draft(struct txn *tx, const struct batch_row *row)
{
    struct key key = key_u64x2(row->a, row->b);

    if (row->value.len > 0)
        txn_put(tx, TABLE_DRAFT, &key, row->value);
    else
        txn_del(tx, TABLE_DRAFT, &key);
}

/*
 * A line was changed by its author, or a picture is in place of another.  There is one writer of
 * bodies, and it is this.
 */
static void commit_body(struct txn *tx, const struct batch_row *row)
{
    struct key key = key_u64(row->a);

    if (!txn_has(tx, TABLE_JOURNAL, &key))
        return;
    if (row->value.len > 0)
        txn_put(tx, TABLE_BODY, &key, row->value);
    else
        txn_del(tx, TABLE_BODY, &key);
}

static void commit_row(struct txn *tx, struct commit *cm, const struct batch_row *row)
{
    struct key key = key_typed((uint8_t)row->a, row->b);

    switch (row->kind) {
    case ROW_IMAGE:
        checkpoint_image(tx, &key, row->value, cm->closes, &cm->image);
        break;
    case ROW_CONV:
        commit_conv(tx, cm, row);
        break;
    case ROW_SETTING:
        if (row->value.len > 0)
            txn_put(tx, TABLE_SETTING, &key, row->value);
        else
            txn_del(tx, TABLE_SETTING, &key);
        break;
    case ROW_MAIL:
        commit_mail(tx, cm, row);
        break;
    case ROW_REPEAT:
        commit_repeat(tx, row);
        break;
    case ROW_MILESTONE:
        milestone_put(tx, row->a, row->b, row->value);
        break;
    case ROW_CHECKPOINT:
        checkpoint_close(tx, row->a);
        break;
    case ROW_BODY:
        commit_body(tx, row);
        break;
    case ROW_DRAFT:
        commit_draft(tx, row);
        break;
    }
}

/* What an agent who is deleted had not sent is nobody's any more. */
static void commit_gone(struct txn *tx, const struct batch_rec *br)
{
    enum rec_type type;
    struct rec rec;

    if (rec_peek(br->rec, &type) && type == REC_AGENT_DELETED &&
        rec_decode(br->pos, br->rec, SPAN_NONE, &rec) == ERR_OK)
        drafts_forget(tx, rec.obj);
}

/*
 * What an agent who is anonymised was called is forgotten in the journal, too, and from where
 * somebody was signed in once that is over.
 */
static void commit_erase(struct txn *tx, const struct batch *b)
{
    enum rec_type type;

    for (size_t i = 0; i < b->nrecs && tx->err == ERR_OK; i++)
        if (rec_peek(b->recs[i].rec, &type) &&
            (type == REC_AGENT_ANONYMISED || type == REC_SESSION_CLOSED))
            bodies_erase(tx, b->recs[i].pos);
}

static void commit_step(struct txn *tx, void *arg)
{
    struct commit *cm = arg;
    const struct batch *b = cm->batch;

    for (size_t i = 0; i < b->nrecs && tx->err == ERR_OK; i++) {
        struct key key = key_u64(b->recs[i].pos);

        txn_append(tx, TABLE_JOURNAL, &key, b->recs[i].rec);
        if (b->recs[i].body.len > 0)
            txn_append(tx, TABLE_BODY, &key, b->recs[i].body);
    }
    commit_erase(tx, b);
    project_records(tx, b);
    for (size_t i = 0; i < b->nrows && tx->err == ERR_OK; i++)
        commit_row(tx, cm, &b->rows[i]);
    for (size_t i = 0; i < b->nrecs && tx->err == ERR_OK; i++)
        commit_gone(tx, &b->recs[i]); /* a draft of the same batch, too */
}

err_t store_commit(struct store *st, const struct batch *b, int64_t now_ms)
{
    struct commit cm = {.batch = b,
                        .now_ms = now_ms,
                        .images = batch_has(b, ROW_IMAGE),
                        .closes = batch_has(b, ROW_CHECKPOINT)};

    ensure(st->role == STORE_GATEWAY);

    if (cm.images || cm.closes)
        crash_point(CRASH_GATEWAY_CHECKPOINT);

    err_t err = store_write(st, commit_step, &cm);

    /* The disk is full: with the ballast gone there may be room for what was accepted already. */
    if (err == ERR_FULL && ballast_drop(st))
        err = store_write(st, commit_step, &cm);
    buf_fini(&cm.scratch);
    buf_fini(&cm.image);
    if (cm.images || cm.closes)
        crash_point(CRASH_GATEWAY_CHECKPOINTED);
    return err;
}
