/*
 * The rules.  Pure: no I/O, no clock, no randomness.  A command is decided against the state into
 * records; folding those records is the only thing that changes the state; so a replay of the
 * journal gives the same state.  One thread.
 */
#ifndef DESKBELL_CORE_H
#define DESKBELL_CORE_H

#include "deskbell/audience.h"
#include "deskbell/cmd.h"
#include "deskbell/mention.h"
#include "deskbell/record.h"
#include "deskbell/rule.h"

struct core;

/* settings: one table a kind of object */

enum setting_type {
    SET_BOOL,
    SET_INT,
    SET_MS,
    SET_ENUM,
    SET_LINE,
    SET_TEXT,
    SET_MAILBOX,
    SET_MAILBOXES,
    SET_ORIGINS,
    SET_COLOUR,
    SET_ZONE,     /* empty where min is 0 */
    SET_HOURS,    /* of a week */
    SET_DAYS,     /* days with hours of their own */
    SET_HOLIDAYS, /* one a line */
    SET_HOST,
    SET_SECRET,
    SET_TEMPLATE_LINE, /* of a mail's subject; what stands in it is the caller's to check */
    SET_TEMPLATE,      /* of a mail's text */
    SET_DEPT,          /* a department's id, or empty for none; a string on the wire */
    SET_WORDS,         /* some of `words`, joined by commas; a string on the wire */
    SET_KEYS           /* actions of the console with their keys, joined by blanks */
};

const char *setting_type_word(enum setting_type type); /* "bool", "mailboxes", "template-line", … */

/*
 * One thing that can be set.  REST, console, control socket, CLI and manual all go by these
 * tables: the name on the wire is `name` ("offer_ms", "mail.from.on", "mail.from.addresses").
 */
struct setting {
    uint16_t tag; /* on disk, stable for ever */
    const char *name;
    enum setting_type type;
    int64_t min, max; /* SET_INT, SET_MS: range; SET_LINE, SET_TEXT, SET_TEMPLATE…: code points */
    const char *const *words; /* SET_ENUM: NULL-terminated, the value is the index */
    bool at_creation_only;
    const char *help; /* English, one line */
};

/* The tables of settings, by what has them. */
const struct setting *portal_settings(size_t *count);
const struct setting *dept_settings(size_t *count);
const struct setting *agent_settings(size_t *count);

/* NULL: no such name. */
const struct setting *setting_find(const struct setting *table, size_t count, struct span name);

/* Borrowed.  Integers, booleans and enums are in `i`, the rest in `s`. */
struct change {
    const struct setting *setting;
    int64_t i;
    struct span s;
};

/* What an object has for one of its settings, in the same shape; a secret gives no more than its
 * being there (`i`).  `s` borrows from the object; for SET_WORDS, from a static buffer. */
void portal_setting_get(const struct portal *p, const struct setting *st, struct change *out);
void dept_setting_get(const struct dept *d, const struct setting *st, struct change *out);
void agent_setting_get(const struct agent *ag, const struct setting *st, struct change *out);

/*
 * A change out of text, as people type it: "on", "off", "20s", "private", an address list.  For
 * what a first start takes from deskbell.conf.  ERR_INVAL with a fault that names the setting.
 * core_decide() checks the rest.
 */
err_t setting_parse(const struct setting *setting, struct span text, struct change *change,
                    struct fault *f) MUST_CHECK;

/*
 * Is this value possible for its setting, whatever the others are?  core_decide() asks for each,
 * and stops at the first that is not; whoever wants to know of all asks here.
 *
 * norm   the memory of out->s where the kept form differs from the given one; the caller's to fini.
 * out    the change as it will be kept; borrows from in and norm.
 *
 * ERR_INVAL with a fault that names the setting.
 */
err_t setting_check(const struct change *in, struct buf *norm, struct change *out,
                    struct fault *f) MUST_CHECK;

