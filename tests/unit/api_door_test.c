/* The visitors' door: who finds it, who may pass, and whose chat a token opens. */
#include "../../src/api/api_int.h"
#include "api_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* All that a stranger can tell one reply from another by. */
static char *reply_text(const struct sent *s)
{
    struct buf b = {0};

    buf_addf(&b, "%d\n%s\n%s", s->status, s->headers, s->text);
    return buf_take(&b);
}

static char *status_of(struct world *w, const char *code)
{
    char path[80];

    snprintf(path, sizeof(path), "/w/%s/status", code);
    return reply_text(request(w, API_GET, path, NULL));
}

static char *post_to(struct world *w, const char *code, const char *body)
{
    char path[80];

    snprintf(path, sizeof(path), "/w/%s/command", code);
    return reply_text(request(w, API_POST, path, body));
}

static void private_deleted_and_blocked_look_like_unknown(void **state)
{
    struct world *w = *state;
    char code[CODE_TEXT], other[CODE_TEXT], open[CODE_TEXT];
    uint64_t dept = world_dept(w, "Sales", code), gone = world_dept(w, "Gone", other);
    const char *start = "{'id':'0123456789abcdef0123456789abcdef','do':'chat.start','name':'V','"
                        "email':'v@example.com'}";
    char *unknown = status_of(w, "AAAAAAAAAAAAAAAAAAAAAA");
    char *unknown_post = post_to(w, "AAAAAAAAAAAAAAAAAAAAAA", start);
    char *text;
    err_t err;

    world_dept(w, "Open", open);
    assert_non_null(strstr(unknown, "404"));
    text = status_of(w, code);
    assert_non_null(strstr(text, "200"));
    free(text);

    operator_ask(w, "{'id':'1','do':'department.set','department':'%llu','type':'private'}",
                 (unsigned long long)dept);
    operator_ask(w, "{'id':'2','do':'department.remove','department':'%llu'}",
                 (unsigned long long)gone);
    const char *codes[] = {code, other};
    for (size_t i = 0; i < COUNT_OF(codes); i++) {
        text = status_of(w, codes[i]);
        assert_string_equal(text, unknown);
        free(text);
        text = post_to(w, codes[i], start);
        assert_string_equal(text, unknown_post);
        free(text);
        assert_int_equal(visitor_conn(w, codes[i], &err), 0);
        assert_int_equal(err, ERR_NOTFOUND);
    }

    operator_ask(w, "{'id':'3','do':'department.set','department':'%llu','type':'public'}",
                 (unsigned long long)dept);
    operator_ask(w, "{'id':'4','do':'block.add','prefix':'::/0','confirm':true,'text':'all'}");
    text = status_of(w, code);
    assert_string_equal(text, unknown);
    free(text);
    text = post_to(w, code, start);
    assert_string_equal(text, unknown_post);
    free(text);
    visitor_conn(w, code, &err);
    assert_int_equal(err, ERR_NOTFOUND);
    free(unknown);
    free(unknown_post);
}

static void a_private_department_takes_no_new_chat_from_an_old_connection(void **state)
{
    struct world *w = *state;
    char code[CODE_TEXT], open[CODE_TEXT], cookie[64];
    uint64_t dept = world_dept(w, "Sales", code), conn;
    err_t err;

    world_dept(w, "Open", open);
    world_agent(w, "ann@example.com", dept, "", cookie);
    world_ready(w, cookie);
    conn = visitor_conn(w, code, &err);
    operator_ask(w, "{'id':'1','do':'department.set','department':'%llu','type':'private'}",
                 (unsigned long long)dept);
    assert_string_equal(
        error_of(ask(w, conn, "{'id':'a','do':'chat.start','name':'V','email':'v@example.com'}")),
        "unknown");
}

/* Let in by this code with this token beside the protocol's name? */
static err_t try_token(struct world *w, const char *code, const char *token, uint64_t *conn)
{
    char protocols[128];
    err_t err;

    snprintf(protocols, sizeof(protocols), "deskbell.1, token.%s", token);
    w->protocols = protocols;
    *conn = visitor_conn(w, code, &err);
    w->protocols = NULL;
    return err;
}

