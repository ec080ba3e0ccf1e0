/*
 * The check: it says nothing of a store that is right, names each kind of damage, and what it mends
 * is as it was before the damage.
 */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "check_int.h"
#include "deskbell/tlv.h"
#include "store_world.h"

static struct check_finding found[CHECK_FINDINGS_MAX];
static size_t nfound;

static void on_finding(void *arg, const struct check_finding *f)
{
    (void)arg;
    assert_true(nfound < COUNT_OF(found));
    found[nfound++] = *f;
}

static struct check_report check(struct store *st, bool rebuild)
{
    struct check_report r;
    struct fault f = {0};

    nfound = 0;
    if (store_check(st, rebuild, on_finding, NULL, &r, &f) != ERR_OK)
        fail_msg("store_check: %s", f.what);
    assert_int_equal(nfound, r.found);
    return r;
}

static void assert_clean(struct store *st)
{
    struct check_report r = check(st, false);

    if (r.found > 0)
        fail_msg("%s %s %s: %s", check_kind_word(found[0].kind), found[0].table, found[0].key,
                 found[0].what);
    assert_true(r.rows > 100 && r.records > 10);
}

static struct world *busy(uint64_t seed)
{
    struct world *w = world_new(seed);

    for (int i = 0; i < 600; i++)
        step(w);
    make_durable(w);
    return w;
}

static void a_store_that_is_right_has_no_findings(void **state)
{
    (void)state;
    for (uint64_t seed = 51; seed <= 54; seed++) {
        struct world *w = busy(seed);

        assert_clean(w->p.st);
        turn_checkpoint(w->turn);
        make_durable(w);
        assert_clean(w->p.st);
        restart(w, false);
        assert_clean(w->p.st);
        world_free(w);
    }
}

/* Checks again and again until it is told to stop. */
struct beside {
    struct store *st;
    atomic_bool stop;
    atomic_size_t rounds;
    size_t found, failed;
    char what[CHECK_WHAT_BYTES];
};

static void beside_found(void *arg, const struct check_finding *f)
{
    struct beside *b = arg;

    snprintf(b->what, sizeof(b->what), "%.40s: %.100s", f->table, f->what);
}

static void *beside_run(void *arg)
{
    struct beside *b = arg;

    while (!atomic_load(&b->stop)) {
        struct check_report r;

        b->failed += store_check(b->st, false, beside_found, b, &r, NULL) != ERR_OK;
        b->found += r.found;
        atomic_fetch_add(&b->rounds, 1);
    }
    return NULL;
}

/* While it reads, the loop writes, checkpoints in slices among it. */
static void what_is_written_meanwhile_is_no_finding(void **state)
{
    struct world *w = busy(55);
    struct beside b = {.st = w->p.st};
    pthread_t thread;

    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, beside_run, &b), 0);
    for (int i = 0; i < 300 || atomic_load(&b.rounds) < 5; i++) {
        size_t restarts = w->restarts;

        if (w->nconvs + 2 > CONVS_MAX)
            break;
        talk(w);
        ring(w);
        w->now_ms += 500;
        make_durable(w);
        assert_int_equal(w->restarts, restarts);
    }
    atomic_store(&b.stop, true);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_true(atomic_load(&b.rounds) >= 5);
    assert_int_equal(b.failed, 0);
    if (b.found > 0)
        fail_msg("%s", b.what);
    world_free(w);
}

/* damage */

struct hit {
    enum table table;
    struct key key;
    struct span value; /* as it is, with its envelope; empty: the row goes */
};

static void hit_raw(struct store *st, const struct hit *h)
{
    MDB_val key = {h->key.len, (void *)(uintptr_t)h->key.bytes},
            value = {h->value.len, (void *)(uintptr_t)h->value.p};
    MDB_txn *txn;

    assert_int_equal(mdb_txn_begin(st->env, NULL, 0, &txn), 0);
    if (h->value.len > 0)
        assert_int_equal(mdb_put(txn, st->dbis[h->table], &key, &value, 0), 0);
    else
        assert_int_equal(mdb_del(txn, st->dbis[h->table], &key, NULL), 0);
    assert_int_equal(mdb_txn_commit(txn), 0);
}

static void hit_step(struct txn *tx, void *arg)
{
    const struct hit *h = arg;

    txn_put(tx, h->table, &h->key, h->value);
}

/* The nth row of a table: its key and payload. */
static void row_at(struct store *st, enum table table, struct key from, struct key *key,
                   struct buf *payload)
{
    struct cursor cur;
    struct txn tx;

