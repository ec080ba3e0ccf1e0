/* The connection to the gateway: it says when to look, asks, and hears answers; or is not there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>
#include <event2/event.h>

#include "deskbell/limits.h"
#include "dispatcher_int.h"

/* who is asked */

static size_t looks, asked;
static struct question last;
static char what[200];

void schedule_look(struct dispatcher *d)
{
    (void)d;
    looks++;
}

void trial_answer(struct dispatcher *d, const struct question *q, const json_t *fields)
{
    (void)d;
    asked++;
    last = *q;
    snprintf(what, sizeof(what), "%s", json_string_value(json_object_get(fields, "to")));
}

void template_show(struct dispatcher *d, const struct question *q, const json_t *fields)
{
    (void)fields;
    question_answer(d, q, json_pack("{s:s}", "text", "shown"));
}

void answer_draft(struct dispatcher *d, const struct question *q, const json_t *fields)
{
    template_show(d, q, fields);
}

void template_preview(struct dispatcher *d, const struct question *q, const json_t *fields)
{
    struct fault f;

    (void)fields;
    fault_set(&f, ERR_INVAL, "text", "line 1: no such name");
    question_refuse(d, q, &f);
}

/* the gateway */

struct bench {
    struct dispatcher d;
    char dir[64], path[100];
    int listener, conn;
    struct event *on_limit;
};

static void on_limit(evutil_socket_t fd, short events, void *arg)
{
    (void)fd;
    (void)events;
    (void)arg;
    fail_msg("nothing comes");
}

static void gateway_accept(struct bench *b)
{
    b->conn = accept(b->listener, NULL, NULL);
    assert_true(b->conn >= 0);
}

static void gateway_listen(struct bench *b)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};

    snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", b->path);
    b->listener = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(b->listener, (struct sockaddr *)&addr, sizeof(addr)), 0);
    assert_int_equal(listen(b->listener, 4), 0);
}

static int setup(void **state)
{
    static const struct timeval limit = {.tv_sec = 60};
    struct bench *b = xcalloc(1, sizeof(*b));

    snprintf(b->dir, sizeof(b->dir), "/tmp/deskbell-control.XXXXXX");
    assert_non_null(mkdtemp(b->dir));
    snprintf(b->path, sizeof(b->path), "%s/socket", b->dir);
    b->d.conf.control_socket = b->path;
    b->d.base = event_base_new();
    b->on_limit = evtimer_new(b->d.base, on_limit, NULL);
    event_add(b->on_limit, &limit);
    b->listener = b->conn = -1;
    looks = asked = 0;
    *state = b;
    return 0;
}

static int setup_up(void **state)
{
    struct bench *b;

    setup(state);
    b = *state;
    gateway_listen(b);
    b->d.control = control_open(&b->d);
    gateway_accept(b);
    return 0;
}

static int teardown(void **state)
{
    struct bench *b = *state;

    control_close(b->d.control);
    event_free(b->on_limit);
    event_base_free(b->d.base);
    if (b->conn >= 0)
        close(b->conn);
    if (b->listener >= 0)
        close(b->listener);
    unlink(b->path);
    rmdir(b->dir);
    free(b);
    return 0;
}

static void gateway_says(struct bench *b, const char *line)
{
    assert_int_equal(write(b->conn, line, strlen(line)), strlen(line));
}

/* The loop turns until something has come of it. */
static void turn_until(struct bench *b, const size_t *count, size_t want)
{
    while (*count < want)
        event_base_loop(b->d.base, EVLOOP_ONCE);
    assert_int_equal(*count, want);
}

/* The next line that the dispatcher has written; the loop turns meanwhile. */
static void gateway_hears(struct bench *b, char *line, size_t cap)
{
    size_t n = 0;

    while (n == 0 || line[n - 1] != '\n') {
        ssize_t got = recv(b->conn, line + n, 1, MSG_DONTWAIT);

        if (got == 1)
            n++;
        else
            event_base_loop(b->d.base, EVLOOP_NONBLOCK);
        assert_true(n < cap);
    }
    line[n - 1] = '\0';
}

/* tests */

static void it_attaches_and_a_wake_is_a_look(void **state)
{
    struct bench *b = *state;
    char line[200];

    gateway_hears(b, line, sizeof(line));
    assert_non_null(strstr(line, "\"dispatcher.attach\""));
    gateway_says(b, "{\"re\":\"attach\",\"ok\":{}}\n{\"ev\":\"wake\"}\n{\"ev\":\"wake\"}\n");
    turn_until(b, &looks, 1); /* several at once are one */
    gateway_says(b, "not json\n{\"ev\":\"wake\"}\n");
    turn_until(b, &looks, 2);
}

