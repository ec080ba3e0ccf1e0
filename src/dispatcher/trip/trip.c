/*
 * Trips: mails to a worker and what it tells back.  The file of a trip is written first, then the
 * attempts are noted in the store, then the worker starts; so whoever finds the file knows all.
 * How a worker runs is process.c's, what becomes of files that are found tripdir.c's.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "deskbell/crash.h"
#include "deskbell/log.h"
#include "dispatcher_int.h"

#define LEASE_EXTRA_MS (60 * INT64_C(1000))
#define LIMIT_EXTRA_MS 1000                 /* the worker's own end comes first where it can */
#define TRIAL_LIMIT_MS (40 * INT64_C(1000)) /* a person waits for it: a minute with its answer */
#define TRIAL_DOT_MS (20 * INT64_C(1000))
#define IN_MAX_BYTES (1u << 15) /* of what was heard and is no whole line yet */
/*
 * Answers are settled together: each transaction keeps the gateway's messages waiting for a sync of
 * the disk, and meanwhile the session's file holds them.
 */
#define SETTLE_PAUSE_MS 50

/* plan */

static void trip_mail_init(struct trip_mail *m, const struct mail_view *view)
{
    *m = (struct trip_mail){.id = view->id,
                            .attempts = view->attempts + 1,
                            .created_ms = view->created_ms,
                            .uncertain = view->uncertain};
    m->legs = xcalloc(view->nrcpts + 1, sizeof(*m->legs));
    for (size_t i = 0; i < view->nrcpts; i++)
        if (mail_rcpt_waits(&view->rcpts[i]))
            m->legs[m->nlegs++] = (struct leg){.addr = xstrdup(view->rcpts[i].addr)};
}

static void trip_on_settle(void *arg);
static void trip_on_limit(void *arg);

static struct trip *trip_new(struct dispatcher *d, struct relay *r, const struct mail_view *views,
                             size_t n)
{
    struct trip *t = xcalloc(1, sizeof(*t));
    uint64_t number = (uint64_t)now_wall_ms(d) * 1000;
    struct buf path = {0};

    t->d = d;
    t->relay = r;
    t->limit_ms = d->limit_ms;
    t->dot_ms = d->dot_ms;
    t->limit = (struct alarm){.fn = trip_on_limit, .arg = t};
    t->settle = (struct alarm){.fn = trip_on_settle, .arg = t};
    t->number = number > d->last_trip ? number : d->last_trip + 1;
    d->last_trip = t->number;
    buf_addf(&path, "%s/%" PRIu64, d->trip_dir, t->number);
    t->path = buf_take(&path);
    t->nmails = n;
    t->mails = n > 0 ? xcalloc(n, sizeof(*t->mails)) : NULL;
    for (size_t i = 0; i < n; i++)
        trip_mail_init(&t->mails[i], &views[i]);
    return t;
}

static void trip_drop(struct trip *t)
{
    alarm_clear(t->d, &t->limit);
    alarm_clear(t->d, &t->settle);
    if (t->worker != NULL)
        t->d->out->worker_leave(t->d->out->arg, t);
    trip_free(t);
    free(t);
}

static const enum job_tls job_tls[] = {
    [RELAY_NONE] = JOB_TLS_NONE, [RELAY_STARTTLS] = JOB_TLS_STARTTLS, [RELAY_TLS] = JOB_TLS_DIRECT};

/* A worker with its job, which holds the password: it goes to no file. */
static err_t worker_make(struct trip *t, const struct mail_frozen *frozen)
{
    const struct relay *r = t->relay;
    struct job job = {.host = span_of(r->host),
                      .port = r->port,
                      .tls = job_tls[r->tls],
                      .token = r->auth == RELAY_AUTH_XOAUTH2,
                      .user = span_of(r->user),
                      .password = span_of(r->password),
                      .ca_file = span_of(t->d->conf.smtp_ca_file),
                      .hello = span_of(t->d->conf.smtp_hello),
                      .limit_ms = t->limit_ms,
                      .dot_ms = t->dot_ms,
                      .dialogue = t->trial != NULL,
                      .nmails = t->nmails};
    struct buf bytes = {.limit_bytes = 2 * JOB_MAX_BYTES};

    job.mails = xcalloc(t->nmails, sizeof(*job.mails));
    for (size_t i = 0; i < t->nmails; i++) {
        struct span *rcpts = xcalloc(t->mails[i].nlegs, sizeof(*rcpts));

        for (size_t k = 0; k < t->mails[i].nlegs; k++)
            rcpts[k] = span_of(t->mails[i].legs[k].addr);
        job.mails[i] = (struct job_mail){.from = frozen[i].from,
                                         .rcpts = rcpts,
                                         .nrcpts = t->mails[i].nlegs,
                                         .bytes = frozen[i].bytes};
    }
    job_encode(&job, &bytes);
    err_t err = t->d->out->worker_make(t->d->out->arg, t, buf_span(&bytes));
    secret_wipe(&bytes);
    job_fini(&job);
    return err;
}

