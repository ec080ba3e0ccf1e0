/*
 * Inside search: text folded and cut into units, the terms of a query, and the file that holds the
 * index.
 */
#ifndef SEARCH_INT_H
#define SEARCH_INT_H

#include <unicode/utypes.h>

#include "deskbell/search.h"

/* fold.c: what people take for the same letter is the same */

struct letter {
    UChar32 c;
    size_t from, to; /* of the text, in bytes, that it comes from */
};

/* A walk over the folded letters of valid UTF-8. */
#define FOLD_OUT_MAX 96
struct fold {
    struct span text;
    size_t at;
    struct letter out[FOLD_OUT_MAX];
    size_t nout, next;
};
bool fold_next(struct fold *f, struct letter *l);

/* units.c: words, runs of scripts that have no spaces, and signs */

enum unit_kind { UNIT_WORD, UNIT_RUN, UNIT_SIGN };
struct unit {
    enum unit_kind kind;
    size_t first, n; /* of the letters */
};

/* A text in its units.  Zero-initialised is empty; used again without freeing. */
struct units {
    struct letter *letters;
    size_t nletters, letters_cap;
    struct unit *all;
    size_t n, cap;
};
void units_take(struct units *u, struct span text);
void units_fini(struct units *u);

/*
 * What of a unit stands in the index: a word as it is, a run as each two letters and its last one,
 * a sign.  Calls fn for each until it gives something else than 0, which is given back.
 */
#define TOKEN_LETTERS_MAX 40 /* of a word */
#define TOKEN_BYTES_MAX (4 * TOKEN_LETTERS_MAX)
typedef int token_fn(void *arg, struct span token, size_t from, size_t to);
int unit_tokens(const struct units *u, const struct unit *unit, token_fn *fn, void *arg);

/* query.c: terms */

#define TERMS_MAX 16

struct term {
    struct units u;
    bool exact;   /* in quotes: whole words */
    bool without; /* what has it is not found */
};

/* A piece of text that a term was found in, in bytes. */
struct mark {
    size_t from, to;
};

struct search_query {
    struct term terms[TERMS_MAX];
    size_t nterms;
    struct term contact[TERMS_MAX]; /* to be found in name, address or telephone */
    size_t ncontact;
    char *filters[SEARCH_FILTER_COUNT]; /* as typed; NULL: none */
};

/* The first place at or after a unit where the term stands; *next: the unit to go on from. */
bool term_find(const struct term *t, const struct units *text, size_t at, struct mark *mark,
               size_t *next);

/* Likewise, is it there at all? */
bool term_has(const struct term *t, const struct units *text);

/* The expression that the index is asked with, appended. */
void want_expression(const struct search_want *w, struct buf *out);

/*
 * Words of our own in texts for the index, which say what a conversation is or has been: a mark
 * that no text has, what it says, and a number, up to the next blank.
 */
#define OWN_MARK '\x01'
enum own_word {
    OWN_ANY = 'c',
    OWN_DEPT = 'd',
    OWN_AGENT = 'k', /* who took it */
    OWN_RATING = 'r',
    OWN_ENDED = 'e',
    OWN_MISSED = 'm',
    OWN_TAG = 't'
};
void own_word_put(struct buf *out, enum own_word kind, uint64_t id);

/* tokenizer.c */

struct sqlite3;
err_t tokenizer_register(struct sqlite3 *db) MUST_CHECK;

/* index.c: the file.  SQLite's codes end here. */

struct index;

/* Where it has come to. */
struct index_at {
    uint64_t pos;  /* all up to there is in it */
    uint64_t mark; /* of the record there, so that another journal is told apart */
};

/*
 * For writing, made if it is not there.  ERR_CORRUPT, ERR_VERSION: to be thrown away and made
 * again; ERR_FULL, ERR_IO.
 */
err_t index_open(const char *path, const uint8_t store[HASH_BYTES], struct index **ix,
                 struct index_at *at) MUST_CHECK;
/* For reading.  ERR_NOTFOUND: there is none. */
err_t index_open_read(const char *path, struct index **ix) MUST_CHECK;
void index_close(struct index *ix); /* NULL does nothing */
void index_remove(const char *path);

/* Texts of conversations, by their numbers, in rising order; then all of it with its place. */
err_t index_begin(struct index *ix) MUST_CHECK;
err_t index_put(struct index *ix, uint64_t number, struct span text) MUST_CHECK;
/* The conversation has these words no more, but for those that are put in after this. */
err_t index_forget(struct index *ix, uint64_t number, struct span text) MUST_CHECK;
err_t index_commit(struct index *ix, const struct index_at *at) MUST_CHECK;
void index_abort(struct index *ix);

/* Put together what many small transactions have left, a step of it; *more: there is more to do. */
err_t index_tidy(struct index *ix, bool *more) MUST_CHECK;

/* Numbers from `below` down, not under `least`.  *stopped: the time was over first. */
err_t index_find(struct index *ix, struct span expression, uint64_t below, uint64_t least,
                 int64_t until_ms, uint64_t *numbers, size_t max, size_t *n,
                 bool *stopped) MUST_CHECK;

/* look.c: what of a record was said, written, or given */

/* The words of a line; SPAN_NONE: it has none. */
struct span rec_words(const struct rec *rec);

/* What a visitor gave of himself at the beginning, by its place; false: there are no more. */
bool rec_person(const struct rec *rec, size_t i, enum search_field *field, struct span *text);

/* project.c: from records to texts */

struct project;
struct project *project_new(struct store *st);
void project_free(struct project *p);

/*
 * Read on behind `at`, at most `max` records, and put what they say into the index, in one
 * transaction.  *at: where it came to; *more: the journal goes on.
 */
err_t project_run(struct project *p, struct index *ix, size_t max, struct index_at *at,
                  bool *more) MUST_CHECK;

/* Is what the index has come to still what stands there in the journal? */
bool project_fits(struct store *st, const struct index_at *at);

#endif
