/* Custom roles: named sets of permissions, who has which, and why somebody may do something. */
#include "core_world.h"

static struct world_answer role(struct world *w, enum cmd_type type, struct cmd_role r)
{
    return world_do(w, &(struct cmd){.type = type, .who = operator_(), .role = r});
}

static uint64_t add(struct world *w, const char *name, const char *permissions)
{
    struct world_answer a =
        role(w, CMD_ROLE_ADD,
             (struct cmd_role){.name = span_of(name), .permissions = span_of(permissions)});

    assert_int_equal(a.err, ERR_OK);
    return a.id;
}

static struct world_answer pick(struct world *w, uint64_t agent, uint64_t id)
{
    return world_do(w, &(struct cmd){.type = CMD_AGENT_ROLE,
                                     .who = operator_(),
                                     .agent_role = {.agent = agent, .role = id}});
}

static void a_role_gives_its_permissions_and_a_change_reaches_all_who_have_it(void **state)
{
    struct world *w = *state;
    uint64_t writers = add(w, "Writers", "reply, note"), ann = world_agent(w, "ann", SALES);
    uint64_t bob = world_agent(w, "bob", SALES), eve = world_agent(w, "eve", SALES);

    assert_int_equal(pick(w, ann, writers).err, ERR_OK);
    assert_int_equal(pick(w, bob, writers).err, ERR_OK);
    assert_true(pick(w, bob, writers).unchanged);
    assert_int_equal(world_agent_of(w, ann)->role, ROLE_CUSTOM);
    assert_int_equal(world_agent_of(w, ann)->permissions, BIT(PERM_REPLY) | BIT(PERM_NOTE));
    assert_int_equal(role(w, CMD_ROLE_SET,
                          (struct cmd_role){.role = writers,
                                            .name = SPAN_LIT("Readers"),
                                            .permissions = SPAN_LIT("note")})
                         .err,
                     ERR_OK);
    assert_string_equal(core_role(w->k, writers)->name, "Readers");
    assert_int_equal(core_role(w->k, writers)->version, 2);
    assert_int_equal(world_agent_of(w, ann)->permissions, BIT(PERM_NOTE));
    assert_int_equal(world_agent_of(w, bob)->permissions, BIT(PERM_NOTE));
    assert_int_equal(world_agent_of(w, eve)->role, ROLE_AGENT);
    assert_int_equal(world_agent_of(w, eve)->custom_role, 0);
    world_assert_replays(w);
    core_free(world_copy_by_images(w));
}

/* Whoever may not answer any more is asked no more, and has no chats. */
static void a_role_that_loses_the_reply_frees_the_chats_at_once(void **state)
{
    struct world *w = *state;
    uint64_t writers = add(w, "Writers", "reply"), ann = world_agent(w, "ann", SALES), chat;

    assert_int_equal(pick(w, ann, writers).err, ERR_OK);
    chat = world_ring(w, SALES);
    assert_int_equal(world_accept(w, ann, chat).err, ERR_OK);
    role(w, CMD_ROLE_SET, (struct cmd_role){.role = writers, .name = SPAN_LIT("Writers")});
    assert_state(w, chat, CONV_WAITING);
    role(w, CMD_ROLE_SET,
         (struct cmd_role){
             .role = writers, .name = SPAN_LIT("Writers"), .permissions = SPAN_LIT("reply")});
    assert_offered(w, ann, chat);
}

static void what_is_set_by_hand_is_the_agents_own(void **state)
{
    static const char *const rows[][2] = {
        {"role", "agent"}, {"permissions", "note"}, {"role", "custom"}};
    struct world *w = *state;
    uint64_t writers = add(w, "Writers", "reply"), ann = world_agent_idle(w, "ann", SALES);

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_int_equal(pick(w, ann, writers).err, ERR_OK);
        assert_int_equal(world_set(w, OBJ_AGENT, ann, "capacity", i % 2 ? "5" : "6", NULL), ERR_OK);
        assert_int_equal(world_agent_of(w, ann)->custom_role, writers);
        assert_int_equal(world_set(w, OBJ_AGENT, ann, rows[i][0], rows[i][1], NULL), ERR_OK);
        if (i < 2)
            assert_int_equal(world_agent_of(w, ann)->custom_role, 0);
    }
    /* It is custom already, and nothing of it changes. */
    assert_int_equal(world_agent_of(w, ann)->custom_role, writers);
}

