/*
 * A queue of jobs that are carried out outside of the store: when each is due, whose it is at the
 * moment, what became of it and why, which wait for one another, and how many there are of each.
 * It knows nothing of what a job is.  Its user describes it (struct queue): the tables, the states,
 * and how an order reads; a job's row is the queue's fields and the user's own, which it only
 * carries along.
 *
 * A job begins as an order: a row that others write, keyed by the job's id, ids rising.  The
 * queue's owner takes new orders over (queue_take) and from then on writes all that becomes of
 * them.  All functions with a transaction are steps of it, sticky as txn's are; errors as in
 * store.h.
 *
 * In the tables of a queue:
 *
 *   orders  id                         the user's
 *   jobs    id                         struct queue_job, and the user's fields
 *   due     due_ms, id                 empty: those that are due at some time
 *   by      what (1 byte), which, id   empty: by state, by cause, by their end
 *   held    group (1 byte, id), id     empty: those that wait in a group
 *   groups  group (1 byte, id)         struct queue_group
 *   log     number                     be64 id: its row changed
 *   meta    a word                     seen: be64; counts, and those of causes
 */
#ifndef STORE_QUEUE_INT_H
#define STORE_QUEUE_INT_H

#include "deskbell/queue.h"
#include "deskbell/tlv.h"
#include "store_int.h"

#define QUEUE_STATES_MAX 16

/* What the queue knows of a job. */
struct queue_job {
    unsigned state; /* the user's number for it, below .nstates */
    uint32_t attempts;
    int64_t due_ms;     /* under way: 0; held: 0 but for the first of its group; ended: 0 */
    int64_t settled_ms; /* when it ended; 0 */
    struct lease lease; /* under way */
    char cause[QUEUE_CAUSE_MAX_BYTES]; /* why it waits or has failed; "": for no reason known */
};

/* Those that may wait for one another. */
struct queue_group_id {
    uint8_t type;
    uint64_t id;
};

/* An order, as far as the queue needs it. */
struct queue_order {
    int64_t created_ms;
    struct queue_group_id group;
};

/* One user's queue.  Constant. */
struct queue {
    enum table orders, jobs, due, by, held, groups, log, meta;
    unsigned nstates;
    uint32_t ended;                      /* BIT() of states that end a job */
    unsigned fresh, running, held_state; /* taken over; under way; waiting in its group */
    err_t (*order)(struct span row, struct queue_order *out);
    /* Once a new job is in its tables; may be NULL. */
    void (*taken)(struct txn *tx, uint64_t id, struct span order);
};

static inline bool queue_is_ended(const struct queue *q, unsigned state)
{
    return (q->ended & BIT(state)) != 0;
}

/* queue.c: rows */

/* The queue's fields of a row; the user's are appended to them and use none of its tags (queue.c).
 */
void queue_job_encode(const struct queue_job *job, struct buf *out);

/* Take one field of a row; false: it is the user's.  *bad is set for a wrong value. */
bool queue_job_take(const struct queue *q, const struct tlv *f, struct queue_job *job, bool *bad);

/* ERR_NOTFOUND; ERR_CORRUPT is reported. */
err_t queue_get(struct txn *tx, const struct queue *q, uint64_t id,
                struct queue_job *job) MUST_CHECK;

/*
 * The only writer of jobs: keeps due, by, held, the counts and the log in step.
 *
 * before  the job as it is; NULL: a new one.
 * fields  the user's fields, encoded.
 */
void queue_put(struct txn *tx, const struct queue *q, uint64_t id, const struct queue_job *before,
               const struct queue_job *job, struct span fields);

/* The same with the user's fields as they are. */
void queue_change(struct txn *tx, const struct queue *q, uint64_t id,
                  const struct queue_job *before, const struct queue_job *job);

/* Does it stand in `due`? */
bool queue_is_due_sometime(const struct queue *q, const struct queue_job *job);

/* A job out of its row, without the user's fields.  ERR_CORRUPT. */
err_t queue_job_decode(const struct queue *q, struct span row, struct queue_job *job) MUST_CHECK;

/* An order's group; false: it cannot be read. */
bool queue_group_of(struct txn *tx, const struct queue *q, uint64_t id, struct queue_group_id *g);

/* So far orders have been taken over. */
uint64_t queue_seen(struct txn *tx, const struct queue *q);

/*
 * Take over the orders that were written since, QUEUE_TAKE_MAX at a time.  *fresh_ms: the earliest
 * time of them, INT64_MAX where there are none.  Cost: nothing is written where there are none.
 */
#define QUEUE_TAKE_MAX 1000
err_t queue_take(struct store *st, const struct queue *q, int64_t *fresh_ms) MUST_CHECK;

/* queue.c: what is due, and whose it is */

/* Jobs that are due, from a place on, in the order in which they fell due: at most max. */
size_t queue_due(struct txn *tx, const struct queue *q, int64_t now_ms, struct due_place from,
                 struct due_place *jobs, size_t max);

/* When the first falls due, taken over or not; INT64_MAX: none does. */
int64_t queue_first_due(struct txn *tx, const struct queue *q);

