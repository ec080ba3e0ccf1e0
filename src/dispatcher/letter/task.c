/*
 * Mails that remind an agent of a task that is due: what they say, in whose time, and whether there
 * is still something to be reminded of.  The task, the agent and the conversation are read as they
 * are when the mail is written, not as they were when it was ordered.
 */
#include <stdio.h>

#include "deskbell/audience.h"
#include "deskbell/id.h"
#include "dispatcher_int.h"

/* What a reminder is about; NULL where it is gone. */
struct task_of {
    struct task *task;
    struct agent *agent;
    struct conv *conv;
};

static void task_of_fini(struct task_of *t)
{
    task_free(t->task);
    if (t->agent != NULL)
        agent_free(t->agent);
    if (t->conv != NULL)
        conv_free(t->conv);
}

/* Nothing there is no error. */
static err_t rows_read(struct dispatcher *d, const struct mail_order *order, uint64_t id,
                       struct task_of *t)
{
    struct buf image = {0};
    err_t err = store_read_setting(d->store, OBJ_TASK, id, &image);

    if (err == ERR_OK)
        err = task_decode(id, buf_span(&image), &t->task);
    buf_reset(&image);
    if (err == ERR_OK &&
        (err = store_read_setting(d->store, OBJ_AGENT, order->agent, &image)) == ERR_OK)
        err = agent_decode(order->agent, buf_span(&image), &t->agent);
    buf_reset(&image);
    if (err == ERR_OK && (err = store_read_conv(d->store, t->task->conv, &image)) == ERR_OK)
        err = conv_decode(t->task->conv, buf_span(&image), &t->conv);
    buf_fini(&image);
    return err == ERR_NOTFOUND ? ERR_OK : err;
}

static err_t task_of_read(struct dispatcher *d, const struct mail_order *order, struct rec *rec,
                          struct buf *mem, struct task_of *t)
{
    err_t err = store_read_rec(d->store, order->cause, rec, mem);

    if (err == ERR_OK && rec->type != REC_TASK_DUE)
        err = ERR_CORRUPT;
    return err == ERR_OK ? rows_read(d, order, rec->obj, t) : err;
}

static bool may_read(const struct agent *ag, const struct conv *cv)
{
    const struct reader r = {.kind = ag->role == ROLE_ADMIN ? READER_ALL : READER_AGENT,
                             .agent = ag};

    return audience_sees(&r, cv);
}

/* Another time that it is due has a reminder of its own. */
static bool is_to_be_told(const struct task_of *t, const struct rec *rec)
{
    const struct member *m;

    if (t->task == NULL || t->agent == NULL || t->conv == NULL || t->task->done ||
        t->task->agent != t->agent->id || t->task->due_ms != rec->task.due_ms ||
        t->agent->deleted || !t->agent->enabled || t->agent->alerts.tasks == TASK_MAIL_NO)
        return false;
    m = agent_member(t->agent, t->conv->dept);
    return (m == NULL || m->notify) && may_read(t->agent, t->conv);
}

err_t reminder_find(struct dispatcher *d, const struct mail_order *order, struct reminder *out)
{
    struct task_of t = {0};
    struct buf mem = {0};
    struct rec rec;
    err_t err = task_of_read(d, order, &rec, &mem, &t);

    *out = (struct reminder){0};
    if (err == ERR_OK && is_to_be_told(&t, &rec)) {
        out->holds = true;
        out->entry = t.conv->entry;
        buf_add_str(&out->to, t.agent->email);
        buf_add_str(&out->zone, t.agent->zone);
    }
    task_of_fini(&t);
    buf_fini(&mem);
    return err;
}

void reminder_fini(struct reminder *m)
{
    buf_fini(&m->to);
    buf_fini(&m->zone);
}

err_t task_read(struct dispatcher *d, const struct mail_order *order, struct story *s)
{
    struct letter_facts *f = &s->facts;
    struct task_of t = {0};
    struct buf mem = {0}, url = {0};
    char number[24], conv[ID_TEXT];
    struct rec rec;
    err_t err = task_of_read(d, order, &rec, &mem, &t);

    if (err == ERR_OK && !is_to_be_told(&t, &rec))
        err = ERR_NOTFOUND;
    if (err != ERR_OK)
        goto out;
    snprintf(number, sizeof(number), "%llu", (unsigned long long)t.conv->number);
    f->agent = story_keep(s, span_of(t.agent->name));
    f->task = story_keep(s, span_of(t.task->title));
    f->number = story_keep(s, span_of(number));
    f->visitor = story_keep(s, span_of(t.conv->name));
    f->until_ms = t.task->due_ms;
    f->at_ms = rec.time_ms;
    if (d->conf.public_url != NULL && d->conf.public_url[0] != '\0') {
        id_format(t.conv->id, conv);
        buf_addf(&url, "%s/console/#/all?c=%s", d->conf.public_url, conv);
        f->link = story_keep(s, buf_span(&url));
    }
out:
    task_of_fini(&t);
    buf_fini(&mem);
    buf_fini(&url);
    return err;
}
