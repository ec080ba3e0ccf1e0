/* Chats that are handed on: where they go, who may, what comes back, and what rights say meanwhile.
 */
#include "core_world.h"

#define TRANSFER_MS 120000
#define OFFER_MS 20000

static struct world_answer hand(struct world *w, struct principal who, uint64_t chat,
                                struct cmd_transfer to)
{
    return world_do(
        w, &(struct cmd){.type = CMD_CONV_TRANSFER, .who = who, .conv = chat, .transfer = to});
}

static struct world_answer take_back(struct world *w, uint64_t agent, uint64_t chat)
{
    return world_conv_cmd(w, CMD_CONV_TAKE_BACK, agent_(agent), chat);
}

/* A chat of ann's in SALES; a private department with bob in it. */
struct shop {
    uint64_t back, ann, bob, chat;
};

static struct shop shop_open(struct world *w)
{
    struct shop s = {.back = world_dept(w, "Accounts", "private")};

    s.ann = world_agent(w, "ann", SALES);
    s.chat = world_ring(w, SALES);
    world_accept(w, s.ann, s.chat);
    s.bob = world_agent(w, "bob", s.back);
    return s;
}

static void to_a_department_its_routing_asks_and_whoever_takes_it_has_it(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);
    struct world_answer a =
        hand(w, agent_(s.ann), s.chat,
             (struct cmd_transfer){.dept = s.back, .text = SPAN_LIT("has order 7")});
    const struct conv *cv = world_conv(w, s.chat);

    assert_int_equal(a.err, ERR_OK);
    assert_offered(w, s.bob, s.chat);
    assert_int_equal(cv->dept, s.back);
    assert_int_equal(cv->entry, SALES);
    assert_string_equal(cv->handed_note, "has order 7");
    assert_int_equal(world_agent_of(w, s.ann)->active_count, 0);
    assert_int_equal(world_accept(w, s.bob, s.chat).err, ERR_OK);
    assert_int_equal(world_conv(w, s.chat)->agent, s.bob);
    assert_int_equal(world_conv(w, s.chat)->handed_dept, 0);
    world_advance(w, 2 * TRANSFER_MS); /* it does not come back any more */
    assert_int_equal(world_conv(w, s.chat)->agent, s.bob);
    world_assert_replays(w);
}

static void named_and_declined_it_comes_back_at_once(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);

    assert_int_equal(hand(w, agent_(s.ann), s.chat, (struct cmd_transfer){.agent = s.bob}).err,
                     ERR_OK);
    assert_offered(w, s.bob, s.chat);
    assert_int_equal(world_decline(w, s.bob, s.chat).err, ERR_OK);
    assert_state(w, s.chat, CONV_ACTIVE);
    assert_int_equal(world_conv(w, s.chat)->agent, s.ann);
    assert_int_equal(world_conv(w, s.chat)->dept, SALES);
    assert_int_equal(world_count(w, REC_CONV_CAME_BACK), 1);
    assert_int_equal(w->log[w->nlog - 1].why, WHY_DECLINED);
    assert_int_equal(w->log[w->nlog - 1].by, BY_SYSTEM);
    world_assert_replays(w);
}

static void what_nobody_takes_in_time_comes_back(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);

    world_status(w, s.bob, STATUS_BUSY);
    assert_int_equal(hand(w, agent_(s.ann), s.chat, (struct cmd_transfer){.dept = s.back}).err,
                     ERR_OK);
    world_advance(w, TRANSFER_MS - 1);
    assert_state(w, s.chat, CONV_WAITING);
    world_advance(w, 1);
    assert_state(w, s.chat, CONV_ACTIVE);
    assert_int_equal(world_conv(w, s.chat)->agent, s.ann);
    assert_int_equal(world_count(w, REC_CONV_MISSED), 0);
    world_assert_replays(w);
}