    assert_int_equal(txn_begin_read(&tx, st), ERR_OK);
    assert_int_equal(cursor_open(&cur, &tx, table), ERR_OK);
    assert_int_equal(cursor_seek(&cur, &from, false), ERR_OK);
    assert_int_equal(cur.err, ERR_OK);
    key->len = cur.key.len;
    memcpy(key->bytes, cur.key.p, key->len);
    buf_reset(payload);
    buf_add_span(payload, cur.payload);
    cursor_close(&cur);
    txn_end_read(&tx);
}

static void dump_table(struct store *st, enum table table, struct buf *out)
{
    struct key first = {.len = 1};
    struct cursor cur;
    struct txn tx;

    assert_int_equal(txn_begin_read(&tx, st), ERR_OK);
    assert_int_equal(cursor_open(&cur, &tx, table), ERR_OK);
    for (err_t err = cursor_seek(&cur, &first, false); err == ERR_OK; err = cursor_next(&cur)) {
        /* One of a portal that was never set says what is so without it. */
        if (table == TABLE_SETTING && cur.key.p[0] == OBJ_PORTAL)
            continue;
        buf_add_span(out, cur.key);
        /* Counters in the settings' rows are of the time when they were written. */
        if (table != TABLE_SETTING)
            buf_add_span(out, cur.payload);
    }
    cursor_close(&cur);
    txn_end_read(&tx);
}

static void dump_all(struct store *st, struct buf *out)
{
    static const enum table tables[] = {
        TABLE_CONV,        TABLE_LIST,    TABLE_LIST_ALL, TABLE_MILESTONE, TABLE_ADDR,
        TABLE_NUMBER,      TABLE_SETTING, TABLE_OUTBOX,   TABLE_CONV_MAIL, TABLE_REPEAT,
        TABLE_REPEAT_TIME, TABLE_JOURNAL, TABLE_BODY};

    buf_reset(out);
    for (size_t i = 0; i < COUNT_OF(tables); i++)
        dump_table(st, tables[i], out);
}

/* Is it found, as this kind in this table, mended, and then all as before? */
static void assert_mended(struct world *w, const struct buf *before, enum check_kind kind,
                          enum table table)
{
    struct buf after = {.limit_bytes = 1u << 25};
    struct check_report r = check(w->p.st, false);
    bool named = false;
    struct core *k;

    for (size_t i = 0; i < nfound; i++)
        named = named || (found[i].kind == kind && strcmp(found[i].table, table_name(table)) == 0);
    if (!named)
        fail_msg("damage of %s is not found as %s", table_name(table), check_kind_word(kind));
    assert_true(r.mendable > 0 && !r.mended);
    r = check(w->p.st, true);
    assert_true(r.mended);
    assert_clean(w->p.st);
    dump_all(w->p.st, &after);
    if (after.len != before->len || memcmp(after.p, before->p, after.len) != 0)
        fail_msg("what was mended in %s is another than before", table_name(table));
    k = load_and_compare(w);
    assert_true(core_digest(k) == core_digest(w->core));
    core_free(k);
    w->p.st->nbad = 0;
    buf_fini(&after);
}

/* A row goes, a row rots, a row too many comes, a row says something else. */
static void each_index_is_checked_and_mended(void **state)
{
    static const struct {
        enum table table;
        struct span wrong; /* a payload for another row's key */
        bool mislead;      /* a row may stand under a key of nobody */
    } rows[] = {{TABLE_LIST, SPAN_LIT("\0\0\0\0\0\0\0\1"), true},
                {TABLE_LIST_ALL, SPAN_LIT("\0\0\0\0\0\0\0\1"), true},
                {TABLE_ADDR, SPAN_NONE, true},
                {TABLE_NUMBER, SPAN_LIT("\0\0\0\0\0\0\0\1"), false},
                {TABLE_CONV_MAIL, SPAN_NONE, true},
                {TABLE_REPEAT_TIME, SPAN_NONE, false}};
    struct world *w = busy(56);
    struct buf before = {.limit_bytes = 1u << 25}, payload = {0};

    (void)state;
    dump_all(w->p.st, &before);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct hit h = {.table = rows[i].table};

        row_at(w->p.st, h.table, (struct key){.len = 1}, &h.key, &payload);
        hit_raw(w->p.st, &h);
        assert_mended(w, &before, CHECK_INDEX, h.table);
        h.value = SPAN_LIT("\1rotten row");
        hit_raw(w->p.st, &h);
        assert_mended(w, &before, CHECK_ROW, h.table);
        if (rows[i].wrong.len > 0) {
            h.value = rows[i].wrong;
            assert_int_equal(store_write(w->p.st, hit_step, &h), ERR_OK);
            assert_mended(w, &before, CHECK_INDEX, h.table);
        }
        if (rows[i].mislead) {
            h.key.bytes[0] ^= 1;
            h.value = buf_span(&payload);
            assert_int_equal(store_write(w->p.st, hit_step, &h), ERR_OK);
            assert_mended(w, &before, CHECK_INDEX, h.table);
        }
    }
    buf_fini(&before);
    buf_fini(&payload);
    world_free(w);
}

