/*
 * Rows by tags, and their counts: each row is one that its conversation has, and each count is that
 * of its rows.  Those of one count stand behind each other, so that the counts are made again on
 * the way.
 */
#include "check/check_int.h"

#include "deskbell/map.h"
#include "deskbell/tlv.h"

struct run {
    struct check *ck;
    struct txn *tx;
    struct key key; /* of the rows that are being counted, without their place; len 0: none */
    uint64_t rows;
    struct map agents; /* how many of them are each agent's */
    uint64_t counts;   /* rows that there must be of counts */
};

static void count_look(struct run *run, uint64_t agent, uint64_t wanted)
{
    struct key key = tagged_count_key((enum list)run->key.bytes[0], be64_get(run->key.bytes + 1),
                                      be64_get(run->key.bytes + 9), agent);
    uint64_t found = 0;

    run->counts++;
    if (txn_get_u64(run->tx, TABLE_TAG_COUNT, &key, &found) == ERR_OK && found == wanted)
        return;
    check_say(run->ck, CHECK_INDEX, TABLE_TAG_COUNT, key_span(&key), true,
              "this tag is counted %llu times, and there are %llu rows", (unsigned long long)found,
              (unsigned long long)wanted);
    run->ck->tagged = true;
}

static void run_end(struct run *run)
{
    uint64_t agent;
    void *n;

    if (run->key.len != 0)
        count_look(run, 0, run->rows);
    for (size_t at = 0; map_next(&run->agents, &at, &agent, &n);)
        count_look(run, agent, (uint64_t)(uintptr_t)n);
    map_fini(&run->agents);
    run->key.len = 0;
    run->rows = 0;
}

static void row_look(struct run *run, const struct cursor *cur, uint64_t conv)
{
    struct key keys[TAGGED_KEYS_MAX], key = key_u64(conv);
    struct conv_place place;
    struct span payload;
    struct conv_row row;
    size_t n = 0;

    if (txn_get(run->tx, TABLE_CONV, &key, &payload) == ERR_OK &&
        conv_row_decode(payload, &row) == ERR_OK) {
        place = conv_row_place(&row);
        n = tagged_keys(&place, keys);
    }
    for (size_t i = 0; i < n; i++)
        if (span_eq(cur->key, key_span(&keys[i])))
            return;
    check_say(run->ck, CHECK_INDEX, TABLE_TAGGED, cur->key, true,
              "conversation %llu has not this tag in this place", (unsigned long long)conv);
    run->ck->tagged = true;
}

static void row_take(struct run *run, const struct cursor *cur)
{
    uint64_t conv, agent, n;

    if (cur->err != ERR_OK || cur->key.len != 25 ||
        tagged_row_decode(cur->payload, &conv, &agent) != ERR_OK)
        return; /* told as a row */
    if (run->key.len == 0 || memcmp(run->key.bytes, cur->key.p, run->key.len) != 0) {
        run_end(run);
        run->key.len = cur->key.len - 8;
        memcpy(run->key.bytes, cur->key.p, run->key.len);
    }
    run->rows++;
    if (tagged_has_agent((enum list)run->key.bytes[0], be64_get(run->key.bytes + 9), agent)) {
        n = (uint64_t)(uintptr_t)map_find(&run->agents, agent) + 1;
        map_put(&run->agents, agent, (void *)(uintptr_t)n);
    }
    row_look(run, cur, conv);
}

static void conv_look(struct check *ck, struct txn *tx, const struct cursor *cur)
{
    struct key keys[TAGGED_KEYS_MAX];
    struct conv_place place;
    struct conv_row row;
    size_t n;

    if (cur->err != ERR_OK || conv_row_decode(cur->payload, &row) != ERR_OK)
        return;
    place = conv_row_place(&row);
    n = tagged_keys(&place, keys);
    for (size_t i = 0; i < n; i++) {
        if (txn_has(tx, TABLE_TAGGED, &keys[i]))
            continue;
        check_say(ck, CHECK_INDEX, TABLE_TAGGED, key_span(&keys[i]), true,
                  "conversation %llu is missing under its tag",
                  (unsigned long long)cursor_key_u64(cur, 0));
        ck->tagged = true;
    }
}

/* All in one read: a count is of the moment of its rows. */
static err_t counts_check(struct check *ck)
{
    struct run run = {.ck = ck};
    struct key first = {.len = 1};
    uint64_t counts = 0;
    struct cursor cur;
    struct txn tx;
    err_t err = txn_begin_read(&tx, ck->st);

    if (err != ERR_OK)
        return err;
    run.tx = &tx;
    if (cursor_open(&cur, &tx, TABLE_TAGGED) == ERR_OK)
        for (err = cursor_seek(&cur, &first, false); err == ERR_OK; err = cursor_next(&cur))
            row_take(&run, &cur);
    cursor_close(&cur);
    run_end(&run);
    if (cursor_open(&cur, &tx, TABLE_TAG_COUNT) == ERR_OK)
        for (err = cursor_seek(&cur, &first, false); err == ERR_OK; err = cursor_next(&cur))
            counts++;
    cursor_close(&cur);
    err = tx.err;
    txn_end_read(&tx);
    if (err == ERR_OK && counts > run.counts) {
        check_say(ck, CHECK_INDEX, TABLE_TAG_COUNT, SPAN_NONE, true,
                  "%llu counts are of tags that nothing has",
                  (unsigned long long)(counts - run.counts));
        ck->tagged = true;
    }
    return err;
}

err_t check_tagged(struct check *ck)
{
    err_t err;

    if (table_is_missing(ck->st, TABLE_TAGGED))
        return ERR_OK;
    err = check_walk(ck, TABLE_CONV, conv_look);
    return err == ERR_OK ? counts_check(ck) : err;
}
