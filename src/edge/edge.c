/*
 * Start, stop, and the order of things in one pass of the loop: what came in is handed over, the
 * handler is told that the pass ends, output is written, and the dead are freed.
 */
#include <stdlib.h>
#include <sys/resource.h>

#include "deskbell/clock.h"
#include "edge_int.h"

/*
 * The edge's own time.  A gap (the machine slept, the process was stopped, a test moved the clock)
 * and a pause do not count, so that nobody is thrown out for a silence that was ours.
 */
int64_t edge_now(struct edge *e)
{
    int64_t real = clock_mono_ms();

    if (real - e->real_ms < JUMP_MS && (!e->paused || e->stopping))
        e->now_ms += real - e->real_ms;
    e->real_ms = real;
    return e->now_ms;
}

void edge_later(struct edge *e)
{
    if (e->later_set)
        return;
    e->later_set = true;
    event_active(&e->later, 0, 0);
}

void edge_input(struct edge *e)
{
    e->had_input = true;
    edge_later(e);
}

/* In the next pass, after the loop has looked at the other sockets. */
static void next_schedule(struct edge *e)
{
    static const struct timeval at_once = {0, 0};

    if (e->next_set || e->paused)
        return;
    e->next_set = true;
    ensure(event_add(&e->next, &at_once) == 0);
}

void edge_ready(struct conn *c)
{
    if (c->is_ready || c->state == CONN_DEAD)
        return;
    c->is_ready = true;
    TAILQ_INSERT_TAIL(&c->edge->ready, c, ready_link);
    conn_watch_usual(c);
    next_schedule(c->edge);
}

/* Give each that waits for its turn one turn; who needs another one goes to the end. */
static void ready_run(struct edge *e)
{
    struct conn *c;
    unsigned count = 0;

    TAILQ_FOREACH (c, &e->ready, ready_link) {
        count++;
    }
    for (; count > 0 && (c = TAILQ_FIRST(&e->ready)) != NULL; count--) {
        TAILQ_REMOVE(&e->ready, c, ready_link);
        c->is_ready = false;
        conn_pump(c);
        conn_hold(c);
        if (c->state != CONN_DEAD)
            conn_watch_usual(c);
    }
    if (!TAILQ_EMPTY(&e->ready))
        next_schedule(e);
}

static void dying_announce(struct edge *e)
{
    struct conn *c;

    TAILQ_FOREACH (c, &e->dying, wait_link) {
        if (!c->announce)
            continue;
        c->announce = false;
        edge_input(e);
        e->handler.on_gone(c->id, e->handler.arg);
    }
}

static void dirty_flush(struct edge *e)
{
    struct conn *c;

    while ((c = STAILQ_FIRST(&e->dirty)) != NULL) {
        STAILQ_REMOVE_HEAD(&e->dirty, dirty_link);
        c->is_dirty = false;
        if (c->state != CONN_DEAD)
            out_flush(c);
    }
}

/* Whoever died in the flush and is to be announced waits for the next round. */
static void dying_reap(struct edge *e)
{
    struct conn *c, *after;
    bool left = false;

    for (c = TAILQ_FIRST(&e->dying); c != NULL; c = after) {
        after = TAILQ_NEXT(c, wait_link);
        if (c->announce) {
            left = true;
            continue;
        }
        TAILQ_REMOVE(&e->dying, c, wait_link);
        conn_reap(c);
    }
    if (left)
        edge_later(e);
    listen_resume(e);
}

static void stop_check(struct edge *e)
{
    if (!e->stopping || e->stopped || e->nconns > 0)
        return;
    e->stopped = true;
    if (e->handler.on_stopped != NULL)
        e->handler.on_stopped(e->handler.arg);
}

static void pass_end(struct edge *e)
{
    e->later_set = false;
    dying_announce(e);
    if (e->had_input) {
        e->had_input = false;
        e->handler.on_pass_end(e->handler.arg);
    }
    dirty_flush(e);
    dying_reap(e);
    stop_check(e);
}

static void later_on_event(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    pass_end(arg);
}

