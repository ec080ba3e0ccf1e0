/*
 * Whom a round of offers has asked: nobody is asked twice before everybody was asked once.  Beside
 * the list of a conversation stands an index of those of them who are free now, in the department's
 * own order, so that the first who was not asked is found by ranks alone.
 */
#include <stdlib.h>

#include "core_int.h"

/* One agent who was asked for one conversation. */
struct asked {
    struct xagent *agent;
    struct xconv *conv;
    const struct seat *seat;   /* while it is in the order below */
    struct asked *next, *prev; /* of the agent */
    struct onode by_agent;     /* in conv->asked_all */
    struct onode free;         /* in conv->asked_free, by the key of the seat in xdept.free */
};

bool asked_has(const struct xconv *x, uint64_t agent)
{
    return otree_find(&x->asked_all, agent, 0, 0) != NULL;
}

static void entry_place(struct asked *e)
{
    const struct agent *ag = &e->agent->a;
    const struct seat *s = agent_seat(e->agent, e->conv->c.dept);

    if (s != NULL && s->free.in) {
        e->seat = s;
        otree_move(&e->conv->asked_free, &e->free, s->free.key[0], s->free.key[1], ag->id);
    } else {
        e->seat = NULL;
        otree_del(&e->conv->asked_free, &e->free);
    }
}

void asked_place(struct xagent *x)
{
    for (struct asked *e = x->asked; e != NULL; e = e->next)
        entry_place(e);
}

static void entry_add(struct core *k, struct xconv *x, uint64_t agent)
{
    struct xagent *ag = xagent_find(k, agent);
    struct asked *e;

    if (ag == NULL || asked_has(x, agent))
        return;
    e = xcalloc(1, sizeof(*e));
    *e = (struct asked){.agent = ag, .conv = x, .next = ag->asked};
    if (e->next != NULL)
        e->next->prev = e;
    ag->asked = e;
    otree_put(&x->asked_all, &e->by_agent, agent, 0, 0);
    entry_place(e);
}

static void entry_del(struct asked *e)
{
    otree_del(&e->conv->asked_all, &e->by_agent);
    otree_del(&e->conv->asked_free, &e->free);
    if (e->next != NULL)
        e->next->prev = e->prev;
    if (e->prev != NULL)
        e->prev->next = e->next;
    else
        e->agent->asked = e->next;
    free(e);
}

void asked_forget(struct xconv *x)
{
    struct onode *n;

    while ((n = otree_first(&x->asked_all)) != NULL)
        entry_del(container_of(n, struct asked, by_agent));
}

void asked_clear(struct xconv *x)
{
    asked_forget(x);
    free(x->c.asked);
    x->c.asked = NULL;
    x->c.nasked = 0;
}

void asked_add(struct core *k, struct xconv *x, uint64_t agent)
{
    struct conv *cv = &x->c;

    if (asked_has(x, agent))
        asked_clear(x);
    cv->asked = xrealloc(cv->asked, (cv->nasked + 1) * sizeof(*cv->asked));
    cv->asked[cv->nasked++] = agent;
    entry_add(k, x, agent);
}

void asked_del(struct xconv *x, uint64_t agent)
{
    struct onode *n = otree_find(&x->asked_all, agent, 0, 0);
    struct conv *cv = &x->c;
    size_t kept = 0;

    if (n != NULL)
        entry_del(container_of(n, struct asked, by_agent));
    for (size_t i = 0; i < cv->nasked; i++)
        if (cv->asked[i] != agent)
            cv->asked[kept++] = cv->asked[i];
    cv->nasked = kept;
}

void asked_index(struct core *k, struct xconv *x)
{
    for (size_t i = 0; i < x->c.nasked; i++)
        entry_add(k, x, x->c.asked[i]);
}

/* Of the department's free seats, were all that come before this one, and itself, asked? */
static bool is_gapless(const struct onode *n, size_t place)
{
    return otree_rank(&container_of(n, struct asked, free)->seat->free) == place;
}

/* How many free seats, from the first on, were asked without a gap. */
static size_t asked_run(const struct xconv *x)
{
    const struct onode *n = otree_last(&x->asked_free);
    size_t size = otree_size(&x->asked_free), base = 0;

    if (n == NULL || is_gapless(n, size - 1))
        return size; /* as it is where everybody declines */
    for (n = x->asked_free.root; n != NULL;) {
        size_t place = base + (n->lo != NULL ? n->lo->size : 0);

        if (is_gapless(n, place)) {
            base = place + 1;
            n = n->hi;
        } else {
            n = n->lo;
        }
    }
    return base;
}

const struct seat *asked_pick(const struct xdept *d, const struct xconv *x, uint32_t *passed)
{
    size_t run = asked_run(x);

    ensure(run < otree_size(&d->free));
    *passed = (uint32_t)run;
    return container_of(otree_at(&d->free, run), struct seat, free);
}
