/* Trips: what is written down before, during and after a session, whoever dies meanwhile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "dispatcher_world.h"

static void leave(struct world *w, size_t n)
{
    sayf(w, "leave|%zu|山田|y@example.com|もしもし", n);
}

static bool has_file(const struct world *w, size_t worker)
{
    return access(w->workers[worker].path, F_OK) == 0;
}

/* As far as the body's last byte. */
static void worker_hands_over(struct world *w, size_t i)
{
    worker_says(w, i, "mail 0 250 ok");
    worker_says(w, i, "rcpt 0 0 250 ok");
    worker_says(w, i, "rcpt 0 1 250 ok");
    worker_says(w, i, "end 0");
}

static void file_and_attempt_are_noted_before_the_worker_starts(void **state)
{
    struct world *w = *state;

    leave(w, 3);
    world_look(w);
    assert_true(w->workers[0].noted);
    assert_true(has_file(w, 0));
    assert_int_equal(mails_in(w, MAILST_SENDING), 3);
    worker_sends(w, 0);
    assert_false(has_file(w, 0));
    assert_int_equal(mails_in(w, MAILST_SENT), 3);
}

static void answers_are_settled_together_after_a_pause(void **state)
{
    struct world *w = *state;

    leave(w, 2);
    world_look(w);
    worker_hands_over(w, 0);
    worker_says(w, 0, "data 0 250 taken");
    assert_int_equal(mails_in(w, MAILST_SENDING), 2);
    world_pass(w, 49);
    assert_int_equal(mails_in(w, MAILST_SENDING), 2);
    world_pass(w, 1);
    assert_mail(w, 0, MAILST_SENT, "");
    assert_mail(w, 1, MAILST_SENDING, "");
    assert_int_equal(workers_open(w), 1);
}

static void a_go_ahead_is_not_the_last_word(void **state)
{
    struct world *w = *state;

    leave(w, 1);
    world_look(w);
    worker_says(w, 0, "mail 0 250 ok");
    worker_says(w, 0, "rcpt 0 0 250 ok");
    worker_says(w, 0, "rcpt 0 1 250 ok");
    worker_says(w, 0, "data 0 354 go ahead");
    world_pass(w, SECOND_MS);
    assert_mail(w, 0, MAILST_SENDING, "");
    worker_says(w, 0, "end 0");
    worker_says(w, 0, "data 0 250 taken");
    world_pass(w, SECOND_MS);
    assert_mail(w, 0, MAILST_SENT, "");
    worker_says(w, 0, "over");
    worker_ends(w, 0);
    assert_mail(w, 0, MAILST_SENT, "");
}

static void a_refusal_is_a_last_word_too(void **state)
{
    struct world *w = *state;

    leave(w, 1);
    world_look(w);
    worker_hands_over(w, 0);
    worker_says(w, 0, "data 0 550 no");
    world_pass(w, SECOND_MS);
    assert_mail(w, 0, MAILST_FAILED, "code-550");
}

static void lines_come_in_any_pieces(void **state)
{
    struct world *w = *state;
    static const char told[] = "mail 0 250 ok\nrcpt 0 0 250 ok\nrcpt 0 1 250 ok\nend 0\n"
                               "nonsense\ndata 0 250 taken as 7\nover\n";

    static const size_t pieces[] = {1, 5, 23, sizeof(told) - 1};

    for (size_t k = 0; k < COUNT_OF(pieces); k++) {
        leave(w, 1);
        world_look(w);
        for (size_t i = 0; i < sizeof(told) - 1; i += pieces[k]) {
            size_t left = sizeof(told) - 1 - i;

            trip_hear(w->workers[k].trip,
                      (struct span){told + i, left < pieces[k] ? left : pieces[k]});
        }
        worker_ends(w, k);
        struct mail_view v = mail_look(w, k);
        assert_int_equal(v.state, MAILST_SENT);
        assert_string_equal(v.reason, "taken: taken as 7");
        mail_view_fini(&v);
    }
}

static void what_a_dead_worker_noted_counts_though_it_was_not_told(void **state)
{
    struct world *w = *state;

    leave(w, 1);
    world_look(w);
    worker_notes(w, 0, "mail 0 250 ok");
    worker_notes(w, 0, "rcpt 0 0 250 ok");
    worker_notes(w, 0, "rcpt 0 1 250 ok");
    worker_notes(w, 0, "end 0");
    worker_notes(w, 0, "data 0 250 taken");
    worker_ends(w, 0);
    assert_mail(w, 0, MAILST_SENT, "");
    assert_int_equal(w->d.relay.in_a_row, 0);
}

