/*
 * Sessions: opened for whom sign_in.c let in, shown and closed; the cookies that carry them, and
 * the one by which a browser is known again.
 */
#include "api_int.h"
#include "deskbell/tlv.h"

static void cookie_format(const struct call *c, const char *name, const char *value,
                          int64_t max_age_s, char out[160])
{
    snprintf(out, 160, "%s=%s; Path=/; Max-Age=%lld; HttpOnly; SameSite=Strict%s", name, value,
             (long long)max_age_s, is_https(c->api, c->secure) ? "; Secure" : "");
}

/*
 * A browser that this agent has signed in from: the agent, some random bytes, and a hash that rests
 * on the password, so that a new one makes all browsers strange again.
 */
#define DEVICE_ID_BYTES 8
#define DEVICE_BYTES (8 + DEVICE_ID_BYTES + TOKEN_MAC_BYTES)
#define DEVICE_TEXT 44
#define DEVICE_MS (365LL * 24 * 3600 * 1000)

static void device_mac(const struct api *api, const struct agent *ag, const uint8_t *bytes,
                       uint8_t mac[HASH_BYTES])
{
    struct buf b = {0};

    buf_add_str(&b, "known-browser ");
    buf_add(&b, bytes, 8 + DEVICE_ID_BYTES);
    buf_add_str(&b, ag->password);
    hash_bytes(mac, buf_span(&b), api->secret);
    buf_fini(&b);
}

static void device_make(const struct api *api, const struct agent *ag, char out[DEVICE_TEXT])
{
    uint8_t bytes[DEVICE_BYTES], mac[HASH_BYTES];

    be64_put(bytes, ag->id);
    random_fill(bytes + 8, DEVICE_ID_BYTES);
    device_mac(api, ag, bytes, mac);
    memcpy(bytes + 8 + DEVICE_ID_BYTES, mac, TOKEN_MAC_BYTES);
    b64url_encode(out, bytes, sizeof(bytes));
}

bool device_is_known(const struct api *api, const struct agent *ag, struct span cookie,
                     uint64_t *device)
{
    uint8_t bytes[DEVICE_BYTES], mac[HASH_BYTES];
    size_t len;

    if (ag == NULL || b64url_decode(cookie, bytes, sizeof(bytes), &len) != ERR_OK ||
        len != sizeof(bytes) || be64_get(bytes) != ag->id)
        return false;
    device_mac(api, ag, bytes, mac);
    if (!bytes_equal(mac, bytes + 8 + DEVICE_ID_BYTES, TOKEN_MAC_BYTES))
        return false;
    *device = be64_get(bytes + 8);
    return true;
}

uint64_t source_hash(const struct api *api, const struct ipaddr *ip)
{
    static const char what[] = "signed-in-from ";
    uint8_t in[sizeof(what) + sizeof(ip->b)];
    struct ipprefix net;
    uint64_t hash;

    ipprefix_of(ip, &net);
    memcpy(in, what, sizeof(what));
    memcpy(in + sizeof(what), net.addr.b, sizeof(net.addr.b));
    hash = hash_u64((struct span){(const char *)in, sizeof(in)}, api->secret);
    return hash != 0 ? hash : 1;
}

bool api_is_known(const struct api *api, const struct api_request *rq)
{
    uint8_t bytes[DEVICE_BYTES], hash[HASH_BYTES];
    const struct agent *ag;
    uint64_t unused;
    size_t len;

    if (session_find(api, rq->cookie, hash) != NULL)
        return true;
    if (b64url_decode(rq->device, bytes, sizeof(bytes), &len) != ERR_OK || len != sizeof(bytes))
        return false;
    ag = core_agent(api->env.core, be64_get(bytes));
    return ag != NULL && ag->enabled && device_is_known(api, ag, rq->device, &unused);
}

struct opening {
    struct call *c;
    struct span body; /* the answer; empty: who one is */
    char cookie[160], device[160];
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
    o->c->set_device = o->device;
    o->c->api->signed_in++;
    o->c->who = (struct principal){.kind = BY_AGENT, .id = ag->id};
    log_info("session.opened", "agent=%llu", (unsigned long long)ag->id);
    if (o->body.len == 0)
        me_write(&j, o->c->api, ag);
    call_ok(o->c, a->pos, o->body.len > 0 ? o->body : buf_span(&b));
    buf_fini(&b);
}

void session_open(struct call *c, uint64_t agent)
{
    session_open_with(c, agent, SPAN_NONE);
}

