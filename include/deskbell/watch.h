/*
 * Who is told what, when: connections that are here, what they subscribed to, which conversation a
 * visitor's is bound to; and for each record, what it means for them.  Whether somebody may know of
 * something is core's to say; how it reads is view's.
 *
 * All that rests on records leaves through the turn, once it is durable; what rests on none goes at
 * once.  Lines go as they happen; rows, heads, objects and counts are gathered and go by the end of
 * a pass or a little later (watch_deadline()).  One thread (the loop's).
 *
 * Connections are named by ids that are never used twice; what names one that is not here, or not
 * of that kind, does nothing unless it says otherwise.
 */
#ifndef DESKBELL_WATCH_H
#define DESKBELL_WATCH_H

#include "deskbell/id.h"
#include "deskbell/turn.h"
#include "deskbell/view.h"

struct watch;

/* Calls outwards.  None of them may call back before it returns. */
/* Whose a WebSocket is. */
enum watch_rank {
    WATCH_STRANGER, /* each, until something else is told */
    WATCH_GUEST,    /* in an open chat */
    WATCH_STAFF     /* an agent's, for good */
};

struct watch_out {
    void *arg;

    /* One text for many receivers: made once (copied), sent often, let go once. */
    void *(*frame_new)(void *arg, struct span text);
    void (*frame_unref)(void *arg, void *frame);

    /* To a WebSocket.  `durable` false: may be dropped where too much waits already. */
    void (*send)(void *arg, uint64_t conn, void *frame, bool durable);

    /* End a WebSocket or control connection after what is queued for it. */
    void (*close)(void *arg, uint64_t conn, unsigned code, const char *reason);

    /* A WebSocket has become somebody's. */
    void (*rank)(void *arg, uint64_t conn, enum watch_rank rank);
};

struct watch_env {
    struct core *core;
    struct turn *turn;
    const struct view *view; /* borrowed; what it points to may change */
    struct watch_out out;
};

/* After the store was loaded into the core and turn_restart().  env is copied.  Costs a look at
 * each open conversation, and reads the blocked ones. */
struct watch *watch_new(const struct watch_env *env);
/* NULL is allowed.  Nothing is told. */
void watch_free(struct watch *w);

/* what drives it */

/* turn_ops.on_record comes here. */
void watch_on_record(struct watch *w, const struct rec *rec);

/* The last thing in a pass, after turn_pass_end(): what was gathered over it goes out. */
void watch_pass_end(struct watch *w);

/* What time brings: presence that could not be stored, mails' states.  Then a pass end. */
void watch_tick(struct watch *w);
/* When next, by the view's clock; INT64_MAX: never. */
int64_t watch_deadline(const struct watch *w);

/* Before a stop: from now on the going of a connection is no event of anything. */
void watch_stopping(struct watch *w);

/* connections */

/*
 * A visitor's or an agent's connection came.  The id is new.  The first one of an agent is
 * recorded as his coming, the last one to go as his leaving, and so for a visitor's conversation.
 *
 * entry    the department of the door that the visitor came in by
 * session  the agent's, which ends the connection when it is closed
 * here     the agent is here by it; else it only looks, and makes nobody come or leave
 */
void watch_visitor_came(struct watch *w, uint64_t conn, uint64_t entry, const struct ipaddr *ip);
void watch_agent_came(struct watch *w, uint64_t conn, uint64_t agent, uint64_t session, bool here);
/* Has this session of the agent a connection now? */
bool watch_has_session(const struct watch *w, uint64_t agent, uint64_t session);
void watch_gone(struct watch *w, uint64_t conn);

/* Bind a visitor's connection to this conversation instead of the one that it had. */
void watch_bind(struct watch *w, uint64_t conn, uint64_t conv);
/* The conversation that it is bound to; 0: none. */
uint64_t watch_bound(const struct watch *w, uint64_t conn);
/* Has its visitor a connection now, also where the conversation is over? */
bool watch_visitor_is_here(const struct watch *w, uint64_t conv);

/* Tell an agent's connection that it is signed out, and close it. */
void watch_sign_out(struct watch *w, uint64_t conn);

/* sending */

/* To these connections, once all that was folded so far is durable. */
void watch_send(struct watch *w, const uint64_t *conns, size_t n, struct span text);
/* At once, and droppable: for what rests on no record. */
void watch_send_now(struct watch *w, const uint64_t *conns, size_t n, struct span text);
/* Close it after what is held for it.  `reason` is static. */
void watch_close(struct watch *w, uint64_t conn, unsigned code, const char *reason);

/* what rests on no record */

enum fleeting_kind {
    FLEETING_TYPING, /* somebody writes */
    FLEETING_PAGE,   /* the visitor looks at another page */
    FLEETING_COUNT
};

/* Something that somebody does about a conversation, true for a moment.  All borrowed. */
struct fleeting {
    enum fleeting_kind kind;
    const struct conv *cv;
    struct principal who;    /* its visitor, or an agent */
    struct span page, title; /* FLEETING_PAGE */
};

/*
 * Tell it at once, droppable: to the agents who watch the conversation and may see it, but for
 * himself; what the agent does who holds it, to the visitor too, where the kind is for visitors.
 * The same by the same person is told again only after the kind's pause, and forgotten after the
 * kind's time; too much at once in one conversation is not told.  Whether he may do it at all is
 * the caller's to ask.
 */
