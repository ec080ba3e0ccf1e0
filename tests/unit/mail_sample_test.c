/* The sample of each letter, for previews: whole, and no more than the real mail has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "deskbell/mail.h"

static struct zone *tokyo(void)
{
    struct zone *zone = NULL;

    assert_int_equal(zone_open(SPAN_LIT("Asia/Tokyo"), &zone), ERR_OK);
    return zone;
}

/* Does the sample of any letter have something to say by this name? */
static bool sample_shows(const struct letterset *set, enum tongue tongue, const struct tmpl *t)
{
    struct zone *zone = tokyo();
    bool shown = false;

    for (enum letter letter = 0; letter < LETTER_COUNT && !shown; letter++) {
        struct letter_form form = {.set = set, .tongue = tongue, .letter = letter};
        struct letter_facts facts;
        struct letter_text out = {0};

        form.own[PART_TEXT] = t;
        letter_sample(tongue, letter, &facts);
        letter_form_fill(&form, &facts, zone, &out);
        shown = out.text.len > 0;
        letter_fini(&out);
    }
    zone_close(zone);
    return shown;
}

static void the_sample_shows_every_name_in_both_languages(void **state)
{
    const struct tmpl_schema *schema = letter_schema();
    struct letterset *set = letterset_new();

    (void)state;
    for (enum tongue tongue = 0; tongue < TONGUE_COUNT; tongue++)
        for (size_t i = 0; i < schema->count; i++) {
            const struct tmpl_name *name = &schema->names[i];
            struct buf text = {0};
            struct tmpl *t = NULL;

            if (strcmp(name->name, "draft") == 0)
                continue; /* in no mail: mail_draft_test.c */
            buf_addf(&text, "{{#%s}}x{{/%s}}", name->name, name->name);
            if (name->in != NULL) {
                struct buf around = {0};

                buf_addf(&around, "{{#%s}}%s{{/%s}}", name->in, text.p, name->in);
                buf_fini(&text);
                text = around;
            }
            assert_int_equal(tmpl_parse(buf_span(&text), schema, &t, NULL), ERR_OK);
            if (!sample_shows(set, tongue, t))
                fail_msg("%s: the sample has nothing for %s", tongue_tag(tongue), name->name);
            tmpl_free(t);
            buf_fini(&text);
        }
    letterset_free(set);
}

/* A template that shows this name, filled with the sample of a letter. */
static bool letter_shows(enum letter letter, const char *name)
{
    struct letterset *set = letterset_new();
    struct zone *zone = tokyo();
    struct letter_text out = {0};
    struct letter_facts facts;
    struct tmpl *t = NULL;
    struct buf text = {0};
    bool shown;

    buf_addf(&text, "{{#%s}}x{{/%s}}", name, name);
    assert_int_equal(tmpl_parse(buf_span(&text), letter_schema(), &t, NULL), ERR_OK);
    letter_sample(TONGUE_EN, letter, &facts);
    letter_form_fill(&(struct letter_form){.set = set, .own[PART_TEXT] = t, .letter = letter},
                     &facts, zone, &out);
    shown = out.text.len > 0;
    letter_fini(&out);
    tmpl_free(t);
    buf_fini(&text);
    zone_close(zone);
    letterset_free(set);
    return shown;
}

static bool sample_says(enum letter letter, const char *words)
{
    struct letter_facts facts;

    letter_sample(TONGUE_EN, letter, &facts);
    for (size_t i = 0; i < facts.nlines; i++)
        if (memmem(facts.lines[i].text.p, facts.lines[i].text.len, words, strlen(words)) != NULL)
            return true;
    return false;
}

static void a_preview_shows_nothing_that_the_real_mail_never_has(void **state)
{
    static const struct {
        const char *name;
        unsigned letters;
    } rows[] = {
        {"rating", BIT(LETTER_FEEDBACK)},
        {"stars", BIT(LETTER_FEEDBACK)},
        {"comment", BIT(LETTER_FEEDBACK)},
        {"message", BIT(LETTER_REPLY) | BIT(LETTER_FORWARD)},
        {"task", BIT(LETTER_TASK)},
        {"author", BIT(LETTER_MENTION)},
        {"note", BIT(LETTER_MENTION)},
        {"ip", BIT(LETTER_BLOCK)},
        {"reason", BIT(LETTER_BLOCK) | BIT(LETTER_MISSED)},
    };

    (void)state;
    for (enum letter letter = 0; letter < LETTER_COUNT; letter++) {
        for (size_t i = 0; i < COUNT_OF(rows) && letter != LETTER_DIGEST; i++)
            if (letter_shows(letter, rows[i].name) != ((rows[i].letters & BIT(letter)) != 0))
                fail_msg("letter %d and %s", letter, rows[i].name);
        assert_int_equal(sample_says(letter, "set aside"), letter == LETTER_FORWARD);
        assert_int_equal(sample_says(letter, "joined"),
                         letter != LETTER_FORWARD && letter != LETTER_REPLY);
        assert_int_equal(sample_says(letter, "Let me look"), letter != LETTER_REPLY);
        assert_true(sample_says(letter, "blue jacket"));
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_sample_shows_every_name_in_both_languages),
        cmocka_unit_test(a_preview_shows_nothing_that_the_real_mail_never_has),
    };

    return cmocka_run_group_tests_name("mail_sample", tests, NULL, NULL);
}
