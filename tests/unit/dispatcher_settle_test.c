/* What came of an attempt, as the outbox shows it: for the mail, and for each of its recipients. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "dispatcher_world.h"

/* What the worker says of a mail with two recipients, and what is then on record. */
static const struct row {
    const char *what, *lines[7];
    enum mail_state state;
    const char *cause, *reason;
    bool uncertain;
    enum mail_state first, second;
    int first_code, second_code;
} rows[] = {
    {"taken",
     {"mail 0 250 ok", "rcpt 0 0 250 ok", "rcpt 0 1 251 ok", "end 0", "data 0 250 as 7"},
     MAILST_SENT,
     "",
     "taken: as 7",
     false,
     MAILST_SENT,
     MAILST_SENT,
     250,
     250},
    {"no sender",
     {"mail 0 550 not you"},
     MAILST_FAILED,
     "code-550",
     "the relay refused it: not you",
     false,
     MAILST_FAILED,
     MAILST_FAILED,
     550,
     550},
    {"one of two refused",
     {"mail 0 250 ok", "rcpt 0 0 550 who", "rcpt 0 1 250 ok", "end 0", "data 0 250 ok"},
     MAILST_FAILED,
     "code-550",
     "the relay refused it: who",
     false,
     MAILST_FAILED,
     MAILST_SENT,
     550,
     250},
    {"one later, one taken",
     {"mail 0 250 ok", "rcpt 0 0 250 ok", "rcpt 0 1 450 busy", "end 0", "data 0 250 ok"},
     MAILST_DEFERRED,
     "code-450",
     "the relay refused it for now: busy",
     false,
     MAILST_SENT,
     MAILST_DEFERRED,
     250,
     450},
    {"one refused, one later",
     {"mail 0 250 ok", "rcpt 0 0 550 who", "rcpt 0 1 450 busy"},
     MAILST_DEFERRED,
     "code-550",
     "the relay refused it: who",
     false,
     MAILST_FAILED,
     MAILST_DEFERRED,
     550,
     450},
    {"the body refused",
     {"mail 0 250 ok", "rcpt 0 0 250 ok", "rcpt 0 1 250 ok", "end 0", "data 0 554 spam"},
     MAILST_FAILED,
     "code-554",
     "the relay refused it: spam",
     false,
     MAILST_FAILED,
     MAILST_FAILED,
     554,
     554},
    {"dropped before the body",
     {"mail 0 250 ok", "rcpt 0 0 250 ok", "trouble dropped bye"},
     MAILST_DEFERRED,
     "dropped",
     "the relay broke the connection or did not answer in time: bye",
     false,
     MAILST_DEFERRED,
     MAILST_DEFERRED,
     250,
     250},
    {"dropped behind the body",
     {"mail 0 250 ok", "rcpt 0 0 250 ok", "rcpt 0 1 250 ok", "end 0", "trouble dropped bye"},
     MAILST_UNCERTAIN,
     "answer-lost",
     "the answer was lost, it may arrive twice: bye",
     true,
     MAILST_UNCERTAIN,
     MAILST_UNCERTAIN,
     250,
     250},
    {"dropped behind the body, one recipient refused",
     {"mail 0 250 ok", "rcpt 0 0 550 who", "rcpt 0 1 250 ok", "end 0", "trouble dropped bye"},
     MAILST_UNCERTAIN,
     "code-550",
     "the relay refused it: who",
     true,
     MAILST_FAILED,
     MAILST_UNCERTAIN,
     550,
     250},
    {"our name refused at RCPT",
     {"mail 0 250 ok", "rcpt 0 0 504 <vm>: Helo command rejected: full name", "rcpt 0 1 450 busy",
      "trouble hello 504 <vm>: Helo command rejected: full name"},
     MAILST_DEFERRED,
     "hello",
     "the relay does not accept the name by which this machine greets it: <vm>: Helo command "
     "rejected: full name",
     false,
     MAILST_DEFERRED,
     MAILST_DEFERRED,
     504,
     450},
    {"put off by itself, while the session broke at another",
     {"mail 0 451 busy", "trouble dropped no answer to MAIL FROM came"},
     MAILST_DEFERRED,
     "code-451",
     "the relay refused it for now: busy",
     false,
     MAILST_DEFERRED,
     MAILST_DEFERRED,
     451,
     451},
    {"not reached",
     {"trouble connect nobody there"},
     MAILST_DEFERRED,
     "connect",
     "the relay cannot be reached: nobody there",
     false,
     MAILST_DEFERRED,
     MAILST_DEFERRED,
     0,
     0},
    {"login asked for at MAIL",
     {"mail 0 530 who are you"},
     MAILST_DEFERRED,
     "login",
     "the relay refused it for now: who are you",
     false,
     MAILST_DEFERRED,
     MAILST_DEFERRED,
     530,
     530},
};

