/* Saved views: who keeps, uses and changes which, what is refused, and what goes with whom. */
#include "core_world.h"

#include "../../src/core/core_int.h"

static struct world_answer add(struct world *w, struct principal who, uint64_t agent, uint64_t dept,
                               const char *name)
{
    return world_do(w, &(struct cmd){.type = CMD_VIEW_ADD,
                                     .who = who,
                                     .saved = {.agent = agent,
                                               .dept = dept,
                                               .name = span_of(name),
                                               .tag = SPAN_LIT(" VIP "),
                                               .tag_key = SPAN_LIT("vip")}});
}

enum { NONE, USE, EDIT };

static void rights_follow_the_owner(void **state)
{
    struct world *w = *state;
    uint64_t help = world_dept(w, "Help", "public");
    uint64_t ann = world_agent_idle(w, "ann", SALES), bob = world_agent_idle(w, "bob", SALES);
    uint64_t eve = world_agent_idle(w, "eve", help), lea = world_agent_idle(w, "lea", SALES);
    uint64_t root = world_agent_idle(w, "root", 0), off = world_agent_idle(w, "off", SALES);
    const struct {
        struct principal who;
        int ann, bob, lea, sales, help;
    } rows[] = {
        {operator_(), EDIT, EDIT, EDIT, EDIT, EDIT}, {agent_(root), NONE, NONE, NONE, EDIT, EDIT},
        {agent_(ann), EDIT, NONE, NONE, EDIT, NONE}, {agent_(bob), NONE, EDIT, NONE, USE, NONE},
        {agent_(eve), NONE, NONE, NONE, NONE, USE},  {agent_(lea), NONE, NONE, EDIT, USE, NONE},
        {agent_(off), NONE, NONE, NONE, NONE, NONE}, {visitor_(7), NONE, NONE, NONE, NONE, NONE},
    };
    char name[32];

    world_set_agent(w, ann, "permissions", "supervise");
    world_set_agent(w, lea, "permissions", "supervise");
    world_set_agent(w, lea, "role", "light");
    world_set_agent(w, root, "role", "admin");
    world_set_agent(w, off, "enabled", "off");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const uint64_t owners[][2] = {{ann, 0}, {bob, 0}, {lea, 0}, {0, SALES}, {0, help}};
        const int want[] = {rows[i].ann, rows[i].bob, rows[i].lea, rows[i].sales, rows[i].help};
        struct reader r = reader_of(w->k, &rows[i].who);

        for (size_t o = 0; o < COUNT_OF(owners); o++) {
            unsigned rights = audience_saved(&r, owners[o][0], owners[o][1]);

            print_message("  row %zu, owner %zu\n", i, o);
            assert_int_equal((rights & BIT(SAVED_USE)) != 0, want[o] != NONE);
            assert_int_equal((rights & BIT(SAVED_EDIT)) != 0, want[o] == EDIT);
            snprintf(name, sizeof(name), "by %zu", i);
            assert_int_equal(add(w, rows[i].who, owners[o][0], owners[o][1], name).err == ERR_OK,
                             want[o] == EDIT);
        }
    }
}

