/* Follow-up tasks over the wire: told as they change, listed in their order, by rights. */
#include "api_world.h"

#include <stdio.h>
#include <string.h>

static unsigned number;

static const json_t *ok_of(const json_t *answer)
{
    assert_string_equal(error_of(answer), "");
    return json_object_get(answer, "ok");
}

/* The titles of a list, joined by bars. */
static const char *titles(struct world *w, uint64_t conn, const char *fields)
{
    static char text[2000];
    const json_t *a = ask(w, conn, "{'id':'l%u','do':'task.list'%s}", ++number, fields), *row;
    size_t i;

    text[0] = '\0';
    json_array_foreach (json_object_get(ok_of(a), "rows"), i, row)
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s", i > 0 ? "|" : "",
                 json_string_value(json_object_get(row, "title")));
    return text;
}

static void add(struct world *w, uint64_t conn, const char *chat, const char *fields,
                char id[ID_TEXT])
{
    const json_t *a =
        ask(w, conn, "{'id':'a%u','do':'task.add','conversation':'%s',%s}", ++number, chat, fields);

    snprintf(id, ID_TEXT, "%s", ok_text(a, "task"));
}

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
}

static void a_task_is_told_to_who_is_to_do_it_and_to_those_who_look(void **state)
{
    struct world *w = *state;
    struct team t;
    char id[ID_TEXT], fields[100];

    team_come(w, &t);
    ask(w, t.c.ann, "{'id':'s','do':'subscribe','topic':'conversation','conversation':'%s'}",
        t.c.id);
    ask(w, t.bob, "{'id':'me','do':'subscribe','topic':'me'}");
    ask(w, t.cleo, "{'id':'me','do':'subscribe','topic':'me'}");
    sent_forget(w);
    snprintf(fields, sizeof(fields), "'title':'call back','agent':'%s','due_ms':%lld", t.bob_id,
             (long long)w->now_ms + 60000);
    add(w, t.c.ann, t.c.id, fields, id);
    world_run(w);
    assert_non_null(sent_find(w, t.bob, "\"ev\":\"task\",\"what\":\"added\""));
    assert_non_null(sent_find(w, t.c.ann, "\"what\":\"added\""));
    assert_null(sent_find(w, t.cleo, "\"ev\":\"task\""));
    assert_null(sent_find(w, t.c.vera, "call back"));
    world_advance(w, 1000);
    assert_non_null(sent_find(w, t.bob, "\"tasks\":1"));
    sent_forget(w);
    world_advance(w, 60000);
    assert_int_equal(sent_count(w, t.bob, "\"what\":\"due\""), 1);
    sent_forget(w);
    ask(w, t.bob, "{'id':'d','do':'task.done','task':'%s'}", id);
    world_run(w);
    assert_non_null(sent_find(w, t.c.ann, "\"what\":\"done\""));
    assert_string_equal(
        error_of(ask(w, t.c.ann, "{'id':'remove','do':'task.remove','task':'%s'}", id)), "");
    world_run(w);
    assert_non_null(sent_find(w, t.bob, "\"what\":\"removed\""));
    assert_non_null(sent_find(w, t.bob, "\"gone\""));
}

/* Who looks for something to do sees what is nobody's come and go, where he may see the chat. */
static void what_is_nobodys_is_told_to_those_who_look_for_it(void **state)
{
    struct world *w = *state;
    struct team t;
    char id[ID_TEXT], fields[100];

    team_come(w, &t);
    ask(w, t.bob, "{'id':'p','do':'subscribe','topic':'tasks'}");
    ask(w, t.cleo, "{'id':'p','do':'subscribe','topic':'tasks'}");
    sent_forget(w);
    add(w, t.c.ann, t.c.id, "'title':'own'", id);
    world_run(w);
    assert_null(sent_find(w, t.bob, "\"ev\":\"task\""));
    add(w, t.c.ann, t.c.id, "'title':'nobody','agent':null", id);
    world_run(w);
    assert_int_equal(sent_count(w, t.bob, "\"what\":\"added\""), 1);
    assert_string_equal(titles(w, t.bob, ",'agent':null"), "nobody");
    assert_string_equal(titles(w, t.cleo, ",'agent':null"), "");
    snprintf(fields, sizeof(fields), "'agent':'%s'", t.bob_id);
    ask(w, t.bob, "{'id':'take','do':'task.set','task':'%s',%s}", id, fields);
    world_run(w);
    assert_int_equal(sent_count(w, t.bob, "\"what\":\"set\""), 1);
    assert_non_null(sent_find(w, t.bob, "\"was\":null"));
    ask(w, t.bob, "{'id':'back','do':'task.set','task':'%s','agent':null}", id);
    ask(w, t.bob, "{'id':'del','do':'task.remove','task':'%s'}", id);
    world_run(w);
    assert_int_equal(sent_count(w, t.bob, "\"gone\""), 1);
    assert_null(sent_find(w, t.cleo, "\"ev\":\"task\""));
    ask(w, t.bob, "{'id':'u','do':'unsubscribe','topic':'tasks'}");
    sent_forget(w);
    add(w, t.c.ann, t.c.id, "'title':'later','agent':null", id);
    world_run(w);
    assert_null(sent_find(w, t.bob, "\"ev\":\"task\""));
}

