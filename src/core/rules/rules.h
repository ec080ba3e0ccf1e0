/*
 * Rules of a department, which name the skills that an agent must have, and skills: names with
 * commas between them.  What they say, whom they fit, and which of them a chat is for.
 */
#ifndef CORE_RULES_H
#define CORE_RULES_H

#include "../core_int.h"

enum rule_look { LOOK_LANG, LOOK_PAGE, LOOK_TAG, LOOK_FIELD }; /* LOOK_FIELD + prechat_field */

/* rules/pattern.c: a text with stars, or an expression between slashes. */
struct pattern;
struct pattern_fault {
    size_t at;     /* up to which of its characters, from 1 on, it could be read */
    char why[120]; /* in PCRE2's words */
};
bool pattern_is_expression(struct span text);
struct pattern *pattern_new(struct span text, struct pattern_fault *f); /* NULL: *f says why */
void pattern_free(struct pattern *p);                                   /* may be NULL */
/* All of the text for one with stars, a part of it for an expression.  *over: set where that could
 * not be told within the limits, and it counts as none. */
bool pattern_is_in(const struct pattern *p, struct span text, bool *over);

struct rule_cond {
    unsigned look;
    struct span value;       /* of the rules' text; likewise below */
    struct pattern *pattern; /* NULL: a word */
};

struct rule {
    struct rule_cond conds[RULE_CONDS_MAX];
    size_t nconds;
    struct span skills;
    uint32_t strict_ms; /* 0: who has them is asked first, and then all */
    struct otree pool;  /* free seats of those who have the skills, in the order of xdept.free */
};

struct rules {
    char *text;
    struct rule rule[RULES_MAX];
    size_t n, nexpressions;
    uint32_t over, told; /* BIT() of each that ran over its limits, and of those it was said of */
};

/* What a rule looks at. */
struct rule_about {
    enum lang lang;
    struct span page, fields[FIELD_COUNT];
    const struct conv *cv; /* its tags; NULL: it has none yet */
};

/* ERR_INVAL with a fault that names "rules"; f may be NULL.  *out NULL: there are none. */
err_t rules_parse(struct span text, struct rules **out, struct fault *f) MUST_CHECK;
void rules_free(struct rules *r);
struct rule_about rule_about_conv(const struct conv *cv);
/* The number of the first that matches, from 1 on; 0: none does.  Cost: see pattern.c. */
uint32_t rules_match(struct rules *r, const struct rule_about *about);
/* The first with just these skills, from 0 on; -1: none has. */
int rules_pool(const struct rules *r, struct span skills);

/* The next name of a list; false at the end. */
bool skills_next(struct span *list, struct span *name);
bool skills_has(struct span list, struct span name);
bool skills_have(struct span list, struct span all);
/* The first of `all` that is not in the list; SPAN_NONE: it has them. */
struct span skills_lacking(struct span list, struct span all);
/* As it is kept: trimmed, with ", " between them.  ERR_INVAL with a fault that names the field. */
err_t skills_check(struct span list, const char *field, struct fault *f) MUST_CHECK;

/* What the settings must be to fit together. */
err_t rules_dept_check(const struct core *k, const struct dept *d, struct fault *f) MUST_CHECK;
err_t rules_portal_check(const struct core *k, const struct portal *p, struct fault *f) MUST_CHECK;
err_t rules_agent_check(const struct core *k, const struct agent *ag, struct fault *f) MUST_CHECK;

/* rules/pools.c: those who fit a rule, by their seats */
void pools_set(struct core *k, struct xdept *d);    /* its rules have changed, or are there */
void pools_agent(struct core *k, struct xagent *x); /* his skills have changed */
void seat_fit(struct seat *s);                      /* looks at them anew */
void seat_pools_place(struct seat *s);              /* after its place among the free ones */
void seat_pools_del(struct seat *s);
void seat_free(struct seat *s);
bool seat_fits(const struct seat *s, const struct xconv *x, const struct xdept *d);
int conv_find_pool(const struct core *k, const struct conv *cv); /* what xconv.pool is to be */
/* The tree of those whom it may be offered to first, or to alone while it is strict; NULL: all. */
const struct otree *conv_pool(const struct xconv *x, const struct xdept *d);
bool conv_is_strict(const struct xconv *x, const struct xdept *d);

/* decide/ruled.c: after the record by which it comes to wait there */
void step_rule(struct plan *p, uint64_t conv, const struct xdept *d,
               const struct rule_about *about);
void step_rule_again(struct plan *p, const struct conv *cv,
                     uint64_t dept); /* of one that is there */
/* records/fold_ruled.c: CONV_RULED and CONV_RELAXED */
void rule_clear(struct conv *cv);
void fold_ruled(struct core *k, struct xconv *x, const struct rec *rec);

#endif
