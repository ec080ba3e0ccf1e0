/*
 * Deciding about missed conversations: where they lie until somebody has answered them, and who is
 * to do that.  Whoever might have picked one up may answer it, and say that it is answered.
 */
#include "core_int.h"

enum list box_list(enum box box)
{
    static const enum list lists[BOX_COUNT] = {LIST_COUNT, LIST_TO_ANSWER, LIST_ANSWERED,
                                               LIST_PUT_AWAY};

    return lists[box];
}

uint64_t core_given(const struct core *k, const struct conv *cv)
{
    const struct agent *ag = core_agent(k, cv->given);
    struct fault f = {0};

    if (cv->state != CONV_MISSED || ag == NULL || core_may_assign(cv, ag, &f) != ERR_OK)
        return 0;
    return ag->id;
}

/* The mail is its newest record, so that one goes first. */
static void plan_box(struct plan *p, const struct conv *cv, const struct rec_box *box)
{
    plan_rec(p, REC_CONV_BOXED, cv->id)->box = *box;
}

void plan_mailed(struct plan *p, const struct conv *cv)
{
    if (cv->state == CONV_MISSED && conv_box(cv) != BOX_ANSWERED)
        plan_box(p, cv, &(struct rec_box){.agent = p->who.id, .box = BOX_ANSWERED, .mailed = true});
}

/* Of two who sort at once the second is told where the first has put it. */
static err_t check_was(struct plan *p, const struct conv *cv)
{
    const struct cmd_box *cmd = &p->cmd->box;

    if (cmd->was == BOX_NONE || cmd->was == conv_box(cv))
        return ERR_OK;
    return fault_refuse_with(
        &p->out->fault, ERR_CONFLICT, "was", REFUSE_BOX_MOVED,
        VALUES(OF_STR(cv->box_by != 0 ? core_agent_name(p->k, cv->box_by) : "the operator"),
               OF_STR(box_word(conv_box(cv)))));
}

static err_t check_missed(struct plan *p, const struct conv *cv)
{
    if (cv->state != CONV_MISSED)
        return plan_refuse(p, ERR_CONFLICT, "state", REFUSE_NOT_MISSED);
    if (cv->seq >= CONV_LINES_MAX)
        return fault_refuse_with(&p->out->fault, ERR_TOOBIG, NULL, REFUSE_LINES_FULL,
                                 VALUES(OF_INT(CONV_LINES_MAX)));
    return ERR_OK;
}

err_t decide_conv_box(struct plan *p)
{
    const struct cmd_box *cmd = &p->cmd->box;
    bool by_chat = p->who.kind == BY_SYSTEM;
    const struct conv *cv;
    err_t err = plan_conv(p, ACT_SEE, &cv);

    if (err != ERR_OK || (err = check_missed(p, cv)) != ERR_OK ||
        (err = plan_may(p, ACT_PICK, cv)) != ERR_OK || (err = check_was(p, cv)) != ERR_OK)
        return err;
    if (cmd->box == conv_box(cv)) {
        p->out->unchanged = true;
        return ERR_OK;
    }
    plan_box(p, cv,
             &(struct rec_box){.agent = by_chat                   ? cmd->agent
                                        : p->who.kind == BY_AGENT ? p->who.id
                                                                  : 0,
                               .conv = by_chat ? cmd->conv : 0,
                               .number = by_chat ? cmd->number : 0,
                               .box = cmd->box});
    return ERR_OK;
}

/* who is to answer it */

/* Taking it oneself, or giving back one's own, is the right of whoever may answer it. */
static bool is_own(const struct plan *p, const struct conv *cv)
{
    uint64_t to = p->cmd->assign.agent, has = core_given(p->k, cv);

    if (p->who.kind != BY_AGENT)
        return false;
    return to == p->who.id ? has == 0 : to == 0 && has == p->who.id;
}

err_t decide_give(struct plan *p)
{
    const struct cmd_assign *cmd = &p->cmd->assign;
    const struct agent *ag = core_agent(p->k, cmd->agent);
    const struct conv *cv;
    uint64_t has;
    err_t err = plan_conv(p, ACT_SEE, &cv);

    if (err != ERR_OK || (err = check_missed(p, cv)) != ERR_OK ||
        (err = plan_may(p, is_own(p, cv) ? ACT_PICK : ACT_ASSIGN, cv)) != ERR_OK)
        return err;
    if (cmd->agent != 0 && ag == NULL)
        return plan_refuse(p, ERR_NOTFOUND, "agent", REFUSE_AGENT_UNKNOWN);
    has = core_given(p->k, cv);
    if (has == cmd->agent) {
        p->out->unchanged = true;
        return ERR_OK;
    }
    if (has != cmd->holder)
        return has != 0 ? plan_refuse_name(p, ERR_TAKEN, "holder", REFUSE_TAKEN_BY, has)
                        : plan_refuse(p, ERR_LATE, "holder", REFUSE_HOLDER_NONE);
    if (ag != NULL && (err = core_may_assign(cv, ag, &p->out->fault)) != ERR_OK)
        return err;
    plan_rec(p, REC_CONV_GIVEN, cv->id)->hold.agent = cmd->agent;
    return ERR_OK;
}
