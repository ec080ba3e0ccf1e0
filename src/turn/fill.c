/*
 * The memory of a batch: records and rows whose bytes never move while it fills or is written, and
 * a small table of the answers in it.  It decides nothing.
 */
#include <stdlib.h>

#include "turn_int.h"

#define CHUNK_BYTES 65536u
#define SLOTS_MIN 64u

struct chunk {
    struct chunk *next;
    size_t len, cap;
    char bytes[];
};

static struct chunk *chunk_new(struct fill *f, size_t cap)
{
    struct chunk *c = xmalloc(sizeof(*c) + cap);

    c->next = f->chunks;
    c->len = 0;
    c->cap = cap;
    f->chunks = c;
    return c;
}

static struct span fill_copy(struct fill *f, struct span s)
{
    struct chunk *c = f->chunks;

    if (s.len == 0)
        return SPAN_NONE;
    if (c == NULL || c->cap - c->len < s.len)
        c = chunk_new(f, s.len > CHUNK_BYTES ? s.len : CHUNK_BYTES);

    char *to = c->bytes + c->len;
    memcpy(to, s.p, s.len);
    c->len += s.len;
    return (struct span){to, s.len};
}

void fill_reset(struct fill *f)
{
    struct chunk *c, *keep = NULL;

    while ((c = f->chunks) != NULL) {
        f->chunks = c->next;
        if (keep == NULL && c->cap == CHUNK_BYTES)
            keep = c;
        else
            free(c);
    }
    if (keep != NULL) {
        keep->next = NULL;
        keep->len = 0;
    }
    f->chunks = keep;
    f->batch.nrecs = f->batch.nrows = f->batch.bytes = 0;
    f->nrepeats = 0;
    if (f->nslots > 0)
        memset(f->slots, 0, f->nslots * sizeof(f->slots[0]));
    f->written.n = 0;
    f->last_pos = 0;
    f->has_mail = f->has_body = false;
}

void fill_fini(struct fill *f)
{
    fill_reset(f);
    free(f->chunks);
    free(f->batch.recs);
    free(f->batch.rows);
    free(f->repeats);
    free(f->slots);
    free(f->written.v);
    *f = (struct fill){0};
}

bool fill_is_empty(const struct fill *f)
{
    return f->batch.nrecs == 0 && f->batch.nrows == 0;
}

/* Make room for one more item of a growing array. */
static void *array_grow(void *v, size_t n, size_t *cap, size_t item_bytes)
{
    if (n < *cap)
        return v;
    *cap = *cap == 0 ? 64 : *cap * 2;
    return xrealloc(v, *cap * item_bytes);
}

void fill_add_rec(struct fill *f, uint64_t pos, struct span rec, struct span body)
{
    struct batch *b = &f->batch;

    ensure(b->nrecs == 0 || pos == b->recs[b->nrecs - 1].pos + 1);
    b->recs = array_grow(b->recs, b->nrecs, &f->recs_cap, sizeof(b->recs[0]));
    b->recs[b->nrecs++] = (struct batch_rec){pos, fill_copy(f, rec), fill_copy(f, body)};
    b->bytes += rec.len + body.len;
    f->last_pos = pos;
}

void fill_add_row(struct fill *f, enum row_kind kind, uint64_t a, uint64_t b, struct span value)
{
    struct batch *to = &f->batch;

    to->rows = array_grow(to->rows, to->nrows, &f->rows_cap, sizeof(to->rows[0]));
    to->rows[to->nrows++] = (struct batch_row){kind, a, b, fill_copy(f, value)};
    to->bytes += value.len;
    if (kind == ROW_MAIL)
        f->has_mail = true;
    if (kind == ROW_BODY)
        f->has_body = true;
}

const struct batch_rec *fill_find_rec(const struct fill *f, uint64_t pos)
{
    const struct batch *b = &f->batch;

    if (b->nrecs == 0 || pos < b->recs[0].pos || pos - b->recs[0].pos >= b->nrecs)
        return NULL;
    return &b->recs[pos - b->recs[0].pos];
}

const struct batch_row *fill_find_row(const struct fill *f, enum row_kind kind, uint64_t a,
                                      uint64_t b)
{
    for (size_t i = f->batch.nrows; i-- > 0;) {
        const struct batch_row *row = &f->batch.rows[i];

        if (row->kind == kind && row->a == a && row->b == b)
            return row;
    }
    return NULL;
}

/* Ids of commands are fingerprints, spread already: their low bits choose the slot. */
static void fill_seat_repeat(struct fill *f, size_t index)
{
    size_t at = f->repeats[index].cid & (f->nslots - 1);

    while (f->slots[at] != 0)
        at = (at + 1) & (f->nslots - 1);
    f->slots[at] = (uint32_t)index + 1;
}

void fill_add_repeat(struct fill *f, const struct repeat *r)
{
    f->repeats = array_grow(f->repeats, f->nrepeats, &f->repeats_cap, sizeof(f->repeats[0]));
    f->repeats[f->nrepeats++] = *r;
    if (f->nrepeats * 2 <= f->nslots) {
        fill_seat_repeat(f, f->nrepeats - 1);
        return;
    }
    f->nslots = f->nslots == 0 ? SLOTS_MIN : f->nslots * 2;
    free(f->slots);
    f->slots = xcalloc(f->nslots, sizeof(f->slots[0]));
    for (size_t i = 0; i < f->nrepeats; i++)
        fill_seat_repeat(f, i);
}

const struct repeat *fill_find_repeat(const struct fill *f, uint64_t cid)
{
    if (f->nrepeats == 0)
        return NULL;
    for (size_t at = cid & (f->nslots - 1); f->slots[at] != 0; at = (at + 1) & (f->nslots - 1))
        if (f->repeats[f->slots[at] - 1].cid == cid)
            return &f->repeats[f->slots[at] - 1];
    return NULL;
}

void conv_marks_add(struct conv_marks *m, uint64_t id, uint64_t last_pos)
{
    m->v = array_grow(m->v, m->n, &m->cap, sizeof(m->v[0]));
    m->v[m->n++] = (struct conv_mark){id, last_pos};
}
