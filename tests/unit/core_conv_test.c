/* A conversation from its ring to its end: lines and their numbers, marks, repeats, the door. */
#include "core_world.h"

static uint64_t active_chat(struct world *w, uint64_t *ann)
{
    uint64_t chat;

    *ann = world_agent(w, "ann", SALES);
    chat = world_ring(w, SALES);
    assert_int_equal(world_accept(w, *ann, chat).err, ERR_OK);
    return chat;
}

static void public_lines_are_numbered_without_gaps_and_notes_are_none(void **state)
{
    struct world *w = *state;
    uint64_t ann, chat = active_chat(w, &ann), n = 1, seq = 0;
    struct cmd note = {.type = CMD_CONV_NOTE,
                       .who = agent_(ann),
                       .conv = chat,
                       .line.text = SPAN_LIT("a good one")};

    world_say(w, visitor_(chat), chat, "hello");
    assert_int_equal(world_do(w, &note).err, ERR_OK);
    world_say(w, agent_(ann), chat, "good morning");
    world_conv_cmd(w, CMD_CHAT_END, visitor_(chat), chat);
    for (size_t i = 0; i < w->nlog; i++) {
        if (w->log[i].obj != chat)
            continue;
        assert_int_equal(w->log[i].seq, ++seq);
        if (w->log[i].n != 0)
            assert_int_equal(w->log[i].n, n++);
        if (w->log[i].type == REC_CONV_NOTE || w->log[i].type == REC_CONV_OFFERED)
            assert_int_equal(w->log[i].n, 0);
    }
    assert_int_equal(n - 1, 4); /* joined, two lines, the end */
    assert_int_equal(world_conv(w, chat)->n, 4);
    assert_int_equal(world_conv(w, chat)->message_count, 2);
}

static void lines_table(void **state)
{
    static char long_text[4 * TEXT_MAX_CODEPOINTS + 1];
    static const struct {
        const char *what, *text;
        err_t err;
    } rows[] = {
        {"a line", "hello", ERR_OK},
        {"Japanese in several lines", "こんにちは\nお元気ですか", ERR_OK},
        {"empty", "", ERR_INVAL},
        {"blanks", "  \t ", ERR_INVAL},
        {"a control character", "a\x01z", ERR_INVAL},
        {"not UTF-8", "a\xff", ERR_INVAL},
        {"bidirectional override", "a\xe2\x80\xae", ERR_INVAL},
        {"too long", long_text, ERR_INVAL},
        {"just short enough", long_text + 1, ERR_OK},
    };
    struct world *w = *state;
    uint64_t ann, chat = active_chat(w, &ann);

    memset(long_text, 'x', TEXT_MAX_CODEPOINTS + 1);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct world_answer v = world_say(w, visitor_(chat), chat, rows[i].text);
        struct world_answer a = world_say(w, agent_(ann), chat, rows[i].text);

        print_message("  %s\n", rows[i].what);
        assert_int_equal(v.err, rows[i].err);
        assert_int_equal(a.err, rows[i].err);
        if (v.err != ERR_OK)
            assert_string_equal(v.fault.field, "text");
    }
}

static void visitor_may_write_while_waiting_and_the_agent_not(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent(w, "ann", SALES), chat = world_ring(w, SALES);

    assert_int_equal(world_say(w, visitor_(chat), chat, "anybody there?").n, 1);
    assert_int_equal(world_say(w, agent_(ann), chat, "me").err, ERR_CONFLICT);
    world_accept(w, ann, chat);
    assert_int_equal(world_conv(w, chat)->n, 2);
}

static void ended_chat_takes_no_lines_and_ending_it_again_is_well(void **state)
{
    struct world *w = *state;
    uint64_t ann, chat = active_chat(w, &ann);
    struct world_answer a;

    assert_int_equal(world_conv_cmd(w, CMD_CHAT_END, agent_(ann), chat).err, ERR_OK);
    assert_state(w, chat, CONV_ENDED);
    assert_int_equal(world_conv(w, chat)->why, WHY_AGENT);
    assert_int_equal(world_say(w, visitor_(chat), chat, "wait").err, ERR_ENDED);
    assert_int_equal(world_say(w, agent_(ann), chat, "bye").err, ERR_ENDED);
    a = world_conv_cmd(w, CMD_CHAT_END, visitor_(chat), chat);
    assert_int_equal(a.err, ERR_OK);
    assert_true(a.unchanged);
    assert_int_equal(core_dept(w->k, SALES)->completed_count, 1);
    assert_int_equal(core_dept(w->k, SALES)->active_count, 0);
}

