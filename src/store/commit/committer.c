/*
 * The committer: one thread that writes one batch at a time and says so through a descriptor.  The
 * loop hands over and collects; it never waits here but at the stop.
 */
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "deskbell/clock.h"
#include "store_int.h"

enum committer_state { COMMITTER_IDLE, COMMITTER_WRITING, COMMITTER_DONE };

struct committer {
    struct store *st;
    pthread_t thread;
    pthread_mutex_t lock; /* of all below */
    pthread_cond_t wake, done;
    enum committer_state state;
    const struct batch *batch;
    err_t err;
    bool stopping;
    int fd;
};

static void *committer_run(void *arg)
{
    struct committer *c = arg;

    pthread_mutex_lock(&c->lock);
    for (;;) {
        while (c->state != COMMITTER_WRITING && !c->stopping)
            pthread_cond_wait(&c->wake, &c->lock);
        if (c->state != COMMITTER_WRITING)
            break;

        const struct batch *b = c->batch;
        uint64_t one = 1;

        pthread_mutex_unlock(&c->lock);
        err_t err = store_commit(c->st, b, clock_wall_ms());
        pthread_mutex_lock(&c->lock);
        c->err = err;
        c->state = COMMITTER_DONE;
        pthread_cond_signal(&c->done);
        ensure(write(c->fd, &one, sizeof(one)) == sizeof(one));
    }
    pthread_mutex_unlock(&c->lock);
    return NULL;
}

struct committer *committer_start(struct store *st)
{
    struct committer *c = xcalloc(1, sizeof(*c));

    c->st = st;
    c->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    ensure(c->fd >= 0);
    pthread_mutex_init(&c->lock, NULL);
    pthread_cond_init(&c->wake, NULL);
    pthread_cond_init(&c->done, NULL);
    ensure(pthread_create(&c->thread, NULL, committer_run, c) == 0);
    return c;
}

void committer_submit(struct committer *c, const struct batch *b)
{
    pthread_mutex_lock(&c->lock);
    ensure(c->state == COMMITTER_IDLE && !c->stopping);
    c->state = COMMITTER_WRITING;
    c->batch = b;
    pthread_cond_signal(&c->wake);
    pthread_mutex_unlock(&c->lock);
}

int committer_fd(const struct committer *c)
{
    return c->fd;
}

bool committer_collect(struct committer *c, err_t *err)
{
    uint64_t count;
    bool done;

    pthread_mutex_lock(&c->lock);
    done = c->state == COMMITTER_DONE;
    if (done) {
        ensure(read(c->fd, &count, sizeof(count)) == sizeof(count));
        *err = c->err;
        c->state = COMMITTER_IDLE;
        c->batch = NULL;
    }
    pthread_mutex_unlock(&c->lock);
    return done;
}

bool committer_wait(struct committer *c, err_t *err)
{
    pthread_mutex_lock(&c->lock);
    while (c->state == COMMITTER_WRITING)
        pthread_cond_wait(&c->done, &c->lock);
    pthread_mutex_unlock(&c->lock);
    return committer_collect(c, err);
}

void committer_stop(struct committer *c)
{
    if (c == NULL)
        return;
    pthread_mutex_lock(&c->lock);
    c->stopping = true;
    pthread_cond_signal(&c->wake);
    pthread_mutex_unlock(&c->lock);
    pthread_join(c->thread, NULL);
    pthread_mutex_destroy(&c->lock);
    pthread_cond_destroy(&c->wake);
    pthread_cond_destroy(&c->done);
    close(c->fd);
    free(c);
}
