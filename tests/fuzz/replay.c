/* Gives every file of the folders or files named on the command line to a fuzz target, once. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "deskbell/span.h"
#include "fuzz.h"

static unsigned replayed;

static void file_replay(const char *path)
{
    FILE *in = fopen(path, "rb");
    struct buf b = {0};
    char part[4096];
    size_t n;

    if (in == NULL) {
        perror(path);
        exit(1);
    }
    while ((n = fread(part, 1, sizeof(part), in)) > 0)
        buf_add(&b, part, n);
    fclose(in);

    /* Exactly as large as the input, so that a sanitizer sees what reads past it. */
    uint8_t *data = xmalloc(b.len);

    if (b.len > 0)
        memcpy(data, b.p, b.len);
    LLVMFuzzerTestOneInput(data, b.len);
    free(data);
    buf_fini(&b);
    replayed++;
}

static void folder_replay(const char *path)
{
    DIR *dir = opendir(path);
    struct dirent *de;
    char name[4096];

    if (dir == NULL) {
        file_replay(path);
        return;
    }
    while ((de = readdir(dir)) != NULL) {
        if (de->d_name[0] == '.')
            continue;
        snprintf(name, sizeof(name), "%s/%s", path, de->d_name);
        file_replay(name);
    }
    closedir(dir);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        folder_replay(argv[i]);
    printf("%u inputs\n", replayed);
    return replayed > 0 ? 0 : 1;
}