static void a_running_chat_goes_on_by_its_token_only(struct world *w, bool deleted)
{
    char code[CODE_TEXT], other_code[CODE_TEXT], cookie[64], path[64], body[256];
    char chat[ID_TEXT], token[64], other_chat[ID_TEXT], other_token[64], bad[64];
    uint64_t dept = world_dept(w, "Sales", code), other = world_dept(w, "Other", other_code), ann,
             conn;
    char *unknown, *text;
    err_t err;

    world_agent(w, "ann@example.com", dept, "", cookie);
    ann = world_ready(w, cookie);
    world_agent(w, "ben@example.com", other, "", cookie);
    world_ready(w, cookie);
    world_ring(w, code, chat, token);
    world_ring(w, other_code, other_chat, other_token);
    ask(w, ann, "{'id':'acc','do':'offer.accept','conversation':'%s'}", chat);
    operator_ask(w, "{'id':'p','do':'department.%s','department':'%llu'%s}",
                 deleted ? "remove" : "set", (unsigned long long)dept,
                 deleted ? "" : ",'type':'private'");

    /* The old chat: a new connection, and a request. */
    assert_int_equal(try_token(w, code, token, &conn), ERR_OK);
    assert_string_equal(
        error_of(
            ask(w, conn, "{'id':'1','do':'chat.resume','chat':'%s','token':'%s'}", chat, token)),
        "");
    assert_string_equal(error_of(ask(w, conn, "{'id':'2','do':'chat.send','text':'hello'}")), "");
    assert_string_equal(
        error_of(ask(w, conn, "{'id':'3','do':'chat.start','name':'V','email':'v@example.com'}")),
        "unknown");
    snprintf(path, sizeof(path), "/w/%s/command", code);
    snprintf(body, sizeof(body), "{'id':'4','do':'chat.send','text':'x','chat':'%s','token':'%s'}",
             chat, token);
    assert_int_equal(request(w, API_POST, path, body)->status, 200);

    /* Strangers: without a token, with a wrong one, and with one of another door. */
    unknown = post_to(w, "AAAAAAAAAAAAAAAAAAAAAA", body);
    assert_non_null(strstr(unknown, "404"));
    snprintf(bad, sizeof(bad), "%s", token);
    bad[20] ^= 1;
    assert_int_equal(visitor_conn(w, code, &err), 0);
    assert_int_equal(err, ERR_NOTFOUND);
    const char *tokens[] = {bad, other_token, "", "x", ","};
    for (size_t i = 0; i < COUNT_OF(tokens); i++) {
        assert_int_equal(try_token(w, code, tokens[i], &conn), ERR_NOTFOUND);
        snprintf(body, sizeof(body),
                 "{'id':'5','do':'chat.send','text':'x','chat':'%s','token':'%s'}", chat,
                 tokens[i]);
        text = post_to(w, code, body);
        assert_string_equal(text, unknown);
        free(text);
    }
    static const char *const bodies[] = {"", "{", "[]", "{'token':5}", "\xff"};
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        text = post_to(w, code, bodies[i]);
        assert_string_equal(text, unknown);
        free(text);
    }
    text = status_of(w, code);
    assert_string_equal(text, unknown);
    free(text);
    /* By the unknown code the token is no key, either. */
    assert_int_equal(try_token(w, "AAAAAAAAAAAAAAAAAAAAAA", token, &conn), ERR_NOTFOUND);

    /* Who is blocked meets nobody, token or not. */
    operator_ask(w, "{'id':'b','do':'block.add','prefix':'::/0','confirm':true,'text':'all'}");
    assert_int_equal(try_token(w, code, token, &conn), ERR_NOTFOUND);
    snprintf(body, sizeof(body), "{'id':'6','do':'chat.send','text':'x','chat':'%s','token':'%s'}",
             chat, token);
    text = post_to(w, code, body);
    assert_string_equal(text, unknown);
    free(text);
    free(unknown);
}

static void in_a_private_department_a_running_chat_goes_on_by_its_token(void **state)
{
    a_running_chat_goes_on_by_its_token_only(*state, false);
}

