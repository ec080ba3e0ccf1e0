/* Handling time: when it runs, for whom, what it survives, and how it is corrected. */
#include "core_world.h"

struct shop {
    uint64_t ann, bob, chat;
};

static struct shop shop_open(struct world *w)
{
    struct shop s = {.ann = world_agent(w, "ann", SALES)};

    s.chat = world_ring(w, SALES);
    world_advance(w, 5000);
    world_accept(w, s.ann, s.chat);
    s.bob = world_agent(w, "bob", SALES);
    return s;
}

static int64_t time_of(struct world *w, uint64_t chat, uint64_t agent)
{
    return conv_time_ms(world_conv(w, chat), agent, w->now_ms);
}

static void same(const struct conv *cv, const struct conv *copy)
{
    assert_int_equal(cv->timed, copy->timed);
    assert_int_equal(cv->timed_by, copy->timed_by);
    assert_int_equal(cv->timed_ms, copy->timed_ms);
    assert_int_equal(cv->ntimes, copy->ntimes);
    for (size_t i = 0; i < cv->ntimes; i++) {
        assert_int_equal(cv->times[i].agent, copy->times[i].agent);
        assert_int_equal(cv->times[i].dept, copy->times[i].dept);
        assert_int_equal(cv->times[i].ms, copy->times[i].ms);
        assert_int_equal(cv->times[i].corrected, copy->times[i].corrected);
    }
}

static struct world_answer set(struct world *w, struct principal who, uint64_t chat, uint64_t agent,
                               int64_t ms)
{
    return world_do(w, &(struct cmd){
                           .type = CMD_CONV_TIME,
                           .who = who,
                           .conv = chat,
                           .time = {.agent = agent, .ms = ms},
                       });
}

static void it_runs_from_taking_to_the_end_and_not_before(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);

    assert_int_equal(time_of(w, s.chat, s.ann), 0); /* she was asked for 5 s */
    world_advance(w, 30000);
    assert_int_equal(time_of(w, s.chat, s.ann), 30000);
    world_say(w, agent_(s.ann), s.chat, "hi");
    world_advance(w, 10000);
    world_conv_cmd(w, CMD_CHAT_END, agent_(s.ann), s.chat);
    world_advance(w, 60000);
    assert_int_equal(time_of(w, s.chat, s.ann), 40000);
    assert_int_equal(world_conv(w, s.chat)->times[0].ms, 40000);
    assert_int_equal(time_of(w, s.chat, s.bob), 0);
    world_assert_replays(w);
}

static void each_has_his_own_from_hand_to_hand(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);
    struct cmd assign = {.type = CMD_CONV_ASSIGN, .conv = s.chat};

    world_advance(w, 20000);
    assign.who = operator_();
    assign.assign = (struct cmd_assign){.agent = s.bob, .holder = s.ann};
    assert_int_equal(world_do(w, &assign).err, ERR_OK);
    world_advance(w, 7000);
    world_assert_kept(w, same);
    assign.assign = (struct cmd_assign){.agent = s.ann, .holder = s.bob};
    assert_int_equal(world_do(w, &assign).err, ERR_OK);
    world_advance(w, 1000);
    assert_int_equal(time_of(w, s.chat, s.ann), 21000);
    assert_int_equal(time_of(w, s.chat, s.bob), 7000);
    assert_int_equal(world_conv(w, s.chat)->ntimes, 2);
    world_assert_replays(w);
}

/* Waiting is nobody's; being away with it is his until it is taken from him. */
static void it_stands_while_nobody_has_it(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);
    struct cmd cmd = {.type = CMD_CONV_TRANSFER, .conv = s.chat, .transfer.dept = SALES};

    world_advance(w, 3000);
    cmd.who = agent_(s.ann);
    assert_int_equal(world_do(w, &cmd).err, ERR_OK);
    world_advance(w, 4000);
    assert_int_equal(time_of(w, s.chat, s.ann), 3000);
    assert_int_equal(time_of(w, s.chat, s.bob), 0);
    world_accept(w, s.bob, s.chat);
    world_advance(w, 2000);
    world_restart(w, w->now_ms);
    assert_int_equal(time_of(w, s.chat, s.bob), 2000);
}

