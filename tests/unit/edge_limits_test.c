/* What strangers cannot do to the edge: be slow, be many, or use up its descriptors. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "edge_world.h"

static void who_is_too_slow_is_answered_or_dropped(void **state)
{
    static const struct {
        const char *what, *in, *answer;
    } rows[] = {
        {"nothing", "", NULL},
        {"a part of the head", "GET / HT", "HTTP/1.1 408 Request Timeout\r\n"},
        {"a part of the body", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nbody",
         "HTTP/1.1 408 Request Timeout\r\n"},
        {"idle after an answer", "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 200 OK\r\n"},
    };
    struct edge_conf conf = {
        .head_timeout_ms = 300, .body_timeout_ms = 300, .idle_timeout_ms = 300};
    struct client cl[COUNT_OF(rows)];
    struct edge_stats stats;
    struct world w;

    (void)state;
    world_start(&w, &conf);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        client_open(&cl[i], &w);
        client_say(&cl[i], rows[i].in);
    }
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        world_until(&w, (client_read(&cl[i]), cl[i].eof));
        if (rows[i].answer != NULL)
            assert_memory_equal(cl[i].in.p, rows[i].answer, strlen(rows[i].answer));
        else
            assert_int_equal(cl[i].in.len, 0);
        client_close(&cl[i]);
    }
    world_until(&w, (edge_stats(w.edge, &stats), stats.conns == 0));
    world_end(&w);
}

/* A byte now and then does not buy time. */
static void dripping_does_not_help(void **state)
{
    struct edge_conf conf = {.head_timeout_ms = 400};
    struct world w;
    struct client cl;
    int64_t start, last;

    (void)state;
    world_start(&w, &conf);
    client_open(&cl, &w);
    client_say(&cl, "GET / HTTP/1.1\r\nX: ");
    last = start = world_mono_ms();
    while (!client_has(&cl, "HTTP/1.1 408 ")) {
        if (world_mono_ms() >= last + 20) {
            last = world_mono_ms();
            client_send(&cl, "x", 1);
        }
        world_pass(&w);
        assert_true(world_mono_ms() < start + 10000);
    }
    client_close(&cl);
    world_end(&w);
}

static void one_address_has_its_share_only(void **state)
{
    struct edge_conf conf = {.conns_per_addr_max = 3};
    struct client cl[3], more;
    struct world w;

    (void)state;
    world_start(&w, &conf);
    for (int i = 0; i < 3; i++) {
        client_open(&cl[i], &w);
        client_upgrade(&cl[i], &w, "/ws");
    }
    client_open(&more, &w);
    client_say(&more, UPGRADE("/ws"));
    world_until(&w, client_has(&more, "HTTP/1.1 429 ") && more.eof);
    client_close(&more);
    client_close(&cl[0]);
    world_until(&w, world_logged(&w, "gone another") || world_logged(&w, "gone"));
    client_open(&more, &w);
    client_upgrade(&more, &w, "/ws");
    client_close(&more);
    client_close(&cl[1]);
    client_close(&cl[2]);
    world_end(&w);
}

/* More than a command is taken in from whoever shows that he is of the house, beside each other. */
static void a_longer_body_has_to_be_asked_for(void **state)
{
    static char body[BODY_KNOWN_MAX];
    struct client cl[3], other;
    struct world w;
    char head[160];

    (void)state;
    memset(body, 'x', sizeof(body));
    world_start(&w, NULL);
    client_open(&other, &w);
    client_say(&other, "PUT /x HTTP/1.1\r\nHost: a\r\nContent-Length: 65537\r\n\r\n");
    world_until(&w, client_has(&other, "\"max\":65536") && other.eof);
    client_close(&other);
    client_open(&other, &w);
    snprintf(head, sizeof(head),
             "PUT /x HTTP/1.1\r\nHost: a\r\nCookie: known=1\r\nContent-Length: %u\r\n\r\n",
             BODY_KNOWN_MAX + 1);
    client_say(&other, head);
    world_until(&w, client_has(&other, "HTTP/1.1 413 ") && other.eof);
    client_close(&other);
    snprintf(head, sizeof(head),
             "PUT /x HTTP/1.1\r\nHost: a\r\nCookie: known=1\r\nContent-Length: %u\r\n\r\n",
             BODY_KNOWN_MAX);
    for (int i = 0; i < 3; i++) {
        client_open(&cl[i], &w);
        client_say(&cl[i], head);
        for (size_t at = 0; at < sizeof(body) - 1;) {
            at += client_send(&cl[i], body, sizeof(body) - 1 - at);
            world_pass(&w);
        }
    }
    for (int i = 0; i < 3; i++) {
        client_send(&cl[i], body, 1);
        world_until(&w, client_has(&cl[i], "HTTP/1.1 200 "));
        client_close(&cl[i]);
    }
    world_end(&w);
}

