/*
 * The ways in: connections come and go, messages become calls of commands.  What a command does is
 * in the files of its kind; how an answer goes out is in answer.c.
 */
#include "api_int.h"

#define WS_VISITOR_PREFIX "/w/"

int64_t api_now(const struct api *api)
{
    return api->env.now_ms(api->env.arg);
}

static void config_defaults(struct api_config *c)
{
    if (c->rates.chats_per_hour == 0)
        c->rates.chats_per_hour = 30;
    if (c->rates.chats_per_address == 0)
        c->rates.chats_per_address = 10;
    if (c->rates.left_per_hour == 0)
        c->rates.left_per_hour = 300;
    if (c->rates.stored_per_hour == 0)
        c->rates.stored_per_hour = 512u << 20;
    if (c->rates.messages_per_minute == 0)
        c->rates.messages_per_minute = 240;
    if (c->rates.sign_ins_per_minute == 0)
        c->rates.sign_ins_per_minute = 20;
    if (c->rates.commands_per_minute == 0)
        c->rates.commands_per_minute = 1200;
    if (c->version == NULL)
        c->version = "";
}

struct api *api_new(const struct api_env *env)
{
    struct api *api = xcalloc(1, sizeof(*api));

    api->env = *env;
    config_defaults(&api->env.config);
    TAILQ_INIT(&api->dispatchers);
    TAILQ_INIT(&api->asks);
    TAILQ_INIT(&api->sign_ins);
    TAILQ_INIT(&api->searches);
    TAILQ_INIT(&api->reports);
    store_secret(env->store, api->secret);
    api->started_ms = api_now(api);
    return api;
}

void api_configure(struct api *api, const struct api_config *config)
{
    api->env.config = *config;
    config_defaults(&api->env.config);
    buf_fini(&api->openapi); /* what it tells may have changed */
    api->norigins_told = 0;
}

struct client *client_find(const struct api *api, uint64_t id)
{
    return map_find(&api->clients, id);
}

struct client *client_new(struct api *api, uint64_t id, enum client_kind kind)
{
    struct client *cn = xcalloc(1, sizeof(*cn));

    ensure(client_find(api, id) == NULL);
    cn->id = id;
    cn->kind = kind;
    map_put(&api->clients, id, cn);
    return cn;
}

static void dispatcher_gone(struct api *api, struct client *cn)
{
    TAILQ_REMOVE(&api->dispatchers, cn, dispatcher_link);
    if (!api->stopping)
        asks_gone(api, cn->id);
}

static void client_free(struct api *api, struct client *cn)
{
    map_del(&api->clients, cn->id);
    if (cn->dispatcher)
        dispatcher_gone(api, cn);
    free(cn->browser);
    free(cn->host);
    free(cn);
}

void api_on_gone(struct api *api, uint64_t id)
{
    struct client *cn = client_find(api, id);

    if (cn == NULL)
        return;
    watch_gone(api->env.watch, id);
    client_free(api, cn);
}

void api_free(struct api *api)
{
    uint64_t key;
    void *value;

    if (api == NULL)
        return;
    api->stopping = true;
    for (size_t at = 0; map_next(&api->clients, &at, &key, &value); at = 0)
        client_free(api, value);
    asks_fini(api);
    canned_index_fini(api);
    sign_ins_fini(api);
    searches_fini(api);
    reports_fini(api);
    map_fini(&api->clients);
    seen_fini(api);
    rate_fini(&api->rate);
    buf_fini(&api->openapi);
    free(api);
}

void api_stopping(struct api *api)
{
    api->stopping = true;
}

/* upgrades */

/* Takes "/w/CODE" off the front of a path; SPAN_NONE if it does not begin so. */
struct span path_code(struct span path, struct span *rest)
{
    const size_t n = sizeof(WS_VISITOR_PREFIX) - 1;
    const char *slash;

    if (path.len <= n || memcmp(path.p, WS_VISITOR_PREFIX, n) != 0)
        return SPAN_NONE;
    slash = memchr(path.p + n, '/', path.len - n);
    if (slash == NULL)
        return SPAN_NONE;
    *rest = (struct span){slash, (size_t)(path.p + path.len - slash)};
    return (struct span){path.p + n, (size_t)(slash - path.p) - n};
}

