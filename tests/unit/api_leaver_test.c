/* Agents who are disabled or deleted: the commands, what they would do, and what is seen of it. */
#include "api_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *end(struct world *w, const char *verb, uint64_t agent, const char *more)
{
    static unsigned n;

    return operator_ask(w, "{'id':'end%u','do':'agent.%s','agent':'%llu'%s}", n++, verb,
                        (unsigned long long)agent, more);
}

static json_int_t work_int(struct world *w, uint64_t agent, const char *key)
{
    return ok_int(operator_ask(w, "{'id':'w%s%u','do':'agent.work','agent':'%llu'}", key,
                               (unsigned)w->nsent, (unsigned long long)agent),
                  key);
}

static const json_t *taker(struct world *w, uint64_t agent, const char *name)
{
    json_t *a = operator_ask(w, "{'id':'t%u','do':'agent.work','agent':'%llu'}", (unsigned)w->nsent,
                             (unsigned long long)agent);
    json_t *row;
    size_t i;

    json_array_foreach (json_object_get(json_object_get(a, "ok"), "agents"), i, row)
        if (strcmp(json_string_value(json_object_get(row, "name")), name) == 0)
            return row;
    return NULL;
}

static void what_an_agent_has_open_is_told_with_who_could_go_on(void **state)
{
    struct world *w = *state;
    struct world_chat c;
    char cookie[64], idle[64];
    uint64_t bob;
    json_t *a;

    world_chat(w, &c, "");
    bob = world_agent(w, "bob@example.com", c.dept, "", cookie);
    world_agent(w, "idle@example.com", c.dept, "", idle);
    world_ready(w, cookie);
    operator_ask(w,
                 "{'id':'k','do':'canned.add','scope':'own','agent':'%llu','title':'T',"
                 "'text':'t'}",
                 (unsigned long long)c.agent);
    assert_int_equal(work_int(w, c.agent, "chats"), 1);
    assert_int_equal(work_int(w, c.agent, "canned"), 1);
    assert_int_equal(work_int(w, c.agent, "sessions"), 1);
    assert_null(json_object_get(taker(w, c.agent, "Agent bob@example.com"), "lacks"));
    assert_string_equal(
        json_string_value(json_object_get(taker(w, c.agent, "Agent idle@example.com"), "lacks")),
        "agent-gone");
    assert_string_equal(json_string_value(json_object_get(
                            taker(w, c.agent, "Agent bob@example.com"), "department_name")),
                        "Sales");
    assert_null(taker(w, c.agent, "Agent ann@example.com")); /* not himself */
    assert_null(taker(w, bob, "Agent ann@example.com"));     /* nothing to take over */
    a = ask(w, c.ann, "{'id':'x','do':'agent.work','agent':'%llu'}", (unsigned long long)bob);
    assert_string_equal(error_of(a), "forbidden");
    assert_string_equal(error_of(operator_ask(w, "{'id':'y','do':'agent.work','agent':'7'}")),
                        "unknown");
}

static void it_asks_who_takes_the_chats_and_says_what_would_be(void **state)
{
    struct world *w = *state;
    struct world_chat c;
    char cookie[64], more[64];
    uint64_t bob;
    json_t *a;

    world_chat(w, &c, "");
    bob = world_agent(w, "bob@example.com", c.dept, "", cookie);
    world_ready(w, cookie);
    assert_string_equal(error_of(end(w, "disable", c.agent, "")), "confirm");
    assert_string_equal(error_of(end(w, "remove", c.agent, ",'dry_run':true")), "confirm");
    snprintf(more, sizeof(more), ",'chats_to':'%llu','dry_run':true", (unsigned long long)bob);
    a = end(w, "remove", c.agent, more);
    assert_int_equal(ok_int(a, "taken_over"), 1);
    assert_int_equal(ok_int(a, "back"), 0);
    assert_int_equal(ok_int(a, "sessions"), 1);
    a = end(w, "disable", c.agent, ",'chats_back':true,'dry_run':true");
    assert_int_equal(ok_int(a, "taken_over"), 0);
    assert_int_equal(ok_int(a, "back"), 1);
    assert_int_equal(ok_int(a, "canned"), 0);
    assert_int_equal(work_int(w, c.agent, "chats"), 1); /* nothing of it was */
    assert_null(sent_find(w, c.ann, "signed-out"));
    snprintf(more, sizeof(more), ",'chats_to':'%llu'", (unsigned long long)bob);
    a = end(w, "disable", c.agent, more);
    assert_string_equal(error_of(a), "");
    assert_non_null(sent_find(w, c.ann, "signed-out"));
    assert_int_equal(work_int(w, bob, "chats"), 1);
    a = end(w, "disable", c.agent, ",'dry_run':true");
    assert_true(json_is_true(json_object_get(json_object_get(a, "ok"), "unchanged")));
}

static const char *lacks_of(struct world *w, uint64_t agent, const char *more, const char *name)
{
    json_t *a = operator_ask(w, "{'id':'tk%u','do':'agent.work','agent':'%llu','kind':'tasks'%s}",
                             (unsigned)w->nsent, (unsigned long long)agent, more);
    json_t *row;
    size_t i;

    json_array_foreach (json_object_get(json_object_get(a, "ok"), "agents"), i, row)
        if (strcmp(json_string_value(json_object_get(row, "name")), name) == 0)
            return json_object_get(row, "lacks") != NULL
                       ? json_string_value(json_object_get(row, "lacks"))
                       : "";
    return NULL;
}

