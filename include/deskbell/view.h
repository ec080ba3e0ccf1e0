/*
 * Things as JSON, for one reader and his rights: conversations, their lines, mails, people,
 * departments, settings, blocks.  Whoever calls has asked whether the reader may have it at all;
 * what differs by rights comes in as a set of actions.  deskbell-protocol(7) describes the objects.
 *
 * Nothing here waits, remembers or sends: what is rendered rests on what was folded, and it is the
 * caller's to hold it until that is durable.  One thread.
 *
 * Unless it says otherwise a function writes one object, with its braces, and costs what it writes.
 */
#ifndef DESKBELL_VIEW_H
#define DESKBELL_VIEW_H

#include "deskbell/check.h"
#include "deskbell/domain.h"
#include "deskbell/json.h"
#include "deskbell/outbox.h"
#include "deskbell/store.h"

/* What is looked at, and from where.  All of it borrowed; strings are never NULL. */
struct view {
    struct core *core;
    struct store *store;
    int64_t (*now_ms)(void *arg); /* wall clock, milliseconds since 1970 UTC */
    void *arg;
    const char *public_url; /* "https://chat.example.com", no slash at the end; or "" */
    const char *base;       /* where the widget's files are, "/w/0.1.0/" */
    const char *integrity;  /* of the widget's loader, or "" */
};

/* The time that it is told. */
int64_t view_now(const struct view *v);

/* conversations */

/* A conversation wherever it is: borrowed from the core, or `own`, read from the store. */
struct conv_ref {
    const struct conv *cv;
    struct conv *own;
};

/*
 * Find a conversation; conv_done() afterwards.  Borrowed until the core changes.  ERR_NOTFOUND, or
 * what store_read_conv() and conv_decode() give; then there is nothing to be done with *ref.
 * Costs a read of the store where it is not in memory.
 */
err_t conv_open(const struct view *v, uint64_t id, struct conv_ref *ref) MUST_CHECK;
void conv_done(struct conv_ref *ref);

/* Conversations in the store that came from there, and those below an id: the store's own. */
err_t view_list_from(const struct view *v, const struct ipprefix *prefix, struct addr_at *at,
                     uint64_t *ids, size_t max, size_t *n) MUST_CHECK;
err_t view_list_below(const struct view *v, uint64_t below, struct conv_from *from, size_t max,
                      size_t *n) MUST_CHECK;
err_t view_list_to_answer(const struct view *v, uint64_t email, uint64_t *ids, size_t max,
                          size_t *n) MUST_CHECK;

/*
 * A cell of a table (csv.c): quoted where it must be, and none that a spreadsheet would run: one
 * that begins like a formula gets a "'" before.  And a time, as 2026-11-23T15:04:05Z; 0: empty.
 */
void csv_cell(struct buf *b, struct span s);
void csv_time(struct buf *b, int64_t ms);

/* Waiting, offered or active. */
bool conv_open_now(const struct conv *cv);

/* A set of actions, and MAY_MAIL where an answer by e-mail can be given now. */
#define MAY_MAIL BIT(ACT_COUNT)
/* Or what alone is in its way: no address of the visitor, nothing to send from, enough of them. */
#define MAIL_NOT_EMAIL BIT(ACT_COUNT + 1)
#define MAIL_NOT_FROM BIT(ACT_COUNT + 2)
#define MAIL_NOT_FULL BIT(ACT_COUNT + 3)
/* And whether the block that it is under can be lifted. */
#define MAY_UNBLOCK BIT(ACT_COUNT + 4)
/* And whether he sees the chat that has answered a missed one. */
#define MAY_SEE_ANSWER BIT(ACT_COUNT + 5)
/* The conversation that this one goes on from, and the one as which it was opened again. */
#define MAY_SEE_PREVIOUS BIT(ACT_COUNT + 6)
#define MAY_SEE_NEXT BIT(ACT_COUNT + 7)

/* What `who` may do with it, as bits of enum action and those above. */
unsigned conv_may(const struct view *v, const struct principal *who, const struct conv *cv);

/* A conversation's head, as whoever may do `may` has it. */
void view_head(struct jw *j, const struct view *v, const struct conv *cv, unsigned may);

/* How it stands, for its visitor: the fields, without braces. */
void view_visitor_state(struct jw *j, const struct view *v, const struct conv *cv);

/* Of what makes a new state worth telling: neither lines nor places, which have their own events.
 */
uint64_t view_visitor_state_hash(const struct view *v, const struct conv *cv);

/* A record as a line of its conversation: the fields, without braces.  False: it is no line for
 * this reader, and nothing of use was written. */
bool view_agent_line(struct jw *j, const struct view *v, const struct conv *cv,
                     const struct rec *rec);
bool view_visitor_line(struct jw *j, const struct view *v, const struct conv *cv,
                       const struct rec *rec);

/* Said or written by somebody: a line that can be forwarded. */
bool view_line_has_words(const struct rec *rec);