void session_open_with(struct call *c, uint64_t agent, struct span body)
{
    uint8_t token[KEY_BYTES], hash[HASH_BYTES];
    char text[48], device[DEVICE_TEXT];
    struct opening o = {.c = c, .body = body};
    struct cmd cmd = {.type = CMD_SESSION_OPEN, .session_open.agent = agent};

    random_fill(token, sizeof(token));
    b64url_encode(text, token, sizeof(token));
    hash_bytes(hash, (struct span){(const char *)token, sizeof(token)}, NULL);
    cookie_format(c, api_cookie(c->api, c->secure), text, SESSION_MS / 1000, o.cookie);
    device_make(c->api, core_agent(c->api->env.core, agent), device);
    cookie_format(c, api_device_cookie(c->api, c->secure), device, DEVICE_MS / 1000, o.device);
    cmd.who = (struct principal){.kind = BY_AGENT, .id = agent};
    cmd.session_open.hash = (struct span){(const char *)hash, sizeof(hash)};
    cmd.session_open.from = source_hash(c->api, &c->ip);
    cmd.session_open.until_ms = api_now(c->api) + SESSION_MS;
    cmd.session_open.browser = c->browser;
    cmd.session_open.ip = c->ip;
    turn_command(c->api->env.turn, &cmd, api_now(c->api), session_opened, &o);
}

void run_session_show(struct call *c)
{
    struct buf b = {0};
    struct jw j = {.b = &b};

    me_write_for(&j, c->api, core_agent(c->api->env.core, c->who.id), &c->who);
    call_ok_now(c, buf_span(&b));
    buf_fini(&b);
}

void run_session_close(struct call *c)
{
    char cookie[160];
    struct cmd cmd = {.type = CMD_SESSION_CLOSE, .who = c->who, .session = c->who.session};

    cookie_format(c, api_cookie(c->api, c->secure), "", 0, cookie);
    c->set_cookie = cookie;
    call_command(c, &cmd, NULL);
}

/* those that there are */

static void session_row(struct jw *j, const struct call *c, const struct session *s)
{
    static const struct ipaddr nowhere;
    char ip[IPADDR_TEXT];

    jw_obj(j);
    jw_k_id(j, "session", s->id);
    jw_k_int(j, "since_ms", s->since_ms);
    jw_k_int(j, "until_ms", s->until_ms);
    jw_k_int(j, "used_ms", s->used_ms != 0 ? s->used_ms : s->since_ms);
    jw_k_str(j, "browser", s->browser);
    if (memcmp(&s->ip, &nowhere, sizeof(nowhere)) != 0) {
        ipaddr_format(&s->ip, ip);
        jw_k_str(j, "ip", ip);
    }
    jw_k_bool(j, "current", s->id == c->who.session);
    jw_k_bool(j, "here", watch_has_session(c->api->env.watch, s->agent, s->id));
    jw_obj_end(j);
}

void run_session_list(struct call *c)
{
    const struct core *k = c->api->env.core;
    struct buf b = {0};
    struct jw j = {.b = &b};
    uint64_t agent;

    if (!owner_take(c, &agent))
        return;
    jw_obj(&j);
    jw_key(&j, "rows");
    jw_arr(&j);
    for (uint64_t id = 0; core_next_session_of(k, agent, &id);)
        if (core_session(k, id)->until_ms > api_now(c->api))
            session_row(&j, c, core_session(k, id));
    jw_arr_end(&j);
    jw_obj_end(&j);
    call_ok_now(c, buf_span(&b));
    buf_fini(&b);
}

static void session_ended(struct jw *j, const struct call *c, const struct answer *a)
{
    (void)c;
    if (a->unchanged)
        jw_k_bool(j, "unchanged", true);
}

/* One, or all others. */
void run_session_end(struct call *c)
{
    struct cmd cmd;
    uint64_t agent;

    if (!owner_take(c, &agent))
        return;
    if (c->arg[ARG_SESSION].has == (c->arg[ARG_ALL].has && c->arg[ARG_ALL].i != 0)) {
        call_refuse_with(c, ERR_INVAL, "session", REFUSE_NEEDED, VALUES(OF_STR("session.end")));
        return;
    }
    call_cmd(c, &cmd);
    cmd.session_end = (struct cmd_session_end){.agent = agent, .session = c->arg[ARG_SESSION].id};
    call_command(c, &cmd, session_ended);
}
