/* Deciding about agents' pictures, which were checked and made anew before they come here. */
#include "core_int.h"

/* One's own, or anybody's for whoever manages them. */
static err_t take_agent(struct plan *p, const struct agent **ag)
{
    uint64_t id = p->cmd->picture.agent;

    return plan_is_self(p, id) ? plan_agent(p, id, ag) : plan_agent_admin(p, id, ag);
}

/* In place of the one that there is, which the record names: its bytes go with this one's batch. */
static struct rec *plan_picture(struct plan *p, const struct agent *ag)
{
    struct rec *rec = plan_rec(p, REC_AGENT_PICTURE, ag->id);

    rec->picture.was = ag->picture_pos;
    return rec;
}

err_t decide_picture_set(struct plan *p)
{
    const struct cmd_picture *cmd = &p->cmd->picture;
    const struct agent *ag;
    struct buf body = {0};
    struct rec *rec;
    err_t err = take_agent(p, &ag);

    if (err != ERR_OK)
        return err;
    if (cmd->bytes.len == 0 || (cmd->name[0] | cmd->name[1]) == 0)
        return plan_refuse(p, ERR_INVAL, "picture", REFUSE_EMPTY);
    if (cmd->bytes.len > PICTURE_KEPT_MAX_BYTES)
        return fault_refuse_with(&p->out->fault, ERR_TOOBIG, "picture", REFUSE_TOO_LONG_BYTES,
                                 VALUES(OF_INT(PICTURE_KEPT_MAX_BYTES), OF_INT(cmd->bytes.len)));
    if (memcmp(ag->picture, cmd->name, sizeof(ag->picture)) == 0) {
        p->out->unchanged = true;
        return ERR_OK;
    }
    tlv_put_span(&body, BODY_PICTURE, cmd->bytes);
    rec = plan_picture(p, ag);
    memcpy(rec->picture.name, cmd->name, sizeof(rec->picture.name));
    rec->body = plan_take(p, &body);
    buf_fini(&body);
    return ERR_OK;
}

err_t decide_picture_remove(struct plan *p)
{
    const struct agent *ag;
    err_t err = take_agent(p, &ag);

    if (err != ERR_OK)
        return err;
    if (ag->picture_pos == 0)
        p->out->unchanged = true;
    else
        plan_picture(p, ag);
    return ERR_OK;
}