static void what_cannot_be_saved_is_refused_with_the_field(void **state)
{
    struct world *w = *state;
    uint64_t help = world_dept(w, "Help", "private");
    uint64_t ann = world_agent_idle(w, "ann", SALES);
    uint64_t eve = world_agent_idle(w, "eve", help);
    char long_name[SAVED_NAME_MAX_CODEPOINTS + 2], words[SEARCH_TEXT_MAX_CODEPOINTS + 1];
    const struct {
        struct cmd_saved saved;
        const char *field;
        enum refusal why;
    } rows[] = {
        {{.name = SPAN_LIT("  ")}, "name", REFUSE_EMPTY},
        {{.name = SPAN_LIT("a\nb")}, "name", REFUSE_ONE_LINE},
        {{.name = {long_name, sizeof(long_name) - 1}}, "name", REFUSE_TOO_LONG},
        {{.name = SPAN_LIT(" Mine ")}, "name", REFUSE_VIEW_TAKEN},
        {{.name = SPAN_LIT("x"), .shows = {LIST_MISSED, FILTER_OPEN}}, "filter", REFUSE_WORD},
        {{.name = SPAN_LIT("x"), .of = help}, "of", REFUSE_DEPARTMENT_UNKNOWN},
        {{.name = SPAN_LIT("x"), .of = 12345}, "of", REFUSE_DEPARTMENT_UNKNOWN},
        {{.name = SPAN_LIT("x"), .tag = SPAN_LIT("a\nb"), .tag_key = SPAN_LIT("a")},
         "tag",
         REFUSE_ONE_LINE},
        {{.name = SPAN_LIT("x"), .shows = {LIST_ALL, FILTER_OPEN, 1}}, "filter", REFUSE_WORD},
        {{.name = SPAN_LIT("x"), .shows = {[SHOWS_SEARCH] = 1}, .text = SPAN_LIT("a\nb")},
         "text",
         REFUSE_ONE_LINE},
        {{.name = SPAN_LIT("x"), .shows = {[SHOWS_SEARCH] = 1}, .contact = {words, sizeof(words)}},
         "contact",
         REFUSE_TOO_LONG},
        {{.name = SPAN_LIT("x"), .shows = {[SHOWS_SEARCH] = 1}, .held_by = eve},
         "held_by",
         REFUSE_AGENT_UNKNOWN},
        {{.name = SPAN_LIT("x"), .shows = {[SHOWS_SEARCH] = 1}, .since_ms = 9, .before_ms = 9},
         "before_ms",
         REFUSE_SPAN_EMPTY},
    };

    memset(words, 'w', sizeof(words));
    memset(long_name, 'n', sizeof(long_name) - 1);
    long_name[sizeof(long_name) - 1] = '\0';
    assert_int_equal(add(w, agent_(ann), ann, 0, "Mine").err, ERR_OK);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct cmd cmd = {.type = CMD_VIEW_ADD, .who = agent_(ann), .saved = rows[i].saved};
        struct world_answer a;

        cmd.saved.agent = ann;
        print_message("  row %zu\n", i);
        a = world_do(w, &cmd);
        assert_int_not_equal(a.err, ERR_OK);
        assert_string_equal(a.fault.field, rows[i].field);
        assert_int_equal(a.fault.refusal, rows[i].why);
    }
}

static void an_owner_has_so_many_and_no_more(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent_idle(w, "ann", SALES), bob = world_agent_idle(w, "bob", SALES);
    char name[32];

    for (unsigned i = 0; i < SAVED_OWN_MAX; i++) {
        snprintf(name, sizeof(name), "v %u", i);
        assert_int_equal(add(w, agent_(ann), ann, 0, name).err, ERR_OK);
        if (i < SAVED_DEPT_MAX)
            assert_int_equal(add(w, operator_(), 0, SALES, name).err, ERR_OK);
    }
    assert_int_equal(add(w, agent_(ann), ann, 0, "more").err, ERR_FULL);
    assert_int_equal(add(w, operator_(), 0, SALES, "more").err, ERR_FULL);
    assert_int_equal(add(w, agent_(bob), bob, 0, "more").err, ERR_OK);
}

static void the_second_of_two_is_told_who_was_first(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent_idle(w, "ann", SALES);
    uint64_t id = add(w, operator_(), 0, SALES, "VIP").id;
    struct cmd cmd = {.type = CMD_VIEW_SET,
                      .who = agent_(ann),
                      .saved = {.view = id,
                                .version = 1,
                                .name = SPAN_LIT("VIP 2"),
                                .shows = {LIST_ALL, FILTER_UNREPLIED}}};
    const struct saved *s = core_saved(w->k, id);

    assert_string_equal(s->tag, "VIP");
    assert_int_equal(saved_want(s).tag, tag_hash(SPAN_LIT("vip")));
    assert_int_equal(world_do(w, &cmd).err, ERR_DENIED);
    world_set_agent(w, ann, "permissions", "supervise");
    assert_int_equal(world_do(w, &cmd).err, ERR_OK);
    s = core_saved(w->k, id);
    assert_string_equal(s->name, "VIP 2");
    assert_string_equal(s->tag, "");
    assert_int_equal(saved_want(s).tag, 0);
    assert_int_equal(saved_want(s).filter, FILTER_UNREPLIED);
    cmd.who = operator_();
    cmd.saved.name = SPAN_LIT("VIP 3");
    assert_int_equal(world_do(w, &cmd).fault.refusal, REFUSE_STALE);
    cmd.saved.version = 2;
    cmd.saved.name = SPAN_LIT("VIP 2");
    assert_true(world_do(w, &cmd).unchanged);
}

