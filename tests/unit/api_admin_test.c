/* Administration: REST, settings, relays, and the control socket's own commands. */
#include "api_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An administrator's cookie, and an agent's. */
static void people(struct world *w, char code[CODE_TEXT], char admin[64], char agent[64],
                   uint64_t *dept)
{
    *dept = world_dept(w, "Sales", code);
    world_agent(w, "root@example.com", *dept, ",'role':'admin'", admin);
    world_agent(w, "ann@example.com", *dept, "", agent);
}

static void rest_is_the_same_vocabulary(void **state)
{
    struct world *w = *state;
    char code[CODE_TEXT], admin[64], agent[64], id[ID_TEXT], path[128];
    const struct sent *s;
    uint64_t dept;
    json_t *a;

    people(w, code, admin, agent, &dept);
    w->cookie = admin;
    s = request(w, API_POST, "/api/v1/departments", "{'name':'Support','type':'private'}");
    assert_int_equal(s->status, 200);
    a = json_loads(s->text, 0, NULL);
    snprintf(id, sizeof(id), "%s", ok_text(a, "department"));
    json_decref(a);
    snprintf(path, sizeof(path), "/api/v1/departments/%s", id);
    s = request(w, API_GET, path, NULL);
    assert_int_equal(s->status, 200);
    assert_non_null(strstr(s->text, "\"type\":\"private\""));
    assert_null(strstr(s->text, "\"embed\""));
    assert_int_equal(request(w, API_PATCH, path, "{'type':'public','offer_ms':20000}")->status,
                     200);
    s = request(w, API_GET, path, NULL);
    assert_non_null(strstr(s->text, "\"offer_ms\":20000"));
    assert_non_null(strstr(s->text, "data-department="));
    s = request(w, API_GET, "/api/v1/agents?max=1", NULL);
    assert_non_null(strstr(s->text, "root@example.com"));
    assert_null(strstr(s->text, "ann@example.com"));
    assert_int_equal(request(w, API_GET, "/api/v1/lists/completed?max=2", NULL)->status, 200);
    assert_int_equal(request(w, API_GET, "/api/v1/settings", NULL)->status, 200);
    assert_int_equal(request(w, API_GET, "/api/v1/status", NULL)->status, 200);
    assert_int_equal(request(w, API_GET, "/api/v1/portal", NULL)->status, 200);
    assert_int_equal(request(w, API_GET, "/api/v1/mails?state=deferred", NULL)->status, 200);
    assert_int_equal(request(w, API_DELETE, path, NULL)->status, 200);
    assert_int_equal(request(w, API_GET, path, NULL)->status, 404);
}

/* What is left out of a membership stays as it was; and a department that is named has to be there.
 */
static void a_tier_stays_and_an_overflow_is_a_department(void **state)
{
    struct world *w = *state;
    char code[CODE_TEXT], admin[64], agent[64], member[160], path[100];
    const struct sent *s;
    uint64_t dept;

    people(w, code, admin, agent, &dept);
    w->cookie = admin;
    snprintf(path, sizeof(path), "/api/v1/departments/%llu", (unsigned long long)dept);
    snprintf(member, sizeof(member), "%s/agents/%llu", path,
             (unsigned long long)core_agent_by_email(w->core, SPAN_LIT("ann@example.com"))->id);
    assert_int_equal(request(w, API_PUT, member, "{'tier':10}")->status, 400);
    assert_int_equal(request(w, API_PUT, member, "{'tier':0}")->status, 400);
    assert_int_equal(request(w, API_PUT, member, "{'tier':3}")->status, 200);
    assert_int_equal(request(w, API_PUT, member, "{'notify':false}")->status, 200);
    s = request(w, API_GET, path, NULL);
    assert_non_null(strstr(s->text, "\"chat\":true,\"notify\":false,\"tier\":3"));
    assert_non_null(strstr(s->text, "\"overflow\":\"\""));
    s = request(w, API_PATCH, path, "{'overflow':7}");
    assert_int_equal(s->status, 400);
    assert_non_null(strstr(s->text, "\"field\":\"overflow\""));
    assert_int_equal(request(w, API_PATCH, path, "{'overflow':'seven'}")->status, 400);
    assert_int_equal(request(w, API_PATCH, path, "{'overflow':'777'}")->status, 404);
    assert_int_equal(request(w, API_PATCH, path, "{'overflow':''}")->status, 200);
}

