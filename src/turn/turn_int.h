/*
 * Inside turn: a batch that is filling or under way, with the memory that its spans point into, the
 * answers that it will make durable, and the conversations that may be forgotten once it is; what
 * is held; and the whole.
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
    bool has_mail, has_body;
};

void fill_reset(struct fill *f); /* empty, keeps some memory */
void fill_fini(struct fill *f);
bool fill_is_empty(const struct fill *f);

/* Copies.  Positions must follow each other. */
void fill_add_rec(struct fill *f, uint64_t pos, struct span rec, struct span body);
void fill_add_row(struct fill *f, enum row_kind kind, uint64_t a, uint64_t b, struct span value);

/* NULL: not in this batch. */
const struct batch_rec *fill_find_rec(const struct fill *f, uint64_t pos);

/* The newest of this key in the batch; NULL: none. */
const struct batch_row *fill_find_row(const struct fill *f, enum row_kind kind, uint64_t a,
                                      uint64_t b);

void fill_add_repeat(struct fill *f, const struct repeat *r);
const struct repeat *fill_find_repeat(const struct fill *f, uint64_t cid);

void conv_marks_add(struct conv_marks *m, uint64_t id, uint64_t last_pos);

struct held {
    uint64_t pos;   /* to be durable first */
    uint64_t batch; /* likewise, for a row that has no position */
    turn_held_fn *fn;
    void *arg;
};

struct turn {
    struct core *core;
    struct turn_ops ops;
    struct turn_options opt;
    struct fill fills[2], *filling, *flight; /* flight NULL: nothing under way */
    struct held *held;                       /* a ring in the order of the calls */
    size_t held_first, held_count, held_cap;
    struct conv_marks adopted; /* read from rows in this pass */
    struct out out;
    struct buf scratch, scratch_body;
    int64_t now_ms;
    uint64_t durable_pos;
    uint64_t batch, durable_batch; /* number of the one that is filling; of the last durable one */
    uint64_t flight_batch;
    uint64_t row_batch;       /* that has the newest row of turn_row() */
    unsigned unsaved_records; /* folded since the last images */
    int64_t unsaved_since_ms;
    bool want_images;
    bool saving;       /* a checkpoint is under way, some of its slices are to come */
    size_t slice_left; /* objects that waited after the last of them */
    bool more;         /* settling stopped at its bound */
    bool folding;      /* on_record may not come back in */
    bool readonly, lost;
};

/* hold.c */
bool hold_pop(struct turn *t, struct held *h); /* the first, durable or not; false: none */
bool hold_may_release(const struct turn *t);
/* What is held while this runs waits for the next pass, so that the pass ends. */
void hold_release(struct turn *t);

#endif
