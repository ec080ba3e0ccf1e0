/* Deciding about what visitors and agents do in a conversation: offers, lines, marks. */
#include "core_int.h"

/* The agent who acts, who must be there to hold a chat. */
static err_t plan_taker(struct plan *p, const struct agent **ag)
{
    if (p->who.kind != BY_AGENT)
        return plan_refuse(p, ERR_DENIED, NULL, REFUSE_FOR_AGENTS);
    *ag = core_agent(p->k, p->who.id);
    if (*ag == NULL || !(*ag)->enabled)
        return plan_refuse(p, ERR_DENIED, NULL, REFUSE_ACCOUNT_DISABLED);
    return ERR_OK;
}

/*
 * The conversation of an offer.  Whoever was asked may know of it; to all others it is what their
 * rights make of it.
 */
static err_t plan_offer(struct plan *p, const struct agent *ag, const struct conv **cv)
{
    const struct xconv *x = xconv_find(p->k, p->cmd->conv);

    if (x != NULL &&
        (asked_has(x, ag->id) || x->c.agent == ag->id || conv_rings_at(&x->c, ag->id))) {
        *cv = &x->c;
        p->out->id = x->c.id;
        return ERR_OK;
    }
    return plan_conv(p, ACT_SEE, cv);
}

static bool is_due(const struct plan *p, int64_t due_ms)
{
    return due_ms <= p->now_ms && p->now_ms >= p->k->floor_ms;
}

/* Why nobody will answer it any more. */
static err_t refuse_missed(struct plan *p, const struct conv *cv)
{
    switch (cv->why) {
    case WHY_VISITOR:
    case WHY_GONE:
        return plan_refuse(p, ERR_ENDED, NULL, REFUSE_VISITOR_LEFT);
    case WHY_BLOCKED:
        return plan_refuse(p, ERR_ENDED, NULL, REFUSE_VISITOR_BLOCKED);
    case WHY_WAIT:
        return plan_refuse(p, ERR_ENDED, NULL, REFUSE_WAITED_TOO_LONG);
    default:
        return plan_refuse(p, ERR_ENDED, NULL, REFUSE_NONE);
    }
}

/* Why an agent to whom it is not offered (now) cannot accept it. */
static err_t refuse_late(struct plan *p, const struct agent *ag, const struct conv *cv)
{
    switch (cv->state) {
    case CONV_ACTIVE:
        if (cv->agent == ag->id) {
            p->out->unchanged = true;
            return ERR_OK;
        }
        return plan_refuse_name(p, ERR_TAKEN, NULL, REFUSE_TAKEN_BY, cv->agent);
    case CONV_ENDED:
        return plan_refuse(p, ERR_ENDED, NULL, REFUSE_NONE);
    case CONV_MISSED:
        return refuse_missed(p, cv);
    case CONV_OFFERED:
        if (conv_rings(cv))
            return plan_refuse(p, ERR_LATE, NULL, REFUSE_OFFER_PASSED);
        return plan_refuse_name(p, ERR_LATE, NULL, REFUSE_OFFERED_TO, cv->agent);
    default:
        return plan_refuse(p, ERR_LATE, NULL, REFUSE_WAITS_AGAIN);
    }
}

/* It rings at him, and what he has taken since has left him no place for it. */
static bool has_lost_ring(const struct conv *cv, const struct agent *ag)
{
    const struct xagent *x = container_of((struct agent *)ag, struct xagent, a);
    const struct seat *s = agent_seat(x, conv_asks(cv));

    return conv_rings(cv) && (s == NULL || !s->free.in);
}

err_t decide_offer_accept(struct plan *p)
{
    const struct agent *ag;
    const struct conv *cv;
    err_t err = plan_taker(p, &ag);

    if (err == ERR_OK)
        err = plan_offer(p, ag, &cv);
    if (err != ERR_OK)
        return err;
    if (!conv_is_offered_to(cv, ag->id))
        return refuse_late(p, ag, cv);
    if ((err = plan_may(p, ACT_PICK, cv)) != ERR_OK)
        return err;
    if (is_due(p, cv->wait_until_ms))
        return plan_refuse(p, ERR_LATE, NULL,
                           cv->handed_dept != 0 ? REFUSE_OFFER_PASSED : REFUSE_WAITED_TOO_LONG);
    if (is_due(p, cv->offer_until_ms))
        return plan_refuse(p, ERR_LATE, NULL, REFUSE_OFFER_PASSED);
    if (!agent_takes_offers(ag))
        return plan_refuse(p, ERR_LATE, NULL, REFUSE_NOT_AVAILABLE);
    if (has_lost_ring(cv, ag))
        return plan_refuse(p, ERR_LATE, NULL, REFUSE_OFFER_PASSED);
    step_accept(p, cv, ag->id);
    return ERR_OK;
}

