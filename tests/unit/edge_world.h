/*
 * A world for the edge's tests: a real edge on a real loop, a handler that notes what it is told,
 * and clients that are plain sockets.  Nothing sleeps; the loop runs until something is so, or the
 * test fails.
 */
#ifndef EDGE_WORLD_H
#define EDGE_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>
#include <event2/event.h>

#include "deskbell/edge.h"
#include "deskbell/ws.h"

struct world {
    struct event_base *base;
    struct edge *edge;
    struct buf log;    /* one line for each call of the handler */
    uint64_t last;     /* the connection of the last call */
    uint64_t lines[8]; /* connections of on_line, in the order of their calls */
    unsigned nlines, passes, messages;
    struct ipaddr peer;
    bool secure, stopped;
    bool hold;          /* do not answer requests */
    size_t big_bytes;   /* size of the body at /big */
    unsigned relay_max; /* the relay test: stop after so many */
};

/* conf may be NULL; listen, subprotocol and absent limits are filled in. */
void world_start(struct world *w, struct edge_conf *conf);
void world_end(struct world *w);

/* One pass of the loop; waits for at most 20 ms. */
void world_pass(struct world *w);

/* Run until the condition holds; fails after ten seconds. */
#define world_until(w, cond)                                                                       \
    do {                                                                                           \
        int64_t world_end_ms = world_mono_ms() + 10000;                                            \
        while (!(cond)) {                                                                          \
            world_pass(w);                                                                         \
            if (world_mono_ms() > world_end_ms)                                                    \
                fail_msg("never came true: %s; log:\n%s", #cond, (w)->log.p);                      \
        }                                                                                          \
    } while (0)
int64_t world_mono_ms(void);
bool world_logged(const struct world *w, const char *line);

/* A client: bytes that came so far, NUL-terminated. */
struct client {
    int fd;
    struct buf in;
    bool eof, reset;
};
void client_open(struct client *cl, struct world *w);
void client_open_from(struct client *cl, struct world *w, unsigned host); /* 127.0.0.host */
bool client_open_unix(struct client *cl, const char *path); /* false: its queue is full */
void client_close(struct client *cl);
size_t client_send(struct client *cl, const char *bytes, size_t len); /* how much was written */
#define BODY_KNOWN_MAX 300000                                         /* of whoever is known */
void client_say(struct client *cl, const char *text);
void client_read(struct client *cl); /* what is there */
bool client_has(struct client *cl, const char *text);

/* Upgrade and wait for the 101; what came behind it stays in cl->in. */
void client_upgrade(struct client *cl, struct world *w, const char *path);
#define UPGRADE(path)                                                                              \
    "GET " path " HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"            \
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"                 \
    "Sec-WebSocket-Protocol: chat, deskbell.1\r\n\r\n"

/* A masked frame, as clients send it. */
void frame_build(struct buf *out, uint8_t first, struct span payload);
void client_frame(struct client *cl, uint8_t first, const char *payload);

#endif
