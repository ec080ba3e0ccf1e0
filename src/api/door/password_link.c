/*
 * One-time links to choose a password: given to an administrator, or mailed to the agent.  Only a
 * link's hash is kept; a mailed one leaves here sealed for the dispatcher and in no answer.
 */
#include "api_int.h"

struct password_link {
    char token[48];
    uint8_t hash[HASH_BYTES];
    struct buf sealed;
};

static void link_new(struct password_link *l)
{
    uint8_t token[KEY_BYTES];

    *l = (struct password_link){.token = ""};
    random_fill(token, sizeof(token));
    b64url_encode(l->token, token, sizeof(token));
    hash_bytes(l->hash, (struct span){(const char *)token, sizeof(token)}, NULL);
    explicit_bzero(token, sizeof(token));
}

static void link_end(struct password_link *l)
{
    explicit_bzero(l->token, sizeof(l->token));
    buf_fini(&l->sealed);
}

static void link_url(const struct password_link *l, struct span base, struct buf *out)
{
    buf_add_span(out, base);
    buf_addf(out, "/console/#link=%s", l->token);
}

/* Nobody but the dispatcher can read it from here on. */
static void link_seal(struct password_link *l, const struct api *api)
{
    uint8_t key[KEY_BYTES];
    struct buf url = {0};

    link_url(l, span_of(api->env.view->public_url), &url);
    store_seal_key(api->env.store, key);
    seal(&l->sealed, buf_span(&url), key);
    explicit_bzero(url.p, url.len);
    buf_fini(&url);
}

static struct cmd_link link_until(const struct password_link *l, int64_t until_ms)
{
    return (struct cmd_link){
        .hash = {(const char *)l->hash, sizeof(l->hash)},
        .secret = buf_span(&l->sealed),
        .until_ms = until_ms,
    };
}

/* Mails of one account are few, whoever asks for them. */
static bool mail_rate(struct api *api, uint64_t agent, int64_t *retry_ms)
{
    return rate_take(&api->rate, rate_key_id("link-mail", agent), LINK_MAILS_PER_HOUR, 3600000,
                     api_now(api), retry_ms);
}

/* by an administrator */

static void agent_made(struct jw *j, const struct call *c, const struct answer *a)
{
    jw_k_id(j, "agent", a->id);
    if (c->arg[ARG_INVITE].i != 0)
        jw_k_bool(j, "mailed", true);
}

void run_agent_add(struct call *c)
{
    struct password_link l = {.token = ""};
    struct cmd cmd;

    call_cmd(c, &cmd);
    cmd.agent_add = (struct cmd_agent_add){
        .changes = c->changes,
        .nchanges = c->nchanges,
        .members = c->members,
        .nmembers = c->nmembers,
    };
    if (c->arg[ARG_INVITE].i != 0) {
        link_new(&l);
        link_seal(&l, c->api);
        cmd.agent_add.link = link_until(&l, api_now(c->api) + INVITATION_MS);
    }
    call_command(c, &cmd, agent_made);
    link_end(&l);
}

static void link_mailed(struct jw *j, const struct call *c, const struct answer *a)
{
    const struct agent *ag = core_agent(c->api->env.core, a->id);

    jw_k_id(j, "agent", a->id);
    jw_k_bool(j, "mailed", true);
    if (ag != NULL)
        jw_k_int(j, "until_ms", ag->link_until_ms);
}

static void link_mail(struct call *c)
{
    struct api *api = c->api;
    const struct agent *ag = core_agent(api->env.core, c->arg[ARG_AGENT].id);
    bool first = ag != NULL && ag->password[0] == 0;
    struct password_link l;
    struct cmd cmd;
    struct fault f;
    int64_t retry_ms;

    if (ag != NULL && !mail_rate(api, ag->id, &retry_ms)) {
        fault_refuse(&f, ERR_RATE, NULL, REFUSE_RATE_LINKS);
        call_fail_retry(c, &f, retry_ms);
        return;
    }
    link_new(&l);
    link_seal(&l, api);
    call_cmd(c, &cmd);
    cmd.agent_link.agent = c->arg[ARG_AGENT].id;
    cmd.agent_link.link = link_until(&l, api_now(api) + (first ? INVITATION_MS : LINK_MS));
    call_command(c, &cmd, link_mailed);
    link_end(&l);
}

