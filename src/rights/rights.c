/* See rights.h.  By the kernel's own calls: what we need of a library would be three of them. */
#include "deskbell/rights.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CAPS_MAX 64

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define LOOKED_INTO
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define LOOKED_INTO
#endif

err_t rights_user_find(const char *key, const char *name, struct rights_user *u, struct fault *f)
{
    const struct passwd *pw;

    errno = 0;
    if (strlen(name) > RIGHTS_NAME_MAX_BYTES || (pw = getpwnam(name)) == NULL)
        return fault_set(f, ERR_INVAL, key,
                         "there is no user %s on this machine; make one, for instance with "
                         "\"useradd --system %s\", or name another",
                         name, name);
    snprintf(u->name, sizeof(u->name), "%s", name);
    u->uid = pw->pw_uid;
    u->gid = pw->pw_gid;
    return ERR_OK;
}

err_t rights_roles_find(const char *const names[RIGHTS_ROLES],
                        struct rights_user users[RIGHTS_ROLES], struct fault *f)
{
    static const char *const keys[RIGHTS_ROLES] = {"user", "dispatcher_user", "smtp_user"};

    for (int i = 0; i < RIGHTS_ROLES; i++) {
        err_t err = rights_user_find(keys[i], names[i], &users[i], f);

        if (err != ERR_OK)
            return err;
        for (int k = 0; k < i; k++)
            if (users[k].uid == users[i].uid)
                return fault_set(f, ERR_INVAL, keys[i],
                                 "%s is the %s already: each program needs a user of its own",
                                 names[i], keys[k]);
    }
    users[RIGHTS_DISPATCHER].gid = users[RIGHTS_GATEWAY].gid;
    return ERR_OK;
}

bool rights_are_roots(void)
{
    return geteuid() == 0;
}

void rights_begin(void)
{
    ensure(setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0}) == 0);
    ensure(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
#ifndef LOOKED_INTO
    ensure(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0);
#endif
}

static bool caps_set(uint64_t caps)
{
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct now[2], next[2] = {{0}};

    if (syscall(SYS_capget, &head, now) != 0)
        return false;
    for (int i = 0; i < 2; i++) {
        next[i].permitted = (uint32_t)(caps >> 32 * i) & now[i].permitted;
        next[i].effective = next[i].permitted;
    }
    return syscall(SYS_capset, &head, next) == 0;
}

/* What a program that this one starts can ever have.  Needs a capability of its own to be set. */
static void bounding_keep(uint64_t caps)
{
    for (int i = 0; i < CAPS_MAX; i++)
        if ((caps & UINT64_C(1) << i) == 0 && prctl(PR_CAPBSET_READ, i, 0, 0, 0) > 0)
            (void)prctl(PR_CAPBSET_DROP, i, 0, 0, 0);
}

void rights_keep(uint64_t capabilities)
{
    bounding_keep(capabilities);
    (void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    ensure(caps_set(capabilities)); /* giving up is always allowed */
}

void rights_shed(void)
{
    rights_keep(0);
}

bool rights_become(const struct rights_user *u, uint64_t capabilities)
{
    uid_t uid[3];
    gid_t gid[3];

    if (geteuid() != 0 && geteuid() != u->uid) {
        errno = EPERM;
        return false;
    }
    if (geteuid() == 0) {
        if (setgroups(0, NULL) != 0 || setresgid(u->gid, u->gid, u->gid) != 0)
            return false;
        bounding_keep(0);
        if (prctl(PR_SET_KEEPCAPS, capabilities != 0, 0, 0, 0) != 0 ||
            setresuid(u->uid, u->uid, u->uid) != 0)
            return false;
        (void)prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0);
        if (getresuid(&uid[0], &uid[1], &uid[2]) != 0 || getresgid(&gid[0], &gid[1], &gid[2]) != 0)
            return false;
        for (int i = 0; i < 3; i++)
            ensure(uid[i] == u->uid && gid[i] == u->gid);
    }
    rights_keep(capabilities);
    ensure(u->uid == 0 || setuid(0) != 0);
    rights_begin(); /* another user's process may be looked into again */
    return true;
}
