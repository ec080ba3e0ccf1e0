/* What must hold of missed ones: where they lie, by the records, and who puts and gives them. */
#include "sim.h"

void shadow_box(struct sim *s, struct shadow *sh, const struct rec *rec)
{
    if (rec->type != REC_CONV_BOXED && rec->type != REC_CONV_GIVEN)
        return;
    if (sh->state != CONV_MISSED)
        sim_fail(s, "CNV-10: %llu is sorted while it is %s", (unsigned long long)sh->id,
                 conv_state_word(sh->state));
    if (rec->type == REC_CONV_GIVEN) {
        sh->given = rec->hold.agent;
        return;
    }
    if (sh->box == rec->box.box && !rec->box.mailed)
        sim_fail(s, "CNV-10: %llu is put where it lies", (unsigned long long)sh->id);
    sh->box = rec->box.box;
}

static bool is_member(const struct agent *ag, uint64_t dept, bool chat)
{
    for (size_t i = 0; i < ag->nmembers; i++)
        if (ag->members[i].dept == dept)
            return !chat || ag->members[i].chat;
    return false;
}

static bool may_reply(const struct agent *ag)
{
    return ag->enabled && ag->role != ROLE_LIGHT &&
           (ag->role != ROLE_CUSTOM || (ag->permissions & BIT(PERM_REPLY)) != 0);
}

/* Whoever takes one or gives back his own may answer it; giving it to others is a right of its own.
 */
static void check_giver(struct sim *s, const struct rec *rec, const struct shadow *sh)
{
    const struct agent *ag = core_agent(s->core, rec->who.id);
    bool own = rec->hold.agent == rec->who.id || rec->hold.agent == 0;

    if (rec->who.kind != BY_AGENT || ag->role == ROLE_ADMIN)
        return;
    if (!is_member(ag, sh->dept, false) || ag->role == ROLE_LIGHT)
        sim_fail(s, "rights: %s in a department of others", rec_word(rec->type));
    if (ag->role == ROLE_CUSTOM &&
        (ag->permissions & (own ? BIT(PERM_REPLY) | BIT(PERM_ASSIGN) : BIT(PERM_ASSIGN))) == 0)
        sim_fail(s, "rights: %s without the permission", rec_word(rec->type));
    if (!own && ag->scope == SCOPE_OWN_UNASSIGNED)
        sim_fail(s, "rights: %s beyond the agent's scope", rec_word(rec->type));
}

void rules_of_boxes(struct sim *s, const struct rec *rec, const struct shadow *sh)
{
    const struct agent *ag;

    s->did.boxed += rec->type == REC_CONV_BOXED;
    s->did.given += rec->type == REC_CONV_GIVEN;
    if (rec->type == REC_CONV_BOXED && rec->who.kind == BY_AGENT &&
        !may_reply(core_agent(s->core, rec->who.id)))
        sim_fail(s, "rights: %s by an agent who may not answer", rec_word(rec->type));
    if (rec->type != REC_CONV_GIVEN)
        return;
    check_giver(s, rec, sh);
    ag = core_agent(s->core, rec->hold.agent);
    if (rec->hold.agent != 0 && (ag == NULL || !may_reply(ag) ||
                                 (!is_member(ag, sh->dept, true) &&
                                  (ag->role != ROLE_ADMIN || is_member(ag, sh->dept, false)))))
        sim_fail(s, "CNV-10: %llu is given to an agent who cannot answer it",
                 (unsigned long long)sh->id);
}
