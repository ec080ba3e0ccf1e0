/* Agents' pictures over the wire: taken in, shown to whom a name is shown, and gone. */
#include "api_world.h"

#include <stdlib.h>
#include <string.h>

#include "deskbell/crypto.h"
#include "picture_help.h"

#define PICTURE_NAME_DIGITS 32

/* Send a picture as a body; the reply, borrowed. */
static const struct sent *put(struct world *w, uint64_t agent, struct span bytes)
{
    char path[64];
    uint64_t conn;

    snprintf(path, sizeof(path), "/api/v1/agents/%llu/picture", (unsigned long long)agent);
    w->raw = bytes;
    conn = request_begin(w, API_PUT, path, "");
    w->raw = SPAN_NONE;
    return sent_find(w, conn, "");
}

static void keep_name(const char *answer, char name[PICTURE_NAME])
{
    const char *at = strstr(answer, "\"picture\":\"");

    assert_non_null(at);
    snprintf(name, PICTURE_NAME, "%.*s", PICTURE_NAME_DIGITS, at + 11);
    assert_int_equal(strspn(name, "0123456789abcdef"), PICTURE_NAME_DIGITS);
}

static void set(struct world *w, uint64_t agent, uint32_t side, char name[PICTURE_NAME])
{
    struct buf png = {0};
    const struct sent *s;

    picture_png(&png, side, side);
    s = put(w, agent, buf_span(&png));
    assert_int_equal(s->status, 200);
    if (name != NULL)
        keep_name(s->text, name);
    buf_fini(&png);
}

static const struct sent *get(struct world *w, const char *name)
{
    char path[80];

    snprintf(path, sizeof(path), "/w/picture/%s", name);
    return request(w, API_GET, path, NULL);
}

static bool is_there(struct world *w, const char *name)
{
    return get(w, name)->status == 200;
}

static bool says(const json_t *answer, const char *part)
{
    char *text = json_dumps(answer, JSON_COMPACT);
    bool does = strstr(text, part) != NULL;

    free(text);
    return does;
}

static void it_is_served_under_its_name_and_by_no_other(void **state)
{
    struct world *w = *state;
    struct world_chat c;
    char name[PICTURE_NAME], other[PICTURE_NAME];
    const struct sent *s;

    world_chat(w, &c, "");
    w->cookie = c.cookie;
    set(w, c.agent, 64, name);
    w->cookie = NULL;
    s = get(w, name);
    assert_int_equal(s->status, 200);
    assert_memory_equal(s->text, "RIFF", 4);
    assert_non_null(strstr(s->headers, "Cache-Control: private, max-age=604800, immutable\n"));
    assert_non_null(strstr(s->headers, "Access-Control-Allow-Origin: *\n"));
    assert_non_null(strstr(s->headers, "Cross-Origin-Resource-Policy: cross-origin\n"));
    for (size_t i = 0; i < PICTURE_NAME_DIGITS; i++) {
        memcpy(other, name, sizeof(other));
        other[i] = other[i] == '0' ? '1' : '0';
        s = get(w, other);
        assert_int_equal(s->status, 404);
    }
    assert_int_equal(get(w, "")->status, 404);
    assert_int_equal(get(w, "00000000000000000000000000000000")->status, 404);
    assert_int_equal(request(w, API_POST, "/w/picture/x", "")->status, 405);
}

/* By its name nobody learns whose it is: that of one picture differs for each agent. */
static void two_agents_with_one_picture_have_two_names(void **state)
{
    struct world *w = *state;
    struct world_chat c;
    char name[PICTURE_NAME], other[PICTURE_NAME], cookie[64];
    uint64_t bob;

    world_chat(w, &c, "");
    bob = world_agent(w, "bob@example.com", c.dept, "", cookie);
    w->cookie = c.cookie;
    set(w, c.agent, 64, name);
    w->cookie = cookie;
    set(w, bob, 64, other);
    assert_string_not_equal(name, other);
    assert_true(is_there(w, name) && is_there(w, other));
    operator_ask(w, "{'id':'d','do':'picture.remove','agent':'%llu'}", (unsigned long long)bob);
    assert_true(is_there(w, name));
    assert_false(is_there(w, other));
}

