/*
 * Two promises of the edge, each beside a bound measured in the same run: what an idle visitor's
 * WebSocket costs in memory, and what a relayed message costs in CPU against a bare epoll relay of
 * the same bytes.  The server is a process of its own, so that only its side is counted.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <malloc.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "deskbell/crypto.h"
#include "deskbell/edge.h"
#include "deskbell/ws.h"

#define IDLE_CONNS 15000
#define IDLE_PROMISE_BYTES 1536
#define RELAY_CONNS 100 /* in pairs */
#define RELAY_MESSAGES 200000
#define RELAY_ROUNDS 3
#define RELAY_PROMISE 4.0
#define PAYLOAD_BYTES 100
#define CONNS_MAX 20000

/* What the server process has used so far; it writes one of these for each byte that it is sent. */
struct usage {
    int64_t cpu_us;
    size_t rss_bytes, heap_bytes;
    unsigned conns;
};

static __attribute__((noreturn)) void die(const char *what)
{
    perror(what);
    exit(2);
}

static size_t rss_read(void)
{
    FILE *in = fopen("/proc/self/statm", "r");
    unsigned long size, resident;

    if (in == NULL || fscanf(in, "%lu %lu", &size, &resident) != 2)
        die("/proc/self/statm");
    fclose(in);
    return resident * (size_t)sysconf(_SC_PAGESIZE);
}

static void usage_answer(int fd, unsigned conns)
{
    struct rusage ru;
    struct usage us = {.conns = conns};
    char c;

    if (read(fd, &c, 1) != 1)
        _exit(0); /* the other side is done */
    getrusage(RUSAGE_SELF, &ru);
    us.cpu_us = (int64_t)(ru.ru_utime.tv_sec + ru.ru_stime.tv_sec) * 1000000 + ru.ru_utime.tv_usec +
                ru.ru_stime.tv_usec;
    us.rss_bytes = rss_read();
    us.heap_bytes = mallinfo2().uordblks;
    if (write(fd, &us, sizeof(us)) != sizeof(us))
        die("usage");
}

/* The edge as a server: relays each message to the partner of its sender. */
struct relay {
    struct edge *edge;
    uint64_t ids[CONNS_MAX];
    unsigned count;
    int control;
};

static void on_request(uint64_t conn, const struct http_request *rq, void *arg)
{
    struct relay *r = arg;

    (void)rq;
    edge_reply(r->edge, conn, &(struct edge_reply){.status = 204});
}

static err_t on_upgrade(uint64_t conn, const struct http_request *rq, struct fault *f, void *arg)
{
    struct relay *r = arg;

    (void)rq;
    (void)f;
    ensure(r->count < CONNS_MAX);
    r->ids[r->count++] = conn;
    return ERR_OK;
}

/* A look-up over a hundred ids stands for the gateway's own. */
static void on_message(uint64_t conn, struct span text, void *arg)
{
    struct relay *r = arg;

    for (unsigned i = 0; i < r->count; i++) {
        if (r->ids[i] == conn) {
            struct edge_frame *fr = edge_frame_new(text);

            (void)edge_send(r->edge, r->ids[i ^ 1], fr, true);
            edge_frame_unref(fr);
            return;
        }
    }
}

static void on_line(uint64_t conn, struct span line, const struct edge_cred *cred, void *arg)
{
    (void)conn;
    (void)line;
    (void)cred;
    (void)arg;
}

static void on_gone(uint64_t conn, void *arg)
{
    (void)conn;
    (void)arg;
}

static void on_pass_end(void *arg)
{
    (void)arg;
}

static void on_control(evutil_socket_t fd, short what, void *arg)
{
    struct relay *r = arg;

    (void)what;
    usage_answer(fd, r->count);
}

static void edge_server(int control)
{
    static struct relay r;
    static const char *const listen[] = {"127.0.0.1:0"};
    struct edge_conf conf = {.listen = listen, .nlisten = 1, .subprotocol = "deskbell.1"};
    struct edge_handler h = {
        .arg = &r,
        .on_request = on_request,
        .on_upgrade = on_upgrade,
        .on_message = on_message,
        .on_line = on_line,
        .on_gone = on_gone,
        .on_pass_end = on_pass_end,
    };
    struct event_config *cfg = event_config_new();
    struct event_base *base;
    struct fault f;
    uint16_t port;

    event_config_set_flag(cfg, EVENT_BASE_FLAG_NOLOCK);
    base = event_base_new_with_config(cfg);
    event_config_free(cfg);
    crypto_init();
    if (edge_start(base, &conf, &h, &r.edge, &f) != ERR_OK) {
        fprintf(stderr, "%s\n", f.what);
        _exit(2);
    }
    port = edge_port(r.edge, 0);
    if (write(control, &port, sizeof(port)) != sizeof(port))
        die("port");
    event_add(event_new(base, control, EV_READ | EV_PERSIST, on_control, &r), NULL);
    event_base_dispatch(base);
    _exit(0);
}

