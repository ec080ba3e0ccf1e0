/* Chats that have waited for some time may also go to another department. */
#include "core_world.h"
#include "deskbell/id.h"

#define OVERFLOW_MS 30000

static char help_text[ID_TEXT];
static uint64_t help;

/* Sales, where nobody is free, goes on to Help, which is private. */
static int setup(void **state)
{
    struct world *w;
    uint64_t away;

    if (world_setup(state) != 0)
        return -1;
    w = *state;
    help = world_dept(w, "Help", "private");
    snprintf(help_text, sizeof(help_text), "%llu", (unsigned long long)help);
    away = world_agent(w, "away", SALES);
    world_status(w, away, STATUS_AWAY);
    assert_int_equal(world_set(w, OBJ_DEPT, SALES, "overflow", help_text, NULL), ERR_OK);
    assert_int_equal(world_set(w, OBJ_DEPT, SALES, "overflow_ms", "30s", NULL), ERR_OK);
    return 0;
}

static void join(struct world *w, uint64_t agent, uint64_t dept)
{
    struct cmd cmd = {.type = CMD_MEMBER_SET,
                      .who = operator_(),
                      .member = {.agent = agent, .dept = dept, .chat = true}};

    assert_int_equal(world_do(w, &cmd).err, ERR_OK);
}

static void same(const struct conv *cv, const struct conv *copy)
{
    assert_int_equal(copy->overflow, cv->overflow);
    assert_int_equal(copy->offered_by, cv->offered_by);
}

static void who_waits_long_goes_to_the_other_department_too(void **state)
{
    struct world *w = *state;
    uint64_t bob = world_agent(w, "bob", help), chat = world_ring(w, SALES);
    int64_t eta_ms;

    world_advance(w, OVERFLOW_MS - 1);
    assert_state(w, chat, CONV_WAITING);
    assert_int_equal(world_count(w, REC_CONV_OVERFLOWED), 0);
    world_advance(w, 1);
    assert_offered(w, bob, chat);
    world_assert_kept(w, same);
    /* Until somebody takes it, it is where it was; its visitor sees nothing of this. */
    assert_int_equal(world_conv(w, chat)->dept, SALES);
    assert_int_equal(core_queue_place(w->k, world_conv(w, chat), &eta_ms), 1);
    assert_int_equal(world_accept(w, bob, chat).err, ERR_OK);
    assert_int_equal(world_conv(w, chat)->dept, help);
    assert_int_equal(world_conv(w, chat)->entry, SALES);
    assert_int_equal(world_conv(w, chat)->overflow, 0);
    assert_int_equal(core_dept(w->k, help)->active_count, 1);
    assert_int_equal(core_dept(w->k, SALES)->waiting_count, 0);
    world_assert_kept(w, same);
}

/* Both are asked, the own ones first; the round and its pause are one. */
static void both_departments_are_one_round(void **state)
{
    struct world *w = *state;
    uint64_t bob = world_agent(w, "bob", help), ann, chat = world_ring(w, SALES);

    world_advance(w, OVERFLOW_MS);
    world_decline(w, bob, chat);
    assert_int_equal(world_conv(w, chat)->offered_by, 0);
    world_advance(w, 5000);
    ann = world_agent(w, "ann", SALES);
    assert_offered(w, ann, chat);
    assert_int_equal(world_conv(w, chat)->offered_by, 0);
    world_decline(w, ann, chat);
    assert_state(w, chat, CONV_WAITING);
    world_advance(w, 9999);
    assert_state(w, chat, CONV_WAITING);
    world_advance(w, 1);
    assert_offered(w, ann, chat); /* who is at home there */
    world_decline(w, ann, chat);
    assert_offered(w, bob, chat);
    assert_int_equal(world_conv(w, chat)->offered_by, help);
    world_assert_kept(w, same);
}

/* A guest has the place in line that its ring gives it, and an agent of both takes the oldest. */
static void a_guest_stands_in_line_by_its_ring(void **state)
{
    struct world *w = *state;
    uint64_t store = world_dept(w, "Store", "public"), bob, guest, first, own;

    snprintf(help_text, sizeof(help_text), "%llu", (unsigned long long)store);
    world_set(w, OBJ_DEPT, SALES, "overflow", help_text, NULL);
    bob = world_agent(w, "bob", store);
    world_set(w, OBJ_AGENT, bob, "capacity", "1", NULL);
    world_status(w, bob, STATUS_AWAY);
    first = world_ring(w, store);
    world_advance(w, 10);
    guest = world_ring(w, SALES);
    world_advance(w, 10);
    own = world_ring(w, store);
    world_advance(w, OVERFLOW_MS);
    world_status(w, bob, STATUS_AVAILABLE);
    assert_offered(w, bob, first);
    world_accept(w, bob, first);
    world_conv_cmd(w, CMD_CHAT_END, agent_(bob), first);
    assert_offered(w, bob, guest);
    world_decline(w, bob, guest);
    assert_offered(w, bob, own);
    world_accept(w, bob, own);
    world_conv_cmd(w, CMD_CHAT_END, agent_(bob), own);
    world_advance(w, 10000);
    assert_offered(w, bob, guest);
    join(w, bob, SALES); /* is no reason to ask him again, or not to */
    assert_offered(w, bob, guest);
    world_assert_kept(w, same);
}

