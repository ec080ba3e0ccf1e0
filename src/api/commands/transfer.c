/* Handing a chat on, and giving it by hand: the commands, and the questions to whom it could go. */
#include <stdlib.h>

#include "api_int.h"

#define TARGETS_DEFAULT 100

/* An agent to whom it could go, or could not. */
struct target {
    const struct agent *ag;
    const struct dept *d;
    const char *lacks; /* NULL: nothing */
    unsigned rank;     /* has a free place; has none; cannot */
};

/* How one stands to a chat that is given, or handed on; false: not to be listed. */
typedef bool target_fn(const struct core *k, const struct conv *cv, const struct agent *ag,
                       struct target *t);

static void transfer_answer(struct jw *j, const struct call *c, const struct answer *a)
{
    (void)c;
    jw_k_int(j, "seq", a->seq);
}

void run_conv_transfer(struct call *c)
{
    struct cmd cmd;

    if (!c->arg[ARG_AGENT].has && !c->arg[ARG_DEPARTMENT].has) {
        call_refuse_with(c, ERR_INVAL, "agent", REFUSE_EITHER,
                         VALUES(OF_STR("agent"), OF_STR("department")));
        return;
    }
    call_cmd(c, &cmd);
    cmd.conv = c->arg[ARG_CONVERSATION].id;
    cmd.transfer = (struct cmd_transfer){
        .agent = c->arg[ARG_AGENT].id,
        .dept = c->arg[ARG_DEPARTMENT].id,
        .holder = c->arg[ARG_HOLDER].id,
        .text = c->arg[ARG_TEXT].s,
    };
    call_command(c, &cmd, transfer_answer);
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

/* Capital letters of ASCII count as small ones; other scripts as they are. */
static bool name_has(const char *name, struct span part)
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

static void dept_write(struct jw *j, const struct core *k, const struct conv *cv,
                       const struct dept *d)
{
    struct fault f = {0};
    uint32_t there, free_now;

    core_dept_there(k, d, cv->agent, &there, &free_now);
    jw_obj(j);
    jw_k_id(j, "id", d->id);
    jw_k_str(j, "name", d->name);
    jw_k_str(j, "type", d->type == DEPT_PUBLIC ? "public" : "private");
    jw_k_int(j, "there", there);
    jw_k_int(j, "free", free_now);
    jw_k_int(j, "waiting", d->waiting_count);
    if (core_may_hand_to_dept(k, cv, d, &f) != ERR_OK)
        jw_k_str(j, "lacks", refusal_code(f.refusal));
    jw_obj_end(j);
}

/* Private ones, too: an agent may know that they are there. */
static bool depts_write(struct jw *j, const struct core *k, const struct conv *cv, struct span part,
                        size_t max)
{
    size_t n = 0;

    jw_key(j, "departments");
    jw_arr(j);
    for (uint64_t id = 0; n <= max && core_next_dept(k, &id);)
        if (name_has(core_dept(k, id)->name, part) && n++ < max)
            dept_write(j, k, cv, core_dept(k, id));
    jw_arr_end(j);
    return n > max;
}

static void target_rank(struct target *t)
{
    bool full = t->ag->active_count >= t->ag->capacity;

    t->rank = t->lacks != NULL ? 2 : full ? 1 : 0;
}

/* False: he is none to whom anything could go, or goes already. */
static bool target_take(const struct core *k, const struct conv *cv, const struct agent *ag,
                        struct target *t)
{
    uint64_t dept = core_hand_dept(k, cv, ag);
    struct fault f = {0};

    *t = (struct target){.ag = ag, .d = core_dept(k, dept != 0 ? dept : cv->dept)};
    if (t->d == NULL || !ag->enabled || (cv->state == CONV_ACTIVE && cv->agent == ag->id))
        return false;
    if (core_may_hand_to_agent(k, cv, ag, t->d, &f) != ERR_OK)
        t->lacks = refusal_code(f.refusal);
    target_rank(t);
    return true;
}

static bool candidate_take(const struct core *k, const struct conv *cv, const struct agent *ag,
                           struct target *t)
{
    struct fault f = {0};

    *t = (struct target){.ag = ag, .d = core_dept(k, cv->dept)};
    if (t->d == NULL || !ag->enabled || (cv->state == CONV_ACTIVE && cv->agent == ag->id))
        return false;
    if (core_may_assign(cv, ag, &f) != ERR_OK)
        t->lacks = refusal_code(f.refusal);
    target_rank(t);
    return true;
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
    jw_k_id(j, "department", t->d->id);
    jw_k_str(j, "department_name", t->d->name);
    if (t->lacks != NULL)
        jw_k_str(j, "lacks", t->lacks);
    jw_obj_end(j);
}

/* Those who can first, the least busy of them first.  Costs a look at each agent. */
static bool agents_write(struct jw *j, const struct core *k, const struct conv *cv, target_fn *take,
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
        if (name_has(ag->name, part) && take(k, cv, ag, &all[n]))
            n++;
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

void run_conv_targets(struct call *c)
{
    const struct core *k = c->api->env.core;
    size_t max = c->arg[ARG_MAX].has ? (size_t)c->arg[ARG_MAX].i : TARGETS_DEFAULT;
    const struct dept *d;
    struct conv_ref ref;
    struct buf b = {0};
    struct jw j = {.b = &b};
    bool more;

    if (!conv_take(c, ACT_TRANSFER, &ref))
        return;
    d = core_dept(k, ref.cv->dept);
    jw_obj(&j);
    more = depts_write(&j, k, ref.cv, c->arg[ARG_TEXT].s, max);
    more = agents_write(&j, k, ref.cv, target_take, c->arg[ARG_TEXT].s, max) || more;
    jw_k_bool(&j, "more", more);
    jw_k_int(&j, "transfer_ms", d != NULL ? d->transfer_ms : 0);
    jw_obj_end(&j);
    call_ok_now(c, buf_span(&b));
    conv_done(&ref);
    buf_fini(&b);
}

/* giving by hand */

void run_conv_assign(struct call *c)
{
    struct cmd cmd;

    call_cmd(c, &cmd);
    cmd.conv = c->arg[ARG_CONVERSATION].id;
    cmd.assign =
        (struct cmd_assign){.agent = c->arg[ARG_AGENT].id, .holder = c->arg[ARG_HOLDER].id};
    call_command(c, &cmd, NULL);
}

void run_conv_candidates(struct call *c)
{
    const struct core *k = c->api->env.core;
    size_t max = c->arg[ARG_MAX].has ? (size_t)c->arg[ARG_MAX].i : TARGETS_DEFAULT;
    struct conv_ref ref;
    struct buf b = {0};
    struct jw j = {.b = &b};
    bool more;

    if (!conv_take(c, ACT_ASSIGN, &ref))
        return;
    jw_obj(&j);
    more = agents_write(&j, k, ref.cv, candidate_take, c->arg[ARG_TEXT].s, max);
    jw_k_bool(&j, "more", more);
    jw_obj_end(&j);
    call_ok_now(c, buf_span(&b));
    conv_done(&ref);
    buf_fini(&b);
}
