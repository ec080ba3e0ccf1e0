/*
 * Answers to commands and queries: they wait in the turn until what they rest on is durable.  Over
 * a WebSocket they go the way of what watch sends, so that the order is one.
 */
#include "api_int.h"

/* A line or a reply over HTTP that waits; owns all of it. */
struct pending {
    struct api *api;
    uint64_t conn;
    bool is_line;
    char *text;
    size_t text_len;
    int status;
    const char *type;             /* static */
    struct api_header headers[8]; /* values are own memory */
    size_t nheaders;
    enum answer_state state;
};

static struct pending *pending_new(struct api *api, uint64_t conn, struct span text)
{
    struct pending *p = xcalloc(1, sizeof(*p));

    p->api = api;
    p->conn = conn;
    p->text = span_dup(text);
    p->text_len = text.len;
    p->state = ANSWER_HELD;
    return p;
}

static void pending_go(const struct pending *p)
{
    const struct api_out *out = &p->api->env.out;
    struct span text = {p->text, p->text_len};

    if (p->is_line)
        out->send_line(out->arg, p->conn, text);
    else
        out->reply(out->arg, p->conn,
                   &(struct api_reply){.status = p->status,
                                       .type = p->type,
                                       .headers = p->headers,
                                       .nheaders = p->nheaders,
                                       .body = text});
}

static void pending_done(void *arg, bool durable)
{
    struct pending *p = arg;

    answer_set_state(&p->state, durable ? ANSWER_OUT : ANSWER_LOST);
    if (durable)
        pending_go(p);
    for (size_t i = 0; i < p->nheaders; i++)
        free((char *)(uintptr_t)p->headers[i].value.p);
    free(p->text);
    free(p);
}

void reply_header(struct reply *rp, const char *name, struct span value)
{
    ensure(rp->nheaders < COUNT_OF(rp->headers));
    rp->headers[rp->nheaders++] = (struct api_header){name, value};
}

void api_reply_after(struct api *api, uint64_t conn, const struct reply *rp)
{
    struct pending *p = pending_new(api, conn, rp->body);

    p->status = rp->status;
    p->type = rp->type;
    for (size_t i = 0; i < rp->nheaders; i++) {
        struct span v = rp->headers[i].value;
        p->headers[p->nheaders++] = (struct api_header){rp->headers[i].name, {span_dup(v), v.len}};
    }
    turn_hold(api->env.turn, pending_done, p);
}

void api_reply_now(struct api *api, uint64_t conn, const struct reply *rp)
{
    api->env.out.reply(api->env.out.arg, conn,
                       &(struct api_reply){.status = rp->status,
                                           .type = rp->type,
                                           .headers = rp->headers,
                                           .nheaders = rp->nheaders,
                                           .body = rp->body});
}

void api_reply_nothing(struct api *api, uint64_t conn)
{
    struct fault f;
    struct buf b = {0};

    fault_refuse(&f, ERR_NOTFOUND, NULL, REFUSE_NONE);
    problem_write(&b, NULL, &f, 0);
    api_reply_now(api, conn,
                  &(struct reply){.status = err_http_status(ERR_NOTFOUND),
                                  .type = "application/problem+json",
                                  .body = buf_span(&b),
                                  .headers = {{"Access-Control-Allow-Origin", SPAN_LIT("*")}},
                                  .nheaders = 1});
    buf_fini(&b);
}

/* A field's name comes from the client and may have been cut within a character. */
static struct span whole_utf8(const char *s)
{
    struct span v = span_of(s);

    while (v.len > 0 && !span_is_utf8(v))
        v.len--;
    return v;
}

/* Why as a code, and what its sentence is filled with, by name. */
static void refusal_write(struct jw *j, const struct fault *f)
{
    struct span name;

    if (f->refusal == REFUSE_NONE)
        return;
    jw_k_str(j, "reason", refusal_code(f->refusal));
    if (f->values[0].kind == VALUE_NONE)
        return;
    jw_key(j, "values");
    jw_obj(j);
    for (size_t i = 0; i < REFUSAL_VALUES_MAX && refusal_value_name(f->refusal, i, &name); i++) {
        char key[32];

        snprintf(key, sizeof(key), "%.*s", (int)name.len, name.p);
        if (f->values[i].kind == VALUE_INT)
            jw_k_int(j, key, f->values[i].i);
        else
            jw_k_span(j, key, whole_utf8(f->values[i].text));
    }
    jw_obj_end(j);
}

