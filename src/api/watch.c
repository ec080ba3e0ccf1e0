/*
 * Who watches what: open conversations by department and agent, subscriptions, visitors' bindings;
 * and what each record means for them.  An event costs what it concerns, never a look at everybody;
 * only a new block looks at all connections.
 */
#include "api_int.h"

void agent_set_add(struct agent_set *s, struct agent_ix *ag)
{
    for (size_t i = 0; i < s->n; i++)
        if (s->a[i] == ag)
            return;
    if (s->n == s->cap) {
        s->cap = s->cap == 0 ? 4 : s->cap * 2;
        s->a = xrealloc(s->a, s->cap * sizeof(*s->a));
    }
    s->a[s->n++] = ag;
}

void agent_set_del(struct agent_set *s, struct agent_ix *ag)
{
    for (size_t i = 0; i < s->n; i++) {
        if (s->a[i] == ag) {
            s->a[i] = s->a[--s->n];
            return;
        }
    }
}

/* departments: kept as long as we live, there are at most DEPTS_MAX */

struct dept_ix *dept_ix_get(struct api *api, uint64_t id)
{
    struct dept_ix *dx = map_find(&api->depts, id);

    if (dx != NULL)
        return dx;
    dx = xcalloc(1, sizeof(*dx));
    dx->id = id;
    TAILQ_INIT(&dx->tracks);
    TAILQ_INIT(&dx->visitors);
    map_put(&api->depts, id, dx);
    return dx;
}

void dept_ix_touch(struct api *api, struct dept_ix *dx, bool queue)
{
    dx->changed = true;
    dx->queue_changed = dx->queue_changed || queue;
    if (!dx->queued)
        TAILQ_INSERT_TAIL(&api->dirty_depts, dx, dirty_link);
    dx->queued = true;
}

/* agents */

struct agent_ix *agent_ix_get(struct api *api, uint64_t id)
{
    struct agent_ix *ix = map_find(&api->agents, id);

    if (ix != NULL)
        return ix;
    ix = xcalloc(1, sizeof(*ix));
    ix->id = id;
    TAILQ_INIT(&ix->conns);
    TAILQ_INIT(&ix->held);
    map_put(&api->agents, id, ix);
    return ix;
}

static void agent_ix_unlisten(struct api *api, struct agent_ix *ix)
{
    for (size_t i = 0; i < ix->ndepts; i++)
        agent_set_del(&dept_ix_get(api, ix->depts[i])->listeners, ix);
    if (ix->global)
        agent_set_del(&api->global, ix);
    free(ix->depts);
    ix->depts = NULL;
    ix->ndepts = 0;
    ix->global = ix->listening = false;
}

void agent_ix_listen(struct api *api, struct agent_ix *ix)
{
    const struct agent *ag = core_agent(api->env.core, ix->id);

    agent_ix_unlisten(api, ix);
    if (ag == NULL || ix->nlists + ix->nme == 0)
        return;
    ix->listening = true;
    ix->global = ag->role == ROLE_ADMIN;
    if (ix->global)
        agent_set_add(&api->global, ix);
    ix->depts = xcalloc(ag->nmembers + 1, sizeof(*ix->depts));
    for (size_t i = 0; i < ag->nmembers; i++) {
        ix->depts[ix->ndepts++] = ag->members[i].dept;
        agent_set_add(&dept_ix_get(api, ag->members[i].dept)->listeners, ix);
    }
}

void agent_ix_release(struct api *api, struct agent_ix *ix)
{
    if (!TAILQ_EMPTY(&ix->conns) || !TAILQ_EMPTY(&ix->held) || ix->queued)
        return;
    agent_ix_unlisten(api, ix);
    map_del(&api->agents, ix->id);
    free(ix);
}

void agent_ix_touch(struct api *api, struct agent_ix *ix, bool counts)
{
    ix->changed = ix->changed || !counts;
    ix->counts_changed = true;
    if (!ix->queued)
        TAILQ_INSERT_TAIL(&api->dirty_agents, ix, dirty_link);
    ix->queued = true;
}

