/*
 * What each record means for those who watch.  An event costs what it concerns, never a look at
 * everybody; only a new block looks at all connections.
 */
#include "watch_int.h"

/* records */

/* He could not take it any more for having taken another; he knows. */
static bool is_full(const struct watch *w, uint64_t agent)
{
    const struct agent *ag = core_agent(w->env.core, agent);

    return ag != NULL && ag->connected && ag->status == STATUS_AVAILABLE &&
           ag->active_count + ag->offer_count >= ag->capacity;
}

static const char *over_word(const struct watch *w, const struct rec *rec, uint64_t agent)
{
    switch (rec->type) {
    case REC_CONV_ACCEPTED:
    case REC_CONV_ASSIGNED:
        return rec->hold.agent == agent ? "accepted" : "taken";
    case REC_CONV_MISSED:
        return "missed";
    case REC_CONV_RUNG_OUT:
    case REC_CONV_OFFER_OVER:
        switch (rec->hold.why) {
        case WHY_STATUS:
            return is_full(w, agent) ? "full" : why_word(rec->hold.why);
        case WHY_DECLINED:
        case WHY_LAPSED:
            return why_word(rec->hold.why);
        case WHY_WAIT:
            return "missed";
        case WHY_AGENT:
            return "taken";
        case WHY_BACK:
            return "back";
        default:
            return "ended";
        }
    default:
        return "ended";
    }
}

void offer_over_show(struct watch *w, uint64_t agent, const struct rec *rec)
{
    struct agent_ix *ix = map_find(&w->agents, agent);
    struct id_list ids = {0};
    struct buf b = {0};
    struct jw j = {.b = &b};

    if (ix != NULL)
        agent_conns(ix, true, &ids);
    if (ids.n > 0) {
        jw_obj(&j);
        jw_k_str(&j, "ev", "offer.over");
        jw_k_id(&j, "conversation", rec->obj);
        jw_k_str(&j, "why", over_word(w, rec, agent));
        if (rec->type == REC_CONV_ACCEPTED || rec->type == REC_CONV_ASSIGNED)
            jw_k_id(&j, "by", rec->hold.agent);
        jw_k_pos(&j, "pos", rec->pos);
        jw_obj_end(&j);
        watch_send(w, ids.ids, ids.n, buf_span(&b));
    }
    buf_fini(&b);
    id_list_fini(&ids);
}

static void offer_send(struct watch *w, const struct conv *cv, const struct rec *rec,
                       struct principal who, const uint64_t *conns, size_t n)
{
    struct buf b = {0};
    struct jw j = {.b = &b};

    if (n == 0)
        return;
    jw_obj(&j);
    jw_k_str(&j, "ev", "offer");
    view_offer(&j, w->env.view, cv, &who);
    jw_k_pos(&j, "pos", rec->pos);
    jw_obj_end(&j);
    watch_send(w, conns, n, buf_span(&b));
    buf_fini(&b);
}

/* His tokens' connections have what each of them may. */
void offer_show(struct watch *w, struct track *tr, uint64_t agent, const struct conv *cv,
                const struct rec *rec)
{
    const struct agent_ix *ix = map_find(&w->agents, agent);
    const struct watcher *cn;
    struct id_list ids = {0};

    tr->offer_until_ms = cv->offer_until_ms;
    if (ix == NULL || core_agent(w->env.core, agent) == NULL)
        return;
    TAILQ_FOREACH (cn, &ix->conns, agent_link) {
        if (cn->me && cn->by_token)
            offer_send(w, cv, rec, watcher_who(cn), &cn->id, 1);
        else if (cn->me)
            id_list_add(&ids, cn->id);
    }
    offer_send(w, cv, rec, (struct principal){.kind = BY_AGENT, .id = agent}, ids.ids, ids.n);
    id_list_fini(&ids);
}

