/*
 * HTTP on a connection: one request at a time, handed over whole, answered now or later.  What
 * follows a request waits until its answer is written.
 */
#include <inttypes.h>
#include <stdio.h>

#include "deskbell/clock.h"
#include "deskbell/proxyproto.h"
#include "edge_int.h"

#define EXTRA_HEADERS_MAX 32

static const char *date_now(struct edge *e)
{
    int64_t wall = clock_wall_ms();

    if (wall / 1000 != e->date_s) {
        e->date_s = wall / 1000;
        http_date_format(wall, e->date);
    }
    return e->date;
}

struct header_list {
    struct http_header at[EXTRA_HEADERS_MAX];
    size_t count;
};

static void header_add(struct header_list *l, const char *name, const char *value)
{
    if (value == NULL)
        return;
    ensure(l->count < EXTRA_HEADERS_MAX);
    l->at[l->count++] = (struct http_header){span_of(name), span_of(value)};
}

static bool headers_have(const struct answer *a, const char *name)
{
    for (size_t i = 0; i < a->nheaders; i++) {
        if (span_is_nocase(a->headers[i].name, name))
            return true;
    }
    return false;
}

/* Write the answer to the request at hand, from any state that owes one. */
void http_answer(struct conn *c, const struct answer *a)
{
    bool bodiless = a->status < 200 || a->status == 204 || a->status == 304;
    struct header_list l = {.count = 0};
    struct buf b = {0};
    char hsts[32];

    ensure(a->nheaders <= EXTRA_HEADERS_MAX - 8 && a->status >= 200);
    ensure(a->body.len == 0 || (a->type != NULL && !bodiless));
    for (; l.count < a->nheaders; l.count++)
        l.at[l.count] = a->headers[l.count];
    header_add(&l, "Date", date_now(c->edge));
    header_add(&l, "Content-Type", a->body.len > 0 ? a->type : NULL);
    if (!headers_have(a, "Cache-Control"))
        header_add(&l, "Cache-Control", a->cache != NULL ? a->cache : "no-store");
    header_add(&l, "X-Content-Type-Options", "nosniff");
    header_add(&l, "Referrer-Policy", "same-origin");
    snprintf(hsts, sizeof(hsts), "max-age=%u", c->edge->conf.hsts_s);
    header_add(&l, "Strict-Transport-Security", c->edge->conf.hsts_s > 0 ? hsts : NULL);
    header_add(&l, "Content-Security-Policy", a->csp != NULL ? a->csp : files_csp(WEB_CSP_NOTHING));

    c->keep_alive = c->keep_alive && !a->close && !c->eof && !c->edge->stopping;
    http_response_write(&b, &(struct http_response){
                                .status = a->status,
                                .minor = c->minor,
                                .keep_alive = c->keep_alive,
                                .length_bytes = bodiless ? -1 : (int64_t)a->body.len,
                                .headers = l.at,
                                .nheaders = l.count,
                            });
    if (!c->head_only && !a->body_is_static)
        buf_add_span(&b, a->body);
    ensure(!b.full);
    c->announce = false;
    conn_wait(c, WAIT_WRITE);
    c->replied_ms = edge_now(c->edge);
    conn_set_state(c, CONN_REPLY);
    out_bytes(c, b.p, b.len);
    if (!c->head_only && a->body_is_static)
        out_static(c, a->body);
    buf_fini(&b);
}

static void key_add(struct buf *b, const char *name)
{
    buf_addf(b, "%s\"%s\":", b->p[b->len - 1] != '{' ? "," : "", name);
}

/* A string as JSON; what we say about a fault is ASCII or UTF-8, but it may quote a peer. */
static void json_add(struct buf *b, const char *name, const char *value)
{
    key_add(b, name);
    buf_add_char(b, '"');
    for (const unsigned char *p = (const unsigned char *)value; *p != 0; p++) {
        if (*p == '"' || *p == '\\')
            buf_addf(b, "\\%c", *p);
        else if (*p < 0x20 || *p == 0x7f)
            buf_addf(b, "\\u%04x", *p);
        else
            buf_add_char(b, (char)*p);
    }
    buf_add_char(b, '"');
}

