/* Agents who are disabled or deleted: who goes on with their chats and tasks, and what becomes of
 * their names. */
#include "core_world.h"

struct shop {
    uint64_t ann, bob, first, second, offered;
};

/* Ann has two chats and is asked about a third; bob is there, and away. */
static struct shop shop_open(struct world *w)
{
    struct shop s = {.ann = world_agent(w, "ann", SALES)};

    assert_int_equal(world_set(w, OBJ_AGENT, s.ann, "capacity", "3", NULL), ERR_OK);
    s.first = world_ring(w, SALES);
    world_accept(w, s.ann, s.first);
    s.second = world_ring(w, SALES);
    world_accept(w, s.ann, s.second);
    s.offered = world_ring(w, SALES);
    assert_offered(w, s.ann, s.offered);
    s.bob = world_agent(w, "bob", SALES);
    world_status(w, s.bob, STATUS_AWAY);
    return s;
}

static struct world_answer end(struct world *w, enum cmd_type type, struct principal who,
                               struct cmd_agent_end to)
{
    return world_do(w, &(struct cmd){.type = type, .who = who, .agent_end = to});
}

static void assert_signed_in(struct world *w, uint64_t agent, bool in)
{
    const struct agent *ag = core_agent(w->k, agent);

    assert_int_equal(ag != NULL && core_agent_work(w->k, ag).sessions > 0, in);
}

static void sign_in(struct world *w, uint64_t agent)
{
    uint8_t hash[HASH_BYTES] = {7};
    struct cmd cmd = {.type = CMD_SESSION_OPEN,
                      .session_open = {.agent = agent,
                                       .hash = {(const char *)hash, sizeof(hash)},
                                       .until_ms = w->now_ms + 1000000}};

    assert_int_equal(world_do(w, &cmd).err, ERR_OK);
    assert_signed_in(w, agent, true);
}

static void whoever_has_chats_is_not_disabled_before_somebody_says_who_goes_on(void **state)
{
    static const enum cmd_type types[] = {CMD_AGENT_DISABLE, CMD_AGENT_REMOVE};
    struct world *w = *state;
    struct shop s = shop_open(w);
    struct fault f;

    for (size_t i = 0; i < COUNT_OF(types); i++) {
        struct world_answer a =
            end(w, types[i], operator_(), (struct cmd_agent_end){.agent = s.ann});

        assert_int_equal(a.err, ERR_CONFIRM);
        assert_int_equal(a.fault.refusal, REFUSE_AGENT_HOLDS);
        assert_string_equal(a.fault.values[0].text, "ann");
        assert_int_equal(a.fault.values[1].i, 2);
        a = end(w, types[i], operator_(),
                (struct cmd_agent_end){.agent = s.ann, .chats_to = s.bob, .chats_back = true});
        assert_int_equal(a.fault.refusal, REFUSE_NOT_BOTH);
    }
    assert_int_equal(world_set(w, OBJ_AGENT, s.ann, "enabled", "off", &f), ERR_CONFIRM);
    assert_string_equal(f.field, "enabled");
    assert_true(world_agent_of(w, s.ann)->enabled);
    assert_int_equal(world_agent_of(w, s.ann)->active_count, 2);
    /* One who has none is, and so is one who is merely asked. */
    assert_int_equal(
        end(w, CMD_AGENT_DISABLE, operator_(), (struct cmd_agent_end){.agent = s.bob}).err, ERR_OK);
    assert_true(
        end(w, CMD_AGENT_DISABLE, operator_(), (struct cmd_agent_end){.agent = s.bob}).unchanged);
    world_assert_replays(w);
}

