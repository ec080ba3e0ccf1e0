/*
 * What must hold: a second, naive telling of the rules, by plain loops over records and state.  It
 * shares nothing with the core but what the core shows.
 */
#include "sim.h"

void shadow_rebuild(struct sim *s)
{
    shadow_fini(s);
    for (unsigned i = 0; i < SIM_CLIENTS; i++) {
        s->clients[i].written_line = 0;
        for (size_t k = 0; k < s->clients[i].fate_cap; k++)
            s->clients[i].fate[k] &= (uint8_t)~LINE_WRITTEN;
        s->clients[i].lapses = 0;
        s->clients[i].offer_pos = s->clients[i].offer_before = 0;
    }
    for (uint64_t pos = 1; pos <= s->disk.nrecs; pos++) {
        const struct sim_rec *r = disk_rec(s, pos);
        struct rec rec;

        if (rec_decode(pos, (struct span){r->rec, r->rec_len}, (struct span){r->body, r->body_len},
                       &rec) != ERR_OK)
            sim_fail(s, "record %llu does not read back", (unsigned long long)pos);
        shadow_apply(s, &rec, false);
    }
}

static void move(struct sim *s, struct shadow *sh, const struct rec *rec, unsigned from,
                 enum conv_state to)
{
    if ((from & BIT(sh->state)) == 0)
        sim_fail(s, "RTE-8: %s at %llu while conversation %llu is %s", rec_word(rec->type),
                 (unsigned long long)rec->pos, (unsigned long long)sh->id,
                 conv_state_word(sh->state));
    sh->state = to;
}

static void line(struct sim *s, struct shadow *sh, const struct rec *rec)
{
    if (rec->n == 0)
        return;
    if (rec->n != ++sh->n)
        sim_fail(s, "RTE-9: line %u after %u in %llu", rec->n, sh->n - 1,
                 (unsigned long long)sh->id);
    if (sh->n > sh->lines_cap) {
        sh->lines_cap = sh->lines_cap != 0 ? 2 * sh->lines_cap : 16;
        sh->lines = xrealloc(sh->lines, sh->lines_cap * sizeof(*sh->lines));
    }
    sh->lines[sh->n - 1] = rec->pos;
}

/* RTE-9: what a person wrote is there once, and in the order of writing. */
static void written(struct sim *s, const struct rec *rec)
{
    struct span text = sim_said(rec);
    unsigned index;
    unsigned long long k;
    struct sim_client *c;
    uint8_t *fate;
    char copy[48];

    if (rec->who.kind == BY_SYSTEM)
        return;
    snprintf(copy, sizeof(copy), "%.*s", (int)text.len, text.p);
    if (sscanf(copy, "%u %llu", &index, &k) != 2 || index >= SIM_CLIENTS)
        sim_fail(s, "a line that nobody wrote: %s", copy);
    c = &s->clients[index];
    fate = line_fate(c, k);
    if ((*fate & LINE_WRITTEN) != 0)
        sim_fail(s, "RTE-9: a line is there twice: %s", copy);
    if (k < c->written_line && (*fate & LINE_REFUSED) == 0)
        sim_fail(s, "RTE-9: a line is out of order: %s", copy);
    *fate |= LINE_WRITTEN;
    if (k > c->written_line)
        c->written_line = k;
}

struct sim_client *client_of(struct sim *s, uint64_t agent)
{
    for (unsigned i = 0; i < SIM_AGENTS; i++)
        if (s->clients[i].id == agent)
            return &s->clients[i];
    return NULL;
}

static void lapses(struct sim *s, const struct rec *rec)
{
    struct sim_client *c = client_of(s, rec->type == REC_AGENT_STATUS ? rec->obj : rec_agent(rec));

    if (c == NULL)
        return;
    if (rec->type == REC_CONV_OFFER_OVER && rec->hold.why == WHY_LAPSED)
        c->lapses++;
    if (rec->type == REC_AGENT_STATUS && rec->status.why == WHY_LAPSED && c->lapses < LAPSES_MAX)
        sim_fail(s, "an agent is made away after %u lapses", c->lapses);
    if (rec->type == REC_AGENT_STATUS || rec->type == REC_CONV_ACCEPTED)
        c->lapses = 0;
}

