/* Opening a chat again over the wire: both sides go on, by their tokens and by their rights. */
#include "api_world.h"

#include <stdio.h>
#include <string.h>

static unsigned number;

struct shop {
    struct world_chat c;
    char cookie[64];
    uint64_t bob, bob_conn;
};

/* Over, with Vera's page still on it; Bob is in another department. */
static void shop_open(struct world *w, struct shop *s)
{
    char code[CODE_TEXT];

    world_chat(w, &s->c, "");
    s->bob = world_agent(w, "bob@example.com", world_dept(w, "Help", code), "", s->cookie);
    s->bob_conn = world_ready(w, s->cookie);
    ask(w, s->c.vera, "{'id':'v1','do':'chat.send','text':'hello'}");
    ask(w, s->c.ann, "{'id':'end','do':'chat.end','conversation':'%s'}", s->c.id);
    sent_forget(w);
}

static json_t *reopen(struct world *w, uint64_t conn, const char *chat)
{
    return ask(w, conn, "{'id':'r%u','do':'conversation.reopen','conversation':'%s'}", ++number,
               chat);
}

static json_t *resume(struct world *w, uint64_t conn, const struct world_chat *c)
{
    return ask(w, conn, "{'id':'s%u','do':'chat.resume','chat':'%s','token':'%s','n':4}", ++number,
               c->id, c->token);
}

static const json_t *head_of(struct world *w, uint64_t conn, const char *chat)
{
    json_t *a =
        ask(w, conn, "{'id':'h%u','do':'conversation.read','conversation':'%s'}", ++number, chat);

    assert_string_equal(error_of(a), "");
    return json_object_get(json_object_get(a, "ok"), "head");
}

static const char *text_of(const json_t *of, const char *key)
{
    const char *text = json_string_value(json_object_get(of, key));

    return text != NULL ? text : "";
}

static bool has_word(const json_t *list, const char *word)
{
    const json_t *one;
    size_t i;

    json_array_foreach ((json_t *)list, i, one)
        if (strcmp(json_string_value(one), word) == 0)
            return true;
    return false;
}

static void the_visitor_goes_on_where_the_agent_does(void **state)
{
    struct world *w = *state;
    struct shop s;
    char chat[ID_TEXT], token[64];
    json_t *a;

    shop_open(w, &s);
    snprintf(chat, sizeof(chat), "%s", ok_text(reopen(w, s.c.ann, s.c.id), "conversation"));
    assert_string_not_equal(chat, s.c.id);
    assert_non_null(sent_find(w, s.c.vera, "\"chat.next\""));
    a = resume(w, s.c.vera, &s.c);
    assert_string_equal(ok_text(a, "chat"), chat);
    assert_string_equal(ok_text(a, "state"), "active");
    assert_true(json_is_true(json_object_get(json_object_get(a, "ok"), "reopened")));
    assert_int_equal(json_array_size(json_object_get(json_object_get(a, "ok"), "lines")), 1);
    snprintf(token, sizeof(token), "%s", ok_text(a, "token"));
    assert_string_not_equal(token, s.c.token);
    assert_string_equal(error_of(ask(w, s.c.vera, "{'id':'v2','do':'chat.send','text':'yes'}")),
                        "");
    assert_int_equal(json_integer_value(json_object_get(head_of(w, s.c.ann, chat), "n")), 2);
    assert_true(json_is_true(json_object_get(head_of(w, s.c.ann, chat), "visitor_here")));
    /* The new one's own key is as good. */
    a = ask(w, s.c.vera, "{'id':'k','do':'chat.resume','chat':'%s','token':'%s'}", chat, token);
    assert_string_equal(ok_text(a, "chat"), chat);
    assert_null(json_object_get(json_object_get(a, "ok"), "token"));
}

/* However often, and though nobody was there in between. */
static void who_comes_back_late_finds_the_newest(void **state)
{
    struct world *w = *state;
    struct shop s;
    char second[ID_TEXT], third[ID_TEXT];
    err_t err;
    uint64_t conn;

    shop_open(w, &s);
    api_on_gone(w->api, s.c.vera);
    world_advance(w, 60000);
    snprintf(second, sizeof(second), "%s", ok_text(reopen(w, s.c.ann, s.c.id), "conversation"));
    ask(w, s.c.ann, "{'id':'e2','do':'chat.end','conversation':'%s'}", second);
    snprintf(third, sizeof(third), "%s", ok_text(reopen(w, s.c.ann, second), "conversation"));
    conn = visitor_conn(w, s.c.code, &err);
    assert_string_equal(ok_text(resume(w, conn, &s.c), "chat"), third);
}

