/* The rights table, cell by cell: roles and scopes, custom roles, share levels. */
#include "core_world.h"

/* How an agent may stand to a conversation. */
enum how { MINE, OURS, OPEN, OPEN_ELSEWHERE, FOREIGN, HOW_COUNT };
static const struct standing standings[HOW_COUNT] = {
    [MINE] = {.own = true, .team = true},
    [OURS] = {.team = true},
    [OPEN] = {.unassigned = true, .team = true},
    [OPEN_ELSEWHERE] = {.unassigned = true},
    [FOREIGN] = {0},
};

/* One letter a standing, in the order above: y may, - may not. */
struct cell {
    enum action action;
    const char *all, *team, *own, *light;
};

static const struct cell cells[] = {
    {ACT_SEE, "yyy--", "yyy--", "y-y--", "yyy--"},
    {ACT_REPLY, "yyy--", "yyy--", "y----", "-----"},
    {ACT_NOTE, "yyy--", "yyy--", "y-y--", "-----"},
    {ACT_ASSIGN, "yyy--", "yyy--", "y----", "-----"},
    {ACT_END, "yyy--", "yyy--", "y----", "-----"},
    {ACT_SHARE, "yyy--", "yyy--", "y----", "-----"},
    {ACT_FORWARD, "yyy--", "yyy--", "y----", "-----"},
    {ACT_PICK, "y-y--", "y-y--", "y-y--", "-----"},
    {ACT_BLOCK, "-----", "-----", "-----", "-----"},
    {ACT_SEE_IP, "-----", "-----", "-----", "-----"},
    {ACT_SEE_OUTBOX, "-----", "-----", "-----", "-----"},
    {ACT_ADMIN, "-----", "-----", "-----", "-----"},
};

/* The same for agents with the permissions block, see_ip and outbox. */
static const struct cell permitted[] = {
    {ACT_BLOCK, "yyy--", "yyy--", "y-y--", "-----"},
    {ACT_SEE_IP, "yyy--", "yyy--", "y-y--", "-----"},
    {ACT_SEE_OUTBOX, "yyyyy", "-----", "-----", "-----"},
};

static void check_row(const struct agent *ag, enum action action, const char *want)
{
    for (int how = 0; how < HOW_COUNT; how++) {
        bool may = rights_table(ag, &standings[how], action);

        if (may != (want[how] == 'y'))
            fail_msg("%s, standing %d: %s", action_word(action), how, may ? "may" : "may not");
    }
}

static void check_cells(const struct cell *rows, size_t n, uint32_t permissions)
{
    for (size_t i = 0; i < n; i++) {
        struct agent ag = {.role = ROLE_AGENT, .permissions = permissions};

        print_message("  %s\n", action_word(rows[i].action));
        ag.scope = SCOPE_ALL;
        check_row(&ag, rows[i].action, rows[i].all);
        ag.scope = SCOPE_OWN_TEAM_UNASSIGNED;
        check_row(&ag, rows[i].action, rows[i].team);
        ag.scope = SCOPE_OWN_UNASSIGNED;
        check_row(&ag, rows[i].action, rows[i].own);
        ag.role = ROLE_LIGHT;
        check_row(&ag, rows[i].action, rows[i].light);
        ag.role = ROLE_ADMIN;
        check_row(&ag, rows[i].action, "yyyyy");
    }
}

static void every_action_by_role_and_scope(void **state)
{
    (void)state;
    assert_int_equal(COUNT_OF(cells), ACT_COUNT);
    check_cells(cells, COUNT_OF(cells), 0);
}

static void permissions_give_block_address_and_outbox(void **state)
{
    (void)state;
    check_cells(permitted, COUNT_OF(permitted),
                BIT(PERM_BLOCK) | BIT(PERM_SEE_IP) | BIT(PERM_OUTBOX));
}

