/*
 * Whole reads and writes, and how many descriptors there may be.  What a failure means is for the
 * caller to say.
 */
#include "deskbell/fd.h"

#include <errno.h>
#include <sys/resource.h>
#include <unistd.h>

bool fd_write(int fd, struct span s)
{
    while (s.len > 0) {
        ssize_t n = write(fd, s.p, s.len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        s.p += n;
        s.len -= (size_t)n;
    }
    return true;
}

bool fd_read(int fd, struct buf *out)
{
    char bytes[16384];
    ssize_t n;

    while (!out->full && (n = read(fd, bytes, sizeof(bytes))) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        buf_add(out, bytes, (size_t)n);
    }
    return true;
}

void fd_limit_raise(void)
{
    struct rlimit rl;

    if (getrlimit(RLIMIT_NOFILE, &rl) != 0 || rl.rlim_cur == rl.rlim_max)
        return;
    rl.rlim_cur = rl.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &rl); /* what holds then is looked up where it counts */
}
