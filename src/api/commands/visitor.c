/*
 * What visitors may do.  A visitor is nobody but the conversation whose token he shows; over a
 * WebSocket the first start or resume binds the connection to it.
 */
#include "api_int.h"

/* The conversation of a token, if it came in by this door; else as if it did not exist. */
static err_t conv_by_token(struct call *c, uint64_t chat, struct span token, struct conv_ref *ref)
{
    err_t err;

    if (!token_is(c->api, chat, token))
        return ERR_NOTFOUND;
    if ((err = conv_open(c->api->env.view, chat, ref)) != ERR_OK)
        return err;
    if (ref->cv->entry == c->entry && !visitor_is_blocked(c->api, ref->cv))
        return ERR_OK;
    conv_done(ref);
    return ERR_NOTFOUND;
}

/* A connection from elsewhere that the conversation was bound to before. */
static bool bound_is_blocked(struct call *c)
{
    struct conv_ref ref;
    bool blocked;

    if (conv_open(c->api->env.view, c->who.id, &ref) != ERR_OK)
        return false;
    blocked = visitor_is_blocked(c->api, ref.cv);
    conv_done(&ref);
    return blocked;
}

/* HTTP: every command shows chat and token; a WebSocket is bound, or binds itself. */
static bool visitor_identify(struct call *c)
{
    struct conv_ref ref;

    if (c->via == VIA_WS) {
        if (c->arg[ARG_CHAT].has || c->arg[ARG_TOKEN].has) {
            call_refuse(c, ERR_MALFORMED, "token", REFUSE_HAS_CONVERSATION);
            return false;
        }
        if (c->who.id == 0) {
            call_refuse(c, ERR_NOTFOUND, NULL, REFUSE_NO_CONVERSATION);
            return false;
        }
        if (!bound_is_blocked(c))
            return true;
        call_refuse(c, ERR_NOTFOUND, "chat", REFUSE_CHAT_UNKNOWN);
        watch_close(c->api->env.watch, c->conn_id, 4403, "refused");
        return false;
    }
    if (!c->arg[ARG_CHAT].has || !c->arg[ARG_TOKEN].has) {
        call_refuse_with(c, ERR_INVAL, c->arg[ARG_CHAT].has ? "token" : "chat", REFUSE_NEEDED,
                         VALUES(OF_STR(c->verb->word)));
        return false;
    }
    if (conv_by_token(c, c->arg[ARG_CHAT].id, c->arg[ARG_TOKEN].s, &ref) != ERR_OK) {
        call_refuse(c, ERR_NOTFOUND, "chat", REFUSE_CHAT_UNKNOWN);
        return false;
    }
    conv_done(&ref);
    c->who.id = c->arg[ARG_CHAT].id;
    c->cid = call_cid(c);
    return true;
}

/* Only a WebSocket has something to bind. */
static void bind_client(struct call *c, uint64_t conv)
{
    if (c->via == VIA_WS)
        watch_bind(c->api->env.watch, c->conn_id, conv);
}

static void state_of(struct jw *j, const struct call *c, uint64_t id)
{
    struct conv_ref ref;
    char token[TOKEN_TEXT];

    token_make(c->api, id, token);
    if (conv_open(c->api->env.view, id, &ref) == ERR_OK) {
        view_visitor_state(j, c->api->env.view, ref.cv);
        conv_done(&ref);
    } else {
        jw_k_id(j, "chat", id);
    }
    jw_k_str(j, "token", token);
}

static void started(struct jw *j, const struct call *c, const struct answer *a)
{
    state_of(j, c, a->id);
}

static bool start_rate(struct call *c)
{
    struct api *api = c->api;
    struct fault f;
    int64_t retry_ms;

    if (rate_take(&api->rate, rate_key_ip("chat", &c->ip), api->env.config.rates.chats_per_hour,
                  3600 * 1000, api_now(api), &retry_ms))
        return true;
    fault_refuse(&f, ERR_RATE, NULL, REFUSE_RATE_CHATS);
    call_fail_retry(c, &f, retry_ms);
    return false;
}

/* A page in a language that the department does not speak: its first is as good as any. */
static enum lang start_lang(const struct call *c, const struct dept *d)
{
    enum lang lang = d->lang;

    if (!c->arg[ARG_LANG].has || !lang_parse(c->arg[ARG_LANG].s, &lang) || !dept_speaks(d, lang))
        return d->lang;
    return lang;
}

