/*
 * For who follows the journal outside of it: records forwards from a position, in transactions of a
 * bounded size, and conversations by the order of their short numbers.
 */
#include <stdlib.h>

#include "store_int.h"

#define FOLLOW_RECORDS_MAX 1000
#define FOLLOW_BYTES_MAX (1u << 20)

/* A record in a buffer that may still move. */
struct followed {
    uint64_t pos;
    size_t at, rec_len, body_len;
};

struct follow {
    struct buf mem;
    struct followed *recs;
    size_t n;
    uint64_t last;
    bool more;
};

/* A record that is not right, or that a newer version wrote, tells nothing; its place is passed. */
static void follow_copy(struct txn *tx, const struct cursor *cur, uint64_t pos, struct follow *fl)
{
    struct key key = key_u64(pos);
    struct span body = SPAN_NONE;

    if (txn_get(tx, TABLE_BODY, &key, &body) != ERR_OK)
        body = SPAN_NONE;
    fl->recs[fl->n++] = (struct followed){pos, fl->mem.len, cur->payload.len, body.len};
    buf_add_span(&fl->mem, cur->payload);
    buf_add_span(&fl->mem, body);
}

static err_t follow_read(struct store *st, uint64_t after, size_t max, struct follow *fl)
{
    struct key from = key_u64(after + 1);
    struct cursor cur;
    struct txn tx;
    err_t err = txn_begin_read(&tx, st);

    if (err != ERR_OK)
        return err;
    if ((err = cursor_open(&cur, &tx, TABLE_JOURNAL)) == ERR_OK) {
        err = cursor_seek(&cur, &from, false);
        while (err == ERR_OK && fl->n < max && fl->mem.len < FOLLOW_BYTES_MAX) {
            fl->last = cursor_key_u64(&cur, 0);
            if (cur.err == ERR_OK)
                follow_copy(&tx, &cur, fl->last, fl);
            err = cursor_next(&cur);
        }
        fl->more = err == ERR_OK;
    }
    cursor_close(&cur);
    if (err == ERR_NOTFOUND)
        err = tx.err;
    txn_end_read(&tx);
    return err;
}

err_t store_follow(struct store *st, uint64_t after, size_t max, store_rec_fn *fn, void *arg,
                   uint64_t *last, bool *more)
{
    struct follow fl = {.last = after};
    bool on = true;
    err_t err;

    if (max > FOLLOW_RECORDS_MAX)
        max = FOLLOW_RECORDS_MAX;
    fl.recs = xcalloc(max, sizeof(*fl.recs));
    err = follow_read(st, after, max, &fl);
    for (size_t i = 0; err == ERR_OK && on && i < fl.n; i++) {
        const struct followed *fd = &fl.recs[i];
        struct span bytes = {fl.mem.p + fd->at, fd->rec_len};
        struct span body = {fl.mem.p + fd->at + fd->rec_len, fd->body_len};
        struct rec rec;

        if (rec_decode(fd->pos, bytes, body, &rec) == ERR_OK && !(on = fn(arg, &rec)))
            fl.last = fd->pos, fl.more = true;
    }
    if (err == ERR_OK) {
        *last = fl.last;
        *more = fl.more;
    }
    buf_fini(&fl.mem);
    free(fl.recs);
    return err;
}

static err_t last_key(struct store *st, enum table table, uint64_t *last)
{
    struct cursor cur;
    struct txn tx;
    err_t err = txn_begin_read(&tx, st);

    if (err != ERR_OK)
        return err;
    *last = 0;
    if (cursor_open(&cur, &tx, table) == ERR_OK && cursor_last(&cur) == ERR_OK)
        *last = cursor_key_u64(&cur, 0);
    cursor_close(&cur);
    err = tx.err;
    txn_end_read(&tx);
    return err;
}

err_t store_last_pos(struct store *st, uint64_t *pos)
{
    return last_key(st, TABLE_JOURNAL, pos);
}

err_t store_last_number(struct store *st, uint64_t *number)
{
    return last_key(st, TABLE_NUMBER, number);
}

err_t store_next_number(struct store *st, uint64_t from, uint64_t *number, uint64_t *conv)
{
    struct key key = key_u64(from);
    struct cursor cur;
    struct txn tx;
    err_t err = txn_begin_read(&tx, st);

    if (err != ERR_OK)
        return err;
    if ((err = cursor_open(&cur, &tx, TABLE_NUMBER)) == ERR_OK &&
        (err = cursor_seek(&cur, &key, false)) == ERR_OK) {
        *number = cursor_key_u64(&cur, 0);
        key = key_u64(*number);
        err = txn_get_u64(&tx, TABLE_NUMBER, &key, conv);
    }
    cursor_close(&cur);
    txn_end_read(&tx);
    return err;
}
