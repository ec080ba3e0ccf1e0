/*
 * Signing in and out.  Passwords are looked at on another thread, few at a time, after the rate of
 * the address and of the account was found to be low enough; who is unknown costs the same time.
 */
#include "api_int.h"

#define HASHING_MAX 16 /* under way and waiting: 25 ms each */

struct sign_in {
    struct later l;
    uint64_t agent; /* 0: nobody of that address */
    char hash[PASSWORD_HASH_BYTES];
    bool known; /* hash is one */
    char *password;
    size_t password_len;
    bool right;
    /* Setting a password by a link. */
    bool by_link;
    uint8_t link_hash[HASH_BYTES];
};

static void sign_in_free(struct sign_in *s)
{
    s->l.api->nhashing--;
    explicit_bzero(s->password, s->password_len);
    free(s->password);
    later_fini(&s->l);
    free(s);
}

static void sign_in_work(void *ctx)
{
    struct sign_in *s = ctx;
    struct span password = {s->password, s->password_len};

    if (s->by_link)
        password_hash(s->hash, password);
    else
        s->right = password_verify(s->known ? s->hash : NULL, password);
}

static void cookie_format(const struct call *c, const char *value, int64_t max_age_s, char *out,
                          size_t cap)
{
    bool https = c->secure || strncmp(c->api->env.view->public_url, "https://", 8) == 0;

    snprintf(out, cap, "%s=%s; Path=/; Max-Age=%lld; HttpOnly; SameSite=Strict%s", API_COOKIE,
             value, (long long)max_age_s, https ? "; Secure" : "");
}

struct opening {
    struct call *c;
    char cookie[160];
};

static void session_opened(void *arg, const struct cmd *cmd, const struct answer *a)
{
    struct opening *o = arg;
    const struct agent *ag;
    struct buf b = {0};
    struct jw j = {.b = &b};

    if (a->err != ERR_OK) {
        call_fail(o->c, a->fault);
        return;
    }
    ag = core_agent(o->c->api->env.core, cmd->session_open.agent);
    ensure(ag != NULL);
    o->c->set_cookie = o->cookie;
    o->c->who = (struct principal){.kind = BY_AGENT, .id = ag->id};
    log_info("session.opened", "agent=%llu", (unsigned long long)ag->id);
    me_write(&j, o->c->api, ag);
    call_ok(o->c, a->pos, buf_span(&b));
    buf_fini(&b);
}

static void session_open(struct call *c, uint64_t agent)
{
    uint8_t token[KEY_BYTES], hash[HASH_BYTES];
    char text[48];
    struct opening o = {.c = c};
    struct cmd cmd = {.type = CMD_SESSION_OPEN, .session_open.agent = agent};

    random_fill(token, sizeof(token));
    b64url_encode(text, token, sizeof(token));
    hash_bytes(hash, (struct span){(const char *)token, sizeof(token)}, NULL);
    cookie_format(c, text, SESSION_MS / 1000, o.cookie, sizeof(o.cookie));
    cmd.who = (struct principal){.kind = BY_AGENT, .id = agent};
    cmd.session_open.hash = (struct span){(const char *)hash, sizeof(hash)};
    cmd.session_open.until_ms = api_now(c->api) + SESSION_MS;
    turn_command(c->api->env.turn, &cmd, api_now(c->api), session_opened, &o);
}

struct outcome {
    err_t err;
    struct fault f;
};

static void outcome_take(void *arg, const struct cmd *cmd, const struct answer *a)
{
    struct outcome *o = arg;

    (void)cmd;
    o->err = a->err;
    if (a->fault != NULL)
        o->f = *a->fault;
}

static void password_set(struct call *c, const struct sign_in *s)
{
    struct api *api = c->api;
    const struct agent *ag = core_agent_by_link(api->env.core, s->link_hash, api_now(api));
    struct cmd cmd = {.type = CMD_AGENT_PASSWORD, .password.hash = span_of(s->hash)};
    struct outcome o = {0};

    if (ag == NULL) {
        call_refuse(c, ERR_NOTFOUND, "link", "this link was used already, or is too old");
        return;
    }
    cmd.password.agent = ag->id;
    cmd.who = (struct principal){.kind = BY_AGENT, .id = ag->id};
    turn_command(api->env.turn, &cmd, api_now(api), outcome_take, &o);
    if (o.err != ERR_OK)
        call_fail(c, &o.f);
    else
        session_open(c, ag->id);
}