static void
end_of_a_chat_orders_the_transcript_and_leaving_the_queue_the_missed_notice(void **state)
{
    struct world *w = *state;
    uint64_t ann, chat = active_chat(w, &ann);

    world_conv_cmd(w, CMD_CHAT_END, visitor_(chat), chat);
    assert_int_equal(w->nmails, 1);
    assert_int_equal(w->mails[0].kind, MAIL_TRANSCRIPT);
    assert_int_equal(w->mails[0].dept, SALES);
    assert_int_equal(w->mails[0].conv, chat);
    chat = world_ring(w, SALES);
    world_conv_cmd(w, CMD_CHAT_END, visitor_(chat), chat);
    assert_state(w, chat, CONV_MISSED);
    assert_int_equal(w->nmails, 1);
    assert_int_equal(w->mails[0].kind, MAIL_MISSED);
}

static void visitor_who_does_not_come_back_ends_the_chat(void **state)
{
    struct world *w = *state;
    uint64_t ann, chat = active_chat(w, &ann);

    world_set(w, OBJ_DEPT, SALES, "idle_ms", "0", NULL);
    world_conv_cmd(w, CMD_CHAT_LEAVE, visitor_(chat), chat);
    world_advance(w, 899999);
    assert_state(w, chat, CONV_ACTIVE);
    world_advance(w, 1);
    assert_state(w, chat, CONV_ENDED);
    assert_int_equal(world_conv(w, chat)->why, WHY_GONE);
}

static void visitor_who_comes_back_goes_on(void **state)
{
    struct world *w = *state;
    uint64_t ann, chat = active_chat(w, &ann);

    world_set(w, OBJ_DEPT, SALES, "idle_ms", "0", NULL);
    world_conv_cmd(w, CMD_CHAT_LEAVE, visitor_(chat), chat);
    world_advance(w, 800000);
    assert_int_equal(world_conv_cmd(w, CMD_CHAT_CONNECT, visitor_(chat), chat).err, ERR_OK);
    assert_true(world_conv_cmd(w, CMD_CHAT_CONNECT, visitor_(chat), chat).unchanged);
    world_advance(w, 3600000);
    assert_state(w, chat, CONV_ACTIVE);
}

static void waiting_visitor_who_is_gone_for_a_minute_gave_up(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent(w, "ann", SALES), chat, never;

    world_status(w, ann, STATUS_AWAY);
    chat = world_ring(w, SALES);
    world_conv_cmd(w, CMD_CHAT_LEAVE, visitor_(chat), chat);
    world_advance(w, VISITOR_QUEUE_GRACE_MS - 1);
    assert_state(w, chat, CONV_WAITING);
    world_advance(w, 1);
    assert_state(w, chat, CONV_MISSED);
    assert_int_equal(world_conv(w, chat)->why, WHY_GONE);
    never = world_try_ring(w, SALES).id; /* rings, and never connects */
    world_advance(w, VISITOR_QUEUE_GRACE_MS);
    assert_state(w, never, CONV_MISSED);
}

static void silent_chat_ends_after_the_idle_time(void **state)
{
    struct world *w = *state;
    uint64_t ann, chat = active_chat(w, &ann);

    world_advance(w, 599999);
    world_say(w, agent_(ann), chat, "still there?");
    world_advance(w, 599999);
    assert_state(w, chat, CONV_ACTIVE);
    world_advance(w, 1);
    assert_state(w, chat, CONV_ENDED);
    assert_int_equal(world_conv(w, chat)->why, WHY_IDLE);
}

static void idle_time_that_is_changed_counts_for_running_chats(void **state)
{
    struct world *w = *state;
    uint64_t ann, chat = active_chat(w, &ann);

    world_set(w, OBJ_DEPT, SALES, "idle_ms", "1m", NULL);
    world_advance(w, 60000);
    assert_state(w, chat, CONV_ENDED);
}

static void repeated_command_gets_the_first_answer(void **state)
{
    struct world *w = *state;
    uint64_t ann, chat = active_chat(w, &ann), pos;
    struct cmd cmd = {.type = CMD_CHAT_SEND,
                      .who = visitor_(chat),
                      .conv = chat,
                      .line.text = SPAN_LIT("once"),
                      .cid = 77,
                      .chash = 88};
    struct world_answer a;
    uint32_t n, seq;

    assert_int_equal(core_repeat(w->k, &cmd, &n, &seq, &pos), ERR_NOTFOUND);
    a = world_do(w, &cmd);
    for (int i = 0; i < 200; i++)
        world_say(w, agent_(ann), chat, "more");
    assert_int_equal(core_repeat(w->k, &cmd, &n, &seq, &pos), ERR_OK);
    assert_int_equal(n, a.n);
    assert_int_equal(seq, a.seq);
    cmd.chash = 89;
    assert_int_equal(core_repeat(w->k, &cmd, &n, &seq, &pos), ERR_REUSED);
}