static void a_colleague_takes_over_all_in_one_step(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);
    struct world_answer a;

    sign_in(w, s.ann);
    world_say(w, agent_(s.ann), s.first, "a word");
    a = end(w, CMD_AGENT_DISABLE, operator_(),
            (struct cmd_agent_end){.agent = s.ann, .chats_to = s.bob});
    assert_int_equal(a.err, ERR_OK);
    assert_int_equal(a.id, s.ann);
    assert_int_equal(a.seq, 0); /* it is about no conversation */
    assert_false(world_agent_of(w, s.ann)->enabled);
    assert_int_equal(world_conv(w, s.first)->agent, s.bob);
    assert_int_equal(world_conv(w, s.second)->agent, s.bob);
    assert_int_equal(world_agent_of(w, s.bob)->active_count, 2);
    assert_int_equal(world_agent_of(w, s.ann)->active_count, 0);
    assert_state(w, s.offered, CONV_WAITING); /* bob is away */
    assert_int_equal(world_agent_of(w, s.ann)->offer_count, 0);
    assert_signed_in(w, s.ann, false);
    assert_int_equal(a.nrecs, 5); /* disabled, two chats, an offer, a session */
    world_assert_replays(w);
    core_free(world_copy_by_images(w));
}

/* It is over for everybody but the clock: nobody goes on with it. */
static void what_has_been_ended_ends(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);
    struct cmd over = {
        .type = CMD_CHAT_END, .who = agent_(s.ann), .conv = s.first, .end.undo = true};

    assert_int_equal(world_do(w, &over).err, ERR_OK);
    assert_int_equal(end(w, CMD_AGENT_DISABLE, operator_(),
                         (struct cmd_agent_end){.agent = s.ann, .chats_back = true})
                         .err,
                     ERR_OK);
    assert_state(w, s.first, CONV_ACTIVE);
    assert_state(w, s.second, CONV_WAITING);
    world_advance(w, END_UNDO_MS);
    assert_state(w, s.first, CONV_ENDED);
    world_assert_replays(w);
}

static void or_they_go_to_the_front_of_their_queues(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);
    uint64_t later = world_ring(w, SALES);

    assert_int_equal(end(w, CMD_AGENT_REMOVE, operator_(),
                         (struct cmd_agent_end){.agent = s.ann, .chats_back = true})
                         .err,
                     ERR_OK);
    assert_null(core_agent(w->k, s.ann));
    assert_int_equal(world_set(w, OBJ_AGENT, s.bob, "capacity", "1", NULL), ERR_OK);
    world_status(w, s.bob, STATUS_AVAILABLE);
    assert_offered(w, s.bob, s.first);
    assert_state(w, s.second, CONV_WAITING);
    assert_int_equal(world_conv(w, s.first)->wait_until_ms - w->now_ms,
                     core_dept(w->k, SALES)->wait_ms);
    assert_ptr_equal(core_queue_at(w->k, SALES, 1), world_conv(w, s.second));
    assert_ptr_equal(core_queue_at(w->k, SALES, 3), world_conv(w, later));
    world_assert_replays(w);
}

/* Every one of his chats, or nobody is disabled. */
static void who_cannot_take_over_is_refused_by_what_he_lacks(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);
    uint64_t support = world_dept(w, "Support", "public"), chat;
    uint64_t idle = world_agent_idle(w, "idle", SALES), light = world_agent(w, "light", SALES);
    const struct {
        uint64_t to;
        enum refusal why;
    } rows[] = {{s.bob, REFUSE_AGENT_NO_MEMBER},
                {idle, REFUSE_AGENT_GONE},
                {light, REFUSE_AGENT_NO_REPLY},
                {s.ann, REFUSE_AGENT_SAME},
                {999, REFUSE_AGENT_UNKNOWN}};
    struct fault f;
    uint64_t dept = 0;

    assert_int_equal(world_set(w, OBJ_AGENT, light, "role", "light", NULL), ERR_OK);
    assert_int_equal(world_set(w, OBJ_AGENT, s.ann, "capacity", "4", NULL), ERR_OK);
    world_do(w, &(struct cmd){.type = CMD_MEMBER_SET,
                              .who = operator_(),
                              .member = {.agent = s.ann, .dept = support, .chat = true}});
    assert_int_equal(
        core_may_take_over(core_agent(w->k, s.ann), core_agent(w->k, s.bob), &dept, &f), ERR_OK);
    assert_int_equal(dept, SALES);
    chat = world_ring(w, support);
    assert_int_equal(world_accept(w, s.ann, chat).err, ERR_OK);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct world_answer a = end(w, CMD_AGENT_DISABLE, operator_(),
                                    (struct cmd_agent_end){.agent = s.ann, .chats_to = rows[i].to});

        assert_int_equal(a.fault.refusal, rows[i].why);
        assert_string_equal(a.fault.field, "chats_to");
        assert_true(world_agent_of(w, s.ann)->enabled);
        assert_int_equal(world_agent_of(w, s.ann)->active_count, 3);
    }
    assert_int_equal(
        core_may_take_over(core_agent(w->k, s.ann), core_agent(w->k, s.bob), &dept, &f),
        ERR_CONFLICT);
    assert_int_equal(dept, support);
}

