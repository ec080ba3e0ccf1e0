/* What commands take whole: a file, or what comes on standard input. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "ctl_int.h"
#include "deskbell/fd.h"

/* Some editors put a mark before a text, which is none of it. */
static void unmark(struct buf *b, size_t at)
{
    struct span text = {b->p + at, b->len - at}, rest;

    if (text.len == 0)
        return;
    rest = span_unmarked(text);
    memmove(b->p + at, rest.p, rest.len + 1); /* with the NUL */
    b->len = at + rest.len;
}

enum ctl_exit input_read(const char *path, size_t max_bytes, struct buf *out)
{
    int fd = strcmp(path, "-") != 0 ? open(path, O_RDONLY | O_CLOEXEC) : STDIN_FILENO;

    size_t at = out->len;

    out->limit_bytes = at + max_bytes;

    bool all = fd >= 0 && fd_read(fd, out);
    int saved = errno;

    if (fd > STDIN_FILENO)
        close(fd);
    if (all) {
        unmark(out, at);
        return EXIT_DONE;
    }
    ctl_complain("%s: %s", path, strerror(saved));
    return EXIT_USAGE;
}
