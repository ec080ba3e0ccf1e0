/*
 * Templates that are kept elsewhere as text, parsed once for as long as they are in use.  Found by
 * their text, so that a change needs no word from anybody.
 */
#include <stdlib.h>

#include "deskbell/crypto.h"
#include "deskbell/mail.h"

struct slot {
    uint64_t hash;
    size_t len;
    uint64_t used; /* when, by the cache's own count; 0: free */
    struct tmpl *t;
    err_t err; /* it does not parse */
};

struct tmpl_cache {
    struct slot slots[TMPL_CACHE_MAX];
    uint64_t count; /* of uses so far */
};

struct tmpl_cache *tmpl_cache_new(void)
{
    return xcalloc(1, sizeof(struct tmpl_cache));
}

void tmpl_cache_free(struct tmpl_cache *cache)
{
    if (cache == NULL)
        return;
    for (size_t i = 0; i < TMPL_CACHE_MAX; i++)
        tmpl_free(cache->slots[i].t);
    free(cache);
}

/* The slot of this text, or the one that was used longest ago. */
static struct slot *slot_find(struct tmpl_cache *cache, uint64_t hash, size_t len)
{
    struct slot *oldest = &cache->slots[0];

    for (size_t i = 0; i < TMPL_CACHE_MAX; i++) {
        struct slot *s = &cache->slots[i];

        if (s->used > 0 && s->hash == hash && s->len == len)
            return s;
        if (s->used < oldest->used)
            oldest = s;
    }
    tmpl_free(oldest->t);
    *oldest = (struct slot){.hash = hash, .len = len};
    return oldest;
}

err_t tmpl_cache_find(struct tmpl_cache *cache, struct span text, const struct tmpl_schema *schema,
                      const struct tmpl **out, struct fault *f)
{
    struct slot *s = slot_find(cache, hash_u64(text, NULL), text.len);

    if (s->used == 0)
        s->err = tmpl_parse(text, schema, &s->t, f);
    s->used = ++cache->count;
    if (s->err == ERR_OK)
        *out = s->t;
    return s->err;
}
