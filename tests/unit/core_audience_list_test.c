/* Who finds what in lists, what they count, and who knows of a department, deleted ones included.
 */
#include "core_world.h"

static const struct list_want every[] = {
    {.list = LIST_ALL},       {.list = LIST_MINE},     {.list = LIST_UNASSIGNED},
    {.list = LIST_COMPLETED}, {.list = LIST_MISSED},   {.list = LIST_TO_ANSWER},
    {.list = LIST_ANSWERED},  {.list = LIST_PUT_AWAY},
};

/* The rows that somebody finds who looks where the audience says. */
static uint64_t rows_found(struct world *w, const struct reader *r, const struct list_want *want)
{
    uint64_t rows = 0, places = 0, id = 0, at, before = 0;

    while (core_next_conv(w->k, &id)) {
        const struct conv *cv = core_conv(w->k, id);
        bool at_hand = r->agent != NULL && cv->agent == r->agent->id && conv_is_open(cv);

        for (at = 0; !at_hand && audience_next_list_dept(r, want, &at);)
            at_hand = cv->dept == at;
        rows += at_hand && audience_in_list(r, want, cv);
        places += audience_in_list(r, want, cv);
    }
    assert_int_equal(rows, places); /* looking elsewhere would find no more */
    for (at = 0; audience_next_list_dept(r, want, &at); before = at)
        assert_true(at > before);
    return rows;
}

static void assert_lists_count_their_rows(struct world *w, const struct reader *r)
{
    const struct reader whole = {.core = w->k, .kind = READER_ALL};
    struct list_want want;
    uint64_t dept;

    for (size_t i = 0; i < COUNT_OF(every); i++) {
        want = every[i];
        assert_int_equal(audience_count(r, &want), rows_found(w, r, &want));
        for (dept = 0; audience_next_dept(&whole, &dept);) {
            want.dept = dept;
            assert_int_equal(audience_count(r, &want), rows_found(w, r, &want));
        }
        want.dept = 77; /* there is none */
        assert_int_equal(audience_count(r, &want), 0);
        assert_int_equal(rows_found(w, r, &want), 0);
    }
}

static void assert_counts(const struct reader *r, uint64_t dept, const unsigned counts[5])
{
    for (size_t i = 0; i < COUNT_OF(every); i++) {
        struct list_want want = every[i];
        unsigned missed = want.list == LIST_TO_ANSWER ? counts[4] : 0;

        want.dept = dept;
        assert_int_equal(audience_count(r, &want), i < 5 ? counts[i] : missed);
    }
}

/*
 * In Sales one held and one ended by each of two agents, three waiting, one missed; one waits in
 * another department.
 */
static uint64_t fill_lists(struct world *w, uint64_t ann, uint64_t bob)
{
    uint64_t help = world_dept(w, "Help", "public"), convs[4];

    world_agent(w, "far", help);
    for (int i = 0; i < 4; i++) {
        convs[i] = world_ring(w, SALES);
        world_accept(w, world_conv(w, convs[i])->agent, convs[i]);
    }
    for (int i = 0; i < 2; i++)
        world_conv_cmd(w, CMD_CHAT_END, agent_(world_conv(w, convs[i])->agent), convs[i]);
    world_status(w, ann, STATUS_AWAY);
    world_status(w, bob, STATUS_AWAY);
    for (int i = 0; i < 3; i++)
        world_ring(w, SALES);
    world_ring(w, help);
    convs[0] = world_try_ring(w, SALES).id;
    world_conv_cmd(w, CMD_CHAT_END, visitor_(convs[0]), convs[0]);
    return help;
}

