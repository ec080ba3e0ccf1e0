/*
 * Inside watch: the indexes of who listens to what, and how what changed is gathered.  Ids of
 * connections come from outside; pointers to what is here stay here.
 */
#ifndef WATCH_INT_H
#define WATCH_INT_H

#include <stdlib.h>
#include <sys/queue.h>

#include "deskbell/heap.h"
#include "deskbell/limits.h"
#include "deskbell/map.h"
#include "deskbell/watch.h"

#ifndef TAILQ_FOREACH_SAFE
#define TAILQ_FOREACH_SAFE(var, head, field, next)                                                 \
    for ((var) = TAILQ_FIRST(head); (var) && ((next) = TAILQ_NEXT(var, field), 1); (var) = (next))
#endif

#define ROW_PAUSE_MS 400    /* between two rows of a conversation that only goes on talking */
#define OBJECT_PAUSE_MS 200 /* between two events about agents, departments and counts */
#define QUEUE_PAUSE_MS 1000 /* between two places in the queue of a department */
#define MAIL_POLL_MS 1000

/* An agent who listens to a department, or to all of them. */
struct hearing {
    struct agent_ix *ix;
    uint64_t dept; /* 0: all */
    TAILQ_ENTRY(hearing) link;
};
TAILQ_HEAD(hearing_list, hearing);

/* A subscription of a list, at a department where something may come into it or go, or at all. */
struct ear {
    struct sub *sub;
    struct ear_list *in;
    TAILQ_ENTRY(ear) link;
};
TAILQ_HEAD(ear_list, ear);

/* Subscriptions by what they show: a change looks only at those that can have it before or after.
 */
struct ears {
    struct ear_list of[LIST_COUNT][FILTER_COUNT];
};
#define CLASS_BIT(list, filter)                                                                    \
    (UINT64_C(1) << ((unsigned)(list)*FILTER_COUNT + (unsigned)(filter)))
#define CLASS_ALL ((UINT64_C(1) << LIST_COUNT * FILTER_COUNT) - 1)

#define DIRTY_TALK BIT(0) /* something was said or seen, nothing else changed */
#define DIRTY_HEAD BIT(1)

/* A conversation that is open, or that somebody watches. */
struct track {
    uint64_t conv;
    struct dept_ix *dept;    /* that holds it, while it is open; NULL */
    struct agent_ix *agent;  /* offered to or held by, while it is open; NULL */
    struct agent_ix *handed; /* who handed it on, while nobody has taken it; NULL */
    TAILQ_ENTRY(track) dept_link, agent_link, handed_link;
    TAILQ_ENTRY(track) dirty_link; /* DIRTY_HEAD */
    struct heap_node due_node;     /* DIRTY_TALK */
    int64_t due_ms;
    int64_t shown_ms; /* when rows and heads went out last */
    TAILQ_HEAD(, watcher) visitors;
    TAILQ_ENTRY(track) leaving_link; /* while its visitor may be on the way to the next page */
    int64_t leaves_ms;               /* …until then; 0: is not */
    TAILQ_HEAD(, sub) watchers;
    TAILQ_ENTRY(track) watched_link; /* while it has watchers */
    unsigned dirty;                  /* DIRTY_…: in which of the lists of changed ones it is */
    bool by_block;                   /* …only since its address is blocked, or no longer is */
    bool offered;                    /* to `agent` */
    struct id_list rung;             /* at whom it rings, as they were told */
    int64_t offer_until_ms;          /* as he was shown it */
    uint64_t state_hash;             /* of the state that visitors have */
    uint64_t mail_hash;              /* of the mails that watchers have */
    bool unreplied;                  /* as the holder's counts have it */
    /* Since rows went out last: where it was, with whom, and in which lists it may have been. */
    struct id_list left_depts, left_agents;
    struct fleet *fleets; /* what is done about it and rests on no record; NULL: nothing */
    size_t nfleets;
    uint64_t classes;
    uint32_t got;   /* the visitor's widget has lines up to this one; 0: nobody has said */
    uint32_t taken; /* likewise the console of whoever holds it: the visitor's lines */
};

/* A department: the open conversations that it holds, and who listens to it. */
struct dept_ix {
    uint64_t id;
    TAILQ_HEAD(, track) tracks;
    TAILQ_HEAD(, watcher) visitors; /* bound, that entered by it */
    struct hearing_list listeners;
    struct ears ears;
    TAILQ_ENTRY(dept_ix) dirty_link;
    bool queued, changed, queue_changed, counts_changed;
    int64_t queue_ms; /* when places in the queue went out last */
    uint64_t status_hash, object_hash;
};

/* An agent that has connections or open conversations. */
struct agent_ix {
    uint64_t id;
    TAILQ_HEAD(, watcher) conns;
    TAILQ_HEAD(, track) held;   /* offered to or held by */
    TAILQ_HEAD(, track) handed; /* handed on by, and taken by nobody yet */
    unsigned nlists, nme;
    unsigned nhere;        /* of its connections those that it is here by */
    struct hearing *hears; /* where it listens; NULL: nowhere */
    size_t nhears;
    TAILQ_ENTRY(agent_ix) dirty_link;
    bool queued, changed, counts_changed;
    uint64_t object_hash, counts_hash;
    uint64_t stamp;                  /* visited in this round */
    uint64_t may_stamp;              /* of the round that `may` is of */
    unsigned may;                    /* what he may do with the conversation that is shown */
    uint64_t blocked, blocked_stamp; /* what it has in that list, and as of when; 0: not counted */
};

