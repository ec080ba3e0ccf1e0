/* Spans and buffers, ids, errors, the clock and the log. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <unistd.h>

#include "deskbell/clock.h"
#include "deskbell/duration.h"
#include "deskbell/id.h"
#include "deskbell/log.h"

static void texts_are_judged(void **state)
{
    static const struct {
        const char *what;
        struct span s;
        bool utf8, line, text;
    } rows[] = {
        {"nothing", SPAN_LIT(""), true, true, true},
        {"ASCII", SPAN_LIT("Good day!"), true, true, true},
        {"Japanese", SPAN_LIT("\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e"), true, true, true},
        {"an emoji", SPAN_LIT("\xf0\x9f\x94\x94"), true, true, true},
        {"the last code point", SPAN_LIT("\xf4\x8f\xbf\xbf"), true, true, true},
        {"over the last", SPAN_LIT("\xf4\x90\x80\x80"), false, false, false},
        {"a surrogate", SPAN_LIT("\xed\xa0\x80"), false, false, false},
        {"before the surrogates", SPAN_LIT("\xed\x9f\xbf"), true, true, true},
        {"overlong in two", SPAN_LIT("\xc1\xbf"), false, false, false},
        {"overlong in three", SPAN_LIT("\xe0\x9f\xbf"), false, false, false},
        {"overlong in four", SPAN_LIT("\xf0\x8f\xbf\xbf"), false, false, false},
        {"a lone continuation", SPAN_LIT("a\x80"), false, false, false},
        {"cut short", SPAN_LIT("\xe6\x97"), false, false, false},
        {"cut short, more follows", SPAN_LIT("\xe6\x97z"), false, false, false},
        {"ISO 8859-1", SPAN_LIT("\xe4nn"), false, false, false},
        {"NUL", SPAN_LIT("a\0b"), false, false, false},
        {"LF", SPAN_LIT("a\nb"), true, false, true},
        {"CR LF", SPAN_LIT("a\r\nb"), true, false, true},
        {"a bare CR", SPAN_LIT("a\rb"), true, false, false},
        {"CR at the end", SPAN_LIT("a\r"), true, false, false},
        {"TAB", SPAN_LIT("a\tb"), true, false, true},
        {"ESC", SPAN_LIT("a\033[31m"), true, false, false},
        {"DEL", SPAN_LIT("a\x7f"), true, false, false},
        {"C1", SPAN_LIT("a\xc2\x85"), true, false, false},
        {"U+00A0", SPAN_LIT("a\xc2\xa0"), true, true, true},
        {"U+2028", SPAN_LIT("a\xe2\x80\xa8"), true, false, false},
        {"U+202E", SPAN_LIT("a\xe2\x80\xae"), true, false, false},
        {"U+2066", SPAN_LIT("a\xe2\x81\xa6"), true, false, false},
        {"U+2069", SPAN_LIT("a\xe2\x81\xa9"), true, false, false},
        {"U+2027", SPAN_LIT("a\xe2\x80\xa7"), true, true, true},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        print_message("  %s\n", rows[i].what);
        assert_int_equal(span_is_utf8(rows[i].s), rows[i].utf8);
        assert_int_equal(span_is_line(rows[i].s, 100), rows[i].line);
        assert_int_equal(span_is_text(rows[i].s, 100), rows[i].text);
    }
}

static void what_is_typed_is_cleaned(void **state)
{
    static const struct {
        struct span typed;
        const char *line, *text;
    } rows[] = {
        {SPAN_LIT(""), "", ""},
        {SPAN_LIT("Ann \xe5\xb1\xb1\xe7\x94\xb0"), "Ann \xe5\xb1\xb1\xe7\x94\xb0",
         "Ann \xe5\xb1\xb1\xe7\x94\xb0"},
        {SPAN_LIT("a\r\nBcc: b"), "a  Bcc: b", "a\nBcc: b"},
        {SPAN_LIT("a\rb\tc\n"), "a b c ", "a b\tc\n"},
        {SPAN_LIT("a\0b\x1b[1m\x7f"), "a b [1m ", "a b [1m "},
        {SPAN_LIT("a\xc2\x85"
                  "b\xe2\x80\xa8"
                  "c\xe2\x80\xa9"),
         "a b c ", "a b c "},
        {SPAN_LIT("x\xe2\x80\xae"
                  "fdp\xe2\x80\xac.exe"),
         "xfdp.exe", "xfdp.exe"},
        {SPAN_LIT("\xe2\x80\xaa\xe2\x80\xab\xe2\x80\xad\xe2\x81\xa6\xe2\x81\xa7\xe2\x81\xa8"
                  "\xe2\x81\xa9"),
         "", ""},
        {SPAN_LIT("a\xe2\x80\x8e"
                  "b\xe2\x80\x8f"
                  "c\xd8\x9c"),
         "abc",
         "a\xe2\x80\x8e"
         "b\xe2\x80\x8f"
         "c\xd8\x9c"},
        {SPAN_LIT("\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbb"),
         "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbb",
         "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbb"},
        {SPAN_LIT("a\xff\xe3\x81"), "a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd",
         "a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct buf line = {0}, text = {0};

        print_message("  row %zu\n", i);
        buf_add_line(&line, rows[i].typed);
        buf_add_text(&text, rows[i].typed);
        assert_true(span_is(buf_span(&line), rows[i].line));
        assert_true(span_is(buf_span(&text), rows[i].text));
        assert_true(span_is_line(buf_span(&line), SIZE_MAX));
        assert_true(span_is_text(buf_span(&text), SIZE_MAX));
        buf_fini(&line);
        buf_fini(&text);
    }
}

static void lengths_count_code_points(void **state)
{
    struct span three = SPAN_LIT("\xe6\x97\xa5\xe6\x9c\xac\xf0\x9f\x94\x94");

    (void)state;
    assert_int_equal(span_codepoints(three), 3);
    assert_true(span_is_line(three, 3));
    assert_false(span_is_line(three, 2));
    assert_true(span_is_text(three, 3));
    assert_false(span_is_text(three, 2));
}

static void spans_compare_and_trim(void **state)
{
    (void)state;
    assert_true(span_eq(SPAN_NONE, SPAN_LIT("")));
    assert_false(span_eq(SPAN_LIT("a"), SPAN_LIT("ab")));
    assert_true(span_is(SPAN_LIT("ab"), "ab"));
    assert_false(span_is(SPAN_LIT("ab\0"), "ab"));
    assert_true(span_is_nocase(SPAN_LIT("UpGrade[@"), "upgrade[@"));
    assert_false(span_is_nocase(SPAN_LIT("{"), "["));
    assert_false(span_is_nocase(SPAN_LIT("`"), "@"));
    assert_true(span_is(span_trim(SPAN_LIT(" \t a b\t ")), "a b"));
    assert_true(span_is(span_cut(SPAN_LIT("aあい"), 3), "a"));
    assert_true(span_is(span_cut(SPAN_LIT("aあい"), 4), "aあ"));
    assert_true(span_is(span_cut(SPAN_LIT("aあい"), 7), "aあい"));
    assert_true(span_is(span_cut(SPAN_LIT("ab"), 9), "ab"));
    assert_int_equal(span_cut(SPAN_LIT("あ"), 2).len, 0);
    assert_int_equal(span_trim(SPAN_LIT(" \t ")).len, 0);
    char *copy = span_dup(SPAN_LIT("abc"));
    assert_string_equal(copy, "abc");
    free(copy);
}

static void a_buffer_grows_to_its_limit_and_drops_what_is_over(void **state)
{
    struct buf b = {.limit_bytes = 10};
    char *taken;

    (void)state;
    buf_add_str(&b, "12345");
    buf_addf(&b, "%d", 678);
    assert_string_equal(b.p, "12345678");
    assert_false(b.full);
    buf_add_str(&b, "9ab");
    assert_true(b.full);
    buf_add_char(&b, 'x'); /* would fit, but a hole must not appear */
    assert_string_equal(b.p, "12345678");
    buf_reset(&b);
    assert_false(b.full);
    assert_string_equal(b.p, "");
    buf_addf(&b, "%s", "0123456789");
    assert_false(b.full);
    assert_int_equal(b.len, 10);
    taken = buf_take(&b);
    assert_string_equal(taken, "0123456789");
    free(taken);
    taken = buf_take(&b);
    assert_string_equal(taken, "");
    free(taken);
    for (int i = 0; i < 100; i++)
        buf_add(&b, "\0", 0);
    assert_int_equal(b.len, 0);
    buf_fini(&b);
}

