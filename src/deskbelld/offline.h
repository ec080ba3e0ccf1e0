/* What the gateway's program does on the files alone, and then ends. */
#ifndef DESKBELLD_OFFLINE_H
#define DESKBELLD_OFFLINE_H

#include "deskbell/conf.h"

/* Exit codes, part of the manual. */
enum { EXIT_RAN = 0, EXIT_START = 1, EXIT_USAGE = 2, EXIT_DIFFERS = 9 };

/* "deskbelld: …" on stderr. */
void complain(const struct fault *f);

/* Check a backup and put it in place of the state directory.  EXIT_RAN, EXIT_START. */
int offline_restore(const char *from, const struct config *conf);

/*
 * Check the store, print what differs, as JSON or in lines, and with `rebuild` mend what can be.
 * EXIT_RAN: nothing differs any more.  EXIT_DIFFERS.  EXIT_START: it cannot be read, or with
 * `rebuild`, it is in use.
 */
int offline_check(const struct config *conf, bool rebuild, bool json);

#endif
