/*
 * Listening sockets, and who is let in.  When descriptors or the limit run out, accepting pauses
 * and peers wait in the kernel's queue; who is given up for them is in spare.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "edge_int.h"

#define BACKLOG 1024

/*
 * Accept, or let them wait in the kernel's queue.  An operator still gets in when visitors have
 * reached their limit; descriptors are kept back for that.
 */
void listen_update(struct edge *e)
{
    for (size_t i = 0; i < e->nlisteners; i++) {
        struct listener *l = &e->listeners[i];
        bool full = l->control ? e->no_descriptors : e->stats.accept_paused;
        bool on = !full && !e->paused;

        if (on == l->on)
            continue;
        l->on = on;
        if (on)
            ensure(event_add(&l->ev, NULL) == 0);
        else
            event_del(&l->ev);
    }
}

static bool is_full(const struct edge *e)
{
    return e->nconns - e->stats.controls >= e->conns_max;
}

/* For one, unless somebody is on his way out already. */
static void room_make(struct edge *e)
{
    if (e->ndying == 0)
        (void)spare_kill(e);
}

/* no_descriptors: there are none left; otherwise it is the limit of connections. */
static void listen_pause(struct edge *e, bool no_descriptors)
{
    unsigned suppressed;

    if (!e->stats.accept_paused || no_descriptors != e->no_descriptors) {
        e->stats.accept_paused = true;
        e->no_descriptors = no_descriptors;
        listen_update(e);
        if (log_allowed(&e->accept_log, 1, &suppressed))
            log_warn("edge.accept_paused", "reason=%s conns=%u suppressed=%u",
                     no_descriptors ? "descriptors" : "limit", e->nconns, suppressed);
    }
    room_make(e);
}

void listen_resume(struct edge *e)
{
    if (!e->stats.accept_paused || e->stopping)
        return;
    e->no_descriptors = false;
    if (is_full(e))
        room_make(e);
    else
        e->stats.accept_paused = false;
    listen_update(e);
}

/* Too many of them that have not said whose they are: one line of explanation. */
static void peer_refuse(struct conn *c)
{
    static const char answer[] = "HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n"
                                 "Connection: close\r\n\r\n";
    struct edge *e = c->edge;
    unsigned suppressed;

    e->stats.refused++;
    if (log_allowed(&e->refuse_log, 1, &suppressed))
        log_warn("edge.refused", "reason=per-address suppressed=%u", suppressed);
    (void)!send(event_get_fd(&c->ev), answer, sizeof(answer) - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
    visitors_uncount(c); /* now, so that the next one finds another */
    conn_kill(c);
}

static void visitor_admit(struct edge *e, int fd, const struct sockaddr *sa)
{
    struct ipaddr peer;
    int on = 1;

    if (ipaddr_from_sockaddr(sa, &peer) != ERR_OK) {
        close(fd);
        return;
    }
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)); /* slower without, not wrong */

    bool proxied = http_is_trusted(&e->trust, &peer);
    struct conn *c = conn_new(e, fd, proxied && e->conf.proxy_protocol ? CONN_PROXY : CONN_HEAD);

    c->peer = peer;
    e->stats.accepted++;
    conn_wait(c, WAIT_HEAD);
    if (!proxied && !visitors_count(c, &peer)) {
        struct conn *surplus = visitor_surplus(c);

        if (surplus != NULL)
            peer_refuse(surplus);
    }
    conn_watch_usual(c);
}

static void control_admit(struct edge *e, int fd)
{
    struct ucred cred;
    socklen_t len = sizeof(cred);

    if (e->stats.controls >= CONTROL_CONNS_MAX ||
        getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) != 0) {
        log_warn("control.refused", "controls=%u", e->stats.controls);
        close(fd);
        return;
    }

    struct conn *c = conn_new(e, fd, CONN_LINE);

    c->is_line = true;
    c->line.cred = (struct edge_cred){cred.uid, cred.gid, cred.pid};
    e->stats.controls++;
    conn_watch_usual(c);
}

static void listener_accept(struct listener *l, int listen_fd)
{
    struct edge *e = l->edge;

    for (unsigned n = 0; n < ACCEPTS_PER_PASS && !e->paused; n++) {
        struct sockaddr_storage ss;
        socklen_t len = sizeof(ss);
        int fd;

        if (!l->control && is_full(e)) {
            if (n == 0) /* else the event comes again if one more waits */
                listen_pause(e, false);
            return;
        }
        fd = accept4(listen_fd, (struct sockaddr *)&ss, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) {
            if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
                listen_pause(e, true);
            if (errno != ECONNABORTED && errno != EINTR)
                return;
            continue;
        }
        if (l->control)
            control_admit(e, fd);
        else
            visitor_admit(e, fd, (struct sockaddr *)&ss);
    }
}

static void listener_on_event(evutil_socket_t fd, short what, void *arg)
{
    (void)what;
    listener_accept(arg, fd);
}

static void listener_add(struct edge *e, int fd, bool control)
{
    struct listener *l = &e->listeners[e->nlisteners++];

    l->edge = e;
    l->control = control;
    event_assign(&l->ev, e->base, fd, EV_READ | EV_PERSIST, listener_on_event, l);
}

/* "addr:port" in its two parts; the host without brackets. */
static err_t address_split(const char *text, char host[256], const char **port)
{
    const char *colon = strrchr(text, ':');
    size_t len;

    if (colon == NULL || colon[1] == '\0' || strspn(colon + 1, "0123456789") != strlen(colon + 1))
        return ERR_INVAL;
    len = (size_t)(colon - text);
    if (len >= 2 && text[0] == '[' && text[len - 1] == ']') {
        text++;
        len -= 2;
    } else if (memchr(text, ':', len) != NULL) {
        return ERR_INVAL;
    }
    if (len == 0 || len > 255)
        return ERR_INVAL;
    memcpy(host, text, len);
    host[len] = '\0';
    *port = colon + 1;
    return ERR_OK;
}

