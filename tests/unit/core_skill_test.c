/* Rules of a department, which name the skills that an agent must have. */
#include <string.h>

#include "core_world.h"
#include "deskbell/id.h"

static int setup(void **state)
{
    if (world_setup(state) != 0)
        return -1;
    return world_set(*state, OBJ_PORTAL, 0, "skills", "billing, Deutsch, 日本語", NULL);
}

static void rules(struct world *w, const char *text)
{
    assert_int_equal(world_set(w, OBJ_DEPT, SALES, "rules", text, NULL), ERR_OK);
}

static void same(const struct conv *cv, const struct conv *copy)
{
    assert_int_equal(copy->rule, cv->rule);
    assert_int_equal(copy->strict, cv->strict);
    assert_int_equal(copy->strict_until_ms, cv->strict_until_ms);
    assert_string_equal(copy->skills, cv->skills);
    assert_int_equal(copy->passed[PASSED_SKILL], cv->passed[PASSED_SKILL]);
}

static uint64_t ring(struct world *w, enum lang lang, const char *page, const char *question)
{
    struct cmd cmd = {.type = CMD_CHAT_START,
                      .who = visitor_(0),
                      .ring = {.dept = SALES,
                               .email = SPAN_LIT("hanako@example.com"),
                               .lang = lang,
                               .page = span_of(page),
                               .question = span_of(question),
                               .here = true}};
    struct world_answer a = world_do(w, &cmd);

    assert_int_equal(a.err, ERR_OK);
    return a.id;
}

/* In this order they would be asked; the last has both skills. */
static struct world_three three(struct world *w)
{
    struct world_three t = world_three(w);

    world_set_agent(w, t.bob, "skills", "Deutsch");
    world_set_agent(w, t.cid, "skills", "deutsch, billing");
    return t;
}

static void what_cannot_be_a_rule_is_refused_by_name(void **state)
{
    struct world *w = *state;
    static const struct {
        const char *text;
        enum refusal why;
        int64_t line;
    } rows[] = {
        {"lang:ja -> cooking", REFUSE_RULE_SKILL, 1},
        {"lang:ja", REFUSE_RULE_FORM, 1},
        {"-> ", REFUSE_RULE_FORM, 1},
        {"lang:xx -> billing", REFUSE_RULE_CONDITION, 1},
        {"moon:full -> billing", REFUSE_RULE_CONDITION, 1},
        {"page: -> billing", REFUSE_RULE_CONDITION, 1},
        {"hello -> billing", REFUSE_RULE_CONDITION, 1},
        {"strict:soon -> billing", REFUSE_RULE_STRICT, 1},
        {"strict:25h -> billing", REFUSE_RULE_STRICT, 1},
        {"lang:ja -> billing\n\nlang:en -> billing, Billing", REFUSE_SKILL_TWICE, -1},
        {"-> billing\nlang:ja -> Deutsch", REFUSE_RULE_NEVER, 2},
        {"lang:ja -> billing\ntag:vip -> Deutsch\nlang:ja -> 日本語", REFUSE_RULE_NEVER, 3},
        {"tag:vip -> billing\nlang:ja tag:VIP -> Deutsch", REFUSE_RULE_NEVER, 2},
        {"lang:ja lang:en -> billing", REFUSE_RULE_LANGS, 1},
        {"phone:+81* -> billing", REFUSE_RULE_FIELD, 1},
        {"page:https://a/ page:https://b/ -> billing", REFUSE_RULE_CONTRADICTS, 1},
        {"page:*/b* page:https://a/ -> billing", REFUSE_RULE_CONTRADICTS, 1},
        {"-> billing\npage:/x/ -> Deutsch", REFUSE_RULE_NEVER, 2},
        {"page:*a* -> billing\npage:*abc* -> Deutsch", REFUSE_RULE_NEVER, 2},
        {"page:*/b*/c -> billing\nlang:ja page:*/b/x/c -> Deutsch", REFUSE_RULE_NEVER, 2},
        {"page:/x\\d/ -> billing\nlang:ja page:/x\\d/ -> Deutsch", REFUSE_RULE_NEVER, 2},
        {"page:/bill(ing/ -> billing", REFUSE_RULE_PATTERN, 1},
        {"lang:ja -> billing\nquestion:/日本[/ -> billing", REFUSE_RULE_PATTERN, 2},
        {"page:/a\\Cb/ -> billing", REFUSE_RULE_PATTERN, 1},
        {"page:/1/ page:/2/ page:/3/ page:/4/ page:/5/ page:/6/ page:/7/ page:/8/ -> billing\n"
         "page:/9/ -> billing",
         REFUSE_RULE_EXPRESSIONS, 0},
        {"tag:a tag:b tag:c tag:d tag:e tag:f tag:g tag:h tag:i -> billing", REFUSE_RULE_LONG, 1},
    };
    char many[RULES_MAX * 40 + 60] = "";
    struct fault f;

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_int_not_equal(world_set(w, OBJ_DEPT, SALES, "rules", rows[i].text, &f), ERR_OK);
        assert_int_equal(f.refusal, rows[i].why);
        assert_string_equal(f.field, "rules");
        if (rows[i].line > 0)
            assert_int_equal(f.values[0].i, rows[i].line);
    }
    for (size_t i = 0; i <= RULES_MAX; i++)
        snprintf(many + strlen(many), 40, "tag:t%zu -> billing\n", i);
    assert_int_not_equal(world_set(w, OBJ_DEPT, SALES, "rules", many, &f), ERR_OK);
    assert_int_equal(f.refusal, REFUSE_RULES_MANY);
    rules(w, "page:/x\\d/ -> billing\npage:/x\\D/ -> Deutsch\npage:*a*b* -> Deutsch\n"
             "page:*b*a* -> billing\ntag:a tag:b page:*x* page:*y* -> billing");
    /* What an earlier program let through stands in no other change's way. */
    struct dept *d = (struct dept *)core_dept(w->k, SALES);
    free(d->rules);
    d->rules = xstrdup("-> billing\n-> Deutsch");
    assert_int_equal(world_set(w, OBJ_DEPT, SALES, "description", "x", NULL), ERR_OK);
    /* Narrower before wider is what rules are for; a phone once it is asked for. */
    rules(w, "lang:ja tag:vip -> billing\nlang:ja -> Deutsch\n-> billing, Deutsch");
    world_set(w, OBJ_DEPT, SALES, "fields.phone", "ask", NULL);
    rules(w, "phone:+81* -> billing");
    assert_int_not_equal(world_set(w, OBJ_DEPT, SALES, "fields.phone", "no", &f), ERR_OK);
    assert_int_equal(f.refusal, REFUSE_RULE_FIELD);
}

