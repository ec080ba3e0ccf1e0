/*
 * Transactions, cursors and the envelope of rows.  It knows no meaning of any row.
 */
#include <errno.h>
#include <stdlib.h>

#include "deskbell/crash.h"
#include "deskbell/log.h"
#include "deskbell/tlv.h"
#include "store_int.h"

#define WRITE_TRIES_MAX                                                                            \
    12 /* each but the first after the map was doubled or readers were cleared */

err_t store_err(int rc)
{
    switch (rc) {
    case MDB_SUCCESS:
        return ERR_OK;
    case MDB_NOTFOUND:
        return ERR_NOTFOUND;
    case MDB_KEYEXIST:
    case EEXIST:
    case ENOTEMPTY:
        return ERR_EXISTS;
    case MDB_MAP_FULL:
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return ERR_FULL;
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_INVALID:
    case MDB_BAD_VALSIZE:
        return ERR_CORRUPT;
    case MDB_VERSION_MISMATCH:
        return ERR_VERSION;
    case MDB_READERS_FULL:
        return ERR_BUSY;
    case ENOENT:
        return ERR_NOTFOUND;
    case EACCES:
    case EPERM:
        return ERR_DENIED;
    default:
        return ERR_IO;
    }
}

/* keys */

struct key key_word(const char *word)
{
    struct key key = {.len = strlen(word)};

    ensure(key.len > 0 && key.len <= KEY_MAX_BYTES);
    memcpy(key.bytes, word, key.len);
    return key;
}

struct key key_u64(uint64_t a)
{
    struct key key = {.len = 8};

    be64_put(key.bytes, a);
    return key;
}

struct key key_u64x2(uint64_t a, uint64_t b)
{
    struct key key = {.len = 16};

    be64_put(key.bytes, a);
    be64_put(key.bytes + 8, b);
    return key;
}

struct key key_typed(uint8_t type, uint64_t a)
{
    struct key key = {.len = 9};

    key.bytes[0] = type;
    be64_put(key.bytes + 1, a);
    return key;
}

struct key key_typed2(uint8_t type, uint64_t a, uint64_t b)
{
    struct key key = {.len = 17};

    key.bytes[0] = type;
    be64_put(key.bytes + 1, a);
    be64_put(key.bytes + 9, b);
    return key;
}

struct key key_typed3(uint8_t type, uint64_t a, uint64_t b, uint64_t c)
{
    struct key key = {.len = 25};

    key.bytes[0] = type;
    be64_put(key.bytes + 1, a);
    be64_put(key.bytes + 9, b);
    be64_put(key.bytes + 17, c);
    return key;
}

struct key key_addr(const struct ipaddr *ip, uint64_t a)
{
    struct key key = {.len = sizeof(ip->b) + 8};

    memcpy(key.bytes, ip->b, sizeof(ip->b));
    be64_put(key.bytes + sizeof(ip->b), a);
    return key;
}

static MDB_val key_val(const struct key *key)
{
    return (MDB_val){key->len, (void *)key->bytes};
}

static struct span val_span(const MDB_val *v)
{
    return (struct span){v->mv_data, v->mv_size};
}

/* the envelope */

static uint32_t envelope_sum(struct span payload)
{
    uint32_t sum = 2166136261u; /* FNV-1a, 32 bit */

    for (size_t i = 0; i < payload.len; i++)
        sum = (sum ^ (uint8_t)payload.p[i]) * 16777619u;
    return sum;
}

static void envelope_seal(uint8_t *to, struct span payload)
{
    uint32_t sum = envelope_sum(payload);

    to[0] = ROW_VERSION;
    to[1] = (uint8_t)(sum >> 24);
    to[2] = (uint8_t)(sum >> 16);
    to[3] = (uint8_t)(sum >> 8);
    to[4] = (uint8_t)sum;
    if (payload.len > 0)
        memcpy(to + ENVELOPE_BYTES, payload.p, payload.len);
}

err_t envelope_open(struct span value, struct span *payload)
{
    const uint8_t *p = (const uint8_t *)value.p;

    if (value.len < ENVELOPE_BYTES || p[0] == 0)
        return ERR_CORRUPT;
    if (p[0] > ROW_VERSION)
        return ERR_VERSION;

    struct span in = {value.p + ENVELOPE_BYTES, value.len - ENVELOPE_BYTES};
    uint32_t sum = (uint32_t)p[1] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 8 | p[4];

    if (sum != envelope_sum(in))
        return ERR_CORRUPT;
    *payload = in;
    return ERR_OK;
}

