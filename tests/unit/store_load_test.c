/*
 * A start: after a stop or a crash the state is what it was, whether it comes from images or from
 * the whole journal, and what rots is made up for or left out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "deskbell/tlv.h"
#include "store_world.h"

static void a_restart_finds_the_state_as_it_was(void **state)
{
    static const enum cmd_type needed[] = {
        CMD_CHAT_START, CMD_CHAT_SEND,     CMD_CHAT_END,  CMD_CHAT_FEEDBACK, CMD_OFFER_ACCEPT,
        CMD_CONV_NOTE,  CMD_OFFER_DECLINE, CMD_CHAT_COPY, CMD_CHAT_LEAVE,    CMD_CONV_MAIL};
    size_t done[CMD_COUNT] = {0}, compared = 0, halves = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= 6; seed++) {
        struct world *w = world_new(seed);

        for (int i = 0; i < STEPS; i++)
            step(w);
        restart(w, true);
        assert_true(w->restarts > 3);
        compared += w->compared;
        halves += w->halves;
        for (size_t i = 0; i < CMD_COUNT; i++)
            done[i] += w->done[i];
        world_free(w);
    }
    assert_true(compared > 20);
    assert_true(halves > 5);
    for (size_t i = 0; i < COUNT_OF(needed); i++)
        if (done[needed[i]] == 0)
            fail_msg("never happened: %s", cmd_word(needed[i]));
}

static void an_image_that_rots_is_made_up_for_by_the_journal(void **state)
{
    struct world *w = world_new(5);
    struct cursor cur;
    struct txn tx;
    struct core *k;

    (void)state;
    for (int i = 0; i < 300; i++)
        step(w);
    turn_checkpoint(w->turn);
    make_durable(w);

    struct key first = key_typed(OBJ_AGENT, 0), rotten = {.len = 9};
    MDB_val key = {9, rotten.bytes}, value = {6, (char *)"\1abcd!"};
    MDB_txn *txn;

    assert_int_equal(txn_begin_read(&tx, w->p.st), ERR_OK);
    assert_int_equal(cursor_open(&cur, &tx, TABLE_IMAGE), ERR_OK);
    assert_int_equal(cursor_seek(&cur, &first, false), ERR_OK);
    memcpy(rotten.bytes, cur.key.p, 9);
    cursor_close(&cur);
    txn_end_read(&tx);
    assert_int_equal(mdb_txn_begin(w->p.st->env, NULL, 0, &txn), 0);
    assert_int_equal(mdb_put(txn, w->p.st->dbis[TABLE_IMAGE], &key, &value, 0), 0);
    assert_int_equal(mdb_txn_commit(txn), 0);

    k = load(w);
    assert_int_equal(core_next_pos(k), core_next_pos(w->core));
    assert_true(core_digest(k) == core_digest(w->core));
    core_free(k);
    world_free(w);
}

/* Puts a sealed row in place of another, whatever is in it. */
struct swap {
    enum table table;
    struct key key;
    struct span payload;
};

static void swap_step(struct txn *tx, void *arg)
{
    const struct swap *sw = arg;

    txn_put(tx, sw->table, &sw->key, sw->payload);
}

static void swap_row(struct world *w, enum table table, struct key key, struct span payload)
{
    struct swap sw = {table, key, payload};

    assert_int_equal(store_write(w->p.st, swap_step, &sw), ERR_OK);
}

/* The row of a table, with one setting of it as some other version would have let it be. */
static void stretch_setting(struct world *w, enum table table, uint64_t dept, const char *name,
                            int64_t value, struct buf *image)
{
    struct key key = key_typed(OBJ_DEPT, dept);
    struct span payload;
    struct txn tx;
    size_t count;
    const struct setting *settings = dept_settings(&count);

    assert_int_equal(txn_begin_read(&tx, w->p.st), ERR_OK);
    assert_int_equal(txn_get(&tx, table, &key, &payload), ERR_OK);
    buf_reset(image);
    buf_add_span(image, payload);
    txn_end_read(&tx);
    tlv_put_i64(image, setting_find(settings, count, span_of(name))->tag, value);
    swap_row(w, table, key, buf_span(image));
}

static uint32_t stored_offer_ms(struct world *w, uint64_t dept)
{
    struct buf image = {0};
    uint32_t offer_ms;
    struct dept *d;

    assert_int_equal(store_read_setting(w->p.st, OBJ_DEPT, dept, &image), ERR_OK);
    assert_int_equal(dept_decode(dept, buf_span(&image), &d), ERR_OK);
    offer_ms = d->offer_ms;
    dept_free(d);
    buf_fini(&image);
    return offer_ms;
}