static void a_broken_expression_is_refused_at_its_place(void **state)
{
    struct world *w = *state;
    struct fault f;

    assert_int_not_equal(
        world_set(w, OBJ_DEPT, SALES, "rules", "question:/日本語(x/ -> billing", &f), ERR_OK);
    assert_int_equal(f.values[1].i, 5);
    assert_string_equal(f.values[2].text, "missing closing parenthesis");
    assert_int_not_equal(world_set(w, OBJ_DEPT, SALES, "rules", "page:/*a/ -> billing", &f),
                         ERR_OK);
    assert_string_equal(f.values[2].text, "quantifier does not follow a repeatable item");
}

/* Which of these a text is found by. */
static void patterns_are_found(void **state)
{
    struct world *w = *state;
    static const struct {
        const char *pattern, *page;
        bool found;
    } rows[] = {
        {"page:*/bill?x=[1]*", "https://a/BILL?x=[1]&y", true},
        {"page:*/bill?x=[1]*", "https://a/billyx=1", false},
        {"page:*\\d*", "https://a/5", false},
        {"page:*\\d*", "https://a/\\D", true},
        {"page:https://a/*/c", "https://a/b/x/c", true},
        {"page:https://a/*/c", "https://a/b/c/d", false},
        {"page:https://a/", "https://a/b", false},
        {"page:*Ä*", "https://a/ä", true},
        {"page:/^https:\\/\\/[^\\/]+\\/(billing|refunds?)\\b/", "HTTPS://a.example/refund/1", true},
        {"page:/^https:\\/\\/[^\\/]+\\/(billing|refunds?)\\b/", "https://a.example/x/refund",
         false},
        {"page:/(?-i)Bill/", "https://a/bill", false},
        {"page:/a b\"c/", "x a b\"c", true},
        {"page:/a\\/ -> b/", "x a/ -> b", true},
        {"page:/billing*", "/billing/2", true},
        {"page:/billing*", "https://a/billing/2", false},
        {"page:/^$/", "", true},
        {"page:*", "", true},
        {"page:/日本./", "https://a/日本語", true},
    };

    world_agent(w, "ann", SALES);
    world_set(w, OBJ_DEPT, SALES, "queue_max", "100", NULL);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char text[200];

        snprintf(text, sizeof(text), "%s -> billing", rows[i].pattern);
        rules(w, text);
        if (world_conv(w, ring(w, LANG_EN, rows[i].page, "?"))->rule != rows[i].found)
            fail_msg("%s in %s", rows[i].pattern, rows[i].page);
    }
}