static void what_nobody_has_any_more_is_not_there(void **state)
{
    struct world *w = *state;
    struct world_chat c;
    char first[PICTURE_NAME], second[PICTURE_NAME];

    world_chat(w, &c, "");
    w->cookie = c.cookie;
    set(w, c.agent, 64, first);
    set(w, c.agent, 65, second); /* the same quarters, drawn from others */
    if (strcmp(first, second) != 0)
        assert_false(is_there(w, first));
    assert_true(is_there(w, second));
    assert_string_equal(error_of(operator_ask(w,
                                              "{'id':'x','do':'agent.remove','agent':'%llu',"
                                              "'chats_back':true,'anonymise':true}",
                                              (unsigned long long)c.agent)),
                        "");
    assert_false(is_there(w, second));
}

static void colleagues_and_visitors_hear_of_it_at_once(void **state)
{
    struct world *w = *state;
    struct world_chat c;
    char name[PICTURE_NAME], wanted[80], bobs[64];
    uint64_t bob;

    world_chat(w, &c, "");
    world_agent(w, "bob@example.com", c.dept, "", bobs);
    bob = world_ready(w, bobs);
    ask(w, bob, "{'id':'m','do':'subscribe','topic':'me'}");
    ask(w, c.ann, "{'id':'m','do':'subscribe','topic':'me'}");
    sent_forget(w);
    w->cookie = c.cookie;
    set(w, c.agent, 64, name);
    world_advance(w, 1000);
    snprintf(wanted, sizeof(wanted), "\"picture\":\"%s\"", name);
    assert_non_null(sent_find(w, bob, wanted));
    assert_non_null(sent_find(w, c.ann, wanted));
    assert_non_null(sent_find(w, c.vera, wanted));
    assert_non_null(sent_find(w, c.vera, "\"ev\":\"chat.state\""));
    ask(w, c.ann, "{'id':'s','do':'chat.send','conversation':'%s','text':'Hello'}", c.id);
    assert_non_null(sent_find(w, c.vera, "\"kind\":\"message\",\"by\":\"agent\""));
    sent_forget(w);
    ask(w, c.vera, "{'id':'v','do':'chat.send','text':'Hi'}");
    assert_null(sent_find(w, c.vera, wanted)); /* her own line has none */
    operator_ask(w, "{'id':'d','do':'picture.remove','agent':'%llu'}", (unsigned long long)c.agent);
    world_advance(w, 1000);
    assert_non_null(sent_find(w, c.vera, "\"ev\":\"chat.state\""));
    assert_null(sent_find(w, c.vera, wanted));
    assert_null(sent_find(w, bob, wanted));
}

/* What he said is read again without his picture by visitors, and colleagues read that he is gone.
 */
static void who_is_gone_is_not_shown_to_visitors(void **state)
{
    struct world *w = *state;
    struct world_chat c;
    char name[PICTURE_NAME], cookie[64];
    json_t *a, *line = NULL, *one;
    uint64_t boss;
    size_t i;

    world_chat(w, &c, "");
    w->cookie = c.cookie;
    set(w, c.agent, 64, name);
    ask(w, c.ann, "{'id':'s','do':'chat.send','conversation':'%s','text':'Hello'}", c.id);
    world_agent(w, "boss@example.com", c.dept, ",'role':'admin'", cookie);
    boss = world_ready(w, cookie);
    a = ask(w, c.vera, "{'id':'r','do':'chat.resume','chat':'%s','token':'%s'}", c.id, c.token);
    assert_true(says(a, name));
    operator_ask(w, "{'id':'x','do':'agent.remove','agent':'%llu','chats_back':true}",
                 (unsigned long long)c.agent);
    a = ask(w, c.vera, "{'id':'r2','do':'chat.resume','chat':'%s','token':'%s'}", c.id, c.token);
    assert_false(says(a, name));
    a = ask(w, boss, "{'id':'h','do':'conversation.read','conversation':'%s'}", c.id);
    json_array_foreach (json_object_get(json_object_get(a, "ok"), "lines"), i, one)
        if (strcmp(json_string_value(json_object_get(one, "kind")), "message") == 0 &&
            json_object_get(one, "picture") != NULL)
            line = one;
    assert_non_null(line);
    assert_true(json_is_true(json_object_get(line, "gone")));
    assert_string_equal(json_string_value(json_object_get(line, "picture")), name);
    assert_true(is_there(w, name));
}

