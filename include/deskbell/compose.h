/* The MIME message: what a mail is, as the bytes that SMTP carries.  Knows nothing of chats. */
#ifndef DESKBELL_COMPOSE_H
#define DESKBELL_COMPOSE_H

#include "deskbell/span.h"

/*
 * A mail to be composed.  Everything is borrowed for the call.  Texts may be of any length and hold
 * anything that is UTF-8: control characters in names and subject become blanks, and no value can
 * become a header, a recipient or a part of its own.
 */
struct mail_content {
    struct span from_name, from; /* one bare ASCII address; the name may be empty */
    struct span to_name;         /* may be empty; only where `to` is one address */
    struct span to;              /* normalised list (mailbox.h) of ASCII addresses */
    struct span cc;              /* likewise; may be empty */
    struct span reply_to;        /* one bare ASCII address; empty: Reply goes to `from` */
    struct span subject;
    struct span text, html; /* LF or CR LF; text/html may be empty, text may not */
    struct span language;   /* "ja"; may be empty */
    int64_t date_ms;        /* wall clock */
    int64_t offset_ms;      /* local time minus UTC there; cut to minutes */
    struct span message_id; /* "<…@…>" */
    struct span in_reply_to;
    struct span references; /* ids joined by blanks; may be empty, like in_reply_to */
    bool automatic;         /* Auto-Submitted: auto-generated */
};

#define COMPOSE_MAX_BYTES (24u << 20)

/*
 * Append the message to *out: RFC 5322 and MIME, multipart/alternative where there is an HTML part,
 * 7-bit, lines ended by CR LF, header lines folded at 76 and never over 998 characters, encoded
 * words at most 75 and never split inside a character.  One thread.  About 0.3 ms, and 10 ms for
 * each MB.
 *
 * ERR_INVAL   an address that mailbox_check_wire() refuses, an id that is not one,
 *             a text that is not UTF-8: the fault names the field.  out is unchanged.
 * ERR_TOOBIG  over COMPOSE_MAX_BYTES.
 */
err_t compose_message(const struct mail_content *m, struct buf *out, struct fault *f) MUST_CHECK;

#endif
