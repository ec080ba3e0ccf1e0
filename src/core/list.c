/* Which conversation is in which list of which agent, and how many are in each. */
#include "core_int.h"

static bool scope_is_own(const struct agent *ag)
{
    return ag->role != ROLE_ADMIN && ag->role != ROLE_LIGHT && ag->scope == SCOPE_OWN_UNASSIGNED;
}

bool core_in_list(const struct core *k, const struct agent *ag, enum list list,
                  const struct conv *cv)
{
    struct principal who = {.kind = BY_AGENT, .id = ag->id};

    if (rights_may(k, &who, ACT_SEE, cv, NULL) != ERR_OK)
        return false;
    switch (list) {
    case LIST_ALL:
        return conv_is_open(cv) || cv->state == CONV_ENDED || cv->state == CONV_MISSED;
    case LIST_MINE:
        return cv->state == CONV_ACTIVE && cv->agent == ag->id;
    case LIST_UNASSIGNED:
        return (cv->state == CONV_WAITING || cv->state == CONV_OFFERED) && ag->role != ROLE_LIGHT;
    case LIST_COMPLETED:
        return cv->state == CONV_ENDED;
    case LIST_MISSED:
        return cv->state == CONV_MISSED;
    case LIST_BLOCKED:
        return core_block_match(k, &cv->ip, k->time_ms) != NULL;
    case LIST_COUNT:
        break;
    }
    return false;
}

/* What one department has for a list, as all its members see it. */
static uint64_t dept_count(const struct xdept *x, enum list list)
{
    const struct dept *d = &x->d;

    switch (list) {
    case LIST_ALL:
        return (uint64_t)d->waiting_count + d->active_count + d->completed_count + d->missed_count;
    case LIST_UNASSIGNED:
        return d->waiting_count;
    case LIST_COMPLETED:
        return d->completed_count;
    case LIST_MISSED:
        return d->missed_count;
    default:
        return 0;
    }
}

/* Own conversations in departments that the agent is not (any longer) in. */
static uint64_t count_elsewhere(const struct xagent *x, enum list list)
{
    uint64_t count = 0;

    if (list == LIST_ALL)
        for (struct onode *n = otree_first(&x->held); n != NULL; n = otree_next(n)) {
            const struct conv *cv = &container_of(n, struct xconv, held)->c;

            count += agent_member(&x->a, cv->dept) == NULL;
        }
    if (list == LIST_COMPLETED || list == LIST_ALL)
        for (size_t i = 0; i < x->ndone; i++)
            if (agent_member(&x->a, x->done[i].dept) == NULL)
                count += x->done[i].count;
    return count;
}

/* An agent who sees own and unassigned ones. */
static uint64_t count_own(const struct xagent *x, enum list list)
{
    uint64_t count = 0;

    switch (list) {
    case LIST_COMPLETED:
        for (size_t i = 0; i < x->ndone; i++)
            count += x->done[i].count;
        return count;
    case LIST_UNASSIGNED:
    case LIST_MISSED:
        for (size_t i = 0; i < x->a.nmembers; i++)
            count += dept_count(x->seats[i]->dept, list);
        return count;
    case LIST_ALL:
        return x->a.active_count + count_own(x, LIST_UNASSIGNED) + count_own(x, LIST_COMPLETED) +
               count_own(x, LIST_MISSED);
    default:
        return 0;
    }
}

uint64_t core_list_count(const struct core *k, const struct agent *ag, enum list list)
{
    const struct xagent *x = xagent_find(k, ag->id);
    uint64_t count = 0;

    ensure(list != LIST_BLOCKED);
    if (x == NULL || ag->deleted || !ag->enabled)
        return 0;
    if (list == LIST_MINE)
        return ag->active_count;
    if (list == LIST_UNASSIGNED && ag->role == ROLE_LIGHT)
        return 0;
    if (scope_is_own(ag))
        return count_own(x, list);
    if (ag->role == ROLE_ADMIN) {
        for (struct onode *n = otree_first(&k->depts); n != NULL; n = otree_next(n))
            count += dept_count(container_of(n, struct xdept, by_id), list);
        return count;
    }
    for (size_t i = 0; i < ag->nmembers; i++)
        count += dept_count(x->seats[i]->dept, list);
    return count + count_elsewhere(x, list);
}