/* An office has one address: whoever shows that he is of the house is not counted, nor refused. */
static void who_is_known_gets_in_from_a_full_address(void **state)
{
    struct edge_conf conf = {.conns_per_addr_max = 2};
    struct client staff[3], guest[2], known, more;
    struct world w;

    (void)state;
    world_start(&w, &conf);
    for (int i = 0; i < 3; i++) {
        client_open(&staff[i], &w);
        client_upgrade(&staff[i], &w, "/ws?staff");
    }
    for (int i = 0; i < 2; i++) {
        client_open(&guest[i], &w);
        client_upgrade(&guest[i], &w, "/ws?guest");
    }
    client_open(&known, &w);
    client_say(&known, "GET / HTTP/1.1\r\nHost: a\r\nCookie: known=1\r\n\r\n");
    world_until(&w, client_has(&known, "HTTP/1.1 200 "));
    buf_reset(&known.in);
    client_say(&known, "POST /x HTTP/1.1\r\nHost: a\r\nCookie: known=1\r\n"
                       "Content-Length: 2\r\n\r\n");
    world_pass(&w);
    client_say(&known, "{}");
    world_until(&w, client_has(&known, "HTTP/1.1 200 "));
    client_open(&more, &w);
    client_say(&more, "GET / HTTP/1.1\r\nHost: a\r\nCookie: other=1\r\n\r\n");
    world_until(&w, client_has(&more, "HTTP/1.1 429 ") && more.eof);
    client_close(&more);
    /* The same connection, from whoever shows nothing any more. */
    buf_reset(&known.in);
    client_say(&known, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    world_until(&w, client_has(&known, "HTTP/1.1 429 ") && known.eof);
    client_close(&known);
    for (int i = 0; i < 2; i++)
        client_close(&guest[i]);
    for (int i = 0; i < 3; i++)
        client_close(&staff[i]);
    world_end(&w);
}

/* Those who say nothing hold no place from which others could say who they are. */
static void of_many_who_say_nothing_the_oldest_goes(void **state)
{
    struct edge_conf conf = {.conns_per_addr_max = 1};
    struct client first, silent[17], more[17];
    struct world w;

    (void)state;
    world_start(&w, &conf);
    client_open(&first, &w);
    client_upgrade(&first, &w, "/ws");
    for (size_t i = 0; i < COUNT_OF(silent); i++)
        client_open(&silent[i], &w);
    world_until(&w, client_has(&silent[0], "HTTP/1.1 429 ") && silent[0].eof);
    for (size_t i = 1; i < COUNT_OF(silent); i++) {
        client_say(&silent[i], "GET / HTTP/1.1\r\nHost: a\r\nCookie: known=1\r\n\r\n");
        world_until(&w, client_has(&silent[i], "HTTP/1.1 200 "));
        buf_reset(&silent[i].in);
    }
    /* Nor does one who has said it go for those who have not. */
    for (size_t i = 0; i < COUNT_OF(more); i++)
        client_open(&more[i], &w);
    world_until(&w, client_has(&more[0], "HTTP/1.1 429 ") && more[0].eof);
    client_say(&silent[1], "GET / HTTP/1.1\r\nHost: a\r\nCookie: known=1\r\n\r\n");
    world_until(&w, client_has(&silent[1], "HTTP/1.1 200 "));
    for (size_t i = 0; i < COUNT_OF(more); i++)
        client_close(&more[i]);
    for (size_t i = 0; i < COUNT_OF(silent); i++)
        client_close(&silent[i]);
    /* With the place that is free again anybody is one of the address's usual ones. */
    client_close(&first);
    world_until(&w, world_logged(&w, "gone"));
    client_open(&first, &w);
    client_upgrade(&first, &w, "/ws");
    client_close(&first);
    world_end(&w);
}

static void behind_a_proxy_each_visitor_has_a_share(void **state)
{
    static const struct {
        const char *visitor, *status;
    } rows[] = {
        {"192.0.2.1", "200"},   {"192.0.2.1", "200"},       {"192.0.2.1", "429"},
        {"192.0.2.2", "200"},   {"2001:db8::1", "200"},     {"2001:db8::2", "200"},
        {"2001:db8::3", "429"}, {"2001:db8:0:1::3", "200"},
    };
    struct ipprefix trusted[1];
    struct edge_conf conf = {.conns_per_addr_max = 2, .trusted = trusted, .ntrusted = 1};
    struct client cl[COUNT_OF(rows)];
    struct world w;

    (void)state;
    assert_int_equal(ipprefix_parse(SPAN_LIT("127.0.0.1"), &trusted[0], NULL), ERR_OK);
    world_start(&w, &conf);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char text[200];

        client_open(&cl[i], &w);
        snprintf(text, sizeof(text), "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: %s\r\n\r\n",
                 rows[i].visitor);
        client_say(&cl[i], text);
        snprintf(text, sizeof(text), "HTTP/1.1 %s ", rows[i].status);
        world_until(&w, client_has(&cl[i], "\r\n\r\n"));
        assert_memory_equal(cl[i].in.p, text, strlen(text));
    }

    /* One connection of the proxy may speak for one visitor after the other. */
    buf_reset(&cl[0].in);
    client_say(&cl[0], "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 192.0.2.9\r\n\r\n");
    world_until(&w, client_has(&cl[0], "HTTP/1.1 200 "));
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        client_close(&cl[i]);
    world_end(&w);
}

