/* deskbell-dispatcher: the options. */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "deskbell/conf.h"
#include "deskbell/log.h"
#include "deskbell/rights.h"
#include "dispatch.h"

#define LIMIT_DEFAULT_S 600
#define LIMIT_MIN_S 2
#define LIMIT_MAX_S 3600

static const char usage[] =
    "usage: deskbell-dispatcher [-c FILE] [-g PID] [-k] [-l SECONDS] [-m FOLDER] [-t]\n"
    "  -c, --config FILE     the configuration, shared with deskbelld\n"
    "  -g, --gateway PID     end with the process that started it, which is PID\n"
    "  -k, --kept            that process starts the workers, too, as another user\n"
    "  -l, --limit SECONDS   of one SMTP session, 2 to 3600; 600 if not given\n"
    "  -m, --mail FOLDER     templates that replace the built-in ones\n"
    "  -t, --check           check the configuration and end\n"
    "  -h, --help            print this and end\n"
    "  -V, --version         print the version and end\n";

static int check_conf(const char *path)
{
    struct config conf;
    struct fault f = {0};

    if (conf_load(path, &conf, &f) != ERR_OK) {
        fprintf(stderr, "deskbell-dispatcher: %s: %s\n", f.field, f.what);
        return 78;
    }
    conf_fini(&conf);
    return 0;
}

static bool number_parse(const char *text, long min, long max, long *number)
{
    char *end;

    errno = 0;
    *number = strtol(text, &end, 10);
    return errno == 0 && *text != '\0' && *end == '\0' && *number >= min && *number <= max;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"config", required_argument, NULL, 'c'},
        {"gateway", required_argument, NULL, 'g'},
        {"kept", no_argument, NULL, 'k'},
        {"limit", required_argument, NULL, 'l'},
        {"mail", required_argument, NULL, 'm'},
        {"check", no_argument, NULL, 't'},
        {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'V'},
        {NULL, 0, NULL, 0},
    };
    struct dispatch_options opt = {.templates = DESKBELL_SYSCONFDIR "/deskbell/mail",
                                   .limit_s = LIMIT_DEFAULT_S};
    bool check = false;
    long number;
    int c;

    rights_begin();
    log_init("deskbell-dispatcher", LOG_LVL_INFO);
    while ((c = getopt_long(argc, argv, "c:g:kl:m:thV", options, NULL)) != -1) {
        switch (c) {
        case 'c':
            opt.conf_path = optarg;
            break;
        case 'g':
            if (number_parse(optarg, 1, INT_MAX, &number)) {
                opt.gateway = (pid_t)number;
                break;
            }
            fprintf(stderr, "deskbell-dispatcher: --gateway: a process id is expected, not %s\n",
                    optarg);
            return 64;
        case 'k':
            opt.kept = true;
            break;
        case 'l':
            if (number_parse(optarg, LIMIT_MIN_S, LIMIT_MAX_S, &number)) {
                opt.limit_s = number;
                break;
            }
            fprintf(stderr, "deskbell-dispatcher: --limit: %d to %d seconds are expected, not %s\n",
                    LIMIT_MIN_S, LIMIT_MAX_S, optarg);
            return 64;
        case 'm':
            opt.templates = optarg;
            break;
        case 't':
            check = true;
            break;
        case 'h':
            fputs(usage, stdout);
            return 0;
        case 'V':
            printf("deskbell-dispatcher %s\n", DESKBELL_VERSION);
            return 0;
        default:
            fputs(usage, stderr);
            return 64;
        }
    }
    if (optind < argc) {
        fprintf(stderr, "deskbell-dispatcher: unexpected argument: %s\n", argv[optind]);
        return 64;
    }
    return check ? check_conf(opt.conf_path) : dispatch_main(&opt);
}
