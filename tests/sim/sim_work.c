/* What must hold of what agents keep about a chat beside its words: tags and tasks. */
#include "sim.h"

#define SIM_TAGS 3

static void task_ask(struct sim *s, struct sim_request *rq)
{
    static const enum cmd_type types[] = {CMD_TASK_SET, CMD_TASK_SET, CMD_TASK_DONE,
                                          CMD_TASK_REOPEN, CMD_TASK_REMOVE};

    rq->type = CMD_TASK_ADD;
    rq->dept = 0;
    if (s->ntasks > 0 && sim_chance(s, 40)) {
        rq->type = types[sim_roll(s, COUNT_OF(types))];
        rq->dept = s->tasks[sim_roll(s, s->ntasks)].id;
    }
    rq->value = sim_chance(s, 80) ? (int64_t)s->clients[sim_roll(s, SIM_AGENTS)].id : 0;
    rq->due_ms = sim_chance(s, 70) ? s->told.now_ms + 1 + (int64_t)sim_roll(s, 120000) : 0;
    snprintf(rq->text, sizeof(rq->text), "a task");
}

void work_ask(struct sim *s, struct sim_request *rq)
{
    const struct shadow *sh = shadow_find(s, rq->conv);
    bool some = sh != NULL && sh->tags != 0;

    if (sim_chance(s, 40)) {
        task_ask(s, rq);
        return;
    }
    rq->type = sim_chance(s, some ? 40 : 90) ? CMD_CONV_TAG : CMD_CONV_UNTAG;
    rq->value =
        some && sim_chance(s, 70) ? __builtin_ctz(sh->tags) : (int64_t)sim_roll(s, SIM_TAGS);
    snprintf(rq->text, sizeof(rq->text), "tag %u", (unsigned)rq->value);
}

void work_fill(const struct sim_request *rq, struct cmd *cmd)
{
    if (rq->type == CMD_CONV_TAG || rq->type == CMD_CONV_UNTAG)
        cmd->tag = (struct cmd_tag){.text = span_of(rq->text), .key = span_of(rq->text)};
    else
        cmd->task = (struct cmd_task){.task = rq->dept,
                                      .agent = (uint64_t)rq->value,
                                      .due_ms = rq->due_ms,
                                      .title = span_of(rq->text)};
}

static unsigned tag_of(struct sim *s, const struct rec *rec)
{
    struct span key = body_get(rec->body, BODY_KEY);
    char copy[48];
    unsigned tag;

    snprintf(copy, sizeof(copy), "%.*s", (int)key.len, key.p);
    if (sscanf(copy, "tag %u", &tag) != 1 || tag >= SIM_TAGS)
        sim_fail(s, "CNV-5: a tag that nobody wrote: %s", copy);
    return BIT(tag);
}

void shadow_work(struct sim *s, struct shadow *sh, const struct rec *rec)
{
    bool put = rec->type == REC_CONV_TAGGED;

    if (!put && rec->type != REC_CONV_UNTAGGED)
        return;
    if (((sh->tags & tag_of(s, rec)) != 0) == put)
        sim_fail(s, "CNV-5: %llu: %s a second time", (unsigned long long)sh->id,
                 rec_word(rec->type));
    sh->tags ^= tag_of(s, rec);
    if (rec->n != 0)
        sim_fail(s, "CNV-5: a tag is no public line");
}

/* Whoever may write a note there; of chats that others hold not those who see their own alone. */
static void check_actor(struct sim *s, const struct rec *rec, const struct conv *cv)
{
    const struct agent *ag = core_agent(s->core, rec->who.id);
    bool held = cv->state == CONV_ACTIVE || cv->state == CONV_ENDED;
    bool own = cv->agent == rec->who.id || (cv->handed_dept != 0 && cv->handed_by == rec->who.id);

    if (rec->who.kind != BY_AGENT || ag == NULL || ag->role == ROLE_ADMIN)
        return;
    if (ag->role == ROLE_CUSTOM && (ag->permissions & BIT(PERM_NOTE)) == 0)
        sim_fail(s, "rights: %s without the permission", rec_word(rec->type));
    if (held && !own && ag->scope == SCOPE_OWN_UNASSIGNED)
        sim_fail(s, "rights: %s of a chat of others", rec_word(rec->type));
}

