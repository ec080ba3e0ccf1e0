/* Mails that wait for a digest: how they are held, how they leave, and how they are folded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "store_help.h"

#define NOW 1000000
#define DUE 1600000
#define CONV 77
#define MAIL 16 /* of the record at position 2 */
#define WHY SPAN_LIT("too many")

static uint64_t nth(size_t i)
{
    return MAIL + 8 * i;
}

static uint64_t dept_of(struct place *p, uint64_t id)
{
    struct mail_view v;

    assert_int_equal(mail_read(p->st, id, &v), ERR_OK);
    uint64_t dept = v.order.dept;
    mail_view_fini(&v);
    return dept;
}

static struct mail_view look(struct place *p, size_t i)
{
    struct mail_view v;

    assert_int_equal(mail_read(p->st, nth(i), &v), ERR_OK);
    return v;
}

static void expect(struct place *p, size_t i, enum mail_state state, int64_t due_ms)
{
    struct mail_view v = look(p, i);

    if (v.state != state || (state == MAILST_HELD && v.due_ms != due_ms))
        fail_msg("mail %zu: %s, due %lld", i, mail_state_word(v.state), (long long)v.due_ms);
    mail_view_fini(&v);
}

static struct mail_group group(struct place *p)
{
    struct mail_group g;

    assert_int_equal(outbox_read_group(p->st, MAIL_MISSED, dept_of(p, MAIL), &g), ERR_OK);
    return g;
}

static uint64_t held_count(struct place *p)
{
    struct mail_counts c;

    assert_int_equal(mail_count(p->st, &c), ERR_OK);
    return c.states[MAILST_HELD];
}

static void hold(struct place *p, size_t first, size_t n)
{
    for (size_t i = first; i < first + n; i++)
        assert_int_equal(outbox_hold(p->st, &(struct mail_hold){nth(i), DUE}, 1, WHY), ERR_OK);
}

static void ask(struct place *p, size_t i, enum mail_request_kind kind)
{
    struct mail_request rq = {.kind = kind, .mail = nth(i)};
    size_t changed;
    bool over;

    assert_int_equal(mail_request_put(p->st, &rq), ERR_OK);
    assert_int_equal(outbox_apply_request(p->st, NOW, &rq, &changed, &over), ERR_OK);
    assert_true(rq.mail == nth(i) && over);
}

/* Ten missed mails, all taken over; the last seven are held. */
static int setup(void **state)
{
    struct place *p = xcalloc(1, sizeof(*p));
    struct maker m = {{0}};
    uint64_t ids[16];

    place_make(p);
    place_open(p);
    for (size_t i = 0; i < 10; i++)
        maker_add_mail(&m, nth(i), CONV, MAIL_MISSED);
    assert_int_equal(maker_commit(&m, p->st, NOW), ERR_OK);
    assert_int_equal(place_due(p, NOW, ids, 16), 10);
    hold(p, 3, 7);
    *state = p;
    return 0;
}

static struct mail_frozen form(void)
{
    static const struct span rcpts[] = {SPAN_LIT("a@example.org")};

    return (struct mail_frozen){.from = SPAN_LIT("shop@example.org"),
                                .subject = SPAN_LIT("digest"),
                                .message_id = SPAN_LIT("<1@example.org>"),
                                .rcpts = rcpts,
                                .nrcpts = 1,
                                .bytes = SPAN_LIT("Subject: x\r\n\r\nhello\r\n")};
}

static void of_the_held_only_the_first_is_due_and_all_show_when(void **state)
{
    struct place *p = *state;
    uint64_t ids[16];

    assert_int_equal(place_due(p, DUE - 1, ids, 16), 3);
    assert_int_equal(place_due(p, DUE, ids, 16), 4);
    assert_int_equal(ids[3], nth(3));
    assert_int_equal(group(p).head, nth(3));
    assert_int_equal(held_count(p), 7);
    for (size_t i = 3; i < 10; i++)
        expect(p, i, MAILST_HELD, DUE);

    struct mail_view v = look(p, 5);

    assert_string_equal(v.reason, "too many");
    mail_view_fini(&v);
}