static void what_cannot_be_is_refused_by_name(void **state)
{
    struct world *w = *state;
    uint64_t writers = add(w, "Writers", "reply"), ann = world_agent_idle(w, "ann", SALES);
    const struct {
        enum cmd_type type;
        struct cmd_role r;
        err_t err;
        enum refusal why;
    } rows[] = {
        {CMD_ROLE_ADD, {.name = SPAN_LIT("Writers")}, ERR_EXISTS, REFUSE_ROLE_TAKEN},
        {CMD_ROLE_ADD, {.name = SPAN_LIT("  ")}, ERR_INVAL, REFUSE_EMPTY},
        {CMD_ROLE_ADD, {.name = SPAN_LIT("a\nb")}, ERR_INVAL, REFUSE_ONE_LINE},
        {CMD_ROLE_ADD,
         {.name = SPAN_LIT("New"), .permissions = SPAN_LIT("reply,fly")},
         ERR_INVAL,
         REFUSE_WORD_AMONG},
        {CMD_ROLE_SET, {.role = 7, .name = SPAN_LIT("New")}, ERR_NOTFOUND, REFUSE_ROLE_UNKNOWN},
        {CMD_ROLE_SET,
         {.role = writers, .name = SPAN_LIT("New"), .version = 9},
         ERR_CONFLICT,
         REFUSE_STALE},
        {CMD_ROLE_REMOVE, {.role = writers, .version = 9}, ERR_CONFLICT, REFUSE_STALE},
        {CMD_ROLE_REMOVE, {.role = writers}, ERR_CONFLICT, REFUSE_ROLE_USED},
    };
    struct cmd by_agent = {.type = CMD_ROLE_REMOVE, .who = agent_(ann), .role.role = writers};

    assert_int_equal(pick(w, ann, writers).err, ERR_OK);
    assert_int_equal(pick(w, ann, 7).err, ERR_NOTFOUND);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct world_answer a = role(w, rows[i].type, rows[i].r);

        assert_int_equal(a.err, rows[i].err);
        assert_int_equal(a.fault.refusal, rows[i].why);
    }
    assert_int_equal(world_do(w, &by_agent).err, ERR_DENIED);
    assert_int_equal(world_set(w, OBJ_AGENT, ann, "role", "agent", NULL), ERR_OK);
    assert_int_equal(role(w, CMD_ROLE_REMOVE, (struct cmd_role){.role = writers}).err, ERR_OK);
    assert_null(core_role(w->k, writers));
}

static void there_are_so_many_at_most(void **state)
{
    struct world *w = *state;
    char name[16];

    for (unsigned i = 0; i < ROLES_MAX; i++) {
        snprintf(name, sizeof(name), "R%u", i);
        add(w, name, "");
    }
    assert_int_equal(role(w, CMD_ROLE_ADD, (struct cmd_role){.name = SPAN_LIT("one more")}).err,
                     ERR_FULL);
}

static void the_last_administrator_is_given_no_custom_role_by_himself(void **state)
{
    struct world *w = *state;
    uint64_t writers = add(w, "Writers", "reply"), ann = world_agent_idle(w, "ann", SALES);
    struct cmd cmd = {
        .type = CMD_AGENT_ROLE, .who = agent_(ann), .agent_role = {.agent = ann, .role = writers}};

    assert_int_equal(world_set(w, OBJ_AGENT, ann, "role", "admin", NULL), ERR_OK);
    assert_int_equal(world_do(w, &cmd).fault.refusal, REFUSE_LAST_ADMIN);
    world_set(w, OBJ_AGENT, world_agent_idle(w, "bob", SALES), "role", "admin", NULL);
    assert_int_equal(world_do(w, &cmd).err, ERR_OK);
}

/* explaining: whatever it says, the table says, too */