/* Asking; what it leaves behind is noted after it was looked at, or at once where nobody looks. */
static void shadow_offer(struct sim *s, struct shadow *sh, const struct rec *rec, bool live)
{
    struct sim_client *c = client_of(s, rec_agent(rec));

    switch (rec->type) {
    case REC_CONV_OFFERED:
        move(s, sh, rec, BIT(CONV_WAITING), CONV_OFFERED);
        sh->agent = rec->offer.agent;
        sh->offered_by = rec->offer.dept;
        if (c != NULL) { /* else somebody who has gone since */
            c->offer_before = c->offer_pos;
            c->offer_pos = rec->pos;
        }
        if (!live)
            shadow_ask(sh, rec->offer.agent);
        break;
    case REC_CONV_OFFER_OVER:
        if (shadow_rings(sh))
            shadow_ring_over(s, sh, rec);
        else if (sh->agent != rec->hold.agent)
            sim_fail(s, "an offer is over that was made to somebody else");
        move(s, sh, rec, BIT(CONV_OFFERED), CONV_WAITING);
        sh->freed_ms = rec->time_ms;
        sh->offered_by = 0;
        if (rec->hold.why == WHY_STATUS)
            shadow_unask(sh, rec->hold.agent);
        break;
    case REC_CONV_RUNG:
    case REC_CONV_RUNG_OUT:
        shadow_ring(s, sh, rec, live);
        break;
    case REC_CONV_ROUND:
        move(s, sh, rec, BIT(CONV_WAITING), CONV_WAITING);
        if (!live) {
            sh->nasked = 0;
            sh->rounds++;
        }
        break;
    default:
        break;
    }
}

/* What a record does to its chat, and in which states it may come. */
static void shadow_move(struct sim *s, struct shadow *sh, const struct rec *rec, bool live)
{
    const unsigned queued = BIT(CONV_WAITING) | BIT(CONV_OFFERED);
    const unsigned over = BIT(CONV_ENDED) | BIT(CONV_MISSED);

    switch (rec->type) {
    case REC_CONV_OFFERED:
    case REC_CONV_OFFER_OVER:
    case REC_CONV_RUNG:
    case REC_CONV_RUNG_OUT:
    case REC_CONV_ROUND:
        shadow_offer(s, sh, rec, live);
        break;
    case REC_CONV_ACCEPTED:
        if (shadow_rings(sh))
            shadow_ring_taken(s, sh, rec);
        else if (sh->state == CONV_OFFERED && sh->agent != rec->hold.agent)
            sim_fail(s, "RTE-8: accepted by %llu while offered to %llu",
                     (unsigned long long)rec->hold.agent, (unsigned long long)sh->agent);
        else if (rec->hold.dept != (sh->state == CONV_OFFERED ? sh->offered_by : 0))
            sim_fail(s, "RTE-6: %llu goes elsewhere than it was offered",
                     (unsigned long long)sh->id);
        move(s, sh, rec, queued | BIT(CONV_LEFT), CONV_ACTIVE);
        sh->agent = rec->hold.agent;
        if (rec->hold.dept != 0)
            sh->dept = rec->hold.dept;
        shadow_rounds_end(sh);
        sh->handed_dept = sh->handed_to = 0;
        break;
    case REC_CONV_ASSIGNED:
    case REC_CONV_TRANSFERRED:
    case REC_CONV_CAME_BACK:
    case REC_CONV_MOVED:
        shadow_transfer(s, sh, rec);
        break;
    case REC_CONV_RETURNED:
        move(s, sh, rec, BIT(CONV_ACTIVE), CONV_WAITING);
        sh->returned = true;
        shadow_rounds_end(sh);
        break;
    case REC_CONV_ENDED:
        move(s, sh, rec, BIT(CONV_ACTIVE), CONV_ENDED);
        break;
    case REC_CONV_QUEUED:
        move(s, sh, rec, BIT(CONV_LEFT), CONV_WAITING);
        break;
    case REC_CONV_OVERFLOWED:
        move(s, sh, rec, queued, sh->state);
        break;
    case REC_CONV_MISSED:
        move(s, sh, rec, BIT(CONV_WAITING) | BIT(CONV_LEFT), CONV_MISSED);
        sh->handed_dept = sh->handed_to = 0;
        sh->box = sh->mailed ? BOX_ANSWERED : BOX_TO_ANSWER;
        break;
    case REC_CONV_MESSAGE:
        move(s, sh, rec, queued | BIT(CONV_LEFT) | BIT(CONV_ACTIVE), sh->state);
        break;
    case REC_CONV_FEEDBACK:
        move(s, sh, rec, BIT(CONV_ENDED), sh->state);
        break;
    case REC_CONV_COPY_ASKED:
        move(s, sh, rec, over, sh->state);
        break;
    case REC_CONV_MAILED:
        if (rec->who.kind != BY_AGENT || rec->n != 0)
            sim_fail(s, "MAIL-7: an answer by e-mail is an agent's, and no public line");
        move(s, sh, rec, sh->left ? over | BIT(CONV_ACTIVE) : over, sh->state);
        sh->mailed = true;
        sh->box = sh->state == CONV_MISSED ? BOX_ANSWERED : BOX_NONE;
        break;
    case REC_CONV_LEFT_MORE:
        move(s, sh, rec, BIT(CONV_MISSED), sh->state);
        break;
    default:
        shadow_work(s, sh, rec);
        shadow_box(s, sh, rec);
    }
}

