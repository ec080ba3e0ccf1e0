/*
 * Conversations that are over by their tags: the stored lists once more, each tag by department and
 * over all, and how many rows there are of each.  A count changes with its row and never without,
 * so that being told twice is no matter.  Completed ones are counted by agent, too, who sees his
 * own where he sees no others.
 */
#include "rows/projector.h"

#include "deskbell/tlv.h"

#define AGENT_BIT 0x80 /* in a count's first byte: an agent's */

struct tagged_row {
    uint64_t conv, agent;
};

static bool row_get(struct txn *tx, const struct key *key, struct tagged_row *row)
{
    struct span payload;

    if (txn_get(tx, TABLE_TAGGED, key, &payload) != ERR_OK)
        return false;
    return tagged_row_decode(payload, &row->conv, &row->agent) == ERR_OK;
}

err_t tagged_row_decode(struct span payload, uint64_t *conv, uint64_t *agent)
{
    if (payload.len != 16)
        return ERR_CORRUPT;
    *conv = be64_get((const uint8_t *)payload.p);
    *agent = be64_get((const uint8_t *)payload.p + 8);
    return ERR_OK;
}

struct key tagged_count_key(enum list list, uint64_t tag, uint64_t dept, uint64_t agent)
{
    if (agent == 0)
        return key_typed2((uint8_t)list, tag, dept);
    return key_typed3((uint8_t)list | AGENT_BIT, tag, agent, dept);
}

size_t tagged_keys(const struct conv_place *p, struct key keys[TAGGED_KEYS_MAX])
{
    enum list box = p->box != BOX_NONE ? box_list(p->box) : LIST_COUNT;
    size_t n = 0;

    for (size_t i = 0; i < p->ntags; i++) {
        for (unsigned all = 0; all < 2; all++) {
            uint64_t dept = all != 0 ? 0 : p->dept;

            keys[n++] = key_typed3((uint8_t)p->list, p->tags[i], dept, ~p->end_pos);
            if (box != LIST_COUNT)
                keys[n++] = key_typed3((uint8_t)box, p->tags[i], dept,
                                       list_is_upward(box) ? p->end_pos : ~p->end_pos);
        }
    }
    return n;
}

static void count_add(struct txn *tx, const struct key *key, int by)
{
    uint64_t count = 0;

    if (txn_get_u64(tx, TABLE_TAG_COUNT, key, &count) != ERR_OK)
        count = 0; /* one that is not right is told, and made again by the check */
    if (by > 0)
        txn_put_u64(tx, TABLE_TAG_COUNT, key, count + 1);
    else if (count > 1)
        txn_put_u64(tx, TABLE_TAG_COUNT, key, count - 1);
    else
        txn_del(tx, TABLE_TAG_COUNT, key);
}

/* The counts of a row with this key. */
static void counts_add(struct txn *tx, const struct key *key, uint64_t agent, int by)
{
    enum list list = (enum list)key->bytes[0];
    uint64_t tag = be64_get(key->bytes + 1), dept = be64_get(key->bytes + 9);
    struct key count = tagged_count_key(list, tag, dept, 0);

    count_add(tx, &count, by);
    if (tagged_has_agent(list, dept, agent)) {
        count = tagged_count_key(list, tag, dept, agent);
        count_add(tx, &count, by);
    }
}

bool tagged_has_agent(enum list list, uint64_t dept, uint64_t agent)
{
    return list == LIST_COMPLETED && dept != 0 && agent != 0;
}

static void row_del(struct txn *tx, const struct key *key)
{
    struct tagged_row row;

    if (!row_get(tx, key, &row))
        return;
    counts_add(tx, key, row.agent, -1);
    txn_del(tx, TABLE_TAGGED, key);
}

