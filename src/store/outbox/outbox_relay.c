/* The relays that rest, or refuse our login: the dispatcher's word on when mails can go at all. */
#include <stdlib.h>

#include "outbox/outbox_int.h"

struct note {
    const struct relay_row *rows;
    size_t n;
};

/* All of them anew: they are few, and change together. */
static void note_step(struct txn *tx, void *arg)
{
    const struct note *note = arg;
    struct key first = key_u64(0);
    struct cursor cur;

    while (cursor_open(&cur, tx, TABLE_MAIL_RELAY) == ERR_OK) {
        err_t err = cursor_seek(&cur, &first, false);
        struct key key = key_u64(cursor_key_u64(&cur, 0));

        cursor_close(&cur);
        if (err != ERR_OK)
            break;
        txn_del(tx, TABLE_MAIL_RELAY, &key);
    }
    for (size_t i = 0; i < note->n; i++) {
        struct key key = key_u64(note->rows[i].dept);
        struct buf out = {0};

        relay_row_encode(&note->rows[i], &out);
        txn_put(tx, TABLE_MAIL_RELAY, &key, buf_span(&out));
        buf_fini(&out);
    }
}

err_t outbox_note_relays(struct store *st, const struct relay_row *rows, size_t n)
{
    struct note note = {rows, n};

    return store_write(st, note_step, &note);
}

void mail_relays_get(struct txn *tx, struct relay_row *rows, size_t max, size_t *n)
{
    struct key first = key_u64(0);
    struct cursor cur;
    err_t err;

    *n = 0;
    if (cursor_open(&cur, tx, TABLE_MAIL_RELAY) != ERR_OK)
        return;
    for (err = cursor_seek(&cur, &first, false); err == ERR_OK && *n < max;
         err = cursor_next(&cur)) {
        if (cur.err != ERR_OK || relay_row_decode(cur.payload, &rows[*n]) != ERR_OK)
            continue;
        rows[*n].dept = cursor_key_u64(&cur, 0);
        ++*n;
    }
    cursor_close(&cur);
}

err_t mail_relays(struct store *st, struct relay_row *rows, size_t max, size_t *n)
{
    struct txn tx;
    err_t err = txn_begin_read(&tx, st);

    if (err != ERR_OK)
        return err;
    mail_relays_get(&tx, rows, max, n);
    err = tx.err;
    txn_end_read(&tx);
    return err;
}

err_t mail_relay(struct store *st, uint64_t dept, struct relay_row *row)
{
    struct key key = key_u64(dept);
    struct relay_row got;
    struct span payload;
    struct txn tx;
    err_t err = txn_begin_read(&tx, st);

    if (err != ERR_OK)
        return err;
    if ((err = txn_get(&tx, TABLE_MAIL_RELAY, &key, &payload)) == ERR_OK)
        err = relay_row_decode(payload, &got);
    txn_end_read(&tx);
    if (err != ERR_OK)
        return err;
    got.dept = dept;
    *row = got;
    return ERR_OK;
}
