/*
 * Rows as bytes: durable answers and mail orders as the first stores have them.  Records are in
 * core_record_test.c.
 */
#include "core_world.h"

#include "deskbell/journal.h"
#include "deskbell/tlv.h"

static void assert_bytes(struct buf *b, const char *hex)
{
    char text[400] = "";

    assert_true(b->len < sizeof(text) / 2);
    for (size_t i = 0; i < b->len; i++)
        snprintf(text + 2 * i, 3, "%02x", (unsigned char)b->p[i]);
    assert_string_equal(text, hex);
}

static void an_answer_is_written_as_ever(void **state)
{
    const struct repeat r = {.cid = 1, .chash = UINT64_MAX, .pos = 300, .id = 4, .time_ms = T0};
    struct repeat got;
    struct buf b = {0};

    (void)state;
    repeat_encode(&r, &b);
    assert_bytes(&b, "010101020affffffffffffffffff010302ac02040104050680c0e285e368");
    assert_int_equal(repeat_decode(buf_span(&b), &got), ERR_OK);
    assert_memory_equal(&got, &r, sizeof(r));
    assert_int_equal(repeat_decode(SPAN_LIT("\x03\x01\x07"), &got), ERR_CORRUPT); /* no cid */
    assert_int_equal(repeat_decode(SPAN_LIT("\x01\x7f"), &got), ERR_CORRUPT);
    buf_fini(&b);
}

static void an_order_is_written_as_ever(void **state)
{
    const struct mail_order m = {.kind = MAIL_FORWARD,
                                 .dept = 1,
                                 .entry = 2,
                                 .conv = 3,
                                 .cause = 4,
                                 .lang = LANG_JA,
                                 .to = SPAN_LIT("x@example.com"),
                                 .agent = 5,
                                 .secret = SPAN_LIT("sealed"),
                                 .replaces = 6,
                                 .instead = SPAN_LIT("y@example.com"),
                                 .story = 7};
    struct mail_order got;
    struct buf b = {0}, again = {0};

    (void)state;
    mail_order_encode(&m, &b);
    assert_bytes(&b, "010106020101030102040103050104060101070d78406578616d706c652e636f6d0801050906"
                     "7365616c65640a01060b0d79406578616d706c652e636f6d0c0107");
    tlv_put_u64(&b, 99, 1); /* a newer writer's */
    assert_int_equal(mail_order_decode(buf_span(&b), &got), ERR_OK);
    mail_order_encode(&got, &again);
    assert_int_equal(again.len + 3, b.len);
    assert_memory_equal(again.p, b.p, again.len);
    buf_fini(&b);
    buf_fini(&again);
}

static void an_order_that_is_none_is_damage(void **state)
{
    static const struct {
        const char *what;
        uint64_t kind, cause, lang;
        const char *to;
        err_t err;
    } rows[] = {
        {"least", 0, 300, 0, "", ERR_OK},
        {"no cause", 0, 0, 0, "", ERR_CORRUPT},
        {"no such kind", MAIL_KIND_COUNT, 300, 0, "", ERR_CORRUPT},
        {"no such language", 0, 300, LANG_COUNT, "", ERR_CORRUPT},
        {"no text", 0, 300, 0, "\xff", ERR_CORRUPT},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct mail_order got;
        struct buf b = {0};

        print_message("  %s\n", rows[i].what);
        tlv_put_u64(&b, 1, rows[i].kind);
        tlv_put_u64(&b, 5, rows[i].cause);
        tlv_put_u64(&b, 6, rows[i].lang);
        tlv_put_str(&b, 7, rows[i].to);
        assert_int_equal(mail_order_decode(buf_span(&b), &got), rows[i].err);
        buf_fini(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_is_written_as_ever),
        cmocka_unit_test(an_order_is_written_as_ever),
        cmocka_unit_test(an_order_that_is_none_is_damage),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
