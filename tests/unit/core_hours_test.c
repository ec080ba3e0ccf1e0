/* Business hours: what people may type, what it says of a moment, and what follows at the door. */
#include <time.h>

#include "core_world.h"

#define HOUR_MS ((int64_t)3600 * 1000)
#define MINUTE_MS ((int64_t)60 * 1000)

/* "2027-01-15 08:00", which T0 is, in UTC. */
static int64_t at(const char *text)
{
    struct tm tm = {0};

    assert_int_equal(sscanf(text, "%d-%d-%d %d:%d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday,
                            &tm.tm_hour, &tm.tm_min),
                     5);
    tm.tm_year -= 1900;
    tm.tm_mon--;
    return (int64_t)timegm(&tm) * 1000;
}

/* Two zones as they are, and one that has no summer time. */
static int64_t offset_of(void *arg, const char *zone, int64_t ms)
{
    (void)arg;
    if (strcmp(zone, "Asia/Tokyo") == 0)
        return 9 * HOUR_MS;
    if (strcmp(zone, "Europe/Berlin") == 0)
        return ms >= at("2027-03-28 01:00") && ms < at("2027-10-31 01:00") ? 2 * HOUR_MS : HOUR_MS;
    if (strcmp(zone, "America/New_York") == 0)
        return ms >= at("2027-03-14 07:00") && ms < at("2027-11-07 06:00") ? -4 * HOUR_MS
                                                                           : -5 * HOUR_MS;
    return 0;
}

static int setup(void **state)
{
    world_setup(state);
    core_set_zones(((struct world *)*state)->k, &(struct core_zones){.offset_ms = offset_of});
    return 0;
}

static void set(struct world *w, const char *name, const char *text)
{
    struct fault f = {0};

    if (world_set(w, OBJ_DEPT, SALES, name, text, &f) != ERR_OK)
        fail_msg("%s = %s: %s", name, text, f.what);
}

static const struct dept *sales(struct world *w)
{
    return core_dept(w->k, SALES);
}

static void assert_door(struct world *w, enum dept_door door)
{
    assert_string_equal(door_word(core_door(w->k, sales(w))), door_word(door));
}

/* texts */