static void ids_are_plain_decimals(void **state)
{
    static const struct {
        const char *text;
        uint64_t id; /* 0: refused */
    } rows[] = {
        {"1", 1},
        {"42", 42},
        {"9223372036854775807", INT64_MAX},
        {"9223372036854775808", 0},
        {"9999999999999999999", 0},
        {"10000000000000000000", 0},
        {"0", 0},
        {"01", 0},
        {"", 0},
        {"-1", 0},
        {"+1", 0},
        {" 1", 0},
        {"1 ", 0},
        {"0x10", 0},
        {"1e3", 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char text[ID_TEXT];
        uint64_t id = 77;
        err_t err = id_parse(span_of(rows[i].text), &id);

        print_message("  \"%s\"\n", rows[i].text);
        assert_int_equal(err, rows[i].id != 0 ? ERR_OK : ERR_INVAL);
        assert_true(id == (rows[i].id != 0 ? rows[i].id : 77));
        if (err == ERR_OK) {
            id_format(id, text);
            assert_string_equal(text, rows[i].text);
        }
    }
}

static void ids_are_put_in_order(void **state)
{
    static const uint64_t up[] = {0, 1, 1, 9, INT64_MAX, UINT64_MAX};
    uint64_t ids[] = {9, UINT64_MAX, 1, 0, INT64_MAX, 1};

    (void)state;
    ids_sort_up(ids, COUNT_OF(ids));
    assert_memory_equal(ids, up, sizeof(up));
    ids_sort_down(ids, COUNT_OF(ids));
    for (size_t i = 0; i < COUNT_OF(ids); i++)
        assert_true(ids[i] == up[COUNT_OF(up) - 1 - i]);
    ids_sort_up(NULL, 0);
    ids_sort_down(NULL, 0);
}

static void times_are_written_in_utc(void **state)
{
    static const struct {
        int64_t ms;
        const char *text;
    } rows[] = {
        {0, "1970-01-01T00:00:00.000Z"},
        {1795413780123, "2026-11-23T06:03:00.123Z"},
        {951782400999, "2000-02-29T00:00:00.999Z"},
        {-1, "1969-12-31T23:59:59.999Z"},
        {253402300799999, "9999-12-31T23:59:59.999Z"},
        {INT64_MAX, "9999-12-31T23:59:59.807Z"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char text[CLOCK_TEXT];

        clock_format(rows[i].ms, text);
        assert_string_equal(text, rows[i].text);
    }
}

#ifdef TEST_HOOKS
static void a_test_moves_both_clocks(void **state)
{
    int64_t wall_ms = clock_wall_ms(), mono_ms = clock_mono_ms();

    (void)state;
    clock_advance_ms(3600 * 1000);
    assert_true(clock_wall_ms() >= wall_ms + 3600 * 1000);
    assert_true(clock_mono_ms() >= mono_ms + 3600 * 1000);
    assert_true(clock_mono_ms() < mono_ms + 2 * 3600 * 1000);
}
#endif

static void every_error_has_its_own_code_and_a_status(void **state)
{
    (void)state;
    for (int a = 0; a < ERR_COUNT; a++) {
        assert_true(err_text((err_t)a)[0] != '\0');
        assert_true(err_http_status((err_t)a) >= 200 && err_http_status((err_t)a) < 600);
        for (int b = 0; b < a; b++)
            assert_string_not_equal(err_code((err_t)a), err_code((err_t)b));
    }
}

static void a_fault_is_one_line_and_cut_between_characters(void **state)
{
    struct fault f;

    (void)state;
    assert_int_equal(fault_set(&f, ERR_INVAL, "a\nb", "bad \r\n%s", "\033[2J"), ERR_INVAL);
    assert_string_equal(f.field, "a?b");
    assert_string_equal(f.what, "bad ???[2J");
    assert_int_equal(fault_set(NULL, ERR_FULL, NULL, "x"), ERR_FULL);
    for (int pad = 0; pad < 4; pad++) {
        char longer[400] = "";

        memset(longer, 'a', (size_t)pad);
        for (size_t i = (size_t)pad; i + 3 < sizeof(longer) - 1; i += 3)
            memcpy(longer + i, "\xe6\x97\xa5", 4);
        assert_int_equal(fault_set(&f, ERR_INVAL, NULL, "%s", longer), ERR_INVAL);
        assert_string_equal(f.field, "");
        assert_true(span_is_utf8(span_of(f.what)));
        assert_true(strlen(f.what) > 180);
    }
}

/* What one call writes to stderr; the caller frees. */
static char *stderr_of(void (*fn)(void))
{
    char *out = xcalloc(1, 8192);
    int saved = dup(STDERR_FILENO), fds[2];

    assert_int_equal(pipe(fds), 0);
    assert_true(dup2(fds[1], STDERR_FILENO) >= 0);
    fn();
    dup2(saved, STDERR_FILENO);
    close(saved);
    close(fds[1]);
    assert_true(read(fds[0], out, 8191) >= 0);
    close(fds[0]);
    return out;
}

static void log_a_line(void)
{
    log_init("tester", LOG_LVL_INFO);
    log_info("thing.done", "n=%d name=%s", 3, log_quote("a \"b\"\n", 6));
    log_debug("thing.hidden", "n=%d", 4);
}

static void log_a_forgery(void)
{
    log_info("thing.odd", "value=%s", "x\n2026 error forged");
}

static void log_too_much(void)
{
    char huge[4000];

    memset(huge, 'z', sizeof(huge) - 1);
    huge[sizeof(huge) - 1] = '\0';
    log_error("thing.huge", "value=%s", huge);
}

static void a_log_line_has_program_time_level_event_and_values(void **state)
{
    char *out = stderr_of(log_a_line);

    (void)state;
    assert_memory_equal(out, "tester 2", 8);
    assert_non_null(strstr(out, "Z info thing.done n=3 name=\"a \\\"b\\\"\\x0a\"\n"));
    assert_null(strstr(out, "hidden"));
    free(out);
}

static void a_log_line_cannot_be_forged_and_is_cut(void **state)
{
    char *out = stderr_of(log_a_forgery);

    (void)state;
    assert_non_null(strstr(out, "value=x?2026 error forged\n"));
    free(out);
    out = stderr_of(log_too_much);
    assert_int_equal(strlen(out), 2048);
    assert_int_equal(out[2047], '\n');
    free(out);
}

static void quoting_cuts_long_values(void **state)
{
    char huge[1000];

    (void)state;
    memset(huge, '\n', sizeof(huge));
    assert_true(strlen(log_quote(huge, sizeof(huge))) < 250);
    assert_string_equal(log_quote("", 0), "\"\"");
}

static void levels_have_words(void **state)
{
    enum log_level level = LOG_LVL_INFO;

    (void)state;
    assert_true(log_level_parse("trace", &level));
    assert_int_equal(level, LOG_LVL_TRACE);
    assert_false(log_level_parse("loud", &level));
    assert_false(log_level_parse("", &level));
    assert_int_equal(level, LOG_LVL_TRACE);
}

static void a_burst_is_let_through_and_the_rest_is_counted(void **state)
{
    struct log_limit l = {0};
    unsigned suppressed = 9, passed = 0;

    (void)state;
    /* At most one turn of the second can fall into this loop. */
    for (int i = 0; i < 1000; i++)
        if (log_allowed(&l, 5, &suppressed))
            passed++;
    assert_true(passed >= 5 && passed <= 10);
    l.second--; /* as if a second had gone by */
    unsigned missed = l.suppressed;
    assert_true(log_allowed(&l, 5, &suppressed));
    assert_int_equal(suppressed, missed);
}

static void what_is_refused_is_named_with_its_place(void **state)
{
    static const struct {
        const char *text;
        bool is_line;
        enum refusal why;
        int64_t at;
        const char *character;
    } rows[] = {
        {"see \xe2\x80\xaegpj", false, REFUSE_CONTROL, 5, "U+202E"},
        {"\xf0\x9f\x91\x8d\r\na\fb", false, REFUSE_CONTROL, 5, "U+000C"},
        {"a\rb", false, REFUSE_CONTROL, 2, "U+000D"},
        {"a\tb", true, REFUSE_ONE_LINE, 2, "U+0009"},
        {"\xe2\x81\xa6", true, REFUSE_ONE_LINE, 1, "U+2066"},
        {"a\xff\f", false, REFUSE_ENCODING, 0, ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fault f = {0};

        assert_int_equal(span_refuse(span_of(rows[i].text), rows[i].is_line, &f, "text"),
                         ERR_INVAL);
        assert_string_equal(f.field, "text");
        assert_int_equal(f.refusal, rows[i].why);
        assert_int_equal(f.values[0].i, rows[i].at);
        assert_string_equal(f.values[1].text, rows[i].character);
    }
}

static void durations_read_as_they_are_written(void **state)
{
    static const struct {
        const char *typed;
        int64_t ms;
        const char *written;
    } rows[] = {
        {"0s", 0, "0s"},
        {"0d", 0, "0s"},
        {"1ms", 1, "1ms"},
        {"1500ms", 1500, "1500ms"},
        {"20s", 20000, "20s"},
        {"90s", 90000, "90s"},
        {"120s", 120000, "2m"},
        {"60m", 3600000, "1h"},
        {"25h", 90000000, "25h"},
        {"007d", 604800000, "7d"},
        {"106751991167d", INT64_C(9223372036828800000), "106751991167d"},
    };
    static const char *const none[] = {"",
                                       "s",
                                       "5",
                                       "5 s",
                                       "-5s",
                                       "5S",
                                       "5min",
                                       "1.5h",
                                       " 5s",
                                       "106751991168d",
                                       "9223372036854775808ms",
                                       "99999999999999999999ms"};
    char text[DURATION_TEXT];
    int64_t ms;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        print_message("  %s\n", rows[i].typed);
        assert_true(duration_parse(span_of(rows[i].typed), &ms));
        assert_int_equal(ms, rows[i].ms);
        duration_format(ms, text);
        assert_string_equal(text, rows[i].written);
    }
    for (size_t i = 0; i < COUNT_OF(none); i++) {
        print_message("  \"%s\"\n", none[i]);
        ms = 77;
        assert_false(duration_parse(span_of(none[i]), &ms));
        assert_int_equal(ms, 77);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_judged),
        cmocka_unit_test(durations_read_as_they_are_written),
        cmocka_unit_test(what_is_typed_is_cleaned),
        cmocka_unit_test(lengths_count_code_points),
        cmocka_unit_test(spans_compare_and_trim),
        cmocka_unit_test(a_buffer_grows_to_its_limit_and_drops_what_is_over),
        cmocka_unit_test(ids_are_plain_decimals),
        cmocka_unit_test(ids_are_put_in_order),
        cmocka_unit_test(times_are_written_in_utc),
#ifdef TEST_HOOKS
        cmocka_unit_test(a_test_moves_both_clocks),
#endif
        cmocka_unit_test(every_error_has_its_own_code_and_a_status),
        cmocka_unit_test(a_fault_is_one_line_and_cut_between_characters),
        cmocka_unit_test(a_log_line_has_program_time_level_event_and_values),
        cmocka_unit_test(a_log_line_cannot_be_forged_and_is_cut),
        cmocka_unit_test(quoting_cuts_long_values),
        cmocka_unit_test(levels_have_words),
        cmocka_unit_test(a_burst_is_let_through_and_the_rest_is_counted),
        cmocka_unit_test(what_is_refused_is_named_with_its_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
