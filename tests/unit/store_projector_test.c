/*
 * Projectors: those of the acknowledging transaction have exactly what the journal leads to,
 * however often they are made again; one that runs behind is told everything once, in order,
 * whatever happens between two of its steps.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "rows/projector.h"
#include "store_world.h"

/* those of the acknowledging transaction */

static void dump(struct store *st, enum table table, struct buf *out)
{
    struct key first = {.len = 1};
    struct cursor cur;
    struct txn tx;

    buf_reset(out);
    assert_int_equal(txn_begin_read(&tx, st), ERR_OK);
    assert_int_equal(cursor_open(&cur, &tx, table), ERR_OK);
    for (err_t err = cursor_seek(&cur, &first, false); err == ERR_OK; err = cursor_next(&cur)) {
        buf_add_span(out, cur.key);
        buf_add_span(out, cur.payload);
    }
    cursor_close(&cur);
    txn_end_read(&tx);
}

static void reset_step(struct txn *tx, void *arg)
{
    project_reset(tx, arg);
}

struct own {
    const struct projector *p;
    enum table table;
};
static const struct own owns[] = {
    {&project_list, TABLE_LIST}, {&project_addr, TABLE_ADDR}, {&project_number, TABLE_NUMBER}};

static void what_was_written_with_each_batch_is_what_the_journal_makes_again(void **state)
{
    struct world *w = world_new(31);
    struct buf before = {.limit_bytes = 1u << 24}, after = {.limit_bytes = 1u << 24};

    (void)state;
    for (int i = 0; i < STEPS; i++)
        step(w);
    make_durable(w);
    for (size_t i = 0; i < COUNT_OF(owns); i++) {
        dump(w->p.st, owns[i].table, &before);
        assert_true(before.len > 1000);
        assert_int_equal(project_again(w->p.st, owns[i].p), ERR_OK);
        dump(w->p.st, owns[i].table, &after);
        assert_int_equal(after.len, before.len);
        assert_memory_equal(after.p, before.p, before.len);
        assert_false(project_is_behind(w->p.st, owns[i].p));
    }
    buf_fini(&before);
    buf_fini(&after);
    world_free(w);
}

/* The process ends in the middle of it, or goes on with its work meanwhile. */
static void one_that_was_being_made_again_is_whole_after_the_next_start(void **state)
{
    struct world *w = world_new(32);
    struct buf whole = {.limit_bytes = 1u << 24}, after = {.limit_bytes = 1u << 24};
    bool more = true;

    (void)state;
    for (int i = 0; i < 400; i++)
        step(w);
    make_durable(w);
    for (size_t i = 0; i < COUNT_OF(owns); i++) {
        void *p = (void *)(uintptr_t)owns[i].p;

        assert_int_equal(store_write(w->p.st, reset_step, p), ERR_OK);
        for (int k = 0; k < 5; k++)
            assert_int_equal(project_step(w->p.st, owns[i].p, 20, &more), ERR_OK);
        assert_true(more);
        assert_true(project_is_behind(w->p.st, owns[i].p));
        for (int k = 0; k < 200; k++)
            step(w);
        make_durable(w);
        restart(w, false);
        assert_false(project_is_behind(w->p.st, owns[i].p));
        make_durable(w);
        dump(w->p.st, owns[i].table, &after);
        assert_int_equal(project_again(w->p.st, owns[i].p), ERR_OK);
        dump(w->p.st, owns[i].table, &whole);
        assert_int_equal(after.len, whole.len);
        assert_memory_equal(after.p, whole.p, whole.len);
    }
    buf_fini(&whole);
    buf_fini(&after);
    world_free(w);
}

static void a_conversation_is_found_by_its_number_from_its_ring_on(void **state)
{
    struct world *w = world_new(33);
    size_t open = 0, left = 0;

    (void)state;
    for (int i = 0; i < 300; i++)
        step(w);
    make_durable(w);
    for (size_t i = 0; i < w->nconvs; i++) {
        struct buf image = {0};
        struct conv *cv;
        uint64_t found;

        if (store_read_conv(w->p.st, w->convs[i], &image) == ERR_OK) {
            assert_int_equal(conv_decode(w->convs[i], buf_span(&image), &cv), ERR_OK);
            assert_int_equal(store_find_number(w->p.st, cv->number, &found), ERR_OK);
            assert_int_equal(found, w->convs[i]);
            left += cv->why == WHY_NOBODY;
            conv_free(cv);
        }
        buf_fini(&image);
    }
    assert_true(left > 0);
    for (uint64_t id = 0, found; core_next_conv(w->core, &id); open++) {
        assert_int_equal(store_find_number(w->p.st, core_conv(w->core, id)->number, &found),
                         ERR_OK);
        assert_int_equal(found, id);
    }
    assert_true(open > 0);
    world_free(w);
}

