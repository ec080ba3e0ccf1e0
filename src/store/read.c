/*
 * Reading what the gateway wrote: rows by their keys, and ids by address.  Each call is one bounded
 * read transaction, and what it finds is copied out.
 */
#include <stdlib.h>

#include "deskbell/id.h"
#include "deskbell/tlv.h"
#include "store_int.h"

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
            store_report_bad(st, TABLE_CONV, (struct span){(const char *)key.bytes, key.len}, err);
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
