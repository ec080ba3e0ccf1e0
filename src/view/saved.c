/* Saved views as JSON, and how many a list by a tag has. */
#include <stdlib.h>

#include "view_int.h"

/* Nor of an agent. */
static void search_fields(struct jw *j, const struct core *k, const struct reader *r,
                          const struct saved *s)
{
    const struct agent *ag = core_agent(k, s->held_by);

    jw_k_str(j, "text", s->text);
    jw_k_str(j, "contact", s->contact);
    jw_k_id(j, "held_by", ag != NULL && audience_knows_agent(r, ag) ? s->held_by : 0);
    jw_k_str(j, "state", states_word((enum states)s->shows[SHOWS_STATES]));
    jw_k_int(j, "rating", s->shows[SHOWS_RATING]);
    jw_k_int(j, "since_days", s->shows[SHOWS_DAYS]);
    jw_k_int(j, "since_ms", s->since_ms);
    jw_k_int(j, "before_ms", s->before_ms);
}

void view_saved(struct jw *j, const struct view *v, const struct reader *r, const struct saved *s)
{
    const struct list_want want = saved_want(s);
    const char *filter = filter_word(want.filter);

    jw_k_id(j, "view", s->id);
    jw_k_str(j, "name", s->name);
    jw_k_str(j, "scope", s->agent != 0 ? "own" : "department");
    jw_k_id(j, "agent", s->agent);
    jw_k_id(j, "department", s->dept);
    jw_k_str(j, "list", s->shows[SHOWS_SEARCH] != 0 ? "search" : list_word(want.list));
    jw_k_str(j, "filter", filter != NULL ? filter : "");
    /* Whoever shared it may know of a department that its reader may not. */
    jw_k_id(j, "of", audience_dept(r, s->of) != NULL ? s->of : 0);
    jw_k_str(j, "tag", s->tag);
    jw_k_int(j, "version", s->version);
    jw_k_id(j, "by", s->by);
    jw_k_str(j, "by_name", core_agent_name(v->core, s->by));
    jw_k_int(j, "changed_ms", s->changed_ms);
    jw_k_bool(j, "edit", (audience_saved(r, s->agent, s->dept) & BIT(SAVED_EDIT)) != 0);
    if (s->shows[SHOWS_SEARCH] != 0)
        search_fields(j, v->core, r, s);
}

struct parts {
    struct count_part *p;
    size_t n, cap;
};

static void part_add(void *arg, const struct count_part *part)
{
    struct parts *parts = arg;

    if (parts->n == parts->cap) {
        parts->cap = parts->cap != 0 ? 2 * parts->cap : 16;
        parts->p = xrealloc(parts->p, parts->cap * sizeof(*parts->p));
    }
    parts->p[parts->n++] = *part;
}

err_t view_count_tagged(const struct view *v, const struct reader *r, const struct list_want *want,
                        uint64_t *count)
{
    struct parts parts = {0};
    err_t err;

    audience_count_parts(r, want, part_add, &parts);
    err = store_count_tagged(v->store, want->tag, parts.p, parts.n, count);
    free(parts.p);
    return err;
}
