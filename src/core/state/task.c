/*
 * Tasks in memory: found by id, by who is to do them and by what they are about, in the order in
 * which people look at them.
 */
#include <stdlib.h>

#include "core_int.h"

/* Order: by when they are due; those without a time; what is done, the newest first. */
#define ORDER_NEVER (UINT64_C(1) << 62)
#define ORDER_DONE (UINT64_C(1) << 63)

static uint64_t task_order(const struct task *t)
{
    if (t->done)
        return ORDER_DONE + (ORDER_NEVER - (uint64_t)t->done_ms);
    return t->due_ms != 0 ? (uint64_t)t->due_ms : ORDER_NEVER;
}

struct xtask *xtask_find(const struct core *k, uint64_t id)
{
    struct onode *n = otree_find(&k->tasks, id, 0, 0);

    return n != NULL ? container_of(n, struct xtask, by_id) : NULL;
}

const struct task *core_task(const struct core *k, uint64_t id)
{
    const struct xtask *x = xtask_find(k, id);

    return x != NULL ? &x->t : NULL;
}

bool core_next_task(const struct core *k, uint64_t *id)
{
    const struct onode *n = otree_at_least(&k->tasks, *id + 1, 0, 0);

    if (n != NULL)
        *id = n->key[0];
    return n != NULL;
}

const struct task *core_next_task_of(const struct core *k, uint64_t agent, const struct task *last)
{
    const struct onode *n =
        last != NULL ? otree_next(&container_of((struct task *)last, struct xtask, t)->of_agent)
                     : otree_at_least(&k->tasks_of, agent, 0, 0);

    return n != NULL && n->key[0] == agent ? &container_of(n, struct xtask, of_agent)->t : NULL;
}

const struct task *core_next_task_in(const struct core *k, uint64_t conv, const struct task *last)
{
    const struct onode *n =
        last != NULL ? otree_next(&container_of((struct task *)last, struct xtask, t)->of_conv)
                     : otree_at_least(&k->tasks_in, conv, 0, 0);

    return n != NULL && n->key[0] == conv ? &container_of(n, struct xtask, of_conv)->t : NULL;
}

static size_t rank_of(const struct otree *t, uint64_t owner, uint64_t order)
{
    const struct onode *n = otree_at_least(t, owner, order, 0);

    return n != NULL ? otree_rank(n) : otree_size(t);
}

size_t core_task_count(const struct core *k, uint64_t agent)
{
    return rank_of(&k->tasks_of, agent, ORDER_DONE) - rank_of(&k->tasks_of, agent, 0);
}

const struct task *task_open_at(const struct core *k, uint64_t agent, size_t at)
{
    const struct onode *n;

    if (at >= core_task_count(k, agent))
        return NULL;
    n = otree_at(&k->tasks_of, rank_of(&k->tasks_of, agent, 0) + at);
    return &container_of(n, struct xtask, of_agent)->t;
}

size_t task_count_in(const struct core *k, uint64_t conv)
{
    return rank_of(&k->tasks_in, conv + 1, 0) - rank_of(&k->tasks_in, conv, 0);
}

struct xtask *xtask_new(uint64_t id)
{
    struct xtask *x = xcalloc(1, sizeof(*x));

    x->t.id = id;
    x->t.title = xstrdup("");
    return x;
}

void xtask_free(struct xtask *x)
{
    free(x->t.title);
    free(x);
}

void task_link(struct core *k, struct xtask *x)
{
    const struct task *t = &x->t;
    uint64_t order = task_order(t);

    otree_put(&k->tasks_of, &x->of_agent, t->agent, order, t->id);
    otree_put(&k->tasks_in, &x->of_conv, t->conv, order, t->id);
    if (t->done)
        otree_put(&k->dues, &x->due, (uint64_t)(t->done_ms + TASK_KEEP_MS), DUE_TASK, t->id);
    else if (t->due_ms != 0 && !t->reminded)
        otree_put(&k->dues, &x->due, (uint64_t)t->due_ms, DUE_TASK, t->id);
}

void task_unlink(struct core *k, struct xtask *x)
{
    otree_del(&k->tasks_of, &x->of_agent);
    otree_del(&k->tasks_in, &x->of_conv);
    otree_del(&k->dues, &x->due);
}

void core_add_task(struct core *k, struct xtask *x)
{
    otree_put(&k->tasks, &x->by_id, x->t.id, 0, 0);
    task_link(k, x);
}

void core_drop_task(struct core *k, struct xtask *x)
{
    task_unlink(k, x);
    otree_del(&k->tasks, &x->by_id);
    xtask_free(x);
}
