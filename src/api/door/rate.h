/* How often somebody may ask: a token bucket for each key. */
#ifndef RATE_H
#define RATE_H

#include "deskbell/ipaddr.h"
#include "deskbell/map.h"

/* Zero-initialised is empty.  At most 65536 buckets: the one that was longest unused goes first. */
struct rate_bucket;
struct rate {
    struct map buckets;
    struct rate_bucket *oldest, *newest;
    size_t count;
};

/*
 * One of `per_period` in `period_ms` is taken, or `count` of them, or all where that is less;
 * false: there are not that many, nothing is taken, and *retry_ms says when there will be.  O(1).
 */
bool rate_take(struct rate *r, uint64_t key, unsigned per_period, int64_t period_ms, int64_t now_ms,
               int64_t *retry_ms);
bool rate_take_many(struct rate *r, uint64_t key, unsigned count, unsigned per_period,
                    int64_t period_ms, int64_t now_ms, int64_t *retry_ms);

/* The key of an address (of v6 its /64) or of a number, each for its own purpose. */
uint64_t rate_key_ip(const char *what, const struct ipaddr *ip);
uint64_t rate_key_id(const char *what, uint64_t id);

/* Frees all of it; r may be used again. */
void rate_fini(struct rate *r);

#endif
