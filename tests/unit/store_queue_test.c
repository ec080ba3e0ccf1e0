/*
 * A queue whose jobs are no mails: opaque to it, with states, tables and groups of their own,
 * beside the mails in one store.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "queue/queue_int.h"
#include "store_help.h"

#define NOW INT64_C(1000000)
#define BOOT 77

/* Its states, in an order of its own. */
enum parcel { PACKED, GIVEN, LATER, LAID_BY, ARRIVED, RETURNED, PARCEL_STATES };

/* An order is eight bytes of time and one of a group; so it is no fields at all. */
static err_t parcel_order(struct span row, struct queue_order *out)
{
    if (row.len != 9)
        return ERR_CORRUPT;
    out->created_ms = (int64_t)be64_get((const uint8_t *)row.p);
    out->group = (struct queue_group_id){9, (uint8_t)row.p[8]};
    return ERR_OK;
}

static size_t taken_count;

static void parcel_taken(struct txn *tx, uint64_t id, struct span order)
{
    struct queue_job job;

    assert_int_equal(order.len, 9);
    assert_int_equal(
        queue_get(tx, &(struct queue){.jobs = TABLE_CONV, .nstates = PARCEL_STATES}, id, &job),
        ERR_OK);
    taken_count++;
}

/* Tables that stand empty in a store without conversations. */
static const struct queue parcels = {
    .orders = TABLE_ADDR,
    .jobs = TABLE_CONV,
    .due = TABLE_LIST,
    .by = TABLE_NUMBER,
    .held = TABLE_REPEAT_TIME,
    .groups = TABLE_REPEAT,
    .log = TABLE_IMAGE,
    .meta = TABLE_SETTING,
    .nstates = PARCEL_STATES,
    .ended = BIT(ARRIVED) | BIT(RETURNED),
    .fresh = PACKED,
    .running = GIVEN,
    .held_state = LAID_BY,
    .order = parcel_order,
    .taken = parcel_taken,
};

/* steps */

struct step {
    uint64_t id, group;
    int64_t ms;
    unsigned state;
    const char *cause, *payload;
};

static void order_step(struct txn *tx, void *arg)
{
    const struct step *s = arg;
    struct key key = key_u64(s->id);
    uint8_t row[9];

    be64_put(row, (uint64_t)s->ms);
    row[8] = (uint8_t)s->group;
    txn_put(tx, TABLE_ADDR, &key, (struct span){(const char *)row, sizeof(row)});
}

static void must(struct place *p, txn_step_fn *fn, const struct step *s)
{
    assert_int_equal(store_write(p->st, fn, (void *)(uintptr_t)s), ERR_OK);
}

static void order(struct place *p, uint64_t id, uint64_t group, int64_t ms)
{
    must(p, order_step, &(struct step){.id = id, .group = group, .ms = ms});
}

static int64_t take(struct place *p)
{
    int64_t fresh_ms;

    assert_int_equal(queue_take(p->st, &parcels, &fresh_ms), ERR_OK);
    return fresh_ms;
}

/* Settle, with what the user wants to keep beside it. */
static void settle_step(struct txn *tx, void *arg)
{
    const struct step *s = arg;
    struct queue_job before, job;
    struct buf fields = {0};

    if (queue_get(tx, &parcels, s->id, &before) != ERR_OK) {
        txn_fail(tx, ERR_NOTFOUND);
        return;
    }
    job = before;
    queue_job_settle(&parcels, &job, s->state, s->ms, NOW);
    snprintf(job.cause, sizeof(job.cause), "%s", s->cause != NULL ? s->cause : "");
    tlv_put_str(&fields, 20, s->payload);
    queue_put(tx, &parcels, s->id, &before, &job, buf_span(&fields));
    buf_fini(&fields);
}

