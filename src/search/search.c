/*
 * The index as a whole: the thread that follows the journal, what becomes of a file that is not
 * right, and questions, one at a time.  It neither reads records nor speaks SQL.
 */
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "deskbell/clock.h"
#include "deskbell/log.h"
#include "search_int.h"

#define SEARCH_FILE "search.db"
#define STEP_RECORDS 10000
#define GATHER_MS 150 /* after something was committed, for more of it to come */
#define IDLE_MS 60000
#define RETRY_MS 5000
#define BEHIND_MS 1000
#define NICE 10 /* whoever chats goes first */
#define FREE_MIN_BYTES (96u << 20)
#define LATER_MS (3600 * INT64_C(1000)) /* by which an id may be ahead of its time */
#define ID_PER_MS 1000

struct search {
    struct store *store;
    char *dir, *path;
    uint64_t free_min_bytes;
    uint8_t id[HASH_BYTES]; /* of the store */
    pthread_t thread;
    int wake_fd;
    atomic_bool woken, stop, again;
    /* How it stands. */
    pthread_mutex_t lock;
    uint64_t pos;
    int64_t fresh_ms; /* when it was last seen to be up to date */
    enum search_trouble trouble;
    /* Questions. */
    pthread_mutex_t asking;
    struct index *reader; /* NULL: not open */
};

static const char *const trouble_words[] = {
    [SEARCH_WELL] = "none", [SEARCH_NO_SPACE] = "space", [SEARCH_BROKEN] = "broken"};

const char *search_trouble_word(enum search_trouble trouble)
{
    ensure((unsigned)trouble < COUNT_OF(trouble_words));
    return trouble_words[trouble];
}

/* the thread */

struct follower {
    struct search *s;
    struct index *ix; /* NULL: to be opened */
    struct project *project;
    struct index_at at;
    bool making; /* from the journal's beginning: told when it is over */
};

static void state_set(struct search *s, uint64_t pos, enum search_trouble trouble, int64_t fresh_ms)
{
    enum search_trouble was;

    pthread_mutex_lock(&s->lock);
    was = s->trouble;
    s->pos = pos;
    s->trouble = trouble;
    if (fresh_ms != 0)
        s->fresh_ms = fresh_ms;
    pthread_mutex_unlock(&s->lock);
    if (was == trouble)
        return;
    if (trouble == SEARCH_WELL)
        log_info("search.goes-on", "position=%" PRIu64, pos);
    else
        log_warn("search.waits", "why=%s position=%" PRIu64, search_trouble_word(trouble), pos);
}

static void sleep_for(struct search *s, int ms)
{
    struct pollfd pfd = {.fd = s->wake_fd, .events = POLLIN};
    uint64_t n;

    if (poll(&pfd, 1, ms) > 0)
        (void)!read(s->wake_fd, &n, sizeof(n));
    atomic_store(&s->woken, false);
}

static bool has_space(const struct search *s)
{
    struct statvfs vfs;

    return statvfs(s->dir, &vfs) != 0 || (uint64_t)vfs.f_bavail * vfs.f_frsize >= s->free_min_bytes;
}

static void follower_close(struct follower *fo)
{
    index_close(fo->ix);
    fo->ix = NULL;
    project_free(fo->project);
    fo->project = NULL;
}

/* Nobody asks in it while it goes, nor later in what went. */
static void throw_away(struct follower *fo, const char *why)
{
    struct search *s = fo->s;

    follower_close(fo);
    pthread_mutex_lock(&s->asking);
    index_close(s->reader);
    s->reader = NULL;
    index_remove(s->path);
    pthread_mutex_unlock(&s->asking);
    log_info("search.anew", "why=%s", why);
}

static err_t follower_open(struct follower *fo)
{
    struct search *s = fo->s;
    err_t err = index_open(s->path, s->id, &fo->ix, &fo->at);

    if (err == ERR_OK && !project_fits(s->store, &fo->at)) {
        follower_close(fo);
        err = ERR_VERSION;
    }
    if (err == ERR_VERSION || err == ERR_CORRUPT) {
        throw_away(fo, err_code(err));
        err = index_open(s->path, s->id, &fo->ix, &fo->at);
    }
    if (err != ERR_OK)
        return err;
    fo->project = project_new(s->store);
    fo->making = fo->at.pos == 0;
    return ERR_OK;
}

