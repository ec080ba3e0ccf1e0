/* Of a conversation's image what lists and rights ask for, without making all of it. */
#include "image_int.h"

static const struct field brief_fields[] = {
    F(KTAG_FIELDS + 1, U64, struct conv_brief, dept),
    E(KTAG_FIELDS + 3, struct conv_brief, state, CONV_STATE_COUNT),
    F(KTAG_FIELDS + 5, U64, struct conv_brief, agent),
    F(KTAG_FIELDS + 14, U64, struct conv_brief, last_pos),
    F(KTAG_FIELDS + 29, SPAN, struct conv_brief, mailto),
    F(KTAG_FIELDS + 39, U32, struct conv_brief, mailed),
    E(KTAG_FIELDS + 90, struct conv_brief, box, BOX_COUNT),
};

static bool brief_take(void *object, const struct tlv *t)
{
    struct conv_brief *brief = object;

    if (t->tag == KTAG_TAG && brief->ntags < TAGS_MAX)
        return conv_tag_hash(t->bytes, &brief->tags[brief->ntags++]);
    if (t->tag != KTAG_IP)
        return true;
    if (t->bytes.len != sizeof(brief->ip.b))
        return false;
    memcpy(brief->ip.b, t->bytes.p, sizeof(brief->ip.b));
    return true;
}

err_t conv_brief(struct span image, struct conv_brief *brief)
{
    err_t err;

    *brief = (struct conv_brief){0};
    err = fields_read(image, brief_fields, COUNT_OF(brief_fields), brief_take, brief);
    if (err == ERR_OK && (brief->last_pos == 0 || brief->dept == 0))
        err = ERR_CORRUPT;
    if (err != ERR_OK)
        return err;
    brief->box = conv_box(
        &(struct conv){.state = brief->state, .box = brief->box, .mailed_count = brief->mailed});
    if (brief->box == BOX_TO_ANSWER && brief->mailto.len > 0)
        brief->email = email_fingerprint(brief->mailto);
    return ERR_OK;
}
