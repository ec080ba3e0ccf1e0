/* Sessions and blocks as rows, and back. */
#include <stdlib.h>

#include "image_int.h"

static const struct field session_fields[] = {
    F(KTAG_FIELDS, U64, struct xsession, last_pos),
    F(KTAG_FIELDS + 1, U64, struct xsession, s.agent),
    F(KTAG_FIELDS + 2, I64, struct xsession, s.since_ms),
    F(KTAG_FIELDS + 3, I64, struct xsession, s.until_ms),
    F(KTAG_FIELDS + 4, BOOL, struct xsession, s.is_token),
    F(KTAG_FIELDS + 5, U32, struct xsession, s.permissions),
    F(KTAG_FIELDS + 6, STR, struct xsession, s.name),
    F(KTAG_FIELDS + 7, I64, struct xsession, s.used_ms),
    F(KTAG_FIELDS + 8, STR, struct xsession, s.browser),
};

static const struct field block_fields[] = {
    F(KTAG_FIELDS, U64, struct xblock, last_pos),
    F(KTAG_FIELDS + 1, STR, struct xblock, b.reason),
    F(KTAG_FIELDS + 2, U64, struct xblock, b.by),
    F(KTAG_FIELDS + 3, U64, struct xblock, b.conv),
    F(KTAG_FIELDS + 4, U64, struct xblock, b.dept),
    F(KTAG_FIELDS + 5, I64, struct xblock, b.since_ms),
    F(KTAG_FIELDS + 6, I64, struct xblock, b.until_ms),
    F(KTAG_FIELDS + 7, U8, struct xblock, b.prefix.bits),
};

static struct span bytes_of(const void *p, size_t len)
{
    return (struct span){p, len};
}

void session_image(const struct xsession *x, struct buf *out)
{
    tlv_put_span(out, KTAG_HASH, bytes_of(x->s.token_hash, HASH_BYTES));
    tlv_put_span(out, KTAG_IP, bytes_of(x->s.ip.b, 16));
    fields_put(out, session_fields, COUNT_OF(session_fields), x);
}

void block_image(const struct xblock *x, struct buf *out)
{
    tlv_put_span(out, KTAG_IP, bytes_of(x->b.prefix.addr.b, 16));
    fields_put(out, block_fields, COUNT_OF(block_fields), x);
}

static bool session_take(void *object, const struct tlv *t)
{
    struct xsession *x = object;

    if (t->tag == KTAG_IP)
        return raw_take(t, x->s.ip.b, sizeof(x->s.ip.b));
    return t->tag != KTAG_HASH || raw_take(t, x->s.token_hash, HASH_BYTES);
}

static bool block_take(void *object, const struct tlv *t)
{
    struct xblock *x = object;

    return t->tag != KTAG_IP || raw_take(t, x->b.prefix.addr.b, 16);
}

err_t session_decode_x(uint64_t id, struct span image, struct xsession **out)
{
    struct xsession *x = xsession_new(id);
    err_t err = fields_read(image, session_fields, COUNT_OF(session_fields), session_take, x);

    if (err == ERR_OK && (x->last_pos == 0 || x->s.agent == 0))
        err = ERR_CORRUPT;
    if (err != ERR_OK)
        xsession_free(x);
    else
        *out = x;
    return err;
}

err_t block_decode_x(uint64_t id, struct span image, struct xblock **out)
{
    struct xblock *x = xcalloc(1, sizeof(*x));
    err_t err;

    x->b.id = id;
    x->b.reason = xstrdup("");
    err = fields_read(image, block_fields, COUNT_OF(block_fields), block_take, x);
    if (err == ERR_OK && (x->last_pos == 0 || x->b.prefix.bits > 128))
        err = ERR_CORRUPT;
    if (err != ERR_OK) {
        free(x->b.reason);
        free(x);
    } else {
        *out = x;
    }
    return err;
}
