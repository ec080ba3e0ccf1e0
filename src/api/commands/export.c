/*
 * Conversations as files, some of them with each call: whoever wants many asks again for the next
 * ones.  So nothing is kept here, everything is what its reader may see when it is given, and a
 * client that has to begin anew asks for the same again.  What a file has, as JSON, is what his
 * console has; tables are made out of that.
 */
#include <jansson.h>
#include <stdlib.h>

#include "api_int.h"

#define EXPORT_BYTES (192u << 10) /* then the answer is over; one line more may be in it */
#define WINDOW 64                 /* lines looked at at a time */

struct export
{
    struct call *c;
    bool csv, lines; /* as a table; each line, not conversations alone */
    bool begun;      /* something of the file is written */
    struct buf text;
    size_t rows; /* of the file, in this answer */
};

enum cell {
    CELL_TEXT,
    CELL_ID,
    CELL_TIME,
    CELL_DEPT,
    CELL_AGENT,
    CELL_BOX,
    CELL_WORDS,
    CELL_TIMES,
    CELL_NAMES
};

struct column {
    const char *title, *key;
    enum cell cell;
};

static const struct column conv_columns[] = {
    {"number", "number", CELL_TEXT},
    {"conversation", "conversation", CELL_ID},
    {"state", "state", CELL_TEXT},
    {"department", "department", CELL_DEPT},
    {"agent", "agent", CELL_AGENT},
    {"name", "name", CELL_TEXT},
    {"email", "email", CELL_TEXT},
    {"phone", "phone", CELL_TEXT},
    {"question", "question", CELL_TEXT},
    {"language", "lang", CELL_TEXT},
    {"page", "page", CELL_TEXT},
    {"rang", "rang_ms", CELL_TIME},
    {"ended", "ended_ms", CELL_TIME},
    {"why", "why", CELL_TEXT},
    {"rating", "rating", CELL_TEXT},
    {"box", "box", CELL_BOX},
    {"last words", "last", CELL_TEXT},
    {"tags", "tags", CELL_WORDS},
    {"goes on from", "previous_number", CELL_TEXT},
    {"goes on as", "next_number", CELL_TEXT},
    {"handling s", "times", CELL_TIMES},
};

static const struct column line_columns[] = {
    {"time", "time_ms", CELL_TIME}, {"kind", "kind", CELL_TEXT},
    {"by", "by", CELL_TEXT},        {"author", "name", CELL_TEXT},
    {"text", "text", CELL_TEXT},    {"note", "note", CELL_TEXT},
    {"to", "to", CELL_TEXT},        {"rating", "rating", CELL_TEXT},
    {"before", "was", CELL_TEXT},   {"mentions", "mentions", CELL_NAMES},
};

/* Of the conversation, before each of its lines. */
#define LEAD 6

/* tables */

static void name_cell(struct export *e, const json_t *id, bool dept)
{
    const struct core *k = e->c->api->env.core;
    const struct reader r = reader_of(k, &e->c->who);
    uint64_t n = json_is_string(id) ? strtoull(json_string_value(id), NULL, 10) : 0;
    const struct dept *d = dept ? audience_dept(&r, n) : NULL;

    if (dept)
        csv_cell(&e->text, d != NULL ? span_of(d->name) : SPAN_NONE);
    else
        csv_cell(&e->text, span_of(core_agent_name(k, n)));
}

/* No tag has a comma in it.  Of what would run, the first one's beginning is the cell's. */
static void words_cell(struct export *e, const json_t *words)
{
    struct buf all = {0};
    const json_t *word;
    size_t i;

    json_array_foreach (words, i, word)
        buf_addf(&all, "%s%s", i > 0 ? ", " : "", json_string_value(word));
    csv_cell(&e->text, buf_span(&all));
    buf_fini(&all);
}

/* Of agents, by their names now. */
static void names_cell(struct export *e, const json_t *agents)
{
    json_t *names = json_array();
    const json_t *one;
    size_t i;

    json_array_foreach (agents, i, one)
        json_array_append(names, json_object_get(one, "name"));
    words_cell(e, names);
    json_decref(names);
}

/* Of all who had it, in seconds; of whoever has it, by now. */
static void times_cell(struct export *e, const json_t *times)
{
    int64_t ms = 0, since_ms;
    const json_t *one;
    size_t i;

    json_array_foreach (times, i, one) {
        since_ms = json_integer_value(json_object_get(one, "since_ms"));
        ms += json_integer_value(json_object_get(one, "ms"));
        ms += since_ms != 0 ? api_now(e->c->api) - since_ms : 0;
    }
    buf_addf(&e->text, "%lld", (long long)(ms / 1000));
}