/* What became of one that was handed on, to whoever did it. */
static void handed_show(struct watch *w, const struct conv *cv, const struct rec *rec)
{
    static const char *const words[] = {"back", "queue"};
    struct agent_ix *ix = map_find(&w->agents, cv->handed_by);
    bool back = rec->type == REC_CONV_CAME_BACK;
    struct id_list ids = {0};
    struct buf b = {0};
    struct jw j = {.b = &b};

    if (ix != NULL)
        agent_conns(ix, true, &ids);
    if (ids.n > 0) {
        event_begin(&j, "handed");
        jw_k_id(&j, "conversation", cv->id);
        jw_k_int(&j, "number", (int64_t)cv->number);
        jw_k_str(&j, "visitor", cv->name);
        jw_k_str(&j, "outcome",
                 back ? words[rec->transfer.agent == 0] : conv_state_word(cv->state));
        if (cv->state == CONV_ACTIVE)
            jw_k_str(&j, "agent_name", core_agent_name(w->env.core, cv->agent));
        if (rec_why(rec) != WHY_NONE)
            jw_k_str(&j, "why", why_word(rec_why(rec)));
        if (rec->who.kind == BY_AGENT)
            jw_k_id(&j, "by", rec->who.id);
        event_end(&j, w);
        watch_send(w, ids.ids, ids.n, buf_span(&b));
    }
    buf_fini(&b);
    id_list_fini(&ids);
}

/* Given by hand: to whoever has it now, and whoever had it before. */
static void assigned_show(struct watch *w, const struct conv *cv, const struct rec *rec,
                          uint64_t before)
{
    const uint64_t agents[] = {rec->hold.agent, before};
    struct id_list ids = {0};
    struct buf b = {0};
    struct jw j = {.b = &b};

    for (size_t i = 0; i < COUNT_OF(agents); i++) {
        struct agent_ix *ix = map_find(&w->agents, agents[i]);

        if (ix != NULL && (i == 0 || before != rec->hold.agent))
            agent_conns(ix, true, &ids);
    }
    if (ids.n > 0) {
        event_begin(&j, "assigned");
        jw_k_id(&j, "conversation", cv->id);
        jw_k_int(&j, "number", (int64_t)cv->number);
        jw_k_str(&j, "visitor", cv->name);
        jw_k_id(&j, "agent", rec->hold.agent);
        jw_k_str(&j, "agent_name", core_agent_name(w->env.core, rec->hold.agent));
        jw_k_id(&j, "from", before);
        jw_k_id(&j, "by", rec->who.kind == BY_AGENT ? rec->who.id : 0);
        if (rec->who.kind == BY_AGENT)
            jw_k_str(&j, "by_name", core_agent_name(w->env.core, rec->who.id));
        event_end(&j, w);
        watch_send(w, ids.ids, ids.n, buf_span(&b));
    }
    buf_fini(&b);
    id_list_fini(&ids);
}

/* Over again, so that the one that it goes on from may be opened again: its head says so. */
static void before_touch(struct watch *w, const struct conv *cv)
{
    struct track *tr = map_find(&w->tracks, cv->previous);

    if (tr != NULL && cv->previous_number != 0 && !conv_is_open(cv))
        track_touch(w, tr, DIRTY_HEAD);
}

static void conv_record(struct watch *w, const struct rec *rec)
{
    const struct conv *cv = core_conv(w->env.core, rec->obj);
    bool talk = rec->type == REC_CONV_MESSAGE || rec->type == REC_CONV_NOTE ||
                rec->type == REC_CONV_SEEN || rec->type == REC_CONV_EDITED;
    struct track *tr = track_get(w, rec->obj);
    struct dept_ix *was_dept = tr->dept;
    bool first = rec->type == REC_CONV_RANG || rec->type == REC_CONV_LEFT, turned;
    uint64_t was_offered = tr->offered ? tr->agent->id : 0;
    uint64_t had = tr->agent != NULL && !tr->offered ? tr->agent->id : 0;
    bool was_handed = tr->handed != NULL;

    if (first)
        tr->classes = 0; /* nobody had it before */
    track_index(w, tr);
    if (cv == NULL) {
        track_release(w, tr);
        return;
    }
    show_line(w, tr, cv, rec);
    returned_note(w, cv, rec);
    uint64_t offered = tr->offered ? tr->agent->id : 0;
    if (was_offered != 0 && was_offered != offered)
        offer_over_show(w, was_offered, rec);
    if (rec->type == REC_CONV_ASSIGNED)
        assigned_show(w, cv, rec, had);
    if (was_handed && cv->handed_dept == 0)
        handed_show(w, cv, rec);
    if (offered != 0 && (was_offered != offered || rec->type == REC_CONV_OFFERED))
        offer_show(w, tr, offered, cv, rec);
    ring_show(w, tr, cv, rec);
    track_touch(w, tr, talk ? DIRTY_TALK : DIRTY_HEAD);
    turned = cv->visitor_last != tr->unreplied;
    tr->unreplied = cv->visitor_last;
    if (tr->agent != NULL && (!talk || turned))
        agent_ix_touch(w, tr->agent, talk);
    if (tr->handed != NULL && (!talk || turned))
        agent_ix_touch(w, tr->handed, true);
    if (talk) {
        if (turned && w->views_turn && tr->dept != NULL)
            dept_ix_touch_counts(w, tr->dept);
        return;
    }
    blocked_on_conv(w, cv);
    before_touch(w, cv);
    if (was_dept != NULL)
        dept_ix_touch(w, was_dept, true);
    if (tr->dept != was_dept && tr->dept != NULL)
        dept_ix_touch(w, tr->dept, true);
    if (tr->dept == NULL && was_dept == NULL) /* left, or feedback to an ended one */
        dept_ix_touch(w, dept_ix_get(w, cv->dept), true);
}

