/*
 * Deciding about the ways in: sessions, and the API tokens that an agent makes for his programs.  A
 * token is one more session that no browser has: it says by itself what it may, and that is cut to
 * what its agent may whenever it is used (audience.c).
 */
#include "core_int.h"

err_t decide_session_open(struct plan *p)
{
    const struct cmd_session_open *cmd = &p->cmd->session_open;
    const struct agent *ag;
    const struct xagent *x;
    uint64_t id = plan_id(p);
    struct rec_session *session;
    struct buf body = {0};
    struct rec *rec;
    err_t err = plan_agent_own(p, p->cmd->session_open.agent, &ag);

    if (err != ERR_OK)
        return err;
    if (!ag->enabled)
        return plan_refuse(p, ERR_DENIED, NULL, REFUSE_ACCOUNT_DISABLED);
    if (cmd->hash.len != HASH_BYTES || cmd->until_ms <= p->now_ms)
        return plan_refuse(p, ERR_INVAL, "hash", REFUSE_HASH);
    tlv_put_span(&body, BODY_AGENT_STRING, cmd->browser);
    if (cmd->ip.b[0] != 0 || memcmp(cmd->ip.b, cmd->ip.b + 1, sizeof(cmd->ip.b) - 1) != 0)
        tlv_put_span(&body, BODY_IP, (struct span){(const char *)cmd->ip.b, sizeof(cmd->ip.b)});
    rec = plan_rec(p, REC_SESSION_OPENED, id);
    rec->body = plan_take(p, &body);
    session = &rec->session;
    session->agent = ag->id;
    session->from = cmd->from;
    session->until_ms = cmd->until_ms;
    memcpy(session->hash, cmd->hash.p, HASH_BYTES);
    p->out->id = id;
    x = container_of((struct agent *)ag, struct xagent, a);
    if (otree_size(&x->sessions) >= SESSIONS_PER_AGENT_MAX) {
        struct onode *oldest = otree_first(&x->sessions);

        plan_rec(p, REC_SESSION_CLOSED, oldest->key[0])->closed.agent = ag->id;
    }
    return ERR_OK;
}

err_t decide_session_close(struct plan *p)
{
    const struct xsession *x = xsession_find(p->k, p->cmd->session);
    err_t err;

    p->out->id = p->cmd->session;
    if (x == NULL) {
        p->out->unchanged = true;
        return ERR_OK;
    }
    if (!plan_is_self(p, x->s.agent) && (err = plan_may(p, ACT_ADMIN, NULL)) != ERR_OK)
        return err;
    plan_rec(p, REC_SESSION_CLOSED, x->s.id)->closed.agent = x->s.agent;
    return ERR_OK;
}

/* Of somebody else's nobody but administrators learns that there is one. */
err_t decide_session_end(struct plan *p)
{
    const struct cmd_session_end *cmd = &p->cmd->session_end;
    const struct xsession *x = xsession_find(p->k, cmd->session);
    const struct xagent *ag = xagent_find(p->k, cmd->agent);
    err_t err = plan_is_self(p, cmd->agent) ? ERR_OK : plan_may(p, ACT_ADMIN, NULL);

    if (err != ERR_OK)
        return err;
    if (ag == NULL)
        return plan_refuse(p, ERR_NOTFOUND, "agent", REFUSE_AGENT_UNKNOWN);
    if (cmd->session != 0 && (x == NULL || x->s.is_token || x->s.agent != cmd->agent))
        return plan_refuse(p, ERR_NOTFOUND, "session", REFUSE_SESSION_UNKNOWN);
    if (cmd->session != 0)
        plan_rec(p, REC_SESSION_CLOSED, cmd->session)->closed.agent = cmd->agent;
    else
        step_close_browsers(p, ag, p->who.session);
    p->out->unchanged = p->out->nrecs == 0;
    return ERR_OK;
}

/* What is noted now and then is not worth an error. */
err_t decide_session_use(struct plan *p)
{
    const struct xsession *x = xsession_find(p->k, p->cmd->session);

    p->out->id = p->cmd->session;
    p->asked = true;
    if (x == NULL || !plan_is_self(p, x->s.agent) || p->now_ms - x->s.used_ms < SESSION_USED_MS)
        p->out->unchanged = true;
    else
        plan_rec(p, REC_SESSION_USED, x->s.id);
    return ERR_OK;
}

