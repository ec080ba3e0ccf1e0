/*
 * The order of things: decide and fold as commands come, hand one batch at a time to the journal,
 * let go of what was held when it is durable.  It does no I/O and reads no clock.
 */
#include <stdlib.h>

#include "deskbell/limits.h"
#include "deskbell/log.h"
#include "turn_int.h"

#define BACKLOG_MAX_BYTES (16u << 20) /* more than this filling: the disk does not keep up */
#define SETTLES_PER_PASS 256
#define REPEAT_KEEP_MS (24 * 3600 * INT64_C(1000))
#define CHECKPOINT_RECORDS 100000
#define CHECKPOINT_MS 60000
#define SLICE_IMAGES 1000
#define SLICE_MAX_BYTES (1u << 20)

struct turn *turn_new(struct core *core, const struct turn_ops *ops, const struct turn_options *opt)
{
    struct turn *t = xcalloc(1, sizeof(*t));

    t->core = core;
    t->ops = *ops;
    if (opt != NULL)
        t->opt = *opt;
    if (t->opt.checkpoint_records == 0)
        t->opt.checkpoint_records = CHECKPOINT_RECORDS;
    if (t->opt.checkpoint_ms == 0)
        t->opt.checkpoint_ms = CHECKPOINT_MS;
    if (t->opt.slice_images == 0)
        t->opt.slice_images = SLICE_IMAGES;
    t->filling = &t->fills[0];
    t->now_ms = core_time(core);
    t->durable_pos = core_next_pos(core) - 1;
    t->batch = 1;
    return t;
}

void turn_free(struct turn *t)
{
    struct held h;

    if (t == NULL)
        return;
    if (t->ops.journal.stop != NULL)
        t->ops.journal.stop(t->ops.journal.arg);
    else
        ensure(t->flight == NULL);
    while (hold_pop(t, &h))
        h.fn(h.arg, false);
    fill_fini(&t->fills[0]);
    fill_fini(&t->fills[1]);
    free(t->held);
    free(t->adopted.v);
    out_fini(&t->out);
    buf_fini(&t->scratch);
    buf_fini(&t->scratch_body);
    free(t);
}

/* The wall clock may step back; the rules' time does not. */
static void turn_tell_time(struct turn *t, int64_t now_ms)
{
    if (now_ms > t->now_ms)
        t->now_ms = now_ms;
}

static bool fill_is_over(const struct fill *f)
{
    return f->batch.nrecs + f->batch.nrows >= BATCH_OPS_MAX || f->batch.bytes >= BATCH_MAX_BYTES;
}

/* from a decision to the batch */

static void turn_add_mail(struct turn *t, const struct mail_order *order)
{
    struct mail_order m = *order;

    ensure(m.cause < t->out.nrecs);
    m.cause = t->out.recs[m.cause].pos;
    buf_reset(&t->scratch);
    mail_order_encode(&m, &t->scratch);
    fill_add_row(t->filling, ROW_MAIL, mail_order_id(m.cause, m.kind), 0, buf_span(&t->scratch));
}

/* What another record says from now on. */
static void turn_add_body(struct turn *t, const struct rec *rec)
{
    uint64_t pos;

    buf_reset(&t->scratch);
    if (rec_rewrites(rec, &pos, &t->scratch))
        fill_add_row(t->filling, ROW_BODY, pos, 0, buf_span(&t->scratch));
}

static void turn_add_milestone(struct turn *t, const struct rec *rec)
{
    const struct conv *cv = core_conv(t->core, rec->obj);
    struct milestone ms = {.pos = rec->pos, .n = cv != NULL ? cv->n : rec->n};

    buf_reset(&t->scratch);
    milestone_encode(&ms, &t->scratch);
    fill_add_row(t->filling, ROW_MILESTONE, rec->obj, rec->seq, buf_span(&t->scratch));
}

/*
 * Fold what was decided and put it into the batch.  All of one decision is in one batch, since
 * batches change only between decisions.
 */
