/* What attempts mean: every row of the table of server behaviours, and the limits of waiting. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "deskbell/mail.h"

#define NOW INT64_C(1795413840000)

static void judge_table(void **state)
{
    static const struct {
        const char *what;
        struct smtp_fate fate;
        enum verdict verdict;
    } rows[] = {
        {"taken", {TROUBLE_NONE, 250, 250, 250, true}, VERDICT_SENT},
        {"taken, forwarded", {TROUBLE_NONE, 250, 251, 250, true}, VERDICT_SENT},
        {"taken, then the session broke", {TROUBLE_DROPPED, 250, 250, 250, true}, VERDICT_SENT},
        {"refuses connect", {TROUBLE_CONNECT, 0, 0, 0, false}, VERDICT_RETRY},
        {"421 greeting", {TROUBLE_GREETING, 0, 0, 0, false}, VERDICT_RETRY},
        {"554 greeting", {TROUBLE_GREETING, 0, 0, 0, false}, VERDICT_RETRY},
        {"stalls at greeting or EHLO", {TROUBLE_DROPPED, 0, 0, 0, false}, VERDICT_RETRY},
        {"421 at MAIL and close", {TROUBLE_DROPPED, 421, 0, 0, false}, VERDICT_RETRY},
        {"450 at MAIL", {TROUBLE_NONE, 450, 0, 0, false}, VERDICT_RETRY},
        {"550 at MAIL", {TROUBLE_NONE, 550, 0, 0, false}, VERDICT_REFUSED},
        {"530 at MAIL: our login", {TROUBLE_LOGIN, 530, 0, 0, false}, VERDICT_RETRY},
        {"535 at MAIL: our login", {TROUBLE_LOGIN, 535, 0, 0, false}, VERDICT_RETRY},
        {"login refused", {TROUBLE_LOGIN, 0, 0, 0, false}, VERDICT_RETRY},
        {"450 for this recipient", {TROUBLE_NONE, 250, 450, 250, true}, VERDICT_RETRY},
        {"552 for this recipient: too many", {TROUBLE_NONE, 250, 552, 250, true}, VERDICT_RETRY},
        {"550 for this recipient", {TROUBLE_NONE, 250, 550, 250, true}, VERDICT_REFUSED},
        {"all recipients refused", {TROUBLE_NONE, 250, 550, 503, false}, VERDICT_REFUSED},
        {"drops at RCPT", {TROUBLE_DROPPED, 250, 0, 0, false}, VERDICT_RETRY},
        {"554 to DATA", {TROUBLE_NONE, 250, 250, 554, false}, VERDICT_REFUSED},
        {"451 to DATA", {TROUBLE_NONE, 250, 250, 451, false}, VERDICT_RETRY},
        {"554 after the dot", {TROUBLE_NONE, 250, 250, 554, true}, VERDICT_REFUSED},
        {"451 after the dot", {TROUBLE_NONE, 250, 250, 451, true}, VERDICT_RETRY},
        {"drops inside DATA", {TROUBLE_DROPPED, 250, 250, 0, false}, VERDICT_RETRY},
        {"stalls inside DATA", {TROUBLE_DROPPED, 250, 250, 354, false}, VERDICT_RETRY},
        {"drops after the dot", {TROUBLE_DROPPED, 250, 250, 0, true}, VERDICT_AMBIGUOUS},
        {"stalls after the dot", {TROUBLE_DROPPED, 250, 250, 354, true}, VERDICT_AMBIGUOUS},
        {"worker killed after the dot", {TROUBLE_WORKER, 250, 250, 0, true}, VERDICT_AMBIGUOUS},
        {"body given, answers never told", {TROUBLE_WORKER, 0, 0, 0, true}, VERDICT_AMBIGUOUS},
        {"body given, this one refused", {TROUBLE_WORKER, 250, 550, 0, true}, VERDICT_REFUSED},
        {"worker killed inside DATA", {TROUBLE_WORKER, 250, 250, 0, false}, VERDICT_RETRY},
        {"untouched, an earlier one broke", {TROUBLE_DROPPED, 0, 0, 0, false}, VERDICT_RETRY},
        {"lies: 250 without a body", {TROUBLE_NONE, 250, 250, 250, false}, VERDICT_RETRY},
        {"injected answers", {TROUBLE_INJECTED, 250, 250, 250, true}, VERDICT_RETRY},
        {"no TLS", {TROUBLE_NO_TLS, 0, 0, 0, false}, VERDICT_RETRY},
        {"our name at RCPT", {TROUBLE_HELLO, 250, 504, 0, false, true}, VERDICT_RETRY},
        {"our name at MAIL", {TROUBLE_HELLO, 550, 0, 0, false, true}, VERDICT_RETRY},
        {"our name after the dot", {TROUBLE_HELLO, 250, 250, 554, true, true}, VERDICT_RETRY},
        {"another's trouble with our name", {TROUBLE_HELLO, 250, 550, 0, false}, VERDICT_REFUSED},
        {"taken, others were not", {TROUBLE_HELLO, 250, 250, 250, true}, VERDICT_SENT},
        {"our name at EHLO", {TROUBLE_HELLO, 0, 0, 0, false}, VERDICT_RETRY},
        {"wrong certificate", {TROUBLE_CERT, 0, 0, 0, false}, VERDICT_RETRY},
    };
    struct mail_history history = {.attempts = 1, .created_ms = NOW};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct judgement j = mail_judge(&rows[i].fate, &history, NOW);

        print_message("  %s\n", rows[i].what);
        assert_int_equal(j.verdict, rows[i].verdict);
        if (j.verdict == VERDICT_RETRY || j.verdict == VERDICT_AMBIGUOUS)
            assert_int_equal(j.due_ms, NOW + MAIL_RETRY_MIN_MS);
        else
            assert_int_equal(j.due_ms, 0);
    }
}

static void a_refusal_blames_our_name_where_it_says_so(void **state)
{
    static const struct {
        int code;
        const char *text;
        bool blames;
    } rows[] = {
        {504, "5.5.2 <vm>: Helo command rejected: need fully-qualified hostname", true},
        {450, "4.7.1 <vm>: Helo command rejected: Host not found", true},
        {550, "Access denied - Invalid HELO name (See RFC2821 4.1.1.1)", true},
        {501, "ehlo requires domain address", true},
        {503, "5.5.1 Error: send HELO/EHLO first", true},
        {250, "HELO is fine", false},
        {354, "HELO", false},
        {550, "5.1.1 <helot@example.com>: no such user", false},
        {550, "5.1.1 <shello@example.com>: no such user", false},
        {550, "5.1.1 <helo1@example.com>: no such user", false},
        {550, "HEL", false},
        {550, "", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        print_message("  %d %s\n", rows[i].code, rows[i].text);
        assert_int_equal(reply_blames_hello(rows[i].code, span_of(rows[i].text)), rows[i].blames);
    }
}

static void a_second_ambiguous_attempt_stops_for_a_person(void **state)
{
    struct smtp_fate fate = {TROUBLE_DROPPED, 250, 250, 0, true};
    struct mail_history history = {.attempts = 2, .created_ms = NOW, .uncertain = true};

    (void)state;
    assert_int_equal(mail_judge(&fate, &history, NOW).verdict, VERDICT_DOUBTFUL);

    fate.body_ended = false; /* certainly not taken: the second copy may still leave */
    assert_int_equal(mail_judge(&fate, &history, NOW).verdict, VERDICT_RETRY);
}

