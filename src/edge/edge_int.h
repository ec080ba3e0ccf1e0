/*
 * The edge's own structures.  A connection is one struct conn from accept to the end, whatever it
 * speaks; it is marked dead anywhere and freed in one place, at the end of a pass (edge.c).
 */
#ifndef DESKBELL_EDGE_INT_H
#define DESKBELL_EDGE_INT_H

#include <event2/event.h>
#include <event2/event_struct.h>
#include <sys/queue.h>
#include <sys/uio.h>

#include "deskbell/edge.h"
#include "deskbell/limits.h"
#include "deskbell/log.h"
#include "deskbell/web.h"
#include "deskbell/ws.h"

#define TICK_MS 250
#define JUMP_MS 5000 /* a gap in time above this is not the peers' fault */
#define UNFINISHED_MAX 5
#define CLOSE_WAIT_MS 3000
#define HALF_WAIT_MS 5000   /* a peer that has shut its side down may still get its answer */
#define WRITE_WAIT_MS 30000 /* without any progress */
#define ACCEPTS_PER_PASS 64
#define OVER_PER_ADDR_MAX 16 /* above its limit, until they have said who they are */
#define READ_BYTES 65536
#define TAIL_ROOM 256 /* in front of what is read: room for an unfinished frame's header */
#define SLOTS_BITS 20
#define SLOTS_MAX (1u << SLOTS_BITS)
#define FDS_RESERVED 32 /* store, log, dispatcher, pool, and a few control connections */
#define IOV_COUNT 32

/* What a connection speaks and where it stands.  conn_set_state() is the only writer. */
enum conn_state {
    CONN_PROXY,   /* a trusted proxy's PROXY header has to come first */
    CONN_HEAD,    /* no request, or an unfinished one */
    CONN_BODY,    /* the head is there, the body is not */
    CONN_PENDING, /* handed over, not answered */
    CONN_REPLY,   /* the answer is on its way out */
    CONN_WS,
    CONN_LINE,
    CONN_CLOSING, /* nothing more is handed over; flushing or waiting for the peer's close */
    CONN_DEAD,    /* on the dying list; its id finds nothing any more */
    CONN_NSTATES
};

/* What a closing connection does once everything is written. */
enum conn_end {
    END_NOW,    /* close */
    END_LINGER, /* shut our side down and read to the end, so that no reset eats our last words */
    END_WS      /* wait for the peer's close frame */
};

/* Why somebody's patience is limited.  Each kind is a list in the order of its deadlines. */
enum wait_kind {
    WAIT_HEAD,
    WAIT_BODY,
    WAIT_IDLE,
    WAIT_WRITE,
    WAIT_STRANGER, /* a WebSocket without a chat */
    WAIT_WS,
    WAIT_HALF,
    WAIT_CLOSE,
    WAIT_NKINDS,
    WAIT_NONE = WAIT_NKINDS
};

/* Bytes that go to one or many connections. */
struct edge_frame {
    unsigned refs;
    size_t len;
    char bytes[];
};

/* One piece of a connection's output: a frame, or bytes that live for ever (a file). */
struct out {
    STAILQ_ENTRY(out) link;
    struct edge_frame *frame; /* NULL: static */
    struct span left;
};
STAILQ_HEAD(out_list, out);

struct conn;

/* What is below a connection; plain sockets now. */
struct conn_io {
    ssize_t (*read)(struct conn *c, void *buf, size_t cap); /* 0: the end; -1 with errno */
    ssize_t (*write)(struct conn *c, const struct iovec *iov, int count);
    void (*shut)(struct conn *c); /* no more from us */
    void (*close)(struct conn *c);
};

struct conn {
    struct event ev; /* the socket is ev.ev_fd */
    struct edge *edge;
    uint64_t id;
    const struct conn_io *io;
    TAILQ_ENTRY(conn) wait_link; /* in edge->waits[wait], or in edge->dying */
    TAILQ_ENTRY(conn) ready_link;
    STAILQ_ENTRY(conn) dirty_link;
    TAILQ_ENTRY(conn) over_link; /* in its visitor's list */
    int64_t deadline_ms, heard_ms, replied_ms;
    struct out_list out;
    size_t out_bytes, held_bytes;
    struct buf in; /* what could not be used yet; empty while idle */
    union {
        struct {
            struct http_scan scan;
            size_t need;     /* head and body together */
        } http;              /* PROXY, HEAD, BODY */
        struct ws_reader ws; /* WS, and CLOSING with END_WS */
        struct {
            struct edge_cred cred;
            size_t scanned;
        } line;
    };
    struct ipaddr peer, counted; /* who holds the socket; whose limit it counts on */
    uint8_t state, end, wait, rank;
    uint8_t watched;    /* EV_* that the event is added for */
    uint8_t minor;      /* of the request being answered */
    uint16_t pings;     /* since the last silence check */
    uint8_t unfinished; /* silence checks in a row that met the same unfinished message */
    bool keep_alive, head_only, is_ws, is_line, is_counted, is_over, announce, eof, pinged, echo;
    bool seated;   /* a visitor's WebSocket that is not on its way out */
    bool nameless; /* its PROXY header names nobody */
    bool is_ready, is_dirty;
};

TAILQ_HEAD(conn_queue, conn);
STAILQ_HEAD(conn_stack, conn);

/* How many connections one address has, and what they hold. */
struct visitor {
    struct visitor *next;
    struct ipaddr addr;
    unsigned count, nover;  /* within its limit; above it */
    struct conn_queue over; /* the latter, the oldest first */
    size_t held_bytes;      /* by what they have not finished sending */
};

