/*
 * Records: what has happened, in the order of the journal.  The only input of core_fold().
 * One flat shape for all types; what a type does not use is zero.  Encoded with tlv.h.
 */
#ifndef DESKBELL_RECORD_H
#define DESKBELL_RECORD_H

#include "deskbell/domain.h"

/* name, number on disk (stable for ever), object, word in exports and the history */
#define REC_TABLE(X)                                                                               \
    X(PORTAL_SET, 1, OBJ_PORTAL, "portal.set")                                                     \
    X(DEPT_CREATED, 10, OBJ_DEPT, "department.created") /* bytes: changes; body: none */           \
    X(DEPT_SET, 11, OBJ_DEPT, "department.set")         /* bytes: changes */                       \
    X(DEPT_DELETED, 12, OBJ_DEPT, "department.deleted")                                            \
    X(AGENT_CREATED, 20, OBJ_AGENT,                                                                \
      "agent.created")                       /* bytes: changes; body: name, email, phone */        \
    X(AGENT_SET, 21, OBJ_AGENT, "agent.set") /* likewise */                                        \
    X(AGENT_DELETED, 22, OBJ_AGENT, "agent.deleted")                                               \
    X(AGENT_PASSWORD, 23, OBJ_AGENT, "agent.password") /* bytes: argon2id text; ends the link */   \
    X(AGENT_LINK, 24, OBJ_AGENT,                                                                   \
      "agent.link") /* bytes: hash; until; value: enum mail_kind of its mail, 0: none */           \
    X(MEMBER_SET, 25, OBJ_AGENT, "member.set") /* dept, value: BIT(0) chat, BIT(1) notify */       \
    X(MEMBER_REMOVED, 26, OBJ_AGENT, "member.removed") /* dept */                                  \
    X(AGENT_STATUS, 27, OBJ_AGENT, "agent.status")     /* value: enum agent_status, why */         \
    X(AGENT_CONNECTED, 28, OBJ_AGENT, "agent.connected")                                           \
    X(AGENT_GONE, 29, OBJ_AGENT, "agent.gone")                                                     \
    X(SESSION_OPENED, 30, OBJ_SESSION, "session.opened") /* agent, bytes: hash, until */           \
    X(SESSION_CLOSED, 31, OBJ_SESSION, "session.closed")                                           \
    X(BLOCK_ADDED, 40, OBJ_BLOCK, "block.added") /* conv, dept, until; bytes: addr+bits; body */   \
    X(BLOCK_REMOVED, 41, OBJ_BLOCK, "block.removed")                                               \
    /* dept, number, conv: previous, until, value: enum lang; bytes "h": is here; body: given */   \
    X(CONV_RANG, 50, OBJ_CONV, "chat.rang")                                                        \
    X(CONV_LEFT, 51, OBJ_CONV, "chat.left")             /* likewise; the offline form */           \
    X(CONV_OFFERED, 52, OBJ_CONV, "chat.offered")       /* agent, until; bytes: passed counts */   \
    X(CONV_OFFER_OVER, 53, OBJ_CONV, "chat.offer-over") /* agent, why */                           \
    X(CONV_ACCEPTED, 54, OBJ_CONV, "chat.accepted")     /* agent, n */                             \
    X(CONV_RETURNED, 55, OBJ_CONV, "chat.returned")     /* agent, why, until: back in the queue */ \
    X(CONV_MESSAGE, 56, OBJ_CONV, "chat.message")       /* n; body: text */                        \
    X(CONV_NOTE, 57, OBJ_CONV, "chat.note")             /* body: text */                           \
    X(CONV_SEEN, 58, OBJ_CONV, "chat.seen")             /* value: up to n */                       \
    X(CONV_VISITOR_GONE, 59, OBJ_CONV, "chat.visitor-gone")                                        \
    X(CONV_VISITOR_BACK, 60, OBJ_CONV, "chat.visitor-back")                                        \
    X(CONV_ENDED, 61, OBJ_CONV, "chat.ended")           /* why, n */                               \
    X(CONV_MISSED, 62, OBJ_CONV, "chat.missed")         /* why */                                  \
    X(CONV_FEEDBACK, 63, OBJ_CONV, "chat.feedback")     /* value; bytes: any if a comment */       \
    X(CONV_COPY_ASKED, 64, OBJ_CONV, "chat.copy-asked") /* body: email */                          \
    X(CONV_LEFT_MORE, 65, OBJ_CONV, "chat.left-more")   /* a missed visitor's own words; body */   \
    X(CONV_MAILED, 66, OBJ_CONV, "chat.mailed")         /* body: text, email: an agent's answer */ \
    /* bytes: the lines; value: with notes; body: email, text */                                   \
    X(CONV_FORWARDED, 67, OBJ_CONV, "chat.forwarded")                                              \
    /* number: the old mail; body: email, instead of which */                                      \
    X(CONV_READDRESSED, 68, OBJ_CONV, "chat.readdressed")

enum rec_type {
#define X(name, number, obj, word) REC_##name = number,
    REC_TABLE(X)
#undef X
};

const char *rec_word(enum rec_type type); /* "chat.rang"; NULL if unknown */

#define REC_VERSION 1

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
    uint64_t agent, dept, conv, number;
    enum why why;
    int64_t value;
    int64_t until_ms;
    struct span bytes;   /* opaque and never erased */
    struct span body;    /* fields by enum body_tag; stored apart, may be empty after erasing */
    struct span unknown; /* fields of a newer writer, kept */
};

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
};

/* Append the encoding (without pos and body). */
void rec_encode(const struct rec *rec, struct buf *out);

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

/* One text of a body; SPAN_NONE if it is not there. */
struct span body_get(struct span body, enum body_tag tag);

#endif