static void after_five_days_nothing_is_tried_again(void **state)
{
    struct smtp_fate again = {TROUBLE_CONNECT, 0, 0, 0, false};
    struct smtp_fate good = {TROUBLE_NONE, 250, 250, 250, true};
    struct smtp_fate open = {TROUBLE_DROPPED, 250, 250, 354, true};
    struct mail_history history = {.attempts = 40, .created_ms = NOW - MAIL_GIVE_UP_MS};

    (void)state;
    assert_int_equal(mail_judge(&again, &history, NOW).verdict, VERDICT_GAVE_UP);
    assert_int_equal(mail_judge(&again, &history, NOW - 1).verdict, VERDICT_RETRY);
    assert_int_equal(mail_judge(&good, &history, NOW).verdict, VERDICT_SENT);
    assert_int_equal(mail_judge(&open, &history, NOW).verdict, VERDICT_DOUBTFUL);
}

static void waiting_doubles_to_four_hours_and_is_spread_upwards(void **state)
{
    static const struct {
        uint32_t attempts;
        int64_t wait_ms;
    } rows[] = {
        {1, 60000}, {2, 120000}, {3, 240000}, {8, 7680000}, {9, 14400000}, {4000000000u, 14400000},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int64_t wait_ms = rows[i].wait_ms;

        assert_int_equal(mail_backoff_ms(rows[i].attempts, 0), wait_ms);
        assert_int_equal(mail_backoff_ms(rows[i].attempts, (uint32_t)(wait_ms / 4 - 1)),
                         wait_ms + wait_ms / 4 - 1);
        assert_true(mail_backoff_ms(rows[i].attempts, UINT32_MAX) < wait_ms + wait_ms / 4);
    }
}

