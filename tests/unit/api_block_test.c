/* Blocks that are asked for first: what reaches further than it may seem. */
#include "api_world.h"

#include <stdio.h>
#include <string.h>

#define OWN "198.51.100.77"

struct place {
    struct world *w;
    struct world_chat c;
    uint64_t root;
};

/* Ann talks with Vera from 203.0.113.5; an administrator is signed in from OWN. */
static void place_open(struct place *p, struct world *w)
{
    static struct ipprefix proxies[2];
    char cookie[64];

    p->w = w;
    assert_int_equal(ipprefix_parse(SPAN_LIT("203.0.113.128/25"), &proxies[0], NULL), ERR_OK);
    assert_int_equal(ipprefix_parse(SPAN_LIT("2001:db8:9::1"), &proxies[1], NULL), ERR_OK);
    api_configure(w->api, &(struct api_config){.proxies = proxies, .nproxies = 2});
    assert_int_equal(ipaddr_parse(SPAN_LIT("203.0.113.5"), &w->ip), ERR_OK);
    world_chat(w, &p->c, "");
    assert_int_equal(ipaddr_parse(SPAN_LIT(OWN), &w->ip), ERR_OK);
    world_agent(w, "root@example.com", p->c.dept, ",'role':'admin'", cookie);
    p->root = world_ready(w, cookie);
}

static json_t *block(struct place *p, uint64_t conn, const char *prefix, const char *more)
{
    static unsigned n;

    return ask(p->w, conn, "{'id':'%u','do':'block.add','prefix':'%s'%s}", ++n, prefix, more);
}

static void unblock(struct place *p, const char *id)
{
    assert_string_equal(
        error_of(operator_ask(p->w, "{'id':'u%s','do':'block.remove','block':'%s'}", id, id)), "");
}

static const char *what_of(const json_t *answer)
{
    return json_string_value(json_object_get(json_object_get(answer, "error"), "what"));
}

static void what_reaches_far_is_asked_for_first(void **state)
{
    static const struct {
        const char *prefix, *part; /* NULL: is done */
    } rows[] = {
        {"192.0.2.7", NULL},
        {"192.0.2.0/24", NULL},
        {"9.9.0.0/16", NULL},
        {"2001:db8:1:2::/64", NULL},
        {"2001:db8::/33", "proxy"},
        {"2001:dc0::/32", NULL},
        {"0.0.0.0/0", "large"},
        {"9.8.0.0/15", "large"},
        {"::/0", "large"},
        {"2000::/31", "large"},
        {"::fffe:0:0/95", "large"},
        {OWN, "own"},
        {"198.51.0.0/16", "own"},
        {"203.0.113.130", "proxy"},
        {"203.0.113.0/24", "proxy"},
        {"2001:db8:9::1", "proxy"},
        {"2001:db8:9::/48", "proxy"},
        {"10.1.2.3", "private"},
        {"172.31.255.0/24", "private"},
        {"172.32.0.0/24", NULL},
        {"192.168.0.0/16", "private"},
        {"127.0.0.1", "private"},
        {"169.254.1.0/24", "private"},
        {"100.127.0.0/16", "private"},
        {"fd00:1::/64", "private"},
        {"fe80::1", "private"},
        {"::1", "private"},
        {"::2", NULL},
    };
    struct place p;

    place_open(&p, *state);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        json_t *a = block(&p, p.root, rows[i].prefix, "");
        char id[ID_TEXT];

        if (rows[i].part != NULL) {
            assert_string_equal(error_of(a), "confirm");
            if (strstr(what_of(a), rows[i].part) == NULL)
                fail_msg("%s: %s", rows[i].prefix, what_of(a));
            a = block(&p, p.root, rows[i].prefix, ",'confirm':false");
            assert_string_equal(error_of(a), "confirm");
            a = block(&p, p.root, rows[i].prefix, ",'confirm':true");
        }
        if (strcmp(error_of(a), "") != 0)
            fail_msg("%s: %s", rows[i].prefix, what_of(a));
        snprintf(id, sizeof(id), "%s", ok_text(a, "block"));
        unblock(&p, id);
    }
}

