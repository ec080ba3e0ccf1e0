/* Who may know of what: the table of rights cell by cell, readers, blocks. */
#include "core_world.h"

/* How an agent may stand to a conversation. */
enum how { MINE, OURS, OPEN, OPEN_ELSEWHERE, FOREIGN, OFFERED, OFFERED_ELSEWHERE, HOW_COUNT };
static const struct standing standings[HOW_COUNT] = {
    [MINE] = {.holds = true, .team = true},
    [OURS] = {.team = true},
    [OPEN] = {.open = true, .team = true},
    [OPEN_ELSEWHERE] = {.open = true},
    [FOREIGN] = {0},
    [OFFERED] = {.offered = true, .open = true, .team = true},
    [OFFERED_ELSEWHERE] = {.offered = true, .open = true},
};

/* One letter a standing, in the order above: y may, - may not. */
struct cell {
    enum action action;
    const char *all, *team, *own, *light;
};

static const struct cell cells[] = {
    {ACT_SEE, "yyy--yy", "yyy--yy", "y-y--yy", "yyy--y-"},
    {ACT_REPLY, "yyy--y-", "yyy--y-", "y------", "-------"},
    {ACT_NOTE, "yyy--yy", "yyy--yy", "y-y--yy", "-------"},
    {ACT_ASSIGN, "yyy--y-", "yyy--y-", "y------", "-------"},
    {ACT_TRANSFER, "yyy--y-", "yyy--y-", "y------", "-------"},
    {ACT_END, "yyy--y-", "yyy--y-", "y------", "-------"},
    {ACT_SHARE, "yyy--y-", "yyy--y-", "y------", "-------"},
    {ACT_FORWARD, "yyy--y-", "yyy--y-", "y------", "-------"},
    {ACT_PICK, "y-y--yy", "y-y--yy", "y-y--yy", "-------"},
    {ACT_BLOCK, "-------", "-------", "-------", "-------"},
    {ACT_SEE_IP, "-------", "-------", "-------", "-------"},
    {ACT_SEE_OUTBOX, "-------", "-------", "-------", "-------"},
    {ACT_SUPERVISE, "-------", "-------", "-------", "-------"},
    {ACT_ADMIN, "-------", "-------", "-------", "-------"},
    {ACT_EXPORT, "-------", "-------", "-------", "-------"},
};

/* The same for agents with the permissions block, see_ip, outbox and supervise. */
static const struct cell permitted[] = {
    {ACT_BLOCK, "yyy--yy", "yyy--yy", "y-y--yy", "-------"},
    {ACT_SEE_IP, "yyy--yy", "yyy--yy", "y-y--yy", "-------"},
    {ACT_SEE_OUTBOX, "yyyyyyy", "-------", "-------", "-------"},
    {ACT_SUPERVISE, "yyyyyyy", "yyyyyyy", "-------", "-------"},
    {ACT_EXPORT, "yyy--y-", "yyy--y-", "y-y--y-", "-------"},
};

static bool table_gives(const struct agent *ag, const struct standing *st, enum action action)
{
    return rights_ways(ag, st, action) != 0;
}

static void check_row(const struct agent *ag, enum action action, const char *want)
{
    for (int how = 0; how < HOW_COUNT; how++) {
        bool may = table_gives(ag, &standings[how], action);

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
        check_row(&ag, rows[i].action, "yyyyyyy");
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
                BIT(PERM_BLOCK) | BIT(PERM_SEE_IP) | BIT(PERM_OUTBOX) | BIT(PERM_SUPERVISE) |
                    BIT(PERM_EXPORT));
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
        {ACT_TRANSFER, BIT(PERM_TRANSFER)},
        {ACT_END, BIT(PERM_END)},
        {ACT_SHARE, BIT(PERM_SHARE)},
        {ACT_FORWARD, BIT(PERM_REPLY)},
        {ACT_PICK, BIT(PERM_REPLY)},
        {ACT_BLOCK, BIT(PERM_BLOCK)},
        {ACT_SEE_IP, BIT(PERM_SEE_IP)},
        {ACT_SEE_OUTBOX, BIT(PERM_OUTBOX)},
        {ACT_SUPERVISE, BIT(PERM_SUPERVISE)},
        {ACT_EXPORT, BIT(PERM_EXPORT)},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        for (uint32_t perms = 0; perms < BIT(PERM_COUNT); perms++) {
            struct agent ag = {.role = ROLE_CUSTOM, .scope = SCOPE_ALL, .permissions = perms};

            assert_int_equal(table_gives(&ag, &standings[MINE], rows[i].action),
                             (perms & rows[i].needs) == rows[i].needs);
            assert_false(table_gives(&ag, &standings[MINE], ACT_ADMIN));
        }
}