/* What decide gives to mailboxes: one outbox row each, in the transaction of the records. */
struct mail_order {
    enum mail_kind kind;
    uint64_t dept;  /* that holds the conversation */
    uint64_t entry; /* that the visitor entered by: speaks to the visitor */
    uint64_t conv;  /* 0: it is about an agent */
    uint64_t agent; /* MAIL_INVITATION, MAIL_RESET: whose link it is; MAIL_TASK, MAIL_MENTION: whom
                       it reminds */
    uint64_t cause; /* index into out->recs while deciding; journal position in the outbox */
    enum lang lang;
    struct span to;     /* MAIL_COPY, MAIL_REPLY: the visitor's address; MAIL_FORWARD: anybody's;
                           MAIL_INVITATION, MAIL_RESET, MAIL_TASK, MAIL_MENTION: the agent's */
    struct span secret; /* MAIL_INVITATION, MAIL_RESET: the link, sealed for the dispatcher */
    /* One that goes to another address in place of a mail's recipient. */
    uint64_t replaces;   /* that mail; 0: none */
    struct span instead; /* that recipient */
    uint64_t story;      /* position of what it is about, which is not its cause then */
};

/* What came of one decision.  Owns its memory; use again after out_reset(). */
struct out {
    struct rec *recs; /* pos, prev, n and seq are already right */
    size_t nrecs, recs_cap;
    struct mail_order *mails;
    size_t nmails, mails_cap;
    void *chunks; /* what the spans above point into; core's own */
    /* The answer. */
    uint64_t id;        /* of what was made or meant */
    uint32_t n, seq;    /* of the line that was written */
    bool unchanged;     /* nothing to do: it was so already */
    struct fault fault; /* set when decide fails */
};
void out_reset(struct out *out);
void out_fini(struct out *out);

/* the rules */

/* A core without anything in it; core_free() takes all that it holds along. */
struct core *core_new(void);
void core_free(struct core *k);

/*
 * What decisions ask about the world; folding asks nothing.  offset_ms: local time minus UTC in a
 * zone that was set, at that moment; as the system's database has it, which may change.  Without it
 * every zone is UTC.
 */
struct core_zones {
    void *arg;
    int64_t (*offset_ms)(void *arg, const char *zone, int64_t wall_ms);
};
void core_set_zones(struct core *k, const struct core_zones *zones);

/*
 * Decide one command.  Changes nothing but *out.  Records get positions from core_next_pos() on.
 *
 * ERR_OK       out holds the records (none if .unchanged) and the answer.
 * ERR_…        nothing happens; out->fault says what and where: ERR_NOTFOUND also for what the
 *              principal may not know of, ERR_DENIED, ERR_INVAL, ERR_TAKEN, ERR_LATE, ERR_ENDED,
 *              ERR_CLOSED, ERR_CONFLICT, ERR_EXISTS, ERR_FULL.
 * Cost: O(log agents of the department) at most, but for lists in the command.
 */
err_t core_decide(const struct core *k, const struct cmd *cmd, int64_t now_ms,
                  struct out *out) MUST_CHECK;

/*
 * The next consequence of the state at this time: an overdue deadline, an offer that can be made.
 * True if it put records into *out; fold them and call again, until false.
 */
bool core_settle(const struct core *k, int64_t now_ms, struct out *out);

/* When core_settle() may next have something to do by time alone; INT64_MAX: never. */
int64_t core_deadline(const struct core *k);

/* Apply a record.  Never fails: what decide or rec_decode let through is right. */
void core_fold(struct core *k, const struct rec *rec);

/*
 * Does this record fit the state?  Always, but after one before it was lost to a bad disk: then a
 * replay leaves out what does not, for core_fold() would stop the program.
 */
bool core_may_fold(const struct core *k, const struct rec *rec);

/* The position that the next record gets, and the first that has not been folded. */
uint64_t core_next_pos(const struct core *k);

/* After loading images, before folding the journal's rest: images speak up to just before `pos`.
 */
void core_set_next_pos(struct core *k, uint64_t pos);

