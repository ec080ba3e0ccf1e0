/*
 * The tags of a conversation: few, so that they are gone through.  Two are the same by their keys,
 * which come with them: what letters people take for the same is not core's to know.
 */
#include <stdlib.h>

#include "core_int.h"

enum { TAG_TEXT = 1, TAG_KEY };

uint64_t tag_hash(struct span key)
{
    uint64_t hash = hash_u64(key, NULL) & INT64_MAX;

    return hash != 0 ? hash : 1;
}

bool conv_has_tag(const struct conv *cv, uint64_t hash)
{
    for (size_t i = 0; i < cv->ntags; i++)
        if (cv->tags[i].hash == hash)
            return true;
    return false;
}

const struct conv_tag *conv_tag_find(const struct conv *cv, struct span key)
{
    for (size_t i = 0; i < cv->ntags; i++)
        if (span_is(key, cv->tags[i].key))
            return &cv->tags[i];
    return NULL;
}

void conv_tag_add(struct conv *cv, struct span text, struct span key)
{
    if (text.len == 0 || key.len == 0 || cv->ntags >= TAGS_MAX || conv_tag_find(cv, key) != NULL)
        return;
    cv->tags = xrealloc(cv->tags, (cv->ntags + 1) * sizeof(*cv->tags));
    cv->tags[cv->ntags++] =
        (struct conv_tag){.text = span_dup(text), .key = span_dup(key), .hash = tag_hash(key)};
}

void conv_tag_del(struct conv *cv, struct span key)
{
    const struct conv_tag *tag = conv_tag_find(cv, key);
    size_t at;

    if (tag == NULL)
        return;
    at = (size_t)(tag - cv->tags);
    free(tag->text);
    free(tag->key);
    cv->ntags--;
    memmove(&cv->tags[at], &cv->tags[at + 1], (cv->ntags - at) * sizeof(*cv->tags));
}

void conv_tags_free(struct conv *cv)
{
    for (size_t i = 0; i < cv->ntags; i++) {
        free(cv->tags[i].text);
        free(cv->tags[i].key);
    }
    free(cv->tags);
}

void conv_tags_put(const struct conv *cv, unsigned tag, struct buf *out)
{
    for (size_t i = 0; i < cv->ntags; i++) {
        struct buf one = {0};

        tlv_put_str(&one, TAG_TEXT, cv->tags[i].text);
        tlv_put_str(&one, TAG_KEY, cv->tags[i].key);
        tlv_put_span(out, tag, buf_span(&one));
        buf_fini(&one);
    }
}

bool conv_tag_take(struct conv *cv, struct span field)
{
    struct span text = SPAN_NONE, key = SPAN_NONE;
    size_t before = cv->ntags;
    struct tlv t;
    err_t err;

    while ((err = tlv_next(&field, &t)) == ERR_OK) {
        if (t.tag == TAG_TEXT)
            text = t.bytes;
        else if (t.tag == TAG_KEY)
            key = t.bytes;
    }
    if (err != ERR_NOTFOUND || !span_is_utf8(text) || !span_is_utf8(key))
        return false;
    conv_tag_add(cv, text, key);
    return cv->ntags > before;
}

bool conv_tag_hash(struct span field, uint64_t *hash)
{
    struct tlv t;

    while (tlv_next(&field, &t) == ERR_OK)
        if (t.tag == TAG_KEY && t.bytes.len > 0) {
            *hash = tag_hash(t.bytes);
            return true;
        }
    return false;
}
