/*
 * TLS from the start (RFC 8314).  The library can only connect to an address, so it gets one of our
 * own on loopback; a thread passes on what it says there to the server, inside TLS, and back.
 * Whoever else connects there is sent away: the login passes by.
 */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "deskbell/clock.h"
#include "smtp_int.h"

#define BLOCK_BYTES 16384
/* Small, so that a body that the server has not read is not counted as handed over. */
#define SOCKET_BYTES 8192
#define FDS_MAX 64    /* this process has far fewer */
#define CLOSE_MS 1000 /* for a server that takes no more: nothing hangs on what is left */

/* What is on its way in one direction. */
struct flow {
    char bytes[BLOCK_BYTES];
    size_t off, len;
    bool ended; /* its source gives no more */
};

/* One session a process: the bridge can be the process's. */
static struct {
    int listener, near, net;
    SSL *ssl;
    struct flow out, back;
    bool wants_write; /* TLS waits for room on the wire */
    atomic_bool came; /* the library has connected */
    pthread_t thread;
    int over[2]; /* a pipe, which the thread closes as its last act; -1: there was none */
} bridge = {.listener = -1, .near = -1, .net = -1, .over = {-1, -1}};

int bridge_net(void)
{
    return bridge.net;
}

/* to the server */

static bool wait_for(int fd, short what, int64_t until_ms)
{
    for (;;) {
        int64_t left_ms = until_ms - clock_mono_ms();
        struct pollfd p = {.fd = fd, .events = what};
        int n = left_ms > 0 ? poll(&p, 1, (int)left_ms) : 0;

        if (n > 0)
            return true;
        if (n == 0 || errno != EINTR)
            return false;
    }
}

/* A connection to one address, or -1 with errno. */
static int address_connect(const struct addrinfo *ai, int64_t until_ms)
{
    int fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), error = 0;
    socklen_t len = sizeof(error);

    if (fd < 0)
        return -1;
    if (connect(fd, ai->ai_addr, ai->ai_addrlen) != 0) {
        error = errno;
        if (error == EINPROGRESS)
            error = wait_for(fd, POLLOUT, until_ms) ? 0 : ETIMEDOUT;
        if (error == 0 && getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0)
            error = errno;
    }
    if (error == 0)
        return fd;
    close(fd);
    errno = error;
    return -1;
}

static int server_connect(const struct job *job, int64_t until_ms)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG}, *all = NULL;
    char *host = span_dup(job->host), port[16];
    int fd = -1, one = 1;

    (void)snprintf(port, sizeof(port), "%u", job->port);
    int rc = getaddrinfo(host, port, &hints, &all);
    free(host);
    if (rc != 0) {
        dialogue_fact(FACT_NO_NAME, SPAN_NONE);
        worker_give_up(TROUBLE_CONNECT, SPAN_LIT("the relay's name is not known"));
    }
    for (const struct addrinfo *ai = all; ai != NULL && fd < 0; ai = ai->ai_next)
        fd = address_connect(ai, until_ms);
    if (fd < 0) {
        int error = errno;

        dialogue_errno(error);
        worker_give_up(TROUBLE_CONNECT, span_of(strerror(error)));
    }
    dialogue_peer(fd);
    freeaddrinfo(all);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    return fd;
}

/* Returns with TLS up, the certificate and its name verified, or not at all. */
static void shake_hands(const struct job *job, int64_t until_ms)
{
    const char *why = "";
    SSL_CTX *ctx = tls_context(job, &why);

    if (ctx == NULL)
        worker_give_up(TROUBLE_CONFIG, span_of(why));
    SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION);
    bridge.ssl = SSL_new(ctx);
    ensure(bridge.ssl != NULL && SSL_set_fd(bridge.ssl, bridge.net) == 1);
    for (;;) {
        ERR_clear_error();
        int rc = SSL_connect(bridge.ssl);
        int error = SSL_get_error(bridge.ssl, rc);

        if (rc == 1)
            return;
        if ((error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) &&
            wait_for(bridge.net, error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, until_ms))
            continue;
        if (tls_verify_error() != NULL)
            worker_give_up(TROUBLE_CERT, span_of(tls_verify_error()));
        if (ERR_GET_REASON(ERR_peek_error()) == SSL_R_WRONG_VERSION_NUMBER)
            dialogue_fact(FACT_NOT_TLS, SPAN_NONE);
        why = ERR_reason_error_string(ERR_peek_error());
        if (why == NULL)
            why = error == SSL_ERROR_WANT_READ ? "no answer in time" : "the connection was closed";
        worker_give_up(TROUBLE_TLS, span_of(why));
    }
}

/* to the library */

/* Our own descriptor with this address, or -1: then it is somebody else's. */
static int own_socket(const struct sockaddr_in *addr)
{
    for (int fd = 3; fd < FDS_MAX; fd++) {
        struct sockaddr_in mine;
        socklen_t len = sizeof(mine);

        if (getsockname(fd, (struct sockaddr *)&mine, &len) == 0 && mine.sin_family == AF_INET &&
            mine.sin_port == addr->sin_port && mine.sin_addr.s_addr == addr->sin_addr.s_addr)
            return fd;
    }
    return -1;
}

