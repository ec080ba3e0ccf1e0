/* Images and settings: when they are written, in which slices, and up to which position they speak.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "turn_world.h"

static void settings_are_written_through_with_their_batch(void **state)
{
    struct world *w = *state;

    command(w, (struct cmd){.type = CMD_DEPT_SET, .set.id = 3});
    pass(w);
    finish(w, ERR_OK);
    assert_int_equal(count_rows(w, ROW_SETTING), 1);
    assert_int_equal(find_row(w, ROW_SETTING, OBJ_DEPT)->b, 3);
    assert_int_equal(count_rows(w, ROW_IMAGE), 0);
}

static void images_speak_up_to_the_last_record_of_their_batch(void **state)
{
    struct world *w = *state; /* a checkpoint after two records */

    command(w, (struct cmd){.type = CMD_DEPT_SET, .set.id = 3});
    pass(w);
    command(w, (struct cmd){.type = CMD_DEPT_SET, .set.id = 4});
    command(w, (struct cmd){.type = CMD_DEPT_SET, .set.id = 5});
    finish(w, ERR_OK);
    assert_int_equal(count_rows(w, ROW_CHECKPOINT), 0);
    pass(w);
    finish(w, ERR_OK);
    assert_int_equal(count_rows(w, ROW_CHECKPOINT), 1);
    assert_non_null(find_row(w, ROW_CHECKPOINT, 3));
    assert_int_equal(count_rows(w, ROW_IMAGE), 3);
}

static void set_depts(struct world *w, uint64_t first, uint64_t last)
{
    for (uint64_t i = first; i <= last; i++)
        command(w, (struct cmd){.type = CMD_DEPT_SET, .set.id = i});
}

static size_t images_submitted(const struct world *w)
{
    size_t n = 0;

    assert_non_null(w->under_way);
    for (size_t i = 0; i < w->under_way->nrows; i++)
        n += w->under_way->rows[i].kind == ROW_IMAGE;
    return n;
}

/* Four to a batch; the position comes with the last, and with nothing else to write none waits. */
static void images_go_in_slices(void **state)
{
    static const size_t slices[] = {4, 4, 2};
    struct world *w = *state;

    set_depts(w, 1, 10);
    for (size_t i = 0; i < COUNT_OF(slices); i++) {
        assert_int_equal(turn_deadline(w->turn), w->now_ms);
        pass(w);
        assert_int_equal(images_submitted(w), slices[i]);
        assert_false(turn_is_idle(w->turn));
        finish(w, ERR_OK);
        assert_int_equal(count_rows(w, ROW_CHECKPOINT), i == 2);
        assert_int_equal(turn_is_idle(w->turn), i == 2);
    }
    assert_non_null(find_row(w, ROW_CHECKPOINT, 10));
    assert_int_equal(turn_deadline(w->turn), INT64_MAX);
}

/* What changes after its slice is written again, and the position is that of the last batch. */
static void what_changes_between_slices_is_written_again(void **state)
{
    struct world *w = *state;

    set_depts(w, 1, 10);
    pass(w);
    set_depts(w, 2, 2);
    finish(w, ERR_OK);
    pass(w);
    assert_int_equal(images_submitted(w), 4);
    finish(w, ERR_OK);
    pass(w);
    assert_int_equal(images_submitted(w), 3);
    finish(w, ERR_OK);
    assert_int_equal(count_rows(w, ROW_IMAGE), 11);
    assert_int_equal(count_rows(w, ROW_CHECKPOINT), 1);
    assert_non_null(find_row(w, ROW_CHECKPOINT, 11));
}

/* However much changes meanwhile, each slice leaves less waiting than the one before. */
static void a_checkpoint_ends_however_much_changes_meanwhile(void **state)
{
    struct world *w = *state;
    size_t left = 20;

    set_depts(w, 1, 20);
    pass(w);
    for (int i = 0; w->core.ndirty > 0; i++) {
        assert_true(w->core.ndirty < left);
        left = w->core.ndirty;
        assert_true(i < 8);
        finish(w, ERR_OK);
        set_depts(w, 30, 36);
        pass(w);
        assert_true(images_submitted(w) <= 2 * 7);
    }
    finish(w, ERR_OK);
    assert_int_equal(count_rows(w, ROW_CHECKPOINT), 1);
}

static void images_come_by_time_alone(void **state)
{
    struct world *w = *state;

    start_chat(w);
    pass(w);
    finish(w, ERR_OK);
    assert_int_equal(turn_deadline(w->turn), w->now_ms + 60000);
    w->now_ms += 60000;
    pass(w);
    finish(w, ERR_OK);
    assert_non_null(find_row(w, ROW_CHECKPOINT, 1));
    assert_int_equal(turn_deadline(w->turn), INT64_MAX);
}

static void an_ended_conversation_loses_its_image_at_the_checkpoint(void **state)
{
    struct world *w = *state;
    uint64_t conv = start_chat(w);

    command(w, (struct cmd){.type = CMD_CHAT_END, .conv = conv});
    pass(w);
    finish(w, ERR_OK);
    const struct row *image = find_row(w, ROW_IMAGE, OBJ_CONV);

    assert_non_null(image);
    assert_int_equal(image->b, conv);
    assert_int_equal(image->len, 0);
}

static void a_clean_stop_writes_images_without_new_records(void **state)
{
    struct world *w = *state;

    start_chat(w);
    pass(w);
    finish(w, ERR_OK);
    turn_checkpoint(w->turn);
    pass(w);
    assert_false(turn_is_idle(w->turn));
    finish(w, ERR_OK);
    assert_non_null(find_row(w, ROW_CHECKPOINT, 1));
    assert_true(turn_is_idle(w->turn));
    turn_checkpoint(w->turn);
    pass(w);
    assert_null(w->under_way);
}
#define T(name) cmocka_unit_test_setup_teardown(name, world_new, world_free)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        T(settings_are_written_through_with_their_batch),
        cmocka_unit_test_setup_teardown(images_speak_up_to_the_last_record_of_their_batch,
                                        world_new_often, world_free),
        cmocka_unit_test_setup_teardown(images_go_in_slices, world_new_slices, world_free),
        cmocka_unit_test_setup_teardown(what_changes_between_slices_is_written_again,
                                        world_new_slices, world_free),
        cmocka_unit_test_setup_teardown(a_checkpoint_ends_however_much_changes_meanwhile,
                                        world_new_slices, world_free),
        T(images_come_by_time_alone),
        cmocka_unit_test_setup_teardown(an_ended_conversation_loses_its_image_at_the_checkpoint,
                                        world_new_often, world_free),
        T(a_clean_stop_writes_images_without_new_records),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
