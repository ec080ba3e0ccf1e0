/* Strangers who try passwords: what they get, and that they keep nobody out. */
#include "api_world.h"

#include <stdio.h>
#include <string.h>

#include "../../src/api/api_int.h"

#define RIGHT "a long enough password"
#define STRANGER "192.0.2.1"

/* Of RIGHT, with the parameters of another time. */
#define FORMER                                                                                     \
    "$argon2id$v=19$m=8192,t=1,p=1$ZTdZpO47UbywMMGSMfeAiw$"                                        \
    "g5o8TzZp5ArZiGg8UDRvZ0RgQUMwJwI4j4QJmjsVn7A"

static void from(struct world *w, const char *address)
{
    assert_int_equal(ipaddr_parse(span_of(address), &w->ip), ERR_OK);
}

static uint64_t try_begin(struct world *w, const char *email, const char *password)
{
    char body[200];

    snprintf(body, sizeof(body), "{'email':'%s','password':'%s'}", email, password);
    return request_begin(w, API_POST, "/api/v1/session", body);
}

/* The status; 0: no answer yet. */
static int answered(const struct world *w, uint64_t conn)
{
    const struct sent *s = sent_find(w, conn, "");

    return s != NULL ? s->status : 0;
}

static int try(struct world *w, const char *email, const char *password)
{
    return answered(w, try_begin(w, email, password));
}

/* The cookie of the browser that has just signed in. */
static void device_of(const struct world *w, uint64_t conn, char out[64])
{
    const char *at = strstr(sent_find(w, conn, "")->headers, API_DEVICE_COOKIE "=");

    assert_non_null(at);
    at += sizeof(API_DEVICE_COOKIE);
    snprintf(out, 64, "%.*s", (int)strcspn(at, ";"), at);
}

static uint64_t ann_is_made_with(struct world *w, char cookie[64])
{
    char code[CODE_TEXT];
    uint64_t dept = world_dept(w, "Sales", code);

    from(w, "203.0.113.200");
    return world_agent(w, "ann@example.com", dept, "", cookie);
}

static uint64_t ann_is_made(struct world *w)
{
    char cookie[64];

    return ann_is_made_with(w, cookie);
}

/* From that address, until it is refused: so many were looked at. */
static unsigned use_up(struct world *w, const char *address, const char *email)
{
    from(w, address);
    for (unsigned n = 0; n < 100; n++) {
        int status = try(w, email, "wrong");

        if (status == 429)
            return n;
        assert_int_equal(status, 401);
    }
    fail_msg("nobody was refused");
    return 0;
}

static void an_account_is_one_however_it_is_written(void **state)
{
    static const char *const written[] = {"ann@example.com", "Ann@example.com", "ANN@EXAMPLE.COM",
                                          "  ann@example.com ", "aNn@eXample.com"};
    struct world *w = *state;
    unsigned n = 0;

    ann_is_made(w);
    from(w, STRANGER);
    while (n < 30 && try(w, written[n % COUNT_OF(written)], "wrong") == 401)
        n++;
    assert_int_equal(n, 10);
    assert_int_equal(use_up(w, "192.0.2.2", "nobody@example.com"), 10); /* as for an unknown one */
}

static void a_stranger_keeps_nobody_out(void **state)
{
    struct world *w = *state;
    char device[64], old[64];
    uint64_t conn;

    ann_is_made(w);
    from(w, STRANGER);
    conn = try_begin(w, "ann@example.com", RIGHT);
    device_of(w, conn, device);
    use_up(w, "192.0.2.50", "ann@example.com");
    use_up(w, STRANGER, "ann@example.com");
    /* A browser that is known, although the stranger has its very address. */
    w->device = device;
    assert_int_equal(try(w, "ann@example.com", RIGHT), 200);
    w->device = NULL;
    assert_int_equal(try(w, "ann@example.com", RIGHT), 429);
    /* An address that has not tried. */
    from(w, "203.0.113.5");
    assert_int_equal(try(w, "ann@example.com", RIGHT), 200);
    /* Which is let in a few times only, while the others' tries are used up. */
    assert_int_equal(use_up(w, "203.0.113.6", "ann@example.com"), 3);
    world_advance(w, 60000);
    assert_int_equal(try(w, "ann@example.com", RIGHT), 200);
    snprintf(old, sizeof(old), "%s", device);
    old[20] = old[20] == 'A' ? 'B' : 'A';
    use_up(w, STRANGER, "ann@example.com");
    w->device = old; /* made up */
    assert_int_equal(try(w, "ann@example.com", RIGHT), 429);
    w->device = device; /* her browser knows nobody else's password */
    assert_int_equal(use_up(w, "192.0.2.77", "root@example.com"), 10);
}

