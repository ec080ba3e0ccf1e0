/*
 * Opening and closing: the directory, the lock of each role, the schema, the tables and the keys.
 * Nothing here reads or writes a row of the domain.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "deskbell/log.h"
#include "rows/projector.h"

#define MAP_BYTES ((size_t)16 << 30) /* address space only: the file grows as needed */
#define FREE_MIN_BYTES (64u << 20)
#define BALLAST_BYTES (16u << 20)
#define READERS_MAX 256

static const char *const table_names[TABLE_COUNT] = {
    [TABLE_META] = "meta",
    [TABLE_JOURNAL] = "journal",
    [TABLE_BODY] = "body",
    [TABLE_IMAGE] = "image",
    [TABLE_CONV] = "conv",
    [TABLE_LIST] = "list",
    [TABLE_NUMBER] = "number",
    [TABLE_SETTING] = "setting",
    [TABLE_REPEAT] = "repeat",
    [TABLE_REPEAT_TIME] = "repeat_time",
    [TABLE_OUTBOX] = "outbox",
    [TABLE_CONV_MAIL] = "conv_mail",
    [TABLE_MAIL_REQUEST] = "mail_request",
    [TABLE_MAIL_STATE] = "mail_state",
    [TABLE_MAIL_FROZEN] = "mail_frozen",
    [TABLE_MAIL_DUE] = "mail_due",
    [TABLE_MAIL_HELD] = "mail_held",
    [TABLE_MAIL_GROUP] = "mail_group",
    [TABLE_MAIL_LOG] = "mail_log",
    [TABLE_MAIL_META] = "mail_meta",
    [TABLE_BAD] = "bad",
    [TABLE_ADDR] = "addr",
    [TABLE_MAIL_BY] = "mail_by",
    [TABLE_MAIL_RELAY] = "mail_relay",
    [TABLE_IMAGE_WAS] = "image_was",
    [TABLE_MILESTONE] = "milestone",
    [TABLE_LIST_ALL] = "list_all",
    [TABLE_DRAFT] = "draft",
    [TABLE_TAGGED] = "tagged",
    [TABLE_TAG_COUNT] = "tag_count",
};

const char *table_name(enum table table)
{
    return table_names[table];
}

/* the lock of a role */

