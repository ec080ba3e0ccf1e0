/* Keeping the login out of whatever is told of a session. */
#ifndef DISPATCHER_SECRET_H
#define DISPATCHER_SECRET_H

#include "deskbell/span.h"

/* A word that must not show, copied: user, password. */
void secret_add(struct span word);

/* A line that the client says while it logs in, without its line end: it and what it decodes to. */
void secret_add_said(struct span line);

/*
 * Put stars in the place of every word, whatever its case, and of every run of base64 letters in
 * which one is hidden.  Same length.  Cost: words times bytes.
 */
void secret_blank(char *text, size_t len);

/* Drop all words. */
void secret_forget(void);

#endif
