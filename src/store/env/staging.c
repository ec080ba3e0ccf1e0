/* See staging.h.  What goes into the directory is backup.c's. */
#include "env/staging.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "deskbell/log.h"

/* All that a copy ever puts into its directory. */
static const char *const names[] = {"data.mdb", "lock.mdb", "gateway.lock", GATEWAY_KEY_FILE,
                                    DISPATCHER_KEY_FILE};

static bool name_is_ours(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static bool all_are_ours(const char *path)
{
    DIR *dir = opendir(path);
    const struct dirent *de;
    bool ours = dir != NULL;

    while (ours && (de = readdir(dir)) != NULL)
        ours = name_is_ours(de->d_name);
    if (dir != NULL)
        closedir(dir);
    return ours;
}

static void files_remove(const char *dir)
{
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        char *path = path_join(dir, names[i]);

        unlink(path);
        free(path);
    }
}

/* The directory that this path is in; the caller frees. */
static char *parent_of(const char *path)
{
    char *copy = xstrdup(path), *slash = strrchr(copy, '/');

    if (slash == NULL) {
        free(copy);
        return xstrdup(".");
    }
    slash[slash == copy ? 1 : 0] = '\0';
    return copy;
}

static err_t parent_sync(const char *path)
{
    char *parent = parent_of(path);
    err_t err = dir_sync(parent);

    free(parent);
    return err;
}

/* With the directory there: ours alone from here on, and empty. */
static err_t staging_lock(struct staging *s, bool found, struct fault *f)
{
    s->fd = open(s->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (s->fd < 0)
        return fault_set(f, found ? ERR_EXISTS : store_err(errno), "store",
                         "%s is in the way: %s; move it away", s->path, strerror(errno));
    if (flock(s->fd, LOCK_EX | LOCK_NB) != 0)
        return fault_set(f, ERR_BUSY, "store", "%s: another copy is being made there just now",
                         s->path);
    if (!found)
        return ERR_OK;
    if (!all_are_ours(s->path))
        return fault_set(f, ERR_EXISTS, "store",
                         "%s is in the way, and has files that are no copy's; move it away",
                         s->path);
    log_info("store.leftovers", "removed=%s", log_quote(s->path, strlen(s->path)));
    files_remove(s->path);
    return ERR_OK;
}

static void staging_free(struct staging *s)
{
    if (s->fd >= 0)
        close(s->fd);
    free(s->path);
    free(s->dir);
    *s = (struct staging){.fd = -1};
}

err_t staging_open(struct staging *s, const char *dir, const char *ending, struct fault *f)
{
    size_t len = strlen(dir);
    struct buf path = {0};
    struct stat sb;
    err_t err;

    while (len > 1 && dir[len - 1] == '/')
        len--;
    buf_addf(&path, "%.*s.%s", (int)len, dir, ending);
    *s = (struct staging){.path = buf_take(&path), .dir = xstrndup(dir, len), .fd = -1};
    if (lstat(s->dir, &sb) == 0) {
        err = fault_set(f, ERR_EXISTS, s->dir,
                        "there is something at this path already; move it away first");
    } else {
        bool made = mkdir(s->path, 0700) == 0;

        if (!made && errno != EEXIST)
            err = fault_set(f, store_err(errno), "store", "%s cannot be made: %s", s->path,
                            strerror(errno));
        else
            err = staging_lock(s, !made, f);
    }
    if (err != ERR_OK)
        staging_free(s);
    return err;
}

err_t staging_end(struct staging *s, err_t err, struct fault *f)
{
    if (err == ERR_OK && (err = dir_sync(s->path)) != ERR_OK)
        fault_set(f, err, "store", "%s cannot be synced", s->path);
    if (err == ERR_OK && rename(s->path, s->dir) != 0)
        err = fault_set(f, store_err(errno), "store", "the copy cannot be put in its place: %s",
                        strerror(errno));
    if (err != ERR_OK) {
        files_remove(s->path);
        rmdir(s->path);
    } else if ((err = parent_sync(s->dir)) != ERR_OK) {
        fault_set(f, err, "store", "the directory of %s cannot be synced", s->dir);
    }
    staging_free(s);
    return err;
}