/* Why, as a code, and what its sentence is filled with, by name: as the api writes it. */
static void reason_add(struct buf *b, const struct fault *f)
{
    struct span name;

    if (f->refusal == REFUSE_NONE)
        return;
    json_add(b, "reason", refusal_code(f->refusal));
    if (f->values[0].kind == VALUE_NONE)
        return;
    key_add(b, "values");
    buf_add_char(b, '{');
    for (size_t i = 0; i < REFUSAL_VALUES_MAX && refusal_value_name(f->refusal, i, &name); i++) {
        char key[32];

        snprintf(key, sizeof(key), "%.*s", (int)name.len, name.p);
        if (f->values[i].kind != VALUE_INT) {
            json_add(b, key, f->values[i].text);
            continue;
        }
        key_add(b, key);
        buf_addf(b, "%" PRId64, f->values[i].i);
    }
    buf_add_char(b, '}');
}

void http_fault(struct conn *c, int status, const struct fault *f)
{
    http_fault_with(c, status, f, NULL);
}

void http_fault_with(struct conn *c, int status, const struct fault *f,
                     const struct http_header *header)
{
    struct buf b = {0};

    buf_add_char(&b, '{');
    json_add(&b, "type", "about:blank");
    json_add(&b, "title", err_text(f->err));
    key_add(&b, "status");
    buf_addf(&b, "%d", status);
    json_add(&b, "code", err_code(f->err));
    if (f->what[0] != '\0' && span_is_utf8(span_of(f->what)))
        json_add(&b, "detail", f->what);
    if (f->field[0] != '\0' && span_is_utf8(span_of(f->field)))
        json_add(&b, "field", f->field);
    reason_add(&b, f);
    buf_add_char(&b, '}');
    http_answer(c, &(struct answer){
                       .status = status,
                       .type = "application/problem+json",
                       .body = buf_span(&b),
                       .headers = header,
                       .nheaders = header != NULL,
                   });
    buf_fini(&b);
}

/* A request that cannot be understood: say so, and nothing after it can be trusted either. */
size_t http_refuse(struct conn *c, int status, const struct fault *f, size_t len)
{
    unsigned suppressed;

    if (log_allowed(&c->edge->peer_log, 5, &suppressed))
        log_debug("http.refused", "status=%d field=%s suppressed=%u", status,
                  log_quote(f->field, strlen(f->field)), suppressed);
    c->minor = 1;
    c->keep_alive = c->head_only = false;
    http_fault(c, status, f);
    return len;
}

static int parse_status(err_t err)
{
    return err == ERR_TOOBIG ? 431 : err_http_status(err);
}

static size_t proxy_pump(struct conn *c, struct span in)
{
    struct proxyproto pp;
    unsigned suppressed;
    size_t used = 0;
    err_t err = proxyproto_parse(in, &pp, &used);

    if (err == ERR_AGAIN)
        return 0;
    if (err != ERR_OK) {
        if (log_allowed(&c->edge->peer_log, 5, &suppressed))
            log_warn("proxy.header", "reason=%s suppressed=%u", err_code(err), suppressed);
        conn_kill(c);
        return in.len;
    }
    if (pp.local)
        c->nameless = true;
    else
        c->peer = pp.source;
    conn_set_state(c, CONN_HEAD);
    return used;
}

/* Whom is it from, and may he have one more?  False: it is answered. */
static bool visitor_admit(struct conn *c, struct http_request *rq)
{
    struct edge *e = c->edge;
    struct fault f;

    http_visitor_pick(rq, c->nameless ? NULL : &c->peer, &c->edge->trust);
    if (rq->content_length > HTTP_BODY_MAX_BYTES) { /* see body_max() */
        visitors_uncount(c);
        return true;
    }
    if (visitors_count(c, &rq->peer) || span_is(rq->path, "/healthz"))
        return true;
    visitors_uncount(c); /* either one of the house's own, or about to go */
    if (e->handler.is_known != NULL && e->handler.is_known(rq, e->handler.arg))
        return true;
    e->stats.refused++;
    fault_refuse(&f, ERR_RATE, NULL, REFUSE_ADDRESS_CONNECTIONS);
    c->keep_alive = false;
    http_fault(c, err_http_status(f.err), &f);
    return false;
}

/* A whole request: answer it here, or hand it over. */
static void request_go(struct conn *c, struct http_request *rq)
{
    struct edge *e = c->edge;

    c->minor = (uint8_t)rq->minor;
    c->keep_alive = rq->keep_alive;
    c->head_only = rq->method == HTTP_HEAD;
    e->stats.requests++;
    if (!visitor_admit(c, rq))
        return;
    if (rq->upgrade_ws && rq->method == HTTP_GET) {
        ws_upgrade(c, rq);
        return;
    }
    if (files_serve(c, rq))
        return;
    conn_wait(c, WAIT_NONE);
    conn_set_state(c, CONN_PENDING);
    c->announce = true;
    edge_input(e);
    e->handler.on_request(c->id, rq, e->handler.arg);
}

