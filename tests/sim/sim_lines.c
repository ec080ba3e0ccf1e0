/*
 * The lines between people and the gateway, and a gateway's edge that is as thin as can be: what is
 * sent, lost, sent again, held until it is durable, shown.  What a client notices is checked here.
 */
#include "sim.h"

#include "deskbell/tlv.h"

uint64_t sim_mix(uint64_t a, uint64_t b)
{
    uint64_t h = (a + 0x9e3779b97f4a7c15u) * 0xbf58476d1ce4e5b9u ^ (b + 0x94d049bb133111ebu);

    h = (h ^ (h >> 31)) * 0x94d049bb133111ebu;
    return (h ^ (h >> 29)) | 1;
}

static struct span text_of(const struct sim_request *rq)
{
    return span_of(rq->text);
}

static void packet_push(struct sim *s, const struct sim_packet *p)
{
    if (s->npackets == s->packets_cap) {
        s->packets_cap = s->packets_cap != 0 ? 2 * s->packets_cap : 64;
        s->packets = xrealloc(s->packets, s->packets_cap * sizeof(*s->packets));
    }
    s->packets[s->npackets++] = *p;
}

/* On one line nothing overtakes; between lines everything may. */
static int64_t arrival(struct sim *s, int64_t *last_ms)
{
    int64_t at_ms = s->now_ms + (int64_t)sim_roll(s, sim_chance(s, 3) ? 4000 : 40);

    if (at_ms < *last_ms)
        at_ms = *last_ms;
    *last_ms = at_ms;
    return at_ms;
}

static void line_up(struct sim *s, struct sim_client *c, const struct sim_request *rq)
{
    struct sim_packet p = {.kind = PACKET_REQUEST, .client = c->index, .gen = c->gen, .rq = *rq};

    if (!c->up)
        return;
    p.at_ms = arrival(s, &c->sent_ms);
    packet_push(s, &p);
    if (!s->quiet && sim_chance(s, 3)) { /* sent twice */
        p.at_ms = arrival(s, &c->sent_ms);
        packet_push(s, &p);
    }
}

void client_send(struct sim *s, struct sim_client *c, struct sim_request rq)
{
    if (c->npending == SIM_PENDING)
        return;
    rq.number = ++c->next_number;
    if (rq.type == CMD_CHAT_SEND)
        snprintf(rq.text, sizeof(rq.text), "%u %llu", c->index, (unsigned long long)++c->next_line);
    c->pending[c->npending++] = rq;
    line_up(s, c, &rq);
}

uint8_t *line_fate(struct sim_client *c, uint64_t k)
{
    if (k >= c->fate_cap) {
        size_t cap = 2 * (size_t)k + 16;

        c->fate = xrealloc(c->fate, cap);
        memset(c->fate + c->fate_cap, 0, cap - c->fate_cap);
        c->fate_cap = cap;
    }
    return &c->fate[k];
}

static uint64_t line_number(const struct sim_request *rq)
{
    const char *blank = strchr(rq->text, ' ');

    ensure(blank != NULL);
    return strtoull(blank + 1, NULL, 10);
}

static void todo_add(struct sim *s, enum cmd_type type, uint64_t id)
{
    if (s->ntodo == s->todo_cap) {
        s->todo_cap = s->todo_cap != 0 ? 2 * s->todo_cap : 64;
        s->todo = xrealloc(s->todo, s->todo_cap * sizeof(*s->todo));
    }
    s->todo[s->ntodo++] = (struct sim_todo){type, id};
}

void people_connect(struct sim *s, struct sim_client *c)
{
    if (c->up || s->down)
        return;
    c->up = true;
    c->gen++;
    c->sent_ms = c->got_ms = s->now_ms;
    if (c->is_agent) {
        todo_add(s, CMD_AGENT_CONNECT, c->id);
    } else if (c->id != 0) {
        struct sim_packet p = {
            .kind = PACKET_RESUME, .client = c->index, .gen = c->gen, .id = c->id, .n = c->last_n};

        p.at_ms = arrival(s, &c->sent_ms);
        packet_push(s, &p);
    }
    for (size_t i = 0; i < c->npending; i++)
        line_up(s, c, &c->pending[i]);
}