static void assert_search(const struct core *k, uint64_t id, uint64_t held_by)
{
    const struct saved *s = core_saved(k, id);

    assert_int_equal(s->shows[SHOWS_SEARCH], 1);
    assert_int_equal(s->shows[SHOWS_STATES], STATES_ENDED);
    assert_int_equal(s->shows[SHOWS_RATING], 2);
    assert_int_equal(s->shows[SHOWS_DAYS], 7);
    assert_int_equal(s->held_by, held_by);
    assert_int_equal(s->since_ms, 5);
    assert_int_equal(s->before_ms, 900);
    assert_string_equal(s->text, "gift wrap");
    assert_string_equal(s->contact, "vera");
}

/* By the journal and by the images; each part of it changes, and the same again changes nothing. */
static void all_that_a_search_asks_is_kept(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent_idle(w, "ann", SALES), id;
    struct cmd cmd = {
        .type = CMD_VIEW_ADD,
        .who = agent_(ann),
        .saved = {.agent = ann,
                  .name = SPAN_LIT("Poor"),
                  .shows = {LIST_ALL, FILTER_NONE, 1, STATES_ENDED, 2, 7},
                  .held_by = ann,
                  .since_ms = 5,
                  .before_ms = 900,
                  .text = SPAN_LIT(" gift wrap "),
                  .contact = SPAN_LIT("vera")},
    };
    struct core *copy;

    id = world_do(w, &cmd).id;
    assert_search(w->k, id, ann);
    copy = world_copy_by_images(w);
    assert_search(copy, id, ann);
    core_free(copy);
    world_assert_replays(w);
    cmd.type = CMD_VIEW_SET;
    cmd.saved.view = id;
    assert_true(world_do(w, &cmd).unchanged);
    for (unsigned part = 0; part < 5; part++) {
        struct cmd other = cmd;

        other.saved.held_by = part == 0 ? 0 : ann;
        other.saved.since_ms = part == 1 ? 6 : 5;
        other.saved.before_ms = part == 2 ? 901 : 900;
        other.saved.text = part == 3 ? SPAN_LIT("gift") : cmd.saved.text;
        other.saved.contact = part == 4 ? SPAN_NONE : cmd.saved.contact;
        assert_false(world_do(w, &other).unchanged);
        assert_false(world_do(w, &cmd).unchanged);
    }
    assert_search(w->k, id, ann);
}

/* A view of his goes with the agent, one of a department with that; the others stay. */
static void views_go_with_whose_they_are(void **state)
{
    struct world *w = *state;
    uint64_t help = world_dept(w, "Help", "public");
    uint64_t ann = world_agent_idle(w, "ann", SALES);
    uint64_t own = add(w, agent_(ann), ann, 0, "VIP").id;
    uint64_t helps = add(w, operator_(), 0, help, "VIP").id;
    uint64_t sales = add(w, operator_(), 0, SALES, "VIP").id, id = 0;
    struct cmd cmd = {.type = CMD_VIEW_REMOVE, .who = agent_(ann), .saved.view = own};

    assert_int_equal(
        world_do(w, &(struct cmd){.type = CMD_DEPT_REMOVE, .who = operator_(), .dept = help}).err,
        ERR_OK);
    assert_null(core_saved(w->k, helps));
    assert_non_null(core_saved(w->k, own));
    assert_int_equal(
        world_do(
            w, &(struct cmd){.type = CMD_AGENT_REMOVE, .who = operator_(), .agent_end.agent = ann})
            .err,
        ERR_OK);
    assert_null(core_saved(w->k, own));
    cmd.who = operator_();
    assert_int_equal(world_do(w, &cmd).err, ERR_NOTFOUND);
    cmd.saved.view = sales;
    assert_int_equal(world_do(w, &cmd).err, ERR_OK);
    assert_false(core_next_saved(w->k, &id));
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, world_setup, world_teardown)
    const struct CMUnitTest tests[] = {
        TEST(rights_follow_the_owner),
        TEST(what_cannot_be_saved_is_refused_with_the_field),
        TEST(an_owner_has_so_many_and_no_more),
        TEST(the_second_of_two_is_told_who_was_first),
        TEST(all_that_a_search_asks_is_kept),
        TEST(views_go_with_whose_they_are),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