/*
 * Attempts begin: these are under way until they are settled.
 * ERR_CONFLICT: one has ended, or is under way already; nothing is written then.
 */
err_t queue_begin(struct store *st, const struct queue *q, const uint64_t *ids, size_t n,
                  const struct lease *lease) MUST_CHECK;

/* Those under way whose lease is over at `now`; see queue.h. */
err_t queue_lost(struct store *st, const struct queue *q, const struct lease_now *now,
                 uint64_t *ids, size_t max, size_t *n) MUST_CHECK;

/* What came of an attempt, in the job's fields: `due_ms` counts where the state ends nothing. */
void queue_job_settle(const struct queue *q, struct queue_job *job, unsigned state, int64_t due_ms,
                      int64_t now_ms);

/* queue_index.c: how jobs are found by what became of them, and how many there are */

/* Heads of keys in `by`: the id follows, or the time of the end and the id. */
struct key queue_by_state(unsigned state);
struct key queue_by_cause(const char *cause);

/* Bring `by` and the counts from one state of a job to the next; before: NULL for a new one. */
void queue_index(struct txn *tx, const struct queue *q, uint64_t id, const struct queue_job *before,
                 const struct queue_job *job);

/*
 * The keys by which a job is found; its row makes them again.  One that may be there or not any
 * more (by its end) is not `needed`.
 */
#define QUEUE_KEYS_MAX 5
struct queue_key {
    enum table table;
    struct key key;
    bool needed;
};
size_t queue_keys(const struct queue *q, uint64_t id, const struct queue_job *job,
                  struct queue_group_id group, struct queue_key keys[QUEUE_KEYS_MAX]);

/* Those rows and the counts made again from the jobs, in this transaction. */
void queue_index_again(struct txn *tx, const struct queue *q);

/* The ids under a head from `from` to `last`, at most max. */
size_t queue_walk(struct txn *tx, const struct queue *q, const struct key *head, uint64_t from,
                  uint64_t last, uint64_t *ids, size_t max);

struct queue_tally {
    uint64_t v[QUEUE_STATES_MAX]; /* by state */
};
err_t queue_tally(struct txn *tx, const struct queue *q, struct queue_tally *t) MUST_CHECK;

/*
 * What one job adds to the sum over all counts of causes, 0 for one without a cause; and that sum
 * as the counts have it.  So both are compared without keeping either: the order does not matter.
 */
uint64_t queue_cause_mark(const char *cause, size_t state);
uint64_t queue_causes_sum(struct txn *tx, const struct queue *q);

/* How many a cause has left in which state; by word, from `cause` alone or (NULL) all. */
struct queue_cause {
    char cause[QUEUE_CAUSE_MAX_BYTES];
    struct queue_tally tally;
};
err_t queue_causes(struct store *st, const struct queue *q, const char *cause,
                   struct queue_cause *rows, size_t max, size_t *n) MUST_CHECK;

/*
 * The job that ended first, if that was before this time: it leaves the index by its end, so that
 * each is met once.  False: there is none.
 */
bool queue_ended_take(struct txn *tx, const struct queue *q, int64_t before_ms, uint64_t *id);
bool queue_ended_waits(struct txn *tx, const struct queue *q, int64_t before_ms);

/* Jobs whose row changed after *after, oldest change first: an id for each change.  *after moves
 * on; with UINT64_MAX: none, and *after becomes that of now. */
err_t queue_changes(struct store *st, const struct queue *q, uint64_t *after, uint64_t *ids,
                    size_t max, size_t *n) MUST_CHECK;

/* queue_group.c: jobs that wait for one another */

/* What went out of a group lately, and whether jobs wait in it. */
struct queue_group {
    int64_t began_ms; /* the window in which it counts; 0: none yet */
    uint32_t count;   /* counted in it */
    uint64_t head;    /* the held job that is due in the place of all; 0: none is held */
};

/* All zero if there is nothing, or if it is not right (reported). */
struct queue_group queue_group_get(struct txn *tx, const struct queue *q, struct queue_group_id g);

/* One more in the window that began then. */
void queue_group_count(struct txn *tx, const struct queue *q, struct queue_group_id g,
                       int64_t window_ms);

/* The held jobs of a group behind `after`. */
size_t queue_held_ids(struct txn *tx, const struct queue *q, struct queue_group_id g,
                      uint64_t after, uint64_t *ids, size_t max);

/*
 * This job is to wait in its group: changes *job, which the caller puts.  Until due_ms, or, where
 * others are held already, until those are due: only the first of a group stands in `due`.
 */
void queue_hold(struct txn *tx, const struct queue *q, struct queue_group_id g, uint64_t id,
                int64_t due_ms, struct queue_job *job);

/* A job was held until now and is not any more: the next takes the place that it had. */
void queue_held_leave(struct txn *tx, const struct queue *q, uint64_t id, int64_t due_ms);

void queue_group_encode(const struct queue_group *g, struct buf *out);
err_t queue_group_decode(struct span in, struct queue_group *g) MUST_CHECK;
void queue_tally_encode(const struct queue_tally *t, struct buf *out);
err_t queue_tally_decode(struct span in, struct queue_tally *t) MUST_CHECK;

#endif