/* An offer as the agent has it to whom it is made: the fields, without braces. */
void view_offer(struct jw *j, const struct view *v, const struct conv *cv,
                const struct principal *who);

/* departments, agents, the portal */

/* The door as pages are shown it.  Static. */
const char *view_door(const struct view *v, const struct dept *d);

/* What a widget knows of the department behind its door: the fields, without braces. */
void view_status(struct jw *j, const struct view *v, const struct dept *d);

/* An agent, as he sees himself and as colleagues see him. */
void view_me_agent(struct jw *j, const struct view *v, const struct agent *ag);
void view_colleague(struct jw *j, const struct agent *ag);

/*
 * The live floor, as this reader may have it.  Cost: all agents, the departments of the reader, and
 * the chats that are shown.
 */
struct reader;
void view_floor(struct jw *j, const struct view *v, const struct reader *r);

/* A department and the portal, as agents see them. */
void view_me_dept(struct jw *j, const struct view *v, const struct dept *d);
void view_portal(struct jw *j, const struct view *v);

/*
 * In full, for administrators.
 *
 * whole   with its embed tag, templates and agents: a look at every agent.
 * note    with what administrators have noted about him, which he does not see himself.
 */
/* What a setting of a thing that is there says, as a value; of a secret, whether there is one. */
void view_setting(struct jw *j, const struct view *v, enum obj_type type, uint64_t id,
                  const struct setting *st);
void view_dept_full(struct jw *j, const struct view *v, const struct dept *d, bool whole);
void view_agent_full(struct jw *j, const struct view *v, const struct agent *ag, bool note);
void view_portal_full(struct jw *j, const struct view *v);

/* What settings there are, and what may stand in templates. */
void view_settings(struct jw *j);

struct reader;

/*
 * What the reader may know of a block and do with it: audience_block()'s, for which the block's
 * conversation is read where it is not in memory.
 */
unsigned view_block_rights(const struct view *v, const struct reader *r, const struct block *b);

/* rights: BIT(enum block_right); the address stands in it for those who may see it. */
void view_block(struct jw *j, const struct view *v, const struct block *b, unsigned rights);

/* A list of words of BIT(enum permission). */
void view_permissions(struct jw *j, uint32_t set);

/* A canned reply, for a reader who may use it. */
void view_canned(struct jw *j, const struct view *v, const struct reader *r,
                 const struct canned *c);
const char *view_canned_scope(const struct canned *c); /* "own", "department", "portal" */

/* How many with the tag that is wanted are over, out of the store; see audience_count_parts(). */
err_t view_count_tagged(const struct view *v, const struct reader *r, const struct list_want *want,
                        uint64_t *count) MUST_CHECK;

/* The fields of a saved view, without braces, for a reader who may use it. */
void view_saved(struct jw *j, const struct view *v, const struct reader *r, const struct saved *s);

/*
 * A task, for a reader who may know of it; false, and nothing written, for others.  Costs a read of
 * the store where its conversation is not in memory.
 */
bool view_task(struct jw *j, const struct view *v, const struct reader *r, const struct task *t);

/*
 * A mention, for the agent who is mentioned, while he may see its conversation; false, and nothing
 * written, for others.  And how many of his he has not read, of those that he may see: those of
 * others than agents are none.  Costs a read of the store for each whose conversation is not in
 * memory.
 *
 * text   what the note says now; its beginning is shown
 *
 * view_note_text(): that, out of the store, in `mem`; empty where it cannot be read.
 */
struct span view_note_text(const struct view *v, uint64_t pos, struct buf *mem);
bool view_mention(struct jw *j, const struct view *v, const struct reader *r,
                  const struct mention *m, struct span text);
bool view_has_mention(const struct view *v, const struct reader *r, const struct mention *m);
size_t view_mentions_unread(const struct view *v, const struct reader *r);

/* mails */

/* whole: with what came of each attempt. */
void view_mail(struct jw *j, const struct view *v, const struct mail_view *m, bool whole);

#define VIEW_MAILS_MAX 100 /* of a conversation: the newest */

/* The mails of a conversation, newest first, as an array; what cannot be read is left out.  Costs
 * a read of the store for each. */
void view_mails(struct jw *j, const struct view *v, uint64_t conv);

/* The same one after the other, oldest first. */
typedef void view_mail_fn(void *arg, struct span json);
void view_mails_each(const struct view *v, uint64_t conv, view_mail_fn *fn, void *arg);

/* By whose settings a mail goes out: a department's id, or 0 for the portal's. */
uint64_t view_mail_relay(const struct view *v, const struct mail_order *order);

/* what a check of the store has found */

/*
 * One object in three pieces: its beginning, each finding as it comes, and the counts of the whole.
 */
void view_check_begin(struct jw *j);
void view_check_finding(struct jw *j, const struct check_finding *f);
void view_check_end(struct jw *j, const struct check_report *r);

#endif
