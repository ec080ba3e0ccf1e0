/* Records of tasks into state.  A title that was erased since is empty. */
#include "core_int.h"

static void task_apply(struct task *t, const struct rec *rec)
{
    uint64_t by = rec->who.kind == BY_AGENT ? rec->who.id : 0;

    if (rec->type != REC_TASK_DUE)
        t->changed_by = by;
    switch (rec->type) {
    case REC_TASK_ADDED:
        t->conv = rec->task.conv;
        t->by = by;
        t->made_ms = rec->time_ms;
        break;
    case REC_TASK_DONE:
        t->done = rec->task.done;
        t->done_by = t->done ? by : 0;
        t->done_ms = t->done ? rec->time_ms : 0;
        t->agent = rec->task.agent;
        t->version++;
        return;
    case REC_TASK_DUE:
        t->reminded = true;
        return;
    default:
        break;
    }
    if (t->due_ms != rec->task.due_ms)
        t->reminded = false;
    t->agent = rec->task.agent;
    t->due_ms = rec->task.due_ms;
    str_set(&t->title, body_get(rec->body, BODY_TITLE));
    t->version++;
}

static bool fits(const struct core *k, const struct rec *rec)
{
    return rec->task.agent == 0 || xagent_find(k, rec->task.agent) != NULL;
}

void fold_task(struct core *k, const struct rec *rec)
{
    struct xtask *x = xtask_find(k, rec->obj);

    if (rec->type == REC_TASK_ADDED && x == NULL && fits(k, rec)) {
        x = xtask_new(rec->obj);
        task_apply(&x->t, rec);
        core_add_task(k, x);
    } else if (x != NULL && rec->type != REC_TASK_ADDED && rec->type != REC_TASK_REMOVED &&
               fits(k, rec)) {
        task_unlink(k, x);
        task_apply(&x->t, rec);
        task_link(k, x);
    }
    core_touch(k, OBJ_TASK, rec->obj);
    core_touch_through(k, OBJ_TASK, rec->obj);
    if (rec->type == REC_TASK_DUE) /* older programs did not write it with each membership */
        core_touch_through(k, OBJ_AGENT, rec->task.agent);
    if (x == NULL)
        return;
    x->last_pos = rec->pos;
    if (rec->type == REC_TASK_REMOVED)
        core_drop_task(k, x);
}
