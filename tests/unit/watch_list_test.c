/* Lists that are subscribed to: pages, differences, and what stands in none of them. */
#include "api_world.h"

#include "../../src/api/api_int.h"
#include "../../src/watch/watch_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void a_list_follows_what_happens(void **state)
{
    struct world *w = *state;
    char code[CODE_TEXT], cookie[64], chat[ID_TEXT], token[64];
    uint64_t dept = world_dept(w, "Sales", code), ann, vera;
    json_t *a;

    world_agent(w, "ann@example.com", dept, "", cookie);
    ann = world_ready(w, cookie);
    a = ask(w, ann, "{'id':'1','do':'subscribe','topic':'list','list':'unassigned'}");
    assert_int_equal(ok_int(a, "count"), 0);
    ask(w, ann, "{'id':'2','do':'subscribe','topic':'list','list':'mine','filter':'unreplied'}");
    ask(w, ann, "{'id':'3','do':'subscribe','topic':'list','list':'completed'}");
    vera = world_ring(w, code, chat, token);
    assert_non_null(sent_find(w, ann, "\"list\":\"unassigned\",\"row\""));
    ask(w, ann, "{'id':'4','do':'offer.accept','conversation':'%s'}", chat);
    assert_non_null(sent_find(w, ann, "\"list\":\"unassigned\",\"gone\""));
    /* Who rang waits for a word: unreplied, from the accept until the first one. */
    assert_non_null(sent_find(w, ann, "\"list\":\"mine\",\"filter\":\"unreplied\",\"row\""));
    sent_forget(w);
    ask(w, ann, "{'id':'s','do':'chat.send','conversation':'%s','text':'welcome'}", chat);
    world_advance(w, 1000);
    assert_non_null(sent_find(w, ann, "\"list\":\"mine\",\"filter\":\"unreplied\",\"gone\""));
    sent_forget(w);
    ask(w, vera, "{'id':'v','do':'chat.send','text':'hello'}");
    world_advance(w, 1000);
    assert_non_null(sent_find(w, ann, "\"list\":\"mine\",\"filter\":\"unreplied\",\"row\""));
    ask(w, ann, "{'id':'5','do':'chat.send','conversation':'%s','text':'hi'}", chat);
    world_advance(w, 1000);
    assert_non_null(sent_find(w, ann, "\"list\":\"mine\",\"filter\":\"unreplied\",\"gone\""));
    ask(w, ann, "{'id':'6','do':'chat.end','conversation':'%s'}", chat);
    assert_non_null(sent_find(w, ann, "\"list\":\"completed\",\"row\""));
    a = ask(w, ann, "{'id':'7','do':'list.read','list':'completed'}");
    assert_int_equal(ok_int(a, "count"), 1);
    assert_int_equal(json_array_size(json_object_get(json_object_get(a, "ok"), "rows")), 1);
    sent_forget(w);
    ask(w, ann, "{'id':'8','do':'unsubscribe','topic':'list','list':'unassigned'}");
    world_ring(w, code, chat, token);
    assert_null(sent_find(w, ann, "\"list\":\"unassigned\""));
}

static void ended_lists_hold_what_ended_a_moment_ago(void **state)
{
    struct world *w = *state;
    struct world_chat c;
    const struct sent *s;

    world_chat(w, &c, "");
    w->disk_stopped = true;
    tell(w, c.ann, "{'id':'e','do':'chat.end','conversation':'%s'}", c.id);
    tell(w, c.ann, "{'id':'l','do':'list.read','list':'completed'}");
    world_run(w);
    assert_null(sent_find(w, c.ann, "\"re\":\"l\""));
    w->disk_stopped = false;
    world_run(w);
    s = sent_find(w, c.ann, "\"re\":\"l\"");
    assert_non_null(s);
    assert_non_null(strstr(s->text, c.id));
}

/* It waits until what has ended is in the store, and is rendered only then: by that time there may
 * be more, which is not durable. */
