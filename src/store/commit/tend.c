/*
 * What is tended each minute: answers that are old enough to go, rows that were found not to be
 * right, readers that died, how full the map is, and how much of it counts as our memory.
 */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "deskbell/log.h"
#include "store_int.h"

#define REPEAT_KEEP_MS (24 * 3600 * INT64_C(1000))
#define REPEATS_PER_SWEEP 5000
#define SWEEPS_PER_TEND 20 /* each a transaction of its own: commits go in between */
#define MAP_ALARM_PERCENT 80
#define MAP_KEPT_BYTES (32u << 20)

/* answers to repeated commands */

struct sweep {
    int64_t before_ms;
};

static void sweep_step(struct txn *tx, void *arg)
{
    const struct sweep *sw = arg;
    struct cursor cur;
    struct key first = key_u64x2(0, 0);
    size_t n = 0;

    if (cursor_open(&cur, tx, TABLE_REPEAT_TIME) != ERR_OK)
        return;
    while (n < REPEATS_PER_SWEEP && cursor_seek(&cur, &first, false) == ERR_OK) {
        uint64_t time_ms = cursor_key_u64(&cur, 0), cid = cursor_key_u64(&cur, 8);
        struct key by_time = key_u64x2(time_ms, cid), key = key_u64(cid);
        struct span payload;
        struct repeat r;

        if ((int64_t)time_ms >= sw->before_ms)
            break;
        /* The same id may have been used again since, and then has a younger answer. */
        if (txn_get(tx, TABLE_REPEAT, &key, &payload) == ERR_OK &&
            repeat_decode(payload, &r) == ERR_OK && r.time_ms == (int64_t)time_ms)
            txn_del(tx, TABLE_REPEAT, &key);
        txn_del(tx, TABLE_REPEAT_TIME, &by_time);
        if (tx->err != ERR_OK)
            break;
        n++;
    }
    cursor_close(&cur);
}

static bool sweep_is_due(struct store *st, int64_t before_ms)
{
    struct key first = key_u64x2(0, 0);
    struct cursor cur;
    struct txn tx;
    bool due = false;

    if (txn_begin_read(&tx, st) != ERR_OK)
        return false;
    if (cursor_open(&cur, &tx, TABLE_REPEAT_TIME) == ERR_OK)
        due = cursor_seek(&cur, &first, false) == ERR_OK &&
              (int64_t)cursor_key_u64(&cur, 0) < before_ms;
    cursor_close(&cur);
    txn_end_read(&tx);
    return due;
}

/* rows that are not right */

static void bad_step(struct txn *tx, void *arg)
{
    struct store *st = tx->st;
    const int64_t *now_ms = arg;

    pthread_mutex_lock(&st->bad_lock);
    for (size_t i = 0; i < st->nbad; i++) {
        struct key key = {.len = 1 + st->bad[i].key.len, .bytes = {(uint8_t)st->bad[i].table}};

        if (st->bad[i].listed || key.len > KEY_MAX_BYTES)
            continue;
        memcpy(key.bytes + 1, st->bad[i].key.bytes, st->bad[i].key.len);
        txn_put_u64(tx, TABLE_BAD, &key, (uint64_t)*now_ms);
    }
    pthread_mutex_unlock(&st->bad_lock);
}

void store_list_bad(struct store *st, int64_t now_ms)
{
    size_t nbad, unlisted = 0;

    pthread_mutex_lock(&st->bad_lock);
    nbad = st->nbad;
    for (size_t i = 0; i < nbad; i++)
        unlisted += !st->bad[i].listed;
    pthread_mutex_unlock(&st->bad_lock);
    if (unlisted == 0 || store_write(st, bad_step, &now_ms) != ERR_OK)
        return;
    pthread_mutex_lock(&st->bad_lock);
    for (size_t i = 0; i < nbad; i++)
        st->bad[i].listed = true;
    pthread_mutex_unlock(&st->bad_lock);
}

/* the map */

static void map_look(struct store *st)
{
    MDB_envinfo info;
    MDB_stat stat;

    if (mdb_env_info(st->env, &info) != 0 || mdb_env_stat(st->env, &stat) != 0)
        return;

    uint64_t used = (info.me_last_pgno + 1) * stat.ms_psize;

    if (used / MAP_ALARM_PERCENT * 100 >= info.me_mapsize)
        log_warn("store.map-filling", "used=%llu map=%zu", (unsigned long long)used,
                 info.me_mapsize);
}

/* Resident bytes that are a file's; 0 where the system does not say. */
static size_t file_bytes(void)
{
    unsigned long long size, resident, shared = 0;
    FILE *in = fopen("/proc/self/statm", "re");

    if (in == NULL)
        return 0;
    if (fscanf(in, "%llu %llu %llu", &size, &resident, &shared) != 3)
        shared = 0;
    fclose(in);
    return (size_t)shared * (size_t)sysconf(_SC_PAGESIZE);
}

/*
 * Every page of the map that was ever looked at counts as this process's memory, so that a flood
 * leaves it as large as what was written.  The system has these pages in its cache all the same:
 * they are let go of, and what is looked at again comes back without the disk.
 */
static void map_let_go(struct store *st)
{
    char line[PATH_MAX + 100], *data;
    FILE *in;

    if (file_bytes() < MAP_KEPT_BYTES || (in = fopen("/proc/self/maps", "re")) == NULL)
        return;
    data = path_join(st->dir, "data.mdb");
    pthread_rwlock_rdlock(&st->map_lock); /* it stays where it is until we are done */
    while (fgets(line, sizeof(line), in) != NULL) {
        char *path = strchr(line, '/');
        uintptr_t from, to;

        line[strcspn(line, "\n")] = '\0';
        if (path != NULL && strcmp(path, data) == 0 &&
            sscanf(line, "%" SCNxPTR "-%" SCNxPTR, &from, &to) == 2)
            (void)madvise((void *)from, to - from, MADV_DONTNEED);
    }
    pthread_rwlock_unlock(&st->map_lock);
    free(data);
    fclose(in);
}

void store_tend(struct store *st, int64_t now_ms)
{
    struct sweep sw = {.before_ms = now_ms - REPEAT_KEEP_MS};
    int dead = 0;

    if (mdb_reader_check(st->env, &dead) == 0 && dead > 0)
        log_warn("store.dead-readers", "cleared=%d", dead);
    map_look(st);
    map_let_go(st);
    if (st->role != STORE_GATEWAY)
        return;
    store_list_bad(st, now_ms);
    for (int i = 0; i < SWEEPS_PER_TEND && sweep_is_due(st, sw.before_ms); i++)
        if (store_write(st, sweep_step, &sw) != ERR_OK)
            break;
}