/* The department behind the visitors' door: one look-up for codes of every kind. */
const struct dept *door_find(struct api *api, struct span code, const struct ipaddr *ip)
{
    const struct dept *d = core_dept_by_code(api->env.core, code);
    const struct block *b = core_block_match(api->env.core, ip, api_now(api));

    return b == NULL ? d : NULL;
}

bool visitor_is_blocked(const struct api *api, const struct conv *cv)
{
    return core_block_match(api->env.core, &cv->ip, api_now(api)) != NULL;
}

/*
 * Behind a code that is no door any more: the department, private or deleted, for whoever shows the
 * token of a chat that came in by it.  Nobody else learns that the code was ever one.
 */
const struct dept *door_by_token(struct api *api, struct span code, struct span token,
                                 const struct ipaddr *ip)
{
    const struct dept *d;
    struct conv_ref ref;
    uint64_t chat;

    if (core_block_match(api->env.core, ip, api_now(api)) != NULL ||
        !token_read(api, token, &chat) || conv_open(api->env.view, chat, &ref) != ERR_OK)
        return NULL;
    d = visitor_is_blocked(api, ref.cv) ? NULL : core_entry(api->env.core, ref.cv);
    conv_done(&ref);
    return d != NULL && span_is(code, d->code) ? d : NULL;
}

static err_t visitor_upgrade(struct api *api, uint64_t id, const struct api_request *rq,
                             struct span code, struct fault *f)
{
    const struct dept *d = door_find(api, code, &rq->ip);
    struct client *cn;

    if (d == NULL)
        d = door_by_token(api, code, token_offered(rq->protocols), &rq->ip);
    if (d == NULL)
        return fault_refuse(f, ERR_NOTFOUND, NULL, REFUSE_NONE);
    if (!origin_may_visit(api, d, rq->origin, rq->host))
        return fault_refuse(f, ERR_DENIED, NULL, REFUSE_OTHER_WEBSITE);
    cn = client_new(api, id, CLIENT_VISITOR);
    cn->ip = rq->ip;
    cn->entry = d->id;
    cn->browser = span_dup(span_head(rq->browser, UA_MAX_BYTES));
    watch_visitor_came(api->env.watch, id, d->id, &rq->ip);
    return ERR_OK;
}

/* The session behind a cookie, if it may still be used. */
const struct session *session_find(const struct api *api, struct span cookie,
                                   uint8_t hash[HASH_BYTES])
{
    uint8_t token[KEY_BYTES];
    size_t len;

    if (b64url_decode(cookie, token, sizeof(token), &len) != ERR_OK || len != sizeof(token))
        return NULL;
    hash_bytes(hash, (struct span){(const char *)token, len}, NULL);
    return session_check(api, hash, false);
}

const struct session *session_check(const struct api *api, const uint8_t hash[HASH_BYTES],
                                    bool bearer)
{
    const struct session *s = core_session_by_token(api->env.core, hash);
    const struct agent *ag = s != NULL ? core_agent(api->env.core, s->agent) : NULL;

    if (ag == NULL || !ag->enabled || s->is_token != bearer)
        return NULL;
    if (s->until_ms <= api_now(api) && (s->until_ms != 0 || !bearer))
        return NULL;
    return s;
}

static err_t agent_upgrade(struct api *api, uint64_t id, const struct api_request *rq,
                           struct fault *f)
{
    bool bearer = bearer_is_there(rq);
    uint8_t hash[HASH_BYTES];
    const struct session *s;
    struct client *cn;
    int64_t retry_ms;
    err_t err;

