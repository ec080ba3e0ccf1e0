/* Lines that are changed and taken back over the wire: what visitors, colleagues and files see. */
#include "api_world.h"

#include <stdio.h>
#include <string.h>

static unsigned number;

static const json_t *ok_of(const json_t *answer)
{
    assert_string_equal(error_of(answer), "");
    return json_object_get(answer, "ok");
}

static int say(struct world *w, uint64_t conn, const char *chat, const char *text)
{
    return (int)ok_int(ask(w, conn, "{'id':'s%u','do':'chat.send','conversation':'%s','text':'%s'}",
                           ++number, chat, text),
                       "seq");
}

static json_t *edit(struct world *w, uint64_t conn, const char *chat, int line, const char *text)
{
    return ask(w, conn, "{'id':'e%u','do':'line.edit','conversation':'%s','line':%d,'text':'%s'}",
               ++number, chat, line, text);
}

static json_t *take_back(struct world *w, uint64_t conn, const char *chat, int line)
{
    return ask(w, conn, "{'id':'r%u','do':'line.remove','conversation':'%s','line':%d}", ++number,
               chat, line);
}

/* The visitor's lines behind `n`, as a widget asks for them that comes back. */
static const char *resumed(struct world *w, const struct world_chat *c, int n)
{
    uint64_t conn;
    json_t *a;
    static char text[4000];
    err_t err;

    conn = visitor_conn(w, c->code, &err);
    assert_int_equal(err, ERR_OK);
    a = ask(w, conn, "{'id':'v%u','do':'chat.resume','chat':'%s','token':'%s','n':%d}", ++number,
            c->id, c->token, n);
    char *lines = json_dumps(json_object_get(ok_of(a), "lines"), JSON_COMPACT);

    snprintf(text, sizeof(text), "%s", lines);
    free(lines);
    return text;
}

static const json_t *line_of(const json_t *lines, const char *key, int value)
{
    const json_t *line;
    size_t i;

    json_array_foreach ((json_t *)lines, i, line)
        if (json_integer_value(json_object_get(line, key)) == value)
            return line;
    return NULL;
}

static const char *text_of(const json_t *line, const char *key)
{
    const char *text = json_string_value(json_object_get(line, key));

    return text != NULL ? text : "";
}

static const json_t *lines_read(struct world *w, uint64_t conn, const char *chat)
{
    return json_object_get(
        ok_of(ask(w, conn, "{'id':'l%u','do':'conversation.read','conversation':'%s'}", ++number,
                  chat)),
        "lines");
}

static void a_visitor_has_the_change_and_never_what_was_there(void **state)
{
    struct world *w = *state;
    struct world_chat c;
    const char *later;
    int line;

    world_chat(w, &c, "");
    line = say(w, c.ann, c.id, "my password is hunter2");
    sent_forget(w);
    ok_of(edit(w, c.ann, c.id, line, "I mean order 12"));
    assert_non_null(sent_find(w, c.vera, "\"kind\":\"edited\""));
    assert_non_null(sent_find(w, c.vera, "I mean order 12"));
    assert_null(sent_find(w, c.vera, "hunter2"));
    /* Who has the line already gets the change alone, who has nothing both, and twice nobody. */
    later = resumed(w, &c, 2);
    assert_non_null(strstr(later, "\"kind\":\"edited\""));
    assert_null(strstr(later, "\"kind\":\"message\""));
    later = resumed(w, &c, 0);
    assert_non_null(strstr(later, "\"edited_ms\""));
    assert_null(strstr(later, "hunter2"));
    sent_forget(w);
    ok_of(take_back(w, c.ann, c.id, line));
    assert_non_null(sent_find(w, c.vera, "\"kind\":\"removed\""));
    assert_null(sent_find(w, c.vera, "order 12"));
    later = resumed(w, &c, 0);
    assert_null(strstr(later, "hunter2"));
    assert_null(strstr(later, "order 12\",\"edited"));
    assert_non_null(strstr(later, "\"removed\":true"));
}