/* Kept open for the life of the process: the system lets go of it however that ends. */
static err_t role_lock(struct store *st, struct fault *f)
{
    const char *what = st->role == STORE_GATEWAY ? "gateway" : "dispatcher";
    struct buf path = {0};
    char pid[16] = "";
    err_t err = ERR_OK;

    buf_addf(&path, "%s/%s.lock", st->dir, what);
    st->lock_fd = open(path.p, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (st->lock_fd < 0) {
        err = fault_set(f, store_err(errno), "state_dir", "%s cannot be opened: %s", path.p,
                        strerror(errno));
    } else if (flock(st->lock_fd, LOCK_EX | LOCK_NB) != 0) {
        ssize_t n = read(st->lock_fd, pid, sizeof(pid) - 1);

        pid[n > 0 ? n : 0] = '\0';
        pid[strcspn(pid, "\n")] = '\0';
        err = fault_set(f, ERR_EXISTS, "store", "a %s with process id %s is using these files",
                        what, pid[0] != '\0' ? pid : "unknown");
    } else {
        int n = snprintf(pid, sizeof(pid), "%d\n", (int)getpid());

        if (ftruncate(st->lock_fd, 0) != 0 || pwrite(st->lock_fd, pid, (size_t)n, 0) != n)
            err = fault_set(f, store_err(errno), "store", "%s.lock cannot be written", what);
    }
    buf_fini(&path);
    return err;
}

/* tables and schema */

/*
 * Tables that came after the first version: a gateway makes those that are missing, and their
 * projector fills them; nobody else looks into them before.  The schema's number goes with them.
 */
static const struct {
    enum table table;
    const struct projector *filler; /* NULL: it begins empty */
} tables_later[] = {
    {TABLE_ADDR, &project_addr},
    {TABLE_IMAGE_WAS, NULL},
    {TABLE_MILESTONE, &project_milestone},
    {TABLE_LIST_ALL, &project_list_all},
    {TABLE_DRAFT, NULL},
    {TABLE_TAG_COUNT, NULL}, /* filled with the next one */
    {TABLE_TAGGED, &project_tagged},
};

bool table_is_missing(const struct store *st, enum table table)
{
    return (st->missing & UINT64_C(1) << table) != 0;
}

static bool table_is_later(int table)
{
    for (size_t i = 0; i < COUNT_OF(tables_later); i++)
        if ((int)tables_later[i].table == table)
            return true;
    return false;
}

static int tables_open(struct store *st, MDB_txn *txn, unsigned flags)
{
    for (int i = 0; i < TABLE_COUNT; i++) {
        int rc = mdb_dbi_open(txn, table_names[i], flags, &st->dbis[i]);

        if (rc == MDB_NOTFOUND && table_is_later(i))
            st->missing |= UINT64_C(1) << i;
        else if (rc != 0)
            return rc;
    }
    return 0;
}

/* The table is open when the transaction is committed, and project_finish() fills it. */
static void table_make(struct txn *tx, enum table table, const struct projector *filler)
{
    int rc = mdb_dbi_open(tx->mdb, table_names[table], MDB_CREATE, &tx->st->dbis[table]);

    if (rc != 0) {
        tx->rc = rc;
        txn_fail(tx, store_err(rc));
    } else if (filler != NULL) {
        project_reset(tx, filler);
    }
}

/*
 * To schema 4: the lists get those of boxes, and counts of boxes are not in the images yet, so the
 * next start counts them by the whole journal.
 */
static void boxes_make(struct txn *tx)
{
    struct key checkpoint = key_word("checkpoint");

    txn_del(tx, TABLE_META, &checkpoint);
    project_reset(tx, &project_list);
    if (!table_is_missing(tx->st, TABLE_LIST_ALL))
        project_reset(tx, &project_list_all);
}

static err_t tables_make(struct store *st, struct fault *f)
{
    MDB_txn *txn = NULL;
    int rc = mdb_txn_begin(st->env, NULL, 0, &txn);
    struct txn tx = {.st = st, .mdb = txn, .err = store_err(rc), .rc = rc};

    struct key schema = key_word("schema");

    if (st->older)
        boxes_make(&tx);
    for (size_t i = 0; i < COUNT_OF(tables_later) && tx.err == ERR_OK; i++)
        if (table_is_missing(st, tables_later[i].table))
            table_make(&tx, tables_later[i].table, tables_later[i].filler);
    txn_put_u64(&tx, TABLE_META, &schema, STORE_SCHEMA);
    if (tx.err != ERR_OK) {
        rc = tx.rc;
        mdb_txn_abort(txn);
    } else {
        rc = mdb_txn_commit(txn);
    }
    if (rc != 0)
        return fault_set(f, store_err(rc), "store", "its newer tables cannot be made: %s",
                         mdb_strerror(rc));
    for (int i = 0; i < TABLE_COUNT; i++)
        if (table_is_missing(st, (enum table)i))
            log_info("store.table-made", "table=%s", table_names[i]);
    st->missing = 0;
    st->older = false;
    return ERR_OK;
}

/* MDB_NOTFOUND: there is no schema, so no store yet. */
static int schema_read(struct store *st, MDB_txn *txn, uint64_t *schema)
{
    int rc = mdb_dbi_open(txn, table_names[TABLE_META], 0, &st->dbis[TABLE_META]);
    struct txn tx = {.st = st, .mdb = txn};
    struct key key = key_word("schema");

    if (rc != 0)
        return rc;

    err_t err = txn_get_u64(&tx, TABLE_META, &key, schema);

    if (err == ERR_OK)
        return 0;
    return err == ERR_NOTFOUND ? MDB_NOTFOUND : MDB_CORRUPTED;
}

static err_t schema_check(struct store *st, struct fault *f)
{
    uint64_t schema = 0;
    MDB_txn *txn;
    int rc = mdb_txn_begin(st->env, NULL, MDB_RDONLY, &txn);

    if (rc != 0)
        return fault_set(f, store_err(rc), "store", "%s", mdb_strerror(rc));
    rc = schema_read(st, txn, &schema);
    if (rc == 0 && schema <= STORE_SCHEMA && schema > 0)
        rc = tables_open(st, txn, 0);
    /* A handle opened in a read transaction stays only if that is committed. */
    if (rc == 0)
        rc = mdb_txn_commit(txn);
    else
        mdb_txn_abort(txn);
    if (rc == MDB_NOTFOUND)
        return fault_set(f, ERR_NOTFOUND, "store", "there is no store in this directory yet");
    if (rc != 0)
        return fault_set(f, store_err(rc), "store", "%s", mdb_strerror(rc));
    if (schema > STORE_SCHEMA)
        return fault_set(f, ERR_VERSION, "store",
                         "these files have schema %llu, this program knows up to %d",
                         (unsigned long long)schema, STORE_SCHEMA);
    if (schema == 0)
        return fault_set(f, ERR_CORRUPT, "store", "its schema number is not right");
    st->older = schema < STORE_SCHEMA;
    return ERR_OK;
}

/* the first start */

err_t seal_pair_make(const char *dir, uint8_t public_key[KEY_BYTES])
{
    uint8_t secret_key[KEY_BYTES];
    char *path = path_join(dir, DISPATCHER_PUBLIC_FILE);
    bool made = file_read(path, public_key, KEY_BYTES) == ERR_OK;

    free(path);
    if (made)
        return ERR_OK;
    path = path_join(dir, DISPATCHER_KEY_FILE);

    seal_keypair(public_key, secret_key);

    err_t err = file_write(path, secret_key, sizeof(secret_key));

    explicit_bzero(secret_key, sizeof(secret_key));
    free(path);
    return err != ERR_OK ? err : dir_sync(dir);
}

static err_t store_create(struct store *st, struct fault *f)
{
    uint8_t public_key[KEY_BYTES];
    struct key schema = key_word("schema"), seal = key_word("seal");
    MDB_txn *txn = NULL;
    err_t err = seal_pair_make(st->dir, public_key);

    if (err != ERR_OK)
        return fault_set(f, err, "store", "%s cannot be written", DISPATCHER_KEY_FILE);

    int rc = mdb_txn_begin(st->env, NULL, 0, &txn);

    if (rc == 0)
        rc = tables_open(st, txn, MDB_CREATE);

    struct txn tx = {.st = st, .mdb = txn, .err = store_err(rc), .rc = rc};

    txn_put_u64(&tx, TABLE_META, &schema, STORE_SCHEMA);
    txn_put(&tx, TABLE_META, &seal, (struct span){(const char *)public_key, sizeof(public_key)});
    if (tx.err != ERR_OK) {
        rc = tx.rc;
        mdb_txn_abort(txn);
    } else {
        rc = mdb_txn_commit(txn);
    }
    if (rc != 0)
        return fault_set(f, store_err(rc), "store", "the tables cannot be made: %s",
                         mdb_strerror(rc));

    char *path = path_join(st->dir, DISPATCHER_PUBLIC_FILE);

    unlink(path); /* it is in the store now */
    free(path);
    return ERR_OK;
}

static err_t keys_load(struct store *st, struct fault *f)
{
    struct key seal = key_word("seal");
    struct span payload;
    struct txn tx;
    err_t err = txn_begin_read(&tx, st);

    if (err != ERR_OK)
        return fault_set(f, err, "store", "it cannot be read");
    err = txn_get(&tx, TABLE_META, &seal, &payload);
    if (err == ERR_OK && payload.len != KEY_BYTES)
        err = ERR_CORRUPT;
    if (err == ERR_OK)
        memcpy(st->seal_key, payload.p, KEY_BYTES);
    txn_end_read(&tx);
    if (err != ERR_OK)
        return fault_set(f, err == ERR_NOTFOUND ? ERR_CORRUPT : err, "store",
                         "the dispatcher's public key is not right");
    if (st->role != STORE_GATEWAY)
        return ERR_OK;

    char *path = path_join(st->dir, GATEWAY_KEY_FILE);

    err = key_file_load(path, st->secret, KEY_BYTES);
    free(path);
    return err == ERR_OK ? err : fault_set(f, err, "store", "%s is not right", GATEWAY_KEY_FILE);
}

/* open and close */

/*
 * A process that died between a commit's last write and saying so leaves the commit unseen while
 * anybody else has the store open: readers find the state before it, until whoever locks next as a
 * writer is told that the lock's owner has died.  So lock once before anything is read.
 */
static int lock_heal(MDB_env *env)
{
    MDB_txn *txn;
    int rc = mdb_txn_begin(env, NULL, 0, &txn);

    if (rc == 0)
        mdb_txn_abort(txn);
    return rc;
}

static err_t env_open(struct store *st, size_t map_bytes, struct fault *f)
{
    /* Readers come from several threads of a pool: a slot belongs to a transaction, not a thread.
     */
    unsigned flags = MDB_NOTLS | (st->role == STORE_READER ? MDB_RDONLY : 0);
    int rc = mdb_env_create(&st->env);

    ensure(rc == 0);
    mdb_env_set_maxdbs(st->env, TABLE_COUNT);
    mdb_env_set_maxreaders(st->env, READERS_MAX);
    if ((rc = mdb_env_set_mapsize(st->env, map_bytes != 0 ? map_bytes : MAP_BYTES)) == 0)
        rc = mdb_env_open(st->env, st->dir, flags, 0600);
    if (rc == 0 && st->role != STORE_READER && (rc = lock_heal(st->env)) == MDB_MAP_RESIZED)
        rc = mdb_env_set_mapsize(st->env, 0); /* larger by now; the lock was had all the same */
    if (rc != 0)
        return fault_set(f, store_err(rc), "store", "the environment cannot be opened: %s",
                         mdb_strerror(rc));

    int dead = 0;

    if (st->role != STORE_READER && mdb_reader_check(st->env, &dead) == 0 && dead > 0)
        log_info("store.dead-readers", "cleared=%d", dead);
    return ERR_OK;
}

/* With all that lead to it: at a first start there may be nothing yet. */
static err_t dir_make(const char *dir, struct fault *f)
{
    char *path = xstrdup(dir);
    bool made = true;

    for (char *at = strchr(path + 1, '/'); at != NULL; at = strchr(at + 1, '/')) {
        *at = '\0';
        made = mkdir(path, 0700) == 0 || errno == EEXIST || errno == EROFS || errno == EACCES;
        *at = '/';
        if (!made)
            break;
    }
    made = made && (mkdir(dir, 0700) == 0 || errno == EEXIST);
    free(path);
    if (made)
        return ERR_OK;
    return fault_set(f, store_err(errno), "store", "the directory %s cannot be made: %s", dir,
                     strerror(errno));
}

/*
 * Before it is mapped.  The gateway's key is made last: with it there has been a store, and an
 * empty file is what is left of one.
 */
static err_t data_check(const struct store *st, struct fault *f)
{
    char *data = path_join(st->dir, "data.mdb"), *key = path_join(st->dir, GATEWAY_KEY_FILE);
    struct fault inner = {0};
    struct stat sb;
    bool there = stat(data, &sb) == 0, begun = access(key, F_OK) == 0;
    err_t err = ERR_OK;

    if (!there || (sb.st_size == 0 && !begun)) {
        if (st->role != STORE_GATEWAY)
            err = fault_set(f, ERR_NOTFOUND, "store", "there is no store in this directory yet");
    } else if ((err = pages_check(data, &inner)) == ERR_CORRUPT) {
        fault_set(f, err, "store",
                  "%s; move %s away and restore a backup: deskbelld --restore DIRECTORY",
                  inner.what, st->dir);
    } else if (err != ERR_OK && f != NULL) {
        *f = inner;
    }
    free(data);
    free(key);
    return err;
}

static err_t store_open_in(struct store *st, const struct store_options *opt, struct fault *f)
{
    err_t err;

    if (st->role == STORE_GATEWAY && (err = dir_make(st->dir, f)) != ERR_OK)
        return err;
    if ((err = data_check(st, f)) != ERR_OK)
        return err;
    if (st->role != STORE_READER && (err = role_lock(st, f)) != ERR_OK)
        return err;
    if ((err = env_open(st, opt->map_bytes, f)) != ERR_OK)
        return err;
    err = schema_check(st, f);
    if (err == ERR_NOTFOUND && st->role == STORE_GATEWAY)
        err = store_create(st, f);
    if (err == ERR_OK && (st->missing != 0 || st->older) && st->role == STORE_GATEWAY)
        err = tables_make(st, f);
    if (err == ERR_OK && st->role == STORE_GATEWAY && (err = project_finish(st)) != ERR_OK)
        return fault_set(f, err, "store", "its indexes cannot be made");
    return err != ERR_OK ? err : keys_load(st, f);
}

err_t store_open(const struct store_options *opt, struct store **out, struct fault *f)
{
    struct store *st = xcalloc(1, sizeof(*st));
    pthread_rwlockattr_t attr;

    st->dir = xstrdup(opt->dir);
    st->role = opt->role;
    st->on_lock = opt->on_lock;
    st->lock_fd = -1;
    st->free_min_bytes = opt->free_min_bytes != 0 ? opt->free_min_bytes : FREE_MIN_BYTES;
    st->ballast_bytes = opt->ballast_bytes != 0 ? opt->ballast_bytes : BALLAST_BYTES;
    pthread_rwlockattr_init(&attr);
    pthread_rwlockattr_setkind_np(&attr, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    pthread_rwlock_init(&st->map_lock, &attr);
    pthread_rwlockattr_destroy(&attr);
    pthread_mutex_init(&st->bad_lock, NULL);

    err_t err = store_open_in(st, opt, f);

    if (err != ERR_OK) {
        store_close(st);
        return err;
    }
    *out = st;
    return ERR_OK;
}

void store_close(struct store *st)
{
    if (st == NULL)
        return;
    if (st->env != NULL)
        mdb_env_close(st->env);
    if (st->lock_fd >= 0)
        close(st->lock_fd);
    pthread_rwlock_destroy(&st->map_lock);
    pthread_mutex_destroy(&st->bad_lock);
    explicit_bzero(st->secret, sizeof(st->secret));
    free(st->dir);
    free(st);
}

void store_secret(const struct store *st, uint8_t key[KEY_BYTES])
{
    ensure(st->role == STORE_GATEWAY);
    memcpy(key, st->secret, KEY_BYTES);
}

void store_seal_key(const struct store *st, uint8_t public_key[KEY_BYTES])
{
    memcpy(public_key, st->seal_key, KEY_BYTES);
}

err_t store_unseal_key(const struct store *st, uint8_t secret_key[KEY_BYTES])
{
    char *path = path_join(st->dir, DISPATCHER_KEY_FILE);
    struct stat sb;
    err_t err = ERR_OK;

    if (stat(path, &sb) != 0)
        err = store_err(errno);
    else if ((sb.st_mode & 077) != 0)
        err = ERR_DENIED;
    if (err == ERR_OK)
        err = file_read(path, secret_key, KEY_BYTES);
    free(path);
    return err;
}