static void a_worker_that_dies_before_the_body_was_given_leaves_no_doubt(void **state)
{
    struct world *w = *state;

    leave(w, 1);
    world_look(w);
    worker_says(w, 0, "mail 0 250 ok");
    worker_ends(w, 0);
    assert_mail(w, 0, MAILST_DEFERRED, "worker");
    assert_int_equal(w->d.relay.trouble, TROUBLE_WORKER);
}

static void a_worker_that_dies_behind_the_body_leaves_doubt(void **state)
{
    struct world *w = *state;

    leave(w, 1);
    world_look(w);
    worker_hands_over(w, 0);
    worker_ends(w, 0);
    assert_mail(w, 0, MAILST_UNCERTAIN, "answer-lost");
    struct mail_view v = mail_look(w, 0);
    assert_true(v.uncertain);
    mail_view_fini(&v);
}

static void a_worker_that_cannot_start_costs_an_attempt_and_no_more(void **state)
{
    struct world *w = *state;
    struct mail_view v;

    w->no_workers = true;
    leave(w, 1);
    world_look(w);
    assert_int_equal(w->nworkers, 1);
    assert_int_equal(w->d.ntrips, 1);
    w->no_workers = false;
    world_pass(w, 0);
    assert_int_equal(w->d.ntrips, 0);
    assert_int_equal(w->d.relay.ntrips, 0);
    assert_mail(w, 0, MAILST_DEFERRED, "worker");
    v = mail_look(w, 0);
    assert_int_equal(v.attempts, 1);
    assert_false(v.uncertain);
    mail_view_fini(&v);
    world_pass(w, 10 * MINUTE_MS);
    worker_sends(w, 1);
    assert_mail(w, 0, MAILST_SENT, "");
}

static void past_its_limit_a_worker_is_killed_and_the_relay_blamed(void **state)
{
    struct world *w = *state;

    leave(w, 1);
    world_look(w);
    /* its limit, the last answer, its goodbye, and the moment in which it should end by itself */
    world_pass(w, 330 * SECOND_MS + 200 * SECOND_MS + WORKER_EXTRA_MS + SECOND_MS - 1);
    assert_false(w->workers[0].killed);
    world_pass(w, 1);
    assert_true(w->workers[0].killed);
    assert_mail(w, 0, MAILST_SENDING, "");
    worker_ends(w, 0);
    assert_mail(w, 0, MAILST_DEFERRED, "limit");
    assert_int_equal(w->d.relay.trouble, TROUBLE_LIMIT);
}

static void a_worker_that_ended_itself_in_time_is_out_of_time_too(void **state)
{
    struct world *w = *state;

    leave(w, 1);
    world_look(w);
    trip_end(w->workers[0].trip, true);
    assert_mail(w, 0, MAILST_DEFERRED, "limit");
}

/* Each mail's answers are its own, and a relay that takes one of them is well. */
static void one_session_two_fates(void **state)
{
    struct world *w = *state;

    leave(w, 2);
    world_look(w);
    worker_hands_over(w, 0);
    worker_says(w, 0, "data 0 250 taken");
    worker_says(w, 0, "mail 1 451 later");
    worker_says(w, 0, "trouble dropped bye");
    worker_says(w, 0, "over");
    worker_ends(w, 0);
    assert_mail(w, 0, MAILST_SENT, "");
    assert_mail(w, 1, MAILST_DEFERRED, "code-451");
    assert_int_equal(w->d.relay.in_a_row, 0);
}

/* the next dispatcher */

static void a_worker_outlives_its_dispatcher_and_the_next_takes_in_what_it_did(void **state)
{
    struct world *w = *state;

    leave(w, 1);
    world_look(w);
    worker_says(w, 0, "mail 0 250 ok");
    world_restart(w, true);
    world_look(w);
    assert_mail(w, 0, MAILST_SENDING, "");
    worker_says(w, 0, "rcpt 0 0 250 ok");
    worker_says(w, 0, "rcpt 0 1 250 ok");
    worker_says(w, 0, "end 0");
    worker_says(w, 0, "data 0 250 taken");
    world_pass(w, SECOND_MS);
    assert_mail(w, 0, MAILST_SENDING, "");
    assert_int_equal(w->nworkers, 1);
    worker_ends(w, 0);
    world_pass(w, SECOND_MS);
    assert_mail(w, 0, MAILST_SENT, "");
    assert_false(has_file(w, 0));
    assert_int_equal(w->nworkers, 1);
}

