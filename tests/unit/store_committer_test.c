/* The committer: a thread that writes one batch at a time, and readers beside it. */
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "store_help.h"
#include "store_int.h"

#define CONV 7
#define WAIT_MS 20000

static int setup_with(void **state, size_t map)
{
    struct place *p = xcalloc(1, sizeof(*p));

    place_make(p);

    struct store_options opt = place_options(p, STORE_GATEWAY);

    opt.map_bytes = map;
    assert_int_equal(store_open(&opt, &p->st, NULL), ERR_OK);
    *state = p;
    return 0;
}

static int setup(void **state)
{
    return setup_with(state, 0);
}

static int setup_small(void **state)
{
    return setup_with(state, 1 << 20);
}

static void assert_message(struct place *p, uint64_t pos, size_t len)
{
    struct buf mem = {0};
    struct rec rec;

    assert_int_equal(store_read_rec(p->st, pos, &rec, &mem), ERR_OK);
    assert_true(message_is(&rec, pos, len));
    buf_fini(&mem);
}

static size_t map_bytes(struct place *p)
{
    MDB_envinfo info;

    assert_int_equal(mdb_env_info(p->st->env, &info), 0);
    return info.me_mapsize;
}

static err_t wait_for(struct committer *c)
{
    struct pollfd pfd = {.fd = committer_fd(c), .events = POLLIN};
    err_t err = ERR_AGAIN;

    assert_int_equal(poll(&pfd, 1, WAIT_MS), 1);
    assert_true(committer_collect(c, &err));
    assert_false(committer_collect(c, &err));
    return err;
}

static void the_committer_says_when_a_batch_is_durable(void **state)
{
    struct place *p = *state;
    struct committer *c = committer_start(p->st);
    err_t err;

    assert_false(committer_collect(c, &err));
    for (uint64_t pos = 1; pos <= 20; pos++) {
        struct maker m = {{0}};

        maker_add_message(&m, pos, pos - 1, CONV, 100);
        committer_submit(c, &m.batch);
        assert_int_equal(wait_for(c), ERR_OK);
        assert_message(p, pos, 100);
        maker_fini(&m);
    }
    struct maker again = {{0}};

    maker_add_message(&again, 20, 19, CONV, 100);
    committer_submit(c, &again.batch);
    assert_int_equal(wait_for(c), ERR_EXISTS);
    maker_fini(&again);
    committer_stop(c);
}

static void whoever_waits_for_the_committer_gets_its_word_once(void **state)
{
    struct place *p = *state;
    struct committer *c = committer_start(p->st);
    err_t err;

    assert_false(committer_wait(c, &err));
    for (uint64_t pos = 1; pos <= 20; pos++) {
        struct maker m = {{0}};

        maker_add_message(&m, pos, pos - 1, CONV, 100);
        committer_submit(c, &m.batch);
        err = ERR_AGAIN;
        assert_true(committer_wait(c, &err));
        assert_int_equal(err, ERR_OK);
        maker_fini(&m);
        assert_message(p, pos, 100);
        assert_false(committer_wait(c, &err));
        assert_false(committer_collect(c, &err));
    }
    committer_stop(c);
}

static void stopping_waits_for_the_batch_under_way(void **state)
{
    struct place *p = *state;
    struct committer *c = committer_start(p->st);
    struct maker m = {{0}};

    maker_add_message(&m, 1, 0, CONV, 100);
    committer_submit(c, &m.batch);
    committer_stop(c);
    maker_fini(&m);
    assert_message(p, 1, 100);
}

struct reading {
    struct place *p;
    uint64_t last; /* durable up to here; atomic */
    bool stop;
    size_t reads;
};

static void *read_always(void *arg)
{
    struct reading *r = arg;
    struct buf mem = {0};
    struct rec rec;

    while (!__atomic_load_n(&r->stop, __ATOMIC_ACQUIRE)) {
        uint64_t last = __atomic_load_n(&r->last, __ATOMIC_ACQUIRE);

        if (last > 0) {
            ensure(store_read_rec(r->p->st, last, &rec, &mem) == ERR_OK);
            ensure(message_is(&rec, last, 3000));
            r->reads++;
        }
    }
    buf_fini(&mem);
    return NULL;
}

static void readers_on_other_threads_see_what_is_durable_while_the_map_grows(void **state)
{
    struct place *p = *state; /* a small map */
    struct committer *c = committer_start(p->st);
    struct reading r[2] = {{.p = p}, {.p = p}};
    pthread_t threads[2];

    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, read_always, &r[i]), 0);
    for (uint64_t batch = 0; batch < 30; batch++) {
        struct maker m = {{0}};

        for (uint64_t i = 1; i <= 30; i++)
            maker_add_message(&m, batch * 30 + i, batch * 30 + i - 1, CONV, 3000);
        committer_submit(c, &m.batch);
        assert_int_equal(wait_for(c), ERR_OK);
        for (int i = 0; i < 2; i++)
            __atomic_store_n(&r[i].last, batch * 30 + 30, __ATOMIC_RELEASE);
        maker_fini(&m);
    }
    for (int i = 0; i < 2; i++) {
        __atomic_store_n(&r[i].stop, true, __ATOMIC_RELEASE);
        pthread_join(threads[i], NULL);
        assert_true(r[i].reads > 0);
    }
    committer_stop(c);
    assert_true(map_bytes(p) > 2 << 20);
}
#define T(name) cmocka_unit_test_setup_teardown(name, setup, place_teardown)
#define T_SMALL(name) cmocka_unit_test_setup_teardown(name, setup_small, place_teardown)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        T(the_committer_says_when_a_batch_is_durable),
        T(whoever_waits_for_the_committer_gets_its_word_once),
        T(stopping_waits_for_the_batch_under_way),
        T_SMALL(readers_on_other_threads_see_what_is_durable_while_the_map_grows),
    };

    crypto_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
