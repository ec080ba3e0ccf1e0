/* What is wrong with a relay: each thing that can be seen, and what is said about it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "deskbell/mail.h"

#define F(name) BIT(FACT_##name)
#define TALKED (F(REACHED) | F(GREETED))

static const struct {
    const char *code;
    const char *part; /* of the text */
    unsigned port, facts;
    enum smtp_trouble trouble;
    const char *said, *names, *mechanisms;
    int mail, rcpt, data;
    const char *reply; /* of the last of them */
    bool ended;
} rows[] = {
    {"sent", "took", .mail = 250, .rcpt = 250, .data = 250, .ended = true},
    {"sent", "took", .mail = 250, .rcpt = 250, .data = 250, .ended = true,
     .trouble = TROUBLE_DROPPED},
    {"name-unknown", "name mail.example.com is not known", .trouble = TROUBLE_CONNECT,
     .facts = F(NO_NAME)},
    {"connection-refused", "587 for STARTTLS", .trouble = TROUBLE_CONNECT, .facts = F(REFUSED)},
    {"connection-timeout", "block port 25", .trouble = TROUBLE_CONNECT, .facts = F(TIMEOUT)},
    {"connection-timeout", "firewall", .trouble = TROUBLE_LIMIT},
    {"unreachable", "network", .trouble = TROUBLE_CONNECT, .facts = F(UNREACHABLE)},
    {"connection-failed", "Too many open files", .trouble = TROUBLE_CONNECT,
     .said = "Too many open files"},
    {"tls-first-expected", "(tls), not STARTTLS", .trouble = TROUBLE_DROPPED, .port = 465,
     .facts = F(REACHED)},
    {"silent", "did not greet", .trouble = TROUBLE_DROPPED, .facts = F(REACHED)},
    {"silent", "did not greet", .trouble = TROUBLE_LIMIT, .facts = F(REACHED)},
    {"too-slow", "in time", .trouble = TROUBLE_LIMIT, .facts = TALKED},
    {"dropped", "broke the connection off", .trouble = TROUBLE_DROPPED, .facts = TALKED},
    {"dropped", "broke", .trouble = TROUBLE_DROPPED, .facts = TALKED, .port = 465},
    {"not-tls", "Choose STARTTLS", .trouble = TROUBLE_TLS, .facts = F(REACHED) | F(NOT_TLS)},
    {"tls-failed", "no protocols", .trouble = TROUBLE_TLS, .facts = TALKED,
     .said = "no protocols available"},
    {"starttls-missing", "does not offer STARTTLS", .trouble = TROUBLE_NO_TLS, .facts = TALKED},
    {"starttls-refused", "454 not now", .trouble = TROUBLE_NO_TLS, .facts = TALKED | F(STARTTLS),
     .said = "454 not now"},
    {"cert-name", "not for mail.example.com but for a.example, b.example.", .trouble = TROUBLE_CERT,
     .facts = TALKED | F(CERT_NAME), .names = "a.example, b.example"},
    {"cert-name", "for another name", .trouble = TROUBLE_CERT, .facts = TALKED | F(CERT_NAME)},
    {"cert-expired", "expired", .trouble = TROUBLE_CERT, .facts = TALKED | F(CERT_EXPIRED)},
    {"cert-early", "clock", .trouble = TROUBLE_CERT, .facts = TALKED | F(CERT_EARLY)},
    {"cert-unknown", "smtp_ca_file", .trouble = TROUBLE_CERT, .facts = TALKED | F(CERT_UNKNOWN)},
    {"cert-other", "revoked", .trouble = TROUBLE_CERT, .facts = TALKED,
     .said = "certificate revoked"},
    {"injected", "before it was encrypted", .trouble = TROUBLE_INJECTED, .facts = TALKED,
     .mail = 250, .rcpt = 250, .data = 250, .ended = true},
    {"config", "CA file", .trouble = TROUBLE_CONFIG, .said = "the CA file cannot be read"},
    {"worker", "log", .trouble = TROUBLE_WORKER},
    {"greeting-refused", "554 go away", .trouble = TROUBLE_GREETING, .facts = F(REACHED),
     .said = "554 go away"},
    {"hello-refused", "smtp_hello", .trouble = TROUBLE_HELLO, .facts = TALKED,
     .said = "504 5.5.2 full name please"},
    {"hello-refused", "full name please", .trouble = TROUBLE_HELLO, .facts = TALKED,
     .said = "504 5.5.2 full name please", .mail = 250, .rcpt = 504, .reply = "5.5.2 <a@b>: full"},
    {"login-refused", "5.7.8 no", .trouble = TROUBLE_LOGIN, .said = "5.7.8 no",
     .facts = TALKED | F(LOGIN_SET) | F(AUTH) | F(LOGIN_TRIED), .mechanisms = "PLAIN"},
    {"login-later", "454 later", .trouble = TROUBLE_GREETING, .said = "454 later",
     .facts = TALKED | F(LOGIN_SET) | F(AUTH) | F(LOGIN_TRIED)},
    {"login-needed", "none is set", .trouble = TROUBLE_LOGIN, .mail = 530, .facts = TALKED},
    {"login-missing", "offers none", .trouble = TROUBLE_LOGIN, .mail = 530,
     .facts = TALKED | F(LOGIN_SET)},
    {"login-mechanism", "a token needs XOAUTH2", .trouble = TROUBLE_LOGIN, .mail = 530,
     .facts = TALKED | F(LOGIN_SET) | F(AUTH), .mechanisms = "PLAIN"},
    {"login-mechanism", "(GSSAPI XOAUTH2)", .trouble = TROUBLE_LOGIN, .mail = 530,
     .facts = TALKED | F(LOGIN_SET) | F(AUTH), .mechanisms = "GSSAPI XOAUTH2"},
    {"sender-refused", "From address: 5.1.8 no", .mail = 553, .reply = "5.1.8 no"},
    {"relay-denied", "other domains", .mail = 250, .rcpt = 554,
     .reply = "5.7.1 <a@b>: Relay access denied"},
    {"recipient-unknown", "spelling", .mail = 250, .rcpt = 550, .reply = "5.1.1 nobody"},
    {"recipient-unknown", "spelling", .mail = 250, .rcpt = 550, .reply = "No such user here"},
    {"recipient-refused", "go", .mail = 250, .rcpt = 550, .reply = "go"},
    {"recipient-refused", "5.1.10", .mail = 250, .rcpt = 550, .reply = "5.1.10 null MX"},
    {"greylisted", "tried again", .mail = 250, .rcpt = 450,
     .reply = "4.2.0 <a@b>: Recipient address rejected: Greylisted, see http://x"},
    {"mailbox-full", "full", .mail = 250, .rcpt = 452, .reply = "4.2.2 no room"},
    {"mailbox-full", "full", .mail = 250, .rcpt = 552, .reply = "Over QUOTA"},
    {"too-big", "too large", .mail = 552, .reply = "no"},
    {"too-big", "too large", .mail = 250, .rcpt = 250, .data = 554, .reply = "5.3.4 no"},
    {"spam", "blocklist", .mail = 250, .rcpt = 250, .data = 550, .reply = "5.7.1 no",
     .ended = true},
    {"spam", "SPF", .mail = 250, .rcpt = 250, .data = 554, .reply = "looks like SPAM",
     .ended = true},
    {"spam", "SPF", .mail = 250, .rcpt = 550, .reply = "5.7.1 listed on a blocklist"},
    {"message-refused", "no", .mail = 250, .rcpt = 250, .data = 554, .reply = "no", .ended = true},
    {"later", "4.3.2 busy", .mail = 451, .reply = "4.3.2 busy"},
    {"later", "it said nothing", .mail = 250, .rcpt = 451},
    {"unclear", "dialogue", .mail = 250, .rcpt = 250, .data = 250}, /* a body that never was */
};