static void a_stored_page_shows_nothing_before_it_is_durable(void **state)
{
    struct world *w = *state;
    struct world_chat c;

    world_chat(w, &c, "");
    w->disk_stopped = true;
    tell(w, c.ann, "{'id':'e','do':'chat.end','conversation':'%s'}", c.id);
    tell(w, c.ann, "{'id':'l','do':'list.read','list':'completed'}");
    world_run(w);
    tell(w, c.vera, "{'id':'f','do':'chat.feedback','rating':5}");
    world_pass(w);
    world_commit(w);
    world_pass(w);
    assert_true(turn_durable_pos(w->turn) < turn_folded_pos(w->turn));
    assert_null(sent_find(w, c.ann, "\"re\":\"l\""));
    world_commit(w);
    world_pass(w);
    const struct sent *s = sent_find(w, c.ann, "\"re\":\"l\"");
    assert_non_null(s);
    assert_non_null(strstr(s->text, "\"rating\":5"));
    assert_int_equal(sent_count(w, c.ann, "\"re\":\"l\""), 1);
}

static void pages_of_a_list_join_without_gap(void **state)
{
    struct world *w = *state;
    char code[CODE_TEXT], cookie[64], chat[7][ID_TEXT], token[64], cursor[32] = "null";
    uint64_t dept = world_dept(w, "Sales", code), ann;
    static const char *const lists[] = {"unassigned", "missed"};

    world_agent(w, "ann@example.com", dept, ",'capacity':1", cookie);
    ann = world_ready(w, cookie);
    for (size_t i = 0; i < 7; i++)
        world_ring(w, code, chat[i], token);
    for (size_t l = 0; l < COUNT_OF(lists); l++) {
        size_t seen = 0;

        if (l == 1) /* nobody answers */
            world_advance(w, 24 * 3600 * 1000);
        for (unsigned page = 0; page < 4; page++) {
            json_t *a =
                ask(w, ann, "{'id':'p%zu%u','do':'list.read','list':'%s','max':3,'cursor':%s}", l,
                    page, lists[l], cursor);
            const json_t *rows = json_object_get(json_object_get(a, "ok"), "rows");
            const json_t *next = json_object_get(json_object_get(a, "ok"), "cursor");

            assert_string_equal(error_of(a), "");
            assert_int_equal(ok_int(a, "count"), 7);
            for (size_t i = 0; i < json_array_size(rows); i++, seen++) {
                size_t want = l == 0 ? seen : 6 - seen;
                const char *id =
                    json_string_value(json_object_get(json_array_get(rows, i), "conversation"));

                assert_true(seen < 7);
                if (l == 0)
                    assert_string_equal(id, chat[want]);
            }
            if (json_is_null(next)) {
                snprintf(cursor, sizeof(cursor), "null");
                break;
            }
            snprintf(cursor, sizeof(cursor), "\"%s\"", json_string_value(next));
        }
        assert_int_equal(seen, 7);
    }
}

/* Open ones by their age, then those that ended, the last to end first; page by page. */
static void all_goes_on_from_the_open_ones_to_those_that_ended(void **state)
{
    struct world *w = *state;
    char code[CODE_TEXT], cookie[64], chat[6][ID_TEXT], token[64], cursor[32] = "null";
    static const int order[] = {5, 4, 2, 1, 3, 0};
    uint64_t dept = world_dept(w, "Sales", code), ann, conn[6];
    size_t seen = 0;
    json_t *a;

    world_agent(w, "ann@example.com", dept, ",'capacity':9", cookie);
    ann = world_ready(w, cookie);
    for (size_t i = 0; i < 6; i++)
        conn[i] = world_ring(w, code, chat[i], token);
    a = ask(w, ann, "{'id':'s','do':'subscribe','topic':'list','list':'all','max':1}");
    assert_int_equal(ok_int(a, "count"), 6);
    sent_forget(w);
    ask(w, conn[0], "{'id':'e','do':'chat.end'}"); /* missed */
    assert_non_null(sent_find(w, ann, "\"list\":\"all\",\"row\""));
    assert_null(sent_find(w, ann, "\"list\":\"all\",\"gone\""));
    for (size_t i = 0; i < 2; i++) {
        size_t at = i == 0 ? 3 : 1;

        ask(w, ann, "{'id':'a%zu','do':'offer.accept','conversation':'%s'}", i, chat[at]);
        ask(w, ann, "{'id':'e%zu','do':'chat.end','conversation':'%s'}", i, chat[at]);
    }
    for (unsigned page = 0; page < 6; page++) {
        a = ask(w, ann, "{'id':'p%u','do':'list.read','list':'all','max':2,'cursor':%s}", page,
                cursor);
        const json_t *rows = json_object_get(json_object_get(a, "ok"), "rows");
        const json_t *next = json_object_get(json_object_get(a, "ok"), "cursor");

        assert_int_equal(ok_int(a, "count"), 6);
        for (size_t i = 0; i < json_array_size(rows); i++, seen++)
            assert_string_equal(
                json_string_value(json_object_get(json_array_get(rows, i), "conversation")),
                chat[order[seen]]);
        if (json_is_null(next))
            break;
        snprintf(cursor, sizeof(cursor), "\"%s\"", json_string_value(next));
    }
    assert_int_equal(seen, 6);
    a = ask(w, ann, "{'id':'o','do':'list.read','list':'all','filter':'open'}");
    assert_int_equal(ok_int(a, "count"), 3);
    a = operator_ask(w, "{'id':'c','do':'list.read','list':'all'}");
    assert_int_equal(ok_int(a, "count"), 6);
}

