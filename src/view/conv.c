/*
 * Conversations, and what visitors see of them, as JSON; their lines are in lines.c.  Whoever calls
 * has asked for the rights; what differs by them comes in as a set of actions.
 */
#include "view_int.h"

#define LAST_CODEPOINTS 120
#define ACTIONS (2 * BIT(ACT_SEE_IP) - BIT(ACT_SEE)) /* those about a conversation */
#define SAME_ADDRESS_MAX 100                         /* looked at for each head */

err_t conv_open(const struct view *v, uint64_t id, struct conv_ref *ref)
{
    struct buf image = {0};
    err_t err;

    *ref = (struct conv_ref){.cv = core_conv(v->core, id)};
    if (ref->cv != NULL)
        return ERR_OK;
    err = store_read_conv(v->store, id, &image);
    if (err == ERR_OK)
        err = conv_decode(id, buf_span(&image), &ref->own);
    buf_fini(&image);
    ref->cv = ref->own;
    return err;
}

void conv_done(struct conv_ref *ref)
{
    if (ref->own != NULL)
        conv_free(ref->own);
    *ref = (struct conv_ref){0};
}

unsigned view_block_rights(const struct view *v, const struct reader *r, const struct block *b)
{
    struct conv_ref ref = {0};
    unsigned rights;

    if (r->kind == READER_AGENT &&
        (!audience_has_blocks(r) || b->conv == 0 || conv_open(v, b->conv, &ref) != ERR_OK))
        return 0;
    rights = audience_block(r, b, ref.cv);
    conv_done(&ref);
    return rights;
}

/* The block that the conversation is under, if it is under one. */
static bool can_unblock(const struct view *v, const struct principal *who, const struct conv *cv)
{
    const struct block *b = core_block_match(v->core, &cv->ip, view_now(v));
    const struct reader r = reader_of(v->core, who);

    if (b == NULL)
        return false;
    return ((b->conv == cv->id ? audience_block(&r, b, cv) : view_block_rights(v, &r, b)) &
            BIT(BLOCK_LIFT)) != 0;
}

err_t view_list_from(const struct view *v, const struct ipprefix *prefix, struct addr_at *at,
                     uint64_t *ids, size_t max, size_t *n)
{
    return store_list_addr(v->store, prefix, at, ids, max, n);
}

err_t view_list_below(const struct view *v, uint64_t below, struct conv_from *from, size_t max,
                      size_t *n)
{
    return store_list_below(v->store, below, from, max, n);
}

unsigned conv_may(const struct view *v, const struct principal *who, const struct conv *cv)
{
    struct reader r = reader_of(v->core, who);
    unsigned may = audience_actions(&r, cv) & ACTIONS;
    struct fault f = {0};

    if (!core_has_from(v->core, cv))
        may &= ~BIT(ACT_FORWARD);
    if (core_may_mail(v->core, who, cv, &f) == ERR_OK)
        may |= MAY_MAIL;
    else if (strcmp(f.field, "email") == 0)
        may |= MAIL_NOT_EMAIL;
    else if (strcmp(f.field, "from") == 0)
        may |= MAIL_NOT_FROM;
    else if (f.err == ERR_FULL)
        may |= MAIL_NOT_FULL;
    may |= view_sees(v, &r, cv->box_conv) ? MAY_SEE_ANSWER : 0;
    may |= view_sees(v, &r, cv->previous) ? MAY_SEE_PREVIOUS : 0;
    may |= view_sees(v, &r, cv->next) ? MAY_SEE_NEXT : 0;
    return (may & BIT(ACT_BLOCK)) != 0 && can_unblock(v, who, cv) ? may | MAY_UNBLOCK : may;
}

bool conv_open_now(const struct conv *cv)
{
    return conv_is_open(cv);
}

/* At whom it rings now: how many, and the first by name of those of its own department. */
static void rings_write(struct jw *j, const struct view *v, const struct conv *cv)
{
    size_t named = 0;

    if (!conv_rings(cv))
        return;
    jw_k_int(j, "rings_count", (int64_t)cv->nrung);
    jw_key(j, "rings");
    jw_arr(j);
    for (size_t i = 0; i < cv->nrung && named < OTHERS_MAX; i++) {
        const struct agent *ag = core_agent(v->core, cv->rung[i].agent);

        if (ag == NULL || agent_member(ag, cv->dept) == NULL)
            continue;
        named++;
        jw_obj(j);
        jw_k_id(j, "agent", ag->id);
        jw_k_str(j, "name", ag->name);
        jw_obj_end(j);
    }
    jw_arr_end(j);
}

