/*
 * Deciding about agents who stop: disabled or deleted, in one step with what becomes of the chats
 * and the tasks that they have, and of their names.
 */
#include "core_int.h"

static const struct xagent *xagent_of(const struct agent *ag)
{
    return container_of((struct agent *)ag, struct xagent, a);
}

struct agent_work core_agent_work(const struct core *k, const struct agent *ag)
{
    const struct xagent *x = xagent_of(ag);

    return (struct agent_work){
        .chats = ag->active_count,
        .offers = ag->offer_count,
        .handed = (uint32_t)otree_size(&x->handed),
        .sessions = (uint32_t)otree_size(&x->sessions),
        .canned = (uint32_t)canned_count_of(k, ag->id),
        .tasks = (uint32_t)core_task_count(k, ag->id),
    };
}

err_t core_may_take_over(const struct agent *from, const struct agent *to, uint64_t *dept,
                         struct fault *f)
{
    const struct xagent *x = xagent_of(from);

    if (to == from)
        return agent_refuse(to, REFUSE_AGENT_SAME, f);
    for (struct onode *n = otree_first(&x->held); n != NULL; n = otree_next(n)) {
        const struct conv *cv = &container_of(n, struct xconv, held)->c;
        enum refusal why = conv_is_held(cv) ? agent_lacks_for_hand(to, cv->dept) : REFUSE_NONE;

        *dept = cv->dept;
        if (why != REFUSE_NONE)
            return agent_refuse(to, why, f);
    }
    return ERR_OK;
}

/* How many seats with chat access are not this agent's, whether anybody sits there or not. */
static bool is_alone_in(const struct xagent *x, const struct xdept *d)
{
    const struct seat *own = agent_seat(x, d->d.id);
    uint32_t seats = 0;

    if (own == NULL || own->class == SEAT_NONE)
        return false;
    for (enum seat_class c = SEAT_OFFLINE; c < SEAT_CLASS_COUNT; c++)
        seats += d->seats[c];
    return seats == 1;
}

bool core_next_dept_alone(const struct core *k, const struct agent *ag, uint64_t *dept)
{
    for (size_t at = agent_member_at(ag, *dept + 1); at < ag->nmembers; at++) {
        *dept = ag->members[at].dept;
        if (is_alone_in(xagent_of(ag), xdept_find(k, *dept)))
            return true;
    }
    return false;
}

/* may it be */

static err_t refuse_holds(struct plan *p, const struct agent *ag, const char *field)
{
    return fault_refuse_with(&p->out->fault, ERR_CONFIRM, field, REFUSE_AGENT_HOLDS,
                             VALUES(OF_STR(ag->name), OF_INT(ag->active_count)));
}

static err_t refuse_tasks(struct plan *p, const struct agent *ag, const char *field)
{
    return fault_refuse_with(&p->out->fault, ERR_CONFIRM, field, REFUSE_AGENT_TASKS,
                             VALUES(OF_STR(ag->name), OF_INT(core_task_count(p->k, ag->id))));
}

static err_t check_oneself(struct plan *p, const struct agent *ag, const char *field)
{
    if (!plan_is_self(p, ag->id))
        return ERR_OK;
    return plan_refuse(p, ERR_CONFLICT, field,
                       core_is_last_admin(p->k, ag) ? REFUSE_LAST_ADMIN : REFUSE_ONESELF);
}

err_t plan_agent_may_go(struct plan *p, const struct agent *ag, const char *field)
{
    err_t err = check_oneself(p, ag, field);

    if (err != ERR_OK)
        return err;
    if (ag->active_count > 0)
        return refuse_holds(p, ag, field);
    return core_task_count(p->k, ag->id) > 0 ? refuse_tasks(p, ag, field) : ERR_OK;
}

/* *taker: who has his chats from now on; NULL: they go back to their queues, or there are none. */
static err_t take_taker(struct plan *p, const struct agent *ag, const struct agent **taker)
{
    const struct cmd_agent_end *cmd = &p->cmd->agent_end;
    uint64_t dept;
    err_t err;

    *taker = NULL;
    if (cmd->chats_to != 0 && cmd->chats_back)
        return fault_refuse_with(&p->out->fault, ERR_INVAL, "chats_back", REFUSE_NOT_BOTH,
                                 VALUES(OF_STR("chats_to"), OF_STR("chats_back")));
    if (cmd->chats_to == 0)
        return ag->active_count > 0 && !cmd->chats_back ? refuse_holds(p, ag, "chats_to") : ERR_OK;
    if ((*taker = core_agent(p->k, cmd->chats_to)) == NULL)
        return plan_refuse(p, ERR_NOTFOUND, "chats_to", REFUSE_AGENT_UNKNOWN);
    err = core_may_take_over(ag, *taker, &dept, &p->out->fault);
    return err == ERR_OK ? ERR_OK : fault_move(&p->out->fault, err, "chats_to");
}