/* Being there and being available go with the objects themselves. */
static void agent_managed(struct watch *w, const struct rec *rec)
{
    if (rec->type == REC_AGENT_STATUS || rec->type == REC_AGENT_CONNECTED ||
        rec->type == REC_AGENT_GONE)
        return;
    if (rec->type == REC_FACTOR_SET || rec->type == REC_FACTOR_REMOVED ||
        rec->type == REC_FACTOR_USED)
        own_show(w, rec->obj, "agent", rec->obj, 0);
    if (rec->type == REC_FACTOR_USED)
        return; /* with each sign-in */
    managed_show(w, "agent", rec->obj);
    if (rec->type == REC_MEMBER_SET || rec->type == REC_MEMBER_REMOVED)
        managed_show(w, "department", rec->member.dept);
}

/* His visitors see it. */
static void picture_record(struct watch *w, uint64_t agent)
{
    const struct conv *cv;

    for (size_t at = 0; (cv = core_held_at(w->env.core, agent, at)) != NULL; at++)
        track_touch(w, track_get(w, cv->id), DIRTY_HEAD);
}

/*
 * What the agent may know of has changed: his consoles ask for all of it again.  A conversation
 * that he follows and may not see any more goes now, not when next something happens in it.
 */
static void agent_resync(struct watch *w, struct agent_ix *ix)
{
    struct id_list ids = {0};
    struct watcher *cn;
    struct sub *s;

    TAILQ_FOREACH (cn, &ix->conns, agent_link)
        TAILQ_FOREACH (s, &cn->subs, conn_link)
            if (s->topic == TOPIC_CONV)
                track_touch(w, s->track, DIRTY_HEAD);
    if (ix->hears == NULL)
        return;
    agent_ix_listen(w, ix);
    agent_conns(ix, false, &ids);
    watch_send(w, ids.ids, ids.n, SPAN_LIT("{\"ev\":\"resync\"}"));
    id_list_fini(&ids);
}

static void agent_record(struct watch *w, const struct rec *rec)
{
    const struct agent *ag = core_agent(w->env.core, rec->obj);
    struct agent_ix *ix = agent_ix_get(w, rec->obj);
    bool rights = rec->type == REC_AGENT_SET || rec->type == REC_MEMBER_SET ||
                  rec->type == REC_MEMBER_REMOVED || rec->type == REC_AGENT_ROLE;

    agent_managed(w, rec);
    if (rec->type == REC_AGENT_ANONYMISED)
        anonymised_show(w, rec->obj);
    if (rec->type == REC_AGENT_PICTURE)
        picture_record(w, rec->obj);
    agent_ix_touch(w, ix, false);
    ix->blocked_stamp = 0;
    for (size_t i = 0; ag != NULL && i < ag->nmembers; i++)
        dept_ix_touch(w, dept_ix_get(w, ag->members[i].dept), false); /* its door may move */
    if (rec->type == REC_MEMBER_SET || rec->type == REC_MEMBER_REMOVED)
        dept_ix_touch(w, dept_ix_get(w, rec->member.dept), false);
    if (rec->type == REC_MEMBER_REMOVED && ag != NULL)
        show_former_member(w, ag, rec->member.dept);
    /* Who is disabled or deleted has his sessions closed, each of which is a record. */
    if (ag != NULL && ag->enabled && rights)
        agent_resync(w, ix);
}

