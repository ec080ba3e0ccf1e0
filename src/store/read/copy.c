/*
 * A copy of the environment as it was at one moment, row by row and so without what was deleted.
 * The lock of the map is held for a step only: whoever waits to let the map grow waits for one step
 * and not for the copy, and nobody waits behind it.
 *
 * LMDB wants no transaction when the map moves, for what that points to in it.  Between steps
 * nothing here does: what lives on is the reader's place in the lock file, which keeps the pages of
 * its moment from being used again.
 */
#include <stdlib.h>

#include "read/copy.h"

#define STEP_BYTES (256u << 10)  /* while the lock is held */
#define COMMIT_BYTES (32u << 20) /* of the copy, which is synced once at its end */

static err_t copy_open(struct copy *cp, const char *to_dir)
{
    MDB_envinfo info;
    int rc = mdb_env_info(cp->tx.st->env, &info);

    if (rc == 0)
        rc = mdb_env_create(&cp->env);
    if (rc == 0)
        rc = mdb_env_set_maxdbs(cp->env, TABLE_COUNT);
    if (rc == 0)
        rc = mdb_env_set_mapsize(cp->env, 2 * info.me_mapsize);
    if (rc == 0) /* nobody else has it, and a crash leaves nothing that is used */
        rc = mdb_env_open(cp->env, to_dir, MDB_NOSYNC | MDB_NOLOCK, 0600);
    cp->rc = rc;
    return store_err(rc);
}

err_t copy_begin(struct copy *cp, struct store *st, const char *to_dir)
{
    err_t err;

    *cp = (struct copy){.table = 0};
    if ((err = txn_begin_read(&cp->tx, st)) != ERR_OK)
        return err;
    err = copy_open(cp, to_dir);
    pthread_rwlock_unlock(&st->map_lock);
    if (err != ERR_OK) {
        int rc = cp->rc;

        copy_end(cp);
        cp->rc = rc;
    }
    return err;
}

/* Rows of the table from behind the last that was copied.  MDB_NOTFOUND: that is all of it. */
static int rows_copy(struct copy *cp, MDB_cursor *from, MDB_cursor *to)
{
    size_t bytes = 0;
    MDB_val k = {cp->last_len, cp->last}, v;
    int rc = mdb_cursor_get(from, &k, &v, cp->last_len > 0 ? MDB_SET : MDB_FIRST);

    if (rc == 0 && cp->last_len > 0)
        rc = mdb_cursor_get(from, &k, &v, MDB_NEXT);
    while (rc == 0 && bytes < STEP_BYTES) {
        if ((rc = mdb_cursor_put(to, &k, &v, MDB_APPEND)) != 0)
            return rc == MDB_NOTFOUND ? MDB_CORRUPTED : rc;
        ensure(k.mv_size <= sizeof(cp->last));
        memcpy(cp->last, k.mv_data, k.mv_size);
        cp->last_len = k.mv_size;
        bytes += k.mv_size + v.mv_size;
        rc = mdb_cursor_get(from, &k, &v, MDB_NEXT);
    }
    cp->bytes += bytes;
    return rc;
}

/* With the lock held. */
static int step_locked(struct copy *cp)
{
    const char *name = table_name((enum table)cp->table);
    MDB_cursor *from = NULL, *to = NULL;
    MDB_dbi dbi;
    int rc = 0;

    if (cp->to == NULL)
        rc = mdb_txn_begin(cp->env, NULL, 0, &cp->to);
    if (rc == 0)
        rc = mdb_dbi_open(cp->to, name, MDB_CREATE, &dbi);
    if (rc == 0)
        rc = mdb_cursor_open(cp->to, dbi, &to);
    if (rc == 0)
        rc = mdb_cursor_open(cp->tx.mdb, cp->tx.st->dbis[cp->table], &from);
    if (rc == MDB_NOTFOUND)
        rc = MDB_CORRUPTED;
    if (rc == 0)
        rc = rows_copy(cp, from, to);
    if (from != NULL)
        mdb_cursor_close(from);
    if (to != NULL)
        mdb_cursor_close(to);
    return rc;
}

static int copy_commit(struct copy *cp)
{
    int rc = mdb_txn_commit(cp->to);

    cp->to = NULL;
    cp->bytes = 0;
    return rc;
}

err_t copy_step(struct copy *cp, bool *more)
{
    struct store *st = cp->tx.st;
    int rc;

    while (cp->table < TABLE_COUNT && table_is_missing(st, (enum table)cp->table))
        cp->table++;
    if (cp->table < TABLE_COUNT) {
        pthread_rwlock_rdlock(&st->map_lock);
        rc = step_locked(cp);
        pthread_rwlock_unlock(&st->map_lock);
        if (rc == MDB_NOTFOUND) {
            rc = 0;
            cp->table++;
            cp->last_len = 0;
        }
        if (rc == 0 && cp->bytes >= COMMIT_BYTES)
            rc = copy_commit(cp);
        *more = true;
    } else {
        rc = cp->to != NULL ? copy_commit(cp) : 0;
        if (rc == 0)
            rc = mdb_env_sync(cp->env, 1);
        *more = false;
    }
    cp->rc = rc;
    return store_err(rc);
}

void copy_end(struct copy *cp)
{
    if (cp->to != NULL)
        mdb_txn_abort(cp->to);
    if (cp->env != NULL)
        mdb_env_close(cp->env);
    if (cp->tx.mdb != NULL) {
        pthread_rwlock_rdlock(&cp->tx.st->map_lock);
        txn_end_read(&cp->tx);
    }
    *cp = (struct copy){.table = 0};
}
