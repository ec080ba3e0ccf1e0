/* Agents' pictures by their names: the state has no more of them than that. */
#include <inttypes.h>
#include <stdio.h>

#include "core_int.h"

void agent_index_picture(struct core *k, struct xagent *x)
{
    if (x->a.picture_pos != 0)
        otree_move(&k->pictures, &x->by_picture, x->a.picture[0], x->a.picture[1], x->a.id);
    else
        otree_del(&k->pictures, &x->by_picture);
}

const struct agent *core_agent_by_picture(const struct core *k, const uint64_t name[2])
{
    struct onode *n = otree_at_least(&k->pictures, name[0], name[1], 0);

    return n != NULL && n->key[0] == name[0] && n->key[1] == name[1]
               ? &container_of(n, struct xagent, by_picture)->a
               : NULL;
}

void picture_name_format(const uint64_t name[2], char out[PICTURE_NAME])
{
    snprintf(out, PICTURE_NAME, "%016" PRIx64 "%016" PRIx64, name[0], name[1]);
}

bool picture_name_parse(struct span text, uint64_t name[2])
{
    uint64_t read[2] = {0};

    if (text.len != PICTURE_NAME - 1)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        const char *digits = "0123456789abcdef", *at = strchr(digits, text.p[i]);

        if (at == NULL || text.p[i] == '\0')
            return false;
        read[i / 16] = read[i / 16] << 4 | (uint64_t)(at - digits);
    }
    memcpy(name, read, sizeof(read));
    return true;
}
