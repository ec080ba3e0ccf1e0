/* When mails go: how many at a time, by which relay, and what they wait for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "dispatcher_world.h"

/* So many messages that visitors leave: a notice each; a flood of them would be held. */
static void leave(struct world *w, size_t n)
{
    sayf(w, "leave|%zu|山田|y@example.com|もしもし", n);
}

/* Copies of transcripts are never held. */
static void chats(struct world *w, size_t n)
{
    sayf(w, "chats|%zu|山田|y@example.com|もしもし", n);
}

static void a_due_mail_goes_to_a_worker_as_it_is_frozen(void **state)
{
    struct world *w = *state;

    leave(w, 1);
    world_look(w);
    assert_int_equal(w->nworkers, 1);
    const struct job *job = &w->workers[0].job;
    assert_true(span_is(job->host, "localhost"));
    assert_int_equal(job->port, 2525);
    assert_int_equal(job->tls, JOB_TLS_NONE);
    assert_true(span_is(job->hello, "here.example"));
    assert_int_equal(job->limit_ms, 330 * SECOND_MS);
    assert_int_equal(job->dot_ms, 200 * SECOND_MS);
    assert_false(job->dialogue);
    assert_int_equal(job->nmails, 1);
    assert_true(span_is(job->mails[0].from, "chat@example.com"));
    assert_int_equal(job->mails[0].nrcpts, 2);
    assert_true(span_is(job->mails[0].rcpts[1], "n@example.com"));
    assert_true(w->workers[0].noted);
    worker_sends(w, 0);
    assert_mail(w, 0, MAILST_SENT, "");
    world_pass(w, HOUR_MS);
    assert_int_equal(w->nworkers, 1);
}

static void the_relays_settings_reach_the_worker(void **state)
{
    struct world *w = *state;

    say(w, "portal|relay_tls|tls");
    say(w, "portal|relay_auth|xoauth2");
    say(w, "portal|relay_user|u");
    say(w, "secret|token");
    leave(w, 1);
    world_look(w);
    const struct job *job = &w->workers[0].job;
    assert_int_equal(job->tls, JOB_TLS_DIRECT);
    assert_true(job->token);
    assert_true(span_is(job->user, "u"));
    assert_true(span_is(job->password, "token"));
    worker_sends(w, 0);
    say(w, "portal|relay_tls|starttls");
    say(w, "portal|relay_auth|password");
    leave(w, 1);
    world_look(w);
    assert_int_equal(w->workers[1].job.tls, JOB_TLS_STARTTLS);
    assert_false(w->workers[1].job.token);
}

static void a_session_takes_fifty_and_a_relay_has_two(void **state)
{
    struct world *w = *state;

    chats(w, 120);
    world_look(w);
    assert_int_equal(w->nworkers, 2);
    assert_int_equal(w->workers[0].job.nmails, 50);
    assert_int_equal(w->workers[1].job.nmails, 50);
    world_pass(w, SECOND_MS);
    assert_int_equal(w->nworkers, 2);
    worker_sends(w, 1); /* its end is a look */
    assert_int_equal(w->nworkers, 3);
    assert_int_equal(w->workers[2].job.nmails, 20);
    worker_sends(w, 0);
    worker_sends(w, 2);
    assert_int_equal(mails_in(w, MAILST_SENT), 120);
    assert_int_equal(w->nworkers, 3);
}

static void a_relay_in_trouble_rests_and_its_mails_wait_untouched(void **state)
{
    struct world *w = *state;
    struct mail_view v;

    leave(w, 1);
    world_look(w);
    worker_fails(w, 0, "connect");
    assert_mail(w, 0, MAILST_DEFERRED, "connect");
    leave(w, 1);
    world_pass(w, 59 * SECOND_MS); /* the rest is a minute at least, and then at most a quarter */
    assert_int_equal(w->nworkers, 1);
    v = mail_look(w, 1);
    assert_int_equal(v.attempts, 0);
    mail_view_fini(&v);
    world_pass(w, 30 * SECOND_MS);
    assert_int_equal(w->nworkers, 2);
    assert_int_equal(workers_open(w), 1);
}

