/* See dispatcher_world.h. */
#include "dispatcher_world.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "deskbell/crypto.h"

#define MAILS_MAX 2000

/* the gateway hears nothing but answers */

void question_tell(struct dispatcher *d, const struct question *q, const char *by, struct span text)
{
    struct world *w = d->out->arg;

    (void)q;
    snprintf(w->said, sizeof(w->said), "%s: %.*s", by, (int)text.len, text.p);
    w->ntold++;
}

void question_answer(struct dispatcher *d, const struct question *q, json_t *ok)
{
    struct world *w = d->out->arg;

    (void)q;
    json_decref(w->answer);
    w->answer = ok;
}

void question_refuse(struct dispatcher *d, const struct question *q, const struct fault *f)
{
    struct world *w = d->out->arg;

    (void)q;
    w->refused = *f;
}

/* the outside */

static int64_t on_wall_ms(void *arg)
{
    return ((struct world *)arg)->wall_ms;
}

static int64_t on_steady_ms(void *arg)
{
    return ((struct world *)arg)->steady_ms;
}

static void on_wake(void *arg, int64_t at_ms)
{
    ((struct world *)arg)->wake_ms = at_ms;
}

static err_t on_worker_make(void *arg, struct trip *t, struct span job)
{
    struct world *w = arg;
    struct fake_worker *s = &w->workers[w->nworkers];

    assert_true(w->nworkers < FAKE_WORKERS_MAX);
    *s = (struct fake_worker){.trip = t, .file_fd = -1, .life_fd = -1};
    buf_add_span(&s->bytes, job);
    assert_int_equal(job_decode(buf_span(&s->bytes), &s->job), ERR_OK);
    w->nworkers++;
    t->worker = s;
    return ERR_OK;
}

static bool is_noted(struct world *w, const struct trip *t)
{
    bool noted = access(t->path, R_OK) == 0;

    for (size_t i = 0; i < t->nmails; i++) {
        struct mail_view v;

        assert_int_equal(mail_read(w->d.store, t->mails[i].id, &v), ERR_OK);
        noted = noted && v.state == MAILST_SENDING && v.attempts == t->mails[i].attempts;
        mail_view_fini(&v);
    }
    return noted;
}

static err_t on_worker_start(void *arg, struct trip *t, int file_fd)
{
    struct world *w = arg;
    struct fake_worker *s = t->worker;

    if (w->no_workers)
        return ERR_IO;
    s->started = true;
    s->life_fd = dup(w->d.life_fd);
    if (file_fd >= 0) {
        s->file_fd = dup(file_fd);
        snprintf(s->path, sizeof(s->path), "%s", t->path);
        s->noted = is_noted(w, t);
    }
    return ERR_OK;
}

static void on_worker_kill(void *arg, struct trip *t)
{
    (void)arg;
    ((struct fake_worker *)t->worker)->killed = true;
}

static void on_worker_leave(void *arg, struct trip *t)
{
    (void)arg;
    ((struct fake_worker *)t->worker)->trip = NULL;
    t->worker = NULL;
}

static void on_idle(void *arg)
{
    ((struct world *)arg)->was_idle = true;
}

/* beginning and end */

static void dispatcher_begin(struct world *w, const char *boot)
{
    struct fault f = {0};

    w->d = (struct dispatcher){.out = &w->out,
                               .conf.state_dir = w->dir,
                               .templates = w->templates,
                               .store = w->g.st,
                               .conf.smtp_hello = (char *)"here.example",
                               .limit_ms = 330 * SECOND_MS,
                               .dot_ms = 200 * SECOND_MS};
    snprintf(w->d.boot, sizeof(w->d.boot), "%s", boot);
    w->wake_ms = INT64_MAX;
    dispatcher_init(&w->d);
    if (dispatcher_open(&w->d, &f) != ERR_OK)
        fail_msg("dispatcher_open: %s", f.what);
}

static struct world *world_new(void)
{
    static const char *const settings[] = {
        "agent|鈴木",
        "portal|from|chat@example.com",
        "department|mail.transcript.addresses|t@example.com",
        "department|mail.transcript.on|true",
        "department|mail.block.addresses|b@example.com",
        "department|mail.block.on|true",
        "department|mail.feedback.addresses|f@example.com",
        "department|mail.feedback.on|true",
        "department|mail.missed.addresses|m@example.com, n@example.com",
        "department|mail.missed.on|true",
    };
    struct world *w = xcalloc(1, sizeof(*w));

