/* The template engine: what it fills in, and what it refuses and where. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "deskbell/mail.h"

static const struct tmpl_name names[] = {
    {"who", TMPL_TEXT, NULL},   {"none", TMPL_TEXT, NULL},    {"items", TMPL_LIST, NULL},
    {"empty", TMPL_LIST, NULL}, {"word", TMPL_TEXT, "items"},
};
static const struct tmpl_schema schema = {names, COUNT_OF(names)};

static char *render(const char *text, const char *who, enum tmpl_escape escape)
{
    struct tmpl *t = NULL;
    struct fault f = {0};
    struct buf out = {0};
    const struct tmpl_value a[] = {{.name = "word", .text = SPAN_LIT("a")}};
    const struct tmpl_value b[] = {{.name = "word", .text = SPAN_LIT("b\nc")}};
    const struct tmpl_values items[] = {{a, 1}, {b, 1}};
    const struct tmpl_value values[] = {
        {.name = "who", .text = span_of(who)},
        {.name = "items", .items = items, .nitems = 2},
    };
    const struct tmpl_values all = {values, COUNT_OF(values)};

    if (tmpl_parse(span_of(text), &schema, &t, &f) != ERR_OK)
        fail_msg("%s: %s", text, f.what);
    tmpl_render(t, &all, escape, &out);
    tmpl_free(t);
    return buf_take(&out);
}

static void templates_are_filled(void **state)
{
    static const struct {
        const char *text, *who;
        enum tmpl_escape escape;
        const char *filled;
    } rows[] = {
        {"", "x", TMPL_PLAIN, ""},
        {"plain { } text", "x", TMPL_PLAIN, "plain { } text"},
        {"\ufeff{{who}}", "Ann", TMPL_SUBJECT, "Ann"}, /* a byte order mark */
        {"Dear {{who}}!", "Ann", TMPL_PLAIN, "Dear Ann!"},
        {"{{ who }}{{none}}.", "Ann", TMPL_PLAIN, "Ann."},
        {"{{#who}}yes{{/who}}{{^who}}no{{/who}}", "Ann", TMPL_PLAIN, "yes"},
        {"{{#who}}yes{{/who}}{{^who}}no{{/who}}", "", TMPL_PLAIN, "no"},
        {"{{#items}}<{{word}} of {{who}}>{{/items}}", "A", TMPL_SUBJECT, "<a of A><b c of A>"},
        {"{{#empty}}x{{/empty}}{{^empty}}nothing{{/empty}}", "A", TMPL_PLAIN, "nothing"},
        {"a\n{{#who}}\nb\n{{/who}}\nc\n", "A", TMPL_PLAIN, "a\nb\nc\n"},
        {"a\n  {{#none}}\nb\n  {{/none}}\nc\n", "A", TMPL_PLAIN, "a\nc\n"},
        {"a {{#who}}\nb\n{{/who}}\n", "A", TMPL_PLAIN, "a \nb\n"},
        {"  {{who}}", "one\r\ntwo\nthree", TMPL_PLAIN, "  one\n  two\n  three"},
        {"{{who}}", "<b onclick=\"x\">&'", TMPL_HTML, "&lt;b onclick=&quot;x&quot;&gt;&amp;&#39;"},
        {"{{who}}", "one\r\ntwo", TMPL_HTML, "one<br>\ntwo"},
        {"{{who}}", "a\r\nBcc: b", TMPL_SUBJECT, "a  Bcc: b"},
        {"{{who}}!", "x\u202efdp.exe\u200f", TMPL_SUBJECT, "xfdp.exe!"},
        {"{{who}}!", "x\u202efdp\u2066.exe\u200f", TMPL_PLAIN, "xfdp.exe\u200f!"},
        {"{{who}}!", "\u202d<b>\x1b", TMPL_HTML, "&lt;b&gt; !"},
        {"> {{who}}", "a\u202815:05  Agent\rb", TMPL_PLAIN, "> a 15:05  Agent b"},
        {"{{#who}}{{#items}}{{^none}}{{word}},{{/none}}{{/items}}{{/who}}", "A", TMPL_SUBJECT,
         "a,b c,"},
        {"{{who}}", "{{who}}{{#items}}", TMPL_PLAIN, "{{who}}{{#items}}"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *filled = render(rows[i].text, rows[i].who, rows[i].escape);

        print_message("  %s\n", rows[i].text);
        assert_string_equal(filled, rows[i].filled);
        free(filled);
    }
}

