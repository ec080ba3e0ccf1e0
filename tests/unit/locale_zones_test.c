/*
 * Every zone of the system's tz database, over the whole of 2026, as the C library reads it: a
 * second reader of the same files.  ICU's built-in rules are older and differ for some zones in
 * that year.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "deskbell/locale.h"

#define DATABASE "/usr/share/zoneinfo/tzdata.zi"
#define START_S 1767225600 /* 2026-01-01 00:00 UTC */
#define STEP_S (24 * 3600)
#define STEPS 365

/* Once a day, and around each change to the second. */
static void compare(const char *name, struct zone *zone, time_t at, time_t before)
{
    struct tm tm;

    localtime_r(&at, &tm);
    if (zone_offset_ms(zone, (int64_t)at * 1000) != tm.tm_gmtoff * INT64_C(1000))
        fail_msg("%s at %lld: %lld ms, not %ld s", name, (long long)at,
                 (long long)zone_offset_ms(zone, (int64_t)at * 1000), tm.tm_gmtoff);
    struct civil c = zone_civil(zone, (int64_t)at * 1000);
    if (c.hour != tm.tm_hour || c.minute != tm.tm_min || c.day != tm.tm_mday ||
        c.month != tm.tm_mon + 1)
        fail_msg("%s at %lld: %02d:%02d", name, (long long)at, c.hour, c.minute);

    struct tm was;

    localtime_r(&before, &was);
    if (was.tm_gmtoff == tm.tm_gmtoff || at - before <= 1)
        return;
    time_t middle = before + (at - before) / 2;
    compare(name, zone, middle, before);
    compare(name, zone, at, middle);
}

static void zone_compare(const char *name)
{
    struct zone *zone;

    assert_int_equal(zone_open(span_of(name), &zone), ERR_OK);
    setenv("TZ", name, 1);
    tzset();
    for (int i = 1; i <= STEPS; i++)
        compare(name, zone, START_S + (time_t)i * STEP_S, START_S + (time_t)(i - 1) * STEP_S);
    zone_close(zone);
}

/* The name in a line of the database's text: "Z NAME ..." or "L TARGET NAME"; NULL: another line.
 */
static char *line_name(char *line)
{
    char *rest = line;
    char *kind = strtok_r(rest, " \n", &rest);

    if (kind == NULL || (strcmp(kind, "Z") != 0 && strcmp(kind, "L") != 0))
        return NULL;
    if (*kind == 'L')
        (void)strtok_r(NULL, " \n", &rest);
    return strtok_r(NULL, " \n", &rest);
}

static void all_zones_have_the_times_of_the_systems_database(void **state)
{
    FILE *f = fopen(DATABASE, "r");
    char line[1024];
    int regions = 0, others = 0;

    (void)state;
    assert_non_null(f);
    while (fgets(line, sizeof(line), f) != NULL) {
        char *name = line_name(line);

        if (name == NULL)
            continue;
        if (zone_is_known(span_of(name))) {
            zone_compare(name);
            *(strchr(name, '/') != NULL ? &regions : &others) += 1;
        } else if (strchr(name, '/') != NULL) {
            fail_msg("%s is not known", name);
        }
    }
    fclose(f);
    assert_true(regions > 500 && others > 20);
}

/* Of after the rules of Debian 12's ICU, by name: an hour off there, or not known at all. */
static void what_changed_of_late_is_known(void **state)
{
    static const struct {
        const char *name;
        int64_t at_ms;
        int hours;
    } rows[] = {
        {"Asia/Almaty", INT64_C(1782000000000), 5},          /* 2024 */
        {"Asia/Qostanay", INT64_C(1782000000000), 5},        /* 2024 */
        {"America/Mexico_City", INT64_C(1782000000000), -6}, /* no summer time since 2022 */
        {"Asia/Amman", INT64_C(1767300000000), 3},           /* 2022 */
        {"America/Coyhaique", INT64_C(1782000000000), -3},   /* a zone since 2025 */
        {"Europe/Kyiv", INT64_C(1782000000000), 3},          /* a name since 2022 */
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct zone *zone;

        assert_int_equal(zone_open(span_of(rows[i].name), &zone), ERR_OK);
        if (zone_offset_ms(zone, rows[i].at_ms) != rows[i].hours * INT64_C(3600000))
            fail_msg("%s", rows[i].name);
        zone_close(zone);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_zones_have_the_times_of_the_systems_database),
        cmocka_unit_test(what_changed_of_late_is_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
