/* The live floor: who may have it, what stands in it for whom, and when it comes. */
#include "api_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SUBSCRIBE "{'id':'f','do':'subscribe','topic':'floor'}"

struct house {
    char code[CODE_TEXT], other_code[CODE_TEXT];
    uint64_t sales, secret, ann, bob, boss, ann_conn, boss_conn;
};

/* Ann in Sales, Bob in a department that nobody knows of, and the boss of Sales. */
static void house_make(struct world *w, struct house *h, const char *boss)
{
    char cookie[64];

    h->sales = world_dept(w, "Sales", h->code);
    h->secret = world_dept(w, "Secret", h->other_code);
    h->ann = world_agent(w, "ann@example.com", h->sales, "", cookie);
    h->ann_conn = world_ready(w, cookie);
    h->bob = world_agent(w, "bob@example.com", h->secret, "", cookie);
    assert_true(world_ready(w, cookie) != 0);
    h->boss = world_agent(w, "boss@example.com", h->sales, boss, cookie);
    h->boss_conn = world_ready(w, cookie);
}

static const json_t *floor_of(const json_t *answer)
{
    const json_t *ok = json_object_get(answer, "ok");

    return json_object_get(ok != NULL ? ok : answer, "floor");
}

static const json_t *agent_in(const json_t *floor, uint64_t id)
{
    const json_t *row;
    char text[ID_TEXT];
    size_t i;

    snprintf(text, sizeof(text), "%llu", (unsigned long long)id);
    json_array_foreach (json_object_get(floor, "agents"), i, row)
        if (strcmp(json_string_value(json_object_get(row, "id")), text) == 0)
            return row;
    return NULL;
}

static json_int_t int_in(const json_t *object, const char *key)
{
    assert_true(json_is_integer(json_object_get(object, key)));
    return json_integer_value(json_object_get(object, key));
}

/* The newest event; the caller's. */
static json_t *event_of(const struct world *w, uint64_t conn)
{
    const struct sent *s = sent_find(w, conn, "\"ev\":\"floor\"");

    return s != NULL ? json_loads(s->text, 0, NULL) : NULL;
}

static void those_who_supervise_have_it_and_nobody_else(void **state)
{
    static const struct {
        const char *more;
        bool may;
    } rows[] = {
        {"", false},
        {",'permissions':'supervise'", true},
        {",'permissions':'supervise','scope':'own'", false},
        {",'permissions':'outbox,block,see_ip'", false},
        {",'role':'light','permissions':'supervise'", false},
        {",'role':'custom','permissions':'supervise'", true},
        {",'role':'admin'", true},
    };
    struct world *w = *state;
    char code[CODE_TEXT], cookie[64], email[40];
    uint64_t sales = world_dept(w, "Sales", code);

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        print_message("  %s\n", rows[i].more);
        snprintf(email, sizeof(email), "a%zu@example.com", i);
        (void)world_agent(w, email, sales, rows[i].more, cookie);
        uint64_t conn = world_ready(w, cookie);
        const char *want = rows[i].may ? "" : "forbidden";

        assert_string_equal(error_of(ask(w, conn, "{'id':'q','do':'floor.show'}")), want);
        assert_string_equal(error_of(ask(w, conn, SUBSCRIBE)), want);
    }
    assert_string_equal(error_of(operator_ask(w, "{'id':'q','do':'floor.show'}")), "");
}

static void it_shows_load_waits_and_queues(void **state)
{
    struct world *w = *state;
    struct house h;
    char chat[ID_TEXT], second[ID_TEXT], token[64];
    const json_t *floor, *ann, *row;

    house_make(w, &h, ",'role':'admin'");
    operator_ask(w, "{'id':'c','do':'agent.set','agent':'%llu','capacity':1}",
                 (unsigned long long)h.ann);
    operator_ask(w, "{'id':'s','do':'agent.status','agent':'%llu','status':'busy'}",
                 (unsigned long long)h.boss);
    uint64_t vera = world_ring(w, h.code, chat, token);
    ask(w, h.ann_conn, "{'id':'a','do':'offer.accept','conversation':'%s'}", chat);
    world_advance(w, 5000);
    ask(w, vera, "{'id':'m','do':'chat.send','text':'Hello?'}");
    int64_t said_ms = w->now_ms;
    world_advance(w, 3000);
    (void)world_ring(w, h.code, second, token);

    floor = floor_of(operator_ask(w, "{'id':'f','do':'floor.show'}"));
    assert_int_equal(int_in(floor, "waiting"), 1);
    assert_int_equal(int_in(floor, "active"), 1);
    assert_int_equal(int_in(floor, "here"), 3);
    assert_int_equal(int_in(floor, "available"), 2);
    assert_int_equal(int_in(floor, "busy"), 1);
    ann = agent_in(floor, h.ann);
    assert_int_equal(int_in(ann, "load"), 1);
    assert_int_equal(int_in(ann, "waits_since_ms"), said_ms);
    assert_int_equal(json_array_size(json_object_get(ann, "chats")), 1);
    row = json_array_get(json_object_get(floor, "queue"), 0);
    assert_string_equal(json_string_value(json_object_get(row, "conversation")), second);
    row = json_array_get(json_object_get(floor, "departments"), 0);
    assert_string_equal(json_string_value(json_object_get(row, "name")), "Sales");
    assert_int_equal(int_in(row, "waiting"), 1);
    assert_int_equal(int_in(row, "free_places"), 0);

    ask(w, h.ann_conn, "{'id':'r','do':'chat.send','conversation':'%s','text':'Yes'}", chat);
    floor = floor_of(operator_ask(w, "{'id':'g','do':'floor.show'}"));
    assert_null(json_object_get(agent_in(floor, h.ann), "waits_since_ms"));
}

