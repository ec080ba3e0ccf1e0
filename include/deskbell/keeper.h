/*
 * Programs that run as other users, and the keeper that starts them.  Whoever was started by root
 * splits in two before anything else: the child goes on as its own user, and the parent, the
 * keeper, keeps root's right to become somebody else and does nothing but start the programs of one
 * table when their parents ask, tell how they ended, and pass signals on.
 *
 * Where there is no keeper, since root did not start us, everything runs as who we are:
 * program_start() does then what the keeper would.
 */
#ifndef DESKBELL_KEEPER_H
#define DESKBELL_KEEPER_H

#include "deskbell/rights.h"

#define PROGRAM_FDS_MAX 4

/* A descriptor, and the number that it has in the new program. */
struct program_fd {
    int from, to;
};

/*
 * A program opened to be run: it stays the same while it may be replaced on the disk, and its user
 * need not be able to go where it lies.  -1: it cannot be; errno says why.
 */
int program_open(const char *path);

/* The same, of `name` in the directory of the file `beside`, or else in `dir`. */
int program_find(const char *beside, const char *name, const char *dir);

/*
 * Start a program as ourselves, with its descriptors, of ours 0, 1 and 2 unless it gets others, and
 * nothing else that is open; signals are as usual.  0, or errno: it does not run.
 */
int program_start(int program, char *const *argv, const struct program_fd *fds, size_t nfds,
                  pid_t *pid) MUST_CHECK;

/* The way to the keeper; both are -1 where there is none. */
struct keeper_link {
    int ask, told; /* the second is readable when keeper_ended() has something to say */
};
#define KEEPER_NONE ((struct keeper_link){-1, -1})

/* A child that ends with this status is started again, as if for the first time. */
#define KEEPER_AGAIN 85

/* Where a program that may start others finds the way to the keeper. */
#define KEEPER_ASK_FD 3
#define KEEPER_TOLD_FD 4

struct keeper_program {
    int fd;            /* as by program_open(); of the first row it is the child of the split */
    char *const *argv; /* for it */
    struct rights_user user;
    uint64_t capabilities; /* that it keeps */
    int starts;            /* the row that it may start, or -1 */
};

/*
 * Split.  Returns in the child only, as the first row's user and with a way to the keeper; the
 * parent ends when the child has ended, in the same way.  No threads yet, and what is open is
 * closed by a KEEPER_AGAIN that does not need it.
 *
 * programs  borrowed for ever.
 * ERR_DENIED, ERR_IO  the fault says what root was not allowed.
 */
err_t keeper_split(const struct keeper_program *programs, size_t nprograms,
                   struct keeper_link *link, struct fault *f) MUST_CHECK;

/* In a program that a keeper has started: its way to it. */
struct keeper_link keeper_inherit(void);

/* Ask for one more process of the row that we may start.  0, or errno.  Waits for the answer. */
int keeper_start(const struct keeper_link *link, const struct program_fd *fds, size_t nfds,
                 pid_t *pid) MUST_CHECK;

/* A signal, SIGTERM or SIGKILL, to a process that we asked for. */
void keeper_kill(const struct keeper_link *link, pid_t pid, int signal);

/* The next process of ours that has ended, and how, as by waitpid(2); false: none just now. */
bool keeper_ended(const struct keeper_link *link, pid_t *pid, int *status);

#endif
