/*
 * Deciding about the end of a chat.  What an agent ends by hand in his console ends END_UNDO_MS
 * later: until then it is his to undo, nothing of the end goes out, and the visitor knows of none.
 */
#include "core_int.h"

err_t plan_not_over(struct plan *p, const struct conv *cv)
{
    if (!conv_is_open(cv))
        return plan_refuse(p, ERR_ENDED, NULL, REFUSE_NONE);
    if (cv->ending_ms != 0)
        return plan_refuse_name(p, ERR_ENDED, NULL, REFUSE_ENDING_BY, cv->ending_by);
    return ERR_OK;
}

/* It stays with whoever has it, whose place is free from now on. */
static void step_ending(struct plan *p, const struct conv *cv)
{
    struct rec *rec = plan_rec(p, REC_CONV_ENDING, cv->id);

    rec->hold.agent = cv->agent;
    rec->hold.why = WHY_AGENT;
    rec->hold.until_ms = p->now_ms + END_UNDO_MS;
}

void step_end_undone(struct plan *p, const struct conv *cv, enum why why)
{
    struct rec *rec = plan_rec(p, REC_CONV_END_UNDONE, cv->id);

    rec->hold.agent = cv->agent;
    rec->hold.why = why;
}

err_t decide_chat_end(struct plan *p)
{
    bool undo = p->cmd->end.undo && p->who.kind == BY_AGENT;
    const struct conv *cv;
    err_t err = plan_conv(p, ACT_END, &cv);

    if (err != ERR_OK)
        return err;
    if (!conv_is_open(cv) || (undo && cv->ending_ms != 0))
        p->out->unchanged = true;
    else if (undo && cv->state == CONV_ACTIVE)
        step_ending(p, cv);
    else
        step_end(p, cv, p->who.kind == BY_VISITOR ? WHY_VISITOR : WHY_AGENT);
    return ERR_OK;
}

/* Beyond his capacity, if he has taken another one since: it is his own choice. */
err_t decide_chat_undo_end(struct plan *p)
{
    const struct conv *cv;
    err_t err = plan_conv(p, ACT_END, &cv);

    if (err != ERR_OK)
        return err;
    if (!conv_is_open(cv))
        return plan_refuse(p, ERR_LATE, NULL, REFUSE_END_STANDS);
    if (cv->ending_ms == 0) {
        p->out->unchanged = true;
        return ERR_OK;
    }
    if (p->who.kind != BY_AGENT || cv->ending_by != p->who.id)
        return plan_refuse_name(p, ERR_DENIED, NULL, REFUSE_ENDING_BY, cv->ending_by);
    if (cv->ending_ms <= p->now_ms && p->now_ms >= p->k->floor_ms)
        return plan_refuse(p, ERR_LATE, NULL, REFUSE_END_STANDS);
    step_end_undone(p, cv, WHY_AGENT);
    return ERR_OK;
}
