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

/* Exit codes, part of the manual. */
enum { EXIT_RAN = 0, EXIT_START = 1, EXIT_USAGE = 2 };

static void usage(FILE *out)
{
    fputs("usage: deskbelld [-c FILE] [-t] [--options] [--restore DIRECTORY]\n"
          "  -c FILE              read this configuration; every option has a default\n"
          "  -t                   check the configuration and exit\n"
          "  --options            print every option with its default and meaning\n"
          "  --restore DIRECTORY  check a backup and put it in place of the state directory\n"
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

static void complain(const struct fault *f)
{
    fprintf(stderr, "deskbelld: %s%s%s\n", f->field, f->field[0] != '\0' ? ": " : "",
            f->what[0] != '\0' ? f->what : err_text(f->err));
}

static int restore(const char *from, const struct config *conf)
{
    struct fault f = {0};

    if (store_restore(from, conf->state_dir, &f) != ERR_OK) {
        complain(&f);
        return EXIT_START;
    }
    printf("restored to %s\n", conf->state_dir);
    return EXIT_RAN;
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

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"config", required_argument, NULL, 'c'},
        {"test", no_argument, NULL, 't'},
        {"restore", required_argument, NULL, 'r'},
        {"options", no_argument, NULL, 'o'},
        {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'V'},
        {NULL, 0, NULL, 0},
    };
    struct gateway g = {0};
    struct fault f = {0};
    const char *restore_from = NULL;
    bool check_only = false;
    int opt;

    while ((opt = getopt_long(argc, argv, "c:thV", options, NULL)) != -1) {
        switch (opt) {
        case 'c':
            g.conf_path = optarg;
            break;
        case 't':
            check_only = true;
            break;
        case 'r':
            restore_from = optarg;
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
    if (optind < argc) {
        usage(stderr);
        return EXIT_USAGE;
    }
    log_init("deskbelld", LOG_LVL_INFO);
    crypto_init();
    if (conf_load(g.conf_path, &g.conf, &f) != ERR_OK) {
        complain(&f);
        return EXIT_USAGE;
    }
    log_set_level(g.conf.log_level);
    if (check_only) {
        puts("the configuration is right");
        conf_fini(&g.conf);
        return EXIT_RAN;
    }
    if (restore_from != NULL) {
        int rc = restore(restore_from, &g.conf);

        conf_fini(&g.conf);
        return rc;
    }
    if (gateway_start(&g, &f) != ERR_OK) {
        complain(&f);
        conf_fini(&g.conf);
        return EXIT_START;
    }
    enum gateway_end end = gateway_run(&g);
    conf_fini(&g.conf);
    return end == GATEWAY_LOST ? begin_again(argv) : EXIT_RAN;
}