static void hold_step(struct txn *tx, void *arg)
{
    const struct step *s = arg;
    struct queue_job before, job;
    struct queue_group_id g;

    if (!queue_group_of(tx, &parcels, s->id, &g) ||
        queue_get(tx, &parcels, s->id, &before) != ERR_OK) {
        txn_fail(tx, ERR_NOTFOUND);
        return;
    }
    job = before;
    queue_hold(tx, &parcels, g, s->id, s->ms, &job);
    queue_change(tx, &parcels, s->id, &before, &job);
}

static void count_step(struct txn *tx, void *arg)
{
    const struct step *s = arg;

    queue_group_count(tx, &parcels, (struct queue_group_id){9, s->group}, s->ms);
}

static void begin(struct place *p, uint64_t id, int64_t until_ms)
{
    assert_int_equal(queue_begin(p->st, &parcels, &id, 1, &(struct lease){BOOT, until_ms}), ERR_OK);
}

/* looks */

static struct queue_job job_of(struct place *p, uint64_t id)
{
    struct queue_job job;
    struct txn tx;

    assert_int_equal(txn_begin_read(&tx, p->st), ERR_OK);
    assert_int_equal(queue_get(&tx, &parcels, id, &job), ERR_OK);
    txn_end_read(&tx);
    return job;
}

/* The user's field beside it. */
static void assert_payload(struct place *p, uint64_t id, const char *want)
{
    struct key key = key_u64(id);
    struct span row, got = SPAN_NONE;
    struct tlv f;
    struct txn tx;

    assert_int_equal(txn_begin_read(&tx, p->st), ERR_OK);
    assert_int_equal(txn_get(&tx, TABLE_CONV, &key, &row), ERR_OK);
    while (tlv_next(&row, &f) == ERR_OK)
        if (f.tag == 20)
            got = f.bytes;
    assert_true(span_is(got, want));
    txn_end_read(&tx);
}

static size_t due(struct place *p, int64_t now_ms, struct due_place from, uint64_t *ids, size_t max)
{
    struct due_place places[8];
    struct txn tx;
    size_t n;

    assert_int_equal(txn_begin_read(&tx, p->st), ERR_OK);
    n = queue_due(&tx, &parcels, now_ms, from, places, max);
    for (size_t i = 0; i < n; i++)
        ids[i] = places[i].id;
    txn_end_read(&tx);
    return n;
}

static int64_t first_due(struct place *p)
{
    struct txn tx;

    assert_int_equal(txn_begin_read(&tx, p->st), ERR_OK);
    int64_t ms = queue_first_due(&tx, &parcels);
    txn_end_read(&tx);
    return ms;
}

static void assert_counts(struct place *p, uint64_t packed, uint64_t given, uint64_t later,
                          uint64_t laid_by, uint64_t arrived, uint64_t returned)
{
    const uint64_t want[PARCEL_STATES] = {packed, given, later, laid_by, arrived, returned};
    struct queue_tally t;
    struct txn tx;

    assert_int_equal(txn_begin_read(&tx, p->st), ERR_OK);
    assert_int_equal(queue_tally(&tx, &parcels, &t), ERR_OK);
    txn_end_read(&tx);
    for (size_t i = 0; i < PARCEL_STATES; i++)
        assert_int_equal(t.v[i], want[i]);
}

static size_t in_state(struct place *p, unsigned state, uint64_t from, uint64_t last, uint64_t *ids)
{
    struct key head = queue_by_state(state);
    struct txn tx;

    assert_int_equal(txn_begin_read(&tx, p->st), ERR_OK);
    size_t n = queue_walk(&tx, &parcels, &head, from, last, ids, 8);
    txn_end_read(&tx);
    return n;
}

static struct queue_group group(struct place *p, uint64_t id)
{
    struct txn tx;

    assert_int_equal(txn_begin_read(&tx, p->st), ERR_OK);
    struct queue_group g = queue_group_get(&tx, &parcels, (struct queue_group_id){9, id});
    txn_end_read(&tx);
    return g;
}

static int setup(void **state)
{
    struct place *p = xcalloc(1, sizeof(*p));

    place_make_in_memory(p);
    place_open(p);
    taken_count = 0;
    *state = p;
    return 0;
}