    crypto_init();
    w->wall_ms = T0;
    w->steady_ms = 1000;
    w->out = (struct outside){.arg = w,
                              .wall_ms = on_wall_ms,
                              .steady_ms = on_steady_ms,
                              .wake = on_wake,
                              .worker_make = on_worker_make,
                              .worker_start = on_worker_start,
                              .worker_kill = on_worker_kill,
                              .worker_leave = on_worker_leave,
                              .idle = on_idle};
    snprintf(w->dir, sizeof(w->dir), "%s/deskbell-mail.XXXXXX",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    assert_non_null(mkdtemp(w->dir));
    snprintf(w->templates, sizeof(w->templates), "%s/templates", w->dir);
    w->g.now_ms = on_wall_ms;
    w->g.arg = w;
    if (gateway_open(&w->g, w->dir) != ERR_OK)
        fail_msg("gateway_open: %s", w->g.what);
    dispatcher_begin(w, "boot-a");
    for (size_t i = 0; i < COUNT_OF(settings); i++)
        say(w, settings[i]);
    return w;
}

static void tree_remove(const char *path)
{
    DIR *dir = opendir(path);
    struct dirent *de;
    char child[512];

    while (dir != NULL && (de = readdir(dir)) != NULL) {
        if (strcmp(de->d_name, ".") == 0 || strcmp(de->d_name, "..") == 0)
            continue;
        snprintf(child, sizeof(child), "%s/%s", path, de->d_name);
        if (unlink(child) != 0)
            tree_remove(child);
    }
    if (dir != NULL)
        closedir(dir);
    rmdir(path);
}

static void fake_close(struct fake_worker *s)
{
    if (s->file_fd >= 0)
        close(s->file_fd);
    if (s->life_fd >= 0)
        close(s->life_fd);
    s->file_fd = s->life_fd = -1;
}

static void world_free(struct world *w)
{
    dispatcher_close(&w->d);
    gateway_close(&w->g);
    for (size_t i = 0; i < w->nworkers; i++) {
        fake_close(&w->workers[i]);
        job_fini(&w->workers[i].job);
        buf_fini(&w->workers[i].bytes);
    }
    json_decref(w->answer);
    tree_remove(w->dir);
    free(w);
}

int world_setup(void **state)
{
    struct world *w = world_new();

    say(w, "portal|relay_host|localhost");
    say(w, "portal|relay_port|2525");
    *state = w;
    return 0;
}

int world_teardown(void **state)
{
    world_free(*state);
    return 0;
}

void world_restart(struct world *w, bool same_boot)
{
    char boot[sizeof(w->d.boot)];

    memcpy(boot, w->d.boot, sizeof(boot));
    dispatcher_close(&w->d);
    if (!same_boot) {
        boot[0]++;
        w->steady_ms = 500; /* the machine's clock begins again */
    }
    dispatcher_begin(w, boot);
}

/* moving */

void say(struct world *w, const char *words)
{
    struct span f[8], rest = span_of(words);
    char parts[8][512];
    size_t n = 0;

    while (rest.p != NULL && n < COUNT_OF(f)) {
        const char *bar = rest.len > 0 ? memchr(rest.p, '|', rest.len) : NULL;
        size_t len = bar != NULL ? (size_t)(bar - rest.p) : rest.len;

        assert_true(len < sizeof(parts[0]));
        memcpy(parts[n], rest.p, len);
        parts[n][len] = '\0';
        f[n] = (struct span){parts[n], len};
        n++;
        rest = bar != NULL ? (struct span){bar + 1, rest.len - len - 1} : SPAN_NONE;
    }
    w->g.what[0] = '\0';
    err_t err = gateway_obey(&w->g, f, n);
    if (err != ERR_OK)
        fail_msg("%s: %s %s", words, err_code(err), w->g.what);
}

void sayf(struct world *w, const char *fmt, ...)
{
    char words[1024];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(words, sizeof(words), fmt, ap);
    va_end(ap);
    say(w, words);
}

void world_look(struct world *w)
{
    schedule_look(&w->d);
}

void world_pass(struct world *w, int64_t ms)
{
    int64_t end_ms = w->steady_ms + ms;

    while (w->wake_ms <= end_ms) {
        int64_t step_ms = w->wake_ms > w->steady_ms ? w->wake_ms - w->steady_ms : 0;

        w->steady_ms += step_ms;
        w->wall_ms += step_ms;
        w->wake_ms = INT64_MAX;
        alarms_run(&w->d);
    }
    w->wall_ms += end_ms - w->steady_ms;
    w->steady_ms = end_ms;
    world_look(w);
}

/* mails */

static size_t mail_ids(struct world *w, uint64_t *ids)
{
    uint64_t cursor = 0;
    size_t n = 0, got;

    do {
        assert_int_equal(mail_list(w->d.store, &(struct mail_want){.state = -1}, &cursor, ids + n,
                                   MAILS_MAX - n, &got),
                         ERR_OK);
        n += got;
    } while (cursor != 0 && n < MAILS_MAX);
    return n;
}

size_t mail_total(struct world *w)
{
    uint64_t ids[MAILS_MAX];

    return mail_ids(w, ids);
}

uint64_t mail_nth(struct world *w, size_t i)
{
    uint64_t ids[MAILS_MAX];
    size_t n = mail_ids(w, ids);

    assert_true(i < n);
    return ids[n - 1 - i];
}

struct mail_view mail_look(struct world *w, size_t i)
{
    struct mail_view v;

