/*
 * Whole reads and writes on descriptors, for files and pipes that nobody waits for in a loop; and
 * how many descriptors there may be.
 */
#ifndef DESKBELL_FD_H
#define DESKBELL_FD_H

#include "deskbell/span.h"

/*
 * Write all of it.  Goes on after a signal and after a part.  False if not all could be written;
 * errno says why.  Blocks as the descriptor does, and syncs nothing.
 */
bool fd_write(int fd, struct span s) MUST_CHECK;

/*
 * Add all that is there to be read, up to the end of the file, to `out`.  Goes on after a signal.
 * Stops early when out->full is set: more is there than out->limit_bytes, and what is beyond it is
 * not read.  False if reading fails; errno says why, and out holds what came before.
 */
bool fd_read(int fd, struct buf *out) MUST_CHECK;

/* The soft limit of descriptors becomes the hard one; what stops that is no error. */
void fd_limit_raise(void);

#endif