/* What a person or a program needs to know of one fault, as members of an object. */
static void fault_write(struct jw *j, const struct fault *f)
{
    jw_k_str(j, "code", err_code(f->err));
    if (f->field[0] != 0)
        jw_k_span(j, "field", whole_utf8(f->field));
    refusal_write(j, f);
}

static void what_write(struct jw *j, const char *key, const struct fault *f)
{
    jw_k_span(j, key, f->what[0] != 0 ? whole_utf8(f->what) : span_of(err_text(f->err)));
}

/* All that is wrong with what came, where that is more than one thing. */
static void faults_write(struct jw *j, const struct call *c)
{
    if (c->nfaults < 2)
        return;
    jw_key(j, "faults");
    jw_arr(j);
    for (size_t i = 0; i < c->nfaults; i++) {
        jw_obj(j);
        fault_write(j, &c->faults[i]);
        what_write(j, "what", &c->faults[i]);
        jw_obj_end(j);
    }
    jw_arr_end(j);
}

static void error_write(struct jw *j, const struct call *c, const struct fault *f, int64_t retry_ms)
{
    jw_obj(j);
    fault_write(j, f);
    what_write(j, "what", f);
    faults_write(j, c);
    if (c->set != NULL && f->refusal == REFUSE_STALE)
        overrun_write(j, c);
    if (retry_ms > 0)
        jw_k_int(j, "retry_ms", retry_ms);
    jw_obj_end(j);
}

void problem_write(struct buf *b, const struct call *c, const struct fault *f, int64_t retry_ms)
{
    struct jw j = {.b = b};

    jw_obj(&j);
    jw_k_str(&j, "type", "about:blank");
    jw_k_str(&j, "title", err_text(f->err));
    jw_k_int(&j, "status", err_http_status(f->err));
    if (f->what[0] != 0)
        jw_k_span(&j, "detail", whole_utf8(f->what));
    fault_write(&j, f);
    if (c != NULL)
        faults_write(&j, c);
    if (c != NULL && c->set != NULL && f->refusal == REFUSE_STALE)
        overrun_write(&j, c);
    if (retry_ms > 0)
        jw_k_int(&j, "retry_ms", retry_ms);
    jw_obj_end(&j);
}

/* The page that asks at the visitors' door is another site's; no cookie goes with it. */
static void cors_headers(const struct call *c, struct reply *rp)
{
    if (c->as == AS_VISITOR)
        reply_header(rp, "Access-Control-Allow-Origin", SPAN_LIT("*"));
}

static void reply_http(struct call *c, int status, const char *type, struct span body,
                       int64_t retry_ms)
{
    struct reply rp = {.status = status, .type = type, .body = body};
    char seconds[24];

    cors_headers(c, &rp);
    if (c->set_cookie != NULL)
        reply_header(&rp, "Set-Cookie", span_of(c->set_cookie));
    if (c->bearer && status == err_http_status(ERR_AUTH))
        reply_header(&rp, "WWW-Authenticate",
                     SPAN_LIT("Bearer realm=\"deskbell\", error=\"invalid_token\""));
    if (c->set_device != NULL)
        reply_header(&rp, "Set-Cookie", span_of(c->set_device));
    if (retry_ms > 0) {
        snprintf(seconds, sizeof(seconds), "%lld", (long long)((retry_ms + 999) / 1000));
        reply_header(&rp, "Retry-After", span_of(seconds));
    }
    api_reply_after(c->api, c->conn_id, &rp);
}

static void call_send(struct call *c, struct span text)
{
    struct pending *p;

    if (c->via == VIA_WS) {
        watch_send(c->api->env.watch, &c->conn_id, 1, text);
        return;
    }
    p = pending_new(c->api, c->conn_id, text);
    p->is_line = true;
    turn_hold(c->api->env.turn, pending_done, p);
}

/* What is held from here on is a pending one, or a frame of watch's. */
static void call_set_state(struct call *c, enum answer_state to)
{
    answer_set_state(c->later != NULL ? &c->later->state : &c->state, to);
}

