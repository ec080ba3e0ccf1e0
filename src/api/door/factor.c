/*
 * The second factor: codes that a telephone makes out of a secret and the time (TOTP, RFC 6238, by
 * liboath), and recovery codes for who has lost the telephone.  The secret lies in the store sealed
 * with the gateway's key; what is begun and not confirmed yet is held by nobody but whoever has
 * begun it, in a ticket that is sealed likewise.
 */
#include <liboath/oath.h>
#include <qrencode.h>

#include "api_int.h"
#include "deskbell/tlv.h"

#define SECRET_BYTES 20 /* RFC 4226 section 4, R6 */
#define STEP_S 30
#define DIGITS 6
#define SKEW_STEPS 1 /* a clock may be so many periods behind or ahead */
#define TICKET_MS (15 * 60 * 1000)
#define TICKET_BYTES (24 + SECRET_BYTES)
#define CODES_PER_HOUR 20                               /* wrong ones, with the right password */
#define CODE_LETTERS "abcdefghjkmnpqrstuvwxyz23456789x" /* none that is taken for another */
#define CODE_TEXT_BYTES 12                              /* two groups of five, with NUL */

/* codes */

/* The period of a code that is right now; 0: it is wrong. */
static int64_t code_step(const uint8_t secret[SECRET_BYTES], struct span code, int64_t now_ms)
{
    char text[DIGITS + 1];
    int at = 0;

    if (code.len != DIGITS)
        return 0;
    snprintf(text, sizeof(text), "%.*s", (int)code.len, code.p);
    if (strspn(text, "0123456789") != DIGITS ||
        oath_totp_validate2((const char *)secret, SECRET_BYTES, (time_t)(now_ms / 1000), STEP_S, 0,
                            SKEW_STEPS, &at, text) < 0)
        return 0;
    return now_ms / 1000 / STEP_S + at;
}

/* As it is typed: with or without the hyphen, in any case. */
static uint64_t recovery_hash(const struct api *api, uint64_t agent, struct span code)
{
    struct buf b = {0};
    uint64_t hash;

    buf_addf(&b, "recovery-code %llu ", (unsigned long long)agent);
    for (size_t i = 0; i < code.len; i++)
        if (code.p[i] != '-' && code.p[i] != ' ')
            buf_add_char(&b, code.p[i] >= 'A' && code.p[i] <= 'Z' ? (char)(code.p[i] | 0x20)
                                                                  : code.p[i]);
    hash = hash_u64(buf_span(&b), api->secret);
    buf_fini(&b);
    return hash != 0 ? hash : 1;
}

static void recovery_make(char out[CODE_TEXT_BYTES])
{
    uint8_t bytes[10];
    size_t n = 0;

    random_fill(bytes, sizeof(bytes));
    for (size_t i = 0; i < sizeof(bytes); i++) {
        if (i == 5)
            out[n++] = '-';
        out[n++] = CODE_LETTERS[bytes[i] % 32];
    }
    out[n] = '\0';
}

static bool secret_open(const struct api *api, const struct agent *ag, uint8_t out[SECRET_BYTES])
{
    uint8_t boxed[FACTOR_MAX_BYTES];
    struct buf b = {0};
    size_t len;
    bool good = b64url_decode(span_of(ag->factor), boxed, sizeof(boxed), &len) == ERR_OK &&
                box_open(&b, (struct span){(const char *)boxed, len}, api->secret) == ERR_OK &&
                b.len == SECRET_BYTES;

    if (good)
        memcpy(out, b.p, SECRET_BYTES);
    else
        log_error("factor.unreadable", "agent=%llu", (unsigned long long)ag->id);
    buf_fini(&b);
    return good;
}

struct used {
    err_t err;
    struct fault f;
};

static void used_take(void *arg, const struct cmd *cmd, const struct answer *a)
{
    struct used *u = arg;

    (void)cmd;
    u->err = a->err;
    if (a->fault != NULL)
        u->f = *a->fault;
}