/*
 * After images are loaded and the journal is replayed: the wall clock may have moved far.  Overdue
 * deadlines get at least min_ms from now, and agents count as gone since now.  As records, so that
 * a later replay sees the same: AGENT_GONE for each connected agent, CONV_VISITOR_GONE likewise.
 */
void core_restart(const struct core *k, int64_t now_ms, struct out *out);
void core_set_floor(struct core *k, int64_t now_ms, int64_t min_ms);

/*
 * The time of the newest record.  Decisions never take an earlier time than this, so a clock that
 * is behind it at the start must be made to go on from here.
 */
int64_t core_time(const struct core *k);

/* A hash over the whole state, derived counters and the order of queues included. */
uint64_t core_digest(const struct core *k);

/* repeats */

/*
 * Was this command, by its cid, done before in this conversation (CHAT_SEND, CONV_NOTE, …)?
 * ERR_OK it was: *n, *seq, *pos as answered then.  ERR_REUSED: the id had another content.
 * ERR_NOTFOUND: new, or not a conversation's command (those are looked up in the store).
 */
err_t core_repeat(const struct core *k, const struct cmd *cmd, uint32_t *n, uint32_t *seq,
                  uint64_t *pos) MUST_CHECK;

/* images: the state as rows */

/*
 * Which conversations a command needs in memory, by numbers from 0 on; 0: no more.  If
 * !core_conv(), read its row, adopt it.
 */
uint64_t core_needs_conv(const struct core *k, const struct cmd *cmd, size_t at);

/* Append the image of an object; false if it is gone (its row is to be deleted). */
bool core_image(const struct core *k, enum obj_type type, uint64_t id, struct buf *out);

/*
 * Load an image.  At the start in the order of enum obj_type, for each kind in any order: an image
 * that speaks of an unknown department or agent is corrupt.  An ended conversation's at any time.
 * ERR_CORRUPT, ERR_EXISTS: nothing changed.
 */
err_t core_adopt(struct core *k, enum obj_type type, uint64_t id, struct span image) MUST_CHECK;

/*
 * Objects changed since they were drained last: calls fn for the `max` that have waited longest,
 * and forgets them.  For rows written at checkpoints.  `gone`: its row among these is to be deleted
 * (blocks, sessions, and conversations that have ended or were missed: they have the row that is
 * written through).  core_dirty_count(): how many wait; none: the rows are the state.
 */
typedef void core_obj_fn(void *arg, enum obj_type type, uint64_t id, bool gone);
void core_drain_dirty(struct core *k, size_t max, core_obj_fn *fn, void *arg);
size_t core_dirty_count(const struct core *k);

/*
 * What must be written with the batch that changed it: portal, departments and agents whose
 * settings changed (the dispatcher reads them; names of agents stand in its mails) and
 * conversations that are ended or missed.  Calls fn for each and forgets them.
 */
void core_drain_through(struct core *k, core_obj_fn *fn, void *arg);

/*
 * Forget an ended or missed conversation whose row is durable, as of its last record (.last_pos).
 * No-op for others.
 */
void core_evict(struct core *k, uint64_t conv);

/* A conversation's image without a core, for readers of rows (lists, the dispatcher).  Free with
 * conv_free(). */
err_t conv_decode(uint64_t id, struct span image, struct conv **conv) MUST_CHECK;
void conv_free(struct conv *cv);

/*
 * What places a conversation's row, out of its image without the rest: one pass over its fields,
 * no memory of its own.  ERR_CORRUPT as conv_decode(), but texts are not looked at.
 */