/* the end */

/* Settle, and look at the relay's health. */
static void trip_conclude(struct trip *t)
{
    struct dispatcher *d = t->d;
    int64_t now_ms = now_wall_ms(d);
    bool any_taken = false;
    err_t err;

    for (size_t i = 0; i < t->nmails; i++)
        any_taken = any_taken || t->mails[i].data_code / 100 == 2;
    crash_point(CRASH_DISPATCHER_SETTLE);
    err = trip_settle(d, t, true, now_ms);
    crash_point(CRASH_DISPATCHER_SETTLED);
    if (err == ERR_OK)
        unlink(t->path);
    else /* the file stays, and the next look settles from it */
        log_error("trip.unsettled", "err=%s", err_code(err));
    crash_point(CRASH_DISPATCHER_UNLINKED);
    relay_note(t->relay, any_taken ? TROUBLE_NONE : t->trouble,
               t->trouble_text != NULL ? t->trouble_text : "", now_ms);
    t->relay->ntrips--;
}

void trip_end(struct trip *t, bool out_of_time)
{
    struct dispatcher *d = t->d;

    if (!t->over && t->trial == NULL)
        tripdir_replay(t); /* a worker that died has noted there what it could not tell any more */
    if (!t->over && t->trouble == TROUBLE_NONE)
        t->trouble = t->killed || out_of_time ? TROUBLE_LIMIT : TROUBLE_WORKER;
    if (t->trial != NULL)
        trial_finish(t);
    else
        trip_conclude(t);
    TAILQ_REMOVE(&d->trips, t, entry);
    d->ntrips--;
    trip_drop(t);
    if (d->stopping && d->ntrips == 0)
        d->out->idle(d->out->arg);
    else
        schedule_look(d);
}

/* what the worker tells */

static void take_lines(struct trip *t)
{
    size_t done = 0;

    for (;;) {
        char *start = t->in.p + done;
        char *end = t->in.len > done ? memchr(start, '\n', t->in.len - done) : NULL;
        struct worker_event e;

        if (end == NULL)
            break;
        if (worker_event_parse((struct span){start, (size_t)(end - start)}, &e) != ERR_OK)
            log_error("worker.line", "len=%zu", (size_t)(end - start));
        else if (t->trial != NULL && (e.type == EVENT_LINE || e.type == EVENT_FACT))
            trial_apply(t->trial, &e);
        else
            trip_apply(t, &e);
        done += (size_t)(end - start) + 1;
    }
    if (done > 0) {
        memmove(t->in.p, t->in.p + done, t->in.len - done);
        t->in.len -= done;
    }
}

void trip_hear(struct trip *t, struct span bytes)
{
    t->in.limit_bytes = IN_MAX_BYTES;
    buf_add_span(&t->in, bytes);
    take_lines(t);
    crash_point(CRASH_DISPATCHER_HEARD);
    if (t->trial == NULL && !t->settle.set)
        alarm_set(t->d, &t->settle, SETTLE_PAUSE_MS);
}

static void trip_on_settle(void *arg)
{
    struct trip *t = arg;
    err_t err = trip_settle(t->d, t, false, now_wall_ms(t->d));

    if (err != ERR_OK)
        log_error("trip.unsettled", "err=%s", err_code(err));
}

/* When its worker has ended at the latest, from its start. */
static int64_t worker_max_ms(int64_t limit_ms, int64_t dot_ms)
{
    return limit_ms + dot_ms + WORKER_EXTRA_MS;
}

