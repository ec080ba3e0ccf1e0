/* The heap: places are from 1, so that the parent of i is i/2 and 0 means none. */
#include "deskbell/heap.h"

#include <stdlib.h>

void heap_init(struct heap *h, bool (*before)(const struct heap_node *, const struct heap_node *))
{
    *h = (struct heap){.before = before};
}

void heap_fini(struct heap *h)
{
    free(h->nodes);
    *h = (struct heap){.before = h->before};
}

bool heap_has(const struct heap_node *node)
{
    return node->place != 0;
}

static void heap_put(struct heap *h, size_t place, struct heap_node *node)
{
    h->nodes[place] = node;
    node->place = place;
}

static void heap_rise(struct heap *h, struct heap_node *node)
{
    size_t at = node->place;

    while (at > 1 && h->before(node, h->nodes[at / 2])) {
        heap_put(h, at, h->nodes[at / 2]);
        at /= 2;
    }
    heap_put(h, at, node);
}

static void heap_sink(struct heap *h, struct heap_node *node)
{
    size_t at = node->place, child;

    while ((child = at * 2) <= h->count) {
        if (child < h->count && h->before(h->nodes[child + 1], h->nodes[child]))
            child++;
        if (!h->before(h->nodes[child], node))
            break;
        heap_put(h, at, h->nodes[child]);
        at = child;
    }
    heap_put(h, at, node);
}

void heap_push(struct heap *h, struct heap_node *node)
{
    ensure(node->place == 0);
    if (h->count + 2 > h->cap) {
        h->cap = h->cap != 0 ? h->cap * 2 : 16;
        h->nodes = xrealloc(h->nodes, h->cap * sizeof(struct heap_node *));
    }
    heap_put(h, ++h->count, node);
    heap_rise(h, node);
}

void heap_fix(struct heap *h, struct heap_node *node)
{
    ensure(node->place != 0 && h->nodes[node->place] == node);
    heap_rise(h, node);
    heap_sink(h, node);
}

void heap_remove(struct heap *h, struct heap_node *node)
{
    size_t place = node->place;
    struct heap_node *last = h->nodes[h->count];

    ensure(place != 0 && place <= h->count && h->nodes[place] == node);
    h->count--;
    node->place = 0;
    if (last != node) {
        heap_put(h, place, last);
        heap_fix(h, last);
    }
}

struct heap_node *heap_first(const struct heap *h)
{
    return h->count > 0 ? h->nodes[1] : NULL;
}

struct heap_node *heap_pop(struct heap *h)
{
    struct heap_node *node = heap_first(h);

    if (node != NULL)
        heap_remove(h, node);
    return node;
}
