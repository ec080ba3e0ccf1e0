/* API tokens over HTTP: made once, shown once, and good for what they were given until they end. */
#include "api_world.h"

#include "../../src/api/api_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY "6f1f2b0e-8f1f-4c51-9d0e-3a4b5c6d7e8f" /* a random UUID, as clients make them */
#define PASSWORD "a long enough password"

struct token {
    char id[ID_TEXT], auth[80];
};

/* Members of the newest reply's answer. */
static void text_of(const struct sent *s, const char *key, char *to, size_t cap)
{
    json_t *root = json_loads(s->text, 0, NULL);
    const char *text = json_string_value(json_object_get(json_object_get(root, "ok"), key));

    if (text == NULL)
        fail_msg("no %s in %s", key, s->text);
    snprintf(to, cap, "%s", text);
    json_decref(root);
}

static const struct sent *make(struct world *w, const char *cookie, const char *more)
{
    char body[300];
    const struct sent *s;

    snprintf(body, sizeof(body), "{'current':'" PASSWORD "','name':'Till'%s}", more);
    w->cookie = cookie;
    s = request(w, API_POST, "/api/v1/tokens", body);
    w->cookie = NULL;
    return s;
}

static void token_made(struct world *w, const char *cookie, const char *more, struct token *t)
{
    const struct sent *s = make(w, cookie, more);
    char secret[64];

    assert_int_equal(s->status, 200);
    text_of(s, "token", t->id, sizeof(t->id));
    text_of(s, "secret", secret, sizeof(secret));
    snprintf(t->auth, sizeof(t->auth), "Bearer %s", secret);
    w->auth = t->auth;
}

static void person(struct world *w, const char *more, char cookie[64])
{
    char code[CODE_TEXT];

    world_agent(w, "ann@example.com", world_dept(w, "Sales", code), more, cookie);
}

static void a_token_is_shown_once_and_lets_its_program_in(void **state)
{
    struct world *w = *state;
    char cookie[64];
    const struct sent *s;
    struct token t;

    person(w, "", cookie);
    token_made(w, cookie, ",'permissions':'note, reply'", &t);
    w->origin = "https://elsewhere.example.com"; /* no page of another site has it */
    s = request(w, API_GET, "/api/v1/session", NULL);
    assert_int_equal(s->status, 200);
    assert_non_null(strstr(s->text, "\"permissions\":[\"reply\",\"note\"]"));
    s = request(w, API_POST, "/api/v1/command", "{'do':'ping'}");
    assert_int_equal(s->status, 200);
    s = request(w, API_GET, "/api/v1/tokens", NULL);
    assert_non_null(strstr(s->text, "\"name\":\"Till\""));
    assert_non_null(strstr(s->text, "\"used_ms\":"));
    assert_null(strstr(s->text, t.auth + 7));
}

/* Neither the text nor the bytes of one lie in the store. */
static void nothing_that_is_kept_lets_anybody_in(void **state)
{
    struct world *w = *state;
    char cookie[64], path[128], *all = NULL;
    uint8_t bytes[KEY_BYTES];
    size_t n = 0, cap = 0, len;
    struct token t;
    FILE *f;

    person(w, "", cookie);
    w->key = KEY;
    token_made(w, cookie, "", &t);
    assert_int_equal(b64url_decode(span_of(t.auth + 11), bytes, sizeof(bytes), &len), ERR_OK);
    snprintf(path, sizeof(path), "%s/data.mdb", w->dir);
    f = fopen(path, "rb");
    assert_non_null(f);
    do {
        cap += 1u << 20;
        all = xrealloc(all, cap);
        n += fread(all + n, 1, cap - n, f);
    } while (n == cap);
    fclose(f);
    assert_non_null(memmem(all, n, "Till", 4)); /* it is looked for where it would be */
    assert_null(memmem(all, n, t.auth + 11, 20));
    assert_null(memmem(all, n, bytes, sizeof(bytes)));
    free(all);
}

