/*
 * Searching conversations by what was said in them, and by whom: an index of words in a file beside
 * the store.  It follows the journal in a thread of its own, at most a second behind, and can be
 * thrown away at any time: it is made again from the journal, and so it is where the file is
 * missing, not right, of another version, or of another store.
 *
 * It knows of no rights: it gives numbers of conversations that may hold what was asked for, and
 * says for each, out of the store, where.  Whoever asks shows no more of that than core's audience
 * lets the reader see.
 */
#ifndef DESKBELL_SEARCH_H
#define DESKBELL_SEARCH_H

#include "deskbell/store.h"

/* questions */

/* What may stand in a question as WORD:VALUE or WORD:"VALUE". */
enum search_filter {
    SEARCH_AGENT,
    SEARCH_DEPARTMENT,
    SEARCH_CONTACT,
    SEARCH_STATE,
    SEARCH_RATING,
    SEARCH_SINCE,
    SEARCH_BEFORE,
    SEARCH_TAG,
    SEARCH_FILTER_COUNT
};
const char *search_filter_word(enum search_filter filter); /* "agent", … */

/*
 * A question out of what somebody typed: words, all of which must be there, from three letters on
 * also as the beginnings of longer ones; "words in quotes" next to each other; -words that must not
 * be there; filters. Letters that people take for the same are the same: case, width, kana,
 * accents.
 *
 * text   valid UTF-8.
 * query  out: the caller's, to be freed; only where it says ERR_OK.
 *
 * ERR_INVAL  more than 16 words; nothing but single letters; a filter twice or without a value.
 */
struct search_query;
err_t search_query_parse(struct span text, struct search_query **query, struct fault *f) MUST_CHECK;
void search_query_free(struct search_query *q); /* NULL does nothing */

/* Words that the visitor's name, address or telephone must have.  ERR_INVAL as above. */
err_t search_query_contact(struct search_query *q, struct span words, struct fault *f) MUST_CHECK;

/* A filter's value as it was typed; SPAN_NONE: there is none. */
struct span search_query_filter(const struct search_query *q, enum search_filter filter);

/* Has it words at all, those that must not be there too, so that texts have to be looked at? */
bool search_query_has_text(const struct search_query *q);

/* Are all words of one text, valid UTF-8 as both are, in the other, as a question's would be? */
bool search_has_words(struct span text, struct span words);

/* the index */

struct search;

struct search_options {
    struct store *store;     /* borrowed until search_stop() */
    const char *dir;         /* where the file is: the store's */
    uint64_t free_min_bytes; /* less free disk than this and nothing is written; 0: 96 MiB */
};

/* Start following.  Whatever is wrong with the file is no reason not to start: it is made again. */
struct search *search_start(const struct search_options *opt);

/* Ends the thread, which takes as long as one step: a fraction of a second.  NULL does nothing. */
void search_stop(struct search *s);

/* Something was committed: any thread, costs next to nothing. */
void search_wake(struct search *s);

/* Begin anew, out of the journal, while everything goes on.  Any thread. */
void search_rebuild(struct search *s);

/* Throw the index of a store away whose gateway does not run. */
void search_remove(const char *dir);

/* Why it does not come nearer, though it is behind. */
enum search_trouble { SEARCH_WELL, SEARCH_NO_SPACE, SEARCH_BROKEN };
const char *search_trouble_word(enum search_trouble trouble); /* "none", "space", "broken" */

struct search_status {
    uint64_t pos;     /* what was recorded up to there is found */
    uint64_t records; /* that are not in it yet */
    int64_t lag_ms;   /* for how long it has not been up to date; 0: it is */
    bool behind;      /* for longer than a second: answers may miss what is newest */
    uint64_t bytes;   /* of its files */
    enum search_trouble trouble;
};
/* Any thread.  A look into the store. */
void search_status_get(struct search *s, struct search_status *st);

/* asking */

/* What conversations are looked for.  Borrowed. */
struct search_want {
    const struct search_query *query;
    uint64_t dept, agent;   /* that it was ever in, that ever took it; 0: any */
    unsigned rating;        /* it was ever given; 0: any */
    uint64_t tag;           /* tag_hash(), of one that it ever had; 0: any */
    bool ended, missed;     /* it ever came to that end */
    int64_t from_ms, to_ms; /* it began then or later, before then; 0: any time */
    /* Unless `all`: of these departments, or one that this agent took. */
    bool all;
    const uint64_t *depts;
    size_t ndepts;
    uint64_t self;
    uint64_t below; /* their numbers; 0: from the newest */
    uint64_t least; /* not under this one */
};

struct search_hit {
    uint64_t number, conv;
};

/*
 * Conversations that may hold all that is wanted, newest first: the audience has to be asked, what
 * is "ever" to be compared with what is, and the texts looked at, for some of them do not.
 *
 * until_ms  by clock_mono_ms(), when to give up; there may be hits then all the same.
 * next      out: a number below which to go on; 0: there are no more.
 *
 * Blocks; any thread but the loop's, one question at a time, others wait.
 * ERR_AGAIN  there is no index at the moment: it is being made.
 * ERR_IO, ERR_CORRUPT as the store's.
 */
err_t search_find(struct search *s, const struct search_want *want, int64_t until_ms,
                  struct search_hit *hits, size_t max, size_t *n, uint64_t *next) MUST_CHECK;

/* Where in a conversation. */
enum search_field { SEARCH_IN_LINE, SEARCH_IN_NAME, SEARCH_IN_EMAIL, SEARCH_IN_PHONE };
const char *search_field_word(enum search_field field); /* "line", "name", … */

#define SEARCH_MARKS_MAX 32
struct search_line {
    enum search_field field;
    struct rec rec;   /* SEARCH_IN_LINE: the line's record; its spans are good until fini */
    struct span text; /* a piece of it, or the field, likewise */
    bool cut;         /* the piece does not begin where the text does */
    struct {
        size_t from, to; /* bytes of the piece */
    } marks[SEARCH_MARKS_MAX];
    size_t nmarks;
    unsigned words; /* of the question, in this one line */
    struct buf mem, kept;
};

/*
 * Does a conversation hold all of it, and which of its lines shows it best: most words, then the
 * newest.  Only where the question has words.
 *
 * last_pos  the conversation's last record that is durable.
 * line      zero-initialised; search_line_fini() in any case.
 *
 * ERR_NOTFOUND  it does not.  Otherwise as store_walk_conv().  Reads the whole conversation.
 */
err_t search_look(struct store *st, const struct search_query *q, uint64_t last_pos,
                  struct search_line *line) MUST_CHECK;
void search_line_fini(struct search_line *line);

#endif
