/*
 * The machine that the gateway runs on: it goes on, sleeps now and then, and somebody sets its
 * wall's clock, by seconds or by hours, ahead or back.  The gateway's own clock of the rules is
 * between; and whether somebody is given up is held against the time that has really passed.
 */
#include "sim.h"

#define HOUR_MS INT64_C(3600000)
/* Beside the eighth by which the clock of the rules may differ: it is late or early by a moment. */
#define MOMENT_MS 6000

static bool nobody_waits(const struct core *k)
{
    for (uint64_t id = 0; core_next_conv(k, &id);)
        if (conv_is_open(core_conv(k, id)))
            return false;
    return true;
}

void clock_boot(struct sim *s)
{
    if (s->clocks.wall_ms == 0) {
        s->clocks = (struct clocks){.boot_ms = 5000, .mono_ms = 5000, .wall_ms = SIM_T0};
        s->now_ms = SIM_T0;
    }
    s->record_ms = core_time(s->core);
    told_start(&s->told, &s->clocks, s->record_ms);
}

void clock_go_on(struct sim *s, int64_t ms)
{
    s->now_ms += ms;
    s->clocks.boot_ms += ms;
    s->clocks.mono_ms += ms;
    s->clocks.wall_ms += ms;
    if (s->down)
        return;

    struct told_news news = told_go_on(&s->told, &s->clocks);

    if (news.slept_ms != 0) {
        s->floor_ms = s->told.now_ms + SIM_FLOOR_MS;
        core_set_floor(s->core, s->told.now_ms, SIM_FLOOR_MS);
    }
    if (s->told.off && nobody_waits(s->core))
        (void)told_catch_up(&s->told);
}

void clock_upset(struct sim *s)
{
    int64_t ms = (int64_t)sim_roll(s, sim_chance(s, 50) ? 3 * HOUR_MS : 30000);

    if (sim_chance(s, 30)) {
        s->did.sleeps++;
        s->now_ms += ms;
        s->clocks.boot_ms += ms;
        s->clocks.wall_ms += ms;
    } else {
        s->did.steps++;
        s->clocks.wall_ms += sim_chance(s, 50) ? ms : -ms;
    }
    clock_go_on(s, 0);
}

/* A wait that is made shorter now also counts for those who wait already. */
static void waits_shorten(struct sim *s, const struct dept *d)
{
    for (size_t i = 0; i < s->nshadows; i++)
        if (s->shadows[i]->dept == d->id && s->shadows[i]->wait_ms > d->wait_ms)
            s->shadows[i]->wait_ms = d->wait_ms;
}

void clock_on_record(struct sim *s, struct shadow *sh, const struct rec *rec)
{
    if (rec->time_ms < s->record_ms)
        sim_fail(s, "record %llu is older than the one before it", (unsigned long long)rec->pos);
    s->record_ms = rec->time_ms;
    if (rec->type == REC_DEPT_SET && core_dept(s->core, rec->obj) != NULL)
        waits_shorten(s, core_dept(s->core, rec->obj));
    if (rec->type == REC_CONV_RANG || rec->type == REC_CONV_RETURNED ||
        rec->type == REC_CONV_QUEUED || rec->type == REC_CONV_MOVED) {
        int64_t until_ms = rec->type == REC_CONV_RANG    ? rec->ring.until_ms
                           : rec->type == REC_CONV_MOVED ? rec->transfer.until_ms
                                                         : rec->hold.until_ms;

        sh->since_ms = s->now_ms;
        sh->wait_ms = until_ms - rec->time_ms;
    }
    if (sh != NULL && sh->state == CONV_ACTIVE)
        sh->since_ms = 0; /* how it waits next, if it does, is another's to say */
    if (rec->type == REC_CONV_MISSED && rec_why(rec) == WHY_WAIT && sh->since_ms != 0 &&
        s->now_ms - sh->since_ms < sh->wait_ms - sh->wait_ms / 8 - MOMENT_MS)
        sim_fail(s, "%llu was missed after %lld ms of %lld", (unsigned long long)sh->id,
                 (long long)(s->now_ms - sh->since_ms), (long long)sh->wait_ms);
}
