/* Records of mentions into state.  Those of an agent who is deleted go with him. */
#include "core_int.h"

static void mention_make(struct core *k, const struct rec *rec)
{
    struct xmention *x = xmention_new(rec->obj);

    x->m.agent = rec->mention.agent;
    x->m.conv = rec->mention.conv;
    x->m.pos = rec->mention.pos;
    x->m.seq = rec->mention.seq;
    x->m.due_ms = rec->mention.due_ms;
    x->m.by = rec->who.kind == BY_AGENT ? rec->who.id : 0;
    x->m.made_ms = rec->time_ms;
    x->last_pos = rec->pos;
    core_add_mention(k, x);
}

void fold_mention(struct core *k, const struct rec *rec)
{
    struct xmention *x = xmention_find(k, rec->obj);

    if (rec->type == REC_MENTION_ADDED && x == NULL && core_agent(k, rec->mention.agent) != NULL &&
        mention_in(k, rec->mention.pos, rec->mention.agent) == NULL)
        mention_make(k, rec);
    core_touch(k, OBJ_MENTION, rec->obj);
    core_touch_through(k, OBJ_MENTION, rec->obj);
    if (x == NULL)
        return;
    x->last_pos = rec->pos;
    if (rec->type == REC_MENTION_READ)
        mention_read(k, x, rec->time_ms);
    else if (rec->type == REC_MENTION_DUE)
        mention_told(k, x);
    else if (rec->type == REC_MENTION_REMOVED)
        core_drop_mention(k, x);
}

void fold_mentions_agent_gone(struct core *k, uint64_t agent)
{
    const struct mention *m;

    while ((m = core_next_mention_of(k, agent, NULL)) != NULL) {
        core_touch(k, OBJ_MENTION, m->id);
        core_touch_through(k, OBJ_MENTION, m->id);
        core_drop_mention(k, xmention_find(k, m->id));
    }
}
