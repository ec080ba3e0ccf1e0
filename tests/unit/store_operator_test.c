/*
 * The outbox as an operator uses it: mails by state and cause, many tried again at once, one that
 * goes to another address, and messages that are let go.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "store_help.h"

#define NOW 1000000
#define LEASE 60000
#define CONV 77
#define FIRST 16
#define MANY 1200

static int setup(void **state)
{
    struct place *p = xcalloc(1, sizeof(*p));

    place_make_in_memory(p);
    place_open(p);
    *state = p;
    return 0;
}

static uint64_t id_of(size_t i)
{
    return FIRST + 16 * i;
}

/* So many mails, taken over. */
static void put_mails(struct place *p, size_t n)
{
    struct due_mail *due = xcalloc(n + 1, sizeof(*due));
    struct due_place from = {0};
    int64_t fresh_ms;
    size_t got;

    for (size_t at = 0; at < n; at += 500) {
        struct maker m = {{0}};

        for (size_t i = at; i < n && i < at + 500; i++)
            maker_add_mail(&m, id_of(i), CONV, MAIL_TRANSCRIPT);
        assert_int_equal(maker_commit(&m, p->st, NOW), ERR_OK);
        assert_int_equal(outbox_due_from(p->st, NOW, &from, due, n, &got, &fresh_ms), ERR_OK);
    }
    free(due);
}

static void freeze(struct place *p, uint64_t id, const char *const *addrs, size_t n)
{
    struct span rcpts[4];
    struct mail_frozen fz = {.from = SPAN_LIT("shop@example.org"),
                             .subject = SPAN_LIT("記録"),
                             .message_id = SPAN_LIT("<16@example.org>"),
                             .rcpts = rcpts,
                             .nrcpts = n,
                             .bytes = SPAN_LIT("Subject: x\r\n\r\nhello\r\n")};

    for (size_t i = 0; i < n; i++)
        rcpts[i] = span_of(addrs[i]);
    assert_int_equal(outbox_freeze(p->st, id, &fz), ERR_OK);
}

static void begin(struct place *p, uint64_t id)
{
    assert_int_equal(outbox_begin(p->st, &id, 1, &(struct lease){1, NOW + LEASE}), ERR_OK);
}

static void settle(struct place *p, uint64_t id, enum mail_state state, const char *cause,
                   const struct mail_rcpt *rcpts, size_t n)
{
    struct mail_result res = {.id = id, .state = state, .rcpts = rcpts, .nrcpts = n};

    snprintf(res.cause, sizeof(res.cause), "%s", cause);
    if (state == MAILST_DEFERRED || state == MAILST_UNCERTAIN)
        res.due_ms = NOW + 5000;
    assert_int_equal(outbox_settle(p->st, &res, 1, NOW), ERR_OK);
}

