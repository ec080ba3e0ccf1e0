/* The blocking pool: what would stop the loop runs here (password hashing, backup), two at a time.
 */
#ifndef DESKBELL_POOL_H
#define DESKBELL_POOL_H

#include "deskbell/err.h"

struct pool;

#define POOL_QUEUE_MAX 64

/* ERR_IO: no thread or descriptor is left. */
err_t pool_start(unsigned threads, struct pool **pool) MUST_CHECK;

/*
 * fn(ctx) on one of the threads, then done(ctx) from pool_collect().  False if POOL_QUEUE_MAX jobs
 * wait already; then neither is called.  The loop's thread only.
 */
bool pool_submit(struct pool *p, void (*fn)(void *ctx), void (*done)(void *ctx), void *ctx);

/* Readable when pool_collect() has something to call. */
int pool_fd(const struct pool *p);

/* Call done() for what has finished. */
void pool_collect(struct pool *p);

/* Waits for what runs and what waits, calling done() for each, and frees. */
void pool_stop(struct pool *p);

#endif
