/* Canned replies over the wire: found as people look for them, by whom it may be, and in time. */
#include "api_world.h"

#include <stdio.h>
#include <string.h>

#include "deskbell/audience.h"

static unsigned number;

static void add(struct world *w, uint64_t conn, const char *fields)
{
    json_t *a = ask(w, conn, "{'id':'add-%u','do':'canned.add',%s}", ++number, fields);

    assert_string_equal(error_of(a), "");
}

/* The titles that come of it, in order, joined by blanks. */
static const char *found(struct world *w, uint64_t conn, const char *fields)
{
    static char titles[4000];
    json_t *a = ask(w, conn, "{'id':'find-%u','do':'canned.find',%s}", ++number, fields), *row;
    size_t i;

    assert_string_equal(error_of(a), "");
    titles[0] = '\0';
    json_array_foreach (json_object_get(json_object_get(a, "ok"), "rows"), i, row)
        snprintf(titles + strlen(titles), sizeof(titles) - strlen(titles), "%s%s", i > 0 ? " " : "",
                 json_string_value(json_object_get(row, "title")));
    return titles;
}

static void words_are_found_however_they_are_written(void **state)
{
    static const struct {
        const char *text, *titles;
    } rows[] = {
        {"", "ギフト包装 Hello Refund"},
        {"ぎふと", "ギフト包装"},
        {"ｷﾞﾌﾄ", "ギフト包装"},
        {"ギフト", "ギフト包装"},
        {"ラッピング", "ギフト包装"}, /* in the text, as hiragana */
        {"REFUND", "Refund"},
        {"ｒｅｆｕｎｄ", "Refund"},
        {"money way", "Refund"}, /* all words, in any order */
        {"way money", "Refund"},
        {"money lost", ""},
        {"  ", "ギフト包装 Hello Refund"},
        {"%", ""},
    };
    struct world *w = *state;
    struct world_chat c;

    world_chat(w, &c, "");
    add(w, OPERATOR, "'scope':'portal','title':'Refund','text':'Your MONEY is on its way.'");
    add(w, OPERATOR, "'scope':'portal','title':'Hello','text':'Welcome.'");
    add(w, OPERATOR, "'scope':'portal','title':'ギフト包装','text':'らっぴんぐは無料です。'");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char fields[100];

        print_message("  \"%s\"\n", rows[i].text);
        snprintf(fields, sizeof(fields), "'text':'%s'", rows[i].text);
        if (rows[i].text[0] != '\0' && rows[i].text[0] != ' ')
            assert_string_equal(found(w, c.ann, fields), rows[i].titles);
        else
            assert_int_equal(strlen(found(w, c.ann, fields)), strlen(rows[i].titles));
    }
}

/* By its shortcut, then the title's beginning, the title, the text; the visitor's language, then
 * the nearer owner before the farther. */
static void the_best_stands_first(void **state)
{
    struct world *w = *state;
    struct world_chat c;
    char fields[200];

    world_chat(w, &c, ",'permissions':'canned'");
    add(w, OPERATOR, "'scope':'portal','title':'E','text':'the gift'");
    add(w, OPERATOR, "'scope':'portal','title':'A gift','text':'x'");
    add(w, OPERATOR, "'scope':'portal','title':'Gift-portal','text':'x'");
    snprintf(fields, sizeof(fields),
             "'scope':'department','department':'%llu','title':'Gift-dept',"
             "'text':'x'",
             (unsigned long long)c.dept);
    add(w, c.ann, fields);
    add(w, c.ann, "'scope':'own','title':'Gift-own','text':'x','lang':'en'");
    add(w, c.ann, "'scope':'own','title':'Gift-ja','text':'x','lang':'ja'");
    add(w, OPERATOR, "'scope':'portal','title':'B','text':'x','shortcut':'giftwrap'");
    add(w, OPERATOR, "'scope':'portal','title':'C','text':'x','shortcut':'gift'");
    snprintf(fields, sizeof(fields), "'text':'gift','conversation':'%s'", c.id);
    assert_string_equal(found(w, c.ann, fields),
                        "C B Gift-own Gift-dept Gift-portal Gift-ja A gift E");
    snprintf(fields, sizeof(fields), "'text':'gift','conversation':'%s','max':2", c.id);
    assert_string_equal(found(w, c.ann, fields), "C B");
    assert_int_equal(
        ok_int(ask(w, c.ann, "{'id':'n','do':'canned.find','text':'gift','max':2}"), "count"), 8);
    /* A change is found by its new words, and no more by its old ones. */
    json_t *a = ask(w, c.ann, "{'id':'x','do':'canned.find','text':'gift-own'}");
    const char *id = json_string_value(json_object_get(
        json_array_get(json_object_get(json_object_get(a, "ok"), "rows"), 0), "canned"));

    a = ask(w, c.ann, "{'id':'y','do':'canned.set','canned':'%s','version':1,'title':'Parcel'}",
            id);
    assert_int_equal(ok_int(a, "version"), 2);
    assert_string_equal(found(w, c.ann, "'text':'gift-own'"), "");
    assert_string_equal(found(w, c.ann, "'text':'parcel'"), "Parcel");
}

