/* Handling time, corrected by hand. */
#include "api_int.h"

static void timed(struct jw *j, const struct call *c, const struct answer *a)
{
    (void)c;
    if (a->unchanged)
        jw_k_bool(j, "unchanged", true);
}

void run_conv_time(struct call *c)
{
    struct cmd cmd;
    uint64_t agent;

    if (!named_agent(c, &agent))
        return;
    call_cmd(c, &cmd);
    cmd.conv = c->arg[ARG_CONVERSATION].id;
    cmd.time = (struct cmd_time){.agent = agent, .ms = c->arg[ARG_SECONDS].i * 1000};
    call_command(c, &cmd, timed);
}
