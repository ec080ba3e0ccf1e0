/*
 * Conversations from addresses under a block in force, of whatever state: the newest of them are
 * kept as ids, and followed as blocks and conversations change.  Their rows are rendered by those
 * who ask for the list.
 *
 * Where a change of blocks may concern many, they are gone through a step at a time, and what was
 * kept stays until that is over: it is right as far as it goes, and says that there are more.
 */
#include "watch_int.h"

#define REFILL_TRIM (8 * BLOCKED_MAX) /* so many are gathered before all but the newest go */

/* One of the set.  `own`: read from the store when first looked at. */
struct blocked_conv {
    uint64_t id;
    struct conv *own;
};

/* Newest first, each once, the newest BLOCKED_MAX. */
static bool ids_trim(struct id_list *ids)
{
    size_t n = 0;

    ids_sort_down(ids->ids, ids->n);
    for (size_t i = 0; i < ids->n; i++)
        if (n == 0 || ids->ids[i] != ids->ids[n - 1])
            ids->ids[n++] = ids->ids[i];
    ids->n = n < BLOCKED_MAX ? n : BLOCKED_MAX;
    return n > BLOCKED_MAX;
}

/* What is in memory: open, or ended a moment ago. */
static void memory_gather(struct watch *w, const struct ipprefix *prefix, struct id_list *ids)
{
    for (uint64_t id = 0; core_next_conv(w->env.core, &id);)
        if (ipprefix_has(prefix, &core_conv(w->env.core, id)->ip))
            id_list_add(ids, id);
}

static void entry_fini(struct blocked_conv *e)
{
    if (e->own != NULL)
        conv_free(e->own);
}

/* Who watches the conversation, and who has the list, is told with the next pass. */
static void conv_tell(struct watch *w, uint64_t id)
{
    struct track *tr;
    bool alone;

    if (w->blocked.stamp == 0) /* at the start nobody is there yet */
        return;
    tr = track_get(w, id);
    alone = tr->dirty == 0 || tr->by_block;

    track_touch(w, tr, DIRTY_HEAD);
    tr->by_block = alone;
}

/* These instead of what was; both come sorted.  Tells of what came and what went. */
static void set_replace(struct watch *w, const struct id_list *ids)
{
    struct blocked *bl = &w->blocked;
    struct blocked_conv *fresh = xcalloc(ids->n + 1, sizeof(*fresh));
    size_t at = 0;

    for (size_t i = 0; i < ids->n; i++) {
        while (at < bl->n && bl->e[at].id > ids->ids[i]) {
            conv_tell(w, bl->e[at].id);
            entry_fini(&bl->e[at++]);
        }
        if (at < bl->n && bl->e[at].id == ids->ids[i]) {
            fresh[i] = bl->e[at++];
        } else {
            fresh[i].id = ids->ids[i];
            conv_tell(w, ids->ids[i]);
        }
    }
    for (; at < bl->n; at++) {
        conv_tell(w, bl->e[at].id);
        entry_fini(&bl->e[at]);
    }
    free(bl->e);
    bl->e = fresh;
    bl->n = ids->n;
    bl->stamp++;
}

static const struct conv *entry_conv(struct watch *w, struct blocked_conv *e)
{
    const struct conv *cv = core_conv(w->env.core, e->id);
    struct conv_ref ref;

    if (cv != NULL)
        return cv;
    if (e->own == NULL && conv_open(w->env.view, e->id, &ref) == ERR_OK)
        e->own = ref.own;
    return e->own;
}

/* Those of the set that are still under a block. */
static void set_keep(struct watch *w, struct id_list *ids)
{
    struct blocked *bl = &w->blocked;

    for (size_t i = 0; i < bl->n; i++) {
        const struct conv *cv = entry_conv(w, &bl->e[i]);

        if (cv != NULL && core_block_match(w->env.core, &cv->ip, view_now(w->env.view)) != NULL)
            id_list_add(ids, bl->e[i].id);
    }
}

static void counts_touch(struct watch *w)
{
    uint64_t key;
    void *value;

    for (size_t at = 0; map_next(&w->agents, &at, &key, &value);) {
        struct agent_ix *ix = value;

        if (ix->nme > 0)
            agent_ix_touch(w, ix, true);
    }
}

/* going through the blocks */

static bool is_one_address(const struct block *b)
{
    return b->prefix.bits == 128;
}

/* From the block behind `after` on. */
static void refill_begin(struct watch *w, uint64_t after)
{
    struct refill *f = &w->blocked.refill;

    id_list_fini(&f->ids);
    *f = (struct refill){.on = true, .block = after, .more = after != 0 && w->blocked.more};
    if (!core_next_block(w->env.core, &f->block))
        f->block = 0;
}

/* Some of them, in one look each; gives how many looks that was.  What cannot be read is not there.
 */
static size_t refill_look(struct watch *w, struct refill *f, const struct block *b, size_t max)
{
    uint64_t found[BLOCKED_LOOKS];
    size_t n = 0;

    if (view_list_from(w->env.view, &b->prefix, &f->at, found, max, &n) != ERR_OK)
        n = 0;
    for (size_t i = 0; i < n; i++)
        id_list_add(&f->ids, found[i]);
    if (f->ids.n > REFILL_TRIM)
        f->more = ids_trim(&f->ids) || f->more;
    if (n < max && !core_next_block(w->env.core, &f->block))
        f->block = 0;
    if (n < max)
        f->at = (struct addr_at){.id = 0};
    return n < max ? n + 1 : n;
}

