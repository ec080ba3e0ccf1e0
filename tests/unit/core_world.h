/* A small world for the core's tests: a state, a clock that only the test moves, and helpers. */
#ifndef CORE_WORLD_H
#define CORE_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "deskbell/core.h"
#include "deskbell/limits.h"

#define T0 1800000000000 /* some day in 2027 */

struct logged {
    uint64_t pos;
    enum rec_type type;
    uint64_t obj, agent;
    enum why why;
    uint32_t n, seq;
    enum principal_kind by;
    char *bytes, *body;
    size_t nbytes, nbody;
};

struct world {
    struct core *k;
    int64_t now_ms;
    struct out out;
    struct logged *log; /* all records, encoded, in order */
    size_t nlog, cap;
    struct mail_order mails[64]; /* the newest command's and all that followed */
    size_t nmails;
    err_t err; /* of the newest command */
    unsigned codes;
};

struct world *world_new(void);
void world_free(struct world *w);

/* For cmocka: a world with department `SALES` (public) and nobody in it. */
int world_setup(void **state);
int world_teardown(void **state);
extern uint64_t SALES;

/* Decide, fold, settle.  The answer is in w->out of before the settling: id, n, seq, fault. */
struct world_answer {
    err_t err;
    uint64_t id;
    uint32_t n, seq;
    bool unchanged;
    struct fault fault;
    size_t nrecs;
};
struct world_answer world_do(struct world *w, const struct cmd *cmd);
void world_settle(struct world *w);
void world_restart(struct world *w, int64_t floor_ms); /* as after a crash; then settles */
void world_advance(struct world *w, int64_t ms);       /* deadline by deadline */

struct principal operator_(void);
struct principal agent_(uint64_t id);
struct principal visitor_(uint64_t conv);

uint64_t world_dept(struct world *w, const char *name, const char *type);
err_t world_set(struct world *w, enum obj_type type, uint64_t id, const char *name,
                const char *text, struct fault *f);
/* Of an agent, and it is to be taken. */
void world_set_agent(struct world *w, uint64_t agent, const char *name, const char *text);
uint64_t world_agent(struct world *w, const char *name, uint64_t dept); /* available, connected */
uint64_t world_agent_idle(struct world *w, const char *name, uint64_t dept); /* not connected */
void world_status(struct world *w, uint64_t agent, enum agent_status status);
void world_connect(struct world *w, uint64_t agent);
void world_leave(struct world *w, uint64_t agent);
uint64_t world_ring(struct world *w, uint64_t dept); /* and connects; asserts that it could */
struct world_answer world_try_ring(struct world *w, uint64_t dept);
struct world_answer world_accept(struct world *w, uint64_t agent, uint64_t conv);
struct world_answer world_decline(struct world *w, uint64_t agent, uint64_t conv);
struct world_answer world_say(struct world *w, struct principal who, uint64_t conv,
                              const char *text);
struct world_answer world_conv_cmd(struct world *w, enum cmd_type type, struct principal who,
                                   uint64_t conv);
const struct conv *world_conv(struct world *w, uint64_t id); /* asserts that it is there */
const struct agent *world_agent_of(struct world *w, uint64_t id);
void assert_offered(struct world *w, uint64_t agent, uint64_t conv);
void assert_state(struct world *w, uint64_t conv, enum conv_state state);
size_t world_count(const struct world *w, enum rec_type type);
size_t world_mails(const struct world *w, enum mail_kind kind);

/* A second core out of the records alone; the digests must be equal. */
void world_assert_replays(struct world *w);
/* A third out of images. */
struct core *world_copy_by_images(struct world *w);

/* The journal and the images both keep the state; `same` looks at each open conversation's fields.
 */
void world_assert_kept(struct world *w, void (*same)(const struct conv *, const struct conv *copy));

/* Ann, Bob and Cid of Sales, free, and longest so in this order. */
struct world_three {
    uint64_t ann, bob, cid;
};
struct world_three world_three(struct world *w);

#endif
