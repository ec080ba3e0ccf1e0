/*
 * Who of those who wait is offered next, how long the others rest, and where they may also go.  A
 * round asks everybody who is free once, then there is a pause before the next; one that rests
 * holds nobody back behind it.  After some time it may be the agents of a second department who are
 * asked, too: it stands in both queues by its own order until somebody takes it.
 */
#include "core_int.h"
#include "rules/rules.h"

enum desk conv_desk(const struct conv *cv, const struct dept *d)
{
    return cv->dept == d->id ? DESK_OWN : DESK_OVERFLOW;
}

/* The first of these whom somebody free has not been asked for in its round. */
static struct onode *first_to_ask(const struct xdept *d, const struct otree *t, enum desk desk)
{
    size_t nfree = otree_size(&d->free);

    for (struct onode *n = otree_first(t); n != NULL; n = otree_next(n)) {
        const struct xconv *x = desk == DESK_OWN ? container_of(n, struct xconv, waiting)
                                                 : container_of(n, struct xconv, guest);

        if (desk == DESK_OWN && conv_is_strict(x, d)
                ? otree_size(&x->asked_free[DESK_SKILLED]) < otree_size(conv_pool(x, d))
                : otree_size(&x->asked_free[desk]) < nfree)
            return n;
    }
    return NULL;
}

static bool goes_before(const struct onode *a, const struct onode *b)
{
    for (size_t i = 0; i < COUNT_OF(a->key); i++)
        if (a->key[i] != b->key[i])
            return a->key[i] < b->key[i];
    return false;
}

/*
 * One that closes takes no guests; its own go on.  What rings already comes in its place in line,
 * to ring at more.
 */
static struct xconv *next_of(const struct xdept *d, const struct onode **place)
{
    struct onode *own, *guest = NULL;
    struct xconv *rings, *next = NULL;

    *place = NULL;
    if (d->free.root == NULL || d->d.deleted)
        return NULL;
    if ((own = first_to_ask(d, &d->waiting, DESK_OWN)) != NULL) {
        next = container_of(own, struct xconv, waiting);
        *place = own;
    }
    if (dept_takes_chats(&d->d))
        guest = first_to_ask(d, &d->guests, DESK_OVERFLOW);
    if (guest != NULL && (own == NULL || goes_before(guest, own))) {
        next = container_of(guest, struct xconv, guest);
        *place = guest;
    }
    rings = ring_to_widen(d);
    if (rings != NULL && (next == NULL || goes_before(&rings->ringing, *place))) {
        next = rings;
        *place = &rings->ringing;
    }
    return next;
}

struct xconv *dept_next(const struct xdept *d)
{
    const struct onode *place;

    return next_of(d, &place);
}

bool dept_is_open(const struct xdept *d)
{
    return dept_takes_chats(&d->d) && d->seats[SEAT_FREE] + d->seats[SEAT_FULL] > 0;
}

static void open_place(struct core *k, struct xdept *d)
{
    const struct onode *n = otree_first(&d->left);

    if (n != NULL && dept_is_open(d))
        otree_move(&k->open, &d->open, n->key[0], n->key[1], n->key[2]);
    else
        otree_del(&k->open, &d->open);
}

/* At home it is asked for first: keys are unique, and the same one may be the next in both. */
void dept_place(struct core *k, struct xdept *d)
{
    const struct onode *n;
    const struct xconv *x = next_of(d, &n);

    open_place(k, d);
    if (x == NULL)
        otree_del(&k->ready, &d->ready);
    else
        otree_move(&k->ready, &d->ready, n->key[0], n->key[1],
                   2 * n->key[2] + conv_desk(&x->c, &d->d));
}

/* overflow */

int64_t conv_overflow_ms(const struct core *k, const struct conv *cv)
{
    const struct xdept *d = xdept_find(k, cv->dept);

    if ((cv->state != CONV_WAITING && cv->state != CONV_OFFERED) || cv->handed_dept != 0 ||
        cv->overflow != 0 || d->d.overflow == 0)
        return INT64_MAX;
    return conv_waits_since(cv) + d->d.overflow_ms;
}

/* It has the place there that it has at home. */
void overflow_link(struct core *k, struct xconv *x)
{
    struct xdept *d = xdept_find(k, x->c.overflow);

    if (d == NULL || !x->waiting.in)
        return;
    otree_put(&d->guests, &x->guest, x->waiting.key[0], x->waiting.key[1], x->waiting.key[2]);
    dept_place(k, d);
}

void overflow_unlink(struct core *k, struct xconv *x)
{
    struct xdept *d = xdept_find(k, x->c.overflow);

    if (d == NULL || !x->guest.in)
        return;
    otree_del(&d->guests, &x->guest);
    dept_place(k, d);
}

void overflow_set(struct core *k, struct xconv *x, uint64_t dept)
{
    overflow_unlink(k, x);
    x->c.overflow = dept;
    asked_replace(x);
    overflow_link(k, x);
}

void overflow_forget(struct core *k, uint64_t dept)
{
    for (struct onode *n = otree_first(&k->convs); n != NULL; n = otree_next(n)) {
        struct xconv *x = container_of(n, struct xconv, by_id);

        if (x->c.overflow == 0 || x->c.dept != dept)
            continue;
        overflow_set(k, x, 0);
        core_touch(k, OBJ_CONV, x->c.id);
    }
}

/* pauses */

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