/* rows that are not right */

void store_report_bad(struct store *st, enum table table, struct span key, err_t err)
{
    struct key copy = {.len = key.len <= KEY_MAX_BYTES ? key.len : KEY_MAX_BYTES};
    char hex[2 * KEY_MAX_BYTES + 1] = "";

    memcpy(copy.bytes, key.p, copy.len);
    for (size_t i = 0; i < copy.len; i++) {
        hex[2 * i] = "0123456789abcdef"[copy.bytes[i] >> 4];
        hex[2 * i + 1] = "0123456789abcdef"[copy.bytes[i] & 15];
    }
    pthread_mutex_lock(&st->bad_lock);
    bool known = st->nbad == BAD_ROWS_MAX;

    for (size_t i = 0; i < st->nbad && !known; i++)
        known = st->bad[i].table == table && st->bad[i].key.len == copy.len &&
                memcmp(st->bad[i].key.bytes, copy.bytes, copy.len) == 0;
    if (!known)
        st->bad[st->nbad++] = (struct bad_row){.table = table, .key = copy};
    pthread_mutex_unlock(&st->bad_lock);
    if (!known)
        log_error("store.bad-row", "table=%s key=%s error=%s", table_name(table), hex,
                  err_code(err));
}

/* the map's size */

/* Another process has made the map bigger: take its size over. */
static int map_follow(struct store *st)
{
    pthread_rwlock_wrlock(&st->map_lock);
    int rc = mdb_env_set_mapsize(st->env, 0);

    pthread_rwlock_unlock(&st->map_lock);
    return rc;
}

static int map_grow(struct store *st)
{
    MDB_envinfo info;
    int rc;

    pthread_rwlock_wrlock(&st->map_lock);
    if ((rc = mdb_env_info(st->env, &info)) == 0)
        rc = mdb_env_set_mapsize(st->env, info.me_mapsize * 2);
    pthread_rwlock_unlock(&st->map_lock);
    if (rc == 0)
        log_warn("store.map-grown", "bytes=%zu", info.me_mapsize * 2);
    return rc;
}

/* A reader that died in a transaction keeps pages from being used again.  True if there was one. */
static bool readers_clear(struct store *st)
{
    int dead = 0;

    if (mdb_reader_check(st->env, &dead) != 0 || dead == 0)
        return false;
    log_warn("store.dead-readers", "cleared=%d", dead);
    return true;
}

/* what a transaction lends */

#ifdef TEST_HOOKS
_Thread_local struct txn_cost txn_cost;
#define TXN_COUNT(what) (txn_cost.what++)

#define LOAN_SPOILT 0xdb

/* A copy of what was read in a write transaction, good until its next change. */
struct loan {
    struct loan *next;
    size_t len;
    char bytes[];
};

static struct span lend(struct txn *tx, struct span s)
{
    struct loan *l;

    if (!tx->lends || s.len == 0)
        return s;
    l = xmalloc(sizeof(*l) + s.len);
    l->next = tx->lent;
    l->len = s.len;
    memcpy(l->bytes, s.p, s.len);
    tx->lent = l;
    return (struct span){l->bytes, s.len};
}

/* They stay in memory until the end, so that who still looks sees that they are no good. */
static void lent_spoil(struct txn *tx)
{
    struct loan *l;

    while ((l = tx->lent) != NULL) {
        tx->lent = l->next;
        l->next = tx->spoilt;
        tx->spoilt = l;
        memset(l->bytes, LOAN_SPOILT, l->len);
    }
}

static void lent_end(struct txn *tx)
{
    struct loan *l;

    lent_spoil(tx);
    while ((l = tx->spoilt) != NULL) {
        tx->spoilt = l->next;
        free(l);
    }
}
#else
#define lend(tx, s) (s)
#define lent_spoil(tx) ((void)(tx))
#define lent_end(tx) ((void)(tx))
#define TXN_COUNT(what) ((void)0)
#endif

/* transactions */

