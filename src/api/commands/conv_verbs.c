/*
 * What agents do about conversations: reading, the commands of a conversation, their own status,
 * blocks.  Subscriptions are in subscribe.c, mails in mails.c.
 */
#include "api_int.h"

/* a conversation */

bool conv_take(struct call *c, enum action action, struct conv_ref *ref)
{
    enum refusal why = REFUSE_NONE;
    err_t err = conv_open(c->api->env.view, c->arg[ARG_CONVERSATION].id, ref);

    if (err == ERR_OK) {
        err = rights_may(c->api->env.core, &c->who, action, ref->cv, &why);
        if (err == ERR_OK)
            return true;
        conv_done(ref);
    }
    if (err == ERR_NOTFOUND)
        why = REFUSE_CONVERSATION_UNKNOWN;
    call_refuse_action(c, err, "conversation", why, action);
    return false;
}

void conv_answer(struct call *c, const struct conv *cv, const struct line_want *want)
{
    struct buf b = {0};
    struct jw j = {.b = &b};
    bool more = false;
    err_t err;

    jw_obj(&j);
    jw_key(&j, "head");
    view_head(&j, c->api->env.view, cv, conv_may(c->api->env.view, &c->who, cv));
    jw_key(&j, "lines");
    err = lines_write(&j, c->api, cv, want, &more);
    if (err == ERR_OK) {
        jw_k_bool(&j, "more", more);
        jw_key(&j, "mails");
        view_mails(&j, c->api->env.view, cv->id);
        jw_k_int(&j, "got", watch_got_n(c->api->env.watch, cv->id));
        drafts_write(&j, c, cv->id);
        jw_obj_end(&j);
        call_ok_now(c, buf_span(&b));
    } else {
        call_refuse(c, err, "conversation", REFUSE_NONE);
    }
    buf_fini(&b);
}

void run_conv_read(struct call *c)
{
    struct line_want want = {.before = (uint32_t)c->arg[ARG_BEFORE].i, .max = LINES_MAX};
    struct conv_ref ref;

    if (c->arg[ARG_MAX].has && c->arg[ARG_MAX].i < LINES_MAX)
        want.max = (size_t)c->arg[ARG_MAX].i;
    if (!conv_take(c, ACT_SEE, &ref))
        return;
    conv_answer(c, ref.cv, &want);
    conv_done(&ref);
}

/* commands */

/* What it was typed as goes with it, once: what was typed since a repeat's first answer stays. */
static void draft_done(const struct call *c, const struct answer *a)
{
    static const enum draft_kind kinds[CMD_COUNT] = {
        [CMD_CHAT_SEND] = DRAFT_REPLY, [CMD_CONV_NOTE] = DRAFT_NOTE, [CMD_CONV_MAIL] = DRAFT_MAIL};

    if (c->arg[ARG_DRAFT].i != 0 && !a->repeated)
        draft_sent(c, c->arg[ARG_CONVERSATION].id, kinds[c->verb->type]);
}

static void line_numbers(struct jw *j, const struct call *c, const struct answer *a)
{
    draft_done(c, a);
    if (c->verb->type == CMD_CHAT_SEND)
        jw_k_int(j, "n", a->n);
    jw_k_int(j, "seq", a->seq);
}

void run_conv_command(struct call *c)
{
    bool line = c->verb->type == CMD_CHAT_SEND || c->verb->type == CMD_CONV_NOTE ||
                c->verb->type == CMD_CONV_MAIL;
    struct cmd cmd;

    call_cmd(c, &cmd);
    cmd.conv = c->arg[ARG_CONVERSATION].id;
    if (line)
        cmd.line = (struct cmd_line){c->arg[ARG_TEXT].s, c->ids, c->nids};
    else if (cmd.type == CMD_CHAT_SEEN)
        cmd.seen.n = c->arg[ARG_N].i;
    else if (cmd.type == CMD_CHAT_END)
        cmd.end.undo = c->arg[ARG_UNDO].i != 0;
    call_command(c, &cmd, line ? line_numbers : NULL);
}

void run_conv_forward(struct call *c)
{
    const uint64_t key = rate_key_id("forward", c->who.id);
    struct conv_ref ref;
    struct fault f = {0};
    struct cmd cmd;
    int64_t retry_ms = 0;
    err_t err;

    call_cmd(c, &cmd);
    cmd.conv = c->arg[ARG_CONVERSATION].id;
    cmd.forward = (struct cmd_forward){
        .to = c->arg[ARG_TO].s,
        .text = c->arg[ARG_TEXT].s,
        .lines = c->ids,
        .nlines = c->nids,
        .with_notes = c->arg[ARG_WITH_NOTES].i != 0,
    };
    if (!conv_take(c, ACT_FORWARD, &ref))
        return;
    err = lines_check(c->api, ref.cv, c->ids, c->nids, cmd.forward.with_notes, &f);
    conv_done(&ref);
    if (err == ERR_OK &&
        !rate_take(&c->api->rate, key, FORWARDS_PER_HOUR, 3600000, api_now(c->api), &retry_ms))
        err = fault_refuse_with(&f, ERR_RATE, NULL, REFUSE_RATE_HOUR,
                                VALUES(OF_INT(FORWARDS_PER_HOUR)));
    if (err != ERR_OK)
        call_fail_retry(c, &f, retry_ms);
    else
        call_command(c, &cmd, line_numbers);
}

/* an answer by mail */

#define DRAFT_ASK_MS 10000

