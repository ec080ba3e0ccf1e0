/* Deciding about agents and their memberships. */
#include <stdlib.h>

#include "../rules/rules.h"

err_t plan_agent(struct plan *p, uint64_t id, const struct agent **ag)
{
    if ((*ag = core_agent(p->k, id)) == NULL)
        return plan_refuse(p, ERR_NOTFOUND, "agent", REFUSE_AGENT_UNKNOWN);
    p->out->id = (*ag)->id;
    return ERR_OK;
}

err_t plan_agent_admin(struct plan *p, uint64_t id, const struct agent **ag)
{
    err_t err = plan_may(p, ACT_ADMIN, NULL);

    return err == ERR_OK ? plan_agent(p, id, ag) : err;
}

bool plan_is_self(const struct plan *p, uint64_t agent)
{
    return p->who.kind == BY_AGENT && p->who.id == agent;
}

/* The gateway, an operator, or the agent itself. */
err_t plan_agent_own(struct plan *p, uint64_t id, const struct agent **ag)
{
    if (p->who.kind == BY_VISITOR || (p->who.kind == BY_AGENT && !plan_is_self(p, id)))
        return plan_refuse(p, ERR_DENIED, NULL, REFUSE_FOR_AGENT_ALONE);
    return plan_agent(p, id, ag);
}

bool core_is_last_admin(const struct core *k, const struct agent *ag)
{
    if (ag->role != ROLE_ADMIN || !ag->enabled)
        return false;
    for (struct onode *n = otree_first(&k->agents); n != NULL; n = otree_next(n)) {
        const struct agent *other = &container_of(n, struct xagent, by_id)->a;

        if (other != ag && other->role == ROLE_ADMIN && other->enabled && !other->deleted)
            return false;
    }
    return true;
}

/*
 * Take the people's own data out of the fields: it goes into the record's body, which can be
 * erased; which of it was set, and the fingerprint of the address, stay with the record.
 */
static void split_fields(struct plan *p, struct rec *rec, struct span fields)
{
    struct span last[AGENT_TEXTS] = {{0}};
    struct buf bytes = {0}, body = {0};
    uint64_t texts = 0;
    struct tlv f;

    while (tlv_next(&fields, &f) == ERR_OK) {
        size_t at = 0;

        while (at < AGENT_TEXTS && agent_texts[at].tag != f.tag)
            at++;
        if (at < AGENT_TEXTS) {
            texts |= BIT(at);
            last[at] = f.bytes;
        } else {
            tlv_put_item(&bytes, f.tag, f.bytes);
        }
    }
    for (size_t i = 0; i < AGENT_TEXTS; i++)
        tlv_put_span(&body, agent_texts[i].body, last[i]);
    tlv_put_u64(&bytes, TAG_TEXTS, texts);
    if (last[AGENT_TEXT_EMAIL].len > 0)
        tlv_put_u64(&bytes, TAG_EMAIL, email_fingerprint(last[AGENT_TEXT_EMAIL]));
    rec->set.fields = plan_take(p, &bytes);
    rec->body = plan_take(p, &body);
}

static err_t check_email(struct plan *p, const struct agent *copy, uint64_t self)
{
    const struct agent *other = core_agent_by_email(p->k, span_of(copy->email));

    if (copy->name[0] == '\0')
        return plan_refuse(p, ERR_INVAL, "name", REFUSE_EMPTY);
    if (copy->email[0] == '\0')
        return plan_refuse(p, ERR_INVAL, "email", REFUSE_EMPTY);
    if (other != NULL && other->id != self)
        return fault_refuse_with(&p->out->fault, ERR_EXISTS, "email", REFUSE_EMAIL_TAKEN,
                                 VALUES(OF_STR(other->name)));
    return ERR_OK;
}

/* As they are set now: one that the portal has had since is no skill any more, and does no harm. */
static err_t check_skills(struct plan *p, const struct agent *copy, const char *before)
{
    if (strcmp(copy->skills, before) == 0)
        return ERR_OK;
    return rules_agent_check(p->k, copy, &p->out->fault);
}

