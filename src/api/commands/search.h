/* A search as its parts share it: what is wanted, and how far it has come. */
#ifndef API_SEARCH_H
#define API_SEARCH_H

#include "api_int.h"

#define LOOKED_AT 128 /* conversations in one go */
#define RELEVANT_MAX 300

/* A conversation that may be in the answer. */
struct candidate {
    uint64_t number, conv;
    uint64_t last_pos; /* of what is durable; 0: not for this reader */
    bool holds;        /* all that was asked for */
    struct search_line line;
};

struct searching {
    struct later l;
    TAILQ_ENTRY(searching) link;
    struct search_query *query;
    struct search_want want;
    struct id_list depts; /* of want */
    unsigned states;      /* BIT(enum conv_state) */
    bool nowhere;         /* nothing can be found */
    bool by_relevance;
    size_t max, skip;
    int64_t from_ms, until_ms; /* monotone */
    /* How far it is. */
    struct candidate looked[LOOKED_AT];
    size_t nlooked;
    uint64_t next;          /* where the index goes on; 0: it has no more */
    uint64_t at;            /* the last one that was looked at */
    struct candidate *kept; /* what holds it */
    size_t nkept;
    bool begun;
    bool cut;  /* there was more in what was looked at last */
    bool late; /* the time is over */
    err_t err;
};

/* What a saved view asks, as arguments of a call; borrowed from it. */
void search_saved_ask(struct call *c, const struct saved *v);
/* The view that a call names, likewise.  False: refused. */
bool search_view_take(struct call *c);

/* What is wanted, out of the arguments and the filters in the words.  False: refused. */
bool search_want_take(struct call *c, struct searching *s);

/* Is the conversation, as it is now, what this reader wants and may see? */
bool search_want_fits(const struct searching *s, const struct reader *r, const struct conv *cv);

#endif
