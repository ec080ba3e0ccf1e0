/* Deciding about blocks on addresses. */
#include "core_int.h"

static err_t check_reason(struct plan *p)
{
    if (!span_is_text(p->cmd->block_add.reason, REASON_MAX_CODEPOINTS))
        return fault_refuse_with(&p->out->fault, ERR_INVAL, "text", REFUSE_TOO_LONG,
                                 VALUES(OF_INT(REASON_MAX_CODEPOINTS),
                                        OF_INT(span_codepoints(p->cmd->block_add.reason))));
    if (p->cmd->block_add.until_ms != 0 && p->cmd->block_add.until_ms <= p->now_ms)
        return plan_refuse(p, ERR_INVAL, "until_ms", REFUSE_PAST);
    return ERR_OK;
}

/* The same prefix in force already? */
static const struct block *find_same(const struct core *k, const struct ipprefix *prefix,
                                     int64_t now_ms)
{
    uint64_t key[2];
    struct onode *n;

    ip_key(&prefix->addr, key);
    n = otree_at_least(&k->prefixes, key[0], key[1], (uint64_t)prefix->bits << 56);
    for (;
         n != NULL && n->key[0] == key[0] && n->key[1] == key[1] && n->key[2] >> 56 == prefix->bits;
         n = otree_next(n)) {
        const struct block *b = &container_of(n, struct xblock, by_prefix)->b;

        if (b->until_ms == 0 || now_ms < b->until_ms)
            return b;
    }
    return NULL;
}

static err_t block_add(struct plan *p, const struct ipprefix *prefix, const struct conv *cv)
{
    const struct block *same = find_same(p->k, prefix, p->now_ms);
    struct buf body = {0};
    struct rec *rec;

    if (same != NULL) {
        p->out->id = same->id;
        return plan_refuse(p, ERR_EXISTS, cv != NULL ? "conversation" : "prefix",
                           REFUSE_BLOCKED_ALREADY);
    }
    if (otree_size(&p->k->blocks) >= BLOCKS_MAX)
        return plan_refuse(p, ERR_FULL, NULL, REFUSE_BLOCKS_FULL);
    tlv_put_span(&body, BODY_TEXT, p->cmd->block_add.reason);
    p->out->id = plan_id(p);
    rec = plan_rec(p, REC_BLOCK_ADDED, p->out->id);
    rec->block.until_ms = p->cmd->block_add.until_ms;
    rec->block.prefix = *prefix;
    rec->body = plan_take(p, &body);
    if (cv == NULL)
        return ERR_OK;
    rec->block.conv = cv->id;
    rec->block.dept = cv->dept;
    plan_mail(p, MAIL_BLOCK, cv, SPAN_NONE);
    return ERR_OK;
}

err_t decide_block_add(struct plan *p)
{
    static const struct ipaddr nowhere;
    const struct conv *cv;
    struct ipprefix prefix;
    err_t err = check_reason(p);

    if (err != ERR_OK)
        return err;
    if (p->cmd->conv == 0) {
        if ((err = plan_may(p, ACT_ADMIN, NULL)) != ERR_OK)
            return err;
        return block_add(p, &p->cmd->block_add.prefix, NULL);
    }
    if (p->who.kind == BY_VISITOR)
        return plan_refuse(p, ERR_DENIED, NULL, REFUSE_FOR_AGENTS);
    if ((err = plan_conv(p, ACT_BLOCK, &cv)) != ERR_OK)
        return err;
    if (memcmp(&cv->ip, &nowhere, sizeof(nowhere)) == 0)
        return plan_refuse(p, ERR_CONFLICT, "conversation", REFUSE_ADDRESS_GONE);
    ipprefix_of(&cv->ip, &prefix);
    return block_add(p, &prefix, cv);
}

err_t decide_block_remove(struct plan *p)
{
    const struct block *b = core_block(p->k, p->cmd->block);
    struct reader r = reader_of(p->k, &p->who);

    p->out->id = p->cmd->block;
    if (p->who.kind == BY_VISITOR)
        return plan_refuse(p, ERR_DENIED, NULL, REFUSE_FOR_AGENTS);
    if (!audience_has_blocks(&r))
        return plan_may(p, ACT_ADMIN, NULL);
    if (b == NULL || (audience_block(&r, b, core_conv(p->k, b->conv)) & BIT(BLOCK_LIFT)) == 0)
        return plan_refuse(p, ERR_NOTFOUND, "block", REFUSE_BLOCK_UNKNOWN);
    p->asked = true;
    plan_rec(p, REC_BLOCK_REMOVED, b->id);
    return ERR_OK;
}
