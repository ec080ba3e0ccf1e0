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

#include "deskbell/clock.h"
#include "deskbell/crypto.h"
#include "deskbell/log.h"
#include "dispatcher_int.h"

#define STOP_WAIT_S 2

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
    trip_reap(arg);
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

/* The name for EHLO; anything that is not one becomes "localhost". */
static char *hostname_read(void)
{
    char name[256] = "";

    if (gethostname(name, sizeof(name) - 1) != 0 || name[0] == '\0' || name[0] == '-')
        return xstrdup("localhost");
    for (const char *c = name; *c != '\0'; c++)
        if (!((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') ||
              *c == '-' || *c == '.'))
            return xstrdup("localhost");
    return xstrdup(name);
}

static err_t dir_make(struct dispatcher *d, struct fault *f)
{
    struct buf path = {0};

    buf_addf(&path, "%s/dispatch", d->conf.state_dir);
    d->trip_dir = buf_take(&path);
    if (mkdir(d->trip_dir, 0700) != 0 && errno != EEXIST)
        return fault_set(f, ERR_IO, "state_dir", "%s: %s", d->trip_dir, strerror(errno));
    return ERR_OK;
}

/* A key of its own for Message-IDs, out of the one that only this program may read. */
static err_t id_key_make(struct dispatcher *d, struct fault *f)
{
    uint8_t secret_key[KEY_BYTES];
    err_t err = store_unseal_key(d->store, secret_key);

    if (err != ERR_OK)
        return fault_set(f, err, "state_dir", "the dispatcher's key cannot be read");
    hash_bytes(d->id_key, SPAN_LIT("message-id"), secret_key);
    explicit_bzero(secret_key, sizeof(secret_key));
    return ERR_OK;
}

/*
 * The worker's program stands beside this one, or where it was installed.  It is held open, so that
 * an upgrade meanwhile does not bring a worker that takes other jobs; a child reaches it by our
 * descriptor, for it keeps none of its own.
 */
static err_t worker_open(struct dispatcher *d, struct fault *f)
{
    char self[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
    struct buf path = {0};

    if (n > 0) {
        self[n] = '\0';
        buf_addf(&path, "%.*s/deskbell-smtp", (int)(strrchr(self, '/') - self), self);
        d->worker_fd = open(path.p, O_PATH | O_CLOEXEC);
    }
    if (d->worker_fd < 0)
        d->worker_fd = open(DESKBELL_LIBEXECDIR "/deskbell-smtp", O_PATH | O_CLOEXEC);
    buf_reset(&path);
    buf_addf(&path, "/proc/%d/fd/%d", (int)getpid(), d->worker_fd);
    d->worker = buf_take(&path);
    if (d->worker_fd < 0)
        return fault_set(f, ERR_IO, NULL,
                         "the program deskbell-smtp is neither beside this one "
                         "nor in " DESKBELL_LIBEXECDIR);
    return ERR_OK;
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
    if ((err = id_key_make(d, f)) != ERR_OK || (err = dir_make(d, f)) != ERR_OK ||
        (err = worker_open(d, f)) != ERR_OK)
        return err;
    boot_read(d);
    d->hostname = hostname_read();
    d->letters = letterset_new();
    d->templates_parsed = tmpl_cache_new();
    templates_load(d);
    return ERR_OK;
}

static void parts_close(struct dispatcher *d)
{
    trip_stop_all(d);
    control_close(d->control);
    relay_fini(&d->relay);
    relays_free(d);
    if (d->on_again != NULL)
        event_free(d->on_again);
    letterset_free(d->letters);
    tmpl_cache_free(d->templates_parsed);
    if (d->store != NULL)
        store_close(d->store);
    if (d->worker_fd >= 0)
        close(d->worker_fd);
    free(d->worker);
    free(d->trip_dir);
    free(d->hostname);
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

    for (size_t i = 0; i < COUNT_OF(signals); i++) {
        on_signal[i] = evsignal_new(d->base, signals[i].number, signals[i].fn, d);
        ensure(on_signal[i] != NULL);
        event_add(on_signal[i], NULL);
    }
    ensure(ticker != NULL);
    event_add(ticker, &tick);
    if (gateway != 0)
        follow_gateway(gateway);
    d->control = control_open(d);
    log_info("dispatcher.ready", "pid=%d", (int)getpid());
    schedule_look(d);
    event_base_dispatch(d->base);
    event_free(ticker);
    for (size_t i = 0; i < COUNT_OF(signals); i++)
        event_free(on_signal[i]);
}

int dispatch_main(const struct dispatch_options *opt)
{
    struct dispatcher d = {
        .conf_path = opt->conf_path,
        .templates = opt->templates,
        .worker_fd = -1,
        .limit_ms = opt->limit_s * 1000,
    };
    struct fault f = {0};

    TAILQ_INIT(&d.trips);
    signal(SIGPIPE, SIG_IGN);
    crypto_init();
    if (conf_load(opt->conf_path, &d.conf, &f) != ERR_OK) {
        fprintf(stderr, "deskbell-dispatcher: %s: %s\n", f.field, f.what);
        return 78;
    }
    log_set_level(d.conf.log_level);
    d.base = event_base_new();
    ensure(d.base != NULL);
    err_t err = parts_open(&d, &f);
    if (err != ERR_OK)
        log_error("dispatcher.not-started", "err=%s what=%s", err_code(err),
                  log_quote(f.what, strlen(f.what)));
    else
        loop_run(&d, opt->gateway);
    parts_close(&d);
    event_base_free(d.base);
    conf_fini(&d.conf);
    log_info("dispatcher.ended", "err=%s", err_code(err));
    return err == ERR_OK ? 0 : 1;
}