/* One step.  *more: there is more to do at once. */
static err_t follower_step(struct follower *fo, bool *more)
{
    int64_t from_ms = clock_mono_ms();
    err_t err = fo->ix == NULL ? follower_open(fo) : ERR_OK;

    *more = false;
    if (err == ERR_OK)
        err = has_space(fo->s) ? project_run(fo->project, fo->ix, STEP_RECORDS, &fo->at, more)
                               : ERR_FULL;
    if (err != ERR_OK)
        return err;
    state_set(fo->s, fo->at.pos, SEARCH_WELL, *more ? 0 : from_ms);
    if (*more)
        return ERR_OK;
    if (fo->making)
        log_info("search.made", "position=%" PRIu64, fo->at.pos);
    fo->making = false;
    return index_tidy(fo->ix, more);
}

/* True: it is worth going on at once, which it is not if it was begun anew just now. */
static bool follower_fail(struct follower *fo, err_t err)
{
    if (err == ERR_CORRUPT || err == ERR_VERSION) {
        log_warn("search.not-right", "error=%s", err_code(err));
        throw_away(fo, err_code(err));
        if (!fo->making)
            return true;
    }
    follower_close(fo);
    state_set(fo->s, fo->at.pos, err == ERR_FULL ? SEARCH_NO_SPACE : SEARCH_BROKEN, 0);
    return false;
}

static void *follow(void *arg)
{
    struct search *s = arg;
    struct follower fo = {.s = s};

    (void)setpriority(PRIO_PROCESS, (id_t)gettid(), NICE);
    while (!atomic_load(&s->stop)) {
        bool more;
        err_t err;

        if (atomic_exchange(&s->again, false))
            throw_away(&fo, "asked");
        err = follower_step(&fo, &more);
        if (err != ERR_OK) {
            if (!follower_fail(&fo, err))
                sleep_for(s, RETRY_MS);
        } else if (!more) {
            sleep_for(s, IDLE_MS);
            if (!atomic_load(&s->stop))
                (void)poll(NULL, 0, GATHER_MS);
        }
    }
    follower_close(&fo);
    return NULL;
}

/* from outside */

static char *path_in(const char *dir)
{
    struct buf b = {0};

    buf_addf(&b, "%s/%s", dir, SEARCH_FILE);
    return buf_take(&b);
}

struct search *search_start(const struct search_options *opt)
{
    struct search *s = xcalloc(1, sizeof(*s));
    uint8_t key[KEY_BYTES];

    s->store = opt->store;
    s->dir = xstrdup(opt->dir);
    s->path = path_in(opt->dir);
    s->free_min_bytes = opt->free_min_bytes != 0 ? opt->free_min_bytes : FREE_MIN_BYTES;
    store_secret(opt->store, key);
    hash_bytes(s->id, SPAN_LIT("search"), key);
    s->fresh_ms = clock_mono_ms();
    s->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    ensure(s->wake_fd >= 0);
    pthread_mutex_init(&s->lock, NULL);
    pthread_mutex_init(&s->asking, NULL);
    ensure(pthread_create(&s->thread, NULL, follow, s) == 0);
    return s;
}

void search_stop(struct search *s)
{
    if (s == NULL)
        return;
    atomic_store(&s->stop, true);
    atomic_store(&s->woken, false);
    search_wake(s);
    pthread_join(s->thread, NULL);
    index_close(s->reader);
    pthread_mutex_destroy(&s->lock);
    pthread_mutex_destroy(&s->asking);
    close(s->wake_fd);
    free(s->dir);
    free(s->path);
    free(s);
}

void search_wake(struct search *s)
{
    uint64_t one = 1;

    if (!atomic_exchange(&s->woken, true))
        (void)!write(s->wake_fd, &one, sizeof(one));
}

void search_rebuild(struct search *s)
{
    atomic_store(&s->again, true);
    search_wake(s);
}

void search_remove(const char *dir)
{
    char *path = path_in(dir);

    index_remove(path);
    free(path);
}

static uint64_t file_bytes(const char *path, const char *end)
{
    struct buf name = {0};
    struct stat sb;
    bool there;

    buf_addf(&name, "%s%s", path, end);
    there = stat(name.p, &sb) == 0;
    buf_fini(&name);
    return there ? (uint64_t)sb.st_size : 0;
}

