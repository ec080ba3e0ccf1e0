/* Follow-up tasks: who is given one, who sees and does it, when it is due, and when it goes. */
#include "core_world.h"

#include <string.h>

struct shop {
    uint64_t ann, bob, eve, chat; /* eve is in another department */
};

static struct shop shop_open(struct world *w)
{
    struct shop s = {.ann = world_agent(w, "ann", SALES)};

    s.chat = world_ring(w, SALES);
    world_accept(w, s.ann, s.chat);
    s.bob = world_agent(w, "bob", SALES);
    s.eve = world_agent(w, "eve", world_dept(w, "Help", "public"));
    return s;
}

static struct world_answer add(struct world *w, struct principal who, uint64_t chat, uint64_t agent,
                               int64_t due_ms)
{
    return world_do(
        w, &(struct cmd){
               .type = CMD_TASK_ADD,
               .who = who,
               .conv = chat,
               .task = {.agent = agent, .due_ms = due_ms, .title = SPAN_LIT(" call back ")}});
}

static struct world_answer set(struct world *w, struct principal who, uint64_t task,
                               struct cmd_task to)
{
    to.task = task;
    return world_do(w, &(struct cmd){.type = CMD_TASK_SET, .who = who, .task = to});
}

static struct world_answer to_task(struct world *w, enum cmd_type type, struct principal who,
                                   uint64_t task)
{
    return world_do(w, &(struct cmd){.type = type, .who = who, .task.task = task});
}

static void a_task_is_kept_changed_and_done(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);
    struct world_answer a = add(w, agent_(s.ann), s.chat, s.bob, 0);
    const struct task *t;
    uint64_t id = a.id;

    assert_int_equal(a.err, ERR_OK);
    t = core_task(w->k, id);
    assert_string_equal(t->title, "call back");
    assert_true(t->agent == s.bob && t->by == s.ann && t->conv == s.chat && t->version == 1);
    assert_int_equal(core_task_count(w->k, s.bob), 1);
    a = set(w, agent_(s.ann), id,
            (struct cmd_task){.agent = s.ann, .version = 1, .title = SPAN_LIT("write")});
    assert_int_equal(a.err, ERR_OK);
    assert_string_equal(core_task(w->k, id)->title, "write");
    assert_int_equal(core_task_count(w->k, s.bob), 0);
    assert_true(
        set(w, agent_(s.ann), id, (struct cmd_task){.agent = s.ann, .title = SPAN_LIT("write")})
            .unchanged);
    a = set(w, agent_(s.bob), id,
            (struct cmd_task){.agent = s.ann, .version = 1, .title = SPAN_LIT("late")});
    assert_int_equal(a.err, ERR_CONFLICT);
    assert_int_equal(a.fault.refusal, REFUSE_STALE);
    assert_int_equal(to_task(w, CMD_TASK_DONE, agent_(s.bob), id).err, ERR_OK);
    assert_true(core_task(w->k, id)->done && core_task(w->k, id)->done_by == s.bob);
    assert_int_equal(core_task_count(w->k, s.ann), 0);
    assert_true(to_task(w, CMD_TASK_DONE, agent_(s.ann), id).unchanged);
    assert_int_equal(to_task(w, CMD_TASK_REOPEN, agent_(s.ann), id).err, ERR_OK);
    assert_int_equal(core_task_count(w->k, s.ann), 1);
    assert_int_equal(to_task(w, CMD_TASK_REMOVE, agent_(s.ann), id).err, ERR_OK);
    assert_null(core_task(w->k, id));
    assert_int_equal(to_task(w, CMD_TASK_DONE, agent_(s.ann), id).err, ERR_NOTFOUND);
    world_assert_replays(w);
}

static void what_cannot_be_a_task_is_refused_by_its_field(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);
    struct cmd cmd = {.type = CMD_TASK_ADD, .who = agent_(s.ann), .conv = s.chat};
    char longest[TASK_TITLE_MAX_CODEPOINTS + 2];
    struct world_answer a;

    memset(longest, 'x', sizeof(longest));
    longest[sizeof(longest) - 1] = '\0';
    for (unsigned i = 0; i < 3; i++) {
        cmd.task.title = i == 0 ? SPAN_LIT("  ") : i == 1 ? SPAN_LIT("a\nb") : span_of(longest);
        a = world_do(w, &cmd);
        assert_int_equal(a.err, ERR_INVAL);
        assert_string_equal(a.fault.field, "title");
    }
    cmd.task.title = (struct span){longest, TASK_TITLE_MAX_CODEPOINTS};
    assert_int_equal(world_do(w, &cmd).err, ERR_OK);
    a = add(w, agent_(s.ann), s.chat, 0, w->now_ms);
    assert_string_equal(a.fault.field, "due_ms");
    assert_int_equal(a.fault.refusal, REFUSE_PAST);
    a = add(w, agent_(s.ann), s.chat, s.eve, 0);
    assert_string_equal(a.fault.field, "agent");
    assert_int_equal(a.fault.refusal, REFUSE_AGENT_NO_SIGHT);
    assert_int_equal(add(w, agent_(s.ann), s.chat, 4711, 0).err, ERR_NOTFOUND);
    world_set(w, OBJ_AGENT, s.bob, "enabled", "no", NULL);
    assert_int_equal(add(w, agent_(s.ann), s.chat, s.bob, 0).fault.refusal, REFUSE_AGENT_DISABLED);
    for (unsigned i = 1; i < TASKS_PER_CONV_MAX; i++)
        assert_int_equal(add(w, agent_(s.ann), s.chat, 0, 0).err, ERR_OK);
    assert_int_equal(add(w, agent_(s.ann), s.chat, 0, 0).err, ERR_FULL);
}

