/* The map of numbers to pointers, and lists of ids. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "deskbell/id.h"
#include "deskbell/map.h"

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

static void a_list_grows_and_is_empty_again(void **state)
{
    struct id_list l = {0};

    (void)state;
    for (uint64_t id = 1; id <= 100; id++)
        id_list_add(&l, id);
    assert_int_equal(l.n, 100);
    for (size_t i = 0; i < l.n; i++)
        assert_int_equal(l.ids[i], i + 1);
    id_list_fini(&l);
    assert_int_equal(l.n, 0);
    id_list_add(&l, 7);
    assert_int_equal(l.ids[0], 7);
    id_list_fini(&l);
}

static void rows_are_found_by_the_id_that_they_begin_with(void **state)
{
    static const struct {
        uint64_t id;
        char more;
    } rows[] = {{2, 'a'}, {4, 'b'}, {4, 'c'}, {9, 'd'}};
    static const size_t places[] = {0, 0, 0, 1, 1, 3, 3, 3, 3, 3, 4};

    (void)state;
    for (uint64_t id = 0; id < COUNT_OF(places); id++)
        assert_int_equal(id_place(rows, COUNT_OF(rows), sizeof(rows[0]), id), places[id]);
    assert_int_equal(id_place(rows, 1, sizeof(rows[0]), 3), 1);
    assert_int_equal(id_place(NULL, 0, sizeof(rows[0]), 3), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_map_agrees_with_a_plain_array),
        cmocka_unit_test(a_list_grows_and_is_empty_again),
        cmocka_unit_test(rows_are_found_by_the_id_that_they_begin_with),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
