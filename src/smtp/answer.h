/* What a server answers, judged from the very bytes that come. */
#ifndef SMTP_ANSWER_H
#define SMTP_ANSWER_H

#include "deskbell/span.h"

#define ANSWER_LINE_BYTES 1024 /* of a line; the rest of a longer one is not kept */

/*
 * One answer (RFC 5321 section 4.2): all of its lines, the last with its end.
 *
 * code     200 to 599.  Where the lines differ, or one takes by its code what it refuses by its
 *          enhanced status code (RFC 2034), a refusal (4xx, 5xx) in the last one counts, and
 *          anything else is none: 0.
 * garbled  some line is none of an answer; what comes after it cannot be told apart.  .code is 0.
 * line     the first of the lines that bear this code, without its end; of others the last one.
 */
struct answer {
    int code;
    bool garbled;
    struct span line;
};

/* An answer's text: its line without the code. */
struct span answer_text(const struct answer *a);

/* What has come of the next answer.  Zeroed, it waits for the first. */
struct answer_reader {
    char line[ANSWER_LINE_BYTES]; /* the one that is coming */
    size_t len;
    char kept[ANSWER_LINE_BYTES]; /* the first of the last run of lines with one code */
    size_t kept_len;
    int code;    /* of the kept line */
    bool begun;  /* a line of this answer has ended */
    bool differ; /* the lines so far do not agree, or one with itself */
};

/*
 * Take the next byte.  True: with it an answer is whole; *a is set, and its line is the reader's
 * until the next byte.
 */
bool answer_take(struct answer_reader *r, char c, struct answer *a);

/* Of an answer that is not whole: the line that has begun, or the last that has ended. */
struct span answer_begun(const struct answer_reader *r);

#endif
