/* Subscriptions: snapshots, differences, and who sees what. */
#include "api_world.h"

#include "../../src/api/api_int.h"
#include "../../src/watch/watch_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct chat {
    char code[CODE_TEXT], cookie[64], id[ID_TEXT], token[64];
    uint64_t dept, agent, ann, vera;
};

/* Ann holds Vera's chat. */
static void chat_open(struct world *w, struct chat *c, const char *more)
{
    c->dept = world_dept(w, "Sales", c->code);
    c->agent = world_agent(w, "ann@example.com", c->dept, more, c->cookie);
    c->ann = world_ready(w, c->cookie);
    c->vera = world_ring(w, c->code, c->id, c->token);
    assert_string_equal(
        error_of(ask(w, c->ann, "{'id':'acc','do':'offer.accept','conversation':'%s'}", c->id)),
        "");
}

static const json_t *lines_of(const json_t *answer)
{
    return json_object_get(json_object_get(answer, "ok"), "lines");
}

static void lines_hold_no_gap_and_no_note(void **state)
{
    struct world *w = *state;
    struct chat c;
    uint64_t other;
    const json_t *lines;
    json_t *a;
    err_t err;

    chat_open(w, &c, "");
    for (unsigned i = 0; i < 40; i++) {
        ask(w, c.ann, "{'id':'n%u','do':'conversation.note','conversation':'%s','text':'secret'}",
            i, c.id);
        ask(w, c.vera, "{'id':'m%u','do':'chat.send','text':'line %u'}", i, i);
        ask(w, c.vera, "{'id':'s%u','do':'chat.seen','n':%u}", i, i + 1);
    }
    /* Half of it durable, half of it not. */
    w->disk_stopped = true;
    for (unsigned i = 40; i < 60; i++) {
        tell(w, c.ann, "{'id':'n%u','do':'conversation.note','conversation':'%s','text':'secret'}",
             i, c.id);
        tell(w, c.vera, "{'id':'m%u','do':'chat.send','text':'line %u'}", i, i);
    }
    world_run(w);
    other = visitor_conn(w, c.code, &err);
    tell(w, other, "{'id':'r','do':'chat.resume','chat':'%s','token':'%s','n':0}", c.id, c.token);
    w->disk_stopped = false;
    world_run(w);
    const struct sent *s = sent_find(w, other, "\"re\":\"r\"");
    assert_non_null(s);
    a = json_loads(s->text, 0, NULL);
    lines = lines_of(a);
    assert_true(json_array_size(lines) >= 60);
    for (size_t i = 0; i < json_array_size(lines); i++)
        assert_int_equal(json_integer_value(json_object_get(json_array_get(lines, i), "n")), i + 1);
    assert_null(strstr(s->text, "secret"));
    size_t n = json_array_size(lines);
    json_decref(a);

    a = ask(w, other, "{'id':'r2','do':'chat.resume','chat':'%s','token':'%s','n':%zu}", c.id,
            c.token, n - 3);
    assert_int_equal(json_array_size(lines_of(a)), 3);
    a = ask(w, other, "{'id':'r3','do':'chat.read','before':11,'max':4}");
    assert_int_equal(json_array_size(lines_of(a)), 4);
    assert_int_equal(json_integer_value(json_object_get(json_array_get(lines_of(a), 0), "n")), 7);
    assert_true(json_is_true(json_object_get(json_object_get(a, "ok"), "more")));
    assert_int_equal(sent_count(w, c.vera, "secret"), 0);
    assert_int_equal(sent_count(w, other, "secret"), 0);
}

