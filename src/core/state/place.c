/*
 * What follows from the state of a thing: its place in the indexes, its counters, its deadline.
 * All of it can be made again from the images, and is, at the start.  Nothing is decided here.
 */
#include <stdlib.h>

#include "core_int.h"
#include "deskbell/id.h"
#include "rules/rules.h"

/* What may follow what in a conversation. */
static const uint8_t conv_next[CONV_STATE_COUNT] = {
    /* ACTIVE: by hand */
    [CONV_LEFT] = BIT(CONV_WAITING) | BIT(CONV_ACTIVE) | BIT(CONV_MISSED),
    [CONV_WAITING] = BIT(CONV_OFFERED) | BIT(CONV_ACTIVE) | BIT(CONV_MISSED), /* likewise */
    [CONV_OFFERED] = BIT(CONV_WAITING) | BIT(CONV_ACTIVE),
    [CONV_ACTIVE] = BIT(CONV_WAITING) | BIT(CONV_ENDED), /* WAITING: its agent is gone */
    [CONV_ENDED] = 0,
    [CONV_MISSED] = 0,
};

bool conv_may_become(const struct conv *cv, enum conv_state to)
{
    return (conv_next[cv->state] & BIT(to)) != 0;
}

/* The only writer of cv->state.  A move that the table lacks is our bug, so it stops the program.
 */
void conv_set_state(struct conv *cv, enum conv_state to, int64_t now_ms)
{
    ensure(to < CONV_STATE_COUNT);
    ensure(conv_may_become(cv, to));
    ensure(now_ms >= cv->since_ms);

    cv->state = to;
    cv->since_ms = now_ms;
}

/* Of nobody nothing is kept: what stood there before is gone. */
void conv_set_chosen(struct conv *cv, enum chosen how, const struct passed_agent *others, size_t n)
{
    cv->how = how;
    cv->nothers = n;
    free(cv->others);
    cv->others = n > 0 ? xmalloc(n * sizeof(*others)) : NULL;
    if (n > 0)
        memcpy(cv->others, others, n * sizeof(*others));
    else
        memset(cv->passed, 0, sizeof(cv->passed));
}

bool conv_is_open(const struct conv *cv)
{
    return cv->state != CONV_ENDED && cv->state != CONV_MISSED;
}

static bool has_agent(const struct conv *cv)
{
    return (cv->state == CONV_OFFERED && cv->agent != 0) || cv->state == CONV_ACTIVE;
}

static bool is_queued(const struct conv *cv)
{
    return cv->state == CONV_WAITING || cv->state == CONV_OFFERED;
}

int64_t conv_waits_since(const struct conv *cv)
{
    if (cv->returned_ms != 0)
        return cv->returned_ms;
    return cv->queued_ms != 0 ? cv->queued_ms : cv->rang_ms;
}

/* One that was missed has no agent's line; an older one that ended had an agent. */
bool conv_is_answered(const struct conv *cv)
{
    return cv->state == CONV_ENDED ? !cv->unanswered : cv->mailed_count > 0;
}

/* One that its agent has ended is nothing that he has to do any more, though it may be undone. */
bool conv_is_held(const struct conv *cv)
{
    return cv->state == CONV_ACTIVE && cv->ending_ms == 0;
}

enum box conv_box(const struct conv *cv)
{
    if (cv->state != CONV_MISSED)
        return BOX_NONE;
    if (cv->box != BOX_NONE)
        return cv->box;
    return cv->mailed_count > 0 ? BOX_ANSWERED : BOX_TO_ANSWER;
}

const struct dept *conv_entry(const struct core *k, const struct conv *cv)
{
    const struct xdept *x = xdept_find(k, cv->entry);

    return x != NULL ? &x->d : NULL;
}

/* agents */

bool agent_may_answer(const struct agent *ag)
{
    if (!ag->enabled || ag->deleted || ag->role == ROLE_LIGHT)
        return false;
    return ag->role != ROLE_CUSTOM || (ag->permissions & BIT(PERM_REPLY)) != 0;
}

bool agent_takes_offers(const struct agent *ag)
{
    return agent_may_answer(ag) && ag->connected && ag->status == STATUS_AVAILABLE;
}

size_t agent_member_at(const struct agent *ag, uint64_t dept)
{
    return id_place(ag->members, ag->nmembers, sizeof(ag->members[0]), dept);
}

const struct member *agent_member(const struct agent *ag, uint64_t dept)
{
    size_t at = agent_member_at(ag, dept);

    return at < ag->nmembers && ag->members[at].dept == dept ? &ag->members[at] : NULL;
}

