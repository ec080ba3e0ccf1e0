/* Lines that their authors change or take back.  What may be changed is core's to say. */
#include "api_int.h"

static void line_edited(struct jw *j, const struct call *c, const struct answer *a)
{
    (void)c;
    if (a->unchanged)
        jw_k_bool(j, "unchanged", true);
    else
        jw_k_int(j, "seq", a->seq);
}

void run_line_edit(struct call *c)
{
    struct buf mem = {0};
    struct conv_ref ref;
    struct rec line;
    struct cmd cmd;
    err_t err;

    call_cmd(c, &cmd);
    cmd.conv = c->arg[ARG_CONVERSATION].id;
    if (!conv_take(c, ACT_SEE, &ref))
        return;
    err = line_find(c->api, ref.cv, (uint32_t)c->arg[ARG_LINE].i, &line, &mem);
    conv_done(&ref);
    cmd.edit = (struct cmd_edit){.line = &line,
                                 .text = c->arg[ARG_TEXT].s,
                                 .mentions = c->ids,
                                 .nmentions = c->nids,
                                 .names = c->arg[ARG_MENTIONS].has};
    if (err == ERR_OK)
        call_command(c, &cmd, line_edited);
    else if (err == ERR_NOTFOUND)
        call_refuse_with(c, ERR_INVAL, "line", REFUSE_LINE_UNKNOWN,
                         VALUES(OF_INT(c->arg[ARG_LINE].i)));
    else
        call_refuse(c, err, "conversation", REFUSE_NONE);
    buf_fini(&mem);
}