static void next_on_event(evutil_socket_t fd, short what, void *arg)
{
    struct edge *e = arg;

    (void)fd;
    (void)what;
    e->next_set = false;
    if (!e->paused)
        ready_run(e);
}

static void all_kill(struct edge *e)
{
    for (uint32_t i = 0; i < e->nslots; i++) {
        if (e->slots[i] != NULL)
            conn_kill(e->slots[i]);
    }
}

static void tick_on_event(evutil_socket_t fd, short what, void *arg)
{
    struct edge *e = arg;

    (void)fd;
    (void)what;
    conn_expire(e);
    listen_resume(e);
    if (e->stopping && edge_now(e) >= e->stop_ms)
        all_kill(e);
}

static unsigned or_default(unsigned value, unsigned fallback)
{
    return value != 0 ? value : fallback;
}

/* How many connections the process has descriptors for. */
static unsigned conns_allowed(unsigned wanted)
{
    struct rlimit rl;
    rlim_t most = SLOTS_MAX / 2;

    if (getrlimit(RLIMIT_NOFILE, &rl) == 0 && rl.rlim_cur < most + FDS_RESERVED)
        most = rl.rlim_cur > 2 * FDS_RESERVED ? rl.rlim_cur - FDS_RESERVED : FDS_RESERVED;
    if (wanted == 0)
        return (unsigned)most;
    if (wanted > most) {
        log_warn("edge.limit", "wanted=%u allowed=%u reason=descriptors raise=LimitNOFILE", wanted,
                 (unsigned)most);
        return (unsigned)most;
    }
    return wanted;
}

/* The part that may change while running. */
static void conf_take(struct edge *e, const struct edge_conf *conf)
{
    struct edge_conf *c = &e->conf;

    free(e->trusted);
    e->trusted = xcalloc(conf->ntrusted + 1, sizeof(*e->trusted));
    for (size_t i = 0; i < conf->ntrusted; i++)
        e->trusted[i] = conf->trusted[i];
    e->trust = (struct http_trust){e->trusted, conf->ntrusted, conf->rfc7239};
    c->proxy_protocol = conf->proxy_protocol;
    c->demo = conf->demo;
    c->hsts_s = conf->hsts_s;
    c->conns_per_addr_max = conf->conns_per_addr_max;
    c->head_timeout_ms = or_default(conf->head_timeout_ms, HEAD_TIMEOUT_MS);
    c->body_timeout_ms = or_default(conf->body_timeout_ms, BODY_TIMEOUT_MS);
    c->idle_timeout_ms = or_default(conf->idle_timeout_ms, IDLE_HTTP_TIMEOUT_MS);
    c->reply_timeout_ms = or_default(conf->reply_timeout_ms, REPLY_TIMEOUT_MS);
    c->ws_stranger_ms = or_default(conf->ws_stranger_ms, WS_STRANGER_MS);
    c->spare_age_ms = or_default(conf->spare_age_ms, SPARE_AGE_MS);
    c->ws_ping_ms = or_default(conf->ws_ping_ms, WS_PING_MS);
    c->ws_dead_ms = or_default(conf->ws_dead_ms, WS_DEAD_MS);
    c->out_low_bytes = or_default(conf->out_low_bytes, OUT_LOW_BYTES);
    c->out_high_bytes = or_default(conf->out_high_bytes, OUT_HIGH_BYTES);
    ensure(c->ws_ping_ms >= 2);
    e->conns_max = conns_allowed(conf->conns_max);
}

void edge_reload(struct edge *e, const struct edge_conf *conf)
{
    conf_take(e, conf);
}

static void names_take(struct edge *e, const struct edge_conf *conf)
{
    const char **listen = xcalloc(conf->nlisten + 1, sizeof(*listen));

    for (size_t i = 0; i < conf->nlisten; i++)
        listen[i] = xstrdup(conf->listen[i]);
    e->conf.listen = listen;
    e->conf.nlisten = conf->nlisten;
    if (conf->control_path != NULL)
        e->conf.control_path = xstrdup(conf->control_path);
    if (conf->subprotocol != NULL)
        e->conf.subprotocol = xstrdup(conf->subprotocol);
}