/* SHR-2 to SHR-5: by level; what no level gives is `----`. */
static void share_levels_table(void **state)
{
    static const struct {
        enum action action;
        const char *levels; /* none, read, restricted, full */
    } rows[] = {
        {ACT_SEE, "-yyy"},       {ACT_REPLY, "---y"},    {ACT_NOTE, "-yyy"},
        {ACT_ASSIGN, "----"},    {ACT_TRANSFER, "----"}, {ACT_END, "----"},
        {ACT_SHARE, "----"},     {ACT_FORWARD, "--yy"},  {ACT_PICK, "----"},
        {ACT_BLOCK, "----"},     {ACT_SEE_IP, "--yy"},   {ACT_SEE_OUTBOX, "----"},
        {ACT_SUPERVISE, "----"}, {ACT_ADMIN, "----"},    {ACT_EXPORT, "----"},
    };
    struct agent ag = {.role = ROLE_AGENT,
                       .scope = SCOPE_OWN_UNASSIGNED,
                       .permissions = BIT(PERM_SEE_IP) | BIT(PERM_BLOCK)};

    (void)state;
    assert_int_equal(COUNT_OF(rows), ACT_COUNT);
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        for (unsigned level = SHARE_NONE; level <= SHARE_FULL; level++) {
            struct standing st = {.share = level};

            assert_int_equal(table_gives(&ag, &st, rows[i].action), rows[i].levels[level] == 'y');
        }
}

static void share_gives_a_light_agent_sight_and_nothing_else(void **state)
{
    struct agent ag = {.role = ROLE_LIGHT};
    struct standing st = {.share = SHARE_FULL};

    (void)state;
    for (unsigned action = 0; action < ACT_COUNT; action++)
        assert_int_equal(table_gives(&ag, &st, action), action == ACT_SEE);
}

