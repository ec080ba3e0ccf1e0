/* Routing: who is asked, in which order, for how long, and what becomes of those who wait. */
#include "core_world.h"

#define OFFER_MS 20000
#define WAIT_MS 240000

static void ring_is_offered_to_the_available_agent(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent(w, "ann", SALES), chat = world_ring(w, SALES);

    assert_offered(w, ann, chat);
    assert_int_equal(world_accept(w, ann, chat).err, ERR_OK);
    assert_state(w, chat, CONV_ACTIVE);
    assert_int_equal(world_agent_of(w, ann)->active_count, 1);
    assert_int_equal(world_agent_of(w, ann)->offer_count, 0);
}

/* RTE-1, each condition by itself. */
static void who_is_eligible_table(void **state)
{
    static const struct {
        const char *what;
        bool connected, chat;
        enum agent_status status;
        const char *role, *enabled;
        bool offered;
    } rows[] = {
        {"all is well", true, true, STATUS_AVAILABLE, "agent", "on", true},
        {"an administrator", true, true, STATUS_AVAILABLE, "admin", "on", true},
        {"not connected", false, true, STATUS_AVAILABLE, "agent", "on", false},
        {"no chat access", true, false, STATUS_AVAILABLE, "agent", "on", false},
        {"busy", true, true, STATUS_BUSY, "agent", "on", false},
        {"away", true, true, STATUS_AWAY, "agent", "on", false},
        {"offline", true, true, STATUS_OFFLINE, "agent", "on", false},
        {"light", true, true, STATUS_AVAILABLE, "light", "on", false},
        {"custom without reply", true, true, STATUS_AVAILABLE, "custom", "on", false},
        {"disabled", true, true, STATUS_AVAILABLE, "agent", "off", false},
    };
    struct world *w = *state;

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char name[20];
        uint64_t dept, agent, chat, spare;
        struct cmd member = {
            .type = CMD_MEMBER_SET, .who = operator_(), .member.chat = rows[i].chat};

        print_message("  %s\n", rows[i].what);
        snprintf(name, sizeof(name), "row%zu", i);
        dept = world_dept(w, name, "public");
        agent = world_agent_idle(w, name, dept);
        /* Somebody who is there but away keeps the door open. */
        snprintf(name, sizeof(name), "spare%zu", i);
        spare = world_agent(w, name, dept);
        world_status(w, spare, STATUS_AWAY);
        world_status(w, agent, rows[i].status);
        if (rows[i].connected)
            world_connect(w, agent);
        member.member.agent = agent;
        member.member.dept = dept;
        assert_int_equal(world_do(w, &member).err, ERR_OK);
        assert_int_equal(world_set(w, OBJ_AGENT, agent, "role", rows[i].role, NULL), ERR_OK);
        assert_int_equal(world_set(w, OBJ_AGENT, agent, "enabled", rows[i].enabled, NULL), ERR_OK);
        chat = world_ring(w, dept);
        if (rows[i].offered)
            assert_offered(w, agent, chat);
        else
            assert_state(w, chat, CONV_WAITING);
    }
}

static void least_busy_is_asked_first_by_load_over_capacity(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent(w, "ann", SALES), bob = world_agent(w, "bob", SALES), chat;

    assert_int_equal(world_set(w, OBJ_AGENT, bob, "capacity", "10", NULL), ERR_OK);
    chat = world_ring(w, SALES); /* equal loads: the lower id */
    assert_offered(w, ann, chat);
    assert_int_equal(world_accept(w, ann, chat).err, ERR_OK);
    for (int i = 0; i < 3; i++) { /* 1/3 against 0/10, 1/10, 2/10, 3/10 */
        chat = world_ring(w, SALES);
        assert_offered(w, bob, chat);
        assert_int_equal(world_accept(w, bob, chat).err, ERR_OK);
    }
    chat = world_ring(w, SALES);
    assert_offered(w, bob, chat); /* 3/10 is less than 1/3 */
    assert_int_equal(world_accept(w, bob, chat).err, ERR_OK);
    chat = world_ring(w, SALES);
    assert_offered(w, ann, chat); /* 1/3 is less than 4/10 */
}

static void longest_idle_is_asked_first_at_equal_load(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent(w, "ann", SALES), bob = world_agent(w, "bob", SALES), chat;

    chat = world_ring(w, SALES);
    assert_offered(w, ann, chat);
    world_accept(w, ann, chat);
    world_advance(w, 1000);
    assert_int_equal(world_conv_cmd(w, CMD_CHAT_END, agent_(ann), chat).err, ERR_OK);
    assert_offered(w, bob, world_ring(w, SALES));
}

