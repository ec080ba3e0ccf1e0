/* Why an agent may do something or not, told by the table of rights: nothing is judged here anew.
 */
#include "core_int.h"

static const char *const way_words[WAY_COUNT] = {
    [WAY_HOLDS] = "holds", [WAY_OFFER] = "offer",   [WAY_OPEN] = "open", [WAY_TEAM] = "team",
    [WAY_SHARE] = "share", [WAY_HANDED] = "handed", [WAY_ROLE] = "role", [WAY_OWN] = "own",
};

const char *way_word(enum way way)
{
    ensure(way < WAY_COUNT);
    return way_words[way];
}

bool action_parse(struct span word, enum action *action)
{
    for (unsigned i = 0; i < ACT_COUNT; i++)
        if (span_is(word, action_word(i))) {
            *action = i;
            return true;
        }
    return false;
}

/* Taking one that waits wants access to chats where it waits, as decide_conv_pick() does. */
static bool lacks_chat_access(const struct agent *ag, const struct conv *cv, const struct member *m)
{
    if (conv_is_offered_to(cv, ag->id))
        return false;
    return (m != NULL && !m->chat) || (m == NULL && ag->role != ROLE_ADMIN);
}

/* With a chat of his own, which is where somebody can do the most. */
static void explain_own(struct rights_answer *a, const struct reader *r, const struct agent *ag,
                        enum action action)
{
    const struct standing own = {.holds = true};

    a->ways = r->kind == READER_NONE ? 0 : rights_ways(ag, &own, action);
    a->err = a->ways != 0 ? ERR_OK : ERR_DENIED;
    a->why = a->ways != 0 ? REFUSE_NONE : rights_denied(r, action, NULL);
}

struct rights_answer rights_explain(const struct core *k, const struct agent *ag,
                                    enum action action, const struct conv *cv)
{
    const struct reader r = reader_of_agent(k, ag->id);
    const struct member *m = cv != NULL ? agent_member(ag, cv->dept) : NULL;
    const struct xdept *d = cv != NULL ? xdept_find(k, cv->dept) : NULL;
    struct rights_answer a = {
        .ways = audience_ways(&r, action, cv),
        .needs = rights_needs(ag, action),
        .dept = d != NULL ? &d->d : NULL,
        .member = m != NULL,
        .chat = m != NULL && m->chat,
    };

    if (cv == NULL && (action < ACT_SEE_OUTBOX || action == ACT_EXPORT)) {
        explain_own(&a, &r, ag, action);
        return a;
    }
    a.err = audience_may(&r, action, cv, &a.why);
    if (a.err == ERR_OK && action == ACT_PICK && cv != NULL && lacks_chat_access(ag, cv, m)) {
        a.err = ERR_DENIED;
        a.why = REFUSE_NO_CHAT_ACCESS;
    }
    return a;
}
