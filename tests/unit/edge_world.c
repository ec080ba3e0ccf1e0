/* The world of the edge's tests; see edge_world.h. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "deskbell/crypto.h"
#include "edge_world.h"

int64_t world_mono_ms(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void note(struct world *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void note(struct world *w, const char *fmt, ...)
{
    char line[300];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(line, sizeof(line), fmt, ap);
    va_end(ap);
    buf_add_str(&w->log, line);
    buf_add_char(&w->log, '\n');
}

static void on_request(uint64_t conn, const struct http_request *rq, void *arg)
{
    struct world *w = arg;
    struct edge_reply rp = {.status = 200, .type = "text/plain", .body = SPAN_LIT("hello")};
    struct buf big = {0};

    w->last = conn;
    w->peer = rq->peer;
    w->secure = rq->secure;
    note(w, "request %s %.*s body %.*s", http_method_name(rq->method), (int)rq->path.len,
         rq->path.p, (int)(rq->body.len < 40 ? rq->body.len : 40), rq->body.p);
    if (w->hold)
        return;
    if (span_is(rq->path, "/none"))
        rp = (struct edge_reply){.status = 204};
    if (span_is(rq->path, "/big")) {
        while (big.len < w->big_bytes)
            buf_add_str(&big, "0123456789abcdef");
        rp.body = buf_span(&big);
    }
    if (span_is(rq->path, "/fault")) {
        struct fault f;

        fault_set(&f, ERR_NOTFOUND, "x", "no \"x\" here");
        edge_reply_fault(w->edge, conn, &f);
        return;
    }
    edge_reply(w->edge, conn, &rp);
    buf_fini(&big);
}

static bool is_known(const struct http_request *rq, void *arg)
{
    (void)arg;
    return http_cookie_find(rq, "known").len > 0;
}

static size_t body_max(const struct http_request *rq, void *arg)
{
    (void)arg;
    return http_cookie_find(rq, "known").len > 0 ? BODY_KNOWN_MAX : 0;
}

static err_t on_upgrade(uint64_t conn, const struct http_request *rq, struct fault *f, void *arg)
{
    struct world *w = arg;

    w->last = conn;
    w->peer = rq->peer;
    note(w, "upgrade %.*s", (int)rq->path.len, rq->path.p);
    if (span_is(rq->query, "guest"))
        edge_rank(w->edge, conn, EDGE_GUEST);
    if (span_is(rq->query, "staff"))
        edge_rank(w->edge, conn, EDGE_STAFF);
    if (!span_is(rq->path, "/ws"))
        return fault_set(f, ERR_DENIED, "Origin", "not from there");
    return ERR_OK;
}

static void on_message(uint64_t conn, struct span text, void *arg)
{
    struct world *w = arg;

    w->last = conn;
    w->messages++;
    if (text.len < 200)
        note(w, "message %.*s", (int)text.len, text.p);
    else
        note(w, "message of %zu", text.len);
    if (span_is(text, "join"))
        edge_rank(w->edge, conn, EDGE_GUEST);
    if (span_is(text, "leave"))
        edge_rank(w->edge, conn, EDGE_STRANGER);
    if (span_is(text, "close"))
        edge_close(w->edge, conn, 4001, "as you wish");
}

static void on_line(uint64_t conn, struct span line, const struct edge_cred *cred, void *arg)
{
    struct world *w = arg;

    assert_int_equal(cred->uid, getuid());
    assert_int_equal(cred->pid, getpid());
    w->lines[w->nlines++ % 8] = conn;
    note(w, "line %.*s", (int)(line.len < 100 ? line.len : 100), line.p);
    edge_send_line(w->edge, conn, line);
}

static void on_gone(uint64_t conn, void *arg)
{
    struct world *w = arg;

    assert_false(edge_send_line(w->edge, conn, SPAN_LIT("x")));
    note(w, "gone%s", conn == w->last ? "" : " another");
}

static void on_pass_end(void *arg)
{
    struct world *w = arg;

    w->passes++;
}

static void on_stopped(void *arg)
{
    struct world *w = arg;

    w->stopped = true;
}

void world_start(struct world *w, struct edge_conf *conf)
{
    static const char *const listen[] = {"127.0.0.1:0"};
    struct edge_conf usual = {0};
    struct edge_handler h = {
        .arg = w,
        .on_request = on_request,
        .on_upgrade = on_upgrade,
        .on_message = on_message,
        .on_line = on_line,
        .on_gone = on_gone,
        .on_pass_end = on_pass_end,
        .on_stopped = on_stopped,
        .is_known = is_known,
        .body_max = body_max,
    };
    struct fault f = {.err = ERR_OK};

    crypto_init();
    memset(w, 0, sizeof(*w));
    if (conf == NULL)
        conf = &usual;
    if (conf->nlisten == 0) {
        conf->listen = listen;
        conf->nlisten = 1;
    }
    conf->subprotocol = "deskbell.1";
    buf_add_str(&w->log, "\n");
    w->base = event_base_new();
    assert_non_null(w->base);
    if (edge_start(w->base, conf, &h, &w->edge, &f) != ERR_OK)
        fail_msg("%s: %s", f.field, f.what);
}

void world_end(struct world *w)
{
    edge_free(w->edge);
    event_base_free(w->base);
    buf_fini(&w->log);
}

static void pass_over(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    (void)arg;
}

void world_pass(struct world *w)
{
    const struct timeval bound = {0, 20000};

    event_base_once(w->base, -1, EV_TIMEOUT, pass_over, NULL, &bound);
    assert_int_not_equal(event_base_loop(w->base, EVLOOP_ONCE), -1);
}

bool world_logged(const struct world *w, const char *line)
{
    size_t len = strlen(line);

    for (const char *at = w->log.p; (at = strstr(at, line)) != NULL; at++) {
        if (at[-1] == '\n' && at[len] == '\n')
            return true;
    }
    return false;
}

void client_open(struct client *cl, struct world *w)
{
    client_open_from(cl, w, 1);
}

void client_open_from(struct client *cl, struct world *w, unsigned host)
{
    struct sockaddr_in sin = {.sin_family = AF_INET, .sin_port = htons(edge_port(w->edge, 0))};
    struct sockaddr_in from = {.sin_family = AF_INET};

    memset(cl, 0, sizeof(*cl));
    sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    cl->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(cl->fd >= 0);
    from.sin_addr.s_addr = htonl(0x7f000000 | host);
    assert_int_equal(bind(cl->fd, (struct sockaddr *)&from, sizeof(from)), 0);
    assert_int_equal(connect(cl->fd, (struct sockaddr *)&sin, sizeof(sin)), 0);
    assert_int_equal(fcntl(cl->fd, F_SETFL, O_NONBLOCK), 0);
}

bool client_open_unix(struct client *cl, const char *path)
{
    struct sockaddr_un sun = {.sun_family = AF_UNIX};

    memset(cl, 0, sizeof(*cl));
    assert_true(strlen(path) < sizeof(sun.sun_path));
    memcpy(sun.sun_path, path, strlen(path) + 1);
    cl->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_true(cl->fd >= 0);
    if (connect(cl->fd, (struct sockaddr *)&sun, sizeof(sun)) == 0)
        return true;
    assert_int_equal(errno, EAGAIN); /* the queue is full */
    client_close(cl);
    return false;
}

