/* Which user each program runs as where root has started the gateway. */
#ifndef DESKBELLD_ROLES_H
#define DESKBELLD_ROLES_H

#include "gateway.h"

/*
 * Started by root: the files become those of whoever works with them, the process splits, and this
 * returns in the gateway, who is its own user and has the way to a keeper.  Otherwise, or with the
 * user root, everybody stays who he is.
 *
 * ERR_INVAL, ERR_DENIED  a user is missing, or the files are not for us: the fault says what.
 */
err_t roles_take(struct gateway *g, struct fault *f) MUST_CHECK;

#endif
