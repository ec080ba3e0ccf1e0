/*
 * Handling time: how long a conversation was in whose hands.  It runs while an agent has it and its
 * visitor can talk to him, by the records' own times; few have it, so that they are gone through.
 */
#include <stdlib.h>

#include "core_int.h"

const struct conv_time *conv_time_find(const struct conv *cv, uint64_t agent)
{
    for (size_t i = 0; i < cv->ntimes; i++)
        if (cv->times[i].agent == agent)
            return &cv->times[i];
    return NULL;
}

/* Of more than so many agents the first are kept. */
static struct conv_time *time_get(struct conv *cv, uint64_t agent)
{
    const struct conv_time *t = conv_time_find(cv, agent);

    if (t != NULL)
        return &cv->times[t - cv->times];
    if (cv->ntimes >= TIMES_MAX)
        return NULL;
    cv->times = xrealloc(cv->times, (cv->ntimes + 1) * sizeof(*cv->times));
    cv->times[cv->ntimes] = (struct conv_time){.agent = agent};
    return &cv->times[cv->ntimes++];
}

int64_t conv_time_ms(const struct conv *cv, uint64_t agent, int64_t now_ms)
{
    const struct conv_time *t = conv_time_find(cv, agent);
    bool runs = cv->timed_ms != 0 && cv->timed_by == agent && now_ms > cv->timed_ms;

    return (t != NULL ? t->ms : 0) + (runs ? now_ms - cv->timed_ms : 0);
}

void conv_times_follow(struct conv *cv, int64_t now_ms)
{
    bool runs = cv->timed && cv->state == CONV_ACTIVE && !cv->left;
    bool goes_on = cv->timed_ms != 0 && runs && cv->timed_by == cv->agent;
    struct conv_time *t;

    if (!goes_on) {
        if (cv->timed_ms != 0 && (t = time_get(cv, cv->timed_by)) != NULL)
            t->ms += now_ms - cv->timed_ms;
        cv->timed_ms = runs ? now_ms : 0;
        cv->timed_by = runs ? cv->agent : 0;
    }
    if (runs && (t = time_get(cv, cv->agent)) != NULL)
        t->dept = cv->dept;
}

void conv_time_set(struct conv *cv, uint64_t agent, int64_t ms, int64_t now_ms)
{
    struct conv_time *t = time_get(cv, agent);

    if (t == NULL)
        return;
    t->ms = ms;
    t->corrected = true;
    if (cv->timed_ms != 0 && cv->timed_by == agent)
        cv->timed_ms = now_ms;
}

void conv_time_numbers(const struct conv_time *t, uint64_t numbers[TIME_NUMBERS])
{
    numbers[0] = t->agent;
    numbers[1] = (uint64_t)t->ms;
    numbers[2] = t->corrected;
    numbers[3] = t->dept;
}

bool conv_time_read(const uint64_t numbers[TIME_NUMBERS], struct conv_time *t)
{
    if (numbers[0] == 0 || numbers[1] > INT64_MAX || numbers[2] > 1 || numbers[3] == 0)
        return false;
    *t = (struct conv_time){.agent = numbers[0],
                            .dept = numbers[3],
                            .ms = (int64_t)numbers[1],
                            .corrected = numbers[2] == 1};
    return true;
}

bool conv_time_take(struct conv *cv, const uint64_t numbers[TIME_NUMBERS])
{
    struct conv_time *t, got;

    if (!conv_time_read(numbers, &got) || (t = time_get(cv, got.agent)) == NULL)
        return false;
    *t = got;
    return true;
}
