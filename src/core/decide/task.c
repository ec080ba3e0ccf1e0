/*
 * Deciding about follow-up tasks, and what their deadlines are about: who is to do one is reminded
 * when it is due, and what was done long ago goes.
 */
#include "core_int.h"

static err_t refuse_full(const struct agent *ag, struct fault *f)
{
    return fault_refuse_with(f, ERR_FULL, "agent", REFUSE_AGENT_TASKS_FULL,
                             VALUES(OF_STR(ag->name), OF_INT(TASKS_PER_AGENT_MAX)));
}

static err_t check_title(struct plan *p, struct span s)
{
    size_t has = span_codepoints(s);

    if (!span_is_line(s, s.len))
        return span_refuse(s, true, &p->out->fault, "title");
    if (has > TASK_TITLE_MAX_CODEPOINTS)
        return fault_refuse_with(&p->out->fault, ERR_INVAL, "title", REFUSE_TOO_LONG,
                                 VALUES(OF_INT(TASK_TITLE_MAX_CODEPOINTS), OF_INT(has)));
    if (span_trim(s).len == 0)
        return plan_refuse(p, ERR_INVAL, "title", REFUSE_EMPTY);
    return ERR_OK;
}

/* `was`: as it is, NULL where there is none yet.  What stays as it was need not be possible now. */
static err_t check_task(struct plan *p, const struct conv *cv, const struct task *was)
{
    const struct cmd_task *c = &p->cmd->task;
    const struct agent *ag = core_agent(p->k, c->agent);
    err_t err = check_title(p, c->title);

    if (err != ERR_OK)
        return err;
    if (c->due_ms != 0 && c->due_ms <= p->now_ms && (was == NULL || was->due_ms != c->due_ms))
        return plan_refuse(p, ERR_INVAL, "due_ms", REFUSE_PAST);
    if (c->agent == 0 || (was != NULL && was->agent == c->agent))
        return ERR_OK;
    if (ag == NULL)
        return plan_refuse(p, ERR_NOTFOUND, "agent", REFUSE_AGENT_UNKNOWN);
    err = core_may_task(p->k, cv, ag, &p->out->fault);
    if (err == ERR_OK && (was == NULL || !was->done) &&
        core_task_count(p->k, ag->id) >= TASKS_PER_AGENT_MAX)
        err = refuse_full(ag, &p->out->fault);
    return err;
}

static void step_task(struct plan *p, enum rec_type type, uint64_t id, struct rec_task task,
                      struct span title)
{
    struct buf body = {0};
    struct rec *rec = plan_rec(p, type, id);

    tlv_put_span(&body, BODY_TITLE, title);
    rec->body = plan_take(p, &body);
    rec->task = task;
}

static void plan_task(struct plan *p, enum rec_type type, uint64_t id, struct rec_task task,
                      struct span title)
{
    step_task(p, type, id, task, title);
    p->out->id = id;
}

err_t decide_task_add(struct plan *p)
{
    const struct cmd_task *c = &p->cmd->task;
    const struct conv *cv;
    err_t err = plan_conv(p, ACT_NOTE, &cv);

    if (err != ERR_OK || (err = check_task(p, cv, NULL)) != ERR_OK)
        return err;
    if (otree_size(&p->k->tasks) >= TASKS_MAX || task_count_in(p->k, cv->id) >= TASKS_PER_CONV_MAX)
        return fault_refuse_with(
            &p->out->fault, ERR_FULL, NULL, REFUSE_TASKS_FULL,
            VALUES(OF_INT(otree_size(&p->k->tasks) >= TASKS_MAX ? TASKS_MAX : TASKS_PER_CONV_MAX)));
    plan_task(p, REC_TASK_ADDED, plan_id(p),
              (struct rec_task){.conv = cv->id, .agent = c->agent, .due_ms = c->due_ms},
              span_trim(c->title));
    return ERR_OK;
}

/* The one that the command names, if that may be done with it and it is still what was seen. */
static err_t take_task(struct plan *p, enum task_right right, const struct task **out,
                       const struct conv **cv)
{
    const struct task *t = core_task(p->k, p->cmd->task.task);
    const struct reader r = reader_of(p->k, &p->who);
    unsigned rights;

    if (r.kind == READER_NONE || r.kind == READER_VISITOR)
        return plan_may(p, ACT_ADMIN, NULL);
    *cv = t != NULL ? core_conv(p->k, t->conv) : NULL;
    rights = t != NULL ? audience_task(&r, t, *cv) : 0;
    if (rights == 0)
        return plan_refuse(p, ERR_NOTFOUND, "task", REFUSE_TASK_UNKNOWN);
    if ((rights & BIT(right)) == 0)
        return *cv != NULL && audience_sees(&r, *cv)
                   ? plan_may(p, ACT_NOTE, *cv)
                   : plan_refuse(p, ERR_DENIED, NULL, REFUSE_OUT_OF_SCOPE);
    if (p->cmd->task.version != 0 && p->cmd->task.version != t->version)
        return fault_refuse_with(
            &p->out->fault, ERR_CONFLICT, "version", REFUSE_STALE,
            VALUES(
                OF_STR(t->changed_by != 0 ? core_agent_name(p->k, t->changed_by) : "the operator"),
                OF_INT(t->version)));
    p->asked = p->asked || audience_ways(&r, ACT_NOTE, *cv) != 0;
    *out = t;
    p->out->id = t->id;
    return ERR_OK;
}

static struct rec_task as_it_is(const struct task *t)
{
    return (struct rec_task){
        .conv = t->conv, .agent = t->agent, .was = t->agent, .due_ms = t->due_ms, .done = t->done};
}

