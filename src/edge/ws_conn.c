/*
 * WebSocket on a connection: the upgrade, frames in within this peer's share of a pass, frames out
 * within its limits, pings into silence, and the close.
 */
#include <stdlib.h>

#include "edge_int.h"

static const struct ws_limits limits_usual = {WS_MESSAGE_MAX_BYTES, WS_FRAGMENTS_MAX};

#ifdef TEST_HOOKS
/* For conformance suites: nobody has to sign in, and messages are large. */
static const struct ws_limits limits_echo = {WS_ECHO_MESSAGE_MAX_BYTES, WS_ECHO_FRAGMENTS_MAX};

static bool is_echo(const struct http_request *rq)
{
    return span_is(rq->path, "/test/ws-echo");
}

static const struct ws_limits *limits_of(const struct conn *c)
{
    return c->echo ? &limits_echo : &limits_usual;
}
#else
static bool is_echo(const struct http_request *rq)
{
    (void)rq;
    return false;
}

static const struct ws_limits *limits_of(const struct conn *c)
{
    (void)c;
    return &limits_usual;
}
#endif

static bool protocol_offered(const struct http_request *rq, const char *protocol)
{
    for (unsigned i = 0; i < rq->nheaders; i++) {
        if (span_is_nocase(rq->headers[i].name, "Sec-WebSocket-Protocol") &&
            http_list_has(rq->headers[i].value, protocol))
            return true;
    }
    return false;
}

/* Ours to check: the rules of the protocol.  The handler's: who, from where, to what. */
static err_t upgrade_decide(struct conn *c, const struct http_request *rq,
                            char accept[WS_ACCEPT_TEXT], struct fault *f)
{
    struct edge *e = c->edge;
    err_t err = ws_handshake(rq, accept, f);

    if (err != ERR_OK || is_echo(rq))
        return err;
    if (e->stopping)
        return fault_refuse(f, ERR_BUSY, NULL, REFUSE_STOPPING);
    if (e->conf.subprotocol != NULL && !protocol_offered(rq, e->conf.subprotocol))
        return fault_refuse_with(f, ERR_MALFORMED, "Sec-WebSocket-Protocol", REFUSE_SUBPROTOCOL,
                                 VALUES(OF_STR(e->conf.subprotocol)));
    edge_input(e);
    return e->handler.on_upgrade(c->id, rq, f, e->handler.arg);
}

void ws_upgrade(struct conn *c, const struct http_request *rq)
{
    struct edge *e = c->edge;
    struct http_header headers[4] = {
        {SPAN_LIT("Upgrade"), SPAN_LIT("websocket")},
        {SPAN_LIT("Connection"), SPAN_LIT("Upgrade")},
    };
    struct fault f = {.err = ERR_OK};
    char accept[WS_ACCEPT_TEXT];
    struct buf b = {0};
    size_t n = 2;
    err_t err = upgrade_decide(c, rq, accept, &f);

    if (c->state == CONN_DEAD || c->state == CONN_CLOSING)
        return; /* the handler has ended it */
    if (err != ERR_OK) {
        struct http_header version = {SPAN_LIT("Sec-WebSocket-Version"), SPAN_LIT("13")};
        bool other = err == ERR_VERSION;

        f.err = err;
        http_fault_with(c, other ? 426 : err_http_status(err), &f, other ? &version : NULL);
        return;
    }
    headers[n++] = (struct http_header){SPAN_LIT("Sec-WebSocket-Accept"), span_of(accept)};
    c->echo = is_echo(rq);
    if (!c->echo && e->conf.subprotocol != NULL)
        headers[n++] =
            (struct http_header){SPAN_LIT("Sec-WebSocket-Protocol"), span_of(e->conf.subprotocol)};
    http_response_write(&b, &(struct http_response){.status = 101,
                                                    .minor = 1,
                                                    .keep_alive = true,
                                                    .length_bytes = -1,
                                                    .headers = headers,
                                                    .nheaders = n});
    out_bytes(c, b.p, b.len);
    buf_fini(&b);
    conn_set_state(c, CONN_WS);
    memset(&c->ws, 0, sizeof(c->ws));
    c->is_ws = true;
    c->announce = !c->echo;
    if (c->echo)
        c->rank = EDGE_STAFF;
    bool seat = c->rank == EDGE_STAFF || spare_seat(e);
    e->stats.websockets++;
    c->seated = c->rank != EDGE_STAFF;
    e->nseats += c->seated;
    conn_wait(c, c->rank == EDGE_STRANGER ? WAIT_STRANGER : WAIT_WS);
    if (!seat)
        ws_end(c, WS_CODE_LATER, SPAN_LIT("too many are here"));
}

void edge_rank(struct edge *e, uint64_t conn, enum edge_rank rank)
{
    struct conn *c = conn_find(e, conn);

    if (c == NULL || c->rank == rank)
        return;
    ensure(c->rank != EDGE_STAFF && (rank != EDGE_STAFF || c->state != CONN_WS));
    c->rank = (uint8_t)rank;
    if (rank == EDGE_STAFF)
        visitors_uncount(c);
    if (c->state == CONN_WS)
        conn_wait(c, rank == EDGE_STRANGER ? WAIT_STRANGER : WAIT_WS);
}

static void close_frame_send(struct conn *c, unsigned code, struct span reason)
{
    char frame[2 + WS_CONTROL_MAX_BYTES];

    out_bytes(c, frame, ws_close_write(frame, code, reason));
}

/* The peer has broken a rule: say which kind, and look at nothing more from it. */
void ws_end(struct conn *c, unsigned code, struct span reason)
{
    if (c->state != CONN_WS)
        return;
    close_frame_send(c, code, reason);
    conn_close(c, END_LINGER);
}

