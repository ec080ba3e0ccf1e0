/*
 * The codecs of rows: what goes in comes out, and nothing that a disk can make of it does harm.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "deskbell/crypto.h"
#include "outbox/outbox_int.h"

#define FLIPS 20000

/* samples */

static void sample_repeat(struct buf *out)
{
    repeat_encode(&(struct repeat){.cid = UINT64_MAX, .chash = 2, .pos = 3, .id = 4, .time_ms = 5},
                  out);
}

static void sample_order(struct buf *out)
{
    mail_order_encode(&(struct mail_order){.kind = MAIL_COPY,
                                           .dept = 1,
                                           .entry = 2,
                                           .conv = 3,
                                           .cause = 4,
                                           .lang = LANG_JA,
                                           .to = SPAN_LIT("花子@example.jp")},
                      out);
}

static void sample_outbox(struct buf *out)
{
    struct buf order = {0};

    sample_order(&order);
    outbox_row_encode(buf_span(&order), 77, out);
    buf_fini(&order);
}

static void sample_conv(struct buf *out)
{
    conv_row_encode(&(struct conv_row){.end_pos = 9,
                                       .last_pos = 11,
                                       .list = LIST_MISSED,
                                       .dept = 5,
                                       .image = SPAN_LIT("an image")},
                    out);
}

static void sample_mail(struct buf *out)
{
    struct mail_rcpt rcpts[] = {
        {.addr = (char *)"a@example.org",
         .state = MAILST_FAILED,
         .code = 550,
         .reply = (char *)"no such user"},
        {.addr = (char *)"b@example.org", .state = MAILST_SENT, .replaced_by = 7}};

    struct mail_row row = {.job = {.state = MAILST_UNCERTAIN,
                                   .attempts = 3,
                                   .due_ms = 1000,
                                   .settled_ms = 2000,
                                   .lease = {8, 9},
                                   .cause = "code-450"},
                           .uncertain = true,
                           .cancel = true,
                           .alone = true,
                           .notices = 4,
                           .digest = 5,
                           .reason = (char *)"later",
                           .rcpts = rcpts,
                           .nrcpts = 2,
                           .tries = {{9, MAILST_DEFERRED, "tls"}},
                           .ntries = 1};

    queue_job_encode(&row.job, out);
    mail_fields_encode(&row, out);
}

static void sample_frozen(struct buf *out)
{
    struct span rcpts[] = {SPAN_LIT("a@example.org"), SPAN_LIT("b@example.org")};

    mail_frozen_encode(&(struct mail_frozen){.from = SPAN_LIT("shop@example.org"),
                                             .cc = SPAN_LIT("c@example.org"),
                                             .subject = SPAN_LIT("件名"),
                                             .message_id = SPAN_LIT("<1@example.org>"),
                                             .rcpts = rcpts,
                                             .nrcpts = 2,
                                             .bytes = SPAN_LIT("hello\r\n")},
                       out);
}

static void sample_tally(struct buf *out)
{
    queue_tally_encode(&(struct queue_tally){{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}}, out);
}

static void sample_group(struct buf *out)
{
    queue_group_encode(&(struct queue_group){.began_ms = 5, .count = 6, .head = 7}, out);
}

static void sample_request(struct buf *out)
{
    mail_request_encode(&(struct mail_request){.kind = MAILREQ_RETRY_ALL,
                                               .mail = 1,
                                               .cause = "doubtful",
                                               .stage = 2,
                                               .next = 3,
                                               .last = 4},
                        out);
}

static void sample_relay(struct buf *out)
{
    relay_row_encode(&(struct relay_row){.rest_until_ms = 5, .refused = true, .trouble = "login"},
                     out);
}

/* decoders under one signature */

static err_t try_repeat(struct span in)
{
    struct repeat r;

    return repeat_decode(in, &r);
}

static err_t try_order(struct span in)
{
    struct mail_order m;

    return mail_order_decode(in, &m);
}

static err_t try_outbox(struct span in)
{
    struct outbox_row row;

    return outbox_row_decode(in, &row);
}

