/* Who would be asked if a chat rang now: by the rule that it would wait by. */
#include "rules.h"

uint32_t core_rule_for(const struct dept *d, const struct conv *cv, struct core_rule *out)
{
    const struct xdept *x = container_of((struct dept *)d, struct xdept, d);
    uint32_t rule = 0;

    if (cv != NULL) {
        const struct rule_about about = rule_about_conv(cv);

        rule = rules_match(x->rules, &about);
    }
    *out = (struct core_rule){.rule = rule};
    if (rule != 0) {
        out->skills = x->rules->rule[rule - 1].skills;
        out->strict_ms = x->rules->rule[rule - 1].strict_ms;
    }
    return rule;
}

/* Those among whom it would be, and the tree of the rule where it is that one. */
static const struct otree *would_ask(const struct xdept *x, const struct core_rule *rule,
                                     bool *skilled)
{
    const struct otree *pool = rule->rule != 0 ? &x->rules->rule[rule->rule - 1].pool : NULL;

    *skilled = pool != NULL && (rule->strict_ms != 0 || otree_size(pool) > 0);
    return *skilled ? pool : &x->free;
}

static const struct agent *agent_at(const struct onode *n, bool skilled)
{
    const struct seat *s = skilled ? container_of(n, struct seat_pool, node)->seat
                                   : container_of(n, struct seat, free);

    return &s->agent->a;
}

size_t core_would_ring(const struct dept *d, const struct conv *cv, uint64_t agents[RUNG_MAX])
{
    const struct xdept *x = container_of((struct dept *)d, struct xdept, d);
    const struct onode *o;
    struct core_rule rule;
    bool skilled;
    size_t n = 0;

    (void)core_rule_for(d, cv, &rule);
    o = otree_first(would_ask(x, &rule, &skilled));
    if (rule.strict_ms == 0 && skilled) { /* then it rings at all of them at once */
        skilled = false;
        o = otree_first(&x->free);
    }
    for (; o != NULL && n < RUNG_MAX; o = otree_next(o))
        agents[n++] = agent_at(o, skilled)->id;
    return n;
}

const struct agent *core_next_taker(const struct core *k, const struct dept *d,
                                    const struct conv *cv, enum chosen *how)
{
    const struct xdept *x = container_of((struct dept *)d, struct xdept, d);
    const struct seat *met = cv != NULL ? seat_met(k, x, cv) : NULL;
    const struct onode *n;
    struct core_rule rule;
    bool skilled;

    if (core_rule_for(d, cv, &rule) != 0 && rule.strict_ms != 0 && met != NULL &&
        (met->fits & BIT(rule.rule - 1)) == 0)
        met = NULL;
    n = otree_first(would_ask(x, &rule, &skilled));
    *how = met != NULL ? CHOSEN_LAST : n == NULL ? CHOSEN_NONE : chosen_of(d);
    if (met != NULL)
        return &met->agent->a;
    return n != NULL ? agent_at(n, skilled) : NULL;
}

struct span core_lacks_skill(const struct agent *ag, struct span skills)
{
    return skills_lacking(span_of(ag->skills), skills);
}
