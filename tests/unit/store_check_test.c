/*
 * The check: it says nothing of a store that is right, whatever is written meanwhile, and names
 * what is wrong with records, with rows by which others are found, and with mails.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "outbox/outbox_int.h"
#include "store_damage.h"

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

/* Some that are over get a tag. */
static void put_tags(struct world *w)
{
    struct key key = {.len = 1};
    struct buf payload = {0};

    for (int i = 0; i < 3; i++) {
        row_at(w->p.st, TABLE_CONV, key, &key, &payload);
        must(w, (struct cmd){.type = CMD_CONV_TAG,
                             .who.kind = BY_OPERATOR,
                             .conv = be64_get(key.bytes),
                             .tag = {SPAN_LIT("VIP"), SPAN_LIT("vip")}});
        make_durable(w);
        key = key_u64(be64_get(key.bytes) + 1);
    }
    buf_fini(&payload);
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
                {TABLE_TAGGED, SPAN_LIT("\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\1"), true},
                {TABLE_TAG_COUNT, SPAN_LIT("\0\0\0\0\0\0\3\1"), true},
                {TABLE_ADDR, SPAN_NONE, true},
                {TABLE_NUMBER, SPAN_LIT("\0\0\0\0\0\0\0\1"), false},
                {TABLE_CONV_MAIL, SPAN_NONE, true},
                {TABLE_REPEAT_TIME, SPAN_NONE, false}};
    struct world *w = busy(56);
    struct buf before = {.limit_bytes = 1u << 25}, payload = {0};

    (void)state;
    put_tags(w);
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
    for (size_t i = 0; i < 3 * COUNT_OF(tables) + 2; i++) {
        enum check_kind kind = CHECK_INDEX;

        h = (struct hit){.table = tables[i / 3 % COUNT_OF(tables)]};
        row_at(w->p.st, h.table, (struct key){.len = 1}, &h.key, &payload);
        if (i == 3 * COUNT_OF(tables)) {
            h = (struct hit){TABLE_MAIL_META, key_word("counts"), buf_span(&tally)};
            kind = CHECK_COUNT;
        } else if (i > 3 * COUNT_OF(tables)) {
            h = (struct hit){TABLE_MAIL_META, key_word("c:code-451"), buf_span(&tally)};
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

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_store_that_is_right_has_no_findings),
        cmocka_unit_test(what_is_written_meanwhile_is_no_finding),
        cmocka_unit_test(each_index_is_checked_and_mended),
        cmocka_unit_test(milestones_are_checked_and_made_again),
        cmocka_unit_test(a_number_of_nobody_is_found),
        cmocka_unit_test(a_key_of_the_wrong_length_is_found),
        cmocka_unit_test(mails_are_found_by_what_became_of_them),
        cmocka_unit_test(a_chain_that_is_broken_is_named),
        cmocka_unit_test(records_that_are_lost_are_named_and_stay_so),
        cmocka_unit_test(a_row_that_was_set_aside_and_is_right_again_is_listed_no_more),
    };

    crypto_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