/* tests */

static void orders_are_taken_over_once_and_fall_due_in_their_order(void **state)
{
    struct place *p = *state;
    uint64_t ids[8];

    assert_true(take(p) == INT64_MAX && first_due(p) == INT64_MAX);
    order(p, 1, 1, NOW + 5);
    order(p, 2, 1, NOW + 3);
    assert_true(first_due(p) == NOW + 5); /* the first that nobody took over yet */
    assert_int_equal(take(p), NOW + 5);
    assert_int_equal(take(p), INT64_MAX);
    assert_int_equal(taken_count, 2);
    assert_true(first_due(p) == NOW + 3);
    order(p, 7, 2, NOW);
    take(p);
    assert_int_equal(taken_count, 3);
    assert_int_equal(due(p, NOW + 4, (struct due_place){0}, ids, 8), 2);
    assert_true(ids[0] == 7 && ids[1] == 2);
    assert_int_equal(due(p, NOW + 5, (struct due_place){NOW, 8}, ids, 8), 2);
    assert_true(ids[0] == 2 && ids[1] == 1);
    assert_int_equal(due(p, NOW + 5, (struct due_place){0}, ids, 1), 1);
    assert_counts(p, 3, 0, 0, 0, 0, 0);
}

static void bad_order_step(struct txn *tx, void *arg)
{
    struct key key = key_u64(1);

    (void)arg;
    txn_put(tx, TABLE_ADDR, &key, SPAN_LIT("no order"));
}

static void an_order_that_cannot_be_read_stops_no_other(void **state)
{
    struct place *p = *state;

    assert_int_equal(store_write(p->st, bad_order_step, NULL), ERR_OK);
    order(p, 2, 1, NOW);
    take(p);
    assert_int_equal(taken_count, 1);
    assert_int_equal(job_of(p, 2).state, PACKED);
    assert_counts(p, 1, 0, 0, 0, 0, 0);
}

static void must_begin(struct place *p, uint64_t id, const struct lease *lease)
{
    assert_int_equal(queue_begin(p->st, &parcels, &id, 1, lease), ERR_OK);
}

static void a_job_under_way_is_nobody_elses_until_it_is_settled_or_lost(void **state)
{
    struct place *p = *state;
    const uint64_t one = 1;
    uint64_t ids[8];
    size_t n = 9;

    order(p, 1, 1, NOW);
    order(p, 2, 1, NOW);
    take(p);
    begin(p, 1, 500);
    assert_int_equal(due(p, INT64_MAX, (struct due_place){0}, ids, 8), 1);
    assert_int_equal(ids[0], 2);
    assert_int_equal(queue_begin(p->st, &parcels, &one, 1, &(struct lease){BOOT, 900}),
                     ERR_CONFLICT);
    assert_int_equal(job_of(p, 1).attempts, 1);
    assert_int_equal(job_of(p, 1).lease.until_ms, 500);
    assert_int_equal(
        queue_lost(p->st, &parcels, &(struct lease_now){BOOT, 499, INT64_MAX, NULL, 0}, ids, 8, &n),
        ERR_OK);
    assert_int_equal(n, 0);
    assert_int_equal(
        queue_lost(p->st, &parcels, &(struct lease_now){BOOT, 500, 0, NULL, 0}, ids, 8, &n),
        ERR_OK);
    assert_true(n == 1 && ids[0] == 1);
    assert_int_equal(
        queue_lost(p->st, &parcels, &(struct lease_now){BOOT + 1, 0, 0, NULL, 0}, ids, 8, &n),
        ERR_OK);
    assert_int_equal(n, 1);
    must(p, settle_step, &(struct step){.id = 1, .state = LATER, .ms = NOW + 60, .cause = "shut"});
    assert_int_equal(job_of(p, 1).lease.boot, 0);
    assert_int_equal(
        queue_lost(p->st, &parcels, &(struct lease_now){BOOT, 900, 0, NULL, 0}, ids, 8, &n),
        ERR_OK);
    assert_int_equal(n, 0);
    assert_int_equal(due(p, NOW + 59, (struct due_place){0}, ids, 8), 1);
    assert_int_equal(due(p, NOW + 60, (struct due_place){0}, ids, 8), 2);
    begin(p, 1, 900);
    assert_int_equal(job_of(p, 1).attempts, 2);
    must(p, settle_step, &(struct step){.id = 1, .state = ARRIVED, .ms = NOW + 60});
    assert_true(job_of(p, 1).due_ms == 0 && job_of(p, 1).settled_ms == NOW);
    assert_int_equal(queue_begin(p->st, &parcels, &one, 1, &(struct lease){BOOT, 900}),
                     ERR_CONFLICT);
    assert_counts(p, 1, 0, 0, 0, 1, 0);
}

