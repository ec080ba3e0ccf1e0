/*
 * The seam between the rules and what makes them durable: a batch goes down, "durable" comes back.
 * Above it: turn.  Below it: the store on one machine (and, one day, a replicated stream).
 */
#ifndef DESKBELL_JOURNAL_H
#define DESKBELL_JOURNAL_H

#include "deskbell/core.h"

/* A row that goes with the records of a batch, in one transaction. */
enum row_kind {
    ROW_IMAGE,   /* a: obj_type, b: id; empty value: delete */
    ROW_CONV,    /* a: id; the image of an ended, missed or left conversation, and its list rows */
    ROW_SETTING, /* a: obj_type (portal, department, agent, task, mention), b: id; empty value:
                    delete */
    ROW_MAIL,    /* a: mail id, rising with the cause's position; value: mail_order_encode() */
    ROW_REPEAT,  /* a: cid; value: repeat_encode(), kept 24 h */
    ROW_MILESTONE,  /* a: conversation, b: number (seq) of its record; value: milestone_encode() */
    ROW_CHECKPOINT, /* a: position up to which the images speak */
    ROW_BODY,       /* a: position; what the body of a record is from now on; empty: delete */
    ROW_DRAFT,      /* a: agent, b: conversation; value: drafts_encode(); empty: delete */
};

struct batch_row {
    enum row_kind kind;
    uint64_t a, b;
    struct span value;
};

/*
 * The codec of these rows is in src/core/records/codec.c, for turn writes what store and
 * dispatcher read.
 */

/* A durable answer to a command that is not a conversation's. */
struct repeat {
    uint64_t cid, chash, pos, id;
    int64_t time_ms;
};
void repeat_encode(const struct repeat *r, struct buf *out);
err_t repeat_decode(struct span in, struct repeat *r) MUST_CHECK;

/*
 * The value of a ROW_MAIL.  Decoding lends spans out of `in`, passes over fields that it does not
 * know, and gives ERR_CORRUPT where the value is none; *m is as before then.
 */
void mail_order_encode(const struct mail_order *m, struct buf *out);
err_t mail_order_decode(struct span in, struct mail_order *m) MUST_CHECK;

/* The id of the mail of this kind that the record at `cause` brings about. */
uint64_t mail_order_id(uint64_t cause, enum mail_kind kind);

/*
 * Where in a long conversation a record stands, for who reads it from the middle: at every 64th
 * there is one.  It follows from the journal, and is made again out of it when it is missing.
 */
#define MILESTONE_RECORDS 64
struct milestone {
    uint64_t pos;
    uint32_t n; /* public lines up to it */
};
bool milestone_is_due(const struct rec *rec); /* does one stand at this record? */
void milestone_encode(const struct milestone *ms, struct buf *out);
err_t milestone_decode(struct span in, struct milestone *ms) MUST_CHECK;

struct batch_rec {
    uint64_t pos;
    struct span rec, body; /* encodings; body may be empty */
};

/* Spans point into memory that the batch owns.  Freed by whoever made it, after `done`. */
struct batch {
    struct batch_rec *recs;
    size_t nrecs;
    struct batch_row *rows;
    size_t nrows;
    size_t bytes; /* sum of all values, for the bound */
};

struct journal_ops {
    void *arg;
    /*
     * Write the batch in one transaction and sync; one at a time.  Returns at once; turn_durable()
     * is called later, on the loop's thread, with ERR_OK or why not (then nothing of it is there).
     * `b` stays the caller's and must not change until then.
     */
    void (*submit)(void *arg, const struct batch *b);
    /* Durable rows, read at once (bounded, no disk wait but a page fault).  ERR_NOTFOUND. */
    err_t (*read_conv)(void *arg, uint64_t id, struct buf *image);
    err_t (*read_repeat)(void *arg, uint64_t cid, struct buf *value);
    /*
     * The end, once, from turn_free() before the memory of its batches goes: wait until the one
     * under way is not looked at any more, and take no other.  turn_durable() is not called then.
     * NULL where submit() writes before it returns.
     */
    void (*stop)(void *arg);
};

#endif