/* Wait for the library, and for nobody else. */
static bool library_accept(void)
{
    int size = SOCKET_BYTES, one = 1;

    for (;;) {
        struct sockaddr_in peer;
        socklen_t len = sizeof(peer);
        int fd =
            accept4(bridge.listener, (struct sockaddr *)&peer, &len, SOCK_CLOEXEC | SOCK_NONBLOCK);

        if (fd < 0 && (errno == EINTR || errno == ECONNABORTED))
            continue;
        if (fd < 0)
            return false;
        int library = own_socket(&peer);
        if (library < 0) {
            close(fd);
            continue;
        }
        (void)setsockopt(library, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
        bridge.near = fd;
        atomic_store(&bridge.came, true);
        close(bridge.listener);
        return true;
    }
}

/* passing on: each step says whether something moved */

static bool tls_step(int rc)
{
    int error = SSL_get_error(bridge.ssl, rc);

    if (rc > 0)
        return true;
    if (error == SSL_ERROR_WANT_WRITE)
        bridge.wants_write = true;
    else if (error != SSL_ERROR_WANT_READ)
        bridge.back.ended = true;
    return false;
}

static bool near_read(void)
{
    struct flow *f = &bridge.out;

    if (f->len > 0 || f->ended)
        return false;
    ssize_t n = recv(bridge.near, f->bytes, sizeof(f->bytes), 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return false;
    if (n <= 0)
        f->ended = true;
    f->off = 0;
    f->len = n > 0 ? (size_t)n : 0;
    return true;
}

static bool net_write(void)
{
    struct flow *f = &bridge.out;

    if (f->len == 0)
        return false;
    ERR_clear_error();
    int n = SSL_write(bridge.ssl, f->bytes + f->off, (int)f->len);
    if (!tls_step(n))
        return false;
    f->off += (size_t)n;
    f->len -= (size_t)n;
    return true;
}

static bool net_read(void)
{
    struct flow *f = &bridge.back;

    if (f->len > 0 || f->ended)
        return false;
    ERR_clear_error();
    int n = SSL_read(bridge.ssl, f->bytes, sizeof(f->bytes));
    if (!tls_step(n))
        return false;
    f->off = 0;
    f->len = (size_t)n;
    return true;
}

static bool near_write(void)
{
    struct flow *f = &bridge.back;

    if (f->len == 0)
        return false;
    ssize_t n = send(bridge.near, f->bytes + f->off, f->len, MSG_NOSIGNAL);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return false;
    if (n < 0) {
        bridge.out.ended = true;
        f->len = 0;
        return true;
    }
    f->off += (size_t)n;
    f->len -= (size_t)n;
    return true;
}

static void wait_for_either(void)
{
    struct pollfd p[2] = {{.fd = bridge.net, .events = POLLIN}, {.fd = bridge.near}};

    if (bridge.wants_write)
        p[0].events |= POLLOUT;
    if (bridge.back.len > 0) { /* nothing is read from the server until this is passed on */
        p[0].events &= ~POLLIN;
        p[1].events |= POLLOUT;
    }
    if (bridge.out.len == 0 && !bridge.out.ended)
        p[1].events |= POLLIN;
    (void)poll(p, 2, -1); /* the session's limit ends the process, and this with it */
}

/* Until one side is done and has been heard to its end. */
static void pass_on(void)
{
    while (!(bridge.back.ended && bridge.back.len == 0) &&
           !(bridge.out.ended && bridge.out.len == 0)) {
        bridge.wants_write = false;
        bool moved = near_read();
        moved = net_write() || moved;
        moved = net_read() || moved;
        moved = near_write() || moved;
        if (!moved && !(bridge.back.ended && bridge.back.len == 0))
            wait_for_either();
    }
    (void)SSL_shutdown(bridge.ssl);
    close(bridge.net);
    close(bridge.near); /* to the library: the server has gone */
}

static void *bridge_run(void *arg)
{
    sigset_t alarm;

    sigemptyset(&alarm);
    sigaddset(&alarm, SIGALRM); /* the library's thread has to wake by it */
    (void)pthread_sigmask(SIG_BLOCK, &alarm, NULL);
    if (library_accept())
        pass_on();
    close(bridge.over[1]);
    return arg;
}

unsigned bridge_open(const struct job *job, int64_t limit_ms)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof(addr);
    int64_t until_ms = clock_mono_ms() + limit_ms;
    int size = SOCKET_BYTES;

    bridge.net = server_connect(job, until_ms);
    shake_hands(job, until_ms);
    bridge.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bridge.listener < 0 ||
        setsockopt(bridge.listener, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)) != 0 ||
        bind(bridge.listener, (struct sockaddr *)&addr, sizeof(addr)) != 0 ||
        listen(bridge.listener, 8) != 0 ||
        getsockname(bridge.listener, (struct sockaddr *)&addr, &len) != 0 ||
        pipe2(bridge.over, O_CLOEXEC) != 0 ||
        pthread_create(&bridge.thread, NULL, bridge_run, NULL) != 0)
        worker_give_up(TROUBLE_WORKER, span_of(strerror(errno)));
    return ntohs(addr.sin_port);
}

void bridge_close(void)
{
    struct pollfd over = {.fd = bridge.over[0]};

    if (bridge.over[0] < 0)
        return;
    if (!atomic_load(&bridge.came)) /* the library never did */
        (void)shutdown(bridge.listener, SHUT_RDWR);
    if (poll(&over, 1, CLOSE_MS) != 1)
        (void)shutdown(bridge.net, SHUT_RDWR);
    (void)pthread_join(bridge.thread, NULL);
    close(bridge.over[0]);
}