/* Past its limit; or it never began. */
static void trip_on_limit(void *arg)
{
    struct trip *t = arg;

    if (t->worker == NULL) {
        trip_end(t, false);
        return;
    }
    t->killed = true;
    log_warn("worker.killed", "limit_ms=%lld", (long long)t->limit_ms);
    t->d->out->worker_kill(t->d->out->arg, t);
}

/* the beginning */

/* One that cannot be started ends at once: certainly nothing was sent. */
static void trip_go(struct trip *t, int file_fd)
{
    struct dispatcher *d = t->d;
    bool runs;

    TAILQ_INSERT_TAIL(&d->trips, t, entry);
    d->ntrips++;
    runs = d->out->worker_start(d->out->arg, t, file_fd) == ERR_OK;
    if (!runs) {
        d->out->worker_leave(d->out->arg, t);
        ensure(t->worker == NULL);
    }
    alarm_set(d, &t->limit, runs ? worker_max_ms(t->limit_ms, t->dot_ms) + LIMIT_EXTRA_MS : 0);
}

static err_t attempts_note(struct trip *t)
{
    const int64_t in_ms = worker_max_ms(t->limit_ms, t->dot_ms) + LEASE_EXTRA_MS;
    const struct lease lease = {.boot = t->d->boot_number,
                                .until_ms = now_steady_ms(t->d) + in_ms,
                                .wall_ms = now_wall_ms(t->d) + in_ms,
                                .life = t->d->life};
    uint64_t ids[JOB_MAILS_MAX];

    for (size_t i = 0; i < t->nmails; i++)
        ids[i] = t->mails[i].id;
    return outbox_begin(t->d->store, ids, t->nmails, &lease);
}

err_t trip_start(struct dispatcher *d, struct relay *r, const struct mail_view *views,
                 const struct mail_frozen *frozen, size_t n)
{
    struct trip *t = trip_new(d, r, views, n);
    int file_fd = -1;
    err_t err;

    ensure(n > 0 && n <= JOB_MAILS_MAX);
    if ((err = worker_make(t, frozen)) != ERR_OK || (err = tripdir_make(t, &file_fd)) != ERR_OK)
        goto out;
    crash_point(CRASH_DISPATCHER_FILED);
    if ((err = attempts_note(t)) != ERR_OK) {
        unlink(t->path);
        goto out;
    }
    crash_point(CRASH_DISPATCHER_NOTED);
    r->ntrips++;
    trip_go(t, file_fd);
    crash_point(CRASH_DISPATCHER_SPAWNED);
    t = NULL;
out:
    if (t != NULL)
        trip_drop(t);
    if (file_fd >= 0)
        close(file_fd); /* the worker's copy keeps the lock */
    return err;
}

err_t trip_start_trial(struct dispatcher *d, struct relay *r, struct trial *trial,
                       const struct mail_frozen *frozen)
{
    struct trip *t = trip_new(d, r, NULL, 0);
    err_t err;

    ensure(frozen->nrcpts == 1);
    t->trial = trial;
    t->limit_ms = TRIAL_LIMIT_MS;
    t->dot_ms = TRIAL_DOT_MS;
    t->nmails = 1;
    t->mails = xcalloc(1, sizeof(*t->mails));
    t->mails[0].legs = xcalloc(1, sizeof(*t->mails[0].legs));
    t->mails[0].legs[0].addr = span_dup(frozen->rcpts[0]);
    t->mails[0].nlegs = 1;
    if ((err = worker_make(t, frozen)) == ERR_OK)
        trip_go(t, -1);
    else
        trip_drop(t);
    return err;
}

bool trip_has(const struct dispatcher *d, uint64_t id)
{
    const struct trip *t;

    TAILQ_FOREACH (t, &d->trips, entry) {
        for (size_t i = 0; i < t->nmails; i++)
            if (t->mails[i].id == id)
                return true;
    }
    return false;
}

void trip_stop_all(struct dispatcher *d)
{
    struct trip *t;

    while ((t = TAILQ_FIRST(&d->trips)) != NULL) {
        TAILQ_REMOVE(&d->trips, t, entry);
        d->ntrips--;
        if (t->trial != NULL)
            trial_drop(t);
        trip_drop(t); /* its worker goes on, and its file tells the next parent */
    }
}
