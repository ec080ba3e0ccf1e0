/* The parent's life: open everything, tick, end.  What it does in between is schedule.c's. */
#include "dispatch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <event2/event.h>

#include "deskbell/clock.h"
#include "deskbell/crypto.h"
#include "deskbell/log.h"
#include "dispatcher_int.h"

#define STOP_WAIT_S 2
#define DOT_MAX_S INT64_C(600) /* RFC 5321 section 4.5.3.2.6 */

/* The program around the dispatcher: what it has of the outside. */
struct program {
    struct dispatcher *d;
    struct event *on_alarm;
};

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
    struct dispatcher *d = arg;

    (void)fd;
    (void)what;
    control_tick(d->control);
    schedule_look(d);
}

static void on_child(evutil_socket_t number, short what, void *arg)
{
    (void)number;
    (void)what;
    process_reap_all(arg);
}

static void on_kept(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    process_reap_all(arg);
}

static void on_alarm(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    alarms_run(((struct program *)arg)->d);
}

static void on_stop(evutil_socket_t number, short what, void *arg)
{
    struct dispatcher *d = arg;
    struct timeval tv = {.tv_sec = STOP_WAIT_S};

    (void)number;
    (void)what;
    d->stopping = true;
    if (d->ntrips == 0)
        event_base_loopbreak(d->base);
    else
        event_base_loopexit(d->base, &tv);
}

static void on_changed(void *arg, const char *key)
{
    (void)arg;
    log_warn("conf.not-reloaded", "key=%s", key);
}

static void on_reload(evutil_socket_t number, short what, void *arg)
{
    struct dispatcher *d = arg;
    struct config next;
    struct fault f = {0};

    (void)number;
    (void)what;
    if (conf_load(d->conf_path, &next, &f) != ERR_OK) {
        log_error("conf.refused", "where=%s why=%s", log_quote(f.field, strlen(f.field)),
                  log_quote(f.what, strlen(f.what)));
        return;
    }
    conf_reload(&d->conf, &next, on_changed, NULL);
    conf_fini(&next);
    log_set_level(d->conf.log_level);
    log_info("conf.reloaded", "level=%d", (int)d->conf.log_level);
}

/* the outside */

static int64_t program_wall_ms(void *arg)
{
    (void)arg;
    return clock_wall_ms();
}

static int64_t program_steady_ms(void *arg)
{
    (void)arg;
    return clock_mono_ms();
}

static void program_wake(void *arg, int64_t at_ms)
{
    struct program *p = arg;
    int64_t in_ms = at_ms - clock_mono_ms();
    struct timeval tv = {.tv_sec = 0};

    if (at_ms == INT64_MAX) {
        event_del(p->on_alarm);
        return;
    }
    if (in_ms > 0)
        tv = (struct timeval){in_ms / 1000, (suseconds_t)(in_ms % 1000) * 1000};
    event_add(p->on_alarm, &tv);
}

static err_t program_worker_make(void *arg, struct trip *t, struct span job)
{
    (void)arg;
    return process_make(t, job);
}

static err_t program_worker_start(void *arg, struct trip *t, int file_fd)
{
    (void)arg;
    return process_start(t, file_fd);
}

static void program_worker_kill(void *arg, struct trip *t)
{
    (void)arg;
    process_kill(t);
}

static void program_worker_leave(void *arg, struct trip *t)
{
    (void)arg;
    process_leave(t);
}

static void program_idle(void *arg)
{
    event_base_loopbreak(((struct program *)arg)->d->base);
}

/* opening */

/* The machine's start has an id: a file of a trip from before it may have lost its end. */
static void boot_read(struct dispatcher *d)
{
    int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, d->boot, sizeof(d->boot) - 1) : 0;

    if (fd >= 0)
        close(fd);
    d->boot[n > 0 ? n : 0] = '\0';
    d->boot[strcspn(d->boot, " \n")] = '\0';
    if (d->boot[0] == '\0')
        snprintf(d->boot, sizeof(d->boot), "unknown-%lld", (long long)clock_wall_ms());
}

static err_t parts_open(struct dispatcher *d, struct fault *f)
{
    struct store_options so = {.dir = d->conf.state_dir,
                               .role = STORE_DISPATCHER,
                               .map_bytes = d->conf.map_size,
                               .on_lock = watchdog_on_lock};
    watchdog_start();
    err_t err = store_open(&so, &d->store, f);

    if (err != ERR_OK)
        return err;
    boot_read(d);
    return dispatcher_open(d, f);
}

