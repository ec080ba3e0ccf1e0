/*
 * Whom a round of offers has asked: nobody is asked twice before everybody was asked once.  Beside
 * the list of a conversation stands an index of those of them who are free now, in the department's
 * own order, so that the first who was not asked is found by ranks alone.
 */
#include <stdlib.h>

#include "core_int.h"
#include "rules/rules.h"

bool asked_has(const struct xconv *x, uint64_t agent)
{
    return otree_find(&x->asked_all, agent, 0, 0) != NULL;
}

static void entry_place_at(struct asked *e, enum desk desk, uint64_t dept)
{
    const struct seat *s = dept != 0 ? agent_seat(e->agent, dept) : NULL;
    struct otree *t = &e->conv->asked_free[desk];
    bool skilled =
        desk != DESK_SKILLED || (s != NULL && e->conv->pool >= 0 && seat_fits(s, e->conv, s->dept));

    if (s != NULL && s->free.in && skilled) {
        e->free[desk].seat = s;
        otree_move(t, &e->free[desk].node, s->free.key[0], s->free.key[1], e->agent->a.id);
    } else {
        e->free[desk].seat = NULL;
        otree_del(t, &e->free[desk].node);
    }
}

static void entry_place(struct asked *e)
{
    entry_place_at(e, DESK_OWN, e->conv->c.dept);
    entry_place_at(e, DESK_OVERFLOW, e->conv->c.overflow);
    entry_place_at(e, DESK_SKILLED, e->conv->c.dept);
    ring_place(e);
}

void asked_replace(struct xconv *x)
{
    for (struct onode *n = otree_first(&x->asked_all); n != NULL; n = otree_next(n))
        entry_place(container_of(n, struct asked, by_agent));
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
    *e = (struct asked){.core = k, .agent = ag, .conv = x, .next = ag->asked};
    if (e->next != NULL)
        e->next->prev = e;
    ag->asked = e;
    otree_put(&x->asked_all, &e->by_agent, agent, 0, 0);
    entry_place(e);
}

