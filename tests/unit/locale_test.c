/* Time zones, languages and international domains, by table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "deskbell/locale.h"

#define T0 INT64_C(1795413840000)     /* 2026-11-23 06:04:00 UTC */
#define SUMMER INT64_C(1784073600000) /* 2026-07-15 00:00:00 UTC */

static void zones_are_known_by_their_database_names_only(void **state)
{
    static const struct {
        const char *name;
        bool known;
    } rows[] = {
        {"Asia/Tokyo", true},
        {"UTC", true},
        {"Europe/Berlin", true},
        {"Etc/GMT-9", true},
        {"", false},
        {"Asia/Tokio", false},
        {"Etc/Unknown", false},
        {"GMT+9:30", false},
        {"Asia/Tokyo ", false},
        {"../etc/passwd", false},
        {"日本", false},
        {"America/Coyhaique", true}, /* of 2025: younger than ICU's rules */
        {"America/Nowhere", false},
        {"America/", false},
        {"America/Argentina", false}, /* a folder */
        {"/usr/share/zoneinfo/Asia/Tokyo", false},
        {"posix/Asia/Tokyo", false},
        {"right/Asia/Tokyo", false},
        {"localtime", false},
        {"+09", false},
        {"GMT+9", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct zone *zone = NULL;

        print_message("  %s\n", rows[i].name);
        assert_int_equal(zone_is_known(span_of(rows[i].name)), rows[i].known);
        assert_int_equal(zone_open(span_of(rows[i].name), &zone),
                         rows[i].known ? ERR_OK : ERR_INVAL);
        zone_close(zone);
    }
}

static void what_people_take_for_the_same_is_folded_to_the_same(void **state)
{
    static const struct {
        const char *text, *folded;
    } rows[] = {
        {"", ""},
        {"Gift WRAPPING", "gift wrapping"},
        {"Ｇｉｆｔ１２", "gift12"},
        {"ギフト", "ぎふと"},
        {"ｷﾞﾌﾄ", "ぎふと"},
        {"ぎふと", "ぎふと"},
        {"ヷヶン", "ヷゖん"}, /* the first has no hiragana of its own */
        {"サーバー", "さーばー"},
        {"㈱", "(株)"},
        {"STRASSE straße", "strasse strasse"},
        {"Ünï", "ünï"},
        {"\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80"},
        {"\xef\xb7\xba", "صلى الله عليه وسلم"}, /* one letter that becomes eighteen */
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct buf b = {0};

        print_message("  %s\n", rows[i].text);
        buf_add_char(&b, '>');
        text_fold(span_of(rows[i].text), &b);
        assert_string_equal(b.p + 1, rows[i].folded);
        buf_fini(&b);
    }
}

static void moments_read_as_people_write_them(void **state)
{
    static const struct {
        const char *zone;
        enum tongue tongue;
        int64_t at_ms;
        const char *text;
    } rows[] = {
        {"Asia/Tokyo", TONGUE_EN, T0, "2026-11-23 15:04 JST"},
        {"Asia/Tokyo", TONGUE_JA, T0, "2026年11月23日 15:04"},
        {"UTC", TONGUE_EN, T0, "2026-11-23 06:04 UTC"},
        {"UTC", TONGUE_JA, T0, "2026年11月23日 06:04（UTC）"},
        {"Europe/Berlin", TONGUE_EN, T0, "2026-11-23 07:04 CET"},
        {"Europe/Berlin", TONGUE_EN, SUMMER, "2026-07-15 02:00 CEST"},
        {"America/New_York", TONGUE_EN, SUMMER, "2026-07-14 20:00 EDT"},
        {"America/Sao_Paulo", TONGUE_EN, T0, "2026-11-23 03:04 GMT-3"},
        {"Asia/Kolkata", TONGUE_EN, T0, "2026-11-23 11:34 IST"},
        {"Asia/Tokyo", TONGUE_EN, 0, "1970-01-01 09:00 JST"},
        {"Asia/Tokyo", TONGUE_EN, -1, "1970-01-01 08:59 JST"},
        /* these have changed since ICU's rules were made */
        {"Asia/Almaty", TONGUE_EN, T0, "2026-11-23 11:04 GMT+5"},
        {"Asia/Almaty", TONGUE_EN, INT64_C(1577836800000), "2020-01-01 06:00 GMT+6"},
        {"America/Mexico_City", TONGUE_EN, SUMMER, "2026-07-14 18:00 CST"},
        {"America/Mexico_City", TONGUE_EN, T0, "2026-11-23 00:04 CST"},
        {"America/Coyhaique", TONGUE_EN, T0, "2026-11-23 03:04 GMT-3"},
        {"America/Coyhaique", TONGUE_JA, T0, "2026年11月23日 03:04（GMT-3）"},
        {"America/St_Johns", TONGUE_EN, T0, "2026-11-23 02:34 GMT-3:30"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct zone *zone;
        struct buf out = {0};

        assert_int_equal(zone_open(span_of(rows[i].zone), &zone), ERR_OK);
        zone_format_moment(zone, rows[i].tongue, rows[i].at_ms, &out);
        assert_string_equal(out.p, rows[i].text);
        buf_fini(&out);
        zone_close(zone);
    }
}

static void summer_time_changes_the_offset_at_its_second(void **state)
{
    struct zone *zone;

    (void)state;
    assert_int_equal(zone_open(SPAN_LIT("Europe/Berlin"), &zone), ERR_OK);
    /* 2026-03-29 01:00 UTC is when Berlin's clocks go forward. */
    assert_int_equal(zone_offset_ms(zone, INT64_C(1774746000000) - 1), 3600000);
    assert_int_equal(zone_offset_ms(zone, INT64_C(1774746000000)), 7200000);

    struct civil c = zone_civil(zone, INT64_C(1774746000000));
    assert_int_equal(c.hour, 3);
    assert_int_equal(c.minute, 0);
    assert_int_equal(c.day, 29);
    zone_close(zone);
}

static void tags_name_their_language(void **state)
{
    static const struct {
        const char *tag;
        enum tongue tongue;
    } rows[] = {
        {"ja", TONGUE_JA}, {"ja-JP", TONGUE_JA}, {"JA_jp", TONGUE_JA}, {"en", TONGUE_EN},
        {"", TONGUE_EN},   {"jam", TONGUE_EN},   {"fr", TONGUE_EN},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        assert_int_equal(tongue_of(span_of(rows[i].tag)), rows[i].tongue);
    assert_string_equal(tongue_tag(TONGUE_JA), "ja");
}

static void addresses_get_their_ascii_domain(void **state)
{
    static const struct {
        const char *addr, *ascii; /* NULL: refused */
    } rows[] = {
        {"a@example.com", "a@example.com"},
        {"A.b+c@EXAMPLE.Com", "A.b+c@example.com"},
        {"staff@例え.jp", "staff@xn--r8jz45g.jp"},
        {"staff@例え。jp", "staff@xn--r8jz45g.jp"},
        {"x@faß.de", "x@xn--fa-hia.de"},
        {"\"a@b\"@example.com", "\"a@b\"@example.com"},
        {"a@[192.0.2.7]", "a@[192.0.2.7]"},
        {"a@exa mple.com", NULL},
        {"a@-example.com", NULL},
        {"a@a..b", NULL},
        {"a@", NULL},
        {"@example.com", NULL},
        {"nobody", NULL},
        {"a@\xff.com", NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct buf out = {0};
        err_t err = address_to_ascii(span_of(rows[i].addr), &out);

        print_message("  %s\n", rows[i].addr);
        assert_int_equal(err, rows[i].ascii ? ERR_OK : ERR_INVAL);
        if (rows[i].ascii)
            assert_string_equal(out.p, rows[i].ascii);
        else
            assert_int_equal(out.len, 0);
        buf_fini(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zones_are_known_by_their_database_names_only),
        cmocka_unit_test(moments_read_as_people_write_them),
        cmocka_unit_test(summer_time_changes_the_offset_at_its_second),
        cmocka_unit_test(tags_name_their_language),
        cmocka_unit_test(what_people_take_for_the_same_is_folded_to_the_same),
        cmocka_unit_test(addresses_get_their_ascii_domain),
    };

    return cmocka_run_group_tests_name("locale", tests, NULL, NULL);
}