/* The bound: read here, write there, nothing else. */
static void raw_pass(int ep, int listener, int control, int *partner, unsigned *count)
{
    static char buf[65536];
    static int last = -1;
    struct epoll_event ev[64];
    int n = epoll_wait(ep, ev, 64, -1);

    for (int i = 0; i < n; i++) {
        int fd = ev[i].data.fd;

        if (fd == control) {
            usage_answer(control, *count);
        } else if (fd == listener) {
            int on = 1, peer = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
            struct epoll_event add = {.events = EPOLLIN, .data.fd = peer};

            ensure(peer >= 0 && peer < CONNS_MAX);
            setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
            if (++*count % 2 == 0) {
                partner[peer] = last;
                partner[last] = peer;
            }
            last = peer;
            epoll_ctl(ep, EPOLL_CTL_ADD, peer, &add);
        } else {
            ssize_t got = read(fd, buf, sizeof(buf));

            if (got <= 0)
                epoll_ctl(ep, EPOLL_CTL_DEL, fd, NULL);
            else if (write(partner[fd], buf, (size_t)got) != got)
                die("relay");
        }
    }
}

static void raw_server(int control)
{
    static int partner[CONNS_MAX];
    struct sockaddr_in sin = {.sin_family = AF_INET};
    socklen_t len = sizeof(sin);
    int ep = epoll_create1(0), listener = socket(AF_INET, SOCK_STREAM, 0);
    struct epoll_event add = {.events = EPOLLIN, .data.fd = listener};
    unsigned count = 0;

    sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(listener, (struct sockaddr *)&sin, sizeof(sin)) != 0 || listen(listener, 1024) != 0)
        die("listen");
    getsockname(listener, (struct sockaddr *)&sin, &len);
    epoll_ctl(ep, EPOLL_CTL_ADD, listener, &add);
    add.data.fd = control;
    epoll_ctl(ep, EPOLL_CTL_ADD, control, &add);

    uint16_t port = ntohs(sin.sin_port);

    if (write(control, &port, sizeof(port)) != sizeof(port))
        die("port");
    for (;;)
        raw_pass(ep, listener, control, partner, &count);
}

struct server {
    pid_t pid;
    int control;
    uint16_t port;
};

static void server_start(struct server *s, void (*run)(int control))
{
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0 || (s->pid = fork()) < 0)
        die("server");
    if (s->pid == 0) {
        close(pair[0]);
        run(pair[1]);
        _exit(0);
    }
    close(pair[1]);
    s->control = pair[0];
    if (read(s->control, &s->port, sizeof(s->port)) != sizeof(s->port))
        die("port");
}

static void server_end(struct server *s)
{
    close(s->control);
    waitpid(s->pid, NULL, 0);
}

static struct usage server_usage(struct server *s)
{
    struct usage us;

    if (write(s->control, "?", 1) != 1 || read(s->control, &us, sizeof(us)) != sizeof(us))
        die("usage");
    return us;
}

static int client_connect(const struct server *s)
{
    struct sockaddr_in sin = {.sin_family = AF_INET, .sin_port = htons(s->port)};
    int on = 1, fd = socket(AF_INET, SOCK_STREAM, 0);

    sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || connect(fd, (struct sockaddr *)&sin, sizeof(sin)) != 0)
        die("connect");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    return fd;
}

static int client_upgrade(const struct server *s)
{
    static const char ask[] =
        "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Origin: https://shop.example\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: deskbell.1\r\n\r\n";
    char answer[1024];
    int fd = client_connect(s);
    ssize_t n;

    if (write(fd, ask, sizeof(ask) - 1) != sizeof(ask) - 1)
        die("upgrade");
    n = read(fd, answer, sizeof(answer) - 1);
    if (n < 12 || memcmp(answer, "HTTP/1.1 101", 12) != 0 || memcmp(answer + n - 4, "\r\n\r\n", 4))
        die("upgrade");
    return fd;
}