/* All who have the role may see and do something else now. */
static void role_record(struct watch *w, const struct rec *rec)
{
    uint64_t key;
    void *value;

    managed_show(w, "role", rec->obj);
    for (size_t at = 0; map_next(&w->agents, &at, &key, &value);) {
        struct agent_ix *ix = value;
        const struct agent *ag = core_agent(w->env.core, ix->id);

        if (ag == NULL || ag->custom_role != rec->obj)
            continue;
        agent_ix_touch(w, ix, false);
        ix->blocked_stamp = 0;
        agent_resync(w, ix);
    }
}

/* Deadlines may have moved for those who wait there.  Seldom. */
static void dept_tracks(struct watch *w, const struct dept_ix *dx, const struct rec *rec)
{
    struct track *tr;

    TAILQ_FOREACH (tr, &dx->tracks, dept_link) {
        const struct conv *cv = core_conv(w->env.core, tr->conv);

        if (cv == NULL || cv->state == CONV_ACTIVE)
            continue;
        track_touch(w, tr, DIRTY_HEAD);
        if (tr->offer_until_ms == cv->offer_until_ms)
            continue;
        if (tr->offered)
            offer_show(w, tr, cv->agent, cv, rec);
        ring_show_all(w, tr, cv, rec);
    }
}

/* Whoever was a member is none any more, without a record of his own.  Seldom. */
static void dept_record(struct watch *w, const struct rec *rec)
{
    uint64_t key;
    void *value;

    managed_show(w, "department", rec->obj);
    dept_ix_touch(w, dept_ix_get(w, rec->obj), true);
    if (rec->type == REC_DEPT_SET)
        dept_tracks(w, dept_ix_get(w, rec->obj), rec);
    w->blocked.stamp++;
    for (size_t at = 0; rec->type == REC_DEPT_DELETED && map_next(&w->agents, &at, &key, &value);) {
        struct agent_ix *ix = value;

        if (!agent_ix_hears(ix, rec->obj))
            continue;
        agent_ix_touch(w, ix, false);
        agent_resync(w, ix);
    }
}

/* Did the chat of a visitor who is elsewhere now come from there? */
static bool came_from(const struct watch *w, const struct watcher *cn, const struct ipprefix *from)
{
    const struct conv *cv = cn->track != NULL ? core_conv(w->env.core, cn->track->conv) : NULL;

    return cv != NULL && ipprefix_has(from, &cv->ip);
}

/* Seldom, so it may look at everybody. */
static void block_record(struct watch *w, const struct rec *rec)
{
    const struct block *b = core_block(w->env.core, rec->obj);
    uint64_t conv = b != NULL ? b->conv : 0;
    uint64_t key;
    void *value;

    managed_show(w, "block", rec->obj);
    if (conv != 0)
        track_touch(w, track_get(w, conv), DIRTY_HEAD);
    blocked_on_block(w, rec->type == REC_BLOCK_ADDED ? b : NULL);
    if (rec->type != REC_BLOCK_ADDED || b == NULL)
        return;
    for (size_t at = 0; map_next(&w->conns, &at, &key, &value);) {
        const struct watcher *cn = value;

        if (cn->agent == NULL &&
            (ipprefix_has(&b->prefix, &cn->ip) || came_from(w, cn, &b->prefix)))
            watch_close(w, cn->id, 4403, "refused");
    }
}

