/* The ways in: passwords, sessions, one-time links and the mails that carry them. */
#include "api_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONSOLE_LINK "https://chat.example.com/console/#link="

/* An administrator's cookie, and an agent's. */
static void people(struct world *w, char code[CODE_TEXT], char admin[64], char agent[64],
                   uint64_t *dept)
{
    *dept = world_dept(w, "Sales", code);
    world_agent(w, "root@example.com", *dept, ",'role':'admin'", admin);
    world_agent(w, "ann@example.com", *dept, "", agent);
}

/* Whoever asked with the old one is not let in by what was true when he asked. */
static void a_password_that_changes_while_it_is_looked_at_lets_nobody_in(void **state)
{
    struct world *w = *state;
    char code[CODE_TEXT], cookie[64], body[200];
    uint64_t dept = world_dept(w, "Sales", code), agent, conn;
    struct job looked, set;
    json_t *a;

    agent = world_agent(w, "ann@example.com", dept, "", cookie);
    w->jobs_stopped = true;
    conn = request_begin(w, API_POST, "/api/v1/session",
                         "{'email':'ann@example.com','password':'a long enough password'}");
    assert_int_equal(w->njobs, 1);
    looked = w->jobs[0];
    looked.fn(looked.ctx);
    w->njobs = 0;
    a = operator_ask(w, "{'id':'l','do':'agent.link','agent':'%llu'}", (unsigned long long)agent);
    snprintf(body, sizeof(body), "{'link':'%s','password':'quite another password'}",
             strstr(ok_text(a, "link"), "#link=") + 6);
    request_begin(w, API_POST, "/api/v1/password", body);
    assert_int_equal(w->njobs, 1);
    set = w->jobs[0];
    set.fn(set.ctx);
    w->njobs = 0;
    set.done(set.ctx);
    looked.done(looked.ctx);
    world_run(w);
    assert_non_null(sent_find(w, conn, ""));
    assert_int_equal(sent_find(w, conn, "")->status, 401);
    assert_null(strstr(sent_find(w, conn, "")->headers, "deskbell="));
}

static void a_page_for_who_is_disabled_meanwhile_is_refused(void **state)
{
    struct world *w = *state;
    char code[CODE_TEXT], cookie[64];
    uint64_t dept = world_dept(w, "Sales", code), agent, conn;

    agent = world_agent(w, "ann@example.com", dept, "", cookie);
    w->disk_stopped = true;
    tell(w, OPERATOR, "{'id':'n','do':'portal.set','name':'Shop'}"); /* something to wait for */
    w->cookie = cookie;
    conn = request_begin(w, API_GET, "/api/v1/lists/completed", NULL);
    w->cookie = NULL;
    tell(w, OPERATOR, "{'id':'d','do':'agent.set','agent':'%llu','enabled':false}",
         (unsigned long long)agent);
    w->disk_stopped = false;
    world_run(w);
    assert_non_null(sent_find(w, conn, ""));
    assert_int_equal(sent_find(w, conn, "")->status, 401);
}

static void signing_in_tells_nothing_apart(void **state)
{
    struct world *w = *state;
    char code[CODE_TEXT], admin[64], agent[64], unknown[512];
    const struct sent *s;
    uint64_t dept;

    people(w, code, admin, agent, &dept);
    s = request(w, API_POST, "/api/v1/session",
                "{'email':'nobody@example.com','password':'a long enough password'}");
    assert_int_equal(s->status, 401);
    snprintf(unknown, sizeof(unknown), "%s", s->text);
    s = request(w, API_POST, "/api/v1/session", "{'email':'ann@example.com','password':'wrong'}");
    assert_int_equal(s->status, 401);
    assert_string_equal(s->text, unknown);
    s = request(w, API_POST, "/api/v1/session",
                "{'email':'Ann@Example.com','password':'a long enough password'}");
    assert_int_equal(s->status, 200);
    assert_non_null(strstr(s->headers, "HttpOnly; SameSite=Strict; Secure"));
    assert_non_null(strstr(s->text, "\"email\":\"ann@example.com\""));

    const char *at = strstr(s->headers, "deskbell=");
    char cookie[64];
    snprintf(cookie, sizeof(cookie), "%.*s", (int)strcspn(at + 9, ";"), at + 9);
    w->cookie = cookie;
    assert_int_equal(request(w, API_GET, "/api/v1/session", NULL)->status, 200);
    err_t err;
    uint64_t conn = agent_conn(w, cookie, &err);
    assert_int_equal(err, ERR_OK);
    w->cookie = cookie;
    s = request(w, API_DELETE, "/api/v1/session", NULL);
    assert_int_equal(s->status, 200);
    assert_non_null(strstr(s->headers, "Max-Age=0"));
    s = request(w, API_GET, "/api/v1/session", NULL);
    assert_int_equal(s->status, 204);
    assert_string_equal(s->text, "");
    w->cookie = NULL;
    assert_int_equal(request(w, API_GET, "/api/v1/session", NULL)->status, 204);
    assert_int_equal(request(w, API_DELETE, "/api/v1/session", NULL)->status, 401);
    assert_non_null(sent_find(w, conn, "signed-out"));
}

