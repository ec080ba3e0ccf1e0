/* Conversations by the short number that people call them by. */
#include "rows/projector.h"

static bool number_wants(enum rec_type type)
{
    return type == REC_CONV_RANG || type == REC_CONV_LEFT;
}

static void number_apply(struct txn *tx, const struct rec *rec)
{
    struct key key = key_u64(rec->ring.number);

    if (rec->ring.number != 0)
        txn_put_u64(tx, TABLE_NUMBER, &key, rec->obj);
}

static void number_reset(struct txn *tx)
{
    txn_clear(tx, TABLE_NUMBER);
}

const struct projector project_number = {
    .name = "number",
    .wants = number_wants,
    .apply = number_apply,
    .reset = number_reset,
};
