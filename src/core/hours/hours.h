/*
 * Business hours as the files of this folder share them: what the texts of the settings say, and
 * when a department is open by them.
 */
#ifndef CORE_HOURS_H
#define CORE_HOURS_H

#include "core_int.h"
#include "deskbell/calendar.h"

#define DAY_MINUTES (24 * 60)
#define WEEK_DAYS 7

/* Minutes of the day that it begins on: 00:00 is 0, and 02:00 of the next day is 26:00. */
struct hours_span {
    uint16_t from, to;
};

/* Ascending, none over another. */
struct hours_day {
    size_t n;
    struct hours_span spans[HOURS_SPANS_MAX];
};

/* One with hours of its own, or a holiday. */
struct hours_date {
    struct date date;     /* year 0: each year, of holidays alone */
    struct hours_day day; /* a holiday has none */
    struct span name;     /* of a holiday; borrows from the text */
};

/*
 * One part after the other out of a text as it is kept: *rest goes on.  False: that was all.  A
 * part that a later program wrote and this one does not understand counts as closed.
 */
bool hours_next_day(struct span *rest, struct hours_date *day);
bool hours_next_holiday(struct span *rest, struct hours_date *day);
void hours_week(struct span text, struct hours_day week[WEEK_DAYS]);

/* "09:00-12:00", "22:00-26:00". */
#define HOURS_SPAN_TEXT 24
void hours_span_text(const struct hours_span *s, char out[HOURS_SPAN_TEXT]);

#endif
