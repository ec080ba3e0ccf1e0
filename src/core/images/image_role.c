/* Custom roles as rows, and back. */
#include "core_int.h"

#define F(t, k, member)                                                                            \
    {                                                                                              \
        .tag = TAG_KEPT + (t), .kind = KIND_##k, .offset = offsetof(struct xrole, member)          \
    }

/* Tags are stable for ever. */
static const struct field role_fields[] = {
    F(100, U64, last_pos),  F(101, STR, r.name), F(102, U32, r.permissions),
    F(103, U32, r.version), F(104, U64, r.by),   F(105, I64, r.changed_ms),
};

#undef F

void role_image(const struct xrole *x, struct buf *out)
{
    fields_put(out, role_fields, COUNT_OF(role_fields), x);
}

err_t role_decode_x(uint64_t id, struct span image, struct xrole **out)
{
    struct xrole *x = xrole_new(id);
    err_t err = fields_read(image, role_fields, COUNT_OF(role_fields), NULL, x);

    if (err == ERR_OK && (x->last_pos == 0 || x->r.version == 0))
        err = ERR_CORRUPT;
    if (err != ERR_OK)
        xrole_free(x);
    else
        *out = x;
    return err;
}
