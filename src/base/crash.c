/* Dying on purpose, in test builds; in others this file is empty. */
#include "deskbell/crash.h"

#ifdef TEST_HOOKS

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "deskbell/err.h"

#define CRASH_NAME(id, name) name,
static const char *const names[] = {CRASH_POINTS(CRASH_NAME)};

/* What follows the name and its colon, or NULL: another point is meant. */
static const char *meant(const char *variable, enum crash at)
{
    const char *want = getenv(variable);
    size_t len = strlen(names[at]);

    if (want == NULL || strncmp(want, names[at], len) != 0 || want[len] != ':')
        return NULL;
    return want + len + 1;
}

/* "NTH:FILE": is it now, and has no other process been first? */
static bool is_time(const char *rest, _Atomic unsigned long *passed)
{
    int before = errno;
    char *end;
    unsigned long nth = strtoul(rest, &end, 10);

    ensure(nth > 0 && *end == ':' && end[1] != '\0');
    if (++*passed != nth)
        return false;
    int fd = open(end + 1, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    ensure(fd >= 0 || errno == EEXIST);
    if (fd >= 0)
        close(fd);
    errno = before; /* whoever comes by may be asked for it */
    return fd >= 0;
}

/* This thread alone waits here as long as the file is there; a byte in it tells that it does. */
static void wait_for(const char *path)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);

    if (fd < 0)
        return;
    ensure(write(fd, "w", 1) == 1);
    close(fd);
    while (access(path, F_OK) == 0)
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

void crash_point(enum crash at)
{
    static _Atomic unsigned long crashes, stops;
    const char *rest = meant("DESKBELL_CRASH", at);

    if (rest != NULL && is_time(rest, &crashes)) {
        kill(getpid(), SIGKILL);
        for (;;)
            pause();
    }
    if ((rest = meant("DESKBELL_STOP", at)) != NULL && is_time(rest, &stops))
        kill(getpid(), SIGSTOP);
    if ((rest = meant("DESKBELL_HOLD", at)) != NULL)
        wait_for(rest);
}

#endif
