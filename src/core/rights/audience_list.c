/* What lists hold for whom, and how many are in them; by the rights in audience.c. */
#include "core_int.h"

bool filter_holds(enum filter filter, const struct conv *cv)
{
    switch (filter) {
    case FILTER_NONE:
        return true;
    case FILTER_OPEN:
        return conv_is_open(cv);
    case FILTER_UNREPLIED:
        return conv_is_open(cv) && cv->visitor_last;
    case FILTER_REPLIED:
        return conv_is_open(cv) && !cv->visitor_last;
    case FILTER_COUNT:
        break;
    }
    return false;
}

bool list_has_open(enum list list)
{
    return list == LIST_ALL || list == LIST_MINE || list == LIST_UNASSIGNED || list == LIST_BLOCKED;
}

/* Whoever may only look is not told of those that wait for somebody to take them. */
static bool has_unassigned(const struct reader *r)
{
    return r->kind == READER_ALL || r->agent->role != ROLE_LIGHT;
}

static bool is_mine(const struct reader *r, const struct conv *cv)
{
    if (r->agent == NULL)
        return false;
    if (cv->handed_dept != 0) /* until somebody has taken it, it may come back */
        return cv->handed_by == r->agent->id;
    return cv->state == CONV_ACTIVE && cv->agent == r->agent->id;
}

static bool list_has(const struct reader *r, enum list list, const struct conv *cv)
{
    switch (list) {
    case LIST_ALL:
        return conv_is_open(cv) || cv->state == CONV_ENDED || cv->state == CONV_MISSED;
    case LIST_MINE:
        return is_mine(r, cv);
    case LIST_UNASSIGNED:
        return conv_is_open(cv) && cv->state != CONV_ACTIVE && has_unassigned(r);
    case LIST_COMPLETED:
        return cv->state == CONV_ENDED;
    case LIST_MISSED:
        return cv->state == CONV_MISSED;
    case LIST_BLOCKED:
        return core_block_match(r->core, &cv->ip, r->core->time_ms) != NULL;
    case LIST_TO_ANSWER:
    case LIST_ANSWERED:
    case LIST_PUT_AWAY:
        return box_list(conv_box(cv)) == list;
    case LIST_COUNT:
        break;
    }
    return false;
}

bool audience_in_list(const struct reader *r, const struct list_want *want, const struct conv *cv)
{
    if (r->kind != READER_ALL && r->kind != READER_AGENT)
        return false;
    return (want->dept == 0 || want->dept == cv->dept) && filter_holds(want->filter, cv) &&
           (want->tag == 0 || conv_has_tag(cv, want->tag)) && audience_sees(r, cv) &&
           list_has(r, want->list, cv);
}

/* counting */

/* What one department has for a list that nobody holds: whoever is a member sees these. */
static uint64_t dept_open_count(const struct xdept *x, enum list list)
{
    switch (list) {
    case LIST_ALL:
        return x->d.left_count + x->d.waiting_count + x->d.missed_count;
    case LIST_UNASSIGNED:
        return x->d.left_count + x->d.waiting_count;
    case LIST_MISSED:
        return x->d.missed_count;
    case LIST_TO_ANSWER:
        return x->d.missed_count - x->d.answered_count - x->d.put_away_count;
    case LIST_ANSWERED:
        return x->d.answered_count;
    case LIST_PUT_AWAY:
        return x->d.put_away_count;
    default:
        return 0;
    }
}

/* What it has for a list at all. */
static uint64_t dept_count(const struct xdept *x, enum list list)
{
    uint64_t count = dept_open_count(x, list);

    if (list == LIST_ALL)
        count += x->d.active_count;
    if (list == LIST_ALL || list == LIST_COMPLETED)
        count += x->d.completed_count;
    return count;
}

static uint64_t count_whole(const struct reader *r, const struct list_want *want)
{
    uint64_t count = 0;

    for (struct onode *n = otree_first(&r->core->depts); n != NULL; n = otree_next(n))
        if (want->dept == 0 || n->key[0] == want->dept)
            count += dept_count(container_of(n, struct xdept, by_id), want->list);
    return count;
}

