/*
 * Time zones for the rules, opened once: core asks for offsets by name, many times.  A zone that
 * the database has lost since it was set is UTC.
 */
#include "zones.h"

#include <stdio.h>
#include <string.h>

static struct zone *zones_find(struct zones *z, const char *name)
{
    size_t at = z->next;

    for (size_t i = 0; i < z->n; i++)
        if (strcmp(z->kept[i].name, name) == 0)
            return z->kept[i].zone;
    if (z->n < ZONES_KEPT)
        at = z->n++;
    else
        z->next = (z->next + 1) % ZONES_KEPT;
    zone_close(z->kept[at].zone);
    z->kept[at].zone = NULL;
    snprintf(z->kept[at].name, sizeof(z->kept[at].name), "%s", name);
    if (zone_open(span_of(name), &z->kept[at].zone) != ERR_OK)
        z->kept[at].zone = NULL;
    return z->kept[at].zone;
}

static int64_t zones_offset(void *arg, const char *name, int64_t wall_ms)
{
    struct zone *zone = zones_find(arg, name);

    return zone != NULL ? zone_offset_ms(zone, wall_ms) : 0;
}

void zones_plug(struct zones *z, struct core *k)
{
    core_set_zones(k, &(struct core_zones){.arg = z, .offset_ms = zones_offset});
}

void zones_fini(struct zones *z)
{
    for (size_t i = 0; i < z->n; i++)
        zone_close(z->kept[i].zone);
    *z = (struct zones){0};
}
