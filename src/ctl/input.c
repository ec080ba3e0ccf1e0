/* What commands take whole: a file, or what comes on standard input. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "ctl_int.h"
#include "deskbell/fd.h"

enum ctl_exit input_read(const char *path, size_t max_bytes, struct buf *out)
{
    int fd = strcmp(path, "-") != 0 ? open(path, O_RDONLY | O_CLOEXEC) : STDIN_FILENO;

    out->limit_bytes = out->len + max_bytes;

    bool all = fd >= 0 && fd_read(fd, out);
    int saved = errno;

    if (fd > STDIN_FILENO)
        close(fd);
    if (all)
        return EXIT_DONE;
    ctl_complain("%s: %s", path, strerror(saved));
    return EXIT_USAGE;
}
