/* Chats that ring at all who are free at once, and are the first one's who accepts. */
#include "core_world.h"
#include "deskbell/id.h"

#define OFFER_MS 20000 /* as a department begins */

static struct world_three three(struct world *w)
{
    struct world_three t = world_three(w);

    assert_int_equal(world_set(w, OBJ_DEPT, SALES, "strategy", "ring-all", NULL), ERR_OK);
    return t;
}

static void same(const struct conv *cv, const struct conv *copy)
{
    assert_int_equal(copy->agent, cv->agent);
    assert_int_equal(copy->offered_by, cv->offered_by);
    assert_int_equal(copy->nrung, cv->nrung);
    for (size_t i = 0; i < cv->nrung; i++) {
        assert_int_equal(copy->rung[i].agent, cv->rung[i].agent);
        assert_int_equal(copy->rung[i].late, cv->rung[i].late);
    }
    assert_int_equal(copy->passed[PASSED_RUNG], cv->passed[PASSED_RUNG]);
    assert_int_equal(copy->how, cv->how);
}

/* It rings at these n agents, and at nobody else. */
static void assert_rings(struct world *w, uint64_t chat, const uint64_t *agents, size_t n)
{
    const struct conv *cv = world_conv(w, chat);

    assert_int_equal(cv->state, CONV_OFFERED);
    assert_int_equal(cv->agent, 0);
    assert_int_equal(cv->nrung, n);
    for (size_t i = 0; i < n; i++) {
        assert_true(conv_is_offered_to(cv, agents[i]));
        assert_int_equal(world_agent_of(w, agents[i])->offer_count, 0); /* and takes no place */
    }
    world_assert_kept(w, same);
}
#define RINGS(w, chat, ...)                                                                        \
    assert_rings(w, chat, (uint64_t[]){__VA_ARGS__}, COUNT_OF(((uint64_t[]){__VA_ARGS__})))

static void a_chat_rings_at_all_and_the_first_has_it(void **state)
{
    struct world *w = *state;
    struct world_three t = three(w);
    uint64_t away = world_agent(w, "away", SALES), chat;
    const struct conv *cv;
    struct world_answer late;

    world_status(w, away, STATUS_AWAY);
    chat = world_ring(w, SALES);
    RINGS(w, chat, t.ann, t.bob, t.cid);
    assert_int_equal(world_count(w, REC_CONV_RUNG), 1);
    assert_int_equal(world_conv(w, chat)->passed[PASSED_STATUS], 1);
    assert_int_equal(world_accept(w, away, chat).err, ERR_LATE);
    assert_int_equal(world_accept(w, t.bob, chat).err, ERR_OK);
    cv = world_conv(w, chat);
    assert_int_equal(cv->agent, t.bob);
    assert_int_equal(cv->how, CHOSEN_RING);
    assert_int_equal(cv->passed[PASSED_RUNG], 2);
    assert_int_equal(cv->nothers, 3);
    assert_int_equal(cv->others[0].agent, t.ann);
    assert_int_equal(cv->others[1].why, PASSED_RUNG);
    assert_int_equal(cv->others[2].agent, away);
    world_assert_kept(w, same);
    /* Who was too late learns whose it is, though his rights show him no chat of others. */
    world_set_agent(w, t.cid, "scope", "own");
    late = world_accept(w, t.cid, chat);
    assert_int_equal(late.err, ERR_TAKEN);
    assert_int_equal(late.fault.refusal, REFUSE_TAKEN_BY);
    assert_int_equal(world_accept(w, t.bob, chat).err, ERR_OK);
    assert_int_equal(world_agent_of(w, t.ann)->lapsed_count, 0);
}

static void a_decline_takes_one_out_and_the_last_ends_the_round(void **state)
{
    struct world *w = *state;
    struct world_three t = three(w);
    uint64_t chat = world_ring(w, SALES);

    assert_int_equal(world_decline(w, t.ann, chat).err, ERR_OK);
    RINGS(w, chat, t.bob, t.cid);
    assert_int_equal(world_decline(w, t.ann, chat).err, ERR_LATE);
    assert_int_equal(world_accept(w, t.ann, chat).err, ERR_LATE);
    assert_int_equal(world_conv(w, chat)->passed[PASSED_ASKED], 1);
    world_decline(w, t.cid, chat);
    world_decline(w, t.bob, chat);
    assert_state(w, chat, CONV_WAITING);
    assert_int_equal(world_conv(w, chat)->nrung, 0);
    world_advance(w, 9999); /* the pause */
    assert_state(w, chat, CONV_WAITING);
    world_advance(w, 1);
    RINGS(w, chat, t.ann, t.bob, t.cid);
    assert_int_equal(world_count(w, REC_CONV_ROUND), 1);
}

