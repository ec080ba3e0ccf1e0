/* The commands that are more than one call, and the common way of all the others. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "ctl_int.h"
#include "deskbell/clock.h"
#include "deskbell/conf.h"
#include "deskbell/duration.h"
#include "deskbell/limits.h"

enum ctl_exit ctl_confirm(const struct ctl *c, const char *what)
{
    char line[16];

    if (c->opt.yes)
        return EXIT_DONE;
    if (!isatty(STDIN_FILENO)) {
        ctl_complain("%s\nSay --yes to go on without a terminal.", what);
        return EXIT_USAGE;
    }
    fprintf(stderr, "%s [y/N] ", what);
    if (fgets(line, sizeof(line), stdin) != NULL && (line[0] == 'y' || line[0] == 'Y'))
        return EXIT_DONE;
    fputs("Nothing was done.\n", stderr);
    return EXIT_FAILED;
}

static void print_answer(const struct ctl *c, const struct ctl_cmd *cmd, const json_t *ok)
{
    const json_t *shown = cmd->object != NULL ? json_object_get(ok, cmd->object) : ok;

    if (c->opt.json) {
        print_json(json_is_object(shown) ? shown : ok);
    } else if (json_is_true(json_object_get(ok, "unchanged"))) {
        puts("unchanged");
    } else if (shown != NULL && !(c->opt.quiet && cmd->object == NULL)) {
        print_object(shown);
    }
}

enum ctl_exit ctl_run_common(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv)
{
    json_t *fields = cmd->preset != NULL ? json_loads(cmd->preset, 0, NULL) : json_object(), *ok;
    enum ctl_exit ex = args_to_fields(c, cmd, argc, argv, fields);

    if (ex == EXIT_DONE && cmd->confirm != NULL) {
        struct buf what = {0};
        const char *hole = strstr(cmd->confirm, "%s");

        buf_add(&what, cmd->confirm, (size_t)(hole - cmd->confirm));
        buf_add_str(&what, argv[0]);
        buf_add_str(&what, hole + 2);
        ex = ctl_confirm(c, what.p);
        buf_fini(&what);
    }
    if (ex != EXIT_DONE) {
        json_decref(fields);
        return ex;
    }
    if (cmd->columns != NULL)
        return ctl_run_list(c, cmd, fields);
    ex = ctl_call(c, cmd->word, fields, &ok);
    if (ex != EXIT_DONE)
        return ex;
    if (!c->opt.json && cmd->object != NULL)
        ex = settings_as_set(c, cmd->object, json_object_get(ok, cmd->object));
    if (ex == EXIT_DONE)
        print_answer(c, cmd, ok);
    json_decref(ok);
    return ex;
}

/* Read one department's object; the answer is the caller's. */
static enum ctl_exit call_dept_show(struct ctl *c, const char *word, json_t **ok)
{
    char *id;
    enum ctl_exit ex = resolve_dept(c, word, &id);

    if (ex != EXIT_DONE)
        return ex;
    ex = ctl_call(c, "department.show", json_pack("{s:s}", "department", id), ok);
    free(id);
    return ex;
}

/* What makes one doubt its rules, in words; nothing where there is nothing. */
static void rule_doubts_say(json_t *dept)
{
    json_t *doubt, *said = json_array();
    size_t i;

    json_array_foreach (json_object_get(dept, "rule_doubts"), i, doubt) {
        const char *skills = json_string_value(json_object_get(doubt, "skills"));
        struct buf b = {0};

        buf_addf(&b, "rule %" JSON_INTEGER_FORMAT ": ",
                 json_integer_value(json_object_get(doubt, "rule")));
        if (skills != NULL)
            buf_addf(&b, "nobody here has %s", skills);
        else
            buf_add_str(&b, "the department does not speak this language");
        json_array_append_new(said, json_string(b.p));
        buf_fini(&b);
    }
    if (json_array_size(said) > 0)
        json_object_set(dept, "rule_doubts", said);
    else
        json_object_del(dept, "rule_doubts");
    json_decref(said);
}

enum ctl_exit ctl_run_dept_show(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv)
{
    json_t *ok;
    enum ctl_exit ex = call_dept_show(c, argv[0], &ok);

    (void)argc;
    if (ex != EXIT_DONE)
        return ex;
    json_t *dept = json_object_get(ok, "department");
    json_t *agents = json_incref(json_object_get(dept, "agents"));
    bool members_only = cmd->columns != NULL;
    if (c->opt.json) {
        print_json(members_only ? agents : dept);
    } else if ((ex = settings_as_set(c, "department", dept)) == EXIT_DONE) {
        json_object_del(dept, "agents");
        rule_doubts_say(dept);
        if (!members_only) {
            print_object(dept);
            putchar('\n');
        }
        print_rows(agents, ctl_member_columns);
    }
    json_decref(agents);
    json_decref(ok);
    return ex;
}

