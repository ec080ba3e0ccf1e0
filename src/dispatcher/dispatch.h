/* The parent process, as main() starts it. */
#ifndef DISPATCHER_DISPATCH_H
#define DISPATCHER_DISPATCH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "deskbell/err.h"

struct dispatch_options {
    const char *conf_path; /* NULL: the default file, or none */
    const char *templates; /* folder with <language>/<letter>.<part> */
    int64_t limit_s;       /* of one SMTP session */
    pid_t gateway;         /* whose end is this one's, too; 0: nobody's */
    bool kept;             /* started by a keeper, who starts the workers, too */
};

/* Run until SIGTERM.  The exit code: 0, 1 for what could not be opened, 78 for a wrong file. */
int dispatch_main(const struct dispatch_options *opt);

struct dispatcher;

/*
 * Whom this process runs as.  Started by root itself, without a keeper above it, it takes the files
 * that are its own, splits, and this returns in the dispatcher, who is its own user then.
 */
err_t roles_take(struct dispatcher *d, bool kept, struct fault *f) MUST_CHECK;

#endif
