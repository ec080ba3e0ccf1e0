/* The digest by which two states are compared: all of their images, and the order of things. */
#include "../rules/rules.h"

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
    for (size_t i = 0; x->rules != NULL && i < x->rules->n; i++)
        digest_tree(&x->rules->rule[i].pool, b);
    digest_tree(&x->waiting, b);
    digest_tree(&x->guests, b);
    digest_tree(&x->ringing, b);
    digest_tree(&x->queue, b);
}

static void digest_agent(const struct xagent *x, struct buf *b)
{
    tlv_put_u64(b, 7, x->a.active_count);
    tlv_put_u64(b, 8, x->a.offer_count);
    digest_tree(&x->held, b);
    digest_tree(&x->handed, b);
    digest_tree(&x->sessions, b);
    digest_tree(&x->tokens, b);
}

static void digest_conv(const struct xconv *x, struct buf *b)
{
    digest_tree(&x->asked_all, b);
    for (enum desk desk = 0; desk < DESK_COUNT; desk++)
        digest_tree(&x->asked_free[desk], b);
}

/* Ended conversations are left out: whether they are in memory is no part of the state. */
uint64_t core_digest(const struct core *k)
{
    static const enum obj_type types[] = {OBJ_DEPT,  OBJ_AGENT,  OBJ_SESSION, OBJ_BLOCK,
                                          OBJ_CONV,  OBJ_CANNED, OBJ_ROLE,    OBJ_TASK,
                                          OBJ_SAVED, OBJ_MENTION};
    const struct otree *trees[] = {&k->depts,  &k->agents, &k->sessions, &k->blocks, &k->convs,
                                   &k->canned, &k->roles,  &k->tasks,    &k->saved,  &k->mentions};
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
            if (types[i] == OBJ_CONV)
                digest_conv(container_of(n, struct xconv, by_id), &b);
        }
    digest_tree(&k->dues, &b);
    digest_tree(&k->ready, &b);
    digest_tree(&k->pauses, &b);
    digest_tree(&k->unrung, &b);
    digest_tree(&k->codes, &b);
    digest_tree(&k->emails, &b);
    digest_tree(&k->ips, &b);
    digest_tree(&k->canned_of, &b);
    digest_tree(&k->shortcuts, &b);
    digest_tree(&k->tasks_of, &b);
    digest_tree(&k->tasks_in, &b);
    digest_tree(&k->saved_of, &b);
    digest_tree(&k->mentions_of, &b);
    digest_tree(&k->mentions_read, &b);
    digest_tree(&k->mentions_in, &b);
    tlv_put_u64(&b, 10, k->canned_bytes);
    digest = hash_u64(buf_span(&b), NULL);
    buf_fini(&b);
    return digest;
}
