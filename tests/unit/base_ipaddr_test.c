/* IP addresses and prefixes as text, and which addresses a prefix has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>

#include "deskbell/ipaddr.h"

static void prefixes_are_parsed_and_written(void **state)
{
    static const struct {
        const char *text, *back;
        int bits; /* -1: refused */
        const char *says;
    } rows[] = {
        {"192.0.2.7", "192.0.2.7", 128, NULL},
        {"192.0.2.7/32", "192.0.2.7", 128, NULL},
        {"192.0.2.0/24", "192.0.2.0/24", 120, NULL},
        {"0.0.0.0/0", "0.0.0.0/0", 96, NULL},
        {"::/0", "::/0", 0, NULL},
        {"2001:db8::/64", "2001:db8::/64", 64, NULL},
        {"2001:DB8:0:0::1", "2001:db8::1", 128, NULL},
        {"::ffff:192.0.2.0/120", "192.0.2.0/24", 120, NULL},
        {"::ffff:192.0.2.1", "192.0.2.1", 128, NULL},
        {"192.0.2.7/24", NULL, -1, "the prefix is 192.0.2.0/24"},
        {"2001:db8::1/64", NULL, -1, "the prefix is 2001:db8::/64"},
        {"192.0.2.0/33", NULL, -1, "0 to 32"},
        {"2001:db8::/129", NULL, -1, "0 to 128"},
        {"192.0.2.0/", NULL, -1, "0 to 32"},
        {"192.0.2.0/024", NULL, -1, "0 to 32"},
        {"192.0.2.0/+4", NULL, -1, "0 to 32"},
        {"192.0.2.0/24/24", NULL, -1, "0 to 32"},
        {"", NULL, -1, "not an IP address"},
        {"/24", NULL, -1, "not an IP address"},
        {"192.0.2", NULL, -1, "not an IP address"},
        {"192.0.2.256", NULL, -1, "not an IP address"},
        {"192.0.2.07", NULL, -1, "not an IP address"},
        {" 192.0.2.7", NULL, -1, "not an IP address"},
        {"fe80::1%eth0", NULL, -1, "not an IP address"},
        {"example.org", NULL, -1, "not an IP address"},
        {"1111111111111111111111111111111111111111111111111111111111111111111111", NULL, -1,
         "not an IP address"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char text[IPADDR_TEXT];
        struct ipprefix p;
        struct fault f = {0};
        err_t err = ipprefix_parse(span_of(rows[i].text), &p, &f);

        print_message("  \"%s\"\n", rows[i].text);
        if (rows[i].bits < 0) {
            assert_int_equal(err, ERR_INVAL);
            if (strstr(f.what, rows[i].says) == NULL)
                fail_msg("says: %s", f.what);
            continue;
        }
        assert_int_equal(err, ERR_OK);
        assert_int_equal(p.bits, rows[i].bits);
        ipprefix_format(&p, text);
        assert_string_equal(text, rows[i].back);
    }
}

static void a_nul_inside_is_refused(void **state)
{
    struct ipaddr a;

    (void)state;
    assert_int_equal(ipaddr_parse(SPAN_LIT("192.0.2.7\0"), &a), ERR_INVAL);
    assert_int_equal(ipaddr_parse(SPAN_NONE, &a), ERR_INVAL);
}

static void a_prefix_has_its_addresses_and_no_others(void **state)
{
    static const struct {
        const char *prefix, *addr;
        bool has;
    } rows[] = {
        {"192.0.2.0/24", "192.0.2.0", true},
        {"192.0.2.0/24", "192.0.2.255", true},
        {"192.0.2.0/24", "192.0.3.0", false},
        {"192.0.2.0/24", "::ffff:192.0.2.9", true},
        {"192.0.2.7", "192.0.2.7", true},
        {"192.0.2.7", "192.0.2.6", false},
        {"192.0.2.128/25", "192.0.2.127", false},
        {"192.0.2.128/25", "192.0.2.128", true},
        {"0.0.0.0/0", "203.0.113.9", true},
        {"0.0.0.0/0", "2001:db8::1", false},
        {"::/0", "203.0.113.9", true},
        {"2001:db8::/33", "2001:db8:7fff::", true},
        {"2001:db8::/33", "2001:db8:8000::", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct ipprefix p;
        struct ipaddr a;

        print_message("  %s in %s\n", rows[i].addr, rows[i].prefix);
        assert_int_equal(ipprefix_parse(span_of(rows[i].prefix), &p, NULL), ERR_OK);
        assert_int_equal(ipaddr_parse(span_of(rows[i].addr), &a), ERR_OK);
        assert_int_equal(ipprefix_has(&p, &a), rows[i].has);
    }
}

static void sockaddrs_become_addresses(void **state)
{
    struct sockaddr_in in = {.sin_family = AF_INET};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
    struct sockaddr local = {.sa_family = AF_UNIX};
    char text[IPADDR_TEXT];
    struct ipaddr a;

    (void)state;
    assert_int_equal(inet_pton(AF_INET, "192.0.2.7", &in.sin_addr), 1);
    assert_int_equal(inet_pton(AF_INET6, "2001:db8::7", &in6.sin6_addr), 1);
    assert_int_equal(ipaddr_from_sockaddr((struct sockaddr *)&in, &a), ERR_OK);
    ipaddr_format(&a, text);
    assert_string_equal(text, "192.0.2.7");
    assert_int_equal(ipaddr_from_sockaddr((struct sockaddr *)&in6, &a), ERR_OK);
    ipaddr_format(&a, text);
    assert_string_equal(text, "2001:db8::7");
    assert_int_equal(ipaddr_from_sockaddr(&local, &a), ERR_INVAL);
}

static void a_subscriber_has_a_v4_address_or_a_v6_network(void **state)
{
    static const struct {
        const char *address, *has;
    } rows[] = {
        {"192.0.2.7", "192.0.2.7"},
        {"2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"},
        {"::1", "::/64"},
        {"fe80::1", "fe80::/64"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char text[IPADDR_TEXT];
        struct ipprefix p;
        struct ipaddr a;

        assert_int_equal(ipaddr_parse(span_of(rows[i].address), &a), ERR_OK);
        ipprefix_of(&a, &p);
        ipprefix_format(&p, text);
        assert_string_equal(text, rows[i].has);
        assert_true(ipprefix_has(&p, &a));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_subscriber_has_a_v4_address_or_a_v6_network),
        cmocka_unit_test(prefixes_are_parsed_and_written),
        cmocka_unit_test(a_nul_inside_is_refused),
        cmocka_unit_test(a_prefix_has_its_addresses_and_no_others),
        cmocka_unit_test(sockaddrs_become_addresses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