static void routing_never_exceeds_capacity_offers_included(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent(w, "ann", SALES), chat[5];

    for (int i = 0; i < 5; i++)
        chat[i] = world_ring(w, SALES);
    assert_int_equal(world_agent_of(w, ann)->offer_count, 3);
    assert_state(w, chat[3], CONV_WAITING);
    world_accept(w, ann, chat[0]);
    assert_int_equal(world_agent_of(w, ann)->offer_count, 2);
    assert_int_equal(world_agent_of(w, ann)->active_count, 1);
    assert_state(w, chat[3], CONV_WAITING);
    world_conv_cmd(w, CMD_CHAT_END, visitor_(chat[0]), chat[0]);
    assert_offered(w, ann, chat[3]);
    assert_state(w, chat[4], CONV_WAITING);
}

static void assert_refused(struct world_answer a, err_t err, enum refusal why, const char *agent)
{
    assert_int_equal(a.err, err);
    assert_int_equal(a.fault.refusal, why);
    if (agent != NULL)
        assert_string_equal(a.fault.values[0].text, agent);
}

static void unanswered_offer_moves_on_to_another_agent(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent(w, "ann", SALES), bob = world_agent(w, "bob", SALES), chat;

    chat = world_ring(w, SALES);
    assert_offered(w, ann, chat);
    world_advance(w, OFFER_MS - 1);
    assert_offered(w, ann, chat);
    world_advance(w, 1);
    assert_offered(w, bob, chat);
    assert_int_equal(world_agent_of(w, ann)->offer_count, 0);
    assert_int_equal(world_agent_of(w, ann)->lapsed_count, 1);
    assert_refused(world_accept(w, ann, chat), ERR_LATE, REFUSE_OFFERED_TO, "bob");
    assert_int_equal(world_accept(w, bob, chat).err, ERR_OK);
    assert_refused(world_accept(w, ann, chat), ERR_TAKEN, REFUSE_TAKEN_BY, "bob");
}

static void an_offer_that_is_accepted_too_late_is_refused_by_what_became_of_it(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent(w, "ann", SALES), chat = world_ring(w, SALES);

    world_conv_cmd(w, CMD_CHAT_END, visitor_(chat), chat);
    assert_state(w, chat, CONV_MISSED);
    assert_refused(world_accept(w, ann, chat), ERR_ENDED, REFUSE_VISITOR_LEFT, NULL);
    chat = world_ring(w, SALES);
    world_advance(w, OFFER_MS);
    assert_state(w, chat, CONV_WAITING);
    assert_refused(world_accept(w, ann, chat), ERR_LATE, REFUSE_WAITS_AGAIN, NULL);
}

static void nobody_is_asked_twice_before_everybody_was_asked_once(void **state)
{
    struct world *w = *state;
    uint64_t chat, asked[6];

    assert_int_equal(world_set(w, OBJ_DEPT, SALES, "pause_ms", "0", NULL), ERR_OK);
    for (int i = 0; i < 3; i++) {
        char name[16];

        snprintf(name, sizeof(name), "a%d", i);
        world_agent(w, name, SALES);
    }
    chat = world_ring(w, SALES);
    for (int i = 0; i < 6; i++) {
        asked[i] = world_conv(w, chat)->agent;
        assert_int_equal(world_decline(w, asked[i], chat).err, ERR_OK);
    }
    for (int i = 0; i < 6; i++)
        for (int j = i / 3 * 3; j < i; j++)
            assert_true(asked[i] != asked[j]);
}

static void two_lapses_in_a_row_make_an_agent_away(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent(w, "ann", SALES), chat = world_ring(w, SALES);

    assert_int_equal(world_set(w, OBJ_DEPT, SALES, "pause_ms", "0", NULL), ERR_OK);
    world_advance(w, OFFER_MS);
    assert_offered(w, ann, chat);
    assert_int_equal(world_agent_of(w, ann)->status, STATUS_AVAILABLE);
    world_advance(w, OFFER_MS);
    assert_int_equal(world_agent_of(w, ann)->status, STATUS_AWAY);
    assert_int_equal(world_agent_of(w, ann)->status_why, WHY_LAPSED);
    assert_state(w, chat, CONV_WAITING);
}

