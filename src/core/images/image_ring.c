/* At whom a conversation rings, and by which rule it waits, as a part of its image. */
#include "image_int.h"

static const struct field rule_fields[] = {
    F(KTAG_FIELDS + 160, U32, struct conv, rule),
    F(KTAG_FIELDS + 161, BOOL, struct conv, strict),
    F(KTAG_FIELDS + 162, I64, struct conv, strict_until_ms),
    F(KTAG_FIELDS + 163, STR, struct conv, skills),
};

void ring_image(const struct conv *cv, struct buf *out)
{
    for (size_t i = 0; i < cv->nrung; i++)
        tlv_put_u64(out, cv->rung[i].late ? KTAG_RUNG_LATE : KTAG_RUNG, cv->rung[i].agent);
    fields_put(out, rule_fields, COUNT_OF(rule_fields), cv);
}

bool ring_take(struct conv *cv, const struct tlv *t)
{
    bool bad = false;

    for (size_t i = 0; i < COUNT_OF(rule_fields); i++)
        if (rule_fields[i].tag == t->tag)
            return field_take(&rule_fields[i], t, cv);
    if (t->tag != KTAG_RUNG && t->tag != KTAG_RUNG_LATE)
        return true;
    if (cv->nrung == RUNG_MAX)
        return false;
    cv->rung = xrealloc(cv->rung, (cv->nrung + 1) * sizeof(*cv->rung));
    cv->rung[cv->nrung++] =
        (struct rung){.agent = tlv_u64(t, &bad), .late = t->tag == KTAG_RUNG_LATE};
    return !bad;
}