static void sessions_end_by_themselves(void **state)
{
    struct world *w = *state;
    char code[CODE_TEXT], admin[64], agent[64];
    uint64_t dept, conn;
    err_t err;

    people(w, code, admin, agent, &dept);
    conn = agent_conn(w, agent, &err);
    assert_int_equal(err, ERR_OK);
    world_advance(w, 13LL * 24 * 3600 * 1000);
    assert_string_equal(error_of(ask(w, conn, "{'id':'1','do':'ping'}")), "");
    world_advance(w, 2LL * 24 * 3600 * 1000);
    assert_non_null(sent_find(w, conn, "signed-out"));
    assert_null(ask(w, conn, "{'id':'2','do':'ping'}"));
    agent_conn(w, agent, &err);
    assert_int_equal(err, ERR_AUTH);
}

static void guessing_passwords_is_slowed_down(void **state)
{
    struct world *w = *state;
    char code[CODE_TEXT], admin[64], agent[64];
    uint64_t dept;
    int status = 0;
    unsigned tries = 0;

    people(w, code, admin, agent, &dept);
    for (; tries < 20 && status != 429; tries++) {
        w->ip.b[15]++; /* many addresses, one account */
        status = request(w, API_POST, "/api/v1/session",
                         "{'email':'ann@example.com','password':'guess'}")
                     ->status;
    }
    assert_int_equal(status, 429);
    assert_int_equal(tries, 11);
    assert_non_null(strstr(w->sent[w->nsent - 1].headers, "Retry-After"));
}

static void a_link_works_once(void **state)
{
    struct world *w = *state;
    char code[CODE_TEXT], admin[64], agent[64], body[256];
    uint64_t dept;
    json_t *a;

    people(w, code, admin, agent, &dept);
    a = operator_ask(w, "{'id':'aa','do':'agent.add','name':'B','email':'b@example.com'}");
    char id[ID_TEXT];
    snprintf(id, sizeof(id), "%s", ok_text(a, "agent"));
    a = operator_ask(w, "{'id':'ll','do':'agent.link','agent':'%s'}", id);
    const char *link = ok_text(a, "link");
    assert_memory_equal(link, "https://chat.example.com/console/#link=", 39);
    snprintf(body, sizeof(body), "{'link':'%s','password':'short'}", link + 39);
    assert_int_equal(request(w, API_POST, "/api/v1/password", body)->status, 400);
    snprintf(body, sizeof(body), "{'link':'%s','password':'long enough now'}", link + 39);
    assert_int_equal(request(w, API_POST, "/api/v1/password", body)->status, 200);
    assert_int_equal(request(w, API_POST, "/api/v1/password", body)->status, 404);
}

/* The link that the newest mail of this kind takes, opened as the dispatcher does; NULL: none. */
static char *mailed_link(struct world *w, enum mail_kind kind)
{
    uint64_t cursor = 0, ids[20];
    uint8_t pub[KEY_BYTES], sec[KEY_BYTES];
    size_t n = 0;

    assert_int_equal(
        mail_list(w->store, &(struct mail_want){.state = -1}, &cursor, ids, COUNT_OF(ids), &n),
        ERR_OK);
    store_seal_key(w->store, pub);
    assert_int_equal(store_unseal_key(w->store, sec), ERR_OK);
    for (size_t i = 0; i < n; i++) {
        struct buf clear = {0};
        struct mail_view m;
        char *link = NULL;

        assert_int_equal(mail_read(w->store, ids[i], &m), ERR_OK);
        if (m.order.kind == kind) {
            assert_int_equal(seal_open(&clear, m.order.secret, pub, sec), ERR_OK);
            link = span_dup(buf_span(&clear));
        }
        buf_fini(&clear);
        mail_view_fini(&m);
        if (link != NULL)
            return link;
    }
    return NULL;
}