/* Who is to do it sees and does it, whatever became of his rights to the chat, and no more. */
static void a_task_is_for_those_who_see_the_chat_and_for_who_is_to_do_it(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);
    uint64_t id = add(w, agent_(s.ann), s.chat, s.bob, 0).id;

    assert_int_equal(add(w, agent_(s.eve), s.chat, s.eve, 0).err, ERR_NOTFOUND);
    assert_int_equal(to_task(w, CMD_TASK_DONE, agent_(s.eve), id).err, ERR_NOTFOUND);
    assert_int_equal(to_task(w, CMD_TASK_REMOVE, visitor_(s.chat), id).err, ERR_NOTFOUND);
    world_set(w, OBJ_AGENT, s.bob, "role", "light", NULL);
    assert_int_equal(to_task(w, CMD_TASK_REMOVE, agent_(s.bob), id).err, ERR_DENIED);
    assert_int_equal(
        set(w, agent_(s.bob), id, (struct cmd_task){.agent = s.bob, .title = SPAN_LIT("x")}).err,
        ERR_DENIED);
    assert_int_equal(to_task(w, CMD_TASK_DONE, agent_(s.bob), id).err, ERR_OK);
    assert_int_equal(to_task(w, CMD_TASK_REOPEN, operator_(), id).err, ERR_OK);
    assert_int_equal(world_do(w, &(struct cmd){.type = CMD_MEMBER_REMOVE,
                                               .who = operator_(),
                                               .member = {.agent = s.bob, .dept = SALES}})
                         .err,
                     ERR_OK);
    assert_int_equal(to_task(w, CMD_TASK_REMOVE, agent_(s.bob), id).err, ERR_DENIED);
    assert_int_equal(to_task(w, CMD_TASK_DONE, agent_(s.bob), id).err, ERR_OK);
    world_assert_replays(w);
}

static void who_is_to_do_it_is_reminded_once_when_it_is_due(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);
    uint64_t id = add(w, agent_(s.ann), s.chat, s.bob, w->now_ms + 60000).id;
    uint64_t done = add(w, agent_(s.ann), s.chat, s.bob, w->now_ms + 60000).id;

    to_task(w, CMD_TASK_DONE, agent_(s.ann), done);
    world_advance(w, 59999);
    assert_int_equal(world_count(w, REC_TASK_DUE), 0);
    world_restart(w, 5000);
    world_advance(w, 1);
    assert_int_equal(world_count(w, REC_TASK_DUE), 0); /* not before the floor of a start */
    world_advance(w, 5000);
    assert_int_equal(world_count(w, REC_TASK_DUE), 1);
    assert_true(core_task(w->k, id)->reminded);
    world_advance(w, 600000);
    assert_int_equal(world_count(w, REC_TASK_DUE), 1);
    /* As it is it stays, though its time has passed; another time reminds anew. */
    assert_int_equal(set(w, agent_(s.ann), id,
                         (struct cmd_task){.agent = s.bob,
                                           .due_ms = core_task(w->k, id)->due_ms,
                                           .title = SPAN_LIT("again")})
                         .err,
                     ERR_OK);
    assert_int_equal(set(w, agent_(s.ann), id,
                         (struct cmd_task){.agent = s.bob,
                                           .due_ms = w->now_ms + 1000,
                                           .title = SPAN_LIT("again")})
                         .err,
                     ERR_OK);
    world_advance(w, 1000);
    assert_int_equal(world_count(w, REC_TASK_DUE), 2);
    world_assert_replays(w);
}

static struct rec_task newest_due(const struct world *w)
{
    size_t at = w->nlog;
    struct rec rec;

    while (w->log[--at].type != REC_TASK_DUE)
        assert_true(at > 0);
    assert_int_equal(rec_decode(w->log[at].pos, (struct span){w->log[at].bytes, w->log[at].nbytes},
                                SPAN_NONE, &rec),
                     ERR_OK);
    return rec.task;
}

