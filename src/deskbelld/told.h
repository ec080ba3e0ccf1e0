/*
 * The clock of the rules: which time they are told.  It goes on as the machine does, sleep
 * included, so what somebody has waited is what he has waited, whatever becomes of the wall's
 * clock; and it follows that one, for records bear its time.  Pure: the clocks are handed in.
 */
#ifndef DESKBELLD_TOLD_H
#define DESKBELLD_TOLD_H

#include <stdbool.h>
#include <stdint.h>

/* Milliseconds: since the machine's start with and without its sleep, and since 1970. */
struct clocks {
    int64_t boot_ms, mono_ms, wall_ms;
};

struct told {
    int64_t now_ms;
    struct clocks last;
    int64_t unspent_ms; /* that have passed and were not used for getting nearer */
    bool off;           /* the wall's clock was more than TOLD_OFF_MS away, and is not met yet */
};

#define TOLD_OFF_MS 10000
#define TOLD_SLEPT_MS 10000

/* What has happened, to be said and to be allowed for; 0: nothing. */
struct told_news {
    int64_t slept_ms;   /* the machine stood still for so long, more than TOLD_SLEPT_MS */
    int64_t stepped_ms; /* the wall's clock is off by now, ahead or, below 0, behind */
};

/* Begin at the wall's time, or at `least_ms` if that is later: the newest record's. */
void told_start(struct told *t, const struct clocks *c, int64_t least_ms);

/*
 * Go on to now.  Never backwards, and never a leap: of each eight milliseconds one more, or one
 * less, is told until it meets the wall's clock.  So nobody's deadline is off by more than an
 * eighth, however often that clock is set.
 */
struct told_news told_go_on(struct told *t, const struct clocks *c);

/* Nobody waits for anything: take the wall's time if it is ahead.  How far that was. */
int64_t told_catch_up(struct told *t);

#endif
