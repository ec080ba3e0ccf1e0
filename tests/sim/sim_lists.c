/*
 * What must hold of lists: for each reader, list and department the rows shown are the
 * conversations that the rights let be seen, found where the audience says, and the count is their
 * number.  The rights are told a second time here, naively, over what the records say.
 */
#include "sim.h"

#define LISTS_EVERY 16 /* settled states */

static bool is_member(const struct agent *ag, uint64_t dept)
{
    for (size_t i = 0; i < ag->nmembers; i++)
        if (ag->members[i].dept == dept)
            return true;
    return false;
}

static bool sees(const struct agent *ag, const struct shadow *sh)
{
    bool held = sh->state == CONV_ACTIVE || sh->state == CONV_ENDED;
    bool handed = sh->handed_dept != 0 && sh->handed_by == ag->id && ag->role != ROLE_LIGHT;
    bool own = handed || shadow_rings_at(sh, ag->id) ||
               (sh->agent == ag->id && (held || sh->state == CONV_OFFERED));
    bool team = is_member(ag, sh->dept);

    if (!ag->enabled || ag->role == ROLE_ADMIN)
        return ag->enabled;
    if (ag->role != ROLE_LIGHT && ag->scope == SCOPE_OWN_UNASSIGNED)
        return own || (team && !held);
    return own || team;
}

static bool is_in(const struct agent *ag, enum list list, const struct shadow *sh)
{
    bool waits = sh->state == CONV_LEFT || sh->state == CONV_WAITING || sh->state == CONV_OFFERED;

    if (ag != NULL && !sees(ag, sh))
        return false;
    switch (list) {
    case LIST_ALL:
        return true;
    case LIST_MINE:
        if (ag != NULL && sh->handed_dept != 0)
            return sh->handed_by == ag->id;
        return ag != NULL && sh->state == CONV_ACTIVE && sh->agent == ag->id;
    case LIST_UNASSIGNED:
        return waits && (ag == NULL || ag->role != ROLE_LIGHT);
    case LIST_COMPLETED:
        return sh->state == CONV_ENDED;
    case LIST_MISSED:
        return sh->state == CONV_MISSED;
    case LIST_TO_ANSWER:
        return sh->state == CONV_MISSED && sh->box == BOX_TO_ANSWER;
    case LIST_ANSWERED:
        return sh->state == CONV_MISSED && sh->box == BOX_ANSWERED;
    case LIST_PUT_AWAY:
        return sh->state == CONV_MISSED && sh->box == BOX_PUT_AWAY;
    default:
        return false;
    }
}

static bool is_looked_at(const struct reader *r, const struct list_want *want,
                         const struct shadow *sh)
{
    uint64_t dept = 0;

    if (r->agent != NULL && sh->agent == r->agent->id &&
        (sh->state == CONV_ACTIVE || sh->state == CONV_OFFERED))
        return true; /* what an agent holds or is offered is looked through anyhow */
    if (r->agent != NULL && shadow_rings_at(sh, r->agent->id))
        return true; /* or what rings at him */
    if (r->agent != NULL && sh->handed_dept != 0 && sh->handed_by == r->agent->id)
        return true; /* and what he has handed on */
    while (audience_next_list_dept(r, want, &dept))
        if (dept == sh->dept)
            return true;
    return false;
}

static void check_row(const struct sim *s, const struct reader *r, const struct list_want *want,
                      const struct shadow *sh, bool in)
{
    const struct conv past = {
        .id = sh->id, .dept = sh->dept, .agent = sh->agent, .state = sh->state, .box = sh->box};
    const struct conv *cv = core_conv(s->core, sh->id);
    unsigned long long who = r->agent != NULL ? r->agent->id : 0;

    if (audience_in_list(r, want, cv != NULL ? cv : &past) != in)
        sim_fail(s, "rights: %llu stands %s list %s of %llu", (unsigned long long)sh->id,
                 in ? "not in" : "in", list_word(want->list), who);
    if (in && !is_looked_at(r, want, sh))
        sim_fail(s, "rights: %llu is not found for list %s of %llu", (unsigned long long)sh->id,
                 list_word(want->list), who);
}

static void check_count(const struct sim *s, const struct reader *r, const struct list_want *want,
                        uint64_t rows)
{
    uint64_t count = audience_count(r, want);

    if (count != rows)
        sim_fail(s, "rights: list %s of %llu in department %llu counts %llu and has %llu",
                 list_word(want->list), r->agent != NULL ? (unsigned long long)r->agent->id : 0,
                 (unsigned long long)want->dept, (unsigned long long)count,
                 (unsigned long long)rows);
}

