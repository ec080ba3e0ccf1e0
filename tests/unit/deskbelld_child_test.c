/* The supervised child: started again when it ends, ended when asked, killed when it does not. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <event2/event.h>

#include "../../src/deskbelld/child.h"
#include "deskbell/clock.h"
#include "deskbell/log.h"

struct world {
    struct event_base *base;
    struct event *sigchld, *limit;
    struct child child;
    unsigned ends;
};

static void on_sigchld(evutil_socket_t sig, short what, void *arg)
{
    struct world *w = arg;

    (void)sig;
    (void)what;
    child_reap(&w->child);
    w->ends++;
    event_base_loopbreak(w->base);
}

static void on_limit(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    (void)arg;
    fail_msg("nothing happened within 20 s");
}

static int set_up(void **state)
{
    struct world *w = xcalloc(1, sizeof(*w));

    w->base = event_base_new();
    w->sigchld = evsignal_new(w->base, SIGCHLD, on_sigchld, w);
    w->limit = evtimer_new(w->base, on_limit, w);
    event_add(w->sigchld, NULL);
    event_add(w->limit, &(struct timeval){.tv_sec = 20});
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;

    event_free(w->sigchld);
    event_free(w->limit);
    event_base_free(w->base);
    free(w);
    return 0;
}

static void a_child_that_ends_is_started_again_with_back_off(void **state)
{
    struct world *w = *state;
    char *argv[] = {(char *)"/bin/sh", (char *)"-c", (char *)"exit 3", NULL};
    int64_t start_ms = clock_mono_ms();

    child_start(&w->child, w->base, argv, KEEPER_NONE);
    while (w->ends < 3)
        event_base_dispatch(w->base);
    /* 500 ms before the second, 1000 ms before the third */
    assert_true(clock_mono_ms() - start_ms >= 1500);
    child_stop(&w->child, 1000);
}

static void a_child_ends_when_it_is_asked(void **state)
{
    struct world *w = *state;
    char *argv[] = {(char *)"/bin/sleep", (char *)"600", NULL};
    int64_t start_ms = clock_mono_ms();

    child_start(&w->child, w->base, argv, KEEPER_NONE);
    pid_t pid = w->child.pid;
    assert_true(pid > 0);
    child_stop(&w->child, 15000);
    assert_true(clock_mono_ms() - start_ms < 10000);
    assert_int_equal(kill(pid, 0), -1);
}

static void a_child_that_does_not_listen_is_killed(void **state)
{
    struct world *w = *state;
    char dir[] = "/tmp/deskbelld_child_test-XXXXXX", ready[64], script[160], byte;
    int fd;

    /* It gets no descriptor of ours but the first three, so it opens a name. */
    assert_non_null(mkdtemp(dir));
    snprintf(ready, sizeof(ready), "%s/ready", dir);
    assert_int_equal(mkfifo(ready, 0600), 0);
    assert_true((fd = open(ready, O_RDWR)) >= 0);
    snprintf(script, sizeof(script), "trap '' TERM; echo >%s; while :; do sleep 1; done", ready);
    char *argv[] = {(char *)"/bin/sh", (char *)"-c", script, NULL};
    child_start(&w->child, w->base, argv, KEEPER_NONE);
    pid_t pid = w->child.pid;
    assert_int_equal(read(fd, &byte, 1), 1); /* the trap is set */
    child_stop(&w->child, 100);
    assert_int_equal(kill(pid, 0), -1);
    close(fd);
    unlink(ready);
    rmdir(dir);
}

static void a_program_that_is_not_there_is_tried_again(void **state)
{
    struct world *w = *state;
    char *argv[] = {(char *)"/nonexistent/dispatcher", NULL};

    child_start(&w->child, w->base, argv, KEEPER_NONE);
    assert_int_equal(w->child.pid, 0);
    assert_true(evtimer_pending(w->child.timer, NULL));
    child_stop(&w->child, 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_child_that_ends_is_started_again_with_back_off, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_child_ends_when_it_is_asked, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_child_that_does_not_listen_is_killed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_program_that_is_not_there_is_tried_again, set_up,
                                        tear_down),
    };

    log_init("child_test", LOG_LVL_ERROR);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
