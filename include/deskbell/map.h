/* Maps of numbers to pointers.  Zero-initialised is empty; what the pointers point at is theirs. */
#ifndef DESKBELL_MAP_H
#define DESKBELL_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct map_slot;
struct map {
    struct map_slot *slots;
    size_t cap, used; /* used: how many are in it */
};

/* The value under this key, borrowed; NULL: none.  A key is never 0.  O(1), as are put and del. */
void *map_find(const struct map *m, uint64_t key);

/* Put or replace; value is not NULL. */
void map_put(struct map *m, uint64_t key, void *value);

/* Take out; it may be missing. */
void map_del(struct map *m, uint64_t key);

/*
 * All of them in no order: *at is 0 at first.  False: there was no further one.  Nothing may be put
 * or deleted between the calls.
 */
bool map_next(const struct map *m, size_t *at, uint64_t *key, void **value);

/* Frees the map, not the values; m may be used again. */
void map_fini(struct map *m);

#endif
