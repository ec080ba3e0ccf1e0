/* deskbelld: options, then the gateway. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "deskbell/log.h"
#include "gateway.h"
#include "offline.h"
#include "roles.h"

static void usage(FILE *out)
{
    fputs("usage: deskbelld [-c FILE] [-t] [--options] [--restore DIRECTORY]\n"
          "                 [--check [--rebuild] [--json]]\n"
          "  -c FILE              read this configuration; every option has a default\n"
          "  -t                   check the configuration and exit\n"
          "  --options            print every option with its default and meaning\n"
          "  --restore DIRECTORY  check a backup and put it in place of the state directory\n"
          "  --check              say what differs in the store from what its journal leads to\n"
          "  --rebuild            and mend what can be made again; no gateway may run\n"
          "  --json               say it as JSON\n"
          "  -V                   print the version\n",
          out);
}

static void print_options(void)
{
    size_t count;
    const struct conf_option *rows = conf_options(&count);

    for (size_t i = 0; i < count; i++)
        printf("%-24s %-12s %s\n    %s%s\n", rows[i].key, rows[i].type, rows[i].fallback,
               rows[i].help, rows[i].reloadable ? "" : " (needs a restart)");
}

/*
 * The state in memory was ahead of the disk: begin again from what is durable.  By exec, so that
 * nothing of the old state can stay; a pause first, so that a broken disk does not make a storm.
 */
static int begin_again(char **argv)
{
    log_warn("gateway.again", "why=commit-failed");
    nanosleep(&(struct timespec){.tv_sec = 1}, NULL);
    execv("/proc/self/exe", argv);
    fprintf(stderr, "deskbelld: cannot start again: %s\n", strerror(errno));
    return EXIT_START;
}

struct opts {
    const char *conf_path, *restore_from;
    bool conf_only, check, rebuild, json;
};

/* An exit code, or -1: go on. */
static int opts_parse(int argc, char **argv, struct opts *o)
{
    static const struct option options[] = {
        {"config", required_argument, NULL, 'c'},  {"test", no_argument, NULL, 't'},
        {"restore", required_argument, NULL, 'r'}, {"check", no_argument, NULL, 'k'},
        {"rebuild", no_argument, NULL, 'b'},       {"json", no_argument, NULL, 'j'},
        {"options", no_argument, NULL, 'o'},       {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'V'},       {NULL, 0, NULL, 0},
    };
    int opt;

    while ((opt = getopt_long(argc, argv, "c:thV", options, NULL)) != -1) {
        switch (opt) {
        case 'c':
            o->conf_path = optarg;
            break;
        case 't':
            o->conf_only = true;
            break;
        case 'r':
            o->restore_from = optarg;
            break;
        case 'k':
            o->check = true;
            break;
        case 'b':
            o->rebuild = true;
            break;
        case 'j':
            o->json = true;
            break;
        case 'o':
            print_options();
            return EXIT_RAN;
        case 'h':
            usage(stdout);
            return EXIT_RAN;
        case 'V':
            puts("deskbelld " VERSION);
            return EXIT_RAN;
        default:
            usage(stderr);
            return EXIT_USAGE;
        }
    }
    if (optind == argc && (o->check || !(o->rebuild || o->json)))
        return -1;
    usage(stderr);
    return EXIT_USAGE;
}

/* What is done without a gateway; an exit code, or -1: go on. */
static int without_gateway(const struct opts *o, const struct config *conf)
{
    if (o->conf_only) {
        puts("the configuration is right");
        return EXIT_RAN;
    }
    if (o->restore_from != NULL)
        return offline_restore(o->restore_from, conf);
    return o->check ? offline_check(conf, o->rebuild, o->json) : -1;
}

int main(int argc, char **argv)
{
    struct gateway g = {.keeper = KEEPER_NONE};
    struct opts o = {0};
    struct fault f = {0};
    int rc = opts_parse(argc, argv, &o);

    if (rc >= 0)
        return rc;
    g.conf_path = o.conf_path;
    rights_begin();
    log_init("deskbelld", LOG_LVL_INFO);
    crypto_init();
    if (conf_load(g.conf_path, &g.conf, &f) != ERR_OK) {
        complain(&f);
        return EXIT_USAGE;
    }
    log_set_level(g.conf.log_level);
    if ((rc = without_gateway(&o, &g.conf)) >= 0) {
        conf_fini(&g.conf);
        return rc;
    }
    if (roles_take(&g, &f) != ERR_OK || gateway_start(&g, &f) != ERR_OK) {
        complain(&f);
        conf_fini(&g.conf);
        return EXIT_START;
    }
    rights_shed(); /* low ports are had by now */

    enum gateway_end end = gateway_run(&g);

    conf_fini(&g.conf);
    if (end != GATEWAY_LOST)
        return EXIT_RAN;
    return g.keeper.ask >= 0 ? KEEPER_AGAIN : begin_again(argv);
}
