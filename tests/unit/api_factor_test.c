/* The second factor: set up, asked for, good once, lost, and taken away. */
#include "api_world.h"

#include <liboath/oath.h>

#include "../../src/api/api_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PASSWORD "a long enough password"
#define STEP_MS 30000

struct phone {
    char secret[64]; /* base32 */
    char recovery[RECOVERY_CODES][16];
};

/* What the telephone shows, so many periods from now. */
static const char *shown(const struct world *w, const struct phone *p, int steps)
{
    static char code[7];
    char *secret;
    size_t len;

    assert_int_equal(oath_base32_decode(p->secret, strlen(p->secret), &secret, &len), OATH_OK);
    assert_int_equal(
        oath_totp_generate(secret, len, (time_t)(w->now_ms / 1000 + steps * 30), 30, 0, 6, code),
        OATH_OK);
    free(secret);
    return code;
}

static const struct sent *post(struct world *w, const char *path, const char *fmt, ...)
    PRINTF_LIKE(3, 4);
static const struct sent *post(struct world *w, const char *path, const char *fmt, ...)
{
    char body[500];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(body, sizeof(body), fmt, ap);
    va_end(ap);
    return request(w, API_POST, path, body);
}

static const struct sent *sign_in(struct world *w, const char *code)
{
    w->cookie = NULL;
    return post(w, "/api/v1/session",
                "{'email':'ann@example.com','password':'" PASSWORD "','code':'%s'}", code);
}

static void refused(const struct sent *s, int status, const char *reason)
{
    char text[64];

    snprintf(text, sizeof(text), "\"reason\":\"%s\"", reason);
    if (s->status != status || strstr(s->text, text) == NULL)
        fail_msg("%d %s", s->status, s->text);
}

static void member(const struct sent *s, const char *key, char *to, size_t cap)
{
    char name[40];
    const char *at;

    snprintf(name, sizeof(name), "\"%s\":\"", key);
    if ((at = strstr(s->text, name)) == NULL)
        fail_msg("no %s in %s", key, s->text);
    at += strlen(name);
    snprintf(to, cap, "%.*s", (int)strcspn(at, "\""), at);
}

static void recovery_take(const struct sent *s, struct phone *p)
{
    const char *at = strstr(s->text, "\"recovery\":[");

    assert_non_null(at);
    at += 12;
    for (size_t i = 0; i < RECOVERY_CODES; i++) {
        snprintf(p->recovery[i], sizeof(p->recovery[i]), "%.*s", (int)strcspn(at + 1, "\""),
                 at + 1);
        at += strlen(p->recovery[i]) + 3;
    }
}

/* Ann sets one up, signed in as she is. */
static void set_up(struct world *w, const char *cookie, struct phone *p)
{
    const struct sent *s;
    char ticket[200];

    w->cookie = cookie;
    s = post(w, "/api/v1/session/factor/begin", "{'current':'" PASSWORD "'}");
    assert_int_equal(s->status, 200);
    member(s, "secret", p->secret, sizeof(p->secret));
    member(s, "ticket", ticket, sizeof(ticket));
    assert_non_null(strstr(s->text, "\"uri\":\"otpauth://totp/"));
    assert_non_null(strstr(s->text, "\"qr_path\":\"M0 0h1v1h-1z"));
    s = post(w, "/api/v1/session/factor", "{'ticket':'%s','code':'%s'}", ticket, shown(w, p, 0));
    assert_int_equal(s->status, 200);
    recovery_take(s, p);
    w->cookie = NULL;
}

static uint64_t person(struct world *w, char cookie[64])
{
    char code[CODE_TEXT];

    return world_agent(w, "ann@example.com", world_dept(w, "Sales", code), "", cookie);
}

