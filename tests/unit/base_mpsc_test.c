/* The queue between threads: nothing is lost, each producer's order holds, sleepers are woken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <pthread.h>
#include <stdlib.h>

#include "deskbell/clock.h"
#include "deskbell/mpsc.h"

#define PRODUCERS 4
#define EACH 50000
#define PATIENCE_MS 60000

struct item {
    unsigned producer, number;
    struct mpsc_node node;
};

struct producer {
    struct mpsc *q;
    unsigned id, pause_every;
    struct item *items;
};

static void *produce(void *arg)
{
    struct producer *p = arg;

    for (unsigned i = 0; i < EACH; i++) {
        p->items[i].producer = p->id;
        p->items[i].number = i;
        mpsc_push(p->q, &p->items[i].node);
        if (p->pause_every != 0 && i % p->pause_every == 0)
            sched_yield(); /* lets the consumer fall asleep in between */
    }
    return NULL;
}

static bool fd_is_readable(const struct mpsc *q)
{
    struct pollfd pfd = {.fd = mpsc_fd(q), .events = POLLIN};

    return poll(&pfd, 1, 0) == 1;
}

/* Take everything that the producers push, checking each one's order. */
static void consume(struct mpsc *q)
{
    unsigned next[PRODUCERS] = {0}, total = 0;
    int64_t end_ms = clock_mono_ms() + PATIENCE_MS;
    struct mpsc_node *node;

    while (total < PRODUCERS * EACH) {
        while ((node = mpsc_pop(q)) != NULL) {
            struct item *it = container_of(node, struct item, node);

            assert_true(it->producer < PRODUCERS);
            assert_int_equal(it->number, next[it->producer]);
            next[it->producer]++;
            total++;
        }
        assert_true(clock_mono_ms() < end_ms);
        if (total < PRODUCERS * EACH)
            mpsc_wait(q, PATIENCE_MS);
    }
    assert_null(mpsc_pop(q));
}

static void producers_and_consumer(unsigned pause_every)
{
    struct producer producers[PRODUCERS];
    pthread_t threads[PRODUCERS];
    struct mpsc q;

    assert_int_equal(mpsc_init(&q), ERR_OK);
    for (unsigned i = 0; i < PRODUCERS; i++) {
        producers[i] = (struct producer){&q, i, pause_every, xcalloc(EACH, sizeof(struct item))};
        assert_int_equal(pthread_create(&threads[i], NULL, produce, &producers[i]), 0);
    }
    consume(&q);
    for (unsigned i = 0; i < PRODUCERS; i++) {
        pthread_join(threads[i], NULL);
        free(producers[i].items);
    }
    mpsc_fini(&q);
}

static void nothing_is_lost_when_all_push_at_once(void **state)
{
    (void)state;
    producers_and_consumer(0);
}

static void nothing_is_lost_when_the_consumer_keeps_falling_asleep(void **state)
{
    (void)state;
    producers_and_consumer(3);
}

static void only_the_first_push_to_a_sleeper_wakes_it(void **state)
{
    struct item items[3] = {0};
    struct mpsc q;

    (void)state;
    assert_int_equal(mpsc_init(&q), ERR_OK);
    assert_false(fd_is_readable(&q));
    mpsc_push(&q, &items[0].node);
    assert_true(fd_is_readable(&q));
    mpsc_awake(&q);
    mpsc_push(&q, &items[1].node);
    assert_false(fd_is_readable(&q));
    assert_false(mpsc_sleep(&q)); /* two are still there */
    assert_ptr_equal(mpsc_pop(&q), &items[0].node);
    assert_ptr_equal(mpsc_pop(&q), &items[1].node);
    assert_null(mpsc_pop(&q));
    assert_true(mpsc_sleep(&q));
    mpsc_push(&q, &items[2].node);
    assert_true(fd_is_readable(&q));
    mpsc_awake(&q);
    assert_ptr_equal(mpsc_pop(&q), &items[2].node);
    mpsc_fini(&q);
}

static void a_wake_without_a_push_ends_the_wait(void **state)
{
    int64_t before_ms = clock_mono_ms();
    struct mpsc q;

    (void)state;
    assert_int_equal(mpsc_init(&q), ERR_OK);
    mpsc_wake(&q);
    mpsc_wait(&q, PATIENCE_MS);
    assert_true(clock_mono_ms() - before_ms < PATIENCE_MS);
    assert_null(mpsc_pop(&q));
    mpsc_fini(&q);
}

static void a_node_can_be_pushed_again_once_popped(void **state)
{
    struct item item = {0};
    struct mpsc q;

    (void)state;
    assert_int_equal(mpsc_init(&q), ERR_OK);
    for (int i = 0; i < 1000; i++) {
        mpsc_push(&q, &item.node);
        assert_ptr_equal(mpsc_pop(&q), &item.node);
        assert_null(mpsc_pop(&q));
    }
    mpsc_fini(&q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_lost_when_all_push_at_once),
        cmocka_unit_test(nothing_is_lost_when_the_consumer_keeps_falling_asleep),
        cmocka_unit_test(only_the_first_push_to_a_sleeper_wakes_it),
        cmocka_unit_test(a_wake_without_a_push_ends_the_wait),
        cmocka_unit_test(a_node_can_be_pushed_again_once_popped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
