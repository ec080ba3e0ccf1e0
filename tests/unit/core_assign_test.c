/* Chats that people give to one another by hand: who may, to whom, and who wins a race. */
#include "core_world.h"

static struct world_answer assign(struct world *w, struct principal who, uint64_t chat,
                                  uint64_t agent, uint64_t holder)
{
    return world_do(w, &(struct cmd){.type = CMD_CONV_ASSIGN,
                                     .who = who,
                                     .conv = chat,
                                     .assign = {.agent = agent, .holder = holder}});
}

struct shop {
    uint64_t ann, bob, chat;
};

/* A chat of ann's; bob is there, and away. */
static struct shop shop_open(struct world *w)
{
    struct shop s = {.ann = world_agent(w, "ann", SALES)};

    s.chat = world_ring(w, SALES);
    world_accept(w, s.ann, s.chat);
    s.bob = world_agent(w, "bob", SALES);
    world_status(w, s.bob, STATUS_AWAY);
    return s;
}

static void a_chat_is_handed_over_and_counted_with_whoever_has_it(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);

    world_advance(w, 5000);
    assert_int_equal(assign(w, agent_(s.ann), s.chat, s.bob, s.ann).err, ERR_OK);
    assert_int_equal(world_conv(w, s.chat)->agent, s.bob);
    assert_state(w, s.chat, CONV_ACTIVE);
    assert_int_equal(world_agent_of(w, s.ann)->active_count, 0);
    assert_int_equal(world_agent_of(w, s.bob)->active_count, 1);
    assert_int_equal(world_agent_of(w, s.ann)->idle_since_ms, w->now_ms);
    assert_true(assign(w, agent_(s.ann), s.chat, s.bob, s.bob).unchanged);
    world_assert_replays(w);
}

static void one_that_waits_is_assigned_past_offer_and_capacity(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);
    uint64_t eve = world_agent(w, "eve", SALES), chat;

    world_status(w, s.ann, STATUS_BUSY);
    world_set(w, OBJ_AGENT, s.ann, "capacity", "1", NULL);
    chat = world_ring(w, SALES);
    assert_offered(w, eve, chat);
    assert_int_equal(assign(w, agent_(s.bob), chat, s.ann, 0).err, ERR_OK);
    assert_int_equal(world_conv(w, chat)->agent, s.ann);
    assert_int_equal(world_agent_of(w, s.ann)->active_count, 2);
    assert_int_equal(world_agent_of(w, eve)->offer_count, 0);
    assert_int_equal(world_accept(w, eve, chat).err, ERR_TAKEN);
    world_assert_replays(w);
}

/* Two take it over at once: one has it, and the other learns who. */
static void a_race_has_one_winner(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);
    uint64_t eve = world_agent(w, "eve", SALES);
    struct world_answer late;

    assert_int_equal(assign(w, agent_(s.bob), s.chat, s.bob, s.ann).err, ERR_OK);
    late = assign(w, agent_(eve), s.chat, eve, s.ann);
    assert_int_equal(late.err, ERR_TAKEN);
    assert_string_equal(late.fault.values[0].text, "bob");
    assert_int_equal(assign(w, agent_(eve), s.chat, eve, 0).err, ERR_TAKEN);
    assert_int_equal(world_conv(w, s.chat)->agent, s.bob);
    world_leave(w, s.bob);
    world_advance(w, 60000);
    assert_offered(w, eve, s.chat);
    late = assign(w, agent_(s.ann), s.chat, s.ann, s.bob);
    assert_int_equal(late.err, ERR_LATE);
    assert_int_equal(late.fault.refusal, REFUSE_HOLDER_NONE);
}

