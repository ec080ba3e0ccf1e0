/* What strangers can fill: queues, lists of messages, the disk. */
#include "api_world.h"

#include <stdio.h>
#include <string.h>

#include "../../src/api/api_int.h"

static void from(struct world *w, const char *address)
{
    assert_int_equal(ipaddr_parse(span_of(address), &w->ip), ERR_OK);
}

/* "" or the code of the error. */
static const char *ring(struct world *w, const char *code, unsigned nth)
{
    err_t err;
    uint64_t conn = visitor_conn(w, code, &err);

    assert_int_equal(err, ERR_OK);
    return error_of(
        ask(w, conn, "{'id':'r%u','do':'chat.start','name':'V','email':'v@example.com'}", nth));
}

static void an_address_has_so_many_chats_at_a_time(void **state)
{
    struct world *w = *state;
    char code[CODE_TEXT], cookie[64];
    uint64_t dept = world_dept(w, "Sales", code), left;
    err_t err;

    world_agent(w, "ann@example.com", dept, "", cookie);
    world_ready(w, cookie);
    api_configure(w->api, &(struct api_config){.rates = {.chats_per_address = 3}});
    from(w, "2001:db8::1");
    for (unsigned i = 0; i < 2; i++)
        assert_string_equal(ring(w, code, i), "");
    from(w, "2001:db8::ffff:2"); /* the same network */
    left = visitor_conn(w, code, &err);
    assert_string_equal(
        error_of(ask(w, left, "{'id':'l','do':'chat.start','name':'V','email':'v@example.com'}")),
        "");
    assert_string_equal(ring(w, code, 3), "closed");
    from(w, "2001:db8:0:1::1");
    assert_string_equal(ring(w, code, 4), "");
    from(w, "2001:db8::3");
    assert_string_equal(ring(w, code, 5), "closed");
    assert_string_equal(error_of(ask(w, left, "{'id':'e','do':'chat.end'}")), "");
    assert_string_equal(ring(w, code, 6), "");
    assert_string_equal(ring(w, code, 7), "closed");
}

static json_t *leave(struct world *w, const char *code, unsigned nth)
{
    err_t err;
    uint64_t conn = visitor_conn(w, code, &err);

    assert_int_equal(err, ERR_OK);
    return ask(w, conn,
               "{'id':'l%u','do':'chat.leave-message','email':'v@example.com','text':'call me'}",
               nth);
}

static void a_department_is_left_so_many_messages_an_hour(void **state)
{
    struct world *w = *state;
    char sales[CODE_TEXT], help[CODE_TEXT];
    json_t *a;

    world_dept(w, "Sales", sales);
    world_dept(w, "Help", help);
    api_configure(w->api, &(struct api_config){.rates = {.left_per_hour = 4}});
    for (unsigned i = 0; i < 4; i++) {
        char address[20];

        snprintf(address, sizeof(address), "192.0.2.%u", i + 1);
        from(w, address);
        assert_string_equal(error_of(leave(w, sales, i)), "");
    }
    from(w, "192.0.2.9");
    a = leave(w, sales, 9);
    assert_string_equal(error_of(a), "rate");
    assert_in_range(json_integer_value(json_object_get(json_object_get(a, "error"), "retry_ms")),
                    HOUR_MS / 4 - 1000, HOUR_MS / 4 + 1000);
    assert_string_equal(error_of(leave(w, help, 10)), "");
    world_advance(w, HOUR_MS / 4 + 1000);
    assert_string_equal(error_of(leave(w, sales, 11)), "");
    assert_string_equal(error_of(leave(w, sales, 12)), "rate");
}

/* Says so much that it is refused one day; how much that was. */
static size_t say_until_refused(struct world *w, uint64_t conn)
{
    char text[4001];
    size_t said = 0;

    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    for (unsigned i = 0; i < 10000; i++, said += sizeof(text) - 1)
        if (strcmp(error_of(ask(w, conn, "{'id':'s%u','do':'chat.send','text':'%s'}", i, text)),
                   "") != 0)
            return said;
    fail_msg("it took all");
    return 0;
}

static void an_address_stores_so_much_an_hour(void **state)
{
    struct world *w = *state;
    struct world_chat c;
    size_t said;

    world_chat(w, &c, "");
    api_configure(w->api, &(struct api_config){.rates = {.stored_per_hour = 8u << 20,
                                                         .messages_per_minute = 10000}});
    said = say_until_refused(w, c.vera);
    assert_in_range(said, (8u << 20) / 32 * 3 / 4, (8u << 20) / 32);
    from(w, "192.0.2.200"); /* others go on */
    assert_string_equal(ring(w, c.code, 1), "");
    world_advance(w, HOUR_MS / 12);
    assert_string_equal(error_of(ask(w, c.vera, "{'id':'t','do':'chat.send','text':'x'}")), "");
}

/* Where all together have used it up, whoever talks with an agent goes on. */
static void all_together_store_so_much_an_hour(void **state)
{
    struct world *w = *state;
    unsigned all = (8u << 20) / 256;
    struct world_chat c;
    int64_t retry_ms;

    world_chat(w, &c, "");
    api_configure(w->api, &(struct api_config){.rates = {.stored_per_hour = 8u << 20}});
    assert_true(rate_take_many(&w->api->rate, rate_key_id("space-all", 0), all, all, HOUR_MS,
                               w->now_ms, &retry_ms));
    from(w, "192.0.2.200");
    assert_string_equal(ring(w, c.code, 1), "rate");
    assert_string_equal(error_of(leave(w, c.code, 2)), "rate");
    assert_string_equal(error_of(ask(w, c.vera, "{'id':'s','do':'chat.send','text':'x'}")), "");
    assert_string_equal(error_of(ask(w, c.vera, "{'id':'e','do':'chat.end'}")), "");
    assert_string_equal(error_of(ask(w, c.vera, "{'id':'f','do':'chat.feedback','rating':1}")),
                        "rate");
    world_advance(w, HOUR_MS / 4);
    assert_string_equal(ring(w, c.code, 3), "");
}

#define T(test) cmocka_unit_test_setup_teardown(test, world_open, world_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(an_address_has_so_many_chats_at_a_time),
        T(a_department_is_left_so_many_messages_an_hour),
        T(an_address_stores_so_much_an_hour),
        T(all_together_store_so_much_an_hour),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
