/*
 * Commands: what can be asked of the rules.  A head that all have, and one payload a family of
 * types.  deskbell-protocol(7) says who may do what.
 */
#ifndef DESKBELL_CMD_H
#define DESKBELL_CMD_H

#include "deskbell/domain.h"

struct change;
struct mail_order;

/*
 * Name; payload, a member of struct cmd's union (or `conv`: nothing but which conversation); where
 * a repeat is known by its id: IN_CONV, with the conversation, or IN_STORE, for 24 hours; word.
 */
#define CMD_TABLE(X)                                                                               \
    X(PORTAL_SET, set, IN_STORE, "portal.set")                                                     \
    X(DEPT_ADD, dept_add, IN_STORE, "department.add")                                              \
    X(DEPT_SET, set, IN_STORE, "department.set")                                                   \
    X(DEPT_REMOVE, dept, IN_STORE, "department.remove")                                            \
    X(QUEUE_MOVE, queue, IN_STORE, "queue.move")                                                   \
    X(AGENT_ADD, agent_add, IN_STORE, "agent.add")                                                 \
    X(AGENT_SET, set, IN_STORE, "agent.set")                                                       \
    X(AGENT_REMOVE, agent_end, IN_STORE, "agent.remove")                                           \
    X(AGENT_DISABLE, agent_end, IN_STORE, "agent.disable")                                         \
    X(AGENT_ROLE, agent_role, IN_STORE, "agent.role")                                              \
    X(AGENT_LINK, agent_link, IN_STORE, "agent.link")                                              \
    X(AGENT_PASSWORD, password, IN_STORE, "agent.password")                                        \
    X(AGENT_STATUS, status, IN_STORE, "agent.status")                                              \
    X(AGENT_CONNECT, agent, IN_STORE, "agent.connect") /* the gateway's: an agent's first one */   \
    X(AGENT_LEAVE, agent, IN_STORE, "agent.leave")     /* the gateway's: the last one dropped */   \
    X(PICTURE_SET, picture, IN_STORE, "picture.set")                                               \
    X(PICTURE_REMOVE, picture, IN_STORE, "picture.remove")                                         \
    X(MEMBER_SET, member, IN_STORE, "member.set")                                                  \
    X(MEMBER_REMOVE, member, IN_STORE, "member.remove")                                            \
    X(SESSION_OPEN, session_open, IN_STORE, "session.open")                                        \
    X(SESSION_CLOSE, session, IN_STORE, "session.close")                                           \
    X(SESSION_END, session_end, IN_STORE, "session.end")                                           \
    X(SESSION_USE, session, IN_STORE, "session.use") /* the gateway's: it was used now */          \
    X(TOKEN_ADD, token_add, IN_STORE, "token.add")                                                 \
    X(TOKEN_REMOVE, session, IN_STORE, "token.remove")                                             \
    X(FACTOR_SET, factor, IN_STORE, "factor.set") /* the gateway has seen a first code */          \
    X(FACTOR_REMOVE, agent, IN_STORE, "factor.remove")                                             \
    X(FACTOR_USE, factor, IN_STORE, "factor.use")  /* the gateway's: a right code came */          \
    X(BLOCK_ADD, block_add, IN_STORE, "block.add") /* conv: its address; else `prefix` */          \
    X(BLOCK_REMOVE, block, IN_STORE, "block.remove")                                               \
    X(CANNED_ADD, canned, IN_STORE, "canned.add")                                                  \
    X(CANNED_SET, canned, IN_STORE, "canned.set")                                                  \
    X(CANNED_REMOVE, canned, IN_STORE, "canned.remove")                                            \
    X(ROLE_ADD, role, IN_STORE, "role.add")                                                        \
    X(ROLE_SET, role, IN_STORE, "role.set")                                                        \
    X(ROLE_REMOVE, role, IN_STORE, "role.remove")                                                  \
    X(TASK_ADD, task, IN_STORE, "task.add")                                                        \
    X(TASK_SET, task, IN_STORE, "task.set")                                                        \
    X(TASK_DONE, task, IN_STORE, "task.done")                                                      \
    X(TASK_REOPEN, task, IN_STORE, "task.reopen")                                                  \
    X(TASK_REMOVE, task, IN_STORE, "task.remove")                                                  \
    X(MENTION_READ, mention, IN_STORE, "mention.read")                                             \
    X(VIEW_ADD, saved, IN_STORE, "view.add")                                                       \
    X(VIEW_SET, saved, IN_STORE, "view.set")                                                       \
    X(VIEW_REMOVE, saved, IN_STORE, "view.remove")                                                 \
    X(CHAT_START, ring, IN_STORE, "chat.start")                                                    \
    X(CHAT_LEAVE_MESSAGE, ring, IN_STORE, "chat.leave-message") /* conv: one's own missed one */   \
    X(CHAT_CONNECT, conv, IN_STORE, "chat.connect") /* the gateway's: the visitor's first one */   \
    X(CHAT_LEAVE, conv, IN_STORE, "chat.leave")     /* the gateway's: the last one dropped */      \
    X(CHAT_SEND, line, IN_CONV, "chat.send")                                                       \
    X(CHAT_SEEN, seen, IN_CONV, "chat.seen")                                                       \
    X(CHAT_END, end, IN_CONV, "chat.end")                                                          \
    X(CHAT_UNDO_END, conv, IN_CONV, "chat.undo-end") /* of a CHAT_END that could be undone */      \
    X(CHAT_FEEDBACK, feedback, IN_CONV, "chat.feedback")                                           \
    X(CHAT_COPY, copy, IN_CONV, "chat.copy")                                                       \
    X(OFFER_ACCEPT, conv, IN_CONV, "offer.accept")                                                 \
    X(OFFER_DECLINE, conv, IN_CONV, "offer.decline")                                               \
    X(CONV_PICK, conv, IN_CONV, "conversation.pick") /* an agent takes a waiting one by hand */    \
    X(CONV_TRANSFER, transfer, IN_CONV, "conversation.transfer") /* to an agent or department */   \
    X(CONV_TAKE_BACK, conv, IN_CONV, "conversation.take-back")   /* before anybody took it */      \
    X(CONV_ASSIGN, assign, IN_CONV, "conversation.assign")  /* by hand, to whoever can answer */   \
    X(CONV_REOPEN, assign, IN_STORE, "conversation.reopen") /* as a new one, for that agent */     \
    X(CONV_TIME, time, IN_CONV, "conversation.time")        /* handling time, corrected by hand */ \
    X(CONV_BOX, box, IN_CONV, "conversation.box") /* says that a missed one is answered, … */    \
    X(CONV_NOTE, line, IN_CONV, "conversation.note")                                               \
    X(LINE_EDIT, edit, IN_CONV, "line.edit")     /* of one's own */                                \
    X(LINE_REMOVE, edit, IN_CONV, "line.remove") /* likewise */                                    \
    X(CONV_TAG, tag, IN_CONV, "conversation.tag")                                                  \
    X(CONV_UNTAG, tag, IN_CONV, "conversation.untag")                                              \
    X(CONV_MAIL, line, IN_CONV, "conversation.mail") /* answers one that is over by e-mail */      \
    X(CONV_FORWARD, forward, IN_CONV, "conversation.forward")                                      \
    X(MAIL_READDRESS, readdress, IN_CONV, "mail.readdress") /* to another address as well */

