/*
 * Mentions, told to every console of the agent who is mentioned: that he is, that he has read it,
 * that he is no more.  Of what he may not see he hears nothing.
 */
#include "watch_int.h"

static const char *what_word(const struct rec *rec)
{
    switch (rec->type) {
    case REC_MENTION_ADDED:
        return "added";
    case REC_MENTION_READ:
        return "read";
    default:
        return "removed";
    }
}

/* What the note says: it was written in this batch, or its change was, or it is in the store. */
static struct span note_text(struct watch *w, uint64_t pos, struct buf *mem)
{
    struct span body;
    struct rec note;

    if (turn_body(w->env.turn, pos, &body))
        return body_get(body, BODY_TEXT);
    if (turn_read(w->env.turn, pos, &note) == ERR_OK)
        return body_get(note.body, BODY_TEXT);
    return view_note_text(w->env.view, pos, mem);
}

/* May he know that it was there, now that it is not? */
static bool sees_what_it_was_about(const struct watch *w, const struct rec *rec,
                                   const struct reader *r)
{
    const struct mention was = {
        .id = rec->obj, .agent = rec->mention.agent, .conv = rec->mention.conv};

    return view_has_mention(w->env.view, r, &was);
}

static bool mention_put(struct jw *j, struct watch *w, const struct rec *rec,
                        const struct reader *r)
{
    const struct mention *m = core_mention(w->env.core, rec->obj);
    struct buf mem = {0}, json = {0};
    struct jw of = {.b = &json};
    bool has;

    if (m == NULL) {
        has = sees_what_it_was_about(w, rec, r);
        jw_k_id(j, "gone", rec->obj);
    } else {
        has = view_mention(&of, w->env.view, r, m, note_text(w, m->pos, &mem));
        jw_key(j, "mention");
        jw_raw(j, buf_span(&json));
    }
    buf_fini(&json);
    buf_fini(&mem);
    return has;
}

void mention_show(struct watch *w, const struct rec *rec)
{
    const struct reader r = reader_of_agent(w->env.core, rec->mention.agent);
    struct agent_ix *ix = map_find(&w->agents, rec->mention.agent);
    struct id_list conns = {0};
    struct buf b = {0};
    struct jw j = {.b = &b};

    if (ix == NULL)
        return;
    agent_conns(ix, true, &conns);
    event_begin(&j, "mention");
    jw_k_str(&j, "what", what_word(rec));
    if (conns.n > 0 && mention_put(&j, w, rec, &r)) {
        event_end(&j, w);
        watch_send(w, conns.ids, conns.n, buf_span(&b));
    }
    agent_ix_touch(w, ix, true);
    buf_fini(&b);
    id_list_fini(&conns);
}
