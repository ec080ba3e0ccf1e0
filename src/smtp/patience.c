/*
 * One timer for whatever the server is waited for.  The library's own begins anew with each byte,
 * so that a server that drips would never come to its end; and it knows no limit for all of a
 * session.  When the time is over the connection is shut down under the library, which then ends
 * in its ordinary way; a process that even that does not move dies.
 */
#include "patience.h"

#include <signal.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "deskbell/clock.h"
#include "deskbell/err.h"

#define LAST_S 5 /* for the library to end */

static struct {
    int64_t limit_ms, end_ms, dot_ms, given_ms;
    volatile sig_atomic_t fd; /* -1: there is none yet */
    volatile sig_atomic_t over;
} patience = {.fd = -1};

/* Only what may be called at any moment. */
static void patience_on_alarm(int number)
{
    signal(SIGALRM, SIG_DFL);
    if (patience.fd < 0) {
        raise(number); /* once this one is over */
        return;
    }
    patience.over = 1;
    shutdown(patience.fd, SHUT_RDWR);
    alarm(LAST_S);
}

static void timer_set(int64_t ms)
{
    struct itimerval in = {.it_value = {ms / 1000, (suseconds_t)(ms % 1000) * 1000}};

    if (patience.over)
        return;
    if (ms <= 0)
        in.it_value.tv_usec = 1; /* 0 would stop it */
    patience.given_ms = ms;
    ensure(setitimer(ITIMER_REAL, &in, NULL) == 0);
}

void patience_begin(int64_t limit_ms, int64_t dot_ms)
{
    struct sigaction on = {.sa_handler = patience_on_alarm, .sa_flags = SA_RESTART};

    patience.limit_ms = limit_ms;
    patience.end_ms = clock_mono_ms() + limit_ms;
    patience.dot_ms = dot_ms;
    ensure(sigaction(SIGALRM, &on, NULL) == 0);
    timer_set(limit_ms);
}

void patience_watch(int fd)
{
    patience.fd = fd;
}

static int64_t at_most(int64_t ms, int64_t max_ms)
{
    return ms < max_ms ? ms : max_ms;
}

void patience_wait(int64_t ms)
{
    timer_set(at_most(at_most(ms, patience.limit_ms / 2), patience_left_ms()));
}

void patience_wait_dot(void)
{
    timer_set(patience.dot_ms);
}

int64_t patience_given_ms(void)
{
    return patience.given_ms;
}

int64_t patience_left_ms(void)
{
    int64_t left_ms = patience.end_ms - clock_mono_ms();

    return left_ms > 0 ? left_ms : 0;
}

bool patience_is_over(void)
{
    return patience.over != 0;
}