static err_t check_members(struct plan *p)
{
    const struct cmd_agent_add *cmd = &p->cmd->agent_add;

    if (cmd->nmembers > DEPTS_MAX)
        return fault_refuse_with(&p->out->fault, ERR_TOOBIG, "departments", REFUSE_TOO_MANY,
                                 VALUES(OF_INT(DEPTS_MAX), OF_INT(cmd->nmembers)));
    for (size_t i = 0; i < cmd->nmembers; i++)
        if (core_dept(p->k, cmd->members[i].dept) == NULL)
            return fault_refuse_with(&p->out->fault, ERR_INVAL, "departments",
                                     REFUSE_DEPARTMENT_NONE, VALUES(OF_INT(cmd->members[i].dept)));
    return ERR_OK;
}

/* A one-time link of the agent `id`, as `ag` is or will be; by mail where it came sealed. */
static err_t plan_link(struct plan *p, uint64_t id, const struct agent *ag, enum mail_kind kind,
                       const struct cmd_link *link)
{
    bool mailed = link->secret.len > 0;
    struct rec_link *made;

    if (link->hash.len != HASH_BYTES || link->until_ms <= p->now_ms)
        return plan_refuse(p, ERR_INVAL, "hash", REFUSE_HASH);
    if (mailed && p->k->portal.from[0] == '\0')
        return plan_refuse(p, ERR_CONFLICT, "from", REFUSE_NO_FROM_PORTAL);
    if (mailed && !ag->enabled)
        return plan_refuse(p, ERR_CONFLICT, "enabled", REFUSE_ACCOUNT_DISABLED);
    made = &plan_rec(p, REC_AGENT_LINK, id)->link;
    memcpy(made->hash, link->hash.p, HASH_BYTES);
    made->until_ms = link->until_ms;
    if (mailed) {
        made->mail = kind;
        plan_link_mail(p, kind, id, ag, link->secret);
    }
    return ERR_OK;
}

static err_t agent_add(struct plan *p, struct xagent *x)
{
    const struct cmd_agent_add *cmd = &p->cmd->agent_add;
    struct buf fields = {0};
    uint64_t id = plan_id(p);
    err_t err;

    x->a.lang = p->k->portal.lang;
    x->a.permissions = BIT(PERM_BLOCK) | BIT(PERM_SEE_IP); /* unless the command says others */
    err = plan_changes(p, cmd->changes, cmd->nchanges, OBJ_AGENT, &x->a, &fields);
    if (err == ERR_OK)
        err = check_email(p, &x->a, 0);
    if (err == ERR_OK)
        err = check_skills(p, &x->a, "");
    if (err == ERR_OK)
        err = check_members(p);
    if (err == ERR_OK) {
        buf_reset(&fields);
        settings_put_all(OBJ_AGENT, &x->a, &fields);
        split_fields(p, plan_rec(p, REC_AGENT_CREATED, id), buf_span(&fields));
        for (size_t i = 0; i < cmd->nmembers; i++)
            plan_rec(p, REC_MEMBER_SET, id)->member = cmd->members[i];
        p->out->id = id;
        if (cmd->link.secret.len > 0)
            err = plan_link(p, id, &x->a, MAIL_INVITATION, &cmd->link);
    }
    buf_fini(&fields);
    return err;
}

err_t decide_agent_add(struct plan *p)
{
    struct xagent *x;
    uint64_t id = 0;
    size_t count = 0;
    err_t err = plan_may(p, ACT_ADMIN, NULL);

    if (err != ERR_OK)
        return err;
    while (core_next_agent(p->k, &id))
        count++;
    if (count >= AGENTS_MAX)
        return plan_refuse(p, ERR_FULL, NULL, REFUSE_AGENTS_FULL);
    x = xagent_new(0);
    err = agent_add(p, x);
    xagent_free(x);
    return err;
}

/* What says who one is and how one likes it is the agent's to change. */
static bool are_own_settings(const struct cmd_set *cmd)
{
    static const char *const own[] = {"name",
                                      "phone",
                                      "extension",
                                      "mobile",
                                      "lang",
                                      "signature",
                                      "zone",
                                      "alerts.volume",
                                      "alerts.tone",
                                      "alerts.quiet",
                                      "alerts.tasks",
                                      "alerts.mentions",
                                      "alerts.mentions_ms",
                                      "keys"};

    for (size_t i = 0; i < cmd->nchanges; i++) {
        size_t at = 0;

        while (at < COUNT_OF(own) && strcmp(cmd->changes[i].setting->name, own[at]) != 0)
            at++;
        if (at == COUNT_OF(own))
            return false;
    }
    return true;
}

