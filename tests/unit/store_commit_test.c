/*
 * Batches into the store and out again: records, rows, a conversation backwards; and what happens
 * when the map is full, a reader dies, a row rots.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "deskbell/clock.h"
#include "deskbell/tlv.h"
#include "store_help.h"
#include "store_int.h"

#define NOW INT64_C(1000000000)
#define DAY_MS (24 * 3600 * INT64_C(1000))
#define CONV 7
#define WAIT_MS 20000

static int setup_small(void **state)
{
    struct place *p = xcalloc(1, sizeof(*p));

    place_make(p);

    struct store_options opt = place_options(p, STORE_GATEWAY);

    opt.map_bytes = 1 << 20;
    assert_int_equal(store_open(&opt, &p->st, NULL), ERR_OK);
    *state = p;
    return 0;
}

/* Messages first..last of one conversation, each behind the other. */
static void put_messages(struct place *p, uint64_t first, uint64_t last, size_t len)
{
    struct maker m = {{0}};

    for (uint64_t pos = first; pos <= last; pos++)
        maker_add_message(&m, pos, pos - 1, CONV, len);
    assert_int_equal(maker_commit(&m, p->st, NOW), ERR_OK);
}

static void assert_message(struct place *p, uint64_t pos, size_t len)
{
    struct buf mem = {0};
    struct rec rec;

    assert_int_equal(store_read_rec(p->st, pos, &rec, &mem), ERR_OK);
    assert_true(message_is(&rec, pos, len));
    buf_fini(&mem);
}

static void records_come_back_with_their_bodies(void **state)
{
    struct place *p = *state;
    struct buf mem = {0};
    struct rec rec;

    put_messages(p, 1, 50, 300);
    put_messages(p, 51, 51, 4000);
    assert_message(p, 1, 300);
    assert_message(p, 50, 300);
    assert_message(p, 51, 4000);
    assert_int_equal(store_read_rec(p->st, 52, &rec, &mem), ERR_NOTFOUND);
    place_close(p);
    place_open(p);
    assert_message(p, 51, 4000);
    buf_fini(&mem);
}

enum { ZONE_TAG = 31, CAPACITY_TAG = 18 };

/* An agent's record that has words, and a setting that says where he is. */
static void put_agent(struct place *p, enum rec_type type, uint64_t pos, uint64_t prev,
                      uint64_t agent)
{
    struct maker m = {{0}};
    struct buf body = {0}, fields = {0};

    tlv_put_str(&body, BODY_NAME, "Ann");
    tlv_put_str(&fields, ZONE_TAG, "Asia/Tokyo");
    tlv_put_u64(&fields, CAPACITY_TAG, 3);
    maker_add_rec(&m, &(struct rec){.pos = pos,
                                    .type = type,
                                    .version = REC_VERSION,
                                    .obj_type = OBJ_AGENT,
                                    .obj = agent,
                                    .prev = prev,
                                    .set.fields = buf_span(&fields),
                                    .body = buf_span(&body)});
    assert_int_equal(maker_commit(&m, p->st, NOW), ERR_OK);
    buf_fini(&fields);
    buf_fini(&body);
}

static bool has_zone(struct place *p, uint64_t pos)
{
    struct buf mem = {0};
    struct rec rec;
    bool has;

    assert_int_equal(store_read_rec(p->st, pos, &rec, &mem), ERR_OK);
    assert_true(rec.type == REC_AGENT_DELETED || rec.set.fields.len > 0); /* the rest stays */
    has = memmem(rec.set.fields.p, rec.set.fields.len, "Asia/Tokyo", 10) != NULL;
    buf_fini(&mem);
    return has;
}

static bool has_words(struct place *p, uint64_t pos)
{
    struct buf mem = {0};
    struct rec rec;
    bool has;

    assert_int_equal(store_read_rec(p->st, pos, &rec, &mem), ERR_OK);
    has = rec.body.len > 0;
    buf_fini(&mem);
    return has;
}

static void who_is_forgotten_loses_the_words_of_all_records_before(void **state)
{
    struct place *p = *state;

    put_agent(p, REC_AGENT_CREATED, 1, 0, 30);
    put_agent(p, REC_AGENT_CREATED, 2, 0, 31);
    put_agent(p, REC_AGENT_SET, 3, 1, 30);
    put_agent(p, REC_AGENT_SET, 4, 2, 31);
    put_agent(p, REC_AGENT_DELETED, 5, 3, 30);
    assert_true(has_words(p, 1) && has_words(p, 3));
    assert_true(has_zone(p, 1) && has_zone(p, 3));
    put_agent(p, REC_AGENT_ANONYMISED, 6, 5, 30);
    assert_false(has_words(p, 1) || has_words(p, 3) || has_words(p, 5));
    assert_true(has_words(p, 2) && has_words(p, 4));
    assert_false(has_zone(p, 1) || has_zone(p, 3));
    assert_true(has_zone(p, 2) && has_zone(p, 4));
    assert_true(has_words(p, 6)); /* the name instead */
}

