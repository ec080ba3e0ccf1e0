/* E-mail addresses as people type them into a settings page.  No DNS, no sending. */
#ifndef DESKBELL_MAILBOX_H
#define DESKBELL_MAILBOX_H

#include "deskbell/span.h"

#define MAILBOX_MAX_BYTES 254
#define MAILBOX_LIST_MAX 50

/*
 * One bare address (RFC 5321 Mailbox with an atom or quoted local part and a domain or address
 * literal; no display name, no angle brackets, no control characters, at most 254 bytes; a local
 * part of ASCII, a domain of ASCII or UTF-8 labels).
 * On error the fault names the address and what is wrong with it.
 */
err_t mailbox_check(struct span addr, struct fault *f) MUST_CHECK;

/*
 * A comma-separated list of 1 to MAILBOX_LIST_MAX addresses; blanks around each are dropped,
 * duplicates (domain compared without case) are dropped.  `out` gets them joined by ", ".
 * ERR_INVAL: the fault names the one address that is wrong; out is unchanged.
 */
err_t mailbox_list_normalise(struct span list, const char *field, struct buf *out,
                             struct fault *f) MUST_CHECK;

/* Take the next address off a normalised list; false at the end. */
bool mailbox_list_next(struct span *list, struct span *addr);

#endif
