/*
 * The library's plug-ins for logins.  libesmtp looks for one by the mechanism's name, in a folder
 * that cannot be changed; so this program answers the library's dlopen().  CRAM-MD5 is installed
 * under another name, XOAUTH2 is this program itself, and a token is for nothing else.
 */
#include <dlfcn.h>
#include <string.h>
#include <unistd.h>

#include "smtp_int.h"

#define FOLDER_END "/sasl-"
#define WANTED "/sasl-cram-md5.so"
#define INSTALLED "/sasl-crammd5.so"
#define TOKEN "/sasl-xoauth2.so"

static bool by_token;

void plugin_choose(bool token)
{
    by_token = token;
}

static bool is_cram_md5(const char *name, const char *path)
{
    return strcmp(name, WANTED) == 0 && access(path, R_OK) != 0;
}

/* In the place of the C library's, for all that this process loads. */
__attribute__((visibility("default"))) void *dlopen(const char *path, int mode)
{
    void *(*next)(const char *, int);
    void *found = dlsym(RTLD_NEXT, "dlopen");
    const char *name = path != NULL ? strrchr(path, '/') : NULL;
    struct buf other = {0};

    ensure(found != NULL);
    memcpy(&next, &found, sizeof(next)); /* a function's address, by way of POSIX's void * */
    if (name == NULL || strncmp(name, FOLDER_END, strlen(FOLDER_END)) != 0)
        return next(path, mode);
    if ((strcmp(name, TOKEN) == 0) != by_token)
        return NULL; /* neither a token by another mechanism nor a password by this one */
    if (by_token)
        return next(NULL, mode);
    if (!is_cram_md5(name, path))
        return next(path, mode);
    buf_add(&other, path, (size_t)(name - path));
    buf_add_str(&other, INSTALLED);
    found = next(other.p, mode);
    buf_fini(&other);
    return found;
}