struct conv_brief {
    struct ipaddr ip;
    enum conv_state state;
    uint64_t dept, last_pos;
    enum box box;            /* as conv_box() */
    uint64_t email;          /* fingerprint of the address of one to answer; 0: none */
    uint32_t mailed;         /* answers by e-mail */
    struct span mailto;      /* that address, borrowed */
    uint64_t agent;          /* who had it; 0: nobody */
    uint64_t tags[TAGS_MAX]; /* tag_hash() of each */
    size_t ntags;
};
err_t conv_brief(struct span image, struct conv_brief *brief) MUST_CHECK;
err_t dept_decode(uint64_t id, struct span image, struct dept **dept) MUST_CHECK;
void dept_free(struct dept *dept);
err_t portal_decode(struct span image, struct portal **portal) MUST_CHECK; /* "": as it begins */
void portal_free(struct portal *portal);
err_t agent_decode(uint64_t id, struct span image, struct agent **agent) MUST_CHECK;
void agent_free(struct agent *agent);
err_t task_decode(uint64_t id, struct span image, struct task **task) MUST_CHECK;
void task_free(struct task *task);

/*
 * Who had a part in a conversation that is over, out of its image without the rest, as
 * conv_brief().  None where it was not noted yet.
 */
struct conv_worked {
    int64_t ended_ms;
    struct conv_time parts[TIMES_MAX]; /* of agents, each once */
    size_t n;
};
err_t conv_worked(struct span image, struct conv_worked *w) MUST_CHECK;

/* looking */

/*
 * How often the settings of the portal, a department or an agent have changed, from 1 on; 0: there
 * is no such thing.  Whoever changes some says which version he has seen.
 */
uint32_t core_version(const struct core *k, enum obj_type type, uint64_t id);
/*
 * Which of these changes overrun one that was made since set->version: the same setting, to
 * something else than it has now.  None where it is 0.  What a change before the journal's programs
 * knew versions did counts as seen.
 *
 * out   so many at most; returns how many there are of them
 */
struct overrun {
    const struct setting *setting;
    uint64_t by; /* who has changed it; 0: the operator */
    int64_t at_ms;
};
size_t core_overrun(const struct core *k, enum obj_type type, const struct cmd_set *set,
                    struct overrun *out, size_t max);

/* Borrowed until the next fold, adopt or evict. */
const struct portal *core_portal(const struct core *k);
const struct dept *core_dept(const struct core *k, uint64_t id); /* NULL also when deleted */
const struct dept *core_dept_by_code(const struct core *k, struct span code); /* public ones only */
/* The one that the conversation's visitor came in by: private and deleted ones, too. */
const struct dept *core_entry(const struct core *k, const struct conv *cv);
const struct agent *core_agent(const struct core *k, uint64_t id); /* NULL also when deleted */
/* An agent's name, also of one who was deleted: what he wrote stays his.  "" for nobody. */
const char *core_agent_name(const struct core *k, uint64_t id);
bool core_agent_is_anonymised(const struct core *k, uint64_t id); /* that name stands for another */
uint64_t email_fingerprint(struct span email);                    /* the same for A and a */
const struct agent *core_agent_by_email(const struct core *k, struct span email);
const struct agent *core_agent_by_link(const struct core *k, const uint8_t hash[HASH_BYTES],
                                       int64_t now_ms);
/* The name of a picture as text, with its NUL, and back; false: that is none. */
#define PICTURE_NAME 33
void picture_name_format(const uint64_t name[2], char out[PICTURE_NAME]);
bool picture_name_parse(struct span text, uint64_t name[2]) MUST_CHECK;
/* Whose picture has this name; deleted ones', too, until they are anonymised.  NULL: nobody's. */
const struct agent *core_agent_by_picture(const struct core *k, const uint64_t name[2]);
/* An agent, deleted or not; NULL: there never was one. */
const struct agent *core_agent_ever(const struct core *k, uint64_t id);
const struct session *core_session_by_token(const struct core *k, const uint8_t hash[HASH_BYTES]);
/* Has the agent a second factor, or must he have one to sign in? */
bool agent_needs_factor(const struct core *k, const struct agent *ag);
const struct session *core_session(const struct core *k, uint64_t id); /* or an API token */
/* The sessions of an agent, or his API tokens, oldest first; `*id` starts at 0; false at the end.
 */