static void re_write(struct jw *j, const struct call *c)
{
    if (c->id.len > 0)
        jw_k_span(j, "re", c->id);
}

void call_ok(struct call *c, uint64_t pos, struct span body)
{
    struct buf b = {0};
    struct jw j = {.b = &b};

    if (c->via == VIA_WS && c->id.len == 0) { /* nobody waits for it */
        call_set_state(c, ANSWER_OUT);
        return;
    }
    call_set_state(c, ANSWER_HELD);
    jw_obj(&j);
    re_write(&j, c);
    jw_key(&j, "ok");
    jw_raw(&j, body.len > 0 ? body : SPAN_LIT("{}"));
    jw_k_pos(&j, "pos", pos);
    jw_obj_end(&j);
    if (c->via == VIA_HTTP)
        reply_http(c, c->status != 0 ? c->status : 200, "application/json", buf_span(&b), 0);
    else
        call_send(c, buf_span(&b));
    buf_fini(&b);
}

void call_ok_now(struct call *c, struct span body)
{
    call_ok(c, turn_folded_pos(c->api->env.turn), body);
}

void call_fail_retry(struct call *c, const struct fault *f, int64_t retry_ms)
{
    struct buf b = {0};
    struct jw j = {.b = &b};

    /* Without an id nobody waits for an answer; but a slip of the pen is told. */
    if (c->via == VIA_WS && c->id.len == 0 && f->err != ERR_MALFORMED) {
        call_set_state(c, ANSWER_OUT);
        return;
    }
    call_set_state(c, ANSWER_HELD);
    if (c->via == VIA_HTTP) {
        problem_write(&b, c, f, retry_ms);
        reply_http(c, err_http_status(f->err), "application/problem+json", buf_span(&b), retry_ms);
        buf_fini(&b);
        return;
    }
    jw_obj(&j);
    re_write(&j, c);
    jw_key(&j, "error");
    error_write(&j, c, f, retry_ms);
    jw_obj_end(&j);
    call_send(c, buf_span(&b));
    buf_fini(&b);
}

void call_fail(struct call *c, const struct fault *f)
{
    call_fail_retry(c, f, 0);
}

void call_refuse(struct call *c, err_t err, const char *field, enum refusal why)
{
    struct fault f;

    fault_refuse(&f, err, field, why);
    call_fail(c, &f);
}

void call_refuse_with(struct call *c, err_t err, const char *field, enum refusal why,
                      const struct refusal_value *values)
{
    struct fault f;

    fault_refuse_with(&f, err, field, why, values);
    call_fail(c, &f);
}

void call_refuse_action(struct call *c, err_t err, const char *field, enum refusal why,
                        enum action action)
{
    struct fault f;

    action_refuse(&f, err, field, why, action);
    call_fail(c, &f);
}

struct asked {
    struct call *c;
    answer_body_fn *body;
    err_t err;
};

static void command_answered(void *arg, const struct cmd *cmd, const struct answer *a)
{
    struct asked *asked = arg;
    struct call *c = asked->c;
    struct buf b = {0};
    struct jw j = {.b = &b};

    (void)cmd;
    asked->err = a->err;
    if (a->err != ERR_OK) {
        struct fault f;

        if (a->fault != NULL)
            f = *a->fault;
        else
            fault_refuse(&f, a->err, NULL, REFUSE_NONE);
        call_fail(c, &f);
        return;
    }
    c->made = a->id;
    if (asked->body != NULL) {
        jw_obj(&j);
        asked->body(&j, c, a);
        jw_obj_end(&j);
    }
    call_ok(c, a->pos, buf_span(&b));
    buf_fini(&b);
}

err_t call_command(struct call *c, const struct cmd *cmd, answer_body_fn *body)
{
    struct asked asked = {.c = c, .body = body};

    if (c->as == AS_VISITOR && !space_take(c, cmd))
        return ERR_RATE;
    turn_command(c->api->env.turn, cmd, api_now(c->api), command_answered, &asked);
    return asked.err;
}

void call_cmd(const struct call *c, struct cmd *cmd)
{
    *cmd = (struct cmd){.type = c->verb->type, .who = c->who};
    cmd->client_id = c->id;
    cmd->cid = c->cid;
    cmd->chash = c->chash;
}