/* Two of them, in a chat with many notes. */
static void long_chat(struct world *w)
{
    struct cmd cmd = {.type = CMD_OFFER_ACCEPT};
    const struct conv *cv;

    do {
        ring(w);
        turn_pass_end(w->turn, w->now_ms);
        cv = core_conv(w->core, w->convs[w->nconvs - 1]);
    } while (cv == NULL || cv->state != CONV_OFFERED);
    cmd.conv = cv->id;
    cmd.who = (struct principal){.kind = BY_AGENT, .id = cv->agent};
    must(w, cmd);
    cmd.type = CMD_CONV_NOTE;
    cmd.line.text = SPAN_LIT("a note");
    for (int i = 0; i < 2 * MILESTONE_RECORDS; i++)
        must(w, cmd);
    make_durable(w);
}

static void milestones_are_checked_and_made_again(void **state)
{
    struct world *w = world_new(57);
    struct buf before = {.limit_bytes = 1u << 25}, payload = {0}, wrong = {0};
    struct hit h = {.table = TABLE_MILESTONE};

    (void)state;
    long_chat(w);
    dump_all(w->p.st, &before);
    row_at(w->p.st, h.table, (struct key){.len = 1}, &h.key, &payload);
    hit_raw(w->p.st, &h);
    assert_mended(w, &before, CHECK_INDEX, h.table);
    h.value = SPAN_LIT("\1rotten row");
    hit_raw(w->p.st, &h);
    assert_mended(w, &before, CHECK_ROW, h.table);
    milestone_encode(&(struct milestone){.pos = 3}, &wrong);
    h.value = buf_span(&wrong);
    assert_int_equal(store_write(w->p.st, hit_step, &h), ERR_OK);
    assert_mended(w, &before, CHECK_INDEX, h.table);
    buf_fini(&before);
    buf_fini(&payload);
    buf_fini(&wrong);
    world_free(w);
}

static void a_number_of_nobody_is_found(void **state)
{
    struct world *w = busy(57);
    struct buf before = {.limit_bytes = 1u << 25};
    static const uint64_t numbers[] = {0, 1u << 30};
    struct hit h = {.table = TABLE_NUMBER, .value = SPAN_LIT("\0\0\0\0\0\0\0\7")};

    (void)state;
    dump_all(w->p.st, &before);
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        h.key = key_u64(numbers[i]);
        assert_int_equal(store_write(w->p.st, hit_step, &h), ERR_OK);
        assert_mended(w, &before, CHECK_INDEX, TABLE_NUMBER);
    }
    buf_fini(&before);
    world_free(w);
}

/* A flipped byte, a row that goes, one that is sealed and says otherwise. */
static void rows_of_conversations_that_are_over_are_made_again(void **state)
{
    struct world *w = busy(58);
    struct buf before = {.limit_bytes = 1u << 25}, payload = {0}, other = {0};
    struct conv_row row;
    struct hit h = {.table = TABLE_CONV};

    (void)state;
    dump_all(w->p.st, &before);
    row_at(w->p.st, TABLE_CONV, key_u64(0), &h.key, &payload);
    hit_raw(w->p.st, &h);
    assert_mended(w, &before, CHECK_CONV, TABLE_CONV);
    h.value = SPAN_LIT("\1rotten row");
    hit_raw(w->p.st, &h);
    assert_mended(w, &before, CHECK_ROW, TABLE_CONV);

    assert_int_equal(conv_row_decode(buf_span(&payload), &row), ERR_OK);
    row.dept++;
    conv_row_encode(&row, &other);
    h.value = buf_span(&other);
    assert_int_equal(store_write(w->p.st, hit_step, &h), ERR_OK);
    assert_mended(w, &before, CHECK_CONV, TABLE_CONV);

    struct buf image = {0};
    unsigned rating = 0;

    /* The newest value of a field counts: another rating at the image's end. */
    row.dept--;
    buf_add_span(&image, row.image);
    for (unsigned tag = 1100; rating == 0 && tag < 1200; tag++) {
        struct conv *cv;

        image.len = row.image.len;
        tlv_put_u64(&image, tag, 3);
        if (conv_decode(1, buf_span(&image), &cv) == ERR_OK) {
            rating = cv->rating == 3 ? tag : 0;
            conv_free(cv);
        }
    }
    assert_true(rating > 0);
    row.image = buf_span(&image);
    buf_reset(&other);
    conv_row_encode(&row, &other);
    h.value = buf_span(&other);
    assert_int_equal(store_write(w->p.st, hit_step, &h), ERR_OK);
    assert_mended(w, &before, CHECK_CONV, TABLE_CONV);
    buf_fini(&image);
    buf_fini(&other);
    buf_fini(&payload);
    buf_fini(&before);
    world_free(w);
}

