/* Dying on purpose, in test builds; in others this file is empty. */
#include "deskbell/crash.h"

#ifdef TEST_HOOKS

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "deskbell/err.h"

#define CRASH_NAME(id, name) name,
static const char *const names[] = {CRASH_POINTS(CRASH_NAME)};

/* What follows the name and its colon, or NULL: another point is meant. */
static const char *meant(enum crash at)
{
    const char *want = getenv("DESKBELL_CRASH");
    size_t len = strlen(names[at]);

    if (want == NULL || strncmp(want, names[at], len) != 0 || want[len] != ':')
        return NULL;
    return want + len + 1;
}

void crash_point(enum crash at)
{
    static _Atomic unsigned long passed;
    const char *rest = meant(at);
    char *end;

    if (rest == NULL)
        return;
    unsigned long nth = strtoul(rest, &end, 10);
    ensure(nth > 0 && *end == ':' && end[1] != '\0');
    if (++passed != nth)
        return;
    int before = errno, fd = open(end + 1, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) {
        ensure(errno == EEXIST);
        errno = before;
        return;
    }
    kill(getpid(), SIGKILL);
    for (;;)
        pause();
}

#endif