static struct cmd_ring start_fields(const struct call *c, const struct dept *d)
{
    return (struct cmd_ring){
        .dept = c->entry,
        .name = c->arg[ARG_NAME].s,
        .email = c->arg[ARG_EMAIL].s,
        .phone = c->arg[ARG_PHONE].s,
        .question = c->arg[ARG_QUESTION].s,
        .text = c->arg[ARG_TEXT].s,
        .page = c->arg[ARG_PAGE].s,
        .title = c->arg[ARG_TITLE].s,
        .referrer = c->arg[ARG_REFERRER].s,
        .agent_string = c->browser,
        .ip = c->ip,
        .lang = start_lang(c, d),
    };
}

/* The door may have become private, or have gone, since the connection was made. */
static const struct dept *start_dept(struct call *c)
{
    const struct dept *d = core_dept(c->api->env.core, c->entry);

    if (d != NULL && d->type == DEPT_PUBLIC)
        return d;
    call_refuse(c, ERR_NOTFOUND, NULL, REFUSE_NONE);
    return NULL;
}

void run_chat_start(struct call *c)
{
    const struct dept *d = start_dept(c);
    uint64_t previous = 0, met = 0;
    struct conv_ref ref;
    struct cmd cmd;

    if (d == NULL || !start_rate(c))
        return;
    /* One that nobody knows any more is no reason to have no chat. */
    if (c->arg[ARG_PREVIOUS].has &&
        conv_by_token(c, c->arg[ARG_PREVIOUS].id, c->arg[ARG_PREVIOUS_TOKEN].s, &ref) == ERR_OK) {
        previous = ref.cv->id;
        met = conv_met(ref.cv);
        conv_done(&ref);
    }
    /* A new chat is rung for by nobody yet, also on a connection that has had one. */
    c->who.id = 0;
    c->cid = call_cid(c);
    call_cmd(c, &cmd);
    cmd.ring = start_fields(c, d);
    cmd.ring.previous = previous;
    cmd.ring.met = met;
    cmd.ring.here = c->via == VIA_WS;
    cmd.ring.open_max = c->api->env.config.rates.chats_per_address;
    if (call_command(c, &cmd, started) == ERR_OK)
        bind_client(c, c->made);
}

/* What nobody reads for now: each fills disk and mailboxes. */
static bool left_rate(struct call *c)
{
    unsigned max = c->api->env.config.rates.left_per_hour;
    int64_t retry_ms;
    struct fault f;

    if (rate_take(&c->api->rate, rate_key_id("left", c->entry), max, HOUR_MS, api_now(c->api),
                  &retry_ms))
        return true;
    fault_refuse_with(&f, ERR_RATE, NULL, REFUSE_MESSAGES_HOUR, VALUES(OF_INT(max)));
    call_fail_retry(c, &f, retry_ms);
    return false;
}

/* Words of a missed visitor belong to what was missed; after any other chat they are new. */
static bool visitor_was_missed(const struct call *c)
{
    struct conv_ref ref;
    bool missed;

    if (c->who.id == 0 || conv_open(c->api->env.view, c->who.id, &ref) != ERR_OK)
        return false;
    missed = ref.cv->state == CONV_MISSED && !visitor_is_blocked(c->api, ref.cv);
    conv_done(&ref);
    return missed;
}

void run_chat_leave_message(struct call *c)
{
    const struct dept *d = start_dept(c);
    struct cmd cmd;

    if (d == NULL)
        return;
    if (c->arg[ARG_CHAT].has && !visitor_identify(c))
        return;
    if (!visitor_was_missed(c)) {
        c->who.id = 0;
        c->cid = call_cid(c);
        if (!start_rate(c))
            return;
    }
    if (!left_rate(c))
        return;
    call_cmd(c, &cmd);
    cmd.ring = start_fields(c, d);
    cmd.conv = c->who.id;
    if (call_command(c, &cmd, started) == ERR_OK)
        bind_client(c, c->made);
}

/* The object goes on: with lines, and ends. */
static void lines_answer(struct call *c, struct jw *j, const struct conv *cv,
                         const struct line_want *want)
{
    bool more = false;
    err_t err;

    jw_key(j, "lines");
    err = lines_write(j, c->api, cv, want, &more);
    if (err != ERR_OK) {
        call_refuse(c, err, NULL, REFUSE_NONE);
        return;
    }
    jw_k_bool(j, "more", more);
    jw_obj_end(j);
    call_ok_now(c, buf_span(j->b));
}

/* One that goes on from another is told with the key to it, to whoever had the key to that; and
 * with what of that he does not have yet. */
