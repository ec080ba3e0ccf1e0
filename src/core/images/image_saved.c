/* Saved views as rows, and back. */
#include "core_int.h"

#define F(t, k, member, ...)                                                                       \
    {                                                                                              \
        .tag = TAG_KEPT + (t), .kind = KIND_##k, .offset = offsetof(struct xsaved, member),        \
        __VA_ARGS__                                                                                \
    }

/* Tags are stable for ever. */
static const struct field saved_fields[] = {
    F(100, U64, last_pos),     F(101, U64, v.agent),
    F(102, U64, v.dept),       F(103, STR, v.name),
    F(104, U64, v.of),         F(105, COUNTS, v.shows, .limit = SHOWS_COUNT),
    F(106, STR, v.tag),        F(107, STR, v.tag_key),
    F(108, U32, v.version),    F(109, U64, v.by),
    F(110, I64, v.changed_ms), F(111, U64, v.held_by),
    F(112, I64, v.since_ms),   F(113, I64, v.before_ms),
    F(114, STR, v.text),       F(115, STR, v.contact),
};

#undef F

void saved_image(const struct xsaved *x, struct buf *out)
{
    fields_put(out, saved_fields, COUNT_OF(saved_fields), x);
}

err_t saved_decode_x(uint64_t id, struct span image, struct xsaved **out)
{
    struct xsaved *x = xsaved_new(id);
    err_t err = fields_read(image, saved_fields, COUNT_OF(saved_fields), NULL, x);

    if (err == ERR_OK && (x->last_pos == 0 || x->v.version == 0 ||
                          (x->v.agent != 0) == (x->v.dept != 0) || !shows_are_sound(x->v.shows)))
        err = ERR_CORRUPT;
    if (err != ERR_OK)
        xsaved_free(x);
    else
        *out = x;
    return err;
}
