/* Records of sessions and of API tokens into state. */
#include "core_int.h"

/* Each once, the newest in front. */
static void agent_known_from(struct core *k, uint64_t agent, uint64_t from)
{
    struct xagent *x = xagent_find(k, agent);
    size_t at = 0;

    if (x == NULL || from == 0)
        return;

    uint64_t *known = x->a.known_from;

    while (at < KNOWN_FROM_MAX - 1 && known[at] != from)
        at++;
    memmove(known + 1, known, at * sizeof(*known));
    known[0] = from;
    core_touch(k, OBJ_AGENT, agent);
}

/* Its name comes out of the body, which may have been erased since: then it is empty. */
static void token_apply(struct session *s, const struct rec *rec)
{
    s->agent = rec->token.agent;
    s->is_token = true;
    s->since_ms = rec->time_ms;
    s->until_ms = rec->token.until_ms;
    s->permissions = rec->token.permissions;
    str_set(&s->name, body_get(rec->body, BODY_NAME));
    memcpy(s->token_hash, rec->token.hash, HASH_BYTES);
}

void fold_session(struct core *k, const struct rec *rec)
{
    struct xsession *x = xsession_find(k, rec->obj);

    if (rec->type == REC_SESSION_OPENED && x == NULL) {
        x = xsession_new(rec->obj);
        x->s.agent = rec->session.agent;
        x->s.since_ms = rec->time_ms;
        x->s.until_ms = rec->session.until_ms;
        str_set(&x->s.browser, body_get(rec->body, BODY_AGENT_STRING));
        if (body_get(rec->body, BODY_IP).len == sizeof(x->s.ip.b))
            memcpy(x->s.ip.b, body_get(rec->body, BODY_IP).p, sizeof(x->s.ip.b));
        memcpy(x->s.token_hash, rec->session.hash, HASH_BYTES);
        core_add_session(k, x);
        agent_known_from(k, rec->session.agent, rec->session.from);
    } else if (rec->type == REC_TOKEN_ADDED && x == NULL) {
        x = xsession_new(rec->obj);
        token_apply(&x->s, rec);
        core_add_session(k, x);
    }
    core_touch(k, OBJ_SESSION, rec->obj);
    if (x == NULL)
        return;
    x->last_pos = rec->pos;
    if (rec->type == REC_SESSION_USED)
        x->s.used_ms = rec->time_ms;
    if (rec->type == REC_SESSION_CLOSED)
        core_drop_session(k, x);
}