/* Of each kind one rots, one goes, and one is of another time than the others. */
static void images_are_made_again(void **state)
{
    static const enum obj_type types[] = {OBJ_PORTAL, OBJ_DEPT, OBJ_AGENT, OBJ_CONV};
    struct world *w = busy(59);
    struct buf before = {.limit_bytes = 1u << 25}, payload = {0};
    struct hit h = {.table = TABLE_IMAGE};

    (void)state;
    while (true) { /* until a conversation is open, too */
        uint64_t id = 0;

        if (core_next_conv(w->core, &id))
            break;
        ring(w);
    }
    turn_checkpoint(w->turn);
    make_durable(w);
    dump_all(w->p.st, &before);
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        row_at(w->p.st, TABLE_IMAGE, key_typed((uint8_t)types[i], 0), &h.key, &payload);
        assert_int_equal(h.key.bytes[0], types[i]);
        h.value = SPAN_LIT("\1rotten row");
        hit_raw(w->p.st, &h);
        assert_mended(w, &before, CHECK_ROW, TABLE_IMAGE);
        if (types[i] == OBJ_PORTAL || types[i] == OBJ_CONV) {
            h.value = SPAN_NONE;
            hit_raw(w->p.st, &h);
            assert_mended(w, &before, CHECK_IMAGE, TABLE_IMAGE);
        }
    }
    buf_fini(&payload);
    buf_fini(&before);
    world_free(w);
}

/* Of a conversation and of a block that never were: copies of others. */
static void images_of_nothing_are_found_and_go(void **state)
{
    static const enum obj_type types[] = {OBJ_CONV, OBJ_BLOCK};
    struct world *w = busy(64);
    struct buf before = {.limit_bytes = 1u << 25}, payload = {0};
    struct hit h = {.table = TABLE_IMAGE};
    struct check_report r;

    (void)state;
    for (uint64_t id = 0; !core_next_conv(w->core, &id); id = 0)
        ring(w);
    must(w, (struct cmd){.type = CMD_BLOCK_ADD,
                         .who = {.kind = BY_OPERATOR},
                         .block_add = {.prefix = {.addr = {{9}}, .bits = 128}}});
    turn_checkpoint(w->turn);
    make_durable(w);
    dump_all(w->p.st, &before);
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        row_at(w->p.st, TABLE_IMAGE, key_typed((uint8_t)types[i], 0), &h.key, &payload);
        h.key = key_typed((uint8_t)types[i], 7);
        h.value = buf_span(&payload);
        assert_int_equal(store_write(w->p.st, hit_step, &h), ERR_OK);
        assert_mended(w, &before, CHECK_IMAGE, TABLE_IMAGE);
        r = check(w->p.st, false);
        assert_int_equal(r.found, 0);
    }
    buf_fini(&payload);
    buf_fini(&before);
    world_free(w);
}

/* Sealed, and of the right shape, but not what the rules of today allow. */
static void an_image_that_a_start_cannot_use_is_found_and_mended(void **state)
{
    struct world *w = busy(65);
    struct buf before = {.limit_bytes = 1u << 25}, payload = {0};
    struct hit h = {.table = TABLE_IMAGE};
    size_t count;
    const struct setting *table = dept_settings(&count);

    (void)state;
    turn_checkpoint(w->turn);
    make_durable(w);
    dump_all(w->p.st, &before);
    row_at(w->p.st, TABLE_IMAGE, key_typed(OBJ_DEPT, w->depts[0]), &h.key, &payload);
    tlv_put_i64(&payload, setting_find(table, count, SPAN_LIT("offer_ms"))->tag, INT64_C(1) << 40);
    h.value = buf_span(&payload);
    assert_int_equal(store_write(w->p.st, hit_step, &h), ERR_OK);
    assert_mended(w, &before, CHECK_IMAGE, TABLE_IMAGE);
    buf_fini(&payload);
    buf_fini(&before);
    world_free(w);
}

