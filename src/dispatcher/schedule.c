/*
 * When: one look takes requests, recovers what an earlier dispatcher left, freezes what is due and
 * gives it to workers: for each relay as many at a time as it may have, unless it rests.  The due
 * mails are read in pages, from the first place that matters on; those of a relay that rests stay
 * where they are, are stepped over, and only the place of the first is remembered.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "deskbell/crash.h"
#include "deskbell/log.h"
#include "dispatcher_int.h"

#define PAGE_MAILS DIGEST_PAGE_MAX
#define PAGES_MAX 20 /* of one look; then others have their turn */
#define RESCAN_MS (60 * INT64_C(1000))
#define AGAIN_MS 1
#define LOST_MAX 500 /* mails whose lease is over, in one look */
#define LIVES_MAX 64 /* of earlier dispatchers that are over, likewise */
#define LOST_PAUSE_MS (10 * INT64_C(1000))
#define REQUESTS_MAX 1000
#define DROP_MAX 50 /* messages that are let go in one look */
#define DROP_PAUSE_MS (60 * INT64_C(1000))
#define DAY_MS (24 * 3600 * INT64_C(1000))
#define NO_RELAY_WAIT_MS (60 * INT64_C(1000))

/* Mails of one trip in the making; everything is freed by load_fini(). */
struct load {
    struct mail_view views[JOB_MAILS_MAX];
    struct mail_frozen frozen[JOB_MAILS_MAX];
    struct buf mems[JOB_MAILS_MAX], clear[JOB_MAILS_MAX]; /* the latter: bytes that were sealed */
    struct fresh *fresh[JOB_MAILS_MAX];                   /* NULL: was frozen before */
    size_t n, bytes;
};

static void load_fini(struct load *l)
{
    for (size_t i = 0; i < l->n; i++) {
        mail_view_fini(&l->views[i]);
        buf_fini(&l->mems[i]);
        secret_wipe(&l->clear[i]);
        if (l->fresh[i] != NULL)
            fresh_fini(l->fresh[i]);
        free(l->fresh[i]);
    }
    *l = (struct load){0};
}

void schedule_rescan(struct dispatcher *d)
{
    d->rescan_ms = 0;
}

static struct relay *relay_for(struct dispatcher *d, enum mail_kind kind, uint64_t dept,
                               uint64_t entry)
{
    return relay_of(d, mail_relay_dept(kind, dept, entry));
}

/* Each relay in turn: the portal's, then the departments'.  NULL over the end. */
static struct relay *relay_nth(struct dispatcher *d, size_t i)
{
    return i == 0 ? &d->relay : i <= d->ndepts ? d->depts[i - 1] : NULL;
}

static void look_again(void *arg)
{
    schedule_look(arg);
}

static void schedule_again(struct dispatcher *d)
{
    d->again.fn = look_again;
    d->again.arg = d;
    alarm_set(d, &d->again, AGAIN_MS);
}

/* A person says: now. */
static void retry_wakes(struct dispatcher *d, uint64_t id)
{
    struct mail_view v;

    if (mail_read(d->store, id, &v) != ERR_OK)
        return;
    relay_for(d, v.order.kind, v.order.dept, v.order.entry)->rest_until_ms = 0;
    mail_view_fini(&v);
}

/* The relays that rest for this cause, or all of them. */
static void retry_wakes_relays(struct dispatcher *d, const struct mail_request *rq)
{
    struct relay *r;

    for (size_t i = 0; (r = relay_nth(d, i)) != NULL; i++)
        if (rq->kind == MAILREQ_RETRY_ALL || strcmp(trouble_word(r->trouble), rq->cause) == 0)
            r->rest_until_ms = 0;
}

static void request_follow(struct dispatcher *d, const struct mail_request *rq, size_t changed,
                           bool over)
{
    static const char *const words[] = {[MAILREQ_RETRY] = "retry",
                                        [MAILREQ_CANCEL] = "cancel",
                                        [MAILREQ_RETRY_CAUSE] = "retry-cause",
                                        [MAILREQ_RETRY_ALL] = "retry-all"};

    log_info("mail.request", "kind=%s mail=%" PRIu64 " changed=%zu over=%d", words[rq->kind],
             rq->mail, changed, over);
    schedule_rescan(d); /* new mails were taken over as well */
    if (rq->kind == MAILREQ_RETRY)
        retry_wakes(d, rq->mail);
    else if (rq->kind != MAILREQ_CANCEL && over)
        retry_wakes_relays(d, rq);
}

