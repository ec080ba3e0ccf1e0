/*
 * Named points at which a test build can be told to die, as if the plug had been pulled there, or
 * to stand still.
 *
 * DESKBELL_CRASH=NAME:NTH:FILE in the environment: the NTH time (from 1) that a process comes by
 * NAME it makes FILE and kills itself.  Where FILE is there already nothing happens, so that of all
 * processes and restarts that share the environment one dies once.  DESKBELL_STOP likewise, but the
 * process is stopped.  DESKBELL_HOLD=NAME:FILE: the thread that comes by NAME while FILE is there
 * adds a byte to it, and goes on when FILE is gone.
 */
#ifndef DESKBELL_CRASH_H
#define DESKBELL_CRASH_H

/* Every point.  The tests take the names from here, and let each of them happen. */
#define CRASH_POINTS(X)                                                                            \
    X(GATEWAY_WRITE, "gateway.write")               /* a transaction is whole, not committed */    \
    X(GATEWAY_WRITTEN, "gateway.written")           /* committed; nobody knows */                  \
    X(GATEWAY_DURABLE, "gateway.durable")           /* a batch is on disk, nothing is answered */  \
    X(GATEWAY_REVEALED, "gateway.revealed")         /* answered; the dispatcher sleeps on */       \
    X(GATEWAY_WOKE, "gateway.woke")                 /* the dispatcher is woken */                  \
    X(GATEWAY_CHECKPOINT, "gateway.checkpoint")     /* images are in a batch, not on disk */       \
    X(GATEWAY_CHECKPOINTED, "gateway.checkpointed") /* they are on disk */                         \
    X(GATEWAY_LOADED, "gateway.loaded")             /* started, nobody is let in yet */            \
    X(GATEWAY_REQUEST, "gateway.request")           /* a retry is on disk, not answered */         \
    X(SEARCH_WRITE, "search.write")                 /* words are in a transaction, not on disk */  \
    X(SEARCH_WRITTEN, "search.written")             /* they are; nobody has asked */               \
    X(DISPATCHER_WRITE, "dispatcher.write")         /* as the gateway's */                         \
    X(DISPATCHER_WRITTEN, "dispatcher.written")     /* as the gateway's */                         \
    X(DISPATCHER_REQUEST, "dispatcher.request")     /* a retry is carried out */                   \
    X(DISPATCHER_FREEZE, "dispatcher.freeze")       /* mails are composed, not in the store */     \
    X(DISPATCHER_FROZEN, "dispatcher.frozen")       /* they are in the store */                    \
    X(DISPATCHER_FILED, "dispatcher.filed")         /* a session's file is there */                \
    X(DISPATCHER_NOTED, "dispatcher.noted")         /* its attempts are noted, no worker yet */    \
    X(DISPATCHER_SPAWNED, "dispatcher.spawned")     /* its worker runs */                          \
    X(DISPATCHER_HEARD, "dispatcher.heard")         /* a worker told something, not written */     \
    X(DISPATCHER_SETTLE, "dispatcher.settle")       /* a session is over, its end not written */   \
    X(DISPATCHER_SETTLED, "dispatcher.settled")     /* written; its file is there */               \
    X(DISPATCHER_UNLINKED, "dispatcher.unlinked")   /* its file is gone */                         \
    X(DISPATCHER_RECOVER, "dispatcher.recover")     /* an earlier one's session was read */        \
    X(DISPATCHER_RECOVERED, "dispatcher.recovered") /* written; its file is there */               \
    X(WORKER_START, "worker.start")                 /* nothing was done */                         \
    X(WORKER_GREETED, "worker.greeted")             /* the server has greeted */                   \
    X(WORKER_MAIL, "worker.mail")                   /* the sender was taken */                     \
    X(WORKER_DATA, "worker.data")                   /* the recipients were taken, a body begins */ \
    X(WORKER_BODY, "worker.body")                   /* in the middle of a body */                  \
    X(WORKER_END, "worker.end")                     /* a body's end is noted, no dot yet */        \
    X(WORKER_ANSWERED, "worker.answered") /* the answer to the dot is heard, not noted */          \
    X(WORKER_TOLD, "worker.told")         /* it is in the file, the parent knows nothing */        \
    X(WORKER_OVER, "worker.over")         /* all is told */

#define CRASH_ENUM(id, name) CRASH_##id,
enum crash { CRASH_POINTS(CRASH_ENUM) CRASH_COUNT };
#undef CRASH_ENUM

#ifdef TEST_HOOKS
/* Die or stand still here, if the environment says so. */
void crash_point(enum crash at);
#else
#define crash_point(at) ((void)(at))
#endif

#endif