static void nobody_does_it_to_himself_and_only_administrators_do_it(void **state)
{
    static const enum cmd_type types[] = {CMD_AGENT_DISABLE, CMD_AGENT_REMOVE};
    struct world *w = *state;
    uint64_t ann = world_agent_idle(w, "ann", SALES), bob = world_agent_idle(w, "bob", SALES);

    assert_int_equal(world_set(w, OBJ_AGENT, ann, "role", "admin", NULL), ERR_OK);
    assert_true(core_is_last_admin(w->k, core_agent(w->k, ann)));
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        assert_int_equal(
            end(w, types[i], agent_(ann), (struct cmd_agent_end){.agent = ann}).fault.refusal,
            REFUSE_LAST_ADMIN);
        assert_int_equal(
            end(w, types[i], agent_(bob), (struct cmd_agent_end){.agent = ann}).fault.refusal,
            REFUSE_FOR_ADMINS);
    }
    assert_int_equal(world_set(w, OBJ_AGENT, bob, "role", "admin", NULL), ERR_OK);
    assert_false(core_is_last_admin(w->k, core_agent(w->k, ann)));
    for (size_t i = 0; i < COUNT_OF(types); i++)
        assert_int_equal(
            end(w, types[i], agent_(ann), (struct cmd_agent_end){.agent = ann}).fault.refusal,
            REFUSE_ONESELF);
    assert_int_equal(
        end(w, CMD_AGENT_REMOVE, agent_(ann), (struct cmd_agent_end){.agent = bob}).err, ERR_OK);
}

static void departments_that_would_have_nobody_are_known_before(void **state)
{
    struct world *w = *state;
    uint64_t support = world_dept(w, "Support", "private"), id = 0;
    uint64_t ann = world_agent_idle(w, "ann", SALES), bob = world_agent_idle(w, "bob", SALES);
    struct cmd member = {.type = CMD_MEMBER_SET,
                         .who = operator_(),
                         .member = {.agent = ann, .dept = support, .chat = true}};

    assert_int_equal(world_do(w, &member).err, ERR_OK);
    assert_true(core_next_dept_alone(w->k, core_agent(w->k, ann), &id));
    assert_int_equal(id, support);
    assert_false(core_next_dept_alone(w->k, core_agent(w->k, ann), &id));
    id = 0;
    assert_false(core_next_dept_alone(w->k, core_agent(w->k, bob), &id));
    member.member = (struct cmd_member){.agent = bob, .dept = support};
    assert_int_equal(world_do(w, &member).err, ERR_OK); /* without access to chats */
    id = 0;
    assert_true(core_next_dept_alone(w->k, core_agent(w->k, ann), &id));
    id = 0;
    assert_false(core_next_dept_alone(w->k, core_agent(w->k, bob), &id));
}

/* tasks */

static uint64_t task(struct world *w, uint64_t chat, uint64_t agent, const char *title)
{
    struct world_answer a =
        world_do(w, &(struct cmd){.type = CMD_TASK_ADD,
                                  .who = operator_(),
                                  .conv = chat,
                                  .task = {.agent = agent, .title = span_of(title)}});

    assert_int_equal(a.err, ERR_OK);
    return a.id;
}