static int idle_bench(void)
{
    static int fds[IDLE_CONNS];
    struct rlimit rl;
    unsigned count = IDLE_CONNS;
    struct usage before, after;
    struct server s;
    double each;

    getrlimit(RLIMIT_NOFILE, &rl);
    rl.rlim_cur = rl.rlim_max;
    setrlimit(RLIMIT_NOFILE, &rl);
    if (rl.rlim_cur < count + 100)
        count = (unsigned)rl.rlim_cur - 100;
    server_start(&s, edge_server);
    for (unsigned i = 0; i < 100; i++)
        close(client_upgrade(&s)); /* first uses of things are not the connection's price */
    before = server_usage(&s);
    for (unsigned i = 0; i < count; i++)
        fds[i] = client_upgrade(&s);
    after = server_usage(&s);
    for (unsigned i = 0; i < count; i++)
        close(fds[i]);
    server_end(&s);
    each = (double)(after.rss_bytes - before.rss_bytes) / count;
    printf("idle.memory conns=%u resident_bytes_each=%.0f heap_bytes_each=%.0f promise=%d "
           "ratio_to_promise=%.2f upgrade_cpu_us_each=%.1f\n",
           count, each, (double)(after.heap_bytes - before.heap_bytes) / count, IDLE_PROMISE_BYTES,
           each / IDLE_PROMISE_BYTES, (double)(after.cpu_us - before.cpu_us) / count);
    return each <= IDLE_PROMISE_BYTES ? 0 : 1;
}

/* Every socket answers what it gets with a message, until so many have gone through. */
static double relay_run(void (*run)(int control), bool ws)
{
    int fds[RELAY_CONNS], ep = epoll_create1(0);
    struct {
        char p[WS_HEADER_MAX_BYTES + 4 + PAYLOAD_BYTES];
        size_t len;
    } msg;
    size_t expected, got[RELAY_CONNS] = {0};
    struct usage before, after;
    unsigned messages = 0;
    struct server s;

    msg.len = ws_header_write(msg.p, WS_TEXT, PAYLOAD_BYTES);
    msg.p[1] = (char)(msg.p[1] | 0x80);
    memset(msg.p + msg.len, 0, 4);
    memset(msg.p + msg.len + 4, 'x', PAYLOAD_BYTES);
    msg.len += 4 + PAYLOAD_BYTES;
    expected = ws ? msg.len - 4 : msg.len;
    server_start(&s, run);
    for (int i = 0; i < RELAY_CONNS; i++) {
        struct epoll_event add = {.events = EPOLLIN, .data.u32 = (uint32_t)i};

        fds[i] = ws ? client_upgrade(&s) : client_connect(&s);
        epoll_ctl(ep, EPOLL_CTL_ADD, fds[i], &add);
    }
    while (server_usage(&s).conns < RELAY_CONNS)
        ;
    before = server_usage(&s);
    for (int i = 0; i < RELAY_CONNS; i += 2) {
        if (write(fds[i], msg.p, msg.len) != (ssize_t)msg.len)
            die("message");
    }
    while (messages < RELAY_MESSAGES) {
        struct epoll_event ev[RELAY_CONNS];
        int n = epoll_wait(ep, ev, RELAY_CONNS, 5000);
        char buf[4096];

        if (n <= 0)
            die("relay stalled");
        for (int i = 0; i < n; i++) {
            uint32_t k = ev[i].data.u32;
            ssize_t r = read(fds[k], buf, sizeof(buf));

            if (r <= 0)
                die("relay");
            for (got[k] += (size_t)r; got[k] >= expected; got[k] -= expected, messages++) {
                if (write(fds[k], msg.p, msg.len) != (ssize_t)msg.len)
                    die("message");
            }
        }
    }
    after = server_usage(&s);
    for (int i = 0; i < RELAY_CONNS; i++)
        close(fds[i]);
    close(ep);
    server_end(&s);
    return (double)(after.cpu_us - before.cpu_us) / messages;
}

static int relay_bench(void)
{
    double raw = 0, edge = 0;

    for (int i = 0; i < RELAY_ROUNDS; i++) {
        double r = relay_run(raw_server, false), e = relay_run(edge_server, true);

        raw = i == 0 || r < raw ? r : raw;
        edge = i == 0 || e < edge ? e : edge;
    }
    printf("relay.cpu conns=%d payload=%d raw_us=%.2f edge_us=%.2f ratio=%.2f promise=%.1f\n",
           RELAY_CONNS, PAYLOAD_BYTES, raw, edge, edge / raw, RELAY_PROMISE);
    return edge / raw <= RELAY_PROMISE ? 0 : 1;
}

int main(void)
{
    int failed = 0;

    setvbuf(stdout, NULL, _IOLBF, 0);
    failed |= idle_bench();
    failed |= relay_bench();
    return failed;
}