/* An attempt with its end. */
static void attempt(struct place *p, uint64_t id, enum mail_state state, const char *cause)
{
    begin(p, id);
    settle(p, id, state, cause, NULL, 0);
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

static void ask(struct place *p, struct mail_request rq)
{
    assert_int_equal(mail_request_put(p->st, &rq), ERR_OK);
}

/* Carry out all that was asked for; how many mails changed.  *steps counts the transactions. */
static size_t apply_all(struct place *p, int64_t now_ms, size_t *steps)
{
    struct mail_request rq;
    size_t changed, all = 0;
    bool over;

    *steps = 0;
    while (outbox_apply_request(p->st, now_ms, &rq, &changed, &over) == ERR_OK) {
        assert_true(changed <= OUTBOX_STEP_MAILS);
        all += changed;
        ++*steps;
    }
    return all;
}

static size_t list(struct place *p, struct mail_want want, uint64_t *cursor, uint64_t *ids,
                   size_t max)
{
    size_t n = 99;

    assert_int_equal(mail_list(p->st, &want, cursor, ids, max, &n), ERR_OK);
    return n;
}

/* lists and counts */

static void a_state_is_listed_without_looking_at_the_others(void **state)
{
    struct place *p = *state;
    uint64_t ids[10], cursor = 0;

    put_mails(p, 5000); /* more than one call looks at */
    attempt(p, id_of(3), MAILST_FAILED, "code-550");
    attempt(p, id_of(7), MAILST_FAILED, "code-550");
    attempt(p, id_of(9), MAILST_FAILED, "connect");
    assert_int_equal(list(p, (struct mail_want){.state = MAILST_FAILED}, &cursor, ids, 2), 2);
    assert_true(ids[0] == id_of(9) && ids[1] == id_of(7) && cursor != 0);
    assert_int_equal(list(p, (struct mail_want){.state = MAILST_FAILED}, &cursor, ids, 2), 1);
    assert_true(ids[0] == id_of(3) && cursor == 0);
    assert_int_equal(list(p, (struct mail_want){.state = -1, .cause = "code-550"}, &cursor, ids, 9),
                     2);
    assert_true(ids[0] == id_of(7) && ids[1] == id_of(3) && cursor == 0);
    assert_int_equal(
        list(p, (struct mail_want){.state = MAILST_DEFERRED, .cause = "code-550"}, &cursor, ids, 9),
        0);
    assert_int_equal(cursor, 0);
    assert_int_equal(list(p, (struct mail_want){.state = -1, .cause = "tls"}, &cursor, ids, 9), 0);
}

static void new_mails_are_listed_as_queued_before_they_are_taken_over(void **state)
{
    struct place *p = *state;
    struct maker m = {{0}};
    uint64_t ids[10], cursor = 0;

    put_mails(p, 2);
    maker_add_mail(&m, id_of(2), CONV, MAIL_TRANSCRIPT);
    maker_add_mail(&m, id_of(3), CONV, MAIL_TRANSCRIPT);
    assert_int_equal(maker_commit(&m, p->st, NOW), ERR_OK);
    for (size_t i = 4; i-- > 0;) {
        assert_int_equal(list(p, (struct mail_want){.state = MAILST_QUEUED}, &cursor, ids, 1), 1);
        assert_int_equal(ids[0], id_of(i));
        assert_int_equal(cursor != 0, i > 0);
    }
    assert_int_equal(list(p, (struct mail_want){.state = MAILST_SENT}, &cursor, ids, 9), 0);
}

static void causes_are_counted_by_state(void **state)
{
    struct place *p = *state;
    struct mail_cause_count rows[4];
    size_t n;

    put_mails(p, 4);
    attempt(p, id_of(0), MAILST_DEFERRED, "connect");
    attempt(p, id_of(1), MAILST_DEFERRED, "connect");
    attempt(p, id_of(2), MAILST_FAILED, "connect");
    attempt(p, id_of(3), MAILST_FAILED, "code-550");
    assert_int_equal(mail_causes(p->st, NULL, rows, 4, &n), ERR_OK);
    assert_int_equal(n, 2);
    assert_string_equal(rows[0].cause, "code-550");
    assert_string_equal(rows[1].cause, "connect");
    assert_int_equal(rows[1].states[MAILST_DEFERRED], 2);
    assert_int_equal(rows[1].states[MAILST_FAILED], 1);
    assert_int_equal(mail_cause_retriable(&rows[1]), 3);
    assert_int_equal(mail_causes(p->st, "connect", rows, 4, &n), ERR_OK);
    assert_int_equal(n, 1);
    assert_int_equal(mail_causes(p->st, "conn", rows, 4, &n), ERR_OK);
    assert_int_equal(n, 0);

    attempt(p, id_of(0), MAILST_SENT, "");
    attempt(p, id_of(1), MAILST_DEFERRED, "tls");
    assert_int_equal(mail_causes(p->st, "connect", rows, 4, &n), ERR_OK);
    assert_int_equal(mail_cause_retriable(&rows[0]), 1);
    ask(p, (struct mail_request){.kind = MAILREQ_CANCEL, .mail = id_of(2)});
    assert_int_equal(apply_all(p, NOW, &n), 1);
    assert_int_equal(mail_causes(p->st, "connect", rows, 4, &n), ERR_OK);
    assert_int_equal(n, 0); /* an empty one leaves nothing behind */
}

static void the_newest_attempts_are_kept(void **state)
{
    struct place *p = *state;
    char cause[MAIL_CAUSE_MAX_BYTES];

    put_mails(p, 1);
    for (int i = 0; i < MAIL_TRIES_MAX + 3; i++) {
        snprintf(cause, sizeof(cause), "code-4%02d", i);
        attempt(p, FIRST, MAILST_DEFERRED, cause);
    }

    struct mail_view v = look(p, FIRST);

    assert_int_equal(v.ntries, MAIL_TRIES_MAX);
    assert_string_equal(v.tries[0].cause, "code-403");
    assert_string_equal(v.tries[MAIL_TRIES_MAX - 1].cause, cause);
    assert_string_equal(v.cause, cause);
    assert_int_equal(v.tries[0].state, MAILST_DEFERRED);
    assert_int_equal(v.tries[0].at_ms, NOW);
    mail_view_fini(&v);
}

/* many at once */

static void all_of_one_cause_are_tried_again_in_steps_and_no_others(void **state)
{
    struct place *p = *state;
    uint64_t ids[4], cursor = 0;
    size_t steps;

    put_mails(p, MANY);
    for (size_t i = 0; i < MANY; i++)
        attempt(p, id_of(i), i % 2 == 0 ? MAILST_DEFERRED : MAILST_FAILED,
                i < MANY - 2 ? "connect" : "tls");
    ask(p, (struct mail_request){.kind = MAILREQ_RETRY_CAUSE, .cause = "connect"});
    assert_int_equal(apply_all(p, NOW + 10, &steps), MANY - 2);
    assert_int_equal(steps, 3);
    assert_int_equal(list(p, (struct mail_want){.state = -1, .cause = "connect"}, &cursor, ids, 4),
                     0);
    assert_int_equal(state_of(p, id_of(MANY - 1)), MAILST_FAILED);

    struct mail_view v = look(p, id_of(1));

    assert_int_equal(v.state, MAILST_DEFERRED);
    assert_int_equal(v.due_ms, NOW + 10);
    mail_view_fini(&v);
}

static void a_retry_of_many_goes_on_after_a_restart(void **state)
{
    struct place *p = *state;
    struct mail_request rq;
    size_t changed, steps;
    bool over;

    put_mails(p, MANY);
    for (size_t i = 0; i < MANY; i++)
        attempt(p, id_of(i), MAILST_DEFERRED, "connect");
    ask(p, (struct mail_request){.kind = MAILREQ_RETRY_ALL, .cause = "doubtful"});
    assert_int_equal(outbox_apply_request(p->st, NOW, &rq, &changed, &over), ERR_OK);
    assert_int_equal(changed, OUTBOX_STEP_MAILS);
    assert_false(over);
    place_close(p);
    place_open(p);
    assert_int_equal(apply_all(p, NOW, &steps), MANY - OUTBOX_STEP_MAILS);
}

static void a_retry_of_all_leaves_out_what_a_person_must_look_at(void **state)
{
    struct place *p = *state;
    size_t steps;

    put_mails(p, 6);
    attempt(p, id_of(0), MAILST_DEFERRED, "connect");
    attempt(p, id_of(1), MAILST_UNCERTAIN, "answer-lost");
    attempt(p, id_of(2), MAILST_FAILED, "doubtful");
    attempt(p, id_of(3), MAILST_FAILED, "code-550");
    attempt(p, id_of(4), MAILST_SENT, "");
    begin(p, id_of(5));
    ask(p, (struct mail_request){.kind = MAILREQ_RETRY_ALL, .cause = "doubtful"});
    assert_int_equal(apply_all(p, NOW, &steps), 3);
    assert_int_equal(state_of(p, id_of(2)), MAILST_FAILED);
    assert_int_equal(state_of(p, id_of(3)), MAILST_DEFERRED);
    assert_int_equal(state_of(p, id_of(4)), MAILST_SENT);
    assert_int_equal(state_of(p, id_of(5)), MAILST_SENDING);
}

/* What fails while the request is carried out is not meant: it would never end. */
static void mails_that_came_after_the_request_are_not_meant(void **state)
{
    struct place *p = *state;
    struct maker m = {{0}};
    uint64_t ids[4];
    size_t steps, n;

    put_mails(p, 2);
    attempt(p, id_of(0), MAILST_DEFERRED, "connect");
    ask(p, (struct mail_request){.kind = MAILREQ_RETRY_CAUSE, .cause = "connect"});
    maker_add_mail(&m, id_of(2), CONV, MAIL_TRANSCRIPT);
    assert_int_equal(maker_commit(&m, p->st, NOW), ERR_OK);
    assert_int_equal(outbox_due(p->st, NOW, ids, 4, &n), ERR_OK);
    attempt(p, id_of(2), MAILST_DEFERRED, "connect");
    assert_int_equal(apply_all(p, NOW, &steps), 1);
}

/* another address */

static const char *const two[] = {"a@example.org", "b@example.org"};

/* A new mail to c@example.org in place of this recipient, not taken over yet. */
static void readdress(struct place *p, uint64_t id, uint64_t old, const char *instead)
{
    struct mail_order order = {.kind = MAIL_TRANSCRIPT,
                               .dept = 1,
                               .entry = 1,
                               .conv = CONV,
                               .cause = id / 16,
                               .to = SPAN_LIT("c@example.org"),
                               .replaces = old,
                               .instead = span_of(instead),
                               .story = old / 16};
    struct maker m = {{0}};
    struct buf value = {0};

    mail_order_encode(&order, &value);
    maker_add_row(&m, ROW_MAIL, id, 0, buf_span(&value));
    assert_int_equal(maker_commit(&m, p->st, NOW), ERR_OK);
    buf_fini(&value);
}

static void take_over(struct place *p)
{
    uint64_t ids[1];
    size_t n;

    assert_int_equal(outbox_due(p->st, NOW, ids, 1, &n), ERR_OK);
}

static void a_readdressed_recipient_is_cancelled_with_the_taking_over(void **state)
{
    struct place *p = *state;
    struct mail_rcpt res[] = {{.addr = (char *)"a@example.org", .state = MAILST_SENT, .code = 250},
                              {.addr = (char *)"b@example.org", .state = MAILST_DEFERRED}};

    put_mails(p, 1);
    freeze(p, FIRST, two, 2);
    begin(p, FIRST);
    settle(p, FIRST, MAILST_DEFERRED, "code-451", res, 2);
    readdress(p, id_of(1), FIRST, "b@example.org");
    assert_int_equal(state_of(p, FIRST), MAILST_DEFERRED);
    take_over(p);

    struct mail_view v = look(p, FIRST);

    assert_int_equal(v.state, MAILST_SENT); /* nobody is left: it has reached who it could */
    assert_int_equal(v.rcpts[1].state, MAILST_CANCELLED);
    assert_int_equal(v.rcpts[1].replaced_by, id_of(1));
    assert_string_equal(v.cause, "");
    mail_view_fini(&v);
    v = look(p, id_of(1));
    assert_int_equal(v.order.replaces, FIRST);
    assert_true(span_is(v.order.instead, "b@example.org"));
    assert_int_equal(v.order.story, FIRST / 16);
    mail_view_fini(&v);
}

static void a_failed_mail_that_was_readdressed_leaves_the_failures(void **state)
{
    struct place *p = *state;
    struct mail_rcpt res[] = {{.addr = (char *)"a@example.org", .state = MAILST_FAILED}};
    struct mail_counts c;

    put_mails(p, 1);
    freeze(p, FIRST, two, 1);
    begin(p, FIRST);
    settle(p, FIRST, MAILST_FAILED, "code-550", res, 1);
    readdress(p, id_of(1), FIRST, "a@example.org");
    take_over(p);
    assert_int_equal(state_of(p, FIRST), MAILST_CANCELLED);
    assert_int_equal(mail_count(p->st, &c), ERR_OK);
    assert_int_equal(c.states[MAILST_FAILED], 0);
    assert_int_equal(c.states[MAILST_CANCELLED], 1);
}

static void the_others_of_a_readdressed_mail_still_get_it(void **state)
{
    struct place *p = *state;

    put_mails(p, 1);
    freeze(p, FIRST, two, 2);
    attempt(p, FIRST, MAILST_DEFERRED, "connect");
    readdress(p, id_of(1), FIRST, "a@example.org");
    take_over(p);

    struct mail_view v = look(p, FIRST);

    assert_int_equal(v.state, MAILST_DEFERRED);
    assert_false(mail_rcpt_waits(&v.rcpts[0]));
    assert_true(mail_rcpt_waits(&v.rcpts[1]));
    mail_view_fini(&v);

    size_t steps; /* a retry does not bring it back */

    ask(p, (struct mail_request){.kind = MAILREQ_RETRY, .mail = FIRST});
    assert_int_equal(apply_all(p, NOW, &steps), 1);
    v = look(p, FIRST);
    assert_int_equal(v.rcpts[0].state, MAILST_CANCELLED);
    mail_view_fini(&v);
}

static void an_attempt_under_way_decides_about_a_readdressed_recipient(void **state)
{
    struct place *p = *state;
    struct mail_rcpt sent[] = {
        {.addr = (char *)"a@example.org", .state = MAILST_SENT, .code = 250}};
    struct mail_rcpt later[] = {{.addr = (char *)"a@example.org", .state = MAILST_DEFERRED}};

    put_mails(p, 2);
    for (size_t i = 0; i < 2; i++) {
        freeze(p, id_of(i), two, 1);
        begin(p, id_of(i));
        readdress(p, id_of(i + 2), id_of(i), "a@example.org");
        take_over(p);
        assert_int_equal(state_of(p, id_of(i)), MAILST_SENDING);
    }
    settle(p, id_of(0), MAILST_SENT, "", sent, 1);
    settle(p, id_of(1), MAILST_DEFERRED, "code-451", later, 1);

    struct mail_view v = look(p, id_of(0));

    assert_int_equal(v.state, MAILST_SENT); /* too late: it says so, and the new one goes as well */
    assert_int_equal(v.rcpts[0].replaced_by, id_of(2));
    mail_view_fini(&v);
    assert_int_equal(state_of(p, id_of(1)), MAILST_CANCELLED);
    assert_int_equal(state_of(p, id_of(2)), MAILST_QUEUED);
}

static void a_mail_that_is_not_composed_yet_can_be_readdressed(void **state)
{
    struct place *p = *state;

    put_mails(p, 1);
    readdress(p, id_of(1), FIRST, "a@example.org");
    take_over(p);

    struct mail_view v = look(p, FIRST);

    assert_int_equal(v.state, MAILST_CANCELLED);
    assert_string_equal(v.rcpts[0].addr, "a@example.org");
    assert_int_equal(v.rcpts[0].replaced_by, id_of(1));
    mail_view_fini(&v);
}

/* messages */

static void a_message_is_read_in_pieces(void **state)
{
    struct place *p = *state;
    struct buf piece = {0};
    size_t total = 0;

    put_mails(p, 1);
    assert_int_equal(mail_source(p->st, FIRST, 0, 8, &piece, &total), ERR_NOTFOUND);
    assert_int_equal(mail_source(p->st, 999, 0, 8, &piece, &total), ERR_NOTFOUND);
    freeze(p, FIRST, two, 2);
    for (size_t at = 0; at == 0 || at < total; at += 8)
        assert_int_equal(mail_source(p->st, FIRST, at, 8, &piece, &total), ERR_OK);
    assert_string_equal(piece.p, "Subject: x\r\n\r\nhello\r\n");
    assert_int_equal(mail_source(p->st, FIRST, 1000000, 8, &piece, &total), ERR_OK);
    assert_int_equal(piece.len, total);
    buf_fini(&piece);
}

static void a_failed_mail_that_is_cancelled_loses_its_message_and_keeps_its_row(void **state)
{
    struct place *p = *state;
    struct buf piece = {0};
    size_t steps, total;

    put_mails(p, 1);
    freeze(p, FIRST, two, 2);
    attempt(p, FIRST, MAILST_FAILED, "code-550");
    ask(p, (struct mail_request){.kind = MAILREQ_CANCEL, .mail = FIRST});
    assert_int_equal(apply_all(p, NOW, &steps), 1);
    assert_int_equal(mail_source(p->st, FIRST, 0, 8, &piece, &total), ERR_ENDED);

    struct mail_view v = look(p, FIRST);

    assert_int_equal(v.state, MAILST_CANCELLED);
    assert_string_equal(v.subject, "記録");
    assert_int_equal(v.bytes, 0);
    assert_int_equal(v.nrcpts, 2);
    mail_view_fini(&v);
    buf_fini(&piece);
}

static void old_messages_go_in_small_steps_and_what_waits_keeps_its_own(void **state)
{
    struct place *p = *state;
    struct buf piece = {0};
    size_t n = 99, steps, total;

    put_mails(p, 5);
    for (size_t i = 0; i < 5; i++)
        freeze(p, id_of(i), two, 1);
    for (size_t i = 0; i < 3; i++)
        attempt(p, id_of(i), i == 2 ? MAILST_FAILED : MAILST_SENT, i == 2 ? "code-550" : "");
    attempt(p, id_of(3), MAILST_DEFERRED, "connect");
    assert_int_equal(outbox_drop_old(p->st, NOW, 2, &n), ERR_OK);
    assert_int_equal(n, 0); /* they ended at NOW, not before */
    assert_int_equal(outbox_drop_old(p->st, NOW + 1, 2, &n), ERR_OK);
    assert_int_equal(n, 2);
    assert_int_equal(outbox_drop_old(p->st, NOW + 1, 2, &n), ERR_OK);
    assert_int_equal(n, 1);
    assert_int_equal(outbox_drop_old(p->st, NOW + 1, 2, &n), ERR_OK);
    assert_int_equal(n, 0);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(mail_source(p->st, id_of(i), 0, 8, &piece, &total),
                         i < 3 ? ERR_ENDED : ERR_OK);
    /* Without its message a failed mail cannot be tried again. */
    ask(p, (struct mail_request){.kind = MAILREQ_RETRY, .mail = id_of(2)});
    assert_int_equal(apply_all(p, NOW, &steps), 0);
    assert_int_equal(state_of(p, id_of(2)), MAILST_FAILED);
    buf_fini(&piece);
}

/* relays */

static void relays_that_rest_are_told_anew_each_time(void **state)
{
    struct place *p = *state;
    struct relay_row rows[] = {{.dept = 0, .rest_until_ms = NOW, .trouble = "connect"},
                               {.dept = 7, .refused = true, .trouble = "login"}};
    struct relay_row got[4];
    struct mail_counts c;
    size_t n;

    assert_int_equal(outbox_note_relays(p->st, rows, 2), ERR_OK);
    assert_int_equal(mail_relays(p->st, got, 4, &n), ERR_OK);
    assert_true(n == 2 && got[0].dept == 0 && got[1].dept == 7 && got[1].refused);
    assert_int_equal(mail_count(p->st, &c), ERR_OK);
    assert_int_equal(c.refused, 1);
    assert_int_equal(outbox_note_relays(p->st, rows, 1), ERR_OK);
    assert_int_equal(mail_relay(p->st, 7, &got[0]), ERR_NOTFOUND);
    assert_int_equal(mail_relay(p->st, 0, &got[0]), ERR_OK);
    assert_true(got[0].rest_until_ms == NOW && strcmp(got[0].trouble, "connect") == 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, place_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_state_is_listed_without_looking_at_the_others),
        T(new_mails_are_listed_as_queued_before_they_are_taken_over),
        T(causes_are_counted_by_state),
        T(the_newest_attempts_are_kept),
        T(all_of_one_cause_are_tried_again_in_steps_and_no_others),
        T(a_retry_of_many_goes_on_after_a_restart),
        T(a_retry_of_all_leaves_out_what_a_person_must_look_at),
        T(mails_that_came_after_the_request_are_not_meant),
        T(a_readdressed_recipient_is_cancelled_with_the_taking_over),
        T(a_failed_mail_that_was_readdressed_leaves_the_failures),
        T(the_others_of_a_readdressed_mail_still_get_it),
        T(an_attempt_under_way_decides_about_a_readdressed_recipient),
        T(a_mail_that_is_not_composed_yet_can_be_readdressed),
        T(a_message_is_read_in_pieces),
        T(a_failed_mail_that_is_cancelled_loses_its_message_and_keeps_its_row),
        T(old_messages_go_in_small_steps_and_what_waits_keeps_its_own),
        T(relays_that_rest_are_told_anew_each_time),
    };

    return cmocka_run_group_tests_name("store_operator", tests, NULL, NULL);
}
