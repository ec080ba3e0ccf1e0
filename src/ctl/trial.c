/* `relay test`: a test mail, with what is said meanwhile as it is said. */
#include <stdio.h>
#include <stdlib.h>

#include "ctl_int.h"

/* C: and S: as usual, -- for what neither of them said. */
static void line_print(const json_t *line)
{
    const char *by = json_string_value(json_object_get(line, "by"));
    const char *text = json_string_value(json_object_get(line, "text"));

    if (by == NULL || text == NULL)
        return;
    fputs(strcmp(by, "client") == 0 ? "C: " : strcmp(by, "server") == 0 ? "S: " : "-- ", stdout);
    print_text(text);
    putchar('\n');
}

static void lines_print(const json_t *lines, size_t from)
{
    for (size_t i = from; i < json_array_size(lines); i++)
        line_print(json_array_get(lines, i));
    fflush(stdout);
}

/* arg: how many were printed. */
static void on_dialogue(const json_t *event, void *arg)
{
    const json_t *lines = json_object_get(event, "lines");
    size_t *printed = arg;

    lines_print(lines, 0);
    *printed += json_array_size(lines);
}

static void outcome_print(const json_t *ok)
{
    const json_t *found = json_object_get(ok, "diagnosis");
    const char *outcome = json_string_value(json_object_get(ok, "outcome"));
    const char *code = json_string_value(json_object_get(found, "code"));
    const char *text = json_string_value(json_object_get(found, "text"));

    printf("%s (%s): ", outcome != NULL ? outcome : "?", code != NULL ? code : "?");
    print_text(text != NULL ? text : "");
    putchar('\n');
}

enum ctl_exit ctl_run_relay_test(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv)
{
    json_t *fields = json_pack("{s:s}", "to", argv[0]), *ok;
    size_t printed = 0;
    char *dept = NULL;

    if (fields == NULL) {
        ctl_complain("the address is not UTF-8");
        return EXIT_USAGE;
    }
    if (argc > 1) {
        enum ctl_exit found = resolve_dept(c, argv[1], &dept);

        if (found != EXIT_DONE) {
            json_decref(fields);
            return found;
        }
        json_object_set_new(fields, "department", json_string(dept));
        free(dept);
    }
    if (!c->opt.json && !c->opt.quiet) {
        c->on_event = on_dialogue;
        c->on_event_arg = &printed;
    }
    enum ctl_exit ex = ctl_call(c, cmd->word, fields, &ok);
    c->on_event = NULL;
    if (ex != EXIT_DONE)
        return ex;
    const char *outcome = json_string_value(json_object_get(ok, "outcome"));
    bool sent = outcome != NULL && strcmp(outcome, "sent") == 0;

    if (c->opt.json) {
        print_json(ok);
    } else {
        if (!c->opt.quiet)
            lines_print(json_object_get(ok, "lines"), printed);
        outcome_print(ok);
    }
    json_decref(ok);
    return sent ? EXIT_DONE : EXIT_FAILED;
}