static int change(struct world *w, const char *current, const char *next)
{
    char body[200];

    snprintf(body, sizeof(body), "{'current':'%s','password':'%s'}", current, next);
    return answered(w, request_begin(w, API_POST, "/api/v1/session/password", body));
}

static void session_of(const struct world *w, uint64_t conn, char out[64])
{
    const char *at = strstr(sent_find(w, conn, "")->headers, API_COOKIE "=");

    assert_non_null(at);
    at += sizeof(API_COOKIE);
    snprintf(out, 64, "%.*s", (int)strcspn(at, ";"), at);
}

/* A thousand addresses, two tries each: what a network of other people's machines does. */
static unsigned tried_from_everywhere(struct world *w, unsigned minutes)
{
    unsigned looked_at = 0, n = 0;
    char address[40];

    for (unsigned m = 0; m < minutes; m++) {
        world_advance(w, 60000);
        for (unsigned i = 0; i < 40; i++, n++) {
            snprintf(address, sizeof(address), "2001:db8:%x::1", n / 2);
            from(w, address);
            looked_at += try(w, "ann@example.com", "wrong") == 401;
        }
    }
    return looked_at;
}

static void slow_guesses_from_everywhere_are_few_and_keep_no_owner_out(void **state)
{
    struct world *w = *state;
    uint64_t conn;
    char device[64], session[64];

    ann_is_made(w);
    /* Home and the office, both before. */
    from(w, "203.0.113.5");
    assert_int_equal(try(w, "ann@example.com", RIGHT), 200);
    from(w, "2001:db8:ffff:1::7");
    conn = try_begin(w, "ann@example.com", RIGHT);
    device_of(w, conn, device);
    session_of(w, conn, session);
    /* A hundred in an hour, and what comes back meanwhile. */
    assert_in_range(tried_from_everywhere(w, 60), 150, 200);
    assert_in_range(tried_from_everywhere(w, 60), 95, 102);
    from(w, "198.51.100.1"); /* nothing says that it is her */
    assert_int_equal(try(w, "ann@example.com", RIGHT), 429);
    w->device = device;
    assert_int_equal(try(w, "ann@example.com", RIGHT), 200);
    w->device = NULL;
    tried_from_everywhere(w, 2);
    from(w, "203.0.113.5");
    assert_int_equal(try(w, "ann@example.com", RIGHT), 200);
    from(w, "2001:db8:ffff:1:abcd::9"); /* another of the office's network */
    assert_int_equal(try(w, "ann@example.com", RIGHT), 200);
    from(w, "198.51.100.2");
    w->cookie = session;
    assert_int_equal(change(w, RIGHT, "quite another password"), 200);
    w->cookie = NULL;
}

static void a_password_is_changed_by_whoever_knows_it_and_all_other_sessions_end(void **state)
{
    struct world *w = *state;
    char other[64], mine[64];

    ann_is_made(w);
    session_of(w, try_begin(w, "ann@example.com", RIGHT), other);
    session_of(w, try_begin(w, "ann@example.com", RIGHT), mine);
    w->cookie = mine;
    assert_int_equal(change(w, "a wrong enough password", "quite another password"), 403);
    assert_int_equal(change(w, RIGHT, "short"), 400);
    assert_int_equal(change(w, RIGHT, "1234567890"), 400);
    assert_int_equal(change(w, RIGHT, "quite another password"), 200);
    assert_int_equal(request(w, API_GET, "/api/v1/session", NULL)->status, 200);
    w->cookie = other;
    assert_true(request(w, API_GET, "/api/v1/session", NULL)->status != 200);
    w->cookie = NULL;
    assert_int_equal(change(w, "quite another password", RIGHT), 401);
    assert_int_equal(try(w, "ann@example.com", RIGHT), 401);
    assert_int_equal(try(w, "ann@example.com", "quite another password"), 200);
}

/* Whoever sits at it has to know the new password as everybody has. */
static void a_new_password_makes_browsers_strange_again(void **state)
{
    struct world *w = *state;
    char device[64], body[200];
    uint64_t ann = ann_is_made(w), unused;
    json_t *a;

    device_of(w, try_begin(w, "ann@example.com", RIGHT), device);
    assert_true(device_is_known(w->api, core_agent(w->core, ann), span_of(device), &unused));
    assert_false(device_is_known(w->api, NULL, span_of(device), &unused));
    a = operator_ask(w, "{'id':'l','do':'agent.link','agent':'%llu'}", (unsigned long long)ann);
    snprintf(body, sizeof(body), "{'link':'%s','password':'quite another password'}",
             strstr(ok_text(a, "link"), "#link=") + 6);
    assert_int_equal(request(w, API_POST, "/api/v1/password", body)->status, 200);
    assert_false(device_is_known(w->api, core_agent(w->core, ann), span_of(device), &unused));
}