/* Chats that the agent holds; `elsewhere`: in departments that he is not in. */
static uint64_t count_held(const struct xagent *x, const struct list_want *want, bool elsewhere)
{
    uint64_t count = 0;

    for (struct onode *n = otree_first(&x->held); n != NULL; n = otree_next(n)) {
        const struct conv *cv = &container_of(n, struct xconv, held)->c;

        count += cv->state == CONV_ACTIVE && (want->dept == 0 || want->dept == cv->dept) &&
                 filter_holds(want->filter, cv) &&
                 (!elsewhere || agent_member(&x->a, cv->dept) == NULL);
    }
    return count;
}

/* Those of departments that he is not in which are offered to him, for they may also go to his. */
static uint64_t count_offered(const struct xagent *x, const struct list_want *want)
{
    uint64_t count = 0;

    if (x->a.role == ROLE_LIGHT)
        return 0;
    for (const struct asked *e = x->asked; e != NULL; e = e->next)
        count += e->rung && (want->dept == 0 || want->dept == e->conv->c.dept) &&
                 filter_holds(want->filter, &e->conv->c) &&
                 agent_member(&x->a, e->conv->c.dept) == NULL;
    if (x->a.offer_count == 0)
        return count;
    for (struct onode *n = otree_first(&x->held); n != NULL; n = otree_next(n)) {
        const struct conv *cv = &container_of(n, struct xconv, held)->c;

        count += cv->state == CONV_OFFERED && (want->dept == 0 || want->dept == cv->dept) &&
                 filter_holds(want->filter, cv) && agent_member(&x->a, cv->dept) == NULL;
    }
    return count;
}

/* Those that he has handed on and nobody has taken yet, likewise. */
static uint64_t count_handed(const struct xagent *x, const struct list_want *want, bool elsewhere)
{
    uint64_t count = 0;

    for (struct onode *n = otree_first(&x->handed); n != NULL; n = otree_next(n)) {
        const struct conv *cv = &container_of(n, struct xconv, handed)->c;

        if (x->a.role == ROLE_LIGHT && agent_member(&x->a, cv->dept) == NULL)
            continue;
        count += (want->dept == 0 || want->dept == cv->dept) && filter_holds(want->filter, cv) &&
                 (!elsewhere || agent_member(&x->a, cv->dept) == NULL);
    }
    return count;
}

/* What ended in the agent's hands, likewise. */
static uint64_t count_done(const struct xagent *x, const struct list_want *want, bool elsewhere)
{
    uint64_t count = 0;

    for (size_t i = 0; i < x->ndone; i++)
        if ((want->dept == 0 || want->dept == x->done[i].dept) &&
            (!elsewhere || agent_member(&x->a, x->done[i].dept) == NULL))
            count += x->done[i].count;
    return count;
}

/* Of the agent's departments what being a member shows, and one's own from everywhere else. */
static uint64_t count_agent(const struct reader *r, const struct list_want *want)
{
    const struct xagent *x = container_of((struct agent *)r->agent, struct xagent, a);
    bool team = audience_sees_team(r);
    uint64_t count = 0;

    for (size_t i = 0; i < x->a.nmembers; i++)
        if (want->dept == 0 || want->dept == x->a.members[i].dept)
            count += team ? dept_count(x->seats[i]->dept, want->list)
                          : dept_open_count(x->seats[i]->dept, want->list);
    if (want->list == LIST_ALL)
        count += count_held(x, want, team);
    if (want->list == LIST_ALL || want->list == LIST_UNASSIGNED)
        count += count_handed(x, want, true) + count_offered(x, want);
    if (want->list == LIST_ALL || want->list == LIST_COMPLETED)
        count += count_done(x, want, team);
    return count;
}

