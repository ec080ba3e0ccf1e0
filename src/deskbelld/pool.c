/* A bounded queue into a few threads and a lock-free one back.  It knows nothing of the jobs. */
#include "pool.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/queue.h>

#include "deskbell/mpsc.h"

struct job {
    struct mpsc_node node; /* first: a popped node is its job */
    STAILQ_ENTRY(job) link;
    void (*fn)(void *ctx);
    void (*done)(void *ctx);
    void *ctx;
};

struct pool {
    pthread_mutex_t lock;
    pthread_cond_t more;
    STAILQ_HEAD(, job) waiting;
    unsigned nwaiting;
    bool stopping;
    struct mpsc finished;
    unsigned nthreads;
    pthread_t *threads;
};

static void *pool_thread(void *arg)
{
    struct pool *p = arg;

    pthread_mutex_lock(&p->lock);
    for (;;) {
        struct job *job = STAILQ_FIRST(&p->waiting);

        if (job == NULL && p->stopping)
            break;
        if (job == NULL) {
            pthread_cond_wait(&p->more, &p->lock);
            continue;
        }
        STAILQ_REMOVE_HEAD(&p->waiting, link);
        p->nwaiting--;
        pthread_mutex_unlock(&p->lock);
        job->fn(job->ctx);
        mpsc_push(&p->finished, &job->node);
        pthread_mutex_lock(&p->lock);
    }
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

err_t pool_start(unsigned threads, struct pool **pool)
{
    struct pool *p = xcalloc(1, sizeof(*p));

    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->more, NULL);
    STAILQ_INIT(&p->waiting);
    p->threads = xcalloc(threads, sizeof(*p->threads));
    if (mpsc_init(&p->finished) != ERR_OK) {
        free(p->threads);
        free(p);
        return ERR_IO;
    }
    while (p->nthreads < threads &&
           pthread_create(&p->threads[p->nthreads], NULL, pool_thread, p) == 0)
        p->nthreads++;
    if (p->nthreads < threads) {
        pool_stop(p);
        return ERR_IO;
    }
    *pool = p;
    return ERR_OK;
}

bool pool_submit(struct pool *p, void (*fn)(void *ctx), void (*done)(void *ctx), void *ctx)
{
    struct job *job = xcalloc(1, sizeof(*job));

    job->fn = fn;
    job->done = done;
    job->ctx = ctx;
    pthread_mutex_lock(&p->lock);
    bool room = p->nwaiting < POOL_QUEUE_MAX && !p->stopping;
    if (room) {
        STAILQ_INSERT_TAIL(&p->waiting, job, link);
        p->nwaiting++;
        pthread_cond_signal(&p->more);
    }
    pthread_mutex_unlock(&p->lock);
    if (!room)
        free(job);
    return room;
}

int pool_fd(const struct pool *p)
{
    return mpsc_fd(&p->finished);
}

void pool_collect(struct pool *p)
{
    struct mpsc_node *node;

    mpsc_awake(&p->finished);
    do {
        while ((node = mpsc_pop(&p->finished)) != NULL) {
            struct job *job = (struct job *)node;

            job->done(job->ctx);
            free(job);
        }
    } while (!mpsc_sleep(&p->finished));
}

void pool_stop(struct pool *p)
{
    pthread_mutex_lock(&p->lock);
    p->stopping = true;
    pthread_cond_broadcast(&p->more);
    pthread_mutex_unlock(&p->lock);
    for (unsigned i = 0; i < p->nthreads; i++)
        pthread_join(p->threads[i], NULL);
    pool_collect(p);
    mpsc_fini(&p->finished);
    pthread_cond_destroy(&p->more);
    pthread_mutex_destroy(&p->lock);
    free(p->threads);
    free(p);
}
