/* Waits that double, end at their last, and differ a little. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "deskbell/backoff.h"
#include "deskbell/err.h"

static void waits_double_up_to_the_last(void **state)
{
    static const struct {
        struct backoff schedule;
        uint32_t attempts;
        int64_t wait_ms;
    } rows[] = {
        {{1000, 60000}, 1, 1000},  {{1000, 60000}, 2, 2000},           {{1000, 60000}, 6, 32000},
        {{1000, 60000}, 7, 60000}, {{1000, 60000}, UINT32_MAX, 60000}, {{5000, 5000}, 1, 5000},
        {{9000, 5000}, 1, 5000},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        assert_int_equal(backoff_ms(&rows[i].schedule, rows[i].attempts, 0), rows[i].wait_ms);
}

static void dice_make_it_later_by_less_than_a_quarter(void **state)
{
    const struct backoff b = {1000, 60000};

    (void)state;
    assert_int_equal(backoff_ms(&b, 1, 249), 1249);
    assert_int_equal(backoff_ms(&b, 1, 250), 1000);
    assert_int_equal(backoff_ms(&b, 7, 14999), 74999);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(waits_double_up_to_the_last),
        cmocka_unit_test(dice_make_it_later_by_less_than_a_quarter),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