/* A chat's life by its records alone. */
void shadow_apply(struct sim *s, const struct rec *rec, bool live)
{
    struct shadow *sh;

    lapses(s, rec);
    if (rec->type == REC_CONV_MESSAGE)
        written(s, rec);
    if (rec->obj_type == OBJ_TASK)
        book_task(s, rec, live);
    book_mention(s, rec, live);
    if (rec->obj_type != OBJ_CONV)
        return;
    sh = shadow_find(s, rec->obj);
    if ((sh == NULL) != (rec->type == REC_CONV_RANG || rec->type == REC_CONV_LEFT))
        sim_fail(s, "%s of %llu out of turn", rec_word(rec->type), (unsigned long long)rec->obj);
    if (sh == NULL)
        sh = shadow_new(s, rec);
    if (rec->prev != sh->last_pos || rec->seq != sh->seq + 1)
        sim_fail(s, "record %llu: before it %llu, not %llu; number %u after %u",
                 (unsigned long long)rec->pos, (unsigned long long)rec->prev,
                 (unsigned long long)sh->last_pos, rec->seq, sh->seq);
    sh->last_pos = rec->pos;
    sh->seq = rec->seq;
    line(s, sh, rec);
    shadow_ends(s, sh, rec);
    shadow_again(sh, rec);
    shadow_left(sh, rec);
    shadow_reopen(s, sh, rec);
    shadow_skill(sh, rec);
    shadow_move(s, sh, rec, live);
    shadow_time(s, sh, rec);
}

/* routing */

static bool may_answer(const struct agent *ag)
{
    if (!ag->enabled || ag->deleted || ag->role == ROLE_LIGHT)
        return false;
    return ag->role != ROLE_CUSTOM || (ag->permissions & BIT(PERM_REPLY)) != 0;
}

static bool is_member(const struct agent *ag, uint64_t dept, bool chat)
{
    for (size_t i = 0; i < ag->nmembers; i++)
        if (ag->members[i].dept == dept)
            return !chat || ag->members[i].chat;
    return false;
}

/* `less` places of the agent's are not counted. */
bool sim_is_free(const struct agent *ag, uint64_t dept, unsigned less)
{
    return may_answer(ag) && is_member(ag, dept, true) && ag->status == STATUS_AVAILABLE &&
           ag->connected && ag->active_count + ag->offer_count - less < ag->capacity;
}

/* RTE-4, DEP-3, DEP-6: who rang could ring. */
static void check_ring(struct sim *s, const struct rec *rec)
{
    const struct conv *cv = core_conv(s->core, rec->obj);
    const struct dept *d = core_dept(s->core, rec->ring.dept);
    unsigned here = 0, free_places = 0, waiting = 0;
    uint64_t id = 0;

    if (cv == NULL || d == NULL || d->type != DEPT_PUBLIC || !d->enabled || !d->chat_on)
        sim_fail(s, "a chat rang at a department that takes none");
    while (core_next_agent(s->core, &id)) {
        const struct agent *ag = core_agent(s->core, id);

        here += may_answer(ag) && is_member(ag, d->id, true) && ag->connected &&
                ag->status != STATUS_OFFLINE;
        free_places += sim_is_free(ag, d->id, 0);
    }
    for (id = 0; core_next_conv(s->core, &id);) {
        const struct conv *other = core_conv(s->core, id);

        waiting += other != cv && other->dept == d->id && !other->left &&
                   (other->state == CONV_WAITING || other->state == CONV_OFFERED);
    }
    if (here == 0)
        sim_fail(s, "RTE-4: a chat rang while nobody was there");
    if (free_places == 0 && waiting >= d->queue_max)
        sim_fail(s, "RTE-4: a chat rang while the queue was full");
}