static int password_by(struct world *w, const char *link)
{
    char body[256];

    assert_memory_equal(link, CONSOLE_LINK, strlen(CONSOLE_LINK));
    snprintf(body, sizeof(body), "{'link':'%s','password':'long enough now'}",
             link + strlen(CONSOLE_LINK));
    return request(w, API_POST, "/api/v1/password", body)->status;
}

static bool anything_sent_has(const struct world *w, const char *text)
{
    for (size_t i = 0; i < w->nsent; i++)
        if ((w->sent[i].text != NULL && strstr(w->sent[i].text, text) != NULL) ||
            (w->sent[i].headers != NULL && strstr(w->sent[i].headers, text) != NULL))
            return true;
    return false;
}

static void an_invitation_is_mailed_and_its_link_shown_to_nobody(void **state)
{
    struct world *w = *state;
    const char *add = "{'id':'a','do':'agent.add','name':'B','email':'b@example.com',"
                      "'invite':true}";
    char id[ID_TEXT], *link, *second;
    json_t *a = operator_ask(w, "%s", add);

    assert_string_equal(error_of(a), "conflict");
    assert_null(core_agent_by_email(w->core, SPAN_LIT("b@example.com")));
    operator_ask(w, "{'id':'f','do':'portal.set','from':'desk@example.com'}");
    a = operator_ask(w, "%s", add);
    assert_true(json_is_true(json_object_get(json_object_get(a, "ok"), "mailed")));
    snprintf(id, sizeof(id), "%s", ok_text(a, "agent"));
    assert_string_equal(ok_text(operator_ask(w, "%s", add), "agent"), id); /* no second mail */
    link = mailed_link(w, MAIL_INVITATION);
    assert_non_null(link);
    assert_false(anything_sent_has(w, link + strlen(CONSOLE_LINK)));
    a = operator_ask(w, "{'id':'s','do':'agent.show','agent':'%s'}", id);
    a = json_object_get(json_object_get(json_object_get(a, "ok"), "agent"), "link_mail");
    assert_string_equal(json_string_value(json_object_get(a, "kind")), "invitation");
    assert_string_equal(json_string_value(json_object_get(a, "state")), "queued");
    world_advance(w, 1000);
    a = operator_ask(w, "{'id':'m','do':'agent.link','agent':'%s','mail':true}", id);
    assert_string_equal(ok_text(a, "agent"), id);
    assert_null(json_object_get(json_object_get(a, "ok"), "link"));
    second = mailed_link(w, MAIL_INVITATION);
    assert_string_not_equal(second, link);
    assert_int_equal(password_by(w, link), 404); /* the newer one counts */
    world_advance(w, INT64_C(6) * 24 * 3600 * 1000);
    assert_int_equal(password_by(w, second), 200);
    assert_int_equal(password_by(w, second), 404);
    free(link);
    free(second);
}

static void links_are_mailed_to_one_account_a_few_times_an_hour(void **state)
{
    struct world *w = *state;
    char code[CODE_TEXT], admin[64], agent[64];
    uint64_t dept, ann;
    unsigned n = 0;
    json_t *a;

    people(w, code, admin, agent, &dept);
    ann = core_agent_by_email(w->core, SPAN_LIT("ann@example.com"))->id;
    operator_ask(w, "{'id':'f','do':'portal.set','from':'desk@example.com'}");
    do
        a = operator_ask(w, "{'id':'m%u','do':'agent.link','agent':'%llu','mail':true}", n,
                         (unsigned long long)ann);
    while (*error_of(a) == '\0' && n++ < 20);
    assert_string_equal(error_of(a), "rate");
    assert_int_equal(n, 4);
    world_advance(w, 3600000);
    a = operator_ask(w, "{'id':'n','do':'agent.link','agent':'%llu','mail':true}",
                     (unsigned long long)ann);
    assert_string_equal(error_of(a), "");
}