/* A program that never got the answer asks again, and makes no second one. */
static void a_repeat_is_told_the_same(void **state)
{
    struct world *w = *state;
    char cookie[64], first[64], again[64];
    const struct sent *s;

    person(w, "", cookie);
    w->key = KEY;
    text_of(make(w, cookie, ""), "secret", first, sizeof(first));
    text_of(make(w, cookie, ""), "secret", again, sizeof(again));
    assert_string_equal(first, again);
    w->key = "order-1"; /* anybody could come upon it */
    text_of(make(w, cookie, ""), "token", first, sizeof(first));
    s = make(w, cookie, "");
    text_of(s, "token", again, sizeof(again));
    assert_string_equal(first, again);
    assert_null(strstr(s->text, "secret"));
    w->key = NULL;
    w->cookie = cookie;
    s = request(w, API_GET, "/api/v1/tokens", NULL);
    assert_int_equal(w->nsent > 0, 1);
    assert_null(strstr(strstr(strstr(s->text, "Till") + 1, "Till") + 1, "Till"));
}

static void refused(const struct sent *s, int status, const char *reason)
{
    char code[64];

    snprintf(code, sizeof(code), "\"reason\":\"%s\"", reason);
    if (s->status != status || strstr(s->text, code) == NULL)
        fail_msg("%d %s", s->status, s->text);
}

static void what_is_wrong_with_one_is_refused_by_name(void **state)
{
    struct world *w = *state;
    char cookie[64], body[100];
    const struct sent *s;
    struct token t;

    person(w, "", cookie);
    w->cookie = cookie;
    s = request(w, API_POST, "/api/v1/tokens", "{'current':'another one','name':'Till'}");
    refused(s, 403, "not-present");
    refused(make(w, cookie, ",'permissions':'reply,fly'"), 400, "word");
    refused(make(w, cookie, ",'permissions':'admin'"), 403, "token-beyond");
    refused(make(w, cookie, ",'until_ms':1"), 400, "token-until");
    snprintf(body, sizeof(body), ",'permissions':'note','until_ms':%lld",
             (long long)(w->now_ms + 60000));
    token_made(w, cookie, body, &t);
    s = request(w, API_POST, "/api/v1/command", "{'do':'agent.status','status':'away'}");
    refused(s, 403, "token-lacks");
    assert_non_null(strstr(s->text, "\"permission\":\"self\""));
    refused(request(w, API_GET, "/api/v1/agents", NULL), 403, "for-admins");
    refused(request(w, API_DELETE, "/api/v1/session", NULL), 403, "for-sessions");
    refused(request(w, API_POST, "/api/v1/tokens", "{'current':'" PASSWORD "','name':'More'}"), 403,
            "for-sessions");
    snprintf(body, sizeof(body), "{'do':'token.remove','token':'%s'}", t.id);
    refused(request(w, API_POST, "/api/v1/command", body), 403, "for-sessions");
    world_advance(w, 60001);
    s = request(w, API_GET, "/api/v1/session", NULL);
    refused(s, 401, "token-expired");
    assert_non_null(strstr(s->headers, "WWW-Authenticate: Bearer"));
    w->auth = "Bearer dbk_none";
    refused(request(w, API_GET, "/api/v1/session", NULL), 401, "token-wrong");
    w->auth = "Basic dXNlcjpwYXNz"; /* a proxy's, which is none of ours */
    assert_int_equal(request(w, API_GET, "/api/v1/session", NULL)->status, 204);
}

/* A token is no cookie, a cookie no token, and neither opens a WebSocket for the other. */
static void the_ways_in_are_apart(void **state)
{
    struct world *w = *state;
    char cookie[64], auth[80];
    struct token t;
    err_t err;

    person(w, "", cookie);
    token_made(w, cookie, "", &t);
    w->auth = NULL;
    w->cookie = t.auth + 11;
    assert_int_equal(request(w, API_GET, "/api/v1/session", NULL)->status, 204);
    assert_int_equal(agent_conn(w, t.auth + 11, &err), 0);
    assert_int_equal(err, ERR_AUTH);
    w->cookie = NULL;
    snprintf(auth, sizeof(auth), "bearer dbk_%s", cookie);
    w->auth = auth;
    refused(request(w, API_GET, "/api/v1/session", NULL), 401, "token-wrong");
}

