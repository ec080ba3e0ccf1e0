/*
 * What the files of this room share: the state with its indexes, and the plan of a decision.
 *
 * state/     what is held, its indexes and counters, and who comes next
 * decide/    commands, and what follows by itself, into records
 * records/   records and rows as bytes, and records into the state
 * images/    the state as rows and back, and its digest
 * rights/    who may see and do what
 * rules/     which skills a chat wants, and who has them
 * settings/  what can be set, and the words for everything
 * hours/     business hours: their texts, and when a department is open by them
 */
#ifndef CORE_INT_H
#define CORE_INT_H

#include <stdlib.h>

#include "deskbell/core.h"
#include "deskbell/id.h"
#include "deskbell/limits.h"
#include "deskbell/mailbox.h"
#include "deskbell/tlv.h"
#include "settings/changed.h"
#include "settings/tags.h"

/* ordered trees (otree.c): O(log n) each, by three numbers, smallest first; keys are unique */

struct onode {
    struct onode *up, *lo, *hi;
    uint64_t key[3];
    uint32_t prio, size;
    bool in;
};
struct otree {
    struct onode *root;
};

void otree_put(struct otree *t, struct onode *n, uint64_t a, uint64_t b, uint64_t c);
void otree_del(struct otree *t, struct onode *n); /* nothing if it is in none */
void otree_move(struct otree *t, struct onode *n, uint64_t a, uint64_t b, uint64_t c);
struct onode *otree_first(const struct otree *t);
struct onode *otree_last(const struct otree *t);
struct onode *otree_at(const struct otree *t, size_t rank); /* NULL over the end */
struct onode *otree_next(const struct onode *n);
struct onode *otree_at_least(const struct otree *t, uint64_t a, uint64_t b, uint64_t c);
struct onode *otree_find(const struct otree *t, uint64_t a, uint64_t b, uint64_t c);
size_t otree_size(const struct otree *t);
size_t otree_rank(const struct onode *n); /* 0 is the first */

/* the state: each thing of domain.h inside what only the core knows of it */

/* How a member with chat access stands to the next offer of the department. */
enum seat_class { SEAT_NONE, SEAT_OFFLINE, SEAT_STATUS, SEAT_FULL, SEAT_FREE, SEAT_CLASS_COUNT };

struct xagent;
struct asked;

struct rules;
struct seat_pool {
    struct onode node;
    struct seat *seat;
};

/* One membership, beside agent.members[]. */
struct seat {
    struct xagent *agent;
    struct xdept *dept;
    enum seat_class class;
    struct onode other; /* in xdept.others, while it is not free: by class and agent */
    struct onode free;  /* in xdept.free: by seat_rank(), longest idle, lower id */
    /* Likewise, in the tree of each rule that it fits: see rules/pools.c. */
    struct seat_pool *pool;
    size_t npool;
    uint32_t fits; /* BIT() of each */
};

struct xdept {
    struct dept d;
    struct changed changed;
    uint64_t last_pos;
    uint32_t seats[SEAT_CLASS_COUNT];
    struct rules *rules;  /* NULL: none */
    struct otree free;    /* seats of eligible agents */
    struct otree others;  /* those of others with chat access */
    struct otree waiting; /* conversations without an offer, in the queue's order */
    struct otree guests;  /* those of other departments that may also come here */
    struct otree ringing; /* those that ring at its agents, its own and others' */
    struct otree queue;   /* those, and the offered ones */
    struct otree left;    /* those that are kept until it opens, likewise */
    struct onode by_id, by_code, due;
    struct onode ready; /* somebody waits and somebody is free: by the head's place */
    struct onode open;  /* it is open, and something was left there: by the head's place */
    bool dirty, through;
};

/* How many of an agent's conversations a department has completed. */
struct done {
    uint64_t dept, count;
};

struct xagent {
    struct agent a;
    struct changed changed;
    uint64_t last_pos;
    struct seat **seats; /* parallel to a.members */
    struct done *done;   /* sorted by dept */
    size_t ndone;
    struct otree held;     /* conversations held or offered */
    struct otree handed;   /* those handed on that nobody has taken yet */
    struct asked *asked;   /* for which conversations it was asked in their present rounds */
    struct otree sessions; /* oldest first */
    struct otree tokens;   /* its API tokens, likewise */
    struct onode by_id, by_email, by_link, by_picture, due;
    bool dirty, through;
};