static void a_mail_that_the_relay_never_heard_of_waits_five_minutes_at_most(void **state)
{
    struct smtp_fate untouched = {TROUBLE_CONNECT, 0, 0, 0, false};
    struct smtp_fate greylisted = {TROUBLE_NONE, 250, 451, 0, false};
    struct mail_history history = {.attempts = 9, .created_ms = NOW};

    (void)state;
    assert_int_equal(mail_judge(&untouched, &history, NOW).due_ms, NOW + MAIL_UNTOUCHED_MAX_MS);
    assert_int_equal(mail_judge(&greylisted, &history, NOW).due_ms, NOW + MAIL_RETRY_MAX_MS);
}

static void a_refused_login_rests_longer_than_a_dead_relay(void **state)
{
    (void)state;
    assert_int_equal(relay_rest_ms(TROUBLE_NONE, 7, 0), 0);
    assert_int_equal(relay_rest_ms(TROUBLE_CONNECT, 1, 0), MAIL_RETRY_MIN_MS);
    assert_int_equal(relay_rest_ms(TROUBLE_CONNECT, 3, 0), 4 * MAIL_RETRY_MIN_MS);
    assert_int_equal(relay_rest_ms(TROUBLE_CONNECT, 99, 0), MAIL_UNTOUCHED_MAX_MS);
    assert_int_equal(relay_rest_ms(TROUBLE_LOGIN, 1, 0), 8 * MAIL_RETRY_MIN_MS);
    assert_int_equal(relay_rest_ms(TROUBLE_LOGIN, 99, 0), MAIL_RETRY_MAX_MS);
}

static void notices_above_the_limit_wait_for_the_end_of_their_window(void **state)
{
    const int64_t now = INT64_C(1795413840000), window = FLOOD_WINDOW_MS;
    const struct {
        const char *what;
        struct flood flood;
        bool hold;
        int64_t window_ms;
    } rows[] = {
        {"the first ever", {0, 0, false}, false, now},
        {"the last that goes", {now - 5, FLOOD_MAX - 1, false}, false, now - 5},
        {"the first above", {now - 5, FLOOD_MAX, false}, true, now - 5},
        {"far above", {now - 5, 1000000, false}, true, now - 5},
        {"behind others that wait", {now - 5, 1, true}, true, now - 5},
        {"a moment before the end", {now - window + 1, FLOOD_MAX, false}, true, now - window + 1},
        {"at the end", {now - window, FLOOD_MAX, false}, false, now},
        {"after the end, behind others", {now - window, FLOOD_MAX, true}, true, now},
        {"the clock went back a little", {now + 3000, FLOOD_MAX, false}, true, now + 3000},
        {"the clock went back by far", {now + window, FLOOD_MAX, false}, false, now},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct flood_verdict v = flood_judge(&rows[i].flood, now);

        if (v.hold != rows[i].hold || v.window_ms != rows[i].window_ms ||
            v.due_ms != v.window_ms + window)
            fail_msg("%s: hold %d, window %lld, due %lld", rows[i].what, v.hold,
                     (long long)(v.window_ms - now), (long long)(v.due_ms - now));
    }
}

