/* What the files of src/compose share: header values, encoded and folded. */
#ifndef COMPOSE_INT_H
#define COMPOSE_INT_H

#include "deskbell/compose.h"

/*
 * Each appends a finished header value with its leading blank, folded with "\n ", and the final
 * "\n": the form that GMime takes as raw.  `name_len` is the length of the header's name.
 */
void header_text(struct buf *out, size_t name_len, struct span text);
void header_mailbox(struct buf *out, size_t name_len, struct span name, struct span addr);
void header_mailboxes(struct buf *out, size_t name_len, struct span list);
void header_ids(struct buf *out, size_t name_len, struct span ids);
void header_date(struct buf *out, int64_t date_ms, int64_t offset_ms);

#endif
