/*
 * Saved views over the wire: what they show and how many, for whom, live; and lists by a tag, whose
 * number is exact for each.
 */
#include "api_world.h"

#include <stdio.h>
#include <string.h>

static unsigned number;

static const json_t *ok_of(const json_t *answer)
{
    assert_string_equal(error_of(answer), "");
    return json_object_get(answer, "ok");
}

static void tag(struct world *w, uint64_t conn, const char *chat, const char *text)
{
    ok_of(ask(w, conn, "{'id':'t%u','do':'conversation.tag','conversation':'%s','tag':'%s'}",
              ++number, chat, text));
    world_run(w);
}

static void add(struct world *w, uint64_t conn, const char *fields, char id[ID_TEXT])
{
    const json_t *a = ask(w, conn, "{'id':'a%u','do':'view.add',%s}", ++number, fields);

    snprintf(id, ID_TEXT, "%s", ok_text(a, "view"));
}

/* How many a list has, which is how many rows come. */
static int listed(struct world *w, uint64_t conn, const char *fields)
{
    const json_t *ok = ok_of(ask(w, conn, "{'id':'r%u','do':'list.read',%s}", ++number, fields));
    int rows = (int)json_array_size(json_object_get(ok, "rows"));

    assert_true(json_is_integer(json_object_get(ok, "count")));
    assert_int_equal(json_integer_value(json_object_get(ok, "count")), rows);
    return rows;
}

/* "name count" of each view, joined by bars. */
static const char *views(struct world *w, uint64_t conn)
{
    static char text[1000];
    const json_t *a = ask(w, conn, "{'id':'l%u','do':'view.list'}", ++number), *row;
    size_t i;

    text[0] = '\0';
    json_array_foreach (json_object_get(ok_of(a), "rows"), i, row)
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s %lld", i > 0 ? "|" : "",
                 json_string_value(json_object_get(row, "name")),
                 (long long)json_integer_value(json_object_get(row, "count")));
    return text;
}

struct team {
    struct world_chat c;
    char bob_cookie[64], cleo_cookie[64], sales[ID_TEXT];
    uint64_t bob, cleo;
};

/* Bob is in Ann's department and sees his own alone, Cleo is in another one. */
static void team_come(struct world *w, struct team *t)
{
    char code[CODE_TEXT];
    uint64_t help;

    world_chat(w, &t->c, ",'capacity':9");
    help = world_dept(w, "Help", code);
    id_format(t->c.dept, t->sales);
    world_agent(w, "bob@example.com", t->c.dept, ",'scope':'own'", t->bob_cookie);
    world_agent(w, "cleo@example.com", help, "", t->cleo_cookie);
    t->bob = agent_conn(w, t->bob_cookie, &(err_t){0});
    t->cleo = agent_conn(w, t->cleo_cookie, &(err_t){0});
}

