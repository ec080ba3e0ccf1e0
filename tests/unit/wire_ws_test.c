/* WebSocket frames: what is taken, what is refused with which code, whole and byte by byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "deskbell/ws.h"

#define MESSAGE_MAX 300
#define FRAGMENTS_MAX 4

/* One masked frame of a script. */
struct part {
    uint8_t first; /* FIN, RSV, opcode */
    struct span payload;
};

#define FIN 0x80

/* Append a frame as a client sends it, with a mask that differs each time. */
static void frame_add(struct buf *b, uint8_t first, struct span payload)
{
    static uint8_t salt;
    uint8_t mask[4] = {(uint8_t)(0x11 + salt), 0x22, 0xf3, (uint8_t)(0x44 ^ salt)};
    char head[WS_HEADER_MAX_BYTES];
    size_t n = ws_header_write(head, WS_TEXT, payload.len);

    salt++;
    head[0] = (char)first;
    head[1] = (char)(head[1] | 0x80);
    buf_add(b, head, n);
    buf_add(b, mask, 4);
    for (size_t i = 0; i < payload.len; i++)
        buf_add_char(b, (char)(payload.p[i] ^ mask[i & 3]));
}

static void event_print(struct buf *out, err_t err, const struct ws_event *ev)
{
    if (err != ERR_OK) {
        buf_addf(out, "!%u;", ws_code_of(err));
        return;
    }
    buf_addf(out, "%c", ".tb.....cpq"[ev->opcode]);
    if (ev->opcode == WS_CLOSE)
        buf_addf(out, "%u", ev->code);
    buf_add_char(out, ':');
    if (ev->data.len > 40)
        buf_addf(out, "[%zu]", ev->data.len);
    else
        buf_add_span(out, ev->data);
    buf_add_char(out, ';');
}

/* Feed the bytes in steps of that many, and write down what comes out. */
static void run(struct span in, size_t step, struct buf *out)
{
    struct ws_limits lim = {MESSAGE_MAX, FRAGMENTS_MAX};
    struct ws_reader r = {0};
    struct buf held = {0};
    err_t err = ERR_AGAIN;

    buf_reset(out);
    for (size_t at = 0; at < in.len && (err == ERR_OK || err == ERR_AGAIN); at += step) {
        size_t n = in.len - at < step ? in.len - at : step;

        buf_add(&held, in.p + at, n);
        do {
            /* A copy of exactly this size, so that a read past it is seen by the sanitizers. */
            char *copy = span_dup(buf_span(&held));
            struct ws_event ev;
            size_t used, left;

            err = ws_read(&r, &lim, copy, held.len, &used, &ev);
            assert_in_range(used, 0, held.len);
            if (err != ERR_AGAIN)
                event_print(out, err, &ev);
            left = held.len - used;
            if (err == ERR_AGAIN)
                assert_in_range(left, 0, WS_HEADER_MAX_BYTES + WS_CONTROL_MAX_BYTES);
            buf_reset(&held);
            buf_add(&held, copy + used, left);
            free(copy);
        } while (err == ERR_OK);
    }
    buf_fini(&held);
    ws_reader_fini(&r);
}

static void check(const char *what, struct span in, const char *expected)
{
    static const size_t steps[] = {1, 2, 3, 7, 64, 100000};
    struct buf out = {0};

    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        run(in, steps[i], &out);
        buf_add_char(&out, '\0');
        if (strcmp(out.p, expected) != 0)
            print_error("%s, %zu at a time\n", what, steps[i]);
        assert_string_equal(out.p, expected);
    }
    buf_fini(&out);
}

#define S(text) SPAN_LIT(text)
#define X100                                                                                       \
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" \
    "xxxxxxxx"
#define X125 X100 "xxxxxxxxxxxxxxxxxxxxxxxxx"

