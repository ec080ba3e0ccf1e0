/* Who is behind trusted proxies, and that nothing a visitor writes makes him somebody else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "deskbell/http.h"

/* Who sent a request with these header lines, seen by one who trusts 10.0.0.0/8. */
static struct http_request picked(const char *headers, const char *peer, bool rfc7239)
{
    static char mem[8192];
    struct ipprefix proxies[1];
    struct http_trust trust = {proxies, 1, rfc7239};
    struct http_scan scan = {0};
    struct http_request rq;
    struct ipaddr at;
    int n = snprintf(mem, sizeof(mem), "GET / HTTP/1.1\r\nHost: a\r\n%s\r\n", headers);

    assert_in_range(n, 1, sizeof(mem) - 1);
    assert_int_equal(ipprefix_parse(SPAN_LIT("10.0.0.0/8"), &proxies[0], NULL), ERR_OK);
    assert_int_equal(http_request_parse(span_of(mem), &scan, &rq, NULL), ERR_OK);
    memset(&rq.peer, 0x55, sizeof(rq.peer));
    rq.strange = true;
    if (peer != NULL)
        assert_int_equal(ipaddr_parse(span_of(peer), &at), ERR_OK);
    http_visitor_pick(&rq, peer != NULL ? &at : NULL, &trust);
    return rq;
}

/* The visitor as text; "" where he cannot be told, which has a reason then. */
static const char *visitor_of(const struct http_request *rq)
{
    static char text[IPADDR_TEXT];

    if (rq->nameless != NULL) {
        assert_memory_equal(&rq->peer, &ipaddr_nobody, sizeof(rq->peer));
        assert_true(strlen(rq->nameless) > 10);
        return "";
    }
    ipaddr_format(&rq->peer, text);
    return text;
}

struct hop_row {
    const char *what, *peer, *headers, *visitor;
    bool rfc7239, secure;
};

static const struct hop_row told[] = {
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
    {"with a port", "10.0.0.1", "X-Forwarded-For: 192.0.2.1:4711\r\n", "192.0.2.1", false, false},
    {"version 6", "10.0.0.1", "X-Forwarded-For: 2001:db8::5\r\n", "2001:db8::5", false, false},
    {"version 6 in brackets", "10.0.0.1", "X-Forwarded-For: [2001:db8::5]\r\n", "2001:db8::5",
     false, false},
    {"version 6 with a port", "10.0.0.1", "X-Forwarded-For: [2001:db8::5]:1\r\n", "2001:db8::5",
     false, false},
    {"version 4 as version 6", "10.0.0.1", "X-Forwarded-For: ::ffff:192.0.2.1\r\n", "192.0.2.1",
     false, false},
    {"https", "10.0.0.1", "X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: http, https\r\n",
     "192.0.2.1", false, true},
    {"https behind a quote", "10.0.0.1",
     "X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: \", https\r\n", "192.0.2.1", false, true},
    {"http", "10.0.0.1", "X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: https, http\r\n",
     "192.0.2.1", false, false},
    {"the other header's claim", "10.0.0.1",
     "Forwarded: for=1.1.1.1;proto=https\r\nX-Forwarded-For: 192.0.2.1\r\n", "192.0.2.1", false,
     false},
    {"rfc 7239", "10.0.0.1", "Forwarded: for=1.1.1.1, for=192.0.2.1;proto=https\r\n", "192.0.2.1",
     true, true},
    {"rfc 7239, quoted", "10.0.0.1", "Forwarded: proto=http;For=\"[2001:db8::5]:80\"\r\n",
     "2001:db8::5", true, false},
    {"rfc 7239, commas in quotes", "10.0.0.1", "Forwarded: for=192.0.2.1;by=\"a, for=1.1.1.1\"\r\n",
     "192.0.2.1", true, false},
    {"rfc 7239, semicolons in quotes", "10.0.0.1",
     "Forwarded: by=\"a;for=1.1.1.1;proto=https\";for=192.0.2.1\r\n", "192.0.2.1", true, false},
    {"rfc 7239, a quote in quotes", "10.0.0.1",
     "Forwarded: by=\"a\\\";for=1.1.1.1, for=1.1.1.2;x=\\\"\";for=192.0.2.1\r\n", "192.0.2.1", true,
     false},
    {"rfc 7239, two headers", "10.0.0.1",
     "Forwarded: for=192.0.2.1\r\nForwarded: for=\"10.0.0.2:8\"\r\n", "192.0.2.1", true, false},
    {"rfc 7239, the other header's claim", "10.0.0.1",
     "X-Forwarded-For: 1.1.1.1\r\nX-Forwarded-Proto: https\r\nForwarded: for=192.0.2.1\r\n",
     "192.0.2.1", true, false},
};