size_t agent_done_at(const struct xagent *x, uint64_t dept)
{
    return id_place(x->done, x->ndone, sizeof(x->done[0]), dept);
}

struct done *agent_done(struct xagent *x, uint64_t dept)
{
    size_t at = agent_done_at(x, dept);

    if (at < x->ndone && x->done[at].dept == dept)
        return &x->done[at];
    x->done = xrealloc(x->done, (x->ndone + 1) * sizeof(*x->done));
    memmove(&x->done[at + 1], &x->done[at], (x->ndone - at) * sizeof(*x->done));
    x->ndone++;
    x->done[at] = (struct done){.dept = dept};
    return &x->done[at];
}

struct seat *agent_seat(const struct xagent *x, uint64_t dept)
{
    size_t at = agent_member_at(&x->a, dept);

    return at < x->a.nmembers && x->a.members[at].dept == dept ? x->seats[at] : NULL;
}

static enum seat_class seat_classify(const struct agent *ag, const struct member *m)
{
    if (!m->chat || !agent_may_answer(ag))
        return SEAT_NONE;
    if (!ag->connected || ag->status == STATUS_OFFLINE)
        return SEAT_OFFLINE;
    if (ag->status != STATUS_AVAILABLE)
        return SEAT_STATUS;
    if (ag->active_count + ag->offer_count >= ag->capacity)
        return SEAT_FULL;
    return SEAT_FREE;
}

/* Load over capacity, exact enough to tell all fractions up to CAPACITY_MAX apart. */
static uint64_t agent_load(const struct agent *ag)
{
    return ((uint64_t)(ag->active_count + ag->offer_count) << 20) / ag->capacity;
}

/* What a department goes by first: whose turn it is, or who has least to do, in tiers or not. */
static uint64_t seat_rank(const struct dept *d, const struct agent *ag, const struct member *m)
{
    switch (d->strategy) {
    case STRATEGY_ROUND_ROBIN:
        return ag->offered_pos;
    case STRATEGY_TIERS:
        return (uint64_t)m->tier << 56 | agent_load(ag);
    default:
        return agent_load(ag);
    }
}

static void seat_place(struct seat *s, const struct member *m)
{
    const struct agent *ag = &s->agent->a;
    struct xdept *d = s->dept;

    d->seats[s->class]--;
    s->class = seat_classify(ag, m);
    d->seats[s->class]++;
    if (s->class == SEAT_NONE || s->class == SEAT_FREE)
        otree_del(&d->others, &s->other);
    else if (!s->other.in || s->other.key[0] != s->class)
        otree_move(&d->others, &s->other, s->class, ag->id, 0);
    if (s->class == SEAT_FREE)
        otree_move(&d->free, &s->free, seat_rank(&d->d, ag, m), (uint64_t)ag->idle_since_ms,
                   ag->id);
    else
        otree_del(&d->free, &s->free);
    seat_pools_place(s);
}

/* Who has asked him is looked at before the departments: whether they can ask hangs on both. */
static void seats_place(struct core *k, struct xagent *x)
{
    for (size_t i = 0; i < x->a.nmembers; i++)
        seat_place(x->seats[i], &x->a.members[i]);
    asked_place(x);
    for (size_t i = 0; i < x->a.nmembers; i++)
        dept_place(k, x->seats[i]->dept);
}

int64_t agent_due_ms(const struct core *k, const struct xagent *x)
{
    const struct agent *ag = &x->a;

    if (ag->offer_count > 0 && !agent_takes_offers(ag))
        return DUE_NOW;
    if (ag->active_count == 0)
        return INT64_MAX;
    if (!agent_may_answer(ag))
        return DUE_NOW;
    return ag->connected ? INT64_MAX : ag->gone_ms + k->portal.grace_ms;
}

static void due_put(struct core *k, struct onode *n, int64_t due_ms, enum due_kind kind,
                    uint64_t id)
{
    if (due_ms == INT64_MAX)
        otree_del(&k->dues, n);
    else
        otree_move(&k->dues, n, (uint64_t)due_ms, kind, id);
}

void agent_place(struct core *k, struct xagent *x)
{
    seats_place(k, x);
    due_put(k, &x->due, agent_due_ms(k, x), DUE_AGENT, x->a.id);
}

