/*
 * The gateway's lists at a prompt: page after page to their end, and names in place of ids where
 * people read.
 */
#include <stdio.h>
#include <stdlib.h>

#include "ctl_int.h"

enum ctl_exit ctl_pages(struct ctl *c, const char *word, json_t *fields, page_fn *page, void *arg)
{
    enum ctl_exit ex;
    json_t *ok, *cursor;

    do {
        if ((ex = ctl_call(c, word, json_incref(fields), &ok)) != EXIT_DONE)
            break;
        cursor = json_object_get(ok, "cursor");
        if (json_is_string(cursor))
            json_object_set(fields, "cursor", cursor);
        else
            cursor = NULL;
        ex = page(json_object_get(ok, "rows"), arg);
        json_decref(ok);
    } while (ex == EXIT_DONE && cursor != NULL);
    json_decref(fields);
    return ex;
}

static enum ctl_exit rows_add(const json_t *rows, void *arg)
{
    json_array_extend(arg, (json_t *)rows);
    return EXIT_DONE;
}

enum ctl_exit ctl_rows(struct ctl *c, const char *word, json_t *fields, json_t **rows)
{
    enum ctl_exit ex;

    *rows = json_array();
    ex = ctl_pages(c, word, fields, rows_add, *rows);
    if (ex != EXIT_DONE) {
        json_decref(*rows);
        *rows = NULL;
    }
    return ex;
}

/* names */

static enum ctl_exit names_add(struct ctl *c, json_t *names, const char *word)
{
    json_t *rows, *row;
    size_t i;
    enum ctl_exit ex = ctl_rows(c, word, json_object(), &rows);

    if (ex != EXIT_DONE)
        return ex;
    json_array_foreach (rows, i, row) {
        const char *id = json_string_value(json_object_get(row, "id"));

        if (id != NULL)
            json_object_set(names, id, json_object_get(row, "name"));
    }
    json_decref(rows);
    return EXIT_DONE;
}

enum ctl_exit ctl_names(struct ctl *c, const json_t **names)
{
    enum ctl_exit ex = EXIT_DONE;

    if (c->names == NULL) {
        c->names = json_object();
        if ((ex = names_add(c, c->names, "department.list")) == EXIT_DONE)
            ex = names_add(c, c->names, "agent.list");
    }
    *names = c->names;
    return ex;
}

/* Who was deleted keeps the id: there is no name any more that it could be found by. */
void ctl_name(const json_t *names, json_t *object)
{
    static const char *const keys[] = {"department", "agent", "entry"};

    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        const char *id = json_string_value(json_object_get(object, keys[i]));
        json_t *name = id != NULL ? json_object_get(names, id) : NULL;

        if (name != NULL)
            json_object_set(object, keys[i], name);
    }
}

/* printing */

struct listing {
    struct table table;
    const json_t *names; /* NULL: rows name nobody by an id */
};

static enum ctl_exit page_print(const json_t *rows, void *arg)
{
    struct listing *l = arg;
    json_t *row;
    size_t i;

    json_array_foreach ((json_t *)rows, i, row)
        if (l->names != NULL)
            ctl_name(l->names, row);
    table_print(&l->table, rows);
    return EXIT_DONE;
}

static bool names_by_id(const struct column *columns)
{
    for (; columns->title != NULL; columns++)
        if (strcmp(columns->key, "department") == 0 || strcmp(columns->key, "agent") == 0)
            return true;
    return false;
}

/* One page, because so many were asked for, or from a place: and where the next would begin. */
static enum ctl_exit page_run(struct ctl *c, const struct ctl_cmd *cmd, json_t *fields,
                              struct listing *l)
{
    json_t *ok, *cursor;
    enum ctl_exit ex = ctl_call(c, cmd->word, fields, &ok);

    if (ex != EXIT_DONE)
        return ex;
    if (c->opt.json) {
        print_json(ok);
    } else {
        cursor = json_object_get(ok, "cursor");
        ex = page_print(json_object_get(ok, "rows"), l);
        if (json_is_string(cursor))
            printf("There are more: cursor=%s\n", json_string_value(cursor));
    }
    json_decref(ok);
    return ex;
}

enum ctl_exit ctl_run_list(struct ctl *c, const struct ctl_cmd *cmd, json_t *fields)
{
    struct listing l = {.table.columns = cmd->columns};
    enum ctl_exit ex = EXIT_DONE;
    json_t *rows;

    if (!c->opt.json && names_by_id(cmd->columns))
        ex = ctl_names(c, &l.names);
    if (ex != EXIT_DONE) {
        json_decref(fields);
        return ex;
    }
    if (json_object_get(fields, "max") != NULL || json_object_get(fields, "cursor") != NULL)
        return page_run(c, cmd, fields, &l);
    if (!c->opt.json)
        return ctl_pages(c, cmd->word, fields, page_print, &l);
    if ((ex = ctl_rows(c, cmd->word, fields, &rows)) != EXIT_DONE)
        return ex;
    json_t *out = json_pack("{s:o}", "rows", rows);
    print_json(out);
    json_decref(out);
    return EXIT_DONE;
}
