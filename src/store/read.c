/*
 * Reading what the gateway wrote: rows, records, a conversation backwards, stored lists.  Each call
 * is one bounded read transaction, and what it finds is copied out.
 */
#include <stdlib.h>

#include "deskbell/clock.h"
#include "deskbell/id.h"
#include "deskbell/tlv.h"
#include "store_int.h"

#define WALK_MAX_MS 50
#define WALK_MAX_BYTES (4u << 20)

static void span_report(struct store *st, enum table table, const struct key *key, err_t err)
{
    store_report_bad(st, table, (struct span){(const char *)key->bytes, key->len}, err);
}

static err_t read_row(struct store *st, enum table table, const struct key *key, struct buf *out)
{
    struct span payload;
    struct txn tx;
    err_t err = txn_begin_read(&tx, st);

    if (err != ERR_OK)
        return err;
    if ((err = txn_get(&tx, table, key, &payload)) == ERR_OK)
        buf_add_span(out, payload);
    txn_end_read(&tx);
    return err;
}

err_t store_read_conv(struct store *st, uint64_t id, struct buf *image)
{
    struct key key = key_u64(id);
    struct conv_row row;
    struct span payload;
    struct txn tx;
    err_t err = txn_begin_read(&tx, st);

    if (err != ERR_OK)
        return err;
    if ((err = txn_get(&tx, TABLE_CONV, &key, &payload)) == ERR_OK) {
        if ((err = conv_row_decode(payload, &row)) == ERR_OK)
            buf_add_span(image, row.image);
        else
            span_report(st, TABLE_CONV, &key, err);
    }
    txn_end_read(&tx);
    return err;
}

err_t store_read_repeat(struct store *st, uint64_t cid, struct buf *value)
{
    struct key key = key_u64(cid);

    return read_row(st, TABLE_REPEAT, &key, value);
}

err_t store_read_setting(struct store *st, enum obj_type type, uint64_t id, struct buf *image)
{
    struct key key = key_typed((uint8_t)type, id);

    return read_row(st, TABLE_SETTING, &key, image);
}

err_t store_find_number(struct store *st, uint64_t number, uint64_t *conv)
{
    struct key key = key_u64(number);
    struct txn tx;
    err_t err = txn_begin_read(&tx, st);

    if (err != ERR_OK)
        return err;
    err = txn_get_u64(&tx, TABLE_NUMBER, &key, conv);
    txn_end_read(&tx);
    return err;
}

/* records */

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
        span_report(st, TABLE_JOURNAL, &key, err);
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
    struct rec_bytes *recs;
    size_t n;
    uint64_t next;
};

static err_t walk_read(struct store *st, uint64_t pos, size_t max, struct walk *w)
{
    int64_t until_ms = clock_mono_ms() + WALK_MAX_MS;
    struct txn tx;
    err_t err = txn_begin_read(&tx, st);

    if (err != ERR_OK)
        return err;
    while (pos != 0 && w->n < max && w->mem.len < WALK_MAX_BYTES && clock_mono_ms() <= until_ms) {
        struct rec rec;

        if ((err = rec_copy(&tx, pos, &w->mem, &w->recs[w->n])) != ERR_OK)
            break;
        if ((err = rec_open(st, &w->mem, &w->recs[w->n], &rec)) != ERR_OK)
            break;
        if (rec.prev >= pos) { /* a chain goes back, always */
            err = ERR_CORRUPT;
            break;
        }
        w->n++;
        pos = rec.prev;
    }
    txn_end_read(&tx);
    w->next = pos;
    return err;
}

err_t store_walk_conv(struct store *st, uint64_t last_pos, size_t max, store_rec_fn *fn, void *arg,
                      uint64_t *next)
{
    struct walk w = {0};
    struct rec rec;

    w.recs = xcalloc(max > 0 ? max : 1, sizeof(w.recs[0]));

    err_t err = walk_read(st, last_pos, max, &w);

    /* What comes before a record that is not right is still shown; behind it nothing can be found.
     */
    if (w.n > 0 && err != ERR_OK) {
        err = ERR_OK;
        w.next = 0;
    }
    for (size_t i = 0; err == ERR_OK && i < w.n; i++) {
        if ((err = rec_open(st, &w.mem, &w.recs[i], &rec)) != ERR_OK)
            break;
        if (!fn(arg, &rec)) {
            w.next = rec.prev;
            break;
        }
    }
    if (err == ERR_OK)
        *next = w.next;
    buf_fini(&w.mem);
    free(w.recs);
    return err;
}

/* stored lists */

