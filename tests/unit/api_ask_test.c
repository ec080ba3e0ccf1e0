/* What only the dispatcher can tell: asked over its line, answered to whoever wanted to know. */
#include "api_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DISPATCHER (OPERATOR + 1)

static void attach(struct world *w, uint64_t conn)
{
    assert_string_equal(error_of(ask(w, conn, "{'id':'1','do':'dispatcher.attach'}")), "");
}

/* An administrator over a WebSocket, who has asked for a test mail under the id "t". */
static uint64_t asker(struct world *w)
{
    char code[CODE_TEXT], admin[64];
    err_t err;
    uint64_t conn;

    world_agent(w, "root@example.com", world_dept(w, "Sales", code), ",'role':'admin'", admin);
    conn = agent_conn(w, admin, &err);
    sent_forget(w);
    tell(w, conn, "{'id':'t','do':'mail.test','to':'me@example.com'}");
    world_run(w);
    return conn;
}

static const char *error_text(const struct sent *s, char text[256])
{
    json_t *a = json_loads(s->text, 0, NULL);
    const json_t *error = json_object_get(a, "error");

    snprintf(text, 256, "%s %s %s", json_string_value(json_object_get(error, "code")),
             json_string_value(json_object_get(error, "field")),
             json_string_value(json_object_get(error, "what")));
    json_decref(a);
    return text;
}

static void what_the_dispatcher_answers_is_the_answer(void **state)
{
    struct world *w = *state;
    uint64_t conn;

    attach(w, DISPATCHER);
    conn = asker(w);
    assert_non_null(sent_find(w, DISPATCHER,
                              "{\"ev\":\"ask\",\"ask\":\"1\",\"what\":\"test\","
                              "\"to\":\"me@example.com\",\"department\":null}"));
    assert_null(sent_find(w, conn, "\"re\":\"t\""));

    tell(w, DISPATCHER,
         "{'do':'dispatcher.tell','ask':'1','lines':[{'by':'server','text':'220 hello'}]}");
    assert_non_null(sent_find(w, conn,
                              "{\"ev\":\"dialogue\",\"re\":\"t\","
                              "\"lines\":[{\"by\":\"server\",\"text\":\"220 hello\"}]}"));
    assert_false(sent_find(w, conn, "dialogue")->durable);
    assert_null(sent_find(w, DISPATCHER, "\"ok\"")); /* telling has no answer */

    ask(w, DISPATCHER, "{'id':'2','do':'dispatcher.answer','ask':'1','ok':{'outcome':'sent'}}");
    assert_non_null(sent_find(w, conn, "{\"re\":\"t\",\"ok\":{\"outcome\":\"sent\"},\"pos\""));
    /* Once only. */
    assert_string_equal(
        error_of(ask(w, DISPATCHER, "{'id':'3','do':'dispatcher.answer','ask':'1','ok':{}}")),
        "unknown");
    assert_int_equal(sent_count(w, conn, "\"re\":\"t\",\"ok\""), 1);
}

static void its_error_is_the_commands_error(void **state)
{
    struct world *w = *state;
    char text[256];
    uint64_t conn;

    attach(w, DISPATCHER);
    conn = asker(w);
    ask(w, DISPATCHER,
        "{'id':'2','do':'dispatcher.answer','ask':'1',"
        "'error':{'code':'invalid','field':'from','text':'none is set'}}");
    assert_string_equal(error_text(sent_find(w, conn, "\"re\":\"t\""), text),
                        "invalid from none is set");

    tell(w, conn, "{'id':'u','do':'mail.test','to':'me@example.com'}");
    ask(w, DISPATCHER, "{'id':'3','do':'dispatcher.answer','ask':'2','error':{'code':'odd'}}");
    assert_non_null(strstr(sent_find(w, conn, "\"re\":\"u\"")->text, "\"code\":\"io\""));
}

static void an_asker_over_http_waits_for_the_answer(void **state)
{
    struct world *w = *state;
    char code[CODE_TEXT], admin[64];
    const struct sent *s;
    uint64_t conn;

    world_agent(w, "root@example.com", world_dept(w, "Sales", code), ",'role':'admin'", admin);
    attach(w, DISPATCHER);
    w->cookie = admin;
    sent_forget(w);
    conn = request_begin(w, API_POST, "/api/v1/mail-test", "{'to':'me@example.com'}");
    assert_null(sent_find(w, conn, ""));
    tell(w, DISPATCHER,
         "{'do':'dispatcher.tell','ask':'1','lines':[{'by':'note','text':'connecting'}]}");
    ask(w, DISPATCHER, "{'id':'2','do':'dispatcher.answer','ask':'1','ok':{'outcome':'sent'}}");
    s = sent_find(w, conn, "outcome");
    assert_non_null(s);
    assert_int_equal(s->status, 200);
    assert_int_equal(sent_count(w, conn, ""), 1);
}

static void a_question_ends_with_its_dispatcher(void **state)
{
    struct world *w = *state;
    char text[256];
    uint64_t conn = asker(w);

    assert_non_null(strstr(error_text(sent_find(w, conn, "\"re\":\"t\""), text), "unreachable"));
    assert_non_null(strstr(text, "no dispatcher"));
    sent_forget(w);

    attach(w, DISPATCHER);
    tell(w, conn, "{'id':'t','do':'mail.test','to':'me@example.com'}");
    world_run(w);
    assert_null(sent_find(w, conn, "\"re\":\"t\""));
    api_on_gone(w->api, DISPATCHER);
    world_run(w);
    assert_non_null(strstr(error_text(sent_find(w, conn, "\"re\":\"t\""), text), "unreachable"));
    assert_non_null(strstr(text, "went away"));
}