static void entry_del(struct asked *e)
{
    otree_del(&e->conv->asked_all, &e->by_agent);
    otree_del(&e->core->unrung, &e->unrung);
    for (enum desk desk = 0; desk < DESK_COUNT; desk++)
        otree_del(&e->conv->asked_free[desk], &e->free[desk].node);
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

/* The seat that a node of one of these trees is for. */
static const struct seat *entry_seat(const struct onode *n, enum desk desk)
{
    switch (desk) {
    case DESK_OWN:
        return container_of(n, struct asked, free[DESK_OWN].node)->free[DESK_OWN].seat;
    case DESK_OVERFLOW:
        return container_of(n, struct asked, free[DESK_OVERFLOW].node)->free[DESK_OVERFLOW].seat;
    default:
        return container_of(n, struct asked, free[DESK_SKILLED].node)->free[DESK_SKILLED].seat;
    }
}

/* Of the department's free seats, were all that come before this one, and itself, asked? */
static bool is_gapless(const struct xconv *x, const struct onode *n, enum desk desk, size_t place)
{
    const struct seat *s = entry_seat(n, desk);

    return otree_rank(desk == DESK_SKILLED ? &s->pool[x->pool].node : &s->free) == place;
}

/* How many free seats, from the first on, were asked without a gap. */
size_t asked_run(const struct xconv *x, enum desk desk)
{
    const struct onode *n = otree_last(&x->asked_free[desk]);
    size_t size = otree_size(&x->asked_free[desk]), base = 0;

    if (n == NULL || is_gapless(x, n, desk, size - 1))
        return size; /* as it is where everybody declines */
    for (n = x->asked_free[desk].root; n != NULL;) {
        size_t place = base + (n->lo != NULL ? n->lo->size : 0);

        if (is_gapless(x, n, desk, place)) {
            base = place + 1;
            n = n->hi;
        } else {
            n = n->lo;
        }
    }
    return base;
}

uint64_t conv_met(const struct conv *cv)
{
    return cv->spoke_by != 0 ? cv->spoke_by : cv->met;
}

const struct seat *seat_met(const struct core *k, const struct xdept *d, const struct conv *cv)
{
    const struct xagent *ag =
        d->d.last_agent && cv->entry == d->d.id ? xagent_find(k, conv_met(cv)) : NULL;
    const struct seat *s = ag != NULL ? agent_seat(ag, d->d.id) : NULL;

    return s != NULL && s->free.in ? s : NULL;
}

/* Of those who have the skills, while one of them was not asked. */
static void pick_skilled(const struct xdept *d, const struct xconv *x, struct pick *pick)
{
    const struct otree *pool = conv_pool(x, d);
    size_t run = asked_run(x, DESK_SKILLED);

    pick->seat = container_of(otree_at(pool, run), struct seat_pool, node)->seat;
    pick->asked = (uint32_t)run;
    pick->later = (uint32_t)(otree_size(pool) - 1 - run);
    pick->lack = (uint32_t)(otree_size(&d->free) - otree_size(pool));
}

void asked_pick(const struct core *k, const struct xdept *d, const struct xconv *x,
                struct pick *pick)
{
    enum desk desk = conv_desk(&x->c, &d->d);
    const struct seat *met = seat_met(k, d, &x->c);
    const struct otree *pool = conv_pool(x, d);
    size_t nfree = otree_size(&d->free), asked = otree_size(&x->asked_free[desk]);

    if (met != NULL &&
        (asked_has(x, met->agent->a.id) || (conv_is_strict(x, d) && !seat_fits(met, x, d))))
        met = NULL;
    *pick = (struct pick){.met = met != NULL};
    pick->skilled =
        met == NULL && pool != NULL && otree_size(&x->asked_free[DESK_SKILLED]) < otree_size(pool);
    ensure(asked < nfree && (pick->met || pick->skilled || !conv_is_strict(x, d)));
    if (pick->skilled) {
        pick_skilled(d, x, pick);
        return;
    }
    if (pick->met) {
        pick->seat = met;
    } else {
        asked = asked_run(x, desk);
        pick->seat = container_of(otree_at(&d->free, asked), struct seat, free);
    }
    pick->asked = (uint32_t)asked;
    pick->later = (uint32_t)(nfree - 1 - asked);
}

size_t seats_others(const struct xdept *d, struct passed_agent *others, size_t n)
{
    static const struct {
        enum seat_class class;
        enum passed why;
    } rows[] = {
        {SEAT_FULL, PASSED_FULL}, {SEAT_STATUS, PASSED_STATUS}, {SEAT_OFFLINE, PASSED_OFFLINE}};

    for (size_t i = 0; i < COUNT_OF(rows); i++)
        for (struct onode *o = otree_at_least(&d->others, rows[i].class, 0, 0);
             o != NULL && o->key[0] == rows[i].class && n < OTHERS_MAX; o = otree_next(o))
            others[n++] = (struct passed_agent){o->key[1], rows[i].why};
    return n;
}

size_t seats_passed(const struct xdept *d, const struct xconv *x, const struct pick *pick,
                    struct passed_agent *others)
{
    bool before = !pick->met;
    size_t n = 0;

    for (struct onode *o = otree_first(&d->free); o != NULL && n < OTHERS_MAX; o = otree_next(o)) {
        const struct seat *s = container_of(o, struct seat, free);
        uint64_t id = s->agent->a.id;

        if (id == pick->seat->agent->a.id)
            before = false;
        else if (pick->skilled && !seat_fits(s, x, d))
            others[n++] = (struct passed_agent){id, PASSED_SKILL};
        else if (pick->met)
            others[n++] = (struct passed_agent){id, asked_has(x, id) ? PASSED_ASKED : PASSED_UNMET};
        else
            others[n++] = (struct passed_agent){id, before ? PASSED_ASKED : PASSED_BUSIER};
    }
    return seats_others(d, others, n);
}
