/* Who is here and who has gone, what rights take away, counts, and places in queues. */
#include "api_world.h"

#include "../../src/api/api_int.h"
#include "../../src/watch/watch_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The text with DEPT and AGENT as their ids. */
static void filled(char *out, size_t size, const char *text, uint64_t dept, uint64_t agent)
{
    struct buf b = {0};

    while (*text != 0) {
        bool is_dept = strncmp(text, "DEPT", 4) == 0, is_agent = strncmp(text, "AGENT", 5) == 0;

        if (is_dept || is_agent)
            buf_addf(&b, "%llu", (unsigned long long)(is_dept ? dept : agent));
        else
            buf_add_char(&b, *text);
        text += is_dept ? 4 : is_agent ? 5 : 1;
    }
    snprintf(out, size, "%s", b.p);
    buf_fini(&b);
}

static void lost_rights_end_a_subscription(void **state)
{
    struct world *w = *state;
    struct world_chat c;

    world_chat(w, &c, ",'scope':'all'");
    char cookie[64];
    world_agent(w, "bob@example.com", c.dept, "", cookie);
    uint64_t bob = world_ready(w, cookie);
    ask(w, bob, "{'id':'m','do':'subscribe','topic':'me'}");
    ask(w, bob, "{'id':'c','do':'subscribe','topic':'conversation','conversation':'%s'}", c.id);
    json_t *list = operator_ask(w, "{'id':'al','do':'agent.list'}");
    const char *id = NULL;
    size_t i;
    json_t *row;
    json_array_foreach (json_object_get(json_object_get(list, "ok"), "rows"), i, row) {
        if (strcmp(json_string_value(json_object_get(row, "email")), "bob@example.com") == 0)
            id = json_string_value(json_object_get(row, "id"));
    }
    assert_non_null(id);
    char bob_id[ID_TEXT];
    snprintf(bob_id, sizeof(bob_id), "%s", id);
    assert_string_equal(error_of(operator_ask(
                            w, "{'id':'mr','do':'member.remove','agent':'%s','department':'%llu'}",
                            bob_id, (unsigned long long)c.dept)),
                        "");
    assert_non_null(sent_find(w, bob, "\"ev\":\"resync\""));
    assert_non_null(sent_find(w, bob, "\"gone\":true"));
    sent_forget(w);
    ask(w, c.vera, "{'id':'v','do':'chat.send','text':'for Ann alone'}");
    world_advance(w, 1000);
    assert_int_equal(sent_count(w, bob, "for Ann alone"), 0);
    assert_null(sent_find(w, bob, c.id));
    sent_forget(w);
    /* Disabled: signed out at once, and told so. */
    operator_ask(w, "{'id':'d','do':'agent.set','agent':'%s','enabled':false}", bob_id);
    assert_non_null(sent_find(w, bob, "signed-out"));
    bool closed = false;
    for (i = 0; i < w->nsent; i++)
        closed |= w->sent[i].conn == bob && w->sent[i].close_code == 4401;
    assert_true(closed);
    err_t err;
    agent_conn(w, cookie, &err);
    assert_int_equal(err, ERR_AUTH);
}

static void counts_and_colleagues_are_live(void **state)
{
    struct world *w = *state;
    struct world_chat c;
    char cookie[64], departments[64];

    c.dept = world_dept(w, "Sales", c.code);
    snprintf(departments, sizeof(departments), "\"departments\":[\"%llu\"]",
             (unsigned long long)c.dept);
    world_agent(w, "ann@example.com", c.dept, "", c.cookie);
    uint64_t bob_id = world_agent(w, "bob@example.com", c.dept, "", cookie);
    c.ann = world_ready(w, c.cookie);
    ask(w, c.ann, "{'id':'m','do':'subscribe','topic':'me'}");
    sent_forget(w);
    uint64_t bob = world_ready(w, cookie);
    world_advance(w, 500);
    const struct sent *seen =
        sent_find(w, c.ann, "\"name\":\"Agent bob@example.com\",\"status\":\"available\"");
    assert_non_null(seen);
    assert_non_null(strstr(seen->text, departments));
    world_ring(w, c.code, c.id, c.token);
    world_advance(w, 500);
    assert_non_null(sent_find(w, c.ann, "\"unassigned\":1"));
    assert_non_null(sent_find(w, c.ann, "\"ev\":\"department\""));
    sent_forget(w);
    api_on_gone(w->api, bob);
    world_run(w);
    world_advance(w, 500);
    assert_non_null(sent_find(w, c.ann, "\"status\":\"offline\""));
    sent_forget(w);
    operator_ask(w, "{'id':'rm','do':'agent.remove','agent':'%llu'}", (unsigned long long)bob_id);
    world_advance(w, 500);
    assert_non_null(sent_find(w, c.ann, "\"ev\":\"agent\",\"gone\""));
}

