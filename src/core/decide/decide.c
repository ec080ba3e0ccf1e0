/*
 * Commands into records: which function decides which command, what they share, and the repeats.
 */
#include "core_int.h"

/* The table of commands names its payloads: do they exist? */
#define X(name, payload, repeats, word)                                                            \
    _Static_assert(offsetof(struct cmd, payload) > 0, "the payload of " word);
CMD_TABLE(X)
#undef X
_Static_assert(sizeof(struct cmd) == offsetof(struct cmd, ring) + sizeof(struct cmd_ring),
               "the largest payload comes first");

static decide_fn *const decide_table[CMD_COUNT] = {
    [CMD_PORTAL_SET] = decide_portal_set,
    [CMD_DEPT_ADD] = decide_dept_add,
    [CMD_DEPT_SET] = decide_dept_set,
    [CMD_DEPT_REMOVE] = decide_dept_remove,
    [CMD_QUEUE_MOVE] = decide_queue_move,
    [CMD_AGENT_ADD] = decide_agent_add,
    [CMD_AGENT_SET] = decide_agent_set,
    [CMD_AGENT_REMOVE] = decide_agent_remove,
    [CMD_AGENT_DISABLE] = decide_agent_disable,
    [CMD_AGENT_ROLE] = decide_agent_role,
    [CMD_ROLE_ADD] = decide_role_add,
    [CMD_ROLE_SET] = decide_role_set,
    [CMD_ROLE_REMOVE] = decide_role_remove,
    [CMD_AGENT_LINK] = decide_agent_link,
    [CMD_AGENT_PASSWORD] = decide_agent_password,
    [CMD_AGENT_STATUS] = decide_agent_status,
    [CMD_AGENT_CONNECT] = decide_agent_connect,
    [CMD_AGENT_LEAVE] = decide_agent_leave,
    [CMD_PICTURE_SET] = decide_picture_set,
    [CMD_PICTURE_REMOVE] = decide_picture_remove,
    [CMD_MEMBER_SET] = decide_member_set,
    [CMD_MEMBER_REMOVE] = decide_member_remove,
    [CMD_SESSION_OPEN] = decide_session_open,
    [CMD_SESSION_CLOSE] = decide_session_close,
    [CMD_SESSION_END] = decide_session_end,
    [CMD_SESSION_USE] = decide_session_use,
    [CMD_TOKEN_ADD] = decide_token_add,
    [CMD_TOKEN_REMOVE] = decide_token_remove,
    [CMD_FACTOR_SET] = decide_factor_set,
    [CMD_FACTOR_REMOVE] = decide_factor_remove,
    [CMD_FACTOR_USE] = decide_factor_use,
    [CMD_BLOCK_ADD] = decide_block_add,
    [CMD_BLOCK_REMOVE] = decide_block_remove,
    [CMD_CANNED_ADD] = decide_canned_add,
    [CMD_CANNED_SET] = decide_canned_set,
    [CMD_CANNED_REMOVE] = decide_canned_remove,
    [CMD_TASK_ADD] = decide_task_add,
    [CMD_TASK_SET] = decide_task_set,
    [CMD_TASK_DONE] = decide_task_done,
    [CMD_TASK_REOPEN] = decide_task_reopen,
    [CMD_TASK_REMOVE] = decide_task_remove,
    [CMD_MENTION_READ] = decide_mention_read,
    [CMD_VIEW_ADD] = decide_view_add,
    [CMD_VIEW_SET] = decide_view_set,
    [CMD_VIEW_REMOVE] = decide_view_remove,
    [CMD_CHAT_START] = decide_chat_start,
    [CMD_CHAT_LEAVE_MESSAGE] = decide_chat_leave_message,
    [CMD_CHAT_CONNECT] = decide_chat_connect,
    [CMD_CHAT_LEAVE] = decide_chat_leave,
    [CMD_CHAT_SEND] = decide_chat_send,
    [CMD_CHAT_SEEN] = decide_chat_seen,
    [CMD_CHAT_END] = decide_chat_end,
    [CMD_CHAT_UNDO_END] = decide_chat_undo_end,
    [CMD_CHAT_FEEDBACK] = decide_chat_feedback,
    [CMD_CHAT_COPY] = decide_chat_copy,
    [CMD_OFFER_ACCEPT] = decide_offer_accept,
    [CMD_OFFER_DECLINE] = decide_offer_decline,
    [CMD_CONV_PICK] = decide_conv_pick,
    [CMD_CONV_TRANSFER] = decide_conv_transfer,
    [CMD_CONV_TAKE_BACK] = decide_conv_take_back,
    [CMD_CONV_ASSIGN] = decide_conv_assign,
    [CMD_CONV_TIME] = decide_conv_time,
    [CMD_CONV_REOPEN] = decide_conv_reopen,
    [CMD_CONV_BOX] = decide_conv_box,
    [CMD_CONV_NOTE] = decide_conv_note,
    [CMD_LINE_EDIT] = decide_line_edit,
    [CMD_LINE_REMOVE] = decide_line_remove,
    [CMD_CONV_TAG] = decide_conv_tag,
    [CMD_CONV_UNTAG] = decide_conv_untag,
    [CMD_CONV_MAIL] = decide_conv_mail,
    [CMD_CONV_FORWARD] = decide_conv_forward,
    [CMD_MAIL_READDRESS] = decide_mail_readdress,
};