/* Handed on, it stays where he had it; with him again elsewhere, it is all there. */
static void it_is_kept_where_he_had_it_last(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);
    uint64_t care = world_dept(w, "Care", "public"), cara = world_agent(w, "cara", care);
    struct cmd cmd = {.type = CMD_CONV_TRANSFER, .conv = s.chat, .transfer.dept = care};

    world_advance(w, 3000);
    cmd.who = agent_(s.ann);
    assert_int_equal(world_do(w, &cmd).err, ERR_OK);
    world_accept(w, cara, s.chat);
    world_advance(w, 2000);
    assert_int_equal(world_conv(w, s.chat)->times[0].dept, SALES);
    assert_int_equal(world_conv(w, s.chat)->times[1].dept, care);
    world_assert_kept(w, same);
    cmd = (struct cmd){.type = CMD_CONV_ASSIGN, .conv = s.chat, .who = operator_()};
    assert_int_equal(
        world_do(w, &(struct cmd){.type = CMD_MEMBER_SET,
                                  .who = operator_(),
                                  .member = {.agent = s.ann, .dept = care, .chat = true}})
            .err,
        ERR_OK);
    cmd.assign = (struct cmd_assign){.agent = s.ann, .holder = cara};
    assert_int_equal(world_do(w, &cmd).err, ERR_OK);
    world_advance(w, 1000);
    assert_int_equal(world_conv(w, s.chat)->times[0].dept, care);
    assert_int_equal(time_of(w, s.chat, s.ann), 4000);
    world_restart(w, w->now_ms);
    assert_int_equal(world_conv(w, s.chat)->times[0].dept, care);
    world_assert_replays(w);
}

static void it_waits_for_the_visitor_of_what_was_left_or_opened_again(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);
    struct cmd cmd = {.type = CMD_CONV_REOPEN, .conv = s.chat, .assign.agent = s.ann};
    uint64_t chat;

    world_conv_cmd(w, CMD_CHAT_END, agent_(s.ann), s.chat);
    cmd.who = agent_(s.ann);
    chat = world_do(w, &cmd).id;
    world_advance(w, 3600 * 1000);
    assert_int_equal(time_of(w, chat, s.ann), 0);
    world_conv_cmd(w, CMD_CHAT_CONNECT, visitor_(chat), chat);
    world_advance(w, 5000);
    assert_int_equal(time_of(w, chat, s.ann), 5000);
}

static void it_is_corrected_and_goes_on_from_there(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);
    struct logged *last;
    struct rec rec;

    world_advance(w, 30000);
    assert_int_equal(set(w, agent_(s.ann), s.chat, s.ann, 90000).err, ERR_OK);
    last = &w->log[w->nlog - 1];
    assert_int_equal(rec_decode(last->pos, (struct span){last->bytes, last->nbytes},
                                (struct span){last->body, last->nbody}, &rec),
                     ERR_OK);
    assert_int_equal(rec.type, REC_CONV_TIMED);
    assert_int_equal(rec.timed.was_ms, 30000);
    assert_int_equal(rec.timed.ms, 90000);
    world_advance(w, 1000);
    assert_int_equal(time_of(w, s.chat, s.ann), 91000);
    world_conv_cmd(w, CMD_CHAT_END, agent_(s.ann), s.chat);
    assert_true(set(w, agent_(s.ann), s.chat, s.ann, 91000).unchanged);
    assert_int_equal(set(w, agent_(s.ann), s.chat, s.ann, 0).err, ERR_OK);
    assert_int_equal(time_of(w, s.chat, s.ann), 0);
    assert_true(world_conv(w, s.chat)->times[0].corrected);
    world_assert_replays(w);
}

static void of_others_it_is_for_who_supervises(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);
    struct world_answer a = set(w, agent_(s.bob), s.chat, s.ann, 1000);

    assert_int_equal(a.err, ERR_DENIED);
    world_set_agent(w, s.bob, "permissions", "supervise");
    assert_int_equal(set(w, agent_(s.bob), s.chat, s.ann, 1000).err, ERR_OK);
    assert_int_equal(set(w, operator_(), s.chat, s.ann, 2000).err, ERR_OK);
    assert_int_equal(set(w, visitor_(s.chat), s.chat, s.ann, 1).err, ERR_DENIED);
}

static void what_cannot_be_is_refused_by_name(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);
    struct world_answer a = set(w, operator_(), s.chat, s.bob, 1000);

    assert_int_equal(a.err, ERR_CONFLICT);
    assert_int_equal(a.fault.refusal, REFUSE_TIME_NONE);
    assert_int_equal(set(w, operator_(), s.chat, 999, 0).fault.refusal, REFUSE_AGENT_UNKNOWN);
    assert_int_equal(set(w, operator_(), s.chat, s.ann, TIME_MAX_MS).err, ERR_OK);
    a = set(w, operator_(), s.chat, s.ann, TIME_MAX_MS + 1);
    assert_int_equal(a.fault.refusal, REFUSE_RANGE);
    assert_string_equal(a.fault.field, "seconds");
    assert_int_equal(set(w, operator_(), s.chat, s.ann, -1).err, ERR_INVAL);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, world_setup, world_teardown)
    const struct CMUnitTest tests[] = {
        T(it_runs_from_taking_to_the_end_and_not_before),
        T(each_has_his_own_from_hand_to_hand),
        T(it_stands_while_nobody_has_it),
        T(it_is_kept_where_he_had_it_last),
        T(it_waits_for_the_visitor_of_what_was_left_or_opened_again),
        T(it_is_corrected_and_goes_on_from_there),
        T(of_others_it_is_for_who_supervises),
        T(what_cannot_be_is_refused_by_name),
    };
#undef T

    return cmocka_run_group_tests(tests, NULL, NULL);
}