static void in_a_deleted_department_a_running_chat_goes_on_by_its_token(void **state)
{
    a_running_chat_goes_on_by_its_token_only(*state, true);
}

static void websites_are_held_to_the_departments_list(void **state)
{
    struct world *w = *state;
    char code[CODE_TEXT], path[64];
    uint64_t dept = world_dept(w, "Sales", code);
    err_t err;

    operator_ask(w,
                 "{'id':'1','do':'department.set','department':'%llu',"
                 "'origins':'https://shop.example'}",
                 (unsigned long long)dept);
    snprintf(path, sizeof(path), "/w/%s/status", code);
    w->origin = "https://evil.example";
    assert_int_equal(visitor_conn(w, code, &err), 0);
    assert_int_equal(err, ERR_DENIED);
    assert_int_equal(request(w, API_GET, path, NULL)->status, 403);
    w->origin = "https://shop.example";
    assert_int_not_equal(visitor_conn(w, code, &err), 0);
    assert_int_equal(request(w, API_GET, path, NULL)->status, 200);
    w->origin = "https://chat.example.com"; /* the gateway's own pages */
    assert_int_not_equal(visitor_conn(w, code, &err), 0);
    w->origin = NULL;
    assert_int_equal(visitor_conn(w, code, &err), 0);
    assert_int_equal(request(w, API_GET, path, NULL)->status, 200);
}

static void a_token_opens_its_own_chat_only(void **state)
{
    struct world *w = *state;
    char code[CODE_TEXT], code2[CODE_TEXT], cookie[64], chat[2][ID_TEXT], token[2][64];
    uint64_t dept = world_dept(w, "Sales", code), conn;
    err_t err;

    world_dept(w, "Other", code2);
    world_agent(w, "ann@example.com", dept, "", cookie);
    world_ready(w, cookie);
    world_ring(w, code, chat[0], token[0]);
    world_ring(w, code, chat[1], token[1]);
    conn = visitor_conn(w, code, &err);
    assert_string_equal(
        error_of(ask(w, conn, "{'id':'1','do':'chat.resume','chat':'%s','token':'%s'}", chat[0],
                     token[1])),
        "unknown");
    assert_string_equal(error_of(ask(w, conn, "{'id':'2','do':'chat.send','text':'x'}")),
                        "unknown");
    assert_string_equal(error_of(ask(w, conn,
                                     "{'id':'3','do':'chat.send','text':'x','chat':'%s',"
                                     "'token':'%s'}",
                                     chat[0], token[0])),
                        "malformed");
    token[1][30] ^= 1;
    assert_string_equal(
        error_of(ask(w, conn, "{'id':'4','do':'chat.resume','chat':'%s','token':'%s'}", chat[1],
                     token[1])),
        "unknown");
    assert_string_equal(
        error_of(ask(w, conn, "{'id':'5','do':'chat.resume','chat':'%s','token':'%s'}", chat[0],
                     token[0])),
        "");
    /* Through another department's door it is no key at all. */
    conn = visitor_conn(w, code2, &err);
    assert_string_equal(
        error_of(ask(w, conn, "{'id':'6','do':'chat.resume','chat':'%s','token':'%s'}", chat[0],
                     token[0])),
        "unknown");
}

static void http_carries_chat_and_token(void **state)
{
    struct world *w = *state;
    char code[CODE_TEXT], cookie[64], chat[ID_TEXT], token[64], path[64], body[256];
    uint64_t dept = world_dept(w, "Sales", code);
    const struct sent *s;

    world_agent(w, "ann@example.com", dept, "", cookie);
    world_ready(w, cookie);
    world_ring(w, code, chat, token);
    snprintf(path, sizeof(path), "/w/%s/command", code);
    snprintf(body, sizeof(body), "{'id':'h','do':'chat.send','text':'x','chat':'%s','token':'%s'}",
             chat, token);
    s = request(w, API_POST, path, body);
    assert_int_equal(s->status, 200);
    assert_non_null(strstr(s->text, "\"n\":"));
    /* The same again is the same answer; another text under the same id is refused. */
    assert_string_equal(request(w, API_POST, path, body)->text, s->text);
    snprintf(body, sizeof(body), "{'id':'h','do':'chat.send','text':'y','chat':'%s','token':'%s'}",
             chat, token);
    assert_int_equal(request(w, API_POST, path, body)->status, 409);
    s = request(w, API_POST, path, "{'id':'i','do':'chat.send','text':'x'}");
    assert_int_equal(s->status, 400);
    assert_non_null(strstr(s->text, "\"field\":\"chat\""));
    assert_int_equal(request(w, API_GET, path, NULL)->status, 405);
    assert_int_equal(request(w, API_OPTIONS, path, NULL)->status, 204);
}

