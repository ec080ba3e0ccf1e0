/* What letters are about: the journal, read backwards from the cause. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "dispatcher_world.h"

/* The story of the i-th mail; story_fini(). */
static void read_story(struct world *w, size_t i, struct story *s)
{
    struct mail_view v = mail_look(w, i);

    *s = (struct story){.tongue = TONGUE_EN};
    s->facts.department = SPAN_LIT("Sales");
    assert_int_equal(story_read(&w->d, &v.order, s), ERR_OK);
    mail_view_fini(&v);
}

static void assert_line(const struct story *s, size_t i, enum speaker speaker, const char *name,
                        const char *text)
{
    assert_true(i < s->facts.nlines);
    assert_int_equal(s->facts.lines[i].speaker, speaker);
    assert_true(span_is(s->facts.lines[i].name, name));
    assert_true(span_is(s->facts.lines[i].text, text));
}

static void a_transcript_tells_who_said_what_in_its_order_and_how_it_ended(void **state)
{
    struct world *w = *state;
    struct story s;

    say(w, "chat|1|花子|y@example.com|hello|good day");
    read_story(w, 0, &s);
    assert_true(span_is(s.facts.visitor, "花子"));
    assert_true(span_is(s.facts.email, "y@example.com"));
    assert_true(span_is(s.facts.agent, "鈴木"));
    assert_true(span_is(s.facts.page, "https://shop.example.com/items/1"));
    assert_true(s.facts.number.len > 0);
    assert_int_equal(s.facts.nlines, 3);
    assert_int_equal(s.facts.lines[0].speaker, SPEAKER_SYSTEM);
    assert_line(&s, 1, SPEAKER_VISITOR, "花子", "hello");
    assert_line(&s, 2, SPEAKER_AGENT, "鈴木", "good day"); /* the note behind it is in no mail */
    assert_true(s.facts.question.len == 0);                /* the first line says it again */
    assert_true(span_is(s.facts.outcome, phrase(TONGUE_EN, PHRASE_END_VISITOR)));
    assert_int_equal(s.facts.began_ms, w->wall_ms);
    assert_int_equal(s.facts.ended_ms, w->wall_ms);
    story_fini(&s);
}

static void a_question_that_nobody_said_again_is_told(void **state)
{
    struct world *w = *state;
    struct story s;

    say(w, "chats|1|花子|y@example.com|where is it?");
    read_story(w, 0, &s);
    assert_true(span_is(s.facts.question, "where is it?"));
    story_fini(&s);
}

static void a_missed_chat_says_why_and_a_message_left_is_its_question(void **state)
{
    struct world *w = *state;
    struct story s;

    say(w, "missed|花子|y@example.com|anybody?");
    say(w, "left|太郎|z@example.com|please call");
    read_story(w, 0, &s);
    assert_true(span_is(s.facts.question, "anybody?"));
    assert_true(span_is(s.facts.reason, phrase(TONGUE_EN, PHRASE_MISS_LEFT)));
    assert_false(s.facts.left);
    story_fini(&s);
    read_story(w, 1, &s);
    assert_true(span_is(s.facts.question, "please call"));
    assert_true(s.facts.left);
    story_fini(&s);
}

static void a_rating_and_its_comment_are_told(void **state)
{
    struct world *w = *state;
    struct story s;

    say(w, "chat|1|花子|y@example.com|hello|good day");
    say(w, "feedback|4|quick");
    read_story(w, 1, &s);
    assert_int_equal(s.facts.rating, 4);
    assert_true(span_is(s.facts.comment, "quick"));
    assert_true(span_is(s.facts.agent, "鈴木"));
    story_fini(&s);
}