/* What was on its way is lost, in both directions. */
void people_drop(struct sim *s, struct sim_client *c)
{
    if (!c->up)
        return;
    s->did.drops++;
    c->up = false;
    c->up_at_ms = s->now_ms + (int64_t)sim_roll(s, sim_chance(s, 10) ? 120000 : 3000);
    if (!s->down && c->is_agent)
        todo_add(s, CMD_AGENT_LEAVE, c->id);
    if (!s->down && c->bound != 0)
        todo_add(s, CMD_CHAT_LEAVE, c->bound);
    c->bound = 0;
}

void people_crash(struct sim *s)
{
    for (unsigned i = 0; i < SIM_CLIENTS; i++) {
        struct sim_client *c = &s->clients[i];

        if (c->up)
            c->up_at_ms = s->now_ms + (int64_t)sim_roll(s, 5000);
        c->up = false;
        c->bound = 0;
    }
    s->ntodo = 0;
    s->npackets = 0;
}

/* the gateway's side */

struct reply {
    struct sim *s;
    struct sim_packet packet;
};

static void let_go(void *arg, bool durable)
{
    struct reply *r = arg;
    struct sim *s = r->s;
    struct sim_client *c = &s->clients[r->packet.client];

    if (durable && c->up && c->gen == r->packet.gen) {
        r->packet.at_ms = arrival(s, &c->got_ms);
        packet_push(s, &r->packet);
    }
    free(r);
}

static void hold(struct sim *s, const struct sim_packet *packet)
{
    struct reply *r = xmalloc(sizeof(*r));

    *r = (struct reply){s, *packet};
    turn_hold(s->turn, let_go, r);
}

static void hold_line(struct sim *s, const struct sim_client *c, uint32_t n, uint64_t pos)
{
    hold(s, &(struct sim_packet){
                .kind = PACKET_LINE, .client = c->index, .gen = c->gen, .n = n, .pos = pos});
}

void people_on_record(struct sim *s, const struct rec *rec)
{
    if (rec->obj_type != OBJ_CONV || rec->n == 0)
        return;
    for (unsigned i = SIM_AGENTS; i < SIM_CLIENTS; i++)
        if (s->clients[i].up && s->clients[i].bound == rec->obj)
            hold_line(s, &s->clients[i], rec->n, rec->pos);
}

/* From here on the line shows the conversation: what it missed, then what comes. */
static void show_conv(struct sim *s, struct sim_client *c, uint64_t conv, uint32_t last_n)
{
    const struct shadow *sh = shadow_find(s, conv);

    if (c->bound == conv || sh == NULL)
        return;
    for (uint32_t n = last_n + 1; n <= sh->n; n++)
        hold_line(s, c, n, sh->lines[n - 1]);
    c->bound = conv;
    todo_add(s, CMD_CHAT_CONNECT, conv);
}

static void keep_answer(void *arg, const struct cmd *cmd, const struct answer *a)
{
    struct sim_packet *p = arg;

    (void)cmd;
    p->err = a->err;
    p->id = a->id;
    p->n = a->n;
    p->pos = a->pos;
    p->repeated = a->repeated;
}

static const uint64_t first_line[] = {1};

static void ring_fields(const struct sim *s, const struct sim_request *rq, struct cmd_ring *ring)
{
    *ring = (struct cmd_ring){
        .dept = rq->dept,
        .previous = rq->previous,
        .met = again_met(s, rq),
        .text = text_of(rq),
        .name = SPAN_LIT("Hanako"),
        .email = SPAN_LIT("hanako@example.com"),
        .question = rq->number % 3 == 0 ? SPAN_LIT("please help") : SPAN_LIT("?"),
        .lang = rq->number % 2 == 0 ? LANG_JA : LANG_EN,
    };
    ring->ip.b[10] = ring->ip.b[11] = 0xff;
    ring->ip.b[12] = 192;
    ring->ip.b[15] = (uint8_t)rq->ip;
}

