/* What the images of things are written with, for the files of this folder. */
#ifndef CORE_IMAGE_INT_H
#define CORE_IMAGE_INT_H

#include "core_int.h"

#define F(t, k, type, member)                                                                      \
    {                                                                                              \
        .tag = t, .kind = KIND_##k, .offset = offsetof(type, member)                               \
    }
#define E(t, type, member, last)                                                                   \
    {                                                                                              \
        .tag = t, .kind = KIND_ENUM, .offset = offsetof(type, member), .limit = last               \
    }

/* Tags are stable for ever.  Settings have those of their tables, below TAG_KEPT. */
enum {
    KTAG_CODE = TAG_KEPT,
    KTAG_PASSWORD,
    KTAG_LINK_HASH,
    KTAG_MEMBER,
    KTAG_DONE,
    KTAG_IP,
    KTAG_ASKED,
    KTAG_PASSED,
    KTAG_RECENT,
    KTAG_HASH,
    KTAG_BITS,
    KTAG_KNOWN_FROM,
    KTAG_TAG,
    KTAG_TIME = TAG_KEPT + 40,
    KTAG_RECOVERY = TAG_KEPT + 50,
    KTAG_OTHER = TAG_KEPT + 60,
    KTAG_RUNG = TAG_KEPT + 70,
    KTAG_RUNG_LATE,
    KTAG_CHANGED = TAG_KEPT + 85,
    KTAG_FIELDS = TAG_KEPT + 100
};

/* image.c: bytes of a fixed length; false: of another. */
bool raw_take(const struct tlv *t, void *to, size_t len);

/* Some numbers of eight bytes each, as one field, and back; false: there are not so many. */
void numbers_put(struct buf *b, unsigned tag, const uint64_t *numbers, size_t n);
bool numbers_take(const struct tlv *t, uint64_t *numbers, size_t n);

/* settings/changed.c: a field for each setting that was changed, and one of those back. */
void changed_image(const struct changed *ch, struct buf *out);
bool changed_take(struct changed *ch, const struct tlv *t);

/* image_session.c */
void session_image(const struct xsession *x, struct buf *out);
void block_image(const struct xblock *x, struct buf *out);

#endif