static void lists_and_their_counts_agree_for_every_role_and_scope(void **state)
{
    static const struct {
        const char *role, *scope;
        unsigned all[5], sales[5]; /* all, mine, unassigned, completed, missed */
    } rows[] = {
        {"agent", "all", {8, 1, 3, 2, 1}, {8, 1, 3, 2, 1}},
        {"agent", "team", {8, 1, 3, 2, 1}, {8, 1, 3, 2, 1}},
        {"agent", "own", {6, 1, 3, 1, 1}, {6, 1, 3, 1, 1}},
        {"light", "all", {8, 0, 0, 2, 1}, {8, 0, 0, 2, 1}}, /* who only looks gives the chat back */
        {"admin", "all", {9, 0, 5, 2, 1}, {8, 0, 4, 2, 1}},
    };
    static const unsigned none[5];
    struct world *w = *state;
    uint64_t ann = world_agent(w, "ann", SALES), bob = world_agent(w, "bob", SALES);
    uint64_t help = fill_lists(w, ann, bob);
    struct principal who = operator_();
    struct reader r = reader_of(w->k, &who);

    assert_counts(&r, 0, (const unsigned[]){9, 0, 4, 2, 1});
    assert_counts(&r, help, (const unsigned[]){1, 0, 1, 0, 0});
    assert_lists_count_their_rows(w, &r);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        print_message("  %s %s\n", rows[i].role, rows[i].scope);
        assert_int_equal(world_set(w, OBJ_AGENT, ann, "role", rows[i].role, NULL), ERR_OK);
        assert_int_equal(world_set(w, OBJ_AGENT, ann, "scope", rows[i].scope, NULL), ERR_OK);
        r = reader_of_agent(w->k, ann);
        assert_counts(&r, 0, rows[i].all);
        assert_counts(&r, SALES, rows[i].sales);
        if (r.kind != READER_ALL) /* of a department that is not one's own: nothing */
            assert_counts(&r, help, none);
        assert_lists_count_their_rows(w, &r);
    }
    who = visitor_(5);
    r = reader_of(w->k, &who);
    assert_counts(&r, 0, none);
    assert_lists_count_their_rows(w, &r);
}

static void own_past_counts_where_one_is_no_longer_a_member(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent(w, "ann", SALES), bob = world_agent(w, "bob", SALES);
    uint64_t help = fill_lists(w, ann, bob);
    struct cmd cmd = {
        .type = CMD_MEMBER_REMOVE, .who = operator_(), .member = {.agent = ann, .dept = SALES}};
    struct reader r;

    assert_int_equal(world_do(w, &cmd).err, ERR_OK);
    cmd = (struct cmd){
        .type = CMD_MEMBER_SET, .who = operator_(), .member = {.agent = ann, .dept = help}};
    assert_int_equal(world_do(w, &cmd).err, ERR_OK);
    r = reader_of_agent(w->k, ann);
    assert_counts(&r, 0, (const unsigned[]){3, 1, 1, 1, 0});
    assert_counts(&r, SALES, (const unsigned[]){2, 1, 0, 1, 0});
    assert_lists_count_their_rows(w, &r);
}

static void filters_part_the_open_ones_by_who_spoke_last(void **state)
{
    static const struct list_want mine[] = {
        {.list = LIST_MINE, .filter = FILTER_OPEN},
        {.list = LIST_MINE, .filter = FILTER_UNREPLIED},
        {.list = LIST_MINE, .filter = FILTER_REPLIED},
    };
    struct world *w = *state;
    uint64_t ann = world_agent(w, "ann", SALES), a = world_ring(w, SALES), b = world_ring(w, SALES);
    struct reader r;

    world_accept(w, ann, a);
    world_accept(w, ann, b);
    world_say(w, agent_(ann), b, "hello");
    r = reader_of_agent(w->k, ann);
    assert_int_equal(audience_count(&r, &mine[0]), 2);
    assert_int_equal(audience_count(&r, &mine[1]), 1);
    assert_int_equal(audience_count(&r, &mine[2]), 1);
    assert_true(audience_in_list(&r, &mine[1], world_conv(w, a)));
    assert_false(audience_in_list(&r, &mine[2], world_conv(w, a)));
    assert_true(audience_in_list(&r, &mine[2], world_conv(w, b)));
    world_conv_cmd(w, CMD_CHAT_END, agent_(ann), b);
    for (unsigned f = FILTER_OPEN; f < FILTER_COUNT; f++) {
        enum filter parsed = FILTER_NONE;

        assert_false(filter_holds(f, world_conv(w, b))); /* it has ended */
        assert_true(filter_parse(span_of(filter_word(f)), &parsed));
        assert_int_equal(parsed, f);
    }
    assert_null(filter_word(FILTER_NONE));
}

/* departments */

static void delete_dept(struct world *w, uint64_t dept)
{
    struct cmd cmd = {.type = CMD_DEPT_REMOVE, .who = operator_(), .dept = dept};

    assert_int_equal(world_do(w, &cmd).err, ERR_OK);
}

