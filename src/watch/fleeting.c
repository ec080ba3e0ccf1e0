/*
 * What rests on no record: who types, which page a visitor looks at.  It goes at once, may be
 * dropped, and is forgotten after a while; what is said often is told seldom.  One table
 * says how often and for how long.
 */
#include "watch_int.h"

#define FLEETS_MAX 16 /* remembered of one conversation */

static const struct {
    const char *ev;         /* to agents */
    const char *visitor_ev; /* to the visitor; NULL: never */
    int64_t pause_ms;       /* between two of the same by the same; 0: none */
    int64_t lasts_ms;       /* it is true for so long, if it is not said again */
} kinds[FLEETING_COUNT] = {
    [FLEETING_TYPING] = {"typing", "chat.typing", 1000, 6000},
    [FLEETING_PAGE] = {"page", NULL, 0, 0},
};

/* Somebody does something, as far as was told. */
struct fleet {
    enum fleeting_kind kind;
    struct principal who;
    int64_t told_ms;
};

static bool is_same(const struct fleet *f, const struct fleeting *ev)
{
    return f->kind == ev->kind && f->who.kind == ev->who.kind && f->who.id == ev->who.id;
}

/* Over, or from before the clock was set back. */
static bool is_over(const struct fleet *f, int64_t now_ms)
{
    return now_ms - f->told_ms >= kinds[f->kind].lasts_ms || now_ms < f->told_ms;
}

static void fleets_sweep(struct track *tr, int64_t now_ms)
{
    size_t n = 0;

    for (size_t i = 0; i < tr->nfleets; i++)
        if (!is_over(&tr->fleets[i], now_ms))
            tr->fleets[n++] = tr->fleets[i];
    tr->nfleets = n;
    if (n == 0) {
        free(tr->fleets);
        tr->fleets = NULL;
    }
}

/* False: it was told a moment ago, or too many do something here already. */
static bool fleet_note(struct track *tr, const struct fleeting *ev, int64_t now_ms)
{
    if (kinds[ev->kind].lasts_ms == 0)
        return true;
    fleets_sweep(tr, now_ms);
    for (size_t i = 0; i < tr->nfleets; i++) {
        struct fleet *f = &tr->fleets[i];

        if (!is_same(f, ev))
            continue;
        if (now_ms - f->told_ms < kinds[ev->kind].pause_ms)
            return false;
        f->told_ms = now_ms;
        return true;
    }
    if (tr->nfleets == FLEETS_MAX)
        return false;
    if (tr->fleets == NULL)
        tr->fleets = xcalloc(FLEETS_MAX, sizeof(*tr->fleets));
    tr->fleets[tr->nfleets++] = (struct fleet){ev->kind, ev->who, now_ms};
    return true;
}

static const char *who_name(const struct watch *w, const struct fleeting *ev)
{
    const struct agent *ag = ev->who.kind == BY_AGENT ? core_agent(w->env.core, ev->who.id) : NULL;

    return ag != NULL ? ag->name : ev->cv->name;
}

static void watchers_tell(struct watch *w, const struct track *tr, const struct fleeting *ev)
{
    struct id_list ids = {0};
    struct buf b = {0};
    struct jw j = {.b = &b};
    const struct sub *s;

    TAILQ_FOREACH (s, &tr->watchers, track_link) {
        struct principal who = watcher_who(s->conn);

        if ((ev->who.kind != BY_AGENT || who.id != ev->who.id) &&
            rights_may(w->env.core, &who, ACT_SEE, ev->cv, NULL) == ERR_OK)
            id_list_add(&ids, s->conn->id);
    }
    event_begin(&j, kinds[ev->kind].ev);
    jw_k_id(&j, "conversation", ev->cv->id);
    if (ev->kind == FLEETING_PAGE) {
        jw_k_span(&j, "page", ev->page);
        jw_k_span(&j, "title", ev->title);
    } else {
        jw_k_str(&j, "by", ev->who.kind == BY_AGENT ? "agent" : "visitor");
        if (ev->who.kind == BY_AGENT)
            jw_k_id(&j, "agent", ev->who.id);
        jw_k_str(&j, "name", who_name(w, ev));
    }
    jw_obj_end(&j);
    watch_send_now(w, ids.ids, ids.n, buf_span(&b));
    buf_fini(&b);
    id_list_fini(&ids);
}

static void visitors_tell(struct watch *w, const struct track *tr, const struct fleeting *ev)
{
    struct id_list ids = {0};
    struct buf b = {0};
    struct jw j = {.b = &b};
    const struct watcher *cn;

    TAILQ_FOREACH (cn, &tr->visitors, track_link)
        id_list_add(&ids, cn->id);
    event_begin(&j, kinds[ev->kind].visitor_ev);
    jw_k_str(&j, "name", who_name(w, ev));
    jw_obj_end(&j);
    watch_send_now(w, ids.ids, ids.n, buf_span(&b));
    buf_fini(&b);
    id_list_fini(&ids);
}

void watch_fleeting(struct watch *w, const struct fleeting *ev)
{
    struct track *tr = map_find(&w->tracks, ev->cv->id);

    if (tr == NULL || !fleet_note(tr, ev, view_now(w->env.view)))
        return;
    watchers_tell(w, tr, ev);
    /* The visitor knows the agent who holds the chat, and nobody else's hands. */
    if (kinds[ev->kind].visitor_ev != NULL && ev->who.kind == BY_AGENT &&
        ev->cv->agent == ev->who.id)
        visitors_tell(w, tr, ev);
}
