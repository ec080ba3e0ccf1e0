/* Into conversations: the line that shows what was asked for, and the places in it. */
#include "search_world.h"

static void look(struct world *w, unsigned conv, const char *text, struct search_line *line)
{
    struct search_query *q = query_new(text);

    if (search_look(w->p.st, q, w->last[conv], line) != ERR_OK)
        fail_msg("%s is not in %u", text, conv);
    search_query_free(q);
}

static void the_line_with_most_of_the_words_shows_it(void **state)
{
    struct world *w = *state;
    struct search_line line = {0};

    ring(w, 1, "Gift Wrapper", "hello");
    say(w, 1, REC_CONV_MESSAGE, "the wrap, and the gift, and the wrapping");
    say(w, 1, REC_CONV_MESSAGE, "only the gift");
    commit(w);
    look(w, 1, "gift wrap", &line);
    assert_int_equal(line.field, SEARCH_IN_LINE);
    assert_int_equal(line.rec.seq, 2);
    assert_int_equal(line.words, 2);
    assert_int_equal(line.nmarks, 3);
    assert_true(span_is(
        (struct span){line.text.p + line.marks[0].from, line.marks[0].to - line.marks[0].from},
        "wrap"));
    assert_int_equal(line.marks[1].from, 18);
    search_line_fini(&line);

    line = (struct search_line){0};
    look(w, 1, "gift", &line);
    assert_int_equal(line.rec.seq, 3); /* of two as good the newer */
    search_line_fini(&line);

    line = (struct search_line){0};
    look(w, 1, "wrapper", &line);
    assert_int_equal(line.field, SEARCH_IN_NAME);
    assert_true(span_is(line.text, "Gift Wrapper"));
    search_line_fini(&line);
}

static void of_a_long_line_the_piece_around_the_word_is_shown(void **state)
{
    struct world *w = *state;
    struct search_line line = {0};
    struct buf text = {0};

    for (int i = 0; i < 500; i++)
        buf_add_str(&text, "あ");
    buf_add_str(&text, "包装");
    for (int i = 0; i < 500; i++)
        buf_add_str(&text, "い");
    ring(w, 1, "Mei", text.p);
    commit(w);
    look(w, 1, "包装", &line);
    assert_true(line.cut);
    assert_true(span_is_utf8(line.text));
    assert_int_equal(span_codepoints(line.text), 160);
    assert_int_equal(line.nmarks, 1);
    assert_int_equal(line.marks[0].from, 40 * 3);
    assert_int_equal(line.marks[0].to, 42 * 3);
    search_line_fini(&line);
    buf_fini(&text);
}

static void a_conversation_of_many_lines_is_looked_at_to_its_beginning(void **state)
{
    struct world *w = *state;
    struct search_line line = {0};

    ring(w, 1, "Mei", "the very first marmalade");
    for (unsigned i = 0; i < 6000; i++)
        say(w, 1, REC_CONV_MESSAGE, "on and on");
    commit(w);
    look(w, 1, "marmalade", &line);
    assert_int_equal(line.rec.seq, 1);
    search_line_fini(&line);
}

#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        T(the_line_with_most_of_the_words_shows_it),
        T(of_a_long_line_the_piece_around_the_word_is_shown),
        T(a_conversation_of_many_lines_is_looked_at_to_its_beginning),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
