/*
 * The codec of rows that turn writes and others read: durable answers, mail orders, milestones.
 * It knows no tables; the store adds its own envelope.
 */
#include "deskbell/journal.h"

#include "deskbell/tlv.h"

enum repeat_tag { REPEAT_CID = 1, REPEAT_CHASH, REPEAT_POS, REPEAT_ID, REPEAT_TIME };

enum mail_tag {
    ORDER_KIND = 1,
    ORDER_DEPT,
    ORDER_ENTRY,
    ORDER_CONV,
    ORDER_CAUSE,
    ORDER_LANG,
    ORDER_TO,
    ORDER_AGENT,
    ORDER_SECRET,
    ORDER_REPLACES,
    ORDER_INSTEAD,
    ORDER_STORY
};

enum milestone_tag { MILESTONE_POS = 1, MILESTONE_N };

#define MAIL_IDS_PER_CAUSE 16
_Static_assert(MAIL_KIND_COUNT <= MAIL_IDS_PER_CAUSE, "mail ids would collide");

uint64_t mail_order_id(uint64_t cause, enum mail_kind kind)
{
    return cause * MAIL_IDS_PER_CAUSE + kind;
}

void repeat_encode(const struct repeat *r, struct buf *out)
{
    tlv_put_u64(out, REPEAT_CID, r->cid);
    tlv_put_u64(out, REPEAT_CHASH, r->chash);
    tlv_put_u64(out, REPEAT_POS, r->pos);
    tlv_put_u64(out, REPEAT_ID, r->id);
    tlv_put_i64(out, REPEAT_TIME, r->time_ms);
}

err_t repeat_decode(struct span in, struct repeat *r)
{
    struct repeat got = {0};
    struct tlv f;
    bool bad = false;
    err_t err;

    while ((err = tlv_next(&in, &f)) == ERR_OK) {
        switch ((enum repeat_tag)f.tag) {
        case REPEAT_CID:
            got.cid = tlv_u64(&f, &bad);
            break;
        case REPEAT_CHASH:
            got.chash = tlv_u64(&f, &bad);
            break;
        case REPEAT_POS:
            got.pos = tlv_u64(&f, &bad);
            break;
        case REPEAT_ID:
            got.id = tlv_u64(&f, &bad);
            break;
        case REPEAT_TIME:
            got.time_ms = tlv_i64(&f, &bad);
            break;
        }
    }
    if (err != ERR_NOTFOUND || bad || got.cid == 0)
        return ERR_CORRUPT;
    *r = got;
    return ERR_OK;
}

void mail_order_encode(const struct mail_order *m, struct buf *out)
{
    tlv_put_u64(out, ORDER_KIND, m->kind);
    tlv_put_u64(out, ORDER_DEPT, m->dept);
    tlv_put_u64(out, ORDER_ENTRY, m->entry);
    tlv_put_u64(out, ORDER_CONV, m->conv);
    tlv_put_u64(out, ORDER_CAUSE, m->cause);
    tlv_put_u64(out, ORDER_LANG, m->lang);
    tlv_put_span(out, ORDER_TO, m->to);
    tlv_put_u64(out, ORDER_AGENT, m->agent);
    tlv_put_span(out, ORDER_SECRET, m->secret);
    tlv_put_u64(out, ORDER_REPLACES, m->replaces);
    tlv_put_span(out, ORDER_INSTEAD, m->instead);
    tlv_put_u64(out, ORDER_STORY, m->story);
}

err_t mail_order_decode(struct span in, struct mail_order *m)
{
    struct mail_order got = {0};
    uint64_t kind = 0, lang = 0;
    struct tlv f;
    bool bad = false;
    err_t err;

    while ((err = tlv_next(&in, &f)) == ERR_OK) {
        switch ((enum mail_tag)f.tag) {
        case ORDER_KIND:
            kind = tlv_u64(&f, &bad);
            break;
        case ORDER_DEPT:
            got.dept = tlv_u64(&f, &bad);
            break;
        case ORDER_ENTRY:
            got.entry = tlv_u64(&f, &bad);
            break;
        case ORDER_CONV:
            got.conv = tlv_u64(&f, &bad);
            break;
        case ORDER_CAUSE:
            got.cause = tlv_u64(&f, &bad);
            break;
        case ORDER_LANG:
            lang = tlv_u64(&f, &bad);
            break;
        case ORDER_TO:
            got.to = f.bytes;
            break;
        case ORDER_AGENT:
            got.agent = tlv_u64(&f, &bad);
            break;
        case ORDER_SECRET:
            got.secret = f.bytes;
            break;
        case ORDER_REPLACES:
            got.replaces = tlv_u64(&f, &bad);
            break;
        case ORDER_INSTEAD:
            got.instead = f.bytes;
            break;
        case ORDER_STORY:
            got.story = tlv_u64(&f, &bad);
            break;
        }
    }
    if (err != ERR_NOTFOUND || bad || kind >= MAIL_KIND_COUNT || lang >= LANG_COUNT ||
        got.cause == 0 || !span_is_utf8(got.to) || !span_is_utf8(got.instead))
        return ERR_CORRUPT;
    got.kind = (enum mail_kind)kind;
    got.lang = (enum lang)lang;
    *m = got;
    return ERR_OK;
}

bool milestone_is_due(const struct rec *rec)
{
    return rec->obj_type == OBJ_CONV && rec->seq != 0 && rec->seq % MILESTONE_RECORDS == 0;
}

void milestone_encode(const struct milestone *ms, struct buf *out)
{
    tlv_put_u64(out, MILESTONE_POS, ms->pos);
    tlv_put_u64(out, MILESTONE_N, ms->n);
}

err_t milestone_decode(struct span in, struct milestone *ms)
{
    struct milestone got = {0};
    struct tlv f;
    bool bad = false;
    err_t err;

    while ((err = tlv_next(&in, &f)) == ERR_OK) {
        switch ((enum milestone_tag)f.tag) {
        case MILESTONE_POS:
            got.pos = tlv_u64(&f, &bad);
            break;
        case MILESTONE_N:
            got.n = (uint32_t)tlv_u64(&f, &bad);
            break;
        }
    }
    if (err != ERR_NOTFOUND || bad || got.pos == 0)
        return ERR_CORRUPT;
    *ms = got;
    return ERR_OK;
}