static void a_list_by_a_tag_counts_what_each_may_see(void **state)
{
    struct world *w = *state;
    char chat[ID_TEXT], token[64];
    struct team t;

    team_come(w, &t);
    operator_ask(w, "{'id':'x','do':'agent.set','agent':'%llu','capacity':9}",
                 (unsigned long long)t.c.agent);
    tag(w, t.c.ann, t.c.id, "VIP");
    assert_int_equal(listed(w, t.c.ann, "'list':'mine','tag':'vip'"), 1);
    assert_int_equal(listed(w, t.c.ann, "'list':'completed','tag':'vip'"), 0);
    ask(w, t.c.ann, "{'id':'end','do':'chat.end','conversation':'%s'}", t.c.id);
    world_run(w);
    world_ring(w, t.c.code, chat, token);
    ask(w, t.c.ann, "{'id':'pick','do':'offer.accept','conversation':'%s'}", chat);
    tag(w, t.c.ann, chat, "ＶＩＰ");
    for (unsigned as = 0; as < 2; as++) {
        uint64_t conn = as != 0 ? OPERATOR : t.c.ann;

        assert_int_equal(listed(w, conn, "'list':'completed','tag':'vip'"), 1);
        assert_int_equal(listed(w, conn, "'list':'all','tag':'vip'"), 2);
        assert_int_equal(listed(w, conn, "'list':'all','filter':'open','tag':'vip'"), 1);
        assert_int_equal(listed(w, conn, "'list':'missed','tag':'vip'"), 0);
        assert_int_equal(listed(w, conn, "'list':'completed','tag':'other'"), 0);
    }
    assert_int_equal(listed(w, t.bob, "'list':'completed','tag':'vip'"), 0);
    assert_int_equal(listed(w, t.bob, "'list':'all','tag':'vip'"), 0);
    assert_int_equal(listed(w, t.cleo, "'list':'all','tag':'vip'"), 0);
    /* Put to one that is over, and taken away again; and Ann's own where she is no longer. */
    tag(w, t.c.ann, t.c.id, "Refund");
    assert_int_equal(listed(w, t.c.ann, "'list':'completed','tag':'refund'"), 1);
    operator_ask(w, "{'id':'m','do':'member.remove','agent':'%llu','department':'%s'}",
                 (unsigned long long)t.c.agent, t.sales);
    assert_int_equal(listed(w, t.c.ann, "'list':'completed','tag':'refund'"), 1);
    ok_of(ask(w, OPERATOR,
              "{'id':'u','do':'conversation.untag','conversation':'%s','tag':'refund'}", t.c.id));
    world_run(w);
    assert_int_equal(listed(w, t.c.ann, "'list':'completed','tag':'refund'"), 0);
}

static void a_view_shows_everybody_what_he_may_see(void **state)
{
    struct world *w = *state;
    char own[ID_TEXT], shared[ID_TEXT], fields[200];
    struct team t;

    team_come(w, &t);
    add(w, t.c.ann, "'name':'My VIP','list':'mine','filter':'unreplied','scope':'own'", own);
    assert_string_equal(error_of(ask(w, t.c.ann,
                                     "{'id':'e1','do':'view.add','name':'x','list':'all',"
                                     "'scope':'department','department':'%s'}",
                                     t.sales)),
                        "forbidden");
    snprintf(fields, sizeof(fields),
             "'name':'VIP','list':'all','tag':'vip','scope':'department','department':'%s'",
             t.sales);
    add(w, OPERATOR, fields, shared);
    tag(w, t.c.ann, t.c.id, "VIP");
    assert_string_equal(views(w, t.c.ann), "My VIP 1|VIP 1");
    assert_string_equal(views(w, t.bob), "VIP 0");
    assert_string_equal(views(w, t.cleo), "");
    snprintf(fields, sizeof(fields), "'view':'%s'", shared);
    assert_int_equal(listed(w, t.c.ann, fields), 1);
    assert_int_equal(listed(w, t.bob, fields), 0);
    assert_string_equal(
        error_of(ask(w, t.cleo, "{'id':'e2','do':'list.read','view':'%s'}", shared)), "unknown");
    assert_string_equal(error_of(ask(w, t.bob, "{'id':'e3','do':'view.show','view':'%s'}", own)),
                        "unknown");
    assert_string_equal(
        error_of(ask(w, OPERATOR, "{'id':'e4','do':'list.read','view':'%s','tag':'x'}", shared)),
        "invalid");
    assert_string_equal(error_of(ask(w, OPERATOR, "{'id':'e5','do':'list.read'}")), "invalid");
    /* Another list has no filter of the one before. */
    ok_of(ask(w, t.c.ann, "{'id':'s1','do':'view.set','view':'%s','list':'completed'}", own));
    assert_string_equal(views(w, t.c.ann), "My VIP 0|VIP 1");
}

