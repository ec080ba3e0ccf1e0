/*
 * Projectors: each keeps rows that say again, in an order of its own, what the journal says, so
 * that something is found without reading it all.  Nothing is in them alone: they can be emptied
 * and made again.
 *
 * A new one is a file with its functions and a row of the table in projector.c, and the table for
 * its rows in store_int.h.
 */
#ifndef STORE_PROJECTOR_H
#define STORE_PROJECTOR_H

#include "store_int.h"

/* What places a conversation that is over among the others. */
struct conv_place {
    uint64_t list, dept;
    uint64_t end_pos, last_pos; /* see struct conv_row */
    struct ipaddr ip;           /* all zero: not known (any more) */
    enum box box;               /* of a missed one */
    uint64_t email;             /* fingerprint of the address of one to answer; 0: none */
    uint64_t agent;             /* who had it; 0: nobody */
    uint64_t tags[TAGS_MAX];    /* tag_hash() of each */
    size_t ntags;
};

/* The row of a conversation that is over, as it was and as it is now. */
struct conv_change {
    uint64_t conv;
    const struct conv_place *was; /* NULL: there was none, or the projector has been told of none */
    const struct conv_place *now;
    struct span image; /* of now */
};

/* Its place, as its row has it. */
struct conv_place conv_row_place(const struct conv_row *row);

/*
 * The keys of its rows in `list` and, with `all`, in `list_all`; gives how many: its list, the list
 * of its box, and where it is found by its address.  Those to answer stand with the oldest first.
 */
#define PLACE_KEYS_MAX 3
size_t conv_place_keys(uint64_t conv, const struct conv_place *p, bool all,
                       struct key keys[PLACE_KEYS_MAX]);

bool key_is_among(const struct key *key, const struct key *keys, size_t n);

/*
 * The keys of its rows in `tagged`: its list and that of its box, for each tag, in its department
 * and in all.  And of the count of those of one list, tag and department, or of an agent's there:
 * which are kept where tagged_has_agent().
 */
#define TAGGED_KEYS_MAX (4 * TAGS_MAX)
size_t tagged_keys(const struct conv_place *p, struct key keys[TAGGED_KEYS_MAX]);
err_t tagged_row_decode(struct span payload, uint64_t *conv, uint64_t *agent) MUST_CHECK;
struct key tagged_count_key(enum list list, uint64_t tag, uint64_t dept, uint64_t agent);
bool tagged_has_agent(enum list list, uint64_t dept, uint64_t agent);

/*
 * Write the row of a conversation that is over, in place of the one that was at `was` (NULL: there
 * was none), and tell the projectors of the acknowledging transaction.  What was read before is not
 * good any more after this.  An image that is not right fails the transaction.
 */
void conv_row_put(struct txn *tx, uint64_t id, const struct conv_place *was, struct span image,
                  struct buf *mem);

struct projector {
    const char *name; /* PROJECTOR_NAME_MAX_BYTES at most, stable: its position is kept under it */
    /*
     * In the transaction that acknowledges; or, with `behind`, in transactions of its own, at most
     * a second later.
     */
    bool behind;
    /* Its rows come with the batch, which tells it nothing: the rest is for making them again. */
    bool comes;
    /*
     * Is it told of records of this type?  NULL: of none.  In the acknowledging transaction only
     * those are decoded.
     */
    bool (*wants)(enum rec_type type);
    /*
     * A record, once and in the order of the journal.  It has its body where that was not erased.
     * Told again after a reset.
     */
    void (*apply)(struct txn *tx, const struct rec *rec);
    /*
     * What records led to: the row of a conversation that is over, with each batch that changes it;
     * NULL: does not concern it.  One that runs behind is told when it comes to the row's last
     * record, with `was` NULL, so it must find for itself what it had of that conversation.
     */
    void (*apply_row)(struct txn *tx, const struct conv_change *ch);
    void (*reset)(struct txn *tx); /* all of its rows go */
};
#define PROJECTOR_NAME_MAX_BYTES 20

extern const struct projector project_list, project_list_all, project_addr, project_number,
    project_milestone, project_tagged;

/*
 * The milestone at this record (seq) of a conversation, and the number of its last one, 0: it has
 * none.
 */
void milestone_put(struct txn *tx, uint64_t conv, uint64_t seq, struct span milestone);
err_t milestone_get(struct txn *tx, uint64_t conv, uint64_t seq, struct milestone *ms) MUST_CHECK;
uint64_t milestone_last(struct txn *tx, uint64_t conv);

const struct projector *projector_at(size_t i); /* NULL over the end */

/* in the acknowledging transaction */

/* Tell those that want them.  One look at each record's first field, no more for most. */
void project_records(struct txn *tx, const struct batch *b);
void project_row(struct txn *tx, const struct conv_change *ch);

/* over the journal again, and behind it */

/*
 * The position that a projector has come to is a row of `meta`, written with its rows.  Without one
 * a projector that runs behind has not begun; one of the acknowledging transaction is complete.
 */

/* Empty it and put it to the journal's beginning. */
void project_reset(struct txn *tx, const struct projector *p);

/*
 * Go on from its position by at most `max` records, in one transaction.  *more: the journal goes
 * on.  Those of the acknowledging transaction are told by that in the meantime, too: to be told
 * twice is no matter to them.
 */
err_t project_step(struct store *st, const struct projector *p, size_t max, bool *more) MUST_CHECK;

/* Empty it and make it again, in many transactions.  After a crash the next start goes on. */
err_t project_again(struct store *st, const struct projector *p) MUST_CHECK;

/* Is it to go on?  Never one of the acknowledging transaction that is complete. */
bool project_is_behind(struct store *st, const struct projector *p);

/* At the start: those of the acknowledging transaction that are not complete.  Gateway only. */
err_t project_finish(struct store *st) MUST_CHECK;

#endif
