/* Follow-up tasks as JSON. */
#include "view_int.h"

/* What it is about: for those who may see that. */
static void conv_write(struct jw *j, const struct conv *cv)
{
    jw_k_id(j, "conversation", cv != NULL ? cv->id : 0);
    if (cv == NULL)
        return;
    jw_k_int(j, "number", (int64_t)cv->number);
    jw_k_str(j, "visitor", cv->name[0] != '\0' ? cv->name : cv->email);
}

static void task_write(struct jw *j, const struct view *v, const struct task *t,
                       const struct conv *cv, unsigned rights)
{
    jw_obj(j);
    jw_k_id(j, "task", t->id);
    conv_write(j, cv);
    jw_k_str(j, "title", t->title);
    jw_k_id(j, "agent", t->agent);
    jw_k_str(j, "agent_name", core_agent_name(v->core, t->agent));
    if (t->due_ms != 0)
        jw_k_int(j, "due_ms", t->due_ms);
    jw_k_bool(j, "done", t->done);
    jw_k_id(j, "by", t->by);
    jw_k_str(j, "by_name", core_agent_name(v->core, t->by));
    jw_k_int(j, "made_ms", t->made_ms);
    if (t->done) {
        jw_k_int(j, "done_ms", t->done_ms);
        jw_k_str(j, "done_by_name", core_agent_name(v->core, t->done_by));
    }
    jw_k_int(j, "version", t->version);
    jw_k_bool(j, "edit", (rights & BIT(TASK_EDIT)) != 0);
    jw_obj_end(j);
}

bool view_task(struct jw *j, const struct view *v, const struct reader *r, const struct task *t)
{
    struct conv_ref ref = {0};
    bool there = conv_open(v, t->conv, &ref) == ERR_OK;
    unsigned rights = audience_task(r, t, there ? ref.cv : NULL);

    if (rights != 0)
        task_write(j, v, t, there && audience_sees(r, ref.cv) ? ref.cv : NULL, rights);
    if (there)
        conv_done(&ref);
    return rights != 0;
}