/* The mail is written by who has of an open conversation no more than its records. */
static void a_reminder_says_where_an_open_conversation_is(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);
    uint64_t waits = world_ring(w, SALES);
    struct rec_task due;

    assert_int_equal(add(w, agent_(s.ann), s.chat, s.bob, w->now_ms + 1000).err, ERR_OK);
    world_advance(w, 1000);
    due = newest_due(w);
    assert_int_equal(due.dept, SALES);
    assert_int_equal(due.entry, SALES);
    assert_int_equal(due.holder, s.ann);
    assert_int_equal(due.at, world_conv(w, s.chat)->last_pos);
    assert_int_equal(add(w, agent_(s.ann), waits, s.bob, w->now_ms + 1000).err, ERR_OK);
    world_advance(w, 1000);
    assert_int_equal(newest_due(w).holder, 0);
    assert_true(newest_due(w).at != 0);
    assert_int_equal(add(w, agent_(s.ann), s.chat, s.bob, w->now_ms + 1000).err, ERR_OK);
    assert_int_equal(world_conv_cmd(w, CMD_CHAT_END, operator_(), s.chat).err, ERR_OK);
    world_advance(w, 1000);
    assert_int_equal(newest_due(w).conv, s.chat);
    assert_int_equal(newest_due(w).at, 0); /* it has a row */
    world_assert_replays(w);
}

/* By mail where no console of his is open, or always, or never. */
static void a_reminder_goes_by_mail_as_its_agent_wants(void **state)
{
    static const struct {
        const char *wants;
        bool connected, mail;
    } rows[] = {{"away", true, false},
                {"away", false, true},
                {"always", true, true},
                {"no", false, false},
                {"always", false, true}};
    struct world *w = *state;
    struct shop s = shop_open(w);

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        print_message("  row %zu\n", i);
        if (rows[i].connected)
            world_connect(w, s.bob);
        else
            world_leave(w, s.bob);
        world_set_agent(w, s.bob, "alerts.tasks", rows[i].wants);
        assert_int_equal(add(w, agent_(s.ann), s.chat, s.bob, w->now_ms + 1000).err, ERR_OK);
        world_advance(w, 1000);
        assert_int_equal(world_count(w, REC_TASK_DUE), i + 1);
        assert_int_equal(world_mails(w, MAIL_TASK), rows[i].mail);
    }
    assert_int_equal(w->mails[w->nmails - 1].agent, s.bob);
    /* Nobody's reminds nobody. */
    assert_int_equal(add(w, agent_(s.ann), s.chat, 0, w->now_ms + 1000).err, ERR_OK);
    world_advance(w, 1000);
    assert_int_equal(world_mails(w, MAIL_TASK), 0);
    world_assert_replays(w);
}

static void what_is_done_goes_after_thirty_days(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);
    uint64_t id = add(w, agent_(s.ann), s.chat, s.bob, 0).id;
    uint64_t open = add(w, agent_(s.ann), s.chat, s.bob, 0).id;

    to_task(w, CMD_TASK_DONE, agent_(s.bob), id);
    world_advance(w, TASK_KEEP_MS - 1);
    assert_non_null(core_task(w->k, id));
    world_advance(w, 1);
    assert_null(core_task(w->k, id));
    assert_non_null(core_task(w->k, open));
    world_assert_replays(w);
}

/* By when they are due, those without a time, what is done with the newest first. */
static void they_stand_in_the_order_in_which_people_look_at_them(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);
    uint64_t ids[5], want[5];
    const struct task *t = NULL;

    for (unsigned i = 0; i < 5; i++)
        ids[i] = add(w, agent_(s.ann), s.chat, s.bob, i < 2 ? w->now_ms + 9000 - i : 0).id;
    to_task(w, CMD_TASK_DONE, agent_(s.ann), ids[3]);
    world_advance(w, 10);
    to_task(w, CMD_TASK_DONE, agent_(s.ann), ids[4]);
    memcpy(want, (uint64_t[]){ids[1], ids[0], ids[2], ids[4], ids[3]}, sizeof(want));
    for (unsigned i = 0; i < 5; i++) {
        t = core_next_task_of(w->k, s.bob, t);
        assert_non_null(t);
        assert_true(t->id == want[i]);
    }
    assert_null(core_next_task_of(w->k, s.bob, t));
    assert_null(core_next_task_of(w->k, s.ann, NULL));
    t = core_next_task_in(w->k, s.chat, NULL);
    assert_true(t->id == want[0]);
    assert_int_equal(core_task_count(w->k, s.bob), 3);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, world_setup, world_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_task_is_kept_changed_and_done),
        TEST(what_cannot_be_a_task_is_refused_by_its_field),
        TEST(a_task_is_for_those_who_see_the_chat_and_for_who_is_to_do_it),
        TEST(who_is_to_do_it_is_reminded_once_when_it_is_due),
        TEST(a_reminder_says_where_an_open_conversation_is),
        TEST(a_reminder_goes_by_mail_as_its_agent_wants),
        TEST(what_is_done_goes_after_thirty_days),
        TEST(they_stand_in_the_order_in_which_people_look_at_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
