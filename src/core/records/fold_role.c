/*
 * Records of custom roles into state.  An agent has the permissions of his role as his own, so that
 * whoever asks what he may looks nowhere else; a change of the role is one of all who have it.
 */
#include "core_int.h"

static void agent_permit(struct core *k, struct xagent *x, uint64_t role, uint32_t permissions)
{
    x->a.role = ROLE_CUSTOM;
    x->a.custom_role = role;
    x->a.permissions = permissions;
    core_touch(k, OBJ_AGENT, x->a.id);
    core_touch_through(k, OBJ_AGENT, x->a.id);
}

static void role_spread(struct core *k, const struct custom_role *r)
{
    for (uint64_t id = 0; core_next_agent(k, &id);) {
        struct xagent *x = xagent_find(k, id);

        if (x->a.custom_role != r->id)
            continue;
        agent_permit(k, x, r->id, r->permissions);
        agent_place(k, x);
    }
}

static void role_apply(struct core *k, struct xrole *x, const struct rec *rec)
{
    str_set(&x->r.name, rec->role.name);
    x->r.permissions = rec->role.permissions;
    x->r.by = rec->who.kind == BY_AGENT ? rec->who.id : 0;
    x->r.changed_ms = rec->time_ms;
    x->r.version++;
    role_spread(k, &x->r);
}

void fold_role(struct core *k, const struct rec *rec)
{
    struct xrole *x = xrole_find(k, rec->obj);

    if (rec->type == REC_ROLE_ADDED && x == NULL) {
        x = xrole_new(rec->obj);
        role_apply(k, x, rec);
        core_add_role(k, x);
    } else if (rec->type == REC_ROLE_SET && x != NULL) {
        role_apply(k, x, rec);
    }
    core_touch(k, OBJ_ROLE, rec->obj);
    if (x == NULL)
        return;
    x->last_pos = rec->pos;
    if (rec->type == REC_ROLE_REMOVED)
        core_drop_role(k, x);
}

void fold_agent_role(struct core *k, struct xagent *x, const struct rec *rec)
{
    const struct custom_role *r = core_role(k, rec->pick.role);

    if (r != NULL)
        agent_permit(k, x, r->id, r->permissions);
}
