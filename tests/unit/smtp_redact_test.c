/* The login never shows, however it is repeated; what is not the login stays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "redact.h"

static void blanked(const char *text, const char *wanted)
{
    char got[512];

    snprintf(got, sizeof(got), "%s", text);
    redact_blank(got, strlen(got));
    print_message("  %s\n", text);
    assert_string_equal(got, wanted);
}

static int login(void **state)
{
    (void)state;
    redact_add(SPAN_LIT("ann.other"));
    redact_add(SPAN_LIT("hunter22"));
    return 0;
}

static int forget(void **state)
{
    (void)state;
    redact_forget();
    return 0;
}

static void words_are_blanked_wherever_and_however_written(void **state)
{
    (void)state;
    blanked("535 5.7.8 hunter22", "535 5.7.8 ********");
    blanked("535 HunTer22hunter22", "535 ****************");
    blanked("535 <ann.other> said xhunter22x", "535 <*********> said x********x");
    blanked("235 welcome, another day", "235 welcome, another day");
    blanked("", "");
}

static void base64_is_blanked_wherever_it_begins(void **state)
{
    (void)state;
    blanked("got aHVudGVyMjI=", "got ***********="); /* hunter22 */
    blanked("got AGFubi5vdGhlcgBodW50ZXIyMg==.", "got **************************==."); /* PLAIN */
    blanked("got eGh1bnRlcjIy", "got ************"); /* xhunter22 */
    blanked("got xaHVudGVyMjI", "got ************"); /* behind a letter that is not its own */
    blanked("334 UGFzc3dvcmQ6", "334 UGFzc3dvcmQ6"); /* Password: */
    blanked("250-ENHANCEDSTATUSCODES", "250-ENHANCEDSTATUSCODES");
}

static void what_was_said_while_signing_in_is_blanked(void **state)
{
    (void)state;
    /* CRAM-MD5: "ann.other 9e95aee09c40af2b84a0c2b3bbae786e" */
    redact_add_said(SPAN_LIT("YW5uLm90aGVyIDllOTVhZWUwOWM0MGFmMmI4NGEwYzJiM2JiYWU3ODZl"));
    blanked("501 9e95aee09c40af2b84a0c2b3bbae786e", "501 ********************************");
    blanked("501 9E95AEE0", "501 9E95AEE0");
    blanked("501 YW5uLm90aGVyIDllOTVhZWUwOWM0MGFmMmI4NGEwYzJiM2JiYWU3ODZl!",
            "501 ********************************************************!");
    /* Of another mechanism: nothing of it can be read, but it was said. */
    redact_add_said(SPAN_LIT("~~opaque~~"));
    blanked("501 what is ~~OPAQUE~~?", "501 what is **********?");
}

static void short_words_are_blanked_where_they_stand_alone(void **state)
{
    (void)state;
    redact_add(SPAN_LIT("ab"));
    blanked("535 ab, about <ab> AB", "535 **, about <**> **");
}

static void of_a_long_word_no_part_is_left_by_a_cut(void **state)
{
    (void)state;
    redact_add(SPAN_LIT("0123456789abcdefGHIJKLMNOPQRSTUVwxyz"));
    blanked("535 0123456789abcdefGHIJKLMNOPQRSTUVwxyz", "535 ************************************");
    blanked("535 0123456789abcdefGHIJKLMNOPQ", "535 ****************GHIJKLMNOPQ");
    blanked("535 9abcdefGHIJKLMNOPQRSTUVwxyz", "535 9abcdef********************");
    /* In base64, cut off: "0123456789abcdefGHIJKL" */
    blanked("535 MDEyMzQ1Njc4OWFiY2RlZkdISUpLTA", "535 ******************************");
}

static void an_empty_first_answer_is_no_word(void **state)
{
    (void)state;
    redact_add_said(SPAN_LIT("="));
    blanked("250 = ok", "250 = ok");
}

static void more_words_than_there_is_room_for_do_no_harm(void **state)
{
    char word[16];

    (void)state;
    for (unsigned i = 0; i < 2000; i++) {
        snprintf(word, sizeof(word), "word%u.", i);
        redact_add(span_of(word));
        redact_add(span_of(word));
    }
    blanked("word1. hunter22", "****** ********");
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, login, forget)
    const struct CMUnitTest tests[] = {
        T(words_are_blanked_wherever_and_however_written),
        T(base64_is_blanked_wherever_it_begins),
        T(what_was_said_while_signing_in_is_blanked),
        T(short_words_are_blanked_where_they_stand_alone),
        T(of_a_long_word_no_part_is_left_by_a_cut),
        T(an_empty_first_answer_is_no_word),
        T(more_words_than_there_is_room_for_do_no_harm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