static void a_key_of_the_wrong_length_is_found(void **state)
{
    struct world *w = busy(66);
    struct buf before = {.limit_bytes = 1u << 25};
    struct hit h = {TABLE_LIST, {.len = 5, .bytes = "abcde"}, SPAN_LIT("12345678")};

    (void)state;
    dump_all(w->p.st, &before);
    assert_int_equal(store_write(w->p.st, hit_step, &h), ERR_OK);
    assert_mended(w, &before, CHECK_ROW, TABLE_LIST);
    buf_fini(&before);
    world_free(w);
}

/* The row of a chat that ended and was rated in one batch is lost: its place was by the later. */
static void a_row_that_is_made_again_stands_in_its_list_once(void **state)
{
    struct world *w = world_new(67);
    struct hit h = {.table = TABLE_CONV};
    struct cmd cmd = {.who = {.kind = BY_VISITOR}};

    (void)state;
    ring(w);
    while (core_conv(w->core, w->convs[w->nconvs - 1]) == NULL ||
           core_conv(w->core, w->convs[w->nconvs - 1])->state != CONV_OFFERED) {
        ring(w);
        turn_pass_end(w->turn, w->now_ms);
    }
    cmd.conv = w->convs[w->nconvs - 1];
    cmd.who = (struct principal){.kind = BY_AGENT, .id = core_conv(w->core, cmd.conv)->agent};
    cmd.type = CMD_OFFER_ACCEPT;
    must(w, cmd);
    make_durable(w);
    cmd.type = CMD_CHAT_END;
    must(w, cmd);
    cmd.type = CMD_CHAT_COPY;
    cmd.who = (struct principal){.kind = BY_VISITOR, .id = cmd.conv};
    cmd.copy.to = SPAN_LIT("hanako@example.com");
    must(w, cmd);
    make_durable(w);
    assert_clean(w->p.st);
    h.key = key_u64(cmd.conv);
    hit_raw(w->p.st, &h);
    assert_true(check(w->p.st, true).mended);
    assert_clean(w->p.st);
    world_free(w);
}

static void a_counter_that_is_off_is_named_and_put_right(void **state)
{
    struct world *w = busy(60);
    struct buf before = {.limit_bytes = 1u << 25}, payload = {0};
    struct hit h = {.table = TABLE_IMAGE};
    uint64_t completed = core_dept(w->core, w->depts[0])->completed_count;
    struct dept *d;
    bool hit = false;

    (void)state;
    turn_checkpoint(w->turn);
    make_durable(w);
    dump_all(w->p.st, &before);
    row_at(w->p.st, TABLE_IMAGE, key_typed(OBJ_DEPT, w->depts[0]), &h.key, &payload);
    for (unsigned tag = 1100; !hit && tag < 1200; tag++) {
        size_t len = payload.len;

        tlv_put_u64(&payload, tag, completed + 1);
        if (dept_decode(w->depts[0], buf_span(&payload), &d) == ERR_OK) {
            hit = d->completed_count == completed + 1;
            dept_free(d);
        }
        if (!hit)
            payload.len = len;
    }
    assert_true(hit);
    h.value = buf_span(&payload);
    assert_int_equal(store_write(w->p.st, hit_step, &h), ERR_OK);
    assert_mended(w, &before, CHECK_COUNT, TABLE_IMAGE);
    buf_fini(&payload);
    buf_fini(&before);
    world_free(w);
}