static void one_row(struct world *w, size_t i)
{
    const struct row *r = &rows[i];
    struct mail_view v;

    say(w, "left|山田|y@example.com|もしもし");
    sayf(w, "retry|%llu", (unsigned long long)mail_nth(w, i)); /* whatever the relay's rest */
    world_look(w);
    for (size_t l = 0; l < COUNT_OF(r->lines) && r->lines[l] != NULL; l++)
        worker_says(w, w->nworkers - 1, r->lines[l]);
    worker_says(w, w->nworkers - 1, "over");
    worker_ends(w, w->nworkers - 1);
    v = mail_look(w, i);
    print_message("  %s\n", r->what);
    assert_string_equal(mail_state_word(v.state), mail_state_word(r->state));
    assert_string_equal(v.cause, r->cause);
    assert_string_equal(v.reason, r->reason);
    assert_int_equal(v.uncertain, r->uncertain);
    assert_int_equal(v.nrcpts, 2);
    assert_string_equal(mail_state_word(v.rcpts[0].state), mail_state_word(r->first));
    assert_string_equal(mail_state_word(v.rcpts[1].state), mail_state_word(r->second));
    assert_int_equal(v.rcpts[0].code, r->first_code);
    assert_int_equal(v.rcpts[1].code, r->second_code);
    assert_int_equal(v.ntries, 1);
    assert_string_equal(v.tries[0].cause, r->cause);
    if (mail_rcpt_waits(&v.rcpts[0]) || mail_rcpt_waits(&v.rcpts[1]))
        assert_true(v.due_ms >= w->wall_ms + MINUTE_MS && v.settled_ms == 0);
    else
        assert_true(v.settled_ms == w->wall_ms);
    mail_view_fini(&v);
}

static void outcome_table(void **state)
{
    struct world *w = *state;

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        one_row(w, i);
        sayf(w, "cancel|%llu", (unsigned long long)mail_nth(w, i)); /* not in the way of the next */
        world_look(w);
    }
}

static void only_those_who_wait_are_sent_to_again(void **state)
{
    struct world *w = *state;

    say(w, "left|山田|y@example.com|もしもし");
    world_look(w);
    worker_says(w, 0, "mail 0 250 ok");
    worker_says(w, 0, "rcpt 0 0 250 ok");
    worker_says(w, 0, "rcpt 0 1 450 busy");
    worker_says(w, 0, "end 0");
    worker_says(w, 0, "data 0 250 ok");
    worker_says(w, 0, "over");
    worker_ends(w, 0);
    world_pass(w, 90 * SECOND_MS);
    assert_int_equal(w->nworkers, 2);
    assert_int_equal(w->workers[1].job.mails[0].nrcpts, 1);
    assert_true(span_is(w->workers[1].job.mails[0].rcpts[0], "n@example.com"));
    assert_true(span_eq(w->workers[1].job.mails[0].bytes, w->workers[0].job.mails[0].bytes));
    worker_sends(w, 1);
    assert_mail(w, 0, MAILST_SENT, "");
}

