/* deskbellctl: options, then one row of the command table. */
#include <getopt.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "ctl_int.h"
#include "deskbell/conf.h"
#include "deskbell/crypto.h"
#include "deskbell/duration.h"
#include "deskbell/rights.h"

#define WATCH_MS 2000
#define WATCH_MIN_MS 500

/* What there is instead: the verbs of a noun, or the nouns. */
static enum ctl_exit complain_unknown(const char *noun, const char *verb)
{
    struct guess g = {.typed = verb != NULL ? verb : noun};
    char meant[GUESS_TEXT];

    for (size_t i = 0; i < ctl_cmds_count; i++) {
        if (verb == NULL)
            guess_look(&g, ctl_cmds[i].noun);
        else if (strcmp(ctl_cmds[i].noun, noun) == 0)
            guess_look(&g, ctl_cmds[i].verb);
    }
    guess_text(&g, meant);
    if (verb != NULL)
        ctl_complain("%s cannot be told to \"%s\"%s (deskbellctl help %s shows what it can)", noun,
                     verb, meant, noun);
    else
        ctl_complain("there is nothing called \"%s\"%s (deskbellctl help shows all)", noun, meant);
    return EXIT_USAGE;
}

/* Whoever looks again and again ends it with a signal, or by going away. */
static enum ctl_exit run_again(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv)
{
    const struct timespec pause = {.tv_sec = c->opt.watch_ms / 1000,
                                   .tv_nsec = c->opt.watch_ms % 1000 * 1000000};
    enum ctl_exit ex;

    if (c->opt.watch_ms != 0 && strcmp(cmd->verb, "show") != 0 && strcmp(cmd->verb, "list") != 0) {
        ctl_complain("only what shows or lists can be watched, not %s %s", cmd->noun, cmd->verb);
        return EXIT_USAGE;
    }
    for (;;) {
        if (c->opt.watch_ms != 0 && isatty(STDOUT_FILENO))
            fputs("\033[H\033[2J", stdout);
        ex = (cmd->run != NULL ? cmd->run : ctl_run_common)(c, cmd, argc, argv);
        if (c->opt.watch_ms == 0 || ex != EXIT_DONE || fflush(stdout) != 0)
            return ex;
        json_decref(c->names);
        c->names = NULL;
        nanosleep(&pause, NULL);
    }
}

static enum ctl_exit dispatch(struct ctl *c, int argc, char **argv)
{
    const char *noun = argc > 0 ? argv[0] : "help";
    /* "show" may be left out where it is the noun's only sense: deskbellctl status; and "help show"
     * is help, as "help status" is.  Likewise "find", before what is looked for. */
    bool is_help = strcmp(noun, "help") == 0, is_search = strcmp(noun, "search") == 0;
    const char *common = is_search ? "find" : "show";
    bool verb_given = argc > 1 && ((!is_help && !is_search) || strcmp(argv[1], common) == 0);
    bool noun_known = false;
    const char *verb = argc > 1 ? argv[1] : NULL;

    if (verb != NULL && strncmp(verb, "--", 2) == 0) /* check --rebuild */
        verb += 2;
    for (size_t i = 0; i < ctl_cmds_count; i++) {
        const struct ctl_cmd *cmd = &ctl_cmds[i];
        int skip = verb_given ? 2 : 1;

        if (strcmp(cmd->noun, noun) != 0)
            continue;
        noun_known = true;
        if (verb_given ? strcmp(cmd->verb, verb) != 0
                       : strcmp(cmd->verb, common) != 0 || (!is_search && cmd->nargs_min > 0))
            continue;
        int nargs = argc > skip ? argc - skip : 0;
        if (nargs < cmd->nargs_min || (cmd->nargs_max >= 0 && nargs > cmd->nargs_max)) {
            ctl_complain("usage: deskbellctl %s %s %s", cmd->noun, cmd->verb, cmd->args);
            return EXIT_USAGE;
        }
        if (c->opt.dry_run && !cmd->dry_run) {
            ctl_complain("%s %s has no --dry-run: nothing was done", cmd->noun, cmd->verb);
            return EXIT_USAGE;
        }
        return run_again(c, cmd, nargs, argv + skip);
    }
    if (noun_known && argc < 2) {
        ctl_complain("what about %s?  See deskbellctl help %s", noun, noun);
        return EXIT_USAGE;
    }
    return complain_unknown(noun, noun_known ? verb : NULL);
}

static bool watch_parse(const char *text, int64_t *ms)
{
    *ms = WATCH_MS;
    if (text == NULL || (duration_parse(span_of(text), ms) && *ms >= WATCH_MIN_MS))
        return true;
    ctl_complain("--watch=%s: a time such as 2s is expected, half a second at least", text);
    return false;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"config", required_argument, NULL, 'c'}, {"socket", required_argument, NULL, 's'},
        {"json", no_argument, NULL, 'j'},         {"yes", no_argument, NULL, 'y'},
        {"quiet", no_argument, NULL, 'q'},        {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'V'},      {"watch", optional_argument, NULL, 'w'},
        {"dry-run", no_argument, NULL, 'd'},      {NULL, 0, NULL, 0},
    };
    struct ctl c = {.fd = -1};
    struct config conf;
    struct fault f = {0};
    int opt;

    rights_begin(); /* passwords of relays and agents' links pass through here */
    setlocale(LC_CTYPE, "");
    crypto_init();
    while ((opt = getopt_long(argc, argv, "+c:s:jyqhV", options, NULL)) != -1) {
        switch (opt) {
        case 'c':
            c.opt.conf_path = optarg;
            break;
        case 's':
            c.opt.socket_path = optarg;
            break;
        case 'j':
            c.opt.json = true;
            break;
        case 'y':
            c.opt.yes = true;
            break;
        case 'q':
            c.opt.quiet = true;
            break;
        case 'w':
            if (!watch_parse(optarg, &c.opt.watch_ms))
                return EXIT_USAGE;
            break;
        case 'd':
            c.opt.dry_run = true;
            break;
        case 'h':
            return ctl_run_help(&c, NULL, 0, NULL);
        case 'V':
            puts("deskbellctl " VERSION);
            return EXIT_DONE;
        default:
            return EXIT_USAGE;
        }
    }
    if (conf_load(c.opt.conf_path, &conf, &f) != ERR_OK) {
        ctl_complain("%s: %s", f.field, f.what);
        return EXIT_USAGE;
    }
    if (c.opt.socket_path == NULL)
        c.opt.socket_path = conf.control_socket;
    enum ctl_exit ex = dispatch(&c, argc - optind, argv + optind);
    ctl_disconnect(&c);
    json_decref(c.names);
    conf_fini(&conf);
    if (fflush(stdout) != 0 && ex == EXIT_DONE) {
        ctl_complain("the output could not be written");
        ex = EXIT_FAILED;
    }
    return ex;
}
