/*
 * Who listens to what: agents by the departments that they see, and the subscriptions of lists by
 * department and by what they show.  So a change costs what those cost who can see it, whoever
 * else listens.  What an agent may see is core's to say; here is only where he may see anything.
 */
#include "watch_int.h"

void ears_init(struct ears *e)
{
    for (unsigned l = 0; l < LIST_COUNT; l++)
        for (unsigned f = 0; f < FILTER_COUNT; f++)
            TAILQ_INIT(&e->of[l][f]);
}

/* agents */

static void hearing_add(struct watch *w, struct agent_ix *ix, uint64_t dept)
{
    struct hearing *h = &ix->hears[ix->nhears++];

    *h = (struct hearing){.ix = ix, .dept = dept};
    if (dept == 0)
        TAILQ_INSERT_TAIL(&w->global, h, link);
    else
        TAILQ_INSERT_TAIL(&dept_ix_get(w, dept)->listeners, h, link);
}

static void agent_lists_do(struct watch *w, struct agent_ix *ix, bool listen)
{
    struct watcher *cn;
    struct sub *s;

    TAILQ_FOREACH (cn, &ix->conns, agent_link) {
        TAILQ_FOREACH (s, &cn->subs, conn_link) {
            if (s->topic == TOPIC_LIST && listen)
                sub_listen(w, s);
            else if (s->topic == TOPIC_LIST)
                sub_unlisten(s);
        }
    }
}

void agent_ix_unlisten(struct watch *w, struct agent_ix *ix)
{
    agent_lists_do(w, ix, false);
    for (size_t i = 0; i < ix->nhears; i++) {
        struct hearing *h = &ix->hears[i];

        TAILQ_REMOVE(h->dept == 0 ? &w->global : &dept_ix_get(w, h->dept)->listeners, h, link);
    }
    free(ix->hears);
    ix->hears = NULL;
    ix->nhears = 0;
}

bool agent_ix_hears(const struct agent_ix *ix, uint64_t dept)
{
    for (size_t i = 0; i < ix->nhears; i++)
        if (ix->hears[i].dept == dept)
            return true;
    return false;
}

void agent_ix_listen(struct watch *w, struct agent_ix *ix)
{
    const struct reader r = reader_of_agent(w->env.core, ix->id);
    const struct agent *ag = r.agent;

    agent_ix_unlisten(w, ix);
    if (ag == NULL || ix->nlists + ix->nme == 0)
        return;
    ix->hears = xcalloc(ag->nmembers + 1, sizeof(*ix->hears));
    if (r.kind == READER_ALL)
        hearing_add(w, ix, 0);
    for (size_t i = 0; i < ag->nmembers; i++)
        hearing_add(w, ix, ag->members[i].dept);
    agent_lists_do(w, ix, true);
}

/* lists */

static void ear_add(struct sub *s, struct ears *at)
{
    struct ear *e = &s->ears[s->nears++];

    *e = (struct ear){.sub = s, .in = &at->of[s->want.list][s->want.filter]};
    TAILQ_INSERT_TAIL(e->in, e, link);
}

/* The list of one's own needs no ear: what it holds is the agent's, and leads to him. */
void sub_listen(struct watch *w, struct sub *s)
{
    const struct agent_ix *ix = s->conn->agent;
    bool all = ix->nhears > 0 && ix->hears[0].dept == 0;

    sub_unlisten(s);
    if (s->want.list == LIST_MINE || ix->nhears == 0)
        return;
    s->ears = xcalloc(ix->nhears, sizeof(*s->ears));
    if (all) {
        ear_add(s, s->want.dept == 0 ? &w->ears : &dept_ix_get(w, s->want.dept)->ears);
        return;
    }
    for (size_t i = 0; i < ix->nhears; i++)
        if (s->want.dept == 0 || s->want.dept == ix->hears[i].dept)
            ear_add(s, &dept_ix_get(w, ix->hears[i].dept)->ears);
}

