/*
 * May this principal do this to that, and if not, why.  One table; everything asks it.
 */
#include "core_int.h"

/* How far a right reaches, from the columns of the table. */
enum reach {
    NO,
    OWN,      /* what I hold */
    TEAM,     /* and what my departments hold */
    OWN_OPEN, /* what I hold, and what nobody holds in my departments */
    OPEN,     /* what nobody holds in my departments */
    IF_SEEN,  /* whatever I may see by my own role */
    ALWAYS    /* not about a conversation */
};

enum column { COL_ALL, COL_TEAM, COL_OWN, COL_LIGHT, COL_COUNT };

/* The table of rights, but for administrators (everything) and shares (below). */
static const uint8_t reach_of[ACT_COUNT][COL_COUNT] = {
    /*                 all      team     own       light */
    [ACT_SEE] = {TEAM, TEAM, OWN_OPEN, TEAM},
    [ACT_REPLY] = {TEAM, TEAM, OWN, NO},
    [ACT_NOTE] = {IF_SEEN, IF_SEEN, IF_SEEN, NO},
    [ACT_ASSIGN] = {TEAM, TEAM, OWN, NO},
    [ACT_END] = {TEAM, TEAM, OWN, NO},
    [ACT_SHARE] = {TEAM, TEAM, OWN, NO},
    [ACT_FORWARD] = {TEAM, TEAM, OWN, NO},
    [ACT_PICK] = {OWN_OPEN, OWN_OPEN, OWN_OPEN, NO},
    [ACT_BLOCK] = {IF_SEEN, IF_SEEN, IF_SEEN, NO},
    [ACT_SEE_IP] = {IF_SEEN, IF_SEEN, IF_SEEN, NO},
    [ACT_SEE_OUTBOX] = {ALWAYS, NO, NO, NO},
    [ACT_ADMIN] = {NO, NO, NO, NO},
};

#define NEEDS_NOTHING PERM_COUNT

/* What a custom role needs for it; and for all roles where `others` is set. */
static const struct {
    enum permission perm;
    bool others;
} permission_of[ACT_COUNT] = {
    [ACT_SEE] = {NEEDS_NOTHING, false},     [ACT_REPLY] = {PERM_REPLY, false},
    [ACT_NOTE] = {PERM_NOTE, false},        [ACT_ASSIGN] = {PERM_ASSIGN, false},
    [ACT_END] = {PERM_END, false},          [ACT_SHARE] = {PERM_SHARE, false},
    [ACT_FORWARD] = {PERM_REPLY, false},    [ACT_PICK] = {PERM_REPLY, false},
    [ACT_BLOCK] = {PERM_BLOCK, true},       [ACT_SEE_IP] = {PERM_SEE_IP, true},
    [ACT_SEE_OUTBOX] = {PERM_OUTBOX, true}, [ACT_ADMIN] = {NEEDS_NOTHING, false},
};

/* The least share that gives it; SHARE_NONE: no share does. */
static const enum share_level share_of[ACT_COUNT] = {
    [ACT_SEE] = SHARE_READ,          [ACT_NOTE] = SHARE_READ,  [ACT_FORWARD] = SHARE_RESTRICTED,
    [ACT_SEE_IP] = SHARE_RESTRICTED, [ACT_REPLY] = SHARE_FULL,
};

static enum column column_of(const struct agent *ag)
{
    if (ag->role == ROLE_LIGHT)
        return COL_LIGHT;
    switch (ag->scope) {
    case SCOPE_OWN_UNASSIGNED:
        return COL_OWN;
    case SCOPE_OWN_TEAM_UNASSIGNED:
        return COL_TEAM;
    default:
        return COL_ALL;
    }
}

static bool reaches(const struct agent *ag, const struct standing *st, enum reach reach)
{
    bool open = st->unassigned && st->team;

    switch (reach) {
    case NO:
        return false;
    case OWN:
        return st->own;
    case TEAM:
        return st->own || st->team;
    case OWN_OPEN:
        return st->own || open;
    case OPEN:
        return open;
    case IF_SEEN:
        return reaches(ag, st, reach_of[ACT_SEE][column_of(ag)]);
    case ALWAYS:
        return true;
    }
    return false;
}