void client_close(struct client *cl)
{
    if (cl->fd >= 0)
        close(cl->fd);
    cl->fd = -1;
    buf_fini(&cl->in);
}

size_t client_send(struct client *cl, const char *bytes, size_t len)
{
    ssize_t n = send(cl->fd, bytes, len, MSG_NOSIGNAL);

    return n > 0 ? (size_t)n : 0;
}

void client_say(struct client *cl, const char *text)
{
    client_send(cl, text, strlen(text));
}

void client_read(struct client *cl)
{
    static char part[65536];
    ssize_t n;

    while ((n = read(cl->fd, part, sizeof(part))) > 0)
        buf_add(&cl->in, part, (size_t)n);
    if (n == 0)
        cl->eof = true;
    else if (errno != EAGAIN)
        cl->reset = cl->eof = true;
}

bool client_has(struct client *cl, const char *text)
{
    client_read(cl);
    return cl->in.len > 0 && memmem(cl->in.p, cl->in.len, text, strlen(text)) != NULL;
}

void client_upgrade(struct client *cl, struct world *w, const char *path)
{
    char text[512];

    snprintf(text, sizeof(text), UPGRADE("%s"), path);
    client_say(cl, text);
    world_until(w, client_has(cl, "\r\n\r\n"));
    assert_true(client_has(cl, "HTTP/1.1 101 "));
    assert_true(client_has(cl, "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"));

    size_t head = (size_t)((char *)memmem(cl->in.p, cl->in.len, "\r\n\r\n", 4) + 4 - cl->in.p);

    memmove(cl->in.p, cl->in.p + head, cl->in.len - head);
    cl->in.len -= head;
}

void frame_build(struct buf *out, uint8_t first, struct span payload)
{
    static const uint8_t mask[4] = {0x37, 0xfa, 0x21, 0x3d};
    char head[WS_HEADER_MAX_BYTES];
    size_t n = ws_header_write(head, WS_TEXT, payload.len), at;

    head[0] = (char)first;
    head[1] = (char)(head[1] | 0x80);
    buf_add(out, head, n);
    buf_add(out, mask, 4);
    at = out->len;
    buf_add_span(out, payload);
    ws_mask(out->p + at, payload.len, mask, 0);
}

void client_frame(struct client *cl, uint8_t first, const char *payload)
{
    struct buf b = {0};

    frame_build(&b, first, span_of(payload));
    client_send(cl, b.p, b.len);
    buf_fini(&b);
}