static void declines_and_an_accept_between_do_not_make_an_agent_away(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent(w, "ann", SALES), chat = world_ring(w, SALES);

    assert_int_equal(world_set(w, OBJ_DEPT, SALES, "pause_ms", "0", NULL), ERR_OK);
    world_advance(w, OFFER_MS);
    for (int i = 0; i < 5; i++)
        world_decline(w, ann, chat);
    assert_int_equal(world_agent_of(w, ann)->lapsed_count, 1);
    assert_int_equal(world_accept(w, ann, chat).err, ERR_OK);
    assert_int_equal(world_agent_of(w, ann)->lapsed_count, 0);
    assert_int_equal(world_agent_of(w, ann)->status, STATUS_AVAILABLE);
}

static void accept_is_late_from_the_deadline_on_even_before_it_was_settled(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent(w, "ann", SALES), chat = world_ring(w, SALES);
    struct cmd cmd = {.type = CMD_OFFER_ACCEPT, .who = agent_(ann), .conv = chat};

    w->now_ms += OFFER_MS;
    assert_int_equal(core_decide(w->k, &cmd, w->now_ms, &w->out), ERR_LATE);
    assert_int_equal(w->out.nrecs, 0);
}

static void accepting_again_is_well_and_changes_nothing(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent(w, "ann", SALES), chat = world_ring(w, SALES);
    struct world_answer a;

    world_accept(w, ann, chat);
    a = world_accept(w, ann, chat);
    assert_int_equal(a.err, ERR_OK);
    assert_true(a.unchanged);
    assert_int_equal(a.nrecs, 0);
}

static void nobody_overtakes_and_an_offered_chat_keeps_its_place(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent(w, "ann", SALES), first, second, third;
    int64_t eta_ms;

    assert_int_equal(world_set(w, OBJ_AGENT, ann, "capacity", "1", NULL), ERR_OK);
    first = world_ring(w, SALES);
    second = world_ring(w, SALES);
    third = world_ring(w, SALES);
    assert_offered(w, ann, first);
    assert_int_equal(core_queue_place(w->k, world_conv(w, first), &eta_ms), 1);
    assert_int_equal(core_queue_place(w->k, world_conv(w, second), &eta_ms), 2);
    assert_int_equal(core_queue_place(w->k, world_conv(w, third), &eta_ms), 3);
    world_decline(w, ann, first);
    assert_offered(w, ann, second); /* she was not asked for that one yet */
    assert_int_equal(core_queue_place(w->k, world_conv(w, first), &eta_ms), 1);
    assert_int_equal(core_queue_place(w->k, world_conv(w, second), &eta_ms), 2);
    world_accept(w, ann, second);
    assert_int_equal(core_queue_place(w->k, world_conv(w, second), &eta_ms), 0);
    assert_int_equal(core_queue_place(w->k, world_conv(w, third), &eta_ms), 2);
    world_advance(w, 10000);
    assert_state(w, first, CONV_WAITING); /* its pause is over, and nobody is free */
    world_conv_cmd(w, CMD_CHAT_END, agent_(ann), second);
    assert_offered(w, ann, first);
    assert_state(w, third, CONV_WAITING);
}

static void agent_freed_in_two_departments_takes_the_oldest_head(void **state)
{
    struct world *w = *state;
    uint64_t help = world_dept(w, "Help", "public"), ann = world_agent(w, "ann", SALES);
    uint64_t held, older, newer;
    struct cmd member = {.type = CMD_MEMBER_SET,
                         .who = operator_(),
                         .member = {.agent = ann, .dept = help, .chat = true}};

    assert_int_equal(world_set(w, OBJ_AGENT, ann, "capacity", "1", NULL), ERR_OK);
    assert_int_equal(world_do(w, &member).err, ERR_OK);
    held = world_ring(w, SALES);
    world_accept(w, ann, held);
    world_advance(w, 10);
    older = world_ring(w, help);
    world_advance(w, 10);
    newer = world_ring(w, SALES);
    world_conv_cmd(w, CMD_CHAT_END, agent_(ann), held);
    assert_offered(w, ann, older);
    assert_state(w, newer, CONV_WAITING);
}

