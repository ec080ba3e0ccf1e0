/*
 * Agents who are disabled or deleted with somebody to take over, or nobody: in one step or not at
 * all.  A deleted one is followed by a new one in the same place.
 */
#include "sim.h"

/* What somebody had when it was decided, as the core shows it; what was ended ends. */
struct had {
    uint64_t chats[64], tasks[64];
    size_t n, ntasks;
    uint32_t active;
    bool enabled;
};

static struct had had_of(const struct sim *s, const struct agent *ag)
{
    struct had had = {.active = ag->active_count, .enabled = ag->enabled};
    const struct conv *cv;
    const struct task *t;

    for (t = NULL; (t = core_next_task_of(s->core, ag->id, t)) != NULL && !t->done;)
        if (had.ntasks < COUNT_OF(had.tasks))
            had.tasks[had.ntasks++] = t->id;
    for (size_t at = 0; (cv = core_held_at(s->core, ag->id, at)) != NULL; at++)
        if (cv->state == CONV_ACTIVE && cv->ending_ms == 0 && had.n < COUNT_OF(had.chats))
            had.chats[had.n++] = cv->id;
    return had;
}

static struct cmd_agent_end some_end(struct sim *s, uint64_t agent)
{
    struct cmd_agent_end end = {.agent = agent, .anonymise = sim_chance(s, 50)};

    if (sim_chance(s, 45))
        end.chats_to = s->clients[sim_roll(s, SIM_AGENTS)].id;
    else
        end.chats_back = sim_chance(s, 70);
    if (sim_chance(s, 45))
        end.tasks_to = s->clients[sim_roll(s, SIM_AGENTS)].id;
    else
        end.tasks_back = sim_chance(s, 80);
    return end;
}

static void check_refused(const struct sim *s, const struct cmd_agent_end *end,
                          const struct had *had)
{
    const struct agent *ag = core_agent(s->core, end->agent);

    if (ag == NULL || ag->enabled != had->enabled || ag->active_count != had->active ||
        core_task_count(s->core, ag->id) < had->ntasks)
        sim_fail(s, "AGT-8: %llu is half gone", (unsigned long long)end->agent);
}

/* All of them went where was said, and whoever has them sees what they are about. */
static void check_tasks_given(struct sim *s, const struct cmd_agent_end *end, const struct had *had)
{
    const struct reader r = reader_of_agent(s->core, end->tasks_to);

    if (had->ntasks > 0 && end->tasks_to == 0 && !end->tasks_back)
        sim_fail(s, "AGT-8: %llu is gone, and nobody was asked about the tasks",
                 (unsigned long long)end->agent);
    for (size_t i = 0; i < had->ntasks; i++) {
        const struct task *t = core_task(s->core, had->tasks[i]);
        const struct conv *cv = core_conv(s->core, t->conv);

        if (t->agent != end->tasks_to)
            sim_fail(s, "AGT-8: task %llu went elsewhere", (unsigned long long)t->id);
        if (t->agent != 0 && cv != NULL && !audience_sees(&r, cv))
            sim_fail(s, "AGT-8: task %llu is about what its agent may not see",
                     (unsigned long long)t->id);
    }
    s->did.inherited += had->ntasks > 0 && end->tasks_to != 0;
}

static void check_gone(struct sim *s, const struct cmd_agent_end *end, const struct had *had)
{
    const struct agent *ag = core_agent(s->core, end->agent);

    if (had->active > 0 && end->chats_to == 0 && !end->chats_back)
        sim_fail(s, "AGT-8: %llu is gone, and nobody was asked about the chats",
                 (unsigned long long)end->agent);
    if (ag != NULL && (ag->enabled || ag->active_count > 0 || ag->offer_count > 0))
        sim_fail(s, "AGT-8: %llu is disabled, and has chats", (unsigned long long)ag->id);
    for (size_t i = 0; i < had->n; i++) {
        const struct conv *cv = core_conv(s->core, had->chats[i]);
        bool taken = cv->state == CONV_ACTIVE && cv->agent == end->chats_to;

        if (end->chats_to != 0 ? !taken : cv->state != CONV_WAITING)
            sim_fail(s, "AGT-8: %llu is %s after its agent has gone", (unsigned long long)cv->id,
                     conv_state_word(cv->state));
    }
    s->did.relieved += had->n > 0;
    check_tasks_given(s, end, had);
}

static err_t end(struct sim *s, enum cmd_type type, uint64_t agent)
{
    const struct agent *ag = core_agent(s->core, agent);
    struct cmd cmd = {.type = type, .agent_end = some_end(s, agent)};
    struct had had;
    uint64_t id;
    err_t err;

    if (ag == NULL)
        return ERR_NOTFOUND;
    had = had_of(s, ag);
    operator_command(s, &cmd, &err, &id);
    if (err != ERR_OK)
        check_refused(s, &cmd.agent_end, &had);
    else if (had.enabled || type == CMD_AGENT_REMOVE)
        check_gone(s, &cmd.agent_end, &had);
    if (err == ERR_OK && type == CMD_AGENT_REMOVE &&
        core_agent_is_anonymised(s->core, agent) != cmd.agent_end.anonymise)
        sim_fail(s, "AGT-9: %llu is not called as was said", (unsigned long long)agent);
    return err;
}

void leaver_disable(struct sim *s, uint64_t agent)
{
    (void)end(s, CMD_AGENT_DISABLE, agent);
}

/* Another one, who has never been heard of, at the same screen. */
static void successor(struct sim *s, struct sim_client *c)
{
    people_drop(s, c);
    c->npending = 0;
    c->lapses = 0;
    c->offer_pos = c->offer_before = 0;
    c->id = operator_add_agent(s, c->index);
    for (size_t d = 0; d < s->ndepts; d++)
        if (sim_chance(s, 70))
            operator_set_member(s, c->id, s->depts[d], true);
}

void leaver_remove(struct sim *s, struct sim_client *c)
{
    if (!turn_is_readonly(s->turn) && end(s, CMD_AGENT_REMOVE, c->id) == ERR_OK)
        successor(s, c);
}

static const struct agent *at_screen(struct sim *s, unsigned index)
{
    char email[40];

    snprintf(email, sizeof(email), "agent%u@example.com", index);
    return core_agent_by_email(s->core, span_of(email));
}

/* After a crash: who is there may be the one who had gone, … */
void leavers_find(struct sim *s)
{
    for (unsigned i = 0; i < SIM_AGENTS; i++) {
        const struct agent *ag = at_screen(s, i);

        if (ag != NULL)
            s->clients[i].id = ag->id;
    }
}

/* … or neither of them. */
void leavers_after_crash(struct sim *s)
{
    for (unsigned i = 0; i < SIM_AGENTS; i++)
        if (at_screen(s, i) == NULL)
            successor(s, &s->clients[i]);
}