/* The range of a setting was larger when it was made: the start goes on with what it was before. */
static void a_setting_out_of_its_range_of_today_does_not_end_the_start(void **state)
{
    struct world *w = world_new(6);
    struct buf image = {0};
    uint32_t before;
    uint64_t dept;

    (void)state;
    for (int i = 0; i < 300; i++)
        step(w);
    turn_checkpoint(w->turn);
    make_durable(w);
    dept = w->depts[1];
    before = core_dept(w->core, dept)->offer_ms;
    stretch_setting(w, TABLE_IMAGE, dept, "offer_ms", INT64_C(1) << 40, &image);
    stretch_setting(w, TABLE_SETTING, dept, "offer_ms", INT64_C(1) << 40, &image);
    w->p.st->nbad = 0;

    uint64_t digest = core_digest(w->core);
    struct core *k = load(w);

    assert_true(core_digest(k) == digest);
    assert_int_equal(core_dept(k, dept)->offer_ms, before);
    core_free(k);
    assert_int_equal(w->p.st->nbad, 1);
    assert_int_equal(w->p.st->bad[0].table, TABLE_IMAGE);

    /* From then on the dispatcher can read it again, and the next start finds its images. */
    restart(w, false);
    turn_checkpoint(w->turn);
    make_durable(w);
    assert_int_equal(stored_offer_ms(w, dept), before);
    w->p.st->nbad = 0;
    core_free(load(w));
    assert_int_equal(w->p.st->nbad, 0);
    buf_fini(&image);
    world_free(w);
}

/*
 * A replay ends chats and sets settings once more in memory.  Their rows went with the batch of
 * then, which is durable, for it was read.
 */
static void what_a_start_derives_again_is_not_written_a_second_time(void **state)
{
    struct world *w = world_new(9);
    struct cmd cmd = {.type = CMD_CHAT_END};
    size_t settings = 0, convs = 0;

    (void)state;
    w->opt.checkpoint_records = 1000000;
    restart(w, true);
    ring(w);
    cmd.conv = w->convs[0];
    cmd.who = (struct principal){.kind = BY_VISITOR, .id = cmd.conv};
    must(w, cmd);
    set_dept(w, 0, "name", "Sales of today");
    turn_pass_end(w->turn, w->now_ms);
    for (size_t i = 0; i < w->flight->nrows; i++) {
        settings += w->flight->rows[i].kind == ROW_SETTING;
        convs += w->flight->rows[i].kind == ROW_CONV;
    }
    assert_int_equal(settings, 1);
    assert_int_equal(convs, 1);
    make_durable(w);

    restart(w, false);
    assert_string_equal(core_dept(w->core, w->depts[0])->name, "Sales of today");
    assert_null(core_conv(w->core, cmd.conv));
    turn_pass_end(w->turn, w->now_ms);
    assert_true(w->flight->nrecs > 0);
    assert_int_equal(w->flight->nrows, 0);
    make_durable(w);
    world_free(w);
}

static uint8_t rating_of(const struct buf *image, uint64_t id)
{
    struct conv *cv;
    uint8_t rating;

    assert_int_equal(conv_decode(id, buf_span(image), &cv), ERR_OK);
    rating = cv->rating;
    conv_free(cv);
    return rating;
}

static err_t image_read(struct world *w, uint64_t id, struct buf *image)
{
    struct key key = key_typed(OBJ_CONV, id);
    struct span payload;
    struct txn tx;
    err_t err;

    buf_reset(image);
    assert_int_equal(txn_begin_read(&tx, w->p.st), ERR_OK);
    if ((err = txn_get(&tx, TABLE_IMAGE, &key, &payload)) == ERR_OK)
        buf_add_span(image, payload);
    txn_end_read(&tx);
    return err;
}

/* A start replays the journal from the checkpoint, so it needs what was there then. */
static void an_ended_conversation_that_changes_keeps_its_image_of_the_checkpoint(void **state)
{
    struct world *w = world_new(3);
    struct cmd cmd = {.who = {.kind = BY_VISITOR}};
    struct buf image = {0};

    (void)state;
    w->opt.checkpoint_records = 1000000;
    restart(w, true);
    while (w->nconvs == 0 || core_conv(w->core, w->convs[0]) == NULL ||
           core_conv(w->core, w->convs[0])->state != CONV_OFFERED) {
        ring(w);
        turn_pass_end(w->turn, w->now_ms);
    }
    cmd.conv = w->convs[0];
    cmd.who = (struct principal){.kind = BY_AGENT, .id = core_conv(w->core, cmd.conv)->agent};
    cmd.type = CMD_OFFER_ACCEPT;
    must(w, cmd);
    cmd.type = CMD_CHAT_END;
    must(w, cmd);
    turn_checkpoint(w->turn);
    make_durable(w);
    assert_int_equal(image_read(w, cmd.conv, &image), ERR_NOTFOUND);

    cmd.who = (struct principal){.kind = BY_VISITOR, .id = cmd.conv};
    cmd.type = CMD_CHAT_FEEDBACK;
    cmd.feedback.rating = 5;
    must(w, cmd);
    make_durable(w);
    assert_int_equal(store_read_conv(w->p.st, cmd.conv, &image), ERR_OK);
    assert_int_equal(rating_of(&image, cmd.conv), 5);
    assert_int_equal(image_read(w, cmd.conv, &image), ERR_OK);
    assert_int_equal(rating_of(&image, cmd.conv), 0);
    restart(w, false);
    turn_checkpoint(w->turn);
    make_durable(w);
    assert_int_equal(image_read(w, cmd.conv, &image), ERR_NOTFOUND);
    buf_fini(&image);
    world_free(w);
}