struct xsession {
    struct session s;
    uint64_t last_pos;
    struct onode by_id, by_token, of_agent, due;
    bool dirty;
};

struct xblock {
    struct block b;
    uint64_t last_pos;
    struct onode by_id, by_prefix, due;
    bool dirty;
};

struct xcanned {
    struct canned c;
    uint64_t last_pos;
    struct onode by_id;
    struct onode of_owner;    /* by owner and id */
    struct onode by_shortcut; /* by owner, the shortcut's hash and id; those that have one */
    bool dirty;
};

struct xrole {
    struct custom_role r;
    uint64_t last_pos;
    struct onode by_id;
    bool dirty;
};

struct xtask {
    struct task t;
    uint64_t last_pos;
    struct onode by_id, due;
    struct onode of_agent, of_conv; /* by whose it is, and what task_order() says */
    bool dirty, through;
};

#define RECENT_MAX 256
struct recent_item {
    uint64_t cid, chash, pos;
    uint32_t n, seq;
};
struct recent {
    uint32_t count, next; /* next: where the next is written once it is full */
    struct recent_item items[];
};

/* The departments whose agents are asked for a conversation. */
enum desk { DESK_OWN, DESK_OVERFLOW, DESK_SKILLED, DESK_COUNT };

struct xconv {
    struct conv c;
    bool doomed;    /* a block hit it: it ends with the next settling */
    bool left_more; /* the words of a missed visitor were taken once */
    bool linked;
    int pool; /* of its department's rules, from 0 on, the one that it waits by; -1: none */
    struct otree asked_all; /* whom the present round has asked, by agent */
    /* Those of them with a free seat, in the order of xdept.free: at home, and where it may also
     * go. */
    struct otree asked_free[DESK_COUNT];
    struct onode by_id, by_ip, waiting, guest, ringing, queue, left, held, handed, due;
    struct onode pause; /* until its next round: waits, and has asked somebody */
    bool dirty, through;
};

struct objref {
    enum obj_type type;
    uint64_t id;
};
struct reflist {
    struct objref *p;
    size_t at, n, cap; /* at: those before it are drained */
};

struct core {
    struct core_zones zones;
    struct portal portal;
    struct changed portal_changed;
    uint64_t portal_last_pos;
    bool portal_dirty, portal_through;
    uint64_t next_pos, last_id;
    int64_t time_ms;  /* of the newest record */
    int64_t floor_ms; /* nothing falls due before this; not part of the state */
    struct otree depts, agents, sessions, blocks, convs, canned, roles, tasks, saved,
        mentions;                                         /* by id */
    struct otree codes;                                   /* public departments */
    struct otree emails;                                  /* agents that are not deleted */
    struct otree links;                                   /* agents with a one-time link */
    struct otree pictures;                                /* agents with a picture, by its name */
    struct otree tokens;                                  /* sessions */
    struct otree prefixes;                                /* blocks */
    struct otree ips;                                     /* open conversations */
    struct otree canned_of, shortcuts;                    /* canned replies */
    struct otree tasks_of, tasks_in;                      /* tasks */
    struct otree saved_of;                                /* saved views */
    struct otree mentions_of, mentions_read, mentions_in; /* mentions: see state/mention.h */
    size_t canned_bytes;                                  /* of their texts */
    uint64_t canned_stamp;                                /* not part of the state */
    struct otree dues;        /* all but the portal: by deadline, kind, id */
    struct otree pauses;      /* conversations, by when their next round begins */
    struct otree ready;       /* departments that can make an offer */
    struct otree unrung;      /* of struct asked: who can answer no more */
    struct otree open;        /* those where what was left comes to wait */
    uint32_t block_bits[129]; /* how many blocks have that many bits */
    struct reflist dirty, through;
};

#define DUE_NOW 0 /* sorts first, and the floor does not hold it back */