/* Its record stays, for what it did. */
static void a_picture_that_another_is_in_place_of_loses_its_bytes(void **state)
{
    struct place *p = *state;
    struct maker m = {{0}};

    put_agent(p, REC_AGENT_CREATED, 1, 0, 30);
    put_agent(p, REC_AGENT_PICTURE, 2, 1, 30);
    assert_true(has_words(p, 1) && has_words(p, 2));
    maker_add_rec(&m, &(struct rec){.pos = 3,
                                    .type = REC_AGENT_PICTURE,
                                    .version = REC_VERSION,
                                    .obj_type = OBJ_AGENT,
                                    .obj = 30,
                                    .prev = 2,
                                    .picture.was = 2});
    maker_add_row(&m, ROW_BODY, 2, 0, SPAN_NONE);
    assert_int_equal(maker_commit(&m, p->st, NOW), ERR_OK);
    assert_true(has_words(p, 1));
    assert_false(has_words(p, 2));
}

static void a_position_is_never_written_twice(void **state)
{
    struct place *p = *state;
    struct maker m = {{0}};

    put_messages(p, 1, 5, 10);
    maker_add_message(&m, 5, 4, CONV, 20);
    maker_add_ring(&m, 6, CONV, 1);
    assert_int_equal(maker_commit(&m, p->st, NOW), ERR_EXISTS);

    uint64_t conv;

    assert_int_equal(store_find_number(p->st, 1, &conv), ERR_NOTFOUND);
    assert_message(p, 5, 10);
    put_messages(p, 6, 6, 10);
}

struct seen {
    uint64_t pos[64];
    size_t n, stop_after;
};

static bool on_rec(void *arg, const struct rec *rec)
{
    struct seen *s = arg;

    assert_true(s->n < COUNT_OF(s->pos));
    assert_true(message_is(rec, rec->pos, 30));
    s->pos[s->n++] = rec->pos;
    return s->n != s->stop_after;
}

static void a_conversation_is_read_backwards_in_pieces(void **state)
{
    struct place *p = *state;
    struct seen s = {{0}};
    uint64_t next = 99;

    put_messages(p, 1, 10, 30);
    assert_int_equal(store_walk_conv(p->st, 10, 4, on_rec, &s, &next), ERR_OK);
    assert_int_equal(s.n, 4);
    assert_int_equal(s.pos[0], 10);
    assert_int_equal(s.pos[3], 7);
    assert_int_equal(next, 6);
    s = (struct seen){.stop_after = 2};
    assert_int_equal(store_walk_conv(p->st, next, 50, on_rec, &s, &next), ERR_OK);
    assert_int_equal(s.n, 2);
    assert_int_equal(next, 4);
    s = (struct seen){{0}};
    assert_int_equal(store_walk_conv(p->st, next, 50, on_rec, &s, &next), ERR_OK);
    assert_int_equal(s.n, 4);
    assert_int_equal(s.pos[3], 1);
    assert_int_equal(next, 0);
    assert_int_equal(store_walk_conv(p->st, 11, 50, on_rec, &s, &next), ERR_NOTFOUND);
}

static void put_repeat(struct place *p, uint64_t cid, uint64_t id, int64_t time_ms)
{
    struct repeat r = {.cid = cid, .chash = 5, .pos = 9, .id = id, .time_ms = time_ms};
    struct maker m = {{0}};
    struct buf value = {0};

    repeat_encode(&r, &value);
    maker_add_row(&m, ROW_REPEAT, cid, 0, buf_span(&value));
    assert_int_equal(maker_commit(&m, p->st, time_ms), ERR_OK);
    buf_fini(&value);
}

static uint64_t repeat_id(struct place *p, uint64_t cid)
{
    struct buf value = {0};
    struct repeat r = {0};

    if (store_read_repeat(p->st, cid, &value) == ERR_OK)
        assert_int_equal(repeat_decode(buf_span(&value), &r), ERR_OK);
    buf_fini(&value);
    return r.id;
}

