/* Mentions as rows, and back. */
#include "core_int.h"

#define F(t, k, member, ...)                                                                       \
    {                                                                                              \
        .tag = TAG_KEPT + (t), .kind = KIND_##k, .offset = offsetof(struct xmention, member),      \
        __VA_ARGS__                                                                                \
    }

/* Tags are stable for ever. */
static const struct field mention_fields[] = {
    F(100, U64, last_pos), F(101, U64, m.agent),  F(102, U64, m.conv),    F(103, U64, m.pos),
    F(104, U32, m.seq),    F(105, U64, m.by),     F(106, I64, m.made_ms), F(107, I64, m.read_ms),
    F(108, BOOL, m.read),  F(109, I64, m.due_ms), F(110, BOOL, m.told),
};

#undef F

void mention_image(const struct xmention *x, struct buf *out)
{
    fields_put(out, mention_fields, COUNT_OF(mention_fields), x);
}

err_t mention_decode_x(uint64_t id, struct span image, struct xmention **out)
{
    struct xmention *x = xmention_new(id);
    err_t err = fields_read(image, mention_fields, COUNT_OF(mention_fields), NULL, x);

    if (err == ERR_OK && (x->last_pos == 0 || x->m.conv == 0 || x->m.pos == 0))
        err = ERR_CORRUPT;
    if (err != ERR_OK)
        xmention_free(x);
    else
        *out = x;
    return err;
}

err_t mention_decode(uint64_t id, struct span image, struct mention **mention)
{
    struct xmention *x;
    err_t err = mention_decode_x(id, image, &x);

    if (err == ERR_OK)
        *mention = &x->m;
    return err;
}

void mention_free(struct mention *mention)
{
    if (mention != NULL)
        xmention_free(container_of(mention, struct xmention, m));
}
