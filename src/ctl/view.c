/* Saved views at a prompt: whose, and of which department, by name. */
#include <stdlib.h>

#include "ctl_int.h"

typedef enum ctl_exit resolve_fn(struct ctl *c, const char *word, char **id);

static enum ctl_exit id_take(struct ctl *c, const char *name, const char *word, resolve_fn *resolve,
                             json_t *fields)
{
    char *id = NULL;
    enum ctl_exit ex = EXIT_DONE;

    if (*word != '\0')
        ex = resolve(c, word, &id);
    if (ex == EXIT_DONE)
        json_object_set_new(fields, name, id != NULL ? json_string(id) : json_null());
    free(id);
    return ex;
}

static enum ctl_exit text_take(const char *name, const char *word, json_t *fields)
{
    json_t *value = json_string(word);

    if (value == NULL) {
        ctl_complain("%s: this is not valid UTF-8", name);
        return EXIT_USAGE;
    }
    json_object_set_new(fields, name, value);
    return EXIT_DONE;
}

static enum ctl_exit version_take(const char *word, json_t *fields)
{
    char *end;
    long long value = strtoll(word, &end, 10);

    if (*word == '\0' || *end != '\0') {
        ctl_complain("version: a number was expected, not \"%s\"", word);
        return EXIT_USAGE;
    }
    json_object_set_new(fields, "version", json_integer(value));
    return EXIT_DONE;
}

/* NAME=VALUE of those that `names` lists, each between blanks. */
static enum ctl_exit pair_take(struct ctl *c, const char *names, const char *pair, json_t *fields)
{
    const char *eq = strchr(pair, '=');
    char name[24], pattern[32];

    snprintf(name, sizeof(name), "%.*s", eq != NULL ? (int)(eq - pair) : 0, pair);
    snprintf(pattern, sizeof(pattern), " %s ", name);
    if (eq == NULL || strstr(names, pattern) == NULL) {
        ctl_complain("NAME=VALUE was expected with one of these:%snot \"%s\"", names, pair);
        return EXIT_USAGE;
    }
    if (strcmp(name, "agent") == 0 || strcmp(name, "department") == 0)
        json_object_set_new(fields, "scope", json_string(name[0] == 'a' ? "own" : "department"));
    if (strcmp(name, "agent") == 0)
        return id_take(c, name, eq + 1, resolve_agent, fields);
    if (strcmp(name, "department") == 0 || strcmp(name, "of") == 0)
        return id_take(c, name, eq + 1, resolve_dept, fields);
    if (strcmp(name, "version") == 0)
        return version_take(eq + 1, fields);
    return text_take(name, eq + 1, fields);
}

static enum ctl_exit pairs_say(struct ctl *c, const struct ctl_cmd *cmd, const char *names,
                               int argc, char **argv, json_t *fields)
{
    enum ctl_exit ex = EXIT_DONE;

    for (int i = 0; i < argc && ex == EXIT_DONE; i++)
        ex = pair_take(c, names, argv[i], fields);
    if (ex != EXIT_DONE) {
        json_decref(fields);
        return ex;
    }
    return ctl_say(c, cmd->word, fields);
}

enum ctl_exit ctl_run_view_add(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv)
{
    json_t *fields = json_object();
    enum ctl_exit ex = text_take("name", argv[0], fields);

    if (ex == EXIT_DONE)
        ex = text_take("list", argv[1], fields);
    if (ex != EXIT_DONE) {
        json_decref(fields);
        return ex;
    }
    return pairs_say(c, cmd, " agent department filter of tag ", argc - 2, argv + 2, fields);
}

enum ctl_exit ctl_run_view_set(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv)
{
    json_t *fields = json_object();
    enum ctl_exit ex = id_take(c, "view", argv[0], resolve_view, fields);

    if (ex != EXIT_DONE) {
        json_decref(fields);
        return ex;
    }
    return pairs_say(c, cmd, " name list filter of tag version ", argc - 1, argv + 1, fields);
}
