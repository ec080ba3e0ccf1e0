/*
 * Storms: many clients that send whole, cut, broken and masked things at random and leave at
 * random, and a handler that answers now, later, or not at all.  Whatever happens, each connection
 * that the handler was told of is told to be gone exactly once, and nothing is left at the end.
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "edge_world.h"

#define CLIENTS 24
#define STEPS 4000
#define SEEDS 12
#define SEEN_MAX 4096

enum seen_as { SEEN_REQUEST, SEEN_ANSWERED, SEEN_OPEN, SEEN_GONE };

struct storm {
    struct event_base *base;
    struct edge *edge;
    uint64_t rng;
    uint64_t ids[SEEN_MAX];
    uint8_t as[SEEN_MAX];
    unsigned nseen, passes, requests, messages, lines, gone;
    bool calm;  /* the storm is over: nothing is meddled with any more */
    bool input; /* something was handed over and the pass has not ended */
};

static unsigned dice(struct storm *s, unsigned sides)
{
    s->rng = s->rng * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(s->rng >> 33) % sides;
}

static unsigned seen_find(struct storm *s, uint64_t id)
{
    for (unsigned i = 0; i < s->nseen; i++) {
        if (s->ids[i] == id)
            return i;
    }
    return s->nseen;
}

static void see(struct storm *s, uint64_t id, enum seen_as as)
{
    unsigned i = seen_find(s, id);

    assert_in_range(i, 0, SEEN_MAX - 1);
    if (i == s->nseen)
        s->ids[s->nseen++] = id;
    else
        assert_int_not_equal(s->as[i], SEEN_GONE);
    s->as[i] = (uint8_t)as;
    s->input = true;
}

static void answer(struct storm *s, unsigned i)
{
    struct edge_reply rp = {.status = 200, .type = "text/plain", .body = SPAN_LIT("answer")};

    rp.close = dice(s, 5) == 0;
    edge_reply(s->edge, s->ids[i], &rp);
    s->as[i] = SEEN_ANSWERED;
}

/* Something to one of the connections that were ever seen, dead ones included. */
static void meddle(struct storm *s)
{
    unsigned i = s->nseen > 0 ? dice(s, s->nseen) : 0;
    struct edge_frame *fr;

    if (s->nseen == 0 || s->calm)
        return;
    switch (dice(s, 8)) {
    case 0:
        edge_close(s->edge, s->ids[i], 4000, "a whim");
        break;
    case 1:
        (void)edge_send_line(s->edge, s->ids[i], SPAN_LIT("line"));
        break;
    case 2:
        edge_pause(s->edge, dice(s, 6) == 0);
        break;
    case 3:
    case 4:
        if (s->as[i] == SEEN_REQUEST)
            answer(s, i);
        break;
    default:
        fr = edge_frame_new(SPAN_LIT("a frame of the storm"));
        (void)edge_send(s->edge, s->ids[i], fr, dice(s, 2) == 0);
        edge_frame_unref(fr);
    }
}

static void on_request(uint64_t conn, const struct http_request *rq, void *arg)
{
    struct storm *s = arg;

    (void)rq;
    s->requests++;
    see(s, conn, SEEN_REQUEST);
    if (dice(s, 2) == 0)
        answer(s, seen_find(s, conn));
    if (dice(s, 8) == 0)
        edge_close(s->edge, conn, 1000, "");
}

static err_t on_upgrade(uint64_t conn, const struct http_request *rq, struct fault *f, void *arg)
{
    struct storm *s = arg;

    (void)rq;
    if (dice(s, 6) == 0) {
        s->input = true;
        return fault_set(f, ERR_DENIED, NULL, "no");
    }
    see(s, conn, SEEN_OPEN);
    return ERR_OK;
}

static void on_message(uint64_t conn, struct span text, void *arg)
{
    struct storm *s = arg;

    assert_true(text.len < 100);
    assert_int_equal(s->as[seen_find(s, conn)], SEEN_OPEN);
    s->input = true;
    s->messages++;
    meddle(s);
}

static void on_line(uint64_t conn, struct span line, const struct edge_cred *cred, void *arg)
{
    struct storm *s = arg;

    (void)cred;
    assert_true(line.len > 0);
    s->lines++;
    see(s, conn, SEEN_OPEN);
    meddle(s);
}

static void on_gone(uint64_t conn, void *arg)
{
    struct storm *s = arg;
    unsigned i = seen_find(s, conn);

    assert_in_range(i, 0, s->nseen - 1);
    assert_int_not_equal(s->as[i], SEEN_GONE);
    s->as[i] = SEEN_GONE;
    s->gone++;
    s->input = true;
}

static void on_pass_end(void *arg)
{
    struct storm *s = arg;

    assert_true(s->input);
    s->input = false;
    s->passes++;
}

