/*
 * Records: what has happened, in the order of the journal.  The only input of core_fold().  A head
 * that all have, and one payload a family of types.  Encoded with tlv.h, by the tables of record.c.
 */
#ifndef DESKBELL_RECORD_H
#define DESKBELL_RECORD_H

#include "deskbell/domain.h"

/*
 * Name; number on disk (stable for ever); object; payload, a member of struct rec's union in
 * capitals; word in exports and the history.
 */
#define REC_TABLE(X)                                                                               \
    X(PORTAL_SET, 1, OBJ_PORTAL, SET, "portal.set")                                                \
    X(DEPT_CREATED, 10, OBJ_DEPT, SET, "department.created")                                       \
    X(DEPT_SET, 11, OBJ_DEPT, SET, "department.set")                                               \
    X(DEPT_DELETED, 12, OBJ_DEPT, NONE, "department.deleted")                                      \
    X(DEPT_HOURS, 13, OBJ_DEPT, HOURS, "department.hours") /* what its business hours say now */   \
    X(AGENT_CREATED, 20, OBJ_AGENT, SET, "agent.created")  /* body: name, email, phone */          \
    X(AGENT_SET, 21, OBJ_AGENT, SET, "agent.set")          /* likewise */                          \
    X(AGENT_DELETED, 22, OBJ_AGENT, NONE, "agent.deleted")                                         \
    X(AGENT_PASSWORD, 23, OBJ_AGENT, PASSWORD, "agent.password") /* ends the link */               \
    X(AGENT_LINK, 24, OBJ_AGENT, LINK, "agent.link")                                               \
    X(MEMBER_SET, 25, OBJ_AGENT, MEMBER, "member.set")                                             \
    X(MEMBER_REMOVED, 26, OBJ_AGENT, MEMBER, "member.removed")                                     \
    X(AGENT_STATUS, 27, OBJ_AGENT, STATUS, "agent.status")                                         \
    X(AGENT_CONNECTED, 28, OBJ_AGENT, NONE, "agent.connected")                                     \
    X(AGENT_GONE, 29, OBJ_AGENT, NONE, "agent.gone")                                               \
    X(SESSION_OPENED, 30, OBJ_SESSION, SESSION, "session.opened") /* body: browser, IP */          \
    X(AGENT_ANONYMISED, 38, OBJ_AGENT, NONE, "agent.anonymised")  /* body: the name instead */     \
    X(AGENT_ROLE, 37, OBJ_AGENT, PICK, "agent.role")                                               \
    X(SESSION_CLOSED, 31, OBJ_SESSION, CLOSED, "session.closed")                                   \
    X(TOKEN_ADDED, 32, OBJ_SESSION, TOKEN, "token.added")  /* body: its name */                    \
    X(SESSION_USED, 33, OBJ_SESSION, NONE, "session.used") /* or a token was */                    \
    X(FACTOR_SET, 34, OBJ_AGENT, FACTOR, "factor.set")                                             \
    X(FACTOR_REMOVED, 35, OBJ_AGENT, NONE, "factor.removed")                                       \
    X(FACTOR_USED, 36, OBJ_AGENT, FACTOR_USE, "factor.used")                                       \
    X(BLOCK_ADDED, 40, OBJ_BLOCK, BLOCK, "block.added") /* body: the reason */                     \
    X(BLOCK_REMOVED, 41, OBJ_BLOCK, NONE, "block.removed")                                         \
    X(CANNED_ADDED, 42, OBJ_CANNED, CANNED, "canned.added") /* body: title, shortcut, text */      \
    X(CANNED_SET, 43, OBJ_CANNED, CANNED, "canned.set")     /* likewise, all of it */              \
    X(CANNED_REMOVED, 44, OBJ_CANNED, CANNED, "canned.removed")                                    \
    X(ROLE_ADDED, 45, OBJ_ROLE, ROLE, "role.added")                                                \
    X(ROLE_SET, 46, OBJ_ROLE, ROLE, "role.set")                                                    \
    X(ROLE_REMOVED, 47, OBJ_ROLE, NONE, "role.removed")                                            \
    X(CONV_RANG, 50, OBJ_CONV, RING, "chat.rang") /* body: what the visitor gave */                \
    X(CONV_LEFT, 51, OBJ_CONV, RING, "chat.left") /* likewise, with text; the offline form */      \
    X(CONV_OFFERED, 52, OBJ_CONV, OFFER, "chat.offered")                                           \
    X(CONV_OFFER_OVER, 53, OBJ_CONV, HOLD, "chat.offer-over")                                      \
    X(CONV_ACCEPTED, 54, OBJ_CONV, HOLD, "chat.accepted")                                          \
    X(CONV_RETURNED, 55, OBJ_CONV, HOLD, "chat.returned") /* back in the queue */                  \
    X(CONV_MESSAGE, 56, OBJ_CONV, LINE, "chat.message")   /* body: text */                         \
    X(CONV_NOTE, 57, OBJ_CONV, NONE, "chat.note")         /* body: text */                         \
    X(CONV_SEEN, 58, OBJ_CONV, SEEN, "chat.seen")                                                  \
    X(CONV_VISITOR_GONE, 59, OBJ_CONV, NONE, "chat.visitor-gone")                                  \
    X(CONV_VISITOR_BACK, 60, OBJ_CONV, NONE, "chat.visitor-back")                                  \
    X(CONV_ENDED, 61, OBJ_CONV, HOLD, "chat.ended")                                                \
    X(CONV_MISSED, 62, OBJ_CONV, HOLD, "chat.missed")                                              \
    X(CONV_FEEDBACK, 63, OBJ_CONV, FEEDBACK, "chat.feedback")  /* body: the comment */             \
    X(CONV_COPY_ASKED, 64, OBJ_CONV, NONE, "chat.copy-asked")  /* body: email */                   \
    X(CONV_LEFT_MORE, 65, OBJ_CONV, NONE, "chat.left-more")    /* a missed visitor's own words */  \
    X(CONV_MAILED, 66, OBJ_CONV, NONE, "chat.mailed")          /* body: text, email: an answer */  \
    X(CONV_FORWARDED, 67, OBJ_CONV, FORWARD, "chat.forwarded") /* body: email, text */             \
    X(CONV_READDRESSED, 68, OBJ_CONV, READDRESS, "chat.readdressed") /* body: email, instead of */ \
    X(CONV_TRANSFERRED, 69, OBJ_CONV, TRANSFER, "chat.transferred")  /* body: note; handed on */   \
    X(CONV_CAME_BACK, 70, OBJ_CONV, TRANSFER, "chat.came-back")      /* nobody took it */          \
    X(CONV_ASSIGNED, 71, OBJ_CONV, HOLD, "chat.assigned")            /* by hand */                 \
    X(CONV_ROUND, 80, OBJ_CONV, NONE, "chat.round")                  /* all are asked anew */      \
    X(CONV_OVERFLOWED, 81, OBJ_CONV, TRANSFER, "chat.overflowed")    /* may also go there */       \
    X(CONV_QUEUED, 82, OBJ_CONV, HOLD, "chat.queued")                /* left; it waits now */      \
    X(CONV_ENDING, 90, OBJ_CONV, HOLD, "chat.ending")                /* unless it is undone */     \
    X(CONV_END_UNDONE, 91, OBJ_CONV, HOLD, "chat.end-undone")                                      \
    X(CONV_TAGGED, 84, OBJ_CONV, NONE, "chat.tagged")     /* body: text, key */                    \
    X(CONV_UNTAGGED, 85, OBJ_CONV, NONE, "chat.untagged") /* likewise */                           \
    X(CONV_BOXED, 120, OBJ_CONV, BOX, "chat.boxed")  /* a missed one: answered, put away, … */   \
    X(CONV_GIVEN, 121, OBJ_CONV, HOLD, "chat.given") /* a missed one, to answer; agent 0: back */  \
    X(CONV_MOVED, 124, OBJ_CONV, TRANSFER, "chat.moved") /* waits in another's queue */            \
    X(CONV_EDITED, 140, OBJ_CONV, EDIT, "chat.edited")   /* body: text, was, said, id */           \
    X(CONV_REOPENED, 150, OBJ_CONV, REOPEN,                                                        \
      "chat.reopened")                                /* one that is over goes on as another */    \
    X(CONV_TIMED, 151, OBJ_CONV, TIMED, "chat.timed") /* handling time, by hand */                 \
    X(CONV_RUNG, 160, OBJ_CONV, OFFER, "chat.rung")   /* at several at once, or at more */         \
    X(CONV_RUNG_OUT, 161, OBJ_CONV, HOLD, "chat.rung-out") /* at this one no more */               \
    X(CONV_RULED, 162, OBJ_CONV, RULED, "chat.ruled")      /* waits by a rule */                   \
    X(CONV_RELAXED, 163, OBJ_CONV, NONE, "chat.relaxed")   /* …and anybody may have it now */    \
    X(TASK_ADDED, 110, OBJ_TASK, TASK, "task.added")       /* body: title */                       \
    X(TASK_SET, 111, OBJ_TASK, TASK, "task.set")           /* likewise, all of it */               \
    X(TASK_DONE, 112, OBJ_TASK, TASK, "task.done")         /* or to be done again */               \
    X(TASK_DUE, 113, OBJ_TASK, TASK, "task.due")           /* its time has come */                 \
    X(TASK_REMOVED, 114, OBJ_TASK, TASK, "task.removed")                                           \
    X(VIEW_ADDED, 130, OBJ_SAVED, SAVED, "view.added") /* body: title, and of a tag text, key */   \
    X(VIEW_SET, 131, OBJ_SAVED, SAVED, "view.set")     /* likewise, all of it */                   \
    X(VIEW_REMOVED, 132, OBJ_SAVED, SAVED, "view.removed")                                         \
    X(MENTION_ADDED, 180, OBJ_MENTION, MENTION,                                                    \
      "mention.added") /* after the note's, or its change */                                       \
    X(MENTION_READ, 181, OBJ_MENTION, MENTION, "mention.read")                                     \
    X(MENTION_DUE, 183, OBJ_MENTION, MENTION, "mention.due") /* unread for long */                 \
    X(MENTION_REMOVED, 182, OBJ_MENTION, MENTION, "mention.removed")                               \
    X(AGENT_PICTURE, 170, OBJ_AGENT, PICTURE, "agent.picture") /* body: its bytes; 0: none now */