void agent_conns(const struct agent_ix *ix, bool me_only, struct conn_ids *out)
{
    const struct conn *cn;

    TAILQ_FOREACH (cn, &ix->conns, agent_link) {
        if (!me_only || cn->me)
            conn_ids_add(out, cn->id);
    }
}

/* Tell, then close; the session is checked again with each message that comes before that. */
void agents_sign_out(struct api *api, struct agent_ix *ix, uint64_t session)
{
    struct conn *cn;

    TAILQ_FOREACH (cn, &ix->conns, agent_link) {
        if (session != 0 && cn->session != session)
            continue;
        api_show(api, &cn->id, 1, SPAN_LIT("{\"ev\":\"signed-out\"}"));
        api_close_after(api, cn->id, 4401, "signed out");
    }
}

/* conversations */

/* Bring the indexes to what the core says now. */
static void track_index(struct api *api, struct track *tr)
{
    const struct conv *cv = core_conv(api->env.core, tr->conv);
    bool open = cv != NULL && conv_open_now(cv);
    bool held = open && cv->state != CONV_WAITING && cv->agent != 0;
    struct dept_ix *dx = open ? dept_ix_get(api, cv->dept) : NULL;
    struct agent_ix *ix = held ? agent_ix_get(api, cv->agent) : NULL, *old = tr->agent;

    if (tr->dept != dx) {
        if (tr->dept != NULL)
            TAILQ_REMOVE(&tr->dept->tracks, tr, dept_link);
        if (dx != NULL)
            TAILQ_INSERT_TAIL(&dx->tracks, tr, dept_link);
        tr->dept = dx;
    }
    if (old != ix) {
        if (old != NULL)
            TAILQ_REMOVE(&old->held, tr, agent_link);
        if (ix != NULL)
            TAILQ_INSERT_TAIL(&ix->held, tr, agent_link);
        tr->agent = ix;
        if (old != NULL)
            agent_ix_touch(api, old, false); /* its load */
    }
    tr->offered = held && cv->state == CONV_OFFERED;
}

struct track *track_get(struct api *api, uint64_t conv)
{
    struct track *tr = map_find(&api->tracks, conv);

    if (tr != NULL)
        return tr;
    tr = xcalloc(1, sizeof(*tr));
    tr->conv = conv;
    TAILQ_INIT(&tr->visitors);
    TAILQ_INIT(&tr->watchers);
    map_put(&api->tracks, conv, tr);
    track_index(api, tr);
    return tr;
}

void track_release(struct api *api, struct track *tr)
{
    if (tr->dept != NULL || tr->dirty != 0 || !TAILQ_EMPTY(&tr->visitors) ||
        !TAILQ_EMPTY(&tr->watchers))
        return;
    ensure(tr->agent == NULL);
    map_del(&api->tracks, tr->conv);
    free(tr);
}

/* In one of two lists: those that changed go out with this pass, those that talk now and then. */
void track_touch(struct api *api, struct track *tr, unsigned dirty)
{
    tr->by_block = false;
    if ((tr->dirty & DIRTY_HEAD) != 0 || tr->dirty == dirty)
        return;
    if (tr->dirty != 0)
        TAILQ_REMOVE(&api->talked, tr, dirty_link);
    tr->dirty = dirty;
    if (dirty == DIRTY_HEAD)
        TAILQ_INSERT_TAIL(&api->changed, tr, dirty_link);
    else
        TAILQ_INSERT_TAIL(&api->talked, tr, dirty_link);
}

/* visitors */

void visitor_bind(struct api *api, struct conn *cn, uint64_t conv)
{
    struct track *tr = track_get(api, conv);

    if (cn->track == tr)
        return;
    visitor_unbind(api, cn);
    cn->track = tr;
    cn->place = 0;
    TAILQ_INSERT_TAIL(&tr->visitors, cn, track_link);
    TAILQ_INSERT_TAIL(&dept_ix_get(api, cn->entry)->visitors, cn, door_link);
}

