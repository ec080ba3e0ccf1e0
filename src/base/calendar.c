/* Days of the calendar and moments of wall clocks; the formulas count in eras of 400 years. */
#include "deskbell/calendar.h"

#define DAY_MS INT64_C(86400000)

int64_t date_number(int year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = (y >= 0 ? y : y - 399) / 400, of_era = y - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

struct date date_of(int64_t number)
{
    int64_t z = number + 719468, era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t of_era = z - era * 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * of_year + 2) / 153;
    struct date d = {.day = (int)(of_year - (153 * month + 2) / 5 + 1)};

    d.month = (int)(month < 10 ? month + 3 : month - 9);
    d.year = (int)(year + era * 400 + (d.month <= 2));
    return d;
}

/* What comes back as another was none. */
bool date_exists(int year, int month, int day)
{
    struct date d;

    if (month < 1 || month > 12 || day < 1 || day > 31)
        return false;
    d = date_of(date_number(year, month, day));
    return d.year == year && d.month == month && d.day == day;
}

int date_weekday(int64_t number)
{
    return (int)(((number + 3) % 7 + 7) % 7); /* 1970 began on a Thursday */
}

/* Clocks are put forward between the two: the moment at which the offset is the later one. */
static int64_t jump_between(offset_fn *offset, void *arg, int64_t lo, int64_t hi)
{
    int64_t after = offset(arg, hi);

    while (lo < hi) {
        int64_t mid = lo + (hi - lo) / 2;

        if (offset(arg, mid) == after)
            hi = mid;
        else
            lo = mid + 1;
    }
    return hi;
}

bool local_moment(offset_fn *offset, void *arg, int64_t local_ms, bool last, int64_t *ms)
{
    int64_t before = local_ms - offset(arg, local_ms - DAY_MS);
    int64_t after = local_ms - offset(arg, local_ms + DAY_MS);
    bool is_before = before + offset(arg, before) == local_ms;
    bool is_after = after + offset(arg, after) == local_ms;

    if (is_before && is_after)
        *ms = last == (after > before) ? after : before;
    else if (is_before || is_after)
        *ms = is_before ? before : after;
    else
        *ms = after < before ? jump_between(offset, arg, after, before) : before;
    return is_before || is_after;
}