/* Whoever knows that nobody is at it any more need not wait. */
static void a_job_of_a_life_that_is_over_is_lost_at_once(void **state)
{
    struct place *p = *state;
    const uint64_t one = 1, two = 2, three = 3, dead[] = {71, 72, 0};
    struct lease_now now = {.boot = BOOT, .steady_ms = 1, .dead = dead, .ndead = 1};
    uint64_t ids[8];
    size_t n = 9;

    for (uint64_t i = 1; i <= 3; i++)
        order(p, i, 1, NOW);
    take(p);
    must_begin(p, one, &(struct lease){.boot = BOOT, .until_ms = 500, .life = 72});
    must_begin(p, two, &(struct lease){.boot = BOOT, .until_ms = 500, .life = 73});
    must_begin(p, three, &(struct lease){.boot = BOOT, .until_ms = 500});
    assert_int_equal(queue_lost(p->st, &parcels, &now, ids, 8, &n), ERR_OK);
    assert_int_equal(n, 0);
    now.ndead = 3; /* one without a life is nobody's */
    assert_int_equal(queue_lost(p->st, &parcels, &now, ids, 8, &n), ERR_OK);
    assert_int_equal(n, 1);
    assert_int_equal(ids[0], one);
}

/* More than one page of the walk. */
static void all_that_are_lost_are_found(void **state)
{
    struct place *p = *state;
    uint64_t ids[300];
    size_t n = 0;

    for (uint64_t i = 1; i <= 250; i++)
        order(p, i, 1, NOW);
    take(p);
    for (uint64_t i = 0; i < 250; i++)
        ids[i] = i + 1;
    assert_int_equal(queue_begin(p->st, &parcels, ids, 250, &(struct lease){BOOT, 500}), ERR_OK);
    must(p, settle_step, &(struct step){.id = 100, .state = ARRIVED});
    assert_int_equal(
        queue_lost(p->st, &parcels, &(struct lease_now){BOOT, 500, 0, NULL, 0}, ids, 300, &n),
        ERR_OK);
    assert_int_equal(n, 249);
    assert_true(ids[98] == 99 && ids[99] == 101 && ids[248] == 250);
    assert_int_equal(
        queue_lost(p->st, &parcels, &(struct lease_now){BOOT, 500, 0, NULL, 0}, ids, 7, &n),
        ERR_OK);
    assert_int_equal(n, 7);
}

static void what_is_the_users_stays_as_it_is(void **state)
{
    struct place *p = *state;

    order(p, 1, 1, NOW);
    take(p);
    must(p, settle_step,
         &(struct step){.id = 1, .state = LATER, .ms = NOW, .payload = "opaque, whatever it is"});
    begin(p, 1, 500);
    assert_payload(p, 1, "opaque, whatever it is");
    must(p, settle_step, &(struct step){.id = 1, .state = LATER, .ms = NOW, .payload = "another"});
    must(p, hold_step, &(struct step){.id = 1, .ms = NOW + 9});
    assert_payload(p, 1, "another");
}

