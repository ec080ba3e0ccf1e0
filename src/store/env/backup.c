/*
 * Backup while everything runs, check of a copy, and restore.  A backup is a directory with the
 * compacted environment and the key files.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "deskbell/fd.h"
#include "deskbell/log.h"
#include "env/staging.h"
#include "read/copy.h"

#define COPY_CHUNK_BYTES (256u << 10)

static err_t fault_file(struct fault *f, err_t err, const char *name, const char *what)
{
    return fault_set(f, err, "backup", "%s %s: %s", name, what, err_text(err));
}

/* copying files */

static err_t fd_copy(int from, int to)
{
    char *chunk = xmalloc(COPY_CHUNK_BYTES);
    err_t err = ERR_OK;
    ssize_t n = 0;

    while (err == ERR_OK && (n = read(from, chunk, COPY_CHUNK_BYTES)) > 0)
        if (!fd_write(to, (struct span){chunk, (size_t)n}))
            err = store_err(errno);
    if (err == ERR_OK && n < 0)
        err = store_err(errno);
    if (err == ERR_OK && fsync(to) != 0)
        err = store_err(errno);
    free(chunk);
    return err;
}

static err_t file_copy(const char *from_dir, const char *to_dir, const char *name)
{
    char *from_path = path_join(from_dir, name), *to_path = path_join(to_dir, name);
    int from = open(from_path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW), to = -1;
    err_t err = from >= 0 ? ERR_OK : store_err(errno);

    if (err == ERR_OK) {
        to = open(to_path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        err = to >= 0 ? fd_copy(from, to) : store_err(errno);
    }
    if (from >= 0)
        close(from);
    if (to >= 0)
        close(to);
    free(from_path);
    free(to_path);
    return err;
}

/* One that is not there, or that we may not read, is left out. */
static err_t key_copy(const char *from_dir, const char *to_dir, const char *name, bool *held,
                      struct fault *f)
{
    err_t err = file_copy(from_dir, to_dir, name);

    *held = err == ERR_OK;
    if (err == ERR_OK || err == ERR_NOTFOUND || err == ERR_DENIED)
        return ERR_OK;
    return fault_file(f, err, name, "cannot be copied");
}

static err_t keys_copy(const char *from_dir, const char *to_dir, struct backup_keys *held,
                       struct fault *f)
{
    err_t err = key_copy(from_dir, to_dir, GATEWAY_KEY_FILE, &held->gateway, f);

    if (err == ERR_OK)
        err = key_copy(from_dir, to_dir, DISPATCHER_KEY_FILE, &held->dispatcher, f);
    return err;
}

/* backup */

static err_t env_copy(struct store *st, const char *to_dir, struct fault *f)
{
    char *data = path_join(to_dir, "data.mdb");
    struct copy cp;
    bool more = true;
    err_t err = copy_begin(&cp, st, to_dir);

    while (err == ERR_OK && more)
        err = copy_step(&cp, &more);
    if (err != ERR_OK)
        fault_set(f, err, "backup", "copying failed: %s", mdb_strerror(cp.rc));
    copy_end(&cp);

    int fd = err == ERR_OK ? open(data, O_RDONLY | O_CLOEXEC) : -1;

    if (err == ERR_OK && (fd < 0 || fchmod(fd, 0600) != 0 || fsync(fd) != 0))
        err = fault_file(f, ERR_IO, "data.mdb", "cannot be synced");
    if (fd >= 0)
        close(fd);
    free(data);
    return err;
}

err_t store_backup(struct store *st, const char *to_dir, bool without_keys,
                   struct backup_keys *held, struct fault *f)
{
    struct staging s;
    err_t err = staging_open(&s, to_dir, "backup", f);

    *held = (struct backup_keys){false, false};
    if (err != ERR_OK)
        return err;
    if ((err = env_copy(st, s.path, f)) == ERR_OK && !without_keys)
        err = keys_copy(st->dir, s.path, held, f);
    return staging_end(&s, err, f);
}

/* check and restore */

/* Every row against its envelope, every record against its shape. */
static err_t table_check(struct txn *tx, enum table table, struct fault *f)
{
    struct cursor cur;
    struct rec rec;
    err_t err = cursor_open(&cur, tx, table);

    if (err != ERR_OK)
        return fault_set(f, err, "backup", "table %s cannot be read", table_name(table));

    struct key first = {.len = 1};

    for (err = cursor_seek(&cur, &first, false); err == ERR_OK; err = cursor_next(&cur)) {
        err = cur.err;
        if (err == ERR_OK && table == TABLE_JOURNAL)
            err = rec_decode(cursor_key_u64(&cur, 0), cur.payload, SPAN_NONE, &rec);
        if (err != ERR_OK)
            break;
    }
    cursor_close(&cur);
    if (err == ERR_NOTFOUND)
        return ERR_OK;
    return fault_set(f, err, "backup", "a row of table %s is not right", table_name(table));
}

static err_t copy_check(const char *dir, struct fault *f)
{
    static const char *const keys[] = {GATEWAY_KEY_FILE, DISPATCHER_KEY_FILE};
    struct store_options opt = {.dir = dir, .role = STORE_READER};
    uint8_t key[KEY_BYTES];
    struct store *st;
    struct txn tx;
    err_t err = store_open(&opt, &st, f);

    if (err != ERR_OK)
        return err;
    if ((err = txn_begin_read(&tx, st)) != ERR_OK) {
        store_close(st);
        return fault_set(f, err, "backup", "it cannot be read");
    }
    for (int i = 0; err == ERR_OK && i < TABLE_COUNT; i++)
        if (!table_is_missing(st, (enum table)i))
            err = table_check(&tx, (enum table)i, f);
    txn_end_read(&tx);
    store_close(st);
    for (size_t i = 0; err == ERR_OK && i < COUNT_OF(keys); i++) {
        char *path = path_join(dir, keys[i]);

        if ((err = file_read(path, key, sizeof(key))) == ERR_NOTFOUND)
            err = ERR_OK;
        else if (err != ERR_OK)
            fault_file(f, err, keys[i], "is not right");
        free(path);
    }
    explicit_bzero(key, sizeof(key));
    return err;
}

/* Before anything is copied: a backup that is not whole is its own trouble, and says so. */
static err_t backup_is_whole(const char *dir, struct fault *f)
{
    char *path = path_join(dir, "data.mdb");
    struct fault inner = {0};
    err_t err = pages_check(path, &inner);

    free(path);
    if (err == ERR_OK)
        return err;
    return fault_set(f, err, "backup", "%s%s", inner.what,
                     err == ERR_CORRUPT ? "; copy the backup again, or take another one" : "");
}

static void seal_put(struct txn *tx, void *arg)
{
    struct key seal = key_word("seal");

    txn_put(tx, TABLE_META, &seal, (struct span){arg, KEY_BYTES});
}

/* A gateway's opening makes its own key where there is none; the dispatcher's pair is made here. */
static err_t keys_make(const char *dir, const struct backup_keys *held, struct fault *f)
{
    struct store_options opt = {.dir = dir, .role = STORE_GATEWAY};
    uint8_t public_key[KEY_BYTES];
    struct store *st;
    err_t err;

    if (held->gateway && held->dispatcher)
        return ERR_OK;
    if ((err = store_open(&opt, &st, f)) != ERR_OK)
        return err;
    if (!held->dispatcher && ((err = seal_pair_make(dir, public_key)) != ERR_OK ||
                              (err = store_write(st, seal_put, public_key)) != ERR_OK))
        fault_file(f, err, DISPATCHER_KEY_FILE, "cannot be made");
    store_close(st);
    return err;
}

err_t store_restore(const char *from_dir, const char *dir, struct backup_keys *made,
                    struct fault *f)
{
    struct backup_keys held = {false, false};
    struct staging s;
    err_t err = backup_is_whole(from_dir, f);

    if (err != ERR_OK || (err = staging_open(&s, dir, "restore", f)) != ERR_OK)
        return err;
    if ((err = file_copy(from_dir, s.path, "data.mdb")) != ERR_OK)
        fault_file(f, err, "data.mdb", "cannot be copied");
    if (err == ERR_OK)
        err = keys_copy(from_dir, s.path, &held, f);
    if (err == ERR_OK)
        err = copy_check(s.path, f);
    if (err == ERR_OK)
        err = keys_make(s.path, &held, f);
    *made = (struct backup_keys){!held.gateway, !held.dispatcher};
    return staging_end(&s, err, f);
}
