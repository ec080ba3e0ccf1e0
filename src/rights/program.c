/* Programs by descriptors.  What they do is not known here. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "deskbell/span.h"
#include "rights_int.h"

extern char **environ;

int program_open(const char *path)
{
    return open(path, O_PATH | O_CLOEXEC);
}

int program_find(const char *beside, const char *name, const char *dir)
{
    const char *slash = strrchr(beside, '/');
    struct buf path = {0};
    int fd = -1;

    if (slash != NULL) {
        buf_addf(&path, "%.*s/%s", (int)(slash - beside), beside, name);
        fd = program_open(path.p);
    }
    if (fd < 0) {
        buf_reset(&path);
        buf_addf(&path, "%s/%s", dir, name);
        fd = program_open(path.p);
    }
    buf_fini(&path);
    return fd;
}

/* All that is open stays behind at the exec, but what is meant for the program. */
static bool fds_place(const struct program_fd *fds, size_t nfds)
{
    int from[PROGRAM_FDS_MAX];

    /* Out of the way first: one's number may be where another has to go. */
    for (size_t i = 0; i < nfds; i++)
        if ((from[i] = fcntl(fds[i].from, F_DUPFD_CLOEXEC, PROGRAM_FDS_MAX + 8)) < 0)
            return false;
    if (close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) != 0)
        return false;
    for (size_t i = 0; i < nfds; i++)
        if (dup2(from[i], fds[i].to) < 0)
            return false;
    return true;
}

/* In the child: only what a signal's handler might do, too. */
static void program_exec(const struct program_run *run, int program)
{
    sigset_t none;

    for (int sig = 1; sig < NSIG; sig++)
        (void)signal(sig, SIG_DFL);
    sigemptyset(&none);
    if (!fds_place(run->fds, run->nfds))
        return;
    if (run->user != NULL && (setsid() < 0 || !rights_become(run->user, run->capabilities)))
        return;
    sigprocmask(SIG_SETMASK, &none, NULL);
    syscall(SYS_execveat, program, "", run->argv, environ, AT_EMPTY_PATH);
}

int program_run(const struct program_run *run, pid_t *pid)
{
    int ends[2], program, why = 0;
    sigset_t all, before;
    pid_t child;

    ensure(run->nfds <= PROGRAM_FDS_MAX);
    if (pipe2(ends, O_CLOEXEC) != 0)
        return errno;
    program = fcntl(run->program, F_DUPFD_CLOEXEC, 16); /* where no number of its own goes */
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
    child = program >= 0 ? fork() : -1;
    if (child == 0) {
        /* The pipe's end goes where nothing is placed upon it, and ends with the exec. */
        int told = fcntl(ends[1], F_DUPFD_CLOEXEC, 16);

        program_exec(run, program);
        why = errno;
        _exit(write(told, &why, sizeof(why)) == sizeof(why) ? 127 : 126);
    }
    if (child < 0)
        why = errno;
    sigprocmask(SIG_SETMASK, &before, NULL);
    close(ends[1]);
    if (program >= 0)
        close(program);
    if (child > 0) {
        ssize_t n;

        do
            n = read(ends[0], &why, sizeof(why));
        while (n < 0 && errno == EINTR);
        if (n == sizeof(why))
            (void)child_wait(child, NULL);
        else
            why = 0;
    }
    close(ends[0]);
    if (why == 0)
        *pid = child;
    return why;
}

int program_start(int program, char *const *argv, const struct program_fd *fds, size_t nfds,
                  pid_t *pid)
{
    return program_run(
        &(struct program_run){.program = program, .argv = argv, .fds = fds, .nfds = nfds}, pid);
}