static err_t token_check(struct plan *p)
{
    const struct cmd_token_add *cmd = &p->cmd->token_add;
    size_t has = span_codepoints(cmd->name);

    if (!span_is_line(cmd->name, cmd->name.len))
        return span_refuse(cmd->name, true, &p->out->fault, "name");
    if (span_trim(cmd->name).len == 0)
        return plan_refuse(p, ERR_INVAL, "name", REFUSE_EMPTY);
    if (has > NAME_MAX_CODEPOINTS)
        return fault_refuse_with(&p->out->fault, ERR_INVAL, "name", REFUSE_TOO_LONG,
                                 VALUES(OF_INT(NAME_MAX_CODEPOINTS), OF_INT(has)));
    if (cmd->hash.len != HASH_BYTES)
        return plan_refuse(p, ERR_INVAL, "hash", REFUSE_HASH);
    if (cmd->until_ms != 0 && cmd->until_ms <= p->now_ms)
        return plan_refuse(p, ERR_INVAL, "until_ms", REFUSE_TOKEN_UNTIL);
    return ERR_OK;
}

/* One that the agent has none of himself is refused by name, not left out without a word. */
static err_t token_permissions_check(struct plan *p, const struct agent *ag)
{
    uint32_t lacks = p->cmd->token_add.permissions & ~agent_token_permissions(ag);

    for (unsigned bit = 0; lacks != 0 && bit < 32; bit++)
        if ((lacks & BIT(bit)) != 0)
            return fault_refuse_with(&p->out->fault, ERR_DENIED, "permissions", REFUSE_TOKEN_BEYOND,
                                     VALUES(OF_STR(token_permission_word(bit))));
    return ERR_OK;
}

err_t decide_token_add(struct plan *p)
{
    const struct cmd_token_add *cmd = &p->cmd->token_add;
    const struct agent *ag;
    struct buf body = {0};
    struct rec *rec;
    uint64_t id = plan_id(p);
    err_t err = plan_agent_own(p, cmd->agent, &ag);

    if (err != ERR_OK)
        return err;
    if (!ag->enabled)
        return plan_refuse(p, ERR_DENIED, NULL, REFUSE_ACCOUNT_DISABLED);
    if ((err = token_check(p)) != ERR_OK || (err = token_permissions_check(p, ag)) != ERR_OK)
        return err;
    if (otree_size(&container_of((struct agent *)ag, struct xagent, a)->tokens) >=
        TOKENS_PER_AGENT_MAX)
        return fault_refuse_with(&p->out->fault, ERR_FULL, NULL, REFUSE_TOKENS_FULL,
                                 VALUES(OF_INT(TOKENS_PER_AGENT_MAX)));
    tlv_put_span(&body, BODY_NAME, cmd->name);
    rec = plan_rec(p, REC_TOKEN_ADDED, id);
    rec->body = plan_take(p, &body);
    rec->token = (struct rec_token){
        .agent = ag->id, .until_ms = cmd->until_ms, .permissions = cmd->permissions};
    memcpy(rec->token.hash, cmd->hash.p, HASH_BYTES);
    p->out->id = id;
    return ERR_OK;
}

/* Of somebody else's nobody but administrators learns that there is one. */
err_t decide_token_remove(struct plan *p)
{
    const struct xsession *x = xsession_find(p->k, p->cmd->session);
    bool own = x != NULL && x->s.is_token && plan_is_self(p, x->s.agent);

    if (x == NULL || !x->s.is_token ||
        (!own && rights_may(p->k, &p->who, ACT_ADMIN, NULL, NULL) != ERR_OK))
        return plan_refuse(p, ERR_NOTFOUND, "token", REFUSE_TOKEN_UNKNOWN);
    p->out->id = x->s.id;
    plan_rec(p, REC_SESSION_CLOSED, x->s.id)->closed.agent = x->s.agent;
    return ERR_OK;
}
