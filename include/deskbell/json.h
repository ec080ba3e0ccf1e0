/*
 * JSON out: a writer into a buffer that puts commas and escapes where they belong.  It does not
 * check that keys and nesting make sense.  Every call costs what it writes; a buffer that is full
 * says so itself.
 */
#ifndef DESKBELL_JSON_H
#define DESKBELL_JSON_H

#include "deskbell/span.h"

/* Zero-initialise with .b set: nothing is written yet. */
struct jw {
    struct buf *b; /* borrowed */
    bool comma;    /* the next value needs one before it */
};

/* Begin and end an object or an array. */
void jw_obj(struct jw *j);
void jw_obj_end(struct jw *j);
void jw_arr(struct jw *j);
void jw_arr_end(struct jw *j);

/* The key of the value that is written next: our own words, which need no escapes. */
void jw_key(struct jw *j, const char *key);

/* Values.  Texts are valid UTF-8 and become strings; NULL gives "". */
void jw_span(struct jw *j, struct span s);
void jw_str(struct jw *j, const char *s);
void jw_int(struct jw *j, int64_t v);
void jw_id(struct jw *j, uint64_t id); /* a decimal string; 0 gives null */
void jw_bool(struct jw *j, bool v);
void jw_null(struct jw *j);
void jw_raw(struct jw *j, struct span json); /* as it is: a whole value */

/* A key and its value. */
void jw_k_span(struct jw *j, const char *key, struct span s);
void jw_k_str(struct jw *j, const char *key, const char *s);
void jw_k_int(struct jw *j, const char *key, int64_t v);
void jw_k_id(struct jw *j, const char *key, uint64_t id);
void jw_k_pos(struct jw *j, const char *key, uint64_t pos); /* a decimal string, "0" too */
void jw_k_bool(struct jw *j, const char *key, bool v);

/* What other machines said may be anything: where it is not UTF-8, odd bytes become '?'. */
void jw_k_foreign(struct jw *j, const char *key, const char *s);

/* The longest beginning of s that has at most max code points. */
struct span span_head(struct span s, size_t max_codepoints);

#endif
