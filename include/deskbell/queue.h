/*
 * What users of a queue in the store share, whatever its jobs are: how long somebody has one, and
 * the order in which they fall due.  A queue itself is the store's (src/store/queue/queue_int.h).
 */
#ifndef DESKBELL_QUEUE_H
#define DESKBELL_QUEUE_H

#include <stddef.h>
#include <stdint.h>

/*
 * How long an attempt may be under way before nobody is thought to work at it any more: by a clock
 * that does not step, so that setting the machine's time ends none and keeps none.  Such a clock
 * begins anew with each start of the machine, which therefore stands beside it: at another start
 * whoever had the lease is gone.  Who is known to be gone earlier, by the life that he had, ends
 * it.
 */
struct lease {
    uint64_t boot; /* a number of this start of the machine, not 0 */
    int64_t until_ms;
    int64_t wall_ms; /* the same by the wall clock of its beginning, for people; 0: not known */
    uint64_t life;   /* of whom the attempt is: a number that its giver can find dead; 0: none */
};

/* How things stand when leases are looked at. */
struct lease_now {
    uint64_t boot;     /* as in a lease */
    int64_t steady_ms; /* by the clock of leases */
    int64_t wall_ms;
    const uint64_t *dead; /* lives that are over, whatever their leases say */
    size_t ndead;
};

/* A place in the order in which jobs fall due. */
struct due_place {
    int64_t due_ms;
    uint64_t id;
};

#endif
