/* See told.h. */
#include "told.h"

#define SLEW 8 /* one part of so many goes into getting nearer */

void told_start(struct told *t, const struct clocks *c, int64_t least_ms)
{
    *t = (struct told){.now_ms = c->wall_ms > least_ms ? c->wall_ms : least_ms, .last = *c};
}

/* How many of them the milliseconds that have passed are worth. */
static int64_t slew(struct told *t, int64_t off_ms)
{
    int64_t step_ms = t->unspent_ms / SLEW;

    t->unspent_ms %= SLEW;
    return step_ms < off_ms ? step_ms : off_ms;
}

struct told_news told_go_on(struct told *t, const struct clocks *c)
{
    int64_t passed_ms = c->boot_ms - t->last.boot_ms;
    int64_t slept_ms = passed_ms - (c->mono_ms - t->last.mono_ms);
    struct told_news news = {0};

    t->last = *c;
    t->now_ms += passed_ms;
    t->unspent_ms += passed_ms;
    if (slept_ms > TOLD_SLEPT_MS)
        news.slept_ms = slept_ms;

    int64_t ahead_ms = c->wall_ms - t->now_ms;
    bool off = ahead_ms > TOLD_OFF_MS || ahead_ms < -TOLD_OFF_MS;

    if (off && !t->off)
        news.stepped_ms = ahead_ms;
    t->now_ms += ahead_ms < 0 ? -slew(t, -ahead_ms) : slew(t, ahead_ms);
    t->off = off || (t->off && t->now_ms != c->wall_ms);
    return news;
}

int64_t told_catch_up(struct told *t)
{
    int64_t ahead_ms = t->last.wall_ms - t->now_ms;

    if (ahead_ms <= 0)
        return 0;
    t->now_ms = t->last.wall_ms;
    t->off = false;
    return ahead_ms;
}