static void every_trouble_has_a_word_of_its_own(void **state)
{
    (void)state;
    for (int i = 0; i < TROUBLE_COUNT; i++) {
        enum smtp_trouble back = TROUBLE_COUNT;

        assert_true(trouble_parse(span_of(trouble_word((enum smtp_trouble)i)), &back));
        assert_int_equal(back, i);
        assert_true(i == TROUBLE_NONE || trouble_text((enum smtp_trouble)i)[0] != '\0');
    }
    enum smtp_trouble none;
    assert_false(trouble_parse(SPAN_LIT("pest"), &none));
}

static void relays_are_checked_by_name(void **state)
{
    static const struct {
        const char *host, *user, *password;
        unsigned port;
        bool tls;
        const char *field; /* NULL: good */
    } rows[] = {
        {"localhost", "", "", 25, false, NULL},
        {"127.0.0.1", "", "", 2525, false, NULL},
        {"mail.example.com", "u", "p", 587, true, NULL},
        {"192.0.2.7", "u", "p", 587, true, NULL},
        {"mail.example.com", "u", "", 587, true, NULL},
        {"mail.example.com", "", "", 25, false, "host"},
        {"192.0.2.7", "", "", 25, false, "host"},
        {"127.0.0.1.example.com", "", "", 25, false, "host"},
        {"", "", "", 25, false, "host"},
        {"::1", "", "", 25, false, "host"},
        {"mail.example.com:25", "", "", 25, true, "host"},
        {"mail..example.com", "", "", 25, true, "host"},
        {"mail example", "", "", 25, true, "host"},
        {"mail.example.com", "", "", 0, true, "port"},
        {"mail.example.com", "", "", 65536, true, "port"},
        {"mail.example.com", "u\r\nMAIL", "p", 25, true, "user"},
        {"mail.example.com", "u", "p\n", 25, true, "password"},
        {"mail.example.com", "", "p", 25, true, "user"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct relay_check r = {.host = span_of(rows[i].host),
                                .user = span_of(rows[i].user),
                                .password = span_of(rows[i].password),
                                .port = rows[i].port,
                                .tls = rows[i].tls};
        struct fault f = {0};

        print_message("  %s:%u\n", rows[i].host, rows[i].port);
        assert_int_equal(relay_check(&r, &f), rows[i].field ? ERR_INVAL : ERR_OK);
        if (rows[i].field)
            assert_string_equal(f.field, rows[i].field);
    }

    char login[RELAY_LOGIN_MAX_BYTES + 1];
    memset(login, 'x', sizeof(login));
    struct relay_check r = {.host = SPAN_LIT("localhost"), .port = 25, .user = {login, 255}};
    struct fault f;

    assert_int_equal(relay_check(&r, &f), ERR_OK);
    r.user.len = 256;
    assert_int_equal(relay_check(&r, &f), ERR_INVAL);
}

static void a_token_needs_tls_and_room(void **state)
{
    char longest[RELAY_TOKEN_MAX_BYTES + 1];
    const struct {
        struct span user, token;
        bool tls;
        const char *field; /* NULL: good */
    } rows[] = {
        {SPAN_LIT("u"), SPAN_LIT("ya29.a0-_~+/="), true, NULL},
        {SPAN_LIT("u"), {longest, RELAY_TOKEN_MAX_BYTES}, true, NULL},
        {SPAN_LIT("u"), SPAN_LIT(""), true, NULL},
        {SPAN_LIT("u"), {longest, RELAY_TOKEN_MAX_BYTES + 1}, true, "password"},
        {SPAN_LIT("u"), SPAN_LIT("a b"), true, "password"},
        {SPAN_LIT("u"), SPAN_LIT("a\001b"), true, "password"},
        {SPAN_LIT("u"), SPAN_LIT("\xc3\xa4"), true, "password"},
        {SPAN_LIT("u\001auth=x"), SPAN_LIT("x"), true, "user"},
        {SPAN_LIT(""), SPAN_LIT("x"), true, "user"},
        {SPAN_LIT("u"), SPAN_LIT("x"), false, "auth"},
    };

    (void)state;
    memset(longest, 'x', sizeof(longest));
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct relay_check r = {.host = SPAN_LIT("localhost"),
                                .user = rows[i].user,
                                .password = rows[i].token,
                                .port = 25,
                                .tls = rows[i].tls,
                                .token = true};
        struct fault f = {0};

        print_message("  row %zu\n", i);
        assert_int_equal(relay_check(&r, &f), rows[i].field ? ERR_INVAL : ERR_OK);
        if (rows[i].field)
            assert_string_equal(f.field, rows[i].field);
    }
}

