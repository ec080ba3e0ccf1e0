/*
 * A connection's life: its id, its state, its patience, and the bytes that come in.  What the
 * bytes mean is in http_conn.c, ws_conn.c and line.c.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "edge_int.h"

/* What may follow what; everything may die. */
static const uint16_t conn_next[CONN_NSTATES] = {
    [CONN_PROXY] = BIT(CONN_HEAD) | BIT(CONN_CLOSING) | BIT(CONN_DEAD),
    [CONN_HEAD] = BIT(CONN_BODY) | BIT(CONN_REPLY) | BIT(CONN_CLOSING) | BIT(CONN_DEAD),
    [CONN_BODY] =
        BIT(CONN_PENDING) | BIT(CONN_REPLY) | BIT(CONN_WS) | BIT(CONN_CLOSING) | BIT(CONN_DEAD),
    [CONN_PENDING] = BIT(CONN_REPLY) | BIT(CONN_CLOSING) | BIT(CONN_DEAD),
    [CONN_REPLY] = BIT(CONN_HEAD) | BIT(CONN_CLOSING) | BIT(CONN_DEAD),
    [CONN_WS] = BIT(CONN_CLOSING) | BIT(CONN_DEAD),
    [CONN_LINE] = BIT(CONN_CLOSING) | BIT(CONN_DEAD),
    [CONN_CLOSING] = BIT(CONN_DEAD),
    [CONN_DEAD] = 0,
};

void conn_set_state(struct conn *c, enum conn_state to)
{
    ensure(to < CONN_NSTATES && (conn_next[c->state] & BIT(to)) != 0);
    c->state = to;
}

static ssize_t plain_read(struct conn *c, void *buf, size_t cap)
{
    return read(event_get_fd(&c->ev), buf, cap);
}

static ssize_t plain_write(struct conn *c, const struct iovec *iov, int count)
{
    struct msghdr msg = {.msg_iov = (struct iovec *)(uintptr_t)iov, .msg_iovlen = (size_t)count};

    return sendmsg(event_get_fd(&c->ev), &msg, MSG_NOSIGNAL);
}

static void plain_shut(struct conn *c)
{
    (void)shutdown(event_get_fd(&c->ev), SHUT_WR); /* a peer that is gone already is no news */
}

static void plain_close(struct conn *c)
{
    close(event_get_fd(&c->ev));
}

const struct conn_io io_plain = {plain_read, plain_write, plain_shut, plain_close};

static void conn_on_event(evutil_socket_t fd, short what, void *arg);

static uint32_t slot_take(struct edge *e)
{
    if (e->nfree > 0)
        return e->free_slots[--e->nfree];
    if ((e->nslots & (e->nslots - 1)) == 0) { /* a power of two: full */
        uint32_t cap = e->nslots < 64 ? 64 : e->nslots * 2;

        if (e->nslots == 0 || e->nslots >= 64) {
            e->slots = xrealloc(e->slots, cap * sizeof(*e->slots));
            e->free_slots = xrealloc(e->free_slots, cap * sizeof(*e->free_slots));
        }
    }
    ensure(e->nslots < SLOTS_MAX);
    return e->nslots++;
}

struct conn *conn_new(struct edge *e, int fd, enum conn_state state)
{
    struct conn *c = xcalloc(1, sizeof(*c));
    uint32_t slot = slot_take(e);

    c->edge = e;
    c->id = ++e->sequence << SLOTS_BITS | slot;
    c->io = &io_plain;
    c->state = (uint8_t)state;
    c->wait = WAIT_NONE;
    c->heard_ms = edge_now(e);
    STAILQ_INIT(&c->out);
    event_assign(&c->ev, e->base, fd, 0, conn_on_event, c);
    e->slots[slot] = c;
    e->nconns++;
    return c;
}

struct conn *conn_find(const struct edge *e, uint64_t id)
{
    uint32_t slot = (uint32_t)id & (SLOTS_MAX - 1);

    if (slot >= e->nslots || e->slots[slot] == NULL)
        return NULL;

    struct conn *c = e->slots[slot];

    return c->id == id && c->state != CONN_DEAD ? c : NULL;
}

static unsigned wait_length(const struct edge *e, enum wait_kind kind)
{
    switch (kind) {
    case WAIT_HEAD:
        return e->conf.head_timeout_ms;
    case WAIT_BODY:
        return e->conf.body_timeout_ms;
    case WAIT_IDLE:
        return e->conf.idle_timeout_ms;
    case WAIT_WRITE:
        return WRITE_WAIT_MS;
    case WAIT_STRANGER:
        return e->conf.ws_stranger_ms;
    case WAIT_WS:
        return e->conf.ws_ping_ms / 2;
    case WAIT_HALF:
        return HALF_WAIT_MS;
    case WAIT_CLOSE:
        return CLOSE_WAIT_MS;
    default:
        ensure(false);
    }
}