/* No department, agent, chat or count of a department that he does not know. */
static void a_supervisor_has_his_own_departments_alone(void **state)
{
    struct world *w = *state;
    struct house h;
    char chat[ID_TEXT], token[64];
    json_t *answer;
    char *text;

    house_make(w, &h, ",'permissions':'supervise'");
    (void)world_ring(w, h.other_code, chat, token);
    answer = ask(w, h.boss_conn, SUBSCRIBE);
    assert_non_null(agent_in(floor_of(answer), h.ann));
    assert_null(agent_in(floor_of(answer), h.bob));
    assert_int_equal(int_in(floor_of(answer), "waiting"), 0);
    assert_int_equal(int_in(floor_of(answer), "here"), 2);
    text = json_dumps(answer, 0);
    assert_null(strstr(text, "Secret"));
    assert_null(strstr(text, chat));
    free(text);
}

static void it_comes_again_when_something_changes_and_once_a_second_at_most(void **state)
{
    struct world *w = *state;
    struct house h;
    char chat[ID_TEXT], token[64];
    json_t *event;

    house_make(w, &h, ",'permissions':'supervise'");
    world_advance(w, 10000);
    ask(w, h.boss_conn, SUBSCRIBE);
    sent_forget(w);
    world_advance(w, 10000);
    assert_int_equal(sent_count(w, h.boss_conn, "\"ev\":\"floor\""), 0);

    (void)world_ring(w, h.code, chat, token);
    ask(w, h.ann_conn, "{'id':'a','do':'offer.accept','conversation':'%s'}", chat);
    assert_int_equal(sent_count(w, h.boss_conn, "\"ev\":\"floor\""), 1);
    assert_int_equal(sent_count(w, h.ann_conn, "\"ev\":\"floor\""), 0);
    world_advance(w, 1000);
    assert_int_equal(sent_count(w, h.boss_conn, "\"ev\":\"floor\""), 2);
    event = event_of(w, h.boss_conn);
    assert_int_equal(int_in(floor_of(event), "active"), 1);
    json_decref(event);

    ask(w, h.boss_conn, "{'id':'u','do':'unsubscribe','topic':'floor'}");
    ask(w, h.ann_conn, "{'id':'e','do':'chat.end','conversation':'%s'}", chat);
    world_advance(w, 5000);
    assert_int_equal(sent_count(w, h.boss_conn, "\"ev\":\"floor\""), 2);
}

static void who_loses_the_right_hears_no_more_of_it(void **state)
{
    struct world *w = *state;
    struct house h;

    house_make(w, &h, ",'permissions':'supervise'");
    world_advance(w, 10000);
    ask(w, h.boss_conn, SUBSCRIBE);
    operator_ask(w, "{'id':'p','do':'agent.set','agent':'%llu','permissions':''}",
                 (unsigned long long)h.boss);
    sent_forget(w);
    ask(w, h.ann_conn, "{'id':'s','do':'agent.status','status':'away'}");
    world_advance(w, 5000);
    assert_int_equal(sent_count(w, h.boss_conn, "\"ev\":\"floor\""), 0);
}

static void a_supervisor_changes_the_status_of_those_he_knows(void **state)
{
    struct world *w = *state;
    struct house h;

    house_make(w, &h, ",'permissions':'supervise'");
    assert_string_equal(error_of(ask(w, h.ann_conn,
                                     "{'id':'1','do':'agent.status',"
                                     "'agent':'%llu','status':'away'}",
                                     (unsigned long long)h.boss)),
                        "forbidden");
    assert_string_equal(error_of(ask(w, h.boss_conn,
                                     "{'id':'2','do':'agent.status',"
                                     "'agent':'%llu','status':'away'}",
                                     (unsigned long long)h.bob)),
                        "unknown");
    assert_string_equal(error_of(ask(w, h.boss_conn,
                                     "{'id':'3','do':'agent.status',"
                                     "'agent':'%llu','status':'away'}",
                                     (unsigned long long)h.ann)),
                        "");
    assert_int_equal(core_agent(w->core, h.ann)->status, STATUS_AWAY);
    assert_int_equal(core_agent(w->core, h.ann)->status_ms, w->now_ms);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_open, world_close)
    const struct CMUnitTest tests[] = {
        TEST(those_who_supervise_have_it_and_nobody_else),
        TEST(it_shows_load_waits_and_queues),
        TEST(a_supervisor_has_his_own_departments_alone),
        TEST(it_comes_again_when_something_changes_and_once_a_second_at_most),
        TEST(who_loses_the_right_hears_no_more_of_it),
        TEST(a_supervisor_changes_the_status_of_those_he_knows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
