/*
 * Deciding about chats that are handed on: to an agent or a department, taken back, and what comes
 * of those that nobody takes.
 */
#include "../rules/rules.h"

bool dept_takes_chats(const struct dept *d)
{
    return d->enabled && d->chat_on && !d->deleted && !d->hours.shut;
}

uint64_t core_hand_dept(const struct core *k, const struct conv *cv, const struct agent *ag)
{
    const struct member *m = agent_member(ag, cv->dept);

    if (m != NULL && m->chat)
        return cv->dept;
    for (size_t i = 0; i < ag->nmembers; i++)
        if (ag->members[i].chat && dept_takes_chats(core_dept(k, ag->members[i].dept)))
            return ag->members[i].dept;
    return 0;
}

/* May anything of others go there at all? */
static err_t reach_check(const struct core *k, const struct dept *d, struct fault *f)
{
    if (!k->portal.transfer_between)
        return fault_refuse(f, ERR_DENIED, "department", REFUSE_TRANSFER_BETWEEN);
    if (!dept_takes_chats(d))
        return fault_refuse_with(f, ERR_CONFLICT, "department", REFUSE_DEPARTMENT_OFF,
                                 VALUES(OF_STR(d->name)));
    return ERR_OK;
}

void core_dept_there(const struct core *k, const struct dept *d, uint64_t but, uint32_t *there,
                     uint32_t *free_now)
{
    const struct xdept *x = container_of((struct dept *)d, struct xdept, d);
    const struct xagent *ag = xagent_find(k, but);
    const struct seat *s = ag != NULL ? agent_seat(ag, d->id) : NULL;

    *free_now = x->seats[SEAT_FREE];
    *there = x->seats[SEAT_STATUS] + x->seats[SEAT_FULL] + x->seats[SEAT_FREE];
    if (s == NULL || s->class <= SEAT_OFFLINE)
        return;
    --*there;
    *free_now -= s->class == SEAT_FREE;
}

/* Is there anybody in it who could answer, but for one? */
static err_t dept_is_there(const struct core *k, const struct dept *d, uint64_t but,
                           struct fault *f)
{
    const struct xdept *x = container_of((struct dept *)d, struct xdept, d);
    const struct xagent *holder = xagent_find(k, but);
    const struct seat *own = holder != NULL ? agent_seat(holder, d->id) : NULL;
    uint32_t seats = 0;

    for (enum seat_class c = SEAT_OFFLINE; c < SEAT_CLASS_COUNT; c++)
        seats += x->seats[c];
    if (own != NULL && own->class != SEAT_NONE)
        seats--;
    if (seats == 0)
        return fault_refuse_with(f, ERR_CONFLICT, "department", REFUSE_NOBODY_THERE,
                                 VALUES(OF_STR(d->name)));
    return ERR_OK;
}

err_t core_may_hand_to_dept(const struct core *k, const struct conv *cv, const struct dept *d,
                            struct fault *f)
{
    /* Its own department goes on with it though it takes no new ones. */
    err_t err = d->id == cv->dept ? ERR_OK : reach_check(k, d, f);

    return err == ERR_OK ? dept_is_there(k, d, cv->agent, f) : err;
}

err_t dept_may_have_queue(const struct core *k, const struct dept *d, struct fault *f)
{
    err_t err = reach_check(k, d, f);

    return err == ERR_OK ? dept_is_there(k, d, 0, f) : err;
}

err_t core_may_hand_to_agent(const struct core *k, const struct conv *cv, const struct agent *ag,
                             const struct dept *d, struct fault *f)
{
    bool holds = cv->state == CONV_ACTIVE && ag->id == cv->agent;
    enum refusal why = holds ? REFUSE_HOLDS_IT : agent_lacks(ag, d->id);
    err_t err = d->id == cv->dept ? ERR_OK : reach_check(k, d, f);

    if (err != ERR_OK)
        return err;
    if (why == REFUSE_NONE && !agent_takes_offers(ag))
        why = REFUSE_AGENT_AWAY;
    return agent_refuse(ag, why, f);
}

/* Is it somebody's to hand on, and still his of whom the command speaks? */
static err_t check_holder(struct plan *p, const struct conv *cv)
{
    uint64_t holder = p->cmd->transfer.holder;
    err_t err;

    if (conv_is_open(cv) && cv->state != CONV_ACTIVE)
        return plan_refuse(p, ERR_CONFLICT, NULL,
                           cv->handed_dept != 0 ? REFUSE_HANDED_ALREADY : REFUSE_NOT_TAKEN);
    if ((err = plan_not_over(p, cv)) != ERR_OK)
        return err;
    if (holder != 0 && holder != cv->agent)
        return plan_refuse_name(p, ERR_TAKEN, NULL, REFUSE_TAKEN_BY, cv->agent);
    return ERR_OK;
}

