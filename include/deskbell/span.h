/* Spans: borrowed bytes with a length.  Buffers: owned bytes that grow to a limit. */
#ifndef DESKBELL_SPAN_H
#define DESKBELL_SPAN_H

#include <string.h>

#include "deskbell/err.h"

/* Borrowed; not NUL-terminated.  Who lends it says until when.  An empty one may have p == NULL. */
struct span {
    const char *p;
    size_t len;
};

#define SPAN_LIT(s) ((struct span){"" s, sizeof(s) - 1})
#define SPAN_NONE ((struct span){NULL, 0})

/* From and to C strings; alike, byte for byte; without what stands around. */
struct span span_of(const char *s); /* of a C string; NULL gives SPAN_NONE */
bool span_eq(struct span a, struct span b);
bool span_is(struct span a, const char *s);
bool span_is_nocase(struct span a, const char *s); /* ASCII only */
struct span span_trim(struct span s);              /* spaces and tabs off both ends */
struct span span_unmarked(struct span s); /* no U+FEFF at its front, as some editors put there */
char *span_dup(struct span s);            /* NUL-terminated, the caller frees */

/* Valid UTF-8 (RFC 3629: no overlongs, surrogates, nothing over U+10FFFF) and no NUL. */
bool span_is_utf8(struct span s);

/* The first bytes of valid UTF-8, at most so many, cut between two code points. */
struct span span_cut(struct span s, size_t max_bytes);

/* Code points in valid UTF-8. */
size_t span_codepoints(struct span s);

/*
 * One line of a person's name or subject: valid UTF-8 without control characters (C0, DEL, C1,
 * U+2028, U+2029) and bidirectional overrides (U+202A..U+202E, U+2066..U+2069), at most max
 * code points.
 */
bool span_is_line(struct span s, size_t max_codepoints);

/* Text of several lines: as above, but with LF, CR LF and TAB allowed. */
bool span_is_text(struct span s, size_t max_codepoints);

/* Refuse what is no line, or no text, whatever its length: by the first character that is not
 * possible and its place from 1 on; text that is not UTF-8 by that.  ERR_INVAL. */
err_t span_refuse(struct span s, bool is_line, struct fault *f, const char *field);

/*
 * A growing buffer.  Zero-initialise with .limit_bytes set (0: BUF_LIMIT_BYTES).  Going over the
 * limit sets .full and drops the addition, so that a run of buf_* calls needs one check at the end.
 */
struct buf {
    char *p; /* owned; NUL follows the last byte once anything was added */
    size_t len, cap, limit_bytes;
    bool full;
};

#define BUF_LIMIT_BYTES (64u << 20)

/* Append bytes; nothing of an addition that would go over the limit. */
void buf_add(struct buf *b, const void *p, size_t len);
void buf_add_str(struct buf *b, const char *s);
void buf_add_span(struct buf *b, struct span s);
void buf_add_char(struct buf *b, char c);
void buf_addf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
void buf_reset(struct buf *b); /* empty, keeps the memory */
void buf_fini(struct buf *b);  /* frees; b may be used again */

/* What is in it, borrowed until the next change. */
struct span buf_span(const struct buf *b);

/*
 * Append what somebody typed, so that it cannot pretend to be more than it is.  Bytes that are not
 * UTF-8 become U+FFFD; controls (as in span_is_line()) become blanks, but those that turn the
 * direction of writing for what follows (U+202A..U+202E, U+2066..U+2069) are left out.
 * buf_add_line: for names and subjects; the marks of direction (U+061C, U+200E, U+200F) go as well.
 * buf_add_text: LF and TAB stay, CR LF becomes LF.
 */
void buf_add_line(struct buf *b, struct span s);
void buf_add_text(struct buf *b, struct span s);

char *buf_take(struct buf *b); /* the caller frees; never NULL */

#endif