/* Likewise of his open tasks: NULL: they are nobody's, or there are none. */
static err_t take_doer(struct plan *p, const struct agent *ag, const struct agent **doer)
{
    const struct cmd_agent_end *cmd = &p->cmd->agent_end;
    err_t err;

    *doer = NULL;
    if (cmd->tasks_to != 0 && cmd->tasks_back)
        return fault_refuse_with(&p->out->fault, ERR_INVAL, "tasks_back", REFUSE_NOT_BOTH,
                                 VALUES(OF_STR("tasks_to"), OF_STR("tasks_back")));
    if (cmd->tasks_to == 0)
        return core_task_count(p->k, ag->id) > 0 && !cmd->tasks_back
                   ? refuse_tasks(p, ag, "tasks_to")
                   : ERR_OK;
    if ((*doer = core_agent(p->k, cmd->tasks_to)) == NULL)
        return plan_refuse(p, ERR_NOTFOUND, "tasks_to", REFUSE_AGENT_UNKNOWN);
    err = core_may_take_tasks(p->k, cmd, *doer, &p->out->fault);
    return err == ERR_OK ? ERR_OK : fault_move(&p->out->fault, err, "tasks_to");
}

static err_t plan_end(struct plan *p, const struct agent **ag, const struct agent **taker,
                      const struct agent **doer)
{
    err_t err = plan_agent_admin(p, p->cmd->agent_end.agent, ag);

    if (err == ERR_OK)
        err = check_oneself(p, *ag, NULL);
    if (err == ERR_OK)
        err = take_taker(p, *ag, taker);
    return err == ERR_OK ? take_doer(p, *ag, doer) : err;
}

/* what becomes of it */

/* Routing's way, as where somebody is gone; only that nobody waits for it. */
static void step_return(struct plan *p, const struct conv *cv)
{
    struct rec *rec = plan_rec(p, REC_CONV_RETURNED, cv->id);

    rec->hold.agent = cv->agent;
    rec->hold.why = WHY_STATUS;
    rec->hold.until_ms = p->now_ms + xdept_find(p->k, cv->dept)->d.wait_ms;
}

/*
 * His chats and tasks go on with somebody else, and what he is asked about is asked of others; what
 * he has ended ends.
 */
static void step_relieve(struct plan *p, const struct agent *ag, const struct agent *taker,
                         const struct agent *doer)
{
    const struct xagent *x = xagent_of(ag);
    const struct principal who = p->who, system = {.kind = BY_SYSTEM};

    for (struct onode *n = otree_first(&x->held); n != NULL; n = otree_next(n)) {
        const struct conv *cv = &container_of(n, struct xconv, held)->c;

        if (cv->ending_ms != 0)
            continue;
        if (cv->state == CONV_ACTIVE && taker != NULL) {
            step_assign(p, cv, taker->id);
            continue;
        }
        p->who = system; /* whoever decided it sent it nowhere */
        if (cv->state == CONV_ACTIVE)
            step_return(p, cv);
        else
            step_pass_on(p, cv, WHY_STATUS);
        p->who = who;
    }
    step_give_tasks(p, ag, doer != NULL ? doer->id : 0);
    step_close_sessions(p, x, 0);
}

/* The portal's language, for it is no longer his; a number that tells him from the others. */
static void step_anonymise(struct plan *p, const struct agent *ag)
{
    static const char *const words[LANG_COUNT] = {
        [LANG_EN] = "Former agent", [LANG_JA] = "元担当者"};
    struct buf name = {0}, body = {0};

    buf_addf(&name, "%s %zu", words[p->k->portal.lang], otree_rank(&xagent_of(ag)->by_id) + 1);
    tlv_put_span(&body, BODY_NAME, buf_span(&name));
    plan_rec(p, REC_AGENT_ANONYMISED, ag->id)->body = plan_take(p, &body);
    buf_fini(&name);
}

err_t decide_agent_remove(struct plan *p)
{
    const struct agent *ag, *taker, *doer;
    err_t err = plan_end(p, &ag, &taker, &doer);

    if (err != ERR_OK)
        return err;
    plan_rec(p, REC_AGENT_DELETED, ag->id);
    if (p->cmd->agent_end.anonymise)
        step_anonymise(p, ag);
    step_relieve(p, ag, taker, doer);
    return ERR_OK;
}

err_t decide_agent_disable(struct plan *p)
{
    size_t count;
    const struct setting *table = agent_settings(&count);
    const struct agent *ag, *taker, *doer;
    struct change off = {.setting = setting_find(table, count, SPAN_LIT("enabled"))};
    struct buf fields = {0};
    err_t err = plan_end(p, &ag, &taker, &doer);

    if (err != ERR_OK)
        return err;
    if (!ag->enabled) {
        p->out->unchanged = true;
        return ERR_OK;
    }
    setting_put(&fields, &off);
    changed_say(OBJ_AGENT, ag, &fields);
    plan_rec(p, REC_AGENT_SET, ag->id)->set.fields = plan_take(p, &fields);
    step_relieve(p, ag, taker, doer);
    return ERR_OK;
}