struct listener {
    struct event ev;
    struct edge *edge;
    bool control, on;
};

struct edge {
    struct event_base *base;
    struct edge_handler handler;
    struct edge_conf conf; /* limits with their defaults put in; strings owned */
    struct ipprefix *trusted;
    struct http_trust trust;
    struct listener *listeners;
    size_t nlisteners;

    struct conn **slots;
    uint32_t *free_slots;
    uint32_t nslots, nfree;
    uint64_t sequence;
    unsigned nconns, conns_max;
    unsigned ndying; /* of them, on the dying list; without control connections */
    unsigned nseats; /* WebSockets that are not an agent's */

    struct conn_queue waits[WAIT_NKINDS];
    struct conn_queue ready; /* to be looked at again in the next pass */
    struct conn_stack dirty; /* with output to write in this pass */
    struct conn_queue dying;

    struct event later, next, tick; /* end of this pass; start of the next; time */
    bool later_set, next_set, had_input, paused, stopping, stopped, no_descriptors;
    int64_t real_ms, now_ms, stop_ms, date_s;
    char date[HTTP_DATE_TEXT];

    struct visitor **visitors;
    unsigned nbuckets;
    uint8_t key[32];

    struct edge_stats stats;
    struct log_limit accept_log, refuse_log, peer_log;
    char rbuf[TAIL_ROOM + READ_BYTES];
};

/* edge.c: the pass. */
int64_t edge_now(struct edge *e);
void edge_later(struct edge *e);
void edge_input(struct edge *e); /* the handler was called: on_pass_end() is due */
void edge_ready(struct conn *c);

/* listen.c */
err_t listen_open(struct edge *e, struct fault *f) MUST_CHECK;
void listen_close(struct edge *e);
void listen_update(struct edge *e);
void listen_resume(struct edge *e);

/* conn.c: life, time and bytes in. */
extern const struct conn_io io_plain;
struct conn *conn_new(struct edge *e, int fd, enum conn_state state);
struct conn *conn_find(const struct edge *e, uint64_t id);
void conn_set_state(struct conn *c, enum conn_state to);
void conn_wait(struct conn *c, enum wait_kind kind);
void conn_watch(struct conn *c, short what);
void conn_watch_usual(struct conn *c);
void conn_close(struct conn *c, enum conn_end end); /* when flushed */
void conn_kill(struct conn *c);
void conn_reap(struct conn *c);
void conn_pump(struct conn *c); /* what lies in c->in */
void conn_hold(struct conn *c); /* after a pump: is it too much that it left? */
void conn_expire(struct edge *e);
int64_t conn_waits_since(const struct conn *c); /* of who waits for anything */

/* out.c: bytes out. */
struct edge_frame *frame_raw(const void *bytes, size_t len);
void out_frame(struct conn *c, struct edge_frame *fr); /* takes the reference */
void out_bytes(struct conn *c, const void *bytes, size_t len);
void out_static(struct conn *c, struct span bytes);
void out_flush(struct conn *c);
void out_drop(struct conn *c);

/* Each takes what it can from the front of `in` and returns how much. */
size_t http_pump(struct conn *c, char *in, size_t len);
size_t ws_pump(struct conn *c, char *in, size_t len);
size_t line_pump(struct conn *c, char *in, size_t len);

/* http_conn.c */
struct answer {
    int status;
    const char *type, *cache, *csp;
    const struct http_header *headers;
    size_t nheaders;
    struct span body;
    bool body_is_static; /* lives for ever: not copied */
    bool close;
};
void http_answer(struct conn *c, const struct answer *a);
void http_fault(struct conn *c, int status, const struct fault *f);
void http_fault_with(struct conn *c, int status, const struct fault *f,
                     const struct http_header *header); /* NULL: none */
void http_replied(struct conn *c);                      /* the answer is written */
size_t http_refuse(struct conn *c, int status, const struct fault *f, size_t len);
void http_expired(struct conn *c, const char *what);

/* ws_conn.c */
void ws_upgrade(struct conn *c, const struct http_request *rq);
void ws_end(struct conn *c, unsigned code, struct span reason);
void ws_check(struct conn *c); /* silence: ping, or give up */

/* files.c: true if it was answered. */
bool files_serve(struct conn *c, const struct http_request *rq);
const char *files_csp(enum web_csp csp);

/* visitors.c */
void visitors_resize(struct edge *e);
/*
 * False: over the limit, and it has to show that it is one of the house's own.  Not for sockets of
 * trusted proxies, but for each request over them.
 */
bool visitors_count(struct conn *c, const struct ipaddr *a);
/* The one over the limit that goes for the newest of its address; NULL: there is room. */
struct conn *visitor_surplus(const struct conn *c);
void visitors_uncount(struct conn *c);
/* What it holds now; false: its address holds too much, and this one has added to it. */
bool visitors_hold(struct conn *c, size_t bytes);
unsigned visitor_conns(const struct conn *c); /* of whom it counts on; 0: it counts on nobody */
void visitors_free(struct edge *e);

/* spare.c: who goes first when it is full. */
unsigned spare_reserve(const struct edge *e); /* kept free of strangers' WebSockets */
bool spare_kill(struct edge *e);              /* give one up; false: there is none to spare */
bool spare_seat(struct edge *e);              /* likewise, for one more of their WebSockets */

#endif
