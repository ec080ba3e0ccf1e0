/* The lease of mails that are under way: whose clock steps, who died, what is lost. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "dispatcher_world.h"

/* The session's limit, the answer to the last mail, a worker's goodbye, and a minute. */
#define LEASE_MS (330 * SECOND_MS + 200 * SECOND_MS + WORKER_EXTRA_MS + MINUTE_MS)

static void leave(struct world *w, size_t n)
{
    sayf(w, "leave|%zu|山田|y@example.com|もしもし", n);
}

static int lives_count(const struct world *w)
{
    DIR *dir = opendir(w->d.trip_dir);
    struct dirent *entry;
    int n = 0;

    assert_non_null(dir);
    while ((entry = readdir(dir)) != NULL)
        n += strncmp(entry->d_name, "life-", 5) == 0;
    closedir(dir);
    return n;
}

static void a_clock_that_is_set_ahead_sends_nothing_twice(void **state)
{
    struct world *w = *state;
    struct mail_view v;

    leave(w, 1);
    world_look(w);
    worker_says(w, 0, "mail 0 250 ok");
    w->wall_ms += 2 * HOUR_MS;
    world_pass(w, 2 * MINUTE_MS);
    assert_int_equal(w->nworkers, 1);
    assert_mail(w, 0, MAILST_SENDING, "");
    worker_sends(w, 0);
    v = mail_look(w, 0);
    assert_int_equal(v.state, MAILST_SENT);
    assert_int_equal(v.attempts, 1);
    assert_false(v.uncertain);
    mail_view_fini(&v);
    world_pass(w, HOUR_MS);
    assert_int_equal(w->nworkers, 1);
}

static void a_clock_that_is_set_ahead_ends_no_lease_of_a_worker_that_runs_on(void **state)
{
    struct world *w = *state;

    leave(w, 1);
    world_look(w);
    world_restart(w, true);
    w->wall_ms += 2 * HOUR_MS;
    unlink(w->workers[0].path); /* nothing but the lease speaks for it */
    world_pass(w, 2 * MINUTE_MS);
    assert_mail(w, 0, MAILST_SENDING, "");
    assert_int_equal(w->nworkers, 1);
}

/* Nothing tells how the attempt went: no file, and no parent that would know. */
static void at_its_leases_end_a_mail_without_a_trace_is_lost(void **state)
{
    struct world *w = *state;
    struct mail_view v;

    leave(w, 1);
    world_look(w);
    world_restart(w, true);
    unlink(w->workers[0].path);
    v = mail_look(w, 0);
    assert_true(v.awaited_ms == w->wall_ms + LEASE_MS); /* what people are told */
    mail_view_fini(&v);
    world_pass(w, LEASE_MS - 1);
    assert_mail(w, 0, MAILST_SENDING, "");
    world_pass(w, MINUTE_MS);
    v = mail_look(w, 0);
    assert_int_equal(v.state, MAILST_UNCERTAIN);
    assert_int_equal(v.awaited_ms, 0);
    assert_string_equal(v.cause, "answer-lost");
    assert_true(v.uncertain);
    assert_int_equal(v.attempts, 1);
    assert_true(v.due_ms > w->wall_ms);
    mail_view_fini(&v);
    world_pass(w, 10 * MINUTE_MS);
    assert_int_equal(w->nworkers, 2);
    assert_true(span_is(w->workers[1].job.mails[0].rcpts[0], "m@example.com"));
    worker_sends(w, 1);
    assert_mail(w, 0, MAILST_SENT, "");
}

static void worker_dies(struct world *w, size_t i)
{
    struct fake_worker *s = &w->workers[i];

    close(s->file_fd);
    close(s->life_fd);
    s->file_fd = s->life_fd = -1;
}