static const struct {
    const char *setting, *typed, *kept; /* kept NULL: it is refused */
    const char *what;
} texts[] = {
    {"hours.week", "", "", NULL},
    {"hours.week", "mon 9-12, 13-18", "mon 09:00-12:00,13:00-18:00", NULL},
    {"hours.week", "Tuesday: 13:00\u201318:00,9:00~12:30", "tue 09:00-12:30,13:00-18:00", NULL},
    {"hours.week", "fri-mon 22:00-26:00",
     "mon 22:00-26:00; fri 22:00-26:00; sat 22:00-26:00; sun 22:00-26:00", NULL},
    {"hours.week", "mon closed; wed 00:00\u301c24:00", "wed 00:00-24:00", NULL},
    {"hours.week", "mon 09:00-12:00,12:00-18:00", "mon 09:00-12:00,12:00-18:00", NULL},
    {"hours.week", "mon 20:00-33:00; tue 09:00-12:00", "mon 20:00-33:00; tue 09:00-12:00", NULL},
    {"hours.week", "mon 09:00-14:00,13:00-18:00", NULL, "mon: 09:00-14:00 and 13:00-18:00 overlap"},
    {"hours.week", "mon 20:00-33:30; tue 09:00-12:00", NULL,
     "mon: 20:00-33:30 and 09:00-12:00 overlap"},
    {"hours.week", "sun 23:00-25:00; mon 00:30-02:00", NULL, "sun: 23:00-25:00 and 00:30-02:00"},
    {"hours.week", "mon 18:00-09:00", NULL, "18:00-09:00: the end must be later"},
    {"hours.week", "mon 09:00-09:00", NULL, "09:00-09:00: the end must be later"},
    {"hours.week", "mon 24:00-26:00", NULL, "24:00-26:00: what begins at 24:00"},
    {"hours.week", "mon 09:00-34:00", NULL, "09:00-34:00: at most 24 hours"},
    {"hours.week", "mon 09:60-12:00", NULL, "09:60-12:00: a time looks like"},
    {"hours.week", "mon 09:00-48:01", NULL, "09:00-48:01: a time looks like"},
    {"hours.week", "mon 9h-12h", NULL, "9h-12h: a time looks like"},
    {"hours.week", "mon 09:00", NULL, "09:00: hours look like"},
    {"hours.week", "mon", NULL, "mon: hours look like"},
    {"hours.week", "noday 09:00-12:00", NULL, "noday: a day is mon, tue"},
    {"hours.week", "mon-noday 09:00-12:00", NULL, "mon-noday: a day is mon, tue"},
    {"hours.week", "mon 9-12; mon 13-18", NULL, "mon is there twice"},
    {"hours.week", "mon closed", NULL, "no day has hours"},
    {"hours.week", "mon 0-1,2-3,4-5,6-7,8-9,10-11,12-13,14-15,16-17", NULL, "mon: at most 8 spans"},
    {"hours.days", "2027-02-01 9-12\n2027-01-31 closed",
     "2027-01-31 closed; 2027-02-01 09:00-12:00", NULL},
    {"hours.days", "01-31 closed", NULL, "a date looks like"},
    {"hours.days", "2027-01-31", NULL, "2027-01-31: hours look like"},
    {"hours.days", "2027-02-29 closed", NULL, "2027-02-29: there is no such day"},
    {"hours.days", "2027-01-31 closed; 2027-01-31 9-12", NULL, "2027-01-31 is there twice"},
    {"hours.days", "2027-01-31 12-9", NULL, "12-9: the end must be later"},
    {"hours.holidays", "12-25  Christmas\n2027-02-11 \u5efa\u56fd\u8a18\u5ff5\u306e\u65e5\n\n",
     "12-25 Christmas\n2027-02-11 \u5efa\u56fd\u8a18\u5ff5\u306e\u65e5", NULL},
    {"hours.holidays", "02-29 Leap day", "02-29 Leap day", NULL},
    {"hours.holidays", "2028-02-29", "2028-02-29", NULL},
    {"hours.holidays", "12-25 a\n12-25 b", NULL, "12-25 is there twice"},
    {"hours.holidays", "Christmas", NULL, "Christmas: a date looks like"},
    {"hours.holidays", "12-25-2027 x", NULL, "there is no such day"},
    {"hours.holidays", "13-01 x", NULL, "13-01: there is no such day"},
    {"hours.holidays", "2027-12-25x", NULL, "a date looks like"},
    {"hours.holidays", "12-25 a\u202eb", NULL, "U+202E"},
    {"hours.holidays", "12-25 1234567890123456789012345678901234567890123456789012345678901", NULL,
     "at most 60 characters, this has 61"},
    {"hours.last_chat_ms", "5h", NULL, "from 0 to 14400000 ms"},
};

static void each_text_is_kept_in_one_form_or_refused_by_what_is_wrong(void **state)
{
    struct world *w = *state;
    size_t count;
    const struct setting *table = dept_settings(&count);

    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        const struct setting *st = setting_find(table, count, span_of(texts[i].setting));
        struct fault f = {0};
        struct change has;
        err_t err = world_set(w, OBJ_DEPT, SALES, texts[i].setting, texts[i].typed, &f);

        print_message("  %s = %s\n", texts[i].setting, texts[i].typed);
        assert_int_equal(err, texts[i].kept != NULL ? ERR_OK : ERR_INVAL);
        if (err == ERR_OK) {
            dept_setting_get(sales(w), st, &has);
            assert_true(span_is(has.s, texts[i].kept));
            continue;
        }
        assert_string_equal(f.field, texts[i].setting);
        if (strstr(f.what, texts[i].what) == NULL)
            fail_msg("the fault says: %s", f.what);
    }
    world_assert_replays(w);
}

static void there_are_limits_to_their_number(void **state)
{
    struct world *w = *state;
    struct buf days = {.limit_bytes = SIZE_MAX}, holidays = {.limit_bytes = SIZE_MAX};
    struct fault f = {0};

    for (int i = 0; i <= HOLIDAYS_MAX; i++) {
        buf_addf(&holidays, "%d-%02d-%02d\n", 2000 + i / 300, 1 + i % 12, 1 + i / 12 % 25);
        if (i <= HOURS_DAYS_MAX)
            buf_addf(&days, "20%02d-%02d-01 closed\n", 10 + i / 12, 1 + i % 12);
    }
    assert_int_equal(world_set(w, OBJ_DEPT, SALES, "hours.days", days.p, &f), ERR_INVAL);
    assert_non_null(strstr(f.what, "at most 100, these are 101"));
    assert_int_equal(world_set(w, OBJ_DEPT, SALES, "hours.holidays", holidays.p, &f), ERR_INVAL);
    assert_non_null(strstr(f.what, "at most 400, these are 401"));
    buf_fini(&days);
    buf_fini(&holidays);
}