static void what_is_frozen_settled_or_held_is_not_held(void **state)
{
    struct place *p = *state;
    struct mail_frozen fz = form();
    uint64_t ids[16];

    assert_int_equal(outbox_freeze(p->st, nth(0), &fz), ERR_OK);
    ask(p, 1, MAILREQ_CANCEL);
    assert_int_equal(
        outbox_hold(p->st, (struct mail_hold[]){{nth(0), 5}, {nth(1), 5}, {nth(3), 5}}, 3, WHY),
        ERR_OK);
    expect(p, 0, MAILST_QUEUED, 0);
    expect(p, 1, MAILST_CANCELLED, 0);
    expect(p, 3, MAILST_HELD, DUE);
    assert_int_equal(place_due(p, NOW, ids, 16), 2);
}

static void who_leaves_gives_its_place_to_the_next(void **state)
{
    struct place *p = *state;
    uint64_t ids[16];

    ask(p, 3, MAILREQ_RETRY);
    ask(p, 6, MAILREQ_CANCEL);
    expect(p, 3, MAILST_QUEUED, 0);
    expect(p, 6, MAILST_CANCELLED, 0);
    assert_int_equal(group(p).head, nth(4));
    expect(p, 4, MAILST_HELD, DUE);
    expect(p, 9, MAILST_HELD, DUE);
    assert_int_equal(place_due(p, NOW, ids, 16), 4); /* the one that was asked for, too */
    assert_int_equal(place_due(p, DUE, ids, 16), 5);
    assert_int_equal(ids[4], nth(4));
    for (size_t i = 4; i < 10; i++)
        ask(p, i, MAILREQ_CANCEL);
    assert_int_equal(group(p).head, 0);
    assert_int_equal(held_count(p), 0);
    assert_int_equal(place_due(p, DUE, ids, 16), 4);
}

static void a_digest_takes_the_others_with_it_in_one_transaction(void **state)
{
    struct place *p = *state;
    struct mail_frozen fz = form();
    uint64_t folded[] = {nth(4), nth(5), nth(7)}, ids[16];
    struct mail_freeze fr = {
        .id = nth(3), .form = &fz, .window_ms = NOW, .gathered = folded, .ngathered = 3};

    assert_int_equal(outbox_freeze_all(p->st, &fr, 1, DUE), ERR_OK);
    expect(p, 3, MAILST_QUEUED, 0);
    struct mail_view v = look(p, 3);
    assert_int_equal(v.notices, 4);
    mail_view_fini(&v);
    for (size_t i = 0; i < COUNT_OF(folded); i++) {
        assert_int_equal(mail_read(p->st, folded[i], &v), ERR_OK);
        assert_int_equal(v.state, MAILST_FOLDED);
        assert_int_equal(v.digest, nth(3));
        assert_int_equal(v.digest_state, MAILST_QUEUED);
        assert_int_equal(v.settled_ms, DUE);
        mail_view_fini(&v);
    }
    /* What did not fit is due at once, in the same place. */
    assert_int_equal(group(p).head, nth(6));
    assert_int_equal(held_count(p), 3);
    assert_int_equal(place_due(p, DUE, ids, 16), 5);

    /* Its end is theirs. */
    assert_int_equal(outbox_begin(p->st, &fr.id, 1, &(struct lease){1, DUE + 9}), ERR_OK);
    struct mail_result res = {.id = nth(3), .state = MAILST_FAILED};
    assert_int_equal(outbox_settle(p->st, &res, 1, DUE), ERR_OK);
    v = look(p, 5);
    assert_int_equal(v.digest_state, MAILST_FAILED);
    mail_view_fini(&v);
    ask(p, 5, MAILREQ_RETRY); /* there is nothing to be sent but the digest */
    expect(p, 5, MAILST_FOLDED, 0);
}