static const struct hop_row untold[] = {
    {"no header", "10.0.0.1", "", "", false, false},
    {"the other header alone", "10.0.0.1", "Forwarded: for=192.0.2.1\r\n", "", false, false},
    {"an empty header", "10.0.0.1", "X-Forwarded-For:\r\n", "", false, false},
    {"an unreadable hop", "10.0.0.1", "X-Forwarded-For: 192.0.2.1, x, 10.0.0.2\r\n", "", false,
     false},
    {"an empty hop", "10.0.0.1", "X-Forwarded-For: 192.0.2.1,\r\n", "", false, false},
    {"empty hops", "10.0.0.1", "X-Forwarded-For: 192.0.2.1, , ,\r\n", "", false, false},
    {"an empty header behind", "10.0.0.1", "X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-For:\r\n", "",
     false, false},
    {"a quote", "10.0.0.1", "X-Forwarded-For: \"\r\n", "", false, false},
    {"in quotes", "10.0.0.1", "X-Forwarded-For: \"192.0.2.1\"\r\n", "", false, false},
    {"unknown", "10.0.0.1", "X-Forwarded-For: unknown\r\n", "", false, false},
    {"hidden", "10.0.0.1", "X-Forwarded-For: _x\r\n", "", false, false},
    {"a zone", "10.0.0.1", "X-Forwarded-For: fe80::1%eth0\r\n", "", false, false},
    {"a zone in brackets", "10.0.0.1", "X-Forwarded-For: [fe80::1%25eth0]:80\r\n", "", false,
     false},
    {"leading zeros", "10.0.0.1", "X-Forwarded-For: 01.2.3.4\r\n", "", false, false},
    {"three numbers", "10.0.0.1", "X-Forwarded-For: 1.2.3\r\n", "", false, false},
    {"a number", "10.0.0.1", "X-Forwarded-For: 3221225985\r\n", "", false, false},
    {"hexadecimal", "10.0.0.1", "X-Forwarded-For: 0xc0000201\r\n", "", false, false},
    {"a prefix", "10.0.0.1", "X-Forwarded-For: 192.0.2.0/24\r\n", "", false, false},
    {"a name", "10.0.0.1", "X-Forwarded-For: localhost\r\n", "", false, false},
    {"no port", "10.0.0.1", "X-Forwarded-For: 192.0.2.1:\r\n", "", false, false},
    {"no number", "10.0.0.1", "X-Forwarded-For: 192.0.2.1:x\r\n", "", false, false},
    {"an open bracket", "10.0.0.1", "X-Forwarded-For: [2001:db8::5\r\n", "", false, false},
    {"a bracket alone", "10.0.0.1", "X-Forwarded-For: [\r\n", "", false, false},
    {"nothing in brackets", "10.0.0.1", "X-Forwarded-For: []\r\n", "", false, false},
    {"version 4 in brackets", "10.0.0.1", "X-Forwarded-For: [192.0.2.1]\r\n", "", false, false},
    {"more behind brackets", "10.0.0.1", "X-Forwarded-For: [2001:db8::5]x\r\n", "", false, false},
    {"nobody's", "10.0.0.1", "X-Forwarded-For: ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff\r\n", "",
     false, false},
    {"two in one", "10.0.0.1", "X-Forwarded-For: 192.0.2.1 192.0.2.2\r\n", "", false, false},
    {"https all the same", "10.0.0.1", "X-Forwarded-Proto: https\r\n", "", false, true},
    {"rfc 7239, no header", "10.0.0.1", "X-Forwarded-For: 192.0.2.1\r\n", "", true, false},
    {"rfc 7239, an empty one", "10.0.0.1", "Forwarded:\r\n", "", true, false},
    {"rfc 7239, hidden", "10.0.0.1", "Forwarded: for=192.0.2.1, for=_x, for=10.0.0.2\r\n", "", true,
     false},
    {"rfc 7239, unknown", "10.0.0.1", "Forwarded: for=unknown;proto=https\r\n", "", true, true},
    {"rfc 7239, a zone", "10.0.0.1", "Forwarded: for=\"[fe80::1%eth0]\"\r\n", "", true, false},
    {"rfc 7239, no for", "10.0.0.1", "Forwarded: by=10.0.0.1\r\n", "", true, false},
    {"rfc 7239, an empty for", "10.0.0.1", "Forwarded: for=\r\n", "", true, false},
    {"rfc 7239, a blank", "10.0.0.1", "Forwarded: for =192.0.2.1\r\n", "", true, false},
    {"rfc 7239, for twice", "10.0.0.1", "Forwarded: for=192.0.2.1;for=192.0.2.2\r\n", "", true,
     false},
    {"rfc 7239, an empty hop", "10.0.0.1", "Forwarded: for=192.0.2.1,\r\n", "", true, false},
    {"rfc 7239, a quote that does not end", "10.0.0.1", "Forwarded: for=8.8.8.8;x=\"\r\n", "", true,
     false},
    {"rfc 7239, a claim in it", "10.0.0.1", "Forwarded: for=8.8.8.8;x=\", for=192.0.2.1\r\n", "",
     true, false},
    {"rfc 7239, in the line before", "10.0.0.1",
     "Forwarded: for=8.8.8.8;x=\"\r\nForwarded: for=192.0.2.1\r\n", "", true, false},
    {"rfc 7239, an escape at the end", "10.0.0.1", "Forwarded: for=192.0.2.1;x=\"\\\r\n", "", true,
     false},
    {"the PROXY header names nobody", NULL,
     "X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: https\r\n", "", false, false},
    {"nor does what follows it", NULL, "Forwarded: for=192.0.2.1;proto=https\r\n", "", true, false},
};