static void answers_are_kept_a_day(void **state)
{
    struct place *p = *state;

    put_repeat(p, 1, 11, NOW);
    put_repeat(p, 2, 22, NOW);
    put_repeat(p, 3, 33, NOW + 1);
    assert_int_equal(repeat_id(p, 1), 11);
    assert_int_equal(repeat_id(p, 9), 0);
    store_tend(p->st, NOW + DAY_MS);
    assert_int_equal(repeat_id(p, 1), 11);
    put_repeat(p, 2, 222, NOW + DAY_MS); /* the id came again */
    store_tend(p->st, NOW + DAY_MS + 1);
    assert_int_equal(repeat_id(p, 1), 0);
    assert_int_equal(repeat_id(p, 2), 222);
    assert_int_equal(repeat_id(p, 3), 33);
}

static void short_numbers_and_settings_are_found(void **state)
{
    struct place *p = *state;
    struct maker m = {{0}};
    struct buf image = {0};
    uint64_t conv = 0;

    maker_add_ring(&m, 1, 5678, 1234);
    maker_add_row(&m, ROW_SETTING, OBJ_DEPT, 3, SPAN_LIT("a department"));
    assert_int_equal(maker_commit(&m, p->st, NOW), ERR_OK);
    assert_int_equal(store_find_number(p->st, 1234, &conv), ERR_OK);
    assert_int_equal(conv, 5678);
    assert_int_equal(store_read_setting(p->st, OBJ_DEPT, 3, &image), ERR_OK);
    assert_true(span_is(buf_span(&image), "a department"));
    assert_int_equal(store_read_setting(p->st, OBJ_AGENT, 3, &image), ERR_NOTFOUND);
    maker_add_row(&m, ROW_SETTING, OBJ_DEPT, 3, SPAN_NONE);
    assert_int_equal(maker_commit(&m, p->st, NOW), ERR_OK);
    assert_int_equal(store_read_setting(p->st, OBJ_DEPT, 3, &image), ERR_NOTFOUND);
    buf_fini(&image);
}

/* rows that rot */

struct rot {
    enum table table;
    struct key key;
    struct span value;
};

static void rot_step(struct txn *tx, void *arg)
{
    struct rot *rot = arg;
    MDB_val k = {rot->key.len, rot->key.bytes}, v = {rot->value.len, (void *)rot->value.p};

    assert_int_equal(mdb_put(tx->mdb, tx->st->dbis[rot->table], &k, &v, 0), 0);
}

static void put_raw(struct place *p, enum table table, struct key key, struct span value)
{
    struct rot rot = {table, key, value};

    assert_int_equal(store_write(p->st, rot_step, &rot), ERR_OK);
}

static size_t bad_rows(struct place *p)
{
    MDB_stat stat;
    struct txn tx;

    assert_int_equal(txn_begin_read(&tx, p->st), ERR_OK);
    assert_int_equal(mdb_stat(tx.mdb, p->st->dbis[TABLE_BAD], &stat), 0);
    txn_end_read(&tx);
    return stat.ms_entries;
}

static void a_row_that_rots_is_reported_and_the_rest_goes_on(void **state)
{
    struct place *p = *state;
    struct seen s = {{0}};
    struct buf mem = {0};
    struct rec rec;
    uint64_t next = 99;

    put_messages(p, 1, 6, 30);
    put_raw(p, TABLE_JOURNAL, key_u64(3), SPAN_LIT("\1abcdrotten"));
    put_raw(p, TABLE_JOURNAL, key_u64(2), SPAN_LIT("\1"));
    put_raw(p, TABLE_BODY, key_u64(6), SPAN_LIT("\1abcdrotten"));
    assert_int_equal(store_read_rec(p->st, 3, &rec, &mem), ERR_CORRUPT);
    assert_int_equal(store_read_rec(p->st, 2, &rec, &mem), ERR_CORRUPT);
    assert_int_equal(store_read_rec(p->st, 6, &rec, &mem), ERR_OK);
    assert_int_equal(rec.body.len, 0); /* reads as erased */
    assert_int_equal(store_walk_conv(p->st, 5, 50, on_rec, &s, &next), ERR_OK);
    assert_int_equal(s.n, 2); /* 5 and 4: behind the bad one nothing can be found */
    assert_int_equal(next, 0);
    put_messages(p, 7, 7, 30);
    assert_message(p, 7, 30);
    assert_int_equal(bad_rows(p), 0);
    store_tend(p->st, NOW);
    assert_int_equal(bad_rows(p), 3);
    store_tend(p->st, NOW);
    assert_int_equal(bad_rows(p), 3);
    buf_fini(&mem);
}