bool core_next_session_of(const struct core *k, uint64_t agent, uint64_t *id);
bool core_next_token_of(const struct core *k, uint64_t agent, uint64_t *id);
const struct conv *core_conv(const struct core *k, uint64_t id); /* in memory, else NULL */
bool conv_is_open(const struct conv *cv);                        /* neither ended nor missed */
/* The agent of its department who wrote to its visitor last, in it or before; 0: nobody did. */
uint64_t conv_met(const struct conv *cv);
/* How long it was in this agent's hands by now: see struct conv_time. */
int64_t conv_time_ms(const struct conv *cv, uint64_t agent, int64_t now_ms);
/* Has an agent written to its visitor, in it or by mail?  Of those that are over. */
bool conv_is_answered(const struct conv *cv);
/* Tags: the number of a key, an id's range, and whether a conversation has one of that number. */
uint64_t tag_hash(struct span key);
bool conv_has_tag(const struct conv *cv, uint64_t hash);
/* Where a missed one lies; BOX_NONE: it is none.  One that nobody put anywhere is answered by the
 * mails that went from it. */
enum box conv_box(const struct conv *cv);
/* To whom a missed one is given; 0: to nobody who could still answer there. */
uint64_t core_given(const struct core *k, const struct conv *cv);
const struct block *core_block(const struct core *k, uint64_t id);
const struct block *core_block_match(const struct core *k, const struct ipaddr *ip, int64_t now_ms);

/*
 * Open conversations in order: what an agent holds or is offered, the oldest first; a department's
 * queue, who comes next first.  at: from 0 on.  NULL: there are fewer.  O(log of them).
 */
const struct conv *core_held_at(const struct core *k, uint64_t agent, size_t at);
const struct conv *core_queue_at(const struct core *k, uint64_t dept, size_t at);

/* Open conversations from there; stops counting at `max`. */
size_t core_open_from(const struct core *k, const struct ipprefix *from, size_t max);

const struct custom_role *core_role(const struct core *k, uint64_t id); /* NULL: there is none */
/* How many agents have it; *first: one of them, or 0.  Costs a look at each agent. */
size_t core_role_agents(const struct core *k, uint64_t role, uint64_t *first);

/* A saved view; NULL: there is none.  Those of one owner, an agent or a department, by id. */
const struct saved *core_saved(const struct core *k, uint64_t id);
bool core_next_saved_of(const struct core *k, uint64_t owner, uint64_t *id);

const struct canned *core_canned(const struct core *k, uint64_t id); /* NULL: there is none */

/*
 * Those of one owner, in order of id: an agent's own, a department's, with 0 the portal's.  `*id`
 * starts at 0; false at the end.  Cost: O(log of all) a step.
 */
bool core_next_canned_of(const struct core *k, uint64_t owner, uint64_t *id);
/* Another number whenever one of them was added, changed or dropped; no part of the state. */
uint64_t core_canned_stamp(const struct core *k);

/*
 * Tasks: one of them; NULL: there is none.  Those of an agent (0: of nobody), and those of a
 * conversation: to be done first, by when they are due, those without a time behind; then what is
 * done, the newest first.  `last` is the one before, NULL at the beginning; NULL at the end.
 * Cost: O(log of all) each.
 */
const struct task *core_task(const struct core *k, uint64_t id);
const struct task *core_next_task_of(const struct core *k, uint64_t agent, const struct task *last);
const struct task *core_next_task_in(const struct core *k, uint64_t conv, const struct task *last);
size_t core_task_count(const struct core *k, uint64_t agent); /* of those to be done */
bool core_next_task(const struct core *k, uint64_t *id);      /* as below */

/* In order of id.  `*id` starts at 0; false at the end. */
bool core_next_dept(const struct core *k, uint64_t *id);
bool core_next_agent(const struct core *k, uint64_t *id);
bool core_next_block(const struct core *k, uint64_t *id);
bool core_next_conv(const struct core *k, uint64_t *id);
bool core_next_canned(const struct core *k, uint64_t *id);
bool core_next_role(const struct core *k, uint64_t *id);
bool core_next_saved(const struct core *k, uint64_t *id);