/* Why this agent, and why not the others: counted, and the first by name. */
static void passed_write(struct jw *j, const struct view *v, const struct conv *cv)
{
    static const char *const words[PASSED_COUNT] = {
        [PASSED_OFFLINE] = "offline", [PASSED_STATUS] = "status", [PASSED_FULL] = "full",
        [PASSED_ASKED] = "asked",     [PASSED_BUSIER] = "busier", [PASSED_UNMET] = "unmet",
        [PASSED_RUNG] = "rung",       [PASSED_SKILL] = "skill"};

    jw_key(j, "passed");
    jw_obj(j);
    for (unsigned i = 0; i < PASSED_COUNT; i++)
        jw_k_int(j, words[i], cv->passed[i]);
    jw_obj_end(j);
    jw_k_str(j, "how", chosen_word(cv->how));
    jw_key(j, "others");
    jw_arr(j);
    for (size_t i = 0; i < cv->nothers; i++) {
        const struct agent *ag = core_agent(v->core, cv->others[i].agent);

        /* Those of a department that it may also go to are not everybody's to know. */
        if (ag == NULL || agent_member(ag, cv->dept) == NULL)
            continue;
        jw_obj(j);
        jw_k_id(j, "agent", cv->others[i].agent);
        jw_k_str(j, "name", core_agent_name(v->core, cv->others[i].agent));
        jw_k_str(j, "why", words[cv->others[i].why]);
        if (cv->others[i].why == PASSED_SKILL)
            jw_k_span(j, "lacks", core_lacks_skill(ag, span_of(cv->skills)));
        jw_obj_end(j);
    }
    jw_arr_end(j);
    rings_write(j, v, cv);
    if (cv->rule == 0)
        return;
    jw_k_int(j, "rule", cv->rule);
    jw_k_str(j, "skills", cv->skills);
    if (cv->strict)
        jw_k_int(j, "strict_until_ms", cv->strict_until_ms);
}

/* A right is of use only where the state gives it something to do. */
static bool state_allows(const struct conv *cv, enum action action)
{
    switch (action) {
    case ACT_REPLY:
        return cv->state == CONV_ACTIVE && cv->ending_ms == 0;
    case ACT_TRANSFER: /* or take back */
        return (cv->state == CONV_ACTIVE && cv->ending_ms == 0) || cv->handed_dept != 0;
    case ACT_END:
        return conv_open_now(cv) && cv->ending_ms == 0;
    case ACT_ASSIGN: /* a missed one to be answered, too */
        return (conv_open_now(cv) && cv->ending_ms == 0) || cv->state == CONV_MISSED;
    case ACT_PICK:
        /* One that is offered to one alone is his to accept. */
        return cv->state == CONV_WAITING || cv->state == CONV_LEFT || conv_rings(cv);
    default:
        return true;
    }
}

/* It was opened again, and that one is not over. */
static bool goes_on(const struct view *v, const struct conv *cv)
{
    const struct conv *next = core_conv(v->core, cv->next);

    return next != NULL && conv_is_open(next);
}

static void may_write(struct jw *j, const struct view *v, const struct conv *cv, unsigned may)
{
    jw_key(j, "may");
    jw_arr(j);
    for (unsigned a = ACT_SEE; a <= ACT_SEE_IP; a++)
        if ((may & BIT(a)) != 0 && state_allows(cv, a))
            jw_str(j, action_word(a));
    if ((may & MAY_MAIL) != 0)
        jw_str(j, "mail");
    if ((may & BIT(ACT_PICK)) != 0 && cv->state == CONV_MISSED)
        jw_str(j, "box");
    if ((may & BIT(ACT_END)) != 0 && cv->state == CONV_ENDED && !goes_on(v, cv))
        jw_str(j, "reopen");
    jw_arr_end(j);
    if ((may & MAIL_NOT_EMAIL) != 0)
        jw_k_str(j, "mail_not", "email");
    else if ((may & MAIL_NOT_FROM) != 0)
        jw_k_str(j, "mail_not", "from");
    else if ((may & MAIL_NOT_FULL) != 0)
        jw_k_str(j, "mail_not", "full");
}

static void person_write(struct jw *j, const struct conv *cv, unsigned may)
{
    char ip[IPADDR_TEXT];

    jw_k_str(j, "name", cv->name);
    view_addresses(j, "email", span_of(cv->email));
    jw_k_str(j, "phone", cv->phone);
    jw_k_str(j, "question", cv->question);
    jw_k_str(j, "page", cv->page);
    jw_k_str(j, "title", cv->title);
    jw_k_str(j, "referrer", cv->referrer);
    jw_k_str(j, "browser", cv->agent_string);
    jw_k_str(j, "lang", lang_word(cv->lang));
    if ((may & BIT(ACT_SEE_IP)) != 0) {
        ipaddr_format(&cv->ip, ip);
        jw_k_str(j, "ip", ip);
    }
}

const char *view_dept_name(const struct view *v, uint64_t id)
{
    const struct dept *d = core_dept(v->core, id);

    return d != NULL ? d->name : "";
}

