/*
 * What is held until it is durable, in the order of the calls: answers, and what is shown to those
 * who watch.
 */
#include <stdlib.h>

#include "turn_int.h"

bool hold_pop(struct turn *t, struct held *h)
{
    if (t->held_count == 0)
        return false;
    *h = t->held[t->held_first];
    t->held_first = (t->held_first + 1) & (t->held_cap - 1);
    t->held_count--;
    return true;
}

void turn_hold(struct turn *t, turn_held_fn *fn, void *arg)
{
    if (t->held_count == t->held_cap) {
        size_t cap = t->held_cap == 0 ? 64 : t->held_cap * 2;
        struct held *held = xmalloc(cap * sizeof(held[0]));

        for (size_t i = 0; i < t->held_count; i++)
            held[i] = t->held[(t->held_first + i) & (t->held_cap - 1)];
        free(t->held);
        t->held = held;
        t->held_cap = cap;
        t->held_first = 0;
    }
    t->held[(t->held_first + t->held_count) & (t->held_cap - 1)] =
        (struct held){turn_folded_pos(t), t->row_batch, fn, arg};
    t->held_count++;
}

static bool held_is_durable(const struct turn *t, const struct held *h)
{
    return h->pos <= t->durable_pos && h->batch <= t->durable_batch;
}

bool hold_may_release(const struct turn *t)
{
    return t->held_count > 0 && (t->lost || held_is_durable(t, &t->held[t->held_first]));
}

void hold_release(struct turn *t)
{
    struct held h;

    for (size_t n = t->held_count; n > 0 && hold_may_release(t); n--) {
        if (!hold_pop(t, &h))
            break;
        h.fn(h.arg, held_is_durable(t, &h));
    }
}
