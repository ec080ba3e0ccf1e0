/*
 * Who may know of what, and do what with it: readers, the table of rights, departments and blocks.
 * What lists hold and count by these rights is in audience_list.c.  Nothing here changes the state.
 */
#include "core_int.h"

/* Sets of ways. */
#define HOLDS BIT(WAY_HOLDS)
#define OFFER BIT(WAY_OFFER) /* whoever is asked may look, and accept */
#define OPEN BIT(WAY_OPEN)
#define TEAM BIT(WAY_TEAM)
#define ROLE BIT(WAY_ROLE)
#define HANDED BIT(WAY_HANDED) /* whoever handed it on sees what becomes of it */
#define NO 0

enum column { COL_ALL, COL_TEAM, COL_OWN, COL_LIGHT, COL_COUNT };

/* The table of rights, but for administrators (everything) and shares (below). */
static const uint8_t ways_of[ACT_COUNT][COL_COUNT] = {
    /*                  all                   team                  own                  light */
    [ACT_SEE] = {HOLDS | OFFER | TEAM | HANDED, HOLDS | OFFER | TEAM | HANDED,
                 HOLDS | OFFER | OPEN | HANDED, HOLDS | TEAM},
    [ACT_REPLY] = {HOLDS | TEAM, HOLDS | TEAM, HOLDS, NO},
    [ACT_NOTE] = {HOLDS | OFFER | TEAM | HANDED, HOLDS | OFFER | TEAM | HANDED,
                  HOLDS | OFFER | OPEN | HANDED, NO},
    [ACT_ASSIGN] = {HOLDS | TEAM, HOLDS | TEAM, HOLDS, NO},
    [ACT_TRANSFER] = {HOLDS | TEAM | HANDED, HOLDS | TEAM | HANDED, HOLDS | HANDED, NO},
    [ACT_END] = {HOLDS | TEAM, HOLDS | TEAM, HOLDS, NO},
    [ACT_SHARE] = {HOLDS | TEAM, HOLDS | TEAM, HOLDS, NO},
    [ACT_FORWARD] = {HOLDS | TEAM, HOLDS | TEAM, HOLDS, NO},
    [ACT_PICK] = {HOLDS | OFFER | OPEN, HOLDS | OFFER | OPEN, HOLDS | OFFER | OPEN, NO},
    [ACT_BLOCK] = {HOLDS | OFFER | TEAM, HOLDS | OFFER | TEAM, HOLDS | OFFER | OPEN, NO},
    [ACT_SEE_IP] = {HOLDS | OFFER | TEAM, HOLDS | OFFER | TEAM, HOLDS | OFFER | OPEN, NO},
    [ACT_SEE_OUTBOX] = {ROLE, NO, NO, NO},
    [ACT_SUPERVISE] = {ROLE, ROLE, NO, NO},
    [ACT_ADMIN] = {NO, NO, NO, NO},
    [ACT_EXPORT] = {HOLDS | TEAM, HOLDS | TEAM, HOLDS | OPEN, NO},
};

#define NEEDS_NOTHING PERM_COUNT

