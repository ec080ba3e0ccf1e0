/* Agents to whom something could go, with what those lack to whom it could not. */
#ifndef TARGETS_H
#define TARGETS_H

#include "api_int.h"

struct target {
    const struct agent *ag;
    const struct dept *d; /* where it would be his, or where he lacks it; NULL: anywhere */
    const char *lacks;    /* NULL: nothing */
    unsigned rank;        /* has a free place; has none; cannot */
};

/* How one stands to it: all but the rank.  False: not to be listed. */
typedef bool target_fn(const struct core *k, const void *arg, const struct agent *ag,
                       struct target *t);

/*
 * Write "agents": those who can first, the least busy of them first; with `part` in their names.
 * True: there were more than `max`.  Costs a look at each agent.
 */
bool targets_write(struct jw *j, const struct core *k, target_fn *take, const void *arg,
                   struct span part, size_t max);
size_t targets_max(const struct call *c); /* as asked for, or the usual */

/* Capital letters of ASCII count as small ones; other scripts as they are. */
bool name_has(const char *name, struct span part);

#endif
