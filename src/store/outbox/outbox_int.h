/* What the files of the outbox share: the queue that mails are the first user of, and their rows.
 */
#ifndef STORE_OUTBOX_INT_H
#define STORE_OUTBOX_INT_H

#include "deskbell/outbox.h"
#include "queue/queue_int.h"

/* outbox.c: the tables and states of mails.  A group is one kind for one department. */
extern const struct queue mail_queue;
struct queue_group_id mail_group_id(enum mail_kind kind, uint64_t dept);

#define MAIL_RCPTS_MAX 1000

/* A mail as the dispatcher left it.  Strings are the row's own. */
struct mail_row {
    struct queue_job job;   /* .state is an enum mail_state */
    bool uncertain, cancel; /* cancel: asked for while an attempt ran */
    bool alone;             /* not to be held */
    uint32_t notices;
    uint64_t digest;
    char *reason;
    struct mail_rcpt *rcpts;
    size_t nrcpts;
    struct mail_try tries[MAIL_TRIES_MAX]; /* the newest last */
    size_t ntries;
};

/* mailrow.c: what of it is not the queue's; and the whole row back. */
void mail_fields_encode(const struct mail_row *row, struct buf *out);
err_t mail_row_decode(struct span in, struct mail_row *row) MUST_CHECK;
void mail_row_fini(struct mail_row *row);
bool mail_state_is_settled(unsigned state);

/* outbox.c: a mail's row.  mail_state_put() is its only writer, through the queue. */
err_t mail_state_get(struct txn *tx, uint64_t id, struct mail_row *row) MUST_CHECK;
void mail_state_put(struct txn *tx, uint64_t id, const struct mail_row *before,
                    const struct mail_row *row);

/* outbox_relay.c */
void mail_relays_get(struct txn *tx, struct relay_row *rows, size_t max, size_t *n);

/* outbox_keep.c */

/* Let go of a mail's message; the rest of its frozen form stays. */
void mail_drop_bytes(struct txn *tx, uint64_t id);

/* Was it composed, and is its message gone? */
bool mail_was_dropped(struct txn *tx, uint64_t id);

/* outbox_ask.c: the row over its recipients, when no attempt is under way */
void mail_row_over_rcpts(struct mail_row *row, int64_t now_ms);

/* outbox_digest.c: a mail is frozen: it counts, and what is in it is folded. */
void mail_gather(struct txn *tx, const struct mail_freeze *fr, int64_t now_ms);

#endif