static void it_comes_in_a_field_as_well(void **state)
{
    struct world *w = *state;
    struct world_chat c;
    struct buf png = {0};
    char *text;
    json_t *a;

    world_chat(w, &c, "");
    picture_png(&png, 64, 64);
    text = xmalloc(png.len * 2 + 4);
    b64url_encode(text, png.p, png.len);
    a = ask(w, c.ann, "{'id':'p','do':'picture.set','agent':'%llu','picture':'%s'}",
            (unsigned long long)c.agent, text);
    assert_true(is_there(w, ok_text(a, "picture")));
    a = operator_ask(w, "{'id':'q','do':'picture.set','agent':'%llu','picture':'%s'}",
                     (unsigned long long)c.agent, text);
    assert_true(json_is_true(json_object_get(json_object_get(a, "ok"), "unchanged")));
    a = ask(w, c.ann, "{'id':'n','do':'picture.set','agent':'%llu'}", (unsigned long long)c.agent);
    assert_string_equal(error_of(a), "invalid");
    a = ask(w, c.ann, "{'id':'o','do':'picture.set','agent':'%llu','picture':'!!!'}",
            (unsigned long long)c.agent);
    assert_string_equal(error_of(a), "invalid");
    free(text);
    buf_fini(&png);
}

static void what_cannot_be_one_is_refused_by_name(void **state)
{
    struct world *w = *state;
    struct world_chat c;
    char *much = xcalloc(1, PICTURE_MAX_BYTES + 1), cookie[64];
    uint64_t bob;
    const struct sent *s;

    world_chat(w, &c, "");
    bob = world_agent(w, "bob@example.com", c.dept, "", cookie);
    w->cookie = c.cookie;
    s = put(w, c.agent, SPAN_LIT("<svg/>"));
    assert_int_equal(s->status, 400);
    assert_non_null(strstr(s->text, "\"field\":\"picture\",\"reason\":\"picture-kind\""));
    s = put(w, c.agent, (struct span){much, PICTURE_MAX_BYTES + 1});
    assert_int_equal(s->status, 413);
    assert_non_null(strstr(s->text, "\"reason\":\"too-long-bytes\""));
    s = put(w, bob, SPAN_LIT("x"));
    assert_int_equal(s->status, 403);
    s = put(w, 99999, SPAN_LIT("x"));
    assert_int_equal(s->status, 403);
    w->cookie = NULL;
    s = put(w, c.agent, SPAN_LIT("x"));
    assert_int_equal(s->status, 401);
    free(much);
}

/* Decoding costs much: a few wait at a time, and nobody has many. */
static void there_are_few_at_a_time_and_in_an_hour(void **state)
{
    struct world *w = *state;
    struct world_chat c;
    const struct sent *s = NULL;
    struct buf png = {0};
    unsigned busy = 0, late = 0;

    world_chat(w, &c, "");
    w->cookie = c.cookie;
    picture_png(&png, 20, 20);
    w->jobs_stopped = true;
    for (int i = 0; i < 6; i++) {
        s = put(w, c.agent, buf_span(&png));
        busy += s != NULL && s->status == 503;
    }
    assert_int_equal(busy, 2);
    w->jobs_stopped = false;
    world_run(w);
    for (int i = 0; i < 60; i++)
        late += put(w, c.agent, buf_span(&png))->status == 429;
    assert_true(late > 0 && late < 10);
    buf_fini(&png);
}

static void a_longer_body_is_for_whoever_is_known(void **state)
{
    struct world *w = *state;
    struct world_chat c;
    struct api_request rq = {.method = API_PUT, .path = SPAN_LIT("/api/v1/agents/1/picture")};

    world_chat(w, &c, "");
    assert_int_equal(api_body_max(w->api, &rq), 0);
    rq.cookie = span_of(c.cookie);
    assert_int_equal(api_body_max(w->api, &rq), PICTURE_MAX_BYTES);
    rq.auth = SPAN_LIT("Bearer dbt_wrong");
    assert_int_equal(api_body_max(w->api, &rq), 0);
    rq.auth = SPAN_NONE;
    rq.method = API_DELETE;
    assert_int_equal(api_body_max(w->api, &rq), 0);
    rq.method = API_POST;
    rq.path = SPAN_LIT("/api/v1/agents");
    assert_int_equal(api_body_max(w->api, &rq), 0);
    rq.path = SPAN_LIT("/w/x/command");
    assert_int_equal(api_body_max(w->api, &rq), 0);
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, world_open, world_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(it_is_served_under_its_name_and_by_no_other),
        T(two_agents_with_one_picture_have_two_names),
        T(what_nobody_has_any_more_is_not_there),
        T(colleagues_and_visitors_hear_of_it_at_once),
        T(who_is_gone_is_not_shown_to_visitors),
        T(it_comes_in_a_field_as_well),
        T(what_cannot_be_one_is_refused_by_name),
        T(there_are_few_at_a_time_and_in_an_hour),
        T(a_longer_body_is_for_whoever_is_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
