/*
 * Files beside the environment: keys, the ballast, and writing a whole file so that it is there
 * entirely or not at all.  Free disk space is looked at here, too.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "deskbell/fd.h"
#include "deskbell/log.h"
#include "store_int.h"

#define FULL_BYTES (1u << 20) /* with less than this free, a short write means a full disk */

char *path_join(const char *dir, const char *name)
{
    struct buf b = {0};

    buf_addf(&b, "%s/%s", dir, name);
    return buf_take(&b);
}

err_t dir_sync(const char *dir)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return store_err(errno);

    err_t err = fsync(fd) == 0 ? ERR_OK : store_err(errno);

    close(fd);
    return err;
}

static err_t fd_put(int fd, struct span bytes)
{
    return fd_write(fd, bytes) && fsync(fd) == 0 ? ERR_OK : store_err(errno);
}

err_t file_write(const char *path, const void *bytes, size_t len)
{
    struct buf tmp = {0};

    buf_addf(&tmp, "%s.new", path);

    int fd = open(tmp.p, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    err_t err = fd >= 0 ? fd_put(fd, (struct span){bytes, len}) : store_err(errno);

    if (fd >= 0)
        close(fd);
    if (err == ERR_OK && rename(tmp.p, path) != 0)
        err = store_err(errno);
    if (err != ERR_OK)
        unlink(tmp.p);
    buf_fini(&tmp);
    return err;
}

err_t file_read(const char *path, void *bytes, size_t len)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    struct stat sb;
    err_t err = ERR_OK;

    if (fd < 0)
        return store_err(errno);
    if (fstat(fd, &sb) != 0 || !S_ISREG(sb.st_mode) || (size_t)sb.st_size != len)
        err = ERR_CORRUPT;
    for (size_t got = 0; err == ERR_OK && got < len;) {
        ssize_t n = read(fd, (char *)bytes + got, len - got);

        if (n <= 0 && errno != EINTR)
            err = ERR_IO;
        else if (n > 0)
            got += (size_t)n;
    }
    close(fd);
    return err;
}

/* space */

static err_t space_free(const struct store *st, uint64_t *bytes)
{
    struct statvfs vfs;

    if (statvfs(st->dir, &vfs) != 0)
        return store_err(errno);
    *bytes = (uint64_t)vfs.f_bavail * vfs.f_frsize;
    return ERR_OK;
}

bool disk_is_full(const struct store *st)
{
    uint64_t bytes = 0;

    return space_free(st, &bytes) == ERR_OK && bytes < FULL_BYTES;
}

static void ballast_make(struct store *st)
{
    char *path = path_join(st->dir, BALLAST_FILE);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (fd >= 0) {
        if (posix_fallocate(fd, 0, (off_t)st->ballast_bytes) != 0)
            unlink(path); /* too full for it just now: tried again when there is more */
        close(fd);
    }
    free(path);
}

bool ballast_drop(struct store *st)
{
    char *path = path_join(st->dir, BALLAST_FILE);
    bool dropped = unlink(path) == 0;

    if (dropped)
        log_warn("store.ballast-dropped", "bytes=%llu", (unsigned long long)st->ballast_bytes);
    free(path);
    return dropped;
}

/*
 * The ballast goes when there is less left than itself, for deleting needs space, too.  It comes
 * back when that leaves the minimum and as much again, so that the two do not chase each other.
 */
err_t store_space(struct store *st)
{
    uint64_t bytes = 0;
    err_t err = space_free(st, &bytes);

    if (err != ERR_OK)
        return err;
    if (bytes < st->ballast_bytes)
        ballast_drop(st);
    else if (bytes >= st->free_min_bytes + 2 * st->ballast_bytes)
        ballast_make(st);
    return bytes < st->free_min_bytes ? ERR_FULL : ERR_OK;
}