static err_t chain_write(struct jw *j, struct call *c, const struct conv_chain *chain)
{
    char token[TOKEN_TEXT];

    token_make(c->api, chain->ids[chain->n - 1], token);
    jw_k_str(j, "token", token);
    return conv_earlier_write(j, c->api, chain, c->arg[ARG_CHAT].id, (uint32_t)c->arg[ARG_N].i);
}

static void resume_answer(struct call *c, const struct conv *cv, const struct conv_chain *chain)
{
    struct line_want want = {.max = LINES_VISITOR_MAX, .visitor = true};
    struct buf b = {0};
    struct jw j = {.b = &b};
    err_t err = ERR_OK;

    jw_obj(&j);
    view_visitor_state(&j, c->api->env.view, cv);
    if (cv->id == c->arg[ARG_CHAT].id)
        want.after = (uint32_t)c->arg[ARG_N].i;
    else
        err = chain_write(&j, c, chain);
    watch_got(c->api->env.watch, cv, want.after);
    jw_k_int(&j, "got", watch_taken_n(c->api->env.watch, cv->id));
    if (err == ERR_OK)
        lines_answer(c, &j, cv, &want);
    else
        call_refuse(c, err, NULL, REFUSE_NONE);
    buf_fini(&b);
}

void run_chat_resume(struct call *c)
{
    struct conv_chain chain;
    struct conv_ref ref;
    uint64_t newest;

    if (conv_by_token(c, c->arg[ARG_CHAT].id, c->arg[ARG_TOKEN].s, &ref) != ERR_OK) {
        call_refuse(c, ERR_NOTFOUND, "chat", REFUSE_CHAT_UNKNOWN);
        return;
    }
    conv_done(&ref);
    conv_chain_find(c->api, c->arg[ARG_CHAT].id, &chain);
    newest = chain.ids[chain.n - 1];
    bind_client(c, newest);
    if (conv_open(c->api->env.view, newest, &ref) != ERR_OK) {
        call_refuse(c, ERR_NOTFOUND, "chat", REFUSE_CHAT_UNKNOWN);
        return;
    }
    resume_answer(c, ref.cv, &chain);
    conv_done(&ref);
}

void run_chat_read(struct call *c)
{
    struct line_want want = {.before = (uint32_t)c->arg[ARG_BEFORE].i, .visitor = true};
    struct conv_ref ref;
    struct buf b = {0};
    struct jw j = {.b = &b};

    want.max = c->arg[ARG_MAX].has ? (size_t)c->arg[ARG_MAX].i : LINES_MAX;
    if (!visitor_identify(c))
        return;
    if (conv_open(c->api->env.view, c->who.id, &ref) != ERR_OK) {
        call_refuse(c, ERR_NOTFOUND, "chat", REFUSE_CHAT_UNKNOWN);
        return;
    }
    jw_obj(&j);
    lines_answer(c, &j, ref.cv, &want);
    buf_fini(&b);
    conv_done(&ref);
}

static void sent(struct jw *j, const struct call *c, const struct answer *a)
{
    jw_k_int(j, "n", a->n);
    if (c->as != AS_VISITOR)
        jw_k_int(j, "seq", a->seq);
}

/* chat.send, chat.seen, chat.end, chat.feedback: of the visitor's own conversation. */
void run_visitor_command(struct call *c)
{
    struct cmd cmd;

    if (!visitor_identify(c))
        return;
    call_cmd(c, &cmd);
    cmd.conv = c->who.id;
    if (cmd.type == CMD_CHAT_SEND)
        cmd.line.text = c->arg[ARG_TEXT].s;
    else if (cmd.type == CMD_CHAT_SEEN)
        cmd.seen.n = c->arg[ARG_N].i;
    else if (cmd.type == CMD_CHAT_FEEDBACK)
        cmd.feedback =
            (struct cmd_feedback){.rating = c->arg[ARG_RATING].i, .comment = c->arg[ARG_COMMENT].s};
    call_command(c, &cmd, c->verb->type == CMD_CHAT_SEND ? sent : NULL);
}

/* A recipient's share first: what it refuses takes nothing from the others. */
static bool copy_rate(struct call *c, const struct conv *cv)
{
    struct span to = cv->email[0] != 0 ? span_of(cv->email) : c->arg[ARG_EMAIL].s;
    const struct {
        uint64_t key;
        unsigned max;
        int64_t period_ms;
        enum refusal why;
    } rates[] = {
        {rate_key_id("copy-to", email_fingerprint(to)), COPIES_PER_RECIPIENT_DAY, DAY_MS,
         REFUSE_COPIES_TO},
        {rate_key_id("copy-of", cv->entry), COPIES_PER_DEPT_HOUR, HOUR_MS, REFUSE_COPIES_OF},
        {rate_key_id("copy-all", 0), COPIES_PER_HOUR, HOUR_MS, REFUSE_COPIES_ALL},
    };
    int64_t retry_ms;
    struct fault f;

    for (size_t i = 0; i < COUNT_OF(rates); i++) {
        if (rate_take(&c->api->rate, rates[i].key, rates[i].max, rates[i].period_ms,
                      api_now(c->api), &retry_ms))
            continue;
        fault_refuse(&f, ERR_RATE, i == 0 ? "email" : NULL, rates[i].why);
        call_fail_retry(c, &f, retry_ms);
        return false;
    }
    return true;
}

