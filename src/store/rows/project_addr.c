/* Conversations that are over by the visitor's address, newest first under each. */
#include "rows/projector.h"

static void addr_apply_row(struct txn *tx, const struct conv_change *ch)
{
    static const struct ipaddr nowhere;
    const struct ipaddr *ip = &ch->now->ip;
    struct key key = key_addr(ip, ~ch->conv);

    /* The address may have been erased since; one that is not known is no key. */
    if (ch->was != NULL && memcmp(&ch->was->ip, ip, sizeof(*ip)) != 0) {
        struct key before = key_addr(&ch->was->ip, ~ch->conv);

        txn_del(tx, TABLE_ADDR, &before);
    }
    if (memcmp(ip, &nowhere, sizeof(nowhere)) != 0)
        txn_put(tx, TABLE_ADDR, &key, SPAN_NONE);
}

static void addr_reset(struct txn *tx)
{
    txn_clear(tx, TABLE_ADDR);
}

const struct projector project_addr = {
    .name = "addr",
    .apply_row = addr_apply_row,
    .reset = addr_reset,
};