/* By either cookie, and by none that has been of use to somebody. */
static void a_browser_is_known_by_its_session_or_by_what_it_kept(void **state)
{
    struct world *w = *state;
    struct api_request rq = {.path = SPAN_LIT("/")};
    char device[64], session[64];
    uint64_t ann = ann_is_made(w), conn = try_begin(w, "ann@example.com", RIGHT);

    device_of(w, conn, device);
    session_of(w, conn, session);
    assert_false(api_is_known(w->api, &rq));
    rq.cookie = span_of(session);
    assert_true(api_is_known(w->api, &rq));
    world_advance(w, 15LL * 24 * 3600 * 1000);
    assert_false(api_is_known(w->api, &rq));
    rq.device = span_of(device);
    assert_true(api_is_known(w->api, &rq));
    device[20] = device[20] == 'A' ? 'B' : 'A';
    assert_false(api_is_known(w->api, &rq));
    device_of(w, conn, device);
    operator_ask(w, "{'id':'d','do':'agent.set','agent':'%llu','enabled':false}",
                 (unsigned long long)ann);
    assert_false(api_is_known(w->api, &rq));
}

static void look_at_one(struct world *w)
{
    struct job j = w->jobs[0];

    assert_true(w->njobs > 0);
    memmove(w->jobs, w->jobs + 1, --w->njobs * sizeof(w->jobs[0]));
    j.fn(j.ctx);
    j.done(j.ctx);
    world_run(w);
}

/* Whatever a stranger has sent before: everybody's turn comes. */
static void addresses_take_turns(void **state)
{
    struct world *w = *state;
    uint64_t owner, other;
    char email[40];

    ann_is_made(w);
    w->jobs_stopped = true;
    from(w, STRANGER);
    for (unsigned i = 0; i < 20; i++) {
        snprintf(email, sizeof(email), "u%u@example.com", i);
        try_begin(w, email, "wrong");
    }
    assert_int_equal(w->njobs, 2);
    from(w, "203.0.113.5");
    owner = try_begin(w, "ann@example.com", RIGHT);
    from(w, "203.0.113.6");
    other = try_begin(w, "ann@example.com", "wrong");
    for (unsigned i = 0; i < 5; i++) {
        assert_int_equal(answered(w, owner) == 0, i < 4);
        look_at_one(w);
    }
    assert_int_equal(answered(w, owner), 200);
    look_at_one(w);
    assert_int_equal(answered(w, other), 401);
    w->jobs_stopped = false;
    world_run(w);
    assert_int_equal(w->api->nsign_ins + w->api->nhashing, 0);
}

static void a_full_queue_refuses_who_has_sent_most(void **state)
{
    struct world *w = *state;
    uint64_t conns[70], owner;
    unsigned refused = 0;
    char email[40];

    ann_is_made(w);
    api_configure(w->api, &(struct api_config){.rates = {.sign_ins_per_minute = 1000}});
    w->jobs_stopped = true;
    from(w, STRANGER);
    for (unsigned i = 0; i < COUNT_OF(conns); i++) {
        snprintf(email, sizeof(email), "u%u@example.com", i);
        conns[i] = try_begin(w, email, "wrong");
    }
    from(w, "203.0.113.5");
    owner = try_begin(w, "ann@example.com", RIGHT);
    assert_int_equal(answered(w, owner), 0);
    for (unsigned i = 0; i < COUNT_OF(conns); i++)
        refused += answered(w, conns[i]) == 503;
    assert_int_equal(refused, 70 + 1 - 2 - 64);
    assert_int_equal(answered(w, conns[0]), 0);
    w->jobs_stopped = false;
    world_run(w);
    assert_int_equal(answered(w, owner), 200);
    assert_int_equal(answered(w, conns[0]), 401);
}

/* At the end nobody is there to be answered. */
static void who_waits_at_the_end_is_let_go_of(void **state)
{
    struct world *w = *state;

    ann_is_made(w);
    w->api->nhashing = 100;
    from(w, STRANGER);
    assert_int_equal(answered(w, try_begin(w, "ann@example.com", RIGHT)), 0);
    assert_int_equal(w->api->nsign_ins, 1);
}

