/* Records into state: the rule by which a conversation waits, and that anybody may have it. */
#include "../rules/rules.h"

static void place(struct core *k, struct xconv *x)
{
    struct xdept *d = xdept_find(k, x->c.dept);

    if (d == NULL)
        return;
    x->pool = rules_pool(d->rules, span_of(x->c.skills));
    asked_replace(x);
    dept_place(k, d);
}

void fold_ruled(struct core *k, struct xconv *x, const struct rec *rec)
{
    struct conv *cv = &x->c;

    if (rec->type == REC_CONV_RULED) {
        cv->rule = rec->ruled.rule;
        str_set(&cv->skills, rec->ruled.skills);
        cv->strict_until_ms = rec->ruled.until_ms;
    }
    cv->strict = rec->type == REC_CONV_RULED && rec->ruled.until_ms != 0;
    place(k, x);
}

void rule_clear(struct conv *cv)
{
    cv->rule = 0;
    cv->strict = false;
    cv->strict_until_ms = 0;
    str_set(&cv->skills, SPAN_NONE);
}