static void change_step(struct txn *tx, void *arg)
{
    project_row(tx, arg);
}

static size_t row_count(struct store *st, enum table table)
{
    MDB_stat stat;
    MDB_txn *txn;

    assert_int_equal(mdb_txn_begin(st->env, NULL, MDB_RDONLY, &txn), 0);
    assert_int_equal(mdb_stat(txn, st->dbis[table], &stat), 0);
    mdb_txn_abort(txn);
    return stat.ms_entries;
}

/* It goes to another list, to another department, gets an address, loses it: one place each. */
static void a_conversation_that_moves_leaves_no_row_behind(void **state)
{
    static const struct conv_place places[] = {
        {.list = LIST_MISSED, .dept = 1, .end_pos = 5, .last_pos = 5},
        {.list = LIST_MISSED, .dept = 1, .end_pos = 5, .last_pos = 6, .ip = {{1}}},
        {.list = LIST_COMPLETED, .dept = 1, .end_pos = 5, .last_pos = 7, .ip = {{1}}},
        {.list = LIST_COMPLETED, .dept = 2, .end_pos = 5, .last_pos = 8, .ip = {{2}}},
        {.list = LIST_COMPLETED, .dept = 2, .end_pos = 5, .last_pos = 9},
    };
    static const size_t addrs[] = {0, 1, 1, 1, 0};
    struct place p;

    (void)state;
    place_make(&p);
    place_open(&p);
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        struct conv_change ch = {
            .conv = 7, .was = i > 0 ? &places[i - 1] : NULL, .now = &places[i]};
        struct stored_list want = {(enum list)places[i].list, &places[i].dept, 1};
        struct list_page page;

        assert_int_equal(store_write(p.st, change_step, &ch), ERR_OK);
        assert_int_equal(row_count(p.st, TABLE_LIST), 1);
        assert_int_equal(row_count(p.st, TABLE_LIST_ALL), 1);
        assert_int_equal(row_count(p.st, TABLE_ADDR), addrs[i]);
        for (int all = 0; all < 2; all++, want.depts = NULL) {
            assert_int_equal(store_list(p.st, &want, 0, 2, &page), ERR_OK);
            assert_int_equal(page.n, 1);
            assert_int_equal(page.rows[0].id, 7);
            assert_int_equal(page.rows[0].image.len, 0); /* it has no row here */
            list_page_fini(&page);
        }
    }
    place_remove(&p);
}

/* What a tag is counted, in a department (0: all) and of an agent (0: whoever's). */
static uint64_t tagged(struct store *st, enum list list, uint64_t tag, uint64_t dept,
                       uint64_t agent)
{
    const struct count_part part = {list, dept, agent};
    uint64_t count = 99;

    assert_int_equal(store_count_tagged(st, tag, &part, 1, &count), ERR_OK);
    return count;
}

static const struct {
    struct conv_place place;
    size_t rows;
    uint64_t all, one, two, own; /* of tag 8: in all departments, in each, agent 5's in 2 */
} tag_steps[] = {
    {{.list = LIST_MISSED,
      .dept = 1,
      .end_pos = 5,
      .last_pos = 5,
      .box = BOX_TO_ANSWER,
      .tags = {8},
      .ntags = 1},
     4,
     1,
     1,
     0,
     0},
    {{.list = LIST_MISSED,
      .dept = 1,
      .end_pos = 5,
      .last_pos = 6,
      .box = BOX_ANSWERED,
      .tags = {8, 9},
      .ntags = 2},
     8,
     1,
     1,
     0,
     0},
    {{.list = LIST_COMPLETED,
      .dept = 2,
      .end_pos = 5,
      .last_pos = 7,
      .agent = 5,
      .tags = {9, 8},
      .ntags = 2},
     4,
     1,
     0,
     1,
     1},
    {{.list = LIST_COMPLETED,
      .dept = 2,
      .end_pos = 5,
      .last_pos = 8,
      .agent = 6,
      .tags = {8},
      .ntags = 1},
     2,
     1,
     0,
     1,
     0},
    {{.list = LIST_COMPLETED, .dept = 2, .end_pos = 5, .last_pos = 9, .agent = 6}, 0, 0, 0, 0, 0},
};

