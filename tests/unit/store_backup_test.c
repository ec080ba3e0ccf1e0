/* Backup while everything runs, and restore: all of a state that was, or nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "store_world.h"

struct backing {
    struct store *st;
    const char *dir;
    err_t err;
    int done;
};

static void *back_up(void *arg)
{
    struct backing *b = arg;

    b->err = store_backup(b->st, b->dir, NULL);
    __atomic_store_n(&b->done, 1, __ATOMIC_RELEASE);
    return NULL;
}

static void a_backup_while_everything_runs_restores_to_a_state_that_was(void **state)
{
    struct world *w = world_new(9);
    char copy[100], back[100];
    struct backing b;
    struct stat sb;
    char *path;
    pthread_t thread;
    struct fault f = {0};
    uint8_t secret[2][KEY_BYTES];
    int steps = 0;

    (void)state;
    snprintf(copy, sizeof(copy), "%s/copy", w->p.dir);
    snprintf(back, sizeof(back), "%s/back", w->p.dir);
    b = (struct backing){.st = w->p.st, .dir = copy};
    for (int i = 0; i < 200; i++) {
        talk(w);
        ring(w);
        make_durable(w);
    }
    assert_int_equal(pthread_create(&thread, NULL, back_up, &b), 0);
    while (!__atomic_load_n(&b.done, __ATOMIC_ACQUIRE) || steps++ < 20) {
        talk(w);
        make_durable(w);
    }
    pthread_join(thread, NULL);
    assert_int_equal(b.err, ERR_OK);
    path = path_join(copy, "data.mdb");
    assert_int_equal(stat(path, &sb), 0);
    assert_int_equal(sb.st_mode & 0777, 0600);
    free(path);
    store_secret(w->p.st, secret[0]);
    assert_int_equal(store_backup(w->p.st, copy, &f), ERR_EXISTS);

    /* Everything goes on meanwhile, and then the disk is lost. */
    turn_free(w->turn);
    core_free(w->core);
    place_close(&w->p);
    assert_int_equal(store_restore(copy, w->p.store, &f), ERR_EXISTS);
    snprintf(w->p.store, sizeof(w->p.store), "%s/back", w->p.dir);
    assert_int_equal(store_restore(copy, w->p.store, &f), ERR_OK);
    place_open(&w->p);
    store_secret(w->p.st, secret[1]);
    assert_memory_equal(secret[0], secret[1], KEY_BYTES);
    w->compared = 0;
    w->core = load_and_compare(w);
    assert_int_equal(w->compared, 1);
    turn_make(w);
    agents_come(w);
    make_durable(w);
    world_free(w);
}

static void a_copy_that_is_not_right_is_not_put_in_place(void **state)
{
    struct world *w = world_new(11);
    char copy[100], back[100], *path;
    struct fault f = {0};
    struct stat sb;

    (void)state;
    snprintf(copy, sizeof(copy), "%s/copy", w->p.dir);
    snprintf(back, sizeof(back), "%s/back", w->p.dir);
    assert_int_equal(store_backup(w->p.st, copy, &f), ERR_OK);
    path = path_join(copy, DISPATCHER_KEY_FILE);
    assert_int_equal(truncate(path, 3), 0);
    free(path);
    turn_free(w->turn);
    w->turn = NULL;
    place_close(&w->p);
    assert_int_equal(store_restore(copy, back, &f), ERR_CORRUPT);
    assert_non_null(strstr(f.what, DISPATCHER_KEY_FILE));
    assert_int_not_equal(stat(back, &sb), 0);
    assert_int_equal(store_restore("/nonexistent", back, &f), ERR_NOTFOUND);
    assert_int_not_equal(stat(back, &sb), 0);
    world_free(w);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_backup_while_everything_runs_restores_to_a_state_that_was),
        cmocka_unit_test(a_copy_that_is_not_right_is_not_put_in_place),
    };

    crypto_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