/* Where it goes; *ag NULL: to the whole department. */
static err_t take_target(struct plan *p, const struct conv *cv, const struct agent **ag,
                         const struct dept **d)
{
    const struct cmd_transfer *cmd = &p->cmd->transfer;
    uint64_t dept = cmd->dept;

    *ag = NULL;
    if (cmd->agent != 0) {
        if ((*ag = core_agent(p->k, cmd->agent)) == NULL)
            return plan_refuse(p, ERR_NOTFOUND, "agent", REFUSE_AGENT_UNKNOWN);
        if (dept == 0)
            dept = core_hand_dept(p->k, cv, *ag);
        if (dept == 0)
            dept = cv->dept; /* says what he lacks there */
    }
    if ((*d = core_dept(p->k, dept)) == NULL && dept == cv->dept && *ag != NULL)
        return agent_refuse(*ag, REFUSE_AGENT_NO_MEMBER, &p->out->fault);
    if (*d == NULL)
        return plan_refuse(p, ERR_NOTFOUND, "department", REFUSE_DEPARTMENT_UNKNOWN);
    if (*ag == NULL)
        return core_may_hand_to_dept(p->k, cv, *d, &p->out->fault);
    return core_may_hand_to_agent(p->k, cv, *ag, *d, &p->out->fault);
}

static err_t check_note(struct plan *p, const struct conv *cv)
{
    struct span note = p->cmd->transfer.text;

    return note.len == 0 && cv->seq < CONV_LINES_MAX ? ERR_OK : plan_line_check(p, cv, note);
}

/* It is offered to the one who is named at once, past his queue, and past his capacity if need be:
 * whoever hands it on has seen how busy he is. */
err_t decide_conv_transfer(struct plan *p)
{
    const struct conv *cv;
    const struct agent *ag = NULL;
    const struct dept *d = NULL;
    struct rec_transfer to = {0};
    struct buf body = {0};
    struct rec *rec;
    err_t err;

    if ((err = plan_conv(p, ACT_TRANSFER, &cv)) != ERR_OK ||
        (err = check_holder(p, cv)) != ERR_OK || (err = take_target(p, cv, &ag, &d)) != ERR_OK ||
        (err = check_note(p, cv)) != ERR_OK)
        return err;
    to.dept = d->id;
    to.agent = ag != NULL ? ag->id : 0;
    to.until_ms = p->now_ms + xdept_find(p->k, cv->dept)->d.transfer_ms;
    tlv_put_span(&body, BODY_NOTE, p->cmd->transfer.text);
    tlv_put_span(&body, BODY_CLIENT_ID, p->cmd->client_id);
    rec = plan_rec(p, REC_CONV_TRANSFERRED, cv->id);
    rec->transfer = to;
    rec->body = plan_take(p, &body);
    if (ag != NULL)
        step_offer_named(p, cv, ag->id, d, to.until_ms);
    else
        step_rule_again(p, cv, d->id);
    return ERR_OK;
}

/* Whoever handed it on has it again, at once; where somebody else calls it back, if he can. */
err_t decide_conv_take_back(struct plan *p)
{
    const struct xconv *x = xconv_find(p->k, p->cmd->conv);
    bool own = x != NULL && p->who.kind == BY_AGENT && x->c.handed_by == p->who.id;
    const struct conv *cv;
    err_t err;

    /* Whose it was is told by whom it was taken, also where he may not see it any more. */
    if (own && x->c.state == CONV_ACTIVE && x->c.agent != p->who.id)
        return plan_refuse_name(p, ERR_TAKEN, NULL, REFUSE_TAKEN_BY, x->c.agent);
    if ((err = plan_conv(p, ACT_TRANSFER, &cv)) != ERR_OK)
        return err;
    if (cv->handed_dept == 0)
        return plan_refuse(p, conv_is_open(cv) ? ERR_CONFLICT : ERR_ENDED, NULL,
                           conv_is_open(cv) ? REFUSE_NOT_HANDED : REFUSE_NONE);
    if (own && !core_agent(p->k, p->who.id)->connected)
        return plan_refuse(p, ERR_CONFLICT, NULL, REFUSE_NOT_HERE);
    if (cv->state == CONV_OFFERED)
        step_offer_over(p, cv, WHY_BACK);
    step_back(p, cv, WHY_BACK, own);
    return ERR_OK;
}
