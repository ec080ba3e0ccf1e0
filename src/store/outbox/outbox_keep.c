/*
 * The messages of mails, as they went or go out: reading them in pieces, and letting them go when
 * they are of no use any more.  A mail's row and the rest of its frozen form stay.
 */
#include <stdlib.h>

#include "outbox/outbox_int.h"

/* letting go */

static err_t frozen_get(struct txn *tx, uint64_t id, struct span *payload, struct mail_frozen *fz)
{
    struct key key = key_u64(id);
    err_t err = txn_get(tx, TABLE_MAIL_FROZEN, &key, payload);

    return err == ERR_OK ? mail_frozen_peek(*payload, fz) : err;
}

bool mail_was_dropped(struct txn *tx, uint64_t id)
{
    struct mail_frozen fz;
    struct span payload;

    return frozen_get(tx, id, &payload, &fz) == ERR_OK && fz.bytes.len == 0;
}

/* Does not change the row: the mail's end has left its place in mail_by already, or never will. */
void mail_drop_bytes(struct txn *tx, uint64_t id)
{
    struct key key = key_u64(id);
    struct buf mem = {0}, out = {0};
    struct mail_frozen fz;
    struct span payload;

    if (frozen_get(tx, id, &payload, &fz) == ERR_OK && fz.bytes.len > 0 &&
        mail_frozen_decode(payload, &fz, &mem) == ERR_OK) {
        fz.bytes = SPAN_NONE;
        mail_frozen_encode(&fz, &out);
        txn_put(tx, TABLE_MAIL_FROZEN, &key, buf_span(&out));
    }
    buf_fini(&mem);
    buf_fini(&out);
}

struct drop {
    int64_t before_ms;
    size_t max, n;
};

static void drop_step(struct txn *tx, void *arg)
{
    struct drop *dr = arg;
    uint64_t id;

    for (dr->n = 0; dr->n < dr->max && queue_ended_take(tx, &mail_queue, dr->before_ms, &id);
         dr->n++)
        mail_drop_bytes(tx, id);
}

/* Without waiting for the writer: is there anything to do? */
static err_t old_waits(struct store *st, int64_t before_ms, bool *waits)
{
    struct txn tx;
    err_t err = txn_begin_read(&tx, st);

    if (err != ERR_OK)
        return err;
    *waits = queue_ended_waits(&tx, &mail_queue, before_ms);
    err = tx.err;
    txn_end_read(&tx);
    return err;
}

err_t outbox_drop_old(struct store *st, int64_t before_ms, size_t max, size_t *n)
{
    struct drop dr = {.before_ms = before_ms, .max = max};
    bool waits = false;
    err_t err = old_waits(st, before_ms, &waits);

    if (err == ERR_OK && waits)
        err = store_write(st, drop_step, &dr);
    if (err == ERR_OK)
        *n = dr.n;
    return err;
}

/* reading */

err_t mail_source(struct store *st, uint64_t id, size_t offset, size_t max, struct buf *piece,
                  size_t *total)
{
    struct mail_frozen fz;
    struct span payload;
    struct txn tx;
    err_t err = txn_begin_read(&tx, st);

    if (err != ERR_OK)
        return err;
    err = frozen_get(&tx, id, &payload, &fz);
    if (err == ERR_OK && fz.bytes.len == 0)
        err = ERR_ENDED;
    if (err == ERR_OK && offset < fz.bytes.len) {
        size_t rest = fz.bytes.len - offset;

        buf_add(piece, fz.bytes.p + offset, rest < max ? rest : max);
    }
    if (err == ERR_OK)
        *total = fz.bytes.len;
    txn_end_read(&tx);
    return err;
}
