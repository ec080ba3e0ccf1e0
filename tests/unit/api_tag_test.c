/* Tags over the wire: the same however they are written, in heads, lists and searches, by rights.
 */
#include "api_world.h"

#include <stdio.h>
#include <string.h>

static unsigned number;

static json_t *tag(struct world *w, uint64_t conn, const char *chat, const char *text)
{
    return ask(w, conn, "{'id':'t%u','do':'conversation.tag','conversation':'%s','tag':'%s'}",
               ++number, chat, text);
}

static json_t *untag(struct world *w, uint64_t conn, const char *chat, const char *text)
{
    return ask(w, conn, "{'id':'u%u','do':'conversation.untag','conversation':'%s','tag':'%s'}",
               ++number, chat, text);
}

/* A list of texts, joined by bars. */
static const char *joined(const json_t *list)
{
    static char text[2000];
    const json_t *one;
    size_t i;

    text[0] = '\0';
    json_array_foreach ((json_t *)list, i, one)
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s", i > 0 ? "|" : "",
                 json_string_value(one));
    return text;
}

static const json_t *ok_of(const json_t *answer)
{
    assert_string_equal(error_of(answer), "");
    return json_object_get(answer, "ok");
}

static const char *tags_of(const json_t *answer)
{
    return joined(json_object_get(ok_of(answer), "tags"));
}

/* "tag count" of each in use, joined by bars. */
static const char *in_use(struct world *w, uint64_t conn, const char *fields)
{
    static char text[2000];
    const json_t *a = ask(w, conn, "{'id':'l%u','do':'tag.list'%s}", ++number, fields), *row;
    size_t i;

    text[0] = '\0';
    json_array_foreach (json_object_get(ok_of(a), "rows"), i, row)
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s %lld", i > 0 ? "|" : "",
                 json_string_value(json_object_get(row, "tag")),
                 (long long)json_integer_value(json_object_get(row, "count")));
    return text;
}

/* How many rows a list has by this tag. */
static size_t listed(struct world *w, uint64_t conn, const char *list, const char *text)
{
    const json_t *a =
        ask(w, conn, "{'id':'r%u','do':'list.read','list':'%s','tag':'%s'}", ++number, list, text);

    return json_array_size(json_object_get(ok_of(a), "rows"));
}

static void a_tag_is_the_same_however_it_is_written(void **state)
{
    static const char *const same[][2] = {{"VIP", "ｖｉｐ"},
                                          {"カード", "かーど"},
                                          {"ｶｰﾄﾞ", "カード"},
                                          {"red  chair", " Red　Chair "},
                                          {"Straße", "STRASSE"}};
    struct world *w = *state;
    struct world_chat c;

    world_chat(w, &c, "");
    for (size_t i = 0; i < COUNT_OF(same); i++) {
        print_message("  %s\n", same[i][0]);
        assert_string_equal(tags_of(tag(w, c.ann, c.id, same[i][0])), same[i][0]);
        assert_string_equal(tags_of(tag(w, c.ann, c.id, same[i][1])), same[i][0]);
        assert_int_equal(listed(w, c.ann, "mine", same[i][1]), 1);
        assert_string_equal(tags_of(untag(w, c.ann, c.id, same[i][1])), "");
        assert_int_equal(listed(w, c.ann, "mine", same[i][0]), 0);
    }
}

static void what_cannot_be_a_tag_is_refused_with_the_field(void **state)
{
    static const struct {
        const char *text, *reason;
    } rows[] = {
        {"", "empty"},         {"   ", "empty"},
        {"a\\nb", "one-line"}, {"a,b", "characters"},
        {"\xc2\xad", "empty"}, {"12345678901234567890123456789012345678901", "too-long"},
    };
    struct world *w = *state;
    struct world_chat c;

    world_chat(w, &c, "");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const json_t *e = json_object_get(tag(w, c.ann, c.id, rows[i].text), "error");

        print_message("  %s\n", rows[i].text);
        assert_string_equal(json_string_value(json_object_get(e, "code")), "invalid");
        assert_string_equal(json_string_value(json_object_get(e, "field")), "tag");
        assert_string_equal(json_string_value(json_object_get(e, "reason")), rows[i].reason);
    }
    assert_string_equal(
        error_of(ask(w, c.ann, "{'id':'e1','do':'list.read','list':'mine','tag':'  '}")),
        "invalid");
    assert_string_equal(error_of(ask(w, c.ann, "{'id':'e2','do':'search','text':'tag:\xc2\xad'}")),
                        "invalid");
}

