/*
 * Follow-up tasks: added, changed, done, listed, and who can be given one.  What one may see of
 * them is the view's to ask, which reads conversations that are over.
 */
#include <stdlib.h>

#include "api_int.h"
#include "deskbell/locale.h"

#define LOOKS_MAX 500 /* tasks that rights or the state may hide, for one page */
#define CANDIDATES_DEFAULT 50

static void task_answer(struct jw *j, const struct call *c, const struct answer *a)
{
    const struct task *t = core_task(c->api->env.core, a->id);

    jw_k_id(j, "task", a->id);
    if (t != NULL)
        jw_k_int(j, "version", t->version);
    if (a->unchanged)
        jw_k_bool(j, "unchanged", true);
}

void run_task_add(struct call *c)
{
    struct cmd cmd;

    call_cmd(c, &cmd);
    cmd.conv = c->arg[ARG_CONVERSATION].id;
    cmd.task = (struct cmd_task){
        .agent = c->arg[ARG_AGENT].has     ? c->arg[ARG_AGENT].id
                 : c->who.kind == BY_AGENT ? c->who.id
                                           : 0,
        .due_ms = c->arg[ARG_DUE_MS].i,
        .title = c->arg[ARG_TITLE].s,
    };
    call_command(c, &cmd, task_answer);
}

/* What is left out stays as it is; of a task that is not there core says so. */
void run_task_set(struct call *c)
{
    static const struct task none = {.title = (char *)""};
    const struct task *was = core_task(c->api->env.core, c->arg[ARG_TASK].id);
    struct cmd cmd;

    if (was == NULL)
        was = &none;
    call_cmd(c, &cmd);
    cmd.task = (struct cmd_task){
        .task = c->arg[ARG_TASK].id,
        .version = (uint32_t)c->arg[ARG_VERSION].i,
        .agent = c->arg[ARG_AGENT].has ? c->arg[ARG_AGENT].id : was->agent,
        .due_ms = c->arg[ARG_DUE_MS].has ? c->arg[ARG_DUE_MS].i : was->due_ms,
        .title = c->arg[ARG_TITLE].has ? c->arg[ARG_TITLE].s : span_of(was->title),
    };
    call_command(c, &cmd, task_answer);
}

void run_task_command(struct call *c)
{
    struct cmd cmd;

    call_cmd(c, &cmd);
    cmd.task.task = c->arg[ARG_TASK].id;
    cmd.task.version = (uint32_t)c->arg[ARG_VERSION].i;
    call_command(c, &cmd, task_answer);
}

void run_task_show(struct call *c)
{
    const struct reader r = reader_of(c->api->env.core, &c->who);
    const struct task *t = core_task(c->api->env.core, c->arg[ARG_TASK].id);
    struct buf b = {0};
    struct jw j = {.b = &b};

    jw_obj(&j);
    jw_key(&j, "task");
    if (t != NULL && view_task(&j, c->api->env.view, &r, t)) {
        jw_obj_end(&j);
        call_ok_now(c, buf_span(&b));
    } else {
        call_refuse(c, ERR_NOTFOUND, "task", REFUSE_TASK_UNKNOWN);
    }
    buf_fini(&b);
}

/* lists */

enum task_state { TASKS_ALL, TASKS_OPEN, TASKS_OVERDUE, TASKS_DONE };

static bool state_take(struct call *c, enum task_state *state)
{
    static const char *const words[] = {"", "open", "overdue", "done"};

    for (unsigned i = 0; i < COUNT_OF(words); i++)
        if (span_is(c->arg[ARG_STATE].s, words[i])) {
            *state = i;
            return true;
        }
    call_refuse_with(c, ERR_INVAL, "state", REFUSE_WORD, VALUES(OF_STR("open, overdue, done")));
    return false;
}

static bool state_holds(const struct task *t, enum task_state state, int64_t now_ms)
{
    switch (state) {
    case TASKS_OPEN:
        return !t->done;
    case TASKS_OVERDUE:
        return !t->done && t->due_ms != 0 && t->due_ms <= now_ms;
    case TASKS_DONE:
        return t->done;
    default:
        return true;
    }
}

/* Of a conversation, of an agent, or, for who is none and names none, of everybody. */
static const struct task *next_task(const struct call *c, const struct task *last)
{
    const struct core *k = c->api->env.core;
    uint64_t id = last != NULL ? last->id : 0;

    if (c->arg[ARG_CONVERSATION].has)
        return core_next_task_in(k, c->arg[ARG_CONVERSATION].id, last);
    if (c->arg[ARG_AGENT].has)
        return core_next_task_of(k, c->arg[ARG_AGENT].id, last);
    if (c->who.kind == BY_AGENT)
        return core_next_task_of(k, c->who.id, last);
    return core_next_task(k, &id) ? core_task(k, id) : NULL;
}

