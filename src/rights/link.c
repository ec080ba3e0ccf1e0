/* The side of those who ask the keeper. */
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "rights_int.h"

struct keeper_link keeper_inherit(void)
{
    (void)fcntl(KEEPER_ASK_FD, F_SETFD, FD_CLOEXEC);
    (void)fcntl(KEEPER_TOLD_FD, F_SETFD, FD_CLOEXEC);
    return (struct keeper_link){KEEPER_ASK_FD, KEEPER_TOLD_FD};
}

int keeper_start(const struct keeper_link *link, const struct program_fd *fds, size_t nfds,
                 pid_t *pid)
{
    struct keeper_packet p = {.word = KEEPER_WORD_START, .nfds = (unsigned)nfds};
    int from[PROGRAM_FDS_MAX];

    ensure(nfds <= PROGRAM_FDS_MAX);
    for (size_t i = 0; i < nfds; i++) {
        from[i] = fds[i].from;
        p.to[i] = fds[i].to;
    }
    if (!packet_send(link->ask, &p, from) || !packet_read(link->ask, 0, &p, from))
        return errno;
    if (p.word != KEEPER_WORD_STARTED)
        return EPROTO;
    if (p.value == 0)
        *pid = p.pid;
    return p.value;
}

void keeper_kill(const struct keeper_link *link, pid_t pid, int signal)
{
    struct keeper_packet p = {.word = KEEPER_WORD_KILL, .pid = pid, .value = signal};

    (void)packet_send(link->ask, &p, NULL); /* without a keeper we end, too */
}

bool keeper_ended(const struct keeper_link *link, pid_t *pid, int *status)
{
    struct keeper_packet p;
    int none[PROGRAM_FDS_MAX];

    if (!packet_read(link->told, MSG_DONTWAIT, &p, none) || p.word != KEEPER_WORD_ENDED)
        return false;
    *pid = p.pid;
    *status = p.value;
    return true;
}