/*
 * A department as visitors find it now.  OPEN: somebody is free.  BUSY: a chat will wait.  OFFLINE:
 * nobody is there, or the queue is full.  CLOSED: it is switched off.  The first two take chats.
 */
enum dept_door { DOOR_OPEN, DOOR_BUSY, DOOR_OFFLINE, DOOR_CLOSED };
enum dept_door core_door(const struct core *k, const struct dept *d);

/*
 * Place in the queue, 1 is next; 0: not waiting, or not where its visitor came in, who is to know
 * of no other department.  eta_ms 0: no honest estimate.
 */
uint32_t core_queue_place(const struct core *k, const struct conv *cv, int64_t *eta_ms);

/* A department by its business hours alone; all times in ms, 0 where there is none. */
struct hours_now {
    bool open, takes;       /* takes: a chat can begin */
    int64_t closes_ms;      /* while open; 0: no end is in sight */
    int64_t chats_until_ms; /* likewise: chats begin until then */
    int64_t opens_ms;       /* while it takes none: when it does again; 0: not within a year */
    int64_t look_ms;        /* when this may change; INT64_MAX: never */
};
/* Of any department, also one of dept_decode().  Cost: its days up to the next change. */
void core_hours(const struct core *k, const struct dept *d, int64_t now_ms, struct hours_now *out);

/*
 * The same as if these settings were changed, which is checked as by DEPT_SET; others than hours
 * count for nothing.  ERR_INVAL with a fault that names the setting.
 */
err_t core_hours_try(const struct core *k, const struct dept *d, const struct change *changes,
                     size_t n, int64_t now_ms, struct hours_now *out, struct fault *f) MUST_CHECK;

const char *door_word(enum dept_door door); /* "open", "busy", "offline", "closed" */

#define VISITOR_QUEUE_GRACE_MS 60000 /* a waiting visitor without connection gave up after this */
#define END_UNDO_MS 10000            /* so long an end can be undone */
#define LAPSES_MAX 2                 /* offers lapsed in a row that make an agent away */
#define LEFT_KEPT_MS (14 * 24 * 3600 * INT64_C(1000)) /* what is left is kept so long */

/* who would be asked */

/* How a member stands to the next offer of his department. */
enum stand { STAND_NONE, STAND_OFFLINE, STAND_STATUS, STAND_FULL, STAND_FREE };
const char *stand_word(enum stand stand); /* "none", "offline", "status", "full", "free" */

/* STAND_NONE: no member, or none with chat access who may answer.  O(log departments). */
enum stand core_stand(const struct dept *d, const struct agent *ag);

/*
 * Who would be asked first if this chat rang there now; cv NULL: one of a visitor who is not known.
 * NULL: nobody is free.  `how`: why he is the one.  O(log agents).
 */
const struct agent *core_next_taker(const struct core *k, const struct dept *d,
                                    const struct conv *cv, enum chosen *how);

/*
 * Does it ring at several agents at once: at this one, or, where one of them has it, did it?  Is it
 * offered to him, alone or among others?  As whose agents are they asked who are asked for it?
 */
bool conv_rings(const struct conv *cv);
bool conv_rings_at(const struct conv *cv, uint64_t agent);
bool conv_is_offered_to(const struct conv *cv, uint64_t agent);
uint64_t conv_asks(const struct conv *cv);
/* Those that ring at an agent, from 0 on, in no order; NULL: no more.  O(what has asked him). */
const struct conv *core_rung_at(const struct core *k, uint64_t agent, size_t at);
/* At whom one would ring that rang there now, in their order: RUNG_MAX at most; how many. */
size_t core_would_ring(const struct dept *d, const struct conv *cv, uint64_t agents[RUNG_MAX]);

/* handing on */

/*
 * Could an active conversation be handed on there, by somebody who may: to the department, or to
 * this agent in it?
 *
 * ERR_OK        it could.
 * ERR_DENIED    the portal allows none between departments.
 * ERR_CONFLICT  the fault says what is missing: field "department" or "agent".
 *
 * Cost: O(log departments of the agent).
 */
