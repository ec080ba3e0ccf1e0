/* What keeper and programs say to each other: whole packets on a pair of local sockets. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rights_int.h"

#define FDS_BYTES CMSG_SPACE(sizeof(int) * PROGRAM_FDS_MAX)

bool child_wait(pid_t pid, int *status)
{
    pid_t got;

    do
        got = waitpid(pid, status, 0);
    while (got < 0 && errno == EINTR);
    return got == pid;
}

bool packet_send(int fd, const struct keeper_packet *p, const int *fds)
{
    union {
        struct cmsghdr align;
        char bytes[FDS_BYTES];
    } room = {.bytes = {0}};
    struct iovec iov = {(void *)p, sizeof(*p)};
    struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
    ssize_t n;

    ensure(p->nfds <= PROGRAM_FDS_MAX);
    if (p->nfds > 0) {
        msg.msg_control = room.bytes;
        msg.msg_controllen = CMSG_SPACE(sizeof(int) * p->nfds);

        struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof(int) * p->nfds);
        memcpy(CMSG_DATA(c), fds, sizeof(int) * p->nfds);
    }
    do
        n = sendmsg(fd, &msg, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    return n == (ssize_t)sizeof(*p);
}

/* Closes what came and was not to come; how many it took. */
static unsigned fds_take(struct msghdr *msg, int *fds)
{
    unsigned n = 0;

    for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c != NULL; c = CMSG_NXTHDR(msg, c)) {
        size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        for (size_t i = 0; i < count && n < PROGRAM_FDS_MAX; i++)
            memcpy(&fds[n++], CMSG_DATA(c) + i * sizeof(int), sizeof(int));
    }
    return n;
}

bool packet_read(int fd, int flags, struct keeper_packet *p, int *fds)
{
    union {
        struct cmsghdr align;
        char bytes[FDS_BYTES];
    } room;
    struct iovec iov = {p, sizeof(*p)};
    struct msghdr msg = {.msg_iov = &iov,
                         .msg_iovlen = 1,
                         .msg_control = room.bytes,
                         .msg_controllen = sizeof(room.bytes)};
    unsigned got;
    ssize_t n;

    do
        n = recvmsg(fd, &msg, flags | MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return false;
    got = fds_take(&msg, fds);
    if (n == (ssize_t)sizeof(*p) && (msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0 &&
        p->nfds == got)
        return true;
    while (got > 0)
        close(fds[--got]);
    if (n > 0)
        errno = EPROTO;
    else
        errno = EPIPE;
    return false;
}