/* Two administrators: the second one's change is refused whole, with what the first one did. */
static void a_stale_change_is_told_what_has_changed(void **state)
{
    struct world *w = *state;
    char code[CODE_TEXT], admin[64], agent[64], path[100];
    const struct sent *s;
    uint64_t dept;

    people(w, code, admin, agent, &dept);
    w->cookie = admin;
    snprintf(path, sizeof(path), "/api/v1/departments/%llu", (unsigned long long)dept);
    assert_non_null(strstr(request(w, API_GET, path, NULL)->text, "\"version\":1"));
    s = request(w, API_PATCH, path, "{'description':'one','rules':'','version':1}");
    assert_int_equal(s->status, 200);
    assert_non_null(strstr(s->text, "\"version\":2"));
    s = request(w, API_PATCH, path, "{'queue_max':7,'description':'two','version':1}");
    assert_int_equal(s->status, 409);
    assert_non_null(strstr(s->text, "\"code\":\"conflict\",\"field\":\"description\","
                                    "\"reason\":\"stale\""));
    assert_non_null(
        strstr(s->text, "\"changed\":[{\"field\":\"description\",\"value\":\"one\",\"by\":\""));
    assert_non_null(strstr(s->text, "\"at_ms\":"));
    s = request(w, API_GET, path, NULL);
    assert_non_null(strstr(s->text, "\"queue_max\":50"));
    assert_int_equal(request(w, API_PATCH, path, "{'queue_max':7,'version':1}")->status, 200);
    assert_int_equal(request(w, API_PATCH, path, "{'queue_max':7,'version':0}")->status, 400);
    assert_int_equal(request(w, API_PATCH, "/api/v1/portal", "{'name':'A','version':1}")->status,
                     200);
    s = request(w, API_PATCH, "/api/v1/portal", "{'name':'B','version':1}");
    assert_non_null(strstr(s->text, "\"changed\":[{\"field\":\"name\",\"value\":\"A\""));
    assert_non_null(strstr(request(w, API_GET, "/api/v1/portal", NULL)->text, "\"version\":2"));
    assert_null(strstr(s->text, "\"description\""));
}