void visitor_unbind(struct api *api, struct conn *cn)
{
    struct track *tr = cn->track;

    if (tr == NULL)
        return;
    TAILQ_REMOVE(&tr->visitors, cn, track_link);
    TAILQ_REMOVE(&dept_ix_get(api, cn->entry)->visitors, cn, door_link);
    cn->track = NULL;
    track_release(api, tr);
}

/* subscriptions */

struct sub *sub_find(struct conn *cn, const struct sub *like)
{
    struct sub *s;

    TAILQ_FOREACH (s, &cn->subs, conn_link) {
        if (s->topic == like->topic && s->track == like->track && s->list == like->list &&
            s->filter == like->filter && s->dept == like->dept)
            return s;
    }
    return NULL;
}

struct sub *sub_new(struct api *api, struct conn *cn, const struct sub *like)
{
    struct sub *s = xcalloc(1, sizeof(*s));
    struct agent_ix *ix = cn->agent;

    *s = *like;
    s->conn = cn;
    TAILQ_INSERT_TAIL(&cn->subs, s, conn_link);
    cn->nsubs++;
    if (s->topic == TOPIC_CONV) {
        if (TAILQ_EMPTY(&s->track->watchers))
            TAILQ_INSERT_TAIL(&api->watched, s->track, watched_link);
        TAILQ_INSERT_TAIL(&s->track->watchers, s, track_link);
        return s;
    }
    if (s->topic == TOPIC_ME) {
        cn->me = true;
        ix->nme++;
    } else {
        ix->nlists++;
    }
    if (!ix->listening)
        agent_ix_listen(api, ix);
    return s;
}

void sub_free(struct api *api, struct sub *s)
{
    struct conn *cn = s->conn;
    struct agent_ix *ix = cn->agent;

    TAILQ_REMOVE(&cn->subs, s, conn_link);
    cn->nsubs--;
    if (s->topic == TOPIC_CONV) {
        TAILQ_REMOVE(&s->track->watchers, s, track_link);
        if (TAILQ_EMPTY(&s->track->watchers))
            TAILQ_REMOVE(&api->watched, s->track, watched_link);
        track_release(api, s->track);
    } else if (s->topic == TOPIC_ME) {
        cn->me = false;
        ix->nme--;
    } else {
        ix->nlists--;
    }
    if (ix->listening && ix->nlists + ix->nme == 0)
        agent_ix_unlisten(api, ix);
    map_fini(&s->shown);
    free(s);
}

bool sub_has(const struct api *api, const struct sub *s, const struct agent *ag,
             const struct conv *cv)
{
    if (s->dept != 0 && cv->dept != s->dept)
        return false;
    if (s->filter != FILTER_NONE && !conv_open_now(cv))
        return false;
    if (s->filter == FILTER_UNREPLIED && !cv->visitor_last)
        return false;
    if (s->filter == FILTER_REPLIED && cv->visitor_last)
        return false;
    if (ag != NULL)
        return core_in_list(api->env.core, ag, s->list, cv);
    switch (s->list) { /* an operator: all there is */
    case LIST_ALL:
        return conv_open_now(cv) || cv->state == CONV_ENDED || cv->state == CONV_MISSED;
    case LIST_UNASSIGNED:
        return cv->state == CONV_WAITING || cv->state == CONV_OFFERED;
    case LIST_COMPLETED:
        return cv->state == CONV_ENDED;
    case LIST_MISSED:
        return cv->state == CONV_MISSED;
    case LIST_BLOCKED:
        return core_block_match(api->env.core, &cv->ip, api_now(api)) != NULL;
    default:
        return false;
    }
}

/* records */

