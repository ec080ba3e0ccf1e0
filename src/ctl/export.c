/* `conversation export`: a conversation, or a whole list page after page, as a file on stdout. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl_int.h"

struct export
{
    struct ctl *c;
    json_t *fields; /* of each question but for the conversations */
    json_t *page;   /* which list, and how it is narrowed down */
    long long done; /* conversations */
    bool tells;
};

/* One piece after the other, until all of these are through. */
static enum ctl_exit pieces_print(struct export *e, json_t *fields, json_t *ids)
{
    size_t left = ids != NULL ? json_array_size(ids) : 1;
    json_t *ok;
    enum ctl_exit ex;

    do {
        if (ids != NULL)
            json_object_set(fields, "conversations", ids);
        if ((ex = ctl_call(e->c, "conversation.export", json_incref(fields), &ok)) != EXIT_DONE)
            return ex;
        const char *text = json_string_value(json_object_get(ok, "text"));
        size_t done = (size_t)json_integer_value(json_object_get(ok, "done"));

        if (fputs(text != NULL ? text : "", stdout) == EOF || fflush(stdout) == EOF) {
            ctl_complain("the file cannot be written");
            json_decref(ok);
            return EXIT_FAILED;
        }
        json_object_set(fields, "after", json_object_get(ok, "after"));
        json_object_set(e->fields, "begun", json_object_get(ok, "begun"));
        json_object_set(fields, "begun", json_object_get(ok, "begun"));
        for (size_t i = 0; ids != NULL && i < done; i++)
            json_array_remove(ids, 0);
        left = done <= left ? left - done : 0;
        json_decref(ok);
    } while (left > 0);
    return EXIT_DONE;
}

static enum ctl_exit ids_print(struct export *e, json_t *ids, bool last)
{
    json_t *fields = json_copy(e->fields);
    enum ctl_exit ex;

    json_object_set_new(fields, "last", json_boolean(last));
    ex = pieces_print(e, fields, ids);
    json_decref(fields);
    return ex;
}

static enum ctl_exit page_print(const json_t *rows, void *arg)
{
    struct export *e = arg;
    json_t *ids = json_array(), *row;
    enum ctl_exit ex = EXIT_DONE;
    size_t i;

    json_array_foreach (rows, i, row)
        json_array_append(ids, json_object_get(row, "conversation"));
    e->done += (long long)json_array_size(ids);
    if (json_array_size(ids) > 0)
        ex = ids_print(e, ids, false);
    if (e->tells)
        fprintf(stderr, "\r%lld conversations ", e->done);
    json_decref(ids);
    return ex;
}

static enum ctl_exit list_print(struct export *e)
{
    json_t *none = json_array();
    enum ctl_exit ex;

    json_object_set_new(e->page, "max", json_integer(50));
    ex = ctl_pages(e->c, "list.read", json_copy(e->page), page_print, e);

    /* The end of the file is a piece of its own: which page is the last is known behind it. */
    if (ex == EXIT_DONE) {
        json_t *fields = json_copy(e->fields);

        json_object_set_new(fields, "last", json_true());
        json_object_set(fields, "conversations", none);
        ex = pieces_print(e, fields, none);
        json_decref(fields);
    }
    if (e->tells)
        fputc('\n', stderr);
    json_decref(none);
    return ex;
}

static bool is_list(const char *word)
{
    return strspn(word, "0123456789") != strlen(word);
}

static enum ctl_exit option_take(struct export *e, const char *word)
{
    if (strncmp(word, "format=", 7) == 0) {
        json_object_set_new(e->fields, "format", json_string(word + 7));
    } else if (strcmp(word, "lines=yes") == 0 || strcmp(word, "lines=no") == 0) {
        json_object_set_new(e->fields, "each_line", json_boolean(word[6] == 'y'));
    } else if (strncmp(word, "filter=", 7) == 0) {
        json_object_set_new(e->page, "filter", json_string(word + 7));
    } else if (strncmp(word, "tag=", 4) == 0) {
        json_object_set_new(e->page, "tag", json_string(word + 4));
    } else {
        ctl_complain("\"%s\" is none of format=json, format=csv, lines=yes, lines=no, "
                     "filter=FILTER, tag=TAG",
                     word);
        return EXIT_USAGE;
    }
    return EXIT_DONE;
}

/* A list by its word, or that of a saved view. */
static enum ctl_exit list_take(struct export *e, const char *word)
{
    char *id = NULL;
    enum ctl_exit ex = EXIT_DONE;

    if (strncmp(word, "view=", 5) != 0) {
        json_object_set_new(e->page, "list", json_string(word));
    } else if ((ex = resolve_view(e->c, word + 5, &id)) == EXIT_DONE) {
        json_object_set_new(e->page, "view", json_string(id));
        free(id);
    }
    return ex;
}

enum ctl_exit ctl_run_conv_export(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv)
{
    struct export e = {.c = c, .fields = json_object(), .page = json_object()};
    enum ctl_exit ex = is_list(argv[0]) ? list_take(&e, argv[0]) : EXIT_DONE;

    (void)cmd;
    for (int i = 1; i < argc && ex == EXIT_DONE; i++)
        ex = option_take(&e, argv[i]);
    e.tells = !c->opt.quiet && isatty(STDERR_FILENO) && !isatty(STDOUT_FILENO);
    if (ex == EXIT_DONE && is_list(argv[0])) {
        ex = list_print(&e);
    } else if (ex == EXIT_DONE) {
        json_t *fields = json_copy(e.fields);

        json_object_set_new(fields, "conversation", json_string(argv[0]));
        json_object_del(fields, "each_line");
        ex = pieces_print(&e, fields, NULL);
        json_decref(fields);
    }
    json_decref(e.page);
    json_decref(e.fields);
    return ex;
}
