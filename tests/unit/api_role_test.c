/* Custom roles and "why": the commands, live consoles, and who may ask about whom. */
#include "api_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *text_in(const json_t *answer, const char *key)
{
    const char *s = json_string_value(json_object_get(json_object_get(answer, "ok"), key));

    return s != NULL ? s : "";
}

static bool may(const json_t *answer)
{
    return json_is_true(json_object_get(json_object_get(answer, "ok"), "may"));
}

static void make_role(struct world *w, const char *permissions, char role[ID_TEXT])
{
    snprintf(role, ID_TEXT, "%s",
             ok_text(operator_ask(w,
                                  "{'id':'ra','do':'role.add','name':'Writers',"
                                  "'permissions':'%s'}",
                                  permissions),
                     "role"));
}

static void a_change_of_a_role_is_felt_at_once_on_open_consoles(void **state)
{
    struct world *w = *state;
    struct world_chat c;
    char role[ID_TEXT];

    world_chat(w, &c, "");
    ask(w, c.ann, "{'id':'m','do':'subscribe','topic':'me'}");
    make_role(w, "reply,note", role);
    operator_ask(w, "{'id':'rp','do':'agent.role','agent':'%llu','role':'%s'}",
                 (unsigned long long)c.agent, role);
    assert_non_null(sent_find(w, c.ann, "\"ev\":\"resync\""));
    sent_forget(w);
    assert_string_equal(error_of(ask(w, c.ann,
                                     "{'id':'n','do':'conversation.note','conversation':'%s',"
                                     "'text':'mine'}",
                                     c.id)),
                        "");
    operator_ask(w, "{'id':'rs','do':'role.set','role':'%s','permissions':'reply'}", role);
    assert_non_null(sent_find(w, c.ann, "\"ev\":\"resync\""));
    assert_string_equal(error_of(ask(w, c.ann,
                                     "{'id':'n2','do':'conversation.note','conversation':'%s',"
                                     "'text':'mine'}",
                                     c.id)),
                        "forbidden");
    operator_ask(w, "{'id':'as','do':'agent.show','agent':'%llu'}", (unsigned long long)c.agent);
    assert_non_null(sent_find(w, OPERATOR, "\"custom_role_name\":\"Writers\""));
    assert_string_equal(
        error_of(operator_ask(w, "{'id':'rr','do':'role.remove','role':'%s'}", role)), "conflict");
}

static void the_list_has_the_table_of_rights_with_it(void **state)
{
    struct world *w = *state;
    struct world_chat c;
    char role[ID_TEXT];

    world_chat(w, &c, "");
    make_role(w, "reply", role);
    operator_ask(w, "{'id':'rl','do':'role.list'}");
    assert_non_null(sent_find(w, OPERATOR,
                              "\"permission\":\"reply\",\"actions\":[\"reply\","
                              "\"forward\",\"pick\"],\"for_all\":false"));
    assert_non_null(sent_find(w, OPERATOR,
                              "\"permission\":\"block\",\"actions\":[\"block\"],"
                              "\"for_all\":true"));
    assert_string_equal(error_of(ask(w, c.ann, "{'id':'x','do':'role.list'}")), "forbidden");
    assert_string_equal(
        error_of(operator_ask(w, "{'id':'s','do':'role.set','role':'%s','version':7}", role)),
        "conflict");
    assert_string_equal(
        text_in(operator_ask(w, "{'id':'s2','do':'role.set','role':'%s','name':'Two'}", role),
                "role"),
        role);
    operator_ask(w, "{'id':'rl2','do':'role.list'}");
    assert_non_null(sent_find(w, OPERATOR, "\"name\":\"Two\",\"permissions\":[\"reply\"]"));
}

static json_t *explain(struct world *w, uint64_t conn, uint64_t agent, const char *action,
                       const char *chat)
{
    static unsigned n;

    return ask(w, conn,
               "{'id':'why%u','do':'agent.explain','agent':'%llu','action':'%s',"
               "'conversation':'%s'}",
               n++, (unsigned long long)agent, action, chat);
}

static void it_says_why_by_the_one_table(void **state)
{
    struct world *w = *state;
    struct world_chat c;
    char code[CODE_TEXT], cookie[64];
    uint64_t other, bob;
    json_t *a;

    world_chat(w, &c, "");
    other = world_dept(w, "Other", code);
    bob = world_agent(w, "bob@example.com", other, "", cookie);
    a = explain(w, OPERATOR, c.agent, "reply", c.id);
    assert_true(may(a));
    assert_string_equal(text_in(a, "department_name"), "Sales");
    assert_non_null(sent_find(w, OPERATOR, "\"by\":[\"holds\",\"team\"]"));
    a = explain(w, OPERATOR, bob, "reply", c.id);
    assert_false(may(a));
    assert_string_equal(text_in(a, "why"), "conversation-unknown");
    assert_non_null(sent_find(w, OPERATOR, "\"member\":false,\"chat\":false"));
    operator_ask(w,
                 "{'id':'p','do':'agent.set','agent':'%llu','role':'custom',"
                 "'permissions':'note'}",
                 (unsigned long long)c.agent);
    a = explain(w, OPERATOR, c.agent, "end", c.id);
    assert_string_equal(text_in(a, "permission"), "end");
    assert_non_null(sent_find(w, OPERATOR, "\"has_permission\":false"));
    assert_string_equal(error_of(explain(w, OPERATOR, c.agent, "fly", c.id)), "invalid");
    assert_string_equal(error_of(explain(w, OPERATOR, 7, "reply", c.id)), "unknown");
}

/* Others learn of themselves alone, and of a chat that they do not see that there is none. */
static void nobody_learns_of_what_he_does_not_see(void **state)
{
    struct world *w = *state;
    struct world_chat c;
    char code[CODE_TEXT], cookie[64], unknown[512], hidden[512];
    uint64_t other, bob, conn;
    const struct sent *s;

    world_chat(w, &c, "");
    other = world_dept(w, "Other", code);
    bob = world_agent(w, "bob@example.com", other, "", cookie);
    conn = world_ready(w, cookie);
    assert_true(may(ask(w, conn, "{'id':'own','do':'agent.explain','action':'reply'}")));
    assert_string_equal(error_of(explain(w, conn, c.agent, "reply", c.id)), "forbidden");
    assert_string_equal(error_of(explain(w, conn, 7, "reply", c.id)), "forbidden");
    ask(w, conn,
        "{'id':'h','do':'agent.explain','agent':'%llu','action':'see','conversation':'%s'}",
        (unsigned long long)bob, c.id);
    s = sent_find(w, conn, "\"re\":\"h\"");
    snprintf(hidden, sizeof(hidden), "%s", s->text + strlen("{\"re\":\"h\""));
    ask(w, conn,
        "{'id':'u','do':'agent.explain','agent':'%llu','action':'see',"
        "'conversation':'1234567'}",
        (unsigned long long)bob);
    s = sent_find(w, conn, "\"re\":\"u\"");
    snprintf(unknown, sizeof(unknown), "%s", s->text + strlen("{\"re\":\"u\""));
    assert_string_equal(hidden, unknown);
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, world_open, world_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_change_of_a_role_is_felt_at_once_on_open_consoles),
        T(the_list_has_the_table_of_rights_with_it),
        T(it_says_why_by_the_one_table),
        T(nobody_learns_of_what_he_does_not_see),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
