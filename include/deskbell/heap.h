/*
 * A binary heap whose items know their place in it, so that any of them can be moved or removed in
 * O(log n).  It owns an array of pointers and nothing else.
 */
#ifndef DESKBELL_HEAP_H
#define DESKBELL_HEAP_H

#include "deskbell/err.h"

/* Inside the item; zero-initialise.  Get the item back with container_of(). */
struct heap_node {
    size_t place; /* 0: in no heap */
};

struct heap {
    struct heap_node **nodes; /* owned; nodes[0] is unused */
    size_t count, cap;
    bool (*before)(const struct heap_node *a, const struct heap_node *b);
};

/* `before` is a strict order.  For replays make it total: break ties by an id. */
void heap_init(struct heap *h, bool (*before)(const struct heap_node *, const struct heap_node *));
void heap_fini(struct heap *h); /* the items are the caller's and keep their places */

/*
 * Is the item in its heap; put it in, take it out, move it to where its key now belongs.  The heap
 * borrows the item until it is taken out.  O(log items); heap_has() is O(1).
 */
bool heap_has(const struct heap_node *node);
void heap_push(struct heap *h, struct heap_node *node);   /* not in a heap yet */
void heap_remove(struct heap *h, struct heap_node *node); /* in this heap */
void heap_fix(struct heap *h, struct heap_node *node);    /* its key has changed */

/* The first in order; heap_pop() takes it out. */
struct heap_node *heap_first(const struct heap *h); /* NULL: empty */
struct heap_node *heap_pop(struct heap *h);         /* NULL: empty */

#endif
