/*
 * Mails that remind an agent, of a task that is due or a mention that he has not read: what they
 * say, in whose time, and whether there is still something to be reminded of.  The task or the
 * note, the agent and the conversation are read as they are when the mail is written, not as they
 * were when it was ordered.
 */
#include "deskbell/audience.h"
#include "deskbell/id.h"
#include "dispatcher_int.h"

#define WALK_STEP 500

/* What a reminder is about; NULL where it is gone. */
struct task_of {
    struct rec rec; /* its time has come; borrows from mem */
    struct buf mem;
    struct task *task; /* one of the two */
    struct mention *mention;
    struct agent *agent;
    uint64_t dept, entry, number; /* of the conversation */
    struct buf visitor;
    bool readable; /* it is there, and the agent may read it */
};

static void task_of_fini(struct task_of *t)
{
    task_free(t->task);
    mention_free(t->mention);
    if (t->agent != NULL)
        agent_free(t->agent);
    buf_fini(&t->visitor);
    buf_fini(&t->mem);
}

static void conv_take(struct task_of *t, const struct conv *cv)
{
    const struct reader r = {.kind = t->agent->role == ROLE_ADMIN ? READER_ALL : READER_AGENT,
                             .agent = t->agent};

    t->dept = cv->dept;
    t->entry = cv->entry;
    t->number = cv->number;
    t->readable = audience_sees(&r, cv);
}

/* Backwards to its beginning, which says who the visitor is. */
static bool beginning_take(void *arg, const struct rec *rec)
{
    struct task_of *t = arg;

    if (rec->type != REC_CONV_RANG && rec->type != REC_CONV_LEFT)
        return true;
    t->number = rec->ring.number;
    buf_add_span(&t->visitor, body_get(rec->body, BODY_NAME));
    return false;
}

/* Where the conversation was when the reminder was ordered. */
static struct conv was_at(const struct rec *rec)
{
    const struct rec_task *t = &rec->task;
    const struct rec_mention *m = &rec->mention;
    bool task = rec->type == REC_TASK_DUE;
    uint64_t holder = task ? t->holder : m->holder;

    return (struct conv){.id = task ? t->conv : m->conv,
                         .dept = task ? t->dept : m->dept,
                         .entry = task ? t->entry : m->entry,
                         .last_pos = task ? t->at : m->at,
                         .agent = holder,
                         .state = holder != 0 ? CONV_ACTIVE : CONV_WAITING};
}

/* One that is over has a row; of an open one the reminder's record says where it was by then. */
static err_t open_read(struct dispatcher *d, struct task_of *t)
{
    struct conv was = was_at(&t->rec);
    uint64_t next = was.last_pos;
    err_t err = ERR_OK;

    while (err == ERR_OK && next != 0 && t->number == 0)
        err = store_walk_conv(d->store, next, WALK_STEP, beginning_take, t, &next);
    if (err == ERR_OK && t->number != 0) {
        was.number = t->number;
        conv_take(t, &was);
    }
    return err;
}

static err_t conv_read(struct dispatcher *d, struct task_of *t)
{
    struct buf image = {0};
    struct conv *cv = NULL;
    uint64_t id = was_at(&t->rec).id;
    err_t err = store_read_conv(d->store, id, &image);

    if (err == ERR_OK && (err = conv_decode(id, buf_span(&image), &cv)) == ERR_OK) {
        conv_take(t, cv);
        buf_add_str(&t->visitor, cv->name);
        conv_free(cv);
    } else if (err == ERR_NOTFOUND) {
        err = open_read(d, t);
    }
    buf_fini(&image);
    return err;
}

/* Nothing there is no error. */
static err_t rows_read(struct dispatcher *d, const struct mail_order *order, struct task_of *t)
{
    struct buf image = {0};
    bool task = t->rec.type == REC_TASK_DUE;
    err_t err = store_read_setting(d->store, task ? OBJ_TASK : OBJ_MENTION, t->rec.obj, &image);

    if (err == ERR_OK && task)
        err = task_decode(t->rec.obj, buf_span(&image), &t->task);
    else if (err == ERR_OK)
        err = mention_decode(t->rec.obj, buf_span(&image), &t->mention);
    buf_reset(&image);
    if (err == ERR_OK &&
        (err = store_read_setting(d->store, OBJ_AGENT, order->agent, &image)) == ERR_OK)
        err = agent_decode(order->agent, buf_span(&image), &t->agent);
    buf_fini(&image);
    if (err == ERR_OK)
        err = conv_read(d, t);
    return err == ERR_NOTFOUND ? ERR_OK : err;
}

