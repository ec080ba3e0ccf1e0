/*
 * What a process may: its user, its capabilities, what others may look at.  It starts nothing; that
 * is keeper.h's.
 */
#ifndef DESKBELL_RIGHTS_H
#define DESKBELL_RIGHTS_H

#include <sys/types.h>

#include "deskbell/err.h"

#define RIGHTS_NAME_MAX_BYTES 32

struct rights_user {
    char name[RIGHTS_NAME_MAX_BYTES + 1];
    uid_t uid;
    gid_t gid;
};

/*
 * A user of this machine, with the group that is his own.
 *
 * key        the option that names him, for the fault.
 * ERR_INVAL  there is none of this name: the fault says how one is made.
 */
err_t rights_user_find(const char *key, const char *name, struct rights_user *u,
                       struct fault *f) MUST_CHECK;

/* Whose processes there are. */
enum rights_role { RIGHTS_GATEWAY, RIGHTS_DISPATCHER, RIGHTS_SMTP, RIGHTS_ROLES };

/*
 * The users of the three programs, by their names in the options user, dispatcher_user, smtp_user.
 * The dispatcher's group is the gateway's, by which they share the store.
 *
 * ERR_INVAL  one is missing, or is another's, too: then what only one may read both could.
 */
err_t rights_roles_find(const char *const names[RIGHTS_ROLES],
                        struct rights_user users[RIGHTS_ROLES], struct fault *f) MUST_CHECK;

/* Was this process started by root? */
bool rights_are_roots(void);

/*
 * For each program, before it does anything: no core files, whose memory would hold keys and what
 * people wrote; nobody but root looks into it; nothing that it starts gets more rights by starting.
 * (Under a sanitizer, which looks for leaks from outside, it may be looked into.)
 */
void rights_begin(void);

/* All capabilities but these, bits by their numbers, are given up for good. */
void rights_keep(uint64_t capabilities);

/* Likewise without any that is kept. */
void rights_shed(void);

/*
 * Be this user from now on, in his group alone, without a way back, with these capabilities and no
 * other.  Somebody who is not root can only stay who he is.  False: errno says why, and the process
 * must end, for it is neither.
 */
bool rights_become(const struct rights_user *u, uint64_t capabilities) MUST_CHECK;

/* Addresses below 1024 may be listened on. */
#define RIGHTS_LOW_PORTS (UINT64_C(1) << 10)

#endif
