/* Request heads: what is taken, what is refused and how, in one piece and byte by byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "deskbell/http.h"

#define GET "GET / HTTP/1.1\r\nHost: a\r\n"

struct head_row {
    const char *what;
    const char *in;
    err_t err;
    const char *field; /* of the fault */
};

static const struct head_row rows[] = {
    {"the least there is", GET "\r\n", ERR_OK, NULL},
    {"1.0 without a host", "GET / HTTP/1.0\r\n\r\n", ERR_OK, NULL},
    {"an address as host", "GET / HTTP/1.1\r\nHost: [2001:db8::1]:8080\r\n\r\n", ERR_OK, NULL},
    {"a query as browsers send it", "GET /?a=|{}^[]`\"<> HTTP/1.1\r\nHost: a\r\n\r\n", ERR_OK,
     NULL},
    {"dots inside of a segment", "GET /a..b/...c/.d HTTP/1.1\r\nHost: a\r\n\r\n", ERR_OK, NULL},
    {"three dots", "GET /.../x HTTP/1.1\r\nHost: a\r\n\r\n", ERR_OK, NULL},
    {"an escape", "GET /a%20b HTTP/1.1\r\nHost: a\r\n\r\n", ERR_OK, NULL},
    {"a trailing slash", "GET /a/ HTTP/1.1\r\nHost: a\r\n\r\n", ERR_OK, NULL},
    {"bytes over 0x7f in a value", GET "X: \xc3\xa9\r\n\r\n", ERR_OK, NULL},
    {"an empty value", GET "X:\r\n\r\n", ERR_OK, NULL},
    {"a length", GET "Content-Length: 65536\r\n\r\n", ERR_OK, NULL},

    {"an empty line first", "\r\n" GET "\r\n", ERR_MALFORMED, "line"},
    {"bare LF", "GET / HTTP/1.1\nHost: a\n\n", ERR_MALFORMED, "line"},
    {"bare LF at the end", GET "\n", ERR_MALFORMED, "line"},
    {"bare CR in a value", GET "X: a\rb\r\n\r\n", ERR_MALFORMED, "line"},
    {"two CRs", GET "X: a\r\r\n\r\n", ERR_MALFORMED, "line"},
    {"escape character in a value", GET "X: \x1b\r\n\r\n", ERR_MALFORMED, "line"},
    {"DEL in a value", GET "X: \x7f\r\n\r\n", ERR_MALFORMED, "line"},
    {"a TLS hello", "\x16\x03\x01\x02", ERR_MALFORMED, "line"},
    {"folding", GET "X: a\r\n b\r\n\r\n", ERR_MALFORMED, "headers"},
    {"folding with a tab", GET "X: a\r\n\tb: c\r\n\r\n", ERR_MALFORMED, "headers"},
    {"a blank before the colon", GET "X : a\r\n\r\n", ERR_MALFORMED, "headers"},
    {"no name", GET ": a\r\n\r\n", ERR_MALFORMED, "headers"},
    {"no colon", GET "hello\r\n\r\n", ERR_MALFORMED, "headers"},

    {"no version", "GET /\r\nHost: a\r\n\r\n", ERR_MALFORMED, "line"},
    {"two blanks", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", ERR_MALFORMED, "line"},
    {"a word too many", "GET / x HTTP/1.1\r\nHost: a\r\n\r\n", ERR_MALFORMED, "line"},
    {"a trailing blank", "GET / HTTP/1.1 \r\nHost: a\r\n\r\n", ERR_MALFORMED, "line"},
    {"no method", " / HTTP/1.1\r\nHost: a\r\n\r\n", ERR_MALFORMED, "method"},
    {"a method that is no token", "G(T / HTTP/1.1\r\nHost: a\r\n\r\n", ERR_MALFORMED, "method"},
    {"a method in small letters", "get / HTTP/1.1\r\nHost: a\r\n\r\n", ERR_UNSUPPORTED, "method"},
    {"TRACE", "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", ERR_UNSUPPORTED, "method"},
    {"HTTP/2's preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", ERR_UNSUPPORTED, "version"},
    {"version 1.2", "GET / HTTP/1.2\r\nHost: a\r\n\r\n", ERR_UNSUPPORTED, "version"},
    {"a version in small letters", "GET / http/1.1\r\nHost: a\r\n\r\n", ERR_MALFORMED, "version"},
    {"a long version", "GET / HTTP/1.10\r\nHost: a\r\n\r\n", ERR_MALFORMED, "version"},

    {"a star", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", ERR_MALFORMED, "target"},
    {"absolute", "GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n", ERR_MALFORMED, "target"},
    {"two slashes", "GET //a HTTP/1.1\r\nHost: a\r\n\r\n", ERR_MALFORMED, "target"},
    {"two slashes later", "GET /a//b HTTP/1.1\r\nHost: a\r\n\r\n", ERR_MALFORMED, "target"},
    {"up", "GET /a/../b HTTP/1.1\r\nHost: a\r\n\r\n", ERR_MALFORMED, "target"},
    {"up at the end", "GET /a/.. HTTP/1.1\r\nHost: a\r\n\r\n", ERR_MALFORMED, "target"},
    {"here", "GET /./a HTTP/1.1\r\nHost: a\r\n\r\n", ERR_MALFORMED, "target"},
    {"up, escaped", "GET /a/%2e%2E/b HTTP/1.1\r\nHost: a\r\n\r\n", ERR_MALFORMED, "target"},
    {"up, half escaped", "GET /%2e. HTTP/1.1\r\nHost: a\r\n\r\n", ERR_MALFORMED, "target"},
    {"an escaped slash", "GET /a%2fb HTTP/1.1\r\nHost: a\r\n\r\n", ERR_MALFORMED, "target"},
    {"an escaped backslash", "GET /a%5Cb HTTP/1.1\r\nHost: a\r\n\r\n", ERR_MALFORMED, "target"},
    {"a backslash", "GET /a\\b HTTP/1.1\r\nHost: a\r\n\r\n", ERR_MALFORMED, "target"},
    {"an escaped NUL", "GET /a%00 HTTP/1.1\r\nHost: a\r\n\r\n", ERR_MALFORMED, "target"},
    {"a cut escape", "GET /a%2 HTTP/1.1\r\nHost: a\r\n\r\n", ERR_MALFORMED, "target"},
    {"a wrong escape", "GET /a%zz HTTP/1.1\r\nHost: a\r\n\r\n", ERR_MALFORMED, "target"},
    {"a fragment", "GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n", ERR_MALFORMED, "target"},
    {"a wrong escape in the query", "GET /?a%g0 HTTP/1.1\r\nHost: a\r\n\r\n", ERR_MALFORMED,
     "target"},
    {"a raw byte in the path", "GET /\xc3\xa9 HTTP/1.1\r\nHost: a\r\n\r\n", ERR_MALFORMED,
     "target"},

    {"no host", "GET / HTTP/1.1\r\n\r\n", ERR_MALFORMED, "Host"},
    {"an empty host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", ERR_MALFORMED, "Host"},
    {"two hosts", GET "hOST: a\r\n\r\n", ERR_MALFORMED, "Host"},
    {"two hosts in 1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", ERR_MALFORMED, "Host"},
    {"a host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", ERR_MALFORMED, "Host"},
    {"two hosts in one", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", ERR_MALFORMED, "Host"},

    {"two lengths", GET "Content-Length: 1\r\nContent-Length: 1\r\n\r\n", ERR_MALFORMED,
     "Content-Length"},
    {"a list of lengths", GET "Content-Length: 1, 1\r\n\r\n", ERR_MALFORMED, "Content-Length"},
    {"a signed length", GET "Content-Length: +1\r\n\r\n", ERR_MALFORMED, "Content-Length"},
    {"a hexadecimal length", GET "Content-Length: 0x1\r\n\r\n", ERR_MALFORMED, "Content-Length"},
    {"an empty length", GET "Content-Length: \r\n\r\n", ERR_MALFORMED, "Content-Length"},
    {"a length over 64 bit", GET "Content-Length: 18446744073709551617\r\n\r\n", ERR_MALFORMED,
     "Content-Length"},
    {"chunked", GET "Transfer-Encoding: chunked\r\n\r\n", ERR_UNSUPPORTED, "Transfer-Encoding"},
    {"chunked with a length", GET "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n",
     ERR_MALFORMED, "Transfer-Encoding"},
    {"a length with chunked", GET "Content-Length: 1\r\nTransfer-Encoding: x\r\n\r\n",
     ERR_MALFORMED, "Transfer-Encoding"},
    {"two codings", GET "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n", ERR_MALFORMED,
     "Transfer-Encoding"},
    {"a coding in 1.0", "GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", ERR_MALFORMED,
     "Transfer-Encoding"},
    {"two origins", GET "Origin: http://a\r\nOrigin: http://b\r\n\r\n", ERR_MALFORMED, "Origin"},
    {"an odd expectation", GET "Expect: tea\r\n\r\n", ERR_UNSUPPORTED, "Expect"},
};

static void check_row(const struct head_row *row, size_t len)
{
    struct http_scan whole = {0}, slow = {0};
    struct http_request rq;
    struct fault f = {0};
    err_t err = http_request_parse((struct span){row->in, len}, &whole, &rq, &f);

    if (err != row->err)
        print_error("%s: %s (%s: %s)\n", row->what, err_code(err), f.field, f.what);
    assert_int_equal(err, row->err);
    if (err == ERR_OK)
        assert_int_equal(rq.head_bytes, len);
    else if (row->field != NULL)
        assert_string_equal(f.field, row->field);

    /* The same bytes one by one; a head that is fine is never finished early. */
    for (size_t n = 0; n <= len; n++) {
        char *copy = span_dup((struct span){row->in, n});

        err = http_request_parse((struct span){copy, n}, &slow, &rq, &f);
        free(copy);
        if (err != ERR_AGAIN) {
            if (row->err == ERR_OK)
                assert_int_equal(n, len);
            break;
        }
    }
    assert_int_equal(err, row->err);
}

static void each_head_is_taken_or_refused_as_the_table_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        check_row(&rows[i], strlen(rows[i].in));
}

static void a_nul_is_refused(void **state)
{
    static const char in[] = "GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n";
    struct head_row row = {"NUL", in, ERR_MALFORMED, "line"};

    (void)state;
    check_row(&row, sizeof(in) - 1);
}

static void the_limits_are_exact(void **state)
{
    struct buf b = {0};

    (void)state;
    for (int over = 0; over <= 1; over++) {
        struct head_row row = {"line", NULL, over ? ERR_TOOBIG : ERR_OK, "line"};

        buf_reset(&b);
        buf_add_str(&b, GET "X: ");
        for (int i = 0; i < HTTP_LINE_MAX_BYTES - 4 + over; i++)
            buf_add_char(&b, 'x');
        buf_add_str(&b, "\r\n\r\n");
        row.in = b.p;
        check_row(&row, b.len);

        row = (struct head_row){"headers", NULL, over ? ERR_TOOBIG : ERR_OK, "headers"};
        buf_reset(&b);
        buf_add_str(&b, GET);
        for (int i = 1; i < HTTP_HEADERS_MAX + over; i++)
            buf_add_str(&b, "A: b\r\n");
        buf_add_str(&b, "\r\n");
        row.in = b.p;
        check_row(&row, b.len);

        row = (struct head_row){"head", NULL, over ? ERR_TOOBIG : ERR_OK, "head"};
        buf_reset(&b);
        buf_add_str(&b, GET);
        while (b.len < HTTP_HEAD_MAX_BYTES - 2) {
            size_t left = HTTP_HEAD_MAX_BYTES - 2 - b.len + (size_t)over;

            buf_add_str(&b, "A: ");
            for (size_t i = 5; i < left && i < 1000 + left % 1000; i++)
                buf_add_char(&b, 'x');
            buf_add_str(&b, "\r\n");
        }
        buf_add_str(&b, "\r\n");
        row.in = b.p;
        check_row(&row, b.len);
    }
    buf_fini(&b);
}

static struct http_request parse_ok(const char *in)
{
    struct http_scan scan = {0};
    struct http_request rq;

    assert_int_equal(http_request_parse(span_of(in), &scan, &rq, NULL), ERR_OK);
    return rq;
}

static void a_request_is_understood(void **state)
{
    struct http_request rq = parse_ok("POST /api/v1/x?a=b&c HTTP/1.1\r\nhost: a:80\r\n"
                                      "Content-Length: 12\r\nExpect: 100-Continue\r\n"
                                      "X-Y:  two words \t\r\n\r\nbody and more");

    (void)state;
    assert_int_equal(rq.method, HTTP_POST);
    assert_true(span_is(rq.path, "/api/v1/x"));
    assert_true(span_is(rq.query, "a=b&c"));
    assert_int_equal(rq.content_length, 12);
    assert_true(rq.expect_continue);
    assert_true(rq.keep_alive);
    assert_false(rq.upgrade_ws);
    assert_int_equal(rq.nheaders, 4);
    assert_true(span_is(http_header_find(&rq, "x-y"), "two words"));
    assert_null(http_header_find(&rq, "x-z").p);
}

static void what_becomes_of_the_connection_is_understood(void **state)
{
    static const struct {
        const char *in;
        bool keep, upgrade;
    } cases[] = {
        {GET "\r\n", true, false},
        {GET "Connection: close\r\n\r\n", false, false},
        {GET "Connection: foo, CLOSE\r\n\r\n", false, false},
        {GET "Connection: foo\r\nConnection: close\r\n\r\n", false, false},
        {"GET / HTTP/1.0\r\n\r\n", false, false},
        {"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", true, false},
        {GET "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n", true, true},
        {GET "Connection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n\r\n", true, true},
        {GET "Upgrade: websocket\r\n\r\n", true, false},
        {GET "Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n", true, false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct http_request rq = parse_ok(cases[i].in);

        assert_int_equal(rq.keep_alive, cases[i].keep);
        assert_int_equal(rq.upgrade_ws, cases[i].upgrade);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_head_is_taken_or_refused_as_the_table_says),
        cmocka_unit_test(a_nul_is_refused),
        cmocka_unit_test(the_limits_are_exact),
        cmocka_unit_test(a_request_is_understood),
        cmocka_unit_test(what_becomes_of_the_connection_is_understood),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