static void wait_deadline_makes_a_chat_missed_also_while_it_is_offered(void **state)
{
    struct world *w = *state;
    uint64_t chat;

    world_agent(w, "ann", SALES);
    world_agent(w, "bob", SALES);
    assert_int_equal(world_set(w, OBJ_DEPT, SALES, "offer_ms", "9m", NULL), ERR_OK);
    chat = world_ring(w, SALES);
    world_advance(w, WAIT_MS - 1);
    assert_state(w, chat, CONV_OFFERED);
    w->nmails = 0;
    world_advance(w, 1);
    assert_state(w, chat, CONV_MISSED);
    assert_int_equal(world_conv(w, chat)->why, WHY_WAIT);
    assert_int_equal(world_mails(w, MAIL_MISSED), 1);
    assert_int_equal(world_count(w, REC_CONV_OFFER_OVER), 1);
    assert_int_equal(core_dept(w->k, SALES)->missed_count, 1);
    assert_int_equal(core_dept(w->k, SALES)->waiting_count, 0);
}

static void door_table(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent_idle(w, "ann", SALES);
    struct world_answer a;

    assert_string_equal(door_word(core_door(w->k, core_dept(w->k, SALES))), "offline");
    a = world_try_ring(w, SALES);
    assert_int_equal(a.err, ERR_CLOSED);
    assert_string_equal(a.fault.what, "offline");
    world_connect(w, ann);
    assert_string_equal(door_word(core_door(w->k, core_dept(w->k, SALES))), "offline");
    world_status(w, ann, STATUS_AWAY);
    assert_string_equal(door_word(core_door(w->k, core_dept(w->k, SALES))), "busy");
    world_status(w, ann, STATUS_AVAILABLE);
    assert_string_equal(door_word(core_door(w->k, core_dept(w->k, SALES))), "open");
    assert_int_equal(world_set(w, OBJ_DEPT, SALES, "queue_max", "1", NULL), ERR_OK);
    world_status(w, ann, STATUS_AWAY);
    world_ring(w, SALES);
    assert_string_equal(door_word(core_door(w->k, core_dept(w->k, SALES))), "offline");
    assert_int_equal(world_try_ring(w, SALES).err, ERR_CLOSED);
    assert_int_equal(world_set(w, OBJ_DEPT, SALES, "chat_on", "off", NULL), ERR_OK);
    a = world_try_ring(w, SALES);
    assert_int_equal(a.err, ERR_CLOSED);
    assert_string_equal(a.fault.what, "closed");
}

static void auto_accept_makes_a_chat_active_in_one_step(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent(w, "ann", SALES), chat;

    assert_int_equal(world_set(w, OBJ_DEPT, SALES, "auto_accept", "on", NULL), ERR_OK);
    chat = world_ring(w, SALES);
    assert_state(w, chat, CONV_ACTIVE);
    assert_int_equal(world_conv(w, chat)->agent, ann);
}

static void offers_move_on_at_once_when_an_agent_cannot_answer_any_more(void **state)
{
    static const char *const ways[] = {"status", "gone", "disabled", "deleted", "member", "chat"};
    struct world *w = *state;

    for (size_t i = 0; i < COUNT_OF(ways); i++) {
        char name[20];
        uint64_t dept, ann, bob, chat;
        struct cmd cmd = {.who = operator_()};

        print_message("  %s\n", ways[i]);
        snprintf(name, sizeof(name), "d%zu", i);
        dept = world_dept(w, name, "public");
        snprintf(name, sizeof(name), "ann%zu", i);
        ann = world_agent(w, name, dept);
        snprintf(name, sizeof(name), "bob%zu", i);
        bob = world_agent(w, name, dept);
        chat = world_ring(w, dept);
        assert_offered(w, ann, chat);
        if (i == 0)
            world_status(w, ann, STATUS_BUSY);
        if (i == 1)
            world_leave(w, ann);
        if (i == 2)
            assert_int_equal(world_set(w, OBJ_AGENT, ann, "enabled", "off", NULL), ERR_OK);
        if (i >= 3) {
            cmd.type = i == 3 ? CMD_AGENT_REMOVE : i == 4 ? CMD_MEMBER_REMOVE : CMD_MEMBER_SET;
            if (i == 3)
                cmd.agent_end.agent = ann;
            else
                cmd.member = (struct cmd_member){.agent = ann, .dept = dept};
            assert_int_equal(world_do(w, &cmd).err, ERR_OK);
        }
        assert_offered(w, bob, chat);
    }
}