/* Ids are too long for a spreadsheet's numbers, which round them: they are made texts. */
static void cell_write(struct export *e, const struct column *col, const json_t *v)
{
    char number[32];

    if (col->cell == CELL_BOX)
        v = json_object_get(v, "is");
    if (v == NULL || json_is_null(v))
        return;
    switch (col->cell) {
    case CELL_TIME:
        csv_time(&e->text, json_integer_value(v));
        break;
    case CELL_DEPT:
    case CELL_AGENT:
        name_cell(e, v, col->cell == CELL_DEPT);
        break;
    case CELL_WORDS:
        words_cell(e, v);
        break;
    case CELL_TIMES:
        times_cell(e, v);
        break;
    case CELL_NAMES:
        names_cell(e, v);
        break;
    case CELL_ID:
        buf_addf(&e->text, "id:%s", json_string_value(v));
        break;
    default:
        if (json_is_integer(v)) {
            snprintf(number, sizeof(number), "%lld", (long long)json_integer_value(v));
            buf_add_str(&e->text, number);
        } else if (json_is_string(v)) {
            csv_cell(&e->text, (struct span){json_string_value(v), json_string_length(v)});
        }
    }
}

static void cells_write(struct export *e, const struct column *cols, size_t n, const json_t *of)
{
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            buf_add_char(&e->text, ',');
        cell_write(e, &cols[i], json_object_get(of, cols[i].key));
    }
}

static void titles_write(struct export *e)
{
    size_t n = e->lines ? LEAD : COUNT_OF(conv_columns);

    buf_add_str(&e->text, "\xef\xbb\xbf"); /* else some spreadsheets read the system's letters */
    for (size_t i = 0; i < n; i++)
        buf_addf(&e->text, "%s%s", i > 0 ? "," : "", conv_columns[i].title);
    for (size_t i = 0; e->lines && i < COUNT_OF(line_columns); i++)
        buf_addf(&e->text, ",%s", line_columns[i].title);
    buf_add_str(&e->text, "\r\n");
}

/* the file */

static void file_begin(struct export *e)
{
    if (e->csv && !e->begun)
        titles_write(e);
    else if (!e->csv)
        buf_add_str(&e->text, e->begun ? ",\n" : "[\n");
    e->begun = true;
}

static void file_end(struct export *e)
{
    if (e->csv && !e->begun)
        titles_write(e);
    else if (!e->csv)
        buf_add_str(&e->text, e->begun ? "\n]\n" : "[]\n");
}

static void table_lines(struct export *e, const json_t *head, struct span lines)
{
    json_t *all = json_loadb(lines.p, lines.len, 0, NULL), *line;
    size_t i;

    json_array_foreach (all, i, line) {
        cells_write(e, conv_columns, LEAD, head);
        buf_add_char(&e->text, ',');
        cells_write(e, line_columns, COUNT_OF(line_columns), line);
        buf_add_str(&e->text, "\r\n");
        e->rows++;
    }
    json_decref(all);
}

static void json_lines(struct export *e, struct span lines, bool first)
{
    if (lines.len <= 2)
        return;
    if (!first)
        buf_add_char(&e->text, ',');
    buf_add(&e->text, lines.p + 1, lines.len - 2);
}

/* Lines behind `after`, at most `max` numbers of them; fewer where they are too long together. */
static err_t window_read(struct export *e, const struct conv *cv, uint32_t after, uint32_t *upto,
                         struct buf *lines)
{
    uint32_t width = WINDOW;
    bool more = true;
    err_t err = ERR_OK;

    while (err == ERR_OK && more) {
        struct jw j = {.b = lines};
        struct line_want want = {.after = after, .before = after + width + 1, .max = LINES_MAX};

        buf_reset(lines);
        err = lines_write(&j, e->c->api, cv, &want, &more);
        *upto = after + width;
        if (width == 1)
            break;
        width /= 2;
    }
    return err;
}

/*
 * From behind `*after`; 0 when it is through.  Something is read in any case, for what has no
 * "behind" yet cannot be told from what is through.
 */
static err_t lines_export(struct export *e, const struct conv *cv, const json_t *head,
                          uint32_t *after)
{
    struct buf lines = {0};
    bool first = *after == 0;
    err_t err = ERR_OK;

    do {
        if ((err = window_read(e, cv, *after, after, &lines)) != ERR_OK)
            break;
        if (e->csv)
            table_lines(e, head, buf_span(&lines));
        else
            json_lines(e, buf_span(&lines), first);
        first = first && lines.len <= 2;
    } while (*after < cv->seq && e->text.len < EXPORT_BYTES);
    if (*after >= cv->seq)
        *after = 0;
    buf_fini(&lines);
    return err;
}

