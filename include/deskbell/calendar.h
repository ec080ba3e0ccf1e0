/*
 * Days of the Gregorian calendar, before its beginning, too; and the moments that a wall clock
 * means which is put forward and back.
 */
#ifndef DESKBELL_CALENDAR_H
#define DESKBELL_CALENDAR_H

#include <stdbool.h>
#include <stdint.h>

struct date {
    int year, month, day; /* month and day from 1 */
};

/* Is there such a day?  Any numbers but years that are out of all reason (over 10^8). */
bool date_exists(int year, int month, int day);

/* Days since 1970-01-01 of a day that exists, and back. */
int64_t date_number(int year, int month, int day);
struct date date_of(int64_t number);
int date_weekday(int64_t number); /* 0: Monday */

/* Local time minus UTC at a moment, in milliseconds. */
typedef int64_t offset_fn(void *arg, int64_t wall_ms);

/*
 * The moment at which a clock shows this time, the last one where it does so twice and `last`.
 * local_ms: what it shows, counted as if it were UTC.  False: it never shows that; *ms is the
 * moment at which it is put forward over it.  Asks for some four offsets, where one is put forward
 * for some thirty.
 */
bool local_moment(offset_fn *offset, void *arg, int64_t local_ms, bool last, int64_t *ms);

#endif
