/*
 * At whom a conversation rings that is offered to several at once.  They hold no place for it: who
 * has none any more, or cannot answer, is found in one tree of all, and is asked no more.
 */
#include <stdlib.h>

#include "core_int.h"
#include "rules/rules.h"

bool conv_rings(const struct conv *cv)
{
    return cv->state == CONV_OFFERED && cv->agent == 0;
}

bool conv_rings_at(const struct conv *cv, uint64_t agent)
{
    for (size_t i = 0; i < cv->nrung; i++)
        if (cv->rung[i].agent == agent)
            return true;
    return false;
}

bool conv_is_offered_to(const struct conv *cv, uint64_t agent)
{
    return cv->state == CONV_OFFERED && agent != 0 &&
           (cv->agent == agent || (cv->agent == 0 && conv_rings_at(cv, agent)));
}

uint64_t conv_asks(const struct conv *cv)
{
    return cv->offered_by != 0 ? cv->offered_by : cv->dept;
}

const struct conv *core_rung_at(const struct core *k, uint64_t agent, size_t at)
{
    const struct xagent *x = xagent_find(k, agent);

    for (const struct asked *e = x != NULL ? x->asked : NULL; e != NULL; e = e->next)
        if (e->rung && at-- == 0)
            return &e->conv->c;
    return NULL;
}

static struct asked *asked_find(const struct xconv *x, uint64_t agent)
{
    struct onode *n = otree_find(&x->asked_all, agent, 0, 0);

    return n != NULL ? container_of(n, struct asked, by_agent) : NULL;
}

void ring_place(struct asked *e)
{
    const struct seat *s = e->rung ? agent_seat(e->agent, conv_asks(&e->conv->c)) : NULL;

    if (e->rung &&
        (s == NULL || !s->free.in || (e->conv->c.strict && !seat_fits(s, e->conv, s->dept))))
        otree_move(&e->core->unrung, &e->unrung, e->conv->c.id, e->agent->a.id, 0);
    else
        otree_del(&e->core->unrung, &e->unrung);
}

static void entry_ring(struct xconv *x, uint64_t agent, bool rings)
{
    struct asked *e = asked_find(x, agent);

    if (e == NULL)
        return;
    e->rung = rings;
    ring_place(e);
}

void ring_add(struct core *k, struct xconv *x, uint64_t agent, bool late)
{
    struct conv *cv = &x->c;

    if (xagent_find(k, agent) == NULL || conv_rings_at(cv, agent) || cv->nrung == RUNG_MAX)
        return;
    asked_del(x, agent);
    asked_add(k, x, agent);
    cv->rung = xrealloc(cv->rung, (cv->nrung + 1) * sizeof(*cv->rung));
    cv->rung[cv->nrung++] = (struct rung){.agent = agent, .late = late};
    entry_ring(x, agent, true);
}

void ring_del(struct xconv *x, uint64_t agent)
{
    struct conv *cv = &x->c;
    size_t kept = 0;

    entry_ring(x, agent, false);
    for (size_t i = 0; i < cv->nrung; i++)
        if (cv->rung[i].agent != agent)
            cv->rung[kept++] = cv->rung[i];
    cv->nrung = kept;
}

void ring_end(struct xconv *x)
{
    for (size_t i = 0; i < x->c.nrung; i++)
        entry_ring(x, x->c.rung[i].agent, false);
    free(x->c.rung);
    x->c.rung = NULL;
    x->c.nrung = 0;
}

void ring_link(struct core *k, struct xconv *x, const uint64_t key[3])
{
    struct xdept *d = conv_rings(&x->c) ? xdept_find(k, conv_asks(&x->c)) : NULL;

    if (d == NULL)
        return;
    otree_put(&d->ringing, &x->ringing, key[0], key[1], key[2]);
    dept_place(k, d);
}

void ring_unlink(struct core *k, struct xconv *x)
{
    struct xdept *d = x->ringing.in ? xdept_find(k, conv_asks(&x->c)) : NULL;

    if (d == NULL)
        return;
    otree_del(&d->ringing, &x->ringing);
    dept_place(k, d);
}