void agent_seat_put(struct core *k, struct xagent *x, const struct member *m)
{
    struct agent *ag = &x->a;
    struct xdept *d = xdept_find(k, m->dept);
    size_t at = agent_member_at(ag, m->dept);

    if (d == NULL)
        return;
    if (at == ag->nmembers || ag->members[at].dept != m->dept) {
        size_t tail = ag->nmembers - at;

        ag->members = xrealloc(ag->members, (ag->nmembers + 1) * sizeof(*ag->members));
        x->seats = xrealloc(x->seats, (ag->nmembers + 1) * sizeof(struct seat *));
        memmove(&ag->members[at + 1], &ag->members[at], tail * sizeof(*ag->members));
        memmove(&x->seats[at + 1], &x->seats[at], tail * sizeof(struct seat *));
        ag->nmembers++;
        x->seats[at] = xcalloc(1, sizeof(struct seat));
        *x->seats[at] = (struct seat){.agent = x, .dept = d, .class = SEAT_NONE};
        d->seats[SEAT_NONE]++;
        seat_fit(x->seats[at]);
    }
    ag->members[at] = *m;
    seat_place(x->seats[at], m);
    asked_place(x);
    dept_place(k, d);
}

void agent_seat_del(struct core *k, struct xagent *x, uint64_t dept)
{
    struct agent *ag = &x->a;
    size_t at = agent_member_at(ag, dept), tail;
    struct seat *s;
    struct xdept *d;

    if (at == ag->nmembers || ag->members[at].dept != dept)
        return;
    s = x->seats[at];
    s->dept->seats[s->class]--;
    otree_del(&s->dept->free, &s->free);
    otree_del(&s->dept->others, &s->other);
    seat_pools_del(s);
    d = s->dept;
    seat_free(s); /* asked_place() below looks for no seat of this department any more */
    tail = --ag->nmembers - at;
    memmove(&ag->members[at], &ag->members[at + 1], tail * sizeof(*ag->members));
    memmove(&x->seats[at], &x->seats[at + 1], tail * sizeof(struct seat *));
    asked_place(x);
    dept_place(k, d);
}

void agent_index_link(struct core *k, struct xagent *x)
{
    if (x->a.link_until_ms != 0)
        otree_move(&k->links, &x->by_link, be64_get(x->a.link_hash), be64_get(x->a.link_hash + 8),
                   x->a.id);
    else
        otree_del(&k->links, &x->by_link);
}

/*
 * Decide refuses a second agent with an address.  After a record was lost to a bad disk there may
 * be one all the same: then the first keeps it.
 */
void agent_index_email(struct core *k, struct xagent *x)
{
    const struct onode *other = otree_find(&k->emails, x->a.email_hash, 0, 0);

    if (x->a.deleted || (other != NULL && other != &x->by_email))
        otree_del(&k->emails, &x->by_email);
    else
        otree_move(&k->emails, &x->by_email, x->a.email_hash, 0, 0);
}

/* who would be asked */

_Static_assert((int)STAND_FREE == (int)SEAT_FREE && (int)STAND_NONE == (int)SEAT_NONE,
               "a stand is a seat's class as others see it");

enum stand core_stand(const struct dept *d, const struct agent *ag)
{
    const struct xagent *x = container_of((struct agent *)ag, struct xagent, a);
    const struct seat *s = agent_seat(x, d->id);

    return s != NULL ? (enum stand)s->class : STAND_NONE;
}

/* Taken at once, it is the first one's without ringing. */
enum chosen chosen_of(const struct dept *d)
{
    static const enum chosen hows[] = {[STRATEGY_LEAST_BUSY] = CHOSEN_LEAST_BUSY,
                                       [STRATEGY_ROUND_ROBIN] = CHOSEN_TURN,
                                       [STRATEGY_TIERS] = CHOSEN_TIER,
                                       [STRATEGY_RING_ALL] = CHOSEN_LEAST_BUSY};

    return dept_rings(d) ? CHOSEN_RING : hows[d->strategy];
}

/* departments */

/* Returned ones first, then by the time of ringing. */
static void queue_key(const struct conv *cv, uint64_t key[3])
{
    key[0] = cv->returned_ms == 0;
    key[1] = (uint64_t)cv->rang_ms;
    key[2] = cv->id;
}

/* Private departments are not in the map that the visitors' door looks into. */
void dept_index_code(struct core *k, struct xdept *x)
{
    uint8_t raw[CODE_BYTES];
    size_t len;
    bool known = x->d.type == DEPT_PUBLIC && !x->d.deleted &&
                 b64url_decode(span_of(x->d.code), raw, sizeof(raw), &len) == ERR_OK &&
                 len == CODE_BYTES;

    if (known)
        otree_move(&k->codes, &x->by_code, be64_get(raw), be64_get(raw + 8), 0);
    else
        otree_del(&k->codes, &x->by_code);
}

