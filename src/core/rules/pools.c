/*
 * Who fits a rule: of a department's free seats, beside the tree of all of them, one tree for each
 * of its rules, in the same order.  So whoever is next with the skills is found as fast as anybody.
 */
#include <stdlib.h>

#include "rules.h"

void seat_fit(struct seat *s)
{
    const struct rules *r = s->dept->rules;
    size_t n = r != NULL ? r->n : 0;

    if (s->npool != n) {
        free(s->pool);
        s->pool = n > 0 ? xcalloc(n, sizeof(*s->pool)) : NULL;
        s->npool = n;
    }
    s->fits = 0;
    for (size_t i = 0; i < n; i++) {
        s->pool[i].seat = s;
        if (skills_have(span_of(s->agent->a.skills), r->rule[i].skills))
            s->fits |= BIT(i);
    }
}

void seat_pools_del(struct seat *s)
{
    for (size_t i = 0; i < s->npool; i++)
        otree_del(&s->dept->rules->rule[i].pool, &s->pool[i].node);
}

void seat_free(struct seat *s)
{
    free(s->pool);
    free(s);
}

void seat_pools_place(struct seat *s)
{
    for (size_t i = 0; i < s->npool; i++) {
        struct otree *t = &s->dept->rules->rule[i].pool;

        if (s->free.in && (s->fits & BIT(i)) != 0)
            otree_move(t, &s->pool[i].node, s->free.key[0], s->free.key[1], s->free.key[2]);
        else
            otree_del(t, &s->pool[i].node);
    }
}

static void convs_place(struct core *k, struct xdept *d)
{
    for (struct onode *n = otree_first(&k->convs); n != NULL; n = otree_next(n)) {
        struct xconv *x = container_of(n, struct xconv, by_id);

        if (x->c.dept != d->d.id || !conv_is_open(&x->c))
            continue;
        x->pool = rules_pool(d->rules, span_of(x->c.skills));
        asked_replace(x);
    }
    dept_place(k, d);
}

/* Cost: all agents and open conversations, and only where rules are changed. */
void pools_set(struct core *k, struct xdept *d)
{
    struct rules *now;

    if (rules_parse(span_of(d->d.rules), &now, NULL) != ERR_OK)
        now = NULL; /* as before there were any; decide lets none of these through */
    for (struct onode *n = otree_first(&k->agents); n != NULL; n = otree_next(n)) {
        struct seat *s = agent_seat(container_of(n, struct xagent, by_id), d->d.id);

        if (s != NULL)
            seat_pools_del(s);
    }
    rules_free(d->rules);
    d->rules = now;
    for (struct onode *n = otree_first(&k->agents); n != NULL; n = otree_next(n)) {
        struct seat *s = agent_seat(container_of(n, struct xagent, by_id), d->d.id);

        if (s == NULL)
            continue;
        free(s->pool);
        s->pool = NULL;
        s->npool = 0;
        seat_fit(s);
        seat_pools_place(s);
    }
    convs_place(k, d);
}

void pools_agent(struct core *k, struct xagent *x)
{
    for (size_t i = 0; i < x->a.nmembers; i++) {
        seat_pools_del(x->seats[i]);
        seat_fit(x->seats[i]);
    }
    agent_place(k, x);
}

int conv_find_pool(const struct core *k, const struct conv *cv)
{
    const struct xdept *d = xdept_find(k, cv->dept);

    return d != NULL ? rules_pool(d->rules, span_of(cv->skills)) : -1;
}

const struct otree *conv_pool(const struct xconv *x, const struct xdept *d)
{
    if (x->pool < 0 || x->c.dept != d->d.id || d->rules == NULL)
        return NULL;
    return &d->rules->rule[x->pool].pool;
}

bool conv_is_strict(const struct xconv *x, const struct xdept *d)
{
    return x->c.strict && conv_pool(x, d) != NULL;
}

bool seat_fits(const struct seat *s, const struct xconv *x, const struct xdept *d)
{
    return conv_pool(x, d) == NULL || (s->fits & BIT(x->pool)) != 0;
}
