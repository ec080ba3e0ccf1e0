/*
 * Holidays out of a calendar file (iCalendar, RFC 5545), read by libical: its events of whole days.
 * What comes each year on one date is such a holiday; other rules are followed for the years to
 * come.
 */
#include <libical/ical.h>
#include <stdlib.h>
#include <time.h>

#include "ctl_int.h"
#include "deskbell/clock.h"
#include "deskbell/limits.h"

#define YEARS_AHEAD 5
#define EVENT_DAYS_MAX 60 /* of one event that goes over several days */

struct reading {
    const char *path;
    struct buf *out;
    struct ics_left *left;
    struct buf seen; /* dates, each between two blanks: some calendars have one twice */
    size_t found;
    int this_year;
};

static void date_format(struct icaltimetype day, bool yearly, char out[16])
{
    if (yearly)
        snprintf(out, 16, "%02d-%02d", day.month, day.day);
    else
        snprintf(out, 16, "%04d-%02d-%02d", day.year, day.month, day.day);
}

static void holiday_put(struct reading *r, struct icaltimetype day, bool yearly, struct span name)
{
    char date[16], key[24];

    if (!yearly && day.year < r->this_year) {
        r->left->past++;
        return;
    }
    date_format(day, yearly, date);
    snprintf(key, sizeof(key), " %s ", date);
    if (r->seen.len > 0 && strstr(r->seen.p, key) != NULL)
        return;
    buf_add_str(&r->seen, key);
    buf_add_str(r->out, date);
    if (name.len > 0) {
        buf_add_char(r->out, ' ');
        buf_add_span(r->out, name);
    }
    buf_add_char(r->out, '\n');
    r->found++;
}

/* On the same date each year, for good? */
static bool is_yearly(const struct icalrecurrencetype *rule, struct icaltimetype start)
{
    if (rule->freq != ICAL_YEARLY_RECURRENCE || rule->interval > 1 || rule->count > 0 ||
        !icaltime_is_null_time(rule->until))
        return false;
    if (rule->by_day[0] != ICAL_RECURRENCE_ARRAY_MAX ||
        rule->by_year_day[0] != ICAL_RECURRENCE_ARRAY_MAX ||
        rule->by_week_no[0] != ICAL_RECURRENCE_ARRAY_MAX ||
        rule->by_set_pos[0] != ICAL_RECURRENCE_ARRAY_MAX)
        return false;
    if (rule->by_month[0] != ICAL_RECURRENCE_ARRAY_MAX &&
        (rule->by_month[0] != start.month || rule->by_month[1] != ICAL_RECURRENCE_ARRAY_MAX))
        return false;
    return rule->by_month_day[0] == ICAL_RECURRENCE_ARRAY_MAX ||
           (rule->by_month_day[0] == start.day &&
            rule->by_month_day[1] == ICAL_RECURRENCE_ARRAY_MAX);
}

static void days_put(struct reading *r, struct icaltimetype from, int days, bool yearly,
                     struct span name)
{
    for (int i = 0; i < days; i++) {
        struct icaltimetype day = from;

        icaltime_adjust(&day, i, 0, 0, 0);
        holiday_put(r, day, yearly, name);
    }
}

/* The days that a rule gives, up to some years ahead. */
static void rule_follow(struct reading *r, struct icalrecurrencetype rule,
                        struct icaltimetype start, int days, struct span name)
{
    icalrecur_iterator *it = icalrecur_iterator_new(rule, start);
    struct icaltimetype day;

    if (it == NULL)
        return;
    while (!icaltime_is_null_time(day = icalrecur_iterator_next(it)) &&
           day.year <= r->this_year + YEARS_AHEAD && r->found <= HOLIDAYS_MAX)
        if (day.year >= r->this_year)
            days_put(r, day, days, false, name);
    icalrecur_iterator_free(it);
}

/* libical takes 2026-13-45. */
static bool is_date(struct icaltimetype t)
{
    return !icaltime_is_null_time(t) && t.year >= 1970 && t.month >= 1 && t.month <= 12 &&
           t.day >= 1 && t.day <= icaltime_days_in_month(t.month, t.year);
}

/* The end is the day after the last one. */
static int event_days(icalcomponent *event, struct icaltimetype start)
{
    struct icaltimetype end = icalcomponent_get_dtend(event);
    int days;

    if (!is_date(end))
        return 1;
    days = (int)((icaltime_as_timet(end) - icaltime_as_timet(start)) / (24 * 60 * 60));
    return days < 1 ? 1 : days > EVENT_DAYS_MAX ? EVENT_DAYS_MAX : days;
}

