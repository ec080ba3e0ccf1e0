/* Answers out of bytes: what is one, what it says, and that it is none before its end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "answer.h"

#define NONE (-1)

static const struct {
    const char *bytes;
    int code; /* of the answer that the last byte ends; 0: it says nothing; NONE: it is not whole */
    bool garbled;
    const char *line; /* the one that counts; not whole: what has begun */
} rows[] = {
    {"250 ok\r\n", 250, .line = "250 ok"},
    {"250 ok\n", 250, .line = "250 ok"},
    {"250\r\n", 250, .line = "250"},
    {"250 \r\n", 250, .line = "250 "},
    {"250-a\r\n250-b\r\n250 c\r\n", 250, .line = "250-a"},
    {"250-2.0.0 a\r\n250 2.1.5 b\r\n", 250, .line = "250-2.0.0 a"},
    {"550-5.1.1 no\r\n550 5.1.1 see there\r\n", 550, .line = "550-5.1.1 no"},
    {"354 go on\r\n", 354, .line = "354 go on"},
    /* not whole */
    {"", NONE, .line = ""},
    {"2", NONE, .line = "2"},
    {"250 ok", NONE, .line = "250 ok"},
    {"250 ok\r", NONE, .line = "250 ok"},
    {"250-x\r\n", NONE, .line = "250-x"},
    {"250-x\r\n250 o", NONE, .line = "250 o"},
    {"250-x\r\n554-y\r\n", NONE, .line = "554-y"},
    /* the last line refuses, whatever the others say */
    {"250-a\r\n554 5.7.1 no\r\n", 554, .line = "554 5.7.1 no"},
    {"250-a\r\n554-5.7.1 no\r\n554 go\r\n", 554, .line = "554-5.7.1 no"},
    {"554-a\r\n451 later\r\n", 451, .line = "451 later"},
    {"354-a\r\n550 no\r\n", 550, .line = "550 no"},
    /* it says one thing and another */
    {"554-a\r\n250 ok\r\n", 0, .line = "250 ok"},
    {"451-a\r\n250 ok\r\n", 0, .line = "250 ok"},
    {"250-a\r\n251 ok\r\n", 0, .line = "251 ok"},
    {"250-a\r\n354 ok\r\n", 0, .line = "354 ok"},
    {"250-a\r\n251-b\r\n250 ok\r\n", 0, .line = "250 ok"},
    {"250-a\r\n251-b\r\n251 ok\r\n", 0, .line = "251-b"},
    {"250-a\r\n554-b\r\n250 ok\r\n", 0, .line = "250 ok"},
    /* taken by the one code, refused by the other */
    {"250 5.7.1 no\r\n", 0, .line = "250 5.7.1 no"},
    {"250 4.2.0\r\n", 0, .line = "250 4.2.0"},
    {"250-2.0.0 a\r\n250 5.10.123 b\r\n", 0, .line = "250-2.0.0 a"},
    {"250-5.7.1 a\r\n550 5.7.1 b\r\n", 550, .line = "550 5.7.1 b"},
    {"550 2.0.0 no\r\n", 550, .line = "550 2.0.0 no"},
    {"250 2.0.0 ok\r\n", 250, .line = "250 2.0.0 ok"},
    {"354 5.0.0 go on\r\n", 354, .line = "354 5.0.0 go on"},
    {"250 5.7.1.9 at your service\r\n", 250, .line = "250 5.7.1.9 at your service"},
    {"250 5.7 seconds\r\n", 250, .line = "250 5.7 seconds"},
    {"250 5.7.x\r\n", 250, .line = "250 5.7.x"},
    {"250 5..1 x\r\n", 250, .line = "250 5..1 x"},
    {"250 5.7.1x\r\n", 250, .line = "250 5.7.1x"},
    {"250 3.7.1 x\r\n", 250, .line = "250 3.7.1 x"},
    /* no answer at all */
    {"\r\n", 0, true, ""},
    {"ok\r\n", 0, true, "ok"},
    {"25\r\n", 0, true, "25"},
    {"2500 ok\r\n", 0, true, "2500 ok"},
    {"250ok\r\n", 0, true, "250ok"},
    {"250\tok\r\n", 0, true, "250\tok"},
    {" 250 ok\r\n", 0, true, " 250 ok"},
    {"+25 ok\r\n", 0, true, "+25 ok"},
    {"199 ok\r\n", 0, true, "199 ok"},
    {"600 ok\r\n", 0, true, "600 ok"},
    {"250-a\r\nand more\r\n", 0, true, "and more"},
    {"554-a\r\n\r\n", 0, true, ""},
};

static void each_answer_says_what_all_of_it_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct answer_reader r = {0};
        struct answer a = {.code = NONE};
        size_t len = strlen(rows[i].bytes);
        bool whole = false;

        print_message("  %s\n", rows[i].bytes);
        for (size_t at = 0; at < len; at++) {
            assert_false(whole); /* not before its last byte */
            whole = answer_take(&r, rows[i].bytes[at], &a);
        }
        assert_int_equal(whole, rows[i].code != NONE);
        assert_true(span_is(whole ? a.line : answer_begun(&r), rows[i].line));
        assert_int_equal(a.code, rows[i].code);
        assert_int_equal(a.garbled, rows[i].garbled);
    }
}

static void answers_follow_each_other(void **state)
{
    static const char bytes[] = "250-a\r\n554 no\r\n250 ok\r\n";
    struct answer_reader r = {0};
    struct answer a;
    int codes[2] = {0};
    size_t n = 0;

    (void)state;
    for (size_t i = 0; bytes[i] != '\0'; i++)
        if (answer_take(&r, bytes[i], &a))
            codes[n++] = a.code;
    assert_int_equal(n, 2);
    assert_int_equal(codes[0], 554);
    assert_int_equal(codes[1], 250);
    assert_int_equal(answer_begun(&r).len, 0);
}

static void a_line_is_cut_and_its_end_is_waited_for(void **state)
{
    static const char begin[] = "250 ";
    struct answer_reader r = {0};
    struct answer a;

    (void)state;
    for (size_t i = 0; i < 5000; i++)
        assert_false(answer_take(&r, i < 4 ? begin[i] : 'y', &a));
    assert_false(answer_take(&r, '\r', &a));
    assert_true(answer_take(&r, '\n', &a));
    assert_int_equal(a.code, 250);
    assert_int_equal(a.line.len, ANSWER_LINE_BYTES);
}

static void the_text_stands_behind_the_code(void **state)
{
    static const struct {
        const char *line, *text;
    } texts[] = {{"250 ok", "ok"},
                 {"550-5.1.1  no ", "5.1.1  no"},
                 {"250", ""},
                 {"250 ", ""},
                 {"250   taken", "taken"}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct answer a = {.line = span_of(texts[i].line)};

        assert_true(span_is(answer_text(&a), texts[i].text));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_answer_says_what_all_of_it_says),
        cmocka_unit_test(answers_follow_each_other),
        cmocka_unit_test(a_line_is_cut_and_its_end_is_waited_for),
        cmocka_unit_test(the_text_stands_behind_the_code),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
