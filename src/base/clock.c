/* The clocks of the machine, and, in test builds, how far a test has moved them. */
#include "deskbell/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "deskbell/err.h"

#ifdef TEST_HOOKS
static _Atomic int64_t advanced_ms;

void clock_advance_ms(int64_t ms)
{
    ensure(ms >= 0);
    advanced_ms += ms;
}
#endif

#ifdef TEST_HOOKS
/* For programs that have no door through which a test could move their clocks. */
static int64_t file_ms(const char *variable)
{
    const char *path = getenv(variable);
    FILE *in = path != NULL ? fopen(path, "re") : NULL;
    long long ms = 0;

    if (in == NULL)
        return 0;
    ensure(fscanf(in, "%lld", &ms) == 1);
    fclose(in);
    return ms;
}
#endif

static int64_t clock_read(clockid_t which)
{
    struct timespec ts;

    ensure(clock_gettime(which, &ts) == 0);
    int64_t ms = (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
#ifdef TEST_HOOKS
    ms += advanced_ms + file_ms("DESKBELL_CLOCK");
    if (which == CLOCK_REALTIME)
        ms += file_ms("DESKBELL_WALL");
#endif
    return ms;
}

int64_t clock_wall_ms(void)
{
    return clock_read(CLOCK_REALTIME);
}

int64_t clock_mono_ms(void)
{
    return clock_read(CLOCK_MONOTONIC);
}

int64_t clock_boot_ms(void)
{
    return clock_read(CLOCK_BOOTTIME);
}

void clock_format(int64_t wall_ms, char out[CLOCK_TEXT])
{
    int64_t s = wall_ms / 1000, ms = wall_ms % 1000;
    struct tm tm;

    if (ms < 0) {
        ms += 1000;
        s--;
    }
    /* Four digits of year are all that the form has; beyond them the ends stand for the rest. */
    if (s < -62167219200)
        s = -62167219200;
    if (s > 253402300799)
        s = 253402300799;
    time_t t = (time_t)s;
    ensure(gmtime_r(&t, &tm) != NULL);
    char text[64];
    snprintf(text, sizeof(text), "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", tm.tm_year + 1900,
             tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, (int)ms);
    snprintf(out, CLOCK_TEXT, "%.24s", text);
}
