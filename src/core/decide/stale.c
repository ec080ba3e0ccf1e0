/* Two who change the settings of one thing at once: the second is told who was first. */
#include "core_int.h"

err_t plan_not_stale(struct plan *p, enum obj_type type)
{
    const struct cmd_set *set = &p->cmd->set;
    const struct reader r = reader_of(p->k, &p->who);
    const struct agent *ag;
    struct overrun first;
    const char *by;

    if (core_overrun(p->k, type, set, &first, 1) == 0)
        return ERR_OK;
    ag = core_agent_ever(p->k, first.by);
    by = ag == NULL ? "the operator" : audience_knows_agent(&r, ag) ? ag->name : "an administrator";
    return fault_refuse_with(&p->out->fault, ERR_CONFLICT, first.setting->name, REFUSE_STALE,
                             VALUES(OF_STR(by), OF_INT(core_version(p->k, type, set->id))));
}
