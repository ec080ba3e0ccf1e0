/* Floods of notices: which go by themselves, which wait, and the digest that takes them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "dispatcher_world.h"

static void leave(struct world *w, size_t n)
{
    sayf(w, "leave|%zu|山田|y@example.com|もしもし", n);
}

#define SEND_MS 5 /* send_all() takes so long */

/* Whatever is under way is taken, and what follows it. */
static void send_all(struct world *w)
{
    world_look(w);
    world_pass(w, SEND_MS);
    for (size_t i = 0; i < w->nworkers; i++)
        if (w->workers[i].trip != NULL)
            worker_sends(w, i);
}

static void so_many_go_singly_and_those_above_are_held(void **state)
{
    struct world *w = *state;

    leave(w, FLOOD_MAX + 5);
    world_look(w);
    assert_int_equal(w->workers[0].job.nmails, FLOOD_MAX);
    assert_int_equal(mails_in(w, MAILST_HELD), 5);
    struct mail_view v = mail_look(w, FLOOD_MAX);
    assert_int_equal(v.state, MAILST_HELD);
    assert_int_equal(v.due_ms, w->wall_ms + FLOOD_WINDOW_MS);
    assert_int_equal(v.attempts, 0);
    mail_view_fini(&v);
    worker_sends(w, 0);
    world_pass(w, FLOOD_WINDOW_MS - 1);
    assert_int_equal(w->nworkers, 1);
    world_pass(w, 1);
    assert_int_equal(w->nworkers, 2);
    assert_int_equal(w->workers[1].job.nmails, 1);
    v = mail_look(w, FLOOD_MAX);
    assert_int_equal(v.notices, 5);
    assert_int_equal(v.state, MAILST_SENDING);
    mail_view_fini(&v);
    assert_int_equal(mails_in(w, MAILST_FOLDED), 4);
    v = mail_look(w, FLOOD_MAX + 4);
    assert_int_equal(v.digest, mail_nth(w, FLOOD_MAX));
    mail_view_fini(&v);
    worker_sends(w, 1);
    assert_int_equal(mails_in(w, MAILST_SENT), FLOOD_MAX + 1);
}

static void exactly_so_many_are_not_a_flood(void **state)
{
    struct world *w = *state;

    leave(w, FLOOD_MAX);
    send_all(w);
    assert_int_equal(mails_in(w, MAILST_SENT), FLOOD_MAX);
    leave(w, 1);
    world_look(w);
    assert_int_equal(mails_in(w, MAILST_HELD), 1);
}

static void a_new_window_lets_them_go_again(void **state)
{
    struct world *w = *state;

    leave(w, FLOOD_MAX);
    send_all(w);
    world_pass(w, FLOOD_WINDOW_MS - 1 - SEND_MS);
    leave(w, 1);
    world_look(w);
    assert_int_equal(mails_in(w, MAILST_HELD), 1);
    world_pass(w, 1);
    send_all(w);
    assert_int_equal(mails_in(w, MAILST_HELD), 0);
    leave(w, FLOOD_MAX - 1); /* the one that was held counts in this window */
    send_all(w);
    assert_int_equal(mails_in(w, MAILST_SENT), 2 * FLOOD_MAX);
    leave(w, 1);
    world_look(w);
    assert_int_equal(mails_in(w, MAILST_HELD), 1);
}

static void one_held_alone_goes_as_the_letter_that_it_is(void **state)
{
    struct world *w = *state;
    struct mail_view v;

    leave(w, FLOOD_MAX + 1);
    send_all(w);
    world_pass(w, FLOOD_WINDOW_MS);
    assert_int_equal(w->nworkers, 2);
    v = mail_look(w, FLOOD_MAX);
    assert_int_equal(v.notices, 0);
    struct mail_view single = mail_look(w, 0);
    assert_string_equal(v.subject, single.subject);
    mail_view_fini(&v);
    mail_view_fini(&single);
}

