/*
 * A queue from any number of threads to one, without locks: an item carries its own link, and an
 * eventfd wakes the consumer only if it sleeps.  Order is kept for each producer, and between
 * producers as their pushes came.
 */
#ifndef DESKBELL_MPSC_H
#define DESKBELL_MPSC_H

#include <stdatomic.h>

#include "deskbell/err.h"

struct mpsc_node {
    _Atomic(struct mpsc_node *) next;
};

struct mpsc {
    _Atomic(struct mpsc_node *) tail; /* producers */
    atomic_bool sleeping;
    int fd;
    struct mpsc_node *head; /* the consumer alone */
    struct mpsc_node stub;
};

/* ERR_IO: no descriptor is left. */
err_t mpsc_init(struct mpsc *q) MUST_CHECK;

/* No producer may be left.  What is still queued belongs to the caller: pop it first. */
void mpsc_fini(struct mpsc *q);

/* Any thread.  The node belongs to the queue until it is popped.  Never blocks. */
void mpsc_push(struct mpsc *q, struct mpsc_node *node);

/*
 * Any thread: let the consumer come round once although nothing was pushed (to stop, or to go on).
 */
void mpsc_wake(struct mpsc *q);

/*
 * The consumer.  Watch mpsc_fd() for reading.  When it is readable, or at the start:
 *
 *     mpsc_awake(q);
 *     do {
 *         while ((node = mpsc_pop(q)) != NULL)
 *             ...
 *     } while (!mpsc_sleep(q));
 *
 * A consumer that stops early, because its share of a turn is used up, calls mpsc_wake() instead
 * of mpsc_sleep().
 */
int mpsc_fd(const struct mpsc *q);
void mpsc_awake(struct mpsc *q);

/*
 * The oldest node, the caller's again; NULL: none, or its push has not finished and will wake us.
 */
struct mpsc_node *mpsc_pop(struct mpsc *q);

/* True: nothing is there, and the next push writes the eventfd.  False: pop again. */
bool mpsc_sleep(struct mpsc *q) MUST_CHECK;

/* For a thread without an event loop: sleep until a push, a wake or the time-out (-1: none). */
void mpsc_wait(struct mpsc *q, int timeout_ms);

#endif
