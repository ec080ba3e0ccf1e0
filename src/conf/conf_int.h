/* What only this room shares. */
#ifndef CONF_INT_H
#define CONF_INT_H

#include "deskbell/conf.h"

enum option_kind {
    KIND_BOOL,      /* bool: yes, no */
    KIND_UINT,      /* unsigned */
    KIND_SIZE,      /* uint64_t: bytes, with K, M, G or T */
    KIND_LEVEL,     /* enum log_level: one of `words` in their order */
    KIND_LINE,      /* char *: text of one line, of `words` if there are any */
    KIND_PATH,      /* char *: absolute */
    KIND_URL,       /* char *: http or https with host, perhaps port and prefix */
    KIND_GREETING,  /* char *: a full host name or an address literal */
    KIND_ADDRESSES, /* char ** and size_t: to listen on */
    KIND_PREFIXES,  /* struct ipprefix * and size_t */
    KIND_COUNT
};

struct option {
    const char *key;
    enum option_kind kind;
    size_t offset, count_offset; /* in struct config; the second for lists */
    const char *dflt;            /* as it would be written; "" where nothing is the default */
    const char *dflt_doc;        /* for people, where dflt does not say it; else NULL */
    uint64_t min, max;           /* of numbers; most code points of KIND_LINE in max */
    const char *words;           /* joined by blanks */
    bool reloadable;
    const char *help; /* plain sentences */
};

/* The table. */
extern const struct option options[];
extern const size_t options_count;

/*
 * Set an option from text, freeing what was there.  ERR_INVAL: the fault says what was expected,
 * its field is left alone, and the option keeps its value.
 */
err_t option_set(struct config *cfg, const struct option *opt, struct span value,
                 struct fault *f) MUST_CHECK;

void option_fini(struct config *cfg, const struct option *opt);

/* "between 1 and 64", "yes or no" …: what an option takes, for faults and for the manual. */
void option_expects(const struct option *opt, struct buf *out);

/* "16M" and the like; exact. */
void size_format(uint64_t bytes, struct buf *out);

/* The value as it would be written. */
void option_format(const struct config *cfg, const struct option *opt, struct buf *out);

#endif
