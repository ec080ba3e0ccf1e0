/* What is told of a session, by what was said and what came: nothing but whole answers counts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "course.h"
#include "patience.h"
#include "redact.h"

static struct buf told;
static jmp_buf gave_up;

/* The worker's end of it: here it goes into a buffer. */
void worker_tell(const struct worker_event *e)
{
    worker_event_format(e, &told);
}

void worker_give_up(enum smtp_trouble trouble, struct span text)
{
    worker_tell(&(struct worker_event){.type = EVENT_TROUBLE, .trouble = trouble, .text = text});
    longjmp(gave_up, 1);
}

/* The timer: here the test says when it is over. */
static int64_t wait_ms, left_ms = 1000;
static bool is_over;

void patience_wait(int64_t ms)
{
    wait_ms = ms;
}

void patience_wait_dot(void)
{
    wait_ms = 0;
}

int64_t patience_given_ms(void)
{
    return wait_ms;
}

int64_t patience_left_ms(void)
{
    return left_ms;
}

bool patience_is_over(void)
{
    return is_over;
}

static int begin(void **state)
{
    static struct job job;

    (void)state;
    course_open(&job);
    course_connect();
    redact_add(SPAN_LIT("tanstaaftanstaaf"));
    return 0;
}

static int end(void **state)
{
    (void)state;
    redact_forget();
    buf_fini(&told);
    return 0;
}

static void say(const char *text)
{
    course_say(span_of(text));
}

/* Whether the session goes on. */
static bool hear(const char *text)
{
    char *copy = xstrdup(text);
    bool on = setjmp(gave_up) == 0;

    if (on)
        course_hear(copy, strlen(copy));
    free(copy);
    return on;
}

static void assert_told(const char *wanted)
{
    assert_string_equal(told.p != NULL ? told.p : "", wanted);
    buf_reset(&told);
}

static void greet(void)
{
    assert_true(hear("220 peer\r\n"));
    say("EHLO me\r\n");
    assert_true(hear("250-peer\r\n250 PIPELINING\r\n"));
}

/* As far as the dot of the first mail. */
static void give_one(void)
{
    greet();
    say("MAIL FROM:<a@b>\r\n");
    hear("250 ok\r\n");
    say("RCPT TO:<c@d>\r\nDATA\r\n");
    hear("250 ok\r\n354 go\r\n");
    course_give(0);
    assert_told("mail 0 250 ok\nrcpt 0 0 250 ok\n");
}

static void the_end_of_a_mail_is_answered_by_a_whole_answer_only(void **state)
{
    static const struct {
        const char *bytes, *told, *why;
        bool open; /* it is still waited for */
    } rows[] = {
        {"250 taken\r\n", "data 0 250 taken\n", ""},
        {"250-a\r\n250 b\r\n", "data 0 250 a\n", ""},
        {"250-a\r\n554 5.7.1 no\r\n", "data 0 554 5.7.1 no\n", "554 5.7.1 no"},
        {"250-a\r\n451 4.7.1 not now\r\n", "data 0 451 4.7.1 not now\n", "451 4.7.1 not now"},
        {"250-x\r\n", "", "the answer to the end of the mail broke off: 250-x", true},
        {"250 ok", "", "the answer to the end of the mail broke off: 250 ok", true},
        {"250 ok\r", "", "the answer to the end of the mail broke off: 250 ok", true},
        {"", "", "no answer to the end of the mail came", true},
        {"554-a\r\n250 b\r\n", "", "the answer to the end of the mail contradicts itself: 250 b"},
        {"250-a\r\n251 b\r\n", "", "the answer to the end of the mail contradicts itself: 251 b"},
        {"250 5.7.1 no\r\n", "",
         "the answer to the end of the mail contradicts itself: 250 5.7.1 no"},
        {"221 Bye\r\n", "", "the answer to the end of the mail is none to it: 221 Bye"},
        {"220 hello again\r\n", "",
         "the answer to the end of the mail is none to it: 220 hello again"},
        {"ok\r\n250 ok\r\n", "", "the answer to the end of the mail is not one of SMTP: ok"},
        {"250-a\r\nb\r\n250 c\r\n", "", "the answer to the end of the mail is not one of SMTP: b"},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        for (int pieces = 0; pieces < 2; pieces++) {
            begin(state);
            give_one();
            assert_true(course_awaits_dot());
            for (const char *p = rows[i].bytes; pieces && *p != '\0'; p++)
                hear((char[]){*p, '\0'});
            if (!pieces)
                hear(rows[i].bytes);
            print_message("  %s\n", rows[i].bytes);
            assert_told(rows[i].told);
            assert_string_equal(course_break(), rows[i].why);
            assert_int_equal(course_awaits_dot(), rows[i].open);
            end(state);
        }
    }
}