/* Not there, or full by then: to the front of the queue that it came from. */
static void whoever_is_gone_finds_it_in_his_queue(void **state)
{
    static const char *const whys[] = {"gone", "away", "full", "disabled"};
    struct world *w = *state;

    for (size_t i = 0; i < COUNT_OF(whys); i++) {
        struct shop s;
        uint64_t eve;
        char name[20];

        print_message("  %s\n", whys[i]);
        world_teardown(state);
        world_setup(state);
        w = *state;
        s = shop_open(w);
        snprintf(name, sizeof(name), "eve%zu", i);
        eve = world_agent(w, name, SALES);
        world_set(w, OBJ_AGENT, s.ann, "capacity", "1", NULL);
        world_set(w, OBJ_AGENT, eve, "capacity", "1", NULL);
        hand(w, agent_(s.ann), s.chat, (struct cmd_transfer){.agent = s.bob});
        if (i == 0)
            world_leave(w, s.ann);
        else if (i == 1)
            world_status(w, s.ann, STATUS_AWAY);
        else if (i == 3)
            world_set(w, OBJ_AGENT, s.ann, "enabled", "off", NULL);
        else
            for (unsigned n = 0; n < 2; n++) {
                uint64_t other = world_ring(w, SALES);
                world_accept(w, world_conv(w, other)->agent, other);
            }
        world_decline(w, s.bob, s.chat);
        assert_int_equal(world_conv(w, s.chat)->dept, SALES);
        assert_int_equal(world_conv(w, s.chat)->handed_dept, 0);
        assert_true(world_conv(w, s.chat)->returned_ms > 0);
        if (i == 2)
            assert_state(w, s.chat, CONV_WAITING);
        else
            assert_offered(w, eve, s.chat);
        world_assert_replays(w);
    }
}

static void taken_back_it_is_ones_own_again_and_the_offer_is_over(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);

    world_do(w, &(struct cmd){.type = CMD_MEMBER_SET,
                              .who = operator_(),
                              .member = {.agent = s.bob, .dept = SALES}});
    world_set(w, OBJ_AGENT, s.ann, "capacity", "1", NULL);
    hand(w, agent_(s.ann), s.chat, (struct cmd_transfer){.dept = s.back});
    assert_offered(w, s.bob, s.chat);
    world_accept(w, s.ann, world_ring(w, SALES)); /* no place left, and yet */
    assert_int_equal(take_back(w, s.ann, s.chat).err, ERR_OK);
    assert_int_equal(world_conv(w, s.chat)->agent, s.ann);
    assert_int_equal(world_agent_of(w, s.bob)->offer_count, 0);
    assert_int_equal(world_accept(w, s.bob, s.chat).err, ERR_TAKEN); /* a console that slept */
    assert_int_equal(take_back(w, s.ann, s.chat).err, ERR_CONFLICT);
    world_assert_replays(w);
}

static void too_late_to_take_back_says_who_has_it(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);
    struct world_answer a;

    hand(w, agent_(s.ann), s.chat, (struct cmd_transfer){.dept = s.back});
    world_accept(w, s.bob, s.chat);
    a = take_back(w, s.ann, s.chat);
    assert_int_equal(a.err, ERR_TAKEN);
    assert_int_equal(a.fault.refusal, REFUSE_TAKEN_BY);
    assert_string_equal(a.fault.values[0].text, "bob");
}

/* One offer, past the queue and past the capacity; only whoever handed it on meant it so. */
static void a_named_agent_is_asked_beyond_his_capacity(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);
    uint64_t eve = world_agent(w, "eve", SALES), other;

    world_set(w, OBJ_AGENT, eve, "capacity", "1", NULL);
    other = world_ring(w, SALES);
    world_accept(w, eve, other);
    assert_int_equal(world_agent_of(w, eve)->active_count, 1);
    assert_int_equal(hand(w, agent_(s.ann), s.chat, (struct cmd_transfer){.agent = eve}).err,
                     ERR_OK);
    assert_offered(w, eve, s.chat);
    world_advance(w, OFFER_MS);
    assert_int_equal(world_conv(w, s.chat)->agent, s.ann);
    assert_int_equal(w->log[w->nlog - 1].why, WHY_LAPSED);
    world_assert_replays(w);
}

static void nobody_else_is_asked_first_when_it_goes_to_ones_own_department(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);
    uint64_t eve = world_agent(w, "eve", SALES);

    world_set(w, OBJ_AGENT, s.ann, "capacity", "10", NULL); /* the least busy by far */
    world_accept(w, eve, world_ring(w, SALES));
    hand(w, agent_(s.ann), s.chat, (struct cmd_transfer){.dept = SALES});
    assert_offered(w, eve, s.chat);
}