enum cmd_type {
#define X(name, payload, repeats, word) CMD_##name,
    CMD_TABLE(X)
#undef X
        CMD_COUNT
};

/* "chat.send"; NULL over the end.  And back, false if it is none. */
const char *cmd_word(enum cmd_type type);
bool cmd_parse(struct span word, enum cmd_type *type);
bool cmd_is_in_conv(enum cmd_type type); /* IN_CONV: see core_repeat() */

/* A one-time link to come.  Sealed, it also goes by mail. */
struct cmd_link {
    struct span hash; /* HASH_BYTES of it */
    int64_t until_ms;
    struct span secret; /* the link, sealed for the dispatcher; may be empty */
};

/* Settings of the portal, a department or an agent. */
struct cmd_set {
    uint64_t id;      /* of the department or agent */
    uint32_t version; /* that the changes were made for: see core_overrun(); 0: any */
    const struct change *changes;
    size_t nchanges;
};

struct cmd_dept_add {
    const struct change *changes; /* the name at least */
    size_t nchanges;
    const uint64_t *agents; /* its first ones */
    size_t nagents;
    struct span code; /* CODE_BYTES random bytes as base64url */
};

/* Those who wait in a department's queue, to another's. */
struct cmd_queue {
    uint64_t from, to;
};

struct cmd_agent_add {
    const struct change *changes; /* name and email at least */
    size_t nchanges;
    const struct member *members;
    size_t nmembers;
    struct cmd_link link; /* sealed: an invitation goes out; else there is none */
};

/* Who goes on with what the agent has open; one of each two where there is something. */
struct cmd_agent_end {
    uint64_t agent;
    uint64_t chats_to; /* this agent takes over the chats */
    bool chats_back;   /* they go back to their queues */
    uint64_t tasks_to; /* this agent takes over the open tasks */
    bool tasks_back;   /* they are nobody's, for whoever takes one */
    bool anonymise;    /* AGENT_REMOVE: name and addresses are forgotten */
};

