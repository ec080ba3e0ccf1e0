/* The clocks.  Only shells read them; the rules are told the time. */
#ifndef DESKBELL_CLOCK_H
#define DESKBELL_CLOCK_H

#include <stdint.h>

/* Wall clock, milliseconds since 1970 UTC. */
int64_t clock_wall_ms(void);

/* Monotonic, milliseconds since some moment; never goes back. */
int64_t clock_mono_ms(void);

/* Since the machine's start, its sleep included, which the monotonic clock leaves out. */
int64_t clock_boot_ms(void);

#ifdef TEST_HOOKS
/*
 * Test builds only: add this to all clocks from now on.  Only forward.  Likewise, where
 * DESKBELL_CLOCK in the environment names a file, the milliseconds that stand in it at the moment;
 * those of DESKBELL_WALL to the wall clock alone, and as far back as one likes.
 */
void clock_advance_ms(int64_t ms);
#endif

/* RFC 3339 in UTC with milliseconds: "2026-11-23T06:03:00.123Z"; out holds CLOCK_TEXT bytes. */
#define CLOCK_TEXT 25
void clock_format(int64_t wall_ms, char out[CLOCK_TEXT]);

#endif
