/* Follow-up tasks at a prompt: whose they are by address, when they are due by the local clock. */
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

static enum ctl_exit due_take(const char *word, json_t *fields)
{
    int64_t ms;

    if (!due_parse(word, &ms)) {
        ctl_complain("due: \"2026-12-01 15:00\", a duration such as 2h, or none was expected, not "
                     "\"%s\"",
                     word);
        return EXIT_USAGE;
    }
    json_object_set_new(fields, "due_ms", json_integer(ms));
    return EXIT_DONE;
}

static enum ctl_exit agent_take(struct ctl *c, const char *word, json_t *fields)
{
    char *id = NULL;
    enum ctl_exit ex;

    if (strcmp(word, "none") == 0) {
        json_object_set_new(fields, "agent", json_null());
        return EXIT_DONE;
    }
    if ((ex = resolve_agent(c, word, &id)) == EXIT_DONE)
        json_object_set_new(fields, "agent", json_string(id));
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

static enum ctl_exit number_take(const char *name, const char *word, json_t *fields)
{
    char *end;
    long long value = strtoll(word, &end, 10);

    if (*word == '\0' || *end != '\0') {
        ctl_complain("%s: a number was expected, not \"%s\"", name, word);
        return EXIT_USAGE;
    }
    json_object_set_new(fields, name, json_integer(value));
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
    if (strcmp(name, "due") == 0)
        return due_take(eq + 1, fields);
    if (strcmp(name, "agent") == 0)
        return agent_take(c, eq + 1, fields);
    if (strcmp(name, "max") == 0 || strcmp(name, "version") == 0)
        return number_take(name, eq + 1, fields);
    return text_take(name, eq + 1, fields);
}

static enum ctl_exit pairs_take(struct ctl *c, const char *names, int argc, char **argv,
                                json_t *fields)
{
    enum ctl_exit ex = EXIT_DONE;

    for (int i = 0; i < argc && ex == EXIT_DONE; i++)
        ex = pair_take(c, names, argv[i], fields);
    if (ex != EXIT_DONE)
        json_decref(fields);
    return ex;
}

enum ctl_exit ctl_run_task_add(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv)
{
    json_t *fields = json_object();
    enum ctl_exit ex = text_take("conversation", argv[0], fields);

    if (ex == EXIT_DONE)
        ex = text_take("title", argv[1], fields);
    if (ex != EXIT_DONE) {
        json_decref(fields);
        return ex;
    }
    ex = pairs_take(c, " agent due ", argc - 2, argv + 2, fields);
    return ex == EXIT_DONE ? ctl_say(c, cmd->word, fields) : ex;
}

enum ctl_exit ctl_run_task_set(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv)
{
    json_t *fields = json_object();
    enum ctl_exit ex = text_take("task", argv[0], fields);

    if (ex != EXIT_DONE) {
        json_decref(fields);
        return ex;
    }
    ex = pairs_take(c, " title agent due version ", argc - 1, argv + 1, fields);
    return ex == EXIT_DONE ? ctl_say(c, cmd->word, fields) : ex;
}

enum ctl_exit ctl_run_task_list(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv)
{
    json_t *fields = json_object();
    enum ctl_exit ex = pairs_take(c, " agent conversation state max cursor ", argc, argv, fields);

    return ex == EXIT_DONE ? ctl_run_list(c, cmd, fields) : ex;
}
