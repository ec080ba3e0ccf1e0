/*
 * Business hours in the simulation: a few spans around now, the same every day, in zones of its
 * own, one of which puts its clocks forward while it runs; and whether departments keep to them.
 * The oracle looks at the clock of the zone alone.
 */
#include "sim.h"

#define MINUTE_MS 60000
#define DAY_MINUTES (24 * 60)
#define JUMP_MS (SIM_T0 + 12 * MINUTE_MS)

static int64_t zone_offset(void *arg, const char *zone, int64_t ms)
{
    (void)arg;
    if (strcmp(zone, "Asia/Tokyo") == 0)
        return (int64_t)9 * 60 * MINUTE_MS;
    if (strcmp(zone, "Europe/Berlin") == 0)
        return (ms < JUMP_MS ? 60 : 120) * MINUTE_MS;
    return 0;
}

void sim_zones(struct core *k)
{
    core_set_zones(k, &(struct core_zones){.offset_ms = zone_offset});
}

const char *sim_zone(struct sim *s)
{
    static const char *const zones[] = {"UTC", "Asia/Tokyo", "Europe/Berlin"};

    return zones[sim_roll(s, 3)];
}

static int64_t local_minute(const struct sim *s, const struct dept *d, int64_t ms)
{
    const char *zone = d->hours.zone[0] != '\0' ? d->hours.zone : core_portal(s->core)->zone;

    return (ms + zone_offset(NULL, zone, ms)) / MINUTE_MS % DAY_MINUTES;
}

/* One or two spans that begin within the next minutes, or began a while ago. */
void sim_hours(struct sim *s, const struct dept *d, char *out, size_t size)
{
    int64_t from = local_minute(s, d, s->told.now_ms) + (int64_t)sim_roll(s, 12) - 6;
    int64_t to, again;

    from = from < 0 ? 0 : from >= DAY_MINUTES ? DAY_MINUTES - 1 : from;
    to = from + 1 + (int64_t)sim_roll(s, 12);
    again = to + (int64_t)sim_roll(s, 5);
    snprintf(out, size, "mon-sun %02d:%02d-%02d:%02d", (int)from / 60, (int)from % 60, (int)to / 60,
             (int)to % 60);
    if (again >= DAY_MINUTES || again + 4 >= DAY_MINUTES + from)
        return;
    snprintf(out + strlen(out), size - strlen(out), ",%02d:%02d-%02d:%02d", (int)again / 60,
             (int)again % 60, (int)(again + 4) / 60, (int)(again + 4) % 60);
}

static bool is_open(const struct sim *s, const struct dept *d, int64_t ms)
{
    int64_t now = local_minute(s, d, ms);
    const char *p = d->hours.week, *end = strchr(p, ';');
    int fh, fm, th, tm, len;

    if (*p == '\0')
        return true;
    for (p += 3; sscanf(p, "%*c%d:%d-%d:%d%n", &fh, &fm, &th, &tm, &len) == 4; p += len) {
        int from = 60 * fh + fm, to = 60 * th + tm;

        if ((from <= now && now < to) || (from <= now + DAY_MINUTES && now + DAY_MINUTES < to))
            return true;
        if (p + len == end)
            break;
    }
    return false;
}

/* DEP-9: nobody rang where it was closed. */
void rules_of_hours(struct sim *s, const struct rec *rec)
{
    const struct dept *d =
        core_dept(s->core, rec->obj_type == OBJ_DEPT ? rec->obj : rec->ring.dept);

    if (d == NULL)
        return;
    s->did.shut += rec->type == REC_DEPT_HOURS && rec->hours.shut;
    if (rec->type == REC_CONV_RANG && rec->ring.previous_number == 0 && d->hours.shut)
        sim_fail(s, "DEP-9: a chat rang at a department that is closed");
}

/* Nothing is due, so each is as its hours say. */
void rules_of_open(struct sim *s)
{
    uint64_t id = 0;

    while (core_next_dept(s->core, &id)) {
        const struct dept *d = core_dept(s->core, id);

        if (s->told.now_ms >= s->floor_ms && d->hours.shut == is_open(s, d, s->told.now_ms))
            sim_fail(s, "DEP-9: department %llu is %s by its hours and %s", (unsigned long long)id,
                     d->hours.shut ? "open" : "closed", d->hours.shut ? "closed" : "open");
    }
}
