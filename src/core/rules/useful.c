/* Rules that are as they should be, and yet will hardly do what somebody set them for. */
#include "rules.h"

static bool wants_unspoken(const struct dept *d, const struct rule *r)
{
    enum lang lang;

    for (size_t i = 0; i < r->nconds; i++)
        if (r->conds[i].look == LOOK_LANG && lang_parse(r->conds[i].value, &lang) &&
            (d->languages & BIT(lang)) == 0)
            return true;
    return false;
}

/* BIT() of each rule that somebody with chat access fits, there or not. */
static uint32_t fitted(const struct core *k, const struct dept *d)
{
    uint32_t fits = 0;

    for (struct onode *n = otree_first(&k->agents); n != NULL; n = otree_next(n)) {
        const struct seat *s = agent_seat(container_of(n, struct xagent, by_id), d->id);

        if (s != NULL && s->class != SEAT_NONE)
            fits |= s->fits;
    }
    return fits;
}

size_t core_rule_doubts(const struct core *k, const struct dept *d,
                        struct rule_doubt out[2 * RULES_MAX])
{
    const struct rules *r = container_of((struct dept *)d, struct xdept, d)->rules;
    uint32_t fits = r != NULL ? fitted(k, d) : 0;
    size_t n = 0;

    for (uint32_t i = 0; r != NULL && i < r->n; i++) {
        if (wants_unspoken(d, &r->rule[i]))
            out[n++] = (struct rule_doubt){i + 1, "language", SPAN_NONE};
        if ((fits & BIT(i)) == 0)
            out[n++] = (struct rule_doubt){i + 1, "skills", r->rule[i].skills};
    }
    return n;
}