static void who_waits_for_an_answer_is_counted_when_the_last_word_turns(void **state)
{
    struct world *w = *state;
    struct world_chat c;

    world_chat(w, &c, "");
    ask(w, c.ann, "{'id':'me','do':'subscribe','topic':'me'}");
    ask(w, c.ann, "{'id':'a','do':'chat.send','conversation':'%s','text':'hello'}", c.id);
    world_advance(w, 1000);
    sent_forget(w);
    ask(w, c.vera, "{'id':'v1','do':'chat.send','text':'one'}");
    world_advance(w, 1000);
    assert_non_null(sent_find(w, c.ann, "\"ev\":\"counts\""));
    assert_non_null(sent_find(w, c.ann, "\"unreplied\":1,\"replied\":0"));
    sent_forget(w);
    ask(w, c.vera, "{'id':'v2','do':'chat.send','text':'two'}");
    world_advance(w, 1000);
    assert_null(sent_find(w, c.ann, "\"ev\":\"counts\""));
    ask(w, c.ann, "{'id':'b','do':'chat.send','conversation':'%s','text':'yes'}", c.id);
    world_advance(w, 1000);
    assert_non_null(sent_find(w, c.ann, "\"unreplied\":0,\"replied\":1"));
}

static void a_colleagues_load_falls_when_a_chat_ends(void **state)
{
    struct world *w = *state;
    struct world_chat c;
    char cookie[64];

    world_chat(w, &c, "");
    world_agent(w, "bob@example.com", c.dept, "", cookie);
    uint64_t bob = world_ready(w, cookie);
    ask(w, bob, "{'id':'m','do':'subscribe','topic':'me'}");
    sent_forget(w);
    ask(w, c.ann, "{'id':'e','do':'chat.end','conversation':'%s'}", c.id);
    world_advance(w, 500);
    assert_non_null(sent_find(
        w, bob, "\"name\":\"Agent ann@example.com\",\"status\":\"available\",\"load\":0"));
}

static void those_who_wait_learn_their_place(void **state)
{
    struct world *w = *state;
    char code[CODE_TEXT], cookie[64], chat[3][ID_TEXT], token[64];
    uint64_t dept = world_dept(w, "Sales", code), ann, conn[3];

    world_agent(w, "ann@example.com", dept, ",'capacity':1", cookie);
    ann = world_ready(w, cookie);
    for (size_t i = 0; i < 3; i++)
        conn[i] = world_ring(w, code, chat[i], token);
    world_advance(w, 1500);
    sent_forget(w);
    ask(w, ann, "{'id':'a','do':'offer.accept','conversation':'%s'}", chat[0]);
    world_advance(w, 1500);
    assert_non_null(sent_find(w, conn[2], "\"ev\":\"chat.queue\",\"place\":2"));
    assert_non_null(sent_find(w, conn[1], "\"ev\":\"chat.queue\",\"place\":1"));
    assert_null(sent_find(w, conn[0], "chat.queue"));
}

