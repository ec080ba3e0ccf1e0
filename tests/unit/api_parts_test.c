/* The small parts below the commands: the map, the token buckets, the JSON writer. */
#include "api_world.h"

#include "../../src/api/api_int.h"

static void a_map_agrees_with_a_plain_array(void **state)
{
    static uint64_t there[4096]; /* key k is in the map while there[k] */
    static int values[4096];
    struct map m = {0};
    uint64_t x = 88172645463325252ULL;
    size_t count = 0;

    (void)state;
    for (unsigned step = 0; step < 200000; step++) {
        x ^= x << 13, x ^= x >> 7, x ^= x << 17;
        uint64_t key = 1 + (x >> 20) % 4095;

        if ((x & 1) != 0) {
            map_put(&m, key, &values[key]);
            count += !there[key];
            there[key] = 1;
        } else {
            map_del(&m, key);
            count -= there[key];
            there[key] = 0;
        }
        assert_int_equal(m.used, count);
        key = 1 + (x >> 40) % 4095;
        assert_ptr_equal(map_find(&m, key), there[key] ? &values[key] : NULL);
    }
    uint64_t key;
    void *value;
    for (size_t at = 0; map_next(&m, &at, &key, &value); count--) {
        assert_true(there[key]);
        there[key] = 0;
    }
    assert_int_equal(count, 0);
    map_fini(&m);
}

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

static void what_is_written_reads_back(void **state)
{
    static const char odd[] =
        "a\"b\\c\n\t\r\x01\x1f\x7f/</script>\xe2\x80\xa8\xe6\x97\xa5\xf0\x9f\x98\x80";
    struct buf b = {0};
    struct jw j = {.b = &b};
    json_t *v;

    (void)state;
    jw_obj(&j);
    jw_k_str(&j, "odd", odd);
    jw_k_id(&j, "none", 0);
    jw_k_id(&j, "id", UINT64_C(9223372036854775807));
    jw_key(&j, "list");
    jw_arr(&j);
    jw_int(&j, -5);
    jw_obj(&j);
    jw_obj_end(&j);
    jw_bool(&j, true);
    jw_null(&j);
    jw_arr_end(&j);
    jw_k_foreign(&j, "foreign", "caf\xe9");
    jw_obj_end(&j);
    v = json_loadb(b.p, b.len, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(v);
    assert_string_equal(json_string_value(json_object_get(v, "odd")), odd);
    assert_true(json_is_null(json_object_get(v, "none")));
    assert_string_equal(json_string_value(json_object_get(v, "id")), "9223372036854775807");
    assert_int_equal(json_array_size(json_object_get(v, "list")), 4);
    assert_string_equal(json_string_value(json_object_get(v, "foreign")), "caf?");
    json_decref(v);
    buf_fini(&b);
}

static void texts_are_cut_between_characters(void **state)
{
    (void)state;
    assert_int_equal(span_head(SPAN_LIT("\xe6\x97\xa5\xe6\x9c\xac"), 1).len, 3);
    assert_int_equal(span_head(SPAN_LIT("\xe6\x97\xa5\xe6\x9c\xac"), 2).len, 6);
    assert_int_equal(span_head(SPAN_LIT("abc"), 0).len, 0);
    assert_int_equal(span_head(SPAN_NONE, 5).len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_map_agrees_with_a_plain_array),
        cmocka_unit_test(a_bucket_gives_so_many_and_fills_again),
        cmocka_unit_test(strangers_cannot_fill_the_memory_with_buckets),
        cmocka_unit_test(one_v6_network_is_one_sender),
        cmocka_unit_test(what_is_written_reads_back),
        cmocka_unit_test(texts_are_cut_between_characters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
