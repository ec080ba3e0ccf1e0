/*
 * Reading what the gateway wrote: rows by their keys, and ids by address.  Each call is one bounded
 * read transaction, and what it finds is copied out.
 */
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

static size_t addr_scan(struct cursor *cur, const struct ipprefix *prefix, struct addr_at *at,
                        uint64_t *ids, size_t max)
{
    struct key key = key_addr(at->id != 0 ? &at->ip : &prefix->addr, at->id != 0 ? ~at->id + 1 : 0);
    err_t err = cursor_seek(cur, &key, false);
    struct addr_at it;
    size_t n = 0;

    for (; err == ERR_OK && n < max; err = cursor_next(cur)) {
        if (cur->key.len != sizeof(it.ip.b) + 8)
            break;
        memcpy(it.ip.b, cur->key.p, sizeof(it.ip.b));
        it.id = ~cursor_key_u64(cur, sizeof(it.ip.b));
        if (!ipprefix_has(prefix, &it.ip))
            break;
        if (cur->err != ERR_OK)
            continue;
        ids[n++] = it.id;
        *at = it;
    }
    return n;
}

err_t store_list_addr(struct store *st, const struct ipprefix *prefix, struct addr_at *at,
                      uint64_t *ids, size_t max, size_t *n)
{
    struct addr_at to = *at;
    struct cursor cur;
    struct txn tx;
    err_t err = txn_begin_read(&tx, st);

    if (err != ERR_OK)
        return err;
    *n = 0;
    if (cursor_open(&cur, &tx, TABLE_ADDR) == ERR_OK)
        *n = addr_scan(&cur, prefix, &to, ids, max);
    cursor_close(&cur);
    err = tx.err;
    txn_end_read(&tx);
    if (err == ERR_OK)
        *at = to;
    return err;
}

static size_t email_scan(struct cursor *cur, uint64_t email, uint64_t *ids, size_t max)
{
    struct key key = key_typed2(LIST_BY_EMAIL, email, 0);
    err_t err = cursor_seek(cur, &key, false);
    size_t n = 0;

    for (; err == ERR_OK && n < max; err = cursor_next(cur)) {
        if (cur->key.len != key.len || memcmp(cur->key.p, key.bytes, key.len - 8) != 0)
            break;
        if (cur->err == ERR_OK)
            ids[n++] = cursor_key_u64(cur, key.len - 8);
    }
    return n;
}

err_t store_list_to_answer(struct store *st, uint64_t email, uint64_t *ids, size_t max, size_t *n)
{
    struct cursor cur;
    struct txn tx;
    err_t err = txn_begin_read(&tx, st);

    if (err != ERR_OK)
        return err;
    *n = 0;
    if (cursor_open(&cur, &tx, TABLE_LIST) == ERR_OK)
        *n = email_scan(&cur, email, ids, max);
    cursor_close(&cur);
    err = tx.err;
    txn_end_read(&tx);
    return err;
}

/* A row that is not right is passed over: whoever opens the conversation reports it. */
static size_t below_scan(struct cursor *cur, uint64_t below, struct conv_from *from, size_t max)
{
    struct key key = key_u64(below);
    err_t err = below != 0 ? cursor_seek(cur, &key, true) : cursor_last(cur);
    size_t n = 0;

    for (; err == ERR_OK && n < max; err = cursor_prev(cur)) {
        struct conv_row row;
        struct conv_brief brief;

        from[n] = (struct conv_from){.id = cursor_key_u64(cur, 0)};
        if (cur->err == ERR_OK && conv_row_decode(cur->payload, &row) == ERR_OK &&
            conv_brief(row.image, &brief) == ERR_OK)
            from[n].ip = brief.ip;
        n++;
    }
    return n;
}

err_t store_list_below(struct store *st, uint64_t below, struct conv_from *from, size_t max,
                       size_t *n)
{
    struct cursor cur;
    struct txn tx;
    err_t err = txn_begin_read(&tx, st);

    if (err != ERR_OK)
        return err;
    *n = 0;
    if (cursor_open(&cur, &tx, TABLE_CONV) == ERR_OK)
        *n = below_scan(&cur, below, from, max);
    cursor_close(&cur);
    err = tx.err;
    txn_end_read(&tx);
    return err;
}
