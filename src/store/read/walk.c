/*
 * Records out of the journal: one by its position, and a conversation backwards, from its end or
 * from a milestone in its middle.  A walk reads little more than its reader wants, in transactions
 * of a few records each, for the reader may not be called while one is open.
 */
#include <stdlib.h>

#include "deskbell/clock.h"
#include "rows/projector.h"

#define WALK_MAX_MS 50
#define WALK_MAX_BYTES (4u << 20)
#define WALK_STEP 32 /* records in one transaction: so many may be read in vain */

/* Bytes of a record in a buffer that may still move. */
struct rec_bytes {
    uint64_t pos;
    size_t at, rec_len, body_len;
};

/* Copy a record out.  A body that is not right reads as erased. */
static err_t rec_copy(struct txn *tx, uint64_t pos, struct buf *mem, struct rec_bytes *rb)
{
    struct key key = key_u64(pos);
    struct span rec, body = SPAN_NONE;
    err_t err = txn_get(tx, TABLE_JOURNAL, &key, &rec);

    if (err != ERR_OK)
        return err;
    if (txn_get(tx, TABLE_BODY, &key, &body) != ERR_OK)
        body = SPAN_NONE;
    *rb = (struct rec_bytes){pos, mem->len, rec.len, body.len};
    buf_add_span(mem, rec);
    buf_add_span(mem, body);
    return mem->full ? ERR_TOOBIG : ERR_OK;
}

static err_t rec_open(struct store *st, const struct buf *mem, const struct rec_bytes *rb,
                      struct rec *rec)
{
    struct span bytes = {mem->p + rb->at, rb->rec_len};
    struct span body = {mem->p + rb->at + rb->rec_len, rb->body_len};
    struct key key = key_u64(rb->pos);
    err_t err = rec_decode(rb->pos, bytes, body, rec);

    if (err != ERR_OK)
        store_report_bad(st, TABLE_JOURNAL, (struct span){(const char *)key.bytes, key.len}, err);
    return err;
}

err_t store_read_rec(struct store *st, uint64_t pos, struct rec *rec, struct buf *mem)
{
    struct rec_bytes rb;
    struct txn tx;
    err_t err = txn_begin_read(&tx, st);

    if (err != ERR_OK)
        return err;
    buf_reset(mem);
    err = rec_copy(&tx, pos, mem, &rb);
    txn_end_read(&tx);
    return err != ERR_OK ? err : rec_open(st, mem, &rb, rec);
}

/* What one transaction reads of a conversation, newest first. */
struct walk {
    struct buf mem;
    struct rec_bytes recs[WALK_STEP];
    size_t n;
    uint64_t next;
};

/* An error if nothing was read; else what cannot be read is behind the last record. */
static err_t walk_read(struct store *st, uint64_t pos, size_t max, struct walk *w)
{
    struct txn tx;
    err_t err = txn_begin_read(&tx, st);

    if (err != ERR_OK)
        return err;
    buf_reset(&w->mem);
    for (w->n = 0; pos != 0 && w->n < max && w->n < WALK_STEP; w->n++) {
        struct rec rec;

        if ((err = rec_copy(&tx, pos, &w->mem, &w->recs[w->n])) != ERR_OK)
            break;
        if ((err = rec_open(st, &w->mem, &w->recs[w->n], &rec)) != ERR_OK)
            break;
        if (rec.prev >= pos) { /* a chain goes back, always */
            err = ERR_CORRUPT;
            break;
        }
        pos = rec.prev;
    }
    txn_end_read(&tx);
    /* What comes before a record that is not right is still shown; behind it nothing is found. */
    w->next = err == ERR_OK ? pos : 0;
    return w->n > 0 ? ERR_OK : err;
}

/* False: the reader has enough. */
static err_t walk_tell(struct store *st, struct walk *w, store_rec_fn *fn, void *arg, bool *on)
{
    *on = true;
    for (size_t i = 0; i < w->n && *on; i++) {
        struct rec rec;
        err_t err = rec_open(st, &w->mem, &w->recs[i], &rec);

        if (err != ERR_OK)
            return err;
        *on = fn(arg, &rec);
        if (!*on)
            w->next = rec.prev;
    }
    return ERR_OK;
}

err_t store_walk_conv(struct store *st, uint64_t last_pos, size_t max, store_rec_fn *fn, void *arg,
                      uint64_t *next)
{
    int64_t until_ms = clock_mono_ms() + WALK_MAX_MS;
    struct walk w = {.next = last_pos};
    size_t bytes = 0;
    bool on = true;
    err_t err = ERR_OK;

    while (on && w.next != 0 && max > 0 && bytes < WALK_MAX_BYTES) {
        if ((err = walk_read(st, w.next, max, &w)) != ERR_OK ||
            (err = walk_tell(st, &w, fn, arg, &on)) != ERR_OK)
            break;
        max -= w.n;
        bytes += w.mem.len;
        if (clock_mono_ms() > until_ms)
            break;
    }
    /* Not the first step: what was told before it is good. */
    if (err != ERR_OK && bytes > 0) {
        err = ERR_OK;
        w.next = 0;
    }
    if (err == ERR_OK)
        *next = w.next;
    buf_fini(&w.mem);
    return err;
}

/* milestones */

/* The first milestone at which there are so many public lines. */
static err_t milestone_find_n(struct txn *tx, uint64_t conv, uint32_t n, struct milestone *ms)
{
    uint64_t low = 0,
             high = milestone_last(tx, conv) / MILESTONE_RECORDS; /* the answer is in (low, high] */
    err_t err = milestone_get(tx, conv, high * MILESTONE_RECORDS, ms);

    if (err == ERR_OK && ms->n < n)
        return ERR_NOTFOUND;
    while (err == ERR_OK && high - low > 1) {
        uint64_t middle = low + (high - low) / 2;
        struct milestone at;

        err = milestone_get(tx, conv, middle * MILESTONE_RECORDS, &at);
        if (err == ERR_OK && at.n < n) {
            low = middle;
        } else if (err == ERR_OK) {
            high = middle;
            *ms = at;
        }
    }
    return err;
}

err_t store_find_line(struct store *st, uint64_t conv, bool is_public, uint32_t number,
                      uint64_t *pos)
{
    uint64_t seq =
        ((uint64_t)number + MILESTONE_RECORDS - 1) / MILESTONE_RECORDS * MILESTONE_RECORDS;
    struct milestone ms;
    struct txn tx;
    err_t err = txn_begin_read(&tx, st);

    if (err != ERR_OK)
        return err;
    err = is_public ? milestone_find_n(&tx, conv, number, &ms) : milestone_get(&tx, conv, seq, &ms);
    txn_end_read(&tx);
    if (err == ERR_OK)
        *pos = ms.pos;
    return err;
}