static void a_row_of_a_newer_version_is_not_read(void **state)
{
    struct place *p = *state;
    struct buf image = {0};

    put_raw(p, TABLE_SETTING, key_typed(OBJ_DEPT, 1), SPAN_LIT("\2abcdnewer"));
    assert_int_equal(store_read_setting(p->st, OBJ_DEPT, 1, &image), ERR_VERSION);
    buf_fini(&image);
}

static void a_bad_mail_row_does_not_stop_the_others(void **state)
{
    struct place *p = *state;
    struct maker m = {{0}};
    struct mail_view v;
    uint64_t ids[4];
    size_t n;

    maker_add_mail(&m, 16, CONV, MAIL_TRANSCRIPT);
    maker_add_mail(&m, 24, CONV, MAIL_TRANSCRIPT);
    assert_int_equal(maker_commit(&m, p->st, NOW), ERR_OK);
    put_raw(p, TABLE_OUTBOX, key_u64(16), SPAN_LIT("\1abcdrotten"));
    assert_int_equal(outbox_due(p->st, NOW, ids, 4, &n), ERR_OK);
    assert_int_equal(n, 1);
    assert_int_equal(ids[0], 24);
    assert_int_equal(mail_read(p->st, 16, &v), ERR_CORRUPT);
}

/* the map */

static size_t map_bytes(struct place *p)
{
    MDB_envinfo info;

    assert_int_equal(mdb_env_info(p->st->env, &info), 0);
    return info.me_mapsize;
}

static void a_full_map_grows_and_the_batch_is_written(void **state)
{
    struct place *p = *state;

    for (uint64_t i = 0; i < 20; i++)
        put_messages(p, i * 100 + 1, i * 100 + 100, 2000);
    for (uint64_t pos = 1; pos <= 2000; pos++)
        assert_message(p, pos, 2000);
    assert_true(map_bytes(p) > 4 << 20);
}

static void the_map_grows_under_two_processes(void **state)
{
    struct place *p = *state;
    struct part part = part_start("dispatch", p->store);
    struct maker m = {{0}};
    struct mail_frozen fz;
    struct buf mem = {0};
    char line[64];

    assert_true(part_line(&part, line, sizeof(line)));
    assert_string_equal(line, "open");
    for (uint64_t i = 0; i < 10; i++) /* we grow it: the other must follow */
        put_messages(p, i * 100 + 1, i * 100 + 100, 2000);
    maker_add_mail(&m, 8008, CONV, MAIL_TRANSCRIPT);
    assert_int_equal(maker_commit(&m, p->st, NOW), ERR_OK);
    assert_true(part_line(&part, line, sizeof(line)));
    assert_string_equal(line, "frozen"); /* it has grown the map: now we must follow */
    assert_int_equal(part_wait(&part), 0);
    assert_int_equal(outbox_read_frozen(p->st, 8008, &fz, &mem), ERR_OK);
    assert_int_equal(fz.bytes.len, 16 << 20);
    put_messages(p, 1001, 1100, 2000);
    assert_message(p, 1100, 2000);
    buf_fini(&mem);
}

static void a_dead_reader_does_not_make_the_map_grow(void **state)
{
    struct place *p = *state;
    struct part part = part_start("reader", p->store);
    static char image[60000];
    char line[16];

    assert_true(part_line(&part, line, sizeof(line)));
    assert_string_equal(line, "reading");
    part_kill(&part);
    for (int i = 0; i < 100; i++) {
        struct maker m = {{0}};

        memset(image, 'a' + i % 26, sizeof(image));
        maker_add_row(&m, ROW_SETTING, OBJ_DEPT, 1, (struct span){image, sizeof(image)});
        assert_int_equal(maker_commit(&m, p->st, NOW), ERR_OK);
    }
    assert_int_equal(map_bytes(p), 1 << 20);
}

/* parts */

static int say(const char *word, int status)
{
    printf("%s\n", word);
    fflush(stdout);
    return status;
}

static int part_reader(const char *dir)
{
    struct store_options opt = {.dir = dir, .role = STORE_READER};
    struct store *st;
    struct txn tx;

    if (store_open(&opt, &st, NULL) != ERR_OK || txn_begin_read(&tx, st) != ERR_OK)
        return say("cannot read", 1);
    say("reading", 0);
    for (;;)
        pause();
}

