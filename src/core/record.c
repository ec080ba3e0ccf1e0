/* The encoding of records.  What a record means is fold's affair. */
#include "core_int.h"

static const struct {
    enum rec_type type;
    enum obj_type obj;
    const char *word;
} rec_types[] = {
#define X(name, number, obj, word) {REC_##name, obj, word},
    REC_TABLE(X)
#undef X
};

/* Stable for ever; a new one goes to the end. */
enum rec_tag {
    RTAG_TYPE = 1,
    RTAG_VERSION,
    RTAG_TIME,
    RTAG_WHO_KIND,
    RTAG_WHO_ID,
    RTAG_WHO_SESSION,
    RTAG_OBJ,
    RTAG_PREV,
    RTAG_N,
    RTAG_SEQ,
    RTAG_CID,
    RTAG_CHASH,
    RTAG_AGENT,
    RTAG_DEPT,
    RTAG_CONV,
    RTAG_NUMBER,
    RTAG_WHY,
    RTAG_VALUE,
    RTAG_UNTIL,
    RTAG_BYTES,
    RTAG_LAST = RTAG_BYTES
};

static int type_index(unsigned number)
{
    for (size_t i = 0; i < COUNT_OF(rec_types); i++)
        if (rec_types[i].type == number)
            return (int)i;
    return -1;
}

const char *rec_word(enum rec_type type)
{
    int i = type_index(type);

    return i >= 0 ? rec_types[i].word : NULL;
}

bool rec_type_is_known(unsigned number)
{
    return type_index(number) >= 0;
}

enum obj_type rec_obj_type(enum rec_type type)
{
    int i = type_index(type);

    return i >= 0 ? rec_types[i].obj : OBJ_NONE;
}

void rec_encode(const struct rec *rec, struct buf *out)
{
    tlv_put_u64(out, RTAG_TYPE, rec->type);
    tlv_put_u64(out, RTAG_VERSION, rec->version);
    tlv_put_i64(out, RTAG_TIME, rec->time_ms);
    tlv_put_u64(out, RTAG_WHO_KIND, rec->who.kind);
    tlv_put_u64(out, RTAG_WHO_ID, rec->who.id);
    tlv_put_u64(out, RTAG_WHO_SESSION, rec->who.session);
    tlv_put_u64(out, RTAG_OBJ, rec->obj);
    tlv_put_u64(out, RTAG_PREV, rec->prev);
    tlv_put_u64(out, RTAG_N, rec->n);
    tlv_put_u64(out, RTAG_SEQ, rec->seq);
    tlv_put_u64(out, RTAG_CID, rec->cid);
    tlv_put_u64(out, RTAG_CHASH, rec->chash);
    tlv_put_u64(out, RTAG_AGENT, rec->agent);
    tlv_put_u64(out, RTAG_DEPT, rec->dept);
    tlv_put_u64(out, RTAG_CONV, rec->conv);
    tlv_put_u64(out, RTAG_NUMBER, rec->number);
    tlv_put_u64(out, RTAG_WHY, rec->why);
    tlv_put_i64(out, RTAG_VALUE, rec->value);
    tlv_put_i64(out, RTAG_UNTIL, rec->until_ms);
    tlv_put_span(out, RTAG_BYTES, rec->bytes);
    buf_add_span(out, rec->unknown);
}

static uint32_t u32_of(const struct tlv *f, bool *bad)
{
    uint64_t v = tlv_u64(f, bad);

    if (v > UINT32_MAX)
        *bad = true;
    return (uint32_t)v;
}

static void take_field(struct rec *rec, const struct tlv *f, bool *bad)
{
    switch ((enum rec_tag)f->tag) {
    case RTAG_TYPE:
        rec->type = u32_of(f, bad);
        break;
    case RTAG_VERSION:
        rec->version = u32_of(f, bad);
        break;
    case RTAG_TIME:
        rec->time_ms = tlv_i64(f, bad);
        break;
    case RTAG_WHO_KIND:
        rec->who.kind = u32_of(f, bad);
        break;
    case RTAG_WHO_ID:
        rec->who.id = tlv_u64(f, bad);
        break;
    case RTAG_WHO_SESSION:
        rec->who.session = tlv_u64(f, bad);
        break;
    case RTAG_OBJ:
        rec->obj = tlv_u64(f, bad);
        break;
    case RTAG_PREV:
        rec->prev = tlv_u64(f, bad);
        break;
    case RTAG_N:
        rec->n = u32_of(f, bad);
        break;
    case RTAG_SEQ:
        rec->seq = u32_of(f, bad);
        break;
    case RTAG_CID:
        rec->cid = tlv_u64(f, bad);
        break;
    case RTAG_CHASH:
        rec->chash = tlv_u64(f, bad);
        break;
    case RTAG_AGENT:
        rec->agent = tlv_u64(f, bad);
        break;
    case RTAG_DEPT:
        rec->dept = tlv_u64(f, bad);
        break;
    case RTAG_CONV:
        rec->conv = tlv_u64(f, bad);
        break;
    case RTAG_NUMBER:
        rec->number = tlv_u64(f, bad);
        break;
    case RTAG_WHY:
        rec->why = u32_of(f, bad);
        break;
    case RTAG_VALUE:
        rec->value = tlv_i64(f, bad);
        break;
    case RTAG_UNTIL:
        rec->until_ms = tlv_i64(f, bad);
        break;
    case RTAG_BYTES:
        rec->bytes = f->bytes;
        break;
    }
}

