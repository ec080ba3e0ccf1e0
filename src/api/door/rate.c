/*
 * How often somebody may ask: a token bucket for each key, made when first used.  The number of
 * buckets is bounded; the one that was longest unused goes first, and a full one means the same as
 * none, so that forgetting errs in the stranger's favour only after he was quiet.
 */
#include "api_int.h"

#define BUCKETS_MAX 65536

struct rate_bucket {
    uint64_t key;
    int64_t level_milli; /* thousandths of a token */
    int64_t at_ms;
    struct rate_bucket *older, *newer;
};

static void bucket_unlink(struct rate *r, struct rate_bucket *b)
{
    if (b->older != NULL)
        b->older->newer = b->newer;
    else
        r->oldest = b->newer;
    if (b->newer != NULL)
        b->newer->older = b->older;
    else
        r->newest = b->older;
}

static void bucket_append(struct rate *r, struct rate_bucket *b)
{
    b->newer = NULL;
    b->older = r->newest;
    if (r->newest != NULL)
        r->newest->newer = b;
    else
        r->oldest = b;
    r->newest = b;
}

static struct rate_bucket *bucket_get(struct rate *r, uint64_t key, unsigned per_period,
                                      int64_t now_ms)
{
    struct rate_bucket *b = map_find(&r->buckets, key);

    if (b != NULL) {
        bucket_unlink(r, b);
        bucket_append(r, b);
        return b;
    }
    if (r->count == BUCKETS_MAX) {
        b = r->oldest;
        bucket_unlink(r, b);
        map_del(&r->buckets, b->key);
    } else {
        b = xcalloc(1, sizeof(*b));
        r->count++;
    }
    b->key = key;
    b->level_milli = (int64_t)per_period * 1000;
    b->at_ms = now_ms;
    map_put(&r->buckets, key, b);
    bucket_append(r, b);
    return b;
}

bool rate_take_many(struct rate *r, uint64_t key, unsigned count, unsigned per_period,
                    int64_t period_ms, int64_t now_ms, int64_t *retry_ms)
{
    int64_t wanted = (int64_t)(count < per_period ? count : per_period) * 1000;
    struct rate_bucket *b = bucket_get(r, key, per_period, now_ms);
    int64_t full = (int64_t)per_period * 1000;
    int64_t gone_ms = now_ms > b->at_ms ? now_ms - b->at_ms : 0;

    if (gone_ms > period_ms)
        gone_ms = period_ms;
    int64_t gained = gone_ms * full / period_ms;
    if (gained > 0) {
        b->level_milli += gained;
        b->at_ms = now_ms;
    }
    if (b->level_milli > full) /* also where the rate is lower than it was */
        b->level_milli = full;
    if (b->level_milli < wanted) {
        *retry_ms = (wanted - b->level_milli) * period_ms / full + 1;
        return false;
    }
    b->level_milli -= wanted;
    return true;
}

bool rate_take(struct rate *r, uint64_t key, unsigned per_period, int64_t period_ms, int64_t now_ms,
               int64_t *retry_ms)
{
    return rate_take_many(r, key, 1, per_period, period_ms, now_ms, retry_ms);
}

static uint64_t rate_key(const char *what, const void *p, size_t len)
{
    uint8_t text[64];
    size_t n = strlen(what);

    ensure(n + len <= sizeof(text));
    memcpy(text, what, n);
    memcpy(text + n, p, len);
    uint64_t key = hash_u64((struct span){(const char *)text, n + len}, NULL);
    return key != 0 ? key : 1;
}

uint64_t rate_key_ip(const char *what, const struct ipaddr *ip)
{
    struct ipprefix net;

    ipprefix_of(ip, &net);
    return rate_key(what, net.addr.b, net.bits / 8);
}

uint64_t rate_key_id(const char *what, uint64_t id)
{
    return rate_key(what, &id, sizeof(id));
}

void rate_fini(struct rate *r)
{
    for (struct rate_bucket *b = r->oldest, *next; b != NULL; b = next) {
        next = b->newer;
        free(b);
    }
    map_fini(&r->buckets);
    *r = (struct rate){0};
}
