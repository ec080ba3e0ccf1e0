/* Query parameters, cookies, host names, the hops of proxies, and response heads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "deskbell/http.h"

/* A request with these header lines, each with its CR LF. */
static struct http_request request_with(const char *headers, char *mem, size_t cap)
{
    struct http_scan scan = {0};
    struct http_request rq;
    int n = snprintf(mem, cap, "GET / HTTP/1.1\r\nHost: a\r\n%s\r\n", headers);

    assert_in_range(n, 1, cap - 1);
    assert_int_equal(http_request_parse(span_of(mem), &scan, &rq, NULL), ERR_OK);
    return rq;
}

static void query_parameters_are_found_and_decoded(void **state)
{
    static const struct {
        const char *query, *name;
        err_t err;
        const char *value;
    } rows[] = {
        {"a=1&b=2", "b", ERR_OK, "2"},
        {"a=1&b=2", "c", ERR_NOTFOUND, NULL},
        {"", "a", ERR_NOTFOUND, NULL},
        {"ab=1&a=2", "a", ERR_OK, "2"},
        {"a", "a", ERR_OK, ""},
        {"a=", "a", ERR_OK, ""},
        {"a=b=c", "a", ERR_OK, "b=c"},
        {"a=x+y%20z%2B", "a", ERR_OK, "x y z+"},
        {"a=1&a=2", "a", ERR_MALFORMED, NULL},
        {"a=%00", "a", ERR_MALFORMED, NULL},
        {"a=%4", "a", ERR_MALFORMED, NULL},
        {"a=12345678", "a", ERR_OK, "12345678"},
        {"a=123456789", "a", ERR_TOOBIG, NULL},
        {"&&a=1&", "a", ERR_OK, "1"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char out[8];
        size_t len = 99;
        err_t err = http_query_read(span_of(rows[i].query), rows[i].name, out, sizeof(out), &len);

        assert_int_equal(err, rows[i].err);
        if (err == ERR_OK)
            assert_true(span_is((struct span){out, len}, rows[i].value));
        else
            assert_int_equal(len, 99);
    }
}

static void cookies_are_found_and_planted_ones_refused(void **state)
{
    static const struct {
        const char *headers, *value;
    } rows[] = {
        {"Cookie: s=abc\r\n", "abc"},
        {"Cookie: a=b; s=abc; c=d\r\n", "abc"},
        {"Cookie: a=b\r\nCookie: s=abc\r\n", "abc"},
        {"Cookie: s=abc; s=abc\r\n", "abc"},
        {"Cookie: s=abc; s=abd\r\n", NULL},
        {"Cookie: s=abc\r\nCookie: s=x\r\n", NULL},
        {"Cookie: ss=abc\r\n", NULL},
        {"Cookie: s\r\n", NULL},
        {"Cookie: s=\r\n", ""},
        {"Cookie: s=a b\r\n", NULL},
        {"Cookie: s=\"ab\"\r\n", NULL},
        {"X: s=abc\r\n", NULL},
    };
    char mem[512];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct http_request rq = request_with(rows[i].headers, mem, sizeof(mem));
        struct span v = http_cookie_find(&rq, "s");

        if (rows[i].value == NULL)
            assert_null(v.p);
        else
            assert_true(v.p != NULL && span_is(v, rows[i].value));
    }
}

