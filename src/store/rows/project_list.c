/*
 * The stored lists: conversations that are over, newest end first, by list and department, and by
 * list alone for those who see every department.
 */
#include "rows/projector.h"

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

/* over all departments */

static struct key list_all_key(const struct conv_place *p)
{
    return key_typed((uint8_t)p->list, ~p->end_pos);
}

static void list_all_apply_row(struct txn *tx, const struct conv_change *ch)
{
    struct key key = list_all_key(ch->now);

    if (ch->was != NULL) {
        struct key before = list_all_key(ch->was);

        if (memcmp(before.bytes, key.bytes, key.len) != 0)
            txn_del(tx, TABLE_LIST_ALL, &before);
    }
    txn_put_u64(tx, TABLE_LIST_ALL, &key, ch->conv);
}

static void list_all_reset(struct txn *tx)
{
    txn_clear(tx, TABLE_LIST_ALL);
}

const struct projector project_list_all = {
    .name = "list_all",
    .apply_row = list_all_apply_row,
    .reset = list_all_reset,
};