static const char *over_word(const struct rec *rec, uint64_t agent)
{
    switch (rec->type) {
    case REC_CONV_ACCEPTED:
        return rec->agent == agent ? "accepted" : "taken";
    case REC_CONV_MISSED:
        return "missed";
    case REC_CONV_OFFER_OVER:
        switch (rec->why) {
        case WHY_DECLINED:
        case WHY_LAPSED:
        case WHY_STATUS:
            return why_word(rec->why);
        case WHY_WAIT:
            return "missed";
        case WHY_AGENT:
            return "taken";
        default:
            return "ended";
        }
    default:
        return "ended";
    }
}

static void offer_over_show(struct api *api, uint64_t agent, const struct rec *rec)
{
    struct agent_ix *ix = map_find(&api->agents, agent);
    struct conn_ids ids = {0};
    struct buf b = {0};
    struct jw j = {.b = &b};

    if (ix != NULL)
        agent_conns(ix, true, &ids);
    if (ids.n > 0) {
        jw_obj(&j);
        jw_k_str(&j, "ev", "offer.over");
        jw_k_id(&j, "conversation", rec->obj);
        jw_k_str(&j, "why", over_word(rec, agent));
        if (rec->type == REC_CONV_ACCEPTED)
            jw_k_id(&j, "by", rec->agent);
        jw_k_pos(&j, "pos", rec->pos);
        jw_obj_end(&j);
        api_show(api, ids.ids, ids.n, buf_span(&b));
    }
    buf_fini(&b);
    free(ids.ids);
}

static void offer_show(struct api *api, struct track *tr, const struct conv *cv,
                       const struct rec *rec)
{
    const struct agent *ag = core_agent(api->env.core, cv->agent);
    struct conn_ids ids = {0};
    struct buf b = {0};
    struct jw j = {.b = &b};

    agent_conns(tr->agent, true, &ids);
    if (ids.n > 0 && ag != NULL) {
        jw_obj(&j);
        jw_k_str(&j, "ev", "offer");
        view_offer(&j, api, cv, ag);
        jw_k_pos(&j, "pos", rec->pos);
        jw_obj_end(&j);
        api_show(api, ids.ids, ids.n, buf_span(&b));
    }
    buf_fini(&b);
    free(ids.ids);
}

static void conv_record(struct api *api, const struct rec *rec)
{
    const struct conv *cv = core_conv(api->env.core, rec->obj);
    bool talk =
        rec->type == REC_CONV_MESSAGE || rec->type == REC_CONV_NOTE || rec->type == REC_CONV_SEEN;
    struct track *tr = track_get(api, rec->obj);
    struct dept_ix *was_dept = tr->dept;
    uint64_t was_offered = tr->offered ? tr->agent->id : 0;

    track_index(api, tr);
    if (cv == NULL) {
        track_release(api, tr);
        return;
    }
    show_line(api, tr, cv, rec);
    uint64_t offered = tr->offered ? tr->agent->id : 0;
    if (was_offered != 0 && was_offered != offered)
        offer_over_show(api, was_offered, rec);
    if (offered != 0 && (was_offered != offered || rec->type == REC_CONV_OFFERED))
        offer_show(api, tr, cv, rec);
    track_touch(api, tr, talk ? DIRTY_TALK : DIRTY_HEAD);
    if (tr->agent != NULL)
        agent_ix_touch(api, tr->agent, talk);
    if (talk)
        return;
    blocked_on_conv(api, cv);
    if (was_dept != NULL)
        dept_ix_touch(api, was_dept, true);
    if (tr->dept != was_dept && tr->dept != NULL)
        dept_ix_touch(api, tr->dept, true);
    if (tr->dept == NULL && was_dept == NULL) /* left, or feedback to an ended one */
        dept_ix_touch(api, dept_ix_get(api, cv->dept), false);
}

