/* Whom the next offer goes to, and for which chat: rounds of asking, pauses between them, and what
 * returned. */
#include "core_world.h"

/* Whoever was not asked may stand before, between and behind those who were. */
static void who_was_not_asked_is_found_wherever_he_stands(void **state)
{
    enum { N = 7 };
    struct world *w = *state;
    uint64_t agents[N], chat;
    char name[16];

    assert_int_equal(world_set(w, OBJ_DEPT, SALES, "pause_ms", "0", NULL), ERR_OK);
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

/* Until somebody is asked again.  He has let it go just now. */
static int64_t pause_of(struct world *w, uint64_t chat)
{
    int64_t since_ms = w->now_ms, next_ms;

    assert_state(w, chat, CONV_WAITING);
    next_ms = core_deadline(w->k);
    world_advance(w, next_ms - w->now_ms - 1);
    assert_state(w, chat, CONV_WAITING);
    world_advance(w, 1);
    assert_state(w, chat, CONV_OFFERED);
    return w->now_ms - since_ms;
}

/* RTE-15: alone, he is not asked again at once; the pause doubles up to its limit. */
static void before_a_new_round_is_a_pause_that_grows_up_to_its_limit(void **state)
{
    static const int64_t pauses[] = {10000, 20000, 25000, 25000};
    struct world *w = *state;
    struct core *copy;
    uint64_t ann = world_agent(w, "ann", SALES), chat;

    world_set(w, OBJ_DEPT, SALES, "pause_max_ms", "25s", NULL);
    chat = world_ring(w, SALES);
    for (size_t i = 0; i < COUNT_OF(pauses); i++) {
        world_decline(w, ann, chat);
        assert_int_equal(pause_of(w, chat), pauses[i]);
        world_assert_replays(w);
    }
    assert_int_equal(world_conv(w, chat)->rounds, 4);
    copy = world_copy_by_images(w);
    assert_int_equal(core_digest(w->k), core_digest(copy));
    core_free(copy);
    world_accept(w, ann, chat);
    assert_int_equal(world_conv(w, chat)->rounds, 0);
    world_leave(w, ann); /* back in the queue it begins with the first pause again */
    world_advance(w, 30000);
    world_connect(w, ann);
    world_decline(w, ann, chat);
    assert_int_equal(pause_of(w, chat), 10000);
}

/* The pause is for those who were asked. */
static void who_was_not_asked_is_asked_in_the_pause(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent(w, "ann", SALES), bob = world_agent(w, "bob", SALES), chat;

    world_status(w, bob, STATUS_AWAY);
    chat = world_ring(w, SALES);
    world_decline(w, ann, chat);
    world_advance(w, 4000);
    assert_state(w, chat, CONV_WAITING);
    world_status(w, bob, STATUS_AVAILABLE);
    assert_offered(w, bob, chat);
    world_advance(w, 5000);
    world_decline(w, bob, chat); /* from now on, for both */
    assert_true(pause_of(w, chat) == 10000);
    assert_int_equal(world_conv(w, chat)->nasked, 1);
}

/* Who reloads his console, or is busy for a moment, has given no answer. */
static void who_comes_back_is_asked_at_once(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent(w, "ann", SALES), bob = world_agent(w, "bob", SALES), chat;

    world_status(w, bob, STATUS_AWAY);
    chat = world_ring(w, SALES);
    world_leave(w, ann);
    assert_state(w, chat, CONV_WAITING);
    world_connect(w, ann);
    assert_offered(w, ann, chat);
    world_status(w, ann, STATUS_BUSY);
    assert_state(w, chat, CONV_WAITING);
    assert_int_equal(core_deadline(w->k), world_conv(w, chat)->wait_until_ms); /* no round */
    world_status(w, ann, STATUS_AVAILABLE);
    assert_offered(w, ann, chat);
    world_decline(w, ann, chat);
    world_leave(w, ann);
    world_connect(w, ann); /* which is an answer */
    assert_state(w, chat, CONV_WAITING);
    world_assert_replays(w);
}

/* One that rests holds back nobody: who rings then is offered at once, and its door is open. */
static void in_the_pause_those_behind_are_offered(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent(w, "ann", SALES), first, second;

    first = world_ring(w, SALES);
    world_decline(w, ann, first);
    assert_int_equal(core_door(w->k, core_dept(w->k, SALES)), DOOR_OPEN);
    second = world_ring(w, SALES);
    assert_offered(w, ann, second);
    assert_state(w, first, CONV_WAITING);
    world_accept(w, ann, second);
    assert_int_equal(pause_of(w, first), 10000);
}

/* A changed pause is that of those who rest already; and who has left is not asked for. */
static void a_changed_pause_reaches_those_who_rest(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent(w, "ann", SALES), chat = world_ring(w, SALES);

    world_decline(w, ann, chat);
    world_advance(w, 3000);
    world_set(w, OBJ_DEPT, SALES, "pause_ms", "5s", NULL);
    assert_int_equal(pause_of(w, chat), 2000);
    world_decline(w, ann, chat);
    world_set(w, OBJ_DEPT, SALES, "pause_ms", "0", NULL);
    assert_offered(w, ann, chat);
    world_set(w, OBJ_DEPT, SALES, "pause_ms", "10s", NULL);
    world_decline(w, ann, chat);
    world_conv_cmd(w, CMD_CHAT_END, visitor_(chat), chat);
    assert_state(w, chat, CONV_MISSED);
    world_advance(w, 60000);
    assert_int_equal(world_count(w, REC_CONV_ROUND), 2);
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, world_setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(who_was_not_asked_is_found_wherever_he_stands),
        T(before_a_new_round_is_a_pause_that_grows_up_to_its_limit),
        T(who_was_not_asked_is_asked_in_the_pause),
        T(who_comes_back_is_asked_at_once),
        T(in_the_pause_those_behind_are_offered),
        T(a_changed_pause_reaches_those_who_rest),
        T(returned_chats_go_before_all_that_never_left_the_queue),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
