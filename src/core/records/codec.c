/*
 * The codec of rows that turn writes and others read: durable answers, mail orders, milestones.
 * It knows no tables; the store adds its own envelope.
 */
#include "core_int.h"

#include "deskbell/journal.h"

#define F(t, k, type, member, ...)                                                                 \
    {                                                                                              \
        .tag = t, .kind = KIND_##k, .offset = offsetof(type, member), __VA_ARGS__                  \
    }

/* Tags are stable for ever; a new one goes to the end. */
static const struct field repeat_fields[] = {
    F(1, U64, struct repeat, cid), F(2, U64, struct repeat, chash),   F(3, U64, struct repeat, pos),
    F(4, U64, struct repeat, id),  F(5, I64, struct repeat, time_ms),
};

static const struct field order_fields[] = {
    F(1, ENUM, struct mail_order, kind, .limit = MAIL_KIND_COUNT),
    F(2, U64, struct mail_order, dept),
    F(3, U64, struct mail_order, entry),
    F(4, U64, struct mail_order, conv),
    F(5, U64, struct mail_order, cause),
    F(6, ENUM, struct mail_order, lang, .limit = LANG_COUNT),
    F(7, SPAN, struct mail_order, to),
    F(8, U64, struct mail_order, agent),
    F(9, SPAN, struct mail_order, secret),
    F(10, U64, struct mail_order, replaces),
    F(11, SPAN, struct mail_order, instead),
    F(12, U64, struct mail_order, story),
};

static const struct field milestone_fields[] = {
    F(1, U64, struct milestone, pos),
    F(2, U32, struct milestone, n),
};

#undef F

#define MAIL_IDS_PER_CAUSE 16
_Static_assert(MAIL_KIND_COUNT <= MAIL_IDS_PER_CAUSE, "mail ids would collide");

uint64_t mail_order_id(uint64_t cause, enum mail_kind kind)
{
    return cause * MAIL_IDS_PER_CAUSE + kind;
}

void repeat_encode(const struct repeat *r, struct buf *out)
{
    fields_put(out, repeat_fields, COUNT_OF(repeat_fields), r);
}

err_t repeat_decode(struct span in, struct repeat *r)
{
    struct repeat got = {0};

    if (fields_read(in, repeat_fields, COUNT_OF(repeat_fields), NULL, &got) != ERR_OK ||
        got.cid == 0)
        return ERR_CORRUPT;
    *r = got;
    return ERR_OK;
}

void mail_order_encode(const struct mail_order *m, struct buf *out)
{
    fields_put(out, order_fields, COUNT_OF(order_fields), m);
}

err_t mail_order_decode(struct span in, struct mail_order *m)
{
    struct mail_order got = {0};

    if (fields_read(in, order_fields, COUNT_OF(order_fields), NULL, &got) != ERR_OK ||
        got.cause == 0 || !span_is_utf8(got.to) || !span_is_utf8(got.instead))
        return ERR_CORRUPT;
    *m = got;
    return ERR_OK;
}

bool milestone_is_due(const struct rec *rec)
{
    return rec->obj_type == OBJ_CONV && rec->seq != 0 && rec->seq % MILESTONE_RECORDS == 0;
}

void milestone_encode(const struct milestone *ms, struct buf *out)
{
    fields_put(out, milestone_fields, COUNT_OF(milestone_fields), ms);
}

err_t milestone_decode(struct span in, struct milestone *ms)
{
    struct milestone got = {0};

    if (fields_read(in, milestone_fields, COUNT_OF(milestone_fields), NULL, &got) != ERR_OK ||
        got.pos == 0)
        return ERR_CORRUPT;
    *ms = got;
    return ERR_OK;
}
