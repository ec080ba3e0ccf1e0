/* What agents may do: subscriptions, reading, and the commands of a conversation.  Mails: mails.c.
 */
#include "api_int.h"

static uint64_t pos_now(const struct call *c)
{
    return turn_folded_pos(c->api->env.turn);
}

/* me */

static void colleagues_write(struct jw *j, struct api *api, const struct agent *me)
{
    size_t n = 0;

    jw_key(j, "agents");
    jw_arr(j);
    for (uint64_t id = 0; n < ME_AGENTS_MAX && core_next_agent(api->env.core, &id);) {
        const struct agent *ag = core_agent(api->env.core, id);
        bool near = me->role == ROLE_ADMIN || ag == me;

        /* Both are sorted by department. */
        for (size_t a = 0, b = 0; !near && a < me->nmembers && b < ag->nmembers;) {
            if (me->members[a].dept == ag->members[b].dept)
                near = true;
            else if (me->members[a].dept < ag->members[b].dept)
                a++;
            else
                b++;
        }
        if (!near || !ag->enabled)
            continue;
        view_colleague(j, api, ag);
        n++;
    }
    jw_arr_end(j);
}

static void departments_write(struct jw *j, struct api *api, const struct agent *me)
{
    jw_key(j, "departments");
    jw_arr(j);
    if (me->role == ROLE_ADMIN) {
        for (uint64_t id = 0; core_next_dept(api->env.core, &id);)
            view_me_dept(j, api, core_dept(api->env.core, id));
    } else {
        for (size_t i = 0; i < me->nmembers; i++) {
            const struct dept *d = core_dept(api->env.core, me->members[i].dept);
            if (d != NULL)
                view_me_dept(j, api, d);
        }
    }
    jw_arr_end(j);
}

static void offers_write(struct jw *j, struct api *api, struct agent_ix *ix, const struct agent *ag)
{
    const struct track *tr;

    jw_key(j, "offers");
    jw_arr(j);
    TAILQ_FOREACH (tr, &ix->held, agent_link) {
        const struct conv *cv = core_conv(api->env.core, tr->conv);

        if (!tr->offered || cv == NULL)
            continue;
        jw_obj(j);
        view_offer(j, api, cv, ag);
        jw_obj_end(j);
    }
    jw_arr_end(j);
}

void notices_write(struct jw *j, const struct api *api)
{
    jw_key(j, "notices");
    jw_arr(j);
    for (size_t i = 0; i < api->nnotices; i++) {
        jw_obj(j);
        jw_k_str(j, "code", api->notices[i].code);
        jw_k_str(j, "text", api->notices[i].text);
        if (api->notices[i].about[0] != '\0')
            jw_k_str(j, "about", api->notices[i].about);
        jw_obj_end(j);
    }
    jw_arr_end(j);
}

void view_me(struct jw *j, struct api *api, const struct agent *ag)
{
    struct agent_ix *ix = agent_ix_get(api, ag->id);

    jw_obj(j);
    jw_key(j, "agent");
    view_me_agent(j, api, ag);
    jw_key(j, "portal");
    view_portal(j, api);
    departments_write(j, api, ag);
    colleagues_write(j, api, ag);
    offers_write(j, api, ix, ag);
    jw_key(j, "counts");
    view_counts(j, api, ix, ag);
    notices_write(j, api);
    jw_obj_end(j);
    agent_ix_release(api, ix);
}

static void me_subscribe(struct call *c)
{
    struct sub want = {.topic = TOPIC_ME};
    struct buf b = {0};
    struct jw j = {.b = &b};

    if (sub_find(c->conn, &want) == NULL)
        sub_new(c->api, c->conn, &want);
    view_me(&j, c->api, core_agent(c->api->env.core, c->who.id));
    call_ok(c, pos_now(c), buf_span(&b));
    buf_fini(&b);
}

/* a conversation */

bool conv_take(struct call *c, enum action action, struct conv_ref *ref)
{
    const char *why = "";
    err_t err = conv_open(c->api, c->arg[ARG_CONVERSATION].id, ref);

    if (err == ERR_OK) {
        err = rights_may(c->api->env.core, &c->who, action, ref->cv, &why);
        if (err == ERR_OK)
            return true;
        conv_done(ref);
    }
    if (err == ERR_NOTFOUND)
        why = "there is no such conversation";
    call_refuse(c, err, "conversation", why);
    return false;
}

