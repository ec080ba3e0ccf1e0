/* Why this agent, and why not the others: what an assignment keeps of how it came about. */
#include "core_world.h"

static void same(const struct conv *cv, const struct conv *copy)
{
    assert_int_equal(copy->how, cv->how);
    assert_int_equal(copy->nothers, cv->nothers);
}

static void assert_others(struct world *w, uint64_t chat, const struct passed_agent *others,
                          size_t n)
{
    const struct conv *cv = world_conv(w, chat);

    assert_int_equal(cv->nothers, n);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(cv->others[i].agent, others[i].agent);
        assert_int_equal(cv->others[i].why, others[i].why);
    }
}

static uint64_t agent_with(struct world *w, const char *name, enum agent_status status)
{
    uint64_t agent = world_agent(w, name, SALES);

    world_status(w, agent, status);
    return agent;
}

/* Those who were asked before, those who come later, then those who cannot. */
static void an_offer_keeps_whom_it_passed_over_by_name(void **state)
{
    struct world *w = *state;
    uint64_t off = world_agent_idle(w, "off", SALES), away = agent_with(w, "away", STATUS_AWAY);
    uint64_t full = world_agent(w, "full", SALES), ann, bob, cid, chat;
    struct cmd no_chat = {.type = CMD_MEMBER_SET,
                          .who = operator_(),
                          .member = {.agent = world_agent(w, "dan", SALES), .dept = SALES}};

    world_do(w, &no_chat); /* is no candidate, and no other either */
    world_set(w, OBJ_AGENT, full, "capacity", "1", NULL);
    world_accept(w, full, world_ring(w, SALES));
    ann = world_agent(w, "ann", SALES);
    world_advance(w, 10);
    bob = world_agent(w, "bob", SALES);
    world_advance(w, 10);
    cid = world_agent(w, "cid", SALES);
    chat = world_ring(w, SALES);
    world_decline(w, ann, chat);
    assert_offered(w, bob, chat);
    const struct passed_agent others[] = {{ann, PASSED_ASKED},
                                          {cid, PASSED_BUSIER},
                                          {full, PASSED_FULL},
                                          {away, PASSED_STATUS},
                                          {off, PASSED_OFFLINE}};
    assert_others(w, chat, others, COUNT_OF(others));
    assert_int_equal(world_conv(w, chat)->how, CHOSEN_LEAST_BUSY);
    world_assert_kept(w, same);
    world_accept(w, bob, chat);
    world_status(w, cid, STATUS_AWAY); /* what comes later changes nothing of it */
    assert_others(w, chat, others, COUNT_OF(others));
    world_conv_cmd(w, CMD_CHAT_END, agent_(bob), chat);
    assert_others(w, chat, others, COUNT_OF(others));
    world_assert_kept(w, same);
}

/* Each class of those who cannot is left again by whoever can, or is gone. */
static void who_is_no_candidate_any_more_is_not_named(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent(w, "ann", SALES), bob = agent_with(w, "bob", STATUS_BUSY);
    uint64_t eve = world_agent_idle(w, "eve", SALES), chat;
    struct cmd leave = {
        .type = CMD_MEMBER_REMOVE, .who = operator_(), .member = {.agent = eve, .dept = SALES}};

    chat = world_ring(w, SALES);
    assert_others(w, chat, (struct passed_agent[]){{bob, PASSED_STATUS}, {eve, PASSED_OFFLINE}}, 2);
    world_accept(w, ann, chat);
    world_do(w, &leave);
    world_leave(w, bob);
    chat = world_ring(w, SALES);
    assert_offered(w, ann, chat);
    assert_others(w, chat, (struct passed_agent[]){{bob, PASSED_OFFLINE}}, 1);
    world_set(w, OBJ_AGENT, bob, "enabled", "off", NULL);
    chat = world_ring(w, SALES);
    assert_others(w, chat, NULL, 0);
    world_assert_kept(w, same);
}

