/*
 * The order of things.  One pass of the loop: commands are decided and folded as they come, their
 * records gather in a batch; at the end of the pass the batch goes to the journal unless one is
 * still under way (then it goes on filling); when it is durable, what was held is let go.
 * No I/O of its own, no clock: the caller says the time.  One thread.
 */
#ifndef DESKBELL_TURN_H
#define DESKBELL_TURN_H

#include "deskbell/journal.h"

struct turn;

/* What came of a command, for whoever asked.  Spans and pointers live for the call. */
struct answer {
    err_t err;
    const struct fault *fault; /* NULL if ERR_OK */
    uint64_t pos;              /* what the answer rests on: let it out through turn_hold() */
    uint64_t id;
    uint32_t n, seq;
    bool unchanged, repeated;
};
typedef void turn_answer_fn(void *arg, const struct cmd *cmd, const struct answer *a);

struct turn_ops {
    struct journal_ops journal;
    void *arg;
    /* Called after each fold, in order: render what watchers are to see, through turn_hold(). */
    void (*on_record)(void *arg, const struct rec *rec);
    /* Called when a batch turned out not to be durable: the process must stop taking commands and
     * restart read-only (the state in memory is ahead of the disk). */
    void (*on_lost)(void *arg, err_t err);
    /* Called once after each batch became durable that holds mails: wake the dispatcher. */
    void (*on_mail)(void *arg);
};

struct turn_options {
    unsigned checkpoint_records; /* images are written after this many records; 0: 100000 */
    int64_t checkpoint_ms;       /* or after this time with any; 0: 60000 */
    unsigned slice_images;       /* of them in one batch; 0: 1000 */
};

/*
 * Borrows the core until turn_free(), copies ops and options; opt may be NULL.  What the core holds
 * counts as durable.
 */
struct turn *turn_new(struct core *core, const struct turn_ops *ops,
                      const struct turn_options *opt);

/*
 * Ends the journal first (journal_ops.stop), so that nobody reads a batch whose memory is gone;
 * then all that is held is let go as not durable.  NULL is nothing.  Waits as long as one sync
 * takes where a batch is under way.
 */
void turn_free(struct turn *t);

/*
 * Decide a command now.  `fn` is called before this returns, exactly once (it may be NULL). Repeats
 * (cid) are answered as the first time.  In read-only state every command gets ERR_READONLY.
 */
void turn_command(struct turn *t, const struct cmd *cmd, int64_t now_ms, turn_answer_fn *fn,
                  void *arg);

/*
 * Bring into memory the ended conversations that a command needs, until the end of the pass: for
 * who asks the rules what it would do.  An error: one of them cannot be read; the fault says so.
 * Cost: a read of the store for each that is not in memory.
 */
err_t turn_bring(struct turn *t, const struct cmd *cmd, struct fault *f) MUST_CHECK;

/*
 * Hold something until all that has been folded so far is durable; then fn(arg, true), in the order
 * of the calls.  At once, from turn_pass_end(), if it is durable already.  fn(arg, false) if that
 * will never be (free what it owns).
 */
typedef void turn_held_fn(void *arg, bool durable);
void turn_hold(struct turn *t, turn_held_fn *fn, void *arg);

/* The end of a pass: settle what time has brought, hand over the batch, let go what is durable. */
void turn_pass_end(struct turn *t, int64_t now_ms);

/* The journal's word on the batch it was given. */
void turn_durable(struct turn *t, err_t err, int64_t now_ms);

/* When turn_pass_end() must be called by time alone; INT64_MAX: never. */
int64_t turn_deadline(const struct turn *t);

/*
 * Write images of all that changed, from the next batch on (at a clean stop).  They go in slices, a
 * batch each: at most 1,000 and about 1 MiB, but twice what one batch itself has changed.
 */
void turn_checkpoint(struct turn *t);

/* Nothing filling, nothing under way, nothing held, no images half written. */
bool turn_is_idle(const struct turn *t);

/* Last durable, and last folded position. */
uint64_t turn_durable_pos(const struct turn *t);
uint64_t turn_folded_pos(const struct turn *t);

/*
 * A row that rests on no record goes with the batch that is filling; what is held from now on waits
 * for it, too.  Copies.
 *
 * ERR_READONLY, ERR_BUSY  as commands are refused; the fault says why.
 */
err_t turn_row(struct turn *t, enum row_kind kind, uint64_t a, uint64_t b, struct span value,
               struct fault *f) MUST_CHECK;

/*
 * Such a row that may not be durable yet, the newest one.  ERR_NOTFOUND: it is in the store as it
 * is, or nowhere.  Let out what is read this way through turn_hold() only.  Cost: the rows of two
 * batches.
 */
err_t turn_read_row(const struct turn *t, enum row_kind kind, uint64_t a, uint64_t b,
                    struct span *value) MUST_CHECK;

/*
 * A record that may not be durable yet: looked up in the batches; ERR_NOTFOUND if it is not there
 * (then it is in the store).  Spans live until the turn is entered again.  What is read this way
 * is let out through turn_hold() only.
 */
err_t turn_read(const struct turn *t, uint64_t pos, struct rec *rec) MUST_CHECK;

/*
 * What the body of a record is by what is not durable yet; false: as it is in the store.  Let out
 * as turn_read() says.  Cost: nothing where no line was changed in this moment, else the rows of
 * two batches.
 */
bool turn_body(const struct turn *t, uint64_t pos, struct span *body);

/* Refuse commands with ERR_READONLY (disk nearly full), or take them again. */
void turn_set_readonly(struct turn *t, bool readonly);
bool turn_is_readonly(const struct turn *t);

/* Load state at start: core_restart() records and a floor for deadlines. */
void turn_restart(struct turn *t, int64_t now_ms, int64_t floor_ms);

#endif
