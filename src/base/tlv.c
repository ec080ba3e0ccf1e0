/* Fields of stored values: writing, taking apart, and big-endian keys. */
#include "deskbell/tlv.h"

#define VARINT_MAX_BYTES 10

static void varint_put(struct buf *b, uint64_t v)
{
    uint8_t bytes[VARINT_MAX_BYTES];
    size_t n = 0;

    do {
        bytes[n] = (uint8_t)(v & 0x7f);
        v >>= 7;
        if (v != 0)
            bytes[n] |= 0x80;
        n++;
    } while (v != 0);
    buf_add(b, bytes, n);
}

/* False at a truncated varint and at one over 64 bit. */
static bool varint_take(struct span *in, uint64_t *out)
{
    uint64_t v = 0;

    for (size_t i = 0; i < in->len && i < VARINT_MAX_BYTES; i++) {
        uint8_t byte = (uint8_t)in->p[i];

        if (i == VARINT_MAX_BYTES - 1 && byte > 1)
            return false;
        v |= (uint64_t)(byte & 0x7f) << (7 * i);
        if ((byte & 0x80) == 0) {
            in->p += i + 1;
            in->len -= i + 1;
            *out = v;
            return true;
        }
    }
    return false;
}

void tlv_put_item(struct buf *b, unsigned tag, struct span v)
{
    ensure(tag > 0);
    varint_put(b, tag);
    varint_put(b, v.len);
    buf_add_span(b, v);
}

void tlv_put_u64(struct buf *b, unsigned tag, uint64_t v)
{
    uint64_t rest = v;
    size_t n = 1;

    if (v == 0)
        return;
    ensure(tag > 0);
    while ((rest >>= 7) != 0)
        n++;
    varint_put(b, tag);
    varint_put(b, n);
    varint_put(b, v);
}

void tlv_put_i64(struct buf *b, unsigned tag, int64_t v)
{
    tlv_put_u64(b, tag, v < 0 ? ~((uint64_t)v << 1) : (uint64_t)v << 1);
}

void tlv_put_span(struct buf *b, unsigned tag, struct span v)
{
    if (v.len > 0)
        tlv_put_item(b, tag, v);
}

void tlv_put_str(struct buf *b, unsigned tag, const char *s)
{
    tlv_put_span(b, tag, span_of(s));
}

err_t tlv_next(struct span *in, struct tlv *f)
{
    struct span rest = *in;
    uint64_t tag, len;

    if (rest.len == 0)
        return ERR_NOTFOUND;
    if (!varint_take(&rest, &tag) || tag == 0 || tag > UINT32_MAX)
        return ERR_CORRUPT;
    if (!varint_take(&rest, &len) || len > rest.len)
        return ERR_CORRUPT;
    f->tag = (unsigned)tag;
    f->bytes = (struct span){rest.p, (size_t)len};
    in->p = rest.p + len;
    in->len = rest.len - (size_t)len;
    return ERR_OK;
}

void tlv_copy_unknown(struct buf *b, struct span in, unsigned last_known)
{
    struct tlv f;

    while (tlv_next(&in, &f) == ERR_OK)
        if (f.tag > last_known)
            tlv_put_item(b, f.tag, f.bytes);
}

uint64_t tlv_u64(const struct tlv *f, bool *bad)
{
    struct span bytes = f->bytes;
    uint64_t v;

    if (!varint_take(&bytes, &v) || bytes.len != 0) {
        *bad = true;
        return 0;
    }
    return v;
}

int64_t tlv_i64(const struct tlv *f, bool *bad)
{
    uint64_t v = tlv_u64(f, bad);

    return (int64_t)(v & 1 ? ~(v >> 1) : v >> 1);
}

bool tlv_bool(const struct tlv *f, bool *bad)
{
    return tlv_u64(f, bad) != 0;
}

void be64_put(uint8_t out[8], uint64_t v)
{
    for (int i = 7; i >= 0; i--) {
        out[i] = (uint8_t)v;
        v >>= 8;
    }
}

uint64_t be64_get(const uint8_t in[8])
{
    uint64_t v = 0;

    for (int i = 0; i < 8; i++)
        v = v << 8 | in[i];
    return v;
}
