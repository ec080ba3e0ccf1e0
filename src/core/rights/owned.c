/* See owned.h. */
#include "owned.h"

err_t owned_may_edit(const struct reader *r, uint64_t agent, unsigned rights,
                     unsigned without_token, enum refusal other, enum refusal *why)
{
    *why = REFUSE_NONE;
    if ((rights & OWNED_EDIT) != 0)
        return ERR_OK;
    if (r->kind == READER_NONE)
        *why = REFUSE_ACCOUNT_DISABLED;
    else if (r->kind == READER_VISITOR)
        *why = REFUSE_FOR_AGENTS;
    else if (agent != 0 && r->agent != NULL && r->agent->id != agent)
        *why = REFUSE_FOR_AGENT_ALONE; /* whether there is such an agent or not */
    else if ((without_token & OWNED_EDIT) != 0)
        *why = REFUSE_TOKEN_LACKS;
    else if (rights != 0)
        *why = r->agent->role == ROLE_LIGHT ? REFUSE_LIGHT_AGENT : other;
    if (*why != REFUSE_NONE)
        return ERR_DENIED;
    *why = agent != 0 ? REFUSE_AGENT_UNKNOWN : REFUSE_DEPARTMENT_UNKNOWN;
    return ERR_NOTFOUND;
}
