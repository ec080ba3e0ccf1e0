/* What the writer of an answer by mail is given to begin with, and what then goes out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "deskbell/id.h"
#include "dispatcher_world.h"

static void ask(struct world *w, const char *lang)
{
    struct buf image = {0};
    struct conv *cv = NULL;
    char from[ID_TEXT], agent[ID_TEXT], dept[ID_TEXT];

    assert_int_equal(store_read_conv(w->g.st, w->g.conv, &image), ERR_OK);
    assert_int_equal(conv_decode(w->g.conv, buf_span(&image), &cv), ERR_OK);
    id_format(cv->last_pos, from);
    conv_free(cv);
    buf_fini(&image);
    id_format(w->g.agent, agent);
    id_format(w->g.dept, dept);
    json_t *fields = json_pack("{s:s, s:s, s:s, s:s}", "from", from, "agent", agent, "department",
                               dept, "lang", lang);
    json_decref(w->answer);
    w->answer = NULL;
    w->refused = (struct fault){0};
    answer_draft(&w->d, &(struct question){0}, fields);
    json_decref(fields);
}

static const char *answer(const struct world *w, const char *key)
{
    return json_string_value(json_object_get(w->answer, key));
}

static void it_is_made_of_the_chat_its_agent_and_its_department(void **state)
{
    struct world *w = *state;

    say(w, "department|name|営業");
    say(w, "left|花子|y@example.com|please call");
    ask(w, "ja");
    assert_string_equal(answer(w, "opening"), "花子様\n\n");
    assert_string_equal(answer(w, "closing"), "\n\n営業\n鈴木");
    assert_string_equal(answer(w, "above"), "");
    assert_non_null(strstr(answer(w, "below"), "> please call"));
    assert_true(json_is_false(json_object_get(w->answer, "greets")));
    ask(w, "en");
    assert_string_equal(answer(w, "opening"), "Dear 花子,\n\n");
}

static void the_template_in_force_makes_it(void **state)
{
    struct world *w = *state;

    say(w, "left|花子|y@example.com|please call");
    say(w, "portal|template.reply.en.text|{{#draft}}Hi {{visitor}} {{/draft}}{{message}}");
    ask(w, "en");
    assert_string_equal(answer(w, "opening"), "Hi 花子 ");
    say(w, "department|template.reply.en.text|Dear {{visitor}}: {{message}}");
    ask(w, "en");
    assert_string_equal(answer(w, "opening"), "");
    assert_string_equal(answer(w, "above"), "Dear 花子: ");
    assert_true(json_is_true(json_object_get(w->answer, "greets")));
}

static size_t times(const char *text, const char *word)
{
    size_t n = 0;

    for (const char *at = text; (at = strstr(at, word)) != NULL; at++)
        n++;
    return n;
}

/* What is sent as it was given has each greeting once; seen in the HTML, which is not in base64. */
static void what_goes_has_it_once(void **state)
{
    struct world *w = *state;
    struct buf text = {0};

    say(w, "department|lang|en");
    say(w, "chats|1|Mary|y@example.com|hello");
    ask(w, "en");
    sayf(w, "mail|%sIt is here.%s", answer(w, "opening"), answer(w, "closing"));
    world_look(w);
    const struct job *job = &w->workers[w->nworkers - 1].job;
    buf_add_span(&text, job->mails[job->nmails - 1].bytes);
    const char *html = strstr(text.p, "<!DOCTYPE html>");
    assert_non_null(html);
    assert_int_equal(times(html, "Dear Mary,"), 1);
    assert_int_equal(times(html, "It is here."), 1);
    buf_fini(&text);
}

/* As its writer sends it who changes nothing of what was given. */
static void the_preview_shows_the_whole_answer(void **state)
{
    static const char begins[] = "Dear Mary O'Neill,\n\nThe blue jacket";
    struct world *w = *state;
    json_t *fields = json_pack("{s:s, s:s}", "kind", "reply", "lang", "en");

    template_preview(&w->d, &(struct question){0}, fields);
    assert_memory_equal(answer(w, "text"), begins, sizeof(begins) - 1);
    assert_int_equal(times(answer(w, "text"), "Ann Smith"), 1);
    assert_int_equal(times(answer(w, "html"), "Dear"), 1);
    json_decref(fields);
}

static void what_is_gone_is_refused(void **state)
{
    struct world *w = *state;
    json_t *fields = json_pack("{s:s, s:s}", "from", "999999", "department", "1");

    answer_draft(&w->d, &(struct question){0}, fields);
    json_decref(fields);
    assert_null(w->answer);
    assert_int_equal(w->refused.err, ERR_NOTFOUND);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
    const struct CMUnitTest tests[] = {
        T(it_is_made_of_the_chat_its_agent_and_its_department),
        T(the_template_in_force_makes_it),
        T(what_goes_has_it_once),
        T(the_preview_shows_the_whole_answer),
        T(what_is_gone_is_refused),
    };
#undef T

    return cmocka_run_group_tests(tests, NULL, NULL);
}