void search_status_get(struct search *s, struct search_status *st)
{
    int64_t now_ms = clock_mono_ms();
    uint64_t last = 0;

    *st = (struct search_status){0};
    (void)!store_last_pos(s->store, &last);
    pthread_mutex_lock(&s->lock);
    st->pos = s->pos;
    st->trouble = s->trouble;
    st->records = last > s->pos ? last - s->pos : 0;
    if (st->records > 0 && now_ms > s->fresh_ms)
        st->lag_ms = now_ms - s->fresh_ms;
    pthread_mutex_unlock(&s->lock);
    st->behind = st->lag_ms > BEHIND_MS;
    st->bytes = file_bytes(s->path, "") + file_bytes(s->path, "-wal");
}

/* asking */

/* The first number of what began at this time or later: numbers and ids rise together. */
static err_t number_from(struct store *st, int64_t ms, uint64_t *number)
{
    uint64_t low = 1, high, conv, found;
    err_t err = store_last_number(st, &high);

    if (err != ERR_OK)
        return err;
    high++;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;

        err = store_next_number(st, middle, &found, &conv);
        if (err != ERR_OK && err != ERR_NOTFOUND)
            return err;
        if (err == ERR_NOTFOUND || conv / ID_PER_MS >= (uint64_t)ms)
            high = middle;
        else
            low = found + 1;
    }
    *number = low;
    return ERR_OK;
}

static err_t range_of(struct store *st, const struct search_want *w, uint64_t *least,
                      uint64_t *below)
{
    uint64_t end;
    err_t err = ERR_OK;

    *least = w->least;
    *below = w->below != 0 ? w->below : INT64_MAX;
    if (w->from_ms > 0) {
        if ((err = number_from(st, w->from_ms, &end)) == ERR_OK && end > *least)
            *least = end;
    }
    if (err == ERR_OK && w->to_ms > 0) {
        if ((err = number_from(st, w->to_ms + LATER_MS, &end)) == ERR_OK && end < *below)
            *below = end;
    }
    return err;
}

static err_t reader_find(struct search *s, struct span expression, uint64_t least, uint64_t below,
                         int64_t until_ms, uint64_t *numbers, size_t max, size_t *n, bool *stopped)
{
    err_t err = ERR_OK;

    pthread_mutex_lock(&s->asking);
    if (s->reader == NULL)
        err = index_open_read(s->path, &s->reader);
    if (err == ERR_OK)
        err = index_find(s->reader, expression, below, least, until_ms, numbers, max, n, stopped);
    if (err == ERR_CORRUPT && s->reader != NULL) {
        log_warn("search.not-right", "error=%s", err_code(err));
        search_rebuild(s);
    }
    if (err != ERR_OK) {
        index_close(s->reader);
        s->reader = NULL;
    }
    pthread_mutex_unlock(&s->asking);
    return err == ERR_OK || err == ERR_UNSUPPORTED ? err : ERR_AGAIN;
}

err_t search_find(struct search *s, const struct search_want *want, int64_t until_ms,
                  struct search_hit *hits, size_t max, size_t *n, uint64_t *next)
{
    uint64_t *numbers = xcalloc(max, sizeof(*numbers)), least, below;
    struct buf expression = {0};
    bool stopped = false;
    size_t found = 0;
    err_t err = range_of(s->store, want, &least, &below);

    *n = 0;
    *next = 0;
    if (err == ERR_OK && least < below && (want->all || want->ndepts > 0 || want->self != 0)) {
        want_expression(want, &expression);
        err = reader_find(s, buf_span(&expression), least, below, until_ms, numbers, max, &found,
                          &stopped);
    }
    for (size_t i = 0; err == ERR_OK && i < found; i++) {
        uint64_t number, conv;

        if (store_next_number(s->store, numbers[i], &number, &conv) == ERR_OK &&
            number == numbers[i])
            hits[(*n)++] = (struct search_hit){number, conv};
    }
    if (err == ERR_OK && (found == max || stopped))
        *next = found > 0 ? numbers[found - 1] : below;
    buf_fini(&expression);
    free(numbers);
    return err;
}
