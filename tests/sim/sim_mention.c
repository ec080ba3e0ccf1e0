/*
 * What must hold of mentions: whoever a note speaks to, by what the note says, has it, unread until
 * he has seen it, and nobody else has; nobody is spoken to who may not read it.
 */
#include "sim.h"

void mention_pick(struct sim *s, struct sim_request *rq)
{
    rq->names = true;
    rq->mentions = sim_chance(s, 60) ? (unsigned)sim_roll(s, 1u << SIM_AGENTS) : 0;
    if (sim_chance(s, 70)) /* two at most: rarely may all of them read it */
        rq->mentions = BIT(sim_roll(s, SIM_AGENTS)) & (rq->mentions | BIT(sim_roll(s, SIM_AGENTS)));
}

void mention_edit(struct sim *s, struct sim_request *rq)
{
    for (size_t i = s->nmentions; i-- > 0;)
        if (s->mentions[i].conv == rq->conv && sim_chance(s, 60)) {
            rq->value = s->mentions[i].seq;
            return;
        }
}

/* The ids are in the caller's memory. */
void mention_fill(const struct sim *s, const struct sim_request *rq, uint64_t *ids, struct cmd *cmd)
{
    size_t n = 0;

    if (rq->type == CMD_MENTION_READ) {
        ids[n++] = (uint64_t)rq->value;
        cmd->mention = (struct cmd_mention){.mentions = ids, .nmentions = n};
    }
    if (rq->type != CMD_CONV_NOTE && rq->type != CMD_LINE_EDIT)
        return;
    for (unsigned i = 0; i < SIM_AGENTS; i++)
        if ((rq->mentions & BIT(i)) != 0)
            ids[n++] = s->clients[i].id;
    cmd->line.mentions = ids;
    cmd->line.nmentions = n;
}

/* One of his own, or of somebody else's. */
void mention_step(struct sim *s, struct sim_client *c)
{
    struct sim_request rq = {.type = CMD_MENTION_READ};
    size_t at = s->nmentions > 0 ? sim_roll(s, s->nmentions) : 0;

    for (size_t i = 0; i < s->nmentions; i++) {
        const struct sim_mention *m = &s->mentions[(at + i) % s->nmentions];

        if (m->id == 0 || (m->agent != c->id && !sim_chance(s, 3)))
            continue;
        rq.value = (int64_t)m->id;
        client_send(s, c, rq);
        return;
    }
}

static void fail(const struct sim *s, const struct rec *rec, const char *what)
{
    sim_fail(s, "CNV-9: %s at %llu: %s", rec_word(rec->type), (unsigned long long)rec->pos, what);
}

static struct sim_mention *find(const struct sim *s, uint64_t pos, uint64_t agent)
{
    for (size_t i = 0; i < s->nmentions; i++)
        if (s->mentions[i].pos == pos && s->mentions[i].agent == agent)
            return &s->mentions[i];
    return NULL;
}

static void add(struct sim *s, const struct rec *rec, uint64_t pos, uint64_t agent)
{
    if (s->nmentions == s->mentions_cap) {
        s->mentions_cap = s->mentions_cap != 0 ? 2 * s->mentions_cap : 64;
        s->mentions = xrealloc(s->mentions, s->mentions_cap * sizeof(*s->mentions));
    }
    s->mentions[s->nmentions++] =
        (struct sim_mention){.agent = agent,
                             .conv = rec->obj,
                             .pos = pos,
                             .seq = pos == rec->pos ? rec->seq : rec->edit.seq};
}

/* By what the note at `pos` says from now on. */
static void speaks_to(struct sim *s, const struct rec *rec, uint64_t pos)
{
    uint64_t agents[MENTIONS_PER_LINE_MAX];
    size_t n = body_mentions(rec->body, agents);

    for (size_t i = 0; i < s->nmentions; i++) {
        struct sim_mention *m = &s->mentions[i];
        bool stays = m->pos != pos;

        for (size_t j = 0; j < n; j++)
            stays = stays || agents[j] == m->agent;
        if (!stays)
            *m = s->mentions[--s->nmentions], i--;
    }
    for (size_t j = 0; j < n; j++)
        if (find(s, pos, agents[j]) == NULL && core_agent(s->core, agents[j]) != NULL)
            add(s, rec, pos, agents[j]);
}