static const struct {
    const char *what;
    struct part parts[7];
    const char *expected;
} rows[] = {
    {"text", {{FIN | 1, S("hello")}}, "t:hello;"},
    {"binary", {{FIN | 2, S("\xff\xfe")}}, "b:\xff\xfe;"},
    {"empty text", {{FIN | 1, S("")}}, "t:;"},
    {"two", {{FIN | 1, S("a")}, {FIN | 1, S("b")}}, "t:a;t:b;"},
    {"fragments", {{1, S("a")}, {0, S("b")}, {FIN, S("c")}}, "t:abc;"},
    {"empty fragments", {{1, S("")}, {0, S("")}, {FIN, S("c")}}, "t:c;"},
    {"empty last fragment", {{1, S("ab")}, {FIN, S("")}}, "t:ab;"},
    {"ping between", {{1, S("a")}, {FIN | 9, S("p")}, {FIN, S("b")}}, "p:p;t:ab;"},
    {"pong", {{FIN | 10, S("")}}, "q:;"},
    {"125 in a ping", {{FIN | 9, S(X125)}}, "p:[125];"},
    {"126 bytes", {{FIN | 1, S(X125 "y")}}, "t:[126];"},
    {"as much as allowed", {{FIN | 1, S(X100 X100 X100)}}, "t:[300];"},
    {"as much as allowed, in pieces", {{1, S(X100)}, {0, S(X100)}, {FIN, S(X100)}}, "t:[300];"},
    {"one over", {{FIN | 1, S(X100 X100 X100 "y")}}, "!1009;"},
    {"one over, in pieces", {{1, S(X100 X100)}, {FIN, S(X100 "y")}}, "!1009;"},
    {"fragments allowed", {{1, S("a")}, {0, S("b")}, {0, S("c")}, {FIN, S("d")}}, "t:abcd;"},
    {"a fragment over", {{1, S("a")}, {0, S("")}, {0, S("")}, {0, S("")}, {FIN, S("")}}, "!1009;"},
    {"close", {{FIN | 8, S("\x03\xe8")}}, "c1000:;"},
    {"close without a code", {{FIN | 8, S("")}}, "c1005:;"},
    {"close with a reason",
     {{FIN | 8, S("\x0f\xa0"
                  "bye")}},
     "c4000:bye;"},
    {"UTF-8", {{FIN | 1, S("\xe2\x82\xac\xf0\x9f\x94\x94")}}, "t:\xe2\x82\xac\xf0\x9f\x94\x94;"},
    {"UTF-8 across", {{1, S("\xe2")}, {0, S("\x82")}, {FIN, S("\xac")}}, "t:\xe2\x82\xac;"},
    {"UTF-8 across a ping",
     {{1, S("\xe2")}, {FIN | 9, S("")}, {FIN, S("\x82\xac")}},
     "p:;t:\xe2\x82\xac;"},
    {"NUL is a character", {{FIN | 1, S("a\0b")}, {FIN | 10, S("")}}, "t:a"},

    {"reserved bit", {{FIN | 0x40 | 1, S("a")}}, "!1002;"},
    {"reserved bit 3", {{FIN | 0x10 | 9, S("")}}, "!1002;"},
    {"opcode 3", {{FIN | 3, S("a")}}, "!1002;"},
    {"opcode 11", {{FIN | 11, S("")}}, "!1002;"},
    {"fragmented ping", {{9, S("")}}, "!1002;"},
    {"126 in a ping", {{FIN | 9, S(X125 "y")}}, "!1002;"},
    {"continuation of nothing", {{FIN, S("a")}}, "!1002;"},
    {"continuation after the end", {{FIN | 1, S("a")}, {FIN, S("a")}}, "t:a;!1002;"},
    {"a new one inside", {{1, S("a")}, {FIN | 1, S("a")}}, "!1002;"},
    {"close with one byte", {{FIN | 8, S("\x03")}}, "!1002;"},
    {"close 1005", {{FIN | 8, S("\x03\xed")}}, "!1002;"},
    {"close 1006", {{FIN | 8, S("\x03\xee")}}, "!1002;"},
    {"close 999", {{FIN | 8, S("\x03\xe7")}}, "!1002;"},
    {"close 2999", {{FIN | 8, S("\x0b\xb7")}}, "!1002;"},
    {"close 5000", {{FIN | 8, S("\x13\x88")}}, "!1002;"},
    {"close with bad UTF-8", {{FIN | 8, S("\x03\xe8\xff")}}, "!1007;"},
    {"close with cut UTF-8", {{FIN | 8, S("\x03\xe8\xe2\x82")}}, "!1007;"},
    {"bad UTF-8", {{FIN | 1, S("a\xff")}}, "!1007;"},
    {"cut UTF-8", {{FIN | 1, S("a\xe2\x82")}}, "!1007;"},
    {"surrogate", {{FIN | 1, S("\xed\xa0\x80")}}, "!1007;"},
    {"overlong", {{FIN | 1, S("\xc0\xaf")}}, "!1007;"},
    {"overlong of three", {{FIN | 1, S("\xe0\x9f\xbf")}}, "!1007;"},
    {"overlong of four", {{FIN | 1, S("\xf0\x8f\xbf\xbf")}}, "!1007;"},
    {"over U+10FFFF", {{FIN | 1, S("\xf4\x90\x80\x80")}}, "!1007;"},
    {"bad UTF-8 before the end", {{1, S("\xff")}}, "!1007;"},
};

static void each_script_is_read_as_the_table_says(void **state)
{
    struct buf in = {0};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        buf_reset(&in);
        for (size_t k = 0; k < COUNT_OF(rows[i].parts) && rows[i].parts[k].payload.p; k++)
            frame_add(&in, rows[i].parts[k].first, rows[i].parts[k].payload);
        check(rows[i].what, buf_span(&in), rows[i].expected);
    }
    buf_fini(&in);
}

