/*
 * The edge: listeners, connections, HTTP and WebSocket transport, static files, the control socket.
 * One thread, one event base; nothing here may be called from another thread.  It knows no route
 * but static files, /healthz and the upgrade; everything else goes through struct edge_handler.
 *
 * Connections are named by ids that are never used twice; a call with the id of a connection that
 * is gone does nothing.  Any function here may be called from any callback of the handler:
 * connections are freed at the end of the pass only.
 */
#ifndef DESKBELL_EDGE_H
#define DESKBELL_EDGE_H

#include <sys/types.h>

#include "deskbell/http.h"
#include "deskbell/ipaddr.h"
#include "deskbell/span.h"

struct event_base;
struct edge;

struct edge_conf {
    const char *const *listen; /* "127.0.0.1:8080", "[::1]:8080", "*:8080" (both families) */
    size_t nlisten;
    const char *control_path; /* NULL: none.  Mode 0660; a stale socket file is replaced */
    const char *subprotocol;  /* demanded from WebSocket clients: "deskbell.1" */

    /* These may change with edge_reload(). */
    const struct ipprefix *trusted; /* proxies; copied */
    size_t ntrusted;
    unsigned hsts_s;             /* Strict-Transport-Security; 0: none */
    bool demo;                   /* serve the files below /demo/ */
    bool rfc7239;                /* they write Forwarded, not X-Forwarded-For */
    bool proxy_protocol;         /* trusted proxies begin each connection with a PROXY header */
    unsigned conns_max;          /* 0: as many as descriptors allow */
    unsigned conns_per_addr_max; /* 0: no limit; control socket, trusted proxies, staff aside */

    /* 0: the value in limits.h. */
    unsigned head_timeout_ms, body_timeout_ms, idle_timeout_ms, ws_ping_ms, ws_dead_ms;
    unsigned ws_stranger_ms, spare_age_ms, reply_timeout_ms;
    unsigned out_low_bytes, out_high_bytes;
};

/* Who is at the other end of the control socket, as the kernel says. */
struct edge_cred {
    uid_t uid;
    gid_t gid;
    pid_t pid;
};

/*
 * Filled by deskbelld.  Spans and requests are borrowed until the callback returns.  `arg` is the
 * handler's own.
 */
struct edge_handler {
    void *arg;

    /*
     * A request that is no file and no upgrade.  Answer it with edge_reply(), now or later; until
     * then the connection gives no other.
     */
    void (*on_request)(uint64_t conn, const struct http_request *rq, void *arg);

    /*
     * A well-formed upgrade.  ERR_OK lets it in: from now on on_message().  Anything else is
     * answered with the status of the error (err_http_status) and the fault as problem details.
     * Path, Origin, cookie and blocks are the handler's business.  Sending to it is possible from
     * on_pass_end() on, not in here.
     */
    err_t (*on_upgrade)(uint64_t conn, const struct http_request *rq, struct fault *f, void *arg);

    /* A whole text message, valid UTF-8, at most WS_MESSAGE_MAX_BYTES. */
    void (*on_message)(uint64_t conn, struct span text, void *arg);

    /* A line from the control socket, without its LF, not empty, at most CONTROL_LINE_MAX_BYTES. */
    void (*on_line)(uint64_t conn, struct span line, const struct edge_cred *cred, void *arg);

    /*
     * Once for each id that on_request (while unanswered), on_upgrade (when let in) or on_line has
     * named: the peer is gone, or the edge has closed it.  The id is dead already.  Not called for
     * HTTP connections whose requests are all answered.
     */
    void (*on_gone)(uint64_t conn, void *arg);

    /*
     * Once at the end of each pass of the loop in which anything of the above was called.  What is
     * sent from here goes out in the same pass.
     */
    void (*on_pass_end)(void *arg);

    /* After edge_stop(): every connection is closed.  May be NULL. */
    void (*on_stopped)(void *arg);

    /*
     * Does the request show that it is one of the house's own?  Asked where its address has all the
     * connections that it may have: such a one is not counted.  May be NULL: nobody is.
     */
    bool (*is_known)(const struct http_request *rq, void *arg);

    /*
     * How long may the body of this request be?  Asked where it is longer than HTTP_BODY_MAX_BYTES,
     * before any of it is taken in.  What is allowed is one of the house's own: it is not counted
     * on its address.  0: it may not be that long.  May be NULL: none may.
     */
    size_t (*body_max)(const struct http_request *rq, void *arg);
};

