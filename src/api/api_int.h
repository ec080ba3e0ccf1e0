/*
 * The inside of the api: one call of a command from its JSON to what it does.  door/ lets people
 * and programs in and answers them, vocabulary/ says which commands there are with their arguments
 * and answers, commands/ does what they say. See deskbell-protocol(7) for what goes over the wire.
 */
#ifndef API_INT_H
#define API_INT_H

#include <jansson.h>

#include "deskbell/draft.h"
#include "deskbell/id.h"
#include "deskbell/limits.h"
#include "deskbell/log.h"
#include "door/answer.h"
#include "door/client.h"
#include "vocabulary/vocabulary.h"

#define HOUR_MS INT64_C(3600000)
#define DAY_MS (24 * HOUR_MS)
#define ROWS_MAX 100
#define FAULTS_MAX 16 /* of one command, in one answer */
#define ROWS_DEFAULT 50
#define LINES_MAX 200         /* a snapshot's, an answer's */
#define LINES_VISITOR_MAX 500 /* chat.resume's */
#define LINES_EARLIER_MAX 100 /* of each chat that goes on as the one that is resumed */
#define CHATS_EARLIER_MAX 3
#define LINES_BYTES (384u << 10)
#define EXPORT_MAX 50 /* conversations in one answer */
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
#define STRIKES_PER_MINUTE 200 /* refused unseen on one WebSocket; it is closed then */
#define OUTBOX_POLL_MS 5000
#define MAIL_LATE_MS (5 * 60 * 1000)
#define MAIL_CAUSES_MAX 400          /* there are as many codes, and our own words */
#define MAIL_PIECE_BYTES (48u << 10) /* of a message, in one answer */
#define READDRESSES_PER_HOUR 60      /* an agent's */
#define CLIENT_ID_RANDOM_DIGITS 32   /* hexadecimal, at the end of an id that nobody comes upon */
#define SEARCHES_PER_MINUTE 60       /* an agent's */
#define SEARCHES_MAX 32              /* that wait for the one under way */
#define SEARCH_MS 2000               /* after which it gives what it has found */
#define REPORTS_PER_MINUTE 30        /* an agent's */
#define REPORTS_MAX 16               /* that wait for the one under way */

/* args.c: fields of commands */

struct arg_value {
    bool has;
    int64_t i;          /* numbers, booleans */
    uint64_t id;        /* ids */
    struct span s;      /* texts, borrowed from the JSON */
    const json_t *json; /* likewise */
};

/* One command or query under way; on the stack, for one call. */
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
    bool raw;       /* HTTP: the body is no JSON, but what the command is about */
    bool bearer;    /* came with an API token, good or not */
    struct span id; /* the client's, may be empty */
    json_t *root;
    struct arg_value arg[ARG_COUNT]; /* by name; of the type that the row of the verb says */
    struct change *changes;
    size_t nchanges;
    uint64_t *ids;
    size_t nids;
    struct member *members;
    size_t nmembers;
    const struct cmd *set; /* while settings are being set: the command; else NULL */
    struct fault *faults;  /* of its fields, where more than one is wrong; else NULL */
    size_t nfaults;
    uint64_t cid, chash;
    int status; /* of an HTTP success; 0: 200 */
    const char *set_cookie, *set_device;
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
/* Room on the disk for what a visitor's command stores; false: refused, there is none for now. */
bool space_take(struct call *c, const struct cmd *cmd);
void call_cmd(const struct call *c, struct cmd *cmd); /* what all commands have, zero otherwise */
bool json_depth_ok(struct span text, unsigned max);
json_t *json_strict(struct span text, struct fault *f); /* a reference; NULL: the fault says why */
json_t *arg_from_text(const struct verb *verb, const char *name, struct span text);

/* The fingerprint of who sends under which id; 0: repeats are not told apart. */
uint64_t call_cid(const struct call *c);
/* A conversation may be named by its short number: operators do so anywhere. */
void call_number_take(struct call *c);
void call_run(struct call *c); /* after call_parse() or call_take() */
/*
 * Refuse what cannot be run.  It counts as one of the commands that its sender may send, and is
 * answered with ERR_RATE where he has none left; a WebSocket on which such things go on is closed.
 */
void call_bad(struct call *c, const struct fault *f);

