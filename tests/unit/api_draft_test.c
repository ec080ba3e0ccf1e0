/* Drafts over the wire: kept for one's other windows, against one another, and from all others. */
#include "api_world.h"

#include <string.h>

#include "deskbell/draft.h"
#include "deskbell/store.h"

static json_t *save(struct world *w, uint64_t conn, const char *chat, const char *kind,
                    const char *text, json_int_t version)
{
    static unsigned number;

    return ask(w, conn,
               "{'id':'save-%u','do':'draft.save','conversation':'%s','kind':'%s','text':'%s',"
               "'version':%lld}",
               ++number, chat, kind, text, (long long)version);
}

/* Must have been kept; its version. */
static json_int_t kept(const json_t *a)
{
    assert_string_equal(error_of(a), "");
    assert_true(json_is_true(json_object_get(json_object_get(a, "ok"), "kept")));
    return ok_int(a, "version");
}

/* Own drafts in a conversation, as "kind text" each, joined by bars. */
static const char *drafts_of(struct world *w, uint64_t conn, const char *chat)
{
    static char all[2000];
    json_t *a = ask(w, conn, "{'id':'r','do':'conversation.read','conversation':'%s'}", chat), *row;
    size_t i, n = 0;

    all[0] = '\0';
    json_array_foreach (json_object_get(json_object_get(a, "ok"), "drafts"), i, row)
        n += (size_t)snprintf(all + n, sizeof(all) - n, "%s%s %s", i > 0 ? "|" : "",
                              json_string_value(json_object_get(row, "kind")),
                              json_string_value(json_object_get(row, "text")));
    return all;
}

static void another_window_has_it_at_once_and_the_disk_too(void **state)
{
    struct world *w = *state;
    struct world_chat c;
    uint64_t other, conv;
    json_int_t version;
    const struct sent *told;
    struct buf mem = {0};
    struct drafts d;

    world_chat(w, &c, "");
    other = world_ready(w, c.cookie);
    ask(w, other, "{'id':'me','do':'subscribe','topic':'me'}");
    ask(w, c.ann, "{'id':'me','do':'subscribe','topic':'me'}");
    version = kept(save(w, c.ann, c.id, "reply", "Good mor", 0));
    assert_true(version > 0);
    told = sent_find(w, other, "\"draft\"");
    assert_non_null(told);
    assert_true(told->durable);
    assert_non_null(strstr(told->text, "Good mor"));
    assert_null(sent_find(w, c.ann, "\"ev\":\"draft\""));
    kept(save(w, other, c.id, "note", "a note", 0));
    kept(save(w, c.ann, c.id, "reply", "Good morning", version));
    assert_string_equal(drafts_of(w, other, c.id), "reply Good morning|note a note");
    assert_int_equal(id_parse(span_of(c.id), &conv), ERR_OK);
    assert_int_equal(store_read_drafts(w->store, c.agent, conv, &mem), ERR_OK);
    assert_int_equal(drafts_decode(buf_span(&mem), &d), ERR_OK);
    assert_true(span_is(d.of[DRAFT_REPLY].text, "Good morning"));
    buf_fini(&mem);
}

static void of_two_windows_the_later_is_told_what_stands_there(void **state)
{
    struct world *w = *state;
    struct world_chat c;
    uint64_t other;
    json_int_t first, version;
    json_t *a;

    world_chat(w, &c, "");
    other = world_ready(w, c.cookie);
    first = kept(save(w, c.ann, c.id, "reply", "from one", 0));
    a = save(w, other, c.id, "reply", "from two", 0);
    assert_false(json_is_true(json_object_get(json_object_get(a, "ok"), "kept")));
    assert_string_equal(ok_text(a, "text"), "from one");
    assert_int_equal(ok_int(a, "version"), first);
    assert_string_equal(drafts_of(w, c.ann, c.id), "reply from one");
    /* The same words are no second ones, whoever had them first. */
    assert_int_equal(kept(save(w, other, c.id, "reply", "from one", 0)), first);
    version = kept(save(w, other, c.id, "reply", "from two", first));
    assert_true(version > first);
    a = save(w, c.ann, c.id, "reply", "from one, more", first);
    assert_string_equal(ok_text(a, "text"), "from two");
    /* Gone in between: nothing stands there. */
    assert_int_equal(kept(save(w, other, c.id, "reply", "", version)), 0);
    a = save(w, c.ann, c.id, "reply", "from one, more", first);
    assert_string_equal(ok_text(a, "text"), "");
    assert_int_equal(ok_int(a, "version"), 0);
    kept(save(w, c.ann, c.id, "reply", "from one, more", 0));
}

