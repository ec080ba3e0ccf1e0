/* Which pages are the gateway's own, and what the session's cookie is called there. */
#include "../../src/api/api_int.h"
#include "api_world.h"

#include <stdio.h>
#include <string.h>

static void own_pages_come_from_the_public_url(void **state)
{
    static const struct {
        const char *url; /* NULL: none is set */
        const char *origin, *host;
        bool own;
    } rows[] = {
        {"https://chat.example.org", "https://chat.example.org", "chat.example.org", true},
        {"https://chat.example.org", "https://Chat.Example.ORG", "x", true},
        {"https://chat.example.org:443", "https://chat.example.org", "x", true},
        {"https://chat.example.org:8443", "https://chat.example.org:8443", "chat.example.org",
         true},
        {"https://chat.example.org:8443", "https://chat.example.org", "chat.example.org", false},
        {"http://chat.example.org:80", "http://chat.example.org", "x", true},
        {"http://chat.example.org:443", "http://chat.example.org:443", "x", true},
        {"http://chat.example.org:443", "http://chat.example.org", "x", false},
        {"https://chat.example.org", "http://chat.example.org", "chat.example.org", false},
        {"https://chat.example.org", "https://evil.example", "evil.example", false},
        {"https://chat.example.org", "http://127.0.0.1:8070", "127.0.0.1:8070", true},
        {"https://chat.example.org", "http://127.0.0.1:8070", "127.0.0.1:8071", false},
        {"https://chat.example.org", "http://127.0.0.1", "127.0.0.1", true},
        {"https://chat.example.org", "http://[::1]:8070", "[::1]:8070", true},
        {"https://chat.example.org", "http://[::1]", "[::1]", true},
        {"https://chat.example.org", "http://localhost:8070", "localhost:8070", true},
        {"https://chat.example.org", "http://localhost.evil.example", "localhost.evil.example",
         false},
        {"https://chat.example.org", "http://127.0.0.1.evil.example", "127.0.0.1.evil.example",
         false},
        {"https://chat.example.org", "http://evil.example", "127.0.0.1", false},
        {"https://chat.example.org", "https://chat.example.org.evil.example", "x", false},
        {"https://chat.example.org", "https://chat.example.or", "x", false},
        {"https://chat.example.org", "null", "chat.example.org", false},
        {"https://chat.example.org", "", "chat.example.org", false},
        {NULL, "https://a.example:8443", "a.example:8443", true},
        {NULL, "http://a.example", "A.example", true},
        {NULL, "https://a.example:8443", "a.example", false}, /* the proxy dropped the port */
        {NULL, "http://127.0.0.1:8070", "x", true},           /* the listener's own */
        {NULL, "a.example", "a.example", false},
        {NULL, "http://", "", false},
        {NULL, "ftp://a.example", "a.example", false},
    };
    struct world *w = *state;
    struct api_config conf = w->api->env.config;

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        conf.has_url = rows[i].url != NULL;
        w->view.public_url = conf.has_url ? rows[i].url : "http://127.0.0.1:8070";
        api_configure(w->api, &conf);
        if (origin_is_own(w->api, span_of(rows[i].origin), span_of(rows[i].host)) != rows[i].own)
            fail_msg("row %zu: %s", i, rows[i].origin);
    }
}

static void a_refused_origin_is_told_once_and_not_without_end(void **state)
{
    struct world *w = *state;
    struct api_config conf = w->api->env.config;
    err_t err;

    conf.has_url = true;
    api_configure(w->api, &conf);
    w->host = "chat.example.com";
    for (unsigned i = 0; i < 3; i++) {
        w->origin = "https://chat.example.com:8443";
        assert_int_equal(request(w, API_POST, "/api/v1/session",
                                 "{'email':'ann@example.com','password':'wrong wrong'}")
                             ->status,
                         403);
        assert_int_equal(agent_conn(w, "x", &err), 0);
        assert_int_equal(err, ERR_DENIED);
        assert_int_equal(w->api->norigins_told, 1);
    }
    w->origin = NULL; /* a program that sends none has nothing to set */
    assert_int_equal(request(w, API_POST, "/api/v1/command", "{'do':'ping'}")->status, 403);
    assert_int_equal(w->api->norigins_told, 1);
    for (unsigned i = 0; i < 3 * ORIGINS_TOLD_MAX; i++) {
        char origin[40];

        snprintf(origin, sizeof(origin), "https://%u.example", i);
        w->origin = origin;
        assert_int_equal(request(w, API_POST, "/api/v1/command", "{'do':'ping'}")->status, 403);
    }
    assert_int_equal(w->api->norigins_told, ORIGINS_TOLD_MAX);
    api_configure(w->api, &conf);
    assert_int_equal(w->api->norigins_told, 0);
}