static const char *const pieces[] = {
    "GET /a HTTP/1.1\r\nHost: a\r\n\r\n",
    "POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
    "POST /c HTTP/1.1\r\nHost: a\r\nContent-Length: 50\r\n\r\nhello",
    "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n",
    UPGRADE("/ws"),
    UPGRADE("/ws"),
    "a line\n",
    "{\"x\":1}\nand a half",
    "\n\n",
    "\x81\x85\0\0\0\0hello",
    "GET / HTTP/1.1\nbare",
};

static void client_act(struct storm *s, struct client *cl, struct world *door, const char *path)
{
    struct buf b = {0};
    const char *piece = pieces[dice(s, COUNT_OF(pieces))];

    if (cl->fd < 0) {
        if (dice(s, 4) == 0)
            (void)client_open_unix(cl, path);
        else
            client_open(cl, door);
        if (cl->fd >= 0 && dice(s, 2) == 0)
            client_say(cl, UPGRADE("/ws"));
        return;
    }
    switch (dice(s, 10)) {
    case 0:
        client_close(cl);
        break;
    case 1:
        shutdown(cl->fd, SHUT_WR);
        break;
    case 2:
        client_send(cl, piece, dice(s, (unsigned)strlen(piece) + 1));
        break;
    case 3:
    case 4:
        client_say(cl, piece);
        break;
    case 5:
        for (unsigned i = dice(s, 40); i > 0; i--)
            frame_build(&b, 0x81, SPAN_LIT("many"));
        client_send(cl, b.p, b.len);
        break;
    case 6:
        client_frame(cl, (uint8_t)(dice(s, 3) == 0 ? dice(s, 256) : 0x88), "\x03\xe8");
        break;
    default:
        client_frame(cl, (uint8_t)(dice(s, 2) == 0 ? 0x81 : 0x89), "text");
        client_read(cl);
        buf_reset(&cl->in);
    }
    buf_fini(&b);
}

static void storm_run(uint64_t seed, const char *path, unsigned *happened)
{
    static const char *const listen[] = {"127.0.0.1:0"};
    struct edge_conf conf = {.listen = listen,
                             .nlisten = 1,
                             .control_path = path,
                             .subprotocol = "deskbell.1",
                             .conns_max = CLIENTS - 4,
                             .out_low_bytes = 2000,
                             .out_high_bytes = 6000};
    struct storm s = {.rng = seed};
    struct edge_handler h = {&s,      on_request, on_upgrade,  on_message,
                             on_line, on_gone,    on_pass_end, NULL};
    struct client cl[CLIENTS];
    struct edge_stats stats;
    struct world door = {0};
    struct fault f;
    int64_t end_ms;

    s.base = event_base_new();
    assert_int_equal(edge_start(s.base, &conf, &h, &s.edge, &f), ERR_OK);
    door.edge = s.edge;
    for (int i = 0; i < CLIENTS; i++)
        cl[i] = (struct client){.fd = -1};
    for (int i = 0; i < STEPS; i++) {
        client_act(&s, &cl[dice(&s, CLIENTS)], &door, path);
        if (dice(&s, 3) == 0)
            event_base_loop(s.base, EVLOOP_NONBLOCK);
        if (dice(&s, 20) == 0)
            meddle(&s);
    }
    s.calm = true;
    edge_pause(s.edge, false);
    for (int i = 0; i < CLIENTS; i++)
        client_close(&cl[i]);
    end_ms = world_mono_ms() + 20000;
    do {
        event_base_loop(s.base, EVLOOP_ONCE);
        for (unsigned i = 0; i < s.nseen; i++) {
            if (s.as[i] == SEEN_REQUEST)
                answer(&s, i);
        }
        edge_stats(s.edge, &stats);
        if (world_mono_ms() >= end_ms)
            fail_msg("%u connections are left, input %d", stats.conns, s.input);
    } while (stats.conns > 0 || s.input);
    for (unsigned i = 0; i < s.nseen; i++) {
        if (s.as[i] != SEEN_GONE)
            assert_int_equal(s.as[i], SEEN_ANSWERED);
    }
    assert_int_equal(stats.websockets, 0);
    assert_int_equal(stats.controls, 0);
    *happened += s.requests + s.messages + s.lines + s.gone;
    assert_true(s.gone > 0);
    edge_free(s.edge);
    event_base_free(s.base);
}

static void every_storm_ends_with_everyone_accounted_for(void **state)
{
    char dir[] = "/tmp/edge-storm-XXXXXX", path[64];
    unsigned happened = 0;

    (void)state;
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof(path), "%s/socket", dir);
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        print_message("  seed %u\n", (unsigned)seed);
        storm_run(seed, path, &happened);
    }
    print_message("  %u calls\n", happened);
    assert_true(happened > SEEDS * 100);
    rmdir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_storm_ends_with_everyone_accounted_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