static void lists_are_in_order_and_of_what_one_may_see(void **state)
{
    struct world *w = *state;
    struct team t;
    char id[ID_TEXT], fields[200], of[64], bobs[64];

    team_come(w, &t);
    snprintf(of, sizeof(of), ",'conversation':'%s'", t.c.id);
    snprintf(bobs, sizeof(bobs), ",'agent':'%s'", t.bob_id);
    add(w, t.c.ann, t.c.id, "'title':'own'", id);
    snprintf(fields, sizeof(fields), "'title':'later','agent':'%s','due_ms':%lld", t.bob_id,
             (long long)w->now_ms + 90000);
    add(w, t.c.ann, t.c.id, fields, id);
    snprintf(fields, sizeof(fields), "'title':'sooner','agent':'%s','due_ms':%lld", t.bob_id,
             (long long)w->now_ms + 50000);
    add(w, t.c.ann, t.c.id, fields, id);
    add(w, t.c.ann, t.c.id, "'title':'nobody','agent':null", id);
    assert_string_equal(titles(w, t.bob, ""), "sooner|later");
    assert_string_equal(titles(w, t.c.ann, ""), "own");
    assert_string_equal(titles(w, t.c.ann, bobs), "sooner|later");
    assert_string_equal(titles(w, t.c.ann, of), "sooner|later|own|nobody");
    assert_string_equal(titles(w, OPERATOR, ""), "own|later|sooner|nobody");
    assert_string_equal(titles(w, t.cleo, of), "");
    assert_string_equal(titles(w, t.cleo, bobs), "");
    world_advance(w, 60000);
    assert_string_equal(titles(w, t.bob, ",'state':'overdue'"), "sooner");
    ask(w, t.bob, "{'id':'x','do':'task.done','task':'%s'}", id);
    assert_string_equal(titles(w, t.c.ann, ",'agent':null,'state':'done'"), "nobody");
    assert_string_equal(error_of(ask(w, t.cleo, "{'id':'y','do':'task.show','task':'%s'}", id)),
                        "unknown");
    assert_string_equal(error_of(ask(w, t.bob, "{'id':'z','do':'task.list','state':'odd'}")),
                        "invalid");
    /* Pages. */
    snprintf(fields, sizeof(fields), "%s,'max':3", of);
    assert_string_equal(titles(w, t.c.ann, fields), "sooner|later|own");
    const char *cursor =
        ok_text(ask(w, t.c.ann, "{'id':'p','do':'task.list'%s,'max':3}", of), "cursor");
    snprintf(fields, sizeof(fields), "%s,'cursor':'%s'", of, cursor);
    assert_string_equal(titles(w, t.c.ann, fields), "nobody");
}

/* Who has lost sight of the chat still has his task, and nothing of the chat in it. */
static void a_task_outlives_the_sight_of_its_chat(void **state)
{
    struct world *w = *state;
    struct team t;
    char id[ID_TEXT], fields[100];
    const json_t *task;

    team_come(w, &t);
    snprintf(fields, sizeof(fields), "'title':'call back','agent':'%s'", t.bob_id);
    add(w, t.c.ann, t.c.id, fields, id);
    operator_ask(w, "{'id':'m','do':'member.remove','agent':'%s','department':'%llu'}", t.bob_id,
                 (unsigned long long)t.c.dept);
    task = json_object_get(ok_of(ask(w, t.bob, "{'id':'s','do':'task.show','task':'%s'}", id)),
                           "task");
    assert_true(json_is_null(json_object_get(task, "conversation")));
    assert_null(json_object_get(task, "number"));
    assert_null(json_object_get(task, "visitor"));
    assert_true(json_is_false(json_object_get(task, "edit")));
    assert_string_equal(error_of(ask(w, t.bob, "{'id':'d','do':'task.done','task':'%s'}", id)), "");
}

static void candidates_are_colleagues_who_see_the_chat(void **state)
{
    struct world *w = *state;
    struct team t;
    const json_t *a;

    team_come(w, &t);
    a = ask(w, t.c.ann, "{'id':'c','do':'task.candidates','conversation':'%s','text':'ＢＯＢ'}",
            t.c.id);
    assert_int_equal(json_array_size(json_object_get(ok_of(a), "agents")), 1);
    a = ask(w, t.c.ann, "{'id':'c2','do':'task.candidates','conversation':'%s','text':'cleo'}",
            t.c.id);
    assert_int_equal(json_array_size(json_object_get(ok_of(a), "agents")), 0);
    assert_string_equal(
        error_of(ask(w, t.cleo, "{'id':'c3','do':'task.candidates','conversation':'%s'}", t.c.id)),
        "unknown");
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, world_open, world_close)
    const struct CMUnitTest tests[] = {
        TEST(a_task_is_told_to_who_is_to_do_it_and_to_those_who_look),
        TEST(what_is_nobodys_is_told_to_those_who_look_for_it),
        TEST(lists_are_in_order_and_of_what_one_may_see),
        TEST(a_task_outlives_the_sight_of_its_chat),
        TEST(candidates_are_colleagues_who_see_the_chat),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
