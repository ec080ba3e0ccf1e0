/*
 * Signing in, and choosing a password by a link or by the present one: who may try how often, and
 * whose password is looked at next.  Passwords are looked at on another thread, few at a time; who
 * is unknown costs the same time.  What follows when one is right is session.c's.
 *
 * Strangers must not keep an agent out by trying, nor come upon a password by trying slowly from
 * everywhere.  So an account's tries are counted for each address for itself; those of all unknown
 * addresses together are few in a minute, with three more for one that has not tried lately, and
 * few in an hour, without exception.  A browser that is known, and an address from which the agent
 * has signed in before, have tries of their own and go on.
 */
#include "api_int.h"

#define HASHING_MAX 2          /* under way: 25 ms and 19 MiB each */
#define WAITING_MAX 64         /* behind them */
#define FRESH_TRIES_PER_HOUR 3 /* from one address, for an account whose tries are used up */
#define STRANGE_MINUTES 5      /* an account's tries of an hour, in what an address has a minute */
#define LOGS_PER_MINUTE 30
#define CODE_MAX_BYTES 32

struct sign_in {
    TAILQ_ENTRY(sign_in) link;
    struct later l;
    uint64_t source; /* the address, as rates count it */
    uint64_t round;  /* when its turn is */
    uint64_t agent;  /* 0: nobody of that address */
    char hash[PASSWORD_HASH_BYTES];
    bool known; /* hash is one */
    char *password;
    size_t password_len;
    bool right;
    char rehash[PASSWORD_HASH_BYTES]; /* "": as it is */
    char *next;                       /* a new password, in place of a session; NULL */
    size_t next_len;
    char code[CODE_MAX_BYTES + 1]; /* of the second factor; "": none came */
    bool begin;                    /* a second factor is to be set up */
    proved_fn *then;               /* goes on in place of a session; NULL */
    void *then_arg;                /* own */
    /* Setting a password by a link. */
    bool by_link;
    uint8_t link_hash[HASH_BYTES];
};

static void sign_in_free(struct sign_in *s)
{
    if (s->password != NULL)
        explicit_bzero(s->password, s->password_len);
    free(s->password);
    if (s->next != NULL)
        explicit_bzero(s->next, s->next_len);
    free(s->next);
    free(s->then_arg);
    later_fini(&s->l);
    free(s);
}

/* No name and no address: how many, whose account, and why. */
static void refusal_log(struct api *api, uint64_t agent, const char *why)
{
    int64_t retry_ms;

    api->sign_ins_refused++;
    if (!rate_take(&api->rate, rate_key_id("sign-in-log", 0), LOGS_PER_MINUTE, 60000, api_now(api),
                   &retry_ms)) {
        api->sign_ins_unlogged++;
        return;
    }
    log_info("session.refused", "agent=%llu why=%s unlogged=%u", (unsigned long long)agent, why,
             api->sign_ins_unlogged);
    api->sign_ins_unlogged = 0;
}

/* on another thread */

static void sign_in_work(void *ctx)
{
    struct sign_in *s = ctx;
    struct span password = {s->password, s->password_len};

    if (s->by_link) {
        password_hash(s->hash, password);
        return;
    }
    s->right = password_verify(s->known ? s->hash : NULL, password);
    if (s->right && s->next != NULL)
        password_hash(s->rehash, (struct span){s->next, s->next_len});
    else if (s->right && password_needs_rehash(s->hash))
        password_hash(s->rehash, password);
}

/* what came of it */

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

/* session: the one that goes on; 0: none does. */
static struct outcome password_put(struct api *api, uint64_t agent, const char *hash, bool same,
                                   uint64_t session)
{
    struct cmd cmd = {
        .type = CMD_AGENT_PASSWORD,
        .who = {.kind = BY_AGENT, .id = agent, .session = session},
        .password = {.agent = agent, .hash = span_of(hash), .same = same},
    };
    struct outcome o = {0};

    turn_command(api->env.turn, &cmd, api_now(api), outcome_take, &o);
    return o;
}