static void refusals_say_what_is_missing(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);
    uint64_t empty = world_dept(w, "Empty", "public"), off = world_dept(w, "Off", "public");
    uint64_t idle = world_agent_idle(w, "idle", s.back), light = world_agent(w, "lee", s.back);
    uint64_t gone = world_agent(w, "gone", s.back), mute = world_agent(w, "mute", s.back);
    const struct {
        struct cmd_transfer to;
        err_t err;
        enum refusal why;
    } rows[] = {
        {{.dept = empty}, ERR_CONFLICT, REFUSE_NOBODY_THERE},
        {{.dept = SALES}, ERR_CONFLICT, REFUSE_NOBODY_THERE}, /* oneself alone */
        {{.dept = off}, ERR_CONFLICT, REFUSE_DEPARTMENT_OFF},
        {{.dept = 12345}, ERR_NOTFOUND, REFUSE_DEPARTMENT_UNKNOWN},
        {{.agent = 12345}, ERR_NOTFOUND, REFUSE_AGENT_UNKNOWN},
        {{.agent = s.ann}, ERR_CONFLICT, REFUSE_HOLDS_IT},
        {{.agent = idle}, ERR_CONFLICT, REFUSE_AGENT_AWAY},
        {{.agent = light}, ERR_CONFLICT, REFUSE_AGENT_NO_REPLY},
        {{.agent = gone}, ERR_CONFLICT, REFUSE_AGENT_DISABLED},
        {{.agent = mute}, ERR_CONFLICT, REFUSE_AGENT_NO_MEMBER},
        {{.agent = mute, .dept = s.back}, ERR_CONFLICT, REFUSE_AGENT_NO_CHAT},
        {{.agent = s.bob, .dept = SALES}, ERR_CONFLICT, REFUSE_AGENT_NO_MEMBER},
        {{.agent = s.bob, .dept = off}, ERR_CONFLICT, REFUSE_DEPARTMENT_OFF},
        {{.dept = s.back, .holder = s.bob}, ERR_TAKEN, REFUSE_TAKEN_BY},
        {{.dept = s.back, .text = SPAN_LIT("\x01")}, ERR_INVAL, REFUSE_CONTROL},
    };
    struct world_answer a;

    world_agent(w, "offagent", off);
    world_set(w, OBJ_DEPT, off, "chat_on", "off", NULL);
    world_set(w, OBJ_AGENT, light, "role", "light", NULL);
    world_set(w, OBJ_AGENT, gone, "enabled", "off", NULL);
    world_do(w, &(struct cmd){.type = CMD_MEMBER_SET,
                              .who = operator_(),
                              .member = {.agent = mute, .dept = s.back}});
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        print_message("  row %zu\n", i);
        a = hand(w, agent_(s.ann), s.chat, rows[i].to);
        assert_int_equal(a.err, rows[i].err);
        assert_int_equal(a.fault.refusal, rows[i].why);
        assert_int_equal(world_conv(w, s.chat)->agent, s.ann);
    }
}

static void states_in_which_there_is_nothing_to_hand_on(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);
    const struct cmd_transfer to = {.dept = s.back};
    uint64_t waiting;

    world_status(w, s.ann, STATUS_BUSY);
    waiting = world_ring(w, SALES);
    assert_int_equal(hand(w, agent_(s.ann), waiting, to).fault.refusal, REFUSE_NOT_TAKEN);
    hand(w, agent_(s.ann), s.chat, to);
    assert_int_equal(hand(w, agent_(s.ann), s.chat, to).fault.refusal, REFUSE_HANDED_ALREADY);
    take_back(w, s.ann, s.chat);
    world_conv_cmd(w, CMD_CHAT_END, agent_(s.ann), s.chat);
    assert_int_equal(hand(w, agent_(s.ann), s.chat, to).err, ERR_ENDED);
    assert_int_equal(take_back(w, s.ann, s.chat).err, ERR_ENDED);
}

/* DEP-8. */
static void the_portal_can_keep_chats_in_their_departments(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);
    uint64_t eve = world_agent(w, "eve", SALES);

    assert_int_equal(world_set(w, OBJ_PORTAL, 0, "transfer_between", "off", NULL), ERR_OK);
    assert_int_equal(hand(w, agent_(s.ann), s.chat, (struct cmd_transfer){.dept = s.back}).err,
                     ERR_DENIED);
    assert_int_equal(hand(w, agent_(s.ann), s.chat, (struct cmd_transfer){.agent = s.bob}).err,
                     ERR_DENIED);
    assert_int_equal(hand(w, agent_(s.ann), s.chat, (struct cmd_transfer){.agent = eve}).err,
                     ERR_OK);
    assert_offered(w, eve, s.chat);
}

