/*
 * The file: an FTS5 table without texts, whose rows are conversations by their numbers, and the
 * place in the journal that it has come to, in one transaction.  SQLite is known here and in the
 * tokenizer only.
 *
 * A conversation grows: what comes later is put in under the same number once more, and the table
 * has the words of both, for without positions and sizes (detail=none, columnsize=0) a row is no
 * more than its number under each of its words, and the same number twice counts once.
 */
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unicode/uchar.h>
#include <unistd.h>

#include "deskbell/clock.h"
#include "deskbell/crash.h"
#include "search_int.h"

#define INDEX_VERSION 4
#define BUSY_MS 1000
#define CALLS_BETWEEN_LOOKS 1000 /* of SQLite's steps, between two looks at the clock */
#define TIDY_PAGES 200

struct index {
    sqlite3 *db;
    sqlite3_stmt *put, *forget, *at, *find, *tidy;
    int64_t until_ms; /* of the question under way */
};

static err_t err_of(sqlite3 *db, int rc)
{
    switch (rc & 0xff) {
    case SQLITE_OK:
    case SQLITE_DONE:
    case SQLITE_ROW:
        return ERR_OK;
    case SQLITE_FULL:
        return ERR_FULL;
    case SQLITE_IOERR:
        return db != NULL && sqlite3_system_errno(db) == ENOSPC ? ERR_FULL : ERR_IO;
    case SQLITE_INTERRUPT:
        return ERR_TIMEOUT;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return ERR_BUSY;
    case SQLITE_CANTOPEN:
        return ERR_NOTFOUND;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_ERROR: /* our own statements are right: what they speak of is not there */
    case SQLITE_FORMAT:
    case SQLITE_SCHEMA:
        return ERR_CORRUPT;
    default:
        return ERR_IO;
    }
}

static err_t run(struct index *ix, const char *sql)
{
    return err_of(ix->db, sqlite3_exec(ix->db, sql, NULL, NULL, NULL));
}

static err_t prepare(struct index *ix, const char *sql, sqlite3_stmt **stmt)
{
    return err_of(ix->db,
                  sqlite3_prepare_v3(ix->db, sql, -1, SQLITE_PREPARE_PERSISTENT, stmt, NULL));
}

/* One that gives no rows. */
static err_t step_over(struct index *ix, sqlite3_stmt *stmt)
{
    err_t err = err_of(ix->db, sqlite3_step(stmt));

    sqlite3_reset(stmt);
    return err;
}

/* opening */

/* Nobody but us reads what people said; SQLite gives its other files the same mode. */
static err_t file_make(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

    if (fd < 0)
        return errno == ENOSPC ? ERR_FULL : ERR_IO;
    close(fd);
    return ERR_OK;
}

static err_t db_open(const char *path, int flags, struct index **out)
{
    struct index *ix = xcalloc(1, sizeof(*ix));
    err_t err = err_of(NULL, sqlite3_open_v2(path, &ix->db, flags | SQLITE_OPEN_NOMUTEX, NULL));

    if (err == ERR_OK) {
        sqlite3_busy_timeout(ix->db, BUSY_MS);
        err = tokenizer_register(ix->db);
    }
    if (err != ERR_OK) {
        index_close(ix);
        return err;
    }
    *out = ix;
    return ERR_OK;
}

static void letters_version(char out[U_MAX_VERSION_STRING_LENGTH])
{
    UVersionInfo v;

    u_getUnicodeVersion(v);
    u_versionToString(v, out);
}

static err_t tables_make(struct index *ix, const uint8_t store[HASH_BYTES])
{
    char letters[U_MAX_VERSION_STRING_LENGTH], version[64];
    sqlite3_stmt *stmt = NULL;
    err_t err = run(ix, "BEGIN IMMEDIATE;"
                        "CREATE VIRTUAL TABLE words USING fts5(text, content='', columnsize=0,"
                        " detail=none, prefix='3 4 5', tokenize='deskbell');"
                        "INSERT INTO words(words, rank) VALUES('hashsize', 16777216);"
                        "CREATE TABLE place(store BLOB, letters TEXT, pos INTEGER, mark INTEGER);");

    if (err == ERR_OK)
        err = prepare(ix, "INSERT INTO place VALUES(?1, ?2, 0, 0)", &stmt);
    if (err == ERR_OK) {
        letters_version(letters);
        sqlite3_bind_blob(stmt, 1, store, HASH_BYTES, SQLITE_STATIC);
        sqlite3_bind_text(stmt, 2, letters, -1, SQLITE_STATIC);
        err = step_over(ix, stmt);
    }
    sqlite3_finalize(stmt);
    snprintf(version, sizeof(version), "PRAGMA user_version=%d; COMMIT;", INDEX_VERSION);
    return err == ERR_OK ? run(ix, version) : err;
}

