/*
 * Where in long conversations every 64th record stands.  Turn knows that when it makes the record,
 * so the rows come with the batch; the journal is looked at to make them again.
 */
#include "rows/projector.h"

static struct key milestone_key(uint64_t conv, uint64_t seq)
{
    return key_u64x2(conv, seq);
}

void milestone_put(struct txn *tx, uint64_t conv, uint64_t seq, struct span milestone)
{
    struct key key = milestone_key(conv, seq);

    txn_put(tx, TABLE_MILESTONE, &key, milestone);
}

err_t milestone_get(struct txn *tx, uint64_t conv, uint64_t seq, struct milestone *ms)
{
    struct key key = milestone_key(conv, seq);
    struct span payload;
    err_t err = txn_get(tx, TABLE_MILESTONE, &key, &payload);

    return err == ERR_OK ? milestone_decode(payload, ms) : err;
}

uint64_t milestone_last(struct txn *tx, uint64_t conv)
{
    struct key end = milestone_key(conv, UINT64_MAX);
    struct cursor cur;
    uint64_t seq = 0;

    if (cursor_open(&cur, tx, TABLE_MILESTONE) != ERR_OK)
        return 0;
    if (cursor_seek(&cur, &end, true) == ERR_OK && cursor_key_u64(&cur, 0) == conv)
        seq = cursor_key_u64(&cur, 8);
    cursor_close(&cur);
    return seq;
}

static bool milestone_wants(enum rec_type type)
{
    (void)type;
    return true;
}

/* How many public lines there were: a record's own number, or that of the one before that has one.
 */
static uint32_t lines_until(struct txn *tx, const struct rec *rec)
{
    uint64_t pos = rec->pos, prev = rec->prev;
    uint32_t n = rec->n;

    while (n == 0 && prev != 0 && prev < pos) {
        struct key key = key_u64(prev);
        struct span payload;
        struct rec before;

        if (txn_get(tx, TABLE_JOURNAL, &key, &payload) != ERR_OK ||
            rec_decode(prev, payload, SPAN_NONE, &before) != ERR_OK)
            break;
        pos = prev;
        prev = before.prev;
        n = before.n;
    }
    return n;
}

static void milestone_apply(struct txn *tx, const struct rec *rec)
{
    struct milestone ms = {.pos = rec->pos};
    struct buf bytes = {0};

    if (!milestone_is_due(rec))
        return;
    ms.n = lines_until(tx, rec);
    milestone_encode(&ms, &bytes);
    milestone_put(tx, rec->obj, rec->seq, buf_span(&bytes));
    buf_fini(&bytes);
}

static void milestone_reset(struct txn *tx)
{
    txn_clear(tx, TABLE_MILESTONE);
}

const struct projector project_milestone = {
    .name = "milestone",
    .comes = true,
    .wants = milestone_wants,
    .apply = milestone_apply,
    .reset = milestone_reset,
};
