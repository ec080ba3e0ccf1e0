/* Host names: which are taken, which are refused, and what is said then. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "deskbell/host.h"

#define L63 "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff123"

static void hosts_are_taken_or_refused_with_the_reason(void **state)
{
    static const struct {
        struct span host;
        const char *says; /* NULL: good */
    } rows[] = {
        {SPAN_LIT("localhost"), NULL},
        {SPAN_LIT("mail.example.com"), NULL},
        {SPAN_LIT("MAIL-2.Example.COM"), NULL},
        {SPAN_LIT("3com.example"), NULL},
        {SPAN_LIT("xn--r8jz45g.jp"), NULL},
        {SPAN_LIT("a"), NULL},
        {SPAN_LIT("192.0.2.1"), NULL},
        {SPAN_LIT(L63 ".example"), NULL},
        {SPAN_LIT(L63 "." L63 "." L63 "." L63), "longer than 253"},
        {SPAN_LIT(L63 "x.example"), "longer than 63"},
        {SPAN_LIT(""), "empty"},
        {SPAN_LIT("."), "a dot"},
        {SPAN_LIT("a..b"), "a dot"},
        {SPAN_LIT(".a"), "a dot"},
        {SPAN_LIT("a."), "a dot"},
        {SPAN_LIT("-x"), "hyphen"},
        {SPAN_LIT("x-"), "hyphen"},
        {SPAN_LIT("mail.-x.example"), "hyphen"},
        {SPAN_LIT("mail example"), "no host name has"},
        {SPAN_LIT("mail_1.example"), "no host name has"},
        {SPAN_LIT("smtp://mail.example"), "IPv6"},
        {SPAN_LIT("mail.example:25"), "port"},
        {SPAN_LIT("::1"), "IPv6"},
        {SPAN_LIT("[::1]"), "IPv6"},
        {SPAN_LIT("mail.example/x"), "no host name has"},
        {SPAN_LIT("mail\r\nx"), "no host name has"},
        {SPAN_LIT("mail\0x"), "no host name has"},
        {SPAN_LIT("\xe4\xbe\x8b.example"), "no host name has"},
        {SPAN_LIT("192.0.2"), "no IPv4"},
        {SPAN_LIT("192.0.2.256"), "no IPv4"},
        {SPAN_LIT("1.2.3.4.5"), "no IPv4"},
        {SPAN_LIT("2130706433"), "no IPv4"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *why = host_why(rows[i].host);

        print_message("  %.*s\n", (int)rows[i].host.len, rows[i].host.p);
        if (rows[i].says == NULL)
            assert_null(why);
        else if (why == NULL || strstr(why, rows[i].says) == NULL)
            fail_msg("says: %s", why != NULL ? why : "nothing");
    }
}

static void only_what_is_spelled_so_is_this_machine(void **state)
{
    static const struct {
        const char *host;
        bool here;
    } rows[] = {
        {"localhost", true},          {"LocalHost", true},  {"127.0.0.1", true},
        {"127.255.255.254", true},    {"128.0.0.1", false}, {"localhost.example.com", false},
        {"127.0.0.1.example", false}, {"", false},          {"192.0.2.127", false},
        {"::7f00:1", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        print_message("  %s\n", rows[i].host);
        assert_int_equal(host_is_loopback(span_of(rows[i].host)), rows[i].here);
    }
}

static void a_server_is_greeted_by_a_full_name_or_an_address_in_brackets(void **state)
{
    static const struct {
        const char *name;
        bool good;
    } rows[] = {
        {"mail.example.org", true},
        {"xn--r8jz45g.jp", true},
        {"[192.0.2.1]", true},
        {"[IPv6:2001:db8::1]", true},
        {"[ipv6:::1]", true},
        {"", false},
        {"mail", false},
        {"localhost", false},
        {"192.0.2.1", false},
        {"[2001:db8::1]", false},
        {"[IPv6:192.0.2.1]", false},
        {"[mail.example.org]", false},
        {"[192.0.2.1", false},
        {"[]", false},
        {"[IPv6:]", false},
        {"mail.example.org.", false},
        {"mail example.org", false},
        {"a.b\r\nQUIT", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        print_message("  %s\n", rows[i].name);
        assert_int_equal(host_is_greeting(span_of(rows[i].name)), rows[i].good);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hosts_are_taken_or_refused_with_the_reason),
        cmocka_unit_test(only_what_is_spelled_so_is_this_machine),
        cmocka_unit_test(a_server_is_greeted_by_a_full_name_or_an_address_in_brackets),
    };

    return cmocka_run_group_tests_name("base_host", tests, NULL, NULL);
}
