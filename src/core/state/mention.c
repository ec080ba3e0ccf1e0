/*
 * Mentions in memory: found by id, by who is mentioned, the newest first, and by the note that
 * mentions him.
 */
#include <stdlib.h>

#include "core_int.h"

struct xmention *xmention_find(const struct core *k, uint64_t id)
{
    struct onode *n = otree_find(&k->mentions, id, 0, 0);

    return n != NULL ? container_of(n, struct xmention, by_id) : NULL;
}

const struct mention *core_mention(const struct core *k, uint64_t id)
{
    const struct xmention *x = xmention_find(k, id);

    return x != NULL ? &x->m : NULL;
}

bool core_next_mention(const struct core *k, uint64_t *id)
{
    const struct onode *n = otree_at_least(&k->mentions, *id + 1, 0, 0);

    if (n != NULL)
        *id = n->key[0];
    return n != NULL;
}

const struct mention *core_next_mention_of(const struct core *k, uint64_t agent,
                                           const struct mention *last)
{
    const struct onode *n =
        last != NULL
            ? otree_next(&container_of((struct mention *)last, struct xmention, m)->of_agent)
            : otree_at_least(&k->mentions_of, agent, 0, 0);

    return n != NULL && n->key[0] == agent ? &container_of(n, struct xmention, of_agent)->m : NULL;
}

static size_t rank_of(const struct otree *t, uint64_t agent, uint64_t unread)
{
    const struct onode *n = otree_at_least(t, agent, unread, 0);

    return n != NULL ? otree_rank(n) : otree_size(t);
}

size_t core_mention_count(const struct core *k, uint64_t agent, bool unread)
{
    return rank_of(&k->mentions_read, agent + 1, 0) - rank_of(&k->mentions_read, agent, unread);
}

const struct mention *mention_in(const struct core *k, uint64_t pos, uint64_t agent)
{
    const struct onode *n = otree_find(&k->mentions_in, pos, agent, 0);

    return n != NULL ? &container_of(n, struct xmention, in_line)->m : NULL;
}

const struct mention *mention_to_go(const struct core *k, uint64_t agent)
{
    const struct onode *n = otree_at_least(&k->mentions_read, agent, 0, 0);

    return n != NULL && n->key[0] == agent ? &container_of(n, struct xmention, by_read)->m : NULL;
}

struct xmention *xmention_new(uint64_t id)
{
    struct xmention *x = xcalloc(1, sizeof(*x));

    x->m.id = id;
    return x;
}

void xmention_free(struct xmention *x)
{
    free(x);
}

void core_add_mention(struct core *k, struct xmention *x)
{
    const struct mention *m = &x->m;

    otree_put(&k->mentions, &x->by_id, m->id, 0, 0);
    otree_put(&k->mentions_of, &x->of_agent, m->agent, UINT64_MAX - m->id, 0);
    otree_put(&k->mentions_read, &x->by_read, m->agent, !m->read, m->id);
    otree_put(&k->mentions_in, &x->in_line, m->pos, m->agent, 0);
    if (m->due_ms != 0 && !m->read && !m->told)
        otree_put(&k->dues, &x->due, (uint64_t)m->due_ms, DUE_MENTION, m->id);
}

void core_drop_mention(struct core *k, struct xmention *x)
{
    otree_del(&k->mentions, &x->by_id);
    otree_del(&k->mentions_of, &x->of_agent);
    otree_del(&k->mentions_read, &x->by_read);
    otree_del(&k->mentions_in, &x->in_line);
    otree_del(&k->dues, &x->due);
    xmention_free(x);
}

void mention_read(struct core *k, struct xmention *x, int64_t now_ms)
{
    x->m.read = true;
    x->m.read_ms = now_ms;
    otree_del(&k->dues, &x->due);
    otree_move(&k->mentions_read, &x->by_read, x->m.agent, false, x->m.id);
}

void mention_told(struct core *k, struct xmention *x)
{
    x->m.told = true;
    otree_del(&k->dues, &x->due);
}
