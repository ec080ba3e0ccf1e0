/*
 * Disabling and deleting agents: the commands, what they would do, and the question what an agent
 * has under way and who could go on with it.
 */
#include "targets.h"

static void end_cmd(const struct call *c, struct cmd *cmd)
{
    call_cmd(c, cmd);
    cmd->agent_end = (struct cmd_agent_end){
        .agent = c->arg[ARG_AGENT].id,
        .chats_to = c->arg[ARG_CHATS_TO].id,
        .chats_back = c->arg[ARG_CHATS_BACK].i != 0,
        .tasks_to = c->arg[ARG_TASKS_TO].id,
        .tasks_back = c->arg[ARG_TASKS_BACK].i != 0,
        .anonymise = c->arg[ARG_ANONYMISE].i != 0,
    };
}

static void end_done(struct jw *j, const struct call *c, const struct answer *a)
{
    jw_k_id(j, "agent", c->arg[ARG_AGENT].id);
    if (a->unchanged)
        jw_k_bool(j, "unchanged", true);
}

static int64_t recs_of(const struct out *out, enum rec_type type)
{
    int64_t n = 0;

    for (size_t i = 0; i < out->nrecs; i++)
        n += out->recs[i].type == type;
    return n;
}

static void would_write(struct jw *j, const struct call *c, const struct out *out)
{
    const struct core *k = c->api->env.core;
    const struct agent *ag = core_agent(k, c->arg[ARG_AGENT].id);
    struct agent_work work = core_agent_work(k, ag);
    bool to_somebody = c->arg[ARG_TASKS_TO].id != 0;

    jw_obj(j);
    jw_k_id(j, "agent", ag->id);
    jw_k_bool(j, "dry_run", true);
    if (out->unchanged)
        jw_k_bool(j, "unchanged", true);
    jw_k_int(j, "taken_over", recs_of(out, REC_CONV_ASSIGNED));
    jw_k_int(j, "back", recs_of(out, REC_CONV_RETURNED));
    jw_k_int(j, "tasks_taken_over", to_somebody ? recs_of(out, REC_TASK_SET) : 0);
    jw_k_int(j, "tasks_back", to_somebody ? 0 : recs_of(out, REC_TASK_SET));
    jw_k_int(j, "offers", recs_of(out, REC_CONV_OFFER_OVER));
    jw_k_int(j, "sessions", recs_of(out, REC_SESSION_CLOSED));
    jw_k_int(j, "canned", recs_of(out, REC_AGENT_DELETED) * work.canned);
    jw_obj_end(j);
}

/* What the command would do, or why it would be refused, by the rule that it goes by itself. */
static void end_try(struct call *c, const struct cmd *cmd)
{
    struct out out = {0};
    struct buf b = {0};
    struct jw j = {.b = &b};
    struct fault f = {0};

    if (turn_bring(c->api->env.turn, cmd, &f) != ERR_OK) {
        call_fail(c, &f);
        return;
    }
    if (core_decide(c->api->env.core, cmd, api_now(c->api), &out) != ERR_OK) {
        call_fail(c, &out.fault);
    } else {
        would_write(&j, c, &out);
        call_ok_now(c, buf_span(&b));
    }
    buf_fini(&b);
    out_fini(&out);
}

void run_agent_end(struct call *c)
{
    struct cmd cmd;

    end_cmd(c, &cmd);
    if (c->arg[ARG_DRY_RUN].i != 0)
        end_try(c, &cmd);
    else
        call_command(c, &cmd, end_done);
}

struct relief {
    const struct agent *from;
    struct reader reader;     /* who asks, and knows deleted departments */
    struct cmd_agent_end end; /* as it would be said of the tasks */
};

/* Where he lacks something, or where the last of the chats is. */
static bool taker_take(const struct core *k, const void *arg, const struct agent *ag,
                       struct target *t)
{
    const struct relief *relief = arg;
    struct fault f = {0};
    uint64_t dept = 0;

