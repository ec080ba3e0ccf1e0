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

    if (c->as == AS_CONTROL && !c->arg[ARG_AGENT].has) {
        call_refuse_with(c, ERR_INVAL, "agent", REFUSE_NEEDED, VALUES(OF_STR(c->verb->word)));
        return;
    }
    call_cmd(c, &cmd);
    cmd.conv = c->arg[ARG_CONVERSATION].id;
    cmd.time = (struct cmd_time){.agent = c->arg[ARG_AGENT].has ? c->arg[ARG_AGENT].id : c->who.id,
                                 .ms = c->arg[ARG_SECONDS].i * 1000};
    call_command(c, &cmd, timed);
}
