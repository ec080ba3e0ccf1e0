/*
 * The ways out: the portal's relay and those of departments with one of their own, each with its
 * password, whether it can be used, and how long it rests after trouble.  A dead relay is looked at
 * rarely, a refused login hardly ever.
 */
#include <inttypes.h>
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

err_t dept_read(struct dispatcher *d, uint64_t id, struct dept **dept)
{
    struct buf image = {0};
    err_t err = store_read_setting(d->store, OBJ_DEPT, id, &image);

    if (err == ERR_OK)
        err = dept_decode(id, buf_span(&image), dept);
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

static uint64_t fingerprint(const struct dept_relay *s)
{
    struct buf all = {0};

    buf_addf(&all, "%d\n%s\n%u\n%d\n%d\n%s\n%s", s->own, s->host, s->port, s->tls, s->auth, s->user,
             s->secret);
    uint64_t hash = hash_u64(buf_span(&all), NULL);
    buf_fini(&all);
    return hash != 0 ? hash : 1;
}

/* The password, sealed for us by the gateway.  Never logged, never stored in clear. */
static err_t password_open(struct dispatcher *d, const char *sealed_text, char **password)
{
    uint8_t sealed[RELAY_TOKEN_MAX_BYTES + SEAL_OVERHEAD];
    struct buf clear = {.limit_bytes = sizeof(sealed)};
    size_t len = 0;
    err_t err = b64url_decode(span_of(sealed_text), sealed, sizeof(sealed), &len);

    if (err == ERR_OK)
        err = secret_open(d, (struct span){(const char *)sealed, len}, &clear);
    if (err == ERR_OK)
        *password = span_dup(buf_span(&clear));
    secret_wipe(&clear);
    return err;
}

static void relay_take(struct dispatcher *d, struct relay *r, const struct dept_relay *s)
{
    err_t err = ERR_OK;

    relay_fini(r);
    r->own = s->own;
    r->host = xstrdup(s->host);
    r->port = s->port;
    r->tls = s->tls;
    r->auth = s->auth;
    r->user = xstrdup(s->user);
    r->why[0] = '\0';
    if (s->secret[0] != '\0')
        err = password_open(d, s->secret, &r->password);
    if (r->password == NULL)
        r->password = xstrdup("");
    if (err != ERR_OK) {
        fault_refuse(&r->fault, err, "secret", REFUSE_PASSWORD_SEALED);
        snprintf(r->why, sizeof(r->why), "%.150s", r->fault.what);
        log_error("relay.password", "err=%s relay=%" PRIu64, err_code(err), r->dept);
        r->usable = false;
        return;
    }

    struct relay_check check = {.host = span_of(r->host),
                                .user = span_of(r->user),
                                .password = span_of(r->password),
                                .port = r->port,
                                .tls = r->tls != RELAY_NONE,
                                .token = r->auth == RELAY_AUTH_XOAUTH2};
    r->usable = relay_check(&check, &r->fault) == ERR_OK;
    if (!r->usable)
        snprintf(r->why, sizeof(r->why), "relay: %.40s: %.100s", r->fault.field, r->fault.what);
}

static void relay_update(struct dispatcher *d, struct relay *r, const struct dept_relay *s)
{
    uint64_t now = fingerprint(s);

    if (now == r->fingerprint)
        return;
    bool was_own = r->own;
    relay_take(d, r, s);
    r->fingerprint = now;
    r->trouble = TROUBLE_NONE;
    r->in_a_row = 0;
    r->rest_until_ms = 0;
    schedule_rescan(d);
    if (!r->own && !was_own) /* a department that has none */
        return;
    if (r->usable)
        log_info("relay.set", "relay=%" PRIu64 " port=%u tls=%d login=%d", r->dept, r->port, r->tls,
                 r->user[0] != '\0');
    else
        log_warn("relay.unusable", "relay=%" PRIu64 " why=%s", r->dept,
                 log_quote(r->why, strlen(r->why)));
}

void relay_refresh(struct dispatcher *d, const struct portal *portal)
{
    struct dept_relay s = {.own = true,
                           .host = portal->relay_host,
                           .port = portal->relay_port,
                           .tls = portal->relay_tls,
                           .auth = portal->relay_auth,
                           .user = portal->relay_user,
                           .secret = portal->relay_secret};

    relay_update(d, &d->relay, &s);
}

/* Departments that mails were seen of are few and stay; the last asked for moves to the front. */
static struct relay *dept_find(struct dispatcher *d, uint64_t dept)
{
    struct relay *r = NULL;

    for (size_t i = 0; i < d->ndepts && r == NULL; i++)
        if (d->depts[i]->dept == dept) {
            r = d->depts[i];
            d->depts[i] = d->depts[0];
            d->depts[0] = r;
        }
    if (r != NULL)
        return r;
    r = xcalloc(1, sizeof(*r));
    r->dept = dept;
    d->depts = xrealloc(d->depts, (d->ndepts + 1) * sizeof(struct relay *));
    d->depts[d->ndepts++] = r;
    return r;
}

/* A department's settings, once a look. */
static void relay_read(struct dispatcher *d, struct relay *r)
{
    struct dept *found = NULL;

    if (r->read_look == d->looks)
        return;
    r->read_look = d->looks;
    if (dept_read(d, r->dept, &found) == ERR_OK) {
        relay_update(d, r, &found->relay);
        dept_free(found);
    }
}

static void relay_tell(const struct relay *r, int64_t now_ms, struct relay_row *rows, size_t *n)
{
    bool rests = r->trouble != TROUBLE_NONE && r->rest_until_ms > now_ms;

    if (*n == MAIL_RELAYS_MAX || (!rests && r->trouble != TROUBLE_LOGIN))
        return;
    rows[*n] = (struct relay_row){
        .dept = r->dept, .rest_until_ms = r->rest_until_ms, .refused = r->trouble == TROUBLE_LOGIN};
    snprintf(rows[*n].trouble, sizeof(rows[*n].trouble), "%s", trouble_word(r->trouble));
    ++*n;
}

void relays_tell(struct dispatcher *d, int64_t now_ms)
{
    static struct relay_row rows[MAIL_RELAYS_MAX];
    struct buf all = {0};
    size_t n = 0;

    relay_tell(&d->relay, now_ms, rows, &n);
    for (size_t i = 0; i < d->ndepts; i++) {
        if (d->depts[i]->trouble == TROUBLE_NONE)
            continue;
        relay_read(d, d->depts[i]); /* a change of its settings heals it, too */
        relay_tell(d->depts[i], now_ms, rows, &n);
    }
    buf_add_char(&all, '.');
    for (size_t i = 0; i < n; i++)
        buf_addf(&all, "%" PRIu64 " %lld %s\n", rows[i].dept, (long long)rows[i].rest_until_ms,
                 rows[i].trouble);
    uint64_t hash = hash_u64(buf_span(&all), NULL);
    if (hash != d->told_hash && outbox_note_relays(d->store, rows, n) == ERR_OK)
        d->told_hash = hash;
    buf_fini(&all);
}

struct relay *relay_of(struct dispatcher *d, uint64_t dept)
{
    struct relay *r = dept != 0 ? dept_find(d, dept) : &d->relay;

    if (r != &d->relay)
        relay_read(d, r);
    return r->own ? r : &d->relay;
}

void relays_free(struct dispatcher *d)
{
    for (size_t i = 0; i < d->ndepts; i++) {
        relay_fini(d->depts[i]);
        free(d->depts[i]);
    }
    free(d->depts);
}

void relay_note(struct relay *r, enum smtp_trouble trouble, const char *text, int64_t now_ms)
{
    uint32_t jitter;

    if (trouble == TROUBLE_NONE) {
        if (r->in_a_row > 0)
            log_info("relay.well-again", "after=%u relay=%" PRIu64, r->in_a_row, r->dept);
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
    log_warn("relay.trouble", "what=%s in_a_row=%u rest_ms=%lld relay=%" PRIu64 " said=%s",
             trouble_word(trouble), r->in_a_row, (long long)(r->rest_until_ms - now_ms), r->dept,
             log_quote(text, strlen(text)));
}