static void what_the_dispatcher_reads_is_made_again(void **state)
{
    struct world *w = busy(61);
    struct buf before = {.limit_bytes = 1u << 25}, old = {0}, fresh = {0};
    struct hit h = {.table = TABLE_SETTING};

    (void)state;
    row_at(w->p.st, TABLE_SETTING, key_typed(OBJ_DEPT, w->depts[1]), &h.key, &old);
    set_dept(w, 1, "name", "Another name");
    make_durable(w);
    dump_all(w->p.st, &before);
    row_at(w->p.st, TABLE_SETTING, key_typed(OBJ_DEPT, w->depts[1]), &h.key, &fresh);
    h.value = buf_span(&old); /* as if that batch had not had it */
    assert_int_equal(store_write(w->p.st, hit_step, &h), ERR_OK);
    assert_mended(w, &before, CHECK_SETTING, TABLE_SETTING);
    h.value = SPAN_NONE;
    hit_raw(w->p.st, &h);
    assert_mended(w, &before, CHECK_SETTING, TABLE_SETTING);
    row_at(w->p.st, TABLE_SETTING, key_typed(OBJ_AGENT, w->agents[1]), &h.key, &old);
    h.value = SPAN_LIT("\1rotten row");
    hit_raw(w->p.st, &h);
    assert_mended(w, &before, CHECK_ROW, TABLE_SETTING);
    buf_fini(&old);
    buf_fini(&fresh);
    buf_fini(&before);
    world_free(w);
}

/* A portal that was set again, a department that is gone. */
static void the_dispatcher_is_not_left_with_what_was(void **state)
{
    struct world *w = busy(68);
    struct buf before = {.limit_bytes = 1u << 25}, old = {0};
    struct hit h = {.table = TABLE_SETTING};

    (void)state;
    name_portal(w, "One name");
    make_durable(w);
    row_at(w->p.st, TABLE_SETTING, key_typed(OBJ_PORTAL, 0), &h.key, &old);
    name_portal(w, "Another");
    make_durable(w);
    dump_all(w->p.st, &before);
    h.value = buf_span(&old);
    assert_int_equal(store_write(w->p.st, hit_step, &h), ERR_OK);
    assert_mended(w, &before, CHECK_SETTING, TABLE_SETTING);

    set_dept(w, 2, "enabled", "off");
    make_durable(w);
    row_at(w->p.st, TABLE_SETTING, key_typed(OBJ_DEPT, w->depts[2]), &h.key, &old);
    must(w,
         (struct cmd){.type = CMD_DEPT_REMOVE, .who = {.kind = BY_OPERATOR}, .dept = w->depts[2]});
    make_durable(w);
    dump_all(w->p.st, &before);
    h.value = buf_span(&old);
    assert_int_equal(store_write(w->p.st, hit_step, &h), ERR_OK);
    assert_mended(w, &before, CHECK_SETTING, TABLE_SETTING);
    buf_fini(&old);
    buf_fini(&before);
    world_free(w);
}

/* A record that says it comes after another than it does. */
static void a_chain_that_is_broken_is_named(void **state)
{
    struct world *w = busy(69);
    struct buf payload = {0}, fresh = {0};
    struct hit h = {.table = TABLE_JOURNAL};
    struct rec rec = {.prev = 0};
    bool named = false;
    uint64_t pos = 0;

    (void)state;
    while (rec.obj_type != OBJ_CONV || rec.prev == 0) {
        row_at(w->p.st, TABLE_JOURNAL, key_u64(++pos), &h.key, &payload);
        assert_int_equal(rec_decode(pos, buf_span(&payload), SPAN_NONE, &rec), ERR_OK);
    }
    rec.prev--;
    rec_encode(&rec, &fresh);
    h.value = buf_span(&fresh);
    assert_int_equal(store_write(w->p.st, hit_step, &h), ERR_OK);
    (void)check(w->p.st, false);
    for (size_t i = 0; i < nfound; i++)
        named =
            named || (found[i].kind == CHECK_JOURNAL && strtoull(found[i].key, NULL, 10) == pos);
    assert_true(named);
    buf_fini(&payload);
    buf_fini(&fresh);
    world_free(w);
}

/* Mends, and is killed on the way, if the environment says so. */
static int part_rebuild(const char *dir)
{
    struct store_options opt = {.dir = dir, .role = STORE_GATEWAY, .ballast_bytes = 4096};
    struct check_report r;
    struct store *st;

    if (store_open(&opt, &st, NULL) != ERR_OK ||
        store_check(st, true, NULL, NULL, &r, NULL) != ERR_OK)
        return 1;
    store_close(st);
    return 0;
}

