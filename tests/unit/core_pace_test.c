/* How a department goes about it: whose turn it is, and deadlines that change while somebody waits.
 */
#include "core_world.h"

/* Whoever is asked takes it. */
static uint64_t who_gets_the_next(struct world *w)
{
    uint64_t chat = world_ring(w, SALES), agent = world_conv(w, chat)->agent;

    assert_state(w, chat, CONV_OFFERED);
    assert_int_equal(world_accept(w, agent, chat).err, ERR_OK);
    return agent;
}

/* By turns, however busy they are; by load it would be the one with the many places each time. */
static void in_turn_everybody_is_asked_once_before_anybody_twice(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent(w, "ann", SALES), got[6];

    world_agent(w, "bob", SALES);
    world_agent(w, "eve", SALES);
    world_set(w, OBJ_AGENT, ann, "capacity", "50", NULL);
    for (size_t i = 0; i < 3; i++)
        who_gets_the_next(w);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(who_gets_the_next(w), ann);
    assert_int_equal(world_set(w, OBJ_DEPT, SALES, "strategy", "round-robin", NULL), ERR_OK);
    assert_true(who_gets_the_next(w) != ann); /* hers were the last ones */
    world_assert_replays(w);
    for (uint64_t id = 0; core_next_conv(w->k, &id);)
        if (conv_is_open(world_conv(w, id)))
            world_conv_cmd(w, CMD_CHAT_END, operator_(), id);
    for (size_t i = 0; i < COUNT_OF(got); i++)
        got[i] = who_gets_the_next(w);
    for (size_t i = 0; i + 3 < COUNT_OF(got); i++)
        assert_int_equal(got[i], got[i + 3]);
    assert_true(got[0] != got[1] && got[1] != got[2] && got[0] != got[2]);
    world_assert_replays(w);
}

static void set_tier(struct world *w, uint64_t agent, unsigned tier, err_t err)
{
    struct cmd cmd = {
        .type = CMD_MEMBER_SET,
        .who = operator_(),
        .member = {.agent = agent, .dept = SALES, .chat = true, .tier = (uint8_t)tier}};
    struct world_answer a = world_do(w, &cmd);

    assert_int_equal(a.err, err);
    if (err != ERR_OK)
        assert_string_equal(a.fault.field, "tier");
}

/* A tier is asked when nobody in those before it is free, or all of them were asked. */
static void by_tiers_the_lowest_with_somebody_free_is_asked(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent(w, "ann", SALES), bob = world_agent(w, "bob", SALES), chat;
    uint64_t eve = world_agent(w, "eve", SALES);

    set_tier(w, ann, TIERS_MAX, ERR_INVAL);
    set_tier(w, ann, TIERS_MAX - 1, ERR_OK);
    set_tier(w, bob, 1, ERR_OK);
    set_tier(w, eve, 1, ERR_OK);
    assert_int_equal(who_gets_the_next(w), ann); /* they count with this strategy alone */
    assert_int_equal(world_set(w, OBJ_DEPT, SALES, "strategy", "tiers", NULL), ERR_OK);
    assert_int_equal(who_gets_the_next(w), bob);
    assert_int_equal(who_gets_the_next(w), eve);
    assert_int_equal(who_gets_the_next(w), bob);
    chat = world_ring(w, SALES);
    assert_offered(w, eve, chat);
    world_decline(w, eve, chat);
    assert_offered(w, bob, chat);
    world_decline(w, bob, chat);
    assert_offered(w, ann, chat);
    set_tier(w, bob, 0, ERR_OK);
    assert_int_equal(agent_member(world_agent_of(w, bob), SALES)->tier, 0);
    assert_int_equal(who_gets_the_next(w), bob);
    world_assert_replays(w);
    struct core *copy = world_copy_by_images(w);
    assert_int_equal(core_digest(copy), core_digest(w->k));
    core_free(copy);
}

static void a_changed_wait_reaches_those_who_wait(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent(w, "ann", SALES), chat;

    world_status(w, ann, STATUS_BUSY);
    chat = world_ring(w, SALES);
    world_advance(w, 60000);
    assert_int_equal(world_set(w, OBJ_DEPT, SALES, "wait_ms", "90s", NULL), ERR_OK);
    world_advance(w, 29999);
    assert_state(w, chat, CONV_WAITING);
    world_advance(w, 1); /* since it rang, not since it was set */
    assert_state(w, chat, CONV_MISSED);
    chat = world_ring(w, SALES);
    world_advance(w, 60000);
    assert_int_equal(world_set(w, OBJ_DEPT, SALES, "wait_ms", "10m", NULL), ERR_OK);
    world_advance(w, 539999);
    assert_state(w, chat, CONV_WAITING);
    world_advance(w, 1);
    assert_state(w, chat, CONV_MISSED);
    world_assert_replays(w);
}

