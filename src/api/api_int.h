/*
 * The inside of the api: one call of a command from its JSON to its answer, and the clients that
 * call.  See deskbell-protocol(7) for what goes over the wire.
 */
#ifndef API_INT_H
#define API_INT_H

#include <jansson.h>
#include <sys/queue.h>

#include "deskbell/api.h"
#include "deskbell/id.h"
#include "deskbell/limits.h"
#include "deskbell/log.h"
#include "deskbell/map.h"

#include "vocabulary.h"

#ifndef TAILQ_FOREACH_SAFE
#define TAILQ_FOREACH_SAFE(var, head, field, next)                                                 \
    for ((var) = TAILQ_FIRST(head); (var) && ((next) = TAILQ_NEXT(var, field), 1); (var) = (next))
#endif

#define ROWS_MAX 100
#define ROWS_DEFAULT 50
#define LINES_MAX 200         /* a snapshot's, an answer's */
#define LINES_VISITOR_MAX 500 /* chat.resume's */
#define LINES_BYTES (384u << 10)
#define ROWS_BYTES (384u << 10)
#define ME_AGENTS_MAX 1000
#define SESSION_MS (14LL * 24 * 3600 * 1000)
#define LINK_MS (24LL * 3600 * 1000)
#define INVITATION_MS (7LL * 24 * 3600 * 1000)
#define LINK_MAILS_PER_HOUR 4     /* to one account, and asks for one address */
#define PASSWORD_ASKS_PER_HOUR 20 /* from one IP address */
#define FORWARDS_PER_HOUR 20      /* an agent's */
#define MAIL_TESTS_PER_HOUR 60    /* an administrator's */
#define MAIL_TEST_MS 90000        /* the dispatcher's own limit is shorter */
#define SESSION_POLL_MS 60000
#define OUTBOX_POLL_MS 5000
#define MAIL_LATE_MS (5 * 60 * 1000)
#define MAIL_CAUSES_MAX 400          /* there are as many codes, and our own words */
#define MAIL_PIECE_BYTES (48u << 10) /* of a message, in one answer */
#define READDRESSES_PER_HOUR 60      /* an agent's */
#define TOKEN_MAC_BYTES 16
#define TOKEN_BYTES (8 + TOKEN_MAC_BYTES)
#define TOKEN_TEXT 33
#define TOKEN_PROTOCOL "token." /* a sub-protocol of this and a token is the token's way in */
#define CLIENT_ID_ALONE_MIN_BYTES 16

/* rate.c: token buckets */

struct rate_bucket;
struct rate {
    struct map buckets;
    struct rate_bucket *oldest, *newest;
    size_t count;
};
/* One of `per_period` in `period_ms` is taken; false: none is left, *retry_ms says when. */
bool rate_take(struct rate *r, uint64_t key, unsigned per_period, int64_t period_ms, int64_t now_ms,
               int64_t *retry_ms);
uint64_t rate_key_ip(const char *what, const struct ipaddr *ip); /* v6: the /64 */
uint64_t rate_key_id(const char *what, uint64_t id);
void rate_fini(struct rate *r);

/* args.c: fields of commands */

struct arg_value {
    bool has;
    int64_t i;          /* numbers, booleans */
    uint64_t id;        /* ids */
    struct span s;      /* texts, borrowed from the JSON */
    const json_t *json; /* likewise */
};

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

/* One command or query under way; on the stack, for one call. */
struct later;
enum via { VIA_WS, VIA_HTTP, VIA_LINE };

struct call {
    struct api *api;
    const struct verb *verb;
    enum via via;
    unsigned as;
    uint64_t conn_id;
    struct client *client;        /* NULL: HTTP */
    const struct api_request *rq; /* NULL unless HTTP */
    struct principal who;
    uint64_t entry; /* visitors: the department of the door */
    struct ipaddr ip;
    struct span browser, host;
    bool secure;
    struct span id; /* the client's, may be empty */
    json_t *root;
    struct arg_value arg[ARG_COUNT]; /* by name; of the type that the row of the verb says */
    struct change *changes;
    size_t nchanges;
    uint64_t *ids;
    size_t nids;
    struct member *members;
    size_t nmembers;
    uint64_t cid, chash;
    int status; /* of an HTTP success; 0: 200 */
    const char *set_cookie;
    uint64_t made;            /* the answer's id, after call_command() */
    enum mail_kind mail_kind; /* of the one that the command orders */
    enum answer_state state;
    struct later *later; /* that it goes on from, and whose state counts then; NULL */
};

/* Parse one envelope; on error the call may be answered (its id is set if it could be read). */
err_t call_parse(struct call *c, struct span text, struct fault *f) MUST_CHECK;
/* Take over `root` (a reference) as if it had been parsed. */
err_t call_take(struct call *c, json_t *root, struct fault *f) MUST_CHECK;
void call_fini(struct call *c);
void call_cmd(const struct call *c, struct cmd *cmd); /* what all commands have, zero otherwise */
bool json_depth_ok(struct span text, unsigned max);
json_t *json_strict(struct span text, struct fault *f); /* a reference; NULL: the fault says why */
json_t *arg_from_text(const struct verb *verb, const char *name, struct span text);

