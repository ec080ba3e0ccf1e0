/*
 * Whose the files are, set by root before the programs that work with them give up his rights.  The
 * directory may have been the gateway's before, who may have been somebody else's tool: nothing
 * that he put there leads to a file outside.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "deskbell/crypto.h"
#include "deskbell/fd.h"
#include "store_int.h"

#define TRIP_DIR "dispatch"

enum whose { WHOSE_GATEWAY, WHOSE_GROUP, WHOSE_DISPATCHER };

static const struct {
    const char *name;
    enum whose whose;
    bool make;
} files[] = {
    {"data.mdb", WHOSE_GROUP, true},
    {"lock.mdb", WHOSE_GROUP, true},
    {"gateway.lock", WHOSE_GATEWAY, true},
    {GATEWAY_KEY_FILE, WHOSE_GATEWAY, false},
    {BALLAST_FILE, WHOSE_GATEWAY, false},
    {"search.db", WHOSE_GATEWAY, false}, /* the index of src/search, with SQLite's two beside it */
    {"search.db-wal", WHOSE_GATEWAY, false},
    {"search.db-shm", WHOSE_GATEWAY, false},
    {DISPATCHER_PUBLIC_FILE, WHOSE_GATEWAY, false},
    {"dispatcher.lock", WHOSE_DISPATCHER, true},
    {DISPATCHER_KEY_FILE, WHOSE_DISPATCHER, false},
};

struct handing {
    const char *dir;
    const struct store_owners *to;
    struct fault *f;
};

static err_t not_ours(const struct handing *h, const char *name, const char *what)
{
    return fault_set(h->f, ERR_DENIED, "state_dir", "%s%s%s %s", h->dir, name[0] != '\0' ? "/" : "",
                     name, what);
}

static bool owner_is_known(const struct handing *h, uid_t uid)
{
    return uid == 0 || uid == h->to->gateway || uid == h->to->dispatcher;
}

static err_t fd_give(const struct handing *h, int fd, enum whose whose, const char *name)
{
    uid_t uid = whose == WHOSE_DISPATCHER ? h->to->dispatcher : h->to->gateway;
    struct stat sb;

    if (fstat(fd, &sb) != 0 || (!S_ISDIR(sb.st_mode) && (!S_ISREG(sb.st_mode) || sb.st_nlink != 1)))
        return not_ours(h, name, "is not a file of its own");
    if (!owner_is_known(h, sb.st_uid))
        return not_ours(h, name,
                        "belongs to another user: make it the gateway's, or start as that user");

    mode_t mode = S_ISDIR(sb.st_mode) ? 0700 : 0600;

    if (whose == WHOSE_GROUP)
        mode = S_ISDIR(sb.st_mode) ? 0750 : 0660;
    if (fchown(fd, uid, h->to->group) != 0 || fchmod(fd, mode) != 0)
        return fault_set(h->f, store_err(errno), "state_dir", "%s/%s cannot be handed over: %s",
                         h->dir, name, strerror(errno));
    return ERR_OK;
}

static err_t file_give(const struct handing *h, int dir_fd, const char *name, enum whose whose,
                       bool make)
{
    const int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
    int fd = openat(dir_fd, name, flags);
    err_t err;

    if (fd < 0 && errno == ENOENT && make)
        fd = openat(dir_fd, name, flags | O_CREAT | O_EXCL, 0600);
    if (fd < 0 && errno == ENOENT)
        return ERR_OK;
    if (fd < 0)
        return not_ours(h, name, "is not a file of its own");
    err = fd_give(h, fd, whose, name);
    close(fd);
    return err;
}

/* The folder of trips, with its files. */
static err_t trips_give(const struct handing *h, int dir_fd)
{
    int fd = -1;
    const struct dirent *de;
    DIR *dir;
    err_t err;

    if (mkdirat(dir_fd, TRIP_DIR, 0700) != 0 && errno != EEXIST)
        return fault_set(h->f, store_err(errno), "state_dir", "%s/" TRIP_DIR ": %s", h->dir,
                         strerror(errno));
    fd = openat(dir_fd, TRIP_DIR, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return not_ours(h, TRIP_DIR, "is not a folder");
    err = fd_give(h, fd, WHOSE_DISPATCHER, TRIP_DIR);
    dir = err == ERR_OK ? fdopendir(fd) : NULL;
    if (dir == NULL) {
        close(fd);
        return err;
    }
    while (err == ERR_OK && (de = readdir(dir)) != NULL)
        if (de->d_name[0] != '.')
            err = file_give(h, dirfd(dir), de->d_name, WHOSE_DISPATCHER, false);
    closedir(dir);
    return err;
}

/* At the first start: the gateway gets to see the public half only. */
static err_t pair_make(const struct handing *h, int dir_fd)
{
    uint8_t public_key[KEY_BYTES], secret_key[KEY_BYTES];
    char *pub = path_join(h->dir, DISPATCHER_PUBLIC_FILE);
    char *key = path_join(h->dir, DISPATCHER_KEY_FILE);
    struct stat sb;
    err_t err = ERR_OK;

    if (fstatat(dir_fd, "data.mdb", &sb, AT_SYMLINK_NOFOLLOW) == 0 && sb.st_size == 0 &&
        fstatat(dir_fd, DISPATCHER_KEY_FILE, &sb, AT_SYMLINK_NOFOLLOW) != 0) {
        seal_keypair(public_key, secret_key);
        if ((err = file_write(pub, public_key, KEY_BYTES)) != ERR_OK ||
            (err = file_write(key, secret_key, KEY_BYTES)) != ERR_OK ||
            (err = dir_sync(h->dir)) != ERR_OK)
            fault_set(h->f, err, "state_dir", "%s cannot be written", key);
        explicit_bzero(secret_key, sizeof(secret_key));
    }
    free(pub);
    free(key);
    return err;
}

/* With what leads to it, through which others have to pass. */
static err_t dir_open(const char *dir, bool make, int *out, struct fault *f)
{
    char *path = xstrdup(dir);

    for (char *at = strchr(path + 1, '/'); make && at != NULL; at = strchr(at + 1, '/')) {
        *at = '\0';
        (void)mkdir(path, 0755);
        *at = '/';
    }
    free(path);
    if (make)
        (void)mkdir(dir, 0750);
    *out = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (*out >= 0)
        return ERR_OK;
    return fault_set(f, store_err(errno), "state_dir", "%s: %s", dir, strerror(errno));
}

err_t store_hand_over(const char *dir, const struct store_owners *owners, bool make,
                      struct fault *f)
{
    struct handing h = {.dir = dir, .to = owners, .f = f};
    int fd = -1;
    err_t err = dir_open(dir, make, &fd, f);

    if (err != ERR_OK)
        return err;
    if ((err = fd_give(&h, fd, WHOSE_GROUP, "")) != ERR_OK)
        goto out;
    for (size_t i = 0; i < COUNT_OF(files) && err == ERR_OK; i++) {
        if (make && strcmp(files[i].name, GATEWAY_KEY_FILE) == 0)
            err = pair_make(&h, fd); /* once it is known that there is no store yet */
        if (err == ERR_OK)
            err = file_give(&h, fd, files[i].name, files[i].whose,
                            files[i].make && (make || files[i].whose == WHOSE_DISPATCHER));
    }
    if (err == ERR_OK)
        err = trips_give(&h, fd);
out:
    close(fd);
    return err;
}
