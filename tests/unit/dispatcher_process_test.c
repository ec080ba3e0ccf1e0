/*
 * Workers as processes: what they get, what they tell, and how their end is known.  The worker is
 * this program once more, which does what its job says.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <event2/event.h>

#include "dispatcher_int.h"

/* the worker */

static int worker(void)
{
    char job[64] = "";
    ssize_t n = pread(WORKER_JOB_FD, job, sizeof(job) - 1, 0);

    if (n <= 0)
        return WORKER_EXIT_JOB;
    if (strcmp(job, "echo") == 0)
        return printf("echo\n") == 5 ? 0 : 1;
    if (strcmp(job, "file") == 0)
        return write(WORKER_FILE_FD, "noted", 5) == 5 ? 0 : 1;
    if (strcmp(job, "open") == 0) /* which descriptors does it have? */
        for (int fd = 0; fd < 64; fd++)
            if (fcntl(fd, F_GETFD) >= 0)
                printf("%d ", fd);
    if (strcmp(job, "alarm") == 0) {
        alarm(1);
        raise(SIGALRM);
    }
    if (strcmp(job, "stay") == 0)
        for (;;)
            pause();
    return 0;
}

/* the trip, which only listens */

static struct buf heard;
static int ends;
static bool end_out_of_time;
static struct event_base *base;

void trip_hear(struct trip *t, struct span bytes)
{
    (void)t;
    buf_add_span(&heard, bytes);
}

void trip_end(struct trip *t, bool out_of_time)
{
    ends++;
    end_out_of_time = out_of_time;
    process_leave(t);
    TAILQ_REMOVE(&t->d->trips, t, entry);
    event_base_loopbreak(base);
}

/* the world */

struct bench {
    struct dispatcher d;
    struct trip t;
    struct event *on_child, *on_limit;
};

static void on_child(evutil_socket_t number, short what, void *arg)
{
    (void)number;
    (void)what;
    process_reap_all(arg);
}

static void on_limit(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    (void)arg;
    fail_msg("it does not end");
}

static int setup(void **state)
{
    static const struct timeval limit = {.tv_sec = 60};
    struct bench *b = xcalloc(1, sizeof(*b));

    base = event_base_new();
    assert_non_null(base);
    b->d.base = base;
    b->d.keeper = KEEPER_NONE;
    b->d.worker = program_open("/proc/self/exe");
    assert_true(b->d.worker >= 0);
    TAILQ_INIT(&b->d.trips);
    b->t.d = &b->d;
    TAILQ_INSERT_TAIL(&b->d.trips, &b->t, entry);
    b->on_child = evsignal_new(base, SIGCHLD, on_child, &b->d);
    b->on_limit = evtimer_new(base, on_limit, NULL);
    event_add(b->on_child, NULL);
    event_add(b->on_limit, &limit);
    buf_reset(&heard);
    ends = 0;
    end_out_of_time = false;
    *state = b;
    return 0;
}

static int teardown(void **state)
{
    struct bench *b = *state;

    event_free(b->on_child);
    event_free(b->on_limit);
    if (b->d.worker >= 0)
        close(b->d.worker);
    event_base_free(base);
    buf_fini(&heard);
    free(b);
    return 0;
}

static void run(struct bench *b, const char *job, int file_fd)
{
    assert_int_equal(process_make(&b->t, span_of(job)), ERR_OK);
    assert_int_equal(process_start(&b->t, file_fd), ERR_OK);
    if (strcmp(job, "stay") == 0)
        process_kill(&b->t);
    event_base_dispatch(base);
    assert_int_equal(ends, 1);
    assert_null(b->t.worker);
}

/* tests */

static void it_gets_its_job_and_what_it_tells_is_heard(void **state)
{
    run(*state, "echo", -1);
    assert_true(span_is(buf_span(&heard), "echo\n"));
    assert_false(end_out_of_time);
}

static void it_has_its_three_descriptors_and_no_others(void **state)
{
    run(*state, "open", -1);
    assert_true(span_is(buf_span(&heard), "0 1 2 "));
}

static void it_writes_into_the_file_of_its_trip(void **state)
{
    char path[] = "/tmp/deskbell-process.XXXXXX", text[8] = "";
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    run(*state, "file", fd);
    assert_int_equal(pread(fd, text, sizeof(text), 0), 5);
    assert_string_equal(text, "noted");
    close(fd);
    unlink(path);
}

static void its_own_alarm_says_that_it_ran_out_of_time(void **state)
{
    run(*state, "alarm", -1);
    assert_true(end_out_of_time);
}

static void it_can_be_killed(void **state)
{
    run(*state, "stay", -1);
    assert_false(end_out_of_time);
}

static void a_program_that_is_not_there_does_not_start(void **state)
{
    struct bench *b = *state;

    assert_int_equal(program_open("/nonexistent/worker"), -1);
    assert_int_equal(close(b->d.worker), 0);
    b->d.worker = -1;
    assert_int_equal(process_make(&b->t, SPAN_LIT("echo")), ERR_OK);
    assert_int_equal(process_start(&b->t, -1), ERR_IO);
    process_leave(&b->t);
    assert_null(b->t.worker);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        T(it_gets_its_job_and_what_it_tells_is_heard),
        T(it_has_its_three_descriptors_and_no_others),
        T(it_writes_into_the_file_of_its_trip),
        T(its_own_alarm_says_that_it_ran_out_of_time),
        T(it_can_be_killed),
        T(a_program_that_is_not_there_does_not_start),
    };

    if (argc == 1 && strcmp(argv[0], "deskbell-smtp") == 0)
        return worker();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
