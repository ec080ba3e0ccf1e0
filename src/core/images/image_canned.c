/* Canned replies as rows, and back. */
#include "core_int.h"

#define F(t, k, member, ...)                                                                       \
    {                                                                                              \
        .tag = TAG_KEPT + (t), .kind = KIND_##k, .offset = offsetof(struct xcanned, member),       \
        __VA_ARGS__                                                                                \
    }

/* Tags are stable for ever. */
static const struct field canned_fields[] = {
    F(100, U64, last_pos),   F(101, U64, c.agent),
    F(102, U64, c.dept),     F(103, STR, c.title),
    F(104, STR, c.shortcut), F(105, STR, c.text),
    F(106, U32, c.version),  F(107, ENUM, c.lang, .limit = LANG_ANY + 1),
    F(108, U64, c.by),       F(109, I64, c.changed_ms),
};

#undef F

void canned_image(const struct xcanned *x, struct buf *out)
{
    fields_put(out, canned_fields, COUNT_OF(canned_fields), x);
}

err_t canned_decode_x(uint64_t id, struct span image, struct xcanned **out)
{
    struct xcanned *x = xcanned_new(id);
    err_t err = fields_read(image, canned_fields, COUNT_OF(canned_fields), NULL, x);

    if (err == ERR_OK && (x->last_pos == 0 || x->c.version == 0 || (x->c.agent && x->c.dept)))
        err = ERR_CORRUPT;
    if (err != ERR_OK)
        xcanned_free(x);
    else
        *out = x;
    return err;
}