static void row_put(struct txn *tx, const struct key *key, const struct tagged_row *now)
{
    struct tagged_row was;
    uint8_t bytes[16];

    if (row_get(tx, key, &was)) {
        if (was.conv == now->conv && was.agent == now->agent)
            return;
        counts_add(tx, key, was.agent, -1);
    }
    be64_put(bytes, now->conv);
    be64_put(bytes + 8, now->agent);
    txn_put(tx, TABLE_TAGGED, key, (struct span){(const char *)bytes, sizeof(bytes)});
    counts_add(tx, key, now->agent, 1);
}

static void tagged_apply_row(struct txn *tx, const struct conv_change *ch)
{
    struct key was[TAGGED_KEYS_MAX], now[TAGGED_KEYS_MAX];
    struct tagged_row row = {.conv = ch->conv, .agent = ch->now->agent};
    size_t nwas = ch->was != NULL ? tagged_keys(ch->was, was) : 0;
    size_t nnow = tagged_keys(ch->now, now);

    for (size_t i = 0; i < nwas; i++)
        if (!key_is_among(&was[i], now, nnow))
            row_del(tx, &was[i]);
    for (size_t i = 0; i < nnow; i++)
        row_put(tx, &now[i], &row);
}

static void tagged_reset(struct txn *tx)
{
    txn_clear(tx, TABLE_TAGGED);
    txn_clear(tx, TABLE_TAG_COUNT);
}

const struct projector project_tagged = {
    .name = "tagged",
    .apply_row = tagged_apply_row,
    .reset = tagged_reset,
};

err_t store_count_tagged(struct store *st, uint64_t tag, const struct count_part *parts, size_t n,
                         uint64_t *count)
{
    uint64_t sum = 0, one;
    struct txn tx;
    err_t err = txn_begin_read(&tx, st);

    if (err != ERR_OK)
        return err;
    for (size_t i = 0; i < n && err == ERR_OK; i++) {
        struct key key = tagged_count_key(parts[i].list, tag, parts[i].dept, parts[i].agent);

        if ((err = txn_get_u64(&tx, TABLE_TAG_COUNT, &key, &one)) == ERR_OK)
            sum += one;
        else if (err == ERR_NOTFOUND)
            err = ERR_OK;
    }
    if (err == ERR_OK)
        err = tx.err;
    txn_end_read(&tx);
    if (err == ERR_OK)
        *count = sum;
    return err;
}

/* Each once: those of completed ones, and of missed ones those that no completed one has. */
static size_t tags_walk(struct cursor *cur, struct txn *tx, enum list list, uint64_t *tags,
                        size_t room)
{
    uint64_t tag = 0, count;
    size_t n = 0;

    for (;;) {
        struct key key = key_typed2((uint8_t)list, tag, 0);
        struct key completed;

        if (cursor_seek(cur, &key, false) != ERR_OK || cur->key.len != key.len ||
            (uint8_t)cur->key.p[0] != list)
            break;
        tag = cursor_key_u64(cur, 1);
        completed = tagged_count_key(LIST_COMPLETED, tag, 0, 0);
        if (list == LIST_COMPLETED ||
            txn_get_u64(tx, TABLE_TAG_COUNT, &completed, &count) != ERR_OK) {
            if (n == room)
                break;
            tags[n++] = tag;
        }
        if (tag++ == UINT64_MAX)
            break;
    }
    return n;
}

err_t store_tags(struct store *st, uint64_t *tags, size_t *n)
{
    size_t room = *n, got;
    struct cursor cur;
    struct txn tx;
    err_t err = txn_begin_read(&tx, st);

    if (err != ERR_OK)
        return err;
    got = 0;
    if (cursor_open(&cur, &tx, TABLE_TAG_COUNT) == ERR_OK) {
        got = tags_walk(&cur, &tx, LIST_COMPLETED, tags, room);
        got += tags_walk(&cur, &tx, LIST_MISSED, tags + got, room - got);
    }
    cursor_close(&cur);
    err = tx.err;
    txn_end_read(&tx);
    if (err == ERR_OK)
        *n = got;
    return err;
}