/* state/state.c */
struct xdept *xdept_find(const struct core *k, uint64_t id);
struct xagent *xagent_find(const struct core *k, uint64_t id);
struct xsession *xsession_find(const struct core *k, uint64_t id);
struct xblock *xblock_find(const struct core *k, uint64_t id);
struct xconv *xconv_find(const struct core *k, uint64_t id);
struct xdept *xdept_new(uint64_t id);
struct xagent *xagent_new(uint64_t id);
struct xconv *xconv_new(uint64_t id);
struct xsession *xsession_new(uint64_t id);
void xsession_free(struct xsession *x);
void xconv_free(struct xconv *x);
void xagent_free(struct xagent *x);
void portal_init(struct portal *p);
void portal_clear(struct portal *p);
void core_add_dept(struct core *k, struct xdept *x);
void core_add_agent(struct core *k, struct xagent *x);
void core_add_session(struct core *k, struct xsession *x);
void core_add_block(struct core *k, struct xblock *x);
void core_add_conv(struct core *k, struct xconv *x);
void core_drop_session(struct core *k, struct xsession *x);
void core_drop_block(struct core *k, struct xblock *x);
void core_drop_conv(struct core *k, struct xconv *x);
void core_touch(struct core *k, enum obj_type type, uint64_t id);         /* for a checkpoint */
void core_touch_through(struct core *k, enum obj_type type, uint64_t id); /* with its batch */
void ip_key(const struct ipaddr *ip, uint64_t key[2]);

/* state/canned.c */
struct xcanned *xcanned_find(const struct core *k, uint64_t id);
struct xcanned *xcanned_new(uint64_t id);
void xcanned_free(struct xcanned *x);
void core_add_canned(struct core *k, struct xcanned *x);
void core_drop_canned(struct core *k, struct xcanned *x);
/* Take it out of the indexes before its texts change, and put it back. */
void canned_unlink(struct core *k, struct xcanned *x);
void canned_link(struct core *k, struct xcanned *x);
size_t canned_count_of(const struct core *k, uint64_t owner); /* O(log of all) */
/* Another of the same owner with this shortcut; NULL: there is none. */
const struct canned *canned_by_shortcut(const struct core *k, uint64_t owner, struct span shortcut,
                                        uint64_t but);
uint64_t canned_owner(const struct canned *c); /* 0: the portal */
size_t canned_bytes(const struct canned *c);

/* state/roles.c */
struct xrole *xrole_find(const struct core *k, uint64_t id);
struct xrole *xrole_new(uint64_t id);
void xrole_free(struct xrole *x);
void core_add_role(struct core *k, struct xrole *x);
void core_drop_role(struct core *k, struct xrole *x);
const struct custom_role *role_by_name(const struct core *k, struct span name, uint64_t but);

/* state/place.c: what follows from the state of a thing for the indexes and counters */
bool agent_may_answer(const struct agent *ag);
bool agent_takes_offers(const struct agent *ag);
size_t agent_member_at(const struct agent *ag, uint64_t dept);  /* the first of at least this */
size_t agent_done_at(const struct xagent *x, uint64_t dept);    /* likewise */
struct done *agent_done(struct xagent *x, uint64_t dept);       /* makes it where there is none */
struct seat *agent_seat(const struct xagent *x, uint64_t dept); /* NULL: no member */
void agent_place(struct core *k, struct xagent *x);
void agent_seat_put(struct core *k, struct xagent *x, const struct member *m);
void agent_seat_del(struct core *k, struct xagent *x, uint64_t dept);
void agent_index_link(struct core *k, struct xagent *x);
void agent_index_email(struct core *k, struct xagent *x);
void agent_index_picture(struct core *k, struct xagent *x);
void dept_index_code(struct core *k, struct xdept *x);
void dept_index_due(struct core *k, struct xdept *x);
void conv_unlink(struct core *k, struct xconv *x);
void conv_link(struct core *k, struct xconv *x);
void conv_place(struct core *k, struct xconv *x); /* its deadlines alone */
int64_t conv_waits_since(const struct conv *cv);  /* it came back, was left and queued, or rang */
bool conv_is_held(const struct conv *cv);         /* active, and takes a place of its agent's */
bool conv_may_become(const struct conv *cv, enum conv_state to);
void conv_set_state(struct conv *cv, enum conv_state to, int64_t now_ms);
void core_place_all(struct core *k); /* after a setting that moves deadlines */
const struct dept *conv_entry(const struct core *k, const struct conv *cv);
bool dept_is_open(const struct xdept *d); /* its hours are on, and somebody there takes chats */