static void agent_record(struct api *api, const struct rec *rec)
{
    const struct agent *ag = core_agent(api->env.core, rec->obj);
    struct agent_ix *ix = agent_ix_get(api, rec->obj);
    bool rights = rec->type == REC_AGENT_SET || rec->type == REC_MEMBER_SET ||
                  rec->type == REC_MEMBER_REMOVED;

    agent_ix_touch(api, ix, false);
    ix->blocked_stamp = 0;
    for (size_t i = 0; ag != NULL && i < ag->nmembers; i++)
        dept_ix_touch(api, dept_ix_get(api, ag->members[i].dept), false); /* its door may move */
    if (rec->dept != 0)
        dept_ix_touch(api, dept_ix_get(api, rec->dept), false);
    if (rec->type == REC_MEMBER_REMOVED && ag != NULL)
        show_former_member(api, ag, rec->dept);
    if (ag == NULL || !ag->enabled) {
        agents_sign_out(api, ix, 0);
        return;
    }
    if (!rights || !ix->listening)
        return;
    agent_ix_listen(api, ix);
    struct conn_ids ids = {0};
    agent_conns(ix, false, &ids);
    api_show(api, ids.ids, ids.n, SPAN_LIT("{\"ev\":\"resync\"}"));
    free(ids.ids);
}

/* Seldom, so it may look at everybody. */
static void block_record(struct api *api, const struct rec *rec)
{
    const struct block *b = core_block(api->env.core, rec->obj);
    uint64_t conv = b != NULL ? b->conv : rec->conv;
    uint64_t key;
    void *value;

    if (conv != 0)
        track_touch(api, track_get(api, conv), DIRTY_HEAD);
    blocked_on_block(api, rec->type == REC_BLOCK_ADDED ? b : NULL);
    if (rec->type != REC_BLOCK_ADDED || b == NULL)
        return;
    for (size_t at = 0; map_next(&api->conns, &at, &key, &value);) {
        const struct conn *cn = value;

        if (cn->kind == CONN_VISITOR && ipprefix_has(&b->prefix, &cn->ip))
            api_close_after(api, cn->id, 4403, "refused");
    }
}

void api_on_record(struct api *api, const struct rec *rec)
{
    switch (rec->obj_type) {
    case OBJ_CONV:
        conv_record(api, rec);
        break;
    case OBJ_DEPT:
        dept_ix_touch(api, dept_ix_get(api, rec->obj), true);
        api->blocked.stamp++;
        break;
    case OBJ_AGENT:
        agent_record(api, rec);
        break;
    case OBJ_SESSION:
        if (rec->type == REC_SESSION_CLOSED) {
            struct agent_ix *ix = map_find(&api->agents, rec->agent);
            if (ix != NULL)
                agents_sign_out(api, ix, rec->obj);
        }
        break;
    case OBJ_BLOCK:
        block_record(api, rec);
        break;
    default:
        api->portal_dirty = true;
        api->blocked.stamp++;
    }
}

void watch_init(struct api *api)
{
    TAILQ_INIT(&api->changed);
    TAILQ_INIT(&api->talked);
    TAILQ_INIT(&api->watched);
    TAILQ_INIT(&api->dirty_depts);
    TAILQ_INIT(&api->dirty_agents);
    for (uint64_t id = 0; core_next_conv(api->env.core, &id);)
        track_release(api, track_get(api, id));
    blocked_fill(api);
}

void watch_fini(struct api *api)
{
    uint64_t key;
    void *value;

    for (size_t at = 0; map_next(&api->tracks, &at, &key, &value);)
        free(value);
    map_fini(&api->tracks);
    for (size_t at = 0; map_next(&api->agents, &at, &key, &value);) {
        struct agent_ix *ix = value;
        free(ix->depts);
        free(ix);
    }
    map_fini(&api->agents);
    for (size_t at = 0; map_next(&api->depts, &at, &key, &value);) {
        struct dept_ix *dx = value;
        free(dx->listeners.a);
        free(dx);
    }
    map_fini(&api->depts);
    free(api->global.a);
    blocked_fini(api);
}