/* Read again after a crash, what was changed says from the beginning what it said last. */
static void told(struct sim *s, const struct rec *rec, bool live)
{
    const struct rec_mention *r = &rec->mention;
    struct sim_mention *m = find(s, r->pos, r->agent);
    const struct reader reader = reader_of_agent(s->core, r->agent);
    const struct conv *cv = core_conv(s->core, r->conv);

    if (rec->type == REC_MENTION_ADDED && m != NULL) {
        m->id = rec->obj;
        m->due_ms = r->due_ms;
    }
    if (rec->type == REC_MENTION_DUE && m != NULL) {
        if (live && (m->read || m->told || m->due_ms == 0 || rec->time_ms < m->due_ms))
            fail(s, rec, "it is not due");
        m->told = true;
    }
    if (rec->type == REC_MENTION_READ && m != NULL)
        m->read = true;
    if (!live)
        return;
    if ((m == NULL) != (rec->type == REC_MENTION_REMOVED))
        fail(s, rec, "the note says otherwise");
    if (rec->type != REC_MENTION_REMOVED && rec->type != REC_MENTION_DUE &&
        (cv == NULL || !audience_sees(&reader, cv)))
        fail(s, rec, "he may not read it");
    if (rec->type == REC_MENTION_READ && (rec->who.kind != BY_AGENT || rec->who.id != r->agent))
        fail(s, rec, "it is another's");
    if (rec->type == REC_MENTION_ADDED && rec->who.kind == BY_AGENT && rec->who.id == r->agent)
        fail(s, rec, "he mentions himself");
    s->did.mentioned += rec->type == REC_MENTION_ADDED;
    s->did.unmentioned += rec->type == REC_MENTION_REMOVED;
    s->did.mentions_due += rec->type == REC_MENTION_DUE;
    s->did.mentions_read += rec->type == REC_MENTION_READ;
}

void book_mention(struct sim *s, const struct rec *rec, bool live)
{
    if (rec->obj_type == OBJ_MENTION)
        told(s, rec, live);
    else if (rec->type == REC_CONV_NOTE)
        speaks_to(s, rec, rec->pos);
    else if (rec->type == REC_CONV_EDITED)
        speaks_to(s, rec, rec->edit.pos);
    else if (rec->type == REC_AGENT_DELETED)
        for (size_t i = 0; i < s->nmentions; i++)
            if (s->mentions[i].agent == rec->obj)
                s->mentions[i--] = s->mentions[--s->nmentions];
}

/* Each agent has his own, all of them, the newest first. */
static void check_list(struct sim *s, uint64_t agent)
{
    const struct mention *m = NULL, *last = NULL;
    size_t n = 0, unread = 0;

    for (size_t i = 0; i < s->nmentions; i++) {
        n += s->mentions[i].agent == agent;
        unread += s->mentions[i].agent == agent && !s->mentions[i].read;
    }
    if (core_mention_count(s->core, agent, false) != n ||
        core_mention_count(s->core, agent, true) != unread)
        sim_fail(s, "CNV-9: %llu has other mentions than notes say", (unsigned long long)agent);
    for (; (m = core_next_mention_of(s->core, agent, m)) != NULL; last = m, n--)
        if (last != NULL && last->id <= m->id)
            sim_fail(s, "CNV-9: the mentions of %llu are in no order", (unsigned long long)agent);
    if (n != 0)
        sim_fail(s, "CNV-9: the list of %llu is not all of it", (unsigned long long)agent);
}

void rules_of_mentions(struct sim *s)
{
    for (size_t i = 0; i < s->nmentions; i++) {
        const struct sim_mention *b = &s->mentions[i];
        const struct mention *m = core_mention(s->core, b->id);

        if (m == NULL || m->agent != b->agent || m->conv != b->conv || m->pos != b->pos ||
            m->read != b->read || m->told != b->told)
            sim_fail(s, "CNV-9: the note at %llu mentions %llu, who does not have it so",
                     (unsigned long long)b->pos, (unsigned long long)b->agent);
    }
    for (size_t i = 0; i < s->nmentions && s->told.now_ms >= s->floor_ms; i++)
        if (!s->mentions[i].read && !s->mentions[i].told && s->mentions[i].due_ms != 0 &&
            s->mentions[i].due_ms <= s->told.now_ms)
            sim_fail(s, "CNV-9: nobody is reminded of the note at %llu",
                     (unsigned long long)s->mentions[i].pos);
    for (unsigned i = 0; i < SIM_AGENTS; i++)
        check_list(s, s->clients[i].id);
}
