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
            s->want.filter == like->want.filter && s->want.dept == like->want.dept &&
            s->want.tag == like->want.tag)
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
    if (s->topic == TOPIC_FLOOR) {
        TAILQ_INSERT_TAIL(&w->floors, s, track_link);
        s->floor_hash = floor_hash(w, ix->id);
        return;
    }
    if (s->topic == TOPIC_TASKS) {
        TAILQ_INSERT_TAIL(&w->pools, s, track_link);
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
    } else if (s->topic == TOPIC_FLOOR) {
        TAILQ_REMOVE(&w->floors, s, track_link);
    } else if (s->topic == TOPIC_TASKS) {
        TAILQ_REMOVE(&w->pools, s, track_link);
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

err_t watch_subscribe_floor(struct watch *w, uint64_t conn)
{
    return subscribe(w, conn, &(struct sub){.topic = TOPIC_FLOOR});
}

err_t watch_subscribe_tasks(struct watch *w, uint64_t conn)
{
    return subscribe(w, conn, &(struct sub){.topic = TOPIC_TASKS});
}

void watch_unsubscribe_tasks(struct watch *w, uint64_t conn)
{
    unsubscribe(w, conn, &(struct sub){.topic = TOPIC_TASKS});
}

void watch_unsubscribe_floor(struct watch *w, uint64_t conn)
{
    unsubscribe(w, conn, &(struct sub){.topic = TOPIC_FLOOR});
    floor_touch(w); /* nobody may be left */
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

static void track_collect(const struct track *tr, const struct list_want *want,
                          const struct reader *r, struct id_list *out)
{
    const struct conv *cv = core_conv(r->core, tr->conv);

    if (cv != NULL && audience_in_list(r, want, cv))
        id_list_add(out, tr->conv);
}

/* What is open where the list looks, and what the agent holds or is offered elsewhere. */
void watch_list_open(const struct watch *w, const struct list_want *want, const struct reader *r,
                     struct id_list *out)
{
    const struct agent_ix *ix = r->agent != NULL ? map_find(&w->agents, r->agent->id) : NULL;
    const struct conv *rung;
    const struct track *tr;

    for (uint64_t id = 0; audience_next_list_dept(r, want, &id);) {
        const struct dept_ix *dx = map_find(&w->depts, id);

        if (dx == NULL)
            continue;
        TAILQ_FOREACH (tr, &dx->tracks, dept_link)
            track_collect(tr, want, r, out);
    }
    if (ix == NULL)
        return;
    TAILQ_FOREACH (tr, &ix->held, agent_link)
        if (tr->dept == NULL || !audience_list_has_dept(r, want, tr->dept->id))
            track_collect(tr, want, r, out);
    for (size_t at = 0; (rung = core_rung_at(r->core, ix->id, at)) != NULL; at++)
        if ((tr = map_find(&w->tracks, rung->id)) != NULL &&
            !audience_list_has_dept(r, want, rung->dept))
            track_collect(tr, want, r, out);
    TAILQ_FOREACH (tr, &ix->handed, handed_link)
        if (tr->dept == NULL || !audience_list_has_dept(r, want, tr->dept->id))
            track_collect(tr, want, r, out);
}
