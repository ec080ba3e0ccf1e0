/* Where an answer by mail begins, and what the mail has beside what is written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "deskbell/mail.h"

struct world {
    struct letterset *set;
    struct zone *zone;
};

static int setup(void **state)
{
    struct world *w = xcalloc(1, sizeof(*w));

    w->set = letterset_new();
    assert_int_equal(zone_open(SPAN_LIT("Asia/Tokyo"), &w->zone), ERR_OK);
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;

    letterset_free(w->set);
    zone_close(w->zone);
    free(w);
    return 0;
}

static struct letter_facts facts_of(const char *visitor)
{
    return (struct letter_facts){.portal = SPAN_LIT("Example"),
                                 .department = SPAN_LIT("Sales"),
                                 .number = SPAN_LIT("42"),
                                 .visitor = span_of(visitor),
                                 .question = SPAN_LIT("Where is it?"),
                                 .agent = SPAN_LIT("Ann"),
                                 .began_ms = INT64_C(1795413840000)};
}

static void assert_text(const struct buf *b, const char *want)
{
    assert_string_equal(b->len > 0 ? b->p : "", want);
}

static void greeting_and_signature_are_the_writers(void **state)
{
    static const struct {
        enum tongue tongue;
        const char *visitor, *opening, *closing;
    } rows[] = {
        {TONGUE_EN, "Mary", "Dear Mary,\n\n", "\n\nAnn\nSales"},
        {TONGUE_EN, "", "Hello,\n\n", "\n\nAnn\nSales"},
        {TONGUE_JA, "山田 花子", "山田 花子様\n\n", "\n\nSales\nAnn"},
        {TONGUE_JA, "", "お客様\n\n", "\n\nSales\nAnn"},
        {TONGUE_EN, "1", "Dear 1,\n\n", "\n\nAnn\nSales"}, /* no word to find the place by */
    };
    struct world *w = *state;

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct letter_form form = {.set = w->set, .tongue = rows[i].tongue, .letter = LETTER_REPLY};
        struct letter_facts facts = facts_of(rows[i].visitor);
        struct letter_draft draft = {0};

        letter_draft(&form, &facts, w->zone, &draft);
        assert_text(&draft.opening, rows[i].opening);
        assert_text(&draft.closing, rows[i].closing);
        assert_text(&draft.above, "");
        assert_non_null(strstr(draft.below.p, "> Where is it?"));
        assert_non_null(strstr(draft.below.p, "Example"));
        assert_false(draft.greets);
        letter_draft_fini(&draft);
    }
}

/* The mail has what its writer left as it was, once, in both parts. */
static void what_is_written_is_the_mail(void **state)
{
    static const char written[] = "Dear Mary,\n\nIt is here.\n\nAnn\nSales";
    struct world *w = *state;
    struct letter_form form = {.set = w->set, .tongue = TONGUE_EN, .letter = LETTER_REPLY};
    struct letter_facts facts = facts_of("Mary");
    struct letter_text out = {0};

    facts.message = span_of(written);
    letter_form_fill(&form, &facts, w->zone, &out);
    assert_memory_equal(out.text.p, written, sizeof(written) - 1);
    const char *html = strstr(out.html.p, "Dear Mary,<br>");
    assert_non_null(html);
    assert_null(strstr(html + 1, "Dear"));
    assert_null(strstr(strstr(out.html.p, "Ann<br>") + 1, "Ann"));
    assert_null(strstr(out.html.p, "Hello"));
    letter_fini(&out);
}

/* Templates of one's own: those that know of drafts, and those from before there were any. */
static void a_template_that_greets_leaves_no_greeting_to_its_writer(void **state)
{
    static const struct {
        const char *text, *html, *opening, *closing, *above, *below;
        bool greets;
    } rows[] = {
        {"Dear {{visitor}},\n\n{{message}}\n\nBye, {{agent}}\n", NULL, "", "", "Dear Mary,\n\n",
         "\n\nBye, Ann", true},
        {"{{message}}\n--\n{{department}}\n", NULL, "", "", "", "\n--\nSales", false},
        {"{{#draft}}Hi {{visitor}}: {{message}} Yours{{/draft}}{{^draft}}{{message}}{{/draft}}",
         NULL, "Hi Mary: ", " Yours", "", "", false},
        {"*** {{^draft}}Shop\n{{/draft}}{{message}}{{#draft}}\nYours{{/draft}}", NULL, "*** ",
         "\nYours", "*** Shop\n", "", false},
        {NULL, "<p>Dear {{visitor}}</p><p>{{message}}</p>", "", "", "", NULL, true},
        {NULL, "<h1>Sales</h1><p>{{message}}</p><p>{{visitor}}</p>", "Dear Mary,\n\n",
         "\n\nAnn\nSales", "", NULL, false},
        {"{{#draft}}Hello{{/draft}}", "{{message}}", "Hello", "", "", "", false},
    };
    struct world *w = *state;

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct letter_form form = {.set = w->set, .tongue = TONGUE_EN, .letter = LETTER_REPLY};
        struct letter_facts facts = facts_of("Mary");
        struct letter_draft draft = {0};
        struct tmpl *text = NULL, *html = NULL;

        if (rows[i].text != NULL)
            assert_int_equal(tmpl_parse(span_of(rows[i].text), letter_schema(), &text, NULL), 0);
        if (rows[i].html != NULL)
            assert_int_equal(tmpl_parse(span_of(rows[i].html), letter_schema(), &html, NULL), 0);
        form.own[PART_TEXT] = text;
        form.own[PART_HTML] = html;
        letter_draft(&form, &facts, w->zone, &draft);
        print_message("  %s\n", rows[i].text != NULL ? rows[i].text : rows[i].html);
        assert_text(&draft.opening, rows[i].opening);
        assert_text(&draft.closing, rows[i].closing);
        assert_text(&draft.above, rows[i].above);
        if (rows[i].below != NULL)
            assert_text(&draft.below, rows[i].below);
        assert_int_equal(draft.greets, rows[i].greets);
        letter_draft_fini(&draft);
        tmpl_free(text);
        tmpl_free(html);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(greeting_and_signature_are_the_writers),
        cmocka_unit_test(what_is_written_is_the_mail),
        cmocka_unit_test(a_template_that_greets_leaves_no_greeting_to_its_writer),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
