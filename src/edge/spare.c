/*
 * Who goes first when it is full.  A connection is a stranger's until somebody vouches for it:
 * those go, the ones that nobody misses first, and first of all those of addresses that hold more
 * than their share.  A part of the room is kept free of strangers' WebSockets, so that there is
 * always somebody who may go: agents, programs and questions for health get in.
 */
#include "edge_int.h"

#define LOOKS_MAX 32 /* into each list */
#define SHARE_PART 8 /* of all there is, for one address when it is full */
#define SHARE_MIN 2
#define RESERVE_PART 8
#define RESERVE_MAX 256

/* Nobody misses an idle one; the rest by how little it is likely to come to. */
static const enum wait_kind order[] = {WAIT_IDLE, WAIT_CLOSE,    WAIT_BODY,
                                       WAIT_HEAD, WAIT_STRANGER, WAIT_WRITE};

unsigned spare_reserve(const struct edge *e)
{
    unsigned part = e->conns_max / RESERVE_PART;

    return part < RESERVE_MAX ? part : RESERVE_MAX;
}

static bool is_greedy(const struct edge *e, const struct conn *c)
{
    unsigned share = e->conns_max / SHARE_PART;

    return visitor_conns(c) > (share > SHARE_MIN ? share : SHARE_MIN);
}

static bool is_ripe(struct conn *c)
{
    enum wait_kind kind = c->wait;

    return kind == WAIT_IDLE || kind == WAIT_CLOSE ||
           edge_now(c->edge) - conn_waits_since(c) >= c->edge->conf.spare_age_ms;
}

/* The oldest in the list that may go. */
static struct conn *list_pick(struct edge *e, enum wait_kind kind, bool greedy)
{
    unsigned looks = 0;
    struct conn *c;

    TAILQ_FOREACH (c, &e->waits[kind], wait_link) {
        if (++looks > LOOKS_MAX)
            break;
        if (c->rank != EDGE_STAFF && !c->is_line && (greedy ? is_greedy(e, c) : is_ripe(c)))
            return c;
    }
    return NULL;
}

bool spare_kill(struct edge *e)
{
    struct conn *c = NULL;

    for (int greedy = 1; greedy >= 0 && c == NULL; greedy--) {
        for (size_t i = 0; i < COUNT_OF(order) && c == NULL; i++)
            c = list_pick(e, order[i], greedy);
        if (greedy && c == NULL)
            c = list_pick(e, WAIT_WS, true);
    }
    if (c == NULL)
        return false;
    e->stats.spared++;
    conn_kill(c);
    return true;
}

bool spare_seat(struct edge *e)
{
    struct conn *c;

    if (e->nseats < e->conns_max - spare_reserve(e))
        return true;
    if ((c = list_pick(e, WAIT_STRANGER, true)) == NULL &&
        (c = list_pick(e, WAIT_STRANGER, false)) == NULL &&
        (c = list_pick(e, WAIT_WS, true)) == NULL)
        return false;
    e->stats.spared++;
    conn_kill(c);
    return true;
}