static void what_does_not_fit_together_is_refused(void **state)
{
    struct world *w = *state;
    struct fault f = {0};

    set(w, "hours.week", "mon 09:00-10:00");
    assert_int_equal(world_set(w, OBJ_DEPT, SALES, "hours.last_chat_ms", "1h", &f), ERR_INVAL);
    assert_string_equal(f.field, "hours.last_chat_ms");
    assert_non_null(strstr(f.what, "09:00-10:00"));
    set(w, "hours.last_chat_ms", "59m");
    assert_int_equal(world_set(w, OBJ_DEPT, SALES, "hours.days", "2027-02-01 9:00-9:30", &f),
                     ERR_INVAL);

    /* 02:30 is no time in Berlin on that day; in Tokyo it is. */
    set(w, "hours.last_chat_ms", "0");
    set(w, "hours.days", "2027-03-28 02:30-12:00");
    assert_int_equal(world_set(w, OBJ_DEPT, SALES, "hours.zone", "Europe/Berlin", &f), ERR_INVAL);
    assert_string_equal(f.field, "hours.days");
    assert_non_null(strstr(f.what,
                           "2027-03-28: clocks are put forward in Europe/Berlin on that day "
                           "and never show 02:30"));
    set(w, "hours.zone", "Asia/Tokyo");
    set(w, "hours.days", "2027-03-28 12:00-13:00");
    set(w, "hours.zone", "Europe/Berlin");
    assert_int_equal(world_set(w, OBJ_DEPT, SALES, "hours.days", "2027-03-27 20:00-26:30", &f),
                     ERR_INVAL);
    set(w, "hours.days", "2027-10-31 02:30-12:00");
}

/* moments, in UTC; "" stands for none */

