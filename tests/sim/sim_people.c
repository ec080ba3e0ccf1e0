/*
 * Visitors and agents, and what they do next.  They may look at the core to choose; what must hold
 * is checked elsewhere.
 */
#include "sim.h"

/* what visitors do */

static void visitor_reborn(struct sim *s, struct sim_client *c)
{
    people_drop(s, c);
    s->rebirths++;
    c->before = c->id;
    c->id = 0;
    c->last_n = 0;
    c->done = false;
    c->ip = (unsigned)sim_roll(s, 9);
    c->up_at_ms = s->now_ms + (int64_t)sim_roll(s, 8000);
}

static void visitor_arrive(struct sim *s, struct sim_client *c)
{
    struct sim_request rq = {.type = sim_chance(s, 88) ? CMD_CHAT_START : CMD_CHAT_LEAVE_MESSAGE,
                             .dept = s->depts[sim_roll(s, s->ndepts)],
                             .ip = c->ip,
                             .text = "please call"};

    again_arrive(s, c, &rq);
    client_send(s, c, rq);
}

static void visitor_after(struct sim *s, struct sim_client *c, enum conv_state state)
{
    struct sim_request rq = {.conv = c->id, .value = 1 + (int64_t)sim_roll(s, 5)};

    rq.type = sim_chance(s, 50)     ? CMD_CHAT_COPY
              : state == CONV_ENDED ? CMD_CHAT_FEEDBACK
                                    : CMD_CHAT_LEAVE_MESSAGE;
    if (sim_chance(s, 50))
        snprintf(rq.text, sizeof(rq.text), "afterwards");
    client_send(s, c, rq);
    if (sim_chance(s, 40))
        c->done = true;
}

static void visitor_step(struct sim *s, struct sim_client *c)
{
    const struct shadow *sh = c->id != 0 ? shadow_find(s, c->id) : NULL;
    struct sim_request rq = {.conv = c->id, .value = c->last_n};

    if (c->done && c->npending == 0 && sim_chance(s, 30))
        visitor_reborn(s, c);
    if (c->done)
        return;
    if (c->id == 0) {
        if (c->npending == 0)
            visitor_arrive(s, c);
        return;
    }
    if (sh == NULL)
        return;
    if (reopen_follow(s, c, sh))
        return;
    if (sh->state == CONV_ENDED || sh->state == CONV_MISSED) {
        visitor_after(s, c, sh->state);
        return;
    }
    if (sim_chance(s, 3) && s->nshadows > 0) { /* somebody else's */
        rq.conv = s->shadows[sim_roll(s, s->nshadows)]->id;
        rq.type = sim_chance(s, 50) ? CMD_CHAT_SEEN : CMD_CHAT_END;
        if (rq.conv != c->id)
            client_send(s, c, rq);
        return;
    }
    rq.type = sim_chance(s, 6) ? CMD_CHAT_END : sim_chance(s, 10) ? CMD_CHAT_SEEN : CMD_CHAT_SEND;
    if (sh->state == CONV_ACTIVE || sim_chance(s, 30))
        client_send(s, c, rq);
}

/* what agents do */

/* To somebody, from whoever has it, or had it when the console looked. */
static void agent_assign(struct sim *s, struct sim_request *rq, const struct conv *cv)
{
    rq->type = CMD_CONV_ASSIGN;
    rq->value = (int64_t)s->clients[sim_roll(s, SIM_AGENTS)].id;
    rq->dept = cv->state == CONV_ACTIVE && sim_chance(s, 90) ? cv->agent : 0;
}

static void agent_time(struct sim *s, struct sim_request *rq)
{
    rq->type = CMD_CONV_TIME;
    rq->value = (int64_t)sim_roll(s, 600000);
}