/* What stands for {department.name} is what the visitor knows, wherever the chat is. */
static void the_departments_name_is_the_one_that_the_visitor_knows(void **state)
{
    struct world *w = *state;
    struct world_chat c;
    json_t *a;

    world_chat(w, &c, "");
    a = ask(w, c.ann, "{'id':'1','do':'canned.find','conversation':'%s'}", c.id);
    assert_string_equal(ok_text(a, "department_name"), "Sales");
    operator_ask(w, "{'id':'2','do':'department.set','department':'%llu','title.en':'The shop'}",
                 (unsigned long long)c.dept);
    a = ask(w, c.ann, "{'id':'3','do':'canned.find','conversation':'%s'}", c.id);
    assert_string_equal(ok_text(a, "department_name"), "The shop");
    assert_string_equal(
        error_of(ask(w, c.ann, "{'id':'4','do':'canned.find','conversation':'4711'}")), "unknown");
}

static void nobody_finds_what_is_not_for_him(void **state)
{
    struct world *w = *state;
    struct world_chat c;
    char code[CODE_TEXT], cookie[64], fields[200];
    uint64_t other, eve;
    json_t *a;

    world_chat(w, &c, "");
    other = world_dept(w, "Other", code);
    world_agent(w, "eve@example.com", other, "", cookie);
    eve = world_ready(w, cookie);
    snprintf(fields, sizeof(fields),
             "'scope':'department','department':'%llu','title':'Secret','text':'x'",
             (unsigned long long)c.dept);
    add(w, OPERATOR, fields);
    add(w, c.ann, "'scope':'own','title':'Mine','text':'x'");
    assert_string_equal(found(w, eve, "'text':''"), "");
    assert_int_equal(ok_int(ask(w, eve, "{'id':'1','do':'canned.find'}"), "all"), 0);
    snprintf(fields, sizeof(fields), "'scope':'department','department':'%llu'",
             (unsigned long long)c.dept);
    assert_string_equal(found(w, eve, fields), "");
    snprintf(fields, sizeof(fields), "'scope':'own','agent':'%llu'", (unsigned long long)c.agent);
    assert_string_equal(found(w, eve, fields), "");
    a = ask(w, eve, "{'id':'2','do':'canned.list'}");
    assert_int_equal(json_array_size(json_object_get(json_object_get(a, "ok"), "rows")), 0);
    a = ask(w, eve, "{'id':'3','do':'canned.list',%s}", fields);
    assert_int_equal(json_array_size(json_object_get(json_object_get(a, "ok"), "rows")), 0);
    a = operator_ask(w, "{'id':'4','do':'canned.list'}");
    assert_int_equal(json_array_size(json_object_get(json_object_get(a, "ok"), "rows")), 2);
    for (size_t i = 0; i < 2; i++) {
        a = operator_ask(w, "{'id':'l%zu','do':'canned.list'}", i);

        const json_t *rows = json_object_get(json_object_get(a, "ok"), "rows");
        char id[ID_TEXT];

        snprintf(id, sizeof(id), "%s",
                 json_string_value(json_object_get(json_array_get(rows, i), "canned")));
        a = ask(w, eve, "{'id':'s%zu','do':'canned.show','canned':'%s'}", i, id);
        assert_string_equal(error_of(a), "unknown");
        a = ask(w, eve, "{'id':'r%zu','do':'canned.remove','canned':'%s'}", i, id);
        assert_string_equal(error_of(a), "unknown");
    }
}

