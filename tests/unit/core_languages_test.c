/* The languages that a department speaks: which are possible, and what stands in for a text. */
#include "core_world.h"

static const struct dept *sales(const struct world *w)
{
    return core_dept(w->k, SALES);
}

static void set(struct world *w, const char *name, const char *text)
{
    assert_int_equal(world_set(w, OBJ_DEPT, SALES, name, text, NULL), ERR_OK);
}

static void a_department_speaks_what_there_are_words_in_and_its_first_always(void **state)
{
    static const struct {
        const char *name, *text, *field, *what; /* what: NULL where it is taken */
        bool en, ja;
    } rows[] = {
        {"languages", "en,ja", NULL, NULL, true, true},
        {"languages", " ja , en ", NULL, NULL, true, true},
        {"languages", "en", NULL, NULL, true, false},
        {"lang", "ja", "languages", "its first language, ja, is among", true, false},
        {"languages", "ja", "languages", "its first language, en, is among", true, false},
        {"languages", "en,tlh", "languages", "tlh is none of: en, ja", true, false},
        {"languages", "", "languages", "must not be empty", true, false},
        {"languages", " , ", "languages", "must not be empty", true, false},
    };
    struct world *w = *state;

    assert_true(dept_speaks(sales(w), LANG_EN) && dept_speaks(sales(w), LANG_JA));
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fault f = {0};
        err_t err = world_set(w, OBJ_DEPT, SALES, rows[i].name, rows[i].text, &f);

        print_message("  %s = %s\n", rows[i].name, rows[i].text);
        assert_int_equal(err, rows[i].what == NULL ? ERR_OK : ERR_INVAL);
        if (err != ERR_OK) {
            assert_string_equal(f.field, rows[i].field);
            assert_non_null(strstr(f.what, rows[i].what));
        }
        assert_int_equal(dept_speaks(sales(w), LANG_EN), rows[i].en);
        assert_int_equal(dept_speaks(sales(w), LANG_JA), rows[i].ja);
    }
    world_assert_replays(w);
}

static const char *greeting(const struct world *w, enum lang lang)
{
    return dept_text(sales(w), sales(w)->greeting, lang);
}

static void a_text_that_is_missing_is_that_of_the_first_language(void **state)
{
    struct world *w = *state;

    assert_string_equal(greeting(w, LANG_EN), "");
    set(w, "greeting.ja", "ようこそ");
    assert_string_equal(greeting(w, LANG_EN), ""); /* en is the first */
    assert_string_equal(greeting(w, LANG_JA), "ようこそ");
    set(w, "lang", "ja");
    assert_string_equal(greeting(w, LANG_EN), "ようこそ");
    set(w, "greeting.en", "Welcome");
    assert_string_equal(greeting(w, LANG_EN), "Welcome");
    set(w, "languages", "ja"); /* what is not spoken is kept, and not said */
    assert_string_equal(greeting(w, LANG_EN), "ようこそ");
    set(w, "languages", "ja,en");
    assert_string_equal(greeting(w, LANG_EN), "Welcome");
    set(w, "label.name.ja", "お名前");
    assert_string_equal(dept_text(sales(w), sales(w)->label[FIELD_NAME], LANG_EN), "お名前");
    world_assert_replays(w);
}

static void visitors_are_greeted_in_their_language_or_the_first_one(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent(w, "ann", SALES), chat;

    set(w, "lang", "ja");
    set(w, "greeting.ja", "ようこそ");
    chat = world_ring(w, SALES);
    assert_int_equal(world_conv(w, chat)->lang, LANG_EN);
    world_accept(w, ann, chat);
    assert_string_equal(world_conv(w, chat)->last_text, "ようこそ");
    set(w, "greeting.en", "Welcome");
    chat = world_ring(w, SALES);
    world_accept(w, ann, chat);
    assert_string_equal(world_conv(w, chat)->last_text, "Welcome");
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, world_setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_department_speaks_what_there_are_words_in_and_its_first_always),
        T(a_text_that_is_missing_is_that_of_the_first_language),
        T(visitors_are_greeted_in_their_language_or_the_first_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
