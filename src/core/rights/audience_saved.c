/* Who may use and edit which saved views. */
#include "owned.h"

#define USE OWNED_USE
#define EDIT OWNED_EDIT
_Static_assert(USE == BIT(SAVED_USE) && EDIT == BIT(SAVED_EDIT), "as readers are told");

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
    return owned_may_edit(r, agent, audience_saved(r, agent, dept), of_owner(r, agent, dept),
                          REFUSE_NO_PERMISSION, why);
}
