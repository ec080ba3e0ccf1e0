/* Saved views in memory: found by id and by whose they are.  An owner's are few: gone through. */
#include <stdlib.h>

#include "core_int.h"

struct xsaved *xsaved_find(const struct core *k, uint64_t id)
{
    struct onode *n = otree_find(&k->saved, id, 0, 0);

    return n != NULL ? container_of(n, struct xsaved, by_id) : NULL;
}

const struct saved *core_saved(const struct core *k, uint64_t id)
{
    const struct xsaved *x = xsaved_find(k, id);

    return x != NULL ? &x->v : NULL;
}

bool core_next_saved(const struct core *k, uint64_t *id)
{
    const struct onode *n = otree_at_least(&k->saved, *id + 1, 0, 0);

    if (n != NULL)
        *id = n->key[0];
    return n != NULL;
}

bool core_next_saved_of(const struct core *k, uint64_t owner, uint64_t *id)
{
    const struct onode *n = otree_at_least(&k->saved_of, owner, *id + 1, 0);

    if (n == NULL || n->key[0] != owner)
        return false;
    *id = n->key[1];
    return true;
}

bool shows_are_sound(const uint32_t shows[SHOWS_COUNT])
{
    return shows[SHOWS_LIST] < LIST_COUNT && shows[SHOWS_FILTER] < FILTER_COUNT &&
           shows[SHOWS_SEARCH] <= 1 && shows[SHOWS_STATES] < STATES_COUNT &&
           shows[SHOWS_RATING] <= 5 && shows[SHOWS_DAYS] <= SEARCH_DAYS_MAX;
}

struct list_want saved_want(const struct saved *s)
{
    return (struct list_want){.list = (enum list)s->shows[SHOWS_LIST],
                              .filter = (enum filter)s->shows[SHOWS_FILTER],
                              .dept = s->of,
                              .tag = s->tag_key[0] != '\0' ? tag_hash(span_of(s->tag_key)) : 0};
}

struct xsaved *xsaved_new(uint64_t id)
{
    struct xsaved *x = xcalloc(1, sizeof(*x));

    x->v.id = id;
    x->v.name = xstrdup("");
    x->v.tag = xstrdup("");
    x->v.tag_key = xstrdup("");
    x->v.text = xstrdup("");
    x->v.contact = xstrdup("");
    return x;
}

void xsaved_free(struct xsaved *x)
{
    free(x->v.name);
    free(x->v.tag);
    free(x->v.tag_key);
    free(x->v.text);
    free(x->v.contact);
    free(x);
}

void core_add_saved(struct core *k, struct xsaved *x)
{
    otree_put(&k->saved, &x->by_id, x->v.id, 0, 0);
    otree_put(&k->saved_of, &x->of_owner, x->v.agent != 0 ? x->v.agent : x->v.dept, x->v.id, 0);
}

void core_drop_saved(struct core *k, struct xsaved *x)
{
    otree_del(&k->saved_of, &x->of_owner);
    otree_del(&k->saved, &x->by_id);
    xsaved_free(x);
}

static size_t rank_of(const struct otree *t, uint64_t owner)
{
    const struct onode *n = otree_at_least(t, owner, 0, 0);

    return n != NULL ? otree_rank(n) : otree_size(t);
}

size_t saved_count_of(const struct core *k, uint64_t owner)
{
    return rank_of(&k->saved_of, owner + 1) - rank_of(&k->saved_of, owner);
}

const struct saved *saved_by_name(const struct core *k, uint64_t owner, struct span name,
                                  uint64_t but)
{
    for (uint64_t id = 0; core_next_saved_of(k, owner, &id);)
        if (id != but && span_is(name, core_saved(k, id)->name))
            return core_saved(k, id);
    return NULL;
}