static void agents_read_notes_and_all_of_the_lines(void **state)
{
    struct world *w = *state;
    struct chat c;
    json_t *a;

    chat_open(w, &c, "");
    ask(w, c.ann, "{'id':'n','do':'conversation.note','conversation':'%s','text':'secret'}", c.id);
    a = ask(w, c.ann, "{'id':'c','do':'subscribe','topic':'conversation','conversation':'%s'}",
            c.id);
    const json_t *lines = lines_of(a);
    json_int_t last = 0;
    bool note = false;

    for (size_t i = 0; i < json_array_size(lines); i++) {
        const json_t *l = json_array_get(lines, i);
        json_int_t seq = json_integer_value(json_object_get(l, "seq"));

        assert_true(seq > last);
        last = seq;
        note |= strcmp(json_string_value(json_object_get(l, "kind")), "note") == 0;
    }
    assert_true(note);
}

static void who_may_not_see_it_learns_nothing(void **state)
{
    struct world *w = *state;
    struct chat c;
    char cookie[64], code[CODE_TEXT];
    uint64_t other = world_dept(w, "Other", code), bob;
    static const struct {
        const char *head, *tail;
    } asks[] = {
        {"{'id':'1','do':'subscribe','topic':'conversation','conversation':'", "'}"},
        {"{'id':'2','do':'conversation.read','conversation':'", "'}"},
        {"{'id':'3','do':'chat.send','conversation':'", "','text':'x'}"},
        {"{'id':'4','do':'conversation.note','conversation':'", "','text':'x'}"},
        {"{'id':'5','do':'offer.accept','conversation':'", "'}"},
        {"{'id':'6','do':'conversation.pick','conversation':'", "'}"},
        {"{'id':'7','do':'chat.end','conversation':'", "'}"},
        {"{'id':'8','do':'block.add','conversation':'", "'}"},
        {"{'id':'9','do':'mail.list','conversation':'", "'}"},
        {"{'id':'10','do':'chat.seen','conversation':'", "','n':1}"},
    };

    world_agent(w, "bob@example.com", other, "", cookie);
    bob = world_ready(w, cookie);
    ask(w, bob, "{'id':'m','do':'subscribe','topic':'me'}");
    for (size_t i = 0; i < 3; i++) {
        static const char *const lists[] = {"all", "unassigned", "mine"};
        ask(w, bob, "{'id':'l%zu','do':'subscribe','topic':'list','list':'%s'}", i, lists[i]);
    }
    chat_open(w, &c, "");
    ask(w, c.vera, "{'id':'v','do':'chat.send','text':'hello'}");
    world_advance(w, 1000);
    for (size_t i = 0; i < COUNT_OF(asks); i++) {
        print_message("  %s\n", asks[i].head);
        assert_string_equal(error_of(ask(w, bob, "%s%s%s", asks[i].head, c.id, asks[i].tail)),
                            "unknown");
    }
    assert_int_equal(sent_count(w, bob, c.id), 0);
    /* What is for administrators says so. */
    assert_string_equal(error_of(ask(w, bob, "{'id':'a','do':'department.list'}")), "forbidden");
    assert_string_equal(error_of(ask(w, bob, "{'id':'b','do':'mail.list'}")), "forbidden");
    assert_string_equal(error_of(ask(w, bob, "{'id':'c','do':'status'}")), "forbidden");
    assert_string_equal(error_of(ask(w, bob, "{'id':'d','do':'portal.set','name':'X'}")),
                        "forbidden");
}

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
    struct chat c;
    const struct sent *s;

    chat_open(w, &c, "");
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
    struct chat c;

    chat_open(w, &c, "");
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
    struct chat c;
    char cookie[64], code[CODE_TEXT], next[ID_TEXT], token[64], block[ID_TEXT];
    size_t rows;

    assert_int_equal(ipaddr_parse(SPAN_LIT("192.0.2.7"), &w->ip), ERR_OK);
    chat_open(w, &c, ",'permissions':'block','capacity':5");
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
            a = ask(w, c.ann, "{'id':'b','do':'block.add','conversation':'%s'}", next);
        else
            a = operator_ask(w, "{'id':'b%zu','do':'block.add','prefix':%s}", i, prefixes[i]);
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
    json_t *a = operator_ask(w, "{'id':'t','do':'block.add','prefix':'::/0','until_ms':%lld}",
                             (long long)w->now_ms + 60000);
    assert_string_equal(error_of(a), "");
    world_advance(w, 1000);
    assert_int_equal(blocked_read(w, c.ann, &rows), 4);
    sent_forget(w);
    world_advance(w, 61000);
    assert_non_null(sent_find(w, c.ann, "\"blocked\":0"));
    assert_int_equal(blocked_read(w, c.ann, &rows), 0);
}

