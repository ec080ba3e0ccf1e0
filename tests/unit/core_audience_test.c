/* Who may know of what: the table of rights cell by cell, readers, departments, lists, blocks. */
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
    {ACT_END, "yyy--y-", "yyy--y-", "y------", "-------"},
    {ACT_SHARE, "yyy--y-", "yyy--y-", "y------", "-------"},
    {ACT_FORWARD, "yyy--y-", "yyy--y-", "y------", "-------"},
    {ACT_PICK, "y-y--yy", "y-y--yy", "y-y--yy", "-------"},
    {ACT_BLOCK, "-------", "-------", "-------", "-------"},
    {ACT_SEE_IP, "-------", "-------", "-------", "-------"},
    {ACT_SEE_OUTBOX, "-------", "-------", "-------", "-------"},
    {ACT_ADMIN, "-------", "-------", "-------", "-------"},
};

/* The same for agents with the permissions block, see_ip and outbox. */
static const struct cell permitted[] = {
    {ACT_BLOCK, "yyy--yy", "yyy--yy", "y-y--yy", "-------"},
    {ACT_SEE_IP, "yyy--yy", "yyy--yy", "y-y--yy", "-------"},
    {ACT_SEE_OUTBOX, "yyyyyyy", "-------", "-------", "-------"},
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

/* lists */

static const struct list_want every[] = {
    {.list = LIST_ALL},       {.list = LIST_MINE},   {.list = LIST_UNASSIGNED},
    {.list = LIST_COMPLETED}, {.list = LIST_MISSED},
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

        want.dept = dept;
        assert_int_equal(audience_count(r, &want), counts[i]);
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
    assert_int_equal(core_needs_conv(w->k, &lift), chat);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        print_message("  %s %s, %s\n", rows[i].role, rows[i].scope, rows[i].permissions);
        world_set(w, OBJ_AGENT, ann, "role", rows[i].role, NULL);
        world_set(w, OBJ_AGENT, ann, "scope", rows[i].scope, NULL);
        world_set(w, OBJ_AGENT, ann, "permissions", rows[i].permissions, NULL);
        assert_int_equal(world_do(w, &lift).err, rows[i].err);
    }
    assert_null(core_block(w->k, lift.block));
    lift.who = operator_();
    assert_int_equal(core_needs_conv(w->k, &lift), 0);
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
        T(lists_and_their_counts_agree_for_every_role_and_scope),
        T(own_past_counts_where_one_is_no_longer_a_member),
        T(filters_part_the_open_ones_by_who_spoke_last),
        T(what_a_deleted_department_did_stays_for_those_who_see_all),
        T(nobody_is_a_member_of_a_deleted_department),
        T(departments_are_known_to_members_and_to_those_who_see_all),
        T(blocks_table),
        T(a_block_is_lifted_by_those_who_see_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
