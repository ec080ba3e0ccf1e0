/*
 * Who of those who wait is offered next, and how long the others rest: a round asks everybody who
 * is free once, then there is a pause before the next.  One that rests holds nobody back behind it.
 */
#include "core_int.h"

/* Is somebody free whom its round has not asked? */
static bool conv_can_ask(const struct xdept *d, const struct xconv *x)
{
    return otree_size(&x->asked_free) < otree_size(&d->free);
}

struct xconv *dept_next(const struct xdept *d)
{
    if (d->free.root == NULL || d->d.deleted)
        return NULL;
    for (struct onode *n = otree_first(&d->waiting); n != NULL; n = otree_next(n)) {
        struct xconv *x = container_of(n, struct xconv, waiting);

        if (conv_can_ask(d, x))
            return x;
    }
    return NULL;
}

void dept_place(struct core *k, struct xdept *d)
{
    const struct xconv *x = dept_next(d);

    if (x == NULL)
        otree_del(&k->ready, &d->ready);
    else
        otree_move(&k->ready, &d->ready, x->waiting.key[0], x->waiting.key[1], x->waiting.key[2]);
}

/* Doubled with each round, up to the limit. */
static int64_t pause_of(const struct dept *d, uint32_t rounds)
{
    int64_t ms = d->pause_ms;

    while (rounds-- > 0 && ms > 0 && ms < d->pause_max_ms)
        ms *= 2;
    return ms < d->pause_max_ms ? ms : d->pause_max_ms;
}

/* Since it waits again: since the last one who was asked has let it go. */
int64_t conv_pause_ms(const struct core *k, const struct xconv *x)
{
    const struct conv *cv = &x->c;
    const struct xdept *d = xdept_find(k, cv->dept);

    if (cv->state != CONV_WAITING || cv->nasked == 0 || d == NULL)
        return INT64_MAX;
    return cv->since_ms + pause_of(&d->d, cv->rounds);
}

void pause_place(struct core *k, struct xconv *x)
{
    int64_t until_ms = x->waiting.in ? conv_pause_ms(k, x) : INT64_MAX;

    if (until_ms == INT64_MAX)
        otree_del(&k->pauses, &x->pause);
    else
        otree_move(&k->pauses, &x->pause, (uint64_t)until_ms, x->c.id, 0);
}