/* Together with what is kept: some of that may not be in the store yet. */
static void refill_end(struct watch *w)
{
    struct refill *f = &w->blocked.refill;

    f->on = false;
    set_keep(w, &f->ids);
    w->blocked.more = ids_trim(&f->ids) || f->more;
    set_replace(w, &f->ids);
    id_list_fini(&f->ids);
    counts_touch(w);
}

bool blocked_is_due(const struct watch *w)
{
    return w->blocked.refill.on;
}

void blocked_step(struct watch *w)
{
    struct refill *f = &w->blocked.refill;
    size_t looks = 0;

    while (f->block != 0 && looks < BLOCKED_LOOKS) {
        const struct block *b = core_block(w->env.core, f->block);

        ensure(b != NULL); /* when one is lifted it begins again */
        looks += refill_look(w, f, b, BLOCKED_LOOKS - looks);
    }
    if (f->block == 0)
        refill_end(w);
}

void blocked_fill(struct watch *w)
{
    refill_begin(w, 0);
    while (w->blocked.refill.on)
        blocked_step(w);
}

/* In memory there are few beside the open ones; in the store there may be many from a range. */
static void block_added(struct watch *w, const struct block *added)
{
    struct id_list ids = {0};
    struct addr_at at = {.id = 0};
    uint64_t found[BLOCKED_MAX + 1];
    size_t n = 0;

    set_keep(w, &ids);
    memory_gather(w, &added->prefix, &ids);
    if (is_one_address(added) &&
        view_list_from(w->env.view, &added->prefix, &at, found, COUNT_OF(found), &n) == ERR_OK)
        for (size_t i = 0; i < n; i++)
            id_list_add(&ids, found[i]);
    w->blocked.more = ids_trim(&ids) || w->blocked.more;
    set_replace(w, &ids);
    id_list_fini(&ids);
    if (!is_one_address(added) && !w->blocked.refill.on)
        refill_begin(w, added->id - 1); /* else it comes to this one, too */
}

void blocked_on_block(struct watch *w, const struct block *added)
{
    struct id_list ids = {0};

    if (added != NULL) {
        block_added(w, added);
    } else {
        set_keep(w, &ids);
        set_replace(w, &ids);
        id_list_fini(&ids);
        if (w->blocked.more || w->blocked.refill.on)
            refill_begin(w, 0); /* there is room for older ones */
    }
    counts_touch(w);
}

void blocked_on_conv(struct watch *w, const struct conv *cv)
{
    struct blocked *bl = &w->blocked;
    struct id_list ids = {0};
    bool known = false;

    if (core_block_match(w->env.core, &cv->ip, view_now(w->env.view)) == NULL)
        return;
    for (size_t i = 0; i < bl->n; i++) {
        id_list_add(&ids, bl->e[i].id);
        if (bl->e[i].id != cv->id)
            continue;
        known = true;
        entry_fini(&bl->e[i]); /* it has changed */
        bl->e[i].own = NULL;
    }
    if (!known) {
        id_list_add(&ids, cv->id);
        bl->more = ids_trim(&ids) || bl->more;
        set_replace(w, &ids);
    }
    bl->stamp++;
    id_list_fini(&ids);
    counts_touch(w);
}

bool watch_blocked(const struct watch *w, struct id_list *out)
{
    for (size_t i = 0; i < w->blocked.n; i++)
        id_list_add(out, w->blocked.e[i].id);
    return w->blocked.more || w->blocked.refill.on;
}

uint64_t watch_blocked_below(const struct watch *w, uint64_t below, struct id_list *out)
{
    struct conv_from from[BLOCKED_LOOKS];
    size_t n = 0;

    if (view_list_below(w->env.view, below, from, COUNT_OF(from), &n) != ERR_OK)
        return 0;
    for (size_t i = 0; i < n; i++)
        if (core_block_match(w->env.core, &from[i].ip, view_now(w->env.view)) != NULL)
            id_list_add(out, from[i].id);
    return n == COUNT_OF(from) ? from[n - 1].id : 0;
}

uint64_t watch_blocked_count(struct watch *w, const struct list_want *want, const struct reader *r)
{
    uint64_t count = 0;

    for (size_t i = 0; i < w->blocked.n; i++) {
        const struct conv *cv = entry_conv(w, &w->blocked.e[i]);

        count += cv != NULL && audience_in_list(r, want, cv);
    }
    return count;
}

uint64_t blocked_count_of(struct watch *w, struct agent_ix *ix, const struct reader *r)
{
    if (ix->blocked_stamp != w->blocked.stamp) {
        ix->blocked = watch_blocked_count(w, &(struct list_want){.list = LIST_BLOCKED}, r);
        ix->blocked_stamp = w->blocked.stamp;
    }
    return ix->blocked;
}

void blocked_fini(struct watch *w)
{
    for (size_t i = 0; i < w->blocked.n; i++)
        entry_fini(&w->blocked.e[i]);
    free(w->blocked.e);
    id_list_fini(&w->blocked.refill.ids);
}