void sub_unlisten(struct sub *s)
{
    for (size_t i = 0; i < s->nears; i++)
        TAILQ_REMOVE(s->ears[i].in, &s->ears[i], link);
    free(s->ears);
    s->ears = NULL;
    s->nears = 0;
}

/* what a change reaches */

static uint64_t list_classes(enum list list, const struct conv *cv)
{
    uint64_t of = CLASS_BIT(list, FILTER_NONE);

    if (conv_open_now(cv))
        of |= CLASS_BIT(list, FILTER_OPEN) |
              CLASS_BIT(list, cv->visitor_last ? FILTER_UNREPLIED : FILTER_REPLIED);
    return of;
}

uint64_t conv_classes(const struct watch *w, const struct conv *cv)
{
    uint64_t of = list_classes(LIST_ALL, cv);

    if (conv_is_open(cv) && cv->state != CONV_ACTIVE)
        of |= list_classes(LIST_UNASSIGNED, cv);
    if (cv->state == CONV_ENDED)
        of |= list_classes(LIST_COMPLETED, cv);
    if (cv->state == CONV_MISSED)
        of |= list_classes(LIST_MISSED, cv) | list_classes(box_list(conv_box(cv)), cv);
    if (core_block_match(w->env.core, &cv->ip, view_now(w->env.view)) != NULL)
        of |= list_classes(LIST_BLOCKED, cv);
    return of;
}

struct hearers {
    struct watch *w;
    uint64_t classes;
    ear_fn *fn;
    void *arg;
};

static void sub_hear(const struct hearers *hs, struct sub *s)
{
    if (s->stamp == hs->w->stamp)
        return;
    s->stamp = hs->w->stamp;
    hs->fn(hs->arg, s);
}

static void ears_hear(const struct hearers *hs, const struct ears *at)
{
    const struct ear *e;

    for (unsigned l = 0; l < LIST_COUNT; l++) {
        for (unsigned f = 0; f < FILTER_COUNT; f++) {
            if ((hs->classes & CLASS_BIT(l, f)) == 0)
                continue;
            TAILQ_FOREACH (e, &at->of[l][f], link)
                sub_hear(hs, e->sub);
        }
    }
}

/* Who holds it, or held it, sees it wherever it is. */
static void agent_hear(const struct hearers *hs, uint64_t agent)
{
    const struct agent_ix *ix = agent != 0 ? map_find(&hs->w->agents, agent) : NULL;
    const struct watcher *cn = ix != NULL ? TAILQ_FIRST(&ix->conns) : NULL;
    struct sub *s;

    for (; cn != NULL; cn = TAILQ_NEXT(cn, agent_link)) {
        TAILQ_FOREACH (s, &cn->subs, conn_link) {
            if (s->topic == TOPIC_LIST)
                sub_hear(hs, s);
        }
    }
}

static void dept_hear(const struct hearers *hs, uint64_t dept)
{
    const struct dept_ix *dx = map_find(&hs->w->depts, dept);

    if (dx != NULL)
        ears_hear(hs, &dx->ears);
}

void track_hear(struct watch *w, struct track *tr, const struct conv *cv, ear_fn *fn, void *arg)
{
    uint64_t now = conv_classes(w, cv);
    struct hearers hs = {.w = w, .classes = tr->classes | now, .fn = fn, .arg = arg};

    w->stamp++;
    ears_hear(&hs, &w->ears);
    dept_hear(&hs, cv->dept);
    for (size_t i = 0; i < tr->left_depts.n; i++)
        dept_hear(&hs, tr->left_depts.ids[i]);
    agent_hear(&hs, cv->agent);
    for (size_t i = 0; conv_rings(cv) && i < cv->nrung; i++)
        agent_hear(&hs, cv->rung[i].agent);
    if (cv->handed_dept != 0)
        agent_hear(&hs, cv->handed_by);
    for (size_t i = 0; i < tr->left_agents.n; i++)
        agent_hear(&hs, tr->left_agents.ids[i]);
    tr->classes = now;
    id_list_fini(&tr->left_depts);
    id_list_fini(&tr->left_agents);
}