static void whoever_guesses_waits_and_keeps_nobody_out(void **state)
{
    struct world *w = *state;
    char cookie[64];
    struct token t;
    unsigned n = 0;

    person(w, "", cookie);
    token_made(w, cookie, "", &t);
    w->auth = "Bearer dbk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    while (n < 100 && request(w, API_GET, "/api/v1/session", NULL)->status == 401)
        n++;
    assert_int_equal(n, 20);
    w->auth = t.auth;
    assert_int_equal(request(w, API_GET, "/api/v1/session", NULL)->status, 200);
}

/* By the agent himself, or an administrator; and whoever is disabled has none any more. */
static void a_revoked_token_is_none_at_once(void **state)
{
    struct world *w = *state;
    char cookie[64], path[64];
    struct token t;

    person(w, "", cookie);
    token_made(w, cookie, "", &t);
    snprintf(path, sizeof(path), "/api/v1/tokens/%s", t.id);
    w->auth = NULL;
    w->cookie = cookie;
    assert_int_equal(request(w, API_DELETE, path, NULL)->status, 200);
    refused(request(w, API_DELETE, path, NULL), 404, "token-unknown");
    w->auth = t.auth;
    refused(request(w, API_GET, "/api/v1/lists/all", NULL), 401, "token-wrong");
    w->auth = NULL;
    token_made(w, cookie, "", &t);
    assert_int_equal(request(w, API_GET, "/api/v1/lists/all", NULL)->status, 200);
    operator_ask(w, "{'id':'d','do':'agent.set','agent':'%llu','enabled':false}",
                 (unsigned long long)core_agent_by_email(w->core, SPAN_LIT("ann@example.com"))->id);
    refused(request(w, API_GET, "/api/v1/lists/all", NULL), 401, "token-wrong");
}

/* What was asked before the token ended is not answered by what it might then. */
static void a_page_under_way_ends_with_its_token(void **state)
{
    struct world *w = *state;
    char cookie[64];
    struct token t;
    uint64_t conn;

    person(w, "", cookie);
    token_made(w, cookie, "", &t);
    w->disk_stopped = true;
    tell(w, OPERATOR, "{'id':'n','do':'portal.set','name':'Shop'}"); /* something to wait for */
    conn = request_begin(w, API_GET, "/api/v1/lists/completed", NULL);
    tell(w, OPERATOR, "{'id':'r','do':'token.remove','token':'%s'}", t.id);
    w->disk_stopped = false;
    world_run(w);
    assert_int_equal(sent_find(w, conn, "")->status, 401);
}

/* Where one is signed in, with which browser; what is ended closes at once. */
static void ones_sessions_are_shown_and_ended(void **state)
{
    struct world *w = *state;
    char here[64], there[64], path[64], id[ID_TEXT];
    const struct sent *s;
    const char *at;
    uint64_t conn;
    err_t err;

    assert_int_equal(ipaddr_parse(SPAN_LIT("192.0.2.7"), &w->ip), ERR_OK);
    person(w, "", there);
    conn = agent_conn(w, there, &err);
    s = request(w, API_POST, "/api/v1/session",
                "{'email':'ann@example.com','password':'" PASSWORD "'}");
    at = strstr(s->headers, "deskbell=") + 9;
    snprintf(here, sizeof(here), "%.*s", (int)strcspn(at, ";"), at);
    w->cookie = here;
    s = request(w, API_GET, "/api/v1/sessions", NULL);
    assert_non_null(strstr(s->text, "\"browser\":\"test\",\"ip\":\"192.0.2.7\",\"current\":false,"
                                    "\"here\":true"));
    assert_non_null(strstr(s->text, "\"current\":true,\"here\":false"));
    at = strstr(s->text, "\"session\":\"") + 11;
    snprintf(id, sizeof(id), "%.*s", (int)strcspn(at, "\""), at);
    snprintf(path, sizeof(path), "/api/v1/sessions/%s", id);
    assert_int_equal(request(w, API_DELETE, path, NULL)->status, 200);
    assert_non_null(sent_find(w, conn, "signed-out"));
    refused(request(w, API_DELETE, path, NULL), 404, "session-unknown");
    refused(request(w, API_POST, "/api/v1/sessions/end", "{}"), 400, "needed");
    assert_int_equal(request(w, API_POST, "/api/v1/sessions/end", "{'all':true}")->status, 200);
    assert_int_equal(request(w, API_GET, "/api/v1/sessions", NULL)->status, 200);
}

