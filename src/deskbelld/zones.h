/* The rules' time zones: what core asks of the system's database. */
#ifndef DESKBELLD_ZONES_H
#define DESKBELLD_ZONES_H

#include "deskbell/core.h"
#include "deskbell/locale.h"

#define ZONES_KEPT 32

struct zones {
    struct {
        char name[ZONE_NAME_MAX_BYTES + 1];
        struct zone *zone; /* NULL: there is none of this name any more */
    } kept[ZONES_KEPT];
    size_t n, next; /* next: whose place is taken once all are */
};

/* z is the caller's and stays where it is, until zones_fini(). */
void zones_plug(struct zones *z, struct core *k);
void zones_fini(struct zones *z);

#endif
