/*
 * Where in the journal a time stands.  Records are in the order of their times, for the turn's
 * clock never goes back, so that it is found by halves.
 */
#include "store_int.h"

/* The first record at or behind `pos` that can be read; false: there is none. */
static bool moment_look(struct cursor *cur, uint64_t *pos, int64_t *time_ms)
{
    struct key key = key_u64(*pos);
    err_t err = cursor_seek(cur, &key, false);

    for (; err == ERR_OK; err = cursor_next(cur)) {
        struct rec rec;

        *pos = cursor_key_u64(cur, 0);
        if (cur->err == ERR_OK && rec_decode(*pos, cur->payload, SPAN_NONE, &rec) == ERR_OK) {
            *time_ms = rec.time_ms;
            return true;
        }
    }
    return false;
}

/* In (low, high] is the first of the moment or later, if there is one at all. */
static uint64_t moment_find(struct cursor *cur, int64_t ms)
{
    uint64_t low = 0, high = 0;

    if (cursor_last(cur) == ERR_OK)
        high = cursor_key_u64(cur, 0) + 1;
    while (high - low > 1) {
        uint64_t middle = low + (high - low) / 2, pos = middle;
        int64_t time_ms;

        if (moment_look(cur, &pos, &time_ms) && time_ms < ms)
            low = pos;
        else
            high = middle;
    }
    return high;
}

err_t store_find_moment(struct store *st, int64_t ms, uint64_t *pos)
{
    struct cursor cur;
    struct txn tx;
    uint64_t found = 0;
    err_t err = txn_begin_read(&tx, st);

    if (err != ERR_OK)
        return err;
    if (cursor_open(&cur, &tx, TABLE_JOURNAL) == ERR_OK)
        found = moment_find(&cur, ms);
    cursor_close(&cur);
    err = tx.err;
    txn_end_read(&tx);
    if (err == ERR_OK)
        *pos = found;
    return err;
}
