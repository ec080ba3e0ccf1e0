/* What the files of the check share. */
#ifndef STORE_CHECK_INT_H
#define STORE_CHECK_INT_H

#include "deskbell/check.h"
#include "queue/queue_int.h"
#include "rows/projector.h"

struct check_obj {
    enum obj_type type;
    uint64_t id;
};

struct check {
    struct store *st;
    check_fn *fn;
    void *arg;
    struct check_report *report;
    struct fault *fault;

    struct core *journal;   /* the state that the whole journal leads to */
    struct core *start;     /* that a start would have: images, and what came after them */
    bool compared;          /* the two, where the second ends */
    uint64_t pos;           /* the last record looked at */
    struct check_obj *objs; /* all but conversations that the journal speaks of */
    size_t nobjs, objs_cap;
    uint64_t *convs; /* whose rows are to be written anew, out of `journal` */
    size_t nconvs, convs_cap;
    /* To be made again. */
    bool images, settings, lists, milestones, addrs, numbers, conv_mail, repeats, queue, tagged;
    uint64_t counted[QUEUE_STATES_MAX]; /* jobs by state */
    uint64_t causes;                    /* their queue_cause_mark()s, summed */
    struct buf mem, mem2;
};

/* Say that something differs; printf for `what`. */
void check_say(struct check *ck, enum check_kind kind, enum table table, struct span key,
               bool mendable, const char *what, ...) __attribute__((format(printf, 6, 7)));
struct span key_span(const struct key *key);

/*
 * All rows of a table in the order of their keys, in bounded read transactions: what fn finds in
 * other tables is of the same moment as its row.
 */
typedef void check_row_fn(struct check *ck, struct txn *tx, const struct cursor *cur);
err_t check_walk(struct check *ck, enum table table, check_row_fn *fn) MUST_CHECK;

/* check_state.c: the journal, images, rows of conversations that are over, settings */
err_t check_state(struct check *ck) MUST_CHECK;

/* Has the journal ever spoken of it?  After check_state(); not for conversations. */
bool check_knows(const struct check *ck, enum obj_type type, uint64_t id);

/* check_rows.c: each row for itself */
err_t check_rows(struct check *ck) MUST_CHECK;

/* check_index.c: rows by which others are found */
err_t check_indexes(struct check *ck) MUST_CHECK;

/* check_tagged.c: rows and counts by tags */
err_t check_tagged(struct check *ck) MUST_CHECK;

/* check_queue.c: mails by what became of them */
err_t check_queue(struct check *ck) MUST_CHECK;

/* check_mend.c */
err_t check_mend(struct check *ck) MUST_CHECK;

#endif
