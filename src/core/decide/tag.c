/*
 * Deciding about tags: words that agents put to a conversation, open or over, and take away again.
 * Whoever may write a note there may do both.
 */
#include "core_int.h"

/* They stand in questions between quotes, and in lists between commas. */
#define NOT_IN_TAGS "\","

static err_t check_tag(struct plan *p, struct span s)
{
    size_t has = span_codepoints(s);

    if (!span_is_line(s, s.len))
        return span_refuse(s, true, &p->out->fault, "tag");
    if (has > TAG_MAX_CODEPOINTS || p->cmd->tag.key.len > TAG_KEY_MAX_BYTES)
        return fault_refuse_with(&p->out->fault, ERR_INVAL, "tag", REFUSE_TOO_LONG,
                                 VALUES(OF_INT(TAG_MAX_CODEPOINTS), OF_INT(has)));
    if (span_trim(s).len == 0 || p->cmd->tag.key.len == 0)
        return plan_refuse(p, ERR_INVAL, "tag", REFUSE_EMPTY);
    for (size_t i = 0; i < s.len; i++)
        if (strchr(NOT_IN_TAGS, s.p[i]) != NULL)
            return plan_refuse(p, ERR_INVAL, "tag", REFUSE_CHARACTERS);
    return ERR_OK;
}

static void plan_tag(struct plan *p, enum rec_type type, const struct conv *cv, struct span text)
{
    struct buf body = {0};

    tlv_put_span(&body, BODY_TEXT, text);
    tlv_put_span(&body, BODY_KEY, p->cmd->tag.key);
    plan_rec(p, type, cv->id)->body = plan_take(p, &body);
}

static err_t check_room(struct plan *p, const struct conv *cv)
{
    if (cv->seq >= CONV_LINES_MAX)
        return fault_refuse_with(&p->out->fault, ERR_TOOBIG, NULL, REFUSE_LINES_FULL,
                                 VALUES(OF_INT(CONV_LINES_MAX)));
    return ERR_OK;
}

err_t decide_conv_tag(struct plan *p)
{
    const struct conv *cv;
    err_t err;

    if ((err = plan_conv(p, ACT_NOTE, &cv)) != ERR_OK ||
        (err = check_tag(p, p->cmd->tag.text)) != ERR_OK)
        return err;
    if (conv_tag_find(cv, p->cmd->tag.key) != NULL) {
        p->out->unchanged = true;
        return ERR_OK;
    }
    if (cv->ntags >= TAGS_MAX)
        return fault_refuse_with(&p->out->fault, ERR_FULL, "tag", REFUSE_TOO_MANY,
                                 VALUES(OF_INT(TAGS_MAX), OF_INT(cv->ntags + 1)));
    if ((err = check_room(p, cv)) == ERR_OK)
        plan_tag(p, REC_CONV_TAGGED, cv, span_trim(p->cmd->tag.text));
    return err;
}

err_t decide_conv_untag(struct plan *p)
{
    const struct conv_tag *tag;
    const struct conv *cv;
    err_t err = plan_conv(p, ACT_NOTE, &cv);

    if (err != ERR_OK)
        return err;
    if ((tag = conv_tag_find(cv, p->cmd->tag.key)) == NULL)
        p->out->unchanged = true;
    else if ((err = check_room(p, cv)) == ERR_OK)
        plan_tag(p, REC_CONV_UNTAGGED, cv, span_of(tag->text));
    return err;
}
