/* The disk's double: keeps what was written in memory, and forgets what was not through. */
#include "sim.h"

static char *copy_of(struct span s)
{
    char *p = xmalloc(s.len + 1);

    if (s.len > 0)
        memcpy(p, s.p, s.len);
    p[s.len] = '\0';
    return p;
}

static struct sim_row *row_find(struct sim_disk *d, enum row_kind kind, uint64_t a, uint64_t b)
{
    for (size_t i = 0; i < d->nrows; i++)
        if (d->rows[i].kind == kind && d->rows[i].a == a && d->rows[i].b == b)
            return &d->rows[i];
    return NULL;
}

/* As the store does it: images are as they were until the last slice of a checkpoint is there. */
static void row_keep(const struct sim_disk *d, struct sim_row *row)
{
    if (row->kind != ROW_IMAGE || row->sliced || d->checkpoint == 0)
        return;
    row->sliced = true;
    row->was = row->bytes;
    row->was_len = row->len;
    row->bytes = NULL;
}

static void rows_close(struct sim_disk *d, uint64_t pos)
{
    d->checkpoint = pos;
    for (size_t i = 0; i < d->nrows; i++) {
        free(d->rows[i].was);
        d->rows[i].was = NULL;
        d->rows[i].sliced = false;
    }
}

static struct sim_row *row_get(struct sim_disk *d, enum row_kind kind, uint64_t a, uint64_t b)
{
    struct sim_row *row = row_find(d, kind, a, b);

    if (row != NULL)
        return row;
    if (d->nrows == d->rows_cap) {
        d->rows_cap = d->rows_cap != 0 ? 2 * d->rows_cap : 64;
        d->rows = xrealloc(d->rows, d->rows_cap * sizeof(*d->rows));
    }
    row = &d->rows[d->nrows++];
    *row = (struct sim_row){.kind = kind, .a = a, .b = b};
    return row;
}

/*
 * One that was over at the checkpoint is changed: it is kept as it was then, for the journal is
 * replayed from there.  The next checkpoint deletes that again.
 */
static void row_keep_over(struct sim_disk *d, uint64_t conv)
{
    const struct sim_row *over = row_find(d, ROW_CONV, conv, 0);
    struct conv_brief brief;
    struct sim_row *image;

    if (over == NULL || conv_brief((struct span){over->bytes, over->len}, &brief) != ERR_OK ||
        brief.last_pos > d->checkpoint)
        return;
    image = row_get(d, ROW_IMAGE, OBJ_CONV, conv); /* rows may have moved */
    over = row_find(d, ROW_CONV, conv, 0);
    if (image->bytes != NULL || image->sliced)
        return;
    image->bytes = copy_of((struct span){over->bytes, over->len});
    image->len = over->len;
}

/* As the store does: a line says something else from now on. */
static void body_put(struct sim_disk *d, const struct batch_row *r)
{
    struct sim_rec *rec = &d->recs[r->a - 1];

    free(rec->body);
    rec->body = copy_of(r->value);
    rec->body_len = r->value.len;
}

static void row_put(struct sim_disk *d, const struct batch_row *r)
{
    struct sim_row *row;

    if (r->kind == ROW_BODY) {
        body_put(d, r);
        return;
    }
    if (r->kind == ROW_CONV)
        row_keep_over(d, r->a);
    row = row_get(d, r->kind, r->a, r->b);
    row_keep(d, row);
    free(row->bytes);
    row->bytes = r->value.len > 0 ? copy_of(r->value) : NULL;
    row->len = r->value.len;
}

