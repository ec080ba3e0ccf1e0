/* Who would get a chat that rang now, of anybody or of one visitor, and why not the others. */
#include <stdlib.h>

#include "api_int.h"

struct other {
    const struct agent *ag;
    enum stand stand;
    struct span lacks; /* a skill that the rule names; empty: none */
};

static int other_compare(const void *a, const void *b)
{
    const struct other *x = a, *y = b;

    return strcmp(x->ag->name, y->ag->name);
}

/* The members with chat access but the one who would be asked, or those; the caller's to free. */
static struct other *others_of(const struct core *k, const struct dept *d,
                               const struct agent *taker, const struct id_list *rung,
                               struct span skills, size_t *n)
{
    struct other *all = NULL;
    size_t cap = 0;

    *n = 0;
    for (uint64_t id = 0; core_next_agent(k, &id);) {
        const struct agent *ag = core_agent(k, id);
        enum stand stand = core_stand(d, ag);

        if (ag == taker || stand == STAND_NONE || id_list_has(rung, id))
            continue;
        if (*n == cap) {
            cap = cap != 0 ? 2 * cap : 64;
            all = xrealloc(all, cap * sizeof(*all));
        }
        all[(*n)++] = (struct other){
            ag, stand, stand == STAND_FREE ? core_lacks_skill(ag, skills) : SPAN_NONE};
    }
    if (*n > 0)
        qsort(all, *n, sizeof(*all), other_compare);
    return all;
}

/* Whoever is free and is not asked first is busier, it is not his turn yet, or he is a stranger. */
static const char *passed_word(const struct other *o, enum chosen how)
{
    if (o->stand != STAND_FREE)
        return stand_word(o->stand);
    if (o->lacks.len > 0)
        return "skill";
    return how == CHOSEN_LAST ? "unmet" : "busier";
}

static void others_write(struct jw *j, const struct other *all, size_t n, enum chosen how)
{
    const char *free_word = how == CHOSEN_LAST ? "unmet" : "busier";
    const char *const words[] = {"offline", "status", "full", "skill", free_word};

    jw_key(j, "passed");
    jw_obj(j);
    for (size_t w = 0; w < COUNT_OF(words); w++) {
        size_t count = 0;

        for (size_t i = 0; i < n; i++)
            count += strcmp(passed_word(&all[i], how), words[w]) == 0;
        jw_k_int(j, words[w], (int64_t)count);
    }
    jw_obj_end(j);
    jw_key(j, "others");
    jw_arr(j);
    for (size_t i = 0; i < n && i < OTHERS_MAX; i++) {
        jw_obj(j);
        jw_k_id(j, "agent", all[i].ag->id);
        jw_k_str(j, "name", all[i].ag->name);
        jw_k_str(j, "why", passed_word(&all[i], how));
        if (all[i].lacks.len > 0)
            jw_k_span(j, "lacks", all[i].lacks);
        jw_k_int(j, "load", all[i].ag->active_count + all[i].ag->offer_count);
        jw_k_int(j, "capacity", all[i].ag->capacity);
        jw_obj_end(j);
    }
    jw_arr_end(j);
}

/* At whom it would ring, in their order: how many, and the first by name. */
static void rings_write(struct jw *j, const struct core *k, const struct id_list *rung)
{
    jw_k_int(j, "rings_count", (int64_t)rung->n);
    jw_key(j, "rings");
    jw_arr(j);
    for (size_t i = 0; i < rung->n && i < OTHERS_MAX; i++) {
        jw_obj(j);
        jw_k_id(j, "agent", rung->ids[i]);
        jw_k_str(j, "name", core_agent_name(k, rung->ids[i]));
        jw_obj_end(j);
    }
    jw_arr_end(j);
}

void run_route_explain(struct call *c)
{
    const struct core *k = c->api->env.core;
    const struct reader r = reader_of(k, &c->who);
    const struct dept *d = audience_dept(&r, c->arg[ARG_DEPARTMENT].id);
    const struct agent *taker;
    struct conv_ref ref = {0};
    struct buf b = {0};
    struct jw j = {.b = &b};
    struct other *others;
    struct id_list rung = {0};
    uint64_t agents[RUNG_MAX];
    struct core_rule rule;
    enum chosen how;
    size_t n;

    if (d == NULL || d->deleted) {
        call_refuse(c, ERR_NOTFOUND, "department", REFUSE_DEPARTMENT_UNKNOWN);
        return;
    }
    if (c->arg[ARG_CONVERSATION].has && !conv_take(c, ACT_SEE, &ref))
        return;
    taker = core_next_taker(k, d, ref.cv, &how);
    n = how == CHOSEN_RING ? core_would_ring(d, ref.cv, agents) : 0;
    for (size_t i = 0; i < n; i++)
        id_list_add(&rung, agents[i]);
    if (n > 0)
        taker = NULL;
    (void)core_rule_for(d, ref.cv, &rule);
    others = others_of(k, d, taker, &rung, rule.skills, &n);
    jw_obj(&j);
    jw_k_id(&j, "agent", taker != NULL ? taker->id : 0);
    jw_k_str(&j, "name", taker != NULL ? taker->name : "");
    jw_k_str(&j, "how", chosen_word(how));
    jw_k_str(&j, "door", door_word(core_door(k, d)));
    jw_k_int(&j, "waiting", d->waiting_count);
    others_write(&j, others, n, how);
    if (rung.n > 0)
        rings_write(&j, k, &rung);
    if (rule.rule != 0) {
        jw_k_int(&j, "rule", rule.rule);
        jw_k_span(&j, "skills", rule.skills);
        jw_k_int(&j, "strict_ms", rule.strict_ms);
    }
    jw_obj_end(&j);
    call_ok_now(c, buf_span(&b));
    buf_fini(&b);
    free(others);
    id_list_fini(&rung);
    if (ref.cv != NULL)
        conv_done(&ref);
}
