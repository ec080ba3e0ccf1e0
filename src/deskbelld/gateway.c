/*
 * The gateway's start order, its loop, and its end.  It joins the rooms and decides nothing about
 * chats.
 */
#include "gateway.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "deskbell/clock.h"
#include "deskbell/crash.h"
#include "deskbell/fd.h"
#include "deskbell/log.h"
#include "deskbell/web.h"

#define TICK_MS 1000
#define TEND_MS 60000
#define FLUSH_MS 2000
#define DISPATCHER_STOP_MS 8000
/* Overdue deadlines get at least this much after a start or a sleep of the machine. */
#define DEADLINE_FLOOR_MS 10000

static struct clocks clocks_read(void)
{
    return (struct clocks){
        .boot_ms = clock_boot_ms(), .mono_ms = clock_mono_ms(), .wall_ms = clock_wall_ms()};
}

/*
 * After a sleep deadlines are overdue, and rightly so; but nobody could come back meanwhile, so
 * they get a minimum remainder.
 */
int64_t gateway_now(struct gateway *g)
{
    struct clocks c = clocks_read();
    struct told_news news = told_go_on(&g->told, &c);

    if (news.stepped_ms != 0)
        log_warn("clock.stepped", "ahead_ms=%lld", (long long)news.stepped_ms);
    if (news.slept_ms != 0) {
        log_info("clock.slept", "ms=%lld", (long long)news.slept_ms);
        if (g->turn != NULL)
            core_set_floor(g->core, g->told.now_ms, DEADLINE_FLOOR_MS);
    }
    return g->told.now_ms;
}

/* Is there nobody who waits for what time brings? */
static bool nobody_waits(const struct core *k)
{
    for (uint64_t id = 0; core_next_conv(k, &id);)
        if (conv_is_open(core_conv(k, id)))
            return false;
    return true;
}

static void clock_catch_up(struct gateway *g)
{
    int64_t ahead_ms = g->told.off && nobody_waits(g->core) ? told_catch_up(&g->told) : 0;

    if (ahead_ms > 0)
        log_info("clock.caught-up", "ms=%lld", (long long)ahead_ms);
}

static int64_t told_now(void *arg)
{
    return gateway_now(arg);
}

static bool api_work(void *arg, void (*fn)(void *ctx), void (*done)(void *ctx), void *ctx)
{
    struct gateway *g = arg;

    return pool_submit(g->pool, fn, done, ctx);
}

/* the loop */