/* The kind: each place at which several lines decide. */
static void every_step_takes_the_last_lines_refusal(void **state)
{
    (void)state;
    greet();
    say("MAIL FROM:<a@b>\r\n");
    hear("250-a\r\n550 5.1.8 no\r\n");
    assert_told("mail 0 550 5.1.8 no\n");
    assert_int_equal(course_refusal(TO_MAIL), 550);
    say("MAIL FROM:<a@b>\r\n");
    hear("250 ok\r\n");
    say("RCPT TO:<c@d>\r\nDATA\r\n");
    hear("550 no\r\n503 nobody\r\n");
    assert_told("mail 1 250 ok\nrcpt 1 0 550 no\ndata 1 503 nobody\n");
    say("RSET\r\nMAIL FROM:<a@b>\r\n");
    hear("250 ok\r\n250-a\r\n250 b\r\n");
    assert_told("mail 2 250 a\n");
    assert_int_equal(course_refusal(TO_MAIL), 0);
    say("RCPT TO:<c@d>\r\nRCPT TO:<e@f>\r\nRCPT TO:<g@h>\r\nDATA\r\n");
    hear("250-a\r\n550 no\r\n250-a\r\n452 full\r\n250-");
    hear("a\r\n251 b\r\n250-a\r\n554 no\r\n");
    assert_told("rcpt 2 0 550 no\nrcpt 2 1 452 full\ndata 2 554 no\n");
    assert_string_equal(course_break(), "the answer to RCPT TO contradicts itself: 251 b");
}

static void a_greeting_with_a_refusal_in_its_last_line_is_one(void **state)
{
    (void)state;
    hear("220-peer\r\n");
    assert_int_equal(course_refusal(TO_GREETING), 0);
    hear("554 go away\r\n");
    assert_int_equal(course_refusal(TO_GREETING), 554);
    assert_string_equal(course_last_refusal(), "554 go away");
    course_connect(); /* the server's next address */
    hear("250 what\r\n");
    assert_int_equal(course_refusal(TO_GREETING), 250);
    course_connect();
    hear("220 peer\r\n");
    assert_int_equal(course_refusal(TO_GREETING), 0);
    say("EHLO me\r\n");
    hear("250-peer\r\n504 5.5.2 full name please\r\n");
    assert_int_equal(course_refusal(TO_HELLO), 504);
    say("HELO me\r\n");
    hear("250 peer\r\n");
    assert_int_equal(course_refusal(TO_HELLO), 0);
    assert_told("");
}

static void our_name_is_refused_at_once_or_at_a_mail(void **state)
{
    (void)state;
    hear("220 peer\r\n");
    say("EHLO me\r\n");
    hear("421 busy\r\n");
    assert_string_equal(course_hello_refusal(), "");
    say("EHLO me\r\n");
    hear("504 5.5.2 full name please\r\n");
    say("HELO me\r\n");
    hear("250 peer\r\n");
    assert_string_equal(course_hello_refusal(), "504 5.5.2 full name please");
    assert_string_equal(course_hello_blame(), "");
    say("MAIL FROM:<a@b>\r\n");
    hear("250 EHLO is fine\r\n");
    say("RCPT TO:<c@d>\r\n");
    hear("550 5.1.1 nobody\r\n");
    assert_string_equal(course_hello_blame(), "");
    say("RCPT TO:<e@f>\r\n");
    hear("504 5.5.2 <me>: Helo command rejected\r\n");
    assert_string_equal(course_hello_blame(), "504 5.5.2 <me>: Helo command rejected");
    say("QUIT\r\n");
    hear("521 EHLO next time\r\n");
    assert_string_equal(course_hello_blame(), "504 5.5.2 <me>: Helo command rejected");
}

