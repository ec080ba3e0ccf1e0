/* The JSON writer: what is written reads back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>

#include "deskbell/json.h"
#include "deskbell/view.h"

static void what_is_written_reads_back(void **state)
{
    static const char odd[] =
        "a\"b\\c\n\t\r\x01\x1f\x7f/</script>\xe2\x80\xa8\xe6\x97\xa5\xf0\x9f\x98\x80";
    struct buf b = {0};
    struct jw j = {.b = &b};
    json_t *v;

    (void)state;
    jw_obj(&j);
    jw_k_str(&j, "odd", odd);
    jw_k_id(&j, "none", 0);
    jw_k_id(&j, "id", UINT64_C(9223372036854775807));
    jw_key(&j, "list");
    jw_arr(&j);
    jw_int(&j, -5);
    jw_obj(&j);
    jw_obj_end(&j);
    jw_bool(&j, true);
    jw_null(&j);
    jw_arr(&j);
    jw_arr_end(&j);
    jw_arr_end(&j);
    jw_k_foreign(&j, "foreign", "caf\xe9");
    jw_obj_end(&j);
    v = json_loadb(b.p, b.len, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(v);
    assert_string_equal(json_string_value(json_object_get(v, "odd")), odd);
    assert_true(json_is_null(json_object_get(v, "none")));
    assert_string_equal(json_string_value(json_object_get(v, "id")), "9223372036854775807");
    assert_int_equal(json_array_size(json_object_get(v, "list")), 5);
    assert_string_equal(json_string_value(json_object_get(v, "foreign")), "caf?");
    json_decref(v);
    buf_fini(&b);
}

static void texts_are_cut_between_characters(void **state)
{
    (void)state;
    assert_int_equal(span_head(SPAN_LIT("\xe6\x97\xa5\xe6\x9c\xac"), 1).len, 3);
    assert_int_equal(span_head(SPAN_LIT("\xe6\x97\xa5\xe6\x9c\xac"), 2).len, 6);
    assert_int_equal(span_head(SPAN_LIT("abc"), 0).len, 0);
    assert_int_equal(span_head(SPAN_NONE, 5).len, 0);
}

/* A cell that begins like a formula is a text; quotes are doubled, and stand where they must. */
static void cells_are_quoted_and_run_nothing(void **state)
{
    static const struct {
        const char *in, *out;
    } rows[] = {
        {"", ""},
        {"plain", "plain"},
        {"椅子", "椅子"},
        {"a,b", "\"a,b\""},
        {"a;b", "\"a;b\""},
        {"say \"hi\"", "\"say \"\"hi\"\"\""},
        {"two\nlines", "\"two\nlines\""},
        {" led", "\" led\""},
        {"ends ", "\"ends \""},
        {"=1+1", "'=1+1"},
        {"+81 3 1234", "'+81 3 1234"},
        {"-1", "'-1"},
        {"@SUM(A1)", "'@SUM(A1)"},
        {"\t=1", "\"'\t=1\""},
        {"\r=1", "\"'\r=1\""},
        {"\n=1", "\"'\n=1\""},
        {"＝1", "'＝1"},
        {"=HYPERLINK(\"http://x\",\"y\")", "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\""},
        {"a=b", "a=b"},
        {"3-4", "3-4"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct buf b = {0};

        csv_cell(&b, span_of(rows[i].in));
        buf_add_char(&b, '\0');
        assert_string_equal(b.p, rows[i].out);
        buf_fini(&b);
    }
}

static void times_of_cells_are_utc(void **state)
{
    struct buf b = {0};

    (void)state;
    csv_time(&b, 0);
    assert_int_equal(b.len, 0);
    csv_time(&b, 1800000000999);
    assert_true(span_is(buf_span(&b), "2027-01-15T08:00:00Z"));
    buf_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_are_quoted_and_run_nothing),
        cmocka_unit_test(times_of_cells_are_utc),
        cmocka_unit_test(what_is_written_reads_back),
        cmocka_unit_test(texts_are_cut_between_characters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
