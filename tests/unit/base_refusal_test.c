/* Refusals: codes there and back, sentences with their values, and what a fault keeps of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "deskbell/span.h"

static void each_code_is_found_again_and_is_one_word(void **state)
{
    (void)state;
    for (unsigned r = REFUSE_NONE + 1; r < REFUSAL_COUNT; r++) {
        const char *code = refusal_code((enum refusal)r);

        assert_int_equal(refusal_find(code), r);
        assert_int_equal(strspn(code, "abcdefghijklmnopqrstuvwxyz-"), strlen(code));
    }
    assert_int_equal(refusal_find(""), REFUSE_NONE);
    assert_int_equal(refusal_find("no-such-code"), REFUSE_NONE);
}

static void no_sentence_names_more_values_than_there_is_room_for(void **state)
{
    struct span name;

    (void)state;
    for (unsigned r = REFUSE_NONE; r < REFUSAL_COUNT; r++)
        assert_false(refusal_value_name((enum refusal)r, REFUSAL_VALUES_MAX, &name));
}

static void a_sentence_is_filled_with_its_values(void **state)
{
    struct span name;
    struct fault f;

    (void)state;
    assert_int_equal(fault_refuse_with(&f, ERR_INVAL, "text", REFUSE_TOO_LONG,
                                       VALUES(OF_INT(4000), OF_INT(4123))),
                     ERR_INVAL);
    assert_string_equal(f.what, "at most 4000 characters, this has 4123");
    assert_string_equal(f.field, "text");
    assert_int_equal(f.err, ERR_INVAL);
    assert_int_equal(f.refusal, REFUSE_TOO_LONG);
    assert_int_equal(f.values[1].i, 4123);
    assert_int_equal(f.values[2].kind, VALUE_NONE);
    assert_true(refusal_value_name(REFUSE_TOO_LONG, 1, &name));
    assert_true(span_is(name, "has"));
    assert_false(refusal_value_name(REFUSE_TOO_LONG, 2, &name));
}

static void braces_that_name_nothing_stay(void **state)
{
    struct span name;
    struct fault f;

    (void)state;
    fault_refuse_with(&f, ERR_INVAL, NULL, REFUSE_TEMPLATE_LIST,
                      VALUES(OF_INT(1), OF_INT(2), OF_STR("lines")));
    assert_string_equal(f.what, "line 1, column 2: this is a list and needs {{#…}}: \"lines\"");
    assert_true(refusal_value_name(REFUSE_TEMPLATE_LIST, 2, &name));
    assert_true(span_is(name, "name"));
    fault_refuse_with(&f, ERR_INVAL, NULL, REFUSE_TEMPLATE_ENDLESS, VALUES(OF_INT(1), OF_INT(2)));
    assert_string_equal(f.what, "line 1, column 2: this tag has no }}");
}

static void a_value_is_shown_fit_to_be_shown_and_never_longer_than_its_room(void **state)
{
    char longer[2 * FAULT_VALUE_BYTES];
    struct fault f;

    (void)state;
    for (size_t i = 0; i < sizeof(longer); i++)
        longer[i] = "\xe3\x81\x82"[i % 3];
    fault_refuse_with(&f, ERR_INVAL, NULL, REFUSE_ORIGIN, VALUES(OF_BYTES(longer, sizeof(longer))));
    assert_int_equal(strlen(f.values[0].text), 126); /* no character is cut */
    assert_true(span_is_utf8(span_of(f.values[0].text)));
    fault_refuse_with(&f, ERR_INVAL, NULL, REFUSE_WORD_NONE, VALUES(OF_STR("a\nb\xff{word}")));
    assert_string_equal(f.values[0].text, "a?b?{word}");
    assert_string_equal(f.what, "a?b?{word} is none of the words possible here");
    fault_refuse_with(&f, ERR_INVAL, NULL, REFUSE_IP_FORM, VALUES(OF_BYTES(NULL, 0)));
    assert_string_equal(f.what, "\"\" is not an IP address or prefix such as 192.0.2.0/24");
}

static void a_fault_can_be_of_another_field_and_stay_the_same(void **state)
{
    struct fault f;

    (void)state;
    fault_refuse_with(&f, ERR_INVAL, "host", REFUSE_RANGE,
                      VALUES(OF_INT(1), OF_INT(65535), OF_INT(0)));
    assert_int_equal(fault_move(&f, ERR_CONFLICT, "relay_host"), ERR_CONFLICT);
    assert_int_equal(f.err, ERR_CONFLICT);
    assert_string_equal(f.field, "relay_host");
    assert_string_equal(f.what, "from 1 to 65535, this is 0");
    assert_int_equal(f.refusal, REFUSE_RANGE);
    assert_int_equal(f.values[1].i, 65535);
}

static void what_has_no_code_keeps_none_of_an_earlier_one(void **state)
{
    struct fault f;

    (void)state;
    fault_refuse_with(&f, ERR_INVAL, "n", REFUSE_RANGE, VALUES(OF_INT(1), OF_INT(2), OF_INT(3)));
    fault_set(&f, ERR_IO, NULL, "%s", "the disk is away");
    assert_int_equal(f.refusal, REFUSE_NONE);
    assert_int_equal(f.values[0].kind, VALUE_NONE);
    fault_refuse(&f, ERR_BUSY, NULL, REFUSE_NONE);
    assert_string_equal(f.what, "");
    assert_int_equal(fault_refuse(NULL, ERR_BUSY, NULL, REFUSE_BLOCKED), ERR_BUSY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_code_is_found_again_and_is_one_word),
        cmocka_unit_test(no_sentence_names_more_values_than_there_is_room_for),
        cmocka_unit_test(a_sentence_is_filled_with_its_values),
        cmocka_unit_test(braces_that_name_nothing_stay),
        cmocka_unit_test(a_value_is_shown_fit_to_be_shown_and_never_longer_than_its_room),
        cmocka_unit_test(a_fault_can_be_of_another_field_and_stay_the_same),
        cmocka_unit_test(what_has_no_code_keeps_none_of_an_earlier_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