static void addresses_for_the_wire_are_ascii_or_refused(void **state)
{
    static const struct {
        const char *addr, *wire; /* NULL: refused */
    } rows[] = {
        {"hanako@example.com", "hanako@example.com"},
        {"hanako@例え.jp", "hanako@xn--r8jz45g.jp"},
        {"a..b@docomo.ne.jp", "\"a..b\"@docomo.ne.jp"},
        {".a@docomo.ne.jp", "\".a\"@docomo.ne.jp"},
        {"a.@例え.jp", "\"a.\"@xn--r8jz45g.jp"},
        {"\"a..b\"@docomo.ne.jp", "\"a..b\"@docomo.ne.jp"},
        {"a@example.com> SIZE=1", NULL},
        {"a@example.com\r\nRCPT TO:<b@example.com>", NULL},
        {"<a@example.com>", NULL},
        {"a b@example.com", NULL},
        {"a@example.com,b@example.com", NULL},
        {"花子@example.com", NULL},
        {"", NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct buf out = {0};
        struct fault f = {0};

        print_message("  %s\n", rows[i].addr);
        assert_int_equal(mail_address(span_of(rows[i].addr), &out, &f),
                         rows[i].wire ? ERR_OK : ERR_INVAL);
        if (rows[i].wire)
            assert_string_equal(out.p, rows[i].wire);
        else
            assert_true(f.what[0] != '\0');
        buf_fini(&out);
    }
}

static void addresses_are_shown_as_people_write_them(void **state)
{
    static const struct {
        const char *wire, *shown;
        bool back; /* what is shown goes onto the wire as it was */
    } rows[] = {
        {"hanako@example.com", "hanako@example.com", true},
        {"hanako@xn--r8jz45g.jp", "hanako@例え.jp", true},
        {"\"a..b\"@docomo.ne.jp", "a..b@docomo.ne.jp", true},
        {"\"a.\"@xn--r8jz45g.jp", "a.@例え.jp", true},
        {"\"a b\"@example.com", "\"a b\"@example.com", true},
        {"\"a.b\"@example.com", "\"a.b\"@example.com", true}, /* not what would come back */
        {"a@xn--zzzzzzzz.example", "a@xn--zzzzzzzz.example", false},
        {"a@[192.0.2.1]", "a@[192.0.2.1]", true},
        {"hanako@例え.jp", "hanako@例え.jp", false},
        {"\"\"@example.com", "\"\"@example.com", true},
        {"", "", false},
        {"nobody", "nobody", false},
    };
    struct buf list = {0};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct buf shown = {0}, wire = {0};

        buf_add_str(&shown, "");
        print_message("  %s\n", rows[i].wire);
        mail_address_show(span_of(rows[i].wire), &shown);
        assert_true(span_is(buf_span(&shown), rows[i].shown));
        if (rows[i].back) {
            assert_int_equal(mail_address(buf_span(&shown), &wire, NULL), ERR_OK);
            assert_string_equal(wire.p, rows[i].wire);
        }
        buf_fini(&shown);
        buf_fini(&wire);
    }
    mail_address_show(SPAN_LIT("a@xn--r8jz45g.jp, \"b,c\"@x.example, \"d.\"@y.example"), &list);
    assert_string_equal(list.p, "a@例え.jp, \"b,c\"@x.example, d.@y.example");
    buf_fini(&list);
}

