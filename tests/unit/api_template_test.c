/* Templates of mails: refused with their place, shown by name, previewed by the dispatcher. */
#include "api_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "deskbell/mail.h"

#define DISPATCHER (OPERATOR + 1)

/* Core keeps templates of the mails that exist, and mails exist for all of them. */
static void every_letter_has_its_kind_of_template(void **state)
{
    enum template_kind kind;
    enum letter letter;

    (void)state;
    for (enum letter l = 0; l < LETTER_COUNT; l++)
        if (!template_kind_parse(span_of(letter_word(l)), &kind))
            fail_msg("core has no templates of %s", letter_word(l));
    for (enum template_kind k = 0; k < TEMPLATE_KIND_COUNT; k++)
        if (!letter_parse(span_of(template_kind_word(k)), &letter))
            fail_msg("there is no letter %s", template_kind_word(k));
    for (enum mail_kind m = 0; m < MAIL_KIND_COUNT; m++)
        if (!template_kind_parse(span_of(mail_kind_word(m)), &kind))
            fail_msg("core has no templates of %s mails", mail_kind_word(m));
    assert_int_equal(TONGUE_COUNT, LANG_COUNT);
    for (enum lang l = 0; l < LANG_COUNT; l++)
        assert_string_equal(lang_word(l), tongue_tag((enum tongue)l));
}

static const json_t *fault_of(const json_t *answer)
{
    const json_t *error = json_object_get(answer, "error");

    assert_non_null(error);
    return error;
}

static void a_wrong_template_is_refused_with_its_line_and_column(void **state)
{
    static const struct {
        const char *text, *what;
    } rows[] = {
        {"お名前\\n名: {{visitors}}", "line 2, column 4: unknown name \"visitors\""},
        {"{{#email}}\\nx", "line 1, column 1: this section is never closed: \"email\""},
        {"a {{/email}}", "line 1, column 3: this section is not open: \"email\""},
        {"{{lines}}", "line 1, column 1: this is a list and needs {{#…}}: \"lines\""},
        {"{{visitor", "line 1, column 1: this tag has no }}"},
        {"{{name}}", "line 1, column 1: unknown name \"name\""},
    };
    struct world *w = *state;
    char code[CODE_TEXT];
    uint64_t dept = world_dept(w, "Sales", code);

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const json_t *a = operator_ask(w,
                                       "{'id':'%zu','do':'department.set','department':'%llu',"
                                       "'name':'Other','template.missed.ja.text':'%s'}",
                                       i, (unsigned long long)dept, rows[i].text);

        assert_string_equal(error_of(a), "invalid");
        assert_string_equal(json_string_value(json_object_get(fault_of(a), "field")),
                            "template.missed.ja.text");
        assert_string_equal(json_string_value(json_object_get(fault_of(a), "what")), rows[i].what);
    }
    assert_string_equal(core_dept(w->core, dept)->name, "Sales");
    assert_null(core_dept(w->core, dept)->templates);
}

static void only_the_names_of_templates_are_shown(void **state)
{
    struct world *w = *state;
    char code[CODE_TEXT];
    unsigned long long dept = world_dept(w, "Sales", code);
    const char *const questions[] = {"'do':'department.show'", "'do':'portal.show'",
                                     "'do':'department.list'"};

    assert_string_equal(error_of(operator_ask(w,
                                              "{'id':'1','do':'department.set','department':'%llu',"
                                              "'template.missed.ja.text':'MARK {{visitor}}'}",
                                              dept)),
                        "");
    assert_string_equal(
        error_of(operator_ask(
            w, "{'id':'2','do':'portal.set','template.copy.en.subject':'MARK {{number}}'}")),
        "");
    for (size_t i = 0; i < COUNT_OF(questions); i++) {
        char more[64] = "", *text;

        if (i == 0)
            snprintf(more, sizeof(more), ",'department':'%llu'", dept);
        text = json_dumps(operator_ask(w, "{'id':'q%zu',%s%s}", i, questions[i], more), 0);
        assert_null(strstr(text, "MARK"));
        assert_true((strstr(text, "\"templates\": [\"template.missed.ja.text\"]") != NULL) ==
                    (i == 0));
        assert_true((strstr(text, "\"templates\": [\"template.copy.en.subject\"]") != NULL) ==
                    (i == 1));
        assert_true((strstr(text, "\"templates\"") != NULL) == (i < 2));
        free(text);
    }
}

