/* Descriptors: all of it or a reason, with signals in between and in pieces. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/time.h>
#include <unistd.h>

#include <cmocka.h>

#include "deskbell/fd.h"

#define BIG_BYTES (400u << 10) /* several times what a pipe holds */

static int drain_from;
static char drained[BIG_BYTES];
static size_t ndrained;

/* The reader of a full pipe, in the middle of the write. */
static void on_alarm(int sig)
{
    ssize_t n = read(drain_from, drained + ndrained, sizeof(drained) - ndrained);

    (void)sig;
    if (n > 0)
        ndrained += (size_t)n;
}

static int fill_to;

/* The writer of an empty pipe, in the middle of the read; the second time it is the end. */
static void on_alarm_write(int sig)
{
    static int times;

    (void)sig;
    if (++times == 3)
        close(fill_to);
    else if (write(fill_to, "ab", 2) != 2)
        abort();
}

static void alarms(void (*fn)(int), int every_ms)
{
    struct sigaction sa = {.sa_handler = fn}; /* no SA_RESTART */
    struct itimerval it = {{0, every_ms * 1000}, {0, every_ms * 1000}};

    assert_int_equal(sigaction(SIGALRM, &sa, NULL), 0);
    assert_int_equal(setitimer(ITIMER_REAL, &it, NULL), 0);
}

static void no_alarms(void)
{
    struct itimerval none = {{0, 0}, {0, 0}};

    assert_int_equal(setitimer(ITIMER_REAL, &none, NULL), 0);
    signal(SIGALRM, SIG_DFL);
}

static void all_is_written_in_parts_and_between_signals(void **state)
{
    char *bytes = malloc(BIG_BYTES);
    int p[2];

    (void)state;
    for (size_t i = 0; i < BIG_BYTES; i++)
        bytes[i] = (char)(i * 31 >> 3);
    assert_int_equal(pipe(p), 0);
    assert_int_equal(fcntl(p[0], F_SETFL, O_NONBLOCK), 0);
    drain_from = p[0];
    alarms(on_alarm, 1);
    assert_true(fd_write(p[1], (struct span){bytes, BIG_BYTES}));
    no_alarms();
    on_alarm(0);
    assert_int_equal(ndrained, BIG_BYTES);
    assert_memory_equal(drained, bytes, BIG_BYTES);
    close(p[0]);
    close(p[1]);
    free(bytes);
}

static void all_is_read_between_signals(void **state)
{
    struct buf out = {0};
    int p[2];

    (void)state;
    assert_int_equal(pipe(p), 0);
    fill_to = p[1];
    alarms(on_alarm_write, 1);
    assert_true(fd_read(p[0], &out));
    no_alarms();
    assert_true(span_is(buf_span(&out), "abab"));
    close(p[0]);
    buf_fini(&out);
}

static void what_cannot_be_done_says_why(void **state)
{
    struct buf out = {0};
    int p[2];

    (void)state;
    signal(SIGPIPE, SIG_IGN);
    assert_int_equal(pipe(p), 0);
    assert_false(fd_read(p[1], &out));
    assert_int_equal(errno, EBADF);
    close(p[0]);
    assert_true(fd_write(p[1], SPAN_NONE));
    assert_false(fd_write(p[1], SPAN_LIT("x")));
    assert_int_equal(errno, EPIPE);
    close(p[1]);
    buf_fini(&out);
}

static void reading_adds_and_stops_at_the_limit(void **state)
{
    static const char word[] = "0123456789";
    int p[2];

    (void)state;
    for (size_t limit = 12; limit <= 14; limit++) {
        struct buf out = {.limit_bytes = limit};

        assert_int_equal(pipe(p), 0);
        assert_true(fd_write(p[1], (struct span){word, 10}));
        close(p[1]);
        buf_add_str(&out, "abc");
        assert_true(fd_read(p[0], &out));
        assert_int_equal(out.full, limit < 13);
        assert_true(span_is(buf_span(&out), out.full ? "abc" : "abc0123456789"));
        close(p[0]);
        buf_fini(&out);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_is_written_in_parts_and_between_signals),
        cmocka_unit_test(all_is_read_between_signals),
        cmocka_unit_test(what_cannot_be_done_says_why),
        cmocka_unit_test(reading_adds_and_stops_at_the_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