struct cmd_agent_link {
    uint64_t agent;
    struct cmd_link link;
};

struct cmd_password {
    uint64_t agent;
    struct span hash; /* argon2id, as text */
    bool same;        /* the same password, hashed anew: sessions go on */
};

struct cmd_status {
    uint64_t agent; /* 0: who asks */
    enum agent_status status;
};

/* MEMBER_REMOVE: agent and dept alone. */
struct cmd_member {
    uint64_t agent, dept;
    bool chat, notify;
    uint8_t tier; /* from 0 on */
};

struct cmd_session_open {
    uint64_t agent;
    struct span hash; /* HASH_BYTES of the token */
    uint64_t from;    /* a hash of the address, kept with the agent's newest; 0: none */
    int64_t until_ms;
    struct span browser; /* what it says of itself; may be empty */
    struct ipaddr ip;
};

/* One of an agent's sessions, or, 0, all but the one that asks. */
struct cmd_session_end {
    uint64_t agent, session;
};

/*
 * FACTOR_SET: the secret, as struct agent has it, the period of the first code, and hashes of
 * RECOVERY_CODES recovery codes.  FACTOR_USE: the period of a code, or the hash of a recovery code.
 */
struct cmd_factor {
    uint64_t agent;
    struct span secret;
    int64_t step;
    uint64_t code;
    const uint64_t *recovery;
};

struct cmd_token_add {
    uint64_t agent;
    struct span hash; /* HASH_BYTES of the token */
    struct span name;
    uint32_t permissions; /* see struct session */
    int64_t until_ms;     /* 0: for good */
};

struct cmd_block_add {
    struct ipprefix prefix;
    struct span reason;
    int64_t until_ms; /* 0: for good */
};

/* A visitor at the door. */
struct cmd_ring {
    uint64_t dept; /* a public one */
    struct span name, email, phone, question, page, title, referrer, agent_string;
    struct span text; /* CHAT_LEAVE_MESSAGE */
    struct ipaddr ip;
    enum lang lang;
    /* CHAT_START alone. */
    bool here;         /* over a connection that stays; else CHAT_CONNECT follows, if any */
    uint32_t open_max; /* so many chats may be open from one address; 0: any number */
    uint64_t previous; /* rings again after this one; its own token shown */
    uint64_t met;      /* the agent of the department who spoke with him in it or before; 0 */
};

struct cmd_line {
    struct span text;
    const uint64_t *mentions; /* CONV_NOTE: agents; a line to somebody else has none */
    size_t nmentions;
};

/* The line as it is now, out of this conversation: core keeps none.  LINE_EDIT: what it is to be.
 */
struct cmd_edit {
    const struct rec *line;
    struct span text;
    const uint64_t *mentions; /* LINE_EDIT of a note: whom it is to mention… */
    size_t nmentions;
    bool names; /* …off: whom it mentioned */
};

/* One's own, some of them. */
struct cmd_mention {
    const uint64_t *mentions;
    size_t nmentions;
};

/* The key is for the caller to make: core knows no scripts. */
struct cmd_tag {
    struct span text;
    struct span key; /* the same for all that people take for the same word; CONV_UNTAG: alone */
};

/* To an agent (in `dept`; 0: in its own, or the first of his), or to a department. */
struct cmd_transfer {
    uint64_t agent, dept;
    uint64_t holder;  /* who has it, as far as is known; 0: whoever has it */
    struct span text; /* for whoever takes it; may be empty */
};

/*
 * A missed one: to whom it is given to answer, and who had it for that; `agent` 0: nobody.
 * CONV_REOPEN: whose the new one is to be.
 */
struct cmd_assign {
    uint64_t agent;
    uint64_t holder; /* from whom it is taken; 0: nobody has it */
};

/* How long it was in this agent's hands. */
struct cmd_time {
    uint64_t agent;
    int64_t ms;
};

/* An agent's end of an active one may wait END_UNDO_MS for whether it is undone. */
struct cmd_end {
    bool undo;
};

struct cmd_box {
    enum box box;
    enum box was; /* where it still must lie; BOX_NONE: anywhere */
    /* The gateway's alone: by whose later chat it is answered. */
    uint64_t agent, conv, number;
};

struct cmd_seen {
    int64_t n; /* up to which public line */
};

struct cmd_feedback {
    int64_t rating; /* 0: comment only */
    struct span comment;
};

