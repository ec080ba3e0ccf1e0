/*
 * Conversations from addresses under a block in force, of whatever state: the newest of them are
 * kept as ids, and followed as blocks and conversations change.  Their rows are in lists.c.
 */
#include <stdlib.h>

#include "api_int.h"

/* One of the set.  `own`: read from the store when first looked at. */
struct blocked_conv {
    uint64_t id;
    struct conv *own;
};

static int id_down(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x < y) - (x > y);
}

/* Newest first, each once, the newest BLOCKED_MAX. */
static bool ids_trim(struct conn_ids *ids)
{
    size_t n = 0;

    if (ids->n > 0)
        qsort(ids->ids, ids->n, sizeof(ids->ids[0]), id_down);
    for (size_t i = 0; i < ids->n; i++)
        if (n == 0 || ids->ids[i] != ids->ids[n - 1])
            ids->ids[n++] = ids->ids[i];
    ids->n = n < BLOCKED_MAX ? n : BLOCKED_MAX;
    return n > BLOCKED_MAX;
}

/* Those in the store that are from there.  What cannot be read now is not there. */
static void prefix_gather(struct api *api, const struct ipprefix *prefix, uint64_t below,
                          struct conn_ids *ids)
{
    uint64_t found[BLOCKED_MAX + 1];
    size_t n = 0;

    if (store_list_addr(api->env.store, prefix, below, found, COUNT_OF(found), &n) != ERR_OK)
        return;
    for (size_t i = 0; i < n; i++)
        conn_ids_add(ids, found[i]);
}

bool blocked_gather(struct api *api, uint64_t below, struct conn_ids *ids)
{
    bool more = false;

    for (uint64_t id = 0; core_next_block(api->env.core, &id);) {
        prefix_gather(api, &core_block(api->env.core, id)->prefix, below, ids);
        if (ids->n > 8 * BLOCKED_MAX)
            more = ids_trim(ids) || more;
    }
    return ids_trim(ids) || more;
}

/* What is in memory: open, or ended a moment ago. */
static void memory_gather(struct api *api, const struct ipprefix *prefix, struct conn_ids *ids)
{
    for (uint64_t id = 0; core_next_conv(api->env.core, &id);)
        if (ipprefix_has(prefix, &core_conv(api->env.core, id)->ip))
            conn_ids_add(ids, id);
}

static void entry_fini(struct blocked_conv *e)
{
    if (e->own != NULL)
        conv_free(e->own);
}

/* Who watches the conversation, and who has the list, is told with the next pass. */
static void conv_tell(struct api *api, uint64_t id)
{
    struct track *tr;
    bool alone;

    if (api->blocked.stamp == 0) /* at the start nobody is there yet */
        return;
    tr = track_get(api, id);
    alone = tr->dirty == 0 || tr->by_block;

    track_touch(api, tr, DIRTY_HEAD);
    tr->by_block = alone;
}

/* These instead of what was; both come sorted.  Tells of what came and what went. */
static void set_replace(struct api *api, const struct conn_ids *ids)
{
    struct blocked *bl = &api->blocked;
    struct blocked_conv *fresh = xcalloc(ids->n + 1, sizeof(*fresh));
    size_t at = 0;

    for (size_t i = 0; i < ids->n; i++) {
        while (at < bl->n && bl->e[at].id > ids->ids[i]) {
            conv_tell(api, bl->e[at].id);
            entry_fini(&bl->e[at++]);
        }
        if (at < bl->n && bl->e[at].id == ids->ids[i]) {
            fresh[i] = bl->e[at++];
        } else {
            fresh[i].id = ids->ids[i];
            conv_tell(api, ids->ids[i]);
        }
    }
    for (; at < bl->n; at++) {
        conv_tell(api, bl->e[at].id);
        entry_fini(&bl->e[at]);
    }
    free(bl->e);
    bl->e = fresh;
    bl->n = ids->n;
    bl->stamp++;
}

