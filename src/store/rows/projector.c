/*
 * Who the projectors are, and what they are told when: with each batch, or over the journal again,
 * step by step.  It knows no row of theirs.
 */
#include "rows/projector.h"

#include <stdio.h>

#include "deskbell/log.h"

#define STEP_RECORDS 1000

static const struct projector *const projectors[] = {&project_list,      &project_list_all,
                                                     &project_addr,      &project_number,
                                                     &project_milestone, &project_tagged};

const struct projector *projector_at(size_t i)
{
    return i < COUNT_OF(projectors) ? projectors[i] : NULL;
}

/* in the acknowledging transaction */

/* Of records, as they come. */
static bool is_told(const struct projector *p)
{
    return !p->behind && !p->comes && p->wants != NULL;
}

static void project_record(struct txn *tx, const struct batch_rec *br, enum rec_type type)
{
    struct rec rec;
    bool decoded = false;

    for (size_t i = 0; i < COUNT_OF(projectors); i++) {
        const struct projector *p = projectors[i];

        if (!is_told(p) || !p->wants(type))
            continue;
        if (!decoded && rec_decode(br->pos, br->rec, br->body, &rec) != ERR_OK) {
            txn_fail(tx, ERR_CORRUPT);
            return;
        }
        decoded = true;
        p->apply(tx, &rec);
    }
}

/* Does anybody in this transaction want records of this type? */
static bool is_wanted(enum rec_type type)
{
    for (size_t i = 0; i < COUNT_OF(projectors); i++)
        if (is_told(projectors[i]) && projectors[i]->wants(type))
            return true;
    return false;
}

/* Most batches are of few types, one after the other. */
void project_records(struct txn *tx, const struct batch *b)
{
    enum rec_type type, last = 0;
    bool wanted = false;

    for (size_t i = 0; i < b->nrecs && tx->err == ERR_OK; i++) {
        if (!rec_peek(b->recs[i].rec, &type))
            continue;
        if (type != last || i == 0)
            wanted = is_wanted(type);
        last = type;
        if (wanted)
            project_record(tx, &b->recs[i], type);
    }
}

void project_row(struct txn *tx, const struct conv_change *ch)
{
    for (size_t i = 0; i < COUNT_OF(projectors); i++)
        if (!projectors[i]->behind && projectors[i]->apply_row != NULL)
            projectors[i]->apply_row(tx, ch);
}

/* positions */

static struct key position_key(const struct projector *p)
{
    char word[KEY_MAX_BYTES + 1];
    int n = snprintf(word, sizeof(word), "at %s", p->name);

    ensure(n > 0 && (size_t)n < sizeof(word));
    return key_word(word);
}

/* False: there is none, or it is not right. */
static bool position_get(struct txn *tx, const struct projector *p, uint64_t *pos)
{
    struct key key = position_key(p);

    return txn_get_u64(tx, TABLE_META, &key, pos) == ERR_OK;
}

static void position_put(struct txn *tx, const struct projector *p, uint64_t pos)
{
    struct key key = position_key(p);

    txn_put_u64(tx, TABLE_META, &key, pos);
}

static void position_del(struct txn *tx, const struct projector *p)
{
    struct key key = position_key(p);

    txn_del(tx, TABLE_META, &key);
}

void project_reset(struct txn *tx, const struct projector *p)
{
    p->reset(tx);
    position_put(tx, p, 0);
}

/* over the journal */

struct step {
    const struct projector *p;
    size_t max;
    bool more;
    struct buf rec, body,
        image; /* what the projector is told: its own changes spoil what was read */
};

/* The row of the conversation, if this record is the last that it knows of. */
static void step_row(struct txn *tx, struct step *s, const struct rec *rec)
{
    struct key key = key_u64(rec->obj);
    struct conv_place now;
    struct conv_row row;
    struct span payload;

    if (txn_get(tx, TABLE_CONV, &key, &payload) != ERR_OK ||
        conv_row_decode(payload, &row) != ERR_OK || row.last_pos != rec->pos)
        return;
    buf_reset(&s->image);
    buf_add_span(&s->image, row.image);
    now = conv_row_place(&row);
    s->p->apply_row(
        tx, &(struct conv_change){.conv = rec->obj, .now = &now, .image = buf_span(&s->image)});
}