static err_t try_conv(struct span in)
{
    struct conv_row row;

    return conv_row_decode(in, &row);
}

static err_t try_mail(struct span in)
{
    struct mail_row row;
    err_t err = mail_row_decode(in, &row);

    if (err == ERR_OK)
        mail_row_fini(&row);
    return err;
}

static err_t try_frozen(struct span in)
{
    struct mail_frozen fz;
    struct buf mem = {0};
    err_t err = mail_frozen_decode(in, &fz, &mem);

    buf_fini(&mem);
    return err;
}

static err_t try_tally(struct span in)
{
    struct queue_tally t;

    return queue_tally_decode(in, &t);
}

static err_t try_group(struct span in)
{
    struct queue_group g;

    return queue_group_decode(in, &g);
}

static err_t try_request(struct span in)
{
    struct mail_request rq;

    return mail_request_decode(in, &rq);
}

static err_t try_relay(struct span in)
{
    struct relay_row row;

    return relay_row_decode(in, &row);
}

static const struct {
    const char *name;
    void (*sample)(struct buf *out);
    err_t (*decode)(struct span in);
} codecs[] = {
    {"repeat", sample_repeat, try_repeat},    {"order", sample_order, try_order},
    {"outbox", sample_outbox, try_outbox},    {"conv", sample_conv, try_conv},
    {"mail", sample_mail, try_mail},          {"frozen", sample_frozen, try_frozen},
    {"tally", sample_tally, try_tally},       {"group", sample_group, try_group},
    {"request", sample_request, try_request}, {"relay", sample_relay, try_relay},
};

static void what_goes_in_comes_out(void **state)
{
    struct buf b = {0}, mem = {0};
    struct queue_group g;
    struct repeat r;
    struct mail_order m;
    struct mail_row row;
    struct mail_frozen fz;
    struct conv_row conv;
    struct mail_request rq;
    struct relay_row relay;

    (void)state;
    sample_repeat(&b);
    assert_int_equal(repeat_decode(buf_span(&b), &r), ERR_OK);
    assert_true(r.cid == UINT64_MAX && r.chash == 2 && r.pos == 3 && r.id == 4 && r.time_ms == 5);
    buf_reset(&b);
    sample_order(&b);
    assert_int_equal(mail_order_decode(buf_span(&b), &m), ERR_OK);
    assert_true(m.kind == MAIL_COPY && m.dept == 1 && m.entry == 2 && m.conv == 3 && m.cause == 4);
    assert_true(m.lang == LANG_JA && span_is(m.to, "花子@example.jp"));
    buf_reset(&b);
    sample_conv(&b);
    assert_int_equal(conv_row_decode(buf_span(&b), &conv), ERR_OK);
    assert_true(conv.end_pos == 9 && conv.last_pos == 11 && conv.list == LIST_MISSED);
    assert_true(conv.dept == 5 && span_is(conv.image, "an image"));
    buf_reset(&b);
    sample_mail(&b);
    assert_int_equal(mail_row_decode(buf_span(&b), &row), ERR_OK);
    assert_true(row.job.state == MAILST_UNCERTAIN && row.uncertain && row.cancel &&
                row.job.attempts == 3);
    assert_true(row.job.due_ms == 1000 && row.job.settled_ms == 2000 && row.nrcpts == 2);
    assert_true(row.alone && row.notices == 4 && row.digest == 5);
    assert_string_equal(row.rcpts[0].reply, "no such user");
    assert_string_equal(row.rcpts[1].reply, "");
    assert_int_equal(row.rcpts[0].code, 550);
    assert_int_equal(row.rcpts[1].replaced_by, 7);
    assert_true(row.job.lease.boot == 8 && row.job.lease.until_ms == 9);
    assert_string_equal(row.job.cause, "code-450");
    assert_true(row.ntries == 1 && row.tries[0].at_ms == 9);
    assert_true(row.tries[0].state == MAILST_DEFERRED);
    assert_string_equal(row.tries[0].cause, "tls");
    mail_row_fini(&row);
    buf_reset(&b);
    sample_group(&b);
    assert_int_equal(queue_group_decode(buf_span(&b), &g), ERR_OK);
    assert_true(g.began_ms == 5 && g.count == 6 && g.head == 7);
    buf_reset(&b);
    sample_frozen(&b);
    assert_int_equal(mail_frozen_decode(buf_span(&b), &fz, &mem), ERR_OK);
    assert_true(span_is(fz.subject, "件名") && span_is(fz.cc, "c@example.org"));
    assert_true(fz.nrcpts == 2 && span_is(fz.rcpts[1], "b@example.org"));
    buf_reset(&b);
    sample_request(&b);
    assert_int_equal(mail_request_decode(buf_span(&b), &rq), ERR_OK);
    assert_true(rq.kind == MAILREQ_RETRY_ALL && rq.mail == 1 && rq.stage == 2);
    assert_true(rq.next == 3 && rq.last == 4 && strcmp(rq.cause, "doubtful") == 0);
    buf_reset(&b);
    sample_relay(&b);
    assert_int_equal(relay_row_decode(buf_span(&b), &relay), ERR_OK);
    assert_true(relay.rest_until_ms == 5 && relay.refused && strcmp(relay.trouble, "login") == 0);
    buf_fini(&mem);
    buf_fini(&b);
}