/* Before the disk has written the first of them. */
static void two_that_come_together_are_against_each_other_too(void **state)
{
    struct world *w = *state;
    struct world_chat c;
    uint64_t other;

    world_chat(w, &c, "");
    other = world_ready(w, c.cookie);
    ask(w, other, "{'id':'me','do':'subscribe','topic':'me'}");
    w->disk_stopped = true;
    tell(w, c.ann, "{'id':'1','do':'draft.save','conversation':'%s','kind':'reply','text':'one'}",
         c.id);
    tell(w, other, "{'id':'2','do':'draft.save','conversation':'%s','kind':'reply','text':'two'}",
         c.id);
    world_pass(w);
    assert_null(sent_find(w, c.ann, "\"re\":\"1\"")); /* not said before it is so */
    assert_null(sent_find(w, other, "\"ev\":\"draft\""));
    w->disk_stopped = false;
    world_run(w);
    assert_non_null(strstr(sent_find(w, c.ann, "\"re\":\"1\"")->text, "\"kept\":true"));
    assert_non_null(strstr(sent_find(w, other, "\"re\":\"2\"")->text, "\"kept\":false"));
}

static json_t *send_hello(struct world *w, const struct world_chat *c)
{
    return ask(w, c->ann,
               "{'id':'send-1','do':'chat.send','conversation':'%s','text':'Hello','draft':true}",
               c->id);
}

static void what_is_sent_is_a_draft_no_more_and_only_once(void **state)
{
    struct world *w = *state;
    struct world_chat c;

    world_chat(w, &c, "");
    kept(save(w, c.ann, c.id, "reply", "Hello", 0));
    kept(save(w, c.ann, c.id, "note", "a note", 0));
    assert_string_equal(error_of(send_hello(w, &c)), "");
    assert_string_equal(drafts_of(w, c.ann, c.id), "note a note");
    kept(save(w, c.ann, c.id, "reply", "the next", 0));
    assert_string_equal(error_of(send_hello(w, &c)), ""); /* said again by a bad line */
    assert_string_equal(drafts_of(w, c.ann, c.id), "reply the next|note a note");
    ask(w, c.ann, "{'id':'x','do':'chat.send','conversation':'%s','text':'by a program'}", c.id);
    assert_string_equal(drafts_of(w, c.ann, c.id), "reply the next|note a note");
    ask(w, c.ann,
        "{'id':'n','do':'conversation.note','conversation':'%s','text':'a note','draft':true}",
        c.id);
    assert_string_equal(drafts_of(w, c.ann, c.id), "reply the next");
}

static void it_outlives_the_end(void **state)
{
    struct world *w = *state;
    struct world_chat c;

    world_chat(w, &c, "");
    kept(save(w, c.ann, c.id, "reply", "half a sen", 0));
    ask(w, c.ann, "{'id':'e','do':'chat.end','conversation':'%s'}", c.id);
    assert_string_equal(drafts_of(w, c.ann, c.id), "reply half a sen");
}