static bool fields_are_sound(struct span in)
{
    struct tlv f;
    err_t err;

    while ((err = tlv_next(&in, &f)) == ERR_OK)
        ;
    return err == ERR_NOTFOUND;
}

/* What fold takes for granted about a record's own values. */
static bool rec_is_sound(const struct rec *rec)
{
    if (rec->who.kind > BY_VISITOR || rec->why >= WHY_COUNT || rec->time_ms < 0)
        return false;
    if (rec->obj == 0 && rec->obj_type != OBJ_PORTAL)
        return false;
    switch (rec->type) {
    case REC_PORTAL_SET:
    case REC_DEPT_CREATED:
    case REC_DEPT_SET:
    case REC_AGENT_CREATED:
    case REC_AGENT_SET:
    case REC_CONV_OFFERED:
    case REC_CONV_FORWARDED:
        return fields_are_sound(rec->bytes);
    case REC_AGENT_PASSWORD:
        return rec->bytes.len < PASSWORD_HASH_BYTES;
    case REC_AGENT_LINK:
        return rec->bytes.len == HASH_BYTES &&
               (rec->value == 0 || rec->value == MAIL_INVITATION || rec->value == MAIL_RESET);
    case REC_SESSION_OPENED:
        return rec->bytes.len == HASH_BYTES;
    case REC_AGENT_STATUS:
        return rec->value >= STATUS_OFFLINE && rec->value <= STATUS_AWAY;
    case REC_BLOCK_ADDED:
        return rec->bytes.len == 17 && (uint8_t)rec->bytes.p[16] <= 128;
    case REC_CONV_RANG:
    case REC_CONV_LEFT:
        return rec->value >= 0 && rec->value < LANG_COUNT;
    case REC_CONV_FEEDBACK:
        return rec->value >= 0 && rec->value <= 5;
    default:
        return true;
    }
}

err_t rec_decode(uint64_t pos, struct span bytes, struct span body, struct rec *rec)
{
    struct rec r = {.pos = pos, .body = body};
    struct span rest = bytes, before = bytes;
    struct tlv f;
    bool bad = false;
    err_t err;

    while ((err = tlv_next(&rest, &f)) == ERR_OK) {
        if (f.tag > RTAG_LAST) {
            r.unknown = before;
            break;
        }
        take_field(&r, &f, &bad);
        before = rest;
    }
    if ((err != ERR_OK && err != ERR_NOTFOUND) || bad || !fields_are_sound(rest))
        return ERR_CORRUPT;
    if (!rec_type_is_known(r.type) || r.version > REC_VERSION)
        return ERR_VERSION;
    r.obj_type = rec_obj_type(r.type);
    if (!rec_is_sound(&r) || !fields_are_sound(body))
        return ERR_CORRUPT;
    *rec = r;
    return ERR_OK;
}

bool rec_peek(struct span bytes, enum rec_type *type)
{
    struct tlv f;
    bool bad = false;

    if (tlv_next(&bytes, &f) != ERR_OK || f.tag != RTAG_TYPE)
        return false;
    *type = (enum rec_type)u32_of(&f, &bad);
    return !bad;
}

#define LINE_TAG 1

void rec_put_lines(const uint64_t *seqs, size_t n, struct buf *out)
{
    for (size_t i = 0; i < n; i++)
        tlv_put_u64(out, LINE_TAG, seqs[i]);
}

size_t rec_lines(const struct rec *rec, uint64_t *seqs)
{
    struct span bytes = rec->bytes;
    struct tlv f;
    bool bad = false;
    size_t n = 0;

    while (n < FORWARD_LINES_MAX && tlv_next(&bytes, &f) == ERR_OK)
        if (f.tag == LINE_TAG)
            seqs[n++] = tlv_u64(&f, &bad);
    return bad ? 0 : n;
}

struct span body_get(struct span body, enum body_tag tag)
{
    struct tlv f;

    while (tlv_next(&body, &f) == ERR_OK)
        if (f.tag == (unsigned)tag)
            return f.bytes;
    return SPAN_NONE;
}
