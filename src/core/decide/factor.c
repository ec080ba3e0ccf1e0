/*
 * Deciding about second factors.  The gateway alone opens their secrets and judges codes; here is
 * kept what was used, for no code is good twice, whoever listened.
 */
#include "core_int.h"

#define CODE_TAG 1

bool agent_needs_factor(const struct core *k, const struct agent *ag)
{
    return ag->factor[0] != '\0' || (k->portal.factor_roles & BIT(ag->role)) != 0;
}

err_t decide_factor_set(struct plan *p)
{
    const struct cmd_factor *cmd = &p->cmd->factor;
    const struct agent *ag;
    struct buf codes = {0};
    struct rec *rec;
    err_t err = plan_agent_own(p, cmd->agent, &ag);

    if (err != ERR_OK)
        return err;
    if (!ag->enabled)
        return plan_refuse(p, ERR_DENIED, NULL, REFUSE_ACCOUNT_DISABLED);
    if (cmd->secret.len == 0 || cmd->secret.len > FACTOR_MAX_BYTES || cmd->recovery == NULL)
        return plan_refuse(p, ERR_INVAL, "secret", REFUSE_HASH);
    for (size_t i = 0; i < RECOVERY_CODES; i++)
        tlv_put_u64(&codes, CODE_TAG, cmd->recovery[i]);
    rec = plan_rec(p, REC_FACTOR_SET, ag->id);
    rec->factor = (struct rec_factor){
        .step = cmd->step, .secret = plan_copy(p, cmd->secret), .recovery = plan_take(p, &codes)};
    return ERR_OK;
}

/* Whoever must have one cannot do away with it; an administrator can, who gives way to a new one.
 */
err_t decide_factor_remove(struct plan *p)
{
    const struct agent *ag;
    bool own = plan_is_self(p, p->cmd->agent);
    err_t err = own ? ERR_OK : plan_may(p, ACT_ADMIN, NULL);

    if (err == ERR_OK)
        err = plan_agent(p, p->cmd->agent, &ag);
    if (err != ERR_OK)
        return err;
    if (own && (p->k->portal.factor_roles & BIT(ag->role)) != 0)
        return plan_refuse(p, ERR_DENIED, NULL, REFUSE_FACTOR_REQUIRED);
    if (ag->factor[0] == '\0')
        p->out->unchanged = true;
    else
        plan_rec(p, REC_FACTOR_REMOVED, ag->id);
    return ERR_OK;
}

static bool has_recovery(const struct agent *ag, uint64_t code)
{
    size_t at = 0;

    while (at < ag->nrecovery && ag->recovery[at] != code)
        at++;
    return at < ag->nrecovery;
}

err_t decide_factor_use(struct plan *p)
{
    const struct cmd_factor *cmd = &p->cmd->factor;
    const struct agent *ag;
    err_t err = plan_agent_own(p, cmd->agent, &ag);

    if (err != ERR_OK)
        return err;
    if (ag->factor[0] == '\0' || (cmd->code != 0 && !has_recovery(ag, cmd->code)))
        return plan_refuse(p, ERR_DENIED, "code", REFUSE_CODE_WRONG);
    if (cmd->code == 0 && cmd->step <= ag->factor_step)
        return plan_refuse(p, ERR_DENIED, "code", REFUSE_CODE_USED);
    plan_rec(p, REC_FACTOR_USED, ag->id)->factor_use =
        (struct rec_factor_use){.step = cmd->code == 0 ? cmd->step : 0, .code = cmd->code};
    return ERR_OK;
}

/* folding */

static void recovery_take(struct agent *ag, struct span fields)
{
    struct tlv f;
    bool bad = false;

    ag->nrecovery = 0;
    while (ag->nrecovery < RECOVERY_CODES && tlv_next(&fields, &f) == ERR_OK)
        ag->recovery[ag->nrecovery++] = tlv_u64(&f, &bad);
}

void fold_factor(struct agent *ag, const struct rec *rec)
{
    size_t left = 0;

    if (rec->type == REC_FACTOR_USED) {
        if (rec->factor_use.step > ag->factor_step)
            ag->factor_step = rec->factor_use.step;
        for (size_t i = 0; i < ag->nrecovery; i++)
            if (rec->factor_use.code == 0 || ag->recovery[i] != rec->factor_use.code)
                ag->recovery[left++] = ag->recovery[i];
        ag->nrecovery = left;
        return;
    }
    ag->nrecovery = 0;
    ag->factor_ms = ag->factor_step = 0;
    str_set(&ag->factor, SPAN_NONE);
    if (rec->type != REC_FACTOR_SET)
        return;
    str_set(&ag->factor, rec->factor.secret);
    ag->factor_ms = rec->time_ms;
    ag->factor_step = rec->factor.step;
    recovery_take(ag, rec->factor.recovery);
}