static void states_and_causes_are_found_and_counted(void **state)
{
    struct place *p = *state;
    struct queue_cause rows[4];
    uint64_t ids[8];
    size_t n = 9;

    for (uint64_t i = 1; i <= 5; i++)
        order(p, i, 1, NOW);
    take(p);
    must(p, settle_step, &(struct step){.id = 2, .state = LATER, .ms = NOW, .cause = "rain"});
    must(p, settle_step, &(struct step){.id = 3, .state = RETURNED, .cause = "rain"});
    must(p, settle_step, &(struct step){.id = 4, .state = RETURNED, .cause = "moved"});
    assert_int_equal(in_state(p, PACKED, 0, UINT64_MAX, ids), 2);
    assert_true(ids[0] == 1 && ids[1] == 5);
    assert_int_equal(in_state(p, PACKED, 2, UINT64_MAX, ids), 1);
    assert_int_equal(in_state(p, PACKED, 0, 4, ids), 1);
    assert_int_equal(in_state(p, RETURNED, 0, UINT64_MAX, ids), 2);
    assert_counts(p, 2, 0, 1, 0, 0, 2);
    assert_int_equal(queue_causes(p->st, &parcels, NULL, rows, 4, &n), ERR_OK);
    assert_int_equal(n, 2);
    assert_string_equal(rows[0].cause, "moved");
    assert_string_equal(rows[1].cause, "rain");
    assert_true(rows[1].tally.v[LATER] == 1 && rows[1].tally.v[RETURNED] == 1);
    must(p, settle_step, &(struct step){.id = 2, .state = ARRIVED});
    assert_int_equal(queue_causes(p->st, &parcels, "rain", rows, 4, &n), ERR_OK);
    assert_true(n == 1 && rows[0].tally.v[LATER] == 0 && rows[0].tally.v[RETURNED] == 1);
    must(p, settle_step, &(struct step){.id = 3, .state = RETURNED, .cause = "moved"});
    assert_int_equal(queue_causes(p->st, &parcels, "rain", rows, 4, &n), ERR_OK);
    assert_int_equal(n, 0);
}

static void of_a_group_the_first_is_due_and_who_leaves_gives_its_place(void **state)
{
    struct place *p = *state;
    uint64_t ids[8];

    for (uint64_t i = 1; i <= 4; i++)
        order(p, i, i == 4 ? 2 : 1, NOW);
    take(p);
    for (uint64_t i = 1; i <= 4; i++)
        must(p, hold_step, &(struct step){.id = i, .ms = NOW + 10 * (int64_t)i});
    assert_int_equal(group(p, 1).head, 1);
    assert_int_equal(group(p, 2).head, 4);
    assert_int_equal(due(p, INT64_MAX, (struct due_place){0}, ids, 8), 2);
    assert_true(ids[0] == 1 && ids[1] == 4);
    must(p, settle_step, &(struct step){.id = 2, .state = ARRIVED}); /* not the first */
    assert_int_equal(group(p, 1).head, 1);
    must(p, settle_step, &(struct step){.id = 1, .state = LATER, .ms = NOW});
    assert_int_equal(group(p, 1).head, 3);
    assert_int_equal(job_of(p, 3).due_ms, NOW + 10);
    begin(p, 3, 500);
    assert_int_equal(group(p, 1).head, 0);
    assert_int_equal(group(p, 2).head, 4);
    assert_counts(p, 0, 1, 1, 1, 1, 0);
}

static void a_group_counts_in_its_window(void **state)
{
    struct place *p = *state;

    order(p, 1, 1, NOW);
    take(p);
    must(p, hold_step, &(struct step){.id = 1, .ms = NOW});
    for (int i = 0; i < 3; i++)
        must(p, count_step, &(struct step){.group = 1, .ms = NOW});
    assert_true(group(p, 1).count == 3 && group(p, 1).began_ms == NOW && group(p, 1).head == 1);
    must(p, count_step, &(struct step){.group = 1, .ms = NOW + 1});
    assert_true(group(p, 1).count == 1 && group(p, 1).began_ms == NOW + 1);
    assert_int_equal(group(p, 2).count, 0);
}

