/* Mentions over the wire: told to whom they are for, listed and counted by rights, read. */
#include "api_world.h"

#include <stdio.h>
#include <string.h>

static unsigned number;

struct team {
    struct world_chat c;
    char bob_cookie[64], cleo_cookie[64], bob_id[ID_TEXT];
    uint64_t bob, cleo;
};

/* Bob is Ann's colleague, Cleo is in another department. */
static void team_come(struct world *w, struct team *t)
{
    char code[CODE_TEXT];
    uint64_t help;

    world_chat(w, &t->c, "");
    help = world_dept(w, "Help", code);
    id_format(world_agent(w, "bob@example.com", t->c.dept, "", t->bob_cookie), t->bob_id);
    world_agent(w, "cleo@example.com", help, "", t->cleo_cookie);
    t->bob = world_ready(w, t->bob_cookie);
    t->cleo = world_ready(w, t->cleo_cookie);
    ask(w, t->bob, "{'id':'me','do':'subscribe','topic':'me'}");
    ask(w, t->cleo, "{'id':'me','do':'subscribe','topic':'me'}");
    ask(w, t->c.ann, "{'id':'me','do':'subscribe','topic':'me'}");
    ask(w, t->c.ann, "{'id':'s','do':'subscribe','topic':'conversation','conversation':'%s'}",
        t->c.id);
    sent_forget(w);
}

/* Gives its number. */
static int note(struct world *w, const struct team *t, const char *text)
{
    const json_t *a = ask(w, t->c.ann,
                          "{'id':'n%u','do':'conversation.note','conversation':'%s','text':'%s',"
                          "'mentions':['%s']}",
                          ++number, t->c.id, text, t->bob_id);

    assert_string_equal(error_of(a), "");
    world_run(w);
    return (int)json_integer_value(json_object_get(json_object_get(a, "ok"), "seq"));
}

static const json_t *list(struct world *w, uint64_t conn, const char *fields)
{
    const json_t *a = ask(w, conn, "{'id':'l%u','do':'mention.list'%s}", ++number, fields);

    assert_string_equal(error_of(a), "");
    return json_object_get(a, "ok");
}

static const char *row_text(const json_t *ok, size_t at, const char *key)
{
    const char *s =
        json_string_value(json_object_get(json_array_get(json_object_get(ok, "rows"), at), key));

    return s != NULL ? s : "";
}

static size_t rows(const json_t *ok)
{
    return json_array_size(json_object_get(ok, "rows"));
}

static json_int_t unread(const json_t *ok)
{
    return json_integer_value(json_object_get(ok, "unread"));
}

static void whoever_is_mentioned_is_told_and_nobody_else(void **state)
{
    struct world *w = *state;
    struct team t;
    const json_t *ok;

    team_come(w, &t);
    note(w, &t, "@bob look here");
    assert_int_equal(sent_count(w, t.bob, "\"ev\":\"mention\",\"what\":\"added\""), 1);
    assert_non_null(sent_find(w, t.bob, "@bob look here"));
    assert_null(sent_find(w, t.c.ann, "\"ev\":\"mention\""));
    assert_null(sent_find(w, t.cleo, "look here"));
    assert_null(sent_find(w, t.c.vera, "look here"));
    assert_non_null(sent_find(w, t.c.ann, "\"mentions\":[{\"id\":"));
    world_advance(w, 1000);
    assert_non_null(sent_find(w, t.bob, "\"mentions\":1"));
    ok = list(w, t.bob, "");
    assert_int_equal(unread(ok), 1);
    assert_string_equal(row_text(ok, 0, "text"), "@bob look here");
    assert_string_equal(row_text(ok, 0, "by_name"), "Agent ann@example.com");
    assert_string_equal(row_text(ok, 0, "conversation"), t.c.id);
    assert_int_equal(rows(list(w, t.cleo, "")), 0);
    assert_int_equal(rows(list(w, t.c.ann, "")), 0);
}