/* answer.c: answers and events, held until durable */

void call_ok(struct call *c, uint64_t pos, struct span body); /* body: a JSON object; empty: {} */
void call_ok_now(struct call *c, struct span body); /* resting on all that is folded by now */
void call_fail(struct call *c, const struct fault *f);
void call_fail_retry(struct call *c, const struct fault *f, int64_t retry_ms);
void call_refuse(struct call *c, err_t err, const char *field, const char *what);
/* turn_command(), answered with {} or by `body` if it is not NULL.  Gives the answer's error. */
typedef void answer_body_fn(struct jw *j, const struct call *c, const struct answer *a);
err_t call_command(struct call *c, const struct cmd *cmd, answer_body_fn *body);

struct reply {
    int status;
    const char *type;
    struct span body;
    struct api_header headers[8];
    size_t nheaders;
};
void reply_header(struct reply *rp, const char *name, struct span value);
void api_reply_after(struct api *api, uint64_t conn, const struct reply *rp); /* copied */
void api_reply_now(struct api *api, uint64_t conn, const struct reply *rp);
void problem_write(struct buf *b, const struct fault *f, int64_t retry_ms);
/* The same bytes for all that a visitor is not to know of. */
void api_reply_nothing(struct api *api, uint64_t conn);

/* api.c: connections */

enum client_kind { CLIENT_VISITOR, CLIENT_AGENT, CLIENT_CONTROL };

/* A connection and what its commands rest on.  What it watches is in watch. */
struct client {
    uint64_t id;
    enum client_kind kind;
    struct ipaddr ip;
    /* visitors */
    uint64_t entry;
    char *browser;
    /* agents */
    uint8_t token_hash[HASH_BYTES];
    char *host; /* as the client sees it, for links */
    /* control */
    bool dispatcher;
    TAILQ_ENTRY(client) dispatcher_link;
};
TAILQ_HEAD(client_list, client);

struct api {
    struct api_env env;
    struct map clients;
    struct client_list dispatchers;
    TAILQ_HEAD(, ask) asks; /* that a dispatcher has not answered yet */
    size_t nasks;
    uint64_t last_ask;
    uint8_t secret[KEY_BYTES];
    int64_t started_ms;
    struct rate rate;
    unsigned nhashing;
    bool stopping;
    int64_t session_poll_ms;
    int64_t outbox_poll_ms; /* its health */
};
int64_t api_now(const struct api *api);
struct client *client_find(const struct api *api, uint64_t id);
struct client *client_new(struct api *api, uint64_t id, enum client_kind kind);

bool origin_is_own(const struct api *api, struct span origin, struct span host);
bool origin_may_visit(const struct api *api, const struct dept *d, struct span origin,
                      struct span host);
struct span path_code(struct span path, struct span *rest);
const struct dept *door_find(struct api *api, struct span code, const struct ipaddr *ip);
const struct dept *door_by_token(struct api *api, struct span code, struct span token,
                                 const struct ipaddr *ip);
const struct session *session_find(const struct api *api, struct span cookie,
                                   uint8_t hash[HASH_BYTES]);
const struct session *session_check(const struct api *api, const uint8_t hash[HASH_BYTES]);
uint64_t call_cid(const struct call *c);
void call_run(struct call *c); /* after call_parse() or call_take() */

/* lines.c: a conversation's lines, out of what is under way and the store */

struct line_want {
    uint32_t after;  /* n or seq; 0: from the beginning */
    uint32_t before; /* 0: to the end */
    size_t max;
    bool visitor; /* by n, public ones only */
};
/* An array of lines in order; *more: older ones that were wanted were left out. */
err_t lines_check(struct api *api, const struct conv *cv, const uint64_t *seqs, size_t n,
                  bool with_notes, struct fault *f) MUST_CHECK;
err_t lines_write(struct jw *j, struct api *api, const struct conv *cv,
                  const struct line_want *want, bool *more) MUST_CHECK;

/* later.c: answers that come after other threads, or after the disk */

struct later {
    struct api *api;
    enum via via;
    unsigned as;
    uint64_t conn_id;
    struct principal who;
    struct ipaddr ip;
    bool secure;
    char *id, *host; /* own */
    enum answer_state state;
};

/* The only writer of these states; a move that the table lacks stops the program. */
void answer_set_state(enum answer_state *state, enum answer_state to);

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

/* ask.c: questions to the dispatcher */

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
void asks_tick(struct api *api);
int64_t asks_deadline(const struct api *api);
void asks_gone(struct api *api, uint64_t conn); /* a dispatcher's connection */
void asks_fini(struct api *api);                /* without answers */

/* template.c: mails' templates */