static void it_is_nobody_elses(void **state)
{
    struct world *w = *state;
    struct world_chat c;
    char bob_cookie[64], admin_cookie[64];
    uint64_t bob, admin;

    world_chat(w, &c, "");
    world_agent(w, "bob@example.com", c.dept, "", bob_cookie);
    world_agent(w, "boss@example.com", c.dept, ",'role':'admin'", admin_cookie);
    bob = world_ready(w, bob_cookie);
    admin = world_ready(w, admin_cookie);
    ask(w, bob, "{'id':'me','do':'subscribe','topic':'me'}");
    ask(w, admin, "{'id':'me','do':'subscribe','topic':'me'}");
    ask(w, bob, "{'id':'s','do':'subscribe','topic':'conversation','conversation':'%s'}", c.id);
    ask(w, admin, "{'id':'s','do':'subscribe','topic':'conversation','conversation':'%s'}", c.id);
    sent_forget(w);
    kept(save(w, c.ann, c.id, "reply", "xyzzy", 0));
    world_indexed(w);
    const uint64_t others[] = {bob, admin, OPERATOR, c.vera};

    for (size_t i = 0; i < COUNT_OF(others); i++) {
        ask(w, others[i], "{'id':'a','do':'conversation.read','conversation':'%s'}", c.id);
        ask(w, others[i], "{'id':'b','do':'draft.list'}");
        ask(w, others[i], "{'id':'c','do':'search','text':'xyzzy'}");
        ask(w, others[i], "{'id':'d','do':'list.read','list':'all'}");
        assert_null(sent_find(w, others[i], "xyzzy"));
    }
    /* His own in the same place is another one. */
    kept(save(w, bob, c.id, "reply", "plugh", 0));
    assert_string_equal(drafts_of(w, c.ann, c.id), "reply xyzzy");
    assert_string_equal(drafts_of(w, bob, c.id), "reply plugh");
    /* Nor where the other's stands next to where one's own would. */
    kept(save(w, c.ann, c.id, "reply", "", kept(save(w, c.ann, c.id, "reply", "xyzzy", 0))));
    assert_string_equal(drafts_of(w, c.ann, c.id), "");
    ask(w, c.ann, "{'id':'b2','do':'draft.list'}");
    assert_null(sent_find(w, c.ann, "plugh"));
}

static void what_cannot_be_kept_is_refused_with_its_reason(void **state)
{
    struct world *w = *state;
    struct world_chat c;
    char hidden[CODE_TEXT], chat[ID_TEXT], token[64], cookie[64];
    char *text = xmalloc(DRAFT_MAX_CODEPOINTS + 2);

    world_chat(w, &c, "");
    assert_string_equal(error_of(save(w, c.ann, c.id, "poem", "x", 0)), "invalid");
    assert_string_equal(error_of(save(w, c.ann, "12345", "reply", "x", 0)), "unknown");
    world_agent(w, "bob@example.com", world_dept(w, "Hidden", hidden), "", cookie);
    world_ready(w, cookie);
    world_ring(w, hidden, chat, token);
    assert_string_equal(error_of(save(w, c.ann, chat, "reply", "x", 0)), "unknown");
    memset(text, 'x', DRAFT_MAX_CODEPOINTS + 1);
    text[DRAFT_MAX_CODEPOINTS + 1] = '\0';
    assert_string_equal(error_of(save(w, c.ann, c.id, "reply", text, 0)), "invalid");
    text[DRAFT_MAX_CODEPOINTS] = '\0';
    kept(save(w, c.ann, c.id, "reply", text, 0));
    free(text);
}

/* As many rows as there may be, straight onto the disk. */
static void rows_fill(struct world *w, uint64_t agent, int64_t version)
{
    struct drafts d = {.of[DRAFT_REPLY] = {version, SPAN_LIT("old")}};
    struct buf value = {0};
    struct fault f;

    drafts_encode(&d, &value);
    for (uint64_t i = 1; i <= DRAFTS_MAX; i++)
        assert_int_equal(turn_row(w->turn, ROW_DRAFT, agent, i, buf_span(&value), &f), ERR_OK);
    buf_fini(&value);
    world_run(w);
}