static const struct {
    const char *what, *zone, *week, *holidays, *days, *last, *now;
    bool open, takes;
    const char *closes, *until, *opens;
} moments[] = {
    {"before opening", "UTC", "fri 09:00-17:00", "", "", "0", "2027-01-15 08:59", false, false, "",
     "", "2027-01-15 09:00"},
    {"at opening", "UTC", "fri 09:00-17:00", "", "", "0", "2027-01-15 09:00", true, true,
     "2027-01-15 17:00", "2027-01-15 17:00", ""},
    {"at closing", "UTC", "fri 09:00-17:00", "", "", "0", "2027-01-15 17:00", false, false, "", "",
     "2027-01-22 09:00"},
    {"at lunch", "UTC", "fri 09:00-12:00,13:00-17:00", "", "", "0", "2027-01-15 12:30", false,
     false, "", "", "2027-01-15 13:00"},
    {"spans that meet", "UTC", "fri 09:00-12:00,12:00-17:00", "", "", "0", "2027-01-15 11:00", true,
     true, "2027-01-15 17:00", "2027-01-15 17:00", ""},
    {"past midnight", "UTC", "fri 13:00-26:00", "", "", "0", "2027-01-16 01:59", true, true,
     "2027-01-16 02:00", "2027-01-16 02:00", ""},
    {"past midnight into a holiday", "UTC", "fri 13:00-26:00", "01-16 x", "", "0",
     "2027-01-16 01:00", true, true, "2027-01-16 02:00", "2027-01-16 02:00", ""},
    {"from Sunday into Monday", "UTC", "sun 22:00-24:00; mon 00:00-02:00", "", "", "0",
     "2027-01-17 23:00", true, true, "2027-01-18 02:00", "2027-01-18 02:00", ""},
    {"around the clock", "UTC", "mon-sun 00:00-24:00", "", "", "0", "2027-01-15 08:00", true, true,
     "", "", ""},
    {"around the clock but for a holiday", "UTC", "mon-sun 00:00-24:00", "2027-01-18 x", "", "0",
     "2027-01-15 08:00", true, true, "2027-01-18 00:00", "2027-01-18 00:00", ""},
    {"another zone", "Asia/Tokyo", "fri 09:00-17:00", "", "", "0", "2027-01-15 00:00", true, true,
     "2027-01-15 08:00", "2027-01-15 08:00", ""},
    {"a day ahead", "Asia/Tokyo", "sat 00:00-01:00", "", "", "0", "2027-01-15 15:00", true, true,
     "2027-01-15 16:00", "2027-01-15 16:00", ""},
    {"a day behind", "America/New_York", "thu 20:00-23:00", "", "", "0", "2027-01-15 03:00", true,
     true, "2027-01-15 04:00", "2027-01-15 04:00", ""},
    {"a single holiday", "UTC", "fri 09:00-17:00", "2027-01-15 x", "", "0", "2027-01-15 10:00",
     false, false, "", "", "2027-01-22 09:00"},
    {"a yearly holiday", "UTC", "fri 09:00-17:00", "01-15 x\n01-22 y", "", "0", "2027-01-15 10:00",
     false, false, "", "", "2027-01-29 09:00"},
    {"the same date of another year", "UTC", "fri 09:00-17:00", "2026-01-15 x", "", "0",
     "2027-01-15 10:00", true, true, "2027-01-15 17:00", "2027-01-15 17:00", ""},
    {"an exception before a holiday", "UTC", "fri 09:00-17:00", "2027-01-15 x",
     "2027-01-15 10:00-11:00", "0", "2027-01-15 10:00", true, true, "2027-01-15 11:00",
     "2027-01-15 11:00", ""},
    {"closed for once", "UTC", "fri 09:00-17:00", "", "2027-01-15 closed", "0", "2027-01-15 10:00",
     false, false, "", "", "2027-01-22 09:00"},
    {"open for once", "UTC", "mon 09:00-17:00", "", "2027-01-15 10:00-12:00", "0",
     "2027-01-15 08:00", false, false, "", "", "2027-01-15 10:00"},
    {"before the last chat", "UTC", "fri 09:00-17:00", "", "", "15m", "2027-01-15 16:44", true,
     true, "2027-01-15 17:00", "2027-01-15 16:45", ""},
    {"after the last chat", "UTC", "fri 09:00-17:00", "", "", "15m", "2027-01-15 16:45", true,
     false, "2027-01-15 17:00", "2027-01-15 16:45", "2027-01-22 09:00"},
    {"clocks put forward over the start", "Europe/Berlin", "sun 02:30-12:00", "", "", "0",
     "2027-03-28 00:59", false, false, "", "", "2027-03-28 01:00"},
    {"clocks put forward over the end", "Europe/Berlin", "sat 20:00-26:30", "", "", "0",
     "2027-03-28 00:30", true, true, "2027-03-28 01:00", "2027-03-28 01:00", ""},
    {"clocks put forward within", "Europe/Berlin", "sun 00:00-09:00", "", "", "0",
     "2027-03-28 00:30", true, true, "2027-03-28 07:00", "2027-03-28 07:00", ""},
    {"a span that the clocks leave out", "Europe/Berlin", "sun 02:10-02:50", "", "", "0",
     "2027-03-27 12:00", false, false, "", "", "2027-04-04 00:10"},
    {"clocks put back over the start", "Europe/Berlin", "sun 02:30-12:00", "", "", "0",
     "2027-10-31 00:00", false, false, "", "", "2027-10-31 00:30"},
    {"clocks put back over the end", "Europe/Berlin", "sat 20:00-26:30", "", "", "0",
     "2027-10-31 00:45", true, true, "2027-10-31 01:30", "2027-10-31 01:30", ""},
    {"the week after", "Europe/Berlin", "sun 09:00-12:00", "", "", "0", "2027-03-21 12:00", false,
     false, "", "", "2027-03-28 07:00"},
    {"nothing within a year", "UTC", "fri 09:00-17:00", "01-15 x", "2027-01-15 closed", "0",
     "2027-01-15 18:00", false, false, "", "", "2027-01-22 09:00"},
    {"a leap day", "UTC", "tue 09:00-17:00", "02-29 x", "", "0", "2028-02-29 10:00", false, false,
     "", "", "2028-03-07 09:00"},
};

