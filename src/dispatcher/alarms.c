/*
 * Alarms: what is to be done after a while, by a clock that does not step.  They are few, so a list
 * is enough.  Who waits in between is the loop: it is told when the next is due.
 */
#include "dispatcher_int.h"

static void alarms_tell(struct dispatcher *d)
{
    int64_t next_ms = INT64_MAX;
    const struct alarm *a;

    TAILQ_FOREACH (a, &d->alarms, entry) {
        if (a->at_ms < next_ms)
            next_ms = a->at_ms;
    }
    d->out->wake(d->out->arg, next_ms);
}

void alarm_set(struct dispatcher *d, struct alarm *a, int64_t in_ms)
{
    ensure(a->fn != NULL && in_ms >= 0);
    if (!a->set)
        TAILQ_INSERT_TAIL(&d->alarms, a, entry);
    a->set = true;
    a->at_ms = now_steady_ms(d) + in_ms;
    alarms_tell(d);
}

void alarm_clear(struct dispatcher *d, struct alarm *a)
{
    if (!a->set)
        return;
    a->set = false;
    TAILQ_REMOVE(&d->alarms, a, entry);
    alarms_tell(d);
}

/* What a due one does may set and clear others, and free the one that it is in. */
void alarms_run(struct dispatcher *d)
{
    int64_t now_ms = now_steady_ms(d);
    struct alarm *a, *due;

    do {
        due = NULL;
        TAILQ_FOREACH (a, &d->alarms, entry) {
            if (a->at_ms <= now_ms && (due == NULL || a->at_ms < due->at_ms))
                due = a;
        }
        if (due != NULL) {
            due->set = false;
            TAILQ_REMOVE(&d->alarms, due, entry);
            due->fn(due->arg);
        }
    } while (due != NULL);
    alarms_tell(d);
}
