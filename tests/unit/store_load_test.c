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

/* What a page costs is what it shows: a transaction, a look for each part, two for each row. */
#ifdef TEST_HOOKS
static void assert_page_cost(const struct txn_cost *before, const struct stored_list *want,
                             size_t rows)
{
    size_t parts = (want->list == LIST_ALL ? 2 : 1) * (want->depts != NULL ? want->ndepts : 1);

    assert_int_equal(txn_cost.txns - before->txns, 1);
    assert_int_equal(txn_cost.gets - before->gets, rows);
    assert_true(txn_cost.steps - before->steps <= parts + rows);
}
#endif

/* All ids of a list, page by page, newest end first. */
static size_t list_ids(struct world *w, const struct stored_list *want, size_t max, uint64_t *ids)
{
    struct list_page page;
    uint64_t after = 0, before = UINT64_MAX;
    bool more = true;
    size_t n = 0;

    while (more) {
#ifdef TEST_HOOKS
        struct txn_cost cost = txn_cost;
#endif
        assert_int_equal(store_list(w->p.st, want, after, max, &page), ERR_OK);
#ifdef TEST_HOOKS
        assert_page_cost(&cost, want, page.n);
#endif
        assert_true(page.n == max || !page.more);
        for (size_t i = 0; i < page.n; i++) {
            struct conv *cv;

            assert_int_equal(conv_decode(page.rows[i].id, page.rows[i].image, &cv), ERR_OK);
            if (want->list != LIST_ALL)
                assert_int_equal(cv->state == CONV_ENDED, want->list == LIST_COMPLETED);
            assert_true((uint64_t)cv->ended_ms <= before);
            before = (uint64_t)cv->ended_ms;
            after = page.rows[i].place;
            ids[n++] = page.rows[i].id;
            conv_free(cv);
        }
        more = page.more;
        list_page_fini(&page);
        assert_true(n < 3 * STEPS);
    }
    return n;
}

static size_t ended_count(struct world *w)
{
    size_t ended = 0;

    for (size_t i = 0; i < w->nconvs; i++) {
        struct buf image = {0};
        bool again = false;

        /* What a crash took before it was durable is nowhere, and its id is given again. */
        for (size_t k = 0; k < i && !again; k++)
            again = w->convs[k] == w->convs[i];
        ended += !again && core_conv(w->core, w->convs[i]) == NULL &&
                 store_read_conv(w->p.st, w->convs[i], &image) == ERR_OK;
        buf_fini(&image);
    }
    return ended;
}

static void drop_table(struct store *st, enum table table)
{
    MDB_txn *txn;

    assert_int_equal(mdb_txn_begin(st->env, NULL, 0, &txn), 0);
    assert_int_equal(mdb_drop(txn, st->dbis[table], 1), 0);
    assert_int_equal(mdb_txn_commit(txn), 0);
}

/*
 * Every conversation that ended is in one stored list, once, newest end first: whether the lists of
 * the departments are put together or the one over all is read, which a gateway makes if it is not
 * there.
 */
static void stored_lists_hold_what_ended(void **state)
{
    static const enum list lists[] = {LIST_COMPLETED, LIST_MISSED, LIST_ALL};
    static uint64_t ids[3 * STEPS], all[3 * STEPS];
    struct world *w = world_new(77);
    size_t n[COUNT_OF(lists)], ended;

    (void)state;
    for (int i = 0; i < STEPS; i++)
        step(w);
    make_durable(w);
    for (size_t l = 0; l < COUNT_OF(lists); l++) {
        struct stored_list want = {.list = lists[l], .depts = w->depts, .ndepts = DEPTS};

        n[l] = list_ids(w, &want, 7, ids);
        want.depts = NULL;
        assert_int_equal(list_ids(w, &want, 7, all), n[l]);
        assert_memory_equal(ids, all, n[l] * sizeof(ids[0]));
        assert_int_equal(list_ids(w, &want, 3 * STEPS, all), n[l]);
        assert_memory_equal(ids, all, n[l] * sizeof(ids[0]));
    }
    ended = ended_count(w);
    assert_true(ended > 100);
    assert_int_equal(n[0] + n[1], n[2]);
    assert_true(n[2] >= ended);
    assert_true(n[2] <= w->nconvs);

    drop_table(w->p.st, TABLE_LIST_ALL);
    restart(w, true);
    make_durable(w);
    n[2] = list_ids(w, &(struct stored_list){LIST_ALL, w->depts, DEPTS}, 7, ids);
    assert_int_equal(list_ids(w, &(struct stored_list){.list = LIST_ALL}, 7, all), n[2]);
    assert_memory_equal(ids, all, n[2] * sizeof(ids[0]));
    world_free(w);
}

/* lines */

struct line {
    uint64_t pos;
    uint32_t seq, n;
};

struct lines {
    struct line v[2000];
    size_t n, stop_after;
};

