/*
 * When a department is open by its hours.  A span begins when the clock of its zone first shows its
 * start, and ends when it last shows its end; a time that the clock leaves out is the moment at
 * which it is put forward.  A span belongs to the day that it begins on: a holiday ends none that
 * began on the day before.  Spans that meet are one.
 */
#include <stdio.h>

#include "hours.h"

#define MINUTE_MS 60000
#define DAY_MS ((int64_t)DAY_MINUTES * MINUTE_MS)
#define MERGE_DAYS 9  /* open for longer: no end is in sight */
#define LOOK_DAYS 400 /* closed for longer: no start is */

/* zones */

struct place {
    const struct core *k;
    const char *zone;
};

static int64_t offset_at(void *arg, int64_t wall_ms)
{
    const struct place *at = arg;
    const struct core_zones *z = &at->k->zones;

    return z->offset_ms != NULL ? z->offset_ms(z->arg, at->zone, wall_ms) : 0;
}

static int64_t local_day(const struct place *at, int64_t now_ms)
{
    int64_t local = now_ms + offset_at((struct place *)at, now_ms);

    return local / DAY_MS - (local % DAY_MS < 0);
}

/* False: the clock there leaves this time out; *ms is when it is put forward. */
static bool moment(const struct place *at, int64_t local, bool last, int64_t *ms)
{
    return local_moment(offset_at, (struct place *)at, local, last, ms);
}

/* which hours hold on a day */

struct hours {
    struct place at;
    struct hours_day week[WEEK_DAYS];
    struct hours_date *days;
    struct date *holidays;
    size_t ndays, nholidays;
    int64_t last_ms;
};

static void hours_init(struct hours *h, const struct core *k, const struct dept *d)
{
    struct span days = span_of(d->hours.days), holidays = span_of(d->hours.holidays);
    struct hours_date holiday;

    *h = (struct hours){
        .at = {k, d->hours.zone[0] != '\0' ? d->hours.zone : k->portal.zone},
        .days = xcalloc(HOURS_DAYS_MAX, sizeof(*h->days)),
        .holidays = xcalloc(HOLIDAYS_MAX, sizeof(*h->holidays)),
        .last_ms = d->hours.last_chat_ms,
    };
    hours_week(span_of(d->hours.week), h->week);
    while (h->ndays < HOURS_DAYS_MAX && hours_next_day(&days, &h->days[h->ndays]))
        h->ndays++;
    while (h->nholidays < HOLIDAYS_MAX && hours_next_holiday(&holidays, &holiday))
        h->holidays[h->nholidays++] = holiday.date;
}

static void hours_fini(struct hours *h)
{
    free(h->days);
    free(h->holidays);
}

static bool same_date(const struct date *a, const struct date *on)
{
    return (a->year == 0 || a->year == on->year) && a->month == on->month && a->day == on->day;
}

/* An exception goes before a holiday, and that before the week. */
static const struct hours_day *hours_on(const struct hours *h, int64_t number)
{
    static const struct hours_day closed;
    struct date on = date_of(number);

    for (size_t i = 0; i < h->ndays; i++)
        if (same_date(&h->days[i].date, &on))
            return &h->days[i].day;
    for (size_t i = 0; i < h->nholidays; i++)
        if (same_date(&h->holidays[i], &on))
            return &closed;
    return &h->week[date_weekday(number)];
}

/* spans as moments, one after the other */

struct walk {
    const struct hours *h;
    int64_t number, end; /* the day, and the first that is not looked at */
    size_t at;
};

static bool walk_next(struct walk *w, int64_t *from, int64_t *to)
{
    for (; w->number < w->end; w->number++, w->at = 0) {
        const struct hours_day *day = hours_on(w->h, w->number);

        while (w->at < day->n) {
            const struct hours_span *s = &day->spans[w->at++];
            int64_t midnight = w->number * DAY_MS;

            (void)moment(&w->h->at, midnight + (int64_t)s->from * MINUTE_MS, false, from);
            (void)moment(&w->h->at, midnight + (int64_t)s->to * MINUTE_MS, true, to);
            if (*from < *to)
                return true;
        }
    }
    return false;
}

/* What one stretch of open time says of now; true: all that is asked is known. */
static bool stretch_tell(const struct hours *h, int64_t now_ms, int64_t from, int64_t to,
                         struct hours_now *out)
{
    if (to <= now_ms)
        return false;
    if (from <= now_ms) {
        out->open = true;
        out->closes_ms = to;
        out->chats_until_ms = to - h->last_ms;
        out->takes = now_ms < out->chats_until_ms;
        return out->takes;
    }
    if (to - h->last_ms <= from)
        return false;
    out->opens_ms = from;
    return true;
}