static err_t version_read(struct index *ix, int *version)
{
    sqlite3_stmt *stmt = NULL;
    err_t err = prepare(ix, "PRAGMA user_version", &stmt);

    if (err == ERR_OK)
        err = err_of(ix->db, sqlite3_step(stmt));
    *version = err == ERR_OK ? sqlite3_column_int(stmt, 0) : 0;
    sqlite3_finalize(stmt);
    return err;
}

/* Of another store, or of letters that were folded otherwise: as good as another version. */
static err_t place_read(struct index *ix, const uint8_t store[HASH_BYTES], struct index_at *at)
{
    char letters[U_MAX_VERSION_STRING_LENGTH];
    sqlite3_stmt *stmt = NULL;
    err_t err = prepare(ix, "SELECT store, letters, pos, mark FROM place", &stmt);
    int rc = err == ERR_OK ? sqlite3_step(stmt) : SQLITE_ERROR;

    letters_version(letters);
    if (rc != SQLITE_ROW) {
        err = rc == SQLITE_DONE ? ERR_CORRUPT : err_of(ix->db, rc);
    } else if (sqlite3_column_bytes(stmt, 0) != HASH_BYTES ||
               memcmp(sqlite3_column_blob(stmt, 0), store, HASH_BYTES) != 0 ||
               !span_is(span_of((const char *)sqlite3_column_text(stmt, 1)), letters)) {
        err = ERR_VERSION;
    } else {
        at->pos = (uint64_t)sqlite3_column_int64(stmt, 2);
        at->mark = (uint64_t)sqlite3_column_int64(stmt, 3);
    }
    sqlite3_finalize(stmt);
    return err;
}

static err_t writer_prepare(struct index *ix)
{
    err_t err = prepare(ix, "INSERT INTO words(rowid, text) VALUES(?1, ?2)", &ix->put);

    if (err == ERR_OK)
        err = prepare(ix, "INSERT INTO words(words, rowid, text) VALUES('delete', ?1, ?2)",
                      &ix->forget);
    if (err == ERR_OK)
        err = prepare(ix, "UPDATE place SET pos=?1, mark=?2", &ix->at);
    if (err == ERR_OK)
        err = prepare(ix, "INSERT INTO words(words, rank) VALUES('merge', ?1)", &ix->tidy);
    return err;
}

/*
 * A power cut may lose the last transactions, which are made again, and spoils nothing: the file is
 * synced where the log of it is taken over.
 */
static const char settings[] = "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
                               "PRAGMA journal_size_limit=16777216; PRAGMA cache_size=-16384;"
                               "PRAGMA wal_autocheckpoint=2000;";

err_t index_open(const char *path, const uint8_t store[HASH_BYTES], struct index **out,
                 struct index_at *at)
{
    struct index *ix;
    int version = 0;
    err_t err = file_make(path);

    if (err != ERR_OK || (err = db_open(path, SQLITE_OPEN_READWRITE, &ix)) != ERR_OK)
        return err;
    if ((err = run(ix, settings)) == ERR_OK)
        err = version_read(ix, &version);
    if (err == ERR_OK && version == 0)
        err = tables_make(ix, store);
    else if (err == ERR_OK && version != INDEX_VERSION)
        err = ERR_VERSION;
    if (err == ERR_OK)
        err = place_read(ix, store, at);
    if (err == ERR_OK)
        err = writer_prepare(ix);
    if (err != ERR_OK) {
        index_close(ix);
        return err;
    }
    *out = ix;
    return ERR_OK;
}

static int on_progress(void *arg)
{
    const struct index *ix = arg;

    return clock_mono_ms() > ix->until_ms;
}

err_t index_open_read(const char *path, struct index **out)
{
    struct index *ix;
    err_t err = db_open(path, SQLITE_OPEN_READONLY, &ix);

    if (err != ERR_OK)
        return err;
    err = run(ix, "PRAGMA cache_size=-16384;");
    if (err == ERR_OK)
        err = prepare(ix,
                      "SELECT rowid FROM words WHERE words MATCH ?1 AND rowid < ?2 AND rowid >= ?3"
                      " ORDER BY rowid DESC LIMIT ?4",
                      &ix->find);
    if (err != ERR_OK) {
        index_close(ix);
        return err;
    }
    sqlite3_progress_handler(ix->db, CALLS_BETWEEN_LOOKS, on_progress, ix);
    *out = ix;
    return ERR_OK;
}