/* On success the map lock is held for reading. */
static int txn_begin(struct txn *tx, struct store *st, unsigned flags)
{
    int rc = 0;

    *tx = (struct txn){.st = st};
    TXN_COUNT(txns);
    for (int tries = 0; tries < WRITE_TRIES_MAX; tries++) {
        pthread_rwlock_rdlock(&st->map_lock);
        rc = mdb_txn_begin(st->env, NULL, flags, &tx->mdb);
        if (rc == 0) {
            if (st->on_lock != NULL && (flags & MDB_RDONLY) == 0)
                st->on_lock(true);
#ifdef TEST_HOOKS
            tx->lends = (flags & MDB_RDONLY) == 0;
#endif
            return 0;
        }
        pthread_rwlock_unlock(&st->map_lock);
        if (rc == MDB_MAP_RESIZED) {
            if ((rc = map_follow(st)) != 0)
                break;
        } else if (rc != MDB_READERS_FULL || !readers_clear(st)) {
            break;
        }
    }
    tx->mdb = NULL;
    return rc;
}

err_t txn_begin_read(struct txn *tx, struct store *st)
{
    return store_err(txn_begin(tx, st, MDB_RDONLY));
}

void txn_end_read(struct txn *tx)
{
    mdb_txn_abort(tx->mdb);
    tx->mdb = NULL;
    pthread_rwlock_unlock(&tx->st->map_lock);
}

static int txn_end_write(struct txn *tx)
{
    bool gateways = tx->st->role == STORE_GATEWAY;
    int rc = tx->rc;

    if (tx->err != ERR_OK) {
        mdb_txn_abort(tx->mdb);
    } else {
        crash_point(gateways ? CRASH_GATEWAY_WRITE : CRASH_DISPATCHER_WRITE);
        rc = mdb_txn_commit(tx->mdb);
        crash_point(gateways ? CRASH_GATEWAY_WRITTEN : CRASH_DISPATCHER_WRITTEN);
    }
    tx->mdb = NULL;
    lent_end(tx);
    if (tx->st->on_lock != NULL)
        tx->st->on_lock(false);
    pthread_rwlock_unlock(&tx->st->map_lock);
    if (tx->err == ERR_OK)
        tx->err = store_err(rc);
    return rc;
}

err_t store_write(struct store *st, txn_step_fn *step, void *arg)
{
    struct txn tx;
    int rc;

    for (int tries = 0;; tries++) {
        if ((rc = txn_begin(&tx, st, 0)) != 0)
            return store_err(rc);
        step(&tx, arg);
        rc = txn_end_write(&tx);
        if (rc != MDB_MAP_FULL || tries == WRITE_TRIES_MAX)
            break;
        if (!readers_clear(st) && (rc = map_grow(st)) != 0)
            break;
    }
    /* LMDB says the same of a write that came out short as of a broken disk. */
    if (rc == EIO && disk_is_full(st))
        tx.err = ERR_FULL;
    if (tx.err != ERR_OK && rc != 0)
        log_warn("store.write-failed", "error=%s reason=%s", err_code(tx.err),
                 log_quote(mdb_strerror(rc), strlen(mdb_strerror(rc))));
    return tx.err;
}

void txn_fail(struct txn *tx, err_t err)
{
    if (tx->err == ERR_OK)
        tx->err = err;
}

static void txn_check(struct txn *tx, int rc)
{
    if (rc == 0 || tx->err != ERR_OK)
        return;
    tx->rc = rc;
    tx->err = store_err(rc);
}

/* steps */

err_t txn_get(struct txn *tx, enum table table, const struct key *key, struct span *payload)
{
    MDB_val k = key_val(key), v;

    if (tx->err != ERR_OK)
        return tx->err;

    TXN_COUNT(gets);
    int rc = mdb_get(tx->mdb, tx->st->dbis[table], &k, &v);

    if (rc == MDB_NOTFOUND)
        return ERR_NOTFOUND;
    txn_check(tx, rc);
    if (tx->err != ERR_OK)
        return tx->err;

    err_t err = envelope_open(val_span(&v), payload);

    if (err != ERR_OK)
        store_report_bad(tx->st, table, val_span(&k), err);
    else
        *payload = lend(tx, *payload);
    return err;
}

bool txn_has(struct txn *tx, enum table table, const struct key *key)
{
    MDB_val k = key_val(key), v;

    TXN_COUNT(gets);
    return tx->err == ERR_OK && mdb_get(tx->mdb, tx->st->dbis[table], &k, &v) == 0;
}

static void txn_put_with(struct txn *tx, enum table table, const struct key *key,
                         struct span payload, unsigned flags)
{
    MDB_val k = key_val(key), v = {payload.len + ENVELOPE_BYTES, NULL};

    if (tx->err != ERR_OK)
        return;

    int rc = mdb_put(tx->mdb, tx->st->dbis[table], &k, &v, MDB_RESERVE | flags);