/* MAIL-9: each record that causes a mail has its order in the same batch, and no order is idle. */
static bool has_order(const struct batch *b, enum mail_kind kind, const struct rec *rec,
                      size_t *orders)
{
    uint64_t conv = rec->obj_type == OBJ_CONV      ? rec->obj
                    : rec->type == REC_BLOCK_ADDED ? rec->block.conv
                                                   : 0;

    for (size_t i = 0; i < b->nrows; i++) {
        struct mail_order m;

        if (b->rows[i].kind != ROW_MAIL || mail_order_decode(b->rows[i].value, &m) != ERR_OK ||
            m.kind != kind || m.cause != rec->pos)
            continue;
        if (rec->obj_type == OBJ_AGENT && m.agent != rec->obj)
            return false;
        if (m.conv != conv)
            return false;
        (*orders)++;
        return true;
    }
    return false;
}

static void check_mails(struct sim *s, const struct batch *b)
{
    size_t orders = 0, rows = 0;
    struct rec rec = {0}, before;

    for (size_t i = 0; i < b->nrecs; i++) {
        bool right = true;

        before = rec;
        if (rec_decode(b->recs[i].pos, b->recs[i].rec, b->recs[i].body, &rec) != ERR_OK)
            sim_fail(s, "record %llu does not decode", (unsigned long long)b->recs[i].pos);
        if (rec.type == REC_CONV_ENDED)
            right = has_order(b, MAIL_TRANSCRIPT, &rec, &orders);
        if (rec.type == REC_CONV_LEFT_MORE)
            right = has_order(b, MAIL_MISSED, &rec, &orders);
        if (rec.type == REC_CONV_LEFT)
            (void)has_order(b, MAIL_MISSED, &rec, &orders); /* or it is missed at once */
        if (rec.type == REC_CONV_MISSED)
            right = has_order(b, MAIL_MISSED, &rec, &orders) !=
                    left_was_told(s, i > 0 ? &before : NULL, &rec);
        if (rec.type == REC_CONV_FEEDBACK)
            right = has_order(b, MAIL_FEEDBACK, &rec, &orders);
        if (rec.type == REC_CONV_COPY_ASKED)
            right = has_order(b, MAIL_COPY, &rec, &orders);
        if (rec.type == REC_CONV_MAILED)
            right = has_order(b, MAIL_REPLY, &rec, &orders);
        if (rec.type == REC_CONV_FORWARDED)
            right = has_order(b, MAIL_FORWARD, &rec, &orders);
        if (rec.type == REC_BLOCK_ADDED && rec.block.conv != 0)
            right = has_order(b, MAIL_BLOCK, &rec, &orders);
        if (rec.type == REC_AGENT_LINK && rec.link.mail != 0)
            right = has_order(b, rec.link.mail, &rec, &orders);
        if (rec.type == REC_MENTION_DUE)
            (void)has_order(b, MAIL_MENTION, &rec, &orders);
        if (rec.type == REC_TASK_DUE)
            (void)has_order(b, MAIL_TASK, &rec, &orders); /* or he has it on his screen */
        if (!right)
            sim_fail(s, "MAIL-9: %s at %llu without its order", rec_word(rec.type),
                     (unsigned long long)rec.pos);
    }
    for (size_t i = 0; i < b->nrows; i++)
        rows += b->rows[i].kind == ROW_MAIL;
    if (rows != orders)
        sim_fail(s, "MAIL-9: %zu orders for %zu causes", rows, orders);
}

static void submit(void *arg, const struct batch *b)
{
    struct sim *s = arg;
    struct sim_disk *d = &s->disk;

    if (d->flight != NULL)
        sim_fail(s, "a batch is handed over while one is under way");
    check_mails(s, b);
    d->flight = b;
    d->done_ms = s->now_ms + (int64_t)sim_roll(s, sim_chance(s, 5)    ? 3000
                                                  : sim_chance(s, 30) ? 600
                                                                      : 20);
    if (d->ndigests == d->digests_cap) {
        d->digests_cap = d->digests_cap != 0 ? 2 * d->digests_cap : 64;
        d->digests = xrealloc(d->digests, d->digests_cap * sizeof(*d->digests));
    }
    d->digests[d->ndigests++] =
        (struct sim_digest){core_next_pos(s->core) - 1, core_digest(s->core)};
}