    if (bearer && (err = bearer_take(api, rq, &s, f, &retry_ms)) != ERR_OK)
        return err;
    if (!bearer && !origin_is_own(api, rq->origin, rq->host))
        return origin_refuse(api, rq->origin, rq->host, REFUSE_OWN_PAGES, f);
    if (!bearer && (s = session_find(api, rq->cookie, hash)) == NULL)
        return fault_refuse(f, ERR_AUTH, NULL, REFUSE_NONE);
    cn = client_new(api, id, CLIENT_AGENT);
    cn->ip = rq->ip;
    cn->bearer = bearer;
    memcpy(cn->token_hash, s->token_hash, sizeof(cn->token_hash));
    cn->host = span_dup(rq->host);
    if (s->until_ms != 0 && s->until_ms < api->session_poll_ms)
        api->session_poll_ms = s->until_ms;
    watch_agent_came(api->env.watch, id, s->agent, s->id,
                     !bearer || (s->permissions & TOKEN_SELF) != 0);
    return ERR_OK;
}

err_t nameless_refuse(struct api *api, const struct api_request *rq, struct fault *f)
{
    unsigned suppressed;

    if (log_allowed(&api->nameless_log, 1, &suppressed))
        log_warn("proxy.nameless", "reason=%s suppressed=%u",
                 log_quote(rq->nameless, strlen(rq->nameless)), suppressed);
    return fault_refuse_with(f, ERR_MALFORMED, NULL, REFUSE_NAMELESS, VALUES(OF_STR(rq->nameless)));
}

err_t api_on_upgrade(struct api *api, uint64_t id, const struct api_request *rq, struct fault *f)
{
    struct span rest, code;

    if (rq->nameless != NULL)
        return nameless_refuse(api, rq, f);
    if (span_is(rq->path, "/api/v1/ws"))
        return agent_upgrade(api, id, rq, f);
    code = path_code(rq->path, &rest);
    if (code.len > 0 && span_is(rest, "/ws"))
        return visitor_upgrade(api, id, rq, code, f);
    return fault_refuse(f, ERR_NOTFOUND, NULL, REFUSE_NONE);
}

/* messages */

static bool is_hex(struct span s)
{
    for (size_t i = 0; i < s.len; i++)
        if ((s.p[i] < '0' || s.p[i] > '9') && (s.p[i] < 'a' || s.p[i] > 'f'))
            return false;
    return true;
}

/* A random UUID as text: version 4 of RFC 9562 section 5.4. */
static bool is_uuid4(struct span id)
{
    static const char form[] = "xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx";
    bool fits = id.len == sizeof(form) - 1;

    for (size_t i = 0; fits && i < id.len; i++)
        fits = form[i] == 'x'   ? is_hex((struct span){id.p + i, 1})
               : form[i] == 'y' ? strchr("89ab", id.p[i]) != NULL
                                : id.p[i] == form[i];
    return fits;
}

/* The form that holds 128 random bits: so many that nobody comes upon another's. */
bool id_is_random(struct span id)
{
    if (id.len < CLIENT_ID_RANDOM_DIGITS)
        return false;
    return is_uuid4(id) ||
           is_hex((struct span){id.p + id.len - CLIENT_ID_RANDOM_DIGITS, CLIENT_ID_RANDOM_DIGITS});
}

/*
 * Fingerprint of who sends under which id.  A stranger without a conversation is known by nothing
 * but his id, and is told the token of what he began: so only an id of the random form is one; how
 * random its digits are is the sender's affair, and cannot be seen here.  0: it is not known again.
 */
uint64_t call_cid(const struct call *c)
{
    bool stranger = c->who.kind == BY_VISITOR && c->who.id == 0;
    struct buf b = {0};
    uint64_t cid;

    if (c->id.len == 0 || c->verb->type == CMD_COUNT || (stranger && !id_is_random(c->id)))
        return 0;
    buf_addf(&b, "%d %llu %llu ", c->who.kind, (unsigned long long)c->who.id,
             (unsigned long long)(stranger ? c->entry : 0));
    buf_add_span(&b, c->id);
    cid = hash_u64(buf_span(&b), c->api->secret);
    buf_fini(&b);
    return cid != 0 ? cid : 1;
}