static void password_set(struct call *c, const struct sign_in *s)
{
    const struct agent *ag = core_agent_by_link(c->api->env.core, s->link_hash, api_now(c->api));
    struct outcome o;

    if (ag == NULL) {
        call_refuse(c, ERR_NOTFOUND, "link", REFUSE_LINK_OLD);
        return;
    }
    o = password_put(c->api, ag->id, s->hash, false, 0);
    if (o.err != ERR_OK)
        call_fail(c, &o.f);
    else if (factor_passes(c, ag, SPAN_NONE)) /* whoever reads the mail has no telephone by that */
        session_open(c, ag->id);
}

/* With the parameters of today; that this fails keeps nobody out. */
static void password_renew(struct api *api, const struct sign_in *s)
{
    if (s->rehash[0] != 0 && password_put(api, s->agent, s->rehash, true, 0).err == ERR_OK)
        log_info("password.rehashed", "agent=%llu", (unsigned long long)s->agent);
}

static void password_change(struct call *c, const struct sign_in *s)
{
    struct outcome o = password_put(c->api, s->agent, s->rehash, false, c->who.session);

    if (o.err != ERR_OK)
        call_fail(c, &o.f);
    else
        call_ok_now(c, SPAN_NONE);
}

static void sign_in_next(struct api *api);

static void sign_in_done(void *ctx)
{
    struct sign_in *s = ctx;
    struct api *api = s->l.api;
    const struct agent *ag = core_agent(api->env.core, s->agent);
    struct call c;

    api->nhashing--;
    later_call(&s->l, &c);
    if (s->by_link) {
        password_set(&c, s);
    } else if (!s->right || ag == NULL || !ag->enabled || strcmp(ag->password, s->hash) != 0) {
        refusal_log(api, s->agent, "wrong");
        if (s->next != NULL || s->then != NULL)
            call_refuse(&c, ERR_DENIED, "current", REFUSE_NOT_PRESENT);
        else
            call_refuse(&c, ERR_AUTH, NULL, REFUSE_SIGN_IN);
    } else if (s->next != NULL) {
        password_change(&c, s);
    } else if (s->then != NULL) {
        s->then(&c, s->then_arg);
    } else if (s->begin) {
        factor_offer_at_door(&c, ag);
    } else if (factor_passes(&c, ag, span_of(s->code))) {
        password_renew(api, s);
        session_open(&c, s->agent);
    } else if (s->code[0] != 0) {
        refusal_log(api, s->agent, "code");
    }
    sign_in_free(s);
    sign_in_next(api);
}

/* the queue: by turns among addresses, whatever each of them has sent */

static void sign_in_refuse(struct sign_in *s)
{
    struct call c;

    refusal_log(s->l.api, s->agent, "busy");
    later_call(&s->l, &c);
    call_refuse(&c, ERR_BUSY, NULL, REFUSE_NONE);
    sign_in_free(s);
}

static void waiting_remove(struct api *api, struct sign_in *s)
{
    TAILQ_REMOVE(&api->sign_ins, s, link);
    api->nsign_ins--;
}

/* Those that came first of the earliest round. */
static void sign_in_next(struct api *api)
{
    while (api->nhashing < HASHING_MAX && !TAILQ_EMPTY(&api->sign_ins)) {
        struct sign_in *first = TAILQ_FIRST(&api->sign_ins), *s;

        TAILQ_FOREACH (s, &api->sign_ins, link)
            if (s->round < first->round)
                first = s;
        waiting_remove(api, first);
        api->sign_in_round = first->round;
        if (api->env.work(api->env.arg, sign_in_work, sign_in_done, first))
            api->nhashing++;
        else
            sign_in_refuse(first);
    }
}

/* A round for each that waits from the same address already. */
static uint64_t round_find(const struct api *api, uint64_t source)
{
    uint64_t round = api->sign_in_round;
    const struct sign_in *s;

    TAILQ_FOREACH (s, &api->sign_ins, link)
        if (s->source == source && s->round >= round)
            round = s->round + 1;
    return round;
}

