/*
 * The outbox: a mail from its cause's transaction to its end, by the dispatcher's functions and as
 * people see it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "deskbell/crypto.h"
#include "outbox/outbox_int.h"
#include "store_help.h"

#define NOW 1000000
#define LEASE 60000
#define BOOT 7
#define CONV 77
#define MAIL 16 /* of the record at position 2 */

/* The row's strings are its own and so not const; these are only read. */
#define RCPT(addr, state, code, reply)                                                             \
    {                                                                                              \
        (char *)(addr), state, code, (char *)(reply)                                               \
    }

static struct mail_view look(struct place *p, uint64_t id)
{
    struct mail_view v;

    assert_int_equal(mail_read(p->st, id, &v), ERR_OK);
    return v;
}

static enum mail_state state_of(struct place *p, uint64_t id)
{
    struct mail_view v = look(p, id);
    enum mail_state state = v.state;

    mail_view_fini(&v);
    return state;
}

static size_t lost_at(struct place *p, uint64_t boot, int64_t now_ms)
{
    uint64_t ids[4];
    size_t n = 99;

    assert_int_equal(outbox_lost(p->st, &(struct lease_now){boot, now_ms}, ids, 4, &n), ERR_OK);
    return n;
}

static void begin(struct place *p, uint64_t id, int64_t now_ms)
{
    assert_int_equal(outbox_begin(p->st, &id, 1, &(struct lease){BOOT, now_ms + LEASE}), ERR_OK);
}

static void settle(struct place *p, struct mail_result res, int64_t now_ms)
{
    assert_int_equal(outbox_settle(p->st, &res, 1, now_ms), ERR_OK);
}

static void freeze(struct place *p, uint64_t id)
{
    struct span rcpts[] = {SPAN_LIT("a@example.org"), SPAN_LIT("b@example.org")};
    struct mail_frozen fz = {.from = SPAN_LIT("shop@example.org"),
                             .cc = SPAN_LIT("b@example.org"),
                             .subject = SPAN_LIT("記録"),
                             .message_id = SPAN_LIT("<16@example.org>"),
                             .rcpts = rcpts,
                             .nrcpts = 2,
                             .bytes = SPAN_LIT("Subject: x\r\n\r\nhello\r\n")};

    assert_int_equal(outbox_freeze(p->st, id, &fz), ERR_OK);
    assert_int_equal(outbox_freeze(p->st, id, &fz), ERR_EXISTS);
}

static struct mail_counts counts(struct place *p)
{
    struct mail_counts c;

    assert_int_equal(mail_count(p->st, &c), ERR_OK);
    return c;
}

static void request(struct place *p, enum mail_request_kind kind, uint64_t mail)
{
    assert_int_equal(mail_request_put(p->st, &(struct mail_request){.kind = kind, .mail = mail}),
                     ERR_OK);
}

/* One request, to its end. */
static struct mail_request apply(struct place *p, int64_t now_ms)
{
    struct mail_request rq;
    size_t changed;
    bool over;

    assert_int_equal(outbox_apply_request(p->st, now_ms, &rq, &changed, &over), ERR_OK);
    assert_true(over);
    return rq;
}

static size_t list(struct place *p, uint64_t conv, int state, const char *cause, uint64_t *cursor,
                   uint64_t *ids, size_t max)
{
    const struct mail_want want = {.conv = conv, .state = state, .cause = cause};
    size_t n = 99;

    assert_int_equal(mail_list(p->st, &want, cursor, ids, max, &n), ERR_OK);
    return n;
}