static void what_takes_too_long_is_not_there_and_is_told_once(void **state)
{
    struct world *w = *state;
    char page[1800] = "https://a/b";
    uint64_t dept;
    uint32_t rule;

    world_agent(w, "ann", SALES);
    memset(page + strlen(page), 'a', sizeof(page) - strlen(page) - 1);
    rules(w, "page:/nowhere/ -> billing\npage:/(?:a*)*[^a]$/ -> billing\npage:*aaa* -> Deutsch");
    assert_false(core_next_slow_rule(w->k, &dept, &rule));
    assert_int_equal(world_conv(w, ring(w, LANG_EN, page, "?"))->rule, 3);
    assert_int_equal(world_conv(w, ring(w, LANG_EN, page, "?"))->rule, 3);
    assert_true(core_next_slow_rule(w->k, &dept, &rule));
    assert_int_equal(dept, SALES);
    assert_int_equal(rule, 2);
    assert_false(core_next_slow_rule(w->k, &dept, &rule));
    rules(w, "page:/(?:a*)*[^a]$/ -> billing");
    ring(w, LANG_EN, page, "?");
    assert_true(core_next_slow_rule(w->k, &dept, &rule));
    /* Stars never go back over each other. */
    rules(w, "page:*a*a*a*a*a*a*a*a*a*a*b -> billing\n-> Deutsch");
    assert_int_equal(world_conv(w, ring(w, LANG_EN, page, "?"))->rule, 2);
    assert_false(core_next_slow_rule(w->k, &dept, &rule));
}

static void a_rule_that_helps_nobody_is_doubted(void **state)
{
    struct world *w = *state;
    struct world_three t = three(w);
    struct rule_doubt all[2 * RULES_MAX];

    rules(w, "lang:ja -> Deutsch\nlang:en -> 日本語\n-> billing, Deutsch");
    assert_int_equal(core_rule_doubts(w->k, core_dept(w->k, SALES), all), 1);
    assert_int_equal(all[0].rule, 2);
    assert_string_equal(all[0].why, "skills");
    assert_true(span_is(all[0].skills, "日本語"));
    assert_int_equal(world_set(w, OBJ_DEPT, SALES, "languages", "en", NULL), ERR_OK);
    assert_int_equal(core_rule_doubts(w->k, core_dept(w->k, SALES), all), 2);
    assert_int_equal(all[0].rule, 1);
    assert_string_equal(all[0].why, "language");
    /* Being away is no lack; being no member any more is. */
    world_status(w, t.cid, STATUS_AWAY);
    assert_int_equal(core_rule_doubts(w->k, core_dept(w->k, SALES), all), 2);
    assert_int_equal(world_do(w, &(struct cmd){.type = CMD_MEMBER_REMOVE,
                                               .who = operator_(),
                                               .member = {.agent = t.cid, .dept = SALES}})
                         .err,
                     ERR_OK);
    assert_int_equal(core_rule_doubts(w->k, core_dept(w->k, SALES), all), 3);
    assert_int_equal(all[2].rule, 3);
    rules(w, "");
    assert_int_equal(core_rule_doubts(w->k, core_dept(w->k, SALES), all), 0);
}

static void a_skill_that_a_rule_names_stays(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent(w, "ann", SALES);
    struct fault f;

    rules(w, "lang:ja -> Deutsch\nlang:en -> billing");
    assert_int_equal(world_set(w, OBJ_PORTAL, 0, "skills", "Deutsch", &f), ERR_CONFLICT);
    assert_int_equal(f.refusal, REFUSE_SKILL_USED);
    assert_string_equal(f.values[0].text, "billing");
    assert_int_equal(f.values[1].i, 2);
    assert_int_equal(world_set(w, OBJ_PORTAL, 0, "skills", "a, A", &f), ERR_INVAL);
    assert_int_equal(f.refusal, REFUSE_SKILL_TWICE);
    assert_int_equal(world_set(w, OBJ_AGENT, ann, "skills", "cooking", &f), ERR_INVAL);
    assert_int_equal(f.refusal, REFUSE_SKILL_UNKNOWN);
    /* What is taken away from the portal does an agent no harm. */
    world_set_agent(w, ann, "skills", "日本語");
    assert_int_equal(world_set(w, OBJ_PORTAL, 0, "skills", "billing, Deutsch", NULL), ERR_OK);
    world_set_agent(w, ann, "capacity", "5");
}