static void who_becomes_free_while_it_rings_is_rung_too(void **state)
{
    struct world *w = *state;
    struct world_three t = three(w);
    uint64_t chat, dan;

    world_status(w, t.cid, STATUS_AWAY);
    chat = world_ring(w, SALES);
    RINGS(w, chat, t.ann, t.bob);
    world_advance(w, 15000);
    dan = world_agent(w, "dan", SALES);
    world_status(w, t.cid, STATUS_AVAILABLE);
    RINGS(w, chat, t.ann, t.bob, dan, t.cid);
    assert_int_equal(world_conv(w, chat)->offer_until_ms, world_conv(w, chat)->since_ms + OFFER_MS);
    assert_true(world_conv(w, chat)->rung[3].late);
    world_advance(w, 5000);
    assert_state(w, chat, CONV_WAITING);
    assert_int_equal(world_agent_of(w, t.ann)->lapsed_count, 1);
    assert_int_equal(world_agent_of(w, t.cid)->lapsed_count, 0);
    world_assert_replays(w);
}

static void who_cannot_take_it_any_more_loses_it(void **state)
{
    struct world *w = *state;
    struct world_three t = three(w);
    uint64_t dan = world_agent(w, "dan", SALES), first = world_ring(w, SALES), second;
    struct cmd leave = {
        .type = CMD_MEMBER_REMOVE, .who = operator_(), .member = {.agent = dan, .dept = SALES}};

    world_set_agent(w, t.ann, "capacity", "1");
    second = world_ring(w, SALES);
    RINGS(w, second, t.ann, t.bob, t.cid, dan);
    world_accept(w, t.ann, first); /* she is full by it */
    RINGS(w, second, t.bob, t.cid, dan);
    assert_int_equal(world_accept(w, t.ann, second).err, ERR_LATE);
    world_status(w, t.bob, STATUS_BUSY);
    RINGS(w, second, t.cid, dan);
    world_do(w, &leave);
    RINGS(w, second, t.cid);
    world_leave(w, t.cid);
    assert_state(w, second, CONV_WAITING);
    assert_int_equal(world_conv(w, second)->nasked, 0); /* none of them gave an answer */
    world_connect(w, t.cid);
    RINGS(w, second, t.cid);
    world_set_agent(w, t.cid, "role", "light");
    assert_state(w, second, CONV_WAITING);
    world_conv_cmd(w, CMD_CHAT_END, agent_(t.ann), first);
    RINGS(w, second, t.ann); /* she has a place again, and had not declined */
    world_assert_replays(w);
}

/* Before what follows from the first accept has been drawn. */
static void nobody_accepts_beyond_his_places(void **state)
{
    struct world *w = *state;
    struct world_three t = three(w);
    uint64_t chats[2];
    struct cmd accept = {.type = CMD_OFFER_ACCEPT, .who = agent_(t.ann)};
    struct out out = {0};
    struct core *k;

    world_set_agent(w, t.ann, "capacity", "1");
    for (size_t i = 0; i < 2; i++)
        chats[i] = world_ring(w, SALES);
    k = world_copy_by_images(w);
    accept.conv = chats[0];
    assert_int_equal(core_decide(k, &accept, w->now_ms, &out), ERR_OK);
    for (size_t i = 0; i < out.nrecs; i++)
        core_fold(k, &out.recs[i]);
    accept.conv = chats[1];
    assert_int_equal(core_decide(k, &accept, w->now_ms, &out), ERR_LATE);
    assert_int_equal(out.fault.refusal, REFUSE_OFFER_PASSED);
    out_fini(&out);
    core_free(k);
}

static void a_round_that_nobody_answers_is_missed_by_all_of_it(void **state)
{
    struct world *w = *state;
    struct world_three t = three(w);
    uint64_t chat = world_ring(w, SALES);

    world_decline(w, t.cid, chat);
    world_advance(w, OFFER_MS);
    assert_int_equal(world_agent_of(w, t.ann)->lapsed_count, 1);
    assert_int_equal(world_agent_of(w, t.cid)->lapsed_count, 0);
    assert_int_equal(world_agent_of(w, t.ann)->status, STATUS_AVAILABLE);
    world_advance(w, 10000); /* the pause, and it rings again */
    RINGS(w, chat, t.ann, t.bob, t.cid);
    world_advance(w, OFFER_MS);
    assert_int_equal(world_agent_of(w, t.ann)->status, STATUS_AWAY);
    assert_int_equal(world_agent_of(w, t.bob)->status_why, WHY_LAPSED);
    assert_int_equal(world_agent_of(w, t.cid)->status, STATUS_AVAILABLE);
    world_assert_replays(w);
}

