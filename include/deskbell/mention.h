/*
 * Mentions: notes that speak to agents by name.  Each is the agent's who is mentioned, until he or
 * the note is gone, he is not mentioned there any more, or many newer ones have come.
 */
#ifndef DESKBELL_MENTION_H
#define DESKBELL_MENTION_H

#include "deskbell/domain.h"

struct core;

/* A note speaks to an agent by name. */
struct mention {
    uint64_t id; /* the later, the larger */
    uint64_t agent;
    uint64_t conv, pos; /* the note's conversation and record… */
    uint32_t seq;       /* …and its number there */
    uint64_t by;        /* who mentions him: an agent, or 0 for the operator */
    int64_t made_ms, read_ms;
    int64_t due_ms; /* told by mail then, if it is not read by then; 0: never */
    bool read, told;
};

/*
 * Mentions: one of them; NULL: there is none.  Those of an agent, the newest first; `last` is the
 * one before, NULL at the beginning; NULL at the end.  How many he has, whether he may see them or
 * not: at most MENTIONS_PER_AGENT_MAX.  Cost: O(log of all) each.
 */
const struct mention *core_mention(const struct core *k, uint64_t id);
const struct mention *core_next_mention_of(const struct core *k, uint64_t agent,
                                           const struct mention *last);
size_t core_mention_count(const struct core *k, uint64_t agent, bool unread);
bool core_next_mention(const struct core *k, uint64_t *id); /* in order of id, from 0 on */

/*
 * Could a note in the conversation mention this agent?  As a task could be his: whoever may see it.
 * ERR_OK, or ERR_CONFLICT with what he lacks.
 */
err_t core_may_mention(const struct core *k, const struct conv *cv, const struct agent *ag,
                       struct fault *f) MUST_CHECK;

/* A row of one without a core, for readers of rows; free with mention_free(). */
err_t mention_decode(uint64_t id, struct span image, struct mention **mention) MUST_CHECK;
void mention_free(struct mention *mention);

#endif
