/*
 * Where a department's widget was seen: whether its code is on a website, and which website asked
 * and may not show it.  Known while the gateway runs: the next page that somebody opens says it
 * again.
 */
#include <ctype.h>
#include <stdlib.h>

#include "api_int.h"

static void sight_set(struct sight *s, struct span origin, int64_t now_ms)
{
    /* As browsers send it; what else stands there is nobody's website. */
    if (origin.len == 0 || origin.len >= sizeof(s->origin))
        return;
    for (size_t i = 0; i < origin.len; i++)
        if (!isgraph((unsigned char)origin.p[i]))
            return;
    memcpy(s->origin, origin.p, origin.len);
    s->origin[origin.len] = '\0';
    s->ms = now_ms;
}

void seen_note(struct api *api, const struct dept *d, struct span origin, bool refused)
{
    struct seen *s = map_find(&api->seen, d->id);

    if (s == NULL) {
        s = xcalloc(1, sizeof(*s));
        map_put(&api->seen, d->id, s);
    }
    sight_set(refused ? &s->refused : &s->shown, origin, api_now(api));
}

const struct seen *seen_find(const struct api *api, uint64_t dept)
{
    static const struct seen never;
    const struct seen *s = map_find(&api->seen, dept);

    return s != NULL ? s : &never;
}

void seen_fini(struct api *api)
{
    uint64_t key;
    void *value;

    for (size_t at = 0; map_next(&api->seen, &at, &key, &value);)
        free(value);
    map_fini(&api->seen);
}