/* lines.c: a conversation's lines, out of what is under way and the store */

struct line_want {
    uint32_t after;  /* n or seq; 0: from the beginning */
    uint32_t before; /* 0: to the end */
    size_t max;
    bool visitor; /* by n, public ones only */
};
/*
 * One record of a conversation by its number, as it is now; `mem` gets the bytes that it borrows
 * from.  ERR_NOTFOUND: no record has it.
 */
err_t line_find(struct api *api, const struct conv *cv, uint32_t seq, struct rec *rec,
                struct buf *mem) MUST_CHECK;
/* An array of lines in order; *more: older ones that were wanted were left out. */
err_t lines_check(struct api *api, const struct conv *cv, const uint64_t *seqs, size_t n,
                  bool with_notes, struct fault *f) MUST_CHECK;
err_t lines_write(struct jw *j, struct api *api, const struct conv *cv,
                  const struct line_want *want, bool *more) MUST_CHECK;

/* block_ask.c */
/* ERR_CONFIRM, the reason and what it would end, where an administrator's block of this range is to
 * be asked for first and was not confirmed.  Others are left to core, which refuses them. */
err_t block_ask(const struct call *c, const struct ipprefix *p, struct fault *f) MUST_CHECK;
/* Likewise of the address that a conversation came from, for whoever may block there. */
err_t block_ask_visitor(const struct call *c, const struct conv *cv, struct fault *f) MUST_CHECK;

/* session.c */
/* A session for this agent, whose password was right, and the answer. */
void session_open(struct call *c, uint64_t agent);
/* The same with another answer. */
void session_open_with(struct call *c, uint64_t agent, struct span body);
/* Of an address, as rates count it; never 0, and the same after a restart. */
uint64_t source_hash(const struct api *api, const struct ipaddr *ip);
/* Is this the cookie of a browser that the agent has signed in from?  NULL: of nobody. */
bool device_is_known(const struct api *api, const struct agent *ag, struct span cookie,
                     uint64_t *device);

/* bearer.c: API tokens */

#define BEARER_TEXT 48 /* one as text, with NUL */

/*
 * The token of an agent as text, and its hash; out of `key`, a client's id that nobody comes upon,
 * and the store's secret, so that a repeat is told the same; SPAN_NONE: random.
 */
void bearer_make(const struct api *api, uint64_t agent, struct span key, char out[BEARER_TEXT],
                 uint8_t hash[HASH_BYTES]);
/* Does the request come with an API token?  Then it counts, whatever cookie there is. */
bool bearer_is_there(const struct api_request *rq);
/* Whose it is, into c->who; false: it is none that may be used, and refused. */
bool bearer_identify(struct call *c) MUST_CHECK;
/*
 * The session of the API token that a request carries, borrowed.  ERR_AUTH; ERR_RATE where too many
 * wrong ones came from there, with when to come again.
 */
err_t bearer_take(struct api *api, const struct api_request *rq, const struct session **out,
                  struct fault *f, int64_t *retry_ms) MUST_CHECK;
/* Is a random id of a client's, which nobody else comes upon (api.c)? */
bool id_is_random(struct span id);
/* Is the token in a request one that may be used?  No more than a look: no wrong one is counted. */
bool bearer_is_good(const struct api *api, const struct api_request *rq);
/* Note that a session or token was used now; seldom does that cost a record. */
void session_used(struct api *api, const struct session *s);

/* factor.c: the second factor */

/*
 * May the agent, whose password was right, in with this code?  True where none is needed; false,
 * and refused, where one is and this is not it, was used already, or has to be set up first.  A
 * right one is used up.
 */
bool factor_passes(struct call *c, const struct agent *ag, struct span code);
/* A secret to be set up, for who needs one and has none; his password was right. */
void factor_offer_at_door(struct call *c, const struct agent *ag);

/* sign_in.c */

/*
 * Look at the present password of whoever the call is by, which counts as a try of signing in, and
 * go on with fn if it is right; else the call is refused.
 *
 * arg   one block of memory, taken over.
 */
typedef void proved_fn(struct call *c, void *arg);
void password_prove(struct call *c, struct span current, proved_fn *fn, void *arg);
void sign_ins_fini(struct api *api); /* those that wait are answered by nobody */