enum rec_type {
#define X(name, number, obj, family, word) REC_##name = number,
    REC_TABLE(X)
#undef X
};

const char *rec_word(enum rec_type type); /* "chat.rang"; NULL if unknown */

#define REC_VERSION 1

/* What was set: fields by the tags of the settings tables and, below those, of core alone. */
struct rec_set {
    struct span fields;
};

struct rec_password {
    struct span hash; /* argon2id, as text */
};

/* A one-time link; `mail`: what it went by, 0: by hand. */
struct rec_link {
    uint8_t hash[HASH_BYTES];
    int64_t until_ms;
    enum mail_kind mail;
};

struct rec_status {
    enum agent_status status;
    enum why why;
    int64_t since_ms; /* 0: a record of before it was kept */
};

struct rec_session {
    uint8_t hash[HASH_BYTES];
    uint64_t agent;
    uint64_t from; /* a hash of the address; 0: not known */
    int64_t until_ms;
};

struct rec_token {
    uint8_t hash[HASH_BYTES];
    uint64_t agent;
    int64_t until_ms; /* 0: for good */
    uint32_t permissions;
};

/* A second factor: its secret, and the hashes of its recovery codes, one number each. */
struct rec_factor {
    int64_t step;
    struct span secret; /* as struct agent has it */
    struct span recovery;
};

