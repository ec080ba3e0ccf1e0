/* A mail's first claim: who it is from, whom it goes to, what it says; and what stands in the way.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "dispatcher_world.h"

/* Is this line in the header of that worker's mail? */
static bool has_line(struct world *w, size_t worker, size_t mail, const char *line)
{
    struct buf text = {0};

    assert_true(worker < w->nworkers && mail < w->workers[worker].job.nmails);
    buf_add_span(&text, w->workers[worker].job.mails[mail].bytes);
    bool found = strstr(text.p, line) != NULL;
    buf_fini(&text);
    return found;
}

static const struct job_mail *job_mail(struct world *w, size_t worker, size_t mail)
{
    assert_true(worker < w->nworkers && mail < w->workers[worker].job.nmails);
    return &w->workers[worker].job.mails[mail];
}

static void the_departments_sender_goes_before_the_portals(void **state)
{
    struct world *w = *state;

    say(w, "left|山田|y@example.com|もしもし");
    world_look(w);
    assert_true(span_is(job_mail(w, 0, 0)->from, "chat@example.com"));
    assert_true(has_line(w, 0, 0, "To: m@example.com, n@example.com\r\n"));
    say(w, "department|mail.from.addresses|dept@example.com");
    say(w, "department|mail.from.on|true");
    say(w, "left|山田|y@example.com|もしもし");
    world_look(w);
    assert_true(span_is(job_mail(w, 1, 0)->from, "dept@example.com"));
    say(w, "department|mail.from.on|false");
    worker_sends(w, 0);
    say(w, "left|山田|y@example.com|もしもし");
    world_look(w);
    assert_true(span_is(job_mail(w, 2, 0)->from, "chat@example.com"));
}

static void what_is_frozen_stays_so_whatever_is_set_later(void **state)
{
    struct world *w = *state;
    struct mail_view v, again;

    say(w, "left|山田|y@example.com|もしもし");
    world_look(w);
    v = mail_look(w, 0);
    assert_true(v.message_id[0] == '<' && strstr(v.message_id, "@example.com>") != NULL);
    worker_fails(w, 0, "connect");
    say(w, "department|mail.missed.addresses|other@example.com");
    say(w, "portal|from|other@example.com");
    world_pass(w, 10 * MINUTE_MS);
    assert_true(span_is(job_mail(w, 1, 0)->from, "chat@example.com"));
    assert_int_equal(job_mail(w, 1, 0)->nrcpts, 2);
    assert_true(span_eq(job_mail(w, 1, 0)->bytes, job_mail(w, 0, 0)->bytes));
    again = mail_look(w, 0);
    assert_string_equal(v.message_id, again.message_id);
    mail_view_fini(&v);
    mail_view_fini(&again);
}

/* The row of a deleted agent goes on to say who it was. */
static void what_a_deleted_agent_said_is_said_by_name(void **state)
{
    struct world *w = *state;

    say(w, "department|lang|en");
    say(w, "chat|1|Yamada|y@example.com|Hello|How can I help?");
    say(w, "remove_agent");
    world_look(w);
    assert_true(has_line(w, 0, 0, "\nAgent:     =E9=88=B4=E6=9C=A8\r\n"));
    assert_true(has_line(w, 0, 0, "How can I help?"));
}

static void a_switch_that_is_off_suppresses(void **state)
{
    struct world *w = *state;

    say(w, "department|mail.missed.on|false");
    say(w, "left|山田|y@example.com|もしもし");
    world_look(w);
    assert_mail(w, 0, MAILST_SUPPRESSED, "switch-off");
    assert_int_equal(w->nworkers, 0);
}

static void a_department_that_was_deleted_gets_what_was_ordered_before(void **state)
{
    struct world *w = *state;

    say(w, "left|山田|y@example.com|もしもし");
    say(w, "remove");
    world_look(w);
    assert_mail(w, 0, MAILST_SENDING, "");
}

static void each_kind_goes_to_its_own_addresses_by_its_own_switch(void **state)
{
    struct world *w = *state;
    static const struct {
        const char *kind, *to;
    } rows[] = {{"transcript", "t@example.com"}, {"feedback", "f@example.com"}};

    say(w, "chat|1|山田|y@example.com|こんにちは|はい");
    say(w, "feedback|5|よい");
    world_look(w);
    assert_int_equal(mail_total(w), 2);
    assert_int_equal(w->workers[0].job.nmails, 2);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct mail_view v = mail_look(w, i);

        assert_string_equal(mail_kind_word(v.order.kind), rows[i].kind);
        assert_int_equal(v.nrcpts, 1);
        assert_string_equal(v.rcpts[0].addr, rows[i].to);
        mail_view_fini(&v);
    }
    say(w, "department|mail.feedback.on|false");
    say(w, "chat|1|山田|y@example.com|こんにちは|はい");
    say(w, "feedback|1|悪い");
    world_look(w);
    assert_mail(w, 2, MAILST_SENDING, "");
    assert_mail(w, 3, MAILST_SUPPRESSED, "switch-off");
}