static void turn_take(struct turn *t)
{
    struct out *out = &t->out;

    for (size_t i = 0; i < out->nrecs; i++) {
        const struct rec *rec = &out->recs[i];

        ensure(rec->pos == core_next_pos(t->core));
        buf_reset(&t->scratch);
        rec_encode(rec, &t->scratch);
        fill_add_rec(t->filling, rec->pos, buf_span(&t->scratch), rec->body);
        core_fold(t->core, rec);
        turn_add_body(t, rec);
        if (milestone_is_due(rec))
            turn_add_milestone(t, rec);
        if (t->ops.on_record != NULL) {
            t->folding = true;
            t->ops.on_record(t->ops.arg, rec);
            t->folding = false;
        }
    }
    for (size_t i = 0; i < out->nmails; i++)
        turn_add_mail(t, &out->mails[i]);
    if (out->nrecs > 0 && t->unsaved_records == 0)
        t->unsaved_since_ms = t->now_ms;
    t->unsaved_records += (unsigned)out->nrecs;
}

/* commands */

/* Ended conversations are in the store alone: bring back the one that this command is about. */
static err_t turn_adopt(struct turn *t, uint64_t conv)
{
    const struct journal_ops *j = &t->ops.journal;

    if (conv == 0 || core_conv(t->core, conv) != NULL || j->read_conv == NULL)
        return ERR_OK;

    buf_reset(&t->scratch);
    err_t err = j->read_conv(j->arg, conv, &t->scratch);

    if (err == ERR_NOTFOUND)
        return ERR_OK; /* the rules say so in their own words */
    if (err == ERR_OK)
        err = core_adopt(t->core, OBJ_CONV, conv, buf_span(&t->scratch));
    if (err != ERR_OK)
        return err;

    const struct conv *cv = core_conv(t->core, conv);

    ensure(cv != NULL);
    conv_marks_add(&t->adopted, conv, cv->last_pos);
    return ERR_OK;
}

err_t turn_bring(struct turn *t, const struct cmd *cmd, struct fault *f)
{
    uint64_t conv;
    err_t err;

    for (size_t at = 0; (conv = core_needs_conv(t->core, cmd, at)) != 0; at++)
        if ((err = turn_adopt(t, conv)) != ERR_OK)
            return fault_refuse(f, err, "conversation", REFUSE_UNREADABLE);
    return ERR_OK;
}

/* The durable or filling answer to a command that is not a conversation's. */
static err_t turn_find_repeat(struct turn *t, const struct cmd *cmd, struct repeat *r)
{
    const struct journal_ops *j = &t->ops.journal;
    const struct repeat *found = fill_find_repeat(t->filling, cmd->cid);

    if (found == NULL && t->flight != NULL)
        found = fill_find_repeat(t->flight, cmd->cid);
    if (found != NULL) {
        *r = *found;
        return ERR_OK;
    }
    if (j->read_repeat == NULL)
        return ERR_NOTFOUND;

    buf_reset(&t->scratch);
    err_t err = j->read_repeat(j->arg, cmd->cid, &t->scratch);

    if (err == ERR_OK)
        err = repeat_decode(buf_span(&t->scratch), r);
    if (err == ERR_OK && r->time_ms < t->now_ms - REPEAT_KEEP_MS)
        return ERR_NOTFOUND; /* not swept yet */
    return err;
}

/* ERR_OK: it was done before, *a is the answer of then.  ERR_NOTFOUND: it is new. */
static err_t turn_repeat(struct turn *t, const struct cmd *cmd, struct answer *a)
{
    struct repeat r = {0};
    err_t err;

    if (cmd->cid == 0)
        return ERR_NOTFOUND;
    if (cmd_is_in_conv(cmd->type)) {
        err = core_repeat(t->core, cmd, &a->n, &a->seq, &a->pos);
        a->id = cmd->conv;
    } else {
        err = turn_find_repeat(t, cmd, &r);
        if (err == ERR_OK && r.chash != cmd->chash)
            err = ERR_REUSED;
        a->pos = r.pos;
        a->id = r.id;
    }
    a->repeated = err == ERR_OK;
    return err;
}

