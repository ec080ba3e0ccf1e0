/* PROXY headers of both versions, whole and byte by byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "deskbell/proxyproto.h"

#define V2 "\r\n\r\n\0\r\nQUIT\n"
#define TCP4 "\xc0\x00\x02\x01\xc0\x00\x02\x02\x12\x34\x00\x50"

static const struct {
    const char *what;
    struct span in;
    err_t err;
    const char *source; /* NULL: local */
    unsigned port;
    size_t left; /* bytes behind the header */
} rows[] = {
    {"tcp4", SPAN_LIT("PROXY TCP4 192.0.2.1 192.0.2.2 4660 80\r\n"), ERR_OK, "192.0.2.1", 4660, 0},
    {"tcp4 and a request", SPAN_LIT("PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\nGET /"), ERR_OK,
     "192.0.2.1", 1, 5},
    {"tcp6", SPAN_LIT("PROXY TCP6 2001:db8::1 2001:db8::2 65535 0\r\n"), ERR_OK, "2001:db8::1",
     65535, 0},
    {"unknown", SPAN_LIT("PROXY UNKNOWN\r\n"), ERR_OK, NULL, 0, 0},
    {"unknown with more", SPAN_LIT("PROXY UNKNOWN ffff::1 x y z\r\n"), ERR_OK, NULL, 0, 0},
    {"families mixed", SPAN_LIT("PROXY TCP4 2001:db8::1 2001:db8::2 1 2\r\n"), ERR_MALFORMED, NULL,
     0, 0},
    {"families mixed, 6", SPAN_LIT("PROXY TCP6 192.0.2.1 192.0.2.2 1 2\r\n"), ERR_MALFORMED, NULL,
     0, 0},
    {"a family that is none", SPAN_LIT("PROXY UDP4 192.0.2.1 192.0.2.2 1 2\r\n"), ERR_MALFORMED,
     NULL, 0, 0},
    {"a port too big", SPAN_LIT("PROXY TCP4 192.0.2.1 192.0.2.2 65536 2\r\n"), ERR_MALFORMED, NULL,
     0, 0},
    {"a port with a zero", SPAN_LIT("PROXY TCP4 192.0.2.1 192.0.2.2 01 2\r\n"), ERR_MALFORMED, NULL,
     0, 0},
    {"a word missing", SPAN_LIT("PROXY TCP4 192.0.2.1 192.0.2.2 1\r\n"), ERR_MALFORMED, NULL, 0, 0},
    {"a word too many", SPAN_LIT("PROXY TCP4 192.0.2.1 192.0.2.2 1 2 3\r\n"), ERR_MALFORMED, NULL,
     0, 0},
    {"two blanks", SPAN_LIT("PROXY TCP4  192.0.2.1 192.0.2.2 1 2\r\n"), ERR_MALFORMED, NULL, 0, 0},
    {"bare LF", SPAN_LIT("PROXY TCP4 192.0.2.1 192.0.2.2 1 2\n"), ERR_MALFORMED, NULL, 0, 0},
    {"no header", SPAN_LIT("GET / HTTP/1.1\r\n"), ERR_MALFORMED, NULL, 0, 0},
    {"only the word", SPAN_LIT("PROXY \r\n"), ERR_MALFORMED, NULL, 0, 0},
    {"never ending",
     SPAN_LIT("PROXY UNKNOWN 0123456789012345678901234567890123456789012345678901234567890123456789"
              "0123456789012345678901234567890123456789"),
     ERR_MALFORMED, NULL, 0, 0},

    {"v2 tcp4", SPAN_LIT(V2 "\x21\x11\x00\x0c" TCP4), ERR_OK, "192.0.2.1", 0x1234, 0},
    {"v2 tcp4 with fields", SPAN_LIT(V2 "\x21\x11\x00\x0f" TCP4 "\x04\x00\x00xy"), ERR_OK,
     "192.0.2.1", 0x1234, 2},
    {"v2 tcp6",
     SPAN_LIT(V2 "\x21\x21\x00\x24"
                 "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01"
                 "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x02"
                 "\x00\x07\x00\x50"),
     ERR_OK, "2001:db8::1", 7, 0},
    {"v2 local", SPAN_LIT(V2 "\x20\x00\x00\x00"), ERR_OK, NULL, 0, 0},
    {"v2 local with an address", SPAN_LIT(V2 "\x20\x11\x00\x0c" TCP4), ERR_OK, NULL, 0, 0},
    {"v2 unspecified", SPAN_LIT(V2 "\x21\x00\x00\x00"), ERR_OK, NULL, 0, 0},
    {"v2 version 3", SPAN_LIT(V2 "\x31\x11\x00\x0c" TCP4), ERR_MALFORMED, NULL, 0, 0},
    {"v2 command 2", SPAN_LIT(V2 "\x22\x11\x00\x0c" TCP4), ERR_MALFORMED, NULL, 0, 0},
    {"v2 tcp4 too short", SPAN_LIT(V2 "\x21\x11\x00\x0b" TCP4), ERR_MALFORMED, NULL, 0, 0},
    {"v2 tcp6 too short", SPAN_LIT(V2 "\x21\x21\x00\x0c" TCP4), ERR_MALFORMED, NULL, 0, 0},
    {"v2 too long", SPAN_LIT(V2 "\x21\x11\x40\x00" TCP4), ERR_TOOBIG, NULL, 0, 0},
};

static void each_header_is_read_as_the_table_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct proxyproto pp = {.port = 99};
        size_t used = 0, n = 0;
        err_t err = ERR_AGAIN;

        for (; n <= rows[i].in.len && err == ERR_AGAIN; n++) {
            char *copy = span_dup((struct span){rows[i].in.p, n});

            err = proxyproto_parse((struct span){copy, n}, &pp, &used);
            free(copy);
        }
        if (err != rows[i].err)
            print_error("%s: %s\n", rows[i].what, err_code(err));
        assert_int_equal(err, rows[i].err);
        if (err != ERR_OK) {
            assert_int_equal(pp.port, 99);
            continue;
        }
        assert_int_equal(n - 1, rows[i].in.len - rows[i].left);
        assert_int_equal(used, rows[i].in.len - rows[i].left);
        assert_int_equal(proxyproto_parse(rows[i].in, &pp, &used), ERR_OK);
        assert_int_equal(used, rows[i].in.len - rows[i].left);
        assert_int_equal(pp.local, rows[i].source == NULL);
        if (rows[i].source != NULL) {
            char text[IPADDR_TEXT];

            ipaddr_format(&pp.source, text);
            assert_string_equal(text, rows[i].source);
            assert_int_equal(pp.port, rows[i].port);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_header_is_read_as_the_table_says),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