static void rest_refuses_by_name(void **state)
{
    struct world *w = *state;
    char code[CODE_TEXT], admin[64], agent[64], path[128];
    const struct sent *s;
    uint64_t dept;
    static const struct {
        enum api_method method;
        const char *path, *body;
        int status;
        const char *part;
    } rows[] = {
        {API_GET, "/api/v1/nothing", NULL, 404, "unknown"},
        {API_PUT, "/api/v1/portal", "{}", 405, "GET, PATCH"},
        {API_GET, "/api/v1/agents?max=x", NULL, 400, "\"field\":\"max\""},
        {API_GET, "/api/v1/agents?max=0", NULL, 400, "\"field\":\"max\""},
        {API_GET, "/api/v1/agents?size=3", NULL, 400, "\"field\":\"size\""},
        {API_GET, "/api/v1/agents?max=1&max=2", NULL, 400, "twice"},
        {API_GET, "/api/v1/agents?max=%zz", NULL, 400, "escape"},
        {API_GET, "/api/v1/departments/0", NULL, 400, "\"field\":\"department\""},
        {API_GET, "/api/v1/departments/99", NULL, 404, "no such department"},
        {API_POST, "/api/v1/departments", "{'name':'A','do':'status'}", 400, "\"field\":\"do\""},
        {API_POST, "/api/v1/departments", "{'name':'A'", 400, "JSON"},
        {API_POST, "/api/v1/departments", "{'name':'A','offer_ms':'x'}", 400, "offer_ms"},
        {API_POST, "/api/v1/departments", "{'name':'A','type':'secret'}", 400, "public, private"},
        {API_POST, "/api/v1/departments", "{'name':'A','mail.missed.addresses':'a@b, c'}", 400,
         "mail.missed.addresses"},
        {API_POST, "/api/v1/departments",
         "{'name':'A','mail.missed.addresses':'a@x.example, b@\\u0301y.example'}", 400,
         "y.example\\\": there cannot be such a domain"},
        {API_PATCH, "/api/v1/portal", "{'from':'a@xn--99999999.example'}", 400,
         "\"field\":\"from\""},
        {API_PATCH, "/api/v1/portal", "{'from':'a@例え.jp'}", 200, "ok"},
        {API_PATCH, "/api/v1/portal", "{'relay_secret':'x'}", 403, "relay_secret"},
    };

    people(w, code, admin, agent, &dept);
    w->cookie = admin;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        print_message("  %s\n", rows[i].path);
        s = request(w, rows[i].method, rows[i].path, rows[i].body);
        assert_int_equal(s->status, rows[i].status);
        assert_non_null(strstr(s->text, rows[i].part));
    }
    s = request(w, API_GET, "/api/v1/departments", NULL);
    assert_null(strstr(s->text, "\"name\":\"A\"")); /* nothing half-saved */
    w->cookie = agent;
    assert_int_equal(request(w, API_GET, "/api/v1/departments", NULL)->status, 403);
    w->cookie = "nonsense";
    assert_int_equal(request(w, API_GET, "/api/v1/departments", NULL)->status, 401);
    w->cookie = admin;
    w->origin = "https://evil.example";
    snprintf(path, sizeof(path), "/api/v1/departments/%llu", (unsigned long long)dept);
    assert_int_equal(request(w, API_DELETE, path, NULL)->status, 403);
    w->origin = NULL;
    assert_int_equal(request(w, API_DELETE, path, NULL)->status, 403);
    err_t err;
    w->origin = "https://evil.example";
    agent_conn(w, admin, &err);
    assert_int_equal(err, ERR_DENIED);
}

static const char *const methods[] = {[API_GET] = "get",
                                      [API_POST] = "post",
                                      [API_PUT] = "put",
                                      [API_PATCH] = "patch",
                                      [API_DELETE] = "delete"};

/* A picture is no JSON, and has no fields. */
static bool takes_fields(const json_t *op)
{
    const json_t *content = json_object_get(json_object_get(op, "requestBody"), "content");

    return content == NULL || json_object_get(content, "application/json") != NULL;
}

