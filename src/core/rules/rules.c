/*
 * The texts of rules and skills.  A rule is a line: conditions, "->", skills.  A condition is a
 * word with what it looks for, as in a search: lang:ja, page:*.example.org*, question:"*refund*",
 * tag:vip; a star stands for anything.  "strict:60s" among them says for how long nobody else is
 * asked.
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

/* A word, or what stands between quotes in it; false at the end. */
static bool next_word(struct span *line, struct span *word)
{
    bool quoted = false;
    size_t len = 0;

    *line = span_trim(*line);
    for (; len < line->len && (quoted || line->p[len] != ' '); len++)
        quoted = quoted != (line->p[len] == '"');
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

static err_t take_word(struct rule *r, size_t line, struct span word, struct fault *f)
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
        r->conds[r->nconds++] = (struct rule_cond){look, value};
        return ERR_OK;
    }
    return refuse(f, line, REFUSE_RULE_CONDITION, shown(word));
}

static err_t rule_parse(struct rule *r, size_t line, struct span text, struct fault *f)
{
    struct span word;
    err_t err;

    while (next_word(&text, &word) && !span_is(word, "->"))
        if ((err = take_word(r, line, word, f)) != ERR_OK)
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
        else if ((err = rule_parse(&r->rule[r->n], r->n + 1, line, f)) == ERR_OK)
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
    free(r->text);
    free(r);
}

/* A star stands for anything; letters of ASCII are the same in both cases.  O(both lengths). */
static bool is_like(struct span s, struct span pattern)
{
    size_t at = 0, p = 0, star = SIZE_MAX, from = 0;

    while (at < s.len) {
        if (p < pattern.len && pattern.p[p] == '*') {
            star = p++;
            from = at;
        } else if (p < pattern.len &&
                   tolower((unsigned char)pattern.p[p]) == tolower((unsigned char)s.p[at])) {
            p++;
            at++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            at = ++from;
        } else {
            return false;
        }
    }
    while (p < pattern.len && pattern.p[p] == '*')
        p++;
    return p == pattern.len;
}

static bool has_tag(const struct conv *cv, struct span value)
{
    for (size_t i = 0; cv != NULL && i < cv->ntags; i++)
        if (is_like(span_of(cv->tags[i].text), value))
            return true;
    return false;
}

static bool cond_holds(const struct rule_cond *c, const struct rule_about *about)
{
    switch (c->look) {
    case LOOK_LANG:
        return span_is(c->value, lang_word(about->lang));
    case LOOK_PAGE:
        return is_like(about->page, c->value);
    case LOOK_TAG:
        return has_tag(about->cv, c->value);
    default:
        return is_like(about->fields[c->look - LOOK_FIELD], c->value);
    }
}

uint32_t rules_match(const struct rules *r, const struct rule_about *about)
{
    for (size_t i = 0; r != NULL && i < r->n; i++) {
        size_t at = 0;

        while (at < r->rule[i].nconds && cond_holds(&r->rule[i].conds[at], about))
            at++;
        if (at == r->rule[i].nconds)
            return (uint32_t)i + 1;
    }
    return 0;
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

/* Whatever the later one wants, the earlier one wants no more: it takes all of it. */
static bool takes_all_of(const struct rule *before, const struct rule *r)
{
    for (size_t i = 0; i < before->nconds; i++) {
        size_t at = 0;

        while (at < r->nconds && (r->conds[at].look != before->conds[i].look ||
                                  !same_text(r->conds[at].value, before->conds[i].value)))
            at++;
        if (at == r->nconds)
            return false;
    }
    return true;
}

/* One language is spoken, and no other. */
static bool contradicts(const struct rule *r)
{
    for (size_t i = 0; i < r->nconds; i++)
        for (size_t k = 0; k < i; k++)
            if (r->conds[i].look == LOOK_LANG && r->conds[k].look == LOOK_LANG &&
                !same_text(r->conds[i].value, r->conds[k].value))
                return true;
    return false;
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
    if (contradicts(rule))
        return refuse(f, i + 1, REFUSE_RULE_LANGS, SPAN_NONE);
    for (size_t before = 0; before < i; before++)
        if (takes_all_of(&r->rule[before], rule))
            return fault_refuse_with(f, ERR_INVAL, "rules", REFUSE_RULE_NEVER,
                                     VALUES(OF_INT(i + 1), OF_INT(before + 1)));
    return ERR_OK;
}

err_t rules_dept_check(const struct core *k, const struct dept *d, struct fault *f)
{
    struct rules *r;
    err_t err = rules_parse(span_of(d->rules), &r, f);

    for (size_t i = 0; err == ERR_OK && r != NULL && i < r->n; i++)
        err = rule_check(k, d, r, i, f);
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