static void the_ways_say_by_what_a_right_is_given(void **state)
{
    static const struct {
        struct standing st;
        enum scope scope;
        unsigned see, end;
    } rows[] = {
        {{.holds = true, .team = true},
         SCOPE_ALL,
         BIT(WAY_HOLDS) | BIT(WAY_TEAM),
         BIT(WAY_HOLDS) | BIT(WAY_TEAM)},
        {{.holds = true}, SCOPE_ALL, BIT(WAY_HOLDS), BIT(WAY_HOLDS)},
        {{.team = true}, SCOPE_ALL, BIT(WAY_TEAM), BIT(WAY_TEAM)},
        {{.team = true, .open = true}, SCOPE_OWN_UNASSIGNED, BIT(WAY_OPEN), 0},
        {{.offered = true}, SCOPE_OWN_UNASSIGNED, BIT(WAY_OFFER), 0},
        {{.share = SHARE_FULL}, SCOPE_OWN_UNASSIGNED, BIT(WAY_SHARE), 0},
        {{.handed = true}, SCOPE_OWN_UNASSIGNED, BIT(WAY_HANDED), 0},
        {{.handed = true}, SCOPE_ALL, BIT(WAY_HANDED), 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct agent ag = {.role = ROLE_AGENT, .scope = rows[i].scope};

        assert_int_equal(rights_ways(&ag, &rows[i].st, ACT_SEE), rows[i].see);
        assert_int_equal(rights_ways(&ag, &rows[i].st, ACT_END), rows[i].end);
        ag.role = ROLE_ADMIN;
        assert_int_equal(rights_ways(&ag, &rows[i].st, ACT_END), BIT(WAY_ROLE));
    }
}

static void whoever_is_only_offered_a_chat_does_not_hold_it(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent(w, "ann", SALES), chat;
    struct reader r;

    assert_int_equal(world_set(w, OBJ_AGENT, ann, "scope", "own", NULL), ERR_OK);
    chat = world_ring(w, SALES);
    assert_offered(w, ann, chat);
    r = reader_of_agent(w->k, ann);
    assert_int_equal(audience_ways(&r, ACT_SEE, world_conv(w, chat)),
                     BIT(WAY_OFFER) | BIT(WAY_OPEN));
    assert_int_equal(audience_actions(&r, world_conv(w, chat)), BIT(ACT_SEE) | BIT(ACT_NOTE) |
                                                                    BIT(ACT_PICK) | BIT(ACT_BLOCK) |
                                                                    BIT(ACT_SEE_IP));
    assert_int_equal(world_conv_cmd(w, CMD_CHAT_END, agent_(ann), chat).err, ERR_DENIED);
    assert_offered(w, ann, chat);
    assert_int_equal(world_accept(w, ann, chat).err, ERR_OK);
    assert_int_equal(world_conv_cmd(w, CMD_CHAT_END, agent_(ann), chat).err, ERR_OK);
}

static void what_one_may_not_see_is_unknown_not_forbidden(void **state)
{
    struct world *w = *state;
    uint64_t help = world_dept(w, "Help", "public"), ann = world_agent(w, "ann", SALES);
    uint64_t bob = world_agent(w, "bob", help), chat = world_ring(w, SALES);
    struct principal who = agent_(bob);
    enum refusal why;

    world_accept(w, ann, chat);
    assert_int_equal(rights_may(w->k, &who, ACT_REPLY, world_conv(w, chat), &why), ERR_NOTFOUND);
    assert_int_equal(why, REFUSE_CONVERSATION_UNKNOWN);
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
        {.type = CMD_AGENT_REMOVE, .agent_end.agent = bob},
        {.type = CMD_MEMBER_SET, .member = {.agent = bob, .dept = SALES}},
        {.type = CMD_MEMBER_REMOVE, .member = {.agent = bob, .dept = SALES}},
        {.type = CMD_BLOCK_ADD},
    };
    size_t count;
    const struct setting *table = agent_settings(&count);
    struct change change = {.setting = setting_find(table, count, SPAN_LIT("role")),
                            .i = ROLE_ADMIN};

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

/* blocks */

/* What an agent may know of a block that somebody made from a chat that he holds. */
static void blocks_table(void **state)
{
    static const unsigned all = BIT(BLOCK_SEE) | BIT(BLOCK_ADDRESS) | BIT(BLOCK_LIFT);
    static const unsigned no_address = BIT(BLOCK_SEE) | BIT(BLOCK_LIFT);
    static const struct {
        const char *role, *scope, *permissions;
        unsigned own, others; /* of the chat that is one's own, and of a colleague's */
    } rows[] = {
        {"agent", "all", "block,see_ip", all, all},
        {"agent", "team", "block,see_ip", all, all},
        {"agent", "own", "block,see_ip", all, 0},
        {"agent", "all", "block", no_address, no_address},
        {"agent", "all", "see_ip", 0, 0},
        {"custom", "all", "reply,block", no_address, no_address},
        {"light", "all", "block,see_ip", 0, 0},
        {"admin", "own", "", all, all},
    };
    struct world *w = *state;
    uint64_t ann = world_agent(w, "ann", SALES), bob = world_agent(w, "bob", SALES);
    uint64_t own = world_ring(w, SALES), others = world_ring(w, SALES);
    struct cmd cmd = {.type = CMD_BLOCK_ADD, .who = agent_(bob), .conv = others};
    struct block b = {.conv = own}, range = {.id = 1};
    struct reader r;

    world_accept(w, ann, own);
    world_accept(w, bob, others);
    world_conv_cmd(w, CMD_CHAT_END, visitor_(own), own);
    assert_int_equal(world_set(w, OBJ_AGENT, bob, "permissions", "block", NULL), ERR_OK);
    assert_int_equal(world_do(w, &cmd).err, ERR_OK);
    assert_state(w, others, CONV_ENDED);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        print_message("  %s %s, %s\n", rows[i].role, rows[i].scope, rows[i].permissions);
        world_set(w, OBJ_AGENT, ann, "role", rows[i].role, NULL);
        world_set(w, OBJ_AGENT, ann, "scope", rows[i].scope, NULL);
        assert_int_equal(world_set(w, OBJ_AGENT, ann, "permissions", rows[i].permissions, NULL),
                         ERR_OK);
        r = reader_of_agent(w->k, ann);
        b.conv = own;
        assert_int_equal(audience_block(&r, &b, world_conv(w, own)), rows[i].own);
        b.conv = others;
        assert_int_equal(audience_block(&r, &b, world_conv(w, others)), rows[i].others);
        /* Its conversation cannot be read, or there is none. */
        assert_int_equal(audience_block(&r, &b, NULL), r.kind == READER_ALL ? all : 0);
        assert_int_equal(audience_block(&r, &range, NULL), r.kind == READER_ALL ? all : 0);
        assert_int_equal(audience_has_blocks(&r), rows[i].own != 0);
    }
    r = reader_of(w->k, &(struct principal){.kind = BY_VISITOR, .id = own});
    b.conv = own;
    assert_int_equal(audience_block(&r, &b, world_conv(w, own)), 0);
    assert_false(audience_has_blocks(&r));
}