    lent_spoil(tx);
    if (rc == 0)
        envelope_seal(v.mv_data, payload);
    txn_check(tx, rc);
}

void txn_put(struct txn *tx, enum table table, const struct key *key, struct span payload)
{
    txn_put_with(tx, table, key, payload, 0);
}

void txn_append(struct txn *tx, enum table table, const struct key *key, struct span payload)
{
    txn_put_with(tx, table, key, payload, MDB_APPEND);
}

void txn_del(struct txn *tx, enum table table, const struct key *key)
{
    MDB_val k = key_val(key);

    if (tx->err != ERR_OK)
        return;

    int rc = mdb_del(tx->mdb, tx->st->dbis[table], &k, NULL);

    lent_spoil(tx);
    if (rc != MDB_NOTFOUND)
        txn_check(tx, rc);
}

void txn_clear(struct txn *tx, enum table table)
{
    MDB_stat stat;

    if (tx->err != ERR_OK)
        return;

    int rc = mdb_stat(tx->mdb, tx->st->dbis[table], &stat);

    if (rc == 0 && stat.ms_entries > 0)
        rc = mdb_drop(tx->mdb, tx->st->dbis[table], 0);
    lent_spoil(tx);
    txn_check(tx, rc);
}

err_t txn_get_u64(struct txn *tx, enum table table, const struct key *key, uint64_t *v)
{
    struct span payload;
    err_t err = txn_get(tx, table, key, &payload);

    if (err != ERR_OK)
        return err;
    if (payload.len != 8) {
        store_report_bad(tx->st, table, (struct span){(const char *)key->bytes, key->len},
                         ERR_CORRUPT);
        return ERR_CORRUPT;
    }
    *v = be64_get((const uint8_t *)payload.p);
    return ERR_OK;
}

void txn_put_u64(struct txn *tx, enum table table, const struct key *key, uint64_t v)
{
    uint8_t bytes[8];

    be64_put(bytes, v);
    txn_put(tx, table, key, (struct span){(const char *)bytes, sizeof(bytes)});
}

/* cursors */

err_t cursor_open(struct cursor *cur, struct txn *tx, enum table table)
{
    *cur = (struct cursor){.tx = tx, .table = table};
    if (tx->err != ERR_OK)
        return tx->err;
    txn_check(tx, mdb_cursor_open(tx->mdb, tx->st->dbis[table], &cur->mdb));
    return tx->err;
}

void cursor_close(struct cursor *cur)
{
    if (cur->mdb != NULL)
        mdb_cursor_close(cur->mdb);
    cur->mdb = NULL;
}

static err_t cursor_step(struct cursor *cur, MDB_val *k, MDB_cursor_op op)
{
    MDB_val v;

    if (cur->tx->err != ERR_OK)
        return cur->tx->err;

    TXN_COUNT(steps);
    int rc = mdb_cursor_get(cur->mdb, k, &v, op);

    if (rc == MDB_NOTFOUND)
        return ERR_NOTFOUND;
    txn_check(cur->tx, rc);
    if (cur->tx->err != ERR_OK)
        return cur->tx->err;
    cur->key = lend(cur->tx, val_span(k));
    cur->payload = SPAN_NONE;
    cur->err = envelope_open(val_span(&v), &cur->payload);
    cur->payload = lend(cur->tx, cur->payload);
    if (cur->err != ERR_OK)
        store_report_bad(cur->tx->st, cur->table, cur->key, cur->err);
    return ERR_OK;
}

err_t cursor_seek(struct cursor *cur, const struct key *key, bool back)
{
    MDB_val k = key_val(key);
    err_t err = cursor_step(cur, &k, MDB_SET_RANGE);

    if (!back)
        return err;
    if (err == ERR_NOTFOUND)
        return cursor_last(cur); /* all rows are before the key */
    return err == ERR_OK ? cursor_prev(cur) : err;
}

err_t cursor_next(struct cursor *cur)
{
    MDB_val k;

    return cursor_step(cur, &k, MDB_NEXT);
}

err_t cursor_prev(struct cursor *cur)
{
    MDB_val k;

    return cursor_step(cur, &k, MDB_PREV);
}

err_t cursor_last(struct cursor *cur)
{
    MDB_val k;

    return cursor_step(cur, &k, MDB_LAST);
}

uint64_t cursor_key_u64(const struct cursor *cur, size_t at)
{
    return at + 8 <= cur->key.len ? be64_get((const uint8_t *)cur->key.p + at) : 0;
}
