/*
 * Canned replies in memory: found by id, by whose they are, and by their shortcut.  Texts are kept
 * as they were written; whoever looks for words in them folds them for himself.
 */
#include <stdlib.h>

#include "core_int.h"

struct xcanned *xcanned_find(const struct core *k, uint64_t id)
{
    struct onode *n = otree_find(&k->canned, id, 0, 0);

    return n != NULL ? container_of(n, struct xcanned, by_id) : NULL;
}

const struct canned *core_canned(const struct core *k, uint64_t id)
{
    const struct xcanned *x = xcanned_find(k, id);

    return x != NULL ? &x->c : NULL;
}

bool core_next_canned(const struct core *k, uint64_t *id)
{
    const struct onode *n = otree_at_least(&k->canned, *id + 1, 0, 0);

    if (n != NULL)
        *id = n->key[0];
    return n != NULL;
}

bool core_next_canned_of(const struct core *k, uint64_t owner, uint64_t *id)
{
    const struct onode *n = otree_at_least(&k->canned_of, owner, *id + 1, 0);

    if (n == NULL || n->key[0] != owner)
        return false;
    *id = n->key[1];
    return true;
}

uint64_t core_canned_stamp(const struct core *k)
{
    return k->canned_stamp;
}

uint64_t canned_owner(const struct canned *c)
{
    return c->agent != 0 ? c->agent : c->dept;
}

size_t canned_bytes(const struct canned *c)
{
    return strlen(c->title) + strlen(c->shortcut) + strlen(c->text);
}

struct xcanned *xcanned_new(uint64_t id)
{
    struct xcanned *x = xcalloc(1, sizeof(*x));

    x->c.id = id;
    x->c.title = xstrdup("");
    x->c.shortcut = xstrdup("");
    x->c.text = xstrdup("");
    return x;
}

void xcanned_free(struct xcanned *x)
{
    free(x->c.title);
    free(x->c.shortcut);
    free(x->c.text);
    free(x);
}

void canned_link(struct core *k, struct xcanned *x)
{
    const struct canned *c = &x->c;

    if (c->shortcut[0] != '\0')
        otree_put(&k->shortcuts, &x->by_shortcut, canned_owner(c),
                  hash_u64(span_of(c->shortcut), NULL), c->id);
    k->canned_bytes += canned_bytes(c);
    k->canned_stamp++;
}

void canned_unlink(struct core *k, struct xcanned *x)
{
    otree_del(&k->shortcuts, &x->by_shortcut);
    k->canned_bytes -= canned_bytes(&x->c);
    k->canned_stamp++;
}

void core_add_canned(struct core *k, struct xcanned *x)
{
    otree_put(&k->canned, &x->by_id, x->c.id, 0, 0);
    otree_put(&k->canned_of, &x->of_owner, canned_owner(&x->c), x->c.id, 0);
    canned_link(k, x);
}

void core_drop_canned(struct core *k, struct xcanned *x)
{
    canned_unlink(k, x);
    otree_del(&k->canned_of, &x->of_owner);
    otree_del(&k->canned, &x->by_id);
    xcanned_free(x);
}

static size_t rank_of(const struct otree *t, uint64_t owner)
{
    const struct onode *n = otree_at_least(t, owner, 0, 0);

    return n != NULL ? otree_rank(n) : otree_size(t);
}

size_t canned_count_of(const struct core *k, uint64_t owner)
{
    return rank_of(&k->canned_of, owner + 1) - rank_of(&k->canned_of, owner);
}

const struct canned *canned_by_shortcut(const struct core *k, uint64_t owner, struct span shortcut,
                                        uint64_t but)
{
    uint64_t hash = hash_u64(shortcut, NULL);
    const struct onode *n = otree_at_least(&k->shortcuts, owner, hash, 0);

    for (; n != NULL && n->key[0] == owner && n->key[1] == hash; n = otree_next(n)) {
        const struct canned *c = &container_of(n, struct xcanned, by_shortcut)->c;

        if (c->id != but && span_is(shortcut, c->shortcut))
            return c;
    }
    return NULL;
}
