/*
 * The order of things: nothing is let go before it is durable, one batch is under way while one
 * fills, what was done once is not done again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "deskbell/limits.h"
#include "turn_world.h"

static void nothing_is_let_go_before_it_is_durable(void **state)
{
    struct world *w = *state;

    start_chat(w);
    hold(w, "answer");
    assert_log(w, "fold:1 ");
    pass(w);
    assert_log(w, "submit(1) ");
    pass(w);
    assert_log(w, "");
    finish(w, ERR_OK);
    assert_log(w, "durable out:1 out:answer ");
    assert_true(turn_is_idle(w->turn));
}

static void one_batch_is_under_way_while_one_fills(void **state)
{
    struct world *w = *state;

    start_chat(w);
    pass(w);
    start_chat(w);
    pass(w);
    start_chat(w);
    pass(w);
    assert_log(w, "fold:1 submit(1) fold:2 fold:3 ");
    assert_int_equal(turn_folded_pos(w->turn), 3);
    assert_int_equal(turn_durable_pos(w->turn), 0);
    finish(w, ERR_OK);
    assert_log(w, "durable out:1 ");
    assert_int_equal(turn_durable_pos(w->turn), 1);
    pass(w);
    assert_log(w, "submit(2) ");
    finish(w, ERR_OK);
    assert_log(w, "durable out:2 out:3 ");
    assert_true(turn_is_idle(w->turn));
}

static void what_rests_on_durable_records_is_let_go_at_the_end_of_the_pass(void **state)
{
    struct world *w = *state;

    hold(w, "a");
    hold(w, "b");
    assert_log(w, "");
    assert_int_equal(turn_deadline(w->turn), 900);
    pass(w);
    assert_log(w, "out:a out:b ");
    assert_true(turn_is_idle(w->turn));
}

static void what_is_held_comes_out_in_the_order_of_the_calls(void **state)
{
    struct world *w = *state;
    char text[16], expected[4096] = "durable ";

    for (int i = 0; i < 200; i++) {
        snprintf(text, sizeof(text), "h%d", i);
        hold(w, text);
        if (i == 0)
            turn_pass_end(w->turn, w->now_ms); /* so that the ring does not start at 0 */
        if (i == 1)
            start_chat(w);
    }
    assert_log(w, "out:h0 fold:1 ");
    pass(w);
    assert_log(w, "submit(1) out:h1 ");
    finish(w, ERR_OK);
    strcat(expected, "out:1 ");
    for (int i = 2; i < 200; i++)
        snprintf(expected + strlen(expected), 24, "out:h%d ", i);
    assert_log(w, expected);
}

static void a_refused_command_changes_nothing_and_says_why(void **state)
{
    struct world *w = *state;

    assert_int_equal(command(w, (struct cmd){.type = CMD_AGENT_LINK}), ERR_UNSUPPORTED);
    assert_string_equal(w->answer_fault.what, "not in this script");
    pass(w);
    assert_log(w, "");
    assert_true(turn_is_idle(w->turn));
}

static void a_repeat_of_what_still_fills_is_answered_as_the_first_time(void **state)
{
    struct world *w = *state;
    struct cmd cmd = {.type = CMD_CHAT_START, .cid = 77, .chash = 1};

    assert_int_equal(command(w, cmd), ERR_OK);
    uint64_t id = w->answer_id, pos = w->answer_pos;

    assert_false(w->answer_repeated);
    start_chat(w);
    for (int when = 0; when < 3; when++) { /* filling, under way, durable */
        assert_int_equal(command(w, cmd), ERR_OK);
        assert_true(w->answer_repeated);
        assert_int_equal(w->answer_id, id);
        assert_int_equal(w->answer_pos, pos);
        assert_int_equal(turn_folded_pos(w->turn), 2);
        if (when == 0)
            pass(w);
        if (when == 1)
            finish(w, ERR_OK);
    }
    cmd.chash = 2;
    assert_int_equal(command(w, cmd), ERR_REUSED);
}

static void an_answer_older_than_a_day_is_forgotten(void **state)
{
    struct world *w = *state;
    struct cmd cmd = {.type = CMD_CHAT_START, .cid = 77, .chash = 1};

    assert_int_equal(command(w, cmd), ERR_OK);
    pass(w);
    finish(w, ERR_OK);
    w->now_ms += 24 * 3600 * 1000 + 1;
    assert_int_equal(command(w, cmd), ERR_OK);
    assert_false(w->answer_repeated);
}

