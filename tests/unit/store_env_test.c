/*
 * Opening a store: the first time, again, by two at once, from another version; its keys, and what
 * it does when the disk fills.
 */
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "store_help.h"
#include "store_int.h"

static int setup(void **state)
{
    struct place *p = xcalloc(1, sizeof(*p));

    place_make(p);
    *state = p;
    return 0;
}

static err_t open_as(struct place *p, enum store_role role, struct fault *f)
{
    struct store_options opt = place_options(p, role);

    *f = (struct fault){0};
    return store_open(&opt, &p->st, f);
}

static bool file_is_there(const struct place *p, const char *name, mode_t *mode, off_t *size)
{
    char *path = path_join(p->store, name);
    struct stat sb;
    bool there = stat(path, &sb) == 0;

    free(path);
    if (there && mode != NULL)
        *mode = sb.st_mode & 0777;
    if (there && size != NULL)
        *size = sb.st_size;
    return there;
}

static void the_first_gateway_makes_the_store_for_itself_alone(void **state)
{
    struct place *p = *state;
    mode_t mode;

    place_open(p);
    assert_true(file_is_there(p, ".", &mode, NULL));
    assert_int_equal(mode, 0700);
    assert_true(file_is_there(p, "data.mdb", &mode, NULL));
    assert_int_equal(mode, 0600);
    assert_true(file_is_there(p, GATEWAY_KEY_FILE, &mode, NULL));
    assert_int_equal(mode, 0600);
    assert_true(file_is_there(p, DISPATCHER_KEY_FILE, &mode, NULL));
    assert_int_equal(mode, 0600);
}

static void directories_that_lead_to_the_store_are_made(void **state)
{
    struct place *p = *state;
    struct fault f = {0};
    char deep[128], file[128];
    struct store_options opt = {.dir = deep, .role = STORE_GATEWAY};

    snprintf(deep, sizeof(deep), "%s/a/b/store", p->dir);
    assert_int_equal(store_open(&opt, &p->st, &f), ERR_OK);
    place_close(p);
    snprintf(file, sizeof(file), "%s/a/b/store/data.mdb/below-a-file", p->dir);
    opt.dir = file;
    assert_int_not_equal(store_open(&opt, &p->st, &f), ERR_OK);
    assert_non_null(strstr(f.what, "below-a-file"));
}

static void keys_stay_the_same(void **state)
{
    struct place *p = *state;
    uint8_t secret[2][KEY_BYTES], seal_keys[2][KEY_BYTES];

    for (int i = 0; i < 2; i++) {
        place_open(p);
        store_secret(p->st, secret[i]);
        store_seal_key(p->st, seal_keys[i]);
        place_close(p);
    }
    assert_memory_equal(secret[0], secret[1], KEY_BYTES);
    assert_memory_equal(seal_keys[0], seal_keys[1], KEY_BYTES);
}

static void what_the_gateway_seals_the_dispatcher_opens(void **state)
{
    struct place *p = *state;
    uint8_t public_key[KEY_BYTES], secret_key[KEY_BYTES];
    struct buf sealed = {0}, opened = {0};
    struct fault f;

    place_open(p);
    store_seal_key(p->st, public_key);
    seal(&sealed, SPAN_LIT("a relay's password"), public_key);
    place_close(p);
    assert_int_equal(open_as(p, STORE_DISPATCHER, &f), ERR_OK);
    store_seal_key(p->st, public_key);
    assert_int_equal(store_unseal_key(p->st, secret_key), ERR_OK);
    assert_int_equal(seal_open(&opened, buf_span(&sealed), public_key, secret_key), ERR_OK);
    assert_true(span_is(buf_span(&opened), "a relay's password"));
    buf_fini(&sealed);
    buf_fini(&opened);
}

static void a_key_that_others_may_read_is_refused(void **state)
{
    struct place *p = *state;
    uint8_t key[KEY_BYTES];
    struct fault f;
    char *path = path_join(p->store, DISPATCHER_KEY_FILE);

    place_open(p);
    chmod(path, 0644);
    assert_int_equal(store_unseal_key(p->st, key), ERR_DENIED);
    chmod(path, 0600);
    assert_int_equal(truncate(path, 5), 0);
    assert_int_equal(store_unseal_key(p->st, key), ERR_CORRUPT);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(store_unseal_key(p->st, key), ERR_NOTFOUND);
    free(path);
    place_close(p);
    path = path_join(p->store, GATEWAY_KEY_FILE);
    chmod(path, 0644);
    assert_int_equal(open_as(p, STORE_GATEWAY, &f), ERR_DENIED);
    assert_non_null(strstr(f.what, GATEWAY_KEY_FILE));
    free(path);
}

static void nobody_but_the_gateway_makes_a_store(void **state)
{
    struct place *p = *state;
    struct fault f;

    assert_int_equal(open_as(p, STORE_DISPATCHER, &f), ERR_NOTFOUND);
    assert_int_equal(open_as(p, STORE_READER, &f), ERR_NOTFOUND);
    assert_false(file_is_there(p, ".", NULL, NULL));
}