static void mistakes_are_named_with_line_and_column(void **state)
{
    static const struct {
        const char *text, *what;
    } rows[] = {
        {"{{whom}}", "line 1, column 1: unknown name \"whom\""},
        {"a\nb {{whom}}", "line 2, column 3: unknown name \"whom\""},
        {"日本 {{whom}}", "line 1, column 4: unknown name \"whom\""},
        {"{{}}", "line 1, column 1: unknown name \"\""},
        {"x{{#who}}y", "line 1, column 2: this section is never closed: \"who\""},
        {"x{{/who}}", "line 1, column 2: this section is not open: \"who\""},
        {"{{#who}}{{#items}}{{/who}}{{/items}}",
         "line 1, column 19: another section has to be closed first, not \"who\""},
        {"{{#items}}{{#items}}{{/items}}{{/items}}",
         "line 1, column 11: this list is open already: \"items\""},
        {"{{who", "line 1, column 1: this tag has no }}"},
        {"{{items}}", "line 1, column 1: this is a list and needs {{#…}}: \"items\""},
        {"{{word}}", "line 1, column 1: unknown name \"word\""},
        {"{{^items}}{{word}}{{/items}}", "line 1, column 11: unknown name \"word\""},
        {"{{#empty}}{{whom}}{{/empty}}", "line 1, column 11: unknown name \"whom\""},
        {"\xff", "line 1, column 1: this is not UTF-8"},
        {"日本\n語 \xe3\x81", "line 2, column 3: this is not UTF-8"},
        {"{{ who }}\r\n{{ #who }}\r\n", "line 2, column 1: this section is never closed: \"who\""},
        {"{{#who}}\n{{^none}}\n{{/who}}",
         "line 3, column 1: another section has to be closed first, not \"who\""},
        {"a\n\n\t{{#whom}}x{{/whom}}", "line 3, column 2: unknown name \"whom\""},
        {"{{#}}", "line 1, column 1: unknown name \"\""},
        {"{{/}}", "line 1, column 1: this section is not open: \"\""},
        {"{{who}} {{Who}}", "line 1, column 9: unknown name \"Who\""},
        {"{{{who}}}", "line 1, column 1: unknown name \"{who\""},
        {"{{who}}\n}} {{who", "line 2, column 4: this tag has no }}"},
        {"{{>file}}", "line 1, column 1: unknown name \">file\""},
        {"{{&who}}", "line 1, column 1: unknown name \"&who\""},
        {"{{!note}}", "line 1, column 1: unknown name \"!note\""},
        {"{{=<% %>=}}", "line 1, column 1: unknown name \"=<% %>=\""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct tmpl *t = NULL;
        struct fault f = {0};

        print_message("  %s\n", rows[i].text);
        assert_int_equal(tmpl_parse(span_of(rows[i].text), &schema, &t, &f), ERR_INVAL);
        assert_null(t);
        assert_string_equal(f.what, rows[i].what);
    }
}

static void depth_and_size_are_limited(void **state)
{
    struct buf text = {0};
    struct tmpl *t = NULL;
    struct fault f = {0};

    (void)state;
    for (int i = 0; i < TMPL_DEPTH_MAX; i++)
        buf_add_str(&text, "{{#who}}");
    for (int i = 0; i < TMPL_DEPTH_MAX; i++)
        buf_add_str(&text, "{{/who}}");
    assert_int_equal(tmpl_parse(buf_span(&text), &schema, &t, &f), ERR_OK);
    tmpl_free(t);

    buf_reset(&text);
    for (int i = 0; i <= TMPL_DEPTH_MAX; i++)
        buf_add_str(&text, "{{#who}}");
    assert_int_equal(tmpl_parse(buf_span(&text), &schema, &t, &f), ERR_TOOBIG);

    buf_reset(&text);
    for (int i = 0; i <= TMPL_MAX_BYTES; i++)
        buf_add_char(&text, 'x');
    assert_int_equal(tmpl_parse(buf_span(&text), &schema, &t, &f), ERR_TOOBIG);
    buf_fini(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(templates_are_filled),
        cmocka_unit_test(mistakes_are_named_with_line_and_column),
        cmocka_unit_test(depth_and_size_are_limited),
    };

    return cmocka_run_group_tests_name("mail_tmpl", tests, NULL, NULL);
}