static void many_answers_in_one_batch_are_all_found(void **state)
{
    struct world *w = *state;

    for (uint64_t i = 1; i <= 300; i++)
        command(
            w, (struct cmd){.type = CMD_DEPT_SET, .set.id = i % 32 + 1, .cid = i * 64, .chash = i});
    w->core.nthrough = w->core.ndirty = 0;
    for (uint64_t i = 1; i <= 300; i++) {
        command(w, (struct cmd){.type = CMD_DEPT_SET, .set.id = 9, .cid = i * 64, .chash = i});
        assert_true(w->answer_repeated);
        assert_int_equal(w->answer_pos, i);
    }
    assert_int_equal(turn_folded_pos(w->turn), 300);
}

static void a_conversations_own_repeats_are_the_cores(void **state)
{
    struct world *w = *state;
    uint64_t conv = start_chat(w);
    struct cmd cmd = {.type = CMD_CHAT_SEND, .conv = conv, .cid = 5, .chash = 6};

    assert_int_equal(command(w, cmd), ERR_OK);
    assert_int_equal(command(w, cmd), ERR_OK);
    assert_true(w->answer_repeated);
    assert_int_equal(w->answer_pos, 2);
    pass(w);
    finish(w, ERR_OK);
    assert_int_equal(count_rows(w, ROW_REPEAT), 0);
}

static void mails_go_with_their_cause_and_wake_the_dispatcher_once(void **state)
{
    struct world *w = *state;
    uint64_t conv = start_chat(w);
    struct mail_order m;

    command(w, (struct cmd){.type = CMD_CHAT_END, .conv = conv});
    pass(w);
    w->log[0] = '\0';
    finish(w, ERR_OK);
    assert_log(w, "durable out:1 out:2 out:3 mail ");
    assert_int_equal(count_rows(w, ROW_MAIL), 2);
    const struct row *r = find_row(w, ROW_MAIL, 3 * 16 + MAIL_COPY);

    assert_non_null(r);
    assert_int_equal(mail_order_decode((struct span){r->value, r->len}, &m), ERR_OK);
    assert_int_equal(m.cause, 3);
    assert_int_equal(m.kind, MAIL_COPY);
    assert_int_equal(m.conv, conv);
    assert_true(span_is(m.to, "v@example.org"));
    assert_non_null(find_row(w, ROW_MAIL, 3 * 16 + MAIL_TRANSCRIPT));
}

static void an_ended_conversation_is_forgotten_once_its_row_is_durable(void **state)
{
    struct world *w = *state;
    uint64_t conv = start_chat(w);

    command(w, (struct cmd){.type = CMD_CHAT_END, .conv = conv});
    pass(w);
    assert_non_null(core_conv(&w->core, conv));
    finish(w, ERR_OK);
    assert_null(core_conv(&w->core, conv));
    assert_non_null(find_row(w, ROW_CONV, conv));
}

static void what_came_after_the_row_keeps_the_conversation(void **state)
{
    struct world *w = *state;
    uint64_t conv = start_chat(w);

    command(w, (struct cmd){.type = CMD_CHAT_END, .conv = conv});
    pass(w);
    command(w, (struct cmd){.type = CMD_CHAT_FEEDBACK, .conv = conv, .feedback.rating = 5});
    finish(w, ERR_OK);
    assert_non_null(core_conv(&w->core, conv));
    pass(w);
    finish(w, ERR_OK);
    assert_null(core_conv(&w->core, conv));
    assert_int_equal(count_rows(w, ROW_CONV), 2);
}

static void an_ended_conversation_is_brought_back_for_a_command(void **state)
{
    struct world *w = *state;
    uint64_t conv = ended_chat(w);

    assert_int_equal(
        command(w, (struct cmd){.type = CMD_CHAT_FEEDBACK, .conv = conv, .feedback.rating = 4}),
        ERR_OK);
    pass(w);
    assert_non_null(core_conv(&w->core, conv));
    finish(w, ERR_OK);
    assert_null(core_conv(&w->core, conv));
    assert_string_equal(find_row(w, ROW_CONV, conv)->value, "6:101@4");
}

static void a_conversation_that_was_only_looked_at_is_forgotten_again(void **state)
{
    struct world *w = *state;
    uint64_t conv = ended_chat(w);

    assert_int_equal(command(w, (struct cmd){.type = CMD_CHAT_FEEDBACK, .conv = conv}), ERR_INVAL);
    assert_non_null(core_conv(&w->core, conv));
    pass(w);
    assert_null(core_conv(&w->core, conv));
    assert_null(w->under_way);
}

