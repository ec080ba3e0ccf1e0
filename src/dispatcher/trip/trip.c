/*
 * Trips: mails to a worker and what it tells back.  The file of a trip is written first, then the
 * attempts are noted in the store, then the worker starts; so whoever finds the file knows all.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "deskbell/clock.h"
#include "deskbell/crash.h"
#include "deskbell/id.h"
#include "deskbell/log.h"
#include "dispatcher_int.h"

#define LEASE_EXTRA_MS (60 * INT64_C(1000))
#define RECORD_MAX_BYTES (8u << 20)
/*
 * Answers are settled together: each transaction keeps the gateway's messages waiting for a sync of
 * the disk, and meanwhile the session's file holds them.
 */
#define SETTLE_PAUSE_MS 50

extern char **environ;

static bool write_all(int fd, struct span s)
{
    while (s.len > 0) {
        ssize_t n = write(fd, s.p, s.len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        s.p += n;
        s.len -= (size_t)n;
    }
    return true;
}

/* plan */

static void trip_mail_init(struct trip_mail *m, const struct mail_view *view)
{
    *m = (struct trip_mail){.id = view->id,
                            .attempts = view->attempts + 1,
                            .created_ms = view->created_ms,
                            .uncertain = view->uncertain};
    m->legs = xcalloc(view->nrcpts + 1, sizeof(*m->legs));
    for (size_t i = 0; i < view->nrcpts; i++)
        if (mail_rcpt_waits(&view->rcpts[i]))
            m->legs[m->nlegs++] = (struct leg){.addr = xstrdup(view->rcpts[i].addr)};
}

static struct trip *trip_new(struct dispatcher *d, struct relay *r, const struct mail_view *views,
                             size_t n)
{
    struct trip *t = xcalloc(1, sizeof(*t));
    uint64_t number = (uint64_t)clock_wall_ms() * 1000;
    struct buf path = {0};

    t->d = d;
    t->relay = r;
    t->limit_ms = d->limit_ms;
    t->pipe = -1;
    t->number = number > d->last_trip ? number : d->last_trip + 1;
    d->last_trip = t->number;
    buf_addf(&path, "%s/%" PRIu64, d->trip_dir, t->number);
    t->path = buf_take(&path);
    t->nmails = n;
    t->mails = n > 0 ? xcalloc(n, sizeof(*t->mails)) : NULL;
    for (size_t i = 0; i < n; i++)
        trip_mail_init(&t->mails[i], &views[i]);
    return t;
}

static void trip_drop(struct trip *t)
{
    if (t->on_pipe != NULL)
        event_free(t->on_pipe);
    if (t->on_limit != NULL)
        event_free(t->on_limit);
    if (t->on_settle != NULL)
        event_free(t->on_settle);
    if (t->pipe >= 0)
        close(t->pipe);
    trip_free(t);
    free(t);
}

/* The file with its head, locked for whoever holds this description: soon the worker alone. */
static err_t file_make(const struct trip *t, int *out)
{
    int fd = open(t->path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
    struct buf head = {0};
    bool good;

    if (fd < 0)
        return ERR_IO;
    tripfile_format(t, t->d->boot, &head);
    good = flock(fd, LOCK_EX | LOCK_NB) == 0 && write_all(fd, buf_span(&head));
    buf_fini(&head);
    if (!good) {
        close(fd);
        unlink(t->path);
        return ERR_IO;
    }
    *out = fd;
    return ERR_OK;
}

static const enum job_tls job_tls[] = {
    [RELAY_NONE] = JOB_TLS_NONE, [RELAY_STARTTLS] = JOB_TLS_STARTTLS, [RELAY_TLS] = JOB_TLS_DIRECT};

/* The job in memory that has no name: the password touches no disk. */
static err_t job_make(const struct trip *t, const struct mail_frozen *frozen, int *out)
{
    const struct relay *r = t->relay;
    struct job job = {.host = span_of(r->host),
                      .port = r->port,
                      .tls = job_tls[r->tls],
                      .token = r->auth == RELAY_AUTH_XOAUTH2,
                      .user = span_of(r->user),
                      .password = span_of(r->password),
                      .ca_file = span_of(t->d->conf.smtp_ca_file),
                      .hostname = span_of(t->d->hostname),
                      .limit_ms = t->limit_ms,
                      .dialogue = t->trial != NULL,
                      .nmails = t->nmails};
    struct buf bytes = {.limit_bytes = 2 * JOB_MAX_BYTES};
    int fd;

    job.mails = xcalloc(t->nmails, sizeof(*job.mails));
    for (size_t i = 0; i < t->nmails; i++) {
        struct span *rcpts = xcalloc(t->mails[i].nlegs, sizeof(*rcpts));

        for (size_t k = 0; k < t->mails[i].nlegs; k++)
            rcpts[k] = span_of(t->mails[i].legs[k].addr);
        job.mails[i] = (struct job_mail){.from = frozen[i].from,
                                         .rcpts = rcpts,
                                         .nrcpts = t->mails[i].nlegs,
                                         .bytes = frozen[i].bytes};
    }
    job_encode(&job, &bytes);
    fd = memfd_create("job", MFD_CLOEXEC);
    bool good = fd >= 0 && write_all(fd, buf_span(&bytes));
    explicit_bzero(bytes.p, bytes.len);
    buf_fini(&bytes);
    job_fini(&job);
    if (!good && fd >= 0)
        close(fd);
    if (good)
        *out = fd;
    return good ? ERR_OK : ERR_IO;
}

/* the worker */

static err_t worker_spawn(struct trip *t, int job_fd, int pipe_fd, int file_fd)
{
    char *argv[] = {(char *)"deskbell-smtp", NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attr;
    sigset_t all, none;

    sigfillset(&all);
    sigemptyset(&none);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, job_fd, WORKER_JOB_FD);
    posix_spawn_file_actions_adddup2(&actions, pipe_fd, WORKER_EVENT_FD);
    if (file_fd >= 0)
        posix_spawn_file_actions_adddup2(&actions, file_fd, WORKER_FILE_FD);
    posix_spawn_file_actions_addclosefrom_np(&actions, WORKER_FILE_FD + (file_fd >= 0));
    posix_spawnattr_init(&attr);
    posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setsigdefault(&attr, &all);
    posix_spawnattr_setsigmask(&attr, &none);
    int rc = posix_spawn(&t->pid, t->d->worker, &actions, &attr, argv, environ);
    posix_spawnattr_destroy(&attr);
    posix_spawn_file_actions_destroy(&actions);
    if (rc == 0)
        return ERR_OK;
    t->pid = 0;
    log_error("worker.not-started", "why=%s", log_quote(strerror(rc), strlen(strerror(rc))));
    return ERR_IO;
}

static err_t file_read(int fd, struct buf *out)
{
    char bytes[16384];
    ssize_t n;

    out->limit_bytes = RECORD_MAX_BYTES;
    while ((n = read(fd, bytes, sizeof(bytes))) > 0)
        buf_add(out, bytes, (size_t)n);
    return n < 0 || out->full ? ERR_IO : ERR_OK;
}

/* A worker that died has noted in the file what it could not tell any more. */
static void file_replay(struct trip *t)
{
    int fd = open(t->path, O_RDONLY | O_CLOEXEC);
    struct buf bytes = {0};

    if (fd < 0)
        return;
    if (file_read(fd, &bytes) == ERR_OK)
        tripfile_replay(buf_span(&bytes), t);
    close(fd);
    buf_fini(&bytes);
}

/* Settle, and look at the relay's health. */
static void trip_conclude(struct trip *t)
{
    struct dispatcher *d = t->d;
    int64_t now_ms = clock_wall_ms();
    bool any_taken = false;
    err_t err;

    for (size_t i = 0; i < t->nmails; i++)
        any_taken = any_taken || t->mails[i].data_code / 100 == 2;
    crash_point(CRASH_DISPATCHER_SETTLE);
    err = trip_settle(d, t, true, now_ms);
    crash_point(CRASH_DISPATCHER_SETTLED);
    if (err == ERR_OK)
        unlink(t->path);
    else /* the file stays, and the next look settles from it */
        log_error("trip.unsettled", "err=%s", err_code(err));
    crash_point(CRASH_DISPATCHER_UNLINKED);
    relay_note(t->relay, any_taken ? TROUBLE_NONE : t->trouble,
               t->trouble_text != NULL ? t->trouble_text : "", now_ms);
    t->relay->ntrips--;
}

/* Everything is known that will be. */
static void trip_finish(struct trip *t)
{
    struct dispatcher *d = t->d;

    if (!t->over && t->trial == NULL)
        file_replay(t);
    if (!t->over && t->trouble == TROUBLE_NONE)
        t->trouble = t->killed || (WIFSIGNALED(t->status) && WTERMSIG(t->status) == SIGALRM)
                         ? TROUBLE_LIMIT
                         : TROUBLE_WORKER;
    if (t->trial != NULL)
        trial_finish(t);
    else
        trip_conclude(t);
    TAILQ_REMOVE(&d->trips, t, entry);
    d->ntrips--;
    trip_drop(t);
    if (d->stopping && d->ntrips == 0)
        event_base_loopbreak(d->base);
    else
        schedule_look(d);
}

static void take_lines(struct trip *t)
{
    size_t done = 0;

    for (;;) {
        char *start = t->in.p + done;
        char *end = t->in.len > done ? memchr(start, '\n', t->in.len - done) : NULL;
        struct worker_event e;

        if (end == NULL)
            break;
        if (worker_event_parse((struct span){start, (size_t)(end - start)}, &e) != ERR_OK)
            log_error("worker.line", "len=%zu", (size_t)(end - start));
        else if (t->trial != NULL && (e.type == EVENT_LINE || e.type == EVENT_FACT))
            trial_apply(t->trial, &e);
        else
            trip_apply(t, &e);
        done += (size_t)(end - start) + 1;
    }
    if (done > 0) {
        memmove(t->in.p, t->in.p + done, t->in.len - done);
        t->in.len -= done;
    }
}

static void trip_read(struct trip *t)
{
    static const struct timeval pause = {.tv_usec = SETTLE_PAUSE_MS * 1000};
    char bytes[16384];
    ssize_t n = read(t->pipe, bytes, sizeof(bytes));

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n > 0) {
        t->in.limit_bytes = 2 * sizeof(bytes);
        buf_add(&t->in, bytes, (size_t)n);
        take_lines(t);
        crash_point(CRASH_DISPATCHER_HEARD);
        if (t->trial == NULL && !evtimer_pending(t->on_settle, NULL))
            event_add(t->on_settle, &pause);
        return;
    }
    t->eof = true;
    event_del(t->on_pipe);
    if (t->reaped)
        trip_finish(t);
}

static void trip_on_pipe(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    trip_read(arg);
}

static void trip_on_settle(evutil_socket_t fd, short what, void *arg)
{
    struct trip *t = arg;
    err_t err = trip_settle(t->d, t, false, clock_wall_ms());

    (void)fd;
    (void)what;
    if (err != ERR_OK)
        log_error("trip.unsettled", "err=%s", err_code(err));
}

/* Past its limit: our own child, by its number, and it has not been waited for yet. */
static void trip_on_limit(evutil_socket_t fd, short what, void *arg)
{
    struct trip *t = arg;

    (void)fd;
    (void)what;
    if (t->pid <= 0 || t->reaped)
        return;
    t->killed = true;
    log_warn("worker.killed", "pid=%d limit_ms=%lld", (int)t->pid, (long long)t->limit_ms);
    kill(t->pid, SIGKILL);
}

static void trip_watch(struct trip *t, int pipe_fd)
{
    int64_t ms = t->limit_ms + 1000; /* the worker's own end comes first where it can */
    struct timeval tv = {.tv_sec = ms / 1000, .tv_usec = (suseconds_t)(ms % 1000) * 1000};

    t->pipe = pipe_fd;
    ensure(evutil_make_socket_nonblocking(pipe_fd) == 0);
    t->on_pipe = event_new(t->d->base, pipe_fd, EV_READ | EV_PERSIST, trip_on_pipe, t);
    t->on_limit = evtimer_new(t->d->base, trip_on_limit, t);
    t->on_settle = evtimer_new(t->d->base, trip_on_settle, t);
    ensure(t->on_pipe != NULL && t->on_limit != NULL && t->on_settle != NULL);
    event_add(t->on_pipe, NULL);
    event_add(t->on_limit, &tv);
    TAILQ_INSERT_TAIL(&t->d->trips, t, entry);
    t->d->ntrips++;
}

static err_t attempts_note(struct trip *t, int64_t now_ms)
{
    uint64_t ids[JOB_MAILS_MAX];

    for (size_t i = 0; i < t->nmails; i++)
        ids[i] = t->mails[i].id;
    return outbox_begin(t->d->store, ids, t->nmails, now_ms,
                        now_ms + t->d->limit_ms + LEASE_EXTRA_MS);
}

err_t trip_start(struct dispatcher *d, struct relay *r, const struct mail_view *views,
                 const struct mail_frozen *frozen, size_t n, int64_t now_ms)
{
    struct trip *t = trip_new(d, r, views, n);
    int job_fd = -1, file_fd = -1, pipes[2] = {-1, -1};
    err_t err;

    ensure(n > 0 && n <= JOB_MAILS_MAX);
    if ((err = job_make(t, frozen, &job_fd)) != ERR_OK)
        goto out;
    if (pipe2(pipes, O_CLOEXEC) != 0) {
        err = ERR_IO;
        goto out;
    }
    if ((err = file_make(t, &file_fd)) != ERR_OK)
        goto out;
    crash_point(CRASH_DISPATCHER_FILED);
    if ((err = attempts_note(t, now_ms)) != ERR_OK) {
        unlink(t->path);
        goto out;
    }
    crash_point(CRASH_DISPATCHER_NOTED);
    trip_watch(t, pipes[0]);
    r->ntrips++;
    pipes[0] = -1;
    if (worker_spawn(t, job_fd, pipes[1], file_fd) != ERR_OK)
        t->reaped = true; /* the pipe's end finishes it: certainly nothing was sent */
    crash_point(CRASH_DISPATCHER_SPAWNED);
    t = NULL;
out:
    if (t != NULL)
        trip_drop(t);
    for (size_t i = 0; i < 2; i++)
        if (pipes[i] >= 0)
            close(pipes[i]);
    if (job_fd >= 0)
        close(job_fd);
    if (file_fd >= 0)
        close(file_fd); /* the worker's copy keeps the lock */
    return err;
}

err_t trip_start_trial(struct dispatcher *d, struct relay *r, struct trial *trial,
                       const struct mail_frozen *frozen, int64_t limit_ms)
{
    struct trip *t = trip_new(d, r, NULL, 0);
    int job_fd = -1, pipes[2];
    err_t err;

    ensure(frozen->nrcpts == 1);
    t->trial = trial;
    t->limit_ms = limit_ms;
    t->nmails = 1;
    t->mails = xcalloc(1, sizeof(*t->mails));
    t->mails[0].legs = xcalloc(1, sizeof(*t->mails[0].legs));
    t->mails[0].legs[0].addr = span_dup(frozen->rcpts[0]);
    t->mails[0].nlegs = 1;
    if ((err = job_make(t, frozen, &job_fd)) == ERR_OK && pipe2(pipes, O_CLOEXEC) != 0)
        err = ERR_IO;
    if (err == ERR_OK) {
        trip_watch(t, pipes[0]);
        if (worker_spawn(t, job_fd, pipes[1], -1) != ERR_OK)
            t->reaped = true;
        close(pipes[1]);
    } else {
        trip_drop(t);
    }
    if (job_fd >= 0)
        close(job_fd);
    return err;
}

void trip_reap(struct dispatcher *d)
{
    struct trip *t, *next;

    for (t = TAILQ_FIRST(&d->trips); t != NULL; t = next) {
        next = TAILQ_NEXT(t, entry);
        if (t->reaped || waitpid(t->pid, &t->status, WNOHANG) != t->pid)
            continue;
        t->reaped = true;
        event_del(t->on_limit);
        if (t->eof)
            trip_finish(t);
    }
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
    struct trip t = {.pipe = -1};
    bool same_boot = false;
    err_t err = ERR_OK;

    if (fd < 0)
        return;
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) /* its worker still runs */
        goto out;
    if (file_read(fd, &bytes) != ERR_OK)
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

void trip_recover(struct dispatcher *d, int64_t now_ms)
{
    DIR *dir = opendir(d->trip_dir);
    struct dirent *entry;
    uint64_t number;

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

void trip_stop_all(struct dispatcher *d)
{
    struct trip *t;

    while ((t = TAILQ_FIRST(&d->trips)) != NULL) {
        TAILQ_REMOVE(&d->trips, t, entry);
        d->ntrips--;
        if (t->trial != NULL)
            trial_drop(t);
        trip_drop(t); /* its worker goes on, and its file tells the next parent */
    }
}
