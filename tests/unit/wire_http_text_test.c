/* Query parameters, cookies, host names, and response heads. */
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
        cmocka_unit_test(response_heads_are_written),
        cmocka_unit_test(dates_are_written_as_http_wants_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