static void parts_close(struct dispatcher *d)
{
    dispatcher_close(d);
    control_close(d->control);
    if (d->store != NULL)
        store_close(d->store);
    if (d->worker >= 0)
        close(d->worker);
}

/* Started by the gateway, it ends with it: the next gateway starts the next dispatcher. */
static void follow_gateway(pid_t gateway)
{
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != gateway) /* it went before we could ask */
        raise(SIGTERM);
}

static void loop_run(struct dispatcher *d, pid_t gateway)
{
    static const struct {
        int number;
        event_callback_fn fn;
    } signals[] = {{SIGTERM, on_stop}, {SIGINT, on_stop}, {SIGHUP, on_reload}, {SIGCHLD, on_child}};
    struct event *on_signal[COUNT_OF(signals)];
    struct timeval tick = {.tv_sec = TICK_MS / 1000};
    struct event *ticker = event_new(d->base, -1, EV_PERSIST, on_tick, d);
    struct event *kept = NULL;

    for (size_t i = 0; i < COUNT_OF(signals); i++) {
        on_signal[i] = evsignal_new(d->base, signals[i].number, signals[i].fn, d);
        ensure(on_signal[i] != NULL);
        event_add(on_signal[i], NULL);
    }
    ensure(ticker != NULL);
    event_add(ticker, &tick);
    if (d->keeper.told >= 0) {
        kept = event_new(d->base, d->keeper.told, EV_READ | EV_PERSIST, on_kept, d);
        ensure(kept != NULL && event_add(kept, NULL) == 0);
    }
    if (gateway != 0)
        follow_gateway(gateway);
    d->control = control_open(d);
    log_info("dispatcher.ready", "pid=%d", (int)getpid());
    schedule_look(d);
    event_base_dispatch(d->base);
    event_free(ticker);
    if (kept != NULL)
        event_free(kept);
    for (size_t i = 0; i < COUNT_OF(signals); i++)
        event_free(on_signal[i]);
}

int dispatch_main(const struct dispatch_options *opt)
{
    struct dispatcher d = {
        .conf_path = opt->conf_path,
        .templates = opt->templates,
        .worker = -1,
        .keeper = KEEPER_NONE,
        .limit_ms = opt->limit_s * 1000,
        .dot_ms = opt->limit_s < DOT_MAX_S ? opt->limit_s * 1000 : DOT_MAX_S * 1000,
    };
    struct program program = {.d = &d};
    const struct outside out = {.arg = &program,
                                .wall_ms = program_wall_ms,
                                .steady_ms = program_steady_ms,
                                .wake = program_wake,
                                .worker_make = program_worker_make,
                                .worker_start = program_worker_start,
                                .worker_kill = program_worker_kill,
                                .worker_leave = program_worker_leave,
                                .idle = program_idle};
    struct fault f = {0};

    d.out = &out;
    dispatcher_init(&d);
    signal(SIGPIPE, SIG_IGN);
    crypto_init();
    if (conf_load(opt->conf_path, &d.conf, &f) != ERR_OK) {
        fprintf(stderr, "deskbell-dispatcher: %s: %s\n", f.field, f.what);
        return 78;
    }
    log_set_level(d.conf.log_level);
    if (roles_take(&d, opt->kept, &f) != ERR_OK) {
        fprintf(stderr, "deskbell-dispatcher: %s: %s\n", f.field, f.what);
        conf_fini(&d.conf);
        return 78;
    }
    d.base = event_base_new();
    ensure(d.base != NULL);
    program.on_alarm = evtimer_new(d.base, on_alarm, &program);
    ensure(program.on_alarm != NULL);
    err_t err = parts_open(&d, &f);
    if (err != ERR_OK)
        log_error("dispatcher.not-started", "err=%s what=%s", err_code(err),
                  log_quote(f.what, strlen(f.what)));
    else
        loop_run(&d, opt->gateway);
    parts_close(&d);
    event_free(program.on_alarm);
    event_base_free(d.base);
    conf_fini(&d.conf);
    log_info("dispatcher.ended", "err=%s", err_code(err));
    return err == ERR_OK ? 0 : 1;
}