/* state/waits.c: who waits for an agent, and who for the next round */
void dept_place(struct core *k, struct xdept *x);
/*
 * The first of those who wait whom somebody free has not been asked for; NULL: there is none.
 * O(1), and one step for each before it that has asked everybody.
 */
struct xconv *dept_next(const struct xdept *x);
int64_t conv_pause_ms(const struct core *k, const struct xconv *x); /* its end; INT64_MAX: none */
void pause_place(struct core *k, struct xconv *x);
int64_t conv_overflow_ms(const struct core *k, const struct conv *cv); /* likewise: when it may */
enum desk conv_desk(const struct conv *cv, const struct dept *d);
void overflow_link(struct core *k, struct xconv *x);
void overflow_unlink(struct core *k, struct xconv *x);
/* It may also go to this department, from now on, and to no other; 0: to none. */
void overflow_set(struct core *k, struct xconv *x, uint64_t dept);
/* Those of a department go nowhere else, until they are due again.  O(open conversations). */
void overflow_forget(struct core *k, uint64_t dept);

enum due_kind { DUE_AGENT, DUE_SESSION, DUE_BLOCK, DUE_CONV, DUE_DEPT, DUE_TASK, DUE_MENTION };

/* What a conversation's earliest deadline is about. */
enum conv_due {
    CONVDUE_NONE,
    CONVDUE_DOOMED,
    CONVDUE_DEPT,
    CONVDUE_CLOSED, /* a left one, whose department takes none any more */
    CONVDUE_LEFT,   /* likewise, and it is not kept any more */
    CONVDUE_TOOBIG,
    CONVDUE_WAIT,
    CONVDUE_GONE,
    CONVDUE_OFFER,
    CONVDUE_OVERFLOW,
    CONVDUE_RELAX,
    CONVDUE_BACK,
    CONVDUE_ENDING,
    CONVDUE_IDLE
};
int64_t conv_due_ms(const struct core *k, const struct xconv *x, enum conv_due *what);
int64_t agent_due_ms(const struct core *k, const struct xagent *x);

bool dept_takes_chats(const struct dept *d);
enum chosen chosen_of(const struct dept *d); /* the word for its choice */
/* May others' chats go there, and is there anybody who could answer? */
err_t dept_may_have_queue(const struct core *k, const struct dept *d, struct fault *f) MUST_CHECK;

/* records/fields.c: members of structs as fields */

enum kind {
    /* Numbers, by their storage. */
    KIND_U64,
    KIND_I64, /* never negative */
    KIND_U32,
    KIND_U8,
    KIND_BOOL,
    KIND_ENUM,
    /* Others. */
    KIND_STR,    /* owned text */
    KIND_SPAN,   /* borrowed bytes */
    KIND_FIELDS, /* a borrowed sequence of fields, looked through when it is read */
    KIND_HASH,   /* HASH_BYTES */
    KIND_MARK,   /* a bool: `limit` is the character that stands for true */
    KIND_PREFIX, /* struct ipprefix */
    KIND_ACCESS, /* of a struct member: BIT(0) chat, BIT(1) notify, above them the tier */
    KIND_COUNTS  /* `limit` numbers of 32 bits, as fields from 1 on */
};

struct field {
    unsigned tag;
    enum kind kind;
    bool is_signed; /* a number that is written like a KIND_I64 */
    bool needed;    /* rec_decode() refuses records without it */
    size_t offset;
    uint64_t limit; /* numbers: the first that is none, 0: all that the storage has */
};

void str_set(char **to, struct span s); /* owned text: frees what was there */
void fields_put(struct buf *b, const struct field *fields, size_t n, const void *object);
bool fields_are_sound(struct span in);
/* False: malformed, or out of the limits; *object may have been written to. */
bool field_take(const struct field *f, const struct tlv *t, void *object);
/* What a thing has beside what its table says.  False: malformed. */
typedef bool take_fn(void *object, const struct tlv *t);
/* All of a value; `take`, if there is one, gets what the table has not.  ERR_CORRUPT. */
err_t fields_read(struct span value, const struct field *fields, size_t n, take_fn *take,
                  void *object) MUST_CHECK;

