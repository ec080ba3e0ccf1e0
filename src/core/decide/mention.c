/*
 * Deciding about mentions: whom a note may speak to, who is told of it and who no more once it was
 * changed, that somebody has seen his, and that he has not for long.
 */
#include "core_int.h"

static bool has(const uint64_t *agents, size_t n, uint64_t agent)
{
    for (size_t i = 0; i < n; i++)
        if (agents[i] == agent)
            return true;
    return false;
}

static size_t mentioned_before(const struct rec *line, uint64_t *agents)
{
    return line != NULL ? body_mentions(line->body, agents) : 0;
}

/* Whether there is such an agent is known to agents: what he may see is told by the audience. */
static err_t check_one(struct plan *p, const struct conv *cv, uint64_t agent)
{
    const struct agent *ag = core_agent(p->k, agent);
    err_t err;

    if (ag == NULL)
        return plan_refuse(p, ERR_NOTFOUND, "mentions", REFUSE_AGENT_UNKNOWN);
    if (p->who.kind == BY_AGENT && p->who.id == agent)
        return fault_refuse_with(&p->out->fault, ERR_INVAL, "mentions", REFUSE_MENTION_ONESELF,
                                 VALUES(OF_STR(ag->name)));
    err = core_may_mention(p->k, cv, ag, &p->out->fault);
    return err == ERR_OK ? ERR_OK : fault_move(&p->out->fault, err, "mentions");
}

/* Whoever was mentioned before need not be possible now. */
err_t check_mentions(struct plan *p, const struct conv *cv, const uint64_t *agents, size_t n,
                     const struct rec *line)
{
    uint64_t was[MENTIONS_PER_LINE_MAX];
    size_t nwas = mentioned_before(line, was);
    err_t err = ERR_OK;

    if (n > MENTIONS_PER_LINE_MAX)
        return fault_refuse_with(&p->out->fault, ERR_INVAL, "mentions", REFUSE_MENTIONS_MANY,
                                 VALUES(OF_INT(MENTIONS_PER_LINE_MAX), OF_INT(n)));
    for (size_t i = 0; i < n && err == ERR_OK; i++) {
        if (has(agents, i, agents[i]))
            return plan_refuse(p, ERR_INVAL, "mentions", REFUSE_TWICE);
        if (!has(was, nwas, agents[i]))
            err = check_one(p, cv, agents[i]);
    }
    return err;
}

static struct rec_mention as_it_is(const struct mention *m)
{
    return (struct rec_mention){.agent = m->agent, .conv = m->conv, .pos = m->pos, .seq = m->seq};
}

/* When he is told by mail, where he has not read it by then. */
static int64_t due_of(const struct plan *p, uint64_t agent)
{
    const struct agent *ag = core_agent(p->k, agent);

    return ag->alerts.mentions != TASK_MAIL_NO ? p->now_ms + ag->alerts.mentions_ms : 0;
}

static void step_remove(struct plan *p, const struct mention *m)
{
    plan_rec(p, REC_MENTION_REMOVED, m->id)->mention = as_it_is(m);
}

void step_mentions(struct plan *p, const struct conv *cv, uint64_t pos, uint32_t seq,
                   const struct rec *line, const uint64_t *agents, size_t n)
{
    uint64_t was[MENTIONS_PER_LINE_MAX], id = plan_id(p);
    size_t nwas = mentioned_before(line, was);
    const struct mention *m;

    for (size_t i = 0; i < nwas; i++)
        if (!has(agents, n, was[i]) && (m = mention_in(p->k, pos, was[i])) != NULL)
            step_remove(p, m);
    for (size_t i = 0; i < n; i++) {
        if (has(was, nwas, agents[i]))
            continue;
        plan_rec(p, REC_MENTION_ADDED, id++)->mention =
            (struct rec_mention){.agent = agents[i],
                                 .conv = cv->id,
                                 .pos = pos,
                                 .seq = seq,
                                 .due_ms = due_of(p, agents[i])};
        if (core_mention_count(p->k, agents[i], false) >= MENTIONS_PER_AGENT_MAX)
            step_remove(p, mention_to_go(p->k, agents[i]));
    }
}

/* One's own, of a conversation that one may see: all others are not there. */
static const struct mention *mention_of_asker(const struct plan *p, uint64_t id)
{
    const struct reader r = reader_of(p->k, &p->who);
    const struct mention *m = core_mention(p->k, id);

    return m != NULL && audience_mention(&r, m, core_conv(p->k, m->conv)) ? m : NULL;
}

err_t decide_mention_read(struct plan *p)
{
    const struct cmd_mention *c = &p->cmd->mention;
    const struct mention *m;

    if (p->who.kind != BY_AGENT)
        return plan_refuse(p, ERR_DENIED, NULL, REFUSE_FOR_AGENTS);
    for (size_t i = 0; i < c->nmentions; i++)
        if ((m = mention_of_asker(p, c->mentions[i])) == NULL)
            return plan_refuse(p, ERR_NOTFOUND, "mention", REFUSE_MENTION_UNKNOWN);
    for (size_t i = 0; i < c->nmentions; i++) {
        m = core_mention(p->k, c->mentions[i]);
        if (!m->read && !has(c->mentions, i, m->id))
            plan_rec(p, REC_MENTION_READ, m->id)->mention = as_it_is(m);
    }
    p->out->unchanged = p->out->nrecs == 0;
    return ERR_OK;
}

/* Whether he may still read it, and there is still something to read, is judged when it is written.
 */
void settle_mention(struct plan *p, const struct xmention *x)
{
    const struct conv *cv = core_conv(p->k, x->m.conv);
    const struct agent *ag = core_agent(p->k, x->m.agent);
    struct rec_mention due = as_it_is(&x->m);

    if (cv != NULL && conv_is_open(cv)) {
        due.dept = cv->dept;
        due.entry = cv->entry;
        due.holder = cv->handed_dept != 0       ? cv->handed_by
                     : cv->state == CONV_ACTIVE ? cv->agent
                                                : 0;
        due.at = cv->last_pos;
    }
    plan_rec(p, REC_MENTION_DUE, x->m.id)->mention = due;
    if (ag != NULL && ag->enabled &&
        (ag->alerts.mentions == TASK_MAIL_ALWAYS ||
         (ag->alerts.mentions == TASK_MAIL_AWAY && !ag->connected)))
        plan_reminder(p, MAIL_MENTION, ag);
}
