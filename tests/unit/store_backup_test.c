/* Backup while everything runs, and restore: all of a state that was, or nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "env/staging.h"
#include "read/copy.h"
#include "store_world.h"

static struct backup_keys held; /* by the newest backup; or made by the newest restore */

struct backing {
    struct store *st;
    const char *dir;
    err_t err;
    int done;
};

static void *back_up(void *arg)
{
    struct backing *b = arg;

    b->err = store_backup(b->st, b->dir, false, &held, NULL);
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
    assert_int_equal(store_backup(w->p.st, copy, false, &held, &f), ERR_EXISTS);

    /* Everything goes on meanwhile, and then the disk is lost. */
    turn_free(w->turn);
    core_free(w->core);
    place_close(&w->p);
    assert_int_equal(store_restore(copy, w->p.store, &held, &f), ERR_EXISTS);
    snprintf(w->p.store, sizeof(w->p.store), "%s/back", w->p.dir);
    assert_int_equal(store_restore(copy, w->p.store, &held, &f), ERR_OK);
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

static uint64_t last_pos(struct store *st)
{
    struct cursor cur;
    struct txn tx;
    uint64_t pos = 0;

    assert_int_equal(txn_begin_read(&tx, st), ERR_OK);
    if (cursor_open(&cur, &tx, TABLE_JOURNAL) == ERR_OK && cursor_last(&cur) == ERR_OK)
        pos = cursor_key_u64(&cur, 0);
    cursor_close(&cur);
    txn_end_read(&tx);
    return pos;
}

static void put_messages(struct store *st, uint64_t first, uint64_t last)
{
    struct maker m = {{0}};

    for (uint64_t pos = first; pos <= last; pos++)
        maker_add_message(&m, pos, pos - 1, 7, 900);
    assert_int_equal(maker_commit(&m, st, 1), ERR_OK);
}

static size_t map_bytes(struct store *st)
{
    MDB_envinfo info;

    assert_int_equal(mdb_env_info(st->env, &info), 0);
    return info.me_mapsize;
}

/*
 * Between the steps of a copy the map is free to grow, and the copy goes on to be what it began as.
 */
static void the_map_grows_between_the_steps_of_a_copy(void **state)
{
    enum { MESSAGES = 6000, STEPS_MAX = 400 };
    struct place p;
    char dir[100];
    struct copy cp;
    struct store *copied;
    size_t steps = 0, grown = 0, map;
    bool more = true;
    struct buf mem = {0};
    struct rec rec;

    (void)state;
    place_make(&p);
    struct store_options opt = place_options(&p, STORE_GATEWAY);
    opt.map_bytes = 16u << 20;
    assert_int_equal(store_open(&opt, &p.st, NULL), ERR_OK);
    for (uint64_t pos = 1; pos <= MESSAGES; pos += 500)
        put_messages(p.st, pos, pos + 499);
    snprintf(dir, sizeof(dir), "%s/copy", p.dir);
    assert_int_equal(mkdir(dir, 0700), 0);

    assert_int_equal(copy_begin(&cp, p.st, dir), ERR_OK);
    for (uint64_t pos = MESSAGES + 1; more; pos += 500, steps++) {
        assert_int_equal(copy_step(&cp, &more), ERR_OK);
        assert_int_equal(pthread_rwlock_trywrlock(&p.st->map_lock), 0);
        pthread_rwlock_unlock(&p.st->map_lock);
        map = map_bytes(p.st);
        put_messages(p.st, pos, pos + 499);
        grown += more && map_bytes(p.st) > map;
        assert_true(steps < STEPS_MAX);
    }
    copy_end(&cp);
    assert_true(grown > 0);
    assert_true(steps > TABLE_COUNT + 20); /* 6 MB: a step for each table and each 256 KiB */

    opt = (struct store_options){.dir = dir, .role = STORE_READER};
    assert_int_equal(store_open(&opt, &copied, NULL), ERR_OK);
    assert_int_equal(last_pos(copied), MESSAGES);
    for (uint64_t pos = 1; pos <= MESSAGES; pos++) {
        assert_int_equal(store_read_rec(copied, pos, &rec, &mem), ERR_OK);
        assert_true(message_is(&rec, pos, 900));
    }
    buf_fini(&mem);
    store_close(copied);
    place_remove(&p);
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
    assert_int_equal(store_backup(w->p.st, copy, false, &held, &f), ERR_OK);
    path = path_join(copy, DISPATCHER_KEY_FILE);
    assert_int_equal(truncate(path, 3), 0);
    free(path);
    turn_free(w->turn);
    w->turn = NULL;
    place_close(&w->p);
    assert_int_equal(store_restore(copy, back, &held, &f), ERR_CORRUPT);
    assert_non_null(strstr(f.what, DISPATCHER_KEY_FILE));
    assert_int_not_equal(stat(back, &sb), 0);
    assert_int_equal(store_restore("/nonexistent", back, &held, &f), ERR_NOTFOUND);
    assert_int_not_equal(stat(back, &sb), 0);
    world_free(w);
}

static bool is_there(const char *path)
{
    struct stat sb;

    return lstat(path, &sb) == 0;
}

static void file_put(const char *dir, const char *name)
{
    char *path = path_join(dir, name);

    assert_int_equal(file_write(path, "rest", 4), ERR_OK);
    free(path);
}

static void a_backup_without_its_end_is_refused_and_the_good_one_goes_in_after_it(void **state)
{
    struct world *w = world_new(12);
    char copy[100], back[100], *path, last;
    struct fault f = {0};
    struct stat sb;
    FILE *file;

    (void)state;
    snprintf(copy, sizeof(copy), "%s/copy", w->p.dir);
    snprintf(back, sizeof(back), "%s/back/", w->p.dir); /* as a shell completes it */
    for (int i = 0; i < 20; i++) {
        talk(w);
        make_durable(w);
    }
    assert_int_equal(store_backup(w->p.st, copy, false, &held, &f), ERR_OK);
    turn_free(w->turn);
    w->turn = NULL;
    place_close(&w->p);
    path = path_join(copy, "data.mdb");
    assert_int_equal(stat(path, &sb), 0);
    assert_non_null(file = fopen(path, "r+b"));
    assert_int_equal(fseek(file, -1, SEEK_END), 0);
    assert_int_equal(fread(&last, 1, 1, file), 1);
    assert_int_equal(truncate(path, sb.st_size - 1), 0);
    assert_int_equal(store_restore(copy, back, &held, &f), ERR_CORRUPT);
    assert_non_null(strstr(f.what, "its end is missing; copy the backup again"));
    assert_int_equal(fseek(file, sb.st_size - 1, SEEK_SET), 0);
    assert_int_equal(fwrite(&last, 1, 1, file), 1);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(store_restore(copy, back, &held, &f), ERR_OK);
    free(path);
    world_free(w);
}

static void what_a_killed_copy_left_behind_is_taken_away(void **state)
{
    struct world *w = world_new(13);
    char copy[100], back[100], left[110], *path;
    struct fault f = {0};
    struct staging s;

    (void)state;
    snprintf(copy, sizeof(copy), "%s/copy", w->p.dir);
    snprintf(back, sizeof(back), "%s/back", w->p.dir);
    snprintf(left, sizeof(left), "%s.backup", copy);
    assert_int_equal(mkdir(left, 0700), 0);
    file_put(left, "data.mdb");
    assert_int_equal(store_backup(w->p.st, copy, false, &held, &f), ERR_OK);
    assert_false(is_there(left));
    turn_free(w->turn);
    w->turn = NULL;
    place_close(&w->p);

    snprintf(left, sizeof(left), "%s.restore", back);
    assert_int_equal(mkdir(left, 0700), 0);
    file_put(left, "data.mdb");
    file_put(left, "lock.mdb");
    file_put(left, GATEWAY_KEY_FILE);
    file_put(left, "letters"); /* somebody's own */
    assert_int_equal(store_restore(copy, back, &held, &f), ERR_EXISTS);
    assert_non_null(strstr(f.what, "files that are no copy's"));
    path = path_join(left, "letters");
    assert_true(is_there(path));
    assert_int_equal(unlink(path), 0);
    free(path);

    /* Another restore is at work there. */
    assert_int_equal(staging_open(&s, back, "restore", &f), ERR_OK);
    assert_int_equal(store_restore(copy, back, &held, &f), ERR_BUSY);
    assert_non_null(strstr(f.what, "just now"));
    assert_true(is_there(left));
    assert_int_equal(staging_end(&s, ERR_IO, &f), ERR_IO);
    assert_false(is_there(left));

    file_put(w->p.dir, "back.restore"); /* not even a directory */
    assert_int_equal(store_restore(copy, back, &held, &f), ERR_EXISTS);
    assert_non_null(strstr(f.what, "move it away"));
    assert_int_equal(unlink(left), 0);
    assert_int_equal(store_restore(copy, back, &held, &f), ERR_OK);
    assert_false(is_there(left));
    world_free(w);
}

static void key_remove(const char *dir, const char *name)
{
    char *path = path_join(dir, name);

    assert_int_equal(unlink(path), 0);
    free(path);
}

/* Rows: which of the keys come along; new ones are made of the others. */
static void a_backup_holds_its_keys_or_gets_new_ones_when_it_is_restored(void **state)
{
    static const struct {
        bool without, gateway, dispatcher;
    } rows[] = {
        {false, true, true}, {true, false, false}, {false, false, true}, {false, true, false}};
    struct world *w = world_new(14);
    uint8_t secret[2][KEY_BYTES], seal_keys[2][KEY_BYTES], unseal[KEY_BYTES];

    (void)state;
    talk(w);
    make_durable(w);
    store_secret(w->p.st, secret[0]);
    store_seal_key(w->p.st, seal_keys[0]);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct buf sealed = {0}, opened = {0};
        char copy[100], back[100];
        struct fault f = {0};
        struct store *st;

        snprintf(copy, sizeof(copy), "%s/copy%zu", w->p.dir, i);
        snprintf(back, sizeof(back), "%s/back%zu", w->p.dir, i);
        assert_int_equal(store_backup(w->p.st, copy, rows[i].without, &held, &f), ERR_OK);
        assert_true(held.gateway != rows[i].without && held.dispatcher != rows[i].without);
        if (held.gateway && !rows[i].gateway)
            key_remove(copy, GATEWAY_KEY_FILE);
        if (held.dispatcher && !rows[i].dispatcher)
            key_remove(copy, DISPATCHER_KEY_FILE);
        assert_int_equal(store_restore(copy, back, &held, &f), ERR_OK);
        assert_true(held.gateway != rows[i].gateway && held.dispatcher != rows[i].dispatcher);

        struct store_options opt = {.dir = back, .role = STORE_GATEWAY};
        assert_int_equal(store_open(&opt, &st, &f), ERR_OK);
        store_secret(st, secret[1]);
        assert_true((memcmp(secret[0], secret[1], KEY_BYTES) == 0) == rows[i].gateway);
        store_seal_key(st, seal_keys[1]);
        assert_true((memcmp(seal_keys[0], seal_keys[1], KEY_BYTES) == 0) == rows[i].dispatcher);
        /* Old or new, the two halves belong together. */
        assert_int_equal(store_unseal_key(st, unseal), ERR_OK);
        seal(&sealed, SPAN_LIT("a relay's password"), seal_keys[1]);
        assert_int_equal(seal_open(&opened, buf_span(&sealed), seal_keys[1], unseal), ERR_OK);
        buf_fini(&sealed);
        buf_fini(&opened);
        store_close(st);
    }
    world_free(w);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_backup_while_everything_runs_restores_to_a_state_that_was),
        cmocka_unit_test(the_map_grows_between_the_steps_of_a_copy),
        cmocka_unit_test(a_copy_that_is_not_right_is_not_put_in_place),
        cmocka_unit_test(a_backup_without_its_end_is_refused_and_the_good_one_goes_in_after_it),
        cmocka_unit_test(what_a_killed_copy_left_behind_is_taken_away),
        cmocka_unit_test(a_backup_holds_its_keys_or_gets_new_ones_when_it_is_restored),
    };

    crypto_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