/* A record about it says what came after it, but not what it was. */
static void an_ended_conversation_whose_row_is_not_right_is_made_up_for_by_the_journal(void **state)
{
    struct world *w = world_new(8);
    struct cmd cmd = {.type = CMD_CHAT_FEEDBACK, .who = {.kind = BY_VISITOR}, .feedback.rating = 4};
    struct core *k;

    (void)state;
    w->opt.checkpoint_records = 1000000;
    restart(w, true);
    ring(w);
    cmd.conv = cmd.who.id = w->convs[0];
    must(w, (struct cmd){.type = CMD_CHAT_END, .who = cmd.who, .conv = cmd.conv});
    turn_checkpoint(w->turn);
    make_durable(w);
    must(w, (struct cmd){.type = CMD_CHAT_LEAVE_MESSAGE,
                         .who = cmd.who,
                         .conv = cmd.conv,
                         .ring.text = SPAN_LIT("please write")});
    make_durable(w);

    struct key image = key_typed(OBJ_CONV, cmd.conv);
    struct key where = key_u64(cmd.conv);
    MDB_val key = {9, image.bytes};
    MDB_txn *txn;

    assert_int_equal(mdb_txn_begin(w->p.st->env, NULL, 0, &txn), 0);
    assert_int_equal(mdb_del(txn, w->p.st->dbis[TABLE_IMAGE], &key, NULL), 0);
    assert_int_equal(mdb_txn_commit(txn), 0);
    swap_row(w, TABLE_CONV, where, SPAN_LIT("no row"));
    k = load(w);
    assert_int_equal(core_next_pos(k), core_next_pos(w->core));
    assert_true(core_digest(k) == core_digest(w->core));
    assert_int_equal(w->p.st->bad[w->p.st->nbad - 1].table, TABLE_CONV);
    core_free(k);
    world_free(w);
}

/* Puts these bytes in place of a record, and gives what was there. */
static void swap_record(struct world *w, uint64_t pos, struct span fresh, struct buf *old)
{
    struct key where = key_u64(pos);
    MDB_val key = {8, where.bytes}, value = {fresh.len, (void *)(uintptr_t)fresh.p}, was;
    MDB_txn *txn;

    assert_int_equal(mdb_txn_begin(w->p.st->env, NULL, 0, &txn), 0);
    if (old != NULL) {
        assert_int_equal(mdb_get(txn, w->p.st->dbis[TABLE_JOURNAL], &key, &was), 0);
        buf_add(old, was.mv_data, was.mv_size);
    }
    assert_int_equal(mdb_put(txn, w->p.st->dbis[TABLE_JOURNAL], &key, &value, 0), 0);
    assert_int_equal(mdb_txn_commit(txn), 0);
}

static void load_without(struct world *w, uint64_t pos)
{
    struct buf old = {0};
    struct core *k;

    swap_record(w, pos, SPAN_LIT("\1abcdrotten"), &old);
    k = load(w);
    assert_int_equal(core_next_pos(k), core_next_pos(w->core));
    core_free(k);
    swap_record(w, pos, buf_span(&old), NULL);
    buf_fini(&old);
}

/* Whatever record it is, the start goes on without it. */
static void a_record_that_rots_does_not_stop_the_start(void **state)
{
    struct world *w = world_new(21);
    uint64_t first, last, hidden;

    (void)state;
    w->opt.checkpoint_records = 1000000;
    restart(w, true);
    first = turn_durable_pos(w->turn);
    for (int i = 0; i < 400; i++)
        step(w);
    make_durable(w);
    last = turn_durable_pos(w->turn);
    for (uint64_t pos = first + 1; pos <= last; pos++)
        load_without(w, pos);
    assert_int_equal(store_write(w->p.st, hide_checkpoint, &hidden), ERR_OK);
    for (uint64_t pos = 1; pos <= first; pos++)
        load_without(w, pos);
    world_free(w);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_restart_finds_the_state_as_it_was),
        cmocka_unit_test(an_image_that_rots_is_made_up_for_by_the_journal),
        cmocka_unit_test(what_a_start_derives_again_is_not_written_a_second_time),
        cmocka_unit_test(a_setting_out_of_its_range_of_today_does_not_end_the_start),
        cmocka_unit_test(
            an_ended_conversation_whose_row_is_not_right_is_made_up_for_by_the_journal),
        cmocka_unit_test(an_ended_conversation_that_changes_keeps_its_image_of_the_checkpoint),
        cmocka_unit_test(a_record_that_rots_does_not_stop_the_start),
    };

    crypto_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