static void what_both_left_half_done_is_tried_again(void **state)
{
    struct world *w = *state;

    leave(w, 1);
    world_look(w);
    worker_says(w, 0, "mail 0 250 ok");
    world_restart(w, true);
    worker_ends(w, 0);
    world_look(w);
    assert_mail(w, 0, MAILST_DEFERRED, "worker");
    struct mail_view v = mail_look(w, 0);
    assert_false(v.uncertain);
    mail_view_fini(&v);
}

/* After the machine went down the end of a file may be lost: the worst is taken for true. */
static void after_another_start_of_the_machine_what_is_not_known_is_in_doubt(void **state)
{
    struct world *w = *state;

    leave(w, 2);
    world_look(w);
    worker_hands_over(w, 0);
    worker_says(w, 0, "data 0 250 taken");
    worker_says(w, 0, "mail 1 250 ok");
    worker_says(w, 0, "rcpt 1 0 250 ok");
    worker_says(w, 0, "rcpt 1 1 250 ok");
    worker_says(w, 0, "data 1 354 go");
    world_restart(w, false);
    worker_ends(w, 0);
    world_look(w);
    assert_mail(w, 0, MAILST_SENT, "");
    assert_mail(w, 1, MAILST_UNCERTAIN, "answer-lost");
}

static void a_file_whose_attempt_was_not_noted_is_of_no_mail(void **state)
{
    struct world *w = *state;
    struct buf name = {0};
    FILE *file;

    leave(w, 1);
    buf_addf(&name, "%s/17", w->d.trip_dir);
    file = fopen(name.p, "w");
    assert_non_null(file);
    fprintf(file, "session 1 %s\nfor %llu 1 %lld 0\nto m@example.com\ngo\nmail 0 250 ok\nend 0\n",
            w->d.boot, (unsigned long long)mail_nth(w, 0), (long long)w->wall_ms);
    fclose(file);
    world_look(w);
    assert_int_equal(access(name.p, F_OK), -1);
    assert_int_equal(w->nworkers, 1); /* it goes as if there had been none */
    worker_sends(w, 0);
    assert_mail(w, 0, MAILST_SENT, "");
    buf_fini(&name);
}

/* alarms */

static int rung[4];

static void ring(void *arg)
{
    rung[*(int *)arg]++;
}

static void alarms_ring_once_at_their_time_and_not_when_cleared(void **state)
{
    struct world *w = *state;
    int ids[3] = {0, 1, 2};
    struct alarm a[3];

    memset(rung, 0, sizeof(rung));
    for (int i = 0; i < 3; i++)
        a[i] = (struct alarm){.fn = ring, .arg = &ids[i]};
    alarm_set(&w->d, &a[0], 30);
    alarm_set(&w->d, &a[1], 10);
    alarm_set(&w->d, &a[2], 20);
    assert_int_equal(w->wake_ms, w->steady_ms + 10);
    world_pass(w, 10);
    assert_true(rung[0] == 0 && rung[1] == 1 && rung[2] == 0);
    alarm_clear(&w->d, &a[2]);
    alarm_clear(&w->d, &a[2]);
    alarm_set(&w->d, &a[0], 40); /* in the place of 30 */
    world_pass(w, 39);
    assert_true(rung[0] == 0 && rung[2] == 0);
    world_pass(w, 1);
    assert_true(rung[0] == 1 && rung[1] == 1 && rung[2] == 0);
    assert_true(w->wake_ms == INT64_MAX);
}

/* test mails */

static void ask(struct world *w, const char *to, const char *department)
{
    json_t *fields = json_pack("{s:s}", "to", to);

    if (department != NULL)
        json_object_set_new(fields, "department", json_string(department));
    trial_answer(&w->d, &(struct question){.id = 1}, fields);
    json_decref(fields);
}

static const char *answered(const struct world *w, const char *key)
{
    const char *s = json_string_value(json_object_get(w->answer, key));

    return s != NULL
               ? s
               : json_string_value(json_object_get(json_object_get(w->answer, "diagnosis"), key));
}

