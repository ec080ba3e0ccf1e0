/* What the files of the outbox share: a mail's row and the one place that writes it. */
#ifndef STORE_OUTBOX_INT_H
#define STORE_OUTBOX_INT_H

#include "store_int.h"

err_t mail_state_get(struct txn *tx, uint64_t id, struct mail_row *row) MUST_CHECK;

/* So far the dispatcher has taken mails over. */
uint64_t mail_seen(struct txn *tx);

/* outbox_index.c: how mails are found by what became of them */

/* Heads of keys in mail_by: the mail's id follows, or the time of its end and the id. */
struct key mail_by_state(enum mail_state state);
struct key mail_by_cause(const char *cause);
struct key mail_by_end(void);

/* Bring mail_by and the counts from one row of a mail to the next; before: NULL for a new one. */
void mail_index(struct txn *tx, uint64_t id, const struct mail_row *before,
                const struct mail_row *row);
err_t mail_tally_get(struct txn *tx, struct mail_tally *t) MUST_CHECK;

/* outbox_relay.c */
void mail_relays_get(struct txn *tx, struct relay_row *rows, size_t max, size_t *n);

/* outbox_keep.c */

/* Let go of a mail's message; the rest of its frozen form stays. */
void mail_drop_bytes(struct txn *tx, uint64_t id);

/* Was it composed, and is its message gone? */
bool mail_was_dropped(struct txn *tx, uint64_t id);

/* outbox_ask.c: the row over its recipients, when no attempt is under way */
void mail_row_over_rcpts(struct mail_row *row, int64_t now_ms);

/*
 * The only writer of a mail's state; keeps mail_due, mail_held, mail_by, the counts and the log in
 * step.
 * before: the row as it was; NULL: a new one.
 */
void mail_state_put(struct txn *tx, uint64_t id, const struct mail_row *before,
                    const struct mail_row *row);

/* outbox_digest.c */

/* By whose settings a mail goes, and so which group it is of.  ERR_…: there is no such row. */
err_t mail_order_get(struct txn *tx, uint64_t id, struct outbox_row *row) MUST_CHECK;

/* What there is of a group; all zero if nothing, or if it is not right (reported). */
struct mail_group mail_group_get(struct txn *tx, enum mail_kind kind, uint64_t dept);

/* A mail was held until now and is not any more: the next takes the place that it had. */
void mail_held_leave(struct txn *tx, uint64_t id, int64_t due_ms);

/* A mail is frozen: it counts, and what is in it is folded. */
void mail_gather(struct txn *tx, const struct mail_freeze *fr, int64_t now_ms);

/*
 * Take over the mails that the gateway has written since.  *fresh_ms: the earliest time of them,
 * INT64_MAX where there are none.
 */
err_t mail_take_new(struct store *st, int64_t *fresh_ms) MUST_CHECK;

#endif
