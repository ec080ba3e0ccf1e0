/*
 * A file that lost its end is refused in words by whoever opens it, and one that is rightly short
 * is not: LMDB itself would die, or never know.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "store_help.h"
#include "store_int.h"

#define PAGE_BYTES 4096
#define MESSAGES 300
#define TEXT_BYTES 900

static int setup(void **state)
{
    struct place *p = xcalloc(1, sizeof(*p));

    place_make(p);
    *state = p;
    return 0;
}

static void put_messages(struct place *p, uint64_t first, uint64_t n)
{
    struct maker m = {{0}};

    for (uint64_t pos = first; pos < first + n; pos++)
        maker_add_message(&m, pos, pos - 1, 7, TEXT_BYTES);
    assert_int_equal(maker_commit(&m, p->st, 1), ERR_OK);
}

static char *data_path(const struct place *p)
{
    return path_join(p->store, "data.mdb");
}

static off_t file_bytes(const char *path)
{
    struct stat sb;

    assert_int_equal(stat(path, &sb), 0);
    return sb.st_size;
}

static err_t open_as(struct place *p, enum store_role role, struct fault *f)
{
    struct store_options opt = place_options(p, role);

    *f = (struct fault){0};
    return store_open(&opt, &p->st, f);
}

static void whoever_opens_a_store_without_its_end_is_told(void **state)
{
    static const off_t cuts[] = {1, PAGE_BYTES, 10 * PAGE_BYTES + 17};
    static const enum store_role roles[] = {STORE_GATEWAY, STORE_DISPATCHER, STORE_READER};
    struct place *p = *state;
    char *path = data_path(p), text[64];
    struct fault f;
    off_t whole;

    place_open(p);
    put_messages(p, 1, MESSAGES);
    place_close(p);
    whole = file_bytes(path);
    for (size_t i = 0; i < COUNT_OF(cuts); i++) {
        assert_int_equal(truncate(path, whole - cuts[i]), 0);
        for (size_t k = 0; k < COUNT_OF(roles); k++) {
            assert_int_equal(open_as(p, roles[k], &f), ERR_CORRUPT);
            snprintf(text, sizeof(text), "has %lld bytes and needs %lld",
                     (long long)(whole - cuts[i]), (long long)whole);
            assert_non_null(strstr(f.what, text));
            assert_non_null(strstr(f.what, "--restore"));
        }
    }
    free(path);
}

static void what_is_no_store_any_more_is_not_begun_anew(void **state)
{
    static const struct {
        off_t bytes;
        const char *what;
    } rows[] = {{0, "of 0 bytes, does not begin"},
                {100, "of 100 bytes, does not begin"},
                {PAGE_BYTES, "of 4096 bytes, does not begin"},
                {2 * PAGE_BYTES, "its end is missing"}};
    struct place *p = *state;
    char *path = data_path(p);
    struct fault f;

    place_open(p);
    put_messages(p, 1, MESSAGES);
    place_close(p);
    for (size_t i = COUNT_OF(rows); i-- > 0;) {
        assert_int_equal(truncate(path, rows[i].bytes), 0);
        assert_int_equal(open_as(p, STORE_GATEWAY, &f), ERR_CORRUPT);
        assert_non_null(strstr(f.what, rows[i].what));
        assert_int_equal(file_bytes(path), rows[i].bytes);
    }
    free(path);
}

static void a_first_start_that_left_an_empty_file_is_made_good(void **state)
{
    struct place *p = *state;
    char *path = data_path(p), *key;
    struct fault f;

    place_open(p);
    place_close(p);
    key = path_join(p->store, GATEWAY_KEY_FILE); /* made last, so it was not there yet */
    assert_int_equal(unlink(key), 0);
    assert_int_equal(truncate(path, 0), 0);
    assert_int_equal(open_as(p, STORE_READER, &f), ERR_NOTFOUND);
    place_open(p);
    free(key);
    free(path);
}

/* The byte at a place becomes another; what it was. */
static uint8_t poke(const char *path, long at, uint8_t byte)
{
    FILE *file = fopen(path, "r+b");
    uint8_t was = 0;

    assert_non_null(file);
    assert_int_equal(fseek(file, at, SEEK_SET), 0);
    assert_int_equal(fread(&was, 1, 1, file), 1);
    assert_int_equal(fseek(file, at, SEEK_SET), 0);
    assert_int_equal(fwrite(&byte, 1, 1, file), 1);
    assert_int_equal(fclose(file), 0);
    return was;
}