static void refusals_say_what_the_candidate_lacks(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);
    uint64_t help = world_dept(w, "Help", "public"), other = world_agent(w, "other", help);
    uint64_t gone = world_agent_idle(w, "gone", SALES), light = world_agent(w, "lee", SALES);
    uint64_t off = world_agent(w, "off", SALES), mute = world_agent(w, "mute", SALES);
    const struct {
        uint64_t agent;
        err_t err;
        enum refusal why;
    } rows[] = {
        {12345, ERR_NOTFOUND, REFUSE_AGENT_UNKNOWN}, {other, ERR_CONFLICT, REFUSE_AGENT_NO_MEMBER},
        {gone, ERR_CONFLICT, REFUSE_AGENT_GONE},     {light, ERR_CONFLICT, REFUSE_AGENT_NO_REPLY},
        {off, ERR_CONFLICT, REFUSE_AGENT_DISABLED},  {mute, ERR_CONFLICT, REFUSE_AGENT_NO_CHAT},
    };

    world_set(w, OBJ_AGENT, light, "role", "light", NULL);
    world_set(w, OBJ_AGENT, off, "enabled", "off", NULL);
    world_do(w, &(struct cmd){.type = CMD_MEMBER_SET,
                              .who = operator_(),
                              .member = {.agent = mute, .dept = SALES}});
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct world_answer a = assign(w, agent_(s.ann), s.chat, rows[i].agent, s.ann);

        print_message("  row %zu\n", i);
        assert_int_equal(a.err, rows[i].err);
        assert_int_equal(a.fault.refusal, rows[i].why);
        assert_int_equal(world_conv(w, s.chat)->agent, s.ann);
    }
}

static void it_needs_the_right_and_an_open_chat(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);

    world_set(w, OBJ_AGENT, s.bob, "scope", "own", NULL);
    assert_int_equal(assign(w, agent_(s.bob), s.chat, s.bob, s.ann).err, ERR_NOTFOUND);
    world_set(w, OBJ_AGENT, s.ann, "permissions", "reply,end,transfer", NULL);
    world_set(w, OBJ_AGENT, s.ann, "role", "custom", NULL);
    assert_int_equal(assign(w, agent_(s.ann), s.chat, s.bob, s.ann).err, ERR_DENIED);
    world_set(w, OBJ_AGENT, s.ann, "permissions", "reply,end,assign", NULL);
    assert_int_equal(assign(w, agent_(s.ann), s.chat, s.bob, s.ann).err, ERR_OK);
    world_conv_cmd(w, CMD_CHAT_END, operator_(), s.chat);
    assert_int_equal(assign(w, operator_(), s.chat, s.ann, s.bob).err, ERR_ENDED);
}

/* What was on its way to another department stays there, with whoever is given it. */
static void one_on_its_way_is_taken_by_whom_it_is_given_to(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);
    uint64_t help = world_dept(w, "Help", "private"), eve = world_agent(w, "eve", help);

    world_status(w, eve, STATUS_BUSY);
    world_do(w, &(struct cmd){.type = CMD_CONV_TRANSFER,
                              .who = agent_(s.ann),
                              .conv = s.chat,
                              .transfer.dept = help});
    assert_int_equal(assign(w, operator_(), s.chat, eve, 0).err, ERR_OK);
    assert_int_equal(world_conv(w, s.chat)->dept, help);
    assert_int_equal(world_conv(w, s.chat)->handed_dept, 0);
    world_advance(w, 200000); /* and does not come back */
    assert_int_equal(world_conv(w, s.chat)->agent, eve);
    world_assert_replays(w);
}

static void what_others_gave_is_no_answer_to_what_was_missed(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);
    uint64_t eve = world_agent(w, "eve", SALES), chat;

    world_status(w, s.ann, STATUS_BUSY);
    chat = world_ring(w, SALES);
    assert_offered(w, eve, chat);
    world_advance(w, 20000);
    assert_int_equal(world_agent_of(w, eve)->lapsed_count, 1);
    assign(w, agent_(s.bob), chat, eve, 0);
    assert_int_equal(world_agent_of(w, eve)->lapsed_count, 1);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
    const struct CMUnitTest tests[] = {
        T(a_chat_is_handed_over_and_counted_with_whoever_has_it),
        T(one_that_waits_is_assigned_past_offer_and_capacity),
        T(a_race_has_one_winner),
        T(refusals_say_what_the_candidate_lacks),
        T(it_needs_the_right_and_an_open_chat),
        T(one_on_its_way_is_taken_by_whom_it_is_given_to),
        T(what_others_gave_is_no_answer_to_what_was_missed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
