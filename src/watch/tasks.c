/*
 * Tasks, told as they change: to who is to do them, who was, those who look at the conversation,
 * and, what is nobody's, to those who look for something to do.
 */
#include "watch_int.h"

static const char *what_word(const struct rec *rec)
{
    switch (rec->type) {
    case REC_TASK_ADDED:
        return "added";
    case REC_TASK_DONE:
        return rec->task.done ? "done" : "reopened";
    case REC_TASK_DUE:
        return "due";
    case REC_TASK_REMOVED:
        return "removed";
    default:
        return "set";
    }
}

/* As this agent may have it now; gone where he may not any more, or it is. */
static void task_show_to(struct watch *w, const struct rec *rec, uint64_t agent,
                         const struct id_list *conns)
{
    const struct reader r = reader_of_agent(w->env.core, agent);
    const struct task *t = core_task(w->env.core, rec->obj);
    struct buf b = {0}, json = {0};
    struct jw j = {.b = &b}, of = {.b = &json};

    if (conns->n == 0)
        return;
    event_begin(&j, "task");
    jw_k_str(&j, "what", what_word(rec));
    jw_k_id(&j, "by", rec->who.kind == BY_AGENT ? rec->who.id : 0);
    if (rec->who.kind == BY_AGENT)
        jw_k_str(&j, "by_name", core_agent_name(w->env.core, rec->who.id));
    if (rec->type != REC_TASK_ADDED && rec->task.agent != rec->task.was)
        jw_k_id(&j, "was", rec->task.was);
    if (t != NULL && view_task(&of, w->env.view, &r, t)) {
        jw_key(&j, "task");
        jw_raw(&j, buf_span(&json));
    } else {
        jw_k_id(&j, "gone", rec->obj);
    }
    event_end(&j, w);
    watch_send(w, conns->ids, conns->n, buf_span(&b));
    buf_fini(&json);
    buf_fini(&b);
}

static void agent_told(struct watch *w, const struct rec *rec, uint64_t agent)
{
    struct agent_ix *ix = agent != 0 ? map_find(&w->agents, agent) : NULL;
    struct id_list conns = {0};

    if (ix == NULL)
        return;
    agent_conns(ix, true, &conns);
    task_show_to(w, rec, agent, &conns);
    agent_ix_touch(w, ix, true);
    id_list_fini(&conns);
}

/* Those who look at the conversation and are not told already. */
static void watchers_told(struct watch *w, const struct rec *rec)
{
    struct track *tr = map_find(&w->tracks, rec->task.conv);
    const struct sub *s;

    if (tr == NULL)
        return;
    TAILQ_FOREACH (s, &tr->watchers, track_link) {
        uint64_t agent = s->conn->agent->id;
        struct id_list conns = {0};

        if (s->conn->me && (agent == rec->task.agent || agent == rec->task.was))
            continue;
        id_list_add(&conns, s->conn->id);
        task_show_to(w, rec, agent, &conns);
        id_list_fini(&conns);
    }
}

/* May he know that it was there, now that it is not? */
static bool sees_what_it_was_about(const struct watch *w, const struct rec *rec, uint64_t agent)
{
    const struct reader r = reader_of_agent(w->env.core, agent);
    struct conv_ref ref;
    bool sees;

    if (conv_open(w->env.view, rec->task.conv, &ref) != ERR_OK)
        return r.kind == READER_ALL;
    sees = audience_sees(&r, ref.cv);
    conv_done(&ref);
    return sees;
}

/*
 * To who looks at what is nobody's it is told where he may see what it is about, and no other
 * way: that it is there is not for everybody.
 */
static void pools_told(struct watch *w, const struct rec *rec)
{
    bool was = rec->type != REC_TASK_ADDED && rec->task.was == 0;
    const struct sub *s;

    if (rec->task.agent != 0 && !was)
        return;
    TAILQ_FOREACH (s, &w->pools, track_link) {
        uint64_t agent = s->conn->agent->id;
        struct id_list conns = {0};

        if (!sees_what_it_was_about(w, rec, agent))
            continue;
        id_list_add(&conns, s->conn->id);
        task_show_to(w, rec, agent, &conns);
        id_list_fini(&conns);
    }
}

void task_show(struct watch *w, const struct rec *rec)
{
    agent_told(w, rec, rec->task.agent);
    if (rec->task.was != rec->task.agent)
        agent_told(w, rec, rec->task.was);
    watchers_told(w, rec);
    pools_told(w, rec);
}
