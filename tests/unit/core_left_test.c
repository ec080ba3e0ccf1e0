/* What is left while nobody is there: kept until somebody is, then routed; told of once. */
#include "core_world.h"

#define HOUR_MS ((int64_t)3600 * 1000)

static void same(const struct conv *cv, const struct conv *copy)
{
    assert_int_equal(copy->state, cv->state);
    assert_int_equal(copy->left, cv->left);
    assert_int_equal(copy->queued_ms, cv->queued_ms);
}

static void set(struct world *w, const char *name, const char *text)
{
    struct fault f = {0};

    if (world_set(w, OBJ_DEPT, SALES, name, text, &f) != ERR_OK)
        fail_msg("%s = %s: %s", name, text, f.what);
}

/* Where mails go out, and what is left is kept. */
static void keeps(struct world *w)
{
    assert_int_equal(world_set(w, OBJ_PORTAL, 0, "from", "chat@example.com", NULL), ERR_OK);
    set(w, "mail.missed.addresses", "team@example.com");
    set(w, "mail.missed.on", "on");
    set(w, "mail.transcript.addresses", "team@example.com");
    set(w, "mail.transcript.on", "on");
    set(w, "left_routed", "on");
}

static struct cmd leave_cmd(void)
{
    return (struct cmd){.type = CMD_CHAT_LEAVE_MESSAGE,
                        .who = visitor_(0),
                        .ring = {.dept = SALES,
                                 .name = SPAN_LIT("Hanako"),
                                 .email = SPAN_LIT("hanako@example.com"),
                                 .text = SPAN_LIT("please call")}};
}

static uint64_t leave(struct world *w)
{
    struct cmd cmd = leave_cmd();
    struct world_answer a = world_do(w, &cmd);

    assert_int_equal(a.err, ERR_OK);
    world_advance(w, 1000);
    return a.id;
}

static struct world_answer ring_after(struct world *w, uint64_t previous)
{
    struct cmd cmd = leave_cmd();

    cmd.type = CMD_CHAT_START;
    cmd.ring.question = SPAN_LIT("?");
    cmd.ring.here = true;
    cmd.ring.previous = previous;
    return world_do(w, &cmd);
}

static void it_is_kept_until_somebody_is_available(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent_idle(w, "ann", SALES), chat;
    const struct conv *cv;

    keeps(w);
    chat = leave(w);
    assert_int_equal(world_mails(w, MAIL_MISSED), 1);
    cv = world_conv(w, chat);
    assert_state(w, chat, CONV_LEFT);
    assert_int_equal(core_dept(w->k, SALES)->left_count, 1);
    assert_int_equal(core_dept(w->k, SALES)->waiting_count, 0);
    world_assert_kept(w, same);
    world_advance(w, 12 * HOUR_MS);
    assert_state(w, chat, CONV_LEFT);
    world_connect(w, ann);
    world_status(w, ann, STATUS_AWAY);
    assert_state(w, chat, CONV_LEFT); /* there, and not for chats */
    world_status(w, ann, STATUS_AVAILABLE);
    assert_offered(w, ann, chat);
    assert_true(cv->left && cv->queued_ms == w->now_ms);
    assert_int_equal(cv->wait_until_ms, w->now_ms + core_dept(w->k, SALES)->wait_ms);
    assert_int_equal(core_dept(w->k, SALES)->left_count, 0);
    world_assert_kept(w, same);
}

static void where_it_is_not_set_it_is_missed_at_once(void **state)
{
    struct world *w = *state;
    uint64_t chat;

    world_agent_idle(w, "ann", SALES);
    keeps(w);
    set(w, "left_routed", "off");
    chat = leave(w);
    assert_state(w, chat, CONV_MISSED);
    assert_int_equal(world_conv(w, chat)->why, WHY_NOBODY);
    assert_int_equal(world_mails(w, MAIL_MISSED), 1);
}

/* Somebody is there, and the queue is full: nobody would come to it later who is not there now. */
static void what_is_left_while_somebody_is_there_is_missed_at_once(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent(w, "ann", SALES);

    keeps(w);
    world_set(w, OBJ_AGENT, ann, "capacity", "1", NULL);
    set(w, "queue_max", "0");
    world_accept(w, ann, world_ring(w, SALES));
    assert_state(w, leave(w), CONV_MISSED);
}

/* Left before them: they go before those who ring when it has opened, whoever comes there first. */
static void the_first_that_was_left_goes_first(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent_idle(w, "ann", SALES), first, second, third;

    keeps(w);
    first = leave(w);
    second = leave(w);
    world_connect(w, ann);
    world_status(w, ann, STATUS_AWAY);
    third = world_ring(w, SALES);
    assert_state(w, third, CONV_WAITING);
    world_set(w, OBJ_AGENT, ann, "capacity", "1", NULL);
    world_status(w, ann, STATUS_AVAILABLE);
    assert_offered(w, ann, first);
    assert_state(w, second, CONV_WAITING); /* all that was left waits, in its place */
    world_accept(w, ann, first);
    world_conv_cmd(w, CMD_CHAT_END, agent_(ann), first);
    assert_offered(w, ann, second);
    world_accept(w, ann, second);
    world_conv_cmd(w, CMD_CHAT_END, agent_(ann), second);
    assert_offered(w, ann, third);
}

