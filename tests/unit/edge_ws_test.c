/* WebSocket at the edge: upgrades, messages, closes, slow readers, silence, and one peer's share.
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "deskbell/clock.h"
#include "edge_world.h"

#define FIN 0x80

static void send_text(struct world *w, uint64_t conn, const char *text)
{
    struct edge_frame *fr = edge_frame_new(span_of(text));

    assert_true(edge_send(w->edge, conn, fr, true));
    edge_frame_unref(fr);
}

static void messages_go_both_ways(void **state)
{
    struct world w;
    struct client cl;

    (void)state;
    world_start(&w, NULL);
    client_open(&cl, &w);
    client_upgrade(&cl, &w, "/ws");
    client_frame(&cl, FIN | 1, "up");
    world_until(&w, world_logged(&w, "message up"));
    send_text(&w, w.last, "down");
    world_until(&w, client_has(&cl, "\x81\x04"
                                    "down"));
    client_frame(&cl, FIN | 9, "tick");
    world_until(&w, client_has(&cl, "\x8a\x04"
                                    "tick"));
    assert_true(w.passes > 0);
    client_close(&cl);
    world_until(&w, world_logged(&w, "gone"));
    world_end(&w);
}

static void the_chosen_protocol_is_named(void **state)
{
    struct world w;
    struct client cl;

    (void)state;
    world_start(&w, NULL);
    client_open(&cl, &w);
    client_say(&cl, UPGRADE("/ws"));
    world_until(&w, client_has(&cl, "\r\n\r\n"));
    assert_true(client_has(&cl, "Sec-WebSocket-Protocol: deskbell.1\r\n"));
    client_close(&cl);
    world_end(&w);
}

/* GET, upgrade and frames in one segment, then the same byte by byte. */
static void an_upgrade_may_be_pipelined_and_cut_anywhere(void **state)
{
    struct buf in = {0};

    (void)state;
    buf_add_str(&in, "GET /before HTTP/1.1\r\nHost: a\r\n\r\n" UPGRADE("/ws"));
    frame_build(&in, 1, SPAN_LIT("first "));
    frame_build(&in, FIN, SPAN_LIT("message"));
    frame_build(&in, FIN | 1, SPAN_LIT("second"));
    for (size_t step = 1; step <= in.len; step = step == 1 ? 7 : in.len + (step == in.len)) {
        struct world w;
        struct client cl;

        world_start(&w, NULL);
        client_open(&cl, &w);
        for (size_t at = 0; at < in.len; at += step) {
            client_send(&cl, in.p + at, in.len - at < step ? in.len - at : step);
            event_base_loop(w.base, EVLOOP_NONBLOCK);
        }
        world_until(&w, world_logged(&w, "message second"));
        assert_true(world_logged(&w, "request GET /before body "));
        assert_true(world_logged(&w, "message first message"));
        world_until(&w, client_has(&cl, "HTTP/1.1 101 "));
        assert_true(client_has(&cl, "hello"));
        client_close(&cl);
        world_end(&w);
    }
    buf_fini(&in);
}