static void a_test_mail_is_no_mail_of_the_outbox_and_is_answered(void **state)
{
    struct world *w = *state;

    ask(w, "admin@example.com", NULL);
    assert_int_equal(w->nworkers, 1);
    assert_true(w->workers[0].job.dialogue);
    assert_int_equal(w->workers[0].job.limit_ms + w->workers[0].job.dot_ms, MINUTE_MS);
    assert_string_equal(w->workers[0].path, "");
    assert_int_equal(w->workers[0].job.nmails, 1);
    worker_says(w, 0, "line server 220 hello");
    assert_string_equal(w->said, "server: 220 hello");
    worker_says(w, 0, "fact reached");
    worker_sends(w, 0);
    assert_string_equal(answered(w, "outcome"), "sent");
    assert_string_equal(answered(w, "host"), "localhost");
    assert_int_equal(json_array_size(json_object_get(w->answer, "lines")), 1);
    assert_int_equal(mail_total(w), 0);
    assert_false(w->d.relay.on_trial);
}

static void a_test_that_goes_well_ends_the_relays_rest(void **state)
{
    struct world *w = *state;

    leave(w, 1);
    world_look(w);
    worker_fails(w, 0, "login");
    ask(w, "admin@example.com", NULL);
    ask(w, "admin@example.com", NULL); /* one at a time */
    assert_int_equal(w->nworkers, 2);
    assert_int_equal(w->refused.err, ERR_BUSY);
    worker_sends(w, 1);
    assert_int_equal(w->d.relay.in_a_row, 0);
    world_pass(w, 10 * MINUTE_MS);
    assert_int_equal(w->nworkers, 3);
}

static void a_test_that_fails_says_how(void **state)
{
    static const struct {
        const char *line, *outcome;
    } rows[] = {
        {"trouble login no", "failed"}, {"trouble connect no", "failed"},
        {"mail 0 550 no", "refused"},   {"rcpt 0 0 550 no", "refused"},
        {"data 0 554 no", "refused"},   {"mail 0 451 later", "deferred"},
        {"rcpt 0 0 450 x", "deferred"}, {"data 0 451 later", "deferred"},
        {"data 0 250 early", "failed"},
    };
    struct world *w = *state;

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        ask(w, "admin@example.com", NULL);
        worker_says(w, i, rows[i].line);
        worker_says(w, i, "over");
        worker_ends(w, i);
        if (strcmp(answered(w, "outcome"), rows[i].outcome) != 0)
            fail_msg("%s: %s", rows[i].line, answered(w, "outcome"));
    }
    assert_int_equal(w->d.relay.in_a_row, 0); /* a test mail blames nobody */
}

static void a_test_that_cannot_be_made_says_why(void **state)
{
    struct world *w = *state;

    ask(w, "not an address", NULL);
    assert_int_equal(w->refused.err, ERR_CONFLICT);
    ask(w, "admin@example.com", "77");
    assert_int_equal(w->refused.err, ERR_NOTFOUND);
    ask(w, "admin@example.com", "x");
    assert_int_equal(w->refused.err, ERR_MALFORMED);
    assert_int_equal(w->nworkers, 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(file_and_attempt_are_noted_before_the_worker_starts),
        T(answers_are_settled_together_after_a_pause),
        T(a_go_ahead_is_not_the_last_word),
        T(a_refusal_is_a_last_word_too),
        T(lines_come_in_any_pieces),
        T(what_a_dead_worker_noted_counts_though_it_was_not_told),
        T(a_worker_that_dies_before_the_body_was_given_leaves_no_doubt),
        T(a_worker_that_dies_behind_the_body_leaves_doubt),
        T(a_worker_that_cannot_start_costs_an_attempt_and_no_more),
        T(past_its_limit_a_worker_is_killed_and_the_relay_blamed),
        T(a_worker_that_ended_itself_in_time_is_out_of_time_too),
        T(one_session_two_fates),
        T(a_worker_outlives_its_dispatcher_and_the_next_takes_in_what_it_did),
        T(what_both_left_half_done_is_tried_again),
        T(after_another_start_of_the_machine_what_is_not_known_is_in_doubt),
        T(a_file_whose_attempt_was_not_noted_is_of_no_mail),
        T(alarms_ring_once_at_their_time_and_not_when_cleared),
        T(a_test_mail_is_no_mail_of_the_outbox_and_is_answered),
        T(a_test_that_goes_well_ends_the_relays_rest),
        T(a_test_that_fails_says_how),
        T(a_test_that_cannot_be_made_says_why),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
