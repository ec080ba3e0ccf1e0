/* Ids: 64-bit, never 0, decimal strings on the wire. */
#ifndef DESKBELL_ID_H
#define DESKBELL_ID_H

#include "deskbell/span.h"

#define ID_TEXT 21

/* Decimal without sign, blanks or leading zero, 1 to INT64_MAX.  ERR_INVAL otherwise. */
err_t id_parse(struct span s, uint64_t *id) MUST_CHECK;
void id_format(uint64_t id, char out[ID_TEXT]);

/* A growing list of ids.  Zero-initialised is empty. */
struct id_list {
    uint64_t *ids; /* owned */
    size_t n, cap;
};
void id_list_add(struct id_list *l, uint64_t id);
bool id_list_has(const struct id_list *l, uint64_t id); /* a look at each */
void id_list_fini(struct id_list *l);                   /* frees; l may be used again */

/* In place, the lowest or the highest first; `ids` may be NULL where n is 0.  O(n log n). */
void ids_sort_up(uint64_t *ids, size_t n);
void ids_sort_down(uint64_t *ids, size_t n);

/*
 * In rows of `size` bytes that each begin with an id and stand by it, lowest first: the place of
 * the first with this id or a higher one; n: there is none.  `rows` may be NULL where n is 0.
 * O(log n).
 */
static inline size_t id_place(const void *rows, size_t n, size_t size, uint64_t id)
{
    size_t lo = 0, hi = n;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;

        if (*(const uint64_t *)((const char *)rows + mid * size) < id)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

#endif
