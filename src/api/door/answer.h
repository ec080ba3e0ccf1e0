/*
 * Answers: how a call, or what goes on for it later, is answered.  Each answer waits in the turn
 * until what it rests on is durable.
 */
#ifndef ANSWER_H
#define ANSWER_H

#include "deskbell/api.h"

struct call;

/*
 * The life of an answer: from the call that owes it to the connection that gets it.  Its states
 * follow each other by a table in later.c.
 */
enum answer_state {
    ANSWER_OWED,       /* the call runs */
    ANSWER_PUT_OFF,    /* another thread, the dispatcher or the disk goes first */
    ANSWER_TAKEN_BACK, /* …which nobody took: the call owes it again */
    ANSWER_HELD,       /* made; waits in the turn for what it rests on */
    ANSWER_OUT,        /* given to the connection, or nobody wants it */
    ANSWER_LOST        /* what it rests on was never stored, or the gateway ends */
};

/* The only writer of these states; a move that the table lacks stops the program. */
void answer_set_state(enum answer_state *state, enum answer_state to);

/* by a call: each of these answers it, which is done once */

/*
 * body   a JSON object, copied; empty: {}.
 * pos    what it rests on, for the client; it waits for all that is folded by now.
 */
void call_ok(struct call *c, uint64_t pos, struct span body);
void call_ok_now(struct call *c, struct span body); /* pos: the newest that is folded */

/* Over HTTP as problem details.  retry_ms: when it is worth another try; 0: not said. */
void call_fail(struct call *c, const struct fault *f);
void call_fail_retry(struct call *c, const struct fault *f, int64_t retry_ms);
/* As in fault_refuse() and fault_refuse_with(). */
void call_refuse(struct call *c, err_t err, const char *field, enum refusal why);
void call_refuse_with(struct call *c, err_t err, const char *field, enum refusal why,
                      const struct refusal_value *values);

/* As in action_refuse(). */
void call_refuse_action(struct call *c, err_t err, const char *field, enum refusal why,
                        enum action action);

/* turn_command(), answered with {} or by `body` if it is not NULL.  Gives the answer's error. */
typedef void answer_body_fn(struct jw *j, const struct call *c, const struct answer *a);
err_t call_command(struct call *c, const struct cmd *cmd, answer_body_fn *body);

/* replies over HTTP that are no command's */

struct reply {
    int status;
    const char *type; /* static */
    struct span body;
    struct api_header headers[8];
    size_t nheaders;
};
void reply_header(struct reply *rp, const char *name, struct span value);

/* Once all that is folded so far is durable (copied), or at once. */
void api_reply_after(struct api *api, uint64_t conn, const struct reply *rp);
void api_reply_now(struct api *api, uint64_t conn, const struct reply *rp);
/* Problem details, once all that is folded so far is durable. */
void api_reply_err(struct api *api, uint64_t conn, err_t err, enum refusal why);
/* At once: the same bytes for all that a visitor is not to know of. */
void api_reply_nothing(struct api *api, uint64_t conn);

/* Problem details (RFC 9457), appended.  c: whose other faults are told as well; NULL for none. */
void problem_write(struct buf *b, const struct call *c, const struct fault *f, int64_t retry_ms);

/* later: another thread, the dispatcher or the disk goes first */

enum via { VIA_WS, VIA_HTTP, VIA_LINE };

/* Who is to be answered then. */
struct later {
    struct api *api;
    enum via via;
    unsigned as;
    uint64_t conn_id;
    struct principal who;
    struct ipaddr ip;
    bool secure;
    char *id, *host, *browser; /* own */
    enum answer_state state;
};

/* Put the call's answer off: it is the later's to give. */
void later_init(struct later *l, struct call *c);
/* Nobody took it on: the call owes the answer again. */
void later_take_back(struct later *l, struct call *c);
/* Nobody will be answered any more. */
void later_lose(struct later *l);
/* Answered, taken back or lost it must be: whoever waits for an answer gets one. */
void later_fini(struct later *l);
/* A call that can be answered, once, and no more; borrows from l. */
void later_call(struct later *l, struct call *c);

/* questions to the dispatcher */

/* Writes the fields of the question. */
typedef void ask_body_fn(struct jw *j, const struct call *c);

/*
 * Ask the attached dispatcher, and answer the call with what it answers; what it tells before that
 * goes to the asker as events `dialogue`.  Answered at once where none is attached (ERR_UNREACH),
 * too much is asked already (ERR_BUSY) or the question is too large (ERR_TOOBIG); later also where
 * the dispatcher goes away (ERR_UNREACH) or says nothing within limit_ms (ERR_TIMEOUT).
 *
 * body   called before this returns.
 */
void ask_dispatcher(struct call *c, const char *what, int64_t limit_ms, ask_body_fn *body);
/* Refuse what took too long; when that is next, INT64_MAX: never. */
void asks_tick(struct api *api);
int64_t asks_deadline(const struct api *api);
/* A dispatcher's connection is gone, and what it was asked is refused. */
void asks_gone(struct api *api, uint64_t conn);
/* All are let go without an answer. */
void asks_fini(struct api *api);

#endif
