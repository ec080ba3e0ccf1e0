/*
 * Deciding about lines that their authors change or take back: what an agent has said to a visitor,
 * while the chat goes on, and his notes and whom they mention.  What stood there before stays, for
 * agents.
 */
#include "core_int.h"

/* What a visitor was mailed, or has read as the end of it, is not changed behind his back. */
static err_t check_said(struct plan *p, const struct conv *cv)
{
    int64_t since_ms = p->now_ms - p->cmd->edit.line->time_ms;
    err_t err = plan_not_over(p, cv);

    if (err != ERR_OK)
        return err;
    if (p->cmd->type == CMD_LINE_EDIT && since_ms > EDIT_MAX_MS)
        return fault_refuse_with(&p->out->fault, ERR_LATE, NULL, REFUSE_LINE_LATE,
                                 VALUES(OF_INT(EDIT_MAX_MS / 60000)));
    return ERR_OK;
}

/* A line of one's own that can still be changed. */
static err_t plan_own_line(struct plan *p, const struct conv **cv)
{
    const struct rec *line = p->cmd->edit.line;
    bool note = line->type == REC_CONV_NOTE;
    err_t err;

    if (p->who.kind != BY_AGENT)
        return plan_refuse(p, ERR_DENIED, NULL, REFUSE_FOR_AGENTS);
    if ((err = plan_conv(p, ACT_SEE, cv)) != ERR_OK)
        return err;
    ensure(line->obj == (*cv)->id && line->seq <= (*cv)->seq);
    if ((line->type != REC_CONV_MESSAGE && !note) || line->who.kind == BY_SYSTEM)
        return fault_refuse_with(&p->out->fault, ERR_INVAL, "line", REFUSE_LINE_FIXED,
                                 VALUES(OF_INT(line->seq)));
    if (line->who.kind != BY_AGENT || line->who.id != p->who.id)
        return plan_refuse(p, ERR_DENIED, "line", REFUSE_LINE_OTHERS);
    if (!note && (err = check_said(p, *cv)) != ERR_OK)
        return err;
    return plan_may(p, note ? ACT_NOTE : ACT_REPLY, *cv);
}

/* Whom it is to mention from now on. */
struct named {
    uint64_t agents[MENTIONS_PER_LINE_MAX];
    size_t n;
};

/* Those who are named, or else who were; and is that another than before? */
static err_t plan_named(struct plan *p, const struct conv *cv, struct named *to, bool *same)
{
    const struct cmd_edit *c = &p->cmd->edit;
    struct named was = {.n = body_mentions(c->line->body, was.agents)};
    err_t err;

    if (c->names && c->nmentions > 0 && c->line->type != REC_CONV_NOTE)
        return plan_refuse(p, ERR_INVAL, "mentions", REFUSE_MENTION_LINE);
    *to = was;
    if (c->names) {
        err = check_mentions(p, cv, c->mentions, c->nmentions, c->line);
        if (err != ERR_OK)
            return err;
        to->n = c->nmentions;
        for (size_t i = 0; i < to->n; i++)
            to->agents[i] = c->mentions[i];
    }
    *same = to->n == was.n;
    for (size_t i = 0; i < to->n && *same; i++)
        *same = to->agents[i] == was.agents[i];
    return ERR_OK;
}

static void plan_edit(struct plan *p, const struct conv *cv, struct span text,
                      const struct named *to)
{
    const struct rec *line = p->cmd->edit.line;
    struct buf body = {0};
    struct rec *rec;

    tlv_put_span(&body, BODY_TEXT, text);
    tlv_put_span(&body, BODY_WAS, body_get(line->body, BODY_TEXT));
    tlv_put_span(&body, BODY_SAID, body_get(line->body, BODY_SAID));
    tlv_put_span(&body, BODY_LINE_ID, body_get(line->body, BODY_CLIENT_ID));
    body_put_mentions(&body, to->agents, to->n);
    rec = plan_rec(p, REC_CONV_EDITED, cv->id);
    rec->body = plan_take(p, &body);
    rec->edit = (struct rec_edit){
        .pos = line->pos, .seq = line->seq, .n = line->n, .removed = text.len == 0};
    if (line->n == 0)
        rec->n = 0; /* a note: visitors know nothing of either */
    step_mentions(p, cv, line->pos, line->seq, line, to->agents, to->n);
}

err_t decide_line_edit(struct plan *p)
{
    const struct rec *line = p->cmd->edit.line;
    struct span text = p->cmd->edit.text, was = body_get(line->body, BODY_TEXT);
    const struct conv *cv;
    struct named to;
    bool same;
    err_t err = plan_own_line(p, &cv);

    if (err != ERR_OK)
        return err;
    if (was.len == 0)
        return plan_refuse(p, ERR_CONFLICT, "line", REFUSE_LINE_REMOVED);
    if ((err = plan_line_check(p, cv, text)) != ERR_OK ||
        (err = plan_named(p, cv, &to, &same)) != ERR_OK)
        return err;
    if (span_eq(text, was) && same)
        p->out->unchanged = true;
    else
        plan_edit(p, cv, text, &to);
    return ERR_OK;
}

err_t decide_line_remove(struct plan *p)
{
    const struct conv *cv;
    err_t err = plan_own_line(p, &cv);

    if (err != ERR_OK)
        return err;
    if (body_get(p->cmd->edit.line->body, BODY_TEXT).len == 0)
        p->out->unchanged = true;
    else if (cv->seq >= CONV_LINES_MAX)
        return fault_refuse_with(&p->out->fault, ERR_TOOBIG, NULL, REFUSE_LINES_FULL,
                                 VALUES(OF_INT(CONV_LINES_MAX)));
    else
        plan_edit(p, cv, SPAN_NONE, &(struct named){.n = 0});
    return ERR_OK;
}