    assert_int_equal(mail_read(w->d.store, mail_nth(w, i), &v), ERR_OK);
    return v;
}

enum mail_state mail_state_of(struct world *w, size_t i)
{
    struct mail_view v = mail_look(w, i);
    enum mail_state state = v.state;

    mail_view_fini(&v);
    return state;
}

void assert_mail(struct world *w, size_t i, enum mail_state state, const char *cause)
{
    struct mail_view v = mail_look(w, i);

    if (v.state != state || strcmp(v.cause, cause) != 0)
        fail_msg("mail %zu is %s for \"%s\" (%s), not %s for \"%s\"", i, mail_state_word(v.state),
                 v.cause, v.reason, mail_state_word(state), cause);
    mail_view_fini(&v);
}

size_t mails_in(struct world *w, enum mail_state state)
{
    struct mail_counts c;

    assert_int_equal(mail_count(w->d.store, &c), ERR_OK);
    return c.states[state];
}

/* workers */

size_t workers_open(const struct world *w)
{
    size_t n = 0;

    for (size_t i = 0; i < w->nworkers; i++)
        n += w->workers[i].trip != NULL;
    return n;
}

static struct fake_worker *fake(struct world *w, size_t i)
{
    if (i >= w->nworkers)
        fail_msg("there were %zu workers only", w->nworkers);
    assert_true(w->workers[i].started);
    return &w->workers[i];
}

void worker_notes(struct world *w, size_t i, const char *line)
{
    struct fake_worker *s = fake(w, i);
    struct buf text = {0};

    buf_addf(&text, "%s\n", line);
    if (s->file_fd >= 0)
        assert_int_equal(write(s->file_fd, text.p, text.len), text.len);
    buf_fini(&text);
}

void worker_says(struct world *w, size_t i, const char *line)
{
    struct fake_worker *s = fake(w, i);
    struct buf text = {0};

    worker_notes(w, i, line);
    buf_addf(&text, "%s\n", line);
    if (s->trip != NULL)
        trip_hear(s->trip, buf_span(&text));
    buf_fini(&text);
}

void worker_ends(struct world *w, size_t i)
{
    struct fake_worker *s = fake(w, i);

    fake_close(s);
    if (s->trip != NULL)
        trip_end(s->trip, false);
}

static void worker_sayf(struct world *w, size_t i, const char *fmt, ...) PRINTF_LIKE(3, 4);

static void worker_sayf(struct world *w, size_t i, const char *fmt, ...)
{
    char line[128];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(line, sizeof(line), fmt, ap);
    va_end(ap);
    worker_says(w, i, line);
}

void worker_sends(struct world *w, size_t i)
{
    const struct job *job = &fake(w, i)->job;

    for (size_t m = 0; m < job->nmails; m++) {
        worker_sayf(w, i, "mail %zu 250 ok", m);
        for (size_t r = 0; r < job->mails[m].nrcpts; r++)
            worker_sayf(w, i, "rcpt %zu %zu 250 ok", m, r);
        worker_sayf(w, i, "end %zu", m);
        worker_sayf(w, i, "data %zu 250 taken", m);
    }
    worker_says(w, i, "over");
    worker_ends(w, i);
}

void worker_fails(struct world *w, size_t i, const char *trouble)
{
    worker_sayf(w, i, "trouble %s it went wrong", trouble);
    worker_says(w, i, "over");
    worker_ends(w, i);
}