struct rec_factor_use {
    int64_t step;  /* of a code; 0: a recovery code was used */
    uint64_t code; /* its hash */
};

struct rec_closed {
    uint64_t agent;
};

/* `conv` and `dept`: the conversation that it came from; 0: none. */
struct rec_block {
    uint64_t conv, dept;
    int64_t until_ms; /* 0: for good */
    struct ipprefix prefix;
};

struct rec_hours {
    bool shut;
    int64_t look_ms;  /* when to look again */
    int64_t opens_ms; /* 0: not known, or it is open */
};

/* A conversation begins. */
struct rec_ring {
    uint64_t dept, previous, number;
    uint64_t met;     /* whom the visitor spoke with last there; 0: nobody, or not known */
    int64_t until_ms; /* how long it may wait; 0: it was left */
    enum lang lang;
    bool here;       /* the visitor has a connection that stays */
    bool unanswered; /* who answers is noted from here on; off in records of before that */
    bool timed;      /* likewise how long it is in whose hands */
    /* Where an agent has opened an ended one again: where its visitor entered, and its number. */
    uint64_t entry, previous_number; /* 0: nobody has */
};

struct rec_offer {
    uint64_t agent;
    uint64_t dept; /* whose agent he is asked as; 0: the conversation's own */
    int64_t until_ms;
    uint32_t passed[PASSED_COUNT];
    enum chosen how;
    struct span others; /* see rec_put_others() and rec_others() */
    struct span rung;   /* CONV_RUNG, which has no agent: see rec_put_rung() and rec_rung() */
};

