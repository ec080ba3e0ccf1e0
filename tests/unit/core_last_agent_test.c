/* Visitors who come back: whom they know is asked first, where that is set, and nobody waits for
 * it.
 */
#include "core_world.h"

static void same(const struct conv *cv, const struct conv *copy)
{
    assert_int_equal(copy->met, cv->met);
    assert_int_equal(copy->spoke_by, cv->spoke_by);
    assert_int_equal(copy->how, cv->how);
    assert_int_equal(copy->passed[PASSED_UNMET], cv->passed[PASSED_UNMET]);
}

static uint64_t come_back(struct world *w, uint64_t dept, uint64_t met)
{
    struct cmd cmd = {.type = CMD_CHAT_START,
                      .who = visitor_(0),
                      .ring = {.dept = dept,
                               .name = SPAN_LIT("Hanako"),
                               .email = SPAN_LIT("hanako@example.com"),
                               .question = SPAN_LIT("Again?"),
                               .here = true,
                               .previous = 1,
                               .met = met}};
    struct world_answer a = world_do(w, &cmd);

    assert_int_equal(a.err, ERR_OK);
    return a.id;
}

/* Three who are free, in this order by what is set. */
static struct world_three three_with(struct world *w, const char *last_agent)
{
    struct world_three t = world_three(w);

    world_set(w, OBJ_DEPT, SALES, "last_agent", last_agent, NULL);
    return t;
}

static void who_spoke_with_him_is_asked_past_the_others(void **state)
{
    struct world *w = *state;
    struct world_three t = three_with(w, "on");
    uint64_t chat = come_back(w, SALES, t.cid);
    const struct conv *cv = world_conv(w, chat);

    assert_offered(w, t.cid, chat);
    assert_int_equal(cv->how, CHOSEN_LAST);
    assert_int_equal(cv->passed[PASSED_UNMET], 2);
    assert_int_equal(cv->passed[PASSED_BUSIER] + cv->passed[PASSED_ASKED], 0);
    assert_int_equal(cv->nothers, 2);
    assert_int_equal(cv->others[0].agent, t.ann);
    assert_int_equal(cv->others[0].why, PASSED_UNMET);
    assert_int_equal(cv->others[1].agent, t.bob);
    world_assert_kept(w, same);
}

static void where_it_is_not_set_he_takes_his_turn(void **state)
{
    struct world *w = *state;
    struct world_three t = three_with(w, "off");
    uint64_t chat = come_back(w, SALES, t.cid);

    assert_offered(w, t.ann, chat);
    assert_int_equal(world_conv(w, chat)->how, CHOSEN_LEAST_BUSY);
    assert_int_equal(world_conv(w, chat)->passed[PASSED_UNMET], 0);
    assert_int_equal(world_conv(w, chat)->passed[PASSED_BUSIER], 2);
}

/* RTE-8: nobody waits for him while another is free, and he is asked once in a round. */
static void nobody_waits_for_him(void **state)
{
    struct world *w = *state;
    struct world_three t = three_with(w, "on");
    uint64_t chat, again;

    world_set(w, OBJ_AGENT, t.cid, "capacity", "1", NULL);
    chat = come_back(w, SALES, t.cid);
    again = come_back(w, SALES, t.cid); /* he has one offer, and room for no more */
    assert_offered(w, t.cid, chat);
    assert_offered(w, t.ann, again);
    assert_int_equal(world_conv(w, again)->how, CHOSEN_LEAST_BUSY);
    world_decline(w, t.cid, chat);
    assert_offered(w, t.bob, chat); /* ann has an offer already */
    assert_int_equal(world_conv(w, chat)->how, CHOSEN_LEAST_BUSY);
    world_decline(w, t.bob, chat);
    assert_offered(w, t.ann, chat);
    world_assert_kept(w, same);
}

/* Those who declined before him are named as asked. */
static void who_was_asked_before_he_was_there_is_told_apart(void **state)
{
    struct world *w = *state;
    struct world_three t = three_with(w, "on");
    const struct conv *cv;
    uint64_t chat;

    world_status(w, t.cid, STATUS_AWAY);
    chat = come_back(w, SALES, t.cid);
    assert_offered(w, t.ann, chat);
    world_status(w, t.cid, STATUS_AVAILABLE);
    world_decline(w, t.ann, chat);
    assert_offered(w, t.cid, chat);
    cv = world_conv(w, chat);
    assert_int_equal(cv->how, CHOSEN_LAST);
    assert_int_equal(cv->passed[PASSED_ASKED], 1);
    assert_int_equal(cv->passed[PASSED_UNMET], 1);
    assert_int_equal(cv->others[0].why, PASSED_ASKED);
    assert_int_equal(cv->others[1].why, PASSED_UNMET);
}

/* The first in the queue goes first, whoever is free, and whomever those behind it know. */
static void nobody_overtakes_because_he_is_known(void **state)
{
    struct world *w = *state;
    struct world_three t = three_with(w, "on");
    uint64_t first, second;

    world_status(w, t.ann, STATUS_BUSY);
    world_status(w, t.bob, STATUS_BUSY);
    world_status(w, t.cid, STATUS_BUSY);
    first = come_back(w, SALES, 0);
    world_advance(w, 1000);
    second = come_back(w, SALES, t.cid);
    world_status(w, t.cid, STATUS_AVAILABLE);
    assert_offered(w, t.cid, first);
    assert_int_equal(world_conv(w, first)->how, CHOSEN_LEAST_BUSY);
    assert_offered(w, t.cid, second);
    assert_int_equal(world_conv(w, second)->how, CHOSEN_LAST);
}

