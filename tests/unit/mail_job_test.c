/* Jobs and events between parent and worker: there and back, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "deskbell/worker.h"

static void a_job_comes_back_as_it_was(void **state)
{
    const struct span rcpts[] = {SPAN_LIT("a@example.com"), SPAN_LIT("b@example.com")};
    struct job_mail mails[] = {
        {SPAN_LIT("s@example.com"), rcpts, 2, SPAN_LIT("Subject: x\r\n\r\ny\r\n")},
        {SPAN_LIT("s@example.com"), rcpts, 1, SPAN_LIT("Subject: z\r\n\r\n")},
    };
    struct job job = {.host = SPAN_LIT("localhost"),
                      .port = 2525,
                      .tls = JOB_TLS_DIRECT,
                      .token = true,
                      .user = SPAN_LIT("u"),
                      .password = SPAN_LIT("p"),
                      .ca_file = SPAN_LIT("/ca"),
                      .hello = SPAN_LIT("me"),
                      .limit_ms = 330000,
                      .dot_ms = 600000,
                      .mails = mails,
                      .nmails = 2};
    struct job back;
    struct buf out = {0};

    (void)state;
    job_encode(&job, &out);
    assert_int_equal(job_decode(buf_span(&out), &back), ERR_OK);
    assert_true(span_eq(back.host, job.host) && span_eq(back.password, job.password));
    assert_true(back.port == 2525 && back.tls == JOB_TLS_DIRECT && back.token &&
                back.limit_ms == 330000 && back.dot_ms == 600000);
    assert_int_equal(back.nmails, 2);
    assert_int_equal(back.mails[0].nrcpts, 2);
    assert_true(span_eq(back.mails[0].rcpts[1], rcpts[1]));
    assert_true(span_eq(back.mails[1].bytes, mails[1].bytes));
    job_fini(&back);

    /* Cut anywhere, it is refused or is a shorter job; it never reads past its end. */
    for (size_t len = 0; len < out.len; len++) {
        char *part = xmalloc(len + 1);

        memcpy(part, out.p, len);
        if (job_decode((struct span){part, len}, &back) == ERR_OK)
            job_fini(&back);
        free(part);
    }
    buf_fini(&out);
}