enum topic { TOPIC_ME, TOPIC_LIST, TOPIC_CONV, TOPIC_FLOOR, TOPIC_TASKS };

/* One subscription of one connection. */
struct sub {
    enum topic topic;
    struct watcher *conn;
    TAILQ_ENTRY(sub) conn_link, track_link;
    struct track *track;   /* TOPIC_CONV */
    struct list_want want; /* TOPIC_LIST */
    struct map shown;      /* conversations that the client has in it */
    uint64_t floor_hash;   /* TOPIC_FLOOR: of what the client has */
    struct ear *ears;      /* own */
    size_t nears;
    uint64_t stamp; /* visited in this round */
};

/* A connection. */
struct watcher {
    uint64_t id;
    /* a visitor's */
    uint64_t entry;
    struct ipaddr ip;
    struct track *track; /* the conversation that it is bound to */
    TAILQ_ENTRY(watcher) track_link, door_link;
    uint32_t place; /* as last shown */
    /* an agent's */
    struct agent_ix *agent; /* NULL: a visitor's */
    uint64_t session;
    bool by_token; /* an API token is that: it may less than its agent */
    bool here;     /* whose it is is here by it */
    TAILQ_ENTRY(watcher) agent_link;
    TAILQ_HEAD(, sub) subs;
    unsigned nsubs;
    bool me;
};

/* Blocks that are gone through for their conversations, a step at a time. */
struct refill {
    bool on;
    uint64_t block; /* under way; those up to it are done */
    struct addr_at at;
    struct id_list ids; /* what was found */
    bool more;          /* and more than is kept */
};

/* Conversations under a block in force, newest first; `more`: older ones are not among them. */
struct blocked {
    struct blocked_conv *e;
    size_t n;
    bool more;
    struct refill refill;
    uint64_t stamp; /* rises when what somebody has of them may have changed */
};

struct notice {
    char *code, *text, *about;
};

struct watch {
    struct watch_env env;
    bool ending; /* in watch_pass_end() */
    bool stopping;
    bool presence_owed; /* somebody's coming or going could not be stored */
    int64_t retell_ms;  /* when it is told again */
    struct map conns, tracks, depts, agents;
    TAILQ_HEAD(, track) changed, watched;
    TAILQ_HEAD(, sub) floors; /* TOPIC_FLOOR */
    TAILQ_HEAD(, sub) pools;  /* TOPIC_TASKS */
    bool floor_changed;
    int64_t floor_ms;            /* when it went out last */
    TAILQ_HEAD(, track) leaving; /* by when they are due */
    struct heap talked;          /* by when they are due */
    TAILQ_HEAD(, dept_ix) dirty_depts;
    TAILQ_HEAD(, agent_ix) dirty_agents;
    struct hearing_list global; /* agents who see every department */
    struct ears ears;           /* theirs, of lists over all departments */
    uint64_t stamp;
    struct blocked blocked;
    struct id_list met; /* chats that somebody has just taken, or that are over: see returned.c */
    bool portal_dirty;
    bool views_turn;    /* a saved view goes by who spoke last */
    bool views_tagged;  /* …or by a tag */
    int64_t objects_ms; /* when those went out last */
    int64_t mail_poll_ms;
    struct notice *notices;
    size_t nnotices;
};

/* returned.c: what a visitor left unanswered before is answered in the chat that he has now */
void returned_note(struct watch *w, const struct conv *cv, const struct rec *rec);
void returned_tick(struct watch *w);

/* index.c */
/* As whom an agent's connection asks: as the agent, or as his token. */
struct principal watcher_who(const struct watcher *cn);
struct track *track_get(struct watch *w, uint64_t conv);
void track_release(struct watch *w, struct track *tr); /* frees it if nobody needs it */
void track_free(struct track *tr);
void track_index(struct watch *w, struct track *tr); /* to what the core says now */
void track_touch(struct watch *w, struct track *tr, unsigned dirty);
void visitor_bind(struct watch *w, struct watcher *cn, uint64_t conv);
void visitor_unbind(struct watch *w, struct watcher *cn);
struct dept_ix *dept_ix_get(struct watch *w, uint64_t id);
/* queue: its conversations have changed: places in the queue, and what lists hold. */
void dept_ix_touch(struct watch *w, struct dept_ix *dx, bool queue);
void dept_ix_touch_counts(struct watch *w, struct dept_ix *dx); /* what lists hold alone */
struct agent_ix *agent_ix_get(struct watch *w, uint64_t id);
void agent_ix_release(struct watch *w, struct agent_ix *ix);
void agent_ix_touch(struct watch *w, struct agent_ix *ix, bool counts);
void agent_conns(const struct agent_ix *ix, bool me_only, struct id_list *out);