static void a_block_is_lifted_by_those_who_see_it(void **state)
{
    static const struct {
        const char *role, *scope, *permissions;
        err_t err;
    } rows[] = {
        {"light", "all", "block,see_ip", ERR_DENIED},
        {"agent", "all", "see_ip", ERR_DENIED},
        {"agent", "own", "block,see_ip", ERR_NOTFOUND},
        {"agent", "all", "block", ERR_OK},
    };
    struct world *w = *state;
    uint64_t ann = world_agent(w, "ann", SALES), bob = world_agent(w, "bob", SALES), chat;
    struct cmd add = {.type = CMD_BLOCK_ADD, .who = agent_(bob)}, lift;

    world_status(w, ann, STATUS_AWAY);
    chat = world_ring(w, SALES);
    world_accept(w, bob, chat);
    add.conv = chat;
    lift =
        (struct cmd){.type = CMD_BLOCK_REMOVE, .who = agent_(ann), .block = world_do(w, &add).id};
    assert_int_equal(core_needs_conv(w->k, &lift, 0), chat);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        print_message("  %s %s, %s\n", rows[i].role, rows[i].scope, rows[i].permissions);
        world_set(w, OBJ_AGENT, ann, "role", rows[i].role, NULL);
        world_set(w, OBJ_AGENT, ann, "scope", rows[i].scope, NULL);
        world_set(w, OBJ_AGENT, ann, "permissions", rows[i].permissions, NULL);
        assert_int_equal(world_do(w, &lift).err, rows[i].err);
    }
    assert_null(core_block(w->k, lift.block));
    lift.who = operator_();
    assert_int_equal(core_needs_conv(w->k, &lift, 0), 0);
    assert_int_equal(world_do(w, &lift).err, ERR_NOTFOUND);
    lift.who = visitor_(chat);
    assert_int_equal(world_do(w, &lift).err, ERR_DENIED);
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
        cmocka_unit_test(the_ways_say_by_what_a_right_is_given),
        T(whoever_is_only_offered_a_chat_does_not_hold_it),
        T(what_one_may_not_see_is_unknown_not_forbidden),
        T(own_chat_stays_reachable_after_the_membership_went),
        T(light_agent_sees_and_may_not_answer),
        T(disabled_agent_may_nothing),
        T(visitor_reaches_the_own_conversation_only),
        T(settings_are_for_administrators),
        T(blocks_table),
        T(a_block_is_lifted_by_those_who_see_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
