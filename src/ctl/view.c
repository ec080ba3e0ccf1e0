/* Saved views at a prompt: whose, and of which department, by name. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

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

/* Of which department; empty: of any. */
static enum ctl_exit of_take(struct ctl *c, const char *name, const char *value, json_t *fields)
{
    return id_take(c, name, value, resolve_dept, fields);
}

/* Of a search: whose conversations; empty: anybody's. */
static enum ctl_exit held_take(struct ctl *c, const char *name, const char *value, json_t *fields)
{
    return id_take(c, name, value, resolve_agent, fields);
}

/* A day of the local clock, from its beginning; empty: at any time. */
static enum ctl_exit day_take(struct ctl *c, const char *name, const char *value, json_t *fields)
{
    struct tm tm = {.tm_isdst = -1};
    const char *end = strptime(value, "%Y-%m-%d", &tm);
    char field[16];

    (void)c;
    if (*value != '\0' && (end == NULL || *end != '\0')) {
        ctl_complain("%s: a day such as 2026-12-01 was expected, not \"%s\"", name, value);
        return EXIT_USAGE;
    }
    snprintf(field, sizeof(field), "%s_ms", name);
    json_object_set_new(fields, field,
                        json_integer(*value != '\0' ? (int64_t)mktime(&tm) * 1000 : 0));
    return EXIT_DONE;
}

/* What a search asks; `list` alone says that it is one. */
#define SEARCH_PAIRS                                                                               \
    {"text", pair_text}, {"contact", pair_text}, {"held_by", held_take}, {"state", pair_text},     \
        {"rating", pair_number}, {"since_days", pair_number}, {"since", day_take},                 \
    {                                                                                              \
        "before", day_take                                                                         \
    }

/* Whose it is to be. */
static enum ctl_exit owner_take(struct ctl *c, const char *name, const char *value, json_t *fields)
{
    bool own = strcmp(name, "agent") == 0;

    json_object_set_new(fields, "scope", json_string(own ? "own" : "department"));
    return id_take(c, name, value, own ? resolve_agent : resolve_dept, fields);
}

enum ctl_exit ctl_run_view_add(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv)
{
    static const struct pair pairs[] = {{"agent", owner_take}, {"department", owner_take},
                                        {"filter", pair_text}, {"of", of_take},
                                        {"tag", pair_text},    SEARCH_PAIRS,
                                        {NULL, NULL}};
    json_t *fields = json_object();
    enum ctl_exit ex = pair_text(c, "name", argv[0], fields);

    if (ex == EXIT_DONE)
        ex = pair_text(c, "list", argv[1], fields);
    if (ex != EXIT_DONE) {
        json_decref(fields);
        return ex;
    }
    ex = pairs_take(c, pairs, argc - 2, argv + 2, fields);
    return ex == EXIT_DONE ? ctl_say(c, cmd->word, fields) : ex;
}

enum ctl_exit ctl_run_view_set(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv)
{
    static const struct pair pairs[] = {
        {"name", pair_text}, {"list", pair_text},      {"filter", pair_text}, {"of", of_take},
        {"tag", pair_text},  {"version", pair_number}, SEARCH_PAIRS,          {NULL, NULL}};
    json_t *fields = json_object();
    enum ctl_exit ex = id_take(c, "view", argv[0], resolve_view, fields);

    if (ex != EXIT_DONE) {
        json_decref(fields);
        return ex;
    }
    ex = pairs_take(c, pairs, argc - 1, argv + 1, fields);
    return ex == EXIT_DONE ? ctl_say(c, cmd->word, fields) : ex;
}
