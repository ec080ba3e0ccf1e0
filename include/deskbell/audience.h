/*
 * Who may know of what, and do what with it.  Everything that shows, counts, tells or changes asks
 * here, and keeps no rule of its own: decisions, lists, live updates, counts, REST, blocks, outbox.
 * Pure, as all of core: it looks at the state and changes nothing.
 */
#ifndef DESKBELL_AUDIENCE_H
#define DESKBELL_AUDIENCE_H

#include "deskbell/domain.h"
#include "deskbell/err.h"

struct core;

/* the words of the tables */

enum action {
    ACT_SEE, /* a conversation, its lines and notes */
    ACT_REPLY,
    ACT_NOTE,
    ACT_ASSIGN,   /* assign, take over */
    ACT_TRANSFER, /* hand on, and take back */
    ACT_END,      /* end, reopen, trash */
    ACT_SHARE,    /* share, change, unshare */
    ACT_FORWARD,  /* by e-mail */
    ACT_PICK,     /* accept an offer, take a waiting one */
    ACT_BLOCK,
    ACT_SEE_IP,
    ACT_SEE_OUTBOX,
    ACT_SUPERVISE, /* see the live floor and colleagues' time, and change their status */
    ACT_ADMIN,     /* departments, agents, settings, all of the outbox and blocks */
    ACT_EXPORT,    /* take it away as a file */
    ACT_COUNT
};
const char *action_word(enum action action); /* "see", "reply", … */

enum permission {
    PERM_REPLY,
    PERM_ASSIGN,
    PERM_END,
    PERM_SHARE,
    PERM_BLOCK,
    PERM_SEE_IP,
    PERM_OUTBOX,
    PERM_NOTE,
    PERM_TRANSFER,
    PERM_CANNED, /* canned replies of one's departments */
    PERM_SUPERVISE,
    PERM_EXPORT,
    PERM_COUNT
};

/* "reply", …: as the setting has it. */
const char *permission_word(enum permission perm);

enum share_level { SHARE_NONE, SHARE_READ, SHARE_RESTRICTED, SHARE_FULL };

/* By what somebody has a right over a conversation. */
enum way {
    WAY_HOLDS,  /* it is the agent's: active, or ended in these hands */
    WAY_OFFER,  /* it is being offered to the agent, which is not holding it */
    WAY_OPEN,   /* nobody holds it, in one of the agent's departments */
    WAY_TEAM,   /* it is in one of the agent's departments */
    WAY_SHARE,  /* it is shared with the agent */
    WAY_HANDED, /* the agent has handed it on, and nobody has taken it yet */
    WAY_ROLE,   /* administrators and operators; and what is about no conversation */
    WAY_OWN,    /* the visitor's own */
    WAY_COUNT
};

/* How an agent stands to a conversation, as the rights table sees it; made out of the state. */
struct standing {
    bool holds, offered; /* WAY_HOLDS, WAY_OFFER */
    bool open, team;     /* held by nobody; in one of the agent's departments */
    bool handed;         /* WAY_HANDED */
    enum share_level share;
};

/* readers */

enum reader_kind {
    READER_NONE,    /* an agent who is not there, or disabled */
    READER_VISITOR, /* of one conversation */
    READER_AGENT,   /* sees what role, scope, departments, offers and shares give */
    READER_ALL      /* administrators, operators, the gateway itself */
};

/* Somebody who looks, as the state has him.  Borrows: good until the next fold, adopt or evict. */
struct reader {
    const struct core *core;
    enum reader_kind kind;
    const struct agent *agent; /* whose "mine" and offers; NULL: nobody's */
    uint64_t conv;             /* a visitor's */
    uint32_t lacks;            /* of an agent's rights, where it is by an API token: see below */
};

/*
 * Whoever acts, as a reader.
 *
 * k     borrowed by the reader.
 * who   a BY_AGENT whom the core does not know, or who is disabled, becomes READER_NONE.
 *
 * Cost: O(log agents).  Make one for a whole list, page or fan-out.
 */