/* settings/settings.c */
#define TAG_KEPT 1000 /* from here on: what fold keeps, in images; settings go on at 2000 */
size_t templates_bytes(const struct templates *t);
void setting_put(struct buf *b, const struct change *c);
bool settings_apply(enum obj_type type, void *object, struct span fields); /* false: malformed */
void settings_put_all(enum obj_type type, const void *object, struct buf *b);
void object_copy(enum obj_type type, const void *from, void *to);
void object_clear(enum obj_type type, void *object); /* frees the texts of its settings */
err_t portal_check(const struct core *k, const struct portal *p, struct fault *f) MUST_CHECK;
err_t dept_check(const struct core *k, const struct dept *d, struct fault *f) MUST_CHECK;

/* hours/: what was typed, as it is kept, appended to out.  ERR_INVAL, out is then to be thrown away
 */
err_t hours_week_normalise(struct span text, const char *field, struct buf *out,
                           struct fault *f) MUST_CHECK;
err_t hours_days_normalise(struct span text, const char *field, struct buf *out,
                           struct fault *f) MUST_CHECK;
err_t hours_holidays_normalise(struct span text, const char *field, struct buf *out,
                               struct fault *f) MUST_CHECK;
/* Do the hours of a department fit together, as they are after a change? */
err_t hours_check(const struct core *k, const struct dept *before, const struct dept *d,
                  struct fault *f) MUST_CHECK;

/* records/fold_conv.c */
void fold_conv(struct core *k, const struct rec *rec);

/* decide/factor.c: the second factor of an agent, by a record of it or his end */
void fold_factor(struct agent *ag, const struct rec *rec);

/* records/fold_session.c */
void fold_session(struct core *k, const struct rec *rec);

/* records/fold_role.c */
void fold_role(struct core *k, const struct rec *rec);
void fold_agent_role(struct core *k, struct xagent *x, const struct rec *rec);

/* records/fold_canned.c */
void fold_canned(struct core *k, const struct rec *rec);
/* An agent or a department is gone, and those that were his or its with it. */
void fold_canned_owner_gone(struct core *k, uint64_t owner);

/* records/fold_task.c */
void fold_task(struct core *k, const struct rec *rec);

/* decide/plan.c: a decision in the making */
struct plan {
    const struct core *k;
    const struct cmd *cmd; /* NULL while settling */
    struct out *out;
    int64_t now_ms;
    struct principal who;
    bool fresh; /* no object gets two records: spares looking for the one before */
    bool asked; /* rights to do something, more than to see, were asked for and are there */
};
struct rec *plan_rec(struct plan *p, enum rec_type type, uint64_t obj);
struct span plan_copy(struct plan *p, struct span s);
struct span plan_take(struct plan *p, struct buf *b); /* copies and frees the buffer */
/* Order the mail that takes the link of the newest record, sealed, to its owner, the agent `id`. */
void plan_link_mail(struct plan *p, enum mail_kind kind, uint64_t id, const struct agent *ag,
                    struct span sealed);
/* To an agent, about what the newest record reminds him of. */
void plan_reminder(struct plan *p, enum mail_kind kind, const struct agent *ag);

/* Order a mail about a conversation; `to`: where it goes, if not by the department's settings. */
void plan_mail(struct plan *p, enum mail_kind kind, const struct conv *cv, struct span to);
/* The same mail again, to another address: see CMD_MAIL_READDRESS. */
void plan_mail_instead(struct plan *p, const struct mail_order *old, struct span to);
uint64_t plan_id(const struct plan *p);
enum obj_type rec_obj_type(enum rec_type type);
bool rec_type_is_known(unsigned number);

/* decide/: one file a subject */
typedef err_t decide_fn(struct plan *p);
decide_fn decide_portal_set, decide_dept_add, decide_dept_set, decide_dept_remove,
    decide_queue_move;
decide_fn decide_agent_add, decide_agent_set, decide_agent_remove, decide_agent_link,
    decide_agent_password, decide_agent_status, decide_agent_connect, decide_agent_leave,
    decide_member_set, decide_member_remove, decide_agent_disable, decide_agent_role,
    decide_picture_set, decide_picture_remove;
