/*
 * What agents' connections subscribed to, and which open conversations a list holds.  What goes to
 * subscribers is in show.c and objects.c.
 */
#include "watch_int.h"

static struct sub *sub_find(const struct watcher *cn, const struct sub *like)
{
    struct sub *s;

    TAILQ_FOREACH (s, &cn->subs, conn_link) {
        if (s->topic == like->topic && s->track == like->track && s->want.list == like->want.list &&
            s->want.filter == like->want.filter && s->want.dept == like->want.dept)
            return s;
    }
    return NULL;
}

static void sub_new(struct watch *w, struct watcher *cn, const struct sub *like)
{
    struct sub *s = xcalloc(1, sizeof(*s));
    struct agent_ix *ix = cn->agent;

    *s = *like;
    s->conn = cn;
    TAILQ_INSERT_TAIL(&cn->subs, s, conn_link);
    cn->nsubs++;
    if (s->topic == TOPIC_CONV) {
        if (TAILQ_EMPTY(&s->track->watchers))
            TAILQ_INSERT_TAIL(&w->watched, s->track, watched_link);
        TAILQ_INSERT_TAIL(&s->track->watchers, s, track_link);
        return;
    }
    if (s->topic == TOPIC_ME) {
        cn->me = true;
        ix->nme++;
    } else {
        ix->nlists++;
    }
    if (ix->hears == NULL)
        agent_ix_listen(w, ix);
    else if (s->topic == TOPIC_LIST)
        sub_listen(w, s);
}

void sub_free(struct watch *w, struct sub *s)
{
    struct watcher *cn = s->conn;
    struct agent_ix *ix = cn->agent;

    TAILQ_REMOVE(&cn->subs, s, conn_link);
    cn->nsubs--;
    if (s->topic == TOPIC_CONV) {
        TAILQ_REMOVE(&s->track->watchers, s, track_link);
        if (TAILQ_EMPTY(&s->track->watchers))
            TAILQ_REMOVE(&w->watched, s->track, watched_link);
        track_release(w, s->track);
    } else if (s->topic == TOPIC_ME) {
        cn->me = false;
        ix->nme--;
    } else {
        ix->nlists--;
        sub_unlisten(s);
    }
    if (ix->hears != NULL && ix->nlists + ix->nme == 0)
        agent_ix_unlisten(w, ix);
    map_fini(&s->shown);
    free(s);
}

static err_t subscribe(struct watch *w, uint64_t conn, const struct sub *like)
{
    struct watcher *cn = watcher_find(w, conn);

    if (cn == NULL || cn->agent == NULL)
        return ERR_NOTFOUND;
    if (sub_find(cn, like) != NULL)
        return ERR_OK;
    if (cn->nsubs >= SUBS_PER_CONN)
        return ERR_FULL;
    sub_new(w, cn, like);
    return ERR_OK;
}

static void unsubscribe(struct watch *w, uint64_t conn, const struct sub *like)
{
    const struct watcher *cn = watcher_find(w, conn);
    struct sub *s = cn != NULL && cn->agent != NULL ? sub_find(cn, like) : NULL;

    if (s != NULL)
        sub_free(w, s);
}

err_t watch_subscribe_me(struct watch *w, uint64_t conn)
{
    return subscribe(w, conn, &(struct sub){.topic = TOPIC_ME});
}

err_t watch_subscribe_list(struct watch *w, uint64_t conn, const struct list_want *want)
{
    return subscribe(w, conn, &(struct sub){.topic = TOPIC_LIST, .want = *want});
}

err_t watch_subscribe_conv(struct watch *w, uint64_t conn, uint64_t conv)
{
    struct track *tr = track_get(w, conv);
    err_t err = subscribe(w, conn, &(struct sub){.topic = TOPIC_CONV, .track = tr});

    if (err != ERR_OK)
        track_release(w, tr);
    return err;
}

void watch_unsubscribe_me(struct watch *w, uint64_t conn)
{
    unsubscribe(w, conn, &(struct sub){.topic = TOPIC_ME});
}

void watch_unsubscribe_list(struct watch *w, uint64_t conn, const struct list_want *want)
{
    unsubscribe(w, conn, &(struct sub){.topic = TOPIC_LIST, .want = *want});
}

void watch_unsubscribe_conv(struct watch *w, uint64_t conn, uint64_t conv)
{
    struct track *tr = map_find(&w->tracks, conv);

    if (tr != NULL)
        unsubscribe(w, conn, &(struct sub){.topic = TOPIC_CONV, .track = tr});
}

void watch_list_shown(struct watch *w, uint64_t conn, const struct list_want *want,
                      const struct id_list *ids)
{
    const struct watcher *cn = watcher_find(w, conn);
    struct sub *s = cn != NULL && cn->agent != NULL
                        ? sub_find(cn, &(struct sub){.topic = TOPIC_LIST, .want = *want})
                        : NULL;

    for (size_t i = 0; s != NULL && i < ids->n; i++)
        map_put(&s->shown, ids->ids[i], s);
}

/* what lists hold */

bool watch_list_has(const struct watch *w, const struct list_want *want, const struct agent *ag,
                    const struct conv *cv)
{
    struct reader r = {.core = w->env.core, .kind = READER_ALL};

    if (ag != NULL)
        r = reader_of_agent(w->env.core, ag->id);
    return audience_in_list(&r, want, cv);
}

static void tracks_collect(const struct watch *w, const struct list_want *want,
                           const struct agent *ag, uint64_t dept, struct id_list *out)
{
    const struct dept_ix *dx = map_find(&w->depts, dept);
    const struct track *tr;

    if (dx == NULL)
        return;
    TAILQ_FOREACH (tr, &dx->tracks, dept_link) {
        const struct conv *cv = core_conv(w->env.core, tr->conv);

        if (cv != NULL && watch_list_has(w, want, ag, cv))
            id_list_add(out, tr->conv);
    }
}

static bool agent_has_dept(const struct agent *ag, uint64_t dept)
{
    for (size_t i = 0; i < ag->nmembers; i++)
        if (ag->members[i].dept == dept)
            return true;
    return false;
}

/* All that the list holds, by what it can concern. */
void watch_list_open(const struct watch *w, const struct list_want *want, const struct agent *ag,
                     struct id_list *out)
{
    const struct agent_ix *ix = ag != NULL ? map_find(&w->agents, ag->id) : NULL;
    bool all = ag == NULL || ag->role == ROLE_ADMIN, mine = want->list == LIST_MINE;
    const struct track *tr;

    for (uint64_t id = 0; all && !mine && core_next_dept(w->env.core, &id);)
        tracks_collect(w, want, ag, id, out);
    for (size_t i = 0; !all && !mine && i < ag->nmembers; i++)
        tracks_collect(w, want, ag, ag->members[i].dept, out);
    if (ix == NULL || (all && !mine))
        return;
    TAILQ_FOREACH (tr, &ix->held, agent_link) {
        const struct conv *cv = core_conv(w->env.core, tr->conv);

        if (cv != NULL && (mine || !agent_has_dept(ag, cv->dept)) &&
            watch_list_has(w, want, ag, cv))
            id_list_add(out, tr->conv);
    }
}
