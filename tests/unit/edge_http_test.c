/* HTTP at the edge: answers, order, what is refused, who the visitor is, and static files. */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "deskbell/web.h"
#include "edge_world.h"

#define GET(path) "GET " path " HTTP/1.1\r\nHost: a\r\n"

static void requests_are_answered_one_after_the_other(void **state)
{
    struct edge_stats stats;
    struct world w;
    struct client cl;

    (void)state;
    world_start(&w, NULL);
    client_open(&cl, &w);
    client_say(&cl, GET("/one") "\r\n" GET("/two") "\r\nPOST /three HTTP/1.1\r\nHost: a\r\n"
                                                   "Content-Length: 4\r\n\r\nbody" GET("/4"));
    world_until(&w, world_logged(&w, "request POST /three body body"));
    assert_true(world_logged(&w, "request GET /one body "));
    assert_true(world_logged(&w, "request GET /two body "));
    assert_false(world_logged(&w, "request GET /4 body "));
    client_say(&cl, "\r\n");
    world_until(&w, world_logged(&w, "request GET /4 body "));
    world_until(&w, client_has(&cl, "hello") && cl.in.len > 4 * 5 + 4 * 100);
    assert_true(client_has(&cl, "HTTP/1.1 200 OK\r\nDate: "));
    assert_true(client_has(&cl, "Cache-Control: no-store\r\n"));
    assert_true(client_has(&cl, "X-Content-Type-Options: nosniff\r\n"));
    assert_true(client_has(&cl, "Content-Security-Policy: default-src 'none'"));
    assert_false(cl.eof);
    client_close(&cl);
    world_until(&w, (edge_stats(w.edge, &stats), stats.conns == 0));
    assert_false(world_logged(&w, "gone")); /* nothing was owed */
    world_end(&w);
}

static void the_next_request_waits_for_the_answer_of_the_first(void **state)
{
    struct edge_reply rp = {.status = 200, .type = "text/plain", .body = SPAN_LIT("late")};
    struct world w;
    struct client cl;

    (void)state;
    world_start(&w, NULL);
    w.hold = true;
    client_open(&cl, &w);
    client_say(&cl, GET("/one") "\r\n" GET("/two") "\r\n");
    world_until(&w, world_logged(&w, "request GET /one body "));
    for (int i = 0; i < 5; i++)
        world_pass(&w);
    assert_false(world_logged(&w, "request GET /two body "));
    edge_reply(w.edge, w.last, &rp);
    edge_reply(w.edge, w.last, &rp); /* the second answer to one question is dropped */
    world_until(&w, world_logged(&w, "request GET /two body "));
    world_until(&w, client_has(&cl, "late"));
    client_close(&cl);
    world_end(&w);
}

struct answer_row {
    const char *what, *in, *head;
    const char *has;
    bool closes;
};

