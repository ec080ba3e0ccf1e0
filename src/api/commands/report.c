/*
 * The command `report.time`: handling time of what ended in a period, by agent and department.
 * Another thread goes through what ended, newest first, some of it at a time; this one asks the
 * audience before it begins and once more before anything is written down, for rights may have
 * changed.  One report is made at a time, others wait, and what nobody waits for any more is left.
 */
#include <stdlib.h>

#include "commands/report.h"
#include "deskbell/clock.h"

#define REPORT_PAGE 250    /* conversations in one transaction */
#define REPORT_SLICE_MS 20 /* then the thread is let go, for others who wait for it */
/* A row is written with the batch that its conversation ended in: no more than so much later. */
#define REPORT_LATE_MS HOUR_MS

struct reporting {
    struct later l;
    TAILQ_ENTRY(reporting) link;
    struct report_want want;
    struct report_sight sight;
    struct report_sums sums;
    int64_t from_ms;    /* monotone */
    uint64_t first, at; /* positions: none that ended before that one; those before this are left */
    bool begun, durable, more;
    err_t err;
};

static void reports_go(struct api *api);

static void reporting_free(struct reporting *r)
{
    report_sums_fini(&r->sums);
    id_list_fini(&r->sight.depts);
    free(r);
}

/* on the other thread */

static void report_begin(struct reporting *r, struct store *st)
{
    r->begun = true;
    if ((r->err = store_find_moment(st, r->want.since_ms, &r->first)) == ERR_OK)
        r->err = store_find_moment(st, r->want.before_ms + REPORT_LATE_MS, &r->at);
}

/* A row that is not right is passed over: whoever opens the conversation reports it. */
static void report_page(struct reporting *r, struct store *st)
{
    const struct stored_list all = {.list = LIST_ALL};
    struct conv_worked w;
    struct list_page page;

    if ((r->err = store_list(st, &all, r->at, REPORT_PAGE, &page)) != ERR_OK)
        return;
    r->more = page.more;
    for (size_t i = 0; i < page.n; i++) {
        r->at = page.rows[i].place;
        if (r->at < r->first) {
            r->more = false;
            break;
        }
        if (conv_worked(page.rows[i].image, &w) == ERR_OK)
            report_add(&r->sums, &r->want, &r->sight, &w);
    }
    list_page_fini(&page);
    if (r->sums.rows > REPORT_ROWS_MAX)
        r->err = ERR_TOOBIG;
}

static void report_work(void *ctx)
{
    struct reporting *r = ctx;
    struct store *st = r->l.api->env.store;
    int64_t until_ms = clock_mono_ms() + REPORT_SLICE_MS;

    if (!r->begun)
        report_begin(r, st);
    while (r->err == ERR_OK && r->more && clock_mono_ms() < until_ms)
        report_page(r, st);
}

/* the end */

static void report_end(struct reporting *r)
{
    struct api *api = r->l.api;
    const struct reader rd = reader_of(api->env.core, &r->l.who);
    struct report_sight now;
    struct call c;

    report_sight_take(&now, &rd);
    later_call(&r->l, &c);
    if (rd.kind == READER_NONE)
        call_refuse(&c, ERR_AUTH, NULL, REFUSE_NONE);
    else if (r->err == ERR_TOOBIG)
        call_refuse_with(&c, ERR_TOOBIG, NULL, REFUSE_REPORT_LARGE,
                         VALUES(OF_INT(REPORT_ROWS_MAX)));
    else if (r->err == ERR_BUSY || (r->err == ERR_OK && !report_sight_is(&now, &r->sight)))
        call_refuse(&c, ERR_BUSY, NULL, REFUSE_REPORT_BUSY);
    else if (r->err != ERR_OK)
        call_refuse(&c, r->err, NULL, REFUSE_NONE);
    else
        report_answer(&c, &r->want, &r->sums, &rd, clock_mono_ms() - r->from_ms);
    id_list_fini(&now.depts);
    later_fini(&r->l);
    reporting_free(r);
    api->reporting = false;
}

/* on this thread, in between */

/* Whoever asked over HTTP is answered in any case. */
static bool is_wanted(const struct reporting *r)
{
    return r->l.via == VIA_HTTP || client_find(r->l.api, r->l.conn_id) != NULL;
}

static void report_leave(struct reporting *r)
{
    struct api *api = r->l.api;

    later_lose(&r->l);
    later_fini(&r->l);
    reporting_free(r);
    api->reporting = false;
}

static void report_done(void *ctx);

static void report_go_on(struct reporting *r)
{
    const struct api_env *env = &r->l.api->env;

    if (env->work(env->arg, report_work, report_done, r))
        return;
    r->err = ERR_BUSY;
    report_end(r);
}

static void report_done(void *ctx)
{
    struct reporting *r = ctx;
    struct api *api = r->l.api;

    if (!is_wanted(r))
        report_leave(r);
    else if (r->err == ERR_OK && r->more)
        report_go_on(r);
    else
        report_end(r);
    reports_go(api);
}

