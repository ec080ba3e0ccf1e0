/*
 * Fields: how every stored value is written.  A value is a sequence of fields, each a varint tag,
 * a varint length and that many bytes; integers are varints inside.  Readers skip tags that they do
 * not know, and tlv_copy_unknown() lets a writer keep them.  Tags are stable for ever.
 */
#ifndef DESKBELL_TLV_H
#define DESKBELL_TLV_H

#include "deskbell/span.h"

/* Writers.  A zero integer, a false and an empty span are left out: absent reads as zero. */
void tlv_put_u64(struct buf *b, unsigned tag, uint64_t v);
void tlv_put_i64(struct buf *b, unsigned tag, int64_t v); /* zigzag */
void tlv_put_span(struct buf *b, unsigned tag, struct span v);
void tlv_put_str(struct buf *b, unsigned tag, const char *s); /* NULL: left out */

/* Like the above, but also written when zero or empty: for lists, whose items are repeated tags. */
void tlv_put_item(struct buf *b, unsigned tag, struct span v);

/* One field.  `bytes` is borrowed from the input. */
struct tlv {
    unsigned tag;
    struct span bytes;
};

/*
 * Take the next field off the front of *in.
 * ERR_OK a field; ERR_NOTFOUND the end; ERR_CORRUPT a length that runs over or a varint of more
 * than 64 bits.
 */
err_t tlv_next(struct span *in, struct tlv *f) MUST_CHECK;

/*
 * Append to b every field of `in` whose tag is above last_known: what a newer writer put there and
 * this one does not know.  Tags only ever grow, so that is all of it.
 */
void tlv_copy_unknown(struct buf *b, struct span in, unsigned last_known);

/* The field as a value.  A malformed varint reads as 0 and sets *bad. */
uint64_t tlv_u64(const struct tlv *f, bool *bad);
int64_t tlv_i64(const struct tlv *f, bool *bad);
bool tlv_bool(const struct tlv *f, bool *bad);

/* Big-endian 64 bit, for keys that must sort. */
void be64_put(uint8_t out[8], uint64_t v);
uint64_t be64_get(const uint8_t in[8]);

#endif
