/*
 * The newest commands of a conversation, by which a repeated one finds its first answer: a ring
 * that takes the room that it needs, however it came to be.
 */
#include <stdlib.h>

#include "core_int.h"

/* Room for twice as many whenever it is used up. */
static struct recent *recent_grow(struct recent *r)
{
    uint32_t count = r == NULL ? 0 : r->count;

    if (count != 0 && (count == RECENT_MAX || (count & (count - 1)) != 0))
        return r;
    r = xrealloc(r, sizeof(*r) + (count == 0 ? 1 : 2 * (size_t)count) * sizeof(r->items[0]));
    if (count == 0)
        *r = (struct recent){0};
    return r;
}

void recent_push(struct conv *cv, const struct recent_item *item)
{
    struct recent *r = cv->recent = recent_grow(cv->recent);

    if (r->count < RECENT_MAX) {
        r->items[r->count++] = *item;
    } else {
        r->items[r->next] = *item;
        r->next = (r->next + 1) % RECENT_MAX;
    }
}

const struct recent_item *recent_find(const struct conv *cv, uint64_t cid)
{
    const struct recent *r = cv->recent;

    for (uint32_t i = 0; r != NULL && i < r->count; i++)
        if (r->items[i].cid == cid)
            return &r->items[i];
    return NULL;
}
