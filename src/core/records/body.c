/* The bodies of records: what stands in them, and which record gives another one its body. */
#include "core_int.h"

struct span body_get(struct span body, enum body_tag tag)
{
    struct tlv f;

    while (tlv_next(&body, &f) == ERR_OK)
        if (f.tag == (unsigned)tag)
            return f.bytes;
    return SPAN_NONE;
}

int64_t body_time_ms(struct span body, enum body_tag tag)
{
    struct tlv f;
    bool bad = false;
    int64_t ms;

    while (tlv_next(&body, &f) == ERR_OK)
        if (f.tag == (unsigned)tag) {
            ms = tlv_i64(&f, &bad);
            return bad || ms < 0 ? 0 : ms;
        }
    return 0;
}

void body_put_mentions(struct buf *body, const uint64_t *agents, size_t n)
{
    struct buf ids = {0};

    rec_put_lines(agents, n, &ids);
    tlv_put_span(body, BODY_MENTIONS, buf_span(&ids));
    buf_fini(&ids);
}

size_t body_mentions(struct span body, uint64_t *agents)
{
    struct span ids = body_get(body, BODY_MENTIONS);
    bool bad = false;
    struct tlv f;
    size_t n = 0;

    while (n < MENTIONS_PER_LINE_MAX && tlv_next(&ids, &f) == ERR_OK)
        agents[n++] = tlv_u64(&f, &bad);
    return bad ? 0 : n;
}

bool rec_rewrites(const struct rec *rec, uint64_t *pos, struct buf *body)
{
    struct span said = body_get(rec->body, BODY_SAID);

    if (rec->type == REC_AGENT_PICTURE) {
        *pos = rec->picture.was;
        return *pos != 0;
    }
    if (rec->type != REC_CONV_EDITED)
        return false;
    *pos = rec->edit.pos;
    tlv_put_span(body, BODY_TEXT, body_get(rec->body, BODY_TEXT));
    tlv_put_span(body, BODY_CLIENT_ID, body_get(rec->body, BODY_LINE_ID));
    tlv_put_span(body, BODY_SAID, said.len > 0 ? said : body_get(rec->body, BODY_WAS));
    tlv_put_i64(body, BODY_EDITED_MS, rec->time_ms);
    tlv_put_span(body, BODY_MENTIONS, body_get(rec->body, BODY_MENTIONS));
    return true;
}