/* What is said in general, then a list of the answer as a table. */
static void print_with_rows(json_t *ok, const char *list, const struct column *columns)
{
    json_t *rows = json_incref(json_object_get(ok, list));

    json_object_del(ok, list);
    print_object(ok);
    putchar('\n');
    print_rows(rows, columns);
    json_decref(rows);
}

static enum ctl_exit call_with_fields(struct ctl *c, const struct ctl_cmd *cmd, int argc,
                                      char **argv, json_t **ok)
{
    json_t *fields = json_object();
    enum ctl_exit ex = args_to_fields(c, cmd, argc, argv, fields);

    if (ex == EXIT_DONE)
        return ctl_call(c, cmd->word, fields, ok);
    json_decref(fields);
    return ex;
}

enum ctl_exit ctl_run_with_rows(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv)
{
    json_t *ok;
    enum ctl_exit ex = call_with_fields(c, cmd, argc, argv, &ok);

    if (ex != EXIT_DONE)
        return ex;
    if (c->opt.json)
        print_json(ok);
    else
        print_with_rows(ok, cmd->object, cmd->columns);
    json_decref(ok);
    return ex;
}

static const struct column place_columns[] = {
    {"DEPARTMENT", "id", CELL_TEXT}, {"NAME", "name", CELL_TEXT},
    {"TYPE", "type", CELL_TEXT},     {"THERE", "there", CELL_NUMBER},
    {"FREE", "free", CELL_NUMBER},   {"WAITING", "waiting", CELL_NUMBER},
    {"LACKS", "lacks", CELL_TEXT},   {NULL, NULL, 0},
};

enum ctl_exit ctl_run_targets(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv)
{
    json_t *ok, *places;
    enum ctl_exit ex = call_with_fields(c, cmd, argc, argv, &ok);

    if (ex != EXIT_DONE)
        return ex;
    if (c->opt.json) {
        print_json(ok);
    } else {
        places = json_incref(json_object_get(ok, "departments"));
        json_object_del(ok, "departments");
        print_with_rows(ok, cmd->object, cmd->columns);
        putchar('\n');
        print_rows(places, place_columns);
        json_decref(places);
    }
    json_decref(ok);
    return ex;
}

enum ctl_exit ctl_run_dept_embed(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv)
{
    json_t *ok;
    enum ctl_exit ex = call_dept_show(c, argv[0], &ok);

    (void)cmd;
    (void)argc;
    if (ex != EXIT_DONE)
        return ex;
    const json_t *dept = json_object_get(ok, "department");
    const char *type = json_string_value(json_object_get(dept, "type"));
    if (type != NULL && strcmp(type, "public") != 0) {
        ctl_complain("%s is private: visitors cannot enter by it, so there is no tag", argv[0]);
        ex = EXIT_CONFLICT;
    } else if (c->opt.json) {
        json_t *out = json_pack("{s:O?}", "embed", json_object_get(dept, "embed"));

        print_json(out);
        json_decref(out);
    } else {
        const char *embed = json_string_value(json_object_get(dept, "embed"));

        puts(embed != NULL ? embed : "");
    }
    json_decref(ok);
    return ex;
}

/* DEP-7: the confirmation names what goes with it. */
enum ctl_exit ctl_run_dept_remove(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv)
{
    json_t *ok;
    enum ctl_exit ex = call_dept_show(c, argv[0], &ok);
    char what[512];

    (void)argc;
    if (ex != EXIT_DONE)
        return ex;
    const json_t *dept = json_object_get(ok, "department");
    const char *id = json_string_value(json_object_get(dept, "id"));
    char *own_id = xstrdup(id != NULL ? id : "");
    snprintf(what, sizeof(what),
             "Delete department %s for good?  %lld waiting chats become missed, %lld running ones "
             "go on to their end, the history stays readable, its code is never given out again.",
             argv[0], (long long)json_integer_value(json_object_get(dept, "waiting")),
             (long long)json_integer_value(json_object_get(dept, "active")));
    json_decref(ok);
    ex = ctl_confirm(c, what);
    if (ex == EXIT_DONE)
        ex = ctl_call(c, cmd->word, json_pack("{s:s}", "department", own_id), &ok);
    free(own_id);
    if (ex != EXIT_DONE)
        return ex;
    print_answer(c, cmd, ok);
    json_decref(ok);
    return EXIT_DONE;
}

#define AROUND_BYTES 8 /* a mark before it, ends of lines behind it */