/* What the letter says of Reply is what Reply does. */
static void reply_to_a_notice_reaches_the_visitor_who_gave_an_address(void **state)
{
    static const struct {
        const char *event, *reply, *says;
    } rows[] = {
        {"left|Yamada|a..b@docomo.ne.jp|Hello", "\r\nReply-To: \"a..b\"@docomo.ne.jp\r\n",
         "Reply goes to a..b@docomo.ne.jp."},
        {"chat|1|Yamada||Hello|Yes", NULL, "Reply does not reach the visitor."},
        {"chat|1|Yamada|y@example.com|Hello|Yes", "\r\nReply-To: y@example.com\r\n",
         "Reply goes to y@example.com."},
        {"block|spam", NULL, "Reply does not reach the visitor."},
        {"feedback|5|good", "\r\nReply-To: y@example.com\r\n", "Reply goes to y@example.com."},
    };
    struct world *w = *state;

    say(w, "department|lang|en");
    say(w, "department|fields.email|ask");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        bool answers = rows[i].reply != NULL;

        print_message("  %s\n", rows[i].event);
        say(w, rows[i].event);
        world_look(w);
        assert_int_equal(w->nworkers, i + 1);
        assert_true(has_line(w, i, 0, rows[i].says));
        assert_int_equal(has_line(w, i, 0, "\nReply-To:"), answers);
        assert_true(!answers || has_line(w, i, 0, rows[i].reply));
        assert_int_equal(has_line(w, i, 0, "Reply does not reach"), !answers);
        assert_false(has_line(w, i, 0, "in the console")); /* where that is is not known */
        worker_sends(w, i);
    }
}

static void a_notice_leads_to_its_conversation_where_the_console_has_an_address(void **state)
{
    struct world *w = *state;
    char link[120];

    say(w, "department|lang|en");
    w->d.conf.public_url = (char *)"https://chat.example.com";
    say(w, "left|Yamada|y@example.com|Hello");
    world_look(w);
    struct mail_view v = mail_look(w, 0);
    snprintf(link, sizeof(link), "https://chat.example.com/console/#/missed?c=%llu",
             (unsigned long long)v.order.conv);
    mail_view_fini(&v);
    struct buf text = {0};
    buf_add_span(&text, job_mail(w, 0, 0)->bytes);
    assert_non_null(strstr(text.p, "The chat in the console: https://chat.example.com/console/"));
    assert_non_null(strstr(text.p, "Open the chat in the console"));
    buf_fini(&text);
    w->d.conf.public_url = NULL;
}

static void a_visitors_copy_goes_to_the_visitor_and_its_copies_along(void **state)
{
    struct world *w = *state;

    say(w, "department|mail.transcript.on|false");
    say(w, "department|mail.copy.addresses|c@example.com, y@example.com");
    say(w, "department|mail.copy.on|true");
    say(w, "chat|1|山田|y@example.com|こんにちは|はい");
    say(w, "copy|y@example.com");
    world_look(w);
    assert_mail(w, 0, MAILST_SUPPRESSED, "switch-off");
    assert_int_equal(w->workers[0].job.nmails, 1);
    assert_int_equal(job_mail(w, 0, 0)->nrcpts, 2); /* each address once */
    assert_true(span_is(job_mail(w, 0, 0)->rcpts[0], "y@example.com"));
    assert_true(span_is(job_mail(w, 0, 0)->rcpts[1], "c@example.com"));
    assert_true(has_line(w, 0, 0, "Cc: c@example.com"));
    assert_true(has_line(w, 0, 0, "To: y@example.com")); /* not what the visitor is called */
}

static void a_readdressed_mail_goes_to_the_new_address_alone(void **state)
{
    struct world *w = *state;

    say(w, "left|山田|y@example.com|もしもし");
    world_look(w);
    worker_says(w, 0, "mail 0 250 ok");
    worker_says(w, 0, "rcpt 0 0 550 who");
    worker_says(w, 0, "rcpt 0 1 250 ok");
    worker_says(w, 0, "end 0");
    worker_says(w, 0, "data 0 250 ok");
    worker_says(w, 0, "over");
    worker_ends(w, 0);
    assert_mail(w, 0, MAILST_FAILED, "code-550");
    say(w, "department|mail.missed.on|false"); /* a person asked for it: no switch counts */
    sayf(w, "readdress|%llu|m@example.com|new@example.com", (unsigned long long)mail_nth(w, 0));
    world_look(w);
    assert_int_equal(job_mail(w, 1, 0)->nrcpts, 1);
    assert_true(span_is(job_mail(w, 1, 0)->rcpts[0], "new@example.com"));
    worker_sends(w, 1);
    assert_mail(w, 1, MAILST_SENT, "");
}