static void a_new_mail_is_due_at_once(void **state)
{
    struct place *p = *state;
    int64_t due_ms;
    uint64_t ids[4];

    assert_int_equal(outbox_next_due(p->st, &due_ms), ERR_OK);
    assert_int_equal(due_ms, INT64_MAX);
    assert_int_equal(place_due(p, NOW, ids, 4), 0);
    place_put_mails(p, CONV, NOW, MAIL, 1);
    assert_int_equal(outbox_next_due(p->st, &due_ms), ERR_OK);
    assert_int_equal(due_ms, NOW);
    assert_int_equal(counts(p).states[MAILST_QUEUED], 1);

    struct mail_view v = look(p, MAIL); /* before the dispatcher knew of it */

    assert_int_equal(v.state, MAILST_QUEUED);
    assert_int_equal(v.created_ms, NOW);
    assert_int_equal(v.order.kind, MAIL_TRANSCRIPT);
    assert_int_equal(v.order.conv, CONV);
    assert_int_equal(v.order.cause, 2);
    assert_string_equal(v.subject, "");
    mail_view_fini(&v);

    assert_int_equal(place_due(p, NOW - 1, ids, 4), 0);
    assert_int_equal(place_due(p, NOW, ids, 4), 1);
    assert_int_equal(ids[0], MAIL);
    assert_int_equal(counts(p).states[MAILST_QUEUED], 1);
    assert_int_equal(counts(p).oldest_due_ms, NOW);
}

static void more_than_one_taking_over_finds_all_new_mails(void **state)
{
    struct place *p = *state;
    uint64_t *ids = xcalloc(2500, sizeof(ids[0]));
    size_t total = 0, n;

    place_put_mails(p, CONV, NOW, MAIL, 2400);
    for (int i = 0; i < 3; i++)
        total = place_due(p, NOW, ids, 2500);
    assert_int_equal(total, 2400);
    n = place_due(p, NOW, ids, 10);
    assert_int_equal(n, 10);
    assert_int_equal(counts(p).states[MAILST_QUEUED], 2400);
    free(ids);
}

static void a_mail_lives_from_queued_to_sent(void **state)
{
    struct place *p = *state;
    struct mail_frozen fz;
    struct buf mem = {0};
    uint64_t ids[4];

    place_put_mails(p, CONV, NOW, MAIL, 1);
    assert_int_equal(place_due(p, NOW, ids, 4), 1);
    assert_int_equal(outbox_read_frozen(p->st, MAIL, &fz, &mem), ERR_NOTFOUND);
    freeze(p, MAIL);
    assert_int_equal(outbox_read_frozen(p->st, MAIL, &fz, &mem), ERR_OK);
    assert_true(span_is(fz.subject, "記録"));
    assert_int_equal(fz.nrcpts, 2);
    assert_true(span_is(fz.rcpts[1], "b@example.org"));
    assert_true(span_is(fz.bytes, "Subject: x\r\n\r\nhello\r\n"));
    buf_fini(&mem);

    begin(p, MAIL, NOW);
    assert_int_equal(state_of(p, MAIL), MAILST_SENDING);
    assert_int_equal(place_due(p, NOW + LEASE - 1, ids, 4), 0);
    assert_int_equal(counts(p).states[MAILST_SENDING], 1);
    assert_int_equal(counts(p).states[MAILST_QUEUED], 0);

    struct mail_rcpt done[] = {RCPT("a@example.org", MAILST_SENT, 250, "2.0.0 fine"),
                               RCPT("b@example.org", MAILST_SENT, 250, "2.0.0 fine")};

    settle(p, (struct mail_result){.id = MAIL, .state = MAILST_SENT, .rcpts = done, .nrcpts = 2},
           NOW + 5);

    struct mail_view v = look(p, MAIL);

    assert_int_equal(v.state, MAILST_SENT);
    assert_int_equal(v.attempts, 1);
    assert_false(v.uncertain);
    assert_int_equal(v.settled_ms, NOW + 5);
    assert_int_equal(v.nrcpts, 2);
    assert_string_equal(v.rcpts[0].addr, "a@example.org");
    assert_int_equal(v.rcpts[0].state, MAILST_SENT);
    assert_int_equal(v.rcpts[0].code, 250);
    assert_string_equal(v.rcpts[0].reply, "2.0.0 fine");
    assert_string_equal(v.from, "shop@example.org");
    assert_string_equal(v.message_id, "<16@example.org>");
    mail_view_fini(&v);
    assert_int_equal(place_due(p, NOW + 100 * LEASE, ids, 4), 0);
    assert_int_equal(outbox_begin(p->st, ids, 0, &(struct lease){BOOT, NOW + 1}), ERR_OK);
    ids[0] = MAIL;
    assert_int_equal(outbox_begin(p->st, ids, 1, &(struct lease){BOOT, NOW + 1}), ERR_CONFLICT);
}

