/* What only this room shares. */
#ifndef RIGHTS_INT_H
#define RIGHTS_INT_H

#include "deskbell/keeper.h"

struct program_run {
    int program;
    char *const *argv;
    const struct program_fd *fds;
    size_t nfds;
    const struct rights_user *user; /* NULL: as ourselves, in our session */
    uint64_t capabilities;
};

/* As program_start(). */
int program_run(const struct program_run *run, pid_t *pid) MUST_CHECK;

/* Wait for this child's end, through signals.  False: it was waited for already. */
bool child_wait(pid_t pid, int *status);

/* What goes over the link: one of these a packet, with descriptors beside the first. */
enum keeper_word {
    KEEPER_WORD_START = 1,
    KEEPER_WORD_KILL,
    KEEPER_WORD_STARTED,
    KEEPER_WORD_ENDED
};

struct keeper_packet {
    enum keeper_word word;
    pid_t pid;     /* all but KEEPER_WORD_START */
    int value;     /* a signal, errno, a status */
    unsigned nfds; /* that come with it, and where they go */
    int to[PROGRAM_FDS_MAX];
};

/* fds NULL: none.  False: nobody is there any more. */
bool packet_send(int fd, const struct keeper_packet *p, const int *fds);

/* fds: room for PROGRAM_FDS_MAX, close-on-exec; the caller closes.  False: nothing, or no packet.
 */
bool packet_read(int fd, int flags, struct keeper_packet *p, int *fds);

#endif