static const struct conv *entry_conv(struct api *api, struct blocked_conv *e)
{
    const struct conv *cv = core_conv(api->env.core, e->id);
    struct conv_ref ref;

    if (cv != NULL)
        return cv;
    if (e->own == NULL && conv_open(api, e->id, &ref) == ERR_OK)
        e->own = ref.own;
    return e->own;
}

/* Those of the set that are still under a block. */
static void set_keep(struct api *api, struct conn_ids *ids)
{
    struct blocked *bl = &api->blocked;

    for (size_t i = 0; i < bl->n; i++) {
        const struct conv *cv = entry_conv(api, &bl->e[i]);

        if (cv != NULL && core_block_match(api->env.core, &cv->ip, api_now(api)) != NULL)
            conn_ids_add(ids, bl->e[i].id);
    }
}

static void counts_touch(struct api *api)
{
    uint64_t key;
    void *value;

    for (size_t at = 0; map_next(&api->agents, &at, &key, &value);) {
        struct agent_ix *ix = value;

        if (ix->nme > 0)
            agent_ix_touch(api, ix, true);
    }
}

void blocked_fill(struct api *api)
{
    struct conn_ids ids = {0};

    set_keep(api, &ids); /* some of them may not be in the store yet */
    api->blocked.more = blocked_gather(api, 0, &ids);
    set_replace(api, &ids);
    free(ids.ids);
}

void blocked_on_block(struct api *api, const struct block *added)
{
    struct conn_ids ids = {0};

    if (added == NULL && api->blocked.more) {
        blocked_fill(api); /* there is room for older ones */
    } else {
        set_keep(api, &ids);
        if (added != NULL) {
            prefix_gather(api, &added->prefix, 0, &ids);
            memory_gather(api, &added->prefix, &ids);
        }
        api->blocked.more = ids_trim(&ids) || api->blocked.more;
        set_replace(api, &ids);
        free(ids.ids);
    }
    counts_touch(api);
}

void blocked_on_conv(struct api *api, const struct conv *cv)
{
    struct blocked *bl = &api->blocked;
    struct conn_ids ids = {0};
    bool known = false;

    if (core_block_match(api->env.core, &cv->ip, api_now(api)) == NULL)
        return;
    for (size_t i = 0; i < bl->n; i++) {
        conn_ids_add(&ids, bl->e[i].id);
        if (bl->e[i].id != cv->id)
            continue;
        known = true;
        entry_fini(&bl->e[i]); /* it has changed */
        bl->e[i].own = NULL;
    }
    if (!known) {
        conn_ids_add(&ids, cv->id);
        bl->more = ids_trim(&ids) || bl->more;
        set_replace(api, &ids);
    }
    bl->stamp++;
    free(ids.ids);
    counts_touch(api);
}

void blocked_ids(const struct api *api, struct conn_ids *ids)
{
    for (size_t i = 0; i < api->blocked.n; i++)
        conn_ids_add(ids, api->blocked.e[i].id);
}

uint64_t blocked_count(struct api *api, const struct sub *want, const struct agent *ag)
{
    uint64_t count = 0;

    for (size_t i = 0; i < api->blocked.n; i++) {
        const struct conv *cv = entry_conv(api, &api->blocked.e[i]);

        count += cv != NULL && sub_has(api, want, ag, cv);
    }
    return count;
}

uint64_t blocked_count_of(struct api *api, struct agent_ix *ix, const struct agent *ag)
{
    if (ix->blocked_stamp != api->blocked.stamp) {
        ix->blocked = blocked_count(api, &(struct sub){.list = LIST_BLOCKED}, ag);
        ix->blocked_stamp = api->blocked.stamp;
    }
    return ix->blocked;
}

void blocked_fini(struct api *api)
{
    for (size_t i = 0; i < api->blocked.n; i++)
        entry_fini(&api->blocked.e[i]);
    free(api->blocked.e);
}