static void a_circle_is_refused_by_its_names(void **state)
{
    struct world *w = *state;
    uint64_t desk = world_dept(w, "Desk", "public");
    char sales[ID_TEXT], desk_text[ID_TEXT];
    struct fault f = {0};

    snprintf(sales, sizeof(sales), "%llu", (unsigned long long)SALES);
    snprintf(desk_text, sizeof(desk_text), "%llu", (unsigned long long)desk);
    assert_int_equal(world_set(w, OBJ_DEPT, SALES, "overflow", sales, &f), ERR_CONFLICT);
    assert_string_equal(f.field, "overflow");
    assert_string_equal(f.values[0].text, "Sales → Sales");
    assert_int_equal(world_set(w, OBJ_DEPT, help, "overflow", desk_text, NULL), ERR_OK);
    assert_int_equal(world_set(w, OBJ_DEPT, desk, "overflow", sales, &f), ERR_CONFLICT);
    assert_int_equal(f.refusal, REFUSE_OVERFLOW_CYCLE);
    assert_string_equal(f.values[0].text, "Desk → Sales → Help → Desk");
    assert_int_equal(world_set(w, OBJ_DEPT, desk, "overflow", "77", &f), ERR_NOTFOUND);
    assert_int_equal(world_set(w, OBJ_DEPT, desk, "overflow", "Sales", &f), ERR_INVAL);
    assert_int_equal(world_set(w, OBJ_DEPT, help, "overflow", "", NULL), ERR_OK);
    assert_int_equal(world_set(w, OBJ_DEPT, desk, "overflow", sales, NULL), ERR_OK);
}

/* Guests come only where chats are taken; what is set back lets them in at once. */
static void a_department_that_takes_no_chats_takes_no_guests(void **state)
{
    struct world *w = *state;
    uint64_t bob = world_agent(w, "bob", help), chat;

    world_set(w, OBJ_DEPT, help, "chat_on", "off", NULL);
    chat = world_ring(w, SALES);
    world_advance(w, OVERFLOW_MS + 5000);
    assert_state(w, chat, CONV_WAITING);
    world_set(w, OBJ_DEPT, help, "chat_on", "on", NULL);
    assert_offered(w, bob, chat);
    world_decline(w, bob, chat);
    world_set(w, OBJ_DEPT, help, "enabled", "off", NULL);
    world_advance(w, 60000);
    assert_state(w, chat, CONV_WAITING);
    world_assert_kept(w, same);
}

static void one_that_is_deleted_lets_go_of_all(void **state)
{
    struct world *w = *state;
    uint64_t bob = world_agent(w, "bob", help), chat = world_ring(w, SALES), other, ann;
    struct cmd remove = {.type = CMD_DEPT_REMOVE, .who = operator_(), .dept = help};

    world_set(w, OBJ_AGENT, bob, "capacity", "1", NULL);
    other = world_ring(w, SALES);
    world_advance(w, OVERFLOW_MS);
    assert_offered(w, bob, chat);
    assert_int_equal(world_conv(w, other)->overflow, help);
    assert_int_equal(world_do(w, &remove).err, ERR_OK);
    assert_state(w, chat, CONV_WAITING);
    assert_int_equal(core_dept(w->k, SALES)->overflow, 0);
    assert_int_equal(world_conv(w, other)->overflow, 0);
    assert_int_equal(world_agent_of(w, bob)->offer_count, 0);
    world_advance(w, 60000);
    assert_state(w, chat, CONV_WAITING);
    ann = world_agent(w, "ann", SALES);
    assert_offered(w, ann, chat);
    world_assert_kept(w, same);
}

