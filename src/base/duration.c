/* Durations as text, and back. */
#include "deskbell/duration.h"

#include <inttypes.h>
#include <stdio.h>

static const struct {
    char name[3];
    int64_t ms;
} units[] = {{"d", 86400000}, {"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}};

bool duration_parse(struct span s, int64_t *ms)
{
    int64_t n = 0;
    size_t at = 0;

    for (; at < s.len && s.p[at] >= '0' && s.p[at] <= '9'; at++) {
        if (n > (INT64_MAX - 9) / 10)
            return false;
        n = 10 * n + (s.p[at] - '0');
    }
    if (at == 0)
        return false;
    for (size_t i = 0; i < COUNT_OF(units); i++)
        if (span_is((struct span){s.p + at, s.len - at}, units[i].name) &&
            n <= INT64_MAX / units[i].ms) {
            *ms = n * units[i].ms;
            return true;
        }
    return false;
}

void duration_format(int64_t ms, char out[DURATION_TEXT])
{
    size_t i = 0;

    while (ms == 0 ? units[i].ms != 1000 : ms % units[i].ms != 0)
        i++;
    snprintf(out, DURATION_TEXT, "%" PRId64 "%s", ms / units[i].ms, units[i].name);
}