/* No lease has to end where nobody is left who could have the mail. */
static void a_mail_whose_worker_is_dead_is_judged_at_once_although_its_file_is_gone(void **state)
{
    struct world *w = *state;
    struct mail_view v;

    leave(w, 1);
    world_look(w);
    leave(w, 2);
    world_look(w);
    assert_int_equal(w->nworkers, 2);
    world_restart(w, true);
    unlink(w->workers[0].path);
    unlink(w->workers[1].path);
    worker_dies(w, 0);
    world_pass(w, MINUTE_MS); /* the other one of that life may still send */
    assert_mail(w, 0, MAILST_SENDING, "");
    worker_dies(w, 1);
    world_pass(w, MINUTE_MS);
    assert_mail(w, 0, MAILST_UNCERTAIN, "answer-lost");
    assert_mail(w, 1, MAILST_UNCERTAIN, "answer-lost");
    v = mail_look(w, 0);
    assert_true(v.uncertain);
    mail_view_fini(&v);
    assert_int_equal(lives_count(w), 1); /* that of who lives */
}

/* The dispatcher itself has the lock as long as it lives, with workers or without. */
static void a_life_goes_on_while_its_dispatcher_does(void **state)
{
    struct world *w = *state;

    leave(w, 1);
    world_look(w);
    worker_dies(w, 0);
    world_pass(w, MINUTE_MS);
    assert_mail(w, 0, MAILST_SENDING, "");
    assert_int_equal(lives_count(w), 1);
}

static void a_clock_that_is_set_back_keeps_no_lease_for_longer(void **state)
{
    struct world *w = *state;

    leave(w, 1);
    world_look(w);
    world_restart(w, true);
    unlink(w->workers[0].path);
    w->wall_ms -= 5 * HOUR_MS;
    world_pass(w, 12 * MINUTE_MS);
    assert_mail(w, 0, MAILST_UNCERTAIN, "answer-lost");
}

static void another_start_of_the_machine_ends_every_lease(void **state)
{
    struct world *w = *state;

    leave(w, 1);
    world_look(w);
    unlink(w->workers[0].path);
    world_restart(w, false);
    world_look(w);
    assert_mail(w, 0, MAILST_UNCERTAIN, "answer-lost");
}

/* A worker that even its end does not reach is still our own. */
static void what_is_under_way_here_is_never_lost(void **state)
{
    struct world *w = *state;

    leave(w, 1);
    world_look(w);
    world_pass(w, HOUR_MS);
    assert_true(w->workers[0].killed);
    assert_mail(w, 0, MAILST_SENDING, "");
    worker_ends(w, 0);
    assert_mail(w, 0, MAILST_DEFERRED, "limit");
}

/* Whatever the store says meanwhile: here its row is put back behind our back. */
static void what_is_under_way_here_is_never_prepared_again(void **state)
{
    struct world *w = *state;
    struct mail_result res = {.state = MAILST_DEFERRED, .due_ms = T0};

    leave(w, 1);
    world_look(w);
    res.id = mail_nth(w, 0);
    assert_int_equal(outbox_settle(w->d.store, &res, 1, w->wall_ms), ERR_OK);
    world_pass(w, 2 * MINUTE_MS);
    assert_int_equal(w->nworkers, 1);
}

/* While one worker of an earlier dispatcher runs, what has no file is not given up. */
static void a_lost_mail_is_not_looked_for_while_an_earlier_worker_runs(void **state)
{
    struct world *w = *state;

    leave(w, 1);
    world_look(w);
    world_restart(w, false);
    world_look(w);
    assert_mail(w, 0, MAILST_SENDING, "");
    worker_says(w, 0, "mail 0 550 no");
    worker_ends(w, 0);
    world_pass(w, MINUTE_MS);
    assert_true(mail_state_of(w, 0) != MAILST_SENDING);
}

#define T(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_clock_that_is_set_ahead_sends_nothing_twice),
        T(a_clock_that_is_set_ahead_ends_no_lease_of_a_worker_that_runs_on),
        T(at_its_leases_end_a_mail_without_a_trace_is_lost),
        T(a_mail_whose_worker_is_dead_is_judged_at_once_although_its_file_is_gone),
        T(a_life_goes_on_while_its_dispatcher_does),
        T(a_clock_that_is_set_back_keeps_no_lease_for_longer),
        T(another_start_of_the_machine_ends_every_lease),
        T(what_is_under_way_here_is_never_lost),
        T(what_is_under_way_here_is_never_prepared_again),
        T(a_lost_mail_is_not_looked_for_while_an_earlier_worker_runs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
