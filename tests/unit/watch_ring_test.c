/* A chat that rings at several: each is told of it, of its end and whose it is, and of no more. */
#include "api_world.h"

#include <string.h>

struct desk {
    uint64_t dept, agents[3], conns[3];
    char code[CODE_TEXT], cookies[3][64], id[ID_TEXT], dept_id[ID_TEXT];
};

static void set(struct world *w, struct desk *d, const char *changes)
{
    static unsigned n;

    assert_string_equal(
        error_of(operator_ask(w, "{'id':'s%u','do':'department.set','department':'%s',%s}", n++,
                              d->dept_id, changes)),
        "");
}

/* Three who are there, and what rings at them. */
static void desk_open(struct world *w, struct desk *d)
{
    static const char *const emails[] = {"ann@example.com", "bob@example.com", "cid@example.com"};
    char token[64];

    d->dept = world_dept(w, "Sales", d->code);
    id_format(d->dept, d->dept_id);
    set(w, d, "'strategy':'ring-all'");
    for (size_t i = 0; i < COUNT_OF(emails); i++) {
        d->agents[i] = world_agent(w, emails[i], d->dept, ",'capacity':1", d->cookies[i]);
        d->conns[i] = world_ready(w, d->cookies[i]);
        ask(w, d->conns[i], "{'id':'me','do':'subscribe','topic':'me'}");
    }
    world_ring(w, d->code, d->id, token);
}

static json_t *answer(struct world *w, uint64_t conn, const char *verb, const char *id)
{
    return ask(w, conn, "{'id':'%s','do':'%s','conversation':'%s'}", verb, verb, id);
}

static void all_hear_it_and_whose_it_is(void **state)
{
    struct world *w = *state;
    struct desk d;
    char by[64], idtext[ID_TEXT];
    json_t *a;

    desk_open(w, &d);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(sent_count(w, d.conns[i], "\"ev\":\"offer\""), 1);
        assert_int_equal(sent_count(w, d.conns[i], "\"rings_count\":3"), 1);
    }
    assert_string_equal(error_of(answer(w, d.conns[1], "offer.accept", d.id)), "");
    id_format(d.agents[1], idtext);
    snprintf(by, sizeof(by), "\"why\":\"taken\",\"by\":\"%s\"", idtext);
    assert_int_equal(sent_count(w, d.conns[0], by), 1);
    assert_int_equal(sent_count(w, d.conns[2], by), 1);
    assert_int_equal(sent_count(w, d.conns[1], "\"why\":\"accepted\""), 1);
    a = answer(w, d.conns[0], "offer.accept", d.id);
    assert_string_equal(error_of(a), "taken");
}

static void each_hears_of_his_own_end_alone(void **state)
{
    struct world *w = *state;
    struct desk d;
    char second[ID_TEXT], token[64];

    desk_open(w, &d);
    answer(w, d.conns[0], "offer.decline", d.id);
    assert_int_equal(sent_count(w, d.conns[0], "\"why\":\"declined\""), 1);
    assert_int_equal(sent_count(w, d.conns[1], "\"ev\":\"offer.over\""), 0);
    world_ring(w, d.code, second, token);
    answer(w, d.conns[1], "offer.accept", second);
    assert_int_equal(sent_count(w, d.conns[1], "\"why\":\"full\""), 1); /* of the first one */
    ask(w, d.conns[2], "{'id':'b','do':'agent.status','status':'busy'}");
    assert_int_equal(sent_count(w, d.conns[2], "\"why\":\"status\""), 1);
    /* Back again it is told to him anew; a deadline that was changed, too, and once. */
    sent_forget(w);
    ask(w, d.conns[2], "{'id':'c','do':'agent.status','status':'available'}");
    assert_int_equal(sent_count(w, d.conns[2], "\"ev\":\"offer\""), 1);
    set(w, &d, "'offer_ms':60000");
    assert_int_equal(sent_count(w, d.conns[2], "\"ev\":\"offer\""), 2);
    assert_int_equal(sent_count(w, d.conns[0], "\"ev\":\"offer\""), 0);
    world_advance(w, 60000);
    assert_int_equal(sent_count(w, d.conns[2], "\"why\":\"lapsed\""), 1);
    assert_int_equal(sent_count(w, d.conns[0], "\"ev\":\"offer.over\""), 0);
}