static void a_hash_of_former_parameters_is_made_anew(void **state)
{
    struct world *w = *state;
    char device[64], cookie[64];
    uint64_t ann = ann_is_made_with(w, cookie), conn;
    struct cmd cmd = {.type = CMD_AGENT_PASSWORD,
                      .who = {.kind = BY_AGENT, .id = ann},
                      .password = {.agent = ann, .hash = SPAN_LIT(FORMER), .same = true}};
    uint64_t unused;
    err_t err;

    turn_command(w->turn, &cmd, w->now_ms, NULL, NULL);
    world_run(w);
    assert_true(password_needs_rehash(core_agent(w->core, ann)->password));
    assert_int_equal(try(w, "ann@example.com", "wrong"), 401);
    assert_true(password_needs_rehash(core_agent(w->core, ann)->password));
    conn = try_begin(w, "ann@example.com", RIGHT);
    assert_int_equal(answered(w, conn), 200);
    assert_false(password_needs_rehash(core_agent(w->core, ann)->password));
    device_of(w, conn, device);
    assert_true(device_is_known(w->api, core_agent(w->core, ann), span_of(device), &unused));
    assert_int_equal(try(w, "ann@example.com", RIGHT), 200);
    assert_true(agent_conn(w, cookie, &err) != 0); /* sessions go on */
}

static void what_is_refused_is_counted(void **state)
{
    struct world *w = *state;
    uint64_t before, in;

    ann_is_made(w);
    before = w->api->sign_ins_refused;
    in = w->api->signed_in;
    from(w, STRANGER);
    for (unsigned i = 0; i < 12; i++)
        try(w, "ann@example.com", "wrong");
    assert_int_equal(w->api->sign_ins_refused - before, 12);
    assert_int_equal(w->api->signed_in, in);
    assert_int_equal(w->api->sign_ins_unlogged, 0);
    for (unsigned i = 0; i < 30; i++)
        try(w, "ann@example.com", "wrong");
    assert_int_equal(w->api->sign_ins_unlogged, 12);
    from(w, "203.0.113.5");
    assert_int_equal(try(w, "ann@example.com", RIGHT), 200);
    assert_int_equal(w->api->signed_in, in + 1);
    world_advance(w, 60000);
    try(w, "ann@example.com", "wrong");
    assert_int_equal(w->api->sign_ins_unlogged, 0);
}

/* Anybody can ask, and nobody may take away what an administrator has given. */
static void asking_at_the_door_ends_no_link_that_was_handed_over(void **state)
{
    struct world *w = *state;
    uint64_t ann = ann_is_made(w), cursor = 0, ids[8];
    char body[200];
    size_t n = 0;
    json_t *a;

    operator_ask(w, "{'id':'f','do':'portal.set','from':'desk@example.com'}");
    a = operator_ask(w, "{'id':'l','do':'agent.link','agent':'%llu'}", (unsigned long long)ann);
    snprintf(body, sizeof(body), "{'link':'%s','password':'quite another password'}",
             strstr(ok_text(a, "link"), "#link=") + 6);
    from(w, STRANGER);
    assert_int_equal(
        request(w, API_POST, "/api/v1/password/ask", "{'email':'ann@example.com'}")->status, 200);
    assert_int_equal(mail_list(w->store, &(struct mail_want){.state = -1}, &cursor, ids, 8, &n),
                     ERR_OK);
    assert_int_equal(n, 0);
    assert_int_equal(request(w, API_POST, "/api/v1/password", body)->status, 200);
    /* It is used: now one is mailed. */
    assert_int_equal(
        request(w, API_POST, "/api/v1/password/ask", "{'email':'ann@example.com'}")->status, 200);
    cursor = 0;
    assert_int_equal(mail_list(w->store, &(struct mail_want){.state = -1}, &cursor, ids, 8, &n),
                     ERR_OK);
    assert_int_equal(n, 1);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, world_open, world_close)
    const struct CMUnitTest tests[] = {
        T(an_account_is_one_however_it_is_written),
        T(a_stranger_keeps_nobody_out),
        T(slow_guesses_from_everywhere_are_few_and_keep_no_owner_out),
        T(a_browser_is_known_by_its_session_or_by_what_it_kept),
        T(a_new_password_makes_browsers_strange_again),
        T(a_password_is_changed_by_whoever_knows_it_and_all_other_sessions_end),
        T(addresses_take_turns),
        T(a_full_queue_refuses_who_has_sent_most),
        T(who_waits_at_the_end_is_let_go_of),
        T(a_hash_of_former_parameters_is_made_anew),
        T(what_is_refused_is_counted),
        T(asking_at_the_door_ends_no_link_that_was_handed_over),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