err_t core_decide(const struct core *k, const struct cmd *cmd, int64_t now_ms, struct out *out)
{
    struct plan p = {
        .k = k,
        .cmd = cmd,
        .out = out,
        .now_ms = now_ms > k->time_ms ? now_ms : k->time_ms,
        .who = cmd->who,
    };
    err_t err;

    ensure(cmd->type < CMD_COUNT);
    out_reset(out);
    if ((err = token_may_ask(&p)) == ERR_OK && (err = decide_table[cmd->type](&p)) == ERR_OK)
        err = token_may_do(&p);
    if (err != ERR_OK) {
        out->nrecs = out->nmails = 0;
        if (out->fault.err == ERR_OK)
            fault_refuse(&out->fault, err, NULL, REFUSE_NONE);
        return err;
    }
    if (out->nrecs > 0 && out->recs[0].obj_type == OBJ_CONV) {
        out->n = out->recs[0].n;
        out->seq = out->recs[0].seq;
    }
    return ERR_OK;
}

/* what the deciders share */

err_t plan_refuse(struct plan *p, err_t err, const char *field, enum refusal why)
{
    return fault_refuse(&p->out->fault, err, field, why);
}

err_t plan_refuse_name(struct plan *p, err_t err, const char *field, enum refusal why,
                       uint64_t agent)
{
    const struct agent *ag = core_agent(p->k, agent);

    if (ag == NULL)
        return plan_refuse(p, err, field, REFUSE_NONE);
    return fault_refuse_with(&p->out->fault, err, field, why, VALUES(OF_STR(ag->name)));
}

err_t plan_mailbox(struct plan *p, const char *field, struct span addr)
{
    if (mailbox_check(addr, &p->out->fault) == ERR_OK)
        return ERR_OK;
    return fault_move(&p->out->fault, ERR_INVAL, field);
}

err_t plan_may(struct plan *p, enum action action, const struct conv *cv)
{
    enum refusal why;
    err_t err = rights_may(p->k, &p->who, action, cv, &why);

    if (err != ERR_OK)
        return action_refuse(&p->out->fault, err, NULL, why, action);
    p->asked = p->asked || action_permission(action) != 0;
    return ERR_OK;
}

/* The conversation that the command names, if the principal may do this with it. */
err_t plan_conv(struct plan *p, enum action action, const struct conv **cv)
{
    const struct xconv *x = xconv_find(p->k, p->cmd->conv);
    err_t err;

    if (x == NULL)
        return plan_refuse(p, ERR_NOTFOUND, NULL, REFUSE_CONVERSATION_UNKNOWN);
    if ((err = plan_may(p, action, &x->c)) != ERR_OK)
        return err;
    *cv = &x->c;
    p->out->id = x->c.id;
    return ERR_OK;
}

/* A visitor's own; the gateway itself may stand in for the visitor. */
err_t plan_own_conv(struct plan *p, const struct conv **cv)
{
    if (p->who.kind == BY_AGENT || p->who.kind == BY_OPERATOR)
        return plan_refuse(p, ERR_DENIED, NULL, REFUSE_FOR_VISITORS);
    return plan_conv(p, ACT_SEE, cv);
}

/*
 * Check each change, write it to *fields and into *object.  Nothing is half-saved: the object is a
 * copy, and the fields become a record only after the whole fits together.
 */
err_t plan_changes(struct plan *p, const struct change *changes, size_t n, enum obj_type type,
                   void *object, struct buf *fields)
{
    size_t count;
    const struct setting *table = type == OBJ_PORTAL ? portal_settings(&count)
                                  : type == OBJ_DEPT ? dept_settings(&count)
                                                     : agent_settings(&count);

    for (size_t i = 0; i < n; i++) {
        struct change c = changes[i];
        struct buf norm = {0};
        err_t err;

        if (c.setting < table || c.setting >= table + count)
            return plan_refuse(p, ERR_INVAL, NULL, REFUSE_OTHER_KIND);
        err = setting_check(&changes[i], &norm, &c, &p->out->fault);
        if (err == ERR_OK)
            setting_put(fields, &c);
        buf_fini(&norm);
        if (err != ERR_OK)
            return err;
    }
    ensure(settings_apply(type, object, buf_span(fields)));
    return ERR_OK;
}

/* repeats */

/* Those who see all lift a block whether its conversation can be read or not. */
uint64_t core_needs_conv(const struct core *k, const struct cmd *cmd, size_t at)
{
    const struct block *b = cmd->type == CMD_BLOCK_REMOVE ? core_block(k, cmd->block) : NULL;
    const struct mention *m;
    const struct task *t;

    if (cmd->type == CMD_MENTION_READ) {
        m = at < cmd->mention.nmentions ? core_mention(k, cmd->mention.mentions[at]) : NULL;
        return m != NULL ? m->conv : 0;
    }
    if (cmd->type == CMD_AGENT_DISABLE || cmd->type == CMD_AGENT_REMOVE) {
        t = cmd->agent_end.tasks_to != 0 ? task_open_at(k, cmd->agent_end.agent, at) : NULL;
        return t != NULL ? t->conv : 0;
    }
    if (at > 0)
        return 0;
    if (b != NULL && reader_of(k, &cmd->who).kind == READER_AGENT)
        return b->conv;
    if (cmd->type >= CMD_TASK_SET && cmd->type <= CMD_TASK_REMOVE)
        return core_task(k, cmd->task.task) != NULL ? core_task(k, cmd->task.task)->conv : 0;
    return cmd->conv;
}

err_t core_repeat(const struct core *k, const struct cmd *cmd, uint32_t *n, uint32_t *seq,
                  uint64_t *pos)
{
    const struct conv *cv = core_conv(k, cmd->conv);
    const struct recent_item *item;

    if (cv == NULL || cmd->cid == 0 || !cmd_is_in_conv(cmd->type) ||
        (item = recent_find(cv, cmd->cid)) == NULL)
        return ERR_NOTFOUND;
    if (item->chash != cmd->chash)
        return ERR_REUSED;
    *n = item->n;
    *seq = item->seq;
    *pos = item->pos;
    return ERR_OK;
}
