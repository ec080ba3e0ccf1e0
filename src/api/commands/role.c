/* Custom roles: added, changed, removed, listed, and given to agents. */
#include "api_int.h"

static void role_done(struct jw *j, const struct call *c, const struct answer *a)
{
    const struct custom_role *r = core_role(c->api->env.core, a->id);

    jw_k_id(j, "role", a->id);
    if (r != NULL)
        jw_k_int(j, "version", r->version);
    if (a->unchanged)
        jw_k_bool(j, "unchanged", true);
}

void run_role_add(struct call *c)
{
    struct cmd cmd;

    call_cmd(c, &cmd);
    cmd.role = (struct cmd_role){
        .name = c->arg[ARG_NAME].s,
        .permissions = c->arg[ARG_PERMISSIONS].s,
    };
    call_command(c, &cmd, role_done);
}

static void words_add(struct buf *b, uint32_t permissions)
{
    for (unsigned p = 0; p < PERM_COUNT; p++)
        if ((permissions & BIT(p)) != 0)
            buf_addf(b, "%s%s", b->len > 0 ? "," : "", permission_word(p));
}

/* What is left out stays as it is. */
void run_role_set(struct call *c)
{
    const struct custom_role *was = core_role(c->api->env.core, c->arg[ARG_ROLE].id);
    struct buf words = {0};
    struct cmd cmd;

    if (!admin_only(c))
        return;
    if (was != NULL)
        words_add(&words, was->permissions);
    call_cmd(c, &cmd);
    cmd.role = (struct cmd_role){
        .role = c->arg[ARG_ROLE].id,
        .version = (uint32_t)c->arg[ARG_VERSION].i,
        .name = c->arg[ARG_NAME].has || was == NULL ? c->arg[ARG_NAME].s : span_of(was->name),
        .permissions = c->arg[ARG_PERMISSIONS].has ? c->arg[ARG_PERMISSIONS].s : buf_span(&words),
    };
    call_command(c, &cmd, role_done);
    buf_fini(&words);
}

void run_role_remove(struct call *c)
{
    struct cmd cmd;

    call_cmd(c, &cmd);
    cmd.role =
        (struct cmd_role){.role = c->arg[ARG_ROLE].id, .version = (uint32_t)c->arg[ARG_VERSION].i};
    call_command(c, &cmd, role_done);
}

void run_agent_role(struct call *c)
{
    struct cmd cmd;

    call_cmd(c, &cmd);
    cmd.agent_role =
        (struct cmd_agent_role){.agent = c->arg[ARG_AGENT].id, .role = c->arg[ARG_ROLE].id};
    call_command(c, &cmd, object_done);
}

static void role_write(struct jw *j, const struct core *k, const struct custom_role *r)
{
    uint64_t first;

    jw_obj(j);
    jw_k_id(j, "role", r->id);
    jw_k_str(j, "name", r->name);
    jw_key(j, "permissions");
    view_permissions(j, r->permissions);
    jw_k_int(j, "agents", (int64_t)core_role_agents(k, r->id, &first));
    jw_k_int(j, "version", r->version);
    jw_k_id(j, "by", r->by);
    jw_k_str(j, "by_name", core_agent_name(k, r->by));
    jw_k_int(j, "changed_ms", r->changed_ms);
    jw_obj_end(j);
}

/* What each permission is for, as the table of rights has it. */
static void permissions_write(struct jw *j)
{
    jw_arr(j);
    for (unsigned p = 0; p < PERM_COUNT; p++) {
        unsigned actions = permission_actions(p);

        jw_obj(j);
        jw_k_str(j, "permission", permission_word(p));
        jw_key(j, "actions");
        jw_arr(j);
        for (unsigned a = 0; a < ACT_COUNT; a++)
            if ((actions & BIT(a)) != 0)
                jw_str(j, action_word(a));
        jw_arr_end(j);
        jw_k_bool(j, "for_all", permission_counts_for_all(p));
        jw_obj_end(j);
    }
    jw_arr_end(j);
}

/* All of them at once: there are few. */
void run_role_list(struct call *c)
{
    const struct core *k = c->api->env.core;
    struct buf b = {0};
    struct jw j = {.b = &b};

    if (!admin_only(c))
        return;
    jw_obj(&j);
    jw_key(&j, "rows");
    jw_arr(&j);
    for (uint64_t id = 0; core_next_role(k, &id);)
        role_write(&j, k, core_role(k, id));
    jw_arr_end(&j);
    jw_key(&j, "permissions");
    permissions_write(&j);
    jw_obj_end(&j);
    call_ok_now(c, buf_span(&b));
    buf_fini(&b);
}