void ring_index(struct xconv *x)
{
    for (size_t i = 0; i < x->c.nrung && conv_rings(&x->c); i++)
        entry_ring(x, x->c.rung[i].agent, true);
}

bool ring_is_sound(const struct core *k, const struct conv *cv)
{
    for (size_t i = 0; i < cv->nrung; i++) {
        size_t at = 0;

        while (at < cv->nasked && cv->asked[at] != cv->rung[i].agent)
            at++;
        if (at == cv->nasked || xagent_find(k, cv->rung[i].agent) == NULL)
            return false;
    }
    return cv->nrung > 0;
}

bool dept_rings(const struct dept *d)
{
    return d->strategy == STRATEGY_RING_ALL && !d->auto_accept;
}

/* As long as its strategy is that, and while it takes guests, if it is one. */
struct xconv *ring_to_widen(const struct xdept *d)
{
    size_t nfree = otree_size(&d->free);

    if (!dept_rings(&d->d))
        return NULL;
    for (struct onode *n = otree_first(&d->ringing); n != NULL; n = otree_next(n)) {
        struct xconv *x = container_of(n, struct xconv, ringing);
        enum desk desk = conv_desk(&x->c, &d->d);

        if (desk == DESK_OVERFLOW && (x->c.overflow != d->d.id || !dept_takes_chats(&d->d)))
            continue;
        if (x->c.nrung < RUNG_MAX &&
            (conv_is_strict(x, d)
                 ? otree_size(&x->asked_free[DESK_SKILLED]) < otree_size(conv_pool(x, d))
                 : otree_size(&x->asked_free[desk]) < nfree))
            return x;
    }
    return NULL;
}

/* Of all who are free, or, while it is strict, of those who have the skills. */
static const struct seat *seat_of(const struct onode *o, bool strict)
{
    return strict ? container_of(o, struct seat_pool, node)->seat
                  : container_of(o, struct seat, free);
}

size_t ring_pick(const struct xdept *d, const struct xconv *x, uint64_t *agents, struct pick *pick)
{
    bool strict = conv_is_strict(x, d);
    enum desk desk = strict ? DESK_SKILLED : conv_desk(&x->c, &d->d);
    const struct otree *of = strict ? conv_pool(x, d) : &d->free;
    size_t nfree = otree_size(of), asked = otree_size(&x->asked_free[desk]), n = 0;
    size_t rings = conv_rings(&x->c) ? x->c.nrung : 0;
    const struct onode *o = otree_at(of, asked_run(x, desk));

    for (; o != NULL && rings + n < RUNG_MAX; o = otree_next(o)) {
        uint64_t id = seat_of(o, strict)->agent->a.id;

        if (!asked_has(x, id))
            agents[n++] = id;
    }
    ensure(n > 0);
    *pick = (struct pick){.skilled = strict,
                          .lack = (uint32_t)(otree_size(&d->free) - nfree),
                          .asked = (uint32_t)(asked - rings),
                          .later = (uint32_t)(nfree - asked - n)};
    return n;
}

size_t ring_passed(const struct xdept *d, const struct xconv *x, const uint64_t *agents, size_t n,
                   struct passed_agent *others)
{
    bool strict = conv_is_strict(x, d);
    size_t found = 0, at = 0;

    for (struct onode *o = otree_first(&d->free); o != NULL && found < OTHERS_MAX;
         o = otree_next(o)) {
        const struct seat *s = container_of(o, struct seat, free);
        uint64_t id = s->agent->a.id;

        if (at < n && agents[at] == id) /* in the same order */
            at++;
        else if (strict && !seat_fits(s, x, d))
            others[found++] = (struct passed_agent){id, PASSED_SKILL};
        else if (!conv_rings(&x->c) || !conv_rings_at(&x->c, id))
            others[found++] =
                (struct passed_agent){id, asked_has(x, id) ? PASSED_ASKED : PASSED_BUSIER};
    }
    return seats_others(d, others, found);
}