decide_fn decide_session_open, decide_session_close, decide_session_end, decide_session_use,
    decide_token_add, decide_token_remove;
decide_fn decide_role_add, decide_role_set, decide_role_remove;
decide_fn decide_factor_set, decide_factor_remove, decide_factor_use;
decide_fn decide_block_add, decide_block_remove;
decide_fn decide_canned_add, decide_canned_set, decide_canned_remove;
decide_fn decide_chat_start, decide_chat_leave_message, decide_chat_connect, decide_chat_leave,
    decide_chat_feedback, decide_chat_copy;
decide_fn decide_conv_tag, decide_conv_untag;
decide_fn decide_view_add, decide_view_set, decide_view_remove;
decide_fn decide_line_edit, decide_line_remove;
decide_fn decide_task_add, decide_task_set, decide_task_done, decide_task_reopen,
    decide_task_remove;
decide_fn decide_mention_read;
decide_fn decide_chat_send, decide_chat_seen, decide_chat_end, decide_chat_undo_end,
    decide_offer_accept, decide_offer_decline, decide_conv_pick, decide_conv_transfer,
    decide_conv_take_back, decide_conv_assign, decide_conv_reopen, decide_conv_time,
    decide_conv_box, decide_conv_note, decide_conv_mail, decide_conv_forward, decide_mail_readdress;
/* decide/account.c: an agent, for whom the command is; and who may do it but he himself */
err_t plan_agent(struct plan *p, uint64_t id, const struct agent **ag) MUST_CHECK;
err_t plan_agent_own(struct plan *p, uint64_t id, const struct agent **ag) MUST_CHECK;
bool plan_is_self(const struct plan *p, uint64_t agent);
err_t plan_refuse(struct plan *p, err_t err, const char *field, enum refusal why);
/* With the name of an agent; without a reason where he is gone. */
err_t plan_refuse_name(struct plan *p, err_t err, const char *field, enum refusal why,
                       uint64_t agent);
err_t plan_mailbox(struct plan *p, const char *field, struct span addr) MUST_CHECK;
err_t plan_may(struct plan *p, enum action action, const struct conv *cv) MUST_CHECK;
err_t plan_conv(struct plan *p, enum action action, const struct conv **cv) MUST_CHECK;
err_t plan_own_conv(struct plan *p, const struct conv **cv) MUST_CHECK;
/* rights/audience.c: why a reader may not do this, who may not */
enum refusal rights_denied(const struct reader *r, enum action action, const struct conv *cv);
/* decide/assign.c: what an agent lacks for chats of a department, whether he is there or not */
enum refusal agent_lacks(const struct agent *ag, uint64_t dept);
err_t agent_refuse(const struct agent *ag, enum refusal why, struct fault *f); /* NONE: ERR_OK */
/* decide/end.c: ERR_ENDED where it is over, or is ending unless that is undone */
err_t plan_not_over(struct plan *p, const struct conv *cv) MUST_CHECK;
/* What he lacks for being given one by hand: to answer there, and to be there. */
enum refusal agent_lacks_for_hand(const struct agent *ag, uint64_t dept);
err_t plan_agent_admin(struct plan *p, uint64_t id, const struct agent **ag) MUST_CHECK;
/* decide/account_end.c: may he be disabled as a mere setting, with nobody asked about his chats? */
err_t plan_agent_may_go(struct plan *p, const struct agent *ag, const char *field) MUST_CHECK;
/* decide/box.c: giving a missed one to somebody; and that it is answered, by the mail before this
 */
err_t decide_give(struct plan *p);
void plan_mailed(struct plan *p, const struct conv *cv);
/* A text to be kept in a conversation: there, short enough, without control characters. */
err_t plan_line_check(struct plan *p, const struct conv *cv, struct span s) MUST_CHECK;
err_t plan_changes(struct plan *p, const struct change *changes, size_t n, enum obj_type type,
                   void *object, struct buf *fields) MUST_CHECK;
/* Of CMD_…_SET: refused where somebody else has changed one of them meanwhile.  decide/stale.c */
err_t plan_not_stale(struct plan *p, enum obj_type type) MUST_CHECK;

