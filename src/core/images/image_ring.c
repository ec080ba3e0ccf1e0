/* At whom a conversation rings, as a part of its image. */
#include "image_int.h"

void ring_image(const struct conv *cv, struct buf *out)
{
    for (size_t i = 0; i < cv->nrung; i++)
        tlv_put_u64(out, cv->rung[i].late ? KTAG_RUNG_LATE : KTAG_RUNG, cv->rung[i].agent);
}

bool ring_take(struct conv *cv, const struct tlv *t)
{
    bool bad = false;

    if (t->tag != KTAG_RUNG && t->tag != KTAG_RUNG_LATE)
        return true;
    if (cv->nrung == RUNG_MAX)
        return false;
    cv->rung = xrealloc(cv->rung, (cv->nrung + 1) * sizeof(*cv->rung));
    cv->rung[cv->nrung++] =
        (struct rung){.agent = tlv_u64(t, &bad), .late = t->tag == KTAG_RUNG_LATE};
    return !bad;
}
