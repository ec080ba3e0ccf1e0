/* What cannot be run costs its sender as much as what can, and whoever goes on is let go. */
#include "../../src/api/api_int.h"
#include "api_world.h"

#include <stdio.h>
#include <string.h>

#define PER_MINUTE 240 /* a visitor's commands, as long as nothing else is set */

static const char *const bad[] = {
    "{'id':'x','do':'chat.fly'}",
    "{'id':'x','do':'ping','height':3}",
    "{'id':'x','do':'chat.send','text':5}",
    "{'id':'x'}",
    "[]",
};

/* Send that many things that cannot be run; gives how many were refused with such a code. */
static size_t bad_sent(struct world *w, uint64_t conn, unsigned count, const char *code)
{
    char part[64];

    sent_forget(w);
    for (unsigned i = 0; i < count; i++) {
        tell(w, conn, "%s", bad[i % COUNT_OF(bad)]);
        world_run(w);
    }
    snprintf(part, sizeof(part), "\"error\":{\"code\":\"%s", code);
    return sent_count(w, conn, part);
}

static unsigned close_code(const struct world *w, uint64_t conn)
{
    for (size_t i = 0; i < w->nsent; i++)
        if (w->sent[i].conn == conn && w->sent[i].close_code != 0)
            return w->sent[i].close_code;
    return 0;
}

static void what_cannot_be_run_counts_as_a_command(void **state)
{
    struct world *w = *state;
    char code[CODE_TEXT];
    uint64_t first, second, third;
    err_t err;

    world_dept(w, "Sales", code);
    first = visitor_conn(w, code, &err);
    second = visitor_conn(w, code, &err);
    third = visitor_conn(w, code, &err);
    assert_int_equal(bad_sent(w, first, 150, ""), 150);
    assert_int_equal(bad_sent(w, second, PER_MINUTE - 151, ""), PER_MINUTE - 151);
    assert_string_equal(error_of(ask(w, third, "{'id':'1','do':'ping'}")), "");
    assert_int_equal(bad_sent(w, second, 1, "rate"), 1);
    assert_string_equal(error_of(ask(w, third, "{'id':'2','do':'ping'}")), "rate");

    /* Another address has its own, and so has the next minute. */
    w->ip.b[0]++;
    third = visitor_conn(w, code, &err);
    assert_string_equal(error_of(ask(w, third, "{'id':'3','do':'ping'}")), "");
    world_advance(w, 60000);
    assert_string_equal(error_of(ask(w, first, "{'id':'4','do':'ping'}")), "");
    assert_int_equal(close_code(w, first), 0);
}

static void who_goes_on_is_closed(void **state)
{
    struct world *w = *state;
    char code[CODE_TEXT], cookie[64];
    uint64_t dept = world_dept(w, "Sales", code), conns[2], slow;
    err_t err;

    world_agent(w, "ann@example.com", dept, "", cookie);
    conns[0] = visitor_conn(w, code, &err);
    conns[1] = world_ready(w, cookie);
    for (size_t i = 0; i < COUNT_OF(conns); i++) {
        assert_int_equal(bad_sent(w, conns[i], STRIKES_PER_MINUTE - 1, ""), STRIKES_PER_MINUTE - 1);
        assert_int_equal(close_code(w, conns[i]), 0);
        assert_int_equal(bad_sent(w, conns[i], 1, ""), 1);
        assert_int_equal(close_code(w, conns[i]), 1008);
        /* What is on its way meanwhile is not looked at any more. */
        bad_sent(w, conns[i], 50, "");
        tell(w, conns[i], "{'id':'1','do':'ping'}");
        world_run(w);
        assert_int_equal(w->nsent, 0);
    }

    /* Now and then somebody may be wrong. */
    w->ip.b[0]++;
    slow = visitor_conn(w, code, &err);
    for (unsigned i = 0; i < 5; i++) {
        bad_sent(w, slow, STRIKES_PER_MINUTE - 1, "");
        assert_int_equal(close_code(w, slow), 0);
        world_advance(w, 60000);
    }
}

static void who_does_not_wait_when_told_to_is_closed(void **state)
{
    struct world *w = *state;
    char code[CODE_TEXT];
    unsigned rates = 0, others = 0;
    uint64_t conn;
    err_t err;

    world_dept(w, "Sales", code);
    conn = visitor_conn(w, code, &err);
    sent_forget(w);
    for (unsigned i = 0; i < 2000 && close_code(w, conn) == 0; i++) {
        tell(w, conn, "{'id':'1','do':'ping'}");
        world_run(w);
        if (sent_find(w, conn, "\"code\":\"rate\"") != NULL)
            rates++;
        else
            others++;
        if (close_code(w, conn) == 0)
            sent_forget(w);
    }
    assert_int_equal(others, PER_MINUTE);
    assert_int_equal(rates, STRIKES_PER_MINUTE);
    assert_int_equal(close_code(w, conn), 1008);
}