static void a_code_is_asked_for_and_good_once(void **state)
{
    struct world *w = *state;
    char cookie[64], other[64];
    struct phone p;

    person(w, cookie);
    set_up(w, cookie, &p);
    refused(sign_in(w, ""), 401, "code-needed");
    refused(sign_in(w, shown(w, &p, 0)), 401, "code-used"); /* it has set this up */
    world_advance(w, STEP_MS);
    assert_int_equal(sign_in(w, shown(w, &p, 0))->status, 200);
    refused(sign_in(w, shown(w, &p, 0)), 401, "code-used");
    refused(sign_in(w, shown(w, &p, -1)), 401, "code-used"); /* nor one of before it */
    world_advance(w, 10 * STEP_MS);
    assert_int_equal(sign_in(w, shown(w, &p, -1))->status, 200);
    world_advance(w, 10 * STEP_MS);
    assert_int_equal(sign_in(w, shown(w, &p, 1))->status, 200);
    world_advance(w, 10 * STEP_MS);
    refused(sign_in(w, shown(w, &p, -2)), 401, "code-wrong");
    refused(sign_in(w, shown(w, &p, 2)), 401, "code-wrong");
    snprintf(other, sizeof(other), "%s", shown(w, &p, 0));
    other[5] = other[5] == '0' ? '1' : '0';
    refused(sign_in(w, other), 401, "code-wrong");
    refused(sign_in(w, "12345"), 401, "code-wrong");
    refused(sign_in(w, "12345a"), 401, "code-wrong");
    /* A wrong password is told nothing of codes. */
    refused(post(w, "/api/v1/session",
                 "{'email':'ann@example.com','password':'another one','code':'%s'}",
                 shown(w, &p, 0)),
            401, "sign-in");
}

static void recovery_codes_are_good_once_each(void **state)
{
    struct world *w = *state;
    char cookie[64], upper[24];
    struct phone p;

    person(w, cookie);
    set_up(w, cookie, &p);
    assert_int_equal(sign_in(w, p.recovery[3])->status, 200);
    refused(sign_in(w, p.recovery[3]), 401, "code-wrong");
    snprintf(upper, sizeof(upper), "%.5s%.5s", p.recovery[0], p.recovery[0] + 6); /* no hyphen */
    for (char *c = upper; *c != 0; c++)
        if (*c >= 'a' && *c <= 'z')
            *c = (char)(*c - 'a' + 'A');
    assert_int_equal(sign_in(w, upper)->status, 200);
    assert_int_equal(core_agent_by_email(w->core, SPAN_LIT("ann@example.com"))->nrecovery,
                     RECOVERY_CODES - 2);
}

/* Whoever has the password tries codes: not many. */
static void codes_are_not_tried_through(void **state)
{
    struct world *w = *state;
    char cookie[64];
    struct phone p;
    unsigned n = 0;

    person(w, cookie);
    set_up(w, cookie, &p);
    for (unsigned i = 0; i < 60; i++) {
        world_advance(w, 10000);
        n += strstr(sign_in(w, "1234567")->text, "code-wrong") != NULL;
    }
    assert_in_range(n, 15, 30); /* 20 an hour, and what comes back in ten minutes */
}

/* Where the role needs one, the way in leads through it. */
static void who_needs_one_sets_it_up_at_the_door(void **state)
{
    struct world *w = *state;
    char cookie[64], ticket[200];
    const struct sent *s;
    struct phone p;

    person(w, cookie);
    operator_ask(w, "{'id':'r','do':'portal.set','factor_roles':'admin,agent'}");
    refused(sign_in(w, ""), 401, "factor-needed");
    refused(post(w, "/api/v1/factor/begin", "{'email':'ann@example.com','password':'wrong one'}"),
            401, "sign-in");
    s = post(w, "/api/v1/factor/begin", "{'email':'ann@example.com','password':'" PASSWORD "'}");
    assert_int_equal(s->status, 200);
    member(s, "secret", p.secret, sizeof(p.secret));
    member(s, "ticket", ticket, sizeof(ticket));
    refused(post(w, "/api/v1/factor", "{'ticket':'%s','code':'000000'}", ticket), 403,
            "code-wrong");
    s = post(w, "/api/v1/factor", "{'ticket':'%s','code':'%s'}", ticket, shown(w, &p, 0));
    assert_int_equal(s->status, 200);
    assert_non_null(strstr(s->headers, "deskbell="));
    recovery_take(s, &p);
    /* It is there now, and nobody at the door makes another one. */
    refused(post(w, "/api/v1/factor", "{'ticket':'%s','code':'%s'}", ticket, shown(w, &p, 1)), 403,
            "factor-ticket");
    refused(
        post(w, "/api/v1/factor/begin", "{'email':'ann@example.com','password':'" PASSWORD "'}"),
        409, "factor-ticket");
    w->cookie = cookie; /* nor does he do without it */
    refused(post(w, "/api/v1/session/factor/remove", "{'current':'" PASSWORD "'}"), 403,
            "factor-required");
}

