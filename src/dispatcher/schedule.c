/*
 * When: one look takes requests, recovers what an earlier dispatcher left, freezes what is due and
 * gives it to workers, as many at a time as may run, unless the relay rests.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "deskbell/clock.h"
#include "deskbell/log.h"
#include "dispatcher_int.h"

#define DUE_MAX 200
#define REQUESTS_MAX 1000
#define NO_RELAY_WAIT_MS (60 * INT64_C(1000))

/* Mails of one trip in the making; everything is freed by load_fini(). */
struct load {
    struct mail_view views[JOB_MAILS_MAX];
    struct mail_frozen frozen[JOB_MAILS_MAX];
    struct buf mems[JOB_MAILS_MAX];
    struct fresh *fresh[JOB_MAILS_MAX]; /* NULL: was frozen before */
    size_t n, bytes;
};

static void load_fini(struct load *l)
{
    for (size_t i = 0; i < l->n; i++) {
        mail_view_fini(&l->views[i]);
        buf_fini(&l->mems[i]);
        if (l->fresh[i] != NULL)
            fresh_fini(l->fresh[i]);
        free(l->fresh[i]);
    }
    *l = (struct load){0};
}

static void apply_requests(struct dispatcher *d, int64_t now_ms)
{
    enum mail_request_kind kind;
    uint64_t id;
    err_t err = ERR_OK;

    for (size_t i = 0; i < REQUESTS_MAX && err == ERR_OK; i++) {
        err = outbox_apply_request(d->store, now_ms, &id, &kind);
        if (err != ERR_OK)
            break;
        log_info("mail.request", "mail=%" PRIu64 " kind=%s", id,
                 kind == MAILREQ_RETRY ? "retry" : "cancel");
        if (kind == MAILREQ_RETRY)
            d->relay.rest_until_ms = 0; /* a person says: now */
    }
    if (err != ERR_NOTFOUND && err != ERR_OK)
        log_error("mail.requests", "err=%s", err_code(err));
}

/* Settled already by its recipients, but for a crash between two of them. */
static bool has_waiting_rcpt(const struct mail_view *v)
{
    for (size_t i = 0; i < v->nrcpts; i++)
        if (v->rcpts[i].state != MAILST_SENT && v->rcpts[i].state != MAILST_FAILED)
            return true;
    return false;
}

static void settle_one(struct dispatcher *d, uint64_t id, enum mail_state state, int64_t due_ms,
                       const char *reason, int64_t now_ms)
{
    struct mail_result res = {
        .id = id, .state = state, .due_ms = due_ms, .reason = span_of(reason)};
    err_t err = outbox_settle(d->store, &res, 1, now_ms);

    if (err != ERR_OK)
        log_error("mail.unsettled", "mail=%" PRIu64 " err=%s", id, err_code(err));
}

/* A row that cannot be read stays due: it is told, but not once a second for each. */
static void tell_unreadable(uint64_t id, err_t err)
{
    static struct log_limit limit;
    unsigned suppressed = 0;

    if (log_allowed(&limit, 1, &suppressed))
        log_error("mail.unreadable", "mail=%" PRIu64 " err=%s suppressed=%u", id, err_code(err),
                  suppressed);
}

/* A mail's frozen form: out of the store, or made now.  False: it cannot be sent now. */
static bool mail_take_form(struct dispatcher *d, struct load *l, int64_t now_ms)
{
    struct mail_view *view = &l->views[l->n];
    struct fresh *fresh;

    if (view->message_id[0] != '\0') {
        l->mems[l->n] = (struct buf){.limit_bytes = JOB_MAX_BYTES};
        err_t err = outbox_read_frozen(d->store, view->id, &l->frozen[l->n], &l->mems[l->n]);
        if (err == ERR_OK)
            return true;
        tell_unreadable(view->id, err);
        buf_fini(&l->mems[l->n]);
        return false;
    }
    fresh = xcalloc(1, sizeof(*fresh));
    if (mail_freeze(d, view, now_ms, fresh) != FREEZE_DONE) {
        free(fresh);
        return false;
    }
    l->fresh[l->n] = fresh;
    l->frozen[l->n] = fresh->fz;
    view->nrcpts = fresh->fz.nrcpts;
    view->rcpts = xcalloc(view->nrcpts + 1, sizeof(*view->rcpts));
    for (size_t i = 0; i < view->nrcpts; i++)
        view->rcpts[i] = (struct mail_rcpt){
            .addr = span_dup(fresh->fz.rcpts[i]), .state = MAILST_QUEUED, .reply = xstrdup("")};
    return true;
}

