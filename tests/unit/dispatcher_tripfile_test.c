/* The file of a trip: whatever of it is there after a crash, nothing is read that was not written.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "dispatcher_int.h"

static const char whole[] = "session 1 boot-a\n"
                            "for 200 1 1795413840000 0\n"
                            "to a@example.com\n"
                            "to b@example.com\n"
                            "for 264 3 1795413840001 1\n"
                            "to c@example.com\n"
                            "go\n"
                            "mail 0 250 ok\n"
                            "rcpt 0 0 250 ok\n"
                            "rcpt 0 1 450 later\n"
                            "end 0\n"
                            "data 0 250 taken as 12\n"
                            "mail 1 250 ok\n"
                            "end 1\n"
                            "trouble dropped bye\n"
                            "over\n";

static void a_whole_file_comes_back(void **state)
{
    struct trip t;
    bool same_boot = false;

    (void)state;
    assert_int_equal(tripfile_parse(span_of(whole), "boot-a", &t, &same_boot), ERR_OK);
    assert_true(same_boot && t.over);
    assert_int_equal(t.nmails, 2);
    assert_int_equal(t.mails[0].id, 200);
    assert_int_equal(t.mails[0].nlegs, 2);
    assert_int_equal(t.mails[0].legs[1].code, 450);
    assert_string_equal(t.mails[0].legs[1].reply, "later");
    assert_int_equal(t.mails[0].data_code, 250);
    assert_true(t.mails[0].ended && !t.mails[0].uncertain);
    assert_int_equal(t.mails[1].attempts, 3);
    assert_true(t.mails[1].ended && t.mails[1].uncertain);
    assert_int_equal(t.mails[1].data_code, 0);
    assert_int_equal(t.trouble, TROUBLE_DROPPED);
    trip_free(&t);

    assert_int_equal(tripfile_parse(span_of(whole), "boot-b", &t, &same_boot), ERR_OK);
    assert_false(same_boot);
    trip_free(&t);
}

static void what_is_formatted_parses_to_the_same(void **state)
{
    struct leg legs[] = {{.addr = (char *)"a@example.com"}, {.addr = (char *)"b@example.com"}};
    struct trip_mail mails[] = {
        {.id = 7, .attempts = 2, .created_ms = 5, .uncertain = true, .legs = legs, .nlegs = 2}};
    struct trip t = {.mails = mails, .nmails = 1}, back;
    struct buf out = {0};
    bool same_boot = false;

    (void)state;
    tripfile_format(&t, "boot", &out);
    assert_int_equal(tripfile_parse(buf_span(&out), "boot", &back, &same_boot), ERR_OK);
    assert_true(same_boot && back.nmails == 1 && back.mails[0].id == 7);
    assert_true(back.mails[0].attempts == 2 && back.mails[0].created_ms == 5);
    assert_true(back.mails[0].uncertain && !back.mails[0].ended && !back.over);
    assert_string_equal(back.mails[0].legs[1].addr, "b@example.com");
    trip_free(&back);
    buf_fini(&out);
}

/* Cut at every byte: a line counts when its end is there, and not before. */
static void a_file_cut_anywhere_tells_only_what_was_finished(void **state)
{
    const char *go = strstr(whole, "go\n") + 3, *end = strstr(whole, "end 0\n") + 6;
    const char *data = strstr(whole, "data 0") + strlen("data 0 250 taken as 12\n");

    (void)state;
    for (size_t len = 0; len < sizeof(whole) - 1; len++) {
        char *part = xmalloc(len + 1);
        struct trip t;
        bool same_boot = false;

        memcpy(part, whole, len);
        err_t err = tripfile_parse((struct span){part, len}, "boot-a", &t, &same_boot);
        assert_int_equal(err, len >= (size_t)(go - whole) ? ERR_OK : ERR_CORRUPT);
        if (err == ERR_OK) {
            assert_int_equal(t.mails[0].ended, len >= (size_t)(end - whole));
            assert_int_equal(t.mails[0].data_code, len >= (size_t)(data - whole) ? 250 : 0);
            assert_false(t.over);
        }
        trip_free(&t);
        free(part);
    }
}

static void other_heads_are_refused(void **state)
{
    static const char *const rows[] = {
        "",
        "\n",
        "session 2 boot-a\ngo\n",
        "session 1 boot-a\nto a@example.com\ngo\n",
        "session 1 boot-a\nfor x 1 1 0\ngo\n",
        "session 1 boot-a\nfor 0 1 1 0\ngo\n",
        "session 1 boot-a\nfor 1 0 1 0\ngo\n",
        "session 1 boot-a\nwhat\ngo\n",
        "session 1 boot-a\nfor 1 1 1 0\n",
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct trip t;
        bool same_boot;

        assert_int_equal(tripfile_parse(span_of(rows[i]), "boot-a", &t, &same_boot), ERR_CORRUPT);
        trip_free(&t);
    }
}

static void events_about_nothing_are_left_out(void **state)
{
    struct buf text = {0};
    struct trip t;
    bool same_boot;

    (void)state;
    buf_add_str(&text, "session 1 b\nfor 1 1 1 0\nto a@example.com\ngo\n");
    buf_add_str(&text, "mail 7 250 x\nrcpt 0 9 250 x\nend 49\nnonsense\ndata 0 999999 x\n\n");
    assert_int_equal(tripfile_parse(buf_span(&text), "b", &t, &same_boot), ERR_OK);
    assert_int_equal(t.mails[0].mail_code, 0);
    assert_int_equal(t.mails[0].legs[0].code, 0);
    assert_int_equal(t.mails[0].data_code, 0);
    assert_false(t.mails[0].ended);
    trip_free(&t);
    buf_fini(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_file_comes_back),
        cmocka_unit_test(what_is_formatted_parses_to_the_same),
        cmocka_unit_test(a_file_cut_anywhere_tells_only_what_was_finished),
        cmocka_unit_test(other_heads_are_refused),
        cmocka_unit_test(events_about_nothing_are_left_out),
    };

    return cmocka_run_group_tests_name("dispatcher_record", tests, NULL, NULL);
}