static void a_set_up_has_its_time_and_its_owner(void **state)
{
    struct world *w = *state;
    char ann[64], bob[64], code[CODE_TEXT], ticket[200];
    uint64_t dept = world_dept(w, "Sales", code);
    const struct sent *s;
    struct phone p;

    world_agent(w, "ann@example.com", dept, "", ann);
    world_agent(w, "bob@example.com", dept, "", bob);
    w->cookie = ann;
    refused(post(w, "/api/v1/session/factor/begin", "{'current':'not this one'}"), 403,
            "not-present");
    s = post(w, "/api/v1/session/factor/begin", "{'current':'" PASSWORD "'}");
    member(s, "secret", p.secret, sizeof(p.secret));
    member(s, "ticket", ticket, sizeof(ticket));
    w->cookie = bob;
    refused(
        post(w, "/api/v1/session/factor", "{'ticket':'%s','code':'%s'}", ticket, shown(w, &p, 0)),
        403, "factor-ticket");
    w->cookie = ann;
    world_advance(w, 15 * 60000);
    refused(
        post(w, "/api/v1/session/factor", "{'ticket':'%s','code':'%s'}", ticket, shown(w, &p, 0)),
        403, "factor-ticket");
    ticket[20] = ticket[20] == 'A' ? 'B' : 'A';
    refused(post(w, "/api/v1/session/factor", "{'ticket':'%s','code':'000000'}", ticket), 403,
            "factor-ticket");
}

/* Whoever reads the agent's mail has not his telephone by that. */
static void a_link_signs_nobody_in_who_needs_a_code(void **state)
{
    struct world *w = *state;
    char cookie[64];
    struct phone p;
    json_t *a;
    uint64_t agent = person(w, cookie);
    const struct sent *s;

    set_up(w, cookie, &p);
    a = operator_ask(w, "{'id':'l','do':'agent.link','agent':'%llu'}", (unsigned long long)agent);
    s = post(w, "/api/v1/password", "{'link':'%s','password':'quite another password'}",
             strstr(ok_text(a, "link"), "#link=") + 6);
    refused(s, 401, "code-needed");
    assert_null(strstr(s->headers, "deskbell="));
}

static void an_administrator_takes_it_away_and_it_is_done_without(void **state)
{
    struct world *w = *state;
    char cookie[64], code[CODE_TEXT], root[64], path[80];
    struct phone p;
    uint64_t agent = person(w, cookie), boss;

    boss = world_agent(w, "root@example.com", world_dept(w, "More", code), ",'role':'admin'", root);
    set_up(w, cookie, &p);
    snprintf(path, sizeof(path), "/api/v1/agents/%llu/factor-reset", (unsigned long long)agent);
    w->cookie = cookie;
    refused(post(w, path, "{}"), 403, "for-admins");
    w->cookie = root;
    assert_int_equal(post(w, path, "{}")->status, 200);
    assert_int_equal(sign_in(w, "")->status, 200);
    snprintf(path, sizeof(path), "/api/v1/agents/%llu/factor-reset", (unsigned long long)boss);
    w->cookie = root; /* one's own goes by the password */
    refused(post(w, path, "{}"), 400, "needed");
    world_advance(w, STEP_MS);
    set_up(w, cookie, &p);
    w->cookie = cookie;
    refused(post(w, "/api/v1/session/factor/remove", "{'current':'not this one'}"), 403,
            "not-present");
    assert_int_equal(post(w, "/api/v1/session/factor/remove", "{'current':'" PASSWORD "'}")->status,
                     200);
    assert_int_equal(sign_in(w, "")->status, 200);
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, world_open, world_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_code_is_asked_for_and_good_once),
        T(recovery_codes_are_good_once_each),
        T(codes_are_not_tried_through),
        T(who_needs_one_sets_it_up_at_the_door),
        T(a_set_up_has_its_time_and_its_owner),
        T(a_link_signs_nobody_in_who_needs_a_code),
        T(an_administrator_takes_it_away_and_it_is_done_without),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