static void rests_grow_until_something_is_taken(void **state)
{
    struct world *w = *state;

    chats(w, 3);
    world_look(w);
    for (size_t i = 0; i < 4; i++) {
        worker_fails(w, w->nworkers - 1, "dropped");
        assert_int_equal(w->d.relay.in_a_row, i + 1);
        assert_true(w->d.relay.rest_until_ms - w->wall_ms >= (i < 3 ? 1 << i : 5) * MINUTE_MS);
        world_pass(w, 5 * MINUTE_MS);
        assert_int_equal(workers_open(w), 1);
    }
    worker_sends(w, w->nworkers - 1);
    assert_int_equal(w->d.relay.in_a_row, 0);
    assert_int_equal(w->d.relay.rest_until_ms, 0);
}

static void changed_settings_end_the_rest(void **state)
{
    struct world *w = *state;

    leave(w, 1);
    world_look(w);
    worker_fails(w, 0, "login");
    leave(w, 1);
    world_look(w);
    assert_int_equal(w->nworkers, 1);
    say(w, "portal|relay_port|2526");
    world_look(w);
    assert_int_equal(w->nworkers, 2);
    assert_int_equal(w->workers[1].job.port, 2526);
    assert_int_equal(w->d.relay.in_a_row, 0);
}

static void a_setting_that_is_none_of_the_relays_ends_no_rest(void **state)
{
    struct world *w = *state;

    leave(w, 1);
    world_look(w);
    worker_fails(w, 0, "login");
    leave(w, 1);
    say(w, "portal|name|別の名");
    world_look(w);
    assert_int_equal(w->nworkers, 1);
}

static void a_new_password_ends_the_rest_of_a_departments_own_relay(void **state)
{
    struct world *w = *state;

    say(w, "department|relay.tls|none");
    say(w, "department|relay.host|localhost");
    say(w, "department|relay.port|2600");
    say(w, "department|relay.user|u");
    say(w, "department|relay.own|on");
    leave(w, 1);
    world_look(w);
    assert_int_equal(w->workers[0].job.port, 2600);
    worker_fails(w, 0, "login");
    leave(w, 1);
    world_look(w);
    assert_int_equal(w->nworkers, 1);
    say(w, "dept_secret|another");
    world_look(w);
    assert_int_equal(w->nworkers, 2);
    assert_true(span_is(w->workers[1].job.password, "another"));
}

static void mails_of_others_pass_those_of_a_relay_that_rests(void **state)
{
    struct world *w = *state;

    leave(w, 1);
    world_look(w);
    worker_fails(w, 0, "connect");
    chats(w, 450); /* more than two pages */
    say(w, "another|別の部");
    say(w, "department|relay.tls|none");
    say(w, "department|relay.host|localhost");
    say(w, "department|relay.port|2600");
    say(w, "department|relay.own|on");
    say(w, "department|mail.missed.addresses|x@example.com");
    say(w, "department|mail.missed.on|true");
    leave(w, 1);
    world_look(w);
    assert_int_equal(w->nworkers, 2);
    assert_int_equal(w->workers[1].job.port, 2600);
    assert_int_equal(w->workers[1].job.nmails, 1);
    worker_sends(w, 1);
    /* When the rest is over those that were stepped over are found, the first of them first. */
    world_pass(w, 80 * SECOND_MS);
    assert_int_equal(w->nworkers, 4);
    assert_int_equal(w->workers[2].job.nmails, 50);
    assert_int_equal(w->workers[3].job.nmails, 50);
}

/* What a look went over is not read again by the next; what came in before it is. */
static void a_look_goes_on_where_the_last_one_ended(void **state)
{
    struct world *w = *state;
    struct mail_view v;

    chats(w, 1); /* a relay that is met for the first time makes the next look a whole one */
    world_look(w);
    worker_sends(w, 0);
    w->wall_ms++;
    chats(w, 3);
    world_look(w);
    worker_sends(w, 1);
    v = mail_look(w, 3);
    assert_int_equal(w->d.seen.id, v.id + 1);
    assert_true(w->d.relay.at.id == v.id + 1);
    mail_view_fini(&v);
    w->wall_ms -= HOUR_MS; /* the clock is set back: the next falls due before all others */
    chats(w, 1);
    world_look(w);
    world_look(w);
    assert_int_equal(w->nworkers, 3);
}

static void
mails_that_a_relay_was_stepped_over_for_are_found_when_the_clock_is_set_back(void **state)
{
    struct world *w = *state;

    chats(w, 2);
    world_look(w);
    worker_fails(w, 0, "login");
    chats(w, 1);
    world_look(w); /* stepped over: the relay's place is remembered */
    w->wall_ms -= HOUR_MS;
    chats(w, 1);
    world_look(w);
    say(w, "portal|relay_port|2526");
    world_look(w);
    world_look(w);
    assert_true(mail_state_of(w, 3) == MAILST_SENDING);
}