void conn_wait(struct conn *c, enum wait_kind kind)
{
    if (c->state == CONN_DEAD)
        return; /* the link is in use for the dying list */
    if (c->wait != WAIT_NONE)
        TAILQ_REMOVE(&c->edge->waits[c->wait], c, wait_link);
    c->wait = (uint8_t)kind;
    if (kind == WAIT_NONE)
        return;
    c->deadline_ms = edge_now(c->edge) + wait_length(c->edge, kind);
    TAILQ_INSERT_TAIL(&c->edge->waits[kind], c, wait_link);
}

int64_t conn_waits_since(const struct conn *c)
{
    return c->deadline_ms - wait_length(c->edge, c->wait);
}

static void conn_expired(struct conn *c, enum wait_kind kind)
{
    switch (kind) {
    case WAIT_HEAD:
        http_expired(c, "the request head");
        break;
    case WAIT_BODY:
        http_expired(c, "the request body");
        break;
    case WAIT_STRANGER:
        ws_end(c, WS_CODE_UNUSED, SPAN_LIT("no chat was begun on it"));
        break;
    case WAIT_WS:
        ws_check(c);
        break;
    default:
        conn_kill(c);
    }
}

/* Deal with everyone whose time is up.  Lengths may have been reloaded, so a list is not exact. */
void conn_expire(struct edge *e)
{
    int64_t now = edge_now(e);

    for (enum wait_kind k = 0; k < WAIT_NKINDS; k++) {
        struct conn *c;

        while ((c = TAILQ_FIRST(&e->waits[k])) != NULL && c->deadline_ms <= now) {
            conn_wait(c, WAIT_NONE);
            conn_expired(c, k);
        }
    }
}

/* EV_READ, EV_WRITE or EV_CLOSED; costs a system call only where it changes. */
void conn_watch(struct conn *c, short what)
{
    if (c->watched == what)
        return;
    if (c->watched != 0)
        event_del(&c->ev);
    c->watched = (uint8_t)what;
    if (what == 0)
        return;
    event_assign(&c->ev, c->edge->base, event_get_fd(&c->ev), (short)(what | EV_PERSIST),
                 conn_on_event, c);
    ensure(event_add(&c->ev, NULL) == 0);
}

/*
 * What a connection in this state wants to hear of.  One that waits for its turn, or for its
 * answer with more input than it may have, is not read from.
 */
void conn_watch_usual(struct conn *c)
{
    short what = STAILQ_EMPTY(&c->out) ? 0 : EV_WRITE;

    if (c->eof || c->is_ready || c->state == CONN_DEAD || c->edge->paused)
        ;
    else if (c->state == CONN_PENDING && c->in.len > HTTP_HEAD_MAX_BYTES)
        what |= EV_CLOSED;
    else if (c->state != CONN_REPLY)
        what |= EV_READ;
    conn_watch(c, what);
}

/* Who is on the way out keeps nobody from coming in. */
static void seat_leave(struct conn *c)
{
    c->edge->nseats -= c->seated;
    c->seated = false;
}

void conn_close(struct conn *c, enum conn_end end)
{
    if (c->state == CONN_CLOSING || c->state == CONN_DEAD)
        return;
    conn_set_state(c, CONN_CLOSING);
    seat_leave(c);
    c->end = (uint8_t)end;
    conn_wait(c, WAIT_CLOSE);
    if (STAILQ_EMPTY(&c->out)) {
        if (end == END_NOW || c->eof)
            conn_kill(c);
        else if (end == END_LINGER)
            c->io->shut(c);
    }
}

/* Ask for the end, anywhere and any number of times; conn_reap() frees. */
void conn_kill(struct conn *c)
{
    struct edge *e = c->edge;

    if (c->state == CONN_DEAD)
        return;
    conn_wait(c, WAIT_NONE);
    conn_set_state(c, CONN_DEAD);
    conn_watch(c, 0);
    if (c->is_ready) {
        c->is_ready = false;
        TAILQ_REMOVE(&e->ready, c, ready_link);
    }
    TAILQ_INSERT_TAIL(&e->dying, c, wait_link);
    e->ndying += !c->is_line;
    edge_later(e);
}

void conn_reap(struct conn *c)
{
    struct edge *e = c->edge;
    uint32_t slot = (uint32_t)c->id & (SLOTS_MAX - 1);

    ensure(c->state == CONN_DEAD && !c->is_dirty);
    visitors_uncount(c);
    out_drop(c);
    buf_fini(&c->in);
    if (c->is_ws) {
        ws_reader_fini(&c->ws);
        e->stats.websockets--;
        seat_leave(c);
    }
    if (c->is_line)
        e->stats.controls--;
    c->io->close(c);
    e->slots[slot] = NULL;
    e->free_slots[e->nfree++] = slot;
    e->nconns--;
    e->ndying -= !c->is_line;
    free(c);
}

