/* The blocking pool: results come back on the caller's thread, and its queue has a bound. */
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "../../src/deskbelld/pool.h"

struct job {
    pthread_t ran_on, done_on;
    unsigned *done_count;
};

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static void run(void *ctx)
{
    struct job *job = ctx;

    job->ran_on = pthread_self();
}

static void run_behind_gate(void *ctx)
{
    pthread_mutex_lock(&gate);
    pthread_mutex_unlock(&gate);
    run(ctx);
}

static void done(void *ctx)
{
    struct job *job = ctx;

    job->done_on = pthread_self();
    ++*job->done_count;
}

/* Collect until `want` jobs are done; at most 10 s between two of them. */
static void collect(struct pool *p, const unsigned *count, unsigned want)
{
    struct pollfd pfd = {.fd = pool_fd(p), .events = POLLIN};

    while (*count < want) {
        assert_int_equal(poll(&pfd, 1, 10000), 1);
        pool_collect(p);
    }
}

static void a_job_runs_elsewhere_and_is_done_here(void **state)
{
    unsigned count = 0;
    struct job job = {.done_count = &count};
    struct pool *p;

    (void)state;
    assert_int_equal(pool_start(2, &p), ERR_OK);
    assert_true(pool_submit(p, run, done, &job));
    collect(p, &count, 1);
    assert_false(pthread_equal(job.ran_on, pthread_self()));
    assert_true(pthread_equal(job.done_on, pthread_self()));
    pool_stop(p);
}

static void a_full_queue_refuses_and_stop_finishes_what_waits(void **state)
{
    static struct job jobs[POOL_QUEUE_MAX + 2];
    unsigned count = 0, accepted = 0;
    struct pool *p;

    (void)state;
    assert_int_equal(pool_start(1, &p), ERR_OK);
    pthread_mutex_lock(&gate);
    for (size_t i = 0; i < COUNT_OF(jobs); i++) {
        jobs[i].done_count = &count;
        accepted += pool_submit(p, run_behind_gate, done, &jobs[i]);
    }
    /* One may have left the queue for the thread already. */
    assert_in_range(accepted, POOL_QUEUE_MAX, POOL_QUEUE_MAX + 1);
    pthread_mutex_unlock(&gate);
    pool_stop(p);
    assert_int_equal(count, accepted);
}

static void many_jobs_all_come_back(void **state)
{
    static struct job jobs[2000];
    unsigned count = 0;
    struct pool *p;

    (void)state;
    assert_int_equal(pool_start(4, &p), ERR_OK);
    for (size_t i = 0; i < COUNT_OF(jobs); i++) {
        jobs[i].done_count = &count;
        while (!pool_submit(p, run, done, &jobs[i]))
            collect(p, &count, count + 1);
    }
    collect(p, &count, COUNT_OF(jobs));
    pool_stop(p);
    assert_int_equal(count, COUNT_OF(jobs));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_job_runs_elsewhere_and_is_done_here),
        cmocka_unit_test(a_full_queue_refuses_and_stop_finishes_what_waits),
        cmocka_unit_test(many_jobs_all_come_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