/* A department gives its relay up: its mails go by the portal's, which is past them. */
static void mails_that_waited_for_a_departments_relay_go_by_the_portals_at_once(void **state)
{
    struct world *w = *state;
    uint64_t first = w->g.dept;

    say(w, "department|relay.tls|none");
    say(w, "department|relay.host|localhost");
    say(w, "department|relay.port|2600");
    say(w, "department|relay.own|on");
    chats(w, 1);
    world_look(w);
    worker_fails(w, 0, "login");
    chats(w, 1); /* waits for it */
    say(w, "another|別の部");
    say(w, "department|mail.transcript.addresses|x@example.com");
    say(w, "department|mail.transcript.on|true");
    world_pass(w, SECOND_MS);
    chats(w, 1);
    world_look(w);
    worker_sends(w, 1);
    assert_int_equal(w->nworkers, 2);
    w->g.dept = first;
    say(w, "department|relay.own|off");
    world_look(w);
    assert_int_equal(w->nworkers, 3);
    assert_int_equal(w->workers[2].job.port, 2525);
}

static void a_retry_of_one_wakes_its_relay_and_a_cancel_does_not(void **state)
{
    struct world *w = *state;

    leave(w, 2);
    world_look(w);
    worker_fails(w, 0, "login");
    assert_int_equal(w->nworkers, 1);
    sayf(w, "cancel|%llu", (unsigned long long)mail_nth(w, 1));
    world_look(w);
    assert_mail(w, 1, MAILST_CANCELLED, "");
    assert_int_equal(w->nworkers, 1);
    sayf(w, "retry|%llu", (unsigned long long)mail_nth(w, 0));
    world_look(w);
    assert_int_equal(w->nworkers, 2);
    assert_int_equal(w->workers[1].job.nmails, 1);
}

static void a_retry_of_a_cause_wakes_the_relays_that_rest_for_it(void **state)
{
    struct world *w = *state;

    leave(w, 1);
    world_look(w);
    worker_fails(w, 0, "login");
    say(w, "retry_cause|connect");
    world_look(w);
    assert_int_equal(w->nworkers, 1);
    say(w, "retry_cause|login");
    world_look(w);
    assert_int_equal(w->nworkers, 2);
    worker_fails(w, 1, "login");
    say(w, "retry_all");
    world_look(w);
    assert_int_equal(w->nworkers, 2); /* it goes in steps, one a look */
    world_pass(w, 5);
    assert_int_equal(w->nworkers, 3);
}

static void without_a_relay_that_can_be_used_mails_wait_a_minute_and_say_why(void **state)
{
    struct world *w = *state;
    struct mail_view v;

    say(w, "portal|relay_secret|AAAA"); /* nothing that this dispatcher's key opens */
    leave(w, 1);
    world_look(w);
    assert_int_equal(w->nworkers, 0);
    assert_mail(w, 0, MAILST_DEFERRED, "config");
    v = mail_look(w, 0);
    assert_int_equal(v.due_ms, w->wall_ms + MINUTE_MS);
    assert_non_null(strstr(v.reason, "set it again"));
    mail_view_fini(&v);
    say(w, "portal|relay_user|u");
    say(w, "secret|a password");
    world_pass(w, MINUTE_MS - 1);
    assert_int_equal(w->nworkers, 0);
    world_pass(w, 1);
    assert_int_equal(w->nworkers, 1);
}

static void after_five_days_nothing_waits_for_a_relay_any_more(void **state)
{
    struct world *w = *state;

    say(w, "portal|relay_secret|AAAA");
    leave(w, 1);
    world_look(w);
    world_pass(w, MAIL_GIVE_UP_MS - 1);
    assert_mail(w, 0, MAILST_DEFERRED, "config");
    world_pass(w, MINUTE_MS);
    assert_mail(w, 0, MAILST_FAILED, "config");
}