static void a_login_is_refused_by_its_last_line(void **state)
{
    static const struct {
        const char *bytes, *told;
    } rows[] = {
        {"235-welcome\r\n535 5.7.8 no\r\n", "trouble login 535 5.7.8 no\n"},
        {"535 5.7.8 no tanstaaftanstaaf\r\n", "trouble login 535 5.7.8 no ****************\n"},
        {"235-x\r\n454 later\r\n", "trouble greeting 454 later\n"},
        {"400 later\r\n", "trouble greeting 400 later\n"},
        {"500 no\r\n", "trouble login 500 no\n"},
        {"535-a\r\n235 b\r\n", ""},
        {"53", ""},
        {"235 ok\r\n", ""},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        begin(state);
        greet();
        say("AUTH LOGIN\r\n");
        assert_true(hear("334 VXNlcm5hbWU6\r\n"));
        say("MAIL AnnTheFirst\r\n"); /* whatever it looks like: it is of the login */
        assert_int_equal(hear(rows[i].bytes), rows[i].told[0] == '\0');
        assert_told(rows[i].told);
        end(state);
    }
}

static void login_demanded_at_mail_ends_the_session(void **state)
{
    (void)state;
    greet();
    say("MAIL FROM:<a@b>\r\n");
    assert_false(hear("530-5.7.0 sign\r\n530 5.7.0 in\r\n"));
    assert_told("mail 0 530 5.7.0 sign\ntrouble login 530-5.7.0 sign\n");
}

static void nothing_may_stand_behind_the_whole_answer_to_starttls(void **state)
{
    static const struct {
        const char *bytes;
        bool good;
        int refused;
    } rows[] = {
        {"220 go\r\n", true, 0},
        {"220-go\r\n220 ahead\r\n", true, 0},
        {"220-go\r\n454 not now\r\n", true, 454},
        {"220 go\r\n2", false, 0},
        {"220-go\r\n220 ahead\r\n250 ok\r\n", false, 0},
        {"454 no\r\n250 ok\r\n", true, 454},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        begin(state);
        greet();
        say("STARTTLS\r\n");
        assert_int_equal(hear(rows[i].bytes), rows[i].good);
        assert_int_equal(course_refusal(TO_STARTTLS), rows[i].refused);
        assert_told(rows[i].good ? "" : "trouble injected\n");
        end(state);
    }
}

/* A server that speaks ahead: the library would take its words for the answers to what follows. */
static void an_answer_before_its_question_counts_for_none(void **state)
{
    (void)state;
    hear("220 peer\r\n250 hello\r\n250 ok\r\n250 ok\r\n354 go\r\n250 taken\r\n");
    say("EHLO me\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n");
    course_give(0);
    hear("250 taken\r\n");
    assert_told("");
    assert_string_equal(course_break(), "an answer came to nothing that was asked");
}

static void a_421_may_come_at_any_time(void **state)
{
    (void)state;
    greet();
    hear("421 4.3.2 going down\r\n");
    say("MAIL FROM:<a@b>\r\n");
    assert_told("");
    assert_string_equal(course_break(), "421 4.3.2 going down");
}

static void why_a_session_broke_is_what_was_missing(void **state)
{
    (void)state;
    greet();
    say("MAIL FROM:<a@b>\r\n");
    assert_string_equal(course_break(), "no answer to MAIL FROM came");
    begin(state);
    assert_string_equal(course_break(), "no answer to the connection came");
    begin(state);
    greet();
    course_note_break("first");
    course_note_break("second");
    assert_string_equal(course_break(), "first");
}

/* RFC 5321 section 4.5.3.2 */
static void each_step_has_its_time_and_the_first_that_was_asked_counts(void **state)
{
    static const int64_t minute_ms = 60 * INT64_C(1000);

    (void)state;
    assert_int_equal(wait_ms, 5 * minute_ms);
    greet();
    assert_int_equal(wait_ms, 5 * minute_ms);
    say("MAIL FROM:<a@b>\r\n");
    assert_int_equal(wait_ms, 5 * minute_ms);
    hear("250 ok\r\n");
    say("RCPT TO:<c@d>\r\nDATA\r\n");
    assert_int_equal(wait_ms, 5 * minute_ms);
    hear("250 ok\r\n");
    assert_int_equal(wait_ms, 2 * minute_ms);
    wait_ms = 7;
    hear("354-");
    assert_int_equal(wait_ms, 7); /* a piece of an answer is none, and wins no time */
    hear("go\r\n354 on\r\n");
    course_give(0);
    assert_int_equal(wait_ms, 0); /* its own */
    hear("250 ok\r\n");
    say("QUIT\r\n");
    assert_true(wait_ms < minute_ms);
}