/* Whom a proxy names nobody, and who is a proxy himself, have a visitor's share and no more. */
static void behind_a_proxy_nobody_is_exempt(void **state)
{
    static const char *const visitors[] = {"unknown", "127.0.0.1"};
    struct ipprefix trusted[1];
    struct edge_conf conf = {.conns_per_addr_max = 2, .trusted = trusted, .ntrusted = 1};
    struct client cl[3];

    (void)state;
    assert_int_equal(ipprefix_parse(SPAN_LIT("127.0.0.1"), &trusted[0], NULL), ERR_OK);
    for (size_t v = 0; v < COUNT_OF(visitors); v++) {
        struct world w;
        char text[200];

        world_start(&w, &conf);
        snprintf(text, sizeof(text), "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: %s\r\n\r\n",
                 visitors[v]);
        for (int i = 0; i < 3; i++) {
            client_open(&cl[i], &w);
            client_say(&cl[i], text);
            world_until(&w, client_has(&cl[i], i < 2 ? "HTTP/1.1 200 " : "HTTP/1.1 429 "));
        }
        /* Whether the gateway lives is not asked by a visitor. */
        client_close(&cl[2]);
        client_open(&cl[2], &w);
        client_say(&cl[2], "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
        world_until(&w, client_has(&cl[2], "HTTP/1.1 200 "));
        for (int i = 0; i < 3; i++)
            client_close(&cl[i]);
        world_end(&w);
    }
}

static rlim_t descriptors_set(rlim_t count)
{
    struct rlimit rl, old;

    assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
    rl = old;
    rl.rlim_cur = count;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &rl), 0);
    return old.rlim_cur;
}