    (void)k;
    if (!ag->enabled || ag == relief->from)
        return false;
    *t = (struct target){.ag = ag};
    if (core_may_take_over(relief->from, ag, &dept, &f) != ERR_OK)
        t->lacks = refusal_code(f.refusal);
    t->d = audience_dept(&relief->reader, dept);
    return t->d != NULL; /* else there is no chat to take over */
}

static bool doer_take(const struct core *k, const void *arg, const struct agent *ag,
                      struct target *t)
{
    const struct relief *relief = arg;
    struct fault f = {0};

    if (!ag->enabled || ag == relief->from || core_task_count(k, relief->from->id) == 0)
        return false;
    *t = (struct target){.ag = ag};
    if (core_may_take_tasks(k, &relief->end, ag, &f) != ERR_OK)
        t->lacks = refusal_code(f.refusal);
    return true;
}

static void alone_write(struct jw *j, const struct core *k, const struct agent *ag)
{
    jw_key(j, "alone_in");
    jw_arr(j);
    for (uint64_t id = 0; core_next_dept_alone(k, ag, &id);) {
        jw_obj(j);
        jw_k_id(j, "department", id);
        jw_k_str(j, "name", core_dept(k, id)->name);
        jw_obj_end(j);
    }
    jw_arr_end(j);
}

static void work_write(struct jw *j, const struct call *c, const struct agent *ag,
                       const struct cmd_agent_end *end)
{
    const struct core *k = c->api->env.core;
    struct agent_work w = core_agent_work(k, ag);
    struct relief relief = {.from = ag, .reader = reader_of(k, &c->who), .end = *end};
    target_fn *take = end->tasks_to != 0 ? doer_take : taker_take;
    bool more;

    jw_obj(j);
    jw_k_id(j, "agent", ag->id);
    jw_k_str(j, "name", ag->name);
    jw_k_int(j, "chats", w.chats);
    jw_k_int(j, "offers", w.offers);
    jw_k_int(j, "handed", w.handed);
    jw_k_int(j, "sessions", w.sessions);
    jw_k_int(j, "canned", w.canned);
    jw_k_int(j, "tasks", w.tasks);
    jw_k_bool(j, "last_admin", core_is_last_admin(k, ag));
    alone_write(j, k, ag);
    more = targets_write(j, k, take, &relief, c->arg[ARG_TEXT].s, targets_max(c));
    jw_k_bool(j, "more", more);
    jw_obj_end(j);
}

void run_agent_work(struct call *c)
{
    const struct agent *ag = core_agent(c->api->env.core, c->arg[ARG_AGENT].id);
    struct cmd cmd = {.type = CMD_AGENT_DISABLE};
    bool of_tasks = span_is(c->arg[ARG_KIND].s, "tasks");
    struct fault f = {0};
    struct buf b = {0};
    struct jw j = {.b = &b};

    if (!admin_only(c))
        return;
    if (ag == NULL) {
        call_refuse(c, ERR_NOTFOUND, "agent", REFUSE_AGENT_UNKNOWN);
        return;
    }
    if (c->arg[ARG_KIND].s.len > 0 && !of_tasks && !span_is(c->arg[ARG_KIND].s, "chats")) {
        call_refuse_with(c, ERR_INVAL, "kind", REFUSE_WORD, VALUES(OF_STR("chats, tasks")));
        return;
    }
    /* Whoever it will be: what they are about is the same. */
    cmd.agent_end = (struct cmd_agent_end){
        .agent = ag->id, .chats_to = c->arg[ARG_CHATS_TO].id, .tasks_to = of_tasks ? ag->id : 0};
    if (turn_bring(c->api->env.turn, &cmd, &f) != ERR_OK) {
        call_fail(c, &f);
        return;
    }
    work_write(&j, c, ag, &cmd.agent_end);
    call_ok_now(c, buf_span(&b));
    buf_fini(&b);
}