static void name_of(icalcomponent *event, struct buf *name)
{
    const char *summary = icalcomponent_get_summary(event);
    struct buf line = {0};
    struct span s;

    buf_add_line(&line, span_of(summary));
    s = span_trim(buf_span(&line));
    while (span_codepoints(s) > HOLIDAY_NAME_MAX_CODEPOINTS || !span_is_utf8(s))
        s.len--;
    buf_add_span(name, span_trim(s));
    buf_fini(&line);
}

static enum ctl_exit event_read(struct reading *r, icalcomponent *event)
{
    icalproperty *rule = icalcomponent_get_first_property(event, ICAL_RRULE_PROPERTY);
    struct icaltimetype start = icalcomponent_get_dtstart(event);
    struct buf name = {0};
    int days;

    name_of(event, &name);
    if (!is_date(start)) {
        ctl_complain("%s: an event has no date: %s", r->path, name.len > 0 ? name.p : "(no name)");
        buf_fini(&name);
        return EXIT_USAGE;
    }
    days = event_days(event, start);
    if (icalcomponent_get_status(event) == ICAL_STATUS_CANCELLED) {
        r->left->cancelled++;
    } else if (!start.is_date) {
        r->left->timed++;
    } else if (rule == NULL) {
        days_put(r, start, days, false, buf_span(&name));
    } else {
        struct icalrecurrencetype how = icalproperty_get_rrule(rule);

        if (is_yearly(&how, start))
            days_put(r, start, days, true, buf_span(&name));
        else
            rule_follow(r, how, start, days, buf_span(&name));
    }
    buf_fini(&name);
    return EXIT_DONE;
}

/* One calendar, or several in a file, which libical puts into one that has no name. */
static enum ctl_exit calendar_events(struct reading *r, icalcomponent *calendar)
{
    enum ctl_exit ex = EXIT_DONE;

    for (icalcomponent *event = icalcomponent_get_first_component(calendar, ICAL_VEVENT_COMPONENT);
         event != NULL && ex == EXIT_DONE && r->found <= HOLIDAYS_MAX;
         event = icalcomponent_get_next_component(calendar, ICAL_VEVENT_COMPONENT))
        ex = event_read(r, event);
    return ex;
}

static enum ctl_exit root_events(struct reading *r, icalcomponent *root)
{
    enum ctl_exit ex = EXIT_DONE;

    if (icalcomponent_isa(root) == ICAL_VCALENDAR_COMPONENT)
        return calendar_events(r, root);
    for (icalcomponent *one = icalcomponent_get_first_component(root, ICAL_VCALENDAR_COMPONENT);
         one != NULL && ex == EXIT_DONE;
         one = icalcomponent_get_next_component(root, ICAL_VCALENDAR_COMPONENT))
        ex = calendar_events(r, one);
    return ex;
}

static bool is_calendar(icalcomponent *root)
{
    return root != NULL &&
           (icalcomponent_isa(root) == ICAL_VCALENDAR_COMPONENT ||
            icalcomponent_get_first_component(root, ICAL_VCALENDAR_COMPONENT) != NULL);
}

enum ctl_exit ics_holidays(const char *path, const char *text, struct buf *out,
                           struct ics_left *left)
{
    time_t now = (time_t)(clock_wall_ms() / 1000);
    struct tm tm;
    struct reading r = {.path = path, .out = out, .left = left};
    icalcomponent *root = icalparser_parse_string(text);
    enum ctl_exit ex = EXIT_USAGE;

    ensure(localtime_r(&now, &tm) != NULL);
    r.this_year = tm.tm_year + 1900;
    *left = (struct ics_left){0};
    if (!is_calendar(root))
        ctl_complain("%s: this is no calendar: it has no BEGIN:VCALENDAR", path);
    else
        ex = root_events(&r, root);
    if (ex == EXIT_DONE && r.found > HOLIDAYS_MAX) {
        ctl_complain("%s: a department has %d holidays at most, and here are more", path,
                     HOLIDAYS_MAX);
        ex = EXIT_USAGE;
    } else if (ex == EXIT_DONE && r.found == 0) {
        ctl_complain("%s: there is no event of a whole day in it that is still to come", path);
        ex = EXIT_USAGE;
    }
    if (root != NULL)
        icalcomponent_free(root);
    buf_fini(&r.seen);
    return ex;
}
