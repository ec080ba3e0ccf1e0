/* A copy of the environment as it was at one moment, made in steps while it is in use. */
#ifndef STORE_COPY_H
#define STORE_COPY_H

#include "store_int.h"

#define COPY_KEY_MAX_BYTES 511 /* LMDB's own bound */

struct copy {
    struct txn tx; /* the moment that is copied */
    MDB_env *env;
    MDB_txn *to;
    int table; /* that is under way */
    uint8_t last[COPY_KEY_MAX_BYTES];
    size_t last_len; /* 0: none of it was copied yet */
    size_t bytes;    /* that are not committed */
    int rc;          /* LMDB's code behind the last error */
};

/* Into a directory that is there and empty.  On an error nothing is left open. */
err_t copy_begin(struct copy *cp, struct store *st, const char *to_dir) MUST_CHECK;

/* About 256 KiB, with the lock of the map; *more false: the copy is whole and synced. */
err_t copy_step(struct copy *cp, bool *more) MUST_CHECK;
void copy_end(struct copy *cp);

#endif