/* Where people reach the console: as configured, or as the asker reached us. */
static void link_write(struct jw *j, const struct call *c, const struct password_link *l)
{
    const char *url = c->api->env.view->public_url;
    struct buf base = {0}, text = {0};

    if (url[0] != 0)
        buf_add_str(&base, url);
    else if (c->host.len > 0)
        buf_addf(&base, "http%s://%.*s", c->secure ? "s" : "", (int)c->host.len, c->host.p);
    link_url(l, buf_span(&base), &text);
    jw_k_span(j, "link", buf_span(&text));
    buf_fini(&base);
    buf_fini(&text);
}

struct link_call {
    struct call *c;
    struct password_link l;
};

static void link_made(void *arg, const struct cmd *cmd, const struct answer *a)
{
    struct link_call *lc = arg;
    struct buf b = {0};
    struct jw j = {.b = &b};

    if (a->err != ERR_OK) {
        call_fail(lc->c, a->fault);
        return;
    }
    jw_obj(&j);
    link_write(&j, lc->c, &lc->l);
    jw_k_int(&j, "until_ms", cmd->agent_link.link.until_ms);
    jw_obj_end(&j);
    call_ok(lc->c, a->pos, buf_span(&b));
    buf_fini(&b);
}

/* A repeat cannot give the first link again, so it makes a new one. */
static void link_show(struct call *c)
{
    struct link_call lc = {.c = c};
    struct cmd cmd;

    link_new(&lc.l);
    c->cid = 0;
    call_cmd(c, &cmd);
    cmd.agent_link.agent = c->arg[ARG_AGENT].id;
    cmd.agent_link.link = link_until(&lc.l, api_now(c->api) + LINK_MS);
    turn_command(c->api->env.turn, &cmd, api_now(c->api), link_made, &lc);
    link_end(&lc.l);
}

void run_agent_link(struct call *c)
{
    if (c->arg[ARG_MAIL].i != 0)
        link_mail(c);
    else
        link_show(c);
}

/* by whoever stands at the door */

static void ask_done(void *arg, const struct cmd *cmd, const struct answer *a)
{
    (void)arg;
    if (a->err == ERR_OK)
        log_info("password.asked", "agent=%llu", (unsigned long long)cmd->agent_link.agent);
    else
        log_info("password.not-mailed", "agent=%llu err=%s field=%s",
                 (unsigned long long)cmd->agent_link.agent, err_code(a->err),
                 a->fault != NULL ? a->fault->field : "");
}

static bool ask_rate(struct call *c, struct span email)
{
    struct api *api = c->api;
    int64_t now = api_now(api), retry_ms;
    struct fault f;

    if (rate_take(&api->rate, rate_key_ip("password-ask", &c->ip), PASSWORD_ASKS_PER_HOUR, 3600000,
                  now, &retry_ms) &&
        rate_take(&api->rate, rate_key_id("password-ask", email_fingerprint(email)),
                  LINK_MAILS_PER_HOUR, 3600000, now, &retry_ms))
        return true;
    fault_refuse(&f, ERR_RATE, NULL, REFUSE_RATE_ATTEMPTS);
    call_fail_retry(c, &f, retry_ms);
    return false;
}

/*
 * Whether there is such an account must not show, neither in the answer nor in the time it takes:
 * so a link is made and sealed for nobody, too, and the answer is given first: it rests on no
 * position, and does not wait until the mail's is durable.  It promises nothing that a crash could
 * break: no mail came, and one asks again.  The link goes by the configured address: the Host of a
 * stranger's request is the stranger's.
 */
void run_password_ask(struct call *c)
{
    struct api *api = c->api;
    struct span email = span_trim(c->arg[ARG_EMAIL].s);
    const struct agent *ag;
    struct cmd cmd = {.type = CMD_AGENT_LINK, .who = {.kind = BY_SYSTEM}};
    struct password_link l;
    int64_t retry_ms;

    if (!ask_rate(c, email))
        return;
    call_ok(c, 0, SPAN_NONE);
    ag = core_agent_by_email(api->env.core, email);
    link_new(&l);
    link_seal(&l, api);
    if (ag != NULL && ag->enabled && mail_rate(api, ag->id, &retry_ms)) {
        cmd.agent_link = (struct cmd_agent_link){.agent = ag->id,
                                                 .link = link_until(&l, api_now(api) + LINK_MS)};
        turn_command(api->env.turn, &cmd, api_now(api), ask_done, NULL);
    }
    link_end(&l);
}