static void upgrades_are_refused_with_a_reason(void **state)
{
    static const struct {
        const char *in, *status, *has;
    } rows[] = {
        {UPGRADE("/elsewhere"), "HTTP/1.1 403 ", "\"field\":\"Origin\""},
        {"GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
         "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
         "HTTP/1.1 400 ", "Sec-WebSocket-Protocol"},
        {"GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
         "Sec-WebSocket-Version: 8\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
         "HTTP/1.1 426 ", "Sec-WebSocket-Version: 13\r\n"},
        {"GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
         "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: x\r\n\r\n",
         "HTTP/1.1 400 ", "Sec-WebSocket-Key"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct world w;
        struct client cl;

        world_start(&w, NULL);
        client_open(&cl, &w);
        client_say(&cl, rows[i].in);
        world_until(&w, client_has(&cl, "\r\n\r\n{"));
        assert_true(client_has(&cl, rows[i].status));
        assert_true(client_has(&cl, rows[i].has));
        client_say(&cl, "GET /still HTTP/1.1\r\nHost: a\r\n\r\n"); /* it stays HTTP */
        world_until(&w, world_logged(&w, "request GET /still body "));
        client_close(&cl);
        world_end(&w);
    }
}

static void broken_rules_end_with_their_code(void **state)
{
    static const struct {
        const char *what;
        uint8_t first;
        const char *payload;
        const char *close; /* code, two bytes */
    } rows[] = {
        {"reserved bit", FIN | 0x40 | 1, "a", "\x03\xea"},
        {"binary", FIN | 2, "a", "\x03\xeb"},
        {"UTF-8", FIN | 1, "\xff", "\x03\xef"},
        {"UTF-8, unfinished", 1, "\xff", "\x03\xef"},
        {"close is echoed", FIN | 8, "\x0f\xa1", "\x0f\xa1"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct world w;
        struct client cl;

        world_start(&w, NULL);
        client_open(&cl, &w);
        client_upgrade(&cl, &w, "/ws");
        client_frame(&cl, rows[i].first, rows[i].payload);
        client_frame(&cl, FIN | 1, "after the end");
        world_until(&w, client_has(&cl, rows[i].close) && cl.eof);
        if (cl.reset)
            print_error("%s\n", rows[i].what);
        assert_false(cl.reset);
        assert_int_equal((uint8_t)cl.in.p[0], 0x88);
        assert_memory_equal(cl.in.p + 2, rows[i].close, 2);
        client_close(&cl);
        world_until(&w, world_logged(&w, "gone"));
        assert_false(world_logged(&w, "message after the end"));
        world_end(&w);
    }
}

static void a_message_over_the_limit_ends_with_1009(void **state)
{
    static const char head[] = "\x81\xff\0\0\0\0\0\x01\0\x01mask";
    struct world w;
    struct client cl;

    (void)state;
    world_start(&w, NULL);
    client_open(&cl, &w);
    client_upgrade(&cl, &w, "/ws");
    client_send(&cl, head, sizeof(head) - 1);
    world_until(&w, client_has(&cl, "\x03\xf1") && cl.eof);
    client_close(&cl);
    world_end(&w);
}

static void the_largest_message_is_taken_whole(void **state)
{
    struct buf text = {0}, frame = {0};
    struct world w;
    struct client cl;

    (void)state;
    while (text.len < 65536)
        buf_add_char(&text, 'x');
    frame_build(&frame, FIN | 1, buf_span(&text));
    world_start(&w, NULL);
    client_open(&cl, &w);
    client_upgrade(&cl, &w, "/ws");
    client_send(&cl, frame.p, 30000);
    for (int i = 0; i < 3; i++)
        world_pass(&w);
    client_send(&cl, frame.p + 30000, frame.len - 30000);
    world_until(&w, world_logged(&w, "message of 65536"));
    client_close(&cl);
    buf_fini(&text);
    buf_fini(&frame);
    world_end(&w);
}

static void our_close_waits_for_the_peers(void **state)
{
    struct world w;
    struct client cl;

    (void)state;
    world_start(&w, NULL);
    client_open(&cl, &w);
    client_upgrade(&cl, &w, "/ws");
    client_frame(&cl, FIN | 1, "close");
    client_frame(&cl, FIN | 1, "ignored");
    world_until(&w, client_has(&cl, "\x88\x0d\x0f\xa1"
                                    "as you wish"));
    for (int i = 0; i < 3; i++)
        world_pass(&w);
    assert_false(client_has(&cl, "x") || cl.eof);
    assert_false(world_logged(&w, "gone"));
    client_frame(&cl, FIN | 8, "\x0f\xa1");
    world_until(&w, world_logged(&w, "gone"));
    assert_false(world_logged(&w, "message ignored"));
    client_close(&cl);
    world_end(&w);
}

static void a_slow_reader_loses_what_may_be_lost_and_is_then_closed(void **state)
{
    struct edge_conf conf = {.out_low_bytes = 100000, .out_high_bytes = 300000};
    struct edge_stats stats;
    struct buf text = {0};
    struct world w;
    struct client cl;
    bool dropped = false;

    (void)state;
    while (text.len < 16000)
        buf_add_str(&text, "0123456789");
    world_start(&w, &conf);
    client_open(&cl, &w);
    client_upgrade(&cl, &w, "/ws");

    struct edge_frame *fr = edge_frame_new(buf_span(&text));

    for (int i = 0; i < 3000 && edge_send(w.edge, w.last, fr, true); i++) {
        event_base_loop(w.base, EVLOOP_NONBLOCK);
        if (!dropped && !edge_send(w.edge, w.last, fr, false))
            dropped = true;
    }
    assert_true(dropped);
    assert_false(edge_send(w.edge, w.last, fr, true));
    edge_stats(w.edge, &stats);
    assert_int_equal(stats.closed_slow, 1);
    assert_true(stats.frames_dropped > 0);
    edge_frame_unref(fr);

    /* Whatever it had begun to get is whole, and the last thing that it reads says why. */
    world_until(&w, (client_read(&cl), cl.eof));
    size_t at = 0;
    while (at + 4 + text.len <= cl.in.len && memcmp(cl.in.p + at, "\x81\x7e", 2) == 0)
        at += 4 + text.len;
    assert_memory_equal(cl.in.p + at,
                        "\x88\x14\x03\xf5"
                        "reading too slowly",
                        22);
    assert_int_equal(at + 22, cl.in.len);
    client_close(&cl);
    world_until(&w, world_logged(&w, "gone"));
    buf_fini(&text);
    world_end(&w);
}

static void one_frame_reaches_many(void **state)
{
    struct client cl[5];
    uint64_t ids[5];
    struct world w;

    (void)state;
    world_start(&w, NULL);
    for (int i = 0; i < 5; i++) {
        client_open(&cl[i], &w);
        client_upgrade(&cl[i], &w, "/ws");
        ids[i] = w.last;
        for (int k = 0; k < i; k++)
            assert_int_not_equal(ids[k], ids[i]);
    }

    struct edge_frame *fr = edge_frame_new(SPAN_LIT("to all"));

    for (int i = 0; i < 5; i++)
        assert_true(edge_send(w.edge, ids[i], fr, true));
    edge_frame_unref(fr);
    for (int i = 0; i < 5; i++)
        world_until(&w, client_has(&cl[i], "\x81\x06to all"));
    for (int i = 0; i < 5; i++)
        client_close(&cl[i]);
    world_end(&w);
}

static void a_late_id_finds_nothing(void **state)
{
    struct edge_frame *fr = edge_frame_new(SPAN_LIT("x"));
    struct world w;
    struct client cl;
    uint64_t old;

    (void)state;
    world_start(&w, NULL);
    client_open(&cl, &w);
    client_upgrade(&cl, &w, "/ws");
    old = w.last;
    client_close(&cl);
    world_until(&w, world_logged(&w, "gone"));
    client_open(&cl, &w);
    client_upgrade(&cl, &w, "/ws");
    assert_int_not_equal(w.last, old);
    assert_false(edge_send(w.edge, old, fr, true));
    edge_close(w.edge, old, 1000, "");
    edge_reply(w.edge, old, &(struct edge_reply){.status = 204});
    for (int i = 0; i < 3; i++)
        world_pass(&w);
    client_read(&cl);
    assert_int_equal(cl.in.len, 0);
    assert_false(cl.eof);
    edge_frame_unref(fr);
    client_close(&cl);
    world_end(&w);
}

static void a_loud_peer_does_not_keep_others_waiting(void **state)
{
    struct buf many = {0};
    struct world w;
    struct client loud, quiet;
    unsigned before;

    (void)state;
    for (int i = 0; i < 2000; i++)
        frame_build(&many, FIN | 1, SPAN_LIT("loud"));
    world_start(&w, NULL);
    client_open(&loud, &w);
    client_upgrade(&loud, &w, "/ws");
    client_open(&quiet, &w);
    client_upgrade(&quiet, &w, "/ws");
    client_send(&loud, many.p, many.len);
    client_frame(&quiet, FIN | 1, "quiet");
    world_until(&w, world_logged(&w, "message quiet"));
    before = w.messages;
    assert_in_range(before, 1, 4 * FRAMES_PER_PASS);
    world_until(&w, w.messages == 2001);
    client_close(&loud);
    client_close(&quiet);
    buf_fini(&many);
    world_end(&w);
}

static void silence_is_pinged_and_then_ended(void **state)
{
    struct edge_conf conf = {.ws_ping_ms = 300, .ws_dead_ms = 1500};
    struct world w;
    struct client deaf, alive;
    uint64_t deaf_id;
    int64_t end_ms;

    (void)state;
    world_start(&w, &conf);
    client_open(&deaf, &w);
    client_upgrade(&deaf, &w, "/ws?guest");
    deaf_id = w.last;
    client_open(&alive, &w);
    client_upgrade(&alive, &w, "/ws?guest");
    world_until(&w, client_has(&deaf, "\x89"));
    end_ms = world_mono_ms() + 10000;
    while (!world_logged(&w, "gone another")) {
        world_pass(&w);
        assert_true(world_mono_ms() < end_ms);
        if (client_has(&alive, "\x89")) {
            buf_reset(&alive.in);
            client_frame(&alive, FIN | 10, "");
        }
    }
    assert_false(edge_send_line(w.edge, deaf_id, SPAN_LIT("x")));
    assert_false(world_logged(&w, "gone"));
    client_close(&deaf);
    client_close(&alive);
    world_end(&w);
}

static void a_message_that_never_ends_is_ended(void **state)
{
    struct edge_conf conf = {.ws_ping_ms = 100, .ws_dead_ms = 60000};
    struct world w;
    struct client cl;
    int64_t last = world_mono_ms();

    (void)state;
    world_start(&w, &conf);
    client_open(&cl, &w);
    client_upgrade(&cl, &w, "/ws?guest");
    client_frame(&cl, 1, "drip");
    while (!client_has(&cl, "\x03\xf0"
                            "a message took too long")) {
        world_pass(&w);
        if (world_mono_ms() > last + 50) {
            last = world_mono_ms();
            client_frame(&cl, FIN | 10, "");
            client_frame(&cl, 0, "");
        }
        assert_false(cl.eof);
    }
    client_close(&cl);
    world_end(&w);
}

static void nothing_is_handed_over_while_paused(void **state)
{
    struct edge_stats stats;
    struct world w;
    struct client cl, late;

    (void)state;
    world_start(&w, NULL);
    client_open(&cl, &w);
    client_upgrade(&cl, &w, "/ws");
    edge_pause(w.edge, true);
    client_frame(&cl, FIN | 1, "wait");
    client_open(&late, &w); /* waits in the kernel's queue */
    for (int i = 0; i < 5; i++)
        world_pass(&w);
    assert_false(world_logged(&w, "message wait"));
    edge_stats(w.edge, &stats);
    assert_int_equal(stats.conns, 1);
    send_text(&w, w.last, "out");
    world_until(&w, client_has(&cl, "\x81\x03out"));
    edge_pause(w.edge, false);
    world_until(&w, world_logged(&w, "message wait"));
    client_upgrade(&late, &w, "/ws");
    client_close(&late);
    client_close(&cl);
    world_end(&w);
}

static void stopping_says_goodbye_and_pays_what_is_owed(void **state)
{
    struct world w;
    struct client ws, asks, idle;

    (void)state;
    world_start(&w, NULL);
    client_open(&ws, &w);
    client_upgrade(&ws, &w, "/ws");
    client_open(&idle, &w);
    w.hold = true;
    client_open(&asks, &w);
    client_say(&asks, "GET /owed HTTP/1.1\r\nHost: a\r\n\r\n");
    world_until(&w, world_logged(&w, "request GET /owed body "));
    edge_stop(w.edge, 5000);
    world_until(&w, client_has(&ws, "\x03\xe9the gateway is stopping"));
    world_until(&w, (client_read(&idle), idle.eof));
    assert_false(w.stopped);
    edge_reply(w.edge, w.last, &(struct edge_reply){.status = 204});
    world_until(&w, client_has(&asks, "204 No Content") && asks.eof);
    assert_true(client_has(&asks, "Connection: close\r\n"));
    client_close(&asks);
    client_close(&ws);
    client_close(&idle);
    world_until(&w, w.stopped);
    world_end(&w);
}

static void stopping_does_not_wait_for_ever(void **state)
{
    struct world w;
    struct client ws;

    (void)state;
    world_start(&w, NULL);
    client_open(&ws, &w);
    client_upgrade(&ws, &w, "/ws");
    edge_stop(w.edge, 100);
    world_until(&w, w.stopped);
    assert_true(world_logged(&w, "gone"));
    client_close(&ws);
    world_end(&w);
}

#ifdef TEST_HOOKS
/* A suspended machine, a stopped process, a test's clock: the silence was ours. */
static void a_jump_of_the_clock_drops_nobody(void **state)
{
    struct world w;
    struct client ws, http;
    int64_t end_ms = world_mono_ms() + 700; /* two ticks and more */

    (void)state;
    world_start(&w, NULL);
    client_open(&ws, &w);
    client_upgrade(&ws, &w, "/ws");
    client_open(&http, &w);
    client_say(&http, "GET /slow HTT");
    world_pass(&w);
    clock_advance_ms(24 * 3600 * 1000);
    while (world_mono_ms() < end_ms)
        world_pass(&w);
    client_frame(&ws, FIN | 1, "still here");
    client_say(&http, "P/1.1\r\nHost: a\r\n\r\n");
    world_until(&w, world_logged(&w, "message still here"));
    world_until(&w, world_logged(&w, "request GET /slow body "));
    client_close(&ws);
    client_close(&http);
    world_end(&w);
}

/* 16 MiB in 65,536 fragments, there and back. */
static void the_echo_takes_what_conformance_suites_send(void **state)
{
    struct buf all = {0}, piece = {0};
    struct world w;
    struct client cl;
    size_t sent = 0;

    (void)state;
    while (piece.len < 256)
        buf_add_char(&piece, 'e');
    for (unsigned i = 0; i < WS_ECHO_FRAGMENTS_MAX; i++)
        frame_build(&all, (uint8_t)((i == 0 ? 2 : 0) | (i + 1 == WS_ECHO_FRAGMENTS_MAX ? FIN : 0)),
                    buf_span(&piece));
    world_start(&w, NULL);
    client_open(&cl, &w);
    client_upgrade(&cl, &w, "/test/ws-echo");
    while (sent < all.len) {
        ssize_t n = send(cl.fd, all.p + sent, all.len - sent, MSG_NOSIGNAL);

        if (n > 0)
            sent += (size_t)n;
        event_base_loop(w.base, EVLOOP_NONBLOCK);
    }
    world_until(&w, (client_read(&cl), cl.in.len >= 10 + WS_ECHO_MESSAGE_MAX_BYTES));
    assert_memory_equal(cl.in.p, "\x82\x7f\0\0\0\0\x01\0\0\0", 10);
    assert_int_equal(cl.in.len, 10 + WS_ECHO_MESSAGE_MAX_BYTES);
    for (size_t i = 10; i < cl.in.len; i++)
        assert_int_equal(cl.in.p[i], 'e');
    client_close(&cl);
    buf_fini(&all);
    buf_fini(&piece);
    world_end(&w);
}
#else
static void without_test_hooks_the_echo_is_not_there(void **state)
{
    struct world w;
    struct client cl;

    (void)state;
    world_start(&w, NULL);
    client_open(&cl, &w);
    client_say(&cl, UPGRADE("/test/ws-echo"));
    world_until(&w, client_has(&cl, "HTTP/1.1 403 "));
    client_close(&cl);
    world_end(&w);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_go_both_ways),
        cmocka_unit_test(the_chosen_protocol_is_named),
        cmocka_unit_test(an_upgrade_may_be_pipelined_and_cut_anywhere),
        cmocka_unit_test(upgrades_are_refused_with_a_reason),
        cmocka_unit_test(broken_rules_end_with_their_code),
        cmocka_unit_test(a_message_over_the_limit_ends_with_1009),
        cmocka_unit_test(the_largest_message_is_taken_whole),
        cmocka_unit_test(our_close_waits_for_the_peers),
        cmocka_unit_test(a_slow_reader_loses_what_may_be_lost_and_is_then_closed),
        cmocka_unit_test(one_frame_reaches_many),
        cmocka_unit_test(a_late_id_finds_nothing),
        cmocka_unit_test(a_loud_peer_does_not_keep_others_waiting),
        cmocka_unit_test(silence_is_pinged_and_then_ended),
        cmocka_unit_test(a_message_that_never_ends_is_ended),
        cmocka_unit_test(nothing_is_handed_over_while_paused),
        cmocka_unit_test(stopping_says_goodbye_and_pays_what_is_owed),
        cmocka_unit_test(stopping_does_not_wait_for_ever),
#ifdef TEST_HOOKS
        cmocka_unit_test(a_jump_of_the_clock_drops_nobody),
        cmocka_unit_test(the_echo_takes_what_conformance_suites_send),
#else
        cmocka_unit_test(without_test_hooks_the_echo_is_not_there),
#endif
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
