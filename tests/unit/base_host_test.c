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
        enum refusal why;
    } rows[] = {
        {SPAN_LIT("localhost"), REFUSE_NONE},
        {SPAN_LIT("mail.example.com"), REFUSE_NONE},
        {SPAN_LIT("MAIL-2.Example.COM"), REFUSE_NONE},
        {SPAN_LIT("3com.example"), REFUSE_NONE},
        {SPAN_LIT("xn--r8jz45g.jp"), REFUSE_NONE},
        {SPAN_LIT("a"), REFUSE_NONE},
        {SPAN_LIT("192.0.2.1"), REFUSE_NONE},
        {SPAN_LIT(L63 ".example"), REFUSE_NONE},
        {SPAN_LIT(L63 "." L63 "." L63 "." L63), REFUSE_HOST_LONG},
        {SPAN_LIT(L63 "x.example"), REFUSE_HOST_LABEL},
        {SPAN_LIT(""), REFUSE_HOST_EMPTY},
        {SPAN_LIT("."), REFUSE_HOST_DOTS},
        {SPAN_LIT("a..b"), REFUSE_HOST_DOTS},
        {SPAN_LIT(".a"), REFUSE_HOST_DOTS},
        {SPAN_LIT("a."), REFUSE_HOST_DOTS},
        {SPAN_LIT("-x"), REFUSE_HOST_HYPHEN},
        {SPAN_LIT("x-"), REFUSE_HOST_HYPHEN},
        {SPAN_LIT("mail.-x.example"), REFUSE_HOST_HYPHEN},
        {SPAN_LIT("mail example"), REFUSE_HOST_CHARACTER},
        {SPAN_LIT("mail_1.example"), REFUSE_HOST_CHARACTER},
        {SPAN_LIT("smtp://mail.example"), REFUSE_HOST_PORT},
        {SPAN_LIT("mail.example:25"), REFUSE_HOST_PORT},
        {SPAN_LIT("::1"), REFUSE_HOST_PORT},
        {SPAN_LIT("[::1]"), REFUSE_HOST_PORT},
        {SPAN_LIT("mail.example/x"), REFUSE_HOST_CHARACTER},
        {SPAN_LIT("mail\r\nx"), REFUSE_HOST_CHARACTER},
        {SPAN_LIT("mail\0x"), REFUSE_HOST_CHARACTER},
        {SPAN_LIT("\xe4\xbe\x8b.example"), REFUSE_HOST_CHARACTER},
        {SPAN_LIT("192.0.2"), REFUSE_HOST_DIGITS},
        {SPAN_LIT("192.0.2.256"), REFUSE_HOST_DIGITS},
        {SPAN_LIT("1.2.3.4.5"), REFUSE_HOST_DIGITS},
        {SPAN_LIT("2130706433"), REFUSE_HOST_DIGITS},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        print_message("  %.*s\n", (int)rows[i].host.len, rows[i].host.p);
        assert_int_equal(host_why(rows[i].host), rows[i].why);
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
