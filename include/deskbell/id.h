/* Ids: 64-bit, never 0, decimal strings on the wire. */
#ifndef DESKBELL_ID_H
#define DESKBELL_ID_H

#include "deskbell/span.h"

#define ID_TEXT 21

/* Decimal without sign, blanks or leading zero, 1 to INT64_MAX.  ERR_INVAL otherwise. */
err_t id_parse(struct span s, uint64_t *id) MUST_CHECK;
void id_format(uint64_t id, char out[ID_TEXT]);

#endif
