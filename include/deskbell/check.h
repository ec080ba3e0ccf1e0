/*
 * Checking a store: its rows for themselves, and what can be derived against the journal.  What
 * differs is said in plain words, and mended where the journal knows better.
 */
#ifndef DESKBELL_CHECK_H
#define DESKBELL_CHECK_H

#include "deskbell/store.h"

/* What differs.  Words as in deskbellctl(1). */
enum check_kind {
    CHECK_ROW,     /* a row is not right in itself: nothing in it can be used */
    CHECK_JOURNAL, /* records are missing, or do not follow from those before */
    CHECK_IMAGE,   /* a start would go on from something else than the journal leads to */
    CHECK_COUNT,   /* likewise, a department's counters */
    CHECK_CONV,    /* the row of a conversation that is over */
    CHECK_SETTING, /* what the dispatcher reads of a portal, department or agent */
    CHECK_INDEX,   /* a row by which another is found is missing, wrong, or one too many */
    CHECK_KIND_COUNT
};
const char *check_kind_word(enum check_kind kind); /* "row", "journal", … */

#define CHECK_WHAT_BYTES 160

struct check_finding {
    enum check_kind kind;
    const char *table; /* static */
    char key[64];      /* of the row: numbers in decimal, or bytes in hexadecimal */
    char what[CHECK_WHAT_BYTES];
    bool mendable; /* by making it again from the journal */
};

struct check_report {
    uint64_t rows, records; /* looked at */
    uint64_t kinds[CHECK_KIND_COUNT];
    uint64_t found, mendable;
    bool mended; /* what could be was made again */
};

/*
 * Look at everything.
 *
 * A read transaction lasts 50 ms at most, but for one as long as a start's; what commits meanwhile
 * is no matter.  Blocks for as long as it takes to read the whole store and to replay its journal;
 * any thread but the committer's.  Memory: two states as of a start, and what differs.
 *
 * rebuild  also mend: STORE_GATEWAY, and nobody else has the store open for writing.  After a crash
 *          in the middle the next start or rebuild goes on; nothing is worse than before at any
 *          time.  Records, mails and answers are never written.
 * fn       called for each finding, the first CHECK_FINDINGS_MAX; all are counted.
 *
 * ERR_OK       *r says whether something was found.
 * ERR_VERSION  a newer version wrote a record: nothing was mended.
 */
#define CHECK_FINDINGS_MAX 1000
typedef void check_fn(void *arg, const struct check_finding *f);
err_t store_check(struct store *st, bool rebuild, check_fn *fn, void *arg, struct check_report *r,
                  struct fault *f) MUST_CHECK;

#endif