/* A console that comes while it rings has it in what it asks for first. */
static void who_opens_another_console_finds_it_there(void **state)
{
    struct world *w = *state;
    struct desk d;
    err_t err;
    uint64_t conn;
    json_t *a;

    desk_open(w, &d);
    conn = agent_conn(w, d.cookies[0], &err);
    assert_int_equal(err, ERR_OK);
    a = ask(w, conn, "{'id':'m','do':'subscribe','topic':'me'}");
    assert_int_equal(json_array_size(json_object_get(json_object_get(a, "ok"), "offers")), 1);
    a = operator_ask(w, "{'id':'f','do':'floor.show'}");
    a = json_object_get(json_object_get(a, "ok"), "floor");
    assert_int_equal(json_integer_value(json_object_get(
                         json_array_get(json_object_get(a, "queue"), 0), "rings_count")),
                     3);
}

/* As one of a department where it may also go, who sees nothing else of its own. */
static void a_guest_has_it_among_what_waits(void **state)
{
    struct world *w = *state;
    struct desk d;
    char code[CODE_TEXT], cookie[64], help_id[ID_TEXT];
    uint64_t help = world_dept(w, "Help", code), eve;
    json_t *a;

    world_agent(w, "eve@example.com", help, ",'scope':'own'", cookie);
    eve = world_ready(w, cookie);
    ask(w, eve, "{'id':'me','do':'subscribe','topic':'me'}");
    id_format(help, help_id);
    desk_open(w, &d);
    operator_ask(w, "{'id':'h','do':'department.set','department':'%s','strategy':'ring-all'}",
                 help_id);
    ask(w, eve, "{'id':'l','do':'subscribe','topic':'list','list':'unassigned'}");
    char change[100];
    snprintf(change, sizeof(change), "'overflow':'%s','overflow_ms':1000", help_id);
    set(w, &d, change);
    world_advance(w, 20000); /* its own have let it ring */
    assert_int_equal(sent_count(w, eve, "\"ev\":\"offer\""), 1);
    a = ask(w, eve, "{'id':'r','do':'list.read','list':'unassigned'}");
    assert_int_equal(json_array_size(json_object_get(json_object_get(a, "ok"), "rows")), 1);
    assert_int_equal(ok_int(a, "count"), 1);
    assert_string_equal(error_of(answer(w, eve, "offer.decline", d.id)), "");
    a = ask(w, eve, "{'id':'q','do':'list.read','list':'unassigned'}");
    assert_int_equal(json_array_size(json_object_get(json_object_get(a, "ok"), "rows")), 0);
}

static void the_dry_run_says_at_whom(void **state)
{
    struct world *w = *state;
    struct desk d;
    json_t *a, *ok;

    desk_open(w, &d);
    ask(w, d.conns[2], "{'id':'b','do':'agent.status','status':'busy'}");
    a = operator_ask(w, "{'id':'x','do':'route.explain','department':'%s'}", d.dept_id);
    ok = json_object_get(a, "ok");
    assert_string_equal(ok_text(a, "how"), "ring-all");
    assert_true(json_is_null(json_object_get(ok, "agent")));
    assert_int_equal(ok_int(a, "rings_count"), 2);
    assert_int_equal(json_array_size(json_object_get(ok, "rings")), 2);
    ok = json_array_get(json_object_get(ok, "others"), 0);
    assert_string_equal(json_string_value(json_object_get(ok, "why")), "status");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, world_open, world_close)
        T(all_hear_it_and_whose_it_is),
        T(each_hears_of_his_own_end_alone),
        T(who_opens_another_console_finds_it_there),
        T(a_guest_has_it_among_what_waits),
        T(the_dry_run_says_at_whom),
#undef T
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