/* What is right is used up with it: two that come with the same code have one winner. */
static bool code_use(struct call *c, const struct agent *ag, struct span code)
{
    uint8_t secret[SECRET_BYTES];
    struct cmd cmd = {.type = CMD_FACTOR_USE,
                      .who = {.kind = BY_AGENT, .id = ag->id},
                      .factor = {.agent = ag->id}};
    struct used u = {0};

    if (code.len > DIGITS)
        cmd.factor.code = recovery_hash(c->api, ag->id, code);
    else if (secret_open(c->api, ag, secret))
        cmd.factor.step = code_step(secret, code, api_now(c->api));
    explicit_bzero(secret, sizeof(secret));
    if (cmd.factor.code == 0 && cmd.factor.step == 0) {
        call_refuse(c, ERR_AUTH, "code", REFUSE_CODE_WRONG);
        return false;
    }
    turn_command(c->api->env.turn, &cmd, api_now(c->api), used_take, &u);
    if (u.err == ERR_DENIED) /* as everything is that keeps somebody out at the door */
        fault_refuse(&u.f, ERR_AUTH, "code", u.f.refusal);
    if (u.err != ERR_OK)
        call_fail(c, &u.f);
    return u.err == ERR_OK;
}

static bool code_rate(struct call *c, const struct agent *ag)
{
    int64_t retry_ms;
    struct fault f;

    if (rate_take(&c->api->rate, rate_key_id("factor", ag->id), CODES_PER_HOUR, HOUR_MS,
                  api_now(c->api), &retry_ms))
        return true;
    fault_refuse(&f, ERR_RATE, "code", REFUSE_RATE_ATTEMPTS);
    call_fail_retry(c, &f, retry_ms);
    return false;
}

bool factor_passes(struct call *c, const struct agent *ag, struct span code)
{
    if (!agent_needs_factor(c->api->env.core, ag))
        return true;
    if (ag->factor[0] == '\0') {
        call_refuse(c, ERR_AUTH, "code", REFUSE_FACTOR_NEEDED);
        return false;
    }
    if (code.len == 0) {
        call_refuse(c, ERR_AUTH, "code", REFUSE_CODE_NEEDED);
        return false;
    }
    return code_rate(c, ag) && code_use(c, ag, code);
}

/* setting one up */

/* A ticket is good for as long as the password that it was given for. */
static void ticket_make(const struct api *api, const struct agent *ag, const uint8_t *secret,
                        struct buf *out)
{
    uint8_t plain[TICKET_BYTES];
    struct buf boxed = {0};
    char text[(TICKET_BYTES + BOX_OVERHEAD + 2) / 3 * 4 + 1];

    be64_put(plain, ag->id);
    be64_put(plain + 8, (uint64_t)(api_now(api) + TICKET_MS));
    be64_put(plain + 16, hash_u64(span_of(ag->password), api->secret));
    memcpy(plain + 24, secret, SECRET_BYTES);
    box_seal(&boxed, (struct span){(const char *)plain, sizeof(plain)}, api->secret);
    b64url_encode(text, boxed.p, boxed.len);
    buf_add_str(out, text);
    buf_fini(&boxed);
}

static const struct agent *ticket_open(const struct api *api, struct span ticket,
                                       uint8_t secret[SECRET_BYTES])
{
    uint8_t boxed[TICKET_BYTES + BOX_OVERHEAD];
    struct buf b = {0};
    const struct agent *ag = NULL;
    const uint8_t *plain;
    size_t len;
    bool good = b64url_decode(ticket, boxed, sizeof(boxed), &len) == ERR_OK &&
                box_open(&b, (struct span){(const char *)boxed, len}, api->secret) == ERR_OK &&
                b.len == TICKET_BYTES;

    plain = (const uint8_t *)b.p;
    if (good && (int64_t)be64_get(plain + 8) > api_now(api))
        ag = core_agent(api->env.core, be64_get(plain));
    if (ag != NULL && be64_get(plain + 16) != hash_u64(span_of(ag->password), api->secret))
        ag = NULL;
    if (ag != NULL)
        memcpy(secret, plain + 24, SECRET_BYTES);
    buf_fini(&b);
    return ag;
}