struct reader reader_of(const struct core *k, const struct principal *who);
struct reader reader_of_agent(const struct core *k, uint64_t agent);

/* API tokens */

/*
 * A token is an agent with less: whatever he may, and his token was given, it may.  These are sets
 * of BIT(enum permission), TOKEN_ADMIN and TOKEN_SELF.
 */

/* What an action needs of a token; 0: nothing. */
uint32_t action_permission(enum action action);

/* All that this agent could give to a token now; what it gives still has to be within his scope. */
uint32_t agent_token_permissions(const struct agent *ag);

/* "reply", … "admin", "self": of a bit's number; NULL: there is none. */
const char *token_permission_word(unsigned bit);

/* Words joined by commas; ERR_INVAL, and a fault of `field`, which names one that is none. */
err_t token_permissions_parse(struct span words, const char *field, uint32_t *permissions,
                              struct fault *f) MUST_CHECK;

/* rights */

/*
 * What audience_may() and rights_may() gave as an error and why, as a fault: of a token it names
 * the permission that it lacks.  Gives err.
 */
err_t action_refuse(struct fault *f, err_t err, const char *field, enum refusal why,
                    enum action action);

/*
 * May this reader do this, and if not, why?
 *
 * cv    the conversation; NULL where the action is about none.
 * why   out: REFUSE_NONE if it may; may be NULL.
 *
 * ERR_OK        it may.
 * ERR_NOTFOUND  it may not even know of the conversation.
 * ERR_DENIED    it may know of it, and not do this.
 *
 * Cost: O(log departments of the agent).
 */
err_t audience_may(const struct reader *r, enum action action, const struct conv *cv,
                   enum refusal *why) MUST_CHECK;

/* The same for a principal, where one question is all there is to ask. */
err_t rights_may(const struct core *k, const struct principal *who, enum action action,
                 const struct conv *cv, enum refusal *why) MUST_CHECK;

/* By which ways the reader may do this with cv: BIT(enum way); 0: it may not. */
unsigned audience_ways(const struct reader *r, enum action action, const struct conv *cv);

/* All that the reader may do with cv at once: BIT(enum action); 0: it may not know of it. */
unsigned audience_actions(const struct reader *r, const struct conv *cv);

/* ACT_SEE alone. */
bool audience_sees(const struct reader *r, const struct conv *cv);

/* The bare table for an agent of any kind, by ways as above: for its test and the manual. */
unsigned rights_ways(const struct agent *ag, const struct standing *st, enum action action);

/* the table, told */

/* The permission that this agent's role needs for it; PERM_COUNT: none. */
enum permission rights_needs(const struct agent *ag, enum action action);
/* What a permission is for: BIT(enum action); 0: something that is about no conversation. */
unsigned permission_actions(enum permission perm);
/* Is it needed by every role but the administrator's, or by custom ones alone? */
bool permission_counts_for_all(enum permission perm);

/* Why an agent may do something, or may not: everything that the answer goes by. */
struct rights_answer {
    err_t err;               /* ERR_OK: he may */
    enum refusal why;        /* else */
    unsigned ways;           /* BIT(enum way) by which he could, sight left aside */
    enum permission needs;   /* PERM_COUNT: none */
    const struct dept *dept; /* the conversation's; NULL: it is about none */
    bool member, chat;       /* of that department, and with access to chats there */
};

/* cv: NULL where the action is about no conversation; else what he may with one of his own. */
struct rights_answer rights_explain(const struct core *k, const struct agent *ag,
                                    enum action action, const struct conv *cv);

/* "holds", "offer", "open", "team", "share", "handed", "role", "own". */
const char *way_word(enum way way);
bool action_parse(struct span word, enum action *action); /* false: there is no such */

/* departments and agents */

/* An agent's membership; NULL: none.  A deleted department has no members.  O(log departments). */
const struct member *agent_member(const struct agent *ag, uint64_t dept);

/*
 * The department, if the reader may know of it: its members do, and those who see all, who know of
 * deleted ones, too.  NULL: to this reader there is none.  Borrowed.
 */