static void a_conversation_that_never_was_is_unknown(void **state)
{
    struct world *w = *state;

    assert_int_equal(
        command(w, (struct cmd){.type = CMD_CHAT_FEEDBACK, .conv = 999, .feedback.rating = 1}),
        ERR_NOTFOUND);
}

static void a_row_that_cannot_be_read_refuses_the_command(void **state)
{
    struct world *w = *state;
    uint64_t conv = ended_chat(w);

    free(w->rows[w->nrows].value);
    w->rows[w->nrows++] = (struct row){ROW_CONV, conv, 0, xstrdup("rot"), 3};
    assert_int_equal(
        command(w, (struct cmd){.type = CMD_CHAT_FEEDBACK, .conv = conv, .feedback.rating = 1}),
        ERR_CORRUPT);
    assert_int_equal(turn_folded_pos(w->turn), 3);
}

static void a_lost_batch_ends_in_read_only_and_nothing_of_it_is_let_go(void **state)
{
    struct world *w = *state;

    start_chat(w);
    pass(w);
    start_chat(w);
    w->log[0] = '\0';
    finish(w, ERR_FULL);
    assert_log(w, "durable gone:1 gone:2 lost ");
    assert_int_equal(w->lost_err, ERR_FULL);
    assert_true(turn_is_readonly(w->turn));
    turn_set_readonly(w->turn, false);
    assert_int_equal(command(w, (struct cmd){.type = CMD_CHAT_START}), ERR_READONLY);
    w->core.settles_left = 1;
    hold(w, "late");
    pass(w);
    assert_log(w, "gone:late ");
    assert_int_equal(w->core.settles_made, 0);
    assert_null(w->under_way);
    assert_int_equal(turn_deadline(w->turn), INT64_MAX);
}

static void read_only_refuses_and_can_be_taken_back(void **state)
{
    struct world *w = *state;

    start_chat(w);
    turn_set_readonly(w->turn, true);
    assert_int_equal(command(w, (struct cmd){.type = CMD_CHAT_START}), ERR_READONLY);
    pass(w);
    finish(w, ERR_OK);
    assert_log(w, "fold:1 submit(1) durable out:1 ");
    turn_set_readonly(w->turn, false);
    start_chat(w);
}

static void time_settles_at_the_end_of_a_pass(void **state)
{
    struct world *w = *state;

    w->core.settles_left = 2;
    w->core.deadline = 5000;
    assert_int_equal(turn_deadline(w->turn), 5000);
    pass(w);
    assert_log(w, "fold:1 fold:2 submit(2) ");
}

static void settling_has_a_bound_a_pass_and_goes_on_in_the_next(void **state)
{
    struct world *w = *state;

    w->core.settles_left = 300;
    pass(w);
    assert_int_equal(w->core.settles_made, 256);
    assert_int_equal(w->under_way->nrecs, 256);
    assert_int_equal(turn_deadline(w->turn), w->now_ms);
    pass(w);
    assert_int_equal(w->core.settles_made, 300);
    assert_int_equal(turn_deadline(w->turn), INT64_MAX);
}

static void a_full_batch_stops_settling_until_the_disk_is_done(void **state)
{
    struct world *w = *state;

    start_chat(w);
    pass(w);
    w->core.settles_left = 5000;
    for (int i = 0; i < 10; i++)
        pass(w);
    assert_int_equal(w->core.settles_made, BATCH_OPS_MAX);
    assert_int_equal(turn_deadline(w->turn), INT64_MAX);
    w->log[0] = '\0';
    finish(w, ERR_OK);
    assert_int_equal(turn_deadline(w->turn), w->now_ms);
    pass(w);
    assert_int_equal(w->under_way->nrecs, BATCH_OPS_MAX);
    pass(w);
    assert_int_equal(w->core.settles_made, BATCH_OPS_MAX + 256);
}

static void a_backlog_that_the_disk_cannot_take_answers_busy(void **state)
{
    struct world *w = *state;
    uint64_t conv = start_chat(w);
    size_t sent = 0;
    static char text[60000];

    memset(text, 'x', sizeof(text));
    pass(w);
    while (command(w, (struct cmd){.type = CMD_CHAT_SEND,
                                   .conv = conv,
                                   .line.text = {text, sizeof(text)}}) == ERR_OK) {
        sent += sizeof(text);
        assert_true(sent < 20u << 20);
    }
    assert_int_equal(w->answer_err, ERR_BUSY);
    assert_true(sent > 16u << 20);
    finish(w, ERR_OK);
    pass(w);
    w->log[0] = '\0';
    start_chat(w);
}

