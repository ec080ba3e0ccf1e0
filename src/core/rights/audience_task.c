/*
 * Who may know of which tasks, and change them; and who of which mentions.  A task that somebody
 * was given is his to see and to do, also where he may not see the conversation any more; a mention
 * is his while he may.
 */
#include "core_int.h"

#define SEE BIT(TASK_SEE)
#define DO BIT(TASK_DO)
#define EDIT BIT(TASK_EDIT)

unsigned audience_task(const struct reader *r, const struct task *t, const struct conv *cv)
{
    unsigned rights = 0;

    ensure(cv == NULL || cv->id == t->conv);
    if (r->kind != READER_ALL && r->kind != READER_AGENT)
        return 0;
    if (r->agent != NULL && t->agent == r->agent->id)
        rights |= SEE | DO;
    if (r->kind == READER_ALL) /* but for what a token was not given */
        return rights | SEE | (audience_ways(r, ACT_NOTE, cv) != 0 ? DO | EDIT : 0);
    if (cv != NULL && audience_sees(r, cv))
        rights |= SEE | (audience_ways(r, ACT_NOTE, cv) != 0 ? DO | EDIT : 0);
    return rights;
}

err_t core_may_task(const struct core *k, const struct conv *cv, const struct agent *ag,
                    struct fault *f)
{
    const struct reader r = reader_of_agent(k, ag->id);

    if (!ag->enabled)
        return agent_refuse(ag, REFUSE_AGENT_DISABLED, f);
    return agent_refuse(ag, audience_sees(&r, cv) ? REFUSE_NONE : REFUSE_AGENT_NO_SIGHT, f);
}

bool audience_mention(const struct reader *r, const struct mention *m, const struct conv *cv)
{
    ensure(cv == NULL || cv->id == m->conv);
    return cv != NULL && r->agent != NULL && r->agent->id == m->agent && audience_sees(r, cv);
}

err_t core_may_mention(const struct core *k, const struct conv *cv, const struct agent *ag,
                       struct fault *f)
{
    return core_may_task(k, cv, ag, f);
}