static void whoever_has_tasks_is_not_disabled_before_somebody_says_whose_they_are(void **state)
{
    static const enum cmd_type types[] = {CMD_AGENT_DISABLE, CMD_AGENT_REMOVE};
    struct world *w = *state;
    struct shop s = shop_open(w);
    struct cmd_agent_end to = {.agent = s.ann, .chats_to = s.bob};
    struct fault f;

    task(w, s.first, s.ann, "call back");
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        struct world_answer a = end(w, types[i], operator_(), to);

        assert_int_equal(a.err, ERR_CONFIRM);
        assert_string_equal(a.fault.field, "tasks_to");
        assert_int_equal(a.fault.refusal, REFUSE_AGENT_TASKS);
        assert_string_equal(a.fault.values[0].text, "ann");
        assert_int_equal(a.fault.values[1].i, 1);
        a = end(w, types[i], operator_(),
                (struct cmd_agent_end){
                    .agent = s.ann, .chats_to = s.bob, .tasks_to = s.bob, .tasks_back = true});
        assert_int_equal(a.fault.refusal, REFUSE_NOT_BOTH);
        assert_string_equal(a.fault.field, "tasks_back");
    }
    /* Nor by the setting, also where there are tasks alone. */
    world_conv_cmd(w, CMD_CHAT_END, agent_(s.ann), s.first);
    world_conv_cmd(w, CMD_CHAT_END, agent_(s.ann), s.second);
    assert_int_equal(world_set(w, OBJ_AGENT, s.ann, "enabled", "off", &f), ERR_CONFIRM);
    assert_int_equal(f.refusal, REFUSE_AGENT_TASKS);
    assert_true(world_agent_of(w, s.ann)->enabled);
    assert_int_equal(core_task_count(w->k, s.ann), 1);
    world_assert_replays(w);
}

static void open_tasks_go_on_with_another_and_done_ones_stay(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);
    uint64_t open = task(w, s.first, s.ann, "call back"), done = task(w, s.second, s.ann, "write");
    uint64_t other = task(w, s.second, s.ann, "send");
    struct world_answer a;

    world_do(w, &(struct cmd){.type = CMD_TASK_DONE, .who = operator_(), .task.task = done});
    assert_int_equal(core_agent_work(w->k, core_agent(w->k, s.ann)).tasks, 2);
    a = end(w, CMD_AGENT_REMOVE, operator_(),
            (struct cmd_agent_end){.agent = s.ann, .chats_back = true, .tasks_to = s.bob});
    assert_int_equal(a.err, ERR_OK);
    assert_int_equal(a.id, s.ann);
    assert_int_equal(core_task(w->k, open)->agent, s.bob);
    assert_string_equal(core_task(w->k, open)->title, "call back");
    assert_int_equal(core_task(w->k, other)->agent, s.bob);
    assert_int_equal(core_task_count(w->k, s.bob), 2);
    assert_int_equal(core_task_count(w->k, s.ann), 0);
    assert_int_equal(core_task(w->k, done)->agent, s.ann);
    /* What is opened again is nobody's: whoever it was for has gone. */
    a = world_do(w, &(struct cmd){.type = CMD_TASK_REOPEN, .who = operator_(), .task.task = done});
    assert_int_equal(a.err, ERR_OK);
    assert_int_equal(core_task(w->k, done)->agent, 0);
    assert_int_equal(core_task_count(w->k, 0), 1);
    world_assert_replays(w);
    core_free(world_copy_by_images(w));
}

static void or_they_are_nobodys(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);
    uint64_t open = task(w, s.first, s.ann, "call back");

    assert_int_equal(
        end(w, CMD_AGENT_DISABLE, operator_(),
            (struct cmd_agent_end){.agent = s.ann, .chats_to = s.bob, .tasks_back = true})
            .err,
        ERR_OK);
    assert_int_equal(core_task(w->k, open)->agent, 0);
    assert_int_equal(core_task_count(w->k, s.ann), 0);
    world_assert_replays(w);
}

