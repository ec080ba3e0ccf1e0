/* The check of the store, by the running gateway or by its program on the files alone. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "ctl_int.h"

static const struct column finding_columns[] = {
    {"KIND", "kind", CELL_TEXT},         {"TABLE", "table", CELL_TEXT}, {"KEY", "key", CELL_TEXT},
    {"MENDABLE", "mendable", CELL_BOOL}, {"WHAT", "what", CELL_TEXT},   {NULL, NULL, 0},
};

static long long number_of(const json_t *o, const char *key)
{
    return (long long)json_integer_value(json_object_get(o, key));
}

enum ctl_exit ctl_run_check(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv)
{
    json_t *ok;
    enum ctl_exit ex = ctl_call(c, cmd->word, json_object(), &ok);

    (void)argc;
    (void)argv;
    if (ex != EXIT_DONE)
        return ex;
    if (c->opt.json) {
        print_json(ok);
    } else {
        if (number_of(ok, "found") > 0)
            print_rows(json_object_get(ok, "findings"), finding_columns);
        printf("%lld rows and %lld records: ", number_of(ok, "rows"), number_of(ok, "records"));
        if (number_of(ok, "found") == 0)
            puts("all is right");
        else
            printf("%lld found, %lld can be mended (deskbellctl check rebuild)\n",
                   number_of(ok, "found"), number_of(ok, "mendable"));
    }
    ex = number_of(ok, "found") == 0 ? EXIT_DONE : EXIT_DIFFERS;
    json_decref(ok);
    return ex;
}

/* The gateway's own program knows the store; this one only calls it. */
enum ctl_exit ctl_run_gateway(struct ctl *c, char *const args[])
{
    const char *program = getenv("DESKBELLD");
    char *all[8];
    size_t n = 0;

    if (program == NULL)
        program = SBINDIR "/deskbelld";
    all[n++] = (char *)(uintptr_t)program;
    for (size_t i = 0; args[i] != NULL; i++) {
        ensure(n < COUNT_OF(all) - 3);
        all[n++] = args[i];
    }
    if (c->opt.conf_path != NULL) {
        all[n++] = (char *)(uintptr_t) "-c";
        all[n++] = (char *)(uintptr_t)c->opt.conf_path;
    }
    all[n] = NULL;
    execv(program, all);
    ctl_complain("%s cannot be started: %s", program, strerror(errno));
    return EXIT_FAILED;
}

enum ctl_exit ctl_run_check_files(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv)
{
    char check[] = "--check", rebuild[] = "--rebuild", json[] = "--json";
    char *args[4] = {check};
    size_t n = 1;

    (void)argc;
    (void)argv;
    if (strcmp(cmd->verb, "rebuild") == 0)
        args[n++] = rebuild;
    if (c->opt.json)
        args[n++] = json;
    args[n] = NULL;
    return ctl_run_gateway(c, args);
}