static void chats_of_a_gone_agent_return_to_the_front_after_the_grace_time(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent(w, "ann", SALES), bob = world_agent(w, "bob", SALES), held, other;

    held = world_ring(w, SALES);
    world_accept(w, ann, held);
    world_status(w, bob, STATUS_AWAY);
    assert_int_equal(world_set(w, OBJ_AGENT, ann, "capacity", "1", NULL), ERR_OK);
    world_advance(w, 1000);
    other = world_ring(w, SALES);
    world_leave(w, ann);
    world_advance(w, 29999);
    assert_state(w, held, CONV_ACTIVE);
    world_advance(w, 1);
    assert_state(w, held, CONV_WAITING);
    assert_int_equal(world_agent_of(w, ann)->active_count, 0);
    world_status(w, bob, STATUS_AVAILABLE);
    assert_offered(w, bob, held);
    assert_int_equal(world_set(w, OBJ_AGENT, bob, "capacity", "1", NULL), ERR_OK);
    world_accept(w, bob, held);
    world_conv_cmd(w, CMD_CHAT_END, agent_(bob), held);
    assert_offered(w, bob, other);
}

static void agent_who_is_back_within_the_grace_time_keeps_the_chats(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent(w, "ann", SALES), chat = world_ring(w, SALES);

    world_accept(w, ann, chat);
    world_leave(w, ann);
    world_advance(w, 29000);
    world_connect(w, ann);
    world_advance(w, 60000);
    assert_state(w, chat, CONV_ACTIVE);
}

static void chats_stay_on_a_change_of_status_and_return_when_the_agent_is_disabled(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent(w, "ann", SALES), chat = world_ring(w, SALES);
    struct cmd off = {.type = CMD_AGENT_DISABLE,
                      .who = operator_(),
                      .agent_end = {.agent = ann, .chats_back = true}};

    world_accept(w, ann, chat);
    world_status(w, ann, STATUS_OFFLINE);
    assert_state(w, chat, CONV_ACTIVE);
    assert_int_equal(world_do(w, &off).err, ERR_OK);
    assert_state(w, chat, CONV_WAITING);
    assert_true(world_conv(w, chat)->returned_ms != 0);
}

static void chats_return_when_the_agent_may_not_answer_any_more(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent(w, "ann", SALES), bob, chat = world_ring(w, SALES);

    world_accept(w, ann, chat);
    bob = world_agent(w, "bob", SALES);
    assert_int_equal(world_set(w, OBJ_AGENT, ann, "role", "light", NULL), ERR_OK);
    assert_offered(w, bob, chat);
}

static void picking_by_hand_may_go_beyond_capacity(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent(w, "ann", SALES), first, second;

    assert_int_equal(world_set(w, OBJ_AGENT, ann, "capacity", "1", NULL), ERR_OK);
    first = world_ring(w, SALES);
    second = world_ring(w, SALES);
    world_accept(w, ann, first);
    assert_state(w, second, CONV_WAITING);
    assert_int_equal(world_conv_cmd(w, CMD_CONV_PICK, agent_(ann), second).err, ERR_OK);
    assert_state(w, second, CONV_ACTIVE);
    assert_int_equal(world_agent_of(w, ann)->active_count, 2);
}

static void picking_what_is_offered_to_another_is_taken(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent(w, "ann", SALES), bob = world_agent(w, "bob", SALES), chat;

    chat = world_ring(w, SALES);
    assert_offered(w, ann, chat);
    assert_refused(world_conv_cmd(w, CMD_CONV_PICK, agent_(bob), chat), ERR_TAKEN,
                   REFUSE_OFFERED_TO, "ann");
}

static void deleted_department_misses_those_who_wait_and_lets_running_chats_go_on(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent(w, "ann", SALES), running, waiting[3];
    struct cmd cmd = {.type = CMD_DEPT_REMOVE, .who = operator_(), .dept = SALES};

    world_dept(w, "Help", "public");
    assert_int_equal(world_set(w, OBJ_AGENT, ann, "capacity", "2", NULL), ERR_OK);
    running = world_ring(w, SALES);
    world_accept(w, ann, running);
    for (int i = 0; i < 3; i++)
        waiting[i] = world_ring(w, SALES); /* the first of them is offered */
    assert_int_equal(world_do(w, &cmd).err, ERR_OK);
    for (int i = 0; i < 3; i++) {
        assert_state(w, waiting[i], CONV_MISSED);
        assert_int_equal(world_conv(w, waiting[i])->why, WHY_DEPT);
    }
    assert_state(w, running, CONV_ACTIVE);
    assert_int_equal(world_say(w, agent_(ann), running, "still here").err, ERR_OK);
    assert_int_equal(world_try_ring(w, SALES).err, ERR_NOTFOUND);
}

