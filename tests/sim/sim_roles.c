/* Custom roles: added, changed, given and removed; whoever has one has its permissions, always. */
#include "sim.h"

static const char *some_permissions(struct sim *s)
{
    static const char *const words[] = {"reply,note,end,transfer,assign", "reply", "note", ""};

    return words[sim_roll(s, COUNT_OF(words))];
}

static uint64_t some_role(struct sim *s)
{
    uint64_t id = 0, last = 0;

    while (core_next_role(s->core, &id)) {
        last = id;
        if (sim_chance(s, 40))
            break;
    }
    return last;
}

static void add(struct sim *s)
{
    struct cmd cmd = {.type = CMD_ROLE_ADD, .role.permissions = span_of(some_permissions(s))};
    char name[24];
    uint64_t id;
    err_t err;

    snprintf(name, sizeof(name), "Role %u", (unsigned)sim_roll(s, 6));
    cmd.role.name = span_of(name);
    operator_command(s, &cmd, &err, &id);
}

static void change(struct sim *s, uint64_t role)
{
    struct cmd cmd = {.type = sim_chance(s, 25) ? CMD_ROLE_REMOVE : CMD_ROLE_SET,
                      .role = {.role = role,
                               .version = (uint32_t)sim_roll(s, 3),
                               .permissions = span_of(some_permissions(s))}};
    uint32_t was = core_role(s->core, role)->version;
    uint64_t first, id;
    bool used = core_role_agents(s->core, role, &first) > 0;
    char name[24];
    err_t err;

    snprintf(name, sizeof(name), "%s", core_role(s->core, role)->name);
    cmd.role.name = span_of(name);
    operator_command(s, &cmd, &err, &id);
    if (err == ERR_OK && cmd.role.version != 0 && cmd.role.version != was)
        sim_fail(s, "AGT-5: a change made for version %u was taken at version %u", cmd.role.version,
                 was);
    if (err == ERR_OK && cmd.type == CMD_ROLE_REMOVE && used)
        sim_fail(s, "AGT-5: a role is gone that %llu has", (unsigned long long)first);
}

void roles_step(struct sim *s, uint64_t agent)
{
    uint64_t role = some_role(s), id;
    struct cmd pick = {.type = CMD_AGENT_ROLE, .agent_role = {.agent = agent, .role = role}};
    err_t err;

    if (role == 0 || sim_chance(s, 20))
        add(s);
    else if (sim_chance(s, 50))
        change(s, role);
    else
        operator_command(s, &pick, &err, &id);
}

void rules_of_roles(struct sim *s)
{
    for (uint64_t id = 0; core_next_agent(s->core, &id);) {
        const struct agent *ag = core_agent(s->core, id);
        const struct custom_role *r = core_role(s->core, ag->custom_role);

        if (ag->custom_role == 0)
            continue;
        s->did.roles++;
        if (r == NULL || ag->role != ROLE_CUSTOM || ag->permissions != r->permissions)
            sim_fail(s, "AGT-5: agent %llu is not what its role says", (unsigned long long)id);
    }
}