/* Which skills whoever is asked must have, by the number of a rule of its department. */
struct rec_ruled {
    uint32_t rule;
    int64_t until_ms; /* so long nobody else is asked; 0: they are asked first, no more */
    struct span skills;
};

/* Who holds a conversation now, or held it or its offer until now, and why. */
struct rec_hold {
    uint64_t agent; /* 0: nobody did */
    uint64_t dept;  /* CONV_ACCEPTED: where it goes with him; 0: it stays in its own */
    int64_t
        until_ms; /* CONV_RETURNED, CONV_QUEUED: how long it may wait; CONV_ENDING: when it ends */
    enum why why;
};

/*
 * Where a conversation goes.  CONV_TRANSFERRED: to this agent of the department alone, or, 0, to
 * the department.  CONV_CAME_BACK: to the agent who had it, or, 0, to the queue.
 * CONV_OVERFLOWED: to agents of this department as well.
 */
struct rec_transfer {
    uint64_t agent, dept;
    int64_t until_ms; /* how long it may wait there */
    enum why why;     /* CONV_CAME_BACK */
};

/* Where a missed one lies now. */
struct rec_box {
    uint64_t agent;        /* who answered it, or put it there; 0: an operator */
    uint64_t conv, number; /* the later chat that answered it; 0: none did */
    enum box box;
    bool mailed; /* the mail before this record did */
};

/* An ended one goes on as another, which is given to this agent. */
struct rec_reopen {
    uint64_t agent;
    uint64_t conv, number; /* the new one's */
};

/* How long it was in an agent's hands, as somebody has set it. */
struct rec_timed {
    uint64_t agent;
    int64_t ms, was_ms;
};

/* A line; `at_home`: an agent's, in the department where it rang.  Off in those of before that. */
struct rec_line {
    bool at_home;
};

struct rec_seen {
    uint32_t n;
};

struct rec_feedback {
    uint64_t agent;
    int64_t until_ms; /* until then another one may take its place; 0: it stands */
    uint8_t rating;   /* 0: none */
    bool commented;
};

