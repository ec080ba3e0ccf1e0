/* Ids as text, and lists of them. */
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

void id_list_fini(struct id_list *l)
{
    free(l->ids);
    *l = (struct id_list){0};
}