/* Hours are looked at again when they may say something else: at once where they were set. */
void dept_index_due(struct core *k, struct xdept *x)
{
    bool has = !x->d.deleted && x->d.hours.week[0] != '\0';

    due_put(k, &x->due, has ? x->d.hours.look_ms : INT64_MAX, DUE_DEPT, x->d.id);
}

/* Who waits for a skill waits beside somebody free: not without an end. */
static bool waits_full(const struct xdept *x)
{
    return x->rules != NULL && otree_size(&x->waiting) >= (x->d.queue_max > 0 ? x->d.queue_max : 1);
}

enum dept_door core_door(const struct core *k, const struct dept *d)
{
    const struct xdept *x = container_of((struct dept *)d, struct xdept, d);

    (void)k;
    if (d->deleted || !d->enabled || !d->chat_on)
        return DOOR_CLOSED;
    if (d->hours.shut)
        return DOOR_OFFLINE;
    /*
     * Several may ring before the next offer is made; who has asked everybody takes no place.  What
     * rings at all reserves none, and needs one.
     */
    if (!waits_full(x) &&
        otree_size(&x->free) >
            otree_size(&x->ringing) +
                (x->ready.in ? otree_size(&x->waiting) + otree_size(&x->guests) : 0))
        return DOOR_OPEN;
    if (x->seats[SEAT_STATUS] + x->seats[SEAT_FULL] + x->seats[SEAT_FREE] == 0 ||
        d->waiting_count - d->left_waiting >= d->queue_max)
        return DOOR_OFFLINE;
    return DOOR_BUSY;
}

uint32_t core_queue_place(const struct core *k, const struct conv *cv, int64_t *eta_ms)
{
    const struct xconv *x = xconv_find(k, cv->id);
    const struct xdept *d = xdept_find(k, cv->dept);
    uint32_t place;

    *eta_ms = 0;
    if (x == NULL || d == NULL || !x->queue.in || cv->dept != cv->entry)
        return 0;
    place = (uint32_t)otree_rank(&x->queue) + 1;
    *eta_ms = (int64_t)place * d->d.wait_mean_ms;
    return place;
}

/* conversations */

static void earlier(int64_t *due_ms, enum conv_due *what, int64_t at_ms, enum conv_due kind)
{
    if (at_ms < *due_ms) {
        *due_ms = at_ms;
        *what = kind;
    }
}

/* It is kept for a department that may open; and not for ever. */
static void left_due(const struct dept *d, const struct conv *cv, int64_t *due_ms,
                     enum conv_due *what)
{
    if (d->deleted || !d->enabled || !d->chat_on)
        earlier(due_ms, what, DUE_NOW, CONVDUE_CLOSED);
    earlier(due_ms, what, d->left_routed ? cv->rang_ms + LEFT_KEPT_MS : DUE_NOW, CONVDUE_LEFT);
}

/* At one instant, what is looked at first here wins. */
int64_t conv_due_ms(const struct core *k, const struct xconv *x, enum conv_due *what)
{
    const struct conv *cv = &x->c;
    const struct xdept *d = xdept_find(k, cv->dept);
    int64_t due_ms = INT64_MAX;
    bool queued = is_queued(cv);
    bool handed = cv->handed_dept != 0;

    *what = CONVDUE_NONE;
    if (!conv_is_open(cv) || d == NULL)
        return INT64_MAX;
    if (x->doomed)
        earlier(&due_ms, what, DUE_NOW, CONVDUE_DOOMED);
    if (cv->ending_ms != 0) {
        earlier(&due_ms, what, cv->ending_ms, CONVDUE_ENDING);
        return due_ms; /* its end has a reason already */
    }
    if (cv->state == CONV_LEFT)
        left_due(&d->d, cv, &due_ms, what);
    if (queued && !handed && d->d.deleted)
        earlier(&due_ms, what, DUE_NOW, CONVDUE_DEPT);
    if (cv->seq >= CONV_LINES_MAX)
        earlier(&due_ms, what, DUE_NOW, CONVDUE_TOOBIG);
    if (queued && !handed)
        earlier(&due_ms, what, cv->wait_until_ms, CONVDUE_WAIT);
    if (!cv->visitor_here && cv->state != CONV_LEFT && !cv->left)
        earlier(&due_ms, what,
                cv->visitor_gone_ms +
                    (queued ? VISITOR_QUEUE_GRACE_MS : (int64_t)k->portal.visitor_grace_ms),
                CONVDUE_GONE);
    if (cv->state == CONV_OFFERED)
        earlier(&due_ms, what, cv->offer_until_ms, CONVDUE_OFFER);
    earlier(&due_ms, what, conv_overflow_ms(k, cv), CONVDUE_OVERFLOW);
    if (queued && cv->strict)
        earlier(&due_ms, what, cv->strict_until_ms, CONVDUE_RELAX);
    if (handed)
        earlier(&due_ms, what, d->d.deleted ? DUE_NOW : cv->wait_until_ms, CONVDUE_BACK);
    if (cv->state == CONV_ACTIVE && cv->left) /* there is no visitor whose silence would count */
        earlier(&due_ms, what, cv->since_ms + LEFT_KEPT_MS, CONVDUE_IDLE);
    else if (cv->state == CONV_ACTIVE && d->d.idle_ms > 0)
        earlier(&due_ms, what, cv->spoke_ms + d->d.idle_ms, CONVDUE_IDLE);
    return due_ms;
}