const struct dept *audience_dept(const struct reader *r, uint64_t dept);

/*
 * The departments whose changes can concern the reader, in order of id: all of them, deleted ones
 * included, for READER_ALL; memberships for agents.  `*dept` starts at 0; false at the end.  What
 * an agent holds or is offered concerns him wherever it is.
 * Cost: O(log departments) a step.
 */
bool audience_next_dept(const struct reader *r, uint64_t *dept);

/*
 * Does being a member show all of a department's conversations, or only those that nobody holds?
 * True for READER_ALL.  So a line of a chat that somebody else holds concerns only those for whom
 * this is true.
 */
bool audience_sees_team(const struct reader *r);

/* Is that agent a colleague: oneself, or in one of one's departments; anybody for READER_ALL? */
bool audience_knows_agent(const struct reader *r, const struct agent *ag);

/* lists */

enum list {
    LIST_ALL, /* open, completed and missed ones */
    LIST_MINE,
    LIST_UNASSIGNED,
    LIST_COMPLETED,
    LIST_MISSED,
    LIST_BLOCKED,   /* from an address under a block in force */
    LIST_TO_ANSWER, /* missed ones by their boxes; the first the longest waiting first */
    LIST_ANSWERED,
    LIST_PUT_AWAY,
    LIST_COUNT
};

/* "mine", …: as the protocol has it; and back, false if it is none. */
const char *list_word(enum list list);
bool list_parse(struct span word, enum list *list);
/* Can there be open conversations in it? */
bool list_has_open(enum list list);
/* The list of a box; LIST_COUNT for BOX_NONE. */
enum list box_list(enum box box);

/* Which of a list: open ones; of those, where the visitor spoke last, or where he did not. */
enum filter { FILTER_NONE, FILTER_OPEN, FILTER_UNREPLIED, FILTER_REPLIED, FILTER_COUNT };
const char *filter_word(enum filter filter); /* "open", …; NULL for none */
bool filter_parse(struct span word, enum filter *filter);
bool filter_holds(enum filter filter, const struct conv *cv);

/* A list as somebody wants to look at it. */
struct list_want {
    enum list list;
    enum filter filter;
    uint64_t dept; /* 0: of all departments */
    uint64_t tag;  /* tag_hash(): with this one alone; 0: with any, or none */
};

/*
 * Is this conversation in that list for this reader, rights included?  LIST_BLOCKED goes by the
 * blocks in force at the time of the newest record.
 */
bool audience_in_list(const struct reader *r, const struct list_want *want, const struct conv *cv);

/*
 * How many are in it, out of counters.  A department that the reader may not know of has none.
 *
 * want   not LIST_BLOCKED, for what ended under an address is known to the store alone; a filter
 *        for LIST_MINE alone: the open ones of others are counted by walking them; without a tag.
 *
 * Cost: O(departments of the reader and conversations that the agent holds).
 */
uint64_t audience_count(const struct reader *r, const struct list_want *want);

/*
 * What is over of the list, part by part, for whoever counts by a tag: the list with no department
 * is all of it, with an agent what he has completed there.  No part twice, and none that overlaps
 * another; nothing for lists of what is open alone.
 *
 * Cost: O(departments of the reader, and those where he has completed something).
 */
struct count_part {
    enum list list;
    uint64_t dept, agent;
};
typedef void count_part_fn(void *arg, const struct count_part *part);
void audience_count_parts(const struct reader *r, const struct list_want *want, count_part_fn *fn,
                          void *arg);

/*
 * The departments where conversations of the list can be, in order of id: what is in the list is in
 * one of these, or is held by the agent, offered to him, or on its way from him.  None for
 * LIST_MINE.  An agent's own completed ones count where he is no longer a member.  `*dept` starts
 * at 0; false at the end. Cost: O(log departments) a step.
 */
bool audience_next_list_dept(const struct reader *r, const struct list_want *want, uint64_t *dept);

