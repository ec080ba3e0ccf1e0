/* The parent process, as main() starts it. */
#ifndef DISPATCHER_DISPATCH_H
#define DISPATCHER_DISPATCH_H

#include <stdint.h>
#include <sys/types.h>

struct dispatch_options {
    const char *conf_path; /* NULL: the default file, or none */
    const char *templates; /* folder with <language>/<letter>.<part> */
    int64_t limit_s;       /* of one SMTP session */
    pid_t gateway;         /* whose end is this one's, too; 0: nobody's */
};

/* Run until SIGTERM.  The exit code: 0, 1 for what could not be opened, 78 for a wrong file. */
int dispatch_main(const struct dispatch_options *opt);

#endif
