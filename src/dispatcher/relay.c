/*
 * The way out: the portal's relay with its password, whether it can be used, and how long it rests
 * after trouble.  A dead relay is looked at rarely, a refused login hardly ever.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "deskbell/crypto.h"
#include "deskbell/log.h"
#include "dispatcher_int.h"

err_t portal_read(struct dispatcher *d, struct portal **portal)
{
    struct buf image = {0};
    err_t err = store_read_setting(d->store, OBJ_PORTAL, 0, &image);

    /* Nobody has changed anything in the portal yet: it is as it begins. */
    if (err == ERR_OK || err == ERR_NOTFOUND)
        err = portal_decode(buf_span(&image), portal);
    buf_fini(&image);
    return err;
}

void relay_fini(struct relay *r)
{
    if (r->password != NULL)
        explicit_bzero(r->password, strlen(r->password));
    free(r->host);
    free(r->user);
    free(r->password);
    r->host = r->user = r->password = NULL;
}

static uint64_t portal_fingerprint(const struct portal *p)
{
    struct buf all = {0};

    buf_addf(&all, "%s\n%u\n%d\n%s\n%s", p->relay_host, p->relay_port, p->relay_tls, p->relay_user,
             p->relay_secret);
    uint64_t hash = hash_u64(buf_span(&all), NULL);
    buf_fini(&all);
    return hash != 0 ? hash : 1;
}

/* The password, sealed for us by the gateway.  Never logged, never stored in clear. */
static err_t password_open(struct dispatcher *d, const char *sealed_text, char **password)
{
    uint8_t public_key[KEY_BYTES], secret_key[KEY_BYTES], sealed[1024];
    struct buf clear = {.limit_bytes = sizeof(sealed)};
    size_t len = 0;
    err_t err = b64url_decode(span_of(sealed_text), sealed, sizeof(sealed), &len);

    if (err == ERR_OK)
        err = store_unseal_key(d->store, secret_key);
    if (err == ERR_OK) {
        store_seal_key(d->store, public_key);
        err = seal_open(&clear, (struct span){(const char *)sealed, len}, public_key, secret_key);
    }
    if (err == ERR_OK)
        *password = span_dup(buf_span(&clear));
    if (clear.p != NULL)
        explicit_bzero(clear.p, clear.len);
    explicit_bzero(secret_key, sizeof(secret_key));
    buf_fini(&clear);
    return err;
}

static void relay_take(struct dispatcher *d, const struct portal *p)
{
    struct relay *r = &d->relay;
    struct fault f = {0};
    err_t err = ERR_OK;

    relay_fini(r);
    r->host = xstrdup(p->relay_host);
    r->port = p->relay_port;
    r->tls = p->relay_tls;
    r->user = xstrdup(p->relay_user);
    r->why[0] = '\0';
    if (p->relay_secret[0] != '\0')
        err = password_open(d, p->relay_secret, &r->password);
    if (r->password == NULL)
        r->password = xstrdup("");
    if (err != ERR_OK) {
        snprintf(r->why, sizeof(r->why), "the relay's password cannot be opened: set it again");
        log_error("relay.password", "err=%s", err_code(err));
        r->usable = false;
        return;
    }

    struct relay_check check = {.host = span_of(r->host),
                                .user = span_of(r->user),
                                .password = span_of(r->password),
                                .port = r->port,
                                .tls = r->tls != RELAY_NONE};
    r->usable = relay_check(&check, &f) == ERR_OK;
    if (!r->usable)
        snprintf(r->why, sizeof(r->why), "relay: %.40s: %.100s", f.field, f.what);
}

void relay_refresh(struct dispatcher *d, const struct portal *portal)
{
    uint64_t fingerprint = portal_fingerprint(portal);

    if (fingerprint == d->relay.fingerprint)
        return;
    relay_take(d, portal);
    d->relay.fingerprint = fingerprint;
    d->relay.trouble = TROUBLE_NONE;
    d->relay.in_a_row = 0;
    d->relay.rest_until_ms = 0;
    if (d->relay.usable)
        log_info("relay.set", "port=%u tls=%d login=%d", d->relay.port, d->relay.tls,
                 d->relay.user[0] != '\0');
    else
        log_warn("relay.unusable", "why=%s", log_quote(d->relay.why, strlen(d->relay.why)));
}

void relay_note(struct dispatcher *d, enum smtp_trouble trouble, const char *text, int64_t now_ms)
{
    struct relay *r = &d->relay;
    uint32_t jitter;

    if (trouble == TROUBLE_NONE) {
        if (r->in_a_row > 0)
            log_info("relay.well-again", "after=%u", r->in_a_row);
        r->trouble = TROUBLE_NONE;
        r->in_a_row = 0;
        r->rest_until_ms = 0;
        return;
    }
    random_fill(&jitter, sizeof(jitter));
    r->trouble = trouble;
    r->in_a_row++;
    r->rest_until_ms = now_ms + relay_rest_ms(trouble, r->in_a_row, jitter);
    /* Once mails are named, what the relay says may hold addresses: those stay out of the log. */
    if (trouble == TROUBLE_DROPPED || trouble == TROUBLE_LIMIT)
        text = "";
    log_warn("relay.trouble", "what=%s in_a_row=%u rest_ms=%lld said=%s", trouble_word(trouble),
             r->in_a_row, (long long)(r->rest_until_ms - now_ms), log_quote(text, strlen(text)));
}
