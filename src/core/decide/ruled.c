/* Which rule a conversation waits by: decided with what makes it wait, and kept with it. */
#include "../rules/rules.h"

void step_rule(struct plan *p, uint64_t conv, const struct xdept *d, const struct rule_about *about)
{
    uint32_t n = rules_match(d->rules, about);
    const struct rule *r = n != 0 ? &d->rules->rule[n - 1] : NULL;
    struct principal who = p->who;

    if (r == NULL)
        return;
    p->who = (struct principal){.kind = BY_SYSTEM}; /* whoever sent it there chose no rule */
    plan_rec(p, REC_CONV_RULED, conv)->ruled = (struct rec_ruled){
        .rule = n,
        .until_ms = r->strict_ms != 0 ? p->now_ms + r->strict_ms : 0,
        .skills = plan_copy(p, r->skills),
    };
    p->who = who;
}

void step_rule_again(struct plan *p, const struct conv *cv, uint64_t dept)
{
    const struct xdept *d = xdept_find(p->k, dept);
    const struct rule_about about = rule_about_conv(cv);

    if (d != NULL && !d->d.deleted && d->rules != NULL)
        step_rule(p, cv->id, d, &about);
}