static void rows_try(const struct hop_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct hop_row *row = &rows[i];
        struct http_request rq = picked(row->headers, row->peer, row->rfc7239);

        if (strcmp(visitor_of(&rq), row->visitor) != 0 || rq.secure != row->secure)
            print_error("%s\n", row->what);
        assert_string_equal(visitor_of(&rq), row->visitor);
        assert_int_equal(rq.secure, row->secure);
    }
}

static void the_visitor_is_the_first_hop_from_the_right_that_is_not_trusted(void **state)
{
    (void)state;
    rows_try(told, COUNT_OF(told));
}

static void where_a_hop_on_the_way_is_no_address_the_visitor_cannot_be_told(void **state)
{
    (void)state;
    rows_try(untold, COUNT_OF(untold));
}

/* What a visitor may send; the proxy puts the truth behind it, in the same line or in one more. */
static void nothing_that_a_visitor_writes_makes_him_somebody_else(void **state)
{
    static const char *const claims[] = {
        "\"",
        "\\",
        "\"\\",
        "8.8.8.8",
        "10.0.0.3",
        "\"10.0.0.3",
        "10.0.0.3\"",
        ",",
        ", ,",
        "unknown",
        "_x",
        "[",
        "[::1",
        "for=8.8.8.8;x=\"",
        "for=8.8.8.8;x=\"\\",
        "for=\"",
        "for=\"[",
        "for=8.8.8.8;x",
        "x=\"a\";for=\"",
        "for=8.8.8.8;x=\"\\\"",
        ";",
        "=",
        "\";\"",
        "x=\"for=1.1.1.1",
        "127.0.0.1",
    };
    static const char *const truths[2][3] = {
        {"192.0.2.1", "192.0.2.1:80", "192.0.2.1, 10.0.0.2"},
        {"for=192.0.2.1", "for=\"192.0.2.1:80\";by=\"[::1]\"", "for=192.0.2.1, for=\"10.0.0.2\""},
    };

    (void)state;
    for (unsigned i = 0; i < COUNT_OF(claims) * 12; i++) {
        const char *claim = claims[i / 12], *truth = truths[i & 1][i / 4 % 3], *visitor;
        const char *name = (i & 1) != 0 ? "Forwarded" : "X-Forwarded-For";
        struct http_request rq;
        char line[200];

        if ((i & 2) != 0)
            snprintf(line, sizeof(line), "%s: %s\r\n%s: %s\r\n", name, claim, name, truth);
        else
            snprintf(line, sizeof(line), "%s: %s, %s\r\n", name, claim, truth);
        rq = picked(line, "10.0.0.1", (i & 1) != 0);
        visitor = visitor_of(&rq);
        if (strcmp(visitor, "192.0.2.1") != 0 && ((i & 1) == 0 || visitor[0] != '\0'))
            fail_msg("%s makes him %s", line, visitor);
    }
}

