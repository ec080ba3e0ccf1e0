/* Handing a chat on, and giving it by hand: the commands, and the questions to whom it could go. */
#include "targets.h"

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

/* False: he is none to whom anything could go, or goes already. */
static bool target_take(const struct core *k, const void *arg, const struct agent *ag,
                        struct target *t)
{
    const struct conv *cv = arg;
    uint64_t dept = core_hand_dept(k, cv, ag);
    struct fault f = {0};

    *t = (struct target){.ag = ag, .d = core_dept(k, dept != 0 ? dept : cv->dept)};
    if (t->d == NULL || !ag->enabled || (cv->state == CONV_ACTIVE && cv->agent == ag->id))
        return false;
    if (core_may_hand_to_agent(k, cv, ag, t->d, &f) != ERR_OK)
        t->lacks = refusal_code(f.refusal);
    return true;
}

static bool candidate_take(const struct core *k, const void *arg, const struct agent *ag,
                           struct target *t)
{
    const struct conv *cv = arg;
    struct fault f = {0};

    *t = (struct target){.ag = ag, .d = core_dept(k, cv->dept)};
    if (t->d == NULL || !ag->enabled || (cv->state == CONV_ACTIVE && cv->agent == ag->id) ||
        core_given(k, cv) == ag->id)
        return false;
    if (core_may_assign(cv, ag, &f) != ERR_OK)
        t->lacks = refusal_code(f.refusal);
    return true;
}

void run_conv_targets(struct call *c)
{
    const struct core *k = c->api->env.core;
    size_t max = targets_max(c);
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
    more = targets_write(&j, k, target_take, ref.cv, c->arg[ARG_TEXT].s, max) || more;
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

static bool box_take(struct call *c, enum arg_name name, enum box *box)
{
    const struct arg_value *arg = &c->arg[name];

    if (!arg->has || box_parse(arg->s, box))
        return true;
    call_refuse_with(c, ERR_INVAL, arg_word(name), REFUSE_WORD,
                     VALUES(OF_STR("to-answer, answered, put-away")));
    return false;
}

static void box_answer(struct jw *j, const struct call *c, const struct answer *a)
{
    (void)c;
    if (a->unchanged)
        jw_k_bool(j, "unchanged", true);
}

void run_conv_box(struct call *c)
{
    struct cmd cmd;

    call_cmd(c, &cmd);
    cmd.conv = c->arg[ARG_CONVERSATION].id;
    cmd.box = (struct cmd_box){0};
    if (box_take(c, ARG_BOX, &cmd.box.box) && box_take(c, ARG_WAS, &cmd.box.was))
        call_command(c, &cmd, box_answer);
}

void run_conv_candidates(struct call *c)
{
    const struct core *k = c->api->env.core;
    size_t max = targets_max(c);
    struct conv_ref ref;
    struct buf b = {0};
    struct jw j = {.b = &b};
    bool more;

    if (!conv_take(c, ACT_ASSIGN, &ref))
        return;
    jw_obj(&j);
    more = targets_write(&j, k, candidate_take, ref.cv, c->arg[ARG_TEXT].s, max);
    jw_k_bool(&j, "more", more);
    jw_obj_end(&j);
    call_ok_now(c, buf_span(&b));
    conv_done(&ref);
    buf_fini(&b);
}
