/*
 * Deciding about custom roles: named sets of permissions, and who has which.  Two who change one at
 * once: the second is told who was first.
 */
#include "core_int.h"

/* A role that is there, for administrators, and still what its editor saw. */
static err_t take_role(struct plan *p, const struct custom_role **out)
{
    const struct cmd_role *c = &p->cmd->role;
    const struct custom_role *r = core_role(p->k, c->role);
    err_t err = plan_may(p, ACT_ADMIN, NULL);

    if (err != ERR_OK)
        return err;
    if (r == NULL)
        return plan_refuse(p, ERR_NOTFOUND, "role", REFUSE_ROLE_UNKNOWN);
    if (c->version != 0 && c->version != r->version)
        return fault_refuse_with(
            &p->out->fault, ERR_CONFLICT, "version", REFUSE_STALE,
            VALUES(OF_STR(r->by != 0 ? core_agent_name(p->k, r->by) : "the operator"),
                   OF_INT(r->version)));
    *out = r;
    p->out->id = r->id;
    return ERR_OK;
}

static err_t check_name(struct plan *p)
{
    const struct cmd_role *c = &p->cmd->role;
    size_t has = span_codepoints(c->name);

    if (!span_is_line(c->name, c->name.len))
        return span_refuse(c->name, true, &p->out->fault, "name");
    if (span_trim(c->name).len == 0)
        return plan_refuse(p, ERR_INVAL, "name", REFUSE_EMPTY);
    if (has > NAME_MAX_CODEPOINTS)
        return fault_refuse_with(&p->out->fault, ERR_INVAL, "name", REFUSE_TOO_LONG,
                                 VALUES(OF_INT(NAME_MAX_CODEPOINTS), OF_INT(has)));
    if (role_by_name(p->k, c->name, c->role) != NULL)
        return plan_refuse(p, ERR_EXISTS, "name", REFUSE_ROLE_TAKEN);
    return ERR_OK;
}

/* As an agent's own are written and checked. */
static err_t take_permissions(struct plan *p, uint32_t *permissions)
{
    size_t count;
    const struct setting *table = agent_settings(&count);
    struct change in = {.setting = setting_find(table, count, SPAN_LIT("permissions")),
                        .s = p->cmd->role.permissions},
                  out = in;
    struct buf mem = {0};
    err_t err = setting_check(&in, &mem, &out, &p->out->fault);

    buf_fini(&mem);
    *permissions = (uint32_t)out.i;
    return err;
}

static void plan_role(struct plan *p, enum rec_type type, uint64_t id, uint32_t permissions)
{
    plan_rec(p, type, id)->role =
        (struct rec_role){.name = plan_copy(p, p->cmd->role.name), .permissions = permissions};
    p->out->id = id;
}

err_t decide_role_add(struct plan *p)
{
    uint32_t permissions = 0;
    err_t err = plan_may(p, ACT_ADMIN, NULL);

    if (err != ERR_OK || (err = check_name(p)) != ERR_OK ||
        (err = take_permissions(p, &permissions)) != ERR_OK)
        return err;
    if (otree_size(&p->k->roles) >= ROLES_MAX)
        return fault_refuse_with(&p->out->fault, ERR_FULL, NULL, REFUSE_ROLES_FULL,
                                 VALUES(OF_INT(ROLES_MAX)));
    plan_role(p, REC_ROLE_ADDED, plan_id(p), permissions);
    return ERR_OK;
}

err_t decide_role_set(struct plan *p)
{
    const struct custom_role *r;
    uint32_t permissions = 0;
    err_t err = take_role(p, &r);

    if (err != ERR_OK || (err = check_name(p)) != ERR_OK ||
        (err = take_permissions(p, &permissions)) != ERR_OK)
        return err;
    if (span_is(p->cmd->role.name, r->name) && permissions == r->permissions)
        p->out->unchanged = true;
    else
        plan_role(p, REC_ROLE_SET, r->id, permissions);
    return ERR_OK;
}

err_t decide_role_remove(struct plan *p)
{
    const struct custom_role *r;
    uint64_t first;
    size_t n;
    err_t err = take_role(p, &r);

    if (err != ERR_OK)
        return err;
    if ((n = core_role_agents(p->k, r->id, &first)) > 0)
        return fault_refuse_with(&p->out->fault, ERR_CONFLICT, "role", REFUSE_ROLE_USED,
                                 VALUES(OF_INT(n), OF_STR(core_agent_name(p->k, first))));
    plan_rec(p, REC_ROLE_REMOVED, r->id);
    return ERR_OK;
}

err_t decide_agent_role(struct plan *p)
{
    const struct cmd_agent_role *c = &p->cmd->agent_role;
    const struct agent *ag;
    err_t err = plan_agent_admin(p, c->agent, &ag);

    if (err != ERR_OK)
        return err;
    if (core_role(p->k, c->role) == NULL)
        return plan_refuse(p, ERR_NOTFOUND, "role", REFUSE_ROLE_UNKNOWN);
    if (p->who.kind == BY_AGENT && core_is_last_admin(p->k, ag))
        return plan_refuse(p, ERR_CONFLICT, "role", REFUSE_LAST_ADMIN);
    if (ag->custom_role == c->role)
        p->out->unchanged = true;
    else
        plan_rec(p, REC_AGENT_ROLE, ag->id)->pick.role = c->role;
    return ERR_OK;
}
