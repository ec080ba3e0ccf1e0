/*
 * Reading what is stored: lists page by page, a conversation from its middle, what ended from an
 * address; and what each costs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "deskbell/id.h"
#include "deskbell/tlv.h"
#include "store_world.h"

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
        ids_sort_down(ids, n);
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

static uint64_t moment(const struct world *w, int64_t ms)
{
    uint64_t pos = 0;

    assert_int_equal(store_find_moment(w->p.st, ms, &pos), ERR_OK);
    return pos;
}

/* The first record that is not before the moment, whichever is asked for. */
static void a_moment_is_found_among_the_records(void **state)
{
    struct world *w = world_new(79);
    int64_t before_ms = -1;
    struct buf mem = {0};
    uint64_t last;

    (void)state;
    assert_int_equal(moment(w, 0), 1);
    for (int i = 0; i < STEPS; i++)
        step(w);
    make_durable(w);
    assert_int_equal(store_last_pos(w->p.st, &last), ERR_OK);
    for (uint64_t pos = 1; pos <= last; pos++) {
        struct rec rec;

        assert_int_equal(store_read_rec(w->p.st, pos, &rec, &mem), ERR_OK);
        assert_true(rec.time_ms >= before_ms);
        if (rec.time_ms == before_ms)
            continue;
        assert_int_equal(moment(w, before_ms + 1), pos);
        assert_int_equal(moment(w, rec.time_ms), pos);
        before_ms = rec.time_ms;
    }
    assert_int_equal(moment(w, before_ms + 1), last + 1);
    buf_fini(&mem);
    world_free(w);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(stored_lists_hold_what_ended),
        cmocka_unit_test(a_long_conversation_is_entered_in_its_middle),
#ifdef TEST_HOOKS
        cmocka_unit_test(a_walk_reads_what_its_reader_wants),
#endif
        cmocka_unit_test(what_ended_is_found_by_address_and_range),
        cmocka_unit_test(a_moment_is_found_among_the_records),
    };

    crypto_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