static bool has_permission(const struct agent *ag, enum action action)
{
    enum permission perm = permission_of[action].perm;

    if (perm == NEEDS_NOTHING || (ag->role != ROLE_CUSTOM && !permission_of[action].others))
        return true;
    return (ag->permissions & BIT(perm)) != 0;
}

bool rights_table(const struct agent *ag, const struct standing *st, enum action action)
{
    enum column col = column_of(ag);
    bool shared;

    if (ag->role == ROLE_ADMIN)
        return true;
    if (!has_permission(ag, action))
        return false;
    if (reaches(ag, st, reach_of[action][col]))
        return true;
    /* A share gives no more than one's own role could do; a light agent only ever sees. */
    shared = share_of[action] != SHARE_NONE && st->share >= share_of[action];
    return shared && (action == ACT_SEE || reach_of[action][col] != NO);
}

static void standing_of(const struct agent *ag, const struct conv *cv, struct standing *st)
{
    *st = (struct standing){
        .own = cv->agent == ag->id && cv->state != CONV_MISSED,
        .unassigned = cv->state != CONV_ACTIVE && cv->state != CONV_ENDED,
        .team = agent_member(ag, cv->dept) != NULL,
        .share = SHARE_NONE,
    };
}

static err_t visitor_may(const struct principal *who, enum action action, const struct conv *cv,
                         const char **why)
{
    if (cv == NULL || who->id == 0 || cv->id != who->id) {
        *why = "there is no such conversation";
        return ERR_NOTFOUND;
    }
    if (action == ACT_SEE || action == ACT_REPLY || action == ACT_END)
        return ERR_OK;
    *why = "this is for agents";
    return ERR_DENIED;
}

static err_t agent_may(const struct agent *ag, enum action action, const struct conv *cv,
                       const char **why)
{
    struct standing st = {0};

    if (cv != NULL) {
        standing_of(ag, cv, &st);
        if (!rights_table(ag, &st, ACT_SEE)) {
            *why = "there is no such conversation";
            return ERR_NOTFOUND;
        }
    }
    if (rights_table(ag, &st, action))
        return ERR_OK;
    if (action == ACT_ADMIN)
        *why = "this is for administrators";
    else if (ag->role == ROLE_LIGHT)
        *why = "a light agent sees, and does nothing";
    else if (!has_permission(ag, action))
        *why = "you lack the permission for this";
    else
        *why = "your scope does not reach this conversation";
    return ERR_DENIED;
}

err_t rights_may(const struct core *k, const struct principal *who, enum action action,
                 const struct conv *cv, const char **why)
{
    static const char *nowhere;
    const struct agent *ag;

    if (why == NULL)
        why = &nowhere;
    *why = "";
    ensure(action < ACT_COUNT);
    switch (who->kind) {
    case BY_SYSTEM:
    case BY_OPERATOR:
        return ERR_OK;
    case BY_VISITOR:
        return visitor_may(who, action, cv, why);
    case BY_AGENT:
        break;
    }
    ag = core_agent(k, who->id);
    if (ag == NULL || !ag->enabled) {
        *why = "this account is disabled";
        return ERR_DENIED;
    }
    return agent_may(ag, action, cv, why);
}

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

/* A missed one nobody holds: whoever might have picked it answers it. */
err_t core_may_mail(const struct core *k, const struct principal *who, const struct conv *cv,
                    struct fault *f)
{
    bool missed = cv->state == CONV_MISSED;
    const char *why;
    err_t err;

    if (who->kind != BY_AGENT)
        return fault_set(f, ERR_DENIED, NULL, "this is for agents");
    err = rights_may(k, who, missed ? ACT_PICK : ACT_REPLY, cv, &why);
    if (err != ERR_OK)
        return fault_set(f, err, NULL, "%s", why);
    if (!missed && cv->state != CONV_ENDED)
        return fault_set(f, ERR_CONFLICT, "state", "it is not over: answer in the chat");
    if (cv->email[0] == '\0')
        return fault_set(f, ERR_CONFLICT, "email", "the visitor left no e-mail address");
    if (!core_has_from(k, cv))
        return fault_set(f, ERR_CONFLICT, "from",
                         "no From address is set, neither for the department nor for all");
    if (cv->mailed_count >= CONV_MAILED_MAX)
        return fault_set(f, ERR_FULL, "conversation", "at most %d answers by e-mail are possible",
                         CONV_MAILED_MAX);
    return ERR_OK;
}
