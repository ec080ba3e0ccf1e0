/*
 * The library's plug-in for CRAM-MD5.  libesmtp looks for it by the mechanism's name, in a folder
 * that cannot be changed, and its package installs it under another; so this program answers the
 * library's dlopen() and knows both.
 */
#include <dlfcn.h>
#include <string.h>
#include <unistd.h>

#include "deskbell/span.h"

#define WANTED "/sasl-cram-md5.so"
#define INSTALLED "/sasl-crammd5.so"

static bool is_wanted(const char *path)
{
    size_t len = path != NULL ? strlen(path) : 0, tail = strlen(WANTED);

    return len >= tail && strcmp(path + len - tail, WANTED) == 0 && access(path, R_OK) != 0;
}

/* In the place of the C library's, for all that this process loads. */
__attribute__((visibility("default"))) void *dlopen(const char *path, int mode)
{
    void *(*next)(const char *, int);
    void *found = dlsym(RTLD_NEXT, "dlopen");
    struct buf name = {0};

    ensure(found != NULL);
    memcpy(&next, &found, sizeof(next)); /* a function's address, by way of POSIX's void * */
    if (!is_wanted(path))
        return next(path, mode);
    buf_add(&name, path, strlen(path) - strlen(WANTED));
    buf_add_str(&name, INSTALLED);
    found = next(name.p, mode);
    buf_fini(&name);
    return found;
}