/* The second one is decided while the first is not on the disk yet. */
static void agents_have_its_trace(void **state)
{
    struct world *w = *state;
    const json_t *lines, *now, *first, *second;
    struct world_chat c;
    size_t n;
    int line;

    world_chat(w, &c, "");
    line = say(w, c.ann, c.id, "one");
    tell(w, c.ann, "{'id':'a','do':'line.edit','conversation':'%s','line':%d,'text':'two'}", c.id,
         line);
    tell(w, c.ann, "{'id':'b','do':'line.edit','conversation':'%s','line':%d,'text':'three'}", c.id,
         line);
    world_run(w);
    lines = lines_read(w, c.ann, c.id);
    now = line_of(lines, "seq", line);
    assert_string_equal(text_of(now, "text"), "three");
    assert_int_equal(json_integer_value(json_object_get(now, "edited_ms")), w->now_ms);
    first = line_of(lines, "line", line);
    assert_string_equal(text_of(first, "was"), "one");
    assert_string_equal(text_of(first, "by"), "agent");
    second = json_array_get(lines, json_array_size(lines) - 1);
    assert_string_equal(text_of(second, "was"), "two");
    assert_string_equal(text_of(second, "text"), "three");
    assert_int_equal(json_integer_value(json_object_get(now, "n")) + 1,
                     json_integer_value(json_object_get(first, "n")));
    n = json_array_size(lines);
    /* A repeat changes nothing more. */
    assert_string_equal(error_of(ask(w, c.ann,
                                     "{'id':'b','do':'line.edit','conversation':'%s','line':%d,"
                                     "'text':'three'}",
                                     c.id, line)),
                        "");
    assert_int_equal(json_array_size(lines_read(w, c.ann, c.id)), n);
}

static void what_cannot_be_changed_is_refused_by_name(void **state)
{
    struct world *w = *state;
    struct world_chat c;
    const json_t *e;
    int line;

    world_chat(w, &c, "");
    line = say(w, c.ann, c.id, "one");
    e = json_object_get(edit(w, c.ann, c.id, 9999, "x"), "error");
    assert_string_equal(text_of(e, "reason"), "line-unknown");
    assert_string_equal(text_of(e, "field"), "line");
    e = json_object_get(edit(w, c.ann, c.id, 1, "x"), "error");
    assert_string_equal(text_of(e, "reason"), "line-fixed");
    assert_string_equal(error_of(edit(w, c.ann, "77", line, "x")), "unknown");
    world_advance(w, EDIT_MAX_MS / 3);
    ask(w, c.vera, "{'id':'v','do':'chat.send','text':'hm'}");
    world_advance(w, EDIT_MAX_MS / 3);
    ask(w, c.vera, "{'id':'v2','do':'chat.send','text':'hm'}");
    world_advance(w, EDIT_MAX_MS / 3 + 1);
    e = json_object_get(edit(w, c.ann, c.id, line, "x"), "error");
    assert_string_equal(text_of(e, "reason"), "line-late");
    ok_of(ask(w, c.ann, "{'id':'end','do':'chat.end','conversation':'%s'}", c.id));
    assert_string_equal(error_of(take_back(w, c.ann, c.id, line)), "ended");
}

static void it_is_there_over_rest_and_in_files(void **state)
{
    struct world *w = *state;
    struct world_chat c;
    const struct sent *r;
    char path[100];
    int line;

    world_chat(w, &c, "");
    line = say(w, c.ann, c.id, "one");
    w->cookie = c.cookie;
    snprintf(path, sizeof(path), "/api/v1/conversations/%s/lines/%d", c.id, line);
    r = request(w, API_PATCH, path, "{'text':'two'}");
    assert_int_equal(r->status, 200);
    assert_non_null(strstr(r->text, "\"seq\":"));
    r = request(w, API_PATCH, path, "{'text':'two'}");
    assert_non_null(strstr(r->text, "\"unchanged\":true"));
    r = request(w, API_DELETE, path, "");
    assert_int_equal(r->status, 200);
    w->cookie = NULL;
    operator_ask(w, "{'id':'x%u','do':'conversation.export','conversation':'%s','format':'csv'}",
                 ++number, c.id);
    assert_non_null(sent_find(w, OPERATOR, "edited,agent"));
    assert_non_null(sent_find(w, OPERATOR, ",removed,agent"));
    assert_non_null(sent_find(w, OPERATOR, ",two,,,,one,\\u000d"));
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, world_open, world_close)
    const struct CMUnitTest tests[] = {
        TEST(a_visitor_has_the_change_and_never_what_was_there),
        TEST(agents_have_its_trace),
        TEST(what_cannot_be_changed_is_refused_by_name),
        TEST(it_is_there_over_rest_and_in_files),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