/* The dark squares as one path of an SVG, a unit each. */
static void qr_write(struct jw *j, const char *uri)
{
    QRcode *qr = QRcode_encodeString8bit(uri, 0, QR_ECLEVEL_M);
    struct buf path = {0};

    ensure(qr != NULL);
    for (int y = 0; y < qr->width; y++)
        for (int x = 0; x < qr->width; x++)
            if ((qr->data[y * qr->width + x] & 1) != 0)
                buf_addf(&path, "M%d %dh1v1h-1z", x, y);
    jw_k_int(j, "qr_size", qr->width);
    jw_k_span(j, "qr_path", buf_span(&path));
    buf_fini(&path);
    QRcode_free(qr);
}

static void uri_add(struct buf *b, const char *text)
{
    for (const uint8_t *p = (const uint8_t *)text; *p != 0; p++)
        if ((*p >= '0' && *p <= '9') || (*p >= 'A' && *p <= 'Z') || (*p >= 'a' && *p <= 'z') ||
            strchr("-._~@", *p) != NULL)
            buf_add_char(b, (char)*p);
        else
            buf_addf(b, "%%%02X", *p);
}

static void factor_offer(struct call *c, const struct agent *ag)
{
    const struct portal *portal = core_portal(c->api->env.core);
    uint8_t secret[SECRET_BYTES];
    struct buf b = {0}, uri = {0}, ticket = {0};
    struct jw j = {.b = &b};
    char *base32 = NULL;
    size_t len;

    random_fill(secret, sizeof(secret));
    ensure(oath_base32_encode((const char *)secret, sizeof(secret), &base32, &len) == OATH_OK);
    buf_add_str(&uri, "otpauth://totp/");
    uri_add(&uri, portal->name);
    buf_add_str(&uri, ":");
    uri_add(&uri, ag->email);
    buf_addf(&uri, "?secret=%s&issuer=", base32);
    uri_add(&uri, portal->name);
    ticket_make(c->api, ag, secret, &ticket);
    jw_obj(&j);
    jw_k_span(&j, "ticket", buf_span(&ticket));
    jw_k_str(&j, "secret", base32);
    jw_k_span(&j, "uri", buf_span(&uri));
    qr_write(&j, uri.p);
    jw_obj_end(&j);
    call_ok_now(c, buf_span(&b));
    free(base32);
    buf_fini(&b);
    buf_fini(&uri);
    buf_fini(&ticket);
    explicit_bzero(secret, sizeof(secret));
}

static void begin_proved(struct call *c, void *arg)
{
    const struct agent *ag = core_agent(c->api->env.core, c->who.id);

    (void)arg;
    if (ag == NULL)
        call_refuse(c, ERR_AUTH, NULL, REFUSE_SIGN_IN);
    else
        factor_offer(c, ag);
}

/* For whoever is signed in, and shows the password once more. */
void run_factor_begin(struct call *c)
{
    password_prove(c, c->arg[ARG_CURRENT].s, begin_proved, NULL);
}

/* At the door, with the password: for whose role needs one, and who has none. */
void factor_offer_at_door(struct call *c, const struct agent *ag)
{
    if (ag->factor[0] != '\0' || !agent_needs_factor(c->api->env.core, ag))
        call_refuse(c, ERR_CONFLICT, NULL, REFUSE_FACTOR_TICKET);
    else
        factor_offer(c, ag);
}

struct setting_up {
    struct call *c;
    char codes[RECOVERY_CODES][CODE_TEXT_BYTES];
    uint64_t agent;
};