static void hours_look(const struct hours *h, int64_t now_ms, struct hours_now *out)
{
    int64_t today = local_day(&h->at, now_ms), from, to, next_from, next_to;
    struct walk w = {.h = h, .number = today - 2, .end = today + LOOK_DAYS};
    bool more = walk_next(&w, &from, &to);

    out->look_ms = now_ms + LOOK_DAYS * DAY_MS;
    while (more) {
        while ((more = walk_next(&w, &next_from, &next_to)) && next_from <= to &&
               w.number <= today + MERGE_DAYS)
            to = next_to > to ? next_to : to;
        if (more && next_from <= to && from <= now_ms) {
            *out = (struct hours_now){.open = true, .takes = true, .look_ms = now_ms + DAY_MS};
            return;
        }
        if (stretch_tell(h, now_ms, from, to, out))
            break;
        from = next_from;
        to = next_to;
    }
    if (out->takes)
        out->look_ms = out->chats_until_ms;
    else if (out->opens_ms != 0)
        out->look_ms = out->opens_ms;
}

void core_hours(const struct core *k, const struct dept *d, int64_t now_ms, struct hours_now *out)
{
    struct hours h;

    *out = (struct hours_now){.open = true, .takes = true, .look_ms = INT64_MAX};
    if (d->hours.week[0] == '\0')
        return;
    *out = (struct hours_now){0};
    hours_init(&h, k, d);
    hours_look(&h, now_ms, out);
    hours_fini(&h);
}

err_t core_hours_try(const struct core *k, const struct dept *d, const struct change *changes,
                     size_t n, int64_t now_ms, struct hours_now *out, struct fault *f)
{
    struct out none = {0};
    struct plan p = {.k = k, .out = &none, .now_ms = now_ms};
    struct dept copy = {0};
    struct buf fields = {0};
    err_t err;

    object_copy(OBJ_DEPT, d, &copy);
    err = plan_changes(&p, changes, n, OBJ_DEPT, &copy, &fields);
    if (err == ERR_OK)
        err = hours_check(k, d, &copy, &none.fault);
    if (err == ERR_OK)
        core_hours(k, &copy, now_ms, out);
    else
        *f = none.fault;
    object_clear(OBJ_DEPT, &copy);
    buf_fini(&fields);
    out_fini(&none);
    return err;
}

/* what fits together */

static err_t span_short(const struct hours_day *day, int64_t last_ms, struct fault *f)
{
    for (size_t i = 0; i < day->n; i++) {
        const struct hours_span *s = &day->spans[i];
        char text[HOURS_SPAN_TEXT];

        if ((int64_t)(s->to - s->from) * MINUTE_MS > last_ms)
            continue;
        hours_span_text(s, text);
        return fault_refuse_with(f, ERR_INVAL, "hours.last_chat_ms", REFUSE_HOURS_SHORT,
                                 VALUES(OF_STR(text)));
    }
    return ERR_OK;
}

/* A date is known, so a time that its clocks leave out is a slip. */
static err_t exception_gap(const struct hours *h, const struct hours_date *ex, struct fault *f)
{
    int64_t midnight = date_number(ex->date.year, ex->date.month, ex->date.day) * DAY_MS, ms;

    for (size_t i = 0; i < ex->day.n; i++) {
        const uint16_t ends[] = {ex->day.spans[i].from, ex->day.spans[i].to};

        for (size_t e = 0; e < COUNT_OF(ends); e++) {
            char date[16], text[8];

            if (moment(&h->at, midnight + (int64_t)ends[e] * MINUTE_MS, false, &ms))
                continue;
            snprintf(date, sizeof(date), "%04d-%02d-%02d", ex->date.year, ex->date.month,
                     ex->date.day);
            snprintf(text, sizeof(text), "%02d:%02d", ends[e] / 60, ends[e] % 60);
            return fault_refuse_with(f, ERR_INVAL, "hours.days", REFUSE_HOURS_GAP,
                                     VALUES(OF_STR(date), OF_STR(h->at.zone), OF_STR(text)));
        }
    }
    return ERR_OK;
}

err_t hours_check(const struct core *k, const struct dept *before, const struct dept *d,
                  struct fault *f)
{
    struct hours h;
    bool same = before != NULL && strcmp(before->hours.days, d->hours.days) == 0 &&
                strcmp(before->hours.zone, d->hours.zone) == 0;
    err_t err = ERR_OK;

    hours_init(&h, k, d);
    for (int i = 0; i < WEEK_DAYS && err == ERR_OK; i++)
        err = span_short(&h.week[i], h.last_ms, f);
    for (size_t i = 0; i < h.ndays && err == ERR_OK; i++) {
        err = span_short(&h.days[i].day, h.last_ms, f);
        if (err == ERR_OK && !same)
            err = exception_gap(&h, &h.days[i], f);
    }
    hours_fini(&h);
    return err;
}