void index_close(struct index *ix)
{
    if (ix == NULL)
        return;
    sqlite3_finalize(ix->put);
    sqlite3_finalize(ix->forget);
    sqlite3_finalize(ix->at);
    sqlite3_finalize(ix->find);
    sqlite3_finalize(ix->tidy);
    sqlite3_close(ix->db);
    free(ix);
}

void index_remove(const char *path)
{
    static const char *const ends[] = {"", "-wal", "-shm", "-journal"};
    struct buf name = {0};

    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        buf_reset(&name);
        buf_addf(&name, "%s%s", path, ends[i]);
        (void)unlink(name.p);
    }
    buf_fini(&name);
}

/* writing */

err_t index_begin(struct index *ix)
{
    return run(ix, "BEGIN IMMEDIATE");
}

static err_t text_run(struct index *ix, sqlite3_stmt *stmt, uint64_t number, struct span text)
{
    err_t err;

    sqlite3_bind_int64(stmt, 1, (sqlite3_int64)number);
    sqlite3_bind_text64(stmt, 2, text.p, text.len, SQLITE_STATIC, SQLITE_UTF8);
    err = step_over(ix, stmt);
    sqlite3_clear_bindings(stmt);
    return err;
}

err_t index_put(struct index *ix, uint64_t number, struct span text)
{
    return text_run(ix, ix->put, number, text);
}

/*
 * FTS5 counts what is put in and what is taken out, and takes it for a broken file when there is
 * more of the latter.  The words may have come while there was no index yet: they are put in first.
 */
err_t index_forget(struct index *ix, uint64_t number, struct span text)
{
    err_t err = index_put(ix, number, text);

    return err == ERR_OK ? text_run(ix, ix->forget, number, text) : err;
}

err_t index_commit(struct index *ix, const struct index_at *at)
{
    err_t err;

    sqlite3_bind_int64(ix->at, 1, (sqlite3_int64)at->pos);
    sqlite3_bind_int64(ix->at, 2, (sqlite3_int64)at->mark);
    err = step_over(ix, ix->at);
    crash_point(CRASH_SEARCH_WRITE);
    if (err == ERR_OK)
        err = run(ix, "COMMIT");
    crash_point(CRASH_SEARCH_WRITTEN);
    if (err != ERR_OK)
        index_abort(ix);
    return err;
}

/* After some errors SQLite has done it itself. */
void index_abort(struct index *ix)
{
    if (sqlite3_get_autocommit(ix->db) == 0)
        (void)sqlite3_exec(ix->db, "ROLLBACK", NULL, NULL, NULL);
}

err_t index_tidy(struct index *ix, bool *more)
{
    int before = sqlite3_total_changes(ix->db);
    err_t err;

    sqlite3_bind_int(ix->tidy, 1, TIDY_PAGES);
    err = step_over(ix, ix->tidy);
    /* How FTS5 says that there was something to do. */
    *more = err == ERR_OK && sqlite3_total_changes(ix->db) - before >= 2;
    return err;
}

/* asking */

err_t index_find(struct index *ix, struct span expression, uint64_t below, uint64_t least,
                 int64_t until_ms, uint64_t *numbers, size_t max, size_t *n, bool *stopped)
{
    int rc;

    *n = 0;
    ix->until_ms = until_ms;
    sqlite3_bind_text64(ix->find, 1, expression.p, expression.len, SQLITE_STATIC, SQLITE_UTF8);
    sqlite3_bind_int64(ix->find, 2, (sqlite3_int64)below);
    sqlite3_bind_int64(ix->find, 3, (sqlite3_int64)least);
    sqlite3_bind_int64(ix->find, 4, (sqlite3_int64)max);
    while ((rc = sqlite3_step(ix->find)) == SQLITE_ROW && *n < max)
        numbers[(*n)++] = (uint64_t)sqlite3_column_int64(ix->find, 0);
    sqlite3_reset(ix->find);
    sqlite3_clear_bindings(ix->find);
    *stopped = (rc & 0xff) == SQLITE_INTERRUPT;
    if ((rc & 0xff) == SQLITE_ERROR) /* it is the question that is not right */
        return ERR_UNSUPPORTED;
    return *stopped ? ERR_OK : err_of(ix->db, rc);
}
