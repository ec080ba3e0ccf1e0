/*
 * Connections of visitors and agents: they come, are bound to a conversation, and go.  What their
 * coming and going means for the rules is told by presence.c.
 */
#include "watch_int.h"

struct watcher *watcher_find(const struct watch *w, uint64_t conn)
{
    return map_find(&w->conns, conn);
}

static struct watcher *watcher_new(struct watch *w, uint64_t conn)
{
    struct watcher *cn = xcalloc(1, sizeof(*cn));

    ensure(watcher_find(w, conn) == NULL);
    cn->id = conn;
    TAILQ_INIT(&cn->subs);
    map_put(&w->conns, conn, cn);
    return cn;
}

void watch_visitor_came(struct watch *w, uint64_t conn, uint64_t entry, const struct ipaddr *ip)
{
    struct watcher *cn = watcher_new(w, conn);

    cn->entry = entry;
    cn->ip = *ip;
}

struct principal watcher_who(const struct watcher *cn)
{
    return (struct principal){
        .kind = BY_AGENT, .id = cn->agent->id, .session = cn->by_token ? cn->session : 0};
}

void watch_agent_came(struct watch *w, uint64_t conn, uint64_t agent, uint64_t session, bool here)
{
    struct watcher *cn = watcher_new(w, conn);

    const struct session *s = core_session(w->env.core, session);

    cn->session = session;
    cn->by_token = s != NULL && s->is_token;
    cn->here = here;
    cn->agent = agent_ix_get(w, agent);
    TAILQ_INSERT_TAIL(&cn->agent->conns, cn, agent_link);
    w->env.out.rank(w->env.out.arg, conn, WATCH_STAFF);
    if (here && cn->agent->nhere++ == 0)
        agent_here(w, agent, true);
}

bool watch_has_session(const struct watch *w, uint64_t agent, uint64_t session)
{
    const struct agent_ix *ix = map_find(&w->agents, agent);
    const struct watcher *cn = ix != NULL ? TAILQ_FIRST(&ix->conns) : NULL;

    while (cn != NULL && cn->session != session)
        cn = TAILQ_NEXT(cn, agent_link);
    return cn != NULL;
}

static void agent_gone(struct watch *w, struct watcher *cn)
{
    struct agent_ix *ix = cn->agent;

    for (struct sub *s; (s = TAILQ_FIRST(&cn->subs)) != NULL;)
        sub_free(w, s);
    TAILQ_REMOVE(&ix->conns, cn, agent_link);
    if (cn->here && --ix->nhere == 0 && !w->stopping)
        agent_here(w, ix->id, false);
    agent_ix_release(w, ix);
}

/* The only connection that is bound to its conversation. */
static bool watcher_is_last(const struct watcher *cn)
{
    return cn->track != NULL && TAILQ_FIRST(&cn->track->visitors) == cn &&
           TAILQ_NEXT(cn, track_link) == NULL;
}

static void visitor_gone(struct watch *w, struct watcher *cn)
{
    uint64_t conv = cn->track != NULL ? cn->track->conv : 0;
    bool last = watcher_is_last(cn);
    struct track *tr;

    visitor_unbind(w, cn);
    /* A conversation that is over and watched by nobody has gone with its connection. */
    if (last && !w->stopping && (tr = map_find(&w->tracks, conv)) != NULL)
        visitor_went(w, tr);
}

void watch_gone(struct watch *w, uint64_t conn)
{
    struct watcher *cn = watcher_find(w, conn);

    if (cn == NULL)
        return;
    map_del(&w->conns, conn);
    if (cn->agent != NULL)
        agent_gone(w, cn);
    else
        visitor_gone(w, cn);
    free(cn);
}

void watch_bind(struct watch *w, uint64_t conn, uint64_t conv)
{
    struct watcher *cn = watcher_find(w, conn);
    bool first;

    if (cn == NULL || cn->agent != NULL || watch_bound(w, conn) == conv)
        return;
    visitor_gone(w, cn);
    first = TAILQ_EMPTY(&track_get(w, conv)->visitors);
    visitor_bind(w, cn, conv);
    if (first)
        visitor_came(w, cn->track);
}

uint64_t watch_bound(const struct watch *w, uint64_t conn)
{
    const struct watcher *cn = watcher_find(w, conn);

    return cn != NULL && cn->track != NULL ? cn->track->conv : 0;
}

bool watch_visitor_is_here(const struct watch *w, uint64_t conv)
{
    const struct track *tr = map_find(&w->tracks, conv);

    return tr != NULL && !TAILQ_EMPTY(&tr->visitors);
}

void watch_sign_out(struct watch *w, uint64_t conn)
{
    watch_send(w, &conn, 1, SPAN_LIT("{\"ev\":\"signed-out\"}"));
    watch_close(w, conn, 4401, "signed out");
}

/* Tell, then close; the session is checked again with each message that comes before that. */
void session_sign_out(struct watch *w, struct agent_ix *ix, uint64_t session)
{
    struct watcher *cn;

    TAILQ_FOREACH (cn, &ix->conns, agent_link) {
        if (cn->session == session)
            watch_sign_out(w, cn->id);
    }
}
