/* deskbell-dispatcher: the options, and which of the two processes this one is. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "deskbell/log.h"
#include "worker.h"

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"worker", no_argument, NULL, 'w'},
        {NULL, 0, NULL, 0},
    };

    log_init("deskbell-dispatcher", LOG_LVL_INFO);
    if (getopt_long(argc, argv, "", options, NULL) == 'w')
        return worker_main();
    fprintf(stderr, "usage: deskbell-dispatcher --worker\n");
    return 64;
}