/* What is written beside a chat, which whoever is asked for it may do before he has it. */
static bool is_beside(enum rec_type type)
{
    return type == REC_CONV_NOTE || type == REC_CONV_TAGGED || type == REC_CONV_UNTAGGED ||
           type == REC_CONV_EDITED;
}

/* CNV-3: who did it, may do it. */
static void check_rights(struct sim *s, const struct rec *rec)
{
    const struct agent *ag;
    const struct conv *cv;
    bool own;

    if (rec->obj_type != OBJ_CONV)
        return;
    if (rec->who.kind == BY_VISITOR && rec->who.id != rec->obj)
        sim_fail(s, "rights: visitor %llu in conversation %llu", (unsigned long long)rec->who.id,
                 (unsigned long long)rec->obj);
    if (rec->who.kind != BY_AGENT || (rec->type == REC_CONV_ENDED && rec->cid == 0))
        return; /* what he had ended by then, and shadow_ends() has seen */
    if (rec->type == REC_CONV_RANG && rec->ring.previous_number != 0)
        return; /* the one before says whether he may */
    ag = core_agent(s->core, rec->who.id);
    cv = core_conv(s->core, rec->obj);
    if (ag == NULL || !ag->enabled || cv == NULL)
        sim_fail(s, "rights: %s by an agent who is not there", rec_word(rec->type));
    own = cv->agent == ag->id || (cv->handed_dept != 0 && cv->handed_by == ag->id);
    if (rec->type == REC_CONV_TRANSFERRED || rec->type == REC_CONV_CAME_BACK ||
        rec->type == REC_CONV_ASSIGNED || rec->type == REC_CONV_GIVEN)
        return; /* rules_of_transfer(), rules_of_boxes() */
    if (ag->role == ROLE_ADMIN)
        return;
    if (!own && !is_member(ag, cv->dept, false) && rec->type != REC_CONV_OFFER_OVER &&
        rec->type != REC_CONV_RUNG_OUT && !(is_beside(rec->type) && conv_is_offered_to(cv, ag->id)))
        sim_fail(s, "rights: %s in a department of others", rec_word(rec->type));
    if (ag->role == ROLE_LIGHT && rec->type != REC_CONV_OFFER_OVER &&
        rec->type != REC_CONV_RUNG_OUT)
        sim_fail(s, "rights: %s by a light agent", rec_word(rec->type));
    if (rec->type == REC_CONV_MESSAGE && !own && ag->scope == SCOPE_OWN_UNASSIGNED)
        sim_fail(s, "rights: a reply beyond the agent's scope");
}

void rules_on_record(struct sim *s, const struct rec *rec)
{
    struct shadow *sh = rec->obj_type == OBJ_CONV ? shadow_find(s, rec->obj) : NULL;
    enum conv_state was = sh != NULL ? sh->state : CONV_LEFT;

    s->did.records++;
    shadow_apply(s, rec, true);
    check_rights(s, rec);
    sh = rec->obj_type == OBJ_CONV ? shadow_find(s, rec->obj) : NULL;
    clock_on_record(s, sh, rec);
    if (rec->type == REC_CONV_OFFERED) {
        rules_of_offer(s, rec, sh);
        shadow_ask(sh, rec->offer.agent);
    }
    if (sh != NULL) {
        rules_of_ring(s, rec, sh);
        rules_of_skills(s, rec, sh);
        rules_of_transfer(s, rec, sh);
        rules_of_overflow(s, rec, sh);
        rules_of_work(s, rec, sh);
        rules_of_edits(s, rec, sh);
        rules_of_boxes(s, rec, sh);
        rules_of_left(s, rec, sh, was);
    }
    if (rec->type == REC_CONV_ROUND) {
        rules_of_rounds(s, rec, sh);
        sh->nasked = 0;
        sh->rounds++;
    }
    if (rec->type == REC_CONV_RANG && rec->ring.previous_number == 0)
        check_ring(s, rec);
    if (rec->type == REC_CONV_RANG || rec->type == REC_DEPT_HOURS)
        rules_of_hours(s, rec);
    s->did.lines += rec->type == REC_CONV_MESSAGE;
    s->did.accepted += rec->type == REC_CONV_ACCEPTED;
    s->did.lapsed += rec->type == REC_CONV_OFFER_OVER && rec->hold.why == WHY_LAPSED;
    s->did.declined += rec->type == REC_CONV_OFFER_OVER && rec->hold.why == WHY_DECLINED;
    s->did.returned += rec->type == REC_CONV_RETURNED;
    s->did.ended += rec->type == REC_CONV_ENDED;
    s->did.undone += rec->type == REC_CONV_END_UNDONE && rec->who.kind == BY_AGENT;
    s->did.undone_by_word += rec->type == REC_CONV_END_UNDONE && rec->who.kind == BY_VISITOR;
    s->did.missed += rec->type == REC_CONV_MISSED;
    s->did.left += rec->type == REC_CONV_LEFT;
    s->did.blocked += rec->type == REC_BLOCK_ADDED;
    s->did.feedback += rec->type == REC_CONV_FEEDBACK;
}