/* Names, too: whoever handed it on need not be in the department where it is now. */
static void handed_write(struct jw *j, const struct view *v, const struct conv *cv)
{
    if (cv->handed_dept == 0)
        return;
    jw_key(j, "handed");
    jw_obj(j);
    jw_k_id(j, "department", cv->dept);
    jw_k_str(j, "department_name", view_dept_name(v, cv->dept));
    if (cv->handed_to != 0) {
        jw_k_id(j, "agent", cv->handed_to);
        jw_k_str(j, "agent_name", core_agent_name(v->core, cv->handed_to));
    }
    jw_k_id(j, "by", cv->handed_by);
    jw_k_str(j, "by_name", core_agent_name(v->core, cv->handed_by));
    jw_k_str(j, "from_name", view_dept_name(v, cv->handed_dept));
    jw_k_str(j, "note", cv->handed_note);
    jw_k_int(j, "until_ms", cv->wait_until_ms);
    jw_obj_end(j);
}

/* Whoever has ended it may undo that until then. */
static void ending_write(struct jw *j, const struct view *v, const struct conv *cv)
{
    if (cv->ending_ms == 0)
        return;
    jw_key(j, "ending");
    jw_obj(j);
    jw_k_id(j, "by", cv->ending_by);
    jw_k_str(j, "by_name", core_agent_name(v->core, cv->ending_by));
    jw_k_int(j, "until_ms", cv->ending_ms);
    jw_obj_end(j);
}

static void tags_write(struct jw *j, const struct conv *cv)
{
    jw_key(j, "tags");
    jw_arr(j);
    for (size_t i = 0; i < cv->ntags; i++)
        jw_str(j, cv->tags[i].text);
    jw_arr_end(j);
}

/* What it goes on from, and as what it was opened again. */
static void chain_write(struct jw *j, const struct conv *cv, unsigned may)
{
    if ((may & MAY_SEE_PREVIOUS) != 0) {
        jw_k_id(j, "previous", cv->previous);
        if (cv->previous_number != 0)
            jw_k_int(j, "previous_number", (int64_t)cv->previous_number);
    }
    if ((may & MAY_SEE_NEXT) != 0) {
        jw_k_id(j, "next", cv->next);
        jw_k_int(j, "next_number", (int64_t)cv->next_number);
    }
}

/* How long it was in whose hands; of who has it, up to then, and since when it runs beside. */
static void times_write(struct jw *j, const struct view *v, const struct conv *cv)
{
    jw_key(j, "times");
    jw_arr(j);
    for (size_t i = 0; i < cv->ntimes; i++) {
        const struct conv_time *t = &cv->times[i];

        jw_obj(j);
        jw_k_id(j, "agent", t->agent);
        jw_k_str(j, "name", core_agent_name(v->core, t->agent));
        jw_k_int(j, "ms", t->ms);
        if (cv->timed_ms != 0 && cv->timed_by == t->agent)
            jw_k_int(j, "since_ms", cv->timed_ms);
        if (t->corrected)
            jw_k_bool(j, "corrected", true);
        jw_obj_end(j);
    }
    jw_arr_end(j);
}

void view_head(struct jw *j, const struct view *v, const struct conv *cv, unsigned may)
{
    const struct block *b = core_block_match(v->core, &cv->ip, view_now(v));

    jw_obj(j);
    jw_k_id(j, "conversation", cv->id);
    jw_k_int(j, "number", (int64_t)cv->number);
    jw_k_str(j, "state", conv_state_word(cv->state));
    jw_k_id(j, "department", cv->dept);
    jw_k_id(j, "entry", cv->entry);
    jw_k_id(j, "agent", cv->agent);
    person_write(j, cv, may);
    jw_k_int(j, "rang_ms", cv->rang_ms);
    jw_k_int(j, "since_ms", cv->since_ms);
    jw_k_int(j, "spoke_ms", cv->spoke_ms);
    if (cv->ended_ms != 0)
        jw_k_int(j, "ended_ms", cv->ended_ms);
    if (cv->wait_until_ms != 0)
        jw_k_int(j, "wait_until_ms", cv->wait_until_ms);
    if (cv->why != WHY_NONE)
        jw_k_str(j, "why", why_word(cv->why));
    jw_k_bool(j, "unreplied", conv_open_now(cv) && cv->visitor_last);
    jw_k_bool(j, "visitor_here", cv->visitor_here);
    jw_k_int(j, "n", cv->n);
    jw_k_int(j, "seq", cv->seq);
    jw_k_int(j, "seen_visitor", cv->seen_visitor);
    jw_k_int(j, "seen_agent", cv->seen_agent);
    if (cv->rating != 0)
        jw_k_int(j, "rating", cv->rating);
    jw_k_span(j, "last", span_head(span_of(cv->last_text), LAST_CODEPOINTS));
    tags_write(j, cv);
    times_write(j, v, cv);
    passed_write(j, v, cv);
    handed_write(j, v, cv);
    ending_write(j, v, cv);
    view_box(j, v, cv, may);
    chain_write(j, cv, may);
    jw_k_bool(j, "blocked", b != NULL);
    if (b != NULL && (may & MAY_UNBLOCK) != 0)
        jw_k_id(j, "block", b->id);
    if ((may & BIT(ACT_BLOCK)) != 0) {
        char text[IPADDR_TEXT];
        struct ipprefix from;
        size_t same;

        ipprefix_of(&cv->ip, &from);
        ipprefix_format(&from, text);
        if ((may & BIT(ACT_SEE_IP)) != 0)
            jw_k_str(j, "block_prefix", text);
        same = core_open_from(v->core, &from, SAME_ADDRESS_MAX + 1);
        jw_k_int(j, "same_address", (int64_t)same - (same > 0 && conv_open_now(cv)));
    }
    may_write(j, v, cv, may);
    jw_k_pos(j, "pos", cv->last_pos);
    jw_obj_end(j);
}