static void turn_keep_answer(struct turn *t, const struct cmd *cmd)
{
    struct repeat r = {.cid = cmd->cid,
                       .chash = cmd->chash,
                       .pos = turn_folded_pos(t),
                       .id = t->out.id,
                       .time_ms = t->now_ms};

    buf_reset(&t->scratch);
    repeat_encode(&r, &t->scratch);
    fill_add_row(t->filling, ROW_REPEAT, r.cid, 0, buf_span(&t->scratch));
    fill_add_repeat(t->filling, &r);
}

static err_t turn_takes(const struct turn *t, struct fault *f)
{
    if (t->readonly)
        return fault_refuse(f, ERR_READONLY, NULL, REFUSE_STORE_CLOSED);
    if (t->filling->batch.bytes > BACKLOG_MAX_BYTES)
        return fault_refuse(f, ERR_BUSY, NULL, REFUSE_DISK_BEHIND);
    return ERR_OK;
}

static err_t turn_do(struct turn *t, const struct cmd *cmd, struct answer *a, struct fault *f)
{
    err_t err;

    if ((err = turn_takes(t, f)) != ERR_OK)
        return err;
    if ((err = turn_bring(t, cmd, f)) != ERR_OK)
        return err;
    if ((err = turn_repeat(t, cmd, a)) == ERR_OK)
        return ERR_OK;
    if (err == ERR_REUSED)
        return fault_refuse(f, err, "id", REFUSE_ID_REUSED);
    if (err != ERR_NOTFOUND)
        return fault_refuse(f, err, "id", REFUSE_UNREADABLE);

    *a = (struct answer){0};
    out_reset(&t->out);
    if ((err = core_decide(t->core, cmd, t->now_ms, &t->out)) != ERR_OK) {
        *f = t->out.fault;
        return err;
    }
    a->id = t->out.id;
    a->n = t->out.n;
    a->seq = t->out.seq;
    a->unchanged = t->out.unchanged;
    turn_take(t);
    if (cmd->cid != 0 && t->out.nrecs > 0 && !cmd_is_in_conv(cmd->type))
        turn_keep_answer(t, cmd);
    return ERR_OK;
}

void turn_command(struct turn *t, const struct cmd *cmd, int64_t now_ms, turn_answer_fn *fn,
                  void *arg)
{
    struct answer a = {0};
    struct fault fault = {0};

    ensure(!t->folding);
    turn_tell_time(t, now_ms);

    err_t err = turn_do(t, cmd, &a, &fault);

    if (err != ERR_OK) {
        fault.err = err;
        a = (struct answer){.err = err, .fault = &fault};
    }
    if (!a.repeated)
        a.pos = turn_folded_pos(t);
    if (fn != NULL)
        fn(arg, cmd, &a);
}

/* rows that rest on no record */

err_t turn_row(struct turn *t, enum row_kind kind, uint64_t a, uint64_t b, struct span value,
               struct fault *f)
{
    err_t err = turn_takes(t, f);

    if (err != ERR_OK)
        return err;
    fill_add_row(t->filling, kind, a, b, value);
    t->row_batch = t->batch;
    return ERR_OK;
}

err_t turn_read_row(const struct turn *t, enum row_kind kind, uint64_t a, uint64_t b,
                    struct span *value)
{
    const struct batch_row *found = fill_find_row(t->filling, kind, a, b);

    if (found == NULL && t->flight != NULL)
        found = fill_find_row(t->flight, kind, a, b);
    if (found == NULL)
        return ERR_NOTFOUND;
    *value = found->value;
    return ERR_OK;
}

/* the end of a pass */

static void turn_settle(struct turn *t)
{
    t->more = false;
    for (unsigned n = 0;; n++) {
        if (n == SETTLES_PER_PASS || fill_is_over(t->filling)) {
            t->more = true;
            return;
        }
        out_reset(&t->out);
        if (!core_settle(t->core, t->now_ms, &t->out))
            return;
        turn_take(t);
    }
}

