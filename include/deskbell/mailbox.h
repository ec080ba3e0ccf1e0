/* E-mail addresses as people type them into a settings page.  No DNS, no sending. */
#ifndef DESKBELL_MAILBOX_H
#define DESKBELL_MAILBOX_H

#include "deskbell/span.h"

#define MAILBOX_MAX_BYTES 254
#define MAILBOX_LIST_MAX 50

/*
 * One bare address (RFC 5321 Mailbox with an atom or quoted local part and a domain or address
 * literal; no display name, no angle brackets, no control characters, at most 254 bytes; a local
 * part of ASCII, a domain of ASCII or UTF-8 labels).  Beyond the RFC, an atom may have dots at its
 * ends and several in a row, as mobile carriers have given out.
 * On error the fault names the address and what is wrong with it.
 */
err_t mailbox_check(struct span addr, struct fault *f) MUST_CHECK;

/* Are there quotes missing around the local part of this address, which mailbox_check() takes? */
bool mailbox_lacks_quotes(struct span addr);

/* The same as mailbox_check() of one as it goes onto the wire: ASCII, with its quotes. */
err_t mailbox_check_wire(struct span addr, struct fault *f) MUST_CHECK;

/*
 * A list of 1 to MAILBOX_LIST_MAX addresses, separated by commas, semicolons, or what Japanese
 * writes in their place; separators at the ends or in a row, blanks around each and duplicates
 * (domain compared without case) are dropped.  `out` gets them joined by ", ".
 * ERR_INVAL: the fault names the one address that is wrong; out is unchanged.
 */
err_t mailbox_list_normalise(struct span list, const char *field, struct buf *out,
                             struct fault *f) MUST_CHECK;

/* Take the next address off a normalised list; false at the end. */
bool mailbox_list_next(struct span *list, struct span *addr);

#endif