static void what_is_in_a_mails_way_has_one_word(void **state)
{
    static const struct {
        const char *what;
        struct smtp_fate fate;
        enum verdict verdict;
        const char *cause;
    } rows[] = {
        {"taken", {TROUBLE_NONE, 250, 250, 250, true}, VERDICT_SENT, ""},
        {"taken, then it broke", {TROUBLE_DROPPED, 250, 250, 250, true}, VERDICT_SENT, ""},
        {"refuses connect", {TROUBLE_CONNECT, 0, 0, 0, false}, VERDICT_RETRY, "connect"},
        {"given up on it", {TROUBLE_CONNECT, 0, 0, 0, false}, VERDICT_GAVE_UP, "connect"},
        {"421 at MAIL", {TROUBLE_DROPPED, 421, 0, 0, false}, VERDICT_RETRY, "code-421"},
        {"550 at MAIL", {TROUBLE_NONE, 550, 0, 0, false}, VERDICT_REFUSED, "code-550"},
        {"530 at MAIL", {TROUBLE_NONE, 530, 0, 0, false}, VERDICT_RETRY, "login"},
        {"login refused", {TROUBLE_LOGIN, 535, 0, 0, false}, VERDICT_RETRY, "login"},
        {"450 at RCPT", {TROUBLE_NONE, 250, 450, 250, true}, VERDICT_RETRY, "code-450"},
        {"all refused", {TROUBLE_NONE, 250, 551, 503, false}, VERDICT_REFUSED, "code-551"},
        {"554 after the dot", {TROUBLE_NONE, 250, 250, 554, true}, VERDICT_REFUSED, "code-554"},
        {"stalls in DATA", {TROUBLE_DROPPED, 250, 250, 354, false}, VERDICT_RETRY, "dropped"},
        {"after the dot", {TROUBLE_DROPPED, 250, 250, 0, true}, VERDICT_AMBIGUOUS, "answer-lost"},
        {"and again", {TROUBLE_DROPPED, 250, 250, 0, true}, VERDICT_DOUBTFUL, "doubtful"},
        {"an attack", {TROUBLE_INJECTED, 250, 550, 250, true}, VERDICT_RETRY, "injected"},
        {"no TLS", {TROUBLE_NO_TLS, 0, 0, 0, false}, VERDICT_RETRY, "no-tls"},
        {"our name", {TROUBLE_HELLO, 250, 504, 0, false, true}, VERDICT_RETRY, "hello"},
        {"our name for five days",
         {TROUBLE_NONE, 250, 504, 0, false, true},
         VERDICT_GAVE_UP,
         "hello"},
        {"without a body", {TROUBLE_NONE, 250, 250, 250, false}, VERDICT_RETRY, "refused"},
        {"no code at all", {TROUBLE_NONE, 999, 0, 0, false}, VERDICT_RETRY, "refused"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char cause[MAIL_CAUSE_MAX_BYTES];

        print_message("  %s\n", rows[i].what);
        mail_cause_of(&rows[i].fate, rows[i].verdict, cause);
        assert_string_equal(cause, rows[i].cause);
    }
    for (int c = 0; c < CAUSE_COUNT; c++) {
        assert_true(strlen(cause_word((enum mail_cause)c)) < MAIL_CAUSE_MAX_BYTES);
        assert_true(cause_text((enum mail_cause)c)[0] != '\0');
        for (int t = 0; t < TROUBLE_COUNT; t++)
            assert_string_not_equal(cause_word((enum mail_cause)c),
                                    trouble_word((enum smtp_trouble)t));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(judge_table),
        cmocka_unit_test(a_refusal_blames_our_name_where_it_says_so),
        cmocka_unit_test(a_second_ambiguous_attempt_stops_for_a_person),
        cmocka_unit_test(after_five_days_nothing_is_tried_again),
        cmocka_unit_test(waiting_doubles_to_four_hours_and_is_spread_upwards),
        cmocka_unit_test(a_mail_that_the_relay_never_heard_of_waits_five_minutes_at_most),
        cmocka_unit_test(a_refused_login_rests_longer_than_a_dead_relay),
        cmocka_unit_test(notices_above_the_limit_wait_for_the_end_of_their_window),
        cmocka_unit_test(every_trouble_has_a_word_of_its_own),
        cmocka_unit_test(what_is_in_a_mails_way_has_one_word),
        cmocka_unit_test(relays_are_checked_by_name),
        cmocka_unit_test(a_token_needs_tls_and_room),
        cmocka_unit_test(addresses_for_the_wire_are_ascii_or_refused),
        cmocka_unit_test(addresses_are_shown_as_people_write_them),
    };

    return cmocka_run_group_tests_name("mail_judge", tests, NULL, NULL);
}