static void reports_go(struct api *api)
{
    struct reporting *r;

    while (!api->reporting && (r = TAILQ_FIRST(&api->reports)) != NULL && r->durable) {
        const struct reader rd = reader_of(api->env.core, &r->l.who);

        TAILQ_REMOVE(&api->reports, r, link);
        api->nreports--;
        api->reporting = true;
        if (!is_wanted(r)) {
            report_leave(r);
            continue;
        }
        r->from_ms = clock_mono_ms();
        r->more = true;
        report_sight_take(&r->sight, &rd);
        report_go_on(r);
    }
}

/* What ended so far is in the store. */
static void report_durable(void *arg, bool durable)
{
    struct reporting *r = arg;
    struct api *api = r->l.api;

    if (durable) {
        r->durable = true;
        reports_go(api);
        return;
    }
    TAILQ_REMOVE(&api->reports, r, link);
    api->nreports--;
    later_lose(&r->l);
    later_fini(&r->l);
    reporting_free(r);
}

/* from outside */

static bool report_may_begin(struct call *c)
{
    struct fault f;
    int64_t retry_ms = 0;

    if (c->who.kind == BY_AGENT &&
        !rate_take(&c->api->rate, rate_key_id("report", c->who.id), REPORTS_PER_MINUTE, 60000,
                   api_now(c->api), &retry_ms)) {
        fault_refuse(&f, ERR_RATE, NULL, REFUSE_NONE);
        call_fail_retry(c, &f, retry_ms);
        return false;
    }
    if (c->api->nreports < REPORTS_MAX)
        return true;
    call_refuse(c, ERR_BUSY, NULL, REFUSE_REPORT_BUSY);
    return false;
}

/* As a moment or as a day, whose word is `day`. */
static bool moment_take(struct call *c, enum arg_name moment, enum arg_name day, int64_t *ms,
                        const char **field)
{
    const struct arg_value *m = &c->arg[moment], *d = &c->arg[day];

    *field = arg_word(d->has ? day : moment);
    if (m->has)
        *ms = m->i;
    if (m->has && d->has)
        call_refuse(c, ERR_INVAL, *field, REFUSE_TWICE);
    else if (d->has && !day_parse(c->api, d->s, ms))
        call_refuse(c, ERR_INVAL, *field, REFUSE_SEARCH_DAY);
    else
        return true;
    return false;
}

/* What is still to come has nothing in it: a period that ends later ends now. */
static bool period_take(struct call *c, struct report_want *want)
{
    const char *since, *before;
    int64_t now_ms = api_now(c->api), most_ms = REPORT_DAYS_MAX * DAY_MS + HOUR_MS;

    want->since_ms = -1;
    want->before_ms = now_ms + 1;
    if (!moment_take(c, ARG_SINCE_MS, ARG_SINCE, &want->since_ms, &since) ||
        !moment_take(c, ARG_BEFORE_MS, ARG_BEFORE, &want->before_ms, &before))
        return false;
    if (want->before_ms > now_ms + 1)
        want->before_ms = now_ms + 1;
    if (want->since_ms < 0)
        call_refuse_with(c, ERR_INVAL, "since", REFUSE_NEEDED, VALUES(OF_STR("report.time")));
    else if (want->since_ms > now_ms)
        call_refuse(c, ERR_INVAL, since, REFUSE_REPORT_FUTURE);
    else if (want->before_ms <= want->since_ms)
        call_refuse(c, ERR_INVAL, before, REFUSE_REPORT_BACKWARDS);
    else if (want->before_ms - want->since_ms > most_ms)
        call_refuse_with(c, ERR_INVAL, since, REFUSE_REPORT_LONG,
                         VALUES(OF_INT(REPORT_DAYS_MAX),
                                OF_INT((want->before_ms - want->since_ms + DAY_MS - 1) / DAY_MS)));
    else
        return true;
    return false;
}

static bool format_take(struct call *c, struct report_want *want)
{
    want->csv = span_is(c->arg[ARG_FORMAT].s, "csv");
    if (!c->arg[ARG_FORMAT].has || want->csv || span_is(c->arg[ARG_FORMAT].s, "json"))
        return true;
    call_refuse_with(c, ERR_INVAL, "format", REFUSE_WORD, VALUES(OF_STR("json, csv")));
    return false;
}

void run_report_time(struct call *c)
{
    struct report_want want = {.dept = c->arg[ARG_DEPARTMENT].id, .agent = c->arg[ARG_AGENT].id};
    struct reporting *r;

    if (!period_take(c, &want) || !format_take(c, &want) || !report_may_begin(c))
        return;
    r = xcalloc(1, sizeof(*r));
    r->want = want;
    later_init(&r->l, c);
    TAILQ_INSERT_TAIL(&c->api->reports, r, link);
    c->api->nreports++;
    turn_hold(c->api->env.turn, report_durable, r);
}

void reports_fini(struct api *api)
{
    struct reporting *r;

    while ((r = TAILQ_FIRST(&api->reports)) != NULL) {
        TAILQ_REMOVE(&api->reports, r, link);
        later_lose(&r->l);
        later_fini(&r->l);
        reporting_free(r);
    }
}
