/* Deciding about a queue as a whole: those who wait in it are to wait in another department's. */
#include "../rules/rules.h"

/* Both as whoever asks knows them. */
static err_t take_depts(struct plan *p, const struct dept **from, const struct dept **to)
{
    const struct reader r = reader_of(p->k, &p->who);

    *from = audience_dept(&r, p->cmd->queue.from);
    if (*from == NULL)
        return plan_refuse(p, ERR_NOTFOUND, "department", REFUSE_DEPARTMENT_UNKNOWN);
    *to = core_dept(p->k, p->cmd->queue.to);
    if (*to == NULL)
        return plan_refuse(p, ERR_NOTFOUND, "to", REFUSE_DEPARTMENT_UNKNOWN);
    if (*from == *to)
        return plan_refuse(p, ERR_INVAL, "to", REFUSE_QUEUE_SAME);
    return ERR_OK;
}

static const struct conv *first_to_move(const struct core *k, uint64_t dept, struct onode **at)
{
    struct onode *n = *at == NULL ? otree_first(&xdept_find(k, dept)->waiting) : otree_next(*at);

    for (; n != NULL; n = otree_next(n)) {
        const struct conv *cv = &container_of(n, struct xconv, waiting)->c;

        if (cv->state == CONV_WAITING && cv->handed_dept == 0) {
            *at = n;
            return cv;
        }
    }
    return NULL;
}

/*
 * Whoever rings at an agent goes on ringing there, and who was handed on goes back by himself.  The
 * others wait anew: at the other's front, in their own order, and for as long as is set there.
 */
err_t decide_queue_move(struct plan *p)
{
    const struct dept *from = NULL, *to = NULL;
    const struct conv *cv;
    struct onode *at = NULL;
    err_t err;

    if ((err = plan_may(p, ACT_SUPERVISE, NULL)) != ERR_OK ||
        (err = take_depts(p, &from, &to)) != ERR_OK)
        return err;
    if ((err = dept_may_have_queue(p->k, to, &p->out->fault)) != ERR_OK)
        return fault_move(&p->out->fault, err, "to");
    while ((cv = first_to_move(p->k, from->id, &at)) != NULL) {
        plan_rec(p, REC_CONV_MOVED, cv->id)->transfer =
            (struct rec_transfer){.dept = to->id, .until_ms = p->now_ms + to->wait_ms};
        step_rule_again(p, cv, to->id);
    }
    p->out->unchanged = p->out->nrecs == 0;
    return ERR_OK;
}