static void the_question_has_the_number_of_chats_that_would_end(void **state)
{
    struct place p;
    char chat[ID_TEXT], token[64];
    json_t *a;

    place_open(&p, *state);
    assert_int_equal(ipaddr_parse(SPAN_LIT("203.0.113.6"), &p.w->ip), ERR_OK);
    world_ring(p.w, p.c.code, chat, token);
    a = block(&p, p.root, "203.0.113.0/24", "");
    assert_non_null(strstr(what_of(a), "2 chats"));
    a = block(&p, p.root, "203.0.113.128/25", "");
    assert_non_null(strstr(what_of(a), "0 chats"));
    a = operator_ask(p.w, "{'id':'o','do':'block.add','prefix':'0.0.0.0/0'}");
    assert_string_equal(error_of(a), "confirm");
    assert_non_null(strstr(what_of(a), "2 chats"));
    /* An operator has no address of his own. */
    a = operator_ask(p.w, "{'id':'p','do':'block.add','prefix':'" OWN "'}");
    assert_string_equal(error_of(a), "");
}

static json_t *block_visitor(struct place *p, uint64_t conn, const char *chat, const char *more)
{
    static unsigned n;

    return ask(p->w, conn, "{'id':'v%u','do':'block.add','conversation':'%s'%s}", ++n, chat, more);
}

static void a_visitors_address_that_is_not_his_alone_is_asked_for_first(void **state)
{
    static const struct {
        const char *ip, *why; /* NULL: is done */
    } rows[] = {
        {"203.0.113.6", NULL},
        {"10.1.2.3", "visitor-private"},
        {"fd00::7", "visitor-private"},
        {"203.0.113.200", "visitor-proxy"},
        {"2001:db8:9::7", "visitor-proxy"}, /* one network with the proxy */
        {OWN, "visitor-own"},
    };
    struct place p;

    place_open(&p, *state);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char chat[ID_TEXT], token[64], id[ID_TEXT];
        json_t *a, *error;

        assert_int_equal(ipaddr_parse(span_of(rows[i].ip), &p.w->ip), ERR_OK);
        world_ring(p.w, p.c.code, chat, token);
        a = block_visitor(&p, p.root, chat, "");
        if (rows[i].why != NULL) {
            error = json_object_get(a, "error");
            assert_string_equal(error_of(a), "confirm");
            assert_string_equal(json_string_value(json_object_get(error, "reason")), rows[i].why);
            assert_string_equal(json_string_value(json_object_get(error, "field")), "conversation");
            assert_non_null(strstr(what_of(a), "1 chats"));
            assert_null(strstr(what_of(a), rows[i].ip));
            a = block_visitor(&p, p.root, chat, ",'confirm':true");
        }
        if (strcmp(error_of(a), "") != 0)
            fail_msg("%s: %s", rows[i].ip, what_of(a));
        snprintf(id, sizeof(id), "%s", ok_text(a, "block"));
        unblock(&p, id);
    }
    /* Of what one does not see, nothing is said. */
    assert_string_equal(error_of(block_visitor(&p, p.root, "12345", "")), "unknown");
}

/* Whoever may not block a range learns nothing of what is in it. */
static void who_may_not_is_not_asked(void **state)
{
    struct place p;

    place_open(&p, *state);
    assert_string_equal(error_of(block(&p, p.c.ann, "0.0.0.0/0", "")), "forbidden");
    assert_string_equal(error_of(block(&p, p.c.ann, "0.0.0.0/0", ",'confirm':true")), "forbidden");
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, world_open, world_close)
    const struct CMUnitTest tests[] = {
        T(what_reaches_far_is_asked_for_first),
        T(the_question_has_the_number_of_chats_that_would_end),
        T(a_visitors_address_that_is_not_his_alone_is_asked_for_first),
        T(who_may_not_is_not_asked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