/* Another console of hers has it at once, and its number as it changes. */
static void views_and_their_numbers_are_live(void **state)
{
    struct world *w = *state;
    char own[ID_TEXT], open[ID_TEXT], part[100];
    uint64_t other;
    struct team t;
    err_t err;

    team_come(w, &t);
    other = agent_conn(w, t.c.cookie, &err);
    ask(w, other, "{'id':'me','do':'subscribe','topic':'me'}");
    ask(w, t.cleo, "{'id':'me','do':'subscribe','topic':'me'}");
    sent_forget(w);
    add(w, t.c.ann, "'name':'VIP','list':'all','tag':'vip','scope':'own'", own);
    add(w, t.c.ann, "'name':'Wait','list':'all','filter':'unreplied','scope':'own'", open);
    world_advance(w, 1000);
    snprintf(part, sizeof(part), "\"ev\":\"managed\",\"view\":\"%s\"", own);
    assert_non_null(sent_find(w, other, part));
    snprintf(part, sizeof(part), "\"view %s\":0", own);
    assert_non_null(sent_find(w, other, part));
    assert_null(sent_find(w, t.cleo, "view"));
    ask(w, t.c.ann, "{'id':'end','do':'chat.end','conversation':'%s'}", t.c.id);
    world_advance(w, 1000);
    sent_forget(w);
    tag(w, t.c.ann, t.c.id, "VIP"); /* to one that is over: counted by the store */
    world_advance(w, 1000);
    snprintf(part, sizeof(part), "\"view %s\":1", own);
    assert_non_null(sent_find(w, other, part));
    /* A slow disk has what is counted later: nobody is told before, and everybody is then. */
    sent_forget(w);
    w->disk_stopped = true;
    tell(w, t.c.ann, "{'id':'u','do':'conversation.untag','conversation':'%s','tag':'vip'}",
         t.c.id);
    world_advance(w, 1000);
    snprintf(part, sizeof(part), "\"view %s\":0", own);
    assert_null(sent_find(w, other, part));
    w->disk_stopped = false;
    world_run(w);
    assert_non_null(sent_find(w, other, part));
    ok_of(ask(w, t.c.ann, "{'id':'rm','do':'view.remove','view':'%s'}", own));
    sent_forget(w);
    world_advance(w, 1000);
    assert_null(sent_find(w, other, part));
}

/* Who spoke last turns with a line, and changes no other number: for a colleague who looks, too. */
static void a_line_turns_the_number_of_those_unreplied(void **state)
{
    struct world *w = *state;
    char open[ID_TEXT], part[100], cookie[64];
    struct team t;
    uint64_t dan;

    team_come(w, &t);
    world_agent(w, "dan@example.com", t.c.dept, "", cookie);
    dan = agent_conn(w, cookie, &(err_t){0});
    add(w, dan, "'name':'Wait','list':'all','filter':'unreplied','scope':'own'", open);
    ask(w, dan, "{'id':'me','do':'subscribe','topic':'me'}");
    world_advance(w, 1000);
    sent_forget(w);
    ask(w, t.c.ann, "{'id':'s','do':'chat.send','conversation':'%s','text':'yes'}", t.c.id);
    world_advance(w, 1000);
    snprintf(part, sizeof(part), "\"view %s\":0", open);
    assert_non_null(sent_find(w, dan, part));
    ask(w, t.c.vera, "{'id':'v','do':'chat.send','text':'and?'}");
    world_advance(w, 1000);
    snprintf(part, sizeof(part), "\"view %s\":1", open);
    assert_non_null(sent_find(w, dan, part));
}

/* Disabled with his console open, he is told no counts any more. */
static void who_is_disabled_has_no_views(void **state)
{
    struct world *w = *state;
    struct team t;
    char id[ID_TEXT];

    team_come(w, &t);
    add(w, t.c.ann, "'name':'Mine','list':'mine','scope':'own'", id);
    ask(w, t.c.ann, "{'id':'me','do':'subscribe','topic':'me'}");
    operator_ask(w, "{'id':'d','do':'agent.disable','agent':'%llu','chats_back':true}",
                 (unsigned long long)t.c.agent);
    sent_forget(w);
    world_advance(w, 1000);
    assert_null(sent_find(w, t.c.ann, "\"view "));
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, world_open, world_close)
    const struct CMUnitTest tests[] = {
        TEST(a_list_by_a_tag_counts_what_each_may_see),
        TEST(a_view_shows_everybody_what_he_may_see),
        TEST(views_and_their_numbers_are_live),
        TEST(who_is_disabled_has_no_views),
        TEST(a_line_turns_the_number_of_those_unreplied),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