static err_t conv_export(struct export *e, const struct conv *cv, uint32_t *after)
{
    const struct view *v = e->c->api->env.view;
    struct buf text = {0};
    struct jw j = {.b = &text};
    json_t *head;
    err_t err = ERR_OK;

    view_head(&j, v, cv, conv_may(v, &e->c->who, cv));
    head = json_loadb(text.p, text.len, 0, NULL);
    if (*after == 0)
        file_begin(e);
    if (!e->csv && *after == 0) {
        buf_addf(&e->text, "{\"head\":");
        buf_add_span(&e->text, buf_span(&text));
        if (e->lines)
            buf_add_str(&e->text, ",\"lines\":[");
        e->rows++;
    }
    if (e->lines)
        err = lines_export(e, cv, head, after);
    else if (e->csv) {
        cells_write(e, conv_columns, COUNT_OF(conv_columns), head);
        buf_add_str(&e->text, "\r\n");
        e->rows++;
    }
    if (!e->csv && *after == 0)
        buf_add_str(&e->text, e->lines ? "]}" : "}");
    json_decref(head);
    buf_fini(&text);
    return err;
}

/* The reader has some of its lines, and may not have the others any more. */
static void conv_cut(struct export *e, uint32_t *after)
{
    if (*after != 0 && !e->csv)
        buf_add_str(&e->text, "],\"cut\":true}");
    *after = 0;
}

/* One that the reader may not (any more) export is left out, as if it were not there. */
static err_t one_export(struct export *e, uint64_t id, uint32_t *after)
{
    struct conv_ref ref;
    err_t err = ERR_OK;

    if (conv_open(e->c->api->env.view, id, &ref) != ERR_OK) {
        conv_cut(e, after);
        return ERR_OK;
    }
    if (rights_may(e->c->api->env.core, &e->c->who, ACT_EXPORT, ref.cv, NULL) == ERR_OK)
        err = conv_export(e, ref.cv, after);
    else
        conv_cut(e, after);
    conv_done(&ref);
    return err;
}

static void export_answer(struct call *c, const struct export *e, size_t done, uint32_t after)
{
    struct buf b = {0};
    struct jw j = {.b = &b};

    jw_obj(&j);
    jw_k_span(&j, "text", buf_span(&e->text));
    jw_k_int(&j, "done", (int64_t)done);
    jw_k_int(&j, "after", after);
    jw_k_int(&j, "rows", (int64_t)e->rows);
    jw_k_bool(&j, "begun", e->begun);
    jw_obj_end(&j);
    call_ok_now(c, buf_span(&b));
    buf_fini(&b);
}

static void export_run(struct export *e, const uint64_t *ids, size_t n, bool last)
{
    uint32_t after = e->lines ? (uint32_t)e->c->arg[ARG_AFTER].i : 0;
    size_t done = 0;
    err_t err = ERR_OK;

    while (err == ERR_OK && done < n && e->text.len < EXPORT_BYTES) {
        err = one_export(e, ids[done], &after);
        if (after != 0)
            break;
        done++;
    }
    if (err != ERR_OK) {
        call_refuse(e->c, err, "conversations", REFUSE_NONE);
        return;
    }
    if (last && done == n)
        file_end(e);
    export_answer(e->c, e, done, after);
}

/* Of the one that is named: is it to be known of, and may it be exported? */
static bool named_is_fine(struct call *c)
{
    struct conv_ref ref;

    if (!c->arg[ARG_CONVERSATION].has) {
        const struct reader r = reader_of(c->api->env.core, &c->who);

        if (audience_exports(&r))
            return true;
        call_refuse(c, ERR_DENIED, NULL, REFUSE_NO_PERMISSION);
        return false;
    }
    if (!conv_take(c, ACT_EXPORT, &ref))
        return false;
    conv_done(&ref);
    return true;
}

void run_conv_export(struct call *c)
{
    const struct arg_value *format = &c->arg[ARG_FORMAT], *lines = &c->arg[ARG_EACH];
    bool one = c->arg[ARG_CONVERSATION].has;
    struct export e = {.c = c,
                       .csv = format->has && span_is(format->s, "csv"),
                       .lines = one || lines->i != 0,
                       .begun = c->arg[ARG_BEGUN].i != 0};

    if (format->has && !e.csv && !span_is(format->s, "json")) {
        call_refuse_with(c, ERR_INVAL, "format", REFUSE_WORD, VALUES(OF_STR("json, csv")));
        return;
    }
    if (!named_is_fine(c))
        return;
    if (one)
        export_run(&e, &c->arg[ARG_CONVERSATION].id, 1, true);
    else
        export_run(&e, c->ids, c->nids, c->arg[ARG_LAST].i != 0);
    buf_fini(&e.text);
}