static err_t bind_error(struct fault *f, const char *what)
{
    return fault_set(f, errno == EADDRINUSE ? ERR_EXISTS : ERR_IO, "listen", "%s: %s", what,
                     strerror(errno));
}

static err_t tcp_bind(const struct addrinfo *ai, bool both, const char *text, int *out,
                      struct fault *f)
{
    int on = 1, only6 = !both;
    int fd = socket(ai->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    err_t err;

    if (fd < 0)
        return bind_error(f, text);
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
        (ai->ai_family == AF_INET6 &&
         setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only6, sizeof(only6)) != 0) ||
        bind(fd, ai->ai_addr, ai->ai_addrlen) != 0 || listen(fd, BACKLOG) != 0) {
        err = bind_error(f, text);
        close(fd);
        return err;
    }
    *out = fd;
    return ERR_OK;
}

/* Numbers only: nothing here waits for a name server. */
static err_t tcp_listen(struct edge *e, const char *text, struct fault *f)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE};
    struct addrinfo *ai = NULL;
    const char *port;
    char host[256];
    int fd = -1;
    err_t err;

    if (address_split(text, host, &port) != ERR_OK)
        return fault_set(f, ERR_INVAL, "listen", "%s: expected ADDRESS:PORT", text);

    bool any = strcmp(host, "*") == 0;

    if (getaddrinfo(any ? "::" : host, port, &hints, &ai) != 0)
        return fault_set(f, ERR_INVAL, "listen", "%s: expected an IP address and a port", text);
    err = tcp_bind(ai, any, text, &fd, f);
    freeaddrinfo(ai);
    if (err == ERR_IO && any && getaddrinfo("0.0.0.0", port, &hints, &ai) == 0) {
        err = tcp_bind(ai, false, text, &fd, f); /* a machine without IPv6 */
        freeaddrinfo(ai);
    }
    if (err == ERR_OK)
        listener_add(e, fd, false);
    return err;
}

/* A socket file that nobody answers at is left over from a gateway that was killed. */
static err_t stale_remove(const struct sockaddr_un *sun, struct fault *f)
{
    struct stat st;
    int fd, answers;

    if (lstat(sun->sun_path, &st) != 0)
        return ERR_OK;
    if (!S_ISSOCK(st.st_mode))
        return fault_set(f, ERR_EXISTS, "control", "%s is not a socket", sun->sun_path);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return fault_set(f, ERR_IO, "control", "%s", strerror(errno));
    answers = connect(fd, (const struct sockaddr *)sun, sizeof(*sun)) == 0 || errno == EAGAIN;
    close(fd);
    if (answers)
        return fault_set(f, ERR_EXISTS, "control", "%s: another gateway answers there",
                         sun->sun_path);
    if (unlink(sun->sun_path) != 0)
        return fault_set(f, ERR_IO, "control", "%s: %s", sun->sun_path, strerror(errno));
    return ERR_OK;
}

static err_t control_listen(struct edge *e, const char *path, struct fault *f)
{
    struct sockaddr_un sun = {.sun_family = AF_UNIX};
    mode_t mask;
    int fd, bound;
    err_t err;

    if (strlen(path) >= sizeof(sun.sun_path))
        return fault_set(f, ERR_INVAL, "control", "%s: longer than %zu bytes", path,
                         sizeof(sun.sun_path) - 1);
    memcpy(sun.sun_path, path, strlen(path) + 1);
    if ((err = stale_remove(&sun, f)) != ERR_OK)
        return err;
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return fault_set(f, ERR_IO, "control", "%s: %s", path, strerror(errno));
    mask = umask(0117); /* 0660 from its first moment */
    bound = bind(fd, (struct sockaddr *)&sun, sizeof(sun));
    umask(mask);
    if (bound != 0 || listen(fd, CONTROL_CONNS_MAX) != 0) {
        err = fault_set(f, ERR_IO, "control", "%s: %s", path, strerror(errno));
        close(fd);
        return err;
    }
    listener_add(e, fd, true);
    return ERR_OK;
}

err_t listen_open(struct edge *e, struct fault *f)
{
    const struct edge_conf *conf = &e->conf;
    err_t err = ERR_OK;

    e->listeners = xcalloc(conf->nlisten + 1, sizeof(*e->listeners));
    for (size_t i = 0; i < conf->nlisten && err == ERR_OK; i++)
        err = tcp_listen(e, conf->listen[i], f);
    if (err == ERR_OK && conf->control_path != NULL)
        err = control_listen(e, conf->control_path, f);
    if (err == ERR_OK)
        listen_update(e);
    return err;
}

void listen_close(struct edge *e)
{
    for (size_t i = 0; i < e->nlisteners; i++) {
        struct listener *l = &e->listeners[i];

        event_del(&l->ev);
        close(event_get_fd(&l->ev));
        if (l->control)
            (void)unlink(e->conf.control_path); /* the next start removes it otherwise */
    }
    e->nlisteners = 0;
    free(e->listeners);
    e->listeners = NULL;
}

uint16_t edge_port(const struct edge *e, size_t index)
{
    struct sockaddr_storage ss;
    socklen_t len = sizeof(ss);

    if (index >= e->nlisteners || e->listeners[index].control)
        return 0;
    ensure(getsockname(event_get_fd(&e->listeners[index].ev), (struct sockaddr *)&ss, &len) == 0);
    if (ss.ss_family == AF_INET6)
        return ntohs(((struct sockaddr_in6 *)&ss)->sin6_port);
    return ntohs(((struct sockaddr_in *)&ss)->sin_port);
}
