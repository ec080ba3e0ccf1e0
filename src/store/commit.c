/*
 * Writing a batch in one transaction, and what is tended each minute.  The committer thread, which
 * runs it, is in committer.c.
 */
#include "deskbell/crash.h"
#include "deskbell/log.h"
#include "deskbell/tlv.h"
#include "store_int.h"

#define REPEAT_KEEP_MS (24 * 3600 * INT64_C(1000))
#define REPEATS_PER_SWEEP 5000
#define SWEEPS_PER_TEND 20 /* each a transaction of its own: commits go in between */
#define MAP_ALARM_PERCENT 80

/* rows of ended conversations */

enum conv_row_tag { CONVROW_END = 1, CONVROW_LAST, CONVROW_LIST, CONVROW_DEPT, CONVROW_IMAGE };

void conv_row_encode(const struct conv_row *row, struct buf *out)
{
    tlv_put_u64(out, CONVROW_END, row->end_pos);
    tlv_put_u64(out, CONVROW_LAST, row->last_pos);
    tlv_put_u64(out, CONVROW_LIST, row->list);
    tlv_put_u64(out, CONVROW_DEPT, row->dept);
    tlv_put_span(out, CONVROW_IMAGE, row->image);
}

err_t conv_row_decode(struct span in, struct conv_row *row)
{
    struct conv_row got = {0};
    struct tlv f;
    bool bad = false;
    err_t err;

    while ((err = tlv_next(&in, &f)) == ERR_OK) {
        switch ((enum conv_row_tag)f.tag) {
        case CONVROW_END:
            got.end_pos = tlv_u64(&f, &bad);
            break;
        case CONVROW_LAST:
            got.last_pos = tlv_u64(&f, &bad);
            break;
        case CONVROW_LIST:
            got.list = tlv_u64(&f, &bad);
            break;
        case CONVROW_DEPT:
            got.dept = tlv_u64(&f, &bad);
            break;
        case CONVROW_IMAGE:
            got.image = f.bytes;
            break;
        }
    }
    if (err != ERR_NOTFOUND || bad || got.end_pos == 0 || got.list >= LIST_COUNT ||
        got.image.len == 0)
        return ERR_CORRUPT;
    *row = got;
    return ERR_OK;
}

/* Ended ones are completed; missed ones and messages left while nobody was there wait for a mail.
 */
static enum list conv_list(enum conv_state state)
{
    return state == CONV_ENDED ? LIST_COMPLETED : LIST_MISSED;
}

static struct key list_key(const struct conv_row *row)
{
    return key_typed2((uint8_t)row->list, row->dept, ~row->end_pos);
}

/* Newest first under an address.  One that is not known (any more) is no key. */
static void addr_put(struct txn *tx, uint64_t id, const struct ipaddr *ip)
{
    static const struct ipaddr nowhere;
    struct key key = key_addr(ip, ~id);

    if (memcmp(ip, &nowhere, sizeof(nowhere)) != 0)
        txn_put(tx, TABLE_ADDR, &key, SPAN_NONE);
}

/* The address may have been erased since. */
static void addr_move(struct txn *tx, uint64_t id, const struct ipaddr *from,
                      const struct ipaddr *to)
{
    struct key key = key_addr(from, ~id);

    if (memcmp(from, to, sizeof(*to)) != 0)
        txn_del(tx, TABLE_ADDR, &key);
}

/* For a store that was made before this table was. */
void addr_fill(struct txn *tx)
{
    struct cursor cur;
    struct conv_row row;
    struct conv_brief brief;
    err_t err;

    if (cursor_open(&cur, tx, TABLE_CONV) != ERR_OK)
        return;

    struct key first = key_u64(0);

    for (err = cursor_seek(&cur, &first, false); err == ERR_OK; err = cursor_next(&cur)) {
        if (cur.err != ERR_OK || conv_row_decode(cur.payload, &row) != ERR_OK ||
            conv_brief(row.image, &brief) != ERR_OK)
            continue; /* whoever reads that row reports it */
        addr_put(tx, cursor_key_u64(&cur, 0), &brief.ip);
    }
    cursor_close(&cur);
}