/* The newest record that the dispatcher can read: it sees what is on the disk. */
static uint64_t conv_pos_durable(const struct call *c, const struct conv *cv)
{
    const struct turn *turn = c->api->env.turn;
    uint64_t pos = cv->last_pos;
    struct rec rec;

    while (pos > turn_durable_pos(turn) && turn_read(turn, pos, &rec) == ERR_OK)
        pos = rec.prev;
    return pos;
}

static void draft_fields(struct jw *j, const struct call *c)
{
    struct conv_ref ref;

    ensure(conv_open(c->api->env.view, c->arg[ARG_CONVERSATION].id, &ref) == ERR_OK);
    jw_k_id(j, "from", conv_pos_durable(c, ref.cv));
    jw_k_id(j, "agent", c->who.id);
    jw_k_id(j, "department", ref.cv->entry);
    jw_k_str(j, "lang", lang_word(ref.cv->lang));
    conv_done(&ref);
}

void run_mail_draft(struct call *c)
{
    struct fault f = {0};
    struct conv_ref ref;

    if (!conv_take(c, ACT_SEE, &ref))
        return;
    err_t err = core_may_mail(c->api->env.core, &c->who, ref.cv, &f);
    conv_done(&ref);
    if (err != ERR_OK)
        call_fail(c, &f);
    else
        ask_dispatcher(c, "draft", DRAFT_ASK_MS, draft_fields);
}

void run_agent_status(struct call *c)
{
    struct cmd cmd;

    call_cmd(c, &cmd);
    for (unsigned s = STATUS_OFFLINE; s <= STATUS_AWAY; s++) {
        if (!span_is(c->arg[ARG_STATUS].s, agent_status_word(s)))
            continue;
        cmd.status.status = s;
        cmd.status.agent = c->arg[ARG_AGENT].has ? c->arg[ARG_AGENT].id : c->who.id;
        call_command(c, &cmd, NULL);
        return;
    }
    call_refuse_with(c, ERR_INVAL, "status", REFUSE_WORD,
                     VALUES(OF_STR("available, busy, away, offline")));
}

/* blocks */

static void block_made(struct jw *j, const struct call *c, const struct answer *a)
{
    jw_k_id(j, "block", c->arg[ARG_BLOCK].has ? c->arg[ARG_BLOCK].id : a->id);
    if (a->unchanged)
        jw_k_bool(j, "unchanged", true);
}

/* Of a conversation that there is none of, core says so. */
static err_t block_asked(struct call *c, const struct ipprefix *prefix, struct fault *f)
{
    struct conv_ref ref;
    err_t err;

    if (c->arg[ARG_PREFIX].has)
        return block_ask(c, prefix, f);
    if (conv_open(c->api->env.view, c->arg[ARG_CONVERSATION].id, &ref) != ERR_OK)
        return ERR_OK;
    err = block_ask_visitor(c, ref.cv, f);
    conv_done(&ref);
    return err;
}

void run_block_add(struct call *c)
{
    struct cmd cmd;
    struct fault f;

    call_cmd(c, &cmd);
    cmd.conv = c->arg[ARG_CONVERSATION].id;
    cmd.block_add.reason = c->arg[ARG_TEXT].s;
    cmd.block_add.until_ms = c->arg[ARG_UNTIL_MS].i;
    if (c->arg[ARG_CONVERSATION].has == c->arg[ARG_PREFIX].has) {
        call_refuse_with(c, ERR_INVAL, "conversation", REFUSE_EITHER,
                         VALUES(OF_STR("conversation"), OF_STR("prefix")));
        return;
    }
    if (c->arg[ARG_PREFIX].has &&
        ipprefix_parse(c->arg[ARG_PREFIX].s, &cmd.block_add.prefix, &f) != ERR_OK) {
        snprintf(f.field, sizeof(f.field), "prefix");
        call_fail(c, &f);
        return;
    }
    if (block_asked(c, &cmd.block_add.prefix, &f) != ERR_OK) {
        call_fail(c, &f);
        return;
    }
    call_command(c, &cmd, block_made);
}

void run_block_remove(struct call *c)
{
    struct cmd cmd;

    call_cmd(c, &cmd);
    cmd.block = c->arg[ARG_BLOCK].id;
    call_command(c, &cmd, block_made);
}

#define BLOCK_LOOKS_MAX 200 /* blocks whose conversation is looked at for one page */

void run_block_list(struct call *c)
{
    size_t max = c->arg[ARG_MAX].has ? (size_t)c->arg[ARG_MAX].i : LINES_MAX, n = 0, looks = 0;
    uint64_t next = 0, last = c->arg[ARG_CURSOR].id;
    const struct core *k = c->api->env.core;
    const struct reader r = reader_of(k, &c->who);
    struct buf b = {0};
    struct jw j = {.b = &b};

    jw_obj(&j);
    jw_key(&j, "rows");
    jw_arr(&j);
    for (uint64_t id = last; audience_has_blocks(&r) && core_next_block(k, &id); last = id) {
        const struct block *block = core_block(k, id);
        unsigned rights;

        if (n == max || looks == BLOCK_LOOKS_MAX) {
            next = last;
            break;
        }
        looks += r.kind == READER_AGENT && block->conv != 0;
        rights = view_block_rights(c->api->env.view, &r, block);
        if ((rights & BIT(BLOCK_SEE)) == 0)
            continue;
        view_block(&j, c->api->env.view, block, rights);
        n++;
    }
    jw_arr_end(&j);
    jw_k_id(&j, "cursor", next);
    jw_obj_end(&j);
    call_ok_now(c, buf_span(&b));
    buf_fini(&b);
}
