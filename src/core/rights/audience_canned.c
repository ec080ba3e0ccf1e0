/* Who may use and edit which canned replies. */
#include "owned.h"

#define USE OWNED_USE
#define EDIT OWNED_EDIT
_Static_assert(USE == BIT(CANNED_USE) && EDIT == BIT(CANNED_EDIT), "as readers are told");

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
    return owned_may_edit(r, agent, audience_canned(r, agent, dept), of_owner(r, agent, dept),
                          dept != 0 ? REFUSE_NO_PERMISSION : REFUSE_FOR_ADMINS, why);
}