static void who_manages_is_told_of_each_change_that_others_make(void **state)
{
    static const struct {
        const char *command, *told;
    } rows[] = {
        {"'do':'department.set','department':'DEPT','description':'x'", "\"department\":\"DEPT\""},
        {"'do':'agent.set','agent':'AGENT','capacity':7", "\"agent\":\"AGENT\""},
        {"'do':'member.set','agent':'AGENT','department':'DEPT','chat':false",
         "\"department\":\"DEPT\""},
        {"'do':'member.remove','agent':'AGENT','department':'DEPT'", "\"agent\":\"AGENT\""},
        {"'do':'portal.set','name':'Other'", "\"portal\":true"},
        {"'do':'block.add','prefix':'203.0.113.7'", "\"block\":\""},
        {"'do':'agent.remove','agent':'AGENT'", "\"agent\":\"AGENT\""},
        {"'do':'department.remove','department':'DEPT'", "\"department\":\"DEPT\""},
    };
    struct world *w = *state;
    char code[CODE_TEXT], open[CODE_TEXT], cookie[64], bob_cookie[64], command[300], told[80];
    uint64_t dept = world_dept(w, "Sales", code), boss, bob, agent;
    err_t err;

    world_dept(w, "Open", open);
    world_agent(w, "boss@example.com", dept, ",'role':'admin'", cookie);
    agent = world_agent(w, "ann@example.com", dept, "", bob_cookie);
    boss = agent_conn(w, cookie, &err);
    bob = agent_conn(w, bob_cookie, &err);
    ask(w, boss, "{'id':'m','do':'subscribe','topic':'me'}");
    ask(w, bob, "{'id':'m','do':'subscribe','topic':'me'}");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        filled(command, sizeof(command), rows[i].command, dept, agent);
        filled(told, sizeof(told), rows[i].told, dept, agent);
        sent_forget(w);
        assert_string_equal(error_of(operator_ask(w, "{'id':'c%zu',%s}", i, command)), "");
        world_advance(w, 1000);
        print_message("  %s\n", told);
        assert_true(sent_count(w, boss, "\"ev\":\"managed\"") >= 1);
        assert_non_null(sent_find(w, boss, told));
        assert_int_equal(sent_count(w, bob, "\"ev\":\"managed\""), 0);
    }
}

/* Being there and available go with the agents themselves, and come far more often. */
static void who_manages_is_not_told_to_ask_again_for_what_comes_by_itself(void **state)
{
    struct world *w = *state;
    struct world_chat c;
    char cookie[64];
    uint64_t boss;
    err_t err;

    world_chat(w, &c, "");
    world_agent(w, "boss@example.com", c.dept, ",'role':'admin'", cookie);
    boss = agent_conn(w, cookie, &err);
    ask(w, boss, "{'id':'m','do':'subscribe','topic':'me'}");
    sent_forget(w);
    ask(w, c.ann, "{'id':'s','do':'agent.status','status':'busy'}");
    ask(w, c.vera, "{'id':'e','do':'chat.end'}");
    world_advance(w, 1000);
    assert_non_null(sent_find(w, boss, "\"active\":0"));
    assert_int_equal(sent_count(w, boss, "\"ev\":\"managed\""), 0);
}

static void who_had_no_department_is_told_to_look_anew_when_he_gets_one(void **state)
{
    struct world *w = *state;
    char code[CODE_TEXT], cookie[64];
    uint64_t dept = world_dept(w, "Sales", code), agent, conn, vera;
    char id[ID_TEXT], token[64];
    err_t err;

    agent = world_agent(w, "ann@example.com", dept, "", cookie);
    operator_ask(w, "{'id':'r','do':'member.remove','agent':'%llu','department':'%llu'}",
                 (unsigned long long)agent, (unsigned long long)dept);
    conn = agent_conn(w, cookie, &err);
    ask(w, conn, "{'id':'l','do':'subscribe','topic':'list','list':'unassigned'}");
    assert_int_equal(sent_count(w, conn, "resync"), 0);
    operator_ask(w, "{'id':'m','do':'member.set','agent':'%llu','department':'%llu','chat':true}",
                 (unsigned long long)agent, (unsigned long long)dept);
    assert_int_equal(sent_count(w, conn, "resync"), 1);
    ask(w, conn, "{'id':'s','do':'agent.status','status':'available'}");
    vera = world_ring(w, code, id, token);
    assert_true(vera != 0);
    assert_true(sent_count(w, conn, "\"ev\":\"list\"") > 0); /* his list listens there now */
}

/* One who goes home from one of his two screens is still there; so is his visitor. */
static void who_has_another_connection_has_not_gone(void **state)
{
    struct world *w = *state;
    struct world_chat c;
    uint64_t other, vera, id;
    err_t err;

    world_chat(w, &c, "");
    assert_int_equal(id_parse(span_of(c.id), &id), ERR_OK);
    other = agent_conn(w, c.cookie, &err);
    assert_true(other != 0);
    api_on_gone(w->api, other);
    world_run(w);
    assert_true(core_agent(w->core, c.agent)->connected);
    api_on_gone(w->api, c.ann);
    world_run(w);
    assert_false(core_agent(w->core, c.agent)->connected);
    vera = visitor_conn(w, c.code, &err);
    ask(w, vera, "{'id':'r','do':'chat.resume','chat':'%s','token':'%s','n':0}", c.id, c.token);
    api_on_gone(w->api, vera);
    world_run(w);
    assert_true(core_conv(w->core, id)->visitor_here);
    api_on_gone(w->api, c.vera);
    world_advance(w, VISITOR_BLINK_MS);
    assert_false(core_conv(w->core, id)->visitor_here);
}

