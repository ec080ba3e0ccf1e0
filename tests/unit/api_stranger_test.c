/* What one stranger can get of another's chat, and a blocked one of his own from elsewhere. */
#include "api_world.h"

#include <stdio.h>
#include <string.h>

static void from(struct world *w, const char *address)
{
    assert_int_equal(ipaddr_parse(span_of(address), &w->ip), ERR_OK);
}

static json_t *start(struct world *w, const char *code, const char *id)
{
    err_t err;
    uint64_t conn = visitor_conn(w, code, &err);

    assert_int_equal(err, ERR_OK);
    return ask(w, conn, "{'id':'%s','do':'chat.start','name':'V','email':'v@example.com'}", id);
}

/* The same id and the same words once more: with any other than these, whoever guesses gets a chat
 * of his own. */
static void only_an_id_of_the_random_form_is_known_again(void **state)
{
    static const struct {
        const char *id;
        bool again;
    } rows[] = {
        {"c1", false},
        {"0123456789abcdef", false},
        {"visitor-00000000000000000000000001", false},
        {"visitor-2026-11-29-000000000000123", false},
        {"9b74c9897bac770ffc029102a200c5d", false},  /* one digit less */
        {"9B74C9897BAC770FFC029102A200C5DE", false}, /* one way to write it */
        {"9b74c9897bac770ffc029102a200c5de.", false},
        {"f81d4fae-7dec-11d0-a765-00a0c91e6bf6", false}, /* of time and place */
        {"f81d4fae-7dec-41d0-c765-00a0c91e6bf6", false},
        {"f81d4fae-7dec-41d0-a765-00a0c91e6bfg", false},
        {"f81d4fae-7dec-41d0-a765-00a0c91e6bf6", true},
        {"0lqp3k7a22c4f09e1b7d83a56cc1e4f902a7b3c4d", true}, /* as the widget makes them */
        {"9b74c9897bac770ffc029102a200c5de", true},
    };
    struct world *w = *state;
    char code[CODE_TEXT], cookie[64], chat[ID_TEXT];
    uint64_t dept = world_dept(w, "Sales", code);

    world_agent(w, "ann@example.com", dept, "", cookie);
    world_ready(w, cookie);
    api_configure(w->api, &(struct api_config){.rates = {.chats_per_address = 100}});
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        static const char *const addresses[] = {"192.0.2.1", "198.51.100.1"};

        from(w, "192.0.2.1");
        snprintf(chat, sizeof(chat), "%s", ok_text(start(w, code, rows[i].id), "chat"));
        for (size_t k = 0; k < COUNT_OF(addresses); k++) {
            from(w, addresses[k]);
            if ((strcmp(ok_text(start(w, code, rows[i].id), "chat"), chat) == 0) != rows[i].again)
                fail_msg("%s from %s", rows[i].id, addresses[k]);
        }
    }
}

/* The code that the connection was closed with; 0: it was not. */
static unsigned sent_closed(const struct world *w, uint64_t conn)
{
    unsigned code = 0;

    for (size_t i = 0; i < w->nsent; i++)
        if (w->sent[i].conn == conn && w->sent[i].close_code != 0)
            code = w->sent[i].close_code;
    return code;
}

static const char *by_http(struct world *w, const struct world_chat *c, const char *more)
{
    static char code[40];
    char path[64], body[400];
    const struct sent *s;
    json_t *a;

    snprintf(path, sizeof(path), "/w/%s/command", c->code);
    snprintf(body, sizeof(body), "{\"id\":\"h\",\"chat\":\"%s\",\"token\":\"%s\",%s}", c->id,
             c->token, more);
    s = request(w, API_POST, path, body);
    a = json_loads(s->text, 0, NULL);
    snprintf(code, sizeof(code), "%s",
             json_is_string(json_object_get(a, "code"))
                 ? json_string_value(json_object_get(a, "code"))
                 : "");
    json_decref(a);
    return code;
}

static const struct {
    const char *ws, *http;
} own[] = {
    {"'do':'chat.read','before':9", "\"do\":\"chat.read\",\"before\":9"},
    {"'do':'chat.feedback','rating':1", "\"do\":\"chat.feedback\",\"rating\":1"},
    {"'do':'chat.copy'", "\"do\":\"chat.copy\""},
};

/* Vera has gone on from elsewhere, and Ann blocks the address that her chat came from. */
static void a_blocked_visitor_has_nothing_of_the_chat_from_elsewhere(void **state)
{
    struct world *w = *state;
    struct world_chat c;
    uint64_t there, later;
    err_t err;

    from(w, "192.0.2.1");
    world_chat(w, &c, ",'permissions':'block'");
    ask(w, c.ann, "{'id':'say','do':'chat.send','conversation':'%s','text':'hi'}", c.id);
    from(w, "198.51.100.1");
    there = visitor_conn(w, c.code, &err);
    assert_string_equal(
        error_of(
            ask(w, there, "{'id':'r','do':'chat.resume','chat':'%s','token':'%s'}", c.id, c.token)),
        "");
    assert_string_equal(error_of(ask(w, there, "{'id':'p','do':'chat.read','before':9}")), "");
    assert_string_equal(
        error_of(ask(w, c.ann,
                     "{'id':'b','do':'block.add','conversation':'%s','text':'no','confirm':true}",
                     c.id)),
        "");
    assert_int_equal(sent_closed(w, there), 4403);
    for (size_t i = 0; i < COUNT_OF(own); i++) {
        later = visitor_conn(w, c.code, &err);
        assert_int_equal(err, ERR_OK); /* the address itself is nobody's trouble */
        assert_string_equal(
            error_of(ask(w, later, "{'id':'r','do':'chat.resume','chat':'%s','token':'%s'}", c.id,
                         c.token)),
            "unknown");
        assert_string_equal(by_http(w, &c, own[i].http), "unknown");
    }
}

/* Who was bound to it already when it was over. */
static void a_connection_from_elsewhere_ends_with_the_first_word(void **state)
{
    for (size_t i = 0; i < COUNT_OF(own); i++) {
        struct world_chat c;
        struct world *w;
        uint64_t there;
        err_t err;

        assert_int_equal(world_open(state), 0);
        w = *state;
        from(w, "192.0.2.1");
        world_chat(w, &c, "");
        ask(w, c.ann, "{'id':'say','do':'chat.send','conversation':'%s','text':'hi'}", c.id);
        assert_string_equal(error_of(ask(w, c.vera, "{'id':'e','do':'chat.end'}")), "");
        from(w, "198.51.100.1");
        there = visitor_conn(w, c.code, &err);
        ask(w, there, "{'id':'r','do':'chat.resume','chat':'%s','token':'%s'}", c.id, c.token);
        operator_ask(w, "{'id':'b','do':'block.add','prefix':'192.0.2.1','text':'no'}");
        assert_string_equal(error_of(ask(w, there, "{'id':'x',%s}", own[i].ws)), "unknown");
        assert_int_equal(sent_closed(w, there), 4403);
        assert_int_equal(world_close(state), 0);
    }
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, world_open, world_close)
    const struct CMUnitTest tests[] = {
        T(only_an_id_of_the_random_form_is_known_again),
        T(a_blocked_visitor_has_nothing_of_the_chat_from_elsewhere),
        cmocka_unit_test(a_connection_from_elsewhere_ends_with_the_first_word),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
