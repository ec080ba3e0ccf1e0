/* The stored lists: conversations that are over by list and department, newest end first. */
#include "projector.h"

static struct key list_key(const struct conv_place *p)
{
    return key_typed2((uint8_t)p->list, p->dept, ~p->end_pos);
}

static void list_apply_row(struct txn *tx, const struct conv_change *ch)
{
    struct key key = list_key(ch->now);

    if (ch->was != NULL) {
        struct key before = list_key(ch->was);

        if (memcmp(before.bytes, key.bytes, key.len) != 0)
            txn_del(tx, TABLE_LIST, &before);
    }
    txn_put_u64(tx, TABLE_LIST, &key, ch->conv);
}

static void list_reset(struct txn *tx)
{
    txn_clear(tx, TABLE_LIST);
}

const struct projector project_list = {
    .name = "list",
    .apply_row = list_apply_row,
    .reset = list_reset,
};