static void a_question_is_answered_with_its_number(void **state)
{
    struct bench *b = *state;
    char line[400];

    gateway_hears(b, line, sizeof(line));
    gateway_says(b, "{\"ev\":\"ask\",\"ask\":\"7\",\"what\":\"test\",\"to\":\"a@example.com\"}\n");
    turn_until(b, &asked, 1);
    assert_int_equal(last.id, 7);
    assert_string_equal(what, "a@example.com");
    question_tell(&b->d, &last, "server", SPAN_LIT("220 hello"));
    gateway_hears(b, line, sizeof(line));
    assert_non_null(strstr(line, "\"dispatcher.tell\""));
    assert_non_null(strstr(line, "220 hello"));
    assert_non_null(strstr(line, "\"ask\":\"7\""));
    gateway_says(b, "{\"ev\":\"ask\",\"ask\":\"8\",\"what\":\"template\"}\n");
    gateway_hears(b, line, sizeof(line));
    assert_non_null(strstr(line, "\"ok\":{\"text\":\"shown\"}"));
    assert_non_null(strstr(line, "\"ask\":\"8\""));
    gateway_says(b, "{\"ev\":\"ask\",\"ask\":\"9\",\"what\":\"preview\"}\n");
    gateway_hears(b, line, sizeof(line));
    assert_non_null(strstr(line, "\"code\":\"invalid\""));
    gateway_says(b, "{\"ev\":\"ask\",\"ask\":\"10\",\"what\":\"weather\"}\n");
    gateway_hears(b, line, sizeof(line));
    assert_non_null(strstr(line, "\"code\":\"unsupported\""));
}

/* What was asked on a connection that is gone is answered to nobody. */
static void an_answer_goes_to_the_connection_that_asked(void **state)
{
    struct bench *b = *state;
    char line[400];

    gateway_says(b, "{\"ev\":\"ask\",\"ask\":\"7\",\"what\":\"test\",\"to\":\"x\"}\n");
    turn_until(b, &asked, 1);
    struct question first = last;
    close(b->conn);
    event_base_loop(b->d.base, EVLOOP_ONCE);
    control_tick(b->d.control);
    gateway_accept(b);
    gateway_hears(b, line, sizeof(line)); /* attaches anew */
    question_answer(&b->d, &first, json_pack("{s:s}", "who", "nobody"));
    gateway_says(b, "{\"ev\":\"ask\",\"ask\":\"8\",\"what\":\"template\"}\n");
    gateway_hears(b, line, sizeof(line));
    assert_non_null(strstr(line, "\"ask\":\"8\""));
}

static void a_line_without_end_drops_the_connection(void **state)
{
    struct bench *b = *state;
    char *much = xmalloc(CONTROL_LINE_MAX_BYTES + 100), end;
    size_t sent = 0;

    memset(much, 'x', CONTROL_LINE_MAX_BYTES + 100);
    while (sent < CONTROL_LINE_MAX_BYTES + 100) {
        ssize_t n = send(b->conn, much + sent, CONTROL_LINE_MAX_BYTES + 100 - sent,
                         MSG_DONTWAIT | MSG_NOSIGNAL);

        if (n > 0)
            sent += (size_t)n;
        event_base_loop(b->d.base, EVLOOP_NONBLOCK);
    }
    free(much);
    while (recv(b->conn, &end, 1, MSG_DONTWAIT) != 0)
        event_base_loop(b->d.base, EVLOOP_NONBLOCK);
    control_tick(b->d.control);
    close(b->conn);
    gateway_accept(b);
}

static void without_a_gateway_it_waits_for_one(void **state)
{
    struct bench *b = *state;
    char line[200];

    b->d.control = control_open(&b->d);
    question_answer(&b->d, &(struct question){.id = 1}, json_object());
    control_tick(b->d.control);
    gateway_listen(b);
    control_tick(b->d.control);
    gateway_accept(b);
    gateway_hears(b, line, sizeof(line));
    assert_non_null(strstr(line, "attach"));
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup_up, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(it_attaches_and_a_wake_is_a_look),
        T(a_question_is_answered_with_its_number),
        T(an_answer_goes_to_the_connection_that_asked),
        T(a_line_without_end_drops_the_connection),
        cmocka_unit_test_setup_teardown(without_a_gateway_it_waits_for_one, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
