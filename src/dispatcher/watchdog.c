/*
 * Whoever holds the store's write lock holds up the gateway, and with it all chats.  Our
 * transactions take microseconds; one that takes seconds has gone wrong, and the kernel ends this
 * process, even if it stands still.  What it had not committed never was.
 */
#include <signal.h>
#include <time.h>

#include "dispatcher_int.h"

#define LOCK_MAX_S 5

static timer_t timer;

void watchdog_start(void)
{
    struct sigevent ev = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGKILL};

    ensure(timer_create(CLOCK_MONOTONIC, &ev, &timer) == 0);
}

void watchdog_on_lock(bool held)
{
    struct itimerspec when = {.it_value = {.tv_sec = held ? LOCK_MAX_S : 0}};

    ensure(timer_settime(timer, 0, &when, NULL) == 0);
}