static void the_answer_is_the_tables_for_every_action(void **state)
{
    struct world *w = *state;
    uint64_t writers = add(w, "Writers", "reply,note"), support = world_dept(w, "S", "private");
    uint64_t ann = world_agent(w, "ann", SALES), bob = world_agent(w, "bob", SALES), chat;
    struct principal who = agent_(bob);

    world_status(w, bob, STATUS_BUSY);
    chat = world_ring(w, SALES);
    world_accept(w, ann, chat);
    assert_int_equal(pick(w, bob, writers).err, ERR_OK);
    for (int step = 0; step < 4; step++) {
        if (step == 1)
            world_set(w, OBJ_AGENT, bob, "scope", "own", NULL);
        if (step == 2)
            world_set(w, OBJ_AGENT, bob, "role", "light", NULL);
        if (step == 3)
            world_do(w, &(struct cmd){.type = CMD_MEMBER_REMOVE,
                                      .who = operator_(),
                                      .member = {.agent = bob, .dept = SALES}});
        for (unsigned action = 0; action < ACT_COUNT; action++) {
            struct rights_answer a =
                rights_explain(w->k, world_agent_of(w, bob), action, world_conv(w, chat));
            enum refusal why;
            err_t err = rights_may(w->k, &who, action, world_conv(w, chat), &why);

            assert_int_equal(a.err, err);
            assert_int_equal(a.why, why);
            assert_int_equal(a.member, step < 3);
            assert_true(err != ERR_OK || a.ways != 0);
        }
    }
    (void)support;
}

static void it_names_the_permission_that_is_lacking_and_the_chat_access(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent(w, "ann", SALES), chat;
    struct rights_answer a;

    world_status(w, ann, STATUS_BUSY);
    chat = world_ring(w, SALES);
    a = rights_explain(w->k, world_agent_of(w, ann), ACT_PICK, world_conv(w, chat));
    assert_int_equal(a.err, ERR_OK);
    assert_int_equal(a.needs, PERM_COUNT);
    world_do(w, &(struct cmd){.type = CMD_MEMBER_SET,
                              .who = operator_(),
                              .member = {.agent = ann, .dept = SALES, .notify = true}});
    a = rights_explain(w->k, world_agent_of(w, ann), ACT_PICK, world_conv(w, chat));
    assert_int_equal(a.why, REFUSE_NO_CHAT_ACCESS);
    assert_true(a.member && !a.chat);
    assert_int_equal(world_conv_cmd(w, CMD_CONV_PICK, agent_(ann), chat).err, ERR_DENIED);
    world_set(w, OBJ_AGENT, ann, "role", "custom", NULL);
    world_set(w, OBJ_AGENT, ann, "permissions", "note", NULL);
    a = rights_explain(w->k, world_agent_of(w, ann), ACT_REPLY, world_conv(w, chat));
    assert_int_equal(a.why, REFUSE_NO_PERMISSION);
    assert_int_equal(a.needs, PERM_REPLY);
    assert_int_equal(rights_needs(world_agent_of(w, ann), ACT_SEE), PERM_COUNT);
    a = rights_explain(w->k, world_agent_of(w, ann), ACT_NOTE, NULL);
    assert_int_equal(a.err, ERR_OK);
    assert_int_equal(a.ways, BIT(WAY_HOLDS));
    a = rights_explain(w->k, world_agent_of(w, ann), ACT_REPLY, NULL);
    assert_int_equal(a.why, REFUSE_NO_PERMISSION);
    a = rights_explain(w->k, world_agent_of(w, ann), ACT_ADMIN, NULL);
    assert_int_equal(a.why, REFUSE_FOR_ADMINS);
    world_set(w, OBJ_AGENT, ann, "enabled", "off", NULL);
    a = rights_explain(w->k, world_agent_of(w, ann), ACT_NOTE, NULL);
    assert_int_equal(a.why, REFUSE_ACCOUNT_DISABLED);
}

static void the_table_says_what_a_permission_is_for(void **state)
{
    (void)state;
    assert_int_equal(permission_actions(PERM_REPLY),
                     BIT(ACT_REPLY) | BIT(ACT_FORWARD) | BIT(ACT_PICK));
    assert_false(permission_counts_for_all(PERM_REPLY));
    assert_true(permission_counts_for_all(PERM_BLOCK));
    assert_int_equal(permission_actions(PERM_CANNED), 0);
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, world_setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_role_gives_its_permissions_and_a_change_reaches_all_who_have_it),
        T(a_role_that_loses_the_reply_frees_the_chats_at_once),
        T(what_is_set_by_hand_is_the_agents_own),
        T(what_cannot_be_is_refused_by_name),
        T(there_are_so_many_at_most),
        T(the_last_administrator_is_given_no_custom_role_by_himself),
        T(the_answer_is_the_tables_for_every_action),
        T(it_names_the_permission_that_is_lacking_and_the_chat_access),
        cmocka_unit_test(the_table_says_what_a_permission_is_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