err_t decide_offer_decline(struct plan *p)
{
    const struct agent *ag;
    const struct conv *cv;
    err_t err = plan_taker(p, &ag);

    if (err == ERR_OK)
        err = plan_offer(p, ag, &cv);
    if (err != ERR_OK)
        return err;
    if (!conv_is_offered_to(cv, ag->id))
        return plan_refuse(p, ERR_LATE, NULL, REFUSE_OFFER_PASSED);
    if (conv_rings(cv))
        step_ring_out(p, cv, ag->id, WHY_DECLINED);
    else
        step_pass_on(p, cv, WHY_DECLINED);
    return ERR_OK;
}

/*
 * By hand an agent may take a waiting one out of its order, and beyond the own capacity; also one
 * that rings at others, of whom nobody has it yet.
 */
err_t decide_conv_pick(struct plan *p)
{
    const struct agent *ag;
    const struct conv *cv;
    const struct member *m;
    err_t err = plan_taker(p, &ag);

    if (err == ERR_OK)
        err = plan_conv(p, ACT_SEE, &cv);
    if (err != ERR_OK)
        return err;
    if (conv_is_offered_to(cv, ag->id))
        return decide_offer_accept(p);
    if (cv->state == CONV_OFFERED && !conv_rings(cv))
        return plan_refuse_name(p, ERR_TAKEN, NULL, REFUSE_OFFERED_TO, cv->agent);
    if (cv->state != CONV_WAITING && cv->state != CONV_LEFT && !conv_rings(cv))
        return refuse_late(p, ag, cv);
    if ((err = plan_may(p, ACT_PICK, cv)) != ERR_OK)
        return err;
    m = agent_member(ag, cv->dept);
    if (!agent_may_answer(ag) || (m != NULL && !m->chat) || (m == NULL && ag->role != ROLE_ADMIN))
        return plan_refuse(p, ERR_DENIED, NULL, REFUSE_NO_CHAT_ACCESS);
    if (!ag->connected)
        return plan_refuse(p, ERR_CONFLICT, NULL, REFUSE_NOT_HERE);
    if (cv->state != CONV_LEFT && is_due(p, cv->wait_until_ms))
        return plan_refuse(p, ERR_LATE, NULL, REFUSE_WAITED_TOO_LONG);
    step_accept(p, cv, ag->id);
    return ERR_OK;
}

/* A text to be kept: there, short enough, without control characters, in a chat with room. */
err_t plan_line_check(struct plan *p, const struct conv *cv, struct span s)
{
    if (span_trim(s).len == 0)
        return plan_refuse(p, ERR_INVAL, "text", REFUSE_EMPTY);
    if (!span_is_utf8(s))
        return plan_refuse(p, ERR_INVAL, "text", REFUSE_ENCODING);
    if (span_codepoints(s) > TEXT_MAX_CODEPOINTS)
        return fault_refuse_with(&p->out->fault, ERR_INVAL, "text", REFUSE_TOO_LONG,
                                 VALUES(OF_INT(TEXT_MAX_CODEPOINTS), OF_INT(span_codepoints(s))));
    if (!span_is_text(s, TEXT_MAX_CODEPOINTS))
        return span_refuse(s, false, &p->out->fault, "text");
    if (cv->seq >= CONV_LINES_MAX)
        return fault_refuse_with(&p->out->fault, ERR_TOOBIG, "text", REFUSE_LINES_FULL,
                                 VALUES(OF_INT(CONV_LINES_MAX)));
    return ERR_OK;
}

static struct rec *plan_line(struct plan *p, enum rec_type type, const struct conv *cv)
{
    struct buf body = {0};
    struct rec *rec;

