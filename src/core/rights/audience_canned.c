/* Who may use and edit which canned replies. */
#include "core_int.h"

#define USE BIT(CANNED_USE)
#define EDIT BIT(CANNED_EDIT)

static unsigned of_agent(const struct reader *r, uint64_t agent)
{
    if (r->agent == NULL) /* an operator */
        return core_agent(r->core, agent) != NULL ? USE | EDIT : 0;
    if (r->agent->id != agent)
        return 0;
    return r->agent->role == ROLE_LIGHT ? USE : USE | EDIT;
}

static unsigned of_dept(const struct reader *r, uint64_t dept)
{
    const struct dept *d = audience_dept(r, dept);
    const struct agent *ag = r->agent;

    if (d == NULL || d->deleted)
        return 0;
    if (r->kind == READER_ALL)
        return USE | EDIT;
    return ag->role != ROLE_LIGHT && (ag->permissions & BIT(PERM_CANNED)) != 0 ? USE | EDIT : USE;
}

/* What a token needs to edit them. */
uint32_t canned_permission(uint64_t agent, uint64_t dept)
{
    return agent != 0 ? TOKEN_SELF : dept != 0 ? BIT(PERM_CANNED) : TOKEN_ADMIN;
}

static unsigned of_owner(const struct reader *r, uint64_t agent, uint64_t dept)
{
    if (agent != 0)
        return of_agent(r, agent);
    if (dept != 0)
        return of_dept(r, dept);
    return r->kind == READER_ALL ? USE | EDIT : USE;
}

unsigned audience_canned(const struct reader *r, uint64_t agent, uint64_t dept)
{
    if (r->kind != READER_ALL && r->kind != READER_AGENT)
        return 0;
    return of_owner(r, agent, dept) &
           ((r->lacks & canned_permission(agent, dept)) != 0 ? ~EDIT : ~0u);
}

err_t audience_may_edit_canned(const struct reader *r, uint64_t agent, uint64_t dept,
                               enum refusal *why)
{
    unsigned rights = audience_canned(r, agent, dept);

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
        *why = r->agent->role == ROLE_LIGHT ? REFUSE_LIGHT_AGENT
               : dept != 0                  ? REFUSE_NO_PERMISSION
                                            : REFUSE_FOR_ADMINS;
    if (*why != REFUSE_NONE)
        return ERR_DENIED;
    *why = agent != 0 ? REFUSE_AGENT_UNKNOWN : REFUSE_DEPARTMENT_UNKNOWN;
    return ERR_NOTFOUND;
}