static void several_mails_are_frozen_together_or_not_at_all(void **state)
{
    struct place *p = *state;
    struct span rcpts[] = {SPAN_LIT("a@example.org")};
    struct mail_frozen fz = {.from = SPAN_LIT("shop@example.org"),
                             .subject = SPAN_LIT("x"),
                             .message_id = SPAN_LIT("<1@example.org>"),
                             .rcpts = rcpts,
                             .nrcpts = 1,
                             .bytes = SPAN_LIT("Subject: x\r\n\r\nhello\r\n")};
    struct mail_frozen both[] = {fz, fz}, back;
    struct buf mem = {0};
    uint64_t ids[4];

    place_put_mails(p, CONV, NOW, MAIL, 3);
    assert_int_equal(place_due(p, NOW, ids, 4), 3);
    struct mail_freeze fr[] = {{.id = ids[0], .form = &both[0]}, {.id = ids[1], .form = &both[1]}};

    assert_int_equal(outbox_freeze_all(p->st, fr, 2, NOW), ERR_OK);
    fr[1].id = ids[0];
    fr[0].id = ids[2];
    assert_int_equal(outbox_freeze_all(p->st, fr, 2, NOW), ERR_EXISTS);
    assert_int_equal(outbox_read_frozen(p->st, ids[1], &back, &mem), ERR_OK);
    assert_true(span_eq(back.bytes, fz.bytes));
    assert_int_equal(outbox_read_frozen(p->st, ids[2], &back, &mem), ERR_NOTFOUND);
    buf_fini(&mem);
}

static void a_deferred_mail_falls_due_again_and_keeps_what_was_sent(void **state)
{
    struct place *p = *state;
    uint64_t ids[4];
    struct mail_rcpt first[] = {RCPT("a@example.org", MAILST_SENT, 250, "ok"),
                                RCPT("b@example.org", MAILST_DEFERRED, 451, "later")};

    place_put_mails(p, CONV, NOW, MAIL, 1);
    place_due(p, NOW, ids, 4);
    freeze(p, MAIL);
    begin(p, MAIL, NOW);
    settle(p,
           (struct mail_result){.id = MAIL,
                                .state = MAILST_DEFERRED,
                                .due_ms = NOW + 9000,
                                .reason = SPAN_LIT("the server said later"),
                                .rcpts = first,
                                .nrcpts = 2},
           NOW + 5);
    assert_int_equal(counts(p).states[MAILST_DEFERRED], 1);
    assert_int_equal(place_due(p, NOW + 8999, ids, 4), 0);
    assert_int_equal(place_due(p, NOW + 9000, ids, 4), 1);
    begin(p, MAIL, NOW + 9000);

    struct mail_view v = look(p, MAIL);

    assert_int_equal(v.attempts, 2);
    assert_false(v.uncertain);
    assert_int_equal(v.rcpts[0].state, MAILST_SENT);
    assert_int_equal(v.rcpts[1].state, MAILST_DEFERRED);
    assert_int_equal(v.rcpts[1].code, 451);
    assert_string_equal(v.reason, "the server said later");
    mail_view_fini(&v);
}

