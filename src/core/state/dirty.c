/*
 * What has changed since the last checkpoint, and what a batch has to write through: two lists, in
 * which nothing stands twice.
 */
#include <stdlib.h>

#include "core_int.h"

static void reflist_add(struct reflist *l, enum obj_type type, uint64_t id)
{
    if (l->n == l->cap) {
        l->cap = l->cap != 0 ? 2 * l->cap : 64;
        l->p = xrealloc(l->p, l->cap * sizeof(*l->p));
    }
    l->p[l->n++] = (struct objref){type, id};
}

/* The mark that keeps a thing from being listed twice; NULL if it is gone. */
static bool *dirty_mark(struct core *k, enum obj_type type, uint64_t id)
{
    switch (type) {
    case OBJ_PORTAL:
        return &k->portal_dirty;
    case OBJ_DEPT: {
        struct xdept *x = xdept_find(k, id);
        return x != NULL ? &x->dirty : NULL;
    }
    case OBJ_AGENT: {
        struct xagent *x = xagent_find(k, id);
        return x != NULL ? &x->dirty : NULL;
    }
    case OBJ_SESSION: {
        struct xsession *x = xsession_find(k, id);
        return x != NULL ? &x->dirty : NULL;
    }
    case OBJ_BLOCK: {
        struct xblock *x = xblock_find(k, id);
        return x != NULL ? &x->dirty : NULL;
    }
    case OBJ_CONV: {
        struct xconv *x = xconv_find(k, id);
        return x != NULL ? &x->dirty : NULL;
    }
    case OBJ_CANNED: {
        struct xcanned *x = xcanned_find(k, id);
        return x != NULL ? &x->dirty : NULL;
    }
    case OBJ_ROLE: {
        struct xrole *x = xrole_find(k, id);
        return x != NULL ? &x->dirty : NULL;
    }
    case OBJ_TASK: {
        struct xtask *x = xtask_find(k, id);
        return x != NULL ? &x->dirty : NULL;
    }
    case OBJ_SAVED: {
        struct xsaved *x = xsaved_find(k, id);
        return x != NULL ? &x->dirty : NULL;
    }
    case OBJ_MENTION: {
        struct xmention *x = xmention_find(k, id);
        return x != NULL ? &x->dirty : NULL;
    }
    default:
        return NULL;
    }
}

static bool *through_mark(struct core *k, enum obj_type type, uint64_t id)
{
    switch (type) {
    case OBJ_PORTAL:
        return &k->portal_through;
    case OBJ_DEPT: {
        struct xdept *x = xdept_find(k, id);
        return x != NULL ? &x->through : NULL;
    }
    case OBJ_AGENT: {
        struct xagent *x = xagent_find(k, id);
        return x != NULL ? &x->through : NULL;
    }
    case OBJ_CONV: {
        struct xconv *x = xconv_find(k, id);
        return x != NULL ? &x->through : NULL;
    }
    case OBJ_TASK: {
        struct xtask *x = xtask_find(k, id);
        return x != NULL ? &x->through : NULL;
    }
    case OBJ_MENTION: {
        struct xmention *x = xmention_find(k, id);
        return x != NULL ? &x->through : NULL;
    }
    default:
        return NULL;
    }
}

void core_touch(struct core *k, enum obj_type type, uint64_t id)
{
    bool *mark = dirty_mark(k, type, id);

    if (mark == NULL || *mark)
        return;
    *mark = true;
    reflist_add(&k->dirty, type, id);
}

void core_touch_through(struct core *k, enum obj_type type, uint64_t id)
{
    bool *mark = through_mark(k, type, id);

    if (mark == NULL || *mark)
        return;
    *mark = true;
    reflist_add(&k->through, type, id);
}

size_t core_dirty_count(const struct core *k)
{
    return k->dirty.n - k->dirty.at;
}

void core_drain_dirty(struct core *k, size_t max, core_obj_fn *fn, void *arg)
{
    for (; k->dirty.at < k->dirty.n && max > 0; max--) {
        const struct objref *r = &k->dirty.p[k->dirty.at++];
        bool *mark = dirty_mark(k, r->type, r->id);
        const struct conv *cv = r->type == OBJ_CONV ? core_conv(k, r->id) : NULL;

        if (mark != NULL)
            *mark = false;
        fn(arg, r->type, r->id, mark == NULL || (cv != NULL && !conv_is_open(cv)));
    }
    if (k->dirty.at == k->dirty.n)
        k->dirty.at = k->dirty.n = 0;
}

void core_drain_through(struct core *k, core_obj_fn *fn, void *arg)
{
    for (size_t i = 0; i < k->through.n; i++) {
        const struct objref *r = &k->through.p[i];
        bool *mark = through_mark(k, r->type, r->id);

        /* Others that go stay where they are written. */
        if (mark == NULL && r->type != OBJ_TASK && r->type != OBJ_MENTION)
            continue;
        if (mark != NULL)
            *mark = false;
        fn(arg, r->type, r->id, mark == NULL);
    }
    k->through.n = 0;
}
