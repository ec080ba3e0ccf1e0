/*
 * Business hours and holidays of a department: what they say of now, and their settings one by one.
 * Reading calendars is ics.c's affair; what is possible the gateway says.
 */
#include <stdio.h>
#include <stdlib.h>

#include "ctl_int.h"

/* A department's object; *id and *ok are the caller's. */
static enum ctl_exit dept_read(struct ctl *c, const char *word, char **id, json_t **ok)
{
    enum ctl_exit ex = resolve_dept(c, word, id);

    if (ex != EXIT_DONE)
        return ex;
    ex = ctl_call(c, "department.show", json_pack("{s:s}", "department", *id), ok);
    if (ex != EXIT_DONE)
        free(*id);
    return ex;
}

static const char *dept_text(const json_t *ok, const char *setting)
{
    const char *s = json_string_value(json_object_get(json_object_get(ok, "department"), setting));

    return s != NULL ? s : "";
}

static void time_put(json_t *to, const char *key, const json_t *now, const char *from)
{
    char text[TIME_TEXT];
    const json_t *ms = json_object_get(now, from);

    if (ms == NULL)
        return;
    time_format(json_integer_value(ms), text);
    json_object_set_new(to, key, json_string(text));
}

enum ctl_exit ctl_run_hours_show(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv)
{
    json_t *ok, *now = NULL, *shown;
    char *id;
    enum ctl_exit ex = dept_read(c, argv[0], &id, &ok);

    (void)argc;
    if (ex != EXIT_DONE)
        return ex;
    ex = ctl_call(c, cmd->word, json_pack("{s:s}", "department", id), &now);
    free(id);
    if (ex == EXIT_DONE && c->opt.json) {
        print_json(now);
    } else if (ex == EXIT_DONE) {
        shown = json_pack(
            "{s:s, s:s, s:O, s:s}", "week",
            *dept_text(ok, "hours.week") != '\0' ? dept_text(ok, "hours.week") : "always open",
            "days", dept_text(ok, "hours.days"), "zone", json_object_get(now, "zone"), "now",
            json_is_true(json_object_get(now, "takes"))  ? "open"
            : json_is_true(json_object_get(now, "open")) ? "open, without new chats"
                                                         : "closed");
        time_put(shown, "chats until", now, "chats_until_ms");
        time_put(shown, "closes", now, "closes_ms");
        time_put(shown, "opens", now, "opens_ms");
        print_object(shown);
        json_decref(shown);
    }
    json_decref(now);
    json_decref(ok);
    return ex;
}

/* Say what was changed, or that nothing was. */
static enum ctl_exit dept_set(struct ctl *c, json_t *fields)
{
    json_t *ok;
    enum ctl_exit ex = ctl_call(c, "department.set", fields, &ok);

    if (ex != EXIT_DONE)
        return ex;
    if (c->opt.json)
        print_json(ok);
    else if (json_is_true(json_object_get(ok, "unchanged")))
        puts("unchanged");
    json_decref(ok);
    return EXIT_DONE;
}

/* week=…, zone=…: the settings without what their names have in common. */
enum ctl_exit ctl_run_hours_set(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv)
{
    json_t *fields = json_object();
    char **pairs = xcalloc((size_t)argc, sizeof(*pairs)), *id;
    enum ctl_exit ex = resolve_dept(c, argv[0], &id);

    (void)cmd;
    for (int i = 1; i < argc; i++) {
        struct buf pair = {0};

        buf_addf(&pair, "%s%s", strncmp(argv[i], "version=", 8) == 0 ? "" : "hours.", argv[i]);
        pairs[i - 1] = buf_take(&pair);
    }
    if (ex == EXIT_DONE) {
        json_object_set_new(fields, "department", json_string(id));
        free(id);
        ex = settings_to_fields(c, "department", argc - 1, pairs, fields);
    }
    for (int i = 1; i < argc; i++)
        free(pairs[i - 1]);
    free(pairs);
    if (ex == EXIT_DONE)
        return dept_set(c, fields);
    json_decref(fields);
    return ex;
}

/* holidays: lines of a date, and perhaps a blank and a name */

static bool line_next(const char **text, struct span *line)
{
    size_t len = strcspn(*text, "\n");

    if (**text == '\0')
        return false;
    *line = (struct span){*text, len};
    *text += len + ((*text)[len] == '\n');
    return true;
}

static struct span line_date(struct span line)
{
    size_t len = 0;

    while (len < line.len && line.p[len] != ' ')
        len++;
    return (struct span){line.p, len};
}

static bool holiday_is_there(const char *text, struct span date)
{
    struct span line;

    while (line_next(&text, &line))
        if (span_eq(line_date(line), date))
            return true;
    return false;
}

enum ctl_exit ctl_run_holiday_list(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv)
{
    json_t *ok, *rows = json_array();
    struct span line;
    char *id;
    enum ctl_exit ex = dept_read(c, argv[0], &id, &ok);

