/* A copy under way, in a directory beside its place: there entirely in the end, or not at all. */
#ifndef STORE_STAGING_H
#define STORE_STAGING_H

#include "store_int.h"

struct staging {
    char *path; /* where the files go; freed by staging_end() */
    char *dir;  /* where they are going to be */
    int fd;     /* of the directory: its lock says that somebody is at work */
};

/*
 * Make DIR.ENDING.  What a copy that was killed has left there is removed first.
 *
 * ERR_EXISTS   something stands at `dir`, or what stands beside it is no copy of ours.
 * ERR_BUSY     somebody else is making one just now.
 * ERR_DENIED, ERR_NOTFOUND, ERR_IO, ERR_FULL for the directory.
 */
err_t staging_open(struct staging *s, const char *dir, const char *ending,
                   struct fault *f) MUST_CHECK;

/* With ERR_OK synced and put in its place; with anything else removed, and `err` is returned. */
err_t staging_end(struct staging *s, err_t err, struct fault *f) MUST_CHECK;

#endif