static json_int_t blocked_read(struct world *w, uint64_t conn, size_t *rows)
{
    static unsigned asked;
    json_t *a = ask(w, conn, "{'id':'bl%u','do':'list.read','list':'blocked'}", ++asked);

    *rows = json_array_size(json_object_get(json_object_get(a, "ok"), "rows"));
    return ok_int(a, "count");
}

/* Of an address: what the block ended, what it was made from, and what came before. */
static void blocked_holds_all_from_an_address_until_it_is_let_in_again(void **state)
{
    static const char *const prefixes[] = {NULL, "'192.0.2.0/24'", "'::/0'"};
    struct world *w = *state;
    struct world_chat c;
    char cookie[64], code[CODE_TEXT], next[ID_TEXT], token[64], block[ID_TEXT];
    size_t rows;

    assert_int_equal(ipaddr_parse(SPAN_LIT("192.0.2.7"), &w->ip), ERR_OK);
    world_chat(w, &c, ",'permissions':'block','capacity':5");
    ask(w, c.ann, "{'id':'m','do':'subscribe','topic':'me'}");
    ask(w, c.ann, "{'id':'l','do':'subscribe','topic':'list','list':'blocked'}");
    world_agent(w, "far@example.com", world_dept(w, "Other", code), "", cookie);
    uint64_t far = world_ready(w, cookie);
    ask(w, c.ann, "{'id':'e','do':'chat.end','conversation':'%s'}", c.id);
    for (size_t i = 0; i < COUNT_OF(prefixes); i++) {
        json_t *a;

        world_ring(w, c.code, next, token);
        world_advance(w, 1000);
        assert_int_equal(blocked_read(w, c.ann, &rows), 0);
        sent_forget(w);
        ask(w, c.ann, "{'id':'h%zu','do':'conversation.read','conversation':'%s'}", i, c.id);
        assert_non_null(sent_find(w, c.ann, "\"same_address\":1,")); /* it has ended itself */
        ask(w, c.ann, "{'id':'i%zu','do':'conversation.read','conversation':'%s'}", i, next);
        assert_non_null(sent_find(w, c.ann, "\"same_address\":0,"));
        if (prefixes[i] == NULL)
            a = ask(w, c.ann, "{'id':'b','do':'block.add','conversation':'%s','confirm':true}",
                    next);
        else
            a = operator_ask(w, "{'id':'b%zu','do':'block.add','prefix':%s,'confirm':true}", i,
                             prefixes[i]);
        assert_string_equal(error_of(a), "");
        snprintf(block, sizeof(block), "%s", ok_text(a, "block"));
        world_advance(w, 1000);
        assert_int_equal(blocked_read(w, c.ann, &rows), 2 + i);
        assert_int_equal(rows, 2 + i);
        assert_int_equal(blocked_read(w, far, &rows), 0);
        assert_int_equal(rows, 0);
        assert_non_null(sent_find(w, c.ann,
                                  i == 0   ? "\"blocked\":2"
                                  : i == 1 ? "\"blocked\":3"
                                           : "\"blocked\":4"));
        assert_true(sent_count(w, c.ann, "\"list\":\"blocked\",\"row\"") >= 2 + i);
        sent_forget(w);
        operator_ask(w, "{'id':'r%zu','do':'block.remove','block':'%s'}", i, block);
        world_advance(w, 1000);
        assert_non_null(sent_find(w, c.ann, "\"blocked\":0"));
        assert_int_equal(sent_count(w, c.ann, "\"list\":\"blocked\",\"gone\""), 2 + i);
    }
    /* A block that runs out by itself. */
    json_t *a = operator_ask(
        w, "{'id':'t','do':'block.add','prefix':'::/0','confirm':true,'until_ms':%lld}",
        (long long)w->now_ms + 60000);
    assert_string_equal(error_of(a), "");
    world_advance(w, 1000);
    assert_int_equal(blocked_read(w, c.ann, &rows), 4);
    sent_forget(w);
    world_advance(w, 61000);
    assert_non_null(sent_find(w, c.ann, "\"blocked\":0"));
    assert_int_equal(blocked_read(w, c.ann, &rows), 0);
}