static void where_there_are_too_many_an_old_one_gives_way(void **state)
{
    struct world *w = *state;
    struct world_chat c;
    struct buf mem = {0};
    world_chat(w, &c, "");
    rows_fill(w, c.agent, w->now_ms);
    assert_string_equal(error_of(save(w, c.ann, c.id, "reply", "x", 0)), "full");
    assert_int_equal(store_read_drafts(w->store, c.agent, 1, &mem), ERR_OK);
    rows_fill(w, c.agent, w->now_ms - 31 * 24 * 3600 * INT64_C(1000));
    kept(save(w, c.ann, c.id, "reply", "x", 0));
    assert_int_equal(store_read_drafts(w->store, c.agent, 1, &mem), ERR_NOTFOUND);
    assert_int_equal(store_read_drafts(w->store, c.agent, 2, &mem), ERR_OK);
    buf_fini(&mem);
}

static void they_are_listed_and_go_with_their_agent(void **state)
{
    struct world *w = *state;
    struct world_chat c;
    struct buf mem = {0};
    uint64_t conv = 0;
    json_t *a;

    world_chat(w, &c, "");
    rows_fill(w, c.agent, w->now_ms);
    a = ask(w, c.ann, "{'id':'l','do':'draft.list','max':150}");
    assert_int_equal(json_array_size(json_object_get(json_object_get(a, "ok"), "rows")), 150);
    a = ask(w, c.ann, "{'id':'m','do':'draft.list','max':150,'cursor':'%s'}", ok_text(a, "cursor"));
    assert_int_equal(json_array_size(json_object_get(json_object_get(a, "ok"), "rows")),
                     DRAFTS_MAX - 150);
    assert_true(json_is_null(json_object_get(json_object_get(a, "ok"), "cursor")));
    assert_string_equal(error_of(operator_ask(w,
                                              "{'id':'d','do':'agent.remove','agent':'%llu',"
                                              "'chats_back':true}",
                                              (unsigned long long)c.agent)),
                        "");
    assert_int_equal(store_next_drafts(w->store, c.agent, &conv, &mem), ERR_NOTFOUND);
    buf_fini(&mem);
}

static void a_value_is_read_as_it_was_written(void **state)
{
    struct drafts d = {
        .of = {[DRAFT_NOTE] = {7, SPAN_LIT("a")}, [DRAFT_MAIL] = {9, SPAN_LIT("b")}}};
    struct drafts out;
    struct buf b = {0}, none = {0};

    (void)state;
    drafts_encode(&d, &b);
    assert_int_equal(drafts_decode(buf_span(&b), &out), ERR_OK);
    assert_int_equal(out.of[DRAFT_REPLY].version, 0);
    assert_int_equal(out.of[DRAFT_NOTE].version, 7);
    assert_true(span_is(out.of[DRAFT_MAIL].text, "b"));
    assert_int_equal(drafts_decode((struct span){b.p, b.len - 1}, &out), ERR_CORRUPT);
    d = (struct drafts){.of[DRAFT_NOTE].version = 5};
    drafts_encode(&d, &none);
    assert_int_equal(none.len, 0);
    buf_fini(&b);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, world_open, world_close)
    const struct CMUnitTest tests[] = {
        T(another_window_has_it_at_once_and_the_disk_too),
        T(of_two_windows_the_later_is_told_what_stands_there),
        T(two_that_come_together_are_against_each_other_too),
        T(what_is_sent_is_a_draft_no_more_and_only_once),
        T(it_outlives_the_end),
        T(it_is_nobody_elses),
        T(what_cannot_be_kept_is_refused_with_its_reason),
        T(where_there_are_too_many_an_old_one_gives_way),
        T(they_are_listed_and_go_with_their_agent),
        cmocka_unit_test(a_value_is_read_as_it_was_written),
    };
#undef T

    return cmocka_run_group_tests(tests, NULL, NULL);
}
