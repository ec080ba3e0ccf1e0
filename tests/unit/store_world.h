/*
 * The real rules, turn and store together, for the store's tests: a portal with departments and
 * agents, and a seeded generator that rings, talks, moves agents, stops and crashes.
 */
#ifndef STORE_WORLD_H
#define STORE_WORLD_H

#include "deskbell/turn.h"
#include "store_help.h"
#include "store_int.h"

#define T0 INT64_C(1800000000000)
#define DEPTS 3
#define AGENTS 5
#define CONVS_MAX 4000
#define STEPS 1500
#define POS_MAX 40000

struct world {
    struct place p;
    struct core *core;
    struct turn *turn;
    const struct batch *flight;
    uint64_t random;
    int64_t now_ms;
    uint64_t depts[DEPTS], agents[AGENTS], convs[CONVS_MAX];
    size_t nconvs;
    uint64_t digests[POS_MAX]; /* of the state when all up to there was durable; 0: not known */
    size_t done[CMD_COUNT];    /* commands that were carried out */
    struct answer answer;
    struct fault fault;
    size_t restarts, compared, halves; /* halves: with a checkpoint that was not whole */
    struct turn_options opt;
};

void make_durable(struct world *w);
struct core *load(struct world *w);
void hide_checkpoint(struct txn *tx, void *arg);
/* By images and by the whole journal the same; and as it was when that was last seen at rest. */
struct core *load_and_compare(struct world *w);
void turn_make(struct world *w);
void must(struct world *w, struct cmd cmd);
void agents_come(struct world *w);
void set_dept(struct world *w, size_t i, const char *setting, const char *text);
void name_portal(struct world *w, const char *name);
/* The process ends, with or without a clean stop, and another one begins. */
void restart(struct world *w, bool clean);
struct world *world_new(uint64_t seed);
void world_free(struct world *w);
void ring(struct world *w);
/* Something in a conversation, mostly one of the newest, by its visitor or its agent. */
void talk(struct world *w);
void step(struct world *w);

#endif
