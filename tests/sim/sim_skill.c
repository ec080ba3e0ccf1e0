/*
 * What must hold of rules: the first that matches is the one, whoever has not its skills is not
 * asked while it is strict, and after that those who have them are asked first.
 */
#include <ctype.h>

#include "sim.h"

/* A skill is one letter here, so that whoever has them is told by looking for letters. */
static const char *const texts[] = {
    "",
    "lang:ja strict:20s -> x",
    "lang:ja -> y\nstrict:15s -> x, y",
    "question:*help* strict:5s -> x\nlang:en -> y\nstrict:40s -> x",
};

/* Which of these would match, told apart from how it is written. */
static unsigned rule_of(const char *rules, const struct conv *cv)
{
    bool ja = cv->lang == LANG_JA, help = strstr(cv->question, "help") != NULL;

    if (strcmp(rules, texts[1]) == 0)
        return ja ? 1 : 0;
    if (strcmp(rules, texts[2]) == 0)
        return ja ? 1 : 2;
    if (strcmp(rules, texts[3]) == 0)
        return help ? 1 : !ja ? 2 : 3;
    return 0;
}

void skill_step(struct sim *s, size_t at)
{
    static const char *const skills[] = {"", "x", "y", "x, y"};
    uint64_t agent = s->clients[sim_roll(s, SIM_AGENTS)].id;

    sim_set(s, OBJ_PORTAL, 0, "skills", 0, "x, y");
    sim_set(s, OBJ_DEPT, s->depts[at], "rules", 0, texts[sim_roll(s, COUNT_OF(texts))]);
    if (core_agent(s->core, agent) != NULL)
        sim_set(s, OBJ_AGENT, agent, "skills", 0, skills[sim_roll(s, COUNT_OF(skills))]);
}

static bool has_all(const struct agent *ag, const char *skills)
{
    for (; *skills != '\0'; skills++)
        if (isalpha((unsigned char)*skills) && strchr(ag->skills, *skills) == NULL)
            return false;
    return true;
}

/* Its department has a rule with these skills still: else anybody may have it. */
static bool is_in_force(const struct sim *s, const struct shadow *sh)
{
    const struct dept *d = core_dept(s->core, sh->dept);
    char end[24];

    if (d == NULL || sh->skills[0] == '\0')
        return false;
    snprintf(end, sizeof(end), "-> %s", sh->skills);
    for (const char *p = d->rules; (p = strstr(p, end)) != NULL; p++)
        if (p[strlen(end)] == '\0' || p[strlen(end)] == '\n')
            return true;
    return false;
}

bool skill_forbids(const struct sim *s, const struct shadow *sh, const struct agent *ag,
                   uint64_t dept)
{
    return sh->strict && dept == sh->dept && is_in_force(s, sh) && !has_all(ag, sh->skills);
}

bool skill_prefers(const struct sim *s, const struct shadow *sh, const struct agent *ag,
                   uint64_t dept)
{
    return dept == sh->dept && is_in_force(s, sh) && has_all(ag, sh->skills);
}

bool skill_lacks(const struct shadow *sh, const struct agent *ag)
{
    return !has_all(ag, sh->skills);
}

void shadow_skill(struct shadow *sh, const struct rec *rec)
{
    switch (rec->type) {
    case REC_CONV_RULED:
        snprintf(sh->skills, sizeof(sh->skills), "%.*s", (int)rec->ruled.skills.len,
                 rec->ruled.skills.p);
        sh->rule = rec->ruled.rule;
        sh->strict = rec->ruled.until_ms != 0;
        sh->strict_ms = rec->ruled.until_ms;
        break;
    case REC_CONV_RELAXED:
        sh->strict = false;
        break;
    case REC_CONV_TRANSFERRED:
    case REC_CONV_MOVED:
    case REC_CONV_CAME_BACK:
        sh->skills[0] = '\0';
        sh->rule = 0;
        sh->strict = false;
        break;
    default:
        break;
    }
}

/* It comes to wait somewhere: by the first rule that matches, which stands right behind. */
static bool comes_to_wait(const struct rec *rec)
{
    return rec->type == REC_CONV_RANG || rec->type == REC_CONV_QUEUED ||
           rec->type == REC_CONV_MOVED ||
           ((rec->type == REC_CONV_TRANSFERRED || rec->type == REC_CONV_CAME_BACK) &&
            rec->transfer.agent == 0);
}

/* Just after it was folded. */
void rules_of_skills(struct sim *s, const struct rec *rec, struct shadow *sh)
{
    const struct conv *cv = core_conv(s->core, rec->obj);
    const struct dept *d = core_dept(s->core, sh->dept);

    if (sh->rule_due != 0 && (rec->type != REC_CONV_RULED || rec->ruled.rule != sh->rule_due))
        sim_fail(s, "RTE-14: %llu does not wait by rule %u", (unsigned long long)sh->id,
                 sh->rule_due);
    if (rec->type == REC_CONV_RULED && sh->rule_due == 0)
        sim_fail(s, "RTE-14: %llu waits by a rule that does not match", (unsigned long long)sh->id);
    sh->rule_due = comes_to_wait(rec) && d != NULL && cv != NULL ? rule_of(d->rules, cv) : 0;
    s->did.ruled += rec->type == REC_CONV_RULED;
    s->did.relaxed += rec->type == REC_CONV_RELAXED;
    if (rec->type == REC_CONV_RELAXED && rec->time_ms < sh->strict_ms)
        sim_fail(s, "RTE-14: %llu is anybody's before its time", (unsigned long long)sh->id);
}

/* When nothing is due. */
void rules_of_ruled(struct sim *s, const struct conv *cv, const struct shadow *sh)
{
    if (cv->rule != sh->rule || cv->strict != sh->strict || strcmp(cv->skills, sh->skills) != 0)
        sim_fail(s, "RTE-14: %llu waits by another rule than its records say",
                 (unsigned long long)cv->id);
    if (cv->strict && (cv->state == CONV_WAITING || cv->state == CONV_OFFERED) &&
        s->told.now_ms >= s->floor_ms && cv->strict_until_ms <= s->told.now_ms)
        sim_fail(s, "RTE-14: %llu stays strict beyond its time", (unsigned long long)cv->id);
}
