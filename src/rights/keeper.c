/*
 * The keeper: the one process that may still become somebody else.  It reads nothing but packets of
 * one size from its own children, who can ask for nothing but one more of a program that was chosen
 * before any of them ran, and for the end of what they asked for.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "deskbell/log.h"
#include "rights_int.h"

#define KIDS_MAX 256

struct kid {
    pid_t pid, asked_by;
    size_t row;
    int ask, tell; /* our ends; -1: it may start nothing */
};

struct keeper {
    const struct keeper_program *rows;
    size_t nrows, nkids;
    struct kid kids[KIDS_MAX];
    int signals;
    pid_t pid;
    sigset_t before; /* what was blocked before the split */
    char name[16];   /* of the process, likewise */
    pid_t self;      /* of the first row; 0: it has ended, with .status */
    int status;
};

static uint64_t cap(int number)
{
    return UINT64_C(1) << number;
}

static void fd_close(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* Both ends of both sockets: ours first.  Nothing, where the row may start nothing. */
static bool link_make(const struct keeper_program *row, int ask[2], int tell[2])
{
    ask[0] = ask[1] = tell[0] = tell[1] = -1;
    return row->starts < 0 || (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ask) == 0 &&
                               socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, tell) == 0);
}

static void kid_add(struct keeper *k, const struct kid *kid)
{
    ensure(k->nkids < KIDS_MAX);
    k->kids[k->nkids++] = *kid;
}

static struct kid *kid_find(struct keeper *k, pid_t pid)
{
    for (size_t i = 0; i < k->nkids; i++)
        if (k->kids[i].pid == pid)
            return &k->kids[i];
    return NULL;
}

/* the first row: it goes on in this program */

/* In the child: nothing of the keeper's stays with it. */
static void keeper_leave(struct keeper *k)
{
    fd_close(&k->signals);
    for (size_t i = 0; i < k->nkids; i++) {
        fd_close(&k->kids[i].ask);
        fd_close(&k->kids[i].tell);
    }
    k->nkids = 0;
}

static err_t self_become(const struct keeper *k, struct fault *f)
{
    const struct keeper_program *row = &k->rows[0];

    /* In a session of its own: what a terminal tells to its group is told by the keeper, once. */
    (void)setsid();
    prctl(PR_SET_NAME, k->name);
    if (!rights_become(&row->user, row->capabilities))
        return fault_set(f, ERR_DENIED, NULL, "this process cannot become the user %s: %s",
                         row->user.name, strerror(errno));
    if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0 || getppid() != k->pid)
        return fault_set(f, ERR_IO, NULL, "the keeper has gone");
    sigprocmask(SIG_SETMASK, &k->before, NULL);
    return ERR_OK;
}

/* True in the child, which is to go on with *err. */
static bool self_start(struct keeper *k, struct keeper_link *link, err_t *err, struct fault *f)
{
    int ask[2], tell[2];
    pid_t pid = -1;

    *err = ERR_OK;
    if (link_make(&k->rows[0], ask, tell))
        pid = fork();
    if (pid < 0) {
        *err = fault_set(f, ERR_IO, NULL, "no process can be started: %s", strerror(errno));
        return true;
    }
    if (pid == 0) {
        fd_close(&ask[0]);
        fd_close(&tell[0]);
        keeper_leave(k);
        *link = (struct keeper_link){ask[1], tell[1]};
        *err = self_become(k, f);
        return true;
    }
    fd_close(&ask[1]);
    fd_close(&tell[1]);
    k->self = pid;
    kid_add(k, &(struct kid){.pid = pid, .row = 0, .ask = ask[0], .tell = tell[0]});
    return false;
}

/* the others */

static int row_start(struct keeper *k, size_t row, pid_t asked_by, const struct program_fd *given,
                     size_t ngiven, pid_t *pid)
{
    const struct keeper_program *p = &k->rows[row];
    struct program_fd fds[PROGRAM_FDS_MAX];
    int ask[2], tell[2], why;

    if (k->nkids == KIDS_MAX)
        return EAGAIN;
    memcpy(fds, given, ngiven * sizeof(*given));
    if (!link_make(p, ask, tell))
        return errno;
    if (p->starts >= 0) {
        fds[ngiven++] = (struct program_fd){ask[1], KEEPER_ASK_FD};
        fds[ngiven++] = (struct program_fd){tell[1], KEEPER_TOLD_FD};
    }
    why = program_run(&(struct program_run){.program = p->fd,
                                            .argv = p->argv,
                                            .fds = fds,
                                            .nfds = ngiven,
                                            .user = &p->user,
                                            .capabilities = p->capabilities},
                      pid);
    fd_close(&ask[1]);
    fd_close(&tell[1]);
    if (why == 0) {
        kid_add(k,
                &(struct kid){
                    .pid = *pid, .asked_by = asked_by, .row = row, .ask = ask[0], .tell = tell[0]});
    } else {
        fd_close(&ask[0]);
        fd_close(&tell[0]);
    }
    return why;
}

/* Its descriptors go to the first numbers, each to its own; what has them has no link. */
static bool start_is_right(const struct keeper *k, const struct kid *kid,
                           const struct keeper_packet *p)
{
    int row = k->rows[kid->row].starts;
    unsigned seen = 0;

    for (unsigned i = 0; i < p->nfds; i++) {
        if (p->to[i] < 0 || p->to[i] > PROGRAM_FDS_MAX || (seen & BIT(p->to[i])) != 0)
            return false;
        seen |= BIT(p->to[i]);
    }
    ensure(row < (int)k->nrows);
    return row > 0 && (k->rows[row].starts < 0 || p->nfds == 0);
}