/* What a request's numbers mean to its command. */
static void fill_cmd(const struct sim *s, const struct sim_client *c, const struct sim_request *rq,
                     struct cmd *cmd)
{
    switch (rq->type) {
    case CMD_CHAT_START:
    case CMD_CHAT_LEAVE_MESSAGE:
        ring_fields(s, rq, &cmd->ring);
        if (rq->type == CMD_CHAT_START || rq->conv == 0)
            cmd->who.id = 0;
        break;
    case CMD_AGENT_STATUS:
        cmd->status = (struct cmd_status){.agent = c->id, .status = (enum agent_status)rq->value};
        break;
    case CMD_CHAT_SEND:
    case CMD_CONV_NOTE:
    case CMD_CONV_MAIL:
        cmd->line.text = text_of(rq);
        break;
    case CMD_CONV_TAG:
    case CMD_CONV_UNTAG:
    case CMD_TASK_ADD:
    case CMD_TASK_SET:
    case CMD_TASK_DONE:
    case CMD_TASK_REOPEN:
    case CMD_TASK_REMOVE:
        work_fill(rq, cmd);
        break;
    case CMD_CONV_ASSIGN:
        cmd->assign = (struct cmd_assign){.agent = (uint64_t)rq->value, .holder = rq->dept};
        break;
    case CMD_CONV_TIME:
        cmd->time = (struct cmd_time){.agent = c->id, .ms = rq->value};
        break;
    case CMD_CONV_REOPEN:
        cmd->assign = (struct cmd_assign){.agent = (uint64_t)rq->value};
        break;
    case CMD_CONV_BOX:
        cmd->box = (struct cmd_box){.box = (enum box)rq->value, .was = (enum box)rq->dept};
        break;
    case CMD_CONV_TRANSFER:
        cmd->transfer = (struct cmd_transfer){
            .agent = (uint64_t)rq->value, .dept = rq->dept, .text = text_of(rq)};
        break;
    case CMD_CHAT_END:
        cmd->end.undo = rq->value != 0;
        break;
    case CMD_CHAT_SEEN:
        cmd->seen.n = rq->value;
        break;
    case CMD_CHAT_FEEDBACK:
        cmd->feedback = (struct cmd_feedback){.rating = rq->value, .comment = text_of(rq)};
        break;
    case CMD_CHAT_COPY:
        cmd->copy.to = SPAN_LIT("hanako@example.com");
        break;
    case CMD_CONV_FORWARD:
        cmd->forward = (struct cmd_forward){.to = SPAN_LIT("hanako@example.com"),
                                            .text = text_of(rq),
                                            .lines = first_line,
                                            .nlines = COUNT_OF(first_line)};
        break;
    default: /* nothing but which conversation */
        break;
    }
}

static void make_cmd(const struct sim *s, const struct sim_client *c, const struct sim_request *rq,
                     struct cmd *cmd)
{
    *cmd = (struct cmd){
        .type = rq->type,
        .who = {.kind = c->is_agent ? BY_AGENT : BY_VISITOR, .id = c->id},
        .cid = sim_mix(c->index, rq->number),
        .chash = sim_mix(rq->type, sim_mix(rq->conv, (uint64_t)rq->value)),
        .conv = rq->conv,
    };
    fill_cmd(s, c, rq, cmd);
}

static void gateway_request(struct sim *s, struct sim_client *c, const struct sim_packet *in)
{
    struct sim_packet out = {
        .kind = PACKET_ANSWER, .client = c->index, .gen = c->gen, .rq = in->rq};
    uint64_t mentions[SIM_AGENTS];
    struct rec line;
    struct cmd cmd;

    make_cmd(s, c, &in->rq, &cmd);
    mention_fill(s, &in->rq, mentions, &cmd);
    if ((cmd.type == CMD_LINE_EDIT || cmd.type == CMD_LINE_REMOVE) &&
        !edit_fill(s, &in->rq, &cmd, &line))
        out.err = ERR_NOTFOUND;
    else
        turn_command(s->turn, &cmd, s->told.now_ms, keep_answer, &out);
    s->did.repeats += out.repeated;
    if (out.err != ERR_OK && in->rq.type == CMD_CHAT_SEND)
        *line_fate(c, line_number(&in->rq)) |= LINE_REFUSED;
    hold(s, &out);
    if (out.err == ERR_OK && in->rq.type == CMD_CHAT_START)
        show_conv(s, c, out.id, 0);
}

/* Who came and went is told until it is taken. */
void people_todo(struct sim *s)
{
    size_t n = s->ntodo;

    s->ntodo = 0;
    for (size_t i = 0; i < n && !s->lost; i++) {
        struct cmd cmd = {.type = s->todo[i].type, .agent = s->todo[i].id, .conv = s->todo[i].id};
        struct sim_packet answer = {0};

        turn_command(s->turn, &cmd, s->told.now_ms, keep_answer, &answer);
        if (answer.err == ERR_READONLY || answer.err == ERR_BUSY)
            s->todo[s->ntodo++] = s->todo[i];
    }
}

/* the client's side */