struct rec_forward {
    struct span lines; /* see rec_put_lines() and rec_lines() */
    bool with_notes;
};

struct rec_readdress {
    uint64_t mail; /* the old one */
};

/* Whose it is stays as it was made. */
struct rec_canned {
    uint64_t agent, dept;
    enum lang lang; /* or LANG_ANY; CANNED_REMOVED: means nothing */
};

struct rec_role {
    struct span name;
    uint32_t permissions;
};

struct rec_pick {
    uint64_t role;
};

/* As it is after the record; whose conversation it is about stays. */
struct rec_task {
    uint64_t conv, agent;
    uint64_t was; /* who was to do it before; 0: nobody */
    int64_t due_ms;
    bool done;
    /*
     * TASK_DUE of a conversation that is open, for who has no more of it than its records: where it
     * is, who has it or has handed it on, and its newest record.  0: it is over, or nobody's.
     */
    uint64_t dept, entry, holder, at;
};

/* Who is mentioned, and in which note: its conversation, record and number. */
struct rec_mention {
    uint64_t agent, conv, pos;
    uint32_t seq;
    int64_t due_ms;                   /* MENTION_ADDED: see struct mention */
    uint64_t dept, entry, holder, at; /* MENTION_DUE: as in struct rec_task */
};

/* Whose it is stays as it was made. */
struct rec_saved {
    uint64_t agent, dept;
    uint64_t of, held_by; /* see struct saved, with the next ones */
    uint32_t shows[SHOWS_COUNT];
    int64_t since_ms, before_ms;
};

/* A line says something else from here on: its body is another, see rec_rewrites(). */
struct rec_edit {
    uint64_t pos;    /* of the line's record */
    uint32_t seq, n; /* its numbers */
    bool removed;
};

/* Another picture, or none: both numbers are 0 then.  The one before loses its bytes. */
struct rec_picture {
    uint64_t name[2];
    uint64_t was; /* the record that has the one before; 0: there was none */
};

struct rec {
    uint64_t pos; /* the journal key; not in the encoding */
    enum rec_type type;
    unsigned version;
    int64_t time_ms;
    struct principal who;
    enum obj_type obj_type;
    uint64_t obj;
    uint64_t prev;       /* the object's record before this one; 0: its first */
    uint32_t n;          /* number of a conversation's public line; 0: not public */
    uint32_t seq;        /* number of it in the conversation */
    uint64_t cid, chash; /* fingerprints of the command's id and content; 0: none */
    struct span body;    /* fields by enum body_tag; stored apart, may be empty after erasing */
    struct span unknown; /* fields of a newer writer, kept */
    /* By the type's family.  The largest comes first: `{0}` must clear the whole. */
    union {
        struct rec_offer offer;
        struct rec_session session;
        struct rec_set set;
        struct rec_password password;
        struct rec_link link;
        struct member member;
        struct rec_status status;
        struct rec_token token;
        struct rec_factor factor;
        struct rec_factor_use factor_use;
        struct rec_closed closed;
        struct rec_block block;
        struct rec_hours hours;
        struct rec_ring ring;
        struct rec_hold hold;
        struct rec_ruled ruled;
        struct rec_transfer transfer;
        struct rec_box box;
        struct rec_reopen reopen;
        struct rec_timed timed;
        struct rec_line line;
        struct rec_seen seen;
        struct rec_feedback feedback;
        struct rec_forward forward;
        struct rec_readdress readdress;
        struct rec_canned canned;
        struct rec_role role;
        struct rec_pick pick;
        struct rec_task task;
        struct rec_mention mention;
        struct rec_saved saved;
        struct rec_edit edit;
        struct rec_picture picture;
    };
};

/* The agent that a record speaks of beside its object and who acts; 0: none.  Any type. */
uint64_t rec_agent(const struct rec *rec);

/* Why it happened; WHY_NONE where its type gives no reason. */
enum why rec_why(const struct rec *rec);