/* ears.c: who listens to what */
void ears_init(struct ears *e);
/* Where the agent and his lists listen, by what he is now. */
void agent_ix_listen(struct watch *w, struct agent_ix *ix);
bool agent_ix_hears(const struct agent_ix *ix, uint64_t dept); /* as a member */
void agent_ix_unlisten(struct watch *w, struct agent_ix *ix);
void sub_listen(struct watch *w, struct sub *s);
void sub_unlisten(struct sub *s);
/* In which lists an agent who sees it may have this conversation: CLASS_BIT()s. */
uint64_t conv_classes(const struct watch *w, const struct conv *cv);
/* Each list subscription that may have it, or may have had it, once. */
typedef void ear_fn(void *arg, struct sub *s);
void track_hear(struct watch *w, struct track *tr, const struct conv *cv, ear_fn *fn, void *arg);

/* conns.c */
struct watcher *watcher_find(const struct watch *w, uint64_t conn);
/* The connections of a session that was closed. */
void session_sign_out(struct watch *w, struct agent_ix *ix, uint64_t session);

/* watch.c: an offer to one of those who are asked, and its end */
void offer_show(struct watch *w, struct track *tr, uint64_t agent, const struct conv *cv,
                const struct rec *rec);
void offer_over_show(struct watch *w, uint64_t agent, const struct rec *rec);

/* ring.c: what rings at several at once, to those who come to it and those who are out */
void ring_show(struct watch *w, struct track *tr, const struct conv *cv, const struct rec *rec);
void ring_start(struct track *tr, const struct conv *cv); /* they are told once they are here */
/* Again, to all of them. */
void ring_show_all(struct watch *w, struct track *tr, const struct conv *cv, const struct rec *rec);

/* subs.c */
void sub_free(struct watch *w, struct sub *s);

/* show.c: what was gathered over a pass, to those who watch */
void show_changed(struct watch *w);
int64_t show_deadline(const struct watch *w);
/* To the visitor, if it is another state than he has. */
void state_show(struct watch *w, struct track *tr, const struct conv *cv);
void show_line(struct watch *w, struct track *tr, const struct conv *cv, const struct rec *rec);
void event_begin(struct jw *j, const char *ev);
void event_end(struct jw *j, const struct watch *w); /* with the position of now */

/* objects.c: departments, agents, the portal, counts, places in queues */
/* False: there is more of it, for the next pass. */
bool objects_show(struct watch *w, int64_t now_ms);
bool objects_wait(const struct watch *w);
/* To administrators: a department, an agent, a block or the portal (0) was changed. */
void canned_show(struct watch *w, const struct rec *rec); /* to whoever may use it */
void managed_show(struct watch *w, const char *what, uint64_t id);
/* To the agent whose own this is, but for the connections of a session that ends with it; 0: all.
 */
void own_show(struct watch *w, uint64_t agent, const char *what, uint64_t id, uint64_t but);
/* To everybody: what this agent was called is to be shown nowhere any more. */
void anonymised_show(struct watch *w, uint64_t agent);
/* To those of a department that an agent has just left. */
void show_former_member(struct watch *w, const struct agent *ag, uint64_t dept);

/* floor.c: the live floor */
uint64_t floor_hash(struct watch *w, uint64_t agent); /* of what he would be told now */
void floor_touch(struct watch *w);                    /* something of it may have changed */
void floor_show(struct watch *w);
int64_t floor_deadline(const struct watch *w);

/* saved.c */
void saved_start(struct watch *w);
void saved_show(struct watch *w, const struct rec *rec);
/* Of an agent's saved views, as members of the counts. */
void view_counts_write(struct jw *j, struct watch *w, const struct reader *r);

/* mentions.c */
void mention_show(struct watch *w, const struct rec *rec);

/* tasks.c */
void task_show(struct watch *w, const struct rec *rec);

/* mail_poll.c: what became of the mails of watched conversations */
void mails_poll(struct watch *w);

/* presence.c: the first connection of somebody came, or the last one went */
void visitor_came(struct watch *w, struct track *tr);
void visitor_went(struct watch *w, struct track *tr); /* told once it has lasted */
void visitor_stay(struct watch *w, struct track *tr); /* whoever was leaving is not any more */
void agent_here(struct watch *w, uint64_t agent, bool here);
void presence_tick(struct watch *w);
int64_t presence_deadline(const struct watch *w);

/* blocked.c: conversations from addresses under a block in force */
void blocked_fill(struct watch *w);         /* at the start, before anybody is there: all of it */
bool blocked_is_due(const struct watch *w); /* is there a step to take? */
void blocked_step(struct watch *w);         /* BLOCKED_LOOKS looks into the store at most */
void blocked_fini(struct watch *w);
void blocked_on_block(struct watch *w, const struct block *added); /* NULL: one was lifted */
void blocked_on_conv(struct watch *w, const struct conv *cv);
uint64_t blocked_count_of(struct watch *w, struct agent_ix *ix, const struct reader *r);

#endif