/* Where there are too many, whoever's turn is last has to come again. */
static void waiting_trim(struct api *api)
{
    struct sign_in *last = TAILQ_FIRST(&api->sign_ins), *s;

    if (api->nsign_ins <= WAITING_MAX)
        return;
    TAILQ_FOREACH (s, &api->sign_ins, link)
        if (s->round >= last->round)
            last = s;
    waiting_remove(api, last);
    sign_in_refuse(last);
}

static void sign_in_start(struct call *c, struct sign_in *s, struct span password)
{
    struct api *api = c->api;

    later_init(&s->l, c);
    s->password = span_dup(password);
    s->password_len = strlen(s->password);
    s->source = rate_key_ip("sign-in-from", &c->ip);
    s->round = round_find(api, s->source);
    TAILQ_INSERT_TAIL(&api->sign_ins, s, link);
    api->nsign_ins++;
    waiting_trim(api);
    sign_in_next(api);
}

void sign_ins_fini(struct api *api)
{
    struct sign_in *s;

    while ((s = TAILQ_FIRST(&api->sign_ins)) != NULL) {
        waiting_remove(api, s);
        later_lose(&s->l);
        sign_in_free(s);
    }
}

/* how often */

/* An account's tries from one address. */
static uint64_t key_from(const char *what, uint64_t account, const struct ipaddr *ip)
{
    return rate_key_id(what, account ^ rate_key_ip("account-from", ip));
}

/* Has somebody signed in before as this agent, from there? */
static bool source_is_known(const struct call *c, const struct agent *ag)
{
    uint64_t from = source_hash(c->api, &c->ip);

    for (size_t i = 0; ag != NULL && i < KNOWN_FROM_MAX; i++)
        if (ag->known_from[i] == from)
            return true;
    return false;
}

/* Of whoever tries it from nowhere that is known, and from everywhere. */
static bool stranger_may(struct call *c, uint64_t account, unsigned max, int64_t *retry_ms)
{
    struct rate *rate = &c->api->rate;
    int64_t now = api_now(c->api), unused;

    if (!rate_take(rate, rate_key_id("account", account), max, 60000, now, retry_ms) &&
        !rate_take(rate, key_from("account-fresh", account, &c->ip), FRESH_TRIES_PER_HOUR, HOUR_MS,
                   now, &unused))
        return false;
    return rate_take(rate, rate_key_id("account-strange", account),
                     c->api->env.config.rates.sign_ins_per_minute * STRANGE_MINUTES, HOUR_MS, now,
                     retry_ms);
}

/* `account`: the same for every way to write it, and for one that there is none of. */
static bool account_may(struct call *c, uint64_t account, const struct agent *ag, int64_t *retry_ms)
{
    struct rate *rate = &c->api->rate;
    unsigned max = (c->api->env.config.rates.sign_ins_per_minute + 1) / 2;
    int64_t now = api_now(c->api);

    if (!rate_take(rate, key_from("account-from", account, &c->ip), max, 60000, now, retry_ms))
        return false;
    return source_is_known(c, ag) || stranger_may(c, account, max, retry_ms);
}

/* By what only the agent has: the session, or a browser; then nobody else's tries count. */
static bool own_rate_key(const struct call *c, const struct agent *ag, uint64_t *key)
{
    uint64_t device;

    if (c->who.session != 0)
        *key = rate_key_id("account-session", c->who.session);
    else if (c->rq != NULL && device_is_known(c->api, ag, c->rq->device, &device))
        *key = rate_key_id("account-device", device);
    else
        return false;
    return true;
}

static bool sign_in_rate(struct call *c, uint64_t account, const struct agent *ag)
{
    struct api *api = c->api;
    unsigned per_minute = api->env.config.rates.sign_ins_per_minute;
    int64_t retry_ms, now = api_now(api);
    uint64_t own;
    struct fault f;
    bool may;

    if (own_rate_key(c, ag, &own))
        may = rate_take(&api->rate, own, (per_minute + 1) / 2, 60000, now, &retry_ms);
    else
        may = rate_take(&api->rate, rate_key_ip("sign-in", &c->ip), per_minute, 60000, now,
                        &retry_ms) &&
              account_may(c, account, ag, &retry_ms);
    if (may)
        return true;
    refusal_log(api, ag != NULL ? ag->id : 0, "rate");
    fault_refuse(&f, ERR_RATE, NULL, REFUSE_RATE_ATTEMPTS);
    call_fail_retry(c, &f, retry_ms);
    return false;
}

