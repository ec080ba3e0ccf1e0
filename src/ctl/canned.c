/* A canned reply at a prompt: whose it is by name, its text from a file's end of the pipe. */
#include <stdlib.h>

#include "ctl_int.h"

#define TEXT_MAX_BYTES 65536 /* more than the gateway takes: it says how much that is */

static enum ctl_exit stdin_read(struct buf *out)
{
    enum ctl_exit ex = input_read("-", TEXT_MAX_BYTES, out);

    if (ex != EXIT_DONE)
        return ex;
    if (out->full || out->len == 0) {
        ctl_complain("no text, or too much of it, came on standard input");
        return EXIT_USAGE;
    }
    while (out->len > 0 && out->p[out->len - 1] == '\n')
        out->p[--out->len] = '\0';
    return EXIT_DONE;
}

typedef enum ctl_exit resolve_fn(struct ctl *c, const char *word, char **id);

static enum ctl_exit owner_take(struct ctl *c, const char *scope, const char *key,
                                resolve_fn *resolve, const char *name, json_t *fields)
{
    char *id = NULL;
    enum ctl_exit ex = resolve(c, name, &id);

    if (ex == EXIT_DONE) {
        json_object_set_new(fields, "scope", json_string(scope));
        json_object_set_new(fields, key, json_string(id));
    }
    free(id);
    return ex;
}

static enum ctl_exit option_take(struct ctl *c, const char *arg, json_t *fields)
{
    const char *value = strchr(arg, '=');

    if (value != NULL && strncmp(arg, "department=", 11) == 0)
        return owner_take(c, "department", "department", resolve_dept, value + 1, fields);
    if (value != NULL && strncmp(arg, "agent=", 6) == 0)
        return owner_take(c, "own", "agent", resolve_agent, value + 1, fields);
    if (value != NULL && (strncmp(arg, "shortcut=", 9) == 0 || strncmp(arg, "lang=", 5) == 0)) {
        json_object_set_new(fields, arg[0] == 's' ? "shortcut" : "lang", json_string(value + 1));
        return EXIT_DONE;
    }
    ctl_complain("department=NAME, agent=EMAIL, shortcut=WORD or lang=en|ja|any was expected, not "
                 "\"%s\"",
                 arg);
    return EXIT_USAGE;
}

enum ctl_exit ctl_run_canned_add(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv)
{
    json_t *fields = json_pack("{s:s, s:s}", "title", argv[0], "scope", "portal");
    struct buf text = {0};
    enum ctl_exit ex = EXIT_DONE;

    if (strcmp(argv[1], "-") == 0)
        ex = stdin_read(&text);
    else
        buf_add_str(&text, argv[1]);
    if (ex == EXIT_DONE)
        json_object_set_new(fields, "text", json_stringn(text.p, text.len));
    buf_fini(&text);
    for (int i = 2; i < argc && ex == EXIT_DONE; i++)
        ex = option_take(c, argv[i], fields);
    if (ex != EXIT_DONE) {
        json_decref(fields);
        return ex;
    }
    return ctl_say(c, cmd->word, fields);
}
