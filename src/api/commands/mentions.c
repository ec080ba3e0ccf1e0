/*
 * Mentions: an agent's own, the newest first, and that he has read them.  What he may see of them
 * is the view's to ask, which reads conversations that are over.
 */
#include "api_int.h"

/* What the note says now, unless it cannot be read. */
static struct span note_text(const struct call *c, uint64_t pos, struct buf *mem)
{
    struct span body;
    struct rec note;

    if (turn_body(c->api->env.turn, pos, &body))
        return body_get(body, BODY_TEXT);
    if (turn_read(c->api->env.turn, pos, &note) == ERR_OK)
        return body_get(note.body, BODY_TEXT);
    return view_note_text(c->api->env.view, pos, mem);
}

/* As whoever is mentioned sees them: an agent his own, an operator those of whom he names. */
static bool reader_take(struct call *c, struct reader *r)
{
    const struct core *k = c->api->env.core;
    bool names = c->arg[ARG_AGENT].has;

    if (c->who.kind == BY_AGENT && names && c->arg[ARG_AGENT].id != c->who.id) {
        call_refuse(c, ERR_NOTFOUND, "agent", REFUSE_AGENT_UNKNOWN);
        return false;
    }
    if (c->who.kind != BY_AGENT && !names) {
        call_refuse_with(c, ERR_INVAL, "agent", REFUSE_NEEDED, VALUES(OF_STR(c->verb->word)));
        return false;
    }
    if (c->who.kind != BY_AGENT && core_agent(k, c->arg[ARG_AGENT].id) == NULL) {
        call_refuse(c, ERR_NOTFOUND, "agent", REFUSE_AGENT_UNKNOWN);
        return false;
    }
    *r = c->who.kind == BY_AGENT ? reader_of(k, &c->who) : reader_of_agent(k, c->arg[ARG_AGENT].id);
    return true;
}

/* Gives where to go on; NULL: there is no more. */
static const struct mention *rows_write(struct jw *j, const struct call *c, const struct reader *r,
                                        bool unread)
{
    size_t max = c->arg[ARG_MAX].has ? (size_t)c->arg[ARG_MAX].i : ROWS_DEFAULT, n = 0;
    const struct core *k = c->api->env.core;
    const struct mention *m = NULL, *last = NULL;
    uint64_t from = c->arg[ARG_CURSOR].id;
    struct buf mem = {0};

    while (r->agent != NULL && (m = core_next_mention_of(k, r->agent->id, m)) != NULL) {
        if ((from != 0 && m->id >= from) || (unread && m->read))
            continue;
        if (n == max)
            break;
        n += view_mention(j, c->api->env.view, r, m, note_text(c, m->pos, &mem));
        last = m;
    }
    buf_fini(&mem);
    return m != NULL ? last : NULL;
}

void run_mention_list(struct call *c)
{
    bool unread = span_is(c->arg[ARG_STATE].s, "unread");
    const struct mention *next;
    struct reader r;
    struct buf b = {0};
    struct jw j = {.b = &b};

    if (c->arg[ARG_STATE].has && !unread) {
        call_refuse_with(c, ERR_INVAL, "state", REFUSE_WORD, VALUES(OF_STR("unread")));
        return;
    }
    if (!reader_take(c, &r))
        return;
    jw_obj(&j);
    jw_key(&j, "rows");
    jw_arr(&j);
    next = rows_write(&j, c, &r, unread);
    jw_arr_end(&j);
    jw_k_id(&j, "cursor", next != NULL ? next->id : 0);
    jw_k_int(&j, "unread", (int64_t)view_mentions_unread(c->api->env.view, &r));
    jw_obj_end(&j);
    call_ok_now(c, buf_span(&b));
    buf_fini(&b);
}

/* Those that he has not read, of what he says that he has seen. */
static size_t seen_by(const struct call *c, uint64_t *ids)
{
    const struct reader r = reader_of(c->api->env.core, &c->who);
    bool line = c->arg[ARG_LINE].has, conv = c->arg[ARG_CONVERSATION].has;
    const struct mention *m = NULL;
    size_t n = 0;

    while (n < MENTIONS_PER_AGENT_MAX &&
           (m = core_next_mention_of(c->api->env.core, c->who.id, m)) != NULL)
        if (!m->read && (!conv || m->conv == c->arg[ARG_CONVERSATION].id) &&
            (!line || m->seq <= (uint64_t)c->arg[ARG_LINE].i) &&
            view_has_mention(c->api->env.view, &r, m))
            ids[n++] = m->id;
    return n;
}

static void read_answer(struct jw *j, const struct call *c, const struct answer *a)
{
    const struct reader r = reader_of(c->api->env.core, &c->who);

    jw_k_int(j, "unread", (int64_t)view_mentions_unread(c->api->env.view, &r));
    if (a->unchanged)
        jw_k_bool(j, "unchanged", true);
}

void run_mention_read(struct call *c)
{
    uint64_t ids[MENTIONS_PER_AGENT_MAX] = {c->arg[ARG_MENTION].id};
    struct cmd cmd;

    if (c->arg[ARG_MENTION].has && c->arg[ARG_CONVERSATION].has) {
        call_refuse_with(c, ERR_INVAL, "conversation", REFUSE_NO_FIELD, VALUES(OF_STR("mention")));
        return;
    }
    call_cmd(c, &cmd);
    cmd.mention = (struct cmd_mention){.mentions = ids,
                                       .nmentions = c->arg[ARG_MENTION].has ? 1 : seen_by(c, ids)};
    call_command(c, &cmd, read_answer);
}
