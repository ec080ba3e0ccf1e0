/* What the files of this room share of mentions. */
#ifndef CORE_MENTION_H
#define CORE_MENTION_H

#include "../core_int.h"

struct xmention {
    struct mention m;
    uint64_t last_pos;
    struct onode by_id, due;
    struct onode of_agent; /* by agent, and the newest first */
    struct onode by_read;  /* by agent, those that were read first, and the oldest first */
    struct onode in_line;  /* by the note's record and agent */
    bool dirty, through;
};

/* state/mention.c */
struct xmention *xmention_find(const struct core *k, uint64_t id);
struct xmention *xmention_new(uint64_t id);
void xmention_free(struct xmention *x);
void core_add_mention(struct core *k, struct xmention *x);
void core_drop_mention(struct core *k, struct xmention *x);
void mention_read(struct core *k, struct xmention *x, int64_t now_ms);
void mention_told(struct core *k, struct xmention *x);
/* Of this agent in the note at `pos`; NULL: there is none. */
const struct mention *mention_in(const struct core *k, uint64_t pos, uint64_t agent);
/* Which of an agent's makes room for another: the oldest that was read, else the oldest. */
const struct mention *mention_to_go(const struct core *k, uint64_t agent);

/* decide/mention.c */

/* Whom a note mentions, before it is written, or `line` is changed: NULL: it is a new one. */
err_t check_mentions(struct plan *p, const struct conv *cv, const uint64_t *agents, size_t n,
                     const struct rec *line) MUST_CHECK;
/* After the record of a note, or of its change: those who are new are told, others no more. */
void step_mentions(struct plan *p, const struct conv *cv, uint64_t pos, uint32_t seq,
                   const struct rec *line, const uint64_t *agents, size_t n);

void settle_mention(struct plan *p, const struct xmention *x); /* it is due */

/* records/fold_mention.c */
void fold_mention(struct core *k, const struct rec *rec);
void fold_mentions_agent_gone(struct core *k, uint64_t agent);

/* images/image_mention.c */
void mention_image(const struct xmention *x, struct buf *out);
err_t mention_decode_x(uint64_t id, struct span image, struct xmention **out) MUST_CHECK;

#endif