static int64_t min_ms(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static void plan_timer(struct gateway *g)
{
    int64_t at_ms =
        min_ms(turn_deadline(g->turn), min_ms(watch_deadline(g->watch), api_deadline(g->api)));
    int64_t wait_ms = at_ms - g->told.now_ms;

    if (at_ms == INT64_MAX) {
        event_del(g->timer);
        return;
    }
    if (wait_ms < 0)
        wait_ms = 0;
    if (wait_ms > TEND_MS)
        wait_ms = TEND_MS;
    event_add(g->timer, &(struct timeval){.tv_sec = wait_ms / 1000,
                                          .tv_usec = (suseconds_t)(wait_ms % 1000) * 1000});
}

void gateway_pass_end(struct gateway *g)
{
    turn_pass_end(g->turn, gateway_now(g));
    watch_pass_end(g->watch);
    plan_timer(g);
    if (g->edge_stopped && turn_is_idle(g->turn))
        event_base_loopbreak(g->base);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    struct gateway *g = arg;

    (void)fd;
    (void)what;
    gateway_now(g);
    if (watch_deadline(g->watch) <= g->told.now_ms)
        watch_tick(g->watch);
    if (api_deadline(g->api) <= g->told.now_ms)
        api_tick(g->api);
    gateway_pass_end(g);
}

static void on_committed(evutil_socket_t fd, short what, void *arg)
{
    struct gateway *g = arg;
    err_t err;

    (void)fd;
    (void)what;
    if (committer_collect(g->committer, &err)) {
        search_wake(g->search);
        crash_point(CRASH_GATEWAY_DURABLE);
        turn_durable(g->turn, err, gateway_now(g));
        gateway_pass_end(g);
    }
}

static void on_pooled(evutil_socket_t fd, short what, void *arg)
{
    struct gateway *g = arg;

    (void)fd;
    (void)what;
    pool_collect(g->pool);
    gateway_pass_end(g);
}

/* the store's housekeeping */

static void tend_work(void *ctx)
{
    struct gateway *g = ctx;

    store_tend(g->store, clock_wall_ms());
}

static void tend_done(void *ctx)
{
    struct gateway *g = ctx;

    g->tending = false;
}

static void project_work(void *ctx)
{
    struct gateway *g = ctx;

    store_project(g->store);
}

static void project_done(void *ctx)
{
    struct gateway *g = ctx;

    g->projecting = false;
}

/* A full disk takes no commands; what is running reads on, and all of it heals by itself. */
static void watch_space(struct gateway *g)
{
    bool full = store_space(g->store) != ERR_OK;

    if (full == g->disk_full)
        return;
    g->disk_full = full;
    turn_set_readonly(g->turn, full);
    watch_notice(g->watch, "disk-full",
                 "The disk is nearly full: nothing new can be stored until there is space.", "",
                 full);
    if (full)
        log_error("store.full", "state=read-only");
    else
        log_info("store.space", "state=writing");
    if (!full && g->first_waits)
        first_start(g);
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
    struct gateway *g = arg;

    (void)fd;
    (void)what;
    watch_space(g);
    gateway_now(g);
    clock_catch_up(g);
    if (!g->projecting && store_is_behind(g->store) &&
        pool_submit(g->pool, project_work, project_done, g))
        g->projecting = true;
    if (!g->tending && g->told.last.mono_ms - g->tended_ms >= TEND_MS &&
        pool_submit(g->pool, tend_work, tend_done, g)) {
        g->tending = true;
        g->tended_ms = g->told.last.mono_ms;
    }
    gateway_pass_end(g);
}

/* signals */

static void begin_stop(struct gateway *g)
{
    if (g->stopping) { /* asked twice: without waiting for those who are connected */
        log_info("gateway.stopping", "connections=cut");
        event_base_loopbreak(g->base);
        return;
    }
    log_info("gateway.stopping", "connections=closing");
    g->stopping = true;
    watch_stopping(g->watch);
    api_stopping(g->api);
    edge_stop(g->edge, FLUSH_MS);
}

/* Where people find the gateway: as configured, else its first listener. */
void gateway_url(const struct gateway *g, struct buf *out)
{
    const char *first = g->conf.listen[0], *colon = strrchr(first, ':');
    unsigned port = g->edge != NULL ? edge_port(g->edge, 0) : 0;

    if (g->conf.public_url[0] != '\0') {
        buf_add_str(out, g->conf.public_url);
        return;
    }
    buf_add_str(out, "http://");
    if (first[0] == '*')
        buf_add_str(out, "127.0.0.1");
    else
        buf_add(out, first, (size_t)(colon - first));
    buf_addf(out, ":%u", port);
}

static void edge_conf_of(const struct config *conf, struct edge_conf *out)
{
    *out = (struct edge_conf){
        .listen = (const char *const *)conf->listen,
        .nlisten = conf->nlisten,
        .control_path = conf->control_socket,
        .subprotocol = "deskbell.1",
        .trusted = conf->trusted_proxies,
        .ntrusted = conf->ntrusted_proxies,
        .proxy_protocol = conf->proxy_protocol,
        .rfc7239 = strcmp(conf->proxy_header, "forwarded") == 0,
        .hsts_s = conf->strict_transport_days * 86400,
        .demo = conf->demo,
        .conns_max = conf->max_connections,
        .conns_per_addr_max = conf->connections_per_address,
    };
}

static void view_of(struct gateway *g, struct view *out)
{
    snprintf(g->widget_base, sizeof(g->widget_base), "/w/%s/", web_widget_version());
    buf_reset(&g->url);
    gateway_url(g, &g->url);
    *out = (struct view){
        .core = g->core,
        .store = g->store,
        .now_ms = told_now,
        .arg = g,
        .public_url = g->url.p,
        .base = g->widget_base,
        .integrity = web_widget_integrity(),
    };
}

static void api_config_of(const struct gateway *g, struct api_config *out)
{
    const struct config *conf = &g->conf;

    *out = (struct api_config){
        .version = VERSION,
        .has_url = conf->public_url[0] != '\0',
        .demo = conf->demo,
        .metrics_from = conf->metrics_from,
        .nmetrics_from = conf->nmetrics_from,
        .proxies = conf->trusted_proxies,
        .nproxies = conf->ntrusted_proxies,
        .rates = {.chats_per_hour = conf->chats_per_hour,
                  .chats_per_address = conf->chats_per_address,
                  .left_per_hour = conf->messages_left_per_hour,
                  .stored_per_hour = conf->visitor_space_per_hour,
                  .messages_per_minute = conf->messages_per_minute,
                  .commands_per_minute = conf->commands_per_minute,
                  .sign_ins_per_minute = conf->sign_ins_per_minute},
    };
}

static void tell_fixed(void *arg, const char *key)
{
    (void)arg;
    log_warn("conf.needs-restart", "key=%s", key);
}

static void reload(struct gateway *g)
{
    struct config next;
    struct edge_conf ec;
    struct api_config ac;
    struct fault f = {0};

    if (conf_load(g->conf_path, &next, &f) != ERR_OK) {
        log_error("conf.refused", "where=%s what=%s", log_quote(f.field, strlen(f.field)),
                  log_quote(f.what, strlen(f.what)));
        return;
    }
    conf_reload(&g->conf, &next, tell_fixed, NULL);
    conf_fini(&next);
    log_set_level(g->conf.log_level);
    edge_conf_of(&g->conf, &ec);
    edge_reload(g->edge, &ec);
    view_of(g, &g->view);
    api_config_of(g, &ac);
    api_configure(g->api, &ac);
    log_info("conf.reloaded", "file=%s", g->conf_path != NULL ? g->conf_path : "default");
}

static void on_signal(evutil_socket_t sig, short what, void *arg)
{
    struct gateway *g = arg;

    (void)what;
    switch (sig) {
    case SIGHUP:
        reload(g);
        break;
    case SIGCHLD:
        child_reap(&g->dispatcher);
        break;
    default:
        begin_stop(g);
    }
    gateway_pass_end(g);
}

/* start and end */

static err_t open_store(struct gateway *g, struct fault *f)
{
    struct store_options so = {
        .dir = g->conf.state_dir,
        .role = STORE_GATEWAY,
        .map_bytes = g->conf.map_size,
        .free_min_bytes = g->conf.free_space_min,
        .ballast_bytes = g->conf.ballast,
    };
    err_t err;

    if ((err = store_open(&so, &g->store, f)) != ERR_OK)
        return err;
    if ((err = store_load(g->store, &g->core, f)) != ERR_OK)
        return err;

    struct clocks c = clocks_read();
    told_start(&g->told, &c, core_time(g->core));
    g->committer = committer_start(g->store);
    return ERR_OK;
}

static void start_turn(struct gateway *g)
{
    struct turn_ops ops;

    plug_turn_ops(g, &ops);
    g->turn = turn_new(g->core, &ops, &(struct turn_options){0});
    turn_restart(g->turn, g->told.now_ms, DEADLINE_FLOOR_MS);
}

static void start_watch(struct gateway *g)
{
    struct watch_env env = {.core = g->core, .turn = g->turn, .view = &g->view};

    view_of(g, &g->view);
    plug_watch_out(g, &env.out);
    g->watch = watch_new(&env);
}

static void start_api(struct gateway *g)
{
    struct api_env env = {
        .core = g->core,
        .turn = g->turn,
        .store = g->store,
        .view = &g->view,
        .watch = g->watch,
        .search = g->search,
        .arg = g,
        .now_ms = told_now,
        .work = api_work,
    };

    plug_api_out(g, &env.out);
    api_config_of(g, &env.config);
    g->api = api_new(&env);
}

static struct event *watch(struct gateway *g, int fd, event_callback_fn fn)
{
    struct event *ev = event_new(g->base, fd, EV_READ | EV_PERSIST, fn, g);

    ensure(ev != NULL && event_add(ev, NULL) == 0);
    return ev;
}

static void start_events(struct gateway *g)
{
    static const int signals[] = {SIGTERM, SIGINT, SIGHUP, SIGCHLD};

    signal(SIGPIPE, SIG_IGN);
    for (size_t i = 0; i < COUNT_OF(signals); i++) {
        g->signals[i] = evsignal_new(g->base, signals[i], on_signal, g);
        ensure(g->signals[i] != NULL && event_add(g->signals[i], NULL) == 0);
    }
    g->timer = evtimer_new(g->base, on_timer, g);
    ensure(g->timer != NULL);
    g->committed = watch(g, committer_fd(g->committer), on_committed);
    g->pooled = watch(g, pool_fd(g->pool), on_pooled);
    g->tick = event_new(g->base, -1, EV_PERSIST, on_tick, g);
    ensure(g->tick != NULL && event_add(g->tick, &(struct timeval){.tv_sec = TICK_MS / 1000}) == 0);
}

void gateway_plan_dispatcher(struct gateway *g, bool kept)
{
    size_t n = 0;

    g->dispatcher_argv[n++] = g->conf.dispatcher_program;
    if (g->conf_path != NULL) {
        g->dispatcher_argv[n++] = (char *)"-c";
        g->dispatcher_argv[n++] = (char *)g->conf_path;
    }
    snprintf(g->pid_text, sizeof(g->pid_text), "%d", (int)getpid());
    g->dispatcher_argv[n++] = (char *)"-g";
    g->dispatcher_argv[n++] = g->pid_text;
    if (kept)
        g->dispatcher_argv[n++] = (char *)"-k";
    g->dispatcher_argv[n] = NULL;
}

static void on_kept(evutil_socket_t fd, short what, void *arg)
{
    struct gateway *g = arg;

    (void)fd;
    (void)what;
    child_reap(&g->dispatcher);
    gateway_pass_end(g);
}

static void start_dispatcher(struct gateway *g)
{
    if (!g->conf.dispatcher)
        return;
    if (g->keeper.told >= 0)
        g->kept = watch(g, g->keeper.told, on_kept);
    else
        gateway_plan_dispatcher(g, false);
    child_start(&g->dispatcher, g->base, g->dispatcher_argv, g->keeper);
}

static err_t start_all(struct gateway *g, struct fault *f)
{
    struct event_config *ec = event_config_new();
    struct edge_handler handler;
    struct edge_conf edge_conf;
    err_t err;

    ensure(ec != NULL);
    event_config_set_flag(ec, EVENT_BASE_FLAG_NOLOCK);
    g->base = event_base_new_with_config(ec);
    event_config_free(ec);
    ensure(g->base != NULL);
    if ((err = open_store(g, f)) != ERR_OK)
        return err;
    if ((err = pool_start(g->conf.threads, &g->pool)) != ERR_OK)
        return fault_set(f, err, "threads", "no thread can be started");
    g->search = search_start(&(struct search_options){.store = g->store, .dir = g->conf.state_dir});
    start_events(g);
    start_turn(g);
    start_watch(g);
    start_api(g);
    watch_space(g);
    crash_point(CRASH_GATEWAY_LOADED);
    plug_edge_handler(g, &handler);
    edge_conf_of(&g->conf, &edge_conf);
    fd_limit_raise();
    if ((err = edge_start(g->base, &edge_conf, &handler, &g->edge, f)) != ERR_OK)
        return err;
    view_of(g, &g->view); /* the port is known now */
    start_dispatcher(g);
    return ERR_OK;
}

static void free_event(struct event **ev)
{
    if (*ev != NULL)
        event_free(*ev);
    *ev = NULL;
}

/* In reverse order of start_all(); each part may be missing. */
static void close_all(struct gateway *g)
{
    if (g->dispatcher.base != NULL)
        child_stop(&g->dispatcher, DISPATCHER_STOP_MS);
    if (g->pool != NULL)
        pool_stop(g->pool);
    if (g->edge != NULL)
        edge_free(g->edge);
    turn_free(g->turn);       /* before api and watch: lets go what is held */
    if (g->committer != NULL) /* there was no turn yet to end it */
        committer_stop(g->committer);
    api_free(g->api);
    search_stop(g->search);
    watch_free(g->watch);
    for (size_t i = 0; i < COUNT_OF(g->signals); i++)
        free_event(&g->signals[i]);
    free_event(&g->timer);
    free_event(&g->tick);
    free_event(&g->kept);
    free_event(&g->committed);
    free_event(&g->pooled);
    core_free(g->core);
    zones_fini(&g->zones);
    store_close(g->store);
    if (g->base != NULL)
        event_base_free(g->base);
    buf_fini(&g->url);
}

err_t gateway_start(struct gateway *g, struct fault *f)
{
    err_t err = start_all(g, f);

    if (err != ERR_OK) {
        close_all(g);
        return err;
    }
    for (size_t i = 0; i < g->conf.nlisten; i++)
        log_info("gateway.listening", "address=%s port=%u", g->conf.listen[i],
                 (unsigned)edge_port(g->edge, i));
    return ERR_OK;
}

/*
 * All that is on record, and images of everything, so that the next start replays nothing.  Waits
 * for the disk and hears nothing else meanwhile: neither time nor another signal adds to what is
 * to be written, so it ends.
 */
static void write_last(struct gateway *g)
{
    err_t err;

    turn_set_readonly(g->turn, true);
    turn_checkpoint(g->turn);
    turn_pass_end(g->turn, gateway_now(g));
    while (g->end != GATEWAY_LOST && committer_wait(g->committer, &err)) {
        turn_durable(g->turn, err, gateway_now(g));
        turn_pass_end(g->turn, gateway_now(g));
    }
}

enum gateway_end gateway_run(struct gateway *g)
{
    first_start(g);
    gateway_pass_end(g);
    event_base_dispatch(g->base);
    if (g->end != GATEWAY_LOST)
        write_last(g);

    uint64_t durable = turn_durable_pos(g->turn);

    close_all(g);
    if (g->end == GATEWAY_STOPPED)
        log_info("gateway.stopped", "durable=%llu", (unsigned long long)durable);
    return g->end;
}
