/*
 * The stored lists: conversations that are over, newest end first, by list and department, and by
 * list alone for those who see every department.  Missed ones stand in the list of their box, too,
 * and those that are to be answered are found by their visitor's address.
 */
#include "rows/projector.h"

bool key_is_among(const struct key *key, const struct key *keys, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (keys[i].len == key->len && memcmp(keys[i].bytes, key->bytes, key->len) == 0)
            return true;
    return false;
}

static void rows_apply(struct txn *tx, enum table table, const struct conv_change *ch)
{
    struct key was[PLACE_KEYS_MAX], now[PLACE_KEYS_MAX];
    bool all = table == TABLE_LIST_ALL;
    size_t nnow = conv_place_keys(ch->conv, ch->now, all, now);
    size_t nwas = ch->was != NULL ? conv_place_keys(ch->conv, ch->was, all, was) : 0;

    for (size_t i = 0; i < nwas; i++)
        if (!key_is_among(&was[i], now, nnow))
            txn_del(tx, table, &was[i]);
    for (size_t i = 0; i < nnow; i++)
        txn_put_u64(tx, table, &now[i], ch->conv);
}

static void list_apply_row(struct txn *tx, const struct conv_change *ch)
{
    rows_apply(tx, TABLE_LIST, ch);
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

static void list_all_apply_row(struct txn *tx, const struct conv_change *ch)
{
    rows_apply(tx, TABLE_LIST_ALL, ch);
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