/* One that came back waits since then, not since it rang. */
static void a_changed_wait_counts_from_when_it_came_back(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent(w, "ann", SALES), chat = world_ring(w, SALES);
    int64_t since_ms;

    world_accept(w, ann, chat);
    world_leave(w, ann);
    world_advance(w, 60000);
    assert_state(w, chat, CONV_WAITING);
    since_ms = world_conv(w, chat)->returned_ms;
    assert_true(since_ms > world_conv(w, chat)->rang_ms);
    assert_int_equal(world_set(w, OBJ_DEPT, SALES, "wait_ms", "90s", NULL), ERR_OK);
    assert_int_equal(world_conv(w, chat)->wait_until_ms, since_ms + 90000);
}

static void a_changed_offer_reaches_whoever_is_asked(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent(w, "ann", SALES), chat = world_ring(w, SALES);
    const struct conv *cv = world_conv(w, chat);
    int64_t since_ms = cv->since_ms;

    assert_offered(w, ann, chat);
    assert_int_equal(world_set(w, OBJ_DEPT, SALES, "offer_ms", "60s", NULL), ERR_OK);
    assert_int_equal(world_conv(w, chat)->offer_until_ms, since_ms + 60000);
    world_advance(w, 59999);
    assert_offered(w, ann, chat);
    assert_int_equal(world_set(w, OBJ_DEPT, SALES, "offer_ms", "10s", NULL), ERR_OK);
    assert_int_equal(world_count(w, REC_CONV_OFFER_OVER), 1); /* which is over already */
    world_assert_replays(w);
}

static void a_changed_time_to_come_back_reaches_what_is_on_its_way(void **state)
{
    struct world *w = *state;
    uint64_t help = world_dept(w, "Help", "private"), ann = world_agent(w, "ann", SALES);
    uint64_t chat = world_ring(w, SALES), bob = world_agent(w, "bob", help);

    world_accept(w, ann, chat);
    world_status(w, bob, STATUS_BUSY);
    world_do(
        w, &(struct cmd){
               .type = CMD_CONV_TRANSFER, .who = agent_(ann), .conv = chat, .transfer.dept = help});
    world_advance(w, 10000);
    world_set(w, OBJ_DEPT, help, "transfer_ms", "1s", NULL); /* not theirs to say */
    assert_state(w, chat, CONV_WAITING);
    world_set(w, OBJ_DEPT, SALES, "transfer_ms", "15s", NULL);
    world_advance(w, 4999);
    assert_state(w, chat, CONV_WAITING);
    world_advance(w, 1);
    assert_int_equal(world_conv(w, chat)->agent, ann);
    world_assert_replays(w);
}

static void who_would_be_asked_is_who_is_asked(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent(w, "ann", SALES), bob = world_agent(w, "bob", SALES);
    uint64_t busy = world_agent(w, "busy", SALES), idle = world_agent_idle(w, "idle", SALES);
    uint64_t other = world_agent(w, "other", world_dept(w, "Help", "public"));
    const struct dept *d = core_dept(w->k, SALES);

    world_set(w, OBJ_AGENT, bob, "capacity", "1", NULL);
    world_status(w, busy, STATUS_BUSY);
    for (size_t i = 0; i < 4; i++) {
        enum chosen how;
        const struct agent *next = core_next_taker(w->k, d, NULL, &how);

        assert_non_null(next);
        assert_int_equal(who_gets_the_next(w), next->id);
    }
    assert_null(core_next_taker(w->k, d, NULL, &(enum chosen){0}));
    assert_int_equal(core_stand(d, world_agent_of(w, ann)), STAND_FULL);
    assert_int_equal(core_stand(d, world_agent_of(w, bob)), STAND_FULL);
    assert_int_equal(core_stand(d, world_agent_of(w, busy)), STAND_STATUS);
    assert_int_equal(core_stand(d, world_agent_of(w, idle)), STAND_OFFLINE);
    assert_int_equal(core_stand(d, world_agent_of(w, other)), STAND_NONE);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
    const struct CMUnitTest tests[] = {
        T(in_turn_everybody_is_asked_once_before_anybody_twice),
        T(by_tiers_the_lowest_with_somebody_free_is_asked),
        T(a_changed_wait_reaches_those_who_wait),
        T(a_changed_wait_counts_from_when_it_came_back),
        T(a_changed_offer_reaches_whoever_is_asked),
        T(who_would_be_asked_is_who_is_asked),
        T(a_changed_time_to_come_back_reaches_what_is_on_its_way),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