/* Tags come and go, it moves, somebody else has it, and all is told twice: counts are of rows. */
static void a_tag_is_counted_once_wherever_it_stands(void **state)
{
    struct list_page page;
    struct place p;

    (void)state;
    place_make(&p);
    place_open(&p);
    for (size_t i = 0; i < COUNT_OF(tag_steps); i++) {
        const struct conv_place *now = &tag_steps[i].place;
        struct conv_change ch = {
            .conv = 7, .was = i > 0 ? &tag_steps[i - 1].place : NULL, .now = now};
        struct stored_list want = {.list = (enum list)now->list, .tag = 8};

        for (int twice = 0; twice < 2; twice++, ch.was = NULL)
            assert_int_equal(store_write(p.st, change_step, &ch), ERR_OK);
        print_message("  step %zu\n", i);
        assert_int_equal(row_count(p.st, TABLE_TAGGED), tag_steps[i].rows);
        assert_int_equal(tagged(p.st, want.list, 8, 0, 0), tag_steps[i].all);
        assert_int_equal(tagged(p.st, want.list, 8, 1, 0), tag_steps[i].one);
        assert_int_equal(tagged(p.st, want.list, 8, 2, 0), tag_steps[i].two);
        assert_int_equal(tagged(p.st, want.list, 8, 2, 5), tag_steps[i].own);
        assert_int_equal(store_list(p.st, &want, 0, 2, &page), ERR_OK);
        assert_int_equal(page.n, tag_steps[i].all);
        list_page_fini(&page);
    }
    assert_int_equal(row_count(p.st, TABLE_TAG_COUNT), 0);
    place_remove(&p);
}

/* one that runs behind: for each conversation how many messages, and when it was told of its end */

#define COUNTED TABLE_BAD /* nobody else has rows there in these tests */

static bool count_wants(enum rec_type type)
{
    return type == REC_CONV_MESSAGE;
}

/* Told twice it would count twice; out of order it would stop. */
static void count_apply(struct txn *tx, const struct rec *rec)
{
    struct key key = key_typed(1, rec->obj), last = key_typed(2, 0);
    uint64_t n = 0, pos = 0;

    if (txn_get_u64(tx, COUNTED, &key, &n) != ERR_OK)
        n = 0;
    if (txn_get_u64(tx, COUNTED, &last, &pos) != ERR_OK)
        pos = 0;
    assert_true(rec->pos > pos);
    assert_true(body_get(rec->body, BODY_TEXT).len > 0);
    txn_put_u64(tx, COUNTED, &key, n + 1);
    txn_put_u64(tx, COUNTED, &last, rec->pos);
}

static void count_apply_row(struct txn *tx, const struct conv_change *ch)
{
    struct key key = key_typed(3, ch->conv);
    struct conv_brief brief;

    uint64_t before = 0;

    if (txn_get_u64(tx, COUNTED, &key, &before) != ERR_OK)
        before = 0;
    assert_true(ch->now->last_pos > before); /* once for each writing */
    assert_null(ch->was);
    assert_int_equal(conv_brief(ch->image, &brief), ERR_OK);
    assert_int_equal(brief.last_pos, ch->now->last_pos);
    txn_put_u64(tx, COUNTED, &key, ch->now->last_pos);
}

static void count_reset(struct txn *tx)
{
    txn_clear(tx, COUNTED);
}

static const struct projector count = {
    .name = "count",
    .behind = true,
    .wants = count_wants,
    .apply = count_apply,
    .apply_row = count_apply_row,
    .reset = count_reset,
};

static uint64_t counted(struct store *st, uint8_t what, uint64_t id)
{
    struct key key = key_typed(what, id);
    uint64_t n = 0;
    struct txn tx;

    assert_int_equal(txn_begin_read(&tx, st), ERR_OK);
    if (txn_get_u64(&tx, COUNTED, &key, &n) != ERR_OK)
        n = 0;
    txn_end_read(&tx);
    return n;
}

static size_t catch_up(struct store *st, size_t max)
{
    bool more = true;
    size_t steps = 0;

    for (; more; steps++)
        assert_int_equal(project_step(st, &count, max, &more), ERR_OK);
    return steps;
}