static const char *words_of(const json_t *answer, size_t earlier, size_t line)
{
    json_t *one =
        json_array_get(json_object_get(json_object_get(answer, "ok"), "earlier"), earlier);

    return text_of(json_array_get(json_object_get(one, "lines"), line), "text");
}

static size_t count_of(const json_t *answer, size_t earlier)
{
    json_t *one =
        json_array_get(json_object_get(json_object_get(answer, "ok"), "earlier"), earlier);

    return json_array_size(json_object_get(one, "lines"));
}

static size_t earlier_of(const json_t *answer)
{
    return json_array_size(json_object_get(json_object_get(answer, "ok"), "earlier"));
}

/* Words that somebody who was away has never seen stand in the chats before the one he comes back
 * to.  What he names comes first, and what he has of it is left out. */
static void what_was_said_while_nobody_was_there_comes_along(void **state)
{
    struct world *w = *state;
    struct shop s;
    char chat[ID_TEXT], token[64];
    err_t err;
    json_t *a;

    shop_open(w, &s);
    api_on_gone(w->api, s.c.vera);
    snprintf(chat, sizeof(chat), "%s", s.c.id);
    for (unsigned i = 2; i <= 6; i++) {
        snprintf(chat, sizeof(chat), "%s", ok_text(reopen(w, s.c.ann, chat), "conversation"));
        ask(w, s.c.ann, "{'id':'w%u','do':'chat.send','conversation':'%s','text':'words %u'}", i,
            chat, i);
        ask(w, s.c.ann, "{'id':'n%u','do':'chat.note','conversation':'%s','text':'secret'}", i,
            chat);
        if (i == 6)
            break;
        ask(w, s.c.ann, "{'id':'x%u','do':'chat.end','conversation':'%s'}", i, chat);
    }
    a = ask(w, visitor_conn(w, s.c.code, &err),
            "{'id':'e1','do':'chat.resume','chat':'%s','token':'%s','n':1}", s.c.id, s.c.token);
    assert_string_equal(ok_text(a, "chat"), chat);
    assert_int_equal(earlier_of(a), 3);
    assert_string_equal(words_of(a, 0, 0), "hello");
    assert_int_equal(count_of(a, 0), 2); /* and that it ended */
    assert_string_equal(words_of(a, 1, 1), "words 4");
    assert_string_equal(words_of(a, 2, 1), "words 5");
    assert_int_equal(count_of(a, 2), 3);
    snprintf(token, sizeof(token), "%s", ok_text(a, "token"));
    a = resume(w, visitor_conn(w, s.c.code, &err), &s.c);
    assert_int_equal(count_of(a, 0), 0);
    a = ask(w, visitor_conn(w, s.c.code, &err),
            "{'id':'e2','do':'chat.resume','chat':'%s','token':'%s','n':1}", chat, token);
    assert_null(json_object_get(json_object_get(a, "ok"), "earlier"));
}

static void heads_name_each_other_to_who_sees_both(void **state)
{
    struct world *w = *state;
    struct shop s;
    char chat[ID_TEXT];
    const json_t *head;

    shop_open(w, &s);
    assert_true(has_word(json_object_get(head_of(w, s.c.ann, s.c.id), "may"), "reopen"));
    snprintf(chat, sizeof(chat), "%s", ok_text(reopen(w, s.c.ann, s.c.id), "conversation"));
    head = head_of(w, s.c.ann, s.c.id);
    assert_string_equal(text_of(head, "next"), chat);
    assert_int_equal(json_integer_value(json_object_get(head, "next_number")), 2);
    assert_false(has_word(json_object_get(head, "may"), "reopen"));
    head = head_of(w, s.c.ann, chat);
    assert_string_equal(text_of(head, "previous"), s.c.id);
    assert_int_equal(json_integer_value(json_object_get(head, "previous_number")), 1);
    /* Handed to another department, it is no business any more of who had the first. */
    operator_ask(w, "{'id':'as','do':'member.set','department':'%llu','agent':'%llu','chat':true}",
                 (unsigned long long)s.c.dept, (unsigned long long)s.bob);
    assert_string_equal(text_of(head_of(w, s.bob_conn, s.c.id), "next"), chat);
    operator_ask(w, "{'id':'sc','do':'agent.set','agent':'%llu','scope':'own'}",
                 (unsigned long long)s.bob);
    assert_string_equal(error_of(reopen(w, s.bob_conn, s.c.id)), "unknown");
}