static void the_first_rule_that_matches_says_whom_it_is_for(void **state)
{
    struct world *w = *state;
    struct world_three t = three(w);
    uint64_t chat;

    rules(w, "page:*/bill?/* -> Deutsch\npage:*/Billing/* question:\"*my order*\" -> billing\n"
             "lang:ja -> Deutsch");
    chat = ring(w, LANG_EN, "https://shop.example/billing/3", "Where is My Order?");
    assert_offered(w, t.cid, chat);
    assert_int_equal(world_conv(w, chat)->rule, 2);
    assert_string_equal(world_conv(w, chat)->skills, "billing");
    assert_int_equal(world_conv(w, chat)->passed[PASSED_SKILL], 2);
    assert_int_equal(world_conv(w, chat)->others[0].agent, t.ann);
    assert_int_equal(world_conv(w, chat)->others[0].why, PASSED_SKILL);
    world_assert_kept(w, same);
    assert_offered(w, t.bob, ring(w, LANG_JA, "https://shop.example/", "?"));
    chat = ring(w, LANG_EN, "https://shop.example/billing/3", "?");
    assert_offered(w, t.ann, chat);
    assert_int_equal(world_conv(w, chat)->rule, 0);
}

/* Without strictness, or behind it: first those who have them, then all. */
static void who_has_the_skills_is_asked_first_and_then_all(void **state)
{
    struct world *w = *state;
    struct world_three t = three(w);
    uint64_t chat;

    rules(w, "lang:ja -> Deutsch");
    chat = ring(w, LANG_JA, "", "?");
    assert_offered(w, t.bob, chat);
    world_decline(w, t.bob, chat);
    assert_offered(w, t.cid, chat);
    world_decline(w, t.cid, chat);
    assert_offered(w, t.ann, chat);
    world_decline(w, t.ann, chat);
    world_advance(w, 10000); /* the pause: the next round is alike */
    assert_offered(w, t.bob, chat);
    world_assert_replays(w);
}

static void strict_holds_for_its_time_and_no_longer(void **state)
{
    struct world *w = *state;
    struct world_three t = three(w);
    uint64_t chat, other;
    struct fault f;
    const struct agent *ann = world_agent_of(w, t.ann);

    rules(w, "lang:ja strict:60s -> billing");
    world_status(w, t.cid, STATUS_AWAY);
    chat = ring(w, LANG_JA, "", "?");
    assert_state(w, chat, CONV_WAITING);
    world_assert_kept(w, same);
    other = ring(w, LANG_EN, "", "?"); /* nobody is held back behind it */
    assert_offered(w, t.ann, other);
    /* Nor can it be given to one who lacks them. */
    assert_int_equal(core_may_assign(world_conv(w, chat), ann, &f), ERR_CONFLICT);
    assert_int_equal(f.refusal, REFUSE_AGENT_NO_SKILL);
    assert_string_equal(f.values[1].text, "billing");
    world_advance(w, 59999);
    assert_state(w, chat, CONV_WAITING);
    world_restart(w, 0);
    world_connect(w, t.ann);
    world_connect(w, t.bob);
    assert_state(w, chat, CONV_WAITING);
    world_advance(w, 1);
    assert_int_equal(world_count(w, REC_CONV_RELAXED), 1);
    assert_int_equal(world_conv(w, chat)->state, CONV_OFFERED);
    assert_int_equal(core_may_assign(world_conv(w, chat), ann, &f), ERR_OK);
    world_assert_kept(w, same);
}

static void who_gets_the_skills_is_asked_at_once(void **state)
{
    struct world *w = *state;
    struct world_three t = three(w);
    uint64_t chat;

    rules(w, "lang:ja strict:60s -> 日本語");
    chat = ring(w, LANG_JA, "", "?");
    assert_state(w, chat, CONV_WAITING);
    world_set_agent(w, t.bob, "skills", "Deutsch, 日本語");
    assert_offered(w, t.bob, chat);
    world_decline(w, t.bob, chat);
    assert_state(w, chat, CONV_WAITING);
    /* No rule names these any more: it is anybody's. */
    rules(w, "lang:en -> billing");
    assert_offered(w, t.ann, chat);
    world_assert_replays(w);
}