/*
 * Listen and start serving.  conf and handler are copied; `base` is borrowed until edge_free().
 * A listener that cannot be opened gives ERR_IO, ERR_EXISTS (in use) or ERR_INVAL (not an address)
 * with the address in the fault, and nothing stays open.
 */
err_t edge_start(struct event_base *base, const struct edge_conf *conf,
                 const struct edge_handler *handler, struct edge **out, struct fault *f) MUST_CHECK;

/* Take over the part of the configuration that may change; running connections stay. */
void edge_reload(struct edge *e, const struct edge_conf *conf);

/*
 * Stop: no new connections, WebSockets are closed with 1001, requests that wait for their answer
 * may get it, and after flush_ms at the latest everything is closed and on_stopped() called.
 */
void edge_stop(struct edge *e, unsigned flush_ms);

/* Close whatever is left, without a word, and free.  Not from a callback. */
void edge_free(struct edge *e);

/* The port that listener number `index` has got (for "127.0.0.1:0"); 0 if there is none. */
uint16_t edge_port(const struct edge *e, size_t index);

/*
 * The answer to a request.  Everything is copied.  The edge adds Date, Content-Length, Connection,
 * X-Content-Type-Options, Referrer-Policy, a Content-Security-Policy that allows nothing, and
 * Cache-Control: no-store unless headers has one.
 */
struct edge_reply {
    int status;
    const char *type; /* of the body; NULL with an empty body */
    const struct http_header *headers;
    size_t nheaders;
    struct span body; /* left out for HEAD, but counted */
    bool close;       /* end the connection after this */
};
void edge_reply(struct edge *e, uint64_t conn, const struct edge_reply *rp);

/* The same with the status of `err` and problem details (RFC 9457) made from the fault. */
void edge_reply_fault(struct edge *e, uint64_t conn, const struct fault *f);

/*
 * One text message, encoded once, sent to as many as you like.  Counted references; ref and unref
 * only on the loop's thread.
 */
struct edge_frame;
struct edge_frame *edge_frame_new(struct span text); /* copied; one reference, the caller's */
struct edge_frame *edge_frame_ref(struct edge_frame *fr);
void edge_frame_unref(struct edge_frame *fr);

/*
 * Queue it for one WebSocket; goes out at the end of this pass.  A frame that is not durable is
 * dropped where more than OUT_LOW_BYTES wait already; above OUT_HIGH_BYTES the connection is closed
 * with 1013 (the client comes back and asks for what it lacks).  False if it was not queued.
 */
bool edge_send(struct edge *e, uint64_t conn, struct edge_frame *fr, bool durable);

/* One line for a control connection; LF is added.  Copied.  False if it was not queued. */
bool edge_send_line(struct edge *e, uint64_t conn, struct span line);

/*
 * End a connection: what is queued goes out first, then for a WebSocket the close frame with code
 * and reason (at most 123 bytes, cut).  on_gone() comes when it is over, after a few seconds at
 * most.
 */
void edge_close(struct edge *e, uint64_t conn, unsigned code, const char *reason);

/*
 * Whose a WebSocket is.  One is a stranger's until this says otherwise, also from on_upgrade(): it
 * has WS_STRANGER_MS to become a guest's, and again whenever it is one again, or is closed with
 * WS_CODE_UNUSED.  When it is full, strangers' connections go for new ones, the longest idle first;
 * guests' only where their address has more than its share; agents' never.  An eighth of all
 * connections is kept free of strangers' and guests' WebSockets: what is more is closed with 1013.
 */
enum edge_rank {
    EDGE_STRANGER,
    EDGE_GUEST, /* in a chat */
    EDGE_STAFF  /* an agent's; for good.  Not counted on its address */
};
void edge_rank(struct edge *e, uint64_t conn, enum edge_rank rank);

/*
 * Back-pressure: while set, nothing is read and nothing handed over (answers still go out).  Peers
 * wait in their sockets.
 */
void edge_pause(struct edge *e, bool paused);

/* What is there now, and what was since the start. */
struct edge_stats {
    unsigned conns, websockets, controls, requests_open;
    bool accept_paused;
    uint64_t accepted, refused, requests, messages_in, frames_out, frames_dropped, closed_slow;
    uint64_t spared; /* closed to make room */
    uint64_t bytes_in, bytes_out;
};
void edge_stats(const struct edge *e, struct edge_stats *out);

#endif