/* Two answers lost: a third copy must never leave. */
static void lost_twice_a_mail_goes_no_more(void **state)
{
    struct world *w = *state;
    struct mail_view v;

    say(w, "left|山田|y@example.com|もしもし");
    world_look(w);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(w->nworkers, i + 1);
        worker_says(w, i, "mail 0 250 ok");
        worker_says(w, i, "rcpt 0 0 250 ok");
        worker_says(w, i, "rcpt 0 1 250 ok");
        worker_says(w, i, "end 0");
        worker_fails(w, i, "dropped");
        world_pass(w, 10 * MINUTE_MS);
    }
    v = mail_look(w, 0);
    assert_int_equal(v.state, MAILST_FAILED);
    assert_string_equal(v.cause, "doubtful");
    assert_true(v.uncertain);
    mail_view_fini(&v);
    world_pass(w, DAY_MS);
    assert_int_equal(w->nworkers, 2);
}

/* The first answer that is lost is the last if the mail is old: it says that it may have arrived.
 */
static void lost_after_five_days_a_mail_is_in_doubt(void **state)
{
    struct world *w = *state;
    struct mail_view v;

    say(w, "portal|relay_secret|AAAA");
    say(w, "left|山田|y@example.com|もしもし");
    w->wall_ms += MAIL_GIVE_UP_MS;
    say(w, "portal|relay_user|u");
    say(w, "secret|a password");
    world_look(w);
    worker_says(w, 0, "mail 0 250 ok");
    worker_says(w, 0, "rcpt 0 0 250 ok");
    worker_says(w, 0, "rcpt 0 1 250 ok");
    worker_says(w, 0, "end 0");
    worker_fails(w, 0, "dropped");
    v = mail_look(w, 0);
    assert_int_equal(v.state, MAILST_FAILED);
    assert_string_equal(v.cause, "doubtful");
    assert_true(v.uncertain);
    mail_view_fini(&v);
}

static void after_five_days_a_mail_is_given_up(void **state)
{
    struct world *w = *state;
    size_t n = 0;

    say(w, "left|山田|y@example.com|もしもし");
    world_look(w);
    for (int64_t begun_ms = w->wall_ms; w->wall_ms < begun_ms + MAIL_GIVE_UP_MS + 5 * HOUR_MS;) {
        if (workers_open(w) > 0) {
            assert_true(mail_state_of(w, 0) == MAILST_SENDING);
            worker_says(w, w->nworkers - 1, "mail 0 451 later");
            worker_says(w, w->nworkers - 1, "over");
            worker_ends(w, w->nworkers - 1);
            n++;
        }
        world_pass(w, HOUR_MS / 2);
    }
    assert_mail(w, 0, MAILST_FAILED, "code-451");
    assert_true(n > 25 && n < 60);
    world_pass(w, DAY_MS);
    assert_int_equal(workers_open(w), 0);
}

static void a_cancel_during_an_attempt_counts_if_the_attempt_does_not_settle_it(void **state)
{
    struct world *w = *state;

    say(w, "left|山田|y@example.com|もしもし");
    say(w, "left|山田|y@example.com|もしもし");
    world_look(w);
    for (size_t i = 0; i < 2; i++)
        sayf(w, "cancel|%llu", (unsigned long long)mail_nth(w, i));
    world_look(w);
    worker_says(w, 0, "mail 0 250 ok");
    worker_says(w, 0, "rcpt 0 0 250 ok");
    worker_says(w, 0, "rcpt 0 1 250 ok");
    worker_says(w, 0, "end 0");
    worker_says(w, 0, "data 0 250 ok");
    worker_fails(w, 0, "dropped");
    assert_mail(w, 0, MAILST_SENT, "");
    assert_mail(w, 1, MAILST_CANCELLED, "");
}

#define T(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(outcome_table),
        T(only_those_who_wait_are_sent_to_again),
        T(lost_twice_a_mail_goes_no_more),
        T(lost_after_five_days_a_mail_is_in_doubt),
        T(after_five_days_a_mail_is_given_up),
        T(a_cancel_during_an_attempt_counts_if_the_attempt_does_not_settle_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
