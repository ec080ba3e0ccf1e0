/* Prints the sample or the manual, for `make conf-docs`. */
#include <stdio.h>
#include <stdlib.h>

#include "deskbell/conf.h"

int main(int argc, char **argv)
{
    struct buf out = {0};

    if (argc == 2 && strcmp(argv[1], "sample") == 0)
        conf_sample(&out);
    else if (argc == 2 && strcmp(argv[1], "manual") == 0)
        conf_manual(&out);
    else
        return EXIT_FAILURE;
    fputs(out.p, stdout);
    buf_fini(&out);
    return EXIT_SUCCESS;
}