/* Is he free where it waits, or where it may also go? */
static bool can_be_asked(const struct sim *s, const struct shadow *sh, uint64_t agent)
{
    const struct agent *ag = core_agent(s->core, agent);
    const struct dept *to = core_dept(s->core, shadow_overflow(s, sh));

    return (sim_is_free(ag, sh->dept, 0) && !skill_forbids(s, sh, ag, sh->dept)) ||
           (to != NULL && to->enabled && to->chat_on && !to->hours.shut &&
            sim_is_free(ag, to->id, 0));
}

static void check_waiting(struct sim *s, const struct conv *cv, const struct shadow *sh)
{
    uint64_t id = 0;

    if (core_dept(s->core, cv->dept) == NULL)
        sim_fail(s, "%llu waits in a deleted department", (unsigned long long)cv->id);
    while (core_next_agent(s->core, &id))
        if (can_be_asked(s, sh, id) && !shadow_asked(sh, id))
            sim_fail(s, "RTE-8: %llu waits while %llu is free", (unsigned long long)cv->id,
                     (unsigned long long)id);
}

/* BLK-1: nobody under a block is in a chat. */
static void check_blocks(struct sim *s, const struct conv *cv)
{
    uint64_t id = 0;

    while (core_next_block(s->core, &id)) {
        const struct block *b = core_block(s->core, id);

        if (ipprefix_has(&b->prefix, &cv->ip) && b->since_ms > cv->rang_ms)
            sim_fail(s, "BLK-1: a blocked visitor's chat %llu goes on", (unsigned long long)cv->id);
    }
}

static void check_offered(struct sim *s, const struct conv *cv)
{
    const struct agent *ag = core_agent(s->core, cv->agent);
    uint64_t dept = cv->offered_by != 0 ? cv->offered_by : cv->dept;

    if (ag == NULL || !may_answer(ag) || !is_member(ag, dept, true) || !ag->connected ||
        ag->status != STATUS_AVAILABLE)
        sim_fail(s, "RTE-1: %llu stays offered to an agent who cannot answer it",
                 (unsigned long long)cv->id);
}

static void check_active(struct sim *s, const struct conv *cv)
{
    const struct agent *ag = core_agent(s->core, cv->agent);
    const struct portal *p = core_portal(s->core);
    const struct dept *d = core_dept(s->core, cv->dept);

    if (ag == NULL || !may_answer(ag))
        sim_fail(s, "%llu stays with an agent who may not answer", (unsigned long long)cv->id);
    if (s->told.now_ms < s->floor_ms)
        return;
    if (!ag->connected && ag->gone_ms + p->grace_ms <= s->told.now_ms)
        sim_fail(s, "RTE-9: %llu stays with an agent who is gone", (unsigned long long)cv->id);
    if (!cv->visitor_here && !cv->left &&
        cv->visitor_gone_ms + p->visitor_grace_ms <= s->told.now_ms)
        sim_fail(s, "RTE-9: %llu goes on without its visitor", (unsigned long long)cv->id);
    if (d != NULL && d->idle_ms > 0 && !cv->left && cv->spoke_ms + d->idle_ms <= s->told.now_ms)
        sim_fail(s, "CNV-6: %llu goes on in silence", (unsigned long long)cv->id);
}

static void check_deadlines(struct sim *s, const struct conv *cv)
{
    int64_t now_ms = s->told.now_ms;

    if (now_ms < s->floor_ms)
        return;
    if (cv->state != CONV_ACTIVE && cv->state != CONV_LEFT && !cv->left && !cv->visitor_here &&
        cv->visitor_gone_ms + VISITOR_QUEUE_GRACE_MS <= now_ms)
        sim_fail(s, "RTE-5: %llu waits without its visitor", (unsigned long long)cv->id);
    if (cv->state == CONV_OFFERED && cv->offer_until_ms <= now_ms)
        sim_fail(s, "RTE-3: an offer of %llu outlives its deadline", (unsigned long long)cv->id);
    if (cv->state != CONV_ACTIVE && cv->state != CONV_LEFT && cv->wait_until_ms <= now_ms)
        sim_fail(s, "RTE-5: %llu waits beyond its deadline", (unsigned long long)cv->id);
}

