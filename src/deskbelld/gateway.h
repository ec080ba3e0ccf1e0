/* The gateway as a whole: what main.c starts and stops, and what plug.c joins together. */
#ifndef DESKBELL_GATEWAY_H
#define DESKBELL_GATEWAY_H

#include <event2/event.h>

#include "child.h"
#include "deskbell/api.h"
#include "deskbell/conf.h"
#include "deskbell/edge.h"
#include "pool.h"
#include "told.h"
#include "zones.h"

enum gateway_end { GATEWAY_STOPPED, GATEWAY_LOST };

struct gateway {
    struct config conf;
    const char *conf_path; /* NULL: none was named */

    struct event_base *base;
    struct event *timer, *committed, *pooled, *tick;
    struct event *signals[4];

    struct core *core;
    struct store *store;
    struct committer *committer;
    struct search *search;
    struct turn *turn;
    struct pool *pool;
    struct view view;
    struct watch *watch;
    struct api *api;
    struct edge *edge;
    struct child dispatcher;
    struct keeper_link keeper;              /* where root has started us */
    char *dispatcher_argv[8], pid_text[16]; /* the second is part of the first */
    struct event *kept;

    char widget_base[64];
    struct buf url;

    struct told told; /* the rules' clock */
    struct zones zones;

    int64_t tended_ms;
    bool first_waits; /* for space: there is no administrator who could sign in */
    bool projecting, tending, disk_full, stopping, edge_stopped;
    enum gateway_end end;
};

/* What the dispatcher is started with: it ends with the process that is its parent. */
void gateway_plan_dispatcher(struct gateway *g, bool kept);

/* Everything up to listening.  On error the fault says what is wrong, and nothing stays open. */
err_t gateway_start(struct gateway *g, struct fault *f) MUST_CHECK;

/* Run until a signal asks for the end; everything is durable and closed then. */
enum gateway_end gateway_run(struct gateway *g);

/* "https://chat.example.com", added to out. */
void gateway_url(const struct gateway *g, struct buf *out);

/* The time that the rules are told. */
int64_t gateway_now(struct gateway *g);

/* After anything came in: decide, commit, let out, plan the next call. */
void gateway_pass_end(struct gateway *g);

/* --- plug.c --------------------------------------------------------------------------------------
 */

void plug_edge_handler(struct gateway *g, struct edge_handler *h);
void plug_api_out(struct gateway *g, struct api_out *out);
void plug_watch_out(struct gateway *g, struct watch_out *out);

/* --- plug_turn.c
 * ------------------------------------------------------------------------------------- */

void plug_turn_ops(struct gateway *g, struct turn_ops *ops);

/* --- first.c -------------------------------------------------------------------------------------
 */

/*
 * Where there is no administrator who could sign in: what is missing of one public department with
 * the portal's name and one administrator, and a one-time link to set the password, printed on
 * stdout once it is durable (DEP-1).  Without space it says so, and .first_waits asks to be called
 * again when there is.
 */
void first_start(struct gateway *g);

#endif