static bool note_line(void *arg, const struct rec *rec)
{
    struct lines *l = arg;

    assert_true(l->n < COUNT_OF(l->v));
    l->v[l->n++] = (struct line){rec->pos, rec->seq, rec->n};
    return l->n != l->stop_after;
}

static uint32_t line_number(const struct line *l, bool is_public)
{
    return is_public ? l->n : l->seq;
}

/* From where one is sent it is at most 64 records to the line; not sent: it is as near the end. */
static void enter_at(struct world *w, uint64_t conv, bool is_public, uint32_t number,
                     const struct lines *all)
{
    static struct lines seen;
    const struct line *from = all->v;
    uint64_t pos, next;

    seen = (struct lines){.stop_after = MILESTONE_RECORDS + 1};
    if (store_find_line(w->p.st, conv, is_public, number, &pos) != ERR_OK)
        pos = all->v[0].pos;
    while (from->pos != pos)
        from++;
    for (next = pos; next != 0 && seen.n < seen.stop_after;)
        assert_int_equal(store_walk_conv(w->p.st, next, 1000, note_line, &seen, &next), ERR_OK);
    for (size_t i = 0; i < seen.n; i++)
        if (line_number(&seen.v[i], is_public) == number)
            return;
    fail_msg("line %u is not near record %u", number, from->seq);
}

static uint64_t long_chat(struct world *w)
{
    struct cmd cmd = {0};

    while (w->nconvs == 0 || core_conv(w->core, w->convs[w->nconvs - 1]) == NULL ||
           core_conv(w->core, w->convs[w->nconvs - 1])->state != CONV_OFFERED) {
        ring(w);
        turn_pass_end(w->turn, w->now_ms);
    }
    cmd.conv = w->convs[w->nconvs - 1];
    cmd.who = (struct principal){.kind = BY_AGENT, .id = core_conv(w->core, cmd.conv)->agent};
    cmd.type = CMD_OFFER_ACCEPT;
    must(w, cmd);
    cmd.line.text = SPAN_LIT("a line");
    for (int i = 0; i < 1000; i++) { /* now and then many notes, one after the other */
        cmd.type = i % 7 == 0 || (i > 400 && i < 550) ? CMD_CONV_NOTE : CMD_CHAT_SEND;
        must(w, cmd);
        if (i % 100 == 0)
            make_durable(w);
    }
    make_durable(w);
    return cmd.conv;
}

static void a_long_conversation_is_entered_in_its_middle(void **state)
{
    static struct lines all;
    struct world *w = world_new(12);
    uint64_t conv, next = 0;

    (void)state;
    conv = long_chat(w);
    for (int made = 0; made < 2; made++) {
        const struct conv *cv = core_conv(w->core, conv);

        all = (struct lines){{{0}}};
        for (next = cv->last_pos; next != 0;)
            assert_int_equal(store_walk_conv(w->p.st, next, 2000, note_line, &all, &next), ERR_OK);
        assert_true(all.n > 1000);
        for (uint32_t i = 1; i <= cv->seq; i++)
            enter_at(w, conv, false, i, &all);
        for (uint32_t i = 1; i <= cv->n; i++)
            enter_at(w, conv, true, i, &all);
        assert_int_equal(store_find_line(w->p.st, conv, true, cv->n + 1, &next), ERR_NOTFOUND);
        /* As it was made before there was that table: the gateway makes it. */
        drop_table(w->p.st, TABLE_MILESTONE);
        restart(w, true);
    }
    world_free(w);
}

#ifdef TEST_HOOKS
/* Whoever has enough after some records has few more read. */
static void a_walk_reads_what_its_reader_wants(void **state)
{
    static struct lines seen;
    struct world *w = world_new(13);
    uint64_t conv, last, next, pos;

    (void)state;
    conv = long_chat(w);
    last = core_conv(w->core, conv)->last_pos;
    for (size_t want = 1; want <= 300; want += 13) {
        struct txn_cost before = txn_cost;

        seen = (struct lines){.stop_after = want};
        for (next = last; seen.n < want;) /* it is bounded in time, too */
            assert_int_equal(store_walk_conv(w->p.st, next, 2000, note_line, &seen, &next), ERR_OK);
        assert_true((txn_cost.gets - before.gets) / 2 <= want + 31); /* a body each */
        assert_true(txn_cost.txns - before.txns <= want / 32 + 1);
    }

    struct txn_cost before = txn_cost;

    assert_int_equal(store_find_line(w->p.st, conv, false, 100, &pos), ERR_OK);
    assert_int_equal(txn_cost.gets - before.gets, 1);
    before = txn_cost;
    assert_int_equal(store_find_line(w->p.st, conv, true, 100, &pos), ERR_OK);
    assert_true(txn_cost.gets - before.gets <= 5); /* of 16 milestones */
    assert_true(txn_cost.steps - before.steps <= 2);
    world_free(w);
}
#endif

static int id_down(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x < y) - (x > y);
}

