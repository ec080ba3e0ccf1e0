/*
 * Deciding about chats that are over and are to go on: a new one of the same department, visitor
 * and contact facts, which an agent has at once, as one that was given to him by hand.
 */
#include "../rules/rules.h"

/* What is known of the visitor, but for what he asked: that was answered. */
static struct span facts_copy(struct plan *p, const struct conv *cv)
{
    struct buf body = {0};

    tlv_put_str(&body, BODY_NAME, cv->name);
    tlv_put_str(&body, BODY_EMAIL, cv->email);
    tlv_put_str(&body, BODY_PHONE, cv->phone);
    tlv_put_str(&body, BODY_PAGE, cv->page);
    tlv_put_str(&body, BODY_TITLE, cv->title);
    tlv_put_str(&body, BODY_REFERRER, cv->referrer);
    tlv_put_str(&body, BODY_AGENT_STRING, cv->agent_string);
    tlv_put_item(&body, BODY_IP, (struct span){(const char *)cv->ip.b, sizeof(cv->ip.b)});
    return plan_take(p, &body);
}

/* By the rules of now, for when it comes back to wait: nothing was asked in it, nor is it tagged.
 */
static void reopen_rule(struct plan *p, const struct conv *cv, uint64_t id)
{
    struct rule_about about = rule_about_conv(cv);

    about.fields[FIELD_QUESTION] = SPAN_NONE;
    about.cv = NULL;
    step_rule(p, id, xdept_find(p->k, cv->dept), &about);
}

/* The one before knows of the new one first: by its record a repeat is answered. */
static void step_reopen(struct plan *p, const struct conv *cv, uint64_t agent)
{
    uint64_t id = plan_id(p), number = p->k->portal.conv_number + 1;
    struct rec *rec = plan_rec(p, REC_CONV_REOPENED, cv->id);

    rec->reopen = (struct rec_reopen){.agent = agent, .conv = id, .number = number};
    rec = plan_rec(p, REC_CONV_RANG, id);
    rec->ring = (struct rec_ring){
        .dept = cv->dept,
        .entry = cv->entry,
        .previous = cv->id,
        .previous_number = cv->number,
        .number = number,
        .met = conv_met(cv),
        .lang = cv->lang,
        .until_ms = p->now_ms + xdept_find(p->k, cv->dept)->d.wait_ms,
        .unanswered = true,
        .timed = true,
    };
    rec->body = facts_copy(p, cv);
    reopen_rule(p, cv, id);
    plan_rec(p, REC_CONV_ASSIGNED, id)->hold.agent = agent;
    p->out->id = id;
}

/* Is it over, and over for good so far? */
static err_t check_over(struct plan *p, const struct conv *cv)
{
    const struct conv *next = core_conv(p->k, cv->next);

    if (conv_is_open(cv))
        return plan_refuse(p, ERR_CONFLICT, "state", REFUSE_REOPEN_OPEN);
    if (cv->state == CONV_MISSED)
        return plan_refuse(p, ERR_CONFLICT, "state", REFUSE_REOPEN_MISSED);
    if (next != NULL && conv_is_open(next))
        return fault_refuse_with(&p->out->fault, ERR_CONFLICT, "conversation", REFUSE_REOPENED,
                                 VALUES(OF_INT(next->number)));
    return ERR_OK;
}

/* By hand it goes on outside of business hours, too. */
static err_t check_place(struct plan *p, const struct conv *cv)
{
    const struct dept *d = core_dept(p->k, cv->dept);

    if (d == NULL)
        return plan_refuse(p, ERR_CONFLICT, "department", REFUSE_DEPARTMENT_UNKNOWN);
    if (!d->enabled || !d->chat_on)
        return fault_refuse_with(&p->out->fault, ERR_CONFLICT, "department", REFUSE_DEPARTMENT_OFF,
                                 VALUES(OF_STR(d->name)));
    if (core_block_match(p->k, &cv->ip, p->now_ms) != NULL)
        return plan_refuse(p, ERR_CONFLICT, "visitor", REFUSE_VISITOR_BLOCKED);
    return ERR_OK;
}

err_t decide_conv_reopen(struct plan *p)
{
    uint64_t agent = p->cmd->assign.agent;
    const struct agent *ag = core_agent(p->k, agent);
    const struct conv *cv;
    err_t err;

    if (p->who.kind == BY_VISITOR)
        return plan_refuse(p, ERR_DENIED, NULL, REFUSE_FOR_AGENTS);
    if ((err = plan_conv(p, ACT_END, &cv)) != ERR_OK || (err = check_over(p, cv)) != ERR_OK ||
        (err = check_place(p, cv)) != ERR_OK)
        return err;
    if (!plan_is_self(p, agent) && (err = plan_may(p, ACT_ASSIGN, cv)) != ERR_OK)
        return err;
    if (ag == NULL)
        return plan_refuse(p, ERR_NOTFOUND, "agent", REFUSE_AGENT_UNKNOWN);
    if ((err = core_may_assign(cv, ag, &p->out->fault)) != ERR_OK)
        return err;
    step_reopen(p, cv, agent);
    return ERR_OK;
}
