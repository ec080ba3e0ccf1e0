/* Lists of agents to whom something could go: in which order, and what is told of each. */
#include "targets.h"

#include <stdlib.h>

#define TARGETS_DEFAULT 100

size_t targets_max(const struct call *c)
{
    return c->arg[ARG_MAX].has ? (size_t)c->arg[ARG_MAX].i : TARGETS_DEFAULT;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

bool name_has(const char *name, struct span part)
{
    for (; *name != '\0'; name++) {
        size_t at = 0;

        while (at < part.len && lower(name[at]) == lower(part.p[at]))
            at++; /* the name's own NUL differs from all that may be in the part */
        if (at == part.len)
            return true;
    }
    return part.len == 0;
}

static void target_rank(struct target *t)
{
    bool full = t->ag->active_count >= t->ag->capacity;

    t->rank = t->lacks != NULL ? 2 : full ? 1 : 0;
}

static int target_compare(const void *a, const void *b)
{
    const struct target *x = a, *y = b;
    uint64_t load_x = (uint64_t)x->ag->active_count * y->ag->capacity;
    uint64_t load_y = (uint64_t)y->ag->active_count * x->ag->capacity;

    if (x->rank != y->rank)
        return x->rank < y->rank ? -1 : 1;
    if (x->rank != 2 && load_x != load_y)
        return load_x < load_y ? -1 : 1;
    return strcmp(x->ag->name, y->ag->name);
}

static void target_write(struct jw *j, const struct target *t)
{
    const struct agent *ag = t->ag;

    jw_obj(j);
    jw_k_id(j, "id", ag->id);
    jw_k_str(j, "name", ag->name);
    jw_k_str(j, "status", agent_status_word(ag->connected ? ag->status : STATUS_OFFLINE));
    jw_k_int(j, "load", ag->active_count);
    jw_k_int(j, "capacity", ag->capacity);
    if (t->d != NULL) {
        jw_k_id(j, "department", t->d->id);
        jw_k_str(j, "department_name", t->d->name);
    }
    if (t->lacks != NULL)
        jw_k_str(j, "lacks", t->lacks);
    jw_obj_end(j);
}

bool targets_write(struct jw *j, const struct core *k, target_fn *take, const void *arg,
                   struct span part, size_t max)
{
    struct target *all = NULL;
    size_t n = 0, cap = 0;

    for (uint64_t id = 0; core_next_agent(k, &id);) {
        const struct agent *ag = core_agent(k, id);

        if (n == cap) {
            cap = cap != 0 ? 2 * cap : 64;
            all = xrealloc(all, cap * sizeof(*all));
        }
        if (name_has(ag->name, part) && take(k, arg, ag, &all[n]))
            target_rank(&all[n++]);
    }
    if (n > 0)
        qsort(all, n, sizeof(*all), target_compare);
    jw_key(j, "agents");
    jw_arr(j);
    for (size_t i = 0; i < n && i < max; i++)
        target_write(j, &all[i]);
    jw_arr_end(j);
    free(all);
    return n > max;
}
