/*
 * Who is dead for certain.  A dispatcher holds the lock of a file of its own as long as it lives,
 * and its workers inherit it: whoever gets the lock of an earlier one's file knows that nobody of
 * that life is left, whatever became of the files of its trips, and need not wait for leases.
 */
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include "deskbell/crypto.h"
#include "deskbell/log.h"
#include "dispatcher_int.h"

#define PREFIX "life-" /* and sixteen hexadecimal digits */
#define DIGITS 16

static void life_path(const struct dispatcher *d, uint64_t life, struct buf *out)
{
    buf_addf(out, "%s/" PREFIX "%016" PRIx64, d->trip_dir, life);
}

/* Without one, leases end by their time alone. */
void life_begin(struct dispatcher *d)
{
    struct buf path = {0};
    uint64_t life;
    int fd;

    random_fill(&life, sizeof(life));
    life |= 1; /* 0 is none */
    life_path(d, life, &path);
    fd = open(path.p, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0) {
        d->life = life;
        d->life_fd = fd;
    } else {
        log_warn("life.none", "path=%s", path.p);
        if (fd >= 0)
            close(fd);
    }
    buf_fini(&path);
}

void life_end(struct dispatcher *d)
{
    if (d->life != 0)
        close(d->life_fd); /* workers may still hold it */
    d->life = 0;
}

static bool life_parse(const char *name, uint64_t *life)
{
    const size_t n = sizeof(PREFIX) - 1;

    if (strncmp(name, PREFIX, n) != 0 || strlen(name) != n + DIGITS ||
        strspn(name + n, "0123456789abcdef") != DIGITS)
        return false;
    *life = strtoull(name + n, NULL, 16);
    return *life != 0;
}

static bool life_is_over(const struct dispatcher *d, uint64_t life)
{
    struct buf path = {0};
    bool over = false;
    int fd;

    life_path(d, life, &path);
    fd = open(path.p, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        over = flock(fd, LOCK_EX | LOCK_NB) == 0;
        close(fd);
    }
    buf_fini(&path);
    return over;
}

size_t lives_over(const struct dispatcher *d, uint64_t *dead, size_t max)
{
    DIR *dir = opendir(d->trip_dir);
    struct dirent *entry;
    uint64_t life;
    size_t n = 0;

    if (dir == NULL)
        return 0;
    while (n < max && (entry = readdir(dir)) != NULL)
        if (life_parse(entry->d_name, &life) && life != d->life && life_is_over(d, life))
            dead[n++] = life;
    closedir(dir);
    return n;
}

void lives_forget(const struct dispatcher *d, const uint64_t *dead, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct buf path = {0};

        life_path(d, dead[i], &path);
        (void)unlink(path.p); /* else the next look finds it again */
        buf_fini(&path);
    }
}