/* A record that is not right tells nothing; whoever reads it for its own sake reports it. */
static void step_record(struct txn *tx, struct step *s, uint64_t pos, struct span payload)
{
    struct key key = key_u64(pos);
    struct span body;
    struct rec rec;

    buf_reset(&s->rec);
    buf_reset(&s->body);
    buf_add_span(&s->rec, payload);
    if (txn_get(tx, TABLE_BODY, &key, &body) == ERR_OK)
        buf_add_span(&s->body, body);
    if (rec_decode(pos, buf_span(&s->rec), buf_span(&s->body), &rec) != ERR_OK)
        return;
    if (s->p->wants != NULL && s->p->wants(rec.type))
        s->p->apply(tx, &rec);
    if (s->p->apply_row != NULL && rec.obj_type == OBJ_CONV)
        step_row(tx, s, &rec);
}

static void step_in(struct txn *tx, void *arg)
{
    struct step *s = arg;
    struct cursor cur;
    struct key from;
    uint64_t pos = 0;
    err_t err;

    s->more = false;
    if (!position_get(tx, s->p, &pos)) {
        if (!s->p->behind)
            return;
        project_reset(tx, s->p);
    }
    if (cursor_open(&cur, tx, TABLE_JOURNAL) != ERR_OK)
        return;
    from = key_u64(pos + 1);
    err = cursor_seek(&cur, &from, false);
    for (size_t n = 0; err == ERR_OK && n < s->max; n++, err = cursor_next(&cur)) {
        pos = cursor_key_u64(&cur, 0);
        if (cur.err == ERR_OK)
            step_record(tx, s, pos, cur.payload);
    }
    cursor_close(&cur);
    s->more = err == ERR_OK;
    if (s->more || s->p->behind)
        position_put(tx, s->p, pos);
    else
        position_del(tx, s->p);
}

err_t project_step(struct store *st, const struct projector *p, size_t max, bool *more)
{
    struct step s = {.p = p, .max = max};
    err_t err = store_write(st, step_in, &s);

    buf_fini(&s.rec);
    buf_fini(&s.body);
    buf_fini(&s.image);
    if (err == ERR_OK)
        *more = s.more;
    return err;
}

static err_t project_on(struct store *st, const struct projector *p)
{
    bool more = true;
    err_t err = ERR_OK;

    while (err == ERR_OK && more)
        err = project_step(st, p, STEP_RECORDS, &more);
    if (err == ERR_OK)
        log_info("store.projected", "projector=%s", p->name);
    return err;
}

static void again_in(struct txn *tx, void *arg)
{
    project_reset(tx, arg);
}

err_t project_again(struct store *st, const struct projector *p)
{
    err_t err = store_write(st, again_in, (void *)(uintptr_t)p);

    return err != ERR_OK ? err : project_on(st, p);
}

bool project_is_behind(struct store *st, const struct projector *p)
{
    struct cursor cur;
    struct txn tx;
    uint64_t pos = 0;
    bool behind;

    if (txn_begin_read(&tx, st) != ERR_OK)
        return false;
    behind = position_get(&tx, p, &pos) || p->behind;
    if (behind && p->behind && cursor_open(&cur, &tx, TABLE_JOURNAL) == ERR_OK) {
        behind = cursor_last(&cur) == ERR_OK && cursor_key_u64(&cur, 0) > pos;
        cursor_close(&cur);
    }
    txn_end_read(&tx);
    return behind;
}

err_t project_finish(struct store *st)
{
    err_t err = ERR_OK;

    for (size_t i = 0; err == ERR_OK && i < COUNT_OF(projectors); i++)
        if (!projectors[i]->behind && project_is_behind(st, projectors[i]))
            err = project_on(st, projectors[i]);
    return err;
}

bool store_is_behind(struct store *st)
{
    bool behind = false;

    for (size_t i = 0; !behind && i < COUNT_OF(projectors); i++)
        behind = projectors[i]->behind && project_is_behind(st, projectors[i]);
    return behind;
}

void store_project(struct store *st)
{
    bool more = true;
    err_t err = ERR_OK;

    for (size_t i = 0; err == ERR_OK && i < COUNT_OF(projectors); i++)
        for (more = projectors[i]->behind; err == ERR_OK && more;)
            err = project_step(st, projectors[i], STEP_RECORDS, &more);
    if (err != ERR_OK)
        log_warn("store.not-projected", "error=%s", err_code(err));
}
