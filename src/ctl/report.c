/* The report of time at a prompt: rows by agent and department, and what each comes to. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "ctl_int.h"

static const struct column row_columns[] = {
    {"AGENT", "name", CELL_TEXT},
    {"DEPARTMENT", "department_name", CELL_TEXT},
    {"CHATS", "count", CELL_NUMBER},
    {"TIME", "time", CELL_TEXT},
    {"AVERAGE", "average", CELL_TEXT},
    {"CORRECTED", "by_hand", CELL_TEXT},
    {NULL, NULL, 0},
};

static enum ctl_exit dept_take(struct ctl *c, const char *name, const char *value, json_t *fields)
{
    char *id = NULL;
    enum ctl_exit ex = resolve_dept(c, value, &id);

    if (ex == EXIT_DONE)
        json_object_set_new(fields, name, json_string(id));
    free(id);
    return ex;
}

static enum ctl_exit agent_take(struct ctl *c, const char *name, const char *value, json_t *fields)
{
    char *id = NULL;
    enum ctl_exit ex = resolve_agent(c, value, &id);

    if (ex == EXIT_DONE)
        json_object_set_new(fields, name, json_string(id));
    free(id);
    return ex;
}

static int64_t number(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

/* "0:02:31", "27:05:00": hours are not made days. */
static void put_time(json_t *row, const char *key, int64_t ms)
{
    int64_t s = ms / 1000;

    json_object_set_new(
        row, key,
        json_sprintf("%" PRId64 ":%02d:%02d", s / 3600, (int)(s / 60 % 60), (int)(s % 60)));
}

static void row_add(json_t *rows, json_t *row, const char *agent, const char *dept)
{
    if (agent != NULL)
        json_object_set_new(row, "name", json_string(agent));
    if (dept != NULL)
        json_object_set_new(row, "department_name", json_string(dept));
    json_object_set(row, "count", json_object_get(row, "conversations"));
    put_time(row, "time", number(row, "ms"));
    put_time(row, "average", number(row, "average_ms"));
    if (number(row, "corrected") > 0)
        put_time(row, "by_hand", number(row, "corrected_ms"));
    json_array_append(rows, row);
}

/* A sum of one row is that row again. */
static void sums_add(json_t *rows, const json_t *sums, const char *agent, const char *dept)
{
    json_t *sum;
    size_t i;

    json_array_foreach (sums, i, sum)
        if (json_array_size(sums) > 1)
            row_add(rows, sum, agent, dept);
}

static void report_print(const json_t *ok)
{
    json_t *rows = json_array(), *row;
    char since[TIME_TEXT], before[TIME_TEXT];
    size_t i;

    time_format(number(ok, "since_ms"), since);
    time_format(number(ok, "before_ms"), before);
    printf("What ended from %s to %s\n\n", since, before);
    json_array_foreach (json_object_get(ok, "rows"), i, row)
        row_add(rows, row, NULL, NULL);
    sums_add(rows, json_object_get(ok, "agents"), NULL, "(all)");
    sums_add(rows, json_object_get(ok, "departments"), "(all)", NULL);
    row_add(rows, json_object_get(ok, "total"), "(all)", "(all)");
    print_rows(rows, row_columns);
    json_decref(rows);
}

enum ctl_exit ctl_run_report_time(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv)
{
    static const struct pair pairs[] = {{"since", pair_text},      {"before", pair_text},
                                        {"department", dept_take}, {"agent", agent_take},
                                        {"format", pair_text},     {NULL, NULL}};
    json_t *fields = json_object(), *ok;
    enum ctl_exit ex = pairs_take(c, pairs, argc, argv, fields);
    const char *text;

    if (ex != EXIT_DONE || (ex = ctl_call(c, cmd->word, fields, &ok)) != EXIT_DONE)
        return ex;
    text = json_string_value(json_object_get(ok, "text"));
    if (c->opt.json)
        print_json(ok);
    else if (text != NULL)
        fputs(text, stdout);
    else
        report_print(ok);
    json_decref(ok);
    return EXIT_DONE;
}
