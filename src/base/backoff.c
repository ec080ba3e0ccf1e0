/* See backoff.h. */
#include "deskbell/backoff.h"

#include "deskbell/err.h"

int64_t backoff_ms(const struct backoff *b, uint32_t attempts, uint32_t jitter)
{
    int64_t wait_ms = b->min_ms;

    ensure(attempts > 0 && b->min_ms >= 4);
    for (uint32_t i = 1; i < attempts && wait_ms < b->max_ms; i++)
        wait_ms *= 2;
    if (wait_ms > b->max_ms)
        wait_ms = b->max_ms;
    return wait_ms + (int64_t)(jitter % (uint32_t)(wait_ms / 4));
}
