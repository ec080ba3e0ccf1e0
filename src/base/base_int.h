/* What only this room shares. */
#ifndef BASE_INT_H
#define BASE_INT_H

#include "deskbell/span.h"

/*
 * Take one code point off the front of a span that is not empty.  False where the bytes are not
 * UTF-8: nothing is taken then.
 */
bool utf8_next(struct span *s, uint32_t *cp);

/* What breaks a line or hides in one: controls, the separators, bidirectional overrides. */
bool cp_is_control(uint32_t cp);

/* "at most {max} characters"; "" for REFUSE_NONE. */
const char *refusal_sentence(enum refusal refusal);

/* Does a value's name stand at the front of a sentence, in braces? */
bool refusal_name_at(struct span text, struct span *name);

#endif