static void one_that_runs_behind_catches_up_in_bounded_steps(void **state)
{
    struct maker m = {{0}};
    struct place p;

    (void)state;
    place_make(&p);
    place_open(&p);
    for (uint64_t pos = 1; pos <= 100; pos++)
        maker_add_message(&m, pos, 0, 1 + pos % 3, 20);
    assert_int_equal(maker_commit(&m, p.st, 1), ERR_OK);
    assert_true(project_is_behind(p.st, &count));
    assert_int_equal(catch_up(p.st, 7), 15);
    assert_false(project_is_behind(p.st, &count));
    for (uint64_t conv = 1; conv <= 3; conv++)
        assert_int_equal(counted(p.st, 1, conv), conv == 2 ? 34 : 33);
    maker_add_message(&m, 101, 0, 1, 20);
    assert_int_equal(maker_commit(&m, p.st, 1), ERR_OK);
    assert_true(project_is_behind(p.st, &count));
    assert_int_equal(catch_up(p.st, 7), 1);
    assert_int_equal(counted(p.st, 1, 1), 34);
    assert_int_equal(project_again(p.st, &count), ERR_OK);
    assert_int_equal(counted(p.st, 1, 1), 34);
    place_remove(&p);
}

static void it_is_told_of_conversations_that_are_over_and_of_what_comes_after(void **state)
{
    struct world *w = world_new(34);
    size_t told = 0;

    (void)state;
    for (int round = 0; round < 8; round++) {
        for (int i = 0; i < 150; i++)
            step(w);
        make_durable(w);
        catch_up(w->p.st, 10);
    }
    for (size_t i = 0; i < w->nconvs; i++) {
        struct buf image = {0};
        struct conv_brief brief;

        if (store_read_conv(w->p.st, w->convs[i], &image) == ERR_OK) {
            assert_int_equal(conv_brief(buf_span(&image), &brief), ERR_OK);
            assert_int_equal(counted(w->p.st, 3, w->convs[i]), brief.last_pos);
            told++;
        }
        buf_fini(&image);
    }
    assert_true(told > 50);
    world_free(w);
}

/* Steps for ever over a journal that goes on, and says so after each. */
static int part_count(const char *dir)
{
    struct store_options opt = {.dir = dir, .role = STORE_GATEWAY, .ballast_bytes = 4096};
    struct store *st;
    bool more;

    if (store_open(&opt, &st, NULL) != ERR_OK)
        return 1;
    for (;;) {
        if (project_step(st, &count, 3, &more) != ERR_OK)
            return 1;
        puts("step");
        fflush(stdout);
    }
}

static void a_crash_between_its_steps_or_in_one_neither_loses_nor_doubles(void **state)
{
    uint64_t pos = 0;
    struct place p;

    (void)state;
    place_make_in_memory(&p);
    for (int round = 0; round < 30; round++) {
        struct maker m = {{0}};
        char line[16];

        place_open(&p);
        for (int i = 0; i < 40; i++)
            maker_add_message(&m, ++pos, 0, 9, 20);
        assert_int_equal(maker_commit(&m, p.st, 1), ERR_OK);
        place_close(&p);

        struct part part = part_start("count", p.store);

        for (int i = 0; i <= round % 9; i++)
            assert_true(part_line(&part, line, sizeof(line)));
        part_kill(&part);
    }
    place_open(&p);
    catch_up(p.st, 1000);
    assert_int_equal(counted(p.st, 1, 9), pos);
    place_remove(&p);
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_written_with_each_batch_is_what_the_journal_makes_again),
        cmocka_unit_test(one_that_was_being_made_again_is_whole_after_the_next_start),
        cmocka_unit_test(a_conversation_is_found_by_its_number_from_its_ring_on),
        cmocka_unit_test(a_conversation_that_moves_leaves_no_row_behind),
        cmocka_unit_test(a_tag_is_counted_once_wherever_it_stands),
        cmocka_unit_test(a_tag_is_counted_once_wherever_it_stands),
        cmocka_unit_test(one_that_runs_behind_catches_up_in_bounded_steps),
        cmocka_unit_test(it_is_told_of_conversations_that_are_over_and_of_what_comes_after),
        cmocka_unit_test(a_crash_between_its_steps_or_in_one_neither_loses_nor_doubles),
    };

    crypto_init();
    if (argc == 3 && strcmp(argv[1], "count") == 0)
        return part_count(argv[2]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