static void conv_answer(struct call *c, const struct conv *cv, const struct line_want *want)
{
    struct buf b = {0};
    struct jw j = {.b = &b};
    bool more = false;
    err_t err;

    jw_obj(&j);
    jw_key(&j, "head");
    view_head(&j, c->api, cv, conv_may(c->api, &c->who, cv));
    jw_key(&j, "lines");
    err = lines_write(&j, c->api, cv, want, &more);
    if (err == ERR_OK) {
        jw_k_bool(&j, "more", more);
        jw_key(&j, "mails");
        if (mails_may(c->api, &c->who, cv))
            mails_write(&j, c->api, cv->id);
        else
            jw_raw(&j, SPAN_LIT("[]"));
        jw_obj_end(&j);
        call_ok(c, pos_now(c), buf_span(&b));
    } else {
        call_refuse(c, err, "conversation", NULL);
    }
    buf_fini(&b);
}

static void conv_subscribe(struct call *c)
{
    struct line_want want = {.after = (uint32_t)c->arg[ARG_SEQ].i, .max = LINES_MAX};
    struct sub like = {.topic = TOPIC_CONV};
    struct conv_ref ref;

    if (!c->arg[ARG_CONVERSATION].has) {
        call_refuse(c, ERR_INVAL, "conversation", "subscribe needs it for this topic");
        return;
    }
    if (!conv_take(c, ACT_SEE, &ref))
        return;
    like.track = track_get(c->api, ref.cv->id);
    if (sub_find(c->conn, &like) == NULL) {
        if (c->conn->nsubs >= SUBS_PER_CONN) {
            track_release(c->api, like.track);
            conv_done(&ref);
            call_refuse(c, ERR_FULL, "topic", "too many subscriptions on this connection");
            return;
        }
        sub_new(c->api, c->conn, &like);
    }
    conv_answer(c, ref.cv, &want);
    conv_done(&ref);
}

void run_subscribe(struct call *c)
{
    if (c->via != VIA_WS)
        call_refuse(c, ERR_UNSUPPORTED, NULL, "subscriptions live on a WebSocket");
    else if (span_is(c->arg[ARG_TOPIC].s, "me"))
        me_subscribe(c);
    else if (span_is(c->arg[ARG_TOPIC].s, "list"))
        lists_subscribe(c);
    else if (span_is(c->arg[ARG_TOPIC].s, "conversation"))
        conv_subscribe(c);
    else
        call_refuse(c, ERR_INVAL, "topic", "one of me, list, conversation is expected");
}