struct commit {
    const struct batch *batch;
    int64_t now_ms;
    bool images, closes; /* it writes some; and a checkpoint is whole with it */
    struct buf scratch, image;
};

static bool batch_has(const struct batch *b, enum row_kind kind)
{
    for (size_t i = 0; i < b->nrows; i++)
        if (b->rows[i].kind == kind)
            return true;
    return false;
}

/*
 * A conversation that had ended before the checkpoint is changed: keep it as it was then, since a
 * start replays the journal from there.  The next checkpoint deletes that image again.  The row
 * that was read is not good any more after this.
 */
static void commit_keep_image(struct txn *tx, struct commit *cm, uint64_t id,
                              const struct conv_row *old)
{
    struct key image = key_typed(OBJ_CONV, id);
    uint64_t checkpoint = 0;
    err_t err = checkpoint_read(tx, &checkpoint);

    if (err != ERR_OK)
        txn_fail(tx, err);
    if (old->last_pos > checkpoint || cm->closes || txn_has(tx, TABLE_IMAGE, &image))
        return;
    buf_reset(&cm->image);
    buf_add_span(&cm->image, old->image);
    txn_put(tx, TABLE_IMAGE, &image, buf_span(&cm->image));
}

/* What the row was is taken out of it before anything is written. */
static void commit_conv_old(struct txn *tx, struct commit *cm, uint64_t id,
                            const struct conv_row *old, const struct conv_brief *now,
                            struct conv_row *fresh)
{
    struct key before = list_key(old);
    struct conv_brief was;
    bool known = conv_brief(old->image, &was) == ERR_OK;

    fresh->end_pos = old->end_pos;
    commit_keep_image(tx, cm, id, old);
    if (known)
        addr_move(tx, id, &was.ip, &now->ip);
    if (old->list != fresh->list || old->dept != fresh->dept)
        txn_del(tx, TABLE_LIST, &before);
}

static void commit_conv(struct txn *tx, struct commit *cm, const struct batch_row *row)
{
    struct key key = key_u64(row->a);
    struct conv_row old, fresh = {.image = row->value};
    struct conv_brief now;
    struct span payload;
    err_t err = conv_brief(row->value, &now);

    if (err != ERR_OK) {
        txn_fail(tx, err);
        return;
    }
    fresh.end_pos = fresh.last_pos = now.last_pos;
    fresh.list = conv_list(now.state);
    fresh.dept = now.dept;
    if (txn_get(tx, TABLE_CONV, &key, &payload) == ERR_OK &&
        conv_row_decode(payload, &old) == ERR_OK)
        commit_conv_old(tx, cm, row->a, &old, &now, &fresh);
    addr_put(tx, row->a, &now.ip);
    buf_reset(&cm->scratch);
    conv_row_encode(&fresh, &cm->scratch);
    txn_put(tx, TABLE_CONV, &key, buf_span(&cm->scratch));

    struct key place = list_key(&fresh);

    txn_put_u64(tx, TABLE_LIST, &place, row->a);
}

/* the other rows of a batch */

static void commit_mail(struct txn *tx, struct commit *cm, const struct batch_row *row)
{
    struct mail_order order;
    struct key key = key_u64(row->a);
    err_t err = mail_order_decode(row->value, &order);

    if (err != ERR_OK) {
        txn_fail(tx, err);
        return;
    }
    buf_reset(&cm->scratch);
    outbox_row_encode(row->value, cm->now_ms, &cm->scratch);
    txn_put(tx, TABLE_OUTBOX, &key, buf_span(&cm->scratch));

    struct key by_conv = key_u64x2(order.conv, row->a);

    if (order.conv != 0)
        txn_put(tx, TABLE_CONV_MAIL, &by_conv, SPAN_NONE);
}

