/* Addresses as people type them: which are taken, which are refused, and what is said then. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "deskbell/mailbox.h"

#define L64 "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff1234"
#define L60 "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff"
#define L63 "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff123"

static void good_addresses_are_taken(void **state)
{
    static const char *const good[] = {
        "ann@example.org",
        "ann.b+tag@mail.example.org",
        "a!#$%&'*+-/=?^_`{|}~z@example.org",
        "\"ann b\"@example.org",
        "\"a,b@c\\\"d\"@example.org",
        "1@2.example",
        "ann@localhost",
        "ann@xn--bcher-kva.example",
        "ann@b\xc3\xbc"
        "cher.example",
        "ann@\xe4\xbe\x8b\xe3\x81\x88.\xe3\x83\x86\xe3\x82\xb9\xe3\x83\x88",
        "ann@[192.0.2.1]",
        "ann@[IPv6:2001:db8::1]",
        "ann@[ipv6:::1]",
        L64 "@example.org",
        "ann@" L63 ".example",
        "A@A.A",
        "=?utf-8?q?x?=@example.org",
        "o'brien@example.org",
        "\"<>;:\"@example.org",
        "\" \"@example.org",
        "a.b.c.d@e.f.g.h",
        "ann@\xd9\x85\xd8\xab\xd8\xa7\xd9\x84.example",
        "ann@3com.example",
        ".ann@docomo.ne.jp",
        "ann.@ezweb.ne.jp",
        "a..b@docomo.ne.jp",
        "..a...b..@docomo.ne.jp",
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        struct fault f = {0};

        print_message("  %s\n", good[i]);
        if (mailbox_check(span_of(good[i]), &f) != ERR_OK)
            fail_msg("refused: %s", f.what);
    }
}

static const struct {
    struct span addr;
    const char *says;
} bad_addresses[] = {
    {SPAN_LIT(""), "is empty"},
    {SPAN_LIT("ann"), "no @"},
    {SPAN_LIT("@example.org"), "nothing stands before @"},
    {SPAN_LIT("ann@"), "nothing stands after @"},
    {SPAN_LIT("ann@@example.org"), "more than one @"},
    {SPAN_LIT("ann@b@example.org"), "more than one @"},
    {SPAN_LIT(".@example.org"), "nothing but dots"},
    {SPAN_LIT("...@example.org"), "nothing but dots"},
    {SPAN_LIT("a.." L60 "@example.org"), "longer than 64 bytes with"},
    {SPAN_LIT("a(b)@example.org"), "needs quotes"},
    {SPAN_LIT("a:b@example.org"), "needs quotes"},
    {SPAN_LIT("ann b@example.org"), "blank"},
    {SPAN_LIT("a;b@example.org"), "separated by commas"},
    {SPAN_LIT("a@example.org;b@example.org"), "separated by commas"},
    {SPAN_LIT("\"Doe, Ann\" <ann@example.org>"), "without a name"},
    {SPAN_LIT("Ann ann@example.org"), "blank"},
    {SPAN_LIT("mailto:ann@example.org"), "needs quotes"},
    {SPAN_LIT("a\\b@example.org"), "needs quotes"},
    {SPAN_LIT("=?utf-8?q?ann?="), "no @"},
    {SPAN_LIT("ann@example.org\\"), "no domain has"},
    {SPAN_LIT("ann@example.org>"), "without a name"},
    {SPAN_LIT("ann%example.org"), "no @"},
    {SPAN_LIT("ann@exa\xd8\x9c"
              "mple.org"),
     "not ASCII"},
    {SPAN_LIT("ann@[IPv6:2001:db8::1%eth0]"), "in brackets"},
    {SPAN_LIT("ann@[192.0.2.1].example"), "not closed"},
    {SPAN_LIT("ann@10"), "brackets"},
    {SPAN_LIT("\xe5\xb1\xb1\xe7\x94\xb0@example.org"), "not ASCII"},
    {SPAN_LIT("ann\xef\xbc\xa0"
              "example.org"),
     "no @"},
    {SPAN_LIT("Ann <ann@example.org>"), "without a name"},
    {SPAN_LIT("<ann@example.org>"), "without a name"},
    {SPAN_LIT("\"ann@example.org"), "a quote is not closed"},
    {SPAN_LIT("\"ann\\\"@example.org"), "a quote is not closed"},
    {SPAN_LIT("\"ann\"b@example.org"), "there is no @"},
    {SPAN_LIT("\"ann\""), "there is no @"},
    {SPAN_LIT("\xc3\xa4nn@example.org"), "not ASCII"},
    {SPAN_LIT("\"\xc3\xa4\"@example.org"), "not ASCII"},
    {SPAN_LIT("ann@example.org\r\nBcc: x@y.example"), "control character"},
    {SPAN_LIT("ann@example.org\n"), "control character"},
    {SPAN_LIT("ann\t@example.org"), "control character"},
    {SPAN_LIT("a\0b@example.org"), "control character"},
    {SPAN_LIT("a\x7f"
              "b@example.org"),
     "control character"},
    {SPAN_LIT("\"a\rb\"@example.org"), "control character"},
    {SPAN_LIT("ann@ex\xff"
              "ample.org"),
     "not UTF-8"},
    {SPAN_LIT("ann@ex\xe2\x80\xae"
              "ample.org"),
     "control character"},
    {SPAN_LIT("ann@ex\xe2\x80\x8b"
              "ample.org"),
     "not ASCII"},
    {SPAN_LIT("ann@example\xe3\x80\x82org"), "not ASCII"},
    {SPAN_LIT("ann@.example.org"), "a dot"},
    {SPAN_LIT("ann@example.org."), "a dot"},
    {SPAN_LIT("ann@example..org"), "a dot"},
    {SPAN_LIT("ann@-example.org"), "hyphen"},
    {SPAN_LIT("ann@example-.org"), "hyphen"},
    {SPAN_LIT("ann@exa_mple.org"), "no domain has"},
    {SPAN_LIT("ann@exam/ple.org"), "no domain has"},
    {SPAN_LIT("ann@192.0.2.1"), "brackets"},
    {SPAN_LIT("ann@[192.0.2.1"), "not closed"},
    {SPAN_LIT("ann@[192.0.2]"), "in brackets"},
    {SPAN_LIT("ann@[2001:db8::1]"), "in brackets"},
    {SPAN_LIT("ann@[IPv6:192.0.2.1]"), "in brackets"},
    {SPAN_LIT("ann@[]"), "in brackets"},
    {SPAN_LIT(L64 "5@example.org"), "longer than 64"},
    {SPAN_LIT("ann@" L64 ".example"), "longer than 63"},
    {SPAN_LIT("ann@" L63 "." L63 "." L63 "." L63 ".example"), "longer than 254"},
};

static void bad_addresses_are_refused_with_the_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad_addresses); i++) {
        struct fault f = {0};

        print_message("  row %zu: %s\n", i, bad_addresses[i].says);
        assert_int_equal(mailbox_check(bad_addresses[i].addr, &f), ERR_INVAL);
        assert_int_equal(f.err, ERR_INVAL);
        if (strstr(f.what, bad_addresses[i].says) == NULL)
            fail_msg("says: %s", f.what);
        assert_true(span_is_line(span_of(f.what), sizeof(f.what)));
    }
}

static void a_list_is_joined_trimmed_and_freed_of_duplicates(void **state)
{
    static const struct {
        const char *list, *normal;
    } rows[] = {
        {"a@x.example", "a@x.example"},
        {"  a@x.example ,b@y.example\t", "a@x.example, b@y.example"},
        {"a@x.example,a@X.EXAMPLE,A@x.example", "a@x.example, A@x.example"},
        {"\"a,b\"@x.example, c@y.example", "\"a,b\"@x.example, c@y.example"},
        {"\"a\\\",b\"@x.example,\"a\\\",b\"@X.example", "\"a\\\",b\"@x.example"},
        {"a@x.example、b@y.example", "a@x.example, b@y.example"},
        {"a@x.example，b@y.example", "a@x.example, b@y.example"},
        {"a@x.example､b@y.example；c@z.example", "a@x.example, b@y.example, c@z.example"},
        {"a@x.example;b@y.example; c@z.example", "a@x.example, b@y.example, c@z.example"},
        {"a@x.example,", "a@x.example"},
        {"a@x.example、　", "a@x.example"},
        {",a@x.example,, b@y.example ;", "a@x.example, b@y.example"},
        {"　a@x.example　、　b@y.example", "a@x.example, b@y.example"},
        {"\"a;b,c\"@x.example;b@y.example", "\"a;b,c\"@x.example, b@y.example"},
        {"a..b@docomo.ne.jp、.c@ezweb.ne.jp", "a..b@docomo.ne.jp, .c@ezweb.ne.jp"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct buf out = {0};
        struct fault f = {0};

        print_message("  %s\n", rows[i].list);
        assert_int_equal(mailbox_list_normalise(span_of(rows[i].list), "to", &out, &f), ERR_OK);
        assert_string_equal(out.p, rows[i].normal);
        buf_fini(&out);
    }
}

static void the_one_wrong_address_of_a_list_is_named(void **state)
{
    static const struct {
        const char *list, *says;
    } rows[] = {
        {"a@x.example, b@, c@z.example", "\"b@\""},
        {"a@x.example, b@y.example, c z@example.org", "\"c z@example.org\""},
        {"a@x.example; b@", "\"b@\""},
        {"a@x.example、b y@y.example", "\"b y@y.example\": there is a blank"},
        {"a@x.example, Ann <ann@y.example>", "\"Ann <ann@y.example>\": give the bare"},
        {"\"Doe, Ann\" <ann@y.example>, a@x.example", "Ann\" <ann@y.example>\": give the bare"},
        {"a@x.example, ann@\xe4\xbe\x8b..jp", "\"ann@\xe4\xbe\x8b..jp\""},
        {"a@x.example b@y.example", "separated by commas"},
        {",", "at least one"},
        {" 、; ", "at least one"},
        {"\"a@x.example, b@y.example", "\"\"a@x.example\""},
        {"", "at least one"},
        {" \t ", "at least one"},
        {"a@x.example\r\n, b@y.example", "control character"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct buf out = {0};
        struct fault f = {0};

        buf_add_str(&out, "as before");
        print_message("  row %zu: %s\n", i, rows[i].says);
        assert_int_equal(mailbox_list_normalise(span_of(rows[i].list), "missed.to", &out, &f),
                         ERR_INVAL);
        assert_string_equal(f.field, "missed.to");
        if (strstr(f.what, rows[i].says) == NULL)
            fail_msg("says: %s", f.what);
        assert_string_equal(out.p, "as before");
        buf_fini(&out);
    }
}

static void a_list_has_at_most_fifty_addresses(void **state)
{
    struct buf list = {0}, out = {0};
    struct fault f = {0};

    (void)state;
    for (int i = 0; i < MAILBOX_LIST_MAX; i++)
        buf_addf(&list, "%sa%d@x.example", i > 0 ? "," : "", i);
    assert_int_equal(mailbox_list_normalise(buf_span(&list), "to", &out, &f), ERR_OK);
    buf_add_str(&list, ",a0@x.example"); /* a duplicate does not count */
    buf_reset(&out);
    assert_int_equal(mailbox_list_normalise(buf_span(&list), "to", &out, &f), ERR_OK);
    buf_add_str(&list, ",more@x.example");
    assert_int_equal(mailbox_list_normalise(buf_span(&list), "to", &out, &f), ERR_INVAL);
    assert_non_null(strstr(f.what, "more than 50"));
    buf_fini(&list);
    buf_fini(&out);
}

