/* What people read: tables, objects, JSON.  Widths are columns of a terminal, not bytes. */
#define _XOPEN_SOURCE 700
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <wchar.h>

#include "ctl_int.h"

void print_json(const json_t *value)
{
    json_dumpf(value, stdout, JSON_INDENT(2) | JSON_ENCODE_ANY);
    putchar('\n');
}

void time_format(int64_t ms, char out[TIME_TEXT])
{
    time_t secs = (time_t)(ms / 1000);
    struct tm tm;

    if (ms == 0) {
        strcpy(out, "-");
        return;
    }
    localtime_r(&secs, &tm);
    strftime(out, TIME_TEXT, "%Y-%m-%d %H:%M:%S %z", &tm);
}

static bool is_time_key(const char *key, const json_t *value)
{
    size_t len = strlen(key);

    return json_is_integer(value) && len > 3 && strcmp(key + len - 3, "_ms") == 0 &&
           (json_integer_value(value) == 0 || json_integer_value(value) > 1000000000000);
}

/* Control characters would let a visitor's text drive the operator's terminal. */
static void add_text(struct buf *b, const char *s)
{
    for (; *s != '\0'; s++) {
        unsigned char ch = (unsigned char)*s;

        if (ch < 0x20 || ch == 0x7f)
            buf_add_char(b, ' ');
        else if (ch == 0xc2 && ((unsigned char)s[1] & 0xe0) == 0x80)
            s++; /* C1 */
        else
            buf_add_char(b, (char)ch);
    }
}

void print_text(const char *s)
{
    struct buf b = {0};

    add_text(&b, s);
    fputs(b.p != NULL ? b.p : "", stdout);
    buf_fini(&b);
}

static void add_value(struct buf *b, const json_t *v, enum cell_kind kind);

/* Things by what they are called. */
static void add_list(struct buf *b, const json_t *v)
{
    size_t i;
    json_t *item;

    json_array_foreach (v, i, item) {
        const json_t *named = json_object_get(item, "address");

        if (named == NULL)
            named = json_object_get(item, "name");
        if (i > 0)
            buf_add_str(b, ", ");
        add_value(b, named != NULL ? named : item, CELL_TEXT);
    }
}

static void add_value(struct buf *b, const json_t *v, enum cell_kind kind)
{
    char text[TIME_TEXT];

    if (v == NULL || json_is_null(v)) {
        buf_add_str(b, "-");
    } else if (json_is_string(v)) {
        add_text(b, json_string_value(v));
    } else if (json_is_boolean(v)) {
        buf_add_str(b, json_is_true(v) ? "yes" : "no");
    } else if (json_is_integer(v) && kind == CELL_TIME) {
        time_format(json_integer_value(v), text);
        buf_add_str(b, text);
    } else if (json_is_array(v)) {
        add_list(b, v);
    } else {
        char *dump = json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY);

        add_text(b, dump != NULL ? dump : "?");
        free(dump);
    }
}

static int text_width(const char *s)
{
    wchar_t wide[1024];
    size_t n = mbstowcs(wide, s, COUNT_OF(wide) - 1);

    if (n == (size_t)-1)
        return (int)strlen(s);
    wide[n] = L'\0';
    int width = wcswidth(wide, n);
    return width >= 0 ? width : (int)n;
}

static void print_padded(const char *s, int width, bool last)
{
    fputs(s, stdout);
    if (last)
        return;
    for (int n = width - text_width(s) + 2; n > 0; n--)
        putchar(' ');
}

static void cells_print(const struct table *t, size_t ncols, char **cells)
{
    for (size_t i = 0; i < ncols; i++)
        print_padded(cells[i], t->widths[i], i + 1 == ncols);
    putchar('\n');
}

static void cell_widen(struct table *t, size_t column, const char *text)
{
    int width = text_width(text);

    if (width > t->widths[column])
        t->widths[column] = width;
}

void table_print(struct table *t, const json_t *rows)
{
    size_t ncols = 0, nrows = json_array_size(rows);
    char *titles[COLUMNS_MAX];

    for (; t->columns[ncols].title != NULL; ncols++) {
        ensure(ncols < COLUMNS_MAX);
        titles[ncols] = (char *)t->columns[ncols].title;
        cell_widen(t, ncols, titles[ncols]);
    }
    char **cells = xcalloc(nrows * ncols + 1, sizeof(*cells));
    for (size_t r = 0; r < nrows; r++)
        for (size_t i = 0; i < ncols; i++) {
            struct buf b = {0};

            add_value(&b, json_object_get(json_array_get(rows, r), t->columns[i].key),
                      t->columns[i].kind);
            cells[r * ncols + i] = buf_take(&b);
            cell_widen(t, i, cells[r * ncols + i]);
        }
    if (!t->headed)
        cells_print(t, ncols, titles);
    t->headed = true;
    for (size_t r = 0; r < nrows; r++)
        cells_print(t, ncols, cells + r * ncols);
    for (size_t i = 0; i < nrows * ncols; i++)
        free(cells[i]);
    free(cells);
}

void print_rows(const json_t *rows, const struct column *columns)
{
    struct table t = {.columns = columns};

    table_print(&t, rows);
}

/* An object's members, those of objects within it as "outer.inner". */
static json_t *flat_object(const json_t *object)
{
    json_t *flat = json_object(), *value, *inner;
    const char *key, *inner_key;

    json_object_foreach ((json_t *)object, key, value) {
        if (!json_is_object(value)) {
            json_object_set(flat, key, value);
            continue;
        }
        json_object_foreach (value, inner_key, inner) {
            struct buf name = {0};

            buf_addf(&name, "%s.%s", key, inner_key);
            json_object_set(flat, name.p, inner);
            buf_fini(&name);
        }
    }
    return flat;
}

void print_object(const json_t *object)
{
    const char *key;
    json_t *value, *flat;
    int width = 0;

    if (!json_is_object(object)) {
        struct buf b = {0};

        add_value(&b, object, CELL_TEXT);
        puts(b.p != NULL ? b.p : "");
        buf_fini(&b);
        return;
    }
    flat = flat_object(object);
    json_object_foreach (flat, key, value)
        if (text_width(key) > width)
            width = text_width(key);
    json_object_foreach (flat, key, value) {
        struct buf b = {0};

        add_value(&b, value, is_time_key(key, value) ? CELL_TIME : CELL_TEXT);
        print_padded(key, width, false);
        puts(b.p != NULL ? b.p : "");
        buf_fini(&b);
    }
    json_decref(flat);
}
