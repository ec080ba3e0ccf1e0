/*
 * Deciding about handling time that is corrected by hand: by whom it is about, or by whoever
 * supervises; what it was is kept with the record.
 */
#include "core_int.h"

static err_t check_may(struct plan *p, const struct conv **cv)
{
    bool own = plan_is_self(p, p->cmd->time.agent);
    err_t err = plan_conv(p, own ? ACT_NOTE : ACT_SEE, cv);

    return err != ERR_OK || own ? err : plan_may(p, ACT_SUPERVISE, *cv);
}

static err_t check_value(struct plan *p, const struct conv *cv)
{
    const struct cmd_time *cmd = &p->cmd->time;

    if (conv_time_find(cv, cmd->agent) == NULL) {
        if (core_agent(p->k, cmd->agent) == NULL)
            return plan_refuse(p, ERR_NOTFOUND, "agent", REFUSE_AGENT_UNKNOWN);
        return plan_refuse_name(p, ERR_CONFLICT, "agent", REFUSE_TIME_NONE, cmd->agent);
    }
    if (cmd->ms < 0 || cmd->ms > TIME_MAX_MS)
        return fault_refuse_with(
            &p->out->fault, ERR_INVAL, "seconds", REFUSE_RANGE,
            VALUES(OF_INT(0), OF_INT(TIME_MAX_MS / 1000), OF_INT(cmd->ms / 1000)));
    if (cv->seq >= CONV_LINES_MAX)
        return fault_refuse_with(&p->out->fault, ERR_TOOBIG, NULL, REFUSE_LINES_FULL,
                                 VALUES(OF_INT(CONV_LINES_MAX)));
    return ERR_OK;
}

err_t decide_conv_time(struct plan *p)
{
    const struct cmd_time *cmd = &p->cmd->time;
    const struct conv *cv;
    int64_t was_ms;
    err_t err;

    if (p->who.kind == BY_VISITOR)
        return plan_refuse(p, ERR_DENIED, NULL, REFUSE_FOR_AGENTS);
    if ((err = check_may(p, &cv)) != ERR_OK || (err = check_value(p, cv)) != ERR_OK)
        return err;
    was_ms = conv_time_ms(cv, cmd->agent, p->now_ms);
    if (was_ms == cmd->ms)
        p->out->unchanged = true;
    else
        plan_rec(p, REC_CONV_TIMED, cv->id)->timed =
            (struct rec_timed){.agent = cmd->agent, .ms = cmd->ms, .was_ms = was_ms};
    return ERR_OK;
}
