/* How long something is, as people type and read it: 500ms, 90s, 5m, 2h, 30d. */
#ifndef DESKBELL_DURATION_H
#define DESKBELL_DURATION_H

#include "deskbell/span.h"

#define DURATION_TEXT 24 /* with NUL */

/* Digits with a unit right behind them; *ms in milliseconds, 0 to INT64_MAX.  False: it is none, or
 * longer than that; *ms is as before. */
bool duration_parse(struct span s, int64_t *ms);

/* In the largest unit that has no rest: 90s, not 1m30s; "0s" for none.  ms is not negative. */
void duration_format(int64_t ms, char out[DURATION_TEXT]);

#endif
