/*
 * API tokens as they come and go over the wire: 32 random bytes behind a word by which those who
 * look for secrets in what others publish know them.  Kept is a hash alone.
 */
#include "api_int.h"

#define PREFIX "dbk_"

void bearer_make(const struct api *api, uint64_t agent, struct span key, char out[BEARER_TEXT],
                 uint8_t hash[HASH_BYTES])
{
    uint8_t token[KEY_BYTES];
    struct buf b = {0};

    _Static_assert(sizeof(PREFIX) + 43 <= BEARER_TEXT, "it fits");
    if (key.len > 0) {
        buf_addf(&b, "api-token %llu ", (unsigned long long)agent);
        buf_add_span(&b, key);
        hash_bytes(token, buf_span(&b), api->secret);
        buf_fini(&b);
    } else {
        random_fill(token, sizeof(token));
    }
    memcpy(out, PREFIX, sizeof(PREFIX));
    b64url_encode(out + sizeof(PREFIX) - 1, token, sizeof(token));
    hash_bytes(hash, (struct span){(const char *)token, sizeof(token)}, NULL);
}

/* RFC 6750 section 2.1; the scheme in any case (RFC 9110 section 11.1). */
static struct span bearer_text(const struct api_request *rq)
{
    static const char scheme[] = "Bearer ";
    const size_t n = sizeof(scheme) - 1;

    if (rq->auth.len <= n || !span_is_nocase((struct span){rq->auth.p, n}, scheme))
        return SPAN_NONE;
    return span_trim((struct span){rq->auth.p + n, rq->auth.len - n});
}

bool bearer_is_there(const struct api_request *rq)
{
    return bearer_text(rq).len > 0;
}

static const struct session *bearer_find(const struct api *api, struct span text)
{
    const size_t n = sizeof(PREFIX) - 1;
    uint8_t token[KEY_BYTES], hash[HASH_BYTES];
    const struct session *s;
    size_t len;

    if (text.len <= n || memcmp(text.p, PREFIX, n) != 0 ||
        b64url_decode((struct span){text.p + n, text.len - n}, token, sizeof(token), &len) !=
            ERR_OK ||
        len != sizeof(token))
        return NULL;
    hash_bytes(hash, (struct span){(const char *)token, len}, NULL);
    s = core_session_by_token(api->env.core, hash);
    return s != NULL && s->is_token ? s : NULL;
}

/* Those that are wrong count as attempts to sign in; a good one is never kept waiting by them. */
static err_t bearer_refuse(struct api *api, const struct ipaddr *ip, enum refusal why,
                           struct fault *f, int64_t *retry_ms)
{
    api->sign_ins_refused++;
    *retry_ms = 0;
    if (rate_take(&api->rate, rate_key_ip("bearer", ip), api->env.config.rates.sign_ins_per_minute,
                  60000, api_now(api), retry_ms))
        return fault_refuse(f, ERR_AUTH, NULL, why);
    return fault_refuse(f, ERR_RATE, NULL, REFUSE_RATE_ATTEMPTS);
}

err_t bearer_take(struct api *api, const struct api_request *rq, const struct session **out,
                  struct fault *f, int64_t *retry_ms)
{
    const struct session *s = bearer_find(api, bearer_text(rq));
    const struct agent *ag = s != NULL ? core_agent(api->env.core, s->agent) : NULL;

    if (ag == NULL || !ag->enabled)
        return bearer_refuse(api, &rq->ip, REFUSE_TOKEN_WRONG, f, retry_ms);
    if (s->until_ms != 0 && s->until_ms <= api_now(api))
        return bearer_refuse(api, &rq->ip, REFUSE_TOKEN_EXPIRED, f, retry_ms);
    *out = s;
    return ERR_OK;
}

bool bearer_is_good(const struct api *api, const struct api_request *rq)
{
    const struct session *s = bearer_find(api, bearer_text(rq));
    const struct agent *ag = s != NULL ? core_agent(api->env.core, s->agent) : NULL;

    return ag != NULL && ag->enabled && (s->until_ms == 0 || api_now(api) < s->until_ms);
}

bool bearer_identify(struct call *c)
{
    const struct session *s;
    int64_t retry_ms;
    struct fault f;

    c->bearer = true;
    switch (bearer_take(c->api, c->rq, &s, &f, &retry_ms)) {
    case ERR_OK:
        break;
    case ERR_RATE:
        call_fail_retry(c, &f, retry_ms);
        return false;
    default:
        call_fail(c, &f);
        return false;
    }
    c->who = (struct principal){.kind = BY_AGENT, .id = s->agent, .session = s->id};
    session_used(c->api, s);
    return true;
}

void session_used(struct api *api, const struct session *s)
{
    struct cmd cmd = {
        .type = CMD_SESSION_USE,
        .who = {.kind = BY_AGENT, .id = s->agent, .session = s->id},
        .session = s->id,
    };

    if (api_now(api) - (s->used_ms != 0 || s->is_token ? s->used_ms : s->since_ms) >=
        SESSION_USED_MS)
        turn_command(api->env.turn, &cmd, api_now(api), NULL, NULL);
}