/* Is this one of them? */
bool audience_list_has_dept(const struct reader *r, const struct list_want *want, uint64_t dept);

/* handling time */

/*
 * May the reader be told of this agent's handling time of what he last had in this department?  Of
 * one's own always, wherever it was; of others' with the permission `supervise`, where being a
 * member shows what others hold.  agent 0: of everybody's there; dept 0: in every department.
 */
bool audience_sees_times(const struct reader *r, uint64_t dept, uint64_t agent);

/* blocks */

/* What a reader may know of a block and do with it. */
enum block_right {
    BLOCK_SEE,     /* that there is one: its reason, conversation, times, and by whom */
    BLOCK_ADDRESS, /* and the address */
    BLOCK_LIFT
};

/*
 * BIT(enum block_right); 0: to this reader there is no such block.  Those who see all have all of
 * it.  An agent needs the right to block in the conversation that the block was made from, and for
 * the address the right to see addresses there; ranges and addresses blocked without a conversation
 * are the administrators'.
 *
 * cv   the conversation b->conv; NULL if there is none, or it cannot be read any more.
 */
unsigned audience_block(const struct reader *r, const struct block *b, const struct conv *cv);

/* Can there be a block that this reader sees at all?  Without looking at any. */
bool audience_has_blocks(const struct reader *r);

/* Can there be a conversation that this reader may export?  Without looking at any. */
bool audience_exports(const struct reader *r);

/* tasks */

enum task_right { TASK_SEE, TASK_DO, TASK_EDIT };

/*
 * What a reader may do with a task: BIT(enum task_right); 0: to this reader there is none.  Whoever
 * sees its conversation sees it, and whoever may write a note there changes it; who is to do it
 * sees it and does it, whatever became of the conversation.  A token that was not given `note` does
 * no more than what its agent is to do.
 *
 * cv   the conversation t->conv; NULL if it cannot be read.
 */
unsigned audience_task(const struct reader *r, const struct task *t, const struct conv *cv);

/* mentions */

struct mention;

/*
 * Does this reader have it?  It is for the agent who is mentioned alone, and for him while he may
 * see the conversation.
 *
 * cv   the conversation m->conv; NULL if it cannot be read.
 */
bool audience_mention(const struct reader *r, const struct mention *m, const struct conv *cv);

/* saved views */

/* Look at it; name it, change and remove it. */
enum saved_right { SAVED_USE, SAVED_EDIT };

/*
 * What a reader may do with saved views that are this agent's own, or shared with this department:
 * BIT(enum saved_right); 0: to this reader there are none.  One's own are for nobody else.  A
 * department's are used by its members, and edited by those of them with the permission
 * `supervise`.  What a view shows is what its reader may see: it gives nobody anything.
 */
unsigned audience_saved(const struct reader *r, uint64_t agent, uint64_t dept);

/* Why not SAVED_EDIT; ERR_NOTFOUND where it may not even be used. */
err_t audience_may_edit_saved(const struct reader *r, uint64_t agent, uint64_t dept,
                              enum refusal *why) MUST_CHECK;

/* What it asks a list for. */
struct list_want saved_want(const struct saved *s);

/* canned replies */

/* Use it: find it, read it, send it.  Edit it: add one there, change and remove it. */
enum canned_right { CANNED_USE, CANNED_EDIT };

/*
 * What a reader may do with canned replies that are this agent's own, or this department's, or with
 * neither the portal's: BIT(enum canned_right); 0: to this reader there are none.  One's own are
 * for nobody else, administrators included; operators answer for the whole store.  A department's
 * are used by its members, and edited by those of them with the permission; the portal's are used
 * by all and edited by administrators.  Light agents use what others wrote.
 */
unsigned audience_canned(const struct reader *r, uint64_t agent, uint64_t dept);

/* Why not CANNED_EDIT; the error where it may not even use them is ERR_NOTFOUND. */
err_t audience_may_edit_canned(const struct reader *r, uint64_t agent, uint64_t dept,
                               enum refusal *why) MUST_CHECK;

#endif
