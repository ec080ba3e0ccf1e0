/* The calendar against the C library's, and moments of clocks that are put forward and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "deskbell/calendar.h"

#define HOUR_MS INT64_C(3600000)
#define DAY_MS (24 * HOUR_MS)

static void each_day_of_1600_years_is_the_librarys(void **state)
{
    (void)state;
    for (int64_t n = -400 * 366; n < 1200 * 366; n++) {
        time_t t = (time_t)n * 86400;
        struct date d = date_of(n);
        struct tm tm;

        assert_non_null(gmtime_r(&t, &tm));
        assert_int_equal(d.year, tm.tm_year + 1900);
        assert_int_equal(d.month, tm.tm_mon + 1);
        assert_int_equal(d.day, tm.tm_mday);
        assert_int_equal(date_weekday(n), (tm.tm_wday + 6) % 7);
        assert_int_equal(date_number(d.year, d.month, d.day), n);
        assert_true(date_exists(d.year, d.month, d.day));
    }
}

static void days_that_are_none_do_not_exist(void **state)
{
    static const struct date none[] = {
        {2026, 2, 29}, {2026, 2, 30}, {2100, 2, 29}, {2028, 2, 30}, {2026, 4, 31},
        {2026, 13, 1}, {2026, 0, 1},  {2026, 1, 0},  {2026, 1, 32}, {2026, -1, 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
        assert_false(date_exists(none[i].year, none[i].month, none[i].day));
    assert_true(date_exists(2000, 2, 29));
    assert_true(date_exists(2028, 2, 29));
}

/* A clock that is moved at one moment. */
struct moved {
    int64_t at_ms, before_ms, after_ms;
};

static int64_t moved_offset(void *arg, int64_t wall_ms)
{
    const struct moved *m = arg;

    return wall_ms < m->at_ms ? m->before_ms : m->after_ms;
}

static int64_t moment(const struct moved *m, int64_t local_ms, bool last, bool shown)
{
    struct moved copy = *m;
    int64_t ms;

    assert_int_equal(local_moment(moved_offset, &copy, local_ms, last, &ms), shown);
    return ms;
}

static void a_time_is_the_moment_at_which_it_is_shown(void **state)
{
    /* from midnight of the day 100 to one, or from one to midnight, in the west and the east */
    static const struct moved forward[] = {
        {100 * DAY_MS + 5 * HOUR_MS, -5 * HOUR_MS, -4 * HOUR_MS},
        {100 * DAY_MS - 2 * HOUR_MS, 2 * HOUR_MS, 3 * HOUR_MS},
    };
    static const struct moved back[] = {
        {100 * DAY_MS + 5 * HOUR_MS, -4 * HOUR_MS, -5 * HOUR_MS},
        {100 * DAY_MS - 2 * HOUR_MS, 3 * HOUR_MS, 2 * HOUR_MS},
    };
    const int64_t midnight = 100 * DAY_MS;

    (void)state;
    for (int i = 0; i < 2; i++) {
        const struct moved *m = &forward[i];

        assert_int_equal(moment(m, midnight, false, false), m->at_ms);
        assert_int_equal(moment(m, midnight + HOUR_MS - 1, true, false), m->at_ms);
        assert_int_equal(moment(m, midnight + HOUR_MS, false, true), m->at_ms);
        assert_int_equal(moment(m, midnight - 1, true, true), m->at_ms - 1);
        m = &back[i];
        assert_int_equal(moment(m, midnight, false, true), m->at_ms - HOUR_MS);
        assert_int_equal(moment(m, midnight, true, true), m->at_ms);
        assert_int_equal(moment(m, midnight - 1, true, true), m->at_ms - HOUR_MS - 1);
        assert_int_equal(moment(m, midnight + HOUR_MS, false, true), m->at_ms + HOUR_MS);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_day_of_1600_years_is_the_librarys),
        cmocka_unit_test(days_that_are_none_do_not_exist),
        cmocka_unit_test(a_time_is_the_moment_at_which_it_is_shown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