static void lost_rights_end_a_subscription(void **state)
{
    struct world *w = *state;
    struct chat c;

    chat_open(w, &c, ",'scope':'all'");
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
    sent_forget(w);
    ask(w, c.vera, "{'id':'v','do':'chat.send','text':'for Ann alone'}");
    world_advance(w, 1000);
    assert_int_equal(sent_count(w, bob, "for Ann alone"), 0);
    assert_non_null(sent_find(w, bob, "\"gone\":true"));
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
    struct chat c;
    char cookie[64];

    c.dept = world_dept(w, "Sales", c.code);
    world_agent(w, "ann@example.com", c.dept, "", c.cookie);
    uint64_t bob_id = world_agent(w, "bob@example.com", c.dept, "", cookie);
    c.ann = world_ready(w, c.cookie);
    ask(w, c.ann, "{'id':'m','do':'subscribe','topic':'me'}");
    sent_forget(w);
    uint64_t bob = world_ready(w, cookie);
    world_advance(w, 500);
    assert_non_null(
        sent_find(w, c.ann, "\"name\":\"Agent bob@example.com\",\"status\":\"available\""));
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

static void a_colleagues_load_falls_when_a_chat_ends(void **state)
{
    struct world *w = *state;
    struct chat c;
    char cookie[64];

    chat_open(w, &c, "");
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

static void late_mail_and_a_refused_login_are_told_and_their_end_too(void **state)
{
    struct world *w = *state;
    struct chat c;
    struct relay_row refused = {.refused = true, .trouble = "login"};
    uint64_t id;
    size_t n;

    chat_open(w, &c, ",'role':'admin'");
    ask(w, c.ann, "{'id':'me','do':'subscribe','topic':'me'}");
    world_advance(w, 10000);
    assert_int_equal(sent_count(w, c.ann, "\"ev\":\"notice\""), 0);
    assert_int_equal(outbox_note_relays(w->store, &refused, 1), ERR_OK);
    world_advance(w, 10000);
    assert_non_null(sent_find(w, c.ann, "\"code\":\"mail-login\""));
    assert_non_null(sent_find(w, c.ann, "\"about\":\"deskbell\"")); /* the portal's own */
    refused.dept = c.dept;
    assert_int_equal(outbox_note_relays(w->store, &refused, 1), ERR_OK);
    world_advance(w, 10000);
    assert_non_null(sent_find(w, c.ann, "\"about\":\"Sales\""));
    assert_int_equal(outbox_note_relays(w->store, NULL, 0), ERR_OK);
    world_advance(w, 10000);
    assert_int_equal(sent_count(w, c.ann, "\"code\":\"mail-login\""), 3);
    assert_string_equal(
        error_of(operator_ask(w,
                              "{'id':'s','do':'department.set','department':'%llu',"
                              "'mail.from.on':true,'mail.from.addresses':'sales@example.com',"
                              "'mail.transcript.on':true,"
                              "'mail.transcript.addresses':'box@example.com'}",
                              (unsigned long long)c.dept)),
        "");
    ask(w, c.ann, "{'id':'e','do':'chat.end','conversation':'%s'}", c.id);
    world_advance(w, 4 * 60 * 1000);
    assert_null(sent_find(w, c.ann, "\"code\":\"mail-late\""));
    world_advance(w, 70 * 1000);
    assert_int_equal(sent_count(w, c.ann, "\"code\":\"mail-late\""), 1);
    assert_int_equal(outbox_due(w->store, w->now_ms, &id, 1, &n), ERR_OK);
    assert_int_equal(n, 1);
    struct mail_result res = {.id = id, .state = MAILST_SUPPRESSED, .reason = SPAN_LIT("off")};
    assert_int_equal(outbox_settle(w->store, &res, 1, w->now_ms), ERR_OK);
    world_advance(w, 10000);
    assert_int_equal(sent_count(w, c.ann, "\"code\":\"mail-late\""), 2);
}

static void mails_of_a_watched_chat_are_live(void **state)
{
    struct world *w = *state;
    struct chat c;
    uint64_t cursor = 0, mail;
    size_t n;
    json_t *a;

    chat_open(w, &c, ",'role':'admin'");
    a = ask(w, c.ann,
            "{'id':'s','do':'department.set','department':'%llu','mail.from.on':true,"
            "'mail.from.addresses':'sales@example.com','mail.transcript.on':true,"
            "'mail.transcript.addresses':'box@example.com'}",
            (unsigned long long)c.dept);
    assert_string_equal(error_of(a), "");
    ask(w, c.ann, "{'id':'c','do':'subscribe','topic':'conversation','conversation':'%s'}", c.id);
    ask(w, c.vera, "{'id':'v','do':'chat.send','text':'hello'}");
    ask(w, c.ann, "{'id':'e','do':'chat.end','conversation':'%s'}", c.id);
    world_advance(w, 1100);
    assert_non_null(sent_find(w, c.ann, "\"ev\":\"mail\""));
    assert_non_null(strstr(sent_find(w, c.ann, "\"ev\":\"mail\"")->text, "\"queued\""));
    assert_int_equal(sent_count(w, c.vera, "\"ev\":\"mail\""), 0);

    assert_int_equal(mail_list(w->store, &(struct mail_want){.state = -1}, &cursor, &mail, 1, &n),
                     ERR_OK);
    assert_int_equal(n, 1);
    sent_forget(w);
    world_advance(w, 1100);
    assert_null(sent_find(w, c.ann, "\"ev\":\"mail\"")); /* nothing changed */
    a = ask(w, c.ann, "{'id':'x','do':'mail.cancel','mail':'%llu'}", (unsigned long long)mail);
    assert_string_equal(error_of(a), "");
    struct mail_request rq;
    bool over;
    assert_int_equal(outbox_apply_request(w->store, w->now_ms, &rq, &n, &over), ERR_OK);
    assert_int_equal(rq.mail, mail);
    world_advance(w, 1100);
    assert_non_null(sent_find(w, c.ann, "\"state\":\"cancelled\""));
    a = ask(w, c.ann, "{'id':'y','do':'mail.cancel','mail':'%llu'}", (unsigned long long)mail);
    assert_string_equal(error_of(a), "conflict");
    a = ask(w, c.ann, "{'id':'z','do':'mail.show','mail':'99999'}");
    assert_string_equal(error_of(a), "unknown");
}

/* A transcript and a rating stand for two notices of a kind: the store folds what it is told. */
static void mails_in_a_digest_show_it_and_cannot_be_retried_without_it(void **state)
{
    struct world *w = *state;
    struct chat c;
    uint64_t ids[4];
    size_t n;

    chat_open(w, &c, ",'role':'admin'");
    assert_string_equal(
        error_of(ask(w, c.ann,
                     "{'id':'s','do':'department.set','department':'%llu','mail.from.on':true,"
                     "'mail.from.addresses':'sales@example.com','mail.transcript.on':true,"
                     "'mail.transcript.addresses':'box@example.com','mail.feedback.on':true,"
                     "'mail.feedback.addresses':'box@example.com'}",
                     (unsigned long long)c.dept)),
        "");
    ask(w, c.ann, "{'id':'e','do':'chat.end','conversation':'%s'}", c.id);
    ask(w, c.vera, "{'id':'f','do':'chat.feedback','rating':5}");
    world_advance(w, 100);
    assert_int_equal(outbox_due(w->store, w->now_ms, ids, 4, &n), ERR_OK);
    assert_int_equal(n, 2);

    struct mail_hold holds[] = {{ids[0], w->now_ms + 5000}, {ids[1], w->now_ms + 5000}};
    assert_int_equal(outbox_hold(w->store, holds, 2, SPAN_LIT("too many")), ERR_OK);
    json_t *a = ask(w, c.ann, "{'id':'l','do':'mail.list','state':'held'}");
    assert_int_equal(json_array_size(json_object_get(json_object_get(a, "ok"), "rows")), 2);
    a = ask(w, c.ann, "{'id':'r','do':'mail.retry','mail':'%llu'}", (unsigned long long)ids[1]);
    assert_string_equal(error_of(a), "");

    struct span rcpts[] = {SPAN_LIT("box@example.com")};
    struct mail_frozen fz = {.from = SPAN_LIT("sales@example.com"),
                             .subject = SPAN_LIT("2 notices"),
                             .message_id = SPAN_LIT("<1@example.com>"),
                             .rcpts = rcpts,
                             .nrcpts = 1,
                             .bytes = SPAN_LIT("Subject: x\r\n\r\nhello\r\n")};
    struct mail_freeze fr = {.id = ids[0], .form = &fz, .gathered = &ids[1], .ngathered = 1};
    assert_int_equal(outbox_freeze_all(w->store, &fr, 1, w->now_ms), ERR_OK);
    a = ask(w, c.ann, "{'id':'1','do':'mail.show','mail':'%llu'}", (unsigned long long)ids[1]);
    json_t *mail = json_object_get(json_object_get(a, "ok"), "mail");
    char digest[24];
    snprintf(digest, sizeof(digest), "%llu", (unsigned long long)ids[0]);
    assert_string_equal(json_string_value(json_object_get(mail, "state")), "folded");
    assert_string_equal(json_string_value(json_object_get(mail, "digest")), digest);
    assert_string_equal(json_string_value(json_object_get(mail, "digest_state")), "queued");
    a = ask(w, c.ann, "{'id':'2','do':'mail.show','mail':'%s'}", digest);
    mail = json_object_get(json_object_get(a, "ok"), "mail");
    assert_int_equal(json_integer_value(json_object_get(mail, "notices")), 2);
    a = ask(w, c.ann, "{'id':'3','do':'mail.retry','mail':'%llu'}", (unsigned long long)ids[1]);
    assert_string_equal(error_of(a), "conflict");
    a = ask(w, c.ann, "{'id':'4','do':'mail.cancel','mail':'%llu'}", (unsigned long long)ids[1]);
    assert_string_equal(error_of(a), "conflict");
}

static void a_head_says_what_may_be_done_now(void **state)
{
    struct world *w = *state;
    struct chat c;
    const struct sent *s;

    chat_open(w, &c, ",'permissions':'block,see_ip'");
    ask(w, c.ann, "{'id':'c','do':'conversation.read','conversation':'%s'}", c.id);
    s = sent_find(w, c.ann, "\"re\":\"c\"");
    assert_non_null(strstr(s->text, "\"reply\""));
    assert_non_null(strstr(s->text, "\"block\""));
    assert_non_null(strstr(s->text, "\"ip\":"));
    assert_null(strstr(s->text, "\"pick\""));
    ask(w, c.ann, "{'id':'e','do':'chat.end','conversation':'%s'}", c.id);
    ask(w, c.ann, "{'id':'d','do':'conversation.read','conversation':'%s'}", c.id);
    s = sent_find(w, c.ann, "\"re\":\"d\"");
    assert_null(strstr(s->text, "\"reply\""));
    assert_null(strstr(s->text, "\"end\","));
    assert_non_null(strstr(s->text, "\"note\""));
    operator_ask(w, "{'id':'p','do':'agent.set','agent':'%llu','permissions':''}",
                 (unsigned long long)c.agent);
    ask(w, c.ann, "{'id':'f','do':'conversation.read','conversation':'%s'}", c.id);
    s = sent_find(w, c.ann, "\"re\":\"f\"");
    assert_null(strstr(s->text, "\"ip\":"));
    assert_null(strstr(s->text, "\"block\","));
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
    struct chat c;
    uint64_t other, vera, id;
    err_t err;

    chat_open(w, &c, "");
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
    world_run(w);
    assert_false(core_conv(w->core, id)->visitor_here);
}

/* A stop is no reason to tell the rules that everybody left. */
static void at_a_stop_nobody_leaves(void **state)
{
    struct world *w = *state;
    struct chat c;
    uint64_t pos;

    chat_open(w, &c, "");
    pos = turn_folded_pos(w->turn);
    watch_stopping(w->watch);
    api_stopping(w->api);
    api_on_gone(w->api, c.ann);
    api_on_gone(w->api, c.vera);
    world_run(w);
    assert_int_equal(turn_folded_pos(w->turn), pos);
}

static void an_offer_that_is_over_says_why_and_at_which_position(void **state)
{
    struct world *w = *state;
    char code[CODE_TEXT], cookie[64], chat[ID_TEXT], token[64];
    uint64_t dept = world_dept(w, "Sales", code), ann;
    const struct sent *s;

    world_agent(w, "ann@example.com", dept, "", cookie);
    ann = world_ready(w, cookie);
    ask(w, ann, "{'id':'m','do':'subscribe','topic':'me'}");
    world_ring(w, code, chat, token);
    assert_non_null(sent_find(w, ann, "\"ev\":\"offer\""));
    ask(w, ann, "{'id':'d','do':'offer.decline','conversation':'%s'}", chat);
    s = sent_find(w, ann, "\"ev\":\"offer.over\"");
    assert_non_null(s);
    assert_non_null(strstr(s->text, "\"why\":\"declined\""));
    assert_non_null(strstr(s->text, chat));
    assert_non_null(strstr(s->text, "\"pos\":\""));
}

static void a_department_that_changes_is_told_to_agents_and_to_its_visitors(void **state)
{
    struct world *w = *state;
    struct chat c;
    char other[CODE_TEXT], cookie[64], gone[48];
    uint64_t bob;
    err_t err;

    chat_open(w, &c, "");
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
    struct chat c;
    uint64_t other;
    err_t err;

    chat_open(w, &c, "");
    other = agent_conn(w, c.cookie, &err);
    w->disk_stopped = true;
    tell(w, OPERATOR, "{'id':'d','do':'agent.set','agent':'%llu','enabled':false}",
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

/* As after a restart: what watch knows of them it has from the core alone. */
static void a_chat_from_before_the_start_leaves_its_list(void **state)
{
    struct world *w = *state;
    struct chat c;
    struct watch *old = w->watch;
    char id[ID_TEXT], token[64], gone[48];
    uint64_t other, ann;
    json_t *a;
    err_t err;

    chat_open(w, &c, ",'capacity':1");
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

static void a_door_that_loses_its_agent_is_told(void **state)
{
    struct world *w = *state;
    struct chat c;

    chat_open(w, &c, "");
    world_advance(w, 1000);
    sent_forget(w);
    operator_ask(w, "{'id':'r','do':'member.remove','agent':'%llu','department':'%llu'}",
                 (unsigned long long)c.agent, (unsigned long long)c.dept);
    world_advance(w, 300);
    assert_int_equal(sent_count(w, c.vera, "\"ev\":\"department\""), 1);
}

/* Rows of those that talk go each 400 ms after its last, and not all at once. */
static void each_row_has_its_own_time(void **state)
{
    struct world *w = *state;
    struct chat c;
    char id[ID_TEXT], token[64];
    uint64_t other;
    int64_t at;

    chat_open(w, &c, ",'capacity':2");
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

static void typing_is_told_now_and_then_and_to_whom_it_concerns(void **state)
{
    struct world *w = *state;
    struct chat c;
    char cookie[64];
    uint64_t bob;
    err_t err;

    chat_open(w, &c, "");
    world_agent(w, "bob@example.com", c.dept, "", cookie);
    bob = agent_conn(w, cookie, &err);
    ask(w, c.ann, "{'id':'s','do':'subscribe','topic':'conversation','conversation':'%s'}", c.id);
    ask(w, bob, "{'id':'s','do':'subscribe','topic':'conversation','conversation':'%s'}", c.id);
    sent_forget(w);
    w->disk_stopped = true; /* it rests on nothing */
    tell(w, c.ann, "{'do':'chat.typing','conversation':'%s'}", c.id);
    tell(w, c.vera, "{'do':'chat.typing'}");
    assert_int_equal(sent_count(w, c.ann, "\"by\":\"agent\""), 0); /* knows what he does */
    assert_int_equal(sent_count(w, bob, "\"by\":\"agent\""), 1);
    assert_int_equal(sent_count(w, c.vera, "chat.typing"), 1);
    assert_int_equal(sent_count(w, c.ann, "\"by\":\"visitor\""), 1);
    assert_int_equal(sent_count(w, bob, "\"by\":\"visitor\""), 1);
    tell(w, bob, "{'do':'chat.typing','conversation':'%s'}", c.id);
    assert_int_equal(sent_count(w, c.ann, "\"by\":\"agent\""), 1);
    assert_int_equal(sent_count(w, c.vera, "chat.typing"), 1); /* not the one who holds it */
    w->now_ms += 999;
    tell(w, c.ann, "{'do':'chat.typing','conversation':'%s'}", c.id);
    assert_int_equal(sent_count(w, c.vera, "chat.typing"), 1);
    w->now_ms++;
    tell(w, c.ann, "{'do':'chat.typing','conversation':'%s'}", c.id);
    assert_int_equal(sent_count(w, c.vera, "chat.typing"), 2);
    w->now_ms -= 3600000; /* a clock that was set back silences nobody */
    tell(w, c.ann, "{'do':'chat.typing','conversation':'%s'}", c.id);
    assert_int_equal(sent_count(w, c.vera, "chat.typing"), 3);
    w->now_ms += 3600000;
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
        T(lines_hold_no_gap_and_no_note),
        T(agents_read_notes_and_all_of_the_lines),
        T(who_may_not_see_it_learns_nothing),
        T(a_list_follows_what_happens),
        T(ended_lists_hold_what_ended_a_moment_ago),
        T(a_stored_page_shows_nothing_before_it_is_durable),
        T(pages_of_a_list_join_without_gap),
        T(who_had_no_department_is_told_to_look_anew_when_he_gets_one),
        T(who_has_another_connection_has_not_gone),
        T(at_a_stop_nobody_leaves),
        T(an_offer_that_is_over_says_why_and_at_which_position),
        T(a_department_that_changes_is_told_to_agents_and_to_its_visitors),
        T(who_is_disabled_is_signed_out_everywhere_once_it_is_durable),
        T(a_chat_from_before_the_start_leaves_its_list),
        T(a_door_that_loses_its_agent_is_told),
        T(each_row_has_its_own_time),
        T(typing_is_told_now_and_then_and_to_whom_it_concerns),
        T(who_came_while_nothing_could_be_stored_is_told_when_it_can),
        T(all_goes_on_from_the_open_ones_to_those_that_ended),
        T(blocked_holds_all_from_an_address_until_it_is_let_in_again),
        T(lost_rights_end_a_subscription),
        T(counts_and_colleagues_are_live),
        T(a_colleagues_load_falls_when_a_chat_ends),
        T(those_who_wait_learn_their_place),
        T(mails_of_a_watched_chat_are_live),
        T(mails_in_a_digest_show_it_and_cannot_be_retried_without_it),
        T(late_mail_and_a_refused_login_are_told_and_their_end_too),
        T(a_head_says_what_may_be_done_now),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