static const struct answer_row answer_rows[] = {
    {"no content", GET("/none") "\r\n", "HTTP/1.1 204 No Content\r\n", NULL, false},
    {"HEAD", "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 200 OK\r\n",
     "Content-Length: ", false},
    {"health", GET("/healthz") "\r\n", "HTTP/1.1 200 OK\r\n", "\r\n\r\nok\n", false},
    {"health by POST", "POST /healthz HTTP/1.1\r\nHost: a\r\n\r\n",
     "HTTP/1.1 405 Method Not Allowed\r\n", "Allow: GET, HEAD\r\n", false},
    {"why not by POST", "POST /healthz HTTP/1.1\r\nHost: a\r\n\r\n",
     "HTTP/1.1 405 Method Not Allowed\r\n",
     "\"reason\":\"method\",\"values\":{\"methods\":\"GET, HEAD\"}}", false},
    {"close", GET("/") "Connection: close\r\n\r\n", "HTTP/1.1 200 OK\r\n", "Connection: close\r\n",
     true},
    {"1.0", "GET / HTTP/1.0\r\n\r\n", "HTTP/1.1 200 OK\r\n", "Connection: close\r\n", true},
    {"1.0 kept", "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "HTTP/1.1 200 OK\r\n",
     "Connection: keep-alive\r\n", false},
    {"a fault", GET("/fault") "\r\n", "HTTP/1.1 404 Not Found\r\n",
     "{\"type\":\"about:blank\",\"title\":\"there is no such thing\",\"status\":404,"
     "\"code\":\"unknown\",\"detail\":\"no \\\"x\\\" here\",\"field\":\"x\"}",
     false},
    {"no HTTP", "\x16\x03\x01\x02", "HTTP/1.1 400 Bad Request\r\n", "application/problem+json",
     true},
    {"a control", GET("/") "a\x01: b\r\n\r\n", "HTTP/1.1 400 Bad Request\r\n",
     "\"field\":\"line\",\"reason\":\"head-control\",\"values\":{\"line\":3}}", true},
    {"no host", "GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 400 Bad Request\r\n",
     "\"field\":\"Host\",\"reason\":\"host-none\"}", true},
    {"a method", "BREW / HTTP/1.1\r\n\r\n", "HTTP/1.1 501 Not Implemented\r\n",
     "\"reason\":\"request-method\",\"values\":{\"methods\":\"GET, HEAD", true},
    {"chunked", GET("/") "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
     "HTTP/1.1 501 Not Implemented\r\n", "Transfer-Encoding", true},
    {"smuggling", GET("/") "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
     "HTTP/1.1 400 Bad Request\r\n", NULL, true},
    {"a body too big", GET("/") "Content-Length: 65537\r\n\r\n",
     "HTTP/1.1 413 Content Too Large\r\n", "Content-Length", true},
    {"expectation",
     "POST /e HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nExpect: 100-continue\r\n"
     "\r\n",
     "HTTP/1.1 100 Continue\r\n\r\n", NULL, false},
};

static void each_request_gets_the_answer_of_the_table(void **state)
{
    struct world w;

    (void)state;
    world_start(&w, NULL);
    for (size_t i = 0; i < COUNT_OF(answer_rows); i++) {
        const struct answer_row *row = &answer_rows[i];
        struct client cl;

        client_open(&cl, &w);
        client_say(&cl, row->in);
        world_until(&w, client_has(&cl, "\r\n\r\n") || cl.eof);
        if (!client_has(&cl, row->head) || (row->has != NULL && !client_has(&cl, row->has)))
            print_error("%s: %s\n", row->what, cl.in.p);
        assert_memory_equal(cl.in.p, row->head, strlen(row->head));
        if (row->has != NULL)
            assert_true(client_has(&cl, row->has));
        if (row->closes)
            world_until(&w, client_has(&cl, row->head) && cl.eof);
        else
            assert_false(cl.eof);
        assert_false(cl.reset);
        client_close(&cl);
    }
    world_end(&w);
}

static void a_request_may_come_byte_by_byte(void **state)
{
    static const char in[] = "POST /slow HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody";
    struct world w;
    struct client cl;

    (void)state;
    world_start(&w, NULL);
    client_open(&cl, &w);
    for (size_t i = 0; i < sizeof(in) - 1; i++) {
        client_send(&cl, in + i, 1);
        event_base_loop(w.base, EVLOOP_NONBLOCK);
    }
    world_until(&w, world_logged(&w, "request POST /slow body body"));
    world_until(&w, client_has(&cl, "hello"));
    client_close(&cl);
    world_end(&w);
}

static void head_gets_no_body(void **state)
{
    struct world w;
    struct client cl;

    (void)state;
    world_start(&w, NULL);
    client_open(&cl, &w);
    client_say(&cl, "HEAD /x HTTP/1.1\r\nHost: a\r\n\r\n" GET("/none") "\r\n");
    world_until(&w, client_has(&cl, "204 No Content"));
    assert_true(client_has(&cl, "Content-Length: 5\r\n"));
    assert_false(client_has(&cl, "hello"));
    client_close(&cl);
    world_end(&w);
}