/* What a custom role needs for it; and for all roles where `others` is set. */
static const struct {
    enum permission perm;
    bool others;
} permission_of[ACT_COUNT] = {
    [ACT_SEE] = {NEEDS_NOTHING, false},      [ACT_REPLY] = {PERM_REPLY, false},
    [ACT_NOTE] = {PERM_NOTE, false},         [ACT_ASSIGN] = {PERM_ASSIGN, false},
    [ACT_TRANSFER] = {PERM_TRANSFER, false}, [ACT_END] = {PERM_END, false},
    [ACT_SHARE] = {PERM_SHARE, false},       [ACT_FORWARD] = {PERM_REPLY, false},
    [ACT_PICK] = {PERM_REPLY, false},        [ACT_BLOCK] = {PERM_BLOCK, true},
    [ACT_SEE_IP] = {PERM_SEE_IP, true},      [ACT_SEE_OUTBOX] = {PERM_OUTBOX, true},
    [ACT_ADMIN] = {NEEDS_NOTHING, false},    [ACT_SUPERVISE] = {PERM_SUPERVISE, true},
    [ACT_EXPORT] = {PERM_EXPORT, true},
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

static bool has_permission(const struct agent *ag, enum action action)
{
    enum permission perm = permission_of[action].perm;

    if (perm == NEEDS_NOTHING || (ag->role != ROLE_CUSTOM && !permission_of[action].others))
        return true;
    return (ag->permissions & BIT(perm)) != 0;
}

/* Are we asked by a token that was not given what this needs? */
static bool token_lacks(const struct reader *r, enum action action)
{
    return (r->lacks & action_permission(action)) != 0;
}

uint32_t action_permission(enum action action)
{
    if (action == ACT_ADMIN)
        return TOKEN_ADMIN;
    return permission_of[action].perm == NEEDS_NOTHING ? 0 : BIT(permission_of[action].perm);
}

/* Canned replies ask for their permission by themselves. */
uint32_t agent_token_permissions(const struct agent *ag)
{
    uint32_t all = BIT(PERM_COUNT) - 1, asked = BIT(PERM_CANNED);

    if (ag->role == ROLE_ADMIN)
        return all | TOKEN_ADMIN | TOKEN_SELF;
    if (ag->role == ROLE_LIGHT)
        return TOKEN_SELF;
    for (unsigned action = 0; action < ACT_COUNT; action++)
        if (ag->role == ROLE_CUSTOM || permission_of[action].others)
            asked |= action_permission(action);
    return ((all & ~asked) | (ag->permissions & all)) | TOKEN_SELF;
}

enum permission rights_needs(const struct agent *ag, enum action action)
{
    enum permission perm = permission_of[action].perm;

    if (ag->role == ROLE_ADMIN || (ag->role != ROLE_CUSTOM && !permission_of[action].others))
        return NEEDS_NOTHING;
    return perm;
}

unsigned permission_actions(enum permission perm)
{
    unsigned actions = 0;

    for (unsigned action = 0; action < ACT_COUNT; action++)
        actions |= permission_of[action].perm == perm ? BIT(action) : 0;
    return actions;
}

bool permission_counts_for_all(enum permission perm)
{
    unsigned actions = permission_actions(perm);

    for (unsigned action = 0; action < ACT_COUNT; action++)
        if ((actions & BIT(action)) != 0 && !permission_of[action].others)
            return false;
    return true;
}

unsigned rights_ways(const struct agent *ag, const struct standing *st, enum action action)
{
    unsigned of = ways_of[action][column_of(ag)], given = ROLE;

    if (ag->role == ROLE_ADMIN)
        return ROLE;
    if (!has_permission(ag, action))
        return 0;
    given |= st->holds ? HOLDS : 0;
    given |= st->offered ? OFFER : 0;
    given |= st->open && st->team ? OPEN : 0;
    given |= st->team ? TEAM : 0;
    given |= st->handed ? HANDED : 0;
    given &= of;
    /* A share gives no more than one's own role could do; a light agent only ever sees. */
    if (share_of[action] != SHARE_NONE && st->share >= share_of[action] &&
        (action == ACT_SEE || of != NO))
        given |= BIT(WAY_SHARE);
    return given;
}

/* Being offered a chat is not holding it; what was missed nobody holds, whoever was asked last. */
static struct standing standing_of(const struct agent *ag, const struct conv *cv)
{
    bool named = cv->agent == ag->id;

    return (struct standing){
        .holds = named && (cv->state == CONV_ACTIVE || cv->state == CONV_ENDED),
        .offered = conv_is_offered_to(cv, ag->id),
        .handed = cv->handed_dept != 0 && cv->handed_by == ag->id,
        .open = cv->state != CONV_ACTIVE && cv->state != CONV_ENDED,
        .team = agent_member(ag, cv->dept) != NULL,
        .share = SHARE_NONE,
    };
}

/* readers */

struct reader reader_of_agent(const struct core *k, uint64_t agent)
{
    const struct agent *ag = core_agent(k, agent);

    if (ag == NULL || !ag->enabled)
        return (struct reader){.core = k, .kind = READER_NONE};
    return (struct reader){
        .core = k, .kind = ag->role == ROLE_ADMIN ? READER_ALL : READER_AGENT, .agent = ag};
}

/* A token is good for what it was given; one that has ended since it was shown, for nothing. */
static struct reader reader_of_session(const struct core *k, const struct principal *who)
{
    const struct xsession *x = who->session != 0 ? xsession_find(k, who->session) : NULL;
    struct reader r = reader_of_agent(k, who->id);

    if (who->session != 0 && (x == NULL || x->s.agent != who->id))
        return (struct reader){.core = k, .kind = READER_NONE};
    if (x != NULL && x->s.is_token)
        r.lacks = ~x->s.permissions;
    return r;
}

struct reader reader_of(const struct core *k, const struct principal *who)
{
    switch (who->kind) {
    case BY_AGENT:
        return reader_of_session(k, who);
    case BY_VISITOR:
        return (struct reader){.core = k, .kind = READER_VISITOR, .conv = who->id};
    case BY_SYSTEM:
    case BY_OPERATOR:
        break;
    }
    return (struct reader){.core = k, .kind = READER_ALL};
}

/* rights */

static unsigned visitor_ways(const struct reader *r, enum action action, const struct conv *cv)
{
    if (cv == NULL || r->conv == 0 || cv->id != r->conv)
        return 0;
    return action == ACT_SEE || action == ACT_REPLY || action == ACT_END ? BIT(WAY_OWN) : 0;
}

unsigned audience_ways(const struct reader *r, enum action action, const struct conv *cv)
{
    struct standing st = {0};

    ensure(action < ACT_COUNT);
    if (token_lacks(r, action))
        return 0;
    switch (r->kind) {
    case READER_NONE:
        return 0;
    case READER_VISITOR:
        return visitor_ways(r, action, cv);
    case READER_ALL:
        return ROLE;
    case READER_AGENT:
        break;
    }
    if (cv != NULL)
        st = standing_of(r->agent, cv);
    return rights_ways(r->agent, &st, action);
}

bool audience_sees(const struct reader *r, const struct conv *cv)
{
    return audience_ways(r, ACT_SEE, cv) != 0;
}

unsigned audience_actions(const struct reader *r, const struct conv *cv)
{
    struct standing st = {0};
    unsigned may = 0;

    if (!audience_sees(r, cv))
        return 0;
    if (r->kind == READER_AGENT)
        st = standing_of(r->agent, cv);
    for (unsigned action = 0; action < ACT_COUNT; action++) {
        unsigned ways = r->kind == READER_AGENT ? rights_ways(r->agent, &st, action)
                                                : audience_ways(r, action, cv);

        may |= ways != 0 && !token_lacks(r, action) ? BIT(action) : 0;
    }
    return may;
}

enum refusal rights_denied(const struct reader *r, enum action action, const struct conv *cv)
{
    struct reader agent = *r;

    agent.lacks = 0;
    if (token_lacks(r, action) && audience_ways(&agent, action, cv) != 0)
        return REFUSE_TOKEN_LACKS;
    if (r->kind == READER_NONE)
        return REFUSE_ACCOUNT_DISABLED;
    if (r->kind == READER_VISITOR)
        return REFUSE_FOR_AGENTS;
    if (action == ACT_ADMIN)
        return REFUSE_FOR_ADMINS;
    if (r->agent->role == ROLE_LIGHT)
        return REFUSE_LIGHT_AGENT;
    if (!has_permission(r->agent, action))
        return REFUSE_NO_PERMISSION;
    return REFUSE_OUT_OF_SCOPE;
}

err_t audience_may(const struct reader *r, enum action action, const struct conv *cv,
                   enum refusal *why)
{
    enum refusal nowhere;
    bool about_none = cv == NULL && r->kind != READER_VISITOR;

    if (why == NULL)
        why = &nowhere;
    *why = REFUSE_NONE;
    if (audience_ways(r, action, cv) != 0 && (about_none || audience_sees(r, cv)))
        return ERR_OK;
    if (r->kind == READER_NONE || about_none || audience_sees(r, cv)) {
        *why = rights_denied(r, action, cv);
        return ERR_DENIED;
    }
    *why = REFUSE_CONVERSATION_UNKNOWN;
    return ERR_NOTFOUND;
}

err_t action_refuse(struct fault *f, err_t err, const char *field, enum refusal why,
                    enum action action)
{
    if (why == REFUSE_TOKEN_LACKS)
        return token_refuse(f, err, field, action_permission(action));
    return fault_refuse(f, err, field, why);
}

err_t rights_may(const struct core *k, const struct principal *who, enum action action,
                 const struct conv *cv, enum refusal *why)
{
    struct reader r = reader_of(k, who);

    return audience_may(&r, action, cv, why);
}

/* departments and agents */

const struct dept *audience_dept(const struct reader *r, uint64_t dept)
{
    const struct xdept *x = xdept_find(r->core, dept);

    if (x == NULL)
        return NULL;
    if (r->kind == READER_ALL)
        return &x->d;
    return r->kind == READER_AGENT && agent_member(r->agent, dept) != NULL ? &x->d : NULL;
}

static bool next_dept_of_all(const struct core *k, uint64_t *dept)
{
    const struct onode *n = otree_at_least(&k->depts, *dept + 1, 0, 0);

    if (n != NULL)
        *dept = n->key[0];
    return n != NULL;
}

bool audience_next_dept(const struct reader *r, uint64_t *dept)
{
    size_t at;

    if (r->kind == READER_ALL)
        return next_dept_of_all(r->core, dept);
    if (r->kind != READER_AGENT)
        return false;
    at = agent_member_at(r->agent, *dept + 1);
    if (at == r->agent->nmembers)
        return false;
    *dept = r->agent->members[at].dept;
    return true;
}

bool audience_sees_team(const struct reader *r)
{
    if (r->kind == READER_AGENT)
        return (ways_of[ACT_SEE][column_of(r->agent)] & TEAM) != 0;
    return r->kind == READER_ALL;
}

/* Both lists of memberships are in order of the department. */
bool audience_knows_agent(const struct reader *r, const struct agent *ag)
{
    const struct agent *me = r->agent;

    if (r->kind != READER_AGENT || ag == me)
        return r->kind == READER_ALL || r->kind == READER_AGENT;
    for (size_t a = 0, b = 0; a < me->nmembers && b < ag->nmembers;) {
        if (me->members[a].dept == ag->members[b].dept)
            return true;
        if (me->members[a].dept < ag->members[b].dept)
            a++;
        else
            b++;
    }
    return false;
}

/* blocks */

bool audience_has_blocks(const struct reader *r)
{
    if (r->kind == READER_AGENT)
        return ways_of[ACT_BLOCK][column_of(r->agent)] != NO &&
               has_permission(r->agent, ACT_BLOCK) && !token_lacks(r, ACT_BLOCK);
    return r->kind == READER_ALL;
}

bool audience_exports(const struct reader *r)
{
    if (r->kind == READER_AGENT)
        return ways_of[ACT_EXPORT][column_of(r->agent)] != NO &&
               has_permission(r->agent, ACT_EXPORT) && !token_lacks(r, ACT_EXPORT);
    return r->kind == READER_ALL && !token_lacks(r, ACT_EXPORT);
}

unsigned audience_block(const struct reader *r, const struct block *b, const struct conv *cv)
{
    unsigned rights = BIT(BLOCK_SEE) | BIT(BLOCK_LIFT);

    ensure(cv == NULL || cv->id == b->conv);
    if (r->kind == READER_ALL)
        return BIT(BLOCK_SEE) | (token_lacks(r, ACT_BLOCK) ? 0 : BIT(BLOCK_LIFT)) |
               (token_lacks(r, ACT_SEE_IP) ? 0 : BIT(BLOCK_ADDRESS));
    if (r->kind != READER_AGENT || cv == NULL || !audience_sees(r, cv) ||
        audience_ways(r, ACT_BLOCK, cv) == 0)
        return 0;
    if (audience_ways(r, ACT_SEE_IP, cv) != 0)
        rights |= BIT(BLOCK_ADDRESS);
    return rights;
}