static void settings_reach_what_rings(void **state)
{
    struct world *w = *state;
    struct world_three t = three(w);
    uint64_t chat = world_ring(w, SALES);

    world_set(w, OBJ_DEPT, SALES, "offer_ms", "60s", NULL);
    world_advance(w, 59999);
    RINGS(w, chat, t.ann, t.bob, t.cid);
    /* Another strategy: this ring goes on, at nobody else; what comes after it goes by the new. */
    world_set(w, OBJ_DEPT, SALES, "strategy", "least-busy", NULL);
    uint64_t dan = world_agent(w, "dan", SALES);
    RINGS(w, chat, t.ann, t.bob, t.cid);
    world_advance(w, 1);
    assert_offered(w, dan, chat);
    world_set(w, OBJ_DEPT, SALES, "strategy", "ring-all", NULL);
    assert_offered(w, dan, chat);
    world_decline(w, dan, chat);
    world_advance(w, 10000);
    RINGS(w, chat, t.ann, t.bob, t.cid, dan);
    world_assert_replays(w);
}

/* One alone where it would be his without asking, or where the visitor knows him. */
static void taken_at_once_it_rings_at_nobody(void **state)
{
    struct world *w = *state;
    struct world_three t = three(w);
    uint64_t chat;

    world_set(w, OBJ_DEPT, SALES, "auto_accept", "on", NULL);
    chat = world_ring(w, SALES);
    assert_int_equal(world_conv(w, chat)->agent, t.ann);
    assert_int_equal(world_conv(w, chat)->how, CHOSEN_LEAST_BUSY);
}

static void whom_the_visitor_knows_is_asked_before_it_rings(void **state)
{
    struct world *w = *state;
    struct world_three t = three(w);
    struct cmd ring = {.type = CMD_CHAT_START,
                       .who = visitor_(0),
                       .ring = {.dept = SALES,
                                .email = SPAN_LIT("hanako@example.com"),
                                .question = SPAN_LIT("Again?"),
                                .here = true,
                                .previous = 1,
                                .met = t.bob}};
    uint64_t chat;

    world_set(w, OBJ_DEPT, SALES, "last_agent", "on", NULL);
    chat = world_do(w, &ring).id;
    assert_offered(w, t.bob, chat);
    world_decline(w, t.bob, chat);
    RINGS(w, chat, t.ann, t.cid);
    assert_int_equal(world_conv(w, chat)->passed[PASSED_ASKED], 1);
}

/* There it goes with whoever is first; it rings in one department at a time. */
static void it_rings_where_it_may_also_go(void **state)
{
    struct world *w = *state;
    struct world_three t = three(w);
    uint64_t help = world_dept(w, "Help", "private"), eve = world_agent(w, "eve", help), chat;
    char text[ID_TEXT];

    snprintf(text, sizeof(text), "%llu", (unsigned long long)help);
    world_set(w, OBJ_DEPT, SALES, "overflow", text, NULL);
    world_set(w, OBJ_DEPT, SALES, "overflow_ms", "10s", NULL);
    world_set(w, OBJ_DEPT, help, "strategy", "ring-all", NULL);
    chat = world_ring(w, SALES);
    world_advance(w, 15000);
    RINGS(w, chat, t.ann, t.bob, t.cid);
    world_advance(w, 5000);
    RINGS(w, chat, eve);
    assert_int_equal(world_conv(w, chat)->offered_by, help);
    struct reader r = reader_of_agent(w->k, eve);
    const struct list_want want = {.list = LIST_UNASSIGNED};
    assert_true(audience_sees(&r, world_conv(w, chat)));
    assert_int_equal(audience_count(&r, &want), 1); /* though she is no member there */
    world_accept(w, eve, chat);
    assert_int_equal(world_conv(w, chat)->dept, help);
    assert_int_equal(world_conv(w, chat)->agent, eve);
}