static void a_block_says_who_whom_and_why(void **state)
{
    struct world *w = *state;
    struct story s;

    say(w, "open|花子|y@example.com|hello");
    say(w, "block|rude");
    size_t i = 0;
    struct mail_view v = mail_look(w, i);
    while (v.order.kind != MAIL_BLOCK) {
        mail_view_fini(&v);
        v = mail_look(w, ++i);
    }
    mail_view_fini(&v);
    read_story(w, i, &s);
    assert_true(span_is(s.facts.reason, "rude"));
    assert_true(span_is(s.facts.agent, "鈴木"));
    assert_true(span_is(s.facts.ip, "10.0.0.1"));
    assert_true(span_is(s.facts.visitor, "花子"));
    story_fini(&s);
}

static void an_answer_by_mail_quotes_what_the_visitor_said(void **state)
{
    struct world *w = *state;
    struct story s;

    say(w, "left|花子|y@example.com|please call");
    say(w, "mail|we will");
    read_story(w, 1, &s);
    assert_true(span_is(s.facts.message, "we will"));
    assert_true(span_is(s.facts.agent, "鈴木"));
    assert_true(span_is(s.facts.question, "please call"));
    for (size_t i = 0; i < s.facts.nlines; i++)
        assert_int_equal(s.facts.lines[i].speaker, SPEAKER_VISITOR);
    story_fini(&s);
}

/* As in the console: by the best that is known. */
static void a_visitor_without_a_name_stands_under_address_or_number(void **state)
{
    struct world *w = *state;
    struct buf numbered = {0};
    struct story s;

    say(w, "chat|1||y@example.com|hello|good day");
    read_story(w, 0, &s);
    assert_line(&s, 1, SPEAKER_VISITOR, "y@example.com", "hello");
    story_fini(&s);
    say(w, "department|fields.email|no");
    say(w, "chat|1|||hello|good day");
    read_story(w, 1, &s);
    buf_addf(&numbered, "Visitor #%.*s", (int)s.facts.number.len, s.facts.number.p);
    assert_true(s.facts.number.len > 0);
    assert_line(&s, 1, SPEAKER_VISITOR, numbered.p, "hello");
    buf_fini(&numbered);
    story_fini(&s);
}

static void a_brief_story_has_no_lines(void **state)
{
    struct world *w = *state;
    struct story s = {.tongue = TONGUE_EN, .brief = true};

    say(w, "chat|1|花子|y@example.com|hello|good day");
    struct mail_view v = mail_look(w, 0);
    assert_int_equal(story_read(&w->d, &v.order, &s), ERR_OK);
    assert_int_equal(s.facts.nlines, 0);
    assert_true(span_is(s.facts.agent, "鈴木"));
    mail_view_fini(&v);
    story_fini(&s);
}

static void a_file_of_the_folder_takes_the_built_in_templates_place(void **state)
{
    struct world *w = *state;
    struct buf path = {0};
    FILE *file;

    buf_addf(&path, "%s", w->templates);
    assert_int_equal(mkdir(path.p, 0700), 0);
    buf_add_str(&path, "/en");
    assert_int_equal(mkdir(path.p, 0700), 0);
    buf_add_str(&path, "/missed.subject");
    file = fopen(path.p, "w");
    assert_non_null(file);
    fputs("Call {{visitor}}", file);
    fclose(file);
    buf_fini(&path);
    say(w, "left|Hanako|y@example.com|please call");
    world_look(w);
    world_restart(w, true);
    say(w, "left|Hanako|y@example.com|please call");
    world_look(w);
    struct mail_view before = mail_look(w, 0), after = mail_look(w, 1);
    assert_string_equal(after.subject, "Call Hanako");
    assert_string_not_equal(before.subject, after.subject);
    mail_view_fini(&before);
    mail_view_fini(&after);
}

#define T(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_transcript_tells_who_said_what_in_its_order_and_how_it_ended),
        T(a_question_that_nobody_said_again_is_told),
        T(a_missed_chat_says_why_and_a_message_left_is_its_question),
        T(a_rating_and_its_comment_are_told),
        T(a_block_says_who_whom_and_why),
        T(an_answer_by_mail_quotes_what_the_visitor_said),
        T(a_visitor_without_a_name_stands_under_address_or_number),
        T(a_brief_story_has_no_lines),
        T(a_file_of_the_folder_takes_the_built_in_templates_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