/* Whoever was deleted, or is no member there, is nobody to be asked. */
static void who_is_gone_is_not_asked(void **state)
{
    struct world *w = *state;
    struct world_three t = three_with(w, "on");
    struct cmd leave = {
        .type = CMD_MEMBER_REMOVE, .who = operator_(), .member = {.agent = t.cid, .dept = SALES}};

    world_do(w, &leave);
    assert_offered(w, t.ann, come_back(w, SALES, t.cid));
    assert_offered(w, t.bob, come_back(w, SALES, 4711));
}

/* Who held it and wrote nothing is nobody whom the visitor knows; nor who wrote elsewhere. */
static void who_wrote_to_him_there_is_whom_he_knows(void **state)
{
    struct world *w = *state;
    struct world_three t = three_with(w, "on");
    uint64_t other = world_dept(w, "Other", "private"), chat = come_back(w, SALES, 0);
    struct cmd join = {.type = CMD_MEMBER_SET,
                       .who = operator_(),
                       .member = {.agent = t.bob, .dept = other, .chat = true}};
    struct cmd hand = {
        .type = CMD_CONV_TRANSFER, .who = agent_(t.ann), .conv = chat, .transfer = {.dept = other}};

    world_do(w, &join);
    world_accept(w, t.ann, chat);
    world_say(w, visitor_(chat), chat, "hello?");
    assert_int_equal(world_conv(w, chat)->spoke_by, 0);
    world_say(w, agent_(t.ann), chat, "hello");
    assert_int_equal(world_conv(w, chat)->spoke_by, t.ann);
    assert_int_equal(world_do(w, &hand).err, ERR_OK);
    world_accept(w, t.bob, chat);
    world_say(w, agent_(t.bob), chat, "and here");
    assert_int_equal(world_conv(w, chat)->spoke_by, t.ann);
    world_assert_kept(w, same);
}

/* Its agent was gone for too long, and is back: it is his again, if he is free. */
static void one_that_came_back_to_the_queue_goes_to_who_wrote_in_it(void **state)
{
    struct world *w = *state;
    struct world_three t = three_with(w, "on");
    uint64_t chat = come_back(w, SALES, 0);

    world_accept(w, t.ann, chat);
    world_say(w, agent_(t.ann), chat, "hello");
    world_status(w, t.bob, STATUS_BUSY);
    world_status(w, t.cid, STATUS_BUSY);
    world_leave(w, t.ann);
    world_advance(w, 120000);
    assert_state(w, chat, CONV_WAITING);
    world_status(w, t.bob, STATUS_AVAILABLE);
    world_connect(w, t.ann);
    assert_offered(w, t.bob, chat);
    world_decline(w, t.bob, chat);
    assert_offered(w, t.ann, chat);
    assert_int_equal(world_conv(w, chat)->how, CHOSEN_LAST);
    world_assert_kept(w, same);
}

static void a_dry_run_says_whom_this_visitor_would_get(void **state)
{
    struct world *w = *state;
    struct world_three t = three_with(w, "on");
    const struct dept *d = core_dept(w->k, SALES);
    const struct conv known = {.entry = SALES, .met = t.bob}, elsewhere = {.met = t.bob};
    const struct conv later = {.entry = SALES, .met = t.bob, .spoke_by = t.cid};
    enum chosen how;

    assert_int_equal(core_next_taker(w->k, d, &known, &how)->id, t.bob);
    assert_int_equal(how, CHOSEN_LAST);
    assert_int_equal(core_next_taker(w->k, d, &elsewhere, &how)->id, t.ann);
    assert_int_equal(how, CHOSEN_LEAST_BUSY);
    assert_int_equal(core_next_taker(w->k, d, NULL, &how)->id, t.ann);
    assert_int_equal(core_next_taker(w->k, d, &later, &how)->id, t.cid);
    world_status(w, t.bob, STATUS_BUSY);
    assert_int_equal(core_next_taker(w->k, d, &known, &how)->id, t.ann);
    world_status(w, t.ann, STATUS_BUSY);
    world_status(w, t.cid, STATUS_BUSY);
    assert_null(core_next_taker(w->k, d, &known, &how));
    assert_int_equal(how, CHOSEN_NONE);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
    const struct CMUnitTest tests[] = {
        T(who_spoke_with_him_is_asked_past_the_others),
        T(where_it_is_not_set_he_takes_his_turn),
        T(nobody_waits_for_him),
        T(who_was_asked_before_he_was_there_is_told_apart),
        T(nobody_overtakes_because_he_is_known),
        T(who_is_gone_is_not_asked),
        T(who_wrote_to_him_there_is_whom_he_knows),
        T(one_that_came_back_to_the_queue_goes_to_who_wrote_in_it),
        T(a_dry_run_says_whom_this_visitor_would_get),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
