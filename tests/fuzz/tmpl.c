/*
 * Templates.  Promises: what is refused is told with line and column; what is taken can be filled,
 * stays UTF-8, and no value adds markup, a line to a subject, or a tag.
 */
#include <stdlib.h>

#include "deskbell/mail.h"
#include "fuzz.h"

#define OUT_MAX_BYTES (4u << 20)

static const struct tmpl_name names[] = {
    {"who", TMPL_TEXT, NULL},
    {"none", TMPL_TEXT, NULL},
    {"items", TMPL_LIST, NULL},
    {"word", TMPL_TEXT, "items"},
};
static const struct tmpl_schema schema = {names, COUNT_OF(names)};

static size_t count(struct span s, char c)
{
    size_t n = 0;

    for (size_t i = 0; i < s.len; i++)
        n += s.p[i] == c;
    return n;
}

static void fill(const struct tmpl *t, struct span value, enum tmpl_escape escape, struct buf *out)
{
    const struct tmpl_value word[] = {{.name = "word", .text = value}};
    const struct tmpl_values items[] = {{word, 1}, {word, 1}};
    const struct tmpl_value values[] = {
        {.name = "who", .text = value},
        {.name = "items", .items = items, .nitems = COUNT_OF(items)},
    };
    const struct tmpl_values all = {values, COUNT_OF(values)};

    out->limit_bytes = OUT_MAX_BYTES;
    tmpl_render(t, &all, escape, out);
}

/* Filled with a harmless value and with a hostile one, both have as many of c. */
static void same_count(const struct tmpl *t, const char *hostile, enum tmpl_escape escape, char c)
{
    struct buf mild = {0}, wild = {0};

    fill(t, SPAN_LIT("x"), escape, &mild);
    fill(t, span_of(hostile), escape, &wild);
    ensure(span_is_utf8(buf_span(&wild)));
    if (!mild.full && !wild.full)
        ensure(count(buf_span(&mild), c) == count(buf_span(&wild), c));
    buf_fini(&mild);
    buf_fini(&wild);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span in = {(const char *)data, size};
    struct tmpl *t = NULL;
    struct fault f = {0};
    err_t err = tmpl_parse(in, &schema, &t, &f);

    if (err != ERR_OK) {
        ensure(t == NULL && f.what[0] != '\0');
        ensure(size > TMPL_MAX_BYTES || memcmp(f.what, "line ", 5) == 0);
        return 0;
    }
    same_count(t, "<b>\xe2\x80\xae&\"'", TMPL_HTML, '<');
    same_count(t, "a\r\nBcc: b\xff", TMPL_SUBJECT, '\n');
    same_count(t, "a\rb\x0b\xe2\x80\xa8", TMPL_PLAIN, '\n');
    tmpl_free(t);
    return 0;
}