static void start_answer(struct keeper *k, const struct kid *kid, const struct keeper_packet *p,
                         const int *from)
{
    struct keeper_packet answer = {.word = KEEPER_WORD_STARTED, .value = EPERM};
    struct program_fd fds[PROGRAM_FDS_MAX];

    for (unsigned i = 0; i < p->nfds; i++)
        fds[i] = (struct program_fd){from[i], p->to[i]};
    if (start_is_right(k, kid, p))
        answer.value =
            row_start(k, (size_t)k->rows[kid->row].starts, kid->pid, fds, p->nfds, &answer.pid);
    (void)packet_send(kid->ask, &answer, NULL);
}

static void kid_hear(struct keeper *k, struct kid *kid)
{
    struct keeper_packet p;
    const struct kid *other;
    int fds[PROGRAM_FDS_MAX];

    if (!packet_read(kid->ask, MSG_DONTWAIT, &p, fds)) {
        if (errno != EAGAIN)
            fd_close(&kid->ask); /* it has ended, or is none of ours any more */
        return;
    }
    if (p.word == KEEPER_WORD_START)
        start_answer(k, kid, &p, fds);
    else if (p.word == KEEPER_WORD_KILL && (p.value == SIGTERM || p.value == SIGKILL) &&
             (other = kid_find(k, p.pid)) != NULL && other->asked_by == kid->pid)
        kill(other->pid, p.value); /* a child that nobody has waited for: it is still that one */
    for (unsigned i = 0; i < p.nfds; i++)
        close(fds[i]);
}

/* signals */

static void kid_end(struct keeper *k, struct kid *kid, int status)
{
    struct keeper_packet p = {.word = KEEPER_WORD_ENDED, .pid = kid->pid, .value = status};
    const struct kid *by = kid_find(k, kid->asked_by);

    if (kid->row == 0) {
        k->self = 0;
        k->status = status;
    } else if (by != NULL && by->tell >= 0) {
        (void)packet_send(by->tell, &p, NULL);
    }
    fd_close(&kid->ask);
    fd_close(&kid->tell);
    *kid = k->kids[--k->nkids];
}

static void kids_reap(struct keeper *k)
{
    struct kid *kid;
    int status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        if ((kid = kid_find(k, pid)) != NULL)
            kid_end(k, kid, status);
}

static void signal_take(struct keeper *k)
{
    struct signalfd_siginfo info;

    if (read(k->signals, &info, sizeof(info)) != sizeof(info))
        return;
    if (info.ssi_signo == SIGCHLD)
        kids_reap(k);
    else if (k->self != 0)
        kill(k->self, (int)info.ssi_signo);
}

/* Until the first row's process has ended. */
static void keeper_serve(struct keeper *k)
{
    while (k->self != 0) {
        struct pollfd fds[1 + KIDS_MAX] = {{.fd = k->signals, .events = POLLIN}};
        size_t n = k->nkids;

        for (size_t i = 0; i < n; i++)
            fds[1 + i] = (struct pollfd){.fd = k->kids[i].ask, .events = POLLIN};
        if (poll(fds, 1 + n, -1) < 0)
            continue;
        /* Those who ask first: the others move in the table when one ends. */
        for (size_t i = 0; i < n; i++)
            if (fds[1 + i].revents != 0)
                kid_hear(k, &k->kids[i]);
        if (fds[0].revents != 0)
            signal_take(k);
    }
}

/* As the child did. */
static void end_like(int status)
{
    if (WIFSIGNALED(status)) {
        sigset_t one;
        int sig = WTERMSIG(status);

        (void)signal(sig, SIG_DFL);
        sigemptyset(&one);
        sigaddset(&one, sig);
        sigprocmask(SIG_UNBLOCK, &one, NULL);
        raise(sig);
    }
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

err_t keeper_split(const struct keeper_program *programs, size_t nprograms,
                   struct keeper_link *link, struct fault *f)
{
    struct keeper *k = xcalloc(1, sizeof(*k));
    sigset_t mine;
    err_t err;

    *k = (struct keeper){.rows = programs, .nrows = nprograms, .pid = getpid()};
    sigemptyset(&mine);
    sigaddset(&mine, SIGCHLD);
    sigaddset(&mine, SIGTERM);
    sigaddset(&mine, SIGINT);
    sigaddset(&mine, SIGHUP);
    sigprocmask(SIG_BLOCK, &mine, &k->before);
    k->signals = signalfd(-1, &mine, SFD_CLOEXEC | SFD_NONBLOCK);
    ensure(k->signals >= 0);
    if (rights_are_roots())
        rights_keep(cap(CAP_SETUID) | cap(CAP_SETGID) | cap(CAP_SETPCAP) | cap(CAP_KILL) |
                    programs[0].capabilities);
    prctl(PR_GET_NAME, k->name);
    prctl(PR_SET_NAME, "deskbell-keeper");
    while (!self_start(k, link, &err, f)) {
        keeper_serve(k);
        if (!WIFEXITED(k->status) || WEXITSTATUS(k->status) != KEEPER_AGAIN)
            end_like(k->status);
    }
    free(k);
    return err;
}