static void disabled_department_lets_those_who_wait_go_on(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent(w, "ann", SALES), chat;

    world_status(w, ann, STATUS_AWAY);
    chat = world_ring(w, SALES);
    assert_int_equal(world_set(w, OBJ_DEPT, SALES, "enabled", "off", NULL), ERR_OK);
    assert_int_equal(world_try_ring(w, SALES).err, ERR_CLOSED);
    world_status(w, ann, STATUS_AVAILABLE);
    assert_offered(w, ann, chat);
}

static void assignment_says_how_many_were_passed_over_and_why(void **state)
{
    struct world *w = *state;
    uint64_t away, full, chat;
    const struct conv *cv;

    world_agent_idle(w, "off", SALES);
    away = world_agent(w, "away", SALES);
    world_status(w, away, STATUS_AWAY);
    full = world_agent(w, "full", SALES);
    assert_int_equal(world_set(w, OBJ_AGENT, full, "capacity", "1", NULL), ERR_OK);
    world_accept(w, full, world_ring(w, SALES));
    world_agent(w, "ann", SALES);
    world_agent(w, "bob", SALES);
    world_agent(w, "cid", SALES);
    chat = world_ring(w, SALES);
    world_decline(w, world_conv(w, chat)->agent, chat);
    cv = world_conv(w, chat);
    assert_int_equal(cv->passed[PASSED_OFFLINE], 1);
    assert_int_equal(cv->passed[PASSED_STATUS], 1);
    assert_int_equal(cv->passed[PASSED_FULL], 1);
    assert_int_equal(cv->passed[PASSED_ASKED], 1);
    assert_int_equal(cv->passed[PASSED_BUSIER], 1);
}

static void restart_takes_offers_back_and_misses_nobody_before_the_floor(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent(w, "ann", SALES), chat = world_ring(w, SALES);

    w->now_ms += 10 * WAIT_MS; /* the gateway was down for long */
    world_restart(w, 30000);
    assert_int_equal(world_count(w, REC_AGENT_GONE), 1);
    assert_int_equal(world_count(w, REC_CONV_VISITOR_GONE), 1);
    assert_state(w, chat, CONV_WAITING);
    world_advance(w, 29000);
    assert_state(w, chat, CONV_WAITING);
    world_connect(w, ann);
    assert_offered(w, ann, chat);
    assert_int_equal(world_accept(w, ann, chat).err, ERR_OK);
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, world_setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(ring_is_offered_to_the_available_agent),
        T(who_is_eligible_table),
        T(least_busy_is_asked_first_by_load_over_capacity),
        T(longest_idle_is_asked_first_at_equal_load),
        T(routing_never_exceeds_capacity_offers_included),
        T(unanswered_offer_moves_on_to_another_agent),
        T(an_offer_that_is_accepted_too_late_is_refused_by_what_became_of_it),
        T(nobody_is_asked_twice_before_everybody_was_asked_once),
        T(two_lapses_in_a_row_make_an_agent_away),
        T(declines_and_an_accept_between_do_not_make_an_agent_away),
        T(accept_is_late_from_the_deadline_on_even_before_it_was_settled),
        T(accepting_again_is_well_and_changes_nothing),
        T(nobody_overtakes_and_an_offered_chat_keeps_its_place),
        T(agent_freed_in_two_departments_takes_the_oldest_head),
        T(wait_deadline_makes_a_chat_missed_also_while_it_is_offered),
        T(door_table),
        T(auto_accept_makes_a_chat_active_in_one_step),
        T(offers_move_on_at_once_when_an_agent_cannot_answer_any_more),
        T(chats_of_a_gone_agent_return_to_the_front_after_the_grace_time),
        T(agent_who_is_back_within_the_grace_time_keeps_the_chats),
        T(chats_stay_on_a_change_of_status_and_return_when_the_agent_is_disabled),
        T(chats_return_when_the_agent_may_not_answer_any_more),
        T(picking_by_hand_may_go_beyond_capacity),
        T(picking_what_is_offered_to_another_is_taken),
        T(deleted_department_misses_those_who_wait_and_lets_running_chats_go_on),
        T(disabled_department_lets_those_who_wait_go_on),
        T(assignment_says_how_many_were_passed_over_and_why),
        T(restart_takes_offers_back_and_misses_nobody_before_the_floor),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