/* A new window has begun, but the relay rests: whoever comes now goes with those before it. */
static void who_comes_while_others_wait_does_not_overtake_them(void **state)
{
    struct world *w = *state;

    leave(w, FLOOD_MAX + 2);
    send_all(w);
    world_pass(w, FLOOD_WINDOW_MS - 10 * SECOND_MS);
    say(w, "chats|1|山田|y@example.com|もしもし");
    world_look(w);
    worker_fails(w, 1, "connect");
    world_pass(w, 10 * SECOND_MS);
    leave(w, 1);
    world_look(w);
    assert_int_equal(w->nworkers, 2);
    assert_int_equal(mails_in(w, MAILST_HELD), 3);
    world_pass(w, 2 * MINUTE_MS);
    struct mail_view v = mail_look(w, FLOOD_MAX);
    assert_int_equal(v.notices, 3);
    mail_view_fini(&v);
}

static void groups_of_other_departments_and_kinds_do_not_count(void **state)
{
    struct world *w = *state;

    leave(w, FLOOD_MAX);
    say(w, "another|別の部");
    say(w, "department|mail.missed.addresses|x@example.com");
    say(w, "department|mail.missed.on|true");
    leave(w, 3);
    send_all(w);
    assert_int_equal(mails_in(w, MAILST_SENT), FLOOD_MAX + 3);
    assert_int_equal(mails_in(w, MAILST_HELD), 0);
}

static void transcripts_are_never_held(void **state)
{
    struct world *w = *state;

    sayf(w, "chats|%d|山田|y@example.com|もしもし", FLOOD_MAX + 5);
    send_all(w);
    assert_int_equal(mails_in(w, MAILST_SENT), FLOOD_MAX + 5);
    struct mail_group g;
    assert_int_equal(outbox_read_group(w->d.store, MAIL_TRANSCRIPT, w->g.dept, &g), ERR_OK);
    assert_int_equal(g.count, 0); /* nor counted */
}

static void what_is_switched_off_is_suppressed_and_not_held(void **state)
{
    struct world *w = *state;

    leave(w, FLOOD_MAX);
    send_all(w);
    say(w, "department|mail.missed.on|false");
    leave(w, 3);
    world_look(w);
    assert_int_equal(mails_in(w, MAILST_HELD), 0);
    assert_int_equal(mails_in(w, MAILST_SUPPRESSED), 3);
}

static void held_ones_whose_switch_goes_off_are_suppressed_together(void **state)
{
    struct world *w = *state;

    leave(w, FLOOD_MAX + 7);
    send_all(w);
    assert_int_equal(mails_in(w, MAILST_HELD), 7);
    say(w, "department|mail.missed.on|false");
    world_pass(w, FLOOD_WINDOW_MS);
    assert_int_equal(mails_in(w, MAILST_SUPPRESSED), 7);
    assert_int_equal(w->nworkers, 1);
}

static void a_retry_takes_one_out_and_the_others_wait_on(void **state)
{
    struct world *w = *state;
    struct mail_view v;

    leave(w, FLOOD_MAX + 3);
    send_all(w);
    sayf(w, "retry|%llu", (unsigned long long)mail_nth(w, FLOOD_MAX)); /* the first of them */
    world_look(w);
    assert_int_equal(w->nworkers, 2);
    assert_int_equal(mails_in(w, MAILST_HELD), 2);
    v = mail_look(w, FLOOD_MAX);
    assert_int_equal(v.notices, 0);
    mail_view_fini(&v);
    worker_sends(w, 1);
    world_pass(w, FLOOD_WINDOW_MS);
    assert_int_equal(w->nworkers, 3);
    v = mail_look(w, FLOOD_MAX + 1);
    assert_int_equal(v.notices, 2);
    mail_view_fini(&v);
}