static void what_a_deleted_department_did_stays_for_those_who_see_all(void **state)
{
    static const unsigned sales[5] = {8, 0, 0, 2, 4}; /* two held, two ended, four missed */
    struct world *w = *state;
    uint64_t ann = world_agent(w, "ann", SALES), bob = world_agent(w, "bob", SALES);
    uint64_t amy = world_agent_idle(w, "amy", SALES), seen = 0, id;
    struct principal who = operator_();
    struct reader r;

    fill_lists(w, ann, bob);
    assert_int_equal(world_set(w, OBJ_AGENT, amy, "role", "admin", NULL), ERR_OK);
    delete_dept(w, SALES);
    for (int i = 0; i < 2; i++) {
        r = i == 0 ? reader_of(w->k, &who) : reader_of_agent(w->k, amy);
        assert_counts(&r, SALES, sales);
        assert_lists_count_their_rows(w, &r);
        assert_non_null(audience_dept(&r, SALES));
        for (id = 0; audience_next_dept(&r, &id);)
            seen += id == SALES;
    }
    assert_int_equal(seen, 2);
    assert_null(core_dept(w->k, SALES));
    r = reader_of_agent(w->k, bob);
    assert_null(audience_dept(&r, SALES));
    assert_counts(&r, SALES, (const unsigned[]){2, 1, 0, 1, 0}); /* his own, as anywhere */
    assert_lists_count_their_rows(w, &r);
}

static void nobody_is_a_member_of_a_deleted_department(void **state)
{
    struct world *w = *state;
    uint64_t help = world_dept(w, "Help", "public"), ann = world_agent(w, "ann", SALES);
    uint64_t bob = world_agent(w, "bob", help), chat = world_ring(w, SALES);
    struct core *copy;

    world_accept(w, ann, chat);
    delete_dept(w, SALES);
    assert_int_equal(world_agent_of(w, ann)->nmembers, 0);
    assert_int_equal(world_agent_of(w, bob)->nmembers, 1);
    assert_state(w, chat, CONV_ACTIVE); /* it goes on to its end, in the same hands */
    assert_int_equal(world_say(w, agent_(ann), chat, "still here").err, ERR_OK);
    assert_int_equal(world_say(w, agent_(bob), chat, "and I").err, ERR_NOTFOUND);
    world_assert_replays(w);
    copy = world_copy_by_images(w);
    assert_int_equal(core_digest(copy), core_digest(w->k));
    core_free(copy);
}

static void departments_are_known_to_members_and_to_those_who_see_all(void **state)
{
    struct world *w = *state;
    uint64_t help = world_dept(w, "Help", "private"), ann = world_agent(w, "ann", SALES), id = 0;
    uint64_t bob = world_agent(w, "bob", help), cid = world_agent(w, "cid", SALES);
    struct reader r = reader_of_agent(w->k, ann);

    assert_non_null(audience_dept(&r, SALES));
    assert_null(audience_dept(&r, help));
    assert_null(audience_dept(&r, 77));
    assert_true(audience_next_dept(&r, &id));
    assert_int_equal(id, SALES);
    assert_false(audience_next_dept(&r, &id));
    assert_true(audience_knows_agent(&r, world_agent_of(w, ann)));
    assert_true(audience_knows_agent(&r, world_agent_of(w, cid)));
    assert_false(audience_knows_agent(&r, world_agent_of(w, bob)));
    assert_true(audience_sees_team(&r));
    assert_int_equal(world_set(w, OBJ_AGENT, ann, "scope", "own", NULL), ERR_OK);
    assert_false(audience_sees_team(&r));
    assert_int_equal(world_set(w, OBJ_AGENT, ann, "role", "admin", NULL), ERR_OK);
    r = reader_of_agent(w->k, ann);
    assert_true(audience_sees_team(&r));
    assert_non_null(audience_dept(&r, help));
    assert_true(audience_knows_agent(&r, world_agent_of(w, bob)));
    assert_int_equal(world_set(w, OBJ_AGENT, ann, "enabled", "off", NULL), ERR_OK);
    r = reader_of_agent(w->k, ann);
    id = 0;
    assert_null(audience_dept(&r, SALES));
    assert_false(audience_next_dept(&r, &id));
    assert_false(audience_knows_agent(&r, world_agent_of(w, bob)));
    assert_false(audience_sees_team(&r));
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, world_setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(lists_and_their_counts_agree_for_every_role_and_scope),
        T(own_past_counts_where_one_is_no_longer_a_member),
        T(filters_part_the_open_ones_by_who_spoke_last),
        T(what_a_deleted_department_did_stays_for_those_who_see_all),
        T(nobody_is_a_member_of_a_deleted_department),
        T(departments_are_known_to_members_and_to_those_who_see_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
