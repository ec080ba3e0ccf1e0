/*
 * A store made by hand, and the index that follows it, for search's tests.
 */
#ifndef SEARCH_WORLD_H
#define SEARCH_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "search_int.h"
#include "store_help.h"

#define WAIT_MS 30000
#define CONV0 1000000

/* A store, its journal's end, and who follows it. */
struct world {
    struct place p;
    struct search *s;
    struct maker m;
    uint64_t pos, last[400], numbers[400];
    uint32_t seq[400];
};

int setup(void **state); /* cmocka set-up: *state is a struct world, its store open */
int teardown(void **state);

/* Into the batch that commit() writes. */
void ring(struct world *w, unsigned conv, const char *name, const char *question);
void say(struct world *w, unsigned conv, enum rec_type type, const char *text);
void change(struct world *w, unsigned conv, uint64_t pos, const char *was, const char *text);
void happen(struct world *w, unsigned conv, enum rec_type type, uint64_t agent);
void hand_on(struct world *w, unsigned conv, uint64_t dept, const char *note);
void commit(struct world *w);
void some_talk(struct world *w); /* three conversations, written */

void begin(struct world *w);
void end(struct world *w);
/* Up to date; the thread runs by itself, so it is waited for. */
void follow(struct world *w);

struct search_query *query_new(const char *text);
/* What is found and holds it, as numbers of conversations: "7 3". */
const char *find_want(struct world *w, const char *text, struct search_want want);
const char *find(struct world *w, const char *text);

#endif
