/* Images into the state at the start, and the digest by which two states are compared. */
#include <stdlib.h>

#include "core_int.h"

static err_t adopt_dept(struct core *k, uint64_t id, struct span image)
{
    struct dept *d;
    err_t err = dept_decode(id, image, &d);

    if (err != ERR_OK)
        return err;
    if (!d->deleted && d->type == DEPT_PUBLIC && core_dept_by_code(k, span_of(d->code)) != NULL) {
        dept_free(d);
        return ERR_CORRUPT;
    }
    core_add_dept(k, container_of(d, struct xdept, d));
    return ERR_OK;
}

static err_t adopt_agent(struct core *k, uint64_t id, struct span image)
{
    struct agent *ag;
    struct member *members;
    size_t nmembers;
    err_t err = agent_decode(id, image, &ag);

    if (err != ERR_OK)
        return err;
    for (size_t i = 0; i < ag->nmembers; i++)
        if (xdept_find(k, ag->members[i].dept) == NULL)
            err = ERR_CORRUPT;
    if (!ag->deleted && otree_find(&k->emails, ag->email_hash, 0, 0) != NULL)
        err = ERR_CORRUPT;
    if (err != ERR_OK) {
        agent_free(ag);
        return err;
    }
    members = ag->members;
    nmembers = ag->nmembers;
    ag->members = NULL;
    ag->nmembers = 0;
    core_add_agent(k, container_of(ag, struct xagent, a));
    /* A department's end is written with its batch, what it does to the agents at a checkpoint. */
    for (size_t i = 0; i < nmembers; i++)
        if (!xdept_find(k, members[i].dept)->d.deleted)
            agent_seat_put(k, container_of(ag, struct xagent, a), &members[i]);
    free(members);
    return ERR_OK;
}

static err_t adopt_session(struct core *k, uint64_t id, struct span image)
{
    struct xsession *x;
    err_t err = session_decode_x(id, image, &x);

    if (err != ERR_OK)
        return err;
    if (xagent_find(k, x->s.agent) == NULL) {
        free(x);
        return ERR_CORRUPT;
    }
    core_add_session(k, x);
    return ERR_OK;
}

static err_t adopt_block(struct core *k, uint64_t id, struct span image)
{
    struct xblock *x;
    err_t err = block_decode_x(id, image, &x);

    if (err == ERR_OK)
        core_add_block(k, x);
    return err;
}

static err_t adopt_conv(struct core *k, uint64_t id, struct span image)
{
    struct xconv *x;
    err_t err = conv_decode_x(id, image, &x);

    if (err != ERR_OK)
        return err;
    if (xdept_find(k, x->c.dept) == NULL || x->c.state == CONV_LEFT ||
        (conv_is_open(&x->c) && x->c.state != CONV_WAITING && xagent_find(k, x->c.agent) == NULL)) {
        xconv_free(x);
        return ERR_CORRUPT;
    }
    core_add_conv(k, x);
    return ERR_OK;
}

err_t core_adopt(struct core *k, enum obj_type type, uint64_t id, struct span image)
{
    if (type != OBJ_PORTAL && id == 0)
        return ERR_CORRUPT;
    switch (type) {
    case OBJ_PORTAL:
        return portal_adopt(k, image);
    case OBJ_DEPT:
        return xdept_find(k, id) != NULL ? ERR_EXISTS : adopt_dept(k, id, image);
    case OBJ_AGENT:
        return xagent_find(k, id) != NULL ? ERR_EXISTS : adopt_agent(k, id, image);
    case OBJ_SESSION:
        return xsession_find(k, id) != NULL ? ERR_EXISTS : adopt_session(k, id, image);
    case OBJ_BLOCK:
        return xblock_find(k, id) != NULL ? ERR_EXISTS : adopt_block(k, id, image);
    case OBJ_CONV:
        return xconv_find(k, id) != NULL ? ERR_EXISTS : adopt_conv(k, id, image);
    case OBJ_NONE:
        break;
    }
    return ERR_CORRUPT;
}

/* the digest */

static void digest_tree(const struct otree *t, struct buf *b)
{
    tlv_put_u64(b, 1, otree_size(t));
    for (struct onode *n = otree_first(t); n != NULL; n = otree_next(n))
        for (size_t i = 0; i < COUNT_OF(n->key); i++)
            tlv_put_u64(b, 2, n->key[i]);
}

static void digest_dept(const struct xdept *x, struct buf *b)
{
    tlv_put_u64(b, 3, x->d.waiting_count);
    tlv_put_u64(b, 4, x->d.active_count);
    for (size_t i = 0; i < SEAT_CLASS_COUNT; i++)
        tlv_put_u64(b, 6, x->seats[i]);
    digest_tree(&x->free, b);
    digest_tree(&x->waiting, b);
    digest_tree(&x->queue, b);
}

static void digest_agent(const struct xagent *x, struct buf *b)
{
    tlv_put_u64(b, 7, x->a.active_count);
    tlv_put_u64(b, 8, x->a.offer_count);
    digest_tree(&x->held, b);
    digest_tree(&x->sessions, b);
}

/* Ended conversations are left out: whether they are in memory is no part of the state. */
uint64_t core_digest(const struct core *k)
{
    static const enum obj_type types[] = {OBJ_DEPT, OBJ_AGENT, OBJ_SESSION, OBJ_BLOCK, OBJ_CONV};
    const struct otree *trees[] = {&k->depts, &k->agents, &k->sessions, &k->blocks, &k->convs};
    struct buf b = {.limit_bytes = SIZE_MAX};
    uint64_t digest;

    core_image(k, OBJ_PORTAL, 0, &b);
    for (size_t i = 0; i < COUNT_OF(types); i++)
        for (struct onode *n = otree_first(trees[i]); n != NULL; n = otree_next(n)) {
            if (types[i] == OBJ_CONV && !conv_is_open(core_conv(k, n->key[0])))
                continue;
            tlv_put_u64(&b, 9, n->key[0]);
            core_image(k, types[i], n->key[0], &b);
            if (types[i] == OBJ_DEPT)
                digest_dept(container_of(n, struct xdept, by_id), &b);
            if (types[i] == OBJ_AGENT)
                digest_agent(container_of(n, struct xagent, by_id), &b);
        }
    digest_tree(&k->dues, &b);
    digest_tree(&k->ready, &b);
    digest_tree(&k->codes, &b);
    digest_tree(&k->emails, &b);
    digest_tree(&k->ips, &b);
    digest = hash_u64(buf_span(&b), NULL);
    buf_fini(&b);
    return digest;
}