/* To an agent, to one in a department, or to a department; also where it cannot go. */
static void agent_transfer(struct sim *s, struct sim_request *rq)
{
    bool named = sim_chance(s, 50);

    rq->type = CMD_CONV_TRANSFER;
    rq->value = named ? (int64_t)s->clients[sim_roll(s, SIM_AGENTS)].id : 0;
    if (!named || sim_chance(s, 30))
        rq->dept = s->depts[sim_roll(s, s->ndepts)];
    if (sim_chance(s, 50))
        snprintf(rq->text, sizeof(rq->text), "please go on");
}

/* One that was missed: it is answered, put away, taken or given to somebody to answer. */
static void agent_box(struct sim *s, struct sim_request *rq, const struct conv *cv)
{
    rq->type = sim_chance(s, 20) ? CMD_CONV_MAIL : CMD_CONV_BOX;
    rq->value = BOX_TO_ANSWER + (int64_t)sim_roll(s, 3);
    rq->dept = sim_chance(s, 60) ? conv_box(cv) : sim_roll(s, BOX_COUNT);
    if (rq->type == CMD_CONV_MAIL)
        snprintf(rq->text, sizeof(rq->text), "sorry");
    if (!sim_chance(s, 40))
        return;
    rq->type = CMD_CONV_ASSIGN;
    rq->value = sim_chance(s, 20) ? 0 : (int64_t)s->clients[sim_roll(s, SIM_AGENTS)].id;
    rq->dept = sim_chance(s, 90) ? core_given(s->core, cv) : 0;
}

static void agent_with(struct sim *s, struct sim_client *c, const struct conv *cv)
{
    struct sim_request rq = {.conv = cv->id, .value = cv->n};

    if (conv_is_offered_to(cv, c->id)) {
        if (!sim_chance(s, 60))
            return;
        rq.type = sim_chance(s, 80) ? CMD_OFFER_ACCEPT : CMD_OFFER_DECLINE;
    } else if (cv->ending_ms != 0 && cv->ending_by == c->id && sim_chance(s, 40)) {
        rq.type = CMD_CHAT_UNDO_END;
    } else if (cv->state == CONV_ACTIVE && cv->agent == c->id) {
        rq.type = sim_chance(s, 12)   ? CMD_CHAT_END
                  : sim_chance(s, 10) ? CMD_CONV_NOTE
                  : sim_chance(s, 10) ? CMD_CHAT_SEEN
                  : sim_chance(s, 2)  ? CMD_BLOCK_ADD
                                      : CMD_CHAT_SEND;
        if (rq.type == CMD_CONV_NOTE) {
            snprintf(rq.text, sizeof(rq.text), "a note");
            mention_pick(s, &rq);
        }
        if (rq.type == CMD_CHAT_END)
            rq.value = sim_chance(s, 70);
        if (sim_chance(s, 8))
            agent_transfer(s, &rq);
        else if (sim_chance(s, 3))
            agent_time(s, &rq);
        else if (sim_chance(s, 4))
            agent_assign(s, &rq, cv);
        else if (sim_chance(s, 10))
            work_ask(s, &rq);
        else if (sim_chance(s, 12))
            edit_ask(s, &rq, cv);
    } else if (cv->state == CONV_MISSED && sim_chance(s, 20)) {
        agent_box(s, &rq, cv);
    } else if (cv->handed_dept != 0 && cv->handed_by == c->id && sim_chance(s, 5)) {
        rq.type = CMD_CONV_TAKE_BACK;
    } else { /* not one's own: what comes of it is for the rules to say */
        static const enum cmd_type types[] = {
            CMD_OFFER_ACCEPT,  CMD_CONV_PICK,      CMD_CHAT_SEND,   CMD_CHAT_END,
            CMD_CONV_NOTE,     CMD_OFFER_DECLINE,  CMD_CONV_MAIL,   CMD_CONV_FORWARD,
            CMD_CONV_TRANSFER, CMD_CONV_TAKE_BACK, CMD_CONV_ASSIGN, CMD_CHAT_UNDO_END,
            CMD_CONV_TAG,      CMD_LINE_EDIT};

        if (!sim_chance(s, 4))
            return;
        rq.type = types[sim_roll(s, COUNT_OF(types))];
        if (rq.type == CMD_CONV_NOTE || rq.type == CMD_CONV_MAIL)
            snprintf(rq.text, sizeof(rq.text), "a note");
        if (rq.type == CMD_CONV_NOTE)
            mention_pick(s, &rq);
        if (rq.type == CMD_CONV_TRANSFER)
            agent_transfer(s, &rq);
        if (rq.type == CMD_CONV_ASSIGN)
            agent_assign(s, &rq, cv);
        if (rq.type == CMD_CONV_TAG)
            work_ask(s, &rq);
        if (rq.type == CMD_LINE_EDIT)
            edit_ask(s, &rq, cv);
    }
    client_send(s, c, rq);
}

