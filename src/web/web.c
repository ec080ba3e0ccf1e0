/* Looks up the files that embed.py has compiled in.  Serving them is the edge's business. */
#include "web_int.h"

/* As memcmp() over the shorter, then the shorter first: the order of the table. */
static int path_cmp(struct span a, const char *path)
{
    size_t len = strlen(path);
    int c = a.len == 0 ? 0 : memcmp(a.p, path, a.len < len ? a.len : len);

    return c != 0 ? c : (a.len > len) - (a.len < len);
}

const struct web_file *web_find(struct span path)
{
    size_t lo = 0, hi = web_files_count;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        int c = path_cmp(path, web_files[mid].path);

        if (c == 0)
            return &web_files[mid];
        if (c < 0)
            hi = mid;
        else
            lo = mid + 1;
    }
    return NULL;
}

const struct web_file *web_at(size_t index)
{
    return index < web_files_count ? &web_files[index] : NULL;
}

const char *web_widget_version(void)
{
    return web_version;
}

const char *web_widget_integrity(void)
{
    return web_integrity;
}