/* As the store does: an agent who is forgotten loses the words of the records before. */
static void erase_bodies(struct sim_disk *d, const struct batch_rec *br)
{
    struct rec rec;

    if (rec_decode(br->pos, br->rec, br->body, &rec) != ERR_OK || rec.type != REC_AGENT_ANONYMISED)
        return;
    for (uint64_t pos = rec.prev, next; pos != 0; pos = next) {
        struct sim_rec *r = &d->recs[pos - 1];
        struct rec before;

        ensure(rec_decode(pos, (struct span){r->rec, r->rec_len}, SPAN_NONE, &before) == ERR_OK);
        next = before.prev;
        r->body_len = 0;
    }
}

static void write_batch(struct sim *s)
{
    struct sim_disk *d = &s->disk;
    const struct batch *b = d->flight;

    for (size_t i = 0; i < b->nrecs; i++) {
        const struct batch_rec *r = &b->recs[i];

        if (r->pos != d->nrecs + 1)
            sim_fail(s, "record %llu is written after %zu", (unsigned long long)r->pos, d->nrecs);
        if (d->nrecs == d->recs_cap) {
            d->recs_cap = d->recs_cap != 0 ? 2 * d->recs_cap : 256;
            d->recs = xrealloc(d->recs, d->recs_cap * sizeof(*d->recs));
        }
        d->recs[d->nrecs++] = (struct sim_rec){.rec = copy_of(r->rec),
                                               .body = copy_of(r->body),
                                               .rec_len = r->rec.len,
                                               .body_len = r->body.len};
        ensure(rec_peek(r->rec, &d->recs[d->nrecs - 1].type));
        erase_bodies(d, r);
    }
    for (size_t i = 0; i < b->nrows; i++) {
        s->did.mails += b->rows[i].kind == ROW_MAIL;
        if (b->rows[i].kind == ROW_CHECKPOINT) {
            rows_close(d, b->rows[i].a);
            s->did.checkpoints++;
        } else {
            row_put(d, &b->rows[i]);
        }
    }
}

void disk_complete(struct sim *s, err_t err)
{
    if (err == ERR_OK)
        write_batch(s);
    s->disk.flight = NULL;
    turn_durable(s->turn, err, s->told.now_ms);
}

void disk_crash(struct sim *s)
{
    if (s->disk.flight != NULL && sim_chance(s, 50))
        write_batch(s);
    s->disk.flight = NULL;
}

static err_t read_row(struct sim *s, enum row_kind kind, uint64_t a, struct buf *out)
{
    const struct sim_row *row = row_find(&s->disk, kind, a, 0);

    if (row == NULL || row->bytes == NULL)
        return ERR_NOTFOUND;
    buf_add(out, row->bytes, row->len);
    return ERR_OK;
}

static err_t read_conv(void *arg, uint64_t id, struct buf *image)
{
    return read_row(arg, ROW_CONV, id, image);
}

static err_t read_repeat(void *arg, uint64_t cid, struct buf *value)
{
    return read_row(arg, ROW_REPEAT, cid, value);
}

static void no_more(void *arg)
{
    ensure(((struct sim *)arg)->disk.flight == NULL); /* disk_crash() has decided about it */
}

void disk_ops(struct sim *s, struct journal_ops *ops)
{
    *ops = (struct journal_ops){.arg = s,
                                .submit = submit,
                                .read_conv = read_conv,
                                .read_repeat = read_repeat,
                                .stop = no_more};
}

const struct sim_rec *disk_rec(const struct sim *s, uint64_t pos)
{
    return pos >= 1 && pos <= s->disk.nrecs ? &s->disk.recs[pos - 1] : NULL;
}

static void ignore(void *arg, enum obj_type type, uint64_t id, bool gone)
{
    (void)arg;
    (void)type;
    (void)id;
    (void)gone;
}