static err_t agent_set(struct plan *p, const struct agent *ag, struct agent *copy,
                       struct buf *fields)
{
    const struct xagent *x = container_of((struct agent *)ag, struct xagent, a);
    bool stays_admin;
    err_t err = plan_changes(p, p->cmd->set.changes, p->cmd->set.nchanges, OBJ_AGENT, copy, fields);

    if (err == ERR_OK)
        err = plan_not_stale(p, OBJ_AGENT);
    if (err == ERR_OK)
        err = check_email(p, copy, ag->id);
    if (err == ERR_OK)
        err = check_skills(p, copy, ag->skills);
    if (err != ERR_OK)
        return err;
    if (ag->enabled && !copy->enabled && (err = plan_agent_may_go(p, ag, "enabled")) != ERR_OK)
        return err;
    stays_admin = copy->enabled && copy->role == ROLE_ADMIN;
    if (!stays_admin && p->who.kind == BY_AGENT && core_is_last_admin(p->k, ag))
        return plan_refuse(p, ERR_CONFLICT, copy->enabled ? "role" : "enabled", REFUSE_LAST_ADMIN);
    changed_say(OBJ_AGENT, ag, fields);
    split_fields(p, plan_rec(p, REC_AGENT_SET, ag->id), buf_span(fields));
    if (!copy->enabled)
        step_close_sessions(p, x, 0);
    return ERR_OK;
}

err_t decide_agent_set(struct plan *p)
{
    const struct agent *ag;
    struct agent copy = {0};
    struct buf fields = {0}, before = {0}, after = {0};
    err_t err;

    if (plan_is_self(p, p->cmd->set.id) && are_own_settings(&p->cmd->set))
        err = plan_agent(p, p->cmd->set.id, &ag);
    else
        err = plan_agent_admin(p, p->cmd->set.id, &ag);
    if (err != ERR_OK)
        return err;
    object_copy(OBJ_AGENT, ag, &copy);
    err = agent_set(p, ag, &copy, &fields);
    settings_put_all(OBJ_AGENT, ag, &before);
    settings_put_all(OBJ_AGENT, &copy, &after);
    if (err == ERR_OK && span_eq(buf_span(&before), buf_span(&after))) {
        p->out->unchanged = true;
        p->out->nrecs = 0;
    }
    buf_fini(&before);
    buf_fini(&after);
    buf_fini(&fields);
    object_clear(OBJ_AGENT, &copy);
    return err;
}

err_t decide_agent_link(struct plan *p)
{
    const struct agent *ag;
    enum mail_kind kind;
    err_t err = plan_agent_admin(p, p->cmd->agent_link.agent, &ag);

    if (err != ERR_OK)
        return err;
    /* What anybody at the door can ask for ends no link that an administrator has handed over. */
    if (p->who.kind == BY_SYSTEM && ag->link_mail == 0 && p->now_ms < ag->link_until_ms)
        return plan_refuse(p, ERR_CONFLICT, "link", REFUSE_LINK_GIVEN);
    /* What somebody at the door asks for invites nobody. */
    kind = p->who.kind == BY_SYSTEM || ag->password[0] != '\0' ? MAIL_RESET : MAIL_INVITATION;
    return plan_link(p, ag->id, ag, kind, &p->cmd->agent_link.link);
}

/* A new password ends all other sessions: whoever had the old one is out. */
err_t decide_agent_password(struct plan *p)
{
    const struct agent *ag;
    struct span hash = p->cmd->password.hash;
    err_t err = plan_agent_own(p, p->cmd->password.agent, &ag);

    if (err != ERR_OK)
        return err;
    if (hash.len == 0 || hash.len >= PASSWORD_HASH_BYTES || !span_is_line(hash, hash.len))
        return plan_refuse(p, ERR_INVAL, "password", REFUSE_HASH);
    plan_rec(p, REC_AGENT_PASSWORD, ag->id)->password.hash = plan_copy(p, hash);
    if (!p->cmd->password.same)
        step_close_sessions(p, container_of((struct agent *)ag, struct xagent, a), p->who.session);
    return ERR_OK;
}