/* Who waits already goes where it is set now. */
static void a_changed_overflow_reaches_those_who_wait(void **state)
{
    struct world *w = *state;
    uint64_t bob = world_agent(w, "bob", help), desk = world_dept(w, "Desk", "public"), eve, chat;

    eve = world_agent(w, "eve", desk);
    world_status(w, bob, STATUS_AWAY);
    chat = world_ring(w, SALES);
    world_advance(w, OVERFLOW_MS);
    assert_int_equal(world_conv(w, chat)->overflow, help);
    snprintf(help_text, sizeof(help_text), "%llu", (unsigned long long)desk);
    world_set(w, OBJ_DEPT, SALES, "overflow", help_text, NULL);
    assert_offered(w, eve, chat);
    world_set(w, OBJ_DEPT, SALES, "overflow", "", NULL);
    assert_offered(w, eve, chat); /* she has it before her; but nobody after her */
    world_decline(w, eve, chat);
    world_advance(w, 60000);
    assert_state(w, chat, CONV_WAITING);
    chat = world_ring(w, SALES);
    world_set(w, OBJ_DEPT, SALES, "overflow", help_text, NULL);
    world_set(w, OBJ_DEPT, SALES, "overflow_ms", "5s", NULL);
    world_advance(w, 5000);
    assert_offered(w, eve, chat);
    world_assert_kept(w, same);
}

/* The times of an offer are the asked department's; an agent who leaves it is asked no more. */
static void an_offer_is_by_the_department_that_asks(void **state)
{
    struct world *w = *state;
    uint64_t bob = world_agent(w, "bob", help), chat = world_ring(w, SALES);
    struct cmd leave = {
        .type = CMD_MEMBER_REMOVE, .who = operator_(), .member = {.agent = bob, .dept = help}};

    world_set(w, OBJ_DEPT, help, "offer_ms", "7s", NULL);
    world_advance(w, OVERFLOW_MS);
    assert_int_equal(world_conv(w, chat)->offer_until_ms, w->now_ms + 7000);
    world_set(w, OBJ_DEPT, SALES, "offer_ms", "3s", NULL);
    assert_int_equal(world_conv(w, chat)->offer_until_ms, w->now_ms + 7000);
    world_set(w, OBJ_DEPT, help, "offer_ms", "9s", NULL);
    assert_int_equal(world_conv(w, chat)->offer_until_ms, w->now_ms + 9000);
    join(w, bob, SALES);
    leave.member.dept = SALES;
    world_do(w, &leave);
    assert_offered(w, bob, chat);
    leave.member.dept = help;
    world_do(w, &leave);
    assert_state(w, chat, CONV_WAITING);
    join(w, bob, help);
    assert_offered(w, bob, chat);
    world_decline(w, bob, chat);
    world_set(w, OBJ_DEPT, help, "auto_accept", "on", NULL);
    world_advance(w, 10000);
    assert_state(w, chat, CONV_ACTIVE);
    assert_int_equal(world_conv(w, chat)->dept, help);
}

/* Taken by hand it stays; one that comes back waits its time again, in the queue where it is then.
 */
static void it_goes_with_whoever_was_asked_and_with_nobody_else(void **state)
{
    struct world *w = *state;
    uint64_t bob = world_agent(w, "bob", help), ann = world_agent_idle(w, "ann", SALES), chat;
    const struct reader r = reader_of_agent(w->k, bob);
    const struct list_want want = {.list = LIST_UNASSIGNED};

    chat = world_ring(w, SALES);
    world_connect(w, ann);
    world_advance(w, OVERFLOW_MS);
    assert_int_equal(audience_count(&r, &want), 1); /* what he is asked for, he sees */
    assert_true(audience_in_list(&r, &want, world_conv(w, chat)));
    world_decline(w, bob, chat);
    assert_int_equal(audience_count(&r, &want), 0);
    assert_false(audience_sees(&r, world_conv(w, chat)));
    assert_int_equal(world_conv_cmd(w, CMD_CONV_PICK, agent_(ann), chat).err, ERR_OK);
    assert_int_equal(world_conv(w, chat)->dept, SALES);
    world_leave(w, ann);
    world_advance(w, 30000);
    assert_state(w, chat, CONV_WAITING);
    world_advance(w, OVERFLOW_MS - 1);
    assert_state(w, chat, CONV_WAITING);
    world_advance(w, 1);
    assert_offered(w, bob, chat);
    world_assert_kept(w, same);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, world_teardown)
    const struct CMUnitTest tests[] = {
        T(who_waits_long_goes_to_the_other_department_too),
        T(both_departments_are_one_round),
        T(a_guest_stands_in_line_by_its_ring),
        T(a_circle_is_refused_by_its_names),
        T(a_department_that_takes_no_chats_takes_no_guests),
        T(one_that_is_deleted_lets_go_of_all),
        T(a_changed_overflow_reaches_those_who_wait),
        T(an_offer_is_by_the_department_that_asks),
        T(it_goes_with_whoever_was_asked_and_with_nobody_else),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