static void custom_role_has_what_its_permissions_say_and_no_more(void **state)
{
    static const struct {
        enum action action;
        uint32_t needs;
    } rows[] = {
        {ACT_SEE, 0},
        {ACT_REPLY, BIT(PERM_REPLY)},
        {ACT_NOTE, BIT(PERM_NOTE)},
        {ACT_ASSIGN, BIT(PERM_ASSIGN)},
        {ACT_END, BIT(PERM_END)},
        {ACT_SHARE, BIT(PERM_SHARE)},
        {ACT_FORWARD, BIT(PERM_REPLY)},
        {ACT_PICK, BIT(PERM_REPLY)},
        {ACT_BLOCK, BIT(PERM_BLOCK)},
        {ACT_SEE_IP, BIT(PERM_SEE_IP)},
        {ACT_SEE_OUTBOX, BIT(PERM_OUTBOX)},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        for (uint32_t perms = 0; perms < BIT(PERM_COUNT); perms++) {
            struct agent ag = {.role = ROLE_CUSTOM, .scope = SCOPE_ALL, .permissions = perms};

            assert_int_equal(rights_table(&ag, &standings[MINE], rows[i].action),
                             (perms & rows[i].needs) == rows[i].needs);
            assert_false(rights_table(&ag, &standings[MINE], ACT_ADMIN));
        }
}

/* SHR-2 to SHR-5: by level; what no level gives is `----`. */
static void share_levels_table(void **state)
{
    static const struct {
        enum action action;
        const char *levels; /* none, read, restricted, full */
    } rows[] = {
        {ACT_SEE, "-yyy"},   {ACT_REPLY, "---y"},  {ACT_NOTE, "-yyy"},       {ACT_ASSIGN, "----"},
        {ACT_END, "----"},   {ACT_SHARE, "----"},  {ACT_FORWARD, "--yy"},    {ACT_PICK, "----"},
        {ACT_BLOCK, "----"}, {ACT_SEE_IP, "--yy"}, {ACT_SEE_OUTBOX, "----"}, {ACT_ADMIN, "----"},
    };
    struct agent ag = {.role = ROLE_AGENT,
                       .scope = SCOPE_OWN_UNASSIGNED,
                       .permissions = BIT(PERM_SEE_IP) | BIT(PERM_BLOCK)};

    (void)state;
    assert_int_equal(COUNT_OF(rows), ACT_COUNT);
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        for (unsigned level = SHARE_NONE; level <= SHARE_FULL; level++) {
            struct standing st = {.share = level};

            assert_int_equal(rights_table(&ag, &st, rows[i].action), rows[i].levels[level] == 'y');
        }
}

static void share_gives_a_light_agent_sight_and_nothing_else(void **state)
{
    struct agent ag = {.role = ROLE_LIGHT};
    struct standing st = {.share = SHARE_FULL};

    (void)state;
    for (unsigned action = 0; action < ACT_COUNT; action++)
        assert_int_equal(rights_table(&ag, &st, action), action == ACT_SEE);
}

static void what_one_may_not_see_is_unknown_not_forbidden(void **state)
{
    struct world *w = *state;
    uint64_t help = world_dept(w, "Help", "public"), ann = world_agent(w, "ann", SALES);
    uint64_t bob = world_agent(w, "bob", help), chat = world_ring(w, SALES);
    struct principal who = agent_(bob);
    const char *why;

    world_accept(w, ann, chat);
    assert_int_equal(rights_may(w->k, &who, ACT_REPLY, world_conv(w, chat), &why), ERR_NOTFOUND);
    assert_int_equal(world_say(w, agent_(bob), chat, "hello").err, ERR_NOTFOUND);
    assert_int_equal(world_conv_cmd(w, CMD_OFFER_ACCEPT, agent_(bob), chat).err, ERR_NOTFOUND);
    assert_int_equal(world_conv_cmd(w, CMD_CHAT_END, agent_(bob), chat).err, ERR_NOTFOUND);
}

static void own_chat_stays_reachable_after_the_membership_went(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent(w, "ann", SALES), chat = world_ring(w, SALES);
    struct cmd cmd = {
        .type = CMD_MEMBER_REMOVE, .who = operator_(), .member = {.agent = ann, .dept = SALES}};

    world_accept(w, ann, chat);
    assert_int_equal(world_do(w, &cmd).err, ERR_OK);
    assert_int_equal(world_say(w, agent_(ann), chat, "I am still here").err, ERR_OK);
}

static void light_agent_sees_and_may_not_answer(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent(w, "ann", SALES), lea = world_agent(w, "lea", SALES);
    uint64_t chat;
    struct world_answer a;

    assert_int_equal(world_set(w, OBJ_AGENT, lea, "role", "light", NULL), ERR_OK);
    chat = world_ring(w, SALES);
    world_accept(w, ann, chat);
    a = world_say(w, agent_(lea), chat, "hello");
    assert_int_equal(a.err, ERR_DENIED);
    assert_string_equal(a.fault.what, "a light agent sees, and does nothing");
}

static void disabled_agent_may_nothing(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent(w, "ann", SALES), chat = world_ring(w, SALES);

    assert_int_equal(world_set(w, OBJ_AGENT, ann, "enabled", "off", NULL), ERR_OK);
    assert_int_equal(world_accept(w, ann, chat).err, ERR_DENIED);
}

static void visitor_reaches_the_own_conversation_only(void **state)
{
    struct world *w = *state;
    uint64_t one, two;

    world_agent(w, "ann", SALES);
    one = world_ring(w, SALES);
    two = world_ring(w, SALES);
    assert_int_equal(world_say(w, visitor_(one), one, "mine").err, ERR_OK);
    assert_int_equal(world_say(w, visitor_(one), two, "not mine").err, ERR_NOTFOUND);
    assert_int_equal(world_conv_cmd(w, CMD_CHAT_END, visitor_(one), two).err, ERR_NOTFOUND);
    assert_int_equal(world_conv_cmd(w, CMD_CHAT_CONNECT, visitor_(one), two).err, ERR_NOTFOUND);
    assert_int_equal(world_conv_cmd(w, CMD_CONV_NOTE, visitor_(one), one).err, ERR_DENIED);
}

static void settings_are_for_administrators(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent(w, "ann", SALES), bob = world_agent(w, "bob", SALES);
    const struct cmd commands[] = {
        {.type = CMD_PORTAL_SET},
        {.type = CMD_DEPT_ADD},
        {.type = CMD_DEPT_SET, .set.id = SALES},
        {.type = CMD_DEPT_REMOVE, .dept = SALES},
        {.type = CMD_AGENT_ADD},
        {.type = CMD_AGENT_SET, .set.id = bob},
        {.type = CMD_AGENT_LINK, .agent_link.agent = bob},
        {.type = CMD_AGENT_REMOVE, .agent = bob},
        {.type = CMD_MEMBER_SET, .member = {.agent = bob, .dept = SALES}},
        {.type = CMD_MEMBER_REMOVE, .member = {.agent = bob, .dept = SALES}},
        {.type = CMD_BLOCK_ADD},
    };
    size_t count;
    struct change change = {.setting = &agent_settings(&count)[3], .i = ROLE_ADMIN};

    for (size_t i = 0; i < COUNT_OF(commands); i++) {
        struct cmd cmd = commands[i];

        cmd.who = agent_(ann);

        assert_int_equal(world_do(w, &cmd).err, ERR_DENIED);
        cmd.who = visitor_(0);
        assert_int_not_equal(world_do(w, &cmd).err, ERR_OK);
    }
    /* Nor may one make oneself an administrator. */
    struct cmd cmd = {.type = CMD_AGENT_SET,
                      .who = agent_(ann),
                      .set = {.id = ann, .changes = &change, .nchanges = 1}};
    assert_int_equal(world_do(w, &cmd).err, ERR_DENIED);
}

static void lists_and_their_counts_agree_for_every_role_and_scope(void **state)
{
    static const struct {
        const char *role, *scope;
        unsigned counts[LIST_COUNT]; /* all, mine, unassigned, completed, missed, blocked */
    } rows[] = {
        {"agent", "all", {8, 1, 3, 2, 1, 0}},
        {"agent", "team", {8, 1, 3, 2, 1, 0}},
        {"agent", "own", {6, 1, 3, 1, 1, 0}},
        {"light", "all", {8, 0, 0, 2, 1, 0}}, /* who may only look gives the chat back */
        {"admin", "all", {9, 0, 5, 2, 1, 0}},
    };
    struct world *w = *state;
    uint64_t help = world_dept(w, "Help", "public"), convs[10], n = 0, id;
    uint64_t ann = world_agent(w, "ann", SALES), bob = world_agent(w, "bob", SALES);
    struct world_answer a;

    world_agent(w, "far", help);
    /* One held and one ended by each, three waiting, one missed; one waits elsewhere. */
    for (int i = 0; i < 4; i++) {
        convs[n] = world_ring(w, SALES);
        world_accept(w, world_conv(w, convs[n])->agent, convs[n]);
        n++;
    }
    world_conv_cmd(w, CMD_CHAT_END, agent_(world_conv(w, convs[0])->agent), convs[0]);
    world_conv_cmd(w, CMD_CHAT_END, agent_(world_conv(w, convs[1])->agent), convs[1]);
    world_status(w, ann, STATUS_AWAY);
    world_status(w, bob, STATUS_AWAY);
    for (int i = 0; i < 3; i++)
        convs[n++] = world_ring(w, SALES);
    convs[n++] = world_ring(w, help);
    a = world_try_ring(w, SALES);
    convs[n++] = a.id;
    world_conv_cmd(w, CMD_CHAT_END, visitor_(a.id), a.id);

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct agent *ag;

        assert_int_equal(world_set(w, OBJ_AGENT, ann, "role", rows[i].role, NULL), ERR_OK);
        assert_int_equal(world_set(w, OBJ_AGENT, ann, "scope", rows[i].scope, NULL), ERR_OK);
        ag = world_agent_of(w, ann);
        for (unsigned list = 0; list < LIST_COUNT; list++) {
            unsigned seen = 0;

            for (id = 0; id < n; id++)
                seen += core_in_list(w->k, ag, list, world_conv(w, convs[id]));
            print_message("  %s %s: %s\n", rows[i].role, rows[i].scope, list_word(list));
            assert_int_equal(seen, rows[i].counts[list]);
            if (list != LIST_BLOCKED) /* the store knows those */
                assert_int_equal(core_list_count(w->k, ag, list), seen);
        }
    }
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, world_setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_action_by_role_and_scope),
        cmocka_unit_test(permissions_give_block_address_and_outbox),
        cmocka_unit_test(custom_role_has_what_its_permissions_say_and_no_more),
        cmocka_unit_test(share_levels_table),
        cmocka_unit_test(share_gives_a_light_agent_sight_and_nothing_else),
        T(what_one_may_not_see_is_unknown_not_forbidden),
        T(own_chat_stays_reachable_after_the_membership_went),
        T(light_agent_sees_and_may_not_answer),
        T(disabled_agent_may_nothing),
        T(visitor_reaches_the_own_conversation_only),
        T(settings_are_for_administrators),
        T(lists_and_their_counts_agree_for_every_role_and_scope),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
