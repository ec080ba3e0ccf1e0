/*
 * The texts of rules and skills.  A rule is a line: conditions, "->", skills.  A condition is a
 * word with what it looks for, as in a search: lang:ja, page:*.example.org*, question:"*refund*",
 * tag:vip; what stands in it is a pattern, see pattern.c.  "strict:60s" among them says for how
 * long nobody else is asked.
 */
#include <ctype.h>
#include <stdlib.h>

#include "rules.h"

#include "deskbell/duration.h"

static const char *const look_words[] = {"lang",  "page",  "tag",     "name",
                                         "email", "phone", "question"};

/* Of a line; `said` where its sentence has a place for it. */
static err_t refuse(struct fault *f, size_t line, enum refusal why, struct span said)
{
    struct fault nowhere;
    struct span name;

    if (f == NULL)
        f = &nowhere;
    if (!refusal_value_name(why, 1, &name))
        return fault_refuse_with(f, ERR_INVAL, "rules", why, VALUES(OF_INT(line)));
    return fault_refuse_with(f, ERR_INVAL, "rules", why,
                             VALUES(OF_INT(line), OF_BYTES(said.p, said.len)));
}

/* Cut to what a message can hold. */
static struct span shown(struct span s)
{
    while (s.len > 60 || !span_is_utf8(s))
        s.len--;
    return s;
}

/* skills */

bool skills_next(struct span *list, struct span *name)
{
    while (list->len > 0) {
        const char *comma = memchr(list->p, ',', list->len);
        size_t len = comma != NULL ? (size_t)(comma - list->p) : list->len;

        *name = span_trim((struct span){list->p, len});
        len += comma != NULL;
        list->p += len;
        list->len -= len;
        if (name->len > 0)
            return true;
    }
    return false;
}

static bool same_text(struct span a, struct span b)
{
    for (size_t i = 0; i < a.len && a.len == b.len; i++)
        if (tolower((unsigned char)a.p[i]) != tolower((unsigned char)b.p[i]))
            return false;
    return a.len == b.len;
}

bool skills_has(struct span list, struct span name)
{
    struct span one;

    while (skills_next(&list, &one))
        if (same_text(one, name))
            return true;
    return false;
}

struct span skills_lacking(struct span list, struct span all)
{
    struct span one;

    while (skills_next(&all, &one))
        if (!skills_has(list, one))
            return one;
    return SPAN_NONE;
}

bool skills_have(struct span list, struct span all)
{
    return skills_lacking(list, all).len == 0;
}

err_t skills_check(struct span list, const char *field, struct fault *f)
{
    struct span rest = list, name;
    size_t n = 0;

    while (skills_next(&rest, &name)) {
        if (span_codepoints(name) > SKILL_MAX_CODEPOINTS)
            return fault_refuse_with(
                f, ERR_INVAL, field, REFUSE_TOO_LONG,
                VALUES(OF_INT(SKILL_MAX_CODEPOINTS), OF_INT(span_codepoints(name))));
        if (skills_has(rest, name))
            return fault_refuse_with(f, ERR_INVAL, field, REFUSE_SKILL_TWICE,
                                     VALUES(OF_BYTES(name.p, name.len)));
        if (++n > SKILLS_MAX)
            return fault_refuse_with(f, ERR_INVAL, field, REFUSE_TOO_MANY,
                                     VALUES(OF_INT(SKILLS_MAX), OF_INT(n)));
    }
    return ERR_OK;
}

/* rules */

/* Of an expression between slashes, up to its last; 0: it is none. */
static size_t expression_len(struct span s)
{
    size_t len = 1;

    if (s.len == 0 || s.p[0] != '/')
        return 0;
    for (; len < s.len; len++) {
        if (s.p[len] == '/' && (len + 1 == s.len || s.p[len + 1] == ' '))
            return len + 1;
        len += s.p[len] == '\\';
    }
    return 0;
}

/* A word, with what stands between quotes or slashes in it; false at the end. */
static bool next_word(struct span *line, struct span *word)
{
    bool quoted = false;
    size_t len = 0;

    *line = span_trim(*line);
    for (; len < line->len && (quoted || line->p[len] != ' '); len++) {
        quoted = quoted != (line->p[len] == '"');
        if (!quoted && line->p[len] == ':')
            len += expression_len((struct span){line->p + len + 1, line->len - len - 1});
    }
    *word = (struct span){line->p, len};
    line->p += len;
    line->len -= len;
    return len > 0;
}