/* Others' tokens are listed and revoked by administrators alone. */
static void others_tokens_are_for_administrators(void **state)
{
    struct world *w = *state;
    char code[CODE_TEXT], ann[64], root[64], path[64];
    uint64_t dept = world_dept(w, "Sales", code),
             id = world_agent(w, "ann@example.com", dept, "", ann);
    struct token t;

    world_agent(w, "root@example.com", dept, ",'role':'admin'", root);
    token_made(w, root, "", &t);
    w->auth = NULL;
    snprintf(path, sizeof(path), "/api/v1/tokens?agent=%llu", (unsigned long long)id);
    w->cookie = root;
    assert_int_equal(request(w, API_GET, path, NULL)->status, 200);
    w->auth = t.auth; /* an administrator's token, which is not given what he may */
    refused(request(w, API_GET, path, NULL), 403, "token-lacks");
    w->auth = NULL;
    w->cookie = ann;
    snprintf(path, sizeof(path), "/api/v1/tokens?agent=%llu", (unsigned long long)id + 1);
    refused(request(w, API_GET, path, NULL), 403, "for-admins");
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, world_open, world_close)

/* A WebSocket by a token, with the origin of another site or of none. */
static uint64_t socket_by(struct world *w, const struct token *t, err_t *err)
{
    uint64_t conn;

    w->auth = t->auth;
    conn = agent_conn(w, NULL, err);
    w->auth = NULL;
    return conn;
}

static void a_socket_by_a_token_may_what_the_token_may(void **state)
{
    struct world *w = *state;
    struct token looks, works;
    char cookie[64];
    uint64_t conn, agent;
    err_t err;

    person(w, "", cookie);
    token_made(w, cookie, "", &looks);
    w->auth = NULL;
    token_made(w, cookie, ",'permissions':'self,reply'", &works);
    w->origin = "https://elsewhere.example.com";
    conn = socket_by(w, &looks, &err);
    assert_int_equal(err, ERR_OK);
    assert_int_equal(id_parse(span_of(looks.id), &agent), ERR_OK);
    agent = core_session(w->core, agent)->agent;
    assert_false(core_agent(w->core, agent)->connected); /* it only looks */
    assert_non_null(json_object_get(
        json_object_get(ask(w, conn, "{'id':'me','do':'subscribe','topic':'me'}"), "ok"), "token"));
    assert_string_equal(
        error_of(ask(w, conn, "{'id':'s','do':'agent.status','status':'available'}")), "forbidden");
    assert_string_equal(error_of(ask(w, conn, "{'id':'x','do':'list.read','list':'all'}")), "");
    conn = socket_by(w, &works, &err);
    assert_int_equal(err, ERR_OK);
    assert_true(core_agent(w->core, agent)->connected);
    assert_string_equal(
        error_of(ask(w, conn, "{'id':'s','do':'agent.status','status':'available'}")), "");
    api_on_gone(w->api, conn);
    world_run(w);
    assert_false(core_agent(w->core, agent)->connected);
}

/* Does anything that was sent there say that this may be done with a chat? */
static bool may_is_said(const struct world *w, uint64_t conn, const char *word)
{
    for (size_t i = 0; i < w->nsent; i++) {
        const char *at = w->sent[i].conn == conn ? w->sent[i].text : NULL;

        while (at != NULL && (at = strstr(at, "\"may\":[")) != NULL) {
            const char *end = strchr(at, ']');
            char list[400];

            snprintf(list, sizeof(list), "%.*s", (int)(end - at), at);
            if (strstr(list, word) != NULL)
                return true;
            at = end;
        }
    }
    return false;
}

/*
 * What comes by itself over a token's socket says of each chat what the token may with it, and
 * shows no more: as what it asks for does.  The agent's own console has all of it.
 */