err_t decide_agent_status(struct plan *p)
{
    enum agent_status status = p->cmd->status.status;
    uint64_t id = p->cmd->status.agent != 0 ? p->cmd->status.agent : p->who.id;
    const struct agent *ag = core_agent(p->k, id);
    const struct reader r = reader_of(p->k, &p->who);
    err_t err = plan_is_self(p, id) ? ERR_OK : plan_may(p, ACT_SUPERVISE, NULL);

    if (err != ERR_OK)
        return err;
    if (ag == NULL || !audience_knows_agent(&r, ag))
        return plan_refuse(p, ERR_NOTFOUND, "agent", REFUSE_AGENT_UNKNOWN);
    p->out->id = id;
    if (!ag->enabled)
        return plan_refuse(p, ERR_DENIED, NULL, REFUSE_ACCOUNT_DISABLED);
    if (status > STATUS_AWAY)
        return fault_refuse_with(&p->out->fault, ERR_INVAL, "status", REFUSE_WORD,
                                 VALUES(OF_STR("available, busy, away, offline")));
    if (ag->status == status)
        p->out->unchanged = true;
    else
        plan_rec(p, REC_AGENT_STATUS, id)->status =
            (struct rec_status){.status = status, .since_ms = p->now_ms};
    return ERR_OK;
}

err_t decide_agent_connect(struct plan *p)
{
    const struct agent *ag;
    err_t err = plan_agent_own(p, p->cmd->agent, &ag);

    if (err != ERR_OK)
        return err;
    if (!ag->enabled)
        return plan_refuse(p, ERR_DENIED, NULL, REFUSE_ACCOUNT_DISABLED);
    if (ag->connected)
        p->out->unchanged = true;
    else
        plan_rec(p, REC_AGENT_CONNECTED, ag->id);
    return ERR_OK;
}

err_t decide_agent_leave(struct plan *p)
{
    const struct agent *ag;
    err_t err = plan_agent_own(p, p->cmd->agent, &ag);

    if (err != ERR_OK)
        return err;
    if (!ag->connected)
        p->out->unchanged = true;
    else
        plan_rec(p, REC_AGENT_GONE, ag->id);
    return ERR_OK;
}

/* memberships */

/* Offers out of this department go to somebody else; chats stay. */
static void take_offers(struct plan *p, const struct agent *ag, uint64_t dept)
{
    const struct xagent *x = container_of((struct agent *)ag, struct xagent, a);

    for (struct onode *n = otree_first(&x->held); n != NULL; n = otree_next(n)) {
        const struct conv *cv = &container_of(n, struct xconv, held)->c;

        if (cv->state == CONV_OFFERED && (cv->offered_by != 0 ? cv->offered_by : cv->dept) == dept)
            step_pass_on(p, cv, WHY_STATUS);
    }
}

err_t decide_member_set(struct plan *p)
{
    const struct cmd_member *cmd = &p->cmd->member;
    const struct agent *ag;
    const struct member *m;
    err_t err = plan_agent_admin(p, p->cmd->member.agent, &ag);

    if (err != ERR_OK)
        return err;
    if (core_dept(p->k, cmd->dept) == NULL)
        return plan_refuse(p, ERR_NOTFOUND, "department", REFUSE_DEPARTMENT_UNKNOWN);
    m = agent_member(ag, cmd->dept);
    if (cmd->tier >= TIERS_MAX)
        return fault_refuse_with(&p->out->fault, ERR_INVAL, "tier", REFUSE_RANGE,
                                 VALUES(OF_INT(1), OF_INT(TIERS_MAX), OF_INT(cmd->tier + 1)));
    if (m != NULL && m->chat == cmd->chat && m->notify == cmd->notify && m->tier == cmd->tier) {
        p->out->unchanged = true;
        return ERR_OK;
    }
    plan_rec(p, REC_MEMBER_SET, ag->id)->member = (struct member){
        .dept = cmd->dept, .chat = cmd->chat, .notify = cmd->notify, .tier = cmd->tier};
    if (!cmd->chat)
        take_offers(p, ag, cmd->dept);
    return ERR_OK;
}

err_t decide_member_remove(struct plan *p)
{
    const struct agent *ag;
    err_t err = plan_agent_admin(p, p->cmd->member.agent, &ag);

    if (err != ERR_OK)
        return err;
    if (agent_member(ag, p->cmd->member.dept) == NULL) {
        p->out->unchanged = true;
        return ERR_OK;
    }
    plan_rec(p, REC_MEMBER_REMOVED, ag->id)->member.dept = p->cmd->member.dept;
    take_offers(p, ag, p->cmd->member.dept);
    return ERR_OK;
}