static void one_that_is_not_held_is_not_folded_and_nothing_else_is(void **state)
{
    struct place *p = *state;
    struct mail_frozen fz = form();
    uint64_t folded[] = {nth(4), nth(0)};
    struct mail_freeze fr = {.id = nth(3), .form = &fz, .gathered = folded, .ngathered = 2};

    assert_int_equal(outbox_freeze_all(p->st, &fr, 1, DUE), ERR_CONFLICT);
    expect(p, 0, MAILST_QUEUED, 0);
    expect(p, 3, MAILST_HELD, DUE);
    expect(p, 4, MAILST_HELD, DUE);
}

static void frozen_mails_are_counted_in_their_window_until_another_begins(void **state)
{
    struct place *p = *state;
    struct mail_frozen fz = form();

    for (size_t i = 0; i < 3; i++) {
        struct mail_freeze fr = {
            .id = nth(i), .form = &fz, .window_ms = i < 2 ? NOW : NOW + 100000};

        assert_int_equal(outbox_freeze_all(p->st, &fr, 1, NOW), ERR_OK);
        assert_int_equal(group(p).count, i == 1 ? 2 : 1);
    }
    assert_int_equal(group(p).began_ms, NOW + 100000);
    place_close(p);
    place_open(p);
    assert_int_equal(group(p).count, 1);
    assert_int_equal(group(p).head, nth(3));
}

static void the_first_may_be_put_off_and_stays_held(void **state)
{
    struct place *p = *state;
    struct mail_result res = {.id = nth(3), .state = MAILST_HELD, .due_ms = DUE + 7};
    uint64_t ids[16];

    assert_int_equal(outbox_settle(p->st, &res, 1, DUE), ERR_OK);
    assert_int_equal(place_due(p, DUE + 6, ids, 16), 3);
    assert_int_equal(place_due(p, DUE + 7, ids, 16), 4);
    expect(p, 9, MAILST_HELD, DUE + 7);
    assert_int_equal(held_count(p), 7);
}

static void all_that_is_held_is_settled_in_parts(void **state)
{
    const struct mail_result off = {
        .state = MAILST_SUPPRESSED, .reason = SPAN_LIT("off"), .cause = "switch-off"};
    struct place *p = *state;
    uint64_t dept = dept_of(p, MAIL), ids[16];
    size_t n;

    assert_int_equal(outbox_settle_held(p->st, MAIL_MISSED, dept, &off, DUE, 5), ERR_OK);
    expect(p, 7, MAILST_SUPPRESSED, 0);
    expect(p, 8, MAILST_HELD, DUE);
    assert_int_equal(group(p).head, nth(8));
    assert_int_equal(outbox_held(p->st, MAIL_MISSED, dept, 0, ids, 16, &n), ERR_OK);
    assert_int_equal(n, 2);
    assert_int_equal(outbox_held(p->st, MAIL_MISSED, dept, nth(8), ids, 16, &n), ERR_OK);
    assert_int_equal(n, 1);
    assert_int_equal(outbox_settle_held(p->st, MAIL_MISSED, dept, &off, DUE, 5), ERR_OK);
    assert_int_equal(held_count(p), 0);
    assert_int_equal(group(p).head, 0);
    assert_int_equal(outbox_held(p->st, MAIL_BLOCK, dept, 0, ids, 16, &n), ERR_OK);
    assert_int_equal(n, 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, place_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(of_the_held_only_the_first_is_due_and_all_show_when),
        T(what_is_frozen_settled_or_held_is_not_held),
        T(who_leaves_gives_its_place_to_the_next),
        T(a_digest_takes_the_others_with_it_in_one_transaction),
        T(one_that_is_not_held_is_not_folded_and_nothing_else_is),
        T(frozen_mails_are_counted_in_their_window_until_another_begins),
        T(the_first_may_be_put_off_and_stays_held),
        T(all_that_is_held_is_settled_in_parts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
