/* Days as people write them: the first moment of each, where the portal is. */
#include "api_int.h"
#include "deskbell/calendar.h"
#include "deskbell/locale.h"

static bool digits_take(struct span *in, size_t max, int *value)
{
    size_t n = 0;

    for (*value = 0; n < max && in->len > 0 && in->p[0] >= '0' && in->p[0] <= '9'; n++) {
        *value = *value * 10 + (in->p[0] - '0');
        in->p++;
        in->len--;
    }
    return n > 0;
}

static bool char_take(struct span *in, const char *any)
{
    if (in->len == 0 || strchr(any, in->p[0]) == NULL)
        return false;
    in->p++;
    in->len--;
    return true;
}

static int64_t offset_in(void *arg, int64_t wall_ms)
{
    return zone_offset_ms(arg, wall_ms);
}

/* Its first moment where the portal is, which need not be midnight; false: there is no such day. */
static bool day_start(const struct api *api, int year, int month, int day, int64_t *ms)
{
    struct zone *zone;

    if (!date_exists(year, month, day) ||
        zone_open(span_of(core_portal(api->env.core)->zone), &zone) != ERR_OK)
        return false;
    (void)local_moment(offset_in, zone, date_number(year, month, day) * DAY_MS, false, ms);
    zone_close(zone);
    return true;
}

bool day_parse(const struct api *api, struct span in, int64_t *ms)
{
    int year, month, day;

    if (!digits_take(&in, 5, &year))
        return false;
    if (char_take(&in, "dD")) {
        *ms = api_now(api) - year * DAY_MS;
        return in.len == 0 && year <= SEARCH_DAYS_MAX;
    }
    return year >= 1970 && year <= 9999 && char_take(&in, "-/") && digits_take(&in, 2, &month) &&
           char_take(&in, "-/") && digits_take(&in, 2, &day) && in.len == 0 &&
           day_start(api, year, month, day, ms);
}
