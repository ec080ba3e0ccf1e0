/*
 * The worker, deskbell-smtp, as its parent sees it, and what the two say to each other.  Down: one
 * job, as fields, in a file in memory that is the worker's stdin.  Up: one line an event, on a pipe
 * and, before that, in the session's file, from which a later parent settles what an earlier one
 * could not.  It is mail's, because both know mail and neither may know the other's insides.
 */
#ifndef DESKBELL_WORKER_H
#define DESKBELL_WORKER_H

#include "deskbell/mail.h"

#define WORKER_JOB_FD 0   /* a file with the job */
#define WORKER_EVENT_FD 1 /* a pipe to the parent */
#define WORKER_FILE_FD 3  /* the session's file, opened to append; may be missing */
#define WORKER_LIFE_FD 4  /* only to be held: its lock says that somebody lives; may be missing */

#define WORKER_EXIT_OK 0
#define WORKER_EXIT_IO 71  /* an event could not be written to the session's file */
#define WORKER_EXIT_JOB 65 /* the job cannot be read */

#define JOB_MAILS_MAX 50
#define JOB_MAX_BYTES (32u << 20)
#define EVENT_MAX_BYTES 512
#define REPLY_MAX_BYTES 240
#define LINE_MAX_BYTES 480 /* of the dialogue; "line server " and LF fit beside it */

/* What a worker takes beyond its job's limit and the time for the last answer, to say goodbye. */
#define WORKER_EXTRA_MS 8000

/* One mail of a session: its envelope and its bytes.  Borrowed. */
struct job_mail {
    struct span from;
    const struct span *rcpts;
    size_t nrcpts;
    struct span bytes;
};

enum job_tls { JOB_TLS_NONE, JOB_TLS_STARTTLS, JOB_TLS_DIRECT }; /* none: loopback only */

struct job {
    struct span host;
    unsigned port;
    enum job_tls tls;
    bool token; /* the password is an access token: XOAUTH2 */
    struct span user, password;
    struct span ca_file; /* empty: the system's */
    struct span hello;   /* the name for EHLO; empty: this machine's, or its address */
    int64_t limit_ms;    /* until the last mail has been given; nothing is begun after it */
    int64_t dot_ms;      /* for the answer to each mail's end, beyond that as well */
    bool dialogue;       /* tell each line that passes, too */
    struct job_mail *mails;
    size_t nmails;
};

/*
 * A job as fields, appended to out, which must have room for it.  Cost: its bytes, once copied.
 */
void job_encode(const struct job *job, struct buf *out);

/*
 * A job out of its fields; fields that are not known are skipped.
 *
 * in    what job_encode() has written; the job's spans borrow from it.
 * job   out: set on ERR_OK only; job_fini() frees its lists.
 *
 * ERR_CORRUPT  not fields, a field's value is out of its range, or there is no limit or no mail.
 * ERR_TOOBIG   more than JOB_MAILS_MAX mails, or 200 recipients of one.
 */
err_t job_decode(struct span in, struct job *job) MUST_CHECK;
void job_fini(struct job *job);

enum worker_event_type {
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

struct worker_event {
    enum worker_event_type type;
    enum smtp_trouble trouble;
    size_t mail, rcpt; /* indices in the job */
    int code;
    enum line_by by;
    enum smtp_fact fact;
    struct span text; /* borrowed; one line of UTF-8 without controls, at most REPLY_MAX_BYTES
                         (EVENT_LINE, EVENT_FACT: LINE_MAX_BYTES) */
};

/*
 * Append one line with its LF.  Of its text bytes that are not UTF-8 become "?", a TAB a blank, and
 * controls (as in span_is_line()) are left out; it is cut between two characters.
 */
void worker_event_format(const struct worker_event *e, struct buf *out);

/* A line without its LF; ERR_CORRUPT for what worker_event_format() does not write. */
err_t worker_event_parse(struct span line, struct worker_event *e) MUST_CHECK;

#endif