static void a_start_that_was_cut_short_is_made_good(void **state)
{
    struct place *p = *state;
    uint8_t key[KEY_BYTES];
    MDB_env *env;
    struct fault f;

    /* The environment is there and has no tables yet. */
    assert_int_equal(mkdir(p->store, 0700), 0);
    assert_int_equal(mdb_env_create(&env), 0);
    assert_int_equal(mdb_env_open(env, p->store, 0, 0600), 0);
    mdb_env_close(env);
    assert_int_equal(open_as(p, STORE_DISPATCHER, &f), ERR_NOTFOUND);
    place_open(p);
    assert_int_equal(store_unseal_key(p->st, key), ERR_OK);
}

static void a_second_of_each_kind_is_refused_with_the_firsts_process_id(void **state)
{
    static const char *const parts[] = {"hold-gateway", "hold-dispatcher"};
    static const enum store_role roles[] = {STORE_GATEWAY, STORE_DISPATCHER};
    struct place *p = *state;
    char line[32], pid[16];
    struct fault f;

    place_open(p);
    place_close(p);
    for (size_t i = 0; i < 2; i++) {
        struct part part = part_start(parts[i], p->store);

        assert_true(part_line(&part, line, sizeof(line)));
        assert_string_equal(line, "open");
        assert_int_equal(open_as(p, roles[i], &f), ERR_EXISTS);
        snprintf(pid, sizeof(pid), "%d ", (int)part.pid);
        assert_non_null(strstr(f.what, pid));
        assert_int_equal(open_as(p, STORE_READER, &f), ERR_OK);
        place_close(p);
        part_kill(&part);
        assert_int_equal(open_as(p, roles[i], &f), ERR_OK);
        place_close(p);
    }
}

static void schema_put(struct txn *tx, void *arg)
{
    struct key key = key_word("schema");
    const uint64_t *schema = arg;

    txn_put_u64(tx, TABLE_META, &key, *schema);
}

static void files_of_a_newer_version_are_left_alone(void **state)
{
    struct place *p = *state;
    uint64_t schema = 99;
    char own[32];
    struct fault f;

    snprintf(own, sizeof(own), "up to %d", STORE_SCHEMA);
    place_open(p);
    assert_int_equal(store_write(p->st, schema_put, &schema), ERR_OK);
    place_close(p);
    for (int role = STORE_GATEWAY; role <= STORE_READER; role++) {
        assert_int_equal(open_as(p, (enum store_role)role, &f), ERR_VERSION);
        assert_non_null(strstr(f.what, "99"));
        assert_non_null(strstr(f.what, own));
    }
}

static uint64_t schema_get(struct store *st)
{
    struct key key = key_word("schema");
    struct txn tx;
    uint64_t schema = 0;

    assert_int_equal(txn_begin_read(&tx, st), ERR_OK);
    assert_int_equal(txn_get_u64(&tx, TABLE_META, &key, &schema), ERR_OK);
    txn_end_read(&tx);
    return schema;
}

static void an_older_schema_takes_its_step_when_a_gateway_opens_it(void **state)
{
    struct place *p = *state;
    uint64_t schema = 1;
    struct fault f;

    place_open(p);
    assert_int_equal(schema_get(p->st), STORE_SCHEMA);
    assert_int_equal(store_write(p->st, schema_put, &schema), ERR_OK);
    place_close(p);
    assert_int_equal(open_as(p, STORE_READER, &f), ERR_OK);
    assert_int_equal(schema_get(p->st), 1);
    place_close(p);
    assert_int_equal(open_as(p, STORE_GATEWAY, &f), ERR_OK);
    assert_int_equal(schema_get(p->st), STORE_SCHEMA);
    place_close(p);
}

static void files_without_a_right_schema_are_refused(void **state)
{
    struct place *p = *state;
    uint64_t schema = 0;
    struct fault f;

    place_open(p);
    assert_int_equal(store_write(p->st, schema_put, &schema), ERR_OK);
    place_close(p);
    assert_int_equal(open_as(p, STORE_GATEWAY, &f), ERR_CORRUPT);
}

static void little_space_is_told_and_the_ballast_follows_it(void **state)
{
    struct place *p = *state;
    struct store_options opt = place_options(p, STORE_GATEWAY);
    off_t size = 0;

    opt.ballast_bytes = 8192;
    assert_int_equal(store_open(&opt, &p->st, NULL), ERR_OK);
    assert_int_equal(store_space(p->st), ERR_OK);
    assert_true(file_is_there(p, BALLAST_FILE, NULL, &size));
    assert_int_equal(size, 8192);
    place_close(p);

    opt.free_min_bytes = UINT64_MAX / 8; /* more than any disk has */
    assert_int_equal(store_open(&opt, &p->st, NULL), ERR_OK);
    assert_int_equal(store_space(p->st), ERR_FULL);
    assert_true(file_is_there(p, BALLAST_FILE, NULL, NULL));
    place_close(p);

    opt.ballast_bytes = UINT64_MAX / 8; /* so that less than the ballast is free */
    assert_int_equal(store_open(&opt, &p->st, NULL), ERR_OK);
    assert_int_equal(store_space(p->st), ERR_FULL);
    assert_false(file_is_there(p, BALLAST_FILE, NULL, NULL));
}