static void ten_are_named_and_all_are_counted(void **state)
{
    struct world *w = *state;
    uint64_t chat;
    char name[16];

    world_agent(w, "ann", SALES);
    for (int i = 0; i < 14; i++) {
        snprintf(name, sizeof(name), "a%d", i);
        agent_with(w, name, STATUS_AWAY);
    }
    chat = world_ring(w, SALES);
    assert_int_equal(world_conv(w, chat)->nothers, OTHERS_MAX);
    assert_int_equal(world_conv(w, chat)->passed[PASSED_STATUS], 14);
    world_assert_kept(w, same);
}

static enum chosen how_of(struct world *w, uint64_t chat)
{
    return world_conv(w, chat)->how;
}

static void each_way_to_an_agent_has_its_word(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent(w, "ann", SALES), bob = world_agent(w, "bob", SALES), chat;
    struct cmd cmd = {.who = operator_()};

    world_set(w, OBJ_DEPT, SALES, "strategy", "round-robin", NULL);
    chat = world_ring(w, SALES);
    assert_int_equal(how_of(w, chat), CHOSEN_TURN);
    world_accept(w, world_conv(w, chat)->agent, chat);
    world_set(w, OBJ_DEPT, SALES, "strategy", "tiers", NULL);
    chat = world_ring(w, SALES);
    assert_int_equal(how_of(w, chat), CHOSEN_TIER);
    assert_int_equal(world_conv(w, chat)->nothers, 1);
    world_conv_cmd(w, CMD_CHAT_END, visitor_(chat), chat);
    world_status(w, ann, STATUS_BUSY);
    world_status(w, bob, STATUS_BUSY);
    chat = world_ring(w, SALES);
    assert_int_equal(how_of(w, chat), CHOSEN_NONE);
    world_conv_cmd(w, CMD_CONV_PICK, agent_(ann), chat);
    assert_int_equal(how_of(w, chat), CHOSEN_HAND);
    world_status(w, bob, STATUS_AVAILABLE);
    cmd.type = CMD_CONV_TRANSFER;
    cmd.conv = chat;
    cmd.transfer.agent = bob;
    assert_int_equal(world_do(w, &cmd).err, ERR_OK);
    assert_int_equal(how_of(w, chat), CHOSEN_NAMED);
    world_decline(w, bob, chat);
    assert_int_equal(world_conv(w, chat)->agent, ann);
    assert_int_equal(how_of(w, chat), CHOSEN_BACK);
    cmd = (struct cmd){.type = CMD_CONV_ASSIGN,
                       .who = operator_(),
                       .conv = chat,
                       .assign = {.agent = bob, .holder = ann}};
    assert_int_equal(world_do(w, &cmd).err, ERR_OK);
    assert_int_equal(how_of(w, chat), CHOSEN_HAND);
    world_assert_kept(w, same);
}

/* Given to somebody while another is asked: by hand, and nobody was passed over for it. */
static void by_hand_nobody_is_passed_over(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent(w, "ann", SALES), bob = world_agent(w, "bob", SALES), chat;
    struct cmd cmd = {.type = CMD_CONV_ASSIGN, .who = operator_()};

    agent_with(w, "away", STATUS_AWAY);
    chat = world_ring(w, SALES);
    assert_int_equal(world_conv(w, chat)->nothers, 2);
    cmd.conv = chat;
    cmd.assign.agent = world_conv(w, chat)->agent == ann ? bob : ann;
    assert_int_equal(world_do(w, &cmd).err, ERR_OK);
    assert_int_equal(how_of(w, chat), CHOSEN_HAND);
    assert_int_equal(world_conv(w, chat)->nothers, 0);
    assert_int_equal(world_conv(w, chat)->passed[PASSED_STATUS], 0);
    world_assert_kept(w, same);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
    const struct CMUnitTest tests[] = {
        T(an_offer_keeps_whom_it_passed_over_by_name),
        T(who_is_no_candidate_any_more_is_not_named),
        T(ten_are_named_and_all_are_counted),
        T(each_way_to_an_agent_has_its_word),
        T(by_hand_nobody_is_passed_over),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
