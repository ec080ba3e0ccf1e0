/* The clock of the rules: steps of the wall's clock, sleep, and the way back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../src/deskbelld/told.h"

#define T0 INT64_C(1790000000000)
#define HOUR_MS INT64_C(3600000)

struct world {
    struct clocks c;
    struct told t;
};

static struct world world_at(int64_t least_ms)
{
    struct world w = {.c = {.boot_ms = 5000, .mono_ms = 4000, .wall_ms = T0}};

    told_start(&w.t, &w.c, least_ms);
    return w;
}

static struct told_news pass(struct world *w, int64_t ms)
{
    w->c.boot_ms += ms;
    w->c.mono_ms += ms;
    w->c.wall_ms += ms;
    return told_go_on(&w->t, &w->c);
}

static void assert_nothing(struct told_news news)
{
    assert_int_equal(news.slept_ms, 0);
    assert_int_equal(news.stepped_ms, 0);
}

static void it_is_the_walls_time_while_nothing_happens(void **state)
{
    struct world w = world_at(0);

    (void)state;
    assert_int_equal(w.t.now_ms, T0);
    assert_nothing(pass(&w, 7));
    assert_nothing(pass(&w, HOUR_MS));
    assert_int_equal(w.t.now_ms, T0 + HOUR_MS + 7);
    assert_false(w.t.off);
}

/* As often as it is set: what was waited is what the machine has waited. */
static void small_steps_are_no_news_and_no_leaps(void **state)
{
    struct world w = world_at(0);

    (void)state;
    for (int i = 1; i <= 3; i++) {
        w.c.wall_ms += TOLD_OFF_MS / 4;
        assert_nothing(pass(&w, 80));
        assert_int_equal(w.t.now_ms, T0 + i * INT64_C(90));
    }
    pass(&w, 6 * TOLD_OFF_MS);
    assert_int_equal(w.t.now_ms, w.c.wall_ms);
}

static void who_has_waited_ten_seconds_has_after_a_step_too(void **state)
{
    static const int64_t steps[] = {2 * HOUR_MS, -2 * HOUR_MS, 24 * HOUR_MS, TOLD_OFF_MS + 1};

    (void)state;
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        struct world w = world_at(0);

        pass(&w, 10000);
        w.c.wall_ms += steps[i];
        struct told_news news = pass(&w, 80);
        assert_int_equal(news.stepped_ms, steps[i]);
        assert_int_equal(news.slept_ms, 0);
        assert_in_range(w.t.now_ms, T0 + 10070, T0 + 10090);
        assert_nothing(pass(&w, 8000)); /* said once */
        assert_in_range(w.t.now_ms, T0 + 17000, T0 + 19100);
    }
}

/* In whatever portions time passes; without a leap at the end, and never backwards. */
static void it_gets_there_by_an_eighth(void **state)
{
    static const int64_t portions[] = {1, 3, 8, 1000};

    (void)state;
    for (int sign = -1; sign <= 1; sign += 2)
        for (size_t i = 0; i < sizeof(portions) / sizeof(portions[0]); i++) {
            struct world w = world_at(0);
            int64_t passed = 0;

            w.c.wall_ms += sign * 60000;
            while (w.t.now_ms != w.c.wall_ms) {
                int64_t before = w.t.now_ms, least = portions[i] - portions[i] / 8 - 1;

                pass(&w, portions[i]);
                passed += portions[i];
                assert_true(w.t.now_ms - before >= least && w.t.now_ms >= before);
                assert_true(w.t.now_ms - before <= portions[i] + portions[i] / 8 + 1);
                assert_true(passed <= 8 * 60000 + portions[i]);
            }
            assert_true(passed > 8 * 60000 - 9000);
            assert_false(w.t.off);
            w.c.wall_ms += sign * 60000; /* the next one is news again */
            assert_int_equal(pass(&w, 8).stepped_ms, sign * 60000);
        }
}

static void sleep_is_time_that_has_passed(void **state)
{
    struct world w = world_at(0);
    struct told_news news;

    (void)state;
    w.c.boot_ms += 2 * HOUR_MS;
    w.c.wall_ms += 2 * HOUR_MS;
    news = pass(&w, 10);
    assert_int_equal(news.slept_ms, 2 * HOUR_MS);
    assert_int_equal(news.stepped_ms, 0);
    assert_int_equal(w.t.now_ms, T0 + 2 * HOUR_MS + 10);
    w.c.boot_ms += TOLD_SLEPT_MS;
    w.c.wall_ms += TOLD_SLEPT_MS;
    assert_nothing(pass(&w, 10));
}

static void when_nobody_waits_it_is_the_walls_time_at_once(void **state)
{
    struct world w = world_at(0);

    (void)state;
    assert_int_equal(told_catch_up(&w.t), 0);
    w.c.wall_ms += HOUR_MS;
    pass(&w, 8);
    assert_true(w.t.off);
    assert_int_equal(told_catch_up(&w.t), HOUR_MS - 1);
    assert_int_equal(w.t.now_ms, w.c.wall_ms);
    assert_false(w.t.off);
    w.c.wall_ms -= HOUR_MS; /* not back, which no clock of ours goes */
    pass(&w, 8);
    int64_t now_ms = w.t.now_ms;
    assert_int_equal(told_catch_up(&w.t), 0);
    assert_int_equal(w.t.now_ms, now_ms);
}

static void it_begins_where_the_records_end(void **state)
{
    struct world w = world_at(T0 + HOUR_MS);

    (void)state;
    assert_int_equal(w.t.now_ms, T0 + HOUR_MS);
    assert_int_equal(pass(&w, 8).stepped_ms, -HOUR_MS);
    assert_int_equal(w.t.now_ms, T0 + HOUR_MS + 7);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_the_walls_time_while_nothing_happens),
        cmocka_unit_test(small_steps_are_no_news_and_no_leaps),
        cmocka_unit_test(who_has_waited_ten_seconds_has_after_a_step_too),
        cmocka_unit_test(it_gets_there_by_an_eighth),
        cmocka_unit_test(sleep_is_time_that_has_passed),
        cmocka_unit_test(when_nobody_waits_it_is_the_walls_time_at_once),
        cmocka_unit_test(it_begins_where_the_records_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
