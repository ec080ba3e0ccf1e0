/*
 * Deciding about chats that people give to one another by hand: assigned, handed over, taken over.
 * Routing has no say in it, so neither has capacity.
 */
#include "core_int.h"

enum refusal agent_lacks(const struct agent *ag, uint64_t dept)
{
    const struct member *m = agent_member(ag, dept);

    if (!ag->enabled)
        return REFUSE_AGENT_DISABLED;
    if (!agent_may_answer(ag))
        return REFUSE_AGENT_NO_REPLY;
    if (m == NULL)
        return REFUSE_AGENT_NO_MEMBER;
    return m->chat ? REFUSE_NONE : REFUSE_AGENT_NO_CHAT;
}

err_t agent_refuse(const struct agent *ag, enum refusal why, struct fault *f)
{
    if (why == REFUSE_NONE)
        return ERR_OK;
    return fault_refuse_with(f, ERR_CONFLICT, "agent", why, VALUES(OF_STR(ag->name)));
}

enum refusal agent_lacks_for_hand(const struct agent *ag, uint64_t dept)
{
    enum refusal why = agent_lacks(ag, dept);

    if (why == REFUSE_AGENT_NO_MEMBER && ag->role == ROLE_ADMIN)
        why = REFUSE_NONE;
    return why == REFUSE_NONE && !ag->connected ? REFUSE_AGENT_GONE : why;
}
/* One that was missed waits for him; one that waits by a strict rule for whoever has the skills. */
err_t core_may_assign(const struct conv *cv, const struct agent *ag, struct fault *f)
{
    enum refusal why = agent_lacks_for_hand(ag, cv->dept);
    struct span lacks;

    if (why == REFUSE_AGENT_GONE && cv->state == CONV_MISSED)
        why = REFUSE_NONE;
    if (why == REFUSE_NONE && cv->strict && cv->state != CONV_ACTIVE && conv_is_open(cv) &&
        (lacks = core_lacks_skill(ag, span_of(cv->skills))).len > 0)
        return fault_refuse_with(f, ERR_CONFLICT, "agent", REFUSE_AGENT_NO_SKILL,
                                 VALUES(OF_STR(ag->name), OF_BYTES(lacks.p, lacks.len)));
    return agent_refuse(ag, why, f);
}

/*
 * Is it with whom the command says that it is?  Whoever takes it from somebody has to name him, so
 * that of two who want it one gets it, and the other learns from whom he would have taken it.
 */
static err_t check_claim(struct plan *p, const struct conv *cv)
{
    uint64_t holder = p->cmd->assign.holder;

    err_t err = plan_not_over(p, cv);

    if (err != ERR_OK)
        return err;
    if (cv->state == CONV_ACTIVE && holder != cv->agent)
        return plan_refuse_name(p, ERR_TAKEN, "holder", REFUSE_TAKEN_BY, cv->agent);
    if (cv->state != CONV_ACTIVE && holder != 0)
        return plan_refuse(p, ERR_LATE, "holder", REFUSE_HOLDER_NONE);
    return ERR_OK;
}

err_t decide_conv_assign(struct plan *p)
{
    const struct agent *ag = core_agent(p->k, p->cmd->assign.agent);
    const struct xconv *x = xconv_find(p->k, p->cmd->conv);
    const struct conv *cv;
    err_t err;

    if (x != NULL && x->c.state == CONV_MISSED)
        return decide_give(p);
    if ((err = plan_conv(p, ACT_ASSIGN, &cv)) != ERR_OK)
        return err;
    if (ag == NULL)
        return plan_refuse(p, ERR_NOTFOUND, "agent", REFUSE_AGENT_UNKNOWN);
    if (cv->state == CONV_ACTIVE && cv->agent == ag->id) {
        p->out->unchanged = true;
        return ERR_OK;
    }
    if ((err = check_claim(p, cv)) != ERR_OK ||
        (err = core_may_assign(cv, ag, &p->out->fault)) != ERR_OK)
        return err;
    step_assign(p, cv, ag->id);
    return ERR_OK;
}
