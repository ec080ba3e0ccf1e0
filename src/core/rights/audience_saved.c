/* Who may use and edit which saved views. */
#include "core_int.h"

#define USE BIT(SAVED_USE)
#define EDIT BIT(SAVED_EDIT)

static unsigned of_agent(const struct reader *r, uint64_t agent)
{
    if (r->agent == NULL) /* an operator */
        return core_agent(r->core, agent) != NULL ? USE | EDIT : 0;
    return r->agent->id == agent ? USE | EDIT : 0;
}

static unsigned of_dept(const struct reader *r, uint64_t dept)
{
    const struct dept *d = audience_dept(r, dept);

    if (d == NULL || d->deleted)
        return 0;
    if (r->kind == READER_ALL)
        return USE | EDIT;
    return r->agent->role != ROLE_LIGHT && (r->agent->permissions & BIT(PERM_SUPERVISE)) != 0
               ? USE | EDIT
               : USE;
}

uint32_t saved_permission(uint64_t agent)
{
    return agent != 0 ? TOKEN_SELF : BIT(PERM_SUPERVISE);
}

static unsigned of_owner(const struct reader *r, uint64_t agent, uint64_t dept)
{
    return agent != 0 ? of_agent(r, agent) : of_dept(r, dept);
}

unsigned audience_saved(const struct reader *r, uint64_t agent, uint64_t dept)
{
    if (r->kind != READER_ALL && r->kind != READER_AGENT)
        return 0;
    return of_owner(r, agent, dept) & ((r->lacks & saved_permission(agent)) != 0 ? ~EDIT : ~0u);
}

err_t audience_may_edit_saved(const struct reader *r, uint64_t agent, uint64_t dept,
                              enum refusal *why)
{
    unsigned rights = audience_saved(r, agent, dept);

    *why = REFUSE_NONE;
    if ((rights & EDIT) != 0)
        return ERR_OK;
    if (r->kind == READER_NONE)
        *why = REFUSE_ACCOUNT_DISABLED;
    else if (r->kind == READER_VISITOR)
        *why = REFUSE_FOR_AGENTS;
    else if (agent != 0 && r->agent != NULL && r->agent->id != agent)
        *why = REFUSE_FOR_AGENT_ALONE; /* whether there is such an agent or not */
    else if ((of_owner(r, agent, dept) & EDIT) != 0)
        *why = REFUSE_TOKEN_LACKS;
    else if (rights != 0)
        *why = r->agent->role == ROLE_LIGHT ? REFUSE_LIGHT_AGENT : REFUSE_NO_PERMISSION;
    if (*why != REFUSE_NONE)
        return ERR_DENIED;
    *why = agent != 0 ? REFUSE_AGENT_UNKNOWN : REFUSE_DEPARTMENT_UNKNOWN;
    return ERR_NOTFOUND;
}