/* Also about chats that are over, which are in the store alone. */
static void it_asks_who_takes_the_tasks_too(void **state)
{
    struct world *w = *state;
    struct world_chat c;
    char cookie[64], eve[64], code[CODE_TEXT], more[64];
    uint64_t bob;
    json_t *a;

    world_chat(w, &c, "");
    bob = world_agent(w, "bob@example.com", c.dept, "", cookie);
    world_agent(w, "eve@example.com", world_dept(w, "Help", code), "", eve);
    ask(w, c.ann, "{'id':'t','do':'task.add','conversation':'%s','title':'call back'}", c.id);
    ask(w, c.ann, "{'id':'e','do':'chat.end','conversation':'%s'}", c.id);
    world_run(w);
    assert_int_equal(work_int(w, c.agent, "chats"), 0);
    assert_int_equal(work_int(w, c.agent, "tasks"), 1);
    assert_string_equal(lacks_of(w, c.agent, "", "Agent bob@example.com"), "");
    assert_string_equal(lacks_of(w, c.agent, "", "Agent eve@example.com"), "agent-no-sight");
    assert_null(lacks_of(w, c.agent, "", "Agent ann@example.com"));
    assert_null(lacks_of(w, bob, "", "Agent eve@example.com")); /* nothing to take over */
    assert_string_equal(error_of(end(w, "disable", c.agent, "")), "confirm");
    snprintf(more, sizeof(more), ",'tasks_to':'%llu','dry_run':true", (unsigned long long)bob);
    a = end(w, "remove", c.agent, more);
    assert_int_equal(ok_int(a, "tasks_taken_over"), 1);
    assert_int_equal(ok_int(a, "tasks_back"), 0);
    a = end(w, "remove", c.agent, ",'tasks_back':true,'dry_run':true");
    assert_int_equal(ok_int(a, "tasks_taken_over"), 0);
    assert_int_equal(ok_int(a, "tasks_back"), 1);
    assert_int_equal(work_int(w, c.agent, "tasks"), 1);
    snprintf(more, sizeof(more), ",'tasks_to':'%llu'", (unsigned long long)bob);
    assert_string_equal(error_of(end(w, "remove", c.agent, more)), "");
    assert_int_equal(work_int(w, bob, "tasks"), 1);
    assert_string_equal(error_of(operator_ask(w,
                                              "{'id':'k','do':'agent.work','agent':'%llu',"
                                              "'kind':'cats'}",
                                              (unsigned long long)bob)),
                        "invalid");
}

static void a_forgotten_name_shows_nowhere_and_the_consoles_ask_again(void **state)
{
    struct world *w = *state;
    struct world_chat c;
    char cookie[64];
    uint64_t bob, conn;

    world_chat(w, &c, "");
    bob = world_agent(w, "bob@example.com", c.dept, "", cookie);
    conn = world_ready(w, cookie);
    ask(w, conn, "{'id':'m','do':'subscribe','topic':'me'}");
    ask(w, c.ann, "{'id':'a','do':'chat.send','conversation':'%s','text':'as I said'}", c.id);
    operator_ask(w, "{'id':'f','do':'portal.set','from':'desk@example.com'}");
    operator_ask(w, "{'id':'l','do':'agent.link','agent':'%llu','mail':true}",
                 (unsigned long long)c.agent);
    assert_non_null(sent_find(w, OPERATOR, "\"mailed\""));
    operator_ask(w, "{'id':'ml','do':'mail.list'}");
    assert_non_null(sent_find(w, OPERATOR, "\"address\":\"ann@example.com\""));
    sent_forget(w);
    operator_ask(w,
                 "{'id':'r','do':'agent.remove','agent':'%llu','chats_to':'%llu',"
                 "'anonymise':true}",
                 (unsigned long long)c.agent, (unsigned long long)bob);
    assert_non_null(sent_find(w, conn, "\"ev\":\"anonymised\",\"agent\":"));
    operator_ask(w, "{'id':'ml2','do':'mail.list'}");
    ask(w, conn, "{'id':'read','do':'conversation.read','conversation':'%s'}", c.id);
    operator_ask(w, "{'id':'o','do':'conversation.read','conversation':'%s'}", c.id);
    operator_ask(w, "{'id':'al','do':'agent.list'}");
    ask(w, c.vera, "{'id':'v','do':'chat.read','before':50}");
    assert_non_null(sent_find(w, conn, "as I said"));
    assert_non_null(sent_find(w, conn, "Former agent"));
    assert_non_null(sent_find(w, OPERATOR, "\"address\":\"Former agent"));
    for (size_t i = 0; i < w->nsent; i++)
        assert_null(strstr(w->sent[i].text != NULL ? w->sent[i].text : "", "ann@example.com"));
}

static void without_it_the_consoles_are_not_troubled(void **state)
{
    struct world *w = *state;
    struct world_chat c;
    char cookie[64];
    uint64_t conn;

    world_chat(w, &c, "");
    world_agent(w, "bob@example.com", c.dept, "", cookie);
    conn = world_ready(w, cookie);
    ask(w, conn, "{'id':'m','do':'subscribe','topic':'me'}");
    assert_string_equal(error_of(end(w, "remove", c.agent, ",'chats_back':true")), "");
    assert_null(sent_find(w, conn, "anonymised"));
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, world_open, world_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(what_an_agent_has_open_is_told_with_who_could_go_on),
        T(it_asks_who_takes_the_chats_and_says_what_would_be),
        T(it_asks_who_takes_the_tasks_too),
        T(a_forgotten_name_shows_nowhere_and_the_consoles_ask_again),
        T(without_it_the_consoles_are_not_troubled),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