/* The fields, without braces. */
void view_offer(struct jw *j, const struct view *v, const struct conv *cv,
                const struct principal *who)
{
    int64_t left_ms = cv->offer_until_ms - view_now(v);

    jw_k_id(j, "conversation", cv->id);
    jw_k_int(j, "until_ms", cv->offer_until_ms);
    jw_k_int(j, "expires_in_ms", left_ms > 0 ? left_ms : 0);
    jw_key(j, "head");
    view_head(j, v, cv, conv_may(v, who, cv) | BIT(ACT_SEE));
}

/* visitors */

/* What the visitor reads of himself: an offered chat is a waiting one. */
static const char *visitor_state_word(const struct conv *cv)
{
    return conv_state_word(cv->state == CONV_OFFERED ? CONV_WAITING : cv->state);
}

/* Whatever a visitor sees speaks for the department that he came in by. */
const char *view_entry_name(const struct view *v, const struct conv *cv)
{
    const struct dept *d = core_dept(v->core, cv->entry);

    return d != NULL ? d->name : core_portal(v->core)->name;
}

static bool may_copy(const struct conv *cv)
{
    return !conv_open_now(cv) && conv_is_answered(cv) && !cv->copy_asked;
}

void view_visitor_state(struct jw *j, const struct view *v, const struct conv *cv)
{
    int64_t eta_ms = 0;
    uint32_t place = conv_open_now(cv) ? core_queue_place(v->core, cv, &eta_ms) : 0;
    const struct dept *d = core_dept(v->core, cv->entry);

    jw_k_id(j, "chat", cv->id);
    jw_k_int(j, "number", (int64_t)cv->number);
    jw_k_str(j, "state", visitor_state_word(cv));
    if (place != 0)
        jw_k_int(j, "place", place);
    if (place != 0 && eta_ms > 0 && d != NULL && d->show_eta)
        jw_k_int(j, "eta_ms", eta_ms);
    if (cv->state == CONV_ACTIVE)
        jw_k_str(j, "agent", core_agent_name(v->core, cv->agent));
    if (cv->state == CONV_ACTIVE)
        picture_write(j, core_agent(v->core, cv->agent));
    if (cv->handed_dept != 0)
        jw_k_bool(j, "handed", true);
    if (cv->why != WHY_NONE)
        jw_k_str(j, "why", why_word(cv->why));
    jw_k_int(j, "n", cv->n);
    jw_k_int(j, "seen", cv->seen_agent);
    jw_k_bool(j, "rated", cv->rating != 0);
    jw_k_bool(j, "commented", cv->commented);
    jw_k_bool(j, "copied", cv->copy_asked);
    jw_k_bool(j, "may_copy", may_copy(cv));
    if (cv->previous_number != 0)
        jw_k_bool(j, "reopened", true);
    if (cv->next != 0)
        jw_k_bool(j, "goes_on", true);
}

/* Of what makes a new state worth telling: neither lines nor places, which have their own events.
 */
uint64_t view_visitor_state_hash(const struct view *v, const struct conv *cv)
{
    struct buf b = {0};
    uint64_t hash;

    buf_addf(&b, "%s %d %d %d %d %d %d ", visitor_state_word(cv), cv->why, cv->rating,
             cv->commented, cv->copy_asked, may_copy(cv), cv->handed_dept != 0);
    if (cv->state == CONV_ACTIVE) {
        struct jw j = {.b = &b};

        buf_add_str(&b, core_agent_name(v->core, cv->agent));
        picture_write(&j, core_agent(v->core, cv->agent));
    }
    hash = hash_u64(buf_span(&b), NULL);
    buf_fini(&b);
    return hash;
}
