/*
 * How many each list has for whom, saved views among them, and who is told when views change.  What
 * is over is counted out of counters; open ones by a filter or a tag are gone through.
 */
#include <stdio.h>

#include "watch_int.h"

/* Out of counters alone? */
static bool is_counted(const struct list_want *want)
{
    return want->tag == 0 && (want->filter == FILTER_NONE || want->list == LIST_MINE);
}

bool watch_list_count(struct watch *w, const struct list_want *want, const struct reader *r,
                      uint64_t *count)
{
    struct id_list ids = {0};
    uint64_t over = 0;

    if (want->list == LIST_BLOCKED) {
        *count = watch_blocked_count(w, want, r);
        return true;
    }
    if (is_counted(want)) {
        *count = audience_count(r, want);
        return true;
    }
    if (list_has_open(want->list))
        watch_list_open(w, want, r, &ids);
    *count = ids.n;
    id_list_fini(&ids);
    if (want->tag != 0 && view_count_tagged(w->env.view, r, want, &over) != ERR_OK)
        return false;
    *count += over;
    return true;
}

/* What is open is in memory and few; by words, by time, and of what is over, nobody counts. */
static bool search_is_counted(const struct saved *s)
{
    unsigned states = states_bits((enum states)s->shows[SHOWS_STATES]);

    return (states & ~states_bits(STATES_OPEN)) == 0 && s->shows[SHOWS_RATING] == 0 &&
           s->shows[SHOWS_DAYS] == 0 && s->since_ms == 0 && s->before_ms == 0 &&
           s->text[0] == '\0' && s->contact[0] == '\0';
}

static uint64_t search_count(struct watch *w, const struct saved *s, const struct reader *r)
{
    unsigned states = states_bits((enum states)s->shows[SHOWS_STATES]);
    const struct list_want want = saved_want(s);
    struct id_list ids = {0};
    uint64_t count = 0;

    watch_list_open(w, &want, r, &ids);
    for (size_t i = 0; i < ids.n; i++) {
        const struct conv *cv = core_conv(w->env.core, ids.ids[i]);

        count += (states & BIT(cv->state)) != 0 && (s->held_by == 0 || cv->agent == s->held_by);
    }
    id_list_fini(&ids);
    return count;
}

bool watch_saved_count(struct watch *w, const struct saved *s, const struct reader *r,
                       uint64_t *count)
{
    const struct list_want want = saved_want(s);

    if (s->shows[SHOWS_SEARCH] == 0)
        return watch_list_count(w, &want, r, count);
    if (!search_is_counted(s))
        return false;
    *count = search_count(w, s, r);
    return true;
}

/* views in the counts of an agent */

static void view_count_write(struct jw *j, struct watch *w, const struct reader *r,
                             const struct saved *s)
{
    char key[32];
    uint64_t count;

    snprintf(key, sizeof(key), "view %llu", (unsigned long long)s->id);
    if (watch_saved_count(w, s, r, &count))
        jw_k_int(j, key, (int64_t)count);
}

static size_t views_of(struct jw *j, struct watch *w, const struct reader *r, uint64_t owner,
                       size_t room)
{
    size_t n = 0;

    for (uint64_t id = 0; n < room && core_next_saved_of(w->env.core, owner, &id); n++)
        view_count_write(j, w, r, core_saved(w->env.core, id));
    return n;
}

void view_counts_write(struct jw *j, struct watch *w, const struct reader *r)
{
    const struct agent *ag = r->agent;
    size_t n;

    if (ag == NULL) /* disabled, and his consoles are about to be closed */
        return;
    n = views_of(j, w, r, ag->id, VIEWS_COUNTED_MAX);
    for (size_t i = 0; i < ag->nmembers && n < VIEWS_COUNTED_MAX; i++)
        n += views_of(j, w, r, ag->members[i].dept, VIEWS_COUNTED_MAX - n);
}

/* Whether anybody has one whose count follows more than places do.  Seldom. */
static void kinds_look(struct watch *w)
{
    w->views_turn = w->views_tagged = false;
    for (uint64_t id = 0; core_next_saved(w->env.core, &id);) {
        const struct list_want want = saved_want(core_saved(w->env.core, id));

        w->views_turn = w->views_turn || (want.list == LIST_ALL && want.filter > FILTER_OPEN);
        w->views_tagged = w->views_tagged || want.tag != 0;
    }
}

void saved_start(struct watch *w)
{
    kinds_look(w);
}

static void saved_told(struct watch *w, struct agent_ix *ix, uint64_t view)
{
    if (ix == NULL || ix->nme == 0)
        return;
    own_show(w, ix->id, "view", view, 0);
    agent_ix_touch(w, ix, true);
}

/* To whose own it is, or the department's members: to ask again for those that there are. */
void saved_show(struct watch *w, const struct rec *rec)
{
    const struct dept_ix *dx = rec->saved.dept != 0 ? map_find(&w->depts, rec->saved.dept) : NULL;
    const struct hearing *h;

    kinds_look(w);
    if (rec->saved.agent != 0)
        saved_told(w, map_find(&w->agents, rec->saved.agent), rec->obj);
    if (dx == NULL)
        return;
    TAILQ_FOREACH (h, &dx->listeners, link)
        saved_told(w, h->ix, rec->obj);
}
