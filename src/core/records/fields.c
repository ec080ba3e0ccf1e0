/*
 * Members of structs as fields and back, by tables with one row a field: how records and images
 * are written.
 */
#include <stdlib.h>

#include "core_int.h"

void str_set(char **to, struct span s)
{
    char *copy = span_dup(s);

    free(*to);
    *to = copy;
}

static bool is_number(const struct field *f)
{
    return f->kind < KIND_STR;
}

static uint64_t number_get(const struct field *f, const void *at)
{
    switch (f->kind) {
    case KIND_U64:
        return *(const uint64_t *)at;
    case KIND_I64:
        return (uint64_t) * (const int64_t *)at;
    case KIND_U32:
        return *(const uint32_t *)at;
    case KIND_U8:
        return *(const uint8_t *)at;
    case KIND_BOOL:
        return *(const bool *)at;
    default:
        return *(const unsigned *)at; /* KIND_ENUM */
    }
}

static void counts_put(struct buf *b, const struct field *f, const uint32_t *counts)
{
    struct buf inner = {0};

    for (unsigned i = 0; i < f->limit; i++)
        tlv_put_u64(&inner, i + 1, counts[i]);
    tlv_put_span(b, f->tag, buf_span(&inner));
    buf_fini(&inner);
}

static void prefix_put(struct buf *b, unsigned tag, const struct ipprefix *prefix)
{
    char bytes[sizeof(prefix->addr.b) + 1];

    memcpy(bytes, prefix->addr.b, sizeof(prefix->addr.b));
    bytes[sizeof(prefix->addr.b)] = (char)prefix->bits;
    tlv_put_span(b, tag, (struct span){bytes, sizeof(bytes)});
}

static void other_put(struct buf *b, const struct field *f, const void *at)
{
    const struct member *m = at;
    char mark = (char)f->limit;

    switch (f->kind) {
    case KIND_STR:
        tlv_put_str(b, f->tag, *(char *const *)at);
        break;
    case KIND_HASH:
        tlv_put_span(b, f->tag, (struct span){at, HASH_BYTES});
        break;
    case KIND_MARK:
        if (*(const bool *)at)
            tlv_put_span(b, f->tag, (struct span){&mark, 1});
        break;
    case KIND_PREFIX:
        prefix_put(b, f->tag, at);
        break;
    case KIND_ACCESS:
        tlv_put_i64(b, f->tag, (m->chat ? BIT(0) : 0) | (m->notify ? BIT(1) : 0) | m->tier << 2);
        break;
    case KIND_COUNTS:
        counts_put(b, f, at);
        break;
    default:
        tlv_put_span(b, f->tag, *(const struct span *)at); /* KIND_SPAN, KIND_FIELDS */
        break;
    }
}

void fields_put(struct buf *b, const struct field *fields, size_t n, const void *object)
{
    for (const struct field *f = fields; f < fields + n; f++) {
        const void *at = (const char *)object + f->offset;

        if (!is_number(f))
            other_put(b, f, at);
        else if (f->is_signed || f->kind == KIND_I64)
            tlv_put_i64(b, f->tag, (int64_t)number_get(f, at));
        else
            tlv_put_u64(b, f->tag, number_get(f, at));
    }
}

bool fields_are_sound(struct span in)
{
    struct tlv f;
    err_t err;

    while ((err = tlv_next(&in, &f)) == ERR_OK)
        ;
    return err == ERR_NOTFOUND;
}

static void number_set(const struct field *f, void *at, uint64_t v)
{
    switch (f->kind) {
    case KIND_U64:
        *(uint64_t *)at = v;
        break;
    case KIND_I64:
        *(int64_t *)at = (int64_t)v;
        break;
    case KIND_U32:
        *(uint32_t *)at = (uint32_t)v;
        break;
    case KIND_U8:
        *(uint8_t *)at = (uint8_t)v;
        break;
    case KIND_BOOL:
        *(bool *)at = v != 0;
        break;
    default:
        *(unsigned *)at = (unsigned)v; /* KIND_ENUM */
        break;
    }
}

