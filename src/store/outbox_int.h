/* What the files of the outbox share: a mail's row and the one place that writes it. */
#ifndef STORE_OUTBOX_INT_H
#define STORE_OUTBOX_INT_H

#include "store_int.h"

err_t mail_state_get(struct txn *tx, uint64_t id, struct mail_row *row) MUST_CHECK;

/*
 * The only writer of a mail's state; keeps mail_due, the counts and the log in step.
 * before: the row as it was; NULL: a new one.
 */
void mail_state_put(struct txn *tx, uint64_t id, const struct mail_row *before,
                    const struct mail_row *row);

/*
 * Take over the mails that the gateway has written since.  *fresh_ms: the earliest time of them,
 * INT64_MAX where there are none.
 */
err_t mail_take_new(struct store *st, int64_t *fresh_ms) MUST_CHECK;

#endif
