/*
 * The rooms behind the doors of a gateway, in one process without sockets: store, core, turn, view,
 * watch and api, by a clock that the bench moves.  Nobody commits but the bench.
 */
#ifndef TESTS_BENCH_ROOMS_H
#define TESTS_BENCH_ROOMS_H

#include "deskbell/api.h"

struct rooms {
    char dir[64]; /* a template of mkdtemp(), then the store's */
    struct store *store;
    struct core *core;
    struct turn *turn;
    struct view view;
    struct watch *watch;
    struct api *api;
    const struct batch *batch; /* that was handed in and is not committed */
    int64_t now_ms;
    uint64_t nsent;   /* frames */
    char *answer;     /* to the operator, or of HTTP: the last one */
    char cookie[128]; /* that HTTP has set */
};

/* Say it, and end the program. */
void rooms_die(const char *what) __attribute__((noreturn));

/* An empty store in a new directory (its `dir` is set here), the state, and the turn. */
void rooms_open(struct rooms *r, struct store_options opt, const struct turn_options *turn);
/* View, watch and api, with limits that nobody meets. */
void rooms_doors(struct rooms *r);
void rooms_close(struct rooms *r);

#endif