err_t token_refuse(struct fault *f, err_t err, const char *field, uint32_t needs);
uint32_t canned_permission(uint64_t agent, uint64_t dept);
/* rights/token.c: may an API token give this command, and do what was decided? */
err_t token_may_ask(struct plan *p) MUST_CHECK;
err_t token_may_do(struct plan *p) MUST_CHECK;

void recent_push(struct conv *cv, const struct recent_item *item);
const struct recent_item *recent_find(const struct conv *cv, uint64_t cid); /* or NULL */

/* state/task.c */
struct xtask *xtask_find(const struct core *k, uint64_t id);
struct xtask *xtask_new(uint64_t id);
void xtask_free(struct xtask *x);
void core_add_task(struct core *k, struct xtask *x);
void core_drop_task(struct core *k, struct xtask *x);
/* Take it out of the indexes before it changes, and put it back. */
void task_link(struct core *k, struct xtask *x);
void task_unlink(struct core *k, struct xtask *x);
/* Those that an agent is still to do, in their order from 0 on; NULL: no more.  O(log of all). */
const struct task *task_open_at(const struct core *k, uint64_t agent, size_t at);
size_t task_count_in(const struct core *k, uint64_t conv); /* O(log of all) */

/* state/tags.c */
const struct conv_tag *conv_tag_find(const struct conv *cv, struct span key); /* or NULL */
/* One that is there already, or that there is no place for, changes nothing; likewise below. */
void conv_tag_add(struct conv *cv, struct span text, struct span key);
void conv_tag_del(struct conv *cv, struct span key);
void conv_tags_free(struct conv *cv);
void conv_tags_put(const struct conv *cv, unsigned tag, struct buf *out); /* a field each */
bool conv_tag_hash(struct span field, uint64_t *hash);                    /* the key's alone */
bool conv_tag_take(struct conv *cv, struct span field);                   /* false: malformed */

void conv_set_chosen(struct conv *cv, enum chosen how, const struct passed_agent *others, size_t n);
/* decide/task.c: what a task's deadline is about; an agent's open tasks go on with another, or
 * with nobody */
void settle_task(struct plan *p, const struct xtask *x);
void step_give_tasks(struct plan *p, const struct agent *from, uint64_t to);

/* decide/steps.c: the steps that decisions and settling share */
void step_end(struct plan *p, const struct conv *cv, enum why why);
void step_end_undone(struct plan *p, const struct conv *cv, enum why why);
void step_offer_over(struct plan *p, const struct conv *cv, enum why why);
void step_accept(struct plan *p, const struct conv *cv, uint64_t agent);
void step_assign(struct plan *p, const struct conv *cv, uint64_t agent);
void step_offer(struct plan *p, const struct xdept *dept);
void step_offer_named(struct plan *p, const struct conv *cv, uint64_t agent, const struct dept *d,
                      int64_t until_ms);
void step_pass_on(struct plan *p, const struct conv *cv, enum why why);
void step_back(struct plan *p, const struct conv *cv, enum why why, bool whatever);
/* But one, which goes on; 0: none does, and no API token either. */
void step_close_sessions(struct plan *p, const struct xagent *x, uint64_t but);
void step_close_browsers(struct plan *p, const struct xagent *x, uint64_t but); /* no tokens */

/* images/image.c */
err_t conv_decode_x(uint64_t id, struct span image, struct xconv **out) MUST_CHECK;
err_t session_decode_x(uint64_t id, struct span image, struct xsession **out) MUST_CHECK;
err_t block_decode_x(uint64_t id, struct span image, struct xblock **out) MUST_CHECK;
err_t portal_adopt(struct core *k, struct span image) MUST_CHECK;

/* images/image_role.c */
void role_image(const struct xrole *x, struct buf *out);
err_t role_decode_x(uint64_t id, struct span image, struct xrole **out) MUST_CHECK;

/* images/image_canned.c */
void canned_image(const struct xcanned *x, struct buf *out);
err_t canned_decode_x(uint64_t id, struct span image, struct xcanned **out) MUST_CHECK;

/* images/image_task.c */
void task_image(const struct xtask *x, struct buf *out);
err_t task_decode_x(uint64_t id, struct span image, struct xtask **out) MUST_CHECK;

#include "state/asked.h"
#include "state/mention.h"
#include "state/saved.h"
#include "state/times.h"

#endif
