/* Custom roles in memory: few, so they are gone through. */
#include <stdlib.h>

#include "core_int.h"

struct xrole *xrole_find(const struct core *k, uint64_t id)
{
    struct onode *n = otree_find(&k->roles, id, 0, 0);

    return n != NULL ? container_of(n, struct xrole, by_id) : NULL;
}

const struct custom_role *core_role(const struct core *k, uint64_t id)
{
    const struct xrole *x = xrole_find(k, id);

    return x != NULL ? &x->r : NULL;
}

bool core_next_role(const struct core *k, uint64_t *id)
{
    const struct onode *n = otree_at_least(&k->roles, *id + 1, 0, 0);

    if (n != NULL)
        *id = n->key[0];
    return n != NULL;
}

size_t core_role_agents(const struct core *k, uint64_t role, uint64_t *first)
{
    size_t n = 0;

    *first = 0;
    for (uint64_t id = 0; core_next_agent(k, &id);)
        if (core_agent(k, id)->custom_role == role && n++ == 0)
            *first = id;
    return n;
}

struct xrole *xrole_new(uint64_t id)
{
    struct xrole *x = xcalloc(1, sizeof(*x));

    x->r.id = id;
    x->r.name = xstrdup("");
    return x;
}

void xrole_free(struct xrole *x)
{
    free(x->r.name);
    free(x);
}

void core_add_role(struct core *k, struct xrole *x)
{
    otree_put(&k->roles, &x->by_id, x->r.id, 0, 0);
}

void core_drop_role(struct core *k, struct xrole *x)
{
    otree_del(&k->roles, &x->by_id);
    xrole_free(x);
}

const struct custom_role *role_by_name(const struct core *k, struct span name, uint64_t but)
{
    for (uint64_t id = 0; core_next_role(k, &id);)
        if (id != but && span_is(name, core_role(k, id)->name))
            return core_role(k, id);
    return NULL;
}