/* strangers: whether those at the doors of sign-in are counted, too, by their address. */
static bool call_rate(struct call *c, bool strangers, int64_t *retry_ms)
{
    const struct api_rates *r = &c->api->env.config.rates;
    struct api *api = c->api;
    int64_t now = api_now(api);

    if (c->as == AS_VISITOR || (c->as == AS_DOOR && strangers))
        return rate_take(&api->rate, rate_key_ip("message", &c->ip), r->messages_per_minute, 60000,
                         now, retry_ms);
    if (c->as == AS_AGENT)
        return rate_take(&api->rate, rate_key_id("agent", c->who.id), r->commands_per_minute, 60000,
                         now, retry_ms);
    return true;
}

/* One more that was refused unseen. */
static void client_strike(struct client *cn, struct call *c)
{
    int64_t now = api_now(c->api);

    if (c->via != VIA_WS)
        return;
    if (now - cn->strikes_ms >= 60000) {
        cn->strikes_ms = now;
        cn->strikes = 0;
    }
    if (++cn->strikes == STRIKES_PER_MINUTE)
        watch_close(c->api->env.watch, cn->id, 1008, "too many commands that had to be refused");
}

static void call_too_fast(struct call *c, int64_t retry_ms)
{
    struct fault f;

    fault_refuse(&f, ERR_RATE, NULL, REFUSE_NONE);
    call_fail_retry(c, &f, retry_ms);
    client_strike(c->client, c);
}

void call_bad(struct call *c, const struct fault *f)
{
    int64_t retry_ms;

    if (!call_rate(c, true, &retry_ms)) {
        call_too_fast(c, retry_ms);
        return;
    }
    call_fail(c, f);
    client_strike(c->client, c);
}

void call_run(struct call *c)
{
    int64_t retry_ms;

    c->cid = call_cid(c);
    if (!call_rate(c, false, &retry_ms)) {
        call_too_fast(c, retry_ms);
        return;
    }
    c->verb->run(c);
    ensure(c->state != ANSWER_OWED || c->verb->silent);
}

static void call_text(struct call *c, struct span text)
{
    struct fault f;

    if (call_parse(c, text, &f) == ERR_OK) {
        call_run(c);
    } else {
        call_bad(c, &f);
        if (c->root == NULL && c->via == VIA_WS)
            watch_close(c->api->env.watch, c->conn_id, 1008, "not JSON");
    }
    call_fini(c);
}

void api_on_message(struct api *api, uint64_t id, struct span text)
{
    struct client *cn = client_find(api, id);
    struct call c = {.api = api, .via = VIA_WS, .conn_id = id, .client = cn};

    if (cn == NULL || cn->kind == CLIENT_CONTROL)
        return;
    if (cn->strikes >= STRIKES_PER_MINUTE)
        return; /* about to be closed */
    c.ip = cn->ip;
    if (cn->kind == CLIENT_VISITOR) {
        c.as = AS_VISITOR;
        c.entry = cn->entry;
        c.browser = span_of(cn->browser);
        c.who = (struct principal){.kind = BY_VISITOR, .id = watch_bound(api->env.watch, id)};
    } else {
        const struct session *s = session_check(api, cn->token_hash, cn->bearer);

        if (s == NULL) {
            watch_close(api->env.watch, id, 4401, "signed out");
            return;
        }
        c.as = AS_AGENT;
        c.host = span_of(cn->host);
        c.who = (struct principal){.kind = BY_AGENT, .id = s->agent, .session = s->id};
        session_used(api, s);
    }
    call_text(&c, text);
}

void api_on_line(struct api *api, uint64_t id, struct span line)
{
    struct client *cn = client_find(api, id);
    struct call c = {.api = api, .via = VIA_LINE, .as = AS_CONTROL, .conn_id = id};

    if (cn == NULL)
        cn = client_new(api, id, CLIENT_CONTROL);
    c.client = cn;
    c.who.kind = BY_OPERATOR;
    if (!span_is_utf8(line)) {
        call_refuse(&c, ERR_MALFORMED, NULL, REFUSE_ENCODING);
        return;
    }
    call_text(&c, line);
}

void api_wake(struct api *api)
{
    struct client *cn;

    TAILQ_FOREACH (cn, &api->dispatchers, dispatcher_link)
        api->env.out.send_line(api->env.out.arg, cn->id, SPAN_LIT("{\"ev\":\"wake\"}"));
}