static void what_comes_by_itself_is_the_tokens_too(void **state)
{
    static const char *const topics[] = {"'topic':'me'", "'topic':'list','list':'all'",
                                         "'topic':'list','list':'mine'"};
    struct world *w = *state;
    char cookie[64], code[CODE_TEXT], chat[ID_TEXT], secret[64];
    uint64_t ann, program, dept;
    struct token t;
    err_t err;

    dept = world_dept(w, "Sales", code);
    world_agent(w, "ann@example.com", dept, "", cookie);
    token_made(w, cookie, ",'permissions':'note'", &t);
    program = socket_by(w, &t, &err);
    assert_int_equal(err, ERR_OK);
    w->auth = NULL;
    ann = world_ready(w, cookie);
    for (size_t i = 0; i < COUNT_OF(topics); i++) {
        ask(w, ann, "{'id':'s%zu','do':'subscribe',%s}", i, topics[i]);
        ask(w, program, "{'id':'s%zu','do':'subscribe',%s}", i, topics[i]);
    }
    sent_forget(w);
    world_ring(w, code, chat, secret);
    world_advance(w, 1000);
    assert_non_null(sent_find(w, program, "\"ev\":\"offer\""));
    ask(w, program, "{'id':'c','do':'subscribe','topic':'conversation','conversation':'%s'}", chat);
    ask(w, ann, "{'id':'c','do':'subscribe','topic':'conversation','conversation':'%s'}", chat);
    ask(w, ann, "{'id':'a','do':'offer.accept','conversation':'%s'}", chat);
    world_advance(w, 1000);
    assert_non_null(sent_find(w, program, "\"ev\":\"head\""));
    assert_non_null(sent_find(w, program, "\"ev\":\"list\""));
    assert_true(may_is_said(w, program, "\"note\""));
    assert_true(may_is_said(w, ann, "\"reply\"") && may_is_said(w, ann, "\"block\""));
    assert_non_null(sent_find(w, ann, "\"ip\":"));
    assert_false(may_is_said(w, program, "\"reply\""));
    assert_false(may_is_said(w, program, "\"block\""));
    assert_null(sent_find(w, program, "\"ip\":"));
    sent_forget(w);
    ask(w, program, "{'id':'m','do':'subscribe','topic':'me'}");
    assert_null(sent_find(w, program, "\"ip\":"));
}

static void a_socket_ends_with_its_token(void **state)
{
    struct world *w = *state;
    struct token t, brief, later, wrong = {.auth = "Bearer dbk_none"};
    char cookie[64], more[60];
    uint64_t conn, other, third;
    err_t err;

    person(w, "", cookie);
    token_made(w, cookie, "", &t);
    w->auth = NULL;
    snprintf(more, sizeof(more), ",'until_ms':%lld", (long long)w->now_ms + 5000);
    token_made(w, cookie, more, &brief);
    w->auth = NULL;
    snprintf(more, sizeof(more), ",'until_ms':%lld", (long long)w->now_ms + 9000);
    token_made(w, cookie, more, &later);
    world_advance(w, 10); /* the clock has just looked */
    (void)socket_by(w, &wrong, &err);
    assert_int_equal(err, ERR_AUTH);
    conn = socket_by(w, &t, &err);
    other = socket_by(w, &brief, &err);
    third = socket_by(w, &later, &err);
    assert_int_equal(err, ERR_OK);
    sent_forget(w);
    operator_ask(w, "{'id':'r','do':'token.remove','token':'%s'}", t.id);
    world_run(w);
    assert_non_null(sent_find(w, conn, "signed-out"));
    assert_null(sent_find(w, other, "signed-out"));
    (void)socket_by(w, &t, &err);
    assert_int_equal(err, ERR_AUTH);
    world_advance(w, 6000); /* as soon as it has run out, however quiet it is */
    assert_non_null(sent_find(w, other, "signed-out"));
    assert_null(sent_find(w, third, "signed-out"));
    world_advance(w, 4000);
    assert_non_null(sent_find(w, third, "signed-out"));
    (void)socket_by(w, &brief, &err);
    assert_int_equal(err, ERR_AUTH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_token_is_shown_once_and_lets_its_program_in),
        T(a_socket_by_a_token_may_what_the_token_may),
        T(what_comes_by_itself_is_the_tokens_too),
        T(a_socket_ends_with_its_token),
        T(nothing_that_is_kept_lets_anybody_in),
        T(a_repeat_is_told_the_same),
        T(what_is_wrong_with_one_is_refused_by_name),
        T(the_ways_in_are_apart),
        T(whoever_guesses_waits_and_keeps_nobody_out),
        T(a_revoked_token_is_none_at_once),
        T(a_page_under_way_ends_with_its_token),
        T(ones_sessions_are_shown_and_ended),
        T(others_tokens_are_for_administrators),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