/* Tags in a body.  All values are UTF-8 and checked before they get there. */
enum body_tag {
    BODY_TEXT = 1, /* a message, a note, a reason, a comment */
    BODY_NAME,
    BODY_EMAIL,
    BODY_PHONE,
    BODY_QUESTION,
    BODY_PAGE,
    BODY_TITLE,
    BODY_REFERRER,
    BODY_AGENT_STRING, /* the browser's */
    BODY_IP,           /* 16 bytes */
    BODY_CLIENT_ID,    /* that the author's client gave the line */
    BODY_INSTEAD,      /* the address that another takes the place of */
    BODY_NOTE,         /* for colleagues, in a record that visitors have as a line, too */
    BODY_SHORTCUT,     /* a canned reply's */
    BODY_KEY,          /* a tag's: what makes it the same as another */
    BODY_SIGNATURE = 40,
    BODY_EXTENSION,
    BODY_MOBILE,
    BODY_WAS = 60,       /* CONV_EDITED: what stood there before */
    BODY_SAID,           /* what stood there first, where that was something else */
    BODY_EDITED_MS,      /* of a line: when it was changed last, or removed: then it has no text */
    BODY_LINE_ID,        /* CONV_EDITED: the line's own BODY_CLIENT_ID */
    BODY_PICTURE = 80,   /* bytes of PICTURE_TYPE */
    BODY_MENTIONS = 180, /* of a note: see body_put_mentions() */
};

/* Append the encoding (without pos and body). */
void rec_encode(const struct rec *rec, struct buf *out);

/*
 * Of somebody who is forgotten: the encoding without what its fields say of the person beside the
 * body: the fingerprint of the address, the time zone, quiet hours, keys.  False: there is nothing
 * of it.
 */
bool rec_forget(const struct rec *rec, struct buf *out);

/*
 * `pos` and `body` come from the keys.  Spans borrow from `bytes` and `body`.
 * ERR_CORRUPT; ERR_VERSION for a type or version that this program does not know.
 */
err_t rec_decode(uint64_t pos, struct span bytes, struct span body, struct rec *rec) MUST_CHECK;

/* The type of a record without the rest, known or not; false: that is not how one begins. */
bool rec_peek(struct span bytes, enum rec_type *type);

/*
 * The numbers of lines in a CONV_FORWARDED record, ascending.  rec_lines() gives how many it took,
 * at most FORWARD_LINES_MAX.
 */
void rec_put_lines(const uint64_t *seqs, size_t n, struct buf *out);
size_t rec_lines(const struct rec *rec, uint64_t *seqs);

/* The first of those whom an offer has passed over, at most OTHERS_MAX; how many there are. */
void rec_put_others(const struct passed_agent *others, size_t n, struct buf *out);
size_t rec_others(const struct rec *rec, struct passed_agent *others);

/* Those at whom a conversation comes to ring by a CONV_RUNG, at most RUNG_MAX, likewise. */
void rec_put_rung(const uint64_t *agents, size_t n, struct buf *out);
size_t rec_rung(const struct rec *rec, uint64_t *agents);

/* One text of a body; SPAN_NONE if it is not there. */
struct span body_get(struct span body, enum body_tag tag);
int64_t body_time_ms(struct span body, enum body_tag tag); /* 0: it is not there */

/*
 * Whom a note mentions, by id, as its author named them; nothing is written for none.
 * body_mentions() gives how many there are, at most MENTIONS_PER_LINE_MAX.
 */
void body_put_mentions(struct buf *body, const uint64_t *agents, size_t n);
size_t body_mentions(struct span body, uint64_t *agents);

/*
 * Does this record make another one, at *pos, say something else?  Then what that one's body is
 * from now on is appended, nothing where it has none any more.  It goes with the record, in a row
 * of its batch (ROW_BODY).
 */
bool rec_rewrites(const struct rec *rec, uint64_t *pos, struct buf *body);

#endif
