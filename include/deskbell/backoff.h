/* How long to wait before something that failed is tried again.  The caller brings the dice. */
#ifndef DESKBELL_BACKOFF_H
#define DESKBELL_BACKOFF_H

#include <stdint.h>

/* One user's schedule: the first wait, doubled with each attempt, up to the last. */
struct backoff {
    int64_t min_ms; /* at least 4 */
    int64_t max_ms;
};

/*
 * The wait after this many attempts that failed (1 and up), and up to a quarter of it more by
 * `jitter` (any number, for each job another): only later, never earlier, and those that fell
 * together do not stay together.  Cost: the doublings.
 */
int64_t backoff_ms(const struct backoff *b, uint32_t attempts, uint32_t jitter);

#endif
