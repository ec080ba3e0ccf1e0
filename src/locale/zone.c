/*
 * Time zones and the calendar.  When clocks change is the system's tz database's to say, which gets
 * updates, by way of GLib; ICU, whose own rules are as old as it is, gives the short names, where
 * it agrees on the time.  Formats are our own: they must not change with either.
 */
#include <glib.h>
#include <unicode/ucal.h>
#include <unicode/ustring.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "deskbell/locale.h"

#define SECOND_MS 1000

struct zone {
    UCalendar *cal; /* for names; NULL: ICU does not know the zone */
    GTimeZone *tz;  /* NULL: the system has no tz database, or not this name */
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

/* ICU also takes names of its own making such as "GMT+9"; only the tz database's count. */
static bool icu_knows(struct span name)
{
    UChar id[ZONE_NAME_MAX_BYTES + 1], canonical[128];
    UErrorCode code = U_ZERO_ERROR;
    UBool is_system = false;

    if (!zone_name_to_u16(name, id) || span_is(name, "Etc/Unknown"))
        return false;
    (void)ucal_getCanonicalTimeZoneID(id, (int32_t)name.len, canonical, 128, &is_system, &code);
    return U_SUCCESS(code) && is_system;
}

/*
 * The database's names of regions, which is what new ones are.  GLib also takes files by their
 * path, rules, and what else stands in the database's folder.
 */
static bool is_region(struct span name)
{
    static const char *const regions[] = {
        "Africa/",   "America/",   "Antarctica/", "Arctic/", "Asia/",
        "Atlantic/", "Australia/", "Europe/",     "Indian/", "Pacific/",
    };
    UChar id[ZONE_NAME_MAX_BYTES + 1];

    if (!zone_name_to_u16(name, id))
        return false;
    for (size_t i = 0; i < COUNT_OF(regions); i++)
        if (name.len > strlen(regions[i]) && memcmp(name.p, regions[i], strlen(regions[i])) == 0)
            return true;
    return false;
}

/* NULL: the system does not have it. */
static GTimeZone *tz_open(struct span name)
{
    char *text = span_dup(name);
    GTimeZone *tz = g_time_zone_new_identifier(text);

    free(text);
    return tz;
}

bool zone_is_known(struct span name)
{
    GTimeZone *tz = is_region(name) && !icu_knows(name) ? tz_open(name) : NULL;

    if (tz != NULL)
        g_time_zone_unref(tz);
    return tz != NULL || icu_knows(name);
}

static UCalendar *names_open(struct span name)
{
    UChar id[ZONE_NAME_MAX_BYTES + 1];
    UErrorCode code = U_ZERO_ERROR;

    if (!icu_knows(name) || !zone_name_to_u16(name, id))
        return NULL;
    UCalendar *cal = ucal_open(id, (int32_t)name.len, "en", UCAL_GREGORIAN, &code);
    return U_SUCCESS(code) ? cal : NULL;
}

err_t zone_open(struct span name, struct zone **zone)
{
    struct zone *z;

    if (!zone_is_known(name))
        return ERR_INVAL;
    z = xcalloc(1, sizeof(*z));
    z->cal = names_open(name);
    z->tz = tz_open(name);
    z->is_jst = span_is(name, "Asia/Tokyo") || span_is(name, "Japan");
    if (z->cal == NULL && z->tz == NULL) {
        free(z);
        return ERR_INVAL;
    }
    *zone = z;
    return ERR_OK;
}

void zone_close(struct zone *zone)
{
    if (zone == NULL)
        return;
    if (zone->cal != NULL)
        ucal_close(zone->cal);
    if (zone->tz != NULL)
        g_time_zone_unref(zone->tz);
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

static int64_t floor_s(int64_t ms)
{
    return ms / SECOND_MS - (ms % SECOND_MS < 0);
}

/* Which stretch of equal time a moment is in. */
static gint zone_interval(struct zone *zone, int64_t wall_ms)
{
    return g_time_zone_find_interval(zone->tz, G_TIME_TYPE_UNIVERSAL, floor_s(wall_ms));
}

int64_t zone_offset_ms(struct zone *zone, int64_t wall_ms)
{
    if (zone->tz != NULL)
        return (int64_t)g_time_zone_get_offset(zone->tz, zone_interval(zone, wall_ms)) * SECOND_MS;
    zone_set_moment(zone, wall_ms);
    return (int64_t)zone_field(zone, UCAL_ZONE_OFFSET) + zone_field(zone, UCAL_DST_OFFSET);
}

struct civil zone_civil(struct zone *zone, int64_t wall_ms)
{
    time_t local = (time_t)floor_s(wall_ms + zone_offset_ms(zone, wall_ms));
    struct tm tm;

    ensure(gmtime_r(&local, &tm) != NULL);
    return (struct civil){.year = tm.tm_year + 1900,
                          .month = tm.tm_mon + 1,
                          .day = tm.tm_mday,
                          .hour = tm.tm_hour,
                          .minute = tm.tm_min,
                          .second = tm.tm_sec};
}

static bool abbrev_is_plain(const char *s)
{
    size_t n = 0;

    for (; s[n] != '\0'; n++)
        if (s[n] < 'A' || s[n] > 'Z')
            return false;
    return n >= 2;
}

/* Does ICU mean the same time, so that its name for it is right?  *dst: which of both names. */
static bool names_agree(struct zone *zone, int64_t wall_ms, bool *dst)
{
    int64_t icu_ms;

    if (zone->cal == NULL)
        return false;
    zone_set_moment(zone, wall_ms);
    *dst = zone->tz != NULL ? g_time_zone_is_dst(zone->tz, zone_interval(zone, wall_ms))
                            : zone_field(zone, UCAL_DST_OFFSET) != 0;
    icu_ms = (int64_t)zone_field(zone, UCAL_ZONE_OFFSET) +
             (*dst ? zone_field(zone, UCAL_DST_OFFSET) : 0);
    return icu_ms == zone_offset_ms(zone, wall_ms);
}

/* "GMT+5", "GMT-3:30": for what has no other name. */
static void offset_name(int64_t offset_ms, char out[ZONE_ABBREV_BYTES])
{
    int minutes = (int)(offset_ms / (60 * SECOND_MS)), all = abs(minutes);

    if (minutes == 0)
        snprintf(out, ZONE_ABBREV_BYTES, "UTC");
    else if (all % 60 == 0)
        snprintf(out, ZONE_ABBREV_BYTES, "GMT%c%d", minutes < 0 ? '-' : '+', all / 60);
    else
        snprintf(out, ZONE_ABBREV_BYTES, "GMT%c%d:%02d", minutes < 0 ? '-' : '+', all / 60,
                 all % 60);
}

void zone_abbrev(struct zone *zone, int64_t wall_ms, char out[ZONE_ABBREV_BYTES])
{
    /* Each region's English (and Japanese) knows the short names of its own zones only. */
    static const char *const locales[] = {"en_US", "en_GB", "ja_JP", "en_AU", "en_IN"};
    bool dst = false;

    offset_name(zone_offset_ms(zone, wall_ms), out);
    if (!names_agree(zone, wall_ms, &dst))
        return;
    for (size_t i = 0; i < COUNT_OF(locales); i++) {
        UChar name[ZONE_ABBREV_BYTES];
        char text[ZONE_ABBREV_BYTES];
        UErrorCode code = U_ZERO_ERROR;
        int32_t len =
            ucal_getTimeZoneDisplayName(zone->cal, dst ? UCAL_SHORT_DST : UCAL_SHORT_STANDARD,
                                        locales[i], name, ZONE_ABBREV_BYTES, &code);
        if (U_FAILURE(code) || len <= 0 || len >= ZONE_ABBREV_BYTES)
            continue;
        u_strToUTF8(text, sizeof(text), NULL, name, len, &code);
        if (U_SUCCESS(code) && abbrev_is_plain(text)) {
            snprintf(out, ZONE_ABBREV_BYTES, "%s", text);
            return;
        }
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