static int64_t maybe(const char *text)
{
    return *text != '\0' ? at(text) : 0;
}

static void each_moment_is_told_by_zone_week_holidays_and_exceptions(void **state)
{
    struct world *w = *state;
    static const char *const names[] = {"hours.week", "hours.zone", "hours.holidays", "hours.days",
                                        "hours.last_chat_ms"};
    size_t count;
    const struct setting *table = dept_settings(&count);

    for (size_t i = 0; i < COUNT_OF(moments); i++) {
        const char *values[] = {moments[i].week, moments[i].zone, moments[i].holidays,
                                moments[i].days, moments[i].last};
        struct change changes[COUNT_OF(names)];
        struct hours_now now;
        struct fault f = {0};

        print_message("  %s\n", moments[i].what);
        for (size_t n = 0; n < COUNT_OF(names); n++)
            assert_int_equal(setting_parse(setting_find(table, count, span_of(names[n])),
                                           span_of(values[n]), &changes[n], &f),
                             ERR_OK);
        assert_int_equal(core_hours_try(w->k, sales(w), changes, COUNT_OF(changes),
                                        at(moments[i].now), &now, &f),
                         ERR_OK);
        assert_int_equal(now.open, moments[i].open);
        assert_int_equal(now.takes, moments[i].takes);
        assert_int_equal(now.closes_ms, maybe(moments[i].closes));
        assert_int_equal(now.chats_until_ms, maybe(moments[i].until));
        assert_int_equal(now.opens_ms, maybe(moments[i].opens));
        assert_true(now.look_ms > at(moments[i].now));
    }
    /* Trying changes nothing. */
    assert_string_equal(sales(w)->hours.week, "");
}

/* the door */

static void outside_of_its_hours_a_department_is_offline(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent(w, "ann", SALES), conv;

    set(w, "hours.week", "fri 08:30-10:00"); /* it is 08:00 */
    assert_door(w, DOOR_OFFLINE);
    assert_int_equal(sales(w)->hours.opens_ms, T0 + 30 * MINUTE_MS);
    assert_int_equal(world_try_ring(w, SALES).err, ERR_CLOSED);

    world_advance(w, 30 * MINUTE_MS - 1);
    assert_door(w, DOOR_OFFLINE);
    world_advance(w, 1);
    assert_door(w, DOOR_OPEN);
    assert_int_equal(sales(w)->hours.opens_ms, 0);
    conv = world_ring(w, SALES);
    assert_offered(w, ann, conv);
    assert_int_equal(world_accept(w, ann, conv).err, ERR_OK);
    world_assert_replays(w);
}

static void at_closing_who_talks_goes_on_and_who_waits_may_still_be_taken(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent(w, "ann", SALES), running, waiting, late;

    set(w, "idle_ms", "0");
    set(w, "wait_ms", "10m");
    set(w, "hours.week", "fri 08:00-08:05");
    running = world_ring(w, SALES);
    assert_int_equal(world_accept(w, ann, running).err, ERR_OK);
    world_status(w, ann, STATUS_BUSY);
    waiting = world_ring(w, SALES);
    late = world_ring(w, SALES);
    world_advance(w, 5 * MINUTE_MS);
    assert_door(w, DOOR_OFFLINE);
    assert_state(w, running, CONV_ACTIVE);
    assert_state(w, waiting, CONV_WAITING);

    world_status(w, ann, STATUS_AVAILABLE);
    assert_offered(w, ann, waiting);
    assert_int_equal(world_accept(w, ann, waiting).err, ERR_OK);
    world_status(w, ann, STATUS_BUSY);
    world_advance(w, 5 * MINUTE_MS);
    assert_state(w, late, CONV_MISSED);
    assert_state(w, running, CONV_ACTIVE);
    assert_int_equal(world_say(w, agent_(ann), running, "still here").err, ERR_OK);
    world_assert_replays(w);
}

static void the_last_chat_begins_some_time_before_closing(void **state)
{
    struct world *w = *state;

    world_agent(w, "ann", SALES);
    set(w, "hours.week", "fri 08:00-09:00; sat 10:00-12:00");
    set(w, "hours.last_chat_ms", "10m");
    assert_door(w, DOOR_OPEN);
    world_advance(w, 50 * MINUTE_MS);
    assert_door(w, DOOR_OFFLINE);
    assert_int_equal(sales(w)->hours.opens_ms, at("2027-01-16 10:00"));
}