struct cmd_copy {
    struct span to; /* may be empty: the address that was given at the start */
};

/* That the lines are such as may go is for the caller to see: core keeps no lines. */
struct cmd_forward {
    struct span to, text;  /* the text may be empty */
    const uint64_t *lines; /* numbers (seq), ascending */
    size_t nlines;
    bool with_notes;
};

/*
 * `order` is the old mail's as it is, with `replaces` its id and `instead` its recipient.  That it
 * is so is for the caller to see, too.
 */
struct cmd_readdress {
    struct span to;
    const struct mail_order *order;
};

/*
 * CANNED_ADD: whose it will be, both 0 for the portal's, and its texts.  CANNED_SET: `canned` and
 * its texts as they are to be, all of them.  CANNED_REMOVE: `canned`.
 */
struct cmd_canned {
    uint64_t canned;
    uint64_t agent, dept;
    uint32_t version; /* that it must still have; 0: any */
    struct span title, shortcut, text;
    enum lang lang; /* or LANG_ANY */
};

/* ROLE_ADD: name and permissions.  ROLE_SET: both as they are to be.  ROLE_REMOVE: `role`. */
struct cmd_role {
    uint64_t role;
    uint32_t version; /* that it must still have; 0: any */
    struct span name;
    struct span permissions; /* words, with commas between them */
};

struct cmd_agent_role {
    uint64_t agent, role;
};

/* PICTURE_SET: the bytes as they were made, and by what they are asked for.  Else `agent` alone. */
struct cmd_picture {
    uint64_t agent;
    uint64_t name[2];
    struct span bytes;
};

/*
 * TASK_ADD: the conversation is the command's.  TASK_SET: `task` and what it is to be, all of it.
 * The others: `task`.
 */
struct cmd_task {
    uint64_t task;
    uint64_t agent;   /* 0: nobody */
    uint32_t version; /* that it must still have; 0: any */
    int64_t due_ms;   /* 0: none */
    struct span title;
};

/*
 * VIEW_ADD: whose it will be, one of the two.  VIEW_SET: `view` and what it is to be, all of it but
 * whose.  VIEW_REMOVE: `view`.
 */
struct cmd_saved {
    uint64_t view;
    uint64_t agent, dept;
    uint32_t version; /* that it must still have; 0: any */
    uint32_t shows[SHOWS_COUNT];
    uint64_t of;
    struct span name;
    struct span tag, tag_key; /* see cmd_tag; empty: any */
    uint64_t held_by;         /* see struct saved, with the next ones */
    int64_t since_ms, before_ms;
    struct span text, contact;
};

/* Everything borrowed for the call. */
struct cmd {
    enum cmd_type type;
    struct principal who;
    struct span client_id; /* as the client gave it, for the author's own screen; may be empty */
    uint64_t cid;          /* fingerprint of (principal, client's command id); 0: none was given */
    uint64_t chash;        /* fingerprint of the command's content */
    uint64_t conv;         /* the conversation that it is about; 0: none */
    /* By the type's family.  The largest comes first: `{0}` must clear the whole. */
    union {
        struct cmd_ring ring;
        struct cmd_set set;
        struct cmd_dept_add dept_add;
        struct cmd_agent_add agent_add;
        struct cmd_agent_link agent_link;
        struct cmd_agent_end agent_end;
        struct cmd_password password;
        struct cmd_status status;
        struct cmd_member member;
        struct cmd_session_open session_open;
        struct cmd_session_end session_end;
        struct cmd_token_add token_add;
        struct cmd_factor factor;
        struct cmd_block_add block_add;
        struct cmd_line line;
        struct cmd_edit edit;
        struct cmd_tag tag;
        struct cmd_transfer transfer;
        struct cmd_assign assign;
        struct cmd_time time;
        struct cmd_end end;
        struct cmd_box box;
        struct cmd_seen seen;
        struct cmd_feedback feedback;
        struct cmd_copy copy;
        struct cmd_forward forward;
        struct cmd_readdress readdress;
        struct cmd_canned canned;
        struct cmd_role role;
        struct cmd_agent_role agent_role;
        struct cmd_picture picture;
        struct cmd_task task;
        struct cmd_mention mention;
        struct cmd_saved saved;
        struct cmd_queue queue;
        uint64_t dept;    /* DEPT_REMOVE */
        uint64_t agent;   /* AGENT_CONNECT, AGENT_LEAVE, FACTOR_REMOVE */
        uint64_t session; /* SESSION_CLOSE, SESSION_USE, TOKEN_REMOVE */
        uint64_t block;   /* BLOCK_REMOVE */
    };
};

#endif