/*
 * One step of a request about many mails ends the look: the gateway gets at the store before the
 * next.
 */
static void apply_requests(struct dispatcher *d, int64_t now_ms)
{
    struct mail_request rq;
    size_t changed;
    bool over = true;
    err_t err = ERR_OK;

    for (size_t i = 0; i < REQUESTS_MAX && err == ERR_OK && over; i++) {
        err = outbox_apply_request(d->store, now_ms, &rq, &changed, &over);
        if (err != ERR_OK)
            break;
        crash_point(CRASH_DISPATCHER_REQUEST);
        request_follow(d, &rq, changed, over);
    }
    if (err != ERR_NOTFOUND && err != ERR_OK)
        log_error("mail.requests", "err=%s", err_code(err));
    else if (!over)
        schedule_again(d);
}

/* Messages that nobody will want any more go in small steps; their mails' rows stay. */
static void drop_old(struct dispatcher *d, int64_t now_ms)
{
    size_t n = 0;
    err_t err;

    if (d->conf.mail_keep == 0 || (now_ms < d->drop_ms && now_ms > d->drop_ms - DROP_PAUSE_MS))
        return;
    err = outbox_drop_old(d->store, now_ms - (int64_t)d->conf.mail_keep * DAY_MS, DROP_MAX, &n);
    if (err != ERR_OK)
        log_error("mail.not-dropped", "err=%s", err_code(err));
    if (n > 0)
        log_info("mail.dropped", "mails=%zu", n);
    d->drop_ms = n == DROP_MAX ? 0 : now_ms + DROP_PAUSE_MS;
}

/* Settled already by its recipients, but for a crash between two of them. */
static bool has_waiting_rcpt(const struct mail_view *v)
{
    for (size_t i = 0; i < v->nrcpts; i++)
        if (mail_rcpt_waits(&v->rcpts[i]))
            return true;
    return false;
}

