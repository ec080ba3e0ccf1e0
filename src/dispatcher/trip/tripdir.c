/*
 * The folder with the files of trips: makes one, reads one again, and settles from those whose
 * parent died.  Their text is tripfile.c's.
 */
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/file.h>
#include <unistd.h>

#include "deskbell/crash.h"
#include "deskbell/fd.h"
#include "deskbell/id.h"
#include "deskbell/log.h"
#include "dispatcher_int.h"

#define TRIPFILE_MAX_BYTES (8u << 20)

/* The file with its head, locked for whoever holds this description: soon the worker alone. */
err_t tripdir_make(const struct trip *t, int *out)
{
    int fd = open(t->path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
    struct buf head = {0};
    bool good;

    if (fd < 0)
        return ERR_IO;
    tripfile_format(t, t->d->boot, &head);
    good = flock(fd, LOCK_EX | LOCK_NB) == 0 && fd_write(fd, buf_span(&head));
    buf_fini(&head);
    if (!good) {
        close(fd);
        unlink(t->path);
        return ERR_IO;
    }
    *out = fd;
    return ERR_OK;
}

static bool tripdir_read(int fd, struct buf *out)
{
    out->limit_bytes = TRIPFILE_MAX_BYTES;
    return fd_read(fd, out) && !out->full;
}

/* A worker that died has noted in the file what it could not tell any more. */
void tripdir_replay(struct trip *t)
{
    int fd = open(t->path, O_RDONLY | O_CLOEXEC);
    struct buf bytes = {0};

    if (fd < 0)
        return;
    if (tripdir_read(fd, &bytes))
        tripfile_replay(buf_span(&bytes), t);
    close(fd);
    buf_fini(&bytes);
}

/* recovery */

static bool is_running_here(const struct dispatcher *d, uint64_t number)
{
    const struct trip *t;

    TAILQ_FOREACH (t, &d->trips, entry) {
        if (t->number == number)
            return true;
    }
    return false;
}

/*
 * What the store says goes before the file: an attempt that was not noted, or that has a result
 * already, is none of ours.
 */
static void skip_settled(struct dispatcher *d, struct trip *t)
{
    for (size_t i = 0; i < t->nmails; i++) {
        struct trip_mail *m = &t->mails[i];
        struct mail_view view;

        m->settled = true;
        if (mail_read(d->store, m->id, &view) != ERR_OK)
            continue;
        m->settled = view.state != MAILST_SENDING || view.attempts != m->attempts;
        mail_view_fini(&view);
    }
}

/* The machine has been down: the end of the file may be lost, so the worst is taken for true. */
static void doubt_all(struct trip *t)
{
    for (size_t i = 0; i < t->nmails; i++)
        if (t->mails[i].data_code < 200 || t->mails[i].data_code == 354)
            t->mails[i].ended = true;
}

static void recover_file(struct dispatcher *d, const char *path, int64_t now_ms)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct buf bytes = {0};
    struct trip t = {0};
    bool same_boot = false;
    err_t err = ERR_OK;

    if (fd < 0)
        return;
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) { /* its worker still runs */
        d->foreign++;
        goto out;
    }
    if (!tripdir_read(fd, &bytes))
        goto out;
    if (tripfile_parse(buf_span(&bytes), d->boot, &t, &same_boot) == ERR_OK) {
        skip_settled(d, &t);
        if (!same_boot)
            doubt_all(&t);
        if (!t.over && t.trouble == TROUBLE_NONE)
            t.trouble = TROUBLE_WORKER;
        crash_point(CRASH_DISPATCHER_RECOVER);
        err = trip_settle(d, &t, true, now_ms);
        crash_point(CRASH_DISPATCHER_RECOVERED);
        log_info("trip.recovered", "mails=%zu same_boot=%d over=%d err=%s", t.nmails, same_boot,
                 t.over, err_code(err));
    }
    if (err == ERR_OK)
        unlink(path);
    trip_free(&t);
out:
    close(fd);
    buf_fini(&bytes);
}

void tripdir_recover(struct dispatcher *d, int64_t now_ms)
{
    DIR *dir = opendir(d->trip_dir);
    struct dirent *entry;
    uint64_t number;

    d->foreign = 0;
    if (dir == NULL)
        return;
    while ((entry = readdir(dir)) != NULL) {
        struct buf path = {0};

        if (id_parse(span_of(entry->d_name), &number) != ERR_OK || is_running_here(d, number))
            continue;
        buf_addf(&path, "%s/%s", d->trip_dir, entry->d_name);
        recover_file(d, path.p, now_ms);
        buf_fini(&path);
    }
    closedir(dir);
}
