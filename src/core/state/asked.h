/* What the files of this room share of rounds of offers: who was asked, and at whom it rings. */
#ifndef CORE_ASKED_H
#define CORE_ASKED_H

#include "../core_int.h"

/* One agent who was asked for one conversation. */
struct asked {
    struct core *core;
    struct xagent *agent;
    struct xconv *conv;
    struct asked *next, *prev; /* of the agent */
    struct onode by_agent;     /* in conv->asked_all */
    /* In conv->asked_free, by the key of the seat in xdept.free, while that is there. */
    struct {
        const struct seat *seat;
        struct onode node;
    } free[DESK_COUNT];
    bool rung;           /* it rings at him now */
    struct onode unrung; /* …though he has no free seat there: in core.unrung, by both ids */
};

/* state/asked.c: the memory of a round of offers */
bool asked_has(const struct xconv *x, uint64_t agent);
/* Who is asked a second time starts a new round.  O(log agents), and the old round's end. */
void asked_add(struct core *k, struct xconv *x, uint64_t agent);
void asked_clear(struct xconv *x);
void asked_del(struct xconv *x, uint64_t agent);   /* as if he had not been; O(asked) */
void asked_forget(struct xconv *x);                /* the index alone; the list stays */
void asked_index(struct core *k, struct xconv *x); /* the index out of the list */
void asked_replace(struct xconv *x);               /* where its agents are asked has changed */
void asked_place(struct xagent *x); /* its seats have moved: O(chats that have asked it) */
/*
 * Whose turn it is: him whom the visitor knows, where he is to be preferred, or else the first free
 * seat whose agent was not asked in this round; there is one.  Cost: the logarithm where those who
 * were asked stand first, as after declines; its square at most.
 */
struct pick {
    const struct seat *seat;
    bool met;       /* he is the one whom the visitor knows */
    bool skilled;   /* of those alone who have the skills that its rule names */
    uint32_t lack;  /* free ones who are passed over because they have not */
    uint32_t asked; /* …because they were asked */
    uint32_t later; /* and for whom else is */
};
void asked_pick(const struct core *k, const struct xdept *d, const struct xconv *x,
                struct pick *pick);
/*
 * The first of those who are passed over for this pick, at most OTHERS_MAX: who was asked before,
 * who comes later, who cannot.  O(OTHERS_MAX), and their logarithms.
 */
size_t seats_passed(const struct xdept *d, const struct xconv *x, const struct pick *pick,
                    struct passed_agent *others);
/* Whom the visitor knows, if free and to be preferred there; NULL. */
const struct seat *seat_met(const struct core *k, const struct xdept *d, const struct conv *cv);

/* Of the reasons of a department's members who are not free, after `n` others; how many then. */
size_t seats_others(const struct xdept *d, struct passed_agent *others, size_t n);
/* The first free seats, without a gap, whose agents were asked in this round: how many. */
size_t asked_run(const struct xconv *x, enum desk desk);

/*
 * state/ring.c: a conversation that rings at several agents at once.  It is CONV_OFFERED and has no
 * agent; whom it rings at was asked in this round, and takes no place of his for it.
 */
void ring_place(struct asked *e); /* his seat has moved, or where it rings */
void ring_add(struct core *k, struct xconv *x, uint64_t agent, bool late);
void ring_del(struct xconv *x, uint64_t agent); /* it rings at him no more */
void ring_end(struct xconv *x);                 /* it rings no more */
void ring_link(struct core *k, struct xconv *x, const uint64_t key[3]); /* by its place in line */
void ring_unlink(struct core *k, struct xconv *x);
void ring_index(struct xconv *x);                                /* after asked_index() */
bool ring_is_sound(const struct core *k, const struct conv *cv); /* as an image has it */
/* Of those that ring at its agents, the first that has somebody free to ring at, too. */
struct xconv *ring_to_widen(const struct xdept *d);
bool dept_rings(const struct dept *d); /* may it begin to ring at all? */
/* At whom, up to RUNG_MAX; *pick counts as for one offer.  Cost: RUNG_MAX and those asked. */
size_t ring_pick(const struct xdept *d, const struct xconv *x, uint64_t *agents, struct pick *pick);
size_t ring_passed(const struct xdept *d, const struct xconv *x, const uint64_t *agents, size_t n,
                   struct passed_agent *others);

/* records/fold_ring.c: CONV_RUNG, CONV_RUNG_OUT, and the end of an offer, of one or of many */
void fold_rung(struct core *k, struct conv *cv, const struct rec *rec);
void fold_rung_out(struct core *k, struct xconv *x, const struct rec *rec);
void fold_offer_over(struct core *k, struct conv *cv, const struct rec *rec);
void fold_ring_taken(struct conv *cv, uint64_t agent);
bool ring_may_fold(const struct core *k, const struct conv *cv, const struct rec *rec);

/* decide/ring.c */
void step_ring(struct plan *p, const struct xdept *d, const struct xconv *x);
void step_ring_out(struct plan *p, const struct conv *cv, uint64_t agent, enum why why);
void settle_unrung(struct plan *p, const struct asked *e);
void step_lapsed(struct plan *p, const struct conv *cv);

/* images/image_ring.c */
void ring_image(const struct conv *cv, struct buf *out);
bool ring_take(struct conv *cv, const struct tlv *t); /* true for what is another's */

#endif
