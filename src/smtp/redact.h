/* Keeping the login out of whatever is told of a session. */
#ifndef DISPATCHER_REDACT_H
#define DISPATCHER_REDACT_H

#include "deskbell/span.h"

/* A word that must not show, copied: user, password, token.  Of a long one no part shows either. */
void redact_add(struct span word);

/* A line that the client says while it logs in, without its line end: it and what it decodes to. */
void redact_add_said(struct span line);

/*
 * Put stars in the place of every word, whatever its case, and of every run of base64 letters in
 * which one is hidden.  Same length.  Cost: words times bytes.
 */
void redact_blank(char *text, size_t len);

/* Drop all words. */
void redact_forget(void);

#endif