/* By the rights that he has when the chats have gone where they go. */
static void who_may_not_see_what_it_is_about_does_not_take_over(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);
    uint64_t eve = world_agent(w, "eve", world_dept(w, "Help", "private"));
    struct world_answer a;

    task(w, s.first, s.ann, "call back");
    assert_int_equal(world_set(w, OBJ_AGENT, s.bob, "scope", "own", NULL), ERR_OK);
    a = end(w, CMD_AGENT_DISABLE, operator_(),
            (struct cmd_agent_end){.agent = s.ann, .chats_to = s.bob, .tasks_to = eve});
    assert_int_equal(a.fault.refusal, REFUSE_AGENT_NO_SIGHT);
    assert_string_equal(a.fault.field, "tasks_to");
    a = end(w, CMD_AGENT_DISABLE, operator_(),
            (struct cmd_agent_end){.agent = s.ann, .chats_back = true, .tasks_to = s.ann});
    assert_int_equal(a.fault.refusal, REFUSE_AGENT_SAME);
    a = end(w, CMD_AGENT_DISABLE, operator_(),
            (struct cmd_agent_end){.agent = s.ann, .chats_back = true, .tasks_to = 999});
    assert_int_equal(a.fault.refusal, REFUSE_AGENT_UNKNOWN);
    assert_int_equal(world_set(w, OBJ_AGENT, eve, "enabled", "off", NULL), ERR_OK);
    a = end(w, CMD_AGENT_DISABLE, operator_(),
            (struct cmd_agent_end){.agent = s.ann, .chats_back = true, .tasks_to = eve});
    assert_int_equal(a.fault.refusal, REFUSE_AGENT_DISABLED);
    /* Bob does not see it while Ann has it; but back in the queue he does, and as his own. */
    assert_int_equal(core_may_task(w->k, world_conv(w, s.first), core_agent(w->k, s.bob), NULL),
                     ERR_CONFLICT);
    for (unsigned i = 0; i < 2; i++) {
        struct cmd_agent_end to = {.agent = s.ann, .chats_to = s.bob, .tasks_to = s.bob};

        if (i == 0) {
            to.chats_to = 0;
            to.chats_back = true;
        }
        assert_int_equal(core_may_take_tasks(w->k, &to, core_agent(w->k, s.bob), NULL), ERR_OK);
    }
    /* What has ended stays with whom it had. */
    world_conv_cmd(w, CMD_CHAT_END, agent_(s.ann), s.first);
    a = end(w, CMD_AGENT_DISABLE, operator_(),
            (struct cmd_agent_end){.agent = s.ann, .chats_to = s.bob, .tasks_to = s.bob});
    assert_int_equal(a.fault.refusal, REFUSE_AGENT_NO_SIGHT);
    assert_true(world_agent_of(w, s.ann)->enabled);
}

static void nobody_gets_more_tasks_than_could_go_on(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);
    struct world_answer a;
    uint64_t chats[TASKS_PER_AGENT_MAX / TASKS_PER_CONV_MAX], last = 0;

    assert_int_equal(world_set(w, OBJ_AGENT, s.bob, "capacity", "1", NULL), ERR_OK);
    for (size_t i = 0; i < COUNT_OF(chats); i++)
        chats[i] = world_ring(w, SALES);
    for (size_t i = 0; i < TASKS_PER_AGENT_MAX; i++)
        last = task(w, chats[i / TASKS_PER_CONV_MAX], s.bob, "again");
    a = world_do(w, &(struct cmd){.type = CMD_TASK_ADD,
                                  .who = operator_(),
                                  .conv = s.first,
                                  .task = {.agent = s.bob, .title = SPAN_LIT("more")}});
    assert_int_equal(a.err, ERR_FULL);
    assert_int_equal(a.fault.refusal, REFUSE_AGENT_TASKS_FULL);
    task(w, s.first, s.ann, "one");
    a = end(w, CMD_AGENT_DISABLE, operator_(),
            (struct cmd_agent_end){.agent = s.ann, .chats_back = true, .tasks_to = s.bob});
    assert_int_equal(a.fault.refusal, REFUSE_AGENT_TASKS_FULL);
    assert_int_equal(
        world_do(w, &(struct cmd){.type = CMD_TASK_DONE, .who = operator_(), .task.task = last})
            .err,
        ERR_OK);
    a = end(w, CMD_AGENT_DISABLE, operator_(),
            (struct cmd_agent_end){.agent = s.ann, .chats_back = true, .tasks_to = s.bob});
    assert_int_equal(a.err, ERR_OK);
    a = world_do(w, &(struct cmd){.type = CMD_TASK_REOPEN, .who = operator_(), .task.task = last});
    assert_int_equal(a.fault.refusal, REFUSE_AGENT_TASKS_FULL);
    assert_int_equal(core_task_count(w->k, s.bob), TASKS_PER_AGENT_MAX);
}