static void a_change_takes_effect_at_once(void **state)
{
    struct world *w = *state;
    struct fault f = {0};

    world_agent(w, "ann", SALES);
    set(w, "hours.week", "fri 16:00-18:00"); /* 08:00 in UTC, 17:00 in Tokyo */
    assert_door(w, DOOR_OFFLINE);
    assert_int_equal(world_set(w, OBJ_PORTAL, 0, "zone", "Asia/Tokyo", &f), ERR_OK);
    assert_door(w, DOOR_OPEN);
    set(w, "hours.zone", "Europe/Berlin");
    assert_door(w, DOOR_OFFLINE);
    assert_int_equal(world_set(w, OBJ_PORTAL, 0, "zone", "UTC", &f), ERR_OK);
    assert_door(w, DOOR_OFFLINE);
    set(w, "hours.zone", "Asia/Tokyo");
    assert_door(w, DOOR_OPEN);
    set(w, "hours.holidays", "01-15 Founder's day");
    assert_door(w, DOOR_OFFLINE);
    set(w, "hours.days", "2027-01-15 17:00-17:30");
    assert_door(w, DOOR_OPEN);
    set(w, "hours.week", "");
    assert_door(w, DOOR_OPEN);
    assert_int_equal(sales(w)->hours.opens_ms, 0);
    world_advance(w, 2 * HOUR_MS);
    assert_door(w, DOOR_OPEN);
    world_assert_replays(w);
}

/* Nobody is told to look again: what opened meanwhile is open with the first record after the
 * start. */
static void a_restart_finds_what_the_clock_says(void **state)
{
    struct world *w = *state;
    struct core *copy;

    world_agent(w, "ann", SALES);
    set(w, "hours.week", "fri 09:00-17:00");
    assert_true(sales(w)->hours.shut);
    copy = world_copy_by_images(w);
    assert_true(core_dept(copy, SALES)->hours.shut);
    assert_int_equal(core_dept(copy, SALES)->hours.opens_ms, T0 + HOUR_MS);
    assert_int_equal(core_deadline(copy), T0 + HOUR_MS);
    assert_int_equal(core_digest(copy), core_digest(w->k));
    core_free(copy);

    w->now_ms += HOUR_MS;
    world_restart(w, HOUR_MS);
    assert_false(sales(w)->hours.shut);
    world_assert_replays(w);
}

static void a_restart_with_nothing_new_writes_nothing_of_it(void **state)
{
    struct world *w = *state;
    size_t before;

    set(w, "hours.week", "fri 09:00-17:00");
    before = world_count(w, REC_DEPT_HOURS);
    world_restart(w, 0);
    assert_int_equal(world_count(w, REC_DEPT_HOURS), before);
    world_advance(w, HOUR_MS);
    assert_int_equal(world_count(w, REC_DEPT_HOURS), before + 1);
}

static void a_deleted_department_has_no_deadlines(void **state)
{
    struct world *w = *state;
    struct cmd cmd = {.type = CMD_DEPT_REMOVE, .who = operator_(), .dept = SALES};

    world_dept(w, "Help", "public");
    set(w, "hours.week", "fri 09:00-17:00");
    assert_int_equal(core_deadline(w->k), T0 + HOUR_MS);
    assert_int_equal(world_do(w, &cmd).err, ERR_OK);
    assert_int_equal(core_deadline(w->k), INT64_MAX);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, world_teardown)
    const struct CMUnitTest tests[] = {
        TEST(each_text_is_kept_in_one_form_or_refused_by_what_is_wrong),
        TEST(there_are_limits_to_their_number),
        TEST(what_does_not_fit_together_is_refused),
        TEST(each_moment_is_told_by_zone_week_holidays_and_exceptions),
        TEST(outside_of_its_hours_a_department_is_offline),
        TEST(at_closing_who_talks_goes_on_and_who_waits_may_still_be_taken),
        TEST(the_last_chat_begins_some_time_before_closing),
        TEST(a_change_takes_effect_at_once),
        TEST(a_restart_finds_what_the_clock_says),
        TEST(a_restart_with_nothing_new_writes_nothing_of_it),
        TEST(a_deleted_department_has_no_deadlines),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