/* Killed after its first change, its second, …: a start finds all, and the next rebuild ends it. */
static int rebuild_killed_at(unsigned nth)
{
    struct world *w = busy(70);
    uint64_t digest;
    struct buf payload = {0};
    struct hit h = {.table = TABLE_IMAGE};
    struct part part;
    struct core *k;
    char at[200];
    int status;

    turn_checkpoint(w->turn);
    make_durable(w);
    digest = core_digest(w->core);
    row_at(w->p.st, TABLE_IMAGE, key_typed(OBJ_AGENT, 0), &h.key, &payload);
    h.value = SPAN_LIT("\1rotten row");
    hit_raw(w->p.st, &h);
    place_close(&w->p);
    snprintf(at, sizeof(at), "gateway.written:%u:%s/killed", nth, w->p.dir);
    setenv("DESKBELL_CRASH", at, 1);
    part = part_start("rebuild", w->p.store);
    status = part_wait(&part);
    unsetenv("DESKBELL_CRASH");
    place_open(&w->p);
    k = load(w);
    assert_true(core_digest(k) == digest);
    core_free(k);
    (void)check(w->p.st, true);
    assert_clean(w->p.st);
    k = load_and_compare(w);
    core_free(k);
    buf_fini(&payload);
    world_free(w);
    return status;
}

/* Killed after its first change, its second, …: a start finds all, and the next rebuild ends it. */
static void a_rebuild_that_is_cut_off_leaves_nothing_worse(void **state)
{
    unsigned nth = 1;
    int status;

    (void)state;
    while ((status = rebuild_killed_at(nth)) != 0 && nth < 40) {
        assert_int_equal(status, SIGKILL);
        nth++;
    }
    assert_int_equal(status, 0);
    assert_true(nth > 4);
}

/* Mails that wait, run, were put off, have gone, are held. */
static void send_some(struct world *w)
{
    uint64_t ids[12];
    size_t n;

    assert_int_equal(outbox_due(w->p.st, INT64_MAX / 2, ids, 12, &n), ERR_OK);
    assert_int_equal(n, 12);
    for (size_t i = 0; i < 8; i++) {
        struct mail_result res = {.id = ids[i],
                                  .state = i % 2 ? MAILST_SENT : MAILST_DEFERRED,
                                  .due_ms = w->now_ms + 1000,
                                  .reason = SPAN_LIT("busy")};

        snprintf(res.cause, sizeof(res.cause), "%s", i % 2 ? "" : "code-451");
        assert_int_equal(outbox_begin(w->p.st, &ids[i], 1, &(struct lease){7, 1000}), ERR_OK);
        if (i < 7)
            assert_int_equal(outbox_settle(w->p.st, &res, 1, w->now_ms), ERR_OK);
    }
    for (size_t i = 8; i < 11; i++)
        assert_int_equal(outbox_hold(w->p.st, &(struct mail_hold){ids[i], w->now_ms + 5000}, 1,
                                     SPAN_LIT("many")),
                         ERR_OK);
}

static void dump_queue(struct store *st, struct buf *out)
{
    static const enum table tables[] = {TABLE_MAIL_DUE, TABLE_MAIL_HELD, TABLE_MAIL_BY,
                                        TABLE_MAIL_STATE, TABLE_MAIL_META};

    buf_reset(out);
    for (size_t i = 0; i < COUNT_OF(tables); i++)
        dump_table(st, tables[i], out);
}

static void mails_are_found_by_what_became_of_them(void **state)
{
    static const enum table tables[] = {TABLE_MAIL_DUE, TABLE_MAIL_HELD, TABLE_MAIL_BY};
    struct world *w = busy(71);
    struct buf before = {.limit_bytes = 1u << 25}, queue = {.limit_bytes = 1u << 25},
               after = {.limit_bytes = 1u << 25}, payload = {0}, tally = {0};
    struct queue_tally t = {{1, 2, 3}};
    struct hit h;

    (void)state;
    send_some(w);
    assert_clean(w->p.st);
    dump_all(w->p.st, &before);
    dump_queue(w->p.st, &queue);
    queue_tally_encode(&t, &tally);
    for (size_t i = 0; i < 3 * COUNT_OF(tables) + 1; i++) {
        enum check_kind kind = CHECK_INDEX;

        h = (struct hit){.table = tables[i / 3 % COUNT_OF(tables)]};
        row_at(w->p.st, h.table, (struct key){.len = 1}, &h.key, &payload);
        if (i == 3 * COUNT_OF(tables)) {
            h = (struct hit){TABLE_MAIL_META, key_word("counts"), buf_span(&tally)};
            kind = CHECK_COUNT;
        } else if (i % 3 == 1) {
            h.value = SPAN_LIT("\1rotten row");
            kind = CHECK_ROW;
        } else if (i % 3 == 2) {
            h.key.bytes[h.key.len - 9] ^= 1; /* another time, state or group */
        }
        if (kind == CHECK_INDEX && h.value.len == 0 && i % 3 == 0)
            hit_raw(w->p.st, &h);
        else if (kind == CHECK_ROW)
            hit_raw(w->p.st, &h);
        else
            assert_int_equal(store_write(w->p.st, hit_step, &h), ERR_OK);
        assert_mended(w, &before, kind, h.table);
        dump_queue(w->p.st, &after);
        assert_int_equal(after.len, queue.len);
        assert_memory_equal(after.p, queue.p, queue.len);
    }
    buf_fini(&before);
    buf_fini(&queue);
    buf_fini(&after);
    buf_fini(&payload);
    buf_fini(&tally);
    world_free(w);
}