static void over_https_the_cookie_has_the_hosts_prefix(void **state)
{
    static const struct {
        const char *url;
        bool plain;
        const char *cookie; /* and what follows its value */
        bool secure;
    } rows[] = {
        {"https://chat.example.com", false, "__Host-deskbell", true},
        {"https://chat.example.com", true, "__Host-deskbell", true},
        {"http://chat.example.com", false, "__Host-deskbell", true},
        {"http://chat.example.com", true, "deskbell", false},
    };
    struct world *w = *state;
    char code[CODE_TEXT], cookie[64];
    uint64_t dept = world_dept(w, "Sales", code);

    world_agent(w, "ann@example.com", dept, "", cookie);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char text[80];
        const struct sent *s;

        w->view.public_url = rows[i].url;
        w->origin = rows[i].url;
        w->plain = rows[i].plain;
        w->cookie = cookie;
        assert_string_equal(api_cookie(w->api, !w->plain), rows[i].cookie);
        s = request(w, API_DELETE, "/api/v1/session", NULL);
        assert_int_equal(s->status, i == 0 ? 200 : 401);
        if (i == 0) {
            assert_non_null(strstr(s->headers, "Set-Cookie: __Host-deskbell=; Path=/; Max-Age=0"));
            assert_non_null(strstr(s->headers, "; Secure\n"));
        }
        s = request(w, API_POST, "/api/v1/session",
                    "{'email':'ann@example.com','password':'a long enough password'}");
        assert_int_equal(s->status, 200);
        snprintf(text, sizeof(text), "Set-Cookie: %s=", rows[i].cookie);
        assert_non_null(strstr(s->headers, text));
        assert_int_equal(strstr(s->headers, "; Secure\n") != NULL, rows[i].secure);
        assert_non_null(strstr(s->headers, "; Path=/; "));
        assert_null(strstr(s->headers, "Domain"));
    }
}

static json_t *seen(struct world *w, uint64_t dept)
{
    static unsigned asked;
    json_t *a = operator_ask(w, "{'id':'%u','do':'department.seen','department':'%llu'}", ++asked,
                             (unsigned long long)dept);

    return json_object_get(a, "ok");
}

static const char *said(json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text != NULL ? text : "";
}

static void the_website_that_shows_the_widget_is_known(void **state)
{
    struct world *w = *state;
    char code[CODE_TEXT], path[80], large[SIGHT_ORIGIN_MAX_BYTES + 1] = {0};
    uint64_t dept = world_dept(w, "Sales", code);

    snprintf(path, sizeof(path), "/w/%s/status", code);
    memset(large, 'x', sizeof(large) - 1);
    assert_string_equal(said(seen(w, dept), "origin"), "");
    assert_null(json_object_get(seen(w, dept), "seen_ms"));
    for (size_t i = 0; i < 4; i++) {
        static const char *const nobody[] = {NULL, "", "https://a b.example", NULL};

        w->origin = i == 3 ? large : nobody[i];
        request(w, API_GET, path, NULL);
        assert_string_equal(said(seen(w, dept), "origin"), "");
    }
    w->origin = "https://shop.example";
    request(w, API_GET, path, NULL);
    assert_string_equal(said(seen(w, dept), "origin"), "https://shop.example");
    assert_true(json_integer_value(json_object_get(seen(w, dept), "seen_ms")) > 0);
    assert_string_equal(said(seen(w, dept), "refused_origin"), "");
    w->origin = NULL;
    operator_ask(w,
                 "{'id':'o','do':'department.set','department':'%llu',"
                 "'origins':'https://shop.example'}",
                 (unsigned long long)dept);
    w->origin = "https://other.example";
    assert_int_equal(request(w, API_GET, path, NULL)->status, 403);
    w->origin = NULL;
    assert_string_equal(said(seen(w, dept), "origin"), "https://shop.example");
    assert_string_equal(said(seen(w, dept), "refused_origin"), "https://other.example");
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, world_open, world_close)
    const struct CMUnitTest tests[] = {
        T(own_pages_come_from_the_public_url),
        T(a_refused_origin_is_told_once_and_not_without_end),
        T(over_https_the_cookie_has_the_hosts_prefix),
        T(the_website_that_shows_the_widget_is_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