static void a_long_wrong_address_is_shown_in_part_and_stays_utf8(void **state)
{
    struct buf addr = {0};
    struct fault f = {0};

    (void)state;
    buf_add_str(&addr, "ann@");
    for (int i = 0; i < 82; i++)
        buf_add_str(&addr, "\xe4\xbe\x8b");
    assert_int_equal(mailbox_check(buf_span(&addr), &f), ERR_INVAL);
    assert_non_null(strstr(f.what, "..."));
    assert_true(span_is_utf8(span_of(f.what)));
    buf_fini(&addr);
}

static void a_normalised_list_is_taken_apart_again(void **state)
{
    struct span list = SPAN_LIT("\"a,b\"@x.example, c@y.example"), addr;

    (void)state;
    assert_true(mailbox_list_next(&list, &addr));
    assert_true(span_is(addr, "\"a,b\"@x.example"));
    assert_true(mailbox_list_next(&list, &addr));
    assert_true(span_is(addr, "c@y.example"));
    assert_false(mailbox_list_next(&list, &addr));
}

static void what_goes_onto_the_wire_has_its_quotes(void **state)
{
    static const struct {
        const char *addr;
        bool lacks, good;
    } rows[] = {
        {"a.b@docomo.ne.jp", false, true},      {"a..b@docomo.ne.jp", true, false},
        {".a@docomo.ne.jp", true, false},       {"a.@docomo.ne.jp", true, false},
        {"\"a..b\"@docomo.ne.jp", false, true}, {"\"a.\"@docomo.ne.jp", false, true},
        {"ann@xn--r8jz45g.jp", false, true},    {"ann@例え.jp", false, false},
        {"a..b@例え.jp", true, false},          {"", false, false},
        {"ann@example.org>", false, false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fault f = {0};

        print_message("  %s\n", rows[i].addr);
        assert_int_equal(mailbox_lacks_quotes(span_of(rows[i].addr)), rows[i].lacks);
        assert_int_equal(mailbox_check_wire(span_of(rows[i].addr), &f),
                         rows[i].good ? ERR_OK : ERR_INVAL);
        assert_int_equal(f.what[0] != '\0', !rows[i].good);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_addresses_are_taken),
        cmocka_unit_test(bad_addresses_are_refused_with_the_reason),
        cmocka_unit_test(a_list_is_joined_trimmed_and_freed_of_duplicates),
        cmocka_unit_test(the_one_wrong_address_of_a_list_is_named),
        cmocka_unit_test(a_list_has_at_most_fifty_addresses),
        cmocka_unit_test(a_long_wrong_address_is_shown_in_part_and_stays_utf8),
        cmocka_unit_test(a_normalised_list_is_taken_apart_again),
        cmocka_unit_test(what_goes_onto_the_wire_has_its_quotes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