static void newest_256_commands_are_remembered(void **state)
{
    struct world *w = *state;
    uint64_t ann, chat = active_chat(w, &ann), pos;
    struct cmd cmd = {
        .type = CMD_CHAT_SEND, .who = visitor_(chat), .conv = chat, .line.text = SPAN_LIT("x")};
    uint32_t n, seq;

    for (cmd.cid = 1; cmd.cid <= 600; cmd.cid++)
        assert_int_equal(world_do(w, &cmd).err, ERR_OK);
    for (cmd.cid = 1; cmd.cid <= 600; cmd.cid++)
        assert_int_equal(core_repeat(w->k, &cmd, &n, &seq, &pos),
                         cmd.cid > 600 - 256 ? ERR_OK : ERR_NOTFOUND);
}

static void marks_only_go_up_and_not_beyond_the_last_line(void **state)
{
    struct world *w = *state;
    uint64_t ann, chat = active_chat(w, &ann), bob = world_agent(w, "bob", SALES);
    struct cmd seen = {.type = CMD_CHAT_SEEN, .who = visitor_(chat), .conv = chat, .seen.n = 2};

    world_say(w, agent_(ann), chat, "hello");
    assert_int_equal(world_do(w, &seen).err, ERR_OK);
    assert_int_equal(world_conv(w, chat)->seen_visitor, 2);
    seen.seen.n = 1;
    assert_true(world_do(w, &seen).unchanged);
    seen.seen.n = 3;
    assert_int_equal(world_do(w, &seen).err, ERR_INVAL);
    seen.seen.n = 2;
    seen.who = agent_(bob); /* looks on, and does not hold it */
    assert_true(world_do(w, &seen).unchanged);
    seen.who = agent_(ann);
    assert_false(world_do(w, &seen).unchanged);
    assert_int_equal(world_conv(w, chat)->seen_agent, 2);
}

static void who_may_no_longer_answer_leaves_no_mark(void **state)
{
    struct world *w = *state;
    uint64_t ann, chat = active_chat(w, &ann);
    struct cmd seen = {.type = CMD_CHAT_SEEN, .who = agent_(ann), .conv = chat, .seen.n = 1};
    size_t count;
    const struct setting *table = agent_settings(&count);
    struct change light = {.setting = setting_find(table, count, SPAN_LIT("role")),
                           .i = ROLE_LIGHT};
    struct cmd set = {.type = CMD_AGENT_SET,
                      .who = operator_(),
                      .set = {.id = ann, .changes = &light, .nchanges = 1}};
    struct core *k = world_copy_by_images(w);
    struct out out = {0};

    assert_int_equal(core_decide(k, &seen, w->now_ms, &out), ERR_OK);
    assert_int_equal(out.nrecs, 1);
    out_reset(&out);
    assert_int_equal(core_decide(k, &set, w->now_ms, &out), ERR_OK);
    for (size_t i = 0; i < out.nrecs; i++)
        core_fold(k, &out.recs[i]);
    assert_int_equal(core_conv(k, chat)->agent, ann); /* not settled yet */
    out_reset(&out);
    assert_int_equal(core_decide(k, &seen, w->now_ms, &out), ERR_OK);
    assert_true(out.unchanged);
    assert_int_equal(out.nrecs, 0);
    out_fini(&out);
    core_free(k);
}

static void message_left_while_nobody_is_there_is_missed_at_once(void **state)
{
    struct world *w = *state;
    struct cmd cmd = {.type = CMD_CHAT_LEAVE_MESSAGE,
                      .who = visitor_(0),
                      .ring = {.dept = SALES,
                               .email = SPAN_LIT("hanako@example.com"),
                               .text = SPAN_LIT("Please call me")}};
    struct world_answer a = world_do(w, &cmd);

    assert_int_equal(a.err, ERR_OK);
    assert_int_equal(world_mails(w, MAIL_MISSED), 1);
    assert_state(w, a.id, CONV_MISSED);
    assert_int_equal(world_conv(w, a.id)->why, WHY_NOBODY);
    assert_string_equal(world_conv(w, a.id)->last_text, "Please call me");
    cmd.ring.text = SPAN_LIT(" ");
    assert_int_equal(world_do(w, &cmd).err, ERR_INVAL);
    cmd.ring.text = SPAN_LIT("no address");
    cmd.ring.email = SPAN_NONE;
    a = world_do(w, &cmd);
    assert_int_equal(a.err, ERR_INVAL);
    assert_string_equal(a.fault.field, "email");
}