static void sign_in(struct call *c, bool begin)
{
    struct span email = span_trim(c->arg[ARG_EMAIL].s);
    const struct agent *ag = core_agent_by_email(c->api->env.core, email);
    struct sign_in *s;

    if (!sign_in_rate(c, email_fingerprint(email), ag))
        return;
    s = xcalloc(1, sizeof(*s));
    if (ag != NULL && ag->enabled && ag->password[0] != 0) {
        s->agent = ag->id;
        s->known = true;
        memcpy(s->hash, ag->password, sizeof(s->hash));
    }
    s->begin = begin;
    snprintf(s->code, sizeof(s->code), "%.*s", (int)c->arg[ARG_CODE].s.len, c->arg[ARG_CODE].s.p);
    sign_in_start(c, s, c->arg[ARG_PASSWORD].s);
}

void run_session_open(struct call *c)
{
    sign_in(c, false);
}

void run_factor_begin_door(struct call *c)
{
    sign_in(c, true);
}

void run_password(struct call *c)
{
    uint8_t token[KEY_BYTES], hash[HASH_BYTES] = {0};
    const struct core *k = c->api->env.core;
    const struct agent *ag;
    struct sign_in *s;
    struct fault f;
    size_t len;

    if (!sign_in_rate(c, hash_u64(c->arg[ARG_LINK].s, NULL), NULL))
        return;
    if (b64url_decode(c->arg[ARG_LINK].s, token, sizeof(token), &len) == ERR_OK)
        hash_bytes(hash, (struct span){(const char *)token, len}, NULL);
    if ((ag = core_agent_by_link(k, hash, api_now(c->api))) == NULL) {
        call_refuse(c, ERR_NOTFOUND, "link", REFUSE_LINK_OLD);
        return;
    }
    if (password_check(c->arg[ARG_PASSWORD].s, ag, core_portal(k)->name, &f) != ERR_OK) {
        call_fail(c, &f);
        return;
    }
    s = xcalloc(1, sizeof(*s));
    s->by_link = true;
    memcpy(s->link_hash, hash, sizeof(s->link_hash));
    sign_in_start(c, s, c->arg[ARG_PASSWORD].s);
}

static struct sign_in *sign_in_of(const struct agent *ag)
{
    struct sign_in *s = xcalloc(1, sizeof(*s));

    s->agent = ag->id;
    s->known = ag->password[0] != 0;
    memcpy(s->hash, ag->password, sizeof(s->hash));
    return s;
}

void password_prove(struct call *c, struct span current, proved_fn *fn, void *arg)
{
    const struct agent *ag = core_agent(c->api->env.core, c->who.id);
    struct sign_in *s;

    if (!sign_in_rate(c, email_fingerprint(span_of(ag->email)), ag)) {
        free(arg);
        return;
    }
    s = sign_in_of(ag);
    s->then = fn;
    s->then_arg = arg;
    sign_in_start(c, s, current);
}

/* Whoever sits down at a desk that somebody has left must not be able to stay. */
void run_password_change(struct call *c)
{
    const struct core *k = c->api->env.core;
    const struct agent *ag = core_agent(k, c->who.id);
    struct span password = c->arg[ARG_PASSWORD].s;
    struct sign_in *s;
    struct fault f;

    if (!sign_in_rate(c, email_fingerprint(span_of(ag->email)), ag))
        return;
    if (password_check(password, ag, core_portal(k)->name, &f) != ERR_OK) {
        call_fail(c, &f);
        return;
    }
    s = sign_in_of(ag);
    s->next = span_dup(password);
    s->next_len = password.len;
    sign_in_start(c, s, c->arg[ARG_CURRENT].s);
}