static void a_block_closes_the_visitors_connections_once_durable(void **state)
{
    struct world *w = *state;
    char code[CODE_TEXT], cookie[64], chat[ID_TEXT], token[64];
    uint64_t dept = world_dept(w, "Sales", code), vera, idle, ann;
    err_t err;

    assert_int_equal(ipaddr_parse(SPAN_LIT("192.0.2.9"), &w->ip), ERR_OK);
    world_agent(w, "ann@example.com", dept, ",'role':'admin'", cookie);
    ann = world_ready(w, cookie);
    vera = world_ring(w, code, chat, token);
    idle = visitor_conn(w, code, &err);
    assert_int_equal(ipaddr_parse(SPAN_LIT("192.0.2.10"), &w->ip), ERR_OK);
    uint64_t other = visitor_conn(w, code, &err);

    sent_forget(w);
    w->disk_stopped = true;
    tell(w, ann, "{'id':'b','do':'block.add','conversation':'%s','text':'rude','confirm':true}",
         chat);
    world_run(w);
    assert_int_equal(w->nsent, 0);
    w->disk_stopped = false;
    world_run(w);
    bool vera_closed = false, idle_closed = false;
    for (size_t i = 0; i < w->nsent; i++) {
        assert_false(w->sent[i].conn == other && w->sent[i].close_code != 0);
        vera_closed |= w->sent[i].conn == vera && w->sent[i].close_code == 4403;
        idle_closed |= w->sent[i].conn == idle && w->sent[i].close_code == 4403;
    }
    assert_true(vera_closed && idle_closed);
}

static void who_has_an_open_chat_is_a_guest(void **state)
{
    struct world *w = *state;
    char code[CODE_TEXT], cookie[64], chat[ID_TEXT], token[64];
    uint64_t dept = world_dept(w, "Sales", code), ann, vera, again, late;
    err_t err;

    world_agent(w, "ann@example.com", dept, "", cookie);
    ann = world_ready(w, cookie);
    assert_int_equal(w->ranks[ann], WATCH_STAFF);
    again = visitor_conn(w, code, &err);
    assert_int_equal(w->ranks[again], WATCH_STRANGER);
    vera = world_ring(w, code, chat, token);
    assert_int_equal(w->ranks[vera], WATCH_GUEST);
    ask(w, again, "{'id':'1','do':'chat.resume','chat':'%s','token':'%s'}", chat, token);
    assert_int_equal(w->ranks[again], WATCH_GUEST);
    ask(w, ann, "{'id':'2','do':'offer.accept','conversation':'%s'}", chat);
    assert_int_equal(w->ranks[vera], WATCH_GUEST);

    /* Once it has ended, everybody in it is a stranger, and so is who looks at it later. */
    ask(w, ann, "{'id':'3','do':'chat.end','conversation':'%s'}", chat);
    assert_int_equal(w->ranks[vera], WATCH_STRANGER);
    assert_int_equal(w->ranks[again], WATCH_STRANGER);
    late = visitor_conn(w, code, &err);
    ask(w, late, "{'id':'4','do':'chat.resume','chat':'%s','token':'%s'}", chat, token);
    assert_int_equal(w->ranks[late], WATCH_STRANGER);

    /* With another chat on the same connection he is a guest again. */
    assert_string_equal(
        error_of(ask(w, vera, "{'id':'5','do':'chat.start','name':'V','email':'v@example.com'}")),
        "");
    assert_int_equal(w->ranks[vera], WATCH_GUEST);
    assert_int_equal(w->ranks[ann], WATCH_STAFF);
}

