/*
 * The gateway as a process, and clients that speak deskbell-protocol(7) to it, for the bench.  What
 * they say is in gateway_peers.c, what is measured in gateway_bench.c and gateway_drain.c.
 */
#ifndef GATEWAY_CLIENT_H
#define GATEWAY_CLIENT_H

#include <jansson.h>

#include "deskbell/limits.h"
#include "deskbell/span.h"

#define PAIRS_MAX 1000
#define RAW_LINE_BYTES 300
#define CHATS_PER_AGENT 100
#define AGENTS (PAIRS_MAX / CHATS_PER_AGENT)
#define MEASURE_MS 5000
#define PAIR_LINES_MAX (CONV_LINES_MAX - 100) /* a chat takes no more */
#define WAIT_MS 60000
#define RING_CONNS 64
#define RINGS_MAX 8000
#define SLICES 10
#define SYNCS_PER_SLICE 20
#define SAMPLES_MAX 2000000
#define TEXT_BYTES 100
#define DRAIN_MAILS 100000
#define DRAIN_PAIRS 100

enum peer_kind { PEER_VISITOR, PEER_AGENT, PEER_RING };

/* One connection of a client. */
struct peer {
    enum peer_kind kind;
    size_t index;
    int fd;
    struct buf in, out;
    bool writing; /* waits for the socket to take more */
    bool open;    /* WebSocket: the handshake is done */
};

struct pair {
    char conv[24];
    size_t agent, nlines;
    bool started, ready;
};

struct bench {
    char dir[90], code[32], host[32];
    uint16_t port;
    pid_t pid;
    int control, epoll;
    uint64_t next_id;
    struct peer visitors[PAIRS_MAX], agents[AGENTS], rings[RING_CONNS];
    struct pair pairs[PAIRS_MAX];
    size_t nstarted, nready, nopen;
    bool running;
    size_t nflying; /* lines sent and not yet seen by the other side */
    int raw;
    int64_t syncs_ns[SLICES * SYNCS_PER_SLICE];
    size_t nsyncs;
    int64_t *samples_ns;
    size_t nsamples, nrung, nrefused;
    /* The drain. */
    bool drains;      /* the gateway has its dispatcher, and rings leave messages */
    char (*left)[24]; /* conversations that they left */
    size_t nasked, nmailed;
    uint16_t sink_port;
    pid_t sink;
};

void die(const char *what) __attribute__((noreturn));
int64_t now_ns(void);
uint16_t free_port(void);
void gateway_start(struct bench *b, const char *program);
void gateway_stop(struct bench *b);
void control_open(struct bench *b);
/* Ask the operator's socket; the caller owns the answer's "ok". */
json_t *control_ask(struct bench *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
char *text_of(json_t *obj, const char *key);
/* One blocking HTTP exchange for the set-up: the head of the answer. */
char *http_ask(const struct bench *b, const char *request);
void peer_flush(struct bench *b, struct peer *p);
/* A frame with a mask of zeros, which leaves the text as it is. */
void peer_send(struct bench *b, struct peer *p, int opcode, const char *text, size_t len);
void peer_sendf(struct bench *b, struct peer *p, const char *fmt, ...) PRINTF_LIKE(3, 4);
void peer_open(struct bench *b, struct peer *p, enum peer_kind kind, size_t index);
void peer_upgrade(struct bench *b, struct peer *p, const char *path, const char *cookie);

/* gateway_peers.c: one more line by 'v' or 'a', one more ring, one more answer by e-mail */
void line_send(struct bench *b, size_t pair, char by);
void ring_send(struct bench *b, struct peer *p);
void mail_send(struct bench *b, struct peer *p);
/* What has come in, once; or until *count is as wanted, for WAIT_MS at most. */
void loop_once(struct bench *b);
void loop_until(struct bench *b, const size_t *count, size_t wanted, const char *what);

/* gateway_bench.c */
void run_for(struct bench *b, int64_t ms);
/* The first n pairs talk: percent 99 of the way of a message, in microseconds. */
double measure_pairs(struct bench *b, size_t n);

/* gateway_drain.c */
void measure_drain(struct bench *b);

#endif