static bool number_take(const struct field *f, const struct tlv *t, void *at)
{
    static const uint64_t most[] = {
        [KIND_U64] = UINT64_MAX, [KIND_I64] = INT64_MAX,   [KIND_U32] = UINT32_MAX,
        [KIND_U8] = UINT8_MAX,   [KIND_BOOL] = UINT64_MAX, [KIND_ENUM] = UINT32_MAX,
    };
    bool bad = false;
    uint64_t v;

    if (f->is_signed || f->kind == KIND_I64)
        v = (uint64_t)tlv_i64(t, &bad); /* a negative one is above all limits */
    else
        v = tlv_u64(t, &bad);
    if (bad || v > most[f->kind] || (f->limit != 0 && v >= f->limit))
        return false;
    number_set(f, at, v);
    return true;
}

static bool counts_take(const struct field *f, struct span in, uint32_t *counts)
{
    bool bad = false;
    struct tlv t;
    err_t err;

    while ((err = tlv_next(&in, &t)) == ERR_OK)
        if (t.tag <= f->limit)
            counts[t.tag - 1] = (uint32_t)tlv_u64(&t, &bad);
    return err == ERR_NOTFOUND && !bad;
}

static bool prefix_take(struct span in, struct ipprefix *prefix)
{
    if (in.len != sizeof(prefix->addr.b) + 1 || (uint8_t)in.p[sizeof(prefix->addr.b)] > 128)
        return false;
    memcpy(prefix->addr.b, in.p, sizeof(prefix->addr.b));
    prefix->bits = (uint8_t)in.p[sizeof(prefix->addr.b)];
    return true;
}

static bool access_take(const struct tlv *t, struct member *m)
{
    bool bad = false;
    int64_t v = tlv_i64(t, &bad);

    m->chat = (v & BIT(0)) != 0;
    m->notify = (v & BIT(1)) != 0;
    m->tier = (uint8_t)(v >> 2 & 15);
    return !bad && m->tier < TIERS_MAX;
}

bool field_take(const struct field *f, const struct tlv *t, void *object)
{
    void *at = (char *)object + f->offset;

    switch (f->kind) {
    case KIND_STR:
        if (!span_is_utf8(t->bytes))
            return false;
        str_set((char **)at, t->bytes);
        return true;
    case KIND_FIELDS:
        *(struct span *)at = t->bytes;
        return fields_are_sound(t->bytes);
    case KIND_SPAN:
        *(struct span *)at = t->bytes;
        return true;
    case KIND_HASH:
        if (t->bytes.len != HASH_BYTES)
            return false;
        memcpy(at, t->bytes.p, HASH_BYTES);
        return true;
    case KIND_MARK:
        *(bool *)at = t->bytes.len > 0;
        return true;
    case KIND_PREFIX:
        return prefix_take(t->bytes, at);
    case KIND_ACCESS:
        return access_take(t, at);
    case KIND_COUNTS:
        return counts_take(f, t->bytes, at);
    default:
        return number_take(f, t, at);
    }
}

/*
 * Unknown tags are passed over: a newer program wrote them.  Fields stand in the order of their
 * table, so each is looked for from where the one before was found.
 */
err_t fields_read(struct span image, const struct field *fields, size_t n, take_fn *take,
                  void *object)
{
    size_t at = 0;
    struct tlv t;
    err_t err;

    while ((err = tlv_next(&image, &t)) == ERR_OK) {
        size_t left = n;

        while (left > 0 && fields[at].tag != t.tag) {
            at = at + 1 < n ? at + 1 : 0;
            left--;
        }
        if (left > 0 ? !field_take(&fields[at], &t, object) : take != NULL && !take(object, &t))
            return ERR_CORRUPT;
    }
    return err == ERR_NOTFOUND ? ERR_OK : ERR_CORRUPT;
}