static void a_cancelled_notice_is_not_in_the_digest(void **state)
{
    struct world *w = *state;
    struct mail_view v;

    leave(w, FLOOD_MAX + 3);
    send_all(w);
    world_pass(w, FLOOD_WINDOW_MS - 1 - SEND_MS);
    sayf(w, "cancel|%llu", (unsigned long long)mail_nth(w, FLOOD_MAX + 1));
    world_pass(w, 1);
    v = mail_look(w, FLOOD_MAX);
    assert_int_equal(v.notices, 2);
    mail_view_fini(&v);
    assert_mail(w, FLOOD_MAX + 1, MAILST_CANCELLED, "");
}

/* A digest takes so many; what is left goes in another, in the same window. */
static void a_digest_takes_five_hundred_and_the_rest_goes_in_another(void **state)
{
    struct world *w = *state;
    size_t digests = 0;

    leave(w, FLOOD_MAX + DIGEST_ITEMS_MAX + 10);
    send_all(w);
    world_pass(w, FLOOD_WINDOW_MS);
    for (int i = 0; i < 3; i++)
        send_all(w);
    assert_int_equal(mails_in(w, MAILST_HELD), 0);
    for (size_t i = FLOOD_MAX; i < FLOOD_MAX + DIGEST_ITEMS_MAX + 10; i++) {
        struct mail_view v = mail_look(w, i);

        if (v.notices > 0) {
            assert_int_equal(v.notices, digests == 0 ? DIGEST_ITEMS_MAX : 10);
            digests++;
        }
        mail_view_fini(&v);
    }
    assert_int_equal(digests, 2);
}

/* So many of its kind went out in the new window before the digest's turn came. */
static void a_digest_waits_while_the_windows_number_is_full(void **state)
{
    const struct span rcpt = SPAN_LIT("m@example.com");
    const struct mail_frozen form = {.from = SPAN_LIT("chat@example.com"),
                                     .message_id = SPAN_LIT("<1@example.com>"),
                                     .rcpts = &rcpt,
                                     .nrcpts = 1,
                                     .bytes = SPAN_LIT("Subject: x\r\n\r\n")};
    struct world *w = *state;
    int64_t began_ms;
    struct mail_view v;

    leave(w, FLOOD_MAX + 2);
    send_all(w);
    w->d.stopping = true;
    world_pass(w, FLOOD_WINDOW_MS);
    leave(w, FLOOD_MAX);
    began_ms = w->wall_ms;
    for (size_t i = 0; i < FLOOD_MAX; i++) {
        struct mail_freeze fr = {
            .id = mail_nth(w, FLOOD_MAX + 2 + i), .form = &form, .window_ms = began_ms};
        size_t n;
        uint64_t id;

        assert_int_equal(outbox_due(w->d.store, 1, &id, 1, &n), ERR_OK); /* taken over */
        assert_int_equal(outbox_freeze_all(w->d.store, &fr, 1, began_ms), ERR_OK);
    }
    w->d.stopping = false;
    send_all(w);
    v = mail_look(w, FLOOD_MAX);
    assert_int_equal(v.state, MAILST_HELD);
    assert_int_equal(v.due_ms, began_ms + FLOOD_WINDOW_MS);
    mail_view_fini(&v);
    world_pass(w, FLOOD_WINDOW_MS);
    v = mail_look(w, FLOOD_MAX);
    assert_int_equal(v.notices, 2);
    mail_view_fini(&v);
}

#define T(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(so_many_go_singly_and_those_above_are_held),
        T(exactly_so_many_are_not_a_flood),
        T(a_new_window_lets_them_go_again),
        T(one_held_alone_goes_as_the_letter_that_it_is),
        T(who_comes_while_others_wait_does_not_overtake_them),
        T(groups_of_other_departments_and_kinds_do_not_count),
        T(transcripts_are_never_held),
        T(what_is_switched_off_is_suppressed_and_not_held),
        T(held_ones_whose_switch_goes_off_are_suppressed_together),
        T(a_retry_takes_one_out_and_the_others_wait_on),
        T(a_cancelled_notice_is_not_in_the_digest),
        T(a_digest_takes_five_hundred_and_the_rest_goes_in_another),
        T(a_digest_waits_while_the_windows_number_is_full),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
