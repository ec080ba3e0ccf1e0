/*
 * JSON out: a writer into a buffer that puts commas and escapes where they belong.
 * It does not check that keys and nesting make sense; its callers are few and tested.
 */
#include "deskbell/json.h"

#include <stdlib.h>

static void jw_value(struct jw *j)
{
    if (j->comma)
        buf_add_char(j->b, ',');
    j->comma = true;
}

void jw_obj(struct jw *j)
{
    jw_value(j);
    buf_add_char(j->b, '{');
    j->comma = false;
}

void jw_obj_end(struct jw *j)
{
    buf_add_char(j->b, '}');
    j->comma = true;
}

void jw_arr(struct jw *j)
{
    jw_value(j);
    buf_add_char(j->b, '[');
    j->comma = false;
}

void jw_arr_end(struct jw *j)
{
    buf_add_char(j->b, ']');
    j->comma = true;
}

static void string_write(struct buf *b, struct span s)
{
    size_t from = 0;

    buf_add_char(b, '"');
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.p[i];

        if (c >= 0x20 && c != '"' && c != '\\')
            continue;
        buf_add(b, s.p + from, i - from);
        from = i + 1;
        if (c == '"' || c == '\\') {
            buf_add_char(b, '\\');
            buf_add_char(b, (char)c);
        } else if (c == '\n') {
            buf_add(b, "\\n", 2);
        } else {
            buf_addf(b, "\\u%04x", c);
        }
    }
    if (s.len > from)
        buf_add(b, s.p + from, s.len - from);
    buf_add_char(b, '"');
}

/* Keys are our own words and need no escapes. */
void jw_key(struct jw *j, const char *key)
{
    jw_value(j);
    buf_add_char(j->b, '"');
    buf_add_str(j->b, key);
    buf_add(j->b, "\":", 2);
    j->comma = false;
}

void jw_span(struct jw *j, struct span s)
{
    jw_value(j);
    string_write(j->b, s);
}

void jw_str(struct jw *j, const char *s)
{
    jw_span(j, span_of(s));
}

void jw_int(struct jw *j, int64_t v)
{
    jw_value(j);
    buf_addf(j->b, "%lld", (long long)v);
}

void jw_id(struct jw *j, uint64_t id)
{
    jw_value(j);
    if (id == 0)
        buf_add(j->b, "null", 4);
    else
        buf_addf(j->b, "\"%llu\"", (unsigned long long)id);
}

void jw_bool(struct jw *j, bool v)
{
    jw_value(j);
    buf_add_str(j->b, v ? "true" : "false");
}

void jw_null(struct jw *j)
{
    jw_value(j);
    buf_add(j->b, "null", 4);
}

void jw_raw(struct jw *j, struct span json)
{
    jw_value(j);
    buf_add_span(j->b, json);
}

void jw_k_span(struct jw *j, const char *key, struct span s)
{
    jw_key(j, key);
    jw_span(j, s);
}

void jw_k_str(struct jw *j, const char *key, const char *s)
{
    jw_key(j, key);
    jw_str(j, s);
}

/* What other machines said may be anything: then its odd bytes are shown as question marks. */
void jw_k_foreign(struct jw *j, const char *key, const char *s)
{
    struct span in = span_of(s);

    if (span_is_utf8(in)) {
        jw_k_span(j, key, in);
        return;
    }
    char *copy = span_dup(in);
    for (char *p = copy; *p != 0; p++)
        if ((unsigned char)*p >= 0x80)
            *p = '?';
    jw_k_str(j, key, copy);
    free(copy);
}

void jw_k_int(struct jw *j, const char *key, int64_t v)
{
    jw_key(j, key);
    jw_int(j, v);
}

void jw_k_id(struct jw *j, const char *key, uint64_t id)
{
    jw_key(j, key);
    jw_id(j, id);
}

void jw_k_pos(struct jw *j, const char *key, uint64_t pos)
{
    jw_key(j, key);
    jw_value(j);
    buf_addf(j->b, "\"%llu\"", (unsigned long long)pos);
}

void jw_k_bool(struct jw *j, const char *key, bool v)
{
    jw_key(j, key);
    jw_bool(j, v);
}

struct span span_head(struct span s, size_t max_codepoints)
{
    size_t n = 0;

    for (size_t i = 0; i < s.len; i++) {
        if (((unsigned char)s.p[i] & 0xC0) == 0x80)
            continue;
        if (n++ == max_codepoints)
            return (struct span){s.p, i};
    }
    return s;
}
