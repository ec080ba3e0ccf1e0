/*
 * Answers held against the OpenAPI document that the gateway serves: a small reader of the JSON
 * schemas that it writes.  It fails the test with the place where an answer is another.
 */
#ifndef API_SCHEMA_H
#define API_SCHEMA_H

#include "api_world.h"

/* An answer to the command `said` on this connection; errors are of no interest. */
void schema_check_answer(struct world *w, uint64_t conn, const char *said, const json_t *answer);

/* The body of a reply to this request, if it is one of the document's and was taken. */
void schema_check_reply(struct world *w, enum api_method method, const char *path, const char *body,
                        const struct sent *s);

/* Was an answer of this command of "visitor", "agent" or "operator" looked at? */
bool schema_was_checked(const char *who, const char *word);

void schema_fini(void);

#endif