static void the_relays_that_rest_are_told_and_those_that_are_well_again_are_not(void **state)
{
    struct world *w = *state;
    struct relay_row rows[4];
    size_t n = 9;

    leave(w, 1);
    world_look(w);
    worker_fails(w, 0, "connect");
    assert_int_equal(mail_relays(w->d.store, rows, 4, &n), ERR_OK);
    assert_int_equal(n, 1);
    assert_int_equal(rows[0].dept, 0);
    assert_string_equal(rows[0].trouble, "connect");
    assert_false(rows[0].refused);
    assert_int_equal(rows[0].rest_until_ms, w->d.relay.rest_until_ms);
    world_pass(w, 10 * MINUTE_MS); /* the rest is over: it is told no more */
    assert_int_equal(mail_relays(w->d.store, rows, 4, &n), ERR_OK);
    assert_int_equal(n, 0);
    worker_fails(w, 1, "login");
    world_pass(w, HOUR_MS); /* a refused login is, until it is accepted */
    assert_int_equal(mail_relays(w->d.store, rows, 4, &n), ERR_OK);
    assert_int_equal(n, 1);
    assert_true(rows[0].refused);
    worker_sends(w, 2);
    assert_int_equal(mail_relays(w->d.store, rows, 4, &n), ERR_OK);
    assert_int_equal(n, 0);
}

/* A relay of each department's own: two sessions each, and of all together no more than 32. */
static void no_more_than_so_many_workers_run_at_once(void **state)
{
    struct world *w = *state;

    for (unsigned i = 0; i < 18; i++) {
        sayf(w, "another|部 %u", i);
        say(w, "department|relay.tls|none");
        say(w, "department|relay.host|localhost");
        sayf(w, "department|relay.port|%u", 3000 + i);
        say(w, "department|relay.own|on");
        say(w, "department|mail.transcript.addresses|x@example.com");
        say(w, "department|mail.transcript.on|true");
        chats(w, 51);
    }
    world_look(w);
    assert_int_equal(workers_open(w), WORKERS_MAX);
    worker_sends(w, 0);
    assert_int_equal(workers_open(w), WORKERS_MAX);
    assert_int_equal(w->nworkers, WORKERS_MAX + 1);
}

static void messages_are_let_go_when_nobody_wants_them_any_more(void **state)
{
    struct world *w = *state;
    struct mail_view v;

    w->d.conf.mail_keep = 2;
    leave(w, 1);
    world_look(w);
    worker_sends(w, 0);
    world_pass(w, 2 * DAY_MS);
    v = mail_look(w, 0);
    assert_true(v.bytes > 0);
    mail_view_fini(&v);
    world_pass(w, 2 * MINUTE_MS);
    v = mail_look(w, 0);
    assert_int_equal(v.bytes, 0);
    assert_int_equal(v.state, MAILST_SENT);
    mail_view_fini(&v);
}

static void a_stop_begins_nothing_and_waits_for_what_runs(void **state)
{
    struct world *w = *state;

    leave(w, 1);
    world_look(w);
    w->d.stopping = true;
    leave(w, 1);
    world_look(w);
    assert_int_equal(w->nworkers, 1);
    assert_false(w->was_idle);
    worker_sends(w, 0);
    assert_true(w->was_idle);
    assert_mail(w, 0, MAILST_SENT, "");
    assert_mail(w, 1, MAILST_QUEUED, "");
}

#define T(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_due_mail_goes_to_a_worker_as_it_is_frozen),
        T(the_relays_settings_reach_the_worker),
        T(a_session_takes_fifty_and_a_relay_has_two),
        T(a_relay_in_trouble_rests_and_its_mails_wait_untouched),
        T(rests_grow_until_something_is_taken),
        T(changed_settings_end_the_rest),
        T(a_setting_that_is_none_of_the_relays_ends_no_rest),
        T(a_new_password_ends_the_rest_of_a_departments_own_relay),
        T(mails_of_others_pass_those_of_a_relay_that_rests),
        T(a_look_goes_on_where_the_last_one_ended),
        T(mails_that_a_relay_was_stepped_over_for_are_found_when_the_clock_is_set_back),
        T(mails_that_waited_for_a_departments_relay_go_by_the_portals_at_once),
        T(a_retry_of_one_wakes_its_relay_and_a_cancel_does_not),
        T(a_retry_of_a_cause_wakes_the_relays_that_rest_for_it),
        T(without_a_relay_that_can_be_used_mails_wait_a_minute_and_say_why),
        T(after_five_days_nothing_waits_for_a_relay_any_more),
        T(the_relays_that_rest_are_told_and_those_that_are_well_again_are_not),
        T(no_more_than_so_many_workers_run_at_once),
        T(messages_are_let_go_when_nobody_wants_them_any_more),
        T(a_stop_begins_nothing_and_waits_for_what_runs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