static void requests_are_counted_likewise(void **state)
{
    static const struct {
        const char *path; /* NULL: the visitors' door */
        const char *body;
        bool agent;
        unsigned allowed;
    } rows[] = {
        {NULL, "{", false, PER_MINUTE},
        {NULL, "{'do':'chat.fly'}", false, PER_MINUTE},
        {"/api/v1/session", "[]", false, PER_MINUTE},
        {"/api/v1/session", "{'email':5}", false, PER_MINUTE},
        {"/api/v1/command", "nothing", true, 1200},
        {"/api/v1/departments", "{'do':'x'}", true, 1200},
    };
    struct world *w = *state;
    char code[CODE_TEXT], cookie[64], path[64];
    uint64_t dept = world_dept(w, "Sales", code);

    world_agent(w, "ann@example.com", dept, ",'role':'admin'", cookie);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        unsigned n = 0;

        w->ip.b[0]++;
        world_advance(w, 60000);
        w->cookie = rows[i].agent ? cookie : NULL;
        snprintf(path, sizeof(path), "/w/%s/command", code);
        while (n < 2000 &&
               request(w, API_POST, rows[i].path != NULL ? rows[i].path : path, rows[i].body)
                       ->status == 400)
            n++;
        assert_int_equal(n, rows[i].allowed);
        assert_int_equal(
            request(w, API_POST, rows[i].path != NULL ? rows[i].path : path, rows[i].body)->status,
            429);
    }
}

static void operators_are_not_counted(void **state)
{
    struct world *w = *state;

    assert_int_equal(bad_sent(w, OPERATOR, 2 * STRIKES_PER_MINUTE, ""), 2 * STRIKES_PER_MINUTE);
    assert_int_equal(close_code(w, OPERATOR), 0);
}

static void the_description_is_made_once(void **state)
{
    struct world *w = *state;
    struct api_config conf = w->api->env.config;
    const struct sent *s = request(w, API_GET, "/api/v1/openapi.json", NULL);
    const char *at = strstr(s->headers, "ETag: \""), *made = w->api->openapi.p;
    char tag[24], match[80];

    assert_int_equal(s->status, 200);
    assert_non_null(at);
    assert_int_equal(strcspn(at + 6, "\n"), 18);
    snprintf(tag, sizeof(tag), "%.18s", at + 6);
    assert_true(strlen(s->text) > 10000);
    request(w, API_GET, "/api/v1/openapi.json", NULL);
    assert_ptr_equal(w->api->openapi.p, made);

    static const struct {
        const char *match;
        int status;
    } rows[] = {
        {"%s", 304}, {"\"x\", %s", 304}, {"W/%s", 304}, {"*", 304}, {"\"x\"", 200}, {"", 200},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *star = strstr(rows[i].match, "%s");

        snprintf(match, sizeof(match), "%.*s%s", star != NULL ? (int)(star - rows[i].match) : 40,
                 rows[i].match, star != NULL ? tag : "");
        w->match = match;
        s = request(w, API_GET, "/api/v1/openapi.json", NULL);
        assert_int_equal(s->status, rows[i].status);
        assert_int_equal(strlen(s->text) == 0, rows[i].status == 304);
        assert_non_null(strstr(s->headers, tag));
    }
    w->match = NULL;

    /* Another version has another one. */
    conf.version = "9.9.9";
    api_configure(w->api, &conf);
    s = request(w, API_GET, "/api/v1/openapi.json", NULL);
    assert_non_null(strstr(s->text, "9.9.9"));
    assert_null(strstr(s->headers, tag));
}

static void the_description_names_the_cookie_that_counts(void **state)
{
    struct world *w = *state;

    w->view.public_url = "http://chat.example.com";
    for (unsigned i = 0; i < 4; i++) {
        const struct sent *s;

        w->plain = (i & 1) != 0;
        s = request(w, API_GET, "/api/v1/openapi.json", NULL);
        assert_non_null(
            strstr(s->text, w->plain ? "\"name\":\"deskbell\"" : "\"name\":\"__Host-deskbell\""));
    }
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, world_open, world_close)
    const struct CMUnitTest tests[] = {
        T(what_cannot_be_run_counts_as_a_command),
        T(who_goes_on_is_closed),
        T(who_does_not_wait_when_told_to_is_closed),
        T(requests_are_counted_likewise),
        T(operators_are_not_counted),
        T(the_description_is_made_once),
        T(the_description_names_the_cookie_that_counts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