static void what_the_tasks_are_about_is_wanted_in_memory(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);
    struct cmd cmd = {.type = CMD_AGENT_DISABLE,
                      .agent_end = {.agent = s.ann, .chats_back = true, .tasks_to = s.bob}};

    task(w, s.first, s.ann, "one");
    task(w, s.second, s.ann, "two");
    assert_int_equal(core_needs_conv(w->k, &cmd, 0), s.first);
    assert_int_equal(core_needs_conv(w->k, &cmd, 1), s.second);
    assert_int_equal(core_needs_conv(w->k, &cmd, 2), 0);
    cmd.agent_end.tasks_to = 0;
    assert_int_equal(core_needs_conv(w->k, &cmd, 0), 0);
}

/* anonymising */

/* What is the agent's own, and where it would still be. */
static const char *const own[][2] = {{"phone", "03-1234-5678"},  {"extension", "4711"},
                                     {"mobile", "090-1234"},     {"note", "knows the press"},
                                     {"signature", "Best, A."},  {"zone", "Asia/Tokyo"},
                                     {"keys", "accept=Alt+KeyB"}};

static const void *image_has(struct world *w, uint64_t agent, const char *text)
{
    static char bytes[2000];
    struct buf image = {0};
    size_t len;

    assert_true(core_image(w->k, OBJ_AGENT, agent, &image));
    len = image.len;
    assert_true(len <= sizeof(bytes));
    memcpy(bytes, image.p, len);
    buf_fini(&image);
    return memmem(bytes, len, text, strlen(text));
}

static void a_forgotten_agent_has_another_name_and_his_words_and_numbers_stay(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);

    for (size_t i = 0; i < COUNT_OF(own); i++) {
        assert_int_equal(world_set(w, OBJ_AGENT, s.ann, own[i][0], own[i][1], NULL), ERR_OK);
        assert_non_null(image_has(w, s.ann, own[i][1]));
    }
    world_say(w, agent_(s.ann), s.first, "a word");
    world_conv_cmd(w, CMD_CHAT_END, agent_(s.ann), s.second);
    assert_int_equal(
        end(w, CMD_AGENT_REMOVE, operator_(),
            (struct cmd_agent_end){.agent = s.ann, .chats_to = s.bob, .anonymise = true})
            .err,
        ERR_OK);
    assert_string_equal(core_agent_name(w->k, s.ann), "Former agent 1");
    assert_true(core_agent_is_anonymised(w->k, s.ann));
    for (size_t i = 0; i < COUNT_OF(own); i++)
        assert_null(image_has(w, s.ann, own[i][1]));
    assert_false(core_agent_is_anonymised(w->k, s.bob));
    assert_string_equal(world_conv(w, s.first)->last_text, "a word");
    assert_int_equal(core_dept(w->k, SALES)->completed_count, 1);
    world_assert_replays(w);
    core_free(world_copy_by_images(w));
}

static void the_name_is_in_the_portals_language_and_tells_people_apart(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent_idle(w, "ann", SALES), bob = world_agent_idle(w, "bob", SALES);

    assert_int_equal(world_set(w, OBJ_PORTAL, 0, "lang", "ja", NULL), ERR_OK);
    end(w, CMD_AGENT_REMOVE, operator_(), (struct cmd_agent_end){.agent = ann});
    end(w, CMD_AGENT_REMOVE, operator_(), (struct cmd_agent_end){.agent = bob, .anonymise = true});
    assert_string_equal(core_agent_name(w->k, ann), "ann");
    assert_string_equal(core_agent_name(w->k, bob), "元担当者 2");
    world_assert_replays(w);
}

