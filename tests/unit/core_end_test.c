/* Ends that can be undone: what waits for them, who may undo them, and what undoes them by itself.
 */
#include "core_world.h"

struct shop {
    uint64_t ann, bob, chat;
};

static struct shop shop_open(struct world *w)
{
    struct shop s = {.ann = world_agent(w, "ann", SALES)};

    s.chat = world_ring(w, SALES);
    world_accept(w, s.ann, s.chat);
    world_say(w, agent_(s.ann), s.chat, "hello");
    s.bob = world_agent(w, "bob", SALES);
    w->nmails = 0;
    return s;
}

static struct world_answer end(struct world *w, struct principal who, uint64_t chat)
{
    return world_do(
        w, &(struct cmd){.type = CMD_CHAT_END, .who = who, .conv = chat, .end.undo = true});
}

static struct world_answer undo(struct world *w, struct principal who, uint64_t chat)
{
    return world_conv_cmd(w, CMD_CHAT_UNDO_END, who, chat);
}

static void nothing_of_an_end_goes_out_until_it_stands(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);
    uint32_t n = world_conv(w, s.chat)->n;

    assert_int_equal(end(w, agent_(s.ann), s.chat).err, ERR_OK);
    world_advance(w, END_UNDO_MS - 1);
    assert_state(w, s.chat, CONV_ACTIVE);
    assert_int_equal(w->nmails, 0);
    assert_int_equal(world_conv(w, s.chat)->n, n); /* the visitor reads nothing */
    world_advance(w, 1);
    assert_state(w, s.chat, CONV_ENDED);
    assert_int_equal(world_conv(w, s.chat)->why, WHY_AGENT);
    assert_int_equal(world_conv(w, s.chat)->ending_ms, 0);
    assert_int_equal(world_mails(w, MAIL_TRANSCRIPT), 1);
    assert_int_equal(w->log[w->nlog - 1].by, BY_AGENT);
    world_assert_replays(w);
}

static void undone_it_goes_on_and_no_mail_was_ordered(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);

    end(w, agent_(s.ann), s.chat);
    world_advance(w, END_UNDO_MS - 1);
    assert_int_equal(undo(w, agent_(s.ann), s.chat).err, ERR_OK);
    world_advance(w, 60000);
    assert_state(w, s.chat, CONV_ACTIVE);
    assert_int_equal(world_mails(w, MAIL_TRANSCRIPT), 0);
    assert_int_equal(world_say(w, agent_(s.ann), s.chat, "one thing more").err, ERR_OK);
    assert_true(undo(w, agent_(s.ann), s.chat).unchanged);
    assert_int_equal(world_conv_cmd(w, CMD_CHAT_END, agent_(s.ann), s.chat).err, ERR_OK);
    assert_state(w, s.chat, CONV_ENDED);
    assert_int_equal(world_mails(w, MAIL_TRANSCRIPT), 1);
    world_assert_replays(w);
}

static void an_end_that_stands_is_not_undone(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);
    struct world_answer a;

    end(w, agent_(s.ann), s.chat);
    w->now_ms += END_UNDO_MS; /* due, and not settled yet */
    a = undo(w, agent_(s.ann), s.chat);
    assert_int_equal(a.err, ERR_LATE);
    assert_int_equal(a.fault.refusal, REFUSE_END_STANDS);
    world_settle(w);
    assert_state(w, s.chat, CONV_ENDED);
    a = undo(w, agent_(s.ann), s.chat);
    assert_int_equal(a.err, ERR_LATE);
    assert_int_equal(a.fault.refusal, REFUSE_END_STANDS);
}

static void who_ended_it_alone_undoes_it(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);
    struct world_answer a;

    end(w, agent_(s.bob), s.chat);
    a = undo(w, agent_(s.ann), s.chat);
    assert_int_equal(a.err, ERR_DENIED);
    assert_int_equal(a.fault.refusal, REFUSE_ENDING_BY);
    assert_int_equal(undo(w, operator_(), s.chat).err, ERR_DENIED);
    assert_int_equal(undo(w, agent_(s.bob), s.chat).err, ERR_OK);
    assert_int_equal(world_conv(w, s.chat)->agent, s.ann); /* whose it stays */
}

