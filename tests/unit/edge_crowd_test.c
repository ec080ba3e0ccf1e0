/* Who has to go when it is full, and for whom there is always room. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "deskbell/limits.h"
#include "edge_world.h"

#define HEALTH "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
#define FOR_EVER_MS 3600000

static bool is_closed(struct client *cl)
{
    client_read(cl);
    return cl->eof || cl->reset;
}

/* Somebody new is answered. */
static void newcomer_gets_in(struct world *w, struct client *cl, unsigned host)
{
    client_open_from(cl, w, host);
    client_say(cl, HEALTH);
    world_until(w, client_has(cl, "HTTP/1.1 200 OK"));
}

static void a_websocket_without_a_chat_has_a_patience(void **state)
{
    struct edge_conf conf = {.ws_stranger_ms = 300};
    struct client stranger, guest, staff;
    struct world w;

    (void)state;
    world_start(&w, &conf);
    client_open(&guest, &w);
    client_upgrade(&guest, &w, "/ws");
    client_frame(&guest, 0x81, "join");
    client_open(&staff, &w);
    client_upgrade(&staff, &w, "/ws?staff");
    client_open(&stranger, &w);
    client_upgrade(&stranger, &w, "/ws");
    world_until(&w, is_closed(&stranger));
    assert_int_equal(stranger.in.len, 4 + strlen("no chat was begun on it"));
    assert_memory_equal(stranger.in.p + 2, "\x11\x38", 2); /* 4408 */

    /* Long after its time the guest is still there; once a stranger again, it has that time. */
    client_frame(&guest, 0x81, "still here");
    world_until(&w, world_logged(&w, "message still here"));
    client_frame(&guest, 0x81, "leave");
    world_until(&w, is_closed(&guest));
    client_frame(&staff, 0x81, "and so am I");
    world_until(&w, world_logged(&w, "message and so am I"));
    client_close(&stranger);
    client_close(&guest);
    client_close(&staff);
    world_end(&w);
}