struct ended {
    int64_t before_ms;
    uint64_t ids[4];
    size_t n;
};

static void ended_step(struct txn *tx, void *arg)
{
    struct ended *e = arg;

    e->n = 0;
    while (e->n < COUNT_OF(e->ids) && queue_ended_take(tx, &parcels, e->before_ms, &e->ids[e->n]))
        e->n++;
}

static void those_that_ended_are_met_once(void **state)
{
    struct place *p = *state;
    struct ended e = {.before_ms = NOW};
    struct txn tx;

    order(p, 1, 1, NOW);
    order(p, 2, 1, NOW);
    take(p);
    must(p, settle_step, &(struct step){.id = 2, .state = ARRIVED});
    assert_int_equal(store_write(p->st, ended_step, &e), ERR_OK);
    assert_int_equal(e.n, 0);
    assert_int_equal(txn_begin_read(&tx, p->st), ERR_OK);
    assert_false(queue_ended_waits(&tx, &parcels, NOW));
    assert_true(queue_ended_waits(&tx, &parcels, NOW + 1));
    txn_end_read(&tx);
    e.before_ms = NOW + 1;
    assert_int_equal(store_write(p->st, ended_step, &e), ERR_OK);
    assert_true(e.n == 1 && e.ids[0] == 2);
    assert_int_equal(store_write(p->st, ended_step, &e), ERR_OK);
    assert_int_equal(e.n, 0);
}

static void each_change_is_told_to_who_follows(void **state)
{
    struct place *p = *state;
    uint64_t after = UINT64_MAX, ids[8];
    size_t n = 9;

    order(p, 1, 1, NOW);
    order(p, 2, 1, NOW);
    take(p);
    assert_int_equal(queue_changes(p->st, &parcels, &after, ids, 8, &n), ERR_OK);
    assert_int_equal(n, 0);
    begin(p, 2, 500);
    begin(p, 1, 500);
    must(p, settle_step, &(struct step){.id = 2, .state = ARRIVED});
    assert_int_equal(queue_changes(p->st, &parcels, &after, ids, 2, &n), ERR_OK);
    assert_true(n == 2 && ids[0] == 2 && ids[1] == 1);
    assert_int_equal(queue_changes(p->st, &parcels, &after, ids, 8, &n), ERR_OK);
    assert_true(n == 1 && ids[0] == 2);
    assert_int_equal(queue_changes(p->st, &parcels, &after, ids, 8, &n), ERR_OK);
    assert_int_equal(n, 0);
}

/* Mails in the same store have their own tables and see nothing of it. */
static void two_users_do_not_meet(void **state)
{
    struct place *p = *state;
    struct mail_counts c;
    int64_t due_ms;

    order(p, 1, 1, NOW);
    take(p);
    begin(p, 1, 500);
    assert_int_equal(mail_count(p->st, &c), ERR_OK);
    for (size_t i = 0; i < MAILST_COUNT; i++)
        assert_int_equal(c.states[i], 0);
    assert_int_equal(outbox_next_due(p->st, &due_ms), ERR_OK);
    assert_true(due_ms == INT64_MAX);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, place_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(orders_are_taken_over_once_and_fall_due_in_their_order),
        T(an_order_that_cannot_be_read_stops_no_other),
        T(a_job_under_way_is_nobody_elses_until_it_is_settled_or_lost),
        T(a_job_of_a_life_that_is_over_is_lost_at_once),
        T(all_that_are_lost_are_found),
        T(what_is_the_users_stays_as_it_is),
        T(states_and_causes_are_found_and_counted),
        T(of_a_group_the_first_is_due_and_who_leaves_gives_its_place),
        T(a_group_counts_in_its_window),
        T(those_that_ended_are_met_once),
        T(each_change_is_told_to_who_follows),
        T(two_users_do_not_meet),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