static struct span unquoted(struct span s)
{
    if (s.len >= 2 && s.p[0] == '"' && s.p[s.len - 1] == '"')
        return (struct span){s.p + 1, s.len - 2};
    return s;
}

static err_t take_pattern(struct rules *r, size_t line, struct rule_cond *c, struct fault *f)
{
    struct pattern_fault said;

    if (pattern_is_expression(c->value) && ++r->nexpressions > RULE_EXPRESSIONS_MAX)
        return f != NULL ? fault_refuse(f, ERR_INVAL, "rules", REFUSE_RULE_EXPRESSIONS) : ERR_INVAL;
    if ((c->pattern = pattern_new(c->value, &said)) != NULL)
        return ERR_OK;
    return fault_refuse_with(f, ERR_INVAL, "rules", REFUSE_RULE_PATTERN,
                             VALUES(OF_INT(line), OF_INT(said.at), OF_STR(said.why)));
}

static err_t take_word(struct rules *all, struct rule *r, size_t line, struct span word,
                       struct fault *f)
{
    const char *colon = memchr(word.p, ':', word.len);
    struct span name = {word.p, colon != NULL ? (size_t)(colon - word.p) : 0}, value;
    enum lang lang;
    int64_t ms;

    if (colon == NULL)
        return refuse(f, line, REFUSE_RULE_CONDITION, shown(word));
    value = unquoted((struct span){colon + 1, word.len - name.len - 1});
    if (span_is(name, "strict")) {
        if (!duration_parse(value, &ms) || ms < 0 || ms > RULE_STRICT_MAX_MS)
            return refuse(f, line, REFUSE_RULE_STRICT, shown(value));
        r->strict_ms = (uint32_t)ms;
        return ERR_OK;
    }
    for (unsigned look = 0; look < COUNT_OF(look_words); look++) {
        if (!span_is(name, look_words[look]))
            continue;
        if (value.len == 0 || (look == LOOK_LANG && !lang_parse(value, &lang)))
            return refuse(f, line, REFUSE_RULE_CONDITION, shown(word));
        if (r->nconds == RULE_CONDS_MAX)
            return refuse(f, line, REFUSE_RULE_LONG, SPAN_NONE);
        r->conds[r->nconds++] = (struct rule_cond){.look = look, .value = value};
        return look == LOOK_LANG ? ERR_OK : take_pattern(all, line, &r->conds[r->nconds - 1], f);
    }
    return refuse(f, line, REFUSE_RULE_CONDITION, shown(word));
}

static err_t rule_parse(struct rules *all, size_t line, struct span text, struct fault *f)
{
    struct rule *r = &all->rule[line - 1];
    struct span word;
    err_t err;

    while (next_word(&text, &word) && !span_is(word, "->"))
        if ((err = take_word(all, r, line, word, f)) != ERR_OK)
            return err;
    r->skills = span_trim(text);
    return r->skills.len > 0 ? ERR_OK : refuse(f, line, REFUSE_RULE_FORM, SPAN_NONE);
}

err_t rules_parse(struct span text, struct rules **out, struct fault *f)
{
    struct rules *r;
    struct span rest;
    err_t err = ERR_OK;

    *out = NULL;
    if (span_trim(text).len == 0)
        return ERR_OK;
    r = xcalloc(1, sizeof(*r));
    r->text = span_dup(text);
    rest = span_of(r->text);
    while (rest.len > 0 && err == ERR_OK) {
        const char *end = memchr(rest.p, '\n', rest.len);
        size_t len = end != NULL ? (size_t)(end - rest.p) : rest.len;
        struct span line = span_trim((struct span){rest.p, len});

        len += end != NULL;
        rest.p += len;
        rest.len -= len;
        if (line.len == 0)
            continue;
        if (r->n == RULES_MAX)
            err = f != NULL ? fault_refuse(f, ERR_INVAL, "rules", REFUSE_RULES_MANY) : ERR_INVAL;
        else if ((err = rule_parse(r, r->n + 1, line, f)) == ERR_OK)
            r->n++;
    }
    if (err == ERR_OK)
        *out = r;
    else
        rules_free(r);
    return err;
}