static void it_is_read_one_by_one_by_its_conversation_or_all(void **state)
{
    struct world *w = *state;
    struct team t;
    char id[ID_TEXT];
    const json_t *ok;
    int second;

    team_come(w, &t);
    note(w, &t, "one");
    second = note(w, &t, "two");
    note(w, &t, "three");
    ok = list(w, t.bob, "");
    assert_int_equal(unread(ok), 3);
    assert_string_equal(row_text(ok, 0, "text"), "three"); /* the newest first */
    snprintf(id, sizeof(id), "%s", row_text(ok, 2, "mention"));
    sent_forget(w);
    ask(w, t.bob, "{'id':'r1','do':'mention.read','mention':'%s'}", id);
    world_run(w);
    assert_int_equal(sent_count(w, t.bob, "\"what\":\"read\""), 1);
    assert_int_equal(rows(list(w, t.bob, ",'state':'unread'")), 2);
    assert_string_equal(
        error_of(ask(w, t.cleo, "{'id':'r2','do':'mention.read','mention':'%s'}", id)), "unknown");
    ok = json_object_get(ask(w, t.bob,
                             "{'id':'r3','do':'mention.read','conversation':'%s','line':%d}",
                             t.c.id, second),
                         "ok");
    assert_int_equal(unread(ok), 1);
    ok = list(w, t.bob, ",'max':2");
    assert_int_equal(rows(ok), 2);
    assert_int_equal(unread(ok), 1);
    snprintf(id, sizeof(id), "%s", json_string_value(json_object_get(ok, "cursor")));
    ok = json_object_get(ask(w, t.bob, "{'id':'l','do':'mention.list','cursor':'%s'}", id), "ok");
    assert_int_equal(rows(ok), 1);
    assert_string_equal(row_text(ok, 0, "text"), "one");
    ok = json_object_get(ask(w, t.bob, "{'id':'r4','do':'mention.read'}"), "ok");
    assert_int_equal(unread(ok), 0);
    ok = json_object_get(ask(w, t.bob, "{'id':'r5','do':'mention.read'}"), "ok");
    assert_true(json_is_true(json_object_get(ok, "unchanged")));
    assert_string_equal(error_of(ask(w, t.bob,
                                     "{'id':'r6','do':'mention.read','mention':'%s',"
                                     "'conversation':'%s'}",
                                     id, t.c.id)),
                        "invalid");
}

/* Whoever may not see the conversation has neither entry nor count, until he may again. */
static void what_one_may_not_see_is_neither_shown_nor_counted(void **state)
{
    struct world *w = *state;
    struct team t;
    const json_t *ok;

    team_come(w, &t);
    note(w, &t, "secret");
    ask(w, OPERATOR, "{'id':'g','do':'member.remove','department':'%llu','agent':'%s'}",
        (unsigned long long)t.c.dept, t.bob_id);
    world_run(w);
    world_advance(w, 1000);
    ok = list(w, t.bob, "");
    assert_int_equal(rows(ok), 0);
    assert_int_equal(unread(ok), 0);
    sent_forget(w);
    ok = json_object_get(ask(w, t.bob, "{'id':'r7','do':'mention.read'}"), "ok");
    assert_true(json_is_true(json_object_get(ok, "unchanged")));
    ask(w, OPERATOR, "{'id':'b','do':'member.set','department':'%llu','agent':'%s','chat':true}",
        (unsigned long long)t.c.dept, t.bob_id);
    world_run(w);
    ok = list(w, t.bob, "");
    assert_int_equal(rows(ok), 1);
    assert_int_equal(unread(ok), 1);
    assert_string_equal(error_of(ask(w, OPERATOR, "{'id':'o','do':'mention.list'}")), "invalid");
    assert_string_equal(
        error_of(ask(w, t.cleo, "{'id':'o','do':'mention.list','agent':'%s'}", t.bob_id)),
        "unknown");
}

static void a_change_of_the_note_takes_it_away(void **state)
{
    struct world *w = *state;
    struct team t;
    const json_t *a;
    int line;

    team_come(w, &t);
    line = note(w, &t, "@bob look");
    sent_forget(w);
    a = ask(w, t.c.ann,
            "{'id':'e1','do':'line.edit','conversation':'%s','line':%d,'text':'@bob, look'}",
            t.c.id, line);
    assert_string_equal(error_of(a), "");
    world_run(w);
    assert_string_equal(row_text(list(w, t.bob, ""), 0, "text"), "@bob, look");
    assert_null(sent_find(w, t.bob, "\"ev\":\"mention\""));
    a = ask(w, t.c.ann,
            "{'id':'e2','do':'line.edit','conversation':'%s','line':%d,'text':'look',"
            "'mentions':[]}",
            t.c.id, line);
    assert_string_equal(error_of(a), "");
    world_run(w);
    assert_int_equal(sent_count(w, t.bob, "\"what\":\"removed\""), 1);
    assert_int_equal(rows(list(w, t.bob, "")), 0);
    a = ask(w, t.c.ann,
            "{'id':'s1','do':'chat.send','conversation':'%s','text':'hi','mentions':['%s']}",
            t.c.id, t.bob_id);
    assert_string_equal(error_of(a), "malformed");
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, world_open, world_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(whoever_is_mentioned_is_told_and_nobody_else),
        T(it_is_read_one_by_one_by_its_conversation_or_all),
        T(what_one_may_not_see_is_neither_shown_nor_counted),
        T(a_change_of_the_note_takes_it_away),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