static void a_client_that_vanishes_is_told(void **state)
{
    struct linger reset = {1, 0};
    struct edge_stats stats;
    struct world w;
    struct client cl;

    (void)state;
    world_start(&w, NULL);
    w.hold = true;
    client_open(&cl, &w);
    client_say(&cl, GET("/poll") "\r\n");
    world_until(&w, world_logged(&w, "request GET /poll body "));
    setsockopt(cl.fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
    client_close(&cl); /* RST */
    world_until(&w, world_logged(&w, "gone"));
    edge_reply(w.edge, w.last, &(struct edge_reply){.status = 204}); /* finds nothing */

    /* The same with so much sent ahead that the edge has stopped reading. */
    struct buf much = {0};

    buf_reset(&w.log);
    buf_add_char(&w.log, '\n');
    while (much.len < 100000)
        buf_add_str(&much, GET("/next") "\r\n");
    client_open(&cl, &w);
    client_say(&cl, GET("/poll") "\r\n");
    client_send(&cl, much.p, much.len);
    world_until(&w, world_logged(&w, "request GET /poll body "));
    for (int i = 0; i < 5; i++)
        world_pass(&w);
    edge_stats(w.edge, &stats);
    assert_in_range(stats.bytes_in, HTTP_HEAD_MAX_BYTES, 95000);
    client_close(&cl);
    world_until(&w, world_logged(&w, "gone"));
    assert_false(world_logged(&w, "request GET /next body "));
    buf_fini(&much);
    world_end(&w);
}

static void a_request_may_be_ended_without_an_answer(void **state)
{
    struct world w;
    struct client cl;

    (void)state;
    world_start(&w, NULL);
    w.hold = true;
    client_open(&cl, &w);
    client_say(&cl, GET("/x") "\r\n");
    world_until(&w, world_logged(&w, "request GET /x body "));
    edge_close(w.edge, w.last, 1000, "");
    world_until(&w, (client_read(&cl), cl.eof));
    assert_int_equal(cl.in.len, 0);
    client_close(&cl);
    world_until(&w, world_logged(&w, "gone"));
    world_end(&w);
}

static void a_half_closed_client_still_gets_its_answer(void **state)
{
    struct world w;
    struct client cl;

    (void)state;
    world_start(&w, NULL);
    w.hold = true;
    client_open(&cl, &w);
    client_say(&cl, GET("/half") "\r\n");
    shutdown(cl.fd, SHUT_WR);
    world_until(&w, world_logged(&w, "request GET /half body "));
    for (int i = 0; i < 3; i++)
        world_pass(&w);
    assert_false(world_logged(&w, "gone"));
    edge_reply(w.edge, w.last, &(struct edge_reply){.status = 204});
    world_until(&w, client_has(&cl, "204 No Content") && cl.eof);
    assert_false(world_logged(&w, "gone"));
    client_close(&cl);
    world_end(&w);
}

static void a_large_answer_arrives_whole_at_a_slow_reader(void **state)
{
    struct world w;
    struct client cl;

    (void)state;
    world_start(&w, NULL);
    w.big_bytes = 24 << 20;
    client_open(&cl, &w);
    client_say(&cl, GET("/big") "\r\n" GET("/after") "\r\n");
    world_until(&w, world_logged(&w, "request GET /big body "));
    for (int i = 0; i < 5; i++)
        world_pass(&w);
    assert_false(world_logged(&w, "request GET /after body "));
    world_until(&w, (client_read(&cl), cl.in.len > w.big_bytes + 400));
    world_until(&w, (client_read(&cl), memcmp(cl.in.p + cl.in.len - 5, "hello", 5) == 0));
    client_close(&cl);
    world_end(&w);
}

static void visitors_behind_proxies_are_known(void **state)
{
    struct ipprefix trusted[1];
    struct edge_conf conf = {.trusted = trusted, .ntrusted = 1};
    char text[IPADDR_TEXT];
    struct world w;
    struct client cl;

    (void)state;
    assert_int_equal(ipprefix_parse(SPAN_LIT("127.0.0.0/8"), &trusted[0], NULL), ERR_OK);
    world_start(&w, &conf);
    client_open(&cl, &w);
    client_say(&cl, GET("/x") "X-Forwarded-For: 1.1.1.1, 192.0.2.7\r\n"
                              "X-Forwarded-Proto: https\r\n\r\n");
    world_until(&w, client_has(&cl, "hello"));
    ipaddr_format(&w.peer, text);
    assert_string_equal(text, "192.0.2.7");
    assert_true(w.secure);

    /* From a peer that is not trusted any more, it is a mere claim. */
    conf.ntrusted = 0;
    edge_reload(w.edge, &conf);
    buf_reset(&cl.in);
    client_say(&cl, GET("/x") "X-Forwarded-For: 192.0.2.8\r\nX-Forwarded-Proto: https\r\n\r\n");
    world_until(&w, client_has(&cl, "hello"));
    ipaddr_format(&w.peer, text);
    assert_string_equal(text, "127.0.0.1");
    assert_false(w.secure);
    client_close(&cl);
    world_end(&w);
}

static void browsers_are_told_to_come_over_https_where_it_is_wished(void **state)
{
    static const char *const paths[] = {"/healthz", "/x", "/console/", "/fault"};
    struct edge_conf conf = {.hsts_s = 86400};
    struct world w;
    struct client cl;

    (void)state;
    world_start(&w, &conf);
    for (size_t i = 0; i < 2 * COUNT_OF(paths); i++) {
        char text[100];

        if (i == COUNT_OF(paths)) {
            conf.hsts_s = 0;
            edge_reload(w.edge, &conf);
        }
        snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\nHost: a\r\n\r\n",
                 paths[i % COUNT_OF(paths)]);
        client_open(&cl, &w);
        client_say(&cl, text);
        world_until(&w, client_has(&cl, "\r\n\r\n"));
        assert_int_equal(client_has(&cl, "Strict-Transport-Security: max-age=86400\r\n"),
                         i < COUNT_OF(paths));
        assert_int_equal(client_has(&cl, "Strict-Transport-Security: "), i < COUNT_OF(paths));
        client_close(&cl);
    }
    world_end(&w);
}

