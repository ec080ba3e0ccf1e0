/*
 * The line to the gateway's control socket: it says when a mail was written, so that none waits for
 * the next tick.  Nothing depends on it.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "deskbell/log.h"
#include "dispatcher_int.h"

struct link {
    struct dispatcher *d;
    int fd; /* -1: down */
    struct event *on_read;
    struct buf in;
};

static void link_drop(struct link *l)
{
    if (l->on_read != NULL)
        event_free(l->on_read);
    if (l->fd >= 0)
        close(l->fd);
    l->on_read = NULL;
    l->fd = -1;
    buf_reset(&l->in);
}

/* Lines are short; what does not fit is dropped together with the line that it belongs to. */
static void link_read(struct link *l)
{
    char bytes[4096];
    ssize_t n = recv(l->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
    bool wake = false;

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        link_drop(l);
        return;
    }
    for (ssize_t i = 0; i < n; i++) {
        if (bytes[i] != '\n') {
            buf_add_char(&l->in, bytes[i]);
            continue;
        }
        wake = wake || (l->in.p != NULL && strstr(l->in.p, "\"wake\"") != NULL);
        buf_reset(&l->in);
        l->in.full = false;
    }
    if (wake)
        schedule_look(l->d);
}

static void link_on_read(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    link_read(arg);
}

void link_tick(struct link *l)
{
    static const char attach[] = "{\"id\":\"attach\",\"do\":\"dispatcher.attach\"}\n";
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    size_t len = strlen(l->d->conf.control_socket);

    if (l->fd >= 0 || len >= sizeof(addr.sun_path))
        return;
    memcpy(addr.sun_path, l->d->conf.control_socket, len + 1);
    l->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (l->fd < 0)
        return;
    if (connect(l->fd, (struct sockaddr *)&addr, sizeof(addr)) != 0 ||
        send(l->fd, attach, sizeof(attach) - 1, MSG_NOSIGNAL) != (ssize_t)sizeof(attach) - 1) {
        link_drop(l);
        return;
    }
    l->on_read = event_new(l->d->base, l->fd, EV_READ | EV_PERSIST, link_on_read, l);
    ensure(l->on_read != NULL);
    event_add(l->on_read, NULL);
    log_debug("link.up", "fd=%d", l->fd);
}

struct link *link_open(struct dispatcher *d)
{
    struct link *l = xcalloc(1, sizeof(*l));

    l->d = d;
    l->fd = -1;
    l->in.limit_bytes = 65536;
    link_tick(l);
    return l;
}

void link_close(struct link *l)
{
    if (l == NULL)
        return;
    link_drop(l);
    buf_fini(&l->in);
    free(l);
}
