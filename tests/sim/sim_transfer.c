/* What must hold of chats that are handed on: by the records, and by what agents may. */
#include "sim.h"

static void shadow_hand_on(struct sim *s, struct shadow *sh, const struct rec *rec)
{
    if (sh->state != CONV_ACTIVE)
        sim_fail(s, "RTE-7: %llu is handed on while it is %s", (unsigned long long)sh->id,
                 conv_state_word(sh->state));
    sh->state = CONV_WAITING;
    sh->handed_by = sh->agent;
    sh->handed_dept = sh->dept;
    sh->handed_to = rec->transfer.agent;
    sh->dept = rec->transfer.dept;
    sh->freed_ms = rec->time_ms;
    shadow_rounds_end(sh);
    if (sh->handed_to == 0)
        sh->asked[sh->nasked++] = sh->handed_by;
}

/* Out of one queue into another: of those who wait in it, and are nobody's to come back to. */
static void shadow_moved(struct sim *s, struct shadow *sh, const struct rec *rec)
{
    if (sh->state != CONV_WAITING || sh->handed_dept != 0)
        sim_fail(s, "%llu is moved while it is %s", (unsigned long long)sh->id,
                 sh->handed_dept != 0 ? "handed on" : conv_state_word(sh->state));
    if (rec->transfer.dept == sh->dept)
        sim_fail(s, "%llu is moved to nowhere else", (unsigned long long)sh->id);
    sh->dept = rec->transfer.dept;
    sh->returned = true;
    shadow_rounds_end(sh);
}

/* By hand: from the queue, past an offer, or from whoever had it. */
static void shadow_assign(struct sim *s, struct shadow *sh, const struct rec *rec)
{
    if (sh->state == CONV_ENDED || sh->state == CONV_MISSED)
        sim_fail(s, "CNV-2: %llu is assigned while it is %s", (unsigned long long)sh->id,
                 conv_state_word(sh->state));
    if (sh->state == CONV_ACTIVE && sh->agent == rec->hold.agent)
        sim_fail(s, "CNV-2: %llu is assigned to whoever has it", (unsigned long long)sh->id);
    sh->was_agent = sh->state == CONV_ACTIVE ? sh->agent : 0;
    sh->state = CONV_ACTIVE;
    sh->agent = rec->hold.agent;
    shadow_rounds_end(sh);
    sh->handed_dept = sh->handed_to = 0;
}

static void shadow_come_back(struct sim *s, struct shadow *sh, const struct rec *rec)
{
    uint64_t agent = rec->transfer.agent;

    if (sh->handed_dept == 0 || sh->state != CONV_WAITING)
        sim_fail(s, "RTE-7: %llu comes back, which nobody handed on", (unsigned long long)sh->id);
    if (rec->transfer.dept != sh->handed_dept || (agent != 0 && agent != sh->handed_by))
        sim_fail(s, "RTE-7: %llu comes back to where it was not", (unsigned long long)sh->id);
    sh->state = agent != 0 ? CONV_ACTIVE : CONV_WAITING;
    sh->was_dept = sh->dept;
    sh->dept = sh->handed_dept;
    sh->agent = agent;
    shadow_rounds_end(sh);
    sh->handed_dept = sh->handed_to = 0;
}

/* Its place or its holder becomes another by somebody's hand. */
void shadow_transfer(struct sim *s, struct shadow *sh, const struct rec *rec)
{
    if (rec->type == REC_CONV_TRANSFERRED)
        shadow_hand_on(s, sh, rec);
    else if (rec->type == REC_CONV_ASSIGNED)
        shadow_assign(s, sh, rec);
    else if (rec->type == REC_CONV_CAME_BACK)
        shadow_come_back(s, sh, rec);
    else
        shadow_moved(s, sh, rec);
}

static bool is_member(const struct agent *ag, uint64_t dept, bool chat)
{
    for (size_t i = 0; i < ag->nmembers; i++)
        if (ag->members[i].dept == dept)
            return !chat || ag->members[i].chat;
    return false;
}

/* Whoever hands on or takes back may: it was his, or he sees what his department has. */
static void check_actor(struct sim *s, const struct rec *rec, uint64_t dept, uint64_t owner,
                        enum permission perm)
{
    const struct agent *ag = core_agent(s->core, rec->who.id);

    if (rec->who.kind != BY_AGENT)
        return;
    if (ag == NULL || !ag->enabled || ag->role == ROLE_LIGHT)
        sim_fail(s, "rights: %s by an agent who may not", rec_word(rec->type));
    if (ag->role == ROLE_ADMIN)
        return;
    if (ag->role == ROLE_CUSTOM && (ag->permissions & BIT(perm)) == 0)
        sim_fail(s, "rights: %s without the permission", rec_word(rec->type));
    if (ag->id != owner && (!is_member(ag, dept, false) || ag->scope == SCOPE_OWN_UNASSIGNED))
        sim_fail(s, "rights: %s of a chat of others", rec_word(rec->type));
}