static void files_that_are_no_stores_are_refused(void **state)
{
    static const struct {
        long at; /* in each of the two meta pages */
        uint8_t byte;
    } rows[] = {{10, 2 /* a leaf */},
                {16, 0 /* the magic */},
                {20, 9 /* the version */},
                {40, 1 /* bytes of a page, no power of two */},
                {43, 1 /* 16 MiB of them */}};
    struct place *p = *state;
    char *path = data_path(p);
    struct fault f;

    place_open(p);
    place_close(p);
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        for (long page = 0; page < 2; page++) {
            uint8_t was = poke(path, page * PAGE_BYTES + rows[i].at, rows[i].byte);

            if (page == 0 || rows[i].at < 40 || rows[i].at == 43)
                assert_int_equal(pages_check(path, &f), ERR_CORRUPT);
            poke(path, page * PAGE_BYTES + rows[i].at, was);
            assert_int_equal(pages_check(path, &f), ERR_OK);
        }
    free(path);
    assert_int_equal(pages_check("/nonexistent/data.mdb", &f), ERR_NOTFOUND);
}

/* pages that were never written */

static MDB_env *env_new(const char *dir)
{
    MDB_env *env;

    assert_int_equal(mkdir(dir, 0700), 0);
    assert_int_equal(mdb_env_create(&env), 0);
    assert_int_equal(mdb_env_set_mapsize(env, 64u << 20), 0);
    assert_int_equal(mdb_env_open(env, dir, MDB_NOSYNC | MDB_NOTLS, 0600), 0);
    return env;
}

/* In one transaction a value of so many pages, unless that is none, and a small one in its place.
 */
static void come_and_go(MDB_env *env, unsigned number, size_t pages)
{
    char *bytes = xcalloc(1, (pages + 1) * PAGE_BYTES);
    MDB_val key = {sizeof(number), &number}, big = {pages * PAGE_BYTES, bytes}, small = {9, bytes};
    MDB_txn *txn;
    MDB_dbi dbi;

    assert_int_equal(mdb_txn_begin(env, NULL, 0, &txn), 0);
    assert_int_equal(mdb_dbi_open(txn, NULL, 0, &dbi), 0);
    if (pages > 0) {
        assert_int_equal(mdb_put(txn, dbi, &key, &big, 0), 0);
        assert_int_equal(mdb_del(txn, dbi, &key, NULL), 0);
    }
    assert_int_equal(mdb_put(txn, dbi, &key, &small, 0), 0);
    assert_int_equal(mdb_txn_commit(txn), 0);
    free(bytes);
}

static off_t last_page_end(MDB_env *env)
{
    MDB_envinfo info;

    assert_int_equal(mdb_env_info(env, &info), 0);
    return ((off_t)info.me_last_pgno + 1) * PAGE_BYTES;
}

/*
 * Rows: how many transactions under the eyes of a reader, who keeps all that they free in the list,
 * and how many pages come and go in the last: lists in a page, on pages of their own, in a tree.
 */
static void a_file_may_be_short_by_pages_that_were_never_used(void **state)
{
    static const struct {
        unsigned before;
        size_t pages;
    } rows[] = {{0, 90}, {0, 900}, {400, 90}, {400, 900}};
    struct place *p = *state;
    char *path = data_path(p);
    struct fault f;

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        MDB_env *env = env_new(p->store);
        MDB_txn *first, *second;

        come_and_go(env, 1, 0);
        assert_int_equal(mdb_txn_begin(env, NULL, MDB_RDONLY, &first), 0);
        for (unsigned n = 0; n < 10; n++) /* what the last one may use again */
            come_and_go(env, 1, 0);
        assert_int_equal(mdb_txn_begin(env, NULL, MDB_RDONLY, &second), 0);
        for (unsigned n = 0; n < rows[i].before; n++)
            come_and_go(env, n % 50, 0);
        mdb_txn_abort(first);
        come_and_go(env, 1, rows[i].pages);
        mdb_txn_abort(second);

        off_t whole = file_bytes(path);

        assert_true(whole < last_page_end(env));
        if (pages_check(path, &f) != ERR_OK)
            fail_msg("row %zu: %s", i, f.what);
        mdb_env_close(env);
        /* Without ever more of it: once a page is missed, it stays missed. */
        bool missed = false;
        for (off_t bytes = whole; bytes >= 2 * PAGE_BYTES; bytes -= PAGE_BYTES) {
            assert_int_equal(truncate(path, bytes), 0);
            if (missed)
                assert_int_equal(pages_check(path, &f), ERR_CORRUPT);
            missed = pages_check(path, &f) == ERR_CORRUPT;
        }
        assert_true(missed);
        place_remove(p);
        place_make(p);
        free(path);
        path = data_path(p);
    }
    free(path);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, place_teardown)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        T(whoever_opens_a_store_without_its_end_is_told),
        T(what_is_no_store_any_more_is_not_begun_anew),
        T(a_first_start_that_left_an_empty_file_is_made_good),
        T(files_that_are_no_stores_are_refused),
        T(a_file_may_be_short_by_pages_that_were_never_used),
    };

    crypto_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
