/*
 * Follow-up tasks at a prompt: whose they are by address, when they are due by the local clock; and
 * who is mentioned in which notes.
 */
#include <stdlib.h>
#include <time.h>

#include "ctl_int.h"
#include "deskbell/clock.h"
#include "deskbell/duration.h"

/* "2026-12-01 15:00" or with a T, or a duration from now; "none": 0. */
static bool due_parse(const char *word, int64_t *ms)
{
    struct tm tm = {.tm_isdst = -1};
    const char *end;

    if (strcmp(word, "none") == 0) {
        *ms = 0;
        return true;
    }
    if (duration_parse(span_of(word), ms) && *ms > 0) {
        *ms += clock_wall_ms();
        return true;
    }
    end = strptime(word, "%Y-%m-%d", &tm);
    if (end == NULL || (*end != ' ' && *end != 'T'))
        return false;
    end = strptime(end + 1, "%H:%M", &tm);
    if (end == NULL || *end != '\0')
        return false;
    *ms = (int64_t)mktime(&tm) * 1000;
    return *ms > 0;
}

static enum ctl_exit due_take(struct ctl *c, const char *name, const char *value, json_t *fields)
{
    int64_t ms;

    (void)c;
    (void)name;
    if (!due_parse(value, &ms)) {
        ctl_complain("due: \"2026-12-01 15:00\", a duration such as 2h, or none was expected, not "
                     "\"%s\"",
                     value);
        return EXIT_USAGE;
    }
    json_object_set_new(fields, "due_ms", json_integer(ms));
    return EXIT_DONE;
}

static enum ctl_exit agent_take(struct ctl *c, const char *name, const char *value, json_t *fields)
{
    char *id = NULL;
    enum ctl_exit ex;

    if (strcmp(value, "none") == 0) {
        json_object_set_new(fields, name, json_null());
        return EXIT_DONE;
    }
    if ((ex = resolve_agent(c, value, &id)) == EXIT_DONE)
        json_object_set_new(fields, name, json_string(id));
    free(id);
    return ex;
}

enum ctl_exit ctl_run_task_add(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv)
{
    static const struct pair pairs[] = {{"agent", agent_take}, {"due", due_take}, {NULL, NULL}};
    json_t *fields = json_object();
    enum ctl_exit ex = pair_text(c, "conversation", argv[0], fields);

    if (ex == EXIT_DONE)
        ex = pair_text(c, "title", argv[1], fields);
    if (ex != EXIT_DONE) {
        json_decref(fields);
        return ex;
    }
    ex = pairs_take(c, pairs, argc - 2, argv + 2, fields);
    return ex == EXIT_DONE ? ctl_say(c, cmd->word, fields) : ex;
}

enum ctl_exit ctl_run_task_set(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv)
{
    static const struct pair pairs[] = {{"title", pair_text},
                                        {"agent", agent_take},
                                        {"due", due_take},
                                        {"version", pair_number},
                                        {NULL, NULL}};
    json_t *fields = json_object();
    enum ctl_exit ex = pair_text(c, "task", argv[0], fields);

    if (ex != EXIT_DONE) {
        json_decref(fields);
        return ex;
    }
    ex = pairs_take(c, pairs, argc - 1, argv + 1, fields);
    return ex == EXIT_DONE ? ctl_say(c, cmd->word, fields) : ex;
}

enum ctl_exit ctl_run_task_list(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv)
{
    static const struct pair pairs[] = {{"agent", agent_take}, {"conversation", pair_text},
                                        {"state", pair_text},  {"max", pair_number},
                                        {"cursor", pair_text}, {NULL, NULL}};
    json_t *fields = json_object();
    enum ctl_exit ex = pairs_take(c, pairs, argc, argv, fields);

    return ex == EXIT_DONE ? ctl_run_list(c, cmd, fields) : ex;
}

enum ctl_exit ctl_run_mention_list(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv)
{
    static const struct pair pairs[] = {
        {"state", pair_text}, {"max", pair_number}, {"cursor", pair_text}, {NULL, NULL}};
    json_t *fields = json_object();
    enum ctl_exit ex = agent_take(c, "agent", argv[0], fields);

    if (ex != EXIT_DONE) {
        json_decref(fields);
        return ex;
    }
    ex = pairs_take(c, pairs, argc - 1, argv + 1, fields);
    return ex == EXIT_DONE ? ctl_run_list(c, cmd, fields) : ex;
}