static void a_question_that_nobody_answers_ends(void **state)
{
    struct world *w = *state;
    char text[256];
    uint64_t conn;

    attach(w, DISPATCHER);
    conn = asker(w);
    assert_true(api_deadline(w->api) <= w->now_ms + 90000);
    world_advance(w, 89000);
    assert_null(sent_find(w, conn, "\"re\":\"t\""));
    world_advance(w, 2000);
    assert_non_null(strstr(error_text(sent_find(w, conn, "\"re\":\"t\""), text), "timeout"));
}

static void only_who_was_asked_may_answer_and_the_newest_is_asked(void **state)
{
    struct world *w = *state;
    uint64_t conn;

    attach(w, DISPATCHER);
    attach(w, DISPATCHER + 1);
    conn = asker(w);
    assert_null(sent_find(w, DISPATCHER, "\"ask\""));
    assert_non_null(sent_find(w, DISPATCHER + 1, "\"ask\""));
    assert_string_equal(
        error_of(ask(w, DISPATCHER, "{'id':'3','do':'dispatcher.answer','ask':'1','ok':{}}")),
        "unknown");
    tell(w, DISPATCHER, "{'do':'dispatcher.tell','ask':'1','lines':[{'by':'note','text':'x'}]}");
    assert_null(sent_find(w, conn, "dialogue"));
    api_on_gone(w->api, DISPATCHER); /* of no concern */
    world_run(w);
    assert_null(sent_find(w, conn, "\"re\":\"t\""));
}

static void what_a_dispatcher_says_is_looked_at(void **state)
{
    static const char *const rows[] = {
        "'do':'dispatcher.tell','ask':'1'",
        "'do':'dispatcher.tell','ask':'1','lines':{}",
        "'do':'dispatcher.tell','ask':'1','lines':['x']",
        "'do':'dispatcher.tell','ask':'1','lines':[{'by':'note'}]",
        "'do':'dispatcher.tell','ask':1,'lines':[]",
        "'do':'dispatcher.answer','ask':'1'",
        "'do':'dispatcher.answer','ask':'1','ok':{},'error':{}",
        "'do':'dispatcher.answer','ask':'1','ok':[]",
    };
    struct world *w = *state;

    attach(w, DISPATCHER);
    uint64_t conn = asker(w);
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        assert_string_equal(error_of(ask(w, DISPATCHER, "{'id':'r%zu',%s}", i, rows[i])),
                            "invalid");
    assert_null(sent_find(w, conn, "\"re\":\"t\""));
}

static void questions_are_bounded(void **state)
{
    struct world *w = *state;
    uint64_t conn;

    attach(w, DISPATCHER);
    conn = asker(w);
    for (unsigned i = 1; i < 16; i++)
        tell(w, conn, "{'id':'x%u','do':'mail.test','to':'me@example.com'}", i);
    assert_string_equal(error_of(ask(w, conn, "{'id':'y','do':'mail.test','to':'me@example.com'}")),
                        "busy");
    ask(w, DISPATCHER, "{'id':'2','do':'dispatcher.answer','ask':'1','ok':{}}");
    assert_null(ask(w, conn, "{'id':'z','do':'mail.test','to':'me@example.com'}"));
    for (unsigned i = 0; i < 60; i++) {
        tell(w, DISPATCHER, "{'do':'dispatcher.answer','ask':'%u','ok':{}}", 2 + i);
        tell(w, conn, "{'id':'v%u','do':'mail.test','to':'me@example.com'}", i);
    }
    world_run(w);
    assert_non_null(sent_find(w, conn, "\"code\":\"rate\""));
}

static void a_test_mail_is_for_administrators_and_goes_to_one_address(void **state)
{
    struct world *w = *state;
    char code[CODE_TEXT], agent[64];
    err_t err;
    uint64_t dept = world_dept(w, "Sales", code), conn;

    attach(w, DISPATCHER);
    world_agent(w, "ann@example.com", dept, "", agent);
    conn = agent_conn(w, agent, &err);
    assert_string_equal(error_of(ask(w, conn, "{'id':'1','do':'mail.test','to':'me@example.com'}")),
                        "forbidden");
    static const char *const wrong[] = {"'to':'me'", "'to':'a@example.com, b@example.com'",
                                        "'to':''", "'department':'1'"};
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        assert_string_equal(
            error_of(operator_ask(w, "{'id':'%zu','do':'mail.test',%s}", i, wrong[i])), "invalid");
    assert_string_equal(error_of(operator_ask(w, "{'id':'n','do':'mail.test','to':'me@example.com',"
                                                 "'department':'77'}")),
                        "unknown");
    assert_null(sent_find(w, DISPATCHER, "\"ask\""));
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, world_open, world_close)
    const struct CMUnitTest tests[] = {
        T(what_the_dispatcher_answers_is_the_answer),
        T(its_error_is_the_commands_error),
        T(an_asker_over_http_waits_for_the_answer),
        T(a_question_ends_with_its_dispatcher),
        T(a_question_that_nobody_answers_ends),
        T(only_who_was_asked_may_answer_and_the_newest_is_asked),
        T(what_a_dispatcher_says_is_looked_at),
        T(questions_are_bounded),
        T(a_test_mail_is_for_administrators_and_goes_to_one_address),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