void conv_place(struct core *k, struct xconv *x)
{
    enum conv_due what;

    due_put(k, &x->due, conv_due_ms(k, x, &what), DUE_CONV, x->c.id);
    pause_place(k, x);
}

void conv_link(struct core *k, struct xconv *x)
{
    struct conv *cv = &x->c;
    struct xdept *d = xdept_find(k, cv->dept);
    struct xagent *ag = xagent_find(k, cv->agent);
    struct xagent *from = cv->handed_dept != 0 ? xagent_find(k, cv->handed_by) : NULL;
    uint64_t key[3], ip[2];

    if (!conv_is_open(cv))
        return;
    ensure(!x->linked && d != NULL && (ag != NULL || !has_agent(cv)));
    x->linked = true;
    x->pool = conv_find_pool(k, cv);
    queue_key(cv, key);
    ip_key(&cv->ip, ip);
    otree_put(&k->ips, &x->by_ip, ip[0], ip[1], cv->id);
    if (cv->state == CONV_WAITING && cv->handed_to == 0)
        otree_put(&d->waiting, &x->waiting, key[0], key[1], key[2]);
    overflow_link(k, x);
    ring_link(k, x, key);
    if (cv->state == CONV_LEFT)
        otree_put(&d->left, &x->left, key[0], key[1], key[2]);
    if (is_queued(cv) && cv->handed_to == 0)
        otree_put(&d->queue, &x->queue, key[0], key[1], key[2]);
    if (from != NULL)
        otree_put(&from->handed, &x->handed, key[0], key[1], key[2]);
    if (has_agent(cv))
        otree_put(&ag->held, &x->held, key[0], key[1], key[2]);
    d->d.left_count += cv->state == CONV_LEFT;
    d->d.waiting_count += is_queued(cv);
    d->d.left_waiting += is_queued(cv) && cv->left;
    d->d.active_count += cv->state == CONV_ACTIVE;
    if (has_agent(cv)) {
        ag->a.offer_count += cv->state == CONV_OFFERED;
        ag->a.active_count += conv_is_held(cv);
        agent_place(k, ag);
    }
    dept_place(k, d);
    conv_place(k, x);
}

void conv_unlink(struct core *k, struct xconv *x)
{
    struct conv *cv = &x->c;
    struct xdept *d = xdept_find(k, cv->dept);
    struct xagent *ag = xagent_find(k, cv->agent);

    if (!x->linked)
        return;
    x->linked = false;
    otree_del(&k->ips, &x->by_ip);
    otree_del(&k->dues, &x->due);
    otree_del(&k->pauses, &x->pause);
    otree_del(&d->waiting, &x->waiting);
    otree_del(&d->queue, &x->queue);
    otree_del(&d->left, &x->left);
    overflow_unlink(k, x);
    ring_unlink(k, x);
    if (x->handed.in)
        otree_del(&xagent_find(k, cv->handed_by)->handed, &x->handed);
    d->d.left_count -= cv->state == CONV_LEFT;
    d->d.waiting_count -= is_queued(cv);
    d->d.left_waiting -= is_queued(cv) && cv->left;
    d->d.active_count -= cv->state == CONV_ACTIVE;
    if (has_agent(cv)) {
        otree_del(&ag->held, &x->held);
        ag->a.offer_count -= cv->state == CONV_OFFERED;
        ag->a.active_count -= conv_is_held(cv);
        agent_place(k, ag);
    }
    dept_place(k, d);
}

/* Cost: all agents and open conversations; for the few settings that move deadlines. */
void core_place_all(struct core *k)
{
    for (struct onode *n = otree_first(&k->agents); n != NULL; n = otree_next(n))
        agent_place(k, container_of(n, struct xagent, by_id));
    for (struct onode *n = otree_first(&k->convs); n != NULL; n = otree_next(n))
        conv_place(k, container_of(n, struct xconv, by_id));
}