static void host_names_lose_their_port(void **state)
{
    static const struct {
        const char *in, *host;
    } rows[] = {
        {"a.example", "a.example"},
        {"a.example:80", "a.example"},
        {"a.example:", "a.example"},
        {"192.0.2.1:8080", "192.0.2.1"},
        {"[::1]", "[::1]"},
        {"[::1]:80", "[::1]"},
        {"[::1", ""},
        {"[::1]x", ""},
        {"[192.0.2.1]", ""},
        {"::1", ""},
        {"a:b", ""},
        {"a:123456", ""},
        {"a@b", ""},
        {"", ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        assert_true(span_is(http_host_name(span_of(rows[i].in)), rows[i].host));
}

struct hop_row {
    const char *what, *peer, *headers, *visitor;
    bool rfc7239, secure;
};

static const struct hop_row hop_rows[] = {
    {"a stranger's claim", "192.0.2.9", "X-Forwarded-For: 1.1.1.1\r\nX-Forwarded-Proto: https\r\n",
     "192.0.2.9", false, false},
    {"one proxy", "10.0.0.1", "X-Forwarded-For: 192.0.2.1\r\n", "192.0.2.1", false, false},
    {"one proxy and a claim", "10.0.0.1", "X-Forwarded-For: 1.1.1.1, 192.0.2.1\r\n", "192.0.2.1",
     false, false},
    {"two proxies", "10.0.0.1", "X-Forwarded-For: 1.1.1.1, 192.0.2.1, 10.0.0.2\r\n", "192.0.2.1",
     false, false},
    {"two headers", "10.0.0.1", "X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-For: 10.0.0.2\r\n",
     "192.0.2.1", false, false},
    {"only proxies", "10.0.0.1", "X-Forwarded-For: 10.0.0.3, 10.0.0.2\r\n", "10.0.0.3", false,
     false},
    {"nothing", "10.0.0.1", "", "10.0.0.1", false, false},
    {"an unreadable hop", "10.0.0.1", "X-Forwarded-For: 192.0.2.1, x, 10.0.0.2\r\n", "10.0.0.2",
     false, false},
    {"an empty hop", "10.0.0.1", "X-Forwarded-For: 192.0.2.1,\r\n", "10.0.0.1", false, false},
    {"with a port", "10.0.0.1", "X-Forwarded-For: 192.0.2.1:4711\r\n", "192.0.2.1", false, false},
    {"version 6", "10.0.0.1", "X-Forwarded-For: 2001:db8::5\r\n", "2001:db8::5", false, false},
    {"version 6 with a port", "10.0.0.1", "X-Forwarded-For: [2001:db8::5]:1\r\n", "2001:db8::5",
     false, false},
    {"https", "10.0.0.1", "X-Forwarded-Proto: http, https\r\n", "10.0.0.1", false, true},
    {"http", "10.0.0.1", "X-Forwarded-Proto: https, http\r\n", "10.0.0.1", false, false},
    {"the other header's claim", "10.0.0.1",
     "Forwarded: for=1.1.1.1;proto=https\r\nX-Forwarded-For: 192.0.2.1\r\n", "192.0.2.1", false,
     false},
    {"rfc 7239", "10.0.0.1", "Forwarded: for=1.1.1.1, for=192.0.2.1;proto=https\r\n", "192.0.2.1",
     true, true},
    {"rfc 7239, quoted", "10.0.0.1", "Forwarded: proto=http;For=\"[2001:db8::5]:80\"\r\n",
     "2001:db8::5", true, false},
    {"rfc 7239, commas in quotes", "10.0.0.1", "Forwarded: for=192.0.2.1;by=\"a, for=1.1.1.1\"\r\n",
     "192.0.2.1", true, false},
    {"rfc 7239, hidden", "10.0.0.1", "Forwarded: for=192.0.2.1, for=_x, for=10.0.0.2\r\n",
     "10.0.0.2", true, false},
    {"rfc 7239, the other header's claim", "10.0.0.1",
     "X-Forwarded-For: 1.1.1.1\r\nX-Forwarded-Proto: https\r\nForwarded: for=192.0.2.1\r\n",
     "192.0.2.1", true, false},
};

static void the_visitor_is_the_last_hop_that_is_not_trusted(void **state)
{
    struct ipprefix proxies[1];
    char mem[512], text[IPADDR_TEXT];

    (void)state;
    assert_int_equal(ipprefix_parse(SPAN_LIT("10.0.0.0/8"), &proxies[0], NULL), ERR_OK);
    for (size_t i = 0; i < COUNT_OF(hop_rows); i++) {
        const struct hop_row *row = &hop_rows[i];
        struct http_trust trust = {proxies, 1, row->rfc7239};
        struct http_request rq = request_with(row->headers, mem, sizeof(mem));
        struct ipaddr peer, visitor;
        bool secure = false;

        assert_int_equal(ipaddr_parse(span_of(row->peer), &peer), ERR_OK);
        visitor = http_visitor(&rq, &peer, &trust, &secure);
        ipaddr_format(&visitor, text);
        if (strcmp(text, row->visitor) != 0)
            print_error("%s\n", row->what);
        assert_string_equal(text, row->visitor);
        assert_int_equal(secure, row->secure);
    }
}

static void of_very_many_hops_the_newest_count(void **state)
{
    struct ipprefix proxies[1];
    struct buf b = {0};
    char mem[4096], text[IPADDR_TEXT];
    struct ipaddr peer, visitor;
    bool secure = false;

    (void)state;
    assert_int_equal(ipprefix_parse(SPAN_LIT("10.0.0.0/8"), &proxies[0], NULL), ERR_OK);
    assert_int_equal(ipaddr_parse(SPAN_LIT("10.0.0.1"), &peer), ERR_OK);
    buf_add_str(&b, "X-Forwarded-For: ");
    for (int i = 0; i < 100; i++)
        buf_add_str(&b, "1.1.1.1, ");
    buf_add_str(&b, "192.0.2.1, 10.0.0.2\r\n");

    struct http_request rq = request_with(b.p, mem, sizeof(mem));

    visitor = http_visitor(&rq, &peer, &(struct http_trust){proxies, 1, false}, &secure);
    ipaddr_format(&visitor, text);
    assert_string_equal(text, "192.0.2.1");
    buf_fini(&b);
}

static void response_heads_are_written(void **state)
{
    struct http_header h = {SPAN_LIT("X"), SPAN_LIT("y")};
    struct buf b = {0};

    (void)state;
    http_response_write(&b, &(struct http_response){.status = 200,
                                                    .minor = 1,
                                                    .keep_alive = true,
                                                    .length_bytes = 3,
                                                    .headers = &h,
                                                    .nheaders = 1});
    assert_string_equal(b.p, "HTTP/1.1 200 OK\r\nX: y\r\nContent-Length: 3\r\n\r\n");
    buf_reset(&b);
    http_response_write(&b, &(struct http_response){.status = 404, .minor = 1, .length_bytes = 0});
    assert_string_equal(b.p,
                        "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    buf_reset(&b);
    http_response_write(
        &b, &(struct http_response){.status = 204, .keep_alive = true, .length_bytes = -1});
    assert_string_equal(b.p, "HTTP/1.1 204 No Content\r\nConnection: keep-alive\r\n\r\n");
    buf_reset(&b);
    http_response_write(&b, &(struct http_response){.status = 100, .length_bytes = -1});
    assert_string_equal(b.p, "HTTP/1.1 100 Continue\r\n\r\n");
    buf_fini(&b);
}

static void dates_are_written_as_http_wants_them(void **state)
{
    char out[HTTP_DATE_TEXT];

    (void)state;
    http_date_format(784111777000, out);
    assert_string_equal(out, "Sun, 06 Nov 1994 08:49:37 GMT");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(query_parameters_are_found_and_decoded),
        cmocka_unit_test(cookies_are_found_and_planted_ones_refused),
        cmocka_unit_test(host_names_lose_their_port),
        cmocka_unit_test(the_visitor_is_the_last_hop_that_is_not_trusted),
        cmocka_unit_test(of_very_many_hops_the_newest_count),
        cmocka_unit_test(response_heads_are_written),
        cmocka_unit_test(dates_are_written_as_http_wants_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