/* Whoever shows them is told of a change, and nobody else is. */
static void a_change_is_told_to_whom_it_concerns(void **state)
{
    struct world *w = *state;
    struct world_chat c;
    char code[CODE_TEXT], cookie[64], fields[200];
    uint64_t eve, root, absent;

    world_chat(w, &c, "");
    world_agent(w, "eve@example.com", world_dept(w, "Other", code), "", cookie);
    eve = world_ready(w, cookie);
    world_agent(w, "root@example.com", c.dept, ",'role':'admin'", cookie);
    root = world_ready(w, cookie);
    absent = world_agent(w, "bob@example.com", c.dept, "", cookie);
    const uint64_t all[] = {c.ann, eve, root};
    const struct {
        const char *scope, *of;
        uint64_t id;
        bool told[3];
    } rows[] = {
        {"portal", "", 0, {true, true, true}},
        {"department", "department", c.dept, {true, false, true}},
        {"own", "agent", c.agent, {true, false, false}},
        {"own", "agent", absent, {false, false, false}},
    };

    for (size_t i = 0; i < 3; i++)
        ask(w, all[i], "{'id':'me','do':'subscribe','topic':'me'}");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        snprintf(fields, sizeof(fields), "'scope':'%s','title':'t','text':'x'", rows[i].scope);
        if (rows[i].id != 0)
            snprintf(fields + strlen(fields), sizeof(fields) - strlen(fields), ",'%s':'%llu'",
                     rows[i].of, (unsigned long long)rows[i].id);
        sent_forget(w);
        add(w, OPERATOR, fields);
        for (size_t at = 0; at < 3; at++) {
            print_message("  %s: %zu\n", rows[i].scope, at);
            assert_int_equal(sent_count(w, all[at], "\"ev\":\"managed\",\"canned\""),
                             rows[i].told[at]);
        }
    }
}

static void a_scope_needs_what_it_speaks_of(void **state)
{
    static const struct {
        const char *fields, *field;
    } rows[] = {
        {"'scope':'team'", "scope"},
        {"'scope':'department'", "department"},
        {"'scope':'own'", "agent"},
        {"'scope':'portal','agent':'7'", "agent"},
        {"'scope':'portal','department':'7'", "department"},
        {"'scope':'own','agent':'7','department':'7'", "department"},
        {"'scope':'department','agent':'7','department':'7'", "agent"},
    };
    struct world *w = *state;

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        json_t *a = operator_ask(w, "{'id':'%zu','do':'canned.add',%s,'title':'t','text':'x'}", i,
                                 rows[i].fields);

        print_message("  %s\n", rows[i].fields);
        assert_string_equal(error_of(a), "invalid");
        assert_string_equal(
            json_string_value(json_object_get(json_object_get(a, "error"), "field")),
            rows[i].field);
    }
}

/* Ten thousand, looked through while somebody types; and listed page after page. */
static void ten_thousand_are_looked_through_at_once(void **state)
{
    struct world *w = *state;
    struct world_chat c;
    char fields[400], cursor[ID_TEXT + 12] = "";
    size_t listed = 0, pages = 0;
    int64_t before;
    json_t *a;

    world_chat(w, &c, "");
    for (unsigned i = 0; i < 10000; i++) {
        snprintf(fields, sizeof(fields),
                 "'scope':'portal','title':'Reply %u','text':'Word%u in a text of which there are "
                 "ten thousand others, so that a look goes through all of them.'",
                 i, i);
        tell(w, OPERATOR, "{'id':'m%u','do':'canned.add',%s}", i, fields);
        if (i % 100 == 0)
            world_run(w);
    }
    world_run(w);
    before = clock_wall_ms();
    assert_string_equal(found(w, c.ann, "'text':'word9999'"), "Reply 9999");
    print_message("  %lld ms the first look\n", (long long)(clock_wall_ms() - before));
    before = clock_wall_ms();
    for (unsigned i = 0; i < 10; i++)
        assert_string_equal(found(w, c.ann, "'text':'word4711 others'"), "Reply 4711");
    print_message("  %lld ms a look\n", (long long)(clock_wall_ms() - before) / 10);
    do {
        a = ask(w, c.ann, "{'id':'p%zu','do':'canned.list','max':200%s}", pages++, cursor);

        const json_t *next = json_object_get(json_object_get(a, "ok"), "cursor");

        listed += json_array_size(json_object_get(json_object_get(a, "ok"), "rows"));
        cursor[0] = '\0';
        if (json_is_string(next))
            snprintf(cursor, sizeof(cursor), ",'cursor':'%s'", json_string_value(next));
    } while (cursor[0] != '\0' && pages < 100);
    assert_int_equal(listed, 10000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(words_are_found_however_they_are_written, world_open,
                                        world_close),
        cmocka_unit_test_setup_teardown(the_best_stands_first, world_open, world_close),
        cmocka_unit_test_setup_teardown(the_departments_name_is_the_one_that_the_visitor_knows,
                                        world_open, world_close),
        cmocka_unit_test_setup_teardown(nobody_finds_what_is_not_for_him, world_open, world_close),
        cmocka_unit_test_setup_teardown(a_change_is_told_to_whom_it_concerns, world_open,
                                        world_close),
        cmocka_unit_test_setup_teardown(a_scope_needs_what_it_speaks_of, world_open, world_close),
        cmocka_unit_test_setup_teardown(ten_thousand_are_looked_through_at_once, world_open,
                                        world_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
