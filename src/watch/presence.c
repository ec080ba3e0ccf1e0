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

static void visitor_here(struct watch *w, uint64_t conv, bool here)
{
    presence_command(w, here ? CMD_CHAT_CONNECT : CMD_CHAT_LEAVE, 0, conv);
}

void visitor_stay(struct watch *w, struct track *tr)
{
    if (tr->leaves_ms == 0)
        return;
    TAILQ_REMOVE(&w->leaving, tr, leaving_link);
    tr->leaves_ms = 0;
}

/*
 * Each change of the page drops the visitor's connection for a moment.  That is nobody's news: it
 * is on no record, and agents go on seeing a visitor who is here.
 */
void visitor_came(struct watch *w, struct track *tr)
{
    bool blinked = tr->leaves_ms != 0;

    visitor_stay(w, tr);
    if (!blinked)
        visitor_here(w, tr->conv, true);
}

void visitor_went(struct watch *w, struct track *tr)
{
    ensure(tr->leaves_ms == 0);
    tr->leaves_ms = view_now(w->env.view) + VISITOR_BLINK_MS;
    TAILQ_INSERT_TAIL(&w->leaving, tr, leaving_link);
}

static void leaving_tick(struct watch *w, int64_t now)
{
    struct track *tr;

    while ((tr = TAILQ_FIRST(&w->leaving)) != NULL && tr->leaves_ms <= now) {
        visitor_stay(w, tr);
        visitor_here(w, tr->conv, false);
    }
}

static bool visitor_is_here(const struct track *tr)
{
    return tr != NULL && (!TAILQ_EMPTY(&tr->visitors) || tr->leaves_ms != 0);
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
        if (core_conv(k, id)->visitor_here != visitor_is_here(map_find(&w->tracks, id)))
            id_list_add(&stale, id);
    }
    for (size_t i = 0; i < stale.n; i++)
        visitor_here(w, stale.ids[i], !core_conv(k, stale.ids[i])->visitor_here);
    stale.n = 0;
    for (uint64_t id = 0; core_next_agent(k, &id);) {
        const struct agent_ix *ix = map_find(&w->agents, id);

        if (core_agent(k, id)->connected != (ix != NULL && ix->nhere > 0))
            id_list_add(&stale, id);
    }
    for (size_t i = 0; i < stale.n; i++)
        agent_here(w, stale.ids[i], !core_agent(k, stale.ids[i])->connected);
    free(stale.ids);
}

void presence_tick(struct watch *w)
{
    int64_t now = view_now(w->env.view);

    if (!w->stopping)
        leaving_tick(w, now);
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
    const struct track *tr = TAILQ_FIRST(&w->leaving);
    int64_t due_ms = tr != NULL ? tr->leaves_ms : INT64_MAX;

    if (w->stopping)
        return INT64_MAX;
    return w->presence_owed && w->retell_ms < due_ms ? w->retell_ms : due_ms;
}
