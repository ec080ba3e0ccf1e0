/* `search find`: from words at a prompt to a question, and hits with what was found in them. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "ctl_int.h"

#define NUMBER_WIDTH 8

/* The shell has taken quotes away: what has blanks in it gets them back, behind its filter. */
static void word_add(struct buf *text, const char *word)
{
    const char *value = strchr(word, ':');

    if (text->len > 0)
        buf_add_char(text, ' ');
    if (strpbrk(word, " \t") == NULL || strchr(word, '"') != NULL) {
        buf_add_str(text, word);
        return;
    }
    if (value != NULL && strcspn(word, " \t") > (size_t)(value - word)) {
        buf_add(text, word, (size_t)(value - word) + 1);
        word = value + 1;
    }
    buf_addf(text, "\"%s\"", word);
}

static enum ctl_exit view_take(struct ctl *c, const char *word, json_t *fields)
{
    char *id = NULL;
    enum ctl_exit ex = resolve_view(c, word, &id);

    if (ex == EXIT_DONE)
        json_object_set_new(fields, "view", json_string(id));
    free(id);
    return ex;
}

/* view=VIEW, max=N and order=ORDER are the command's, whatever else has a "=" is a word. */
static enum ctl_exit option_take(struct ctl *c, const char *word, json_t *fields, bool *is_option)
{
    char *end;
    long max;

    *is_option = true;
    if (strncmp(word, "view=", 5) == 0)
        return view_take(c, word + 5, fields);
    if (strncmp(word, "order=", 6) == 0) {
        json_object_set_new(fields, "order", json_string(word + 6));
    } else if (strncmp(word, "cursor=", 7) == 0) {
        json_object_set_new(fields, "cursor", json_string(word + 7));
    } else if (strncmp(word, "max=", 4) == 0) {
        max = strtol(word + 4, &end, 10);
        if (*end != '\0' || end == word + 4) {
            ctl_complain("max: a number was expected, not \"%s\"", word + 4);
            return EXIT_USAGE;
        }
        json_object_set_new(fields, "max", json_integer(max));
    } else {
        *is_option = false;
    }
    return EXIT_DONE;
}

static enum ctl_exit fields_make(struct ctl *c, int argc, char **argv, json_t *fields)
{
    struct buf text = {0};
    enum ctl_exit ex = EXIT_DONE;
    json_t *value;

    for (int i = 0; i < argc && ex == EXIT_DONE; i++) {
        bool is_option;

        ex = option_take(c, argv[i], fields, &is_option);
        if (!is_option)
            word_add(&text, argv[i]);
    }
    value = json_stringn(text.p != NULL ? text.p : "", text.len);
    buf_fini(&text);
    if (ex == EXIT_DONE && value == NULL) {
        ctl_complain("text: this is not valid UTF-8");
        ex = EXIT_USAGE;
    }
    if (json_object_get(fields, "view") != NULL && json_string_length(value) == 0)
        json_decref(value); /* it has words of its own, and is refused others */
    else
        json_object_set_new(fields, "text", value);
    return ex;
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *s = json_string_value(json_object_get(object, key));

    return s != NULL ? s : "";
}

static void parts_print(const json_t *row)
{
    bool bold = isatty(STDOUT_FILENO);
    const json_t *part;
    size_t i;

    if (json_is_true(json_object_get(row, "cut")))
        fputs("…", stdout);
    json_array_foreach (json_object_get(row, "parts"), i, part) {
        bool hit = bold && json_is_true(json_object_get(part, "hit"));

        fputs(hit ? "\033[1m" : "", stdout);
        print_text(text_of(part, "text"));
        fputs(hit ? "\033[0m" : "", stdout);
    }
    putchar('\n');
}

static void row_print(const json_t *names, json_t *row)
{
    json_t *head = json_object_get(row, "head");
    const json_t *line = json_object_get(row, "line");
    char time[TIME_TEXT], number[24];

    ctl_name(names, head);
    time_format(json_integer_value(json_object_get(head, "rang_ms")), time);
    snprintf(number, sizeof(number), "#%lld",
             (long long)json_integer_value(json_object_get(head, "number")));
    printf("%-*s %s  %-7s  ", NUMBER_WIDTH, number, time, text_of(head, "state"));
    print_text(text_of(head, "department"));
    fputs(" / ", stdout);
    print_text(json_is_string(json_object_get(head, "agent")) ? text_of(head, "agent") : "-");
    fputs(" / ", stdout);
    print_text(text_of(head, "name"));
    putchar('\n');
    if (json_array_size(json_object_get(row, "parts")) == 0)
        return;
    printf("%*s ", NUMBER_WIDTH, "");
    print_text(line != NULL ? text_of(line, "name") : text_of(row, "field"));
    printf("%s: ", line != NULL && strcmp(text_of(line, "kind"), "note") == 0 ? " (note)" : "");
    parts_print(row);
}

static enum ctl_exit rows_print(struct ctl *c, const json_t *ok)
{
    const json_t *names;
    json_t *row;
    size_t i;
    enum ctl_exit ex = ctl_names(c, &names);

    if (ex != EXIT_DONE)
        return ex;
    json_array_foreach (json_object_get(ok, "rows"), i, row)
        row_print(names, row);
    if (json_is_true(json_object_get(ok, "behind")))
        fputs("The search index is behind: what is newest may be missing.\n", stderr);
    if (json_is_string(json_object_get(ok, "cursor")))
        fprintf(stderr, "%s: go on with cursor=%s\n",
                json_is_true(json_object_get(ok, "partial")) ? "There may be more"
                                                             : "There is more",
                text_of(ok, "cursor"));
    else if (json_array_size(json_object_get(ok, "rows")) == 0 && !c->opt.quiet)
        fputs("Nothing was found.\n", stderr);
    return EXIT_DONE;
}

enum ctl_exit ctl_run_search(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv)
{
    json_t *fields = json_object(), *ok;
    enum ctl_exit ex = fields_make(c, argc, argv, fields);

    if (ex != EXIT_DONE) {
        json_decref(fields);
        return ex;
    }
    ex = ctl_call(c, cmd->word, fields, &ok);
    if (ex != EXIT_DONE)
        return ex;
    if (c->opt.json)
        print_json(ok);
    else
        ex = rows_print(c, ok);
    json_decref(ok);
    return ex;
}