/* Its visitor is not there: neither the queue nor his agent waits for him, and silence is none. */
static void who_left_it_need_not_be_there(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent_idle(w, "ann", SALES), chat;

    keeps(w);
    set(w, "idle_ms", "60s");
    set(w, "offer_ms", "10m");
    set(w, "wait_ms", "1h");
    chat = leave(w);
    world_advance(w, HOUR_MS);
    world_connect(w, ann);
    world_status(w, ann, STATUS_AVAILABLE);
    world_advance(w, 3 * VISITOR_QUEUE_GRACE_MS);
    assert_offered(w, ann, chat);
    world_accept(w, ann, chat);
    world_advance(w, 5 * HOUR_MS);
    assert_state(w, chat, CONV_ACTIVE);
    world_conv_cmd(w, CMD_CHAT_CONNECT, visitor_(chat), chat); /* he looks again */
    assert_false(world_conv(w, chat)->left);
    assert_int_equal(world_conv(w, chat)->spoke_ms, w->now_ms);
    world_assert_kept(w, same);
    world_advance(w, 61000);
    assert_state(w, chat, CONV_ENDED);
    assert_int_equal(world_conv(w, chat)->why, WHY_IDLE);
}

static void not_for_ever(void **state)
{
    struct world *w = *state;
    uint64_t ann, kept, held;

    keeps(w);
    kept = leave(w);
    w->nmails = 0;
    world_advance(w, LEFT_KEPT_MS - 2000);
    assert_state(w, kept, CONV_LEFT);
    world_advance(w, 2000);
    assert_state(w, kept, CONV_MISSED);
    assert_int_equal(world_mails(w, MAIL_MISSED), 0);
    held = leave(w);
    ann = world_agent(w, "ann", SALES);
    world_accept(w, ann, held);
    world_advance(w, LEFT_KEPT_MS - 1);
    assert_state(w, held, CONV_ACTIVE);
    world_advance(w, 1);
    assert_state(w, held, CONV_ENDED);
}

/* Left, and then there is somebody whom it waits for. */
static uint64_t left_and_opened(struct world *w, uint64_t *ann)
{
    uint64_t chat;

    *ann = world_agent_idle(w, "ann", SALES);
    keeps(w);
    chat = leave(w);
    world_connect(w, *ann);
    world_status(w, *ann, STATUS_AVAILABLE);
    return chat;
}

/* The notice went out when it was left: being missed is no news. */
static void nobody_took_it_and_it_is_told_once(void **state)
{
    struct world *w = *state;
    uint64_t ann, chat = left_and_opened(w, &ann);

    world_status(w, ann, STATUS_AWAY);
    assert_state(w, chat, CONV_WAITING);
    w->nmails = 0;
    world_advance(w, core_dept(w->k, SALES)->wait_ms);
    assert_state(w, chat, CONV_MISSED);
    assert_int_equal(world_conv(w, chat)->why, WHY_WAIT);
    assert_int_equal(conv_box(world_conv(w, chat)), BOX_TO_ANSWER);
    assert_int_equal(world_mails(w, MAIL_MISSED), 0);
}

/* Somebody answered in it, and then nobody took it over: that is news. */
static void one_that_was_answered_and_then_missed_is_told_of(void **state)
{
    struct world *w = *state;
    uint64_t ann, chat = left_and_opened(w, &ann);

    world_accept(w, ann, chat);
    world_say(w, agent_(ann), chat, "we call you");
    world_leave(w, ann);
    w->nmails = 0;
    world_advance(w, HOUR_MS);
    assert_state(w, chat, CONV_MISSED);
    assert_int_equal(world_mails(w, MAIL_MISSED), 1);
}

static void a_department_that_takes_none_keeps_none(void **state)
{
    static const char *const rows[][2] = {
        {"left_routed", "off"}, {"enabled", "off"}, {"chat_on", "off"}};

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct world *w = *state;
        uint64_t chat;

        set(w, "left_routed", "on");
        chat = leave(w);
        assert_state(w, chat, CONV_LEFT);
        set(w, rows[i][0], rows[i][1]);
        assert_state(w, chat, CONV_MISSED);
        assert_int_equal(world_conv(w, chat)->why, i == 0 ? WHY_NOBODY : WHY_DEPT);
        if (i > 0)
            assert_state(w, leave(w), CONV_MISSED);
        set(w, rows[i][0], "on");
    }
}

