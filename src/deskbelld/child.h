/* The dispatcher as a supervised child: started, started again with back-off, stopped. */
#ifndef DESKBELL_CHILD_H
#define DESKBELL_CHILD_H

#include <sys/types.h>

#include "deskbell/keeper.h"

struct event_base;

/* argv is borrowed until child_stop(); its first element is the program's path. */
struct child {
    struct event_base *base;
    char *const *argv;
    struct keeper_link keeper; /* where there is one, it starts its own row, and argv is not used */
    pid_t pid;                 /* 0: not running */
    int64_t started_ms;
    unsigned backoff_ms;
    struct event *timer;
    bool stopping;
};

/* Start it now.  A program that cannot be started is tried again, too, and logged. */
void child_start(struct child *ch, struct event_base *base, char *const *argv,
                 struct keeper_link keeper);

/* After SIGCHLD, or the keeper's word: collect it if it has ended, and plan the next start. */
void child_reap(struct child *ch);

/* Ask it to end, wait up to wait_ms, then kill it.  Blocks.  Nothing is started any more. */
void child_stop(struct child *ch, int wait_ms);

#endif
