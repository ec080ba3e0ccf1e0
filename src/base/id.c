/* Ids as text, in order, and lists of them. */
#include "deskbell/id.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

err_t id_parse(struct span s, uint64_t *id)
{
    uint64_t v = 0;

    if (s.len == 0 || s.len > 19 || s.p[0] == '0')
        return ERR_INVAL;
    for (size_t i = 0; i < s.len; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return ERR_INVAL;
        v = v * 10 + (uint64_t)(s.p[i] - '0'); /* 19 digits fit into 64 bits */
    }
    if (v > INT64_MAX)
        return ERR_INVAL;
    *id = v;
    return ERR_OK;
}

void id_format(uint64_t id, char out[ID_TEXT])
{
    snprintf(out, ID_TEXT, "%" PRIu64, id);
}

void id_list_add(struct id_list *l, uint64_t id)
{
    if (l->n == l->cap) {
        l->cap = l->cap == 0 ? 16 : l->cap * 2;
        l->ids = xrealloc(l->ids, l->cap * sizeof(*l->ids));
    }
    l->ids[l->n++] = id;
}

bool id_list_has(const struct id_list *l, uint64_t id)
{
    for (size_t i = 0; i < l->n; i++)
        if (l->ids[i] == id)
            return true;
    return false;
}

void id_list_fini(struct id_list *l)
{
    free(l->ids);
    *l = (struct id_list){0};
}

static int id_up(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

static int id_down(const void *a, const void *b)
{
    return id_up(b, a);
}

void ids_sort_up(uint64_t *ids, size_t n)
{
    if (n > 0)
        qsort(ids, n, sizeof(ids[0]), id_up);
}

void ids_sort_down(uint64_t *ids, size_t n)
{
    if (n > 0)
        qsort(ids, n, sizeof(ids[0]), id_down);
}
