/* Whom the next offer goes to, and for which chat: rounds of asking, and what returned. */
#include "core_world.h"

/* Whoever was not asked may stand before, between and behind those who were. */
static void who_was_not_asked_is_found_wherever_he_stands(void **state)
{
    enum { N = 7 };
    struct world *w = *state;
    uint64_t agents[N], chat;
    char name[16];

    for (int i = 0; i < N; i++) {
        snprintf(name, sizeof(name), "a%d", i);
        agents[i] = world_agent(w, name, SALES);
        world_advance(w, 10); /* so they stand in this order: longest idle first */
    }
    chat = world_ring(w, SALES);
    for (int i = 0; i < 4; i++) {
        assert_offered(w, agents[i], chat);
        if (i < 3)
            world_decline(w, agents[i], chat);
    }
    /* One of those asked goes, another comes back behind all. */
    world_status(w, agents[1], STATUS_AWAY);
    world_decline(w, agents[3], chat);
    assert_offered(w, agents[4], chat);
    /* Somebody new is the longest idle of all. */
    world_status(w, agents[5], STATUS_AWAY);
    world_status(w, agents[6], STATUS_AWAY);
    world_decline(w, agents[4], chat); /* all who are there were asked: a new round */
    assert_offered(w, agents[0], chat);
    world_status(w, agents[1], STATUS_AVAILABLE);
    world_status(w, agents[5], STATUS_AVAILABLE);
    world_decline(w, agents[0], chat);
    assert_offered(w, agents[1], chat);
    world_decline(w, agents[1], chat);
    assert_offered(w, agents[2], chat);
    assert_int_equal(world_conv(w, chat)->passed[PASSED_ASKED], 2);
    world_assert_replays(w);
}

/* RTE-9: before those who rang earlier and were never answered. */
static void returned_chats_go_before_all_that_never_left_the_queue(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent(w, "ann", SALES), bob = world_agent(w, "bob", SALES);
    uint64_t earlier, later, last;

    world_status(w, ann, STATUS_AWAY);
    world_status(w, bob, STATUS_AWAY);
    earlier = world_ring(w, SALES);
    world_advance(w, 10);
    later = world_ring(w, SALES);
    world_advance(w, 10);
    last = world_ring(w, SALES);
    assert_int_equal(world_conv_cmd(w, CMD_CONV_PICK, agent_(ann), later).err, ERR_OK);
    assert_int_equal(world_conv_cmd(w, CMD_CONV_PICK, agent_(ann), last).err, ERR_OK);
    world_leave(w, ann);
    world_advance(w, 30000);
    assert_state(w, later, CONV_WAITING);
    assert_int_equal(world_set(w, OBJ_AGENT, bob, "capacity", "1", NULL), ERR_OK);
    world_status(w, bob, STATUS_AVAILABLE);
    assert_offered(w, bob, later); /* of two that returned, the one that rang first */
    world_accept(w, bob, later);
    world_conv_cmd(w, CMD_CHAT_END, agent_(bob), later);
    assert_offered(w, bob, last);
    world_accept(w, bob, last);
    world_conv_cmd(w, CMD_CHAT_END, agent_(bob), last);
    assert_offered(w, bob, earlier);
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, world_setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(who_was_not_asked_is_found_wherever_he_stands),
        T(returned_chats_go_before_all_that_never_left_the_queue),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
