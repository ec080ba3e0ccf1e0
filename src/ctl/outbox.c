/* The outbox at a prompt: one mail with its history, many tried again, a message as it goes out. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "ctl_int.h"

static const struct column rcpt_columns[] = {
    {"TO", "address", CELL_TEXT},   {"STATE", "state", CELL_TEXT},
    {"CODE", "code", CELL_NUMBER},  {"REPLACED BY", "replaced_by", CELL_TEXT},
    {"ANSWER", "reply", CELL_TEXT}, {NULL, NULL, 0},
};

static const struct column try_columns[] = {
    {"TRIED", "time_ms", CELL_TIME},
    {"STATE", "state", CELL_TEXT},
    {"CAUSE", "cause", CELL_TEXT},
    {NULL, NULL, 0},
};

/* Take a list out of an object and print it as a table below it. */
static void print_part(json_t *object, const char *key, const struct column *columns)
{
    json_t *rows = json_object_get(object, key);

    if (json_array_size(rows) == 0)
        return;
    putchar('\n');
    print_rows(rows, columns);
}

enum ctl_exit ctl_run_outbox_show(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv)
{
    json_t *fields = json_object(), *ok;
    enum ctl_exit ex = args_to_fields(c, cmd, argc, argv, fields);

    if (ex != EXIT_DONE) {
        json_decref(fields);
        return ex;
    }
    if ((ex = ctl_call(c, cmd->word, fields, &ok)) != EXIT_DONE)
        return ex;
    json_t *mail = json_object_get(ok, cmd->object);
    if (c->opt.json) {
        print_json(mail);
    } else {
        json_t *head = json_copy(mail);

        json_object_del(head, "to");
        json_object_del(head, "tries");
        print_object(head);
        json_decref(head);
        print_part(mail, "to", rcpt_columns);
        print_part(mail, "tries", try_columns);
    }
    json_decref(ok);
    return EXIT_DONE;
}

/* One mail, all of a cause, or all of them: each is one call. */
enum ctl_exit ctl_run_outbox_retry(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv)
{
    const char *what = argv[0];
    json_t *fields, *ok;
    enum ctl_exit ex;

    (void)argc;
    if (strcmp(what, "all") == 0)
        fields = json_pack("{s:b}", "all", 1);
    else if (strncmp(what, "cause=", 6) == 0)
        fields = json_pack("{s:s}", "cause", what + 6);
    else
        fields = json_pack("{s:s}", "mail", what);
    if (fields == NULL) {
        ctl_complain("%s: this is not valid UTF-8", what);
        return EXIT_USAGE;
    }
    if ((ex = ctl_call(c, cmd->word, fields, &ok)) != EXIT_DONE)
        return ex;
    long long meant = json_integer_value(json_object_get(ok, "meant"));
    if (c->opt.json)
        print_json(ok);
    else if (!c->opt.quiet)
        printf(meant == 1 ? "%lld mail is tried again\n" : "%lld mails are tried again\n", meant);
    json_decref(ok);
    return EXIT_DONE;
}

/* All pieces of the message to `out`. */
static enum ctl_exit source_write(struct ctl *c, const char *mail, FILE *out)
{
    json_int_t offset = 0;
    bool more = true;

    while (more) {
        json_t *ok;
        enum ctl_exit ex =
            ctl_call(c, "mail.source", json_pack("{s:s,s:I}", "mail", mail, "offset", offset), &ok);

        if (ex != EXIT_DONE)
            return ex;
        const json_t *text = json_object_get(ok, "text"), *next = json_object_get(ok, "next");
        size_t n = json_string_length(text);

        more = json_is_integer(next) && json_integer_value(next) > offset;
        offset = json_integer_value(next);
        bool written = n == 0 || fwrite(json_string_value(text), 1, n, out) == n;
        json_decref(ok);
        if (!written) {
            ctl_complain("the message cannot be written: %s", strerror(errno));
            return EXIT_FAILED;
        }
    }
    return EXIT_DONE;
}

/* A file that is there already stays: it may be the only copy of something. */
enum ctl_exit ctl_run_outbox_source(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv)
{
    const char *path = argc > 1 ? argv[1] : "-";
    FILE *out = stdout;
    enum ctl_exit ex;

    (void)cmd;
    if (strcmp(path, "-") != 0) {
        int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

        if (fd < 0 || (out = fdopen(fd, "w")) == NULL) {
            ctl_complain("%s cannot be made: %s", path, strerror(errno));
            if (fd >= 0)
                close(fd);
            return EXIT_FAILED;
        }
    }
    ex = source_write(c, argv[0], out);
    if (fflush(out) != 0 && ex == EXIT_DONE) {
        ctl_complain("%s cannot be written: %s", path, strerror(errno));
        ex = EXIT_FAILED;
    }
    if (out != stdout) {
        fclose(out);
        if (ex != EXIT_DONE)
            unlink(path); /* half a message is none */
    }
    return ex;
}