err_t core_may_hand_to_dept(const struct core *k, const struct conv *cv, const struct dept *d,
                            struct fault *f) MUST_CHECK;
err_t core_may_hand_to_agent(const struct core *k, const struct conv *cv, const struct agent *ag,
                             const struct dept *d, struct fault *f) MUST_CHECK;

/* The department where an agent would take it: its own, or the first of his; 0: none of his. */
uint64_t core_hand_dept(const struct core *k, const struct conv *cv, const struct agent *ag);

/*
 * Could this agent be given the conversation by hand, by somebody who may?  Beyond his capacity,
 * and though he is busy or away, but not while he has no connection; to answer a missed one, then,
 * too.
 *
 * ERR_OK, or ERR_CONFLICT with what he lacks.  Cost: O(log departments of the agent).
 */
err_t core_may_assign(const struct conv *cv, const struct agent *ag, struct fault *f) MUST_CHECK;

/* What an agent has under way, and what ends with him. */
struct agent_work {
    uint32_t chats;    /* that he has */
    uint32_t offers;   /* that he is being asked about */
    uint32_t handed;   /* that he has handed on, and nobody has taken yet */
    uint32_t sessions; /* in which he is signed in */
    uint32_t canned;   /* canned replies of his own */
    uint32_t tasks;    /* that he is still to do */
};
/* Cost: what it counts. */
struct agent_work core_agent_work(const struct core *k, const struct agent *ag);

/*
 * Could this agent go on with all chats of another, who is disabled or deleted?  ERR_OK, also where
 * there is none.  ERR_CONFLICT: f says what he lacks, as core_may_assign() does, and *dept where.
 * Cost: the chats.
 */
err_t core_may_take_over(const struct agent *from, const struct agent *to, uint64_t *dept,
                         struct fault *f) MUST_CHECK;

/* The next department, in order of id, in which nobody but this agent has access to chats. */
bool core_next_dept_alone(const struct core *k, const struct agent *ag, uint64_t *dept);

/* Would nobody be left who can manage the portal from the console? */
bool core_is_last_admin(const struct core *k, const struct agent *ag);

/*
 * Could this agent go on with all open tasks of another, who is disabled or deleted?  He must be
 * able to see what they are about, once the chats have gone where `end` says; a conversation that
 * is not there any more hides nothing.
 *
 * The conversations are in memory: see core_needs_conv(), for an AGENT_DISABLE with `tasks_to`.
 *
 * ERR_OK, also where there is none; ERR_CONFLICT or ERR_FULL with what he lacks.  Cost: the tasks.
 */
err_t core_may_take_tasks(const struct core *k, const struct cmd_agent_end *end,
                          const struct agent *to, struct fault *f) MUST_CHECK;

/*
 * Could this agent be given a task about the conversation?  Whoever may see it can.  ERR_OK, or
 * ERR_CONFLICT with what he lacks.
 */
err_t core_may_task(const struct core *k, const struct conv *cv, const struct agent *ag,
                    struct fault *f) MUST_CHECK;

/*
 * Members with chat access who are connected and not offline, and those with a free place; without
 * this agent (0: nobody).
 */
void core_dept_there(const struct core *k, const struct dept *d, uint64_t but, uint32_t *there,
                     uint32_t *free_now);

/* mails from a conversation */

/*
 * May it answer this conversation by e-mail, and can that be done: it is over, the visitor left an
 * address, there is an address to send from?  ERR_OK, what audience_may() gives, or ERR_CONFLICT
 * and ERR_FULL with the field ("state", "email", "from", "conversation") that stands in the way.
 */
err_t core_may_mail(const struct core *k, const struct principal *who, const struct conv *cv,
                    struct fault *f) MUST_CHECK;

/* Is there an address that mails of this department, or of its entry department, come from? */
bool core_dept_has_from(const struct core *k, const struct dept *d); /* NULL: it is gone */
bool core_has_from(const struct core *k, const struct conv *cv);

#endif
