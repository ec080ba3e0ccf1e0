/* Lines out of what passes, in whatever pieces it comes, without what is said while signing in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "redact.h"
#include "smtp_int.h"

static struct buf told;

/* The worker's end of it: here it goes into a buffer. */
void worker_tell(const struct worker_event *e)
{
    worker_event_format(e, &told);
}

static int begin(void **state)
{
    (void)state;
    dialogue_open(&(struct job){.dialogue = true});
    redact_add(SPAN_LIT("tim"));
    redact_add(SPAN_LIT("tanstaaftanstaaf"));
    return 0;
}

static int end(void **state)
{
    (void)state;
    dialogue_close();
    redact_forget();
    buf_fini(&told);
    return 0;
}

static void said(const char *text)
{
    dialogue_said(span_of(text));
}

static void heard(const char *text)
{
    dialogue_heard(span_of(text));
}

/* The exchange of RFC 2195 section 2, and a server that repeats it. */
static void cram_md5_shows_neither_answer_nor_digest(void **state)
{
    (void)state;
    said("AUTH CRAM-MD5\r\n");
    heard("334 PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+\r\n");
    said("dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw\r\n");
    heard("535-5.7.8 dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw\r\n"
          "535 b913a602c7eda7a495b4e6e7334d3890 of tim with tanstaaftanstaaf\r\n");
    assert_string_equal(told.p,
                        "fact login-tried\n"
                        "line client AUTH CRAM-MD5\n"
                        "line server 334 PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+\n"
                        "line client ********\n"
                        "line server 535-5.7.8 ************************************************\n"
                        "line server 535 ******************************** of *** with "
                        "****************\n");
}

static void what_is_said_after_signing_in_shows_again(void **state)
{
    (void)state;
    said("AUTH PLAIN AHRpbQB0YW5zdGFhZnRhbnN0YWFm\r\n");
    heard("235 ok\r\n");
    said("MAIL FROM:<a@example.com>\r\n");
    assert_string_equal(told.p, "fact login-tried\n"
                                "line client AUTH PLAIN ********\n"
                                "line server 235 ok\n"
                                "line client MAIL FROM:<a@example.com>\n");
}

static void pieces_become_lines(void **state)
{
    (void)state;
    said("auth pla");
    said("in AHRpbQB0YW5z");
    said("dGFhZnRhbnN0YWFm\r");
    said("\nEHL");
    heard("23");
    heard("5 ok\r\n220 mo");
    dialogue_close();
    assert_string_equal(told.p, "fact login-tried\n"
                                "line client auth plain ********\n"
                                "line client ********\n" /* said before the answer had come */
                                "line server 235 ok\n"
                                "fact greeted\n"
                                "line server 220 mo\n");
}

static void offers_are_facts(void **state)
{
    (void)state;
    heard("250-STARTTLS\r\n250-AUTH=LOGIN\r\n250-auth PLAIN LOGIN\r\n250 SIZE 1\r\n");
    assert_non_null(strstr(told.p, "fact starttls\n"));
    assert_non_null(strstr(told.p, "fact auth PLAIN LOGIN\n"));
    assert_null(strstr(told.p, "fact auth LOGIN\n"));
}

static void nothing_is_told_where_nobody_asks(void **state)
{
    (void)state;
    dialogue_open(&(struct job){0});
    heard("220 hello\r\n");
    said("EHLO x\r\n");
    dialogue_body(SPAN_LIT("A: b\r\n\r\nc\r\n"));
    dialogue_note("%s", "x");
    dialogue_fact(FACT_REACHED, SPAN_NONE);
    dialogue_close();
    assert_int_equal(told.len, 0);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, begin, end)
    const struct CMUnitTest tests[] = {
        T(cram_md5_shows_neither_answer_nor_digest),
        T(what_is_said_after_signing_in_shows_again),
        T(pieces_become_lines),
        T(offers_are_facts),
        T(nothing_is_told_where_nobody_asks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
