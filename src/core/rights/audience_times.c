/* Whose handling time a reader may know of; by the rights in audience.c. */
#include "core_int.h"

bool audience_sees_times(const struct reader *r, uint64_t dept, uint64_t agent)
{
    if (r->agent != NULL && agent == r->agent->id)
        return true;
    if (audience_ways(r, ACT_SUPERVISE, NULL) == 0)
        return false;
    return r->kind == READER_ALL || (audience_sees_team(r) && agent_member(r->agent, dept) != NULL);
}