uint64_t audience_count(const struct reader *r, const struct list_want *want)
{
    ensure(want->list != LIST_BLOCKED && (want->filter == FILTER_NONE || want->list == LIST_MINE) &&
           want->tag == 0);
    if (r->kind != READER_ALL && r->kind != READER_AGENT)
        return 0;
    if (want->list == LIST_MINE) {
        const struct xagent *x = container_of((struct agent *)r->agent, struct xagent, a);

        return r->agent == NULL ? 0 : count_held(x, want, false) + count_handed(x, want, false);
    }
    if (r->kind == READER_ALL)
        return count_whole(r, want);
    return want->list == LIST_UNASSIGNED && !has_unassigned(r) ? 0 : count_agent(r, want);
}

/* by parts */

/* Out of the agent's departments, and his own from everywhere else, as count_agent() has it. */
static void agent_parts(const struct reader *r, const struct list_want *want, enum list list,
                        count_part_fn *fn, void *arg)
{
    const struct xagent *x = container_of((struct agent *)r->agent, struct xagent, a);
    bool team = list != LIST_COMPLETED || audience_sees_team(r);

    for (size_t i = 0; team && i < x->a.nmembers; i++)
        if (want->dept == 0 || want->dept == x->a.members[i].dept)
            fn(arg, &(struct count_part){.list = list, .dept = x->a.members[i].dept});
    if (list != LIST_COMPLETED)
        return;
    for (size_t i = 0; i < x->ndone; i++)
        if ((want->dept == 0 || want->dept == x->done[i].dept) &&
            (!team || agent_member(&x->a, x->done[i].dept) == NULL))
            fn(arg, &(struct count_part){.list = list, .dept = x->done[i].dept, .agent = x->a.id});
}

void audience_count_parts(const struct reader *r, const struct list_want *want, count_part_fn *fn,
                          void *arg)
{
    static const enum list over[] = {LIST_COMPLETED, LIST_MISSED, LIST_TO_ANSWER, LIST_ANSWERED,
                                     LIST_PUT_AWAY};

    if (want->filter != FILTER_NONE)
        return;
    for (size_t i = 0; i < COUNT_OF(over); i++) {
        if (want->list != over[i] && (want->list != LIST_ALL || i >= 2))
            continue;
        if (r->kind == READER_ALL)
            fn(arg, &(struct count_part){.list = over[i], .dept = want->dept});
        else if (r->kind == READER_AGENT)
            agent_parts(r, want, over[i], fn, arg);
    }
}

/* where to look */

/* The next department where the agent has completed something. */
static bool next_done_dept(const struct reader *r, uint64_t *dept)
{
    const struct xagent *x = container_of((struct agent *)r->agent, struct xagent, a);
    size_t at = agent_done_at(x, *dept + 1);

    if (at == x->ndone)
        return false;
    *dept = x->done[at].dept;
    return true;
}

/* Departments of the reader, in order, with those of his own past. */
static bool next_known_dept(const struct reader *r, enum list list, uint64_t *dept)
{
    uint64_t member = *dept, done = *dept;
    bool has_member = audience_next_dept(r, &member);
    bool has_done = r->kind == READER_AGENT && (list == LIST_ALL || list == LIST_COMPLETED) &&
                    next_done_dept(r, &done);

    if (has_member && (!has_done || member < done))
        *dept = member;
    else if (has_done)
        *dept = done;
    return has_member || has_done;
}

bool audience_next_list_dept(const struct reader *r, const struct list_want *want, uint64_t *dept)
{
    uint64_t id;

    if (want->list == LIST_MINE || (r->kind != READER_ALL && r->kind != READER_AGENT))
        return false;
    if (want->dept == 0)
        return next_known_dept(r, want->list, dept);
    id = want->dept - 1; /* the one that is wanted, if it is among them */
    if (*dept >= want->dept || !next_known_dept(r, want->list, &id) || id != want->dept)
        return false;
    *dept = id;
    return true;
}

bool audience_list_has_dept(const struct reader *r, const struct list_want *want, uint64_t dept)
{
    uint64_t at = dept - 1;

    return dept != 0 && audience_next_list_dept(r, want, &at) && at == dept;
}