static void raw_headers_are_refused_before_their_bytes_come(void **state)
{
    (void)state;
    check("no mask",
          S("\x81\x01"
            "a"),
          "!1002;");
    check("long form of a short length",
          S("\x81\xfe\x00\x7d"
            "mask"),
          "!1002;");
    check("longest form of a short length",
          S("\x81\xff\0\0\0\0\0\0\xff\xff"
            "mask"),
          "!1002;");
    check("top bit",
          S("\x81\xff\x80\0\0\0\0\0\0\0"
            "mask"),
          "!1002;");
    check("16 MiB",
          S("\x81\xff\0\0\0\0\x01\0\0\0"
            "mask"),
          "!1009;");
    check("all there is",
          S("\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff"
            "mask"),
          "!1009;");
}

static void unmasking_is_the_same_for_each_offset_and_length(void **state)
{
    static const uint8_t mask[4] = {1, 20, 163, 255};

    (void)state;
    for (size_t len = 0; len < 40; len++) {
        for (unsigned at = 0; at < 4; at++) {
            char *p = malloc(len + 1);

            memset(p, 'x', len);
            ws_mask(p, len, mask, at);
            for (size_t i = 0; i < len; i++)
                assert_int_equal((uint8_t)p[i], 'x' ^ mask[(at + i) & 3]);
            free(p);
        }
    }
}

static err_t handshake(const char *extra, const char *key, char accept[WS_ACCEPT_TEXT])
{
    struct http_scan scan = {0};
    struct http_request rq;
    char mem[512];

    snprintf(mem, sizeof(mem),
             "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\n%sSec-WebSocket-Key: %s\r\n\r\n",
             extra, key);
    assert_int_equal(http_request_parse(span_of(mem), &scan, &rq, NULL), ERR_OK);
    return ws_handshake(&rq, accept, NULL);
}

static void handshakes_are_answered_or_refused(void **state)
{
    static const char ok[] = "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n";
    char accept[WS_ACCEPT_TEXT];

    (void)state;
    assert_int_equal(handshake(ok, "dGhlIHNhbXBsZSBub25jZQ==", accept), ERR_OK);
    assert_string_equal(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="); /* RFC 6455 section 1.3 */
    assert_int_equal(handshake(ok, "dGhlIHNhbXBsZSBub25jZQ=", accept), ERR_MALFORMED);
    assert_int_equal(handshake(ok, "dGhlIHNhbXBsZSBub25*ZQ==", accept), ERR_MALFORMED);
    assert_int_equal(handshake(ok, "", accept), ERR_MALFORMED);
    assert_int_equal(handshake("Upgrade: h2c\r\n", "dGhlIHNhbXBsZSBub25jZQ==", accept),
                     ERR_MALFORMED);
    assert_int_equal(handshake("Upgrade: websocket\r\nSec-WebSocket-Version: 8\r\n",
                               "dGhlIHNhbXBsZSBub25jZQ==", accept),
                     ERR_VERSION);
}

static void headers_of_our_frames_have_the_shortest_length(void **state)
{
    char h[WS_HEADER_MAX_BYTES];

    (void)state;
    assert_int_equal(ws_header_write(h, WS_TEXT, 125), 2);
    assert_memory_equal(h, "\x81\x7d", 2);
    assert_int_equal(ws_header_write(h, WS_TEXT, 126), 4);
    assert_memory_equal(h, "\x81\x7e\x00\x7e", 4);
    assert_int_equal(ws_header_write(h, WS_BINARY, 65536), 10);
    assert_memory_equal(h, "\x82\x7f\0\0\0\0\0\x01\0\0", 10);
}

static void reasons_are_cut_between_characters(void **state)
{
    char out[2 + WS_CONTROL_MAX_BYTES], reason[200];

    (void)state;
    memset(reason, 'a', sizeof(reason));
    memcpy(reason + 121, "\xe2\x82\xac", 3);
    assert_int_equal(ws_close_write(out, 1013, (struct span){reason, sizeof(reason)}), 2 + 2 + 121);
    assert_memory_equal(out,
                        "\x88\x7b\x03\xf5"
                        "aaa",
                        7);
    assert_int_equal(ws_close_write(out, WS_CODE_NONE, SPAN_NONE), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_script_is_read_as_the_table_says),
        cmocka_unit_test(raw_headers_are_refused_before_their_bytes_come),
        cmocka_unit_test(unmasking_is_the_same_for_each_offset_and_length),
        cmocka_unit_test(handshakes_are_answered_or_refused),
        cmocka_unit_test(headers_of_our_frames_have_the_shortest_length),
        cmocka_unit_test(reasons_are_cut_between_characters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
