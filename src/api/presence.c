/*
 * Who is here: the gateway's own commands when somebody's first connection comes or the last one
 * goes.  What could not be stored is told again once it can be, by what is true then.
 */
#include "api_int.h"

#define RETELL_MS 1000

static void presence_told(void *arg, const struct cmd *cmd, const struct answer *a)
{
    struct api *api = arg;

    (void)cmd;
    if (a->err == ERR_READONLY || a->err == ERR_BUSY) /* else it is so already, or over */
        api->presence_owed = true;
}

static void presence_command(struct api *api, enum cmd_type type, uint64_t agent, uint64_t conv)
{
    struct cmd cmd = {.type = type, .agent = agent, .conv = conv};

    cmd.who.kind = agent != 0 ? BY_AGENT : BY_VISITOR;
    cmd.who.id = agent != 0 ? agent : conv;
    turn_command(api->env.turn, &cmd, api_now(api), presence_told, api);
}

void visitor_here(struct api *api, uint64_t conv, bool here)
{
    presence_command(api, here ? CMD_CHAT_CONNECT : CMD_CHAT_LEAVE, 0, conv);
}

void agent_here(struct api *api, uint64_t agent, bool here)
{
    presence_command(api, here ? CMD_AGENT_CONNECT : CMD_AGENT_LEAVE, agent, 0);
}

/* Everybody whose state in the rules is not what the connections say. */
static void presence_retell(struct api *api)
{
    struct core *k = api->env.core;
    struct conn_ids stale = {0};

    for (uint64_t id = 0; core_next_conv(k, &id);) {
        const struct track *tr = map_find(&api->tracks, id);

        if (core_conv(k, id)->visitor_here != (tr != NULL && !TAILQ_EMPTY(&tr->visitors)))
            conn_ids_add(&stale, id);
    }
    for (size_t i = 0; i < stale.n; i++)
        visitor_here(api, stale.ids[i], !core_conv(k, stale.ids[i])->visitor_here);
    stale.n = 0;
    for (uint64_t id = 0; core_next_agent(k, &id);) {
        const struct agent_ix *ix = map_find(&api->agents, id);

        if (core_agent(k, id)->connected != (ix != NULL && !TAILQ_EMPTY(&ix->conns)))
            conn_ids_add(&stale, id);
    }
    for (size_t i = 0; i < stale.n; i++)
        agent_here(api, stale.ids[i], !core_agent(k, stale.ids[i])->connected);
    free(stale.ids);
}

void presence_tick(struct api *api)
{
    if (!api->presence_owed || api->stopping || turn_is_readonly(api->env.turn))
        return;
    api->presence_owed = false;
    presence_retell(api);
}

int64_t presence_deadline(const struct api *api)
{
    return api->presence_owed && !api->stopping ? api_now(api) + RETELL_MS : INT64_MAX;
}