static void settle_one(struct dispatcher *d, struct mail_result res, const char *cause,
                       int64_t now_ms)
{
    snprintf(res.cause, sizeof(res.cause), "%s", cause);
    err_t err = outbox_settle(d->store, &res, 1, now_ms);

    if (err != ERR_OK)
        log_error("mail.unsettled", "mail=%" PRIu64 " err=%s", res.id, err_code(err));
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

/* The form that an earlier attempt had. */
static bool mail_read_form(struct dispatcher *d, struct load *l, int64_t now_ms)
{
    const struct mail_view *view = &l->views[l->n];
    struct mail_frozen *fz = &l->frozen[l->n];
    struct buf *clear = &l->clear[l->n];

    l->mems[l->n] = (struct buf){.limit_bytes = JOB_MAX_BYTES};
    err_t err = outbox_read_frozen(d->store, view->id, fz, &l->mems[l->n]);
    if (err != ERR_OK) {
        tell_unreadable(view->id, err);
    } else if (fz->sealed && (err = secret_open(d, fz->bytes, clear)) != ERR_OK) {
        settle_one(
            d,
            (struct mail_result){.id = view->id,
                                 .state = MAILST_FAILED,
                                 .reason = SPAN_LIT("it was sealed with a key that is gone")},
            cause_word(CAUSE_LINK), now_ms);
    } else if (fz->sealed) {
        fz->bytes = buf_span(clear);
        fz->sealed = false;
    }
    if (err != ERR_OK)
        buf_fini(&l->mems[l->n]);
    return err == ERR_OK;
}

/* A mail's frozen form: out of the store, or made now.  False: it cannot be sent now. */
static bool mail_take_form(struct dispatcher *d, struct load *l, int64_t now_ms)
{
    struct mail_view *view = &l->views[l->n];
    struct fresh *fresh;

    if (view->message_id[0] != '\0')
        return mail_read_form(d, l, now_ms);
    fresh = xcalloc(1, sizeof(*fresh));
    enum freeze_end end = mail_freeze(d, view, now_ms, fresh);

    if (end == FREEZE_SUPPRESSED && view->state == MAILST_HELD)
        schedule_again(d); /* many at a time, but not all */
    if (end != FREEZE_DONE) {
        free(fresh);
        return false;
    }
    l->fresh[l->n] = fresh;
    l->frozen[l->n] = fresh->fz;
    l->frozen[l->n].bytes = buf_span(&fresh->bytes);
    l->frozen[l->n].sealed = false;
    view->nrcpts = fresh->fz.nrcpts;
    view->rcpts = xcalloc(view->nrcpts + 1, sizeof(*view->rcpts));
    for (size_t i = 0; i < view->nrcpts; i++)
        view->rcpts[i] = (struct mail_rcpt){
            .addr = span_dup(fresh->fz.rcpts[i]), .state = MAILST_QUEUED, .reply = xstrdup("")};
    return true;
}

/* A link is looked at before each attempt: one that is of no use any more would only confuse. */
static bool mail_link_holds(struct dispatcher *d, const struct mail_view *view, int64_t now_ms)
{
    const char *why = "";
    enum freeze_end end = link_check(d, &view->order, now_ms, &why);
    struct mail_result res = {.id = view->id, .reason = span_of(why)};

    if (end == FREEZE_DONE)
        return true;
    res.state = end == FREEZE_SUPPRESSED ? MAILST_SUPPRESSED
                : end == FREEZE_FAILED   ? MAILST_FAILED
                                         : MAILST_DEFERRED;
    res.due_ms = end == FREEZE_DEFERRED ? now_ms + NO_RELAY_WAIT_MS : 0;
    settle_one(d, res, cause_word(CAUSE_LINK), now_ms);
    log_write(end == FREEZE_FAILED ? LOG_LVL_WARN : LOG_LVL_INFO,
              end == FREEZE_FAILED       ? "mail.failed"
              : end == FREEZE_SUPPRESSED ? "mail.suppressed"
                                         : "mail.waits",
              "mail=%" PRIu64, view->id);
    return false;
}

/*
 * Bring one due mail to where a worker can take it: view and form are in the load's next place.
 * False: it is settled, or cannot be read.
 */
static bool mail_prepare(struct dispatcher *d, uint64_t id, struct load *l, int64_t now_ms)
{
    struct mail_view *view = &l->views[l->n];
    err_t err;

    if (trip_has(d, id)) /* whatever the store's index says, nothing goes twice at a time */
        return false;
    if ((err = mail_read(d->store, id, view)) != ERR_OK) {
        tell_unreadable(id, err);
        return false;
    }
    if (view->state == MAILST_HELD)
        schedule_rescan(d); /* the next of its group will be due in its place, which is passed */
    if (view->state == MAILST_SENDING) /* its lease counts, and lost_settle() asks for that */
        goto no;
    if (view->message_id[0] != '\0' && !has_waiting_rcpt(view)) {
        struct mail_result res = {
            .id = id, .state = MAILST_FAILED, .reason = span_of(cause_text(CAUSE_NO_RECIPIENT))};

        settle_one(d, res, cause_word(CAUSE_NO_RECIPIENT), now_ms);
        goto no;
    }
    if (mail_has_link(view->order.kind) && !mail_link_holds(d, view, now_ms))
        goto no;
    if (mail_take_form(d, l, now_ms))
        return true;
no:
    mail_view_fini(view);
    return false;
}

/*
 * Mails whose lease is over, by its time or because all who could have them are dead, while no file
 * tells how it went.  As long as a worker of an earlier dispatcher runs, none is given up: the
 * machine's start may not be what the lease took it for.
 */
static void lost_settle(struct dispatcher *d, int64_t now_ms)
{
    uint64_t ids[LOST_MAX], dead[LIVES_MAX];
    struct lease_now now = {
        .boot = d->boot_number, .steady_ms = now_steady_ms(d), .wall_ms = now_ms, .dead = dead};
    size_t n = 0;
    err_t err;

    if (d->foreign > 0 || now.steady_ms < d->lost_ms)
        return;
    d->lost_ms = now.steady_ms + LOST_PAUSE_MS;
    now.ndead = lives_over(d, dead, LIVES_MAX);
    err = outbox_lost(d->store, &now, ids, LOST_MAX, &n);
    for (size_t i = 0; i < n && err == ERR_OK; i++) {
        struct mail_view view;

        if (trip_has(d, ids[i]) || mail_read(d->store, ids[i], &view) != ERR_OK)
            continue;
        err = settle_lost(d, &view, now_ms);
        if (err == ERR_OK)
            log_warn("mail.lost", "mail=%" PRIu64 " attempts=%u", ids[i], view.attempts);
        mail_view_fini(&view);
    }
    if (err != ERR_OK)
        log_error("mail.lost", "err=%s", err_code(err));
    else if (n < LOST_MAX)
        lives_forget(d, dead, now.ndead);
}

/* The fresh forms of a load, in one transaction. */
static err_t load_freeze(struct dispatcher *d, const struct load *l, int64_t now_ms)
{
    struct mail_freeze fr[JOB_MAILS_MAX];
    size_t n = 0;

    for (size_t i = 0; i < l->n; i++)
        if (l->fresh[i] != NULL)
            fr[n++] = (struct mail_freeze){
                .id = l->views[i].id,
                .form = &l->fresh[i]->fz, /* as it is stored */
                .window_ms = digest_window(d, &l->views[i].order, now_ms),
                .gathered = l->fresh[i]->gathered,
                .ngathered = l->fresh[i]->ngathered,
            };

    if (n == 0)
        return ERR_OK;
    crash_point(CRASH_DISPATCHER_FREEZE);

    err_t err = outbox_freeze_all(d->store, fr, n, now_ms);

    crash_point(CRASH_DISPATCHER_FROZEN);
    for (size_t i = 0; i < n && err == ERR_OK; i++) {
        if (fr[i].ngathered == 0)
            continue;
        log_info("mail.folded", "mail=%" PRIu64 " notices=%zu", fr[i].id, fr[i].ngathered + 1);
        schedule_again(d); /* what did not fit goes in another */
    }
    return err;
}

/* Nobody takes mails now: they wait, and say why. */
static void load_put_off(struct dispatcher *d, const struct relay *r, const struct load *l,
                         int64_t now_ms)
{
    for (size_t i = 0; i < l->n; i++) {
        bool old = now_ms - l->views[i].created_ms >= MAIL_GIVE_UP_MS;

        struct mail_result res = {.id = l->views[i].id,
                                  .state = old ? MAILST_FAILED : MAILST_DEFERRED,
                                  .due_ms = old ? 0 : now_ms + NO_RELAY_WAIT_MS,
                                  .reason = span_of(r->why)};

        settle_one(d, res, trouble_word(TROUBLE_CONFIG), now_ms);
    }
}

static void load_send(struct dispatcher *d, struct relay *r, struct load *l, int64_t now_ms)
{
    err_t err = load_freeze(d, l, now_ms);

    if (err == ERR_OK && !r->usable) {
        load_put_off(d, r, l, now_ms);
        r->done_look = d->looks;
    } else if (err == ERR_OK && l->n > 0) {
        err = trip_start(d, r, l->views, l->frozen, l->n);
    }
    if (err != ERR_OK) {
        log_error("trip.not-started", "mails=%zu err=%s", l->n, err_code(err));
        r->done_look = d->looks; /* at the next tick again */
        schedule_rescan(d);
    }
    load_fini(l);
}

/* the due mails */

static bool is_before(struct due_place a, struct due_place b)
{
    return a.due_ms != b.due_ms ? a.due_ms < b.due_ms : a.id < b.id;
}

static bool relay_is_ready(const struct dispatcher *d, const struct relay *r, int64_t now_ms)
{
    return r->done_look != d->looks && now_ms >= r->rest_until_ms &&
           r->ntrips < RELAY_SESSIONS_MAX && d->ntrips < WORKERS_MAX;
}

/* Where a look begins: at the first mail that can go, as far as is known. */
static struct due_place scan_begin(struct dispatcher *d, int64_t now_ms)
{
    bool all = now_ms >= d->rescan_ms || now_ms < d->rescan_ms - RESCAN_MS;
    struct due_place at = all ? (struct due_place){0} : d->seen;
    struct relay *r;

    if (all) {
        d->rescan_ms = now_ms + RESCAN_MS;
        d->seen = at;
    }
    for (size_t i = 0; (r = relay_nth(d, i)) != NULL; i++) {
        if (all)
            r->at = (struct due_place){0};
        else if (!relay_is_ready(d, r, now_ms))
            continue;
        else if (is_before(r->at, at))
            at = r->at;
        r->held = false;
    }
    return at;
}

static void scan_end(struct dispatcher *d, struct due_place at)
{
    struct relay *r;

    if (is_before(d->seen, at))
        d->seen = at;
    for (size_t i = 0; (r = relay_nth(d, i)) != NULL; i++)
        if (!r->held && is_before(r->at, at))
            r->at = at;
}

/* As many mails of this relay as one session takes, from the page's i-th on. */
static void page_take(struct dispatcher *d, struct relay *r, struct due_mail *page, size_t i,
                      size_t n, int64_t now_ms)
{
    static struct load load; /* 50 mails' descriptions; one look at a time */

    for (; i < n && load.n < JOB_MAILS_MAX && load.bytes < JOB_MAX_BYTES / 2; i++) {
        struct due_mail *m = &page[i];

        if (m->at.id == 0 || is_before(m->at, r->at) ||
            relay_for(d, m->kind, m->dept, m->entry) != r)
            continue;
        if (mail_prepare(d, m->at.id, &load, now_ms))
            load.bytes += load.frozen[load.n++].bytes.len;
        m->at.id = 0; /* done */
    }
    load_send(d, r, &load, now_ms);
}

static void page_send(struct dispatcher *d, struct due_mail *page, size_t n, int64_t now_ms)
{
    for (size_t i = 0; i < n; i++) {
        if (page[i].at.id == 0)
            continue;
        struct relay *r = relay_for(d, page[i].kind, page[i].dept, page[i].entry);

        if (is_before(page[i].at, r->at))
            continue;
        if (relay_is_ready(d, r, now_ms)) {
            page_take(d, r, page, i, n, now_ms);
        } else if (!r->held) {
            r->held = true;
            r->at = page[i].at;
        }
    }
}

static void send_due(struct dispatcher *d, int64_t now_ms)
{
    struct due_mail page[PAGE_MAILS];
    struct due_place at = scan_begin(d, now_ms);
    size_t n = PAGE_MAILS, pages = 0;
    int64_t fresh_ms;
    err_t err = ERR_OK;

    for (; n == PAGE_MAILS && pages < PAGES_MAX && d->ntrips < WORKERS_MAX; pages++) {
        err = outbox_due_from(d->store, now_ms, &at, page, PAGE_MAILS, &n, &fresh_ms);
        if (err != ERR_OK)
            break;
        if (fresh_ms <= d->seen.due_ms)
            schedule_rescan(d);
        digest_hold(d, page, n, now_ms);
        page_send(d, page, n, now_ms);
    }
    if ((err != ERR_OK) != d->blocked) {
        d->blocked = err != ERR_OK;
        log_write(d->blocked ? LOG_LVL_ERROR : LOG_LVL_INFO, "outbox.look", "err=%s",
                  err_code(err));
    }
    scan_end(d, at);
    if (err == ERR_OK && pages == PAGES_MAX && n == PAGE_MAILS)
        schedule_again(d);
}

void schedule_look(struct dispatcher *d)
{
    int64_t now_ms = now_wall_ms(d);
    struct portal *portal = NULL;

    if (d->stopping)
        return;
    d->looks++;
    if (portal_read(d, &portal) == ERR_OK) {
        relay_refresh(d, portal);
        portal_free(portal);
    }
    relays_tell(d, now_ms);
    apply_requests(d, now_ms);
    drop_old(d, now_ms);
    tripdir_recover(d, now_ms);
    lost_settle(d, now_ms);
    if (d->ntrips < WORKERS_MAX)
        send_due(d, now_ms);
}