void rules_free(struct rules *r)
{
    if (r == NULL)
        return;
    for (size_t i = 0; i < RULES_MAX; i++)
        for (size_t c = 0; c < r->rule[i].nconds; c++)
            pattern_free(r->rule[i].conds[c].pattern);
    free(r->text);
    free(r);
}

static bool has_tag(const struct conv *cv, const struct pattern *p, bool *over)
{
    for (size_t i = 0; cv != NULL && i < cv->ntags; i++)
        if (pattern_is_in(p, span_of(cv->tags[i].text), over))
            return true;
    return false;
}

static bool cond_holds(const struct rule_cond *c, const struct rule_about *about, bool *over)
{
    switch (c->look) {
    case LOOK_LANG:
        return span_is(c->value, lang_word(about->lang));
    case LOOK_PAGE:
        return pattern_is_in(c->pattern, about->page, over);
    case LOOK_TAG:
        return has_tag(about->cv, c->pattern, over);
    default:
        return pattern_is_in(c->pattern, about->fields[c->look - LOOK_FIELD], over);
    }
}

uint32_t rules_match(struct rules *r, const struct rule_about *about)
{
    for (size_t i = 0; r != NULL && i < r->n; i++) {
        bool over = false;
        size_t at = 0;

        while (at < r->rule[i].nconds && cond_holds(&r->rule[i].conds[at], about, &over))
            at++;
        if (over)
            r->over |= BIT(i);
        if (at == r->rule[i].nconds)
            return (uint32_t)i + 1;
    }
    return 0;
}

bool core_next_slow_rule(const struct core *k, uint64_t *dept, uint32_t *rule)
{
    for (struct onode *n = otree_first(&k->depts); n != NULL; n = otree_next(n)) {
        const struct xdept *d = container_of(n, struct xdept, by_id);

        for (size_t i = 0; d->rules != NULL && i < d->rules->n; i++) {
            if ((d->rules->over & ~d->rules->told & BIT(i)) == 0)
                continue;
            d->rules->told |= BIT(i);
            *dept = d->d.id;
            *rule = (uint32_t)i + 1;
            return true;
        }
    }
    return false;
}

struct rule_about rule_about_conv(const struct conv *cv)
{
    return (struct rule_about){
        .lang = cv->lang,
        .page = span_of(cv->page),
        .fields = {[FIELD_NAME] = span_of(cv->name),
                   [FIELD_EMAIL] = span_of(cv->email),
                   [FIELD_PHONE] = span_of(cv->phone),
                   [FIELD_QUESTION] = span_of(cv->question)},
        .cv = cv,
    };
}

int rules_pool(const struct rules *r, struct span skills)
{
    for (size_t i = 0; r != NULL && skills.len > 0 && i < r->n; i++)
        if (skills_have(r->rule[i].skills, skills) && skills_have(skills, r->rule[i].skills))
            return (int)i;
    return -1;
}

/* how they fit together */

/* Whatever is as the other wants is as this one wants.  What says so is right; it does not see all.
 */
static bool takes(const struct rule_cond *before, const struct rule_cond *c)
{
    bool over = false;

    if (before->look != c->look)
        return false;
    if (before->pattern == NULL)
        return same_text(before->value, c->value);
    if (pattern_is_expression(before->value) || pattern_is_expression(c->value))
        return span_eq(before->value, c->value);
    return pattern_is_in(before->pattern, c->value, &over); /* its stars take those of the other */
}

/* Whatever the later one wants, the earlier one wants no more: it takes all of it. */
static bool takes_all_of(const struct rule *before, const struct rule *r)
{
    for (size_t i = 0; i < before->nconds; i++) {
        size_t at = 0;

        while (at < r->nconds && !takes(&before->conds[i], &r->conds[at]))
            at++;
        if (at == r->nconds)
            return false;
    }
    return true;
}

/* It has no more than one text that is found by it. */
static bool is_one_text(const struct rule_cond *c)
{
    return c->pattern != NULL && !pattern_is_expression(c->value) &&
           memchr(c->value.p, '*', c->value.len) == NULL;
}

/* One thing looks one way, and no other; of tags there may be several. */
static bool contradict(const struct rule_cond *a, const struct rule_cond *b)
{
    bool over = false;

    if (a->look != b->look || a->look == LOOK_TAG)
        return false;
    if (a->look == LOOK_LANG)
        return !same_text(a->value, b->value);
    return is_one_text(a) && !pattern_is_in(b->pattern, a->value, &over) && !over;
}

