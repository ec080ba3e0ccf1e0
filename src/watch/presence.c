/*
 * Who is here: the gateway's own commands when somebody's first connection comes or the last one
 * goes.  What could not be stored is told again once it can be, by what is true then.
 */
#include "watch_int.h"

#define RETELL_MS 1000

static void presence_told(void *arg, const struct cmd *cmd, const struct answer *a)
{
    struct watch *w = arg;

    (void)cmd;
    if (a->err != ERR_READONLY && a->err != ERR_BUSY) /* it is so already, or over */
        return;
    if (!w->presence_owed)
        w->retell_ms = view_now(w->env.view) + RETELL_MS;
    w->presence_owed = true;
}

static void presence_command(struct watch *w, enum cmd_type type, uint64_t agent, uint64_t conv)
{
    struct cmd cmd = {.type = type, .agent = agent, .conv = conv};

    cmd.who.kind = agent != 0 ? BY_AGENT : BY_VISITOR;
    cmd.who.id = agent != 0 ? agent : conv;
    turn_command(w->env.turn, &cmd, view_now(w->env.view), presence_told, w);
}

void visitor_here(struct watch *w, uint64_t conv, bool here)
{
    presence_command(w, here ? CMD_CHAT_CONNECT : CMD_CHAT_LEAVE, 0, conv);
}

void agent_here(struct watch *w, uint64_t agent, bool here)
{
    presence_command(w, here ? CMD_AGENT_CONNECT : CMD_AGENT_LEAVE, agent, 0);
}

/* Everybody whose state in the rules is not what the connections say. */
static void presence_retell(struct watch *w)
{
    struct core *k = w->env.core;
    struct id_list stale = {0};

    for (uint64_t id = 0; core_next_conv(k, &id);) {
        const struct track *tr = map_find(&w->tracks, id);

        if (core_conv(k, id)->visitor_here != (tr != NULL && !TAILQ_EMPTY(&tr->visitors)))
            id_list_add(&stale, id);
    }
    for (size_t i = 0; i < stale.n; i++)
        visitor_here(w, stale.ids[i], !core_conv(k, stale.ids[i])->visitor_here);
    stale.n = 0;
    for (uint64_t id = 0; core_next_agent(k, &id);) {
        const struct agent_ix *ix = map_find(&w->agents, id);

        if (core_agent(k, id)->connected != (ix != NULL && !TAILQ_EMPTY(&ix->conns)))
            id_list_add(&stale, id);
    }
    for (size_t i = 0; i < stale.n; i++)
        agent_here(w, stale.ids[i], !core_agent(k, stale.ids[i])->connected);
    free(stale.ids);
}

void presence_tick(struct watch *w)
{
    int64_t now = view_now(w->env.view);

    if (!w->presence_owed || w->stopping || now < w->retell_ms)
        return;
    if (turn_is_readonly(w->env.turn)) {
        w->retell_ms = now + RETELL_MS;
        return;
    }
    w->presence_owed = false;
    presence_retell(w);
}

int64_t presence_deadline(const struct watch *w)
{
    return w->presence_owed && !w->stopping ? w->retell_ms : INT64_MAX;
}