    tlv_put_span(&body, BODY_TEXT, p->cmd->line.text);
    tlv_put_span(&body, BODY_CLIENT_ID, p->cmd->client_id);
    body_put_mentions(&body, p->cmd->line.mentions, p->cmd->line.nmentions);
    rec = plan_rec(p, type, cv->id);
    rec->body = plan_take(p, &body);
    return rec;
}

/* What goes to the visitor, or to whoever reads the answer by mail, speaks to no colleague. */
static err_t plan_no_mentions(struct plan *p)
{
    if (p->cmd->line.nmentions == 0)
        return ERR_OK;
    return plan_refuse(p, ERR_INVAL, "mentions", REFUSE_MENTION_LINE);
}

err_t decide_chat_send(struct plan *p)
{
    const struct conv *cv;
    err_t err = plan_conv(p, ACT_REPLY, &cv);

    if (err != ERR_OK)
        return err;
    if (p->who.kind != BY_VISITOR && (err = plan_not_over(p, cv)) != ERR_OK)
        return err;
    if (!conv_is_open(cv))
        return plan_refuse(p, ERR_ENDED, NULL, REFUSE_NONE);
    if (cv->state != CONV_ACTIVE && p->who.kind != BY_VISITOR)
        return plan_refuse(p, ERR_CONFLICT, NULL, REFUSE_NOT_TAKEN);
    if ((err = plan_line_check(p, cv, p->cmd->line.text)) != ERR_OK ||
        (err = plan_no_mentions(p)) != ERR_OK)
        return err;
    plan_line(p, REC_CONV_MESSAGE, cv)->line.at_home =
        p->who.kind == BY_AGENT && cv->dept == cv->entry;
    /* The visitor knows of no end yet, and is not to have written it to nobody. */
    if (cv->ending_ms != 0)
        step_end_undone(p, cv, WHY_VISITOR);
    return ERR_OK;
}

err_t decide_conv_note(struct plan *p)
{
    const struct cmd_line *c = &p->cmd->line;
    const struct conv *cv;
    const struct rec *rec;
    err_t err = plan_conv(p, ACT_NOTE, &cv);

    if (err != ERR_OK || (err = plan_line_check(p, cv, c->text)) != ERR_OK ||
        (err = check_mentions(p, cv, c->mentions, c->nmentions, NULL)) != ERR_OK)
        return err;
    rec = plan_line(p, REC_CONV_NOTE, cv);
    step_mentions(p, cv, rec->pos, rec->seq, NULL, c->mentions, c->nmentions);
    return ERR_OK;
}

err_t decide_conv_mail(struct plan *p)
{
    const struct conv *cv;
    struct buf body = {0};
    err_t err;

    if (p->who.kind != BY_AGENT)
        return plan_refuse(p, ERR_DENIED, NULL, REFUSE_FOR_AGENTS);
    if ((err = plan_conv(p, ACT_SEE, &cv)) != ERR_OK ||
        (err = core_may_mail(p->k, &p->who, cv, &p->out->fault)) != ERR_OK ||
        (err = plan_line_check(p, cv, p->cmd->line.text)) != ERR_OK ||
        (err = plan_no_mentions(p)) != ERR_OK)
        return err;
    p->asked = true;
    tlv_put_span(&body, BODY_TEXT, p->cmd->line.text);
    tlv_put_str(&body, BODY_EMAIL, cv->email);
    tlv_put_span(&body, BODY_CLIENT_ID, p->cmd->client_id);
    plan_rec(p, REC_CONV_MAILED, cv->id)->body = plan_take(p, &body);
    plan_mail(p, MAIL_REPLY, cv, span_of(cv->email));
    plan_mailed(p, cv);
    return ERR_OK;
}