/* The dispatcher in small: waits for a mail, and freezes one so big that the map must grow. */
static int part_dispatch(const char *dir)
{
    struct store_options opt = {.dir = dir, .role = STORE_DISPATCHER, .map_bytes = 1 << 20};
    int64_t until_ms = clock_mono_ms() + WAIT_MS;
    struct buf bytes = {0};
    struct store *st;
    uint64_t ids[1];
    size_t n = 0;
    err_t err;

    if (store_open(&opt, &st, NULL) != ERR_OK)
        return say("cannot open", 1);
    say("open", 0);
    while (n == 0 && clock_mono_ms() < until_ms) {
        if ((err = outbox_due(st, NOW, ids, 1, &n)) != ERR_OK)
            return say(err_code(err), 1);
        usleep(1000);
    }
    if (n == 0)
        return say("no mail", 1);
    while (bytes.len < 16 << 20)
        buf_add(&bytes, "0123456789abcdef", 16);

    struct mail_frozen fz = {.bytes = buf_span(&bytes)};

    if ((err = outbox_freeze(st, ids[0], &fz)) != ERR_OK)
        return say(err_code(err), 1);
    buf_fini(&bytes);
    store_close(st);
    return say("frozen", 0);
}

#ifdef TEST_HOOKS
struct lent {
    enum table changed;
    bool by_cursor, put;
    struct span key, payload;
};

static void lend_step(struct txn *tx, void *arg)
{
    struct lent *l = arg;
    struct key key = key_u64(1), other = key_u64(2);
    struct cursor cur;

    txn_put(tx, TABLE_NUMBER, &key, SPAN_LIT("sixteen bytes..."));
    assert_int_equal(cursor_open(&cur, tx, TABLE_NUMBER), ERR_OK);
    assert_int_equal(cursor_seek(&cur, &key, false), ERR_OK);
    l->key = cur.key;
    l->payload = cur.payload;
    if (!l->by_cursor)
        assert_int_equal(txn_get(tx, TABLE_NUMBER, &key, &l->payload), ERR_OK);
    assert_true(span_is(l->payload, "sixteen bytes..."));
    if (l->put)
        txn_put(tx, l->changed, &other, SPAN_LIT("x"));
    else
        txn_del(tx, l->changed, &other);
    assert_memory_equal(l->payload.p, "\xdb\xdb\xdb\xdb\xdb\xdb\xdb\xdb", 8);
    if (l->by_cursor)
        assert_memory_equal(l->key.p, "\xdb\xdb\xdb\xdb\xdb\xdb\xdb\xdb", 8);
    cursor_close(&cur);
}

/* LMDB moves what a write transaction has read when it changes anything: whoever forgets is told.
 */
static void what_was_read_is_no_good_after_a_change_in_the_same_transaction(void **state)
{
    struct place *p = *state;

    for (int i = 0; i < 8; i++)
        assert_int_equal(store_write(p->st, lend_step,
                                     &(struct lent){.changed = i & 1 ? TABLE_NUMBER : TABLE_META,
                                                    .by_cursor = (i & 2) != 0,
                                                    .put = (i & 4) != 0}),
                         ERR_OK);
}
#endif

#define T(name) cmocka_unit_test_setup_teardown(name, place_setup, place_teardown)
#define T_SMALL(name) cmocka_unit_test_setup_teardown(name, setup_small, place_teardown)

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        T(records_come_back_with_their_bodies),
        T(who_is_forgotten_loses_the_words_of_all_records_before),
        T(a_picture_that_another_is_in_place_of_loses_its_bytes),
        T(a_position_is_never_written_twice),
        T(a_conversation_is_read_backwards_in_pieces),
        T(answers_are_kept_a_day),
        T(short_numbers_and_settings_are_found),
        T(a_row_that_rots_is_reported_and_the_rest_goes_on),
        T(a_row_of_a_newer_version_is_not_read),
        T(a_bad_mail_row_does_not_stop_the_others),
        T_SMALL(a_full_map_grows_and_the_batch_is_written),
        T_SMALL(the_map_grows_under_two_processes),
        T_SMALL(a_dead_reader_does_not_make_the_map_grow),
#ifdef TEST_HOOKS
        T(what_was_read_is_no_good_after_a_change_in_the_same_transaction),
#endif
    };

    crypto_init();
    if (argc == 3 && strcmp(argv[1], "reader") == 0)
        return part_reader(argv[2]);
    if (argc == 3 && strcmp(argv[1], "dispatch") == 0)
        return part_dispatch(argv[2]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
