/* Templates of mails: texts that come from files and go to them. */
#include <stdio.h>
#include <stdlib.h>

#include "ctl_int.h"
#include "deskbell/limits.h"

#define FILE_MAX_BYTES (4u * TEMPLATE_MAX_CODEPOINTS)

/* Which object's: a department's if one is named, else the portal's.  *dept is NULL then. */
static enum ctl_exit owner_find(struct ctl *c, int at, int argc, char **argv, char **dept)
{
    *dept = NULL;
    return argc > at ? resolve_dept(c, argv[at], dept) : EXIT_DONE;
}

static void names_add(json_t *rows, const char *of, const json_t *names)
{
    const json_t *name;
    size_t i;

    json_array_foreach (names, i, name) {
        char words[64];
        const char *kind, *lang, *part;

        snprintf(words, sizeof(words), "%s", json_string_value(name));
        if (strtok(words, ".") == NULL || (kind = strtok(NULL, ".")) == NULL ||
            (lang = strtok(NULL, ".")) == NULL || (part = strtok(NULL, ".")) == NULL)
            continue;
        json_array_append_new(rows, json_pack("{s:s, s:s, s:s, s:s}", "kind", kind, "lang", lang,
                                              "part", part, "of", of));
    }
}

enum ctl_exit ctl_run_template_list(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv)
{
    json_t *rows = json_array(), *ok;
    char *dept;
    enum ctl_exit ex = owner_find(c, 0, argc, argv, &dept);

    if (ex == EXIT_DONE && dept != NULL &&
        (ex = ctl_call(c, "department.show", json_pack("{s:s}", "department", dept), &ok)) ==
            EXIT_DONE) {
        names_add(rows, "department",
                  json_object_get(json_object_get(ok, "department"), "templates"));
        json_decref(ok);
    }
    if (ex == EXIT_DONE && (ex = ctl_call(c, cmd->word, json_object(), &ok)) == EXIT_DONE) {
        names_add(rows, "portal", json_object_get(json_object_get(ok, "portal"), "templates"));
        json_decref(ok);
    }
    if (ex == EXIT_DONE && c->opt.json)
        print_json(rows);
    else if (ex == EXIT_DONE)
        print_rows(rows, cmd->columns);
    json_decref(rows);
    free(dept);
    return ex;
}

enum ctl_exit ctl_run_template_show(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv)
{
    json_t *ok = NULL;
    char *dept;
    enum ctl_exit ex = owner_find(c, 3, argc, argv, &dept);

    if (ex == EXIT_DONE)
        ex = ctl_call(
            c, cmd->word,
            json_pack("{s:s, s:s, s:s*}", "kind", argv[0], "lang", argv[1], "department", dept),
            &ok);
    free(dept);
    if (ex != EXIT_DONE)
        return ex;
    const json_t *part = json_object_get(ok, argv[2]);
    const char *text = json_string_value(json_object_get(part, "text"));

    if (text == NULL) {
        ctl_complain("subject, text or html was expected, not \"%s\"", argv[2]);
        ex = EXIT_USAGE;
    } else if (c->opt.json) {
        print_json(part);
    } else {
        /* The text alone on standard output, so that it can be edited and set again. */
        if (!c->opt.quiet)
            fprintf(stderr, "from: %s%s\n", json_string_value(json_object_get(part, "from")),
                    json_is_true(json_object_get(part, "passed_over"))
                        ? " (it no longer parses, and is passed over)"
                        : "");
        fputs(text, stdout);
        if (*text != '\0' && text[strlen(text) - 1] != '\n')
            putchar('\n');
    }
    json_decref(ok);
    return ex;
}

static enum ctl_exit text_read(const char *path, struct buf *out)
{
    enum ctl_exit ex = input_read(path, FILE_MAX_BYTES, out);

    if (ex != EXIT_DONE || (!out->full && memchr(out->p, '\0', out->len) == NULL))
        return ex;
    ctl_complain("%s: a template is a text of at most %d characters", path,
                 TEMPLATE_MAX_CODEPOINTS);
    return EXIT_USAGE;
}

/* Through the gateway's table of settings, as `department set` does. */
static enum ctl_exit template_save(struct ctl *c, const char *dept, struct buf *pair)
{
    const char *word = dept != NULL ? "department.set" : "portal.set";
    json_t *fields = dept != NULL ? json_pack("{s:s}", "department", dept) : json_object(), *ok;
    enum ctl_exit ex =
        settings_to_fields(c, dept != NULL ? "department" : "portal", 1, &pair->p, fields);

    if (ex != EXIT_DONE) {
        json_decref(fields);
        return ex;
    }
    ex = ctl_call(c, word, fields, &ok);
    if (ex != EXIT_DONE)
        return ex;
    if (c->opt.json)
        print_json(ok);
    else if (json_is_true(json_object_get(ok, "unchanged")))
        puts("unchanged");
    json_decref(ok);
    return EXIT_DONE;
}

static void pair_begin(char **argv, struct buf *pair)
{
    buf_addf(pair, "template.%s.%s.%s=", argv[0], argv[1], argv[2]);
}

enum ctl_exit ctl_run_template_set(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv)
{
    struct buf pair = {0};
    char *dept;
    enum ctl_exit ex;

    (void)cmd;
    pair_begin(argv, &pair);
    ex = text_read(argv[3], &pair);
    /* A subject's file ends its line, too. */
    while (ex == EXIT_DONE && strcmp(argv[2], "subject") == 0 &&
           (pair.p[pair.len - 1] == '\n' || pair.p[pair.len - 1] == '\r'))
        pair.p[--pair.len] = '\0';
    if (ex == EXIT_DONE && (ex = owner_find(c, 4, argc, argv, &dept)) == EXIT_DONE) {
        ex = template_save(c, dept, &pair);
        free(dept);
    }
    buf_fini(&pair);
    return ex;
}

enum ctl_exit ctl_run_template_remove(struct ctl *c, const struct ctl_cmd *cmd, int argc,
                                      char **argv)
{
    struct buf pair = {0};
    char *dept;
    enum ctl_exit ex = owner_find(c, 3, argc, argv, &dept);

    (void)cmd;
    pair_begin(argv, &pair);
    if (ex == EXIT_DONE)
        ex = template_save(c, dept, &pair);
    free(dept);
    buf_fini(&pair);
    return ex;
}

enum ctl_exit ctl_run_template_preview(struct ctl *c, const struct ctl_cmd *cmd, int argc,
                                       char **argv)
{
    json_t *ok = NULL;
    char *dept;
    enum ctl_exit ex = owner_find(c, 2, argc, argv, &dept);

    if (ex == EXIT_DONE)
        ex = ctl_call(
            c, cmd->word,
            json_pack("{s:s, s:s, s:s*}", "kind", argv[0], "lang", argv[1], "department", dept),
            &ok);
    free(dept);
    if (ex != EXIT_DONE)
        return ex;
    if (c->opt.json) {
        print_json(ok);
    } else {
        printf("Subject: %s\n\n", json_string_value(json_object_get(ok, "subject")));
        fputs(json_string_value(json_object_get(ok, "text")), stdout);
    }
    json_decref(ok);
    return EXIT_DONE;
}
