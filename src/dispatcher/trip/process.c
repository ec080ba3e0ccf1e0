/*
 * Workers as processes: each started by a descriptor, its job in memory that has no name, what it
 * tells on a pipe.  What that means is trip.c's.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <event2/event.h>

#include "deskbell/fd.h"
#include "deskbell/log.h"
#include "dispatcher_int.h"

/* From worker_make() on; started when .pid is set. */
struct process {
    struct trip *t;
    int job_fd, told_fd; /* for the child; -1 once it has them */
    int pipe;
    pid_t pid;
    int status;
    bool reaped, eof;
    struct event *on_pipe;
};

static void end_close(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

void process_leave(struct trip *t)
{
    struct process *p = t->worker;

    t->worker = NULL;
    if (p->on_pipe != NULL)
        event_free(p->on_pipe);
    end_close(&p->job_fd);
    end_close(&p->told_fd);
    end_close(&p->pipe);
    free(p);
}

err_t process_make(struct trip *t, struct span job)
{
    struct process *p = xcalloc(1, sizeof(*p));
    int ends[2];

    *p = (struct process){.t = t, .job_fd = -1, .told_fd = -1, .pipe = -1};
    t->worker = p;
    p->job_fd = memfd_create("job", MFD_CLOEXEC);
    if (p->job_fd < 0 || !fd_write(p->job_fd, job) || pipe2(ends, O_CLOEXEC) != 0)
        return ERR_IO; /* the trip leaves it */
    p->pipe = ends[0];
    p->told_fd = ends[1];
    return ERR_OK;
}

/* Its end is known by two signs, in any order: it was waited for, and its pipe has ended. */
static void process_look(struct process *p)
{
    if (p->reaped && p->eof)
        trip_end(p->t, WIFSIGNALED(p->status) && WTERMSIG(p->status) == SIGALRM);
}

static void process_on_pipe(evutil_socket_t fd, short what, void *arg)
{
    struct process *p = arg;
    char bytes[16384];
    ssize_t n = read(fd, bytes, sizeof(bytes));

    (void)what;
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n > 0) {
        trip_hear(p->t, (struct span){bytes, (size_t)n});
        return;
    }
    p->eof = true;
    event_del(p->on_pipe);
    process_look(p);
}

static int process_spawn(struct process *p, int file_fd)
{
    static char *argv[] = {(char *)"deskbell-smtp", NULL};
    const struct dispatcher *d = p->t->d;
    struct program_fd fds[PROGRAM_FDS_MAX] = {{p->job_fd, WORKER_JOB_FD},
                                              {p->told_fd, WORKER_EVENT_FD}};
    size_t nfds = 2;

    if (file_fd >= 0)
        fds[nfds++] = (struct program_fd){file_fd, WORKER_FILE_FD};
    if (d->life != 0)
        fds[nfds++] = (struct program_fd){d->life_fd, WORKER_LIFE_FD};

    if (d->keeper.ask >= 0)
        return keeper_start(&d->keeper, fds, nfds, &p->pid);
    return program_start(d->worker, argv, fds, nfds, &p->pid);
}

err_t process_start(struct trip *t, int file_fd)
{
    struct process *p = t->worker;
    int rc = process_spawn(p, file_fd);

    if (rc != 0) {
        log_error("worker.not-started", "why=%s", log_quote(strerror(rc), strlen(strerror(rc))));
        return ERR_IO;
    }
    end_close(&p->job_fd);
    end_close(&p->told_fd);
    ensure(evutil_make_socket_nonblocking(p->pipe) == 0);
    p->on_pipe = event_new(t->d->base, p->pipe, EV_READ | EV_PERSIST, process_on_pipe, p);
    ensure(p->on_pipe != NULL);
    event_add(p->on_pipe, NULL);
    return ERR_OK;
}

/* Our own child, or the keeper's for us, by its number, and it has not been waited for yet. */
void process_kill(struct trip *t)
{
    const struct process *p = t->worker;

    if (p->reaped)
        return;
    if (t->d->keeper.ask >= 0)
        keeper_kill(&t->d->keeper, p->pid, SIGKILL);
    else
        kill(p->pid, SIGKILL);
}

static void process_reap(struct process *p, int status)
{
    p->status = status;
    p->reaped = true;
    process_look(p);
}

static void kept_reap_all(struct dispatcher *d)
{
    struct trip *t, *next;
    int status;
    pid_t pid;

    while (keeper_ended(&d->keeper, &pid, &status))
        for (t = TAILQ_FIRST(&d->trips); t != NULL; t = next) {
            struct process *p = t->worker;

            next = TAILQ_NEXT(t, entry);
            if (p != NULL && !p->reaped && p->pid == pid)
                process_reap(p, status);
        }
}

void process_reap_all(struct dispatcher *d)
{
    struct trip *t, *next;
    int status;

    if (d->keeper.told >= 0) {
        kept_reap_all(d);
        return;
    }
    for (t = TAILQ_FIRST(&d->trips); t != NULL; t = next) {
        struct process *p = t->worker;

        next = TAILQ_NEXT(t, entry);
        if (p != NULL && !p->reaped && waitpid(p->pid, &status, WNOHANG) == p->pid)
            process_reap(p, status);
    }
}