/* The head is fine; is the body there? */
static size_t body_pump(struct conn *c, char *in, size_t len)
{
    struct http_request rq;
    struct http_scan scan = {0};
    size_t need = c->http.need;

    if (len < need)
        return 0;
    ensure(http_request_parse((struct span){in, need}, &scan, &rq, NULL) == ERR_OK);
    rq.body = (struct span){in + rq.head_bytes, need - rq.head_bytes};
    memset(&c->http, 0, sizeof(c->http));
    request_go(c, &rq);
    return need;
}

/* Most bodies are commands; what is more has to be asked for. */
static size_t body_max(struct conn *c, struct http_request *rq)
{
    const struct edge_handler *h = &c->edge->handler;
    size_t max = 0;

    if (rq->content_length <= HTTP_BODY_MAX_BYTES)
        return HTTP_BODY_MAX_BYTES;
    http_visitor_pick(rq, c->nameless ? NULL : &c->peer, &c->edge->trust);
    if (h->body_max != NULL)
        max = h->body_max(rq, h->arg);
    return max > HTTP_BODY_MAX_BYTES ? max : HTTP_BODY_MAX_BYTES;
}

static size_t head_pump(struct conn *c, char *in, size_t len)
{
    static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
    struct http_request rq;
    struct fault f = {.err = ERR_OK};
    size_t most;
    err_t err;

    if (len > 0 && c->wait == WAIT_IDLE)
        conn_wait(c, WAIT_HEAD);
    err = http_request_parse((struct span){in, len}, &c->http.scan, &rq, &f);
    if (err == ERR_AGAIN)
        return 0;
    if (err != ERR_OK)
        return http_refuse(c, parse_status(err), &f, len);
    if (rq.content_length > (most = body_max(c, &rq))) {
        err = fault_refuse_with(&f, ERR_TOOBIG, "Content-Length", REFUSE_BODY_LONG,
                                VALUES(OF_INT(most)));
        return http_refuse(c, err_http_status(err), &f, len);
    }
    c->http.need = rq.head_bytes + (size_t)rq.content_length;
    conn_set_state(c, CONN_BODY);
    if (len < c->http.need) {
        c->minor = 1;
        c->head_only = false;
        if (!visitor_admit(c, &rq)) /* it is his what is held meanwhile */
            return len;
        conn_wait(c, WAIT_BODY);
        if (rq.expect_continue && len == rq.head_bytes)
            out_static(c, (struct span){go_on, sizeof(go_on) - 1});
    }
    return 0; /* conn_feed_all() comes back for the body */
}

size_t http_pump(struct conn *c, char *in, size_t len)
{
    if (c->state == CONN_PROXY)
        return proxy_pump(c, (struct span){in, len});
    if (c->state == CONN_BODY)
        return body_pump(c, in, len);
    return head_pump(c, in, len);
}

void http_replied(struct conn *c)
{
    if (!c->keep_alive) {
        conn_close(c, END_LINGER);
        return;
    }
    conn_set_state(c, CONN_HEAD);
    memset(&c->http, 0, sizeof(c->http));
    if (c->in.len > 0) {
        conn_wait(c, WAIT_HEAD);
        edge_ready(c);
    } else {
        conn_wait(c, WAIT_IDLE);
    }
}

/* Too slow.  Who has sent nothing at all gets no answer. */
void http_expired(struct conn *c, const char *what)
{
    struct fault f;

    if (c->in.len == 0 || c->state == CONN_PROXY) {
        conn_kill(c);
        return;
    }
    fault_refuse_with(&f, ERR_TIMEOUT, NULL, REFUSE_TOO_SLOW, VALUES(OF_STR(what)));
    http_refuse(c, 408, &f, 0);
}

void edge_reply(struct edge *e, uint64_t conn, const struct edge_reply *rp)
{
    struct conn *c = conn_find(e, conn);

    if (c == NULL || c->state != CONN_PENDING)
        return;
    http_answer(c, &(struct answer){
                       .status = rp->status,
                       .type = rp->type,
                       .headers = rp->headers,
                       .nheaders = rp->nheaders,
                       .body = rp->body,
                       .close = rp->close,
                   });
}

void edge_reply_fault(struct edge *e, uint64_t conn, const struct fault *f)
{
    struct conn *c = conn_find(e, conn);

    if (c != NULL && c->state == CONN_PENDING)
        http_fault(c, err_http_status(f->err), f);
}