/* Ways to hold a connection without being of any use, each for longer than any test lasts. */
static const struct {
    const char *what, *says;
    const char *upgrade; /* or this */
} holds[] = {
    {"nothing", "", NULL},
    {"a head that drips", "GET / HTTP/1.1\r\nX: ", NULL},
    {"a body that drips", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nb", NULL},
    {"idle after an answer", HEALTH, NULL},
    {"a WebSocket without a chat", NULL, "/ws"},
    {"an answer that is not read", "GET /big HTTP/1.1\r\nHost: a\r\n\r\n", NULL},
};

static void hold_begin(struct world *w, struct client *cl, unsigned host, size_t how)
{
    struct edge_stats before, stats;

    edge_stats(w->edge, &before);
    client_open_from(cl, w, host);
    if (holds[how].upgrade != NULL)
        client_upgrade(cl, w, holds[how].upgrade);
    else
        client_say(cl, holds[how].says);
    world_until(w, (edge_stats(w->edge, &stats), stats.accepted > before.accepted));
    world_pass(w);
}

static struct edge_conf crowd_conf(unsigned conns_max, unsigned spare_age_ms)
{
    return (struct edge_conf){.conns_max = conns_max,
                              .spare_age_ms = spare_age_ms,
                              .head_timeout_ms = FOR_EVER_MS,
                              .body_timeout_ms = FOR_EVER_MS,
                              .idle_timeout_ms = FOR_EVER_MS,
                              .ws_stranger_ms = FOR_EVER_MS};
}

/* Two of an address are its share: whoever has been there for a while goes, one for each. */
static void the_oldest_idle_stranger_goes_for_somebody_new(void **state)
{
    (void)state;
    for (size_t how = 0; how < COUNT_OF(holds); how++) {
        struct edge_conf conf = crowd_conf(2, 100);
        struct client cl[2], newcomer;
        struct edge_stats stats;
        struct world w;

        world_start(&w, &conf);
        w.big_bytes = 8u << 20;
        for (unsigned i = 0; i < 2; i++)
            hold_begin(&w, &cl[i], 2 + i, how);
        newcomer_gets_in(&w, &newcomer, 9);
        edge_stats(w.edge, &stats);
        if (stats.spared != 1)
            print_error("%s\n", holds[how].what);
        assert_int_equal(stats.spared, 1);
        assert_int_equal(stats.conns, 2);
        if (holds[how].says == NULL || strstr(holds[how].says, "/big") == NULL) {
            assert_true(is_closed(&cl[0])); /* the older one */
            assert_false(is_closed(&cl[1]));
        }
        for (unsigned i = 0; i < 2; i++)
            client_close(&cl[i]);
        client_close(&newcomer);
        world_end(&w);
    }
}

/* Between two requests nobody misses a connection, however new it is. */
static void who_is_idle_goes_at_once(void **state)
{
    struct edge_conf conf = crowd_conf(2, FOR_EVER_MS);
    struct client cl[2], newcomer;
    struct world w;

    (void)state;
    world_start(&w, &conf);
    hold_begin(&w, &cl[0], 2, 1);
    hold_begin(&w, &cl[1], 3, 3);
    newcomer_gets_in(&w, &newcomer, 9);
    assert_false(is_closed(&cl[0]));
    assert_true(is_closed(&cl[1]));
    for (unsigned i = 0; i < 2; i++)
        client_close(&cl[i]);
    client_close(&newcomer);
    world_end(&w);
}

/* Whoever has just come is left in peace, and whoever comes then waits. */
static void everybody_has_time_to_say_what_he_wants(void **state)
{
    struct edge_conf conf = crowd_conf(2, 400);
    struct client cl[2], newcomer;
    int64_t start = world_mono_ms();
    struct world w;

    (void)state;
    world_start(&w, &conf);
    for (unsigned i = 0; i < 2; i++)
        hold_begin(&w, &cl[i], 2 + i, 1);
    newcomer_gets_in(&w, &newcomer, 9);
    assert_true(world_mono_ms() - start >= 400);
    assert_true(is_closed(&cl[0]));
    for (unsigned i = 0; i < 2; i++)
        client_close(&cl[i]);
    client_close(&newcomer);
    world_end(&w);
}

/* Of eight, two are a share: who holds more has no such time, and others are spared for it. */
static void who_holds_more_than_his_share_goes_first(void **state)
{
    (void)state;
    for (size_t how = 0; how <= COUNT_OF(holds); how++) {
        struct edge_conf conf = crowd_conf(8, FOR_EVER_MS);
        struct client modest[2], greedy[6], newcomer;
        struct edge_stats stats;
        struct world w;

        world_start(&w, &conf);
        w.big_bytes = 8u << 20;
        hold_begin(&w, &modest[0], 2, 3);
        client_open_from(&modest[1], &w, 3);
        client_upgrade(&modest[1], &w, "/ws?guest");
        for (unsigned i = 0; i < 6; i++) {
            if (how < COUNT_OF(holds)) {
                hold_begin(&w, &greedy[i], 4, how);
                continue;
            }
            client_open_from(&greedy[i], &w, 4); /* even from their chats */
            client_upgrade(&greedy[i], &w, i == 0 ? "/ws?staff" : "/ws?guest");
        }
        newcomer_gets_in(&w, &newcomer, 9);
        edge_stats(w.edge, &stats);
        if (stats.spared != 1)
            print_error("%s\n", how < COUNT_OF(holds) ? holds[how].what : "chats");
        assert_int_equal(stats.spared, 1);
        assert_false(is_closed(&modest[0]));
        assert_false(is_closed(&modest[1]));
        if (how == COUNT_OF(holds))
            assert_false(is_closed(&greedy[0])); /* an agent */
        for (unsigned i = 0; i < 6; i++)
            client_close(&greedy[i]);
        for (unsigned i = 0; i < 2; i++)
            client_close(&modest[i]);
        client_close(&newcomer);
        world_end(&w);
    }
}

static bool is_told_to_come_later(struct client *cl)
{
    return is_closed(cl) && cl->in.len > 4 && memcmp(cl->in.p + 2, "\x03\xf5", 2) == 0; /* 1013 */
}

/* Of sixteen, two are kept free of visitors' WebSockets. */
static void agents_and_questions_for_health_find_room(void **state)
{
    struct edge_conf conf = crowd_conf(16, FOR_EVER_MS);
    struct client seat[14], late, staff[2], health;
    int64_t now;
    struct edge_stats stats;
    struct world w;

    (void)state;
    world_start(&w, &conf);
    for (unsigned i = 0; i < 14; i++) {
        client_open_from(&seat[i], &w, 2 + i / 2);
        client_upgrade(&seat[i], &w, i == 5 ? "/ws" : "/ws?guest");
    }
    conf.spare_age_ms = 1;
    edge_reload(w.edge, &conf);
    now = world_mono_ms();
    world_until(&w, world_mono_ms() > now + 2);

    /* One more takes the place of who has no chat; then there is none to take. */
    client_open_from(&late, &w, 20);
    client_upgrade(&late, &w, "/ws?guest");
    world_until(&w, is_closed(&seat[5]));
    client_close(&seat[5]);
    seat[5] = late;
    client_open_from(&late, &w, 21);
    client_upgrade(&late, &w, "/ws?guest");
    world_until(&w, is_told_to_come_later(&late));

    /* Who goes leaves his place; who was sent away and does not go has none. */
    client_close(&seat[13]);
    world_until(&w, (edge_stats(w.edge, &stats), stats.conns == 14));
    client_open_from(&seat[13], &w, 8);
    client_upgrade(&seat[13], &w, "/ws?guest");
    world_pass(&w);
    assert_false(is_closed(&seat[13]));
    client_close(&late);
    world_until(&w, (edge_stats(w.edge, &stats), stats.conns == 14));

    client_open_from(&staff[0], &w, 22);
    client_upgrade(&staff[0], &w, "/ws?staff");
    newcomer_gets_in(&w, &health, 23);
    client_open_from(&staff[1], &w, 24); /* the idle one goes for him */
    client_upgrade(&staff[1], &w, "/ws?staff");
    client_close(&health);
    assert_false(is_closed(&staff[0]));
    for (unsigned i = 0; i < 14; i++) {
        assert_false(is_closed(&seat[i]));
        client_close(&seat[i]);
    }
    for (unsigned i = 0; i < 2; i++)
        client_close(&staff[i]);
    world_end(&w);
}

/* Begin to send what is never finished. */
static void unfinished_begin(struct client *cl, struct world *w, unsigned host, bool ws)
{
    static const char head[] = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 65536\r\n\r\n";
    static char bytes[60000];
    struct edge_stats before, stats;

    client_open_from(cl, w, host);
    memset(bytes, 'x', sizeof(bytes));
    if (ws) {
        struct buf b = {0};

        client_upgrade(cl, w, "/ws?guest");
        frame_build(&b, 1, (struct span){bytes, sizeof(bytes)}); /* the first of several */
        edge_stats(w->edge, &before);
        client_send(cl, b.p, b.len);
        buf_fini(&b);
    } else {
        edge_stats(w->edge, &before);
        client_say(cl, head);
        client_send(cl, bytes, sizeof(bytes));
    }
    world_until(w, (edge_stats(w->edge, &stats), client_read(cl),
                    stats.bytes_in >= before.bytes_in + sizeof(bytes) || cl->in.len > 0));
}

static void what_one_address_leaves_unfinished_has_a_limit(void **state)
{
    (void)state;
    for (int ws = 0; ws < 2; ws++) {
        struct edge_conf conf = {.conns_per_addr_max = 100};
        struct client cl[40], other, again;
        unsigned held = 0, tries = 0;
        struct world w;

        world_start(&w, &conf);
        for (unsigned i = 0; i < COUNT_OF(cl); i++) {
            unfinished_begin(&cl[i], &w, 2, ws);
            held += !client_has(&cl[i], ws ? "too much is unfinished" : "HTTP/1.1 429 ");
        }
        assert_in_range(held, 7, 17); /* 1 MiB, and buffers double */

        /* Others have room, and so has he when he is done with some of it. */
        unfinished_begin(&other, &w, 3, ws);
        assert_int_equal(other.in.len, 0);
        for (unsigned i = 0; i < 4; i++)
            client_close(&cl[i]);
        for (;;) { /* what the refused had begun does not count until they are gone */
            unfinished_begin(&again, &w, 2, ws);
            if (again.in.len == 0)
                break;
            client_close(&again);
            assert_true(++tries < 3);
        }
        for (unsigned i = 4; i < COUNT_OF(cl); i++)
            client_close(&cl[i]);
        client_close(&other);
        client_close(&again);
        world_end(&w);
    }
}

static void over_a_proxy_it_is_the_visitor_who_leaves_it_unfinished(void **state)
{
    struct ipprefix trusted[1];
    struct edge_conf conf = {.trusted = trusted, .ntrusted = 1};
    static const char first[] = "POST / HTTP/1.1\r\nHost: a\r\nX-Forwarded-";
    struct edge_stats stats, before;
    struct client cl[20];
    unsigned held = 0;
    struct world w;

    (void)state;
    assert_int_equal(ipprefix_parse(SPAN_LIT("127.0.0.1"), &trusted[0], NULL), ERR_OK);
    world_start(&w, &conf);
    for (unsigned i = 0; i < COUNT_OF(cl); i++) {
        char rest[200], bytes[60000];

        edge_stats(w.edge, &before);
        client_open(&cl[i], &w);
        client_say(&cl[i], first);
        world_until(&w, (edge_stats(w.edge, &stats), stats.bytes_in > before.bytes_in));
        snprintf(rest, sizeof(rest), "For: 192.0.2.%u\r\nContent-Length: 65536\r\n\r\n",
                 i < 19 ? 1 : 2);
        memset(bytes, 'x', sizeof(bytes));
        client_say(&cl[i], rest);
        client_send(&cl[i], bytes, sizeof(bytes));
        world_until(&w, (edge_stats(w.edge, &stats), client_read(&cl[i]),
                         stats.bytes_in >= before.bytes_in + sizeof(bytes) || cl[i].in.len > 0));
        held += cl[i].in.len == 0;
    }
    assert_in_range(held, 7, 18);
    assert_int_equal(cl[19].in.len, 0); /* somebody else */
    for (unsigned i = 0; i < COUNT_OF(cl); i++)
        client_close(&cl[i]);
    world_end(&w);
}

/* Send that many and read what is answered; gives how many answers, or as many bytes by two. */
static size_t pings_sent(struct world *w, struct client *cl, unsigned count)
{
    struct buf ping = {0};
    size_t pongs = 0;

    frame_build(&ping, 0x89, SPAN_NONE);
    for (unsigned n = 0; n < count && !cl->eof; n++) {
        client_send(cl, ping.p, ping.len);
        world_until(w, (client_read(cl), cl->in.len > 0 || cl->eof));
        pongs += cl->in.len / 2;
        if (client_has(cl, "too many pings"))
            break;
        buf_reset(&cl->in);
    }
    buf_fini(&ping);
    return pongs;
}

static void pings_are_answered_up_to_a_limit(void **state)
{
    struct edge_conf conf = {.ws_ping_ms = 200};
    struct client cl;
    struct world w;
    int64_t until;

    (void)state;
    world_start(&w, &conf);
    client_open(&cl, &w);
    client_upgrade(&cl, &w, "/ws?guest");
    for (unsigned round = 0; round < 3; round++) { /* some now and then, for ever */
        pings_sent(&w, &cl, WS_PINGS_MAX / 2 - 1);
        assert_false(client_has(&cl, "too many pings"));
        until = world_mono_ms() + 600;
        world_until(&w, world_mono_ms() > until);
        buf_reset(&cl.in);
    }
    conf.ws_ping_ms = 2 * FOR_EVER_MS;
    edge_reload(w.edge, &conf);
    until = world_mono_ms() + 600; /* the last look by the old time */
    world_until(&w, world_mono_ms() > until);
    client_read(&cl);
    buf_reset(&cl.in);
    assert_in_range(pings_sent(&w, &cl, WS_PINGS_MAX + 1), WS_PINGS_MAX, WS_PINGS_MAX + 20);
    assert_true(client_has(&cl, "\x03\xf0too many pings"));
    client_close(&cl);
    world_end(&w);
}

static void an_answer_is_not_read_for_ever(void **state)
{
    struct edge_conf conf = {.reply_timeout_ms = 300};
    struct edge_stats stats;
    struct client cl;
    struct world w;
    int64_t start = world_mono_ms();

    (void)state;
    world_start(&w, &conf);
    w.big_bytes = 32u << 20;
    client_open(&cl, &w);
    client_say(&cl, "GET /big HTTP/1.1\r\nHost: a\r\n\r\n");
    do {
        char bytes[16384];

        world_pass(&w);
        (void)!read(cl.fd, bytes, sizeof(bytes));
        edge_stats(w.edge, &stats);
        assert_true(world_mono_ms() - start < 10000);
    } while (stats.accepted == 0 || stats.conns > 0);
    assert_true(world_mono_ms() - start >= 300);
    assert_true(stats.bytes_out < w.big_bytes);
    client_close(&cl);
    world_end(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_websocket_without_a_chat_has_a_patience),
        cmocka_unit_test(the_oldest_idle_stranger_goes_for_somebody_new),
        cmocka_unit_test(who_is_idle_goes_at_once),
        cmocka_unit_test(everybody_has_time_to_say_what_he_wants),
        cmocka_unit_test(who_holds_more_than_his_share_goes_first),
        cmocka_unit_test(what_one_address_leaves_unfinished_has_a_limit),
        cmocka_unit_test(over_a_proxy_it_is_the_visitor_who_leaves_it_unfinished),
        cmocka_unit_test(pings_are_answered_up_to_a_limit),
        cmocka_unit_test(an_answer_is_not_read_for_ever),
        cmocka_unit_test(agents_and_questions_for_health_find_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
