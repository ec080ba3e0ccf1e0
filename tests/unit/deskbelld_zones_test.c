/* The rules' zones: offsets of the system's own database, asked for by name any number of times. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../../src/deskbelld/zones.h"

#define HOUR_MS ((int64_t)3600 * 1000)
#define WINTER 1800000000000 /* 2027-01-15 08:00 UTC */
#define SUMMER (WINTER + (int64_t)180 * 24 * HOUR_MS)

struct world {
    struct zones zones;
    struct core *k;
};

static int setup(void **state)
{
    struct world *w = xcalloc(1, sizeof(*w));

    w->k = core_new();
    zones_plug(&w->zones, w->k);
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;

    zones_fini(&w->zones);
    core_free(w->k);
    free(w);
    return 0;
}

/* When a department with these hours closes, asked from within them; 0: it is not open. */
static int64_t closes(struct world *w, const char *zone, int64_t now_ms)
{
    struct dept d = {.hours = {.week = (char[]){"mon-sun 00:00-23:00"},
                               .zone = NULL,
                               .holidays = (char[]){""},
                               .days = (char[]){""}}};
    char name[64];
    struct hours_now now;

    snprintf(name, sizeof(name), "%s", zone);
    d.hours.zone = name;
    core_hours(w->k, &d, now_ms, &now);
    return now.closes_ms;
}

static void hours_follow_the_zone_through_the_year(void **state)
{
    static const struct {
        const char *zone;
        int64_t winter_h, summer_h;
    } rows[] = {
        {"Europe/Berlin", 1, 2}, {"Asia/Tokyo", 9, 9}, {"America/New_York", -5, -4}, {"UTC", 0, 0}};
    struct world *w = *state;

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        /* 08:00 UTC: the day's 23:00 there comes as many hours earlier as its clock is ahead. */
        assert_int_equal(closes(w, rows[i].zone, WINTER),
                         WINTER + (15 - rows[i].winter_h) * HOUR_MS);
        assert_int_equal(closes(w, rows[i].zone, SUMMER),
                         SUMMER + (15 - rows[i].summer_h) * HOUR_MS);
    }
}

/* More of them than are kept open, again and again. */
static void any_number_of_zones_can_be_asked_for(void **state)
{
    static const char *const zones[] = {
        "Africa/Cairo",        "Africa/Lagos",        "Africa/Nairobi",   "America/Bogota",
        "America/Chicago",     "America/Denver",      "America/Halifax",  "America/Lima",
        "America/Los_Angeles", "America/Mexico_City", "America/New_York", "America/Phoenix",
        "America/Santiago",    "America/Toronto",     "Asia/Bangkok",     "Asia/Dhaka",
        "Asia/Dubai",          "Asia/Hong_Kong",      "Asia/Jakarta",     "Asia/Karachi",
        "Asia/Kolkata",        "Asia/Manila",         "Asia/Riyadh",      "Asia/Seoul",
        "Asia/Shanghai",       "Asia/Singapore",      "Asia/Taipei",      "Asia/Tehran",
        "Asia/Tokyo",          "Australia/Perth",     "Australia/Sydney", "Europe/Berlin",
        "Europe/Istanbul",     "Europe/London",       "Europe/Moscow",    "Europe/Paris"};
    struct world *w = *state;
    int64_t first[COUNT_OF(zones)];

    assert_true(COUNT_OF(zones) > ZONES_KEPT);
    for (int round = 0; round < 3; round++)
        for (size_t i = 0; i < COUNT_OF(zones); i++) {
            int64_t at = closes(w, zones[i], WINTER);

            if (round == 0)
                first[i] = at;
            assert_int_equal(at, first[i]);
        }
    assert_int_equal(closes(w, "Asia/Tokyo", WINTER), WINTER + 6 * HOUR_MS);
}

static void a_zone_that_is_no_more_is_utc(void **state)
{
    assert_int_equal(closes(*state, "Mars/Olympus", WINTER), WINTER + 15 * HOUR_MS);
    assert_int_equal(closes(*state, "Mars/Olympus", WINTER), WINTER + 15 * HOUR_MS);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(hours_follow_the_zone_through_the_year),
        TEST(any_number_of_zones_can_be_asked_for),
        TEST(a_zone_that_is_no_more_is_utc),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
