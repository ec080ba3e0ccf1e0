/* Numbers to pointers: open addressing, linear probing, grown at three quarters. */
#include "deskbell/map.h"

#include <stdlib.h>

#include "deskbell/err.h"

struct map_slot {
    uint64_t key; /* 0: free */
    void *value;
};

static size_t slot_home(const struct map *m, uint64_t key)
{
    return (size_t)((key * 0x9E3779B97F4A7C15ULL) >> 20) & (m->cap - 1);
}

void *map_find(const struct map *m, uint64_t key)
{
    if (m->used == 0)
        return NULL;
    for (size_t i = slot_home(m, key);; i = (i + 1) & (m->cap - 1)) {
        if (m->slots[i].key == key)
            return m->slots[i].value;
        if (m->slots[i].key == 0)
            return NULL;
    }
}

static void map_grow(struct map *m)
{
    struct map bigger = {.cap = m->cap == 0 ? 16 : m->cap * 2};

    bigger.slots = xcalloc(bigger.cap, sizeof(*bigger.slots));
    for (size_t i = 0; i < m->cap; i++)
        if (m->slots[i].key != 0)
            map_put(&bigger, m->slots[i].key, m->slots[i].value);
    free(m->slots);
    *m = bigger;
}

void map_put(struct map *m, uint64_t key, void *value)
{
    ensure(key != 0 && value != NULL);
    if ((m->used + 1) * 4 > m->cap * 3)
        map_grow(m);
    for (size_t i = slot_home(m, key);; i = (i + 1) & (m->cap - 1)) {
        if (m->slots[i].key == key) {
            m->slots[i].value = value;
            return;
        }
        if (m->slots[i].key == 0) {
            m->slots[i] = (struct map_slot){key, value};
            m->used++;
            return;
        }
    }
}

void map_del(struct map *m, uint64_t key)
{
    size_t i, hole;

    if (m->used == 0)
        return;
    for (i = slot_home(m, key); m->slots[i].key != key; i = (i + 1) & (m->cap - 1))
        if (m->slots[i].key == 0)
            return;
    /* Close the gap: whatever follows and would not be found any more moves up. */
    hole = i;
    for (;;) {
        i = (i + 1) & (m->cap - 1);
        if (m->slots[i].key == 0)
            break;
        size_t home = slot_home(m, m->slots[i].key);
        if (((i - home) & (m->cap - 1)) >= ((i - hole) & (m->cap - 1))) {
            m->slots[hole] = m->slots[i];
            hole = i;
        }
    }
    m->slots[hole] = (struct map_slot){0};
    m->used--;
}

bool map_next(const struct map *m, size_t *at, uint64_t *key, void **value)
{
    for (; *at < m->cap; (*at)++) {
        const struct map_slot *s = &m->slots[*at];

        if (s->key == 0)
            continue;
        *key = s->key;
        *value = s->value;
        (*at)++;
        return true;
    }
    return false;
}

void map_fini(struct map *m)
{
    free(m->slots);
    *m = (struct map){0};
}