/* Whoever counts by parts gets the same: what is open, and the rows of each part. */
struct part_sum {
    const struct sim *s;
    uint64_t rows;
};

static void part_add(void *arg, const struct count_part *part)
{
    struct part_sum *sum = arg;

    for (size_t i = 0; i < sum->s->nshadows; i++) {
        const struct shadow *sh = sum->s->shadows[i];

        sum->rows += is_in(NULL, part->list, sh) && (part->dept == 0 || part->dept == sh->dept) &&
                     (part->agent == 0 || part->agent == sh->agent);
    }
}

static void check_parts(const struct sim *s, const struct reader *r, const struct agent *ag,
                        const struct list_want *want, uint64_t rows)
{
    struct part_sum sum = {.s = s};

    for (size_t i = 0; i < s->nshadows; i++) {
        const struct shadow *sh = s->shadows[i];

        sum.rows += sh->state != CONV_ENDED && sh->state != CONV_MISSED &&
                    (want->dept == 0 || want->dept == sh->dept) && is_in(ag, want->list, sh);
    }
    audience_count_parts(r, want, part_add, &sum);
    if (sum.rows != rows)
        sim_fail(s, "rights: list %s of %llu in department %llu has %llu in its parts and %llu",
                 list_word(want->list), ag != NULL ? (unsigned long long)ag->id : 0,
                 (unsigned long long)want->dept, (unsigned long long)sum.rows,
                 (unsigned long long)rows);
}

/* Departments, deleted ones too, with the rows of one list. */
struct tally {
    uint64_t dept[64], rows[64];
    size_t n;
};

static void tally_begin(const struct sim *s, struct tally *t)
{
    const struct reader whole = {.core = s->core, .kind = READER_ALL};
    uint64_t dept = 0;

    for (t->n = 0; t->n < COUNT_OF(t->dept) && audience_next_dept(&whole, &dept); t->n++) {
        t->dept[t->n] = dept;
        t->rows[t->n] = 0;
    }
}

static void tally_add(struct tally *t, uint64_t dept)
{
    for (size_t i = 0; i < t->n; i++)
        t->rows[i] += t->dept[i] == dept;
}

/* `ag` NULL: the operator. */
static void check_list(const struct sim *s, const struct reader *r, const struct agent *ag,
                       enum list list)
{
    struct list_want want = {.list = list};
    struct tally t;
    uint64_t all = 0;

    tally_begin(s, &t);
    for (size_t i = 0; i < s->nshadows; i++) {
        bool in = is_in(ag, list, s->shadows[i]);

        check_row(s, r, &want, s->shadows[i], in);
        all += in;
        if (in)
            tally_add(&t, s->shadows[i]->dept);
    }
    check_count(s, r, &want, all);
    check_parts(s, r, ag, &want, all);
    for (size_t i = 0; i < t.n; i++) {
        want.dept = t.dept[i];
        check_count(s, r, &want, t.rows[i]);
        check_parts(s, r, ag, &want, t.rows[i]);
    }
}

static void check_members(const struct sim *s, const struct agent *ag)
{
    for (size_t i = 0; i < ag->nmembers; i++)
        if (core_dept(s->core, ag->members[i].dept) == NULL)
            sim_fail(s, "DEP-7: %llu is a member of a deleted department",
                     (unsigned long long)ag->id);
}

void rules_of_lists(struct sim *s)
{
    const struct principal who = {.kind = BY_OPERATOR};
    struct reader r = reader_of(s->core, &who);

    if (s->settled++ % LISTS_EVERY != 0)
        return;
    for (enum list list = LIST_ALL; list < LIST_COUNT; list++)
        if (list != LIST_BLOCKED)
            check_list(s, &r, NULL, list);
    for (unsigned i = 0; i < SIM_AGENTS; i++) {
        const struct agent *ag = core_agent(s->core, s->clients[i].id);

        if (ag == NULL)
            continue;
        check_members(s, ag);
        r = reader_of_agent(s->core, ag->id);
        for (enum list list = LIST_ALL; list < LIST_COUNT; list++)
            if (list != LIST_BLOCKED)
                check_list(s, &r, ag, list);
    }
}