static void sign_in_done(void *ctx)
{
    struct sign_in *s = ctx;
    const struct agent *ag = core_agent(s->l.api->env.core, s->agent);
    struct call c;

    later_call(&s->l, &c);
    if (s->by_link)
        password_set(&c, s);
    else if (!s->right || ag == NULL || !ag->enabled || strcmp(ag->password, s->hash) != 0)
        call_refuse(&c, ERR_AUTH, NULL, "this address and password do not belong together");
    else
        session_open(&c, s->agent);
    sign_in_free(s);
}

static void sign_in_start(struct call *c, struct sign_in *s)
{
    const struct api_env *env = &c->api->env;

    later_init(&s->l, c);
    s->password = span_dup(c->arg[ARG_PASSWORD].s);
    s->password_len = strlen(s->password);
    c->api->nhashing++;
    if (c->api->nhashing <= HASHING_MAX && env->work(env->arg, sign_in_work, sign_in_done, s))
        return;
    later_take_back(&s->l, c);
    sign_in_free(s);
    call_refuse(c, ERR_BUSY, NULL, NULL);
}

static bool sign_in_rate(struct call *c, uint64_t account)
{
    struct api *api = c->api;
    unsigned per_minute = api->env.config.rates.sign_ins_per_minute;
    int64_t now = api_now(api), retry_ms;
    struct fault f;

    if (rate_take(&api->rate, rate_key_ip("sign-in", &c->ip), per_minute, 60000, now, &retry_ms) &&
        rate_take(&api->rate, rate_key_id("account", account), (per_minute + 1) / 2, 60000, now,
                  &retry_ms))
        return true;
    fault_set(&f, ERR_RATE, NULL, "too many attempts");
    call_fail_retry(c, &f, retry_ms);
    return false;
}

void run_session_open(struct call *c)
{
    struct span email = span_trim(c->arg[ARG_EMAIL].s);
    const struct agent *ag;
    struct sign_in *s;

    /* The account's rate goes by the address as typed: whether there is one must not show. */
    if (!sign_in_rate(c, hash_u64(email, NULL)))
        return;
    s = xcalloc(1, sizeof(*s));
    ag = core_agent_by_email(c->api->env.core, email);
    if (ag != NULL && ag->enabled && ag->password[0] != 0) {
        s->agent = ag->id;
        s->known = true;
        memcpy(s->hash, ag->password, sizeof(s->hash));
    }
    sign_in_start(c, s);
}

void run_password(struct call *c)
{
    uint8_t token[KEY_BYTES];
    struct sign_in *s;
    size_t len;

    if (!sign_in_rate(c, hash_u64(c->arg[ARG_LINK].s, NULL)))
        return;
    s = xcalloc(1, sizeof(*s));
    s->by_link = true;
    if (b64url_decode(c->arg[ARG_LINK].s, token, sizeof(token), &len) == ERR_OK)
        hash_bytes(s->link_hash, (struct span){(const char *)token, len}, NULL);
    if (core_agent_by_link(c->api->env.core, s->link_hash, api_now(c->api)) == NULL) {
        free(s);
        call_refuse(c, ERR_NOTFOUND, "link", "this link was used already, or is too old");
        return;
    }
    sign_in_start(c, s);
}

void run_session_show(struct call *c)
{
    struct buf b = {0};
    struct jw j = {.b = &b};

    me_write(&j, c->api, core_agent(c->api->env.core, c->who.id));
    call_ok_now(c, buf_span(&b));
    buf_fini(&b);
}

void run_session_close(struct call *c)
{
    char cookie[160];
    struct cmd cmd = {.type = CMD_SESSION_CLOSE, .who = c->who, .session = c->who.session};

    cookie_format(c, "", 0, cookie, sizeof(cookie));
    c->set_cookie = cookie;
    call_command(c, &cmd, NULL);
}