/* In a process of its own: 400 who begin a request and leave it at that, then one who means it. */
static int crowd(uint16_t port)
{
    struct sockaddr_in sin = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct timeval patience = {9, 0};
    char answer[64] = "";
    int fd = -1;

    sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (int i = 0; i <= 400; i++) {
        static const char request[] = "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n";

        fd = socket(AF_INET, SOCK_STREAM, 0);
        if (fd < 0 || connect(fd, (struct sockaddr *)&sin, sizeof(sin)) != 0)
            return 2;
        if (send(fd, request, i < 400 ? 10 : sizeof(request) - 1, MSG_NOSIGNAL) < 0)
            return 3;
    }
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    if (recv(fd, answer, sizeof(answer) - 1, 0) <= 0)
        return 4;
    return strncmp(answer, "HTTP/1.1 200 OK", 15) == 0 ? 0 : 5;
}

static void four_hundred_slow_ones_do_not_lock_out_the_next(void **state)
{
    struct edge_stats stats;
    struct world w;
    struct client early;
    rlim_t before = descriptors_set(256);
    unsigned most = 0;
    int status;
    pid_t pid;

    (void)state;
    world_start(&w, NULL);
    client_open(&early, &w);
    client_upgrade(&early, &w, "/ws");
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        descriptors_set(before);
        _exit(crowd(edge_port(w.edge, 0)));
    }
    while (waitpid(pid, &status, WNOHANG) == 0) {
        world_pass(&w);
        edge_stats(w.edge, &stats);
        if (stats.conns > most)
            most = stats.conns;
    }
    assert_int_equal(status, 0);
    assert_in_range(most, 200, 256 - 32);

    /* Who was there before has noticed nothing. */
    client_frame(&early, 0x81, "still here");
    world_until(&w, world_logged(&w, "message still here"));
    client_close(&early);
    world_end(&w);
    descriptors_set(before);
}