/* The console beside it hears of it at once, and its list by the tag, too. */
static void everybody_who_looks_sees_it_at_once(void **state)
{
    struct world *w = *state;
    struct world_chat c;
    uint64_t other;
    const json_t *a;
    char number_of[ID_TEXT], part[100];
    err_t err;

    world_chat(w, &c, "");
    other = agent_conn(w, c.cookie, &err);
    ask(w, other, "{'id':'s1','do':'subscribe','topic':'conversation','conversation':'%s'}", c.id);
    ask(w, other, "{'id':'s0','do':'subscribe','topic':'list','list':'mine'}");
    a = ask(w, other, "{'id':'s2','do':'subscribe','topic':'list','list':'mine','tag':'vip'}");
    assert_int_equal(ok_int(a, "count"), 0);
    snprintf(number_of, sizeof(number_of), "%s", ok_text(a, "tag"));
    sent_forget(w);
    tag(w, c.ann, c.id, "VIP");
    world_run(w);
    assert_non_null(sent_find(w, other, "\"ev\":\"head\""));
    assert_non_null(sent_find(w, other, "\"tags\":[\"VIP\"]"));
    assert_non_null(sent_find(w, other, "\"kind\":\"tagged\""));
    snprintf(part, sizeof(part), "\"list\":\"mine\",\"tag\":\"%s\",\"row\"", number_of);
    assert_non_null(sent_find(w, other, part));
    sent_forget(w);
    untag(w, c.ann, c.id, "vip");
    world_run(w);
    snprintf(part, sizeof(part), "\"list\":\"mine\",\"tag\":\"%s\",\"gone\":\"%s\"", number_of,
             c.id);
    assert_non_null(sent_find(w, other, part));
    assert_non_null(sent_find(w, other, "\"kind\":\"untagged\",\"by\":\"agent\""));
    ask(w, other, "{'id':'s4','do':'unsubscribe','topic':'list','list':'mine'}");
    sent_forget(w);
    ask(w, other, "{'id':'s3','do':'unsubscribe','topic':'list','list':'mine','tag':'ＶＩＰ'}");
    tag(w, c.ann, c.id, "VIP");
    world_run(w);
    assert_null(sent_find(w, other, "\"ev\":\"list\""));
    assert_null(sent_find(w, c.vera, "VIP")); /* the visitor hears nothing of it */
}

/* Chats of Sales with tags, in each state; Bob sees all of Sales, Cleo none of it. */
static void counts_and_lists_are_of_what_one_may_see(void **state)
{
    struct world *w = *state;
    struct world_chat c;
    char bob_cookie[64], cleo_cookie[64], code[CODE_TEXT], chat[ID_TEXT], token[64];
    uint64_t help, bob, cleo;

    world_chat(w, &c, ",'capacity':9");
    help = world_dept(w, "Help", code);
    world_agent(w, "bob@example.com", c.dept, ",'scope':'own'", bob_cookie);
    world_agent(w, "cleo@example.com", help, "", cleo_cookie);
    bob = world_ready(w, bob_cookie);
    cleo = world_ready(w, cleo_cookie);
    operator_ask(w, "{'id':'x','do':'agent.set','agent':'%llu','capacity':9}",
                 (unsigned long long)c.agent);
    tag(w, c.ann, c.id, "VIP");
    tag(w, c.ann, c.id, "Refund");
    ask(w, c.ann, "{'id':'end','do':'chat.end','conversation':'%s'}", c.id);
    world_run(w);
    world_ring(w, c.code, chat, token);
    ask(w, c.ann, "{'id':'pick','do':'offer.accept','conversation':'%s'}", chat);
    assert_string_equal(tags_of(tag(w, OPERATOR, chat, "vip")), "vip");
    assert_string_equal(in_use(w, c.ann, ""), "vip 2|Refund 1");
    assert_string_equal(in_use(w, c.ann, ",'text':'ＦＵＮ'"), "Refund 1");
    assert_string_equal(in_use(w, c.ann, ",'max':1"), "vip 2");
    assert_string_equal(in_use(w, OPERATOR, ""), "vip 2|Refund 1");
    assert_int_equal(listed(w, c.ann, "all", "VIP"), 2);
    assert_int_equal(listed(w, c.ann, "completed", "refund"), 1);
    assert_int_equal(listed(w, c.ann, "missed", "refund"), 0);
    /* Whoever holds neither, or is elsewhere, has nothing of it. */
    assert_string_equal(in_use(w, bob, ""), "");
    assert_string_equal(in_use(w, cleo, ""), "");
    assert_int_equal(listed(w, bob, "all", "VIP"), 0);
    assert_int_equal(listed(w, cleo, "all", "VIP"), 0);
    assert_string_equal(error_of(tag(w, bob, c.id, "x")), "unknown");
    assert_string_equal(error_of(tag(w, cleo, c.id, "x")), "unknown");
    assert_string_equal(error_of(untag(w, cleo, c.id, "vip")), "unknown");
}