static void agent_step(struct sim *s, struct sim_client *c)
{
    const struct agent *ag = core_agent(s->core, c->id);
    uint64_t id = 0;

    if (ag == NULL)
        return;
    if (ag->status != STATUS_AVAILABLE ? sim_chance(s, 20) : sim_chance(s, 2)) {
        struct sim_request rq = {.type = CMD_AGENT_STATUS};

        rq.value = ag->status != STATUS_AVAILABLE ? STATUS_AVAILABLE : (int64_t)sim_roll(s, 4);
        client_send(s, c, rq);
    }
    if (sim_chance(s, 1))
        reopen_step(s, c);
    if (sim_chance(s, 3))
        mention_step(s, c);
    while (core_next_conv(s->core, &id))
        if (sim_chance(s, 30))
            agent_with(s, c, core_conv(s->core, id));
}

/* all of them */

void people_begin(struct sim *s)
{
    s->ndepts = 1 + sim_roll(s, SIM_DEPTS);
    for (size_t i = 0; i < s->ndepts; i++)
        s->depts[i] = operator_add_dept(s);
    for (unsigned i = 0; i < SIM_CLIENTS; i++) {
        struct sim_client *c = &s->clients[i];

        c->index = i;
        c->is_agent = i < SIM_AGENTS;
        c->up_at_ms = s->now_ms + (int64_t)sim_roll(s, 10000);
        c->ip = (unsigned)sim_roll(s, 9);
        if (!c->is_agent)
            continue;
        c->id = operator_add_agent(s, i);
        for (size_t d = 0; d < s->ndepts; d++)
            if (sim_chance(s, 60))
                operator_set_member(s, c->id, s->depts[d], true);
    }
}

void people_step(struct sim *s)
{
    for (unsigned i = 0; i < SIM_CLIENTS; i++) {
        struct sim_client *c = &s->clients[i];

        if (!c->up) {
            if (c->up_at_ms <= s->now_ms)
                people_connect(s, c);
            continue;
        }
        if (!s->quiet && sim_chance(s, 2)) {
            people_drop(s, c);
            continue;
        }
        if (s->quiet || !sim_chance(s, 25))
            continue;
        if (c->is_agent)
            agent_step(s, c);
        else
            visitor_step(s, c);
    }
    if (!s->quiet && sim_chance(s, 4))
        operator_step(s);
}

bool people_wait(const struct sim *s)
{
    for (unsigned i = 0; i < SIM_CLIENTS; i++)
        if (!s->clients[i].up || s->clients[i].npending > 0)
            return true;
    return s->npackets > 0;
}

int64_t people_next_ms(const struct sim *s)
{
    int64_t next_ms = INT64_MAX;

    for (size_t i = 0; i < s->npackets; i++)
        if (s->packets[i].at_ms < next_ms)
            next_ms = s->packets[i].at_ms;
    for (unsigned i = 0; i < SIM_CLIENTS; i++)
        if (!s->clients[i].up && s->clients[i].up_at_ms < next_ms)
            next_ms = s->clients[i].up_at_ms;
    return next_ms;
}

void people_fini(struct sim *s)
{
    for (unsigned i = 0; i < SIM_CLIENTS; i++) {
        free(s->clients[i].seen);
        free(s->clients[i].fate);
    }
    free(s->packets);
    free(s->todo);
}