/* Each page of a site is a connection of its own; what lies between two of them is no absence. */
static void a_change_of_the_page_is_nobodys_news(void **state)
{
    struct world *w = *state;
    struct world_chat c;
    uint64_t vera, id, pos;
    err_t err;

    world_chat(w, &c, "");
    assert_int_equal(id_parse(span_of(c.id), &id), ERR_OK);
    pos = turn_folded_pos(w->turn);
    vera = c.vera;
    for (int i = 0; i < 3; i++) {
        api_on_gone(w->api, vera);
        world_advance(w, VISITOR_BLINK_MS - 1);
        assert_true(core_conv(w->core, id)->visitor_here);
        vera = visitor_conn(w, c.code, &err);
        ask(w, vera, "{'id':'r','do':'chat.resume','chat':'%s','token':'%s','n':0}", c.id, c.token);
    }
    world_advance(w, 2 * VISITOR_BLINK_MS);
    assert_int_equal(turn_folded_pos(w->turn), pos);

    /* Who does not come back has gone; who comes later is back. */
    api_on_gone(w->api, vera);
    world_advance(w, VISITOR_BLINK_MS);
    assert_false(core_conv(w->core, id)->visitor_here);
    assert_int_equal(turn_folded_pos(w->turn), pos + 1);
    vera = visitor_conn(w, c.code, &err);
    ask(w, vera, "{'id':'r','do':'chat.resume','chat':'%s','token':'%s','n':0}", c.id, c.token);
    assert_true(core_conv(w->core, id)->visitor_here);

    /* A chat that ends meanwhile is over, and nobody leaves it. */
    api_on_gone(w->api, vera);
    ask(w, c.ann, "{'id':'e','do':'chat.end','conversation':'%s'}", c.id);
    pos = turn_folded_pos(w->turn);
    world_advance(w, VISITOR_BLINK_MS);
    assert_int_equal(turn_folded_pos(w->turn), pos);
}

/* A stop is no reason to tell the rules that everybody left. */
static void at_a_stop_nobody_leaves(void **state)
{
    struct world *w = *state;
    struct world_chat c;
    uint64_t pos;

    world_chat(w, &c, "");
    pos = turn_folded_pos(w->turn);
    watch_stopping(w->watch);
    api_stopping(w->api);
    api_on_gone(w->api, c.ann);
    api_on_gone(w->api, c.vera);
    world_run(w);
    assert_int_equal(turn_folded_pos(w->turn), pos);
}

static void a_department_that_changes_is_told_to_agents_and_to_its_visitors(void **state)
{
    struct world *w = *state;
    struct world_chat c;
    char other[CODE_TEXT], cookie[64], gone[48];
    uint64_t bob;
    err_t err;

    world_chat(w, &c, "");
    world_agent(w, "bob@example.com", world_dept(w, "Other", other), "", cookie);
    bob = agent_conn(w, cookie, &err);
    ask(w, c.ann, "{'id':'m','do':'subscribe','topic':'me'}");
    ask(w, bob, "{'id':'m','do':'subscribe','topic':'me'}");
    world_advance(w, 1000);
    sent_forget(w);
    operator_ask(w, "{'id':'n','do':'department.set','department':'%llu','name':'Shop'}",
                 (unsigned long long)c.dept);
    world_advance(w, 300);
    assert_int_equal(sent_count(w, c.ann, "\"name\":\"Shop\""), 1);
    assert_int_equal(sent_count(w, c.vera, "\"name\":\"Shop\""), 1);
    assert_int_equal(sent_count(w, bob, "Shop"), 0); /* not his */
    operator_ask(w, "{'id':'p','do':'portal.set','name':'House'}");
    world_advance(w, 300);
    assert_int_equal(sent_count(w, c.ann, "\"name\":\"House\""), 1);
    assert_int_equal(sent_count(w, bob, "\"name\":\"House\""), 1);
    assert_int_equal(sent_count(w, c.ann, "\"ev\":\"department\""), 1); /* and nothing twice */
    snprintf(gone, sizeof(gone), "\"gone\":\"%llu\"", (unsigned long long)c.dept);
    operator_ask(w, "{'id':'r','do':'department.remove','department':'%llu'}",
                 (unsigned long long)c.dept);
    world_advance(w, 300);
    assert_int_equal(sent_count(w, bob, gone), 0);
}

