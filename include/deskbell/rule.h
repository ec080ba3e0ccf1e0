/*
 * Rules of a department, as others look at them: which one a chat waits by, and which of them one
 * doubts.  What a rule says is a setting; the manual of the settings has its words.
 */
#ifndef DESKBELL_RULE_H
#define DESKBELL_RULE_H

#include "deskbell/domain.h"

struct core;

/* The rule that it would wait by there; cv NULL: by none.  0: none matches. */
struct core_rule {
    uint32_t rule;      /* from 1 on */
    uint32_t strict_ms; /* so long nobody else is asked than who has them */
    struct span skills; /* with commas between them; borrowed */
};
uint32_t core_rule_for(const struct dept *d, const struct conv *cv, struct core_rule *out);
/* A rule with an expression that ran over its limits, so that it counted as one that does not
 * match; each is told of once, until rules are set anew.  False: there is none. */
bool core_next_slow_rule(const struct core *k, uint64_t *dept, uint32_t *rule);
/*
 * What makes one doubt that a rule does what it is there for: it wants a language that the
 * department does not speak, or nobody who has chats of it has all of its skills.  In the order of
 * the rules; returns how many.  Cost: all agents.
 */
struct rule_doubt {
    uint32_t rule;      /* from 1 on */
    const char *why;    /* language, skills */
    struct span skills; /* those; borrowed; empty for a language */
};
size_t core_rule_doubts(const struct core *k, const struct dept *d,
                        struct rule_doubt out[2 * RULES_MAX]);
/* The first of these skills that an agent has not; SPAN_NONE: he has them all. */
struct span core_lacks_skill(const struct agent *ag, struct span skills);

#endif