static void events_come_back_as_they_were(void **state)
{
    static const struct {
        struct worker_event event;
        const char *line;
    } rows[] = {
        {{.type = EVENT_TROUBLE, .trouble = TROUBLE_LOGIN, .text = SPAN_LIT("535 no")},
         "trouble login 535 no\n"},
        {{.type = EVENT_TROUBLE, .trouble = TROUBLE_CONNECT}, "trouble connect\n"},
        {{.type = EVENT_MAIL, .mail = 49, .code = 250}, "mail 49 250\n"},
        {{.type = EVENT_RCPT, .mail = 1, .rcpt = 2, .code = 550, .text = SPAN_LIT("5.1.1 who?")},
         "rcpt 1 2 550 5.1.1 who?\n"},
        {{.type = EVENT_END, .mail = 0}, "end 0\n"},
        {{.type = EVENT_DATA, .mail = 3, .code = 354}, "data 3 354\n"},
        {{.type = EVENT_OVER}, "over\n"},
        {{.type = EVENT_LINE, .by = LINE_SERVER, .text = SPAN_LIT("250 ok")},
         "line server 250 ok\n"},
        {{.type = EVENT_LINE, .by = LINE_CLIENT, .text = SPAN_LIT(" folded")},
         "line client  folded\n"},
        {{.type = EVENT_LINE, .by = LINE_NOTE}, "line note\n"},
        {{.type = EVENT_FACT, .fact = FACT_AUTH, .text = SPAN_LIT("PLAIN LOGIN")},
         "fact auth PLAIN LOGIN\n"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct buf out = {0};
        struct worker_event back;

        worker_event_format(&rows[i].event, &out);
        assert_string_equal(out.p, rows[i].line);
        assert_int_equal(worker_event_parse((struct span){out.p, out.len - 1}, &back), ERR_OK);
        assert_int_equal(back.type, rows[i].event.type);
        assert_int_equal(back.trouble, rows[i].event.trouble);
        assert_int_equal(back.mail, rows[i].event.mail);
        assert_int_equal(back.rcpt, rows[i].event.rcpt);
        assert_int_equal(back.code, rows[i].event.code);
        assert_int_equal(back.by, rows[i].event.by);
        assert_int_equal(back.fact, rows[i].event.fact);
        assert_true(span_eq(back.text, rows[i].event.text));
        buf_fini(&out);
    }
}

static void a_server_text_cannot_become_an_event(void **state)
{
    struct worker_event e = {
        .type = EVENT_MAIL, .code = 550, .text = SPAN_LIT("no\r\ndata 0 250\n\x1b[1m\xff")};
    struct buf out = {0};
    char *flood = xmalloc(100000);

    (void)state;
    worker_event_format(&e, &out);
    assert_string_equal(out.p, "mail 0 550 nodata 0 250[1m?\n");
    buf_reset(&out);

    memset(flood, 'x', 100000);
    e.text = (struct span){flood, 100000};
    worker_event_format(&e, &out);
    assert_true(out.len <= EVENT_MAX_BYTES);
    free(flood);
    buf_fini(&out);
}

static void a_server_text_is_shown_as_it_was_meant(void **state)
{
    static const struct {
        const char *text, *shown;
    } rows[] = {
        {"あて先が見つかりません", "あて先が見つかりません"},
        {"Öffnen", "Öffnen"},
        {"a\tb", "a b"},
        {"\xe3\x81 cut", "?? cut"},
        {"a\x80\xff", "a??"},
        {"\xc0\xaf", "??"},       /* overlong */
        {"\xed\xa0\x80", "???"},  /* half of a surrogate */
        {"x\x7f\xc2\x85y", "xy"}, /* DEL and NEL */
        {"a\xe2\x80\xaez", "az"}, /* the other direction */
        {"a\xe2\x80\xa8z", "az"}, /* a line's end */
    };
    struct buf wanted = {0}, out = {0};
    char flood[REPLY_MAX_BYTES + 10] = "x";

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        buf_reset(&out);
        buf_reset(&wanted);
        buf_addf(&wanted, "data 0 550 %s\n", rows[i].shown);
        worker_event_format(
            &(struct worker_event){.type = EVENT_DATA, .code = 550, .text = span_of(rows[i].text)},
            &out);
        assert_string_equal(out.p, wanted.p);
    }
    for (size_t at = 1; at + 3 < sizeof(flood); at += 3)
        memcpy(flood + at, "\xe3\x81\x82", 3);
    buf_reset(&out);
    worker_event_format(
        &(struct worker_event){.type = EVENT_DATA, .code = 550, .text = span_of(flood)}, &out);
    assert_int_equal(out.len, strlen("data 0 550 ") + 238 + 1); /* x and 79 whole ones */
    assert_true(span_is_utf8(buf_span(&out)));
    buf_fini(&wanted);
    buf_fini(&out);
}

static void other_lines_are_refused(void **state)
{
    static const char *const rows[] = {
        "",         "mail",         "mail x 250", "mail 50 250", "mail 0",         "mail 0 1000",
        "rcpt 0 0", "rcpt 0 999 1", "trouble",    "trouble x",   "data -1 250",    "end",
        "overt",    "MAIL 0 250",   " over",      "mail  0 250", "mail 0 2500000",
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct worker_event e;

        print_message("  \"%s\"\n", rows[i]);
        assert_int_equal(worker_event_parse(span_of(rows[i]), &e), ERR_CORRUPT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_job_comes_back_as_it_was),
        cmocka_unit_test(events_come_back_as_they_were),
        cmocka_unit_test(a_server_text_cannot_become_an_event),
        cmocka_unit_test(a_server_text_is_shown_as_it_was_meant),
        cmocka_unit_test(other_lines_are_refused),
    };

    return cmocka_run_group_tests_name("dispatcher_job", tests, NULL, NULL);
}
