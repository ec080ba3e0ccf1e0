/*
 * Inside turn: a batch that is filling or under way, with the memory that its spans point into, the
 * answers that it will make durable, and the conversations that may be forgotten once it is.
 */
#ifndef TURN_INT_H
#define TURN_INT_H

#include "deskbell/turn.h"

struct chunk;

/* A conversation, and its last record when somebody looked. */
struct conv_mark {
    uint64_t id, last_pos;
};

struct conv_marks {
    struct conv_mark *v;
    size_t n, cap;
};

struct fill {
    struct batch batch;
    size_t recs_cap, rows_cap;
    struct chunk *chunks; /* newest first */
    struct repeat *repeats;
    size_t nrepeats, repeats_cap;
    uint32_t *slots; /* open addressing over repeats: index + 1; a power of two of them */
    size_t nslots;
    struct conv_marks written; /* conversations whose rows are in it */
    uint64_t last_pos;         /* of the state that it makes durable */
    bool has_mail;
};

void fill_reset(struct fill *f); /* empty, keeps some memory */
void fill_fini(struct fill *f);
bool fill_is_empty(const struct fill *f);

/* Copies.  Positions must follow each other. */
void fill_add_rec(struct fill *f, uint64_t pos, struct span rec, struct span body);
void fill_add_row(struct fill *f, enum row_kind kind, uint64_t a, uint64_t b, struct span value);

/* NULL: not in this batch. */
const struct batch_rec *fill_find_rec(const struct fill *f, uint64_t pos);

void fill_add_repeat(struct fill *f, const struct repeat *r);
const struct repeat *fill_find_repeat(const struct fill *f, uint64_t cid);

void conv_marks_add(struct conv_marks *m, uint64_t id, uint64_t last_pos);

#endif