    (void)argc;
    if (ex == EXIT_DONE) {
        const char *text = dept_text(ok, "hours.holidays");

        while (line_next(&text, &line)) {
            struct span date = line_date(line);
            struct span name = span_trim((struct span){date.p + date.len, line.len - date.len});

            json_array_append_new(rows, json_pack("{s:s%, s:s%}", "date", date.p, date.len, "name",
                                                  name.len > 0 ? name.p : "", name.len));
        }
        if (c->opt.json)
            print_json(rows);
        else
            print_rows(rows, cmd->columns);
        free(id);
        json_decref(ok);
    }
    json_decref(rows);
    return ex;
}

/* Made of those that were read: whoever changes them meanwhile is not overrun. */
static enum ctl_exit holidays_set(struct ctl *c, const char *id, const json_t *ok,
                                  const struct buf *text)
{
    json_t *version = json_object_get(json_object_get(ok, "department"), "version");

    return dept_set(c, json_pack("{s:s, s:s, s:O?}", "department", id, "hours.holidays",
                                 text->len > 0 ? text->p : "", "version", version));
}

enum ctl_exit ctl_run_holiday_add(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv)
{
    struct buf text = {0};
    json_t *ok;
    char *id;
    enum ctl_exit ex = dept_read(c, argv[0], &id, &ok);

    (void)cmd;
    if (ex != EXIT_DONE)
        return ex;
    buf_addf(&text, "%s\n%s", dept_text(ok, "hours.holidays"), argv[1]);
    for (int i = 2; i < argc; i++)
        buf_addf(&text, " %s", argv[i]);
    ex = holidays_set(c, id, ok, &text);
    buf_fini(&text);
    free(id);
    json_decref(ok);
    return ex;
}

enum ctl_exit ctl_run_holiday_remove(struct ctl *c, const struct ctl_cmd *cmd, int argc,
                                     char **argv)
{
    struct buf text = {0};
    struct span line;
    json_t *ok;
    char *id;
    enum ctl_exit ex = dept_read(c, argv[0], &id, &ok);

    (void)cmd;
    (void)argc;
    if (ex != EXIT_DONE)
        return ex;
    const char *all = dept_text(ok, "hours.holidays");

    if (holiday_is_there(all, span_of(argv[1]))) {
        while (line_next(&all, &line))
            if (!span_is(line_date(line), argv[1])) {
                buf_add_span(&text, line);
                buf_add_char(&text, '\n');
            }
        ex = holidays_set(c, id, ok, &text);
    } else {
        ctl_complain("%s is none of its holidays", argv[1]);
        ex = EXIT_NOTFOUND;
    }
    buf_fini(&text);
    free(id);
    json_decref(ok);
    return ex;
}

static enum ctl_exit calendar_read(const char *path, struct buf *out)
{
    enum ctl_exit ex = input_read(path, ICS_MAX_BYTES, out);

    if (ex != EXIT_DONE || !out->full)
        return ex;
    ctl_complain("%s: a calendar has %u KB at most", path, ICS_MAX_BYTES >> 10);
    return EXIT_USAGE;
}

/* Those of `from` that are not there yet go behind `text`. */
static size_t holidays_merge(const char *from, struct buf *text, size_t *there)
{
    struct span line;
    size_t added = 0;

    *there = 0;
    while (line_next(&from, &line)) {
        if (text->len > 0 && holiday_is_there(text->p, line_date(line))) {
            ++*there;
            continue;
        }
        if (text->len > 0)
            buf_add_char(text, '\n');
        buf_add_span(text, line);
        added++;
    }
    return added;
}

enum ctl_exit ctl_run_holiday_import(struct ctl *c, const struct ctl_cmd *cmd, int argc,
                                     char **argv)
{
    struct buf file = {0}, found = {0}, text = {0};
    struct ics_left left = {0};
    size_t added, there;
    json_t *ok;
    char *id;
    enum ctl_exit ex = calendar_read(argv[1], &file);

    (void)cmd;
    (void)argc;
    if (ex == EXIT_DONE)
        ex = ics_holidays(argv[1], file.len > 0 ? file.p : "", &found, &left);
    if (ex == EXIT_DONE && (ex = dept_read(c, argv[0], &id, &ok)) == EXIT_DONE) {
        buf_add_str(&text, dept_text(ok, "hours.holidays"));
        added = holidays_merge(found.len > 0 ? found.p : "", &text, &there);
        ex = holidays_set(c, id, ok, &text);
        if (ex == EXIT_DONE && !c->opt.quiet)
            fprintf(stderr,
                    "%zu added, %zu were there; left out: %zu with a time of day, %zu past, "
                    "%zu cancelled\n",
                    added, there, left.timed, left.past, left.cancelled);
        free(id);
        json_decref(ok);
    }
    buf_fini(&file);
    buf_fini(&found);
    buf_fini(&text);
    return ex;
}