/* "line L, column C: …" under this field, as tmpl_parse() refuses. */
err_t template_check(struct span text, const char *field, struct fault *f) MUST_CHECK;

/* lists.c */

void lists_subscribe(struct call *c);
void lists_unsubscribe(struct call *c);

/* mails.c */
/* Mail is late when its oldest is past due for this long; its health, for all who ask. */
bool mails_are_late(const struct api *api, const struct mail_counts *m);
/* The names of those whose relay refuses our login, the portal's first. */
void mails_refused_names(struct api *api, struct buf *out);

/* admin.c: how much there is of what, for `status` and the metrics */
struct api_loads {
    uint64_t departments, without_from, agents, agents_here, waiting, active, blocks;
};
void api_loads_get(const struct api *api, struct api_loads *l);

/* metrics.c: GET /metrics */
void metrics_reply(struct api *api, uint64_t conn, const struct api_request *rq);

/* conv_verbs.c */
/* Open the conversation if the asker may see it, else refuse as if it did not exist. */
bool conv_take(struct call *c, enum action action, struct conv_ref *ref);
/* Head, lines and mails of a conversation that may be seen. */
void conv_answer(struct call *c, const struct conv *cv, const struct line_want *want);

/* subscribe.c */
/* What an agent has of himself and of what he sees, as he signs in. */
void me_write(struct jw *j, struct api *api, const struct agent *ag);
/* What watch_subscribe_…() gave: false, and refused, if it is an error. */
bool subscribed(struct call *c, err_t err);

/* openapi.c */

#define PATH_ARGS_MAX 2
struct route {
    enum api_method method;
    const char *path; /* after the prefix; * is the next of args; NULL ends the table */
    const char *word; /* NULL: the body names it */
    unsigned as;
    const char *args[PATH_ARGS_MAX];
};
const struct route *route_first(void);
void openapi_write(struct jw *j, const struct api *api);

/* schema.c: each writes one schema */
void schema_arg(struct jw *j, const struct arg *a);
/* What a command takes, with its name if `word` is not NULL, but for those that `but` names. */
void schema_fields(struct jw *j, const struct verb *verb, const char *word, const char *const *but);
void schema_answer(struct jw *j, const struct verb *verb);
/* A reference to "WHO.WORD" followed by `what`: "", or ".answer". */
void schema_ref(struct jw *j, const char *who, const struct verb *verb, const char *what);
void schemas_write(struct jw *j); /* all of them, by their names, as one object */

/* what commands do */
void run_agent_add(struct call *c);
void run_agent_link(struct call *c);
void run_agent_list(struct call *c);
void run_agent_show(struct call *c);
void run_agent_status(struct call *c);
void run_agent_typing(struct call *c);
void run_backup(struct call *c);
void run_check(struct call *c); /* check_verb.c */
void run_block_add(struct call *c);
void run_block_list(struct call *c);
void run_block_remove(struct call *c);
void run_chat_leave_message(struct call *c);
void run_chat_page(struct call *c);
void run_chat_read(struct call *c);
void run_chat_resume(struct call *c);
void run_chat_start(struct call *c);
void run_conv_command(struct call *c);
void run_conv_forward(struct call *c);
void run_conv_read(struct call *c);
void run_dept_add(struct call *c);
void run_dept_list(struct call *c);
void run_dept_show(struct call *c);
void run_dispatcher_answer(struct call *c);
void run_dispatcher_attach(struct call *c);
void run_dispatcher_tell(struct call *c);
void run_list_read(struct call *c);
void run_log_level(struct call *c);
void run_mail_causes(struct call *c);
void run_mail_list(struct call *c);
void run_mail_readdress(struct call *c);
void run_mail_request(struct call *c);
void run_mail_show(struct call *c);
void run_mail_source(struct call *c);
void run_mail_test(struct call *c);
void run_member_set(struct call *c);
void run_password(struct call *c);
void run_password_ask(struct call *c);
void run_ping(struct call *c);
void run_portal_show(struct call *c);
void run_relay_password(struct call *c);
void run_session_close(struct call *c);
void run_session_open(struct call *c);
void run_session_show(struct call *c);
void run_set(struct call *c);
void run_remove(struct call *c);
void run_member_remove(struct call *c);
void run_settings(struct call *c);
void run_status(struct call *c);
void run_subscribe(struct call *c);
void run_template_preview(struct call *c);
void run_template_show(struct call *c);
void run_unsubscribe(struct call *c);
void run_visitor_command(struct call *c);
void run_visitor_typing(struct call *c);

/* token.c */

void token_make(const struct api *api, uint64_t conv, char out[TOKEN_TEXT]);
/* False: nobody's token.  Else the conversation that it opens. */
bool token_read(const struct api *api, struct span token, uint64_t *conv);
bool token_is(const struct api *api, uint64_t conv, struct span token);
/* The token in a list of sub-protocols, unchecked; SPAN_NONE: there is none. */
struct span token_offered(struct span protocols);

#endif
