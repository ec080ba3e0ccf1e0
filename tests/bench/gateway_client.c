/* See gateway_client.h. */
#include "gateway_client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

void die(const char *what)
{
    fprintf(stderr, "gateway_bench: %s: %s\n", what, strerror(errno));
    exit(2);
}

int64_t now_ns(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
}

/* the gateway */

uint16_t free_port(void)
{
    struct sockaddr_in sin = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(sin);
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    if (fd < 0 || bind(fd, (struct sockaddr *)&sin, sizeof(sin)) != 0 ||
        getsockname(fd, (struct sockaddr *)&sin, &len) != 0)
        die("free port");
    close(fd);
    return ntohs(sin.sin_port);
}

void gateway_start(struct bench *b, const char *program)
{
    char conf[300];

    b->port = free_port();
    snprintf(b->host, sizeof(b->host), "127.0.0.1:%u", b->port);
    snprintf(conf, sizeof(conf), "%s/deskbell.conf", b->dir);

    FILE *out = fopen(conf, "w");

    if (out == NULL)
        die(conf);
    fprintf(out,
            "listen = %s\nstate_dir = %s/state\ncontrol_socket = %s/control\ndispatcher = %s\n"
            "user = root\nconnections_per_address = 0\nchats_per_hour = 1000000\n"
            "chats_per_address = 1000000\nmessages_left_per_hour = 1000000\n"
            "visitor_space_per_hour = 256G\n"
            "messages_per_minute = 1000000\ncommands_per_minute = 10000000\nsign_ins_per_minute = "
            "1000000\nlog_level = warn\n",
            b->host, b->dir, b->dir, b->drains ? "yes" : "no");
    fclose(out);
    b->pid = fork();
    if (b->pid == 0) {
        if (freopen("/dev/null", "w", stdout) == NULL) /* the first start's link is nobody's here */
            _exit(2);
        execl(program, program, "-c", conf, (char *)NULL);
        perror(program);
        _exit(2);
    }
}

void gateway_stop(struct bench *b)
{
    int status;

    kill(b->pid, SIGTERM);
    waitpid(b->pid, &status, 0);
}

void control_open(struct bench *b)
{
    struct sockaddr_un sun = {.sun_family = AF_UNIX};
    int64_t until = now_ns() + WAIT_MS * INT64_C(1000000);

    snprintf(sun.sun_path, sizeof(sun.sun_path), "%s/control", b->dir);
    b->control = socket(AF_UNIX, SOCK_STREAM, 0);
    while (connect(b->control, (struct sockaddr *)&sun, sizeof(sun)) != 0) {
        if (now_ns() > until || waitpid(b->pid, NULL, WNOHANG) != 0)
            die("the gateway does not start");
        poll(NULL, 0, 10);
    }
}

json_t *control_ask(struct bench *b, const char *fmt, ...)
{
    struct buf line = {0};
    char text[1024], c;
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    buf_addf(&line, "{\"id\":\"c%llu\",%s}\n", (unsigned long long)++b->next_id, text);
    if (write(b->control, line.p, line.len) != (ssize_t)line.len)
        die("control");
    buf_reset(&line);
    while (read(b->control, &c, 1) == 1 && c != '\n')
        buf_add_char(&line, c);

    json_t *answer = json_loadb(line.p, line.len, 0, NULL);
    json_t *ok = json_object_get(answer, "ok");

    if (ok == NULL) {
        fprintf(stderr, "gateway_bench: asked %s\nanswered %.*s\n", text, (int)line.len, line.p);
        exit(2);
    }
    json_incref(ok);
    json_decref(answer);
    buf_fini(&line);
    return ok;
}

char *text_of(json_t *obj, const char *key)
{
    const char *s = json_string_value(json_object_get(obj, key));

    if (s == NULL) {
        fprintf(stderr, "gateway_bench: no %s in an answer\n", key);
        exit(2);
    }
    return xstrdup(s);
}

/* connections */

static int tcp_open(const struct bench *b)
{
    struct sockaddr_in sin = {.sin_family = AF_INET,
                              .sin_port = htons(b->port),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;

    if (fd < 0 || connect(fd, (struct sockaddr *)&sin, sizeof(sin)) != 0)
        die("connect");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    return fd;
}

char *http_ask(const struct bench *b, const char *request)
{
    int fd = tcp_open(b);
    struct buf in = {0};
    char chunk[4096];
    ssize_t n;

    if (write(fd, request, strlen(request)) < 0)
        die("http");
    while ((in.len == 0 || strstr(in.p, "\r\n\r\n") == NULL) &&
           (n = read(fd, chunk, sizeof(chunk))) > 0)
        buf_add(&in, chunk, (size_t)n);
    close(fd);
    return buf_take(&in);
}

void peer_flush(struct bench *b, struct peer *p)
{
    while (p->out.len > 0) {
        ssize_t n = write(p->fd, p->out.p, p->out.len);

        if (n < 0 && errno != EAGAIN)
            die("write");
        if (n < 0)
            break;
        memmove(p->out.p, p->out.p + n, p->out.len - (size_t)n);
        p->out.len -= (size_t)n;
    }

    bool writing = p->out.len > 0;

    if (writing != p->writing) {
        struct epoll_event ev = {.events = EPOLLIN | (writing ? EPOLLOUT : 0), .data.ptr = p};

        epoll_ctl(b->epoll, EPOLL_CTL_MOD, p->fd, &ev);
        p->writing = writing;
    }
}

void peer_send(struct bench *b, struct peer *p, int opcode, const char *text, size_t len)
{
    uint8_t head[8] = {(uint8_t)(0x80 | opcode), (uint8_t)(0x80 | (len < 126 ? len : 126)),
                       (uint8_t)(len >> 8), (uint8_t)len};

    buf_add(&p->out, head, len < 126 ? 2 : 4);
    buf_add(&p->out, "\0\0\0\0", 4);
    buf_add(&p->out, text, len);
    peer_flush(b, p);
}

void peer_sendf(struct bench *b, struct peer *p, const char *fmt, ...)
{
    char text[1024];
    va_list ap;

    va_start(ap, fmt);
    int len = vsnprintf(text, sizeof(text), fmt, ap);

    va_end(ap);
    peer_send(b, p, 1, text, (size_t)len);
}

void peer_open(struct bench *b, struct peer *p, enum peer_kind kind, size_t index)
{
    struct epoll_event ev = {.events = EPOLLIN, .data.ptr = p};

    *p = (struct peer){.kind = kind, .index = index, .fd = tcp_open(b)};
    fcntl(p->fd, F_SETFL, O_NONBLOCK);
    if (epoll_ctl(b->epoll, EPOLL_CTL_ADD, p->fd, &ev) != 0)
        die("epoll");
}

void peer_upgrade(struct bench *b, struct peer *p, const char *path, const char *cookie)
{
    buf_addf(&p->out,
             "GET %s HTTP/1.1\r\nHost: %s\r\nOrigin: http://%s\r\nUpgrade: websocket\r\n"
             "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
             "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
             "Sec-WebSocket-Protocol: deskbell.1\r\n%s%s%s\r\n",
             path, b->host, b->host, cookie != NULL ? "Cookie: " : "", cookie != NULL ? cookie : "",
             cookie != NULL ? "\r\n" : "");
    peer_flush(b, p);
}
