/* A queue as a whole is moved: who goes, in which order and until when, and who may say so. */
#include "core_world.h"

#define WAIT_MS 600000

static uint64_t back, bob;

/* Sales, where nobody is free; Accounts, which is private, has bob. */
static int setup(void **state)
{
    struct world *w;

    if (world_setup(state) != 0)
        return -1;
    w = *state;
    back = world_dept(w, "Accounts", "private");
    world_status(w, world_agent(w, "away", SALES), STATUS_AWAY);
    bob = world_agent(w, "bob", back);
    world_status(w, bob, STATUS_AWAY);
    return 0;
}

static struct world_answer move(struct world *w, struct principal who, uint64_t from, uint64_t to)
{
    return world_do(
        w, &(struct cmd){.type = CMD_QUEUE_MOVE, .who = who, .queue = {.from = from, .to = to}});
}

static void same(const struct conv *cv, const struct conv *copy)
{
    assert_int_equal(copy->dept, cv->dept);
    assert_int_equal(copy->wait_until_ms, cv->wait_until_ms);
}

static void who_waits_goes_in_order_and_waits_anew(void **state)
{
    struct world *w = *state;
    uint64_t there, first, second;
    int64_t eta_ms;

    assert_int_equal(world_set(w, OBJ_DEPT, back, "type", "public", NULL), ERR_OK);
    there = world_ring(w, back);
    first = world_ring(w, SALES);
    world_advance(w, 1000);
    second = world_ring(w, SALES);
    assert_int_equal(world_set(w, OBJ_DEPT, back, "wait_ms", "10m", NULL), ERR_OK);
    world_advance(w, 100000);
    assert_int_equal(move(w, operator_(), SALES, back).err, ERR_OK);
    assert_int_equal(world_count(w, REC_CONV_MOVED), 2);
    assert_int_equal(world_conv(w, first)->dept, back);
    assert_int_equal(world_conv(w, first)->entry, SALES);
    assert_int_equal(world_conv(w, first)->wait_until_ms, w->now_ms + WAIT_MS);
    /* Its visitor has no place in a queue that is not his department's. */
    assert_int_equal(core_queue_place(w->k, world_conv(w, first), &eta_ms), 0);
    world_assert_kept(w, same);
    assert_int_equal(world_set(w, OBJ_AGENT, bob, "capacity", "1", NULL), ERR_OK);
    world_status(w, bob, STATUS_AVAILABLE);
    assert_offered(w, bob, first);
    assert_state(w, second, CONV_WAITING);
    assert_int_equal(world_set(w, OBJ_AGENT, bob, "capacity", "2", NULL), ERR_OK);
    assert_offered(w, bob, second);
    assert_state(w, there, CONV_WAITING);
    world_assert_replays(w);
}

/* Whoever rings at somebody goes on ringing, and what was handed on has somebody to go back to. */
static void offers_and_what_is_handed_on_stay(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent(w, "ann", SALES), handed = world_ring(w, SALES), rings, other;

    world_accept(w, ann, handed);
    assert_int_equal(world_do(w, &(struct cmd){.type = CMD_CONV_TRANSFER,
                                               .who = agent_(ann),
                                               .conv = handed,
                                               .transfer.dept = back})
                         .err,
                     ERR_OK);
    rings = world_ring(w, SALES);
    assert_offered(w, ann, rings);
    other = world_dept(w, "Help", "public");
    world_agent(w, "cleo", other);
    assert_true(move(w, operator_(), SALES, back).unchanged);
    assert_true(move(w, operator_(), back, other).unchanged);
    assert_int_equal(world_count(w, REC_CONV_MOVED), 0);
}

static void those_who_were_asked_are_asked_there_again(void **state)
{
    struct world *w = *state;
    uint64_t chat;
    struct cmd join = {.type = CMD_MEMBER_SET,
                       .who = operator_(),
                       .member = {.agent = bob, .dept = SALES, .chat = true}};

    assert_int_equal(world_do(w, &join).err, ERR_OK);
    world_status(w, bob, STATUS_AVAILABLE);
    chat = world_ring(w, SALES);
    assert_int_equal(world_conv_cmd(w, CMD_OFFER_DECLINE, agent_(bob), chat).err, ERR_OK);
    assert_state(w, chat, CONV_WAITING);
    assert_int_equal(move(w, operator_(), SALES, back).err, ERR_OK);
    assert_offered(w, bob, chat);
}

static void whoever_supervises_may_and_only_what_he_knows(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent(w, "ann", SALES), chat;

    world_status(w, ann, STATUS_AWAY);
    chat = world_ring(w, SALES);
    assert_int_equal(move(w, agent_(ann), SALES, back).err, ERR_DENIED);
    assert_int_equal(world_set(w, OBJ_AGENT, ann, "permissions", "supervise", NULL), ERR_OK);
    assert_int_equal(move(w, agent_(ann), back, SALES).err, ERR_NOTFOUND); /* as if it were none */
    assert_int_equal(move(w, agent_(ann), SALES, back).err, ERR_OK);
    assert_int_equal(world_conv(w, chat)->dept, back);
}

static void refusals_say_what_is_wrong(void **state)
{
    struct world *w = *state;
    uint64_t empty = world_dept(w, "Empty", "public"), chat = world_ring(w, SALES);
    const struct {
        uint64_t from, to;
        err_t err;
        enum refusal why;
        const char *field;
    } rows[] = {
        {SALES, SALES, ERR_INVAL, REFUSE_QUEUE_SAME, "to"},
        {SALES, 99, ERR_NOTFOUND, REFUSE_DEPARTMENT_UNKNOWN, "to"},
        {99, SALES, ERR_NOTFOUND, REFUSE_DEPARTMENT_UNKNOWN, "department"},
        {SALES, empty, ERR_CONFLICT, REFUSE_NOBODY_THERE, "to"},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct world_answer a = move(w, operator_(), rows[i].from, rows[i].to);

        assert_int_equal(a.err, rows[i].err);
        assert_int_equal(a.fault.refusal, rows[i].why);
        assert_string_equal(a.fault.field, rows[i].field);
    }
    assert_int_equal(world_set(w, OBJ_DEPT, back, "enabled", "no", NULL), ERR_OK);
    assert_int_equal(move(w, operator_(), SALES, back).fault.refusal, REFUSE_DEPARTMENT_OFF);
    assert_int_equal(world_set(w, OBJ_DEPT, back, "enabled", "yes", NULL), ERR_OK);
    assert_int_equal(world_set(w, OBJ_PORTAL, 0, "transfer_between", "no", NULL), ERR_OK);
    assert_int_equal(move(w, operator_(), SALES, back).err, ERR_DENIED);
    assert_int_equal(world_conv(w, chat)->dept, SALES);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, world_teardown)
    const struct CMUnitTest tests[] = {
        T(who_waits_goes_in_order_and_waits_anew),
        T(offers_and_what_is_handed_on_stay),
        T(those_who_were_asked_are_asked_there_again),
        T(whoever_supervises_may_and_only_what_he_knows),
        T(refusals_say_what_is_wrong),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