/* The newest end in this department before the position `before`; 0: none. */
static uint64_t list_head(struct cursor *cur, enum list list, uint64_t dept, uint64_t before,
                          uint64_t *conv)
{
    struct key key = key_typed2((uint8_t)list, dept, ~before + 1);
    struct key prefix = key_typed((uint8_t)list, dept);
    err_t err = cursor_seek(cur, &key, false);

    while (err == ERR_OK) {
        if (cur->key.len != 17 || memcmp(cur->key.p, prefix.bytes, prefix.len) != 0)
            return 0;
        if (cur->err == ERR_OK && cur->payload.len == 8) {
            *conv = be64_get((const uint8_t *)cur->payload.p);
            return ~cursor_key_u64(cur, 9);
        }
        err = cursor_next(cur);
    }
    return 0;
}

struct list_place {
    enum list list;
    uint64_t dept, pos, conv;
};

static void place_seek(struct list_place *p, struct cursor *cur, uint64_t before)
{
    p->pos = list_head(cur, p->list, p->dept, before, &p->conv);
}

static size_t place_pick(const struct list_place *places, size_t n)
{
    size_t best = 0;

    for (size_t i = 1; i < n; i++)
        if (places[i].pos > places[best].pos)
            best = i;
    return best;
}

err_t store_list(struct store *st, enum list list, const uint64_t *depts, size_t ndepts,
                 uint64_t *cursor, uint64_t *ids, size_t max, size_t *n)
{
    uint64_t before = *cursor != 0 ? *cursor : UINT64_MAX;
    struct list_place *places;
    size_t nplaces = 0;
    struct cursor cur;
    struct txn tx;
    err_t err;

    *n = 0;
    if (ndepts == 0 || max == 0) {
        *cursor = 0;
        return ERR_OK;
    }
    if ((err = txn_begin_read(&tx, st)) != ERR_OK)
        return err;
    places = xcalloc(2 * ndepts, sizeof(places[0]));
    for (size_t i = 0; i < ndepts; i++) {
        places[nplaces++] = (struct list_place){list == LIST_ALL ? LIST_COMPLETED : list, depts[i]};
        if (list == LIST_ALL)
            places[nplaces++] = (struct list_place){LIST_MISSED, depts[i]};
    }
    if (cursor_open(&cur, &tx, TABLE_LIST) == ERR_OK)
        for (size_t i = 0; i < nplaces; i++)
            place_seek(&places[i], &cur, before);

    size_t at = place_pick(places, nplaces);

    for (; tx.err == ERR_OK && places[at].pos != 0 && *n < max; at = place_pick(places, nplaces)) {
        ids[(*n)++] = places[at].conv;
        before = places[at].pos;
        place_seek(&places[at], &cur, before);
    }
    if (tx.err == ERR_OK)
        *cursor = places[at].pos != 0 ? before : 0;
    cursor_close(&cur);
    err = tx.err;
    txn_end_read(&tx);
    free(places);
    return err;
}

/* by address */

/* Ids of the range in the order of keys: newest first within one address only. */
static size_t addr_scan(struct cursor *cur, const struct ipprefix *prefix, uint64_t below,
                        uint64_t *ids, size_t max)
{
    bool one = prefix->bits == 128;
    struct key key = key_addr(&prefix->addr, one && below != 0 ? ~below + 1 : 0);
    err_t err = cursor_seek(cur, &key, false);
    struct ipaddr ip;
    size_t n = 0;

    for (size_t looks = 0; err == ERR_OK && n < max && looks < ADDR_LOOKS_MAX; looks++) {
        if (cur->key.len != sizeof(ip.b) + 8)
            break;
        memcpy(ip.b, cur->key.p, sizeof(ip.b));
        if (!ipprefix_has(prefix, &ip))
            break;

        uint64_t id = ~cursor_key_u64(cur, sizeof(ip.b));

        if (cur->err == ERR_OK && (below == 0 || id < below))
            ids[n++] = id;
        err = cursor_next(cur);
    }
    return n;
}

err_t store_list_addr(struct store *st, const struct ipprefix *prefix, uint64_t below,
                      uint64_t *ids, size_t max, size_t *n)
{
    size_t room = prefix->bits == 128 ? max : ADDR_LOOKS_MAX, found = 0;
    struct cursor cur;
    struct txn tx;
    err_t err = txn_begin_read(&tx, st);

    if (err != ERR_OK)
        return err;

    uint64_t *all = xcalloc(room + 1, sizeof(*all));

    if (cursor_open(&cur, &tx, TABLE_ADDR) == ERR_OK)
        found = addr_scan(&cur, prefix, below, all, room);
    cursor_close(&cur);
    err = tx.err;
    txn_end_read(&tx);
    if (err == ERR_OK) {
        ids_sort_down(all, found);
        *n = found < max ? found : max;
        memcpy(ids, all, *n * sizeof(ids[0]));
    }
    free(all);
    return err;
}
