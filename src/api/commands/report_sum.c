/*
 * The sums of a report of time.  Each part of a conversation counts for its agent in the department
 * where he had it last, and only where the asker may see that; a conversation counts once in each
 * total that one of its parts is in.  It runs on another thread and knows nothing of core.
 */
#include <stdlib.h>

#include "commands/report.h"

/* sight */

void report_sight_take(struct report_sight *s, const struct reader *r)
{
    *s = (struct report_sight){.self = r->agent != NULL ? r->agent->id : 0};
    s->all = r->kind == READER_ALL && audience_sees_times(r, 0, 0);
    for (uint64_t id = 0; r->kind == READER_AGENT && audience_next_dept(r, &id);)
        if (audience_sees_times(r, id, 0))
            id_list_add(&s->depts, id);
}

bool report_sight_is(const struct report_sight *a, const struct report_sight *b)
{
    return a->all == b->all && a->self == b->self && a->depts.n == b->depts.n &&
           (a->depts.n == 0 ||
            memcmp(a->depts.ids, b->depts.ids, a->depts.n * sizeof(a->depts.ids[0])) == 0);
}

static bool sight_has(const struct report_sight *s, const struct conv_time *part)
{
    size_t at;

    if (s->all || part->agent == s->self)
        return true;
    at = id_place(s->depts.ids, s->depts.n, sizeof(s->depts.ids[0]), part->dept);
    return at < s->depts.n && s->depts.ids[at] == part->dept;
}

/* sums */

static uint64_t sum_key(uint64_t agent, uint64_t dept)
{
    uint64_t key = agent * UINT64_C(0x9e3779b97f4a7c15) ^ dept;

    return key != 0 ? key : 1;
}

/* Good until the next one. */
static struct report_sum *sum_get(struct report_sums *s, uint64_t agent, uint64_t dept)
{
    uint64_t key = sum_key(agent, dept);
    size_t first = (size_t)(uintptr_t)map_find(&s->at, key);

    for (size_t i = first; i != 0; i = s->all[i - 1].next)
        if (s->all[i - 1].agent == agent && s->all[i - 1].dept == dept)
            return &s->all[i - 1];
    if (s->n == s->cap) {
        s->cap = s->cap != 0 ? 2 * s->cap : 64;
        s->all = xrealloc(s->all, s->cap * sizeof(*s->all));
    }
    s->all[s->n++] = (struct report_sum){.agent = agent, .dept = dept, .next = first};
    map_put(&s->at, key, (void *)(uintptr_t)s->n);
    s->rows += agent != 0 && dept != 0;
    return &s->all[s->n - 1];
}

static void part_add(struct report_sum *sum, const struct conv_time *part)
{
    sum->ms += part->ms;
    if (part->corrected) {
        sum->corrected++;
        sum->corrected_ms += part->ms;
    }
}

/* Is a part of this department among those before? */
static bool dept_met(const struct conv_time *const *parts, size_t n, uint64_t dept)
{
    for (size_t i = 0; i < n; i++)
        if (parts[i]->dept == dept)
            return true;
    return false;
}

void report_add(struct report_sums *sums, const struct report_want *want,
                const struct report_sight *sight, const struct conv_worked *w)
{
    const struct conv_time *seen[TIMES_MAX];
    size_t n = 0;

    if (w->ended_ms < want->since_ms || w->ended_ms >= want->before_ms)
        return;
    for (size_t i = 0; i < w->n; i++) {
        const struct conv_time *part = &w->parts[i];

        if ((want->dept != 0 && part->dept != want->dept) ||
            (want->agent != 0 && part->agent != want->agent) || !sight_has(sight, part))
            continue;
        const struct {
            uint64_t agent, dept;
            bool counts;
        } into[] = {{part->agent, part->dept, true},
                    {part->agent, 0, true},
                    {0, part->dept, !dept_met(seen, n, part->dept)},
                    {0, 0, n == 0}};

        for (size_t k = 0; k < COUNT_OF(into); k++) {
            struct report_sum *sum = sum_get(sums, into[k].agent, into[k].dept);

            sum->convs += into[k].counts;
            part_add(sum, part);
        }
        seen[n++] = part;
    }
}

static int sum_order(const void *a, const void *b)
{
    const struct report_sum *x = a, *y = b;

    if (x->agent != y->agent)
        return x->agent < y->agent ? -1 : 1;
    return (x->dept > y->dept) - (x->dept < y->dept);
}

void report_sort(struct report_sums *sums)
{
    map_fini(&sums->at);
    if (sums->n > 0)
        qsort(sums->all, sums->n, sizeof(sums->all[0]), sum_order);
}

void report_sums_fini(struct report_sums *sums)
{
    map_fini(&sums->at);
    free(sums->all);
    *sums = (struct report_sums){0};
}
