/* How often the settings of a thing changed, and the last change of each: see changed.c. */
#ifndef SETTINGS_CHANGED_H
#define SETTINGS_CHANGED_H

#include "deskbell/record.h"
#include "deskbell/span.h"

struct changed {
    uint32_t version;
    struct changed_mark {
        uint16_t tag;
        uint32_t version; /* that it had by this change */
        uint64_t by;      /* 0: the operator */
        int64_t at_ms;
    } * mark; /* by tags */
    size_t n;
};

/* Adds to the fields of changes which of them say something new. */
void changed_say(enum obj_type type, const void *before, struct buf *fields);
void changed_fold(struct changed *ch, const struct rec *rec);
void changed_fini(struct changed *ch);

#endif