static void a_lease_that_runs_out_makes_the_mail_uncertain(void **state)
{
    struct place *p = *state;
    uint64_t ids[4];

    place_put_mails(p, CONV, NOW, MAIL, 1);
    place_due(p, NOW, ids, 4);
    begin(p, MAIL, NOW);
    assert_int_equal(place_due(p, NOW + 100 * LEASE, ids, 4), 0);
    assert_int_equal(lost_at(p, BOOT, NOW + LEASE - 1), 0);
    assert_int_equal(lost_at(p, BOOT, NOW + LEASE), 1);
    assert_int_equal(lost_at(p, BOOT + 1, 0), 1); /* another start of the machine */
    assert_int_equal(state_of(p, MAIL), MAILST_SENDING);
    ids[0] = MAIL; /* whoever finds that says so before anybody else may have it */
    assert_int_equal(outbox_begin(p->st, ids, 1, &(struct lease){BOOT, NOW + 2 * LEASE}),
                     ERR_CONFLICT);
    settle(p,
           (struct mail_result){
               .id = MAIL, .state = MAILST_UNCERTAIN, .uncertain = true, .due_ms = NOW + LEASE},
           NOW + LEASE);
    begin(p, MAIL, NOW + LEASE);
    assert_int_equal(lost_at(p, BOOT, NOW + LEASE), 0);
    settle(p, (struct mail_result){.id = MAIL, .state = MAILST_SENT}, NOW + LEASE + 1);
    assert_int_equal(lost_at(p, BOOT, NOW + 100 * LEASE), 0);

    struct mail_view v = look(p, MAIL);

    assert_int_equal(v.state, MAILST_SENT);
    assert_true(v.uncertain);
    assert_int_equal(v.attempts, 2);
    mail_view_fini(&v);
}

/* As a version wrote it whose leases were times of the wall clock. */
static void lease_forget_step(struct txn *tx, void *arg)
{
    struct mail_row before, row;

    (void)arg;
    if (mail_state_get(tx, MAIL, &before) != ERR_OK || mail_state_get(tx, MAIL, &row) != ERR_OK) {
        txn_fail(tx, ERR_CORRUPT);
        return;
    }
    row.job.lease = (struct lease){0};
    row.job.due_ms = NOW + LEASE;
    mail_state_put(tx, MAIL, &before, &row);
    mail_row_fini(&before);
    mail_row_fini(&row);
}

static void an_attempt_of_before_there_were_leases_ends_by_the_wall_clock(void **state)
{
    struct place *p = *state;
    struct lease_now now = {BOOT, 1, NOW + LEASE - 1, NULL, 0};
    uint64_t ids[4];
    size_t n = 9;

    place_put_mails(p, CONV, NOW, MAIL, 1);
    place_due(p, NOW, ids, 4);
    begin(p, MAIL, NOW);
    assert_int_equal(store_write(p->st, lease_forget_step, NULL), ERR_OK);
    assert_int_equal(outbox_lost(p->st, &now, ids, 4, &n), ERR_OK);
    assert_int_equal(n, 0);
    now.wall_ms++;
    assert_int_equal(outbox_lost(p->st, &now, ids, 4, &n), ERR_OK);
    assert_int_equal(n, 1);
    assert_int_equal(place_due(p, NOW + LEASE, ids, 4), 1); /* where that version put it */
    settle(p, (struct mail_result){.id = MAIL, .state = MAILST_SENT}, NOW + LEASE);
    assert_int_equal(place_due(p, NOW + LEASE, ids, 4), 0);
}

static void an_ambiguous_attempt_stays_on_record(void **state)
{
    struct place *p = *state;
    uint64_t ids[4];

    place_put_mails(p, CONV, NOW, MAIL, 1);
    place_due(p, NOW, ids, 4);
    begin(p, MAIL, NOW);
    settle(p,
           (struct mail_result){
               .id = MAIL, .state = MAILST_UNCERTAIN, .uncertain = true, .due_ms = NOW + 7},
           NOW);
    assert_int_equal(place_due(p, NOW + 7, ids, 4), 1);
    begin(p, MAIL, NOW + 7);
    settle(p, (struct mail_result){.id = MAIL, .state = MAILST_SENT}, NOW + 8);

    struct mail_view v = look(p, MAIL);

    assert_true(v.uncertain);
    mail_view_fini(&v);
}