static void load_images(struct sim *s, struct core *k)
{
    struct sim_disk *d = &s->disk;

    for (unsigned type = OBJ_PORTAL; type < OBJ_TYPE_COUNT; type++)
        for (size_t i = 0; i < d->nrows; i++) {
            const struct sim_row *r = &d->rows[i];
            err_t err;

            struct span image =
                r->sliced ? (struct span){r->was, r->was_len} : (struct span){r->bytes, r->len};

            if (r->kind != ROW_IMAGE || r->a != type || image.p == NULL)
                continue;
            err = core_adopt(k, type, r->b, image);
            if (err != ERR_OK)
                sim_fail(s, "image of %u %llu: %s", type, (unsigned long long)r->b, err_code(err));
        }
}

/* As the store does it: images, then the journal's rest; ended conversations from their rows. */
static void load_from(struct sim *s, struct core *k, uint64_t checkpoint)
{
    struct sim_disk *d = &s->disk;
    uint64_t id = 0;

    if (checkpoint != 0)
        load_images(s, k);
    core_set_next_pos(k, checkpoint + 1);
    for (uint64_t pos = checkpoint + 1; pos <= d->nrecs; pos++) {
        const struct sim_rec *r = &d->recs[pos - 1];
        struct rec rec;

        if (rec_decode(pos, (struct span){r->rec, r->rec_len}, (struct span){r->body, r->body_len},
                       &rec) != ERR_OK)
            sim_fail(s, "record %llu does not read back", (unsigned long long)pos);
        if (rec.obj_type == OBJ_CONV && rec.type != REC_CONV_RANG && rec.type != REC_CONV_LEFT &&
            core_conv(k, rec.obj) == NULL) {
            const struct sim_row *row = row_find(d, ROW_CONV, rec.obj, 0);

            if (row == NULL ||
                core_adopt(k, OBJ_CONV, rec.obj, (struct span){row->bytes, row->len}) != ERR_OK)
                sim_fail(s, "no row for conversation %llu", (unsigned long long)rec.obj);
        }
        if (!core_may_fold(k, &rec))
            sim_fail(s, "record %llu does not fit the state", (unsigned long long)pos);
        core_fold(k, &rec);
    }
    core_drain_through(k, ignore, NULL);
    while (core_next_conv(k, &id))
        core_evict(k, id);
}

/* RTE-10: the state that comes back is the state that was; so it is out of the journal alone. */
void disk_load(struct sim *s, struct core *k)
{
    struct sim_disk *d = &s->disk;
    uint64_t digest;

    for (size_t i = 0; i < d->nrows; i++)
        if (d->rows[i].sliced) {
            s->did.halves++;
            break;
        }
    load_from(s, k, d->checkpoint);
    digest = core_digest(k);
    for (size_t i = d->ndigests; i-- > 0;)
        if (d->digests[i].pos == d->nrecs) {
            if (d->digests[i].digest != digest)
                sim_fail(s, "RTE-10: the state at %zu differs after images (up to %llu) and replay",
                         d->nrecs, (unsigned long long)d->checkpoint);
            break;
        }
    if (sim_chance(s, 20)) {
        struct core *whole = core_new();

        load_from(s, whole, 0);
        if (core_digest(whole) != digest)
            sim_fail(s, "the journal alone gives another state than images and its rest");
        core_free(whole);
    }
    d->ndigests = 0; /* what was under way is forgotten, its positions are given again */
}

void disk_fini(struct sim *s)
{
    struct sim_disk *d = &s->disk;

    for (size_t i = 0; i < d->nrecs; i++) {
        free(d->recs[i].rec);
        free(d->recs[i].body);
    }
    for (size_t i = 0; i < d->nrows; i++) {
        free(d->rows[i].bytes);
        free(d->rows[i].was);
    }
    free(d->recs);
    free(d->rows);
    free(d->digests);
}
