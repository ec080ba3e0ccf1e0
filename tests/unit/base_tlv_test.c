/* Stored fields: what is written is read, and what is damaged is seen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "deskbell/crypto.h"
#include "deskbell/tlv.h"

static struct tlv first_field(const struct buf *b)
{
    struct span in = buf_span(b);
    struct tlv f;

    assert_int_equal(tlv_next(&in, &f), ERR_OK);
    assert_int_equal(in.len, 0);
    return f;
}

static void integers_come_back(void **state)
{
    static const int64_t values[] = {1,   -1,  63,        64,        127,       128,      -64,
                                     -65, 300, INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        struct buf b = {0};
        bool bad = false;
        struct tlv f;

        tlv_put_i64(&b, 7, values[i]);
        f = first_field(&b);
        assert_int_equal(f.tag, 7);
        assert_true(tlv_i64(&f, &bad) == values[i]);
        buf_reset(&b);
        tlv_put_u64(&b, 300, (uint64_t)values[i]);
        f = first_field(&b);
        assert_int_equal(f.tag, 300);
        assert_true(tlv_u64(&f, &bad) == (uint64_t)values[i]);
        assert_true(tlv_bool(&f, &bad));
        assert_false(bad);
        buf_fini(&b);
    }
}

static void zero_and_empty_are_left_out_but_for_items(void **state)
{
    struct buf b = {0};
    struct tlv f;

    (void)state;
    tlv_put_u64(&b, 1, 0);
    tlv_put_i64(&b, 2, 0);
    tlv_put_span(&b, 3, SPAN_NONE);
    tlv_put_str(&b, 4, "");
    tlv_put_str(&b, 5, NULL);
    assert_int_equal(b.len, 0);
    tlv_put_item(&b, 6, SPAN_NONE);
    f = first_field(&b);
    assert_int_equal(f.tag, 6);
    assert_int_equal(f.bytes.len, 0);
    buf_fini(&b);
}

static void damaged_fields_are_corrupt_and_leave_the_input(void **state)
{
    static const struct {
        const char *what;
        struct span in;
    } rows[] = {
        {"a tag alone", SPAN_LIT("\x01")},
        {"a length that runs over", SPAN_LIT("\x01\x03"
                                             "ab")},
        {"a huge length", SPAN_LIT("\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01x")},
        {"tag 0", SPAN_LIT("\x00\x00")},
        {"a tag over 32 bits", SPAN_LIT("\x80\x80\x80\x80\x10\x00")},
        {"a tag that does not end", SPAN_LIT("\x80\x80")},
        {"a varint over 64 bits", SPAN_LIT("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02\x00")},
        {"a varint of eleven bytes", SPAN_LIT("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00")},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct span in = rows[i].in;
        struct tlv f;

        print_message("  %s\n", rows[i].what);
        assert_int_equal(tlv_next(&in, &f), ERR_CORRUPT);
        assert_ptr_equal(in.p, rows[i].in.p);
    }
}

static void a_damaged_integer_is_zero_and_bad(void **state)
{
    static const struct span rows[] = {SPAN_LIT(""), SPAN_LIT("\x80"), SPAN_LIT("\x01\x01"),
                                       SPAN_LIT("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f")};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct tlv f = {1, rows[i]};
        bool bad = false;

        assert_int_equal(tlv_u64(&f, &bad), 0);
        assert_true(bad);
    }
}

static void every_cut_of_a_value_is_seen_or_ends_between_fields(void **state)
{
    struct buf b = {0};

    (void)state;
    tlv_put_u64(&b, 1, 77);
    tlv_put_str(&b, 2, "hello");
    tlv_put_i64(&b, 900, -5);
    for (size_t len = 0; len < b.len; len++) {
        struct span in = {b.p, len};
        size_t fields = 0;
        struct tlv f;
        err_t err;

        while ((err = tlv_next(&in, &f)) == ERR_OK)
            fields++;
        assert_true(fields < 3);
        assert_true(err == ERR_CORRUPT || (err == ERR_NOTFOUND && in.len == 0));
    }
    buf_fini(&b);
}

static void random_bytes_never_give_a_field_outside_the_input(void **state)
{
    char bytes[64];

    (void)state;
    crypto_init();
    for (int round = 0; round < 20000; round++) {
        struct span in = {bytes, (size_t)round % sizeof(bytes)};
        struct tlv f;
        bool bad = false;

        random_fill(bytes, sizeof(bytes));
        while (tlv_next(&in, &f) == ERR_OK) {
            assert_true(f.bytes.p >= bytes && f.bytes.p + f.bytes.len <= bytes + sizeof(bytes));
            assert_true(f.tag > 0);
            (void)tlv_i64(&f, &bad);
        }
    }
}

static void unknown_fields_can_be_kept(void **state)
{
    struct buf b = {0}, kept = {0}, want = {0};

    (void)state;
    tlv_put_u64(&b, 1, 5);
    tlv_put_str(&b, 9, "later");
    tlv_put_item(&b, 12, SPAN_NONE);
    tlv_put_u64(&b, 8, 5);
    tlv_copy_unknown(&kept, buf_span(&b), 8);
    tlv_put_str(&want, 9, "later");
    tlv_put_item(&want, 12, SPAN_NONE);
    assert_true(span_eq(buf_span(&kept), buf_span(&want)));
    buf_fini(&b);
    buf_fini(&kept);
    buf_fini(&want);
}

static void keys_sort_as_numbers(void **state)
{
    static const uint64_t values[] = {0, 1, 255, 256, 65535, 1u << 31, UINT64_MAX - 1, UINT64_MAX};
    uint8_t last[8], key[8];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        be64_put(key, values[i]);
        assert_true(be64_get(key) == values[i]);
        if (i > 0)
            assert_true(memcmp(last, key, 8) < 0);
        memcpy(last, key, 8);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_come_back),
        cmocka_unit_test(zero_and_empty_are_left_out_but_for_items),
        cmocka_unit_test(damaged_fields_are_corrupt_and_leave_the_input),
        cmocka_unit_test(a_damaged_integer_is_zero_and_bad),
        cmocka_unit_test(every_cut_of_a_value_is_seen_or_ends_between_fields),
        cmocka_unit_test(random_bytes_never_give_a_field_outside_the_input),
        cmocka_unit_test(unknown_fields_can_be_kept),
        cmocka_unit_test(keys_sort_as_numbers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
