/*
 * Ordered trees: a treap whose nodes stand in the things that it orders, with ranks.  Nothing here
 * allocates; a node is in one tree at most.
 */
#include "core_int.h"

/* A node's place among its ancestors: from its key alone, so that equal sets have equal shapes. */
static uint32_t node_priority(const struct onode *n)
{
    uint64_t h = n->key[0] * 0x9e3779b97f4a7c15u;

    h = (h ^ (h >> 32) ^ n->key[1]) * 0xd6e8feb86659fd93u;
    h = (h ^ (h >> 32) ^ n->key[2]) * 0x9e3779b97f4a7c15u;
    return (uint32_t)(h >> 32);
}

static int key_compare(const uint64_t a[3], const uint64_t b[3])
{
    for (int i = 0; i < 3; i++)
        if (a[i] != b[i])
            return a[i] < b[i] ? -1 : 1;
    return 0;
}

static size_t size_of(const struct onode *n)
{
    return n != NULL ? n->size : 0;
}

static void resize(struct onode *n)
{
    n->size = (uint32_t)(1 + size_of(n->lo) + size_of(n->hi));
}

/* Put `to` where `from` hangs. */
static void replace_child(struct otree *t, struct onode *from, struct onode *to)
{
    struct onode *up = from->up;

    if (up == NULL)
        t->root = to;
    else if (up->lo == from)
        up->lo = to;
    else
        up->hi = to;
    if (to != NULL)
        to->up = up;
}

/* Lift a node over its parent; the order stays. */
static void rotate_up(struct otree *t, struct onode *n)
{
    struct onode *p = n->up;

    replace_child(t, p, n);
    if (p->lo == n) {
        p->lo = n->hi;
        if (p->lo != NULL)
            p->lo->up = p;
        n->hi = p;
    } else {
        p->hi = n->lo;
        if (p->hi != NULL)
            p->hi->up = p;
        n->lo = p;
    }
    p->up = n;
    resize(p);
    resize(n);
}

void otree_put(struct otree *t, struct onode *n, uint64_t a, uint64_t b, uint64_t c)
{
    struct onode *up = NULL, **link = &t->root;

    ensure(!n->in);
    *n = (struct onode){.key = {a, b, c}, .size = 1, .in = true};
    n->prio = node_priority(n);
    while (*link != NULL) {
        int order = key_compare(n->key, (*link)->key);

        ensure(order != 0);
        up = *link;
        up->size++;
        link = order < 0 ? &up->lo : &up->hi;
    }
    *link = n;
    n->up = up;
    while (n->up != NULL && n->up->prio < n->prio)
        rotate_up(t, n);
}

void otree_del(struct otree *t, struct onode *n)
{
    if (!n->in)
        return;
    while (n->lo != NULL || n->hi != NULL) {
        struct onode *up = n->lo;

        if (up == NULL || (n->hi != NULL && n->hi->prio > up->prio))
            up = n->hi;
        rotate_up(t, up);
    }
    for (struct onode *up = n->up; up != NULL; up = up->up)
        up->size--;
    replace_child(t, n, NULL);
    *n = (struct onode){.in = false};
}

void otree_move(struct otree *t, struct onode *n, uint64_t a, uint64_t b, uint64_t c)
{
    const uint64_t key[3] = {a, b, c};

    if (n->in && key_compare(n->key, key) == 0)
        return;
    otree_del(t, n);
    otree_put(t, n, a, b, c);
}

struct onode *otree_first(const struct otree *t)
{
    struct onode *n = t->root;

    while (n != NULL && n->lo != NULL)
        n = n->lo;
    return n;
}

struct onode *otree_last(const struct otree *t)
{
    struct onode *n = t->root;

    while (n != NULL && n->hi != NULL)
        n = n->hi;
    return n;
}

struct onode *otree_at(const struct otree *t, size_t rank)
{
    struct onode *n = t->root;

    while (n != NULL && rank != size_of(n->lo)) {
        if (rank < size_of(n->lo)) {
            n = n->lo;
        } else {
            rank -= size_of(n->lo) + 1;
            n = n->hi;
        }
    }
    return n;
}

struct onode *otree_next(const struct onode *n)
{
    struct onode *up;

    if (n->hi != NULL) {
        up = n->hi;
        while (up->lo != NULL)
            up = up->lo;
        return up;
    }
    for (up = n->up; up != NULL && up->hi == n; up = up->up)
        n = up;
    return up;
}

struct onode *otree_at_least(const struct otree *t, uint64_t a, uint64_t b, uint64_t c)
{
    const uint64_t key[3] = {a, b, c};
    struct onode *n = t->root, *best = NULL;

    while (n != NULL) {
        if (key_compare(n->key, key) < 0) {
            n = n->hi;
        } else {
            best = n;
            n = n->lo;
        }
    }
    return best;
}

struct onode *otree_find(const struct otree *t, uint64_t a, uint64_t b, uint64_t c)
{
    const uint64_t key[3] = {a, b, c};
    struct onode *n = otree_at_least(t, a, b, c);

    return n != NULL && key_compare(n->key, key) == 0 ? n : NULL;
}

size_t otree_size(const struct otree *t)
{
    return size_of(t->root);
}

size_t otree_rank(const struct onode *n)
{
    size_t rank = size_of(n->lo);

    for (; n->up != NULL; n = n->up)
        if (n->up->hi == n)
            rank += size_of(n->up->lo) + 1;
    return rank;
}
