/*
 * What an agent has typed and not sent: one row for each agent and conversation, which rests on no
 * record.  It goes to the disk with the batch that is filling (turn_row()), and is its agent's
 * alone: whoever reads here has asked whose it is.
 */
#ifndef DESKBELL_DRAFT_H
#define DESKBELL_DRAFT_H

#include "deskbell/span.h"

enum draft_kind { DRAFT_REPLY, DRAFT_NOTE, DRAFT_MAIL, DRAFT_KIND_COUNT }; /* on disk */
/* "reply", "note", "mail"; NULL over the end.  And back, false if it is none. */
const char *draft_kind_word(enum draft_kind kind);
bool draft_kind_parse(struct span word, enum draft_kind *kind);

struct draft {
    int64_t version;  /* when it was saved, and more than the one before had; 0: there is none */
    struct span text; /* borrowed */
};

/* All of one agent in one conversation. */
struct drafts {
    struct draft of[DRAFT_KIND_COUNT];
};

/* A row's value; nothing where there is no draft, which deletes the row. */
void drafts_encode(const struct drafts *d, struct buf *out);
err_t drafts_decode(struct span in, struct drafts *d) MUST_CHECK; /* ERR_CORRUPT; borrows from in */

/*
 * An agent's rows that are on the disk: one, or the next one in a conversation after `*conv`, which
 * starts at 0.  The value is added to the buffer.
 *
 * ERR_NOTFOUND  there is none.
 */
struct store;
err_t store_read_drafts(struct store *st, uint64_t agent, uint64_t conv,
                        struct buf *value) MUST_CHECK;
err_t store_next_drafts(struct store *st, uint64_t agent, uint64_t *conv,
                        struct buf *value) MUST_CHECK;

#endif