static void factor_was_set(void *arg, const struct cmd *cmd, const struct answer *a)
{
    struct setting_up *s = arg;
    struct buf b = {0};
    struct jw j = {.b = &b};

    (void)cmd;
    if (a->err != ERR_OK) {
        call_fail(s->c, a->fault);
        return;
    }
    log_info("factor.set", "agent=%llu", (unsigned long long)s->agent);
    jw_obj(&j);
    jw_key(&j, "recovery");
    jw_arr(&j);
    for (size_t i = 0; i < RECOVERY_CODES; i++)
        jw_str(&j, s->codes[i]);
    jw_arr_end(&j);
    jw_obj_end(&j);
    if (s->c->as == AS_DOOR)
        session_open_with(s->c, s->agent, buf_span(&b));
    else
        call_ok(s->c, a->pos, buf_span(&b));
    buf_fini(&b);
}

/* The first code shows that the telephone has the secret. */
void run_factor_set(struct call *c)
{
    struct setting_up s = {.c = c};
    uint8_t secret[SECRET_BYTES];
    uint64_t recovery[RECOVERY_CODES];
    struct cmd cmd = {.type = CMD_FACTOR_SET};
    struct buf boxed = {0};
    char text[(SECRET_BYTES + BOX_OVERHEAD + 2) / 3 * 4 + 1];
    const struct agent *ag = ticket_open(c->api, c->arg[ARG_TICKET].s, secret);

    if (ag == NULL || !ag->enabled || (c->as == AS_SELF && ag->id != c->who.id) ||
        (c->as == AS_DOOR &&
         (ag->factor[0] != '\0' || !agent_needs_factor(c->api->env.core, ag)))) {
        call_refuse(c, ERR_DENIED, "ticket", REFUSE_FACTOR_TICKET);
        return;
    }
    s.agent = ag->id;
    if (!code_rate(c, ag))
        return;
    cmd.who = (struct principal){.kind = BY_AGENT, .id = s.agent, .session = c->who.session};
    cmd.factor.agent = s.agent;
    cmd.factor.step = code_step(secret, c->arg[ARG_CODE].s, api_now(c->api));
    if (cmd.factor.step == 0) {
        call_refuse(c, ERR_DENIED, "code", REFUSE_CODE_WRONG);
        return;
    }
    for (size_t i = 0; i < RECOVERY_CODES; i++) {
        recovery_make(s.codes[i]);
        recovery[i] = recovery_hash(c->api, s.agent, span_of(s.codes[i]));
    }
    box_seal(&boxed, (struct span){(const char *)secret, sizeof(secret)}, c->api->secret);
    b64url_encode(text, boxed.p, boxed.len);
    cmd.factor.secret = span_of(text);
    cmd.factor.recovery = recovery;
    turn_command(c->api->env.turn, &cmd, api_now(c->api), factor_was_set, &s);
    buf_fini(&boxed);
    explicit_bzero(secret, sizeof(secret));
}

/* its end */

static void remove_proved(struct call *c, void *arg)
{
    struct cmd cmd = {.type = CMD_FACTOR_REMOVE, .who = c->who, .agent = c->who.id};

    (void)arg;
    call_command(c, &cmd, NULL);
}

void run_factor_remove(struct call *c)
{
    password_prove(c, c->arg[ARG_CURRENT].s, remove_proved, NULL);
}

static void factor_reset_done(struct jw *j, const struct call *c, const struct answer *a)
{
    jw_k_id(j, "agent", c->arg[ARG_AGENT].id);
    if (a->unchanged)
        jw_k_bool(j, "unchanged", true);
}

/* Of somebody who has lost telephone and codes, which leaves its trace. */
void run_factor_reset(struct call *c)
{
    struct cmd cmd;

    if (!admin_only(c))
        return;
    if (c->who.kind == BY_AGENT && c->arg[ARG_AGENT].id == c->who.id) {
        call_refuse_with(c, ERR_INVAL, "current", REFUSE_NEEDED, VALUES(OF_STR(c->verb->word)));
        return; /* one's own goes by the password */
    }
    call_cmd(c, &cmd);
    cmd.agent = c->arg[ARG_AGENT].id;
    if (call_command(c, &cmd, factor_reset_done) == ERR_OK)
        log_info("factor.reset", "agent=%llu by=%llu", (unsigned long long)cmd.agent,
                 (unsigned long long)c->who.id);
}