static void accepting_goes_on_when_descriptors_come_back(void **state)
{
    struct edge_conf conf = {.conns_max = 50};
    struct edge_stats stats;
    struct world w;
    struct client cl[2];
    rlim_t before;

    (void)state;
    world_start(&w, &conf);
    client_open(&cl[0], &w);
    client_open(&cl[1], &w);
    client_say(&cl[1], "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
    before = descriptors_set((rlim_t)cl[1].fd + 1); /* not one more */
    world_until(&w, (edge_stats(w.edge, &stats), stats.accept_paused));
    descriptors_set(before);
    world_until(&w, client_has(&cl[1], "HTTP/1.1 200 OK"));
    client_close(&cl[0]);
    client_close(&cl[1]);
    world_end(&w);
}

static void idle_connections_make_room_when_it_is_full(void **state)
{
    struct edge_conf conf = {.conns_max = 2};
    struct world w;
    struct client idle, ws, next;

    (void)state;
    world_start(&w, &conf);
    client_open(&idle, &w);
    client_say(&idle, "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
    world_until(&w, client_has(&idle, "ok\n"));
    client_open(&ws, &w);
    client_upgrade(&ws, &w, "/ws");
    client_open(&next, &w);
    client_say(&next, "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
    world_until(&w, client_has(&next, "HTTP/1.1 200 OK"));
    world_until(&w, (client_read(&idle), idle.eof));
    assert_false(world_logged(&w, "gone"));
    client_close(&idle);
    client_close(&ws);
    client_close(&next);
    world_end(&w);
}

static void addresses_that_cannot_be_used_are_named(void **state)
{
    static const struct {
        const char *listen;
        err_t err;
    } rows[] = {
        {"127.0.0.1", ERR_INVAL},   {"localhost:80", ERR_INVAL}, {"::1:80", ERR_INVAL},
        {"127.0.0.1:x", ERR_INVAL}, {":80", ERR_INVAL},          {"192.0.2.1:0", ERR_IO},
    };
    struct event_base *base = event_base_new();
    struct world w;
    char text[64];

    (void)state;
    world_start(&w, NULL);
    snprintf(text, sizeof(text), "127.0.0.1:%u", edge_port(w.edge, 0));
    for (size_t i = 0; i <= COUNT_OF(rows); i++) {
        const char *listen = i < COUNT_OF(rows) ? rows[i].listen : text;
        struct edge_conf conf = {.listen = &listen, .nlisten = 1};
        struct edge_handler h;
        struct fault f = {.err = ERR_OK};
        struct edge *e = NULL;

        memset(&h, 0xff, sizeof(h)); /* never called */
        assert_int_equal(edge_start(base, &conf, &h, &e, &f),
                         i < COUNT_OF(rows) ? rows[i].err : ERR_EXISTS);
        assert_null(e);
        assert_memory_equal(f.what, listen, strlen(listen));
    }
    world_end(&w);
    event_base_free(base);
}

/* Connect to a listener, ask something, and say from where the edge saw it come. */
static void knock(struct world *w, size_t listener, const struct sockaddr *sa, socklen_t len,
                  const char *seen_as)
{
    struct client cl = {.fd = socket(sa->sa_family, SOCK_STREAM, 0)};
    char text[IPADDR_TEXT];

    assert_int_not_equal(edge_port(w->edge, listener), 0);
    assert_int_equal(connect(cl.fd, sa, len), 0);
    assert_int_equal(fcntl(cl.fd, F_SETFL, O_NONBLOCK), 0);
    client_say(&cl, "GET /x HTTP/1.1\r\nHost: a\r\n\r\n");
    world_until(w, client_has(&cl, "HTTP/1.1 200 "));
    ipaddr_format(&w->peer, text);
    assert_string_equal(text, seen_as);
    client_close(&cl);
}

static void every_listener_takes_connections_of_its_families(void **state)
{
    static const char *const listen[] = {"127.0.0.1:0", "[::1]:0", "*:0"};
    struct edge_conf conf = {.listen = listen, .nlisten = COUNT_OF(listen)};
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    struct world w;
    int probe = socket(AF_INET6, SOCK_STREAM, 0);
    bool has_v6 = probe >= 0 && bind(probe, (struct sockaddr *)&v6, sizeof(v6)) == 0;

    (void)state;
    if (probe >= 0)
        close(probe);
    if (!has_v6)
        skip(); /* a machine without IPv6 */
    v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    world_start(&w, &conf);
    v4.sin_port = htons(edge_port(w.edge, 0));
    knock(&w, 0, (struct sockaddr *)&v4, sizeof(v4), "127.0.0.1");
    v6.sin6_port = htons(edge_port(w.edge, 1));
    knock(&w, 1, (struct sockaddr *)&v6, sizeof(v6), "::1");
    v4.sin_port = v6.sin6_port = htons(edge_port(w.edge, 2));
    knock(&w, 2, (struct sockaddr *)&v4, sizeof(v4), "127.0.0.1");
    knock(&w, 2, (struct sockaddr *)&v6, sizeof(v6), "::1");
    assert_int_equal(edge_port(w.edge, 3), 0);
    world_end(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_is_too_slow_is_answered_or_dropped),
        cmocka_unit_test(dripping_does_not_help),
        cmocka_unit_test(one_address_has_its_share_only),
        cmocka_unit_test(a_longer_body_has_to_be_asked_for),
        cmocka_unit_test(who_is_known_gets_in_from_a_full_address),
        cmocka_unit_test(of_many_who_say_nothing_the_oldest_goes),
        cmocka_unit_test(behind_a_proxy_each_visitor_has_a_share),
        cmocka_unit_test(behind_a_proxy_nobody_is_exempt),
        cmocka_unit_test(four_hundred_slow_ones_do_not_lock_out_the_next),
        cmocka_unit_test(accepting_goes_on_when_descriptors_come_back),
        cmocka_unit_test(idle_connections_make_room_when_it_is_full),
        cmocka_unit_test(every_listener_takes_connections_of_its_families),
        cmocka_unit_test(addresses_that_cannot_be_used_are_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