/* What core refuses, or has done already, is no mail, and takes from no rate. */
static bool copy_is_new(const struct conv *cv)
{
    return conv_is_answered(cv) && !conv_is_open(cv) && !cv->copy_asked;
}

void run_chat_copy(struct call *c)
{
    struct conv_ref ref;
    struct cmd cmd;
    bool may;

    if (!visitor_identify(c))
        return;
    call_cmd(c, &cmd);
    cmd.conv = c->who.id;
    cmd.copy.to = span_trim(c->arg[ARG_EMAIL].s);
    if (conv_open(c->api->env.view, c->who.id, &ref) != ERR_OK) {
        call_refuse(c, ERR_NOTFOUND, "chat", REFUSE_CHAT_UNKNOWN);
        return;
    }
    may = !copy_is_new(ref.cv) || copy_rate(c, ref.cv);
    conv_done(&ref);
    if (may)
        call_command(c, &cmd, NULL);
}

static void typing_tell(struct call *c, const struct conv *cv)
{
    watch_fleeting(c->api->env.watch,
                   &(struct fleeting){.kind = FLEETING_TYPING, .cv = cv, .who = c->who});
}

void run_visitor_typing(struct call *c)
{
    const struct conv *cv;

    if (!visitor_identify(c))
        return;
    cv = core_conv(c->api->env.core, c->who.id);
    if (c->via == VIA_WS && cv != NULL && cv->state == CONV_ACTIVE)
        typing_tell(c, cv);
    call_ok_now(c, SPAN_NONE);
}

void run_agent_typing(struct call *c)
{
    const struct conv *cv = core_conv(c->api->env.core, c->arg[ARG_CONVERSATION].id);

    if (cv == NULL || rights_may(c->api->env.core, &c->who, ACT_REPLY, cv, NULL) != ERR_OK) {
        call_refuse(c, ERR_NOTFOUND, "conversation", REFUSE_NO_CHAT_TO_WRITE);
        return;
    }
    if (c->via == VIA_WS && cv->state == CONV_ACTIVE)
        typing_tell(c, cv);
    call_ok_now(c, SPAN_NONE);
}

void run_chat_got(struct call *c)
{
    const struct conv *cv;

    if (!visitor_identify(c))
        return;
    cv = core_conv(c->api->env.core, c->who.id);
    if (c->via == VIA_WS && cv != NULL)
        watch_got(c->api->env.watch, cv, (uint32_t)c->arg[ARG_N].i);
    call_ok_now(c, SPAN_NONE);
}

/* Of whoever holds it: a colleague who looks on brings nothing to the one who answers. */
void run_chat_taken(struct call *c)
{
    const struct conv *cv = core_conv(c->api->env.core, c->arg[ARG_CONVERSATION].id);

    if (cv == NULL || rights_may(c->api->env.core, &c->who, ACT_SEE, cv, NULL) != ERR_OK) {
        call_refuse(c, ERR_NOTFOUND, "conversation", REFUSE_CONVERSATION_UNKNOWN);
        return;
    }
    if (!self_may(c))
        return;
    if (c->via == VIA_WS && cv->state == CONV_ACTIVE && cv->agent == c->who.id)
        watch_taken(c->api->env.watch, cv, (uint32_t)c->arg[ARG_N].i);
    call_ok_now(c, SPAN_NONE);
}

void run_chat_page(struct call *c)
{
    const struct conv *cv;

    if (!visitor_identify(c))
        return;
    cv = core_conv(c->api->env.core, c->who.id);
    if (cv != NULL)
        watch_fleeting(c->api->env.watch, &(struct fleeting){.kind = FLEETING_PAGE,
                                                             .cv = cv,
                                                             .who = c->who,
                                                             .page = c->arg[ARG_PAGE].s,
                                                             .title = c->arg[ARG_TITLE].s});
    call_ok_now(c, SPAN_NONE);
}

void run_ping(struct call *c)
{
    call_ok_now(c, SPAN_NONE);
}