static void a_department_that_goes_stops_ringing(void **state)
{
    struct world *w = *state;
    struct world_three t = three(w);
    uint64_t other = world_dept(w, "Other", "public"), chat = world_ring(w, SALES);
    struct cmd gone = {.type = CMD_DEPT_REMOVE, .who = operator_(), .dept = SALES};

    RINGS(w, chat, t.ann, t.bob, t.cid);
    assert_true(other != 0);
    assert_int_equal(world_do(w, &gone).err, ERR_OK);
    assert_state(w, chat, CONV_MISSED);
    world_assert_replays(w);
}

static void it_rings_at_so_many_at_most(void **state)
{
    struct world *w = *state;
    uint64_t agents[RUNG_MAX + 2], chat;
    char name[16];

    world_set(w, OBJ_DEPT, SALES, "strategy", "ring-all", NULL);
    for (size_t i = 0; i < COUNT_OF(agents); i++) {
        snprintf(name, sizeof(name), "a%zu", i);
        agents[i] = world_agent(w, name, SALES);
        world_advance(w, 10);
    }
    chat = world_ring(w, SALES);
    assert_rings(w, chat, agents, RUNG_MAX); /* who has been idle the longest */
    assert_int_equal(world_conv(w, chat)->passed[PASSED_BUSIER], 2);
    world_decline(w, agents[3], chat);
    assert_true(conv_is_offered_to(world_conv(w, chat), agents[RUNG_MAX]));
    assert_int_equal(world_conv(w, chat)->nrung, RUNG_MAX);
    world_advance(w, OFFER_MS); /* the one who is left was not asked: the round goes on */
    RINGS(w, chat, agents[RUNG_MAX + 1]);
}

static void one_that_rings_can_be_taken_by_hand(void **state)
{
    struct world *w = *state;
    struct world_three t = three(w);
    uint64_t chat = world_ring(w, SALES);

    world_status(w, t.cid, STATUS_BUSY);
    RINGS(w, chat, t.ann, t.bob);
    assert_int_equal(world_conv_cmd(w, CMD_CONV_PICK, agent_(t.cid), chat).err, ERR_OK);
    assert_int_equal(world_conv(w, chat)->how, CHOSEN_HAND);
    assert_int_equal(world_conv(w, chat)->nrung, 0);
    chat = world_ring(w, SALES);
    assert_int_equal(world_conv_cmd(w, CMD_CONV_PICK, agent_(t.bob), chat).err, ERR_OK);
    assert_int_equal(world_conv(w, chat)->how, CHOSEN_RING);
}

/* It reserves no place, and needs one all the same: so a queue has its end here, too. */
static void a_queue_of_what_rings_is_full_in_the_end(void **state)
{
    struct world *w = *state;
    struct world_three t = three(w);

    world_set(w, OBJ_DEPT, SALES, "queue_max", "4", NULL);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(core_door(w->k, core_dept(w->k, SALES)), DOOR_OPEN);
        world_ring(w, SALES);
    }
    assert_int_equal(core_door(w->k, core_dept(w->k, SALES)), DOOR_BUSY);
    world_ring(w, SALES);
    assert_int_equal(world_try_ring(w, SALES).err, ERR_CLOSED);
    assert_true(t.ann != 0);
}

static void a_restart_and_a_missed_chat_end_the_ring(void **state)
{
    struct world *w = *state;
    struct world_three t = three(w);
    uint64_t chat = world_ring(w, SALES);

    RINGS(w, chat, t.ann, t.bob, t.cid);
    world_restart(w, 5000);
    assert_state(w, chat, CONV_WAITING); /* nobody is there yet */
    world_connect(w, t.bob);
    RINGS(w, chat, t.bob);
    world_conv_cmd(w, CMD_CHAT_END, visitor_(chat), chat);
    assert_state(w, chat, CONV_MISSED);
    world_assert_replays(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
        T(a_chat_rings_at_all_and_the_first_has_it),
        T(a_decline_takes_one_out_and_the_last_ends_the_round),
        T(who_becomes_free_while_it_rings_is_rung_too),
        T(who_cannot_take_it_any_more_loses_it),
        T(nobody_accepts_beyond_his_places),
        T(a_round_that_nobody_answers_is_missed_by_all_of_it),
        T(settings_reach_what_rings),
        T(taken_at_once_it_rings_at_nobody),
        T(whom_the_visitor_knows_is_asked_before_it_rings),
        T(it_rings_where_it_may_also_go),
        T(a_department_that_goes_stops_ringing),
        T(it_rings_at_so_many_at_most),
        T(one_that_rings_can_be_taken_by_hand),
        T(a_queue_of_what_rings_is_full_in_the_end),
        T(a_restart_and_a_missed_chat_end_the_ring),
#undef T
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