/* What nobody else has cannot be mended: it is named, and stays named. */
static void records_that_are_lost_are_named_and_stay_so(void **state)
{
    struct world *w = busy(62);
    struct hit h = {TABLE_JOURNAL, key_u64(60), SPAN_NONE};
    struct check_report r;
    bool named = false;

    (void)state;
    hit_raw(w->p.st, &h);
    r = check(w->p.st, false);
    for (size_t i = 0; i < nfound; i++)
        named = named || (found[i].kind == CHECK_JOURNAL && strcmp(found[i].key, "61") == 0 &&
                          !found[i].mendable);
    assert_true(named);
    (void)check(w->p.st, true);
    r = check(w->p.st, false);
    assert_true(r.kinds[CHECK_JOURNAL] > 0);
    h.key = key_u64(70);
    h.value = SPAN_LIT("\1rotten row");
    hit_raw(w->p.st, &h);
    r = check(w->p.st, false);
    assert_int_equal(r.kinds[CHECK_ROW], 1);
    assert_string_equal(found[0].key, "70");
    assert_false(found[0].mendable);
    world_free(w);
}

static void a_row_that_was_set_aside_and_is_right_again_is_listed_no_more(void **state)
{
    struct world *w = busy(63);
    struct buf payload = {0};
    struct hit h = {.table = TABLE_NUMBER};
    struct key first = {.len = 1};
    struct cursor cur;
    struct txn tx;

    (void)state;
    row_at(w->p.st, TABLE_NUMBER, first, &h.key, &payload);
    h.value = SPAN_LIT("\1rotten row");
    hit_raw(w->p.st, &h);
    (void)check(w->p.st, false);
    store_list_bad(w->p.st, w->now_ms);
    for (int rebuilt = 0; rebuilt < 2; rebuilt++) {
        assert_int_equal(txn_begin_read(&tx, w->p.st), ERR_OK);
        assert_int_equal(cursor_open(&cur, &tx, TABLE_BAD), ERR_OK);
        assert_int_equal(cursor_seek(&cur, &first, false), rebuilt ? ERR_NOTFOUND : ERR_OK);
        cursor_close(&cur);
        txn_end_read(&tx);
        (void)check(w->p.st, true);
    }
    buf_fini(&payload);
    world_free(w);
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_store_that_is_right_has_no_findings),
        cmocka_unit_test(what_is_written_meanwhile_is_no_finding),
        cmocka_unit_test(each_index_is_checked_and_mended),
        cmocka_unit_test(milestones_are_checked_and_made_again),
        cmocka_unit_test(a_number_of_nobody_is_found),
        cmocka_unit_test(rows_of_conversations_that_are_over_are_made_again),
        cmocka_unit_test(images_are_made_again),
        cmocka_unit_test(images_of_nothing_are_found_and_go),
        cmocka_unit_test(an_image_that_a_start_cannot_use_is_found_and_mended),
        cmocka_unit_test(a_key_of_the_wrong_length_is_found),
        cmocka_unit_test(a_row_that_is_made_again_stands_in_its_list_once),
        cmocka_unit_test(the_dispatcher_is_not_left_with_what_was),
        cmocka_unit_test(a_chain_that_is_broken_is_named),
        cmocka_unit_test(a_rebuild_that_is_cut_off_leaves_nothing_worse),
        cmocka_unit_test(mails_are_found_by_what_became_of_them),
        cmocka_unit_test(a_counter_that_is_off_is_named_and_put_right),
        cmocka_unit_test(what_the_dispatcher_reads_is_made_again),
        cmocka_unit_test(records_that_are_lost_are_named_and_stay_so),
        cmocka_unit_test(a_row_that_was_set_aside_and_is_right_again_is_listed_no_more),
    };

    crypto_init();
    if (argc == 3 && strcmp(argv[1], "rebuild") == 0)
        return part_rebuild(argv[2]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