static void whoever_cannot_be_told_is_refused_with_the_reason(void **state)
{
    static const struct {
        enum api_method method;
        bool door; /* behind /w/CODE */
        const char *path;
        int status;
    } rows[] = {
        {API_GET, true, "/status", 400},
        {API_POST, true, "/command", 400},
        {API_OPTIONS, true, "/command", 400},
        {API_GET, false, "/w/AAAAAAAAAAAAAAAAAAAAAA/status", 400},
        {API_POST, false, "/api/v1/session", 400},
        {API_GET, false, "/api/v1/status", 400},
        {API_GET, false, "/api/v1/openapi.json", 400},
        {API_GET, false, "/nothing-here", 400},
        {API_GET, false, "/metrics", 404},
        {API_GET, false, "/readyz", 200},
    };
    struct world *w = *state;
    char code[CODE_TEXT], cookie[64];
    struct ipprefix all = {0};
    struct api_config conf = w->api->env.config;
    uint64_t dept = world_dept(w, "Sales", code);
    err_t err;

    world_agent(w, "ann@example.com", dept, ",'role':'admin'", cookie);
    conf.metrics_from = &all;
    conf.nmetrics_from = 1;
    api_configure(w->api, &conf);
    assert_int_equal(request(w, API_GET, "/metrics", NULL)->status, 200);
    w->strange = true; /* passed on by somebody whom nobody trusts */
    assert_int_equal(request(w, API_GET, "/metrics", NULL)->status, 404);
    w->strange = false;
    w->nameless = "the moon is full";
    w->ip = ipaddr_nobody;
    w->cookie = cookie;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char path[80];
        const struct sent *s;

        snprintf(path, sizeof(path), "%s%s%s", rows[i].door ? "/w/" : "", rows[i].door ? code : "",
                 rows[i].path);
        s = request(w, rows[i].method, path, NULL);
        assert_int_equal(s->status, rows[i].status);
        if (rows[i].status == 400)
            assert_non_null(strstr(s->text, w->nameless));
    }
    assert_int_equal(visitor_conn(w, code, &err), 0);
    assert_int_equal(err, ERR_MALFORMED);
    assert_int_equal(agent_conn(w, cookie, &err), 0);
    assert_int_equal(err, ERR_MALFORMED);
    w->nameless = NULL;
    assert_int_not_equal(visitor_conn(w, code, &err), 0);
    assert_int_not_equal(agent_conn(w, cookie, &err), 0);
}

static void chats_of_one_address_are_counted(void **state)
{
    struct world *w = *state;
    char code[CODE_TEXT], cookie[64];
    uint64_t dept = world_dept(w, "Sales", code), conn;
    json_t *a = NULL;
    err_t err;

    world_agent(w, "ann@example.com", dept, "", cookie);
    world_ready(w, cookie);
    api_configure(w->api, &(struct api_config){.rates = {.chats_per_address = 40}});
    conn = visitor_conn(w, code, &err);
    for (unsigned i = 0; i < 31; i++) {
        if (i < 30)
            assert_string_equal(
                error_of(ask(w, conn,
                             "{'id':'s%u','do':'chat.start','name':'V','email':'v@example.com'}",
                             i)),
                "");
        else
            a = ask(w, conn, "{'id':'s%u','do':'chat.start','name':'V','email':'v@example.com'}",
                    i);
    }
    assert_string_equal(error_of(a), "rate");
    assert_true(json_integer_value(json_object_get(json_object_get(a, "error"), "retry_ms")) > 0);
    world_advance(w, 121000);
    assert_string_equal(
        error_of(ask(w, conn, "{'id':'t','do':'chat.start','name':'V','email':'v@example.com'}")),
        "");
}

static void set(struct world *w, uint64_t dept, const char *fields)
{
    static unsigned n;

    assert_string_equal(
        error_of(operator_ask(w, "{'id':'set-%u','do':'department.set','department':'%llu',%s}",
                              n++, (unsigned long long)dept, fields)),
        "");
}