static void a_strict_chat_rings_at_those_who_have_them(void **state)
{
    struct world *w = *state;
    struct world_three t = three(w);
    uint64_t chat;

    world_set(w, OBJ_DEPT, SALES, "strategy", "ring-all", NULL);
    rules(w, "lang:ja strict:15s -> Deutsch");
    chat = ring(w, LANG_JA, "", "?");
    assert_int_equal(world_conv(w, chat)->nrung, 2);
    assert_false(conv_is_offered_to(world_conv(w, chat), t.ann));
    assert_int_equal(world_conv(w, chat)->passed[PASSED_SKILL], 1);
    world_set_agent(w, t.bob, "skills", "billing");
    assert_false(conv_is_offered_to(world_conv(w, chat), t.bob));
    world_advance(w, 15000);
    assert_int_equal(world_conv(w, chat)->nrung, 3); /* and then at all */
    world_assert_kept(w, same);
}

/* It comes to wait elsewhere: by the rules of there, and by what it is called by now. */
static void rules_are_those_of_where_it_waits(void **state)
{
    struct world *w = *state;
    struct world_three t = three(w);
    uint64_t help = world_dept(w, "Help", "private"), eve, chat;
    char key[] = "vip";
    struct cmd tag = {.type = CMD_CONV_TAG, .tag = {span_of(key), span_of(key)}};
    struct cmd hand = {.type = CMD_CONV_TRANSFER, .transfer = {.dept = help}};

    rules(w, "strict:60s -> billing");
    world_set(w, OBJ_DEPT, help, "rules", "lang:ja -> billing\ntag:vip -> Deutsch", NULL);
    eve = world_agent(w, "eve", help);
    chat = ring(w, LANG_EN, "", "?");
    assert_offered(w, t.cid, chat);
    world_accept(w, t.cid, chat);
    assert_int_equal(world_conv(w, chat)->rule, 1);
    tag.conv = hand.conv = chat;
    tag.who = hand.who = agent_(t.cid);
    world_do(w, &tag);
    assert_int_equal(world_do(w, &hand).err, ERR_OK);
    assert_int_equal(world_conv(w, chat)->rule, 2);
    assert_offered(w, eve, chat); /* nobody there has them, and it is not strict */
    world_assert_replays(w);
}

/* Somebody free is no open door for one whose turn never comes. */
static void who_waits_for_skills_fills_a_queue(void **state)
{
    struct world *w = *state;
    struct world_three t = three(w);

    world_set(w, OBJ_DEPT, SALES, "queue_max", "2", NULL);
    rules(w, "strict:60s -> 日本語");
    ring(w, LANG_JA, "", "?");
    ring(w, LANG_JA, "", "?");
    assert_int_equal(world_try_ring(w, SALES).err, ERR_CLOSED);
    assert_true(t.ann != 0);
}

static void the_dry_run_goes_by_the_rule(void **state)
{
    struct world *w = *state;
    struct world_three t = three(w);
    uint64_t chat, agents[RUNG_MAX];
    struct core_rule rule;
    enum chosen how;

    rules(w, "lang:ja strict:60s -> billing\nlang:en -> Deutsch");
    chat = ring(w, LANG_JA, "", "?");
    const struct dept *d = core_dept(w->k, SALES);
    assert_int_equal(core_rule_for(d, world_conv(w, chat), &rule), 1);
    assert_int_equal(rule.strict_ms, 60000);
    assert_ptr_equal(core_next_taker(w->k, d, world_conv(w, chat), &how), world_agent_of(w, t.cid));
    assert_ptr_equal(core_next_taker(w->k, d, NULL, &how), world_agent_of(w, t.ann));
    assert_int_equal(core_would_ring(d, world_conv(w, chat), agents), 1);
    world_status(w, t.cid, STATUS_AWAY);
    assert_null(core_next_taker(w->k, d, world_conv(w, chat), &how));
    assert_int_equal(how, CHOSEN_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, world_teardown)
        T(what_cannot_be_a_rule_is_refused_by_name),
        T(a_broken_expression_is_refused_at_its_place),
        T(patterns_are_found),
        T(what_takes_too_long_is_not_there_and_is_told_once),
        T(a_rule_that_helps_nobody_is_doubted),
        T(a_skill_that_a_rule_names_stays),
        T(the_first_rule_that_matches_says_whom_it_is_for),
        T(who_has_the_skills_is_asked_first_and_then_all),
        T(strict_holds_for_its_time_and_no_longer),
        T(who_gets_the_skills_is_asked_at_once),
        T(a_strict_chat_rings_at_those_who_have_them),
        T(rules_are_those_of_where_it_waits),
        T(who_waits_for_skills_fills_a_queue),
        T(the_dry_run_goes_by_the_rule),
#undef T
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
