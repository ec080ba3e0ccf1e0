/* How often somebody may ask: the token buckets. */
#include "api_world.h"

#include "../../src/api/api_int.h"

static void a_bucket_gives_so_many_and_fills_again(void **state)
{
    struct rate r = {0};
    int64_t retry_ms = 0, now = 1000000;

    (void)state;
    for (unsigned i = 0; i < 10; i++)
        assert_true(rate_take(&r, 7, 10, 60000, now, &retry_ms));
    assert_false(rate_take(&r, 7, 10, 60000, now, &retry_ms));
    assert_in_range(retry_ms, 6000, 6001);
    assert_true(rate_take(&r, 8, 10, 60000, now, &retry_ms)); /* somebody else's */
    now += retry_ms - 2;
    assert_false(rate_take(&r, 7, 10, 60000, now, &retry_ms));
    now += retry_ms;
    assert_true(rate_take(&r, 7, 10, 60000, now, &retry_ms));
    assert_false(rate_take(&r, 7, 10, 60000, now, &retry_ms));
    now -= 500000; /* a clock that steps back gives nothing, and takes nothing for long */
    assert_false(rate_take(&r, 7, 10, 60000, now, &retry_ms));
    now += 600000 + 60000;
    for (unsigned i = 0; i < 10; i++)
        assert_true(rate_take(&r, 7, 10, 60000, now, &retry_ms));
    assert_false(rate_take(&r, 7, 10, 60000, now, &retry_ms));
    rate_fini(&r);
}

static void more_than_one_is_taken_whole_or_not(void **state)
{
    struct rate r = {0};
    int64_t retry_ms = 0, now = 1000000;

    (void)state;
    assert_true(rate_take_many(&r, 7, 60, 100, 60000, now, &retry_ms));
    assert_false(rate_take_many(&r, 7, 50, 100, 60000, now, &retry_ms));
    assert_in_range(retry_ms, 6000, 6001);
    assert_true(rate_take_many(&r, 7, 40, 100, 60000, now, &retry_ms));
    assert_false(rate_take(&r, 7, 100, 60000, now, &retry_ms));
    now += 60000;
    assert_true(rate_take_many(&r, 7, 1000, 100, 60000, now, &retry_ms)); /* all, once full */
    assert_false(rate_take(&r, 7, 100, 60000, now, &retry_ms));
    now += 60000;
    assert_true(
        rate_take_many(&r, 7, 2, 2, 60000, now, &retry_ms)); /* a lower rate counts at once */
    assert_false(rate_take_many(&r, 7, 1, 2, 60000, now, &retry_ms));
    /* The largest that there is: no sum runs over. */
    assert_true(rate_take_many(&r, 8, 1u << 30, 1u << 30, 3600000, now, &retry_ms));
    assert_false(rate_take_many(&r, 8, 1u << 30, 1u << 30, 3600000, now + 3599999, &retry_ms));
    assert_in_range(retry_ms, 1, 2);
    rate_fini(&r);
}

static void strangers_cannot_fill_the_memory_with_buckets(void **state)
{
    struct rate r = {0};
    int64_t retry_ms;

    (void)state;
    for (uint64_t key = 1; key <= 200000; key++)
        assert_true(rate_take(&r, key, 1, 60000, 1, &retry_ms));
    assert_int_equal(r.count, 65536);
    assert_int_equal(r.buckets.used, 65536);
    assert_false(rate_take(&r, 200000, 1, 60000, 1, &retry_ms));
    rate_fini(&r);
}

static void one_v6_network_is_one_sender(void **state)
{
    struct ipaddr a, b, c, v4, w4;

    (void)state;
    assert_int_equal(ipaddr_parse(SPAN_LIT("2001:db8::1"), &a), ERR_OK);
    assert_int_equal(ipaddr_parse(SPAN_LIT("2001:db8::ffff:1"), &b), ERR_OK);
    assert_int_equal(ipaddr_parse(SPAN_LIT("2001:db8:0:1::1"), &c), ERR_OK);
    assert_int_equal(ipaddr_parse(SPAN_LIT("192.0.2.1"), &v4), ERR_OK);
    assert_int_equal(ipaddr_parse(SPAN_LIT("192.0.2.2"), &w4), ERR_OK);
    assert_true(rate_key_ip("x", &a) == rate_key_ip("x", &b));
    assert_true(rate_key_ip("x", &a) != rate_key_ip("x", &c));
    assert_true(rate_key_ip("x", &v4) != rate_key_ip("x", &w4));
    assert_true(rate_key_ip("x", &a) != rate_key_ip("y", &a));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bucket_gives_so_many_and_fills_again),
        cmocka_unit_test(more_than_one_is_taken_whole_or_not),
        cmocka_unit_test(strangers_cannot_fill_the_memory_with_buckets),
        cmocka_unit_test(one_v6_network_is_one_sender),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