/* Forget again what a command looked at and did not change.  What did change has rows to come. */
static void turn_forget_adopted(struct turn *t)
{
    for (size_t i = 0; i < t->adopted.n; i++) {
        const struct conv_mark *m = &t->adopted.v[i];
        const struct conv *cv = core_conv(t->core, m->id);

        if (cv != NULL && cv->last_pos == m->last_pos)
            core_evict(t->core, m->id);
    }
    t->adopted.n = 0;
}

static void turn_add_through(void *arg, enum obj_type type, uint64_t id, bool gone)
{
    struct turn *t = arg;

    buf_reset(&t->scratch);

    bool there = !gone && core_image(t->core, type, id, &t->scratch);

    if (type != OBJ_CONV) {
        fill_add_row(t->filling, ROW_SETTING, type, id, there ? buf_span(&t->scratch) : SPAN_NONE);
        return;
    }
    if (!there)
        return;
    fill_add_row(t->filling, ROW_CONV, id, 0, buf_span(&t->scratch));
    conv_marks_add(&t->filling->written, id, core_conv(t->core, id)->last_pos);
}

static void turn_add_image(void *arg, enum obj_type type, uint64_t id, bool gone)
{
    struct turn *t = arg;

    buf_reset(&t->scratch);

    bool there = !gone && core_image(t->core, type, id, &t->scratch);

    fill_add_row(t->filling, ROW_IMAGE, type, id, there ? buf_span(&t->scratch) : SPAN_NONE);
}

static bool turn_images_are_due(const struct turn *t)
{
    if (t->saving)
        return true;
    if (t->unsaved_records == 0)
        return false;
    return t->want_images || t->unsaved_records >= t->opt.checkpoint_records ||
           t->now_ms - t->unsaved_since_ms >= t->opt.checkpoint_ms;
}

/*
 * A slice of a checkpoint: what changes after its slice waits again.  With the slice that leaves
 * nothing waiting all images speak up to one position, the last of this batch, and the rest is
 * replayed from there.  At least twice what has come to wait since the last slice goes, so that
 * there is an end however much comes.
 */
static void turn_add_images(struct turn *t)
{
    const struct batch *b = &t->filling->batch;
    size_t rows = b->nrows, bytes = b->bytes, done = 0;
    size_t least = t->saving ? 2 * (core_dirty_count(t->core) - t->slice_left) : 0;

    while (core_dirty_count(t->core) > 0 &&
           (done < least || (done < t->opt.slice_images && b->bytes - bytes < SLICE_MAX_BYTES))) {
        core_drain_dirty(t->core, 1, turn_add_image, t);
        done = b->nrows - rows;
    }
    t->slice_left = core_dirty_count(t->core);
    t->saving = t->slice_left > 0;
    if (t->saving)
        return;
    fill_add_row(t->filling, ROW_CHECKPOINT, turn_folded_pos(t), 0, SPAN_NONE);
    t->unsaved_records = 0;
    t->want_images = false;
}

static void turn_submit(struct turn *t)
{
    bool images = turn_images_are_due(t);

    if (t->lost || t->flight != NULL || (fill_is_empty(t->filling) && !images))
        return;
    core_drain_through(t->core, turn_add_through, t);
    if (images)
        turn_add_images(t);
    t->flight = t->filling;
    t->flight->last_pos = turn_folded_pos(t);
    t->flight_batch = t->batch++;
    t->filling = t->flight == &t->fills[0] ? &t->fills[1] : &t->fills[0];
    t->ops.journal.submit(t->ops.journal.arg, &t->flight->batch);
}

void turn_pass_end(struct turn *t, int64_t now_ms)
{
    ensure(!t->folding);
    turn_tell_time(t, now_ms);
    if (!t->readonly)
        turn_settle(t);
    turn_forget_adopted(t);
    turn_submit(t);
    hold_release(t);
}

