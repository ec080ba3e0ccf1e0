/* Time zones and the calendar, over ICU.  Formats are our own: they must not change with ICU. */
#include <unicode/ucal.h>
#include <unicode/ustring.h>

#include <stdio.h>
#include <stdlib.h>

#include "deskbell/locale.h"

struct zone {
    UCalendar *cal;
    bool is_jst;
};

/* Zone names are ASCII: letters, digits, "_", "-", "+" and "/". */
static bool zone_name_to_u16(struct span name, UChar out[ZONE_NAME_MAX_BYTES + 1])
{
    if (name.len == 0 || name.len > ZONE_NAME_MAX_BYTES)
        return false;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.p[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '_' || c == '-' || c == '+' || c == '/'))
            return false;
        out[i] = (UChar)c;
    }
    out[name.len] = 0;
    return true;
}

bool zone_is_known(struct span name)
{
    UChar id[ZONE_NAME_MAX_BYTES + 1], canonical[128];
    UErrorCode code = U_ZERO_ERROR;
    UBool is_system = false;

    if (!zone_name_to_u16(name, id) || span_is(name, "Etc/Unknown"))
        return false;
    /* ICU also takes names of its own making such as "GMT+9"; only the tz database's count. */
    (void)ucal_getCanonicalTimeZoneID(id, (int32_t)name.len, canonical, 128, &is_system, &code);
    return U_SUCCESS(code) && is_system;
}

err_t zone_open(struct span name, struct zone **zone)
{
    UChar id[ZONE_NAME_MAX_BYTES + 1];
    UErrorCode code = U_ZERO_ERROR;

    if (!zone_is_known(name) || !zone_name_to_u16(name, id))
        return ERR_INVAL;
    UCalendar *cal = ucal_open(id, (int32_t)name.len, "en", UCAL_GREGORIAN, &code);
    if (U_FAILURE(code))
        return ERR_INVAL;

    struct zone *z = xcalloc(1, sizeof(*z));
    z->cal = cal;
    z->is_jst = span_is(name, "Asia/Tokyo") || span_is(name, "Japan");
    *zone = z;
    return ERR_OK;
}

void zone_close(struct zone *zone)
{
    if (zone == NULL)
        return;
    ucal_close(zone->cal);
    free(zone);
}

/* One field of the calendar at the moment that was set last. */
static int zone_field(struct zone *zone, UCalendarDateFields field)
{
    UErrorCode code = U_ZERO_ERROR;
    int value = ucal_get(zone->cal, field, &code);

    ensure(U_SUCCESS(code)); /* only impossible field names fail */
    return value;
}

static void zone_set_moment(struct zone *zone, int64_t wall_ms)
{
    UErrorCode code = U_ZERO_ERROR;

    ucal_setMillis(zone->cal, (UDate)wall_ms, &code);
    ensure(U_SUCCESS(code));
}

int64_t zone_offset_ms(struct zone *zone, int64_t wall_ms)
{
    zone_set_moment(zone, wall_ms);
    return (int64_t)zone_field(zone, UCAL_ZONE_OFFSET) + zone_field(zone, UCAL_DST_OFFSET);
}

struct civil zone_civil(struct zone *zone, int64_t wall_ms)
{
    zone_set_moment(zone, wall_ms);
    return (struct civil){
        .year = zone_field(zone, UCAL_EXTENDED_YEAR),
        .month = zone_field(zone, UCAL_MONTH) + 1, /* ICU counts from 0 */
        .day = zone_field(zone, UCAL_DATE),
        .hour = zone_field(zone, UCAL_HOUR_OF_DAY),
        .minute = zone_field(zone, UCAL_MINUTE),
        .second = zone_field(zone, UCAL_SECOND),
    };
}

static bool abbrev_is_plain(const char *s)
{
    size_t n = 0;

    for (; s[n] != '\0'; n++)
        if (s[n] < 'A' || s[n] > 'Z')
            return false;
    return n >= 2;
}

void zone_abbrev(struct zone *zone, int64_t wall_ms, char out[ZONE_ABBREV_BYTES])
{
    /* Each region's English (and Japanese) knows the short names of its own zones only. */
    static const char *const locales[] = {"en_US", "en_GB", "ja_JP", "en_AU", "en_IN"};
    zone_set_moment(zone, wall_ms);
    UCalendarDisplayNameType type =
        zone_field(zone, UCAL_DST_OFFSET) != 0 ? UCAL_SHORT_DST : UCAL_SHORT_STANDARD;

    snprintf(out, ZONE_ABBREV_BYTES, "UTC");
    for (size_t i = 0; i < COUNT_OF(locales); i++) {
        UChar name[ZONE_ABBREV_BYTES];
        char text[ZONE_ABBREV_BYTES];
        UErrorCode code = U_ZERO_ERROR;
        int32_t len = ucal_getTimeZoneDisplayName(zone->cal, type, locales[i], name,
                                                  ZONE_ABBREV_BYTES, &code);
        if (U_FAILURE(code) || len <= 0 || len >= ZONE_ABBREV_BYTES)
            continue;
        u_strToUTF8(text, sizeof(text), NULL, name, len, &code);
        if (U_FAILURE(code))
            continue;
        if (i == 0 || abbrev_is_plain(text))
            snprintf(out, ZONE_ABBREV_BYTES, "%s", text);
        if (abbrev_is_plain(text))
            return;
    }
}

void zone_format_day(struct zone *zone, enum tongue tongue, int64_t wall_ms, struct buf *out)
{
    struct civil c = zone_civil(zone, wall_ms);

    if (tongue == TONGUE_JA)
        buf_addf(out, "%d年%d月%d日", c.year, c.month, c.day);
    else
        buf_addf(out, "%04d-%02d-%02d", c.year, c.month, c.day);
}

void zone_format_clock(struct zone *zone, int64_t wall_ms, struct buf *out)
{
    struct civil c = zone_civil(zone, wall_ms);

    buf_addf(out, "%02d:%02d", c.hour, c.minute);
}

void zone_format_moment(struct zone *zone, enum tongue tongue, int64_t wall_ms, struct buf *out)
{
    char abbrev[ZONE_ABBREV_BYTES];

    zone_abbrev(zone, wall_ms, abbrev);
    zone_format_day(zone, tongue, wall_ms, out);
    buf_add_char(out, ' ');
    zone_format_clock(zone, wall_ms, out);
    if (tongue != TONGUE_JA)
        buf_addf(out, " %s", abbrev);
    else if (!zone->is_jst)
        buf_addf(out, "（%s）", abbrev);
}
