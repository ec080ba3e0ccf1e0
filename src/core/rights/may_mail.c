/* Can a mail go from a conversation, and may somebody answer it by e-mail? */
#include "core_int.h"

/* Where a department's mails would come from: as the dispatcher takes it. */
bool core_dept_has_from(const struct core *k, const struct dept *d)
{
    const struct mail_setting_value *own = d != NULL ? &d->mail[MAILSET_FROM] : NULL;

    return (own != NULL && own->on && own->addrs[0] != '\0') || k->portal.from[0] != '\0';
}

bool core_has_from(const struct core *k, const struct conv *cv)
{
    return core_dept_has_from(k, core_dept(k, cv->entry));
}

/* A missed one nobody holds: whoever might have picked it answers it.  One that was left, and whose
 * visitor is not there, is answered by whoever has it. */
err_t core_may_mail(const struct core *k, const struct principal *who, const struct conv *cv,
                    struct fault *f)
{
    bool missed = cv->state == CONV_MISSED;
    enum action action = missed ? ACT_PICK : ACT_REPLY;
    enum refusal why;
    err_t err;

    if (who->kind != BY_AGENT)
        return fault_refuse(f, ERR_DENIED, NULL, REFUSE_FOR_AGENTS);
    err = rights_may(k, who, action, cv, &why);
    if (err != ERR_OK)
        return action_refuse(f, err, NULL, why, action);
    if (!missed && cv->state != CONV_ENDED && (cv->state != CONV_ACTIVE || !cv->left))
        return fault_refuse(f, ERR_CONFLICT, "state", REFUSE_NOT_OVER);
    if (cv->email[0] == '\0')
        return fault_refuse(f, ERR_CONFLICT, "email", REFUSE_NO_EMAIL);
    if (!core_has_from(k, cv))
        return fault_refuse(f, ERR_CONFLICT, "from", REFUSE_NO_FROM_ANY);
    if (cv->mailed_count >= CONV_MAILED_MAX)
        return fault_refuse_with(f, ERR_FULL, "conversation", REFUSE_MAILED_FULL,
                                 VALUES(OF_INT(CONV_MAILED_MAX)));
    return ERR_OK;
}