static void a_step_without_a_time_of_its_own_has_five_minutes(void **state)
{
    static const char *const steps[] = {"EHLO me\r\n", "STARTTLS\r\n", "AUTH PLAIN x\r\n",
                                        "RSET\r\n", "RCPT TO:<a@b>\r\n"};

    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        begin(state);
        greet();
        wait_ms = 0;
        say(steps[i]);
        assert_int_equal(wait_ms, 300 * INT64_C(1000));
        end(state);
    }
    begin(state);
    greet();
    assert_int_equal(wait_ms, 300 * INT64_C(1000)); /* nothing was asked: a handshake */
}

static void an_answer_that_did_not_come_in_time_says_in_which(void **state)
{
    (void)state;
    greet();
    say("MAIL FROM:<a@b>\r\n");
    is_over = true;
    assert_string_equal(course_break(), "no answer to MAIL FROM came in 300 s");
    is_over = false;
}

static void past_the_sessions_limit_no_mail_is_begun(void **state)
{
    (void)state;
    give_one();
    left_ms = 0;
    assert_true(hear("250 ok\r\n"));
    assert_told("data 0 250 ok\n");
    if (setjmp(gave_up) == 0)
        say("MAIL FROM:<a@b>\r\n");
    left_ms = 1000;
    assert_told("trouble limit\n");
}

static void a_farewell_is_nobodys_reason(void **state)
{
    (void)state;
    greet();
    say("MAIL FROM:<a@b>\r\n");
    hear("451 4.3.0 busy\r\n");
    say("QUIT\r\n");
    assert_string_equal(course_break(), "451 4.3.0 busy");
    hear("521 bye\r\n");
    assert_string_equal(course_last_refusal(), "451 4.3.0 busy");
    assert_string_equal(course_break(), "451 4.3.0 busy");
}

static void offers_that_may_not_be_taken_are_changed_in_any_pieces(void **state)
{
    static const char offer[] = "250-peer\r\n250-CHUNKING\r\n250-enhancedstatuscodes\r\n"
                                "250-CHUNKINGS\r\n250-XCHUNKING\r\n250 CHUNKING\r\n";
    static const char wanted[] = "250-peer\r\n250-CHUNKINX\r\n250-enhancedstatuscodeX\r\n"
                                 "250-CHUNKINXS\r\n250-XCHUNKING\r\n250 CHUNKINX\r\n";

    for (size_t size = 1; size < sizeof(offer); size++) {
        char bytes[] = "250-peer\r\n250-CHUNKING\r\n250-enhancedstatuscodes\r\n"
                       "250-CHUNKINGS\r\n250-XCHUNKING\r\n250 CHUNKING\r\n";

        begin(state);
        hear("220 peer\r\n");
        say("EHLO me\r\n");
        for (size_t at = 0; at < sizeof(bytes) - 1; at += size)
            course_hear(bytes + at, at + size < sizeof(bytes) ? size : sizeof(bytes) - 1 - at);
        assert_string_equal(bytes, wanted);
        end(state);
    }
    begin(state);
    char elsewhere[] = "220 CHUNKING\r\n";
    course_hear(elsewhere, sizeof(elsewhere) - 1);
    assert_string_equal(elsewhere, "220 CHUNKING\r\n");
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, begin, end)
    const struct CMUnitTest tests[] = {
        T(the_end_of_a_mail_is_answered_by_a_whole_answer_only),
        T(every_step_takes_the_last_lines_refusal),
        T(a_greeting_with_a_refusal_in_its_last_line_is_one),
        T(our_name_is_refused_at_once_or_at_a_mail),
        T(a_login_is_refused_by_its_last_line),
        T(login_demanded_at_mail_ends_the_session),
        T(nothing_may_stand_behind_the_whole_answer_to_starttls),
        T(an_answer_before_its_question_counts_for_none),
        T(a_421_may_come_at_any_time),
        T(why_a_session_broke_is_what_was_missing),
        T(each_step_has_its_time_and_the_first_that_was_asked_counts),
        T(a_step_without_a_time_of_its_own_has_five_minutes),
        T(an_answer_that_did_not_come_in_time_says_in_which),
        T(past_the_sessions_limit_no_mail_is_begun),
        T(a_farewell_is_nobodys_reason),
        T(offers_that_may_not_be_taken_are_changed_in_any_pieces),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
