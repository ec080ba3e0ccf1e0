/*
 * How many connections each visitor's address holds, and how much memory with what it has begun to
 * send.  An IPv6 network of /64 counts as one, since
 * one subscriber has all of it.  A proxy that is trusted is not counted for the sockets that it
 * opens; who is behind it is, and all of whom it names nobody are one visitor.  Nor are agents: an
 * office has one address.  So a few connections above the limit are let in until their first
 * request says whose they are; of more than a few, the oldest goes for the newest.
 */
#include <stdlib.h>

#include "deskbell/crypto.h"
#include "edge_int.h"

#define BUCKETS 4096

void visitors_resize(struct edge *e)
{
    if (e->visitors != NULL)
        return;
    random_fill(e->key, sizeof(e->key));
    e->nbuckets = BUCKETS;
    e->visitors = xcalloc(e->nbuckets, sizeof(*e->visitors));
}

static struct visitor **visitor_place(struct edge *e, const struct ipaddr *a)
{
    uint64_t h = hash_u64((struct span){(const char *)a->b, sizeof(a->b)}, e->key);
    struct visitor **at = &e->visitors[h % e->nbuckets];

    while (*at != NULL && memcmp((*at)->addr.b, a->b, sizeof(a->b)) != 0)
        at = &(*at)->next;
    return at;
}

static struct ipaddr network_of(const struct ipaddr *a)
{
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    struct ipaddr net = *a;

    if (memcmp(a->b, mapped, sizeof(mapped)) != 0)
        memset(net.b + 8, 0, 8);
    return net;
}

void visitors_uncount(struct conn *c)
{
    if (!c->is_counted)
        return;
    c->is_counted = false;

    struct visitor **at = visitor_place(c->edge, &c->counted), *v = *at;

    ensure(v != NULL && v->held_bytes >= c->held_bytes);
    v->held_bytes -= c->held_bytes;
    if (c->is_over) {
        TAILQ_REMOVE(&v->over, c, over_link);
        v->nover--;
        c->is_over = false;
    } else {
        ensure(v->count > 0);
        v->count--;
    }
    if (v->count + v->nover == 0) {
        *at = v->next;
        free(v);
    }
}

static struct visitor *visitor_get(struct edge *e, const struct ipaddr *net)
{
    struct visitor **at = visitor_place(e, net);

    if (*at == NULL) {
        *at = xcalloc(1, sizeof(**at));
        (*at)->addr = *net;
        TAILQ_INIT(&(*at)->over);
    }
    return *at;
}

bool visitors_count(struct conn *c, const struct ipaddr *a)
{
    struct edge *e = c->edge;
    struct ipaddr net = network_of(a);
    struct visitor *v;

    if (c->is_counted && !c->is_over && memcmp(&c->counted, &net, sizeof(net)) == 0)
        return true;
    visitors_uncount(c);
    v = visitor_get(e, &net);
    v->held_bytes += c->held_bytes;
    c->counted = net;
    c->is_counted = true;
    c->is_over = e->conf.conns_per_addr_max != 0 && v->count >= e->conf.conns_per_addr_max;
    if (c->is_over) {
        TAILQ_INSERT_TAIL(&v->over, c, over_link);
        v->nover++;
    } else {
        v->count++;
    }
    return !c->is_over;
}

struct conn *visitor_surplus(const struct conn *c)
{
    const struct visitor *v = c->is_over ? *visitor_place(c->edge, &c->counted) : NULL;

    return v != NULL && v->nover > OVER_PER_ADDR_MAX ? TAILQ_FIRST(&v->over) : NULL;
}

bool visitors_hold(struct conn *c, size_t bytes)
{
    size_t before = c->held_bytes;
    struct visitor *v;

    c->held_bytes = bytes;
    if (bytes == before || !c->is_counted)
        return true;
    v = *visitor_place(c->edge, &c->counted);
    v->held_bytes += bytes - before;
    return bytes < before || v->held_bytes <= HELD_PER_ADDR_MAX_BYTES || c->rank == EDGE_STAFF;
}

unsigned visitor_conns(const struct conn *c)
{
    const struct visitor *v = c->is_counted ? *visitor_place(c->edge, &c->counted) : NULL;

    return v != NULL ? v->count + v->nover : 0;
}

void visitors_free(struct edge *e)
{
    for (unsigned i = 0; i < e->nbuckets; i++)
        ensure(e->visitors[i] == NULL);
    free(e->visitors);
}