static void who_is_disabled_is_signed_out_everywhere_once_it_is_durable(void **state)
{
    struct world *w = *state;
    struct world_chat c;
    uint64_t other;
    err_t err;

    world_chat(w, &c, "");
    other = agent_conn(w, c.cookie, &err);
    w->disk_stopped = true;
    tell(w, OPERATOR, "{'id':'d','do':'agent.disable','agent':'%llu','chats_back':true}",
         (unsigned long long)c.agent);
    world_run(w);
    assert_null(sent_find(w, other, "signed-out"));
    w->disk_stopped = false;
    world_run(w);
    assert_int_equal(sent_count(w, c.ann, "signed-out"), 1);
    assert_non_null(sent_find(w, other, "signed-out"));
    assert_int_equal(sent_find(w, other, "")->close_code, 4401);
    assert_null(sent_find(w, c.vera, "signed-out"));
}

static void a_door_that_loses_its_agent_is_told(void **state)
{
    struct world *w = *state;
    struct world_chat c;

    world_chat(w, &c, "");
    world_advance(w, 1000);
    sent_forget(w);
    operator_ask(w, "{'id':'r','do':'member.remove','agent':'%llu','department':'%llu'}",
                 (unsigned long long)c.agent, (unsigned long long)c.dept);
    world_advance(w, 300);
    assert_int_equal(sent_count(w, c.vera, "\"ev\":\"department\""), 1);
}

static void who_came_while_nothing_could_be_stored_is_told_when_it_can(void **state)
{
    struct world *w = *state;
    char code[CODE_TEXT], cookie[64];
    uint64_t dept = world_dept(w, "Sales", code), agent, conn;
    int64_t at;
    err_t err;

    agent = world_agent(w, "ann@example.com", dept, "", cookie);
    world_advance(w, 5000);
    turn_set_readonly(w->turn, true);
    conn = agent_conn(w, cookie, &err);
    assert_int_equal(err, ERR_OK);
    assert_true(conn != 0);
    assert_false(core_agent(w->core, agent)->connected);
    at = watch_deadline(w->watch);
    assert_in_range(at, w->now_ms + 1, w->now_ms + 1000);
    w->now_ms = at - 1;
    assert_int_equal(watch_deadline(w->watch), at); /* asking moves it no further */
    w->now_ms = at;
    watch_tick(w->watch);
    assert_in_range(watch_deadline(w->watch), at + 1, at + 1000);
    turn_set_readonly(w->turn, false);
    w->now_ms = watch_deadline(w->watch) - 1;
    watch_tick(w->watch);
    assert_false(core_agent(w->core, agent)->connected);
    w->now_ms++;
    watch_tick(w->watch);
    assert_true(core_agent(w->core, agent)->connected);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, world_open, world_close)
    const struct CMUnitTest tests[] = {
        T(who_had_no_department_is_told_to_look_anew_when_he_gets_one),
        T(who_manages_is_told_of_each_change_that_others_make),
        T(who_manages_is_not_told_to_ask_again_for_what_comes_by_itself),
        T(who_has_another_connection_has_not_gone),
        T(a_change_of_the_page_is_nobodys_news),
        T(at_a_stop_nobody_leaves),
        T(a_department_that_changes_is_told_to_agents_and_to_its_visitors),
        T(who_is_disabled_is_signed_out_everywhere_once_it_is_durable),
        T(a_door_that_loses_its_agent_is_told),
        T(who_came_while_nothing_could_be_stored_is_told_when_it_can),
        T(lost_rights_end_a_subscription),
        T(counts_and_colleagues_are_live),
        T(who_waits_for_an_answer_is_counted_when_the_last_word_turns),
        T(a_colleagues_load_falls_when_a_chat_ends),
        T(those_who_wait_learn_their_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