/* Hand bytes to whoever understands them now; returns how many were used. */
static size_t conn_feed(struct conn *c, char *in, size_t len)
{
    switch ((enum conn_state)c->state) {
    case CONN_PROXY:
    case CONN_HEAD:
    case CONN_BODY:
        return http_pump(c, in, len);
    case CONN_WS:
        return ws_pump(c, in, len);
    case CONN_LINE:
        return line_pump(c, in, len);
    case CONN_CLOSING:
        return c->is_ws && c->end == END_WS ? ws_pump(c, in, len) : len;
    default:
        return 0;
    }
}

/*
 * Feed until nothing more is taken.  A state may change on the way: a head ends, an upgrade turns
 * the rest into frames.
 */
static size_t conn_feed_all(struct conn *c, char *in, size_t len)
{
    size_t used = 0;

    for (;;) {
        uint8_t state = c->state;
        size_t n = conn_feed(c, in + used, len - used);

        used += n;
        if (used == len || c->is_ready || c->state == CONN_DEAD)
            return used;
        if (n == 0 && c->state == state)
            return used;
    }
}

void conn_pump(struct conn *c)
{
    bool empty = c->in.p == NULL;
    size_t used = conn_feed_all(c, empty ? c->edge->rbuf : c->in.p, c->in.len);

    if (empty || c->state == CONN_DEAD)
        return;
    if (used == c->in.len) {
        buf_fini(&c->in);
        return;
    }
    if (used > 0) {
        memmove(c->in.p, c->in.p + used, c->in.len - used);
        c->in.len -= used;
    }
}

/* New bytes lie at p, with TAIL_ROOM free in front of them. */
static void conn_take(struct conn *c, char *p, size_t n)
{
    if (c->in.len > 0 && (c->in.len > TAIL_ROOM || c->state != CONN_WS)) {
        buf_add(&c->in, p, n);
        ensure(!c->in.full);
        conn_pump(c);
        return;
    }
    if (c->in.len > 0) {
        p -= c->in.len;
        n += c->in.len;
        memcpy(p, c->in.p, c->in.len);
        buf_fini(&c->in);
    }

    size_t used = conn_feed_all(c, p, n);

    if (c->state != CONN_DEAD && used < n)
        buf_add(&c->in, p + used, n - used);
}

/* Of whom no more is read, nothing is kept. */
static void input_drop(struct conn *c)
{
    buf_fini(&c->in);
    if (c->is_ws)
        ws_reader_fini(&c->ws);
    visitors_hold(c, 0);
}

/* What has come and could not be handed over yet. */
static void hold_check(struct conn *c)
{
    struct fault f;

    if (c->state == CONN_DEAD ||
        visitors_hold(c, c->in.cap + (c->state == CONN_WS ? c->ws.message.cap : 0)))
        return;
    c->edge->stats.refused++;
    if (c->state == CONN_WS) {
        ws_end(c, WS_CODE_LATER, SPAN_LIT("too much is unfinished from this address"));
    } else if (c->state == CONN_HEAD || c->state == CONN_BODY) {
        fault_refuse(&f, ERR_RATE, NULL, REFUSE_ADDRESS_UNFINISHED);
        http_refuse(c, err_http_status(f.err), &f, 0);
    }
}

void conn_hold(struct conn *c)
{
    hold_check(c);
    if ((c->state == CONN_CLOSING && c->end != END_WS) ||
        (c->state == CONN_REPLY && !c->keep_alive))
        input_drop(c);
}

/* The peer will send no more. */
static void conn_eof(struct conn *c)
{
    c->eof = true;
    switch ((enum conn_state)c->state) {
    case CONN_PENDING:
        conn_wait(c, WAIT_HALF);
        break;
    case CONN_REPLY:
        break;
    case CONN_CLOSING:
        if (!STAILQ_EMPTY(&c->out))
            break; /* what is written may still be read */
        conn_kill(c);
        break;
    default:
        conn_kill(c);
    }
}

/* One read a pass and connection; the socket is level-triggered, so what is left comes again. */
static void conn_read(struct conn *c)
{
    struct edge *e = c->edge;
    char *at = e->rbuf + TAIL_ROOM;
    ssize_t n = c->io->read(c, at, READ_BYTES);

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n < 0) {
        conn_kill(c);
        return;
    }
    c->heard_ms = edge_now(e);
    if (n == 0) {
        conn_eof(c);
        return;
    }
    c->pinged = false;
    e->stats.bytes_in += (uint64_t)n;
    if (c->state == CONN_CLOSING && c->end != END_WS)
        return;
    conn_take(c, at, (size_t)n);
    conn_hold(c);
}

/* The trampoline of every connection. */
static void conn_on_event(evutil_socket_t fd, short what, void *arg)
{
    struct conn *c = arg;

    (void)fd;
    if ((what & EV_CLOSED) != 0)
        conn_kill(c);
    if ((what & EV_READ) != 0 && c->state != CONN_DEAD)
        conn_read(c);
    if ((what & EV_WRITE) != 0 && c->state != CONN_DEAD)
        out_flush(c);
    if (c->state != CONN_DEAD)
        conn_watch_usual(c);
}