static void a_failed_mail_can_be_retried(void **state)
{
    struct place *p = *state;
    struct mail_rcpt no[] = {RCPT("a@example.org", MAILST_FAILED, 550, "no such user"),
                             RCPT("b@example.org", MAILST_SENT, 250, "ok")};
    struct mail_request rq;
    uint64_t ids[4];
    size_t changed;
    bool over;

    place_put_mails(p, CONV, NOW, MAIL, 1);
    place_due(p, NOW, ids, 4);
    freeze(p, MAIL);
    begin(p, MAIL, NOW);
    settle(p, (struct mail_result){.id = MAIL, .state = MAILST_FAILED, .rcpts = no, .nrcpts = 2},
           NOW);
    assert_int_equal(counts(p).states[MAILST_FAILED], 1);
    assert_int_equal(outbox_apply_request(p->st, NOW, &rq, &changed, &over), ERR_NOTFOUND);
    request(p, MAILREQ_RETRY, MAIL);
    rq = apply(p, NOW + 60);
    assert_int_equal(rq.mail, MAIL);
    assert_int_equal(rq.kind, MAILREQ_RETRY);
    assert_int_equal(outbox_apply_request(p->st, NOW + 60, &rq, &changed, &over), ERR_NOTFOUND);
    assert_int_equal(counts(p).states[MAILST_FAILED], 0);
    assert_int_equal(place_due(p, NOW + 60, ids, 4), 1);

    struct mail_view v = look(p, MAIL);

    assert_int_equal(v.state, MAILST_DEFERRED);
    assert_int_equal(v.rcpts[0].state, MAILST_DEFERRED);
    assert_int_equal(v.rcpts[1].state, MAILST_SENT);
    mail_view_fini(&v);
}

static void a_request_for_an_unknown_mail_is_refused(void **state)
{
    struct place *p = *state;

    assert_int_equal(mail_request_put(p->st, &(struct mail_request){.mail = 12345}), ERR_NOTFOUND);
}

static void requests_are_carried_out_in_their_order(void **state)
{
    struct place *p = *state;
    struct mail_request rq;

    place_put_mails(p, CONV, NOW, MAIL, 2); /* not taken over yet */
    request(p, MAILREQ_CANCEL, MAIL + 8);
    request(p, MAILREQ_RETRY, MAIL);
    request(p, MAILREQ_CANCEL, MAIL);
    rq = apply(p, NOW);
    assert_int_equal(rq.mail, MAIL + 8);
    assert_int_equal(state_of(p, MAIL + 8), MAILST_CANCELLED);
    rq = apply(p, NOW);
    assert_int_equal(rq.kind, MAILREQ_RETRY);
    assert_int_equal(state_of(p, MAIL), MAILST_QUEUED);
    rq = apply(p, NOW);
    assert_int_equal(state_of(p, MAIL), MAILST_CANCELLED);
}

static void a_cancel_during_an_attempt_is_carried_out_after_it(void **state)
{
    struct place *p = *state;
    uint64_t ids[4];

    place_put_mails(p, CONV, NOW, MAIL, 2);
    place_due(p, NOW, ids, 4);
    assert_int_equal(outbox_begin(p->st, ids, 2, &(struct lease){BOOT, NOW + LEASE}), ERR_OK);
    for (size_t i = 0; i < 2; i++) {
        request(p, MAILREQ_CANCEL, ids[i]);
        apply(p, NOW);
        assert_int_equal(state_of(p, ids[i]), MAILST_SENDING);
    }
    settle(p, (struct mail_result){.id = ids[0], .state = MAILST_DEFERRED, .due_ms = NOW + 9},
           NOW + 1);
    settle(p, (struct mail_result){.id = ids[1], .state = MAILST_SENT}, NOW + 1);
    assert_int_equal(state_of(p, ids[0]), MAILST_CANCELLED);
    assert_int_equal(state_of(p, ids[1]), MAILST_SENT);
    assert_int_equal(place_due(p, NOW + 10 * LEASE, ids, 4), 0);
}

static void a_suppressed_mail_is_on_record(void **state)
{
    struct place *p = *state;
    uint64_t ids[4];

    place_put_mails(p, CONV, NOW, MAIL, 1);
    place_due(p, NOW, ids, 4);
    settle(p,
           (struct mail_result){
               .id = MAIL, .state = MAILST_SUPPRESSED, .reason = SPAN_LIT("its switch is off")},
           NOW);

    struct mail_view v = look(p, MAIL);

    assert_int_equal(v.state, MAILST_SUPPRESSED);
    assert_int_equal(v.attempts, 0);
    assert_string_equal(v.reason, "its switch is off");
    mail_view_fini(&v);
}