/* Each in a block of its own size, so that reading beyond it is seen by the sanitizers. */
static err_t decode_exactly(size_t codec, const char *p, size_t len)
{
    char *copy = xmalloc(len + (len == 0));

    memcpy(copy, p, len);

    err_t err = codecs[codec].decode((struct span){copy, len});

    free(copy);
    return err;
}

static void what_is_cut_off_or_flipped_is_refused_or_read_without_harm(void **state)
{
    uint64_t random = 88172645463325252;

    (void)state;
    for (size_t c = 0; c < COUNT_OF(codecs); c++) {
        struct buf b = {0};
        size_t refused = 0;

        codecs[c].sample(&b);
        assert_int_equal(decode_exactly(c, b.p, b.len), ERR_OK);
        for (size_t len = 0; len < b.len; len++)
            refused += decode_exactly(c, b.p, len) != ERR_OK;
        assert_true(refused > 0);
        for (int i = 0; i < FLIPS; i++) {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;

            size_t at = random % b.len;
            char was = b.p[at];

            b.p[at] = (char)(was ^ (char)(1 + (random >> 32) % 255));

            err_t err = decode_exactly(c, b.p, b.len);

            assert_true(err == ERR_OK || err == ERR_CORRUPT);
            b.p[at] = was;
        }
        buf_fini(&b);
    }
}

static void an_envelope_tells_a_right_row_from_others(void **state)
{
    static const struct {
        const char *what, *bytes;
        size_t len;
        err_t err;
    } rows[] = {
        {"empty", "", 0, ERR_CORRUPT},
        {"cut off", "\1\x81\x1c\x9d", 4, ERR_CORRUPT},
        {"no payload", "\1\x81\x1c\x9d\xc5", 5, ERR_OK},
        {"one byte",
         "\1\xe4\x0c\x29\x2c"
         "a",
         6, ERR_OK},
        {"another byte",
         "\1\xe4\x0c\x29\x2c"
         "b",
         6, ERR_CORRUPT},
        {"a flipped sum",
         "\1\xe4\x0c\x29\x2d"
         "a",
         6, ERR_CORRUPT},
        {"version 0",
         "\0\xe4\x0c\x29\x2c"
         "a",
         6, ERR_CORRUPT},
        {"a newer version",
         "\2\xe4\x0c\x29\x2c"
         "a",
         6, ERR_VERSION},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct span payload = SPAN_NONE;

        if (envelope_open((struct span){rows[i].bytes, rows[i].len}, &payload) != rows[i].err)
            fail_msg("%s", rows[i].what);
        if (rows[i].err == ERR_OK)
            assert_int_equal(payload.len, rows[i].len - ENVELOPE_BYTES);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_goes_in_comes_out),
        cmocka_unit_test(what_is_cut_off_or_flipped_is_refused_or_read_without_harm),
        cmocka_unit_test(an_envelope_tells_a_right_row_from_others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
