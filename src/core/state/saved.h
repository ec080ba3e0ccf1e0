/* What the files of this room share of saved views. */
#ifndef CORE_SAVED_H
#define CORE_SAVED_H

#include "../core_int.h"

struct xsaved {
    struct saved v;
    uint64_t last_pos;
    struct onode by_id;
    struct onode of_owner; /* by owner and id */
    bool dirty;
};

/* state/saved.c */
struct xsaved *xsaved_find(const struct core *k, uint64_t id);
struct xsaved *xsaved_new(uint64_t id);
void xsaved_free(struct xsaved *x);
void core_add_saved(struct core *k, struct xsaved *x);
void core_drop_saved(struct core *k, struct xsaved *x);
size_t saved_count_of(const struct core *k, uint64_t owner); /* O(log of all) */
/* Another of the same owner with this name; NULL: there is none. */
const struct saved *saved_by_name(const struct core *k, uint64_t owner, struct span name,
                                  uint64_t but);

/* Are they what a saved view can show? */
bool shows_are_sound(const uint32_t shows[SHOWS_COUNT]);

/* rights/audience_saved.c */
uint32_t saved_permission(uint64_t agent); /* what a token needs to edit them */

/* records/fold_saved.c */
void fold_saved(struct core *k, const struct rec *rec);
void fold_saved_owner_gone(struct core *k, uint64_t owner);

/* images/image_saved.c */
void saved_image(const struct xsaved *x, struct buf *out);
err_t saved_decode_x(uint64_t id, struct span image, struct xsaved **out) MUST_CHECK;

#endif