static void lists_are_newest_first_and_go_on_where_they_stopped(void **state)
{
    struct place *p = *state;
    uint64_t ids[8], cursor = 0, due[8];
    struct maker m = {{0}};
    size_t n;

    for (uint64_t i = 2; i < 8; i++)
        maker_add_mail(&m, i * 8, i % 2 == 0 ? CONV : CONV + 1, MAIL_TRANSCRIPT);
    assert_int_equal(maker_commit(&m, p->st, NOW), ERR_OK);

    static const uint64_t all[] = {56, 48, 40, 32, 24, 16}, of_conv[] = {48, 32, 16};

    for (size_t i = 0; i < 6; i += 2) {
        n = list(p, 0, -1, NULL, &cursor, ids, 2);
        assert_int_equal(n, 2);
        assert_memory_equal(ids, all + i, sizeof(ids[0]) * 2);
    }
    assert_int_equal(cursor, 0);
    n = list(p, CONV, -1, NULL, &cursor, ids, 2);
    assert_int_equal(n, 2);
    assert_int_not_equal(cursor, 0);
    assert_memory_equal(ids, of_conv, sizeof(ids[0]) * 2);
    n = list(p, CONV, -1, NULL, &cursor, ids, 2);
    assert_int_equal(n, 1);
    assert_int_equal(ids[0], 16);
    assert_int_equal(cursor, 0);
    n = list(p, CONV + 5, -1, NULL, &cursor, ids, 2);
    assert_int_equal(n, 0);

    assert_int_equal(place_due(p, NOW, due, 8), 6);
    begin(p, 40, NOW);
    settle(p, (struct mail_result){.id = 40, .state = MAILST_FAILED}, NOW);
    n = list(p, 0, MAILST_FAILED, NULL, &cursor, ids, 8);
    assert_int_equal(n, 1);
    assert_int_equal(ids[0], 40);
    assert_int_equal(cursor, 0);
    n = list(p, CONV + 1, MAILST_QUEUED, NULL, &cursor, ids, 8);
    assert_int_equal(n, 2);
}

static void the_outbox_survives_a_restart(void **state)
{
    struct place *p = *state;
    uint64_t ids[4];

    place_put_mails(p, CONV, NOW, MAIL, 3);
    place_due(p, NOW, ids, 4);
    begin(p, MAIL, NOW);
    place_close(p);
    place_open(p);
    assert_int_equal(state_of(p, MAIL), MAILST_SENDING);
    assert_int_equal(place_due(p, NOW, ids, 4), 2);
    assert_int_equal(counts(p).states[MAILST_SENDING], 1);
    assert_int_equal(counts(p).states[MAILST_QUEUED], 2);
}

#define T(name) cmocka_unit_test_setup_teardown(name, place_setup, place_teardown)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        T(a_new_mail_is_due_at_once),
        T(more_than_one_taking_over_finds_all_new_mails),
        T(a_mail_lives_from_queued_to_sent),
        T(several_mails_are_frozen_together_or_not_at_all),
        T(a_deferred_mail_falls_due_again_and_keeps_what_was_sent),
        T(a_lease_that_runs_out_makes_the_mail_uncertain),
        T(an_attempt_of_before_there_were_leases_ends_by_the_wall_clock),
        T(an_ambiguous_attempt_stays_on_record),
        T(a_failed_mail_can_be_retried),
        T(a_request_for_an_unknown_mail_is_refused),
        T(requests_are_carried_out_in_their_order),
        T(a_cancel_during_an_attempt_is_carried_out_after_it),
        T(a_suppressed_mail_is_on_record),
        T(lists_are_newest_first_and_go_on_where_they_stopped),
        T(the_outbox_survives_a_restart),
    };

    crypto_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