void rules_of_work(struct sim *s, const struct rec *rec, const struct shadow *sh)
{
    const struct conv *cv = core_conv(s->core, sh->id);
    unsigned tags = 0;
    char key[16];

    if (cv == NULL)
        return;
    for (unsigned i = 0; i < SIM_TAGS; i++) {
        snprintf(key, sizeof(key), "tag %u", i);
        tags |= conv_has_tag(cv, tag_hash(span_of(key))) ? BIT(i) : 0;
    }
    if (tags != sh->tags || cv->ntags != (size_t)__builtin_popcount(sh->tags))
        sim_fail(s, "CNV-5: %llu has other tags than its records say", (unsigned long long)sh->id);
    if (rec->type != REC_CONV_TAGGED && rec->type != REC_CONV_UNTAGGED)
        return;
    s->did.tagged += rec->type == REC_CONV_TAGGED;
    s->did.untagged += rec->type == REC_CONV_UNTAGGED;
    check_actor(s, rec, cv);
}

/* tasks */

static struct sim_task *task_find(const struct sim *s, uint64_t id)
{
    for (size_t i = 0; i < s->ntasks; i++)
        if (s->tasks[i].id == id)
            return &s->tasks[i];
    return NULL;
}

static void task_new(struct sim *s, const struct rec *rec)
{
    if (s->ntasks == s->tasks_cap) {
        s->tasks_cap = s->tasks_cap != 0 ? 2 * s->tasks_cap : 64;
        s->tasks = xrealloc(s->tasks, s->tasks_cap * sizeof(*s->tasks));
    }
    s->tasks[s->ntasks++] = (struct sim_task){.id = rec->obj,
                                              .conv = rec->task.conv,
                                              .agent = rec->task.agent,
                                              .due_ms = rec->task.due_ms};
}

/* Told once, when the time has come, of what is still to be done. */
static void task_due(struct sim *s, struct sim_task *t, const struct rec *rec)
{
    if (t->done || t->reminded || t->due_ms == 0 || rec->time_ms < t->due_ms)
        sim_fail(s, "CNV-5: task %llu is said to be due", (unsigned long long)t->id);
    t->reminded = true;
}

void book_task(struct sim *s, const struct rec *rec, bool live)
{
    struct sim_task *t = task_find(s, rec->obj);

    s->did.tasks += live && rec->type == REC_TASK_ADDED;
    s->did.reminded += live && rec->type == REC_TASK_DUE;
    if ((t == NULL) != (rec->type == REC_TASK_ADDED))
        sim_fail(s, "CNV-5: %s of %llu out of turn", rec_word(rec->type),
                 (unsigned long long)rec->obj);
    switch (rec->type) {
    case REC_TASK_ADDED:
        task_new(s, rec);
        break;
    case REC_TASK_DONE:
        if (t->done == rec->task.done)
            sim_fail(s, "CNV-5: task %llu is done, or not, twice", (unsigned long long)t->id);
        t->done = rec->task.done;
        t->agent = rec->task.agent;
        break;
    case REC_TASK_DUE:
        task_due(s, t, rec);
        break;
    case REC_TASK_REMOVED:
        *t = s->tasks[--s->ntasks];
        break;
    default:
        t->reminded = t->reminded && t->due_ms == rec->task.due_ms;
        t->agent = rec->task.agent;
        t->due_ms = rec->task.due_ms;
        break;
    }
}

static bool at_work(const struct sim *s, uint64_t agent)
{
    const struct agent *ag = core_agent(s->core, agent);

    return ag != NULL && ag->enabled;
}

static void check_task(struct sim *s, const struct sim_task *b)
{
    const struct task *t = core_task(s->core, b->id);
    int64_t now_ms = s->told.now_ms;

    if (t == NULL || t->conv != b->conv || t->agent != b->agent || t->due_ms != b->due_ms ||
        t->done != b->done || t->reminded != b->reminded)
        sim_fail(s, "CNV-5: task %llu is not what its records say", (unsigned long long)b->id);
    if (!t->done && t->agent != 0 && !at_work(s, t->agent))
        sim_fail(s, "AGT-8: task %llu is left to %llu, who has gone", (unsigned long long)b->id,
                 (unsigned long long)t->agent);
    if (now_ms >= s->floor_ms && !t->done && !t->reminded && t->due_ms != 0 && t->due_ms <= now_ms)
        sim_fail(s, "CNV-5: nobody was reminded of task %llu", (unsigned long long)b->id);
}

void rules_of_tasks(struct sim *s)
{
    size_t n = 0;
    uint64_t id = 0;

    for (size_t i = 0; i < s->ntasks; i++)
        check_task(s, &s->tasks[i]);
    while (core_next_task(s->core, &id))
        n++;
    if (n != s->ntasks)
        sim_fail(s, "CNV-5: there are %zu tasks, and %zu were made", n, s->ntasks);
}