static err_t check_forward(struct plan *p, const struct conv *cv)
{
    const struct cmd_forward *cmd = &p->cmd->forward;
    err_t err;

    if (!core_has_from(p->k, cv))
        return plan_refuse(p, ERR_CONFLICT, "from", REFUSE_NO_FROM_ANY);
    if ((err = plan_mailbox(p, "to", cmd->to)) != ERR_OK)
        return err;
    if (cmd->nlines == 0 || cmd->nlines > FORWARD_LINES_MAX)
        return fault_refuse_with(&p->out->fault, ERR_INVAL, "lines", REFUSE_HOW_MANY,
                                 VALUES(OF_INT(FORWARD_LINES_MAX), OF_INT(cmd->nlines)));
    for (size_t i = 0; i < cmd->nlines; i++)
        if (cmd->lines[i] == 0 || cmd->lines[i] > cv->seq ||
            (i > 0 && cmd->lines[i] <= cmd->lines[i - 1]))
            return fault_refuse_with(&p->out->fault, ERR_INVAL, "lines", REFUSE_LINE_UNKNOWN,
                                     VALUES(OF_INT(cmd->lines[i])));
    return cmd->text.len == 0 && cv->seq < CONV_LINES_MAX ? ERR_OK
                                                          : plan_line_check(p, cv, cmd->text);
}

err_t decide_conv_forward(struct plan *p)
{
    const struct conv *cv;
    struct buf body = {0}, lines = {0};
    struct rec *rec;
    err_t err;

    if (p->who.kind != BY_AGENT)
        return plan_refuse(p, ERR_DENIED, NULL, REFUSE_FOR_AGENTS);
    if ((err = plan_conv(p, ACT_FORWARD, &cv)) != ERR_OK || (err = check_forward(p, cv)) != ERR_OK)
        return err;
    tlv_put_span(&body, BODY_TEXT, p->cmd->forward.text);
    tlv_put_span(&body, BODY_EMAIL, p->cmd->forward.to);
    rec_put_lines(p->cmd->forward.lines, p->cmd->forward.nlines, &lines);
    rec = plan_rec(p, REC_CONV_FORWARDED, cv->id);
    rec->body = plan_take(p, &body);
    rec->forward.lines = plan_take(p, &lines);
    rec->forward.with_notes = p->cmd->forward.with_notes;
    plan_mail(p, MAIL_FORWARD, cv, p->cmd->forward.to);
    return ERR_OK;
}

err_t decide_mail_readdress(struct plan *p)
{
    const struct mail_order *old = p->cmd->readdress.order;
    const struct conv *cv;
    struct buf body = {0};
    struct rec *rec;
    err_t err = plan_conv(p, ACT_SEE_OUTBOX, &cv);

    if (err != ERR_OK)
        return err;
    ensure(old != NULL && old->replaces != 0 && old->conv == cv->id);
    if ((err = plan_mailbox(p, "to", p->cmd->readdress.to)) != ERR_OK)
        return err;
    if (cv->seq >= CONV_LINES_MAX)
        return fault_refuse_with(&p->out->fault, ERR_TOOBIG, NULL, REFUSE_LINES_FULL,
                                 VALUES(OF_INT(CONV_LINES_MAX)));
    tlv_put_span(&body, BODY_EMAIL, p->cmd->readdress.to);
    tlv_put_span(&body, BODY_INSTEAD, old->instead);
    rec = plan_rec(p, REC_CONV_READDRESSED, cv->id);
    rec->body = plan_take(p, &body);
    rec->readdress.mail = old->replaces;
    plan_mail_instead(p, old, p->cmd->readdress.to);
    return ERR_OK;
}

/*
 * Marks only ever go up; an agent's counts if that agent holds the chat, and may still answer it: a
 * change of rights takes the chat away by what follows from it, a moment later.
 */
err_t decide_chat_seen(struct plan *p)
{
    const struct conv *cv;
    uint32_t seen;
    err_t err = plan_conv(p, ACT_SEE, &cv);

    if (err != ERR_OK)
        return err;
    if (p->cmd->seen.n < 0 || p->cmd->seen.n > cv->n)
        return fault_refuse_with(&p->out->fault, ERR_INVAL, "n", REFUSE_RANGE,
                                 VALUES(OF_INT(0), OF_INT(cv->n), OF_INT(p->cmd->seen.n)));
    seen = p->who.kind == BY_VISITOR ? cv->seen_visitor : cv->seen_agent;
    if (p->cmd->seen.n <= seen || !conv_is_open(cv) ||
        (p->who.kind == BY_AGENT && (cv->state != CONV_ACTIVE || cv->agent != p->who.id ||
                                     !agent_may_answer(core_agent(p->k, p->who.id)))))
        p->out->unchanged = true;
    else
        plan_rec(p, REC_CONV_SEEN, cv->id)->seen.n = (uint32_t)p->cmd->seen.n;
    return ERR_OK;
}