/* Secrets come by file or standard input, never as arguments, which every user can see. */
static enum ctl_exit secret_read(const char *path, struct buf *out)
{
    enum ctl_exit ex;

    if (strcmp(path, "-") == 0 && isatty(STDIN_FILENO))
        fputs("The relay's password, then Enter and Ctrl-D: ", stderr);
    if ((ex = input_read(path, RELAY_TOKEN_MAX_BYTES + AROUND_BYTES, out)) != EXIT_DONE)
        return ex;
    while (out->len > 0 && (out->p[out->len - 1] == '\n' || out->p[out->len - 1] == '\r'))
        out->p[--out->len] = '\0';
    if (!out->full && out->len <= RELAY_TOKEN_MAX_BYTES)
        return EXIT_DONE;
    ctl_complain("a password may have %d bytes at most", RELAY_TOKEN_MAX_BYTES);
    return EXIT_USAGE;
}

enum ctl_exit ctl_run_relay_password(struct ctl *c, const struct ctl_cmd *cmd, int argc,
                                     char **argv)
{
    struct buf secret = {0};
    enum ctl_exit ex = secret_read(argc > 0 ? argv[0] : "-", &secret);
    char *dept = NULL;
    json_t *ok;

    if (ex == EXIT_DONE && argc > 1)
        ex = resolve_dept(c, argv[1], &dept);
    if (ex == EXIT_DONE)
        ex = ctl_call(
            c, cmd->word,
            json_pack("{s:s s:s*}", "password", secret.len > 0 ? secret.p : "", "department", dept),
            &ok);
    free(dept);
    if (secret.len > 0)
        explicit_bzero(secret.p, secret.len);
    buf_fini(&secret);
    if (ex != EXIT_DONE)
        return ex;
    print_answer(c, cmd, ok);
    json_decref(ok);
    return EXIT_DONE;
}

enum ctl_exit ctl_run_block_add(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv)
{
    static const char from[] = "conversation=";
    bool visitor = strncmp(argv[0], from, sizeof(from) - 1) == 0;
    json_t *fields = json_pack("{s:s}", visitor ? "conversation" : "prefix",
                               argv[0] + (visitor ? sizeof(from) - 1 : 0)),
           *ok;
    enum ctl_exit ex = EXIT_DONE;

    for (int i = 1; i < argc && ex == EXIT_DONE; i++) {
        int64_t ms;

        if (strncmp(argv[i], "reason=", 7) == 0) {
            json_object_set_new(fields, "text", json_string(argv[i] + 7));
        } else if (strncmp(argv[i], "for=", 4) == 0 && duration_parse(span_of(argv[i] + 4), &ms)) {
            json_object_set_new(fields, "until_ms", json_integer(clock_wall_ms() + ms));
        } else {
            ctl_complain("for=DURATION (such as 1h or 30d) or reason=TEXT was expected, not \"%s\"",
                         argv[i]);
            ex = EXIT_USAGE;
        }
    }
    if (ex != EXIT_DONE) {
        json_decref(fields);
        return ex;
    }
    ex = ctl_call(c, cmd->word, fields, &ok);
    if (ex != EXIT_DONE)
        return ex;
    print_answer(c, cmd, ok);
    json_decref(ok);
    return EXIT_DONE;
}

static const char *member_text(const json_t *object, const char *key)
{
    const char *s = json_string_value(json_object_get(object, key));

    return s != NULL ? s : "";
}

/* One line of a conversation: when, who, what. */
static void print_line(const json_t *line)
{
    const char *kind = member_text(line, "kind"), *text = member_text(line, "text");
    const char *name = member_text(line, "name"), *why = member_text(line, "why");
    const char *was = member_text(line, "was");
    char when[TIME_TEXT];

    time_format(json_integer_value(json_object_get(line, "time_ms")), when);
    printf("%s  %-12s ", when, kind);
    print_text(*name != '\0' ? name : member_text(line, "by"));
    if (*why != '\0' && strcmp(why, "none") != 0)
        printf(" (%s)", why);
    if (*text != '\0') {
        fputs(": ", stdout);
        print_text(text);
    }
    if (*was != '\0') {
        printf(" (line %lld was: ", (long long)json_integer_value(json_object_get(line, "line")));
        print_text(was);
        putchar(')');
    }
    putchar('\n');
}

static const struct column other_columns[] = {
    {"PASSED OVER", "name", CELL_TEXT}, {"WHY", "why", CELL_TEXT}, {NULL, NULL, 0}};

enum ctl_exit ctl_run_conv_show(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv)
{
    const json_t *names;
    json_t *ok, *line;
    size_t i;
    enum ctl_exit ex = ctl_call(c, cmd->word, json_pack("{s:s}", "conversation", argv[0]), &ok);