/*
 * Bring one due mail to where a worker can take it: view and form are in the load's next place.
 * False: it is settled, or cannot be read.
 */
static bool mail_prepare(struct dispatcher *d, uint64_t id, struct load *l, int64_t now_ms)
{
    struct mail_view *view = &l->views[l->n];
    err_t err = mail_read(d->store, id, view);

    if (err != ERR_OK) {
        tell_unreadable(id, err);
        return false;
    }
    if (view->state == MAILST_SENDING) { /* its lease is over, and no file tells how it went */
        if (settle_lost(d, view, now_ms) != ERR_OK)
            log_error("mail.unsettled", "mail=%" PRIu64, id);
        goto no;
    }
    if (view->message_id[0] != '\0' && !has_waiting_rcpt(view)) {
        settle_one(d, id, MAILST_FAILED, 0, "no recipient is left", now_ms);
        goto no;
    }
    if (mail_take_form(d, l, now_ms))
        return true;
no:
    mail_view_fini(view);
    return false;
}

/* The fresh forms of a load, in one transaction. */
static err_t load_freeze(struct dispatcher *d, const struct load *l)
{
    struct mail_frozen fz[JOB_MAILS_MAX];
    uint64_t ids[JOB_MAILS_MAX];
    size_t n = 0;

    for (size_t i = 0; i < l->n; i++) {
        if (l->fresh[i] == NULL)
            continue;
        ids[n] = l->views[i].id;
        fz[n++] = l->frozen[i];
    }
    return n > 0 ? outbox_freeze_all(d->store, ids, fz, n) : ERR_OK;
}

/* Nobody takes mails now: they wait, and say why. */
static void load_put_off(struct dispatcher *d, const struct load *l, int64_t now_ms)
{
    for (size_t i = 0; i < l->n; i++) {
        bool old = now_ms - l->views[i].created_ms >= MAIL_GIVE_UP_MS;

        settle_one(d, l->views[i].id, old ? MAILST_FAILED : MAILST_DEFERRED,
                   old ? 0 : now_ms + NO_RELAY_WAIT_MS, d->relay.why, now_ms);
    }
}

static void load_send(struct dispatcher *d, struct load *l, int64_t now_ms)
{
    err_t err = load_freeze(d, l);

    if (err == ERR_OK && !d->relay.usable)
        load_put_off(d, l, now_ms);
    else if (err == ERR_OK && l->n > 0)
        err = trip_start(d, l->views, l->frozen, l->n, now_ms);
    if (err != ERR_OK)
        log_error("trip.not-started", "mails=%zu err=%s", l->n, err_code(err));
    load_fini(l);
}

static void send_due(struct dispatcher *d, int64_t now_ms)
{
    static struct load load; /* 50 mails' descriptions; one look at a time */
    uint64_t ids[DUE_MAX];
    size_t n = 0;
    err_t err = outbox_due(d->store, now_ms, ids, DUE_MAX, &n);

    if ((err != ERR_OK) != d->blocked) {
        d->blocked = err != ERR_OK;
        log_write(d->blocked ? LOG_LVL_ERROR : LOG_LVL_INFO, "outbox.look", "err=%s",
                  err_code(err));
    }
    for (size_t i = 0; err == ERR_OK && i < n && d->ntrips < WORKERS_MAX; i++) {
        if (!mail_prepare(d, ids[i], &load, now_ms))
            continue;
        load.bytes += load.frozen[load.n].bytes.len;
        load.n++;
        if (load.n == JOB_MAILS_MAX || load.bytes >= JOB_MAX_BYTES / 2)
            load_send(d, &load, now_ms);
    }
    load_send(d, &load, now_ms);
}

void schedule_look(struct dispatcher *d)
{
    int64_t now_ms = clock_wall_ms();
    struct portal *portal = NULL;

    if (d->stopping)
        return;
    apply_requests(d, now_ms);
    trip_recover(d, now_ms);
    if (portal_read(d, &portal) == ERR_OK) {
        relay_refresh(d, portal);
        portal_free(portal);
    }
    if (d->ntrips < WORKERS_MAX && now_ms >= d->relay.rest_until_ms)
        send_due(d, now_ms);
}