static void forms_are_told_what_may_stand_in_a_template(void **state)
{
    struct world *w = *state;
    const struct tmpl_schema *schema = letter_schema();
    const json_t *a = operator_ask(w, "{'id':'1','do':'settings'}");
    const json_t *names = json_object_get(json_object_get(a, "ok"), "placeholders");

    assert_int_equal(json_array_size(names), schema->count);
    for (size_t i = 0; i < schema->count; i++) {
        const json_t *row = json_array_get(names, i);
        const char *in = json_string_value(json_object_get(row, "in"));

        assert_string_equal(json_string_value(json_object_get(row, "name")), schema->names[i].name);
        assert_int_equal(json_is_true(json_object_get(row, "list")),
                         schema->names[i].type == TMPL_LIST);
        assert_true((in == NULL) == (schema->names[i].in == NULL));
    }
}

static void the_dispatcher_is_asked_for_templates_and_previews(void **state)
{
    struct world *w = *state;
    char code[CODE_TEXT];
    unsigned long long dept = world_dept(w, "Sales", code);
    char line[256];

    assert_string_equal(
        error_of(operator_ask(w, "{'id':'0','do':'template.show','kind':'missed','lang':'ja'}")),
        "unreachable");
    assert_string_equal(error_of(ask(w, DISPATCHER, "{'id':'a','do':'dispatcher.attach'}")), "");
    sent_forget(w);
    tell(w, OPERATOR,
         "{'id':'1','do':'template.show','kind':'missed','lang':'ja','department':'%llu'}", dept);
    tell(w, OPERATOR,
         "{'id':'2','do':'template.preview','kind':'copy','lang':'en','subject':'',"
         "'html':'<b>{{visitor}}</b>'}");
    world_run(w);
    snprintf(line, sizeof(line),
             "\"what\":\"template\",\"kind\":\"missed\",\"lang\":\"ja\",\"department\":\"%llu\"}",
             dept);
    assert_non_null(sent_find(w, DISPATCHER, line));
    assert_non_null(sent_find(w, DISPATCHER,
                              "\"what\":\"preview\",\"kind\":\"copy\",\"lang\":\"en\","
                              "\"department\":null,\"subject\":\"\","
                              "\"html\":\"<b>{{visitor}}</b>\"}"));
    assert_null(sent_find(w, DISPATCHER, "\"text\""));
    ask(w, DISPATCHER,
        "{'id':'b','do':'dispatcher.answer','ask':'3','ok':{'subject':'S','text':'T','html':'H'}}");
    ask(w, DISPATCHER,
        "{'id':'c','do':'dispatcher.answer','ask':'2','ok':{'subject':'S','text':'T','html':'H'}}");
    assert_non_null(sent_find(w, OPERATOR, "\"html\":\"H\""));
}

static void what_cannot_be_asked_is_refused_before(void **state)
{
    static const struct {
        const char *fields, *code, *field;
    } rows[] = {
        {"'kind':'nothing','lang':'en'", "invalid", "kind"},
        {"'kind':'missed','lang':'tlh'", "invalid", "lang"},
        {"'kind':'missed'", "invalid", "lang"},
        {"'lang':'en'", "invalid", "kind"},
        {"'kind':'missed','lang':'en','department':'77'", "unknown", "department"},
        {"'kind':'missed','lang':'en','subject':'a {{b}}'", "invalid", "subject"},
        {"'kind':'missed','lang':'en','text':'{{#email}}'", "invalid", "text"},
        {"'kind':'missed','lang':'en','html':'{{/email}}'", "invalid", "html"},
        {"'kind':'missed','lang':'en','subject':'two\\nlines'", "invalid", "subject"},
    };
    struct world *w = *state;
    char code[CODE_TEXT], agent[64];
    uint64_t conn;
    err_t err;

    ask(w, DISPATCHER, "{'id':'a','do':'dispatcher.attach'}");
    sent_forget(w);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const json_t *a =
            operator_ask(w, "{'id':'%zu','do':'template.preview',%s}", i, rows[i].fields);

        print_message("  %s\n", rows[i].fields);
        assert_string_equal(error_of(a), rows[i].code);
        assert_string_equal(json_string_value(json_object_get(fault_of(a), "field")),
                            rows[i].field);
    }
    world_agent(w, "ann@example.com", world_dept(w, "Sales", code), "", agent);
    conn = agent_conn(w, agent, &err);
    assert_string_equal(
        error_of(ask(w, conn, "{'id':'1','do':'template.show','kind':'missed','lang':'ja'}")),
        "forbidden");
    assert_null(sent_find(w, DISPATCHER, "\"ask\""));
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, world_open, world_close)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_letter_has_its_kind_of_template),
        T(a_wrong_template_is_refused_with_its_line_and_column),
        T(only_the_names_of_templates_are_shown),
        T(forms_are_told_what_may_stand_in_a_template),
        T(the_dispatcher_is_asked_for_templates_and_previews),
        T(what_cannot_be_asked_is_refused_before),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