static void time_goes_on_from_the_newest_record(void **state)
{
    struct world *w = *state;

    assert_int_equal(turn_deadline(w->turn), INT64_MAX);
    hold(w, "x");
    assert_int_equal(turn_deadline(w->turn), 900);
}

static void records_that_are_not_durable_yet_can_be_read(void **state)
{
    struct world *w = *state;
    uint64_t conv = start_chat(w);
    struct rec rec;

    pass(w);
    command(w, (struct cmd){.type = CMD_CHAT_SEND, .conv = conv, .line.text = SPAN_LIT("\1\2hi")});
    assert_int_equal(turn_read(w->turn, 1, &rec), ERR_OK);
    assert_int_equal(rec.type, REC_CONV_RANG);
    assert_int_equal(turn_read(w->turn, 2, &rec), ERR_OK);
    assert_int_equal(rec.type, REC_CONV_MESSAGE);
    assert_int_equal(rec.pos, 2);
    assert_true(span_is(body_get(rec.body, BODY_TEXT), "hi"));
    assert_int_equal(turn_read(w->turn, 3, &rec), ERR_NOTFOUND);
    finish(w, ERR_OK);
    assert_int_equal(turn_read(w->turn, 1, &rec), ERR_NOTFOUND);
    assert_int_equal(turn_read(w->turn, 2, &rec), ERR_OK);
}

static void a_restart_is_on_record_and_images_follow(void **state)
{
    struct world *w = *state;

    turn_restart(w->turn, w->now_ms, 10000);
    assert_true(w->core.restarted);
    pass(w);
    assert_log(w, "fold:1 submit(1) ");
    finish(w, ERR_OK);
    assert_int_equal(turn_deadline(w->turn), w->now_ms + 60000);
}

static void freeing_lets_go_of_everything_as_not_durable(void **state)
{
    struct world *w = *state;

    start_chat(w);
    hold(w, "x");
    turn_free(w->turn);
    w->turn = NULL;
    assert_log(w, "fold:1 stop gone:1 gone:x ");
}

static void freeing_ends_the_journal_while_its_batch_is_still_whole(void **state)
{
    struct world *w = *state;

    start_chat(w);
    pass(w);
    command(w, (struct cmd){.type = CMD_DEPT_SET, .set.id = 3});
    turn_free(w->turn);
    w->turn = NULL;
    assert_log(w, "fold:1 submit(1) fold:2 rec:1 stop gone:1 gone:2 ");
}

#define T(name) cmocka_unit_test_setup_teardown(name, world_new, world_free)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        T(nothing_is_let_go_before_it_is_durable),
        T(one_batch_is_under_way_while_one_fills),
        T(what_rests_on_durable_records_is_let_go_at_the_end_of_the_pass),
        T(what_is_held_comes_out_in_the_order_of_the_calls),
        T(a_refused_command_changes_nothing_and_says_why),
        T(a_repeat_of_what_still_fills_is_answered_as_the_first_time),
        T(an_answer_older_than_a_day_is_forgotten),
        T(many_answers_in_one_batch_are_all_found),
        T(a_conversations_own_repeats_are_the_cores),
        T(mails_go_with_their_cause_and_wake_the_dispatcher_once),
        T(an_ended_conversation_is_forgotten_once_its_row_is_durable),
        T(what_came_after_the_row_keeps_the_conversation),
        T(an_ended_conversation_is_brought_back_for_a_command),
        T(a_conversation_that_was_only_looked_at_is_forgotten_again),
        T(a_conversation_that_never_was_is_unknown),
        T(a_row_that_cannot_be_read_refuses_the_command),
        T(a_lost_batch_ends_in_read_only_and_nothing_of_it_is_let_go),
        T(read_only_refuses_and_can_be_taken_back),
        T(time_settles_at_the_end_of_a_pass),
        T(settling_has_a_bound_a_pass_and_goes_on_in_the_next),
        T(a_full_batch_stops_settling_until_the_disk_is_done),
        T(a_backlog_that_the_disk_cannot_take_answers_busy),
        T(time_goes_on_from_the_newest_record),
        T(records_that_are_not_durable_yet_can_be_read),
        T(a_restart_is_on_record_and_images_follow),
        T(freeing_lets_go_of_everything_as_not_durable),
        T(freeing_ends_the_journal_while_its_batch_is_still_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