/* Every operation of the document is there, and takes no field that it does not name. */
static void the_openapi_document_tells_what_is_served(void **state)
{
    struct world *w = *state;
    char code[CODE_TEXT], admin[64], agent[64];
    uint64_t dept;
    const char *path, *method;
    json_t *doc, *ops, *op;
    size_t count = 0;

    people(w, code, admin, agent, &dept);
    doc = json_loads(request(w, API_GET, "/api/v1/openapi.json", NULL)->text,
                     JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(doc);
    w->cookie = admin;
    json_object_foreach (json_object_get(doc, "paths"), path, ops) {
        json_object_foreach (ops, method, op) {
            char url[160] = "/api/v1";
            enum api_method m = API_GET;
            const struct sent *s;

            for (const char *p = path; *p != 0; p++) {
                size_t n = strlen(url);
                bool hole = *p == '{';

                snprintf(url + n, sizeof(url) - n, "%c", hole ? '9' : *p);
                if (hole)
                    p = strchr(p, '}');
            }
            while (methods[m] == NULL || strcmp(methods[m], method) != 0)
                m++;
            if (m == API_GET || m == API_DELETE)
                snprintf(url + strlen(url), sizeof(url) - strlen(url), "?zzz=1");
            print_message("  %s %s\n", method, url);
            s = request(w, m, url,
                        m == API_GET || m == API_DELETE ? NULL : "{'do':'status','zzz':1}");
            assert_int_equal(s->status, takes_fields(op) ? 400 : 404);
            assert_non_null(json_object_get(op, "operationId"));
            count++;
        }
    }
    assert_true(count >= 30);
    json_decref(doc);
}

static void an_idempotency_key_is_the_commands_id(void **state)
{
    struct world *w = *state;
    char code[CODE_TEXT], admin[64], agent[64];
    uint64_t dept;
    struct api_request rq = {.method = API_POST,
                             .path = SPAN_LIT("/api/v1/departments"),
                             .host = SPAN_LIT("chat.example.com"),
                             .origin = SPAN_LIT("https://chat.example.com"),
                             .key = SPAN_LIT("key-1"),
                             .type = SPAN_LIT("application/json; charset=utf-8"),
                             .body = SPAN_LIT("{\"name\":\"Once\"}")};

    people(w, code, admin, agent, &dept);
    rq.cookie = span_of(admin);
    for (uint64_t conn = 1; conn <= 2; conn++) {
        api_on_request(w->api, conn, &rq);
        world_run(w);
    }
    assert_string_equal(sent_find(w, 1, "\"ok\"")->text, sent_find(w, 2, "\"ok\"")->text);
    rq.body = SPAN_LIT("{\"name\":\"Twice\"}");
    api_on_request(w->api, 3, &rq);
    world_run(w);
    assert_int_equal(sent_find(w, 3, "reused")->status, 409);
}

static void the_relays_password_is_never_shown_again(void **state)
{
    struct world *w = *state;
    json_t *a = operator_ask(w, "{'id':'1','do':'relay.password','password':'hunter2hunter2'}");
    struct buf open = {0}, sealed = {0};
    uint8_t pub[KEY_BYTES], sec[KEY_BYTES], bytes[512];
    size_t len;

    assert_string_equal(error_of(a), "");
    a = operator_ask(w, "{'id':'2','do':'portal.show'}");
    assert_true(json_is_true(
        json_object_get(json_object_get(json_object_get(a, "ok"), "portal"), "relay_secret")));
    for (size_t i = 0; i < w->nsent; i++)
        assert_true(w->sent[i].text == NULL || strstr(w->sent[i].text, "hunter2") == NULL);
    /* And the dispatcher can open it. */
    store_seal_key(w->store, pub);
    assert_int_equal(store_unseal_key(w->store, sec), ERR_OK);
    assert_int_equal(
        b64url_decode(span_of(core_portal(w->core)->relay_secret), bytes, sizeof(bytes), &len),
        ERR_OK);
    assert_int_equal(seal_open(&open, (struct span){(const char *)bytes, len}, pub, sec), ERR_OK);
    assert_true(span_is(buf_span(&open), "hunter2hunter2"));
    buf_fini(&open);
    buf_fini(&sealed);
}

static void a_departments_relay_has_a_password_of_its_own(void **state)
{
    struct world *w = *state;
    char code[CODE_TEXT];
    uint64_t dept = world_dept(w, "Sales", code);
    json_t *a = operator_ask(w,
                             "{'id':'1','do':'relay.password','password':'hunter2hunter2',"
                             "'department':'%llu'}",
                             (unsigned long long)dept);

    assert_string_equal(error_of(a), "");
    assert_string_equal(core_portal(w->core)->relay_secret, "");
    assert_true(core_dept(w->core, dept)->relay.secret[0] != '\0');
    a = operator_ask(w, "{'id':'2','do':'department.show','department':'%llu'}",
                     (unsigned long long)dept);
    assert_true(json_is_true(
        json_object_get(json_object_get(json_object_get(a, "ok"), "department"), "relay.secret")));
    a = operator_ask(w, "{'id':'3','do':'relay.password','password':'x','department':'77'}");
    assert_string_equal(error_of(a), "unknown");
}

static void a_dispatcher_is_woken(void **state)
{
    struct world *w = *state;

    api_wake(w->api);
    assert_int_equal(sent_count(w, OPERATOR, "wake"), 0);
    operator_ask(w, "{'id':'1','do':'dispatcher.attach'}");
    api_wake(w->api);
    assert_int_equal(sent_count(w, OPERATOR, "{\"ev\":\"wake\"}"), 1);
    api_on_gone(w->api, OPERATOR);
    api_wake(w->api);
    assert_int_equal(sent_count(w, OPERATOR, "{\"ev\":\"wake\"}"), 1);
}

static void a_backup_is_made_beside_the_loop(void **state)
{
    struct world *w = *state;
    char to[128];
    json_t *a;

    assert_string_equal(error_of(operator_ask(w, "{'id':'0','do':'backup','to':'relative'}")),
                        "invalid");
    snprintf(to, sizeof(to), "%s/backup", w->dir);
    a = operator_ask(w, "{'id':'1','do':'backup','to':'%s'}", to);
    assert_string_equal(ok_text(a, "to"), to);
    assert_int_equal(json_array_size(json_object_get(json_object_get(a, "ok"), "keys")), 2);
    a = operator_ask(w, "{'id':'2','do':'backup','to':'%s'}", to);
    assert_string_not_equal(error_of(a), "");
    snprintf(to, sizeof(to), "%s/without", w->dir);
    a = operator_ask(w, "{'id':'3','do':'backup','to':'%s','without_keys':true}", to);
    assert_int_equal(json_array_size(json_object_get(json_object_get(a, "ok"), "keys")), 0);
}

static void degraded_states_are_shown(void **state)
{
    struct world *w = *state;
    char code[CODE_TEXT], admin[64], agent[64];
    uint64_t dept, conn;

    people(w, code, admin, agent, &dept);
    conn = world_ready(w, agent);
    ask(w, conn, "{'id':'m','do':'subscribe','topic':'me'}");
    watch_notice(w->watch, "disk", "the disk is nearly full", "", true);
    assert_int_equal(sent_count(w, conn, "\"code\":\"disk\""), 1);
    watch_notice(w->watch, "disk", "the disk is nearly full", "", true);
    assert_int_equal(sent_count(w, conn, "\"code\":\"disk\""), 1);
    turn_set_readonly(w->turn, true);
    assert_int_equal(request(w, API_GET, "/readyz", NULL)->status, 503);
    assert_string_equal(error_of(ask(w, conn, "{'id':'a','do':'agent.status','status':'away'}")),
                        "read-only");
    turn_set_readonly(w->turn, false);
    assert_int_equal(request(w, API_GET, "/readyz", NULL)->status, 200);
    watch_notice(w->watch, "disk", "", "", false);
    assert_non_null(sent_find(w, conn, "\"on\":false"));
}

static void a_demo_names_a_public_department_to_anybody(void **state)
{
    struct world *w = *state;
    struct api_config config = {.demo = true};
    char code[CODE_TEXT], private[CODE_TEXT];
    uint64_t dept;

    dept = world_dept(w, "Backroom", private);
    world_dept(w, "Sales", code);
    operator_ask(w, "{'id':'p','do':'department.set','department':'%llu','type':'private'}",
                 (unsigned long long)dept);
    assert_int_equal(request(w, API_GET, "/demo/department", NULL)->status, 404);
    api_configure(w->api, &config);
    const struct sent *s = request(w, API_GET, "/demo/department", NULL);
    assert_int_equal(s->status, 200);
    assert_non_null(strstr(s->text, code));
    assert_null(strstr(s->text, private));
    assert_int_equal(request(w, API_POST, "/demo/department", NULL)->status, 404);
}

/* Two a page: each of five is shown once, in the order of ids, and the last page says so. */
static json_t *agent_of(struct world *w, uint64_t conn, uint64_t agent)
{
    json_t *a = ask(w, conn, "{'id':'ag%u','do':'agent.show','agent':'%llu'}", (unsigned)w->nsent,
                    (unsigned long long)agent);

    return json_object_get(json_object_get(a, "ok"), "agent");
}

static void what_is_noted_about_an_agent_is_for_administrators(void **state)
{
    struct world *w = *state;
    char code[CODE_TEXT], admin[64], agent[64];
    uint64_t dept, ann, boss, conn, chief;
    json_t *own;

    people(w, code, admin, agent, &dept);
    ann = core_agent_by_email(w->core, SPAN_LIT("ann@example.com"))->id;
    boss = core_agent_by_email(w->core, SPAN_LIT("root@example.com"))->id;
    conn = world_ready(w, agent);
    chief = world_ready(w, admin);
    operator_ask(w,
                 "{'id':'s','do':'agent.set','agent':'%llu','note':'knows the press',"
                 "'extension':'4711','mobile':'090-1234'}",
                 (unsigned long long)ann);
    operator_ask(w, "{'id':'t','do':'agent.set','agent':'%llu','note':'of the boss'}",
                 (unsigned long long)boss);
    own = agent_of(w, conn, ann);
    assert_string_equal(json_string_value(json_object_get(own, "note")), "");
    assert_string_equal(json_string_value(json_object_get(own, "extension")), "4711");
    assert_string_equal(json_string_value(json_object_get(own, "mobile")), "090-1234");
    assert_null(agent_of(w, conn, boss));
    assert_string_equal(json_string_value(json_object_get(agent_of(w, chief, ann), "note")),
                        "knows the press");
    assert_string_equal(json_string_value(json_object_get(agent_of(w, chief, boss), "note")),
                        "of the boss");
    ask(w, conn, "{'id':'me','do':'subscribe','topic':'me'}");
    assert_null(sent_find(w, conn, "knows the press"));
    assert_null(sent_find(w, conn, "of the boss"));
}

static void lists_of_people_and_departments_go_on_where_a_page_ended(void **state)
{
    static const char *const lists[] = {"agent.list", "department.list"};
    struct world *w = *state;
    char code[CODE_TEXT], cookie[64], email[32], name[32];

    for (unsigned i = 0; i < 5; i++) {
        snprintf(name, sizeof(name), "Sales%u", i);
        snprintf(email, sizeof(email), "a%u@example.com", i);
        world_agent(w, email, world_dept(w, name, code), "", cookie);
    }
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        char cursor[ID_TEXT + 16] = "", last[ID_TEXT] = "";
        size_t shown = 0, pages = 0;

        for (bool more = true; more; pages++) {
            const json_t *ok = json_object_get(operator_ask(w, "{'id':'%s%zu','do':'%s','max':2%s}",
                                                            lists[i], pages, lists[i], cursor),
                                               "ok");
            const json_t *rows = json_object_get(ok, "rows");

            assert_in_range(json_array_size(rows), 1, 2);
            for (size_t at = 0; at < json_array_size(rows); at++, shown++) {
                const char *id = json_string_value(json_object_get(json_array_get(rows, at), "id"));

                assert_true(strcmp(id, last) > 0);
                snprintf(last, sizeof(last), "%s", id);
            }
            more = json_is_string(json_object_get(ok, "cursor"));
            if (more)
                snprintf(cursor, sizeof(cursor), ",'cursor':'%s'",
                         json_string_value(json_object_get(ok, "cursor")));
        }
        assert_int_equal(shown, 5);
        assert_int_equal(pages, 3);
    }
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, world_open, world_close)
    const struct CMUnitTest tests[] = {
        T(rest_is_the_same_vocabulary),
        T(a_tier_stays_and_an_overflow_is_a_department),
        T(a_stale_change_is_told_what_has_changed),
        T(rest_refuses_by_name),
        T(the_openapi_document_tells_what_is_served),
        T(an_idempotency_key_is_the_commands_id),
        T(the_relays_password_is_never_shown_again),
        T(a_departments_relay_has_a_password_of_its_own),
        T(a_dispatcher_is_woken),
        T(a_backup_is_made_beside_the_loop),
        T(degraded_states_are_shown),
        T(a_demo_names_a_public_department_to_anybody),
        T(what_is_noted_about_an_agent_is_for_administrators),
        T(lists_of_people_and_departments_go_on_where_a_page_ended),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