/* Whoever handed it on sees it until it is taken, though he is not where it is; then no more. */
static void who_handed_it_on_sees_it_until_it_is_taken(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);
    struct list_want mine = {.list = LIST_MINE}, all = {.list = LIST_ALL};
    struct reader r;

    hand(w, agent_(s.ann), s.chat, (struct cmd_transfer){.dept = s.back});
    r = reader_of_agent(w->k, s.ann);
    assert_int_equal(audience_ways(&r, ACT_SEE, world_conv(w, s.chat)), BIT(WAY_HANDED));
    assert_int_equal(audience_ways(&r, ACT_REPLY, world_conv(w, s.chat)), 0);
    assert_true(audience_in_list(&r, &mine, world_conv(w, s.chat)));
    assert_int_equal(audience_count(&r, &mine), 1);
    assert_int_equal(audience_count(&r, &all), 1);
    world_accept(w, s.bob, s.chat);
    r = reader_of_agent(w->k, s.ann);
    assert_false(audience_sees(&r, world_conv(w, s.chat)));
    assert_int_equal(audience_count(&r, &mine), 0);
    assert_int_equal(audience_count(&r, &all), 0);
}

/* A department that is deleted meanwhile keeps nothing, and nobody is missed for it. */
static void what_was_handed_to_a_department_that_is_deleted_comes_back(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);

    world_status(w, s.bob, STATUS_AWAY);
    hand(w, agent_(s.ann), s.chat, (struct cmd_transfer){.dept = s.back});
    assert_state(w, s.chat, CONV_WAITING);
    world_do(w, &(struct cmd){.type = CMD_DEPT_REMOVE, .who = operator_(), .dept = s.back});
    assert_state(w, s.chat, CONV_ACTIVE);
    assert_int_equal(world_conv(w, s.chat)->dept, SALES);
    assert_int_equal(world_count(w, REC_CONV_MISSED), 0);
    world_assert_replays(w);
}

/* DEP-3: neither place nor time to wait of a department that the visitor knows nothing of. */
static void the_visitor_has_no_place_in_another_queue(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);
    int64_t eta_ms;

    world_status(w, s.bob, STATUS_AWAY);
    hand(w, agent_(s.ann), s.chat, (struct cmd_transfer){.dept = s.back});
    assert_int_equal(core_queue_place(w->k, world_conv(w, s.chat), &eta_ms), 0);
    assert_int_equal(eta_ms, 0);
}

static void images_hold_what_is_on_its_way(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);
    struct core *copy;

    hand(w, agent_(s.ann), s.chat, (struct cmd_transfer){.agent = s.bob, .text = SPAN_LIT("x")});
    copy = world_copy_by_images(w);
    assert_int_equal(core_conv(copy, s.chat)->handed_to, s.bob);
    assert_int_equal(core_conv(copy, s.chat)->handed_by, s.ann);
    assert_string_equal(core_conv(copy, s.chat)->handed_note, "x");
    assert_int_equal(core_digest(copy), core_digest(w->k));
    core_free(copy);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
    const struct CMUnitTest tests[] = {
        T(to_a_department_its_routing_asks_and_whoever_takes_it_has_it),
        T(named_and_declined_it_comes_back_at_once),
        T(what_nobody_takes_in_time_comes_back),
        T(whoever_is_gone_finds_it_in_his_queue),
        T(taken_back_it_is_ones_own_again_and_the_offer_is_over),
        T(too_late_to_take_back_says_who_has_it),
        T(a_named_agent_is_asked_beyond_his_capacity),
        T(nobody_else_is_asked_first_when_it_goes_to_ones_own_department),
        T(refusals_say_what_is_missing),
        T(states_in_which_there_is_nothing_to_hand_on),
        T(the_portal_can_keep_chats_in_their_departments),
        T(who_handed_it_on_sees_it_until_it_is_taken),
        T(what_was_handed_to_a_department_that_is_deleted_comes_back),
        T(the_visitor_has_no_place_in_another_queue),
        T(images_hold_what_is_on_its_way),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