/* Gives where to go on; NULL: there is no more. */
static const struct task *rows_write(struct jw *j, const struct call *c, enum task_state state)
{
    const struct reader r = reader_of(c->api->env.core, &c->who);
    size_t max = c->arg[ARG_MAX].has ? (size_t)c->arg[ARG_MAX].i : ROWS_DEFAULT, n = 0, looks = 0;
    const struct task *last = core_task(c->api->env.core, c->arg[ARG_CURSOR].id), *t;
    bool by_conv = c->arg[ARG_CONVERSATION].has, by_agent = c->arg[ARG_AGENT].has;

    while ((t = next_task(c, last)) != NULL) {
        if (n == max || looks++ == LOOKS_MAX)
            return last;
        if (state_holds(t, state, api_now(c->api)) &&
            (!by_conv || !by_agent || t->agent == c->arg[ARG_AGENT].id))
            n += view_task(j, c->api->env.view, &r, t);
        last = t;
    }
    return NULL;
}

void run_task_list(struct call *c)
{
    const struct task *next;
    enum task_state state;
    struct buf b = {0};
    struct jw j = {.b = &b};

    if (!state_take(c, &state))
        return;
    jw_obj(&j);
    jw_key(&j, "rows");
    jw_arr(&j);
    next = rows_write(&j, c, state);
    jw_arr_end(&j);
    jw_k_id(&j, "cursor", next != NULL ? next->id : 0);
    jw_obj_end(&j);
    call_ok_now(c, buf_span(&b));
    buf_fini(&b);
}

/* who can be given one */

struct candidate {
    const struct agent *ag;
    bool first; /* the name begins so */
};

static int candidate_order(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;

    return x->first != y->first ? y->first - x->first : strcmp(x->ag->name, y->ag->name);
}

/* Letters that people take for the same are; `part` is folded already. */
static bool name_has(const char *name, struct span part, bool *first)
{
    struct buf folded = {0};
    bool has = false;

    text_fold(span_of(name), &folded);
    for (size_t i = 0; !has && i + part.len <= folded.len; i++) {
        has = memcmp(folded.p + i, part.p, part.len) == 0;
        *first = has && i == 0;
    }
    buf_fini(&folded);
    return has;
}

/* Colleagues of the asker who may see the conversation. */
static struct candidate *candidates_of(const struct call *c, const struct conv *cv,
                                       struct span part, size_t *n)
{
    const struct core *k = c->api->env.core;
    const struct reader r = reader_of(k, &c->who);
    struct candidate *all = NULL, one;
    size_t cap = 0;

    *n = 0;
    for (uint64_t id = 0; core_next_agent(k, &id);) {
        one = (struct candidate){.ag = core_agent(k, id), .first = true};
        if (!audience_knows_agent(&r, one.ag) || core_may_task(k, cv, one.ag, NULL) != ERR_OK ||
            (part.len > 0 && !name_has(one.ag->name, part, &one.first)))
            continue;
        if (*n == cap) {
            cap = cap != 0 ? 2 * cap : 64;
            all = xrealloc(all, cap * sizeof(*all));
        }
        all[(*n)++] = one;
    }
    if (*n > 0)
        qsort(all, *n, sizeof(*all), candidate_order);
    return all;
}

void run_task_candidates(struct call *c)
{
    size_t max = c->arg[ARG_MAX].has ? (size_t)c->arg[ARG_MAX].i : CANDIDATES_DEFAULT, n;
    struct buf part = {0}, b = {0};
    struct candidate *all;
    struct conv_ref ref;
    struct jw j = {.b = &b};

    if (!conv_take(c, ACT_NOTE, &ref))
        return;
    if (c->arg[ARG_TEXT].s.len > 0)
        text_fold(c->arg[ARG_TEXT].s, &part);
    all = candidates_of(c, ref.cv, buf_span(&part), &n);
    conv_done(&ref);
    jw_obj(&j);
    jw_key(&j, "agents");
    jw_arr(&j);
    for (size_t i = 0; i < n && i < max; i++) {
        jw_obj(&j);
        jw_k_id(&j, "id", all[i].ag->id);
        jw_k_str(&j, "name", all[i].ag->name);
        jw_k_str(&j, "status", agent_status_word(all[i].ag->status));
        jw_obj_end(&j);
    }
    jw_arr_end(&j);
    jw_k_bool(&j, "more", n > max);
    jw_obj_end(&j);
    call_ok_now(c, buf_span(&b));
    free(all);
    buf_fini(&part);
    buf_fini(&b);
}