err_t decide_task_set(struct plan *p)
{
    const struct cmd_task *c = &p->cmd->task;
    const struct task *t;
    const struct conv *cv;
    struct rec_task to;
    err_t err = take_task(p, TASK_EDIT, &t, &cv);

    if (err != ERR_OK)
        return err;
    if (cv == NULL)
        return plan_refuse(p, ERR_CONFLICT, NULL, REFUSE_CONVERSATION_UNKNOWN);
    if ((err = check_task(p, cv, t)) != ERR_OK)
        return err;
    if (c->agent == t->agent && c->due_ms == t->due_ms && span_is(span_trim(c->title), t->title)) {
        p->out->unchanged = true;
        return ERR_OK;
    }
    to = as_it_is(t);
    to.agent = c->agent;
    to.due_ms = c->due_ms;
    plan_task(p, REC_TASK_SET, t->id, to, span_trim(c->title));
    return ERR_OK;
}

/* Whoever has gone is not given it again: it is nobody's. */
static err_t check_doer(struct plan *p, struct rec_task *to)
{
    const struct agent *ag = core_agent(p->k, to->agent);

    if (ag == NULL || !ag->enabled)
        to->agent = 0;
    else if (core_task_count(p->k, ag->id) >= TASKS_PER_AGENT_MAX)
        return refuse_full(ag, &p->out->fault);
    return ERR_OK;
}

static err_t decide_whether_done(struct plan *p, bool done)
{
    const struct task *t;
    const struct conv *cv;
    struct rec_task to;
    err_t err = take_task(p, TASK_DO, &t, &cv);

    if (err != ERR_OK)
        return err;
    if (t->done == done) {
        p->out->unchanged = true;
        return ERR_OK;
    }
    to = as_it_is(t);
    to.done = done;
    if (!done && (err = check_doer(p, &to)) != ERR_OK)
        return err;
    plan_rec(p, REC_TASK_DONE, t->id)->task = to;
    return ERR_OK;
}

err_t decide_task_done(struct plan *p)
{
    return decide_whether_done(p, true);
}

err_t decide_task_reopen(struct plan *p)
{
    return decide_whether_done(p, false);
}

err_t decide_task_remove(struct plan *p)
{
    const struct task *t;
    const struct conv *cv;
    err_t err = take_task(p, TASK_EDIT, &t, &cv);

    if (err == ERR_OK)
        plan_rec(p, REC_TASK_REMOVED, t->id)->task = as_it_is(t);
    return err;
}

/* Whether he may still read what it is about, and it is still his, is judged when it is written. */
static void remind_by_mail(struct plan *p, const struct task *t)
{
    const struct agent *ag = core_agent(p->k, t->agent);

    if (ag != NULL && ag->enabled &&
        (ag->alerts.tasks == TASK_MAIL_ALWAYS ||
         (ag->alerts.tasks == TASK_MAIL_AWAY && !ag->connected)))
        plan_reminder(p, MAIL_TASK, ag);
}

/* By what else than its records is an open conversation known to who writes the mail? */
static void say_where(struct rec_task *task, const struct conv *cv)
{
    if (cv == NULL || !conv_is_open(cv))
        return;
    task->dept = cv->dept;
    task->entry = cv->entry;
    task->holder = cv->handed_dept != 0 ? cv->handed_by : cv->state == CONV_ACTIVE ? cv->agent : 0;
    task->at = cv->last_pos;
}

void settle_task(struct plan *p, const struct xtask *x)
{
    struct rec_task task = as_it_is(&x->t);

    if (x->t.done) {
        plan_rec(p, REC_TASK_REMOVED, x->t.id)->task = task;
        return;
    }
    say_where(&task, core_conv(p->k, task.conv));
    plan_rec(p, REC_TASK_DUE, x->t.id)->task = task;
    remind_by_mail(p, &x->t);
}

/* agents who go */

/* As it is to be when they have gone: whoever takes over his chats sees them. */
static struct conv conv_then(const struct conv *cv, const struct cmd_agent_end *end)
{
    struct conv then = *cv;

    if (cv->agent != end->agent || !conv_is_held(cv))
        return then;
    then.agent = end->chats_to;
    if (end->chats_to == 0)
        then.state = CONV_WAITING;
    return then;
}

err_t core_may_take_tasks(const struct core *k, const struct cmd_agent_end *end,
                          const struct agent *to, struct fault *f)
{
    size_t n = core_task_count(k, end->agent);
    err_t err = ERR_OK;

    if (to->id == end->agent)
        return agent_refuse(to, REFUSE_AGENT_SAME, f);
    if (!to->enabled)
        return agent_refuse(to, REFUSE_AGENT_DISABLED, f);
    if (n + core_task_count(k, to->id) > TASKS_PER_AGENT_MAX)
        return refuse_full(to, f);
    for (size_t at = 0; at < n && err == ERR_OK; at++) {
        const struct conv *cv = core_conv(k, task_open_at(k, end->agent, at)->conv);
        struct conv then;

        if (cv != NULL) {
            then = conv_then(cv, end);
            err = core_may_task(k, &then, to, f);
        }
    }
    return err;
}

void step_give_tasks(struct plan *p, const struct agent *from, uint64_t to)
{
    const struct task *t;

    for (size_t at = 0; (t = task_open_at(p->k, from->id, at)) != NULL; at++) {
        struct rec_task given = as_it_is(t);

        given.agent = to;
        step_task(p, REC_TASK_SET, t->id, given, span_of(t->title));
    }
}