err_t edge_start(struct event_base *base, const struct edge_conf *conf,
                 const struct edge_handler *handler, struct edge **out, struct fault *f)
{
    static const struct timeval tick = {0, TICK_MS * 1000};
    struct edge *e = xcalloc(1, sizeof(*e));
    err_t err;

    ensure(handler->on_request != NULL && handler->on_upgrade != NULL);
    ensure(handler->on_message != NULL && handler->on_line != NULL);
    ensure(handler->on_gone != NULL && handler->on_pass_end != NULL);
    e->base = base;
    e->handler = *handler;
    e->real_ms = clock_mono_ms();
    e->date_s = -1;
    for (size_t i = 0; i < WAIT_NKINDS; i++)
        TAILQ_INIT(&e->waits[i]);
    TAILQ_INIT(&e->ready);
    TAILQ_INIT(&e->dying);
    STAILQ_INIT(&e->dirty);
    names_take(e, conf);
    conf_take(e, conf);
    visitors_resize(e);
    event_assign(&e->later, base, -1, 0, later_on_event, e);
    event_assign(&e->next, base, -1, 0, next_on_event, e);
    event_assign(&e->tick, base, -1, EV_PERSIST, tick_on_event, e);
    ensure(event_add(&e->tick, &tick) == 0);
    if ((err = listen_open(e, f)) != ERR_OK) {
        edge_free(e);
        return err;
    }
    *out = e;
    return ERR_OK;
}

static void stop_one(struct edge *e, struct conn *c)
{
    switch ((enum conn_state)c->state) {
    case CONN_PROXY:
    case CONN_HEAD:
        conn_kill(c);
        break;
    case CONN_WS:
    case CONN_LINE:
        edge_close(e, c->id, WS_CODE_GOING_AWAY, "the gateway is stopping");
        break;
    default:
        break; /* an answer is owed or on its way */
    }
}

void edge_stop(struct edge *e, unsigned flush_ms)
{
    if (e->stopping)
        return;
    listen_close(e);
    e->stopping = true;
    e->stop_ms = edge_now(e) + flush_ms;
    for (uint32_t i = 0; i < e->nslots; i++) {
        if (e->slots[i] != NULL)
            stop_one(e, e->slots[i]);
    }
    edge_later(e);
}

void edge_pause(struct edge *e, bool paused)
{
    if (e->paused == paused)
        return;
    (void)edge_now(e);
    e->paused = paused;
    listen_update(e);
    for (uint32_t i = 0; i < e->nslots; i++) {
        if (e->slots[i] != NULL && e->slots[i]->state != CONN_DEAD)
            conn_watch_usual(e->slots[i]);
    }
    if (!TAILQ_EMPTY(&e->ready))
        next_schedule(e);
}

void edge_stats(const struct edge *e, struct edge_stats *out)
{
    *out = e->stats;
    out->conns = e->nconns;
    out->requests_open = 0;
    for (uint32_t i = 0; i < e->nslots; i++) {
        if (e->slots[i] != NULL && e->slots[i]->state == CONN_PENDING)
            out->requests_open++;
    }
}

void edge_free(struct edge *e)
{
    struct conn *c;

    listen_close(e);
    all_kill(e);
    while ((c = STAILQ_FIRST(&e->dirty)) != NULL) {
        STAILQ_REMOVE_HEAD(&e->dirty, dirty_link);
        c->is_dirty = false;
    }
    while ((c = TAILQ_FIRST(&e->dying)) != NULL) {
        TAILQ_REMOVE(&e->dying, c, wait_link);
        conn_reap(c);
    }
    event_del(&e->later);
    event_del(&e->next);
    event_del(&e->tick);
    visitors_free(e);
    for (size_t i = 0; i < e->conf.nlisten; i++)
        free((void *)(uintptr_t)e->conf.listen[i]);
    free((void *)(uintptr_t)e->conf.listen);
    free((void *)(uintptr_t)e->conf.control_path);
    free((void *)(uintptr_t)e->conf.subprotocol);
    free(e->trusted);
    free(e->slots);
    free(e->free_slots);
    free(e);
}