static void commit_repeat(struct txn *tx, const struct batch_row *row)
{
    struct repeat r;
    err_t err = repeat_decode(row->value, &r);

    if (err != ERR_OK) {
        txn_fail(tx, err);
        return;
    }

    struct key key = key_u64(row->a), by_time = key_u64x2((uint64_t)r.time_ms, row->a);

    txn_put(tx, TABLE_REPEAT, &key, row->value);
    txn_put(tx, TABLE_REPEAT_TIME, &by_time, SPAN_NONE);
}

static void commit_row(struct txn *tx, struct commit *cm, const struct batch_row *row)
{
    struct key key = key_typed((uint8_t)row->a, row->b);

    switch (row->kind) {
    case ROW_IMAGE:
        checkpoint_image(tx, &key, row->value, cm->closes, &cm->image);
        break;
    case ROW_CONV:
        commit_conv(tx, cm, row);
        break;
    case ROW_SETTING:
        if (row->value.len > 0)
            txn_put(tx, TABLE_SETTING, &key, row->value);
        else
            txn_del(tx, TABLE_SETTING, &key);
        break;
    case ROW_MAIL:
        commit_mail(tx, cm, row);
        break;
    case ROW_REPEAT:
        commit_repeat(tx, row);
        break;
    case ROW_NUMBER:
        key = key_u64(row->a);
        txn_put_u64(tx, TABLE_NUMBER, &key, row->b);
        break;
    case ROW_CHECKPOINT:
        checkpoint_close(tx, row->a);
        break;
    }
}

static void commit_step(struct txn *tx, void *arg)
{
    struct commit *cm = arg;
    const struct batch *b = cm->batch;

    for (size_t i = 0; i < b->nrecs && tx->err == ERR_OK; i++) {
        struct key key = key_u64(b->recs[i].pos);

        txn_append(tx, TABLE_JOURNAL, &key, b->recs[i].rec);
        if (b->recs[i].body.len > 0)
            txn_append(tx, TABLE_BODY, &key, b->recs[i].body);
    }
    for (size_t i = 0; i < b->nrows && tx->err == ERR_OK; i++)
        commit_row(tx, cm, &b->rows[i]);
}

err_t store_commit(struct store *st, const struct batch *b, int64_t now_ms)
{
    struct commit cm = {.batch = b,
                        .now_ms = now_ms,
                        .images = batch_has(b, ROW_IMAGE),
                        .closes = batch_has(b, ROW_CHECKPOINT)};

    ensure(st->role == STORE_GATEWAY);

    if (cm.images || cm.closes)
        crash_point(CRASH_GATEWAY_CHECKPOINT);

    err_t err = store_write(st, commit_step, &cm);

    /* The disk is full: with the ballast gone there may be room for what was accepted already. */
    if (err == ERR_FULL && ballast_drop(st))
        err = store_write(st, commit_step, &cm);
    buf_fini(&cm.scratch);
    buf_fini(&cm.image);
    if (cm.images || cm.closes)
        crash_point(CRASH_GATEWAY_CHECKPOINTED);
    return err;
}

/* each minute */

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

void store_tend(struct store *st, int64_t now_ms)
{
    struct sweep sw = {.before_ms = now_ms - REPEAT_KEEP_MS};
    int dead = 0;

    if (mdb_reader_check(st->env, &dead) == 0 && dead > 0)
        log_warn("store.dead-readers", "cleared=%d", dead);
    map_look(st);
    if (st->role != STORE_GATEWAY)
        return;
    store_list_bad(st, now_ms);
    for (int i = 0; i < SWEEPS_PER_TEND && sweep_is_due(st, sw.before_ms); i++)
        if (store_write(st, sweep_step, &sw) != ERR_OK)
            break;
}