static void missed_visitor_may_leave_words_once(void **state)
{
    struct world *w = *state;
    uint64_t chat;
    struct cmd cmd = {.type = CMD_CHAT_LEAVE_MESSAGE,
                      .ring.text = SPAN_LIT("then by mail, please")};

    world_agent(w, "ann", SALES);
    cmd.conv = chat = world_ring(w, SALES);
    cmd.who = visitor_(chat);
    assert_int_equal(world_do(w, &cmd).err, ERR_CONFLICT); /* not missed (yet) */
    world_conv_cmd(w, CMD_CHAT_END, visitor_(chat), chat);
    assert_int_equal(world_do(w, &cmd).err, ERR_OK);
    assert_int_equal(world_mails(w, MAIL_MISSED), 1);
    assert_int_equal(world_do(w, &cmd).err, ERR_EXISTS);
}

static void prechat_fields_table(void **state)
{
    static const struct {
        const char *what, *need, *email;
        err_t err;
        const char *kept;
    } rows[] = {
        {"must, given", "must", " a@example.com ", ERR_OK, "a@example.com"},
        {"must, not given", "must", "", ERR_INVAL, NULL},
        {"must, blanks", "must", "  ", ERR_INVAL, NULL},
        {"must, no address", "must", "a at example", ERR_INVAL, NULL},
        {"asked, not given", "ask", "", ERR_OK, ""},
        {"asked, no address", "ask", "a@@b", ERR_INVAL, NULL},
        {"not asked, given", "no", "a@example.com", ERR_OK, ""},
    };
    struct world *w = *state;

    world_agent(w, "ann", SALES);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct cmd cmd = {.type = CMD_CHAT_START,
                          .who = visitor_(0),
                          .ring = {.dept = SALES, .email = span_of(rows[i].email)}};
        struct world_answer a;

        print_message("  %s\n", rows[i].what);
        assert_int_equal(world_set(w, OBJ_DEPT, SALES, "fields.email", rows[i].need, NULL), ERR_OK);
        a = world_do(w, &cmd);
        assert_int_equal(a.err, rows[i].err);
        if (a.err != ERR_OK)
            assert_string_equal(a.fault.field, "email");
        else
            assert_string_equal(world_conv(w, a.id)->email, rows[i].kept);
    }
}

static void visitors_are_greeted_once_by_the_department_that_they_entered_by(void **state)
{
    struct world *w = *state;
    uint64_t ann, chat;

    assert_int_equal(world_set(w, OBJ_DEPT, SALES, "greeting.en", "Welcome!", NULL), ERR_OK);
    chat = active_chat(w, &ann);
    assert_int_equal(world_conv(w, chat)->n, 2);
    assert_string_equal(world_conv(w, chat)->last_text, "Welcome!");
    assert_true(world_conv(w, chat)->visitor_last); /* a greeting answers nothing */
    world_leave(w, ann);
    world_advance(w, 30000);
    world_connect(w, ann);
    world_accept(w, ann, chat);
    assert_int_equal(world_count(w, REC_CONV_MESSAGE), 1);
    assert_int_equal(world_conv(w, chat)->n, 4); /* returned, joined again */
}

static void short_numbers_rise_by_one(void **state)
{
    struct world *w = *state;

    world_agent(w, "ann", SALES);
    for (uint64_t i = 1; i <= 3; i++)
        assert_int_equal(world_conv(w, world_ring(w, SALES))->number, i);
}

static void estimate_is_given_only_when_there_is_one(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent(w, "ann", SALES), chat = world_ring(w, SALES);
    int64_t eta_ms;

    assert_int_equal(core_queue_place(w->k, world_conv(w, chat), &eta_ms), 1);
    assert_int_equal(eta_ms, 0);
    world_advance(w, 8000);
    world_accept(w, ann, chat);
    chat = world_ring(w, SALES);
    core_queue_place(w->k, world_conv(w, chat), &eta_ms);
    assert_int_equal(eta_ms, 8000);
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, world_setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(public_lines_are_numbered_without_gaps_and_notes_are_none),
        T(lines_table),
        T(visitor_may_write_while_waiting_and_the_agent_not),
        T(ended_chat_takes_no_lines_and_ending_it_again_is_well),
        T(end_of_a_chat_orders_the_transcript_and_leaving_the_queue_the_missed_notice),
        T(visitor_who_does_not_come_back_ends_the_chat),
        T(visitor_who_comes_back_goes_on),
        T(waiting_visitor_who_is_gone_for_a_minute_gave_up),
        T(silent_chat_ends_after_the_idle_time),
        T(idle_time_that_is_changed_counts_for_running_chats),
        T(repeated_command_gets_the_first_answer),
        T(newest_256_commands_are_remembered),
        T(marks_only_go_up_and_not_beyond_the_last_line),
        T(who_may_no_longer_answer_leaves_no_mark),
        T(message_left_while_nobody_is_there_is_missed_at_once),
        T(missed_visitor_may_leave_words_once),
        T(prechat_fields_table),
        T(visitors_are_greeted_once_by_the_department_that_they_entered_by),
        T(short_numbers_rise_by_one),
        T(estimate_is_given_only_when_there_is_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