static void while_it_can_be_undone_nothing_else_goes(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);
    const struct cmd cmds[] = {
        {.type = CMD_CHAT_SEND, .line.text = SPAN_LIT("late")},
        {.type = CMD_CONV_TRANSFER, .transfer.dept = SALES},
        {.type = CMD_CONV_ASSIGN, .assign = {.agent = s.bob, .holder = s.ann}},
    };

    end(w, agent_(s.ann), s.chat);
    for (size_t i = 0; i < COUNT_OF(cmds); i++) {
        struct cmd cmd = cmds[i];
        struct world_answer a;

        cmd.who = agent_(s.ann);
        cmd.conv = s.chat;
        a = world_do(w, &cmd);
        assert_int_equal(a.err, ERR_ENDED);
        assert_int_equal(a.fault.refusal, REFUSE_ENDING_BY);
    }
    assert_true(end(w, agent_(s.bob), s.chat).unchanged);
    assert_int_equal(world_conv(w, s.chat)->ending_by, s.ann);
}

static void what_the_visitor_writes_undoes_it(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);
    struct world_answer a;

    end(w, agent_(s.ann), s.chat);
    a = world_say(w, visitor_(s.chat), s.chat, "wait");
    assert_int_equal(a.err, ERR_OK);
    assert_int_equal(a.n, world_conv(w, s.chat)->n);
    world_advance(w, END_UNDO_MS);
    assert_state(w, s.chat, CONV_ACTIVE);
    assert_true(world_conv(w, s.chat)->visitor_last);
    assert_int_equal(world_agent_of(w, s.ann)->active_count, 1);
    assert_int_equal(world_mails(w, MAIL_TRANSCRIPT), 0);
}

static void the_visitors_own_end_stands_at_once(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);

    end(w, agent_(s.ann), s.chat);
    assert_int_equal(end(w, visitor_(s.chat), s.chat).err, ERR_OK);
    assert_state(w, s.chat, CONV_ENDED);
    assert_int_equal(world_conv(w, s.chat)->why, WHY_VISITOR);
    assert_int_equal(world_mails(w, MAIL_TRANSCRIPT), 1);
}

static void operators_and_those_who_ask_for_no_time_end_it_at_once(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);
    uint64_t other;

    end(w, agent_(s.ann), s.chat);
    world_conv_cmd(w, CMD_CHAT_END, agent_(s.ann), s.chat);
    assert_state(w, s.chat, CONV_ENDED);
    assert_int_equal(world_mails(w, MAIL_TRANSCRIPT), 1);
    other = world_ring(w, SALES);
    world_accept(w, world_conv(w, other)->agent, other);
    end(w, operator_(), other);
    assert_state(w, other, CONV_ENDED);
}

/* Its place is free for the next at once; undone, he has one more than his capacity. */
static void the_place_is_free_and_comes_back_beyond_capacity(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);
    uint64_t next;

    world_set(w, OBJ_AGENT, s.ann, "capacity", "1", NULL);
    world_status(w, s.bob, STATUS_AWAY);
    next = world_ring(w, SALES);
    assert_state(w, next, CONV_WAITING);
    end(w, agent_(s.ann), s.chat);
    assert_offered(w, s.ann, next);
    world_accept(w, s.ann, next);
    assert_int_equal(world_agent_of(w, s.ann)->active_count, 1);
    assert_int_equal(undo(w, agent_(s.ann), s.chat).err, ERR_OK);
    assert_int_equal(world_agent_of(w, s.ann)->active_count, 2);
    core_free(world_copy_by_images(w));
}

/* He has ended it: that his connection drops, or he is disabled, sends it to nobody else. */
static void an_agent_who_leaves_leaves_it_ended(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);

    end(w, agent_(s.ann), s.chat);
    assert_int_equal(world_set(w, OBJ_AGENT, s.ann, "enabled", "off", NULL), ERR_OK);
    assert_state(w, s.chat, CONV_ACTIVE);
    world_advance(w, END_UNDO_MS);
    assert_state(w, s.chat, CONV_ENDED);
    assert_int_equal(world_count(w, REC_CONV_RETURNED), 0);
}