static void pong_send(struct conn *c, struct span data)
{
    char head[WS_HEADER_MAX_BYTES], frame[2 + WS_CONTROL_MAX_BYTES];
    size_t n = ws_header_write(head, WS_PONG, data.len);

    if (++c->pings > WS_PINGS_MAX) {
        ws_end(c, WS_CODE_POLICY, SPAN_LIT("too many pings"));
        return;
    }
    if (c->out_bytes + n + data.len > c->edge->conf.out_high_bytes) {
        ws_end(c, WS_CODE_POLICY, SPAN_LIT("pings without reading the pongs"));
        return;
    }
    memcpy(frame, head, n);
    if (data.len > 0)
        memcpy(frame + n, data.p, data.len);
    out_bytes(c, frame, n + data.len);
}

static void echo_send(struct conn *c, const struct ws_event *ev)
{
    char head[WS_HEADER_MAX_BYTES];

    out_bytes(c, head, ws_header_write(head, ev->opcode, ev->data.len));
    if (ev->data.len > 0)
        out_bytes(c, ev->data.p, ev->data.len);
}

static void event_take(struct conn *c, const struct ws_event *ev)
{
    struct edge *e = c->edge;

    switch (ev->opcode) {
    case WS_TEXT:
    case WS_BINARY:
        c->unfinished = 0;
        if (c->echo) {
            echo_send(c, ev);
        } else if (ev->opcode == WS_BINARY) {
            ws_end(c, WS_CODE_UNSUPPORTED, SPAN_LIT("text messages only"));
        } else {
            e->stats.messages_in++;
            edge_input(e);
            e->handler.on_message(c->id, ev->data, e->handler.arg);
        }
        break;
    case WS_PING:
        pong_send(c, ev->data);
        break;
    case WS_CLOSE:
        close_frame_send(c, ev->code, SPAN_NONE);
        conn_close(c, END_LINGER);
        break;
    default:
        break;
    }
}

size_t ws_pump(struct conn *c, char *in, size_t len)
{
    size_t used = 0;

    for (unsigned n = 0; c->state == CONN_WS || c->end == END_WS; n++) {
        struct ws_event ev;
        size_t got;
        err_t err;

        if (n == FRAMES_PER_PASS && c->state == CONN_WS) {
            edge_ready(c);
            return used;
        }
        err = ws_read(&c->ws, limits_of(c), in + used, len - used, &got, &ev);
        used += got;
        if (err == ERR_AGAIN)
            return used;
        if (c->state == CONN_CLOSING) {
            if (err != ERR_OK || ev.opcode == WS_CLOSE) {
                conn_kill(c);
                return len;
            }
            continue;
        }
        if (err != ERR_OK) {
            ws_end(c, ws_code_of(err), span_of(err_text(err)));
            return len;
        }
        event_take(c, &ev);
        if (c->state == CONN_DEAD)
            return len;
    }
    return len;
}

void ws_check(struct conn *c)
{
    struct edge *e = c->edge;
    int64_t silent_ms = edge_now(e) - c->heard_ms;

    if (silent_ms >= e->conf.ws_dead_ms) {
        conn_kill(c);
        return;
    }
    c->pings = 0;
    /* A message that never ends keeps memory; its drops are no sign of life. */
    c->unfinished = c->ws.opcode != 0 ? c->unfinished + 1 : 0;
    if (c->unfinished > UNFINISHED_MAX) {
        ws_end(c, WS_CODE_POLICY, SPAN_LIT("a message took too long"));
        return;
    }
    if (silent_ms >= e->conf.ws_ping_ms && !c->pinged) {
        static const char ping[2] = {(char)0x89, 0};

        c->pinged = true;
        out_static(c, (struct span){ping, 2});
    }
    conn_wait(c, WAIT_WS);
}

/*
 * The peer does not read.  What it has not begun to get is dropped, so that the close frame comes
 * next; it will come back and ask for what it lacks.
 */
static void slow_close(struct conn *c)
{
    struct out *o = STAILQ_FIRST(&c->out), *rest;
    bool begun = o != NULL && o->frame != NULL && o->left.len < o->frame->len;

    if (begun)
        STAILQ_REMOVE_HEAD(&c->out, link);
    out_drop(c);
    if (begun) {
        STAILQ_INSERT_HEAD(&c->out, o, link);
        c->out_bytes = o->left.len;
    }
    rest = STAILQ_FIRST(&c->out);
    ensure(rest == NULL || STAILQ_NEXT(rest, link) == NULL);
    c->edge->stats.closed_slow++;
    ws_end(c, WS_CODE_LATER, SPAN_LIT("reading too slowly"));
}

bool edge_send(struct edge *e, uint64_t conn, struct edge_frame *fr, bool durable)
{
    struct conn *c = conn_find(e, conn);

    if (c == NULL || c->state != CONN_WS)
        return false;
    if (!durable && c->out_bytes > e->conf.out_low_bytes) {
        e->stats.frames_dropped++;
        return false;
    }
    if (c->out_bytes + fr->len > e->conf.out_high_bytes) {
        slow_close(c);
        return false;
    }
    e->stats.frames_out++;
    out_frame(c, edge_frame_ref(fr));
    return true;
}

void edge_close(struct edge *e, uint64_t conn, unsigned code, const char *reason)
{
    struct conn *c = conn_find(e, conn);

    if (c == NULL || c->state == CONN_CLOSING)
        return;
    if (c->state == CONN_WS) {
        close_frame_send(c, code, span_of(reason));
        conn_close(c, END_WS);
    } else {
        conn_close(c, c->state == CONN_LINE ? END_NOW : END_LINGER);
    }
}