static const char *lang_of_new_chat(struct world *w, uint64_t conn, const char *asked)
{
    json_t *a =
        ask(w, conn, "{'id':'l-%s','do':'chat.start','name':'V','email':'v@example.com'%s%s%s}",
            asked, asked[0] != '\0' ? ",'lang':'" : "", asked, asked[0] != '\0' ? "'" : "");
    struct conv_ref ref;
    const char *word;
    uint64_t id;

    assert_string_equal(error_of(a), "");
    assert_int_equal(
        id_parse(span_of(json_string_value(json_object_get(json_object_get(a, "ok"), "chat"))),
                 &id),
        ERR_OK);
    world_run(w);
    assert_int_equal(conv_open(&w->view, id, &ref), ERR_OK);
    word = lang_word(ref.cv->lang);
    conv_done(&ref);
    return word;
}

static void the_door_tells_texts_as_readers_of_each_language_get_them(void **state)
{
    struct world *w = *state;
    char code[CODE_TEXT], *text;
    uint64_t dept = world_dept(w, "Sales", code);

    text = status_of(w, code);
    assert_non_null(strstr(text, "\"lang\":\"en\",\"languages\":[\"en\",\"ja\"]"));
    assert_non_null(strstr(text, "\"title\":{\"en\":\"Sales\",\"ja\":\"Sales\"}"));
    free(text);
    set(w, dept, "'lang':'ja','title.ja':'T','label.email.ja':'E','label.email.en':'e'");
    text = status_of(w, code);
    assert_non_null(strstr(text, "\"lang\":\"ja\",\"languages\":[\"ja\",\"en\"]"));
    assert_non_null(strstr(text, "\"title\":{\"en\":\"T\",\"ja\":\"T\"}"));
    assert_non_null(strstr(text, "\"labels\":{\"name\":{\"en\":\"\",\"ja\":\"\"},"
                                 "\"email\":{\"en\":\"e\",\"ja\":\"E\"},"));
    free(text);
    set(w, dept, "'languages':'ja'");
    text = status_of(w, code);
    assert_non_null(strstr(text, "\"languages\":[\"ja\"]"));
    assert_non_null(strstr(text, "\"email\":{\"en\":\"E\",\"ja\":\"E\"}"));
    free(text);
}

static void a_chat_is_in_a_language_that_its_department_speaks(void **state)
{
    struct world *w = *state;
    char code[CODE_TEXT], cookie[64];
    uint64_t dept = world_dept(w, "Sales", code);
    err_t err;

    world_agent(w, "ann@example.com", dept, "", cookie);
    world_ready(w, cookie);
    set(w, dept, "'lang':'ja'");
    assert_string_equal(lang_of_new_chat(w, visitor_conn(w, code, &err), "en"), "en");
    assert_string_equal(lang_of_new_chat(w, visitor_conn(w, code, &err), "fr"), "ja");
    assert_string_equal(lang_of_new_chat(w, visitor_conn(w, code, &err), ""), "ja");
    set(w, dept, "'languages':'ja'");
    assert_string_equal(lang_of_new_chat(w, visitor_conn(w, code, &err), "en"), "ja");
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, world_open, world_close)
    const struct CMUnitTest tests[] = {
        T(private_deleted_and_blocked_look_like_unknown),
        T(a_private_department_takes_no_new_chat_from_an_old_connection),
        T(in_a_private_department_a_running_chat_goes_on_by_its_token),
        T(in_a_deleted_department_a_running_chat_goes_on_by_its_token),
        T(websites_are_held_to_the_departments_list),
        T(a_token_opens_its_own_chat_only),
        T(http_carries_chat_and_token),
        T(a_block_closes_the_visitors_connections_once_durable),
        T(who_has_an_open_chat_is_a_guest),
        T(whoever_cannot_be_told_is_refused_with_the_reason),
        T(chats_of_one_address_are_counted),
        T(the_door_tells_texts_as_readers_of_each_language_get_them),
        T(a_chat_is_in_a_language_that_its_department_speaks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