/* The first that cannot be as another one wants it, or NULL. */
static const struct rule_cond *contradicts(const struct rule *r)
{
    for (size_t i = 0; i < r->nconds; i++)
        for (size_t k = 0; k < r->nconds; k++)
            if (contradict(&r->conds[i], &r->conds[k]))
                return &r->conds[i];
    return NULL;
}

/* Can it be the one that matches?  Of rules that are set: those of before stay as they are. */
static err_t rule_may_match(const struct rules *r, size_t i, struct fault *f)
{
    const struct rule_cond *never = contradicts(&r->rule[i]);

    if (never != NULL && never->look == LOOK_LANG)
        return refuse(f, i + 1, REFUSE_RULE_LANGS, SPAN_NONE);
    if (never != NULL)
        return refuse(f, i + 1, REFUSE_RULE_CONTRADICTS, span_of(look_words[never->look]));
    for (size_t before = 0; before < i; before++)
        if (takes_all_of(&r->rule[before], &r->rule[i]))
            return fault_refuse_with(f, ERR_INVAL, "rules", REFUSE_RULE_NEVER,
                                     VALUES(OF_INT(i + 1), OF_INT(before + 1)));
    return ERR_OK;
}

static err_t rule_check(const struct core *k, const struct dept *d, const struct rules *r, size_t i,
                        struct fault *f)
{
    const struct rule *rule = &r->rule[i];
    struct span lacks = skills_lacking(span_of(k->portal.skills), rule->skills);
    err_t err = skills_check(rule->skills, "rules", f);

    if (err != ERR_OK)
        return err;
    if (lacks.len > 0)
        return refuse(f, i + 1, REFUSE_RULE_SKILL, shown(lacks));
    for (size_t c = 0; c < rule->nconds; c++)
        if (rule->conds[c].look >= LOOK_FIELD &&
            d->fields[rule->conds[c].look - LOOK_FIELD] == NEED_NO)
            return refuse(f, i + 1, REFUSE_RULE_FIELD, span_of(look_words[rule->conds[c].look]));
    return ERR_OK;
}

err_t rules_dept_check(const struct core *k, const struct dept *d, struct fault *f)
{
    struct rules *r;
    const struct xdept *now = xdept_find(k, d->id);
    bool fresh = now == NULL || strcmp(now->d.rules, d->rules) != 0;
    err_t err = rules_parse(span_of(d->rules), &r, f);

    for (size_t i = 0; err == ERR_OK && r != NULL && i < r->n; i++) {
        err = rule_check(k, d, r, i, f);
        if (err == ERR_OK && fresh)
            err = rule_may_match(r, i, f);
    }
    rules_free(r);
    return err;
}

/* One that a rule names stays. */
err_t rules_portal_check(const struct core *k, const struct portal *p, struct fault *f)
{
    err_t err = skills_check(span_of(p->skills), "skills", f);

    for (struct onode *n = otree_first(&k->depts); n != NULL && err == ERR_OK; n = otree_next(n)) {
        const struct xdept *x = container_of(n, struct xdept, by_id);

        for (size_t i = 0; x->rules != NULL && !x->d.deleted && i < x->rules->n; i++) {
            struct span lacks = skills_lacking(span_of(p->skills), x->rules->rule[i].skills);

            if (lacks.len > 0)
                return fault_refuse_with(f, ERR_CONFLICT, "skills", REFUSE_SKILL_USED,
                                         VALUES(OF_BYTES(shown(lacks).p, shown(lacks).len),
                                                OF_INT(i + 1), OF_STR(x->d.name)));
        }
    }
    return err;
}

/* What was taken from the portal since is no skill any more, and nothing to complain of. */
err_t rules_agent_check(const struct core *k, const struct agent *ag, struct fault *f)
{
    struct span lacks = skills_lacking(span_of(k->portal.skills), span_of(ag->skills));

    if (lacks.len > 0)
        return fault_refuse_with(f, ERR_INVAL, "skills", REFUSE_SKILL_UNKNOWN,
                                 VALUES(OF_BYTES(shown(lacks).p, shown(lacks).len)));
    return skills_check(span_of(ag->skills), "skills", f);
}