static void an_end_outlives_a_restart_and_its_visitor(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);

    end(w, agent_(s.ann), s.chat);
    world_restart(w, 3000);
    assert_state(w, s.chat, CONV_ACTIVE);
    world_connect(w, s.ann);
    world_advance(w, END_UNDO_MS - 1);
    assert_state(w, s.chat, CONV_ACTIVE);
    world_advance(w, 1);
    assert_state(w, s.chat, CONV_ENDED);
    assert_int_equal(world_conv(w, s.chat)->why, WHY_AGENT);
    assert_int_equal(world_mails(w, MAIL_TRANSCRIPT), 1);
}

/* Silence ends no chat that has been ended, and begins anew where that is undone. */
static void its_own_reason_stands_before_silence(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);
    int64_t idle_ms = core_dept(w->k, SALES)->idle_ms;

    world_advance(w, idle_ms - 5000);
    end(w, agent_(s.bob), s.chat);
    world_advance(w, END_UNDO_MS - 1);
    assert_state(w, s.chat, CONV_ACTIVE);
    assert_int_equal(undo(w, agent_(s.bob), s.chat).err, ERR_OK);
    world_advance(w, idle_ms - 5000);
    assert_state(w, s.chat, CONV_ACTIVE);
    end(w, agent_(s.bob), s.chat);
    world_advance(w, END_UNDO_MS);
    assert_state(w, s.chat, CONV_ENDED);
    assert_int_equal(world_conv(w, s.chat)->why, WHY_AGENT);
}

/* As whoever ended it, who need not be who had it. */
static void it_is_ended_by_whoever_did(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);
    const struct logged *last;
    struct rec rec;

    end(w, agent_(s.bob), s.chat);
    world_advance(w, END_UNDO_MS);
    last = &w->log[w->nlog - 1];
    assert_int_equal(last->type, REC_CONV_ENDED);
    assert_int_equal(last->agent, s.ann);
    assert_int_equal(
        rec_decode(last->pos, (struct span){last->bytes, last->nbytes}, SPAN_NONE, &rec), ERR_OK);
    assert_int_equal(rec.who.id, s.bob);
}

static void a_blocked_visitors_ends_at_once(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);
    struct cmd block = {.type = CMD_BLOCK_ADD, .who = agent_(s.ann), .conv = s.chat};

    end(w, agent_(s.ann), s.chat);
    assert_int_equal(world_do(w, &block).err, ERR_OK);
    assert_state(w, s.chat, CONV_ENDED);
    assert_int_equal(world_conv(w, s.chat)->why, WHY_BLOCKED);
}

static void one_that_nobody_has_ends_at_once(void **state)
{
    struct world *w = *state;
    uint64_t chat;

    world_agent(w, "ann", SALES);
    chat = world_ring(w, SALES);
    end(w, operator_(), chat);
    assert_state(w, chat, CONV_MISSED);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, world_setup, world_teardown)
    const struct CMUnitTest tests[] = {
        T(nothing_of_an_end_goes_out_until_it_stands),
        T(undone_it_goes_on_and_no_mail_was_ordered),
        T(an_end_that_stands_is_not_undone),
        T(who_ended_it_alone_undoes_it),
        T(while_it_can_be_undone_nothing_else_goes),
        T(what_the_visitor_writes_undoes_it),
        T(the_visitors_own_end_stands_at_once),
        T(operators_and_those_who_ask_for_no_time_end_it_at_once),
        T(the_place_is_free_and_comes_back_beyond_capacity),
        T(an_agent_who_leaves_leaves_it_ended),
        T(an_end_outlives_a_restart_and_its_visitor),
        T(its_own_reason_stands_before_silence),
        T(it_is_ended_by_whoever_did),
        T(a_blocked_visitors_ends_at_once),
        T(one_that_nobody_has_ends_at_once),
    };
#undef T

    return cmocka_run_group_tests(tests, NULL, NULL);
}