static err_t task_of_read(struct dispatcher *d, const struct mail_order *order, struct task_of *t)
{
    err_t err = store_read_rec(d->store, order->cause, &t->rec, &t->mem);

    if (err == ERR_OK && t->rec.type != (order->kind == MAIL_TASK ? REC_TASK_DUE : REC_MENTION_DUE))
        err = ERR_CORRUPT;
    return err == ERR_OK ? rows_read(d, order, t) : err;
}

/* Another time that it is due has a reminder of its own. */
static bool task_holds(const struct task_of *t)
{
    return t->task != NULL && !t->task->done && t->task->agent == t->agent->id &&
           t->task->due_ms == t->rec.task.due_ms && t->agent->alerts.tasks != TASK_MAIL_NO;
}

static bool mention_holds(const struct task_of *t)
{
    return t->mention != NULL && !t->mention->read && t->agent->alerts.mentions != TASK_MAIL_NO;
}

static bool is_to_be_told(const struct task_of *t)
{
    const struct member *m;

    if (t->agent == NULL || !t->readable || t->agent->deleted || !t->agent->enabled ||
        !(t->rec.type == REC_TASK_DUE ? task_holds(t) : mention_holds(t)))
        return false;
    m = agent_member(t->agent, t->dept);
    return m == NULL || m->notify;
}

err_t reminder_find(struct dispatcher *d, const struct mail_order *order, struct reminder *out)
{
    struct task_of t = {0};
    err_t err = task_of_read(d, order, &t);

    *out = (struct reminder){0};
    if (err == ERR_OK && is_to_be_told(&t)) {
        out->holds = true;
        out->entry = t.entry;
        buf_add_str(&out->to, t.agent->email);
        buf_add_str(&out->zone, t.agent->zone);
    }
    task_of_fini(&t);
    return err;
}

void reminder_fini(struct reminder *m)
{
    buf_fini(&m->to);
    buf_fini(&m->zone);
}

/* Who wrote it: in place of the operator, who has no name, the portal. */
static err_t author_read(struct dispatcher *d, uint64_t by, struct story *s)
{
    struct portal *portal;
    struct agent *ag;
    struct buf image = {0};
    err_t err;

    if (by == 0) {
        if ((err = portal_read(d, &portal)) == ERR_OK) {
            s->facts.author = story_keep(s, span_of(portal->name));
            portal_free(portal);
        }
        return err;
    }
    err = store_read_setting(d->store, OBJ_AGENT, by, &image);
    if (err == ERR_OK && (err = agent_decode(by, buf_span(&image), &ag)) == ERR_OK) {
        s->facts.author = story_keep(s, span_of(ag->name));
        agent_free(ag);
    }
    buf_fini(&image);
    return err;
}

/* What the note says now. */
static err_t note_read(struct dispatcher *d, const struct mention *m, struct story *s)
{
    struct buf mem = {0};
    struct rec note;
    err_t err = store_read_rec(d->store, m->pos, &note, &mem);

    if (err == ERR_OK)
        s->facts.note = story_keep(s, body_get(note.body, BODY_TEXT));
    buf_fini(&mem);
    return err == ERR_OK ? author_read(d, m->by, s) : err;
}

err_t task_read(struct dispatcher *d, const struct mail_order *order, struct story *s)
{
    struct letter_facts *f = &s->facts;
    struct task_of t = {0};
    struct buf url = {0};
    char text[ID_TEXT];
    err_t err = task_of_read(d, order, &t);

    if (err == ERR_OK && !is_to_be_told(&t))
        err = ERR_NOTFOUND;
    if (err != ERR_OK)
        goto out;
    id_format(t.number, text);
    f->agent = story_keep(s, span_of(t.agent->name));
    if (t.task != NULL) {
        f->task = story_keep(s, span_of(t.task->title));
        f->until_ms = t.task->due_ms;
    } else if ((err = note_read(d, t.mention, s)) != ERR_OK) {
        goto out;
    }
    f->number = story_keep(s, span_of(text));
    f->visitor = story_keep(s, buf_span(&t.visitor));
    f->at_ms = t.rec.time_ms;
    if (d->conf.public_url != NULL && d->conf.public_url[0] != '\0') {
        id_format(was_at(&t.rec).id, text);
        buf_addf(&url, "%s/console/#/all?c=%s", d->conf.public_url, text);
        f->link = story_keep(s, buf_span(&url));
    }
out:
    task_of_fini(&t);
    buf_fini(&url);
    return err;
}
