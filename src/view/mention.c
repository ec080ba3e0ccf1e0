/* Mentions as JSON, for the agent who is mentioned, and how many he has not read. */
#include "view_int.h"

#define EXCERPT_CODEPOINTS 160

static void mention_write(struct jw *j, const struct view *v, const struct mention *m,
                          const struct conv *cv, struct span text)
{
    jw_obj(j);
    jw_k_id(j, "mention", m->id);
    jw_k_id(j, "conversation", m->conv);
    jw_k_int(j, "number", (int64_t)cv->number);
    jw_k_str(j, "visitor", cv->name[0] != '\0' ? cv->name : cv->email);
    jw_k_int(j, "line", m->seq);
    jw_k_id(j, "by", m->by);
    jw_k_str(j, "by_name", core_agent_name(v->core, m->by));
    jw_k_span(j, "text", span_head(text, EXCERPT_CODEPOINTS));
    jw_k_int(j, "made_ms", m->made_ms);
    jw_k_bool(j, "read", m->read);
    if (m->read)
        jw_k_int(j, "read_ms", m->read_ms);
    jw_obj_end(j);
}

struct span view_note_text(const struct view *v, uint64_t pos, struct buf *mem)
{
    struct rec note;

    buf_reset(mem);
    if (store_read_rec(v->store, pos, &note, mem) != ERR_OK)
        return SPAN_NONE;
    return body_get(note.body, BODY_TEXT);
}

bool view_mention(struct jw *j, const struct view *v, const struct reader *r,
                  const struct mention *m, struct span text)
{
    struct conv_ref ref;
    bool has;

    if (conv_open(v, m->conv, &ref) != ERR_OK)
        return false;
    has = audience_mention(r, m, ref.cv);
    if (has)
        mention_write(j, v, m, ref.cv, text);
    conv_done(&ref);
    return has;
}

bool view_has_mention(const struct view *v, const struct reader *r, const struct mention *m)
{
    struct conv_ref ref;
    bool has;

    if (conv_open(v, m->conv, &ref) != ERR_OK)
        return false;
    has = audience_mention(r, m, ref.cv);
    conv_done(&ref);
    return has;
}

size_t view_mentions_unread(const struct view *v, const struct reader *r)
{
    const struct mention *m = NULL;
    size_t n = 0;

    if (r->agent == NULL || core_mention_count(v->core, r->agent->id, true) == 0)
        return 0;
    while ((m = core_next_mention_of(v->core, r->agent->id, m)) != NULL)
        n += !m->read && view_has_mention(v, r, m);
    return n;
}
