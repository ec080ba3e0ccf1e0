/*
 * A world for the turn's tests: a core that does as the test scripts it, and a journal whose
 * batches are durable when the test says so.  The real rules have their own tests.
 */
#ifndef TURN_WORLD_H
#define TURN_WORLD_H

#include "deskbell/turn.h"

#define CONVS_MAX 16
#define LOG_BYTES 8192

struct core {
    uint64_t next_pos;
    struct conv convs[CONVS_MAX];
    size_t nconvs;
    uint64_t dirty[512], through[512];
    size_t ndirty, nthrough;
    uint64_t last_cid, last_chash, last_pos;
    int settles_left, settles_made;
    int64_t deadline, time_ms;
    bool restarted;
};

struct row {
    enum row_kind kind;
    uint64_t a, b;
    char *value;
    size_t len;
};

struct world {
    struct core core;
    struct turn *turn;
    const struct batch *under_way;
    struct row rows[256];
    size_t nrows;
    char log[LOG_BYTES]; /* what happened, in order */
    err_t answer_err, lost_err;
    uint64_t answer_id, answer_pos;
    bool answer_repeated;
    struct fault answer_fault;
    int64_t now_ms;
};

#define assert_log(w, text)                                                                        \
    do {                                                                                           \
        assert_string_equal((w)->log, text);                                                       \
        (w)->log[0] = '\0';                                                                        \
    } while (0)

/* The batch under way is durable now (or is not, and nothing of it is there). */
void finish(struct world *w, err_t err);
const struct row *find_row(const struct world *w, enum row_kind kind, uint64_t a);
size_t count_rows(const struct world *w, enum row_kind kind);
void hold(struct world *w, const char *text);
int world_new(void **state);
int world_new_often(void **state);
int world_new_slices(void **state); /* a checkpoint after ten records, four images in a batch */
int world_free(void **state);
err_t command(struct world *w, struct cmd cmd);
void pass(struct world *w);
uint64_t start_chat(struct world *w);
/* An ended conversation of which the core keeps nothing. */
uint64_t ended_chat(struct world *w);

#endif