/* The reply to "I forgot my password", as text; it came before the disk was asked for anything. */
static const char *password_ask(struct world *w, const char *email)
{
    char body[128];
    const struct sent *s;

    w->ip.b[15]++;
    snprintf(body, sizeof(body), "{'email':'%s'}", email);
    w->disk_stopped = true;
    s = request(w, API_POST, "/api/v1/password/ask", body);
    w->disk_stopped = false;
    assert_non_null(s);
    assert_int_equal(s->status, 200);
    world_run(w);
    return s->text;
}

static void asking_for_a_password_tells_nothing_apart(void **state)
{
    struct world *w = *state;
    char code[CODE_TEXT], admin[64], agent[64], *first, *second;
    const char *known;
    uint64_t dept;

    people(w, code, admin, agent, &dept);
    known = password_ask(w, "ann@example.com");
    assert_null(mailed_link(w, MAIL_RESET)); /* there is no From address */
    operator_ask(w, "{'id':'f','do':'portal.set','from':'desk@example.com'}");
    assert_string_equal(password_ask(w, "nobody@example.com"), known);
    assert_string_equal(password_ask(w, "not an address"), known);
    assert_null(mailed_link(w, MAIL_RESET));
    w->host = "evil.example.net"; /* anybody's to say: the link leads to the configured place */
    w->origin = NULL;
    assert_string_equal(password_ask(w, " ANN@example.com "), known);
    first = mailed_link(w, MAIL_RESET);
    assert_non_null(first);
    world_advance(w, 1000);
    assert_string_equal(password_ask(w, "ann@example.com"), known);
    second = mailed_link(w, MAIL_RESET);
    w->host = "chat.example.com";
    w->origin = "https://chat.example.com";
    assert_int_equal(password_by(w, first), 404);
    assert_int_equal(password_by(w, second), 200);
    free(first);
    free(second);
}

static void a_disabled_account_gets_no_mail(void **state)
{
    struct world *w = *state;
    char code[CODE_TEXT], admin[64], agent[64];
    uint64_t dept;

    people(w, code, admin, agent, &dept);
    operator_ask(w, "{'id':'f','do':'portal.set','from':'desk@example.com'}");
    operator_ask(w, "{'id':'d','do':'agent.set','agent':'%llu','enabled':false}",
                 (unsigned long long)core_agent_by_email(w->core, SPAN_LIT("ann@example.com"))->id);
    password_ask(w, "ann@example.com");
    assert_null(mailed_link(w, MAIL_RESET));
}

static void asking_again_and_again_is_slowed_down_for_everybody_alike(void **state)
{
    static const char *const emails[] = {"ann@example.com", "nobody@example.com"};
    struct world *w = *state;
    char code[CODE_TEXT], admin[64], agent[64], body[64];
    uint64_t dept;

    people(w, code, admin, agent, &dept);
    operator_ask(w, "{'id':'f','do':'portal.set','from':'desk@example.com'}");
    for (size_t i = 0; i < COUNT_OF(emails); i++) {
        for (unsigned n = 0; n < 4; n++)
            password_ask(w, emails[i]);
        w->ip.b[15]++;
        snprintf(body, sizeof(body), "{'email':'%s'}", emails[i]);
        assert_int_equal(request(w, API_POST, "/api/v1/password/ask", body)->status, 429);
    }
}
#define T(f) cmocka_unit_test_setup_teardown(f, world_open, world_close)

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, world_open, world_close)
    const struct CMUnitTest tests[] = {
        T(a_password_that_changes_while_it_is_looked_at_lets_nobody_in),
        T(a_page_for_who_is_disabled_meanwhile_is_refused),
        T(signing_in_tells_nothing_apart),
        T(sessions_end_by_themselves),
        T(guessing_passwords_is_slowed_down),
        T(a_link_works_once),
        T(an_invitation_is_mailed_and_its_link_shown_to_nobody),
        T(links_are_mailed_to_one_account_a_few_times_an_hour),
        T(asking_for_a_password_tells_nothing_apart),
        T(a_disabled_account_gets_no_mail),
        T(asking_again_and_again_is_slowed_down_for_everybody_alike),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
