/* The ways in at a prompt: API tokens, whose text is printed once, and the end of sessions. */
#include <stdio.h>
#include <stdlib.h>

#include "ctl_int.h"
#include "deskbell/clock.h"
#include "deskbell/duration.h"

static enum ctl_exit option_take(const char *arg, json_t *fields)
{
    int64_t ms;

    if (strncmp(arg, "permissions=", 12) == 0)
        json_object_set_new(fields, "permissions", json_string(arg + 12));
    else if (strcmp(arg, "for=never") == 0)
        json_object_set_new(fields, "until_ms", json_integer(0));
    else if (strncmp(arg, "for=", 4) == 0 && duration_parse(span_of(arg + 4), &ms))
        json_object_set_new(fields, "until_ms", json_integer(clock_wall_ms() + ms));
    else {
        ctl_complain("permissions=WORD,WORD or for=DURATION (such as 30d, or never) was expected, "
                     "not \"%s\"",
                     arg);
        return EXIT_USAGE;
    }
    return EXIT_DONE;
}

enum ctl_exit ctl_run_token_add(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv)
{
    json_t *fields = json_pack("{s:s}", "name", argv[1]), *ok;
    enum ctl_exit ex = EXIT_DONE;
    char *id = NULL;

    for (int i = 2; i < argc && ex == EXIT_DONE; i++)
        ex = option_take(argv[i], fields);
    if (ex == EXIT_DONE && (ex = resolve_agent(c, argv[0], &id)) == EXIT_DONE)
        json_object_set_new(fields, "agent", json_string(id));
    free(id);
    if (ex != EXIT_DONE) {
        json_decref(fields);
        return ex;
    }
    if ((ex = ctl_call(c, cmd->word, fields, &ok)) != EXIT_DONE)
        return ex;
    if (c->opt.json)
        print_json(ok);
    else
        puts(json_string_value(
            json_object_get(ok, "secret"))); /* also with -q: it is all there is */
    json_decref(ok);
    return EXIT_DONE;
}

enum ctl_exit ctl_run_session_end(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv)
{
    json_t *ok;
    char *id = NULL;
    enum ctl_exit ex = resolve_agent(c, argv[0], &id);

    if (ex == EXIT_DONE)
        ex = ctl_call(c, cmd->word,
                      argc > 1 ? json_pack("{s:s, s:s}", "agent", id, "session", argv[1])
                               : json_pack("{s:s, s:b}", "agent", id, "all", 1),
                      &ok);
    free(id);
    if (ex != EXIT_DONE)
        return ex;
    if (c->opt.json)
        print_json(ok);
    json_decref(ok);
    return EXIT_DONE;
}