/* As after a restart: what watch knows of them it has from the core alone. */
static void a_chat_from_before_the_start_leaves_its_list(void **state)
{
    struct world *w = *state;
    struct world_chat c;
    struct watch *old = w->watch;
    char id[ID_TEXT], token[64], gone[48];
    uint64_t other, ann;
    json_t *a;
    err_t err;

    world_chat(w, &c, ",'capacity':1");
    other = world_ring(w, c.code, id, token); /* waits */
    api_on_gone(w->api, other);
    api_on_gone(w->api, c.vera);
    api_on_gone(w->api, c.ann);
    world_run(w);
    w->watch = watch_new(&old->env);
    w->api->env.watch = w->watch;
    watch_free(old);
    ann = agent_conn(w, c.cookie, &err);
    a = ask(w, ann, "{'id':'l','do':'subscribe','topic':'list','list':'unassigned'}");
    assert_int_equal(ok_int(a, "count"), 1);
    operator_ask(w, "{'id':'e','do':'chat.end','conversation':'%s'}", id);
    world_advance(w, 500);
    snprintf(gone, sizeof(gone), "\"gone\":\"%s\"", id);
    assert_int_equal(sent_count(w, ann, gone), 1);
}

/* Rows of those that talk go each 400 ms after its last, and not all at once. */
static void each_row_has_its_own_time(void **state)
{
    struct world *w = *state;
    struct world_chat c;
    char id[ID_TEXT], token[64];
    uint64_t other;
    int64_t at;

    world_chat(w, &c, ",'capacity':2");
    other = world_ring(w, c.code, id, token);
    ask(w, c.ann, "{'id':'o','do':'offer.accept','conversation':'%s'}", id);
    ask(w, c.ann, "{'id':'l','do':'subscribe','topic':'list','list':'mine'}");
    world_advance(w, 5000);
    sent_forget(w);
    at = w->now_ms;
    ask(w, c.vera, "{'id':'1','do':'chat.send','text':'one'}");
    assert_int_equal(sent_count(w, c.ann, "\"row\""), 1);
    world_advance(w, 200);
    ask(w, other, "{'id':'2','do':'chat.send','text':'two'}");
    assert_int_equal(sent_count(w, c.ann, "\"row\""), 2);
    ask(w, c.vera, "{'id':'3','do':'chat.send','text':'three'}");
    ask(w, other, "{'id':'4','do':'chat.send','text':'four'}");
    assert_int_equal(sent_count(w, c.ann, "\"row\""), 2);
    world_advance(w, at + 399 - w->now_ms);
    assert_int_equal(sent_count(w, c.ann, "three"), 0);
    world_advance(w, 1);
    assert_int_equal(sent_count(w, c.ann, "three"), 1);
    assert_int_equal(sent_count(w, c.ann, "four"), 0);
    world_advance(w, at + 599 - w->now_ms);
    assert_int_equal(sent_count(w, c.ann, "four"), 0);
    world_advance(w, 1);
    assert_int_equal(sent_count(w, c.ann, "four"), 1);
    assert_int_equal(sent_count(w, c.ann, "\"row\""), 4);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, world_open, world_close)
    const struct CMUnitTest tests[] = {
        T(a_list_follows_what_happens),
        T(ended_lists_hold_what_ended_a_moment_ago),
        T(a_stored_page_shows_nothing_before_it_is_durable),
        T(pages_of_a_list_join_without_gap),
        T(a_chat_from_before_the_start_leaves_its_list),
        T(each_row_has_its_own_time),
        T(all_goes_on_from_the_open_ones_to_those_that_ended),
        T(blocked_holds_all_from_an_address_until_it_is_let_in_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