/* Who counts as there has a connection, once the gateway has told who came and went. */
static void check_presence(struct sim *s)
{
    uint64_t id = 0;

    if (s->ntodo > 0)
        return;
    for (unsigned i = 0; i < SIM_AGENTS; i++) {
        const struct agent *ag = core_agent(s->core, s->clients[i].id);

        if (ag != NULL && ag->connected && !s->clients[i].up)
            sim_fail(s, "agent %llu counts as connected and is not", (unsigned long long)ag->id);
    }
    while (core_next_conv(s->core, &id)) {
        const struct conv *cv = core_conv(s->core, id);
        unsigned lines = 0;

        for (unsigned i = SIM_AGENTS; i < SIM_CLIENTS; i++)
            lines += s->clients[i].up && s->clients[i].bound == id;
        if (cv->state != CONV_ENDED && cv->state != CONV_MISSED && cv->visitor_here != (lines > 0))
            sim_fail(s, "the visitor of %llu counts as %s, with %u lines", (unsigned long long)id,
                     cv->visitor_here ? "here" : "gone", lines);
    }
}

/* Nothing is due: the state as a whole. */
void rules_when_settled(struct sim *s)
{
    unsigned active[SIM_AGENTS] = {0}, offers[SIM_AGENTS] = {0};
    uint64_t id = 0;

    check_presence(s);
    rules_of_open(s);
    rules_of_canned(s);
    rules_of_views(s);
    rules_of_roles(s);
    rules_of_pictures(s);
    rules_of_tasks(s);
    rules_of_mentions(s);
    rules_of_reopened(s);
    while (core_next_conv(s->core, &id)) {
        const struct conv *cv = core_conv(s->core, id);
        const struct shadow *sh = shadow_find(s, id);

        if (sh == NULL || sh->state != cv->state || sh->n != cv->n || sh->seq != cv->seq)
            sim_fail(s, "conversation %llu is not what its records say", (unsigned long long)id);
        rules_of_times(s, cv, sh);
        if (cv->state == CONV_ENDED || cv->state == CONV_MISSED)
            continue;
        check_deadlines(s, cv);
        rules_of_paces(s, cv);
        rules_of_handed(s, cv, sh);
        rules_of_ends(s, cv, sh);
        rules_of_again(s, cv, sh);
        rules_of_kept(s, cv, sh);
        check_blocks(s, cv);
        if (cv->state == CONV_WAITING)
            check_waiting(s, cv, sh);
        rules_of_rung(s, cv, sh);
        rules_of_ruled(s, cv, sh);
        if (cv->state == CONV_OFFERED && !conv_rings(cv))
            check_offered(s, cv);
        if (cv->state == CONV_ACTIVE && cv->ending_ms == 0)
            check_active(s, cv);
        for (unsigned i = 0; i < SIM_AGENTS; i++) {
            active[i] +=
                cv->state == CONV_ACTIVE && cv->ending_ms == 0 && cv->agent == s->clients[i].id;
            offers[i] += cv->state == CONV_OFFERED && cv->agent == s->clients[i].id;
        }
    }
    for (unsigned i = 0; i < SIM_AGENTS; i++) {
        const struct agent *ag = core_agent(s->core, s->clients[i].id);

        if (ag == NULL)
            continue;
        if (ag->active_count != active[i] || ag->offer_count != offers[i])
            sim_fail(s, "agent %llu holds %u and is offered %u, counted %u and %u",
                     (unsigned long long)ag->id, active[i], offers[i], ag->active_count,
                     ag->offer_count);
        if (ag->status == STATUS_AVAILABLE && s->clients[i].lapses >= LAPSES_MAX)
            sim_fail(s, "an agent stays available after %u lapses", s->clients[i].lapses);
    }
}

/* After everybody has left: every chat has ended or was missed. */
void rules_at_the_end(struct sim *s)
{
    rules_of_edited(s);
    for (size_t i = 0; i < s->nshadows; i++)
        if (s->shadows[i]->state != CONV_ENDED && s->shadows[i]->state != CONV_MISSED)
            sim_fail(s, "RTE-8: %llu is still %s", (unsigned long long)s->shadows[i]->id,
                     conv_state_word(s->shadows[i]->state));
}