/* Forget conversations whose rows are durable, unless something came after those rows. */
static void turn_evict_written(struct turn *t)
{
    for (size_t i = 0; i < t->flight->written.n; i++) {
        const struct conv_mark *m = &t->flight->written.v[i];
        const struct conv *cv = core_conv(t->core, m->id);

        if (cv != NULL && cv->last_pos == m->last_pos)
            core_evict(t->core, m->id);
    }
}

void turn_durable(struct turn *t, err_t err, int64_t now_ms)
{
    struct fill *done = t->flight;

    ensure(done != NULL && !t->folding);
    turn_tell_time(t, now_ms);
    if (err != ERR_OK) {
        t->lost = t->readonly = true;
        t->flight = NULL;
        fill_reset(done);
        fill_reset(t->filling);
        hold_release(t);
        if (t->ops.on_lost != NULL)
            t->ops.on_lost(t->ops.arg, err);
        return;
    }
    t->durable_pos = done->last_pos;
    t->durable_batch = t->flight_batch;
    turn_evict_written(t);
    t->flight = NULL;

    bool has_mail = done->has_mail;

    fill_reset(done);
    hold_release(t);
    if (has_mail && t->ops.on_mail != NULL)
        t->ops.on_mail(t->ops.arg);
}

int64_t turn_deadline(const struct turn *t)
{
    int64_t at = INT64_MAX;

    if (hold_may_release(t))
        return t->now_ms;
    if (t->lost)
        return at;
    if (!t->readonly) {
        /* Over the bound with a batch under way only its end brings room. */
        bool blocked = t->flight != NULL && fill_is_over(t->filling);

        if (t->more && !blocked)
            return t->now_ms;
        if (!blocked)
            at = core_deadline(t->core);
    }
    if (t->flight != NULL)
        return at;
    if (!fill_is_empty(t->filling) || t->saving || (t->want_images && t->unsaved_records > 0))
        return t->now_ms;
    if (t->unsaved_records > 0 && t->unsaved_since_ms + t->opt.checkpoint_ms < at)
        at = t->unsaved_since_ms + t->opt.checkpoint_ms;
    return at;
}

void turn_checkpoint(struct turn *t)
{
    t->want_images = true;
}

bool turn_is_idle(const struct turn *t)
{
    return t->flight == NULL && fill_is_empty(t->filling) && t->held_count == 0 && !t->saving;
}

uint64_t turn_durable_pos(const struct turn *t)
{
    return t->durable_pos;
}

uint64_t turn_folded_pos(const struct turn *t)
{
    return core_next_pos(t->core) - 1;
}

bool turn_body(const struct turn *t, uint64_t pos, struct span *body)
{
    const struct batch_row *row = NULL;

    if (t->filling->has_body)
        row = fill_find_row(t->filling, ROW_BODY, pos, 0);
    if (row == NULL && t->flight != NULL && t->flight->has_body)
        row = fill_find_row(t->flight, ROW_BODY, pos, 0);
    if (row != NULL)
        *body = row->value;
    return row != NULL;
}

err_t turn_read(const struct turn *t, uint64_t pos, struct rec *rec)
{
    const struct batch_rec *found = fill_find_rec(t->filling, pos);

    if (found == NULL && t->flight != NULL)
        found = fill_find_rec(t->flight, pos);
    if (found == NULL)
        return ERR_NOTFOUND;

    struct span body = found->body;

    (void)turn_body(t, pos, &body);
    return rec_decode(pos, found->rec, body, rec);
}

void turn_set_readonly(struct turn *t, bool readonly)
{
    t->readonly = readonly || t->lost;
}

bool turn_is_readonly(const struct turn *t)
{
    return t->readonly;
}

void turn_restart(struct turn *t, int64_t now_ms, int64_t floor_ms)
{
    turn_tell_time(t, now_ms);
    out_reset(&t->out);
    core_restart(t->core, t->now_ms, &t->out);
    turn_take(t);
    core_set_floor(t->core, t->now_ms, floor_ms);
    if (t->unsaved_records == 0) { /* what was replayed has no images yet */
        t->unsaved_records = 1;
        t->unsaved_since_ms = t->now_ms;
    }
}