static void a_full_disk_loses_nothing(void **state)
{
    struct place *p = *state;
    struct part part = part_start("full-disk", p->dir);
    char line[128] = "";
    int status;

    part_line(&part, line, sizeof(line));
    status = part_wait(&part);
    if (strcmp(line, "skip") == 0)
        skip();
    assert_string_equal(line, "fine");
    assert_int_equal(status, 0);
}

/* parts: this program in another process */

static int say(const char *word, int status)
{
    printf("%s\n", word);
    fflush(stdout);
    return status;
}

static int part_hold(const char *dir, enum store_role role)
{
    struct store_options opt = {.dir = dir, .role = role};
    struct store *st;

    if (store_open(&opt, &st, NULL) != ERR_OK)
        return say("cannot open", 1);
    say("open", 0);
    for (;;)
        pause();
}

/* A small disk of our own, that nobody else sees. */
static bool small_disk(const char *dir)
{
    if (unshare(CLONE_NEWNS) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0)
        return false;
    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL);
    return mount("none", dir, "tmpfs", 0, "size=2m,mode=700") == 0;
}

#define FULL_TEXT_BYTES 3000

static uint64_t fill_up(struct store *st, uint64_t pos, err_t *err)
{
    for (;; pos++) {
        struct maker m = {{0}};

        maker_add_message(&m, pos, pos - 1, 7, FULL_TEXT_BYTES);
        if ((*err = maker_commit(&m, st, 1)) != ERR_OK)
            return pos - 1;
    }
}

static bool all_there(struct store *st, uint64_t last)
{
    struct buf mem = {0};
    struct rec rec;
    bool there = true;

    for (uint64_t pos = 1; pos <= last && there; pos++)
        there =
            store_read_rec(st, pos, &rec, &mem) == ERR_OK && message_is(&rec, pos, FULL_TEXT_BYTES);
    there = there && store_read_rec(st, last + 1, &rec, &mem) == ERR_NOTFOUND;
    buf_fini(&mem);
    return there;
}

static int part_full_disk(const char *dir)
{
    struct place p = {{0}};
    struct store_options opt = {
        .dir = p.store, .role = STORE_GATEWAY, .free_min_bytes = 4096, .ballast_bytes = 256 << 10};
    struct store *st;
    err_t err;

    if (!small_disk(dir))
        return say("skip", 0);
    snprintf(p.store, sizeof(p.store), "%s/store", dir);
    if (store_open(&opt, &st, NULL) != ERR_OK)
        return say("cannot open", 1);
    if (store_space(st) != ERR_OK || !file_is_there(&p, BALLAST_FILE, NULL, NULL))
        return say("no ballast", 1);

    uint64_t last = fill_up(st, 1, &err);

    if (err != ERR_FULL)
        return say(err_code(err), 1);
    if (file_is_there(&p, BALLAST_FILE, NULL, NULL))
        return say("the ballast was not given up", 1);
    if (last < 100 || !all_there(st, last))
        return say("something was lost", 1);
    if (store_space(st) != ERR_FULL)
        return say("space is not missed", 1);
    store_close(st);
    if (store_open(&opt, &st, NULL) != ERR_OK)
        return say("cannot open again", 1);
    if (!all_there(st, last))
        return say("something was lost at the restart", 1);
    if (mount("none", dir, "tmpfs", MS_REMOUNT, "size=4m") != 0)
        return say("cannot make room", 1);

    uint64_t more = fill_up(st, last + 1, &err);

    if (more < last + 100)
        return say("does not go on", 1);
    if (!all_there(st, more))
        return say("something was lost when going on", 1);
    store_close(st);
    return say("fine", 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, place_teardown)

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        T(the_first_gateway_makes_the_store_for_itself_alone),
        T(directories_that_lead_to_the_store_are_made),
        T(keys_stay_the_same),
        T(what_the_gateway_seals_the_dispatcher_opens),
        T(a_key_that_others_may_read_is_refused),
        T(nobody_but_the_gateway_makes_a_store),
        T(a_start_that_was_cut_short_is_made_good),
        T(a_second_of_each_kind_is_refused_with_the_firsts_process_id),
        T(files_of_a_newer_version_are_left_alone),
        T(an_older_schema_takes_its_step_when_a_gateway_opens_it),
        T(files_without_a_right_schema_are_refused),
        T(little_space_is_told_and_the_ballast_follows_it),
        T(a_full_disk_loses_nothing),
    };

    crypto_init();
    if (argc == 3 && strcmp(argv[1], "hold-gateway") == 0)
        return part_hold(argv[2], STORE_GATEWAY);
    if (argc == 3 && strcmp(argv[1], "hold-dispatcher") == 0)
        return part_hold(argv[2], STORE_DISPATCHER);
    if (argc == 3 && strcmp(argv[1], "full-disk") == 0)
        return part_full_disk(argv[2]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