/* Of 100 hops in front of the visitor's none is looked at; of 33 proxies in a row the last is. */
static void of_very_many_hops_the_newest_count(void **state)
{
    static const struct {
        unsigned claims, proxies;
        const char *visitor;
    } rows[] = {{100, 1, "192.0.2.1"}, {0, 31, "192.0.2.1"}, {100, 31, "192.0.2.1"}, {0, 32, ""}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct http_request rq;
        struct buf b = {0};

        buf_add_str(&b, "X-Forwarded-For: ");
        for (unsigned n = 0; n < rows[i].claims; n++)
            buf_add_str(&b, "1.1.1.1, ");
        buf_add_str(&b, "192.0.2.1");
        for (unsigned n = 0; n < rows[i].proxies; n++)
            buf_add_str(&b, ", 10.0.0.2");
        buf_add_str(&b, "\r\n");
        rq = picked(b.p, "10.0.0.1", false);
        assert_string_equal(visitor_of(&rq), rows[i].visitor);
        buf_fini(&b);
    }
}

static void what_a_proxy_that_is_not_trusted_passes_on_is_strange(void **state)
{
    static const struct {
        const char *peer, *headers;
        bool strange;
    } rows[] = {
        {"192.0.2.9", "", false},
        {"192.0.2.9", "X-Forwarded-For: 1.1.1.1\r\n", true},
        {"192.0.2.9", "Forwarded: for=1.1.1.1\r\n", true},
        {"192.0.2.9", "Via: 1.1 proxy\r\n", true},
        {"192.0.2.9", "X-Real-IP: 1.1.1.1\r\n", true},
        {"192.0.2.9", "X-Forwarded-Host: chat.example.org\r\n", true},
        {"192.0.2.9", "X-Forwarded-Proto: https\r\n", true},
        {"192.0.2.9", "X-Forwarded-Port: 443\r\n", true},
        {"10.0.0.1", "X-Forwarded-For: 192.0.2.1\r\nX-Real-IP: 192.0.2.1\r\n", false},
        {"10.0.0.1", "X-Forwarded-For: 192.0.2.1\r\nVia: 1.1 proxy\r\n", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        assert_int_equal(picked(rows[i].headers, rows[i].peer, false).strange, rows[i].strange);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_visitor_is_the_first_hop_from_the_right_that_is_not_trusted),
        cmocka_unit_test(where_a_hop_on_the_way_is_no_address_the_visitor_cannot_be_told),
        cmocka_unit_test(nothing_that_a_visitor_writes_makes_him_somebody_else),
        cmocka_unit_test(of_very_many_hops_the_newest_count),
        cmocka_unit_test(what_a_proxy_that_is_not_trusted_passes_on_is_strange),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