/* weak_password.c */
/* Is a password among the first that anybody tries on this agent?  ERR_INVAL, and why. */
err_t password_check(struct span password, const struct agent *ag, const char *portal,
                     struct fault *f) MUST_CHECK;

/* template.c: mails' templates */

/* "line L, column C: …" under this field, as tmpl_parse() refuses. */
err_t template_check(struct span text, const char *field, struct fault *f) MUST_CHECK;

/* lists.c */

void lists_subscribe(struct call *c);
void lists_unsubscribe(struct call *c);

/* search.c */
void searches_fini(struct api *api); /* those that wait are answered by nobody */
void search_state_write(struct jw *j, const struct api *api);
/* day.c */
/* The first moment of "2026-11-23" or "2026/11/23", where the portal is; of "7d": that much before
 * now.  False: it is no day. */
bool day_parse(const struct api *api, struct span in, int64_t *ms);
/* report.c */
void reports_fini(struct api *api); /* likewise */
/* canned.c */
/* Whose canned replies the call's scope speaks of; false, and refused: that cannot be. */
bool canned_owner_take(struct call *c, uint64_t *agent, uint64_t *dept);

/* canned_find.c */
void canned_index_fini(struct api *api);

/* tags.c */
/* What a tag has in common with all that people take for the same; appended to out. */
void tag_key(struct span text, struct buf *out);
/* tag_hash() of the argument, 0 without one.  False, and refused: there can be no such tag. */
bool tag_take(struct call *c, uint64_t *hash);

/* views.c */
/* The saved view that the call names, if the asker may use it; NULL, and refused: there is none. */
const struct saved *saved_take(struct call *c);
/* Likewise, and none of these fields beside it, for it says what they would. */
const struct saved *saved_take_alone(struct call *c, const enum arg_name *others, size_t n);
/* Can what it asks be searched for?  False: refused. */
bool search_saved_check(struct call *c, const struct saved *v);

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

/* picture.c: GET /w/picture/NAME */
void picture_reply(struct api *api, uint64_t conn, const struct api_request *rq, struct span name);

/* metrics.c: GET /metrics */
void metrics_reply(struct api *api, uint64_t conn, const struct api_request *rq);

/* conv_verbs.c */
/* Open the conversation if the asker may see it, else refuse as if it did not exist. */
bool conv_take(struct call *c, enum action action, struct conv_ref *ref);
/* Head, lines and mails of a conversation that may be seen. */
/* drafts.c */
/* The asking agent's own in a conversation, as the member `drafts`; for others there are none. */
void drafts_write(struct jw *j, const struct call *c, uint64_t conv);
/* It was sent: what it was typed as is none any more. */
void draft_sent(const struct call *c, uint64_t conv, enum draft_kind kind);

void conv_answer(struct call *c, const struct conv *cv, const struct line_want *want);

/* subscribe.c */
/* What an agent has of himself and of what he sees, as he signs in. */
void me_write(struct jw *j, struct api *api, const struct agent *ag);
/* …and, where it is an API token that asks, what that is. */
void me_write_for(struct jw *j, struct api *api, const struct agent *ag,
                  const struct principal *who);

/* tokens.c */
/* The agent who is named, or oneself; an operator names one.  False, and refused: he has not. */
bool named_agent(struct call *c, uint64_t *agent) MUST_CHECK;
/* Whose sessions or tokens: one's own; administrators and operators say.  False, and refused. */
bool owner_take(struct call *c, uint64_t *agent) MUST_CHECK;
void token_write(struct jw *j, const struct api *api, const struct session *s);
/* May what rests on no record be done in the agent's name?  False, and refused: not by this token.
 */