static void it_is_taken_by_hand_before_that(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent_idle(w, "ann", SALES), chat;
    struct cmd mail = {.type = CMD_CONV_MAIL, .line.text = SPAN_LIT("we call you")};

    keeps(w);
    chat = leave(w);
    world_connect(w, ann);
    assert_int_equal(world_conv_cmd(w, CMD_CONV_PICK, agent_(ann), chat).err, ERR_OK);
    assert_state(w, chat, CONV_ACTIVE);
    assert_int_equal(world_conv(w, chat)->how, CHOSEN_HAND);
    assert_true(world_conv(w, chat)->left);
    assert_int_equal(core_dept(w->k, SALES)->wait_mean_ms > 0, true);
    mail.who = agent_(ann); /* he is not there to be written to */
    mail.conv = chat;
    assert_int_equal(world_do(w, &mail).err, ERR_OK);
    assert_int_equal(world_mails(w, MAIL_REPLY), 1);
    world_conv_cmd(w, CMD_CHAT_CONNECT, visitor_(chat), chat);
    assert_int_equal(world_do(w, &mail).err, ERR_CONFLICT);
    world_assert_kept(w, same);
}

/* Who rings himself is not to be come to a second time. */
static void what_is_left_ends_where_its_visitor_rings(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent_idle(w, "ann", SALES), chat, again;
    struct world_answer a;

    keeps(w);
    chat = leave(w);
    world_connect(w, ann);
    world_status(w, ann, STATUS_AWAY);
    w->nmails = 0;
    a = ring_after(w, chat);
    assert_int_equal(a.err, ERR_OK);
    again = a.id;
    assert_state(w, chat, CONV_MISSED);
    assert_int_equal(world_conv(w, chat)->why, WHY_VISITOR);
    assert_int_equal(world_mails(w, MAIL_MISSED), 0);
    assert_state(w, again, CONV_WAITING);
    a = ring_after(w, again); /* one that rang is nobody's to end but by his own word */
    assert_state(w, again, CONV_WAITING);
}

/* Those who are not there take nobody's place in the queue. */
static void left_ones_do_not_fill_the_queue(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent_idle(w, "ann", SALES);

    keeps(w);
    set(w, "queue_max", "1");
    leave(w);
    leave(w);
    world_connect(w, ann);
    world_set(w, OBJ_AGENT, ann, "capacity", "1", NULL);
    world_status(w, ann, STATUS_AVAILABLE);
    assert_int_equal(core_dept(w->k, SALES)->waiting_count, 2);
    assert_int_equal(core_dept(w->k, SALES)->left_waiting, 2);
    assert_int_equal(world_try_ring(w, SALES).err, ERR_OK);
    assert_int_equal(world_try_ring(w, SALES).err, ERR_CLOSED);
}

static int64_t zone_offset(void *arg, const char *zone, int64_t ms)
{
    (void)arg;
    (void)zone;
    (void)ms;
    return 0;
}

/* T0 is a Friday, 08:00.  A holiday, and a day with hours of its own, move the opening. */
static void hours_say_when_it_opens(void **state)
{
    struct world *w = *state;
    uint64_t chat;

    core_set_zones(w->k, &(struct core_zones){.offset_ms = zone_offset});
    world_agent(w, "ann", SALES); /* there all the time */
    keeps(w);
    set(w, "hours.week", "mon-sun 09:00-17:00");
    chat = leave(w);
    assert_state(w, chat, CONV_LEFT);
    set(w, "hours.holidays", "2027-01-15");
    world_advance(w, 2 * HOUR_MS);
    assert_state(w, chat, CONV_LEFT);
    world_restart(w, 0);
    assert_state(w, chat, CONV_LEFT);
    set(w, "hours.days", "2027-01-15 11:00-12:00");
    world_advance(w, HOUR_MS - 10000);
    assert_state(w, chat, CONV_LEFT);
    world_connect(w, world_agent(w, "bob", SALES));
    assert_state(w, chat, CONV_LEFT);
    world_advance(w, 10000);
    assert_state(w, chat, CONV_OFFERED);
    world_assert_kept(w, same);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
    const struct CMUnitTest tests[] = {
        T(it_is_kept_until_somebody_is_available),
        T(where_it_is_not_set_it_is_missed_at_once),
        T(what_is_left_while_somebody_is_there_is_missed_at_once),
        T(the_first_that_was_left_goes_first),
        T(who_left_it_need_not_be_there),
        T(not_for_ever),
        T(nobody_took_it_and_it_is_told_once),
        T(one_that_was_answered_and_then_missed_is_told_of),
        T(a_department_that_takes_none_keeps_none),
        T(it_is_taken_by_hand_before_that),
        T(what_is_left_ends_where_its_visitor_rings),
        T(left_ones_do_not_fill_the_queue),
        T(hours_say_when_it_opens),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