/* What of a record's encoding is the person's goes; the rest of it stays as it is. */
static unsigned forget_fields(struct world *w, size_t at)
{
    struct span bytes = {w->log[at].bytes, w->log[at].nbytes};
    struct buf left = {0};
    struct rec rec, after;

    assert_int_equal(rec_decode(w->log[at].pos, bytes, SPAN_NONE, &rec), ERR_OK);
    if (!rec_forget(&rec, &left))
        return 0;
    assert_int_equal(rec_decode(w->log[at].pos, buf_span(&left), SPAN_NONE, &after), ERR_OK);
    assert_true(after.prev == rec.prev && after.time_ms == rec.time_ms && after.obj == rec.obj &&
                after.who.kind == rec.who.kind && after.type == rec.type);
    assert_true(after.set.fields.len < rec.set.fields.len);
    assert_null(memmem(left.p, left.len, "Asia/Tokyo", 10));
    assert_true(left.len <= w->log[at].nbytes);
    memcpy(w->log[at].bytes, left.p, left.len);
    w->log[at].nbytes = left.len;
    buf_fini(&left);
    assert_int_equal(rec_decode(w->log[at].pos, (struct span){w->log[at].bytes, w->log[at].nbytes},
                                SPAN_NONE, &rec),
                     ERR_OK);
    assert_false(rec_forget(&rec, &left)); /* there is nothing more of it */
    return 1;
}

/* The records before lose their words: what is left of them gives the same state. */
static void replay_without_the_old_words_gives_the_same(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent_idle(w, "ann", SALES), bob = world_agent_idle(w, "bob", SALES);
    unsigned forgotten = 0;

    assert_int_equal(world_set(w, OBJ_AGENT, ann, "name", "Ann Bell", NULL), ERR_OK);
    assert_int_equal(world_set(w, OBJ_AGENT, ann, "zone", "Asia/Tokyo", NULL), ERR_OK);
    assert_int_equal(world_set(w, OBJ_AGENT, ann, "email", "bell@example.com", NULL), ERR_OK);
    assert_int_equal(world_set(w, OBJ_AGENT, ann, "capacity", "7", NULL), ERR_OK);
    assert_int_equal(world_set(w, OBJ_AGENT, ann, "note", "knows the press", NULL), ERR_OK);
    end(w, CMD_AGENT_REMOVE, operator_(), (struct cmd_agent_end){.agent = ann, .anonymise = true});
    end(w, CMD_AGENT_REMOVE, operator_(), (struct cmd_agent_end){.agent = bob, .anonymise = true});
    for (size_t i = 0; i < w->nlog; i++)
        if ((w->log[i].obj == ann || w->log[i].obj == bob) &&
            w->log[i].type != REC_AGENT_ANONYMISED) {
            w->log[i].nbody = 0;
            forgotten += forget_fields(w, i);
        }
    assert_int_equal(forgotten, 4); /* each one's first, the zone, and the address */
    world_assert_replays(w);
    core_free(world_copy_by_images(w));
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, world_setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(whoever_has_chats_is_not_disabled_before_somebody_says_who_goes_on),
        T(a_colleague_takes_over_all_in_one_step),
        T(what_has_been_ended_ends),
        T(or_they_go_to_the_front_of_their_queues),
        T(who_cannot_take_over_is_refused_by_what_he_lacks),
        T(nobody_does_it_to_himself_and_only_administrators_do_it),
        T(whoever_has_tasks_is_not_disabled_before_somebody_says_whose_they_are),
        T(open_tasks_go_on_with_another_and_done_ones_stay),
        T(or_they_are_nobodys),
        T(who_may_not_see_what_it_is_about_does_not_take_over),
        T(nobody_gets_more_tasks_than_could_go_on),
        T(what_the_tasks_are_about_is_wanted_in_memory),
        T(departments_that_would_have_nobody_are_known_before),
        T(a_forgotten_agent_has_another_name_and_his_words_and_numbers_stay),
        T(the_name_is_in_the_portals_language_and_tells_people_apart),
        T(replay_without_the_old_words_gives_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