/* Of those that are over the newest are gone through; how many have a tag is told of all. */
static void a_tag_is_counted_on_older_ones_too(void **state)
{
    struct world *w = *state;
    char code[CODE_TEXT], cookies[2][64];
    uint64_t sales = world_dept(w, "Sales", code), help = world_dept(w, "Help", code), ann, cleo;
    struct cmd cmd = {
        .type = CMD_CHAT_LEAVE_MESSAGE,
        .who = {.kind = BY_VISITOR},
        .ring = {.dept = sales, .email = SPAN_LIT("v@example.org"), .text = SPAN_LIT("call me")}};

    for (unsigned i = 0; i < 505; i++) {
        turn_command(w->turn, &cmd, w->now_ms, NULL, NULL);
        if (i % 100 == 99)
            world_run(w);
    }
    world_run(w);
    world_agent(w, "ann@example.com", sales, "", cookies[0]);
    world_agent(w, "cleo@example.com", help, "", cookies[1]);
    ann = agent_conn(w, cookies[0], &(err_t){0});
    cleo = agent_conn(w, cookies[1], &(err_t){0});
    tag(w, OPERATOR, "1", "late");
    tag(w, OPERATOR, "2", "late");
    tag(w, OPERATOR, "505", "late");
    tag(w, OPERATOR, "505", "new");
    tag(w, OPERATOR, "1", "Older");
    world_run(w);
    assert_string_equal(in_use(w, ann, ""), "late 3|new 1|Older 1");
    assert_string_equal(in_use(w, ann, ",'text':'old'"), "Older 1");
    assert_string_equal(in_use(w, ann, ",'text':'new'"), "new 1");
    tag(w, OPERATOR, "2", "older");
    world_run(w);
    assert_string_equal(in_use(w, ann, ""), "late 3|older 2|new 1");
    assert_string_equal(in_use(w, cleo, ",'text':'older'"), "");
    untag(w, OPERATOR, "1", "older");
    untag(w, OPERATOR, "2", "older");
    world_run(w);
    for (unsigned as = 0; as < 2; as++)
        assert_string_equal(in_use(w, as == 0 ? OPERATOR : ann, ""), "late 3|new 1");
    assert_string_equal(in_use(w, cleo, ""), "");
    untag(w, OPERATOR, "2", "late");
    world_run(w);
    assert_string_equal(in_use(w, ann, ",'max':1"), "late 2");
}

static size_t found(struct world *w, uint64_t conn, const char *fields)
{
    const json_t *a = ask(w, conn, "{'id':'f%u','do':'search',%s}", ++number, fields);

    return json_array_size(json_object_get(ok_of(a), "rows"));
}

static void a_search_finds_what_has_it_now(void **state)
{
    struct world *w = *state;
    struct world_chat c;
    char cookie[64], code[CODE_TEXT];
    uint64_t cleo;

    world_chat(w, &c, "");
    world_agent(w, "cleo@example.com", world_dept(w, "Help", code), "", cookie);
    cleo = world_ready(w, cookie);
    ask(w, c.vera, "{'id':'v','do':'chat.send','text':'marmalade'}");
    tag(w, c.ann, c.id, "red chair");
    world_indexed(w);
    assert_int_equal(found(w, c.ann, "'text':'tag:\\\"Red Chair\\\"'"), 1);
    assert_int_equal(found(w, c.ann, "'tag':'RED CHAIR'"), 1);
    assert_int_equal(found(w, c.ann, "'text':'marmalade','tag':'red chair'"), 1);
    assert_int_equal(found(w, c.ann, "'text':'juice','tag':'red chair'"), 0);
    assert_int_equal(found(w, c.ann, "'text':'tag:red'"), 0); /* all of it */
    assert_int_equal(found(w, cleo, "'tag':'red chair'"), 0);
    untag(w, c.ann, c.id, "red chair");
    world_indexed(w);
    assert_int_equal(found(w, c.ann, "'tag':'red chair'"), 0);
    assert_int_equal(found(w, c.ann, "'text':'marmalade'"), 1);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, world_open, world_close)
    const struct CMUnitTest tests[] = {
        TEST(a_tag_is_the_same_however_it_is_written),
        TEST(what_cannot_be_a_tag_is_refused_with_the_field),
        TEST(everybody_who_looks_sees_it_at_once),
        TEST(counts_and_lists_are_of_what_one_may_see),
        TEST(a_tag_is_counted_on_older_ones_too),
        TEST(a_search_finds_what_has_it_now),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