    (void)argc;
    if (ex != EXIT_DONE)
        return ex;
    if (c->opt.json) {
        print_json(ok);
    } else if ((ex = ctl_names(c, &names)) == EXIT_DONE) {
        json_t *head = json_object_get(ok, "head");

        json_t *others = json_incref(json_object_get(head, "others"));

        json_object_del(head, "may"); /* an operator may do everything */
        json_object_del(head, "others");
        ctl_name(names, head);
        print_object(head);
        putchar('\n');
        if (json_array_size(others) > 0) {
            print_rows(others, other_columns);
            putchar('\n');
        }
        json_decref(others);
        json_array_foreach (json_object_get(ok, "lines"), i, line)
            print_line(line);
        if (json_array_size(json_object_get(ok, "mails")) > 0) {
            putchar('\n');
            print_rows(json_object_get(ok, "mails"), ctl_mail_columns);
        }
    }
    json_decref(ok);
    return ex;
}

enum ctl_exit ctl_run_settings(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv)
{
    static const char *const tables[] = {"portal", "department", "agent"};
    static const struct column columns[] = {
        {"SETTING", "name", CELL_TEXT},
        {"TYPE", "type", CELL_TEXT},
        {"WORDS", "words", CELL_LIST},
        {"MIN", "min", CELL_NUMBER},
        {"MAX", "max", CELL_NUMBER},
        {"MEANING", "help", CELL_TEXT},
        {NULL, NULL, 0},
    };
    json_t *ok;
    bool found = false;
    enum ctl_exit ex = ctl_call(c, cmd->word, json_object(), &ok);

    if (ex != EXIT_DONE)
        return ex;
    for (size_t i = 0; i < COUNT_OF(tables); i++) {
        if (argc > 0 && strcmp(argv[0], tables[i]) != 0)
            continue;
        found = true;
        if (c->opt.json)
            continue;
        printf("%s:\n", tables[i]);
        print_rows(json_object_get(ok, tables[i]), columns);
    }
    if (!found)
        ctl_complain("portal, department or agent was expected, not \"%s\"", argv[0]);
    else if (c->opt.json)
        print_json(argc > 0 ? json_object_get(ok, argv[0]) : ok);
    json_decref(ok);
    return found ? EXIT_DONE : EXIT_USAGE;
}

/* The parts of an answer that are lists stand below it as tables. */
enum ctl_exit ctl_run_status(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv)
{
    static const struct column columns[] = {
        {"NOTICE", "code", CELL_TEXT},
        {"ABOUT", "about", CELL_TEXT},
        {"MEANING", "text", CELL_TEXT},
        {NULL, NULL, 0},
    };
    json_t *ok;
    enum ctl_exit ex = ctl_call(c, cmd->word, json_object(), &ok);

    (void)argc;
    (void)argv;
    if (ex != EXIT_DONE)
        return ex;
    if (c->opt.json) {
        print_json(ok);
    } else {
        json_t *notices = json_incref(json_object_get(ok, "notices"));

        json_object_del(ok, "notices");
        print_object(ok);
        if (json_array_size(notices) > 0) {
            putchar('\n');
            print_rows(notices, columns);
        }
        json_decref(notices);
    }
    json_decref(ok);
    return EXIT_DONE;
}

enum ctl_exit ctl_run_agent_show(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv)
{
    static const struct column columns[] = {
        {"DEPARTMENT", "department", CELL_TEXT},
        {"CHAT", "chat", CELL_BOOL},
        {"NOTIFY", "notify", CELL_BOOL},
        {NULL, NULL, 0},
    };
    json_t *fields = json_object(), *ok = NULL, *member;
    const json_t *names;
    enum ctl_exit ex = args_to_fields(c, cmd, argc, argv, fields);
    size_t i;

    if (ex == EXIT_DONE)
        ex = ctl_call(c, cmd->word, fields, &ok);
    else
        json_decref(fields);
    json_t *agent = json_object_get(ok, cmd->object);
    if (ex == EXIT_DONE && c->opt.json) {
        print_json(agent);
    } else if (ex == EXIT_DONE && (ex = ctl_names(c, &names)) == EXIT_DONE &&
               (ex = settings_as_set(c, "agent", agent)) == EXIT_DONE) {
        json_t *members = json_incref(json_object_get(agent, "departments"));

        json_array_foreach (members, i, member)
            ctl_name(names, member);
        json_object_del(agent, "departments");
        print_object(agent);
        putchar('\n');
        print_rows(members, columns);
        json_decref(members);
    }
    json_decref(ok);
    return ex;
}
