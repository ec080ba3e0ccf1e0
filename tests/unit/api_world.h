/*
 * A gateway without sockets for the api's tests: the real rules, turn and store, a disk that writes
 * when it is told to, a clock that only the test moves, and a record of everything that goes out.
 */
#ifndef API_WORLD_H
#define API_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>

#include "deskbell/api.h"
#include "deskbell/clock.h"
#include "deskbell/id.h"
#include "deskbell/limits.h"
#include "deskbell/log.h"

#define OPERATOR 900 /* the control connection that world_open() has */
#define RANKS_MAX 4096
#define CONTROLS_MAX 8 /* the numbers from there on are control connections */

struct sent {
    uint64_t conn;
    char *text; /* a frame, a line, or a reply's body */
    int status; /* of a reply; 0 otherwise */
    unsigned close_code;
    char *headers; /* of a reply: "Name: value\n" each */
    bool durable;
};

struct job {
    void (*fn)(void *ctx);
    void (*done)(void *ctx);
    void *ctx;
};

struct world {
    char dir[64];
    struct store *store;
    struct core *core;
    struct turn *turn;
    struct view view;
    struct watch *watch;
    struct search *search;
    struct api *api;
    int64_t now_ms;
    const struct batch *batch; /* under way */
    bool disk_stopped;
    struct sent *sent;
    size_t nsent, cap, seen;
    struct job jobs[32];
    size_t njobs;
    bool jobs_stopped;
    uint64_t next_conn;
    struct ipaddr ip;
    enum watch_rank ranks[RANKS_MAX]; /* by the number of the connection */
    const char *origin, *host, *cookie, *protocols, *device, *nameless, *match, *auth, *key;
    struct span raw;     /* in place of a request's body; empty: that one */
    bool strange, plain; /* plain: over http, as far as the proxies say */
};

int world_open(void **state); /* cmocka set-up: *state is a struct world */
int world_close(void **state);

/* End passes, write batches and run jobs until nothing is left to do. */
void world_run(struct world *w);
/* One pass without the disk. */
void world_pass(struct world *w);
/* The batch under way becomes durable, whether the disk is stopped or not; no pass. */
void world_commit(struct world *w);
void world_advance(struct world *w, int64_t ms);

/* Search knows all that is durable. */
void world_indexed(struct world *w);

/* Send; world_run() is done.  The answer's JSON, borrowed until the next call of any of these;
 * NULL: none came. */
json_t *ask(struct world *w, uint64_t conn, const char *fmt, ...) PRINTF_LIKE(3, 4);
json_t *operator_ask(struct world *w, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Send without running anything. */
void tell(struct world *w, uint64_t conn, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* "", or the code of the error in an answer. */
const char *error_of(const json_t *answer);
/* ok's member as text; fails the test if it is not there. */
const char *ok_text(const json_t *answer, const char *key);
json_int_t ok_int(const json_t *answer, const char *key);

/* The newest thing sent to this connection that has this text in it; NULL: none. */
const struct sent *sent_find(const struct world *w, uint64_t conn, const char *part);
size_t sent_count(const struct world *w, uint64_t conn, const char *part);
void sent_forget(struct world *w);

/* A request; the reply, borrowed.  method as enum. */
const struct sent *request(struct world *w, enum api_method method, const char *path,
                           const char *body);

/* A request whose answer takes a while; gives its connection. */
uint64_t request_begin(struct world *w, enum api_method method, const char *path, const char *body);

/* Let in a visitor by this code, or an agent by this cookie; 0: refused, *err says why. */
uint64_t visitor_conn(struct world *w, const char *code, err_t *err);
uint64_t agent_conn(struct world *w, const char *cookie, err_t *err);

/* A public department; gives its id, and its code into `code`. */
uint64_t world_dept(struct world *w, const char *name, char code[CODE_TEXT]);
/* An agent of this department with a session; gives its id, and the cookie. */
uint64_t world_agent(struct world *w, const char *email, uint64_t dept, const char *more,
                     char cookie[64]);
/* Signed in over a WebSocket, available. */
uint64_t world_ready(struct world *w, const char *cookie);
/* A visitor who has rung; gives the connection, the chat's id and its token. */
uint64_t world_ring(struct world *w, const char *code, char chat[ID_TEXT], char token[64]);

struct world_chat {
    char code[CODE_TEXT], cookie[64], id[ID_TEXT], token[64];
    uint64_t dept, agent, ann, vera;
};

/* Ann, an agent of the new department Sales with these settings more, holds Vera's chat. */
void world_chat(struct world *w, struct world_chat *c, const char *more);

#endif