static void check_transferred(struct sim *s, const struct rec *rec, const struct shadow *sh)
{
    const struct dept *d = core_dept(s->core, sh->dept);
    const struct agent *to = core_agent(s->core, sh->handed_to);
    unsigned there = 0;
    uint64_t id = 0;

    check_actor(s, rec, sh->handed_dept, sh->handed_by, PERM_TRANSFER);
    if (d == NULL || (sh->dept != sh->handed_dept && (!d->enabled || !d->chat_on || d->hours.shut ||
                                                      !core_portal(s->core)->transfer_between)))
        sim_fail(s, "DEP-8: %llu is handed on to where it may not go", (unsigned long long)sh->id);
    if (sh->handed_to != 0 &&
        (to == NULL || to->id == sh->handed_by || !to->enabled || to->status != STATUS_AVAILABLE ||
         !to->connected || !is_member(to, sh->dept, true)))
        sim_fail(s, "RTE-7: %llu is handed on to somebody who cannot take it",
                 (unsigned long long)sh->id);
    while (core_next_agent(s->core, &id))
        there += id != sh->handed_by && core_agent(s->core, id)->enabled &&
                 is_member(core_agent(s->core, id), sh->dept, true);
    if (there == 0)
        sim_fail(s, "RTE-7: %llu is handed on to nobody", (unsigned long long)sh->id);
}

/* By itself it comes back to whoever is there and has a place, which is then not one too many. */
static void check_came_back(struct sim *s, const struct rec *rec, const struct shadow *sh)
{
    const struct agent *ag = core_agent(s->core, sh->handed_by);
    bool here = ag != NULL && ag->enabled && ag->role != ROLE_LIGHT && ag->connected &&
                (ag->status == STATUS_AVAILABLE || ag->status == STATUS_BUSY) &&
                (ag->role != ROLE_CUSTOM || (ag->permissions & BIT(PERM_REPLY)) != 0);

    check_actor(s, rec, sh->was_dept, sh->handed_by, PERM_TRANSFER);
    if (rec->who.kind == BY_AGENT && rec->who.id == sh->handed_by)
        return;
    if (rec->transfer.agent != 0 && (!here || ag->active_count + ag->offer_count > ag->capacity))
        sim_fail(s, "RTE-7, RTE-8: %llu comes back to an agent who has no place for it",
                 (unsigned long long)sh->id);
    if (rec->transfer.agent == 0 && here && ag->active_count + ag->offer_count < ag->capacity)
        sim_fail(s, "RTE-7: %llu does not come back to the agent who waits for it",
                 (unsigned long long)sh->id);
}

/* To somebody who is there and may answer in its department; how much he has does not matter. */
static void check_assigned(struct sim *s, const struct rec *rec, const struct shadow *sh)
{
    const struct agent *ag = core_agent(s->core, sh->agent);

    /* As part of opening again, which needs another right for oneself; right behind its rule. */
    if (sh->reopened && rec->seq == (sh->rule != 0 ? 3 : 2))
        check_actor(s, rec, sh->dept, shadow_find(s, sh->before)->agent,
                    rec->who.id == sh->agent ? PERM_END : PERM_ASSIGN);
    else
        check_actor(s, rec, sh->dept, sh->was_agent, PERM_ASSIGN);
    if (ag == NULL || !ag->enabled || ag->role == ROLE_LIGHT || !ag->connected ||
        (ag->role == ROLE_CUSTOM && (ag->permissions & BIT(PERM_REPLY)) == 0) ||
        (!is_member(ag, sh->dept, true) &&
         (ag->role != ROLE_ADMIN || is_member(ag, sh->dept, false))))
        sim_fail(s, "CNV-2: %llu is assigned to an agent who cannot answer it",
                 (unsigned long long)sh->id);
}

void rules_of_transfer(struct sim *s, const struct rec *rec, const struct shadow *sh)
{
    s->did.handed += rec->type == REC_CONV_TRANSFERRED;
    s->did.moved += rec->type == REC_CONV_MOVED;
    s->did.came_back += rec->type == REC_CONV_CAME_BACK && rec->transfer.agent != 0;
    s->did.queued_back += rec->type == REC_CONV_CAME_BACK && rec->transfer.agent == 0;
    s->did.taken_back += rec->type == REC_CONV_CAME_BACK && rec->who.kind == BY_AGENT;
    s->did.assigned += rec->type == REC_CONV_ASSIGNED && sh->was_agent == 0;
    s->did.taken_over += rec->type == REC_CONV_ASSIGNED && sh->was_agent != 0;
    if (rec->type == REC_CONV_MOVED && core_dept(s->core, sh->dept) == NULL)
        sim_fail(s, "%llu is moved to a department that is gone", (unsigned long long)sh->id);
    if (rec->type == REC_CONV_ASSIGNED)
        check_assigned(s, rec, sh);
    if (rec->type == REC_CONV_TRANSFERRED)
        check_transferred(s, rec, sh);
    if (rec->type == REC_CONV_CAME_BACK)
        check_came_back(s, rec, sh);
}

/* In a state where nothing is due. */
void rules_of_handed(struct sim *s, const struct conv *cv, const struct shadow *sh)
{
    if (cv->handed_dept != sh->handed_dept || cv->handed_to != sh->handed_to ||
        cv->handed_by != sh->handed_by || cv->dept != sh->dept)
        sim_fail(s, "RTE-7: %llu is not where its records say", (unsigned long long)cv->id);
    if (cv->state == CONV_WAITING && cv->handed_to != 0)
        sim_fail(s, "RTE-7: %llu waits for one agent whom nobody asks", (unsigned long long)cv->id);
    if (cv->handed_dept != 0 && core_dept(s->core, cv->dept) == NULL)
        sim_fail(s, "DEP-7: %llu stays in a deleted department", (unsigned long long)cv->id);
}