static void client_line(struct sim *s, struct sim_client *c, const struct sim_packet *p)
{
    if (p->n <= c->last_n) {
        if (c->seen[p->n - 1] != p->pos)
            sim_fail(s, "RTE-9: line %u is another one than was shown before", p->n);
        return;
    }
    if (p->n != c->last_n + 1)
        sim_fail(s, "RTE-9: line %u is shown after %u", p->n, c->last_n);
    if (p->pos > s->disk.nrecs)
        sim_fail(s, "line %u is shown before it is on disk", p->n);
    if (c->last_n == c->seen_cap) {
        c->seen_cap = c->seen_cap != 0 ? 2 * c->seen_cap : 16;
        c->seen = xrealloc(c->seen, c->seen_cap * sizeof(*c->seen));
    }
    c->seen[c->last_n++] = p->pos;
}

/* RTE-10: what was acknowledged is on disk, with the text and in the order it was written. */
static void check_ack(struct sim *s, struct sim_client *c, const struct sim_packet *p)
{
    const struct shadow *sh = shadow_find(s, p->rq.conv);
    const struct sim_rec *r;
    struct rec rec;
    unsigned index;
    unsigned long long k;

    if (sh == NULL || p->n == 0 || p->n > sh->n)
        sim_fail(s, "an acknowledged line %u is not there", p->n);
    r = disk_rec(s, sh->lines[p->n - 1]);
    if (r == NULL || rec_decode(sh->lines[p->n - 1], (struct span){r->rec, r->rec_len},
                                (struct span){r->body, r->body_len}, &rec) != ERR_OK)
        sim_fail(s, "RTE-10: an acknowledged line %u is not on disk", p->n);
    if (!span_eq(sim_said(&rec), text_of(&p->rq)))
        sim_fail(s, "RTE-9: line %u was acknowledged for another text", p->n);
    if (sscanf(p->rq.text, "%u %llu", &index, &k) != 2 || k <= c->acked_line)
        sim_fail(s, "acknowledged out of order: %s", p->rq.text);
    c->acked_line = k;
}

static void client_answer(struct sim *s, struct sim_client *c, const struct sim_packet *p)
{
    size_t at = 0;

    while (at < c->npending && c->pending[at].number != p->rq.number)
        at++;
    if (at == c->npending)
        return; /* answered before: it was sent twice */
    if (p->err == ERR_READONLY || p->err == ERR_BUSY) {
        people_drop(s, c); /* tries again on a new line */
        return;
    }
    if (!c->is_agent && p->rq.conv != 0 && p->rq.conv != c->id && p->err != ERR_NOTFOUND)
        sim_fail(s, "rights: another's conversation answers %s", err_code(p->err));
    if (p->err == ERR_REUSED)
        sim_fail(s, "a repeat is taken for another command");
    if (p->err == ERR_OK && p->rq.type == CMD_CHAT_SEND)
        check_ack(s, c, p);
    memmove(&c->pending[at], &c->pending[at + 1], (--c->npending - at) * sizeof(c->pending[0]));
    if (p->rq.type == CMD_CHAT_START) {
        c->done = p->err != ERR_OK;
        c->id = p->err == ERR_OK ? p->id : 0;
    }
    if (p->rq.type == CMD_CHAT_LEAVE_MESSAGE && p->rq.conv == 0) {
        c->id = p->err == ERR_OK ? p->id : 0;
        c->done = c->id == 0 || sim_chance(s, 70); /* some look again */
    }
}

static bool packet_next(struct sim *s, struct sim_packet *out)
{
    size_t best = s->npackets;

    for (size_t i = 0; i < s->npackets; i++)
        if (s->packets[i].at_ms <= s->now_ms &&
            (best == s->npackets || s->packets[i].at_ms < s->packets[best].at_ms))
            best = i;
    if (best == s->npackets)
        return false;
    *out = s->packets[best];
    memmove(&s->packets[best], &s->packets[best + 1],
            (--s->npackets - best) * sizeof(s->packets[0]));
    return true;
}

void people_receive(struct sim *s)
{
    struct sim_packet p;

    while (!s->lost && packet_next(s, &p)) {
        struct sim_client *c = &s->clients[p.client];

        if (!c->up || c->gen != p.gen)
            continue;
        switch (p.kind) {
        case PACKET_REQUEST:
            gateway_request(s, c, &p);
            break;
        case PACKET_RESUME:
            show_conv(s, c, p.id, p.n);
            break;
        case PACKET_ANSWER:
            client_answer(s, c, &p);
            break;
        case PACKET_LINE:
            client_line(s, c, &p);
            break;
        }
        people_todo(s);
    }
}
