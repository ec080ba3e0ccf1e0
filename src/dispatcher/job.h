/*
 * What parent and worker say to each other.  Down: one job, as fields, in a file in memory that is
 * the worker's stdin.  Up: one line an event, on a pipe and, before that, in the session's file,
 * from which a later parent settles what an earlier one could not.
 */
#ifndef DISPATCHER_JOB_H
#define DISPATCHER_JOB_H

#include "deskbell/domain.h"
#include "deskbell/mail.h"

#define JOB_MAILS_MAX 50
#define JOB_MAX_BYTES (32u << 20)
#define EVENT_MAX_BYTES 512
#define REPLY_MAX_BYTES 240
#define LINE_MAX_BYTES 480 /* of the dialogue; "line server " and LF fit beside it */

/* One mail of a session: its envelope and its bytes.  Borrowed. */
struct job_mail {
    struct span from;
    const struct span *rcpts;
    size_t nrcpts;
    struct span bytes;
};

struct job {
    struct span host;
    unsigned port;
    enum relay_tls tls; /* none: loopback only */
    enum relay_auth auth;
    struct span user, password;
    struct span ca_file;  /* empty: the system's */
    struct span hostname; /* for EHLO */
    int64_t limit_ms;     /* of the whole session; the worker ends itself then */
    bool dialogue;        /* tell each line that passes, too */
    struct job_mail *mails;
    size_t nmails;
};

void job_encode(const struct job *job, struct buf *out);

/*
 * Spans borrow from `in`; job_fini() frees the lists.
 * ERR_CORRUPT, ERR_TOOBIG; nothing is to be freed then.
 */
err_t job_decode(struct span in, struct job *job) MUST_CHECK;
void job_fini(struct job *job);

enum event_type {
    EVENT_TROUBLE, /* the session: trouble, text */
    EVENT_MAIL,    /* the answer to MAIL FROM of a mail: code, text */
    EVENT_RCPT,    /* to one recipient: rcpt, code, text */
    EVENT_END,     /* the last byte of the body was handed over: the final dot may follow */
    EVENT_DATA,    /* the answer to DATA or to the final dot */
    EVENT_OVER,    /* nothing more comes */
    EVENT_LINE,    /* of the dialogue: by, text */
    EVENT_FACT     /* for the diagnosis: fact, text */
};

enum line_by { LINE_CLIENT, LINE_SERVER, LINE_NOTE };
const char *line_by_word(enum line_by by); /* "client", … */

struct event {
    enum event_type type;
    enum smtp_trouble trouble;
    size_t mail, rcpt; /* indices in the job */
    int code;
    enum line_by by;
    enum smtp_fact fact;
    struct span text; /* borrowed; one line of printable ASCII, at most REPLY_MAX_BYTES
                         (EVENT_LINE, EVENT_FACT: LINE_MAX_BYTES) */
};

/* One line with its LF. */
void event_format(const struct event *e, struct buf *out);

/* A line without its LF; ERR_CORRUPT for what event_format() does not write. */
err_t event_parse(struct span line, struct event *e) MUST_CHECK;

#endif