static void the_proxy_protocol_is_demanded_from_proxies(void **state)
{
    struct ipprefix trusted[1];
    struct edge_conf conf = {.trusted = trusted, .ntrusted = 1, .proxy_protocol = true};
    char text[IPADDR_TEXT];
    struct world w;
    struct client cl;

    (void)state;
    assert_int_equal(ipprefix_parse(SPAN_LIT("127.0.0.1"), &trusted[0], NULL), ERR_OK);
    world_start(&w, &conf);
    client_open(&cl, &w);
    client_say(&cl, "PROXY TCP4 192.0.2.9 127.0.0.1 1234 80\r\n" GET(
                        "/x") "X-Forwarded-For: 1.1.1.1\r\n\r\n");
    world_until(&w, client_has(&cl, "hello"));
    ipaddr_format(&w.peer, text);
    assert_string_equal(text, "192.0.2.9");
    client_close(&cl);

    /* Where it names nobody, the rest may be the visitor's own words. */
    client_open(&cl, &w);
    client_say(&cl, "PROXY UNKNOWN\r\n" GET("/z") "X-Forwarded-For: 1.1.1.1\r\n\r\n");
    world_until(&w, client_has(&cl, "hello"));
    assert_memory_equal(&w.peer, &ipaddr_nobody, sizeof(w.peer));
    client_close(&cl);

    client_open(&cl, &w);
    client_say(&cl, GET("/y") "\r\n");
    world_until(&w, client_has(&cl, "x") || cl.eof);
    assert_int_equal(cl.in.len, 0);
    assert_false(world_logged(&w, "request GET /y body "));
    client_close(&cl);
    world_end(&w);
}

/* Ask for a file with some headers; the client holds the whole answer. */
static void file_ask(struct world *w, struct client *cl, const char *path, const char *headers)
{
    char text[1024];

    client_open(cl, w);
    snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n%s\r\n", path,
             headers);
    client_say(cl, text);
    world_until(w, client_has(cl, "HTTP/1.1 ") && cl->eof);
}