void watch_fleeting(struct watch *w, const struct fleeting *ev);

/* What an agent has typed and not sent; `text` empty: nothing any more. */
struct draft_told {
    uint64_t agent, conv;
    uint64_t but; /* the connection that it came by */
    const char *kind;
    int64_t version;
    struct span text;
};

/* To the agent's other connections, once what it rests on is durable; to nobody else. */
void watch_draft(struct watch *w, const struct draft_told *d);

/*
 * The visitor's widget has the lines up to this public one: told to those who watch, at once; what
 * was said before or cannot be is nothing new.  It is forgotten with the visitor's connections.
 */
void watch_got(struct watch *w, const struct conv *cv, uint32_t n);
uint32_t watch_got_n(const struct watch *w, uint64_t conv); /* 0: not known */

/* Likewise the console of whoever holds it: told to the visitor, with his chat's state. */
void watch_taken(struct watch *w, const struct conv *cv, uint32_t n);
uint32_t watch_taken_n(const struct watch *w, uint64_t conv);

/* subscriptions of an agent's connection */

#define SUBS_PER_CONN 256

/*
 * Subscribe: to oneself and what one sees of others (the topic "me"), to a conversation's lines and
 * head, to a list's rows, to the floor, to tasks that are nobody's.  Once is enough; again changes
 * nothing.  ERR_FULL: SUBS_PER_CONN of them. ERR_NOTFOUND: it is no agent's connection, or it is
 * gone.
 */
err_t watch_subscribe_me(struct watch *w, uint64_t conn) MUST_CHECK;
err_t watch_subscribe_conv(struct watch *w, uint64_t conn, uint64_t conv) MUST_CHECK;
err_t watch_subscribe_list(struct watch *w, uint64_t conn, const struct list_want *want) MUST_CHECK;
err_t watch_subscribe_floor(struct watch *w, uint64_t conn) MUST_CHECK;
err_t watch_subscribe_tasks(struct watch *w, uint64_t conn) MUST_CHECK;
void watch_unsubscribe_tasks(struct watch *w, uint64_t conn);
void watch_unsubscribe_floor(struct watch *w, uint64_t conn);
void watch_unsubscribe_me(struct watch *w, uint64_t conn);
void watch_unsubscribe_conv(struct watch *w, uint64_t conn, uint64_t conv);
void watch_unsubscribe_list(struct watch *w, uint64_t conn, const struct list_want *want);

/* what lists hold */

/*
 * The open conversations that the list holds for the reader, in no order.  Costs a look at each
 * open one in the departments of audience_next_list_dept(), and at each that the agent holds.
 */
void watch_list_open(const struct watch *w, const struct list_want *want, const struct reader *r,
                     struct id_list *out);

/*
 * How many the list holds for the reader.  Exact, but for LIST_BLOCKED, which is counted up to
 * BLOCKED_MAX.  False: nobody counts this.  Costs what audience_count() does; by a filter or a tag
 * what watch_list_open() does, too.
 */
bool watch_list_count(struct watch *w, const struct list_want *want, const struct reader *r,
                      uint64_t *count);

/*
 * How many a saved view shows the reader.  A search is counted only where it is about what is open,
 * and neither about words nor about a time; else false, and nobody counts this.  Costs what
 * watch_list_count() does.
 */
bool watch_saved_count(struct watch *w, const struct saved *s, const struct reader *r,
                       uint64_t *count);

/* The subscriber has, or is about to have, these rows: their going is told. */
void watch_list_shown(struct watch *w, uint64_t conn, const struct list_want *want,
                      const struct id_list *ids);

#define BLOCKED_MAX 1000 /* conversations looked at for the list of blocked ones, and counted */

#define BLOCKED_LOOKS 500 /* into the store, in one step of the loop or for one page */

/*
 * The newest BLOCKED_MAX conversations under a block in force, newest first, are added.  True:
 * there are, or may be, others; so too for as long as a change of blocks is being followed.
 */
bool watch_blocked(const struct watch *w, struct id_list *out);

/*
 * Those below this id (0: any) out of the store, newest first: of the next BLOCKED_LOOKS
 * conversations that have ended the ones under a block.  Gives the id below which to go on; 0:
 * there are no more.
 */
uint64_t watch_blocked_below(const struct watch *w, uint64_t below, struct id_list *out);
/* How many of the newest BLOCKED_MAX the list holds for the reader. */
uint64_t watch_blocked_count(struct watch *w, const struct list_want *want, const struct reader *r);

/* what an agent has of himself */

#define VIEWS_COUNTED_MAX 60 /* saved views of an agent and his departments that have a count */

/*
 * The offers made to him, as an array; what his lists hold, as an object, with "view ID" for each
 * saved view.
 */
void watch_offers_write(struct jw *j, struct watch *w, const struct principal *who);
void watch_counts_write(struct jw *j, struct watch *w, const struct agent *ag);

/* degraded states, shown in every console */

/*
 * One begins, changes or ends.  `code` is a stable word; `about` names what it is about, or is "".
 * All copied.  What was so already is not told again.  What it is about is told to those who see
 * all alone, for it may be a department's name.
 */
void watch_notice(struct watch *w, const char *code, const char *text, const char *about, bool on);
size_t watch_notice_count(const struct watch *w);
/* The field "notices". */
void watch_notices_write(struct jw *j, const struct watch *w, const struct reader *r);

#endif