/* Whoever looks at it hears that it may be opened once more, without looking again. */
static void the_first_ones_head_is_told_when_the_second_is_over(void **state)
{
    struct world *w = *state;
    struct shop s;
    char second[ID_TEXT];

    shop_open(w, &s);
    ask(w, s.c.ann, "{'id':'f1','do':'subscribe','topic':'conversation','conversation':'%s'}",
        s.c.id);
    snprintf(second, sizeof(second), "%s", ok_text(reopen(w, s.c.ann, s.c.id), "conversation"));
    world_run(w);
    sent_forget(w);
    ask(w, s.c.ann, "{'id':'f2','do':'chat.send','conversation':'%s','text':'there?'}", second);
    world_run(w);
    assert_null(sent_find(w, s.c.ann, "\"ev\":\"head\""));
    ask(w, s.c.ann, "{'id':'f3','do':'chat.end','conversation':'%s'}", second);
    world_run(w);
    assert_non_null(sent_find(w, s.c.ann, "\"ev\":\"head\""));
    assert_non_null(strstr(sent_find(w, s.c.ann, "\"ev\":\"head\"")->text, "\"reopen\""));
    assert_int_equal(sent_count(w, s.c.ann, "\"ev\":\"head\""), 1);
}

static void it_is_asked_first_how_the_visitor_can_be_reached(void **state)
{
    struct world *w = *state;
    struct shop s;
    json_t *a;

    shop_open(w, &s);
    a = ask(w, s.c.ann, "{'id':'q1','do':'conversation.reach','conversation':'%s'}", s.c.id);
    assert_true(json_is_true(json_object_get(json_object_get(a, "ok"), "here")));
    api_on_gone(w->api, s.c.vera);
    world_run(w);
    a = ask(w, s.c.ann, "{'id':'q2','do':'conversation.reach','conversation':'%s'}", s.c.id);
    assert_true(json_is_false(json_object_get(json_object_get(a, "ok"), "here")));
    a = ask(w, s.bob_conn, "{'id':'q3','do':'conversation.reach','conversation':'%s'}", s.c.id);
    assert_string_equal(error_of(a), "unknown");
}

static void a_repeat_is_answered_with_the_same_one(void **state)
{
    struct world *w = *state;
    struct shop s;
    char chat[ID_TEXT];
    json_t *a;

    shop_open(w, &s);
    snprintf(chat, sizeof(chat), "%s",
             ok_text(ask(w, s.c.ann, "{'id':'same','do':'conversation.reopen','conversation':'%s'}",
                         s.c.id),
                     "conversation"));
    a = ask(w, s.c.ann, "{'id':'same','do':'conversation.reopen','conversation':'%s'}", s.c.id);
    assert_string_equal(ok_text(a, "conversation"), chat);
    assert_string_equal(error_of(reopen(w, s.c.ann, s.c.id)), "conflict");
}

static void an_operator_says_for_whom(void **state)
{
    struct world *w = *state;
    struct shop s;
    json_t *a;

    shop_open(w, &s);
    a = operator_ask(w, "{'id':'o1','do':'conversation.reopen','conversation':'%s'}", s.c.id);
    assert_string_equal(error_of(a), "invalid");
    a = operator_ask(w, "{'id':'o2','do':'conversation.reopen','conversation':'%s','agent':'%llu'}",
                     s.c.id, (unsigned long long)s.c.agent);
    assert_string_equal(error_of(a), "");
}

/* Whom nobody has reached yet, he is no answer to what he asked before. */
static void what_was_missed_stays_so_until_the_visitor_has_come(void **state)
{
    struct world *w = *state;
    struct shop s;
    char missed[ID_TEXT], token[64], chat[ID_TEXT];
    uint64_t conn;

    shop_open(w, &s);
    conn = world_ring(w, s.c.code, missed, token);
    ask(w, conn, "{'id':'gone','do':'chat.end'}");
    api_on_gone(w->api, s.c.vera);
    snprintf(chat, sizeof(chat), "%s", ok_text(reopen(w, s.c.ann, s.c.id), "conversation"));
    ask(w, s.c.ann, "{'id':'w','do':'chat.send','conversation':'%s','text':'there?'}", chat);
    ask(w, s.c.ann, "{'id':'w2','do':'chat.end','conversation':'%s'}", chat);
    world_run(w);
    assert_string_equal(text_of(json_object_get(head_of(w, s.c.ann, missed), "box"), "is"),
                        "to-answer");
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, world_open, world_close)
    const struct CMUnitTest tests[] = {
        T(the_visitor_goes_on_where_the_agent_does),
        T(who_comes_back_late_finds_the_newest),
        T(what_was_said_while_nobody_was_there_comes_along),
        T(heads_name_each_other_to_who_sees_both),
        T(the_first_ones_head_is_told_when_the_second_is_over),
        T(it_is_asked_first_how_the_visitor_can_be_reached),
        T(a_repeat_is_answered_with_the_same_one),
        T(an_operator_says_for_whom),
        T(what_was_missed_stays_so_until_the_visitor_has_come),
    };
#undef T

    return cmocka_run_group_tests(tests, NULL, NULL);
}
