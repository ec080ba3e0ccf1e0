/* What the gateway's vocabulary says of a command, for tests that cannot have its header. */
#ifndef CTL_WORDS_H
#define CTL_WORDS_H

#include <stdbool.h>
#include <stddef.h>

bool word_is_known(const char *word); /* to the control socket */
bool word_has_field(const char *word, const char *field);
bool word_has_settings(const char *word);
/* The fields that it needs, one after the other; *at begins at 0.  NULL: no more. */
const char *word_needs(const char *word, size_t *at);

#endif