static void file_check(struct world *w, const struct web_file *file)
{
    char text[600], tag[200];
    struct client cl;

    file_ask(w, &cl, file->path, "");
    assert_true(client_has(&cl, "HTTP/1.1 200 OK\r\n"));
    snprintf(text, sizeof(text), "Content-Type: %s\r\n", file->type);
    assert_true(client_has(&cl, text));
    assert_true(client_has(&cl, file->immutable
                                    ? "Cache-Control: public, max-age=31536000, immutable\r\n"
                                    : "Cache-Control: no-cache\r\n"));
    assert_int_equal(client_has(&cl, "Access-Control-Allow-Origin: *\r\n"), file->cross_origin);
    assert_true(client_has(&cl, file->cross_origin
                                    ? "Cross-Origin-Resource-Policy: cross-origin\r\n"
                                    : "Cross-Origin-Resource-Policy: same-origin\r\n"));
    assert_true(client_has(&cl, "Content-Security-Policy: default-src 'none'"));
    assert_int_equal(client_has(&cl, "require-trusted-types-for 'script'"),
                     file->csp == WEB_CSP_PAGE);
    assert_int_equal(client_has(&cl, "Permissions-Policy: accelerometer=(), camera=(), "),
                     file->csp != WEB_CSP_NOTHING);
    assert_true(cl.in.len > file->bytes.len);
    assert_memory_equal(cl.in.p + cl.in.len - file->bytes.len, file->bytes.p, file->bytes.len);
    client_close(&cl);

    snprintf(tag, sizeof(tag), "If-None-Match: \"x\", W/%s\r\n", file->etag);
    file_ask(w, &cl, file->path, tag);
    assert_true(client_has(&cl, "HTTP/1.1 304 Not Modified\r\n"));
    client_close(&cl);

    file_ask(w, &cl, file->path, "Accept-Encoding: br, gzip;q=0.5\r\n");
    assert_int_equal(client_has(&cl, "Content-Encoding: gzip\r\n"), file->gzip.len > 0);
    assert_false(client_has(&cl, file->gzip.len > 0 ? file->etag : "Vary: "));
    client_close(&cl);
    file_ask(w, &cl, file->path, "Accept-Encoding: gzip;q=0.0\r\n");
    assert_false(client_has(&cl, "Content-Encoding: "));
    client_close(&cl);
}

static void every_file_is_served_as_its_row_says(void **state)
{
    struct edge_conf conf = {.demo = true};
    const struct web_file *file;
    struct world w;
    size_t count = 0;

    (void)state;
    world_start(&w, &conf);
    for (; (file = web_at(count)) != NULL; count++)
        file_check(&w, file);
    assert_true(count > 0);
    world_end(&w);
}

static void a_folder_without_its_slash_is_sent_on(void **state)
{
    const struct web_file *file;
    struct world w;
    struct client cl;
    char path[200], expected[300];

    (void)state;
    world_start(&w, NULL);
    for (size_t i = 0; (file = web_at(i)) != NULL; i++) {
        size_t len = strlen(file->path);

        if (len < 2 || len > 100 || file->path[len - 1] != '/')
            continue;
        if (strncmp(file->path, "/demo/", 6) == 0)
            continue;
        snprintf(path, sizeof(path), "%.*s?a=b", (int)len - 1, file->path);
        snprintf(expected, sizeof(expected), "Location: %s?a=b\r\n", file->path);
        file_ask(&w, &cl, path, "");
        assert_true(client_has(&cl, "HTTP/1.1 308 "));
        assert_true(client_has(&cl, expected));
        client_close(&cl);
    }
    file_ask(&w, &cl, "/no-such-folder", "");
    assert_true(world_logged(&w, "request GET /no-such-folder body "));
    client_close(&cl);
    world_end(&w);
}

static void without_the_demo_its_files_are_not_there(void **state)
{
    struct world w;
    struct client cl;

    (void)state;
    world_start(&w, NULL);
    file_ask(&w, &cl, "/demo/", "");
    assert_true(world_logged(&w, "request GET /demo/ body "));
    client_close(&cl);
    world_end(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_are_answered_one_after_the_other),
        cmocka_unit_test(the_next_request_waits_for_the_answer_of_the_first),
        cmocka_unit_test(each_request_gets_the_answer_of_the_table),
        cmocka_unit_test(a_request_may_come_byte_by_byte),
        cmocka_unit_test(head_gets_no_body),
        cmocka_unit_test(a_client_that_vanishes_is_told),
        cmocka_unit_test(a_request_may_be_ended_without_an_answer),
        cmocka_unit_test(a_half_closed_client_still_gets_its_answer),
        cmocka_unit_test(a_large_answer_arrives_whole_at_a_slow_reader),
        cmocka_unit_test(visitors_behind_proxies_are_known),
        cmocka_unit_test(browsers_are_told_to_come_over_https_where_it_is_wished),
        cmocka_unit_test(the_proxy_protocol_is_demanded_from_proxies),
        cmocka_unit_test(every_file_is_served_as_its_row_says),
        cmocka_unit_test(a_folder_without_its_slash_is_sent_on),
        cmocka_unit_test(without_the_demo_its_files_are_not_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