/* The department has a sender of its own; what goes to agents is from the portal. */
static void link_without_sender(struct world *w, int64_t good_ms)
{
    say(w, "department|mail.from.addresses|dept@example.com");
    say(w, "department|mail.from.on|true");
    sayf(w, "link|operator|https://example.com/link|%lld", (long long)good_ms);
    say(w, "portal|from|");
    world_look(w);
    assert_mail(w, 0, MAILST_DEFERRED, "no-from");
}

static void without_a_sender_mails_wait_and_go_when_there_is_one(void **state)
{
    struct world *w = *state;

    link_without_sender(w, HOUR_MS);
    world_pass(w, MINUTE_MS - 1);
    assert_mail(w, 0, MAILST_DEFERRED, "no-from");
    assert_int_equal(w->nworkers, 0);
    say(w, "portal|from|chat@example.com");
    world_pass(w, 1);
    assert_true(mail_state_of(w, 0) == MAILST_SENDING);
    worker_sends(w, 0);
    assert_mail(w, 0, MAILST_SENT, "");
}

static void without_a_sender_for_five_days_a_mail_fails(void **state)
{
    struct world *w = *state;

    link_without_sender(w, 2 * MAIL_GIVE_UP_MS);
    world_pass(w, MAIL_GIVE_UP_MS - 1);
    assert_mail(w, 0, MAILST_DEFERRED, "no-from");
    world_pass(w, MINUTE_MS);
    assert_mail(w, 0, MAILST_FAILED, "no-from");
}

static void transcripts_of_one_chat_hang_together_and_say_that_no_person_wrote_them(void **state)
{
    struct world *w = *state;

    say(w, "chat|1|山田|y@example.com|こんにちは|はい");
    say(w, "copy|y@example.com");
    world_look(w);
    assert_int_equal(w->workers[0].job.nmails, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_true(has_line(w, 0, i, "\r\nIn-Reply-To: <chat-"));
        assert_true(has_line(w, 0, i, "\r\nAuto-Submitted: auto-generated"));
    }
}

/* links */

static void a_link_goes_sealed_into_the_store_and_clear_to_the_worker(void **state)
{
    struct world *w = *state;
    struct buf mem = {0};
    struct mail_frozen fz;

    say(w, "link|operator|https://example.com/%23link=abc|3600000");
    world_look(w);
    assert_int_equal(w->nworkers, 1);
    assert_true(span_is(job_mail(w, 0, 0)->rcpts[0], "agent@example.com"));
    assert_int_equal(outbox_read_frozen(w->d.store, mail_nth(w, 0), &fz, &mem), ERR_OK);
    assert_true(fz.sealed);
    assert_false(span_eq(fz.bytes, job_mail(w, 0, 0)->bytes));
    buf_fini(&mem);
    worker_fails(w, 0, "connect");
    world_pass(w, 10 * MINUTE_MS); /* opened again */
    assert_true(span_eq(job_mail(w, 1, 0)->bytes, job_mail(w, 0, 0)->bytes));
}

static void a_link_that_is_of_no_use_any_more_is_not_sent(void **state)
{
    struct world *w = *state;

    say(w, "link|operator|https://example.com/%23link=abc|3600000");
    say(w, "link|operator|https://example.com/%23link=def|3600000");
    world_look(w);
    assert_mail(w, 0, MAILST_SUPPRESSED, "link");
    assert_mail(w, 1, MAILST_SENDING, "");
    worker_fails(w, 0, "connect");
    world_pass(w, HOUR_MS - 1);
    assert_int_equal(w->nworkers, 2);
    worker_fails(w, 1, "connect");
    world_pass(w, 10 * MINUTE_MS);
    assert_mail(w, 1, MAILST_FAILED, "link");
    assert_int_equal(w->nworkers, 2);
    say(w, "link|agent|https://example.com/%23link=ghi|3600000");
    say(w, "disable");
    world_look(w);
    assert_mail(w, 2, MAILST_SUPPRESSED, "link");
}

#define T(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(the_departments_sender_goes_before_the_portals),
        T(what_is_frozen_stays_so_whatever_is_set_later),
        T(what_a_deleted_agent_said_is_said_by_name),
        T(a_switch_that_is_off_suppresses),
        T(reply_to_a_notice_reaches_the_visitor_who_gave_an_address),
        T(a_notice_leads_to_its_conversation_where_the_console_has_an_address),
        T(a_department_that_was_deleted_gets_what_was_ordered_before),
        T(each_kind_goes_to_its_own_addresses_by_its_own_switch),
        T(a_visitors_copy_goes_to_the_visitor_and_its_copies_along),
        T(a_readdressed_mail_goes_to_the_new_address_alone),
        T(without_a_sender_mails_wait_and_go_when_there_is_one),
        T(without_a_sender_for_five_days_a_mail_fails),
        T(transcripts_of_one_chat_hang_together_and_say_that_no_person_wrote_them),
        T(a_link_goes_sealed_into_the_store_and_clear_to_the_worker),
        T(a_link_that_is_of_no_use_any_more_is_not_sent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