void run_unsubscribe(struct call *c)
{
    struct sub like = {.topic = TOPIC_ME}, *sub;

    if (c->via != VIA_WS) {
        call_refuse(c, ERR_UNSUPPORTED, NULL, "subscriptions live on a WebSocket");
        return;
    }
    if (span_is(c->arg[ARG_TOPIC].s, "list")) {
        lists_unsubscribe(c);
        return;
    }
    if (span_is(c->arg[ARG_TOPIC].s, "conversation")) {
        like.topic = TOPIC_CONV;
        like.track = map_find(&c->api->tracks, c->arg[ARG_CONVERSATION].id);
    } else if (!span_is(c->arg[ARG_TOPIC].s, "me")) {
        call_refuse(c, ERR_INVAL, "topic", "one of me, list, conversation is expected");
        return;
    }
    sub = like.topic == TOPIC_CONV && like.track == NULL ? NULL : sub_find(c->conn, &like);
    if (sub != NULL)
        sub_free(c->api, sub);
    call_ok(c, pos_now(c), SPAN_NONE);
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

static void line_numbers(struct jw *j, const struct call *c, const struct answer *a)
{
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
    cmd.text = c->arg[ARG_TEXT].has ? c->arg[ARG_TEXT].s : c->arg[ARG_REASON].s;
    cmd.value = c->arg[ARG_N].i;
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
    cmd.text = c->arg[ARG_COVER].s;
    cmd.email = c->arg[ARG_TO].s;
    cmd.lines = c->ids;
    cmd.nlines = c->nids;
    cmd.with_notes = c->arg[ARG_WITH_NOTES].i != 0;
    if (!conv_take(c, ACT_FORWARD, &ref))
        return;
    err = lines_check(c->api, ref.cv, cmd.lines, cmd.nlines, cmd.with_notes, &f);
    conv_done(&ref);
    if (err == ERR_OK &&
        !rate_take(&c->api->rate, key, FORWARDS_PER_HOUR, 3600000, api_now(c->api), &retry_ms))
        err = fault_set(&f, ERR_RATE, NULL, "at most %d an hour", FORWARDS_PER_HOUR);
    if (err != ERR_OK)
        call_fail_retry(c, &f, retry_ms);
    else
        call_command(c, &cmd, line_numbers);
}

void run_agent_status(struct call *c)
{
    struct cmd cmd;

    call_cmd(c, &cmd);
    for (unsigned s = STATUS_OFFLINE; s <= STATUS_AWAY; s++) {
        if (!span_is(c->arg[ARG_STATUS].s, agent_status_word(s)))
            continue;
        cmd.status = s;
        cmd.agent = c->arg[ARG_AGENT].has ? c->arg[ARG_AGENT].id : c->who.id;
        call_command(c, &cmd, NULL);
        return;
    }
    call_refuse(c, ERR_INVAL, "status", "one of available, busy, away, offline is expected");
}

/* blocks */

static void block_made(struct jw *j, const struct call *c, const struct answer *a)
{
    jw_k_id(j, "block", c->arg[ARG_BLOCK].has ? c->arg[ARG_BLOCK].id : a->id);
    if (a->unchanged)
        jw_k_bool(j, "unchanged", true);
}

void run_block_add(struct call *c)
{
    struct cmd cmd;
    struct fault f;

    call_cmd(c, &cmd);
    cmd.conv = c->arg[ARG_CONVERSATION].id;
    cmd.text = c->arg[ARG_REASON].s;
    cmd.until_ms = c->arg[ARG_UNTIL_MS].i;
    if (c->arg[ARG_CONVERSATION].has == c->arg[ARG_PREFIX].has) {
        call_refuse(c, ERR_INVAL, "conversation", "either conversation or prefix is needed");
        return;
    }
    if (c->arg[ARG_PREFIX].has && ipprefix_parse(c->arg[ARG_PREFIX].s, &cmd.prefix, &f) != ERR_OK) {
        snprintf(f.field, sizeof(f.field), "prefix");
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

/* Administrators see all of them, others those of their departments, if they may block. */
static bool block_may_see(const struct call *c, const struct block *b)
{
    const struct agent *ag;

    if (rights_may(c->api->env.core, &c->who, ACT_ADMIN, NULL, NULL) == ERR_OK)
        return true;
    ag = core_agent(c->api->env.core, c->who.id);
    if (ag == NULL || (ag->permissions & BIT(PERM_BLOCK)) == 0)
        return false;
    for (size_t i = 0; i < ag->nmembers; i++)
        if (ag->members[i].dept == b->dept)
            return true;
    return false;
}

void run_block_list(struct call *c)
{
    size_t max = c->arg[ARG_MAX].has ? (size_t)c->arg[ARG_MAX].i : LINES_MAX, n = 0;
    uint64_t next = 0, last = c->arg[ARG_CURSOR].id;
    struct buf b = {0};
    struct jw j = {.b = &b};

    jw_obj(&j);
    jw_key(&j, "rows");
    jw_arr(&j);
    for (uint64_t id = last; core_next_block(c->api->env.core, &id); last = id) {
        const struct block *block = core_block(c->api->env.core, id);

        if (!block_may_see(c, block))
            continue;
        if (n == max) {
            next = last;
            break;
        }
        view_block(&j, c->api, block);
        n++;
    }
    jw_arr_end(&j);
    jw_k_id(&j, "cursor", next);
    jw_obj_end(&j);
    call_ok(c, pos_now(c), buf_span(&b));
    buf_fini(&b);
}