/* All that the range has below this id, newest first; the scan goes on where it stopped. */
static size_t list_addr(struct store *st, const char *prefix, uint64_t below, uint64_t *ids,
                        size_t max)
{
    uint64_t some[7], last = 0;
    struct addr_at at = {.id = 0};
    struct ipprefix p;
    struct fault f;
    size_t n = 0, got;

    assert_int_equal(ipprefix_parse(span_of(prefix), &p, &f), ERR_OK);
    do {
        assert_int_equal(store_list_addr(st, &p, &at, some, COUNT_OF(some), &got), ERR_OK);
        for (size_t i = 0; i < got; i++) {
            assert_true(p.bits < 128 || last == 0 || some[i] < last);
            last = some[i];
            assert_true(n < 4000);
            if (below == 0 || some[i] < below)
                ids[n++] = some[i];
        }
    } while (got == COUNT_OF(some));
    if (n > 0)
        qsort(ids, n, sizeof(ids[0]), id_down);
    for (size_t i = 1; i < n; i++)
        assert_true(ids[i - 1] > ids[i]);
    return n < max ? n : max;
}

/* By each address newest first, as by the range that holds them all; pages join. */
static void what_ended_is_found_by_address_and_range(void **state)
{
    struct world *w = world_new(78);
    uint64_t all[4000], ids[4000];
    struct conv_from from[7];
    size_t n, sum = 0;

    (void)state;
    for (int i = 0; i < STEPS; i++)
        step(w);
    make_durable(w);
    n = list_addr(w->p.st, "::/0", 0, all, COUNT_OF(all));
    assert_true(n > 100);
    for (size_t i = 0; i < n; i++) {
        struct buf image = {0};
        struct conv *cv;
        char ip[IPADDR_TEXT];
        size_t same;

        assert_int_equal(store_read_conv(w->p.st, all[i], &image), ERR_OK);
        assert_int_equal(conv_decode(all[i], buf_span(&image), &cv), ERR_OK);
        ipaddr_format(&cv->ip, ip);
        same = list_addr(w->p.st, ip, all[i] + 1, ids, COUNT_OF(ids));
        assert_true(same >= 1);
        assert_int_equal(ids[0], all[i]);
        assert_int_equal(list_addr(w->p.st, ip, all[i], ids, COUNT_OF(ids)), same - 1);
        conv_free(cv);
        buf_fini(&image);
    }
    /* By id all are there, those of which the address is not known included. */
    for (uint64_t below = 0, got = 7; got == 7; below = from[6].id) {
        assert_int_equal(store_list_below(w->p.st, below, from, 7, &got), ERR_OK);
        for (size_t i = 0; i < got; i++)
            if (memcmp(&from[i].ip, &(struct ipaddr){0}, sizeof(from[i].ip)) != 0)
                assert_int_equal(from[i].id, all[sum++]);
    }
    assert_int_equal(sum, n);
    assert_int_equal(list_addr(w->p.st, "203.0.113.0/32", 0, ids, COUNT_OF(ids)), 0);

    /* A row whose address is erased is found under none, not even an empty one. */
    struct buf image = {0};
    struct conv *cv;
    char *ip, text[IPADDR_TEXT];

    assert_int_equal(store_read_conv(w->p.st, all[0], &image), ERR_OK);
    assert_int_equal(conv_decode(all[0], buf_span(&image), &cv), ERR_OK);
    ip = memmem(image.p, image.len, cv->ip.b, sizeof(cv->ip.b));
    assert_non_null(ip);
    memset(ip, 0, sizeof(cv->ip.b));
    ipaddr_format(&cv->ip, text);
    n = list_addr(w->p.st, text, 0, ids, COUNT_OF(ids));

    struct maker m = {{0}};

    maker_add_row(&m, ROW_CONV, all[0], 0, buf_span(&image));
    assert_int_equal(maker_commit(&m, w->p.st, 1), ERR_OK);
    assert_int_equal(list_addr(w->p.st, text, 0, ids, COUNT_OF(ids)), n - 1);
    n = list_addr(w->p.st, "::/0", 0, ids, COUNT_OF(ids));
    assert_int_equal(n, sum - 1);
    assert_memory_equal(ids, all + 1, n * sizeof(ids[0]));
    memmove(all, all + 1, n * sizeof(ids[0]));
    conv_free(cv);
    buf_fini(&image);

    /* As it was made before there was that table: the gateway makes it. */
    drop_table(w->p.st, TABLE_ADDR);
    restart(w, true);
    assert_int_equal(list_addr(w->p.st, "::/0", 0, ids, COUNT_OF(ids)), n);
    assert_memory_equal(ids, all, n * sizeof(ids[0]));
    world_free(w);
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
        cmocka_unit_test(stored_lists_hold_what_ended),
        cmocka_unit_test(a_long_conversation_is_entered_in_its_middle),
#ifdef TEST_HOOKS
        cmocka_unit_test(a_walk_reads_what_its_reader_wants),
#endif
        cmocka_unit_test(what_ended_is_found_by_address_and_range),
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
