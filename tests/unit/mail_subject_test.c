/* Subjects of letters: whose words may stand in them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "deskbell/mail.h"

/* What goes to the company's own mailboxes may show them there; what goes outside does not. */
static void what_visitors_type_is_in_no_subject_that_goes_outside(void **state)
{
    static const struct {
        enum letter letter;
        bool outside;
    } rows[] = {{LETTER_COPY, true},        {LETTER_REPLY, true},   {LETTER_FORWARD, true},
                {LETTER_TRANSCRIPT, false}, {LETTER_MISSED, false}, {LETTER_FEEDBACK, false}};
    struct letterset *set = letterset_new();
    struct letter_line line = {.speaker = SPEAKER_VISITOR, .text = SPAN_LIT("Buy!")};
    struct letter_facts facts = {.number = SPAN_LIT("42"), .lines = &line, .nlines = 1};
    struct zone *zone;

    (void)state;
    assert_int_equal(zone_open(SPAN_LIT("UTC"), &zone), ERR_OK);
    facts.visitor = facts.email = facts.phone = facts.question = facts.page = facts.title =
        facts.referrer = facts.browser = facts.comment = SPAN_LIT("Buy!");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct letter_text out = {0};

        assert_int_equal(
            letterset_put(set, TONGUE_EN, rows[i].letter, PART_SUBJECT,
                          SPAN_LIT("{{number}}{{visitor}}{{email}}{{phone}}{{question}}{{page}}"
                                   "{{title}}{{referrer}}{{browser}}{{comment}}"
                                   "{{#lines}}{{text}}{{/lines}}"),
                          NULL),
            ERR_OK);
        letter_fill(set, TONGUE_EN, rows[i].letter, &facts, zone, &out);
        if (rows[i].outside)
            assert_string_equal(out.subject.p, "42");
        else
            assert_non_null(strstr(out.subject.p, "42Buy!Buy!"));
        assert_non_null(strstr(out.text.p, "Buy!"));
        letter_fini(&out);
    }
    zone_close(zone);
    letterset_free(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_visitors_type_is_in_no_subject_that_goes_outside),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