bool self_may(struct call *c) MUST_CHECK;
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
    bool raw; /* the body is a picture */
};
const struct route *route_first(void);
bool route_asks_self(const struct route *rt); /* who am I: nobody is an answer to that */
void openapi_write(struct jw *j, const struct api *api, const char *cookie);

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
void run_canned_add(struct call *c);
void run_canned_find(struct call *c);
void run_canned_list(struct call *c);
void run_canned_remove(struct call *c);
void run_canned_set(struct call *c);
void run_canned_show(struct call *c);
void run_chat_copy(struct call *c);
void run_chat_leave_message(struct call *c);
void run_chat_got(struct call *c);
void run_chat_taken(struct call *c);
void run_chat_page(struct call *c);
void run_chat_read(struct call *c);
void run_chat_resume(struct call *c);
void run_chat_start(struct call *c);
void run_conv_command(struct call *c);
void run_conv_forward(struct call *c);
void run_draft_list(struct call *c);
void run_draft_save(struct call *c);
void run_mail_draft(struct call *c);
void run_route_explain(struct call *c);
void run_conv_assign(struct call *c);
void run_conv_reopen(struct call *c);
void run_conv_time(struct call *c);
void run_conv_reach(struct call *c);
/* A conversation and those as which it goes on, in order: itself, and the newest. */
struct conv_chain {
    uint64_t ids[CHATS_EARLIER_MAX + 1];
    size_t n;
};
void conv_chain_find(const struct api *api, uint64_t conv, struct conv_chain *out);
/*
 * The key "earlier": of each but the last the newest of its public lines; of the one that the
 * client has, those after so many.
 */
err_t conv_earlier_write(struct jw *j, struct api *api, const struct conv_chain *chain,
                         uint64_t has, uint32_t after) MUST_CHECK;
void run_conv_box(struct call *c);
void run_conv_export(struct call *c);
void run_conv_candidates(struct call *c);
void run_conv_targets(struct call *c);
void run_conv_transfer(struct call *c);
void run_conv_read(struct call *c);
void run_dept_add(struct call *c);
void run_dept_list(struct call *c);
/* May this be asked at all?  Else the answer is given. */
bool admin_only(struct call *c) MUST_CHECK;
/* The department that is named; NULL, and refused: there is none.  For whoever may know of it. */
const struct dept *named_dept(struct call *c);
/* An answer: the department and the agent that were meant, and whether it was so already. */
/* Of a refused change of settings: what others have changed meanwhile, as "changed". */
void overrun_write(struct jw *j, const struct call *c);
void object_done(struct jw *j, const struct call *c, const struct answer *a);
void run_dept_show(struct call *c);
void run_factor_begin(struct call *c);
void run_factor_begin_door(struct call *c);
void run_factor_remove(struct call *c);
void run_factor_reset(struct call *c);
void run_factor_set(struct call *c);
void run_floor_show(struct call *c);
void floor_subscribe(struct call *c);
void run_hours_show(struct call *c);
void run_dept_seen(struct call *c);
void run_portal_steps(struct call *c);
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
void run_password_change(struct call *c);
void run_ping(struct call *c);
void run_portal_show(struct call *c);
void run_relay_password(struct call *c);
void run_report_time(struct call *c);
void run_session_close(struct call *c);
void run_session_end(struct call *c);
void run_session_list(struct call *c);
void run_session_open(struct call *c);
void run_session_show(struct call *c);
void run_search(struct call *c);
void run_set(struct call *c);
void run_dept_remove(struct call *c);
void run_queue_move(struct call *c);
void run_agent_end(struct call *c);
void run_agent_explain(struct call *c);
void run_agent_role(struct call *c);
void run_picture_remove(struct call *c);
void run_picture_set(struct call *c);
void run_role_add(struct call *c);
void run_role_list(struct call *c);
void run_role_remove(struct call *c);
void run_role_set(struct call *c);
void run_agent_work(struct call *c);
void run_member_remove(struct call *c);
void run_settings(struct call *c);
void run_status(struct call *c);
void run_line_edit(struct call *c);
void run_conv_tag(struct call *c);
void run_tag_list(struct call *c);
void run_mention_list(struct call *c);
void run_mention_read(struct call *c);
void run_task_add(struct call *c);
void run_task_candidates(struct call *c);
void run_task_command(struct call *c);
void run_task_list(struct call *c);
void run_view_add(struct call *c);
void run_view_set(struct call *c);
void run_view_remove(struct call *c);
void run_view_show(struct call *c);
void run_view_list(struct call *c);
void run_task_set(struct call *c);
void run_task_show(struct call *c);
void run_subscribe(struct call *c);
void run_template_preview(struct call *c);
void run_token_add(struct call *c);
void run_token_list(struct call *c);
void run_token_remove(struct call *c);
void run_template_show(struct call *c);
void run_unsubscribe(struct call *c);
void run_visitor_command(struct call *c);
void run_visitor_typing(struct call *c);

#endif
