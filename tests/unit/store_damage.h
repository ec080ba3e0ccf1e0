/*
 * What the tests of the check share: a store in which much has happened, ways to damage it, and
 * whether a damage is found, mended, and then all as before.
 */
#ifndef STORE_DAMAGE_H
#define STORE_DAMAGE_H

#include "check/check_int.h"
#include "store_world.h"

/* What the newest check() has found. */
extern struct check_finding found[CHECK_FINDINGS_MAX];
extern size_t nfound;

struct check_report check(struct store *st, bool rebuild);
void assert_clean(struct store *st);
struct world *busy(uint64_t seed);

struct hit {
    enum table table;
    struct key key;
    struct span value; /* as it is, with its envelope; empty: the row goes */
};
void hit_raw(struct store *st, const struct hit *h);
void hit_step(struct txn *tx, void *arg); /* for store_write(): the value becomes sound */

/* The first row of a table at or after a key: its key and payload. */
void row_at(struct store *st, enum table table, struct key from, struct key *key,
            struct buf *payload);

void dump_table(struct store *st, enum table table, struct buf *out); /* appends */
void dump_all(struct store *st, struct buf *out); /* what a rebuild may change */

/* Is it found, as this kind in this table, mended, and then all as before? */
void assert_mended(struct world *w, const struct buf *before, enum check_kind kind,
                   enum table table);

#endif