void watch_on_record(struct watch *w, const struct rec *rec)
{
    floor_touch(w);
    switch (rec->obj_type) {
    case OBJ_CONV:
        conv_record(w, rec);
        break;
    case OBJ_DEPT:
        dept_record(w, rec);
        break;
    case OBJ_AGENT:
        agent_record(w, rec);
        break;
    case OBJ_SESSION:
        own_show(w, rec_agent(rec), "session", rec->obj, rec->obj);
        if (rec->type == REC_SESSION_CLOSED) {
            struct agent_ix *ix = map_find(&w->agents, rec->closed.agent);
            if (ix != NULL)
                session_sign_out(w, ix, rec->obj);
        }
        break;
    case OBJ_BLOCK:
        block_record(w, rec);
        break;
    case OBJ_CANNED:
        canned_show(w, rec);
        break;
    case OBJ_ROLE:
        role_record(w, rec);
        break;
    case OBJ_TASK:
        task_show(w, rec);
        break;
    case OBJ_SAVED:
        saved_show(w, rec);
        break;
    case OBJ_MENTION:
        mention_show(w, rec);
        break;
    default:
        managed_show(w, "portal", 0);
        w->portal_dirty = true;
        w->blocked.stamp++;
    }
}

static bool track_due_before(const struct heap_node *a, const struct heap_node *b)
{
    const struct track *x = container_of(a, struct track, due_node);
    const struct track *y = container_of(b, struct track, due_node);

    return x->due_ms != y->due_ms ? x->due_ms < y->due_ms : x->conv < y->conv;
}

struct watch *watch_new(const struct watch_env *env)
{
    struct watch *w = xcalloc(1, sizeof(*w));

    w->env = *env;
    TAILQ_INIT(&w->changed);
    heap_init(&w->talked, track_due_before);
    TAILQ_INIT(&w->watched);
    TAILQ_INIT(&w->floors);
    TAILQ_INIT(&w->pools);
    TAILQ_INIT(&w->leaving);
    TAILQ_INIT(&w->dirty_depts);
    TAILQ_INIT(&w->dirty_agents);
    TAILQ_INIT(&w->global);
    ears_init(&w->ears);
    for (uint64_t id = 0; core_next_conv(w->env.core, &id);) {
        struct track *tr = track_get(w, id);

        tr->classes = 0; /* nobody has anything yet */
        track_index(w, tr);
        ring_start(tr, core_conv(w->env.core, id));
        track_release(w, tr);
    }
    blocked_fill(w);
    saved_start(w);
    return w;
}

static void notices_fini(struct watch *w)
{
    for (size_t i = 0; i < w->nnotices; i++) {
        free(w->notices[i].code);
        free(w->notices[i].text);
        free(w->notices[i].about);
    }
    free(w->notices);
}

static void indexes_fini(struct watch *w)
{
    uint64_t key;
    void *value;

    for (size_t at = 0; map_next(&w->tracks, &at, &key, &value);)
        track_free(value);
    map_fini(&w->tracks);
    for (size_t at = 0; map_next(&w->agents, &at, &key, &value);) {
        struct agent_ix *ix = value;
        free(ix->hears);
        free(ix);
    }
    map_fini(&w->agents);
    for (size_t at = 0; map_next(&w->depts, &at, &key, &value);)
        free(value);
    map_fini(&w->depts);
    heap_fini(&w->talked);
}

void watch_free(struct watch *w)
{
    uint64_t key;
    void *value;

    if (w == NULL)
        return;
    w->stopping = true;
    for (size_t at = 0; map_next(&w->conns, &at, &key, &value); at = 0)
        watch_gone(w, key);
    map_fini(&w->conns);
    indexes_fini(w);
    id_list_fini(&w->met);
    blocked_fini(w);
    notices_fini(w);
    free(w);
}

void watch_stopping(struct watch *w)
{
    w->stopping = true;
}

void watch_pass_end(struct watch *w)
{
    w->ending = true;
    show_changed(w);
    floor_show(w);
    w->ending = false;
}

void watch_tick(struct watch *w)
{
    int64_t now = view_now(w->env.view);

    presence_tick(w);
    returned_tick(w);
    if (blocked_is_due(w))
        blocked_step(w);
    if (now >= w->mail_poll_ms) {
        w->mail_poll_ms = now + MAIL_POLL_MS;
        mails_poll(w);
    }
}

int64_t watch_deadline(const struct watch *w)
{
    int64_t at = show_deadline(w), owed = presence_deadline(w), floor = floor_deadline(w);

    if (blocked_is_due(w) || w->met.n > 0)
        return view_now(w->env.view);
    if (owed < at)
        at = owed;
    if (floor < at)
        at = floor;
    if (!TAILQ_EMPTY(&w->watched) && w->mail_poll_ms < at)
        at = w->mail_poll_ms;
    return at;
}