static struct smtp_evidence evidence(size_t i)
{
    struct span reply = span_of(rows[i].reply);

    return (struct smtp_evidence){
        .host = SPAN_LIT("mail.example.com"),
        .port = rows[i].port != 0 ? rows[i].port : 25,
        .facts = rows[i].facts,
        .names = span_of(rows[i].names),
        .mechanisms = span_of(rows[i].mechanisms),
        .trouble = rows[i].trouble,
        .said = span_of(rows[i].said),
        .mail_code = rows[i].mail,
        .rcpt_code = rows[i].rcpt,
        .data_code = rows[i].data,
        .mail_reply = rows[i].rcpt == 0 ? reply : SPAN_NONE,
        .rcpt_reply = rows[i].data == 0 ? reply : SPAN_NONE,
        .data_reply = reply,
        .body_ended = rows[i].ended,
    };
}

static void each_trouble_has_its_word_and_its_advice(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct smtp_evidence e = evidence(i);
        struct diagnosis d;

        smtp_diagnose(&e, &d);
        print_message("  %s: %s\n", d.code, d.text);
        assert_string_equal(d.code, rows[i].code);
        assert_non_null(strstr(d.text, rows[i].part));
        assert_null(strpbrk(d.text, "{}"));
    }
}

static void every_row_of_the_table_can_be_reached(void **state)
{
    (void)state;
    for (size_t k = 0; diagnosis_code(k) != NULL; k++) {
        bool seen = false;

        for (size_t i = 0; i < COUNT_OF(rows); i++)
            seen = seen || strcmp(rows[i].code, diagnosis_code(k)) == 0;
        print_message("  %s\n", diagnosis_code(k));
        assert_true(seen);
    }
}

static void a_long_reply_is_cut(void **state)
{
    char reply[3000];
    struct smtp_evidence e = {.host = SPAN_LIT("h"), .mail_code = 550};
    struct diagnosis d;

    (void)state;
    memset(reply, 'x', sizeof(reply));
    e.mail_reply = (struct span){reply, sizeof(reply)};
    smtp_diagnose(&e, &d);
    assert_string_equal(d.code, "sender-refused");
    assert_int_equal(strlen(d.text), sizeof(d.text) - 1);
}

static void facts_have_words(void **state)
{
    enum smtp_fact fact;

    (void)state;
    for (unsigned i = 0; i < FACT_COUNT; i++) {
        assert_true(fact_parse(span_of(fact_word((enum smtp_fact)i)), &fact));
        assert_int_equal(fact, i);
    }
    assert_false(fact_parse(SPAN_LIT("odd"), &fact));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_trouble_has_its_word_and_its_advice),
        cmocka_unit_test(every_row_of_the_table_can_be_reached),
        cmocka_unit_test(a_long_reply_is_cut),
        cmocka_unit_test(facts_have_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
